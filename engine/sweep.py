"""The reverse sweep: the chain rule carried from a root back to everything that it was computed from.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> nodes = order([e])                               # the tape: every node once, parents before consumers
>>> [node.data for node in nodes]
[2.0, -3.0, -6.0]
>>> sweep(nodes, e)
>>> [node.grad for node in nodes]
[-3.0, 2.0, 1.0]

`backward` is the sweep with what a student expects of it: it adds to the leaves, and changes nothing if it fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import filterfalse
from typing import Any, NamedTuple, Protocol, TypeVar

from chalkgrad.engine.basics.say import say
from chalkgrad.engine.errors import NonFiniteError, StaleGraphError


class Node(Protocol):
    """The slots of a Value that a sweep reads and writes; value.py, which imports this file, says what they hold."""

    _data: float
    _grad: float | None
    _x: Any
    _y: Any
    _dx: Any
    _dy: Any
    _clock: int

    @property
    def parents(self) -> tuple[Any, ...]: ...
    @property
    def constant(self) -> bool: ...


N = TypeVar("N", bound=Node)


class Stale(NamedTuple):
    """A fact: a parent has changed after the node was computed from it."""

    nodes: Sequence[Any]
    node: Any
    parent: Any


class NotFinite(NamedTuple):
    """A fact: the adjoint of `end` in the sweep from `root` is not finite. The adjoints are the grads, or those given."""

    nodes: Sequence[Any]
    root: Any
    end: Any
    adjoints: Mapping[Any, float] | None = None


def order(roots: Iterable[N], seen: set[N] | None = None) -> list[N]:
    """Returns the nodes that the roots are computed from, each once, parents first, a leaf just before its first use.

    It is a depth-first walk by argument, iterative, because a graph may be a million nodes deep. Nodes in `seen` are left
    out, with everything that they come from; the nodes returned are added to it.
    """
    done: list[N] = []
    seen = set() if seen is None else seen
    waiting: list[Any] = [*reversed([*roots])]
    pop, push = waiting.pop, waiting.append
    while waiting:
        node = pop()
        if node is None:  # the node below it has all its parents done
            done.append(pop())
        elif node not in seen:
            seen.add(node)
            x, y = node._x, node._y
            if x is None or (x.__class__ is tuple and seen.issuperset(x)):
                done.append(node)
                continue
            push(node)
            push(None)
            if x.__class__ is tuple:  # leaves lie below what is computed, so that their turn comes just before the node's
                waiting += sorted(filterfalse(seen.__contains__, reversed(x)), key=lambda parent: parent._x is not None)
            elif y is None:
                push(x)
            else:
                waiting += (x, y) if x._x is None and y._x is not None else (y, x)
    return done


def sweep(nodes: Sequence[Any], root: Any, propagate: bool = False) -> None:
    """Computes the adjoint of every node: the chain rule, one edge at a time, from the root to the leaves.

    A node's adjoint is complete when its turn comes, because its consumers came before it; multiplied with the local
    derivative, it is added to the parent's. (Nodes of one, two and more parents are stored differently, see value.py.)
    """
    for node in nodes:
        node._grad = 0.0
    root._grad = 1.0
    for node in reversed(nodes):
        adjoint, x, y = node._grad, node._x, node._y
        if adjoint - adjoint != 0.0 and not propagate and not node.constant:
            raise NonFiniteError(say(NotFinite(nodes, root, node)))
        if y is not None:
            x._grad += adjoint * node._dx
            y._grad += adjoint * node._dy
        elif x.__class__ is tuple:
            for parent, partial in zip(x, node._dx):  # noqa: B905 - equally long, and hot
                parent._grad += adjoint * partial
        elif x is not None:
            x._grad += adjoint * node._dx


def backward(nodes: Sequence[Any], root: Any, propagate: bool = False) -> None:
    """Runs the reverse sweep over `order([root])` and adds it to the grad of leaves; if it fails, every grad is as it was."""
    refuse_stale(nodes)
    before = [node._grad for node in nodes]
    leaves = [(node, node._grad or 0.0) for node in nodes if node._x is None]
    try:
        sweep(nodes, root, propagate)
        for node, old in leaves:
            node._grad = None if node.constant else node._grad + old
            if not propagate and node._grad is not None and node._grad - node._grad != 0.0:
                raise NonFiniteError(say(NotFinite(nodes, root, node)))
    except BaseException:
        for node, grad in zip(nodes, before, strict=True):
            node._grad = grad
        raise


def adjoints(nodes: Sequence[N], root: N) -> dict[N, float]:
    """Returns the adjoint of every node of `order([root])`, even if it is infinite or NaN; every grad stays as it was."""
    before = [node._grad for node in nodes]
    try:
        sweep(nodes, root, propagate=True)
        return {node: node._grad for node in nodes if node._grad is not None}  # always, after a sweep
    finally:
        for node, grad in zip(nodes, before, strict=True):
            node._grad = grad


def adjoints_along(links: Mapping[N, Iterable[tuple[N, float]]], seeds: Mapping[N, float]) -> dict[N, float]:
    """Returns the adjoints that a sweep from the seeds carries along these links alone; no grad is touched.

    The links lead from each node, parents first, to some of its parents, each with a local derivative.
    """
    found = dict(seeds)
    for node in reversed([*links]):
        if node in found:
            for parent, partial in links[node]:
                found[parent] = found.get(parent, 0.0) + found[node] * partial
    return found


# Values that have changed --------------------------------------------------------------------------------------------


def stale_edges(nodes: Sequence[N]) -> Iterator[tuple[N, N]]:
    """Yields the (node, parent) pairs in which the parent has changed after the node was computed from it."""
    now = nodes[-1]._clock
    others = [node for node in nodes if node._clock != now]
    if all(node._x is None and node._clock < now for node in others):
        return  # everything was computed at one time, and no leaf is newer
    for node in nodes:
        for parent in node.parents:
            if parent._clock > node._clock:
                yield node, parent


def stale_nodes(nodes: Sequence[N]) -> list[N]:
    """Returns the nodes whose value is out of date because a leaf has changed; forward() recomputes them."""
    found: dict[N, None] = {}
    edges = {node for node, _ in stale_edges(nodes)}
    for node in nodes:
        if node in edges or any(parent in found for parent in node.parents):
            found[node] = None
    return list(found)


def refuse_stale(nodes: Sequence[Node]) -> None:
    """Raises StaleGraphError if a value has changed after something was computed from it."""
    for node, parent in stale_edges(nodes):
        raise StaleGraphError(say(Stale(nodes, node, parent)))
