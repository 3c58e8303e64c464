"""The reverse sweep step by step: a sequence of steps, each an edge as data and as a sentence, and a cursor that plays them.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> steps = e.steps()
>>> steps.run_to(b)
5/5   c = a + b   ∂c/∂b = 1
      b.grad += ∂e/∂c · ∂c/∂b = 2 · 1 = 2      3 → 5   2 of 2, complete: ∂e/∂b = 3 + 2 = 5
>>> steps.back(2)
3/5   d = b + 1   ∂d/∂b = 1
      b.grad += ∂e/∂d · ∂d/∂b = 3 · 1 = 3      0 → 3   1 of 2, still to come: through c
>>> b.grad
3.0
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, overload

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.detached import noting_lost
from chalkgrad.engine.basics.numbers_in import to_upstream
from chalkgrad.engine.basics.own_attributes import note_misspelt
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.basics.terminal import columns, printable
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.errors import StaleGraphError
from chalkgrad.engine.stepping.cursor import Cursor, Said
from chalkgrad.engine.stepping.patterns import pattern_of
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.sweep import adjoints
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.fused import Consumers, consumers_of
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import Manner, current, known_notation
from chalkgrad.engine.words.names import of_upstream, value_of
from chalkgrad.engine.words.printer import term_at
from chalkgrad.engine.words.screens import on_terminal
from chalkgrad.engine.words.slides import Limit

if TYPE_CHECKING:  # for ask() and table(), which import it when called; and what type checkers bring, for a default
    from chalkgrad.engine.stepping.answers import Verdict
    from chalkgrad.engine.stepping.marked import MarkedTable
    from typing_extensions import TypeVar

    OneStep = TypeVar("OneStep", bound="Step | NodeStep", default="Step")
else:
    from typing import TypeVar

    OneStep = TypeVar("OneStep")


_MOST_WANTED = 6  # values whose names a hint repeats


class Edges(Sequence[tuple[Value, int]]):
    """The edges in the order of the sweep, each a node and an index in its parents.

    Edges are computed when asked for, because there may be millions: the number of edges up to each node is stored, and a
    binary search in these finds the node of an edge. `nodes` come in the order of the sweep; edges to parents in `excluded`
    are left out.
    """

    def __init__(self, nodes: Sequence[Value], excluded: set[Value]) -> None:
        self._nodes = nodes
        self._slots: dict[Value, list[int]] = {}  # the edges that remain, of nodes with an excluded parent
        if excluded:
            for node in nodes:
                if not excluded.isdisjoint(node.parents):
                    self._slots[node] = [slot for slot, parent in enumerate(node.parents) if parent not in excluded]
        counts = [2 if node._y is not None else 0 if node._x is None else len(node.parents) for node in nodes]
        for i, node in enumerate(nodes) if self._slots else ():
            counts[i] = len(self._slots.get(node, node.parents))
        self._ends = list(accumulate(counts))  # for each node, the number of edges up to its last one

    def __len__(self) -> int:
        return self._ends[-1]

    @overload
    def __getitem__(self, index: int) -> tuple[Value, int]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[Value, int]]: ...
    def __getitem__(self, index: Any) -> Any:
        positions = range(len(self))[index]
        if isinstance(positions, int):
            return self._edge(positions)
        if positions.step != 1:
            return [self._edge(i) for i in positions]
        first = bisect_right(self._ends, positions.start)  # the node of the first one; the others are found by going on
        before = self._ends[first - 1] if first else 0
        return [*islice(self._from(first, positions.start - before), len(positions))]

    def _edge(self, position: int) -> tuple[Value, int]:
        i = bisect_right(self._ends, position)
        node = self._nodes[i]
        slot = position - (self._ends[i - 1] if i else 0)
        return node, self._slots[node][slot] if node in self._slots else slot

    def __iter__(self) -> Iterator[tuple[Value, int]]:
        return self._from(0, 0)

    def _from(self, first: int, done: int) -> Iterator[tuple[Value, int]]:
        """Yields the edges from a node on, without the first ones of that node, which may be one of a million parents."""
        nodes = self._nodes
        for node in map(nodes.__getitem__, range(first, len(nodes))):
            for slot in self._slots.get(node, range(len(node.parents)))[done:]:
                yield node, slot
            done = 0


class Sweep:
    """One reverse sweep, as its steps share it: the root, its tape, the edges in order, the final adjoints, the names."""

    def __init__(
        self, root: Value, wrt: Sequence[Value | str] = (), upstream: float = 1.0, notation: str | None = None
    ) -> None:
        self.notation = None if notation is None else known_notation(notation)
        self.tape = Tape([root])
        root._refuse_forgotten()
        self.root, self.upstream = root, to_upstream(upstream)
        self._expressions: dict[tuple[Value, int, int | None, Manner], str] = {}
        refuse_stale(self.tape.nodes)
        note_misspelt(self.tape.nodes)
        self._clock, self._newest = modes.clock, self._newest_change()
        excluded = {node for node in self.tape.nodes if node._x is None and node.constant}
        self.whole = not wrt
        if wrt:
            excluded.update(set(self.tape) - self._leading_to([value_of(value, self.names) for value in wrt]))
        self.edges = Edges(self.tape.nodes[::-1], excluded)

    def reorder(self, nodes: Sequence[Value]) -> None:
        """Goes through the same edges in the order of these nodes, each of which comes after its parents."""
        assert {*nodes} == {*self.tape.nodes}
        self.tape.nodes = tuple(nodes)
        self.edges = Edges(self.tape.nodes[::-1], {node for node in nodes if node.constant})

    def _leading_to(self, wrt: Sequence[Value]) -> set[Value]:
        """The wanted values and the nodes computed from them: only these pass a contribution on to the wanted ones."""
        wanted = set(wrt)
        missing = wanted.difference(self.tape)
        if missing:
            name, root = words.name_of(next(node for node in wrt if node in missing)), self.names[self.root]
            raise ValueError(f"{root} does not depend on {name}, so no step of its backward pass leads there")
        for node in self.tape:
            if any(parent in wanted for parent in node.parents):
                wanted.add(node)
        return wanted

    def _newest_change(self) -> int:
        return max(node._clock for node in self.tape)

    def refuse_changes(self) -> None:
        """Raises StaleGraphError if data has changed since the sweep began; the clock says if any data changed anywhere."""
        if modes.clock == self._clock:
            return
        refuse_stale(self.tape.nodes)
        if self._newest_change() != self._newest:
            raise StaleGraphError("the values have changed since these steps were made: make new ones with steps()")
        self._clock = modes.clock

    @cached_property
    def adjoints(self) -> dict[Value, float]:
        """Every node's final adjoint; computed when first asked for, because a cursor moves without them."""
        self.refuse_changes()
        return adjoints(self.tape.nodes, self.root, self.upstream)

    @cached_property
    def links(self) -> dict[Value, list[tuple[Value, float]]]:
        """The parents of each node, parents first, and the local derivatives; those of excluded edges are left out."""
        found: dict[Value, list[tuple[Value, float]]] = {node: [] for node in self.tape if node._x is not None}
        for node, slot in self.edges:
            found[node].append((node.parents[slot], node.partials[slot]))
        return found

    @property
    def of(self) -> str:
        """The name of what the adjoints are derivatives of: the root, or the J that it goes on into."""
        return of_upstream(self.names, self.root, self.upstream)

    @cached_property
    def _tables(self) -> tuple[list[float], list[int], dict[Value, list[int]]]:
        before: list[float] = []
        rank: list[int] = []
        arrivals: dict[Value, list[int]] = {}
        so_far: dict[Value, float] = {self.root: self.upstream}
        for position, (node, slot) in enumerate(self.edges):
            parent = node.parents[slot]
            before.append(so_far.get(parent, 0.0))
            so_far[parent] = before[-1] + self.contribution(position)
            positions = arrivals.setdefault(parent, [])
            rank.append(len(positions))
            positions.append(position)
        return before, rank, arrivals

    @property
    def before(self) -> list[float]:
        """For each edge the parent's adjoint before it."""
        return self._tables[0]

    @property
    def rank(self) -> list[int]:
        """For each edge its index among the edges that contribute to the same parent."""
        return self._tables[1]

    @property
    def arrivals(self) -> dict[Value, list[int]]:
        """For each value the positions in `edges` that contribute to it."""
        return self._tables[2]

    @cached_property
    def _consumers(self) -> Consumers:
        return consumers_of(self.tape)

    def consumers(self) -> Consumers:
        """Returns for each value the nodes of the tape that use it."""
        return self._consumers

    @property
    def names(self) -> Mapping[Value, str]:
        """The names that the sentences use."""
        return self.tape.names

    def expression(self, node: Value, digits: int = 4, slot: int | None = None) -> str:
        """Returns the expression of a node, which is written once and kept; `slot` is of the parent that it is about."""
        key = node, digits, None if slot is None else term_at(node, slot), current()
        if key not in self._expressions:
            self._expressions[key] = words.expression(node, self.names, digits=digits, slot=slot)
        return self._expressions[key]

    @cached_property
    def width(self) -> int:
        """The width of the widest `name = expression`, to which sentences are aligned; only the first 400 edges count."""
        nodes = dict.fromkeys(node for node, _ in self.edges[:400])
        return max((columns(f"{self.names[node]} = {self.expression(node)}") for node in nodes), default=0)

    def contribution(self, position: int) -> float:
        """Returns what an edge contributes: its node's adjoint times the local derivative."""
        node, slot = self.edges[position]
        return self.adjoints[node] * node.partials[slot]


