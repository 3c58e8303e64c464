"""What several forms write: a graph's formulas in both media, options with their letters, texts with yes and no.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.classroom.chance import Chance
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> posed = Posed(e, {"a": a, "b": b, "e": e}, ("a", "b"), Chance(b"0" * 32))
>>> equation(posed, e)
Formula(plain='e = a·b', latex='e = a \\\\cdot b')
>>> gradient(posed, a).plain, local(posed, e, 0).plain
('∂e/∂a', '∂e/∂a')
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from chalkgrad.classroom.paper import Box, Formula, Line
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import manner
from chalkgrad.engine.words.printer import LaTeX, Plain, Printer

WORDS = section("forms")
MOST = 99.0  # the size of the largest number that a form makes by itself, such as a wrong one


def formula(posed: Posed, write: Callable[[Printer], str]) -> Formula:
    """Returns a formula in both media, names set in type."""
    plain, latex = Plain(posed.sweep.names, 12), LaTeX(posed.sweep.names, 12)
    plain.of = latex.of = posed.sweep.of
    with manner(typeset=True):
        return Formula(write(plain), write(latex))


def named(posed: Posed, node: Value) -> Formula:
    """Returns a value's name."""
    return formula(posed, lambda write: write.name(node))


def equation(posed: Posed, node: Value) -> Formula:
    """Returns how a node is computed, c = a + b, or a leaf's name."""
    return formula(posed, lambda write: " = ".join(text for text in (write.name(node), write.expression(node)) if text))


def gradient(posed: Posed, node: Value) -> Formula:
    """Returns the symbol of a gradient, ∂e/∂a."""
    return formula(posed, lambda write: write.adjoint(posed.root, node))


def local(posed: Posed, node: Value, slot: int) -> Formula:
    """Returns the symbol of a local derivative, ∂e/∂c."""
    return formula(posed, lambda write: write.local(node, slot))


def equals(symbol: Formula, number: str) -> Formula:
    """Returns a symbol and its number, ∂e/∂a = -3."""
    return Formula(f"{symbol.plain} = {number}", f"{symbol.latex} = {number}")


def edges_of(node: Value) -> Iterator[int]:
    """Yields the places of a node's arguments that take a gradient."""
    return (slot for slot, parent in enumerate(node.parents) if not parent.constant)


def computed(posed: Posed) -> list[Value]:
    """Returns the nodes that are computed, parents first."""
    return [node for node in posed.sweep.tape if node.parents and not node.constant]


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
    return abs(x) <= MOST and (posed.decimals is not None or float(posed.written(x)) == x)
