"""ADOL-C, boost-test/traceCompositeTests.cpp: composite functions in both modes; gradients are those of its comments."""

import math
from math import cos, cosh, exp, log, sin, sinh, sqrt

import pytest
from chalkgrad import engine
from chalkgrad.engine import NonFiniteError, gradient, jacobian, jvp, vjp
from published import far_of, numbers_of


def erf_part(x1, x2, x3, x4):
    return 2 / sqrt(math.pi) * exp(-((abs(x1 - x2) * sinh(x3 - x4)) ** 2))


FUNCTIONS = {  # the function, its point, and its gradient as the file states it
    "trigonometric 1": (
        lambda m, x: m.sin(x[0]) * m.sin(x[0]) + m.cos(x[0]) * m.cos(x[0]) + x[1],
        (0.289, 1.927),
        lambda a, b: (0, 1),
    ),
    "trigonometric 2": (
        lambda m, x: 2 * m.sin(m.cos(x[0])) * m.exp(x[1]) - m.cos(x[2]) ** 2 * m.sin(x[1]),
        (1.11, 2.22, 3.33),
        lambda a, b, c: (
            -2 * cos(cos(a)) * exp(b) * sin(a),
            2 * sin(cos(a)) * exp(b) - cos(c) ** 2 * cos(b),
            2 * cos(c) * sin(c) * sin(b),
        ),
    ),
    "trigonometric 3": (
        lambda m, x: m.sin(x[0]) ** (m.cos(x[0]) - x[1]) * x[2],
        (0.516, 9.89, 0.072),
        lambda a, b, c: (
            sin(a) ** (cos(a) - b) * c * (-sin(a) * log(sin(a)) + (cos(a) - b) * cos(a) / sin(a)),
            -log(sin(a)) * sin(a) ** (cos(a) - b) * c,
            sin(a) ** (cos(a) - b),
        ),
    ),
    "trigonometric 4": (
        lambda m, x: m.atan(m.tan(x[0])) * m.exp(x[1]),
        (1.56, 8.99),
        lambda a, b: (exp(b), a * exp(b)),
    ),
    "long sum": (
        lambda m, x: x[0] + x[1] - x[2] + x[0] ** 2 - 10 + m.sqrt(x[3] * x[4]),
        (0.11, -2.27, 81.7, 0.444, 4.444),
        lambda a, b, c, d, e: (1 + 2 * a, 1, -1, 0.5 * sqrt(e / d), 0.5 * sqrt(d / e)),
    ),
    "inverse": (lambda m, x: m.sqrt(x[0] ** 2) * x[1], (3.77, -21.12), lambda a, b: (b, a)),
    "exp and pow": (
        lambda m, x: m.exp(x[0] + m.exp(x[1] + x[2])) * (x[0] + x[1]) ** x[2],
        (1.0, 2.0, 3.0),
        lambda a, b, c: (
            exp(a + exp(b + c)) * ((a + b) ** c + c * (a + b) ** (c - 1)),
            exp(a + exp(b + c)) * (exp(b + c) * (a + b) ** c + c * (a + b) ** (c - 1)),
            exp(a + exp(b + c)) * (a + b) ** c * (exp(b + c) + log(a + b)),
        ),
    ),
    "roots": (
        lambda m, x: m.sqrt(m.sqrt(x[0] * x[1] + 2 * x[2])) * x[3],
        (-2.14, -2.22, 50.05, 0.104),
        lambda a, b, c, d: (*(0.25 * (a * b + 2 * c) ** -0.75 * e * d for e in (b, a, 2)), (a * b + 2 * c) ** 0.25),
    ),
    "fmax": (
        lambda m, x: m.maximum(x[0] * x[2] ** 2, x[1] * x[2] ** 2) * m.exp(x[2]),
        (2.31, 1.32, 3.21),
        lambda a, b, c: (c**2 * exp(c), 0, 2 * a * c * exp(c) + a * c**2 * exp(c)),
    ),
    "fmin": (
        lambda m, x: m.minimum(x[0] * x[2] ** 2, x[1] * x[2] ** 2) * m.exp(x[2]),
        (2.31, 1.32, 3.21),
        lambda a, b, c: (0, c**2 * exp(c), 2 * b * c * exp(c) + b * c**2 * exp(c)),
    ),
    "erf and fabs": (
        lambda m, x: m.erf(abs(x[0] - x[1]) * m.sinh(x[2] - x[3])) * m.sin(x[4]),
        (4.56, 5.46, 4.65, 6.54, 6.45),
        lambda a, b, c, d, e: (
            -erf_part(a, b, c, d) * sin(e) * sinh(c - d),
            erf_part(a, b, c, d) * sin(e) * sinh(c - d),
            erf_part(a, b, c, d) * sin(e) * abs(a - b) * cosh(c - d),
            -erf_part(a, b, c, d) * sin(e) * abs(a - b) * cosh(c - d),
            math.erf(abs(a - b) * sinh(c - d)) * cos(e),
        ),
    ),
    "exp, sin, root": (
        lambda m, x: 5.0 * m.exp(m.sin(x[0]) * m.cos(x[0])) * m.sqrt(x[1]) ** x[2],
        (2.1, 1.2, 0.12),
        lambda a, b, c: (
            5 * exp(sin(a) * cos(a)) * (cos(a) ** 2 - sin(a) ** 2) * sqrt(b) ** c,
            5 * exp(sin(a) * cos(a)) * c * sqrt(b) ** (c - 1) / (2 * sqrt(b)),
            5 * exp(sin(a) * cos(a)) * sqrt(b) ** c * log(sqrt(b)),
        ),
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_those_of_the_file_in_both_modes(name, record_property):
    f, point, formula = FUNCTIONS[name]
    expected = pytest.approx(formula(*point), rel=1e-12, abs=1e-15)  # ADOL-C's tolerance is 1e-8
    recorded = lambda *xs: f(engine, xs)  # noqa: E731 - a formula
    assert gradient(recorded)(*point) == expected
    along = [jvp(recorded)(*point, v=[float(i == j) for j in range(len(point))]) for i in range(len(point))]
    assert along == expected
    assert vjp(recorded)(*point, u=-2.0) == pytest.approx([-2 * s for s in formula(*point)], rel=1e-12, abs=2e-15)
    record_property("numbers", 3 * len(point))


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("trigonometric 1", "trigonometric 4")])
def test_value_gradient_and_hessian_are_mpmaths(name, record_property):
    f, point, _ = FUNCTIONS[name]
    assert far_of(f, point, 3e-13) == {}
    record_property("numbers", numbers_of(point))


