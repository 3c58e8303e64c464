"""Formulas over arrays compute what they do over numbers, each shared part once, and with fewer exponentials where they can."""

import math
import random

import numpy as np
import pytest
from chalkgrad.engine.formulas.notation import ATOM, COMPARISON, POWER, PRODUCT, SUM
from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Fold,
    children,
    choose,
    equal,
    evaluate,
    trace,
)
from chalkgrad.engine.programs.plan.array_lines import LANGUAGE
from chalkgrad.engine.programs.plan.formers import Former, cheaper
from chalkgrad.engine.programs.text import UniqueNames
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.recording.emit import Written, expand
from chalkgrad.engine.rules import RULES

X, Y = Argument("x"), Argument("y")
NUMBERS = [(x, y) for x in (-2.5, -1.0, -0.0, 0.0, 0.5, 3.0) for y in (-1.5, 0.0, 2.0)]


def exp(x):
    return Call("exp", x)


def former(tree, functional=False):
    fresh = UniqueNames()
    return Former(lambda part: fresh.new(f"u_{part}"), {"x": "x", "y": "y"}, [tree], functional)


def written(tree, functional=False):
    """Returns the lines of a formula, the last of which is its result."""
    writer = former(tree, functional)
    text = writer.write(tree).text
    return [*writer.lines, text]


def over_arrays(lines, **numbers):
    scope = {"np": np, **numbers}
    with np.errstate(all="ignore"):
        exec("\n".join([*lines[:-1], f"result = {lines[-1]}"]), scope)
    return scope["result"]


def over_numbers(tree):
    return [evaluate(tree, {"x": x, "y": y}, ON_FLOATS) for x, y in NUMBERS]


def assert_the_same(lines, tree):
    x, y = np.array(NUMBERS).T
    found = np.broadcast_to(over_arrays(lines, x=x, y=y), x.shape)
    np.testing.assert_allclose(found, over_numbers(tree), rtol=1e-12, atol=1e-12, err_msg=str(tree))


def grown(rng, size):
    """A random formula, many of whose parts stand in several places."""
    parts = [X, Y, Constant(2.0), Constant(0.5)]
    for _ in range(size):
        a, b, c = (rng.choice(parts[-6:]) for _ in range(3))
        kind = rng.randrange(9)
        left, right = a, rng.choice([b, Constant(0.0)])
        test = rng.choice([left < right, left <= right, left > right, left >= right])
        made = [
            a + b,
            a - b,
            Call("tanh", a) * b,
            a**2,
            Call("cos", a),
            choose(test, b, c),
            choose(a <= 0.0, 0.0, a),
            exp(-abs(a)),
            -a,
        ]
        parts.append(made[kind])
    return parts[-1]


@pytest.mark.parametrize("functional", [False, True])
def test_random_formulas_have_the_numbers_of_their_elements_and_each_part_is_computed_once(functional):
    rng = random.Random(3)
    several = 0
    for size in [*range(2, 22)] * 10:
        tree = grown(rng, size)
        lines = written(tree, functional)
        assert_the_same(lines, tree)
        computed = [line.partition(" = ")[2] for line in lines[:-1]]
        assert len({*computed}) == len(computed), lines
        several += len(computed) > 1
    assert several > 50


def test_what_is_used_once_stands_where_it_is_used_and_what_is_used_twice_in_a_line_of_its_own():
    square = (X + 1.0) ** 2
    assert written(square) == ["(x + 1.0)**2"]
    assert written(square * Y) == ["(x + 1.0)**2 * y"]
    assert written(square + square * Y) == ["u_part = (x + 1.0)**2", "u_part + u_part * y"]
    assert written(X**3.0) == ["np.float_power(x, 3.0)"]
    assert written(Constant(2.0) ** X) == ["np.float_power(2.0, x)"]
    assert former(square).write(square) == Written("(x + 1.0)**2", POWER)
    tree = abs(X) * Y
    assert former(tree).write(tree) == Written("np.abs(x) * y", PRODUCT)


def test_a_square_that_is_known_is_not_written_again():
    square = X**2
    writer = former(square + square)
    assert writer.write(square + square) == Written("u_part + u_part", SUM)
    assert writer.write(square) == Written("u_part", ATOM)
    writer.known[square, None] = "v"
    assert writer.write(square) == Written("v", ATOM)
    assert writer.lines == ["u_part = x**2"]


