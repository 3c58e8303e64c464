"""Derivatives of derivatives: of every operation up to the fourth order against mpmath, and of known functions.

The oracle is that of test_rules.py: values at many digits, differentiated by differences that are exact to far beyond a
float. Recorded gradients are differentiated again and again; Hessians are computed as numbers by another way.
"""

import itertools
import math
import pickle
from functools import cache, reduce

import mpmath
import pytest
from chalkgrad.command import examples
from chalkgrad.engine import (
    NonFiniteError,
    Value,
    affine,
    choose,
    cos,
    elu,
    exp,
    gradient,
    hessian,
    hvp,
    hypot,
    jacobian,
    log,
    logsumexp,
    maximum,
    no_grad,
    nonfinite,
    operation,
    program,
    relu,
    sigmoid,
    sin,
    softmax,
    softplus,
    sqrt,
    tanh,
    total,
    unit,
)
from chalkgrad.engine.rules import RULES
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from oracle import ORACLE, SECOND, applied, slope

# Where an operation has no derivatives of all orders: kinks, ends of a domain, 0**y.
NOT_SMOOTH = {
    ("pow", (0, 0)),
    ("pow", (0, 2)),
    ("abs", (0,)),
    ("floor", (2,)),
    ("sqrt", (0,)),
    ("asin", (1,)),
    ("acos", (1,)),
    ("hypot", (0, 0)),
    ("maximum", (1, 1)),
    ("minimum", (1, 1)),
    ("relu", (0,)),
    ("leaky_relu", (0, 0.01)),
    ("elu", (0, 1)),
    ("heaviside", (0,)),
    ("ceil", (2,)),
    ("floordiv", (0, 5)),
    ("cbrt", (0,)),
    ("acosh", (1,)),
    ("selu", (0,)),
    ("softsign", (0,)),
}
EXAMPLES = [
    pytest.param(name, point, id=f"{name}{point}")
    for name, rule in RULES.items()
    for point in dict.fromkeys([*rule.inside, *SECOND[name][::5]])
    if (name, point) not in NOT_SMOOTH
]


