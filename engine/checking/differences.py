"""Measured derivatives: differences at ever smaller steps, extrapolated to a step of 0, with an estimate of their error.

>>> slope = central(lambda t: BranchedValue((3 + t) ** 3, ()), noise=1e-15)
>>> round(slope.value, 9), slope.error < 1e-10
(27.0, True)

Richardson's extrapolation: central differences err by c·h² + d·h⁴ + …, so that those at h and h/2 combine to one without the
first term, and so on. Smaller steps have larger rounding errors; the step with the smallest estimate is used. Source: Ridders,
Accurate computation of F'(x), 1982; Press et al., Numerical Recipes, 5.7.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from chalkgrad.engine.recording.replay import BranchedValue

FIRST = 2.0**-4  # the first step
NEAR = 2.0**-20  # nearer kinks are reported; the steps stay away from others
CLOSE = 2.0**-12  # the same for second derivatives, which need larger steps
EPSILON = 2.0**-52  # of rounding, as a share of a value
STEPS = 40  # the largest number of steps, each half as large as the one before

Function = Callable[[float], BranchedValue]


class Slope(NamedTuple):
    """A measured derivative and the estimate of its error."""

    value: float
    error: float


class Kink(NamedTuple):
    """The slopes on both sides; None where the function is undefined, or no slope was measured.

    Infinite is that of a jump. At a point that is `apart`, with a jump on either side, they are the slopes beyond the jumps.
    """

    left: Slope | None
    right: Slope | None
    apart: bool = False


def _at(function: Function, t: float) -> BranchedValue | None:
    """The function's value, or None where it is undefined."""
    try:
        computed = function(t)
    except (ValueError, ArithmeticError):  # the errors of the operations, such as NonFiniteError, and of math's functions
        return None
    return computed if math.isfinite(computed.value) else None


def _extrapolated(
    difference: Callable[[float], float | None],
    order: int,
    noise: float,
    power: int,
    first: float,
    sizes: Mapping[float, float] = MappingProxyType({}),
) -> Slope | None:
    """The limit of differences of this order; None if no difference exists.

    They err by even powers of h (`power` 4) or by all (2). A difference is None if the step is too large; then the
    extrapolation starts again from the next. `noise` is the effect of rounding on a value; `sizes` has by step how large the
    values there are, where they may be larger than those at 0.
    """
    best: Slope | None = None
    row: list[float] = []
    used = 0
    for k in range(STEPS):
        h = first * 2.0**-k
        found = difference(h)
        if found is None:
            row = []
            continue
        rounding = 2**order * max(noise, EPSILON * sizes.get(h, 0.0)) / h**order
        before, row, used = row, [found], used + 1
        for j, coarser in enumerate(before, 1):
            finer = row[-1]
            row.append(finer + (finer - coarser) / (power**j - 1))
            error = max(abs(row[j] - finer), abs(row[j] - coarser)) + rounding
            if best is None or error <= best.error:
                best = Slope(row[j], error)
        if best is not None and used >= 4 and (best.error <= 1e-12 * abs(best.value) or rounding > best.error):
            return best
    return best


def central(function: Function, noise: float, first: float = FIRST, near: float = NEAR) -> Slope | Kink | None:
    """Returns the slope at 0 by central differences, with both ends on the branch that is taken at 0.

    If a kink is nearer than `near`, returns the slopes on both sides of it, infinite if the function jumps; if the function
    ends at 0, the slope on one side; None if it is undefined on both sides.
    """
    middle = function(0.0)
    kinked = False

    def difference(h: float) -> float | None:
        nonlocal kinked
        ends = (_at(function, h), _at(function, -h)) if not kinked else (None, None)
        right, left = ends
        if right is None or left is None:
            return None
        if right.branches != middle.branches or left.branches != middle.branches:
            kinked = h < near
            return None
        return (right.value - left.value) / (2 * h)

    def beyond(sign: int) -> Slope | None:
        return one_sided(lambda t: function(t + sign * near), noise, sign, first)

    slope = _extrapolated(difference, 1, noise, 4, first)
    if slope is not None:
        vague = slope.error > 0.01 * abs(slope.value) + 1e3 * noise
        jumps = {sign: rise for sign in (-1, 1) if vague and (rise := _jump(function, sign, noise, near))}
        if len(jumps) == 2:
            return Kink(beyond(-1), beyond(1), apart=True)
        sides = {
            sign: Slope(math.copysign(math.inf, jumps[sign] * sign), 0.0)
            if sign in jumps
            else one_sided(function, noise, sign, first)
            for sign in (-1, 1)
        }
        return Kink(sides[-1], sides[1]) if jumps else slope
    ends = {sign: _at(function, sign * near) for sign in (-1, 1)}
    across = [sign for sign, end in ends.items() if end is not None and end.branches != middle.branches]
    slopes = {sign: one_sided(function, noise, sign, first) for sign in (-1, 1)}
    if len(across) == 1:  # the kink is beside 0, or 0 belongs to one of its sides: the other's slope is taken beyond it
        slopes[across[0]] = beyond(across[0])
    elif len(across) == 2 and all(_jump(function, sign, noise, near) for sign in across):
        return Kink(beyond(-1), beyond(1), apart=True)
    steepest = sum(abs(slope.value) for slope in slopes.values() if slope is not None)
    for sign in across:
        rise = ends[sign].value - middle.value  # type: ignore[union-attr] # only defined ends are across
        if abs(rise) > 4 * near * steepest + 1e3 * noise:
            slopes[sign] = Slope(math.copysign(math.inf, rise * sign), 0.0)
    if len(across) == 2 and ends[-1].branches == ends[1].branches and slopes[-1] == slopes[1]:  # type: ignore[union-attr] # as above
        # 0 is a point apart, which the function passes in one direction: what looks like jumps is rounding at tiny steps.
        passing = _extrapolated(lambda h: _across(function, h) if h >= near else None, 1, noise, 4, first)
        if passing is not None:
            return passing
    return Kink(slopes[-1], slopes[1]) if any(slopes.values()) else None


