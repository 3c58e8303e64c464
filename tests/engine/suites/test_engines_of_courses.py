"""Engines that courses build: minitorch (Module-1), ARENA 3.0 (part 4), forks of micrograd; functions of google/tangent.

minitorch: tests/test_scalar.py and minitorch/testing.py; ARENA: part4_backprop/tests.py, one Value for each element; tangent:
tests/functions.py.
"""

import math

import pytest
from chalkgrad import engine
from chalkgrad.engine import DomainError, Value, gradcheck, gradient, log, relu, sigmoid, total, vjp
from hypothesis import given, settings
from hypothesis import strategies as st
from published import far_of, numbers_of

# minitorch: properties at numbers from -100 to 100 -------------------------------------------------------------------

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


# ARENA: one Value for each element -----------------------------------------------------------------------------------


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


# Forks of micrograd: what their files assert -------------------------------------------------------------------------


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


@pytest.mark.parametrize(
    ("f", "at", "value", "slopes"),
    [
        (lambda a, b, c, f: (a * b + c) * f, (2, -3, 10, -2), -8, (6, -4, -2, 4)),
        (lambda a, b: (a * b) * (a + b), (-2, 3), -6, (-3, -8)),  # orifmilod/GigaTorch, tests/engine_test.py
        (lambda a: a + a, (3,), 6, (2,)),
        (lambda a, b: a * b, (2, 4), 8, (4, 2)),
        (lambda a, b: (0.3 * a + 0.5 * b + 1.0).softplus(), (-4, 1), math.log1p(math.exp(0.3)), None),
        (lambda a, b: sigmoid(0.3 * a + 0.5 * b + 1.0), (-4, 1), 1 / (1 + math.exp(-0.3)), None),
        (lambda a: relu(a) + relu(-a), (-5,), 5, (-1,)),
    ],
)
def test_small_graphs_of_other_forks(f, at, value, slopes):
    leaves = each(at)
    root = f(*leaves)
    root.backward()
    assert root.data == pytest.approx(value, rel=1e-15)
    if slopes is not None:
        assert tuple(x.grad for x in leaves) == slopes
    else:
        inner = 1 / (1 + math.exp(-0.3))
        outer = inner if root.data > 0.8 else inner * (1 - inner)
        assert [x.grad for x in leaves] == pytest.approx([0.3 * outer, 0.5 * outer], rel=1e-14)


def test_the_sanity_check_with_tanh():
    """tomstagg/nn-zero-to-hero, 01_micrograd/tests/test_engine.py: x = -4, z = 2x + 2 + x, q = tanh z + z·x, y = …"""

    def f(m, x):
        z = 2 * x[0] + 2 + x[0]
        q = m.tanh(z) + z * x[0]
        return m.tanh(z * z) + q + q * x[0]

    assert far_of(f, (-4.0,)) == {}


# google/tangent ------------------------------------------------------------------------------------------------------


def multiarg_if(a):
    b = 3.0 if a * a / 3.0 > 0 else 4.0
    a = a * b
    if a < b - a * b:
        return a * a
    if a > b + 3.0 * a:
        return a / b if a / 2.0 < 0 else a * b
    return -a


def repeated(a, times):
    for _ in range(times):
        a = a * a
    return a


def while_big(a):
    while abs(a) > 0.1:
        a = a * 0.5
    return a


def dot(m, xs, ys):
    return m.total([x * y for x, y in zip(xs, ys, strict=True)])


def logistic_regression(m, x):
    (a, b, w, v, c), label = x, 1.0
    prediction = 0.5 * (m.tanh(a * w + b * v + c) + 1)
    return -m.log(prediction * label + (1 - prediction) * (1 - label))


def bilinear(m, x):
    """tanh(x·W + h·U + b), summed, of two numbers each."""
    x1, x2, h1, h2, w1, w2, u1, u2, b = x
    return m.tanh(x1 * w1 + h1 * u1 + b) + m.tanh(x2 * w2 + h2 * u2 + b)


