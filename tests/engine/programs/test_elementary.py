"""The formulas of elementary functions against mpmath, over their whole domains, and against C99 where it names the result.

They are computed as vector code computes them: every node once, both sides of every choice, each operation as IEEE 754 has
it. `scale` and `exponent` answer nonsense where their contract leaves them free, so a formula that relied on it would fail.
"""

import math
import operator
import random
from fractions import Fraction

import mpmath
import pytest
from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, children, evaluate
from chalkgrad.engine.programs.elementary import FORMULAS, LIMITS
from chalkgrad.engine.recording import ieee
from chalkgrad.engine.rules import RULES
from mpmath import mpf

INF, NAN = math.inf, math.nan
TINY, SMALLEST_NORMAL, LARGEST = 5e-324, 2.0**-1022, 1.7976931348623157e308
NONSENSE = -12345.678


def fma(x, y, z):
    if not all(map(math.isfinite, (x, y, z))):
        return x * y + z
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    if exact == 0:
        return x * y + z if x * y == -z else 0.0  # the former for the sign of a sum of zeros
    try:
        return float(exact)
    except OverflowError:
        return INF if exact > 0 else -INF


def scale(x, n):
    if not abs(n) <= 2200:
        return NONSENSE
    assert n == math.floor(n)
    try:
        return math.ldexp(x, int(n))
    except OverflowError:
        return math.copysign(INF, x)


def exponent(x):
    return float(math.frexp(x)[1] - 1) if x != 0 and math.isfinite(x) else NONSENSE


FUNCTIONS = {
    **ieee.FUNCTIONS,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "neg": operator.neg,
    "fma": fma,
    "scale": scale,
    "exponent": exponent,
}
SIGNS = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "and": operator.and_,
    "or": operator.or_,
}


def select(test, then, otherwise):
    return then if test else otherwise


def straight_line(tree):
    """A function of x (and y) that computes each node of the tree once, both sides of choices included."""
    steps, places = [], {}

    def place(node):
        if id(node) in places:
            return places[id(node)]
        if isinstance(node, Argument | Constant):
            step = (node.name if isinstance(node, Argument) else node.value, None)
        else:
            table = FUNCTIONS if isinstance(node, Call) else SIGNS
            function = select if isinstance(node, Choice) else table[node.parts[0]]
            step = (function, [place(child) for child in children(node)])
        steps.append(step)
        places[id(node)] = len(steps) - 1
        return places[id(node)]

    place(tree)

    def compute(x, y=None):
        values = []
        for what, operands in steps:
            if operands is None:
                values.append({"x": x, "y": y}[what] if isinstance(what, str) else what)
            else:
                values.append(what(*[values[i] for i in operands]))
        return values[-1]

    return compute


COMPUTED = {name: straight_line(tree) for name, tree in FORMULAS.items()}
FUNCTIONS |= {"exp": COMPUTED["exp"]}  # for erf and erfc, as a target without exp computes it
COMPUTED |= {name: straight_line(FORMULAS[name]) for name in ("erf", "erfc")}

EXACT = {name: getattr(mpmath, name) for name in FORMULAS if name not in ("pow", "hypot", "log2")}
EXACT |= {"pow": mpmath.power, "hypot": mpmath.hypot, "log2": lambda x: mpmath.log(x) / mpmath.log(2)}

_random = random.Random(20261123)


def spread(low, high, count=60):
    """Positive numbers from `low` to `high`, both included, evenly spread over the magnitudes."""
    ends = math.log(low), math.log(high)
    return [low, *(min(max(math.exp(_random.uniform(*ends)), low), high) for _ in range(count)), high]


def even(low, high, count=60):
    return [low, *(_random.uniform(low, high) for _ in range(count)), high]


def both(xs):
    return [sign * x for x in xs for sign in (1, -1)]


def around(*points):
    """Each point and the floats next to it, on either side."""
    return [x for point in points for x in (math.nextafter(point, -INF), point, math.nextafter(point, INF))]


def multiples(unit, *whole):
    return both(around(*(n * unit for n in whole)))


