"""The sign of each gradient, and which is the largest, before anything is computed."""

from __future__ import annotations

from chalkgrad.classroom.forms.asked import leaves, upstream_given
from chalkgrad.classroom.forms.asking import equals
from chalkgrad.classroom.forms.cells import Symbols
from chalkgrad.classroom.forms.form import WORDS, Form
from chalkgrad.classroom.paper import Box, Grid, Line, Paragraph, Question
from chalkgrad.classroom.posed import Posed

MOST_ASKED = 8
SIGNS = ("+", "-", "0")


class Sign(Form):
    """Asks for +, - or 0 for each of `of`, and for the gradient that is the largest in size."""

    name = "sign"
    grades = "none"

    def refusal(self, posed: Posed) -> str:
        """Refuses a single gradient, beside which there is none to compare it with, and very many."""
        if not 2 <= len(posed.of) <= MOST_ASKED:
            return f"signs are asked for 2 to {MOST_ASKED} gradients, and here {len(posed.of)} are"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Whether there is one largest gradient, and not all signs are alike."""
        numbers = [posed.sweep.adjoints[posed.names[name]] for name in posed.of]
        *_, second, first = sorted(map(abs, numbers))
        return first >= 1.25 * second and len({_sign(x) for x in numbers}) > 1

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a row for each gradient, and the question which is the largest."""
        rows: list[tuple[Line, ...]] = []
        symbols = Symbols(posed)
        found: dict[str, float] = {}
        for name in posed.of:
            value = posed.names[name]
            symbol, x = symbols.gradient(value), posed.sweep.adjoints[value]
            found[name] = abs(x)
            accepted = {"+": ("＋", "plus"), "-": ("−", "–", "minus"), "0": ("zero",)}[_sign(x)]
            asked = WORDS["sign of"].format(symbol=symbol.plain)
            box = Box(f"{number}.{name}.sign", "text", _sign(x), asked, accepted=accepted, width=1, options=SIGNS)
            rows.append(((symbol,), (box,)))
        largest = max(found, key=found.__getitem__)
        shown = symbols.name(posed.names[largest]).plain
        options = tuple(symbols.name(posed.names[name]).plain for name in posed.of)
        accepted = tuple(text for text in (largest, symbols.gradient(posed.names[largest]).plain) if text != shown)
        which = Box(
            f"{number}.largest",
            "text",
            shown,
            WORDS["largest"],
            accepted=accepted,
            width=max(map(len, options)),
            options=options,
        )
        return Question(
            self.name,
            WORDS["sign"],
            WORDS["sign, hint"],
            (Grid((WORDS["column gradients"], WORDS["column sign"]), tuple(rows)), Paragraph((WORDS["largest"], ": ", which))),
            minutes=0.5 + 0.5 * len(posed.of),
            given=upstream_given(posed),
            notes=tuple(
                (equals(symbols.gradient(leaf), symbols.number(posed.sweep.adjoints[leaf])),) for leaf in leaves(posed)
            ),
        )


def _sign(x: float) -> str:
    return "+" if x > 0 else "-" if x < 0 else "0"
