"""The one simplifier of formulas: bottom up, by the sets of rules that a reader asks for.

>>> from chalkgrad.engine.formulas.trees import Argument
>>> from chalkgrad.engine.recording.computers import ON_FLOATS
>>> b = Argument("b")
>>> simplify(3.0 * b ** (Constant(3.0) - 1.0) + 0.0, [numbers(ON_FLOATS), ones], ON_FLOATS)
mul(3.0, pow(b, 2.0))

A set of rules takes a call whose arguments are simple already, and returns its replacement, or None. Putting
sums and products in order is another task: see explaining/tidy.py.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence

from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Formula, Functions, Test, holds, rebuilt, walked

RuleSet = Callable[[Call], Formula | None]

_ZERO, _ONE = Constant(0.0), Constant(1.0)


def simplify(
    tree: Formula, rules: Sequence[RuleSet], functions: Functions, known: dict[Formula, Formula] | None = None
) -> Formula:
    """Returns the tree with these rules applied, innermost parts first.

    A choice that numbers alone decide is replaced by the side taken, because it explains nothing; `functions` decide it.
    `known` keeps results from one call to the next, for trees that have parts in common.
    """

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        if isinstance(part, Choice):
            then = yield part.then
            otherwise = yield part.otherwise
            if not part.test.varies:
                return then if holds(part.test, {}, functions) else otherwise
            return part if then is part.then and otherwise is part.otherwise else Choice(part.test, then, otherwise)
        if isinstance(part, (Argument, Constant, Test)):
            return part
        made = yield from rebuilt(part)
        return rewritten(made, rules) if isinstance(made, Call) else made

    return walked(visit, tree, known)


def rewritten(call: Call, rules: Sequence[RuleSet]) -> Formula:
    """Returns the result of the first rule that fits a call; the call itself if none fits."""
    for rule in rules:
        found = rule(call)
        if found is not None:
            return found
    return call


def numbers(functions: Functions, symbols: Collection[float] = ()) -> RuleSet:
    """Returns the rule that works out calls of these functions on numbers alone; the `symbols`, such as π, stay as they are."""

    def worked_out(call: Call) -> Formula | None:
        values = [x.value for x in call.arguments if isinstance(x, Constant) and x.value not in symbols]
        if len(values) < len(call.arguments) or call.name not in functions:
            return None
        return Constant(functions[call.name](*values))

    return worked_out


def first_powers(call: Call) -> Formula | None:
    """Applies x¹ = x."""
    return call.arguments[0] if call.name == "pow" and call.arguments[1] == _ONE else None


def ones(call: Call) -> Formula | None:
    """Replaces x·1, 1·x, x/1, x¹, x + 0 and x - 0 by x, and x⁰ by 1."""
    if len(call.arguments) != 2:
        return None
    name, (x, y) = call.name, call.arguments
    if (name in ("mul", "pow", "div") and y == _ONE) or (name in ("add", "sub") and _is_zero(y)):
        return x
    if name == "mul" and x == _ONE:
        return y
    return _ONE if name == "pow" and _is_zero(y) else None


def zeros(call: Call) -> Formula | None:
    """Replaces 0·x and x·0 by 0, and 0 + x by x."""
    if call.name == "mul" and any(map(_is_zero, call.arguments)):
        return _ZERO
    return call.arguments[1] if call.name == "add" and _is_zero(call.arguments[0]) else None


def _is_zero(tree: Formula) -> bool:
    return isinstance(tree, Constant) and tree.value == 0.0


def signs(call: Call) -> Formula | None:
    """Replaces -1·x by -x."""
    return Call("neg", call.arguments[1]) if call.name == "mul" and call.arguments[0] == Constant(-1.0) else None