def slots(name, point, order):
    """Which arguments to differentiate by, one after the other: all combinations, of many every so many-th."""
    usable = [i for i in range(len(point)) if not (name == "pow" and point[0] < 0 and i == 1)]
    found = list(itertools.combinations_with_replacement(usable, order))
    return found[:: len(found) // 5 + 1]


def leaves(point):
    return [Value(float(x), f"x{i}") for i, x in enumerate(point, 1)]


@cache
def exact(name, point, by):
    """The oracle's derivative; None where it is no float. Smaller numbers than 1e-320 are what rounding leaves of a 0."""
    with mpmath.workdps(600):
        found = slope(name, point, *by)
        return None if abs(found) > mpf(1.7e308) else mpf(0) if abs(found) < mpf("1e-320") else found


NEAR_0 = [(sign * x,) for x in (1e-17, 1e-9, 1e-4, 0.499, 0.501) for sign in (1.0, -1.0)]
INVERSE = {name: [*NEAR_0, (1 - 2.0**-40,), (2.0**-40 - 1,)] for name in ("asin", "acos", "asin_slope", "atanh")}
INVERSE |= {name: [*NEAR_0, (1e5,), (-1e9,)] for name in ("atan", "atan_slope", "asinh")} | {"acosh": [(1 + 1e-9,), (1e5,)]}

TOLERANCES = {1: 8 * 2.0**-53, 2: 1e-13, 3: 1e-12, 4: 1e-12}


@pytest.mark.parametrize(("name", "point"), EXAMPLES)
@pytest.mark.parametrize("order", TOLERANCES)
def test_derivatives_of_every_operation_up_to_the_fourth_order_are_mpmaths(name, point, order):
    for by in slots(name, point, order):
        expected = exact(name, point, by)
        if expected is not None:
            xs = leaves(point)
            y = applied(name, xs)
            for i in by:
                [y] = gradient(y, [xs[i]], create_graph=True)
            assert abs(mpf(y.data) - expected) <= TOLERANCES[order] * abs(expected) + 5e-324, by


@pytest.mark.parametrize(("name", "point"), EXAMPLES)
def test_hessians_of_every_operation_are_mpmaths(name, point):
    for by in slots(name, point, 2):
        expected = exact(name, point, by)
        if expected is not None:
            xs = leaves(point)
            wanted = [xs[i] for i in dict.fromkeys(by)]
            found = hessian(applied(name, xs), wanted)
            assert abs(mpf(found[0][-1]) - expected) <= 1e-13 * abs(expected) + 5e-324, by
            assert found[0][-1] == found[-1][0]
            along = hvp(
                applied(name, xs2 := leaves(point)), [xs2[i] for i in dict.fromkeys(by)], [0.0] * (len(wanted) - 1) + [1.0]
            )
            assert along[0] == pytest.approx(found[0][-1], rel=1e-15, abs=0)


@pytest.mark.parametrize("name", ["asin", "acos", "asin_slope", "atan", "atan_slope", "atanh", "acosh", "asinh"])
def test_second_derivatives_of_inverse_functions_do_not_cancel(name):
    for (x,) in INVERSE[name]:
        expected = exact(name, (x,), (0, 0))
        leaf = Value(x)
        y = applied(name, [leaf])
        for _ in range(2):
            [y] = gradient(y, [leaf], create_graph=True)
        assert abs(mpf(y.data) - expected) <= 1e-13 * abs(expected), x
        assert hessian(applied(name, [leaf]), [leaf])[0][0] == pytest.approx(float(expected), rel=1e-13, abs=0)


def second_derivative(example, by):
    """The oracle's derivative of an example's first output by two inputs, from its steps as Python with mpmath's numbers."""
    known = {**ORACLE, "affine": lambda w, x, b: mpmath.fdot(w, x) + b}
    known |= {name: mpf(number) for name, number in example.constants.items()}
    for name, (arguments, formula) in example.operations.items():
        known[name] = eval(f"lambda {', '.join(arguments)}: {formula}", known)

    def at(*numbers):
        values = dict(zip(example.inputs, numbers, strict=True))
        for step, expression in example.steps:
            values[step] = eval(expression, known, values)
        return values[example.outputs[0]]

    point, order = [mpf(x) for x in example.inputs.values()], [0] * len(example.inputs)
    for i in by:
        order[i] += 1
    return mpmath.diff(at, tuple(point), tuple(order))


@pytest.mark.parametrize("name", examples.names())
def test_hessians_of_the_worked_examples_are_mpmaths(name):
    example = examples.load(name)
    result = examples.build(example)
    found = hessian(result.roots[0], [result.names[x] for x in example.inputs])
    with mpmath.workdps(40):
        for i, j in itertools.combinations_with_replacement(range(len(found)), 2):
            expected = second_derivative(example, (i, j))
            assert abs(mpf(found[i][j]) - expected) <= 1e-13 * abs(expected) + mpf("1e-30"), (i, j)


SMOOTH = st.floats(0.3, 2.5)
SEAMED = ["tanh", "sigmoid", "sigmoid_slope", "gaussian", "erf", "erfc", "gelu", "silu", "softplus", "expm1", "atan"]


@pytest.mark.parametrize("name", SEAMED)
@pytest.mark.parametrize("at", [0.0, 1e-3, -1e-3])
def test_third_derivatives_are_there_where_formulas_change_sides(name, at):
    """Where a formula is written by cases, or with |x|, derivatives of derivatives must not be lost at 0."""
    [x] = leaves([at])
    y = applied(name, [x])
    for _ in range(3):
        [y] = gradient(y, [x], create_graph=True)
    with mpmath.workdps(300):
        expected = mpmath.diff(ORACLE[name], mpf(at), 3)
    assert y.data == pytest.approx(float(expected), rel=1e-12, abs=1e-15)


# Known functions -----------------------------------------------------------------------------------------------------


def test_sine_differentiated_eight_times_is_exact():
    x = Value(2.0, "x")
    y = sin(x)
    found = []
    for _ in range(8):
        [y] = gradient(y, [x], create_graph=True)
        found.append(y.data)
    assert found == [math.cos(2), -math.sin(2), -math.cos(2), math.sin(2)] * 2
    assert len(y.tape()) == 2


@pytest.mark.parametrize(("function", "oracle"), [(tanh, mpmath.tanh), (sigmoid, ORACLE["sigmoid"]), (Value.erf, mpmath.erf)])
@pytest.mark.parametrize("at", [0.0, 0.5, -1.5])
def test_eight_derivatives_of_smooth_functions_are_mpmaths(function, oracle, at):
    x = Value(at, "x")
    y = function(x)
    for order in range(1, 9):
        [y] = gradient(y, [x], create_graph=True)
        with mpmath.workdps(120):
            expected = mpmath.diff(oracle, mpf(at), order)
        assert y.data == pytest.approx(float(expected), rel=1e-11, abs=1e-11), order
    assert len(y.tape()) < 400


def test_exp_is_its_own_derivative_to_the_very_node():
    x = Value(0.5, "x")
    y = exp(x)
    [first] = gradient(y, [x], create_graph=True)
    assert first is y


def test_gerons_hessian_is_the_published_one():
    """A. Géron, Hands-On Machine Learning, appendix on autodiff: f(x, y) = x²y + y + 2 at (3, 4)."""
    assert hessian(lambda x, y: x**2 * y + y + 2)(3, 4) == [[8, 6], [6, 0]]
    assert gradient(lambda x, y: x**2 * y + y + 2)(3, 4) == [24, 10]


@given(SMOOTH, SMOOTH)
def test_rosenbrocks_hessian_has_its_closed_form(x, y):
    found = hessian(lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2)(x, y)
    assert found[0] == pytest.approx([2 - 400 * (y - x * x) + 800 * x * x, -400 * x], rel=1e-12, abs=1e-9)
    assert found[1] == [pytest.approx(-400 * x, rel=1e-14), 200.0]


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=6))
def test_the_hessian_of_logsumexp_is_diag_p_minus_p_pt(zs):
    p = [value.data for value in softmax([Value(z) for z in zs])]
    expected = [[(p[i] if i == j else 0) - p[i] * p[j] for j in range(len(p))] for i in range(len(p))]
    xs = [Value(z) for z in zs]
    found = hessian(logsumexp(xs), xs)
    recorded = jacobian(gradient(logsumexp(xs), xs, create_graph=True), xs)
    for row, other, also in zip(expected, found, recorded, strict=True):
        assert other == pytest.approx(row, rel=1e-12, abs=1e-14)
        assert also == pytest.approx(row, rel=1e-12, abs=1e-14)


