"""One operation: its value, its local derivatives, its domain and its notation, as trees. The table of them is rules.py.

>>> square = Rule("square", lambda x: x * x, [lambda v, x: 2 * x], None, inside=[(3,)])
>>> square.partials
(mul(2.0, x),)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chalkgrad.engine.formulas.notation import Notation, named
from chalkgrad.engine.formulas.trees import Argument, Call, Formula, Operand, Test, argument_names, trace

Lambda = Callable[..., Operand]

RULES: dict[str, Rule] = {}  # the table, which rules.py fills


class Rule:
    """One entry of the table; its formulas are trees in `x`, `y`, `z` and `v`.

    `lists` counts the list arguments of an operation of any length (affine has two), which come before the others.
    """

    def __init__(
        self,
        name: str,
        value: Lambda | None,
        d: Sequence[Lambda],
        notation: Notation | None,
        *,
        shown: Sequence[Lambda] = (),
        on_arrays: Sequence[Lambda] = (),
        domain: tuple[Callable[..., Test], str] | None = None,
        hint: str = "",
        kink: str = "",
        lists: int = 0,
        parameters: str = "",
        defaults: tuple[float, ...] = (),
        says: str = "",
        inside: Sequence[tuple[float, ...]],
        outside: Sequence[tuple[float, ...]] = (),
    ) -> None:
        self.name, self.notation, self.says, self.hint, self.kink = name, notation, says, hint, kink
        self.arguments = argument_names(len(d))
        self.value = Call(name, *map(Argument, self.arguments)) if value is None else trace(value, *self.arguments)
        self.partials = tuple(trace(p, "v", *self.arguments) for p in d)
        self.shown = tuple(trace(p, "v", *self.arguments) for p in shown or d)
        self.on_arrays = tuple(trace(p, "v", *self.arguments) for p in on_arrays) or self.partials
        self.primitive = value is None
        self.domain: Test | None = domain[0](*map(Argument, self.arguments)) if domain else None
        self.requires = domain[1] if domain else ""
        self.lists, self.defaults = lists, defaults
        self.parameters = tuple(parameters.split()) or self.arguments  # what the public function calls its arguments
        self.inside, self.outside = tuple(inside), tuple(outside)
        # Caches, kept here so that they are freed with an operation of one's own: compiled formulas (recording/computers.py)
        # and derivatives as operations, by argument (derivatives/graphs.py).
        self.computers: dict[tuple[tuple[bool, ...], bool], Callable[..., Any]] = {}
        self.derivatives: dict[int, Rule] = {}

    def length(self, count: int) -> int:
        """Returns the number of elements in each list argument if there are `count` arguments in all; 0 without lists."""
        return (count - len(self.arguments)) // self.lists + 1 if self.lists else 0

    def argument_at(self, count: int, position: int) -> tuple[int, int]:
        """Returns which argument, and which of its elements if it is a list, stands in a position among `count`."""
        length = self.length(count)
        listed = self.lists * length
        return (position // length, position % length) if position < listed else (position - listed + self.lists, 0)

    def position_of(self, count: int, which: int, element: int = 0) -> int:
        """Returns where an argument stands among `count`, or this element of it if it is a list; see `argument_at`."""
        length = self.length(count)
        return which * length + element if which < self.lists else which + self.lists * (length - 1)

    def __repr__(self) -> str:
        return f"<operation {self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        if RULES.get(self.name) is self:
            return from_table, (self.name,)
        return from_trees, (self.name, self.value, self.partials, self.shown)


def from_table(name: str) -> Rule:
    """Returns the table's entry of that name: a pickle holds the name instead of the formulas."""
    return RULES[name]


def from_trees(name: str, value: Formula, partials: Sequence[Formula], shown: Sequence[Formula]) -> Rule:
    """Returns an operation of one's own, an entry outside the table, from its formulas."""
    d, written_d = ([lambda *_, tree=tree: tree for tree in trees] for trees in (partials, shown))
    return Rule(name, lambda *_: value, d, named(name), shown=written_d, inside=())
