"""What is infinite or NaN by the scalar NumPy program is so by the plan, and nothing else; nothing raises."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from chalkgrad.engine import Value, affine, exp, log, logsumexp, maximum, nonfinite, program, relu, sigmoid, sqrt, tanh
from chalkgrad.engine.programs import compiled
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.rules import RULES
from test_forms import CASES, Case, flat, flat_numbers, matrix, numbers_for, values


@pytest.fixture
def scalar(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Returns what calls the program that has a line for each node."""

    def called(f: Any, arguments: Sequence[Any]) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(compiled, "arrays_of", lambda *_, **__: None)
            return f(*arguments)

    return called


def kinds(result: Any) -> list[str]:
    return ["nan" if math.isnan(x) else str(x) if math.isinf(x) else "finite" for x in flat_numbers(result).tolist()]


def assert_same_kinds(found: Any, expected: Any) -> None:
    assert kinds(found) == kinds(expected)
    found, expected = flat_numbers(found), flat_numbers(expected)
    finite = np.isfinite(expected)
    assert np.abs(found[finite] - expected[finite]).max(initial=0.0) <= 1e-12 * np.abs(expected[finite]).max(initial=1.0)


def positive(prefix: str, n: int) -> list[Value]:
    return [Value(x.data + 2.0, x.label) for x in values(prefix, n)]


def quotients() -> Case:
    a, b = values("a", 12), values("b", 12)
    return Case(sum([x / y for x, y in zip(a, b, strict=True)]), [a, b], [True, False])


def roots_and_logarithms() -> Case:
    x = positive("x", 12)
    return Case([sum([f(each) for each in x]) for f in (log, sqrt, exp, lambda t: t**-1.0, lambda t: t**2.5)], [x], [True])


def weighted() -> Case:
    W, x = matrix("w", 9, 5), values("x", 5)
    z = [relu(affine(row, x, 0.5)) for row in W]
    return Case(logsumexp(z) + sum(z) + maximum(z[0], z[1]), [flat(W), x], [False, True])


def data_with_zeros() -> Case:
    """0·w of constant data is NaN where w is infinite."""
    W = matrix("w", 9, 4)
    X = [[0.0, 1.0, 0.0, 2.0], [0.0, 0.0, 1.0, -1.0], [-0.0, 1.0, 0.5, 0.0]]
    return Case(sum([tanh(affine(row, x, 0.0)) for x in X for row in W]), [flat(W)], [True])


def each_for_itself() -> Case:
    """Several roots, each of elements of its own: what another is made of has no gradient, however infinite its slope."""
    x = positive("x", 12)
    z = [log(each) for each in x]
    return Case([z[0], z[1] + z[2], *z[3:5]], [x], [True])


def outputs_of_a_layer() -> Case:
    W, V, x = matrix("w", 9, 4), matrix("v", 9, 9), values("x", 4)
    z = [sigmoid(affine(row, x, 0.0)) for row in W]
    return Case([affine(row, z, 0.0) for row in V], [flat(W), flat(V), x], [False, False, True])


MADE = (quotients, roots_and_logarithms, weighted, data_with_zeros, each_for_itself, outputs_of_a_layer)
SPECIAL = (0.0, -0.0, math.inf, -math.inf, math.nan, 1e300, -1e300, 5e-324, 710.0)


@pytest.mark.parametrize("batch", [False, True], ids=["one sample", "batch"])
@pytest.mark.parametrize("make", MADE, ids=lambda f: f.__name__)
def test_the_same_numbers_are_infinite_or_nan(make: Any, batch: bool, scalar: Any) -> None:
    case = make()
    p = program(case.root, inputs=case.inputs)
    given = numbers_for(case, batch)
    functions = [(p.compile("numpy"), p.compile("numpy")), (p.function(np), p.function(np))]
    for special in SPECIAL:
        for k, x in enumerate(given):
            changed = [y.copy() for y in given]
            changed[k].flat[[1, x.size // 2]] = special
            with np.errstate(all="ignore"):
                for planned, lines in functions:
                    assert_same_kinds(planned(*changed), scalar(lines, changed))


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("relu ") and name != "wide"])
def test_forms_spread_what_is_not_finite_as_far(name: str, scalar: Any) -> None:
    case = CASES[name]()
    p = program(case.root, inputs=case.inputs, wrt=case.wrt)
    given = numbers_for(case, True)
    f, lines = p.compile("numpy"), p.compile("numpy")
    for special in (math.nan, math.inf):
        changed = [np.array(y) for y in given]
        changed[0].flat[[0, changed[0].size // 2]] = special
        assert_same_kinds(f(*changed), scalar(lines, changed))


ELEMENTWISE = sorted(name for name, rule in RULES.items() if not rule.lists)
MORE = (*SPECIAL, 1.0, -1.0, 0.5, -0.5, 28.0, -40.0, 800.0, -800.0, 1e-320, 2.0, -3.0)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_each_operation_of_the_table_is_as_exact_on_an_array(name: str, scalar: Any) -> None:
    rule = RULES[name]
    inputs = [positive(letter, 9) for letter in "xy"[: len(rule.arguments)]]
    with nonfinite("propagate"):
        p = program(sum([record(rule, pair) for pair in zip(*inputs, strict=True)]), inputs=inputs)
    rows = np.array(list(product(MORE, repeat=len(inputs)))).T
    given = [np.repeat(x[:, None], 9, axis=1) for x in rows]
    for planned, lines in ((p.compile("numpy"), p.compile("numpy")), (p.function(np), p.function(np))):
        with np.errstate(all="ignore"):
            found, expected = planned(*given), scalar(lines, given)
        np.testing.assert_allclose(flat_numbers(found), flat_numbers(expected), rtol=4e-15, atol=1e-307)  # NaN equals NaN
