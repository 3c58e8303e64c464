"""A graph as an exercise poses it: with its numbers, what is asked of it, and the wrong answers that slips give.

>>> from chalkgrad.classroom.chance import Chance
>>> from chalkgrad.engine import Value
>>> a, b = Value(-4.0, "a"), Value(2.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> posed = Posed(e, {"a": a, "b": b, "c": c, "d": d, "e": e}, ("a", "b"), Chance(b"0" * 32))
>>> posed.written(posed.sweep.adjoints[b])
'1'
>>> next(slip.said for slip in posed.slips(b) if slip.number == -2)
'you counted only the path through d'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.numbers import exact
from chalkgrad.classroom.paper import Slip
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.answers import by_number, said_of
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Gradients
from chalkgrad.engine.words.expressions import number

# Slips that are not made on paper, or not told by their number: steps and roundings.
NOT_ON_PAPER = {"finite step", "rounded", "updated", "step of descent", "after descent", "diagonal", "of other"}
OFTEN = 2  # discussions in which a slip was met, half of them where a second slip had to be made with it


@dataclass(frozen=True)
class Posed:
    """A graph with its numbers.

    Attributes:
        root: what is differentiated
        names: the values by their names, leaves and named results, in the order of the text
        of: the leaves that are asked for, by name; all that take a gradient, unless the exercise says otherwise
        upstream: the gradient that is given for the root, 1 unless it goes on into something else
        rate: of the step of descent
        decimals: how many an answer has at most; None where all numbers are exact
        options: what the exercise says beside, such as widths = [2, 3, 1] for shapes
        chance: the source of what a form draws by itself, such as which cell is wrong
        said: whether slips have their sentences, which take most of the time; not while versions are chosen
        width: of the boxes for numbers, in characters, once the widest answer of all versions is known; 0 before
    """

    root: Value
    names: Mapping[str, Value]
    of: tuple[str, ...]
    chance: Chance
    upstream: float = 1.0
    rate: float = 0.5
    decimals: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    said: bool = True
    width: int = 0

    @cached_property
    def sweep(self) -> Sweep:
        """The right backward pass."""
        return Sweep(self.root, upstream=self.upstream)

    @cached_property
    def gradients(self) -> Gradients:
        """What slips make of its gradients."""
        return Gradients(self.sweep)

    @property
    def tolerance(self) -> float:
        """How far an answer may be off: half a unit of the last decimal; 0 where all numbers are exact."""
        return 0.0 if self.decimals is None else 0.5 * 10.0**-self.decimals

    def written(self, x: float) -> str:
        """Returns a number as the key writes it."""
        return exact(x) if self.decimals is None else number(round(x, self.decimals) + 0.0)

    def slips(self, value: Value) -> tuple[Slip, ...]:
        """Returns the wrong gradients of a value that slips give, each with its sentence, the most frequent first.

        Slips that give one number are one, with the sentence of the most frequent; what gives the right number is none.
        """
        right = self.written(self.sweep.adjoints[value])
        slips: dict[str, Slip] = {}
        for wrong, named in by_number(self.gradients, value):
            shown = self.written(wrong)
            if shown != right and abs(wrong - self.sweep.adjoints[value]) > self.tolerance and shown not in slips:
                said = said_of(self.gradients, value, wrong, named) if self.said else ""
                name, weight = named[0].found.slip.name, named[0].found.weight
                # Sums of floats differ in their last digits between Pythons.
                rounded = float(f"{wrong:.12g}")
                slips[shown] = Slip(rounded, name, said, rare=name in NOT_ON_PAPER or weight < OFTEN)
        return tuple(slips.values())
