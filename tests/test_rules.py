"""The table against mpmath: every value, local derivative and second derivative, over ranges that reach both ends.

The oracle has only the functions' values, at 1,000 digits; it differentiates by differences, which at that precision are
exact to far beyond a float. Kinks are held against the conventions, one by one.
"""

import math
import random
from functools import reduce

import mpmath
import pytest
from chalkgrad.engine import DomainError, NonFiniteError, Value, nonfinite
from chalkgrad.engine.formulas.derivative import derivative
from chalkgrad.engine.formulas.trees import evaluate
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES
from mpmath import mpf

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
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "sqrt": mpmath.sqrt,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "hypot": lambda x, y: mpmath.sqrt(x * x + y * y),
    "maximum": max,
    "minimum": min,
    "total": lambda *xs: mpmath.fsum(xs),
    "affine": lambda *xs: mpmath.fdot(xs[: len(xs) // 2], xs[len(xs) // 2 : -1]) + xs[-1],
    "logsumexp": lambda *xs: mpmath.log(mpmath.fsum(map(mpmath.exp, xs))),
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "gaussian": lambda x: mpmath.exp(-x * x),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "sigmoid_slope": lambda x: 1 / (2 + mpmath.exp(x) + mpmath.exp(-x)),
    "tanh_half": lambda x: mpmath.tanh(x / 2),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, y: x if x > 0 else y * x,
    "elu": lambda x, y: x if x > 0 else y * mpmath.expm1(x),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "step": lambda x: mpf(x > 0),
    "identity": lambda x: x,
}

_random = random.Random(20261123)


def spread(low, high, count=40):
    """Positive numbers from `low` to `high`, both included, evenly spread over the magnitudes."""
    inner = [10 ** _random.uniform(math.log10(low), math.log10(high)) for _ in range(count - 2)]
    return [low, *inner, high]


def both(xs):
    return [sign * x for x in xs for sign in (1, -1)]


def beside(*kinks):
    """The floats next to each kink, on either side."""
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
    "sqrt": [*spread(1e-307, 1.7e308), 1e-310, 5e-324],
    "sin": MODEST + both(spread(1, 1e15)),
    "cos": MODEST + both(spread(1, 1e15)),
    "tan": MODEST + both(spread(1, 1e15)) + [math.pi / 2, -math.pi / 2],
    "asin": TO_ONE + both(spread(1e-300, 0.5)),
    "acos": TO_ONE + both(spread(1e-300, 0.5)),
    "atan": both(spread(1e-300, 1e150)) + MODEST,
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
    "gelu": MODEST + both(spread(1e-300, 35)) + [1e300],
    "silu": MODEST + both(spread(1e-300, 700)) + [1e300],
    "abs": WIDE + beside(0),
    "relu": WIDE + beside(0),
    "step": WIDE + beside(0),
    "floor": both(spread(0.3, 1e12 + 0.5)) + beside(0, 2, -3),
}
POINTS = {name: [(x,) for x in RANGES.get(name, WIDE)] for name, rule in RULES.items() if len(rule.arguments) == 1}
POINTS |= dict.fromkeys(("add", "sub", "mul", "div", "hypot", "maximum", "minimum"), PAIRS)
POINTS["maximum"] = POINTS["minimum"] = PAIRS + [(x, y) for x in (1.0, -3e5) for y in beside(x)]
POINTS["pow"] = [(x, y) for x in spread(1e-90, 1e90, 12) for y in [*both(spread(1e-3, 3, 8)), 2.0, 3.0, 0.5, -1.0]]
POINTS["pow"] += [(-x, y) for x in spread(1e-30, 1e30, 10) for y in (1.0, 2.0, 3.0, -1.0, -2.0)]
POINTS["leaky_relu"] = [(x, y) for x in both(spread(1e-300, 1e300, 20)) + beside(0) for y in (0.01, 0.3, 1.0, -0.5)]
POINTS["elu"] = [(x, y) for x in both(spread(1e-300, 700, 30)) for y in (0.01, 0.3, 1.0, 2.5)]
LISTS = [
    tuple(_random.uniform(-size, size) for _ in range(count)) for size in (1e-3, 1.0, 30.0, 900.0) for count in (1, 3, 5, 9)
]
POINTS |= {name: [*LISTS, (1000.0, -1000.0, 999.0)] for name in ("total", "affine", "logsumexp")}


