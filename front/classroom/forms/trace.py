"""The graph from its trace: what was computed, read off the values and the local derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from math import isclose
from typing import NamedTuple

from chalkgrad.classroom.forms.cells import Symbols
from chalkgrad.classroom.forms.form import WORDS, Form, in_a_row, minutes_of
from chalkgrad.classroom.forms.on_graphs import computed
from chalkgrad.classroom.forms.thinking import edges_of, inputs_first
from chalkgrad.classroom.paper import Box, Formula, Grid, Line, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.basics.caches import remembered
from chalkgrad.engine.formulas.notation import ATOM
from chalkgrad.engine.formulas.trees import Constant
from chalkgrad.engine.recording.computers import FAILURES, computer
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.words.manner import manner
from chalkgrad.engine.words.printer import LaTeX, Plain, Printed, Printer, applied, parts_of

MOST_NODES = 12
CLOSE = 1e-9
ANY = "…"  # stands for a value in an operation


class Operation(NamedTuple):
    """An operation of a graph with the plain numbers among its arguments, None for a value: … - 2, say."""

    rule: Rule
    template: tuple[float | None, ...]


class Trace(Form):
    """A trace without its expressions: each node's value and local derivatives are there, and how it was computed is asked.

    The local derivatives do not say what they are by, or only the operation would be left to find. Only operations that the
    graph has come into question, and they stand on the sheet.
    """

    name = "trace"
    grades = "none"
    hides = True

    def refusal(self, posed: Posed) -> str:
        """Refuses sums of many terms and operations of one's own, which nobody can read off, and long tapes."""
        nodes = computed(posed)
        for node in nodes:
            if node.op is None or node.op.name not in RULES or node.op.lists or len(node.template) > 2:
                return f"{posed.sweep.names[node]} cannot be read off a trace: that has operations of one or two values"
            if len(node.template) == 1 and _gives(node.op, [2.0], [False], 2.0, [1.0]):
                name, x = (posed.sweep.names[one] for one in (node, node.parents[0]))
                return f"{name} may be equal to {x}, and then nobody can read off which of them is used"
        if not 2 <= len(nodes) <= MOST_NODES:
            return f"a graph is read off the trace of 2 to {MOST_NODES} computed values, and this one has {len(nodes)}"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Tells whether the numbers tell each node's operation and its arguments from all others."""
        above: list[Value] = []
        operations = operations_of(posed)
        for node in inputs_first(posed):
            if node.parents and len({*_fitting(node, operations, above)}) != 1:
                return False
            above.append(node)
        return True

    def question(self, posed: Posed, number: int) -> Question:
        """Returns the trace with a box for each expression."""
        rows: list[tuple[Line, ...]] = []
        boxes: list[Box] = []
        symbols = Symbols(posed)
        for node in inputs_first(posed):
            numbers = [symbols.number(node.partials[slot] + 0.0) for slot in edges_of(node)]
            locals_ = symbols.formula(*(part for number in numbers for part in (",  ", number)[number is numbers[0] :]))
            shown: Line = (symbols.name(node),)
            if node.parents:
                name = posed.sweep.names[node]
                first, *others = spellings(posed, node)
                asked = WORDS["expression of"].format(name=symbols.name(node).plain)
                boxes.append(Box(f"{number}.{name}.expression", "text", first, asked, accepted=tuple(others)))
                shown = (symbols.name(node), " = ", boxes[-1])
            rows.append((shown, (symbols.number(node.data),), (locals_,) if numbers else ()))
        widest = max(len(str(box.answer)) for box in boxes)
        headings = tuple(WORDS[key] for key in ("node", "column values", "column locals in order"))
        blocks = (Grid(headings, tuple(_as_wide(row, widest) for row in rows)),)
        operations = in_a_row([(_pattern(one),) for one in operations_of(posed)])
        return Question(
            self.name,
            WORDS["trace"],
            WORDS["trace, hint"],
            blocks,
            minutes=minutes_of(blocks, 1 + 0.8 * len(boxes)),
            notes=((WORDS["in any order"],),),
            given=(WORDS["operations that occur"], " ", *operations),
        )


def _as_wide(row: tuple[Line, ...], width: int) -> tuple[Line, ...]:
    """Returns a row whose boxes are as wide as the widest, so that no width tells an expression."""
    return tuple(tuple(replace(piece, width=width) if isinstance(piece, Box) else piece for piece in line) for line in row)