def test_polar_coordinates():
    x1, x2, x3 = 8.17, -3.41, 10.01
    r2, rho = x1 * x1 + x2 * x2 + x3 * x3, sqrt(x1 * x1 + x2 * x2)

    def polar(a, b, c):
        return [engine.sqrt(a * a + b * b + c * c), engine.atan(engine.sqrt(a * a + b * b) / c), engine.atan(b / a)]

    found = [[float(s) for s in row] for row in jacobian(polar)(x1, x2, x3)]
    assert found == [
        pytest.approx([x1 / sqrt(r2), x2 / sqrt(r2), x3 / sqrt(r2)], rel=1e-14),
        pytest.approx([x1 * x3 / (r2 * rho), x2 * x3 / (r2 * rho), -rho / r2], rel=1e-14),
        pytest.approx([-x2 / rho**2, x1 / rho**2, 0], rel=1e-14),
    ]


@pytest.mark.parametrize(
    ("f", "point", "rows"),
    [
        (lambda a, b, c: [b * c, a * c, a * b], (2.52, 5.22, -2.25), lambda a, b, c: [[0, c, b], [c, 0, a], [b, a, 0]]),
        (lambda a, b, c: [b + c, a + c, a + b], (2.52, 5.22, -2.25), lambda a, b, c: [[0, 1, 1], [1, 0, 1], [1, 1, 0]]),
        (
            lambda a, b, c, d: [
                a * engine.cos(b) + engine.sqrt(c * d),
                +d,
                a * b * c * d,
                engine.atan((a + b) / (c + d)),
            ],
            (5.5, 0.5, 5.55, 2.33),
            lambda a, b, c, d: [
                [cos(b), -a * sin(b), 0.5 * sqrt(d / c), 0.5 * sqrt(c / d)],
                [0, 0, 0, 1],
                [b * c * d, a * c * d, a * b * d, a * b * c],
                [x / ((a + b) ** 2 + (c + d) ** 2) for x in (c + d, c + d, -(a + b), -(a + b))],
            ],
        ),
    ],
    ids=["products", "sums", "trigonometric products"],
)
def test_jacobians_of_several_outputs(f, point, rows):
    found = [[float(s) for s in row] for row in jacobian(f)(*point)]
    assert found == [pytest.approx(row, rel=1e-14) for row in rows(*point)]
    backwards = [vjp(f)(*point, u=[float(i == j) for j in range(len(found))]) for i in range(len(found))]
    assert backwards == [pytest.approx(row, rel=1e-14) for row in rows(*point)]


