"""The reverse sweep with one thing changed: another local derivative, another order, = for +=, another beginning.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> from chalkgrad.engine.stepping.other_partials import everywhere, own_factor
>>> own = Variation(partials=everywhere(own_factor))            # ∂e/∂a = a instead of b
>>> {node.label: grad for node, grad in varied(Sweep(e), own).items() if node.label}
{'a': 2.0, 'b': -3.0}

A mistake on purpose (mistakes.py) is a variation that is watched edge by edge; a slip (slips.py) one whose result a student
has written down. Both are made from the table's formulas. Numbers may be placeholders (words/placeholders.py), for which
only arithmetic is defined.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import mul
from typing import NamedTuple

from chalkgrad.engine.stepping.along import adjoints_along
from chalkgrad.engine.stepping.edges import Edge, partials_at, way_at
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.value import Value


class Variation(NamedTuple):
    """What is changed.

    Attributes:
        partials: the local derivatives that are taken for others, by edge
        visits: the nodes in the order in which each passes its grad on, along all its edges, and perhaps again
        joined: how the contributions to a grad come together: "sum", "last", "mean" or "product"
        kept: whose grads of a sweep before are there at the beginning: "", "leaves" or "all"
        seed: the root's grad, from the sweep
        through: by edge, the edges into its node whose contributions alone it passes on
        rate: that of a step of descent which each leaf takes as soon as its grad is complete; 0 for none
        digits: those that every number is rounded to; 0 for all
        edge: what comes along an edge, of the gradient above and the local derivative
        where: the edges at which `edge`, `joined` and `to` are others than the sweep's; None for all of them
        without: the edges along which nothing is passed
        to: which parent gets what is passed along an edge; None for its own
    """

    partials: Callable[[Sweep], Mapping[Edge, float]] = lambda _: {}
    visits: Callable[[Sweep], Iterable[Value]] = lambda sweep: reversed(sweep.tape.nodes)
    joined: str = "sum"
    kept: str = ""
    seed: Callable[[Sweep], float] = lambda sweep: sweep.upstream
    through: Callable[[Sweep], Mapping[Edge, list[Edge]]] = lambda _: {}
    rate: float = 0.0
    digits: int = 0
    edge: Callable[[float, float], float] = mul
    where: Callable[[Sweep], Collection[Edge]] | None = None
    without: Callable[[Sweep], Collection[Edge]] = lambda _: ()
    to: int | None = None

    @property
    def is_order(self) -> bool:
        """Whether nodes pass on in another order than the sweep's, or several times."""
        return self.visits is not _PLAIN.visits


_PLAIN = Variation()


class Passed(NamedTuple):
    """One edge of a varied sweep: the node's grad, times the local derivative, takes the parent's from before to after.

    `moves` is the new data of the parent if that is a leaf which takes its step of descent then, None if it does not.
    """

    node: Value
    slot: int
    adjoint: float
    partial: float
    before: float
    after: float
    moves: float | None = None

    @property
    def parent(self) -> Value:
        """The value whose grad changes."""
        return self.node.parents[self.slot]


def varied(sweep: Sweep, variation: Variation) -> dict[Value, float]:
    """Returns the grads that a varied sweep ends with; nothing has come to a value that is missing."""
    if variation._replace(partials=_PLAIN.partials, seed=_PLAIN.seed) == _PLAIN:  # the edges and their order are the sweep's
        others = variation.partials(sweep)
        changed = {
            node: [
                (parent, others.get((node, slot), partial))
                for slot, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True))
                if not parent.constant
            ]
            for node in dict.fromkeys(node for node, _ in others)
        }
        return adjoints_along({**sweep.links, **changed}, {sweep.root: variation.seed(sweep)})
    grads = beginning(sweep, variation)
    for _ in passed(sweep, variation, grads):
        pass
    return grads


def beginning(sweep: Sweep, variation: Variation) -> dict[Value, float]:
    """Returns the grads that a varied sweep begins with."""
    kept = [node for node in sweep.tape if variation.kept == "all" or (variation.kept and node._x is None)]
    return {**{node: sweep.adjoints[node] for node in kept if not node.constant}, sweep.root: variation.seed(sweep)}


