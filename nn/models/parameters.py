"""The parameters of a layer as its W and b: read as a matrix of Values that prints its numbers, set as a matrix of numbers.

>>> from chalkgrad.nn import Layer
>>> layer = Layer(2, 3, activation=None, seed=0)
>>> layer.W = [[1, 2], [3, -4], [5, 6]]
>>> layer.W
 W 3×2   │ w1  w2
─────────┼────────
 neuron1 │  1   2
 neuron2 │  3  -4
 neuron3 │  5   6
>>> layer.W[1][0] = 0.5                                 # or layer.W[1, 0], or layer.W[1] = [0.5, -4]
>>> layer.W[1][0], layer.W.values
(<Value w1 = 0.5, grad not computed>, [[1.0, 2.0], [0.5, -4.0], [5.0, 6.0]])
>>> layer.W = [[1, 3, 5], [2, 4, 6]]
Traceback (most recent call last):
ValueError: W is set to a matrix of shape 3×2, a list of 3 rows of 2 numbers each; this one is 2×3, so write its transpose: \
W.T of an array, [*zip(*W)] of lists
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex, overload

from chalkgrad.engine import Value
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.engine.words.expressions import number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.tex import document
from chalkgrad.nn.data.rows import content_of, is_row, sample_in
from chalkgrad.nn.models.formulas import matrix_of
from chalkgrad.nn.models.show import matrix, picked, table


class Parameters(list[Value]):
    """A neuron's weights, a list of Values; a number that is assigned to one of them becomes its data."""

    def __setitem__(self, index: Any, x: Any) -> None:
        if isinstance(index, slice) or isinstance(x, Value):  # another Value takes its place, such as a shared weight
            super().__setitem__(index, x)
        else:
            self[index].data = to_float(x, "a parameter")

    @property
    def values(self) -> list[float]:
        """The numbers, as they are now."""
        return [p.data for p in self]

    @property
    def grads(self) -> list[float]:
        """The gradients, as they are now."""
        return [p.grad for p in self]


class Biases(Parameters):
    """b, the biases of a layer: a list of Values, which prints its numbers."""

    def latex(self) -> str:
        """Returns b = (…), a column, in LaTeX, between \\[ and \\], for documents with the package amsmath."""
        return document(f"b = {matrix_of([[b.data] for b in self])}")

    def __str__(self) -> str:
        rows = [("…", "…") if i is None else (f"neuron{i + 1}", number(self[i].data)) for i in picked(len(self))]
        return table((f"b {len(self)}", section("tables")["value"]), rows)

    def __repr__(self) -> str:
        return str(self)


class Weights(list[list[Value]]):
    """W, the weights of a layer: a list of rows of Values, one for each neuron, which prints its numbers.

    `W[j][i]` and `W[j, i]` are neuron j's weight for input i, counted from 0, and may be set to a number, `W[j]` to a list.
    `values` and `grads` are lists of rows of floats, for arithmetic: layer.W = np.array(layer.W.values) - 0.1·G.

    Attributes:
        shape: (width, inputs)
    """

    @property
    def shape(self) -> tuple[int, int]:
        """How many neurons and inputs there are."""
        return len(self), len(self[0])

    @property
    def values(self) -> list[list[float]]:
        """The numbers, as they are now."""
        return [[w.data for w in row] for row in self]

    @property
    def grads(self) -> list[list[float]]:
        """The gradients, as they are now."""
        return [[w.grad for w in row] for row in self]

    def latex(self) -> str:
        """Returns W = (…) in LaTeX, between \\[ and \\], for documents with the package amsmath."""
        return document(f"W = {matrix_of(self.values)}")

    @property
    def T(self) -> NoReturn:  # noqa: N802 (NumPy's name)
        raise hidden(AttributeError("W is a list of rows: [*zip(*W)] has its columns, np.array(W.values).T their numbers"))

    @overload
    def __getitem__(self, index: SupportsIndex) -> list[Value]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[Value]]: ...
    @overload
    def __getitem__(self, index: tuple[int, int]) -> Value: ...
    @overload
    def __getitem__(self, index: tuple[slice, int]) -> list[Value]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, tuple):
            j, i = index
            return [row[i] for row in self[j]] if isinstance(j, slice) else self[j][i]
        return super().__getitem__(index)

    def __setitem__(self, index: Any, x: Any) -> None:
        if isinstance(index, tuple) and not any(isinstance(i, slice) for i in index):
            j, i = index
            self[j][i] = x
        elif isinstance(index, int):
            set_data(self[index], vector(x, len(self[index]), "a row of W", "input"))
        else:
            raise TypeError("a row of W is set by W[j] = […], a weight by W[j, i] = …, and all of them by layer.W = …")

    def _refuse(self, _: object) -> Any:
        said = "W is a matrix of parameters: arithmetic is for its numbers, as in np.array(layer.W.values) - 0.1*G"
        raise hidden(TypeError(f"{said}; layer(x) computes φ(Wx + b)"))

    if not TYPE_CHECKING:
        __add__ = __iadd__ = __mul__ = __imul__ = __rmul__ = __matmul__ = _refuse

    def __str__(self) -> str:
        columns = picked(len(self[0]))
        headings = ["…" if i is None else f"w{i + 1}" for i in columns]
        beside = ["…" if j is None else f"neuron{j + 1}" for j in picked(len(self))]
        above, lines = _beneath(headings, matrix(self.values))
        return table(("W {}×{}".format(*self.shape), above), list(zip(beside, lines, strict=True)))

    def __repr__(self) -> str:
        return str(self)