def test_the_hessian_of_logistic_regression_is_xt_s_x():
    samples = [([1.0, 0.5, -1.2], 1), ([1.0, -0.3, 0.8], 0), ([1.0, 2.0, 0.1], 1), ([1.0, -1.5, -0.7], 0)]
    w = [Value(x, f"w{i}") for i, x in enumerate([0.1, -0.4, 0.3])]
    loss = total([softplus(affine(w, x)) - t * affine(w, x) for x, t in samples])
    s = [1 / (1 + math.exp(-sum(a.data * b for a, b in zip(w, x, strict=True)))) for x, _ in samples]
    expected = [
        [sum(p * (1 - p) * x[i] * x[j] for p, (x, _) in zip(s, samples, strict=True)) for j in range(3)] for i in range(3)
    ]
    for row, found in zip(expected, hessian(loss, w), strict=True):
        assert found == pytest.approx(row, rel=1e-13)


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=5), st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_the_hessian_of_a_quadratic_form_is_a_plus_at(xs, seed):
    n = len(xs)
    a = [[math.sin(seed + 7 * i + 3 * j) for j in range(n)] for i in range(n)]
    found = hessian(lambda x: total([x[i] * x[j] * a[i][j] for i in range(n) for j in range(n)]))(xs)
    for i in range(n):
        assert found[i] == pytest.approx([a[i][j] + a[j][i] for j in range(n)], rel=1e-12, abs=1e-12)


def some_function(x):
    """All kinds of nodes: repeated parents, lists, activations, division, a shared subexpression."""
    shared = tanh(x[0] * x[1]) + x[2] ** 2
    score = affine([shared, x[1], x[1]], [x[2], x[0], x[1]], 0.5)
    return logsumexp([score, shared * shared, x[0] / (1 + exp(x[1]))]) + sqrt(hypot(x[0], x[2])) * cos(shared)


