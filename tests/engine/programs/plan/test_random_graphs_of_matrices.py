"""Graphs put together at random from layers, convolutions, attention and loops, against the scalar program."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from chalkgrad.engine import Value, affine, elu, exp, log, logsumexp, maximum, program, relu, sigmoid, sqrt, tanh
from chalkgrad.engine.programs import compiled
from chalkgrad.engine.sweep import order
from test_forms import LAYERS, Case, flat_numbers, in_floats, numbers_for, values

SEEDS = 20  # some seconds; 2,000 others were tried


class Graph:
    """A graph that grows: vectors of Values, each made of earlier ones, and the inputs that they are made of."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.groups: list[Any] = []
        self.rows: list[bool] = []
        self.vectors: list[list[Any]] = []
        self.matrices: list[list[list[Value]]] = []
        self.count = 0

    def leaves(self, n: int, letter: str, varies: bool = False, low: float = -1.0) -> list[Value]:
        """Makes an input of n leaves, as a list or one by one."""
        self.count += 1
        label = self.random.random() < 0.8
        made = [
            Value(round(self.random.uniform(low, 1.0), 3), f"{letter}{self.count}_{i}" if label else "")
            for i in range(1, n + 1)
        ]
        for leaf in made:
            leaf.constant = self.random.random() < 0.05
        if n < 4 and self.random.random() < 0.5:
            self.groups += made
            self.rows += [varies and self.random.random() < 0.7 for _ in made]
        else:
            own = list(made)
            if self.random.random() < 0.2:
                self.random.shuffle(own)
            self.groups.append(own)
            self.rows.append(varies)
        return made

    def pick(self) -> list[Any]:
        return self.random.choice(self.vectors[-4:] if self.random.random() < 0.7 else self.vectors)

    def weights(self, m: int, n: int) -> list[list[Value]]:
        """Returns a matrix: a new one, of rows or of columns, or one that was there before."""
        fitting = [W for W in self.matrices if len(W) == m and len(W[0]) == n]
        if fitting and self.random.random() < 0.6:
            return self.random.choice(fitting)
        spare = int(self.random.random() < 0.2)
        given = self.leaves(m * n + spare, "w")[: m * n]
        by_row = self.random.random() < 0.8
        W = [given[i * n : (i + 1) * n] if by_row else given[i::m] for i in range(m)]
        self.matrices.append(W)
        return W

    # Pieces --------------------------------------------------------------------------------------------------------------

    def layer(self) -> None:
        z = self.pick()[:12]
        m = self.random.choice([1, 1, 2, 3, len(z), 8, 9, 11])
        W = self.weights(m, len(z))
        kind = self.random.random()
        b = self.leaves(m, "b") if kind < 0.5 else [self.random.choice([0.5, -1.0])] * m
        if 0.5 <= kind < 0.6:
            b = [0.1 * k for k in range(m)]
        u = LAYERS[self.random.choice(list(LAYERS))](W, b, z)
        self.vectors.append([each / len(z) for each in u] if self.random.random() < 0.5 else u)

    def samples(self) -> None:
        """A layer for each of several samples, of leaves or of plain numbers; perhaps with a loss of each."""
        n, m, count = self.random.choice([1, 2, 3, 5]), self.random.choice([1, 3, 8]), self.random.choice([2, 5, 9])
        W, b = self.weights(m, n), self.leaves(m, "b")
        if self.random.random() < 0.5:
            given = self.leaves(n * count, "x", varies=self.random.random() < 0.5)
            X: list[list[Any]] = [given[k * n : (k + 1) * n] for k in range(count)]
        else:
            X = [[self.random.choice([0.0, 1.0, -0.5, self.random.random()]) for _ in range(n)] for _ in range(count)]
        f, layer = self.random.choice([tanh, relu, sigmoid]), LAYERS[self.random.choice(list(LAYERS))]
        self.vectors.append([f(u) for x in X for u in layer(W, b, x)])
        if self.random.random() < 0.5:
            z = self.vectors[-1]
            self.vectors.append([(z[k * m] - self.random.random()) ** 2 for k in range(count)])

    def convolution(self) -> None:
        z = self.pick()
        k = self.random.choice([1, 2, 3])
        if len(z) < k + 1:
            return
        W, step = self.weights(self.random.choice([1, 2, 3]), k), self.random.choice([1, 1, 2])
        made = [
            sum((w * x for w, x in zip(f, z[i : i + k], strict=True)), start=0.1) for f in W for i in range(0, len(z) - k, step)
        ]
        self.vectors.append([relu(u) for u in made])

    def attention(self) -> None:
        z = self.pick()
        d = self.random.choice([2, 3])
        if len(z) < 2 * d:
            return
        rows = [z[i : i + d] for i in range(0, len(z) - d + 1, d)][:6]
        made = []
        for q in rows:
            scores = [sum(a * b for a, b in zip(q, k, strict=True)) / 2 for k in rows]
            powers = [exp(tanh(s)) for s in scores]
            below = sum(powers)
            made += [sum(p / below * k[c] for p, k in zip(powers, rows, strict=True)) for c in range(d)]
        self.vectors.append(made)

    def elements(self) -> None:
        z = self.pick()
        functions: list[Any] = [
            tanh,
            relu,
            sigmoid,
            lambda x: exp(tanh(x)),
            lambda x: tanh(x) ** 2,
            lambda x: log(x * x + 1.0),
            lambda x: sqrt(sigmoid(x)),
            lambda x: -x,
            lambda x: 1 / (x * x + 0.5),
            lambda x: 0.5 * x,
            lambda x: x * x,
            lambda x: maximum(x, 0.1),
            abs,
        ]
        kind = self.random.random()
        if kind < 0.5:
            f = self.random.choice(functions)
            self.vectors.append([f(x) for x in z])
        elif kind < 0.7:
            pair = self.random.sample(functions, 2)
            self.vectors.append([pair[self.random.random() < 0.5](x) for x in z])
        else:
            self.vectors.append([tanh(x * (0.1 * k) + k) / (k + 2) for k, x in enumerate(z)])

    def pairs(self) -> None:
        x, y = self.pick(), self.pick()
        if self.random.random() < 0.3:
            y = [self.random.choice(y)] * len(x)
        if self.random.random() < 0.2:
            y = y[::-1]
        functions: list[Any] = [
            lambda a, b: a + b,
            lambda a, b: a - b,
            lambda a, b: a * b,
            lambda a, b: tanh(a) - 0.5 * b,
            lambda a, b: a / (b * b + 1.0),
            maximum,
            lambda a, b: -(a * b) + b,
            lambda a, b: a * -b - a * a,
            lambda a, b: a + a + b - 1.0,
            lambda a, b: sigmoid(a) ** b,
        ]
        f = self.random.choice(functions)
        self.vectors.append([f(a, b) for a, b in zip(x, y, strict=False)])

    def reduced(self) -> None:
        z = self.pick()
        n = len(z)
        signs = [self.random.choice([-1, 1]) for _ in z]
        made = [
            lambda: sum(z),
            lambda: logsumexp(z),
            lambda: sum(x * x for x in z) / n,
            lambda: sum(x * y for x, y in pairwise(z)) + 0.3,
            lambda: sum((x * z[0] if s > 0 else -x * z[0] for s, x in zip(signs, z, strict=True)), start=0.0) / n,
            lambda: sum((x if s > 0 else -x for s, x in zip(signs, z, strict=True)), start=0.5),
            lambda: sum([z[0]] * 7),
            lambda: sum(z[::2]) - sum(z[1::2]),
        ]
        f = self.random.choice(made)
        parts = [f()]
        if n >= 4 and self.random.random() < 0.6:
            parts = [logsumexp(z[i : i + 2]) + sum(z[i : i + 2]) for i in range(0, n - 1, self.random.choice([1, 2]))]
        self.vectors.append([x if x.__class__ is Value else Value(1.0) for x in parts])

    def mixed(self) -> None:
        z = self.pick() + (self.pick() if self.random.random() < 0.5 else [])
        kind = self.random.random()
        if kind < 0.3:
            z = z[::-1]
        elif kind < 0.5:
            z = self.random.sample(z, len(z))
        elif kind < 0.7:
            z = z[:: self.random.choice([2, 3])]
        elif kind < 0.85:
            z = z + z[:3]
        self.vectors.append(z[:40])

    def made(self) -> Case:
        for _ in range(self.random.choice([1, 2])):
            self.vectors.append(self.leaves(self.random.choice([1, 2, 3, 5, 9, 12]), "x", varies=self.random.random() < 0.8))
        pieces = [self.layer] * 4 + [self.elements] * 4 + [self.pairs] * 3
        pieces += [self.reduced, self.mixed, self.convolution, self.attention, self.samples]
        for _ in range(self.random.randint(2, 9)):
            self.random.choice(pieces)()
        kind = self.random.random()
        last = self.vectors[-1]
        if kind < 0.7:
            chosen = self.random.sample(self.vectors, min(2, len(self.vectors)))
            root: Any = sum([tanh(x) for z in [*chosen, last] for x in z], start=Value(0.5)) + sum([x * 0.1 for x in last])
        else:
            root = self.random.choices([x for z in self.vectors for x in z], k=self.random.randint(1, 3))
            root += [tanh(x) for x in last[:2]]
            if kind > 0.9:
                root.append(Value(3.0, "c"))
        return self._case(root)

    def _case(self, root: Any) -> Case:
        nodes = set(order(root if isinstance(root, list) else [root]))
        groups, rows = [], []
        for group, varies in zip(self.groups, self.rows, strict=True):
            if not nodes.isdisjoint(group if isinstance(group, list) else [group]):
                groups.append(group)
                rows.append(varies)
        if not groups:
            return self._case([self.vectors[0][0], *(root if isinstance(root, list) else [root])])
        places = list(range(len(groups)))
        self.random.shuffle(places)
        keep = places if self.random.random() < 0.8 else places[: max(1, len(places) - 1)]
        groups, rows = [groups[i] for i in keep], [rows[i] for i in keep]
        wrt: list[Any] | None = None
        if self.random.random() < 0.4:
            wrt = []
            for group in self.random.sample(groups, self.random.randint(1, len(groups))):
                if isinstance(group, list) and self.random.random() < 0.6:
                    part = self.random.sample(group, self.random.randint(1, len(group)))
                    wrt.append(part if self.random.random() < 0.8 else part[0])
                else:
                    wrt.append(group)
        return Case(root, groups, rows, wrt)