def _beneath(headings: Sequence[str], lines: Sequence[str]) -> tuple[str, list[str]]:
    """Returns a line of headings, and the lines of a matrix, aligned with each other."""
    rows = [headings, *(line.split() for line in lines)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    above, *aligned = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return above, aligned


# Set to numbers ------------------------------------------------------------------------------------------------------


def set_data(parameters: Iterable[Value], numbers: Iterable[float]) -> None:
    """Gives each parameter its number, which has been checked."""
    for parameter, x in zip(parameters, numbers, strict=True):
        parameter.data = x


def rectangle(given: Any, width: int, inputs: int) -> list[list[float]]:
    """Returns what W is set to as rows of floats; raises ValueError with what to write for another shape."""
    rows = content_of(given)
    listed = [list(sample_in(row)) if is_row(row) else [] for row in rows] if is_row(rows) else []
    lengths = {len(row) for row in listed}
    if len(listed) != width or lengths != {inputs}:
        refusal = f"W is set to a matrix of shape {width}×{inputs}, a list of {width} rows of {inputs} numbers each"
        shape = (len(listed), *lengths)
        raise ValueError(refusal + _advice(shape, width, inputs))
    return [[_plain(x, "a weight") for x in row] for row in listed]


def _advice(shape: tuple[int, ...], width: int, inputs: int) -> str:
    """Returns what to write instead for a matrix of this shape, "" if that is not known."""
    if shape == (width, inputs + 1):
        return (
            f"; this one is {width}×{inputs + 1}, so column 0 has the biases, and W the others: layer.b = T[:, 0] and "
            "layer.W = T[:, 1:] for an array T"
        )
    if shape == (inputs + 1, width):
        return (
            f"; this one is {inputs + 1}×{width}, so row 0 has the biases, and it is transposed: layer.b = T[0] and "
            "layer.W = T[1:].T for an array T"
        )
    if shape == (inputs, width):
        return f"; this one is {inputs}×{width}, so write its transpose: W.T of an array, [*zip(*W)] of lists"
    if width == 1 and shape == (inputs, 0):
        return "; for one neuron write [w], a list of one row"
    return ""


def vector(given: Any, count: int, what: str, each: str) -> list[float]:
    """Returns what b, or a row of W, is set to as floats; a matrix of one row or of one column is a vector, too."""
    content = sample_in(given)
    listed = list(content) if is_row(content) else []
    if any(map(is_row, listed)):
        rows = [list(sample_in(row)) if is_row(row) else [] for row in listed]
        listed = rows[0] if len(rows) == 1 else [x for row in rows for x in row] if {len(row) for row in rows} == {1} else []
    if len(listed) != count:
        raise ValueError(f"{what} is set to a list of {count} numbers, one for each {each}")
    return [_plain(x, "a bias" if each == "neuron" else "a weight") for x in listed]


def _plain(x: Any, what: str) -> float:
    if isinstance(x, Value):
        raise TypeError(f"{what} is set to a plain number, and this is a Value: W.values and b.values have the numbers")
    return to_float(x, what)