class Step(Said):
    """One edge of the backward pass, as data; `str(step)` is its sentence.

    `node.parents[slot]` is `parent`, whose gradient goes from `before` to `after` by `adjoint` · `partial`. It is
    contribution `number` of `of`. Position 0 is the seed: its node is None and its parent the root.
    """

    __slots__ = ("index", "node", "parent", "partial", "slot", "sweep")

    def __init__(self, sweep: Sweep, index: int) -> None:
        super().__init__()
        self.sweep, self.index = sweep, index
        self.node: Value | None = None
        self.slot, self.parent, self.partial = 0, sweep.root, 1.0
        if index:
            self.node, self.slot = sweep.edges[index - 1]
            self.parent, self.partial = self.node.parents[self.slot], self.node.partials[self.slot]

    @property
    def adjoint(self) -> float:
        """The node's gradient ∂root/∂node, which is complete at this step."""
        return self.sweep.adjoints[self.node] if self.node is not None else self.sweep.upstream

    @property
    def contribution(self) -> float:
        """The number that this step adds: gradient · local derivative."""
        return self.adjoint * self.partial

    @property
    def before(self) -> float:
        """The parent's gradient before this step."""
        return self.sweep.before[self.index - 1] if self.index else 0.0

    @property
    def after(self) -> float:
        """The parent's gradient after this step."""
        return self.before + self.contribution

    @property
    def number(self) -> int:
        """The position of this contribution among those to the parent's gradient, from 1."""
        return self.sweep.rank[self.index - 1] + 1 if self.index else 1

    @property
    def of(self) -> int:
        """The number of contributions to the parent's gradient."""
        return len(self.sweep.arrivals[self.parent]) if self.index else 1

    @property
    def contributions(self) -> tuple[float, ...]:
        """The contributions to the parent's gradient so far, this step included."""
        return tuple(self.sweep.contribution(i) for i in self.sweep.arrivals.get(self.parent, [])[: self.number])

    @property
    def by_node(self) -> tuple[dict[Value, float], dict[Value, float]]:
        """The contributions to the parent's gradient so far, and those still to come, summed by the node they come through."""
        come: dict[Value, float] = {}
        rest: dict[Value, float] = {}
        for rank, position in enumerate(self.sweep.arrivals.get(self.parent, [])):
            side, node = (come if rank < self.number else rest), self.sweep.edges[position][0]
            side[node] = side.get(node, 0.0) + self.sweep.contribution(position)
        return come, rest

    @property
    def repeats(self) -> tuple[int, int]:
        """Which of the node's uses of this parent the edge is, from 1, and how many there are; their edges are neighbours."""
        edges, arrivals = self.sweep.edges, self.sweep.arrivals[self.parent]
        first = last = self.number - 1
        while first > 0 and edges[arrivals[first - 1]][0] is self.node:
            first -= 1
        while last + 1 < self.of and edges[arrivals[last + 1]][0] is self.node:
            last += 1
        return self.number - first, last - first + 1

    @property
    def pattern(self) -> str:
        """What the node does with its gradient: "copies", "swaps" or "routes", else ""; see patterns.py."""
        return "" if self.node is None else pattern_of(self.node)

    def latex(self, digits: int = 4) -> str:
        r"""Returns the step's equations, a formula that goes between \[ and \], for documents with the package amsmath."""
        from chalkgrad.engine.stepping.equations import latex_of_step

        return latex_of_step(self, digits)

    @property
    def through(self) -> tuple[Value, ...]:
        """The nodes that will contribute the rest of the parent's gradient."""
        return tuple(self.sweep.edges[i][0] for i in self.sweep.arrivals.get(self.parent, [])[self.number :])


