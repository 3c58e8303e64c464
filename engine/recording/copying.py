"""Copies and pickles of graphs of any depth, without recursion.

Python copies and pickles each node through its parents, which ends in a RecursionError at a depth of a few hundred. A large
graph is pickled as columns: one array has the data of all nodes, another their grads, and so on.
"""

from __future__ import annotations

import _thread
import copy
import copyreg
import weakref
from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.collector import uncollected
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
    with uncollected():
        return _deep_copy(root, memo)


def _deep_copy(root: Value, memo: dict[Any, Any]) -> Value:
    copied: set[Value]
    twins: dict[Value, Value]  # take less memory than entries of the memo would
    copied, twins = memo.setdefault("chalkgrad", (set(), {}))
    decorated = []
    for node in order([root], copied):
        if id(node) in memo:  # replaced by the caller
            twins[node] = memo[id(node)]
            continue
        twin = twins[node] = object.__new__(type(node))
        for field in _FIELDS:
            setattr(twin, field, getattr(node, field, 0))  # _swept may be unset
        twin._swept = _sweep_of_copy(twin._swept)
        if node._x is not None:
            link(twin, [twins[parent] for parent in node.parents], node.partials)
        attributes = _attributes(node)
        if attributes:
            decorated.append((twin, attributes))
    for twin, attributes in decorated:  # once every node has its twin, because attributes may lead to any of them
        set_attributes(twin, *copy.deepcopy(attributes, memo))
    return twins[root]


class _ParentsFirst:
    """Pickles nodes parents first, so that pickling a node never recurses into its parents.

    Each of its nodes has it among the arguments of `restore`, before the parents. So the first of them that a pickler meets
    pickles the whole list in order; after that the list and the parents of every node are references. Attributes, which may
    lead to any node, come behind the nodes: `open` counts the picklers that are not there yet.

    Of a large graph `index` has the computed nodes, which are pickled as columns, with their places in the list: behind the
    leaves, any of which may have been pickled already, by itself. What is added later comes behind them.
    """

    def __init__(self, nodes: list[Any], members: set[Value]) -> None:
        self.nodes, self.members, self.open = nodes, members, 0
        self.index: dict[Value, int] = {}
        self.leaves: list[Any] = []
        self.whole = 0  # of the nodes, how many are leaves or in the index
        # What is in another list, too, is pickled with that one, so that it stays one node.
        alone = len(nodes) > _SMALL and all(one.members.isdisjoint(nodes) for one in _lists())
        if alone and isinstance(nodes[0], Value) and _fits(nodes):
            self.leaves, self.whole = [node for node in nodes if node._x is None], len(nodes)
            computed = (node for node in nodes if node._x is not None)
            self.index = {node: i for i, node in enumerate(computed, len(self.leaves))}

    def __reduce__(self) -> tuple[Any, ...]:
        self.open += 1
        if self.index:
            return from_columns, _columns(self.leaves, self.index), None, self._in_order()
        return list, (), None, self._in_order()

    def _in_order(self) -> Iterator[Any]:
        try:
            yield from self.nodes[self.whole :]
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
_SMALL = 200  # nodes that are pickled one by one
_FEW = 50  # nodes that may be pickled by recursion, far below Python's limit


def reduce(node: Value) -> tuple[Any, ...]:
    """Returns what pickle stores of a node: its fields, before them the list of everything that it comes from; attributes."""
    for known in _lists():
        if node._x is not None and node in known.index:  # its attributes are the list's
            return member, (known, known.index[node])
    earlier = _list_with(node) if node.parents else None
    if earlier is not None and node in earlier.index:
        return member, (earlier, earlier.index[node])
    fields = [getattr(node, field, 0) for field in _FIELDS]
    fields[_SWEPT] = _sweep_of_copy(fields[_SWEPT])
    attributes = _attributes(node)
    if attributes and any(one.open and node in one.members for one in _lists()):
        attributes = None  # which that list has behind its nodes
    return restore, (type(node), earlier, *fields), attributes


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
            if len(added) <= _FEW:
                # If the list is pickled already they are pickled by recursion; the next pickle has them in order.
                earlier.nodes += added[:-1]
                return earlier
            earlier.members.difference_update(added)  # order() has entered them, but they get a list of their own
            return _new_list(lists, [earlier, *added[:-1]], set(added))
    members: set[Value] = set()
    found = _new_list(lists, order([node], members), members)
    if not found.index:
        found.nodes.pop()  # the node itself comes behind what it is computed from
    return found


def _new_list(lists: weakref.WeakSet[_ParentsFirst], nodes: list[Any], members: set[Value]) -> _ParentsFirst:
    earlier = _ParentsFirst(nodes, members)
    lists.add(earlier)
    return earlier


def member(nodes: Any, i: int) -> Any:
    """Returns a node of an unpickled list; a shallow copy of it where the list is a pickler's, for copy.copy()."""
    if not isinstance(nodes, _ParentsFirst):
        return nodes[i]
    node = [*nodes.index][i - len(nodes.leaves)]
    twin = restore(type(node), None, *(getattr(node, field, 0) for field in _FIELDS))
    attributes = _attributes(node)
    if attributes:
        set_attributes(twin, *attributes)
    return twin


# Columns -------------------------------------------------------------------------------------------------------------


class _Column(NamedTuple):
    """What many nodes have: few different objects, and for each node which one it is; no `which` if it is always the first."""

    different: list[Any]
    which: array[int] | None

    def __iter__(self) -> Iterator[Any]:
        return repeat(self.different[0]) if self.which is None else map(self.different.__getitem__, self.which)


def _key(thing: Any) -> Hashable:
    """By what two objects of a column are known to be the same."""
    kind = thing.__class__
    if kind is str or kind is int:
        return thing  # type: ignore[no-any-return] # hashable
    if kind is tuple and all(x is None or x is ... for x in thing[1:]):
        return id(thing[0]), thing[1:]
    return id(thing)


