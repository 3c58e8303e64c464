"""How a caption is set: how large its letters are, where its lines break, and in which columns they stand.

The sizes follow from the slide that a picture fills: they are shares of its height.

>>> layout = shape(["a short one"], 400, 200)
>>> [(words.words, words.anchor) for row in rows(Caption("a short one"), layout.width, layout.sizes) for words in row.words]
[('a short one', 'middle')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from chalkgrad.engine.explaining.chain import Parts, Term, more_paths
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.pictures.captions import LINES, Caption, Line, parts_of

LEAST = 20  # the smallest size, that of a card's numbers
LINE, MARGIN = 1.3, 0.8  # the height of a line, and the space around a caption, as multiples of the font size

GAP = "   "  # between the cells of a line
COLUMN = 1.4  # the space between two columns, as a multiple of the font size
DOTS = "…"


class Sizes(NamedTuple):
    """The font sizes of a caption, by what a line is."""

    text: int
    reason: int
    punch: int
    status: int

    def of(self, role: str) -> int:
        """Returns the size of a line; the rows of a long sentence are as large as running text."""
        return self.text if role in ("why", "update") else int(getattr(self, role))


# Shares of the slide's height, and how little they may be so that a line needs not be broken.
SHARES = {"text": 0.034, "reason": 0.045, "punch": 0.062, "status": 0.043}
FLOORS = {"text": 0.034, "reason": 0.034, "punch": 0.04, "status": 0.03}
LOWEST = {"text": 0.0285, "reason": 0.0285, "punch": 0.034, "status": 0.0285}  # where the picture needs the space
BOLD = ("punch", "update")
LESS = 0.8  # of the punch line's size is what the lines around it have at most


@dataclass(frozen=True)
class Words:
    """Words of one size in a line; ``anchor`` says which of their ends, on the screen, is at ``x``."""

    words: str
    x: float
    anchor: str  # start, middle or end
    size: int
    bold: bool = False
    rtl: bool = False  # whether they are a sentence that runs from right to left


@dataclass(frozen=True)
class Row:
    """Words beside each other, and the height of their line."""

    words: tuple[Words, ...]
    height: float
    width: float


@dataclass(frozen=True)
class CaptionShape:
    """The font sizes of some captions, the width of a picture that they fit, and the height of the highest."""

    sizes: Sizes
    width: int
    height: int


def shape(captions: Sequence[str], width: float, height: float) -> CaptionShape | None:
    """Returns the shape of what stands under a picture of this size, large enough to be read when both fill a slide.

    Each of ``captions`` fits it, one at a time. One that is wider than the picture widens it, up to the slide's proportions;
    beyond that letters are smaller, as long as they can be read, and then lines are broken.
    """
    captions = [caption for caption in captions if parts_of(caption)]
    if not captions:
        return None
    high, space, sizes = 0, width, Sizes(0, 0, 0, 0)
    set_rows: list[list[Row]] = []
    for _ in range(4):  # a caption of more lines makes the picture higher, and so its letters larger
        slide = max(width * 9 / 16, height + high)
        space = max(width, slide * 16 / 9)
        sizes = sizes_on(captions, slide, space)
        set_rows = [rows(caption, space, sizes) for caption in captions]
        high = max(height_of(some, sizes) for some in set_rows)
    widest = max(row.width for some in set_rows for row in some)
    return CaptionShape(sizes, ceil(max(width, min(space, widest + 2 * MARGIN * sizes.text + 1))), high)


def height_of(some: Sequence[Row], sizes: Sizes) -> int:
    """Returns the height of these rows, with the space around them."""
    return ceil(sum(row.height for row in some) + MARGIN * sizes.text)


def sizes_on(captions: Sequence[str], slide: float, space: float, share: float = 1.0, least: int = LEAST) -> Sizes:
    """Returns the sizes on a slide of the height ``slide``, across which there is ``space``.

    They are such that no line of a sentence is broken, if they can be read then; and only this ``share`` of the usual ones, but
    ``least`` points at the least.
    """
    sizes = {role: max(ceil(slide * max(usual * share, LOWEST[role])), least) for role, usual in SHARES.items()}
    limit = space - 2 * MARGIN * sizes["text"] - 1
    sizes |= {role: max(sizes[role], ceil(more * least)) for role, more in (("reason", 1.1), ("status", 1.1), ("punch", 1.4))}
    floors = {role: max(ceil(slide * floor), least) for role, floor in FLOORS.items()}
    for caption in captions:
        for part in parts_of(caption):
            for role, wide in _unbroken(part, sizes):
                if wide > limit:
                    sizes[role] = max(min(floors[role], sizes[role]), int(sizes[role] * limit / wide))
    for role in ("reason", "status"):  # the punch line stays the largest
        sizes[role] = min(sizes[role], max(floors[role], int(sizes["punch"] * LESS)))
    return Sizes(**sizes)


def _unbroken(part: Line | Parts, sizes: dict[str, int]) -> Iterator[tuple[str, float]]:
    """Yields the width of each line of ``part`` that shrinks before it is broken, with its role."""
    if isinstance(part, Parts):
        for (head, side), role in zip(_two_lines(part), ("reason", "punch"), strict=False):
            yield role, _width(f"{head or part.head} = {side}", sizes[role], role in BOLD)
    elif part.role in ("reason", "punch", "status"):
        yield part.role, _width(GAP.join(part.cells), sizes[part.role], part.role in BOLD)


def rows(caption: str, width: float, sizes: Sizes) -> list[Row]:
    """Returns the rows of ``caption`` under a picture of ``width``."""
    margin = MARGIN * sizes.text
    space = width - 2 * margin
    plain = [part for part in parts_of(caption) if isinstance(part, Line) and part.role == "text"]
    most = caption.most if isinstance(caption, Caption) else LINES
    lines = [
        [*_summed(part, space, sizes, most)] if isinstance(part, Parts) else [*_set(part, space, sizes)]
        for part in parts_of(caption)
    ]
    found = [row for some in lines for row in some]
    if len(found) > LINES and len(plain) == len(lines):  # a very long text
        found = [*found[: LINES - 1], _ended(found[LINES - 1], space)]
    elif len(found) > 2 * LINES:
        found = [*found[:LINES], _row(DOTS, sizes.text, False), *found[1 - LINES :]]
    alone = len(found) == 1
    return [_placed(row, width, margin, centred=alone or row.role != "text") for row in found]


@dataclass(frozen=True)
class _Unplaced(Row):
    """A row whose words' places begin at 0."""

    role: str = "text"


