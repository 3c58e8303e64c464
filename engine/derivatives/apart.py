"""Points that formulas treat apart, and second derivatives: the cases to leave out, and the corners to refuse.

A local derivative has the value of a convention or of a limit at such a point, as in choose(v = 0, 0, x/v), that of hypot. That
says nothing of how it changes beside the point: differentiating the 0 would give another, which is wrong.

>>> unguarded(RULES["hypot"], RULES["hypot"].shown[0], "x")
div(x, v)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from chalkgrad.engine.basics.caches import remembered
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.formulas.guards import beside, sides, three_cases
from chalkgrad.engine.formulas.trees import Argument, Choice, Constant, Formula, Test, equal, evaluate
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.rules import PARTIALS, RULES, SHOWN, Rule
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.failures import differentiated_rule

_POW = RULES["pow"]


def _narrower(tree: Formula, also: Test) -> Formula:
    """Returns the slope of x^y by y, choose(x = 0, 0, log(x)·x^y), with the 0 only where a further test holds, too.

    At x = 0 it is 0 for all y ≥ 0. But for y ≤ 1 it changes there without bounds as x does, and at y = 0 as y does.
    """
    if isinstance(tree, Choice) and tree.then == Constant(0.0) and tree.test == equal(Argument("x"), 0):
        return Choice(tree.test & also, tree.then, tree.otherwise)
    return tree


# What local derivatives are differentiated with, as computed and as shown.
AGAIN, SHOWN_AGAIN = (
    {**table, "pow": (table["pow"][0], _narrower(table["pow"][1], Argument("y") > 0))} for table in (PARTIALS, SHOWN)
)


def unguarded(rule: Rule, partial: Formula, name: str) -> Formula:
    """Returns a local derivative without the cases at single points that say nothing of how it changes with an argument.

    In the table these are the tests of an operation's value, as hypot's at the origin. Those of an argument are limits there,
    such as 0**y, which is 0 for all y > 0, so that its derivative by y is 0 and stays so.
    """
    rule = differentiated_rule(rule)
    if rule is _POW and name == "x":
        return _narrower(partial, Argument("y") > 1)
    if rule is _POW and name == "y" and isinstance(partial, Choice) and isinstance(partial.otherwise, Choice):
        at_0, other = partial.otherwise.then, partial.otherwise.otherwise
        if isinstance(at_0, Choice):  # the 0 of x⁰ at x = 0 is one for all x, not y
            return Choice(partial.test, partial.then, Choice(partial.otherwise.test, at_0.otherwise, other))
    return beside(partial, {"v"} if RULES.get(rule.name) is rule else {"v", name})


# Corners -------------------------------------------------------------------------------------------------------------


class CorneredSlope(NamedTuple):
    """A local derivative with a case for each side and one for the point between, as |x|' has, and how to find that point.

    `left` and `right` compute the two sides of its test from the numbers of the arguments; at the point they are equal.
    """

    tree: Formula
    names: tuple[str, ...]
    left: Callable[[Sequence[float]], float]
    right: Callable[[Sequence[float]], float]

    def at_corner(self, numbers: Sequence[float]) -> bool:
        """Returns whether these numbers are at a corner where the slope is that of neither side."""
        if self.left(numbers) != self.right(numbers):
            return False
        return sides(self.tree, dict(zip(self.names, numbers, strict=True)), ON_FLOATS) is not None


@remembered
def cornered_slopes(rule: Rule) -> list[CorneredSlope]:
    """Returns the local derivatives of an operation that have a corner; of no Derived, whose own slopes are second ones."""
    found = []
    for tree in () if rule.lists or hasattr(rule, "base") else rule.partials:
        cases = three_cases(tree)
        if cases is not None:
            left, right = (_computed(side, rule.arguments) for side in cases.tests[0].sides)
            found.append(CorneredSlope(tree, rule.arguments, left, right))
    return found


def _computed(tree: Formula, names: tuple[str, ...]) -> Callable[[Sequence[float]], float]:
    """A function that computes a formula from the numbers of the arguments."""
    if isinstance(tree, Argument):
        return itemgetter(names.index(tree.name))
    return lambda numbers: float(evaluate(tree, dict(zip(names, numbers, strict=True)), ON_FLOATS))


def has_corner(rule: Rule | None, node: Value) -> bool:
    """Returns whether an operation has a corner at a node's arguments where its slope is that of neither side: |x| at 0."""
    slopes = [] if rule is None else cornered_slopes(rule)
    numbers = [x if isinstance(x, float) else x._data for x in node.arguments] if slopes else []
    return any(slope.at_corner(numbers) for slope in slopes)


def at_corner(names: Mapping[Value, str], y: Value, node: Value) -> NonFiniteError:
    """Returns the error for a second derivative of y that depends on the square of a slope at a corner."""
    arguments = [x for x in node.parents if isinstance(x, Value)]
    at = ", ".join(f"{names[x]} = {words.number(x._data)}" for x in dict.fromkeys(arguments))
    rule = node.op
    assert rule is not None
    instead = "relu(x)**2 for maximum(x, 0)**2" if rule.name in ("maximum", "minimum") else "x**2 for abs(x)**2"
    slopes = " and ".join(words.number(d) for d in dict.fromkeys(node.partials))
    return NonFiniteError(
        f"{names[y]} is not differentiable twice here as written: {names[node]} = {words.expression(node, names)} has a corner "
        f"at {at}, where its slope, by convention {slopes}, is that of neither side; write a power of it without the corner, "
        f"such as {instead}"
    )
