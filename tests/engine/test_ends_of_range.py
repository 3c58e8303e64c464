"""The ends of the range: the smallest inputs on which a formula lost digits, a sign, or a number, in every target.

The exact values are mpmath's, of formulas written out here.
"""

import json
import math

import mpmath
import numpy as np
import pytest
from chalkgrad import gradient, hessian
from chalkgrad.engine import (
    NonFiniteError,
    Value,
    affine,
    gelu,
    heaviside,
    hypot,
    log,
    logsumexp,
    maximum,
    minimum,
    nonfinite,
    program,
    relu,
    silu,
    softmax,
    total,
)
from chalkgrad.engine.recording.functions import FUNCTIONS
from javascript import NODE, printed
from mpmath import mpf
from oracle import applied, ulps

INF, NAN = math.inf, math.nan
TINY, LARGEST = 5e-324, 1.7976931348623157e308


@pytest.fixture(autouse=True)
def _digits():
    with mpmath.workdps(400):
        yield


def normal(x):
    """Φ(x)."""
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def density(x):
    return mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)


def gelu_slope(x):
    return normal(x) + x * density(x)


def silu_value(x):
    return x / (1 + mpmath.exp(-x))


def silu_slope(x):
    e = mpmath.exp(-x)
    return 1 / (1 + e) + x * e / (1 + e) ** 2


def bell(x):
    return 1 / (2 + mpmath.exp(x) + mpmath.exp(-x))


def power_slope(x, y):
    return y * mpmath.power(x, y - 1)


def atan_slope(x):
    return 1 / (1 + x * x)


def length_slope(x, y):
    return x / mpmath.sqrt(x * x + y * y)


# Operation, point, what is looked at (the value, or the local derivative by an argument), exactly, and the ulp allowed.
CASES = [
    ("pow", (-1.0, 1e16), 0, power_slope, 4),
    ("pow", (-1.0, 2.0**53 + 4), 0, power_slope, 4),
    ("pow", (-1.0, -(2.0**53) - 2), 0, power_slope, 4),
    ("pow", (-1.0, 2.0**53 - 1), 0, power_slope, 0),
    ("pow", (1 - 4.6e-14, 1.5e16), 0, power_slope, 4),
    ("pow", (1 + 2.0**-50, 6e17), 0, power_slope, 4),
    ("pow", (1e-310, 1e-310), 0, power_slope, 4),
    ("pow", (1e-310, 2.0**-10), 0, power_slope, 4),
    ("pow", (3e-320, -TINY), 0, power_slope, 4),
    ("pow", (2.5e150, -0.7), 0, power_slope, 4),
    ("pow", (6.418856955213879e-281, -0.01914922070083425), 0, power_slope, 4),
    ("pow", (1e-200, 0.3), 0, power_slope, 4),
    *(("atan", (x,), 0, atan_slope, 1) for x in (1.4e154, 1e155, -1e158, 5e161, 1e162)),
    *(("atan2", (y, LARGEST), 0, lambda y, x: x / (x * x + y * y), 4) for y in (LARGEST, -1.5e308, 3e305)),
    *(("atan2", (y, LARGEST), 1, lambda y, x: -y / (x * x + y * y), 4) for y in (LARGEST, -1.5e308, 3e305)),
    *(("silu", (x,), "value", silu_value, 2) for x in (-708.5, -709.5, -720.0, -745.07, -747.0)),
    *(("silu", (x,), 0, silu_slope, 4) for x in (-708.5, -709.5, -720.0, -745.07, -747.0, 710.0)),
    ("elu", (-748.3, -8.83e189), 0, lambda x, y: y * mpmath.exp(x), 4),
    ("elu", (-745.07, 3.0), 0, lambda x, y: y * mpmath.exp(x), 4),
    ("elu", (-1400.0, 1e308), 0, lambda x, y: y * mpmath.exp(x), 4),
    *(("gaussian", (x,), 0, lambda x: mpf(0), 0) for x in (9e307, 1.7e308, -LARGEST)),
    *(("hypot", (x, y), 0, length_slope, 4) for x, y in [(TINY, TINY), (-TINY, 3 * TINY), (1e-322, 2e-320), (TINY, 1e-310)]),
    *(("hypot", (x, y), 1, lambda x, y: length_slope(y, x), 4) for x, y in [(TINY, TINY), (2e-320, -1e-322)]),
    *(("gelu", (x,), "value", lambda x: x * normal(x), 4) for x in (-1.5, -5.0, -21.66, -25.0, -37.53)),
    *(("gelu", (x,), 0, gelu_slope, 4) for x in (-5.0, -21.66, -25.0, -37.53, 39.0)),
    *(("gelu", (-1e300,), what, lambda x: mpf(0), 0) for what in ("value", 0)),
    *(("sigmoid", (x,), "value", lambda x: 1 / (1 + mpmath.exp(-x)), 2) for x in (-708.5, -720.0, -745.07)),
    *(("sigmoid_slope", (x,), "value", bell, 2) for x in (4.855309009927094, -4.855309009927094)),
]
IDS = [f"{name}{point} {what}" for name, point, what, *_ in CASES]


