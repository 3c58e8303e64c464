"""The sign of each gradient, and which is the largest, before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping

from chalkgrad.classroom.forms.cells import Symbols, local_at, value_at
from chalkgrad.classroom.forms.form import WORDS, Form, minutes_of
from chalkgrad.classroom.forms.on_graphs import leaves, upstream_given
from chalkgrad.classroom.forms.thinking import edges_of, equals
from chalkgrad.classroom.paper import Box, Grid, Line, Paragraph, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.along import adjoints_along

MOST_ASKED = 8
SIGNS = ("+", "-", "0")
LARGER = 1.25  # times as large as the second is the largest
ROUGHLY = (0.8, 1.25)  # times a number: what does not change a sign need not be computed


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
        """Tells whether there is one largest gradient, not all signs are alike, and all can be told from rough numbers.

        A sign can be told if it stays where one of the inputs is a fifth smaller or a quarter larger: t - y with t = -15 and
        y = -16 takes the whole forward pass.
        """
        gradients = posed.sweep.adjoints
        *_, second, first = sorted(abs(gradients[leaf]) for leaf in leaves(posed))
        if first < LARGER * second or len({_sign(gradients[leaf]) for leaf in leaves(posed)}) == 1:
            return False
        inputs = [node for node in posed.sweep.tape if not node.parents and not node.constant]
        rough = (gradients_at(posed, {leaf: times * leaf.data}) for leaf in inputs for times in ROUGHLY)
        return all(_sign(at[leaf]) == _sign(gradients[leaf]) for at in rough for leaf in leaves(posed))

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
        blocks = (
            Grid((WORDS["column gradients"], WORDS["column sign"]), tuple(rows)),
            Paragraph((WORDS["largest"], ": ", which)),
        )
        return Question(
            self.name,
            WORDS["sign"],
            WORDS["sign, hint"],
            blocks,
            minutes=minutes_of(blocks, 0.5 + 0.35 * len(posed.of)),
            given=upstream_given(posed),
            notes=tuple(
                (equals(symbols.gradient(leaf), symbols.number(posed.sweep.adjoints[leaf])),) for leaf in leaves(posed)
            ),
        )


def gradients_at(posed: Posed, others: Mapping[Value, float]) -> dict[Value, float]:
    """Returns the gradients where some leaves have other values. Raises CannotFollowError outside of a domain."""
    data: dict[Value, float] = {}
    links: dict[Value, list[tuple[Value, float]]] = {}
    for node in posed.sweep.tape:
        given = others.get(node, node.data)
        data[node] = value_at(node, [data[parent] for parent in node.parents]) if node.parents else given
        links[node] = [(node.parents[slot], local_at(node, slot, data)) for slot in edges_of(node)]
    return adjoints_along(links, {posed.root: posed.upstream})


def _sign(x: float) -> str:
    return "+" if x > 0 else "-" if x < 0 else "0"
