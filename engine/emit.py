"""From formulas to straight-line source: what compilers of the table write Python with.

>>> from chalkgrad.engine.rules import RULES
>>> lines, results = emit([RULES["sigmoid"].partials[0]], {"x": "a"}, PYTHON)
>>> print("\\n".join([*lines, "return " + results[0]]))
if a >= 0.0:
    t1 = math.exp(-a)
    t2 = 1.0 + t1
    t5 = t1 / (t2 * t2)
else:
    t3 = math.exp(a)
    t4 = 1.0 + t3
    t5 = t3 / (t4 * t4)
return t5

What occurs twice is computed once, and a Choice computes only the side it takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalkgrad.engine.formula import Argument, Call, Choice, Constant, Fold, Formula, Test, bind, children, substitute
from chalkgrad.engine.rules import RULES

# What Python's floats bring along: operators, and functions of the math module.
PYTHON = {
    "add": "{} + {}",
    "sub": "{} - {}",
    "mul": "{} * {}",
    "div": "{} / {}",
    "neg": "-{}",
    "pos": "+{}",
    "abs": "math.fabs({})",
    "floor": "float(math.floor({}))",
    # math.pow, not **: a negative base with a broken exponent is an error there, not a complex number
    **{
        name: f"math.{name}({{}})"
        for name in [
            "pow",
            "exp",
            "expm1",
            "log",
            "log1p",
            "sqrt",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "sinh",
            "cosh",
            "tanh",
            "erf",
            "erfc",
            "hypot",
            "floor",
        ]
    },
}
FOLDS = {"sum": "sum({})", "max": "max({})"}


def emit(
    formulas: Sequence[Formula],
    names: Mapping[str, str],
    primitives: Mapping[str, str],
    lists: Sequence[str] = (),
    value: str = "",
) -> tuple[list[str], list[str]]:
    """Source lines, and one expression per formula that holds its result after them.

    `names` gives the variable of each argument; for those in `lists` it is a list of floats, and a formula that mentions
    one outside a Fold yields a list. Operations that are not primitives are expanded by their own formulas. With `value`
    the first formula's result is put into a variable of that name, which the others read as `v`.
    """
    expanded = [expand(formula, primitives) for formula in formulas]
    writer = _Writer({**names, "v": value}, primitives, lists, expanded)
    results = [writer.result(expanded[0])]
    if value:
        writer.lines.append(f"{value} = {results[0]}")
        writer.known[expanded[0]] = results[0] = value
    return writer.lines, results + [writer.result(formula) for formula in expanded[1:]]


def expand(tree: Formula, primitives: Mapping[str, str]) -> Formula:
    """The tree with every call of a non-primitive replaced by that operation's formula."""
    if isinstance(tree, Call):
        arguments = [expand(argument, primitives) for argument in tree.arguments]
        if tree.name in primitives:
            return Call(tree.name, *arguments)
        return expand(substitute(RULES[tree.name].value, bind(arguments)), primitives)
    return type(tree)(*[expand(p, primitives) if isinstance(p, Formula) else p for p in tree.parts])


