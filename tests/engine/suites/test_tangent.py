"""google/tangent, tests/functions.py: its functions of numbers, with their branches and loops."""

import math

import pytest
from chalkgrad import engine
from published import far_of, numbers_of


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