class NodeStep(Said):
    """All edges of one node at once: each parent is updated once, repeated parents summed. `str` is its sentences.

    `steps` are the edges; `updates` maps each parent to (partial, contribution), summed over its edges.
    """

    __slots__ = ("index", "node", "of", "steps", "sweep")

    def __init__(self, sweep: Sweep, index: int, of: int, steps: Sequence[Step]) -> None:
        super().__init__()
        self.sweep, self.index, self.of, self.steps = sweep, index, of, tuple(steps)
        self.node = self.steps[0].node

    @property
    def updates(self) -> dict[Value, tuple[float, float]]:
        """For each parent the local derivative and the contribution to its gradient."""
        sums: dict[Value, tuple[float, float]] = {}
        for step in self.steps:
            partial, contribution = sums.get(step.parent, (0.0, 0.0))
            sums[step.parent] = partial + step.partial, contribution + step.contribution
        return sums

    def latex(self, digits: int = 4) -> str:
        r"""Returns the step's equations, a formula that goes between \[ and \], for documents with the package amsmath."""
        from chalkgrad.engine.stepping.equations import latex_of_step

        return latex_of_step(self, digits)

    @property
    def pattern(self) -> str:
        """What the node does with its gradient: "copies", "swaps" or "routes", else ""; see patterns.py."""
        return self.steps[0].pattern


