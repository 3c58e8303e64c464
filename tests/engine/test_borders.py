"""Borders that a slip by one sign would move: of comparisons, domains, sentences about kinks, numbers taken in."""

import math
import operator

import numpy as np
import pytest
from chalkgrad.engine import DomainError, Value, log, log1p, program, sqrt
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.formulas.trees import holds
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES

# Comparisons ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", [2.0, 2, True + 1, np.float64(2), np.int64(2), Value(2.0)])
def test_a_value_is_neither_below_nor_above_its_equal(other):
    v = Value(2.0)
    found = [compare(v, other) for compare in (operator.lt, operator.le, operator.gt, operator.ge)]
    assert list(map(bool, found)) == [False, True, False, True]
    found = [compare(other, v) for compare in (operator.lt, operator.le, operator.gt, operator.ge)]
    assert list(map(bool, found)) == [False, True, False, True]


# Domains -------------------------------------------------------------------------------------------------------------

BELOW_0, ABOVE_0 = -5e-324, 5e-324
BELOW_1, ABOVE_1 = math.nextafter(1, 0), math.nextafter(1, 2)
DOMAINS = [
    ("div", (1.0, ABOVE_0), True),
    ("div", (1.0, BELOW_0), True),
    ("div", (1.0, 0.0), False),
    ("div", (1.0, -0.0), False),
    *((name, (1.0, y), y != 0.0) for name in ("mod", "floordiv") for y in (2.0**-52, -(2.0**-52), 0.0, -0.0)),
    ("pow", (ABOVE_0, -0.5), True),
    ("pow", (0.0, 0.0), True),
    ("pow", (0.0, ABOVE_0), True),
    ("pow", (0.0, BELOW_0), False),
    ("pow", (-2.0, 3.0), True),
    ("pow", (-2.0, -3.0), True),
    ("pow", (-2.0, math.nextafter(3, 4)), False),
    ("log", (ABOVE_0,), True),
    ("log", (0.0,), False),
    *((name, (x,), x > 0.0) for name in ("log2", "log10") for x in (ABOVE_0, 0.0)),
    ("log1p", (math.nextafter(-1, 0),), True),
    ("log1p", (-1.0,), False),
    ("sqrt", (0.0,), True),
    ("sqrt", (-0.0,), True),
    ("sqrt", (BELOW_0,), False),
    *((name, (x,), inside) for name in ("asin", "acos") for x, inside in ((1.0, True), (-1.0, True), (ABOVE_1, False))),
    *(("acosh", (x,), x >= 1.0) for x in (BELOW_1, 1.0, ABOVE_1)),
    *(("atanh", (x,), inside) for x, inside in ((BELOW_1, True), (-BELOW_1, True), (1.0, False), (-1.0, False))),
    *(("asin_slope", (x,), inside) for x, inside in ((BELOW_1, True), (-BELOW_1, True), (1.0, False), (-1.0, False))),
]


@pytest.mark.parametrize(("name", "point", "inside"), DOMAINS)
def test_a_domain_ends_where_it_says(name, point, inside):
    rule = RULES[name]
    assert holds(rule.domain, dict(zip(rule.arguments, point, strict=True)), ON_FLOATS) is inside
    if inside:
        value = FUNCTIONS[name](*map(Value, point)).data if name != "div" else None  # 1 over the least float is infinite
        assert value is None or math.isfinite(value)
    else:
        with pytest.raises(DomainError):
            FUNCTIONS[name](*map(Value, point))


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.domain is not None])
def test_far_outside_a_domain_as_near_it_nothing_is_computed(name):
    rule = RULES[name]
    numbers = [sign * 10.0**k for k in range(-300, 308, 16) for sign in (1.0, -1.0)]
    points = [(x, 0.3) if name == "pow" else (1.0, 0.0) if len(rule.arguments) == 2 else (x,) for x in numbers]
    outside = [p for p in points if not holds(rule.domain, dict(zip(rule.arguments, p, strict=True)), ON_FLOATS)]
    for point in outside:
        for arguments in (point, [*map(Value, point)]):
            with pytest.raises(DomainError):
                FUNCTIONS[name](*arguments)
    leaves = [*map(Value, rule.inside[0])]
    values = program(FUNCTIONS[name](*leaves), inputs=leaves).compile("numpy", adjoints=False)(*np.array(outside).T)
    assert not np.isfinite(values).any()


