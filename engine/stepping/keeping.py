"""Puts grads back as they were found, for whoever sweeps a graph only to look at it.

>>> from chalkgrad.engine import Value
>>> a = Value(2.0, "a")
>>> e = a * 3
>>> e.backward()
>>> with grads_kept(e.tape()):
...     _ = e.steps().reset()
...     a
<Value a = 2, grad not computed>
>>> a
<Value a = 2, grad 3>
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from chalkgrad.engine.recording.recompute import recompute
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value

Kept = tuple[float | None, int, Any]  # a grad, the sweep that made it, and what a leaf had before that


@contextmanager
def grads_kept(nodes: Iterable[Value]) -> Iterator[dict[Value, Kept]]:
    """Leaves the grad of each of `nodes` as it was, whatever is done within, even if that fails.

    Provides what it will put back: a node that is taken out of that keeps its new grad, and so do all if it is cleared.
    """
    found: dict[Value, Kept] = {}
    for node in nodes:
        stamp = 0 if node._grad is None and node._x is not None else node._swept
        found[node] = node._grad, stamp, node._dx if node._x is None else None
    try:
        yield found
    finally:
        for node, (grad, stamp, before) in found.items():
            node._grad, node._swept = grad, stamp
            if node._x is None:
                node._dx = before


@contextmanager
def data_kept(root: Value) -> Iterator[dict[Value, tuple[float, int]]]:
    """Leaves the data of all that `root` is computed from as it was, and when it was computed, whatever is set within.

    Provides what it will put back: if that is cleared, the new data stay. What is computed again has no grad, so
    `grads_kept` stands around it.

    >>> a = Value(2.0, "a")
    >>> e = a * 3
    >>> with data_kept(e):
    ...     a.data = 5
    ...     e.forward()
    15.0
    >>> a, e
    (<Value a = 2, grad not computed>, <Value e = a·3 = 6, grad not computed>)
    """
    found = {node: (node._data, node._clock) for node in order([root])}
    try:
        yield found
    finally:
        changed = [node for node, (_, clock) in found.items() if node._clock != clock]
        for node in changed:
            if node._x is None:
                node.data = found[node][0]
        if changed:
            recompute(root)
        for node in changed:
            node._clock = found[node][1]
