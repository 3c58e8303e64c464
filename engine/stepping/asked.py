"""A graph whose gradients are asked for, and what slips read of it: uses, paths, samples, values elsewhere.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> graph = AskedGraph(Sweep(c * d))
>>> [use.contribution for use in graph.asked(b).uses], [number for number, _ in graph.paths(b)]
([3.0, 2.0], [3.0, 2.0])
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.recording.replay import Replay
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.along import path_counts
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value

LARGEST = 3000  # nodes; of a larger graph only what stands at a value itself is read
SUMS = 8  # that may be those over samples, from the root on
PATHS = 24  # from a value to the root, that are followed one by one


class Use(NamedTuple):
    """One use of a value: the edge from the node that it is an argument of, that node's gradient, the local derivative."""

    node: Value
    slot: int
    adjoint: float
    partial: float

    @property
    def contribution(self) -> float:
        """What comes along the edge."""
        return self.adjoint * self.partial


class Asked(NamedTuple):
    """A gradient that is asked for: in which graph, of which value, its uses, and the right number."""

    graph: AskedGraph
    value: Value
    uses: tuple[Use, ...]
    exact: float


class AskedGraph:
    """A graph whose gradients are asked for, with the right sweep.

    Attributes:
        sweep: the right sweep
        leaves: those that take a gradient
        small: whether everything can be tried: other sweeps, paths, values elsewhere
    """

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.leaves = [node for node in sweep.tape if node._x is None and not node.constant]
        known = not any(isinstance(x, NotKnown) for x in sweep.adjoints.values())
        self.small = len(sweep.tape) <= LARGEST and known

    def asked(self, value: Value) -> Asked:
        """Returns what is asked of a value: its gradient."""
        adjoints = self.sweep.adjoints
        edges = (
            (node, slot)
            for node in reversed(self.sweep.tape.nodes)
            for slot, parent in enumerate(node.parents)
            if parent is value
        )
        uses = tuple(Use(node, slot, adjoints[node], node.partials[slot]) for node, slot in edges)
        return Asked(self, value, uses, adjoints[value])

    @cached_property
    def path_counts(self) -> dict[Value, int]:
        """The number of paths from the root to each node."""
        return dict(path_counts(reversed(self.sweep.tape.nodes), self.sweep.root, lambda node: node.parents))

    def depending(self, value: Value) -> set[Value]:
        """Returns the nodes on the way from a value to the root, both included."""
        found = {value}
        for node in self.sweep.tape:
            if not found.isdisjoint(node.parents):
                found.add(node)
        return found

    def between(self, value: Value) -> list[Value]:
        """Returns the nodes on the way from a value to the root, without the two."""
        found = self.depending(value) - {value, self.sweep.root} if self.small else set()
        return [node for node in self.sweep.tape if node in found]

    def tangents(self, value: Value) -> dict[Value, float]:
        """Returns the derivative of each node by a value."""
        found = {value: 1.0}
        for node in self.sweep.tape:
            if node is not value and not found.keys().isdisjoint(node.parents):
                edges = zip(node.parents, node.partials, strict=True)
                found[node] = sum(partial * found[parent] for parent, partial in edges if parent in found)
        return found

    def paths(self, value: Value) -> list[tuple[float, list[Value]]]:
        """Returns what comes along each path to a value, and the nodes on it, from the value on; [] if they are too many."""
        sweep = self.sweep
        if not self.small or self.path_counts[value] > PATHS:
            return []
        found: list[tuple[float, list[Value]]] = []
        waiting: list[tuple[Value, float, list[Value]]] = [(value, 1.0, [])]
        while waiting:
            node, product, nodes = waiting.pop()
            if node is sweep.root:
                found.append((product * sweep.upstream, nodes))
            for i in reversed(sweep.arrivals.get(node, [])):
                above, slot = sweep.edges[i]
                waiting.append((above, product * above.partials[slot], [*nodes, above]))
        return found

    def samples(self, value: Value) -> list[list[Value]]:
        """Returns, for a value that is used in each of several alike terms of a sum, the nodes that use it, term by term."""
        terms, count = self._terms
        by_term: list[list[Value]] = [[] for _ in range(count)]
        for node in dict.fromkeys(self.sweep.edges[i][0] for i in self.sweep.arrivals.get(value, [])) if count else ():
            if node not in terms:
                return []
            by_term[terms[node]].append(node)
        return by_term if all(by_term) else []

    @cached_property
    def _terms(self) -> tuple[dict[Value, int], int]:
        """For each node in one of several alike terms of a sum alone, which it is; and how many terms there are."""
        terms = _alike_terms(self.sweep) if self.small else []
        found: dict[Value, int] = {}
        shared: set[Value] = set()
        for i, nodes in enumerate(terms):
            shared.update(node for node in nodes if node in found)
            found.update(dict.fromkeys(nodes, i))
        return {node: i for node, i in found.items() if node not in shared}, len(terms)

    def squared(self, value: Value) -> bool:
        """Whether something is squared on the way from a value to the root."""
        squares = (node for node in self.sweep.tape if node.op is RULES["pow"] and node.arguments[1] == 2.0)
        depending = self.depending(value)
        return any(node in depending and node.parents[0] in depending for node in squares)

    @cached_property
    def counts(self) -> list[int]:
        """The numbers of terms in the sums of the graph, if they are more than two."""
        return sorted({len(terms) for terms in _sums(self.sweep) if len(terms) > 2})[:6] if self.small else []

    @cached_property
    def _replay(self) -> Replay:
        return Replay(self.sweep.root)

    def at(self, leaf: Value, h: float) -> float | None:
        """Returns the root's value with one leaf moved by h; None if it has none there."""
        if not self.small:
            return None
        try:
            return self._replay.value_at({leaf: leaf._data + h})
        except (ValueError, ArithmeticError):
            return None


def _sums(sweep: Sweep) -> Iterator[list[Value]]:
    """Yields the terms of each sum on the tape; a sum of sums is one sum, if nothing else uses the inner one."""
    inner: set[Value] = set()
    for node in reversed(sweep.tape.nodes):
        if node in inner or node.op is None or node.op.name not in ("add", "total"):
            continue
        terms: list[Value] = []
        waiting = [node]
        while waiting:
            for parent in reversed(waiting.pop().parents):
                if node.op.name == "add" and parent.op is node.op and len(sweep.arrivals[parent]) == 1:
                    waiting.append(parent)
                    inner.add(parent)
                else:
                    terms.append(parent)
        yield terms[::-1]


def _alike_terms(sweep: Sweep) -> list[list[Value]]:
    """Returns the computed nodes of each term of the first sum whose terms are those of several samples.

    They are computed alike, from the same leaves: outputs that have weights of their own are not samples.
    """
    for terms in islice(_sums(sweep), SUMS):
        parts = [order([term]) for term in terms]
        shapes = {tuple(node.op.name for node in nodes if node.op is not None) for nodes in parts}
        leaves = {frozenset(node for node in nodes if node._x is None) for nodes in parts}
        if len(terms) > 1 and len(shapes) == len(leaves) == 1 and shapes != {()}:
            return [[node for node in nodes if node._x is not None] for nodes in parts]
    return []
