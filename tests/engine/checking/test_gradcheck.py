"""Checked derivatives: right ones pass everywhere, wrong ones are found and named, kinks are told from errors."""

import math

import mpmath
import pytest
from chalkgrad import engine
from chalkgrad.engine import (
    DomainError,
    NonFiniteError,
    StaleGraphError,
    Value,
    affine,
    asin,
    choose,
    cos,
    equal,
    exp,
    floor,
    gradcheck,
    gradient,
    heaviside,
    log,
    maximum,
    no_grad,
    nonfinite,
    operation,
    relu,
    sin,
    sqrt,
)
from chalkgrad.engine.checking.differences import Kink, Slope, central, second_derivative
from chalkgrad.engine.checking.gradcheck import GRADCHECK_TEMPLATES
from chalkgrad.engine.recording.functions import atan2
from chalkgrad.engine.recording.replay import BranchedValue, Replay
from chalkgrad.engine.rules import RULES
from chalkgrad.nn import MLP, binary_cross_entropy_with_logits
from chalkgrad.nn.data import moons
from oracle import SECOND, applied
from processes import python


def geron(x, y):
    return x * x * y + y + 2


def state(y):
    return [(node.data, node.partials, node._grad, node._clock) for node in y.tape()]


# Right derivatives ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULES)
def test_every_operation_of_the_table_passes_to_second_order(name):
    for point in SECOND[name]:
        y = applied(name, [Value(x, f"a{i}") for i, x in enumerate(point)])
        check = gradcheck(y, order=2)
        assert check, f"{point}\n{check}"


@pytest.mark.parametrize("name", RULES)
def test_every_operation_passes_at_the_examples_of_its_entry(name):
    """Those at kinks and at the ends of domains among them, but for infinite derivatives."""
    for point in RULES[name].inside:
        y = applied(name, [Value(x) for x in point])
        if all(math.isfinite(partial) for partial in y.partials):
            check = gradcheck(y)
            assert check, f"{point}\n{check}"


def test_gerons_function_to_second_order():
    check = gradcheck(geron, 3, 4, order=2)
    assert {row.name: row.derivative for row in check} == {"x": 24, "y": 10, "x, x": 8, "x, y": 6, "y, y": 0}
    assert [row.verdict for row in check] == ["agrees"] * 5
    assert check["x"].measured == pytest.approx(24, abs=4 * check["x"].error)


EDGES = [
    (sqrt, 1e-9),
    (sqrt, 1e-300),
    (log, 1e-9),
    (log, 1e300),
    (asin, 1 - 1e-12),
    (sin, 1e6),
    (lambda x: 1 / x, 1e-20),
    (lambda x: 1 / x, -1e-20),
    (lambda x: x**2, 0.0),
    (lambda x: x**3, 1e60),
    (lambda x: x**1.5, 0.0),
    (lambda x: exp(-x * x * 1e8), 1e-4),
    (lambda x: exp(x), 700.0),
    (lambda x: exp(x), -745.0),
    (lambda x: (x + 1e8) - 1e8, 1.0),
    (lambda x: 0 * x + 5, 2.0),
    (lambda x: 5.0, 2.0),
    (lambda x: x, -3.0),
    (lambda x: x.relu() + (-x).relu(), 1e-3),
    (lambda x: x if x > 0 else 2 * x, 1e-3),
    (lambda x: log(1 - x), 1 - 1e-10),
    (lambda x: x**x, 1e-8),
    (lambda x: exp(x * x) - 1, 1e-12),
    (lambda x: Value(3.0) * x, 2.0),
]


@pytest.mark.parametrize(("f", "x"), EDGES)
def test_right_derivatives_pass_near_borders_and_at_extreme_sizes(f, x):
    check = gradcheck(f, x)
    assert check.rows[0].verdict == "agrees", str(check)


