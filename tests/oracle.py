"""The oracle: every operation of the table in mpmath, the points where it is compared, and how far it may be off."""

import math
import random
from functools import cache, reduce

import mpmath
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES, SELU, SELU_ALPHA
from mpmath import mpf


def erfc(x):
    """Returns erfc(x); mpmath's own overflows beyond 10¹⁵⁴, far out where it is 0, or 2, for every float."""
    return mpmath.erfc(max(min(x, mpf(10) ** 100), -(mpf(10) ** 100)))


ORACLE = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": lambda x, y: mpmath.re(mpmath.power(x, y)),
    "neg": lambda x: -x,
    "pos": lambda x: x,
    "abs": abs,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "sign": mpmath.sign,
    "mod": lambda x, y: x - y * mpmath.floor(x / y),
    "floordiv": lambda x, y: mpmath.floor(x / y),
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "exp2": lambda x: mpmath.power(2, x),
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "log10": lambda x: mpmath.log(x) / mpmath.log(10),
    "sqrt": mpmath.sqrt,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "asin_slope": lambda x: 1 / mpmath.sqrt(1 - x * x),
    "atan": mpmath.atan,
    "atan_slope": lambda x: 1 / (1 + x * x),
    "atan2": mpmath.atan2,
    "degrees": lambda x: x * 180 / mpmath.pi,
    "radians": lambda x: x * mpmath.pi / 180,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "hypot": lambda x, y: mpmath.sqrt(x * x + y * y),
    "maximum": max,
    "minimum": min,
    "total": lambda *xs: mpmath.fsum(xs),
    "affine": lambda *xs: mpmath.fdot(xs[: len(xs) // 2], xs[len(xs) // 2 : -1]) + xs[-1],
    "logsumexp": lambda *xs: mpmath.log(mpmath.fsum(map(mpmath.exp, xs))),
    "erf": mpmath.erf,
    "erfc": erfc,
    "gaussian": lambda x: mpmath.exp(-x * x),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "sigmoid_slope": lambda x: 1 / (2 + mpmath.exp(x) + mpmath.exp(-x)),
    "tanh_half": lambda x: mpmath.tanh(x / 2),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, y: x if x > 0 else y * x,
    "elu": lambda x, y: x if x > 0 else y * mpmath.expm1(x),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "gelu": lambda x: x * erfc(-x / mpmath.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "mish": lambda x: x * mpmath.tanh(mpmath.log1p(mpmath.exp(x))),
    "selu": lambda x: mpf(SELU) * (x if x > 0 else mpf(SELU_ALPHA) * mpmath.expm1(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "heaviside": lambda x: mpf(x > 0),
    "identity": lambda x: x,
}
LEAST = mpf(2) ** -1022  # of the numbers that have all digits
_random = random.Random(20261123)


def spread(low, high, count=40):
    """Returns positive numbers from `low` to `high`, both included, evenly spread over the magnitudes."""
    inner = [10 ** _random.uniform(math.log10(low), math.log10(high)) for _ in range(count - 2)]
    return [low, *inner, high]


def both(xs):
    return [sign * x for x in xs for sign in (1, -1)]


def beside(*kinks):
    """Returns the floats next to each kink, on either side."""
    return [math.nextafter(kink, side) for kink in kinks for side in (-math.inf, math.inf)]


WIDE = both(spread(1e-300, 1e300))
MODEST = both(spread(1e-12, 30))
TO_ONE = both([1 - x for x in spread(1e-16, 0.9)])
PAIRS = [(x, y) for x in both(spread(1e-120, 1e120, 7)) for y in both(spread(1e-120, 1e120, 7))]
RANGES = {
    "exp": MODEST + both(spread(1, 708)) + [709.7],
    "expm1": MODEST + both(spread(1, 700)) + [709.7],
    "log": spread(5e-324, 1e-300, 5) + spread(1e-300, 1.7e308) + [1 + x for x in both(spread(1e-15, 0.5))] + beside(1),
    "log1p": [x for x in MODEST if x > -1] + [x for x in TO_ONE if x < 0] + spread(1, 1.7e308) + beside(0),
    "exp2": MODEST + both(spread(1, 1020)) + [1023.9],
    "log2": spread(1e-300, 1.7e308) + [1 + x for x in both(spread(1e-15, 0.5))] + beside(1) + [0.125, 2.0**1000],
    "log10": spread(1e-300, 1.7e308) + [1 + x for x in both(spread(1e-15, 0.5))] + beside(1) + [0.001, 1e15],
    "sqrt": [*spread(1e-307, 1.7e308), 1e-310, 5e-324],
    "sin": MODEST + both(spread(1, 1e15)),
    "cos": MODEST + both(spread(1, 1e15)),
    "tan": MODEST + both(spread(1, 1e15)) + [math.pi / 2, -math.pi / 2],
    "asin": TO_ONE + both(spread(1e-300, 0.5)),
    "acos": TO_ONE + both(spread(1e-300, 0.5)),
    "asin_slope": TO_ONE + both(spread(1e-300, 0.5)),
    "atan": both(spread(1e-300, 1e162)) + MODEST,
    "atan_slope": both(spread(1e-300, 1e150)) + MODEST,
    "degrees": [*both(spread(1e-300, 1e300)), math.pi],
    "radians": [*both(spread(1e-300, 1e300)), 180.0],
    "asinh": both(spread(1e-300, 1e300)) + both(spread(0.1, 1e9)),
    "acosh": [1 + x for x in spread(1e-15, 1e9)] + spread(1.5, 1e300),
    "atanh": TO_ONE + both(spread(1e-300, 0.5)),
    "sinh": MODEST + both(spread(1, 710)),
    "cosh": MODEST + both(spread(1, 710)),
    "tanh": MODEST + both(spread(1e-300, 350)),
    "erf": MODEST + both(spread(1e-300, 26)),
    "erfc": MODEST + both(spread(1e-300, 26)),
    "gaussian": MODEST + both(spread(1e-300, 26)),
    "sigmoid": MODEST + both(spread(1e-300, 700)),
    "sigmoid_slope": MODEST + both(spread(1e-300, 700)),
    "tanh_half": MODEST + both(spread(1e-300, 700)),
    "softplus": MODEST + both(spread(1e-300, 700)) + [1e300],
    "gelu": MODEST + both(spread(1e-300, 37)) + [-x for x in spread(0.9, 37)] + [1e300],
    "silu": MODEST + both(spread(1e-300, 745)) + [-x for x in spread(690, 750)] + [1e300],
    "mish": MODEST + both(spread(1e-300, 745)) + [-x for x in spread(0.9, 750)] + [1e300],
    "selu": MODEST + both(spread(1e-300, 700)) + beside(0),
    "softsign": WIDE + MODEST,
    "cbrt": WIDE + both([5e-324, 3e-310, 27.0, 1000.0]),
    "sign": WIDE + beside(0),
    "ceil": both(spread(0.3, 1e12 + 0.5)) + beside(0, 2, -3),
    "abs": WIDE + beside(0),
    "relu": WIDE + beside(0),
    "heaviside": WIDE + beside(0),
    "floor": both(spread(0.3, 1e12 + 0.5)) + beside(0, 2, -3),
}
POINTS = {name: [(x,) for x in RANGES.get(name, WIDE)] for name, rule in RULES.items() if len(rule.arguments) == 1}
POINTS |= dict.fromkeys(("add", "sub", "mul", "div", "hypot", "maximum", "minimum", "atan2"), PAIRS)
POINTS["maximum"] = POINTS["minimum"] = PAIRS + [(x, y) for x in (1.0, -3e5) for y in beside(x)]
POINTS["pow"] = [(x, y) for x in spread(1e-90, 1e90, 12) for y in [*both(spread(1e-3, 3, 8)), 2.0, 3.0, 0.5, -1.0]]
POINTS["pow"] += [(x, y) for x in spread(1e-320, 1e-300, 4) for y in (0.01, 0.3, 0.5, 0.7, 1.0, 1e-310)]
POINTS["pow"] += [(-x, y) for x in spread(1e-30, 1e30, 10) for y in (1.0, 2.0, 3.0, -1.0, -2.0)]
POINTS["hypot"] = PAIRS + [(x, y) for x in both([5e-324, 3e-320, 1e-310]) for y in both([1e-323, 2e-318, 1e-300])]
POINTS["mod"] = POINTS["floordiv"] = [
    (x, y) for x in both([*spread(1e-3, 1e9, 8), 1.0, 0.5]) for y in both([*spread(1.3e-3, 1.7e4, 6), 0.1, 0.7])
]
POINTS["leaky_relu"] = [(x, y) for x in both(spread(1e-300, 1e300, 20)) + beside(0) for y in (0.01, 0.3, 1.0, -0.5)]
POINTS["elu"] = [(x, y) for x in both(spread(1e-300, 745, 30)) for y in (0.01, 0.3, 1.0, 2.5)]
LISTS = [
    tuple(_random.uniform(-size, size) for _ in range(count)) for size in (1e-3, 1.0, 30.0, 900.0) for count in (1, 3, 5, 9)
]
POINTS |= {name: [*LISTS, (1000.0, -1000.0, 999.0)] for name in ("total", "affine", "logsumexp")}


def size_of_terms(name, point):
    """Returns what a sum's rounding is measured against: Σ|terms|. None for what is not a sum."""
    if name == "total":
        return mpmath.fsum(map(abs, point))
    if name == "affine":
        half = len(point) // 2
        return mpmath.fsum(abs(w * x) for w, x in zip(map(mpf, point[:half]), point[half:-1], strict=True)) + abs(point[-1])
    if name == "logsumexp":  # max + log Σ: two terms of opposite sign may cancel
        return abs(mpf(max(point))) + mpmath.log(len(point))
    if name == "gelu" and subnormal_tail(point[0]):
        return LEAST * abs(mpf(point[0]))
    return None


def subnormal_tail(x):
    """Whether Φ(x), a factor of gelu(x) and a term of its slope, has few digits."""
    return x < 0 and erfc(-mpf(x) / mpmath.sqrt(2)) / 2 < LEAST


def allowance(name, point, slot):
    """Returns how many ulp more than 2 (value) or 4 (local derivative) an operation may be off, each with its reason."""
    if name == "gelu" and slot is None:
        return 1.5  # the platform's erfc, as below, and a product
    if name == "erfc" and slot is None:
        return 1  # the platform's is off by up to 2.61 itself, at 1.208
    if name in ("sigmoid", "mish", "tanh") and slot is None:
        return 0.5  # exp, a sum and a quotient are rounded; glibc's tanh is off by 2.07 at 0.231227
    if name == "gelu" and slot is not None:
        return 0.5  # two terms are rounded, each of which has been three times
    if name == "mish" and slot is not None:
        return 1  # six are rounded one after the other
    if name == "logsumexp" and slot is not None:
        return max(point) - point[slot]  # exp amplifies the rounding of x_i - max by that difference
    return 0


def zero_of_derivative(name, point, slot):
    """Returns what the error of a derivative is measured against, where that is not the derivative itself; None elsewhere.

    Where it passes through 0 its terms cancel, and that is the larger term. Where a power or a quotient on the way is
    subnormal, it is what the least number with all digits would have come to in its place.
    """
    x = mpf(point[0])
    if name == "div" and slot == 1 and abs(x / point[1]) < LEAST:
        return LEAST / abs(mpf(point[1]))
    if name == "gaussian" and mpmath.exp(-x * x) < LEAST:
        return LEAST * abs(2 * x)
    if name == "pow" and x and (slot == 0 or x > 0):
        y = mpf(point[1])
        smaller = min(abs(x) ** y, abs(x) ** (y - 1)) if slot == 0 else x**y
        return LEAST * abs(y if slot == 0 else mpmath.log(x)) if smaller < LEAST else None
    if name == "gelu" and subnormal_tail(point[0]):
        return LEAST * abs(x)
    if name == "gelu" and -3 < x < 0:
        return max(erfc(-x / mpmath.sqrt(2)) / 2, -x * mpmath.exp(-x * x / 2) / mpmath.sqrt(2 * mpmath.pi))
    if name == "silu" and -5 < x < 0:
        return 1 / (1 + mpmath.exp(-x))
    if name == "mish" and -5 < x < 0:
        w = mpmath.tanh(mpmath.log1p(mpmath.exp(x)))
        return max(w, -x * (1 - w * w) / (1 + mpmath.exp(-x)))
    return None


def ulps(computed, exact, against=None):
    """Returns the error in units in the last place of the exact result (or of the size it is measured against)."""
    if abs(exact) > mpf(1.7976931348623157e308):
        return 0 if computed == math.copysign(math.inf, exact) else math.inf  # infinite, which a sweep refuses to use
    unit = math.ulp(float(max(abs(exact), against or 0)))
    return float(abs(mpf(computed) - exact) / mpf(unit))


def digits(point):
    """Returns how many digits a first difference needs: of very small and of very large arguments more are lost."""
    return 1000 if any(x and not 1e-30 < abs(x) < 1e30 for x in point) else 500


def slope(name, point, *slots):
    """Returns the oracle's derivative by the given arguments, of any order: central differences at as many digits as are set.

    A step is 2^-200 of its argument, about 10^-60, so that arguments are exact, and differences of differences meet again. It
    is less where a function bends more: for large angles, exponents and scores, and at 0 beside a small other argument; and
    where jumps are near, as those of a remainder are.
    """
    least = min([abs(mpf(x)) for x in point if x] + [mpf(1)])
    sizes = [abs(mpf(x)) or least for x in point]
    if name in ("sin", "cos", "tan", "logsumexp"):
        sizes = [min(size, 1) for size in sizes]
    if name in ("mod", "floordiv"):
        sizes = [size / max(abs(mpf(point[0]) / point[1]), 1) for size in sizes]
    if name == "pow":
        sizes = [sizes[0] / max(sizes[1], 1), min(sizes[1], 1)]
    value, h = cache(ORACLE[name]), [mpmath.ldexp(size, -200) for size in sizes]

    def difference(function, slot):
        def result(*xs):
            up = [x + h[slot] if i == slot else x for i, x in enumerate(xs)]
            down = [x - h[slot] if i == slot else x for i, x in enumerate(xs)]
            return (function(*up) - function(*down)) / (2 * h[slot])

        return result

    return reduce(difference, slots, value)(*map(mpf, point))


def applied(name, values):
    """Returns the operation on Values (of any number of them, for an operation on lists)."""
    lists = RULES[name].lists
    if not lists:
        return FUNCTIONS[name](*values)
    length = len(values) // lists
    return FUNCTIONS[name](*(list(values[i * length : (i + 1) * length]) for i in range(lists)), *values[lists * length :])


def usable(name, points):
    """Returns the points that an operation takes: affine needs two lists and a number, so an odd count."""
    return [p for p in points if name != "affine" or (len(p) % 2 == 1 and len(p) > 1)]


SECOND = {
    name: [(x,) for x in [*both(spread(0.01, 0.9, 6)), 2.5, -4.0]] for name, rule in RULES.items() if len(rule.arguments) == 1
} | {name: [(2.0, 3.0), (-0.7, 0.4), (1.5, -2.5), (0.4, 0.7)] for name in RULES if len(RULES[name].arguments) == 2}
AT_0 = (
    "sin",
    "cos",
    "tan",
    "asin_slope",
    "atan",
    "atan_slope",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "erf",
    "erfc",
    "gaussian",
    "sigmoid",
)
AT_0 += ("sigmoid_slope", "tanh_half", "softplus", "gelu", "silu", "mish", "exp", "expm1", "exp2")
for _name in AT_0:  # where formulas are written by cases
    SECOND[_name] += [(0.0,), (-0.0,), (1e-9,)]
SECOND |= {"acosh": [(1.01,), (2.5,), (40.0,)], "log2": [(0.5,), (5.0,)], "log10": [(0.5,), (5.0,)]}
SECOND |= {
    "ceil": [(0.5,), (-3.7,)],
    "floor": [(0.5,), (-3.7,)],
    "log": [(0.5,), (4.0,)],
    "sqrt": [(0.5,), (4.0,)],
    "log1p": [(-0.5,), (3.0,)],
}
SECOND |= {name: [(0.3,), (-0.9,), (0.01,)] for name in ("asin", "acos", "asin_slope", "atanh")}
SECOND["pow"] = [(2.0, 3.0), (0.7, 0.4), (1.5, -2.5), (3.0, 1.0)]
SECOND |= {"total": [(1.0, -2.0, 0.5)], "affine": [(1.0, -2.0, 0.5, 3.0, 0.7)], "logsumexp": [(1.0, -2.0, 0.5), (3.0,)]}
