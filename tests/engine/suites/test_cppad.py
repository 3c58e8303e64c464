"""CppAD, test_more/general: pow, pow_int, div_zero_one, erf, sqrt and fabs, each by the formula that its file expects."""

import itertools
import math

import pytest
from chalkgrad.engine import NonFiniteError, Value, erf, exp, gradient, hessian, jacobian, jvp, log, sqrt, vjp
from published import orders, recorded_orders

EPS = 99 * 2.0**-52  # eps99, which its tests allow


def close(expected):
    return pytest.approx(expected, rel=EPS, abs=EPS)


def test_pow_of_a_variable_and_a_number_in_all_three_ways():
    x, y = 0.5, 2.0
    powers = lambda a, b: [a**b, a**y, x**b]  # noqa: E731 - a formula
    by_x, by_y = y * x ** (y - 1), math.log(x) * x**y
    assert [v.data for v in powers(Value(x), Value(y))] == [x**y] * 3
    assert jacobian(powers)(x, y) == [[close(by_x), close(by_y)], [close(by_x), 0], [0, close(by_y)]]
    assert jvp(powers)(x, y, v=[1.0, 0.0]) == [close(by_x), close(by_x), 0]
    assert vjp(powers)(x, y, u=[1.0, 1.0, 1.0]) == [close(2 * by_x), close(2 * by_y)]


def test_pow_of_pow():
    """u = exp(s), x = u^t, y = x^u = exp(s·t·exp(s)) at (2, 3), and ∂²y/∂s∂t."""
    s, t, u, f = 2.0, 3.0, math.exp(2.0), lambda s, t: (exp(s) ** t) ** exp(s)
    y = math.exp(s * t * u)
    assert f(s, t) == pytest.approx(y, rel=1e-13)
    assert gradient(f)(s, t) == [pytest.approx((1 + s) * t * u * y, rel=1e-13), pytest.approx(s * u * y, rel=1e-13)]
    mixed = (1 + s) * u * y + (1 + s) * t * u * s * u * y
    assert hessian(f)(s, t)[0][1] == pytest.approx(mixed, rel=1e-12)


@pytest.mark.parametrize(
    ("f", "at", "value", "slope"),
    [
        (lambda x: x**0.0, 2.0, 1, 0),
        (lambda x: 0.0**x, 2.0, 0, 0),
        (lambda x: x**1.0, 2.0, 2, 1),
        (lambda x: 1.0**x, 2.0, 1, 0),
        (lambda x: 1.0**x, -2.0, 1, 0),
        *((lambda x, n=n: x**n, -2.0, (-2.0) ** n, n * (-2.0) ** (n - 1)) for n in range(4)),
        (lambda x: x**5, 2.0, 32, 80),
        (lambda x: x**-5, 2.0, 1 / 32, -5 / 64),
    ],
)
def test_special_powers(f, at, value, slope):
    assert f(at) == f(Value(at)).data == close(value)
    assert gradient(f)(at) == close(slope)
    assert jvp(f)(at, v=1.0) == close(slope)


@pytest.mark.parametrize(("e", "x"), [(2, -1.0), (2.5, 1.5)])
def test_the_second_derivative_of_a_power(e, x):
    assert recorded_orders(lambda m, t: t**e, x, 2) == [close(x**e), close(e * x ** (e - 1)), close(e * (e - 1) * x ** (e - 2))]


def test_a_root_at_0_has_its_value_and_no_finite_slope():
    assert (Value(0.0) ** 0.5).data == sqrt(Value(0.0)).data == 0
    for f in (lambda x: x**0.5, sqrt):
        with pytest.raises(NonFiniteError, match="infinite there"):
            gradient(f)(0.0)


@pytest.mark.parametrize(("x", "y"), [*itertools.product((0.0, 1.0, 2.0), repeat=2)])
def test_quotients_of_0_1_and_2(x, y):
    """x/y and y/x², by y, and that by x."""
    if y:
        assert gradient(lambda b: x / b)(y) == close(-x / y**2)
        assert gradient(lambda a: gradient(lambda b: a / b)(y))(x) == close(-1 / y**2)
    if x:
        assert gradient(lambda b: b / x / x)(y) == close(1 / x**2)
        assert gradient(lambda a: gradient(lambda b: b / a / a)(y))(x) == close(-2 / x**3)


def test_erf_up_to_the_fourth_order():
    exact = [float(d) for d in orders(lambda m, x: m.erf(x), 1.5, 4)]
    assert recorded_orders(lambda m, x: m.erf(x), 1.5, 4) == [close(d) for d in exact]
    assert erf(1.5) == pytest.approx(0.9661051464753108, rel=1e-15)


def test_the_hessian_of_erf_of_twice_a_number():
    found = hessian(lambda x, y: erf(2 * x) + 0 * y)(0.5, 0.0)
    check = -math.exp(-4 * 0.5 * 0.5) * 32 * 0.5 / math.sqrt(math.pi)
    assert [[float(h) for h in row] for row in found] == [[pytest.approx(check, rel=4e-16), 0], [0, 0]]


@pytest.mark.parametrize(("x", "slope"), [(0.5, 1), (-0.5, -1), (0.0, 0)])
def test_the_absolute_value(x, slope):
    assert gradient(abs)(x) == slope
    assert gradient(lambda t: abs(t) * abs(t))(x or 0.25) == close(2 * (x or 0.25))


def test_the_root_is_half_its_quotient():
    for x in (0.25, 4.0, 1e-300):
        assert gradient(sqrt)(x) == close(0.5 / math.sqrt(x))
        assert gradient(lambda t: log(sqrt(t)))(x) == close(0.5 / x)
