"""What all skins have in common: font sizes, titles, and how large labels, places' names and captions are and what fits.

The unit is the point, 1/72 inch, everywhere in viz: Graphviz's unit, and one pixel of an SVG at its natural size.

>>> shape_label(Edge(0, 1, (EdgeLine("∂e/∂a = b = -3", "local"),))).height
27
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.pictures.picture import Card, Edge, EdgeLine

# Font sizes. On a 16:9 slide a picture of four levels comes out with VALUE near 3.5 % of the slide's height.
NAME, EXPRESSION, VALUE, LABEL, PLACE = 24, 18, 20, 17, 17
REMARK = 16  # words in place of a number: "not computed", "constant", "stale: …"

# Line heights, lines, and the space around things.
LABEL_HEIGHT = 21
BORDER = 2
LABEL_MARGIN = 3  # around a label

# The greatest widths of a title, a number and a label; wider ones are wrapped or shortened.
TITLE_LIMIT, VALUE_LIMIT, LABEL_LIMIT, PLACE_LIMIT = 220, 170, 160, 300
NUMBER_LIMIT = 320  # enough for 17 digits, a sign and an exponent
EXPRESSION_LINES, LABEL_LINES = 3, 3

CAPTION = 0.034  # a caption's font size as a share of the height of the 16:9 slide that the picture fills
CAPTION_LINE, CAPTION_MARGIN = 1.3, 0.8  # multiples of the font size
CAPTION_LINES = 8


@dataclass(frozen=True)
class LabelShape:
    """A label's size, including its margin, and its lines, none of them too wide."""

    width: int
    height: int
    lines: tuple[EdgeLine, ...]
    size: int = LABEL
    line_height: int = LABEL_HEIGHT


@dataclass(frozen=True)
class CaptionShape:
    """A caption's font size, the width of a picture that it fits, and how many lines it then has."""

    size: int
    width: int
    lines: int


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


def shape_label(edge: Edge, size: int = LABEL, line_height: int = LABEL_HEIGHT) -> LabelShape | None:
    """Returns the size and the lines of the label of ``edge``; None if it has no label. A number is never shortened."""
    lines: list[EdgeLine] = []
    for line in edge.lines:
        words = text.clean(line.text)
        number = f"= {words.rpartition(' = ')[2]}"
        limit = max(LABEL_LIMIT * size / LABEL, min(fonts.width(number, size, bold=True), NUMBER_LIMIT))
        lines += (EdgeLine(part, line.kind) for part in text.wrap(words, size, bold=True, limit=limit, lines=LABEL_LINES))
    if not lines:
        return None
    widest = max(fonts.width(text.clean(line.text), size, bold=True) for line in (*lines, *edge.reserved))
    width, height = 2 * ceil(widest / 2) + 2 * LABEL_MARGIN, line_height * len(lines) + 2 * LABEL_MARGIN
    return LabelShape(width, height, tuple(lines), size, line_height)


def shape_place(name: str) -> tuple[int, int, str]:
    """Returns the width and the height of a place's label, and the words that fit."""
    words = text.shorten(text.clean(name), PLACE, bold=True, limit=PLACE_LIMIT)
    return 2 * ceil(fonts.width(words, PLACE, bold=True) / 2) + 8, LABEL_HEIGHT, words


def shape_caption(caption: str, width: float, height: float) -> CaptionShape | None:
    """Returns the shape of ``caption`` under a picture of this size: large enough to be read when both fill a slide.

    A caption wider than the picture widens it, up to the slide's proportions; beyond that it is wrapped.
    """
    said = [text.clean(line.strip()) for line in caption.splitlines() if line.strip()]
    if not said:
        return None
    size, space, lines = 0, 0, 0
    for _ in range(4):  # a caption of more lines makes the picture higher, and so its letters larger
        slide = max(width * 9 / 16, height + caption_height(lines, size))
        size = max(ceil(slide * CAPTION), VALUE)
        widest = max(fonts.width(line, size) for line in said) + 2 * CAPTION_MARGIN * size + 1
        space = ceil(max(width, min(widest, slide * 16 / 9)))
        lines = len(fitted_caption(caption, space, size))
    return CaptionShape(size, space, lines)


def fitted_caption(caption: str, width: float, size: int) -> tuple[str, ...]:
    """Returns the lines of ``caption`` in letters of ``size`` under a picture of ``width``; a very long caption is cut."""
    space = width - 2 * CAPTION_MARGIN * size
    said = [text.clean(line.strip()) for line in caption.splitlines() if line.strip()]
    lines = [part for line in said for part in _filled(line, size, space)]
    if len(lines) > CAPTION_LINES:
        cut = f"{lines[CAPTION_LINES - 1]} {lines[CAPTION_LINES]}"  # too long, so that an ellipsis ends it
        lines[CAPTION_LINES - 1 :] = [text.shorten(cut, size, bold=False, limit=space)]
    return tuple(lines)


def caption_height(lines: int, size: int) -> int:
    """Returns the height of so many lines of a caption, with the space around them."""
    return ceil((lines * CAPTION_LINE + CAPTION_MARGIN) * size)


def _filled(line: str, size: float, space: float) -> list[str]:
    """Breaks ``line`` between words into lines no wider than ``space``; gaps of several spaces are kept."""
    broken = [""]
    for word in re.findall(r" *[^ ]+", line):
        if broken[-1] and fonts.width(broken[-1] + word, size) > space:
            broken.append("")
        first, *others = _cut(word if broken[-1] else word.lstrip(), size, space)
        broken[-1] += first
        broken += others
    return broken


def _cut(word: str, size: float, space: float) -> list[str]:
    """Cuts a word that no line can hold into pieces of one character or more, as long as ``space`` allows."""
    starts, wide = [0], 0.0
    for n, character in enumerate(word):
        advance = fonts.width(character, 1000)  # in thousandths, which add up without rounding
        if n > starts[-1] and (wide + advance) * size / 1000 > space:
            starts.append(n)
            wide = 0.0
        wide += advance
    return [word[start:end] for start, end in pairwise([*starts, len(word)])]
