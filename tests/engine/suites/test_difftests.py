"""DiffTests.jl, src/DiffTests.jl, the functions that ForwardDiff and others test with: value, gradient, Hessian."""

import math

import pytest
from chalkgrad import engine
from chalkgrad.engine import jacobian
from published import exactly, far, far_of, numbers_of, orders, recorded_orders


def num2num_1(m, x):
    return m.sin(x) ** 2 / m.cos(x) ** 2


def num2num_2(m, x):
    return 2 * x + m.sqrt(x * x * x)


def num2num_3(m, x):
    return 10.31 ** (x + x) - x


NUMBERS = {
    "num2num_1": num2num_1,
    "num2num_2": num2num_2,
    "num2num_3": num2num_3,
    "num2num_4": lambda m, x: 1 + 0 * x,
    "num2num_5": lambda m, x: 1.0 / (1.0 + m.exp(-x)),
    "identity": lambda m, x: +x,
}


def num2arr_1(m, x):
    a, b, c = num2num_1(m, x[0]), num2num_2(m, x[0]), num2num_3(m, x[0])
    return [a, b, c, a - b, b, c, b, c]


def num2arr_1_in_place(m, x):
    y = [0 * x[0]]
    for _ in range(5):
        y.append((m.sin(x[0]) + y[-1]) ** 2)
    return y


# Vectors to numbers --------------------------------------------------------------------------------------------------


def pairs(x):
    return list(zip(x[1:], x[:-1], strict=True))


def ackley(m, x):
    n = len(x)
    mean_of_squares = m.total([v**2 for v in x]) / n
    mean_of_cosines = m.total([m.cos(2 * math.pi * v) for v in x]) / n
    return -20 * m.exp(-0.2 * m.sqrt(mean_of_squares)) - m.exp(mean_of_cosines) + 20 + math.e


VECTORS = {
    "vec2num_1": lambda m, x: (m.exp(x[0]) + m.log(x[2]) * x[3]) / x[4],
    "vec2num_2": lambda m, x: x[0] * x[1] + m.sin(x[0]),
    "vec2num_3": lambda m, x: m.sqrt(m.total([(a * b) ** 2 for a in x for b in x])),
    "vec2num_4": lambda m, x: 1 + 0 * x[0],
    "vec2num_5": lambda m, x: m.total([(-v) ** 3 for v in x]),
    "vec2num_6": lambda m, x: m.total([v if v > 0 else 0 * v for v in x]),
    "vec2num_7": lambda m, x: m.total([x[0] * v for v in x]),
    "rosenbrock_1": lambda m, x: m.total([(1 - b) ** 2 + 100 * (a - b**2) ** 2 for a, b in pairs(x)]),
    "rosenbrock_2": lambda m, x: m.total([(x[0] - b) ** 2 + 100 * x[0] * (a - b**2) ** 2 for a, b in pairs(x)]),
    "rosenbrock_4": lambda m, x: m.total([(1 + b) ** 2 + 100 * abs(a + b**2) ** 2 for a, b in pairs(x)]),
    "ackley": ackley,
    "self_weighted_logit": lambda m, x: 1 / (1.0 + m.exp(-m.total([v * v for v in x]))),
    "first": lambda m, x: +x[0],
}
VECTOR = (0.3, 0.9, 0.7, -0.2, 0.5)


# Matrices to numbers -------------------------------------------------------------------------------------------------


def rows(x):
    n = math.isqrt(len(x))
    return [x[i * n : i * n + n] for i in range(n)]


def flat(a):
    return [v for row in a for v in row]


def minor(a, i, j):
    return [row[:j] + row[j + 1 :] for k, row in enumerate(a) if k != i]


def det(a):
    return a[0][0] if len(a) == 1 else sum((-1) ** j * a[0][j] * det(minor(a, 0, j)) for j in range(len(a)))


def inverse(a):
    n, whole = range(len(a)), det(a)
    return [[(-1) ** (i + j) * det(minor(a, j, i)) / whole for j in n] for i in n]


def times(m, a, b):
    return [[m.total([x * y for x, y in zip(row, column, strict=True)]) for column in zip(*b, strict=True)] for row in a]


def mat2num_1(m, x):
    a = rows(x)
    inverted = inverse(times(m, a, a))
    return det([[x[0] * p + q for p, q in zip(*both, strict=True)] for both in zip(inverted, a, strict=True)])


def softmax(m, x):
    exps = [[m.exp(v) for v in row] for row in rows(x)]
    return m.total([v / m.total(row) for row in exps for v in row])


def neural_step(m, w):
    """By the first weights; the inputs and the second weights are numbers."""
    x1, w2 = (0.4, -0.7, 1.1), (0.8, -0.5, 0.3)
    hidden = [m.log(1.0 + m.exp(m.total([v * x for v, x in zip(row, x1, strict=True)]))) for row in rows(w)]
    return 1 / (1 + m.exp(-m.total([v * h for v, h in zip(w2, hidden, strict=True)])))


