"""Tables of any kind: as text with aligned columns, in Markdown, in LaTeX and in HTML.

>>> print(aligned(("v", "value"), [("a", "2"), ("long", "-3")]))
 v    │ value
──────┼───────
 a    │ 2
 long │ -3
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest
from typing import NamedTuple

from chalkgrad.engine.basics.terminal import (
    BEGINNINGS,
    END,
    ascii_form,
    columns,
    in_pairs,
    printable,
    terminal_width,
    two_screens,
    wrapped,
)
from chalkgrad.engine.words.language import ENGLISH, section, speaking
from chalkgrad.engine.words.slides import APART, FRACTION, HIGH, ROW, WIDE, Limit, array, breadth, broken
from chalkgrad.engine.words.tex import document

BESIDE = 7  # lines of two screens that are not rows of a table: headings, rule, dots, what is said below
FEWEST = 4  # rows that are shown in any case
SAID = 3  # lines below a table that are
WORDS = section("tables")

Row = tuple[str, ...]
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_MARKDOWN = str.maketrans({**{c: "\\" + c for c in "\\`*_[]|~$"}, "&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Tabular(ABC):
    """A table of any kind: `print` shows it as text; `latex()`, `markdown()` and `html()` write it for a page.

    On a terminal, or where COLUMNS says how wide it is to be, print fits it, in two screens; `print(table.text())` has all.
    """

    spare: Sequence[int] = ()  # columns that are left out first where there is no room

    @abstractmethod
    def cells(self, medium: str) -> list[list[str]]:
        """The headings and the rows, each cell in one line, for a medium: text, ascii or latex."""

    def above(self) -> Sequence[str]:
        """The lines of text that stand over the table."""
        return ()

    def below(self) -> Sequence[str]:
        """The lines of text that stand under the table."""
        return ()

    def few_cells(self, medium: str, most: int | None) -> tuple[list[list[str]], int]:
        """The headings and the rows, at most so many, that print shows on a terminal, and how many it leaves out."""
        head, *rows = self.cells(medium)
        picked = ends(len(rows), most)
        left = len(rows) - len(picked) + 1 if None in picked else 0
        return [head, *(["…"] * len(head) if i is None else rows[i] for i in picked)], left

    @property
    def in_full(self) -> str:
        """What one types to see all of it."""
        return "print(….text())"

    def __str__(self) -> str:
        text = self._printed("text")
        return text if printable(text) == text else self._printed("ascii")

    def _printed(self, medium: str) -> str:
        width = terminal_width()
        if width is None:
            head, *rows = _in_ascii(self.cells(medium)) if medium == "ascii" else self.cells(medium)
            text = "\n".join([*self.above(), aligned(head, rows), *self.below()])
        else:
            text = self._on_two_screens(medium, width)
        return ascii_form(text) if medium == "ascii" else text

    def _on_two_screens(self, medium: str, width: int) -> str:
        """The text in lines of this width: of as many rows as there is room for beside what is said below."""
        most, below = two_screens(), [*self.below()]
        above = [line for said in self.above() for line in wrapped(ascii_form(said) if medium == "ascii" else said, width)]
        most -= len(above)
        few, before = most - BESIDE, 0
        while True:
            cells, left = self.few_cells(medium, few)
            lines = self._lines_within(_in_ascii(cells) if medium == "ascii" else cells, left, below, width, medium)
            over = len(lines) - most
            if over <= 0 or few == FEWEST or len(cells) == before:
                return "\n".join([*above, *lines])
            before = len(cells)
            few = max(FEWEST, min(few, len(cells) - 1) - over - 1)

    def _lines_within(
        self, cells: Sequence[Sequence[str]], left: int, below: Sequence[str], width: int, medium: str
    ) -> list[str]:
        """The lines of a table of these cells, of which so many rows are left out, and of what stands below it."""
        most, (head, *rows) = two_screens(), cells
        said = [wrapped(ascii_form(line) if medium == "ascii" else line, width) for line in below]
        room, told = max(SAID, most - 3 - len(rows)), len(said)
        if sum(map(len, said)) > room + 1:
            while told > 1 and sum(map(len, said[:told])) > room:
                told -= 1
            more = WORDS["lines left out"].format(count=f"{len(said) - told:,}", full=self.in_full)
            said[told:] = [wrapped(more, width)] * (len(said) > told)
        if left:
            said.append(wrapped(WORDS.form("rows left out", left).format(count=f"{left:,}", full=self.in_full), width))
        lines = aligned(head, rows).split("\n")
        if max(map(columns, lines)) > width:
            most -= 1 + sum(map(len, said))  # 1 for the rule
            table = fitted(head, rows, width, self.spare, "..." if medium == "ascii" else "…", most)
            lines = table.lines
            if table.folded:
                said.append(wrapped(WORDS["folded"].format(width=width, full=self.in_full), width))
        return [*lines, *(part for parts in said for part in parts)]

    def __repr__(self) -> str:
        return str(self)

    def text(self) -> str:
        """The table as text with aligned columns, all its rows, however wide it is."""
        head, *rows = self.cells("text")
        return "\n".join([*self.above(), aligned(head, rows), *self.below()])

    def markdown(self) -> str:
        """The table in Markdown, as GitHub and notebooks read it."""
        head, *rows = [[cell.translate(_MARKDOWN) for cell in row] for row in self.cells("text")]
        lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
        over = [f"{line.translate(_MARKDOWN)}\n" for line in self.above()]
        return "\n".join([*over, *lines, *(f"\n{line.translate(_MARKDOWN)}" for line in self.below())])

    def latex(self, limit: Limit = "slide", columns: Sequence[str] | None = None) -> str:
        r"""The table in LaTeX, a formula that goes between \[ and \], for documents with the package amsmath.

        As many rows are written as fit a slide, the first and the last; with a `limit` about so many, with None all. Where a
        slide is too narrow, cells take several lines or columns are left out; `columns` has the headings of those to write,
        as they are read or in English.

        Raises ValueError for an unknown heading.

        >>> from chalkgrad.engine import Value
        >>> x1 = Value(0.25, "x1")
        >>> y = x1.exp()
        >>> print(y.tape().table(notation="bar").latex(columns=["v", "value", "local derivatives"]))
        % needs \usepackage{amsmath}
        \begin{array}{lll}
        v & \text{value} & \text{local derivatives} \\
        \hline
        x_{1} & 0.25 &  \\[0.4em]
        y & 1.284 & \frac{\partial y}{\partial x_{1}} = y = 1.284
        \end{array}
        """
        if limit is not None and limit != "slide" and limit < 1:
            raise ValueError(f'limit is a number of rows, "slide" for those that fit one, or None for all, not {limit!r}')
        if columns is not None:
            headings = self.few_cells("text", 1)[0][0]
            with speaking(ENGLISH):  # so that what is typed need not change with the language
                english = self.few_cells("text", 1)[0][0]
            shown = places_of(columns, headings, english)
            if limit != "slide":
                return document(_array(_cut_out(self._cells_in_latex(limit)[0], shown)))
            return document(_array(self._on_a_slide([shown])[1]))
        headings = self.few_cells("text", 1)[0][0]
        every = range(len(headings))
        if limit != "slide":
            return document(_array(self._cells_in_latex(limit)[0]))
        spared = [self.spare[:count] for count in range(len(self.spare) + 1)]
        kept, cells = self._on_a_slide([[i for i in every if i not in left_out] for left_out in spared])
        without = [headings[i] for i in every if i not in kept]
        needs, _, rest = document(_array(cells)).partition("\n")
        said = [WORDS["columns left out"].format(names=", ".join(without))] if without else []
        return "\n".join([needs, *(f"% {ascii_form(line)}" for line in said), rest])

    def _cells_in_latex(self, most: int | None) -> tuple[list[list[str]], int]:
        """The cells, and how many rows are left out."""
        cells, left = self.few_cells("latex", most)
        said = rf"\text{{{section('values')['rows left out'].format(count=f'{left:,}')}}}".replace("…", r"\dots{}")
        written = [
            [(said if left and i == 1 else r"\vdots") if cell == "…" else _in_formula(cell) for i, cell in enumerate(row)]
            for row in cells
        ]
        return written, left

    def _on_a_slide(self, choices: Sequence[Sequence[int]]) -> tuple[Sequence[int], list[list[str]]]:
        """The cells of as many rows as fit a slide, in the first of these choices of columns that has the most of them."""
        in_latex = cache(self._cells_in_latex)  # the choices differ in columns alone
        best: tuple[bool, int, Sequence[int], list[list[str]]] = False, 0, (), []
        for shown in choices:
            most = FULL
            before: list[list[str]] = []
            tried: list[tuple[bool, int, list[list[str]]]] = []
            while True:
                cells, left = in_latex(most)
                rows, fits, low = _on_a_slide(_cut_out(cells, shown))
                tried.append((low, len(cells), rows))
                # A row takes no more room than what would be said of it.
                if (fits and left != 1) or most <= 2 or cells == before:  # a limit that the table has of itself is kept
                    break
                before = cells
                most = max(2, min(most, len(cells) - 1) - 1)
            if not fits:  # it is too wide, and fewer rows are of no help
                tried.append(max(tried, key=lambda one: one[:2]))
            _, count, rows = tried[-1]
            if (fits, count) > best[:2]:
                best = fits, count, shown, rows
        return best[2:]

    def html(self) -> str:
        """The table in HTML, without ids, classes and a style sheet, so that a page can hold many."""
        head, *rows = self.html_cells()
        # Notebooks set numbers flush right in every cell, and this is not a table of numbers alone. Not all of them, nor bare
        # pages, keep the cells apart.
        left = 'style="text-align: left; padding: 0.3em 0.8em"'
        heads = "".join(f'<th scope="col" {left}>{cell}</th>' for cell in head)
        body = "".join(
            f'<tr><th scope="row" {left}>{first}</th>{"".join(f"<td {left}>{cell}</td>" for cell in rest)}</tr>\n'
            for first, *rest in rows
        )
        table = f'<table dir="ltr">\n<thead>\n<tr>{heads}</tr>\n</thead>\n<tbody>\n{body}</tbody>\n</table>'
        over, under = ([f'<p dir="ltr">{line.translate(_HTML)}</p>' for line in said] for said in (self.above(), self.below()))
        return "\n".join([*over, table, *under])

    def html_cells(self) -> list[list[str]]:
        """The headings and the rows in HTML, each cell in one line."""
        return [[in_html(cell) for cell in row] for row in self.cells("text")]

    def _repr_html_(self) -> str:
        return self.html()


def in_html(cell: str) -> str:
    """A cell, or any text, as HTML writes it.

    >>> in_html("a < b")
    'a &lt; b'
    """
    return cell.translate(_HTML)


# In LaTeX ------------------------------------------------------------------------------------------------------------

FULL = 12  # rows that are tried to begin with
_GAP = 1.0  # em between two columns
STRUT = r"\rule{0pt}{1.5em}"
_LEAST = 6.0  # em that a column keeps where its cells are broken


def places_of(wanted: Sequence[str], headings: Sequence[str], english: Sequence[str] = ()) -> list[int]:
    """Returns the places of the first columns with these headings, as they are read or in English.

    Raises ValueError for an unknown one.
    """
    headings = [heading.translate(_NOT_APART) for heading in headings]
    places = {heading: i for names in (english, headings) for i, heading in reversed([*enumerate(names)])}
    for heading in wanted:
        if heading not in places:
            raise ValueError(f"there is no column {heading!r}; there are {', '.join(map(repr, headings))}")
    return [places[heading] for heading in wanted]


_NOT_APART = dict.fromkeys(map(ord, BEGINNINGS + END))


def _cut_out(cells: Sequence[Sequence[str]], shown: Sequence[int]) -> list[list[str]]:
    return [[row[i] for i in shown] for row in cells]


def _in_formula(cell: str) -> str:
    """A cell of text with formulas between dollar signs as a formula with texts in it."""
    parts = re.split(r"(?<!\\)\$", cell)  # every other one is a formula
    return "".join(part if i % 2 else _ITEMS.get(part) or rf"\text{{{part}}}" * bool(part) for i, part in enumerate(parts))


_BETWEEN = r",\ \, "  # the items of a cell
_ITEMS = {", ": _BETWEEN}


def _on_a_slide(cells: Sequence[Sequence[str]]) -> tuple[list[list[str]], bool, bool]:
    """The rows, in which cells take several lines where the table is too wide; whether they fit a slide, and its height."""
    written = [[[cell] for cell in row] for row in cells]
    widths = [_widest(written, i) for i in range(len(cells[0]))]
    widest = sorted(range(len(widths)), key=widths.__getitem__, reverse=True)
    ways = [_broken(written, [*widths], [first, *(i for i in widest if i != first)]) for first in widest[:2]]
    fits, _, rows, low = max(ways, key=lambda way: way[:2])
    return rows, fits, low


def _broken(
    written: Sequence[Sequence[list[str]]], widths: list[float], places: Sequence[int]
) -> tuple[bool, int, list[list[str]], bool]:
    """Whether the table fits a slide, how few rows it has, these, and whether its height fits.

    The columns at these places are broken first; `widths` are what the columns are wide, and become what they then are.
    """
    table = [[*row] for row in written]
    for i in places:
        over = _wide(widths) - WIDE
        if over > 0:
            room = max(_LEAST, widths[i] - over)
            for row in table[1:]:  # headings stay in one line, below which is a rule
                row[i] = _lines_of(row[i][0], room)
            widths[i] = _widest(table, i)
    rows = [[*line] for row in table for line in zip_longest(*row, fillvalue="")]
    high = sum(ROW + FRACTION * _is_tall(row) for row in rows) + ROW  # above and below the rule
    return _wide(widths) <= WIDE and high <= HIGH, -len(rows), rows, high <= HIGH


def _lines_of(cell: str, room: float) -> list[str]:
    """A cell in lines of so many em: an item in each, or more where it is too long."""
    if breadth(cell, small=True) <= room:
        return [cell]
    *items, last = cell.split(_BETWEEN)
    first, *rest = (line for item in (*(item + "," for item in items), last) for line in broken(item, room, small=True))
    return [first, *(line if line.startswith((r"\frac", r"\text")) else f"{{}}{line}" for line in rest)]


def _widest(rows: Sequence[Sequence[Sequence[str]]], i: int) -> float:
    return max(breadth(line, small=True) for row in rows for line in row[i])


def _wide(widths: Sequence[float]) -> float:
    return sum(width + _GAP for width in widths)


def _array(cells: Sequence[Sequence[str]]) -> str:
    """The cells as an array, the headings above a line; rows with fractions stand further apart."""
    lines = []
    for i, row in enumerate(cells):
        below = cells[i + 1] if i + 1 < len(cells) else ()
        tall = _is_tall(row)
        apart = f"[{APART}em]" if tall or (i and _is_tall(below)) else ""
        strut = STRUT if i == 1 and tall else ""  # else the fraction touches the rule above it
        lines.append(strut + " & ".join(row) + (rf" \\{apart}" if below else "") + ("\n\\hline" if i == 0 else ""))
    return array(lines, "l" * len(cells[0]))


def _is_tall(row: Sequence[str]) -> bool:
    """Whether a fraction or a box in a row would touch those of its neighbours."""
    return any(part in cell for cell in row for part in (r"\frac", r"\boxed"))


def _in_ascii(cells: Sequence[Sequence[str]]) -> list[list[str]]:
    """The cells in ASCII; it is done before they are aligned, because ≤ becomes wider."""
    return [[ascii_form(cell) for cell in row] for row in cells]


def ends(count: int, limit: int | None) -> list[int | None]:
    """The numbers of the rows to show: all, or the first and the last of them with None between.

    >>> ends(5, None), ends(5, 3)
    ([0, 1, 2, 3, 4], [0, 1, None, 4])
    """
    if limit is None or count <= limit:
        return [*range(count)]
    first = (limit + 1) // 2
    return [*range(first), None, *range(count - limit + first, count)]


def aligned(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A text table with aligned columns.

    >>> print(aligned(("v", "value"), [("a", "2"), ("long", "-3")]))
     v    │ value
    ──────┼───────
     a    │ 2
     long │ -3
    """
    widths = [max(columns(row[i]) for row in (headings, *rows)) for i in range(len(headings))]

    def line(row: Sequence[str]) -> str:
        return " │ ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()

    rule = "─┼─".join("─" * width for width in widths)
    return "\n".join(" " + text if text != rule else f"─{rule}─" for text in (line(headings), rule, *map(line, rows)))


