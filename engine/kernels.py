"""Machine code for LLVM programs: one small loop, a kernel, for each kind of work, written from the table's formulas.

A kernel goes through the rows of a table of offsets; each row is one node, or one edge of the reverse sweep, or a few
neurons with the same inputs. So the code is as large as the number of *different* operations, however long the tape is, and
a kernel compiled for one program serves all others.

Memory: `tile` has a vector of `lanes × rows` samples for every quantity that differs from sample to sample; `shared` has
one number for every quantity that does not, and for constants; `sums` has a vector of `lanes` partial sums for the adjoint
of every shared quantity. What is the same for all samples is computed by the same kernels with one lane and one row, whose
tile is `shared`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from chalkgrad.engine.formula import Argument, Constant, Formula, substitute
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.source import folded
from chalkgrad.engine.vectors import DOUBLE, I32, I64, Emitter, constant, counted, intrinsic, mentioned, partial, prepared
from llvmlite import ir

POINTER, INDEXES = DOUBLE.as_pointer(), I32.as_pointer()
KERNEL = ir.FunctionType(ir.VoidType(), [I64, INDEXES, POINTER, POINTER, POINTER, I64.as_pointer()])


class Shape(NamedTuple):
    """How many samples a kernel takes at once: `rows` vectors of `lanes`; and how many neurons with the same inputs."""

    lanes: int
    rows: int
    block: int

    @property
    def samples(self) -> int:
        return self.lanes * self.rows


ONE = Shape(1, 1, 4)


class Frame:
    """Where a kernel is being written: its arguments, and loads and stores by offset."""

    def __init__(self, function: Any, shape: Shape) -> None:
        self.b = ir.IRBuilder(function.append_basic_block("entry"))
        self.count, self.table, self.tile, self.shared, self.sums, self.context = function.args
        self.shape = shape
        self.kind = DOUBLE if shape.lanes == 1 else ir.VectorType(DOUBLE, shape.lanes)

    def offset(self, row: Any, i: int | Any) -> Any:
        """Entry i of the row of the table, as a 64-bit number."""
        at = self.b.gep(row, [i if not isinstance(i, int) else I64(i)])
        return self.b.sext(self.b.load(at), I64)

    def vector(self, base: Any, offset: Any, r: int | Any = 0) -> Any:
        """The address of the r-th vector of a quantity."""
        if not isinstance(r, int):
            offset = self.b.add(offset, self.b.mul(r, I64(self.shape.lanes)))
        elif r:
            offset = self.b.add(offset, I64(r * self.shape.lanes))
        return self.b.bitcast(self.b.gep(base, [offset]), self.kind.as_pointer())

    def load(self, base: Any, offset: Any, r: int | Any = 0) -> Any:
        return self.b.load(self.vector(base, offset, r), align=8)

    def store(self, x: Any, base: Any, offset: Any, r: int | Any = 0) -> None:
        self.b.store(x, self.vector(base, offset, r), align=8)

    def broadcast(self, offset: Any) -> Any:
        """A shared number in every lane."""
        x = self.b.load(self.b.gep(self.shared, [offset]))
        if self.shape.lanes == 1:
            return x
        one = self.b.insert_element(ir.Constant(self.kind, ir.Undefined), x, I32(0))
        mask = ir.Constant(ir.VectorType(I32, self.shape.lanes), [0] * self.shape.lanes)
        return self.b.shuffle_vector(one, ir.Constant(self.kind, ir.Undefined), mask)

    def operand(self, kind: str, offset: Any, r: int | Any) -> Any:
        """What differs from sample to sample ("V") or is shared ("S")."""
        return self.load(self.tile, offset, r) if kind == "V" else self.broadcast(offset)

    def rows(self) -> counted:
        """The loop over the rows of the table; it carries the address of the row."""
        return counted(self.b, self.count, self.table)

    def multiply_add(self, x: Any, y: Any, z: Any) -> Any:
        """x·y + z, with one rounding where the processor has it."""
        return intrinsic(self.b, "fmuladd", x, y, z)


@dataclass(frozen=True)
class Forward:
    """An operation: row [value, stored local derivatives …, arguments …]. `kinds` says of each argument whether it varies."""

    rule: Rule
    kinds: str
    stored: tuple[int, ...]  # the local derivatives that are written down for the reverse sweep
    constants: tuple[float | None, ...] = ()

    def write(self, f: Frame) -> None:
        known = {x: Constant(c) for x, c in zip(self.rule.arguments, self.constants, strict=False) if c is not None}
        value, *partials = (prepared(folded(substitute(t, known))) for t in self.trees)
        names = [x for x in self.rule.arguments if x not in known]
        width = 1 + len(partials) + len(names)
        with f.rows() as rows:
            (row,) = rows.carried
            offsets = [f.offset(row, i) for i in range(width)]
            with counted(f.b, I64(f.shape.rows)) as each:
                arguments = offsets[1 + len(partials) :]
                operands = {x: f.operand(k, o, each.index) for x, k, o in zip(names, self.kinds, arguments, strict=True)}
                emitter = Emitter(f.b, f.kind, operands)
                v = emitter.names["v"] = emitter.value(value)
                emitter.known[Argument("v")] = v
                f.store(v, f.tile, offsets[0], each.index)
                for partial, offset in zip(partials, offsets[1:], strict=False):
                    f.store(emitter.value(partial), f.tile, offset, each.index)
            rows.next = [f.b.gep(row, [I64(width)])]

    @property
    def trees(self) -> list[Formula]:
        return [self.rule.value, *(self.rule.partials[i] for i in self.stored)]


@dataclass(frozen=True)
class ForwardLists:
    """An operation on lists: row [n, value, scalars …, then for each element: arguments …, stored local derivatives …]."""

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
            with counted(b, I64(f.shape.rows)) as each:

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
                    for partial in partials:
                        emitter._outside(partial)
                    with emitter.each_element() as (loop, _):
                        for i, partial in enumerate(partials, rule.lists):
                            x = emitter.value(partial)
                            offset = f.offset(first, b.add(b.mul(loop.index, I64(width)), I64(i)))
                            f.store(x, f.tile, offset, each.index)
            rows.next = [b.gep(first, [b.mul(length, I64(width))])]


@dataclass(frozen=True)
class Dense:
    """`block` neurons of the same inputs: row [n, bias …, sum …, activated sum …, then for each input: it, weight …].

    Without `activation` there are no activated sums; with it the sums are there if they are to be kept.
    """

    block: int
    bias: str
    activation: Rule | None = None
    keep: bool = True

    def write(self, f: Frame) -> None:
        b, block, each = f.b, range(self.block), range(f.shape.rows)
        stored = self.keep + (self.activation is not None)
        with f.rows() as rows:
            (row,) = rows.carried
            length = f.offset(row, 0)
            biases = [f.offset(row, 1 + i) for i in block]
            places = [f.offset(row, 1 + self.block + i) for i in range(stored * self.block)]
            first = b.gep(row, [I64(1 + (1 + stored) * self.block)])
            start = [f.operand(self.bias, biases[i], r) for i in block for r in each]
            with counted(b, length, first, *start) as terms:
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
    """The adjoints that Dense hands on.

    Row [n, adjoint …, sum …, bias's partial sum …, then for each input: it, weight …, its adjoint, weight's partial sum …].
    `inputs` is "" where the inputs want no adjoint, "first" where theirs begin here, "add" where they go on; weights and
    biases want one or not. With `activation` the adjoints are those of the activated sums, and the sums are there.
    """

    block: int
    inputs: str
    weights: bool
    biases: bool
    activation: Rule | None = None

    def write(self, f: Frame) -> None:
        b, block, each = f.b, range(self.block), range(f.shape.rows)
        with f.rows() as rows:
            (row,) = rows.carried
            length = f.offset(row, 0)
            adjoints = [[f.load(f.tile, o, r) for r in each] for o in [f.offset(row, 1 + i) for i in block]]
            head = 1 + self.block
            if self.activation is not None:
                tree = partial(self.activation, 0, ())
                for i in block:
                    sums = f.offset(row, head + i)
                    for r in each:
                        d = Emitter(b, f.kind, {"x": f.load(f.tile, sums, r)}).value(tree)
                        adjoints[i][r] = b.fmul(adjoints[i][r], d)
                head += self.block
            if self.biases:
                for i in block:
                    target = f.offset(row, head + i)
                    so_far = f.load(f.sums, target)
                    for r in each:
                        so_far = b.fadd(so_far, adjoints[i][r])
                    f.store(so_far, f.sums, target)
                head += self.block
            with counted(b, length, b.gep(row, [I64(head)])) as terms:
                (at,) = terms.carried
                if self.weights:
                    self._to_weights(f, at, adjoints)
                if self.inputs:
                    self._to_inputs(f, at, adjoints)
                terms.next = [b.gep(at, [I64(self.width)])]
            rows.next = terms.next

    def _to_weights(self, f: Frame, at: Any, adjoints: Sequence[Sequence[Any]]) -> None:
        where = f.offset(at, 0)
        x = [f.load(f.tile, where, r) for r in range(f.shape.rows)]
        for i, adjoint in enumerate(adjoints):
            target = f.offset(at, self.width - self.block + i)
            so_far = f.load(f.sums, target)
            for r, one in enumerate(x):
                so_far = f.multiply_add(adjoint[r], one, so_far)
            f.store(so_far, f.sums, target)

    def _to_inputs(self, f: Frame, at: Any, adjoints: Sequence[Sequence[Any]]) -> None:
        w = [f.broadcast(f.offset(at, int(self.weights) + i)) for i in range(self.block)]
        target = f.offset(at, int(self.weights) + self.block)
        begins = self.inputs == "first"
        for r in range(f.shape.rows):
            dx = f.b.fmul(w[0], adjoints[0][r]) if begins else f.load(f.tile, target, r)
            for i in range(begins, self.block):
                dx = f.multiply_add(w[i], adjoints[i][r], dx)
            f.store(dx, f.tile, target, r)

    @property
    def width(self) -> int:
        """Table entries for each input."""
        return (1 + self.block) * (self.weights + bool(self.inputs))


@dataclass(frozen=True)
class Reverse:
    """One edge, adjoint of the parent += adjoint · local derivative: row [adjoint, parent's adjoint, sources …].

    `partial` says where the local derivative comes from: "+" and "-" are 1 and -1; "V" and "S" where it stands; "=" the
    formula `k` of the rule, short enough to be computed anew from the quantities it mentions.
    """

    partial: str
    target: str  # "V" where the parent varies, "S" where it is shared and its adjoint a sum
    first: bool = False  # the parent's adjoint begins here
    rule: Rule | None = None
    k: int = 0
    kinds: str = ""
    constants: tuple[float | None, ...] = ()

    def write(self, f: Frame) -> None:
        width = 2 + (len(self.kinds) if self.partial == "=" else self.partial in "VS")
        with f.rows() as rows:
            (row,) = rows.carried
            adjoint, target, *sources = (f.offset(row, i) for i in range(width))
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
    """A shared number to all samples: row [to, from]. With `seed`, 0 in the lanes beyond the last sample."""

    seed: bool = False

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
    """Between a column of an array and the tile: row [tile, array, column]. A load repeats the last sample to the end."""

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
            with b.if_else(b.icmp_signed("==", count, I64(f.shape.samples))) as (full, part):
                with full, counted(b, I64(f.shape.rows), base) as vector:
                    at = vector.carried[0]
                    for i in range(f.shape.lanes):
                        inside = b.add(b.mul(vector.index, I64(f.shape.lanes)), I64(i))
                        self._one(b, at, b.gep(tile, [inside]))
                        at = b.gep(at, [row_stride])
                    vector.next = [at]
                with part, counted(b, count if self.store else I64(f.shape.samples), base) as lane:
                    self._one(b, lane.carried[0], b.gep(tile, [lane.index]))
                    more = b.icmp_signed("<", b.add(lane.index, I64(1)), count)
                    lane.next = [b.gep(lane.carried[0], [b.select(more, row_stride, I64(0))])]
            rows.next = [b.gep(row, [I64(3)])]

    def _one(self, b: Any, outside: Any, inside: Any) -> None:
        b.store(b.load(inside if self.store else outside), outside if self.store else inside)


@dataclass(frozen=True)
class Collect:
    """The partial sums of all lanes and threads, in order, to a shared adjoint: row [sum, adjoint]. Leaves zeros behind."""

    lanes: int

    def write(self, f: Frame) -> None:
        b = f.b
        vector = ir.VectorType(DOUBLE, self.lanes)
        sums, threads, stride = (b.load(b.gep(f.context, [I64(i)])) for i in (2, 3, 4))
        base = b.inttoptr(sums, POINTER)
        with f.rows() as rows:
            (row,) = rows.carried
            offset, target = (f.offset(row, i) for i in range(2))
            with counted(b, threads, constant(vector, -0.0)) as each:
                at = b.bitcast(b.gep(base, [b.add(offset, b.mul(each.index, stride))]), vector.as_pointer())
                each.next = [b.fadd(each.carried[0], b.load(at, align=8))]
                b.store(constant(vector, 0.0), at, align=8)
            (x,) = each.next
            width = self.lanes
            while width > 1:  # halves onto halves
                width //= 2
                kind = ir.VectorType(I32, width)
                low, high = ([start + i for i in range(width)] for start in (0, width))
                x = b.fadd(*(b.shuffle_vector(x, x, ir.Constant(kind, half)) for half in (low, high)))
            f.b.store(b.extract_element(x, I32(0)), b.gep(f.shared, [target]))
            rows.next = [b.gep(row, [I64(2)])]


Kernel = Forward | ForwardLists | Dense | DenseReverse | Reverse | Fill | Move | Collect

# The context that kernels read: first sample of the tile, number of samples, address of the sums, threads, sums per thread;
# then for each array its address and the strides of its rows and columns, in numbers.
ARRAYS = 5


def name(kernel: Kernel) -> str:
    """A name for a kernel's function."""
    rule = getattr(kernel, "rule", None)
    return re.sub(r"\W", "_", rule.name, flags=re.ASCII) if rule else type(kernel).__name__.lower()