SUBNORMAL = [TINY, 2 * TINY, 3 * TINY, 5 * TINY, 1e-310, *around(SMALLEST_NORMAL)]
ENDS = [*SUBNORMAL, LARGEST]
LN2 = math.log(2)
HALVES = multiples(LN2, *(n / 2 for n in (1, 2, 3, 5, 53, 54, 55, 75, 107, 2001)))
ANGLES = [
    *both(spread(1e-300, 1e6)),
    *even(-7, 7, 150),
    *even(-1e6, 1e6, 100),
    *multiples(math.pi / 2, *range(1, 40), 355, 9973, 66_666, 573_204, 636_619),
    *multiples(math.pi / 4, 1, 3, 5, 7, 1001, 1_000_001),
    *both(SUBNORMAL),
]
TO_ONE = [
    *both(spread(1e-300, 1)),
    *even(-1, 1, 150),
    *both([1 - x for x in spread(1e-16, 0.9)]),
    *both(around(0.5)),
    math.nextafter(1, 0),
    *both(SUBNORMAL),
]
POINTS = {
    "exp": [
        *both(spread(1e-20, 708)),
        *even(-746, -707, 100),
        *even(-2, 2),
        *HALVES,
        *around(709.782712893384, -745.133219101941),
    ],
    "expm1": [*both(spread(1e-300, 709)), *even(-42, 2, 150), *HALVES, *both(around(1e-20)), *around(709.782712893384, -40)],
    "log": [*spread(TINY, LARGEST, 150), *even(0.5, 2, 150), *around(1, math.sqrt(2), math.sqrt(0.5)), *ENDS],
    "log1p": [
        *spread(TINY, LARGEST, 100),
        *[-x for x in spread(TINY, 0.999)],
        *even(-0.6, 1.5, 200),
        *[x - 1 for x in spread(2.0**-53, 0.5)],
        *around(0, math.sqrt(2) - 1, math.sqrt(0.5) - 1),
        *ENDS,
    ],
    "sin": ANGLES,
    "cos": ANGLES,
    "tan": ANGLES,
    "asin": TO_ONE,
    "acos": TO_ONE,
    "atan": [*both(spread(1e-300, LARGEST)), *even(-4, 4, 200), *both(around(0.5, 1 + math.sqrt(2), 1)), *both(ENDS)],
    "sinh": [*both(spread(1e-300, 710)), *even(-3, 3), *even(17, 21), *even(709, 710.47), *both(around(1e-9)), *HALVES],
    "cosh": [*both(spread(1e-300, 710)), *even(-3, 3), *even(17, 21), *even(709, 710.47), *HALVES],
    "tanh": [*both(spread(1e-300, 40)), *even(-3, 3, 150), *both(around(0.9, 22)), *both(ENDS)],
    "erf": [*both(spread(1e-300, 7)), *even(-2, 2, 200), *both(around(0.9, 6)), *both(ENDS)],
    "erfc": [
        *both(spread(1e-300, 28)),
        *even(-7, 3, 150),
        *even(2, 27.3, 200),
        *even(26.5, 27.3),
        *both(around(28)),
        *both(SUBNORMAL),
    ],
}
FACTORS = [*spread(TINY, LARGEST, 40), *even(0.5, 2, 40), *(1 + x for x in both(spread(1e-15, 0.1, 20))), *SUBNORMAL]
POINTS["pow"] = [
    *((x, _random.uniform(-1074, 1024) / math.log2(x)) for x in FACTORS if x != 1),
    *((x, y) for x in FACTORS[::4] for y in (0.5, -0.5, 1.0, -1.0, 2.0, 1 / 3, 1e-300, TINY) if not 0 < x < 1e-305 or y > 0),
    *((-x, float(y)) for x in spread(1e-9, 1e9, 20) for y in (-7, -2, 1, 3, 20)),
    *((x, y) for x in around(1) if x != 1 for y in (1e15, -1e15, 2.0**53 + 2, 6e18, -8e18 / 2)),
    *((2.0, y) for y in around(1024, -1022, -1073, 10)),
]
SIDES = [*spread(TINY, LARGEST / 2, 25), 1.0, TINY, SMALLEST_NORMAL]
POINTS |= {"log2": POINTS["log"], "log10": POINTS["log"]}
POINTS["hypot"] = [
    *((x, -y) for x in SIDES for y in SIDES[::6]),
    *((x, x * _random.uniform(-1, 1)) for x in SIDES for _ in range(3)),
    *((-3.0 * 2.0**n, 4.0 * 2.0**n) for n in (-1074, -1022, 0, 1020)),
]

POINTS["atan2"] = [
    *((sign * y, x) for y in SIDES[::2] for x in both(SIDES[::3]) for sign in (1, -1)),
    *((x * _random.uniform(-4, 4), side * x) for x in SIDES[:-2] for side in (1, -1) for _ in range(12) if x < 1e307),
    *((y * x, x) for x in (1.0, -0.7, 1e-300) for y in both(around(0.5, 1, 1 + math.sqrt(2)))),
]

