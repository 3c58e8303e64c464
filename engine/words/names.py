"""Names of values: their label, else the caller's variable, else v1, v2, … by their place on the tape.

Names are looked up when something is shown, never when it is computed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, ValuesView
from functools import cached_property
from itertools import compress, count, islice, repeat
from operator import is_
from typing import Any, overload

from chalkgrad.engine.basics.digits import FROM_LOWERED
from chalkgrad.engine.basics.numbers_in import kind_of
from chalkgrad.engine.basics.terminal import escaped
from chalkgrad.engine.sweep import before_in
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.caller import (
    named_by_caller,
    values_of_caller,
    variable_of_caller,
    variable_that_holds,
    variables_of_caller,
)
from chalkgrad.engine.words.dependence import Dependence
from chalkgrad.engine.words.manner import current, set_in_type

_VERY_MANY, _SEARCHES = 100_000, 250
_COMPARED = 5_000  # names that a misspelt one is compared with


class Names(Mapping[Value, str]):
    """A name for each of some values, made when it is asked for, and what depends on what among these, found out likewise.

    `given` has the names of those that have one; the others are v1, v2, … by their places. Names that are set in type have what
    they are `like`, the same names as they are typed. Of a million values few are ever named.
    """

    def __init__(self, nodes: Sequence[Value], given: dict[Value, str], like: Names | None = None) -> None:
        self._nodes, self._given, self._typeset = nodes, given, like is not None
        self._named: _Named = _Named(nodes) if like is None else like._named  # a reference to `like` would be a circle

    @property
    def dependence(self) -> Dependence:
        """Who depends on whom among these values and all that they are computed from."""
        return self._named.dependence

    @cached_property
    def _by_name(self) -> dict[str, Value]:
        return {name: node for node, name in self._given.items()}

    def _numbered(self, place: int) -> str:
        return set_in_type(f"v{place}") if self._typeset else f"v{place}"

    def __getitem__(self, node: Value) -> str:
        name = self._given.get(node)
        return self._numbered(self._named.place(node)) if name is None else name

    def __contains__(self, node: object) -> bool:
        return node in self._given or node in self._named

    def __iter__(self) -> Iterator[Value]:
        return iter(self._named.places)

    def __len__(self) -> int:
        return len(self._named.places)

    def __or__(self, others: Mapping[Value, str]) -> dict[Value, str]:
        return {**self, **others}

    def __repr__(self) -> str:
        return repr(dict(self))

    def values(self) -> ValuesView[str]:
        """All the names; whether one is among them is found out without making them."""
        return _AllNames(self)

    def node_of(self, name: str) -> Value | None:
        """Returns the node of this name, None if there is none."""
        if name in self._by_name:
            return self._by_name[name]
        place = _place_in(name, len(self._nodes))
        node = self._nodes[place - 1] if place else None
        return node if node is not None and self[node] == name else None

    def node_shown_as(self, name: str) -> Value | None:
        """Returns the first node whose name looks like this one when both are set in type, None if there is none."""
        shown = set_in_type(name)
        found = [node for node, own in self._given.items() if set_in_type(own) == shown][:1]
        place = _place_in(name, len(self._nodes))
        if place and self._nodes[place - 1] not in self._given:
            found.append(self._nodes[place - 1])
        return min(found, key=self._named.place, default=None)

    @cached_property
    def in_type(self) -> Names:
        """The same names set in type, if they still differ then."""
        given = {node: set_in_type(name) for node, name in self._given.items()}
        shown = Names(self._nodes, given, self)
        alone = (self._nodes[i - 1] not in given for name in given.values() if (i := _place_in(name, len(self._nodes))))
        return self if len(shown._by_name) < len(given) or any(alone) else shown


class _Named:
    """Values that have names: what is the same however these are written."""

    def __init__(self, nodes: Sequence[Value]) -> None:
        self._nodes = nodes
        self._searched: dict[object, int] = {}

    def __contains__(self, node: object) -> bool:
        try:
            return self.place(node) > 0
        except KeyError:
            return False

    def place(self, node: Any) -> int:
        """Returns the place of a node, from 1; of very many nodes the first few are looked for one by one."""
        if "places" in vars(self) or len(self._nodes) < _VERY_MANY or len(self._searched) >= _SEARCHES:
            return self.places[node]
        if node not in self._searched:
            self._searched[node] = next(compress(count(1), map(is_, self._nodes, repeat(node))), 0)
        if not self._searched[node]:
            raise KeyError(node)
        return self._searched[node]

    @cached_property
    def places(self) -> dict[Value, int]:
        return {node: i for i, node in enumerate(self._nodes, 1)}

    @cached_property
    def dependence(self) -> Dependence:
        return Dependence(self._nodes)


class _AllNames(ValuesView[str]):
    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self._names = names

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._names.node_of(name) is not None


def names_of(nodes: Sequence[Value]) -> Names:
    """Returns a different name for every node: names that occur twice get the unit's place or a number.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(3.0, "a")
    >>> list(names_of([a, b, Value(4.0)]).values())
    ['a', 'a_2', 'v3']
    """
    wanted = _wanted(nodes)
    # What is called v3 by somebody is told apart from the third value.
    places = {i: name for name in {*wanted.values()} if (i := _place_in(name, len(nodes)))}
    if clashing := {nodes[i - 1]: f"v{i}" for i in places if nodes[i - 1] not in wanted}:
        wanted |= clashing
        wanted = {node: wanted[node] for node in nodes if node in wanted}
    return Names(nodes, _told_apart(wanted))


def given_names(nodes: Sequence[Value]) -> Names:
    """Returns the names of the nodes that have a label or are the caller's variables, told apart as in `names_of`.

    These are for what is shown by itself, so a function's parameter is not the name of what was computed outside.
    """
    given = _told_apart(_wanted(nodes, alone=True))
    return Names([*given], given)


def _place_in(name: str, count: int) -> int:
    """Returns the place in a list of so many that a name such as v3 or v₃ stands for, 0 for any other name."""
    number = name[1:].translate(FROM_LOWERED)
    if name[:1] != "v" or not number.isascii() or not number.isdigit() or number[0] == "0":
        return 0
    return int(number) if len(number) < 20 and int(number) <= count else 0


def _wanted(nodes: Sequence[Value], alone: bool = False) -> dict[Value, str]:
    """The label, else the caller's variable, of each node that has one; with `alone` a parameter is a leaf's name only."""
    unlabelled = [node for node in nodes if not node.label]
    variables = variables_of_caller(unlabelled, [node for node in unlabelled if alone and node._x is not None])
    if len(unlabelled) == len(nodes) and not variables:
        return {}
    if not variables:
        return {node: label_of(node) for node in nodes if node.label}
    return {
        node: label_of(node) if node.label else variables[id(node)] for node in nodes if node.label or id(node) in variables
    }


def _told_apart(wanted: Mapping[Value, str]) -> dict[Value, str]:
    places, leaves = [node.place for node in wanted], [node._x is None for node in wanted]
    names = _unique([*wanted.values()], places, leaves, [node.label for node in wanted])
    return dict(zip(wanted, names, strict=True))


def _unique(wanted: Sequence[str], places: Sequence[str], leaves: Sequence[int], labels: Sequence[object]) -> list[str]:
    """Tells names apart, in order; beside each the node's place, whether it is a leaf, and its label."""
    uses = Counter(wanted)
    if len(uses) == len(wanted):
        return list(wanted)
    crowded = _crowded(wanted, places, leaves, uses)
    shown = {place: f"{escaped(place)}." if place else "" for place in {*places}}
    names: list[str] = []
    given: set[str] = set()
    next_number: dict[str, int] = {}
    for name, place, leaf, label in zip(wanted, places, leaves, labels, strict=True):
        if place and (uses[name] > 1 or (leaf and label and place in crowded)):
            name = shown[place] + name
        unique = name
        while unique in given or (unique != name and unique in uses):  # a suffix must not take another's label
            number = next_number.get(name, 2)
            next_number[name] = number + 1
            unique = f"{name}_{number}"
        given.add(unique)
        names.append(unique)
    return names


