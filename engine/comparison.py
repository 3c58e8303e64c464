"""Four ways to a gradient side by side; `four_ways` (four_ways.py) is what users call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine import words
from chalkgrad.engine.cost import cost
from chalkgrad.engine.derivatives import gradient, jvp
from chalkgrad.engine.expressions import DerivativeExpression
from chalkgrad.engine.point import Point
from chalkgrad.engine.symbolic import derivative_expression
from chalkgrad.engine.trace import Tabular
from chalkgrad.engine.value import Value, to_float
from chalkgrad.engine.words import number

SHOWN = 4  # inputs that have columns
EQUATIONS = 6  # and equations under the table
LONGEST = 10**5  # operations of expressions

FOUR_TEMPLATES = {
    "way": "way",
    "error": "error",
    "operations": "operations",
    "counted": "counted",
    "numerically": "numerically",
    "symbolically": "symbolically",
    "forward": "forward mode",
    "reverse": "reverse mode",
    "evaluations": "{evaluations} evaluations of {operations}",
    "expressions": "operations in the expressions",
    "forward edges": "multiplications: {inputs} × {edges}",
    "reverse edges": "multiplications: {edges}",
    "at": "{f} = {value} at {point}; the error is the largest difference from reverse mode",
    "difference": "{way}: ({f}(x + h) - {f}(x))/h with h = {h}, for each input",
    "where": "where {equation}",
    "more": "… and {count} equations more",
}


class Way(NamedTuple):
    """A way to differentiate: the derivatives, how far they are from reverse mode's, how many operations, of what kind."""

    name: str
    derivatives: tuple[float, ...]
    error: float
    operations: int
    counted: str


class FourWays(Tabular):
    """A function differentiated four ways; `print` it. `numerically`, `symbolically`, `forward` and `reverse` are its rows.

    `expressions` has the derivatives as expressions, `inputs` the names of the inputs, `point` the function at the point.
    """

    def __init__(self, point: Point, h: float) -> None:
        self.point, self.h, self.y = point, h, point.y.data
        self.inputs = tuple(leaf.label for leaf in point.leaves)
        y, leaves, taken = point.y, point.leaves, cost(point.y)
        inputs, edges = _counted(len(leaves), "input"), _counted(taken.edges, "edge")
        exact = tuple(gradient(y, leaves))
        self.expressions = [_expression(y, leaf) for leaf in leaves]

        def way(key: str, derivatives: Sequence[float], count: int, counted: str, **parts: str) -> Way:
            error = max(abs(one - other) for one, other in zip(derivatives, exact, strict=True))
            said = FOUR_TEMPLATES[counted].format(**parts)
            return Way(FOUR_TEMPLATES[key], tuple(derivatives), error, count, said)

        evaluations = len(leaves) + 1
        self.numerically = way(
            "numerically",
            [(point.at({leaf: leaf.data + h}).data - y.data) / h for leaf in leaves],
            evaluations * taken.operations,
            "evaluations",
            evaluations=str(evaluations),
            operations=_counted(taken.operations, "operation"),
        )
        operations = sum(expression.operations for expression in self.expressions)
        self.symbolically = way("symbolically", [one.value for one in self.expressions], operations, "expressions")
        tangents = [jvp(y, leaf, 1.0) for leaf in leaves]
        self.forward = way("forward", tangents, len(leaves) * taken.edges, "forward edges", inputs=inputs, edges=edges)
        self.reverse = way("reverse", exact, taken.edges, "reverse edges", edges=edges)

    def __iter__(self) -> Iterator[Way]:
        return iter((self.numerically, self.symbolically, self.forward, self.reverse))

    def cells(self, medium: str) -> list[list[str]]:
        """The headings and the rows, each cell in one line."""
        latex = medium == "latex"

        def math(text: str) -> str:
            return f"${text}$" if latex else text

        shown = self.inputs if len(self.inputs) <= SHOWN else self.inputs[: SHOWN - 1]
        dots = [math(r"\dots" if latex else "…")] * (len(shown) < len(self.inputs))
        heads = [math(words.quotient(self.point.name, name, latex)) for name in shown]
        keys = ("error", "operations", "counted")
        rows = [[FOUR_TEMPLATES["way"], *heads, *dots, *(FOUR_TEMPLATES[key] for key in keys)]]
        for way in self:
            numbers = [math(number(x, 10, latex)) for x in way.derivatives[: len(shown)]]
            counted = way.counted.replace("×", r"$\times$") if latex else way.counted
            rows.append([way.name, *numbers, *dots, math(number(way.error, 2, latex)), f"{way.operations:,}", counted])
        return rows

    def below(self) -> Sequence[str]:
        """The lines under the table: the point, the difference quotient, the expressions."""
        few = list(zip(self.inputs, self.point.leaves, self.expressions, strict=True))[:SHOWN]
        point = ", ".join(f"{name} = {number(leaf.data)}" for name, leaf, _ in few)
        f, more = self.point.name, ", …" * (len(self.inputs) > SHOWN)
        first, rest = self.symbolically.name + ": ", " " * (len(self.symbolically.name) + 2)
        lines = [f"{words.quotient(f, name)} = {expression.formula}" for name, _, expression in few]
        equations = list(dict.fromkeys(line for _, _, expression in few for line in expression.equations))
        lines += ["…"] * bool(more)
        lines += [FOUR_TEMPLATES["where"].format(equation=equation) for equation in equations[:EQUATIONS]]
        if len(equations) > EQUATIONS:
            lines.append(FOUR_TEMPLATES["more"].format(count=len(equations) - EQUATIONS))
        return [
            FOUR_TEMPLATES["at"].format(f=f, value=number(self.y), point=point + more),
            FOUR_TEMPLATES["difference"].format(way=self.numerically.name, f=f, h=number(self.h)),
            *((rest if i else first) + line for i, line in enumerate(lines)),
        ]


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _expression(y: Value, leaf: Value) -> DerivativeExpression:
    """The derivative written with the leaves, or where that is too long with the nodes."""
    try:
        return derivative_expression(y, leaf)
    except ValueError:
        return derivative_expression(y, leaf, in_terms_of="nodes", limit=LONGEST)


def compared(f: Callable[..., Any], x: Sequence[Any], h: float) -> FourWays:
    """A function's gradient at a point, four ways; see `four_ways`."""
    point = Point("four_ways", f, x)
    h = to_float(h, "h")
    if any(leaf.data + h == leaf.data for leaf in point.leaves):
        raise ValueError(f"h = {number(h)} does not move every input: take a larger one")
    return FourWays(point, h)
