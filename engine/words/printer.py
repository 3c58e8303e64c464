r"""The printers: numbers, names, formulas and reasons, as plain text and as LaTeX.

`Printer` has what the two share, and goes through a formula by its kinds of node; `Plain` and `LaTeX` are tables of signs, and
what a language does in a way of its own.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3e-7, "b1")
>>> e = a * b
>>> Plain().reason(e, 0)
'∂e/∂a = b1 = -3e-7'
>>> print(LaTeX(notation="d").reason(e, 0))
\frac{\partial e}{\partial a} = b_{1} = -3 \cdot 10^{-7}
"""

from __future__ import annotations

import math
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from chalkgrad.engine.basics.digits import LOWERED, RAISED, TO_RAISED
from chalkgrad.engine.formulas.notation import ATOM, NEGATIVE, PRODUCT, SUM, Notation
from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Fold,
    Formula,
    Test,
    substitute,
    walked,
)
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import tex
from chalkgrad.engine.words.decimals import FULL, constant, decimal, ordinal, place
from chalkgrad.engine.words.dependence import Dependence, is_own
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import can_be_lowered, current, lowered, set_in_type, symbol
from chalkgrad.engine.words.names import Names, names_of
from chalkgrad.engine.words.placeholders import alike, either, placeholders_of
from chalkgrad.engine.words.shown import chosen, simplified

TEMPLATES = section("values")

Printed = tuple[str, float]  # a text, and how strongly it binds
LONG = 4  # terms; of a longer sum the first two and the last are written, and the one that the sentence is about
PICTURED = 6  # terms of a sum in a picture or a formula
MOST_OPERATIONS = 24  # written for a value by itself

Printing = Generator[Formula, Printed, Printed]  # a visit of `walked`
Parts = dict[str, Any]  # for each argument of a formula what is printed for it; for a list argument a list of that