NodeSteps: TypeAlias = "Steps[NodeStep | Step]"  # with by="node"


class Pending(NamedTuple):
    """A gradient that is not complete: the number of contributions so far, of how many, and the nodes of the others."""

    arrived: int
    of: int
    through: tuple[Value, ...]

    def __repr__(self) -> str:
        few = [*map(repr, self.through[:4])] + ["…"] * (len(self.through) > 4)
        return printable(f"Pending(arrived={self.arrived}, of={self.of}, through=({', '.join(few)}))")


class PendingAdjoints(dict[Value, Pending]):
    """Pending gradients by value, or by its name; it prints a line for each, of many for those that the next steps add to.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c, d = a + b, b + 1
    >>> e = c * d
    >>> e.steps().pending
    c: 0 of 1, still to come: through e
    d: 0 of 1, still to come: through e
    b: 0 of 2, still to come: through d, c
    a: 0 of 1, still to come: through c

    >>> pending = e.steps().pending
    >>> pending["b"].of, pending[b].arrived, len(pending)
    (2, 0, 4)
    """

    def __init__(self, names: Mapping[Value, str]) -> None:
        super().__init__()
        self.names = names
        self.nearest: Sequence[Value] = ()  # in the order in which steps add to them next

    def __missing__(self, key: object) -> Pending:
        value = value_of(key, self.names)
        if value in self:
            return self[value]
        raise KeyError(f"the gradient of {self.names.get(value) or words.name_of(value)} is complete")

    def text(self, limit: int | None = None) -> str:
        """Returns a line for each of the gradients; with a limit, for so many, and how many more there are."""
        return say.dispatch(PendingAdjoints)(self, limit)

    def __repr__(self) -> str:
        return on_terminal(say(self), "print(….text())")


