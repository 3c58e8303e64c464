"""Computed forms of the table's formulas: they keep the digits that the blackboard's forms lose, at both ends of the range.

>>> from chalkgrad.engine.formulas.trees import trace
>>> trace(lambda x: bell(x), "x").test
Test('>=', x, 0.0)

Each takes and returns formulas, and says what would go wrong without it. They are choices and arithmetic, so every target has
them; a comparison is false for NaN, so the last side of each choice is one that NaN passes through.
"""

from __future__ import annotations

import math

from chalkgrad.engine.formulas.trees import Call, Fold, Formula, Operand, choose, equal, lift

UP = 2.0**100  # lifts subnormal numbers to where a float has all its digits
SMALLEST, LARGEST = 2.2250738585072014e-308, 1.7976931348623157e308  # of the numbers that have all digits
ROOT_OF_2PI = math.sqrt(2 * math.pi)
ROOT_OF_HALF, ROOT_HIGH, ROOT_LOW = math.sqrt(0.5), 0.7071067690849304, 1.210161710447897e-08  # √½, its first 26 bits, the rest


def exp(x: Operand) -> Formula:
    return Call("exp", x)


def bell(x: Operand) -> Formula:
    """e/(1 + e)² with e = exp(-|x|), the slope of the s-shaped functions: it neither overflows nor cancels."""
    rising, falling = exp(x), exp(-lift(x))
    return choose(lift(x) >= 0, falling / (1 + falling * (2 + falling)), rising / (1 + rising * (2 + rising)))


def leading(x: Operand) -> Formula:
    """x to 20 binary digits after the point; for |x| < 64 its products with another of 26 digits are exact."""
    return Call("floor", x * 2.0**20) / 2.0**20


def exp_of_square(x: Operand, factor: float) -> tuple[Formula, Formula]:
    """exp(factor·x²), and what it lacks because x² is rounded: exp multiplies that error by an exponent of up to 700."""
    x = lift(x)
    high, square = leading(x), x * x
    power = exp(factor * square)
    lost = (high * high - square) + (x - high) * (x + high)
    return power, power * (factor * lost)


def gaussian(x: Operand) -> Formula:
    """exp(-x²)."""
    power, lost = exp_of_square(x, -1.0)
    return choose(abs(lift(x)) >= 28, 0, power + lost)  # this way round, NaN is not hidden


def shifted(x: Operand) -> Formula:
    """exp(x - max), which cannot overflow, for the elements of a list."""
    return exp(x - shift(x))


def shift(x: Operand) -> Formula:
    """The maximum of a list, or 0 where that is infinite, for ∞ - ∞ is NaN."""
    largest = Fold("max", x)
    return choose(equal(largest - largest, 0), largest, 0)


def power_slope(v: Operand, x: Operand, y: Operand) -> Formula:
    """y·x**(y - 1) where y - 1 is exact, else y·v/x: (-1)**1e16 has the slope -1e16, and y - 1 would be even.

    For |y| < 1 the former's power can overflow, and for y = 0 it is 0·∞, but its slope by y is not 0.
    """
    exact = equal(y - (y - 1), 1)  # for y ≥ ½; below the rounding of y - 1 may be lost in this difference
    with_one_less = y * x ** (y - 1)
    at_0 = choose(equal(y, 0), 0, with_one_less)
    return choose(
        ((y >= 0.5) | ((y < -0.002) & equal((y - 1) + 1, y))) & exact,
        with_one_less,
        choose(equal(x, 0), at_0, y * v / x),
    )


def hypot_slope(v: Operand, x: Operand, y: Operand) -> Formula:
    """x/v, of lengths that are multiplied first where v is subnormal; at infinity the limit, if there is one."""
    small = x * UP / Call("hypot", x * UP, y * UP)
    at_infinity = choose(abs(x) <= LARGEST, x / v, Call("tanh", x) + 0 * y)  # 0·y is NaN if y is infinite, too
    return choose(equal(v, 0), 0, choose((v >= SMALLEST) & (v <= LARGEST), x / v, choose(v < 1, small, at_infinity)))


def silu(x: Operand) -> Formula:
    """x/(1 + exp(-x)); where that exp would overflow, x·exp(x) by two factors, of which neither is subnormal."""
    below, half = 1 + exp(-choose(x < -709, -709, x)), exp(x / 2)
    return choose(x >= -709, x, choose(x < -800, 0, x * half * (half * below))) / below


def silu_slope(x: Operand) -> Formula:
    """σ(x)(1 + xσ(-x)), and what this tends to."""
    half = exp(x / 2)
    inside = Call("sigmoid", x) * (1 + x * Call("sigmoid", -x))
    return choose(x >= -709, choose(x > 709, 1, inside), choose(x < -800, 0, half * (1 + x) * half))


def normal_parts(x: Operand) -> tuple[Formula, Formula, Formula]:
    """x no further from 0 than 40, Φ of it to rounding, and the correction of that.

    Φ(x) = erfc(t)/2 with t = -x/√2, and erfc multiplies the relative error of t by some t(t + √(t² + 2)).
    """
    x = choose(x < -40, -40, choose(x > 40, 40, x))
    t, high = x * -ROOT_OF_HALF, leading(x)
    lost = (high * ROOT_HIGH + t) + (high * ROOT_LOW + (x - high) * ROOT_OF_HALF)  # what t is too large by
    rough = 0.5 * Call("erfc", t)
    return x, rough, rough * (lost * (t + Call("sqrt", t * t + 2)))


def gelu(x: Operand) -> Formula:
    """x·Φ(x)."""
    near, rough, correction = normal_parts(x)
    return choose(x < -40, 0, x) * choose(near > -1, rough, rough + correction)


def gelu_slope(x: Operand) -> Formula:
    """Φ(x) + x·exp(-x²/2)/√2π."""
    x, rough, correction = normal_parts(x)
    power, lost = exp_of_square(x, -0.5)
    return rough + choose(x > -1, x * power / ROOT_OF_2PI, correction + x * (power + lost) / ROOT_OF_2PI)
