"""Freeing one by one, as in the browser's Python: a chain of any length without nested calls, and nothing is left behind."""

import gc
import sys

import pytest
from chalkgrad.engine import Value, total
from chalkgrad.engine.basics.dropping import RECURSES, freed_in_turn
from chalkgrad.engine.formulas.trees import Argument, Formula

DEEP = 20_000


@pytest.fixture
def nested(monkeypatch):
    """Values and formulas that are freed in turn; holds how deep the calls have been nested, and how many there were."""
    depths = {"now": 0, "most": 0, "calls": 0}
    for kind, slots in ((Value, ("_x", "_y")), (Formula, ("parts",))):
        monkeypatch.setattr(kind, "__del__", lambda self: None, raising=False)  # which is taken away at the end
        freed_in_turn(*slots, everywhere=True)(kind)
        monkeypatch.setattr(kind, "__del__", counted(kind.__del__, depths))
    return depths


def counted(function, depths):
    def __del__(self):  # noqa: N807 (it becomes that method)
        depths["now"] += 1
        depths["calls"] += 1
        depths["most"] = max(depths["most"], depths["now"])
        function(self)
        depths["now"] -= 1

    return __del__


def chain(grow):
    leaf = Value(1.0, "x")
    root = leaf
    for _ in range(DEEP):
        root = grow(root, leaf)
    return leaf, root


@pytest.mark.parametrize(
    "grow", [lambda v, x: v * 0.5, lambda v, x: x + v, lambda v, x: total([x, v, x])], ids=["one", "two", "three"]
)
def test_a_long_chain_is_freed_to_its_end_without_nesting(nested, grow):
    leaf, root = chain(grow)
    root.backward()
    gc.collect()
    before = nested["calls"]
    del root
    assert nested["calls"] - before == DEEP  # all but the leaf, which is held here
    assert nested["most"] <= 2
    assert sys.getrefcount(leaf) == 2  # that of the name, and that of the call


def test_what_is_held_elsewhere_stays(nested):
    _, root = chain(lambda v, x: x + v)
    kept = root.parents[1].parents[1]
    del root
    assert kept.data == DEEP - 1
    kept.backward()
    assert kept.parents[0].grad == DEEP - 1


def test_a_deep_formula_is_freed_without_nesting(nested):
    tree = Argument("x")
    for _ in range(DEEP):
        tree = tree + 1
    gc.collect()
    before = nested["calls"]
    del tree
    assert nested["calls"] - before == 2 * DEEP + 1  # sums, ones, and x
    assert nested["most"] <= 2


def test_an_object_that_was_never_filled_is_freed(nested):
    before = nested["calls"]
    Value.__new__(Value)
    assert nested["calls"] == before + 1


@pytest.mark.skipif(RECURSES, reason="there it is needed")
def test_elsewhere_values_are_freed_as_python_frees_them():
    assert not hasattr(Value, "__del__")
    assert not hasattr(Formula, "__del__")