class Printer(ABC):
    """Writes in one language: numbers with `digits` significant digits, derivatives in a notation (see manner.py).

    `names` are those of the nodes that are written of; without them they are looked up.
    """

    notation_column: int  # which of the two templates of a rule's notation is the language's
    times: str
    dots: str
    matrix_dots: tuple[str, str, str]  # along a row, down a column, and for both
    pi: str
    maximum: str
    signs: Mapping[str, str]  # of tests, where they are other than the formula's
    longest: int | None = PICTURED  # terms of a sum that are all written; None for any number
    focus: int | None = None  # the place of a term that is written though its neighbours are not

    def __init__(self, names: Mapping[Value, str] | None = None, digits: int = 4, notation: str | None = None) -> None:
        self.names, self.digits, self._notation = names, digits, notation
        self.of = ""  # what adjoints are derivatives of, if it is not the root

    @property
    def notation(self) -> str:
        """The printer's own notation, or else that of the manner in which everything is written."""
        return self._notation or current().notation

    # Numbers

    @abstractmethod
    def number(self, x: float, digits: int | None = None) -> str:
        """A number by itself, with other digits than the printer's if they are given."""

    def constant(self, x: float) -> str:
        """A number that stands in an expression, in full if it is not too long."""
        short = decimal(x, self.digits) if x.__class__ is float else ""
        return self.number(x, FULL if short and constant(x, self.digits) != short else None)

    def factor(self, x: float, digits: int | None = None) -> str:
        """A number as it stands inside a product or a sum: a negative one in parentheses."""
        digits = self.digits if digits is None else digits
        if x.__class__ is not float and placeholders_of(x):
            return place(x, "f", digits)
        text = self.number(x, digits)
        return f"({text})" if text.startswith("-") else text

    def sum(self, numbers: Sequence[float]) -> str:
        """The numbers with plus signs between them: `3 + 2`, `1 + (-2) + … + 5`."""
        shown = range(len(numbers)) if len(numbers) <= 8 else (0, 1, None, len(numbers) - 1)
        return " + ".join(self.dots if i is None else self.factor(numbers[i]) if i else self.number(numbers[i]) for i in shown)

    # Names and derivatives

    @abstractmethod
    def called(self, name: str) -> str:
        """A name as it stands in a formula."""

    @abstractmethod
    def operand(self, name: str) -> str:
        """A name as it stands in ∂L/∂name."""

    @abstractmethod
    def quotient(self, of: str, by: str, sign: str = "") -> str:
        """A derivative in symbols, between two names: with ∂, or with d where the notation has that, or with the sign given."""

    @abstractmethod
    def held(self, quotient: str, names: Sequence[str]) -> str:
        """A derivative in symbols for which some values are held: ∂z/∂x|u."""

    @abstractmethod
    def higher_quotient(self, of: str, by: Sequence[str]) -> str:
        """A derivative of any order in symbols; `by` has what was differentiated by last first, as ∂/∂y ∂f/∂x is written."""

    @abstractmethod
    def marked(self, name: str, mark: str) -> str:
        """A name under a "bar", as adjoints have it, or under a "dot", as tangents have it."""

    def name(self, node: Value) -> str:
        """A node's name as it stands in a formula."""
        return self.called(self._names(node)[node])

    def total(self, of: str, by: str) -> str:
        """The derivative of one value by another, along all ways between them: ∂L/∂a, dL/da, or ā, which leaves out of what."""
        return self.symbol(
            lambda: self.marked(by, "bar") if self.notation == "bar" else self.quotient(of, by), ("total", of, by)
        )

    def symbol(self, write: Callable[[], str], known_by: tuple[Hashable, ...] = ()) -> str:
        """What `write` writes, in all notations where these are recorded; a printer with a notation of its own has one."""
        return write() if self._notation else symbol(write, (self.__class__, *known_by) if known_by else None)

    def local(self, node: Value, slot: int, repeats: tuple[int, int] | None = None) -> str:
        """The local derivative of a node by one parent: ∂h5/∂z2 of a function that has a name, ∂z/∂x|u, ∂b/∂a (1st a).

        Where there is another way from the node to the parent, it says through what that goes, which is held. Of a parent that
        is several arguments it says which; `repeats` is (which, of how many), for those who know already.
        """
        names = self._names(node)
        if node not in names:
            names = names_of(order([node]))
        text = self._local(node, slot, names)
        parent = node.parents[slot]
        nth, of = repeats or (node.parents[:slot].count(parent) + 1, node.parents.count(parent))
        if of == 1:
            return text
        which = self.words(ordinal(nth))
        return self.filled("which argument", derivative=text, ordinal=which, parent=self.called(names[parent]))

    def _local(self, node: Value, slot: int, names: Mapping[Value, str]) -> str:
        known_by = ("local", node, slot, names[node], names[node.parents[slot]])
        return self.symbol(lambda: self._local_symbol(node, slot, names), known_by)

    def _local_symbol(self, node: Value, slot: int, names: Mapping[Value, str]) -> str:
        parent = names[node.parents[slot]]
        function = self.function_of(node, slot, names)
        if function:
            return self.quotient(function, parent, "∂")
        if self.notation == "d":  # which tells total derivatives from local ones by its letters
            return self.quotient(names[node], parent, "d" if len({*node.parents}) == 1 == len(node.parents) else "∂")
        held = _dependence(node, names).held(node, slot)
        return self.held(self.quotient(names[node], parent, "∂"), [names[value] for value in held])

    def function_of(self, node: Value, slot: int, names: Mapping[Value, str]) -> str:
        """The name of the function whose value a node is, if it has one that is not a value's: h5, an operation of one's own.

        In the notation of functions a unit that is a single node is one, too. It must be taken of this parent once.
        """
        if node.op is None:
            return ""
        name = ""
        if is_own(node):
            name = node.op.name if _dependence(node, names).is_only(node, node.parents[slot]) else ""
        elif self.notation == "functions" and node.place:
            name = _dependence(node, names).units.get(node.place, "")
        taken = names.values()
        return "" if name and (name in taken or set_in_type(name) in taken) else name

    def word(self, key: str) -> str:
        """A word between two formulas, such as "if"."""
        return self.words(f" {TEMPLATES[key]} ")

    def adjoint(self, root: Value, node: Value) -> str:
        """∂root/∂node, or the node's name with a bar; `of`, if there is one, stands in the root's place."""
        names = self._names(root)
        return self.total(self.of or names[root], names[node])

    def contribution(self, root: Value, node: Value, slot: int, adjoint: float, partials: Sequence[float]) -> str:
        """A node's adjoint times the local derivative by a parent, in symbols = in numbers.

        Of a parent that is several arguments, `slot` is the place of the first, and the derivatives are added up.
        """
        local = self.local(node, slot, (1, 1) if len(partials) > 1 else None)
        partial = self.factor(partials[0]) if len(partials) == 1 else f"({self.sum(partials)})"
        return f"{self.adjoint(root, node)}{self.times}{local} = {self.factor(adjoint)}{self.times}{partial}"

    def _names(self, node: Value) -> Mapping[Value, str]:
        return names_of(order([node])) if self.names is None else self.names

    # Words

    @abstractmethod
    def filled(self, template: str, **values: str) -> str:
        """The template of this name with formulas for its blanks, as part of a formula."""

    @abstractmethod
    def sentence(self, template: str, **parts: str) -> str:
        """A sentence with formulas for its blanks, as part of a formula of several lines (which in LaTeX needs amsmath)."""

    @abstractmethod
    def words(self, text: str) -> str:
        """Words inside a formula."""

    @abstractmethod
    def text(self, text: str) -> str:
        """Words by themselves, in a cell of a table."""

    @abstractmethod
    def math(self, formula: str) -> str:
        """A formula among words, or in a cell of a table."""

    @abstractmethod
    def in_one_line(self, cell: str) -> str:
        """A cell with what would break the line written out; labels come without it, names of units and operations may not."""

    # Expressions and reasons

    def expression(self, node: Value, slot: int | None = None) -> str:
        """How a node was computed, from its parents' names: `d·f`, `b + 1`, `tanh(n)`; empty for a leaf.

        A long sum is folded; the term of the parent at `slot`, if it is given, is written in any case.
        """
        if node.op is None:
            return ""
        self.focus = None if slot is None else term_at(node, slot)
        return self._written(node.op, node, self._names(node))[0]

    def _written(self, rule: Rule, node: Value, names: Mapping[Value, str]) -> Printed:
        parts = parts_of(rule, self._arguments(node, names))
        if rule.notation is None:
            return self.printed(simplified(substitute(rule.value, _numbers_among(rule, node.template))), parts)
        return self.printed(applied(rule, node.template), parts, {rule.name: rule})

    def arguments(self, node: Value) -> Sequence[Printed]:
        """A node's arguments, each with how strongly it binds."""
        names = self._names(node)
        return [self._argument(x, names) for x in node.arguments]

    def _arguments(self, node: Value, names: Mapping[Value, str]) -> Sequence[Printed]:
        """The arguments of a node as `arguments` has them; of a sum that is folded those alone that are written."""
        template = node.template
        length = node.op.length(len(template)) if node.op is not None and node.op.notation is None else 0
        shown = kept(length, self.longest, self.focus)
        if None not in shown:
            return [self._argument(x, names) for x in node.arguments]
        written: list[Printed] = [(self.dots, ATOM)] * len(template)
        folded = len(template) // length * length
        places = [start + i for start in range(0, folded, length) for i in shown if i is not None]
        for i in [*places, *range(folded, len(template))]:
            number = template[i]
            written[i] = self._argument(node.parents[template[:i].count(None)] if number is None else number, names)
        return written

    def reason(self, node: Value, slot: int, repeats: tuple[int, int] | None = None) -> str:
        """The local derivative by one parent, with its reason: `∂e/∂a = b = -3`; what it is called, see `local`."""
        names = self._names(node)
        if node not in names:
            names = names_of(order([node]))
        partial = node.partials[slot]
        tree, parts, values = self._local_derivative(node, slot, names)
        head = self.local(node, slot, repeats)

        def branch(tree: Formula, tests: Sequence[Test]) -> str:
            tree = simplified(tree)
            formula = self.printed(tree, parts)[0]
            result = formula if isinstance(tree, Constant) and tree.value != math.pi else self.number(partial)
            same = alike(formula, result, partial)
            text = either(same, lambda: f"{head} = {result}", lambda: f"{head} = {formula} = {result}")
            if tests:
                text = self.filled(
                    "holds where", reason=text, test=self.word("and").join(self._test(test, parts) for test in tests)
                )
            return text

        return chosen(tree, values, branch)

    def local_factor(self, node: Value, slot: int) -> Printed:
        """The formula of a local derivative in the branch that it takes, `b` for a·b by a, and how strongly it binds."""
        tree, parts, values = self._local_derivative(node, slot, self._names(node))
        printed: list[Printed] = []

        def branch(tree: Formula, _: Sequence[Test]) -> str:
            printed.append(self.printed(simplified(tree), parts))
            return ""

        chosen(tree, values, branch)
        return printed[-1]

    def _local_derivative(
        self, node: Value, slot: int, names: Mapping[Value, str]
    ) -> tuple[Formula, dict[str, Printed], dict[str, float]]:
        """The formula of a local derivative, and what is printed for its arguments, and their values."""
        tree, arguments = local_formula(node, slot)
        parts = {"v": self._printed_name(names[node])}
        values: dict[str, float] = {"v": node._data}
        for name, argument in arguments.items():
            parts[name] = self._argument(argument, names)
            values[name] = argument if isinstance(argument, float) else argument._data
        return tree, parts, values

    def _argument(self, x: Value | float, names: Mapping[Value, str]) -> Printed:
        return self._printed_number(x) if isinstance(x, float) else self._printed_name(names[x])

    def _printed_name(self, name: str) -> Printed:
        return self.called(name), binding(name)

    def _printed_number(self, x: float) -> Printed:
        text = self.constant(x)
        return text, NEGATIVE if text.startswith("-") else PRODUCT if "10^" in text else ATOM

    # Formulas

    def formula(self, tree: Formula, names: Mapping[str, str | Printed] | None = None) -> str:
        """A formula in the letters of the table, or in the names that `names` gives for them; one may be printed already."""
        parts: dict[str, Printed] = {x: (x, ATOM) for x in ("v", "x", "y", "z")}
        for x, name in (names or {}).items():
            parts[x] = self._printed_name(name) if isinstance(name, str) else name
        return self.printed(tree, parts)[0]

    def printed(self, tree: Formula, parts: Parts, rules: Mapping[str, Rule] = RULES) -> Printed:
        """A formula with these parts for its arguments; `rules` has an operation that the table lacks."""
        return walked(lambda part: self._printing(part, parts, rules), tree)

    def _printing(self, tree: Formula, parts: Parts, rules: Mapping[str, Rule]) -> Printing:
        if isinstance(tree, Constant):
            return (self.pi, ATOM) if tree.value == math.pi else self._printed_number(tree.value)
        if isinstance(tree, Argument):
            part: Printed | list[Printed] = parts[tree.name]
            return part if isinstance(part, tuple) else (", ".join(text for text, _ in part), ATOM)
        if isinstance(tree, Fold):
            return self._fold(tree, parts)
        if isinstance(tree, Choice):
            then, otherwise, test = (yield tree.then)[0], (yield tree.otherwise)[0], (yield tree.test)[0]
            return f"{then}{self.word('if')}{test}{self.word('else')}{otherwise}", 0
        if isinstance(tree, Test):
            left, right = (yield tree.sides[0])[0], (yield tree.sides[1])[0]
            joins = tree.sign in ("and", "or")
            sign = self.words(f" {TEMPLATES[tree.sign]} ").strip() if joins else self.signs.get(tree.sign, tree.sign)
            return f"{left} {sign} {right}", 0
        assert isinstance(tree, Call)
        rule = rules.get(tree.name) or RULES[tree.name]
        if rule.notation is None:
            return self.printed(rule.value, parts)
        arguments: list[Printed] = []
        for argument in tree.arguments:
            arguments.append((yield argument))
        return self._call(tree, arguments, rule, rule.notation)

    def _call(self, tree: Call, arguments: Sequence[Printed], rule: Rule, notation: Notation) -> Printed:
        plain, latex, binds, needs = notation
        template = (plain, latex)[self.notation_column]
        if current().typeset and template.startswith(f"{rule.name}(") and RULES.get(rule.name) is not rule:  # such as h5(…)
            template = self.called(rule.name) + template.removeprefix(rule.name)
        if (template.count("{}") == 1 and len(arguments) != 1) or len(needs) != len(arguments):
            shown = arguments[: len(arguments) - len(rule.defaults)] if _are_defaults(tree, rule) else arguments
            return template.format(", ".join(text for text, _ in shown)), binds
        pairs = zip(arguments, self._needs(template, needs), strict=True)
        texts = [text if strength >= need else f"({text})" for (text, strength), need in pairs]
        if tree.name == "pow":
            base, exponent = texts
            return self._power(template, base, exponent, arguments[1][0], isinstance(tree.arguments[1], Constant)), binds
        return template.format(*texts), binds

    def _needs(self, template: str, needs: Sequence[float]) -> Sequence[float]:
        """How strongly the arguments must bind to stand without parentheses."""
        return needs

    @abstractmethod
    def _power(self, template: str, base: str, exponent: str, bare: str, is_number: bool) -> str:
        """A power, given the exponent as a factor and by itself, and whether it is a number."""

    def _fold(self, tree: Fold, parts: Parts) -> Printed:
        lists = {name: part for name, part in parts.items() if isinstance(part, list)}
        shown = kept(len(next(iter(lists.values()))), self.longest, self.focus)
        terms = [
            (self.dots, ATOM) if i is None else self.printed(tree.body, parts | {x: part[i] for x, part in lists.items()})
            for i in shown
        ]
        texts = [text if binds >= PRODUCT or i == 0 else f"({text})" for i, (text, binds) in enumerate(terms)]
        if tree.kind == "max":
            return f"{self.maximum}({', '.join(texts)})", ATOM
        return " + ".join(texts), SUM if len(texts) > 1 else terms[0][1]

    def _test(self, test: Test, parts: Parts) -> str:
        return self.printed(test, parts)[0]