MATRICES = {
    "det": lambda m, x: det(rows(x)),
    "mat2num_1": mat2num_1,
    "mat2num_2": lambda m, x: m.total([m.log((1 + v * v) + v - v) for v in x]),
    "mat2num_3": lambda m, x: m.total([m.sqrt(abs(v) + v**2) * 0.5 for v in x]),
    "mat2num_4": lambda m, x: m.total(flat(times(m, [[m.sin(v) for v in row] for row in rows(x)], rows(x)))) / 3,
    "softmax": softmax,
    "neural_step": neural_step,
}
MATRIX = (1.3, 0.2, -0.4, 0.5, 0.9, 0.1, -0.3, 0.7, 1.6)


# Vectors to vectors, and matrices to matrices ------------------------------------------------------------------------


def chebyquad(m, x):
    y = [0] * len(x)
    for v in x:
        before, last = 1.0, 2 * v - 1
        for i in range(len(x)):
            y[i] = y[i] + last
            before, last = last, 2 * (2 * v - 1) * last - before
    return [v / len(x) + (1 / (k * k - 1) if k % 2 == 0 else 0) for k, v in enumerate(y, 1)]


def brown_almost_linear(m, x):
    c = m.total(x) - (len(x) + 1)
    first = [m.total(x[:-1]) + (len(x) - 1) * c for _ in x[:-1]]
    return [*first, math.prod(x[1:], start=x[0]) - 1]


def trigonometric(m, x):
    y = [m.cos(x[-1])] * len(x)
    c = m.total(y)
    for v in x:
        y = [m.sin(v) * u + len(x) - c for u in y]
    return y


ARRAYS = {
    "num2arr_1": (num2arr_1, (1.0,)),
    "num2arr_1!": (num2arr_1_in_place, (1.0,)),
    "minus": (lambda m, x: [-v for v in x], VECTOR),
    "chebyquad": (chebyquad, VECTOR),
    "brown_almost_linear": (brown_almost_linear, VECTOR),
    "trigonometric": (trigonometric, VECTOR),
    "arr2arr_1": (lambda m, x: [0 * v for v in x], VECTOR),
    "arr2arr_2": (lambda m, x: [v + v + x[0] for v in x], VECTOR),
    "mutation_test_1": (lambda m, x: [x[0] * x[1], 0 * x[2], x[0] * x[1] + 0 * x[2]], VECTOR[:3]),
    "mutation_test_2": (lambda m, x: [x[0] * x[1], x[0] * x[1], 1 + 0 * x[2]], VECTOR[:3]),
    "identity": (lambda m, x: [+v for v in x], VECTOR),
    "inv": (lambda m, x: flat(inverse(rows(x))), MATRIX),
    "a * b": (lambda m, x: flat(times(m, rows(x[:4]), rows(x[4:]))), (1.5, -0.2, 0.4, 0.8, 0.3, 1.1, -0.6, 0.9)),
    "a * b'": (
        lambda m, x: flat(times(m, rows(x[:4]), list(zip(*rows(x[4:]), strict=True)))),
        (1.5, -0.2, 0.4, 0.8, 0.3, 1.1, -0.6, 0.9),
    ),
    "a ./ b": (lambda m, x: [a / b for a, b in zip(x[:4], x[4:], strict=True)], (1.5, 2.0, 0.4, 0.8, 0.3, 1.1, -0.6, 0.9)),
    "a .^ b": (lambda m, x: [a**b for a, b in zip(x[:4], x[4:], strict=True)], (1.5, 2.0, 0.4, 0.8, 0.3, 1.1, -0.6, 0.9)),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_to_numbers(name, record_property):
    f = NUMBERS[name]
    for x in (1.0, 0.37):
        assert far(recorded_orders(f, x, 2), orders(f, x, 2), 1e-14) == []
    record_property("numbers", 6)


@pytest.mark.parametrize("name", VECTORS)
def test_vectors_to_numbers(name, record_property):
    assert far_of(VECTORS[name], VECTOR if name != "vec2num_3" else [abs(v) for v in VECTOR], 4e-14) == {}
    record_property("numbers", numbers_of(VECTOR))


@pytest.mark.parametrize("name", MATRICES)
def test_matrices_to_numbers(name, record_property):
    f = MATRICES[name]
    if name == "softmax":  # its derivatives are 0, and what is rounded has the size of the sum
        value, slopes, _ = exactly(f, MATRIX, second=False)
        assert far([f(engine, [*MATRIX])], [value], 1e-14) == []
        found = jacobian(lambda *x: f(engine, list(x)))(*MATRIX)[0]
        assert [float(v) for v in found] == pytest.approx([float(v) for v in slopes], abs=1e-15)
    else:
        assert far_of(f, MATRIX, 1e-13) == {}
    record_property("numbers", numbers_of(MATRIX))


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(name, record_property):
    f, point = ARRAYS[name]
    found = jacobian(lambda *x: f(engine, list(x)))(*point)
    for i, row in enumerate(found):
        value, slopes, _ = exactly(lambda m, x, i=i: f(m, x)[i], point, second=False)
        assert far([f(engine, [*point])[i]], [value], 1e-14, scale=1.0) == []
        assert far([float(v) for v in row], slopes, 1e-14, scale=max(map(abs, slopes))) == []
    record_property("numbers", len(list(found)) * (1 + len(point)))
