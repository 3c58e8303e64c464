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

from chalkgrad.engine.value import Value

Kept = tuple[float | None, int, Any]  # a grad, the sweep that made it, and what a leaf had before that


@contextmanager
def grads_kept(nodes: Iterable[Value]) -> Iterator[dict[Value, Kept]]:
    """Leaves the grad of each of ``nodes`` as it was, whatever is done within, even if that fails.

    Provides what it will put back; whoever takes a node out of that, or clears it, has the new grad stay.
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