# Plain text ----------------------------------------------------------------------------------------------------------


class Plain(Printer):
    """Writes plain text: ∂e/∂a = b² = 9."""

    notation_column = 0
    times, dots, matrix_dots = " · ", "…", ("…", "…", "…")
    pi, maximum = "π", "max"
    signs: Mapping[str, str] = {"<=": "≤", ">=": "≥", "==": "="}

    def number(self, x: float, digits: int | None = None) -> str:
        return decimal(x, self.digits if digits is None else digits)

    def called(self, name: str) -> str:
        return isolated(set_in_type(name) if current().typeset else name)

    def operand(self, name: str) -> str:
        return self.called(name) if binding(name) == ATOM else f"({self.called(name)})"

    def quotient(self, of: str, by: str, sign: str = "") -> str:
        sign = sign or ("d" if self.notation == "d" else "∂")
        return f"{sign}{self.operand(of)}/{sign}{self.operand(by)}"

    def held(self, quotient: str, names: Sequence[str]) -> str:
        if not names:
            return quotient
        shown = few(names)
        if current().typeset and None not in shown and all(map(can_be_lowered, names)):
            return f"{quotient}|{','.join(lowered(name) for name in names)}"
        return f"{quotient}|{','.join(self.dots if name is None else self.operand(name) for name in shown)}"

    def higher_quotient(self, of: str, by: Sequence[str]) -> str:
        if len(by) == 1:
            return self.total(of, by[0])
        below = "".join(_raised(f"∂{self.operand(name)}", power) for name, power in _runs(by))
        return f"{_raised('∂', len(by))}{self.operand(of)}/{below}"

    def marked(self, name: str, mark: str) -> str:
        shown = set_in_type(name) if current().typeset else name
        if _is_short(shown):
            letter = unicodedata.normalize("NFC", shown[:1] + ("\u0304" if mark == "bar" else "\u0307"))
            return self.called(letter + shown[1:])
        if mark == "bar":
            return f"bar({self.called(name)})"
        return self.called((name if binding(name) == ATOM else f"({name})") + "˙")

    def filled(self, template: str, **values: str) -> str:
        return TEMPLATES[template].format(**values)

    def sentence(self, template: str, **parts: str) -> str:
        return template.format(**parts)

    def words(self, text: str) -> str:
        return text

    def text(self, text: str) -> str:
        return text

    def math(self, formula: str) -> str:
        return formula

    def in_one_line(self, cell: str) -> str:
        if cell.isprintable():
            return cell
        return "".join(ascii(c)[1:-1] if _breaks_the_line(c) else c for c in cell)

    def _power(self, template: str, base: str, exponent: str, bare: str, is_number: bool) -> str:
        whole = exponent.strip("()")
        if is_number and whole.lstrip("-").isdigit():
            return base + whole.translate(TO_RAISED)
        return template.format(base, exponent)


