"""One function differentiated four ways: numerically, symbolically, in forward mode and in reverse mode.

>>> print(four_ways(lambda x, y: x * x * y + y + 2, 3, 4))
 way          │ ∂f/∂x    │ ∂f/∂y │ error │ operations │ counted
──────────────┼──────────┼───────┼───────┼────────────┼────────────────────
 numerically  │ 24.00004 │ 10    │ 4e-5  │ 12         │ 3 evaluations × 4
 symbolically │ 24       │ 10    │ 0     │ 4          │ in the expressions
 forward mode │ 24       │ 10    │ 0     │ 14         │ 2 inputs × 7 edges
 reverse mode │ 24       │ 10    │ 0     │ 7          │ 7 edges
f = 42 at x = 3, y = 4; the error is the largest difference from reverse mode
numerically: (f(x + h) - f(x))/h with h = 1e-5, for each input
forward mode, reverse mode: a multiplication on each edge of the graph
symbolically: ∂f/∂x = 2·x·y
              ∂f/∂y = x² + 1

Source: Géron, Hands-On Machine Learning, appendix on automatic differentiation, whose example this is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine.basics.modes import no_grad
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.derivatives.applied import FunctionAtPoint
from chalkgrad.engine.derivatives.gradients import gradient, jvp
from chalkgrad.engine.explaining.cost import cost
from chalkgrad.engine.explaining.symbolic import DerivativeExpression, derivative_expression
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.expressions import number
from chalkgrad.engine.words.language import apart, counted, section
from chalkgrad.engine.words.printer import printer_for
from chalkgrad.engine.words.tables import Tabular

MOST_COLUMNS = 4  # inputs that have columns
MOST_EQUATIONS = 6  # and equations under the table
MOST_OPERATIONS = 10**5  # operations of expressions

FOUR_TEMPLATES = section("four ways")


@short_traceback
def four_ways(f: Callable[..., Any], *x: Any, h: float = 1e-5) -> FourWays:
    """Returns the gradient of f at a point four ways, with what each takes, as a table.

    Numerically it is a difference quotient with step h; symbolically, the derivative as an expression; in forward mode, one
    sweep for each input; in reverse mode, one for all. For the sweeps the multiplications are counted, one on each edge (see
    `cost`); for the others, the operations to evaluate f, and those in the expressions.

    Args:
        f: a function of Values, or of lists of them, that returns one
        x: the point, a number or a list of numbers for each argument
        h: the step of the differences

    Raises TypeError unless f is a function, its arguments are numbers and its result is a Value, ValueError if h does not
    move every input, NonFiniteError if a derivative is not finite.

    >>> from chalkgrad.engine import sin
    >>> ways = four_ways(lambda t: sin(t) * t, 2.0)
    >>> ways.expressions[0].formula, ways.reverse.derivatives == ways.forward.derivatives
    ('t·cos(t) + sin(t)', True)
    """
    point = FunctionAtPoint("four_ways", f, x)
    h = to_float(h, "h")
    if any(leaf.data + h == leaf.data for leaf in point.leaves):
        raise ValueError(f"h = {number(h)} does not move every input: take a larger one")
    return FourWays(point, h)


class Way(NamedTuple):
    """A way to differentiate: the derivatives, their largest difference from reverse mode's, the operations and their kind."""

    name: str
    derivatives: tuple[float, ...]
    error: float
    operations: int
    counted: str


