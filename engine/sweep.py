"""The Wengert list: every node of a graph once, parents before consumers, and what one does with it.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> [node.data for node in e.tape()]
[2.0, -3.0, -6.0]

Read backwards with adjoints it is the reverse sweep (`backward`; edge by edge in steps.py); replayed after a leaf has
changed it is `forward`; printed it is the evaluation trace.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast, overload

from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.errors import NonFiniteError, StaleGraphError
from chalkgrad.engine.recording.recorder import FAILURES, Computer, computer
from chalkgrad.engine.stepping.trace import Options, Table
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.names import names_of, own_name

if TYPE_CHECKING:
    from chalkgrad.engine.derivatives.tangents import Tangents
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
            done.append(pop())  # type: ignore[arg-type] # below None is a node
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
            raise not_finite(nodes, root, node)
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
                raise not_finite(nodes, root, node)
    except BaseException:
        for node, grad in zip(nodes, before, strict=True):
            node._grad = grad
        raise


def not_finite(
    nodes: Sequence[Value], root: Value, end: Value, adjoints: Mapping[Value, float] | None = None
) -> NonFiniteError:
    """The error for an adjoint of `end` that is not finite, naming the first contribution to it that is not.

    The adjoints are the grads, or those given, which need not be of all nodes.
    """
    names = names_of(nodes)
    for node in reversed(nodes):
        if adjoints is not None and node not in adjoints:
            continue
        adjoint = node.grad if adjoints is None else adjoints[node]
        for slot, parent in enumerate(node.parents):
            partial = node.partials[slot]
            contribution = adjoint * partial
            if parent is end and contribution - contribution != 0.0:
                return NonFiniteError(
                    f"the sweep from {names[root]} stops at {names[node]} = {words.expression(node, names)}: the contribution "
                    f"{words.factor(adjoint)} · {words.factor(partial)} to {names[parent]} is not finite, "
                    f"for {_because(node, slot, names)}; no grad was changed"
                )
    return NonFiniteError(
        f"the contributions to {names[end]} add up to more than a float can hold, 1.798e308; no grad was changed"
    )


def tangent_not_finite(
    nodes: Sequence[Value], seeds: Iterable[Value], node: Value, tangents: Mapping[Value, float]
) -> NonFiniteError:
    """The error for a tangent of `node` that is not finite, naming the first contribution to it that is not."""
    names = names_of(nodes)
    inputs = ", ".join(names.get(x, "") or own_name(x) or "an input" for x in seeds)
    where = f"the forward sweep from {inputs} stops at {names[node]} = {words.expression(node, names)}"
    for slot, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
        contribution = tangents.get(parent, 0.0) * partial
        if parent in tangents and contribution - contribution != 0.0:
            return NonFiniteError(
                f"{where}: the contribution {words.factor(partial)} · {words.factor(tangents[parent])} from {names[parent]} "
                f"is not finite, for {_because(node, slot, names)}"
            )
    return NonFiniteError(f"{where}: the contributions to it add up to more than a float can hold, 1.798e308")


def _because(node: Value, slot: int, names: Mapping[Value, str]) -> str:
    """Why what passes an edge is not finite: the local derivative there, and where it was taken."""
    partial, parent = node.partials[slot], node.parents[slot]
    kind = "the product is too large"
    if partial - partial != 0.0:
        kind = f"its local derivative {'does not exist' if partial != partial else 'is infinite'} there"
    return f"{kind} ({words.reason(node, slot, names)}, at {names[parent]} = {words.number(parent._data)})"


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


def forward(nodes: Sequence[Any], clock: int, compute: Callable[..., tuple[float, tuple[float, ...]]]) -> None:
    """Recomputes the nodes that are older than a parent, and what follows from them; all of them or, on an error, none.

    A node that has been recomputed has the clock of now, so it is newer than those that use it.
    """
    before: list[tuple[Any, ...]] = []
    functions: dict[Any, Computer] = {}  # by operation, and by which of its arguments are numbers
    try:
        for node in nodes:
            x, y, own = node._x, node._y, node._clock
            if x is None:
                continue
            parents = x if x.__class__ is tuple else (x, y) if y is not None else (x,)
            for parent in parents:
                if parent._clock > own:
                    break
            else:
                continue
            key = rule = node._rule
            numbers = [parent._data for parent in parents]
            is_number: tuple[bool, ...] = ()
            if rule.__class__ is tuple:
                rule, *template = rule
                following = iter(numbers)
                numbers = [next(following) if t is None else t for t in template]
                is_number = tuple([t is not None for t in template])
                key = rule, is_number
            function = functions.get(key)
            if function is None:
                function = functions[key] = computer(rule, is_number or (False,) * len(numbers))
            try:
                value, partials = function(*numbers)
            except FAILURES:
                value = math.nan
            if value - value != 0.0 or (is_number and rule.lists):  # the general way, which has the sentences
                value, partials = compute(rule, numbers, is_number or [False] * len(numbers), node.arguments)
            before.append((node, node._data, node._dx, node._dy, own, node._grad))
            if x.__class__ is tuple:
                node._dx = partials
            else:
                node._dx, node._dy = partials if y is not None else (*partials, None)
            node._data, node._clock, node._grad = value, clock, None
    except BaseException:
        for node, data, dx, dy, own, grad in before:
            node._data, node._dx, node._dy, node._clock, node._grad = data, dx, dy, own, grad
        raise


class Tape(Sequence["Value"]):
    """The nodes that one or several roots are computed from, each once, parents first.

    A sequence of Values. `print(tape)` shows the evaluation trace: name, expression, value, local derivatives with their
    reasons, and the adjoint, as far as a sweep has come. `table()` shows it with options, and in LaTeX, Markdown or HTML.

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

    def contributions(self, nodes: Iterable[Value], by: str = "edge") -> dict[Value, list[float]]:
        """What each node's adjoint is made of: one term per edge, in the order of the sweep; 1 for a root.

        With by="node", one term per consumer: the edges of a repeated parent are summed.
        """
        terms: dict[Value, list[float]] = {node: [1.0] if node in self.roots else [] for node in nodes}
        for node in reversed(self.nodes):
            if node.has_grad:
                here: set[Value] = set()
                for parent, partial in zip(node.parents, node.partials, strict=True):
                    if parent in here and by == "node":
                        terms[parent][-1] += node.grad * partial
                    elif parent in terms:
                        terms[parent].append(node.grad * partial)
                        here.add(parent)
        return terms

    def tangents(self, x: Value | Sequence[Value], direction: Sequence[float] | None = None) -> Tangents:
        """Returns the tangent of every node v by node: forward mode. `print` shows it beside the values.

        For one x, whose own tangent is 1, it is ∂v/∂x; for several, whose tangents are the numbers in `direction`, how fast v
        changes if they do so along it. No grad is changed.

        Raises ValueError for an x that is not on the tape or is a constant, StaleGraphError where a value has changed
        since, NonFiniteError at the first tangent that is not finite.

        >>> from chalkgrad.engine import Value
        >>> x, y = Value(3.0, "x"), Value(2.0, "y")
        >>> z = x * x + y
        >>> tape = z.tape()
        >>> [tape.tangents(x)[v] for v in (x, y, z)]
        [1.0, 0.0, 6.0]
        >>> tape.tangents([x, y], [1.0, 10.0])[z]
        16.0

        Source: Griewank & Walther, Evaluating Derivatives, section 1.2; Baydin et al. (2018), table 2.
        """
        from chalkgrad.engine import value  # these import this
        from chalkgrad.engine.derivatives.linear import seeded
        from chalkgrad.engine.derivatives.tangents import Tangents

        single = isinstance(x, value.Value) or not hasattr(x, "__iter__")
        xs: list[Any] = [x] if single else list(cast("Sequence[Value]", x))
        nodes = set(self.nodes)
        for each in xs:
            known = isinstance(each, value.Value)
            if not known or each not in nodes or each.constant:
                name, why = own_name(each) if known else repr(each), "a constant" if known and each.constant else "not on it"
                raise ValueError(f"a tangent is taken with respect to a value on the tape, and {name or 'this one'} is {why}")
        if direction is None and not single:
            raise TypeError("of several values a tangent needs a direction, a number for each: tangents([a, b], [1, 0])")
        numbers = [1.0] if direction is None else [value.to_float(d, "a direction") for d in direction]
        if len(numbers) != len(xs):
            raise ValueError(f"a direction has a number for each value: {len(xs)}, and this one has {len(numbers)}")
        return Tangents(self, seeded(xs, numbers))

    def __repr__(self) -> str:
        edges = sum(len(node.parents) for node in self.nodes)
        roots = ", ".join(self.names[root] for root in self.roots)
        return printable(f"<Tape of {roots}: {len(self)} values, {edges} edges; print it for the evaluation trace>")

    def __str__(self) -> str:
        return str(self.table())

    def text(self, limit: int | None = None) -> str:
        """The evaluation trace as a table in text; with a limit, at most about that many rows."""
        return self.table(limit=limit).text()

    def table(
        self,
        *,
        tangent: Value | None = None,
        notation: str = "∂",
        digits: int = 4,
        every_update: bool = False,
        by: str = "edge",
        position: int | None = None,
        limit: int | None = 200,
    ) -> Table:
        """Returns the evaluation trace as a table with options: print it, or take its `latex()`, `markdown()`, `html()`.

        Args:
            tangent: adds the column ∂v/∂tangent of the forward sweep from this value (Baydin et al., table 2)
            notation: "∂"; "d" for dL/dv; "bar" for adjoints v̄ and tangents v̇ (Griewank & Walther)
            digits: significant digits, 4; with 17 every number is written in full
            every_update: a row for each += of the reverse sweep, instead of one for each value
            by: "node" sums what a node adds to a parent that it has several times, as in x·x
            position: shows the adjoints after so many edges of the reverse sweep; None, those that the values have
            limit: at most so many rows, the first and the last; None for all

        Raises ValueError for any other option, and what a sweep raises where one is needed.

        >>> from chalkgrad.engine import Value
        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> print(y.tape().table(every_update=True, by="node", notation="bar"))
         step │ through │ local derivative                             │ adjoint │ +=                          │ so far
        ──────┼─────────┼──────────────────────────────────────────────┼─────────┼─────────────────────────────┼────────
         seed │         │                                              │ ȳ       │                             │ 1
         1/1  │ y = x·x │ ∂y/∂x = x = 3 (1st x), ∂y/∂x = x = 3 (2nd x) │ x̄       │ ȳ · ∂y/∂x = 1 · (3 + 3) = 6 │ 6
        """
        return Table(self, Options(tangent, notation, digits, every_update, by, position, limit))

    def _repr_html_(self) -> str:
        return self.table().html()


def tape(*roots: Value) -> Tape:
    """Returns the Wengert list of several roots at once.

    >>> from chalkgrad.engine import Value
    >>> x = Value(2.0, "x")
    >>> len(tape(x + 1, x * x))
    3
    """
    return Tape(roots)
