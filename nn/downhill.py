"""What is said of a step of descent: which way it went, what f did, and what the other sign would have made of f.

>>> said_of_step(move_against("w", 0.1, -16.0, 1.6), "L", 16.0, 0.64, 51.84)
'w - 0.1·(-16) = 1.6: L falls 16 → 0.64; + would make it 51.84'

The page says the same sentences: viz/page writes them with placeholders for numbers, so what depends on a number is an
`either` here. A number that does not exist is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.expressions import factor, number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.placeholders import Condition, alike, either, finite, less, placeholders_of

DOWNHILL = section("downhill")

HALVINGS = 40  # of a rate or a step, before it counts as no better than any
ROOM = 1e-9  # by which f may miss a parabola, beside the numbers that the parabola is made of

Truth = bool | Condition


# A step --------------------------------------------------------------------------------------------------------------


def move_against(name: str, rate: float, slope: float, moved: float, of: float = 1) -> str:
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


def _among(move: str, of: float) -> str:
    count = number(of) if placeholders_of(of) else f"{of:,}"
    return either(less(1, of), lambda: DOWNHILL["largest"].format(move=move, count=count), lambda: move)


def said_of_step(move: str, root: str, before: float, after: float, other: float, along: bool = False) -> str:
    """Returns a move with what it did to `root`, and what the other sign would have."""
    return DOWNHILL["step"].format(move=move, effect=said_of_effect(root, before, after, other, along))


def said_of_effect(root: str, before: float, after: float, other: float, along: bool = False) -> str:
    """Returns what a step did to `root`, and what the other sign would have.

    >>> said_of_effect("L", 16.0, 31.36, math.nan)
    'L rises 16 → 31.36; + would lead to where it has no value'
    """
    digits = digits_apart(before, after)
    was, became = number(before, digits), number(after, digits)

    def effect(kind: str) -> Callable[[], str]:
        return lambda: DOWNHILL[kind].format(root=root, before=was, after=became)

    def moved() -> str:
        return either(less(after, before), effect("falls"), effect("rises"))

    def there() -> str:
        return either(alike(was, became, before, after), effect("stays"), moved)

    sign = "along d" if along else "plus"
    said = either(finite(after), there, effect("ends"))
    opposite = either(
        finite(other),
        lambda: DOWNHILL[sign].format(other=number(other, digits)),
        lambda: DOWNHILL["along d leads nowhere" if along else "plus leads nowhere"],
    )
    return DOWNHILL["effect"].format(effect=said, other=opposite)


class DescentStep(NamedTuple):
    """The numbers of one step of gradient descent, from the rate to what is known of smaller ones.

    `slope` and `moved` are those of the input that moved farthest, of `moves` that moved and `inputs` that might have; the
    step led from `before` to `after`, and would have led to `other` with the other sign. The last two are those of a RateLimit.
    """

    rate: float
    slope: float
    moved: float
    moves: float
    inputs: float
    before: float
    after: float
    other: float
    bound: float = math.nan
    falling: float = math.nan

    def text(self, name: str, root: str) -> str:
        """Returns what is said of the step of the input `name`, with a question below if `root` rose; "" if nothing moved.

        >>> print(DescentStep(0.3, -16.0, 4.8, 1, 1, 16.0, 31.36, 185.0, bound=0.25).text("w", "L"))
        w - 0.3·(-16) = 4.8: L rises 16 → 31.36; + would make it 185
        L rose: was the sign +, or is the rate above 2/f'' = 0.25? The sign was -; below that rate L falls
        """
        move = move_against(name, self.rate, self.slope, self.moved, self.moves)
        said = said_of_step(move, root, self.before, self.after, self.other)
        limit = RateLimit(self.bound, self.falling)
        question = either(
            less(self.before, self.after), lambda: "\n" + limit.rose(root, self.inputs, less(self.rate, 0.0)), lambda: ""
        )
        return either(less(0.0, self.moves), lambda: said + question, lambda: "")


# The rate ------------------------------------------------------------------------------------------------------------


def limit_along(f: Callable[[float], float], before: float, slope: float, rate: float) -> RateLimit:
    """Returns what is known of smaller rates after a step that raised f from `before`.

    `f(share)` is f after that share of the step, NaN where it has no value, and `slope` its derivative at 0, by the share.
    Three values of f tell whether it is a parabola along the step; if it is not, the rate is halved until f falls.

    >>> limit_along(lambda share: (2 * (4.8 * share) - 4) ** 2, 16.0, -76.8, rate=0.3)
    RateLimit(bound=0.25, falling=nan)
    """
    if not slope < 0:
        return RateLimit()
    bend = f(1.0) - before - slope
    near = ROOM * (abs(before) + abs(slope) + abs(bend))
    if bend > 0 and all(abs(f(share) - (before + slope * share + bend * share**2)) <= near for share in (0.5, -1.0)):
        return RateLimit(bound=rate * -slope / bend)
    shares = (0.5**k for k in range(1, HALVINGS))
    return RateLimit(falling=next((rate * share for share in shares if f(share) < before), math.nan))


class RateLimit(NamedTuple):
    """Up to which rate a first step lowers f, as far as it is known; what is not known is NaN.

    Attributes:
        bound: 2/f'', below which f falls, where f is a parabola along the gradient
        falling: a smaller rate, with which f falls
    """

    bound: float = math.nan
    falling: float = math.nan

    def rose_at_first(self, root: str, inputs: int = 1, climbing: bool = False) -> str:
        """Returns the question that a loss asks which rises in the first step, and as much of the answer as is known.

        >>> RateLimit(bound=0.25).rose_at_first("f")
        "f rose in the first step: was the sign +, or is the rate above 2/f'' = 0.25? The sign was -; below that rate f falls"
        >>> RateLimit(falling=0.05).rose_at_first("f")
        'f rose in the first step: was the sign +, or is the rate too large? The sign was -; with rate 0.05 f falls'
        """
        return self._asked("rose at first", root, inputs, climbing)

    def rose(self, root: str, inputs: float = 1, climbing: Truth = False) -> str:
        """Returns the same of any step.

        >>> RateLimit(falling=0.05).rose("L")
        'L rose: was the sign +, or is the rate too large? The sign was -; with rate 0.05 L falls'
        """
        return self._asked("rose", root, inputs, climbing)

    def _asked(self, question: str, root: str, inputs: float, climbing: Truth) -> str:
        known = either(
            finite(self.bound),
            lambda: DOWNHILL["rate above"].format(bound=self._bound(inputs)),
            lambda: DOWNHILL["rate too large"],
        )
        answer = self._known(("the sign was +", "below that", "with rate", "no rate"), root, inputs, climbing)
        return DOWNHILL[question].format(root=root, known=known, verdict=answer)

    def rose_always(self, root: str, inputs: int = 1) -> str:
        """Returns what a descent is called that goes up in every step.

        >>> RateLimit(bound=0.25).rose_always("f")
        "f rose in every step: the rate is too large; below 2/f'' = 0.25 it falls"
        """
        return DOWNHILL["rose always"].format(root=root, advice=self.advice(inputs))

    def advice(self, inputs: int = 1, climbing: bool = False) -> str:
        """Returns that the rate is too large, and which is not; or that the sign was wrong."""
        return self._known(("always, climbing", "always, below", "always, smaller", "always, none"), "", inputs, climbing)

    def to_and_fro(self, root: str, rate: float, inputs: int = 1) -> str:
        """Returns what is said of a descent that leads back to where it was two steps before, again and again.

        >>> RateLimit(bound=0.25).to_and_fro("f", 0.25)
        "each second step leads back, for the rate is 2/f'' = 0.25; below that f falls"
        """
        kind = "to and fro, as the bound" if math.isclose(rate, self.bound, rel_tol=1e-6) else "to and fro, below that, too"
        if not math.isfinite(self.bound):
            kind = "to and fro, with" if math.isfinite(self.falling) else "to and fro, nothing"
        said = DOWNHILL[kind]
        return said.format(root=root, bound=self._bound(inputs), falling=number(self.falling))

    def _known(self, keys: tuple[str, str, str, str], root: str, inputs: float, climbing: Truth) -> str:
        """Returns the template for what is known: the sign is wrong, the bound, a smaller rate, or nothing."""

        def filled(key: str) -> Callable[[], str]:
            return lambda: DOWNHILL[key].format(root=root, bound=self._bound(inputs), falling=number(self.falling))

        wrong_sign, bound, smaller, nothing = map(filled, keys)

        def of_smaller() -> str:
            return either(finite(self.falling), smaller, nothing)

        return either(climbing, wrong_sign, lambda: either(finite(self.bound), bound, of_smaller))

    def _bound(self, inputs: float) -> str:
        def written(key: str) -> Callable[[], str]:
            return lambda: DOWNHILL[key].format(bound=number(self.bound))

        return either(less(1, inputs), written("2/f'' along the gradient"), written("2/f''"))