class Steps(Cursor[OneStep]):
    """The backward pass as a sequence of steps, one edge each, and a cursor in it, which these move or look from:

    step(n)         goes n steps forward, 1 if none is given
    back(n)         goes n steps back
    run()           goes to the end
    run_to(value)   goes to where the gradient of a value is complete: run_to(b), run_to("b")
    goto(i)         goes to position i: 0 is the seed ∂root/∂root = 1
    reset()         starts afresh
    ask(answer)     asks what the next step will add, or answers it
    pending         the gradients that are not complete, and what is missing
    table()         the evaluation trace so far, the row at the cursor marked
    current, position, done     the step at the cursor, its number, whether it is the last

    Each movement returns the step it comes to; `print(steps)` shows all. `len`, indexing and iterating move nothing. Movements
    write `.grad`, and the first one starts the tape from zero. After the last step every grad equals that of
    `zero_grad(); backward()` to the bit.

    `by="node"` takes a node's edges at once. `notation` is that of the sentences and the table: "∂", "functions", "d" or "bar".
    `wrt` has the values whose derivatives are wanted, or their names: edges that do not lead to them are left out, and the
    sweep stops at them. `upstream` is the seed, if the root goes on into something else.

    Raises StaleGraphError if something else has changed the graph or its grads since the cursor's last movement.

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

    def __init__(
        self,
        root: Value,
        by: str = "edge",
        wrt: Value | Sequence[Value | str] = (),
        upstream: float = 1.0,
        notation: str | None = None,
    ) -> None:
        if by not in ("edge", "node"):
            raise ValueError(f'steps go by="edge" or by="node", not by={by!r}')
        wanted = list(wrt) if isinstance(wrt, Sequence) and not isinstance(wrt, str) else [wrt]
        self.sweep = Sweep(root, wanted, upstream, notation)
        self._wanted = [value_of(value, self.sweep.names) for value in wanted]
        noting_lost(self.sweep.tape.nodes, self._wanted)
        self.by = by
        edges = self.sweep.edges
        # The number of edges done at each position: the edges of one node are neighbours.
        if by == "edge":
            self._stops: Sequence[int] = range(len(edges) + 1)
        else:
            last = [i for i, (node, _) in enumerate(edges, 1) if i == len(edges) or edges[i][0] is not node]
            self._stops = [0, *last]
        super().__init__(self.sweep.upstream)

    @overload
    def __getitem__(self, index: int) -> OneStep: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[OneStep]: ...
    @short_traceback
    def __getitem__(self, index: Any) -> Any:
        return self._some(index, self._at)

    @property
    def root(self) -> Value:
        """The value that the steps go back from."""
        return self.sweep.root

    def _at(self, position: int) -> Any:
        if self.by == "edge" or position == 0:
            return Step(self.sweep, position)
        steps = [Step(self.sweep, i) for i in range(self._stops[position - 1] + 1, self._stops[position] + 1)]
        return NodeStep(self.sweep, position, len(self) - 1, steps)

    def __len__(self) -> int:
        return len(self._stops)

    @short_traceback
    def run_to(self, value: Value | str) -> OneStep:
        """Goes to the step at which the gradient of `value` becomes complete, forwards or back, and returns it.

        A value is given itself or by its name: run_to(b), run_to("b"), run_to("v5").
        """
        value = value_of(value, self.sweep.names)
        positions = self.sweep.arrivals.get(value)
        if positions is None and value is not self.sweep.root:
            raise ValueError(f"these steps do not lead to {words.name_of(value)}")
        edges = positions[-1] + 1 if positions else 0
        return self.goto(next(i for i in self._positions_from(edges) if self._stops[i] >= edges))

    def _positions_from(self, edges: int) -> range:
        return range(edges if self.by == "edge" else 0, len(self))

    @property
    def pending(self) -> PendingAdjoints:
        """The gradients that are not complete at the cursor, with the nodes that will contribute the rest.

        A mapping from each value, or its name, to (arrived, of, through), which shows itself as sentences: of many for the
        20 that the next steps add to, and its `text()` has all.
        """
        done = self.edges_done
        found = PendingAdjoints(self.sweep.names)
        following: dict[Value, int] = {}
        for value, positions in self.sweep.arrivals.items():
            if positions[-1] >= done:
                arrived = bisect_left(positions, done)
                rest = dict.fromkeys(self.sweep.edges[i][0] for i in positions[arrived:])
                found[value] = Pending(arrived, len(positions), tuple(rest))
                following[value] = positions[arrived]
        found.nearest = sorted(following, key=following.__getitem__)
        return found

    @short_traceback
    def ask(self, answer: float | str | None = None, *, local: bool = False) -> Verdict:
        """Returns the question for the next edge, or, given an answer to it, the verdict: the student predicts first.

        A right answer, rounded or not, takes the step; it may be typed as one works, such as "2·3" or "d·1". For a wrong one
        the verdict names the slip that explains it, if any. With `local` it is the local derivative that is asked for, which
        comes first and takes no step.

        >>> from chalkgrad.engine import Value
        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> L = a * b
        >>> steps = L.steps()
        >>> steps.ask()
        1/2   L = a·b   What is added to a.grad?
              a.grad += ∂L/∂L · ∂L/∂a = ?
        >>> steps.ask(2)
        no: 2 is ∂L/∂b; asked is ∂L/∂a
        >>> steps.ask(local=True)
        1/2   L = a·b   What is the local derivative by a?
              ∂L/∂a = ?
        >>> steps.ask("b", local=True)
        right: ∂L/∂a = b = -3
        >>> steps.ask(-3)
        right: a.grad += ∂L/∂L · ∂L/∂a = 1 · (-3) = -3
        """
        from chalkgrad.engine.stepping.answers import ask

        return ask(self, answer, local)

    @property
    def edges_done(self) -> int:
        """The number of edges done at the cursor."""
        return self._stops[self.position]

    # The cursor's part -----------------------------------------------------------------------------------------------

    def _edges_done(self, position: int) -> int:
        return self._stops[position]

    @property
    def _edges(self) -> Sequence[tuple[Value, int]]:
        return self.sweep.edges

    @property
    def _nodes(self) -> Sequence[Value]:
        return self.sweep.tape.nodes

    def _refuse_changes(self) -> None:
        self.sweep.refuse_changes()

    # Shown -----------------------------------------------------------------------------------------------------------

    _asks = ("ask()",)
    _looks = ("pending", "table()")

    def _heading(self) -> str:
        name, count = self.sweep.names[self.sweep.root], len(self) - 1
        return section("stepping")[f"steps by {self.by}"].format(root=name, position=self.position, count=count)

    def _options(self) -> Sequence[str]:
        wanted = [f'"{self.sweep.names[value]}"' for value in self._wanted]
        by = ['by="node"'] * (self.by == "node")
        listed = f"[{', '.join(wanted) if len(wanted) <= _MOST_WANTED else '…'}]"
        wrt = [f"wrt={wanted[0] if len(wanted) == 1 else listed}"] * bool(wanted)
        notation = [f'notation="{self.sweep.notation}"'] * (self.sweep.notation is not None)
        return [*by, *wrt, *[f"upstream={self.upstream!r}"] * (self.upstream != 1.0), *notation]

    def _run_to(self) -> str:
        if not self.sweep.edges:
            return ""
        node, slot = self.sweep.edges[-1]
        return f'run_to("{self.sweep.names[node.parents[slot]]}")'

    def latex(self, limit: Limit = "slide", digits: int = 4) -> str:
        r"""Returns a line for each += of the pass, a formula that goes between \[ and \], for documents with amsmath.

        Of many steps as many are written as fit a slide, the first and the last; or so many as `limit` says, with None all.
        """
        from chalkgrad.engine.stepping.equations import latex_of_steps

        return latex_of_steps(self, limit, digits)

    def table(self, *, notation: str | None = None, digits: int = 4, limit: int | None = None) -> MarkedTable:
        """Returns the evaluation trace with the gradients so far, where the row of the step at the cursor is marked.

        `notation`, by default that of the steps, and `digits` are those of `Tape.table`; of more rows than `limit`, by
        default those of two screens, the ones around the cursor are shown.

        >>> from chalkgrad.engine import Value
        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> steps = y.steps()
        >>> _ = steps.step()
        >>> steps.table()
           v │ expression │ value │ local derivatives                            │ gradient
        ─────┼────────────┼───────┼──────────────────────────────────────────────┼──────────
         > x │            │ 3     │                                              │ 3 + …
           y │ x·x        │ 9     │ ∂y/∂x (1st x) = x = 3, ∂y/∂x (2nd x) = x = 3 │ 1
        """
        from chalkgrad.engine.stepping.marked import table_of_steps

        return table_of_steps(self, notation or self.sweep.notation, digits, limit)