def passed(sweep: Sweep, variation: Variation, grads: dict[Value, float]) -> Iterator[Passed]:
    """Yields every edge of a varied sweep, and changes `grads`, which has what it begins with."""
    others, through = variation.partials(sweep), variation.through(sweep)
    where, without = variation.where(sweep) if variation.where else None, variation.without(sweep)
    arrived: dict[Value, int] = {}  # contributions so far
    carried: dict[Edge, float] = {}
    moved: dict[Value, float] = {}  # leaves that have taken their step of descent
    rounded = _rounded(variation.digits)
    for node in variation.visits(sweep):
        if node._x is None:
            continue
        # A leaf's step comes before the node's other edges, which then see the leaf's new value.
        slots = range(len(node.parents))
        for slot in sorted(slots, key=lambda slot: node.parents[slot]._x is not None) if variation.rate else slots:
            here = where is None or (node, slot) in where
            parent = node.parents[slot if variation.to is None or not here else variation.to]
            if parent.constant or (without and (node, slot) in without):
                continue
            adjoint, partial = grads.get(node, 0.0), others.get((node, slot), node.partials[slot])
            if (node, slot) in through:
                adjoint = sum((carried.get(edge, 0.0) for edge in through[node, slot]), start=0.0)
            if moved:
                partial = _partial_at(node, slot, partial, moved)
            made_of = variation.edge if here else mul
            contribution = carried[node, slot] = rounded(made_of(adjoint, rounded(partial)))
            before, count = grads.get(parent, 0.0), arrived.get(parent, 0)
            arrived[parent] = count + 1
            grads[parent] = after = rounded(_joined(variation.joined if here else "sum", before, contribution, count))
            moves = None
            if variation.rate and parent._x is None and count + 1 == len(sweep.arrivals[parent]):
                moves = moved[parent] = parent._data - variation.rate * after
            yield Passed(node, slot, adjoint, partial, before, after, moves)


def _partial_at(node: Value, slot: int, partial: float, moved: Mapping[Value, float]) -> float:
    """The local derivative after some leaves have moved; that of a product reads one factor alone."""
    edge = way_at(node, slot) if node.op is not None else None
    if edge is not None and edge.kind.other:
        factor = edge.arguments[edge.kind.other]
        return moved.get(factor, partial) if isinstance(factor, Value) else partial
    return partial if moved.keys().isdisjoint(node.parents) else partials_at(node, moved)[slot]


def _joined(how: str, before: float, contribution: float, count: int) -> float:
    if how == "sum":
        return before + contribution
    if how == "last" or not count:
        return contribution
    return before * contribution if how == "product" else (before * count + contribution) / (count + 1)


def _rounded(digits: int) -> Callable[[float], float]:
    return (lambda x: float(f"{x:.{digits - 1}e}")) if digits else (lambda x: x)


# Orders --------------------------------------------------------------------------------------------------------------


def recursion(sweep: Sweep) -> Iterator[Value]:
    """Yields the nodes as `def backward(node): pass_on(node); for parent in node.parents: backward(parent)` visits them.

    Each comes once for every path from the root to it, of which there may be exponentially many.
    """
    waiting = [sweep.root]
    while waiting:
        node = waiting.pop()
        if node._x is not None:
            yield node
            waiting += reversed(node.parents)


def depth_first(sweep: Sweep, last_first: bool = False) -> Iterator[Value]:
    """Yields each node when the same recursion first meets it; the recursion may go to the last parent first."""
    seen: set[Value] = set()
    waiting = [sweep.root]
    while waiting:
        node = waiting.pop()
        if node not in seen and node._x is not None:
            seen.add(node)
            yield node
            waiting += node.parents if last_first else reversed(node.parents)


def breadth_first(sweep: Sweep, last_first: bool = False) -> list[Value]:
    """Returns each node once, the root's parents first, then their parents; of each node the last parent may be first."""
    met = [sweep.root]
    seen = set(met)
    for node in met:  # the list grows during the loop
        for parent in reversed(node.parents) if last_first else node.parents:
            if parent not in seen:
                seen.add(parent)
                met.append(parent)
    return met


def parents_before(sweep: Sweep, key: Callable[[Value], object] = lambda node: node, last_first: bool = False) -> list[Value]:
    """Returns the nodes from the root on, each after all that is computed from it, as a recursion into parents finds them.

    It may go to the last parent first, and may take nodes with the same key for one, whose other places have no turn then.
    """
    order, seen, waiting = [], set[object](), [(sweep.root, False)]
    while waiting:
        node, done = waiting.pop()
        if done:
            order.append(node)
        elif key(node) not in seen:
            seen.add(key(node))
            waiting += [(node, True), *((parent, False) for parent in (node.parents if last_first else reversed(node.parents)))]
    return order[::-1]


def leaves_first(sweep: Sweep) -> Iterable[Value]:
    """Returns the nodes in the order of the forward pass."""
    return sweep.tape.nodes