def assert_same(found: Any, expected: Any, limit: float = 1e-11) -> None:
    found, expected = flat_numbers(found), flat_numbers(expected)
    assert found.shape == expected.shape
    if found.size:
        assert np.isfinite(expected).all()
        assert np.abs(found - expected).max() <= limit * max(np.abs(expected).max(), 1.0)


def check(case: Case, targets: Sequence[str], samples: Sequence[int | None]) -> None:
    p = program(case.root, inputs=case.inputs, wrt=case.wrt)
    made = [(p.function(np) if target == "functional" else p.compile(target)) for target in targets]
    scalar = p.compile("python")
    for batch in samples:
        given = numbers_for(case, batch is not None)
        if batch == 1:
            given = [x[:1] if rows else x for x, rows in zip(given, case.rows, strict=True)]
        expected = scalar(*map(in_floats, given))
        for f in made:
            assert_same(f(*given), expected)


def same_sums_of_several_lists() -> Case:
    """Products alike in factors that come from several lists: these are put together, and read again and again."""
    a, b, x = values("a", 4), values("b", 4), values("x", 4)
    s = [a[1] * x[0] + b[2] * x[1] + a[3] * x[2] for _ in range(9)]
    return Case(sum([tanh(each) * y for each, y in zip(s, [*x, *a], strict=False)]), [a, b, x], [False, False, True])


