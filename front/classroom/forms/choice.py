"""Multiple choice: the gradient among the numbers that slips give."""

from __future__ import annotations

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms.asking import WORDS, gradient, lettered, letters
from chalkgrad.classroom.forms.form import Form, register
from chalkgrad.classroom.paper import Block, Box, Choices, Formula, Paragraph, Question, Slip
from chalkgrad.classroom.posed import Posed

OPTIONS = 4
FEWEST = 3
MOST_ASKED = 4


class Choice(Form):
    """∂e/∂a for each of `of`, one of four options; the other three are what slips give, in an order that chance makes."""

    name = "choice"

    def refusal(self, posed: Posed) -> str:
        """Refuses more questions than stand on a sheet."""
        if len(posed.of) > MOST_ASKED:
            return f"multiple choice asks for at most {MOST_ASKED} gradients, not {len(posed.of)}: say of which, as in of = [{posed.of[0]!r}]"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Whether slips give enough wrong numbers to choose from."""
        return all(len(posed.slips(posed.names[name])) >= FEWEST - 1 for name in posed.of)

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a choice for each gradient that is asked for."""
        chance = posed.chance.beside(self.name, str(number))
        blocks: list[Block] = []
        for name in posed.of:
            blocks += _asked(posed, name, number, chance.beside(name))
        return Question(self.name, WORDS["choice"], WORDS["choice, hint"], tuple(blocks), minutes=1.5 * len(posed.of))


def _asked(posed: Posed, name: str, number: int, chance: Chance) -> list[Block]:
    value = posed.names[name]
    symbol, right = gradient(posed, value), posed.sweep.adjoints[value]
    slips = posed.slips(value)[: OPTIONS - 1]
    order = chance.shuffled([None, *slips])
    marks = dict(zip(order, letters(len(order)), strict=True))
    box = Box(
        f"{number}.{name}.choice",
        "choice",
        marks[None],
        symbol.plain,
        slips=tuple(Slip(slip.number, slip.name, slip.said, marks[slip]) for slip in slips),
        width=1,
    )
    texts = [posed.written(right if slip is None else slip.number) for slip in order]
    return [Paragraph((symbol, Formula(" = ", " = "))), Choices(box, lettered([(Formula(text, text),) for text in texts]))]


CHOICE = register(Choice())