class Alone(Plain):
    """Writes a value by itself, where no table tells what v5 is: a parent without a name is written out in its place.

    It goes back `depth` operations; what lies before them is `…`. An unnamed leaf is its number.
    """

    def __init__(self, names: Mapping[Value, str], depth: int, longest: int = LONG) -> None:
        super().__init__(names)
        self.depth, self.left, self.longest = depth, MOST_OPERATIONS, longest

    def _argument(self, x: Value | float, names: Mapping[Value, str]) -> Printed:
        if isinstance(x, float) or x in names:
            return super()._argument(x, names)
        if x.op is None:
            return self._printed_number(x._data)
        if x.op.name == "identity":  # of no interest inside, and what a function differentiated inside another begins with
            return self._argument(x.arguments[0], names)
        if not self.depth or not self.left:
            return self.dots, ATOM
        self.depth, self.left = self.depth - 1, self.left - 1
        written = self._written(x.op, x, names)
        self.depth += 1
        return written


class Ascii(Plain):
    """Writes plain text that can be put into ASCII: marks are spelled."""

    def marked(self, name: str, mark: str) -> str:
        return f"{self.operand(name)}_{mark}"


# LaTeX ---------------------------------------------------------------------------------------------------------------


class LaTeX(Printer):
    r"""Writes LaTeX's mathematics, without dollar signs: \frac{\partial e}{\partial a} = b^{2} = 9."""

    notation_column = 1
    times, dots, matrix_dots = r" \cdot ", r"\dots", (r"\cdots", r"\vdots", r"\ddots")
    pi, maximum = r"\pi", r"\max"
    signs: Mapping[str, str] = {
        "<=": r"\leq",
        ">=": r"\geq",
        "≤": r"\leq",
        "≥": r"\geq",
        "==": "=",
    }

    def number(self, x: float, digits: int | None = None) -> str:
        text = decimal(x, self.digits if digits is None else digits)
        if x.__class__ is not float and placeholders_of(x):
            return text
        mantissa, e, exponent = text.partition("e")
        if not e:
            return {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}.get(text, text)
        if abs(float(mantissa)) == 1:  # else a product of numbers would have a factor too many
            return mantissa.removesuffix("1") + f"10^{{{exponent}}}"
        return rf"{mantissa} \cdot 10^{{{exponent}}}"

    def called(self, name: str) -> str:
        return tex.name_in_formula(name)

    def operand(self, name: str) -> str:
        return self.called(name)

    def quotient(self, of: str, by: str, sign: str = "") -> str:
        sign = r"\mathrm{d}" if (sign or self.notation) == "d" else r"\partial"
        return rf"\frac{{{sign} {self.called(of)}}}{{{sign} {self.called(by)}}}"

    def held(self, quotient: str, names: Sequence[str]) -> str:
        if not names:
            return quotient
        below = ", ".join(self.dots if name is None else self.called(name) for name in few(names))
        return rf"\left.{quotient}\right|_{{{below}}}"

    def higher_quotient(self, of: str, by: Sequence[str]) -> str:
        if len(by) == 1:
            return self.total(of, by[0])
        runs = [(rf"\partial {self.called(name)}", power) for name, power in _runs(by)]
        below = "".join(f"{text}^{{{power}}}" if power > 1 else text for text, power in runs)
        above = rf"\partial^{{{len(by)}}}"
        return rf"\frac{{{above} {self.called(of)}}}{{{below}}}"

    def marked(self, name: str, mark: str) -> str:
        if not _is_short(name) or any(digit in RAISED for digit in name):
            return rf"\{'overline' if mark == 'bar' else mark}{{{self.called(name)}}}"
        letter = self.called(name[:1])
        return self.called(name).replace(letter, rf"\{mark}{{{letter}}}", 1)

    def filled(self, template: str, **values: str) -> str:
        from string import Formatter  # which imports re, and only LaTeX needs it

        parts = Formatter().parse(TEMPLATES[template])
        return "".join((self.words(text) if text else "") + values.get(field or "", "") for text, field, _, _ in parts)

    def sentence(self, template: str, **parts: str) -> str:
        broken = template.format(**{name: f"}} {part} \\text{{" for name, part in parts.items()})
        return f"\\text{{{broken}}}".replace("…", r"}\dots\text{").replace(r"\text{}", "").strip()

    def words(self, text: str) -> str:
        return rf"\text{{{tex.text(text)}}}"

    def text(self, text: str) -> str:
        return tex.text(text)

    def math(self, formula: str) -> str:
        return f"${formula}$" if formula else ""

    def in_one_line(self, cell: str) -> str:
        return cell if cell.isprintable() else "".join(" " if _breaks_the_line(c) else c for c in cell)

    def _needs(self, template: str, needs: Sequence[float]) -> Sequence[float]:
        if ("frac" in template or "sqrt" in template) and "{}^" not in template:  # whose bar does what parentheses do
            return (0,) * len(needs)
        return needs

    def _power(self, template: str, base: str, exponent: str, bare: str, is_number: bool) -> str:
        return template.format(base, bare)


