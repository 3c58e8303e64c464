"""Random graphs over all operations of the table: deep or wide, with fan-out, repeated arguments, and numbers of any size.

>>> graph = Grown(7, most=20)
>>> again = graph.again([leaf.data for leaf in graph.leaves])
>>> [node.data for node in again] == [node.data for node in graph.nodes]
True
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine import DomainError, NonFiniteError, Value
from chalkgrad.engine.rules import RULES

from bench.proof.operations import BORDERS

from oracle import applied  # isort: skip

FAILURES = (DomainError, NonFiniteError)
NAMES = tuple(RULES)
ROUND = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0]
EXPONENTS = [2.0, 3.0, -1.0, 0.0, 0.5, 1.0, -2.5, 1e-3, 7.0]


class Refusal(NamedTuple):
    """An operation that was refused while a graph grew."""

    name: str
    numbers: tuple[float, ...]
    error: Exception


class Grown:
    """A random graph: its leaves, all its nodes with the leaves first, and what was refused on the way.

    `most` bounds the number of operations, which is small for most seeds. A third of the graphs is `wild`: it has subnormal
    numbers, and some near overflow. `names` are the operations to choose from.
    """

    def __init__(self, seed: int, most: int = 1_000, names: Sequence[str] = NAMES, wild: bool | None = None) -> None:
        self.seed, self._random = seed, random.Random(f"graph {seed}")
        r = self._random
        self.wild = r.random() < 0.35 if wild is None else wild
        self.leaves = [Value(self.number(), f"x{i}") for i in range(r.randint(1, 6))]
        self.nodes = list(self.leaves)
        self.made: list[tuple[str, list[int | float]]] = []
        self.refused: list[Refusal] = []
        size = int(3 * (most / 3) ** (r.random() ** 1.5))
        self._names = list(names) if r.random() < 0.7 else r.sample(names, 5)
        self._deep = r.choice((0.2, 0.6, 0.95, 1.0))
        for _ in range(4 * size + 20):
            if len(self.made) >= size:
                break
            self._grow()

    @property
    def root(self) -> Value:
        return self.nodes[-1]

    def number(self) -> float:
        """Returns a number that fits the graph."""
        r = self._random
        kind = r.random()
        if kind < 0.25:
            return r.choice(ROUND)
        if kind < 0.6 and self.wild:
            return r.choice(BORDERS) if kind < 0.4 else r.choice((1, -1)) * 10 ** r.uniform(-323, 308)
        return round(r.uniform(-4, 4), 3) if kind < 0.8 else r.gauss(0, 1)

    def _grow(self) -> None:
        r, nodes = self._random, self.nodes
        name = r.choice(self._names)
        lists = RULES[name].lists
        count = (2 * r.randint(1, 4) + 1 if name == "affine" else r.randint(1, 6)) if lists else len(RULES[name].arguments)
        xs: list[int | float] = []
        for i in range(count):
            kind = r.random()
            if kind < 0.2 and count > 1:
                xs.append(r.choice(EXPONENTS) if name == "pow" and r.random() < 0.7 else self.number())
            elif xs and kind < 0.35:
                xs.append(r.choice(xs))
            elif i == 0 and r.random() < self._deep:
                xs.append(len(nodes) - 1)
            else:
                xs.append(r.randrange(max(0, len(nodes) - 12), len(nodes)) if r.random() < 0.7 else r.randrange(len(nodes)))
        if not any(isinstance(x, int) for x in xs):
            xs[r.randrange(count)] = len(nodes) - 1
        arguments = [nodes[x] if isinstance(x, int) else x for x in xs]
        try:
            made = applied(name, arguments)
        except FAILURES as error:
            numbers = tuple(x.data if isinstance(x, Value) else x for x in arguments)
            self.refused.append(Refusal(name, numbers, error.with_traceback(None)))
            return
        nodes.append(made)
        self.made.append((name, xs))

    def again(self, data: Sequence[float], after: Callable[[Any], Any] = lambda x: x) -> list[Any]:
        """Returns the nodes of the same graph recorded anew from other data, each operation's result passed through `after`.

        What the root does not depend on is None, and is not computed.
        """
        nodes: list[Any] = [Value(x, leaf.label) for x, leaf in zip(data, self.leaves, strict=True)]
        reached = set(self.root.tape())
        for node, (name, xs) in zip(self.nodes[len(nodes) :], self.made, strict=True):
            made = applied(name, [nodes[x] if isinstance(x, int) else x for x in xs]) if node in reached else None
            nodes.append(made if made is None else after(made))
        return nodes

    def other_data(self) -> list[float]:
        """Returns other numbers for the leaves."""
        return [self.number() if self._random.random() < 0.6 else leaf.data for leaf in self.leaves]

    @property
    def inputs(self) -> list[int]:
        """The places of the leaves that the root depends on."""
        reached = set(self.root.tape())
        return [i for i, leaf in enumerate(self.leaves) if leaf in reached]

    def depth(self) -> int:
        """Returns how many operations are on the longest way to the root."""
        depths: dict[Value, int] = {}
        for node in self.root.tape():
            depths[node] = 1 + max((depths[parent] for parent in node.parents), default=-1)
        return depths[self.root]