# Fitted to a terminal ------------------------------------------------------------------------------------------------

NARROW = 12  # columns that a cell gets before a column of the table is left out
LEAST = 28  # columns that one of the spare columns is worth keeping for, if its cells are folded


class Fitted(NamedTuple):
    """A text table no wider than asked for, and whether something was left out for that."""

    lines: list[str]
    folded: bool


def fitted(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    width: int,
    spare: Sequence[int] = (),
    dots: str = "…",
    most: int | None = None,
) -> Fitted:
    """Returns a text table of this width: long cells take several lines if these stay few, else they are folded.

    `most` is how many lines there may be beside the rule, if there is one for each row: by default those of two screens.

    Columns that are `spare` are left out before the others become too narrow, then those in the middle.

    >>> for line in fitted(("v", "expression"), [("v10", "w1·x1 + w2·x2 + b")], 22).lines:
    ...     print(line)
     v   │ expression
    ─────┼───────────────
     v10 │ w1·x1 + w2·x2
         │   + b
    """
    table = [list(headings), *map(list, rows)]
    every = [*range(len(headings))]
    natural = [max(columns(row[i]) for row in table) for i in every]
    most = max(two_screens() - SAID if most is None else most, len(rows) + 1)
    for left_out in range(len(spare) + 1):
        left = [place for place in every if place not in spare[:left_out]]
        cells = _wrapped_within([[row[i] for i in left] for row in table], width, most)
        if cells is not None:
            return _laid_out(cells, len(left) < len(every))
        widths = _widths([natural[i] for i in left], width)
        if widths is not None and all(w >= min(natural[i], LEAST) for i, w in zip(left, widths, strict=True) if i in spare):
            break
    places: list[int | None] = [*left]
    kept = len(left)
    while widths is None:
        kept -= 1
        places = [None if i is None else every[i] for i in ends(len(every), kept)]
        widths = _widths([len(dots) if place is None else natural[place] for place in places], width, least=kept == 1)
    cells = [[[_folded(dots if i is None else row[i], w, dots)] for i, w in zip(places, widths, strict=True)] for row in table]
    return _laid_out(cells, True)


