"""A layer as rows of kernels: its sums, the adjoints of its inputs, the adjoints of its weights.

Nothing here knows where a layer comes from: it is told places alone. `Matrix` says where the weights stand in `shared`, lists
of offsets where inputs, sums and adjoints stand in the tile. docs/machine-code.md tells what a caller has to see to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from chalkgrad.engine.programs.llvm.kernels import Dense, DenseWeights, Kernel, TileShape
from chalkgrad.engine.programs.llvm.places import Row, interned
from chalkgrad.engine.rules import Rule


class Matrix(NamedTuple):
    """Numbers in rows at equal distances: that of neuron i and input k stands at place + i·row + k·column."""

    place: int
    row: int
    column: int

    @property
    def transposed(self) -> Matrix:
        return Matrix(self.place, self.column, self.row)


def matrix(rows: Sequence[Sequence[int]]) -> Matrix | None:
    """Returns the matrix that numbers at these places are; None if they are not at equal distances.

    >>> matrix([[3, 4], [6, 7], [9, 10]])
    Matrix(place=3, row=3, column=1)
    >>> matrix([[3, 4], [6, 8]]) is None
    True
    """
    first, n = rows[0], len(rows[0])
    down = rows[1][0] - first[0] if len(rows) > 1 else 1
    across = first[1] - first[0] if n > 1 else 1
    for i, row in enumerate(rows):
        start = first[0] + i * down
        if list(row) != ([start] * n if not across else list(range(start, start + n * across, across))):
            return None
    return Matrix(first[0], down, across)


class Product(NamedTuple):
    """For each sample the products of a matrix and a vector, as `Dense` makes them.

    Attributes:
        weights: the matrix
        inputs: where in the tile the vector stands, one number for each column
        sums: where in the tile the products go, one for each row; empty if the activated sums alone are wanted
        start: what is added to them, places of one area; empty for nothing
        area: the start's area, "S" shared or "V" the tile
        activation: a function of the sums
        others: where in the tile the activated sums go; with `slope` where the numbers stand at which its derivative is taken
        slope: whether the products are multiplied by the function's derivative
    """

    weights: Matrix
    inputs: Sequence[int]
    sums: Sequence[int]
    start: Sequence[int] = ()
    area: str = ""
    activation: Rule | None = None
    others: Sequence[int] = ()
    slope: bool = False

    def rows(self, shape: TileShape) -> Iterator[tuple[Kernel, Row]]:
        """Yields the rows of kernels, each of as many rows of the matrix as the registers hold."""
        count = len(self.sums or self.others)
        for first, size in blocks(count, len(self.inputs), shape):
            own = range(first, first + size)
            row = [len(self.inputs), self.weights.column, *[self.weights.place + i * self.weights.row for i in own]]
            for places in (self.start, self.sums, self.others):
                row += places[first : first + size]
            kernel = interned(Dense, size, self.area, self.activation, bool(self.sums), self.slope)
            yield kernel, [*row, *self.inputs]


FEW = 64  # inputs, for which a block of 6 has more to load and to store around its loop than it saves inside


def blocks(count: int, inputs: int, shape: TileShape) -> Iterator[tuple[int, int]]:
    """Yields the first and the size of each block of so many neurons.

    >>> list(blocks(17, 100, TileShape(4, 2, 6)))
    [(0, 6), (6, 6), (12, 4), (16, 1)]
    """
    first = 0
    for size in shape.blocks:
        while count - first >= size and (size <= 4 or inputs >= FEW):
            yield first, size
            first += size


def padded(inputs: int, shape: TileShape) -> int:
    """Returns how many sums a row of weights takes: a panel may go beyond the last input."""
    return sum(panels * vectors * shape.lanes for vectors, panels in _panels(inputs, shape))


def weight_rows(adjoints: Sequence[int], inputs: Sequence[int], place: int, shape: TileShape) -> Iterator[tuple[Kernel, Row]]:
    """Yields the rows that add the adjoints of a layer's weights to sums.

    Args:
        adjoints: where in the tile the adjoints of the layer's sums stand
        inputs: where in the tile its inputs stand; a bias is the weight of an input that is 1
        place: of the first sum, in `sums`; those of a neuron are side by side, and the next neuron's `padded` further on
        shape: of the tile
    """
    step, first = padded(len(inputs), shape), 0
    sizes = tuple(dict.fromkeys(size for _, size in blocks(len(adjoints), FEW, shape)))
    for vectors, panels in _panels(len(inputs), shape):
        many = panels * vectors * shape.lanes
        own = list(inputs[first : first + many])
        own += own[-1:] * (many - len(own))  # a panel is filled with the last input; these sums nobody reads
        yield interned(DenseWeights, vectors, sizes), [len(adjoints), panels, place + first, step, *adjoints, *own]
        first += many


def _panels(inputs: int, shape: TileShape) -> list[tuple[int, int]]:
    """Returns how many vectors the panels of so many inputs have, with the number of such panels."""
    most = shape.panel
    whole, left = divmod(inputs, most * shape.lanes)
    found = [(most, whole)] if whole else []
    if left:
        vectors = next(vectors for vectors in (1, 2, 4) if left <= vectors * shape.lanes)
        found.append((vectors, 1))
    return found