def _crowded(wanted: Sequence[str], places: Sequence[str], leaves: Sequence[int], uses: Mapping[str, int]) -> set[str]:
    """Returns the units whose parameters have its name before theirs: all of them have it, or none."""
    return {place for name, place, leaf in zip(wanted, places, leaves, strict=True) if leaf and uses[name] > 1}


class NodeNames(Sequence[str]):
    """The names of `names_of` for the nodes of a tape by their number, made when they are asked for.

    Labels and the caller's variables are those of the time when this is made.

    Args:
        nodes: the nodes, in order
        numbers: the number of each

    Attributes:
        computed: for each node whether it is computed, 1 or 0
    """

    def __init__(self, nodes: Sequence[Value], numbers: Mapping[Value, int]) -> None:
        labels = [node.label for node in nodes]
        if {*map(type, labels)} != {str}:
            labels = [str(label or "") for label in labels]
        self._labels, self._places = labels, [node.place for node in nodes]
        self.computed = bytes([node._x is not None for node in nodes])
        variables = named_by_caller(numbers.keys(), labels.count(""), _unlabelled)
        self._variables = {numbers[node]: name for node, name in variables.items()}
        self._asked = 0

    @cached_property
    def labels(self) -> list[str]:
        """For each node its label, else the caller's variable, else ""."""
        plain = all(map(str.isprintable, {*self._labels}))
        labels = list(self._labels) if plain else list(map(escaped, self._labels))
        for i, name in self._variables.items():
            labels[i] = name
        return labels

    @cached_property
    def labelled(self) -> Collection[int]:
        """The numbers of computed nodes that have a label, not only a variable of the caller's."""
        if not any(compress(self._labels, self.computed)):
            return ()
        return {i for i in compress(range(len(self)), self.computed) if self._labels[i]}

    @cached_property
    def _all(self) -> list[str]:
        return _unique(self._wanted(), self._places, [not computed for computed in self.computed], self._labels)

    def beginnings(self, members: Sequence[int]) -> set[str]:
        """Returns texts that the names of these leaves begin with, few of them if there are many leaves.

        That is faster than making all names.
        """
        wanted = self._wanted()
        uses = Counter(wanted)
        if len(uses) == len(wanted):
            return {wanted[i] for i in members}
        crowded = _crowded(wanted, self._places, [not computed for computed in self.computed], uses)
        places, labels = self._places, self._labels
        inside = [i for i in members if places[i] and (uses[wanted[i]] > 1 or (labels[i] and places[i] in crowded))]
        alone = {wanted[i] for i in {*members}.difference(inside)}
        return alone.union(map(escaped, {places[i] for i in inside}))

    def _wanted(self) -> list[str]:
        return [label or f"v{i}" for i, label in enumerate(self.labels, 1)]

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    @overload
    def __getitem__(self, i: int) -> str: ...
    @overload
    def __getitem__(self, i: slice) -> list[str]: ...
    def __getitem__(self, i: int | slice) -> str | list[str]:
        if "_all" not in self.__dict__ and isinstance(i, int) and self._asked < _FEW:
            self._asked += 1
            name = self._alone(i)
            if name:
                return name
        return self._all[i]

    def _alone(self, i: int) -> str:
        """Returns the name of one node if it is easily told from all others, else ""."""
        label, variable = self._labels[i], self._variables.get(i % len(self), "")
        name = escaped(label) or variable or f"v{i % len(self) + 1}"
        others = self._labels.count(name) + [*self._variables.values()].count(name) - bool(label or variable)
        if others or self._places[i] or "." in name or "\\" in name:  # which a place, and what was escaped, may bring
            return ""
        return name if not (label or variable) or not _NUMBERED(name) else ""


