"""The program of a page: JavaScript that computes every value of a tape and every local derivative from its leaves.

>>> from chalkgrad.engine import Value
>>> x, y = Value(2.0, "x"), Value(3.0, "y")
>>> print(evaluation((x * y).log()).text())
function evaluate(v) {
    const p = [], t = [], f = [];
    let bad = -1, why = 0, given = [];
    function fail(i, reason, numbers) {
        if (bad < 0) { bad = i; why = reason; given = numbers; }
        v[i] = NaN;
    }
    v[2] = v[0] * v[1];
    p[0] = v[1];
    p[1] = v[0];
    if (v[2] - v[2] !== 0) fail(2, 0, []);
    v[3] = Math.log(v[2]);
    p[2] = 1.0 / v[2];
    if (v[3] - v[3] !== 0) fail(3, v[2] > 0.0 ? 0 : 1, []);
    return {p, t, f, bad, why, given};
}

Nodes are numbered as on the tape, edges by their nodes and slots. It is written from the table of formulas, as programs are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Formula, Test, children, parts_of_tree, substitute
from chalkgrad.engine.programs.languages import JavaScript
from chalkgrad.engine.programs.program import Instruction, Program
from chalkgrad.engine.programs.text import ProgramText, Template, helpers
from chalkgrad.engine.recording.emit import SourceWriter, expand, indented
from chalkgrad.engine.recording.recorders import SIGNS
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.shown import simplified

_OWN = "%(v)s"  # what templates call the variable of their value
_START = """const p = [], t = [], f = [];
let bad = -1, why = 0, given = [];
function fail(i, reason, numbers) {
    if (bad < 0) { bad = i; why = reason; given = numbers; }
    v[i] = NaN;
}"""


# The function for a graph in which nothing may change.
UNMOVED = """function evaluate(v) {
    return {p: [], t: [], f: [], bad: -1, why: 0, given: []};
}
const called = {};"""


class _Entries(JavaScript):
    """JavaScript in which the value of an operation is an entry of an array, and so needs no declaration."""

    def assign(self, name: str, source: str, final: bool = True) -> str:
        return self.again(name, source) if name == _OWN else super().assign(name, source, final)

    def branch(self, name: str, test: str, then: Sequence[str], otherwise: Sequence[str]) -> list[str]:
        lines = super().branch(name, test, then, otherwise)
        return lines[1:] if name == _OWN else lines


class Evaluation(ProgramText):
    """Writes the function `evaluate(v)`: an array of every node's value, the leaves' set, of which the others are filled in.

    It returns {p, t, f, bad, why, given}: `p` the local derivatives by edge (those that are the same whatever the leaves are
    left out), `t` whether the tests hold that were asked for, `f` what the formulas give that were, `bad` the number of the
    first node that has no finite value, -1 if all have. `why` is 0 if it is too large, else which of `inner_domains` it is
    outside of, from 1; `given` are then the numbers that the operation inside the formula was given.
    """

    def __init__(self, program: Program[Any, Any], tape: Tape) -> None:
        super().__init__(program.batching((False,) * len(program.inputs)), _Entries())
        self.names = [f"v[{i}]" for i in range(len(tape))]
        self.tape = tape
        edges = [(i, slot) for i, node in enumerate(tape) for slot in range(len(node.parents))]
        self._edges = {edge: number for number, edge in enumerate(edges)}

    def text(
        self,
        tests: Iterable[tuple[Test, Mapping[str, int | float]]] = (),
        formulas: Iterable[tuple[Formula, Mapping[str, int | float]]] = (),
        functions: Iterable[Rule] | None = None,
    ) -> str:
        """Returns the function, and those that it calls.

        `tests` are answered in `t`, `formulas` computed in `f`; their arguments are numbers of nodes, or numbers. If there are
        `functions`, of one number, they are by their names in `called`.
        """
        body = _START.splitlines()
        for instruction in self.program.instructions:
            body += self._operation(instruction)
        for k, (test, read) in enumerate(tests):
            writer = self._writer({name: self.name(x) for name, x in read.items()}, [test])
            written = self._tested(writer, test)
            body += _scoped([*writer.lines, f"t[{k}] = {written};"], bool(writer.lines))
        for k, (tree, read) in enumerate(formulas):
            writer = self._writer({name: self.name(x) for name, x in read.items()}, [tree])
            result = writer.write(expand(tree, self.language.primitives)).text
            body += _scoped([*writer.lines, f"f[{k}] = {result};"], bool(writer.lines))
        lines = ["function evaluate(v) {", *indented([*body, "return {p, t, f, bad, why, given};"]), "}"]
        if functions is not None:
            methods = [line for rule in functions for line in self._method(rule)]
            lines += ["const called = {", *indented(methods), "};"]
        return "\n".join([*helpers(self.language, "\n".join(lines)), *lines])

    def _method(self, rule: Rule) -> list[str]:
        [argument] = rule.arguments
        writer = self._writer({argument: argument}, [rule.value])
        result = writer.write(expand(rule.value, self.language.primitives)).text
        return [f"{rule.name}({argument}) {{", *indented([*writer.lines, f"return {result};"]), "},"]

    def _operation(self, instruction: Instruction) -> list[str]:
        """Returns the lines that compute a node, its local derivatives, and whether it has a value at all."""
        i, rule, arguments = instruction
        slots = {position: slot for slot, position in enumerate(k for k, x in enumerate(arguments) if x.__class__ is int)}
        wanted = [position for position, slot in slots.items() if varies(self.tape[i], slot)]
        made: Template = self._for_lists(instruction, wanted) if rule.lists else self._for_scalars(rule, arguments, wanted)
        temporaries = [*made.temporaries[0], *made.temporaries[1]]
        scope = {"v": self.names[i], **{name: name for name in temporaries}}
        if not rule.lists:
            scope |= zip(rule.arguments, map(self.name, arguments), strict=True)
        lines = [line % scope for line in made.forward]
        for position in wanted:
            before, partial, _ = made.partials[position]
            lines += [line % scope for line in before]
            lines.append(f"p[{self._edges[i, slots[position]]}] = {partial.text % scope};")
        return [*_scoped(lines, bool(temporaries)), *self._check(instruction)]

    def _check(self, instruction: Instruction) -> list[str]:
        i, rule, arguments = instruction
        given = [self.names[i]]
        if _swallows(rule.value):  # what is not a number would not be seen in the value
            given += dict.fromkeys(self.names[int(x)] for x in arguments if x.__class__ is int)
        test = " || ".join(f"{name} - {name} !== 0" for name in given)
        names = {} if rule.lists else dict(zip(rule.arguments, map(self.name, arguments), strict=True))
        found = inner_domains(rule)
        if not found:
            return [f"if ({test}) fail({i}, 0, []);"]
        if rule.domain is not None:
            writer = self._writer(names, [rule.domain])
            inside = self._tested(writer, rule.domain)
            return _scoped([*writer.lines, f"if ({test}) fail({i}, {inside} ? 0 : 1, []);"], bool(writer.lines))
        lines = ["let reason = 0, numbers = [];"]
        for k, inner in enumerate(found, 1):
            lines += self._inside(k, inner, names)
        return [f"if ({test}) {{", *indented([*lines, f"fail({i}, reason, numbers);"]), "}"]

    def _inside(self, k: int, inner: Inner, names: Mapping[str, str]) -> list[str]:
        """Returns the lines that find out whether an operation in a formula is the first outside its domain."""
        rule, values, holding, failing = inner
        assert rule.domain is not None
        domain = substitute(rule.domain, dict(zip(rule.arguments, values, strict=True)))
        conditions: list[tuple[Formula, str]] = [*((test, "") for test in holding), *((test, "!") for test in failing)]
        conditions.append((domain, "!"))
        writer = self._writer(names, [test for test, _ in conditions])
        written = [f"{sign}({self._tested(writer, test)})" for test, sign in conditions]
        given = ", ".join(writer.write(expand(x, self.language.primitives)).text for x in values)
        line = f"if (reason === 0 && {' && '.join(written)}) {{ reason = {k}; numbers = [{given}]; }}"
        return _scoped([*writer.lines, line], bool(writer.lines))

    def _writer(self, names: Mapping[str, str], formulas: Sequence[Formula]) -> SourceWriter:
        return SourceWriter(self.language, names, [expand(tree, self.language.primitives) for tree in formulas])

    def _tested(self, writer: SourceWriter, test: Formula) -> str:
        expanded = expand(test, self.language.primitives)
        assert isinstance(expanded, Test)
        return writer.test(expanded, None)


def evaluation(roots: Value | Sequence[Value]) -> Evaluation:
    """Returns the program of everything that the root, or several, are computed from.

    Raises ValueError where Python decided something by comparing values while the graph was recorded, see `recording`.
    """
    tape = Tape([roots] if isinstance(roots, Value) else roots)
    return Evaluation(Program(list(tape.roots), [node for node in tape if not node.parents], None), tape)


def varies(node: Value, slot: int) -> bool:
    """Tells whether a local derivative depends on values at all."""
    rule, template = node.op, node.template
    assert rule is not None
    position = [k for k, x in enumerate(template) if x is None][slot]
    tree = rule.partials[rule.argument_at(len(template), position)[0]]
    if not rule.lists:
        numbers = {x: Constant(c) for x, c in zip(rule.arguments, template, strict=True) if c is not None}
        tree = substitute(tree, numbers)
    return not isinstance(simplified(tree), Constant)


def functions_of(roots: Sequence[Value]) -> list[Rule]:
    """Returns the functions of one number that a graph's operations are, or that their local derivatives are written with."""
    rules = dict.fromkeys(node.op for node in Tape(roots) if node.op is not None)
    calls = (part.name for rule in rules for tree in rule.shown for part in parts_of_tree(tree) if isinstance(part, Call))
    named = dict.fromkeys([*(rule.name for rule in rules), *calls])
    found = (RULES[name] for name in named if name in RULES)
    return [rule for rule in found if len(rule.arguments) == 1 and not rule.lists and rule.name not in SIGNS]


