"""Programs as straight-line text in Python, JavaScript and NumPy, and the functions that Python makes of it.

>>> from chalkgrad.engine import Value, program
>>> x, w = Value(0.5, "x"), Value(2.0, "w")
>>> y = (w * x).tanh()
>>> print(program(y, inputs=[w, x], wrt=[w]).source("javascript", adjoints=False))
function program(w, x) {
    // forward sweep
    const v3 = w * x;
    const y = Math.tanh(v3);
    return y;
}

A target is a Language: a table of primitives, and how assignments, choices and loops are written. What its table lacks is
written out by its formula.
"""

from __future__ import annotations

import itertools
import keyword
import math
import operator
import re
import unicodedata
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from chalkgrad.engine import elementary, value
from chalkgrad.engine.emit import (
    ATOM,
    LONGEST,
    NEGATIVE,
    PYTHON,
    Language,
    Writer,
    Written,
    expand,
    indented,
)
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.formula import Argument, Call, Choice, Constant, Fold, Formula, Test, children, holds, substitute
from chalkgrad.engine.recorder import FAILURES, ON_FLOATS, define
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.value import Value, to_float

if TYPE_CHECKING:
    from chalkgrad.engine.program import Group, Instruction, Plan, Program
    from chalkgrad.engine.rules import Rule

WIDTH = 100  # of lists of names

# The targets ---------------------------------------------------------------------------------------------------------


class Python(Language):
    """The standard library's floats."""

    name, comment, arrays = "python", "#", False

    def __init__(self, primitives: Mapping[str, str] | None = None) -> None:
        super().__init__(primitives or {name: template.replace("math.", "") for name, template in PYTHON.items()})

    def number(self, x: float) -> str:
        return repr(x)  # inf and nan are names of the math module

    def imports(self, text: str) -> list[str]:
        """The lines above a program that make what it calls available."""
        used = sorted(set(_WORD.findall(text)) & _MATH)
        return [f"from math import {', '.join(used)}", "", ""] if used else []

    def head(self, parameters: Sequence[str]) -> list[str]:
        return wrapped("def program(", parameters, "):")

    foot: Sequence[str] = ()

    def unpack(self, names: Sequence[str], source: str) -> list[str]:
        line = f"{unpacked(names)} = {source}"
        return [line] if len(line) <= WIDTH else wrapped("(", names, f") = {source}")

    def listed(self, sources: Sequence[str]) -> str:
        return f"[{', '.join(sources)}]"

    def many(self, sources: Sequence[str]) -> str:
        """Several results in one."""
        return f"({', '.join(sources)}{',' * (len(sources) == 1)})"

    def result(self, values: str, adjoints: str = "") -> list[str]:
        return wrapped("return ", [values, adjoints], "") if adjoints else [f"return {values}"]

    def long_list(self, name: str, sources: Sequence[str]) -> list[str]:
        return wrapped(f"{name} = [", sources, "]")

    def loop(self, rows: Sequence[tuple[Sequence[str], bool, str]], body: Sequence[str], index: str) -> list[str]:
        """The body for each sample. `rows` are the variables of one row, whether it is a number, and the list of rows."""
        source = rows[0][2] if len(rows) == 1 else f"zip({', '.join([source for *_, source in rows])})"
        if len(rows) == 1:
            line = f"for {unpacked(rows[0][0]) if not rows[0][1] else rows[0][0][0]} in {source}:"
        else:
            targets = [names[0] if single else f"({unpacked(names)})" for names, single, _ in rows]
            line = f"for {', '.join(targets)} in {source}:"
        if len(line) > WIDTH:
            names = [x for names, single, _ in rows for x in _grouped(names, single or len(rows) == 1)]
            return [*wrapped("for (", names, f") in {source}:"), *indented(body)]
        return [line, *indented(body)]

    def append(self, name: str, source: str) -> str:
        return f"{name}.append({source})"

    def repeated(self, source: str, rows: str) -> str:
        return f"[{source}] * len({rows})"

    def count(self, rows: str) -> str:
        return f"float(len({rows}))"

    def function(self, name: str, parameters: str, lines: Sequence[str]) -> list[str]:
        return [f"def {name}({parameters}):", *indented(lines), "", ""]


def _grouped(names: Sequence[str], bare: bool) -> list[str]:
    """Names as parts of a list that may be broken between them: (x1, x2) as "(x1" and "x2)"."""
    if bare:
        return list(names)
    if len(names) == 1:
        return [f"({names[0]},)"]
    return [f"({names[0]}", *names[1:-1], f"{names[-1]})"]


