"""The skin of edges, after Olah's "Calculus on Computational Graphs": small round nodes, and large numbers on the edges.

>>> from chalkgrad.viz.pictures.picture import CardRow
>>> shape = shape_round(Card("e", "c·d", (CardRow("e", "6", "data"),)))
>>> shape.lines[0][0].words, shape.lines[1][0].words
('e', 'e = 6')
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, cos, pi, sin
from typing import Literal

from chalkgrad.engine import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import BASELINE, KAPPA, Box, Curve, Point, Polygon, Run, Shape, TextLine
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.picture import Card, CardRow, Direction
from chalkgrad.viz.skins.shapes import (
    BORDER,
    BOX,
    BOX_GAP,
    BOX_LINE,
    NAME,
    REMARK,
    TITLE_LIMIT,
    VALUE,
    box_shapes,
    box_width,
    fitting_title,
)
from chalkgrad.viz.skins.skin import Skin

LINE = 29  # from one line to the next
EXPRESSION = 20
MARGIN = 7  # between the words and the outline


@dataclass(frozen=True)
class Words:
    """Words of one kind; the kind decides the colour."""

    words: str
    size: int
    bold: bool
    kind: Literal["name", "expression", "data", "grad", "missing", "count", "note"]
    room: int = 0  # of the box behind them, in characters
    answer: str = ""


@dataclass(frozen=True)
class RoundShape:
    """The size of an ellipse and the lines that fit it, each with words of one kind or two."""

    width: int
    height: int
    lines: tuple[tuple[Words, ...], ...]
    complete: bool


class Edges(Skin):
    """A small round node for each value, with its equations; local derivatives stand large on the edges."""

    name = "edges"
    reasons = False
    shows = ("data", "local")
    round = True
    boxes = True
    label_size, label_line = 22, 26

    def size(self, card: Card, direction: Direction) -> tuple[int, int]:
        """Returns the axes of the ellipse."""
        shape = shape_round(card)
        return shape.width, shape.height

    def shapes(self, card: Card, box: Box, colours: Theme, direction: Direction, *, fork: bool = False) -> Iterator[Shape]:
        """Draws the round node with its words."""
        shape = shape_round(card)
        faded, lit = "faded" in card.marks, "lit" in card.marks
        border = colours.outline(card.marks)
        weight = 4 if lit else BORDER
        yield Polygon(_around(box, 0), getattr(colours, card.kind))
        yield Curve(_ellipse(box, weight / 2), border, weight, "stale" in card.marks)
        if card.kind == "root":
            yield Curve(_ellipse(box, weight + 3), border, 1)
        hover = "" if shape.complete else text.clean(card.title)
        heights = [*map(_height, shape.lines)]
        y = box.y + (heights[0] - sum(heights)) / 2
        for line, high, below in zip(shape.lines, heights, [*heights[1:], 0], strict=True):
            if line[0].room:
                yield from _boxed(line[0], box.x, y, colours, faded=faded)
                y += (high + below) / 2
                continue
            runs = tuple(Run(part.words, part.size, part.bold, colours.words(part.kind, faded=faded)) for part in line)
            yield TextLine(box.x, y + BASELINE * line[0].size, "middle", runs, hover, kind=line[0].kind)
            y += (high + below) / 2

    def data_title(self, name: str) -> str:
        """Returns the name, because a row is an equation."""
        return name

    def grad_title(self, name: str, of: str) -> str:
        """Returns the gradient in symbols, if it is known what of."""
        return words.total(of, name) if of else super().grad_title(name, of)

    def local(self, node: Value, slot: int, names: Mapping[Value, str], digits: int) -> str:
        """Returns a local derivative without its reason: `∂e/∂c = 2`."""
        return f"{words.local(node, slot, names)} = {words.number(node.partials[slot], digits)}"


def shape_round(card: Card) -> RoundShape:
    """Returns the size of ``card`` as a round node, and the words that fit."""
    name, expression, inline, complete = fitting_title(card, NAME, EXPRESSION)
    lines: list[tuple[Words, ...]] = []
    if expression or card.count > 1 or not any(row.kind == "data" for row in card.rows):  # a leaf is named by its data row
        after = "" if not expression else f" = {expression[0]}" if inline else " ="
        lines.append((Words(name, NAME, True, "name"), Words(after, EXPRESSION, False, "expression"))[: 1 + bool(after)])
        lines += [(Words(line, EXPRESSION, False, "expression"),) for line in expression[inline:]]
    lines += [(_row(row),) for row in card.rows]
    others = [_row(row) for row in card.reserved]
    heights = [*map(_height, lines)]
    height = max(2 * ceil(sum(heights) * 0.72), 2 * 32)
    radius, widest = height / 2 - 5, 0.0  # inside the double outline of a root
    for n, line in enumerate(lines):
        middle = sum(heights[:n]) + (heights[n] - sum(heights)) / 2
        reach = abs(middle) + (BOX / 2 if line[0].room else line[0].size * 0.45)
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
    if row.room:
        return Words(f"{name} =", size, True, row.kind, row.room, text.clean(row.value))
    return Words(f"{name}{sign}{text.clean(row.value)}" if row.value else name, size, row.kind != "missing", row.kind)


def _width(line: tuple[Words, ...]) -> float:
    boxes = sum(BOX_GAP + box_width(part.room) for part in line if part.room)
    return sum(fonts.width(part.words, part.size, bold=part.bold) for part in line) + boxes


def _height(line: tuple[Words, ...]) -> int:
    return BOX_LINE if line[0].room else LINE


def _boxed(line: Words, x: float, y: float, colours: Theme, *, faded: bool) -> Iterator[Shape]:
    """Draws words and the box behind them, around the middle of their line."""
    width, box = _width((line,)), box_width(line.room)
    run = Run(line.words, line.size, line.bold, colours.words(line.kind, faded=faded))
    yield TextLine(x - width / 2, y + BASELINE * line.size, "start", (run,), kind="")
    yield from box_shapes(x + (width - box) / 2, y, line.room, line.answer, colours, pill=line.kind == "grad", kind=line.kind)


def _around(box: Box, inset: float, corners: int = 48) -> tuple[Point, ...]:
    """Returns an ellipse as a polygon."""
    angles = (2 * pi * n / corners for n in range(corners))
    a, b = box.width / 2 - inset, box.height / 2 - inset
    return tuple((box.x + a * cos(angle), box.y + b * sin(angle)) for angle in angles)


def _ellipse(box: Box, inset: float) -> tuple[Point, ...]:
    """Returns an ellipse as four Bézier curves."""
    a, b = box.width / 2 - inset, box.height / 2 - inset
    k = KAPPA
    corners = ((1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k), (-1, 0), (-1, -k), (-k, -1), (0, -1), (k, -1), (1, -k), (1, 0))
    return tuple((box.x + a * x, box.y + b * y) for x, y in corners)
