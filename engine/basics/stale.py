"""Values that have changed after something was computed from them: a graph is stale then, until `forward()` computes it again.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> y = x * x
>>> x.data = 5
>>> stale_nodes([x, y]) == [y]
True
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from chalkgrad.engine.basics.say import say
from chalkgrad.engine.errors import StaleGraphError

N = TypeVar("N", bound=Any)  # a Value


class Stale(NamedTuple):
    """A fact: a parent has changed after the node was computed from it."""

    nodes: Sequence[Any]
    node: Any
    parent: Any


def stale_edges(nodes: Sequence[N]) -> Iterator[tuple[N, N]]:
    """Yields the (node, parent) pairs in which the parent has changed after the node was computed from it."""
    now = nodes[-1]._clock
    others = [node for node in nodes if node._clock != now]
    if all(node._x is None and node._clock < now for node in others):
        return  # everything was computed at one time, and no leaf is newer
    for node in nodes:
        if node._x is not None:
            for parent in node.parents:
                if parent._clock > node._clock:
                    yield node, parent


def stale_nodes(nodes: Sequence[N]) -> list[N]:
    """Returns the nodes whose value is out of date because a leaf has changed; forward() recomputes them."""
    found: dict[N, None] = {}
    edges = {node for node, _ in stale_edges(nodes)}
    for node in nodes if edges else ():
        if node in edges or any(parent in found for parent in node.parents):
            found[node] = None
    return list(found)


def refuse_stale(nodes: Sequence[Any]) -> None:
    """Raises StaleGraphError if a value has changed after something was computed from it."""
    now = nodes[-1]._clock
    for node in nodes:
        if node._clock != now:
            break
    else:
        return  # as in most graphs
    for node, parent in stale_edges(nodes):
        raise StaleGraphError(say(Stale(nodes, node, parent)))
