"""A sweep along chosen links, which need not be the graph's own edges: a unit's inputs, or what lies between two values.

>>> adjoints_along({"u": [("x", 3.0)], "y": [("u", 2.0), ("x", 1.0)]}, {"y": 1.0})
{'y': 1.0, 'u': 2.0, 'x': 7.0}
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
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
