"""The inputs of a program: Values and lists of them, read as groups of leaves of the tape.

>>> from chalkgrad.engine import Value, program
>>> w, x = [Value(2.0, "w1"), Value(3.0, "w2")], Value(1.0, "x")
>>> program(w[0] * x + w[1], inputs=[w, x]).inputs
(LeafGroup(name='w', members=(0, 3), single=False), LeafGroup(name='x', members=(1,), single=True))
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine.value import Value
from chalkgrad.engine.words.caller import variables_of_caller


class LeafGroup(NamedTuple):
    """One argument of the compiled function: a Value, or a list of them."""

    name: str
    members: tuple[int, ...]  # the numbers of its leaves
    single: bool  # a Value by itself, not a list


class Leaves:
    """The leaves of a program by number, to read what its caller lists.

    Args:
        numbers: the leaves, with their numbers on the tape
        names: the name of every node
        root: the name of what is computed, for error messages
    """

    def __init__(self, numbers: Mapping[Value, int], names: Sequence[str], root: str) -> None:
        self.numbers, self.names, self.root = numbers, names, root

    def groups(self, entries: Any, what: str) -> tuple[LeafGroup, ...]:
        """Turns Values and lists of Values into groups; `what` is the option they were given as.

        Raises TypeError and ValueError for anything that is not a leaf of this tape.
        """
        if isinstance(entries, Value) or not isinstance(entries, Iterable):
            raise TypeError(f"{what} is a list of leaves, or of lists of leaves, such as {what}=[w, x], not {entries!r}")
        entries = list(entries)
        lists = variables_of_caller(entry for entry in entries if not isinstance(entry, Value))
        return tuple([self._group(entry, what, lists.get(id(entry), "")) for entry in entries])

    def _group(self, entry: Any, what: str, variable: str) -> LeafGroup:
        single = isinstance(entry, Value)
        leaves = [entry] if single else list(entry) if isinstance(entry, Iterable) else []
        if not leaves or not all(isinstance(leaf, Value) for leaf in leaves):
            raise TypeError(f"each of {what} is a Value or a list of Values, and one is {entry!r}")
        members = tuple([self._number(leaf, what) for leaf in leaves])
        names = [self.names[i] for i in members]
        return LeafGroup(names[0] if single else variable or _stem(names), members, single)

    def _number(self, leaf: Value, what: str) -> int:
        if leaf.parents:
            raise ValueError(f"{leaf!r} is computed, and {what} are leaves")
        if leaf not in self.numbers:
            raise ValueError(
                f"{leaf!r} is among the {what}, but {self.root} was not computed from it: numbers "
                "given to a model become leaves of their own, so give it the Values that are to be the inputs"
            )
        return self.numbers[leaf]

    def refuse_repeated(self, inputs: Sequence[LeafGroup]) -> None:
        """Raises ValueError if a leaf is among the inputs twice."""
        seen: set[int] = set()
        repeated: set[int] = set()
        for group in inputs:
            for i in group.members:
                (repeated if i in seen else seen).add(i)
        if repeated:
            raise ValueError(
                f"the inputs of a program are different leaves, and {self.names[min(repeated)]} is among them twice"
            )

    def refuse_foreign(self, wrt: Sequence[LeafGroup], inputs: Sequence[LeafGroup]) -> None:
        """Raises ValueError if adjoints are wanted with respect to what is not one of the inputs, or a part of one."""
        for group in wrt:
            if not any(set(group.members) <= set(argument.members) for argument in inputs):
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
        return [node for node in nodes if not node.parents and not node.constant]
    return list(inputs) if isinstance(inputs, Iterable) and not isinstance(inputs, Value) else inputs


def unused(inputs: Any, tape: Iterable[Value]) -> list[Value]:
    """Returns the leaves that are not on the tape themselves, but stand in a list with one that is.

    They are parameters of a model that do not matter for its output, and their adjoints are 0.
    """
    used = set(tape)
    lists = [entry for entry in inputs if isinstance(entry, (list, tuple))] if isinstance(inputs, list) else []
    found = [
        leaf
        for entry in lists
        if any(isinstance(leaf, Value) and leaf in used for leaf in entry)
        for leaf in entry
        if isinstance(leaf, Value) and leaf not in used and not leaf.parents
    ]
    return list(dict.fromkeys(found))


def _stem(names: Sequence[str]) -> str:
    """Returns a name for a list that no variable holds: the letters that its names begin with, as a plural, or `inputs`."""
    stems = {re.match(r"[^\W\d_]*", name).group() for name in names}  # type: ignore[union-attr] # it matches the empty text
    stem = stems.pop() if len(stems) == 1 else ""
    return stem + "s" if stem else "inputs"
