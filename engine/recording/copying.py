"""Copies and pickles of graphs of any depth, without recursion.

Python's own way, each node through its parents, ends in a RecursionError at a depth of a few hundred.
"""

from __future__ import annotations

import _thread
import copy
import weakref
from collections.abc import Iterator
from typing import Any

from chalkgrad.engine.basics import modes
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value

_FIELDS = ("_data", "_grad", "label", "place", "_rule", "_x", "_y", "_dx", "_dy", "_clock")


def deep_copy(root: Value, memo: dict[Any, Any]) -> Value:
    """A copy of the node and of all it is computed from; `memo` is copy.deepcopy's, by identity."""
    copied: set[Value] = memo.setdefault("chalkgrad", set())
    for node in order([root], copied):
        if id(node) in memo:
            continue  # the caller's own choice of a copy
        twin = object.__new__(type(node))
        for field in _FIELDS:
            setattr(twin, field, getattr(node, field))
        twin._link([memo[id(parent)] for parent in node.parents], node.partials)
        memo[id(node)] = twin
        if hasattr(node, "__dict__"):  # a subclass with attributes of its own
            vars(twin).update(copy.deepcopy(vars(node), memo))
    result: Value = memo[id(root)]
    return result


class _Prelude:
    """Nodes in an order in which each finds its parents pickled before it.

    It stands among the arguments of every node it has. A pickler pickles it once, when it first meets one of them, and
    with it all of them in order; from then on it is a reference, and so are the parents of every node.
    """

    def __init__(self, nodes: list[Any], members: set[Value]) -> None:
        self.nodes, self.members = nodes, members

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self._in_order()

    def _in_order(self) -> Iterator[Any]:
        yield from self.nodes


_live = _thread._local()  # the preludes that a pickler still holds, so that the next node finds the one it is in
_FEW = 50  # nodes that may be pickled by recursion


def reduce(node: Value) -> tuple[Any, ...]:
    """What pickle is told about a node: its fields, and before them the prelude of all that it comes from."""
    fields = (*(getattr(node, field) for field in _FIELDS), getattr(node, "__dict__", None))
    return restore, (type(node), _prelude_of(node) if node.parents else None, *fields)


def _prelude_of(node: Value) -> _Prelude:
    preludes: weakref.WeakSet[_Prelude] = _live.__dict__.setdefault("preludes", weakref.WeakSet())
    for prelude in preludes:
        if node in prelude.members:
            return prelude
    for prelude in preludes:
        if any(parent in prelude.members for parent in node.parents):
            added = order([node], prelude.members)
            if len(added) <= _FEW:  # a pickler that holds the prelude already does without them; the next has them in order
                prelude.nodes += added[:-1]
                return prelude
            prelude.members.difference_update(added)
            return _new_prelude(preludes, [prelude, *added[:-1]], set(added))
    members: set[Value] = set()
    return _new_prelude(preludes, order([node], members)[:-1], members)


def _new_prelude(preludes: weakref.WeakSet[_Prelude], nodes: list[Any], members: set[Value]) -> _Prelude:
    prelude = _Prelude(nodes, members)
    preludes.add(prelude)
    return prelude


def restore(kind: type[Value], prelude: object, *fields: Any) -> Value:
    """A node from its pickled fields."""
    node = object.__new__(kind)
    *contents, attributes = fields
    for field, content in zip(_FIELDS, contents, strict=True):
        setattr(node, field, content)
    if attributes:
        vars(node).update(attributes)
    modes.tick(node._clock)  # or everything computed from it here would look older than it
    return node
