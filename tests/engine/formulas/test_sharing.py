"""Trees whose parts stand in many places: exponentially long written out, and read in the time of what is stored."""

import contextlib
import copy
import pickle
from itertools import pairwise

import pytest
from chalkgrad.engine import Value, derivative_expression, hessian, logsumexp
from chalkgrad.engine.explaining.symbolic import operations_in
from chalkgrad.engine.explaining.tidy import TooLongError, tidied
from chalkgrad.engine.formulas.derivative import derivative
from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Constant,
    arguments_in,
    choose,
    evaluate,
    parts_of_tree,
    substitute,
)
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.rules import PARTIALS, SHOWN
from chalkgrad.engine.words.printer import LaTeX, Plain
from chalkgrad.engine.words.shown import simplified
from counting import lines

X, Y = Argument("x"), Argument("y")
DEEP = 4_000  # four times the limit of recursion


def nested(level, depth, start=X):
    """A tree of this depth, each level made from the one below."""
    tree = start
    for _ in range(depth):
        tree = level(tree)
    return tree


LEVELS = {
    "sum": lambda t: t + t,
    "difference": lambda t: Y - (t - 1),
    "product": lambda t: Call("sin", t) * t,
    "product of numbers": lambda t: (t * 1.0) * 0.5,
    "square": lambda t: t * t,
    "powers": lambda t: Call("pow", t, 1.0) / (1 + t),
    "quotient": lambda t: t / (t + Y),
    "logsumexp": lambda t: Call("log", Call("exp", t) + Call("exp", t) + 2.0),
    "softplus": lambda t: Call("log", 1 + Call("exp", t + t)),
    "choice": lambda t: choose(t > 0, t, 0.1 * t),
    "choice of choices": lambda t: choose(choose(t > 1, t, Y) > 0, t + 1, t - 1),
    "function": lambda t: Call("tanh", t),
}

READERS = {
    "tidied": tidied,
    "simplified": simplified,
    "derivative": lambda tree: derivative(tree, "x", PARTIALS),
    "derivative as shown": lambda tree: derivative(tree, "x", SHOWN),
    "second derivative": lambda tree: derivative(derivative(tree, "x", PARTIALS), "x", PARTIALS),
    "arguments": arguments_in,
    "substituted": lambda tree: substitute(tree, {"x": Y}),
    "evaluated": lambda tree: evaluate(tree, {"x": 0.5, "y": 0.25}, ON_FLOATS),
    "counted": operations_in,
    "repr": repr,
    "copied": copy.deepcopy,
    "pickled": lambda tree: pickle.loads(pickle.dumps(tree)),
    "equal": lambda tree: tree == pickle.loads(pickle.dumps(tree)),
    "hashed": hash,
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("reader", READERS)
def test_reading_a_tree_takes_work_in_proportion_to_what_is_stored(reader, level):
    work = [lines(lambda n=n: READERS[reader](nested(LEVELS[level], n))) for n in (10, 20, 40)]
    times = 5 if reader == "tidied" else 2.5  # a product of n functions is put in order at each of n levels
    for small, large in pairwise(work):
        assert large < times * small + 1000  # a tree of twice the depth has a million times the parts, written out


@pytest.mark.parametrize("level", ["sum", "product", "logsumexp", "choice"])
def test_no_depth_is_too_much(level):
    tree = nested(LEVELS[level], DEEP)
    for read in (simplified, arguments_in, operations_in, repr, copy.deepcopy, hash, lambda t: derivative(t, "x", SHOWN)):
        read(tree)
    with contextlib.suppress(TooLongError):
        tidied(tree, most=20_000)
    twin = pickle.loads(pickle.dumps(tree))
    assert twin is not tree
    assert twin == tree
    assert twin != nested(LEVELS[level], DEEP, Y + 1)
    assert len(parts_of_tree(substitute(tree, {"x": Y}))) <= len(parts_of_tree(tree))


@pytest.mark.parametrize("write", [Plain(), LaTeX()])
def test_a_tree_that_is_deep_and_not_long_is_printed(write):
    text = write.formula(nested(lambda t: Call("sin", t), DEEP))
    assert text.count("sin") == DEEP


def test_equal_trees_stay_equal_however_they_share_their_parts():
    shared = nested(lambda t: t * t, 12)

    def apart(depth):
        return Argument("x") if depth == 0 else apart(depth - 1) * apart(depth - 1)

    written_out = apart(12)
    assert shared == written_out
    assert hash(shared) == hash(written_out)
    assert lines(lambda: shared == written_out) < 20  # known from the first time
    assert shared != nested(lambda t: t * t, 12, Y)


def test_the_two_zeros_are_two_numbers():
    assert Constant(0.0) != Constant(-0.0)
    assert 1 / (X * 0.0) != 1 / (X * -0.0)
    assert evaluate(simplified(Call("div", 1.0, -0.0)), {}, ON_FLOATS) == -float("inf")


def test_a_long_repr_breaks_off():
    text = repr(nested(lambda t: t + t, 60))
    assert text.startswith("add(add(add(")
    assert "…" in text
    assert len(text) < 20_000


# Nested logsumexp ----------------------------------------------------------------------------------------------------


def chain(k, at=0.4):
    x = Value(at, "x")
    y = x
    for _ in range(k):
        y = logsumexp([y, y, 1.0])
    return x, y


def second(k):
    x, y = chain(k)
    return derivative_expression(y, x).derivative(x)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 6])
def test_second_derivatives_of_nested_logsumexp_are_the_hessian(k):
    x, y = chain(k)
    expected = hessian(y, [x])[0][0]
    for found in (derivative_expression(y, x).derivative(x), derivative_expression(y, x, order=2)):
        assert found.value == pytest.approx(expected, rel=1e-12)
        assert found.operations < 20


def test_another_level_of_logsumexp_adds_work_and_does_not_multiply_it():
    work = [lines(lambda k=k: second(k)) for k in (2, 3, 4, 5, 6)]
    steps = [after - before for before, after in pairwise(work)]
    assert max(steps) < 2 * min(steps)


@pytest.mark.parametrize("k", [8, 50])
def test_what_nobody_would_read_is_refused_before_it_is_computed(k):
    x, y = chain(k)
    with pytest.raises(ValueError, match=r"∂²y/∂x² in terms of the leaves takes more than 300 operations.*create_graph=True"):
        derivative_expression(y, x, order=2)


@pytest.mark.parametrize("k", [8, 50])
def test_with_a_limit_that_is_large_enough_fifty_levels_are_differentiated_twice(k):
    x, y = chain(k, at=-3.0)
    found = derivative_expression(y, x, order=2, limit=2**60)
    assert found.value == pytest.approx(hessian(y, [x])[0][0], rel=1e-12)


def test_the_limit_holds_for_derivatives_of_an_expression():
    x = Value(0.5, "x")
    y = x.tanh() * x.exp() * x.sin() / (1 + x * x)
    expression = derivative_expression(y, x, limit=60)
    with pytest.raises(ValueError, match=r"∂²y/∂x² in terms of the leaves takes more than 60 operations"):
        expression.derivative(x)


def test_what_is_computed_has_a_limit_too():
    """What is shown is 0 from the second order on; what is computed is a difference that grows."""
    x = Value(0.5, "x")
    y = (x.exp() + x.exp()).log()
    assert derivative_expression(y, x, order=3).value == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(ValueError, match="takes more than 1 operations"):
        derivative_expression(y, x, order=9, limit=1)
