"""The plan of matrices computes what the scalar program computes, whatever loop the student wrote."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from chalkgrad.engine import Value, affine, exp, log, logsumexp, maximum, program, relu, sigmoid, sqrt, tanh
from chalkgrad.engine.programs.plan.grouping import plan_of
from chalkgrad.engine.programs.plan.operands import Operands
from chalkgrad.engine.programs.plan.steps import IrregularError, MatrixPlan, Product


class Case:
    """A graph, its inputs, and which of them have a row for each sample where there are samples."""

    def __init__(self, root: Any, inputs: Sequence[Any], rows: Sequence[bool], wrt: Sequence[Any] | None = None) -> None:
        self.root, self.inputs, self.rows, self.wrt = root, list(inputs), list(rows), wrt


def values(prefix: str, n: int, seed: int = 0) -> list[Value]:
    generator = random.Random(f"{prefix}{seed}")
    return [Value(round(generator.uniform(-1, 1), 3), f"{prefix}{i}") for i in range(1, n + 1)]


def matrix(prefix: str, rows: int, columns: int) -> list[list[Value]]:
    return [values(f"{prefix}{i}", columns) for i in range(1, rows + 1)]


def flat(rows: Sequence[Sequence[Value]]) -> list[Value]:
    return [x for row in rows for x in row]


def by_affine(W, b, z):
    return [affine(row, z, c) for row, c in zip(W, b, strict=True)]


def by_sum(W, b, z):
    return [sum((w * x for w, x in zip(row, z, strict=True)), start=c) for row, c in zip(W, b, strict=True)]


def bias_first(W, b, z):
    return [c + sum(x * w for w, x in zip(row, z, strict=True)) for row, c in zip(W, b, strict=True)]


def by_loop(W, b, z):
    found = []
    for row, c in zip(W, b, strict=True):
        u = 0.0
        for w, x in zip(row, z, strict=True):
            u += w * x
        found.append(u + c)
    return found


def either_order(W, b, z):
    return [
        sum(w * x if k % 2 else x * w for k, (w, x) in enumerate(zip(row, z, strict=True))) + c
        for row, c in zip(W, b, strict=True)
    ]


def right_nested(W, b, z):
    found = []
    for row, c in zip(W, b, strict=True):
        u = c
        for w, x in reversed(list(zip(row, z, strict=True))):
            u = w * x + u
        found.append(u)
    return found


def shuffled(W, b, z):
    generator = random.Random(5)
    found = []
    for row, c in zip(W, b, strict=True):
        pairs = list(zip(row, z, strict=True))
        generator.shuffle(pairs)
        found.append(sum(w * x for w, x in pairs) + c)
    return found


def subtracted(W, b, z):
    found = []
    for row, c in zip(W, b, strict=True):
        s = c
        for w, x in zip(row, z, strict=True):
            s = s - w * x
        found.append(s)
    return found


def negated(W, b, z):
    return [c - sum(-w * x for w, x in zip(row, z, strict=True)) for row, c in zip(W, b, strict=True)]


def tree(W, b, z):
    found = []
    for row, c in zip(W, b, strict=True):
        terms = [w * x for w, x in zip(row, z, strict=True)]
        while len(terms) > 1:
            terms = [terms[k] + terms[k + 1] if k + 1 < len(terms) else terms[k] for k in range(0, len(terms), 2)]
        found.append(terms[0] + c)
    return found


LAYERS = {
    f.__name__: f
    for f in (by_affine, by_sum, bias_first, by_loop, either_order, right_nested, shuffled, subtracted, negated, tree)
}


def network(layer: Any, activation: Any = tanh, widths: Sequence[int] = (5, 9, 3), columns: bool = False) -> Case:
    z: list[Value] = values("x", widths[0])
    x = z
    parameters: list[Value] = []
    for number, (n, m) in enumerate(pairwise(widths), 1):
        W, b = matrix(f"w{number}", m, n), values(f"b{number}", m)
        if columns:
            given = matrix(f"w{number}", n, m)
            W = [[given[j][i] for j in range(n)] for i in range(m)]
            parameters += flat(given) + b
        else:
            parameters += [p for row, c in zip(W, b, strict=True) for p in (*row, c)]
        u = layer(W, b, z)
        z = [activation(each) for each in u] if number < len(widths) - 1 else u
    t = values("t", widths[-1])
    loss = sum(((a - y) ** 2 for a, y in zip(z, t, strict=True)), start=0.0)
    return Case(loss, [parameters, x, t], [False, True, True])


def single_inputs() -> Case:
    case = network(by_affine)
    leaves = [leaf for group in case.inputs for leaf in group]
    rows = [flag for group, flag in zip(case.inputs, case.rows, strict=True) for _ in group]
    return Case(case.root, leaves, rows)


def constant_samples() -> Case:
    """Several samples in one graph, of plain numbers; two of a row are the same."""
    W, b, v = matrix("w", 9, 4), values("b", 9), values("v", 9)
    generator = random.Random(1)
    loss: Any = 0.0
    for _ in range(12):
        x = [generator.choice([0.0, 0.5, 0.25, 1.0]) for _ in range(4)]
        z = [tanh(affine(row, x, c)) for row, c in zip(W, b, strict=True)]
        loss = loss + (affine(v, z, 0.0) - generator.random()) ** 2
    return Case(loss / 12, [flat(W), b, v], [False] * 3)


def constant_samples_expanded() -> Case:
    W, b = matrix("w", 9, 4), values("b", 9)
    loss: Any = 0.0
    for k in range(12):
        x = [0.1 * k + 0.3 * j for j in range(4)]
        for row, c in zip(W, b, strict=True):
            loss = loss + relu(sum(w * each for w, each in zip(row, x, strict=True)) + c)
    return Case(loss, [flat(W), b], [False] * 2)


def samples_of_leaves() -> Case:
    W, b, v = matrix("w", 9, 4), values("b", 9), values("v", 9)
    X = matrix("x", 12, 4)
    loss: Any = 0.0
    for x in X:
        z = [sigmoid(affine(row, x, c)) for row, c in zip(W, b, strict=True)]
        loss = loss + (1 - affine(v, z, 0.3)).relu()
    return Case(loss, [flat(W), b, v, flat(X)], [False, False, False, True])


def recurrent() -> Case:
    U, W, b = matrix("u", 8, 3), matrix("w", 8, 8), values("b", 8)
    h: list[Any] = values("h", 8)
    start, X = h, matrix("x", 5, 3)
    for x in X:
        h = [tanh(affine(r, x, 0.0) + affine(s, h, c)) for r, s, c in zip(U, W, b, strict=True)]
    return Case(sum(each * each for each in h), [flat(U), flat(W), b, start, flat(X)], [False, False, False, True, True])


def attention() -> Case:
    """Queries, keys and values of six positions, with softmax by hand."""
    n, d = 6, 4
    Q, K, V, X = matrix("q", d, d), matrix("k", d, d), matrix("v", d, d), matrix("x", n, d)
    q, k, v = ([[affine(row, x, 0.0) for row in M] for x in X] for M in (Q, K, V))
    loss: Any = 0.0
    for i in range(n):
        scores = [affine(q[i], k[j], 0.0) / math.sqrt(d) for j in range(n)]
        powers = [exp(s) for s in scores]
        below = sum(powers)
        for c in range(d):
            mixed = sum(p / below * v[j][c] for j, p in enumerate(powers))
            loss = loss + mixed * mixed
    return Case(loss, [flat(Q), flat(K), flat(V), flat(X)], [False, False, False, True])


def convolution() -> Case:
    """Two filters of 3 by 3 over an image of 7 by 7, filter by filter, and a dense layer."""
    filters, bias, image = matrix("f", 2, 9), values("b", 2), values("x", 49)
    z = []
    for f, c in zip(filters, bias, strict=True):
        for i in range(5):
            for j in range(5):
                window = [image[7 * (i + a) + j + e] for a in range(3) for e in range(3)]
                z.append(relu(sum(w * x for w, x in zip(f, window, strict=True)) + c))
    D = matrix("d", 3, 50)
    scores = [affine(row, z, 0.1) for row in D]
    return Case(logsumexp(scores) - scores[1], [flat(filters), bias, flat(D), image], [False, False, False, True])


def residual() -> Case:
    W, V, x = matrix("w", 8, 8), matrix("v", 8, 8), values("x", 8)
    z = [tanh(u) + each for u, each in zip(by_affine(W, values("b", 8), x), x, strict=True)]
    y = [relu(u) + each for u, each in zip(by_affine(V, values("c", 8), z), z, strict=True)]
    return Case(sum(y) * 0.5, [flat(W), flat(V), x], [False, False, True])


def mixed_activations() -> Case:
    W, V, x = matrix("w", 10, 6), matrix("v", 4, 10), values("x", 6)
    u = by_affine(W, values("b", 10), x)
    z = [tanh(each) if k % 2 else relu(each) for k, each in enumerate(u)]
    return Case(logsumexp(by_affine(V, values("c", 4), z)), [flat(W), flat(V), x], [False, False, True])


def reversed_inputs() -> Case:
    W, x = matrix("w", 8, 5), values("x", 5)
    u = [affine(row, x[::-1], 0.0) for row in W]
    twice = [affine(row, [*x[:3], *x[:2]], 1.0) for row in W]
    return Case(sum(a * b for a, b in zip(u, twice, strict=True)), [flat(W), x], [False, True])


def rows_in_pairs() -> Case:
    """Each row of weights meets a row of its own, in no order: no matrix times a vector."""
    W, x = matrix("w", 9, 3), values("x", 27)
    order = [4, 0, 8, 2, 6, 1, 3, 7, 5]
    u = [sum(w * each for w, each in zip(W[k], x[3 * k : 3 * k + 3], strict=True)) for k in order]
    return Case(sum(tanh(each) for each in u) - u[3], [flat(W), x], [False, True])


def same_twice() -> Case:
    a, b = values("a", 9), values("b", 9)
    sums = [a[0] + b[0] for _ in range(9)]
    return Case(sum(s * x for s, x in zip(sums, a, strict=True)), [a, b], [False, True])


def penalty() -> Case:
    case = network(by_sum)
    theta = case.inputs[0]
    return Case(case.root + 0.01 * sum(p**2 for p in theta), case.inputs, case.rows)


def frozen() -> Case:
    case = network(by_affine)
    for leaf in case.inputs[0][3:20:4]:
        leaf.constant = True
    case.inputs[1][2].constant = True
    return case


def several_roots() -> Case:
    W, x = matrix("w", 9, 4), values("x", 4)
    z = [tanh(u) for u in by_affine(W, values("b", 9), x)]
    return Case([z[2], sum(z), z[2] * W[0][0], W[1][1] * W[1][2]], [flat(W), x], [False, True])


def only_shared() -> Case:
    a, x = values("a", 9), values("x", 9)
    return Case([sum(each * each for each in a), sum(x)], [a, x], [False, True])


def part_of_inputs() -> Case:
    case = network(by_affine)
    return Case(case.root, case.inputs, case.rows, wrt=[case.inputs[0][4:30], case.inputs[1][0]])


def powers_and_quotients() -> Case:
    x, y = values("x", 12), [Value(v.data + 3.0, v.label) for v in values("y", 12)]
    terms = [a**2 / b + sqrt(b) * log(b) ** 3 + b**a + maximum(a, b) + a**0 for a, b in zip(x, y, strict=True)]
    return Case(sum(terms), [x, y], [True, False])


def per_neuron_constants() -> Case:
    x = values("x", 12)
    return Case(sum(tanh(each * (0.1 * k) + k) / (k + 2) for k, each in enumerate(x)), [x], [True])


def one_input_for_all() -> Case:
    """Every weight meets the same input, and every input the same constant."""
    W, x = matrix("w", 9, 5), values("x", 9)
    u = [sum(w * x[0] for w in row) for row in W]
    v = [sum(w * 0.5 for w in row) + sum(0.5 * each for each in x) for row in W]
    return Case(
        sum(tanh(a) * b for a, b in zip(u, v, strict=True)) + (x[1] + x[1]) * sum([x[2]] * 7), [flat(W), x], [False, True]
    )


CASES: dict[str, Callable[[], Case]] = {name: lambda f=f: network(f) for name, f in LAYERS.items()}  # type: ignore[misc]
CASES |= {f"relu {name}": lambda f=f: network(f, relu, (2, 3, 1)) for name, f in LAYERS.items()}  # type: ignore[misc]
CASES |= {
    "columns": lambda: network(by_affine, sigmoid, columns=True),
    "wide": lambda: network(by_loop, relu, (70, 33, 10)),
    "one unit": lambda: network(by_affine, tanh, (3, 1, 1)),
}
CASES |= {
    f.__name__: f
    for f in (
        single_inputs,
        constant_samples,
        constant_samples_expanded,
        samples_of_leaves,
        recurrent,
        attention,
        convolution,
        residual,
        mixed_activations,
        reversed_inputs,
        rows_in_pairs,
        same_twice,
        penalty,
        frozen,
        several_roots,
        only_shared,
        part_of_inputs,
        powers_and_quotients,
        per_neuron_constants,
        one_input_for_all,
    )
}


def numbers_for(case: Case, batch: bool) -> list[Any]:
    generator = np.random.default_rng(7)
    found = []
    for group, rows in zip(case.inputs, case.rows, strict=True):
        own = np.array([leaf.data for leaf in group]) if isinstance(group, list) else np.array(group.data)
        if batch and rows:
            own = own + 0.1 * generator.normal(size=(5, *own.shape))
        found.append(own)
    return found


def in_floats(x: Any) -> Any:
    return x.tolist() if isinstance(x, np.ndarray) else x


def flat_numbers(result: Any) -> Any:
    if isinstance(result, (tuple, list)):
        parts = [flat_numbers(x) for x in result]
        return np.concatenate(parts) if parts else np.zeros(0)
    return np.atleast_1d(np.asarray(result, dtype=float)).ravel()


def assert_close(found: Any, expected: Any) -> None:
    found, expected = flat_numbers(found), flat_numbers(expected)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= 1e-12 * max(np.abs(expected).max(), 1.0)


@pytest.mark.parametrize("batch", [False, True], ids=["one sample", "batch"])
@pytest.mark.parametrize("name", CASES)
def test_the_plan_computes_what_the_scalar_program_does(name: str, batch: bool) -> None:
    case = CASES[name]()
    p = program(case.root, inputs=case.inputs, wrt=case.wrt)
    given = numbers_for(case, batch)
    expected = p.compile("python")(*map(in_floats, given))
    assert plan_of(p, p.batch([x.shape for x in given])[0])  # it does not step aside
    for function in (p.compile("numpy"), p.function(np), p.compile("llvm")):
        found = function(*given)
        values_of, adjoints = found
        expected_values, expected_adjoints = expected
        assert_close(values_of, expected_values)
        assert_close(adjoints, expected_adjoints)
    assert_close(p.compile("numpy", adjoints=False)(*given), expected[0])


def products(plan: MatrixPlan) -> list[Product]:
    return [step for step in plan.steps if isinstance(step, Product)]


@pytest.mark.parametrize("name", LAYERS)
def test_every_form_of_a_layer_is_the_same_matrix_product(name: str) -> None:
    case = network(LAYERS[name], relu, (6, 9, 8))
    plan = plan_of(program(case.root, inputs=case.inputs), (False, True, True))
    assert [step.subscripts for step in products(plan)[:2]] == [("rk", "k", "r")] * 2
    assert products(plan)[0].rows.shape == (9, 6)


def test_a_number_in_a_list_is_no_reason_to_step_aside() -> None:
    w, x = matrix("w", 3, 2), values("x", 2)
    u = [affine(row, x, 0.0) for row in w]
    p = program(logsumexp([*u, 1.0]), inputs=[flat(w), x])
    plan = plan_of(p, (False, False))
    assert any(isinstance(step, Product) and step.made.shape == (3,) for step in plan.steps)
    assert math.isclose(
        p.compile("numpy")([0.5] * 6, [1.0, 2.0])[0], math.log(3 * math.exp(1.5) + math.exp(1.0)), rel_tol=1e-15
    )


def test_where_there_is_nothing_to_group_the_plan_steps_aside() -> None:
    generator = random.Random(3)
    nodes = values("x", 3)
    for _ in range(400):
        a, b = generator.choices(nodes[-20:], k=2)
        nodes.append(generator.choice([tanh(a + b), a * b, a - 0.5 * b]))
    p = program(sum(nodes), inputs=nodes[:3])
    with pytest.raises(IrregularError):
        plan_of(p, (False,) * 3)
    found, expected = (p.compile(target)(0.1, 0.2, 0.3) for target in ("numpy", "python"))
    assert_close(found, expected)


def from_everywhere(count: int) -> Any:
    """Layers of one operation, of which each argument is of any layer before."""
    generator = random.Random(count)
    inputs = values("x", 10)
    nodes = list(inputs)
    while len(nodes) < count:
        nodes += [maximum(x, generator.choice(nodes)) for x in nodes[-10:]]
    return program(tanh(sum(nodes)), inputs=[inputs])


def test_where_operands_come_from_everywhere_the_plan_steps_aside_after_little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_for = 0
    found = Operands._of

    def counted(operands: Operands, places: Any) -> Any:
        nonlocal looked_for
        looked_for += 1
        return found(operands, places)

    monkeypatch.setattr(Operands, "_of", counted)
    p = from_everywhere(4000)
    with pytest.raises(IrregularError):
        plan_of(p, (False,))
    assert looked_for < len(p.instructions) / 6  # to its end it would look for operands thrice as often
    numbers = [[0.1 * k for k in range(10)]]
    assert_close(p.compile("numpy")(*numbers), p.compile("python")(*numbers))