class JavaScript(Python):
    """The numbers of a page or of Node."""

    name, comment = "javascript", "//"
    signs: Mapping[str, str] = {"==": "==="}

    def __init__(self) -> None:
        # Math.pow answers NaN for pow(1, NaN) and pow(-1, ∞), where everyone else says 1
        super().__init__({**_OPERATORS, **_prefixed("Math."), "pow": "pow({})", "erf": "erf({})", "erfc": "erfc({})"})

    def number(self, x: float) -> str:
        return repr(x) if math.isfinite(x) else "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"

    def choice(self, test: str, then: str, otherwise: str) -> Written:
        return Written(f"{test} ? {then} : {otherwise}", 0)

    def both(self, sign: str, left: str, right: str) -> str:
        return f"({left} {'&&' if sign == 'and' else '||'} {right})"

    def largest(self, terms: Sequence[str]) -> str:
        return f"Math.max({', '.join(terms)})" if len(terms) > 1 else terms[0]

    def assign(self, name: str, source: str, final: bool = True) -> str:
        return f"{'const' if final else 'let'} {name} = {source};"

    def again(self, name: str, source: str) -> str:
        return f"{name} = {source};"

    def add(self, name: str, source: str) -> str:
        return f"{name} += {source};"

    def branch(self, name: str, test: str, then: Sequence[str], otherwise: Sequence[str]) -> list[str]:
        return [f"let {name};", f"if ({test}) {{", *indented(then), "} else {", *indented(otherwise), "}"]

    def imports(self, text: str) -> list[str]:
        return []

    def head(self, parameters: Sequence[str]) -> list[str]:
        return wrapped("function program(", parameters, ") {")

    foot = ("}",)

    def unpack(self, names: Sequence[str], source: str) -> list[str]:
        return wrapped("const [", names, f"] = {source};")

    def many(self, sources: Sequence[str]) -> str:
        return self.listed(sources)

    def result(self, values: str, adjoints: str = "") -> list[str]:
        return wrapped("return [", [values, adjoints], "];") if adjoints else [f"return {values};"]

    def long_list(self, name: str, sources: Sequence[str]) -> list[str]:
        return wrapped(f"const {name} = [", sources, "];")

    def loop(self, rows: Sequence[tuple[Sequence[str], bool, str]], body: Sequence[str], index: str) -> list[str]:
        each = [
            line
            for names, single, source in rows
            for line in ([f"const {names[0]} = {source}[{index}];"] if single else self.unpack(names, f"{source}[{index}]"))
        ]
        start = f"for (let {index} = 0; {index} < {rows[0][2]}.length; {index}++) {{"
        return [start, *indented([*each, *body]), "}"]

    def append(self, name: str, source: str) -> str:
        return f"{name}.push({source});"

    def repeated(self, source: str, rows: str) -> str:
        return f"{rows}.map(() => {source})"

    def count(self, rows: str) -> str:
        return f"{rows}.length"

    def function(self, name: str, parameters: str, lines: Sequence[str]) -> list[str]:
        return [f"function {name}({parameters}) {{", *indented(lines), "}", ""]


class NumPy(Python):
    """Arrays of float64, and other libraries with NumPy's names."""

    name, arrays, lazy = "numpy", True, False

    def __init__(self) -> None:
        # np.power takes the root for pow(-∞, 0.5), which is ∞
        renamed = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "pow": "float_power"}
        super().__init__({**_OPERATORS, "pos": "{}", **_prefixed("np.", renamed), "erf": "erf({})", "erfc": "erfc({})"})

    def number(self, x: float) -> str:
        return repr(x) if math.isfinite(x) else "np.nan" if x != x else "np.inf" if x > 0 else "-np.inf"

    def choice(self, test: str, then: str, otherwise: str) -> Written:
        return Written(f"np.where({test}, {then}, {otherwise})", ATOM)

    def both(self, sign: str, left: str, right: str) -> str:
        return f"({left}) {'&' if sign == 'and' else '|'} ({right})"

    def largest(self, terms: Sequence[str]) -> str:
        return reduce(lambda x, y: f"np.maximum({x}, {y})", terms)

    def add(self, name: str, source: str) -> str:
        return f"{name} = {name} + {source}"  # += would change an array that another name may have, too

    def imports(self, text: str) -> list[str]:
        return ["import numpy as np", "", ""] if "np." in text else []


def _prefixed(prefix: str, renamed: Mapping[str, str] = {}) -> dict[str, str]:
    return {name: f"{prefix}{renamed.get(name, name)}({{}})" for name in PYTHON if name not in _OPERATORS}


_OPERATORS = {name: PYTHON[name] for name in ("add", "sub", "mul", "div", "neg", "pos")}
LANGUAGES: dict[str, Python] = {language.name: language for language in (Python(), JavaScript(), NumPy())}
_WORD = re.compile(r"\w+")
_MATH = {name for name in vars(math) if not name.startswith("_")} - {"e", "pi", "tau", "gamma", "dist", "prod"}
_POWER = "return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);"


def unpacked(names: Sequence[str]) -> str:
    return f"[{names[0]}]" if len(names) == 1 else ", ".join(names)


def wrapped(start: str, parts: Sequence[str], end: str) -> list[str]:
    """A list in one line if it fits, else in several."""
    line = f"{start}{', '.join(parts)}{end}"
    if len(line) <= WIDTH or not parts:
        return [line]
    lines, width = [[]], 0  # type: list[list[str]], int
    for part in parts:
        if width + len(part) > WIDTH - 8 and lines[-1]:
            lines.append([])
            width = 0
        lines[-1].append(part)
        width += len(part) + 2
    if start == "return ":
        start, end = "return (", ")"
    return [start, *indented([f"{', '.join(parts)}," for parts in lines]), end]


# Names ---------------------------------------------------------------------------------------------------------------

_USED = {"program", "np", "math", "float", "len", "max", "sum", "zip", "OverflowError", *_MATH, *PYTHON}
_PYTHON = {*keyword.kwlist, *keyword.softkwlist, "__debug__"}
_JAVASCRIPT = """abstract arguments await boolean break byte case catch char class const continue debugger default delete do
    double else enum eval export extends final finally float for function goto if implements import in instanceof int
    interface let long native new null package private protected public return short static super switch synchronized this
    throw throws transient try typeof var void volatile while with yield true false undefined NaN Infinity Math"""
_RESERVED = _USED | _PYTHON | {*_JAVASCRIPT.split()}


def identifier(label: str) -> str:
    """A label as a name that Python and JavaScript allow.

    >>> identifier("x1*w1"), identifier("σ'"), identifier("lambda"), identifier("2nd")
    ('x1_w1', 'σ_', 'lambda_', '_2nd')
    """
    text = unicodedata.normalize("NFKC", label)
    name = "".join([c if ("a" + c).isidentifier() else "_" for c in text])
    name = unicodedata.normalize("NFKC", name if name.isidentifier() else "_" + name)
    return name + "_" if name in _RESERVED else name


class Names:
    """Gives out names, each once."""

    def __init__(self, wanted: Iterable[str] = ()) -> None:
        self._wanted = frozenset(wanted)  # by others: a number appended to a name must not make one of these
        self._given: set[str] = set()
        self._next: dict[str, int] = {}

    def new(self, name: str) -> str:
        unique = name
        while unique in self._given or unique in _RESERVED or (unique != name and unique in self._wanted):
            number = self._next.get(name, 2)
            self._next[name] = number + 1
            unique = f"{name}_{number}"
        self._given.add(unique)
        return unique


