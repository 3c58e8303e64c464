"""The table against mpmath: every value, local derivative and second derivative, over ranges that reach both ends.

The oracle has only the functions' values; it differentiates by differences at 500 digits, for very small and very large
arguments 1,000, where they are exact to far beyond a float. Kinks are held against the conventions, one by one.
"""

import math
from functools import reduce

import mpmath
import pytest
from chalkgrad.engine import DomainError, NonFiniteError, Value, elu, leaky_relu, nonfinite
from chalkgrad.engine.formulas.derivative import derivative
from chalkgrad.engine.formulas.trees import evaluate
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.sweep import backward, order
from mpmath import mpf
from oracle import (
    ORACLE,
    POINTS,
    SECOND,
    allowance,
    applied,
    digits,
    size_of_terms,
    slope,
    ulps,
    usable,
    zero_of_derivative,
)


@pytest.fixture(autouse=True)
def _thousand_digits():
    with mpmath.workdps(1000):
        yield


@pytest.mark.parametrize("name", RULES)
def test_values_are_within_2_ulp_and_local_derivatives_within_4(name):
    points = usable(name, POINTS[name])
    assert len(points) >= 8
    for point in points:
        values = [Value(x) for x in point]
        try:
            node = applied(name, values)
        except NonFiniteError:
            assert abs(ORACLE[name](*map(mpf, point))) > 1.79e308, point
            continue
        with mpmath.workdps(100):
            exact = ORACLE[name](*map(mpf, point))
        assert ulps(node.data, exact, size_of_terms(name, point)) <= 2 + allowance(name, point, None), point
        for slot, partial in enumerate(node.partials):
            if name == "pow" and slot == 1 and point[0] < 0:
                assert math.isnan(partial)  # a negative base has no slope by the exponent
                continue
            with mpmath.workdps(digits(point)):
                exact = slope(name, point, slot)
            limit = 4 + allowance(name, point, slot)
            assert ulps(partial, exact, zero_of_derivative(name, point, slot)) <= limit, (point, slot)


ON_VALUES = {**FUNCTIONS, "sum": FUNCTIONS["total"], "max": lambda xs: reduce(FUNCTIONS["maximum"], xs)}


