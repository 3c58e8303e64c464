"""Graphs of a million values, deep and wide: seconds and memory of all that is done with them, each in a process of its own.

The graphs and the work are those of bench/deep.py. The limit of recursion is Python's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from bench.deep import GRAPHS, run
from bench.proof.figure import Figure

PROMISE = "Graphs of a million values: seconds and memory"
SECONDS, MEGABYTES = 10, 500

WORK = {
    "build": "building",
    "backward": "a backward pass",
    "cursor": "stepping through all edges",
    "tape": "the trace, printed",
    "draw": "drawing it folded",
    "deepcopy": "copying",
    "pickle": "pickling",
    "unpickle": "unpickling",
    "free": "freeing",
}
KINDS = {
    "chain": "a chain of one operation",
    "mixed": "a chain of five operations",
    "fan": "a chain of sums of products",
    "wide": "one sum of products",
}

# What bounds a figure that is not met.
BECAUSE = {
    (
        "wide",
        "tape",
    ): "the graph takes 350 MB of it; x has a million contributions, and the uses of each value are counted",
    ("wide", "draw"): "the graph takes 350 MB of it; which of its values are alike is found out for every one",
    ("wide", "deepcopy"): "the graph and its copy stand in memory together",
    ("wide", "pickle"): "the graph takes 300 MB of it; then there are the places of its values, by which edges are written",
}


def figures(quick: bool) -> Iterator[Figure]:
    """Yields the seconds and the peak of memory of each work; of a hundredth as many if `quick`."""
    n = 10_000 if quick else 1_000_000
    kinds = ("wide",) if quick else tuple(GRAPHS)
    for kind in kinds:
        for work, said in WORK.items():
            took, _, peak = run(kind, work, n)
            yield Figure(
                f"{KINDS[kind]}, {n:,} values: {said}",
                f"{took:.1f} s, {peak:.0f} MB",
                f"< {SECONDS} s, < {MEGABYTES} MB",
                took < SECONDS and peak < MEGABYTES,
                BECAUSE.get((kind, work), ""),
            )