# From an instruction to its lines ------------------------------------------------------------------------------------


class Template(NamedTuple):
    """The lines of an operation; its variables stand in them as %(x)s."""

    forward: list[str]
    reads: frozenset[str]  # the arguments that the value depends on
    partials: dict[int, tuple[list[str], Written, frozenset[str]]]  # by argument: lines, the local derivative, what it reads
    temporaries: tuple[list[str], list[str]]  # of the forward sweep, and of the reverse sweep


class _Writer(Writer):
    """Writes one operation, its value in the variable %(v)s."""

    def __init__(self, language: Language, names: Mapping[str, Any], formulas: Sequence[Formula], lists: Sequence[str]) -> None:
        super().__init__(language, {**names, "v": "%(v)s"}, formulas, lists)
        self.value, self.temporaries = formulas[0], ([], [])  # type: Formula, tuple[list[str], list[str]]
        self.reverse = False

    def new_name(self, tree: Formula) -> str:
        if tree == self.value and not self.reverse:
            return "%(v)s"
        self.count += 1
        named = isinstance(tree, Fold) or (isinstance(tree, Call) and len(tree.arguments) == 1)
        name = f"{tree.parts[0] if named else 't'}{self.count}"
        self.temporaries[self.reverse].append(name)
        return f"%({name})s"


def template(
    language: Language,
    value: Formula,
    partials: Mapping[int, Formula],
    names: Mapping[str, Any],
    lists: Sequence[str] = (),
    elements: Mapping[int, int] = {},
) -> Template:
    """The lines for a value and the local derivatives wanted of it, by position of the argument (of which list element)."""
    trees = {formula: expand(formula, language.primitives) for formula in (value, *partials.values())}
    writer = _Writer(language, names, list(trees.values()), lists)
    written = writer.write(trees[value])
    if written.text != "%(v)s":
        writer.lines.append(language.assign("%(v)s", written.text))
    writer.known[trees[value], None] = "%(v)s"
    forward, writer.reverse = writer.lines, True
    reverse: dict[int, tuple[list[str], Written, frozenset[str]]] = {}
    reads = {formula: frozenset(_read(formula)) for formula in partials.values()}
    for position, formula in partials.items():
        writer.lines = []
        written = writer.write(trees[formula], elements.get(position))
        reverse[position] = writer.lines, written, reads[formula]
    return Template(forward, frozenset(_read(value)), reverse, writer.temporaries)


def _read(tree: Formula) -> Iterator[str]:
    """The arguments that a formula mentions; `[]` if it has a Fold, which reads all elements."""
    if isinstance(tree, Argument):
        yield tree.name
    elif isinstance(tree, Fold):
        yield "[]"
    for child in children(tree):
        yield from _read(child)


def folded(tree: Formula) -> Formula:
    """The tree with what it says of numbers alone worked out: 2 for 3 - 1, the side taken of a choice, x for x**1."""
    if isinstance(tree, Test) or not tree.parts:
        return tree
    if isinstance(tree, Choice) and not any(_read(tree.test)):
        return folded(tree.then if holds(tree.test, {}, ON_FLOATS) else tree.otherwise)
    if isinstance(tree, Call):
        arguments = list(map(folded, tree.arguments))
        numbers = [x.value for x in arguments if isinstance(x, Constant)]
        if len(numbers) == len(arguments):
            return Constant(ON_FLOATS[tree.name](*numbers))
        return arguments[0] if tree.name == "pow" and arguments[1] == Constant(1.0) else Call(tree.name, *arguments)
    return type(tree)(*[folded(p) if isinstance(p, Formula) else p for p in tree.parts])


class Line(NamedTuple):
    """What an instruction adds to the adjoint of one of its arguments."""

    parent: int
    lines: list[str]
    partial: Written
    varies: bool


