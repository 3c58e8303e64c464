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

import os
from collections.abc import Iterable, Mapping, Sequence
from itertools import count, filterfalse
from time import time_ns
from typing import Any, NamedTuple, Protocol, TypeVar

from chalkgrad.engine.basics.own_attributes import note_misspelt
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.basics.tracebacks import ends_traceback
from chalkgrad.engine.errors import NonFiniteError


class Node(Protocol):
    """The slots of a Value that a sweep reads and writes; value.py, which imports this file, says what they hold."""

    _data: float
    _grad: float | None
    _swept: int
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


class Numbers:
    """The numbers of the sweeps of one process: those that a pickle brings from another, or from a fork, are others."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.next = count(time_ns() << 20).__next__  # far apart also for processes that have begun one behind the other


numbers = Numbers()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=numbers.begin)
begun: set[int] = set()  # the sweeps that a cursor has begun and not finished


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
    waiting: list[Any] = [*roots][::-1]
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


def sweep(nodes: Sequence[Any], root: Any, propagate: bool = False, upstream: float = 1.0, number: int = 0) -> None:
    """Computes the adjoint of every node: the chain rule, one edge at a time, from the root to the leaves.

    The root's is `upstream`. A `number` is left on every node, to tell later which sweep its grad is of.

    A node's adjoint is complete when its turn comes, because its consumers came before it; multiplied with the local
    derivative, it is added to the parent's. (Nodes of one, two and more parents are stored differently, see value.py.)
    """
    for node in nodes:
        node._grad = 0.0
        if number:
            node._swept = number
    root._grad = upstream
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


@ends_traceback
def backward(nodes: Sequence[Any], root: Any, propagate: bool, upstream: float = 1.0) -> None:
    """Runs the reverse sweep over `order([root])` and adds it to the grad of leaves; if it fails, every grad is as it was.

    Its number on every node tells later whose the grads are, and every leaf keeps the grad that it had before.
    """
    refuse_stale(nodes)
    leaves = [node for node in nodes if node._x is None]
    note_misspelt(leaves)
    held = leaves + [node for node in nodes if node._grad is not None and node._x is not None]
    grads, stamps, kept = [node._grad for node in held], [node._swept for node in held], [leaf._dx for leaf in leaves]
    before = [starts_from(leaf) for leaf in leaves] if begun else grads
    number = numbers.next()
    try:
        sweep(nodes, root, propagate, upstream, number)
        for leaf, old in zip(leaves, before):  # noqa: B905 - the leaves come first
            if leaf._rule is not None and leaf.constant:
                leaf._grad = None
                continue
            if old is not None:
                leaf._grad += old
            if not propagate and leaf._grad - leaf._grad != 0.0:
                raise NonFiniteError(say(NotFinite(nodes, root, leaf)))
        for leaf, old in zip(leaves, before):  # noqa: B905 - as above
            leaf._dx = old
        if begun:  # a cursor whose root is among these nodes has nothing left; but copies share a number, a huge one
            begun.difference_update(-stamp for stamp in stamps if stamp >> 100 == -1)
        root._swept = -number
    except BaseException:
        for node in nodes:
            node._grad = None
        for node, grad, stamp in zip(held, grads, stamps, strict=True):
            node._grad, node._swept = grad, stamp
        for leaf, old in zip(leaves, kept, strict=True):
            leaf._dx = old
        raise


def starts_from(leaf: Any) -> float | None:
    """Returns the grad that a new sweep adds to: what a cursor in mid-sweep has written to a leaf is not a part of it."""
    found: float | None = leaf._dx if abs(leaf._swept) in begun else leaf._grad
    return found


def before_in(node: Any) -> float:
    """Returns the part of grad that was there before the last sweep; a cursor in mid-sweep has started from zero."""
    if node._x is not None or node._grad is None or not node._swept or abs(node._swept) in begun:
        return 0.0
    return node._dx or 0.0


def adjoints(nodes: Sequence[N], root: N, upstream: float = 1.0) -> dict[N, float]:
    """Returns the adjoint of every node of `order([root])`, even if it is infinite or NaN; every grad stays as it was."""
    before = [node._grad for node in nodes]
    try:
        sweep(nodes, root, True, upstream)
        return {node: node._grad for node in nodes if node._grad is not None}  # always, after a sweep
    finally:
        for node, grad in zip(nodes, before, strict=True):
            node._grad = grad