def _placed(row: _Unplaced, width: float, margin: float, centred: bool) -> Row:
    rtl = all(words.rtl for words in row.words)
    if len(row.words) == 1 and row.role != "columns":
        x, anchor = (width / 2, "middle") if centred else (width - margin, "end") if rtl else (margin, "start")
        return Row((replace(row.words[0], x=x, anchor=anchor),), row.height, row.width)
    start = (width - row.width) / 2
    moved = tuple(replace(words, x=words.x + start) for words in row.words)
    return Row(moved, row.height, row.width)


def _row(said: str, size: int, bold: bool, role: str = "text", rtl: bool = False) -> _Unplaced:
    words = Words(said, 0, "start", size, bold, rtl)
    return _Unplaced((words,), size * LINE, _width(said, size, bold), role)


def _width(said: str, size: float, bold: bool = False) -> float:
    return fonts.width(said, size, bold=bold)


def _ended(row: _Unplaced, space: float) -> _Unplaced:
    """Returns a row that is the last of a text that goes on."""
    words = row.words[0]
    kept = text.shorten(words.words, words.size, bold=words.bold, limit=space - _width(f" {DOTS}", words.size, words.bold))
    return _row(f"{kept.removesuffix(DOTS)} {DOTS}", words.size, words.bold, row.role, words.rtl)


# Lines of cells ------------------------------------------------------------------------------------------------------


def _set(line: Line, space: float, sizes: Sizes) -> Iterator[_Unplaced]:
    """Yields the rows of a line: one, or one for each cell, or as many as its words need."""
    size, bold = sizes.of(line.role), line.role in BOLD
    cells = [text.clean(cell) for cell in line.cells]
    whole = GAP.join(cells)
    said = [whole] if _width(whole, size, bold) <= space else cells
    rtl = line.role in ("text", "status") and text.runs_right_to_left(whole)  # the others are formulas
    for cell in said:
        for part in filled(cell, size, space, bold):
            yield _row(part, size, bold, line.role, rtl)


