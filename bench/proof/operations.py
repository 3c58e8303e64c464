"""Every operation of the table against mpmath: its value and its local derivatives, and what it refuses.

Points are taken from the whole range of exponents, by bits as by size, from around every kink and border, and from both ends.
"""

from __future__ import annotations

import math
import random
import struct
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import mpmath
from chalkgrad.engine import DomainError, NonFiniteError, Value
from chalkgrad.engine.rules import RULES
from mpmath import mpf

from bench.proof import borrowed  # noqa: F401 - it makes the tests' helpers importable
from bench.proof.cases import SHOWN, each
from bench.proof.figure import Figure

from oracle import ORACLE, POINTS, allowance, applied, digits, size_of_terms, slope, usable, zero_of_derivative  # isort: skip

PROMISE = "Every operation's value is within 2 units in the last place, every local derivative within 4"
LARGEST, SMALLEST = sys.float_info.max, sys.float_info.min
DIGITS = {
    "mod": 1000,
    "floordiv": 1000,
    "logsumexp": 400,
    "total": 700,
    "affine": 1400,
}  # mpmath needs for a value; 100 for the others
LIMITS = {"value": 2.0, "derivative": 4.0}

# Where a formula changes, or comes to an end: what is beside these points is looked at in particular.
# fmt: off
BORDERS = [
    0.0, 1.0, -1.0, 0.5, -0.5, 0.25, 2.0, -2.0, 3.0, 10.0, 28.0, -28.0, 40.0, -40.0, 400.0, -800.0, 1023.0, -1022.0, -1074.0,
    708.0, -708.0, 709.0, -709.0, 709.782712893384, -745.1332191019412, 710.4758600739439, math.pi / 2, math.pi, 2.0**26,
    1024.0, 2.0**28, 2.0**32, 2.0**52, 2.0**53, 1e154, 1e-154, 1e162, SMALLEST, -SMALLEST, LARGEST, -LARGEST, 5e-324,
]
# fmt: on
KINKS = {  # the one-sided slopes there, whose subgradient of least norm is the convention; steps have slope 0 everywhere
    "abs": 0.0,
    "relu": 0.0,
    "leaky_relu": 0.0,
    "elu": 0.0,
    "selu": 0.0,
}
STEPS = ("floor", "ceil", "sign", "heaviside", "floordiv")
FEW = "within 4 ulp where {} is not subnormal; where it is, it has few digits, and as many has the derivative"
CANCELS = "where the derivative passes through 0 its two terms cancel; against the larger of them it is within 4 ulp"
ROUNDED = "exp, a sum and a quotient are rounded one after the other"
REASONS = {
    ("sigmoid", "value"): ROUNDED,
    ("mish", "value"): ROUNDED,
    ("tanh", "value"): "the platform's tanh is off by up to 2.07 ulp itself",
    ("erfc", "value"): "the platform's erfc is off by up to 2.61 ulp itself",
    ("gaussian", "derivative"): FEW.format("exp(-x²)"),
    ("gelu", "value"): "the platform's erfc is off by up to 2.61 ulp itself, and Φ(x) has few digits where it is subnormal",
    ("logsumexp", "derivative"): "exp amplifies the rounding of x_i - max x by the size of that difference",
    ("gelu", "derivative"): f"{CANCELS}, and elsewhere within 4.5, but where Φ(x) is subnormal and has few digits",
    ("silu", "derivative"): CANCELS,
    ("mish", "derivative"): f"{CANCELS}, and elsewhere within 5: {ROUNDED}",
    ("div", "derivative"): FEW.format("the quotient"),
    ("pow", "derivative"): FEW.format("the power"),
    ("total", "value"): "terms cancel; against Σ|terms| it is within 2 ulp",
    ("affine", "value"): "terms cancel; against Σ|terms| it is within 2 ulp",
    ("logsumexp", "value"): "max x and log Σ cancel; against the larger it is within 2 ulp",
}


