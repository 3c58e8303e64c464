"""The graph from its trace: what was computed, read off the values and the local derivatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalkgrad.classroom.forms.asked import computed
from chalkgrad.classroom.forms.asking import edges_of, equals
from chalkgrad.classroom.forms.cells import Symbols
from chalkgrad.classroom.forms.form import WORDS, Form, in_a_row
from chalkgrad.classroom.paper import Box, Formula, Grid, Line, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.formulas.notation import ATOM, NEGATIVE
from chalkgrad.engine.recording.computers import FAILURES, computer
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.words.expressions import operation_name
from chalkgrad.engine.words.manner import manner
from chalkgrad.engine.words.printer import Plain, applied, binding, parts_of

COMMUTING = ("add", "mul", "maximum", "minimum", "hypot")
MOST_NODES = 12
CLOSE = 1e-9


class Trace(Form):
    """A trace without its expressions: each node's value and local derivatives are there, and how it was computed is asked.

    Only operations that the graph has come into question, and they stand on the sheet.
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
        if not 2 <= len(nodes) <= MOST_NODES:
            return f"a graph is read off the trace of 2 to {MOST_NODES} computed values, and this one has {len(nodes)}"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Whether the numbers tell each operation from the others of the graph."""
        rules = _rules(posed)
        return all(len({*_fitting(node, rules)}) == 1 for node in computed(posed))

    def question(self, posed: Posed, number: int) -> Question:
        """Returns the trace with a box for each expression."""
        rows: list[tuple[Line, ...]] = []
        boxes: list[Box] = []
        symbols = Symbols(posed)
        for node in posed.sweep.tape:
            if node.constant:
                continue
            value: Line = (symbols.number(node.data),)
            locals_ = [(equals(symbols.local(node, slot), symbols.number(node.partials[slot])),) for slot in edges_of(node)]
            shown: Line = (symbols.name(node),)
            if node.parents:
                name = posed.sweep.names[node]
                first, *others = spellings(posed, node)
                asked = WORDS["expression of"].format(name=symbols.name(node).plain)
                boxes.append(Box(f"{number}.{name}.expression", "text", first, asked, accepted=tuple(others)))
                shown = (symbols.name(node), " = ", boxes[-1])
            rows.append((shown, value, in_a_row([*locals_])))
        headings = tuple(WORDS[key] for key in ("node", "column values", "column locals"))
        operations = in_a_row([(sign,) for sign in dict.fromkeys(map(_sign, _rules(posed)))])
        widest = max(len(str(box.answer)) for box in boxes)
        return Question(
            self.name,
            WORDS["trace"],
            WORDS["trace, hint"],
            (Grid(headings, tuple(_as_wide(row, widest) for row in rows)),),
            minutes=round(1 + 0.7 * len(boxes), 1),
            notes=((WORDS["in any order"],),),
            given=(WORDS["operations that occur"], " ", *operations),
        )


def _as_wide(row: tuple[Line, ...], width: int) -> tuple[Line, ...]:
    """A row whose boxes are as wide as the widest, so that no width tells an expression."""
    return tuple(tuple(replace(piece, width=width) if isinstance(piece, Box) else piece for piece in line) for line in row)


def _rules(posed: Posed) -> list[Rule]:
    """The operations that the graph has, in the order of the table."""
    names = {node.op.name for node in computed(posed) if node.op is not None}
    return [rule for name, rule in RULES.items() if name in names]


def _sign(rule: Rule) -> Formula:
    if rule.name == "pow":
        return Formula("xⁿ", "x^{n}")
    if rule.name == "mul":
        return Formula("·", r"\cdot")
    name = operation_name(rule)
    return (
        Formula(rule.name, r"\operatorname{" + rule.name.replace("_", r"\_") + "}")
        if name[0].isalpha()
        else Formula(name, name)
    )


# What a row may be ---------------------------------------------------------------------------------------------------


def _fitting(node: Value, rules: Sequence[Rule]) -> Iterator[str]:
    """Yields what else the graph's operations could be that gives a node's value and its local derivatives.

    All linear functions of one value with its slope and its value are one; those that do nothing, such as x + 0, are left out.
    """
    parents = node.parents
    wanted = [(parent.data, partial) for parent, partial in zip(parents, node.partials, strict=True)]
    for rule in rules:
        arity = len(rule.arguments)
        if arity == len(parents):
            for order in ((0, 1), (1, 0))[: 1 if rule.name in COMMUTING or arity == 1 else 2]:
                places = order[:arity]
                if _gives(rule, [wanted[i][0] for i in places], (), node.data, [wanted[i][1] for i in places]):
                    yield "linear" if rule.name == "neg" else f"{rule.name} {places}"
        elif arity == 2 and len(parents) == 1:
            yield from _with_constant(node, rule, *wanted[0])


def _with_constant(node: Value, rule: Rule, x: float, partial: float) -> Iterator[str]:
    v = node.data
    after: dict[str, list[float]] = {"add": [v - x], "sub": [x - v], "pow": [2.0, 3.0, 4.0, 0.5, -1.0, -2.0]}
    before: dict[str, list[float]] = {"sub": [v + x], "div": [v * x]}
    if x:
        after["mul"] = [v / x]
    if v:
        after["div"] = [x / v]
    does_nothing = {"add": 0.0, "sub": 0.0, "mul": 1.0, "div": 1.0}
    own = [c for c in node.template if c is not None]
    for c in [*after.get(rule.name, []), *(own if rule is node.op and node.template[0] is None else [])]:
        if c != does_nothing.get(rule.name) and _gives(rule, [x, c], (1,), v, [partial]):
            yield "linear" if rule.name in does_nothing else f"{rule.name} {c}"
    for c in [*before.get(rule.name, []), *(own if rule is node.op and node.template[0] is not None else [])]:
        if _gives(rule, [c, x], (0,), v, [partial]):
            yield "linear" if rule.name in ("sub", "add", "mul") else f"{c} {rule.name}"


def _gives(rule: Rule, numbers: Sequence[float], constants: Sequence[int], value: float, partials: Sequence[float]) -> bool:
    constant = [i in constants for i in range(len(numbers))]
    try:
        found, slopes = computer(rule, constant, propagate=True)(*numbers)
    except FAILURES:
        return False
    pairs = [(found, value), *zip(slopes, partials, strict=True)]
    return all(abs(one - other) <= CLOSE * max(1.0, abs(other)) for one, other in pairs)


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
    names = [_part(write, posed, x) for x in node.arguments]
    if rule.name in COMMUTING:
        yield _written(write, rule, names[::-1])
    one, other = names[0], names[-1]
    number = next((x for x in node.arguments if isinstance(x, float)), None)
    if rule.name == "sub" and number is not None and isinstance(node.arguments[1], float):
        minus = _part(write, posed, -number)
        yield _written(write, RULES["add"], [one, minus])
        yield _written(write, RULES["add"], [minus, one])
    if rule.name == "add" and number is not None and number < 0:
        value = other if isinstance(node.arguments[0], float) else one
        yield _written(write, RULES["sub"], [value, _part(write, posed, -number)])
    if rule.name == "pow":
        base = one[0] if one[1] == ATOM else f"({one[0]})"
        yield f"{base}^{other[0]}"
        yield f"{base}**{other[0]}"
        if number == 2.0:
            yield _written(write, RULES["mul"], [one, one])
    if rule.name == "relu":
        yield from (f"max({one[0]}, 0)", f"max(0, {one[0]})", f"relu({one[0]})")
    if rule.name == "sigmoid":
        yield from (f"sigmoid({one[0]})", f"σ({one[0]})")


def _part(write: Plain, posed: Posed, x: Value | float) -> tuple[str, float]:
    if isinstance(x, float):
        return write.constant(x), NEGATIVE if x < 0 else ATOM
    name = posed.sweep.names[x]
    return write.called(name), binding(name)


def _written(write: Plain, rule: Rule, parts: Sequence[tuple[str, float]]) -> str:
    return write.printed(applied(rule, [None] * len(parts)), parts_of(rule, parts))[0]
