"""Kernels: for each kind of work one small loop over the rows of a table, written from the table of formulas.

A row is one node, or one edge of the reverse sweep, or a few neurons with the same inputs, or the weights of a layer; it
consists of offsets into three areas of memory. So the code is as large as the number of *different* operations, however long
the tape is, and a kernel compiled for one program serves all others.

    tile    lanes × rows numbers, one for each sample, for every quantity that differs from sample to sample
    shared  one number for every quantity that all samples share, and for every constant
    sums    what is summed over the samples: `lanes` partial sums for an adjoint, one number for each weight of a layer;
            each thread has its own

A kernel takes several tiles at a time, one after another in memory. What all samples share is computed by the same kernels
with one lane, one row and one tile: their tile is `shared`.
docs/machine-code.md draws the areas, and a program in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from chalkgrad.engine.formulas.trees import Argument, Constant, Formula, substitute
from chalkgrad.engine.programs.llvm.vectors import (
    DOUBLE,
    I32,
    I64,
    Emitter,
    Loop,
    constant,
    intrinsic,
    mentioned,
    partial,
    prepared,
)
from chalkgrad.engine.programs.text import folded
from chalkgrad.engine.rules import Rule
from llvmlite import ir

POINTER, INDEXES = DOUBLE.as_pointer(), I32.as_pointer()
KERNEL = ir.FunctionType(ir.VoidType(), [I64, INDEXES, POINTER, POINTER, POINTER, I64.as_pointer()])


class TileShape(NamedTuple):
    """How much a kernel takes at once.

    Attributes:
        lanes: the numbers in a vector register
        rows: the vectors of a tile, so that it has lanes × rows samples
        block: the most neurons with the same inputs in one row of Dense
    """

    lanes: int
    rows: int
    block: int

    @property
    def samples(self) -> int:
        return self.lanes * self.rows

    @property
    def blocks(self) -> list[int]:
        """The numbers of neurons that a row of Dense may have, the largest first."""
        return [size for size in (6, 4, 2, 1) if size <= self.block]

    @property
    def panel(self) -> int:
        """The most vectors of inputs whose weights' adjoints are summed together, see DenseWeights."""
        return self.rows if self.lanes > 1 else 2


ONE = TileShape(1, 1, 6)  # for what all samples share


