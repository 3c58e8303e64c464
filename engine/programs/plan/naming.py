"""Names for the arrays of a plan, as a lecture has them: W1, b1, u1, z1; the letters are those of the student's labels.

>>> letter(["w1", "w2", "w11"], "v"), letter(["", "a"], "v")
('w', 'v')
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from chalkgrad.engine.programs.plan.steps import Array, Elementwise, Join, MatrixPlan, Operand, Product, Step, Take, View
from chalkgrad.engine.programs.program import Program
from chalkgrad.engine.programs.text import UniqueNames, identifier

_LETTERS = re.compile(r"[^\W\d_]+")


def letter(labels: Iterable[str], otherwise: str) -> str:
    """Returns the letters that all labels begin with, or else `otherwise`."""
    found = {match.group() if (match := _LETTERS.match(label)) else "" for label in labels}
    first = found.pop() if len(found) == 1 else ""
    return first or otherwise


class ArrayNames:
    """Names the arrays of a plan, and the views that are read of them.

    Attributes:
        fresh: what gives names out
        parameters: the parameters of the function, one for each input
        layers: the number of each product that is a layer, counted from 1
    """

    def __init__(self, plan: MatrixPlan, program: Program[Any, Any]) -> None:
        self.plan, self.program = plan, program
        self.fresh = UniqueNames()
        self.layers: dict[Product, int] = {}
        self._products: dict[Array, int] = {}
        self.counts: Counter[str] = Counter()
        self.parameters = self._inputs()
        self._steps()

    def labels(self, operand: View | Take) -> list[str]:
        """Returns the labels of an operand's nodes, as far as it has any."""
        nodes = operand.array.nodes
        if isinstance(operand, View):
            found = [nodes.flat[operand.offset]]
            for axis, n in enumerate(operand.shape):
                if n > 1 and operand.strides[axis]:
                    found.append(nodes.flat[operand.offset + operand.strides[axis] * (n - 1)])
        else:
            found = list(nodes.flat[operand.offsets.flat[:2]])
        return [self.label(int(node)) for node in found]

    def label(self, node: int) -> str:
        labels = self.program.labels
        return labels[node] if 0 <= node < len(labels) else ""

    def _inputs(self) -> list[str]:
        parameters = []
        for group, array in zip(self.program.inputs, self.plan.inputs, strict=True):
            own = self.program.names[group.members[0]] if group.single else group.name
            name = self.fresh.new(identifier(own))
            parameters.append(name)
            if not array.name and (not group.single or array.shape == ()):
                array.name = name
        for array in self.plan.inputs:
            if not array.name:  # numbers that are put together
                labels = [self.label(int(node)) for node in array.nodes.flat[:2]]
                array.name = self.fresh.new(letter(labels, "inputs"))
        return parameters

    def _steps(self) -> None:
        activated: set[int] = set()
        joins = 0
        for step in self.plan.steps:
            made = step.made
            if isinstance(step, Product) and (made.shape or _has_weights(step, self.plan)):
                number = self._products[made] = self.layers[step] = len(self.layers) + 1
                made.name = self._array(made, "u", number)
            elif isinstance(step, Join):
                joins += 1
                made.name = self.fresh.new(f"c{joins}")
            elif (number := self._layer_of(step)) and number not in activated:
                activated.add(number)
                made.name = self._array(made, "z", number)
            else:
                made.name = self._array(made, "", 0)

    def _array(self, made: Array, otherwise: str, number: int) -> str:
        """Returns a name after the labels, or of a layer's letter, or else a letter with the next number."""
        flat = made.nodes.flat
        labels = [self.label(int(flat[0])), self.label(int(flat[-1]))]
        if made.shape == () and labels[0]:
            return self.fresh.new(identifier(labels[0]))
        found = letter(labels, otherwise)
        if found and number:
            return self.fresh.new(identifier(f"{found}{number}"))
        return self._counted(identifier(found or "v"))

    def _counted(self, stem: str) -> str:
        """Returns a stem with the next number that makes a new name."""
        while True:
            self.counts[stem] += 1
            name = f"{stem}{self.counts[stem]}"
            if self.fresh.is_free(name):
                return self.fresh.new(name)

    def _layer_of(self, step: Step) -> int:
        """Returns the number of the layer that an array is the activation of, else 0."""
        for operand in step.operands if isinstance(step, Elementwise) else ():
            if isinstance(operand, View) and operand.whole and operand.array in self._products and step.made.shape:
                return self._products[operand.array]
        return 0

    def of_view(self, operand: Operand, otherwise: str, number: int, matrix: bool = False) -> str:
        """Returns a new name for what is read of an array."""
        labels = self.labels(operand) if isinstance(operand, (View, Take)) else [""]
        found = letter(labels, otherwise)
        name = identifier(f"{found.upper() if matrix else found}{number}")
        if self.fresh.is_free(name) or not isinstance(operand, (View, Take)):
            return self.fresh.new(name)
        return self._counted(f"{operand.array.name}_part")


def _has_weights(step: Product, plan: MatrixPlan) -> bool:
    """Returns whether what is multiplied is a part of an input, as a row of weights is."""
    rows = step.rows
    return isinstance(rows, View) and rows.array in plan.inputs and not rows.whole and len(rows.shape) > 0