def _wrapped_within(table: Sequence[Sequence[str]], width: int, most: int) -> list[list[list[str]]] | None:
    """Returns the lines of every cell, of columns as wide as makes few lines; None if these are more than `most`."""
    room = width - 2 - 3 * (len(table[0]) - 1)
    cells = list(zip(*table, strict=True))
    natural = [max(map(columns, cell)) for cell in cells]
    widths = [min(n, max(max(map(_widest_word, cell)), NARROW)) for n, cell in zip(natural, cells, strict=True)]
    if sum(widths) > room or len(table) > most:
        return None
    wrapped = [[_wrapped(cell, w) for cell in column] for column, w in zip(cells, widths, strict=True)]
    while True:
        wider = [i for i, w in enumerate(widths) if w < natural[i]]
        left = min(4, room - sum(widths))
        if not wider or not left:
            break
        i = max(wider, key=lambda i: sum(map(len, wrapped[i])))  # that with the most lines
        widths[i] = min(natural[i], widths[i] + left)
        wrapped[i] = [_wrapped(cell, widths[i]) for cell in cells[i]]
    rows = [list(row) for row in zip(*wrapped, strict=True)]
    heights = [max(map(len, row)) for row in rows]
    if sum(heights) > most:
        return None
    return [[lines + [""] * (height - len(lines)) for lines in row] for row, height in zip(rows, heights, strict=True)]


