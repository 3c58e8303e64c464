"""Programs and what they are compared with."""

import itertools
import math

import mpmath
from chalkgrad.engine import (
    Value,
    nonfinite,
    program,
)
from chalkgrad.engine.rules import RULES
from oracle import POINTS, allowance, applied, size_of_terms, usable, zero_of_derivative

INF, NAN = math.inf, math.nan
SPECIAL = [0.0, -0.0, INF, -INF, NAN, 5e-324, -1e-320, 1.0, -1.0, 0.5, 2.0, -2.5, 1e308, -1e308, 750.0, -750.0, -40.0]
SPECIAL_LISTS = [(INF, 1.0, 2.0), (-INF, 1.0, 2.0), (1.0, NAN, 2.0), (NAN, 1.0, 1.0), (INF, -INF, 1.0), (-INF, -INF, -INF)]
SPECIAL_LISTS += [(1e308, 1e308, 1e308), (1e308, 1e308, -1e308), (0.0, INF, 1.0)]


def points(name):
    """Returns where an operation is compared, by the number of its arguments."""
    rule, found = RULES[name], {}
    special = SPECIAL_LISTS if rule.lists else itertools.product(SPECIAL, repeat=len(rule.arguments))
    for point in [*usable(name, POINTS[name]), *special]:
        found.setdefault(len(point), []).append(point)
    return found


def swept(make, point):
    """Returns the value and the adjoints of the eager engine."""
    leaves = [Value(x) for x in point]
    root = make(leaves)
    root.backward()
    return [root.data, *(leaf.grad for leaf in leaves)]


def of_operation(name, count):
    with nonfinite("propagate"):
        leaves = [Value(0.5, f"x{i}") for i in range(count)]
        return program(applied(name, leaves), inputs=[leaves])


def flat(result):
    """Returns value and adjoints of one list in one list."""
    value, (adjoints,) = result
    return [value, *adjoints]


def compare(name, found):
    """Asserts that results, by point, are within 4 ulp of the eager engine under nonfinite("propagate")."""
    with nonfinite("propagate"), mpmath.workdps(50):
        for point, result in found:
            for i, (ours, exact) in enumerate(zip(result, swept(lambda leaves: applied(name, leaves), point), strict=True)):
                if not (math.isfinite(ours) and math.isfinite(exact)):
                    assert ours == exact or (ours != ours and exact != exact), (name, point, i)
                    continue
                slot, against, more = i - 1 if i else None, None, 0
                if all(map(math.isfinite, point)):
                    against = zero_of_derivative(name, point, slot) if i else size_of_terms(name, point)
                    more = allowance(name, point, slot)
                unit = math.ulp(max(abs(exact), min(float(against or 0), 1.7e308)))
                assert abs(ours - exact) <= (4 + more) * unit, (name, point, i)