class Text:
    """Writes a plan in a language."""

    def __init__(self, plan: Plan, language: Python) -> None:
        program = plan.program
        self.plan, self.program, self.language = plan, program, language
        labels = list(map(identifier, program.names))
        self.fresh = Names([*labels, *(label + "_grad" for label in labels)])
        self.names = list(map(self.fresh.new, labels))
        self.parameters = self._parameters()
        self.roots = list(dict.fromkeys(program.roots))
        self.swept = {root: program.swept(root) if plan.adjoints else frozenset[int]() for root in self.roots}
        self.needed = frozenset().union(*self.swept.values())
        self.grads: dict[tuple[int, int], str] = {}  # by root and node
        self.templates: dict[Any, Template] = {}
        self.partials: dict[int, tuple[list[Line], list[str], dict[str, str]]] = {}  # by node

    def _parameters(self) -> list[str]:
        """The names of the function's parameters; a single number's is the variable itself."""
        names = []
        for group, rows in zip(self.program.inputs, self.plan.batched, strict=True):
            own = self.names[group.members[0]]
            if group.single and (self.language.arrays or not rows):
                names.append(own)
            else:
                names.append(self.fresh.new(f"{own}_batch" if group.single else identifier(group.name)))
        return names

    def name(self, x: float) -> str:
        """An argument of an instruction: a node's variable, or a number."""
        if x.__class__ is int:
            return self.names[x]  # an int is a node
        return self.language.number(x)

    def grad(self, root: int, node: int) -> str:
        """The variable of an adjoint."""
        found = self.grads.get((root, node))
        if found is None:
            own = f"{self.names[node]}_grad" + (f"_{self.names[root]}" if len(self.roots) > 1 else "")
            found = self.grads[root, node] = self.fresh.new(own)
        return found

    # Lines of one instruction ----------------------------------------------------------------------------------------

    def forward(self, instruction: Instruction) -> list[str]:
        """The lines that compute its value; what the reverse sweep needs is kept for it."""
        node, rule, arguments = instruction
        wanted = [i for i, x in enumerate(arguments) if x.__class__ is int and x in self.needed and node in self.needed]
        if rule.lists:
            made, scope = self._for_lists(instruction, wanted), {}
        else:
            made = self._for_scalars(rule, arguments, wanted)
            scope = dict(zip(rule.arguments, map(self.name, arguments), strict=True))
        own = scope["v"] = self.names[node]
        for temporary in made.temporaries[0]:
            scope[temporary] = self.fresh.new(f"{own}_{temporary.rstrip('0123456789')}")
        if wanted:
            lines = []
            for i in wanted:
                before, partial, reads = made.partials[i]
                varies = self._varies(instruction, i, reads)
                lines.append(Line(arguments[i], before, partial, varies))  # type: ignore[arg-type] # a node
            self.partials[node] = lines, made.temporaries[1], scope
        done = [line % scope for line in made.forward]
        if self.language.arrays and node in self.plan.varying and not self._varies(instruction, 0, made.reads):
            varying = next(x for x in arguments if x.__class__ is int and x in self.plan.varying)
            done.append(f"{own} = {own} + np.zeros_like({self.name(varying)})")  # one number for each sample after all
        return done

    def _for_scalars(self, rule: Rule, arguments: Sequence[float], wanted: Sequence[int]) -> Template:
        numbers: Any = tuple([None if x.__class__ is int else x for x in arguments])
        if not _decides(rule):  # numbers are written as they are, and do not change the lines
            numbers = None
        key = rule, numbers if numbers is None else tuple(map(repr, numbers)), tuple(wanted)
        if key not in self.templates:
            pairs = zip(rule.arguments, numbers or (), strict=numbers is not None)
            given = {x: Constant(number) for x, number in pairs if number is not None}
            value, *partials = [
                folded(substitute(tree, given)) if given else tree for tree in (rule.value, *[rule.partials[i] for i in wanted])
            ]
            names = {x: f"%({x})s" for x in rule.arguments}
            self.templates[key] = template(self.language, value, dict(zip(wanted, partials, strict=True)), names)
        return self.templates[key]

    def _for_lists(self, instruction: Instruction, wanted: Sequence[int]) -> Template:
        rule, arguments, length = instruction.rule, instruction.arguments, instruction.length
        sources = list(map(self.name, arguments))
        lists, scalars = rule.arguments[: rule.lists], rule.arguments[rule.lists :]
        names: dict[str, Any] = {x: sources[i * length : (i + 1) * length] for i, x in enumerate(lists)}
        names |= zip(scalars, sources[len(lists) * length :], strict=True)
        partials = {i: rule.partials[instruction.formula_of(i)] for i in wanted}
        elements = {i: i % length for i in range(len(lists) * length)}
        return template(self.language, rule.value, partials, names, lists, elements)

    def _varies(self, instruction: Instruction, position: int, reads: frozenset[str]) -> bool:
        """Whether a local derivative differs from sample to sample."""
        varying, rule, arguments = self.plan.varying, instruction.rule, instruction.arguments
        if not varying or not reads or instruction.node not in varying:
            return False
        if "v" in reads or "[]" in reads:
            return True
        for i, x in enumerate(rule.arguments):
            if x in reads:
                if i < rule.lists:
                    i = i * instruction.length + position % instruction.length
                elif rule.lists:
                    i += rule.lists * (instruction.length - 1)
                if arguments[i].__class__ is int and arguments[i] in varying:
                    return True
        return False

    # The reverse sweep -----------------------------------------------------------------------------------------------

    def reverse(self, root: int, instructions: Iterable[Instruction], started: set[int]) -> list[str]:
        """The lines that take the adjoints of these instructions' nodes to their parents; those `started` have some already."""
        language, swept, varying = self.language, self.swept[root], self.plan.varying
        lines: list[str] = []
        for node, _, _ in instructions:
            if node not in swept or node not in self.partials:
                continue
            contributions, temporaries, scope = self.partials[node]
            if temporaries:
                scope = dict(scope)
                for temporary in temporaries:
                    scope[temporary] = self.fresh.new(f"{self.names[node]}_{temporary.rstrip('0123456789')}")
            adjoint = self.grad(root, node)
            for parent, before, partial, varies in contributions:
                lines += [line % scope for line in before]
                total = language.arrays and node in varying and parent not in varying
                source = contribution(adjoint, Written(partial.text % scope, partial.binds), total, varies)
                name = self.grad(root, parent)
                if parent in started:
                    lines.append(language.add(name, source))
                else:
                    started.add(parent)
                    lines.append(language.assign(name, source, final=False))
        return lines

    def order(self, root: int) -> list[Instruction]:
        """The instructions in the order in which a sweep from this root goes through them, backwards."""
        if root == self.roots[0]:
            return self.program.instructions[::-1]
        made = {instruction.node: instruction for instruction in self.program.instructions}
        done: list[Instruction] = []
        seen: set[int] = set()
        waiting: list[int | None] = [root]
        while waiting:  # as tapes.order walks
            node = waiting.pop()
            if node is None:
                done.append(made[waiting.pop()])  # type: ignore[index]
            elif node not in seen:
                seen.add(node)
                if node in made:
                    waiting += [node, None]
                    waiting += [x for x in reversed(made[node].arguments) if isinstance(x, int) and x not in seen]
        return done[::-1]

    # The whole -------------------------------------------------------------------------------------------------------

    def write(self, imports: bool = True) -> str:
        language = self.language
        body = self.unpacking()
        body += self.with_arrays() if language.arrays else self.with_loop() if any(self.plan.batched) else self.for_numbers()
        text = "\n".join([*language.head(self.parameters), *indented(body), *language.foot])
        helpers = self.helpers(text)
        text = "\n".join([*helpers, text])
        return "\n".join([*(language.imports(text) if imports else ()), text])

    def helpers(self, text: str) -> list[str]:
        """The functions that the language lacks and the text calls."""
        lines: list[str] = []
        used = set(re.findall(r"(?<![\w.])(pow|erfc?)\(", text)) if self.language.name != "python" else set[str]()
        if "pow" in used:
            lines += self.language.function("pow", "x, y", [_POWER])
        for name in sorted(used - {"pow"}):
            lines += _elementary(self.language, name)
        return lines

    def unpacking(self) -> list[str]:
        lines = []
        for group, rows, parameter in zip(self.program.inputs, self.plan.batched, self.parameters, strict=True):
            if not group.single and (self.language.arrays or not rows):
                names = [self.names[i] for i in group.members]
                lines += self.language.unpack(names, parameter + ".T" * rows)
        return lines

    def for_numbers(self) -> list[str]:
        lines = [self.note("forward sweep")]
        for instruction in self.program.instructions:
            lines += self.forward(instruction)
        lines += self.check(self.program.instructions)
        if self.plan.adjoints:
            for root in self.roots:
                lines.append(self.reverse_note(root))
                started = {root}
                if root in self.swept[root]:
                    lines.append(self.language.assign(self.grad(root, root), "1.0", final=False))
                lines += self.reverse(root, self.order(root), started)
        return lines + self.returned({root: self.name_of_root(root) for root in self.roots}, self.grad_or_zero)

    def with_arrays(self) -> list[str]:
        lines = [self.note("forward sweep")]
        for instruction in self.program.instructions:
            lines += self.forward(instruction)
        varying = self.plan.varying
        some = next((self.names[group.members[0]] for group, rows in self.rows() if rows), "")
        if self.plan.adjoints:
            for root in self.roots:
                lines.append(self.reverse_note(root))
                if root in self.swept[root]:
                    count = f" * {some}.shape[0]" if some and root not in varying else ""
                    lines.append(self.language.assign(self.grad(root, root), f"np.ones_like({self.names[root]}){count}"))
                lines += self.reverse(root, self.order(root), {root})
        values = {
            root: self.name_of_root(root) + (f" + np.zeros_like({some})" if some and root not in varying else "")
            for root in self.roots
        }

        def grad(root: int, node: int) -> str:
            return self.grad(root, node) if node in self.swept[root] else f"np.zeros_like({self.names[node]})"

        return lines + self.returned(values, grad)

    def with_loop(self) -> list[str]:
        plan, program, language = self.plan, self.program, self.language
        varying = plan.varying
        before: list[str] = []
        for instruction in plan.shared:
            before += self.forward(instruction)
        before += self.check(plan.shared)
        if before:
            before = [self.note("forward sweep of what all samples share"), *before]
        rows = [
            ([self.names[i] for i in group.members], group.single, parameter)
            for group, batched, parameter in zip(program.inputs, plan.batched, self.parameters, strict=True)
            if batched
        ]
        batch = rows[0][2]
        values = {root: language.repeated(self.name_of_root(root), batch) for root in self.roots if root not in varying}
        body: list[str] = []
        for instruction in plan.each:
            body += self.forward(instruction)
        body += self.check(plan.each)
        if body:
            body = [self.note("forward sweep"), *body]
        for root in self.roots:
            if root in varying:
                values[root] = self.fresh.new(f"{self.names[root]}_batch")
                before.append(language.assign(values[root], "[]"))
                body.append(language.append(values[root], self.names[root]))
        after: list[str] = []
        lists: dict[tuple[int, int], str] = {}  # by root and the place among wrt
        for root in self.roots if plan.adjoints else ():
            swept, started, order = self.swept[root], {root}, self.order(root)
            each = [instruction for instruction in order if instruction.node in varying]
            shared = [instruction for instruction in order if instruction.node not in varying]
            if root in varying:
                reverse = [language.assign(self.grad(root, root), "1.0", final=False)] * (root in swept)
                totals = self.received(root, each)
                reverse += self.reverse(root, each, started | totals)
                if reverse:
                    body += [self.reverse_note(root), *reverse]
                before += [language.assign(self.grad(root, i), "0.0", final=False) for i in sorted(totals)]
                remaining = self.reverse(root, shared, totals)
            else:
                remaining = [language.assign(self.grad(root, root), language.count(batch), final=False)] * (root in swept)
                remaining += self.reverse(root, shared, started)
            if remaining:
                after += [self.reverse_note(root, " of what all samples share"), *remaining]
            for k, group in enumerate(program.wrt):
                if group.members[0] in varying:
                    own = self.names[group.members[0]] if group.single else identifier(group.name)
                    suffix = f"_{self.names[root]}" if len(self.roots) > 1 else ""
                    name = lists[root, k] = self.fresh.new(f"{own}_grad{suffix}_batch")
                    before.append(language.assign(name, "[]"))
                    found = [self.grad_or_zero(root, i) for i in group.members]
                    body.append(language.append(name, found[0] if group.single else language.listed(found)))
        lines = before + (language.loop(rows, body, self.fresh.new("i")) if body else []) + after
        return lines + self.returned(values, self.grad_or_zero, lists)

    def received(self, root: int, instructions: Iterable[Instruction]) -> set[int]:
        """The nodes that all samples share to whose adjoints these instructions, which they do not share, add."""
        found: set[int] = set()
        for node, _, _ in instructions:
            if node in self.swept[root] and node in self.partials:
                found.update([line.parent for line in self.partials[node][0] if line.parent not in self.plan.varying])
        return found

    def rows(self) -> Iterator[tuple[Group, bool]]:
        return zip(self.program.inputs, self.plan.batched, strict=True)

    def note(self, text: str) -> str:
        return f"{self.language.comment} {text}"

    def reverse_note(self, root: int, of: str = "") -> str:
        return self.note("reverse sweep" + (f" from {self.names[root]}" if len(self.roots) > 1 else "") + of)

    def name_of_root(self, root: int) -> str:
        constant = self.program.constants.get(root)
        return self.names[root] if constant is None else self.language.number(constant)

    def grad_or_zero(self, root: int, node: int) -> str:
        return self.grad(root, node) if node in self.swept[root] else "0.0"

    def check(self, instructions: Iterable[Instruction]) -> list[str]:
        """Lines that find the infinite value of which no trace may be left in a result."""
        if self.language.name != "python":
            return []
        made = {instruction.node for instruction in instructions}
        names = [self.names[node] for node in unseen(self.program) if node in made]
        return [
            line
            for i in range(0, len(names), LONGEST)
            for line in (
                f"if not isfinite({' + '.join(names[i : i + LONGEST])}):",
                '    raise OverflowError("a value is too large for a float")',
            )
        ]

    def returned(
        self, values: Mapping[int, str], grad: Callable[[int, int], str], lists: Mapping[tuple[int, int], str] = {}
    ) -> list[str]:
        """The lines that return the results."""
        language, roots = self.language, self.program.roots
        lines: list[str] = []
        shown = values[roots[0]] if self.program.single_root else language.many([values[root] for root in roots])
        if not self.plan.adjoints:
            return language.result(shown)
        of: dict[int, str] = {}
        for root in self.roots:
            parts = []
            for k, group in enumerate(self.program.wrt):
                found = [grad(root, i) for i in group.members]
                if (root, k) in lists:
                    parts.append(lists[root, k])
                elif group.single:
                    parts.append(found[0])
                else:
                    rows = ".T" if group.members[0] in self.plan.varying else ""
                    start, end = ("np.array(", f"){rows}") if language.arrays else ("", "")
                    source = f"{start}{language.listed(found)}{end}"
                    if len(source) > WIDTH - 20:
                        own = f"{identifier(group.name)}_grad" + (f"_{self.names[root]}" if len(self.roots) > 1 else "")
                        name = self.fresh.new(own)
                        lines += language.long_list(name, found)
                        source = f"{start}{name}{end}"
                    parts.append(source)
            of[root] = language.many(parts)
        adjoints = of[roots[0]] if self.program.single_root else language.many([of[root] for root in roots])
        return [*lines, *language.result(shown, adjoints)]


