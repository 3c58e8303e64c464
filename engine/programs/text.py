"""Programs as straight-line text in Python, JavaScript and NumPy.

>>> from chalkgrad.engine import Value, program
>>> x, w = Value(0.5, "x"), Value(2.0, "w")
>>> y = (w * x).tanh()
>>> print(program(y, inputs=[w, x], wrt=[w]).source("javascript", adjoints=False))
function program(w, x) {
    // forward pass
    const v3 = w * x;
    const y = Math.tanh(v3);
    return y;
}

A target is a Language (languages.py): a table of primitives, and how assignments, choices and loops are written. What its
table lacks is written out by its formula.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from chalkgrad.engine.basics.caches import remembered
from chalkgrad.engine.formulas.notation import ATOM, SIGNED
from chalkgrad.engine.formulas.simplify import first_powers, numbers, simplify
from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Fold, Formula, Test, children, substitute
from chalkgrad.engine.programs import elementary
from chalkgrad.engine.programs.groups import LeafGroup
from chalkgrad.engine.programs.languages import HELPERS, LANGUAGES, MATH, WIDTH, Python
from chalkgrad.engine.programs.program import Batching, Instruction, Program
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.recording.emit import PYTHON, TERMS_PER_LINE, Language, SourceWriter, Written, expand, indented
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.words import expressions as words

# Names ---------------------------------------------------------------------------------------------------------------

_USED = {"program", "np", "math", "float", "len", "max", "sum", "zip", "OverflowError", *MATH, *PYTHON}
_PYTHON = {*keyword.kwlist, *keyword.softkwlist, "__debug__"}
_JAVASCRIPT = """abstract arguments await boolean break byte case catch char class const continue debugger default delete do
    double else enum eval export extends final finally float for function goto if implements import in instanceof int
    interface let long native new null package private protected public return short static super switch synchronized this
    throw throws transient try typeof var void volatile while with yield true false undefined NaN Infinity Math"""
_NOT_IN_A_NAME = re.compile(r"[^0-9A-Za-z_]")
_RESERVED = _USED | _PYTHON | {*_JAVASCRIPT.split()}


def identifier(label: str) -> str:
    """Returns a label as a name that Python and JavaScript allow.

    >>> identifier("x1*w1"), identifier("σ'"), identifier("lambda"), identifier("2nd")
    ('x1_w1', 'σ_', 'lambda_', '_2nd')
    """
    if label.isascii():
        name = label if label.isidentifier() else _NOT_IN_A_NAME.sub("_", label)
        name = name if name.isidentifier() else "_" + name
        return name + "_" if name in _RESERVED else name
    text = unicodedata.normalize("NFKC", label)
    name = "".join([c if ("a" + c).isidentifier() else "_" for c in text])
    name = unicodedata.normalize("NFKC", name if name.isidentifier() else "_" + name)
    return name + "_" if name in _RESERVED else name


class UniqueNames:
    """Gives out names, each once."""

    def __init__(self, wanted: Iterable[str] = ()) -> None:
        self._wanted = frozenset(wanted)  # by others, who may also want a name's `_grad`: none of these is made by a number
        self._given: set[str] = set()
        self._next: dict[str, int] = {}

    def new(self, name: str) -> str:
        """Returns the name, or if it has been given already the name with a number."""
        unique = name
        while unique in self._given or unique in _RESERVED or (unique != name and self._is_wanted(unique)):
            number = self._next.get(name, 2)
            self._next[name] = number + 1
            unique = f"{name}_{number}"
        self._given.add(unique)
        return unique

    def is_free(self, name: str) -> bool:
        """Returns whether `new` would return this very name."""
        return name not in self._given and name not in _RESERVED

    def _is_wanted(self, name: str) -> bool:
        return name in self._wanted or (name.endswith("_grad") and name.removesuffix("_grad") in self._wanted)

    def all_new(self, names: list[str]) -> list[str]:
        """Returns what `new` would return for one after the other."""
        different = {*names}
        if len(different) < len(names) or not different.isdisjoint(self._given) or not different.isdisjoint(_RESERVED):
            return list(map(self.new, names))
        self._given |= different
        return names


# From an instruction to its lines ------------------------------------------------------------------------------------


class Template(NamedTuple):
    """The lines of an operation, in which its variables stand as %(x)s."""

    forward: list[str]
    reads: frozenset[str]  # the arguments that the value depends on
    partials: dict[int, tuple[list[str], Written, frozenset[str]]]  # by argument: lines, the local derivative, what it reads
    temporaries: tuple[list[str], list[str]]  # of the forward sweep, and of the reverse sweep


class _OperationWriter(SourceWriter):
    """Writes one operation, its value in the variable %(v)s."""

    def __init__(self, language: Language, names: Mapping[str, Any], formulas: Sequence[Formula], lists: Sequence[str]) -> None:
        super().__init__(language, {**names, "v": "%(v)s"}, formulas, lists)
        self.value = formulas[0]
        self.temporaries: tuple[list[str], list[str]] = [], []
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
    """Returns the lines for a value and for some of its local derivatives.

    Args:
        language: what they are written in
        value: the formula of the value
        partials: the formulas of the local derivatives, by position of the argument
        names: the variable of each of the formulas' arguments, a list of variables for a list
        lists: the arguments that are lists
        elements: for a position in a list, which element of it stands there
    """
    trees = {formula: expand(formula, language.primitives) for formula in (value, *partials.values())}
    writer = _OperationWriter(language, names, list(trees.values()), lists)
    written = writer.write(trees[value])
    if written.text != "%(v)s":
        writer.lines.append(language.assign("%(v)s", written.text))
    writer.known[trees[value], None] = "%(v)s"
    forward, writer.reverse = writer.lines, True
    reverse: dict[int, tuple[list[str], Written, frozenset[str]]] = {}
    reads = {formula: frozenset(mentioned(formula)) for formula in partials.values()}
    for position, formula in partials.items():
        writer.lines = []
        written = writer.write(trees[formula], elements.get(position))
        reverse[position] = writer.lines, written, reads[formula]
    return Template(forward, frozenset(mentioned(value)), reverse, writer.temporaries)


def mentioned(tree: Formula) -> Iterator[str]:
    """Yields the arguments that a formula mentions, and `[]` if it has a Fold, which reads all elements."""
    if isinstance(tree, Argument):
        yield tree.name
    elif isinstance(tree, Fold):
        yield "[]"
    for child in children(tree):
        yield from mentioned(child)


_FOLDING = [numbers(ON_FLOATS), first_powers]


def folded(tree: Formula) -> Formula:
    """Returns the tree with its constants folded: 2 for 3 - 1, the side taken of a choice, x for x**1."""
    return simplify(tree, _FOLDING, ON_FLOATS)


class Contribution(NamedTuple):
    """What an instruction adds to the adjoint of one of its arguments: the adjoint of its node times a local derivative."""

    parent: int
    lines: list[str]
    partial: Written
    varies: bool
    reason: str  # how a blackboard has the local derivative, where it is computed in another way


@dataclass
class LoopLines:
    """The lines before a loop over the samples of a batch, in it, and after it."""

    before: list[str]
    body: list[str]
    after: list[str]


class ProgramText:
    """Writes a program in a language, where some of its inputs may be batches.

    Attributes:
        swept: for each root the nodes that get an adjoint
        needed: all of these
        partials: for each node that was written, what it hands on, for the reverse sweep
    """

    def __init__(self, batching: Batching, language: Python) -> None:
        program = batching.program
        self.batching, self.program, self.language = batching, program, language
        self.roots = list(dict.fromkeys(program.roots))
        self.swept = {root: program.swept(root) if batching.adjoints else frozenset[int]() for root in self.roots}
        self.needed = frozenset().union(*self.swept.values())
        self.reasons: dict[tuple[Rule, int], str] = {}
        self.grads: dict[tuple[int, int], str] = {}  # by root and node
        self.templates: dict[Any, Template] = {}
        self.partials: dict[int, tuple[list[Contribution], list[str], dict[str, str]]] = {}

    @cached_property
    def _identified(self) -> tuple[UniqueNames, list[str], list[str]]:
        labels = list(map(identifier, self.program.names))
        fresh = UniqueNames(labels)
        names = fresh.all_new(labels)
        parameters = []
        for group, rows in zip(self.program.inputs, self.batching.batched, strict=True):
            own = names[group.members[0]]
            if group.single and (self.language.arrays or not rows):
                parameters.append(own)
            else:
                parameters.append(fresh.new(f"{own}_batch" if group.single else identifier(group.name)))
        return fresh, names, parameters

    @property
    def fresh(self) -> UniqueNames:
        """Gives out names that no node and no parameter has."""
        return self._identified[0]

    @cached_property
    def names(self) -> list[str]:
        """The variable of every node."""
        return self._identified[1]

    @cached_property
    def parameters(self) -> list[str]:
        """The parameters of the function; a single number's is its variable itself."""
        return self._identified[2]

    def name(self, x: float) -> str:
        """Returns an argument of an instruction as source: a node's variable, or a number."""
        if x.__class__ is int:
            return self.names[x]  # an int is a node
        return self.language.number(x)

    def grad(self, root: int, node: int) -> str:
        """Returns the variable of an adjoint."""
        found = self.grads.get((root, node))
        if found is None:
            own = f"{self.names[node]}_grad" + (f"_{self.names[root]}" if len(self.roots) > 1 else "")
            found = self.grads[root, node] = self.fresh.new(own)
        return found

    # Lines of one instruction ----------------------------------------------------------------------------------------

    def forward(self, instruction: Instruction) -> list[str]:
        """Returns the lines that compute an instruction's value, and keeps what the reverse sweep needs of it."""
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
                lines.append(Contribution(arguments[i], before, partial, varies, self._reason(instruction, i)))  # type: ignore[arg-type] # a node
            self.partials[node] = lines, made.temporaries[1], scope
        done = [line % scope for line in made.forward]
        if self.language.arrays and node in self.batching.varying and not self._varies(instruction, 0, made.reads):
            varying = next(x for x in arguments if x.__class__ is int and x in self.batching.varying)
            done.append(f"{own} = {own} + np.zeros_like({self.name(varying)})")  # one number for each sample after all
        return done

    def _for_scalars(self, rule: Rule, arguments: Sequence[float], wanted: Sequence[int]) -> Template:
        numbers: Any = tuple([None if x.__class__ is int else x for x in arguments])
        if not decides(rule):  # numbers are written as they are, and do not change the lines
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
        """Returns whether what reads these arguments, a local derivative or the value, differs from sample to sample."""
        varying, rule, arguments = self.batching.varying, instruction.rule, instruction.arguments
        if not varying or not reads or instruction.node not in varying:
            return False
        if "v" in reads or "[]" in reads:
            return True
        _, element = rule.argument_at(len(arguments), position)
        read = [arguments[rule.position_of(len(arguments), i, element)] for i, x in enumerate(rule.arguments) if x in reads]
        return any(x.__class__ is int and x in varying for x in read)

    def _reason(self, instruction: Instruction, position: int) -> str:
        """Returns the local derivative as it is written on a blackboard, or "" if it is computed in just that way."""
        rule, k = instruction.rule, instruction.formula_of(position)
        if rule.shown[k] == rule.partials[k]:
            return ""
        if (rule, k) not in self.reasons:
            self.reasons[rule, k] = words.formula(rule.shown[k], {x: (f"%({x})s", ATOM) for x in (*rule.arguments, "v")})
        sources = instruction.arguments if not rule.lists else [instruction.arguments[position]]
        names = dict(zip(rule.arguments, map(self.name, sources), strict=False)) | {"v": self.names[instruction.node]}
        by = words.quotient(names["v"], self.name(instruction.arguments[position]))
        return f"{by} = {self.reasons[rule, k] % names}"

    # The reverse sweep -----------------------------------------------------------------------------------------------

    def reverse(self, root: int, instructions: Iterable[Instruction], started: set[int]) -> list[str]:
        """Returns the lines that hand the adjoints of instructions on to their arguments.

        `started` has the nodes whose adjoints have a contribution already; others are added.
        """
        language, swept, varying = self.language, self.swept[root], self.batching.varying
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
            for parent, before, partial, varies, reason in contributions:
                if reason:
                    lines.append(self.note(reason))
                lines += [line % scope for line in before]
                total = language.arrays and node in varying and parent not in varying
                source = product_with(adjoint, Written(partial.text % scope, partial.binds), total, varies)
                name = self.grad(root, parent)
                if parent in started:
                    lines.append(language.add(name, source))
                else:
                    started.add(parent)
                    lines.append(language.assign(name, source, final=False))
        return lines

    def order(self, root: int) -> list[Instruction]:
        """Returns the instructions in the order of the reverse sweep from a root."""
        if root == self.roots[0]:
            return self.program.instructions[::-1]
        made = {instruction.node: instruction for instruction in self.program.instructions}
        done: list[Instruction] = []
        seen: set[int] = set()
        waiting: list[int | None] = [root]
        while waiting:  # as sweep.order walks
            node = waiting.pop()
            if node is None:
                done.append(made[waiting.pop()])  # type: ignore[index] # below None is a node
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
        body += (
            self.with_arrays() if language.arrays else self.with_loop() if any(self.batching.batched) else self.for_numbers()
        )
        text = "\n".join([*language.head(self.parameters), *indented(body), *language.foot])
        text = "\n".join([*helpers(self.language, text), text])
        return "\n".join([*(language.imports(text) if imports else ()), text])

    def unpacking(self) -> list[str]:
        lines = []
        for group, rows, parameter in zip(self.program.inputs, self.batching.batched, self.parameters, strict=True):
            if not group.single and (self.language.arrays or not rows):
                names = [self.names[i] for i in group.members]
                lines += self.language.unpack(names, parameter + ".T" * rows)
        return lines

    def for_numbers(self) -> list[str]:
        lines = [self.note("forward pass")]
        for instruction in self.program.instructions:
            lines += self.forward(instruction)
        lines += self.check(self.program.instructions)
        if self.batching.adjoints:
            for root in self.roots:
                lines.append(self.reverse_note(root))
                started = {root}
                if root in self.swept[root]:
                    lines.append(self.language.assign(self.grad(root, root), "1.0", final=False))
                lines += self.reverse(root, self.order(root), started)
        return lines + self.returned({root: self.name_of_root(root) for root in self.roots}, self.grad_or_zero)

    def with_arrays(self) -> list[str]:
        lines = [self.note("forward pass")]
        for instruction in self.program.instructions:
            lines += self.forward(instruction)
        varying = self.batching.varying
        some = next((self.names[group.members[0]] for group, _ in self.batches()), "")
        if self.batching.adjoints:
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
        """Returns the body of a function over a batch, in a language without arrays: lines before, in and after a loop."""
        batching, language = self.batching, self.language
        rows = [([self.names[i] for i in group.members], group.single, own) for group, own in self.batches()]
        batch = rows[0][2]
        loop = LoopLines(
            self.swept_forward(batching.shared, " of what all samples share"), self.swept_forward(batching.each), []
        )
        values: dict[int, str] = {}
        for root in self.roots:
            if root in batching.varying:
                values[root] = self.collected(loop, f"{self.names[root]}_batch", self.names[root])
            else:
                values[root] = language.repeated(self.name_of_root(root), batch)
        lists: dict[tuple[int, int], str] = {}  # by root and the place among wrt
        for root in self.roots if batching.adjoints else ():
            self.sweep_in_loop(root, loop, batch)
            lists |= self.adjoints_in_loop(root, loop)
        lines = [*loop.before, *(language.loop(rows, loop.body, self.fresh.new("i")) if loop.body else []), *loop.after]
        return lines + self.returned(values, self.grad_or_zero, lists)

    def swept_forward(self, instructions: Sequence[Instruction], of: str = "") -> list[str]:
        """Returns the forward sweep of some instructions, under a title if there is any."""
        lines: list[str] = []
        for instruction in instructions:
            lines += self.forward(instruction)
        lines += self.check(instructions)
        return [self.note(f"forward pass{of}"), *lines] if lines else []

    def collected(self, loop: LoopLines, name: str, source: str) -> str:
        """Collects a number, or a row of them, of each sample in a list; returns the list's variable."""
        name = self.fresh.new(name)
        loop.before.append(self.language.assign(name, "[]"))
        loop.body.append(self.language.append(name, source))
        return name

    def sweep_in_loop(self, root: int, loop: LoopLines, batch: str) -> None:
        """Writes the sweep from a root: in the loop through what varies, after it through what all samples share."""
        language, varying, swept, order = self.language, self.batching.varying, self.swept[root], self.order(root)
        each = [instruction for instruction in order if instruction.node in varying]
        shared = [instruction for instruction in order if instruction.node not in varying]
        seeded = [root] if root in swept else []
        if root in varying:
            reverse = [language.assign(self.grad(root, i), "1.0", final=False) for i in seeded]
            totals = self.received(root, each)
            reverse += self.reverse(root, each, {root, *totals})
            if reverse:
                loop.body += [self.reverse_note(root), *reverse]
            loop.before += [language.assign(self.grad(root, i), "0.0", final=False) for i in sorted(totals)]
            remaining = self.reverse(root, shared, totals)
        else:  # it counts once for each sample
            remaining = [language.assign(self.grad(root, i), language.count(batch), final=False) for i in seeded]
            remaining += self.reverse(root, shared, {root})
        if remaining:
            loop.after += [self.reverse_note(root, " of what all samples share"), *remaining]

    def adjoints_in_loop(self, root: int, loop: LoopLines) -> dict[tuple[int, int], str]:
        """Collects the adjoints that have a row for each sample; returns the lists' variables."""
        lists: dict[tuple[int, int], str] = {}
        for k, group in enumerate(self.program.wrt):
            if group.members[0] in self.batching.varying:
                own = self.names[group.members[0]] if group.single else identifier(group.name)
                suffix = f"_{self.names[root]}" if len(self.roots) > 1 else ""
                found = [self.grad_or_zero(root, i) for i in group.members]
                source = found[0] if group.single else self.language.listed(found)
                lists[root, k] = self.collected(loop, f"{own}_grad{suffix}_batch", source)
        return lists

    def batches(self) -> Iterator[tuple[LeafGroup, str]]:
        """Yields the inputs that are batches, with their parameters."""
        for group, batched, parameter in zip(self.program.inputs, self.batching.batched, self.parameters, strict=True):
            if batched:
                yield group, parameter

    def received(self, root: int, instructions: Iterable[Instruction]) -> set[int]:
        """Returns the shared nodes to whose adjoints these varying instructions add."""
        found: set[int] = set()
        for node, _, _ in instructions:
            if node in self.swept[root] and node in self.partials:
                found.update([line.parent for line in self.partials[node][0] if line.parent not in self.batching.varying])
        return found

    def note(self, text: str) -> str:
        return f"{self.language.comment} {text}"

    def reverse_note(self, root: int, of: str = "") -> str:
        return self.note("backward pass" + (f" from {self.names[root]}" if len(self.roots) > 1 else "") + of)

    def name_of_root(self, root: int) -> str:
        constant = self.program.constants.get(root)
        return self.names[root] if constant is None else self.language.number(constant)

    def grad_or_zero(self, root: int, node: int) -> str:
        return self.grad(root, node) if node in self.swept[root] else "0.0"

    def check(self, instructions: Iterable[Instruction]) -> list[str]:
        """Returns lines that raise for an infinite value that might not show in the result."""
        if self.language.name != "python":
            return []
        made = {instruction.node for instruction in instructions}
        names = [self.names[node] for node in unseen(self.program) if node in made]
        return [
            line
            for i in range(0, len(names), TERMS_PER_LINE)
            for line in (
                f"if not isfinite({' + '.join(names[i : i + TERMS_PER_LINE])}):",
                '    raise OverflowError("a value is too large for a float")',
            )
        ]

    def returned(
        self, values: Mapping[int, str], grad: Callable[[int, int], str], lists: Mapping[tuple[int, int], str] = {}
    ) -> list[str]:
        """Returns the lines that return the results."""
        language, roots = self.language, self.program.roots
        lines: list[str] = []
        shown = values[roots[0]] if self.program.single_root else language.many([values[root] for root in roots])
        if not self.batching.adjoints:
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
                    rows = ".T" if group.members[0] in self.batching.varying else ""
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