def one_number_for_all() -> Case:
    """A number of its own, computed or given, that stands in lists with others, and with itself."""
    a, x = values("a", 1)[0], values("x", 9)
    b, z = tanh(a), tanh(x[0] * a)
    s = [sum([each * w for w in (a, b, z, b)], start=x[1]) for each in x]
    return Case([logsumexp([b] * 5) + sum([z] * 7) + sum(s), s[3] * sum([b * z] * 6)], [a, x], [False, True])


def one_number_by_choice() -> Case:
    """A value that is a number whatever the inputs are, because a choice takes that side, and stands in a list with others."""
    a, b, c = values("a", 1)[0], values("b", 1)[0], values("c", 1)[0]
    number = elu(2.184, a)
    z = tanh(number)
    return Case(affine([0.16, z, 0.0, 0.0], [0.0, number, b, c], z), [a, b, c], [False, True, False])


def one_number_as_derivative() -> Case:
    """A derivative that is computed from numbers alone, and goes to one element of a list."""
    w, b, x = values("w", 9), values("b", 3), values("x", 9)
    v = sum([p * q for p, q in zip(w, x, strict=True)], start=b[1]) / 9
    return Case(v - -0.562 * v, [w, b, x], [False, False, False])


def numbers_in_lists() -> Case:
    """Lists in which numbers stand among Values, the same ones or others, and lists of which one is enough for the plan."""
    w, x = values("w", 12), values("x", 3)
    s = [sum([a * b for a, b in zip(w[3 * k : 3 * k + 3], x, strict=True)]) for k in range(4)]
    each = [logsumexp([u, 1.0]) for u in s] + [logsumexp([-0.5 * k, u, 1.0, 1.0]) for k, u in enumerate(s)]
    return Case([sum(each), logsumexp([*s, 0.0, 2.5])], [w, x], [False, True])


MADE = [same_sums_of_several_lists, one_number_for_all, one_number_by_choice, one_number_as_derivative, numbers_in_lists]


@pytest.mark.parametrize("make", MADE, ids=lambda f: f.__name__)
def test_a_number_may_stand_in_a_list_again_and_again(make: Any) -> None:
    check(make(), ("numpy", "functional", "llvm"), (None, 5, 1))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_graph_of_random_pieces_has_the_numbers_of_the_scalar_program(seed: int) -> None:
    check(Graph(seed).made(), ("numpy", "functional"), (None, 5, 1))


@pytest.mark.parametrize("seed", range(SEEDS, SEEDS + 5))
def test_so_does_its_machine_code(seed: int) -> None:
    check(Graph(seed).made(), ("llvm",), (None, 5))


@pytest.mark.parametrize("seed", [8909, 9792])
def test_places_in_an_array_are_not_taken_for_numbers_that_have_the_same_bits(seed: int) -> None:
    """The place 0 has the bits of 0.0."""
    check(Graph(seed).made(), ("numpy", "functional"), (None, 1))


@pytest.mark.parametrize("seed", range(200, 204))
def test_so_do_samples_in_pieces(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_SAMPLES", 2)
    monkeypatch.setattr(compiled, "_PIECE", 1)
    check(Graph(seed).made(), ("numpy",), (5,))
