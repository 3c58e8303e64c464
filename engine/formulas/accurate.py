"""Computed forms of the table's formulas: they keep the digits that the blackboard's forms lose, at both ends of the range.

>>> from chalkgrad.engine.formulas.trees import trace
>>> trace(lambda x: bell(x), "x").test
Test('>=', x, 0.0)

Each takes and returns formulas, and says what would go wrong without it. They are choices and arithmetic, so every target has
them; a comparison is false for NaN, so the last side of each choice is one that NaN passes through.
"""

from __future__ import annotations

import math

from chalkgrad.engine.formulas.trees import Call, Fold, Formula, choose, equal

ROUND = 1.5 * 2.0**32  # added to a number below 2**31 it leaves room for 20 binary digits after the point
UP = 2.0**100  # lifts subnormal numbers to where a float has all its digits
DOWN = 2.0**-100  # and takes the largest to where a sum of them fits
SMALLEST, LARGEST = 2.2250738585072014e-308, 1.7976931348623157e308  # of the numbers that have all digits
ROOT_OF_2PI = math.sqrt(2 * math.pi)
ROOT_OF_HALF, ROOT_HIGH, ROOT_LOW = math.sqrt(0.5), 0.7071067690849304, 1.210161710447897e-08  # √½, its first 26 bits, the rest


FAR = 2.0**28  # x² + 1 is x² from here on
LN2 = math.log(2)


def exp(x: Formula) -> Formula:
    return Call("exp", x)


def log1p(x: Formula) -> Formula:
    return Call("log1p", x)


def bell(x: Formula) -> Formula:
    """e/(1 + e)² with e = exp(-|x|), the slope of the s-shaped functions: it neither overflows nor cancels."""
    rising, falling = exp(x), exp(-x)
    return choose(x >= 0, falling / (1 + falling * (2 + falling)), rising / (1 + rising * (2 + rising)))


def tanh_slope(v: Formula, x: Formula) -> Formula:
    """1 - v² of v = tanh(x) as 4e/(1 + e)², e = exp(-2|x|), with 2/(1 + e) = 1 + |v|: arrays have no side to choose."""
    return exp(-2 * abs(x)) * (1 + abs(v)) ** 2


def gaussian(x: Formula) -> Formula:
    """exp(-x²) with x² exact: h is x to a few bits, so that h² is not rounded; (h - x)(h + x) is the rest of -x²."""
    h = Call("floor", x * 64) / 64
    return choose(abs(x) >= 28, 0, exp(-(h * h)) * exp((h - x) * (h + x)))  # this way round, NaN is not hidden


def shifted(x: Formula) -> Formula:
    """exp(x - max), which cannot overflow, for the elements of a list."""
    return exp(x - shift(x))


def shift(x: Formula) -> Formula:
    """The maximum of a list, or 0 where that is infinite, because ∞ - ∞ is NaN."""
    largest = Fold("max", x)
    return choose(equal(largest - largest, 0), largest, 0)


def power_slope(v: Formula, x: Formula, y: Formula) -> Formula:
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


def hypot_slope(v: Formula, x: Formula, y: Formula) -> Formula:
    """x/v, of lengths that are multiplied first where v is subnormal; at infinity the limit, if there is one."""
    small = choose(equal(v, 0), 0, x * UP / Call("hypot", x * UP, y * UP))
    at_infinity = choose(abs(x) <= LARGEST, x / v, Call("tanh", x) + 0 * y)  # 0·y is NaN if y is infinite, too
    return choose((v >= SMALLEST) & (v <= LARGEST), x / v, choose(v < 1, small, at_infinity))


def angle_slope(part: Formula, x: Formula, y: Formula) -> Formula:
    """part/(x² + y²) by the length, twice, because squares overflow; where the length itself does, of smaller numbers."""
    length, less = Call("hypot", x, y), Call("hypot", x * DOWN, y * DOWN)
    at_end = choose(length <= LARGEST, part / length / length, part * DOWN / less / less * DOWN)
    return choose(equal(length, 0), 0, at_end)


def floordiv(x: Formula, y: Formula) -> Formula:
    """Python's x // y: x/y may be rounded up to a whole number, so |x| less its remainder is divided, and signs come after.

    Of large numbers that quotient may end in ½ by rounding, which belongs to the whole number below, as Python has it.
    """
    rest = Call("mod", abs(x), abs(y))
    size = (abs(x) - rest) / abs(y)
    exact = choose((x >= 0) & (y > 0) | (x <= 0) & (y < 0), size, choose(rest > 0, -size - 1, -size))
    whole = Call("floor", exact)
    return choose(exact - whole > 0.5, whole + 1, whole)


def cbrt(x: Formula) -> Formula:
    """|x| to the power 1/3, no float itself, made exact by a step of Newton's method; 0 and infinity are their own roots."""
    size = abs(x)
    rough = size ** (1 / 3)
    root = rough - (rough - size / (rough * rough)) / 3
    return choose((size > 0) & (size <= LARGEST), choose(x < 0, -root, root), x)


