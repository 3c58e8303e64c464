"""Points that a formula treats apart: its derivatives there are right, or refused as not differentiable as written."""

import itertools
import math

import mpmath
import pytest
from chalkgrad.engine import (
    DomainError,
    NonFiniteError,
    Value,
    choose,
    cos,
    equal,
    exp,
    expm1,
    gradcheck,
    gradient,
    hessian,
    hvp,
    hypot,
    jacobian,
    jvp,
    log1p,
    maximum,
    minimum,
    nonfinite,
    operation,
    relu,
    sin,
    total,
)
from chalkgrad.engine.rules import RULES
from oracle import applied

AS_WRITTEN = "not differentiable (twice )?here as written"

# All ways to second derivatives of a function of one number.
WAYS = {
    "hessian": lambda f, x: hessian(f)(x)[0][0],
    "hvp": lambda f, x: hvp(f)(x, v=1.0),
    "gradient of gradient": lambda f, x: gradient(gradient(f))(x),
    "jacobian of gradient": lambda f, x: jacobian(gradient(f))(x)[0][0],
    "jvp of gradient": lambda f, x: jvp(gradient(f))(x, v=1.0),
    "gradient of a graph": lambda f, x: graph_twice(f, x),
    "hessian inside": lambda f, x: gradient(lambda t: t * hessian(lambda y: f(y))(x)[0][0])(1.0),
}


def graph_twice(f, at):
    x = Value(at, "x")
    return gradient(gradient(f(x), x, create_graph=True), x)


# hypot at the origin -------------------------------------------------------------------------------------------------


def bell(x, y):
    """exp(-r²), smooth: its second derivatives at the origin are -2, 0, 0, -2."""
    return exp(-(hypot(x, y) ** 2))


@pytest.mark.parametrize("f", [hypot, bell, lambda x, y: hypot(x, y) ** 2, lambda x, y: hypot(3 * x, y + 1 - 1)])
def test_second_derivatives_at_the_origin_of_hypot_are_refused(f):
    calls = [
        lambda: hessian(f)(0.0, 0.0),
        lambda: hvp(f)(0.0, 0.0, v=[1.0, 0.0]),
        lambda: jacobian(gradient(f))(0.0, 0.0),
        lambda: jvp(gradient(f))(0.0, 0.0, v=[1.0, 0.0]),
        lambda: gradient(lambda x, y: gradient(f)(x, y)[0])(0.0, 0.0),
        lambda: gradient(lambda x, y: gradient(f)(x, y)[1])(0.0, 0.0),
        lambda: jacobian(lambda x, y: hessian(f)(x, y)[0])(0.0, 0.0),
    ]
    for call in calls:
        with pytest.raises(NonFiniteError, match=AS_WRITTEN + r": hypot has a corner there; .*x\*\*2 \+ y\*\*2"):
            call()
    assert gradient(f)(0.0, 0.0) == [0.0, 0.0]


def test_the_refusal_names_the_node_and_its_arguments():
    with pytest.raises(
        NonFiniteError, match=r"stops at v3 = hypot\(x, y\): ∂²v3/∂x² does not exist at x = 0, y = 0, so it is not"
    ):
        hessian(bell)(0.0, 0.0)


def test_beside_the_origin_and_written_without_hypot_they_are_right():
    assert hessian(bell)(1e-8, 0.0) == [[pytest.approx(-2.0), 0.0], [0.0, pytest.approx(-2.0)]]
    assert hessian(lambda x, y: exp(-(x**2 + y**2)))(0.0, 0.0) == [[-2.0, 0.0], [0.0, -2.0]]
    assert hessian(hypot)(3.0, 4.0) == [[pytest.approx(0.128), -0.096], [-0.096, pytest.approx(0.072)]]


def test_by_an_input_that_hypot_does_not_depend_on_nothing_is_refused():
    x, y, w = Value(0.0, "x"), Value(0.0, "y"), Value(3.0, "w")
    f = hypot(x, y) * w**2 + w**3
    assert hessian(f, [w]) == [[18.0]]
    assert gradient(gradient(f, w, create_graph=True), w) == 18.0


def test_under_propagation_they_are_no_numbers():
    with nonfinite("propagate"):
        assert math.isnan(hessian(bell)(0.0, 0.0)[0][0])


# 0 to a power --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("y", [1.0, 0.5, 0.0])
def test_the_slope_of_0_to_the_y_by_y_changes_with_x_without_bounds_up_to_y_1(y):
    """∂²(x^y)/∂x∂y is x^(y - 1)·(1 + y·log(x)), which is infinite at 0 for y ≤ 1 and tends to 0 for larger y."""
    power = lambda x, y: x**y  # noqa: E731 - a formula
    for call in (lambda: hessian(power)(0.0, y), lambda: jacobian(gradient(power))(0.0, y)):
        with pytest.raises(NonFiniteError, match=r"infinite|does not exist"):
            call()
    if y != 0.5:  # there the first derivative is infinite already
        with pytest.raises(NonFiniteError, match=r"infinite|does not exist"):
            gradient(lambda x, y: gradient(power)(x, y)[1])(0.0, y)


