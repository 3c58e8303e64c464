"""The arrays of a plan as a lecture has them: which are weights, biases and inputs, which Values they hold, where they stand.

>>> from chalkgrad.engine import Value, affine, program, tanh
>>> from chalkgrad.engine.programs.planned import arrays_of
>>> W = [[Value(0.1, f"w{i}{j}") for j in (1, 2)] for i in (1, 2, 3)]
>>> b, x = [Value(0.0, f"b{i}") for i in (1, 2, 3)], [Value(1.0, "x1"), Value(2.0, "x2")]
>>> z = [tanh(affine(row, x, c)) for row, c in zip(W, b)]
>>> p = program(z, inputs=[[w for row in W for w in row], b, x])
>>> for each in found_in(arrays_of(p, (False, False, False), adjoints=False)):
...     print(each.kind, each.name, each.shape, *each.lines)
weight W1 (3, 2) u1 = W1 @ x + b
input x (2,) u1 = W1 @ x + b
bias b (3,) u1 = W1 @ x + b
sum u1 (3,) u1 = W1 @ x + b
array z1 (3,) z1 = np.tanh(u1)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from chalkgrad.engine.programs.plan.steps import Constants, Elementwise, Operand, Product, Take, View, operands_of

Kind = Literal["weight", "bias", "input", "constant", "sum", "array"]


@dataclass(eq=False)
class FoundArray:
    """An array that a program computes with, or part of one.

    Attributes:
        name: what the source in NumPy has for it: a variable, or an expression such as `layers[9:12]`
        kind: what it is: "weight" and "bias" are leaves that take a gradient, "constant" is numbers, "sum" is weights times
            inputs plus bias, and "array" any other that is computed
        shape: its shape, without an axis for samples
        nodes: the number of the node at each place, an array; of constants the numbers themselves
        lines: the lines of the source that it stands in: that which computes it, or those that read it
        step: what computes it, if it is computed
        reads: the names of what that reads, its operands in order
        paired: whether each of its rows is multiplied by a row of its own, so that it is not a matrix times a vector
    """

    name: str
    kind: Kind
    shape: tuple[int, ...]
    nodes: Any
    lines: list[str] = field(default_factory=list)
    step: Product | Elementwise | None = None
    reads: tuple[str, ...] = ()
    paired: bool = False


def found_in(source: Any) -> list[FoundArray]:
    """Returns what a source consists of, in the order in which it is needed.

    What only puts others together, and single numbers that are not sums of products, are left out.
    """
    source.write(imports=False)
    return _Finder(source).found()


class _Finder:
    def __init__(self, source: Any) -> None:
        self.source, self.program = source, source.program
        self.by_key: dict[Any, FoundArray] = {}

    def found(self) -> list[FoundArray]:
        for step in self.source.plan.steps:
            if isinstance(step, Product):
                self._product(step)
            elif isinstance(step, Elementwise) and step.made.shape:
                self._made(step, "array")
        return list(self.by_key.values())

    def _product(self, step: Product) -> None:
        line = self._line(step)
        weight, other = self._weight_first(step)
        for operand, kind in ((weight, self._kind(weight)), (other, "input")):
            self._given(operand, kind, line, paired="m" in step.subscripts)
        for term in step.plus:
            self._given(term, "bias" if self._is_parameter(term) else "input", line)
        for term in step.minus:  # as a target is subtracted from an output
            self._given(term, "input", line)
        self._made(step, "sum")

    def _weight_first(self, step: Product) -> tuple[Operand, Operand]:
        """Returns the factors, first that which is the matrix, or was given where the other was computed."""

        def rank(operand: Operand) -> tuple[bool, bool, bool, int]:
            varies = isinstance(operand, (View, Take)) and operand.array.varies
            alone = isinstance(operand, View) or (isinstance(operand, Take) and _has_no_repeated(operand.offsets))
            return not varies, self._is_given(operand), alone, len(operand.shape)

        swapped = rank(step.columns) > rank(step.rows)
        return (step.columns, step.rows) if swapped else (step.rows, step.columns)

    def _is_given(self, operand: Operand) -> bool:
        return isinstance(operand, (View, Take)) and operand.array in self.source.plan.inputs

    def _is_parameter(self, operand: Operand) -> bool:
        if isinstance(operand, Constants) or not self._is_given(operand) or operand.array.varies:
            return False
        return bool(self.program.wanted.issuperset(_nodes(operand).ravel().tolist()))

    def _kind(self, operand: Operand) -> Kind:
        return "weight" if self._is_parameter(operand) else "input"

    def _given(self, operand: Operand, kind: Kind, line: str, paired: bool = False) -> None:
        """Notes what a line reads, if it is of the program's inputs."""
        if isinstance(operand, Constants):
            if not operand.shape:
                return
            nodes, kind = operand.values, "constant"
        elif not self._is_given(operand):
            return
        else:
            nodes = _nodes(operand)
        key = nodes.dtype.kind, nodes.tobytes(), nodes.shape  # nodes and numbers may have the same bits
        if key not in self.by_key:
            name = self.source.page.read(operand, ())
            self.by_key[key] = FoundArray(name, kind, nodes.shape, nodes, paired=paired)
        if self.by_key[key].lines[-1:] != [line]:  # a square reads it twice
            self.by_key[key].lines.append(line)

    def _made(self, step: Product | Elementwise, kind: Kind) -> None:
        made = step.made
        reads = tuple([self.source.page.read(x, ()) for x in operands_of(step)])
        self.by_key[made] = FoundArray(made.name, kind, made.shape, made.nodes, [self._line(step)], step, reads)

    def _line(self, step: Product | Elementwise) -> str:
        begins = f"{step.made.name} = "
        return next((line.strip() for line in map(str, self.source.page.lines) if line.strip().startswith(begins)), "")


def _has_no_repeated(offsets: Any) -> bool:
    listed = offsets.ravel().tolist()
    return len(set(listed)) == len(listed)


def _nodes(operand: View | Take) -> Any:
    """Returns the numbers of the nodes that an operand reads, without those that are repeated along an axis."""
    from chalkgrad.engine.programs.plan.array_lines import offsets_of  # which needs NumPy

    return operand.array.nodes.ravel()[offsets_of(operand)]
