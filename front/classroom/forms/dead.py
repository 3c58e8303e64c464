"""A dead ReLU or a saturated unit on purpose: which unit passes nothing back, which gradients are 0 therefore, what would help."""

from __future__ import annotations

from chalkgrad.classroom.forms.asking import WORDS, computed, equation, gradient, lettered, letters, named, yes_or_no
from chalkgrad.classroom.forms.form import Form, register
from chalkgrad.classroom.paper import Box, Choices, Grid, Line, Paragraph, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value

UNITS = ("relu", "tanh", "sigmoid", "tanh_half")
SLOPE = 0.005  # of a saturated unit: it is 0.00 in two decimals
ANSWERS = ("above", "rate", "target", "upstream")


class Dead(Form):
    """Asks of each unit whether it passes anything back, of each of `of` whether its gradient is 0, and what would change that."""

    name = "dead"
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
        zero = {name for name in posed.of if not _counts(posed, posed.sweep.adjoints[posed.names[name]])}
        return any(silent) and not all(silent) and bool(zero) and zero == cut_off(posed) and len(zero) < len(posed.of)

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a yes or no for each unit and each gradient, and a choice of what would help."""
        chance = posed.chance.beside(self.name, str(number))
        found = units(posed)
        unit_rows: list[tuple[Line, ...]] = []
        for node in found:
            asked = WORDS["does it pass back"].format(unit=named(posed, node).plain)
            box = yes_or_no(f"{number}.{posed.sweep.names[node]}.silent", is_silent(node), asked)
            unit_rows.append(((equation(posed, node),), (box,)))
        gradient_rows: list[tuple[Line, ...]] = []
        cut = cut_off(posed)
        for name in posed.of:
            symbol = gradient(posed, posed.names[name])
            box = yes_or_no(f"{number}.{name}.zero", name in cut, WORDS["is it 0"].format(symbol=symbol.plain))
            gradient_rows.append(((symbol,), (box,)))
        first = next(node for node in found if is_silent(node))
        before = named(posed, first.parents[0])
        order = chance.shuffled(ANSWERS)
        marks = letters(len(order))
        right = "above" if first.op is not None and first.op.name == "relu" else "nearer"
        options: list[Line] = []
        for key in order:
            words = WORDS[f"dead: {right if key == 'above' else key}"]
            at_start, _, at_end = words.partition("{before}")
            options.append((at_start, before, at_end) if at_end or "{before}" in words else (words,))
        what = Box(f"{number}.change", "choice", marks[order.index("above")], WORDS["what would change it"], width=1)
        unit_name = named(posed, first)
        lead, _, rest = WORDS["dead: what would help"].partition("{unit}")
        return Question(
            self.name,
            WORDS["dead"],
            WORDS["dead, hint"],
            (
                Grid((WORDS["column unit"], WORDS["column nothing back"]), tuple(unit_rows)),
                Grid((WORDS["column gradient"], WORDS["column zero"]), tuple(gradient_rows)),
                Paragraph((lead, unit_name, rest)),
                Choices(what, lettered(options)),
            ),
            minutes=2 + 0.4 * (len(found) + len(posed.of)),
        )


def units(posed: Posed) -> list[Value]:
    """Returns the nodes that may be dead or saturated."""
    return [node for node in computed(posed) if node.op is not None and node.op.name in UNITS]


def is_silent(node: Value) -> bool:
    """Whether a unit passes nothing back: a ReLU whose argument is below 0, or one whose slope is 0.00."""
    return abs(node.partials[0]) < SLOPE


def cut_off(posed: Posed) -> set[str]:
    """Returns those of `of` all whose paths to the root go through a unit that passes nothing back."""
    heard = {posed.root}
    for node in reversed(posed.sweep.tape.nodes):
        if node in heard and not (node in units(posed) and is_silent(node)):
            heard.update(node.parents)
    return {name for name in posed.of if posed.names[name] not in heard}


def _counts(posed: Posed, x: float) -> bool:
    return abs(x) > (posed.tolerance or 0.0) if posed.decimals is not None else x != 0.0


DEAD = register(Dead())