def size_of_terms(name, point):
    """What a sum's rounding is measured against: Σ|terms|. None for what is no sum."""
    if name == "total":
        return mpmath.fsum(map(abs, point))
    if name == "affine":
        half = len(point) // 2
        return mpmath.fsum(abs(w * x) for w, x in zip(map(mpf, point[:half]), point[half:-1], strict=True)) + abs(point[-1])
    if name == "logsumexp":  # max + log Σ: two terms of opposite sign may cancel
        return abs(mpf(max(point))) + mpmath.log(len(point))
    return None


def allowance(name, point, slot):
    """How many ulp more than 2 (value) or 4 (local derivative) an operation may be off, each with its reason."""
    x = point[0]
    if name == "gelu" and x < 0:
        return x * x  # erfc amplifies the rounding of x/√2 by x²; the extra digits would cost more than they teach
    if name == "logsumexp" and slot is not None:
        return max(point) - point[slot]  # exp amplifies the rounding of x_i - max by that difference
    return 0


def zero_of_derivative(name, point, slot):
    """Where a derivative passes through 0 its terms cancel: the error is measured against the larger term."""
    x = mpf(point[0])
    if name == "gelu" and -3 < x < 0:
        return mpmath.erfc(-x / mpmath.sqrt(2)) / 2
    if name == "silu" and -5 < x < 0:
        return 1 / (1 + mpmath.exp(-x))
    return None


def ulps(computed, exact, against=None):
    """The error in units in the last place of the exact result (or of the size it is measured against)."""
    if abs(exact) > mpf(1.7976931348623157e308):
        return 0 if computed == math.copysign(math.inf, exact) else math.inf  # infinite, which a sweep refuses to use
    unit = math.ulp(float(max(abs(exact), against or 0)))
    return float(abs(mpf(computed) - exact) / mpf(unit))


def slope(name, point, *slots):
    """The oracle's derivative by the given arguments, first or second order: central differences at 1,000 digits."""
    value, h = ORACLE[name], [(abs(mpf(x)) or mpf(1)) * mpf(10) ** -60 for x in point]

    def difference(function, slot):
        def result(*xs):
            up = [x + h[slot] if i == slot else x for i, x in enumerate(xs)]
            down = [x - h[slot] if i == slot else x for i, x in enumerate(xs)]
            return (function(*up) - function(*down)) / (2 * h[slot])

        return result

    return reduce(difference, slots, value)(*map(mpf, point))


def applied(name, values):
    """The operation on Values (of any number of them, for an operation on lists)."""
    lists = RULES[name].lists
    if not lists:
        return FUNCTIONS[name](*values)
    length = len(values) // lists
    return FUNCTIONS[name](*(list(values[i * length : (i + 1) * length]) for i in range(lists)), *values[lists * length :])


def usable(name, points):
    """The points that an operation takes: affine needs two lists and a number, so an odd count."""
    return [p for p in points if name != "affine" or (len(p) % 2 == 1 and len(p) > 1)]


@pytest.fixture(autouse=True)
def _thousand_digits():
    with mpmath.workdps(1000):
        yield


@pytest.mark.parametrize("name", RULES)
def test_values_are_within_2_ulp_and_local_derivatives_within_4(name):
    points = usable(name, POINTS[name])
    assert len(points) >= 8
    for point in points:
        values = [Value(x) for x in point]
        try:
            node = applied(name, values)
        except NonFiniteError:
            assert abs(ORACLE[name](*map(mpf, point))) > 1.79e308, point
            continue
        exact = ORACLE[name](*map(mpf, point))
        assert ulps(node.data, exact, size_of_terms(name, point)) <= 2 + allowance(name, point, None), point
        for slot, partial in enumerate(node.partials):
            if name == "pow" and slot == 1 and point[0] < 0:
                assert math.isnan(partial)  # a negative base has no slope by the exponent
                continue
            exact = slope(name, point, slot)
            limit = 4 + allowance(name, point, slot)
            assert ulps(partial, exact, zero_of_derivative(name, point, slot)) <= limit, (point, slot)


