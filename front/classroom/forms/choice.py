"""Multiple choice: the gradient among the numbers that slips give."""

from __future__ import annotations

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms.cells import Symbols
from chalkgrad.classroom.forms.form import WORDS, Form, minutes_of
from chalkgrad.classroom.forms.on_graphs import leaves, upstream_given
from chalkgrad.classroom.forms.thinking import lettered, letters, looking_alike
from chalkgrad.classroom.paper import Block, Box, Choices, Line, Paragraph, Question, Slip
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value

OPTIONS, FEWEST = 4, 3
MOST_ASKED = 4
# Multiples of the right number: were they the options, it would be the one between its double, its half and its negative.
MULTIPLES = ("sign", "half", "no exponent", "twice", "times count", "by count", "mean of paths", "times uses")


class Choice(Form):
    """∂e/∂a for each of `of`, one of four options; the other three are what slips give, in an order that chance makes."""

    name = "choice"
    grades = "leaves"

    def refusal(self, posed: Posed) -> str:
        """Refuses more questions than stand on a sheet."""
        if len(posed.of) > MOST_ASKED:
            return (
                f"at most {MOST_ASKED} gradients are asked for by multiple choice, not {len(posed.of)}: say which in of = [...]"
            )
        return ""

    def suits(self, posed: Posed) -> bool:
        """Tells whether slips give enough wrong numbers to choose from."""
        return all(len(distractors(posed, value)) >= FEWEST - 1 for value in leaves(posed))

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a choice for each gradient that is asked for."""
        chance = posed.chance.beside(self.name, str(number))
        blocks: list[Block] = []
        for name, value in zip(posed.of, leaves(posed), strict=True):
            blocks += _asked(posed, value, number, chance.beside(name))
        return Question(
            self.name,
            WORDS["choice"],
            WORDS["choice, hint"],
            tuple(blocks),
            minutes=minutes_of(blocks, 1.0 * len(posed.of)),
            given=upstream_given(posed),
        )


def distractors(posed: Posed, value: Value) -> list[Slip]:
    """Returns the wrong numbers to choose from, the most frequent slips first; one at most is a multiple of the right one."""
    alike = looking_alike(posed)
    found = [slip for slip in posed.slips(value) if alike(slip.number)]
    multiples = [slip for slip in found if slip.name in MULTIPLES]
    return [*(slip for slip in found if slip not in multiples), *multiples[:1]]


def _asked(posed: Posed, value: Value, number: int, chance: Chance) -> list[Block]:
    symbols, right = Symbols(posed), posed.sweep.adjoints[value]
    order = chance.shuffled([None, *chance.shuffled(distractors(posed, value))[: OPTIONS - 1]])
    marks = dict(zip(order, letters(len(order)), strict=True))
    box = Box(
        f"{number}.{posed.sweep.names[value]}.choice",
        "choice",
        marks[None],
        symbols.gradient(value).plain,
        slips=tuple(slip._replace(letter=marks[slip]) for slip in order if slip is not None),
        width=1,
    )
    options: list[Line] = [(symbols.number(right if slip is None else slip.number),) for slip in order]
    return [Paragraph((symbols.formula(symbols.gradient(value), " ="),)), Choices(box, lettered(options))]
