"""The one affine map that a model without activations is.

>>> from chalkgrad.nn import MLP
>>> collapse(MLP(2, [3, 1], activation=None, init=lambda inputs, outputs: [1.0] * inputs))
y = 3·x1 + 3·x2
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul
from typing import Any

from chalkgrad.engine import NonFiniteError, Value, nonfinite, tape
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.formulas.trees import Call, Choice, Formula, arguments_in, parts_of_tree
from chalkgrad.engine.words.expressions import latex_name, number
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.slides import WIDE, breadth
from chalkgrad.engine.words.tex import document
from chalkgrad.nn.data.rows import sample_in
from chalkgrad.nn.models.formulas import Equation, column, matrix_of, on_slides
from chalkgrad.nn.models.module import Module
from chalkgrad.nn.models.show import listed_names

# The operations whose derivatives are constant and which jump.
JUMPING = {"heaviside", "floor", "ceil", "sign", "mod", "floordiv"}

MOST_LAYERS = 3  # whose product is written out in LaTeX

LayerNumbers = tuple[list[list[float]], list[float]]  # W and b of a layer


class Affine:
    """An affine map y = Wx + b in plain numbers; its repr is a formula for each output.

    `W` is a list of rows, one for each output; `b` has a number for each; `inputs` and `outputs` are their names. `layers` are
    the W_ℓ and b_ℓ, as numbers, that it was put together from; empty if that is not known.

    >>> f = Affine(["x1", "x2"], ["y"], [[2.0, -1.0]], [3.0])
    >>> f
    y = 2·x1 - x2 + 3
    >>> f([1.0, 1.0])
    4.0
    """

    def __init__(
        self,
        inputs: list[str],
        outputs: list[str],
        W: list[list[float]],  # noqa: N803 - a matrix
        b: list[float],
        layers: Sequence[LayerNumbers] = (),
    ) -> None:
        self.inputs, self.outputs, self.W, self.b, self.layers = inputs, outputs, W, b, list(layers)

    def __call__(self, x: Sequence[float]) -> Any:
        """Returns Wx + b, a list of floats, or a single float if there is one output."""
        x = sample_in(x)
        if len(x) != len(self.inputs):
            raise ValueError(f"the map takes {len(self.inputs)} numbers, {listed_names(self.inputs)}, and was given {len(x)}")
        y = [math.fsum([*map(float.__mul__, row, map(float, x)), b]) for row, b in zip(self.W, self.b, strict=True)]
        return y[0] if len(y) == 1 else y

    def latex(self, numbers: bool = True) -> str:
        r"""Returns the map in LaTeX, between \[ and \], for documents with the package amsmath: y = Wx + b with its numbers.

        Of an MLP it says how it comes about, W = W_2 W_1 and b = W_2 b_1 + b_2. With `numbers=False` the symbols are alone.

        >>> from chalkgrad.nn import MLP
        >>> model = MLP(1, [2, 1], activation=None)
        >>> model.theta = [1, 0, 3, 1, 2, -1, 5]
        >>> print(model.collapse().latex(numbers=False))
        % needs \usepackage{amsmath}
        \begin{aligned}
        y &= W_{2} (W_{1} x + b_{1}) + b_{2} = W x + b \\
        W &= W_{2} W_{1} \\
        b &= W_{2} b_{1} + b_{2}
        \end{aligned}
        """
        return document(on_slides(lambda few: self._equations(few, numbers)))

    def _equations(self, few: int, numbers: bool) -> list[Equation]:
        matrix, offset = matrix_of(self.W, few), matrix_of([[x] for x in self.b], few)
        if len(self.layers) < 2:
            names = [[latex_name(name) for name in group] for group in (self.outputs, self.inputs)]
            if not numbers:
                return [["y", "W x + b"]]
            y, x = (group[0] if len(group) == 1 else column(group, few) for group in names)
            return [[y, f"{matrix} {x} + {offset if len(self.b) > 1 else LaTeX().factor(self.b[0])}"]]
        last = len(self.layers)
        nested, constant = "W_{1} x + b_{1}", "b_{1}"
        for i in range(2, last + 1):
            nested = rf"W_{{{i}}} ({nested}) + b_{{{i}}}"
        if last > MOST_LAYERS:
            nested = rf"W_{{{last}}} ( \cdots (W_{{1}} x + b_{{1}}) \cdots ) + b_{{{last}}}"
            product = rf"W_{{{last}}} \cdots W_{{1}}"
            constant = rf"\sum_{{\ell=1}}^{{{last}}} W_{{{last}}} \cdots W_{{\ell + 1}} b_{{\ell}}"
        else:
            down = [f"W_{{{i}}}" for i in range(last, 0, -1)]
            product = " ".join(down)
            constant = " + ".join(" ".join([*down[: last - i], f"b_{{{i}}}"]) for i in range(1, last + 1))
        factors = [matrix_of(weights, few) for weights, _ in reversed(self.layers)]
        if last == 3 and breadth(" ".join(factors)) > 0.85 * WIDE:  # as W_3 (W_2 W_1) it is narrower
            (_, _), (second, _), (third, _) = self.layers
            first = list(zip(*self.layers[0][0], strict=True))
            factors = [matrix_of(third, few), matrix_of([[sum(map(mul, row, w)) for w in first] for row in second], few)]
        products = [" ".join(factors)] if last <= MOST_LAYERS else []
        return [
            ["y", nested, "W x + b"],
            ["W", product, *([*products, matrix] if numbers else [])],
            ["b", constant, *([offset] if numbers else [])],
        ]

    def __repr__(self) -> str:
        return printable("\n".join(map(self._formula, range(len(self.outputs)))))

    def _formula(self, i: int) -> str:
        terms = [
            (w < 0, name if abs(w) == 1 else f"{number(abs(w))}·{name}")
            for w, name in zip(self.W[i], self.inputs, strict=True)
            if w
        ]
        if self.b[i] or not terms:
            terms.append((self.b[i] < 0, number(abs(self.b[i]))))
        (negative, first), *others = terms
        return f"{self.outputs[i]} = {'-' * negative}{first}" + "".join(f" {'-' if n else '+'} {text}" for n, text in others)


def collapse(model: Module, x: Sequence[float] | None = None) -> Affine:
    """Returns the one affine map that equals a model without activations, however its units are wired.

    Each unit being affine, so is any composition of them: W holds the derivatives, which are the same everywhere and are
    worked out along the tape of one forward pass, and b the outputs at x = 0. For modules of your own `x` is an example of
    their inputs.

    Raises ValueError if something that depends on the inputs is not affine in them, naming the first unit where that is so.
    An `if` on Values inside a function of your own is not on the tape and goes unnoticed.

    >>> from chalkgrad.nn import Network
    >>> net = Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "linear",
    ...     parameters={"h1.w1": 1, "h1.w2": -0.5, "h1.b": 3, "h2.w1": 0, "h2.w2": 2, "h2.b": -1})
    >>> collapse(net)
    y = 2·x1 - x2 + 5
    """
    inputs = [Value(0.0, name) for name in model._input_names(x)]
    with nonfinite("propagate"):  # what has no value at 0 is not affine, and is refused by name below
        outputs, nodes = model._named_outputs(inputs)
    slopes: dict[Value, list[float]] = {}  # ∂node/∂x of the nodes that depend on the inputs
    for i, xi in enumerate(inputs):
        slopes[xi] = [float(i == j) for j in range(len(inputs))]
    for node in tape(*nodes):  # parents first, so each row is a sum of rows that are known already
        dependent = [(slot, parent) for slot, parent in enumerate(node.parents) if parent in slopes]
        if not dependent:
            continue
        if not _is_affine(node, [slot for slot, _ in dependent]):
            raise ValueError(_not_affine(model, node))
        row = [0.0] * len(inputs)
        for slot, parent in dependent:
            partial = node.partials[slot]
            row = [total + partial * slope for total, slope in zip(row, slopes[parent], strict=True)]
        slopes[node] = row
    zero = [0.0] * len(inputs)
    W = [list(slopes.get(y, zero)) for y in outputs.values()]  # noqa: N806 - a matrix
    b = [y.data for y in outputs.values()]
    if not all(math.isfinite(x) for row in [*W, b] for x in row):
        raise NonFiniteError("the affine map has a coefficient that is too large for a float, whose limit is 1.798e308")
    return Affine([v.label for v in inputs], list(outputs), W, b, model._layer_numbers())


_DOES = {
    "mul": "multiplies two values that depend on the inputs",
    "affine": "multiplies two values that depend on the inputs",
    "pow": "takes a power of a value that depends on the inputs",
    "div": "divides by a value that depends on the inputs",
    "mod": "applies % to a value that depends on the inputs",
    "floordiv": "applies // to a value that depends on the inputs",
}


def _not_affine(model: Module, node: Value) -> str:
    """Returns the sentence that says which part of the model is not affine, and why."""
    assert node.op is not None
    where, activation = model._place_and_activation(node)
    if activation:
        does = f"has activation {activation}"
    else:
        does = _DOES.get(node.op.name, f"applies {node.op.name} to a value that depends on the inputs")
    return f"{where} {does}, which is not affine, so no one affine map equals the {type(model).__name__}"


def _is_affine(node: Value, dependent: Sequence[int]) -> bool:
    """Whether a node is an affine function of its parents in the slots `dependent`, the others being fixed.

    It is if its local derivatives by them do not mention any of them, and if it does not jump: the derivative of a step is 0,
    which mentions nothing, but step is not affine.
    """
    rule, arguments = node.op, argument_places(node)
    assert rule is not None
    slots = set(dependent)
    moving = {(which, element) for slot, (which, element) in enumerate(arguments) if slot in slots}
    everywhere = {rule.arguments[which] for which, _ in moving}
    if _jumps(rule.value, everywhere):
        return False
    for which, element in moving:
        names = {"v", *everywhere}
        if which < rule.lists:  # the formula for an element of a list mentions that element of each list
            names -= {name for i, name in enumerate(rule.arguments[: rule.lists]) if (i, element) not in moving}
        if not names.isdisjoint(arguments_in(rule.partials[which])):
            return False
    return True


def argument_places(node: Value) -> list[tuple[int, int]]:
    """Returns for each parent which argument of the operation it is, and which element of that argument if it is a list."""
    rule, template = node.op, node.template
    assert rule is not None
    return [rule.argument_at(len(template), i) for i, given in enumerate(template) if given is None]


def _jumps(tree: Formula, names: set[str]) -> bool:
    """Whether a formula makes a choice by one of the arguments, or rounds it."""
    return any(
        not names.isdisjoint(arguments_in(part.test if isinstance(part, Choice) else part))
        for part in parts_of_tree(tree)
        if isinstance(part, Choice) or (isinstance(part, Call) and part.parts[0] in JUMPING)
    )
