"""Names of values: their label, else the caller's variable, else v1, v2, … by their place on the tape.

Names are looked up when something is shown, never when it is computed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property

from chalkgrad.engine.basics.numbers_in import kind_of
from chalkgrad.engine.basics.terminal import escaped
from chalkgrad.engine.sweep import before_in
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.caller import values_of_caller, variable_of_caller, variable_that_holds, variables_of_caller
from chalkgrad.engine.words.dependence import Dependence
from chalkgrad.engine.words.manner import current, set_in_type


class Names(dict[Value, str]):
    """A name for each of some values, and what depends on what among these, which is found out when it is first asked for."""

    typed: Names | None = None  # of names that are set in type

    @cached_property
    def dependence(self) -> Dependence:
        """Who depends on whom among these values and all that they are computed from."""
        return Dependence(self) if self.typed is None else self.typed.dependence

    @cached_property
    def in_type(self) -> Names:
        """The same names set in type, if they still differ then."""
        shown = Names({node: set_in_type(name) for node, name in self.items()})
        shown.typed = self
        return shown if len(shown.taken) == len(self.taken) else self

    @cached_property
    def taken(self) -> frozenset[str]:
        """All the names."""
        return frozenset(self.values())


def names_of(nodes: Sequence[Value]) -> Names:
    """Returns a different name for every node: names that occur twice get the unit's place or a number.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(3.0, "a")
    >>> list(names_of([a, b, Value(4.0)]).values())
    ['a', 'a_2', 'v3']
    """
    return _told_apart({node: name or f"v{i}" for i, (node, name) in enumerate(zip(nodes, _wanted(nodes), strict=True), 1)})


def given_names(nodes: Sequence[Value]) -> Names:
    """Returns the names of the nodes that have a label or are the caller's variables, told apart as in `names_of`.

    These are for what is shown by itself, so a function's parameter is not the name of what was computed outside.
    """
    return _told_apart({node: name for node, name in zip(nodes, _wanted(nodes, alone=True), strict=True) if name})


def _wanted(nodes: Sequence[Value], alone: bool = False) -> list[str]:
    """For each node its label, else the caller's variable, else ""; with `alone` a parameter is a leaf's name only."""
    labels = [label_of(node) for node in nodes]
    unlabelled = [node for node, label in zip(nodes, labels, strict=True) if not label]
    variables = variables_of_caller(unlabelled, [node for node in unlabelled if alone and node._x is not None])
    return [label or variables.get(id(node), "") for node, label in zip(nodes, labels, strict=True)]


def _told_apart(wanted: Mapping[Value, str]) -> Names:
    uses = Counter(wanted.values())
    # The parameters of a unit all have its name before theirs, or none of them has.
    crowded = {node.place for node, name in wanted.items() if uses[name] > 1 and node._x is None}
    names = Names()
    given: set[str] = set()
    next_number: dict[str, int] = {}
    for node, name in wanted.items():
        if node.place and (uses[name] > 1 or (node._x is None and node.label and node.place in crowded)):
            name = f"{escaped(node.place)}.{name}"
        unique = name
        while unique in given or (unique != name and unique in uses):  # a suffix must not take another's label
            number = next_number.get(name, 2)
            next_number[name] = number + 1
            unique = f"{name}_{number}"
        given.add(unique)
        names[node] = unique
    return names


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
    return _wanted([node])[0]


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
    known = f"the values are {', '.join(list(names.values())[:12])}"
    if isinstance(what, (int, float)):
        raise TypeError(f"{variable_that_holds(what)}{what!r} is a number, not a Value; {known}")
    if not isinstance(what, str):
        raise TypeError(f"a Value, or the name of one, is asked for here, not {kind_of(what)}; {known}")
    for node, name in names.items():
        if name == what:
            return node
    for node, name in names.items():  # a student may copy a name from a picture
        if set_in_type(name) == set_in_type(what):
            return node
    held = variable_of_caller(what)
    if isinstance(held, Value) and held in names:
        return held
    from difflib import get_close_matches  # which imports re, and only mistakes need it

    close = get_close_matches(what, names.values(), 1)
    raise ValueError(f"there is no {what} here{f', did you mean {close[0]}?' if close else ';'} {known}")


def of_upstream(names: Mapping[Value, str], root: Value, upstream: float) -> str:
    """Returns the name of what the adjoints of a sweep are derivatives of: with a gradient from upstream, something beyond."""
    if upstream == 1.0:
        return names[root]
    taken = {*names.values()}
    return next(name for name in ("J", *(f"J{i}" for i in range(1, len(taken) + 2))) if name not in taken)


def root_of_sweep(number: int, names: Mapping[Value, str]) -> str:
    """Returns the name of the caller's variable from which this sweep has run, without a gradient from upstream; else "".

    `names` are those of the values beside which it is shown: what one of these is called is no name for another.
    """
    for name, root in values_of_caller():
        if root._grad is not None and root._swept == -number and root._grad - before_in(root) == 1.0:
            taken = {*names.values()}
            wanted = [names[root]] if root in names else [text for text in (label_of(root), name) if text not in taken]
            return next(filter(None, wanted), "")
    return ""