OF_ONE = {
    "id_": lambda m, a: +a,
    "unary_sub": lambda m, a: -a,
    "tanh": lambda m, a: m.tanh(a),
    "increment": lambda m, a: a + 1,
    "overwrite_if": lambda m, a: a * 3.0 if a > 0 else a * 2.0,
    "binop_mul": lambda m, a: a * 3.0 + 3.0 * a + a * a,
    "binop_div": lambda m, a: a / 3.0 + 3.0 / a + a / a,
    "binop_sub": lambda m, a: (a - 3.0) * 2 + (3.0 - a) + (a - a),
    "binop_add": lambda m, a: a + 3.0 + (3.0 + a) + (a + a),
    "nested_if": lambda m, a: (a * a if a < 10 else +a) if a > 0 else 3.0 * a,
    "multiarg_if": lambda m, a: multiarg_if(a),
    "list": lambda m, a: m.total([1, a * a, 2]),
    "serial_if": lambda m, a: 2 * a * a if a > 0 else 3.0 * (a + a),
    "serial_for": lambda m, a: 2.0 * repeated(a, 3) * 81,
    "serial_ifthenfor": lambda m, a: repeated(2.0 * (a * a if a > 0 else a), 2),
    "devilish_nested_if": lambda m, a: ((3 * a) ** 2 if 3 * a < 10 else 6 * a) if a > 0 else +a,
    "third_pow": lambda m, a: a * a * a + a**3,
    "iterpower": lambda m, a: repeated(a, 3),
    "cond_iterpower": lambda m, a: repeated(a, 2) if abs(a) < 1.5 else a * a,
    "superfor_iterpower": lambda m, a: repeated(a, 6) if abs(a) < 1.5 else repeated(a, 2),
    "numpy_exp": lambda m, a: m.exp(a),
    "numpy_exp2": lambda m, a: m.exp(m.exp(a)),
    "numpy_sqrt": lambda m, a: m.sqrt(abs(a)),
    "tfe_log": lambda m, a: m.log(abs(a)),
    "tfe_cosh": lambda m, a: m.cosh(a),
    "tfe_sinh": lambda m, a: m.sinh(a),
    "tfe_rsqrt": lambda m, a: 1 / m.sqrt(abs(a)),
    "while_big": lambda m, a: while_big(a),
    "augassign": lambda m, a: (a * a) * (a * a),
    "gradgrad_chain_of_mults": lambda m, a: repeated(a, 3),
}
OF_MORE = {
    "saxpy": (lambda m, x: x[0] * x[1] + x[2], 3),
    "multivar_if": (lambda m, x: x[0] * x[0] if x[0] > x[1] else x[0] * x[1], 2),
    "deep_anf_list": (lambda m, x: m.total([1, x[0] * x[1] * x[2], 3]), 3),
    "subscript": (lambda m, x: x[0] * x[1] + x[1] + x[2], 3),
    "subscript3": (lambda m, x: x[0] * (x[1] * x[2]) ** 2 + x[1] ** 3 + x[2] ** 3, 3),
    "numpy_mean": (lambda m, x: m.total(x) / len(x), 4),
    "overwrite_call": (lambda m, x: m.total(x) * m.total(x), 4),
    "slicing": (lambda m, x: m.total(x[1:]), 4),
    "tfe_maximum": (lambda m, x: m.maximum(x[0], x[1]), 2),
    "tfe_squared_difference": (lambda m, x: (x[0] - x[1]) ** 2, 2),
    "tfe_matmul": (lambda m, x: dot(m, x[:2], x[2:]), 4),
    "reduce_max": (lambda m, x: m.maximum(m.maximum(x[0], x[1]), x[2]), 3),
    "cart2polar": (lambda m, x: m.sqrt(x[0] ** 2.0 + x[1] ** 2.0) + m.atan2(x[1], x[0]), 2),
    "gradgrad_pow": (lambda m, x: abs(x[0]) ** x[1], 2),
    "rnn": (lambda m, x: m.total([x[0] * x[3], x[1] * x[3] + x[0] * x[3], x[2] * x[3] + x[1] * x[3] + x[0] * x[3]]), 4),
    "logistic_regression": (logistic_regression, 5),
    "bilinear": (bilinear, 9),
}
POINTS = (-1.37, -0.41, 0.3, 1.21, 2.4)


@pytest.mark.parametrize("name", OF_ONE)
def test_tangents_functions_of_one_number(name, record_property):
    for a in POINTS:
        assert far_of(lambda m, x: OF_ONE[name](m, x[0]), [a], 1e-14) == {}
    record_property("numbers", 3 * len(POINTS))


@pytest.mark.parametrize("name", OF_MORE)
def test_tangents_functions_of_several_numbers(name, record_property):
    f, count = OF_MORE[name]
    for k in range(3):
        point = [math.sin(1 + 2.3 * i + 1.7 * k) * 1.3 for i in range(count)]
        assert far_of(f, point, 1e-13) == {}
    record_property("numbers", 3 * numbers_of(range(count)))


def test_both_results_of_tangents_fn_multiple_return():
    assert engine.jacobian(lambda a: [2 * a, a])(0.7) == [[2], [1]]
