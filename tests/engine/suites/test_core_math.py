"""CORE-MATH: hard cases of rounding, src/binary64/*/*.wc, where a value is next to the middle between two doubles.

Values, slopes and second derivatives; the activations at the same points.
"""

import mpmath
import pytest
from chalkgrad import engine
from chalkgrad.engine import Value, gradient, hypot
from chalkgrad.engine.recording.functions import FUNCTIONS
from mpmath import mpf
from oracle import ORACLE, allowance, slope, ulps, zero_of_derivative

HARD = {  # some of each file, of all magnitudes
    "asin": """0x1.fffffffffffffp-7 0x1p-6 0x1.ffffffffffffep-1023 0x1.7137449123e7bp-26 0x1.d12ed0af1a231p-26
        0x1.250bfe1b082c4p-25 0x1.4f747439b3464p-25 0x1.8db9cb7511e81p-25 0x1.a6a58d55e3062p-25""",
    "acos": """0x1.ffffffffffdcp-1 0x1.dffff776c7505p-1 0x1.fffffffffffffp-1 0x1.022efc1ed056dp-1 0x1.08e9c87f4b0a6p-3
        0x1.0ac3566d3857cp-6 0x1.246d2ca0e55f4p-4 0x1.53ea6c7255e88p-4 0x1.d652a9b8f530cp-7 0x1.fffff9e918ef5p-1""",
    "atan": """0x1.000321dec01a8p-10 0x1.00046968c6c71p+11 0x1.0010debd6372dp+15 0x1.00110cb9144eep+32 0x1.0012a94e63692p-20
        0x1.000adaedb43f3p+0 0x1.002657c1a3eap+1 0x1.015010c5a285ap+42 0x1.02c0e7bad8ce8p+44 0x1.02a3ad2ef6f3cp-24""",
    "tan": """0x1.0004b89dcb553p-11 0x1.005c4ae44e6cp+0 0x1.00aa39615213cp-23 0x1.0236b1f944f23p+0 0x1.02fc71428a932p-3
        0x1.0807c9374cc91p-1 0x1.17d9f5cb0c20ep+0 0x1.0a402fcc79291p-25 0x1.1afd1ba827015p+0 0x1.064e5f79f5c89p-2""",
    "sinh": """0x1.002ee87ae6797p-8 0x1.01898854d0c2cp+3 0x1.03cfe57caac6cp+2 0x1.062315cbd184bp+9 0x1.042fc3303e709p+4
        0x1.044f34799346bp+0 0x1.184a0aa58191cp-24 0x1.4f747439b3481p-25 0x1.1a8f1b5e3dbacp+8 0x1.04be09ecaa6b7p-1""",
    "cosh": """0x1.003c1d82e8bb4p+0 0x1.0051f2e2330acp-19 0x1.00bf99263dd9bp-1 0x1.013065f3561b2p+4 0x1.03fdf3603656dp+5
        0x1.04414c3c17d28p+2 0x1.1e3779b97f4a1p-25 0x1.3fffffffffffep-24 0x1.58be0ec315db6p+5 0x1.0224c551f6d8dp-2""",
    "tanh": """0x1.000b47bdb383fp-9 0x1.00a0f3cf999acp+2 0x1.00aa39615214dp-23 0x1.015bdb2761717p+4 0x1.01885ae3c818ap+0
        0x1.015cee8026857p+1 0x1.028bf1d22b07dp-2 0x1.0481dc5df327dp-1 0x1.097519f44243fp+3 0x1.30fc1931f09c8p+4""",
    "erf": """0x1.6d5ad4307dd52p-7 0x1.037b548d9d7a6p-61 0x1.2106c54dc6cc6p-61 0x1.4d507a0b4ac92p-61 0x1.6f106a444d3a1p-61
        0x1.8eb7094d3a5b5p-61 0x1.b29404e7af1b1p-61 0x1.059a3d07be48cp-61""",
    "erfc": "0x1.c5bf891b4ef6bp-55 0x1.c5bf891b4efffp-55 0x1.c5bf891b4f0ffp-55 0x1.c5bf891b4f1ffp-55 0x1.c5bf891b4f236p-55",
    "log": """0x1.a6ae5142326b5p+0 0x1.000976581ce4ep+1 0x1.ffcd1f1e0c16fp+1 0x1.2d26e1ebebee6p+2 0x1.39e3e05fe5f35p+3
        0x1.0af4fba7063b8p+4 0x1.1c9c4b63cad4dp+17 0x1.8992bd496d364p+25 0x1.01501f8776111p+35 0x1.a6004162f2b8cp+45""",
    "expm1": """0x1.00091a4a0dae5p+2 0x1.000bffb8030a7p-39 0x1.002881d0cbecfp-12 0x1.006652fb6febep-3 0x1.0076d13ab9d18p+4
        0x1.01e5ceb2c761ep+5 0x1.02e473c781d6ep+6 0x1.07e0f66afed03p-48 0x1.1e3779b97f4ap-50 0x1.099aa4abe33dcp+0""",
    "cbrt": """0x1.00152f57068b7p-1 0x1.06f5ea7ee958cp-1 0x1.431a158f66c77p-1 0x1.7a744ee681c1p-1 0x1.b0158298b6614p-1
        0x1.fffffffffffd3p-1 0x1.0000000000003p+0 0x1.0005f3b4478dap+0 0x1.2feaac55ec287p+0 0x1.77cf8991b4577p+0""",
}
HARD = {name: [float.fromhex(x) for x in text.split()] for name, text in HARD.items()}
PAIRS = """0x1.000001cc784cbp+52,0x1.fdd67bceb35fp+52 0x1.6p-45,0x1.2c2fc595456a7p-71 0x1.87de29ce10f34p-14,0x1.0000002d413cdp+0
    0x0.603e52daf0bfdp-1022,-0x0.a622d0a9a433bp-1022 0x0.19deaac345ffap-1022,0x0.92c8727c389b6p-1022
    -0x0.fffffffffffffp-1022,0x0.0000000000001p-1022 0x1.00014d4b1c6b9p-1015,-0x1.000105ba9bf4p-1015
    0x1.6a0a41410b1abp-1004,-0x1.4495fce36a73ep-1023 0x1.a308e1455f447p+0,0x1.9d931a83ef879p+0
    0x1.205e5d5fee071p-9,0x1.a71193d4eb838p-9 0x1.6d080c1f5339ep+25,0x1.149ee0ad66632p+13
    -0x1.72b48b14296a7p-510,-0x1.3dcd53d99b107p-518 0x1.9c6d80093ebf8p+446,0x1.add8969f3a07ep+421
    -0x0.5a22c27a3893p-1022,0x0.9cfea180c00dap-1022 0x0.89c127b351f2bp-1022,0x0.4fd9b86bb4fe8p-1022
    0x1p-1074,0x1p-1074 0x1.fffffffffffffp+1023,0x1p-1074"""
