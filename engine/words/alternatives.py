"""What depends on numbers in a text: one of two wordings, decided here, or left open where the numbers live (living.py).

The renderers of words decide nothing with `if` that another value would decide differently; they say `either`.

>>> either(2.0 > 0, lambda: "up", lambda: "down")
'up'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalkgrad.engine.formulas.trees import Test, holds
from chalkgrad.engine.recording.recorder import ON_FLOATS

if TYPE_CHECKING:
    from chalkgrad.engine.living import Condition, Scribe


def either(test: bool | Condition, this: Callable[[], str], that: Callable[[], str]) -> str:
    """The one text where the test holds, else the other; of a test still open a place that holds both."""
    if isinstance(test, bool):
        return this() if test else that()
    return test.either(this(), that())


def scribe_of(*numbers: Any) -> Scribe | None:
    """Who keeps the book of these numbers, if one of them lives."""
    for x in numbers:
        if x.__class__ is not float and hasattr(x, "scribe"):
            found: Scribe = x.scribe
            return found
    return None


def alike(one: str, other: str, *numbers: float) -> bool | Condition:
    """Whether two texts, in which these numbers stand, read the same."""
    scribe = scribe_of(*numbers)
    return one == other if scribe is None else scribe.alike(one, other)


def finite(x: float) -> bool | Condition:
    """Whether a number is neither infinite nor NaN."""
    scribe = scribe_of(x)
    return x - x == 0.0 if scribe is None else scribe.finite(x)


def truth(test: Test, values: Mapping[str, Any]) -> bool | Condition:
    """Whether a test of a formula holds for these values of its arguments."""
    scribe = scribe_of(*values.values())
    return holds(test, values, ON_FLOATS) if scribe is None else scribe.truth(test, values)
