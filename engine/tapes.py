"""The Wengert list: every node of a graph once, parents before consumers, and what one does with it.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> [node.data for node in e.tape()]
[2.0, -3.0, -6.0]

Read backwards with adjoints it is the reverse sweep (`backward`, and edge by edge `Steps`); replayed after a leaf has
changed it is `forward`; printed it is the evaluation trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from chalkgrad.engine import words
from chalkgrad.engine.errors import NonFiniteError, StaleGraphError
from chalkgrad.engine.names import names_of

if TYPE_CHECKING:
    from chalkgrad.engine.value import Value


def order(roots: Iterable[Value], seen: set[Value] | None = None) -> list[Value]:
    """The nodes that the roots are computed from, each once, parents first: a depth-first walk by argument.

    The same graph gives the same order. No recursion, for a graph may be a million nodes deep. Nodes in `seen` are left
    out, with all that they come from; those returned are added to it.
    """
    done: list[Value] = []
    seen = set() if seen is None else seen
    waiting: list[Value | None] = [*reversed([*roots])]
    pop, push = waiting.pop, waiting.append
    while waiting:
        node = pop()
        if node is None:  # the node below it has all its parents done
            done.append(pop())  # type: ignore[arg-type]
        elif node not in seen:
            seen.add(node)
            x, y = node._x, node._y
            if x is None:
                done.append(node)
                continue
            push(node)
            push(None)
            if y is not None and y not in seen:
                push(y)
            for parent in reversed(x) if isinstance(x, tuple) else (x,):
                if parent not in seen:
                    push(parent)
    return done


def sweep(nodes: Sequence[Any], root: Any, propagate: bool = False) -> None:
    """The reverse sweep: the chain rule, one edge at a time, from the root to the leaves.

    Each node's adjoint is complete when its turn comes, for its consumers came before it. Times the local derivative, it
    is added to the parent's. (Nodes of one, two and more parents are stored differently, see value.py.)
    """
    for node in nodes:
        node._grad = 0.0
    root._grad = 1.0
    for node in reversed(nodes):
        adjoint, x, y = node._grad, node._x, node._y
        if adjoint - adjoint != 0.0 and not propagate and not node.constant:
            raise _not_finite(nodes, root, node)
        if y is not None:
            x._grad += adjoint * node._dx
            y._grad += adjoint * node._dy
        elif x.__class__ is tuple:
            for parent, partial in zip(x, node._dx):  # noqa: B905 - equally long, and hot
                parent._grad += adjoint * partial
        elif x is not None:
            x._grad += adjoint * node._dx


def backward(nodes: Sequence[Value], root: Value, propagate: bool = False) -> None:
    """The reverse sweep over `order([root])`, added to the grad that leaves had; if it fails, every grad is as it was."""
    refuse_stale(nodes)
    before = [node._grad for node in nodes]
    leaves = [(node, node._grad or 0.0) for node in nodes if node._x is None]
    try:
        sweep(nodes, root, propagate)
        for node, old in leaves:
            node._grad = None if node.constant else node.grad + old
            if node.grad - node.grad != 0.0 and not propagate:
                raise _not_finite(nodes, root, node)
    except BaseException:
        for node, grad in zip(nodes, before, strict=True):
            node._grad = grad
        raise


def _not_finite(nodes: Sequence[Value], root: Value, end: Value) -> NonFiniteError:
    """The error for an adjoint of `end` that is not finite, naming the first contribution to it that is not."""
    names = names_of(nodes)
    for node in reversed(nodes):
        for slot, parent in enumerate(node.parents):
            adjoint, partial = node.grad, node.partials[slot]
            contribution = adjoint * partial
            if parent is end and contribution - contribution != 0.0:
                why = words.reason(node, slot, names)
                kind = "the product is too large"
                if partial - partial != 0.0:
                    kind = f"its local derivative {'does not exist' if partial != partial else 'is infinite'} there"
                return NonFiniteError(
                    f"the sweep from {names[root]} stops at {names[node]} = {words.expression(node, names)}: the contribution "
                    f"{words.factor(adjoint)} · {words.factor(partial)} to {names[parent]} is not finite, "
                    f"for {kind} ({why}, at {names[parent]} = {words.number(parent._data)}); no grad was changed"
                )
    return NonFiniteError(
        f"the contributions to {names[end]} add up to more than a float can hold, 1.798e308; no grad was changed"
    )


def stale_edges(nodes: Sequence[Value]) -> Iterator[tuple[Value, Value]]:
    """The (node, parent) pairs in which the parent has changed after the node was computed from it."""
    now = nodes[-1]._clock
    others = [node for node in nodes if node._clock != now]
    if all(node._x is None and node._clock < now for node in others):
        return  # everything was computed at one time, and no leaf is newer
    for node in nodes:
        for parent in node.parents:
            if parent._clock > node._clock:
                yield node, parent


def refuse_stale(nodes: Sequence[Value]) -> None:
    """Raises StaleGraphError where a value has changed after something was computed from it."""
    for node, parent in stale_edges(nodes):
        names = names_of(nodes)
        raise StaleGraphError(
            f"{names[parent]} is now {words.number(parent._data)}, but {names[node]} = {words.expression(node, names)} was "
            f"computed before it changed: call {names[nodes[-1]]}.forward() first, so that values and gradients belong together"
        )


def forward(nodes: Sequence[Value], clock: int, compute: Callable[..., tuple[float, tuple[float, ...]]]) -> None:
    """Recomputes the nodes that are older than a parent, and what follows from them; all of them or, on an error, none."""
    results: dict[Value, tuple[float, tuple[float, ...]]] = {}
    for node in nodes:
        if any(parent in results or parent._clock > node._clock for parent in node.parents):
            numbers = [x if isinstance(x, float) else results[x][0] if x in results else x._data for x in node.arguments]
            is_number = [isinstance(x, float) for x in node.arguments]
            results[node] = compute(node.op, numbers, is_number, node.arguments)
    for node, (value, partials) in results.items():
        node._link(node.parents, partials)
        node._data, node._clock, node._grad = value, clock, None


class Tape(Sequence["Value"]):
    """The nodes that one or several roots are computed from, each once, parents first.

    A sequence of Values. `print(tape)` shows the evaluation trace: name, expression, value, local derivatives with their
    reasons, and the adjoint once a sweep has run.

    >>> from chalkgrad.engine import Value
    >>> x = Value(3.0, "x")
    >>> y = x * x
    >>> y.backward()
    >>> print(y.tape())
     v │ expression │ value │ local derivatives                            │ adjoint
    ───┼────────────┼───────┼──────────────────────────────────────────────┼───────────
     x │            │ 3     │                                              │ 3 + 3 = 6
     y │ x·x        │ 9     │ ∂y/∂x = x = 3 (1st x), ∂y/∂x = x = 3 (2nd x) │ 1
    """

    def __init__(self, roots: Sequence[Value]) -> None:
        self.roots = tuple(roots)
        if not roots or not all(hasattr(root, "parents") for root in roots):
            given = ", ".join(type(root).__name__ for root in roots) or "nothing"
            raise TypeError(f"a tape is that of one or more Values, as in tape(y1, y2), and was asked for of {given}")
        self.nodes = tuple(order(roots))

    @overload
    def __getitem__(self, index: int) -> Value: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Value]: ...
    def __getitem__(self, index: Any) -> Any:
        return self.nodes[index]

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.nodes)

    @cached_property
    def names(self) -> Mapping[Value, str]:
        """A name for every node: its label, else the caller's variable, else v1, v2, …"""
        return names_of(self.nodes)

    @property
    def stale(self) -> list[Value]:
        """The nodes whose value is out of date, since a leaf has changed; forward() recomputes them."""
        found: dict[Value, None] = {}
        edges = {node for node, _ in stale_edges(self.nodes)}
        for node in self.nodes:
            if node in edges or any(parent in found for parent in node.parents):
                found[node] = None
        return list(found)

    def contributions(self, nodes: Iterable[Value]) -> dict[Value, list[float]]:
        """What each node's adjoint is made of: one term per edge, in the order of the sweep; 1 for a root."""
        terms: dict[Value, list[float]] = {node: [1.0] if node in self.roots else [] for node in nodes}
        for node in reversed(self.nodes):
            if node.has_grad:
                for parent, partial in zip(node.parents, node.partials, strict=True):
                    if parent in terms:
                        terms[parent].append(node.grad * partial)
        return terms

    def __repr__(self) -> str:
        edges = sum(len(node.parents) for node in self.nodes)
        roots = ", ".join(self.names[root] for root in self.roots)
        return words.printable(f"<Tape of {roots}: {len(self)} values, {edges} edges; print it for the evaluation trace>")

    def __str__(self) -> str:
        return words.printable(self.text(limit=200))

    def text(self, limit: int | None = None) -> str:
        """The evaluation trace as a table in text; with a limit, at most about that many rows."""
        return words.table(words.HEADINGS, words.trace_rows(self, limit))


def tape(*roots: Value) -> Tape:
    """Returns the Wengert list of several roots at once.

    >>> from chalkgrad.engine import Value
    >>> x = Value(2.0, "x")
    >>> len(tape(x + 1, x * x))
    3
    """
    return Tape(roots)


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
        return max((words.columns(f"{self.names[node]} = {text}") for node, text in self.expressions.items()), default=0)

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
        return words.printable(words.sentence(self))

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
        return words.printable(f"<Steps of {name}: the seed and {count} edges; print each for its sentence>")
