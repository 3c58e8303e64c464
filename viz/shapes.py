"""How large a card and a label are, and which of their words fit: the one place where text becomes measure.

The unit is the point, 1/72 inch, everywhere in this room: Graphviz's unit, and one pixel of an SVG at its natural size.

>>> shape_card(Card("e", "a·b", (Row("data", "-6", "data"),))).inline
True
"""

from dataclasses import dataclass
from math import ceil

from chalkgrad.viz import fonts, text
from chalkgrad.viz.picture import Card, Edge, Line, Row

# Font sizes. On a 16:9 slide a picture of four levels comes out with VALUE near 3.5 % of the slide's height.
NAME, EXPRESSION, VALUE, LABEL, PLACE = 24, 18, 20, 17, 17
REMARK = 16  # what is no number: "not computed", "constant", "stale: …"

# Line heights, and the room around and between things.
TITLE_HEIGHT, EXPRESSION_HEIGHT, ROW_HEIGHT, LABEL_HEIGHT = 34, 23, 26, 21
PADDING, BORDER, BOTTOM = 10, 2, 5
LABEL_MARGIN = 3  # around a label
GAP = 22  # between a row's name and its number: wide enough that a font broader than Arial still leaves a gap

STEP = 8  # widths are multiples of it: cards that differ by a digit line up

# The widest a title, a number and a label may be before they are wrapped or shortened.
TITLE_LIMIT, VALUE_LIMIT, LABEL_LIMIT, PLACE_LIMIT = 220, 170, 160, 300
EXPRESSION_LINES, LABEL_LINES = 3, 3


@dataclass(frozen=True)
class CardShape:
    """A card's size and the words that fit it; ``inline`` when name and expression share the first line."""

    width: int
    height: int
    name: str
    expression: tuple[str, ...]
    inline: bool
    rows: tuple[Row, ...]
    complete: bool  # whether every word of the title is there

    @property
    def title_height(self) -> int:
        """The height of everything above the rule."""
        return TITLE_HEIGHT + (0 if self.inline else EXPRESSION_HEIGHT * len(self.expression))


@dataclass(frozen=True)
class LabelShape:
    """A label's size, margin included, and its lines, none of them too wide."""

    width: int
    height: int
    lines: tuple[Line, ...]


def shape_card(card: Card) -> CardShape:
    """The size and the fitting words of ``card``."""
    full_name, full_expression = text.clean(card.name), text.clean(card.expression)
    name = text.shorten(full_name, NAME, bold=True, limit=TITLE_LIMIT)
    name_width = fonts.width(name, NAME, bold=True)
    expression: tuple[str, ...] = ()
    inline = True
    title_width = name_width
    if full_expression:
        together = name_width + fonts.width(f" = {full_expression}", EXPRESSION)
        inline = together <= TITLE_LIMIT
        if inline:
            expression, title_width = (full_expression,), together
        else:
            name = text.shorten(full_name, NAME, bold=True, limit=TITLE_LIMIT - fonts.width(" =", EXPRESSION))
            expression = text.wrap(full_expression, EXPRESSION, bold=False, limit=TITLE_LIMIT, lines=EXPRESSION_LINES)
            title_width = max(
                fonts.width(name, NAME, bold=True) + fonts.width(" =", EXPRESSION),
                *(fonts.width(line, EXPRESSION) for line in expression),
            )
    rows = tuple(
        Row(
            text.shorten(text.clean(row.name), row_sizes(row)[0], bold=True, limit=VALUE_LIMIT),
            text.shorten(text.clean(row.value), row_sizes(row)[1], bold=True, limit=VALUE_LIMIT),
            row.kind,
        )
        for row in card.rows
    )
    row_width = max(map(_row_width, (*rows, *card.room)), default=0)
    shape = CardShape(
        width=STEP * ceil((max(title_width, row_width) + 2 * PADDING) / STEP),
        height=0,
        name=name,
        expression=expression,
        inline=inline,
        rows=rows,
        complete=name == full_name and " ".join(expression) == full_expression,
    )
    height = shape.title_height + ROW_HEIGHT * len(rows) + BOTTOM + 2 * BORDER
    return CardShape(**(vars(shape) | {"height": height + height % 2}))


def row_sizes(row: Row) -> tuple[int, int]:
    """The font sizes of a row's name and of its value."""
    if row.kind == "note" or (row.kind == "missing" and not row.value):
        return REMARK, REMARK
    return VALUE, REMARK if row.kind == "missing" else VALUE


def _row_width(row: Row) -> float:
    name_size, value_size = row_sizes(row)
    gap = GAP * value_size / VALUE if row.value else 0
    return fonts.width(row.name, name_size, bold=True) + gap + fonts.width(row.value, value_size, bold=row.kind != "missing")


def shape_label(edge: Edge) -> LabelShape | None:
    """The size and the fitting lines of what stands beside ``edge``; None if nothing does."""
    lines = tuple(
        Line(part, line.kind)
        for line in edge.lines
        for part in text.wrap(text.clean(line.text), LABEL, bold=True, limit=LABEL_LIMIT, lines=LABEL_LINES)
    )
    if not lines:
        return None
    widest = max(fonts.width(line.text, LABEL, bold=True) for line in lines)
    return LabelShape(2 * ceil(widest / 2) + 2 * LABEL_MARGIN, LABEL_HEIGHT * len(lines) + 2 * LABEL_MARGIN, lines)


def shape_place(name: str) -> tuple[int, int, str]:
    """The width, the height and the fitting words of a place's label."""
    words = text.shorten(text.clean(name), PLACE, bold=True, limit=PLACE_LIMIT)
    return 2 * ceil(fonts.width(words, PLACE, bold=True) / 2) + 8, LABEL_HEIGHT, words
