"""Stan Math: pow, log_sum_exp and hypot at the points of test/unit/math/mix/fun, up to the third order, as expect_ad has it.

Each derivative by itself, however small it is beside the others of its row.
"""

import math
from itertools import combinations_with_replacement

import mpmath
import pytest
from chalkgrad import engine
from chalkgrad.engine import DomainError, Value, gradient, hessian, hvp, logsumexp, nonfinite
from mpmath import mpf
from published import EXACT, far

FUNCTIONS = {
    "pow": lambda m, x: x[0] ** x[1],
    "log_sum_exp": lambda m, x: m.logsumexp(x),
    "hypot": lambda m, x: m.hypot(x[0], x[1]),
}
POINTS = {
    "pow": [(0.5, 0.5), (0.5, 1.0), (0.5, 1.2), (0.5, 5.0), (1.0, 2.0), (3.0, 4.0), *((4.0, y / 2) for y in range(-4, 9))],
    "hypot": [(0.5, 0.0), (0.5, 2.3), (0.5001, 1.0001), (3.0, 4.0), (3.0, 6.0), (3.0, 0.5), (1.0, 3.4)],
}
LISTS = "0 0, .5 -1, .5 0, .5 1.2, .5 1.4, 1 2, 1.4 .5, 1.2 .6, 2 1, 3 5, 3 6, 3.4 .9, 5 2, -2 15, 2 -15, 1 2 3 4"
POINTS["log_sum_exp"] = [tuple(map(float, numbers.split())) for numbers in LISTS.split(",")]
APART = [(0.0, 30.0), (37.0, 0.0), (0.0, 37.0, 1.0), (-300.0, 5.0, 4.0), (5.0, 5.0, 5.0), (700.0,)]  # of our own
CASES = [(name, point) for name, points in POINTS.items() for point in points] + [("log_sum_exp", point) for point in APART]


def partial(name, point, by):
    """Returns a derivative by the numbers at these places in mpmath, for log_sum_exp by ∂p_i/∂x_j = p_i·(δ_ij - p_j)."""
    f, xs = FUNCTIONS[name], [mpf(x) for x in point]
    with mpmath.workdps(400 if name == "log_sum_exp" else 80):
        if name != "log_sum_exp" and by:
            return mpmath.diff(lambda *xs: f(EXACT, list(xs)), tuple(xs), tuple(by.count(i) for i in range(len(point))))
        value = f(EXACT, xs)
        p = [mpmath.exp(x - value) for x in xs]
        change = lambda i, j: p[i] * ((i == j) - p[j])  # noqa: E731 - a formula
        if len(by) < 3:
            return [lambda: value, lambda i: p[i], change][len(by)](*by)
        i, j, k = by
        return (i == j) * change(i, k) - change(i, k) * p[j] - p[i] * change(j, k)


@pytest.mark.parametrize(("name", "point"), CASES)
def test_derivatives_up_to_the_third_order(name, point, record_property):
    f, xs, count = FUNCTIONS[name], [Value(x) for x in point], 0
    exact = {
        by: partial(name, point, by)
        for order in range(4)
        for by in combinations_with_replacement(range(len(point)), order)
    }  # fmt: skip
    value = f(engine, xs)
    recorded = {(): value}
    for by in exact:
        if by:
            recorded[by] = gradient(recorded[by[:-1]], xs[by[-1]], create_graph=True)
    assert far([recorded[by].data for by in exact], exact.values(), 4e-14) == []
    curvature = hessian(value, xs)
    pairs = [by for by in exact if len(by) == 2]
    assert far([float(curvature[i][j]) for i, j in pairs], [exact[by] for by in pairs], 1e-14) == []
    assert far([float(curvature[j][i]) for i, j in pairs], [exact[by] for by in pairs], 1e-14) == []
    for i in range(len(point)):
        column = hvp(value, xs, [float(k == i) for k in range(len(point))])
        expected = [exact[min(i, j), max(i, j)] for j in range(len(point))]
        assert far(column, expected, 1e-14) == []
        count += len(point)
    record_property("numbers", len(exact) + 2 * len(pairs) + count)


def test_rows_of_the_hessian_of_log_sum_exp_add_up_to_0():
    """Its slopes add up to 1 wherever it is; 30 and 37 apart the largest share is 1 but for the last digits."""
    for point in [*POINTS["log_sum_exp"], *APART]:
        for row in hessian(lambda *xs: logsumexp(list(xs)))(*point):
            assert math.fsum(map(float, row)) == pytest.approx(0, abs=1e-15 * max(map(abs, map(float, row))))


def test_infinities_and_nan_go_through():
    inf, nan = math.inf, math.nan
    with nonfinite("propagate"):
        assert logsumexp([inf, inf]) == logsumexp([inf, 0.0]) == inf
        assert logsumexp([-inf, -inf]) == -inf
        x, y = Value(4.9), Value(-inf)
        both = logsumexp([x, y])
        both.backward()
        assert (both.data, x.grad, y.grad) == (4.9, 1, 0)
        for a, b in ((1.0, nan), (nan, 1.0), (nan, nan)):
            assert math.isnan(logsumexp([a, b]))
            assert math.isnan(engine.hypot(a, b))
            assert math.isnan((Value(a) ** Value(b)).data) or a == 1.0  # IEEE: 1 to any power is 1
    assert logsumexp([1000.0, 10.0]) == 1000.0


def test_a_root_of_a_negative_number_is_refused_where_stan_has_nan():
    with pytest.raises(DomainError, match="a negative base needs a whole exponent"):
        Value(-0.4) ** Value(0.5)
