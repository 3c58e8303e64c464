"""About how much of its last page a printed sheet leaves: what the style sheet makes of its lines, rows and pictures, added up.

A browser breaks lines and pages itself, and tells nobody: so this is an estimate, to a line or two. Nothing but the space for
working hangs on it, which takes what is really left.

>>> from chalkgrad.classroom.paper import Exercise, Paper
>>> round(left(Paper("By hand", "Week 3", "en", "A", "NSGEAY", ())))
244
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import ceil

from chalkgrad.classroom.paper import Block, Box, Choices, Fraction, Graph, Grid, Line, Paper, Paragraph, Question
from chalkgrad.classroom.printing.typeset import Run, Same, apart, cut, held, is_gap, worth
from chalkgrad.viz.letters import fonts

HIGH, WIDE = 270.0, 184.0  # of a page between its margins, in mm
REM, REM_LARGE = 12.5 * 25.4 / 72, 18 * 25.4 / 72
PIXEL = 25.4 / 96
SHARES = (0.92, 0.96, 1.0)  # of what is added up: where a few lines decide what goes overleaf, little may be left
LINE, BOXES, FRACTION = 1.35, 2.1, 3.6  # heights in rem: of words, of a line with boxes, of one with fractions


def left(paper: Paper, large: bool = False) -> float:
    """Returns how many mm of the last page are left below what is asked, at least."""
    return min(_left(paper, large, share) for share in SHARES)


def _left(paper: Paper, large: bool, share: float) -> float:
    rem = REM_LARGE if large else REM
    page = HIGH / rem
    down = 1.0 + max(3.9, LINE * lines(width(paper.title) * 1.75, WIDE / rem - 15) * 1.5 + LINE)
    seen: set[tuple[str, ...]] = set()
    for number, exercise in enumerate(paper.exercises):
        down += 0.9 if number else 0.0
        given = 0.7 + 1.55 * lines(width(exercise.given) * 1.15, WIDE / rem) if exercise.given else 0.0
        for i, question in enumerate(exercise.questions):
            blocks = [share * high for high in _heights(Same(question), large)]
            blocks[0] += (given if i == 0 else 0.0) + (1.6 if held(question, seen) else 0.0)
            if down + sum(blocks) > page >= sum(blocks):  # it goes overleaf as a whole
                down = 0.0
            for block in blocks:
                down = down + block if down + block <= page else block
    return (page - down - 1) * rem


@lru_cache(512)
def _heights(question: Same[Question], large: bool) -> tuple[float, ...]:
    return tuple(_blocks(question.of, REM_LARGE if large else REM, large))


def _blocks(question: Question, rem: float, large: bool) -> Iterator[float]:
    """Yields the heights of a question's heading, with the first block, and of the others."""
    wide = WIDE / rem
    heading = 0.95 + 1.5 + 0.35
    room = wide - 2 - width(question.title) * 1.2 - width(worth(question)) * 0.85 - 1
    heading += LINE if large and question.hint else LINE * (lines(width(question.hint) * 0.9, max(6.0, room)) - 1)
    heading += 0.3 + LINE * lines(width(question.given), wide) if question.given else 0.0
    first, *others = [high for block in question.blocks for high in _parts(block, wide, rem, large)]
    yield heading + first
    yield from others


def _parts(block: Block, wide: float, rem: float, large: bool) -> Iterator[float]:
    """Yields the heights of what a page's end may stand between: the rows of a table, edges and all else in one piece."""
    if isinstance(block, Grid):
        first, *others = _rows(block, wide)
        yield first + (1.6 if any(block.headings) else 0.0)
        yield from others
    elif isinstance(block, Graph) and large:
        edges = [2 * lines(width(edge), wide - 1.2) for edge in block.edges]
        yield _height(block, wide, rem, large) - sum(edges)
        yield from edges
    else:
        yield _height(block, wide, rem, large)


def _height(block: Block, wide: float, rem: float, large: bool) -> float:
    if isinstance(block, Paragraph):
        tall = FRACTION if any(isinstance(piece, Fraction) for piece in block.pieces) else BOXES
        parts = [] if block.formula else apart(block.pieces)
        if len(parts) < 2 or width(block.pieces) <= wide:
            return tall * lines(width(block.pieces), wide)
        return tall * ceil(len(parts) / max(1, int(wide / (max(map(width, parts)) + 1.7))))
    if isinstance(block, Choices):
        longest = max(width(line) for _, line in block.options)
        return 1.85 * ceil(len(block.options) / 2) * lines(longest, 0.47 * wide) + BOXES
    return _picture(block, wide, rem, large) if isinstance(block, Graph) else sum(_rows(block, wide))


def _rows(grid: Grid, wide: float) -> Iterator[float]:
    """Yields the heights of a table's rows: where the table is too wide, the pairs in a cell stand one below the other."""
    columns = [*zip(*grid.rows, strict=True)]
    needed = [max(width(cell) for cell in column) + 1 for column in columns]
    narrow = sum(needed) > wide
    for row in grid.rows:
        gaps = max(sum(map(is_gap, cell)) for cell in row)
        yield 2.3 + (1.75 * gaps if narrow else 0.0)


def _picture(graph: Graph, wide: float, rem: float, large: bool) -> float:
    found = re.search(r'<svg[^>]* width="([\d.]+)" height="([\d.]+)"', graph.svg(False))
    across, down = (float(found[1]), float(found[2])) if found else (1.0, 0.0)
    if not large:
        return min(down * PIXEL / rem, 150 / rem, wide * down / across) - 1.2
    listed = sum(2 * lines(width(edge), wide - 1.2) for edge in graph.edges)
    return min(wide * down / across, 210 / rem) + 0.5 + LINE * (1 + lines(width(graph.described), wide)) + listed


def page_width(large: bool) -> float:
    """Returns how many letters, as wide as they are high, a line has room for."""
    return WIDE / (REM_LARGE if large else REM)


def lines(width: float, wide: float) -> int:
    """Returns how many lines something takes."""
    return max(1, ceil(width / wide))


def width(line: Line | str) -> float:
    """Returns about how wide a line is, in the size of its letters.

    >>> box = Box("1.c", "value", 1.0, asked="c")
    >>> round(width((box, box)) / width((box,)))
    2
    """
    if isinstance(line, str):
        return fonts.width(line, 1.0)
    wide = 0.0
    for run in cut(line):
        if isinstance(run, Run):
            for piece in (piece for atom in run.atoms for piece in atom):
                if isinstance(piece, Box):
                    wide += max(1.7 if piece.kind in ("text", "choice") else 2.9, 0.57 * piece.width + 0.75) + 0.2
                elif isinstance(piece, Fraction):
                    wide += max(width(piece.over), width(piece.under)) + 0.4
                else:
                    wide += fonts.width(piece if isinstance(piece, str) else piece.plain, 1.0)
        else:
            wide += 1.4 if is_gap(run) else fonts.width(run, 1.0)
    return wide