@pytest.mark.parametrize("name", RULES)
def test_the_second_derivative_got_by_evaluating_the_formula_on_values_is_mpmaths(name):
    rule = RULES[name]
    for point in SECOND[name]:
        count = len(point)
        for slot in range(count):
            values = [Value(x) for x in point]
            length = count // rule.lists if rule.lists else 0
            which = min(slot // length, rule.lists) if length else slot
            element = slot % length if length and which < rule.lists else 0
            lists = {x: values[i * length : (i + 1) * length] for i, x in enumerate(rule.arguments[: rule.lists])}
            scalars = dict(zip(rule.arguments[rule.lists :], values[rule.lists * length :], strict=True))
            own = {x: part[element] for x, part in lists.items()}
            node = applied(name, values)
            first = evaluate(rule.partials[which], {"v": node, **own, **scalars}, ON_VALUES, lists)
            if isinstance(first, Value):
                backward(order([first]), first, propagate=False)
            for other in range(count):
                exact = slope(name, point, slot, other)
                scale = abs(exact) + abs(node.partials[slot]) + abs(node.data)
                assert abs(mpf(values[other].grad) - exact) <= 1e-13 * scale, (point, slot, other)


@pytest.mark.parametrize(("name", "third"), [("tanh", -2), ("sigmoid", -1 / 8), ("tanh_half", -1 / 4), ("sin", -1), ("exp", 1)])
@pytest.mark.parametrize("x", [0.0, 1e-3, -1e-3])
def test_third_derivatives_are_there_at_0_too(name, third, x):
    """Where a formula is written with |x|, or by cases, derivatives of derivatives must not be lost at the seam."""
    table = {rule.name: rule.partials for rule in RULES.values()}
    tree = RULES[name].value
    for _ in range(3):
        tree = derivative(tree, "x", table)
    assert evaluate(tree, {"x": x}, ON_FLOATS) == pytest.approx(third, rel=2e-3)


@pytest.mark.parametrize("name", RULES)
def test_the_formula_shown_is_the_formula_computed(name):
    """What stands on the blackboard, evaluated at 1,000 digits, is the derivative."""
    rule = RULES[name]
    functions = {**ORACLE, "sum": mpmath.fsum, "max": max}
    for point in SECOND[name]:
        if rule.lists:
            length = len(point) // rule.lists
            lists = {
                x: list(map(mpf, point[i * length : (i + 1) * length])) for i, x in enumerate(rule.arguments[: rule.lists])
            }
            values = {x: part[0] for x, part in lists.items()}
            values |= {x: mpf(point[-1]) for x in rule.arguments[rule.lists :]}
        else:
            lists, values = {}, dict(zip(rule.arguments, map(mpf, point), strict=True))
            length = 1
        v = ORACLE[name](*map(mpf, point))
        for i, shown in enumerate(rule.shown):
            result = mpf(evaluate(shown, {"v": v, **values}, functions, lists))
            slot = i * length if i < rule.lists else i + rule.lists * (length - 1)
            # math.pi is π to a float's precision
            assert abs(result - slope(name, point, slot)) <= 1e-15 * (1 + abs(result)), (point, i)


@pytest.mark.parametrize(
    ("name", "point", "value", "partials"),
    [
        ("relu", (0.0,), 0.0, (0.0,)),
        ("abs", (0.0,), 0.0, (0.0,)),
        ("heaviside", (0.0,), 0.0, (0.0,)),
        ("maximum", (1.0, 1.0), 1.0, (0.5, 0.5)),
        ("minimum", (1.0, 1.0), 1.0, (0.5, 0.5)),
        ("hypot", (0.0, 0.0), 0.0, (0.0, 0.0)),
        ("pow", (0.0, 0.0), 1.0, (0.0, 0.0)),
        ("pow", (5.0, 0.0), 1.0, (0.0, math.log(5.0))),
        ("pow", (0.0, 1.0), 0.0, (1.0, 0.0)),
        ("pow", (0.0, 2.0), 0.0, (0.0, 0.0)),
        ("leaky_relu", (0.0, 0.01), 0.0, (0.01, 0.0)),
        ("leaky_relu", (0.0, 3.0), 0.0, (1.0, 0.0)),
        ("elu", (0.0, 0.5), 0.0, (0.5, 0.0)),
        ("elu", (0.0, 2.5), 0.0, (1.0, 0.0)),
        ("sqrt", (0.0,), 0.0, (math.inf,)),
        ("pow", (0.0, 0.5), 0.0, (math.inf, 0.0)),
        ("asin", (1.0,), math.asin(1.0), (math.inf,)),
        ("acos", (-1.0,), math.acos(-1.0), (-math.inf,)),
        ("tanh", (1000.0,), 1.0, (0.0,)),
        ("sigmoid", (-1000.0,), 0.0, (0.0,)),
        ("sigmoid", (1000.0,), 1.0, (0.0,)),
        ("softplus", (1e308,), 1e308, (1.0,)),
        ("silu", (-1000.0,), 0.0, (0.0,)),
        ("erf", (1e300,), 1.0, (0.0,)),
    ],
)
def test_kinks_and_ends_follow_the_conventions(name, point, value, partials):
    node = FUNCTIONS[name](*map(Value, point))
    assert (node.data, node.partials) == (value, partials)


@pytest.mark.parametrize(
    ("name", "point", "partials"),
    [
        ("hypot", (0.0, 0.0), (0.0, 0.0)),
        ("pow", (0.0, 0.0), (0.0, 0.0)),
        ("pow", (5.0, 0.0), (0.0, math.log(5.0))),
        ("pow", (0.0, 2.0), (0.0, 0.0)),
        ("elu", (0.0, 0.5), (0.5, 0.0)),
        ("elu", (0.0, 2.5), (1.0, 0.0)),
    ],
)
def test_the_formula_shown_follows_the_convention_at_a_kink_too(name, point, partials):
    rule = RULES[name]
    given = {"v": FUNCTIONS[name](*point), **dict(zip(rule.arguments, point, strict=True))}
    assert tuple(evaluate(shown, given, ON_FLOATS) for shown in rule.shown) == partials


def test_the_slope_of_leaky_relu_is_a_hundredth_and_the_alpha_of_elu_1_where_none_is_given():
    assert leaky_relu(Value(-2.0)).partials[0] == leaky_relu(-1.0) * -1 == 0.01
    assert elu(Value(-2.0)).data == elu(-2.0) == math.expm1(-2.0)


def test_the_constants_of_selu_keep_mean_0_and_variance_1():
    """Klambauer et al. (2017), equation 14, of standard normal inputs."""

    def moment(power):
        density = lambda x: mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi)  # noqa: E731
        return mpmath.quad(lambda x: ORACLE["selu"](x) ** power * density(x), [-mpmath.inf, 0, mpmath.inf])

    with mpmath.workdps(30):
        assert abs(moment(1)) < 1e-15
        assert abs(moment(2) - 1) < 1e-15


@pytest.mark.parametrize(("name", "point"), [(name, point) for name, rule in RULES.items() for point in rule.inside])
def test_the_examples_inside_a_domain_are_computed(name, point):
    assert math.isfinite(applied(name, [Value(x) for x in point]).data)


@pytest.mark.parametrize(("name", "point"), [(name, point) for name, rule in RULES.items() for point in rule.outside])
def test_the_examples_outside_a_domain_are_refused_and_propagate_on_request(name, point):
    with pytest.raises((DomainError, NonFiniteError), match=r"needs|too large"):
        applied(name, [Value(x) for x in point])
    with nonfinite("propagate"):
        assert not math.isfinite(applied(name, [Value(x) for x in point]).data)


def test_every_entry_has_examples_an_oracle_and_a_domain_for_what_it_refuses():
    assert set(ORACLE) == set(POINTS) == set(SECOND) == set(RULES)
    for name, rule in RULES.items():
        assert rule.inside, name
        assert rule.says, name
        assert bool(rule.requires) == (rule.domain is not None), name