def test_a_function_may_take_lists_and_values():
    check = gradcheck(lambda w, u, b: (w[0] * u[0] + w[1] * u[1] + b).sigmoid(), [1.0, 2.0], (0.5, -1.0), Value(0.1, "k"))
    assert check
    assert [row.name for row in check] == ["w1", "w2", "u1", "u2", "b"]


def test_estimated_errors_are_those_that_mpmath_finds():
    functions = {
        "sin": (sin, mpmath.sin, [0.3, -2.0, 40.0]),
        "exp": (exp, mpmath.exp, [0.0, 5.0, -30.0]),
        "log": (log, mpmath.log, [0.1, 1.0, 1e5]),
    }
    for f, exact, points in functions.values():
        for x in points:
            row = gradcheck(f, x).rows[0]
            with mpmath.workdps(60):
                assert abs(row.measured - mpmath.diff(exact, x)) <= row.error
            assert row.error <= 1e-9 * max(abs(row.derivative), abs(f(x)))


# Graphs --------------------------------------------------------------------------------------------------------------


def test_a_graph_is_checked_by_its_leaves_or_those_given():
    a, b, k = Value(2.0, "a"), Value(-3.0, "b"), Value(5.0, "k", constant=True)
    d = a * b * k + a
    assert [row.name for row in gradcheck(d)] == ["a", "b"]
    assert [row.name for row in gradcheck(d, b)] == ["b"]
    assert [row.name for row in gradcheck(d, [b, a])] == ["b", "a"]
    assert gradcheck(d, Value(1.0, "unused")).rows[0].measured == 0


@pytest.mark.parametrize("interrupted_at", [None, 1, 7])
def test_nothing_in_a_graph_is_changed_even_when_it_is_interrupted(interrupted_at, monkeypatch):
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    d = (a * b).tanh() * a
    d.backward()
    before = state(d)
    if interrupted_at is None:
        assert gradcheck(d)
    else:
        at, calls = Replay.at, []

        def interrupted(self, data):
            calls.append(1)
            if len(calls) == interrupted_at:
                raise KeyboardInterrupt
            return at(self, data)

        monkeypatch.setattr(Replay, "at", interrupted)
        with pytest.raises(KeyboardInterrupt):
            gradcheck(d)
    assert state(d) == before


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_training_loss_is_checked_in_random_directions(activation):
    model = MLP(2, [8, 4, 1], activation=activation, seed=1)
    rows, labels = moons(12, seed=1)
    loss = sum(
        (binary_cross_entropy_with_logits(model(x), float(t > 0)) for x, t in zip(rows, labels, strict=True)), Value(0.0)
    )
    check = gradcheck(loss, model)
    assert check
    assert len(check) == 8
    assert "65 inputs: 8 random directions" in str(check)
    assert str(check) == str(gradcheck(loss, model.parameters()))
    assert str(check) != str(gradcheck(loss, model, seed=1))
    assert gradcheck(loss, model, order=2)


def test_of_some_inputs_the_second_derivatives_alone_are_checked_in_random_directions():
    check = gradcheck(lambda *x: sum(one * one for one in x), *range(1, 10), order=2)
    assert [row.name for row in check][:9] == [f"x{i}" for i in range(1, 10)]
    assert check.notes[1] == "9 inputs: 8 random directions were checked for second derivatives instead of each pair (seed 0)"