def asinh(x: Formula) -> Formula:
    """log(|x| + √(x² + 1)), in which 1 is taken out for small x, and x² would overflow for large ones."""
    size = abs(x)
    square = size * size
    value = choose(size < FAR, log1p(size + square / (1 + Call("sqrt", square + 1))), Call("log", size) + LN2)
    return choose(x < 0, -value, value)


def acosh(x: Formula) -> Formula:
    """log(x + √(x² - 1)) with x = 1 + t; t|t + 2| is negative for every t below 0, so that there its root is NaN."""
    t = x - 1
    return choose(x < FAR, log1p(t + Call("sqrt", t * abs(t + 2))), Call("log", x) + LN2)


def atanh(x: Formula) -> Formula:
    """log((1 + |x|)/(1 - |x|))/2."""
    size = abs(x)
    value = log1p(2 * size / (1 - size)) / 2
    return choose(x < 0, -value, value)


def one_less_square(x: Formula) -> Formula:
    """1 - x², which cancels near ±1, and of which (1 - x)(1 + x) has a derivative that cancels near 0."""
    return choose(x * x < 0.25, 1 - x * x, (1 - x) * (1 + x))


def least(y: Formula) -> Formula:
    """The number of least size from y to 1: where a slope jumps from y to 1, the subgradient of least norm."""
    return choose(y < 0, 0, choose(y > 1, 1, y))


def elu_slope(x: Formula, y: Formula) -> Formula:
    """1 or y·exp(x), by two factors, because exp(x) may have lost digits that a large y shows."""
    half = exp(x / 2)
    return choose(x > 0, 1, choose(x < 0, y * half * half, least(y)))


def silu(x: Formula) -> Formula:
    """x/(1 + exp(-x)); where that exp would overflow, x·exp(x) by two factors, of which neither is subnormal."""
    half = exp(x / 2)
    return choose(x >= -709, x / (1 + exp(-x)), choose(x < -800, 0, x * half * half))


def silu_slope(x: Formula) -> Formula:
    """σ(x)(1 + xσ(-x)), and what this tends to."""
    half = exp(x / 2)
    inside = Call("sigmoid", x) * (1 + x * Call("sigmoid", -x))
    return choose(x >= -709, choose(x > 709, 1, inside), choose(x < -800, 0, half * (1 + x) * half))


def normal(x: Formula) -> tuple[Formula, Formula, Formula]:
    """x no further from 0 than 40; it to 20 binary digits after the point, so that products are exact; Φ(x) to rounding."""
    near = choose(x < -40, -40, choose(x > 40, 40, x))
    return near, (near + ROUND) - ROUND, 0.5 * Call("erfc", near * -ROOT_OF_HALF)


def gelu(x: Formula) -> Formula:
    """x·Φ(x), where Φ(x) = erfc(t)/2 with t = -x/√2: erfc multiplies the relative error of t by some t(t + √(t² + 2))."""
    near, first, rough = normal(x)
    t = near * -ROOT_OF_HALF
    lost = (first * ROOT_HIGH + t) + ((near - first) * ROOT_HIGH + near * ROOT_LOW)  # what t is too large by
    corrected = rough + rough * (lost * (t + Call("sqrt", t * t + 2)))
    return choose(x < -40, 0, x) * choose(near > -1, rough, corrected)


def gelu_slope(x: Formula) -> Formula:
    """Φ(x) + x·exp(-x²/2)/√2π, in which exp multiplies the error of x² by up to 700: below -1 that is taken out."""
    near, first, rough = normal(x)
    square = near * near
    power = exp(-0.5 * square)
    lost = (first * first - square) + (near - first) * (near + first)
    return rough + near * choose(near > -1, power, power - power * (0.5 * lost)) / ROOT_OF_2PI


def mish_parts(x: Formula) -> tuple[Formula, Formula]:
    """e = exp(-|x|), and (1 + exp(x))² + 1, for x above 0 times e²: tanh(softplus(x)) is a quotient of polynomials in e.

    It is written without |x|, whose derivative at 0 is 0, because the derivative of e there is not.
    """
    power = choose(x >= 0, exp(-x), exp(x))
    return power, choose(x >= 0, 1 + 2 * power * (1 + power), 2 + power * (2 + power))


def mish(x: Formula) -> Formula:
    """x·tanh(log(1 + exp(x))); below -1 x·exp(x) and a correction, far below by two factors, of which neither is subnormal."""
    e, under = mish_parts(x)
    half = exp(x / 2)
    near = x * (choose(x >= 0, 1 + 2 * e, e * (2 + e)) / under)
    left = x * e
    inside = choose(x < -1, left - left * (e * (1 + e) / under), near)
    return choose(x >= -708, inside, choose(x < -800, 0, x * half * half))


def mish_slope(x: Formula) -> Formula:
    """w + xσ(x)(1 - w²) with w = tanh(log(1 + exp(x))), 1 - w² as a quotient, too; and what this tends to."""
    e, under = mish_parts(x)
    half = exp(x / 2)
    w = choose(x >= 0, 1 + 2 * e, e * (2 + e)) / under
    rest = 4 * choose(x >= 0, e, 1) * e * (1 + e) / under / under  # (1 - w²)σ(x)
    return choose(x >= -40, choose(x > 400, 1, w + x * rest), choose(x < -800, 0, half * (1 + x) * half))
