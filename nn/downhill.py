"""What is said of a step of descent: which way it went, what f did, and what the other sign would have made of f.

>>> said_of_step(move_against("w", 0.1, -16.0, 1.6), "L", 16.0, 0.64, 51.84)
'w - 0.1·(-16) = 1.6: L falls 16 → 0.64; + would make it 51.84'

The page says the same sentence: viz/page takes the templates, and fills in its own numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.expressions import factor, number
from chalkgrad.engine.words.language import section

DOWNHILL = section("downhill")

HALVINGS = 40  # of a rate, before it counts as no better than any


def move_against(name: str, rate: float, slope: float, moved: float, of: int = 1) -> str:
    """Returns how one input moved against its derivative; if it is the one of several that moved farthest, it says so.

    >>> move_against("y", 0.001, -88.0, 1.088, of=2)
    'y - 0.001·(-88) = 1.088, the largest of 2 moves'
    """
    move = DOWNHILL["move"].format(name=name, rate=factor(rate), slope=factor(slope), moved=number(moved))
    return _among(move, of)


def move_along(name: str, step: float, moved: float, of: int = 1) -> str:
    """Returns how one input moved along a direction d, as in Newton's method.

    >>> move_along("x", -3.5, -0.5)
    'x + (-3.5) = -0.5, along d'
    """
    return _among(DOWNHILL["move along"].format(name=name, step=factor(step), moved=number(moved)), of)


def _among(move: str, of: int) -> str:
    return DOWNHILL["largest"].format(move=move, count=f"{of:,}") if of > 1 else move


def said_of_step(move: str, root: str, before: float, after: float, other: float | None, along: bool = False) -> str:
    """Returns a move with what it did to `root`, and what the other sign would have: None where root has no value there."""
    return DOWNHILL["step"].format(move=move, effect=said_of_effect(root, before, after, other, along))


def said_of_effect(root: str, before: float, after: float, other: float | None, along: bool = False) -> str:
    """Returns what a step did to `root`, and what the other sign would have.

    >>> said_of_effect("L", 16.0, 31.36, None)
    'L rises 16 → 31.36; + would lead to where it has no value'
    """
    digits = digits_apart(before, after)
    was, became = number(before, digits), number(after, digits)
    kind = "ends" if not math.isfinite(after) else "stays" if was == became else "falls" if after < before else "rises"
    effect = DOWNHILL[kind].format(root=root, before=was, after=became)
    if other is not None and math.isfinite(other):
        sign, shown = "along d" if along else "plus", number(other, digits)
    else:
        sign, shown = "along d leads nowhere" if along else "plus leads nowhere", ""
    return DOWNHILL["effect"].format(effect=effect, other=DOWNHILL[sign].format(root=root, other=shown))


def limit_along(f: Callable[[float], float | None], before: float, slope: float, rate: float) -> Limit:
    """Returns what is known of smaller rates after a step that raised f from `before`.

    `f(share)` is f after that share of the step, None where it has no value, and `slope` its derivative at 0, by the share.
    Three values of f tell whether it is a parabola along the step; if it is none, the rate is halved until f falls.

    >>> limit_along(lambda share: (2 * (4.8 * share) - 4) ** 2, 16.0, -76.8, rate=0.3).curvature_bound
    0.25
    """
    if not slope < 0:
        return Limit(None, None)
    values = {share: f(share) for share in (1.0, 0.5, -1.0)}
    if (whole := values[1.0]) is not None:
        bend = whole - before - slope
        room = 1e-9 * (abs(before) + abs(slope) + abs(bend))
        parabola = {share: before + slope * share + bend * share**2 for share in values}
        if bend > 0 and all(y is not None and abs(y - parabola[share]) <= room for share, y in values.items()):
            return Limit(rate * -slope / bend, None)
    for k in range(1, HALVINGS):
        there = f(0.5**k)
        if there is not None and there < before:
            return Limit(None, rate * 0.5**k)
    return Limit(None, None)


class Limit:
    """Up to which rate a first step lowers f, as far as it is known.

    Attributes:
        curvature_bound: 2/f'', below which f falls, where f is a parabola along the gradient; else None
        falling: a smaller rate, with which f falls; None if none was found
    """

    def __init__(self, curvature_bound: float | None, falling: float | None) -> None:
        self.curvature_bound, self.falling = curvature_bound, falling

    def rose_at_first(self, root: str, inputs: int = 1, climbing: bool = False) -> str:
        """Returns the question that a loss asks which rises in the first step, and as much of the answer as is known.

        >>> Limit(0.25, None).rose_at_first("f")
        "f rose in the first step: was the sign +, or is the rate above 2/f'' = 0.25? The sign was -; below that rate f falls"
        >>> Limit(None, 0.05).rose_at_first("f")
        'f rose in the first step: was the sign +, or is the rate too large? The sign was -; with rate 0.05 f falls'
        """
        return self._asked("rose at first", root, inputs, climbing)

    def rose(self, root: str, inputs: int = 1, climbing: bool = False) -> str:
        """Returns the same of any step.

        >>> Limit(None, 0.05).rose("L")
        'L rose: was the sign +, or is the rate too large? The sign was -; with rate 0.05 L falls'
        """
        return self._asked("rose", root, inputs, climbing)

    def _asked(self, question: str, root: str, inputs: int, climbing: bool) -> str:
        known = DOWNHILL["rate above"].format(bound=self._bound(inputs)) if self.curvature_bound else DOWNHILL["rate too large"]
        if climbing:
            answer = "the sign was +"
        elif self.curvature_bound:
            answer = "below that"
        else:
            answer = "with rate" if self.falling else "no rate"
        said = DOWNHILL[answer].format(root=root, falling="" if self.falling is None else number(self.falling))
        return DOWNHILL[question].format(root=root, known=known, verdict=said)

    def rose_always(self, root: str, inputs: int = 1) -> str:
        """Returns what a descent is called that goes up in every step.

        >>> Limit(0.25, None).rose_always("f")
        "f rose in every step: the rate is too large; below 2/f'' = 0.25 it falls"
        """
        return DOWNHILL["rose always"].format(root=root, advice=self.advice(inputs))

    def advice(self, inputs: int = 1, climbing: bool = False) -> str:
        """Returns that the rate is too large, and which is not; or that the sign was wrong."""
        if climbing:
            return DOWNHILL["always, climbing"]
        advice = "below" if self.curvature_bound else "smaller" if self.falling else "none"
        falling = "" if self.falling is None else number(self.falling)
        return DOWNHILL[f"always, {advice}"].format(bound=self._bound(inputs), falling=falling)

    def _bound(self, inputs: int) -> str:
        kind = "2/f''" if inputs == 1 else "2/f'' along the gradient"
        return DOWNHILL[kind].format(bound=number(self.curvature_bound or math.nan))
