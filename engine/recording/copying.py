"""Copies and pickles of graphs of any depth, without recursion.

Python copies and pickles each node through its parents, which ends in a RecursionError at a depth of a few hundred.
"""

from __future__ import annotations

import _thread
import copy
import copyreg
import weakref
from collections.abc import Iterator
from typing import Any

from chalkgrad.engine.basics import modes
from chalkgrad.engine.recording.record import link
from chalkgrad.engine.sweep import begun, order
from chalkgrad.engine.value import Value

_FIELDS = ("_data", "_grad", "_swept", "label", "place", "_rule", "_x", "_y", "_dx", "_dy", "_clock")
_SWEPT = _FIELDS.index("_swept")
_LEFT = 1 << 100  # is set in the number of a sweep that a copy has in the middle: no cursor goes on with it


def _sweep_of_copy(swept: int) -> int:
    """Returns which sweep a copy's grad is of: what a cursor has begun it finishes in the original alone."""
    number = abs(swept)
    if number in begun or number & _LEFT:
        begun.add(number | _LEFT)
        return number | _LEFT if swept > 0 else -(number | _LEFT)
    return swept


def _attributes(node: Value) -> tuple[dict[str, Any] | None, dict[str, Any]] | None:
    """Returns what programs have set on a node, as pickle has it: its `__dict__`, and what is in slots; None for nothing."""
    kind = type(node)
    more = copyreg._slotnames(kind) if kind is not Value else []  # type: ignore[attr-defined] # as pickle
    names = ["_own", *set(more).difference(Value.__slots__, getattr(kind, "_left_behind", ()))]
    slots = {name: getattr(node, name) for name in names if hasattr(node, name)}
    if "_own" in slots:
        slots["_own"] = dict(slots["_own"])
    held = getattr(node, "__dict__", None)
    return (held or None, slots) if held or slots else None


def set_attributes(node: Value, attributes: dict[str, Any] | None, slots: dict[str, Any]) -> None:
    """Sets what programs have set on a node of which this is a copy."""
    if attributes:
        vars(node).update(attributes)
    for name, held in slots.items():
        setattr(node, name, held)


def deep_copy(root: Value, memo: dict[Any, Any]) -> Value:
    """Returns a copy of the node and of everything that it is computed from; `memo` is copy.deepcopy's, by identity."""
    copied: set[Value] = memo.setdefault("chalkgrad", set())
    decorated = []
    for node in order([root], copied):
        if id(node) in memo:
            continue  # already copied, or replaced by the caller
        twin = object.__new__(type(node))
        for field in _FIELDS:
            setattr(twin, field, getattr(node, field, 0))  # _swept may be unset
        twin._swept = _sweep_of_copy(twin._swept)
        if node._x is not None:
            link(twin, [memo[id(parent)] for parent in node.parents], node.partials)
        memo[id(node)] = twin
        attributes = _attributes(node)
        if attributes:
            decorated.append((twin, attributes))
    for twin, attributes in decorated:  # once every node has its twin, because attributes may lead to any of them
        set_attributes(twin, *copy.deepcopy(attributes, memo))
    result: Value = memo[id(root)]
    return result


class _ParentsFirst:
    """Pickles nodes parents first, so that pickling a node never recurses into its parents.

    Each of its nodes has it among the arguments of `restore`, before the parents. So the first of them that a pickler meets
    pickles the whole list in order; after that the list and the parents of every node are references. Attributes, which may
    lead to any node, come behind the nodes: `open` counts the picklers that are not there yet.
    """

    def __init__(self, nodes: list[Any], members: set[Value]) -> None:
        self.nodes, self.members, self.open = nodes, members, 0

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self._in_order()

    def _in_order(self) -> Iterator[Any]:
        self.open += 1
        try:
            yield from self.nodes
        finally:
            self.open -= 1
        for node in self.nodes:
            if isinstance(node, Value) and _attributes(node):
                yield _Attributes(node)


class _Attributes:
    """Pickles as the call that sets a node's attributes."""

    def __init__(self, node: Value) -> None:
        self.node = node

    def __reduce__(self) -> tuple[Any, ...]:
        return set_attributes, (self.node, *(_attributes(self.node) or (None, {})))


_lists_in_use = _thread._local()  # the lists that a pickler still holds: the next node looks for its own among them
_FEW = 50  # nodes that may be pickled by recursion, far below Python's limit


def reduce(node: Value) -> tuple[Any, ...]:
    """Returns what pickle stores of a node: its fields, before them the list of everything that it comes from; attributes."""
    fields = [getattr(node, field, 0) for field in _FIELDS]
    fields[_SWEPT] = _sweep_of_copy(fields[_SWEPT])
    attributes = _attributes(node)
    if attributes and any(one.open and node in one.members for one in _lists()):
        attributes = None  # which that list has behind its nodes
    return restore, (type(node), _list_with(node) if node.parents else None, *fields), attributes


def _lists() -> weakref.WeakSet[_ParentsFirst]:
    lists: weakref.WeakSet[_ParentsFirst] = _lists_in_use.__dict__.setdefault("lists", weakref.WeakSet())
    return lists


def _list_with(node: Value) -> _ParentsFirst:
    lists = _lists()
    for earlier in lists:
        if node in earlier.members:
            return earlier
    for earlier in lists:
        if any(parent in earlier.members for parent in node.parents):
            added = order([node], earlier.members)
            if (
                len(added) <= _FEW
            ):  # if the list is pickled already they are pickled by recursion; the next pickle has them in order
                earlier.nodes += added[:-1]
                return earlier
            earlier.members.difference_update(added)  # order() has entered them, but they get a list of their own
            return _new_list(lists, [earlier, *added[:-1]], set(added))
    members: set[Value] = set()
    return _new_list(lists, order([node], members)[:-1], members)


def _new_list(lists: weakref.WeakSet[_ParentsFirst], nodes: list[Any], members: set[Value]) -> _ParentsFirst:
    earlier = _ParentsFirst(nodes, members)
    lists.add(earlier)
    return earlier


def restore(kind: type[Value], earlier: object, *fields: Any) -> Value:
    """Returns a node from its pickled fields; `earlier`, unused, was unpickled first."""
    node = object.__new__(kind)
    for field, content in zip(_FIELDS, fields, strict=True):
        setattr(node, field, content)
    _sweep_of_copy(node._swept)
    modes.tick(node._clock)  # or nodes that are computed from it here would be older than it, so stale
    return node
