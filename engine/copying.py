"""Copies and pickles of graphs of any depth, without recursion.

Python's own way, each node through its parents, ends in a RecursionError at a depth of a few hundred.
"""

from __future__ import annotations

import _thread
import weakref
from typing import TYPE_CHECKING, Any

from chalkgrad.engine.tape import order

if TYPE_CHECKING:
    from chalkgrad.engine.value import Value

_FIELDS = ("_data", "_grad", "label", "place", "_rule", "_parents", "_partials", "_clock")


def deep_copy(root: Value, memo: dict[int, Any]) -> Value:
    """A copy of the node and of all it is computed from; `memo` is copy.deepcopy's, by identity."""
    for node in order([root]):
        if id(node) not in memo:
            copy = object.__new__(type(node))
            for field in _FIELDS:
                setattr(copy, field, getattr(node, field))
            copy._parents = tuple(memo[id(parent)] for parent in node._parents)
            memo[id(node)] = copy
    result: Value = memo[id(root)]
    return result


class _Prelude(list["Value"]):
    """What a node is computed from, parents first, to be pickled before it: then each finds its parents already there."""

    def __init__(self, nodes: list[Value]) -> None:
        super().__init__(nodes)
        self.members = {id(node) for node in nodes}

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, iter(self)

    __hash__ = object.__hash__  # type: ignore[assignment]


_active = _thread._local()  # the preludes whose pickler still lives; it keeps them in its memo


def reduce(node: Value) -> tuple[Any, ...]:
    """What pickle is told about a node: its fields, preceded by its graph unless that is being pickled already."""
    fields = tuple(getattr(node, field) for field in _FIELDS)
    preludes: weakref.WeakSet[_Prelude] = _active.__dict__.setdefault("preludes", weakref.WeakSet())
    if not node._parents or any(id(node) in prelude.members for prelude in preludes):
        return restore, (type(node), None, *fields)
    prelude = _Prelude(order([node])[:-1])
    preludes.add(prelude)
    return restore, (type(node), prelude, *fields)


def restore(kind: type[Value], prelude: object, *fields: Any) -> Value:
    """A node from its pickled fields."""
    from chalkgrad.engine import value  # which imports this module

    node = object.__new__(kind)
    for field, content in zip(_FIELDS, fields, strict=True):
        setattr(node, field, content)
    value.clock = max(value.clock, node._clock)  # or everything computed from it here would look older than it
    return node
