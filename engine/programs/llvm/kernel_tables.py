"""A program as tables for kernels: what runs before the samples, for each tile of them, and after.

docs/machine-code.md draws a small one.
"""

from __future__ import annotations

from typing import Any

from chalkgrad.engine.programs.llvm.forward_rows import SharedPart, VaryingPart
from chalkgrad.engine.programs.llvm.kernels import ONE, Collect, Fill, Move, TileShape
from chalkgrad.engine.programs.llvm.places import Phase, Places, interned, runs
from chalkgrad.engine.programs.llvm.reverse_rows import ReverseRows
from chalkgrad.engine.programs.program import Batching

LARGEST = 100_000  # numbers, 0.8 MB, in the tiles of a thread, where there would be more than two: about a second cache


class KernelTables:
    """A program as places in memory and rows of tables.

    Attributes:
        places: where everything stands
        before: what all samples share, forward
        each: what runs for each tile of samples: forward, and the sweeps through what varies
        after: the sums over the samples, and the sweeps through what all samples share
        swept: for each root the nodes that get an adjoint
    """

    def __init__(self, batching: Batching, shape: TileShape) -> None:
        self.batching, self.program, self.shape = batching, batching.program, shape
        self.places = Places(self.program.count, shape)
        self.before, self.each, self.after = Phase(ONE), Phase(shape), Phase(ONE)
        roots = dict.fromkeys(self.program.roots)
        self.swept = {root: self.program.swept(root) for root in roots} if batching.adjoints else {}
        wanted = frozenset[int]().union(*self.swept.values())
        self._read_inputs()
        shared = SharedPart(self.places, self.before, self.before, batching, batching.shared, wanted)
        each = VaryingPart(self.places, self.each, self.before, batching, batching.each, wanted)
        for root in roots:
            if root in batching.varying:
                self.each.add(interned(Move, True), (self.places.tile.place(root), self.places.array("value", root), 0, 1))
        for root in self.swept:
            self._sweep(root, shared, each)

    def _read_inputs(self) -> None:
        places = self.places
        for g, (group, rows) in enumerate(zip(self.program.inputs, self.batching.batched, strict=True)):
            if not rows:
                places.shared.places(group.members)
                continue
            (first, *_) = places.tile.places(group.members)
            self.each.add(interned(Move, False), (first, places.array("input", g), 0, len(group.members)))

    def _sweep(self, root: int, shared: SharedPart, each: VaryingPart) -> None:
        """Writes the sweep from one root: over each tile, then over what all samples share."""
        places, swept, varying = self.places, self.swept[root], self.batching.varying
        for group in self.program.wrt:
            if group.members[0] not in varying:  # side by side, so that one slice reads them
                places.shared.places([x for x in group.members if x in swept], ("adjoint", root))
        if root in swept and root in varying:
            self.each.add(interned(Fill, True), (places.tile.place(root, "adjoint"), places.number(1.0)))
        sweep = ReverseRows(each, self.each, root, swept, {root})
        sweep.write()
        self._write_adjoints(root)
        begun = self._collect(root)
        sweep.begun = begun
        sweep.collect_weights(self.shape.lanes, threads=True, phase=self.after)
        if root in swept and root not in varying:
            # It counts for every sample: its adjoint is 1 for each, so their number.
            begun.add(root)
            self.after.add(interned(Fill), (places.shared.place(root, ("adjoint", root)), places.samples))
        ReverseRows(shared, self.after, root, swept, begun).write()

    def _write_adjoints(self, root: int) -> None:
        """Writes the adjoints that have a row for each sample into their arrays."""
        tile, unit = self.places.tile, self.places.tile.unit
        for g, group in enumerate(self.program.wrt):
            if group.members[0] not in self.batching.varying:
                continue
            found = [tile.place(x, "adjoint") if x in self.swept[root] else -1 for x in group.members]
            for first, end in runs(found, unit):
                if found[first] >= 0:
                    array = self.places.array("adjoint", root, g)
                    self.each.add(interned(Move, True), (found[first], array, first, end - first))

    def _collect(self, root: int) -> set[int]:
        """Makes one number of each sum over the samples; returns the nodes, whose adjoints so have begun."""
        of = "adjoint", root
        sums: dict[Any, int] = self.places.sums.offsets[of]
        for x, place in sums.items():
            self.after.add(interned(Collect, self.shape.lanes), (place, self.places.shared.place(x, of)))
        return set(sums)

    @property
    def tiles(self) -> int:
        """How many tiles a thread takes at a time: 64 samples, or fewer where a tile is large in itself, for a long tape.

        The more there are, the less often a row is decoded, and sums of weights go from registers to memory; the fewer, the
        more of them stay in the caches.
        """
        most = max(2, LARGEST // max(1, self.places.tile.size))
        return min(64 // self.shape.samples, most)

    @property
    def panel(self) -> int:
        """How many numbers a panel has at most, see DenseWeights."""
        return self.tiles * self.shape.samples * max(shape.panel * shape.lanes for shape in (self.shape, ONE))