class Frame:
    """A kernel that is being written: its arguments, with loads and stores by offset.

    Attributes:
        b: LLVM's builder, which appends instructions
        count, table: the number of rows, and the address of the first
        tile, shared, sums: the addresses of the areas, of the first tile or in a loop over `Tiles` of one of them; for `ONE`
            all three are that of `shared`
        context: the address of what differs from call to call, see ARRAYS
        tiles, step: how many tiles there are, and how far it is from one to the next
        kind: the type of a vector
    """

    def __init__(self, function: Any, shape: TileShape) -> None:
        self.b = ir.IRBuilder(function.append_basic_block("entry"))
        self.count, self.table, self.tile, self.shared, self.sums, self.context = function.args
        self.shape = shape
        self.kind = DOUBLE if shape.lanes == 1 else ir.VectorType(DOUBLE, shape.lanes)
        self.tiles, self.step = (self.known(3), self.known(4)) if shape.lanes > 1 else (I64(1), I64(0))

    def known(self, i: int) -> Any:
        """Returns entry i of the context."""
        return self.b.load(self.b.gep(self.context, [I64(i)]))

    def offset(self, row: Any, i: int | Any) -> Any:
        """Returns entry i of a row of the table; entries have 32 bits, addresses 64."""
        at = self.b.gep(row, [i if not isinstance(i, int) else I64(i)])
        return self.b.sext(self.b.load(at), I64)

    def vector(self, base: Any, offset: Any, r: int | Any = 0) -> Any:
        """Returns the address of the r-th vector of a quantity; r is a number, or an LLVM value inside a loop."""
        if not isinstance(r, int):
            offset = self.b.add(offset, self.b.mul(r, I64(self.shape.lanes)))
        elif r:
            offset = self.b.add(offset, I64(r * self.shape.lanes))
        return self.b.bitcast(self.b.gep(base, [offset]), self.kind.as_pointer())

    def load(self, base: Any, offset: Any, r: int | Any = 0) -> Any:
        # Whole vectors have 16 to 64 bytes, but an offset is a multiple of 8 only: quantities of `shared` have one number.
        return self.b.load(self.vector(base, offset, r), align=8)

    def store(self, x: Any, base: Any, offset: Any, r: int | Any = 0) -> None:
        self.b.store(x, self.vector(base, offset, r), align=8)

    def broadcast(self, offset: Any) -> Any:
        """Returns a shared number in every lane."""
        return self.in_every_lane(self.b.load(self.b.gep(self.shared, [offset])))

    def in_every_lane(self, x: Any) -> Any:
        """Returns a vector of one number, or of one whole number, again and again."""
        if self.shape.lanes == 1:
            return x
        # LLVM's idiom for one instruction, vbroadcastsd: into lane 0, then a shuffle that takes lane 0 for each lane.
        nothing = ir.Constant(ir.VectorType(x.type, self.shape.lanes), ir.Undefined)
        mask = ir.Constant(ir.VectorType(I32, self.shape.lanes), [0] * self.shape.lanes)
        return self.b.shuffle_vector(self.b.insert_element(nothing, x, I32(0)), nothing, mask)

    def operand(self, kind: str, offset: Any, r: int | Any) -> Any:
        """Returns the r-th vector of what varies ("V"), or what is shared ("S") in every lane."""
        return self.load(self.tile, offset, r) if kind == "V" else self.broadcast(offset)

    def rows(self) -> Loop:
        """Returns the loop over the rows of the table, which carries the address of the row."""
        return Loop(self.b, self.count, self.table)

    def multiply_add(self, x: Any, y: Any, z: Any) -> Any:
        """Returns x·y + z, with one rounding if the processor has an instruction for that."""
        return intrinsic(self.b, "fmuladd", x, y, z)


class Tiles(Loop):
    """The loop over the tiles, in which the frame's `tile` is that of the round."""

    def __init__(self, frame: Frame, *start: Any) -> None:
        super().__init__(frame.b, frame.tiles, frame.tile, *start)
        self.frame, self.all = frame, frame.tile

    def __enter__(self) -> Tiles:
        super().__enter__()
        self.frame.tile, *self.carried = self.carried
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        self.carried = [self.frame.tile, *self.carried]
        self.next = [self.b.gep(self.frame.tile, [self.frame.step]), *self.next]
        super().__exit__(kind, error, trace)
        self.frame.tile, self.next = self.all, self.next[1:]


@dataclass(frozen=True)
class Forward:
    """An operation on numbers: row [value, stored local derivatives …, arguments …].

    A local derivative is stored if the reverse sweep wants it and it is long: a square root, say, but not a product.
    """

    rule: Rule
    kinds: str  # of each argument in the row: "V" if it varies, "S" if it is shared
    stored: tuple[int, ...]  # which of the rule's local derivatives
    constants: tuple[float | None, ...] = ()  # arguments that are part of the formulas, and so not in the row

    def write(self, f: Frame) -> None:
        known = {x: Constant(c) for x, c in zip(self.rule.arguments, self.constants, strict=False) if c is not None}
        value, *partials = (prepared(folded(substitute(t, known))) for t in self.trees)
        names = [x for x in self.rule.arguments if x not in known]
        width = 1 + len(partials) + len(names)
        with f.rows() as rows:
            (row,) = rows.carried
            offsets = [f.offset(row, i) for i in range(width)]
            # A loop, not a copy of the code for each vector of the tile, because an exp, for one, is long.
            with Tiles(f), Loop(f.b, I64(f.shape.rows)) as each:
                arguments = offsets[1 + len(partials) :]
                operands = {x: f.operand(k, o, each.index) for x, k, o in zip(names, self.kinds, arguments, strict=True)}
                emitter = Emitter(f.b, f.kind, operands)
                v = emitter.names["v"] = emitter.value(value)
                emitter.known[Argument("v")] = v  # local derivatives may be formulas of the value
                f.store(v, f.tile, offsets[0], each.index)
                for partial, offset in zip(partials, offsets[1:], strict=False):
                    f.store(emitter.value(partial), f.tile, offset, each.index)
            rows.next = [f.b.gep(row, [I64(width)])]

    @property
    def trees(self) -> list[Formula]:
        return [self.rule.value, *(self.rule.partials[i] for i in self.stored)]


