"""Where a node was made: the units it belongs to, and under lines() the line of the caller's source that recorded it.

>>> place = Place("layer1.neuron1", Line("", 3, "c = a + b"))
>>> place, str(place.line)
('layer1.neuron1', 'line 3: c = a + b')
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

_ROOM = 60  # columns of a source line that are shown


class Line(NamedTuple):
    """A line of the caller's source: its text is empty where Python keeps none, and the file's name in the main program."""

    file: str
    number: int
    text: str

    def __str__(self) -> str:
        text = self.text if len(self.text) <= _ROOM else self.text[: _ROOM - 1] + "…"
        where = f"{self.file}, line {self.number}" if self.file else f"line {self.number}"
        return f"{where}: {text}" if text else where


class Place(str):
    """A place, which is a text, that knows a line as well. Its node needs no slot for it."""

    __slots__ = ("line",)
    line: Line

    def __new__(cls, units: str, line: Line) -> Self:
        place = super().__new__(cls, units)
        place.line = line
        return place

    def __reduce__(self) -> tuple[Any, ...]:
        return Place, (str(self), self.line)


def line_of(node: Any) -> Line | None:
    """Returns the line that recorded a node, if it was recorded inside `with lines():`; else None.

    >>> from chalkgrad.engine import Value
    >>> line_of(Value(2.0)) is None
    True
    """
    return getattr(getattr(node, "place", ""), "line", None)  # the seed of a sweep has no node
