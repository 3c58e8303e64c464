"""Where the quantities of a program stand in memory, and the tables that tell the kernels so.

A place is an offset, counted in numbers, into one of three areas: `tile`, `shared` and `sums`, which docs/machine-code.md
draws. A place is given out the first time that somebody asks for it, so nothing is reserved that no kernel touches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from chalkgrad.engine.programs.llvm.kernels import Kernel, TileShape

Row = Sequence[int]
Operand = tuple[str, int]  # "V" and an offset into the tile, or "S" and one into the shared numbers (see also Reverse)


@cache
def interned(kind: Callable[..., Any], *fields: Any) -> Any:
    """Returns the kernel of a kind with these fields. Equal kernels are one object, so that `is` compares them."""
    return kind(*fields)


class Area:
    """A part of memory, in places of equal size that are given out one after another.

    Attributes:
        unit: the size of a place
        size: of all so far
        offsets: by what they are of, see Places, the offset of each quantity
    """

    def __init__(self, unit: int) -> None:
        self.unit, self.size = unit, 0
        self.offsets: defaultdict[Hashable, dict[Hashable, int]] = defaultdict(dict)

    def place(self, key: Hashable, of: Hashable = "value") -> int:
        """Returns the offset of a quantity, a new one if it has none yet."""
        own = self.offsets[of]
        at = own.get(key)
        if at is None:
            at = own[key] = self.size
            self.size += self.unit
        return at

    def places(self, keys: Sequence[Hashable], of: Hashable = "value") -> list[int]:
        """Returns the offsets of many quantities; those that have none yet get theirs side by side."""
        own = self.offsets[of]
        try:
            return list(map(own.__getitem__, keys))
        except KeyError:
            new = [key for key in dict.fromkeys(keys) if key not in own]
            end = self.size + len(new) * self.unit
            own.update(zip(new, range(self.size, end, self.unit), strict=True))
            self.size = end
            return list(map(own.__getitem__, keys))

    def range(self, key: Hashable, of: Hashable, size: int) -> int:
        """Returns the offset of so many numbers side by side, new ones if the key has none yet."""
        own = self.offsets[of]
        if key not in own:
            own[key] = -(-self.size // 8) * 8  # at a cache line
            self.size = own[key] + -(-size // self.unit) * self.unit
        return own[key]


def runs(places: Sequence[int], unit: int) -> Iterator[tuple[int, int]]:
    """Yields the positions, first and end, of places that are side by side; what has no place is negative.

    >>> list(runs([8, 9, 12, -1, 0, 1], 1))
    [(0, 2), (2, 3), (3, 4), (4, 6)]
    """
    first = 0
    for i in range(1, len(places) + 1):
        if i == len(places) or min(places[i - 1], places[i]) < 0 or places[i] != places[i - 1] + unit:
            yield first, i
            first = i


class Phase:
    """Kernels, each with the rows of its table, to be run in order."""

    def __init__(self, shape: TileShape) -> None:
        self.shape = shape
        self.runs: list[tuple[Kernel, list[Row]]] = []

    def add(self, kernel: Kernel, row: Row) -> None:
        """Adds a row; to the last table, if that is for the same kernel."""
        if not self.runs or self.runs[-1][0] is not kernel:
            self.runs.append((kernel, []))
        self.runs[-1][1].append(row)

    def add_by_kernel(self, rows: Iterable[tuple[Kernel, Row]]) -> None:
        """Adds rows whose order does not matter between kernels: those of one kernel together."""
        by_kernel: dict[int, tuple[Kernel, list[Row]]] = {}
        for kernel, row in rows:
            by_kernel.setdefault(id(kernel), (kernel, []))[1].append(row)
        for kernel, own in by_kernel.values():
            for row in own:
                self.add(kernel, row)


class Places:
    """The three areas of a program, with the numbers of its nodes and arrays.

    Offsets are of a "value", by the number of the node, of an ("adjoint", root), in the tile of an "adjoint", because one
    sweep after another goes through it, of a "partial", by node and position; for matrices, by their weights, of their
    "copies" and of the ("weights", root), which are sums.

    Attributes:
        tile: whatever differs from sample to sample; a place holds one number for each sample of a tile
        shared: whatever does not, and constants; a place holds one number
        sums: the adjoints of what is shared, while they are summed over the samples; a place holds one number for each lane,
            a range for a layer's weights one number for each
        samples: the place of the number of samples, in `shared`
        constants: the numbers of the nodes that stand for constants, with their values
        arrays: the numbers of the arrays that kernels read and write: inputs, values, adjoints
    """

    def __init__(self, nodes: int, shape: TileShape) -> None:
        self.shared, self.tile, self.sums = Area(1), Area(shape.samples), Area(shape.lanes)
        self.samples = self.shared.place("samples")
        self.constants: dict[int, float] = {}
        self.arrays: dict[tuple[Any, ...], int] = {}
        self._nodes = nodes
        self._by_bits: dict[str, int] = {}  # not by value: 0.0 == -0.0

    def new_node(self) -> int:
        """Returns the number of a node that is not on the tape."""
        self._nodes += 1
        return self._nodes - 1

    def constant(self, x: float) -> int:
        """Returns the node of a constant."""
        bits = x.hex()
        if bits not in self._by_bits:
            node = self._by_bits[bits] = self.new_node()
            self.constants[node] = x
        return self._by_bits[bits]

    def number(self, x: float) -> int:
        """Returns the place of a constant among the shared numbers."""
        return self.shared.place(self.constant(x))

    def array(self, *key: Any) -> int:
        """Returns the number of an array."""
        return self.arrays.setdefault(key, len(self.arrays))