def _unlabelled(held: object) -> object:
    """Returns a Value that has no label, and None for anything else, whose own code does not run."""
    return held if issubclass(type(held), Value) and not held.label else None  # type: ignore[attr-defined] # a Value has one


_NUMBERED = re.compile(r"v\d+").fullmatch
_FEW = 4  # names that are made one at a time, each by comparing a label with all labels


def in_type(names: Names) -> Names:
    """Returns the names as they are shown: set in type where the manner says so, if they still differ then.

    >>> from chalkgrad.engine import Value
    >>> from chalkgrad.engine.words.manner import manner
    >>> with manner(typeset=True):
    ...     list(in_type(names_of([Value(2.0, "θ1"), Value(3.0, "rate1")])).values())
    ['θ₁', 'rate1']
    """
    return names.in_type if current().typeset else names


def label_of(node: Value) -> str:
    """Returns the label, with characters that would break a line or reorder it escaped."""
    return escaped(str(node.label or ""))


def own_name(node: Value) -> str:
    """Returns the label or the name of the caller's variable; "" if there is neither."""
    return _wanted([node]).get(node, "")


def value_of(what: object, names: Mapping[Value, str]) -> Value:
    """Returns a Value as it is, and for a text the value that is called so; `names` are those of the nodes that there are.

    A name may be set in type, as pictures have it: θ₁ for θ1. Raises ValueError for a name that none of them has, TypeError for
    anything else.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(3.0, "b1")
    >>> value_of("b1", names_of([a, b])) is value_of("b₁", names_of([a, b])) is b
    True
    >>> value_of("c", names_of([a, b]))
    Traceback (most recent call last):
    ValueError: there is no c here; the values are a, b1
    """
    if isinstance(what, Value):
        return what
    known = f"the values are {', '.join(islice(names.values(), 12))}"
    if isinstance(what, (int, float)):
        raise TypeError(f"{variable_that_holds(what)}{what!r} is a number, not a Value; {known}")
    if not isinstance(what, str):
        raise TypeError(f"a Value, or the name of one, is asked for here, not {kind_of(what)}; {known}")
    names = names if isinstance(names, Names) else Names([*names], {**names})
    for find in (names.node_of, names.node_shown_as):  # a student may copy a name from a picture
        if (node := find(what)) is not None:
            return node
    held = variable_of_caller(what)
    if isinstance(held, Value) and held in names:
        return held
    from difflib import get_close_matches  # which imports re, and only mistakes need it

    close = get_close_matches(what, islice(names.values(), _COMPARED), 1)
    raise ValueError(f"there is no {what} here{f', did you mean {close[0]}?' if close else ';'} {known}")


def of_upstream(names: Mapping[Value, str], root: Value, upstream: float) -> str:
    """Returns the name of what the adjoints of a sweep are derivatives of: with a gradient from upstream, something beyond."""
    if upstream == 1.0:
        return names[root]
    taken = {*names.values()}
    return next(name for name in ("J", *(f"J{i}" for i in range(1, len(taken) + 2))) if name not in taken)


def root_of_sweep(number: int, names: Mapping[Value, str]) -> str:
    """Returns the name of the caller's variable from which this sweep has run, without a gradient from upstream; else "".

    `names` are those of the values beside which it is shown: what one of these is called is not a name for another.
    """
    for name, root in values_of_caller():
        if root._grad is not None and root._swept == -number and root._grad - before_in(root) == 1.0:
            taken = {*names.values()}
            wanted = [names[root]] if root in names else [text for text in (label_of(root), name) if text not in taken]
            return next(filter(None, wanted), "")
    return ""