@given(st.lists(SMOOTH, min_size=3, max_size=3))
@settings(max_examples=25, deadline=None)
def test_hessian_products_and_recorded_gradients_agree(at):
    xs = [Value(x, f"x{i}") for i, x in enumerate(at, 1)]
    y = some_function(xs)
    h = hessian(y, xs)
    assert [row[:] for row in h] == [[h[j][i] for j in range(3)] for i in range(3)]
    recorded = gradient(y, xs, create_graph=True)
    assert [g.data for g in recorded] == pytest.approx(gradient(y, xs), rel=1e-13, abs=1e-13)
    for i, row in enumerate(jacobian(recorded, xs)):
        assert row == pytest.approx(h[i], rel=1e-11, abs=1e-11)
        assert hvp(y, xs, [float(i == j) for j in range(3)]) == pytest.approx(h[i], rel=1e-11, abs=1e-11)


# Kinks, infinities, branches -----------------------------------------------------------------------------------------

KINKS = [
    ("relu", (0.0,), (0.0,)),
    ("abs", (0.0,), (0.0,)),
    ("maximum", (1.0, 1.0), (0.0, 0.0, 0.0)),
    ("minimum", (1.0, 1.0), (0.0, 0.0, 0.0)),
    ("heaviside", (0.0,), (0.0,)),
    ("floor", (2.0,), (0.0,)),
    ("ceil", (2.0,), (0.0,)),
    ("sign", (0.0,), (0.0,)),
    ("mod", (4.0, 2.0), (0.0, 0.0, 0.0)),
    ("floordiv", (4.0, 2.0), (0.0, 0.0, 0.0)),
    ("atan2", (0.0, 0.0), (0.0, 0.0, 0.0)),
    ("softsign", (0.0,), (0.0,)),
    ("elu", (0.0, 0.5), (0.0, 1.0, 0.0)),
    ("elu", (0.0, 2.0), (0.0, 0.0, 0.0)),
    ("leaky_relu", (0.0, 0.5), (0.0, 1.0, 0.0)),
    ("leaky_relu", (0.0, 2.0), (0.0, 0.0, 0.0)),
    ("pow", (0.0, 2.0), (2.0, 0.0, 0.0)),
]


@pytest.mark.parametrize(("name", "point", "expected"), KINKS)
def test_a_kinks_second_derivative_follows_the_tables_convention(name, point, expected):
    pairs = list(itertools.combinations_with_replacement(range(len(point)), 2))
    for (i, j), value in zip(pairs, expected, strict=True):
        xs = leaves(point)
        y = applied(name, xs)
        assert hessian(y, xs)[i][j] == value
        for first, last in ((i, j), (j, i)):
            [slope_of_y] = gradient(y, [xs[first]], create_graph=True)
            assert gradient(slope_of_y, xs[last]) == value


def test_the_slope_of_a_power_by_its_exponent_is_there_at_exponents_0_and_1():
    """x**0 has derivative 0 by x, but that derivative changes with the exponent: ∂²(x^y)/∂x∂y = 1/x at y = 0."""
    for exponent, expected in ((0.0, 1 / 3), (1.0, 1 + math.log(3)), (2.0, 3 + 6 * math.log(3))):
        x, y = Value(3.0, "x"), Value(exponent, "y")
        assert hessian(x**y, [x, y])[0][1] == pytest.approx(expected, rel=1e-15)


def test_only_local_derivatives_on_the_way_to_the_inputs_are_evaluated():
    x, n = Value(-3.0, "x"), Value(2.0, "n")
    y = x**n + sqrt(Value(0.0, "z"))
    [first] = gradient(y, [x], create_graph=True)
    assert (first.data, gradient(first, x), hessian(y, x)[0][0]) == (-6.0, 2.0, 2.0)
    with pytest.raises(NonFiniteError, match=r"does not exist there \(∂v3/∂n = log\(x\)"):
        gradient(y, n)


def test_an_infinite_second_derivative_is_refused_naming_the_node():
    x = Value(0.0, "x")
    y = 3 * x**1.5
    with pytest.raises(
        NonFiniteError, match=r"the second derivative of y stops at v2 = x\^1\.5: ∂²v2/∂x² is infinite at x = 0"
    ):
        hessian(y, x)
    with pytest.raises(NonFiniteError, match=r"the second derivative of y stops at v2"):
        hvp(y, x, 1.0)
    [first] = gradient(y, [x], create_graph=True)
    with pytest.raises(NonFiniteError, match=r"stops at v\d = x\^0\.5.*is infinite there"):
        gradient(first, x)
    with nonfinite("propagate"):
        assert hessian(y, x) == [[math.inf]]
    assert not any(node.has_grad for node in y.tape())


