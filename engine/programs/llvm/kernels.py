"""Kernels: for each kind of work one small loop over the rows of a table, written from the table of formulas.

A row is one node, or one edge of the reverse sweep, or a few neurons with the same inputs; it consists of offsets into three
areas of memory. So the code is as large as the number of *different* operations, however long the tape is, and a kernel
compiled for one program serves all others.

    tile    lanes × rows numbers, one for each sample, for every quantity that differs from sample to sample
    shared  one number for every quantity that all samples share, and for every constant
    sums    `lanes` partial sums for the adjoint of every shared quantity; each thread has its own

What all samples share is computed by the same kernels with one lane and one row: their tile is `shared`.
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
        rows: the vectors of a tile, so that lanes × rows samples are under way together
        block: the most neurons with the same inputs in one row of Dense
    """

    lanes: int
    rows: int
    block: int

    @property
    def samples(self) -> int:
        return self.lanes * self.rows


ONE = TileShape(1, 1, 4)  # for what all samples share


class Frame:
    """A kernel that is being written: its arguments, with loads and stores by offset.

    Attributes:
        b: LLVM's builder, which appends instructions
        count, table: the number of rows, and the address of the first
        tile, shared, sums: the addresses of the areas; for `ONE` all three are that of `shared`
        context: the address of what differs from call to call, see ARRAYS
        kind: the type of a vector
    """

    def __init__(self, function: Any, shape: TileShape) -> None:
        self.b = ir.IRBuilder(function.append_basic_block("entry"))
        self.count, self.table, self.tile, self.shared, self.sums, self.context = function.args
        self.shape = shape
        self.kind = DOUBLE if shape.lanes == 1 else ir.VectorType(DOUBLE, shape.lanes)

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
        x = self.b.load(self.b.gep(self.shared, [offset]))
        if self.shape.lanes == 1:
            return x
        # LLVM's idiom for one instruction, vbroadcastsd: into lane 0, then a shuffle that takes lane 0 for each lane.
        one = self.b.insert_element(ir.Constant(self.kind, ir.Undefined), x, I32(0))
        mask = ir.Constant(ir.VectorType(I32, self.shape.lanes), [0] * self.shape.lanes)
        return self.b.shuffle_vector(one, ir.Constant(self.kind, ir.Undefined), mask)

    def operand(self, kind: str, offset: Any, r: int | Any) -> Any:
        """Returns the r-th vector of what varies ("V"), or what is shared ("S") in every lane."""
        return self.load(self.tile, offset, r) if kind == "V" else self.broadcast(offset)

    def rows(self) -> Loop:
        """Returns the loop over the rows of the table, which carries the address of the row."""
        return Loop(self.b, self.count, self.table)

    def multiply_add(self, x: Any, y: Any, z: Any) -> Any:
        """Returns x·y + z, with one rounding if the processor has an instruction for that."""
        return intrinsic(self.b, "fmuladd", x, y, z)


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
            with Loop(f.b, I64(f.shape.rows)) as each:
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
            with Loop(b, I64(f.shape.rows)) as each:
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
    """`block` neurons with the same inputs: row [n, bias …, sum …, activated sum …, then for each input: it, weight …].

    This is the kernel that networks spend their time in. All block × rows sums stay in registers from the first input to the
    last, each vector of inputs that is loaded serves all neurons of the block, and each weight all rows:

                       input x, rows 0 … 3        the sums of a block of 4 in 4 rows are 16 registers; with 4 for x and 1
        weight w0  →   s00  s01  s02  s03         for w that leaves some of AVX-512's 32. AVX has 16 registers: a block of
        weight w1  →   s10  s11  s12  s13         2 in 4 rows.
        …
    """

    block: int
    bias: str  # the kind of the biases; weights are shared, inputs vary
    activation: Rule | None = None  # applied to each sum; without one the row has no activated sums
    keep: bool = True  # whether the sums are stored, too, for the activation's derivative; always without an activation

    def write(self, f: Frame) -> None:
        b, block, each = f.b, range(self.block), range(f.shape.rows)
        stored = self.keep + (self.activation is not None)
        with f.rows() as rows:
            (row,) = rows.carried
            length = f.offset(row, 0)
            biases = [f.offset(row, 1 + i) for i in block]
            places = [f.offset(row, 1 + self.block + i) for i in range(stored * self.block)]
            first = b.gep(row, [I64(1 + (1 + stored) * self.block)])
            start = [f.operand(self.bias, biases[i], r) for i in block for r in each]  # in the order of `sums` below
            with Loop(b, length, first, *start) as terms:
                at, *sums = terms.carried
                where = f.offset(at, 0)
                x = [f.load(f.tile, where, r) for r in each]
                new = []
                for i in block:
                    w = f.broadcast(f.offset(at, 1 + i))
                    new += [f.multiply_add(w, x[r], sums[i * len(each) + r]) for r in each]
                terms.next = [b.gep(at, [I64(1 + self.block)]), *new]
            last, *sums = terms.next
            for i in block:
                for r in each:
                    u = sums[i * len(each) + r]
                    if self.keep:
                        f.store(u, f.tile, places[i], r)
                    if self.activation is not None:
                        z = Emitter(b, f.kind, {"x": u}).value(prepared(self.activation.value))
                        f.store(z, f.tile, places[i - self.block], r)
            rows.next = [last]