@pytest.mark.parametrize(
    ("tree", "name"),
    [
        *[
            (Call(name, X), name)
            for name in ("exp", "expm1", "log", "log1p", "sqrt", "abs", "sin", "cos", "tanh", "sinh", "cosh")
        ],
        (Call("floor", X), "part"),
        (X + 1.0, "part"),
        (X**2, "part"),
        (choose(X > Y, X, Y), "part"),
        (choose(equal(X - X, 0.0), X, 0.0), "shift"),
        (choose(equal(X - X, 0.0), X, Y), "part"),
        (choose(equal(X - X, 1.0), X, 0.0), "part"),
        (choose(equal(X + X, 0.0), X, 0.0), "part"),
        (choose(X - X <= 0.0, X, 1.0), "part"),
    ],
    ids=str,
)
def test_a_line_of_its_own_is_named_after_what_it_computes(tree, name):
    lines = written(tree + tree)
    assert lines[1:] == [f"u_{name} + u_{name}"]
    assert lines[0].startswith(f"u_{name} = ")
    assert_the_same(lines, tree + tree)


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (choose(X <= 0.0, 0.0, X), "np.maximum(x, 0.0)"),
        (choose(Y <= 1.5, 1.5, Y), "np.maximum(y, 1.5)"),
        (choose(X >= 0.0, 0.0, X), "np.where(x >= 0.0, 0.0, x)"),  # a minimum
        (choose(X < 0.0, 0.0, X), "np.where(x < 0.0, 0.0, x)"),
        (choose(X <= 0.0, 1.0, X), "np.where(x <= 0.0, 1.0, x)"),
        (choose(X <= 0.0, 0.0, Y), "np.where(x <= 0.0, 0.0, y)"),
        (choose(X <= Y, Y, X), "np.where(x <= y, y, x)"),  # of two arrays NaN is neither's
    ],
    ids=str,
)
def test_a_choice_of_the_larger_is_a_maximum_and_any_other_a_choice(tree, text):
    assert written(tree) == [text]
    assert former(tree).write(tree).binds == ATOM
    assert_the_same([text], tree)


def test_what_is_finite_or_a_number_is_written_so():
    tree = choose(equal(X - X, 0.0), X, 1.0)
    lines = written(tree)
    assert lines == ["u_shift = np.where(np.isfinite(x), x, 1.0)", "u_shift"]
    found = over_arrays(lines, x=np.array([2.0, -np.inf, np.nan, np.inf, 0.0]))
    assert found.tolist() == [2.0, 1.0, 1.0, 1.0, 0.0]


def test_a_derivative_of_1_or_0_is_the_test_and_for_libraries_that_ask_for_it_a_step():
    positive = choose(X + Y > 0.0, 1.0, 0.0)
    assert former(positive).mask(positive) == Written("x + y > 0.0", COMPARISON)
    assert former(positive, True).mask(positive) == Written("np.step(x + y)", ATOM)
    for test, text in ((X > 1.0, "x > 1.0"), (X > Y, "x > y"), (X >= 0.0, "x >= 0.0"), (X <= 0.0, "x <= 0.0")):
        tree = choose(test, 1.0, 0.0)
        assert former(tree).mask(tree) == former(tree, True).mask(tree) == Written(text, COMPARISON)
    others = [
        choose(X > 0.0, 2.0, 0.0),
        choose(X > 0.0, 1.0, 1.0),
        choose(X > 0.0, 1.0, X),
        choose(X > 0.0, 0.0, 1.0),
        X,
        X * Y,
    ]
    for tree in others:
        assert former(tree).mask(tree) is None
        assert former(tree, True).mask(tree) is None


def test_a_fold_reduces_the_last_axis_and_keeps_it():
    x = np.array([[1.0, -2.0, 4.0], [0.0, 0.5, -1.0]])
    tree = X - Fold("max", X * 2.0)
    plain, functional = written(tree), written(tree, True)
    assert plain == ["u_max = (x * 2.0).max(-1, keepdims=True)", "x - u_max"]
    assert functional == ["u_max = np.max(x * 2.0, -1, keepdims=True)", "x - u_max"]
    for lines in (plain, functional):
        assert np.array_equal(over_arrays(lines, x=x), [[row_x - 2 * max(row) for row_x in row] for row in x.tolist()])
    assert written(Fold("sum", X)) == ["u_sum = x.sum(-1, keepdims=True)", "u_sum"]
    assert former(tree, True).write(Fold("sum", X * 2.0)) == Written("u_sum", ATOM)