def test_a_step_of_ones_own_is_the_difference_of_the_sheets():
    """By hand: (f(x + ε) - f(x - ε))/2ε, and both measures, of vectors and of entries."""

    def f(x, y):
        return x**3 + exp(y) * x

    for h in (0.1, 1e-4, 1e-7):
        d = [(f(2.0 + h, 0.5) - f(2.0 - h, 0.5)) / (2 * h), (f(2.0, 0.5 + h) - f(2.0, 0.5 - h)) / (2 * h)]
        g = [12 + math.exp(0.5), 2 * math.exp(0.5)]
        check = gradcheck(f, 2.0, 0.5, step=h)
        assert check, check
        assert check.measured == pytest.approx(d, rel=1e-15 / h)
        assert check.gradient == pytest.approx(g, rel=1e-15)
        norm = math.dist(check.gradient, check.measured) / (math.hypot(*check.gradient) + math.hypot(*check.measured))
        assert check.relative_norm == pytest.approx(norm, rel=1e-12)
        each = [abs(a - b) / (abs(a) + abs(b)) for a, b in zip(check.gradient, check.measured, strict=True)]
        assert check.relative_error == pytest.approx(max(each), rel=1e-12)
        for row, exact in zip(check, g, strict=True):
            assert abs(row.measured - exact) <= 2 * row.error
    assert (
        str(check)
        .splitlines()[-1]
        .startswith("with the step 1e-7, |g - d|/(|g| + |d|) of the gradient g and the differences d is")
    )
    assert not gradcheck(operation("cube", lambda x: x**3, lambda x: x**2), 2.0, step=1e-4)


def test_a_step_that_is_too_large_or_crosses_a_kink_is_told():
    check = gradcheck(lambda x: relu(x) + x, 0.25, step=1.0)
    assert (check.rows[0].verdict, check.measured, bool(check)) == ("kink", (1.625,), True)
    assert "x: the step 1 crosses a kink, so the difference is not the slope; with smaller steps it agrees" in check.notes
    check = gradcheck(lambda x: sin(100 * x), 0.3, step=1.0)
    assert (check.rows[0].verdict, bool(check)) == ("agrees", True)
    assert "x: with the step 1 the difference is too far from the slope to judge by; with other steps it agrees" in check.notes
    check = gradcheck(log, 0.25, step=0.5)  # undefined at one end: other steps have measured it
    assert check.measured == pytest.approx((4.0,), rel=1e-9)
    kinked_and_wrong = operation("bent", lambda x: choose(x > 0, x, 0.0), lambda x: choose(x > 0, 3.0, 0.0))
    assert not gradcheck(kinked_and_wrong, 0.25, step=1.0)


def test_each_of_many_inputs_is_checked_if_asked_and_few_rows_are_printed():
    w = [Value(0.1 * i, f"w{i}") for i in range(1, 51)]
    y = affine(w, w, 0.0)
    assert len(gradcheck(y)) == 8
    for check in (gradcheck(y, every=True), gradcheck(y, step=1e-4)):
        assert [row.name for row in check] == [x.label for x in w]
        assert check.gradient == pytest.approx([2 * x.data for x in w])
        assert check.measured == pytest.approx(check.gradient, abs=1e-8)
        assert len(str(check).splitlines()) < 20
        assert "shown are 12 of 50 rows: those that do not agree, or else those that differ most" in str(check)
    wrong = operation("wrong", lambda x: x**2, lambda x: 3 * x)
    check = gradcheck(affine(w, w, wrong(w[29])), every=True)
    assert (check["w30"].verdict, str(check).splitlines()[2].split()[0]) == ("wrong", "w30")


def test_a_wrong_partial_is_found_in_random_directions():
    wrong = operation("half", lambda x: x * x, lambda x: x)
    xs = [Value(0.1 * i + 0.05, f"x{i}") for i in range(50)]
    check = gradcheck(sum((wrong(x) for x in xs), Value(0.0)))
    assert not check
    assert "which is 2 times it" in str(check)


# Wrong derivatives ---------------------------------------------------------------------------------------------------

SWING = lambda th, om: om * sin(th)  # noqa: E731 - a formula
WRONG = [
    (operation("swing", SWING, lambda th, om: (om, sin(th))), "th", "∂swing/∂th = om = 2 is wrong"),
    (operation("swing", SWING, lambda th, om: (om * engine.cos(th), -sin(th))), "om", "was measured, its negative"),
    (operation("swing", SWING, lambda th, om: (2 * om * engine.cos(th), sin(th))), "th", "which is 0.5 times it"),
    (operation("swing", SWING, lambda th, om: (om * engine.cos(th), sin(th) + 1e-5)), "om", "is wrong"),
    (operation("swing", SWING, lambda th, om: (0, sin(th))), "th", "∂swing/∂th = 0 is wrong"),
]


