"""What is shown of a formula once values are known: the branch that they take, without what numbers alone decide.

>>> from chalkgrad.engine.formulas.trees import Argument, Constant, choose
>>> b = Argument("b")
>>> simplified(Constant(3.0) * b ** (Constant(3.0) - 1.0))
mul(3.0, pow(b, 2.0))
>>> chosen(choose(b > 0, b, 0), {"b": -2.0}, lambda tree, tests: f"{tree} because {tests}")
"0.0 because [Test('≤', b, 0.0)]"
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from chalkgrad.engine.formulas.simplify import numbers, ones, signs, simplify
from chalkgrad.engine.formulas.trees import Choice, Formula, Test, holds
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.words.placeholders import either, truth

_NEGATIONS = {"<": "≥", "<=": ">", ">": "≤", ">=": "<"}


def chosen(
    tree: Formula,
    values: Mapping[str, float],
    branch: Callable[[Formula, Sequence[Test]], str],
    decided: Sequence[Test] = (),
    failed: Sequence[Test] = (),
) -> str:
    """The text of the branch that a choice takes for these values, given it and the comparisons that decided."""
    if isinstance(tree, Choice):
        test, then, otherwise = tree.test, tree.then, tree.otherwise
        if not says_something(test):
            return chosen(then if holds(test, {}, ON_FLOATS) else otherwise, values, branch, decided, failed)
        return either(
            truth(test, values),
            lambda: chosen(then, values, branch, [test]),
            lambda: chosen(otherwise, values, branch, decided, [*failed, test]),
        )
    negated = [Test(_NEGATIONS[t.sign], *t.sides) for t in failed if t.sign in _NEGATIONS]
    if {t.sign for t in negated} == {"≤", "≥"} and len({t.sides for t in negated}) == 1:
        negated = [Test("==", *negated[0].sides)]
    return branch(tree, [*decided, *negated])


def says_something(test: Test) -> bool:
    """A test between constants alone (an exponent of 2, which is not 0) explains nothing."""
    return test.varies


_RULES = [numbers({name: ON_FLOATS[name] for name in ("add", "sub", "mul", "div", "pow", "neg")}, {math.pi}), ones, signs]


def simplified(tree: Formula, known: dict[Formula, Formula] | None = None) -> Formula:
    """The tree as it is written: what numbers alone decide is done, and there are no factors of 1; 3·b^(3 - 1) is 3·b².

    `known` keeps results for later calls on trees that have parts in common.
    """
    return simplify(tree, _RULES, ON_FLOATS, known)