def _widest_word(cell: str) -> int:
    """Returns how many columns a cell needs to be broken without cutting a word."""
    items = [item.rstrip() for item in _pieces(cell, ", ")]
    return max(columns(word.rstrip()) + 2 * (i > 0) for item in items for i, word in enumerate(_words(item)))


def _laid_out(cells: Sequence[Sequence[Sequence[str]]], folded: bool) -> Fitted:
    head, *body = ([*zip(*row, strict=True)] for row in cells)
    lines = aligned(head[0], [line for row in (head[1:], *body) for line in row]).split("\n")
    rule = lines.pop(1)
    lines.insert(len(head), rule)  # below all lines of the headings
    return Fitted(lines, folded)


def _widths(natural: Sequence[int], width: int, least: bool = False) -> list[int] | None:
    """Returns how wide each column may be, the widest being cut; None if that makes them too narrow."""
    room = width - 2 - 3 * (len(natural) - 1)
    if sum(natural) <= room:
        return [*natural]
    first = min(natural[0], max(NARROW, width // 3))
    most = next((most for most in range(width, 0, -1) if first + sum(min(n, most) for n in natural[1:]) <= room), 0)
    if most < NARROW and not least:
        return None
    if len(natural) == 1 or not most:
        return [max(1, room // len(natural))] * len(natural)
    return [first, *(min(n, most) for n in natural[1:])]


def _wrapped(cell: str, width: int) -> list[str]:
    """Returns the lines of a cell, broken between its parts, and inside these where they are too long."""
    lines = [""]
    for item in _pieces(cell, ", "):
        if columns(lines[-1] + item.rstrip()) <= width:
            lines[-1] += item
            continue
        if lines[-1]:
            lines.append("")
        words = [item] if columns(item.rstrip()) <= width else _words(item)
        for i, word in enumerate(words):
            if i and columns(lines[-1] + word.rstrip()) > width:
                lines.append("  ")
            lines[-1] += word
    return in_pairs([line.rstrip() for line in lines])


def _words(item: str) -> list[str]:
    """Returns the parts between which a sum or an equation is broken: a sign stays with what comes after it."""
    words: list[str] = []
    for word in _pieces(item, " "):
        if words and (not word or words[-1].strip() in ("+", "=", "-", "·", "→", "where")):
            words[-1] += word
        else:
            words.append(word)
    return words


def _pieces(text: str, sign: str) -> list[str]:
    """Returns the parts of a text between the signs, each with the sign that ends it."""
    *parts, last = text.split(sign)
    return [part + sign for part in parts] + [last]


def _folded(cell: str, width: int, dots: str) -> str:
    """Returns a cell in one line: its first parts, or the ends of a sum, or an equation without its middle.

    >>> _folded("∂n/∂w = x = 2, ∂n/∂x = w = -3", 20, "…"), _folded("w1·x1 + w2·x2 + w3·x3 + b", 20, "…")
    ('∂n/∂w = x = 2, …', 'w1·x1 + … + b')
    >>> _folded("3 + 2 + 4 + 7 = 16", 9, "…"), _folded("layer1.neuron1.w1", 9, "…")
    ('… = 16', 'layer1…w1')
    """
    if columns(cell) <= width:
        return cell
    items = cell.split(", ")
    if len(items) > 1 and columns(items[0]) + 2 + len(dots) <= width:
        count = next(n for n in range(len(items), 0, -1) if columns(", ".join([*items[:n], dots])) <= width)
        return ", ".join([*items[:count], dots])
    first = items[0]
    sides = first.split(" = ")
    for equation in ([sides[0], dots, sides[-1]], [dots, sides[-1]]):
        if len(sides) > 1 and columns(text := " = ".join(equation)) <= width:
            return text
    terms = first.split(" + ")
    several = [[*terms[:2], dots, terms[-1]], [terms[0], dots, terms[-1]]] if len(terms) > 2 else []
    for some in (*several, [terms[0], dots], [dots, terms[-1]]):
        if len(terms) > 1 and columns(text := " + ".join(some)) <= width:
            return text
    if len(terms) > 1:
        return f"{cut(terms[0], width - 3 - len(dots), dots)} + {dots}"
    return cut(cell, width, dots)


def cut(text: str, width: int, dots: str) -> str:
    """Returns a text without its middle, in which the marks around names from right to left stay in pairs."""
    if columns(text) <= width:
        return text
    room = max(0, width - len(dots))
    head, tail = text, text
    while columns(head) > room - room // 3:
        head = head[:-1]
    while columns(tail) > room // 3:
        tail = tail[1:]
    head += END * (_begun(head) - head.count(END))
    tail = BEGINNINGS[-1] * (tail.count(END) - _begun(tail)) + tail
    return (head + dots + tail)[: None if room else width]


def _begun(text: str) -> int:
    return sum(map(text.count, BEGINNINGS))
