"""The reverse sweep edge by edge: `Steps` is the sequence, a `Step` one edge as data, whose text is its sentence.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> y = x * x
>>> step = y.steps()[2]
>>> step.node is y, step.parent is x, step.before, step.after, step.number, step.of
(True, True, 3.0, 6.0, 2, 2)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from chalkgrad.engine import words
from chalkgrad.engine.sentences import sentence
from chalkgrad.engine.tapes import Tape, refuse_stale
from chalkgrad.engine.text import columns, printable

if TYPE_CHECKING:
    from chalkgrad.engine.value import Value


class Sweep:
    """One reverse sweep, as the steps share it: the root, its tape, the edges in order, what each carries, the names."""

    def __init__(self, root: Value) -> None:
        self.root = root
        self.tape = Tape([root])
        refuse_stale(self.tape.nodes)
        self.edges: list[tuple[Value, int]] = []
        self.before: list[float] = []  # the parent's adjoint before each edge
        self.arrivals: dict[Value, list[int]] = {}  # for each value, the positions in `edges` that contribute to it
        self.rank: list[int] = []  # for each edge, its place among those
        self.adjoints = {root: 1.0}
        for node in reversed(self.tape.nodes):
            for slot, parent in enumerate(node.parents):
                if not parent.constant:
                    before = self.adjoints.get(parent, 0.0)
                    arrivals = self.arrivals.setdefault(parent, [])
                    self.rank.append(len(arrivals))
                    arrivals.append(len(self.edges))
                    self.edges.append((node, slot))
                    self.before.append(before)
                    self.adjoints[parent] = before + self.adjoints[node] * node.partials[slot]

    @property
    def names(self) -> Mapping[Value, str]:
        """The names that the sentences use."""
        return self.tape.names

    @cached_property
    def expressions(self) -> Mapping[Value, str]:
        """How each computed node was computed."""
        return {node: words.expression(node, self.names) for node in self.tape if node.parents}

    @cached_property
    def width(self) -> int:
        """The widest `name = expression`, to which sentences are aligned."""
        return max((columns(f"{self.names[node]} = {text}") for node, text in self.expressions.items()), default=0)

    def contribution(self, position: int) -> float:
        """What an edge carries: its node's adjoint times the local derivative."""
        node, slot = self.edges[position]
        return self.adjoints[node] * node.partials[slot]


class Step:
    """One edge of the reverse sweep, as data; `str(step)` is its sentence.

    `node.parents[slot]` is `parent`, whose adjoint goes from `before` to `after` by adjoint · partial; it is contribution
    `number` of `of`. Position 0 is the seed: its node is None and its parent the root.
    """

    __slots__ = ("adjoint", "after", "before", "contribution", "index", "node", "number", "of", "parent", "partial",
                 "slot", "sweep")  # fmt: skip

    def __init__(self, sweep: Sweep, index: int) -> None:
        self.sweep, self.index = sweep, index
        self.node: Value | None
        if index == 0:
            self.node, self.slot, self.parent = None, 0, sweep.root
            self.adjoint, self.partial, self.before, self.number, self.of = 1.0, 1.0, 0.0, 1, 1
        else:
            self.node, self.slot = sweep.edges[index - 1]
            self.parent, self.partial = self.node.parents[self.slot], self.node.partials[self.slot]
            self.adjoint, self.before = sweep.adjoints[self.node], sweep.before[index - 1]
            self.number, self.of = sweep.rank[index - 1] + 1, len(sweep.arrivals[self.parent])
        self.contribution = self.adjoint * self.partial
        self.after = self.before + self.contribution

    @property
    def contributions(self) -> tuple[float, ...]:
        """What the parent's adjoint is made of so far, this step included."""
        return tuple(self.sweep.contribution(i) for i in self.sweep.arrivals.get(self.parent, [])[: self.number])

    @property
    def repeats(self) -> tuple[int, int]:
        """Which of the node's uses of this parent the edge is, and of how many; their edges follow each other."""
        edges, arrivals = self.sweep.edges, self.sweep.arrivals[self.parent]
        first = last = self.number - 1
        while first > 0 and edges[arrivals[first - 1]][0] is self.node:
            first -= 1
        while last + 1 < self.of and edges[arrivals[last + 1]][0] is self.node:
            last += 1
        return self.number - first, last - first + 1

    @property
    def through(self) -> tuple[Value, ...]:
        """The nodes through which the rest of the parent's adjoint will come."""
        return tuple(self.sweep.edges[i][0] for i in self.sweep.arrivals.get(self.parent, [])[self.number :])

    def __str__(self) -> str:
        return printable(sentence(self))

    def __repr__(self) -> str:
        return str(self)


class Steps(Sequence[Step]):
    """The reverse sweep edge by edge. Position 0 is the seed ∂root/∂root = 1, and each further step is one edge.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> L = a * b
    >>> for step in L.steps():
    ...     print(step)
    seed  L.grad = ∂L/∂L = 1
    1/2   L = a·b   ∂L/∂a = b = -3
          a.grad += ∂L/∂L · ∂L/∂a = 1 · (-3) = -3      0 → -3   complete
    2/2   L = a·b   ∂L/∂b = a = 2
          b.grad += ∂L/∂L · ∂L/∂b = 1 · 2 = 2      0 → 2   complete
    """

    def __init__(self, root: Value) -> None:
        self.sweep = Sweep(root)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Step]: ...
    def __getitem__(self, index: Any) -> Any:
        positions = range(len(self))[index]  # which knows slices, negative positions and the IndexError
        return Step(self.sweep, positions) if isinstance(positions, int) else [Step(self.sweep, i) for i in positions]

    def __len__(self) -> int:
        return len(self.sweep.edges) + 1

    def __repr__(self) -> str:
        name, count = self.sweep.names[self.sweep.root], len(self.sweep.edges)
        return printable(f"<Steps of {name}: the seed and {count} edges; print each for its sentence>")