def test_the_end_of_acos_is_refused_where_adol_c_takes_0_times_infinity_for_0():
    """CompositeHyperb: tanh(acos(x1² + 1)·sin(x2))·x3 + exp(cosh(x4)) at x1 = 0, where acos has the infinite slope."""
    point = 0.0, 5.099, 5.5, 4.73
    f = lambda a, b, c, d: engine.tanh(engine.acos(a**2 + 1) * engine.sin(b)) * c + engine.exp(engine.cosh(d))  # noqa: E731
    assert f(*point) == pytest.approx(exp(cosh(4.73)), rel=1e-13)
    with pytest.raises(NonFiniteError, match="acos"):
        gradient(f)(*point)


# boost-test/traceOperatorScalarTests.cpp: the operators and functions, at points of our own --------------------------

UNARY = ["exp", "log", "log10", "log2", "sqrt", "cbrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"]
UNARY += ["asinh", "atanh", "erf", "erfc"]
POINTS = (0.127, 0.51, 0.849)


@pytest.mark.parametrize("name", [*UNARY, "acosh"])
def test_functions_up_to_the_second_order(name, record_property):
    for x in POINTS:
        point = [x + 1 if name == "acosh" else x]
        assert far_of(lambda m, x: getattr(m, name)(x[0]), point, 2e-15) == {}
    record_property("numbers", 3 * len(POINTS))


OPERATORS = {
    "+": lambda m, x: x[0] + x[1],
    "-": lambda m, x: x[0] - x[1],
    "*": lambda m, x: x[0] * x[1],
    "/": lambda m, x: x[0] / x[1],
    "+=": lambda m, x: 2 + x[0] + x[1] - 5.132,
    "pow": lambda m, x: x[0] ** x[1],
    "pow, by its base": lambda m, x: x[0] ** 3.2 + 0 * x[1],
    "pow, by its exponent": lambda m, x: 1.7 ** x[1] + 0 * x[0],
    "atan2": lambda m, x: m.atan2(x[0], x[1]),
    "hypot": lambda m, x: m.hypot(x[0], x[1]),
    "fmax": lambda m, x: m.maximum(x[0], x[1]),
    "fmin": lambda m, x: m.minimum(x[0], x[1]),
    "fabs": lambda m, x: abs(x[0] - x[1]),
    "ceil and floor": lambda m, x: m.ceil(x[0]) * m.floor(x[1] + 3) + 0 * x[0],
    "mod": lambda m, x: (x[0] % x[1]) + 0 * x[1],
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_up_to_the_second_order(name, record_property):
    for x, y in [(1.2345, 0.4321), (0.3, 2.75)]:
        assert far_of(OPERATORS[name], (x, y), 1e-14) == {}
    record_property("numbers", 2 * numbers_of("xy"))
