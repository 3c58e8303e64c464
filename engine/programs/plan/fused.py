"""A program with its sums of products as `affine` operations, whatever loops they were written in, for machine code.

>>> from chalkgrad.engine import Value, program
>>> w, x = [Value(2.0, f"w{i}") for i in (1, 2, 3)], [Value(1.0, f"x{i}") for i in (1, 2, 3)]
>>> u = 0.0
>>> for a, b in zip(w, x):
...     u += a * b
>>> p = program(u.tanh(), inputs=[w, x])
>>> [instruction.rule.name for instruction in p.instructions]
['mul', 'add', 'mul', 'add', 'mul', 'add', 'tanh']
>>> [instruction.rule.name for instruction in fused(p).instructions]
['affine', 'tanh']
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from chalkgrad.engine.programs.plan.reading import (
    ADD,
    AFFINE,
    MUL,
    NEG,
    POS,
    SUB,
    TOTAL,
    Operation,
    Reading,
    Sum,
    is_regular,
    read,
)
from chalkgrad.engine.programs.program import Instruction, Program

# Of so many operations at least one has to go, or the program stays as it is.
_FEWER = 0.8


def fused(program: Program[Any, Any]) -> Program[Any, Any]:
    """Returns the program with fewer operations, or itself if these would be nearly as many."""
    if not is_regular(program):
        return program
    fuser = _Fuser(read(program))
    instructions = fuser.instructions
    if len(instructions) > _FEWER * len(program.instructions):
        return program
    found = copy(program)
    vars(found).pop("useful", None)  # which has been worked out of the instructions
    found.instructions, found.count = instructions, fuser.count
    return found


class _Fuser:
    def __init__(self, reading: Reading) -> None:
        self.constants, self.count = reading.constants, reading.numbered
        self.instructions: list[Instruction] = []
        for item in reading.items:
            if isinstance(item, Operation):
                listed = item.rule.lists
                arguments = tuple([self.number(int(x)) for x in item.arguments]) if listed else item.arguments
                self.instructions.append(Instruction(item.node, item.rule, arguments))
            else:
                self._sum(item)

    def number(self, node: int) -> float:
        """Returns a factor as an argument: a constant is a float."""
        return self.constants[-1 - node] if node < 0 else node

    def new(self) -> int:
        self.count += 1
        return self.count - 1

    def _sum(self, item: Sum) -> None:
        """Writes constant + plus + products - minus - minus products, in as few operations as there are kinds of terms."""
        plus: list[float] = list(item.plus)
        if item.constant is not None:
            plus.append(item.constant)
        last = not (item.minus or item.minus_left)
        if item.left:
            bias = plus.pop() if len(plus) == 1 else self._total(plus) if plus else 0.0
            start: float = self._products(item.node if last else self.new(), item.left, item.right, bias)
        elif plus:
            start = self._total(plus, item.node if last else None)
        else:
            start = 0.0
        if last:
            return
        minus: list[float] = list(item.minus)
        if item.minus_left:
            bias = minus.pop() if len(minus) == 1 else self._total(minus) if minus else 0.0
            taken: float = self._products(self.new(), item.minus_left, item.minus_right, bias)
        else:
            taken = self._total(minus)
        if start.__class__ is float and start == 0.0:
            self.instructions.append(Instruction(item.node, NEG, (taken,)))
        else:
            self.instructions.append(Instruction(item.node, SUB, (start, taken)))

    def _products(self, node: int, left: Sequence[int], right: Sequence[int], bias: float) -> int:
        pairs = [(self.number(x), self.number(y)) for x, y in zip(left, right, strict=True)]
        if len(pairs) == 1 and bias.__class__ is float and bias == 0.0:
            self.instructions.append(Instruction(node, MUL, pairs[0]))
        else:
            arguments = (*[x for x, _ in pairs], *[y for _, y in pairs], bias)
            self.instructions.append(Instruction(node, AFFINE, arguments))
        return node

    def _total(self, terms: Sequence[float], node: int | None = None) -> float:
        """Writes a sum; of one term nothing is written, unless it has to be a node."""
        if len(terms) == 1 and node is None:
            return terms[0]
        node = self.new() if node is None else node
        rule = {1: POS, 2: ADD}.get(len(terms), TOTAL)
        self.instructions.append(Instruction(node, rule, tuple(terms)))
        return node