def contribution(adjoint: str, partial: Written, total: bool, varies: bool) -> str:
    """Adjoint times local derivative; as a sum over the samples if so asked."""
    one = {"1.0": "", "-1.0": "-"}.get(partial.text)
    if not total:
        return f"{adjoint} * {partial.at(NEGATIVE)}" if one is None else one + adjoint
    if varies:
        return f"{adjoint} @ {partial.at(ATOM)}"
    return f"{adjoint}.sum() * {partial.at(NEGATIVE)}" if one is None else f"{one}{adjoint}.sum()"


def _decides(rule: Rule) -> bool:
    """Whether a number among the arguments may decide or simplify something in the formulas."""
    if "decides" not in rule.computers:
        rule.computers["decides"] = any(any(map(_computes, (tree, *children(tree)))) for tree in rule.partials) or not (
            isinstance(rule.value, Call) and all(isinstance(x, Argument) for x in rule.value.arguments)
        )
    return bool(rule.computers["decides"])


def _computes(tree: Formula) -> bool:
    return isinstance(tree, (Call, Choice))


def _elementary(language: Python, name: str) -> list[str]:
    tree = expand(elementary.FORMULAS[name], language.primitives)
    writer = Writer(language, {"x": "x"}, [tree])
    result = language.result(writer.write(tree).text)
    return language.function(name, "x", [*writer.lines, *result])


