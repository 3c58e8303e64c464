"""Elementary functions as formulas, for targets that do not have exp, sin or erf themselves.

>>> import math, operator
>>> from chalkgrad.engine.formulas.trees import evaluate
>>> functions = {"add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv}
>>> evaluate(FORMULAS["erf"], {"x": 3.0}, functions | {"abs": abs, "neg": operator.neg, "exp": math.exp})
0.9999779095030014

Each is a tree of + - * / neg abs sqrt floor and choose, in Argument("x") and for two arguments Argument("y"). Vector code
computes both sides of a choice, so choices are few, and the side that is not taken may be infinite or NaN. Three more
operations, which are not in the table of rules, are left to the target:

    fma(x, y, z)    x·y + z with one rounding
    scale(x, n)     x·2**n with one rounding, for a whole number n from -2200 to 2200; NaN for a NaN x and such an n
    exponent(x)     floor(log2(|x|)) for a finite x other than 0

Given anything else, scale and exponent may return any float: no formula depends on it. erf and erfc do without the three,
because JavaScript and NumPy use them too, and call exp instead. Results are as IEEE 754 and C99 have them, ±0, ±inf and NaN
included, and within 1.5 ulp (erfc: 2); sin, cos and tan up to the |x| in LIMITS.

A value known to more than a float is a sum high + low of two: `low` is what rounding took from `high`. High parts are
computed without error, where x - y of neighbours is exact or an fma gets at the rest, and low parts are added last.
"""

from __future__ import annotations

import math

from chalkgrad.engine.formulas.trees import Call, Constant, Formula, Operand, Test, choose, equal, lift, trace

# A Constant is a finite number, so infinity and NaN are computed.
INFINITY = Constant(1e308) * 1e308
NAN = INFINITY - INFINITY

# Adding 1.5·2**52 to a number below 2**51 leaves no room for a fraction: it is rounded to the nearest whole number.
ROUND = 1.5 * 2.0**52

LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # HIGH has 32 bits: n·HIGH is exact
PI_HALVES = 1.57079632679489655800e00, 6.12323399573676603587e-17


def fma(x: Operand, y: Operand, z: Operand) -> Formula:
    """x·y + z with one rounding."""
    return Call("fma", x, y, z)


def scale(x: Operand, n: Operand) -> Formula:
    """x·2**n with one rounding."""
    return Call("scale", x, n)


def exponent(x: Operand) -> Formula:
    """floor(log2(|x|))."""
    return Call("exponent", x)


def sqrt(x: Operand) -> Formula:
    return Call("sqrt", x)


def floor(x: Operand) -> Formula:
    return Call("floor", x)