def test_the_sum_of_exponentials_is_written_as_a_blackboard_has_it():
    tree = expand(RULES["logsumexp"].value, LANGUAGE.primitives)
    lines = written(tree)
    assert lines == [
        "u_max = x.max(-1, keepdims=True)",
        "u_shift = np.where(np.isfinite(u_max), u_max, 0.0)",
        "u_sum = np.exp(x - u_shift).sum(-1, keepdims=True)",
        "u_shift + np.log(u_sum)",
    ]
    x = [0.5, -1.0, 700.0, 710.0]
    assert over_arrays(lines, x=np.array(x))[0] == pytest.approx(710.0 + math.log1p(sum(math.exp(a - 710.0) for a in x[:3])))


# With fewer exponentials ---------------------------------------------------------------------------------------------


def exponentials(tree):
    own = {tree} if isinstance(tree, Call) and tree.name in ("exp", "expm1") else set()
    return own.union(*map(exponentials, children(tree)))


def of_the_size(x):
    return exp(-abs(x))


@pytest.mark.parametrize(
    ("tree", "made"),
    [
        (
            choose(X >= 0.0, 1.0 / (1.0 + exp(-X)), exp(X) / (1.0 + exp(X))),
            choose(X >= 0.0, 1.0 / (1.0 + of_the_size(X)), of_the_size(X) / (1.0 + of_the_size(X))),
        ),
        (choose(X > 0.0, exp(-X), exp(X)), of_the_size(X)),
        (choose(X > 0.0, Call("expm1", -X), Call("expm1", X)), Call("expm1", -abs(X))),
        (choose(X * Y > 0.0, exp(-(X * Y)), exp(X * Y)), of_the_size(X * Y)),
        (Y + choose(X > 0.0, exp(-X), exp(X)) * 2.0, Y + of_the_size(X) * 2.0),
        (Fold("sum", choose(X > 0.0, exp(-X), exp(X))), Fold("sum", of_the_size(X))),
    ],
    ids=str,
)
def test_the_exponentials_of_both_sides_become_one_where_the_size_tells_them(tree, made):
    assert cheaper(tree) == made
    if not isinstance(tree, Fold):
        assert_the_same(written(made), tree)


@pytest.mark.parametrize(
    "tree",
    [
        choose(X > 0.0, exp(X), exp(-X)),  # of which neither is of -|x|
        choose(X > 0.0, X, exp(X)),
        choose(X > 0.0, exp(-X), X),
        choose(X > 0.0, exp(-X), exp(-X)),
        choose(X > 1.0, exp(-X), exp(X)),
        choose(X < 0.0, exp(X), exp(-X)),
        choose(X <= 0.0, exp(X), exp(-X)),
        choose(X > 0.0, Call("cosh", -X), Call("cosh", X)),  # not an exponential
        choose(X > Y, exp(-X), exp(X)),
        X + exp(Y) * 2.0,
        X,
        Constant(3.0),
        Fold("max", exp(X)),
    ],
    ids=str,
)
def test_any_other_formula_stays_as_it_is(tree):
    assert cheaper(tree) == tree


def test_a_formula_never_gets_more_exponentials_and_keeps_its_numbers():
    fewer = 0
    for name, rule in RULES.items():
        if rule.lists or any(each not in ("x", "y") for each in rule.arguments):
            continue
        tree = expand(rule.value, LANGUAGE.primitives)
        made = cheaper(tree)
        assert len(exponentials(made)) <= len(exponentials(tree)), name
        fewer += made != tree
        for x, y in NUMBERS:
            try:
                before = evaluate(tree, {"x": x, "y": y}, ON_FLOATS)
            except (ArithmeticError, ValueError):  # outside the domain
                continue
            after = evaluate(made, {"x": x, "y": y}, ON_FLOATS)
            assert after == pytest.approx(before, rel=1e-14, nan_ok=True), (name, x, y)
    assert fewer >= 2


def test_a_choice_inside_another_is_made_cheaper_first():
    slope = choose(X > 0.0, exp(-X), exp(X))
    tree = choose(Y > 0.0, slope, 1.0)
    assert isinstance(tree, Choice)
    assert cheaper(tree) == choose(Y > 0.0, of_the_size(X), 1.0)
    assert cheaper(trace(lambda x: choose(x >= 0, exp(-x), exp(x)) - x, "x")) == of_the_size(X) - X