@pytest.mark.parametrize(("swing", "argument", "says"), WRONG)
def test_a_wrong_partial_of_an_operation_of_ones_own_is_named(swing, argument, says):
    check = gradcheck(swing, 0.3, 2.0)
    assert not check
    assert [row.name for row in check if row.verdict == "wrong"] == [argument]
    assert says in str(check)


def test_a_wrong_partial_deep_in_a_graph_is_named():
    bad = operation("bad", lambda u: u * u * u, lambda u: u * u)
    x = Value(0.7, "x")
    h = sin(x)
    h.label = "h"
    check = gradcheck(bad(h).exp() * x)
    assert not check
    assert "= h·h = 0.415 is wrong: 1.24" in str(check)
    assert "which is 3 times it" in str(check)


def test_right_partials_of_an_operation_with_a_choice_pass():
    clip = operation("clip", lambda x: choose(x > 1, 1, x))
    assert [gradcheck(clip, x).rows[0].verdict for x in (0.5, 1.0, 2.0)] == ["agrees", "kink", "agrees"]


def test_what_leaves_the_tape_is_found():
    check = gradcheck(lambda x: x * x.data, 3.0)
    assert (check.rows[0].derivative, check.rows[0].verdict) == (3, "wrong")
    assert ".data" in check.notes[-1]

    def f(x):
        with no_grad():  # a number, for which the outer derivative takes it
            slope = gradient(lambda y: x * y)(2.0)
        return x * slope

    check = gradcheck(f, 3.0)
    assert (check.rows[0].derivative, check.rows[0].verdict) == (3, "wrong")
    assert "no_grad()" in check.notes[-1]


# Kinks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "left", "right"),
    [
        (relu, 0.0, 0, 1),
        (relu, 1e-9, 0, 1),
        (relu, -1e-9, 0, 1),
        (abs, 0.0, -1, 1),
        (lambda x: maximum(x, 1 - x), 0.5, -1, 1),
        (lambda x: x if x > 0 else 3 * x, 0.0, 3, 1),
        (lambda x: relu(sin(x)) + x, 0.0, 1, 2),
        (heaviside, 0.0, 0, math.inf),
        (floor, 2.0, math.inf, 0),
        (lambda x: -floor(x), 2.0, -math.inf, 0),
    ],
)
def test_at_a_kink_the_slopes_on_both_sides_are_told(f, x, left, right):
    check = gradcheck(f, x)
    row = check.rows[0]
    assert check
    assert row.verdict == "kink"
    assert (row.left, row.right) == (pytest.approx(left, abs=1e-5), pytest.approx(right, abs=1e-5))
    assert "is at a kink or very near one" in check.notes[1]


def test_at_a_kink_a_derivative_beyond_both_slopes_is_wrong():
    bad = operation("bad", lambda x: choose(x > 0, x, 0), lambda x: choose(x > 0, 1, -1))
    check = gradcheck(bad, 0.0)
    assert check.rows[0].verdict == "wrong"


RAMP = operation("ramp", lambda x: choose(x > 0, x, 0), lambda x: (2,))


@pytest.mark.parametrize(
    ("f", "slopes", "local"),
    [
        (RAMP, "the slope is 0 on its left and 1 on its right, and 2 is not between them", "∂ramp/∂x = 2"),
        (lambda x: 3 * RAMP(x), "the slope is 0 on its left and 3 on its right, and 6 is not between them", "∂ramp/∂x = 2"),
        (gradient(lambda x: x * RAMP(x)), "2 on its left and 3 on its right, and 4 is not between them", "∂ramp/∂x = 2"),
    ],
)
def test_at_a_kink_the_sentences_of_a_wrong_derivative_have_both_slopes_and_one_name(f, slopes, local):
    """The input of a derivative that is taken inside is a copy; it bears the name of the original."""
    notes = gradcheck(f, 0.0).notes
    assert notes[1].startswith("x is at a kink or very near one: ")
    assert notes[1].endswith(slopes)
    assert notes[2:] == (f"{local} is wrong: 0 on its left and 1 on its right were measured",)


