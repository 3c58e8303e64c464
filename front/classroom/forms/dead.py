"""A dead ReLU or a saturated unit on purpose: which passes nothing back, which gradients are 0 therefore, what would help."""

from __future__ import annotations

from typing import Literal

from chalkgrad.classroom.forms.cells import Symbols
from chalkgrad.classroom.forms.form import WORDS, Form, line, minutes_of
from chalkgrad.classroom.forms.on_graphs import computed
from chalkgrad.classroom.forms.thinking import edges_of, equals, lettered, letters, yes_or_no
from chalkgrad.classroom.paper import Box, Choices, Grid, Line, Paragraph, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.basics.caches import remembered
from chalkgrad.engine.recording.computers import FAILURES, computer
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.words.expressions import read_by

SLOPE = 0.005  # of a saturated unit: it is 0.00 in two decimals
FAR = 30.0  # from 0, where a unit that is saturated is flat
# What would have to change, first the right answer. A larger gradient from above brings nothing through a dead unit, but does
# through a saturated one, whose slope is not 0 exactly.
CHANGES = {"dead": ("above", "rate", "below", "upstream"), "saturated": ("nearer", "rate", "farther", "other sign")}


class Dead(Form):
    """Asks of each unit whether it passes nothing back, of each of `of` whether its gradient is 0, and what would change it."""

    name = "dead"
    grades = "none"
    zeros = True

    def refusal(self, posed: Posed) -> str:
        """Refuses graphs with fewer than two units that can be dead or saturated."""
        count = len(units(posed))
        if count < 2:
            return f"a dead unit is looked for among two or more such as relu, tanh and sigmoid, and this graph has {count}"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Tells whether a unit is dead and another is alive, and no gradient is 0 for another reason."""
        found = units(posed)
        if any(not node.parents[0].data for node in found):
            return False  # at a kink
        silent = [is_silent(node) for node in found]
        zero = {name for name in posed.of if abs(posed.sweep.adjoints[posed.names[name]]) <= posed.tolerance}
        return 0 < sum(silent) < len(silent) and 0 < len(zero) < len(posed.of) and zero == cut_off(posed)

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a yes or no for each unit and each gradient, and a choice of what would help."""
        chance = posed.chance.beside(self.name, str(number))
        found, symbols = units(posed), Symbols(posed)
        rows: list[tuple[Line, ...]] = []  # one table, so that all boxes stand in one column
        for node in found:
            unit, asked = symbols.name(node), WORDS["does it pass back"]
            box = yes_or_no(f"{number}.{posed.sweep.names[node]}.silent", is_silent(node), asked.format(unit=unit.plain))
            rows.append((line(asked, unit=unit), (box,)))
        cut, asked = cut_off(posed), WORDS["is it 0"]
        for name in posed.of:
            symbol = symbols.gradient(posed.names[name])
            box = yes_or_no(f"{number}.{name}.zero", name in cut, asked.format(symbol=symbol.plain))
            rows.append((line(asked, symbol=symbol), (box,)))
        first = next(node for node in found if is_silent(node))
        right, *others = CHANGES[kind_of(first)]
        order = chance.shuffled([right, *others])
        mark = letters(len(order))[order.index(right)]
        to_two_decimals = any(kind_of(node) == "saturated" for node in found)
        heading = "column yes or no, rounded" if to_two_decimals else "column yes or no"
        change = Box(f"{number}.change", "choice", mark, WORDS["what would change it"], width=1)
        options = [line(WORDS[f"dead: {key}"], before=symbols.name(first.parents[0])) for key in order]
        blocks = (
            Grid((WORDS["column question"], WORDS[heading]), tuple(rows)),
            Paragraph(line(WORDS["dead: what would help"], unit=symbols.name(first))),
            Choices(change, lettered(options)),
        )
        return Question(
            self.name,
            WORDS["dead"],
            WORDS["dead, hint"],
            blocks,
            notes=tuple((equals(symbols.name(node.parents[0]), symbols.number(node.parents[0].data)),) for node in found),
            minutes=minutes_of(blocks, 1.5 + 0.25 * (len(found) + len(posed.of))),
        )


def units(posed: Posed) -> list[Value]:
    """Returns the nodes that may be dead or saturated."""
    return [node for node in computed(posed) if kind_of(node)]


def kind_of(node: Value) -> Literal["dead", "saturated", ""]:
    """Returns whether a unit may be dead, below 0, or saturated, far from 0 on both sides; "" for other operations."""
    return "" if node.op is None or len(node.template) != 1 else kind_of_rule(node.op)


@remembered
def kind_of_rule(rule: Rule) -> Literal["dead", "saturated", ""]:
    """Returns what a function of one value may be: flat below 0 alone, or nearly flat far from 0 on both sides."""
    if len(rule.arguments) != 1 or rule.lists:
        return ""
    try:
        below, left, right, above = (_slope(rule, x) for x in (-FAR, -1.0, 1.0, FAR))
    except FAILURES:
        return ""
    if below == left == 0.0 < min(right, above):
        return "dead"
    return "saturated" if max(abs(below), abs(above)) < SLOPE < min(left, right) else ""


def _slope(rule: Rule, x: float) -> float:
    return float(computer(rule, (False,))(x)[1][0])


def is_silent(node: Value) -> bool:
    """Tells whether a unit passes nothing back: a ReLU whose argument is below 0, or one whose slope is 0.00."""
    return abs(node.partials[0]) < SLOPE


def cut_off(posed: Posed) -> set[str]:
    """Returns those of `of` that a silent unit cuts off from the root.

    It does so for what goes into it, and for what the 0 of a dead one is multiplied by.
    """
    silent = {node for node in units(posed) if is_silent(node)}
    heard = {posed.root}
    for node in reversed(posed.sweep.tape.nodes):
        for slot in edges_of(node) if node in heard and node not in silent else ():
            if node.partials[slot] or silent.isdisjoint(read_by(node, slot)):
                heard.add(node.parents[slot])
    return {name for name in posed.of if posed.names[name] not in heard}
