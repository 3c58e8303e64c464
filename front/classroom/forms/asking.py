"""What the forms that ask for thought have in common: options with their letters, a yes or a no, numbers that slips make."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from chalkgrad.classroom.forms.form import WORDS
from chalkgrad.classroom.paper import Box, Formula, Line
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value

MOST = 99.0  # the size of the largest number that a form makes by itself, such as a wrong one


def equals(symbol: Formula, number: Formula) -> Formula:
    """Returns a symbol and its number as one formula, ∂e/∂a = -3."""
    return Formula(f"{symbol.plain} = {number.plain}", f"{symbol.latex} = {number.latex}")


def edges_of(node: Value) -> Iterator[int]:
    """Yields the places of a node's arguments that take a gradient."""
    return (slot for slot, parent in enumerate(node.parents) if not parent.constant)


def letters(count: int) -> Sequence[str]:
    """Returns letters for so many options, those of the sheet's language."""
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


def plain_enough(posed: Posed, x: float) -> bool:
    """Whether a number that a slip makes can stand on a sheet: not too large, and written in full."""
    if not abs(x) <= MOST:
        return False
    return posed.decimals is not None or abs(float(Fraction(posed.written(x))) - x) <= 1e-9
