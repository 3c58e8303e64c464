"""The simplifier: each set of rules by itself, together, and against the value that the formula has."""

import math

import pytest
from chalkgrad.engine.formulas.derivative import derivative
from chalkgrad.engine.formulas.simplify import first_powers, numbers, ones, rewritten, signs, simplify, zeros
from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Fold, choose, evaluate
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.rules import PARTIALS
from hypothesis import given
from hypothesis import strategies as st

X, Y = Argument("x"), Argument("y")
EVERYTHING = [numbers(ON_FLOATS), first_powers, ones, zeros, signs]


@pytest.mark.parametrize(
    ("rule", "tree", "simple"),
    [
        (first_powers, X**1, X),
        (first_powers, X**2, X**2),
        (ones, X * 1, X),
        (ones, 1 * X, X),
        (ones, X / 1, X),
        (ones, X + 0, X),
        (ones, X - 0, X),
        (ones, X**0, Constant(1.0)),
        (ones, 0 + X, 0 + X),
        (zeros, 0 * X, Constant(0.0)),
        (zeros, X * 0, Constant(0.0)),
        (zeros, 0 + X, X),
        (zeros, 0 - X, 0 - X),
        (signs, -1 * X, -X),
        (signs, X * -1, X * -1),
    ],
)
def test_a_set_of_rules_rewrites_what_it_says_and_nothing_else(rule, tree, simple):
    assert rewritten(tree, [rule]) == simple


def test_numbers_are_worked_out_innermost_first_and_symbols_stay():
    tree = X * (Constant(2.0) + 3.0 * Constant(math.pi))
    assert simplify(tree, [numbers(ON_FLOATS)], ON_FLOATS) == X * (2 + 3 * math.pi)
    assert simplify(tree, [numbers(ON_FLOATS, {math.pi})], ON_FLOATS) == tree


def test_a_choice_between_numbers_is_made_and_one_that_depends_stays():
    assert simplify(Choice(Constant(1.0) > 2, X, Y + 0), [ones], ON_FLOATS) == Y
    assert simplify(choose(X > 0, Y + 0, X * 1), [ones], ON_FLOATS) == choose(X > 0, Y, X)


def test_a_fold_is_simplified_inside():
    assert simplify(Fold("sum", X * 1), [ones], ON_FLOATS) == Fold("sum", X)


LEAVES = st.sampled_from([X, Y, *map(Constant, (0.0, 1.0, -1.0, 2.0, 0.5))])
TREES = st.recursive(LEAVES, lambda inner: st.builds(Call, st.sampled_from(["add", "sub", "mul"]), inner, inner), max_leaves=12)


@given(TREES)
def test_simplifying_keeps_the_value(tree):
    values = {"x": 3.0, "y": -0.25}
    simple = simplify(tree, EVERYTHING, ON_FLOATS)
    assert evaluate(simple, values, ON_FLOATS) == evaluate(tree, values, ON_FLOATS)


@given(TREES)
def test_a_derivative_is_that_of_the_simplified_tree(tree):
    values = {"x": 3.0, "y": -0.25}
    simple = simplify(tree, EVERYTHING, ON_FLOATS)
    slopes = [evaluate(derivative(each, "x", PARTIALS), values, ON_FLOATS) for each in (tree, simple)]
    assert slopes[0] == slopes[1]
