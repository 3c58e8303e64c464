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

from collections.abc import Callable, Collection, Sequence

from chalkgrad.engine.formulas.trees import Call, Choice, Constant, Formula, Functions, Test, arguments_in, holds

RuleSet = Callable[[Call], Formula | None]

_ZERO, _ONE = Constant(0.0), Constant(1.0)


def simplify(tree: Formula, rules: Sequence[RuleSet], functions: Functions) -> Formula:
    """Returns the tree with these rules applied, innermost parts first.

    A choice that numbers alone decide is replaced by the side taken, because it explains nothing; `functions` decide it.
    """
    if isinstance(tree, Choice):
        then, otherwise = (simplify(side, rules, functions) for side in (tree.then, tree.otherwise))
        if arguments_in(tree.test):
            return Choice(tree.test, then, otherwise)
        return then if holds(tree.test, {}, functions) else otherwise
    if isinstance(tree, Test) or not tree.parts:
        return tree
    parts = [simplify(part, rules, functions) if isinstance(part, Formula) else part for part in tree.parts]
    made = type(tree)(*parts)
    return rewritten(made, rules) if isinstance(made, Call) else made


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
    if (name in ("mul", "pow", "div") and y == _ONE) or (name in ("add", "sub") and y == _ZERO):
        return x
    if name == "mul" and x == _ONE:
        return y
    return _ONE if name == "pow" and y == _ZERO else None


def zeros(call: Call) -> Formula | None:
    """Replaces 0·x and x·0 by 0, and 0 + x by x."""
    if call.name == "mul" and _ZERO in call.arguments:
        return _ZERO
    return call.arguments[1] if call.name == "add" and call.arguments[0] == _ZERO else None


def signs(call: Call) -> Formula | None:
    """Replaces -1·x by -x."""
    return Call("neg", call.arguments[1]) if call.name == "mul" and call.arguments[0] == Constant(-1.0) else None