def text(plan: Plan, target: str) -> str:
    """The program as text: see Program.source."""
    return Text(plan, LANGUAGES[target]).write()


# Infinities that vanish again -----------------------------------------------------------------------------------------

# Given an infinity or NaN these give one back, or raise; div does so for its numerator. exp(-∞), 1/∞ and ∞**0 do not.
_KEEP = {"add", "sub", "mul", "neg", "pos", "abs", "floor", "log", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos"}
_KEEP |= {"sinh", "cosh", "hypot"}
# These are finite, or raise, whatever they are given; the others of one argument are so if that is finite.
_BOUNDED = {"tanh", "erf", "erfc", "atan", "sin", "cos", "tan", "asin", "acos", "floor"}
_CREATE = {"add", "sub", "mul", "div", "hypot"}


def unseen(program: Program) -> list[int]:
    """The nodes that may become infinite without an error, and leave no trace of it in the roots."""
    seen, found = set(program.roots), []
    for instruction in reversed(program.instructions):
        creates, keeps = _infinities(instruction.rule)
        if instruction.node not in seen:
            if not creates:
                continue
            found.append(instruction.node)
        for i, x in enumerate(instruction.arguments):
            if x.__class__ is int and instruction.rule.arguments[instruction.formula_of(i)] in keeps:
                seen.add(int(x))
    return found[::-1]


def _infinities(rule: Rule) -> tuple[bool, frozenset[str]]:
    """Whether the value may be infinite for finite arguments without an error, and the arguments whose infinities it keeps."""
    if "infinities" not in rule.computers:
        tree = expand(rule.value, PYTHON)
        rule.computers["infinities"] = _creates(tree), frozenset(_keeps(tree))
    infinities: tuple[bool, frozenset[str]] = rule.computers["infinities"]
    return infinities


def _creates(tree: Formula) -> bool:
    if isinstance(tree, Call) and tree.name in _CREATE | _BOUNDED:
        return tree.name in _CREATE
    if isinstance(tree, Fold) and tree.kind == "sum":
        return True
    return any(_creates(child) for child in children(tree) if not isinstance(child, Test))


def _keeps(tree: Formula) -> set[str]:
    if isinstance(tree, Argument):
        return {tree.name}
    if isinstance(tree, Choice):
        return _keeps(tree.then) & _keeps(tree.otherwise)
    if isinstance(tree, Call) and tree.name == "div":
        return _keeps(tree.arguments[0])
    if (isinstance(tree, Call) and tree.name in _KEEP) or (isinstance(tree, Fold) and tree.kind == "sum"):
        return set[str]().union(*map(_keeps, children(tree)))
    return set()


# Functions -----------------------------------------------------------------------------------------------------------

_count = itertools.count(1)


def compiled(written: str, scope: dict[str, Any]) -> Callable[..., Any]:
    """The function that a text defines, with the names in `scope`."""
    title = f"{next(_count)}"
    function: Callable[..., Any] = define("program", written, scope, title, shared=True)
    weakref.finalize(function, _forget, f"<chalkgrad program {title}>")
    return function


def _forget(filename: str) -> None:
    """Lets go of a text that no function has any more. The entry stays, for linecache may be going through them just now."""
    import linecache

    if filename in linecache.cache:
        linecache.cache[filename] = 0, None, [], filename


class Compiled:
    """A program as a Python function; see Program.compile. One text for each choice of batches, made when it is needed."""

    def __init__(self, program: Program, target: str, adjoints: bool, namespace: Any = None) -> None:
        self.program, self.target, self.adjoints = program, target, adjoints
        self._made: dict[tuple[bool, ...], Callable[..., Any]] = {}
        self._plain_groups: dict[tuple[bool, ...], list[bool]] = {}
        self._numpy: Any = None
        if target == "numpy" and namespace is None:
            try:
                import numpy
            except ImportError:
                raise ImportError('the target "numpy" needs NumPy: pip install "chalkgrad[fast]"') from None
            self._numpy = numpy
        self._names = _Namespace(namespace)
        self._call = self._with_numbers if target == "python" else self._with_numpy if self._numpy else self._with_namespace

    def __call__(self, *arguments: Any) -> Any:
        return self._call(arguments)

    def __repr__(self) -> str:
        inputs = ", ".join(group.name for group in self.program.inputs)
        return f"<compiled program({inputs}): {len(self.program.instructions)} operations in {self.target}>"

    def _function(self, batched: tuple[bool, ...], scope: Callable[[], dict[str, Any]]) -> Callable[..., Any]:
        function = self._made.get(batched)
        if function is None:
            written = Text(self.program.plan(batched, self.adjoints), LANGUAGES[self.target]).write(imports=False)
            function = self._made[batched] = compiled(written, scope())
        return function

    # On Python's numbers ---------------------------------------------------------------------------------------------

    def _with_numbers(self, arguments: Sequence[Any]) -> Any:
        groups = self.program.inputs
        if len(arguments) != len(groups):
            self.program.batch([()] * len(arguments))
        read = [_numbers(group, x, self.program.names) for group, x in zip(groups, arguments, strict=True)]
        given = [x for x, _ in read]
        batched, samples = self.program.batch([shape for _, shape in read])
        function = self._function(batched, lambda: dict(vars(math)))
        result = None
        if not value.propagate:
            try:
                result = function(*given)
            except FAILURES:  # the eager engine has the sentence
                pass
            else:
                if not self._finite(result):
                    result = None
        if result is not None:
            return result
        if samples is None:
            return self._replayed(given)
        return self._replayed_batch(given, batched, samples)

    def _finite(self, result: Any) -> bool:
        """Whether all numbers in a result are finite."""
        if result.__class__ is float:
            return math.isfinite(result)
        if result.__class__ is list and result[0].__class__ is float and math.isfinite(sum(result)):
            return True
        return all(map(self._finite, result))

    def _replayed(self, given: Sequence[Any]) -> Any:
        """The result for one sample by recording it, or the error that recording gives."""
        program = self.program
        leaves: dict[int, Value] = {}
        for group, x in zip(program.inputs, given, strict=True):
            for i, number in zip(group.members, [x] if group.single else x, strict=True):
                leaves[i] = Value(number, program.labels[i], constant=i not in program.wanted)
        taping, value.taping = value.taping, True  # adjoints are wanted under no_grad(), too
        try:
            roots = program.replay(leaves)
            values = tuple([root.data for root in roots])
            if not self.adjoints:
                return values[0] if program.single_root else values
            adjoints = []
            for root in roots:
                for leaf in leaves.values():
                    leaf.grad = None
                root.backward()
                adjoints.append(
                    tuple(
                        [
                            leaves[group.members[0]].grad if group.single else [leaves[i].grad for i in group.members]
                            for group in program.wrt
                        ]
                    )
                )
        finally:
            value.taping = taping
        return (values[0], adjoints[0]) if program.single_root else (values, tuple(adjoints))

    def _replayed_batch(self, given: Sequence[Any], batched: Sequence[bool], samples: int) -> Any:
        """The result for a batch, sample by sample, or the error for the first that has one."""
        results = []
        for k in range(samples):
            try:
                sample = [x[k] if rows else x for x, rows in zip(given, batched, strict=True)]
                results.append(self._with_numbers(sample))
            except (ArithmeticError, ValueError) as error:
                raise type(error)(f"row {k} of the batch (counting from 0): {error}") from None
        single = self.program.single_root
        rows_of = {i for group, rows in zip(self.program.inputs, batched, strict=True) if rows for i in group.members}
        if not self.adjoints:
            return results if single else tuple(map(list, zip(*results, strict=True)))
        values = [r[0] for r in results] if single else tuple(map(list, zip(*[r[0] for r in results], strict=True)))
        by_root = [[r[1] for r in results]] if single else list(zip(*[r[1] for r in results], strict=True))
        adjoints = []
        for found in by_root:
            parts: list[Any] = []
            for group, each in zip(self.program.wrt, zip(*found, strict=True), strict=True):
                if group.members[0] in rows_of:
                    parts.append(list(each))
                else:
                    parts.append(_sum(each) if group.single else list(map(_sum, zip(*each, strict=True))))
                    if not value.propagate and not all(map(math.isfinite, parts[-1:] if group.single else parts[-1])):
                        raise NonFiniteError(
                            f"the adjoints by {group.name} add up, over the batch, to more than a float can hold, 1.798e308"
                        )
            adjoints.append(tuple(parts))
        return values, adjoints[0] if single else tuple(adjoints)

    # On arrays -------------------------------------------------------------------------------------------------------

    def _with_numpy(self, arguments: Sequence[Any]) -> Any:
        np, groups = self._numpy, self.program.inputs
        if len(arguments) != len(groups):
            self.program.batch([()] * len(arguments))
        arrays = []
        for group, x in zip(groups, arguments, strict=True):
            try:
                array = np.asarray(x)
            except ValueError:  # ragged
                array = None
            if array is None or array.dtype.kind not in "fiub":
                array = np.asarray(_numbers(group, x, self.program.names)[0])
            arrays.append(array.astype(float, copy=False))
        batched, _ = self.program.batch([x.shape for x in arrays])
        function = self._function(batched, lambda: {"np": np})
        given = [
            np.ascontiguousarray(x.T).T if rows else x.tolist() if plain else x
            for x, rows, plain in zip(arrays, batched, self._plain(batched), strict=True)
        ]
        with np.errstate(all="ignore"):
            result = function(*given)
        return self._as_numpy(result)

    def _plain(self, batched: tuple[bool, ...]) -> list[bool]:
        """For each group that all samples share whether Python's floats will do, which are faster.

        They raise where a division or a power has no finite result, so they are for sums and products.
        """
        if batched not in self._plain_groups:
            varying = self.program.plan(batched, False).varying
            harmless = {RULES[name] for name in ("add", "sub", "mul", "affine", "total")}
            careful: set[float] = set()
            for node, rule, arguments in reversed(self.program.instructions):
                if rule not in harmless or (node not in varying and node in careful):
                    careful.update([x for x in arguments if x.__class__ is int])
            self._plain_groups[batched] = [careful.isdisjoint(group.members) for group in self.program.inputs]
        return self._plain_groups[batched]

    def _as_numpy(self, result: Any) -> Any:
        """Arrays of their own, and floats for single numbers."""
        if isinstance(result, tuple):
            return tuple([self._as_numpy(x) for x in result])
        return self._numpy.array(result, dtype=float) if self._numpy.ndim(result) else float(result)

    def _with_namespace(self, arguments: Sequence[Any]) -> Any:
        batched, _ = self.program.batch([tuple(getattr(x, "shape", ())) for x in arguments])
        self._names.dtype = arguments[0].dtype
        return self._function(batched, lambda: {"np": self._names})(*arguments)


def _sum(numbers: Iterable[float]) -> float:
    return reduce(operator.add, numbers)


def _numbers(group: Group, x: Any, names: Sequence[str]) -> tuple[Any, tuple[int, ...]]:
    """An argument as floats in lists, and its shape. Raises for what is no number, naming the input and the row."""
    if x.__class__ is float and x - x == 0.0:
        return x, ()
    if hasattr(x, "tolist"):
        x = x.tolist()
    own = names[group.members[0]] if group.single else group.name
    if not _is_list(x):
        return to_float(x, own), ()
    x = list(x)
    if not x or not any(map(_is_list, x)):
        members = [own] * len(x) if group.single or len(x) != len(group.members) else [names[i] for i in group.members]
        return _floats(x, lambda i: f"{own} in row {i}" if group.single else members[i]), (len(x),)
    length = 0 if group.single else len(group.members)
    rows: list[list[float]] = []
    for k, row in enumerate(x):
        if not _is_list(row) or (k > 0 and len(row) != len(rows[0])):
            raise ValueError(
                f"{group.name} is given row by row, with {len(rows[0]) if rows else length} numbers in each, "
                f"and row {k} (counting from 0) is {f'of {len(row)}' if _is_list(row) else repr(row)}"
            )
        row = list(row)
        if any(map(_is_list, row)):
            return x, (len(x), len(row), 0)
        inner = (lambda i, k=k: f"{names[group.members[i]]} in row {k}") if len(row) == length else (lambda i, k=k: f"row {k}")
        rows.append(_floats(row, inner))
    return rows, (len(rows), len(rows[0]))


def _is_list(x: Any) -> bool:
    return isinstance(x, (list, tuple, range)) or (hasattr(x, "tolist") and getattr(x, "ndim", 0) > 0)


def _floats(xs: list[Any], name: Callable[[int], str]) -> list[float]:
    """The numbers as floats; the check is one sum where all is well."""
    if {*map(type, xs)} == {float} and math.isfinite(sum(xs)):
        return xs
    return [to_float(x, name(i)) for i, x in enumerate(xs)]


class _Namespace:
    """Another array library under NumPy's names, as far as programs use them."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self.dtype: Any = None  # of the arguments

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._library, name, None)
        if found is None:
            library = getattr(self._library, "__name__", repr(self._library))
            raise AttributeError(f"this program needs the function {name}, which {library} does not have")
        setattr(self, name, found)
        return found

    def array(self, parts: Sequence[Any]) -> Any:
        return self._library.stack(parts)

    def float_power(self, x: Any, y: Any) -> Any:
        return x**y

    def maximum(self, x: Any, y: Any) -> Any:
        return self.where(x >= y, x, y)

    def hypot(self, x: Any, y: Any) -> Any:
        return self._library.hypot(*self._like(x, y))

    def where(self, test: Any, then: Any, otherwise: Any) -> Any:
        if isinstance(then, float) and isinstance(otherwise, float):
            then = self._library.full_like(test, then, dtype=self.dtype)  # of two floats some make numbers of fewer digits
        return self._library.where(test, then, otherwise)

    def _like(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Both as arrays: a number becomes one of the other's kind."""
        if isinstance(x, float):
            return self._library.full_like(y, x), y
        return x, self._library.full_like(x, y) if isinstance(y, float) else y
