"""A dead ReLU or a saturated unit on purpose: which passes nothing back, which gradients are 0 therefore, what would help."""

from __future__ import annotations

from chalkgrad.classroom.forms.asked import computed
from chalkgrad.classroom.forms.asking import edges_of, equals, lettered, letters, yes_or_no
from chalkgrad.classroom.forms.cells import Symbols
from chalkgrad.classroom.forms.form import WORDS, Form, line
from chalkgrad.classroom.paper import Box, Choices, Grid, Line, Paragraph, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.words.expressions import read_by

UNITS = ("relu", "tanh", "sigmoid", "tanh_half")
SLOPE = 0.005  # of a saturated unit: it is 0.00 in two decimals
OTHER_ANSWERS = ("rate", "target", "upstream")


class Dead(Form):
    """Asks of each unit whether it passes nothing back, of each of `of` whether its gradient is 0, and what would change it."""

    name = "dead"
    grades = "none"
    zeros = True

    def refusal(self, posed: Posed) -> str:
        """Refuses graphs with fewer than two units that can be dead or saturated."""
        count = len(units(posed))
        if count < 2:
            return f"a dead unit is looked for among two or more of {', '.join(UNITS)}, and this graph has {count}"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Whether a unit is dead and another is alive, and no gradient is 0 for another reason."""
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
        unit_rows: list[tuple[Line, ...]] = []
        for node in found:
            asked = WORDS["does it pass back"].format(unit=symbols.name(node).plain)
            box = yes_or_no(f"{number}.{posed.sweep.names[node]}.silent", is_silent(node), asked)
            unit_rows.append(((symbols.equation(node),), (box,)))
        gradient_rows: list[tuple[Line, ...]] = []
        cut = cut_off(posed)
        for name in posed.of:
            symbol = symbols.gradient(posed.names[name])
            box = yes_or_no(f"{number}.{name}.zero", name in cut, WORDS["is it 0"].format(symbol=symbol.plain))
            gradient_rows.append(((symbol,), (box,)))
        first = next(node for node in found if is_silent(node))
        right = "above" if first.op is not None and first.op.name == "relu" else "nearer"
        order = chance.shuffled([right, *OTHER_ANSWERS])
        mark = letters(len(order))[order.index(right)]
        change = Box(f"{number}.change", "choice", mark, WORDS["what would change it"], width=1)
        options = [line(WORDS[f"dead: {key}"], before=symbols.name(first.parents[0])) for key in order]
        return Question(
            self.name,
            WORDS["dead"],
            WORDS["dead, hint"],
            (
                Grid((WORDS["column unit"], WORDS["column nothing back"]), tuple(unit_rows)),
                Grid((WORDS["column gradients"], WORDS["column zero"]), tuple(gradient_rows)),
                Paragraph(line(WORDS["dead: what would help"], unit=symbols.name(first))),
                Choices(change, lettered(options)),
            ),
            notes=tuple((equals(symbols.name(node.parents[0]), symbols.number(node.parents[0].data)),) for node in found),
            minutes=round(2 + 0.4 * (len(found) + len(posed.of)), 1),
        )


def units(posed: Posed) -> list[Value]:
    """Returns the nodes that may be dead or saturated."""
    return [node for node in computed(posed) if node.op is not None and node.op.name in UNITS]


def is_silent(node: Value) -> bool:
    """Whether a unit passes nothing back: a ReLU whose argument is below 0, or one whose slope is 0.00."""
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
