"""PyTorch's OpInfo: the small and the large numbers of torch/testing/_internal/opinfo/core.py, through all functions.

Values within 2 ulp of mpmath's and slopes within 4, but for what tests/oracle.py allows; what is refused has no finite value.
"""

import itertools
import math

import mpmath
import pytest
from chalkgrad.engine import DomainError, NonFiniteError, Value
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES
from oracle import ORACLE, allowance, slope, ulps, zero_of_derivative

PI = math.pi
SMALL = (0.0, 1e-3, 0.25, 1.0, PI / 2, PI - 1e-5, PI, PI + 1e-5)
LARGE = (501.0, 1001.2, 13437.7, 4988429.2, 1e20)
NUMBERS = [sign * x for x in (*SMALL, *LARGE) for sign in (1.0, -1.0)]
UNARY = [
    "abs acos acosh asin asinh atan atanh ceil cos cosh erf erfc exp exp2 expm1 floor gelu log log10 log1p log2 mish neg relu",
    "sigmoid sign silu sin sinh softplus softsign sqrt tan tanh degrees radians",
]
UNARY = " ".join(UNARY).split()
CORNERS = {"abs": [0.0], "relu": [0.0], "sign": [0.0], "ceil": [0.0, 1.0, 501.0], "floor": [0.0, 1.0, 501.0]}


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_number(name, record_property):
    count = 0
    for x in NUMBERS:
        with mpmath.workdps(700):
            leaf = Value(x)
            try:
                found = FUNCTIONS[name](leaf)
            except (DomainError, NonFiniteError):
                inside = RULES[name].domain is None or not _refused(name, x)
                assert not inside or abs(ORACLE[name](mpmath.mpf(x))) > 1.7976931348623157e308, (name, x)
                continue
            assert ulps(found.data, ORACLE[name](mpmath.mpf(x))) <= 2 + allowance(name, (x,), None), (name, x)
            count += 1
            if abs(x) in CORNERS.get(name, []) or (name in ("ceil", "floor") and x == round(x)):
                continue
            try:
                found.backward()
            except NonFiniteError:
                assert x in (0.0, 1.0, -1.0), (name, x)  # an end of the domain, where the slope is infinite
                continue
            exact, size = slope(name, (x,), 0), zero_of_derivative(name, (x,), 0)
            assert ulps(leaf.grad, exact, size) <= 4 + allowance(name, (x,), 0), (name, x)
            count += 1
    record_property("numbers", count)


def _refused(name, x):
    """Whether the function has no real value there."""
    outside = {"log": x <= 0, "log2": x <= 0, "log10": x <= 0, "log1p": x <= -1, "sqrt": x < 0, "acosh": x < 1}
    outside |= {"asin": abs(x) > 1, "acos": abs(x) > 1, "atanh": abs(x) >= 1}
    return outside.get(name, False)


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "maximum", "minimum", "hypot", "atan2"])
def test_functions_of_two_numbers(name, record_property):
    """All pairs of the small numbers, and of the large ones."""
    count = 0
    for point in itertools.chain(*(itertools.product(xs, [sign * y for y in xs for sign in (1, -1)]) for xs in (SMALL, LARGE))):
        if (name == "div" and not point[1]) or (name in ("hypot", "atan2") and not any(point)):
            continue
        leaves = [Value(x) for x in point]
        found = FUNCTIONS[name](*leaves)
        with mpmath.workdps(120):
            xs = [mpmath.mpf(x) for x in point]
            assert ulps(found.data, ORACLE[name](*xs)) <= 2, (name, point)
            count += 1
            if name in ("maximum", "minimum") and point[0] == point[1]:
                continue
            found.backward()
            for i in (0, 1):
                h = mpmath.mpf(10) ** -40 * max(abs(xs[i]), mpmath.mpf(10) ** -6)
                up, down = ([x + s * h * (k == i) for k, x in enumerate(xs)] for s in (1, -1))
                exact = (ORACLE[name](*up) - ORACLE[name](*down)) / (2 * h)
                if name == "atan2":  # which jumps behind the origin
                    exact = (xs[1], -xs[0])[i] / (xs[0] ** 2 + xs[1] ** 2)
                assert abs(leaves[i].grad - exact) <= 4 * math.ulp(float(abs(exact))) + 1e-40, (name, point, i)
                count += 1
    record_property("numbers", count)