class Found(NamedTuple):
    """What the points of an operation showed; `over` counts those beyond the limit, `wrong` tells those without a reason."""

    name: str
    points: int
    worst: dict[str, tuple[float, str]]
    over: dict[str, int]
    refused: int
    kinks: int
    wrong: list[str]


def number(r: random.Random) -> float:
    """Returns a finite number: of modest size, of any exponent, any bits, or beside a border."""
    kind = r.random()
    if kind < 0.3:
        return r.uniform(-5, 5)
    if kind < 0.45:
        return r.uniform(-760, 760)
    if kind < 0.6:
        return r.choice((1, -1)) * 10 ** r.uniform(-20, 20)
    if kind < 0.85:
        while not math.isfinite(x := struct.unpack("<d", r.randbytes(8))[0]):
            pass
        return float(x)
    x = r.choice(BORDERS)
    for _ in range(r.randint(0, 3)):
        x = math.nextafter(x, r.choice((math.inf, -math.inf)))
    return x if math.isfinite(x) else LARGEST


def point(name: str, r: random.Random) -> tuple[float, ...]:
    """Returns arguments of an operation, most of them in its domain."""
    rule = RULES[name]
    if r.random() < 0.1:
        return r.choice(usable(name, POINTS[name]))
    count = len(rule.arguments)
    if rule.lists:
        count = 2 * r.randint(1, 4) + 1 if name == "affine" else r.randint(1, 6)
    xs = [number(r) for _ in range(count)]
    if name in ("asin", "acos", "asin_slope", "atanh") and abs(xs[0]) > 1:
        xs = [r.choice((1 / xs[0], r.uniform(-1, 1), 1 - abs(1 / xs[0]), abs(1 / xs[0]) - 1))]
    if name in ("log", "log2", "log10", "sqrt", "acosh"):
        xs[0] = abs(xs[0])
    if name == "acosh" and xs[0] < 1:
        xs[0] += 1
    if name == "log1p" and xs[0] < -1:
        xs[0] = r.choice((-xs[0], -1 - 1 / xs[0]))
    if name == "pow":
        kind = r.random()
        if kind < 0.6:
            xs[0] = abs(xs[0])
        if kind > 0.5:
            xs[1] = float(r.randint(-6, 6)) if kind < 0.8 else float(round(min(max(xs[1], -1e17), 1e17)))
        if 0.2 < kind < 0.5 and xs[0] not in (0.0, 1.0):  # so that the power is a float
            xs[1] = r.uniform(-745, 709) / math.log(xs[0])
    if count == 2 and not rule.lists and r.random() < 0.1:  # a tie, or beside one
        xs[1] = r.choice((xs[0], -xs[0], math.nextafter(xs[0], math.inf), math.nextafter(xs[0], -math.inf)))
    return tuple(x if math.isfinite(x) else LARGEST for x in xs)


def exact(name: str, xs: tuple[float, ...]) -> mpf | None:
    """Returns mpmath's value, or None outside the domain; it may be infinite in size."""
    with mpmath.workdps(DIGITS.get(name, 100)):
        if name == "atan2" and not xs[0]:  # mpmath does not know the sign of 0, by which the angle is π, -π or 0
            return mpmath.pi * mpf(round(math.atan2(*xs) / math.pi))
        try:
            value = ORACLE[name](*map(mpf, xs))
        except (ZeroDivisionError, ValueError):
            return None
    if name == "pow" and xs[0] < 0 and xs[1] != math.floor(xs[1]):
        return None
    return None if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value) else value


def ulps(computed: float, value: mpf, against: mpf | None = None) -> float:
    """Returns an error in units in the last place; at the end of the range, rounding may go to infinity or come from it."""
    size = max(abs(value), against or 0)
    unit = mpf(math.ulp(float(size))) if size <= LARGEST else mpf(2) ** 971
    if math.isinf(computed):
        computed_value = mpf(LARGEST) * (1 if computed > 0 else -1)
        return (
            0.0
            if abs(value) >= LARGEST and mpmath.sign(value) == mpmath.sign(computed_value)
            else float(min(abs(computed_value - value) / unit, mpf(1e300)))
        )
    if abs(value) > LARGEST:
        value = mpf(LARGEST) * mpmath.sign(value)
    return float(min(abs(mpf(computed) - value) / unit, mpf(1e300))) if computed == computed else math.inf


