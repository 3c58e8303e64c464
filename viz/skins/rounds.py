"""The skin of edges, after Olah's "Calculus on Computational Graphs": small round nodes, and large numbers on the edges.

>>> from chalkgrad.viz.pictures.picture import CardRow
>>> shape = shape_round(Card("e", "c·d", (CardRow("e", "6", "data"),)))
>>> shape.lines[0][0].words, shape.lines[1][0].words
('e', 'e = 6')
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal

from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.pictures.picture import Card, CardRow
from chalkgrad.viz.skins.shapes import NAME, REMARK, TITLE_LIMIT, VALUE, fitting_title

LINE = 29  # from one line to the next
EXPRESSION = 20
MARGIN = 7  # between the words and the outline


@dataclass(frozen=True)
class Words:
    """Words of one kind; the kind decides the colour."""

    words: str
    size: int
    bold: bool
    kind: Literal["title", "data", "grad", "missing", "count", "note"]


@dataclass(frozen=True)
class RoundShape:
    """The size of an ellipse and the lines that fit it, each with words of one kind or two."""

    width: int
    height: int
    lines: tuple[tuple[Words, ...], ...]
    complete: bool


def shape_round(card: Card) -> RoundShape:
    """Returns the size of ``card`` as a round node, and the words that fit."""
    name, expression, inline, complete = fitting_title(card, NAME, EXPRESSION)
    lines: list[tuple[Words, ...]] = []
    if expression or card.count > 1 or not any(row.kind == "data" for row in card.rows):  # a leaf is named by its data row
        after = "" if not expression else f" = {expression[0]}" if inline else " ="
        lines.append((Words(name, NAME, True, "title"), Words(after, EXPRESSION, False, "title"))[: 1 + bool(after)])
        lines += [(Words(line, EXPRESSION, False, "title"),) for line in expression[inline:]]
    lines += [(_row(row),) for row in card.rows]
    others = [_row(row) for row in card.reserved]
    height = max(2 * ceil(LINE * len(lines) * 0.72), 2 * 32)
    radius, widest = height / 2 - 5, 0.0  # inside the double outline of a root
    for n, line in enumerate(lines):
        reach = abs((n - (len(lines) - 1) / 2) * LINE) + line[0].size * 0.45
        space = (1 - min(reach / radius, 0.95) ** 2) ** 0.5
        grad = line[0].kind in ("grad", "missing")
        alike = (words for words in others if words.kind == line[0].kind or (grad and words.kind in ("grad", "missing")))
        wide = max(map(_width, (line, *((words,) for words in alike))))
        widest = max(widest, wide / space)
    return RoundShape(max(2 * ceil(widest / 2 + MARGIN), height), height, tuple(lines), complete)


def _row(row: CardRow) -> Words:
    """Returns the line for a row; a long name is shortened, a number never."""
    size = VALUE if row.kind in ("data", "grad") else REMARK
    name = text.shorten(text.clean(row.name), size, bold=True, limit=TITLE_LIMIT)
    sign = " = " if row.kind in ("data", "grad") else " "
    return Words(f"{name}{sign}{text.clean(row.value)}" if row.value else name, size, row.kind != "missing", row.kind)


def _width(line: tuple[Words, ...]) -> float:
    return sum(fonts.width(part.words, part.size, bold=part.bold) for part in line)