# What millions of points came to, rounded up.
WORST = dict.fromkeys(
    ("exp", "pow", "log", "log1p", "log2", "log10", "sin", "cos", "asin", "acos", "atan", "atan2", "hypot"), 1.0
) | {
    "expm1": 1.1,
    "tanh": 1.2,
    "tan": 1.3,
    "sinh": 1.4,
    "cosh": 1.5,
    "erf": 1.5,
    "erfc": 2.0,
}


def ulps(computed, exact):
    """The error in units in the last place of the exact result."""
    if abs(exact) >= mpf(LARGEST) + mpf(math.ulp(LARGEST)) / 2:
        return 0.0 if computed == math.copysign(INF, exact) else INF
    return float(abs(mpf(computed) - exact) / mpf(math.ulp(float(exact))))


@pytest.mark.parametrize("name", FORMULAS)
def test_every_function_is_right_to_its_last_digits(name):
    arguments = [x if isinstance(x, tuple) else (x,) for x in POINTS[name]]
    assert len(arguments) > 200
    with mpmath.workdps(60):
        for point in arguments:
            computed = COMPUTED[name](*point)
            assert ulps(computed, EXACT[name](*map(mpf, point))) <= WORST[name], (point, computed)


@pytest.mark.parametrize(("name", "limit"), [("sigmoid", 2.0), ("silu", 3.0), ("softplus", 2.0), ("tanh_half", 1.5)])
def test_what_is_composed_of_them_is_within_4_ulp(name, limit):
    functions = FUNCTIONS | {name: COMPUTED[name] for name in ("exp", "log1p", "tanh")}
    exact = {
        "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
        "silu": lambda x: x / (1 + mpmath.exp(-x)),
        "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
        "tanh_half": lambda x: mpmath.tanh(x / 2),
    }[name]
    with mpmath.workdps(60):
        for x in [*both(spread(1e-9, 700)), *even(-5, 5, 100)]:
            computed = evaluate(RULES[name].value, {"x": x}, functions)
            assert ulps(computed, exact(mpf(x))) <= limit, x