def kink(name: str, xs: tuple[float, ...]) -> tuple[float, ...] | None:
    """Returns the local derivatives by convention at a point that is a kink, None elsewhere."""
    if name in KINKS and xs[0] == KINKS[name]:
        beside = [(x, *xs[1:]) for x in (-5e-324, 5e-324)]
        with mpmath.workdps(1000):
            left, right = (float(slope(name, side, 0)) for side in beside)
        least = 0.0 if left * right <= 0 else min(left, right, key=abs)
        return (least, *[0.0] * (len(xs) - 1))
    if name in ("maximum", "minimum") and xs[0] == xs[1]:
        return (0.5, 0.5)
    if name in ("hypot", "atan2") and xs == (0.0, 0.0):
        return (0.0, 0.0)
    if name in STEPS:
        return (0.0,) * len(xs)
    return None


def differentiable(name: str, xs: tuple[float, ...], slot: int) -> bool:
    """Whether the oracle's differences tell the slope: not across a jump or a border, nor where it is infinite."""
    x = xs[0]
    if name == "mod":
        return mpf(x) / mpf(xs[1]) != mpmath.floor(mpf(x) / mpf(xs[1]))
    if name == "pow":
        return x > 0 or (x < 0 and slot == 0)
    if name in ("sqrt", "cbrt"):
        return x != 0
    if name in ("asin", "acos"):
        return abs(x) < 1
    if name == "acosh":
        return x > 1
    if name == "atan2":
        return not (x == 0 and xs[1] < 0)
    return True


class Error(NamedTuple):
    """How far a value (its slot is None) or a local derivative is off; `excess` counts what no reason covers."""

    what: str
    ulp: float
    excess: bool
    text: str


def errors(name: str, xs: tuple[float, ...], node: Value, value: mpf, slots: Sequence[int]) -> Iterator[Error]:
    """Yields the errors of a node's value and of its partials, which are by the arguments at these slots."""
    off = ulps(node.data, value)
    left = off if off <= LIMITS["value"] else ulps(node.data, value, size_of_terms(name, xs)) - allowance(name, xs, None)
    excess = left > LIMITS["value"] or (off > LIMITS["value"] and (name, "value") not in REASONS)
    text = f"{name}{xs} = {node.data!r}, exactly {mpmath.nstr(value, 20)}: {off:.3g} ulp"
    yield Error("value", off, excess, text if excess else f"{off:.3g} ulp at {written(xs)}")
    convention = kink(name, xs)
    by_slot = [*zip(slots, node.partials, strict=True)]
    for slot, partial in by_slot if len(by_slot) <= 2 else random.Random(len(text)).sample(by_slot, 2):  # of a list's elements
        by_argument = f" by argument {slot + 1}" if len(xs) > 1 else ""
        if convention is not None:
            excess = partial != convention[slot]
            text = f"{name}{xs} has the derivative {partial!r}{by_argument}, by convention {convention[slot]!r}"
            yield Error("convention", 0.0, excess, text)
            continue
        if not differentiable(name, xs, slot):
            continue
        with mpmath.workdps(digits(xs)):
            by = slope(name, xs, slot)
            off = left = ulps(partial, by)
            if off > LIMITS["derivative"]:
                left = ulps(partial, by, zero_of_derivative(name, xs, slot)) - allowance(name, xs, slot)
        excess = left > LIMITS["derivative"] or (off > LIMITS["derivative"] and (name, "derivative") not in REASONS)
        text = f"{name}{xs}{by_argument} has the derivative {partial!r}, exactly {mpmath.nstr(by, 20)}: {off:.3g} ulp"
        yield Error("derivative", off, excess, text if excess else f"{off:.3g} ulp at {written(xs)}{by_argument}")


def written(xs: Sequence[float]) -> str:
    return ", ".join(map(repr, xs))


