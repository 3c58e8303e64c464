"""JAX: operations and special values of tests/lax_autodiff_test.py, and the functions of jax.nn in tests/nn_test.py.

Theirs are compared with finite differences, up to the order that is named there; here with mpmath.
"""

import math
import random

import mpmath
import pytest
from chalkgrad import engine
from chalkgrad.engine import Value, gelu, gradient, jacobian, jvp, nonfinite, softmax, vjp
from oracle import ORACLE, ulps
from published import exactly, far, far_of, numbers_of, orders, recorded_orders

INF, NAN = math.inf, math.nan

# lax_autodiff_test.py ------------------------------------------------------------------------------------------------

SMALL, DEFAULT = (lambda r: 1e-3 * r.gauss(0, 1)), (lambda r: 3 * r.gauss(0, 1))
POSITIVE, NOT_SMALL = (lambda r: 2 * r.random() + 1), (lambda r: r.choice((1, -1)) * (10 + abs(r.gauss(0, 3))))


def within(low, high):
    return lambda r: r.uniform(low, high)


OPERATIONS = {  # as they are called there: a formula, the number of arguments, and what is drawn
    "neg": (lambda m, x: -x[0], 1, DEFAULT),
    "floor": (lambda m, x: m.floor(x[0]), 1, within(0.1, 0.4)),
    "ceil": (lambda m, x: m.ceil(x[0]), 1, within(0.1, 0.4)),
    "exp": (lambda m, x: m.exp(x[0]), 1, SMALL),
    "exp2": (lambda m, x: m.exp2(x[0]), 1, SMALL),
    "expm1": (lambda m, x: m.expm1(x[0]), 1, DEFAULT),
    "log": (lambda m, x: m.log(x[0]), 1, POSITIVE),
    "log1p": (lambda m, x: m.log1p(x[0]), 1, POSITIVE),
    "sinh": (lambda m, x: m.sinh(x[0]), 1, DEFAULT),
    "cosh": (lambda m, x: m.cosh(x[0]), 1, DEFAULT),
    "tanh": (lambda m, x: m.tanh(x[0]), 1, DEFAULT),
    "sin": (lambda m, x: m.sin(x[0]), 1, DEFAULT),
    "cos": (lambda m, x: m.cos(x[0]), 1, DEFAULT),
    "tan": (lambda m, x: m.tan(x[0]), 1, within(-1.3, 1.3)),
    "asin": (lambda m, x: m.asin(x[0]), 1, within(-0.99, 0.99)),
    "acos": (lambda m, x: m.acos(x[0]), 1, within(-0.99, 0.99)),
    "atan2": (lambda m, x: m.atan2(x[0], x[1]), 2, DEFAULT),
    "erf": (lambda m, x: m.erf(x[0]), 1, SMALL),
    "erfc": (lambda m, x: m.erfc(x[0]), 1, SMALL),
    "abs": (lambda m, x: abs(x[0]), 1, POSITIVE),
    "pow": (lambda m, x: x[0] ** x[1], 2, POSITIVE),
    "sqrt": (lambda m, x: m.sqrt(x[0]), 1, POSITIVE),
    "rsqrt": (lambda m, x: 1 / m.sqrt(x[0]), 1, POSITIVE),
    "cbrt": (lambda m, x: m.cbrt(x[0]), 1, NOT_SMALL),
    "logistic": (lambda m, x: m.sigmoid(x[0]), 1, DEFAULT),
    "add": (lambda m, x: x[0] + x[1], 2, DEFAULT),
    "sub": (lambda m, x: x[0] - x[1], 2, DEFAULT),
    "mul": (lambda m, x: x[0] * x[1], 2, DEFAULT),
    "div": (lambda m, x: x[0] / x[1], 2, NOT_SMALL),
    "max": (lambda m, x: m.maximum(x[0], x[1]), 2, DEFAULT),
    "min": (lambda m, x: m.minimum(x[0], x[1]), 2, DEFAULT),
    "clamp, inside": (lambda m, x: m.minimum(m.maximum(x[0], x[0] - 10), x[0] + 10), 1, DEFAULT),
    "clamp, below": (lambda m, x: m.minimum(m.maximum(x[0] - 10, x[1]), x[1] + 10), 2, within(0.0, 1.0)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_up_to_the_second_order_in_both_modes(name, record_property):
    f, count, drawn = OPERATIONS[name]
    r, times = random.Random(name), 6
    for _ in range(times):
        point = [drawn(r) for _ in range(count)]
        assert far_of(f, point, 2e-15 if count == 1 else 1e-14) == {}
        _, slopes, _ = exactly(f, point, second=False)
        v = [r.gauss(0, 1) for _ in point]
        along = sum(s * x for s, x in zip(slopes, v, strict=True))
        assert far([jvp(lambda *xs: f(engine, xs))(*point, v=v)], [along], 1e-14, scale=max(map(abs, slopes))) == []
        back = vjp(lambda *xs: f(engine, xs))(*point, u=-1.5)
        assert far(back if count > 1 else [back], [-1.5 * s for s in slopes], 1e-14) == []
    record_property("numbers", times * (numbers_of(range(count)) + count + 1))


SPECIAL = {
    "sinh": (0.0,),
    "cosh": (0.0,),
    "tanh": (0.0, 1000.0),
    "sin": (0.0, math.pi, math.pi / 2, math.pi / 4),
    "cos": (0.0, math.pi, math.pi / 2, math.pi / 4),
    "tan": (0.0,),
    "asin": (0.0,),
    "acos": (0.0,),
    "atan": (0.0, 1000.0),
    "erf": (0.0, 10.0),
    "erfc": (0.0, 10.0),
}


@pytest.mark.parametrize(("name", "x"), [(name, x) for name, xs in SPECIAL.items() for x in xs])
def test_special_values_up_to_the_second_order(name, x, record_property):
    f = lambda m, t: getattr(m, name)(t)  # noqa: E731 - a formula
    assert far(recorded_orders(f, x, 2), orders(f, x, 2), 4e-15) == []
    record_property("numbers", 3)


# nn_test.py ----------------------------------------------------------------------------------------------------------


def squareplus(m, x):
    return (x + m.sqrt(x * x + 4)) / 2


def sparse_plus(m, x):
    return 0 * x if x <= -1 else x * 1 if x >= 1 else (x + 1) ** 2 / 4


def log1mexp(m, x):
    return m.log(-m.expm1(-x)) if x < math.log(2) else m.log1p(-m.exp(-x))


SMOOTH = {  # up to an order, at points
    "softplus": (lambda m, x: m.softplus(x), 4, (1e-8, 0.0, 89.0)),
    "squareplus": (squareplus, 4, (1e-8, 0.0)),
    "mish": (lambda m, x: m.mish(x), 4, (1e-8, 0.0, 1e3)),
    "relu": (lambda m, x: m.relu(x), 3, (1.0, -1.0)),
    "relu6": (lambda m, x: m.minimum(m.relu(x), 6), 3, (1.0, -1.0)),
    "elu": (lambda m, x: m.elu(x, 1), 4, (1e4,)),
    "sparse_plus": (sparse_plus, 1, (-2.0, 0.0, 2.0, 89.0)),
    "log1mexp": (log1mexp, 1, (1e-2, 0.1, 1.0, 10.0, 100.0)),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_functions_of_networks_up_to_the_order_that_is_tested_there(name, record_property):
    f, most, points = SMOOTH[name]
    for x in points:
        rounded = 1e-15 if name == "squareplus" else 0.0  # x²/√… - 1 of its third derivative cancels, as it is composed
        assert far(recorded_orders(f, x, most), orders(f, x, most), 1e-14, scale=rounded / 1e-14) == []
    record_property("numbers", (most + 1) * len(points))


VALUES = [
    (lambda: engine.softplus(0.0), math.log(2)),
    (lambda: squareplus(engine, 0.0), 1.0),
    (lambda: engine.mish(0.0), 0.0),
    (lambda: 1.0 * engine.sigmoid(0.0), 0.5),  # glu of (1, 0)
    (lambda: gradient(engine.relu)(0.0), 0.0),
    (lambda: gradient(lambda x: engine.minimum(engine.relu(x), 6))(0.0), 0.0),
    (lambda: gradient(lambda x: sparse_plus(engine, x))(0.0), 0.5),
    (lambda: gradient(engine.identity)(6.0), 1.0),
    (lambda: log1mexp(engine, 1.0), -0.45867515),
    (lambda: log1mexp(engine, 1e-5), math.log(1e-5)),
    (lambda: log1mexp(engine, 100.0), 0.0),
    (lambda: squareplus(engine, 1e3), 1e3),
]


@pytest.mark.parametrize("number", range(len(VALUES)))
def test_printed_values(number):
    found, printed = VALUES[number]
    assert found() == pytest.approx(printed, rel=1e-5, abs=1e-7)


def test_gelu_over_the_line_that_is_tested_there(record_property):
    points = [-12 + 17 * i / 299 for i in range(300)]
    with mpmath.workdps(60):
        assert [x for x in points if ulps(gelu(x), ORACLE["gelu"](mpmath.mpf(x))) > 3.5] == []
    record_property("numbers", len(points))


def test_slopes_at_infinity_and_of_nan():
    with nonfinite("propagate"):
        for f, at_inf, at_minus_inf in [
            (engine.softplus, 1, 0),
            (engine.mish, 1, 0),
            (engine.silu, 1, 0),
            (engine.gelu, 1, 0),
            (engine.gaussian, 0, 0),
        ]:
            assert (gradient(f)(INF), gradient(f)(-INF)) == (at_inf, at_minus_inf)
            assert math.isnan(gradient(f)(NAN))
        assert gradient(lambda x: engine.hypot(x, 1.0))(INF) == 1
        assert math.isnan(gradient(lambda x: squareplus(engine, x))(NAN))


SCORES = [5.5, 1.3, -4.2, 0.9]


def test_softmax_up_to_the_second_order(record_property):
    def p(i):
        return lambda m, x: m.exp(x[i] - m.logsumexp(x))

    for i in range(4):
        assert far_of(p(i), SCORES, 1e-13) == {}
        found = jacobian(lambda *x, i=i: softmax(list(x))[i])(*SCORES)[0]
        assert far([float(v) for v in found], exactly(p(i), SCORES, second=False)[1], 1e-13) == []
    record_property("numbers", 4 * numbers_of(SCORES) + 16)


def test_a_mask_takes_elements_out_of_softmax():
    masked = softmax([Value(5.5), -INF, Value(-4.2), Value(0.9)])
    assert [p.data for p in masked if not p.constant] == [p.data for p in softmax([Value(5.5), Value(-4.2), Value(0.9)])]
    assert sum(p.data for p in masked) == pytest.approx(1, rel=1e-15)
    x = Value(36.0)
    first = softmax([x, -INF])[0]
    first.backward()
    assert (first.data, x.grad) == (1, 0)


def test_the_logarithm_of_a_mean_of_exponentials():
    r = random.Random(1)
    for size in (1, 5, 15):
        xs = [r.uniform(-1, 1) for _ in range(size)]
        found = engine.logsumexp(xs) - math.log(size)
        assert found == pytest.approx(math.log(math.fsum(map(math.exp, xs)) / size), abs=1e-15)
