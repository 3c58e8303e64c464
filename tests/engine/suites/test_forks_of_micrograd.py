"""Forks of micrograd: what alkamid, GigaTorch, and others assert; micrograd's own tests are in tests/test_micrograd.py."""

import math

import pytest
from chalkgrad.engine import DomainError, Value, relu, sigmoid
from published import far_of


def each(numbers):
    return [Value(float(x)) for x in numbers]


def test_alkamids_arithmetic():
    a, b = Value(4.0), Value(5.0)
    assert ((a + b).data, (a + 5).data, (5 + a).data, (a + 0).data, (0 + a).data) == (9, 9, 9, 4, 4)
    assert ((a - b).data, (a - 3).data, (3 - a).data) == (-1, 1, -1)
    assert ((a * b).data, (a * 3).data, (3 * a).data, (0 * a).data, (a * 0).data) == (20, 12, 12, 0, 0)
    c, d = Value(8), Value(2)
    assert ((c / d).data, (c / 2).data, (d / c).data, (0 / c).data) == (4, 4, 0.25, 0)
    assert ((Value(3) ** 3).data, (Value(3) ** 0).data) == (27, 1)
    with pytest.raises(DomainError, match="a divisor other than 0"):  # ZeroDivisionError there
        _ = c / 0


def test_alkamids_gradients():
    a = Value(0.8814)
    b = a.tanh()
    b.backward()
    assert b.data == pytest.approx(0.7071199, rel=1e-6)
    assert a.grad == pytest.approx(0.5, abs=1e-4)
    for f, at, slopes in [
        (lambda a, b: (a + b) * 3, (8, -4), (3, 3)),
        (lambda a: (a + a) * 3, (8,), (6,)),
        (lambda a, b: b * a, (8, 4), (4, 8)),
        (lambda a: a * a, (-3,), (-6,)),
        (lambda a: a**3, (-3,), (27,)),
        (lambda a, b, d: a * b + d, (-3, 2, 2), (2, -3, 1)),
    ]:
        leaves = each(at)
        f(*leaves).backward()
        assert tuple(x.grad for x in leaves) == slopes


def test_the_tape_is_in_topological_order():
    a, b, d = each([2, 3, 4])
    c = a * b
    e = d * c
    f = e**2
    order = [*reversed(f.tape())]
    assert order[:2] == [f, e]
    assert {*order[2:]} == {a, b, c, d}


P = 1 / (1 + math.exp(-0.3))  # σ(0.3·(-4) + 0.5·1 + 1)


@pytest.mark.parametrize(
    ("f", "at", "value", "slopes"),
    [
        (lambda a, b, c, f: (a * b + c) * f, (2, -3, 10, -2), -8, (6, -4, -2, 4)),
        (lambda a, b: (a * b) * (a + b), (-2, 3), -6, (-3, -8)),  # orifmilod/GigaTorch, tests/engine_test.py
        (lambda a: a + a, (3,), 6, (2,)),
        (lambda a, b: a * b, (2, 4), 8, (4, 2)),
        (lambda a, b: (0.3 * a + 0.5 * b + 1.0).softplus(), (-4, 1), math.log1p(math.exp(0.3)), (0.3 * P, 0.5 * P)),
        (lambda a, b: sigmoid(0.3 * a + 0.5 * b + 1.0), (-4, 1), P, (0.3 * P * (1 - P), 0.5 * P * (1 - P))),
        (lambda a: relu(a) + relu(-a), (-5,), 5, (-1,)),
    ],
)
def test_small_graphs_of_other_forks(f, at, value, slopes):
    leaves = each(at)
    root = f(*leaves)
    root.backward()
    assert root.data == pytest.approx(value, rel=1e-15)
    assert tuple(x.grad for x in leaves) == pytest.approx(slopes, rel=1e-14)


def test_the_sanity_check_with_tanh():
    """tomstagg/nn-zero-to-hero, 01_micrograd/tests/test_engine.py: x = -4, z = 2x + 2 + x, q = tanh z + z·x, y = …"""

    def f(m, x):
        z = 2 * x[0] + 2 + x[0]
        q = m.tanh(z) + z * x[0]
        return m.tanh(z * z) + q + q * x[0]

    assert far_of(f, (-4.0,)) == {}
