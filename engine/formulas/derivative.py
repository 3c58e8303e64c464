"""The derivative of a formula, as a formula.

>>> from chalkgrad.engine.formulas.trees import trace
>>> derivative(trace(lambda x: x * Call("exp", x), "x"), "x", {"mul": (Argument("y"), Argument("x")), "exp": (Argument("v"),)})
add(exp(x), mul(x, exp(x)))
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from chalkgrad.engine.formulas.simplify import ones, rewritten, zeros
from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Formula, bind, substitute, walked


def derivative(tree: Formula, name: str, partials: Mapping[str, Sequence[Formula]]) -> Formula:
    """Returns the derivative of a tree by one argument, by the chain rule over the table's local derivatives.

    `partials` maps an operation's name to its local derivatives, formulas in `v` and its arguments x, y, z.
    Terms times 0 and factors of 1 are dropped. It has the tree's own size, times that of a local derivative: parts are shared.
    """

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        if isinstance(part, Argument):
            return Constant(1.0 if part.name == name else 0.0)
        if isinstance(part, Constant):
            return Constant(0.0)
        if isinstance(part, Choice):
            then = yield part.then
            otherwise = yield part.otherwise
            return then if then == otherwise else Choice(part.test, then, otherwise)
        if isinstance(part, Call):
            terms: Formula = Constant(0.0)
            values = {"v": part, **bind(part.arguments)}
            for argument, partial in zip(part.arguments, partials[part.name], strict=True):
                inner = yield argument
                term = rewritten(Call("mul", substitute(partial, values), inner), [zeros, ones])
                terms = rewritten(Call("add", terms, term), [zeros, ones])
            return terms
        raise TypeError(f"no derivative of a formula with {type(part).__name__.lower()} in it")

    return walked(visit, tree)