def check(computed, exact, ulp):
    assert ulps(computed, exact) <= ulp, (computed, float(exact))
    assert computed == 0 or exact == 0 or math.copysign(1, computed) == mpmath.sign(exact)


@pytest.mark.parametrize(("name", "point", "what", "formula", "ulp"), CASES, ids=IDS)
def test_what_was_lost_is_there_when_recorded(name, point, what, formula, ulp):
    leaves = [Value(x) for x in point]
    node = FUNCTIONS[name](*leaves)
    check(node.data if what == "value" else node.partials[what], formula(*map(mpf, point)), ulp)


@pytest.mark.parametrize("target", ["python", "numpy", "llvm"])
@pytest.mark.parametrize(("name", "point", "what", "formula", "ulp"), CASES, ids=IDS)
def test_what_was_lost_is_there_when_compiled(name, point, what, formula, ulp, target):
    leaves = [Value(0.5, f"x{i}") for i in range(len(point))]
    wrt = leaves[:1] if name == "pow" else leaves  # a negative base has no slope by the exponent
    f = program(applied(name, leaves), inputs=[leaves], wrt=[wrt]).compile(target)
    value, (slopes,) = f(list(point))
    check(value if what == "value" else slopes[what], formula(*map(mpf, point)), ulp)
    if target != "python":
        values, (rows,) = f(np.array([point] * 3)) if wrt is leaves else (np.array([value]), (np.array([slopes]),))
        check(float(values[-1] if what == "value" else rows[-1][what]), formula(*map(mpf, point)), ulp)


@NODE
def test_what_was_lost_is_there_in_javascript(tmp_path):
    parts = ["const found = [];"]
    for name, point, what, *_ in CASES:
        leaves = [Value(0.5, f"x{i}") for i in range(len(point))]
        text = program(applied(name, leaves), inputs=[leaves], wrt=[leaves[:1] if name == "pow" else leaves]).source(
            "javascript"
        )
        wanted = "v" if what == "value" else f"g[{what}]"
        parts.append(f"{{\n{text}\nconst [v, [g]] = program({json.dumps(point)}); found.push({wanted});\n}}")
    parts.append("console.log(JSON.stringify(found.map(String)));")
    for (name, point, what, formula, ulp), result in zip(CASES, printed(tmp_path, "\n".join(parts)), strict=True):
        exact = formula(*map(mpf, point))
        more = 1 if name == "pow" else 0  # V8's Math.pow is not always rounded to the nearest
        assert ulps(float(result), exact) <= ulp + more, (name, point, what)


def test_sweeps_use_these_slopes():
    x = Value(-1.0, "x")
    (x**1e16).backward()
    assert x.grad == -1e16
    y = Value(1e-310, "y")
    (y**1e-310).backward()
    assert y.grad == 1.0
    z = Value(1.7e308, "z")
    z.gaussian().backward()
    assert z.grad == 0.0


@pytest.mark.parametrize("exponent", [0.3, 1 / 3, 0.1, 0.25, 0.5])
def test_a_root_has_an_infinite_slope_at_0_whether_its_exponent_is_rounded_or_not(exponent):
    assert (Value(0.0) ** exponent).partials == (INF,)


# Sums ----------------------------------------------------------------------------------------------------------------