def test_a_recorded_gradient_decides_anew_when_it_is_computed_again():
    """relu' is a step: a graph that had only the side taken would go on saying 1."""
    x, w = Value(2.0, "x"), Value(3.0, "w")
    for y, expected in [
        (relu(w * x), [3.0, 0.0]),
        (abs(w * x), [3.0, -3.0]),
        (maximum(w * x, 1.0), [3.0, 0.0]),
        (elu(x), [1.0, math.exp(-1)]),
        (operation("own", lambda u: choose(u > 0, u * u, 5 * u))(x), [4.0, 5.0]),
        (tanh(x), [1 - math.tanh(2) ** 2, 1 - math.tanh(-1) ** 2]),
    ]:
        x.data = 2.0
        y.forward()
        [slope_of_y] = gradient(y, [x], create_graph=True)
        before, compiled = slope_of_y.data, program(slope_of_y, inputs=[x]).compile("python")
        x.data = -1.0
        assert [before, slope_of_y.forward()] == pytest.approx(expected, rel=1e-15)
        assert compiled(-1.0)[0] == slope_of_y.data


@pytest.mark.parametrize("target", ["python", "numpy", "llvm"])
def test_recorded_gradients_compile(target):
    x, w = Value(0.7, "x"), Value(1.3, "w")
    y = maximum(x * w, 0.1) * relu(x) ** 2 + hypot(x, w) + elu(x - 1, 0.5) + tanh(x * w) + x**w + abs(x - w)
    slopes = gradient(y, [x, w], create_graph=True)
    compiled = program(slopes, inputs=[x, w]).compile(target)
    for at in ((0.7, 1.3), (2.5, 0.4), (0.02, 3.0)):
        values, adjoints = compiled(*at)
        x.data, w.data = at
        assert [slope_of_y.forward() for slope_of_y in slopes] == pytest.approx(values, rel=1e-14)
        y.forward()
        assert list(values) == pytest.approx(gradient(y, [x, w]), rel=1e-13)
        rows = [list(map(float, row)) for row in adjoints]
        for row, expected in zip(rows, hessian(y, [x, w]), strict=True):
            assert row == pytest.approx(expected, rel=1e-12)


def test_branches_not_taken_are_never_evaluated():
    own = operation("own", lambda u: choose(u > 0, log(u), u * u * u))
    u = Value(-2.0, "u")
    y = own(u)
    [first] = gradient(y, [u], create_graph=True)
    [second] = gradient(first, [u], create_graph=True)
    assert (first.data, second.data, hessian(y, u)[0][0]) == (12.0, -12.0, -12.0)


# The graph -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "expressions"),
    [
        (lambda x: x**3, ["3·x²", "6·x", "6"]),
        (lambda x: exp(2 * x), ["2·y", "4·y", "8·y"]),
        (lambda x: sin(x), ["cos(x)", "-sin(x)", "-cos(x)", "sin(x)"]),
        (lambda x: relu(x), ["relu'(x)", "0"]),
        (lambda x: tanh(x), ["4·σ'(2·x)"]),
        (lambda x: sigmoid(x), ["σ'(x)", "-(∂y/∂x)·tanh(x/2)"]),
        (lambda x: log(x), ["1/x", "-(∂y/∂x)/x"]),
        (lambda x: softplus(x), ["σ(x)", "σ'(x)"]),
        (lambda x: 5 - x, ["-1", "0"]),
    ],
)
def test_recorded_gradients_are_short(function, expressions):
    x = Value(0.5, "x")
    derivative = function(x)
    derivative.label = "y"
    found = []
    for _ in expressions:
        [derivative] = gradient(derivative, [x], create_graph=True)
        written = repr(derivative).removeprefix("<Value ").split(" = ")
        found.append(written[1].split(",")[0])
    assert found == expressions


def test_a_recorded_gradient_can_be_read_stepped_and_swept():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = w * x**2
    [slope_of_y] = gradient(y, [x], create_graph=True)
    assert str(slope_of_y.tape()).splitlines()[-1].split("│")[0].strip() == "∂y/∂x"
    assert [str(step) for step in slope_of_y.steps()]
    slope_of_y.backward()
    assert (x.grad, w.grad) == (6.0, 4.0)
    assert slope_of_y.data == 12.0


