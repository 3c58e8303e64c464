"""Lays a graph out without any other program: cards in levels, wires in lanes between them, labels on levels of their own.

Where no Graphviz is to be had, this draws, as it draws networks (`chalkgrad.viz.layout.columns`). Wires bend only between
levels, so none runs through a card. A place gets its box if no card of others and no other place would lie in it.

>>> from chalkgrad.viz.pictures.picture import Card, Edge, Picture
>>> layout = layered(Picture((Card("a"), Card("b"), Card("c")), (Edge(0, 1), Edge(1, 2), Edge(0, 2))))
>>> layout.cards[0].x < layout.cards[1].x < layout.cards[2].x
True
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chalkgrad.viz.layout import dot
from chalkgrad.viz.layout.columns import Columns
from chalkgrad.viz.layout.positions import MARGIN, Layout, Wire
from chalkgrad.viz.layout.wrapping import INSIDE, turned
from chalkgrad.viz.letters.primitives import Box, Point
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins.skin import skin_of

ARROW = 12.0  # the length of an arrowhead
BESIDE = 4.0  # between a label and its wire
SPREAD = 16.0  # between the arrowheads of wires that meet at a card
LEAST, SLOPE, WIDEST = 16.0, 0.4, 130.0  # between two levels: the least, the share of a wire's rise that there is, the most
NAMED = 30.0  # between a place's border and its contents where its name stands
MOST_LANES = 3000  # the longest wires beyond them run straight

Size = tuple[float, float]  # along the levels' direction, and across it
Edges = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Spacing:
    """The space between things: two levels, two cards of one level, a wire and what is beside it."""

    levels: float
    cards: float
    lane: float = 6.0


def layered(picture: Picture) -> Layout:
    """Returns the positions of everything in ``picture``, places and all; `with_clear_places` leaves boxes out."""
    skin = skin_of(picture.skin)
    downwards = picture.direction == "TB"

    def size(wide: float, high: float) -> Size:
        return (high, wide) if downwards else (wide, high)

    shapes = map(skin.label, picture.edges)
    found = _Levels(
        [size(*skin.size(card, picture.direction)) for card in picture.cards],
        [(edge.tail, edge.head) for edge in picture.edges],
        [size(shape.width, shape.height) if shape else None for shape in shapes],
        Spacing(
            72 * skin.ranks * (dot.TIGHT_RANKS if picture.tight else 1),
            72 * (dot.TIGHT if picture.tight is True else dot.APART),
        ),
        arrow=ARROW if skin.arrows else 0.0,
        spread=0.0 if skin.ports[picture.direction][0] else SPREAD,
        rounded=skin.round,
        after=downwards,
        places=[card.place for card in picture.cards],
    )
    paths = dot.places(picture)
    across = Layout(0, 0, tuple(found.boxes), tuple(found.wires), paths, tuple(_around(picture, paths, found)))
    return _from_the_corner(turned(across) if downwards else across, found.label_boxes(turn=downwards))


def layered_dots(picture: Picture) -> Layout:
    """Returns the positions of ``picture`` with a dot for each card, as close together as `dot.dots_only` has them."""
    side = 72 * dot.DOT
    downwards = picture.direction == "TB"
    found = _Levels(
        [(side, side)] * len(picture.cards),
        [(edge.tail, edge.head) for edge in picture.edges],
        [None] * len(picture.edges),
        Spacing(72 * dot.DOT_RANKS, 72 * dot.DOTS_APART, 1.0),
    )
    across = Layout(0, 0, tuple(found.boxes), tuple(found.wires), (), ())
    return _from_the_corner(turned(across) if downwards else across, [])


def with_clear_places(layout: Layout, picture: Picture) -> Layout:
    """Returns ``layout`` without boxes of places that are not clear, and without those of their neighbours.

    A card of others lies in such a box, or the box of another place does. One neuron of three in a box would look highlighted.
    """
    boxes = dict(zip(layout.paths, layout.places, strict=True))
    unclear: set[tuple[str, ...]] = set()  # the places whose parts get no boxes
    for path, box in boxes.items():
        cards = zip(picture.cards, layout.cards, strict=True)
        foreign = [at for card, at in cards if card.place[: len(path)] != path]
        foreign += [at for other, at in boxes.items() if len(other) == len(path) and other != path]
        if any(_overlap(box, at) for at in foreign):
            unclear.add(path[:-1])
    kept = {path: box for path, box in boxes.items() if path[:-1] not in unclear}
    return replace(layout, paths=tuple(kept), places=tuple(kept.values()))


def _overlap(one: Box, other: Box) -> bool:
    return abs(one.x - other.x) < (one.width + other.width) / 2 and abs(one.y - other.y) < (one.height + other.height) / 2


class _Levels:
    """The boxes of cards and the wires between them, from left to right, around no particular point.

    Labels have levels between those of the cards, where their wires are straight: a label is in the middle of its wire, above
    it, or, for a picture that will be turned, ``after`` it.
    """

    def __init__(
        self,
        sizes: Sequence[Size],
        edges: Edges,
        labels: Sequence[Size | None],
        spacing: Spacing,
        *,
        arrow: float = 0.0,
        spread: float = 0.0,
        rounded: bool = False,
        after: bool = False,
        places: Sequence[tuple[str, ...]] = (),
    ) -> None:
        self._sizes, self._labels, self._spacing = sizes, labels, spacing
        self._arrow, self._spread, self._rounded, self._after = arrow, spread, rounded, after
        self._places, self._depth = places, max(map(len, places), default=0)
        order = _in_order(len(sizes), edges)
        self._backwards = [order[head] <= order[tail] for tail, head in edges]
        self._edges = [
            (head, tail) if back else (tail, head) for (tail, head), back in zip(edges, self._backwards, strict=True)
        ]
        self._factor = 2 if any(labels) else 1
        levels = _levels(order, self._edges)
        self._column = [self._factor * level for level in levels]
        self._heights: dict[int, float] = {}
        self._stops: list[list[tuple[int, float]]] = []  # for each edge, the columns it passes, and at which height
        self._label_columns: dict[int, int] = {}
        self._arrange()
        self._left, self._right = self._columns_apart()
        middles = [(self._left[column] + self._right[column]) / 2 for column in self._column]
        self.boxes = [Box(x, self._heights[n], *sizes[n]) for n, x in enumerate(middles)]
        tips = self._tips()
        self.wires = [self._wire(n, tips[n]) for n in range(len(edges))]

    def label_boxes(self, *, turn: bool) -> list[Box]:
        """Returns the boxes of all labels."""
        found = []
        for wire, size in zip(self.wires, self._labels, strict=True):
            if wire.label and size:
                (x, y), (along, across) = wire.label, size
                found.append(Box(y, x, across, along) if turn else Box(x, y, along, across))
        return found

    def _arrange(self) -> None:
        """Decides on the heights of cards, and of wires where they pass a column or carry a label."""
        column: dict[object, int] = dict(enumerate(self._column))
        parts: list[list[tuple[object, object]]] = []
        used = 0
        spans = [self._column[head] - self._column[tail] for tail, head in self._edges]
        direct = set()
        for n in sorted(range(len(spans)), key=spans.__getitem__):
            used += max(0, spans[n] - 1)
            if used > MOST_LANES:
                direct.add(n)
        for n, (tail, head) in enumerate(self._edges):
            if self._labels[n] and spans[n] > 1:
                middle = self._column[tail] + spans[n] // 4 * 2 + 1
                self._label_columns[n] = middle
                column["label", n] = middle
                parts.append([(tail, ("label", n)), (("label", n), head)])
            else:
                parts.append([] if n in direct or not spans[n] else [(tail, head)])
        if not column:
            return
        flat = [part for pieces in parts for part in pieces]
        columns = Columns(
            column, flat, self._extent, space=self._spacing.cards, lane=self._spacing.lane, free=True, between=self._between
        )
        self._heights = {n: columns.heights[n] for n in range(len(self._sizes))}
        lanes = iter(columns.lanes)
        for n, pieces in enumerate(parts):
            stops: list[tuple[int, float]] = []
            for number, _ in enumerate(pieces):
                if number:
                    stops.append((self._label_columns[n], columns.heights["label", n]))
                stops += next(lanes)
            self._stops.append(stops)

    def _extent(self, node: int | tuple[str, int]) -> tuple[float, float]:
        if isinstance(node, int):
            return (self._sizes[node][1] / 2,) * 2
        size = self._labels[node[1]]
        assert size is not None
        needed = size[1] + BESIDE
        return (BESIDE, needed) if self._after else (needed, BESIDE)

    def _between(self, above: object, below: object) -> float:
        """Returns the space for the borders of places that end or begin between two things of a column."""
        if not self._depth:
            return 0.0
        ours, theirs = (self._places[node] if isinstance(node, int) else () for node in (above, below))
        common = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
        return INSIDE * (len(ours) - common) + NAMED * (len(theirs) - common)

    def _columns_apart(self) -> tuple[list[float], list[float]]:
        """Returns where each column begins and ends: where wires rise much, there is more space between two."""
        wide = [0.0] * (max(self._column, default=0) + 1)
        for column, (along, _) in zip(self._column, self._sizes, strict=True):
            wide[column] = max(wide[column], along)
        for n, column in self._label_columns.items():
            size = self._labels[n]
            wide[column] = max(wide[column], size[0] if size else 0.0)
        rise: dict[int, float] = defaultdict(float)
        for (tail, head), stops in zip(self._edges, self._stops, strict=True):
            course = [(self._column[tail], self._heights[tail]), *stops, (self._column[head], self._heights[head])]
            for (at, y), (_, next_y) in pairwise(course):
                rise[at] = max(rise[at], abs(next_y - y))
        left, right = [0.0], [wide[0]]
        least = min(LEAST, self._spacing.levels) + INSIDE * self._depth
        for at, width in enumerate(wide[1:]):
            gap = max(self._spacing.levels / self._factor, least, min(SLOPE * rise[at], WIDEST))
            arrives = (at + 1) % self._factor == 0  # cards stand there, which arrows point to
            left.append(right[-1] + gap + (self._arrow if arrives else 0.0))
            right.append(left[-1] + width)
        return left, right

    def _tips(self) -> list[float]:
        """Returns how far from the middle of its card each wire arrives."""
        arriving: dict[int, list[int]] = defaultdict(list)
        for n, (_, head) in enumerate(self._edges):
            arriving[head].append(n)
        aside = [0.0] * len(self._edges)
        for head, numbers in arriving.items():
            numbers.sort(key=lambda n: self._stops[n][-1][1] if self._stops[n] else self._heights[self._edges[n][0]])
            apart = min(self._spread, 0.7 * self._sizes[head][1] / len(numbers))
            for place, n in enumerate(numbers):
                aside[n] = (place - (len(numbers) - 1) / 2) * apart
        return aside

    def _wire(self, n: int, aside: float) -> Wire:
        tail, head = self._edges[n]
        start, end = self.boxes[tail], self.boxes[head]
        half, rise = end.width / 2, end.height / 2
        inset = half - half * max(0.0, 1 - (aside / rise) ** 2) ** 0.5 if self._rounded and rise else 0.0
        tip = (end.x - half + inset, end.y + aside)
        course = _Course((start.x + start.width / 2, start.y))
        course.straight(self._right[self._column[tail]])
        for column, y in self._stops[n]:
            course.bend(self._left[column], y)
            course.straight(self._right[column])
        course.bend(self._left[self._column[head]] - self._arrow, tip[1])
        course.straight(tip[0] - self._arrow)
        points = course.points
        if self._backwards[n]:
            points = [*reversed(points)]
            points[0], tip = tip, points[-1]
            points[-1] = (tip[0] + self._arrow, tip[1])
        label, size = None, self._labels[n]
        if size and n in self._label_columns:
            column = self._label_columns[n]
            y = next(y for at, y in self._stops[n] if at == column)
            away = size[1] / 2 + BESIDE / 2
            label = ((self._left[column] + self._right[column]) / 2, y + away if self._after else y - away)
        return Wire(tuple(points), tip, label)


class _Course:
    """A wire on its way from left to right, as the control points of joined curves."""

    def __init__(self, start: Point) -> None:
        self.points = [start]

    def straight(self, x: float) -> None:
        """Goes on to the right, up to ``x``."""
        at, y = self.points[-1]
        if x - at > 0.5:
            self.points += [(at + (x - at) / 3, y), (at + (x - at) * 2 / 3, y), (x, y)]

    def bend(self, x: float, y: float) -> None:
        """Goes on to another height; it is level at both ends."""
        at, before = self.points[-1]
        if abs(y - before) < 0.01:
            self.straight(x)
        else:
            self.points += [((at + x) / 2, before), ((at + x) / 2, y), (x, y)]


def _in_order(count: int, edges: Edges) -> dict[int, int]:
    """Returns at which turn each card comes, if each comes after those with wires to it; in a circle, the first comes first."""
    after: dict[int, list[int]] = defaultdict(list)
    waits = [0] * count
    for tail, head in edges:
        if tail != head:
            after[tail].append(head)
            waits[head] += 1
    turn: dict[int, int] = {}
    free = [n for n in reversed(range(count)) if not waits[n]]
    left = iter(range(count))
    while len(turn) < count:
        n = free.pop() if free else next(n for n in left if n not in turn)
        if n in turn:
            continue
        turn[n] = len(turn)
        for head in reversed(after[n]):
            waits[head] -= 1
            if not waits[head]:
                free.append(head)
    return turn


def _levels(order: dict[int, int], edges: Edges) -> list[int]:
    """Returns the level of each card: after all those with wires to it, and as late as that does not make more wires long."""
    before: dict[int, list[int]] = defaultdict(list)
    after: dict[int, list[int]] = defaultdict(list)
    for tail, head in edges:
        if tail != head:
            before[head].append(tail)
            after[tail].append(head)
    cards = sorted(order, key=order.__getitem__)
    level: dict[int, int] = {}
    for card in cards:
        level[card] = max((level[tail] + 1 for tail in before[card]), default=0)
    for card in reversed(cards):
        if after[card] and len(after[card]) >= len(before[card]):
            level[card] = min(level[head] for head in after[card]) - 1
    return [level[card] for card in range(len(cards))]


def _around(picture: Picture, paths: Sequence[tuple[str, ...]], found: _Levels) -> list[Box]:
    """Returns for each place the box around its cards and around the places within it, with space for its name."""
    boxes: dict[tuple[str, ...], Box] = {}
    for path in sorted(paths, key=len, reverse=True):
        inside = [box for card, box in zip(picture.cards, found.boxes, strict=True) if card.place == path]
        inside += [box for other, box in boxes.items() if other[:-1] == path]
        left, right = min(box.x - box.width / 2 for box in inside), max(box.x + box.width / 2 for box in inside)
        top, bottom = min(box.y - box.height / 2 for box in inside), max(box.y + box.height / 2 for box in inside)
        aside, above = (NAMED, INSIDE) if picture.direction == "TB" else (INSIDE, NAMED)
        left, right, top, bottom = left - aside, right + INSIDE, top - above, bottom + INSIDE
        boxes[path] = Box((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
    return [boxes[path] for path in paths]


def _from_the_corner(layout: Layout, labels: Sequence[Box]) -> Layout:
    """Moves ``layout`` so that everything is right of 0 and below it, and says how large it is."""
    boxes = [*layout.cards, *layout.places, *labels]
    points = [point for wire in layout.wires for point in wire.points]
    if not boxes:
        return replace(layout, width=2 * MARGIN, height=2 * MARGIN)
    left = min(box.x - box.width / 2 for box in boxes)
    right = max(box.x + box.width / 2 for box in boxes)
    top = min([box.y - box.height / 2 for box in boxes] + [y for _, y in points])
    bottom = max([box.y + box.height / 2 for box in boxes] + [y for _, y in points])
    left, right = min([left, *(x for x, _ in points)]), max([right, *(x for x, _ in points)])
    moved = layout.moved(lambda at: (at[0] - left + MARGIN, at[1] - top + MARGIN))
    return replace(moved, width=round(right - left + 2 * MARGIN, 2), height=round(bottom - top + 2 * MARGIN, 2))