def product_with(adjoint: str, partial: Written, total: bool, varies: bool) -> str:
    """Returns an adjoint times a local derivative; with `total` the sum of that over the samples of a batch."""
    one = {"1.0": "", "-1.0": "-"}.get(partial.text)
    if not total:
        return f"{adjoint} * {partial.at(SIGNED)}" if one is None else one + adjoint
    if varies:
        return f"{adjoint} @ {partial.at(ATOM)}"
    return f"{adjoint}.sum() * {partial.at(SIGNED)}" if one is None else f"{one}{adjoint}.sum()"


@remembered
def decides(rule: Rule) -> bool:
    """Returns whether a constant argument may decide or simplify something in the formulas."""
    return any(any(map(_computes, (tree, *children(tree)))) for tree in rule.partials) or not (
        isinstance(rule.value, Call) and all(isinstance(x, Argument) for x in rule.value.arguments)
    )


def _computes(tree: Formula) -> bool:
    return isinstance(tree, (Call, Choice))


def helpers(language: Python, text: str) -> list[str]:
    """Returns the functions that a text calls and its language lacks."""
    lines: list[str] = []
    used = set(re.findall(r"(?<![\w.])(pow|mod|erfc?)\(", text)) if language.name != "python" else set[str]()
    for name in sorted(used & HELPERS.keys()):
        lines += language.function(name, "x, y", HELPERS[name])
    for name in sorted(used - HELPERS.keys()):
        lines += _elementary(language, name)
    return lines


