"""The derivative of a formula, as a formula.

>>> from chalkgrad.engine.formulas.trees import trace
>>> derivative(trace(lambda x: x * Call("exp", x), "x"), "x", {"mul": (Argument("y"), Argument("x")), "exp": (Argument("v"),)})
add(exp(x), mul(x, exp(x)))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalkgrad.engine.formulas.simplify import ones, rewritten, zeros
from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Formula, bind, substitute


def derivative(tree: Formula, name: str, partials: Mapping[str, Sequence[Formula]]) -> Formula:
    """Returns the derivative of a tree by one argument, by the chain rule over the table's local derivatives.

    `partials` maps an operation's name to its local derivatives, formulas in `v` and its arguments x, y, z.
    Terms times 0 and factors of 1 are dropped.
    """
    if isinstance(tree, Argument):
        return Constant(1.0 if tree.name == name else 0.0)
    if isinstance(tree, Constant):
        return Constant(0.0)
    if isinstance(tree, Choice):
        then, otherwise = (derivative(side, name, partials) for side in (tree.then, tree.otherwise))
        return then if then == otherwise else Choice(tree.test, then, otherwise)
    if isinstance(tree, Call):
        terms: Formula = Constant(0.0)
        values = {"v": tree, **bind(tree.arguments)}
        for argument, partial in zip(tree.arguments, partials[tree.name], strict=True):
            inner = derivative(argument, name, partials)
            term = rewritten(Call("mul", substitute(partial, values), inner), [zeros, ones])
            terms = rewritten(Call("add", terms, term), [zeros, ones])
        return terms
    raise TypeError(f"no derivative of a formula with {type(tree).__name__.lower()} in it")