ODD = ["sin", "tan", "asin", "atan", "sinh", "tanh", "expm1", "log1p", "erf"]
SPECIAL = [
    *((name, (x,), x) for name in ODD for x in (0.0, -0.0, TINY, -TINY)),
    *((name, (NAN,), NAN) for name in FORMULAS if name not in ("pow", "hypot", "atan2")),
    *(
        (name, (-x,), -y)
        for name, x, y in [("sinh", INF, INF), ("tanh", INF, 1.0), ("erf", INF, 1.0), ("atan", INF, math.pi / 2)]
    ),
    *(
        (name, (x,), y)
        for name, x, y in [("sinh", INF, INF), ("tanh", INF, 1.0), ("erf", INF, 1.0), ("atan", INF, math.pi / 2)]
    ),
    *((name, (x,), 1.0) for name in ("exp", "cos", "cosh", "erfc") for x in (0.0, -0.0, TINY, -1e-300)),
    *((name, (x,), NAN) for name in ("sin", "cos", "tan") for x in (INF, -INF)),
    *((name, (x,), NAN) for name in ("asin", "acos") for x in (math.nextafter(1, 2), -1.5, INF, -INF, 1e308)),
    *(("exp", (x,), INF) for x in (math.nextafter(709.782712893384, INF), 710.0, 747.0, 1e6, 1e300, LARGEST, INF)),
    *(("exp", (x,), 0.0) for x in (-745.14, -746.0, -747.0, -1e6, -1e300, -LARGEST, -INF)),
    *(("expm1", (x,), INF) for x in (709.79, 710.0, 711.0, 1e300, LARGEST, INF)),
    *(("expm1", (x,), -1.0) for x in (-38.0, -40.0, -41.0, -750.0, -1e300, -LARGEST, -INF)),
    *((name, (x,), INF) for name in ("sinh", "cosh") for x in (710.476, 710.5, 711.0, 712.0, 1e300, LARGEST)),
    ("sinh", (-710.476,), -INF),
    ("sinh", (-1e300,), -INF),
    *(("cosh", (x,), INF) for x in (INF, -INF, -711.0, -1e300)),
    *(("tanh", (x,), math.copysign(1.0, x)) for x in both([19.1, 22.0, 23.0, 400.0, 1e300, LARGEST])),
    *(("erf", (x,), math.copysign(1.0, x)) for x in both([5.93, 6.0, 6.1, 28.0, 1e300, LARGEST])),
    *(("erfc", (x,), 0.0) for x in (27.3, 28.0, 29.0, 1e6, 1e300, LARGEST, INF)),
    *(("erfc", (x,), 2.0) for x in (-6.0, -28.0, -29.0, -1e300, -LARGEST, -INF)),
    *(("log", (x,), -INF) for x in (0.0, -0.0)),
    *(("log", (x,), NAN) for x in (-TINY, -1.0, -LARGEST, -INF)),
    ("log", (1.0,), 0.0),
    ("log", (INF,), INF),
    *((name, (x,), -INF) for name in ("log2", "log10") for x in (0.0, -0.0)),
    *((name, (x,), NAN) for name in ("log2", "log10") for x in (-TINY, -1.0, -INF)),
    *((name, (INF,), INF) for name in ("log2", "log10")),
    *(("log2", (2.0**n,), float(n)) for n in (-1074, -1022, -3, 0, 1, 10, 1023)),
    *(("log10", (float(f"1e{n}"),), float(n)) for n in (0, 1, 2, 3, 5, 10, 15, 22)),
    # atan2, in the order of C99's annex F.9.1.4
    *(("atan2", (y, -0.0), math.copysign(math.pi, y)) for y in (0.0, -0.0)),
    *(("atan2", (y, 0.0), y) for y in (0.0, -0.0)),
    *(("atan2", (y, x), math.copysign(math.pi, y)) for y in (0.0, -0.0) for x in (-TINY, -1.0, -LARGEST, -INF)),
    *(("atan2", (y, x), y) for y in (0.0, -0.0) for x in (TINY, 1.0, LARGEST, INF)),
    *(("atan2", (y, x), math.copysign(math.pi / 2, y)) for y in (TINY, -TINY, 1.0, -LARGEST) for x in (0.0, -0.0)),
    *(("atan2", (y, -INF), math.copysign(math.pi, y)) for y in (TINY, -1.0, LARGEST)),
    *(("atan2", (y, INF), math.copysign(0.0, y)) for y in (TINY, -1.0, LARGEST)),
    *(("atan2", (y, x), math.copysign(math.pi / 2, y)) for y in (INF, -INF) for x in (0.0, 1.0, -LARGEST)),
    *(("atan2", (y, -INF), math.copysign(3 * math.pi / 4, y)) for y in (INF, -INF)),
    *(("atan2", (y, INF), math.copysign(math.pi / 4, y)) for y in (INF, -INF)),
    *(("atan2", both_ways, NAN) for y in (0.0, -3.0, INF, NAN) for both_ways in ((NAN, y), (y, NAN))),
    ("log1p", (-1.0,), -INF),
    *(("log1p", (x,), NAN) for x in (math.nextafter(-1, -2), -2.0, -INF)),
    ("log1p", (INF,), INF),
    ("asin", (1.0,), math.pi / 2),
    ("asin", (-1.0,), -math.pi / 2),
    ("acos", (1.0,), 0.0),
    ("acos", (-1.0,), math.pi),
    ("acos", (0.0,), math.pi / 2),
    ("acos", (-0.0,), math.pi / 2),
    *(
        ("hypot", both_ways, INF)
        for y in (0.0, -3.0, TINY, INF, -INF, NAN)
        for x in (INF, -INF)
        for both_ways in ((x, y), (y, x))
    ),
    *(("hypot", both_ways, NAN) for y in (0.0, -3.0, LARGEST, NAN) for both_ways in ((NAN, y), (y, NAN))),
    *(("hypot", both_ways, abs(y)) for y in (0.0, -0.0, -3.0, TINY, -LARGEST) for both_ways in ((-0.0, y), (y, 0.0))),
    ("hypot", (LARGEST, LARGEST), INF),
    # pow, in the order of C99's annex F.9.4.4
    *(("pow", (math.copysign(0.0, x), y), math.copysign(INF, x)) for x in (1, -1) for y in (-1.0, -3.0, -(2.0**53 - 1))),
    *(("pow", (x, y), INF) for x in (0.0, -0.0) for y in (-2.0, -0.5, -1.5, -(2.0**53), -1e300, -INF)),
    *(("pow", (x, y), x) for x in (0.0, -0.0) for y in (1.0, 3.0, 2.0**53 - 1)),
    *(("pow", (x, y), 0.0) for x in (0.0, -0.0) for y in (2.0, 0.5, 1.5, 2.0**53, 1e300, TINY, INF)),
    *(("pow", (-1.0, y), 1.0) for y in (INF, -INF, 2.0, -4.0, 2.0**53, 1e300)),
    *(("pow", (-1.0, y), -1.0) for y in (1.0, -3.0, 2.0**53 - 1)),
    *(("pow", (1.0, y), 1.0) for y in (0.0, 0.5, -2.0, TINY, 1e300, INF, -INF, NAN)),
    *(("pow", (x, y), 1.0) for y in (0.0, -0.0) for x in (0.0, -0.0, 1.0, -1.0, -2.5, TINY, LARGEST, INF, -INF, NAN)),
    *(("pow", (x, y), NAN) for x in (-1.0, -2.0, -0.5, -TINY, -LARGEST) for y in (0.5, -1.5, 1e-300, NAN)),
    *(("pow", (x, -INF), INF) for x in (0.5, -0.5, TINY, 0.0, -0.0)),
    *(("pow", (x, -INF), 0.0) for x in (1.5, -1.5, LARGEST, INF, -INF)),
    *(("pow", (x, INF), 0.0) for x in (0.5, -0.5, TINY, 0.0, -0.0)),
    *(("pow", (x, INF), INF) for x in (1.5, -1.5, LARGEST, INF, -INF)),
    *(("pow", (-INF, y), -0.0) for y in (-1.0, -3.0)),
    *(("pow", (-INF, y), 0.0) for y in (-2.0, -0.5, -1e300)),
    *(("pow", (-INF, y), -INF) for y in (1.0, 3.0)),
    *(("pow", (-INF, y), INF) for y in (2.0, 0.5, 1e300)),
    *(("pow", (INF, y), 0.0) for y in (-1.0, -2.0, -0.5, -TINY)),
    *(("pow", (INF, y), INF) for y in (1.0, 2.0, 0.5, TINY)),
    *(("pow", (x, NAN), NAN) for x in (0.0, -0.0, 2.0, -2.0, -1.0, INF, -INF, NAN)),
    *(("pow", (NAN, y), NAN) for y in (1.0, -2.0, 0.5, INF, -INF)),
    *(("pow", (x, y), INF) for x, y in [(2.0, 1024.0), (-2.0, 1024.0), (0.5, -1e300), (1e308, LARGEST), (TINY, -1.0)]),
    *(("pow", (x, y), 0.0) for x, y in [(2.0, -1076.0), (-2.0, -1076.0), (0.5, 1e300), (LARGEST, -LARGEST), (TINY, 2.0)]),
    ("pow", (-2.0, 1025.0), -INF),
    ("pow", (-2.0, -1077.0), -0.0),
    ("pow", (-8.0, 3.0), -512.0),
]