def test_a_sum_that_fits_is_computed_though_a_part_of_it_does_not():
    w = [Value(1e308), Value(1e308)]
    u = affine(w, [1.0, 1.0], -1.7e308)
    assert u.data == 3.000000000000001e307  # 2·1e308 - 1.7e308 of these floats, correctly rounded
    assert u.partials == (1.0, 1.0)
    assert total([Value(1.7e308), Value(1.7e308), Value(-1.7e308)]).data == 1.7e308
    products = affine([Value(1e200), Value(-1e200)], [Value(1e200), Value(1e200)], Value(1.0))
    assert (products.data, products.partials) == (1.0, (1e200, 1e200, 1e200, -1e200, 1.0))
    assert affine([1e308, 1e308], [1.0, 1.0], -1.7e308) == 3.000000000000001e307


def test_such_a_sum_can_be_computed_anew_and_as_python():
    x = Value(1.0, "x")
    y = total([x, x, -1.7e308])
    x.data = 1e308
    assert y.forward() == 3.000000000000001e307
    assert program(y, inputs=[x]).compile("python")(1e308) == (3.000000000000001e307, (2.0,))


@pytest.mark.parametrize(
    "f",
    [
        lambda: total([Value(1.7e308), Value(1.7e308), -1.0]),
        lambda: affine([Value(1e200)], [1e200], -1e308),
        lambda: affine([Value(-1e200)], [1e200], 0.0),
    ],
)
def test_a_sum_that_does_not_fit_is_refused(f):
    with pytest.raises(NonFiniteError, match="too large for a float"):
        f()


# Infinities and NaN, by nonfinite("propagate") -----------------------------------------------------------------------

LIMITS = [
    (silu, (INF,), INF, (1.0,)),
    (silu, (-INF,), 0.0, (0.0,)),
    (gelu, (INF,), INF, (1.0,)),
    (gelu, (-INF,), 0.0, (0.0,)),
    (Value.gaussian, (INF,), 0.0, (0.0,)),
    (Value.gaussian, (-INF,), 0.0, (0.0,)),
    (hypot, (INF, 2.0), INF, (1.0, 0.0)),
    (hypot, (-3.0, -INF), INF, (0.0, -1.0)),
    (hypot, (INF, INF), INF, (NAN, NAN)),  # there is none
    (Value.atan, (INF,), math.pi / 2, (0.0,)),
    (lambda *xs: logsumexp(xs), (-INF, -INF), -INF, None),
    (lambda *xs: logsumexp(xs), (INF, 0.0), INF, None),
    (lambda *xs: logsumexp(xs), (INF, INF), INF, None),
    (lambda *xs: logsumexp(xs), (INF, -INF), INF, None),
    (lambda *xs: logsumexp(xs), (-INF, 0.0), 0.0, (0.0, 1.0)),
]


@pytest.mark.parametrize(("f", "point", "value", "slopes"), LIMITS)
def test_at_infinity_stands_the_limit(f, point, value, slopes):
    with nonfinite("propagate"):
        node = f(*map(Value, point))
    assert node.data == value
    if slopes is not None:
        assert repr(tuple(abs(d) if d == 0 else d for d in node.partials)) == repr(slopes)


@pytest.mark.parametrize(
    "f", [silu, gelu, relu, heaviside, Value.gaussian, Value.atan, Value.elu, Value.leaky_relu, Value.softplus]
)
def test_nan_is_not_hidden_by_a_choice(f):
    with nonfinite("propagate"):
        assert math.isnan(f(Value(NAN)).data)


@pytest.mark.parametrize("f", [maximum, minimum, hypot, lambda x, y: logsumexp([x, y])])
@pytest.mark.parametrize("other", [0.0, -3.0, 1e300])
def test_nan_is_not_hidden_by_another_argument(f, other):
    with nonfinite("propagate"):
        for point in ((NAN, other), (other, NAN)):
            assert math.isnan(f(*map(Value, point)).data)
            leaves = [Value(0.5, "x"), Value(0.25, "y")]
            for target in ("python", "numpy"):
                assert math.isnan(program(f(*leaves), inputs=leaves).compile(target)(*point)[0])


@pytest.mark.parametrize("target", ["python", "numpy", "llvm"])
def test_nan_is_not_hidden_by_relu_in_a_program(target):
    with nonfinite("propagate"):
        x = Value(0.5, "x")
        assert math.isnan(program(x.relu(), inputs=[x]).compile(target)(NAN)[0])


