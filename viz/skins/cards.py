"""The skin of cards: name and expression, a rule, and a row for each of the numbers.

>>> shape_card(Card("e", "a·b", (CardRow("data", "-6", "data"),))).inline
True
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import BASELINE, Box, Curve, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.picture import Card, CardRow, Direction
from chalkgrad.viz.skins.shapes import (
    BORDER,
    BOX_LINE,
    EXPRESSION,
    NAME,
    NUMBER_LIMIT,
    REMARK,
    VALUE,
    VALUE_LIMIT,
    box_shapes,
    box_width,
    fitting_title,
)
from chalkgrad.viz.skins.skin import Skin

# Line heights, and the space around and between things.
TITLE_HEIGHT, EXPRESSION_HEIGHT, ROW_HEIGHT = 34, 23, 26
PADDING, BOTTOM = 10, 5
GAP = 22  # between a row's name and its number: wide enough that a font broader than Arial still leaves a gap

STACKED = 8  # a card for several values looks like a stack: how far the cards behind stick out

STEP = 8  # widths are multiples of it: cards that differ by a digit line up

# Corners distinguish the kinds without colour: leaves are square, computed values rounded, the root has a double border.
LEAF_RADIUS, RADIUS = 2, 11


@dataclass(frozen=True)
class CardShape:
    """A card's size and the words that fit it; ``inline`` when name and expression share the first line."""

    width: int
    height: int
    name: str
    expression: tuple[str, ...]
    inline: bool
    rows: tuple[CardRow, ...]
    complete: bool  # whether the title is unshortened

    @property
    def title_height(self) -> int:
        """The height of everything above the rule."""
        return TITLE_HEIGHT + (0 if self.inline else EXPRESSION_HEIGHT * len(self.expression))


class Cards(Skin):
    """A card for each value, with everything on it; a stack of cards for several values."""

    name = "cards"
    tightens = False
    boxes = True

    def size(self, card: Card, direction: Direction) -> tuple[int, int]:
        """Returns the size of the card, with those behind it."""
        shape, behind = shape_card(card), STACKED if card.count > 1 else 0
        return shape.width + behind, shape.height + behind

    def room(self, card: Card, kind: str) -> float:
        """Returns what a row leaves beside its name."""
        names = (row.name for row in (*card.rows, *card.reserved) if row.kind == kind)
        name = max((fonts.width(text.clean(name), VALUE, bold=True) for name in names), default=0.0)
        return shape_card(card).width - 2 * PADDING - name - PADDING

    def shapes(self, card: Card, box: Box, colours: Theme, direction: Direction, *, fork: bool = False) -> Iterator[Shape]:
        """Draws the card: its outline, its title, its rows."""
        shape = shape_card(card)
        behind = STACKED if card.count > 1 else 0
        left, top = box.x - (shape.width + behind) / 2, box.y - (shape.height + behind) / 2
        faded, lit = "faded" in card.marks, "lit" in card.marks
        border = colours.outline(card.marks)
        weight = 2 * BORDER if lit else BORDER
        radius = LEAF_RADIUS if card.kind == "leaf" else RADIUS
        for aside in (behind, behind / 2) if behind else ():
            x, y = left + aside + 0.5, top + aside + 0.5
            yield Rect(x, y, shape.width - 1, shape.height - 1, radius, getattr(colours, card.kind), border, 1)
        for inset in (0, weight + 2) if card.kind == "root" else (0,):
            yield Rect(
                left + inset + weight / 2,
                top + inset + weight / 2,
                shape.width - 2 * inset - weight,
                shape.height - 2 * inset - weight,
                max(radius - inset, 2),
                getattr(colours, card.kind),
                border,
                weight if not inset else 1,
                "stale" in card.marks and not inset,
            )
        full = "" if shape.complete else text.clean(card.title)
        yield from _title(shape, left + shape.width / 2, top, colours.dim if faded else colours.ink, full)
        y = top + BORDER + shape.title_height
        if shape.rows:
            inset = weight + (3 if card.kind == "root" else 0)
            start, end = (left + inset, y), (left + shape.width - inset, y)
            yield Curve((start, start, end, end), border, 1)
        y += 1
        for row in shape.rows:
            missing, high = row.kind == "missing", row_height(row)
            baseline = y + high / 2 + BASELINE * VALUE
            name_size, value_size = row_sizes(row)
            name = Run(row.name, name_size, True, colours.row(row.kind, faded=faded or (not row.value and missing)))
            value = Run(row.value, value_size, not missing, colours.row(row.kind, faded=faded or missing))
            yield TextLine(left + PADDING, baseline, "start", (name,), kind="" if row.value or row.room else row.kind)
            if row.room:
                x = left + shape.width - PADDING - box_width(row.room) / 2
                yield from box_shapes(x, y + high / 2, row.room, row.value, colours, pill=row.kind == "grad", kind=row.kind)
            elif row.value:
                yield TextLine(left + shape.width - PADDING, baseline, "end", (value,), kind=row.kind)
            y += high