def test_every_domain_has_its_border_tested():
    assert {name for name, *_ in DOMAINS} == {name for name, rule in RULES.items() if rule.domain is not None}


def test_a_domain_is_consulted_for_the_inner_number_too():
    x = Value(0.0, "x")
    for f in (lambda: log(x * 1), lambda: log1p(x - 1), lambda: sqrt(x - 5e-324)):
        with pytest.raises(DomainError, match="needs x"):
            f()


FLOORED = [(x, y) for x in (1e16, 2.0**53 + 2, 9007199254740991.0, 1e22, 1.0, 5.5, 4.0, 0.3, 0.0) for y in (3.0, 0.1, 0.7, 2.0)]
FLOORED = [(s * x, t * y) for x, y in FLOORED for s in (1.0, -1.0) for t in (1.0, -1.0)]


def test_floor_division_is_pythons_of_every_size_and_sign_in_every_target():
    wanted = [x // y for x, y in FLOORED]
    assert [(Value(x) // Value(y)).data for x, y in FLOORED] == wanted
    leaves = [Value(5.5), Value(2.0)]
    made = program(leaves[0] // leaves[1], inputs=leaves)
    assert [made.compile("python", adjoints=False)(x, y) for x, y in FLOORED] == wanted
    for target in ("numpy", "llvm"):
        assert made.compile(target, adjoints=False)(*np.array(FLOORED).T).tolist() == wanted


@pytest.mark.parametrize("name", ["relu", "heaviside"])
def test_the_0_below_a_step_has_no_sign(name):
    assert math.copysign(1.0, FUNCTIONS[name](-0.0)) == 1.0
    assert math.copysign(1.0, FUNCTIONS[name](Value(-0.0)).data) == 1.0


# Kinks ---------------------------------------------------------------------------------------------------------------


def slopes(name, *point):
    return FUNCTIONS[name](*map(Value, point)).partials


def only(numbers):
    """The one number of which there are several."""
    [number] = set(numbers)
    return f"{number:g}"


def least(name, second):
    """What is said of the slope at 0 of a unit with a second argument, if that is so for all of these."""
    for y in (-3.0, -0.5, 0.0, 0.25, 1.0, 4.0):
        assert slopes(name, 0.0, y)[0] == (0.0 if y < 0 else min(1.0, y))
    return f"at 0 the derivative is min(1, {second}), or 0 for a negative {second}"


def infinite(name, *at):
    assert all(math.isinf(slopes(name, x)[0]) for x in at)
    return "infinite derivative, which a backward pass refuses to use"


def modulo():
    for x, y in ((4.0, 2.0), (-4.0, 2.0), (0.0, 5.0), (6.0, -3.0)):
        near, far = x + math.copysign(1e-9, y), x - math.copysign(1e-9, y)
        assert abs(near % y) < 1e-8 < abs(far % y)
        assert slopes("mod", x, y) == slopes("mod", near, y)
        assert slopes("mod", x, y)[1] != slopes("mod", far, y)[1]
    return "where x is a multiple of y it jumps, and both derivatives are those on the side where it is near 0"


def atan2():
    for x in (-1.0, -5.0):
        for beside in (1e-12, -1e-12):
            assert slopes("atan2", 0.0, x) == pytest.approx(slopes("atan2", beside, x), abs=1e-11)
    zero = only(slopes("atan2", 0.0, 0.0))
    return f"both derivatives are {zero} at the origin; where the angle jumps from -π to π they are those beside the jump"


KINKS = {
    "pow": lambda: (
        f"x**0 is {only(FUNCTIONS['pow'](x, 0.0) for x in (-2.0, 0.0, 3.0))} with derivative "
        f"{only(slopes('pow', x, 0.0)[0] for x in (0.0, 3.0))} everywhere, at x = 0 too; "
        f"0**y has derivative {only(slopes('pow', 0.0, y)[1] for y in (0.0, 0.5, 2.0))} by y"
    ),
    "abs": lambda: f"the derivative of |x| at 0 is {only(slopes('abs', 0.0))}",
    "floor": lambda: (
        f"the derivative is {only(slopes('floor', 2.5) + slopes('floor', -3.0) + slopes('floor', 2.0))} everywhere, "
        "at whole numbers too"
    ),
    "ceil": lambda: (
        f"the derivative is {only(slopes('ceil', 2.5) + slopes('ceil', -3.0) + slopes('ceil', 2.0))} everywhere, "
        "at whole numbers too"
    ),
    "sign": lambda: (
        f"the derivative is {only(slopes('sign', 2.5) + slopes('sign', -3.0) + slopes('sign', 0.0))} everywhere, at 0 too"
    ),
    "mod": modulo,
    "floordiv": lambda: (
        f"both derivatives are {only(slopes('floordiv', 5.5, 2.0) + slopes('floordiv', 4.0, 2.0))} everywhere, "
        "at multiples of y too"
    ),
    "atan2": atan2,
    "cbrt": lambda: f"cbrt(0) is {FUNCTIONS['cbrt'](0.0):g} with an {infinite('cbrt', 0.0)}",
    "acosh": lambda: f"acosh(1) has an {infinite('acosh', 1.0)}",
    "selu": lambda: (
        f"at 0 the derivative is {min(slopes('selu', -1e-12) + slopes('selu', 1e-12)):.4f}, the smaller of those on either side"
        if slopes("selu", 0.0) == slopes("selu", 1e-12) < slopes("selu", -1e-12)
        else ""
    ),
    "sqrt": lambda: f"sqrt(0) is {FUNCTIONS['sqrt'](0.0):g} with an {infinite('sqrt', 0.0)}",
    "asin": lambda: f"asin(±1) has an {infinite('asin', 1.0, -1.0)}",
    "acos": lambda: f"acos(±1) has an {infinite('acos', 1.0, -1.0)}",
    "hypot": lambda: f"both derivatives are {only(slopes('hypot', 0.0, 0.0))} at the origin",
    "maximum": lambda: f"a tie gives each argument {only(slopes('maximum', 1.5, 1.5))}",
    "minimum": lambda: f"a tie gives each argument {only(slopes('minimum', 1.5, 1.5))}",
    "relu": lambda: f"the derivative of relu at 0 is {only(slopes('relu', 0.0))}",
    "leaky_relu": lambda: least("leaky_relu", "slope"),
    "elu": lambda: least("elu", "alpha"),
    "heaviside": lambda: (
        f"heaviside(0) is {FUNCTIONS['heaviside'](0.0):g}, and the derivative is {only(slopes('heaviside', 0.0))} there too"
    ),
}


@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule.kink])
def test_what_is_said_of_a_kink_is_true_of_its_formula(name):
    assert RULES[name].kink == KINKS[name]()


# Numbers in ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "x",
    [
        np.array(3 + 0j),
        np.array(3j, dtype=np.complex64),
        np.complex128(3),
        np.array("2020-01-01", dtype="datetime64[D]"),
        np.array(5, dtype="timedelta64[s]"),
        np.timedelta64(5, "s"),
        np.array("3"),
        np.array(None),
    ],
    ids=repr,
)
def test_a_dtype_that_is_not_of_real_numbers_is_refused(x):
    with pytest.raises(TypeError, match=r"^a Value needs a real number, not "):
        to_float(x)


@pytest.mark.parametrize(
    "x", [np.array(True), np.array(3, dtype=np.uint8), np.array(-3), np.array(0.5, dtype=np.float16)], ids=repr
)
def test_a_single_number_in_an_array_is_a_number(x):
    assert to_float(x) == float(x)
