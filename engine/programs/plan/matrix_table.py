r"""The matrices of a program as a table: what was found in the graph of scalars, which Values each holds, where it stands.

>>> from chalkgrad.engine import Value, affine, program, tanh
>>> W = [[Value(0.5, f"w{i}{j}") for j in (1, 2)] for i in (1, 2, 3)]
>>> b, x = [Value(0.0, f"b{i}") for i in (1, 2, 3)], [Value(1.0, "x1"), Value(2.0, "x2")]
>>> z = [tanh(affine(row, x, c)) for row, c in zip(W, b)]
>>> found = program(z, inputs=[[w for row in W for w in row], b, x]).matrices()
>>> print(found)
your 6 weights are W1 (3×2), your 3 biases b (3)
 name │ shape │ Values      │ line
──────┼───────┼─────────────┼──────────────────
 W1   │ 3×2   │ w11 … w32   │ u1 = W1 @ x + b
 x    │ 2     │ x1, x2      │ u1 = W1 @ x + b
 b    │ 3     │ b1 … b3     │ u1 = W1 @ x + b
 u1   │ 3     │ v6 … v16    │ u1 = W1 @ x + b
 z1   │ 3     │ z[0] … z[2] │ z1 = np.tanh(u1)
>>> found["W1"].names[1][0]                     # row by row, as the lecture's W₁ has them
'w21'
>>> print(found["W1"].latex())
% needs \usepackage{amsmath}
W_{1} = \begin{pmatrix} w_{11} & w_{12} \\ w_{21} & w_{22} \\ w_{31} & w_{32} \end{pmatrix} \in \mathbf{R}^{3 \times 2}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from math import inf
from typing import Any, overload

from chalkgrad.engine.basics.digits import FROM_LOWERED
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.formulas.notation import ATOM
from chalkgrad.engine.formulas.trees import Argument, Call
from chalkgrad.engine.programs.plan.matrices import FoundArray, found_in
from chalkgrad.engine.programs.plan.products import NUMBER
from chalkgrad.engine.programs.plan.steps import Elementwise, Product
from chalkgrad.engine.programs.planned import arrays_of
from chalkgrad.engine.programs.program import Program
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.words.expressions import PLAIN
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import joined
from chalkgrad.engine.words.printer import LaTeX, Printer, kept, printer_for
from chalkgrad.engine.words.slides import (
    WIDE,
    Limit,
    aligned_equations,
    breadth,
    broken,
    fits,
    fitted_equations,
    pmatrix,
    rows_of,
)
from chalkgrad.engine.words.tables import Tabular, ends
from chalkgrad.engine.words.tex import document, in_notebook

FOUND = section("found matrices")
FEW = 4  # rows and columns of a large matrix that are shown in LaTeX, unless a slide has room for fewer
MOST_LISTED = 6  # matrices that the sentence names
SIDE_BY_SIDE = 2  # Values of an array that are all named in a cell


class FoundMatrix:
    """A matrix or a vector that was found in a graph; see Program.matrices.

    Attributes:
        name: the variable of the source in NumPy, or what it has in its place: `layers[9:12]`
        kind: "weight", "bias", "input", "constant" (numbers), "sum" (weights times inputs, plus bias), or "array" for any
            other that is computed
        shape: (rows, columns), (n,), or () for a number; of a batch that of one sample
        lines: the lines of the source that it stands in
        paired: whether each row is multiplied by a row of its own: it is then not a matrix times a vector
    """

    def __init__(self, found: FoundArray, program: Program[Any, Any]) -> None:
        self._found, self._program = found, program
        self.name, self.kind, self.shape, self.lines = found.name, found.kind, found.shape, tuple(found.lines)
        self.paired = found.paired

    @cached_property
    def names(self) -> Any:
        """The names of its Values: a list of rows, a list, or one name; "" for a part of a sum that is not a Value by itself.

        Of constants they are the numbers, as text.
        """
        return self._named(self._found.nodes.tolist())

    def _named(self, nodes: Any) -> Any:
        if isinstance(nodes, list):
            return list(map(self._named, nodes))
        if self.kind == "constant":
            return PLAIN.number(nodes)
        return self._program.names[nodes] if nodes < self._program.count else ""

    @property
    def places(self) -> list[int]:
        """Where its Values stand on the tape of the roots, counted from 0, row by row; those of constants are not there."""
        return [] if self.kind == "constant" else self._found.nodes.ravel().tolist()

    @property
    def shaped(self) -> str:
        """The shape as it is written: 3×2."""
        return "×".join(map(str, self.shape)) or "1"

    def __repr__(self) -> str:
        said = FOUND["representation"].format(name=self.name, shape=self.shaped, values=self.few_names(), line=self.line)
        return printable(said)

    @property
    def line(self) -> str:
        """The line that it stands in, and in how many others."""
        first, *others = self.lines
        return FOUND.form("lines", len(others)).format(line=first, count=len(others)) if others else first

    def few_names(self, write: Printer = PLAIN) -> str:
        """The names of its Values: the first and the last of many."""
        nodes = self._found.nodes.ravel()
        if self.kind == "constant":
            return write.text(FOUND.form("numbers", len(nodes)).format(count=f"{len(nodes):,}"))
        many = len(nodes) > SIDE_BY_SIDE
        shown = (nodes[[0, -1]] if many else nodes).tolist()
        names = [write.math(write.called(name)) for name in map(self._named, shown) if name]
        return (write.text(" … ") if many else ", ").join(names)

    # In LaTeX --------------------------------------------------------------------------------------------------------

    def latex(self, limit: Limit = "slide") -> str:
        r"""Returns what it is, and its shape, a formula that goes between \[ and \], for documents with the package amsmath.

        Of a large matrix the first rows and columns are written, and the last; with a `limit` of more than so many, with None
        never.
        """
        return document(self._formula(limit))

    def _repr_latex_(self) -> str:
        return in_notebook(self._formula("slide"))

    def _formula(self, limit: Limit) -> str:
        return " ".join(self.sides(FEW if limit == "slide" else limit))

    def sides(self, few: int | None, least: float = 0) -> tuple[str, str]:
        """Its name, and what is said of it: what it is, and its shape; of fewer axes than `least` that alone."""
        left = _in_formula(self.name)
        said = _computed(self._found) if self._found.step else self._entries(few) if len(self.shape) >= least else left
        shape = r" \times ".join(map(str, self.shape))
        space = rf"\in \mathbf{{R}}{f'^{{{shape}}}' if shape else ''}"
        return left, space if said == left else f"= {said} {space}"

    def _entries(self, few: int | None) -> str:
        """The matrix of its Values; a vector is a column."""
        write = LaTeX()
        nodes = self._found.nodes.reshape((*self.shape, 1, 1)[:2])
        rows, columns = (ends(n, None if few is None or n <= few + 2 else few) for n in nodes.shape)
        places = [(i, j) for i in rows for j in columns if i is not None and j is not None]
        cells = {place: nodes[place].item() for place in places}
        if self.kind == "constant":
            cells = {place: write.number(number) for place, number in cells.items()}
        else:
            names = {place: self._named(node) for place, node in cells.items()}
            if self.shape and (not all(map(_SHORT, names.values())) or len({*names.values()}) < len(names)):
                names = {place: self._by_place(place) for place in places}
            cells = {place: write.called(name) for place, name in names.items()}

        def cell(i: int | None, j: int | None) -> str:
            if i is None:
                return r"\ddots" if j is None else r"\vdots"
            return r"\dots" if j is None else cells[i, j]

        return pmatrix([[cell(i, j) for j in columns] for i in rows]) if self.shape else cells[0, 0]

    def _by_place(self, place: tuple[int, int]) -> str:
        """The name of an entry by its place, as networks have it: w₁₃,₂ in row 3 and column 2 of W₁, b₁₃ in b₁."""
        match = re.match(r"([^\W\d_])(\d*)", self.name)
        letter, layer = match.groups() if match else ("a", "")
        row, *column = [str(i + 1) for i, _ in zip(place, self.shape, strict=False)]
        parts = [layer + row if len(layer + row) <= 2 or not layer else f"{layer},{row}", *column]
        index = ",".join(parts) if layer or max(self.shape) > 9 else "".join(parts)
        return letter.lower() + index.translate(_LOWERED)


_SHORT = re.compile(rf"[^\W\d_][0-9,_{''.join(map(chr, FROM_LOWERED))}]{{0,6}}").fullmatch
_LOWERED = {into: sign for sign, into in FROM_LOWERED.items()}


def _in_formula(source: str) -> str:
    """What the source has for an array, in LaTeX: a variable, or elements of one; or for a number."""
    name, _, index = source.partition("[")
    write = LaTeX()
    if NUMBER.fullmatch(source):
        return write.factor(float(source))
    if name.isidentifier() and (not index or re.fullmatch(r"[\d:, ]+\]", index)):
        return write.called(name) + (f"[{index}" if index else "")
    return write.words(source)


def _computed(found: FoundArray) -> str:
    """The formula that an array is computed by, with the letters of the source."""
    step, reads = found.step, [*map(_in_formula, found.reads)]
    if isinstance(step, Product):
        return _sum_of_products(step, reads)
    assert isinstance(step, Elementwise)
    write, form = LaTeX(), step.form
    rule = next((rule for rule in RULES.values() if rule.value is form.value), None)
    tree = form.value if rule is None else Call(rule.name, *map(Argument, form.arguments))
    if form.folds:
        elements = _along_rows(reads[0], step.operands[0].shape, write.dots)
        return write.printed(tree, {form.arguments[0]: [(element, ATOM) for element in elements]})[0]
    return write.printed(tree, {x: (reads[i], ATOM) for i, x in enumerate(form.arguments)})[0]


def _along_rows(name: str, shape: tuple[int, ...], dots: str) -> list[str]:
    r"""Returns what is reduced: the elements of a vector, or the columns of a matrix, the first and the last of many.

    >>> _along_rows("x", (2,), "…"), _along_rows("V", (3, 9), "…")[1:]
    (['(x)_{1}', '(x)_{2}'], ['(V)_{\\cdot 2}', '…', '(V)_{\\cdot 9}'])
    """
    row = r"\cdot " * (len(shape) > 1)
    return [dots if k is None else f"({name})_{{{row}{k + 1}}}" for k in kept(shape[-1])]


def _sum_of_products(step: Product, reads: Sequence[str]) -> str:
    rows, columns, *terms = reads
    text = _product(*step.subscripts, rows, columns)
    text = f"-{text}" if step.negative else text
    for i, term in enumerate(terms):
        minus = len(step.plus) <= i < len(step.plus) + len(step.minus)
        text += f"{' - ' if minus else ' + '}{term}"
    return text


def _product(x: str, y: str, out: str, left: str, right: str) -> str:
    """A product by its axes, see steps.Product: W z, Z Wᵀ, wᵀ z; of rows that go in pairs each with its own."""
    if "m" in x:
        return rf"\left(({left})_{{m}}^{{\top}} ({right})_{{m}}\right)_{{m}}"  # names have subscripts of their own
    if len(x) > len(y):
        return f"{left} {right}"
    if len(x) < len(y):
        return f"{right} {left}"
    if len(x) == 1:
        return rf"{_raised(left)} {right}"
    return rf"{left} \, {_raised(right)}" if out == "rc" else rf"{right} \, {_raised(left)}"


def _raised(name: str) -> str:
    return rf"{name}^{{\top}}"


class Matrices(Tabular, Sequence[FoundMatrix]):
    """The matrices of a program: a table, with a row for each, which is found by its name, too: `found["W1"]`."""

    spare = (2,)

    def __init__(self, found: Iterable[FoundMatrix]) -> None:
        self._found = tuple(found)

    @overload
    def __getitem__(self, index: int | str) -> FoundMatrix: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[FoundMatrix]: ...
    @short_traceback
    def __getitem__(self, index: int | str | slice) -> FoundMatrix | Sequence[FoundMatrix]:
        if not isinstance(index, str):
            return self._found[index]
        name = index.translate(FROM_LOWERED)
        for each in self._found:
            if each.name == name:
                return each
        there = joined([each.name for each in self._found], MOST_LISTED) if self._found else "none"
        raise KeyError(f"there is no matrix {index}; there are {there}")

    def __len__(self) -> int:
        return len(self._found)

    def cells(self, medium: str) -> list[list[str]]:
        """Returns the headings and a row for each."""
        write = printer_for(medium)
        heads = [write.text(FOUND[key]) for key in ("name", "shape", "Values", "line")]

        def row(each: FoundMatrix) -> list[str]:
            name = write.math(_in_formula(each.name)) if medium == "latex" else each.name
            return [name, write.text(each.shaped), each.few_names(write), write.text(each.line)]

        return [heads, *map(row, self._found)]

    def above(self) -> Sequence[str]:
        """Returns the sentence over the table: which of them are weights, and how many."""
        if not self._found:
            return [FOUND["none"]]
        said = [self._counted(kind) for kind in ("weight", "bias") if any(each.kind == kind for each in self._found)]
        return [", ".join(said) if said else FOUND.form("without weights", len(self)).format(count=len(self))]

    def _counted(self, kind: str) -> str:
        arrays = [each for each in self._found if each.kind == kind]
        count = len({node for each in arrays for node in each._found.nodes.ravel().tolist()})
        shown = joined([f"{PLAIN.called(each.name)} ({each.shaped})" for each in arrays], MOST_LISTED)
        alone = kind == "weight" or not any(each.kind == "weight" for each in self._found)
        return FOUND.form(kind if alone else f"and {kind}", count).format(count=f"{count:,}", arrays=shown)

    def __str__(self) -> str:
        return super().__str__() if self._found else printable(self.above()[0])

    __repr__ = __str__

    def latex(self, limit: Limit = "slide", columns: Sequence[str] | None = None) -> str:
        r"""Returns an equation for each matrix, in LaTeX, as the lecture has them; or the table of these `columns`.

        What does not fit a slide has fewer entries: those of vectors are left out first, and their shapes stay. With a
        `limit` about so many rows and columns of each are written, with None all.

        >>> from chalkgrad.engine import Value, affine, program
        >>> w, x = [[Value(1.0, f"w{i}{j}") for j in (1, 2)] for i in (1, 2)], [Value(2.0, "x1"), Value(3.0, "x2")]
        >>> print(program([affine(row, x, 0.0) for row in w], inputs=[w[0] + w[1], x]).matrices().latex())
        % needs \usepackage{amsmath}
        \begin{aligned}
        W_{1} &= \begin{pmatrix} w_{11} & w_{12} \\ w_{21} & w_{22} \end{pmatrix} \in \mathbf{R}^{2 \times 2} \\
        x &= \begin{pmatrix} x_{1} \\ x_{2} \end{pmatrix} \in \mathbf{R}^{2} \\
        u_{1} &= W_{1} x \in \mathbf{R}^{2}
        \end{aligned}
        """
        if columns is not None:
            return super().latex(limit, columns)
        if not self._found:
            return document(aligned_equations([f"&{line}" for line in broken(LaTeX().words(FOUND["none"]), WIDE)]))
        if limit != "slide":
            return document(aligned_equations(self._equations(limit, 0)))
        for few, least in ((FEW, 0), (FEW, 2), (2, 2), (FEW, inf)):  # the entries of all, of matrices, of none
            rows = self._equations(few, least)
            if fits(rows):
                return document(fitted_equations(rows))
        return document(fitted_equations(self._ends_on_a_slide(rows)))

    def _equations(self, few: int | None, least: float) -> list[str]:
        """The rows of the equations, aligned at their signs."""
        every = [each.sides(few, least) for each in self._found]
        left = max(breadth(name) for name, _ in every)
        rows = [rows_of(f"{name} {said}", left=left) if said.startswith("=") else [f"{name} &{said}"] for name, said in every]
        return [row for each in rows for row in each]

    def _ends_on_a_slide(self, rows: Sequence[str]) -> list[str]:
        """The first and the last of the equations, with dots between them, as a slide has room for them."""
        shown = [*rows]
        for most in reversed(range(len(rows))):
            shown = [r"&\vdots" if i is None else rows[i] for i in ends(len(rows), most)]
            if fits(shown):
                break
        return shown

    def _repr_html_(self) -> str:
        return self.html()


def matrices(program: Program[Any, Any], batch: Sequence[Any]) -> Matrices:
    """Returns the matrices of a program; see Program.matrices."""
    source = arrays_of(program, program.batched(batch), adjoints=False)
    return Matrices([] if source is None else [FoundMatrix(each, program) for each in found_in(source)])