def test_powers_of_0_that_are_smooth_keep_their_second_derivatives():
    assert hessian(lambda x, y: x**y)(0.0, 3.0) == jacobian(gradient(lambda x, y: x**y))(0.0, 3.0) == [[0, 0], [0, 0]]
    assert hessian(lambda x, y: x**y)(0.0, 2.0) == jacobian(gradient(lambda x, y: x**y))(0.0, 2.0) == [[2, 0], [0, 0]]
    for exponent, expected in ((0, 0.0), (1, 0.0), (2, 2.0), (3, 0.0)):
        for way in WAYS:
            assert WAYS[way](lambda x, n=exponent: x**n, 0.0) == expected
    assert hessian(lambda y: 0**y)(1.0) == [[0]]


def combined(name, point):
    """All second derivatives by two ways; the refusal if there is one."""
    found = []
    for way in (hessian, lambda y, xs: jacobian(gradient(y, xs, create_graph=True), xs)):
        xs = [Value(x, f"x{i}") for i, x in enumerate(point, 1)]
        try:
            found.append(way(applied(name, xs), xs).tolist())
        except (NonFiniteError, DomainError):
            found.append("refused")
    return found


@pytest.mark.parametrize("name", RULES)
def test_hessians_are_symmetric_and_those_of_recorded_gradients_at_every_seam(name):
    """At zeros, ones and ties, where formulas change sides, by two ways that derive their formulas apart."""
    count = 3 if RULES[name].lists else len(RULES[name].arguments)
    for point in itertools.product([0.0, 1.0, -1.0, 2.0, 0.5], repeat=count):
        one, other = combined(name, point)
        if "refused" in (one, other):
            assert one == other, point
        else:
            assert one == [pytest.approx(row, rel=1e-12, abs=1e-14) for row in other], point
            assert one == [list(column) for column in zip(*one, strict=True)]


# Corners: |x| at 0, ties of max and min ------------------------------------------------------------------------------

SIZE = operation("size", lambda x: choose(x > 0, x, choose(x < 0, -x, 0)))  # |x|, as one may write it

