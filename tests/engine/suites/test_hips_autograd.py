"""HIPS/autograd, tests/test_scalar_ops.py, test_graphs.py; nested ones are in tests/engine/derivatives/test_nested.py."""

import math
import random

import pytest
from chalkgrad import engine
from chalkgrad.engine import gradcheck, gradient, hessian, sin, total
from published import far, far_of, numbers_of, orders, recorded_orders

# test_scalar_ops -----------------------------------------------------------------------------------------------


def sinc(m, x):
    return m.sin(math.pi * x) / (math.pi * x)


SCALARS = {  # each times 3, and its derivative, at normal numbers or where it is defined
    "abs": lambda m, x: 3.0 * abs(x),
    "sin": lambda m, x: 3.0 * m.sin(x),
    "sign": lambda m, x: 3.0 * m.sign(x) + 0 * x,
    "exp": lambda m, x: 3.0 * m.exp(x),
    "exp2": lambda m, x: 3.0 * m.exp2(x),
    "expm1": lambda m, x: 3.0 * m.expm1(x),
    "log": lambda m, x: 3.0 * m.log(abs(x)),
    "log2": lambda m, x: 3.0 * m.log2(abs(x)),
    "log10": lambda m, x: 3.0 * m.log10(abs(x)),
    "log1p": lambda m, x: 3.0 * m.log1p(abs(x)),
    "neg": lambda m, x: 3.0 * -x,
    "cos": lambda m, x: 3.0 * m.cos(x),
    "tan": lambda m, x: 3.0 * m.tan(x),
    "cosh": lambda m, x: 3.0 * m.cosh(x),
    "sinh": lambda m, x: 3.0 * m.sinh(x),
    "tanh": lambda m, x: 3.0 * m.tanh(x),
    "arccosh": lambda m, x: 3.0 * m.acosh(abs(x) + 1.2),
    "arcsinh": lambda m, x: 3.0 * m.asinh(x),
    "arctanh": lambda m, x: 3.0 * m.atanh(0.2 * x),
    "arcsin": lambda m, x: 3.0 * m.asin(0.2 * x),
    "arccos": lambda m, x: 3.0 * m.acos(0.2 * x),
    "arctan": lambda m, x: 3.0 * m.atan(x),
    "sqrt": lambda m, x: 3.0 * m.sqrt(10.0 * abs(x)),
    "square": lambda m, x: 3.0 * (10.0 * x) ** 2,
    "reciprocal": lambda m, x: 1 / x,
    "power_arg0": lambda m, x: x**1.5 if x > 0 else x**3,
    "power_arg1": lambda m, x: 0.5**x,
    "mod_arg0": lambda m, x: x % 2.3,
    "mod_arg1": lambda m, x: 7.7 % (abs(x) + 1),
    "true_divide_arg0": lambda m, x: x / 2.3,
    "true_divide_arg1": lambda m, x: 2.3 / x,
    "arctan2": lambda m, x: m.atan2(x, 1.7) + m.atan2(0.3, x),
    "hypot": lambda m, x: m.hypot(x, -1.1),
    "sinc": sinc,
    "radians": lambda m, x: m.radians(x),
    "degrees": lambda m, x: m.degrees(x),
}


@pytest.mark.parametrize("name", SCALARS)
def test_functions_of_a_number_and_their_derivatives(name, record_property):
    f, r = SCALARS[name], random.Random(name)
    for x in (1.1, -1.1, r.gauss(0, 1), r.gauss(0, 1)):
        exact = orders(f, x, 2)
        assert far(recorded_orders(f, x, 2), exact, 1e-14, scale=max(map(abs, exact)) / 10) == []
    record_property("numbers", 12)


def test_the_power_0_of_0_by_its_exponent():
    assert gradient(lambda y: 0.0**y)(1.5) == 0
    assert gradient(lambda x: x**0)(0.0) == 0


# test_graphs ---------------------------------------------------------------------------------------------------


def fan_out(m, x):
    return m.sin(m.sin(x) + m.sin(x))


def of_two(m, x):
    return m.sin(m.sin(x[0]) + m.sin(x[1]))


def test_fan_out_up_to_the_fifth_order(record_property):
    for x in (0.3, -1.7):
        assert far(recorded_orders(fan_out, x, 5), orders(fan_out, x, 5), 1e-13) == []
    record_property("numbers", 12)


def test_a_constant_and_the_identity():
    assert gradient(lambda x: 1)(2.0) == 0
    assert gradient(lambda x: x)(2.0) == 1
    assert gradient(gradient(lambda x: x))(2.0) == 0
    assert hessian(lambda x: 1)(2.0) == [[0]]


def test_third_derivatives_of_two_arguments_in_any_order(record_property):
    assert far_of(of_two, (0.4, -1.3)) == {}
    by = lambda i, f: lambda x, y: gradient(f)(x, y)[i]  # noqa: E731 - a formula
    f = lambda x, y: of_two(engine, (x, y))  # noqa: E731 - a formula
    for outer in (by(0, by(1, by(0, f))), by(1, by(0, by(1, f)))):
        assert gradcheck(outer, 0.4, -1.3)
    record_property("numbers", 4 + numbers_of("xy"))


def test_a_product_with_the_hessian_is_differentiated():
    r = random.Random(1)
    w, a, b = ([r.gauss(0, 1) for _ in range(10)] for _ in range(3))
    dot = lambda xs, ys: total([x * y for x, y in zip(xs, ys, strict=True)])  # noqa: E731 - a formula
    f = lambda x: sin(dot(x, w))  # noqa: E731 - a formula
    product = lambda x, v: sin(dot(v, gradient(f)(x)))  # noqa: E731 - a formula
    assert gradcheck(f, a)
    assert gradcheck(product, a, b)
    along = math.cos(sum(x * y for x, y in zip(a, w, strict=True)))
    inner = along * sum(x * y for x, y in zip(b, w, strict=True))
    assert gradient(product)(a, b)[1] == pytest.approx([math.cos(inner) * along * x for x in w], rel=1e-13)


def test_gradients_that_arrive_twice_are_not_overwritten():
    def f(a):
        b = [x + 1.0 for x in a]
        c = [x + 1.5 for x in b]
        d = [x + y for x, y in zip(a, b, strict=True)]
        return total([x + y for x, y in zip(d, c, strict=True)])

    def with_an_index(a):
        b = [x + 1.0 for x in a]
        return total([x + y + b[0] + 1.5 for x, y in zip(a, b, strict=True)])

    assert gradient(f)([0.3, -1.0, 2.0]) == [3, 3, 3]
    assert gradient(with_an_index)([0.3, -1.0, 2.0]) == [5, 2, 2]
