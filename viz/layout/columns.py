"""Lays out nodes in columns, ordered so that few edges cross, with a lane for every edge that skips a column.

A lane runs horizontally through the column it skips, between the circles, so that no edge runs through a foreign circle.
Everything is decided in a fixed order: the same graph gives the same layout.

>>> layout = Columns({"a": 0, "b": 1, "c": 2}, [("a", "b"), ("b", "c"), ("a", "c")], lambda node: (20.0, 20.0))
>>> [layout.heights[node] for node in "ab"], len(layout.lanes[2])
([0.0, -21.0], 1)
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any

Node = Hashable
Lane = tuple[str, int, int]  # "lane", the edge's number, the column

SPACE = 14.0  # between two nodes of a column
LANE = 8.0  # half the height of a lane
SWEEPS, WORK = 24, 6000  # the most rounds of sorting, and the most nodes sorted in all rounds together
STRAIGHT = 6.0  # the weight of a straight lane, compared with a node in the middle of its neighbours


class Columns:
    """The heights of nodes, and of the lanes of edges, in columns from left to right.

    ``column`` has the column of each node, in the order in which they start; ``extent`` returns the space that a node needs
    above and below its height. Between two of them there is ``space``, and what ``between`` returns for them besides; ``lane``
    is half the height of a lane. The order of the first column is kept, unless it is ``free``. ``heights`` has the height of
    every node, ``lanes`` for each edge the (column, height) of its lanes.
    """

    def __init__(
        self,
        column: Mapping[Any, int],  # Any, because a Mapping with one kind of nodes as keys is not a Mapping[Node, int]
        edges: Sequence[tuple[Node, Node]],
        extent: Callable[[Any], tuple[float, float]],
        *,
        space: float = SPACE,
        lane: float = LANE,
        free: bool = False,
        between: Callable[[Any, Any], float] = lambda above, below: 0.0,
    ) -> None:
        self._extent, self._nodes = extent, set(column)
        self._space, self._between, self._lane, self._first = space, between, lane, 0 if free else 1
        self._columns: list[list[Node]] = [[] for _ in range(max(column.values()) + 1)]
        for node, number in column.items():
            self._columns[number].append(node)
        self._before: dict[Node, list[Node]] = {node: [] for node in column}
        self._after: dict[Node, list[Node]] = {node: [] for node in column}
        lanes: list[list[Lane]] = []
        for number, (tail, head) in enumerate(edges):
            chain: list[Lane] = [("lane", number, c) for c in range(column[tail] + 1, column[head])]
            for passed in chain:
                self._columns[passed[2]].append(passed)
                self._before[passed], self._after[passed] = [], []
            for a, b in pairwise([tail, *chain, head]):
                self._after[a].append(b)
                self._before[b].append(a)
            lanes.append(chain)
        self._sweeps = max(2, min(SWEEPS, WORK // len(self._before)))
        self._order()
        y = self._heights()
        self.heights = {node: round(y[node], 2) for node in column}
        self.lanes = [[(passed[2], round(y[passed], 2)) for passed in chain] for chain in lanes]

    # Order -----------------------------------------------------------------------------------------------------------

    def _order(self) -> None:
        """Sorts each column by the nodes' neighbours, then swaps adjacent nodes as long as that saves a crossing."""
        best, fewest = [list(column) for column in self._columns], self._crossings()
        for sweep in range(self._sweeps):
            if not fewest:
                break
            forwards = sweep % 2 == 0
            for c in range(1, len(self._columns)) if forwards else range(len(self._columns) - 2, self._first - 1, -1):
                self._sort(c, self._before if forwards else self._after)
            self._exchange()
            if (crossings := self._crossings()) < fewest:
                best, fewest = [list(column) for column in self._columns], crossings
        self._columns = best

    def _positions(self) -> dict[Node, float]:
        return {node: i / max(1, len(column) - 1) for column in self._columns for i, node in enumerate(column)}

    def _sort(self, c: int, neighbours: Mapping[Node, Sequence[Node]]) -> None:
        at = self._positions()

        def middle(node: Node) -> float:
            near = neighbours[node]
            return sum(at[other] for other in near) / len(near) if near else at[node]

        self._columns[c].sort(key=middle)

    def _exchange(self) -> None:
        index = {node: i for column in self._columns for i, node in enumerate(column)}
        for _ in range(self._sweeps):
            better = False
            for column in self._columns[self._first :]:
                for i in range(len(column) - 1):
                    above, below = column[i], column[i + 1]
                    if self._crossed(below, above, index) < self._crossed(above, below, index):
                        column[i], column[i + 1] = below, above
                        index[below], index[above] = i, i + 1
                        better = True
            if not better:
                return

    def _crossed(self, above: Node, below: Node, index: Mapping[Node, int]) -> int:
        """Returns how many edges of two nodes of a column cross if ``above`` stands above ``below``."""
        return sum(
            index[a] > index[b]
            for neighbours in (self._before, self._after)
            for a in neighbours[above]
            for b in neighbours[below]
        )

    def _crossings(self) -> int:
        index = {node: i for column in self._columns for i, node in enumerate(column)}
        total = 0
        for column in self._columns:
            ends = [index[head] for node in column for head in sorted(self._after[node], key=index.__getitem__)]
            above: list[int] = []
            for end in ends:
                total += len(above) - bisect_right(above, end)
                insort(above, end)
        return total

    # Heights ---------------------------------------------------------------------------------------------------------

    def _heights(self) -> dict[Node, float]:
        """Puts each node in the middle of its neighbours, as far as the nodes of its column leave space."""
        y: dict[Node, float] = {}
        for column in self._columns:
            y.update(zip(column, self._separated(column, [0.0] * len(column), [1.0] * len(column)), strict=True))
        for sweep in range(self._sweeps):
            order = range(1, len(self._columns)) if sweep % 2 == 0 else range(len(self._columns) - 1, 0, -1)
            for c in order:
                column = self._columns[c]
                wanted, weights = [], []
                for node in column:
                    near = [*self._before[node], *self._after[node]]
                    if not near:
                        wanted.append(y[node])
                        weights.append(1.0)
                        continue
                    pulls = [STRAIGHT if self._is_lane(node) and self._is_lane(other) else 1.0 for other in near]
                    wanted.append(sum(p * y[other] for p, other in zip(pulls, near, strict=True)) / sum(pulls))
                    weights.append(sum(pulls))
                y.update(zip(column, self._separated(column, wanted, weights), strict=True))
        return y

    def _is_lane(self, node: Node) -> bool:
        return node not in self._nodes

    def _space_needed(self, node: Node) -> tuple[float, float]:
        return (self._lane, self._lane) if self._is_lane(node) else self._extent(node)

    def _separated(self, column: Sequence[Node], wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
        """Returns the heights nearest to ``wanted``, in weighted least squares, that keep the nodes in order and apart.

        Once the space they need is subtracted, the heights only must not decrease: that is isotonic regression, done by
        averaging pools of neighbours that would decrease (pool adjacent violators).
        """
        offsets = [0.0]
        for above, below in pairwise(column):
            needed = self._space_needed(above)[1] + self._space_needed(below)[0]
            offsets.append(offsets[-1] + needed + self._space + self._between(above, below))
        pools: list[tuple[float, float, int]] = []  # mean, weight, count
        for want, offset, weight in zip(wanted, offsets, weights, strict=True):
            pool = (want - offset, weight, 1)
            while pools and pools[-1][0] > pool[0]:
                mean, heavy, count = pools.pop()
                total = heavy + pool[1]
                pool = ((mean * heavy + pool[0] * pool[1]) / total, total, count + pool[2])
            pools.append(pool)
        means = [mean for mean, _, count in pools for _ in range(count)]
        return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
