"""ARENA 3.0, part4_backprop/tests.py: its arrays, with one Value for each element."""

import math

import pytest
from chalkgrad.engine import Value, log, maximum, total
from chalkgrad.nn import GradientDescent, cross_entropy


def each(numbers):
    return [Value(float(x)) for x in numbers]


def swept(roots, seeds, *leaves):
    """The gradients after a sweep from Σ seed·root."""
    total([seed * root for seed, root in zip(seeds, roots, strict=True)]).backward()
    found = [[x.grad if x.has_grad else None for x in xs] for xs in leaves]
    return found[0] if len(found) == 1 else found


def test_log_back():
    a = each([1, math.e, math.e**math.e])
    assert swept([x.log() for x in a], [2.0] * 3, a) == pytest.approx([2, 2 / math.e, 2 / math.e**math.e], rel=1e-15)


def test_multiply_back():
    a, b = each([1, 2, 3]), each([2])
    assert swept([x * b[0] for x in a], [2.0] * 3, a, b) == [[4, 4, 4], [12]]
    a, b = each([1, 2]), [each(row) for row in ([2, 3], [3, 4], [4, 5])]
    products = [x * y for row in b for x, y in zip(a, row, strict=True)]
    by_a, *by_b = swept(products, [1.0, 1.0, 2.0, 2.0, 3.0, 3.0], a, *b)
    assert by_a == [2 * 1 + 3 * 2 + 4 * 3, 3 * 1 + 4 * 2 + 5 * 3]
    assert by_b == [[1, 2], [2, 4], [3, 6]]


def test_forward_and_back():
    """d = a·b, e = log(c), f = d·e and g = log(f), with a = (1, 2, 3), b = (2, 3, 1) and c = 10."""
    a, b, c = each([1, 2, 3]), each([2, 3, 1]), each([10])
    g = [log(x * y * c[0].log()) for x, y in zip(a, b, strict=True)]
    by_a, by_b, by_c = swept(g, [1.0] * 3, a, b, c)
    assert by_a == pytest.approx([1, 1 / 2, 1 / 3], rel=1e-15)
    assert by_b == pytest.approx([1 / 2, 1 / 3, 1], rel=1e-15)
    assert by_c == pytest.approx([0.13028834], rel=1e-7)


@pytest.mark.parametrize(
    ("f", "at", "slopes"),
    [
        (lambda a: a.log().log(), [math.e, math.e**math.e], [1 / math.e, 1 / math.e / math.e**math.e]),
        (lambda a: (a * 2) * (a * 1), [1, 2, 3], [4, 8, 12]),
        (lambda a: 2 * (a * 2), [1, 2, 3], [4, 4, 4]),
        (lambda a: (2 * a) * (a * 3), [1, 2, 3], [12, 24, 36]),
        (lambda a: -1 * -a, [-1, 0, 1], [1, 1, 1]),
        (lambda a: a.exp(), [-1, 0, 1], [1 / math.e, 1, math.e]),
        (lambda a: a.exp().exp(), [-1, 0, 1], [math.exp(x + math.exp(x)) for x in (-1, 0, 1)]),
        (lambda a: a.relu(), [-1, 0, 1], [0, 0, 1]),
        (lambda a: 3 - a, [1, 2, 3], [-1, -1, -1]),
        (lambda a: 6 / a, [1, 2, 3], [-6, -1.5, -6 / 9]),
    ],
)
def test_backprop(f, at, slopes):
    a = each(at)
    assert swept([f(x) for x in a], [1.0] * len(a), a) == pytest.approx(slopes, rel=1e-15)


def test_what_needs_no_gradient_gets_none_and_a_second_sweep_adds():
    a, b = each([1, 2, 3]), [Value(float(x), constant=True) for x in (1, 2, 3)]
    products = [x * y for x, y in zip(a, b, strict=True)]
    assert swept(products, [1.0] * 3, a, b) == [[1, 2, 3], [None] * 3]
    assert swept([x * 2 for x in a], [1.0] * 3, a) == [3, 4, 5]


