"""minitorch, Module-1, tests/test_scalar.py, minitorch/testing.py: properties of functions at numbers from -100 to 100."""

import math

import pytest
from chalkgrad.engine import Value, gradcheck, gradient, vjp
from hypothesis import given, settings
from hypothesis import strategies as st

ONE = {
    "neg": (lambda a: -a, lambda a: -1),
    "addconstant": (lambda a: a + 5, lambda a: 1),
    "subconstant": (lambda a: a - 5, lambda a: 1),
    "mult": (lambda a: 5 * a, lambda a: 5),
    "div": (lambda a: a / 5, lambda a: 0.2),
    "square": (lambda a: a * a, lambda a: 2 * a),
    "cube": (lambda a: a * a * a, lambda a: 3 * a * a),
    "inv": (lambda a: 1.0 / (a + 3.5), lambda a: -1 / (a + 3.5) ** 2),
    "sig": (lambda a: a.sigmoid(), lambda a: 1 / (2 + math.exp(a) + math.exp(-a))),
    "log": (lambda a: (a + 100000).log(), lambda a: 1 / (a + 100000)),
    "relu": (lambda a: (a + 5.5).relu(), lambda a: float(a > -5.5)),
    "exp": (lambda a: (a - 200).exp(), lambda a: math.exp(a - 200)),
    "explog": (lambda a: (a + 100000).log() + (a - 200).exp(), lambda a: 1 / (a + 100000) + math.exp(a - 200)),
}
TWO = {
    "add": (lambda a, b: a + b, lambda a, b: (1, 1)),
    "mul": (lambda a, b: a * b, lambda a, b: (b, a)),
    "div": (lambda a, b: a / (b + 5.5), lambda a, b: (1 / (b + 5.5), -a / (b + 5.5) ** 2)),
}
EXAMPLES = 60
NUMBERS = st.floats(-100, 100).filter(lambda x: abs(x + 5.5) > 1e-3 and abs(x + 3.5) > 1e-3)


@pytest.mark.parametrize("name", ONE)
def test_functions_of_one_scalar(name, record_property):
    f, slope = ONE[name]

    @settings(max_examples=EXAMPLES)
    @given(NUMBERS)
    def holds(a):
        leaf = Value(a)
        f(leaf).backward()
        assert leaf.grad == pytest.approx(slope(a), rel=1e-13, abs=1e-300)
        assert vjp(f)(a, u=5.0) == pytest.approx(5 * slope(a), rel=1e-13, abs=1e-300)  # their backward(d_output=5)

    holds()
    record_property("numbers", 2 * EXAMPLES)


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_scalars(name, record_property):
    f, slopes = TWO[name]

    @settings(max_examples=EXAMPLES)
    @given(NUMBERS, NUMBERS)
    def holds(a, b):
        assert gradient(f)(a, b) == pytest.approx(slopes(a, b), rel=1e-13, abs=1e-300)

    holds()
    record_property("numbers", 2 * EXAMPLES)


@pytest.mark.parametrize("name", [*ONE, *TWO])
def test_central_differences_agree(name):
    f = (ONE | TWO)[name][0]
    assert gradcheck(f, *[3.25, -1.75][: 1 if name in ONE and name != "div" else f.__code__.co_argcount])
