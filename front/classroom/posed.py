"""A graph as an exercise poses it: with its numbers, what is asked of it, and the wrong answers that slips give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.paper import Slip
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Gradients
from chalkgrad.engine.words.expressions import number


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
    """

    root: Value
    names: Mapping[str, Value]
    of: tuple[str, ...]
    chance: Chance
    upstream: float = 1.0
    rate: float = 0.5
    decimals: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

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
        return number(x if self.decimals is None else round(x, self.decimals) + 0.0)

    def slips(self, value: Value) -> tuple[Slip, ...]:
        """Returns the wrong gradients of a value that slips give, each with its sentence, the most frequent first."""
        raise NotImplementedError