def _rules(nodes: Iterable[Value]) -> tuple[Any, array[float]]:
    """Returns what computed nodes have for `_rule` as a column, with `...` for plain numbers, and these in an array."""
    numbers = array("d")

    def patterns() -> Iterator[Any]:
        for node in nodes:
            rule: Any = node._rule
            if rule.__class__ is tuple:
                numbers.extend(x for x in rule if x.__class__ is float)
                rule = tuple([... if x.__class__ is float else x for x in rule])
            yield rule

    return _column(patterns()), numbers


def _column(things: Iterable[Any]) -> tuple[list[Any], array[int] | None]:
    places: dict[Hashable, int] = {}
    different: list[Any] = []
    which = array("B")
    for thing in things:
        place = places.setdefault(_key(thing), len(different))
        if place == len(different):
            different.append(thing)
            which = array("I", which) if place == 256 else which
        which.append(place)
    return different, None if len(different) == 1 else which


def _numbers(numbers: Sequence[float | None]) -> tuple[array[float], bytes | None]:
    """Floats in an array, and where some are None, in which places there is a float."""
    if None not in numbers:
        return array("d", numbers), None  # type: ignore[arg-type] # as said
    return array("d", [x or 0.0 for x in numbers]), bytes(x is not None for x in numbers)


def _given(floats: Iterable[float], there: bytes | None) -> Iterable[float | None]:
    return floats if there is None else (x if known else None for x, known in zip(floats, there, strict=True))


def _fits(nodes: Iterable[Value]) -> bool:
    """Whether all numbers of these nodes are floats and nothing more: some know where they come from."""
    kinds = {float, None.__class__, tuple}
    return all(
        node._x is None
        or (
            node._data.__class__ is float
            and node._grad.__class__ in kinds
            and node._dx.__class__ in kinds
            and node._dy.__class__ in kinds
            and (node._dx.__class__ is not tuple or {*map(type, node._dx)} == {float})
        )
        for node in nodes
    )


def _columns(leaves: list[Any], index: dict[Value, int]) -> tuple[Any, ...]:
    """Returns the arguments with which `from_columns` makes such nodes."""
    ends, parents, partials = array("q"), array("q"), array("d")
    nodes, of_leaf = index.keys(), {leaf: i for i, leaf in enumerate(leaves)}
    for node in nodes:
        parents.extend([of_leaf[parent] if parent._x is None else index[parent] for parent in node.parents])
        partials.extend(node.partials)
        ends.append(len(parents))
    return (
        leaves,
        _column(type(node) for node in nodes),
        _numbers([node._data for node in nodes]),
        _numbers([node._grad for node in nodes]),
        _column(_sweep_of_copy(getattr(node, "_swept", 0)) for node in nodes),
        _column(node.label for node in nodes),
        _column(node.place for node in nodes),
        *_rules(nodes),
        _column(node._clock for node in nodes),
        ends,
        parents,
        partials,
    )


def from_columns(*given: Any) -> list[Value]:
    """Returns the leaves, and behind them the nodes of which `_columns` has been pickled."""
    if len(given) != _COLUMNS:
        raise ValueError(_ANOTHER_VERSION)
    return _from_columns(*given)


_COLUMNS = 13
_ANOTHER_VERSION = (
    "this graph was pickled by another version of chalkgrad: a pickle is for the version that wrote it, so record it again; "
    "a model's parameters go from version to version in the file that model.save() writes"
)


def _from_columns(
    leaves: list[Value],
    kinds: Any,
    datas: Any,
    grads: Any,
    sweeps: Any,
    labels: Any,
    places: Any,
    rules: Any,
    constants: array[float],
    clocks: Any,
    ends: array[int],
    parents: array[int],
    partials: array[float],
) -> list[Value]:
    columns = [_Column(*column) for column in (kinds, sweeps, labels, places, rules, clocks)]
    nodes = [*leaves]
    start, new, number, last = 0, object.__new__, iter(constants), None
    numbered = zip(ends, _given(*datas), _given(*grads), strict=True)
    with uncollected():
        for (end, data, grad), kind, swept, label, place, rule, clock in zip(numbered, *columns, strict=False):
            node = new(kind)
            node._data, node._grad, node._swept, node.label, node.place = data, grad, swept, label, place
            if rule.__class__ is tuple:
                rule = tuple([next(number) if x is ... else x for x in rule])
                rule = last = last if rule == last and 0.0 not in rule else rule  # takes less memory; 0.0 == -0.0
            node._rule, node._clock = rule, clock
            count = end - start
            node._y = node._dy = None
            if count > 2:
                node._x, node._dx = tuple([nodes[i] for i in parents[start:end]]), tuple(partials[start:end])
            else:
                node._x, node._dx = nodes[parents[start]], partials[start]
                if count == 2:
                    node._y, node._dy = nodes[parents[start + 1]], partials[start + 1]
            nodes.append(node)
            start = end
    for swept in sweeps[0]:
        _sweep_of_copy(swept)
    modes.tick(max(clocks[0]))  # or nodes that are computed from these here would be older, so stale
    return nodes


def restore(kind: type[Value], earlier: object, *fields: Any) -> Value:
    """Returns a node from its pickled fields; `earlier`, unused, was unpickled first."""
    if len(fields) != len(_FIELDS):
        raise ValueError(_ANOTHER_VERSION)
    node = object.__new__(kind)
    for field, content in zip(_FIELDS, fields, strict=True):
        setattr(node, field, content)
    _sweep_of_copy(node._swept)
    modes.tick(node._clock)  # or nodes that are computed from it here would be older than it, so stale
    return node
