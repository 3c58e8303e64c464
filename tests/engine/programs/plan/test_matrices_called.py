"""A function made of matrices as its caller sees it: arguments stay, results are the caller's own, names cannot clash."""

from __future__ import annotations

import copy
import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from chalkgrad.engine import Value, affine, no_grad, program, relu, tanh
from chalkgrad.engine.programs.plan import reading
from chalkgrad.engine.programs.plan.grouping import plan_of
from chalkgrad.engine.programs.plan.writer import ArraySource
from test_forms import CASES, LAYERS, Case, assert_close, flat, flat_numbers, in_floats, matrix, network, numbers_for, values
from test_random_graphs_of_matrices import Graph


def arrays_in(result: Any) -> list[Any]:
    if isinstance(result, tuple):
        return [x for part in result for x in arrays_in(part)]
    return [result] if isinstance(result, np.ndarray) else []


def leaves_as_roots() -> Case:
    """Values and gradients that are inputs or constants as they stand."""
    x, w = values("x", 9), values("w", 9)
    return Case([x[0], sum([k * each for k, each in enumerate(x)]), sum(w), affine(w, x, 0.0)], [x, w], [True, False])


def twice_the_same() -> Case:
    x, y = values("x", 9), values("y", 9)
    return Case(sum([a + b for a, b in zip(x, y, strict=True)]), [x, y], [True, True])


# One of the ten forms of a layer is enough here; all are in test_forms.
SOME = ["by_affine", *[name for name in CASES if name.removeprefix("relu ") not in LAYERS and name != "wide"]]
ALIASES = {**CASES, "leaves as roots": leaves_as_roots, "twice the same": twice_the_same}


@pytest.mark.parametrize("batch", [False, True], ids=["one sample", "batch"])
@pytest.mark.parametrize("name", [*SOME, "leaves as roots", "twice the same"])
def test_results_are_the_callers_own_and_arguments_stay(name: str, batch: bool) -> None:
    case = ALIASES[name]()
    f = program(case.root, inputs=case.inputs, wrt=case.wrt).compile("numpy")
    given = [np.array(x) for x in numbers_for(case, batch)]
    before = [x.copy() for x in given]
    first = f(*given)
    kept = flat_numbers(first).copy()
    second = f(*given)
    assert np.array_equal(flat_numbers(second), kept)  # to the bit
    assert all(np.array_equal(x, y) for x, y in zip(given, before, strict=True))
    every = [*arrays_in(first), *arrays_in(second), *given]
    for i, x in enumerate(every):
        assert not any(np.shares_memory(x, y) for y in every[:i])
    for x in arrays_in(first):
        x[...] = math.nan
    assert np.array_equal(flat_numbers(f(*given)), kept)


@pytest.mark.parametrize("name", ["by_loop", "attention", "convolution"])
def test_it_can_be_pickled_copied_and_called_by_threads(name: str) -> None:
    case = CASES[name]()
    f = program(case.root, inputs=case.inputs).compile("numpy")
    single, rows = numbers_for(case, False), numbers_for(case, True)
    expected = [flat_numbers(f(*single)).tolist(), flat_numbers(f(*rows)).tolist()]
    for other in (pickle.loads(pickle.dumps(f)), copy.copy(f), copy.deepcopy(f)):
        assert [flat_numbers(other(*single)).tolist(), flat_numbers(other(*rows)).tolist()] == expected
    fresh = program(case.root, inputs=case.inputs).compile("numpy")
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda k: flat_numbers(fresh(*(rows if k % 2 else single))).tolist(), range(16)))
    assert found == [expected[k % 2] for k in range(16)]


