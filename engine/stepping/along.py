"""A sweep along chosen links, which need not be the graph's own edges: a unit's inputs, or what lies between two values.

>>> adjoints_along({"u": [("x", 3.0)], "y": [("u", 2.0), ("x", 1.0)]}, {"y": 1.0})
{'y': 1.0, 'u': 2.0, 'x': 7.0}
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import TypeVar

N = TypeVar("N", bound=Hashable)


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


def path_counts(
    nodes: Iterable[N], y: N, towards: Callable[[N], Iterable[N]], most: int | None = None
) -> Iterator[tuple[N, int]]:
    """Yields for each of the nodes, consumers first, how many paths lead to it from y; `towards` has a node's parents.

    More than `most` are counted as so many.
    """
    counts = {y: 1}
    for node in nodes:
        if count := counts.pop(node, 0):  # a number of a million digits is not kept longer than needed
            yield node, count
            for parent in towards(node):
                total = counts.get(parent, 0) + count
                counts[parent] = total if most is None else min(total, most)