class _Writer:
    def __init__(
        self, names: Mapping[str, str], primitives: Mapping[str, str], lists: Sequence[str], formulas: Sequence[Formula]
    ) -> None:
        self.names, self.primitives, self.lists = names, primitives, set(lists)
        self.lines: list[str] = []
        self.known: dict[Formula, str] = {}
        self.count = 0
        self.uses: dict[Formula, int] = {}
        for formula in formulas:
            self._count_uses(formula)

    def _count_uses(self, tree: Formula) -> None:
        self.uses[tree] = self.uses.get(tree, 0) + 1
        if self.uses[tree] == 1:
            for child in children(tree):
                self._count_uses(child)

    def result(self, tree: Formula) -> str:
        if not self._per_element(tree):
            return _bare(self.text(tree))
        if isinstance(tree, Argument):
            return self.names[tree.name]
        return f"[{self._comprehension(tree)}]"

    def text(self, tree: Formula, element: bool = False) -> str:
        """An expression for the tree, safe as an operand; lines it needs are written first.

        Inside a comprehension (`element`) what depends on the element cannot be moved into a line of its own.
        """
        if tree in self.known:
            return self.known[tree]
        if isinstance(tree, Constant):
            return repr(tree.value) if tree.value >= 0 else f"({tree.value!r})"
        if isinstance(tree, Argument):
            return tree.name if element and tree.name in self.lists else self.names[tree.name]
        if isinstance(tree, Choice):
            return self._choice(tree, element)
        if isinstance(tree, Fold):
            return self._keep(tree, FOLDS[tree.kind].format(self._elements(tree.body)))
        assert isinstance(tree, Call)
        template = self.primitives[tree.name]
        parts = [self.text(argument, element) for argument in tree.arguments]
        source = template.format(", ".join(map(_bare, parts))) if template.endswith("({})") else f"({template.format(*parts)})"
        repeated = self.uses.get(tree, 0) > 1 and not (element and self._per_element(tree))
        return self._keep(tree, _bare(source)) if repeated else source

    def test(self, test: Test, element: bool) -> str:
        left, right = (self.test(side, element) if isinstance(side, Test) else self.text(side, element) for side in test.sides)
        return f"({left} {test.sign} {right})" if test.sign in ("and", "or") else f"{left} {test.sign} {right}"

    def _choice(self, tree: Choice, element: bool) -> str:
        """A conditional expression where both sides fit into one, else an if statement, so that one side alone is run."""
        condition = self.test(tree.test, element)
        sides = []
        for side in (tree.then, tree.otherwise):
            saved_lines, saved_known = self.lines, self.known
            self.lines, self.known = [], dict(saved_known)  # what one side computes is unknown outside it
            source = self.text(side, element)
            sides.append((self.lines, source))
            self.lines, self.known = saved_lines, saved_known
        (then_lines, then), (else_lines, otherwise) = sides
        if not then_lines and not else_lines:
            return f"({_bare(then)} if {condition} else {_bare(otherwise)})"
        name = self._new_name()
        self.lines += [
            f"if {condition}:",
            *("    " + line for line in (*then_lines, f"{name} = {_bare(then)}")),
            "else:",
            *("    " + line for line in (*else_lines, f"{name} = {_bare(otherwise)}")),
        ]
        self.known[tree] = name
        return name

    def _keep(self, tree: Formula, source: str) -> str:
        name = self._new_name()
        self.lines.append(f"{name} = {source}")
        self.known[tree] = name
        return name

    def _new_name(self) -> str:
        self.count += 1
        return f"t{self.count}"

    def _per_element(self, tree: Formula) -> bool:
        if isinstance(tree, Fold):
            return False
        return (isinstance(tree, Argument) and tree.name in self.lists) or any(map(self._per_element, children(tree)))

    def _elements(self, body: Formula) -> str:
        """An iterable of the formula's values over the list arguments."""
        if isinstance(body, Argument):
            return self.names[body.name]
        if isinstance(body, Call) and body.name == "mul" and all(isinstance(a, Argument) for a in body.arguments):
            return f"map(product, {', '.join(self.names[a.name] for a in body.arguments if isinstance(a, Argument))})"
        return self._comprehension(body)

    def _comprehension(self, body: Formula) -> str:
        used = sorted(name for name in self.lists if _mentions(body, name))
        source = _bare(self.text(body, element=True))
        if len(used) == 1:
            return f"{source} for {used[0]} in {self.names[used[0]]}"
        return f"{source} for {', '.join(used)} in zip({', '.join(self.names[name] for name in used)})"


def _mentions(tree: Formula, name: str) -> bool:
    return tree == Argument(name) or any(_mentions(child, name) for child in children(tree))


def _bare(source: str) -> str:
    """The source without a pair of parentheses around the whole."""
    if not (source.startswith("(") and source.endswith(")")):
        return source
    depth = 0
    for i, character in enumerate(source):
        depth += (character == "(") - (character == ")")
        if depth == 0 and i < len(source) - 1:
            return source
    return source[1:-1]