def compared(node: Value) -> list[str]:
    """Returns what is wrong with the recorded numbers of a node, as texts."""
    assert node.op is not None
    name = node.op.name
    xs = tuple(float(x.data) if isinstance(x, Value) else float(x) for x in node.arguments)
    value = exact(name, xs)
    if value is None:
        return [f"{name}{xs} is outside the domain, and gave {node.data!r}"]
    slots = [slot for slot, x in enumerate(node.arguments) if isinstance(x, Value)]
    return [error.text for error in errors(name, xs, node, value, slots) if error.excess]


def measure(job: tuple[str, int]) -> Found:
    """Returns what so many points of an operation show."""
    name, wanted = job
    r = random.Random(f"operations {name}")
    worst = {"value": (0.0, ""), "derivative": (0.0, "")}
    over, wrong = {"value": 0, "derivative": 0}, []
    done = refused = kinks = 0
    while done < wanted:
        xs = point(name, r)
        value = exact(name, xs)
        try:
            node = applied(name, [Value(x) for x in xs])
        except (DomainError, NonFiniteError) as error:
            refused += 1
            if not rightly(error, value):
                is_ = mpmath.nstr(value, 17) if value is not None else "outside the domain"
                wrong.append(f"{name}{xs} is {is_}, and {type(error).__name__} was raised")
            continue
        done += 1
        if value is None:
            wrong.append(f"{name}{xs} is outside the domain, and gave {node.data!r}")
            continue
        for found in errors(name, xs, node, value, range(len(xs))):
            if found.excess:
                wrong.append(found.text)
            if found.what == "convention":
                kinks += 1
                continue
            over[found.what] += found.ulp > LIMITS[found.what]
            if found.ulp > worst[found.what][0]:
                worst[found.what] = found.ulp, found.text
    return Found(name, done, worst, over, refused, kinks, wrong)


def rightly(error: Exception, value: mpf | None) -> bool:
    """Whether an operation was refused for the right reason: it has no value, or one that is too large."""
    if isinstance(error, DomainError):
        return value is None
    return value is not None and bool(abs(value) > mpf(LARGEST) * (1 - mpf(2) ** -50))


def figures(quick: bool) -> Iterator[Figure]:
    """Yields the worst value and derivative, each exception, and what was refused."""
    wanted = 60 if quick else 10_000
    found = list(each(measure, [(name, wanted) for name in RULES], "operations", quick))
    points = sum(one.points for one in found)
    for what, limit in LIMITS.items():
        kept = [one for one in found if not one.over[what]]
        top = max(kept, key=lambda one: one.worst[what][0])
        least = min(one.points for one in found)
        yield Figure(
            f"{what}s of {len(kept)} of {len(found)} operations, at least {least:,} points each",
            f"{top.worst[what][0]:.2f} ulp at worst ({top.name})",
            f"≤ {limit:g} ulp",
            top.worst[what][0] <= limit,
        )
        for one in found:
            if one.over[what]:
                yield Figure(
                    f"{what} of {one.name}",
                    f"{one.over[what]:,} of {one.points:,} points over, by up to {one.worst[what][0]:.3g} ulp",
                    f"≤ {limit:g} ulp",
                    False,
                    REASONS.get((one.name, what), "") if not one.wrong else "",
                )
    wrong = [text for one in found for text in one.wrong]
    yield Figure(
        "beyond its limit without a reason, refused without a reason, or computed outside the domain",
        f"{len(wrong)} of {points:,} points and {sum(one.refused for one in found):,} refusals",
        "0",
        not wrong,
        details=(
            "Worst points:",
            "",
            "| operation | value | local derivative |",
            "|---|---|---|",
            *(
                f"| {one.name} | {one.worst['value'][1] or 'exact'} | {one.worst['derivative'][1] or 'exact'} |"
                for one in found
            ),
            "",
            *(f"* wrong: {text}" for text in wrong[:SHOWN]),
        ),
    )
    conventions = sum(one.kinks for one in found)
    yield Figure("derivatives at kinks, ties and steps by the convention of least norm", f"{conventions:,}", "all", not wrong)
