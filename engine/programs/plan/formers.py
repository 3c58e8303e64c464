"""Formulas over arrays: written with NumPy's names, and first made of which arrays compute less.

Here a formula is told by its shape, whose ever it is: `choose(x <= 0, 0, x)` is a maximum, a derivative that is 1 or 0 a
mask. What no shape tells, that a derivative takes less by another formula, stands in the table: `on_arrays`, that of tanh.

>>> from chalkgrad.engine.rules import RULES
>>> former = Former("u_{}".format, {"x": "u"}, [RULES["relu"].value], functional=False)
>>> former.write(RULES["relu"].value).text
'np.maximum(u, 0.0)'
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from chalkgrad.engine.formulas.notation import ATOM, COMPARISON, POWER
from chalkgrad.engine.formulas.trees import Call, Choice, Constant, Fold, Formula, children, equal, rebuilt, replaced, walked
from chalkgrad.engine.programs.plan.array_lines import LANGUAGE
from chalkgrad.engine.programs.plan.products import atom
from chalkgrad.engine.recording.emit import SourceWriter, Written

_TOLD = frozenset({"exp", "expm1", "log", "log1p", "sqrt", "abs", "sin", "cos", "tanh", "sinh", "cosh"})  # they name a part


class Former(SourceWriter):
    """Writes formulas over arrays; a fold reduces the last axis, and keeps it with one element."""

    def __init__(
        self, name: Callable[[str], str], names: Mapping[str, str], formulas: Sequence[Formula], functional: bool
    ) -> None:
        super().__init__(LANGUAGE, names, formulas)
        self.fresh_name, self.functional = name, functional

    def write(self, tree: Formula, element: int | None = None) -> Written:
        square = tree if isinstance(tree, Call) and tree.name == "pow" and tree.arguments[1] == Constant(2.0) else None
        if square is not None and (tree, element) not in self.known:
            written = Written(f"{self.write(square.arguments[0]).at(ATOM)}**2", POWER)
            return self.keep(tree, element, written) if self.uses[tree] > 1 else written
        return super().write(tree, element)

    def new_name(self, tree: Formula) -> str:
        if isinstance(tree, Fold):
            return self.fresh_name(tree.kind)
        if isinstance(tree, Call) and tree.name in _TOLD:
            return self.fresh_name(tree.name)
        return self.fresh_name("shift" if _finite_or(tree) else "part")

    def _choice(self, tree: Choice, element: int | None) -> Written:
        left, right = tree.test.sides
        if tree.test.sign == "<=" and tree.then == right and tree.otherwise == left and isinstance(right, Constant):
            return Written(f"np.maximum({self.write(left).text}, {self.write(right).text})", ATOM)
        if _finite_or(tree):
            x = self.write(tree.then).text
            return self.keep(tree, None, Written(f"np.where(np.isfinite({x}), {x}, {self.write(tree.otherwise).text})", ATOM))
        return super()._choice(tree, element)

    def mask(self, tree: Formula) -> Written | None:
        """Returns a test, if a derivative is 1 where it holds and else 0: a product with it has the same result."""
        if not (isinstance(tree, Choice) and tree.then == Constant(1.0) and tree.otherwise == Constant(0.0)):
            return None
        left, right = tree.test.sides
        if self.functional and tree.test.sign == ">" and right == Constant(0.0):
            return Written(f"np.step({self.write(left).text})", ATOM)  # numbers: of a test PyTorch makes them slowly
        return Written(self.test(tree.test, None), COMPARISON)

    def fold(self, tree: Fold) -> Written:
        body, kind = self.write(tree.body), tree.kind
        if self.functional:
            return self.keep(tree, None, Written(f"np.{kind}({body.text}, -1, keepdims=True)", ATOM))
        return self.keep(tree, None, Written(f"{atom(body.text)}.{kind}(-1, keepdims=True)", ATOM))


def _finite_or(tree: Formula) -> bool:
    """Returns whether a formula is a part where that is finite, and else a number."""
    return isinstance(tree, Choice) and isinstance(tree.otherwise, Constant) and tree.test == equal(tree.then - tree.then, 0.0)


def cheaper(tree: Formula) -> Formula:
    """Returns a formula of which arrays compute less: both sides of a choice are computed, so that they had better agree.

    On the side of x ≥ 0 x is |x|, on the other -|x|; where that leaves fewer exponentials it is written so.
    """

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        made = yield from rebuilt(part)
        if not isinstance(made, Choice) or made.test.sign not in (">", ">=") or made.test.sides[1] != Constant(0.0):
            return made
        x, _ = made.test.sides
        size = Call("abs", x)
        then, otherwise = replaced(made.then, x, size), replaced(made.otherwise, x, -size)
        if len(_exponentials(then) | _exponentials(otherwise)) >= len(_exponentials(made.then) | _exponentials(made.otherwise)):
            return made
        return then if then == otherwise else Choice(made.test, then, otherwise)

    return walked(visit, tree)


def _exponentials(tree: Formula) -> set[Formula]:
    own = {tree} if isinstance(tree, Call) and tree.name in ("exp", "expm1") else set()
    return own.union(*map(_exponentials, children(tree)))