@pytest.mark.parametrize("name", FORMULAS)
def test_special_values_are_those_of_c99(name):
    cases = [(arguments, expected) for function, arguments, expected in SPECIAL if function == name]
    assert len(cases) >= 5
    for arguments, expected in cases:
        computed = COMPUTED[name](*arguments)
        if math.isnan(expected):
            assert math.isnan(computed), (arguments, computed)
        else:
            same = computed == expected and math.copysign(1, computed) == math.copysign(1, expected)
            assert same, (arguments, computed, expected)


@pytest.mark.parametrize("name", [name for name in FORMULAS if name != "pow"])  # whose nodes are too many to repeat
def test_one_side_of_each_choice_gives_the_same(name):
    points = [(0.3, -4.0), (-2.5, 1.5), (40.0, 1e200), (-0.0, 0.0), (INF, NAN)]
    for point in points if name in ("hypot", "atan2") else [(x,) for x, _ in points]:
        values = dict(zip(("x", "y"), point, strict=False))
        assert repr(evaluate(FORMULAS[name], values, FUNCTIONS)) == repr(COMPUTED[name](*point))


@pytest.mark.parametrize("name", FORMULAS)
def test_formulas_are_made_of_what_a_target_has(name):
    def names(tree):
        return set().union([tree.name] if isinstance(tree, Call) else [], *map(names, parts(tree)))

    seen = set()

    def parts(tree):
        fresh = [child for child in children(tree) if id(child) not in seen]
        seen.update(map(id, fresh))
        return fresh

    arithmetic = {"add", "sub", "mul", "div", "neg", "abs", "sqrt", "floor"}
    machine = {"exp"} if name in ("erf", "erfc") else {"fma", "scale", "exponent"}
    assert names(FORMULAS[name]) <= arithmetic | machine


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_with_the_exp_of_a_library_it_is_as_good(name):
    functions = FUNCTIONS | {"exp": math.exp}
    with mpmath.workdps(60):
        for x in POINTS[name][::10]:
            assert ulps(evaluate(FORMULAS[name], {"x": x}, functions), EXACT[name](mpf(x))) <= WORST[name], x


def test_the_limits_leave_room():
    assert set(LIMITS) == {"sin", "cos", "tan"}
    assert min(LIMITS.values()) >= 1e5
    assert max(map(abs, ANGLES)) <= LIMITS["sin"]