def test_what_is_frozen_has_no_gradient_even_where_it_would_be_infinite() -> None:
    x, y = [Value(1.0, f"x{k}", constant=k % 3 == 0) for k in range(12)], values("y", 12)
    alone = Value(0.0, "c", constant=True)
    terms = [tanh(b) / a for a, b in zip(x, y, strict=True)]
    p = program(sum(terms) + sum([each * alone for each in x]), inputs=[x, y, alone])
    f, zeros = p.compile("numpy"), np.zeros(12)
    for given in ((zeros, np.ones(12), 1.0), (np.zeros((3, 12)), np.ones(12), np.inf), (zeros, np.ones((3, 12)), np.ones(3))):
        _, (by_x, _, by_alone) = f(*given)
        assert not by_x[..., ::3].any()
        assert not np.isfinite(by_x[..., 1::3]).any()
        assert not np.any(by_alone)


def test_gradients_are_there_under_no_grad_and_left_out_when_not_wanted() -> None:
    case = network(LAYERS["by_affine"])
    p = program(case.root, inputs=case.inputs)
    given = numbers_for(case, True)
    expected, gradients = p.compile("numpy")(*given)
    with no_grad():
        f = p.compile("numpy")
        value, found = f(*given)
    assert np.array_equal(flat_numbers(found), flat_numbers(gradients))
    assert np.array_equal(value, expected)
    assert np.array_equal(p.compile("numpy", adjoints=False)(*given), expected)
    assert "grad" not in p.source("numpy", adjoints=False)


# The text that is shown ------------------------------------------------------------------------------------------------


def executed(text: str) -> Any:
    scope: dict[str, Any] = {}
    exec(text, scope)
    return scope["program"]


def assert_shown_is_run(case: Case) -> None:
    p = program(case.root, inputs=case.inputs, wrt=case.wrt)
    f = p.compile("numpy")
    for batch in (False, True):
        rows = [x for x, varies in zip(case.inputs, case.rows, strict=True) if varies and batch]
        shown = executed(p.source("numpy", batch=rows))
        given = [np.array(x) for x in numbers_for(case, batch)]
        assert_close(shown(*given), f(*given))


@pytest.mark.parametrize("name", SOME)
def test_the_text_that_is_shown_computes_the_same(name: str) -> None:
    assert_shown_is_run(CASES[name]())


@pytest.mark.parametrize("seed", range(100, 112))
def test_so_it_does_for_random_graphs(seed: int) -> None:
    assert_shown_is_run(Graph(seed).made())


HOSTILE = (
    "np",
    "program",
    "i",
    "k",
    "wanted",
    "t",
    "c1",
    "u1",
    "z1",
    "W1",
    "w1_part",
    "L_grad",
    "lambda",
    "1st",
    "x y",
    "σ'",
    "",
)


@pytest.mark.parametrize("label", HOSTILE)
def test_no_label_can_clash_with_the_names_of_the_text(label: str) -> None:
    def renamed(xs: list[Value], all_of_them: bool = True) -> list[Value]:
        for n, x in enumerate(xs):
            x.label = label if all_of_them or n % 2 else f"{label}{n}"
        return xs

    W, b, x, s = (
        [renamed(row) for row in matrix("w", 9, 4)],
        renamed(values("b", 9), False),
        renamed(values("x", 4)),
        Value(0.3),
    )
    s.label = label
    u = [affine(row, x, c) * s for row, c in zip(W, b, strict=True)]
    z = [tanh(each) if k % 2 else relu(each) for k, each in enumerate(u)]
    for each in u + z:
        each.label = label
    W[0][2].constant = True
    root = sum([a * b for a, b in zip(z, [*z[3:], *z[:3]], strict=True)]) + sum([0.1 * k * a for k, a in enumerate(x)])
    root.label = label
    for roots in (root, [root, z[0]]):
        assert_shown_is_run(Case(roots, [flat(W), b, x, s], [False, False, True, False]))
        p = program(roots, inputs=[flat(W), b, x, s], wrt=[flat(W)[3:9], s])
        given = [np.array(g) for g in numbers_for(Case(root, [flat(W), b, x, s], [False, False, True, True]), True)]
        expected = p.compile("python")(*map(in_floats, given))
        assert_close(p.compile("numpy")(*given), expected)
        assert_close(p.function(np)(*given), expected)


