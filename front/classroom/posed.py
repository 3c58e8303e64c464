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

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.numbers import written
from chalkgrad.classroom.paper import Slip
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.answers import Named, by_number, said_of
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Gradients

OFTEN = 2  # discussions in which a slip was met, half of them where a second slip had to be made with it

T = TypeVar("T")


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
        said: whether boxes have their slips, whose sentences take most of the time; not while versions are chosen
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
        return written(x, self.decimals)

    @cached_property
    def nodes(self) -> tuple[Value, ...]:
        """All values, each after those it is computed from: the leaves first, then the results in the order of the text."""
        known = {*self.sweep.tape}
        every = [value for value in (*self.names.values(), *self.sweep.tape) if value in known]
        found = {value: None for value in every if not value.parents}
        for value in every:
            waiting = [value]
            while waiting:
                missing = [parent for parent in waiting[-1].parents if parent not in found]
                if missing:
                    waiting += reversed(missing)
                else:
                    found[waiting.pop()] = None
        return tuple(found)

    def distinct(self, right: float, found: Iterable[tuple[float, T]]) -> Iterator[tuple[float, T]]:
        """Yields the wrong numbers that differ from the right one and from each other, each with what is said of the first.

        They differ by more than both may be off, and as they are written.
        """
        apart = max(2.0 * self.tolerance, 1e-9 * abs(right))
        taken, texts = [right], {self.written(right)}
        for x, said in found:
            text = self.written(x) if math.isfinite(x) else ""
            if text and text not in texts and all(abs(x - other) > apart for other in taken):
                taken.append(x)
                texts.add(text)
                yield float(f"{x + 0.0:.12g}"), said  # sums of floats differ in their last digits between Pythons

    def slips(self, value: Value) -> tuple[Slip, ...]:
        """Returns the wrong gradients of a value that slips give, each with its sentence, the most frequent first.

        Slips that give one number are one, with the sentence of the most frequent; what gives the right number is left out.
        """
        slips = []
        for wrong, named in self.distinct(self.sweep.adjoints[value], self._on_paper(value)):
            said = said_of(self.gradients, value, wrong, named) if self.said else ""
            found = named[0].found
            slips.append(Slip(wrong, found.slip.name, said, rare=found.weight < OFTEN))
        return tuple(slips)

    def _on_paper(self, value: Value) -> Iterator[tuple[float, list[Named]]]:
        """Yields the wrong gradients of a value, without the slips that are not made on paper."""
        for wrong, named in by_number(self.gradients, value):
            members = [tuple(found for found in one.all if found.slip.on_paper) for one in named]
            if some := [Named(found[0], found) for found in members if found]:
                yield wrong, some