def test_a_jump_that_a_wrong_derivative_is_held_against_is_written_as_infinite():
    fall = operation("fall", lambda x: choose(x > 0, -1, 0), lambda x: (3,))
    notes = gradcheck(fall, 0.0).notes
    assert notes[-1] == "∂fall/∂x = 3 is wrong: 0 on its left and -∞ on its right were measured"


def test_what_a_formula_does_at_a_single_point_is_measured_past_it():
    """Near 0 both functions cancel to noise, so that the value at 0 looks like a jump."""
    formula = lambda x: choose(equal(x, 0), 0, (x * cos(x) - sin(x)) / x**2)  # noqa: E731 - a formula
    row = gradcheck(operation("slope", formula, lambda x: (0,)), 0.0).rows[0]
    assert (row.verdict, row.measured) == ("wrong", pytest.approx(-1 / 3, rel=1e-9))
    row = gradcheck(operation("slope", formula, lambda x: (choose(equal(x, 0), -1 / 3, 1),)), 0.0).rows[0]
    assert row.verdict == "agrees"
    alone = operation("alone", lambda x: choose(equal(x, 2), 1, 0))
    row = gradcheck(alone, 2.0).rows[0]
    assert (row.verdict, row.left, row.right) == ("kink", 0.0, 0.0)


def test_of_zeros_without_rounding_a_table_is_printed():
    assert " x  │ 0          │ 0                  │ 0         │ 0          │ agrees" in str(gradcheck(lambda x: 0 * x, 2.0))


def test_a_kink_within_the_first_step_makes_the_steps_smaller():
    row = gradcheck(lambda x: relu(x) * x, 1e-4).rows[0]
    assert row.verdict == "agrees"
    assert row.measured == pytest.approx(2e-4, rel=1e-9)


@pytest.mark.parametrize("x", [0.0, 1e-9, -1e-9, 1e-5])
def test_a_kinks_second_derivative_is_that_of_the_convention_and_not_measured(x):
    check = gradcheck(lambda x: relu(x) + x * x, x, order=2)
    assert check
    row = check["x, x"]
    assert (row.derivative, row.verdict) == (2, "kink")
    assert "by convention it is 2" in str(check)


def test_formulas_by_cases_without_a_kink_are_no_kinks():
    for f in (engine.sigmoid, engine.softplus, engine.tanh, engine.gelu, engine.erf):
        assert gradcheck(f, 0.0, order=2).rows[0].verdict == "agrees"


# How it shows itself -------------------------------------------------------------------------------------------------


def test_it_prints_as_a_table_with_a_verdict():
    assert str(gradcheck(lambda x: x * x, 3.0)) == (
        " by │ derivative │ central difference │ its error │ difference │ verdict\n"
        "────┼────────────┼────────────────────┼───────────┼────────────┼─────────\n"
        " x  │ 6          │ 6                  │ 1.3e-13   │ 0          │ agrees\n"
        "the derivative of f agrees with what was measured"
    )


def test_a_derivative_that_is_not_finite_is_not_compared():
    with nonfinite("propagate"):
        y = sqrt(Value(0.0, "x"))
        with pytest.raises(NonFiniteError, match="the derivative by x is inf: there is no difference to compare it with"):
            gradcheck(y)


def test_notebooks_show_it_as_html_alone_and_documents_have_latex():
    check = gradcheck(relu, 0.0)
    assert "<td" in check._repr_html_()
    assert "∞" in gradcheck(heaviside, 0.0).html()
    assert not hasattr(check, "_repr_latex_")
    assert r"x & 0 & 0\text{ | }1 &  &  & \text{kink}" in check.latex()
    assert "\nw_{1},\\ \\, w_{2} &" in gradcheck(lambda w: w[0] * w[1], [1.0, 2.0], order=2).latex()
    assert check.markdown().splitlines()[2].startswith("| x | 0 | 0 \\| 1 |")