SECOND = {
    name: [(x,) for x in [*both(spread(0.01, 0.9, 6)), 2.5, -4.0]] for name, rule in RULES.items() if len(rule.arguments) == 1
} | {name: [(2.0, 3.0), (-0.7, 0.4), (1.5, -2.5)] for name in RULES if len(RULES[name].arguments) == 2}
SECOND |= {"floor": [(0.5,), (-3.7,)], "log": [(0.5,), (4.0,)], "sqrt": [(0.5,), (4.0,)], "log1p": [(-0.5,), (3.0,)]}
SECOND |= {name: [(0.3,), (-0.9,), (0.01,)] for name in ("asin", "acos")}
SECOND["pow"] = [(2.0, 3.0), (0.7, 0.4), (1.5, -2.5), (3.0, 1.0)]
SECOND |= {"total": [(1.0, -2.0, 0.5)], "affine": [(1.0, -2.0, 0.5, 3.0, 0.7)], "logsumexp": [(1.0, -2.0, 0.5), (3.0,)]}

ON_VALUES = {**FUNCTIONS, "sum": FUNCTIONS["total"], "max": lambda xs: reduce(FUNCTIONS["maximum"], xs)}


@pytest.mark.parametrize("name", RULES)
def test_the_second_derivative_got_by_evaluating_the_formula_on_values_is_mpmaths(name):
    rule = RULES[name]
    for point in SECOND[name]:
        count = len(point)
        for slot in range(count):
            values = [Value(x) for x in point]
            length = count // rule.lists if rule.lists else 0
            which = min(slot // length, rule.lists) if length else slot
            element = slot % length if length and which < rule.lists else 0
            lists = {x: values[i * length : (i + 1) * length] for i, x in enumerate(rule.arguments[: rule.lists])}
            scalars = dict(zip(rule.arguments[rule.lists :], values[rule.lists * length :], strict=True))
            own = {x: part[element] for x, part in lists.items()}
            node = applied(name, values)
            first = evaluate(rule.partials[which], {"v": node, **own, **scalars}, ON_VALUES, lists)
            if isinstance(first, Value):
                first.backward()
            for other in range(count):
                exact = slope(name, point, slot, other)
                scale = abs(exact) + abs(node.partials[slot]) + abs(node.data)
                assert abs(mpf(values[other].grad) - exact) <= 1e-13 * scale, (point, slot, other)


@pytest.mark.parametrize(("name", "third"), [("tanh", -2), ("sigmoid", -1 / 8), ("tanh_half", -1 / 4), ("sin", -1), ("exp", 1)])
@pytest.mark.parametrize("x", [0.0, 1e-3, -1e-3])
def test_third_derivatives_are_there_at_0_too(name, third, x):
    """Where a formula is written with |x|, or by cases, derivatives of derivatives must not be lost at the seam."""
    table = {rule.name: rule.partials for rule in RULES.values()}
    tree = RULES[name].value
    for _ in range(3):
        tree = derivative(tree, "x", table)
    assert evaluate(tree, {"x": x}, ON_FLOATS) == pytest.approx(third, rel=2e-3)


@pytest.mark.parametrize("name", RULES)
def test_the_formula_shown_is_the_formula_computed(name):
    """What stands on the blackboard, evaluated at 1,000 digits, is the derivative."""
    rule = RULES[name]
    functions = {**ORACLE, "sum": mpmath.fsum, "max": max}
    for point in SECOND[name]:
        if rule.lists:
            length = len(point) // rule.lists
            lists = {
                x: list(map(mpf, point[i * length : (i + 1) * length])) for i, x in enumerate(rule.arguments[: rule.lists])
            }
            values = {x: part[0] for x, part in lists.items()}
            values |= {x: mpf(point[-1]) for x in rule.arguments[rule.lists :]}
        else:
            lists, values = {}, dict(zip(rule.arguments, map(mpf, point), strict=True))
            length = 1
        v = ORACLE[name](*map(mpf, point))
        for i, shown in enumerate(rule.shown):
            result = mpf(evaluate(shown, {"v": v, **values}, functions, lists))
            slot = i * length if i < rule.lists else i + rule.lists * (length - 1)
            # math.pi is π to a float's precision
            assert abs(result - slope(name, point, slot)) <= 1e-15 * (1 + abs(result)), (point, i)


@pytest.mark.parametrize(
    ("name", "point", "value", "partials"),
    [
        ("relu", (0.0,), 0.0, (0.0,)),
        ("abs", (0.0,), 0.0, (0.0,)),
        ("step", (0.0,), 0.0, (0.0,)),
        ("maximum", (1.0, 1.0), 1.0, (0.5, 0.5)),
        ("minimum", (1.0, 1.0), 1.0, (0.5, 0.5)),
        ("hypot", (0.0, 0.0), 0.0, (0.0, 0.0)),
        ("pow", (0.0, 0.0), 1.0, (0.0, 0.0)),
        ("pow", (5.0, 0.0), 1.0, (0.0, math.log(5.0))),
        ("pow", (0.0, 1.0), 0.0, (1.0, 0.0)),
        ("pow", (0.0, 2.0), 0.0, (0.0, 0.0)),
        ("leaky_relu", (0.0, 0.01), 0.0, (0.01, 0.0)),
        ("leaky_relu", (0.0, 3.0), 0.0, (1.0, 0.0)),
        ("elu", (0.0, 0.5), 0.0, (0.5, 0.0)),
        ("elu", (0.0, 2.5), 0.0, (1.0, 0.0)),
        ("sqrt", (0.0,), 0.0, (math.inf,)),
        ("pow", (0.0, 0.5), 0.0, (math.inf, 0.0)),
        ("asin", (1.0,), math.asin(1.0), (math.inf,)),
        ("acos", (-1.0,), math.acos(-1.0), (-math.inf,)),
        ("tanh", (1000.0,), 1.0, (0.0,)),
        ("sigmoid", (-1000.0,), 0.0, (0.0,)),
        ("sigmoid", (1000.0,), 1.0, (0.0,)),
        ("softplus", (1e308,), 1e308, (1.0,)),
        ("silu", (-1000.0,), 0.0, (0.0,)),
        ("erf", (1e300,), 1.0, (0.0,)),
    ],
)
def test_kinks_and_ends_follow_the_conventions(name, point, value, partials):
    node = FUNCTIONS[name](*map(Value, point))
    assert (node.data, node.partials) == (value, partials)


@pytest.mark.parametrize(("name", "point"), [(name, point) for name, rule in RULES.items() for point in rule.inside])
def test_the_examples_inside_a_domain_are_computed(name, point):
    assert math.isfinite(applied(name, [Value(x) for x in point]).data)


@pytest.mark.parametrize(("name", "point"), [(name, point) for name, rule in RULES.items() for point in rule.outside])
def test_the_examples_outside_a_domain_are_refused_and_propagate_on_request(name, point):
    with pytest.raises((DomainError, NonFiniteError), match=r"needs|too large"):
        applied(name, [Value(x) for x in point])
    with nonfinite("propagate"):
        assert not math.isfinite(applied(name, [Value(x) for x in point]).data)


def test_every_entry_has_examples_an_oracle_and_a_domain_for_what_it_refuses():
    assert set(ORACLE) == set(POINTS) == set(SECOND) == set(RULES)
    for name, rule in RULES.items():
        assert rule.inside, name
        assert rule.says, name
        assert bool(rule.requires) == (rule.domain is not None), name