@dataclass(frozen=True)
class ForwardLists:
    """An operation on lists: row [n, value, scalars …, then for each element: arguments …, stored local derivatives …].

    Rows differ in length: after a row of n elements the next begins.
    """

    rule: Rule
    kinds: str  # of the lists, then of the scalars
    stored: tuple[int, ...]  # of the lists' local derivatives, those that are written down

    def write(self, f: Frame) -> None:
        rule, b = self.rule, f.b
        scalars = rule.arguments[rule.lists :]
        value, *partials = (prepared(t) for t in [rule.value, *(rule.partials[i] for i in self.stored)])
        width = rule.lists + len(partials)
        with f.rows() as rows:
            (row,) = rows.carried
            length = f.offset(row, 0)
            head = [f.offset(row, 1 + i) for i in range(1 + len(scalars))]
            first = b.gep(row, [I64(1 + len(head))])
            with Tiles(f), Loop(b, I64(f.shape.rows)) as each:
                # The default argument binds this round's index now; the functions are called inside further loops.
                def element(column: int, r: Any = each.index) -> Callable[[Any], Any]:
                    def load(i: Any) -> Any:
                        offset = f.offset(first, b.add(b.mul(i, I64(width)), I64(column)))
                        return f.operand(self.kinds[column], offset, r)

                    return load

                kinds = self.kinds[rule.lists :]
                names = {x: f.operand(k, o, each.index) for x, k, o in zip(scalars, kinds, head[1:], strict=True)}
                lists = {x: element(i) for i, x in enumerate(rule.arguments[: rule.lists])}
                emitter = Emitter(b, f.kind, names, lists, length)
                emitter.known[Argument("v")] = v = emitter.value(value)
                f.store(v, f.tile, head[0], each.index)
                if partials:
                    # What all elements share, such as a sum over them, must be computed before the loop over them begins.
                    for partial in partials:
                        emitter.compute_outside(partial)
                    with emitter.each_element() as (loop, _):
                        for i, partial in enumerate(partials, rule.lists):
                            x = emitter.value(partial)
                            offset = f.offset(first, b.add(b.mul(loop.index, I64(width)), I64(i)))
                            f.store(x, f.tile, offset, each.index)
            rows.next = [b.gep(first, [b.mul(length, I64(width))])]


