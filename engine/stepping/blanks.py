"""What a table or a drawing leaves out, for others to fill in: one meaning of `blanks` for both.

>>> from chalkgrad.engine import Value
>>> a, b = Value(-4.0, "a"), Value(2.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> blanks = blanks_of(e.tape(), "values")
>>> blanks.has("values", c), blanks.has("values", a), blanks.has("gradients", c)
(True, False, False)
>>> blanks.written("values", c), blanks.width("values")
('-2', 4)
>>> blanks_of(e.tape(), {"c": "gradients", "b": ["values", "gradients"]}).has("gradients", b)
True
>>> blanks_of(e.tape(), {"gradients": 6}).width("gradients")
6
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from chalkgrad.engine.basics.absent import closest
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.stepping.grads import Grads
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import described, number, read_by, reads_its_own
from chalkgrad.engine.words.names import value_of

KINDS = ("values", "locals", "contributions", "gradients")
ALL = "all"  # of these
LEAST = 4  # characters, which a hand needs; an answer of one digit is not told by its box

Kinds = str | Iterable[str] | Mapping[str, int]  # one, several, or several with the widths of their boxes in characters
Asked = Kinds | Mapping[Value, Kinds] | Mapping[str, Kinds] | Mapping[Value | str, Kinds]  # for all values, or value by value


class Blanks:
    """The cells of a tape that are left out, the right answers, and how wide their boxes are.

    The answers are those of the whole backward pass from the root, with the gradient that its sweep began with, whether it has
    run or not.
    """

    def __init__(self, tape: Tape, cells: Mapping[str, Mapping[Value, None]], widths: Mapping[str, int], digits: int) -> None:
        self.tape, self.digits = tape, digits
        self._cells, self._given = cells, widths
        self._widths: dict[str, int] = {}

    def has(self, kind: str, node: Value, slot: int | None = None) -> bool:
        """Whether this cell of `node` is left out; of a local derivative or a contribution, that on the edge to a parent."""
        return node in self._cells[kind] and (slot is None or not node.parents[slot].constant)

    def any(self, *kinds: str) -> bool:
        """Whether a cell of one of these kinds is left out."""
        return any(self._cells[kind] for kind in kinds)

    @property
    def asks_for_a_sweep(self) -> bool:
        """Whether gradients are to be found; then those that stand beside them are those of the whole backward pass, too."""
        return self.any("contributions", "gradients")

    def tells(self, node: Value, slot: int) -> bool:
        """Whether a local derivative would tell a value that is left out, because its formula reads it."""
        blank = self._cells["values"]
        return any(value in blank for value in (*read_by(node, slot), *([node] if reads_its_own(node, slot) else [])))

    def tells_by_gradient(self, node: Value) -> bool:
        """Whether a gradient that is not left out would tell what is: a local derivative it is computed with, or a value."""
        return node in self._told and not node.constant and not self.has("gradients", node)

    @cached_property
    def _told(self) -> set[Value]:
        found: set[Value] = set()
        for node in reversed(self.tape.nodes):
            for slot, parent in enumerate(node.parents):
                if node in found or self.has("locals", node, slot) or self.tells(node, slot):
                    found.add(parent)
        return found

    def bare(self, node: Value, slot: int) -> bool:
        """Whether what an edge carries would tell what is left out: a gradient at one of its ends, or its local derivative."""
        gradients, parent = self._cells["gradients"], node.parents[slot]
        return node in gradients or parent in gradients or parent in self._told

    @cached_property
    def seed(self) -> float:
        """The gradient of the root with which the backward pass begins."""
        grads = Grads(self.tape.nodes, self.tape.roots)
        return grads.seed(self.tape.roots[0]) if grads.roots else 1.0

    @cached_property
    def sweep(self) -> Sweep:
        """The whole backward pass."""
        return Sweep(self.tape.roots[0], upstream=self.seed)

    def answer(self, kind: str, node: Value, slot: int = 0) -> float:
        """Returns the right number in a cell."""
        if kind == "values":
            return node.data
        if kind == "gradients":
            return self.sweep.adjoints[node]
        return node.partials[slot] * (1.0 if kind == "locals" else self.sweep.adjoints[node])

    def written(self, kind: str, node: Value, slot: int = 0) -> str:
        """Returns the right number as it is written."""
        return number(self.answer(kind, node, slot), self.digits)

    def width(self, kind: str) -> int:
        """Returns how many characters a box of this kind holds: as many as were given, or as the widest answer has.

        Raises ValueError if fewer were given.
        """
        if kind not in self._widths:
            widest = max((len(self.written(kind, node, slot)) for node, slot in self._places(kind)), default=0)
            given = self._given.get(kind, max(LEAST, widest))
            if given < widest:
                raise ValueError(
                    f"the boxes for {kind} hold {amount(given, 'character')}, and an answer has {widest}: blanks says how many "
                    "the widest answer has"
                )
            self._widths[kind] = given
        return self._widths[kind]

    def _places(self, kind: str) -> Iterator[tuple[Value, int]]:
        for node in self._cells[kind]:
            if kind in ("values", "gradients"):
                yield node, 0
            else:
                yield from ((node, slot) for slot in range(len(node.parents)) if self.has(kind, node, slot))


def blanks_of(tape: Tape, asked: Asked, digits: int = 4) -> Blanks:
    """Returns what `asked` leaves out of `tape`.

    Args:
        tape: the values.
        asked: "values", "locals", "contributions", "gradients" (one or several), "all": of leaves the value stays, unless they
            are named; or a mapping from values, or their names, to the kinds that are left out of each. In place of several
            kinds a mapping says how wide their boxes are, in characters: {"values": 4, "gradients": 5}.
        digits: the significant digits of the answers.

    Raises:
        ValueError: another kind, a name that is not on the tape, a cell that a value does not have, or nothing is left out.
        TypeError: something else.
    """
    cells: dict[str, dict[Value, None]] = {kind: {} for kind in KINDS}
    widths: dict[str, int] = {}
    if isinstance(asked, Mapping) and not _are_widths(asked):
        for key, some in asked.items():
            node = value_of(key, tape.names)
            for kind in [kind for kind in KINDS if _has(node, kind)] if some == ALL else _kinds(some, widths):
                if not _has(node, kind):
                    raise ValueError(f"{described(node)} {_has_none(kind)}: leave {kind!r} out of its blanks")
                cells[kind][node] = None
    else:
        for kind in _kinds(asked, widths):
            cells[kind] = {node: None for node in tape if _has(node, kind) and (node.parents or kind != "values")}
    if not any(cells.values()):
        what = repr(asked) if isinstance(asked, (str, list, tuple)) else "what was given"
        raise ValueError(f"blanks, {what}, leaves nothing out here: there is no such cell, and {_known()}")
    if len(tape.roots) > 1 and (cells["contributions"] or cells["gradients"]):
        raise ValueError(f"gradients that are to be filled in are those of one root, and there are {len(tape.roots)}: take one")
    blanks = Blanks(tape, cells, widths, digits)
    for kind in widths:
        blanks.width(kind)
    return blanks


def _has_none(kind: str) -> str:
    if kind == "gradients":
        return "is a constant, and has no gradient"
    what = "has no local derivative" if kind == "locals" else "hands no gradient on"
    return f"is computed from nothing that takes a gradient, and {what}"


def _has(node: Value, kind: str) -> bool:
    """Whether a value has a cell of this kind."""
    if kind in ("locals", "contributions"):
        return any(not parent.constant for parent in node.parents)
    return kind == "values" or not node.constant


def _are_widths(asked: Mapping[Any, object]) -> bool:
    return any(isinstance(width, int) for width in asked.values())


def _kinds(some: object, widths: dict[str, int]) -> list[str]:
    """Returns the kinds in `some`, one of the three ways to give them; widths that it gives are added to `widths`."""
    if isinstance(some, Mapping):
        for kind, width in some.items():
            if isinstance(width, bool) or not isinstance(width, int) or width < 1:
                raise ValueError(f"the width of boxes is a number of characters, 1 or more, not {width!r}")
            widths[_kind(kind)] = max(width, widths.get(_kind(kind), 0))
        return [_kind(kind) for kind in some]
    if not isinstance(some, (str, Iterable)):
        raise TypeError(f"blanks says what is left out, and {_known()}; not {type(some).__name__} {some!r}")
    if some == ALL:
        return [*KINDS]
    return [_kind(kind) for kind in ((some,) if isinstance(some, str) else some)]


def _kind(kind: object) -> str:
    if isinstance(kind, str) and kind in KINDS:
        return kind
    if not isinstance(kind, str):
        raise TypeError(f"blanks says what is left out, and {_known()}; not {type(kind).__name__} {kind!r}")
    near = closest(kind, KINDS) or _CALLED.get(kind.lower().removeprefix("local ").removesuffix("s"), "")
    raise ValueError(f"there are no blanks {kind!r}{f', did you mean {near!r}?' if near else ':'} {_known()}")


_CALLED = {"data": "values", "grad": "gradients", "adjoint": "gradients", "derivative": "locals", "partial": "locals"}


def _known() -> str:
    return f"blanks takes {', '.join(map(repr, KINDS))} and {ALL!r}, or these by value"