# Work ------------------------------------------------------------------------------------------------------------------


def work(p: Any, rows: tuple[bool, ...]) -> tuple[int, int]:
    """Returns how many steps a plan has, and how many numbers are kept in it."""
    plan = plan_of(p, rows)
    indexes = 0
    for step in plan.steps:
        for x in vars(step).values():
            for each in x if isinstance(x, (list, tuple)) else [x]:
                indexes += getattr(getattr(each, "offsets", None), "size", 0)
    return len(plan.steps), indexes + sum(a.size for a in plan.arrays)


def chain_of_samples(n: int) -> Any:
    W, x = matrix("w", 8, 3), matrix("x", n, 3)
    z = [tanh(affine(row, each, 0.1)) for each in x for row in W]
    return program(sum(z), inputs=[flat(W), flat(x)])


def loops(n: int) -> Any:
    case = network(LAYERS["subtracted"], relu, (n, 10, 3))
    return program(case.root, inputs=case.inputs)


@pytest.mark.parametrize("make", [chain_of_samples, loops], ids=lambda f: f.__name__)
def test_the_work_grows_as_the_graph_does(make: Any) -> None:
    small, large = make(40), make(160)
    inputs = tuple([False] * len(small.inputs))
    (steps, numbers), (more_steps, more_numbers) = work(small, inputs), work(large, inputs)
    assert more_steps == steps
    assert more_numbers <= 4 * numbers


def test_long_differences_are_read_in_linear_work() -> None:
    """A chain of which each link subtracts the sum so far: turned round term by term it would take quadratic work."""

    def terms(n: int) -> int:
        x = values("x", n)
        s: Any = x[0]
        for each in x[1:]:
            s = each - s
        return sum([len(list(item.operands())) for item in reading.read(program(s, inputs=[x])).items])

    assert terms(3200) <= 5 * terms(800)


def test_the_signs_of_a_long_sum_are_not_copied_for_each_term(monkeypatch: pytest.MonkeyPatch) -> None:
    copied = 0
    take = reading._Terms.take

    def watched(terms: Any, other: Any) -> None:
        nonlocal copied
        before = terms.signs, terms.plain_signs
        take(terms, other)
        for old, new in zip(before, (terms.signs, terms.plain_signs), strict=True):
            copied += len(new or ()) if old is not new else 0

    monkeypatch.setattr(reading._Terms, "take", watched)
    w, x = values("w", 400), values("x", 400)
    s: Any = 1.0
    for a, b in zip(w, x, strict=True):
        s = s - a * b - a
    (only,) = reading.read(program(s, inputs=[w, x])).items[-1:]
    assert len(list(only.operands())) == 2 * 400 + 1  # whose terms alone are a sum of its own
    assert copied < 10 * 400


def recurrent(steps: int, one_list: bool) -> Any:
    W, b, h, X = matrix("w", 8, 8), values("b", 8), values("h", 8), matrix("x", steps, 8)
    start: list[Any] = h
    for x in X:
        h = [tanh(affine(row, h, c) + each) for row, c, each in zip(W, b, x, strict=True)]
    return program(sum(h), inputs=[flat(W) + b, start, flat(X)] if one_list else [flat(W), b, start, flat(X)])


@pytest.mark.parametrize("one_list", [False, True])
@pytest.mark.parametrize("functional", [False, True])
def test_what_thousands_of_steps_share_is_neither_one_line_nor_quadratic(functional: bool, one_list: bool) -> None:
    """Python cannot read a sum of 3,000 terms in one line."""

    def text(steps: int) -> str:
        p = recurrent(steps, one_list)
        rows = (False,) * len(p.inputs)
        return ArraySource(plan_of(p, rows), p, rows, functional=functional).write(imports=False)

    short, long = text(40), text(80)
    assert max([line.count(" + ") for line in long.splitlines()]) < 30
    assert len(long) < 2.2 * len(short)