CURVED = {  # functions whose second derivative takes the square of a slope at a corner; what it is on both sides
    "|x|²": lambda x: abs(x) ** 2,
    "|x|·|x|": lambda x: abs(x) * abs(x),
    "|x|·|2x|": lambda x: abs(x) * abs(2 * x),
    "an own |x|²": lambda x: SIZE(x) ** 2,
    "max(x, -x)²": lambda x: maximum(x, -x) ** 2,
    "min(x, -x)²": lambda x: minimum(x, -x) ** 2,
    "exp|x|": lambda x: exp(abs(x)),
    "max(x, 0)²": lambda x: maximum(x, 0) ** 2,
    "log1p(|x| + |x|²)": lambda x: log1p(abs(x) + abs(x) ** 2),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", CURVED)
def test_second_derivatives_that_square_a_slope_of_neither_side_are_refused(name, way):
    f = CURVED[name]
    with pytest.raises(NonFiniteError, match=AS_WRITTEN + r".* has a corner at .*; write a power of it without the corner"):
        WAYS[way](f, 0.0)
    for x in (1e-9, -1e-9):
        with mpmath.workdps(60):
            beside = mpmath.diff(ORACLES[name], mpmath.mpf(x), 2, h=mpmath.mpf("1e-20"))
        assert WAYS[way](f, x) == pytest.approx(float(beside), rel=1e-8, abs=1e-12)


ORACLES = {
    "|x|²": lambda x: x * x,
    "|x|·|x|": lambda x: x * x,
    "|x|·|2x|": lambda x: 2 * x * x,
    "an own |x|²": lambda x: x * x,
    "max(x, -x)²": lambda x: x * x,
    "min(x, -x)²": lambda x: x * x,
    "exp|x|": lambda x: mpmath.exp(abs(x)),
    "max(x, 0)²": lambda x: max(x, 0) ** 2,
    "log1p(|x| + |x|²)": lambda x: mpmath.log1p(abs(x) + abs(x) ** 2),
}


def test_corners_inside_corners_are_refused_in_a_hessian():
    for way in ("hessian", "hvp", "hessian inside"):
        with pytest.raises(NonFiniteError, match=AS_WRITTEN):
            WAYS[way](lambda x: abs(abs(x)) ** 2, 0.0)
        assert WAYS[way](lambda x: abs(abs(x)) * 3, 0.0) == 0.0


STRAIGHT = {  # by convention 0 through a kink; of relu², the side that relu' takes
    "relu": relu,
    "relu²": lambda x: relu(x) ** 2,
    "|x|": abs,
    "an own |x|": SIZE,
    "3|x| + max(x, 2x)": lambda x: 3 * abs(x) + maximum(x, 2 * x),
    "|x|⁴": lambda x: abs(x) ** 4,
    "a sum of them": lambda x: total([relu(x), abs(x), maximum(x, 0)]) * 2,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", STRAIGHT)
def test_second_derivatives_through_a_kink_are_0_by_convention(name, way):
    assert WAYS[way](STRAIGHT[name], 0.0) == 0.0


def test_a_penalty_with_corners_leaves_the_curvature_of_the_rest():
    """Lasso: at w = 0 the Hessian is that of the squares alone."""
    w = [Value(0.0, "w1"), Value(0.5, "w2")]
    loss = (w[0] + 2 * w[1] - 3) ** 2 + total([abs(x) for x in w]) * 0.1
    assert hessian(loss, w) == [[2.0, 4.0], [4.0, 8.0]]
    assert jacobian(gradient(loss, w, create_graph=True), w) == [[2.0, 4.0], [4.0, 8.0]]


# Operations of one's own that treat a point apart --------------------------------------------------------------------

APART = {  # each is smooth; at 0 its formula is a case of its own
    "sin(x)/x": lambda x: choose(equal(x, 0), 1, sin(x) / x),
    "the same, turned": lambda x: choose(equal(0, x), 1, sin(x) / x),
    "by three cases": lambda x: choose(x > 0, sin(x) / x, choose(x < 0, sin(x) / x, 1)),
    "by three cases, turned": lambda x: choose(x < 0, sin(x) / x, choose(x <= 0, 1, sin(x) / x)),
    "at either of two points": lambda x: choose(equal(x, 0) | equal(x, 9), 1, sin(x) / x),
    "(exp(x) - 1)/x": lambda x: choose(equal(x, 0), 1, expm1(x) / x),
    "inside another": lambda x: 2 * choose(equal(x, 0), 1, expm1(x) / x) + x,
}


@pytest.mark.parametrize("name", APART)
def test_slopes_at_a_point_that_an_operation_of_ones_own_treats_apart_are_refused(name):
    own = operation("own", APART[name])
    x = Value(0.0, "x")
    y = own(x)
    assert y.data == pytest.approx(3.0 - 1 if name == "inside another" else 1.0)
    x.grad = 7.0
    calls = [y.backward, lambda: gradient(y, x), lambda: hessian(y, x), lambda: jvp(y, x, 1.0), lambda: gradcheck(own, 0.0)]
    for call in calls:
        with pytest.raises(NonFiniteError, match=AS_WRITTEN + ": what a formula says at a single point tells nothing"):
            call()
    assert x.grad == 7.0
    check = gradcheck(own, 0.5)
    assert check, str(check)


def test_what_the_refusal_says_to_write_is_right():
    """By its series near 0 the derivatives of sin(x)/x at 0 are 0 and -1/3."""
    sinc = operation("sinc", lambda x: choose(abs(x) < 1e-4, 1 - x * x / 6, sin(x) / x))
    assert gradient(sinc)(0.0) == 0.0
    assert [WAYS[way](sinc, 0.0) for way in WAYS] == [pytest.approx(-1 / 3)] * len(WAYS)


def test_a_case_whose_neighbours_have_a_slope_at_the_point_takes_that():
    """x² with a case of its own at 0, written without need."""
    square = operation("square", lambda x: choose(equal(x, 0), 0, x * x))
    assert gradient(square)(0.0) == 0.0
    assert [WAYS[way](square, 0.0) for way in WAYS] == [2.0] * len(WAYS)
    line = operation("line", lambda x: choose(equal(x, 1), 3, 3 * x))
    assert gradient(line)(1.0) == 3.0


def test_given_slopes_are_believed_and_differentiated_beside_their_case():
    given = operation(
        "sinc",
        lambda x: choose(equal(x, 0), 1, sin(x) / x),
        lambda x: choose(equal(x, 0), 0, (x * cos(x) - sin(x)) / x**2),
    )
    assert gradient(given)(0.0) == 0.0
    for way in WAYS:
        with pytest.raises(NonFiniteError, match=AS_WRITTEN):
            WAYS[way](given, 0.0)
        assert WAYS[way](given, 1.0) == pytest.approx(-math.sin(1) - 2 * math.cos(1) + 2 * math.sin(1), rel=1e-14)


def test_cases_of_another_argument_stay():
    """A case of k is one for all x: at k = 0 the operation is the constant 5."""
    own = operation("own", lambda x, k: choose(equal(k, 0), 5, k * x))
    assert gradient(lambda x: own(x, 0))(2.0) == 0.0
    assert gradient(lambda x: own(x, 3))(2.0) == 3.0