def operations_of(posed: Posed) -> list[Operation]:
    """Returns the operations that the graph has, in the order of the table."""
    places = {name: i for i, name in enumerate(RULES)}
    found = dict.fromkeys(Operation(node.op, tuple(node.template)) for node in computed(posed) if node.op is not None)
    return sorted(found, key=lambda one: places[one.rule.name])


def _pattern(operation: Operation) -> Formula:
    """Returns an operation with dots in the places of values, … + …."""

    def write_with(write: Printer, dots: str) -> str:
        parts = [(dots, ATOM) if x is None else _number(write, x) for x in operation.template]
        return write.printed(applied(operation.rule, operation.template), parts_of(operation.rule, parts))[0]

    return Formula(write_with(Plain(), ANY), write_with(LaTeX(), r"\ldots "))


# What a row may be ---------------------------------------------------------------------------------------------------


def _fitting(node: Value, operations: Sequence[Operation], above: Sequence[Value]) -> Iterator[tuple[object, ...]]:
    """Yields the operations of the graph and arguments for them that give a node's value and its local derivatives."""
    for rule, template in operations:
        if template.count(None) != len(node.parents):
            continue
        constant = [x is not None for x in template]
        for chosen in product(above, repeat=len(node.parents)):
            given = iter(chosen)
            numbers = [next(given).data if x is None else x for x in template]
            if _gives(rule, numbers, constant, node.data, node.partials):
                yield rule.name, template, frozenset(chosen) if commutes(rule) else chosen


def _gives(rule: Rule, numbers: Sequence[float], constant: Sequence[bool], value: float, partials: Sequence[float]) -> bool:
    try:
        found, slopes = computer(rule, constant, propagate=True)(*numbers)
    except FAILURES:
        return False
    pairs = [(found, value), *zip(slopes, partials, strict=True)]
    return all(abs(one - other) <= CLOSE * max(1.0, abs(other)) for one, other in pairs)


@remembered
def commutes(rule: Rule) -> bool:
    """Tells whether an operation has two arguments, which may change places: x + y is y + x."""
    if len(rule.arguments) != 2 or rule.lists:
        return False
    try:
        one, other = (computer(rule)(*pair)[0] for pair in ((0.25, 0.75), (0.75, 0.25)))
    except FAILURES:
        return False
    return isclose(one, other)


# How it may be written -----------------------------------------------------------------------------------------------


def spellings(posed: Posed, node: Value) -> list[str]:
    """Returns the ways in which a node's expression may be written, that of the key first."""
    found: dict[str, None] = {}
    for typeset in (True, False):
        with manner(typeset=typeset):
            for text in _orders(posed, node):
                found |= {text: None, text.replace("·", "*"): None}
    return [*found]


def _orders(posed: Posed, node: Value) -> Iterator[str]:
    write, rule = Plain(posed.sweep.names, 12), node.op
    assert rule is not None
    yield write.expression(node)
    names = [*write.arguments(node)]
    if commutes(rule):
        yield _written(write, rule, names[::-1])
    one, other = names[0], names[-1]
    number = next((x for x in node.arguments if isinstance(x, float)), None)
    if rule.name == "sub" and number is not None and isinstance(node.arguments[1], float):
        minus = _number(write, -number)
        yield _written(write, RULES["add"], [one, minus])
        yield _written(write, RULES["add"], [minus, one])
    if rule.name == "add" and number is not None and number < 0:
        value = other if isinstance(node.arguments[0], float) else one
        yield _written(write, RULES["sub"], [value, _number(write, -number)])
    if rule.name == "pow":
        base = one[0] if one[1] == ATOM else f"({one[0]})"
        yield f"{base}^{other[0]}"
        yield f"{base}**{other[0]}"
        if number == 2.0:
            yield _written(write, RULES["mul"], [one, one])
    if rule.name == "sigmoid":
        yield from (f"sigmoid({one[0]})", f"σ({one[0]})")


def _number(write: Printer, x: float) -> Printed:
    return write.printed(Constant(x), {})


def _written(write: Printer, rule: Rule, parts: Sequence[Printed]) -> str:
    return write.printed(applied(rule, [None] * len(parts)), parts_of(rule, parts))[0]
