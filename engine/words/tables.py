"""Tables of any kind: as text with aligned columns, in Markdown, in LaTeX and in HTML.

>>> print(aligned(("v", "value"), [("a", "2"), ("long", "-3")]))
 v    │ value
──────┼───────
 a    │ 2
 long │ -3
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from chalkgrad.engine.basics.terminal import ascii_form, columns, printable

Row = tuple[str, ...]
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_MARKDOWN = str.maketrans({**{c: "\\" + c for c in "\\`*_[]|~$"}, "&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Tabular(ABC):
    """A table of any kind: `print` shows it as text; `latex()`, `markdown()` and `html()` write it for a page."""

    @abstractmethod
    def cells(self, medium: str) -> list[list[str]]:
        """The headings and the rows, each cell in one line, for a medium: text, ascii or latex."""

    def below(self) -> Sequence[str]:
        """The lines of text that stand under the table."""
        return ()

    def __str__(self) -> str:
        text = self.text()
        if printable(text) == text:
            return text
        head, *rows = self.cells("ascii")  # put into ASCII before it is aligned, for ≤ becomes wider
        table = aligned([ascii_form(cell) for cell in head], [[ascii_form(cell) for cell in row] for row in rows])
        return ascii_form("\n".join([table, *self.below()]))

    def __repr__(self) -> str:
        return str(self)

    def text(self) -> str:
        """The table as text with aligned columns."""
        head, *rows = self.cells("text")
        return "\n".join([aligned(head, rows), *self.below()])

    def markdown(self) -> str:
        """The table in Markdown, as GitHub and notebooks read it."""
        head, *rows = [[cell.translate(_MARKDOWN) for cell in row] for row in self.cells("text")]
        lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
        return "\n".join([*lines, *(f"\n{line.translate(_MARKDOWN)}" for line in self.below())])

    def latex(self) -> str:
        """The table in LaTeX, for documents with the packages amsmath and booktabs.

        >>> from chalkgrad.engine import Value
        >>> x1 = Value(0.25, "x1")
        >>> y = x1.exp()
        >>> print(y.tape().table(notation="bar").latex())
        \\begin{tabular}{@{}lllll@{}}  % \\usepackage{amsmath,booktabs}
        \\toprule
        $v$ & expression & value & local derivatives & $\\bar{v}$ \\\\
        \\midrule
        $x_{1}$ &  & $0.25$ &  &  \\\\
        $y$ & $\\exp\\left(x_{1}\\right)$ & $1.284$ & $\\frac{\\partial y}{\\partial x_{1}} = y = 1.284$ &  \\\\
        \\bottomrule
        \\end{tabular}
        """
        cells = self.cells("latex")
        head, *rows = [" & ".join(row) + r" \\" for row in cells]
        begin = rf"\begin{{tabular}}{{@{{}}{'l' * len(cells[0])}@{{}}}}  % \usepackage{{amsmath,booktabs}}"
        return "\n".join([begin, r"\toprule", head, r"\midrule", *rows, r"\bottomrule", r"\end{tabular}"])

    def html(self) -> str:
        """The table in HTML, without ids, classes and a style sheet, so that a page can hold many."""
        head, *rows = [[cell.translate(_HTML) for cell in row] for row in self.cells("text")]
        # Notebooks set numbers flush right in every cell, and this is not a table of numbers alone. Not all of them, nor bare
        # pages, keep the cells apart.
        left = 'style="text-align: left; padding: 0.3em 0.8em"'
        heads = "".join(f'<th scope="col" {left}>{cell}</th>' for cell in head)
        body = "".join(
            f'<tr><th scope="row" {left}>{first}</th>{"".join(f"<td {left}>{cell}</td>" for cell in rest)}</tr>\n'
            for first, *rest in rows
        )
        table = f'<table dir="ltr">\n<thead>\n<tr>{heads}</tr>\n</thead>\n<tbody>\n{body}</tbody>\n</table>'
        return "\n".join([table, *(f'<p dir="ltr">{line.translate(_HTML)}</p>' for line in self.below())])

    def _repr_html_(self) -> str:
        return self.html()


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