def filled(line: str, size: float, space: float, bold: bool = False) -> list[str]:
    """Breaks ``line`` between words into lines no wider than ``space``; gaps of several spaces are kept."""
    broken = [""]
    for word in re.findall(r" *[^ ]+", line):
        if broken[-1] and _width(broken[-1] + word, size, bold) > space:
            broken.append("")
        first, *others = _cut(word if broken[-1] else word.lstrip(), size, space, bold)
        broken[-1] += first
        broken += others
    return broken


def _cut(word: str, size: float, space: float, bold: bool) -> list[str]:
    """Cuts a word that no line can hold into pieces of one character or more, as long as ``space`` allows."""
    starts, wide = [0], 0.0
    for n, character in enumerate(word):
        advance = fonts.width(character, 1000, bold=bold)  # in thousandths, which add up without rounding
        if n > starts[-1] and (wide + advance) * size / 1000 > space:
            starts.append(n)
            wide = 0.0
        wide += advance
    return [word[start:end] for start, end in pairwise([*starts, len(word)])]


# Sums over paths -----------------------------------------------------------------------------------------------------

Cells = tuple[str, str, str, str]  # the derivative, a sign, symbols, numbers


def _two_lines(parts: Parts) -> tuple[tuple[str, str], ...]:
    """Returns the sum in two lines, symbols and numbers, each as two sides; of some paths of many there is none."""
    if parts.left:
        return ()
    symbols = " + ".join(" · ".join(term.symbols) for term in parts.terms)
    first, *others = parts.terms
    products = [" · ".join(first.numbers), *(" · ".join(_in_a_sum(term.numbers)) for term in others)]
    numbers = " + ".join(products)
    return (parts.head, symbols), ("", numbers if numbers == parts.result else f"{numbers} = {parts.result}")


def _in_a_sum(numbers: Sequence[str]) -> list[str]:
    """Returns the numbers of a product that is not the first of a sum: a negative one stands in parentheses there."""
    return [f"({number})" if number.startswith("-") else number for number in numbers]


def _summed(parts: Parts, space: float, sizes: Sizes, most: int = LINES) -> list[_Unplaced]:
    """Returns the rows of a sum over paths, ``most`` at the most, the last of which has the total.

    It is written in two lines if these fit; else with a row for each path; else with common factors taken out; else with as
    many paths as there is room for, and if there is none, without any.
    """
    two = _in_sides(_two_lines(parts), (sizes.reason, sizes.punch))
    if two and _widest(two) <= space and most > 1:
        return two
    if len(parts.terms) == 1 and not parts.left:
        found = _one_path(parts, space, sizes)
        return found if most == LINES or len(found) <= most else _shortest(parts, space, sizes, most)
    room = most - 1 - bool(parts.remarks)
    for level in (0, 1) if not parts.left and len(parts.terms) <= room else ():
        columns = _in_columns(_path_rows(parts, len(parts.terms), level, space, sizes.text), sizes.text)
        if _widest(columns) <= space:
            return columns
    factored = _in_sides(parts.factored, (sizes.text,) * len(parts.factored))
    if factored and len(factored) <= room + 1 and _widest(factored) <= space:
        return factored
    shown = min(len(parts.terms), room - 1)
    if shown < 1:
        return _shortest(parts, space, sizes, most)
    for level in range(_LEVELS):
        columns = _in_columns(_path_rows(parts, shown, level, space, sizes.text), sizes.text)
        if _widest(columns) <= space:
            break
    return columns


def _shortest(parts: Parts, space: float, sizes: Sizes, most: int) -> list[_Unplaced]:
    """Returns the derivative and the total; of a single path its ends too, if there is a line for them."""
    if most > 1 and len(parts.terms) == 1 and not parts.left:
        columns = _in_columns([(parts.head, "=", _term(parts.terms[0], 2)[0], ""), ("", "=", parts.result, "")], sizes.text)
        if _widest(columns) <= space:
            return columns
    return [_row(f"{parts.head} = {DOTS} = {parts.result}", sizes.text, True, "columns")]


_LEVELS = 3  # ways to write a term, each shorter than the one before


def _term(term: Term, level: int) -> tuple[str, str]:
    """Returns the symbols and the numbers of a path: in full, with their product alone, with fewer symbols too."""
    symbols = list(term.symbols)
    if level > 1 and len(symbols) > 3:
        symbols = [symbols[0], DOTS, symbols[-1]]
    product = "" if level or len(term.numbers) == 1 else f"{' · '.join(term.numbers)} = "
    return " · ".join(symbols), f"{product}{term.product}"


