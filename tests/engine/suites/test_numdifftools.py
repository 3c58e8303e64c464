"""numdifftools, src/numdifftools/example_functions.py: its functions, and activations, to the tenth order; in short the sixth.

Theirs are known in closed form up to the third or fifth order; here mpmath has them all.
"""

import pytest
from published import WHOLE, far, orders, recorded_orders

FUNCTIONS = {
    "cos": lambda m, x: m.cos(x),
    "sin": lambda m, x: m.sin(x),
    "tan": lambda m, x: m.tan(x),
    "cosh": lambda m, x: m.cosh(x),
    "sinh": lambda m, x: m.sinh(x),
    "tanh": lambda m, x: m.tanh(x),
    "arccosh": lambda m, x: m.acosh(x + 1),
    "arcsinh": lambda m, x: m.asinh(x),
    "arctanh": lambda m, x: m.atanh(x),
    "arccos": lambda m, x: m.acos(x),
    "arcsin": lambda m, x: m.asin(x),
    "arctan": lambda m, x: m.atan(x),
    "exp": lambda m, x: m.exp(x),
    "expm1": lambda m, x: m.expm1(x),
    "exp2": lambda m, x: m.exp2(x),
    "square": lambda m, x: x**2,
    "sqrt": lambda m, x: m.sqrt(x),
    "log": lambda m, x: m.log(x),
    "log1p": lambda m, x: m.log1p(x),
    "log10": lambda m, x: m.log10(x),
    "log2": lambda m, x: m.log2(x),
    "inv": lambda m, x: 1 / x,
    "sigmoid": lambda m, x: m.sigmoid(x),
    "softplus": lambda m, x: m.softplus(x),
    "gelu": lambda m, x: m.gelu(x),
    "silu": lambda m, x: m.silu(x),
    "gaussian": lambda m, x: m.gaussian(x),
    "erf": lambda m, x: m.erf(x),
}
POINTS = (0.5,) if not WHOLE else (0.5, 0.1, 0.83)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_up_to_the_tenth_order(name, record_property):
    f, most = FUNCTIONS[name], 10 if WHOLE else 6
    for x in POINTS:
        exact = orders(f, x, most)
        found = recorded_orders(f, x, most)
        nearby = [max(map(abs, exact[max(i - 1, 0) : i + 2])) / 10 for i in range(most + 1)]  # where one passes near 0
        assert [far([a], [b], 4e-14, scale=size) for a, b, size in zip(found, exact, nearby, strict=True)] == [[]] * (most + 1)
    record_property("numbers", (most + 1) * len(POINTS))