def _elementary(language: Python, name: str) -> list[str]:
    tree = expand(elementary.FORMULAS[name], language.primitives)
    writer = SourceWriter(language, {"x": "x"}, [tree])
    result = language.result(writer.write(tree).text)
    return language.function(name, "x", [*writer.lines, *result])


def text(batching: Batching, target: str) -> str:
    """Returns a program as text: see Program.source."""
    return ProgramText(batching, LANGUAGES[target]).write()


# Infinities that vanish again -----------------------------------------------------------------------------------------

# Given an infinity or NaN these give one back, or raise; div and mod do so for the first argument. exp(-∞), 1/∞, ∞**0 do not.
_KEEP = {"add", "sub", "mul", "neg", "pos", "abs", "floor", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos", "tan"}
_KEEP |= {"asin", "acos", "sinh", "cosh", "hypot"}
# These are finite, or raise, whatever they are given; the others of one argument are so if that is finite.
_BOUNDED = {"tanh", "erf", "erfc", "atan", "atan2", "mod", "sin", "cos", "tan", "asin", "acos", "floor"}
_CREATE = {"add", "sub", "mul", "div", "hypot"}


def unseen(program: Program[Any, Any]) -> list[int]:
    """Returns the nodes whose overflow would not show in the result, so that it has to be tested for."""
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


@remembered
def _infinities(rule: Rule) -> tuple[bool, frozenset[str]]:
    """Returns whether finite arguments can give infinity without an error, and the arguments whose infinities would show."""
    tree = expand(rule.value, PYTHON)
    return _creates(tree), frozenset(_keeps(tree))


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
    if isinstance(tree, Call) and tree.name in ("div", "mod"):
        return _keeps(tree.arguments[0])
    if (isinstance(tree, Call) and tree.name in _KEEP) or (isinstance(tree, Fold) and tree.kind == "sum"):
        return set[str]().union(*map(_keeps, children(tree)))
    return set()