@dataclass(frozen=True)
class DenseReverse:
    """The reverse of Dense, for neurons with sums s = Σ w·x + b and adjoints s̄:  x̄ += Σ w·s̄,  w̄ += s̄·x,  b̄ += s̄.

    Row [n, adjoint …, sum …, bias's partial sum …, then for each input: it, weight …, its adjoint, weight's partial sum …].
    Whatever is not needed is left out of the row: an input itself is there for its weights' adjoints alone, a weight for
    its input's. The adjoints of the block are loaded once, and then stay in registers for all inputs.
    """

    block: int
    inputs: str  # "" if inputs want no adjoint, "first" if theirs begin with this row, "add" if they have one already
    weights: bool  # whether weights want an adjoint
    biases: bool  # whether biases do
    activation: Rule | None = None  # with one, the adjoints are those of the activated sums, and the row has the sums

    def write(self, f: Frame) -> None:
        b, block, each = f.b, range(self.block), range(f.shape.rows)
        with f.rows() as rows:
            (row,) = rows.carried
            length = f.offset(row, 0)
            adjoints = [[f.load(f.tile, o, r) for r in each] for o in [f.offset(row, 1 + i) for i in block]]
            head = 1 + self.block
            if self.activation is not None:
                # From the activated sum's adjoint to the sum's: its derivative, of the sum alone, is computed anew.
                tree = partial(self.activation, 0, ())
                for i in block:
                    sums = f.offset(row, head + i)
                    for r in each:
                        d = Emitter(b, f.kind, {"x": f.load(f.tile, sums, r)}).value(tree)
                        adjoints[i][r] = b.fmul(adjoints[i][r], d)
                head += self.block
            if self.biases:
                # Lane by lane: a sum over samples stays a vector until Collect makes one number of it.
                for i in block:
                    target = f.offset(row, head + i)
                    so_far = f.load(f.sums, target)
                    for r in each:
                        so_far = b.fadd(so_far, adjoints[i][r])
                    f.store(so_far, f.sums, target)
                head += self.block
            with Loop(b, length, b.gep(row, [I64(head)])) as terms:
                (at,) = terms.carried
                if self.weights:
                    self._to_weights(f, at, adjoints)
                if self.inputs:
                    self._to_inputs(f, at, adjoints)
                terms.next = [b.gep(at, [I64(self.width)])]
            rows.next = terms.next

    def _to_weights(self, f: Frame, at: Any, adjoints: Sequence[Sequence[Any]]) -> None:
        """Adds s̄·x to the partial sums of one input's weights: a load and a store of each sum for all rows of the tile."""
        where = f.offset(at, 0)
        x = [f.load(f.tile, where, r) for r in range(f.shape.rows)]
        for i, adjoint in enumerate(adjoints):
            target = f.offset(at, self.width - self.block + i)
            so_far = f.load(f.sums, target)
            for r, one in enumerate(x):
                so_far = f.multiply_add(adjoint[r], one, so_far)
            f.store(so_far, f.sums, target)

    def _to_inputs(self, f: Frame, at: Any, adjoints: Sequence[Sequence[Any]]) -> None:
        """Adds Σ w·s̄ over the block to the adjoint of one input, or sets it where it begins."""
        w = [f.broadcast(f.offset(at, int(self.weights) + i)) for i in range(self.block)]
        target = f.offset(at, int(self.weights) + self.block)
        begins = self.inputs == "first"
        for r in range(f.shape.rows):
            dx = f.b.fmul(w[0], adjoints[0][r]) if begins else f.load(f.tile, target, r)
            for i in range(begins, self.block):  # from 1 on where neuron 0 has begun it
                dx = f.multiply_add(w[i], adjoints[i][r], dx)
            f.store(dx, f.tile, target, r)

    @property
    def width(self) -> int:
        """The number of entries for each input."""
        return (1 + self.block) * (self.weights + bool(self.inputs))


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
            so_far = f.load(f.sums, target) if self.target == "S" else None
            for r in range(f.shape.rows):
                a = f.load(f.tile, adjoint, r)
                old = so_far if self.target == "S" else None if self.first else f.load(f.tile, target, r)
                new = self._added(f, a, sources, r, old)
                if self.target == "S":
                    so_far = new
                else:
                    f.store(new, f.tile, target, r)
            if self.target == "S":
                f.store(so_far, f.sums, target)
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
            for r in range(f.shape.rows):
                f.store(self._kept(f, x, r) if self.seed else x, f.tile, target, r)
            rows.next = [f.b.gep(row, [I64(2)])]

    def _kept(self, f: Frame, x: Any, r: int) -> Any:
        if f.shape.lanes == 1:
            return x
        b, whole = f.b, ir.VectorType(I64, f.shape.lanes)
        left = b.sub(b.load(b.gep(f.context, [I64(1)])), b.load(f.context))  # samples from this tile's first to the end
        all_left = b.shuffle_vector(
            b.insert_element(ir.Constant(whole, ir.Undefined), left, I32(0)),
            ir.Constant(whole, ir.Undefined),
            ir.Constant(ir.VectorType(I32, f.shape.lanes), [0] * f.shape.lanes),
        )
        lane = ir.Constant(whole, [r * f.shape.lanes + i for i in range(f.shape.lanes)])
        return b.select(b.icmp_signed("<", lane, all_left), x, constant(f.kind, 0.0))


