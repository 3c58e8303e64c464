"""Comparisons that Python made while a graph was recorded: an `if` on a Value is not on the tape, so `recording()` notes it.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> with recording():
...     y = 2 * x if x > 0 else x
>>> x._rule.about([x])
'x > 0'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.leaves import Mark
from chalkgrad.engine.basics.modes import Entry, Mode, State, current, tick
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value


class Comparison(NamedTuple):
    """A fact: a node was compared with a Value or a number."""

    node: Value
    sign: str
    other: Any


class Decided(Mark):
    """The mark of a leaf on which comparisons under recording() depended: a program is checked by its leaves."""

    def __init__(self, leaf: Value) -> None:
        super().__init__(leaf.constant, isinstance(leaf._rule, Mark) and leaf._rule.forgot)
        self.comparisons: dict[str, list[range]] = {}  # and the times of the recordings in which they were made

    def about(self, nodes: Sequence[Value]) -> str:
        """Returns the comparison made while one of these nodes was recorded, or ""; if all are leaves, any comparison."""
        times = {node._clock for node in nodes if node._x is not None}
        for comparison, spans in self.comparisons.items():
            if not times or any(time in span for span in spans for time in times):
                return comparison
        return ""


class recording(Mode):  # noqa: N801 - a context manager
    """`with recording():` notes the comparisons that Python's `if`, `max` or `sorted` make of Values.

    What an `if` decides while a graph is recorded is not on the tape: a program of it would always take the same side.
    `program` raises where a comparison made under `recording()` depends on the program's inputs.

    >>> from chalkgrad.engine import program
    >>> x = Value(3.0, "x")
    >>> with recording():
    ...     y = 2 * x if x > 0 else x
    >>> program(y, inputs=[x])
    Traceback (most recent call last):
    ValueError: x > 0 was decided by Python while this was recorded, and depends on the input x: the tape has only the side \
that was taken. Write the choice as an operation (relu, maximum, or one of your own with choose(x > 0, this, that)), or \
compare plain numbers (x.data) if it is meant once and for all
    """

    __slots__ = ("_first",)

    def __init__(self) -> None:
        super().__init__()
        self._first: Entry | None = None  # of a generator, which is one recording, although it is left at each yield

    def change(self, state: State, entry: Entry) -> None:
        state.comparisons, state.since = entry.comparisons, entry.since

    def _new_entry(self) -> Entry:
        entry = super()._new_entry()
        entry.since = tick()  # so that nodes recorded inside have times of their own
        if self._first is not None:
            entry.since = self._first.since = self._first.since or entry.since
            entry.comparisons = self._first.comparisons
        return entry

    def _on_exit(self, entry: Entry) -> None:
        _note(entry.comparisons, entry.since)
        tick()
        if self._first is None:
            entry.comparisons.clear()  # or they would keep their graphs

    def _through_a_generator(self) -> Self:
        mode = super()._through_a_generator()
        mode._first = Entry(mode)
        return mode


def note_comparisons() -> None:
    """Marks the leaves on which the comparisons made so far under recording() depend."""
    state = current()
    if state.comparisons:
        _note(state.comparisons, state.since)
        state.comparisons.clear()


def _note(comparisons: list[tuple[Value, str, Any]], since: int) -> None:
    seen: set[Value] = set()
    for node, sign, other in comparisons:
        sides = [node, other] if isinstance(other, Value) else [node]
        for leaf in order(sides, seen):
            if leaf._x is None:
                mark = leaf._rule if isinstance(leaf._rule, Decided) else Decided(leaf)
                span = range(since, modes.clock + 1)
                mark.comparisons.setdefault(say(Comparison(node, sign, other)), []).append(span)
                leaf._rule = mark


def renew(nodes: Sequence[Value], now: int) -> None:
    """Extends the marks of a graph's leaves to this time, at which its nodes are computed again."""
    for mark in [node._rule for node in nodes if isinstance(node._rule, Decided)]:
        comparison = mark.about(nodes)
        if comparison:
            mark.comparisons[comparison].append(range(now, now + 1))
