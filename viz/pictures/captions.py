"""What a caption says, before it has sizes and positions: lines of cells, and sums over paths.

>>> said = "1/2   e = a·b   ∂e/∂a = b = -3\\n      a.grad += 1 · (-3) = -3      0 → -3   complete"
>>> [line.cells for line in of_sentence(said).parts]
[('1/2', 'e = a·b', '∂e/∂a = b = -3'), ('a.grad += 1 · (-3) = -3', '0 → -3'), ('complete',)]
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from chalkgrad.engine.explaining.chain import Expansion, Parts
from chalkgrad.engine.words.manner import set_in_type

# How large a line is and how bold: running text; a sentence's reason, its punch line and its status; the rows of a longer one.
Role = Literal["text", "reason", "punch", "status", "why", "update"]

ROOM = 90  # columns of the text of an expansion
LINES = 8  # of a caption, at most

_GAP = re.compile(r" {2,}")
_NAME = re.compile(r"\w+(\.\w+)*")


@dataclass(frozen=True)
class Line:
    """Cells that stand beside each other in one line."""

    cells: tuple[str, ...]
    role: Role = "text"


Part = Line | Parts


class Caption(str):
    """A text below a picture; its parts say how it is set. A caption without parts is set line by line.

    A sum over paths takes at most so many lines as ``most`` says.

    >>> Caption("one\\n two").parts
    (Line(cells=('one',), role='text'), Line(cells=('two',), role='text'))
    """

    __slots__ = ("most", "parts")
    parts: tuple[Part, ...]
    most: int

    def __new__(cls, said: str = "", parts: Iterable[Part] = (), most: int = LINES) -> Caption:
        caption = super().__new__(cls, said)
        given = tuple(parts)
        caption.parts = given or tuple(Line((line.strip(),)) for line in said.splitlines() if line.strip())
        caption.most = most
        return caption


def parts_of(caption: str) -> tuple[Part, ...]:
    """Returns the parts of any text."""
    return caption.parts if isinstance(caption, Caption) else Caption(caption).parts


def shorter(caption: str) -> Iterator[str]:
    """Yields ``caption``, and then, if it has a sum over paths, the same with fewer and fewer lines for that.

    >>> from chalkgrad.engine import Value, chain_rule
    >>> a = Value(2.0, "a")
    >>> [getattr(one, "most", 0) for one in shorter(of_expansion(chain_rule((a + 1) * a, a)))]
    [8, 7, 6, 5, 4, 3, 2, 1]
    >>> [*shorter("any other")]
    ['any other']
    """
    yield caption
    if isinstance(caption, Caption) and any(isinstance(part, Parts) for part in caption.parts):
        for most in range(caption.most - 1, 0, -1):
            yield Caption(caption, _without_remarks(caption.parts), most)


def _without_remarks(parts: Iterable[Part]) -> Iterator[Part]:
    """Yields ``parts`` without the remarks on sums over paths."""
    remarks: set[str] = set()
    for part in parts:
        if isinstance(part, Parts):
            remarks = {line.strip() for remark in part.remarks for line in remark.split("\n")}
            yield part._replace(remarks=())
        elif not (len(part.cells) == 1 and part.cells[0] in remarks):
            yield part


def together(captions: Iterable[str]) -> Caption:
    """Returns captions below each other as one."""
    several = [caption for caption in captions if caption]
    return Caption("\n".join(several), (part for caption in several for part in parts_of(caption)))


def with_names_set(said: str, shown: Collection[str]) -> str:
    """Returns a text in which the names that a picture shows are set in type as they are there.

    >>> with_names_set("x2 → h1 is version v2", {"x₂", "h₁"})
    'x₂ → h₁ is version v2'
    """

    def name(word: re.Match[str]) -> str:
        written = set_in_type(word[0])
        return written if written in shown else word[0]

    return _NAME.sub(name, said)


def of_expansion(expansion: Expansion, digits: int = 4) -> Caption:
    """Returns the caption of a chain rule: a sum over paths, or what is said where there is none."""
    said = "\n".join(line.strip() for line in expansion.text(ROOM, digits).split("\n"))
    parts = expansion.parts(digits)
    if parts is None:
        return Caption(said)
    return Caption(said, (parts, *(Line((line.strip(),)) for remark in parts.remarks for line in remark.split("\n"))))


def of_sentence(said: str) -> Caption:
    """Returns the caption of a step: the reason, the punch line and the status of its sentence, or, of more, its rows."""
    rows = [tuple(_GAP.split(line.strip())) for line in said.split("\n") if line.strip()]
    text = "\n".join(line.strip() for line in said.split("\n"))
    if not rows:
        return Caption(text)
    first, *others = rows
    if not others:  # the seed, or a leaf of the forward pass
        lines = [Line(first[:1], "reason"), Line(first[1:], "punch")] if len(first) > 1 else [Line(first, "punch")]
    elif len(others) > 2:  # a node's edges at once
        lines = [Line(first, "reason"), *(Line(row, "update" if len(row) > 1 else "why") for row in others)]
    elif len(others) == len(others[0]) == 1:  # the forward pass
        lines = [Line(first, "punch"), Line(others[0], "status")]
    else:
        *why, (*update, status) = others  # of the one edge of a node the reason has a row of its own
        lines = [Line(first + sum(why, ()), "reason"), Line(tuple(update), "punch"), Line((status,), "status")]
    return Caption(text, lines)
