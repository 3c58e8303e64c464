"""Matrices of derivatives: rows that index as floats, printed with their labels, in LaTeX, and for NumPy.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.engine.derivatives.gradients import jacobian
>>> r, t = Value(2.0, "r"), Value(0.0, "t")
>>> x, y = r * t.cos(), r * t.sin()
>>> J = jacobian([x, y], [r, t])
>>> J[1][1], J.shape
(2.0, (2, 2))
>>> print(J)
    │ ∂r  ∂t
────┼────────
 ∂x │  1   0
 ∂y │  0   2
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar, cast, overload

from chalkgrad.engine.basics.detached import Origin, detached
from chalkgrad.engine.basics.terminal import ascii_form, columns, printable, terminal_width
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import latex_name, operand
from chalkgrad.engine.words.manner import current
from chalkgrad.engine.words.printer import LaTeX, Plain, Printer
from chalkgrad.engine.words.slides import WIDE, Limit, breadth, pmatrix
from chalkgrad.engine.words.tables import aligned, cut, ends
from chalkgrad.engine.words.tex import document, in_notebook

E = TypeVar("E")  # float, or Value where the derivatives are recorded

MOST_SHOWN = 10  # rows and columns; a larger matrix shows the first and the last three


class Matrix(Sequence[list[E]]):
    """Derivatives in m rows, one for each output, and n columns, one for each input; of second order, n by n.

    `J[i][j]` is a float, or a Value if the derivatives are recorded, `J[i]` a list; J equals lists with the same numbers, and
    `numpy.array(J)` is an array. `print(J)` shows it with labels: the entry in row ∂y and column ∂x is ∂y/∂x. The diagonal
    matrix of an element-wise function is shown as one: blank where y_i does not depend on x_j.

    Attributes:
        shape: (m, n)
        rows, columns: the names of the outputs and of the inputs; of second derivatives both are the inputs'
        of: the name of the function of which these are second derivatives, else empty
        mode: "forward" or "reverse", the kind of sweeps it was computed by
        diagonal: whether it is square, and 0 outside its diagonal for all values of the inputs

    `numbers` may contain None where there is no dependence; it becomes 0. `values` are the entries as Values, `origins` what
    the entries know as numbers, see basics/detached.py.
    """

    def __init__(
        self,
        numbers: Sequence[Sequence[float | None]],
        rows: Sequence[str],
        columns: Sequence[str],
        mode: str,
        of: str = "",
        values: Sequence[Sequence[Value]] | None = None,
        origins: tuple[Origin, ...] = (),
    ) -> None:
        self._numbers = [[x or 0.0 for x in row] for row in numbers]
        self._values = None if values is None else [[*row] for row in values]
        self._origins = origins
        beside = [x for i, row in enumerate(numbers) for j, x in enumerate(row) if i != j]
        self.diagonal = len(rows) == len(columns) > 1 and all(x is None for x in beside)
        self.rows, self.columns, self.mode, self.of = tuple(rows), tuple(columns), mode, of
        self.shape = len(self.rows), len(self.columns)

    @cached_property
    def _entries(self) -> list[list[E]]:
        if self._values is not None:
            return cast("list[list[E]]", self._values)
        numbers = [detached(row, self._origins) for row in self._numbers] if self._origins else self._numbers
        return cast("list[list[E]]", numbers)

    @overload
    def __getitem__(self, index: int) -> list[E]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[E]]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, tuple):
            raise TypeError(f"an entry is J[i][j], not J[i, j]; for that make an array of it, numpy.array(J){[*index]}")
        return self._entries[index]

    def __len__(self) -> int:
        return len(self._numbers)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Matrix):
            return self._numbers == other._numbers
        listed = other.tolist() if hasattr(other, "tolist") else other
        if not isinstance(listed, (list, tuple)):
            return NotImplemented
        return self._numbers == [[*row] if isinstance(row, (list, tuple)) else row for row in listed]

    __hash__ = None  # type: ignore[assignment] # its rows are lists

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy  # installed, because numpy.array() calls this

        return numpy.array(self._values or self._numbers, dtype=dtype or (object if self._values else float))

    def tolist(self) -> list[list[E]]:
        """Returns the entries as a list of lists."""
        return [[*row] for row in self._entries]

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_origins": ()}  # a number in a pickle has no origins either

    # Shown -----------------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        ascii_only, width = printable(self.text()) != self.text(), terminal_width()
        if width is None:
            return self.text(ascii_only=ascii_only)
        for limit in range(MOST_SHOWN, 1, -1):  # fewer columns, where the terminal is too narrow for so many
            text = self.text(limit=limit, ascii_only=ascii_only)
            if max(map(columns, text.split("\n"))) <= width:
                return text
        return self._text(4, 2, ascii_only, (width - 12) // 3)  # names without their middle

    def __repr__(self) -> str:
        return str(self)

    def text(self, digits: int = 4, limit: int | None = MOST_SHOWN, ascii_only: bool = False) -> str:
        """Returns the matrix as a table with labels; of more than `limit` rows or columns, the first and the last."""
        return self._text(digits, limit, ascii_only, None)

    def _text(self, digits: int, limit: int | None, ascii_only: bool, widest: int | None) -> str:
        cells = self._cells(Plain(digits=digits), limit)
        heads, sides = ([_headed(name, widest) for name in names] for names in (self.columns, self.rows))
        above = ["…" if j is None else heads[j] for j in _picked(len(heads), limit)]
        beside = ["…" if i is None else sides[i] for i in _picked(len(sides), limit)]
        corner = f"∂²{operand(self.of)}" if self.of else ""
        if ascii_only:  # before aligning, because … becomes wider
            above, beside, (corner,) = (list(map(ascii_form, texts)) for texts in (above, beside, [corner]))
            cells = [list(map(ascii_form, row)) for row in cells]
        widths = [max(map(columns, column)) for column in zip(above, *cells, strict=True)]
        lines = ["  ".join(_right(cell, width) for cell, width in zip(row, widths, strict=True)) for row in (above, *cells)]
        table = aligned((corner, lines[0]), list(zip(beside, lines[1:], strict=True)))
        return ascii_form(table) if ascii_only else table

    def latex(self, digits: int = 4, limit: Limit = "slide") -> str:
        r"""Returns the matrix in LaTeX, a formula that goes between \[ and \], for documents with the package amsmath.

        Of a matrix that does not fit a slide the first rows and columns are written, and the last; with a `limit` of more than
        so many, with None never.

        >>> print(Matrix([[8.0, 6.0], [6.0, 0.0]], ["x", "y"], ["x", "y"], "reverse", of="f").latex())
        % needs \usepackage{amsmath}
        \nabla^2_{(x, y)} f = \begin{pmatrix} 8 & 6 \\ 6 & 0 \end{pmatrix}
        """
        return document(self._formula(digits, limit))

    def _formula(self, digits: int = 4, limit: Limit = "slide") -> str:
        if limit != "slide":
            return "".join(self._sides(digits, limit))
        for most in range(MOST_SHOWN, 1, -1):
            formula = "".join(self._sides(digits, most))
            if breadth(formula) <= WIDE:
                break
        return formula

    def _sides(self, digits: int, limit: int | None) -> tuple[str, str]:
        """What the matrix is, and its numbers."""
        by, sign = _together(self.columns, limit), r"\mathrm{d}" if current().notation == "d" else r"\partial"
        head = (
            rf"\nabla^2_{{{by}}} {latex_name(self.of)}"
            if self.of
            else rf"\frac{{{sign} {_together(self.rows, limit)}}}{{{sign} {by}}}"
        )
        return f"{head} = ", pmatrix(self._cells(LaTeX(digits=digits), limit))

    def _repr_latex_(self) -> str:
        return in_notebook(self._formula())

    def _cells(self, write: Printer, limit: int | None) -> list[list[str]]:
        """The entries as text, with dots for omitted ones and blanks beside a diagonal."""
        along, across, both = write.matrix_dots

        def cell(i: int | None, j: int | None) -> str:
            if i is None or j is None:
                return both if i is j else across if i is None else along
            return "" if self.diagonal and i != j else write.number(self._numbers[i][j])

        m, n = self.shape
        return [[cell(i, j) for j in _picked(n, limit)] for i in _picked(m, limit)]


def _picked(count: int, limit: int | None) -> list[int | None]:
    """The rows, or columns, to show; None stands for those omitted."""
    return ends(count, None if limit is None or count <= limit else max(2, min(6, limit)))


def _headed(name: str, widest: int | None) -> str:
    """∂name, in no more columns than the widest may have."""
    text = "∂" + operand(name)
    return text if widest is None else cut(text, widest, "…")


def _right(cell: str, width: int) -> str:
    return " " * (width - columns(cell)) + cell


def _together(names: Sequence[str], limit: int | None) -> str:
    """Several names as one vector in LaTeX."""
    written = [r"\dots" if i is None else latex_name(names[i]) for i in _picked(len(names), limit)]
    return written[0] if len(written) == 1 else f"({', '.join(written)})"