def with_step(function: Function, h: float, noise: float) -> tuple[Slope | None, bool]:
    """Returns the central difference at 0 with the step h itself, and whether it crosses a kink; None where it is undefined.

    Its error is estimated by the difference with h/2, whose error is a quarter of it where nothing is crossed.
    """
    middle, *ends = (_at(function, t) for t in (0.0, h, -h, h / 2, -h / 2))
    if None in ends:
        return None, False
    right, left, nearer_right, nearer_left = (end for end in ends if end is not None)
    slope, finer = (right.value - left.value) / (2 * h), (nearer_right.value - nearer_left.value) / h
    crossed = any(middle is not None and end is not None and end.branches != middle.branches for end in ends)
    return Slope(slope, abs(slope - finer) * 4 / 3 + 2 * noise / h), crossed


def _jump(function: Function, sign: int, noise: float, near: float) -> float:
    """The height of a jump between 0 and what is beside it, the same at a millionth of the step; 0 if there is none."""
    middle, end, close = (_at(function, t) for t in (0.0, sign * near, sign * near * 2.0**-20))
    if middle is None or end is None or close is None:
        return 0.0
    rise = close.value - middle.value
    return rise if abs(rise) > max(1e3 * noise, abs(end.value - middle.value) / 2) else 0.0


def _across(function: Function, h: float) -> float | None:
    """The difference quotient between two points on the same branch, whatever that at 0 is."""
    left, right = _at(function, -h), _at(function, h)
    if left is None or right is None or left.branches != right.branches:
        return None
    return (right.value - left.value) / (2 * h)


def one_sided(function: Function, noise: float, sign: int, first: float = FIRST) -> Slope | None:
    """Returns the slope at 0 from the right (sign 1) or from the left (-1)."""
    middle = function(0.0)
    branch: object = None

    def difference(h: float) -> float | None:
        nonlocal branch
        end = _at(function, sign * h)
        if end is None:
            return None
        before, branch = branch, end.branches
        # On a new branch the second step is the first that is used.
        return (end.value - middle.value) / (sign * h) if branch == before else None

    return _extrapolated(difference, 1, noise, 2, first)


def second_derivative(function: Callable[[float, float], BranchedValue], same: bool, noise: float) -> Slope | Kink | None:
    """Returns the second derivative by two arguments at (0, 0), or with `same` by the first one twice.

    Returns a Kink without slopes if one is nearer than CLOSE; None if the function ends there.
    """
    middle = function(0.0, 0.0)
    kinked = False
    sizes: dict[float, float] = {}

    def difference(h: float) -> float | None:
        nonlocal kinked
        places = [(h, 0.0), (-h, 0.0)] if same else [(h, h), (-h, -h), (h, -h), (-h, h)]
        ends = [_at(lambda t, a=a, b=b: function(a, b), 0.0) for a, b in places]  # type: ignore[misc] # defaults
        if kinked or None in ends:
            return None
        if any(end.branches != middle.branches for end in ends if end is not None):
            kinked = h < CLOSE
            return None
        values = [end.value for end in ends if end is not None]
        sizes[h] = max(map(abs, values))
        if same:
            return (values[0] - middle.value - (middle.value - values[1])) / h**2
        return (values[0] + values[1] - values[2] - values[3]) / (4 * h**2)

    slope = _extrapolated(difference, 2, noise, 4, FIRST, sizes)
    return Kink(None, None) if kinked else slope