# By medium -----------------------------------------------------------------------------------------------------------

_PRINTERS: dict[str, type[Printer]] = {"text": Plain, "ascii": Ascii, "latex": LaTeX}


def printer_for(medium: str, names: Mapping[Value, str] | None = None, digits: int = 4, notation: str | None = None) -> Printer:
    """The printer for the cells of a table in a medium: text, ascii or latex."""
    return _PRINTERS[medium](names, digits, notation)


# Names ---------------------------------------------------------------------------------------------------------------

_ISOLATES = "\u2068\u2069"  # invisible, without width; what is between them is ordered by itself


def isolated(name: str) -> str:
    """A name, with marks around one in Hebrew or Arabic: without them ∂ב/∂א would be displayed as another derivative."""
    if name.isascii() or not any(unicodedata.bidirectional(c) in ("R", "AL", "AN") for c in name):
        return name
    return f"{_ISOLATES[0]}{name}{_ISOLATES[1]}"


@lru_cache(4096)
def binding(name: str) -> float:
    """How strongly a name binds. A label like x1*w1 or 2x is an expression of its own, to be put into parentheses."""
    mantissa, e, exponent = name.partition("e")
    if mantissa.replace(".", "", 1).isdigit() and (not e or exponent.removeprefix("-").isdigit()):
        return ATOM  # a number: 2, 0.5, 1.5e-6
    if name[:1] + name[-1:] == "()" and "(" not in name[1:]:
        return ATOM  # in parentheses already
    if "," in name:  # between two indices, as in w₁₂,₂, it binds them
        name = "".join(c for i, c in enumerate(name) if c != "," or not {name[i - 1], name[i + 1 : i + 2]} <= {*LOWERED})
    return SUM if name[:1].isdigit() or any(c in " +-*/·^()=,²³⁻" for c in name) else ATOM