class FourWays(Tabular):
    """A function differentiated four ways; `print` it. `numerically`, `symbolically`, `forward` and `reverse` are its rows.

    `expressions` has the derivatives as expressions, `inputs` the names of the inputs, `point` the function at the point.
    """

    def __init__(self, point: FunctionAtPoint, h: float) -> None:
        self.point, self.h, self.y = point, h, point.y.data
        self.inputs = tuple(leaf.label for leaf in point.leaves)
        y, leaves, taken = point.y, point.leaves, cost(point.y)
        inputs, edges = counted(len(leaves), "input"), counted(taken.edges, "edge")
        with no_grad():  # these are numbers, even inside a function that is being differentiated
            exact = tuple(gradient(y, leaves))
            tangents = [jvp(y, leaf, 1.0) for leaf in leaves]
        self.expressions = [_expression(y, leaf) for leaf in leaves]

        def way(key: str, derivatives: Sequence[float], count: int, counted: str, **parts: str) -> Way:
            error = max(0.0 if one == other else abs(one - other) for one, other in zip(derivatives, exact, strict=True))
            said = FOUR_TEMPLATES[counted].format(**parts)
            return Way(FOUR_TEMPLATES[key], tuple(derivatives), error, count, said)

        evaluations = len(leaves) + 1
        self.numerically = way(
            "numerically",
            [(point.at({leaf: leaf.data + h}).data - y.data) / h for leaf in leaves],
            evaluations * taken.operations,
            "evaluations",
            evaluations=str(evaluations),
            operations=f"{taken.operations:,}",
        )
        operations = sum(expression.operations for expression in self.expressions)
        self.symbolically = way("symbolically", [one.value for one in self.expressions], operations, "expressions")
        self.forward = way("forward", tangents, len(leaves) * taken.edges, "forward edges", inputs=inputs, edges=edges)
        self.reverse = way("reverse", exact, taken.edges, "reverse edges", edges=edges)

    def __iter__(self) -> Iterator[Way]:
        return iter((self.numerically, self.symbolically, self.forward, self.reverse))

    def cells(self, medium: str) -> list[list[str]]:
        """Returns the headings and the rows, each cell in one line."""
        write = printer_for(medium)
        shown = self.inputs if len(self.inputs) <= MOST_COLUMNS else self.inputs[: MOST_COLUMNS - 1]
        dots = [write.math(write.dots)] * (len(shown) < len(self.inputs))
        heads = [write.math(write.quotient(self.point.name, name)) for name in shown]
        keys = ("error", "operations", "counted")
        rows = [[FOUR_TEMPLATES["way"], *heads, *dots, *(FOUR_TEMPLATES[key] for key in keys)]]
        for way in self:
            numbers = [write.math(write.number(x, 10)) for x in way.derivatives[: len(shown)]]
            error, counted = write.math(write.number(way.error, 2)), write.text(way.counted)
            rows.append([way.name, *numbers, *dots, error, f"{way.operations:,}", counted])
        return rows

    def below(self) -> Sequence[str]:
        """Returns the lines under the table: the point, the difference quotient, what is counted, the expressions."""
        few = list(zip(self.inputs, self.point.leaves, self.expressions, strict=True))[:MOST_COLUMNS]
        point = ", ".join(f"{name} = {number(leaf.data)}" for name, leaf, _ in few)
        f, more = self.point.name, ", …" * (len(self.inputs) > MOST_COLUMNS)
        first, rest = self.symbolically.name + ": ", " " * (len(self.symbolically.name) + 2)
        lines = [apart(f"{words.quotient(f, name)} = {expression.formula}") for name, _, expression in few]
        equations = list(dict.fromkeys(line for _, _, expression in few for line in expression.equations))
        lines += ["…"] * bool(more)
        lines += [FOUR_TEMPLATES["where"].format(equation=equation) for equation in equations[:MOST_EQUATIONS]]
        if len(equations) > MOST_EQUATIONS:
            lines.append(FOUR_TEMPLATES["more"].format(count=len(equations) - MOST_EQUATIONS))
        return [
            FOUR_TEMPLATES["at"].format(f=f, value=number(self.y), point=point + more),
            FOUR_TEMPLATES["difference"].format(way=self.numerically.name, f=f, h=number(self.h)),
            FOUR_TEMPLATES["sweeps"].format(forward=self.forward.name, reverse=self.reverse.name),
            *((rest if i else first) + line for i, line in enumerate(lines)),
        ]


def _expression(y: Value, leaf: Value) -> DerivativeExpression:
    """The derivative in terms of the leaves, or of the nodes if that is too long."""
    try:
        return derivative_expression(y, leaf)
    except ValueError:
        return derivative_expression(y, leaf, in_terms_of="nodes", limit=MOST_OPERATIONS)