def test_a_terminal_without_infinity_and_nabla_shows_words():
    shown = python(
        """
        from chalkgrad.engine import gradcheck, heaviside
        from chalkgrad.nn import newton, rosenbrock
        print(gradcheck(heaviside, 0.0))
        print(newton(rosenbrock, 1.0, 1.0))
        """,
        PYTHONIOENCODING="ascii",
    )
    assert " x  | 0          | 0 | inf " in shown
    assert "| |grad f| |" in shown


def test_a_row_is_found_by_its_name():
    check = gradcheck(geron, 3, 4)
    assert check["y"] is check[1]
    with pytest.raises(KeyError, match="but by x, y"):
        check["z"]


def test_every_verdict_is_a_word_of_the_templates():
    for verdict in ("agrees", "wrong", "kink", "undecided"):
        assert verdict in GRADCHECK_TEMPLATES


# Errors --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda: gradcheck("f", 1.0), TypeError, "takes a function and the point"),
        (lambda: gradcheck(3.0), TypeError, "takes a function and the point"),
        (lambda: gradcheck(sin), TypeError, "needs the point"),
        (lambda: gradcheck(sin, "3"), TypeError, r"float\(text\)"),
        (lambda: gradcheck(sin, float("nan")), ValueError, "finite"),
        (lambda: gradcheck(sin, 1.0, 2.0), TypeError, "cannot be called with 2 arguments"),
        (lambda: gradcheck(lambda x: (x, x), 1.0), TypeError, "one output, and f returns 2"),
        (lambda: gradcheck(lambda x: "y", 1.0), TypeError, "must return a Value"),
        (lambda: gradcheck(lambda x: math.sin(x), 1.0), TypeError, "not math.sin"),
        (lambda: gradcheck(log, -1.0), DomainError, "log needs x > 0"),
        (lambda: gradcheck(sqrt, 0.0), NonFiniteError, "∂v2/∂x = .* = inf"),
        (lambda: gradcheck(sin, 1.0, order=3), ValueError, "order=1"),
        (lambda: gradcheck(sin, 1.0, tolerance=-1), ValueError, "relative difference"),
        (lambda: gradcheck(Value(2.0, "k", constant=True) + 1), ValueError, "no input to be checked by"),
        (lambda: gradcheck(Value(2.0, "a") + 1, 3.0), TypeError, r"\[w, b\]"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_a_sentence(ask, error, says):
    with pytest.raises(error, match=says):
        ask()


def test_what_cannot_be_moved_is_refused():
    a, k = Value(2.0, "a"), Value(1.0, "k", constant=True)
    b = a * a
    c = b * k
    with pytest.raises(ValueError, match=r"b is computed, as a·a, and cannot be moved by itself"):
        gradcheck(c, b)
    with pytest.raises(ValueError, match=r"b is computed, as a·a, and cannot be moved by itself"):  # of another graph, too
        gradcheck(k + Value(1.0, "d"), b)
    with pytest.raises(ValueError, match="k is a constant"):
        gradcheck(c, k)
    a.data = 3.0
    with pytest.raises(StaleGraphError, match="forward"):
        gradcheck(c)


# Jumps ---------------------------------------------------------------------------------------------------------------

JUMPS = [
    ("sign", lambda x: x.sign(), [0.0], [(0.0, 0.0)]),
    ("sign and more", lambda x: 3 * x.sign() + 2 * x, [0.0], [(2.0, 2.0)]),
    ("heaviside", heaviside, [0.0], [(0.0, math.inf)]),
    ("floor", floor, [2.0], [(math.inf, 0.0)]),
    ("ceil", lambda x: x.ceil(), [2.0], [(0.0, math.inf)]),
    ("a % 2", lambda a: a % 2, [4.0], [(-math.inf, 1.0)]),
    ("a % b", lambda a, b: a % b, [4.0, 2.0], [(-math.inf, 1.0), (-2.0, math.inf)]),
    ("a // b", lambda a, b: a // b, [4.0, 2.0], [(math.inf, 0.0), (0.0, -math.inf)]),
    ("the angle where it jumps", atan2, [0.0, -2.0], [(math.inf, -0.5), None]),
    ("the angle of the origin", atan2, [0.0, 0.0], [(0.0, 0.0), (-math.inf, 0.0)]),
]


@pytest.mark.parametrize(("f", "point", "sides"), [row[1:] for row in JUMPS], ids=[row[0] for row in JUMPS])
def test_the_tables_conventions_at_jumps_are_kinks_that_pass(f, point, sides):
    check = gradcheck(f, *point)
    assert check
    assert [row.verdict for row in check] == ["agrees" if pair is None else "kink" for pair in sides]
    for row, pair in zip(check, sides, strict=True):
        assert pair is None or (row.left, row.right) == pytest.approx(pair, rel=1e-6)


def test_a_wrong_slope_at_a_jump_on_both_sides_is_wrong():
    wrong = operation("wrong", lambda x: choose(x > 0, 1, choose(x < 0, -1, 0)), lambda x: 1)
    check = gradcheck(wrong, 0.0)
    assert [row.verdict for row in check] == ["wrong"]
    assert check.notes[-1] == "∂wrong/∂x = 1 is wrong: 0 on its left and 0 on its right were measured"
    assert (
        "jumps here on its left and on its right; the slope is 0 on both sides" in gradcheck(lambda x: x.sign(), 0.0).notes[1]
    )


@pytest.mark.parametrize("steep", [1e3, 1e6, 1e9])
def test_what_is_steep_is_not_taken_for_a_jump(steep):
    [row] = gradcheck(lambda x: (steep * x).tanh(), 0.0)
    assert row.left is row.right is None


def test_a_step_that_leads_out_of_the_domain_is_said_to_measure_nothing():
    check = gradcheck(lambda x: log(x), 2.0, step=10)
    assert check.notes[1:] == (
        "x: the derivative cannot be measured with the step 10, for there is no value so far away; other steps were taken",
    )
    assert any("with the step 0.1" in note for note in gradcheck(lambda x: log(x), 2.0, step=0.1).notes)


# Differences ---------------------------------------------------------------------------------------------------------


def smooth(f):
    return lambda t: BranchedValue(f(t), ())


def test_extrapolation_is_exact_for_polynomials():
    slope = central(smooth(lambda t: 1 + 2 * t + 3 * t**2 + 4 * t**3 + 5 * t**5), 1e-16)
    assert abs(slope.value - 2) <= slope.error <= 1e-13


def test_a_function_without_values_nearby_gives_nothing():
    def alone(t):
        if t:
            raise DomainError("nowhere else")
        return BranchedValue(1.0, ())

    assert central(alone, 1e-16) is None


def test_branches_tell_kinks_from_steep_places():
    steep = central(smooth(lambda t: math.sqrt(t * t + 1e-10)), 1e-16)
    assert isinstance(steep, Slope)
    assert abs(steep.value) <= steep.error + 1e-12
    kink = central(lambda t: BranchedValue(abs(t), t > 0), 1e-16)
    assert kink == Kink(Slope(-1.0, kink.left.error), Slope(1.0, kink.right.error))


def test_second_differences_are_extrapolated_too():
    mixed = second_derivative(lambda s, t: BranchedValue(math.exp(s) * math.sin(t + 1), ()), False, 1e-16)
    assert abs(mixed.value - math.cos(1)) <= mixed.error <= 1e-9
    twice = second_derivative(lambda s, t: BranchedValue(math.exp(2 * s), ()), True, 1e-16)
    assert abs(twice.value - 4) <= twice.error <= 1e-9