@dataclass(frozen=True)
class Move:
    """A column of an array read into the tile, or written from it: row [tile, array, column].

    Where a batch ends inside a tile, reading repeats its last sample, so that no lane computes with numbers that nobody
    gave, and writing stops.
    """

    store: bool

    def write(self, f: Frame) -> None:
        b = f.b
        start, samples = b.load(f.context), b.load(b.gep(f.context, [I64(1)]))
        left = b.sub(samples, start)
        count = b.select(b.icmp_signed("<", left, I64(f.shape.samples)), left, I64(f.shape.samples))
        with f.rows() as rows:
            (row,) = rows.carried
            place, array, column = (f.offset(row, i) for i in range(3))
            header = b.gep(f.context, [b.add(I64(ARRAYS), b.mul(array, I64(3)))])
            pointer, row_stride, column_stride = (b.load(b.gep(header, [I64(i)])) for i in range(3))
            base = b.gep(b.inttoptr(pointer, POINTER), [b.add(b.mul(column, column_stride), b.mul(start, row_stride))])
            tile = b.gep(f.tile, [place])
            # A whole tile is moved without a test for each sample; only the last one may be a part.
            with b.if_else(b.icmp_signed("==", count, I64(f.shape.samples))) as (full, part):
                with full, Loop(b, I64(f.shape.rows), base) as vector:
                    at = vector.carried[0]
                    for i in range(f.shape.lanes):
                        inside = b.add(b.mul(vector.index, I64(f.shape.lanes)), I64(i))
                        self._one(b, at, b.gep(tile, [inside]))
                        at = b.gep(at, [row_stride])
                    vector.next = [at]
                with part, Loop(b, count if self.store else I64(f.shape.samples), base) as lane:
                    self._one(b, lane.carried[0], b.gep(tile, [lane.index]))
                    more = b.icmp_signed("<", b.add(lane.index, I64(1)), count)
                    lane.next = [b.gep(lane.carried[0], [b.select(more, row_stride, I64(0))])]
            rows.next = [b.gep(row, [I64(3)])]

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
        sums, threads, stride = (b.load(b.gep(f.context, [I64(i)])) for i in (2, 3, 4))
        base = b.inttoptr(sums, POINTER)
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


Kernel = Forward | ForwardLists | Dense | DenseReverse | Reverse | Fill | Move | Collect

# The context that kernels read, in 64-bit numbers: 0 the first sample of the tile, 1 the number of samples, 2 the address of
# the sums, 3 the number of threads, 4 the size of a thread's sums; from here on three for each array: its address, and the
# strides of its rows and columns, counted in numbers.
ARRAYS = 5


def name(kernel: Kernel) -> str:
    """Returns a name for a kernel's function."""
    rule = getattr(kernel, "rule", None)
    return re.sub(r"\W", "_", rule.name, flags=re.ASCII) if rule else type(kernel).__name__.lower()
