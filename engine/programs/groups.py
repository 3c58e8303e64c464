"""The inputs of a program: Values and lists of them, read as groups of leaves of the tape.

>>> from chalkgrad.engine import Value, program
>>> w, x = [Value(2.0, "w1"), Value(3.0, "w2")], Value(1.0, "x")
>>> program(w[0] * x + w[1], inputs=[w, x]).inputs
(LeafGroup(name='w', members=(0, 3), single=False), LeafGroup(name='x', members=(1,), single=True))
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, filterfalse
from typing import Any

from chalkgrad.engine.value import Value
from chalkgrad.engine.words.caller import variables_of_caller
from chalkgrad.engine.words.names import NodeNames


class LeafGroup:
    """One argument of the compiled function: a Value, or a list of them.

    Attributes:
        members: the numbers of its leaves
        single: whether it is a Value by itself, not a list
    """

    __slots__ = ("_name", "_names", "members", "single")

    def __init__(self, name: str, members: tuple[int, ...], single: bool, names: Sequence[str] = ()) -> None:
        """Without a `name` it is called after its leaves; `names` are those of all nodes."""
        self._name, self.members, self.single, self._names = name, members, single, names

    @property
    def name(self) -> str:
        """What the argument is called."""
        if not self._name:
            own = self._names
            self._name = own[self.members[0]] if self.single else _stem(_beginnings(own, self.members))
        return self._name

    def __repr__(self) -> str:
        return f"LeafGroup(name={self.name!r}, members={self.members!r}, single={self.single!r})"


class Leaves:
    """The leaves of a program by number, to read what its caller lists.

    Args:
        numbers: all nodes, with their numbers on the tape
        names: the name of every node
        root: the number of what is computed, for error messages
    """

    def __init__(self, numbers: Mapping[Value, int], names: NodeNames, root: int) -> None:
        self._numbers: Mapping[Value, int] | None = numbers
        self.names, self.root = names, root
        self._leaves: list[Value] = []

    @property
    def numbers(self) -> Mapping[Value, int]:
        """The leaves by their numbers, or all nodes while the program is read."""
        if self._numbers is None:
            numbers = filterfalse(self.names.computed.__getitem__, range(len(self.names)))
            self._numbers = dict(zip(self._leaves, numbers, strict=True))
        return self._numbers

    def keep(self, leaves: list[Value]) -> None:
        """Forgets all nodes but the leaves, which are given in their order."""
        self._leaves, self._numbers = leaves, None

    def groups(self, entries: Any, what: str, known: Sequence[tuple[Any, LeafGroup]] = ()) -> tuple[LeafGroup, ...]:
        """Turns Values and lists of Values into groups; `what` is the option they were given as.

        Those that were `known` before are the same groups again. Raises TypeError and ValueError for anything that is not a
        leaf of this tape.
        """
        if isinstance(entries, Value) or not isinstance(entries, Iterable):
            raise TypeError(f"{what} is a list of leaves, or of lists of leaves, such as {what}=[w, x], not {entries!r}")
        entries = list(entries)
        again = {id(entry): group for entry, group in known if group.single or type(entry) in (list, tuple)}
        new = [entry for entry in entries if not isinstance(entry, Value) and id(entry) not in again]
        lists = variables_of_caller(new) if new else {}
        return tuple([again.get(id(entry)) or self._group(entry, what, lists.get(id(entry), "")) for entry in entries])

    def _group(self, entry: Any, what: str, variable: str) -> LeafGroup:
        single = isinstance(entry, Value)
        leaves = [entry] if single else list(entry) if isinstance(entry, Iterable) else []
        if not leaves or not _are_values(leaves):
            raise TypeError(f"each of {what} is a Value or a list of Values, and one is {entry!r}")
        members = tuple(map(self.numbers.get, leaves))
        if None in members or [leaf for leaf in leaves if leaf._x is not None]:
            raise self._unfit(leaves, what)
        return LeafGroup(variable, members, single, self.names)  # type: ignore[arg-type] # None is not in it

    def _unfit(self, leaves: Sequence[Value], what: str) -> ValueError:
        """Returns the error that the first is among these that is computed, or not on the tape."""
        leaf = next(leaf for leaf in leaves if leaf._x is not None or leaf not in self.numbers)
        if leaf._x is not None:
            return ValueError(f"{leaf!r} is computed, and {what} are leaves")
        return ValueError(
            f"{leaf!r} is among the {what}, but {self.names[self.root]} was not computed from it: numbers "
            "given to a model become leaves of their own, so give it the Values that are to be the inputs"
        )

    def different(self, inputs: Sequence[LeafGroup]) -> set[int]:
        """Returns the leaves of all inputs. Raises ValueError if one is among them twice."""
        seen = set(chain.from_iterable([group.members for group in inputs]))
        if len(seen) < sum([len(group.members) for group in inputs]):
            uses = Counter(chain.from_iterable([group.members for group in inputs]))
            repeated = min([i for i, count in uses.items() if count > 1])
            raise ValueError(f"the inputs of a program are different leaves, and {self.names[repeated]} is among them twice")
        return seen

    def refuse_foreign(self, wrt: Sequence[LeafGroup], inputs: Sequence[LeafGroup]) -> None:
        """Raises ValueError if adjoints are wanted with respect to what is not one of the inputs, or a part of one."""
        own = set(map(id, inputs))
        others = [group for group in wrt if id(group) not in own]
        of = {i: argument for argument in inputs for i in argument.members} if others else {}
        for group in others:
            argument = of.get(group.members[0])
            if argument is None or any(of.get(i) is not argument for i in group.members):
                name = group.name if group.single else f"the list of {', '.join([self.names[i] for i in group.members])}"
                raise ValueError(
                    f"gradients are wanted with respect to {name}, which is not among the inputs: each of wrt is one of "
                    "inputs, or a part of one"
                )


def listed_roots(roots: Any) -> list[Value]:
    """Returns the roots as a list. Raises TypeError unless they are a Value or a list of Values."""
    listed = [roots] if isinstance(roots, Value) else list(roots) if isinstance(roots, Iterable) else []
    if not listed or not all(isinstance(root, Value) for root in listed):
        raise TypeError(f"a program computes a Value or a list of them, such as program(L, inputs=[a, b]), not {roots!r}")
    return listed


def listed_inputs(inputs: Any, nodes: Sequence[Value]) -> Any:
    """Returns the inputs as a list, if none are given all leaves that take a gradient; what is not a list as it is."""
    if inputs is None:
        return [node for node in nodes if node._x is None and (node._rule is None or not node.constant)]
    return list(inputs) if isinstance(inputs, Iterable) and not isinstance(inputs, Value) else inputs


def unused(inputs: Any, tape: set[Value]) -> list[Value]:
    """Returns the leaves that are not on the tape themselves, but stand in a list with one that is.

    They are parameters of a model that do not matter for its output, and their adjoints are 0.
    """
    found: list[Value] = []
    for entry in inputs if isinstance(inputs, list) else ():
        of_values = isinstance(entry, (list, tuple)) and _are_values(entry)
        if of_values and not tape.issuperset(entry) and not tape.isdisjoint(entry):
            found += [leaf for leaf in entry if leaf not in tape and leaf._x is None]
    return list(dict.fromkeys(found))


def _are_values(entry: Iterable[Any]) -> bool:
    return all(issubclass(kind, Value) for kind in set(map(type, entry)))


def _beginnings(names: Sequence[str], members: Sequence[int]) -> Iterable[str]:
    return names.beginnings(members) if isinstance(names, NodeNames) else [names[i] for i in members]


def _stem(names: Iterable[str]) -> str:
    """Returns a name for a list that no variable holds: the letters that its names begin with, as a plural, or `inputs`."""
    stems = {re.match(r"[^\W\d_]*", name).group() for name in names}  # type: ignore[union-attr] # it matches the empty text
    stem = stems.pop() if len(stems) == 1 else ""
    return stem + "s" if stem else "inputs"