# -∞ as a mask --------------------------------------------------------------------------------------------------------


def test_minus_infinity_masks_an_element_of_softmax():
    a, b = Value(1.0), Value(2.0)
    p = softmax([a, b, -INF])
    (3 * p[0] + 5 * p[1] + 7 * p[2]).backward()
    first = 1 / (1 + mpmath.e)
    assert [q.data for q in p] == [pytest.approx(float(first), rel=1e-15), pytest.approx(float(1 - first), rel=1e-15), 0.0]
    assert a.grad == pytest.approx(float(-2 * first * (1 - first)), rel=1e-14)
    assert b.grad == pytest.approx(float(2 * first * (1 - first)), rel=1e-14)
    assert softmax([0.0, -INF, np.float64(-INF)]) == [1.0, 0.0, 0.0]


def test_minus_infinity_masks_an_element_of_logsumexp():
    a, b = Value(1.0), Value(2.0)
    masked = logsumexp([a, -INF, b])
    assert masked.data == logsumexp([a, b]).data
    assert masked.parents == (a, b)
    assert logsumexp([-INF, 3.0]) == 3.0
    with pytest.raises(ValueError, match=r"^logsumexp\(\) of -inf alone is -inf: at least one element must be"):
        logsumexp([-INF, -INF])
    with pytest.raises(ValueError, match="logsumexp needs a finite number, not inf"):
        logsumexp([a, INF])


# Second derivatives --------------------------------------------------------------------------------------------------

ASIN = [1e-9, 1e-17, -1e-300, 0.3, 0.4999, 0.51, -0.999, 1 - 1e-12]
ATAN = [1e100, -1e100, 1e107, 1e9, 1.1e9, 1e308, 2.0, -1e-9]
SECOND = [
    *(("asin", x, lambda x: x / mpmath.sqrt(1 - x * x) ** 3) for x in ASIN),
    *(("acos", x, lambda x: -x / mpmath.sqrt(1 - x * x) ** 3) for x in ASIN),
    *(("atan", x, lambda x: -2 * x / (1 + x * x) ** 2) for x in ATAN),
    *(("gelu", x, lambda x: (2 - x * x) * density(x)) for x in (-20.0, -3.0, -0.9, 0.7)),
    *(("silu", x, lambda x: mpmath.diff(silu_value, x, 2)) for x in (-720.0, -3.0, 2.0)),
]


@pytest.mark.parametrize(("name", "at", "formula"), SECOND, ids=[f"{name}''({at})" for name, at, _ in SECOND])
def test_second_derivatives_keep_their_digits(name, at, formula):
    exact = formula(mpf(at))
    f = FUNCTIONS[name]
    x = Value(at, "x")
    slope = gradient(f(x), x, create_graph=True)
    [[curvature]] = hessian(f(x), [x])
    found = [gradient(gradient(f))(at), curvature]
    found += [program(slope, inputs=[x]).compile(target)(at)[1][0] for target in ("python", "numpy", "llvm")]
    for second in found:
        assert abs(mpf(second) - exact) <= mpf(1e-14) * abs(exact) + mpf(TINY)


def test_the_slopes_of_asin_and_atan_are_written_as_on_a_blackboard():
    x = Value(0.5, "x")
    assert "1/√(1 - x²)" in repr(gradient(FUNCTIONS["asin"](x), x, create_graph=True))
    assert "1/(1 + x²)" in repr(gradient(FUNCTIONS["atan"](x), x, create_graph=True))


# Borders -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["elu", "leaky_relu"])
@pytest.mark.parametrize(("y", "least"), [(-0.7, 0.0), (-5.0, 0.0), (0.0, 0.0), (0.3, 0.3), (1.0, 1.0), (2.5, 1.0)])
def test_at_its_kink_a_leaky_unit_has_the_subgradient_of_least_norm(name, y, least):
    x = Value(0.0, "x")
    node = FUNCTIONS[name](x, y)
    assert node.partials == (least,)
    for target in ("python", "numpy", "llvm"):
        assert program(node, inputs=[x]).compile(target)(0.0) == (0.0, (least,))


def test_a_gradient_is_a_float_at_the_root_too():
    x = Value(2.0)
    y = log(x)
    y.backward()
    assert type(y.grad) is float
    assert repr(y.grad) == "1.0"
