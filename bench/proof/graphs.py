"""Random graphs: the reverse sweep against tangents and against mpmath, within a bound made of all contributions.

The exact derivatives are sums over all paths, of the local derivatives as they are recorded, at 300 bits. Every product
and every sum on the way may be off by half a unit in the last place: the bound is what these come to, each multiplied by the
local derivatives that it passes on the way to a leaf. The recorded numbers themselves are held against mpmath, too, at one
node of each graph.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import mpmath
from chalkgrad.engine import NonFiniteError, Value
from mpmath import mpf

from bench.proof.cases import WRONG, counted, each
from bench.proof.figure import Figure
from bench.proof.grown import Grown
from bench.proof.operations import compared, exact, rightly

PROMISE = "Random graphs: the reverse sweep, forward tangents and mpmath have the same derivatives"
HALF, TINY = mpf(2) ** -53, mpf(2) ** -1074  # of a unit of 1; the least number
FULL = mpf(sys.float_info.max) * (1 - mpf(2) ** -40)


class Exact(NamedTuple):
    """Derivatives with their bounds, and whether some number on the way does not fit a float."""

    values: dict[Value, mpf]
    bounds: dict[Value, mpf]
    too_large: bool

    def share(self, node: Value, computed: float) -> float:
        """Returns how much of its bound a computed derivative is off by."""
        off = abs(mpf(computed) - self.values[node])
        return float(off / (self.bounds[node] * mpf(1.001) + TINY)) if off else 0.0


def passed_on(edges: Iterator[tuple[Value, Value, float]], start: Value, nodes: list[Value]) -> Exact:
    """Returns what a derivative of 1 at the start comes to at every node, along edges (from, to, local derivative)."""
    zero = mpf(0)
    values, bounds = dict.fromkeys(nodes, zero), dict.fromkeys(nodes, zero)
    values[start], too_large = mpf(1), False
    for source, to, partial in edges:
        if not math.isfinite(partial):
            too_large = True
            continue
        by = mpf(partial)
        product = values[source] * by
        values[to] += product
        bounds[to] += bounds[source] * abs(by) + HALF * (abs(product) + abs(values[to])) + TINY
        if abs(product) > FULL or abs(values[to]) + bounds[to] > FULL:
            too_large = True
    return Exact(values, bounds, too_large)


def backwards(nodes: list[Value]) -> Iterator[tuple[Value, Value, float]]:
    for node in reversed(nodes):
        for parent, partial in zip(node.parents, node.partials, strict=True):
            yield node, parent, partial


def forwards(nodes: list[Value]) -> Iterator[tuple[Value, Value, float]]:
    for node in nodes:
        for parent, partial in zip(node.parents, node.partials, strict=True):
            yield parent, node, partial


def case(seed: int) -> Counter[str]:
    """Returns what the graph of a seed shows."""
    seen: Counter[str] = Counter()
    try:
        with mpmath.workprec(300):
            check(seed, seen)
    except Exception as error:  # a crash is a finding, like any other
        seen[f"{WRONG}Grown({seed}): {type(error).__name__}: {error}"[:300]] += 1
    return seen


def check(seed: int, seen: Counter[str]) -> None:
    """Counts what the graph of a seed shows."""

    def wrong(text: str) -> None:
        seen[f"{WRONG}Grown({seed}): {text}"[:300]] += 1

    graph = Grown(seed)
    root, nodes = graph.root, [*graph.root.tape()]
    r = random.Random(seed)
    seen.update(graphs=1, nodes=len(nodes), refusals=len(graph.refused))
    seen[f"depth {graph.depth()}"] += 1
    for refusal in graph.refused:
        value = exact(refusal.name, refusal.numbers)
        if not rightly(refusal.error, value):
            is_ = mpmath.nstr(value, 17) if value is not None else "outside the domain"
            wrong(f"{refusal.name}{refusal.numbers} is {is_}, and {type(refusal.error).__name__} was raised")
    made = [node for node in nodes if node.parents]
    if made:
        for text in compared(r.choice(made)):
            wrong(text)
    reverse = passed_on(backwards(nodes), root, nodes)
    try:
        root.backward()
    except NonFiniteError as error:
        seen["sweeps refused"] += 1
        if not reverse.too_large:
            wrong(f"backward() was refused, and all fits: {error}")
        if any(node.has_grad for node in nodes):
            wrong("a refused backward() has left a grad")
    else:
        seen["sweeps"] += 1
        share, node = max(((reverse.share(node, node.grad), node) for node in nodes), key=lambda pair: pair[0])
        seen[f"reverse {math.ceil(100 * share):03}"] += 1
        if not share <= 1:
            wrong(f"node {nodes.index(node)} has grad {node.grad!r}, exactly {mpmath.nstr(reverse.values[node], 20)}")
    leaf = r.choice([node for node in nodes if not node.parents])
    forward = passed_on(forwards(nodes), leaf, nodes)
    try:
        tangents = root.tape().tangents(leaf)
    except NonFiniteError as error:
        seen["tangents refused"] += 1
        if not forward.too_large:
            wrong(f"tangents() was refused, and all fits: {error}")
    else:
        seen["tangents"] += 1
        share, node = max(((forward.share(node, tangents[node]), node) for node in nodes), key=lambda pair: pair[0])
        seen[f"forward {math.ceil(100 * share):03}"] += 1
        if not share <= 1:
            wrong(f"node {nodes.index(node)} has tangent {tangents[node]!r}, exactly {mpmath.nstr(forward.values[node], 20)}")
    if reverse.too_large or forward.too_large:
        return
    if abs(reverse.values[leaf] - forward.values[root]) > (reverse.bounds[leaf] + forward.bounds[root]) * mpf(2) ** -200:
        wrong("mpmath itself has other derivatives forwards than backwards")


def largest(seen: Counter[str], what: str) -> int:
    return max((int(key.split()[1]) for key in seen if key.startswith(f"{what} ") and key.split()[1].isdigit()), default=0)


def figures(quick: bool) -> Iterator[Figure]:
    """Yields the count of wrong graphs, and how near the bound the others came."""
    count = 500 if quick else 100_000
    seen, wrong = counted(each(case, range(count), "graphs", quick))
    yield Figure(
        f"{seen['graphs']:,} graphs of {seen['nodes']:,} nodes, up to {largest(seen, 'depth'):,} deep: "
        f"{seen['sweeps']:,} sweeps, {seen['tangents']:,} tangents",
        f"{seen[WRONG]:,} wrong",
        "0",
        not seen[WRONG],
        details=wrong,
    )
    for mode in ("reverse", "forward"):
        share = largest(seen, mode)
        yield Figure(
            f"largest error of {mode} mode, in its bound, which is a sum over all contributions",
            f"{share} %",
            "≤ 100 %",
            share <= 100,
        )
    refused = seen["refusals"] + seen["sweeps refused"] + seen["tangents refused"]
    yield Figure(
        "refusals, each held against the exact number", f"{refused:,}, {seen[WRONG]:,} wrong", "0 wrong", not seen[WRONG]
    )