@dataclass(frozen=True)
class Dense:
    """Some neurons with the same inputs: row [n, step, weights …, starts …, sums …, others …, then the n inputs].

    Sum j is start j + Σ_k w·x, where w is the shared number at `weights j` + k·step. Forward a sum's start is the neuron's
    bias, and its other the activated sum. In reverse the "inputs" are the adjoints of all neurons and the "sums" adjoints of
    inputs, for Σ w·s̄ over the neurons is a product of the same kind, through the weights in the other direction; the start is
    then what the adjoint has so far.

    This is one of the two kernels that networks spend their time in. All block × rows sums stay in registers from the first
    input to the last, each vector of inputs that is loaded serves all neurons of the block, and each weight all rows:

                       input x, rows 0 … 1
        weight w0  →   s00  s01            AVX has 16 registers: the sums of a block of 6 in 2 rows are 12, then 2 for x
        weight w1  →   s10  s11            and 1 for w. AVX-512 has 32: 6 in 4 rows are 24, then 4 for x and 1 for w.
        …
    """

    block: int
    start: str  # "S" if starts are shared, "V" if they vary; "" for 0, and then the row has none
    activation: Rule | None = None  # applied to each sum; without one the row has no others
    keep: bool = True  # whether the sums are stored, too, for the activation's derivative; else the row has none
    slope: bool = False  # whether the sum is multiplied by the activation's derivative of the other, instead of all that

    def write(self, f: Frame) -> None:
        b, block, each = f.b, range(self.block), range(f.shape.rows)
        with f.rows() as rows:
            (row,) = rows.carried
            length, step = f.offset(row, 0), f.offset(row, 1)
            fields = iter([f.offset(row, 2 + i) for i in range(self.head * self.block)])
            weights, starts, places, others = (
                [next(fields) for _ in block] if there else [] for there in (True, self.start, self.keep, self.activation)
            )
            weights = [b.gep(f.shared, [w]) for w in weights]
            inputs = b.gep(row, [I64(2 + self.head * self.block)])
            with Tiles(f):
                zero = constant(f.kind, 0.0)
                begin = [f.operand(self.start, starts[i], r) if self.start else zero for i in block for r in each]
                with Loop(b, length, inputs, I64(0), *begin) as terms:
                    at, k, *sums = terms.carried
                    where = f.offset(at, 0)
                    x = [f.load(f.tile, where, r) for r in each]
                    new = []
                    for i in block:
                        w = f.in_every_lane(b.load(b.gep(weights[i], [k])))
                        new += [f.multiply_add(w, x[r], sums[i * len(each) + r]) for r in each]
                    terms.next = [b.gep(at, [I64(1)]), b.add(k, step), *new]
                _, _, *sums = terms.next
                for i in block:
                    for r in each:
                        self._finish(f, sums[i * len(each) + r], r, *[own[i] for own in (places, others) if own])
            rows.next = [b.gep(inputs, [length])]

    def _finish(self, f: Frame, x: Any, r: int, *places: Any) -> None:
        if self.slope:
            assert self.activation is not None
            d = Emitter(f.b, f.kind, {"x": f.load(f.tile, places[1], r)}).value(partial(self.activation, 0, ()))
            x = f.b.fmul(x, d)
        if self.keep:
            f.store(x, f.tile, places[0], r)
        if self.activation is not None and not self.slope:
            z = Emitter(f.b, f.kind, {"x": x}).value(prepared(self.activation.value))
            f.store(z, f.tile, places[-1], r)

    @property
    def head(self) -> int:
        """How many numbers for each neuron stand before the inputs."""
        return 1 + bool(self.start) + self.keep + (self.activation is not None)