def _title(shape: CardShape, x: float, top: float, ink: str, full: str) -> Iterator[Shape]:
    runs = [Run(shape.name, NAME, True, ink)]
    if shape.expression:
        runs.append(Run(f" = {shape.expression[0]}" if shape.inline else " =", EXPRESSION, False, ink))
    yield TextLine(x, top + BORDER + TITLE_HEIGHT / 2 + BASELINE * NAME, "middle", tuple(runs), full, kind="name")
    if not shape.inline:
        y = top + BORDER + TITLE_HEIGHT + EXPRESSION_HEIGHT / 2 + BASELINE * EXPRESSION - 3
        for line in shape.expression:
            yield TextLine(x, y, "middle", (Run(line, EXPRESSION, False, ink),), full, kind="expression")
            y += EXPRESSION_HEIGHT


def shape_card(card: Card) -> CardShape:
    """Returns the size of ``card`` and the words that fit it."""
    name, expression, inline, complete = fitting_title(card, NAME, EXPRESSION)
    name_width = fonts.width(name, NAME, bold=True)
    if inline:
        title_width = name_width + fonts.width(f" = {expression[0]}" if expression else "", EXPRESSION)
    else:
        after = fonts.width(" =", EXPRESSION)
        title_width = max(name_width + after, *(fonts.width(line, EXPRESSION) for line in expression))
    rows = tuple(
        CardRow(
            text.shorten(text.clean(row.name), row_sizes(row)[0], bold=True, limit=VALUE_LIMIT),
            text.shorten(text.clean(row.value), row_sizes(row)[1], bold=True, limit=NUMBER_LIMIT),
            row.kind,
            row.room,
        )
        for row in card.rows
    )
    row_width = max(map(_row_width, (*rows, *card.reserved)), default=0)
    shape = CardShape(
        width=STEP * ceil((max(title_width, row_width) + 2 * PADDING) / STEP),
        height=0,
        name=name,
        expression=expression,
        inline=inline,
        rows=rows,
        complete=complete,
    )
    height = shape.title_height + sum(map(row_height, rows)) + BOTTOM + 2 * BORDER
    return CardShape(**(vars(shape) | {"height": height + height % 2}))


def row_height(row: CardRow) -> int:
    """Returns the height of a row."""
    return BOX_LINE if row.room else ROW_HEIGHT


def row_sizes(row: CardRow) -> tuple[int, int]:
    """Returns the font sizes of a row's name and of its value."""
    if row.kind == "note" or (row.kind == "missing" and not row.value):
        return REMARK, REMARK
    return VALUE, REMARK if row.kind == "missing" else VALUE


def _row_width(row: CardRow) -> float:
    name_size, value_size = row_sizes(row)
    gap = GAP * value_size / VALUE if row.value else 0
    if row.room:
        return fonts.width(row.name, name_size, bold=True) + GAP + box_width(row.room)
    return fonts.width(row.name, name_size, bold=True) + gap + fonts.width(row.value, value_size, bold=row.kind != "missing")