def _path_rows(parts: Parts, shown: int, level: int, space: float, size: int) -> list[Cells]:
    """Returns the rows of the paths that are shown, of what is left out, and of the total."""
    found = [
        (parts.head if not n else "", "+" if n else "=", *_term(term, level)) for n, term in enumerate(parts.terms[:shown])
    ]
    left = parts.left + len(parts.terms) - shown
    if left:
        found.append(("", "+", more_paths(left), ""))
    total = f"{parts.sum} = {parts.result}"
    fits = parts.sum and not left and _width(f"{parts.head} = {total}", size, True) <= space
    return [*found, ("", "=", total if fits else parts.result, "")]


def _in_columns(cells: Sequence[Cells], size: int) -> list[_Unplaced]:
    """Returns rows whose cells stand below each other; the last one, bold, may run on below the numbers."""
    heads = max(_width(head, size) for head, *_ in cells)
    signs = heads + _width(" ", size)
    symbols = signs + _width("= ", size)
    numbers = symbols + max(_width(row[2], size) for row in cells[:-1]) + COLUMN * size
    wide = max(
        numbers + max(_width(row[3], size) for row in cells),
        symbols + _width(cells[-1][2], size, True),
    )
    places = (0.0, signs, symbols, numbers)
    found = []
    for n, row in enumerate(cells):
        bold = n == len(cells) - 1
        words = [Words(text.clean(said), x, "start", size, bold) for said, x in zip(row, places, strict=True) if said]
        if row[0]:  # close to its sign, however narrow its letters are
            words[0] = replace(words[0], x=heads, anchor="end")
        found.append(_Unplaced(tuple(words), size * LINE, wide, "columns"))
    return found


def _in_sides(equations: Sequence[tuple[str, str]], sizes: Sequence[int]) -> list[_Unplaced]:
    """Returns equations below each other, aligned where their sign stands, the last one bold."""
    if not equations:
        return []
    last = len(equations) - 1
    heads = max(_width(f"{head} ", size) for (head, _), size in zip(equations, sizes, strict=True))
    sides = [(f"= {side}", size, n == last) for n, ((_, side), size) in enumerate(zip(equations, sizes, strict=True))]
    wide = heads + max(_width(*side) for side in sides)
    found = []
    for n, ((head, _), (side, size, bold)) in enumerate(zip(equations, sides, strict=True)):
        words = [Words(text.clean(side), heads, "start", size, bold)]
        if head:
            words.insert(0, Words(text.clean(head), heads - _width(" ", size), "end", size, n == last and len(equations) > 2))
        found.append(_Unplaced(tuple(words), size * LINE, wide, "columns"))
    return found


def _one_path(parts: Parts, space: float, sizes: Sizes) -> list[_Unplaced]:
    """Returns a single path that is too long for a line: its factors in as many rows as they take, and then its numbers."""
    size = sizes.text
    (head, symbols), (_, numbers) = _two_lines(parts)
    longest = max(_width(f"· {factor}", size) for factor in parts.terms[0].symbols)
    alone = _width(f"{head} = ", size) + longest > space  # then the derivative has a row of its own
    room = space - _width("= " if alone else f"{head} = ", size)
    written = [_factors(side, size, room) for side in (symbols, numbers)]
    cells = [
        (head if not (n or i or alone) else "", "" if i else "=", row, "")
        for n, some in enumerate(written)
        for i, row in enumerate(some)
    ]
    return [*([_row(head, size, False, "columns")] if alone else []), *_in_columns(cells, size)]


def _factors(product: str, size: int, room: float) -> list[str]:
    """Returns the factors of a product in rows, each further one beginning with the sign."""
    found: list[str] = []
    for n, factor in enumerate(product.split(" · ")):
        longer = f"{found[-1]} · {factor}" if n else factor
        if n and _width(longer, size, True) > room:
            found.append(f"· {factor}")
        elif n:
            found[-1] = longer
        else:
            found.append(factor)
    return found


def _widest(some: Sequence[Row]) -> float:
    return max(row.width for row in some)


__all__ = ["LINES", "Caption", "CaptionShape", "Row", "Sizes", "Words", "filled", "height_of", "rows", "shape"]