def polynomial(x: Formula, *coefficients: Operand) -> Formula:
    """c0 + c1·x + c2·x² + …, by Horner's rule."""
    value = lift(coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        value = fma(value, x, coefficient)
    return value


def plain_polynomial(x: Formula, *coefficients: float) -> Formula:
    """The same polynomial without fma."""
    value: Operand = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        value = value * x + coefficient
    return lift(value)


def first_bits(x: Formula, digits: int) -> Formula:
    """x rounded down to so many binary digits after the point."""
    return floor(x * 2.0**digits) * 2.0**-digits


def odd_or_even(whole: Formula) -> tuple[Test, Formula]:
    """Whether a whole number is odd, and the floor of its half."""
    half = whole * 0.5
    below = floor(half)
    return below < half, below


# Exponentials -------------------------------------------------------------------------------------------------------------

# (exp(r) - 1 - r)/r² for |r| ≤ ln(2)/2, minimax: the error is 4e-18 of exp(r).
EXP = (
    0.5000000000000012,
    0.16666666666666696,
    0.04166666666652155,
    0.008333333333307996,
    0.001388888894566245,
    0.00019841269915886678,
    2.4801491159914764e-05,
    2.755721749103342e-06,
    2.7630894897201267e-07,
    2.5117520852043312e-08,
)


def powers_of_two_in(x: Formula) -> tuple[Formula, Formula, Formula]:
    """The whole number n nearest to x/ln 2, and what n·ln 2 leaves of x: less than ln(2)/2, high and low."""
    n = fma(x, 1 / math.log(2), ROUND) - ROUND
    rough = fma(n, -LN2_HIGH, x)
    r = fma(n, -LN2_LOW, rough)
    return n, r, fma(n, -LN2_LOW, rough - r)


def unlimited_exp(x: Formula) -> Formula:
    """exp for |x| ≤ 746."""
    n, r, _ = powers_of_two_in(x)
    return scale(polynomial(r, 1, 1, *EXP), n)


def overflowing(size: Formula) -> Formula:
    """Infinity, with the sign of a large number or infinity, and NaN for NaN."""
    return size * 1e308


def exp(x: Formula) -> Formula:
    return choose(x <= 746, choose(x >= -746, unlimited_exp(x), 0), overflowing(x))


def expm1(x: Formula) -> Formula:
    """2**n·exp(r) - 1 = (2**n - 1) + 2**n·r + 2**n·(exp(r) - 1 - r), all of it halved, because 2**1024 is not a float."""
    n, r, low = powers_of_two_in(x)
    power = scale(0.5, n)
    minus_one = power - 0.5
    linear = power * r
    high = minus_one + linear
    rest = linear - (high - minus_one)
    half = high + fma(power, fma(r * r, polynomial(r, *EXP), low), rest)
    inside = choose(abs(x) < 1e-20, x, half + half)  # so that -0 stays -0
    return choose(x <= 710, choose(x >= -40, inside, -1), overflowing(x))


# (sinh(r) - r)/r³ and (cosh(r) - 1)/r² in r², for |r| ≤ ln(2)/2, minimax: errors of 1e-18 and 2e-21.
SINH = 0.16666666666666669, 0.008333333333330044, 0.000198412698631448, 2.7557268318969005e-06, 2.510045233195098e-08
COSH = (
    0.5,
    0.04166666666666668,
    0.0013888888888879019,
    2.4801587336586866e-05,
    2.7557263124735404e-07,
    2.0918194705404755e-09,
)


def hyperbolic(x: Formula) -> tuple[Formula, Formula]:
    """sinh and cosh of n·ln 2 + r for |x| ≤ 710.5, by the addition theorems; halved at first, as 2**1024 is not a float."""
    n, r, low = powers_of_two_in(x)
    square = r * r
    sinh_rest = fma(r * square, polynomial(square, *SINH), low)  # sinh(r) - r
    cosh_rest = square * polynomial(square, *COSH)  # cosh(r) - 1
    up, down = scale(0.25, n), scale(0.25, -n)
    cosh_n, sinh_n = up + down, up - down

    def combined(one: Formula, other: Formula) -> Formula:
        """one·cosh(r) + other·sinh(r), exact in the terms 1 and r."""
        high = fma(other, r, one)
        rest = fma(other, r, one - high)
        half = high + fma(other, sinh_rest, fma(one, cosh_rest, rest))
        return half + half

    return combined(sinh_n, cosh_n), combined(cosh_n, sinh_n)


def sinh(x: Formula) -> Formula:
    size = abs(x)
    inside = choose(size < 1e-9, x, hyperbolic(x)[0])
    return choose(size <= 710.5, inside, overflowing(x))


def cosh(x: Formula) -> Formula:
    size = abs(x)
    return choose(size <= 710.5, hyperbolic(x)[1], overflowing(size))


# (tanh(x) - x)/x³ as a quotient of polynomials in x², for |x| ≤ 0.9, minimax: the error is 1e-19 of tanh(x).
TANH_OVER = -0.3333333333333333, -0.02141036103722465, -0.0002433185469937743, -1.7274409827624522e-08
TANH_UNDER = 1, 0.464231083111673, 0.024517626980900407, 0.0002543452440033354


def tanh(x: Formula) -> Formula:
    """1 - 2/(exp(2x) + 1), or for small x a rational function; both are y + y·(a quotient)."""
    size, square = abs(x), x * x
    power = unlimited_exp(2 * choose(size < 22, size, 22))  # beyond 22 it is 1
    over, under = polynomial(square, *TANH_OVER), polynomial(square, *TANH_UNDER)
    large = size >= 0.9
    quotient = choose(large, -2, square * over) / choose(large, power + 1, under)
    y = choose(large, choose(x < 0, -1, 1), x)
    return choose(equal(x, 0), x, fma(y, quotient, y))


# Logarithms ---------------------------------------------------------------------------------------------------------------

# ((log(1 + f) - f + f²/2)/s - f²/2)/s² in s², s being f/(2 + f), for 1 + f from √½ to √2: fdlibm's, by Sun Microsystems.
LOG = (
    6.666666666666735130e-01,
    3.999999999940941908e-01,
    2.857142874366239149e-01,
    2.222219843214978396e-01,
    1.818357216161805012e-01,
    1.531383769920937332e-01,
    1.479819860511658591e-01,
)


def mantissa(x: Formula) -> tuple[Formula, Formula]:
    """n and m with x = m·2**n and m from √½ to √2."""
    n = exponent(x)
    m = scale(x, -n)
    large = m > math.sqrt(2)
    return choose(large, n + 1, n), choose(large, m * 0.5, m)


def log_of(n: Formula, f: Formula, low: Formula) -> Formula:
    """log(2**n·(1 + f)) + low, for 1 + f from √½ to √2."""
    s = f / (2 + f)
    square = s * s
    half = 0.5 * f * f
    rest = fma(s, fma(square, polynomial(square, *LOG), half), fma(n, LN2_LOW, low))
    return fma(n, LN2_HIGH, f - (half - rest))


def log(x: Formula) -> Formula:
    n, m = mantissa(x)
    inside = log_of(n, m - 1, lift(0))
    return choose(x > 0, choose(x < INFINITY, inside, x), choose(equal(x, 0), -INFINITY, NAN))


def log1p(x: Formula) -> Formula:
    """log(1 + x), corrected by what rounding took from 1 + x: f takes up most of it, the rest is multiplied by log's slope."""
    whole = 1 + x
    back = whole - x
    lost = (x - (whole - back)) + (1 - back)
    n, m = mantissa(whole)
    lost = scale(lost, -n)
    f = (m - 1) + lost
    low = lost - (f - (m - 1))
    inside = log_of(n, f, low * fma(f, -0.7, 1))
    inside = choose(equal(x * 0.5, x), x, inside)  # ±0 and inf stay
    return choose(x > -1, inside, choose(equal(x, -1), -INFINITY, NAN))


# (2**r - 1)/r for |r| ≤ ½, minimax: the error is 4e-18 of 2**r.
EXP2 = (
    0.6931471805599453,
    0.24022650695910133,
    0.05550410866482174,
    0.009618129107592835,
    0.0013333558146378479,
    0.00015403530458783717,
    1.5252733868114776e-05,
    1.3215434433430106e-06,
    1.0178046211082804e-07,
    7.073930880270003e-09,
    4.4574261610586967e-10,
)
# 1/5 + z/7 + z²/9 + … for z up to (3 - √8)², minimax: atanh(s) = s·(1 + z·(1/3 + z·(this))) with z = s².
ATANH = (
    0.2,
    0.14285714285714687,
    0.11111111110825082,
    0.09090909168292834,
    0.07692297422074572,
    0.06667405359879056,
    0.05853042153963177,
    0.05862342372535502,
)
THIRD = 0.3333333333333333, 1.850371707708594e-17
FIFTH_LOW = -1.1102230246251566e-17  # what the float 0.2 lacks
LOG10_OF_2 = 0.3010299956639812, -2.8037281277851704e-18
TWO_OVER_LN2 = 2.8853900817779268, 4.0710547481862066e-17


def log2_in_two_parts(n: Formula, m: Formula, inverse: Formula) -> tuple[Formula, Formula]:
    """n + log2(m), high and low, from 1/(m + 1): twice atanh(s) over ln 2, s being (m - 1)/(m + 1)."""
    whole = m + 1
    f = m - 1
    s = f * inverse
    s_low = fma(-s, m - (whole - 1), fma(-s, whole, f)) * inverse
    z = s * s
    z_low = fma(s, s, -z) + 2 * s * s_low
    slope = polynomial(z, *ATANH)
    rising = z * slope
    rising_low = fma(z_low, slope, fma(z, slope, -rising)) + fma(z, FIFTH_LOW, THIRD[1])
    factor = THIRD[0] + rising
    factor_low = ((THIRD[0] - factor) + rising) + rising_low
    third = z * factor
    third_low = fma(z, factor, -third) + fma(z, factor_low, z_low * factor)
    cube = s * third
    cube_low = fma(s, third, -cube) + fma(s, third_low, fma(s_low, third, s_low))
    angle = s + cube
    angle_low = (cube - (angle - s)) + cube_low
    log = angle * TWO_OVER_LN2[0]
    log_low = fma(angle, TWO_OVER_LN2[0], -log) + fma(angle, TWO_OVER_LN2[1], angle_low * TWO_OVER_LN2[0])
    high = n + log
    return high, (log - (high - n)) + log_low


def log_to_base(x: Formula, high: float, low: float) -> Formula:
    """log2(x)·(high + low), in two parts, so that the logarithm of a power of the base is a whole number."""
    n, m = mantissa(x)
    log2, log2_low = log2_in_two_parts(n, m, 1 / (m + 1))
    product = log2 * high
    inside = product + fma(log2, high, -product) + fma(log2, low, log2_low * high)
    return choose(x > 0, choose(x < INFINITY, inside, x), choose(equal(x, 0), -INFINITY, NAN))


def log2(x: Formula) -> Formula:
    return log_to_base(x, 1.0, 0.0)


def log10(x: Formula) -> Formula:
    return log_to_base(x, *LOG10_OF_2)


def odd_whole(y: Formula) -> Test:
    """Whether y is an odd whole number."""
    half = y * 0.5
    return (floor(half) < half) & equal(floor(y), y)


def pow(x: Formula, y: Formula) -> Formula:  # noqa: A001 - the table's name
    """2**(y·log2(|x|)), the logarithm and the product in two parts, with the sign of x if y is odd."""
    size = abs(x)
    n, m = mantissa(size)
    zero = equal(size, 0)
    inverse = 1 / choose(zero, x, m + 1)  # tells -0 from 0
    log2, log2_low = log2_in_two_parts(n, m, inverse)
    log2 = choose((size > 0) & (size < INFINITY), log2, choose(zero, -INFINITY, size))  # NaN stays NaN
    product = y * log2
    product_low = fma(y, log2, -product) + y * log2_low
    whole = (product + ROUND) - ROUND
    r = product - whole
    slope = polynomial(r, *EXP2)
    high = fma(r, slope, 1)
    rest = fma(product_low * math.log(2), high, fma(r, slope, 1 - high))
    power = choose(product <= 1025, choose(product >= -1080, scale(high + rest, whole), 0), overflowing(product))
    power = choose(equal(y, 0) | equal(size, 1), 1, power)
    odd = odd_whole(y)
    signed = choose((choose(zero, inverse, x) < 0) & odd, -power, power)
    return choose((x >= 0) | equal(floor(y), y) | equal(size, INFINITY), signed, NAN)


def hypot(x: Formula, y: Formula) -> Formula:
    x, y = abs(x), abs(y)
    first = (x > y) | equal(x, INFINITY)  # an infinity wins over NaN
    large, small = choose(first, x, y), choose(first, y, x)
    n = exponent(large)
    a, b = scale(large, -n), scale(small, -n)
    inside = scale(sqrt(fma(a, a, b * b)), n)
    return choose(large > 0, choose(large < INFINITY, inside, large), large + small)


# Trigonometric ------------------------------------------------------------------------------------------------------------

# π/2 in three parts (Cody and Waite): x - n·(the first) is exact by fma, because it is small and ends where x or 2**-53 does;
# n times the second, of 33 bits, is exact for n below 2**20; the third is as long as a float.
PI_HALVES_1, PI_HALVES_2, PI_HALVES_3 = 1.5707963267948966, 6.12323399538461e-17, 3.5215598651832e-27
LIMITS: dict[str, float] = dict.fromkeys(("sin", "cos", "tan"), 1e6)

# (sin(r) - r)/r³ and (cos(r) - 1 + r²/2)/r⁴ in r², for |r| ≤ π/4: fdlibm's, by Sun Microsystems.
SIN = (
    -1.66666666666666324348e-01,
    8.33333333332248946124e-03,
    -1.98412698298579493134e-04,
    2.75573137070700676789e-06,
    -2.50507602534068634195e-08,
    1.58969099521155010221e-10,
)
COS = (
    4.16666666666666019037e-02,
    -1.38888888888741095749e-03,
    2.48015872894767294178e-05,
    -2.75573143513906633035e-07,
    2.08757232129817482790e-09,
    -1.13596475577881948265e-11,
)


def quarter_turns_in(x: Formula) -> tuple[Formula, Formula, Formula]:
    """The whole number n nearest to x/(π/2), and what n·π/2 leaves of x, high and low."""
    n = fma(x, 2 / math.pi, ROUND) - ROUND
    minus = -n
    rough = fma(minus, PI_HALVES_1, x)
    r = fma(minus, PI_HALVES_2, rough)
    return n, r, fma(minus, PI_HALVES_3, fma(minus, PI_HALVES_2, rough - r))


def sin_and_cos(r: Formula, low: Formula) -> tuple[Formula, Formula, Formula, Formula]:
    """sin and cos of r + low, |r| ≤ π/4, each high and low."""
    square = r * r
    sin_low = fma(r * square, polynomial(square, *SIN), low)
    high = fma(square, -0.5, 1)
    rest = fma(square, -0.5, 1 - high)
    cos_low = fma(square * square, polynomial(square, *COS), fma(-r, low, rest))
    return r, sin_low, high, cos_low


def sin(x: Formula) -> Formula:
    n, r, low = quarter_turns_in(x)
    s, s_low, c, c_low = sin_and_cos(r, low)
    odd, half = odd_or_even(n)
    value = choose(odd, c + c_low, s + s_low)
    return choose(equal(x, 0), x, choose(odd_or_even(half)[0], -value, value))


def cos(x: Formula) -> Formula:
    n, r, low = quarter_turns_in(x)
    s, s_low, c, c_low = sin_and_cos(r, low)
    odd, _ = odd_or_even(n)
    value = choose(odd, s + s_low, c + c_low)
    return choose(odd_or_even(floor(n * 0.5 + 0.5))[0], -value, value)


def tan(x: Formula) -> Formula:
    """sin/cos or -cos/sin, the quotient corrected by its remainder."""
    n, r, low = quarter_turns_in(x)
    s, s_low, c, c_low = sin_and_cos(r, low)
    odd, _ = odd_or_even(n)
    over, over_low = choose(odd, -c, s), choose(odd, -c_low, s_low)
    under, under_low = choose(odd, s, c), choose(odd, s_low, c_low)
    whole = under + under_low
    under_low = (under - whole) + under_low
    inverse = 1 / whole
    quotient = over * inverse
    left = fma(-quotient, whole, over) + fma(-quotient, under_low, over_low)
    return choose(equal(x, 0), x, fma(left, inverse, quotient))


# (asin(r) - r)/r³ in r², for |r| ≤ ½, minimax: the error is 2e-17 of asin(r).
ASIN = (
    0.16666666666666458,
    0.07500000000121546,
    0.04464285698593755,
    0.03038195328434151,
    0.022371886000067787,
    0.01735792807182888,
    0.013901525034266787,
    0.012069266856768386,
    0.006934203109219215,
    0.018478382459397272,
    -0.014661802758561255,
    0.030892816831561705,
)


def half_angle(x: Formula) -> tuple[Test, Formula, Formula, Formula]:
    """Whether |x| < ½; r with asin(|x|) = asin(r) if so, else π/2 - 2·asin(r); what rounding took from r; asin(r) - r."""
    size = abs(x)
    small = size < 0.5
    square = choose(small, x * x, fma(size, -0.5, 0.5))
    root = sqrt(square)
    lost = fma(-root, root, square) / fma(root, 2, 1e-300)  # the root may be 0
    r = choose(small, size, root)
    return small, r, lost, r * square * polynomial(square, *ASIN)


def asin(x: Formula) -> Formula:
    small, r, lost, rest = half_angle(x)
    high, low = PI_HALVES
    double = r + r
    value = high - double
    large = value + (((high - value) - double) + fma(rest + lost, -2, low))
    return choose(small, choose(equal(x, 0), x, choose(x < 0, -(r + rest), r + rest)), choose(x < 0, -large, large))


def acos(x: Formula) -> Formula:
    """A multiple of π/2, less an angle that has the sign of x if x is small, and else the opposite sign."""
    small, r, lost, rest = half_angle(x)
    high, low = PI_HALVES
    negative = x < 0
    turn = choose(small, high, choose(negative, 2 * high, 0))
    angle, angle_low = choose(small, r, r + r), choose(small, rest, 2 * (rest + lost))
    plus = choose(small, 1, -1) * choose(negative, -1, 1)
    angle, angle_low = plus * angle, plus * angle_low
    value = turn - angle
    return value + (((turn - value) - angle) + fma(turn, low / high, -angle_low))


# (r - atan(r))/r³ in r², for |r| ≤ ½, minimax: the error is 6e-18 of atan(r).
ATAN = (
    0.33333333333333276,
    -0.1999999999996496,
    0.14285714280996406,
    -0.11111110833587816,
    0.09090900099783698,
    -0.07692128078351523,
    0.06664312381319248,
    -0.058614055555065346,
    0.05134734619007868,
    -0.04219637377644071,
    0.027931195081607317,
    -0.010442488277827618,
)


def atan(x: Formula) -> Formula:
    """An eighth turn plus atan((x - 1)/(x + 1)), a quarter turn plus atan(-1/x), or atan(x/1): one quotient for all."""
    size = abs(x)
    size = choose(size > 2.0**60, 2.0**60, size)  # infinity would leave inf - inf
    middle, large = size > 0.5, size > math.sqrt(2) + 1
    whole = size + 1
    over = choose(large, -1, choose(middle, size - 1, size))
    under = choose(large, size, choose(middle, whole, 1))
    turn = choose(large, PI_HALVES[0], choose(middle, PI_HALVES[0] / 2, 0))
    inverse = 1 / under
    r = over * inverse
    lost = choose(middle, size - (whole - 1), 0)  # what whole rounds off
    left = fma(-r, lost, fma(-r, under, over)) * inverse
    square = r * r
    low = fma(-r * square, polynomial(square, *ATAN), fma(turn, PI_HALVES[1] / PI_HALVES[0], left))
    value = turn + r
    value = value + ((r - (value - turn)) + low)
    return choose(x < 0, -value, choose(x > 0, value, x))


def atan2(y: Formula, x: Formula) -> Formula:
    """A multiple of an eighth turn plus the arctangent of (|y| - |x|)/(|y| + |x|), -|x|/|y| or |y|/|x|, as in atan."""
    width, height = abs(x), abs(y)
    largest = choose(width > height, width, height)
    n = exponent(largest)
    finite = (largest > 0) & (largest < INFINITY)
    # For infinities and zeros the same with the lengths 1 and 0.
    endless = equal(largest, INFINITY)
    a = choose(finite, scale(width, -n), choose(endless, choose(equal(width, INFINITY), 1, 0), 1))
    b = choose(finite, scale(height, -n), choose(endless, choose(equal(height, INFINITY), 1, 0), 0))
    middle, large = b > 0.5 * a, b > (math.sqrt(2) + 1) * a
    whole, difference = b + a, b - a
    over = choose(large, -a, choose(middle, difference, b))
    over_low = choose(large, 0, choose(middle, (b - difference) - a, 0))
    under = choose(large, b, choose(middle, whole, a))
    lost = choose(large, 0, choose(middle, choose(b > a, a - (whole - b), b - (whole - a)), 0))  # what whole rounds off
    inverse = 1 / under
    r = over * inverse
    left = fma(-r, lost, fma(-r, under, over) + over_low) * inverse
    square = r * r
    rest = left - r * square * polynomial(square, *ATAN)
    # Left of the y-axis the angle is π less that.
    negative = (x < 0) | (equal(x, 0) & (1 / x < 0))
    turn = PI_HALVES[0] * choose(large, 1, choose(middle, choose(negative, 1.5, 0.5), choose(negative, 2, 0)))
    r, rest = choose(negative, -r, r), choose(negative, -rest, rest)
    rest = fma(turn, PI_HALVES[1] / PI_HALVES[0], rest)
    value = turn + r
    value = value + ((r - (value - turn)) + rest)
    value = choose(equal(x, x) & equal(y, y), value, NAN)
    return choose((y < 0) | (equal(y, 0) & (1 / y < 0)), -value, value)


# The error function -------------------------------------------------------------------------------------------------------

# 0.9375 + 1.625x - exp(-x²)/erfc(x) as a quotient of polynomials, for x from 0 to 28, minimax: the error is 6e-18 of the
# last term, of which the difference is at most a tenth.
ERFC_OVER = (
    -0.0625,
    0.35059706507248234,
    0.7179229469953748,
    0.6478655898195917,
    0.3515000474407681,
    0.12283828063628215,
    0.026225890299506855,
    0.0021450118923165267,
    -0.0005528807278279752,
    -0.00021580976962924173,
    -3.2199446112303905e-05,
    -2.035021517923329e-06,
)
ERFC_UNDER = (
    1.0,
    2.3363802853120808,
    2.706122104684406,
    2.0074898782252366,
    1.0463243697537379,
    0.39851659443152315,
    0.112165752217754,
    0.02306179278043619,
    0.0033268879901776423,
    0.00030611579672452016,
    1.3801074067791517e-05,
)
# erf(x)/x - 1 as a quotient of polynomials in x², for |x| ≤ 1, minimax: the error is 7e-19.
ERF_OVER = (
    0.1283791670955126,
    -0.31701407537574466,
    -0.048309898394154685,
    -0.008812552889873725,
    -0.000495133679028565,
    -2.0710293676317748e-05,
)
ERF_UNDER = (
    1.0,
    0.46045098276821,
    0.09378430039273006,
    0.01068739109773341,
    0.0006919200254801852,
    2.0784019039119642e-05,
)


def erfc(x: Formula) -> Formula:
    """exp(-x²) divided by a function that is nearly a straight line.

    Only the rounding of exp and of the last addition matters: what x² loses to rounding corrects the divisor, and the divisor
    and the first digits of the quotient have so few bits that their product is exact, and with it the remainder.
    """
    size = abs(x)
    size = choose(size > 28, 28, size)
    h = first_bits(size, 21)
    rest = size - h
    square = size * size
    square_low = (h * h - square) + rest * (size + h)
    line = 0.9375 + 1.625 * h
    bend = 1.625 * rest - plain_polynomial(size, *ERFC_OVER) / plain_polynomial(size, *ERFC_UNDER)
    bend = bend + (line + bend) * square_low
    whole = line + bend
    divisor = first_bits(whole, 20)
    divisor_low = bend - (divisor - line)
    power, inverse = Call("exp", -square), 1 / whole
    rough = power * inverse
    large = rough * (2.0**27 + 1)
    quotient = large - (large - rough)
    value = quotient + ((power - quotient * divisor) - quotient * divisor_low) * inverse
    return choose(x < 0, 2 - value, value)


def erf(x: Formula) -> Formula:
    """1 - erfc(x), or for small x a rational function; both are y + y·(a quotient)."""
    size = abs(x)
    size = choose(size > 6, 6, size)  # beyond 6 it is 1
    square = size * size
    over, under = plain_polynomial(size, *ERFC_OVER), plain_polynomial(size, *ERFC_UNDER)
    large = size >= 0.9
    over, under = (
        choose(large, -(Call("exp", -square) * under), plain_polynomial(square, *ERF_OVER)),
        choose(large, (0.9375 + 1.625 * size) * under - over, plain_polynomial(square, *ERF_UNDER)),
    )
    y = choose(large, choose(x < 0, -1, 1), x)
    return y + y * (over / under)


_OF_ONE = exp, expm1, log, log1p, log2, log10, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, erf, erfc
_OF_TWO = pow, hypot, atan2
FORMULAS: dict[str, Formula] = {function.__name__: trace(function, "x") for function in _OF_ONE} | {
    function.__name__: trace(function, "x", "y") for function in _OF_TWO
}
