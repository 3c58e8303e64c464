"""What all skins have in common: font sizes, titles, and how large labels and places' names are and what fits.

The unit is the point, 1/72 inch, everywhere in viz: Graphviz's unit, and one pixel of an SVG at its natural size.

>>> shape_label(Edge(0, 1, (EdgeLine("∂e/∂a = b = -3", "local"),))).height
27
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil

from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import BASELINE, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.picture import Card, Edge, EdgeLine

# Font sizes. On a 16:9 slide a picture of four levels comes out with VALUE near 3.5 % of the slide's height.
NAME, EXPRESSION, VALUE, LABEL, PLACE = 24, 18, 20, 17, 17
REMARK = 16  # words in place of a number: "not computed", "constant", "stale: …"

# Line heights, lines, and the space around things.
LABEL_HEIGHT = 21
BORDER = 2
LABEL_MARGIN = 3  # around a label
BAR_SPACE = 20  # left and right of the label of a wire with a bar across it

# Boxes to fill in: a line that has one is so high, and it stands so far behind the words before it.
BOX, BOX_PADDING, BOX_RADIUS, BOX_BORDER = 32, 8, 5, 1.5
BOX_LINE, BOX_GAP = 38, 8

# The greatest widths of a title, a number and a label; wider ones are wrapped or shortened.
TITLE_LIMIT, VALUE_LIMIT, LABEL_LIMIT, PLACE_LIMIT = 220, 170, 160, 300
BRACKET_LIMIT = 250  # of what stands in brackets within a label, which is not broken
NUMBER_LIMIT = 320  # enough for 17 digits, a sign and an exponent
EXPRESSION_LINES, LABEL_LINES = 3, 3


@dataclass(frozen=True)
class LabelShape:
    """A label's size, including its margin, and its lines, none of them too wide."""

    width: int
    height: int
    lines: tuple[EdgeLine, ...]
    size: int = LABEL
    line_height: int = LABEL_HEIGHT

    def width_of(self, line: EdgeLine) -> float:
        """Returns the width of a line, with its box."""
        return _line_width(line, self.size)


def fitting_title(card: Card, name_size: int, expression_size: int) -> tuple[str, tuple[str, ...], bool, bool]:
    """Returns the name of ``card``, its expression's lines, whether both share a line, and whether nothing was shortened."""
    full_name, full_expression = text.clean(card.name), text.clean(card.expression)
    name = text.shorten(full_name, name_size, bold=True, limit=TITLE_LIMIT)
    if not full_expression:
        return name, (), True, name == full_name
    together = fonts.width(name, name_size, bold=True) + fonts.width(f" = {full_expression}", expression_size)
    if together <= TITLE_LIMIT:
        return name, (full_expression,), True, name == full_name
    space = TITLE_LIMIT - fonts.width(" =", expression_size)
    name = text.shorten(full_name, name_size, bold=True, limit=space)
    lines = text.wrap(full_expression, expression_size, bold=False, limit=TITLE_LIMIT, lines=EXPRESSION_LINES)
    return name, lines, False, name == full_name and " ".join(lines) == full_expression


@lru_cache(4096)  # the layout, the places of labels and the drawing ask for the same one
def shape_label(edge: Edge, size: int = LABEL, line_height: int = LABEL_HEIGHT) -> LabelShape | None:
    """Returns the size and the lines of the label of ``edge``; None if it has no label. A number is never shortened."""
    lines: list[EdgeLine] = []
    for line in edge.lines:
        if line.room:  # a symbol and a box, which are not parted
            lines.append(replace(line, text=text.clean(line.text)))
            line_height = max(line_height, BOX_LINE)
            continue
        words = text.clean(line.text)
        number = f"= {words.rpartition(' = ')[2]}"
        limit = max(label_limit(words, size), min(fonts.width(number, size, bold=True), NUMBER_LIMIT))
        lines += (EdgeLine(part, line.kind) for part in text.wrap(words, size, bold=True, limit=limit, lines=LABEL_LINES))
    if not lines:
        return None
    widest = max(_line_width(line, size) for line in (*lines, *edge.reserved))
    margin = LABEL_MARGIN + (BAR_SPACE if "dead" in edge.marks else 0)
    width, height = 2 * ceil(widest / 2) + 2 * margin, line_height * len(lines) + 2 * LABEL_MARGIN
    return LabelShape(width, height, tuple(lines), size, line_height)


def _line_width(line: EdgeLine, size: int) -> float:
    width = fonts.width(text.clean(line.text), size, bold=True)
    return width + BOX_GAP + box_width(line.room) if line.room else width


def box_width(room: int) -> int:
    """Returns the width of a box for ``room`` characters; no number is wider than as many zeros."""
    return 2 * ceil(room * fonts.width("0", VALUE, bold=True) / 2) + 2 * BOX_PADDING


def box_shapes(x: float, y: float, room: int, answer: str, colours: Theme, *, pill: bool, kind: str) -> Iterator[Shape]:
    """Draws a box around this middle, for ``room`` characters, with the answer in it, if there is one; a pill is dashed."""
    width, radius = box_width(room), BOX / 2 if pill else BOX_RADIUS
    fill = colours.key_ground if answer else colours.page
    yield Rect(x - width / 2, y - BOX / 2, width, BOX, radius, fill, colours.border, BOX_BORDER, pill)
    if answer:
        yield TextLine(x, y + BASELINE * VALUE, "middle", (Run(text.clean(answer), VALUE, True, colours.key),), kind=kind)


def label_limit(words: str, size: float) -> float:
    """Returns how wide the lines of a label with these words may be: wide enough for what stands in brackets."""
    usual, longest = LABEL_LIMIT * size / LABEL, text.longest_part(words, size, bold=True)
    return longest if usual < longest <= BRACKET_LIMIT * size / LABEL else usual


def shape_place(name: str) -> tuple[int, int, str]:
    """Returns the width and the height of a place's label, and the words that fit."""
    words = text.shorten(text.clean(name), PLACE, bold=True, limit=PLACE_LIMIT)
    return 2 * ceil(fonts.width(words, PLACE, bold=True) / 2) + 8, LABEL_HEIGHT, words