class Inner(NamedTuple):
    """An operation in a formula: its entry, its arguments, and the tests that hold and that fail where it is computed."""

    rule: Rule
    arguments: tuple[Formula, ...]
    holding: tuple[Test, ...] = ()
    failing: tuple[Test, ...] = ()


def inner_domains(rule: Rule) -> list[Inner]:
    """Returns what an operation may be outside the domain of: its own, or in the order of computation those in its formula."""
    if rule.domain is not None:
        return [Inner(rule, tuple(map(Argument, rule.arguments)))]
    if RULES.get(rule.name) is rule:
        return []  # the table's own formulas stay inside
    return list(dict.fromkeys(_inner(rule.value, (), ())))


def _inner(tree: Formula, holding: tuple[Test, ...], failing: tuple[Test, ...]) -> Iterator[Inner]:
    if isinstance(tree, Choice):
        yield from _inner(tree.test, holding, failing)
        yield from _inner(tree.then, (*holding, tree.test), failing)
        yield from _inner(tree.otherwise, holding, (*failing, tree.test))
        return
    for child in children(tree):
        yield from _inner(child, holding, failing)
    if isinstance(tree, Call) and RULES[tree.name].domain is not None:
        yield Inner(RULES[tree.name], tree.arguments, holding, failing)


def _swallows(tree: Formula) -> bool:
    """Tells whether the value may be a number though an argument is not one."""
    if isinstance(tree, Choice) or (isinstance(tree, Call) and tree.name in ("pow", "hypot")):
        return True
    return any(map(_swallows, [] if isinstance(tree, Argument) else children(tree)))


def _scoped(lines: list[str], scoped: bool) -> list[str]:
    return ["{", *indented(lines), "}"] if scoped else lines


def json_number(x: float) -> float | str:
    """Returns a number that JSON can hold; for infinity and NaN, JavaScript's name of it.

    >>> json_number(0.5), json_number(float("-inf"))
    (0.5, '-Infinity')
    """
    return x if isfinite(x) else JavaScript().number(x)
