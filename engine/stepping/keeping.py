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

from chalkgrad.engine.value import Value


@contextmanager
def grads_kept(nodes: Iterable[Value]) -> Iterator[dict[Value, float | None]]:
    """Leaves the grad of each of ``nodes`` as it was, whatever is done within, even if that fails.

    Provides the grads that it will put back; whoever takes one out of them, or clears them, has the new grad stay.
    """
    found = {node: node._grad for node in nodes}
    try:
        yield found
    finally:
        for node, grad in found.items():
            node._grad = grad
