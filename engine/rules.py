"""The table of operations: for each its value, its local derivatives, its domain and its kinks. Mathematics only.

Legend: `x`, `y` (and `z`) are the arguments, `v` the value; `d` lists ∂v/∂x, ∂v/∂y as they are computed, `on_arrays` as they
are on arrays, `shown` as a blackboard has them, if that differs. A value of None is a primitive: every target (Python, …)
brings its own; a notation of None is the value written out. Formulas are ordinary lambdas, traced once into trees
(formulas/trees.py); in them `choose(test, this, that)` computes only the side it takes. A computed form replaces the
blackboard's where that would lose digits or overflow; longer ones, with their reasons, are in formulas/accurate.py. Inside a
domain values are within 2 ulp, local derivatives within 4, if the platform's own functions are within 1 (glibc's erfc is off
by up to 2.4, its tanh by 2.1) and what is subnormal on the way is so in the result, too; tests/oracle.py has the few
exceptions, each with its reason, and `python -m bench.proof operations` measures all.

At a kink the derivative is the subgradient of least norm: 0 for relu and |x| at 0, 0.5 each for a tie of max.

To add an operation, add its entry here and its line in the oracle, tests/oracle.py, and run
`python -m chalkgrad.engine.words.write_operators`.

>>> RULES["tanh"].shown
(sub(1.0, pow(v, 2.0)),)
"""

from __future__ import annotations

import math
from functools import partial

from chalkgrad.engine.formulas import accurate
from chalkgrad.engine.formulas.notation import ATOM, COMPARISON, NEGATIVE, POWER, PRODUCT, QUOTIENT, SUM, named, written
from chalkgrad.engine.formulas.rule import RULES, Rule
from chalkgrad.engine.formulas.trees import Call, Constant, Fold, choose, equal

__all__ = ["PARTIALS", "RULES", "SHOWN", "Rule"]

# Symbols for operations of the table, to write formulas with.
floor, hypot, exp, expm1, log, log1p, sqrt = (
    partial(Call, name) for name in ["floor", "hypot", "exp", "expm1", "log", "log1p", "sqrt"]
)
sin, cos, asin_slope, atan_slope, sinh, cosh, tanh = (
    partial(Call, name) for name in ["sin", "cos", "asin_slope", "atan_slope", "sinh", "cosh", "tanh"]
)
erf, gaussian, sigmoid, sigmoid_slope, tanh_half, softplus = (
    partial(Call, name) for name in ["erf", "gaussian", "sigmoid", "sigmoid_slope", "tanh_half", "softplus"]
)
PI, LN2, LN10 = Constant(math.pi), math.log(2), math.log(10)  # PI is written π
SELU, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # which keep mean 0 and variance 1 (Klambauer et al., 2017)