PAIRS = [tuple(map(float.fromhex, pair.split(","))) for pair in PAIRS.split()]
ODD = {"asin", "atan", "tan", "sinh", "tanh", "erf", "cbrt"}
ACTIVATIONS = ["sigmoid", "softplus", "tanh_half", "gaussian", "gelu", "silu", "mish"]
LINE = [x * sign for x in HARD["tanh"] + HARD["expm1"] if x < 30 for sign in (1, -1)]
SECOND = 16  # ulp


def distances(name, x):
    """How far value, slope and second derivative are from mpmath's, in ulp, and what is allowed."""
    leaf = Value(x)
    value = FUNCTIONS[name](leaf)
    first = gradient(value, leaf, create_graph=True)
    second = gradient(first, leaf, create_graph=True)
    with mpmath.workdps(1000 if abs(x) < 1e-100 else 700):
        point = (x,)
        exact = ORACLE[name](mpf(x)), slope(name, point, 0), slope(name, point, 0, 0)
        against = zero_of_derivative(name, point, 0)
        yield ulps(value.data, exact[0]), 2 + allowance(name, point, None)
        yield ulps(first.data, exact[1], against), 4 + allowance(name, point, 0)
        size = abs(exact[2]) if name in HARD else abs(exact[2]) + abs(exact[1])  # those of activations pass through 0
        yield ulps(second.data, exact[2], size), SECOND


@pytest.mark.parametrize("name", HARD)
def test_functions_at_their_hard_cases(name, record_property):
    points = HARD[name] + [-x for x in HARD[name] if name in ODD]
    for x in points:
        found = [*distances(name, x)]
        assert all(distance <= allowed for distance, allowed in found), (name, x.hex(), found)
    record_property("numbers", 3 * len(points))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_there(name, record_property):
    for x in LINE:
        found = [*distances(name, x)]
        assert all(distance <= allowed for distance, allowed in found), (name, x.hex(), found)
    record_property("numbers", 3 * len(LINE))


@pytest.mark.parametrize("pair", PAIRS)
def test_hypot_at_its_hard_cases(pair, record_property):
    leaves = [Value(x) for x in pair]
    found = hypot(*leaves)
    found.backward()
    with mpmath.workdps(700):
        x, y = map(mpf, pair)
        exact = mpmath.sqrt(x * x + y * y)
        assert ulps(found.data, exact) <= 1
        for leaf, part in zip(leaves, (x, y), strict=True):
            assert ulps(leaf.grad, part / exact) <= 2
    record_property("numbers", 3)


def test_a_hypotenuse_that_is_too_long_is_refused():
    with pytest.raises(OverflowError, match="hypot"):
        engine.hypot(Value(1.7976931348623157e308), Value(1.7976931348623157e308))
