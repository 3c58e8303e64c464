"""ForwardDiff.jl, test/DerivativeTest.jl and ConfusionTest.jl; nested ones are in tests/engine/derivatives/test_nested.py."""

import math

import pytest
from chalkgrad import engine
from chalkgrad.engine import DomainError, gradient, hessian, jacobian, nonfinite, total


@pytest.mark.parametrize(("y", "slope"), [(0.5, 0.0), (1.5, 0.0)])
def test_powers_of_0_by_their_exponent(y, slope):
    assert gradient(lambda e: 0.0**e)(y) == slope


def test_powers_of_0_by_their_exponent_where_julia_has_minus_infinity():
    """At y = 0 the slope is 0, by convention, as 0^y is 0 for all larger y; for y < 0 there is no value."""
    assert gradient(lambda e: 0.0**e)(0.0) == 0
    with pytest.raises(DomainError):
        gradient(lambda e: 0.0**e)(-0.5)


def test_powers_with_nan():
    with nonfinite("propagate"):
        assert math.isnan(gradient(lambda x: math.nan**x)(1.0))
        assert math.isnan(gradient(lambda x: x**math.nan)(1.0))
        assert math.isnan(gradient(lambda x: x**math.nan)(2.0))
        assert math.isnan(gradient(lambda x: x**0.5)(-1.0))
    assert gradient(lambda x: 1.0**x)(1.0) == 0
    assert gradient(lambda x: x**2.0)(2.0) == 4
    with pytest.raises(DomainError):
        gradient(lambda x: x**0.5)(-1.0)


def test_a_derivative_inside_a_gradient_sees_the_vector():
    norm = lambda v: engine.sqrt(total([x * x for x in v]))  # noqa: E731 - a formula
    inner = gradient(lambda v: total(v) * gradient(lambda y: y * norm(v))(1.0))([1.0, 2.0])
    assert inner == pytest.approx(gradient(lambda v: total(v) * norm(v))([1.0, 2.0]), rel=1e-15)


def test_a_lagrangian_and_its_hamiltonian():
    """Issue #238: L = ½q̇² - 9.8·q₂ has no mixed derivatives, and the gradient of H = q̇·p - L by q is (0, g)."""
    g = 9.8

    def lagrangian(q, v):
        return total([x * x for x in v]) / 2 - g * q[1]

    def hamiltonian(q, p):  # its Legendre transform: the Hessian by q̇ is the identity, so that q̇ is p - b
        b = gradient(lambda v: lagrangian(q, v))([0.0, 0.0])
        curvature = hessian(lambda v: lagrangian(q, v))([0.0, 0.0])
        v = [(p[i] - b[i]) / curvature[i][i] for i in range(2)]
        return total([(p[i] - b[i]) * v[i] for i in range(2)]) - lagrangian(q, v)

    by_q = jacobian(lambda q: gradient(lambda v: lagrangian(q, v))([3.0, 4.0]))([1.0, 2.0])
    assert by_q == [[0, 0], [0, 0]]
    by_v = jacobian(lambda v: gradient(lambda w: lagrangian([1.0, 2.0], w))(v))([3.0, 4.0])
    assert by_v == [[1, 0], [0, 1]]
    assert gradient(lambda q: hamiltonian(q, [5.0, 6.0]))([1.0, 2.0]) == pytest.approx([0, g], rel=1e-15)