# fmt: off
# The right-hand sides stand under each other, so that they can be proof-read against a handbook.
_TABLE = [
    # Arithmetic ------------------------------------------------------------------------------------------------------
    Rule("add", None, [lambda v, x, y: 1,
                       lambda v, x, y: 1],
         written("{} + {}", "{} + {}", SUM, (SUM, PRODUCT)), says="the sum x + y",
         inside=[(2, -3), (1e300, 1e300)], outside=[(1.7e308, 1.7e308)]),
    Rule("sub", None, [lambda v, x, y: 1,
                       lambda v, x, y: -1],
         written("{} - {}", "{} - {}", SUM, (SUM, PRODUCT)), says="the difference x - y",
         inside=[(2, -3), (1, 1)], outside=[(1.7e308, -1.7e308)]),
    Rule("mul", None, [lambda v, x, y: y,
                       lambda v, x, y: x],
         written("{}·{}", r"{} \cdot {}", PRODUCT, (PRODUCT, PRODUCT)), says="the product x·y",
         inside=[(2, -3), (0, 5)], outside=[(1e200, 1e200)]),
    Rule("div", None, [lambda v, x, y: 1 / y,
                       lambda v, x, y: -v / y],       # -x/y² overflows for small y
         written("{}/{}", r"\frac{{{}}}{{{}}}", PRODUCT, (PRODUCT, QUOTIENT)), says="the quotient x/y",
         shown=[lambda v, x, y: 1 / y,
                lambda v, x, y: -(x / y**2)],
         domain=(lambda x, y: (y < 0) | (y > 0), "a divisor other than 0"),
         inside=[(2, -3), (0, 5), (1, 1e-3)], outside=[(1, 0), (0, 0)]),
    Rule("pow", None, [lambda v, x, y: accurate.power_slope(v, x, y),
                       lambda v, x, y: choose(equal(x, 0), 0, log(x) * v)],
         written("{}^{}", "{}^{{{}}}", POWER, (ATOM, POWER + 1)), says="x to the power y",
         shown=[lambda v, x, y: choose(equal(y, 0), 0, y * x ** (y - 1)),
                lambda v, x, y: choose(equal(x, 0), 0, log(x) * v)],
         domain=(lambda x, y: (x > 0) | (equal(x, 0) & (y >= 0)) | ((x < 0) & equal(floor(y), y)),
                 "a positive base, or a base of 0 with an exponent ≥ 0, or a negative base with a whole exponent"),
         hint="for an odd root of a negative number write -((-x)**p)",
         kink="x**0 is 1 with derivative 0 everywhere, at x = 0 too; 0**y has derivative 0 by y",
         inside=[(2, 3), (-3, 2), (0, 0), (0, 2), (0.1, 0.3), (9, 0.5), (2, -1.5)],
         outside=[(-8, 1 / 3), (0, -1), (1e200, 2)]),
    Rule("neg", None, [lambda v, x: -1],
         written("-{}", "-{}", NEGATIVE, (PRODUCT,)), says="the negative -x", inside=[(2,), (-3,)]),
    Rule("pos", None, [lambda v, x: 1],
         written("+{}", "+{}", NEGATIVE, (PRODUCT,)), says="x itself, as +x", inside=[(2,), (-3,)]),
    Rule("abs", None, [lambda v, x: choose(x > 0, 1, choose(x < 0, -1, 0))],
         written("|{}|", r"\left|{}\right|"), says="the absolute value |x|",
         kink="the derivative of |x| at 0 is 0", inside=[(2,), (-3,), (0,)]),
    Rule("floor", None, [lambda v, x: 0],
         written("⌊{}⌋", r"\left\lfloor {} \right\rfloor"), says="the largest whole number up to x",
         kink="the derivative is 0 everywhere, at whole numbers too", inside=[(2.5,), (-3.5,), (2,)]),
    Rule("ceil", lambda x: 0 - floor(-x), [lambda v, x: 0],            # -floor(-x) is -0 for 0
         written("⌈{}⌉", r"\left\lceil {} \right\rceil"), says="the smallest whole number from x",
         kink="the derivative is 0 everywhere, at whole numbers too", inside=[(2.5,), (-3.5,), (2,)]),
    Rule("sign", lambda x: choose(x > 0, 1, choose(x < 0, -1, abs(x))), [lambda v, x: 0],     # NaN stays
         named("sign", r"\operatorname{{sgn}}"), says="1 where x > 0, -1 where x < 0, 0 at 0; no gradient passes",
         kink="the derivative is 0 everywhere, at 0 too", inside=[(2,), (-3,)]),
    Rule("mod", None, [lambda v, x, y: 1,
                       lambda v, x, y: 0 - floor((x - v) / y + 0.5)],  # x/y may have been rounded up to a whole number
         written("{} mod {}", r"{} \bmod {}", COMPARISON, (PRODUCT, QUOTIENT)),
         shown=[lambda v, x, y: 1,
                lambda v, x, y: -floor(x / y)],
         domain=(lambda x, y: (y < 0) | (y > 0), "a divisor other than 0"),
         says="x modulo y, with the sign of y, as Python's x % y",
         kink="where x is a multiple of y it jumps, and both derivatives are those on the side where it is near 0",
         inside=[(5.5, 2), (-5.5, 2), (5.5, -2)], outside=[(1, 0), (0, 0)]),
    Rule("floordiv", lambda x, y: accurate.floordiv(x, y),
         [lambda v, x, y: 0,
          lambda v, x, y: 0],
         written("⌊{}/{}⌋", r"\left\lfloor\frac{{{}}}{{{}}}\right\rfloor", ATOM, (PRODUCT, QUOTIENT)),
         domain=(lambda x, y: (y < 0) | (y > 0), "a divisor other than 0"),
         says="the largest whole number up to x/y, as Python's x // y",
         kink="both derivatives are 0 everywhere, at multiples of y too",
         inside=[(5.5, 2), (-5.5, 2), (5.5, -2), (0, 5)], outside=[(1, 0), (0, 0), (1e300, 1e-300)]),

    # Exponentials and logarithms -------------------------------------------------------------------------------------
    Rule("exp", None, [lambda v, x: v], named("exp", r"\exp"),
         says="e to the power x", inside=[(0,), (1,), (-745,), (709,)], outside=[(710,)]),
    Rule("expm1", None, [lambda v, x: exp(x)], named("expm1"),     # v + 1 loses digits for x far below 0
         says="exp(x) - 1, exact for small x", inside=[(1e-9,), (-40,), (1,)], outside=[(710,)]),
    Rule("log", None, [lambda v, x: 1 / x], named("log", r"\log"),
         domain=(lambda x: x > 0, "x > 0"), says="the natural logarithm",
         inside=[(2,), (1e-300,), (1e300,)], outside=[(0,), (-1,)]),
    Rule("log1p", None, [lambda v, x: 1 / (1 + x)], named("log1p"),
         domain=(lambda x: x > -1, "x > -1"), says="log(1 + x), exact for small x",
         inside=[(1e-9,), (-0.5,), (3,)], outside=[(-1,), (-2,)]),
    Rule("exp2", lambda x: 2.0**x, [lambda v, x: LN2 * v], written("2^{}", "2^{{{}}}", POWER, (POWER + 1,)),
         shown=[lambda v, x: log(2) * v], says="2 to the power x",
         inside=[(0,), (10,), (-1000,), (1023,)], outside=[(1024,)]),
    Rule("log2", None, [lambda v, x: 1 / x / LN2], named("log2", r"\log_{{2}}"),
         shown=[lambda v, x: 1 / (log(2) * x)], domain=(lambda x: x > 0, "x > 0"), says="the logarithm to base 2",
         inside=[(8,), (1e-300,), (1e300,)], outside=[(0,), (-1,)]),
    Rule("log10", None, [lambda v, x: 1 / x / LN10], named("log10", r"\log_{{10}}"),
         shown=[lambda v, x: 1 / (log(10) * x)], domain=(lambda x: x > 0, "x > 0"), says="the logarithm to base 10",
         inside=[(1000,), (1e-300,), (1e300,)], outside=[(0,), (-1,)]),
    Rule("sqrt", None, [lambda v, x: 0.5 / v], written("√{}", r"\sqrt{{{}}}", POWER + 1, (ATOM,)),
         shown=[lambda v, x: 1 / (2 * v)], domain=(lambda x: x >= 0, "x ≥ 0"), says="the square root",
         kink="sqrt(0) is 0 with an infinite derivative, which a backward pass refuses to use",
         inside=[(2,), (0,), (1e-300,)], outside=[(-1,)]),
    Rule("cbrt", lambda x: accurate.cbrt(x), [lambda v, x: 1 / (3 * (v * v))],
         written("cbrt({})", r"\sqrt[3]{{{}}}"), shown=[lambda v, x: 1 / (3 * v**2)],
         says="the cube root, of negative numbers too",
         kink="cbrt(0) is 0 with an infinite derivative, which a backward pass refuses to use",
         inside=[(27,), (0,), (-1e-300,)]),

    # Trigonometric and hyperbolic ------------------------------------------------------------------------------------
    Rule("sin", None, [lambda v, x: cos(x)], named("sin", r"\sin"), says="the sine of x in radians", inside=[(1,), (-3,)]),
    Rule("cos", None, [lambda v, x: -sin(x)], named("cos", r"\cos"), says="the cosine of x in radians", inside=[(1,), (-3,)]),
    Rule("tan", None, [lambda v, x: 1 + v * v], named("tan", r"\tan"), shown=[lambda v, x: 1 + v**2],
         says="the tangent of x in radians", inside=[(1,), (-1.5,)]),
    Rule("asin", None, [lambda v, x: asin_slope(x)],
         named("asin", r"\arcsin"), shown=[lambda v, x: 1 / sqrt(1 - x**2)],
         domain=(lambda x: abs(x) <= 1, "-1 ≤ x ≤ 1"), says="the inverse sine, in radians",
         kink="asin(±1) has an infinite derivative, which a backward pass refuses to use",
         inside=[(0.5,), (-0.999,), (1,)], outside=[(1.1,), (-2,)]),
    Rule("acos", None, [lambda v, x: -asin_slope(x)],
         named("acos", r"\arccos"), shown=[lambda v, x: -(1 / sqrt(1 - x**2))],
         domain=(lambda x: abs(x) <= 1, "-1 ≤ x ≤ 1"), says="the inverse cosine, in radians",
         kink="acos(±1) has an infinite derivative, which a backward pass refuses to use",
         inside=[(0.5,), (-0.999,), (1,)], outside=[(1.1,), (-2,)]),
    Rule("asin_slope", lambda x: 1 / sqrt(accurate.one_less_square(x)),
         [lambda v, x: x * v / accurate.one_less_square(x)],
         written("1/√(1 - {}²)", r"\frac{{1}}{{\sqrt{{1 - {}^{{2}}}}}}", PRODUCT, (ATOM,)), shown=[lambda v, x: x * v**3],
         domain=(lambda x: abs(x) < 1, "-1 < x < 1"), says="the derivative of asin, 1/√(1 - x²)",
         inside=[(0.5,), (-0.999,), (0,)], outside=[(1,), (-2,)]),
    Rule("atan", None, [lambda v, x: atan_slope(x)], named("atan", r"\arctan"), shown=[lambda v, x: 1 / (1 + x**2)],
         says="the inverse tangent, in radians", inside=[(0,), (-30,), (1e9,)]),
    Rule("atan_slope", lambda x: 2.0**-200 / (2.0**-200 + x * 2.0**-100 * (x * 2.0**-100)),     # x² overflows
         [lambda v, x: x * v * v * -2],
         written("1/(1 + {}²)", r"\frac{{1}}{{1 + {}^{{2}}}}", PRODUCT, (ATOM,)), shown=[lambda v, x: -2 * x * v**2],
         says="the derivative of atan, 1/(1 + x²)", inside=[(0,), (-30,), (1e9,)]),
    Rule("atan2", None, [lambda v, y, x: accurate.angle_slope(x, x, y),
                         lambda v, y, x: accurate.angle_slope(-y, x, y)],
         named("atan2"), parameters="y x", says="the angle of the point (x, y), in radians from -π to π",
         shown=[lambda v, y, x: x / (x**2 + y**2),
                lambda v, y, x: -(y / (x**2 + y**2))],
         kink="both derivatives are 0 at the origin; where the angle jumps from -π to π they are those beside the jump",
         inside=[(1, 2), (-3, -4), (0, 1)]),
    Rule("degrees", lambda x: x * (180 / math.pi), [lambda v, x: 180 / math.pi], named("degrees"),
         shown=[lambda v, x: 180 / PI], says="the angle x, given in radians, in degrees", inside=[(1,), (-3,)]),
    Rule("radians", lambda x: x * (math.pi / 180), [lambda v, x: math.pi / 180], named("radians"),
         shown=[lambda v, x: PI / 180], says="the angle x, given in degrees, in radians", inside=[(1,), (-180,)]),
    Rule("sinh", None, [lambda v, x: cosh(x)], named("sinh", r"\sinh"), says="the hyperbolic sine",
         inside=[(1,), (-20,)], outside=[(711,)]),
    Rule("cosh", None, [lambda v, x: sinh(x)], named("cosh", r"\cosh"), says="the hyperbolic cosine",
         inside=[(1,), (-20,)], outside=[(711,)]),
    Rule("tanh", None, [lambda v, x: 4 * sigmoid_slope(2 * x)], named("tanh", r"\tanh"),
         shown=[lambda v, x: 1 - v**2], on_arrays=[lambda v, x: accurate.tanh_slope(v, x)],   # 1 - v² is 0 from |x| = 19
         says="the hyperbolic tangent", inside=[(0.5,), (-8,), (1000,)]),
    Rule("asinh", lambda x: accurate.asinh(x), [lambda v, x: 1 / hypot(1, x)], named("asinh", r"\operatorname{{arsinh}}"),
         shown=[lambda v, x: 1 / sqrt(x**2 + 1)], says="the inverse hyperbolic sine", inside=[(0.5,), (-1e200,), (0,)]),
    Rule("acosh", lambda x: accurate.acosh(x), [lambda v, x: 1 / (sqrt(x - 1) * sqrt(x + 1))],
         named("acosh", r"\operatorname{{arcosh}}"), shown=[lambda v, x: 1 / sqrt(x**2 - 1)],
         domain=(lambda x: x >= 1, "x ≥ 1"), says="the inverse hyperbolic cosine",
         kink="acosh(1) has an infinite derivative, which a backward pass refuses to use",
         inside=[(1,), (2,), (1e200,)], outside=[(0.5,), (-3,)]),
    Rule("atanh", lambda x: accurate.atanh(x), [lambda v, x: 1 / accurate.one_less_square(x)],
         named("atanh", r"\operatorname{{artanh}}"), shown=[lambda v, x: 1 / (1 - x**2)],
         domain=(lambda x: abs(x) < 1, "-1 < x < 1"), says="the inverse hyperbolic tangent",
         inside=[(0.5,), (-0.999,), (0,)], outside=[(1,), (-1,), (1.5,)]),

    # Several arguments -----------------------------------------------------------------------------------------------
    Rule("hypot", None, [lambda v, x, y: accurate.hypot_slope(v, x, y),
                         lambda v, x, y: accurate.hypot_slope(v, y, x)],
         named("hypot"), says="the distance √(x² + y²)", kink="both derivatives are 0 at the origin",
         shown=[lambda v, x, y: choose(equal(v, 0), 0, x / v), lambda v, x, y: choose(equal(v, 0), 0, y / v)],
         inside=[(3, 4), (0, 0), (1e200, -1e200)], outside=[(1.7e308, 1.7e308)]),
    Rule("maximum", lambda x, y: choose(x >= y, x, choose(y > x, y, x + y)),   # NaN takes the last branch and stays
         [lambda v, x, y: choose(x > y, 1, choose(x < y, 0, 0.5)),
          lambda v, x, y: choose(y > x, 1, choose(y < x, 0, 0.5))],
         named("max", r"\max"), says="the larger of x and y", kink="a tie gives each argument 0.5",
         inside=[(2, -3), (-3, 2), (1, 1)]),
    Rule("minimum", lambda x, y: choose(x <= y, x, choose(y < x, y, x + y)),
         [lambda v, x, y: choose(x < y, 1, choose(x > y, 0, 0.5)),
          lambda v, x, y: choose(y < x, 1, choose(y > x, 0, 0.5))],
         named("min", r"\min"), says="the smaller of x and y", kink="a tie gives each argument 0.5",
         inside=[(2, -3), (-3, 2), (1, 1)]),

    # Any number of arguments -----------------------------------------------------------------------------------------
    Rule("total", lambda x: Fold("sum", x), [lambda v, x: 1], None, lists=1, says="the sum of all elements of x",
         inside=[(1, 2, 3), (5,)], outside=[(1.7e308, 1.7e308)]),
    Rule("affine", lambda x, y, z: Fold("sum", x * y) + z,
         [lambda v, x, y, z: y, lambda v, x, y, z: x, lambda v, x, y, z: 1],
         None, lists=2, parameters="w x b", says="the affine map wᵀx + b of two lists of equal length and a number",
         inside=[(2, -3, 5, 7, 0.5), (1, 2, 0)], outside=[(1e200, 1e200, 0)]),
    Rule("logsumexp", lambda x: accurate.shift(x) + log(Fold("sum", accurate.shifted(x))),
         [lambda v, x: accurate.shifted(x) / Fold("sum", accurate.shifted(x))],   # exp(x - v) loses digits of large x
         named("logsumexp"), shown=[lambda v, x: exp(x - v)],
         lists=1, says="log Σ exp(x_i), without overflow", inside=[(1, 2, 3), (1000, 1000), (-1000, 0), (5,)]),

    # Error function and activations ----------------------------------------------------------------------------------
    Rule("erf", None, [lambda v, x:  2 / math.sqrt(math.pi) * gaussian(x)], named("erf"),
         shown=[lambda v, x: 2 / sqrt(PI) * exp(-x**2)], says="the error function", inside=[(0.5,), (-3,), (20,)]),
    Rule("erfc", None, [lambda v, x: -2 / math.sqrt(math.pi) * gaussian(x)], named("erfc"),
         shown=[lambda v, x: -(2 / sqrt(PI) * exp(-x**2))], says="1 - erf(x), exact for large x",
         inside=[(0.5,), (-3,), (20,)]),
    Rule("gaussian", lambda x: accurate.gaussian(x),
         [lambda v, x: choose(equal(v, 0), 0, x * v * -2)],                        # 2·x can overflow, and ∞·0 is NaN
         written("exp(-{}²)", r"\exp\left(-{}^{{2}}\right)", ATOM, (ATOM,)), shown=[lambda v, x: -2 * x * v],
         says="exp(-x²)", inside=[(0.5,), (-3,), (20,)]),
    Rule("sigmoid", lambda x: choose(x >= 0, 1 / (1 + exp(-x)), exp(x) / (1 + exp(x))),
         [lambda v, x: sigmoid_slope(x)],                   # v(1 - v) loses all digits at x = 37
         written("σ({})", r"\sigma\left({}\right)"), shown=[lambda v, x: v * (1 - v)],
         says="the logistic function σ(x) = 1/(1 + exp(-x))", inside=[(0.5,), (-1000,), (1000,), (30,)]),
    Rule("sigmoid_slope", lambda x: accurate.bell(x), [lambda v, x: -v * tanh_half(x)],
         written("σ'({})", r"\sigma'\left({}\right)"), shown=[lambda v, x: v * (1 - 2 * sigmoid(x))],
         says="the derivative of σ, exp(-x)/(1 + exp(-x))²", inside=[(0.5,), (-1000,), (1000,), (30,)]),
    Rule("tanh_half", lambda x: tanh(x / 2), [lambda v, x: 2 * sigmoid_slope(x)],
         written("tanh({}/2)", r"\tanh\left({}/2\right)", ATOM, (QUOTIENT,)), shown=[lambda v, x: (1 - v**2) / 2],
         says="tanh(x/2), which is 2σ(x) - 1", inside=[(0.5,), (-8,), (1000,)]),
    Rule("relu", lambda x: choose(x <= 0, 0, x), [lambda v, x: choose(x > 0, 1, 0)],   # this way round, NaN is not hidden
         named("relu"), says="max(x, 0)", kink="the derivative of relu at 0 is 0", inside=[(2,), (-3,), (0,)]),
    Rule("leaky_relu", lambda x, y: choose(x > 0, x, y * x),
         [lambda v, x, y: choose(x > 0, 1, choose(x < 0, y, accurate.least(y))),
          lambda v, x, y: choose(x > 0, 0, x)],
         named("leaky_relu"), parameters="x slope", defaults=(0.01,), says="x where x > 0, else slope·x",
         kink="at 0 the derivative is min(1, slope), or 0 for a negative slope", inside=[(2, 0.01), (-3, 0.1), (0, 0.01)]),
    Rule("elu", lambda x, y: choose(x > 0, x, y * expm1(x)),
         [lambda v, x, y: accurate.elu_slope(x, y),
          lambda v, x, y: choose(x > 0, 0, expm1(x))],
         named("elu"), parameters="x alpha", defaults=(1.0,), says="x where x > 0, else alpha·(exp(x) - 1)",
         shown=[lambda v, x, y: choose(x > 0, 1, choose(x < 0, y * exp(x), accurate.least(y))),
                lambda v, x, y: choose(x > 0, 0, expm1(x))],
         kink="at 0 the derivative is min(1, alpha), or 0 for a negative alpha", inside=[(2, 1), (-3, 1), (0, 1), (-1, 0.5)]),
    Rule("softplus", lambda x: choose(x > 0, x, 0) + log1p(exp(-abs(x))),
         [lambda v, x: sigmoid(x)], named("softplus"),
         says="log(1 + exp(x)), a smooth relu", inside=[(0.5,), (-700,), (1000,)]),
    Rule("gelu", lambda x: accurate.gelu(x),
         [lambda v, x: accurate.gelu_slope(x)],
         named("gelu"), shown=[lambda v, x: (1 + erf(x / sqrt(2))) / 2 + x * exp(-(x**2 / 2)) / sqrt(2 * PI)],
         says="x·Φ(x), Φ being the normal distribution function", inside=[(0.5,), (-3,), (10,)]),
    Rule("silu", lambda x: accurate.silu(x),
         [lambda v, x: accurate.silu_slope(x)],
         named("silu"), shown=[lambda v, x: sigmoid(x) * (1 + x * (1 - sigmoid(x)))],
         says="x·σ(x)", inside=[(0.5,), (-3,), (1000,), (-700,)]),
    Rule("mish", lambda x: accurate.mish(x), [lambda v, x: accurate.mish_slope(x)],
         named("mish"), shown=[lambda v, x: tanh(softplus(x)) + x * (1 - tanh(softplus(x)) ** 2) * sigmoid(x)],
         says="x·tanh(softplus(x))", inside=[(0.5,), (-3,), (1000,), (-700,)]),
    Rule("selu", lambda x: choose(x > 0, SELU * x, SELU * SELU_ALPHA * expm1(x)),
         [lambda v, x: choose(x < 0, SELU * SELU_ALPHA * exp(x), SELU)],
         named("selu"), says="elu with alpha 1.6733, times 1.0507",
         kink="at 0 the derivative is 1.0507, the smaller of those on either side", inside=[(0.5,), (-3,), (0,)]),
    Rule("softsign", lambda x: x / (1 + abs(x)), [lambda v, x: 1 / (1 + abs(x)) / (1 + abs(x))],     # a square overflows
         named("softsign"), shown=[lambda v, x: 1 / (1 + abs(x)) ** 2], says="x/(1 + |x|)", inside=[(2,), (-3,), (0,)]),
    Rule("heaviside", lambda x: choose(x > 0, 1, choose(x <= 0, 0, x)), [lambda v, x: 0],
         written("H({})", r"H\left({}\right)"),
         says="1 where x > 0, else 0; its derivative is 0 everywhere, so no gradient passes",
         kink="heaviside(0) is 0, and the derivative is 0 there too", inside=[(2,), (-3,), (0,)]),
    Rule("identity", lambda x: x,
         [lambda v, x: 1], named("identity"), says="x itself, the activation of a linear neuron", inside=[(2,), (-3,)]),
]
# fmt: on

RULES.update((rule.name, rule) for rule in _TABLE)

# What formulas are differentiated with: the local derivatives of each operation, as computed and as shown.
PARTIALS = {name: rule.partials for name, rule in RULES.items()}
SHOWN = {name: rule.shown for name, rule in RULES.items()}