def few(names: Sequence[str]) -> list[str | None]:
    """The names, or of many the first two and the last, with None for the rest."""
    return [*names] if len(names) <= LONG else [*names[:2], None, names[-1]]


def _dependence(node: Value, names: Mapping[Value, str]) -> Dependence:
    """Who depends on whom among the values that have these names, or, where nobody has asked before, behind a node."""
    return names.dependence if isinstance(names, Names) else Dependence([*names, node])


def _is_short(name: str) -> bool:
    """Whether a name is one letter, perhaps with an index or two, so that a mark over the letter marks it."""
    return name[:1].isalpha() and (not name[1:] or name[1:].replace(",", "").isdigit())


def _breaks_the_line(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _runs(names: Sequence[str]) -> list[tuple[str, int]]:
    """The names that differ from those before them, each with how often it stands there."""
    runs: list[tuple[str, int]] = []
    for name in names:
        before = runs.pop() if runs and runs[-1][0] == name else (name, 0)
        runs.append((name, before[1] + 1))
    return runs


def _raised(text: str, power: int) -> str:
    return text if power == 1 else text + str(power).translate(TO_RAISED)


# Operations and their arguments --------------------------------------------------------------------------------------


def kept(count: int, longest: int | None = LONG, focus: int | None = None) -> list[int | None]:
    """The places of the terms of a sum that are written, with None where some are left out.

    >>> kept(4), kept(9), kept(9, focus=4), kept(9, focus=2)
    ([0, 1, 2, 3], [0, 1, None, 8], [0, None, 4, None, 8], [0, 1, 2, None, 8])

    Where as few as can be are asked for, these are one or two.

    >>> kept(9, longest=1), kept(9, longest=1, focus=4), kept(9, longest=1, focus=0)
    ([0, None, 8], [None, 4, None], [0, None])
    """
    if longest is None or count <= max(longest, 2):
        return [*range(count)]
    if longest == 1:
        shown = [0, count - 1] if focus is None else [focus]
    elif focus is None or focus in (0, 1, count - 1):
        shown = [0, 1, count - 1]
    else:
        shown = [0, 1, focus, count - 1] if focus == 2 else [0, focus, count - 1]
    places: list[int | None] = []
    for before, here in pairwise([-1, *shown, count]):
        places += [] if here == before + 1 else [None]
        places += [] if here == count else [here]
    return places


def term_at(node: Value, slot: int) -> int | None:
    """The place of a parent's term in the sum that its operation is; None where it is in none."""
    rule = node.op
    if rule is None or not rule.lists:
        return None
    which, element = rule.argument_at(len(node.template), _place_of(node, slot))
    return element if which < rule.lists else None


def local_formula(node: Value, slot: int) -> tuple[Formula, dict[str, Value | float]]:
    """The formula of a local derivative, numbers filled in, and the arguments that its letters stand for."""
    rule = node.op
    assert rule is not None
    template = node.template  # not node.arguments, which goes through all of them: a sum may have thousands
    which, element = rule.argument_at(len(template), _place_of(node, slot))
    arguments: dict[str, Value | float] = {}
    numbers: dict[str, Formula] = {}
    for i, name in enumerate(rule.arguments):
        position = rule.position_of(len(template), i, element)
        constant = template[position]
        arguments[name] = node.parents[template[:position].count(None)] if constant is None else constant
        if constant is not None:
            numbers[name] = Constant(constant)
    return substitute(rule.shown[which], numbers), arguments


def _place_of(node: Value, slot: int) -> int:
    """The place of a parent among all arguments, the plain numbers included."""
    template, place = node.template, slot
    if len(template) == len(node.parents):
        return place
    while template[: place + 1].count(None) <= slot:
        place += 1
    return place


def applied(rule: Rule, template: Sequence[float | None]) -> Formula:
    """The operation, applied to its arguments."""
    numbers = _numbers_among(rule, template)
    return Call(rule.name, *[numbers.get(x, Argument(x)) for x in rule.arguments])


def parts_of(rule: Rule, arguments: Sequence[Printed]) -> Parts:
    """What is printed for the arguments, by their names in the table."""
    length = rule.length(len(arguments))
    lists = {x: list(arguments[i * length : (i + 1) * length]) for i, x in enumerate(rule.arguments[: rule.lists])}
    return {**lists, **dict(zip(rule.arguments[rule.lists :], arguments[rule.lists * length :], strict=True))}


def _numbers_among(rule: Rule, template: Sequence[float | None]) -> dict[str, Formula]:
    """The numbers among the arguments, by the arguments' names; lists are left alone."""
    scalars = zip(reversed(rule.arguments[rule.lists :]), reversed(template), strict=False)
    return {x: Constant(c) for x, c in scalars if c is not None}


def _are_defaults(tree: Call, rule: Rule) -> bool:
    """Whether the optional arguments have their default values, which are not written."""
    count = len(rule.defaults)
    return bool(count) and tree.arguments[-count:] == tuple(map(Constant, rule.defaults))
