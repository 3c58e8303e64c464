"""Formulas that treat single points apart, and what stands beside these points.

>>> from chalkgrad.engine.formulas.trees import choose, equal, trace
>>> sinc = trace(lambda x: choose(equal(x, 0), 1, Call("sin", x) / x), "x")
>>> beside(sinc, {"x"})
div(sin(x), x)
>>> from chalkgrad.engine.recording.computers import ON_FLOATS
>>> at_guard(sinc, {"x": 0.0}, ON_FLOATS), at_guard(sinc, {"x": 2.0}, ON_FLOATS)
(True, False)

What a formula says at a single point tells nothing of its slope there: the derivative of the 1 above is 0 whatever stands
beside it. So derivatives are taken of the formula beside the point; where that has none at the point, as sin(x)/x at 0, the
slope cannot be known from what is written.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import NamedTuple

from chalkgrad.engine.formulas.trees import (
    Call,
    Choice,
    Constant,
    Formula,
    Functions,
    Test,
    Values,
    arguments_in,
    evaluate,
    holds,
    walked,
)

_OPPOSITE = {"<": ">", ">": "<"}


def beside(tree: Formula, names: Collection[str]) -> Formula:
    """Returns the formula without the cases that hold at single points only, as long as one of these arguments moves."""

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        if isinstance(part, Choice):
            then = yield part.then
            otherwise = yield part.otherwise
            if _single_point(part.test, names):
                return otherwise
            cases = three_cases(part)
            if cases is not None and then == (yield cases.other):
                return then
            return Choice(part.test, then, otherwise)
        if isinstance(part, Call):
            arguments = []
            for argument in part.arguments:
                arguments.append((yield argument))
            return Call(part.name, *arguments)
        return part

    return walked(visit, tree)


def _single_point(test: Test, names: Collection[str]) -> bool:
    """Whether a test is x = c with x among the names and c a number; others, such as (y - 1) + 1 = y, save digits."""
    if test.sign in ("and", "or"):
        parts = [isinstance(side, Test) and _single_point(side, names) for side in test.sides]
        return any(parts) if test.sign == "and" else all(parts)
    left, right = test.sides
    if isinstance(left, Constant):
        left, right = right, left
    return test.sign == "==" and isinstance(right, Constant) and not arguments_in(left).isdisjoint(names)


class ThreeCases(NamedTuple):
    """A formula on one side of a point, on the other, and at the point, where the first test fails and the second is `last`."""

    one: Formula
    other: Formula
    point: Formula
    tests: tuple[Test, Test]
    last: bool

    def at_point(self, values: Values, functions: Functions) -> bool:
        """Returns whether these values are at the point."""
        first, second = self.tests
        return not holds(first, values, functions) and holds(second, values, functions) is self.last


def three_cases(tree: Formula) -> ThreeCases | None:
    """Returns the cases of a formula that has three, or None.

    They are choose(x > 0, one, choose(x < 0, other, point)) and choose(x > 0, one, choose(x >= 0, point, other)).
    """
    rest = tree.otherwise if isinstance(tree, Choice) else None
    if isinstance(tree, Choice) and isinstance(rest, Choice):
        tests = tree.test, rest.test
        if _other_side(*tests):
            return ThreeCases(tree.then, rest.then, rest.otherwise, tests, False)
        if (rest.test.sign, rest.test.sides) == (tree.test.sign + "=", tree.test.sides):
            return ThreeCases(tree.then, rest.otherwise, rest.then, tests, True)
    return None


def _other_side(test: Test, other: Test) -> bool:
    """Whether two tests are x > c and x < c, in either order."""
    (left, right), sides = test.sides, other.sides
    sign = _OPPOSITE.get(test.sign)
    return sign is not None and (
        (other.sign == sign and sides == (left, right)) or (other.sign == test.sign and sides == (right, left))
    )


def at_guard(tree: Formula, values: Values, functions: Functions) -> bool:
    """Returns whether a formula, on the way it takes for these values, comes to a case that holds at single points only."""
    if isinstance(tree, Choice):
        taken = holds(tree.test, values, functions)
        apart = taken and _single_point(tree.test, [*values])
        cases = three_cases(tree)
        if apart or (cases is not None and cases.at_point(values, functions)):
            return True
        return at_guard(tree.then if taken else tree.otherwise, values, functions)
    return isinstance(tree, Call) and any(at_guard(argument, values, functions) for argument in tree.arguments)


def sides(tree: Formula, values: Values, functions: Functions) -> tuple[float, float] | None:
    """Returns what a formula is on both sides of a point if it is a third there, as |x|' at 0; None elsewhere.

    >>> from chalkgrad.engine.formulas.trees import choose, trace
    >>> from chalkgrad.engine.recording.computers import ON_FLOATS
    >>> sign = trace(lambda x: choose(x > 0, 1, choose(x < 0, -1, 0)), "x")
    >>> sides(sign, {"x": 0.0}, ON_FLOATS), sides(sign, {"x": 2.0}, ON_FLOATS)
    ((1.0, -1.0), None)
    """
    cases = three_cases(tree)
    if cases is None or not cases.at_point(values, functions):
        return None
    one, other, point = (evaluate(case, values, functions) for case in (cases.one, cases.other, cases.point))
    return None if point in (one, other) else (one, other)