def test_orders_of_chains_branches_and_what_rejoins():
    w = Value(2.0, "w")
    x = w * 3
    y = w + x  # rejoins
    order = [*y.tape()]
    assert order.index(w) < order.index(x) < order.index(y)
    assert len(order) == len(set(map(id, order)))


A, B = [0, 1, 2, 3], [0, 1, 10]  # a row and a column, which are broadcast there


@pytest.mark.parametrize(
    ("f", "a", "b", "by_a", "by_b"),
    [
        (lambda x, y: x + y, A, B, [3] * 4, [4] * 3),
        (lambda x, y: x - y, A, B, [3] * 4, [-4] * 3),
        (lambda x, y: x / y, [0, 6, 12, 18], [1, 2, 3], [1 + 1 / 2 + 1 / 3] * 4, [-36, -9, -4]),
        (lambda x, y: maximum(x, y), [0, 1, 2], [-1, 1, 3], [1, 1.5, 2], [0, 1.5, 3]),
    ],
)
def test_what_is_broadcast_adds_up(f, a, b, by_a, by_b):
    a, b = each(a), each(b)
    products = [f(x, y) for y in b for x in a]
    found = swept(products, [1.0] * len(products), a, b)
    assert found == [pytest.approx(by_a, rel=1e-15), pytest.approx(by_b, rel=1e-15)]


def test_maximum_shares_a_tie():
    a, b = each([0, 1, 2]), each([-1, 1, 3])
    largest = [maximum(x, y) for x, y in zip(a, b, strict=True)]
    assert [x.data for x in largest] == [0, 1, 3]
    assert swept(largest, [1.0] * 3, a, b) == [[1, 0.5, 0], [0, 0.5, 1]]


def test_sums_and_elements():
    a = [each(row) for row in ([0, 1, 2], [3, 4, 5])]
    assert swept([total(row) for row in a], [2.0, 2.0], *a) == [[2] * 3] * 2
    a = [each(row) for row in ([0, 1, 2], [3, 4, 5])]
    assert swept([total(a[1])], [10.0], *a) == [[None] * 3, [10] * 3]
    a = [each(row) for row in ([0, 1, 2], [3, 4, 5])]
    taken = [a[i][j] for i, j in zip([0, 1, 0, 1, 0], [0, 0, 1, 2, 0], strict=True)]
    assert swept([total(taken)], [10.0], *a) == [[20, 10, None], [10, None, 10]]


def test_matmul():
    a = [each(range(3 * i - 3, 3 * i)) for i in range(2)]
    b = [each(range(3 * i - 4, 3 * i - 1)) for i in range(3)]
    out = [total([a[i][k] * b[k][j] for k in range(3)]) for i in range(2) for j in range(3)]
    assert swept(out, [1.0] * 6, *a, *b) == [[-9, 0, 9], [-9, 0, 9], [-3, -3, -3], [-1, -1, -1], [1, 1, 1]]


def test_cross_entropy():
    logits = [[0, -100, -100, -100], [1 / 4] * 4, [0, 0, 0, -100], [1000, 0, 0, 0]]
    for scores, expected in zip(logits, [0, math.log(4), math.log(3), 0], strict=True):
        assert cross_entropy(each(scores), 0).data == pytest.approx(expected, rel=1e-15, abs=1e-43)


def test_a_step_of_gradient_descent():
    parameters = each([1, 2])
    for p in parameters:
        p.grad = p.data
    GradientDescent(0.1).step(parameters)
    assert [p.data for p in parameters] == pytest.approx([0.9, 1.8], rel=1e-15)


def test_the_slope_of_relu_at_0_is_0_where_arena_takes_a_half():
    a = each([-1, 0, 1])
    assert swept([x.relu() for x in a], [1.0] * 3, a) == [0, 0, 1]
