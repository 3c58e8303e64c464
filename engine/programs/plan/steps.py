"""What a plan consists of: arrays, and the steps that compute them from others.

An array stands for nodes of the graph, each at an offset of its own; where the inputs have a row for each sample, so do the
arrays that depend on them, in a leading axis that shapes do not mention.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

from chalkgrad.engine.formulas.trees import Formula


class IrregularError(Exception):
    """There is nothing to group, or too little to be worth it."""


@dataclass(eq=False)
class Array:
    """Nodes that are computed together, or given together.

    Attributes:
        name: the variable
        shape: () for a single node, (n,), or (rows, columns)
        nodes: the number of the node at each offset; -1 for what is only put together
        varies: whether it differs from sample to sample
    """

    name: str
    shape: tuple[int, ...]
    nodes: Any
    varies: bool

    @property
    def size(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class View:
    """Elements of one array at offset + i·strides[0] + j·strides[1]; along an axis of stride 0 they are repeated."""

    array: Array
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Whether it is the array, in its order."""
        return self.offset == 0 and prod(self.shape) == self.array.size and self.strides == contiguous(self.shape)


@dataclass(frozen=True, eq=False)
class Take:
    """Elements of one array at any offsets, an array of integers."""

    array: Array
    offsets: Any

    @property
    def shape(self) -> tuple[int, ...]:
        return self.offsets.shape  # type: ignore[no-any-return] # NumPy's


@dataclass(frozen=True, eq=False)
class Constants:
    """Constants: a float, or an array of floats."""

    values: Any

    @property
    def shape(self) -> tuple[int, ...]:
        return getattr(self.values, "shape", ())


Operand = View | Take | Constants


class Form(NamedTuple):
    """The formula that each element is computed by, and its derivatives by each argument; `folds` where it reduces a list.

    `shown` has the derivatives as a blackboard has them.
    """

    value: Formula
    partials: tuple[Formula, ...]
    arguments: tuple[str, ...]
    shown: tuple[Formula, ...]
    folds: bool = False


@dataclass(eq=False)
class Elementwise:
    """A formula for each element. If it folds, its one operand is solid, and has another axis, the last, that it reduces."""

    made: Array
    form: Form
    operands: Sequence[Operand]


@dataclass(eq=False)
class Product:
    """Rows times columns, element (r, c) being Σ over k of rows[r, k]·columns[c, k]; and constant and other terms.

    `subscripts` has the axes of rows, of columns and of the result, as einsum has them: "rk,k->r" is W @ z. With "m" rows and
    columns go in pairs, and no matrix is multiplied.
    """

    made: Array
    subscripts: tuple[str, str, str]
    rows: Operand
    columns: Operand
    negative: bool
    plus: Sequence[Operand]
    minus: Sequence[Operand]
    constant: Operand | None


@dataclass(eq=False)
class Join:
    """Elements of several arrays one after another, for others to take them from."""

    made: Array
    pieces: Sequence[Operand]


Step = Elementwise | Product | Join


def operands_of(step: Step) -> list[Operand]:
    """Returns all operands of a step."""
    if isinstance(step, Product):
        constant = [] if step.constant is None else [step.constant]
        return [step.rows, step.columns, *step.plus, *step.minus, *constant]
    return list(step.pieces if isinstance(step, Join) else step.operands)


@dataclass(eq=False)
class MatrixPlan:
    """A program as steps over arrays.

    Attributes:
        inputs: the array of each of the program's inputs; inputs of one number may share one
        steps: what computes the others, in order
        place: for every node the number of its place: the first of its array, and its offset there
        starts: the first place of every array
        arrays: all arrays, inputs first
    """

    inputs: list[Array]
    arrays: list[Array] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    place: Any = None
    starts: list[int] = field(default_factory=list)


def contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Returns the strides of an array in the order of its elements; along an axis of one element it is 0."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.append(0 if n == 1 else step)
        step *= n
    return tuple(reversed(strides))
