"""Matrices and tables as text; large ones show their corners.

>>> matrix([[1.0, -0.5], [10.0, 0.25]])
[' 1  -0.5', '10  0.25']
>>> matrix([[float(i) for i in range(9)]])
['0  1  …  7  8']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalkgrad.engine.basics.terminal import ascii_form, columns, fitted, printable, terminal_width, two_screens
from chalkgrad.engine.words.expressions import number
from chalkgrad.engine.words.screens import on_terminal
from chalkgrad.engine.words.tables import WORDS, aligned, ends

Rows = Sequence[Sequence[float]]
FEW, FEWEST = 4, 2  # rows and columns of a large matrix that are shown, and where the terminal has no room for these
SHOWN = 12  # of a longer list of names the first and the last are shown


class UnquotedText(str):
    """A text whose repr has no quotes, so that a prompt shows it as print does."""

    __slots__ = ()

    def __str__(self) -> str:
        return printable(self[:])

    def __repr__(self) -> str:
        return str(self)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table with aligned columns, in ASCII if standard output has nothing else."""
    text = aligned(headings, rows)
    if printable(text) == text:
        return text
    head = [ascii_form(cell) for cell in headings]  # put into ASCII before it is aligned, because … becomes wider
    return ascii_form(aligned(head, [[ascii_form(cell) for cell in row] for row in rows]))


def listed_names(names: Sequence[str], separator: str = ", ") -> str:
    """Returns names in a row; of many, the first and the last four."""
    return separator.join(names if len(names) <= SHOWN else [*names[:4], "…", *names[-4:]])


def picked(count: int, few: int = FEW) -> list[int | None]:
    """Returns which rows, or columns, of a matrix are shown: all up to six, else the first and last two with None between.

    With fewer than four: all up to one more, else so many, at the ends.
    """
    return ends(count, count if count <= few + (2 if few == FEW else 1) else few)


def matrix(rows: Rows, few: int = FEW) -> list[str]:
    """Returns the lines of a matrix, its columns flush right; `few` is how many of a large one are shown."""
    places = picked(len(rows[0]), few)
    cells = [
        ["…" if i is None or j is None else number(rows[i][j]) for j in places]  # a row of dots has them in each column
        for i in picked(len(rows), few)
    ]
    widths = [max(len(row[j]) for row in cells) for j in range(len(places))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]


def column(numbers: Sequence[float], few: int = FEW) -> list[str]:
    """Returns the lines of a column vector."""
    return matrix([[x] for x in numbers], few)


def blocks(*cells: Sequence[str]) -> list[list[str]]:
    """Returns the rows of a table for cells of several lines each."""
    height = max(map(len, cells))
    return [[cell[i] if i < len(cell) else "" for cell in cells] for i in range(height)]


def stacked(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a table, where the terminal is narrower in parts below each other, each with the first column."""

    def part(places: Sequence[int]) -> str:
        return table([headings[i] for i in places], [[row[i] for i in places] for row in rows])

    width, parts = terminal_width(), [[0]]
    for i in range(1, len(headings)):
        if width is not None and len(parts[-1]) > 1 and not _fits(part([*parts[-1], i]), width):
            parts.append([0])
        parts[-1].append(i)
    return "\n\n".join(map(part, parts))


def on_two_screens(written: Callable[[int], str]) -> str:
    """Returns a text with matrices, given how many rows and columns of large ones are shown, as there is room for it."""
    width = terminal_width()
    if width is None:
        return written(FEW)
    text = written(FEW)
    if _fits(text, width) and text.count("\n") < two_screens():
        return text
    full = "print(….text())"
    return on_terminal(f"{written(FEWEST)}\n{fitted(WORDS['folded'].format(width=width, full=full))}", full)


def _fits(text: str, width: int) -> bool:
    return max(map(columns, text.split("\n"))) <= width
