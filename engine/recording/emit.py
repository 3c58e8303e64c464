"""From formulas to straight-line source, in Python or another Language; recorders and programs are written with it.

>>> from chalkgrad.engine.rules import RULES
>>> lines, results = emit([RULES["sigmoid"].partials[0]], {"x": "a"}, PYTHON)
>>> print("\\n".join([*lines, "return " + results[0]]))
if a >= 0.0:
    t1 = math.exp(-a)
    t3 = t1 / (1.0 + t1 * (2.0 + t1))
else:
    t2 = math.exp(a)
    t3 = t2 / (1.0 + t2 * (2.0 + t2))
return t3

A part that occurs twice is computed once, and a Choice computes only the side it takes.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine.formulas.notation import ATOM, CHOICE, COMPARISON, PRODUCT, SIGNED, SUM
from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Fold,
    Formula,
    Test,
    arguments_in,
    bind,
    children,
    differs_by_element,
    substitute,
)
from chalkgrad.engine.rules import RULES

# Templates of what Python's floats have: operators, and functions of the math module.
PYTHON = {
    "add": "{} + {}",
    "sub": "{} - {}",
    "mul": "{} * {}",
    "div": "{} / {}",
    "mod": "{} % {}",
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
            "log2",
            "log10",
            "sqrt",
            "sin",
            "cos",
            "tan",
            "asin",
            "acos",
            "atan",
            "atan2",
            "sinh",
            "cosh",
            "tanh",
            "erf",
            "erfc",
            "hypot",
        ]
    },
}
FOLDS = {"sum": "sum({})", "max": "max({})"}

# How strongly an operator binds, and how strongly its operands must: x - (y - z) is not x - y - z, and in floats x + (y + z)
# is not x + y + z either.
OPERATORS = {
    "add": (SUM, SUM, PRODUCT),
    "sub": (SUM, SUM, PRODUCT),
    "mul": (PRODUCT, PRODUCT, SIGNED),
    "div": (PRODUCT, PRODUCT, SIGNED),
    "mod": (PRODUCT, PRODUCT, SIGNED),
    "neg": (SIGNED, ATOM),
    "pos": (SIGNED, ATOM),
}
TERMS_PER_LINE = 24  # terms of a sum in one line: compilers recurse on longer ones


class Language:
    """How a target writes the parts of formulas; this one is Python."""

    lazy = True  # a choice computes only the side it takes
    signs: Mapping[str, str] = {}  # of comparisons, if they are not Python's

    def __init__(self, primitives: Mapping[str, str] = PYTHON) -> None:
        self.primitives = primitives

    def number(self, x: float) -> str:
        return repr(x)

    def choice(self, test: str, then: str, otherwise: str) -> Written:
        return Written(f"{then} if {test} else {otherwise}", CHOICE)

    def both(self, sign: str, left: str, right: str) -> str:
        """Returns two tests joined by `and` or `or`."""
        return f"({left} {sign} {right})"

    def largest(self, terms: Sequence[str]) -> str:
        return f"max({', '.join(terms)})" if len(terms) > 1 else terms[0]

    def assign(self, name: str, source: str, final: bool = True) -> str:
        """Returns the line that gives a variable its first value; `final` if it is the only one."""
        return f"{name} = {source}"

    def again(self, name: str, source: str) -> str:
        """Returns the line that gives a variable another value."""
        return f"{name} = {source}"

    def add(self, name: str, source: str) -> str:
        return f"{name} += {source}"

    def branch(self, name: str, test: str, then: Sequence[str], otherwise: Sequence[str]) -> list[str]:
        """Returns the lines that run one of two lists of lines, which both give `name` its value."""
        return [f"if {test}:", *indented(then), "else:", *indented(otherwise)]


class Written(NamedTuple):
    """A piece of source, and how strongly it binds."""

    text: str
    binds: float

    def at(self, place: float) -> str:
        """Returns the text, in parentheses if it binds less strongly than this place needs."""
        return self.text if self.binds >= place else f"({self.text})"


def indented(lines: Sequence[str]) -> list[str]:
    return ["    " + line for line in lines]


def emit(
    formulas: Sequence[Formula],
    names: Mapping[str, str],
    primitives: Mapping[str, str],
    lists: Sequence[str] = (),
    value: str = "",
) -> tuple[list[str], list[str]]:
    """Source lines in Python, and one expression per formula that holds its result after them.

    `names` gives the variable of each argument; for those in `lists` it is a list of floats, and a formula that mentions
    one outside a Fold yields a list. Operations that are not primitives are expanded by their own formulas. With `value`
    the first formula's result is put into a variable of that name, which the others read as `v`.
    """
    expanded = [expand(formula, primitives) for formula in formulas]
    writer = ListWriter(Language(primitives), {**names, "v": value}, expanded, lists)
    results = [writer.result(expanded[0])]
    if value:
        writer.lines.append(f"{value} = {results[0]}")
        writer.known[expanded[0], None] = results[0] = value
    return writer.lines, results + [writer.result(formula) for formula in expanded[1:]]


def expand(tree: Formula, primitives: Container[str]) -> Formula:
    """Returns the tree with every call of an operation that is not a primitive replaced by its formula."""
    return _expanded(tree, primitives, {})


def _expanded(tree: Formula, primitives: Container[str], known: dict[Formula, Formula]) -> Formula:
    if tree not in known:
        parts = [_expanded(part, primitives, known) if isinstance(part, Formula) else part for part in tree.parts]
        made = known[tree] = type(tree)(*parts)
        if isinstance(made, Call) and made.name not in primitives:
            known[tree] = _expanded(substitute(RULES[made.name].value, bind(made.arguments)), primitives, known)
    return known[tree]


class SourceWriter:
    """Writes trees as expressions; a part that occurs several times is computed once, in a line of its own.

    Attributes:
        lines: the lines that must run before the expressions returned so far
        known: the variable that holds a tree, by tree and, if it differs from element to element, by element
    """

    def __init__(
        self, language: Language, names: Mapping[str, Any], formulas: Sequence[Formula], lists: Sequence[str] = ()
    ) -> None:
        self.language, self.names, self.lists = language, names, frozenset(lists)
        self.lines: list[str] = []
        self.known: dict[tuple[Formula, int | None], str] = {}
        self.count = 0
        self.uses: dict[Formula, int] = {}
        for formula in formulas:
            self._count_uses(formula)

    def _count_uses(self, tree: Formula) -> None:
        self.uses[tree] = self.uses.get(tree, 0) + 1
        if self.uses[tree] == 1:
            for child in children(tree):
                self._count_uses(child)

    def write(self, tree: Formula, element: int | None = None) -> Written:
        """Returns an expression for the tree and writes the lines it needs; `element` is the index in the list arguments."""
        if self.lists and element is not None and not self.per_element(tree):
            element = None
        known = self.known.get((tree, element))
        if known is not None:
            return Written(known, ATOM)
        if isinstance(tree, Constant):
            source = self.language.number(tree.value)
            return Written(source, SIGNED if source.startswith("-") else ATOM)
        if isinstance(tree, Argument):
            return self.argument(tree, element)
        if isinstance(tree, Choice):
            return self._choice(tree, element)
        if isinstance(tree, Fold):
            return self.fold(tree)
        assert isinstance(tree, Call)
        template = self.language.primitives[tree.name]
        parts = [self.write(argument, element) for argument in tree.arguments]
        if template.endswith(("({})", "({}))")):
            written = Written(template.format(", ".join([part.text for part in parts])), ATOM)
        else:
            binds, *places = OPERATORS[tree.name]
            written = Written(template.format(*map(Written.at, parts, places)), binds)
        trivial = tree.name in ("neg", "pos") and isinstance(tree.arguments[0], Argument)
        if self.uses.get(tree, 0) < 2 or trivial or not self.may_keep(element):
            return written
        return self.keep(tree, element, written)

    def argument(self, tree: Argument, element: int | None) -> Written:
        source: str = self.names[tree.name] if element is None else self.names[tree.name][element]
        return Written(source, SIGNED if source.startswith("-") else ATOM)

    def fold(self, tree: Fold) -> Written:
        """Returns the sum or the maximum, written term by term."""
        terms = [self.write(tree.body, i) for i in range(len(next(self.names[name] for name in self.lists)))]
        first = self._fold(tree, terms[:TERMS_PER_LINE])
        if len(terms) > TERMS_PER_LINE or self.uses.get(tree, 0) > 1:
            first = self.keep(tree, None, first, final=len(terms) <= TERMS_PER_LINE)
        for i in range(TERMS_PER_LINE, len(terms), TERMS_PER_LINE):
            part = terms[i : i + TERMS_PER_LINE]
            if tree.kind == "sum":
                self.lines += [self.language.add(first.text, self._fold(tree, part[j : j + 1]).text) for j in range(len(part))]
            else:
                self.lines.append(self.language.again(first.text, self._fold(tree, [first, *part]).text))
        return first

    def _fold(self, tree: Fold, terms: Sequence[Written]) -> Written:
        if len(terms) == 1:
            return terms[0]
        if tree.kind == "sum":
            return Written(" + ".join([terms[0].text, *(term.at(PRODUCT) for term in terms[1:])]), SUM)
        return Written(self.language.largest([term.text for term in terms]), ATOM)

    def may_keep(self, element: int | None) -> bool:
        """Returns whether a part that depends on an element can be computed in a line of its own."""
        return True

    def test(self, test: Test, element: int | None) -> str:
        left, right = test.sides
        if isinstance(left, Test) and isinstance(right, Test):
            return self.language.both(test.sign, self.test(left, element), self.test(right, element))
        sign = self.language.signs.get(test.sign, test.sign)
        return f"{self.write(left, element).at(SUM)} {sign} {self.write(right, element).at(SUM)}"

    def _choice(self, tree: Choice, element: int | None) -> Written:
        """An expression if both sides are expressions, else an if statement, so that only one side is run."""
        condition = self.test(tree.test, element)
        again = self.uses.get(tree, 0) > 1 and self.may_keep(element)
        if not self.language.lazy:
            then, otherwise = self.write(tree.then, element), self.write(tree.otherwise, element)
            written = self.language.choice(condition, then.text, otherwise.text)
            return self.keep(tree, element, written) if again else written
        if self.may_keep(element):
            for part in _common(tree.then, _always(tree.otherwise)):
                self.uses[part] = 2  # computed before the choice, because both sides need it
                self.write(part, element)
        sides = []
        for side in (tree.then, tree.otherwise):
            saved = self.lines, self.known, self.uses
            # Variables of one side are unset if the other is taken.
            self.lines, self.known, self.uses = [], dict(self.known), {}
            self._count_uses(side)
            written = self.write(side, element)
            sides.append((self.lines, written))
            self.lines, self.known, self.uses = saved
        (then_lines, then), (else_lines, otherwise) = sides
        if not then_lines and not else_lines:
            written = self.language.choice(condition, then.at(COMPARISON), otherwise.at(COMPARISON))
            return self.keep(tree, element, written) if again else written
        name = self.new_name(tree)
        self.lines += self.language.branch(
            name,
            condition,
            [*then_lines, self.language.again(name, then.text)],
            [*else_lines, self.language.again(name, otherwise.text)],
        )
        self.known[tree, element] = name
        return Written(name, ATOM)

    def keep(self, tree: Formula, element: int | None, written: Written, final: bool = True) -> Written:
        name = self.new_name(tree)
        self.lines.append(self.language.assign(name, written.text, final))
        self.known[tree, element] = name
        return Written(name, ATOM)

    def new_name(self, tree: Formula) -> str:
        self.count += 1
        return f"t{self.count}"

    def per_element(self, tree: Formula) -> bool:
        """Returns whether a tree differs from element to element of the list arguments."""
        return differs_by_element(tree, self.lists)


def _always(tree: Formula) -> set[Formula]:
    """Returns the calls in a tree that are carried out whichever side its choices take."""
    found: set[Formula] = set()
    seen: set[Formula] = set()
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if part not in seen:
            seen.add(part)
            if isinstance(part, Call):
                found.add(part)
            waiting += _always_computed(part)
    return found


def _common(tree: Formula, others: Container[Formula]) -> list[Formula]:
    """Returns the largest of these calls that are also among the others, from left to right, each once."""
    found: list[Formula] = []
    seen: set[Formula] = set()
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if part not in seen:
            seen.add(part)
            if part in others:
                found.append(part)
            else:
                waiting += reversed(_always_computed(part))
    return found


def _always_computed(tree: Formula) -> Sequence[Formula]:
    """What stands directly inside a tree and is computed once, whichever side its choices take."""
    return [] if isinstance(tree, Fold) else [tree.test] if isinstance(tree, Choice) else [*children(tree)]


class ListWriter(SourceWriter):
    """Writes for lists of any length: a Fold loops over them, and so does a result that differs from element to element."""

    def result(self, tree: Formula) -> str:
        if not self.per_element(tree):
            return self.write(tree).text
        if isinstance(tree, Argument):
            return str(self.names[tree.name])
        return f"[{self._comprehension(tree)}]"

    def argument(self, tree: Argument, element: int | None) -> Written:
        return Written(self.names[tree.name] if element is None else tree.name, ATOM)

    def fold(self, tree: Fold) -> Written:
        return self.keep(tree, None, Written(FOLDS[tree.kind].format(self._elements(tree.body)), ATOM))

    def may_keep(self, element: int | None) -> bool:
        return element is None

    def _elements(self, body: Formula) -> str:
        """The source of an iterable of the formula's values over the list arguments."""
        if isinstance(body, Argument):
            return str(self.names[body.name])
        if isinstance(body, Call) and body.name == "mul" and all(isinstance(a, Argument) for a in body.arguments):
            return f"map(product, {', '.join(self.names[a.name] for a in body.arguments if isinstance(a, Argument))})"
        return self._comprehension(body)

    def _comprehension(self, body: Formula) -> str:
        used = sorted(self.lists & arguments_in(body))
        source = self.write(body, 0).text
        if len(used) == 1:
            return f"{source} for {used[0]} in {self.names[used[0]]}"
        return f"{source} for {', '.join(used)} in zip({', '.join(self.names[name] for name in used)})"