@dataclass(frozen=True)
class DenseWeights:
    """Adjoints of a layer's weights, s̄·x summed over the samples: row [m, panels, sum, step, m adjoints …, inputs …].

    The sum of neuron i and input k is at `sum` + i·step + k. Here lanes are *inputs*, because then a sum is a number, not a
    vector that has to be added up in the end. For each panel of `vectors` × lanes inputs their numbers are turned, once, so
    that those of one sample are side by side; then for each block of neurons all sums of the panel stay in registers from the
    first sample to the last of all tiles.
    """

    vectors: int
    blocks: tuple[int, ...]  # the sizes of blocks that the neurons are divided into, each as often as possible

    def write(self, f: Frame) -> None:
        b = f.b
        panel = b.inttoptr(f.known(5), POINTER)
        with f.rows() as rows:
            (row,) = rows.carried
            neurons, panels, place, step = (f.offset(row, i) for i in range(4))
            adjoints = b.gep(row, [I64(4)])
            with Loop(b, panels, b.gep(adjoints, [neurons]), b.gep(f.sums, [place])) as each:
                inputs, sums = each.carried
                self._turn(f, inputs, panel)
                done, left = I64(0), neurons
                for size in self.blocks:
                    count = b.sdiv(left, I64(size))
                    with Loop(b, count, b.gep(adjoints, [done]), b.gep(sums, [b.mul(done, step)])) as block:
                        self._add_block(f, size, block.carried[0], block.carried[1], step, panel)
                        further = I64(size), b.mul(step, I64(size))
                        block.next = [b.gep(x, [by]) for x, by in zip(block.carried, further, strict=True)]
                    many = b.mul(count, I64(size))
                    done, left = b.add(done, many), b.sub(left, many)
                each.next = [b.gep(x, [I64(self.width(f))]) for x in (inputs, sums)]
            rows.next = each.next[:1]

    def width(self, f: Frame) -> int:
        """Returns how many inputs a panel has."""
        return self.vectors * f.shape.lanes

    def _turn(self, f: Frame, inputs: Any, panel: Any) -> None:
        """Writes the panel: sample by sample the numbers of its inputs."""
        lanes, width = f.shape.lanes, self.width(f)
        places = [f.offset(inputs, i) for i in range(width)]
        with Tiles(f, panel) as tiles:
            (to,) = tiles.carried
            for r in range(f.shape.rows):
                for v in range(self.vectors):
                    xs = [f.load(f.tile, place, r) for place in places[v * lanes : (v + 1) * lanes]]
                    for sample, x in enumerate(_turned(f.b, xs)):
                        f.store(x, to, I64((r * lanes + sample) * width + v * lanes))
            tiles.next = [f.b.gep(to, [I64(f.shape.samples * width)])]

    def _add_block(self, f: Frame, size: int, adjoints: Any, sums: Any, step: Any, panel: Any) -> None:
        """Adds to the sums of one panel and some neurons; `sums` is the address of the first."""
        b, width, samples = f.b, self.width(f), f.shape.samples
        # Few sums would wait for themselves, so there are two of each, for every second sample, where registers are left.
        copies = 2 if samples > 1 and size * self.vectors <= 6 else 1
        each = [(i, v) for i in range(size) for v in range(self.vectors)]
        own = [b.gep(sums, [b.mul(step, I64(i))]) for i in range(size)]
        places = [f.offset(adjoints, i) for i in range(size)]
        start = [f.load(own[i], I64(v * f.shape.lanes)) for i, v in each]
        start += [constant(f.kind, 0.0)] * (len(each) * (copies - 1))
        with Tiles(f, panel, *start) as tiles:
            at, *so_far = tiles.carried
            numbers = [b.gep(f.tile, [place]) for place in places]
            with Loop(b, I64(samples // copies), at, I64(0), *so_far) as sample:
                x_at, s, *added = sample.carried
                new: list[Any] = []
                for c in range(copies):
                    x = [f.load(x_at, I64(c * width + v * f.shape.lanes)) for v in range(self.vectors)]
                    for i in range(size):
                        d = f.in_every_lane(b.load(b.gep(numbers[i], [b.add(s, I64(c)) if c else s])))
                        new += [f.multiply_add(d, x[v], added[len(new) + v]) for v in range(self.vectors)]
                sample.next = [b.gep(x_at, [I64(copies * width)]), b.add(s, I64(copies)), *new]
            tiles.next = [sample.next[0], *sample.next[2:]]
        _, *found = tiles.next
        for n, (i, v) in enumerate(each):
            x = found[n]
            for c in range(1, copies):
                x = b.fadd(x, found[c * len(each) + n])
            f.store(x, own[i], I64(v * f.shape.lanes))


def _turned(b: Any, rows: list[Any]) -> list[Any]:
    """Returns the columns of a square of numbers, given by its rows."""
    size, distance = len(rows), 1
    while distance < size:
        # In all squares of twice the distance, the quarter at the upper right changes places with that at the lower left.
        low = [e + (size - distance if e & distance else 0) for e in range(size)]
        high = [e + (size if e & distance else distance) for e in range(size)]
        new = list(rows)
        for i in [i for i in range(size) if not i & distance]:
            for to, pick in ((i, low), (i + distance, high)):
                mask = ir.Constant(ir.VectorType(I32, size), pick)
                new[to] = b.shuffle_vector(rows[i], rows[i + distance], mask)
        rows, distance = new, distance * 2
    return rows


@dataclass(frozen=True)
class Reverse:
    """One edge, parent's adjoint += adjoint · local derivative: row [adjoint, parent's adjoint, sources …].

    What the sources are follows from `partial`, which says where the local derivative comes from:

        "+", "-"   it is 1 or -1: no source
        "V", "S"   the one source is its place, in the tile or among the shared numbers
        "="        formula k of the rule, computed anew; the sources are the places of what the formula mentions
    """

    partial: str
    target: str  # "V" if the parent varies: its adjoint is in the tile; "S" if it is shared: its adjoint is a sum
    first: bool = False  # whether the parent's adjoint begins here, so that the tile holds something stale
    rule: Rule | None = None  # this and the rest for "=" alone
    k: int = 0
    kinds: str = ""  # of the sources
    constants: tuple[float | None, ...] = ()

    def write(self, f: Frame) -> None:
        width = 2 + (len(self.kinds) if self.partial == "=" else self.partial in "VS")
        with f.rows() as rows:
            (row,) = rows.carried
            adjoint, target, *sources = (f.offset(row, i) for i in range(width))
            # An adjoint in the tile has a vector for each row of it. A sum is one vector, to which all rows are added.
            with Tiles(f, *([f.load(f.sums, target)] if self.target == "S" else [])) as tiles:
                tiles.next = list(tiles.carried)
                for r in range(f.shape.rows):
                    a = f.load(f.tile, adjoint, r)
                    if self.target == "S":
                        tiles.next = [self._added(f, a, sources, r, *tiles.next)]
                    else:
                        old = None if self.first else f.load(f.tile, target, r)
                        f.store(self._added(f, a, sources, r, old), f.tile, target, r)
            if self.target == "S":
                f.store(tiles.next[0], f.sums, target)
            rows.next = [f.b.gep(row, [I64(width)])]

    def _added(self, f: Frame, adjoint: Any, sources: Sequence[Any], r: int, old: Any) -> Any:
        """Returns the parent's adjoint with this edge's contribution; `old` is None where that is the first."""
        if self.partial == "+":
            return adjoint if old is None else f.b.fadd(old, adjoint)
        if self.partial == "-":
            return f.b.fneg(adjoint) if old is None else f.b.fsub(old, adjoint)
        if self.partial == "=":
            assert self.rule is not None
            tree = partial(self.rule, self.k, self.constants)
            operands = [f.operand(kind, source, r) for kind, source in zip(self.kinds, sources, strict=True)]
            d = Emitter(f.b, f.kind, dict(zip(mentioned(self.rule, tree), operands, strict=True))).value(tree)
        else:
            d = f.operand(self.partial, sources[0], r)
        return f.b.fmul(adjoint, d) if old is None else f.multiply_add(adjoint, d, old)


@dataclass(frozen=True)
class Fill:
    """A shared number copied to all samples of the tile: row [to, from]."""

    seed: bool = False  # whether lanes beyond the last sample get 0: all adjoints in them are then 0, and add nothing to sums

    def write(self, f: Frame) -> None:
        with f.rows() as rows:
            (row,) = rows.carried
            x = f.broadcast(f.offset(row, 1))
            target = f.offset(row, 0)
            with Tiles(f, f.b.sub(f.known(1), f.known(0))) as tiles:
                (left,) = tiles.carried  # samples from this tile's first to the end
                for r in range(f.shape.rows):
                    f.store(self._kept(f, x, r, left) if self.seed else x, f.tile, target, r)
                tiles.next = [f.b.sub(left, I64(f.shape.samples))]
            rows.next = [f.b.gep(row, [I64(2)])]

    def _kept(self, f: Frame, x: Any, r: int, left: Any) -> Any:
        if f.shape.lanes == 1:
            return x
        lane = ir.Constant(ir.VectorType(I64, f.shape.lanes), [r * f.shape.lanes + i for i in range(f.shape.lanes)])
        return f.b.select(f.b.icmp_signed("<", lane, f.in_every_lane(left)), x, constant(f.kind, 0.0))


@dataclass(frozen=True)
class Move:
    """Columns of an array read into the tile, or written from it: row [tile, array, column, n], n side by side in both.

    Where a batch ends inside a tile, reading repeats its last sample, so that no lane computes with numbers that nobody
    gave, and writing stops.
    """

    store: bool

    def write(self, f: Frame) -> None:
        b = f.b
        with f.rows() as rows:
            (row,) = rows.carried
            place, array, column, width = (f.offset(row, i) for i in range(4))
            header = b.gep(f.context, [b.add(I64(ARRAYS), b.mul(array, I64(3)))])
            pointer, row_stride, column_stride = (b.load(b.gep(header, [I64(i)])) for i in range(3))
            base = b.gep(b.inttoptr(pointer, POINTER), [b.add(b.mul(column, column_stride), b.mul(f.known(0), row_stride))])
            side_by_side = b.icmp_signed("==", column_stride, I64(1))
            squares = b.select(side_by_side, b.sdiv(width, I64(f.shape.lanes)), I64(0))
            further = b.mul(row_stride, I64(f.shape.samples))
            # A whole tile is moved without a test for each sample; only the last one may be a part.
            with Tiles(f, b.sub(f.known(1), f.known(0)), base) as tiles:
                left, at = tiles.carried
                tile = b.gep(f.tile, [place])
                with b.if_else(b.icmp_signed(">=", left, I64(f.shape.samples))) as (full, part):
                    with full:
                        self._whole(f, at, tile, width, squares, row_stride, column_stride)
                    with part, Loop(b, width, at, tile) as single:
                        outside, inside = single.carried
                        with Loop(b, left if self.store else I64(f.shape.samples), outside) as lane:
                            self._one(b, lane.carried[0], b.gep(inside, [lane.index]))
                            more = b.icmp_signed("<", b.add(lane.index, I64(1)), left)
                            lane.next = [b.gep(lane.carried[0], [b.select(more, row_stride, I64(0))])]
                        single.next = [b.gep(outside, [column_stride]), b.gep(inside, [I64(f.shape.samples)])]
                tiles.next = [b.sub(left, I64(f.shape.samples)), b.gep(at, [further])]
            rows.next = [b.gep(row, [I64(4)])]

    def _whole(
        self, f: Frame, outside: Any, inside: Any, width: Any, squares: Any, row_stride: Any, column_stride: Any
    ) -> None:
        """Moves the columns of a whole tile: first in squares, then those that are left."""
        b, lanes = f.b, f.shape.lanes
        with b.if_then(b.icmp_signed(">", squares, I64(0))), Loop(b, squares, outside, inside) as square:
            self._square(f, square.carried[0], square.carried[1], row_stride)
            steps = I64(lanes), I64(lanes * f.shape.samples)
            square.next = [b.gep(x, [step]) for x, step in zip(square.carried, steps, strict=True)]
        done = b.mul(squares, I64(lanes))
        rest = b.sub(width, done)
        start = b.gep(outside, [b.mul(done, column_stride)]), b.gep(inside, [b.mul(done, I64(f.shape.samples))])
        with b.if_then(b.icmp_signed(">", rest, I64(0))), Loop(b, rest, *start) as single:
            at, to = single.carried
            for i in range(f.shape.samples):
                self._one(b, at, b.gep(to, [I64(i)]))
                at = b.gep(at, [row_stride])
            single.next = [b.gep(single.carried[0], [column_stride]), b.gep(to, [I64(f.shape.samples)])]

    def _square(self, f: Frame, outside: Any, inside: Any, row_stride: Any) -> None:
        """Moves as many columns as there are lanes."""
        lanes = range(f.shape.lanes)
        for r in range(f.shape.rows):
            samples = [f.b.mul(row_stride, I64(r * f.shape.lanes + i)) for i in lanes]
            columns = [I64(i * f.shape.samples + r * f.shape.lanes) for i in lanes]
            start, end = ((inside, columns), (outside, samples)) if self.store else ((outside, samples), (inside, columns))
            for x, offset in zip(_turned(f.b, [f.load(start[0], offset) for offset in start[1]]), end[1], strict=True):
                f.store(x, end[0], offset)

    def _one(self, b: Any, outside: Any, inside: Any) -> None:
        b.store(b.load(inside if self.store else outside), outside if self.store else inside)


@dataclass(frozen=True)
class Collect:
    """The partial sums of all lanes and threads added up, in order, as a shared adjoint: row [sum, adjoint].

    It leaves zeros behind for the next call. The order is fixed, so the same threads give the same bits.
    """

    lanes: int  # of the sums; the kernel itself is run with one lane

    def write(self, f: Frame) -> None:
        b = f.b
        vector = ir.VectorType(DOUBLE, self.lanes)
        base, threads, stride = _all_sums(f)
        with f.rows() as rows:
            (row,) = rows.carried
            offset, target = (f.offset(row, i) for i in range(2))
            with Loop(b, threads, constant(vector, -0.0)) as each:  # -0, because -0 + 0 is 0, and -0 + -0 stays -0
                at = b.bitcast(b.gep(base, [b.add(offset, b.mul(each.index, stride))]), vector.as_pointer())
                each.next = [b.fadd(each.carried[0], b.load(at, align=8))]
                b.store(constant(vector, 0.0), at, align=8)
            (x,) = each.next
            width = self.lanes
            while width > 1:  # the upper half is added to the lower half, until one lane is left
                width //= 2
                kind = ir.VectorType(I32, width)
                low, high = ([start + i for i in range(width)] for start in (0, width))
                x = b.fadd(*(b.shuffle_vector(x, x, ir.Constant(kind, half)) for half in (low, high)))
            f.b.store(b.extract_element(x, I32(0)), b.gep(f.shared, [target]))
            rows.next = [b.gep(row, [I64(2)])]


@dataclass(frozen=True)
class CollectWeights:
    """The sums of DenseWeights added up over threads as shared adjoints: row [n, first sum, first adjoint], n side by side.

    It leaves zeros behind, as Collect does.
    """

    lanes: int  # how many are added up at once; the kernel itself is run with one lane
    add: bool  # whether the adjoints have something already
    threads: bool = True  # whether each thread has sums; else they are of what all samples share, which one computes

    def write(self, f: Frame) -> None:
        b = f.b
        base, threads, stride = _all_sums(f) if self.threads else (f.shared, I64(1), I64(0))
        with f.rows() as rows:
            (row,) = rows.carried
            length, place, target = (f.offset(row, i) for i in range(3))
            start, to = b.gep(base, [place]), b.gep(f.shared, [target])
            done = I64(0)
            for lanes in dict.fromkeys((self.lanes, 1)):
                many = b.sdiv(b.sub(length, done), I64(lanes))
                with b.if_then(b.icmp_signed(">", many, I64(0))), Loop(b, many) as each:
                    at = b.add(done, b.mul(each.index, I64(lanes)))
                    self._add(f, lanes, b.gep(start, [at]), b.gep(to, [at]), threads, stride)
                done = b.add(done, b.mul(many, I64(lanes)))
            rows.next = [b.gep(row, [I64(3)])]

    def _add(self, f: Frame, lanes: int, sums: Any, to: Any, threads: Any, stride: Any) -> None:
        b, kind = f.b, ir.VectorType(DOUBLE, lanes)
        to = b.bitcast(to, kind.as_pointer())
        with Loop(b, threads, sums, b.load(to, align=8) if self.add else constant(kind, -0.0)) as each:
            at = b.bitcast(each.carried[0], kind.as_pointer())
            each.next = [b.gep(each.carried[0], [stride]), b.fadd(each.carried[1], b.load(at, align=8))]
            b.store(constant(kind, 0.0), at, align=8)
        b.store(each.next[1], to, align=8)


def _all_sums(f: Frame) -> tuple[Any, Any, Any]:
    """Returns the address of the first thread's sums, the number of threads, and the distance from one's sums to the next."""
    return f.b.inttoptr(f.known(2), POINTER), f.known(6), f.known(7)


Kernel = Forward | ForwardLists | Dense | DenseWeights | Reverse | Fill | Move | Collect | CollectWeights

# The context that kernels read, in 64-bit numbers: 0 the first sample of the first tile, 1 the number of samples, 2 the address
# of all sums, 3 the number of tiles, 4 how far it is from one to the next, 5 the address of a panel (see DenseWeights), 6 the
# number of threads, 7 the size of a thread's sums; from here on three for each array: its address, and the strides of its rows
# and columns, counted in numbers.
ARRAYS = 8


def name(kernel: Kernel) -> str:
    """Returns a name for a kernel's function."""
    rule = getattr(kernel, "rule", None)
    return re.sub(r"\W", "_", rule.name, flags=re.ASCII) if rule else type(kernel).__name__.lower()
