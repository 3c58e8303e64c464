"""Where the quantities of a program stand in memory, and the tables that tell the kernels so.

A place is an offset, counted in numbers, into one of three areas: `tile`, `shared` and `sums`, which docs/machine-code.md
draws. A place is given out the first time that somebody asks for it, so nothing is reserved that no kernel touches.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
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
    """A part of memory, in places of equal size that are given out one after another."""

    def __init__(self, unit: int) -> None:
        self.unit, self.size = unit, 0
        self.offsets: dict[Hashable, int] = {}

    def place(self, key: Hashable) -> int:
        """Returns the offset of a quantity, a new one if it has none yet."""
        at = self.offsets.get(key)
        if at is None:
            at = self.offsets[key] = self.size
            self.size += self.unit
        return at

    def range(self, key: Hashable, size: int) -> int:
        """Returns the offset of so many numbers side by side, new ones if the key has none yet."""
        at = self.offsets.get(key)
        if at is None:
            at = self.offsets[key] = -(-self.size // 8) * 8  # at a cache line
            self.size = at + -(-size // self.unit) * self.unit
        return at


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

    The keys of an area are numbers of nodes, for their values, and tuples: ("adjoint", root, node), in the tile
    ("adjoint", node), because one sweep after another goes through it, ("partial", node, position), and for matrices
    ("copies", weights) and ("weights", root, weights).

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