@pytest.mark.parametrize(
    ("names", "expected"),
    [("xx", "∂²y/∂x²"), ("xw", "∂²y/∂w∂x"), ("xxx", "∂³y/∂x³"), ("xwx", "∂³y/∂x∂w∂x"), ("wxx", "∂³y/∂x²∂w")],
)
def test_higher_derivatives_are_named_as_they_are_written(names, expected):
    by = {"x": Value(2.0, "x"), "w": Value(3.0, "w")}
    y = by["w"] ** 4 * exp(by["x"] * by["w"])
    for name in names:
        [y] = gradient(y, [by[name]], create_graph=True)
    assert y.label == expected


def test_names_that_are_expressions_stand_in_parentheses():
    x, y = Value(2.0, "x1*w1"), None
    y = sin(x)
    y.label = "a+b"
    [first] = gradient(y, [x], create_graph=True)
    assert first.label == "∂(a+b)/∂(x1*w1)"


def test_a_value_that_is_two_derivatives_at_once_is_named_after_neither():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    y = (a + b) ** 2
    by_a, by_b = gradient(y, [a, b], create_graph=True)
    assert by_a is by_b
    assert by_a.label == ""


def test_a_label_of_the_users_stays():
    x = Value(2.0, "x")
    y = x * x
    [first] = gradient(y, [x], create_graph=True)
    first.label = "slope"
    assert "slope = 2·x = 4" in repr(first)
    assert gradient(x * 3, [x], create_graph=True)[0].constant


def test_operations_of_ones_own_are_differentiated_to_any_order_with_given_slopes_too():
    derived = operation("own", lambda u, t: u**3 * t)
    given_ = operation("own", lambda u, t: u**3 * t, lambda u, t: (3 * u**2 * t, u**3))
    for own in (derived, given_):
        u, t = Value(2.0, "u"), Value(5.0, "t")
        y = own(u, t)
        assert hessian(y, [u, t]) == [[60, 12], [12, 0]]
        third = reduce(lambda y, x: gradient(y, [x], create_graph=True)[0], [u, t, u], y)
        assert third.data == 12.0
        assert gradient(third, [u, t]) == [6.0, 0.0]


def test_graphs_are_recorded_under_no_grad_and_in_units():
    x = Value(2.0, "x")
    y = sin(x) * x
    with no_grad():
        [first] = gradient(y, [x], create_graph=True)
        assert gradient(gradient(lambda x: x**3))(2.0) == 12.0
        assert (x * x).parents == ()
    assert gradient(first, x) == pytest.approx(2 * math.cos(2) - 2 * math.sin(2), rel=1e-15)
    with unit("curvature"):
        [second] = gradient(first, [x], create_graph=True)
    assert second.place == "curvature"


def test_recorded_gradients_can_be_pickled():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    [first] = gradient(relu(x * w) + hypot(x, w) + elu(x, 0.5), [x], create_graph=True)
    copy = pickle.loads(pickle.dumps(first))
    assert (copy.data, [node.data for node in copy.tape()]) == (first.data, [node.data for node in first.tape()])
    leaf = next(node for node in copy.tape() if node.label == "x")
    leaf.data = -1.0
    x.data = -1.0
    assert copy.forward() == first.forward()


def test_intermediate_values_too_large_for_a_float_are_no_obstacle():
    x = Value(1e200, "x")
    [first] = gradient(x.atan(), [x], create_graph=True)
    assert first.data == 0.0


def test_twenty_thousand_nodes_are_differentiated_twice_without_recursion():
    x = y = Value(0.5, "x")
    for _ in range(5_000):
        y = y * 1.00001 + x
    [first] = gradient(y * y, [x], create_graph=True)
    expected = sum(1.00001**k for k in range(5_001))
    assert gradient(first, x) == pytest.approx(2 * expected**2, rel=1e-9)
    assert hessian(y * y, x)[0][0] == pytest.approx(2 * expected**2, rel=1e-9)
    z = x
    for _ in range(20_000):
        z = sin(z)
    [slope_of_z] = gradient(z, [x], create_graph=True)
    assert slope_of_z.data == gradient(z, x)
