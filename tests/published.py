"""What other projects test of theirs: formulas written once, on Values and on numbers of mpmath, and how they are compared.

A formula takes where its functions come from, then its numbers: `lambda m, x: m.exp(x[0]) * x[1]`. With `chalkgrad.engine` it
is recorded; with `EXACT` it is mpmath's, whose differences at 80 digits are the derivatives to be reached.
"""

import os
from itertools import product
from types import SimpleNamespace

import mpmath
from chalkgrad import engine
from chalkgrad.engine import gradient, hessian
from mpmath import mpf
from oracle import ORACLE

WHOLE = os.environ.get("CHALKGRAD_SUITES") == "whole"  # every point of suites that take long, as bench/proof/suites.py asks for
EXACT = SimpleNamespace(**ORACLE)
EXACT.total = mpmath.fsum
EXACT.logsumexp = lambda xs: ORACLE["logsumexp"](*xs)
DIGITS, STEP = 80, mpf(10) ** -24
LEAST = 1e-60  # what a derivative that is exactly 0 may be off by, for differences leave something of it


def exactly(f, point, second=True):
    """Returns a formula's value, its gradient and its Hessian, or None, by differences that are exact to 10⁻¹⁷ and better."""
    with mpmath.workdps(DIGITS):
        xs = [mpf(x) for x in point]
        steps = [STEP * max(abs(x), 1) for x in xs]
        known = {}

        def at(**moved):
            key = tuple(sorted((name, count) for name, count in moved.items() if count))
            if key not in known:
                there = [x + moved.get(f"x{i}", 0) * h for i, (x, h) in enumerate(zip(xs, steps, strict=True))]
                known[key] = f(EXACT, there)
            return known[key]

        n = range(len(xs))
        slopes = [(at(**{f"x{i}": 1}) - at(**{f"x{i}": -1})) / (2 * steps[i]) for i in n]
        if not second:
            return at(), slopes, None

        def mixed(i, j):
            if i == j:
                return (at(**{f"x{i}": 1}) - 2 * at() + at(**{f"x{i}": -1})) / steps[i] ** 2
            corners = [(p * q, at(**{f"x{i}": p, f"x{j}": q})) for p, q in product((1, -1), repeat=2)]
            return mpmath.fsum(sign * corner for sign, corner in corners) / (4 * steps[i] * steps[j])

        rows = [[mixed(i, j) if i <= j else None for j in n] for i in n]
        return at(), slopes, [[rows[min(i, j)][max(i, j)] for j in n] for i in n]


def orders(f, x, most):
    """Returns a formula of one number, and its derivatives up to an order, in mpmath."""
    with mpmath.workdps(DIGITS):
        return [mpf(y) for y in mpmath.diffs(lambda t: f(EXACT, t), mpf(x), most)]


def recorded_orders(f, x, most):
    """Returns the same of recorded gradients, each differentiated again."""
    x = engine.Value(float(x))
    found = [f(engine, x)]
    for _ in range(most):
        found.append(gradient(found[-1], x, create_graph=True))
    return [y.data for y in found]


def far(found, exact, within, scale=0.0):
    """Returns which numbers are further off than allowed: a share of what they are to be, or of a scale that is larger."""
    pairs = list(zip(found, exact, strict=True))
    return [(i, x, float(y)) for i, (x, y) in enumerate(pairs) if not abs(mpf(x) - y) <= within * max(abs(y), scale) + LEAST]


def far_of(f, point, within=1e-13, second=True):
    """Returns what of a formula's value, gradient and Hessian is off: more than a share of its row's largest number.

    Terms cancel in a row, so that its largest number is what rounding is measured by; in the value, the gradient's terms.
    """
    point = [float(x) for x in point]
    value, slopes, rows = exactly(f, point, second)
    moved = max(abs(slope * x) for slope, x in zip(slopes, point, strict=True))
    found = {"value": far([f(engine, point)], [value], within, moved)}
    of_engine = lambda *xs: f(engine, xs[0] if len(xs) == 1 and isinstance(xs[0], list) else list(xs))  # noqa: E731
    found["gradient"] = far(gradient(of_engine)(point), slopes, within, max(map(abs, slopes)))
    if second:
        table = [[float(x) for x in row] for row in hessian(of_engine)(point)]
        for i, (row, exact) in enumerate(zip(table, rows, strict=True)):
            found[f"row {i}"] = far(row, exact, within, max(map(abs, exact)))
    return {what: numbers for what, numbers in found.items() if numbers}


def numbers_of(point):
    """Returns how many numbers `far_of` compares at a point."""
    return 1 + len(point) + len(point) ** 2
