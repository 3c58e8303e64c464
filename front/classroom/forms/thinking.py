"""What the forms that ask for thought have in common: options with their letters, a yes or a no, numbers that slips make."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import lcm

from chalkgrad.classroom.forms.form import WORDS
from chalkgrad.classroom.paper import Box, Formula, Line
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value

MOST = 99.0  # the size of the largest number that a form makes by itself, such as a wrong one
MOST_PARTS = 12


def equals(symbol: Formula, number: Formula) -> Formula:
    """Returns a symbol and its number as one formula, ∂e/∂a = -3."""
    return Formula(f"{symbol.plain} = {number.plain}", f"{symbol.latex} = {number.latex}")


def inputs_first(posed: Posed) -> list[Value]:
    """Returns the nodes of a table, the inputs, then what is computed from them, each in the order of the tape."""
    nodes = [node for node in posed.sweep.tape if not node.constant]
    return sorted(nodes, key=lambda node: bool(node.parents))


def edges_of(node: Value) -> Iterator[int]:
    """Yields the places of a node's arguments that take a gradient."""
    return (slot for slot, parent in enumerate(node.parents) if not parent.constant)


def letters(count: int) -> Sequence[str]:
    """Returns letters for ``count`` options, those of the sheet's language."""
    return WORDS["letters"].split()[:count]


def lettered(options: Sequence[Line]) -> tuple[tuple[str, Line], ...]:
    """Returns options with their letters."""
    return tuple(zip(letters(len(options)), options, strict=True))


def yes_or_no(name: str, yes: bool, asked: str) -> Box:
    """Returns a box for a yes or a no."""
    answers = WORDS["yes"], WORDS["no"]
    short = WORDS["yes, short"] if yes else WORDS["no, short"]
    return Box(
        name, "text", answers[not yes], asked, accepted=tuple(short.split()), width=max(map(len, answers)), options=answers
    )


def looking_alike(posed: Posed) -> Callable[[float], bool]:
    """Returns what tells whether a number that a slip makes can stand among those of a graph without giving itself away.

    It is not too large, and in no other parts of 1 than they are: a third among whole numbers would be told to be wrong.
    """
    if posed.decimals is not None:
        return lambda x: abs(x) <= MOST
    sweep = posed.sweep
    numbers = [x for node in sweep.tape for x in (node.data, sweep.adjoints[node], *node.partials)]
    parts = lcm(*(Fraction(x).limit_denominator(MOST_PARTS).denominator for x in numbers))
    return lambda x: abs(x) <= MOST and abs(x * parts - round(x * parts)) <= 1e-9 * parts
