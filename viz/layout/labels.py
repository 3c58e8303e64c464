"""Moves labels from where the layout has reserved space for them to a place close to their own edges.

Graphviz keeps labels clear of cards and of each other, but leaves some nearer to a neighbour's edge than to their
own. Here each label tries the places along its own edge, on every side, and takes the cheapest; if none is free, it stays.
The costs below are in points of distance between the label and its edge.

>>> clear((0, 0, 10, 10), (10, 0, 20, 10)), clear((0, 0, 10, 10), (9, 0, 20, 10))
(True, False)
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise, repeat
from math import inf

from chalkgrad.viz.layout.positions import Layout, Wire
from chalkgrad.viz.letters.primitives import Point
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins.shapes import LABEL_HEIGHT, LabelShape, shape_place
from chalkgrad.viz.skins.skin import skin_of

Rectangle = tuple[float, float, float, float]  # left, top, right, bottom
Candidate = tuple[Rectangle, float]  # a place for a label, and its cost as far as its own edge decides it

GAP = 1.0  # between a label and its own edge; the label has a margin besides
NEAR = 12.0  # at less than this distance another edge costs something
CLEARANCE = 4.0  # between a label and any card or other label
STEP = 10.0  # between the points that stand for a wire
REACH = 15  # how many of these points, on either side of a label's place, are looked at

TWICE = 150  # up to so many labels, each is moved twice

# Costs.
CROSSED = 400.0  # another edge runs through the label
OWN = 300.0  # its own edge runs through it
TIGHT = 80.0  # a card or another label is too near
NEIGHBOUR = 45.0  # another edge passes as close as its own
BELOW = 6.0  # below the edge; above is easier to read
OFF_CENTRE = 30.0  # at the very end of an edge
ARRIVING = 20.0  # where an edge that turns at the end of a row arrives; where it leaves is easier to find


SQUARE = 32  # the side of the squares that points are sorted into
Points = dict[tuple[int, int], list[tuple[float, float, int]]]  # square: points and the number of their wire


class _Grid:
    """Rectangles sorted into the squares of the page that they touch, so that only neighbours are compared."""

    SIDE = 64

    def __init__(self) -> None:
        self._squares: dict[tuple[int, int], list[tuple[Rectangle, int]]] = defaultdict(list)

    def add(self, box: Rectangle, key: int) -> None:
        for square in self._touched(box):
            self._squares[square].append((box, key))

    def remove(self, box: Rectangle, key: int) -> None:
        for square in self._touched(box):
            self._squares[square].remove((box, key))

    def near(self, box: Rectangle) -> Iterator[tuple[Rectangle, int]]:
        """Yields the rectangles that overlap ``box``; one that touches several squares may come several times."""
        for square in self._touched(box):
            for thing in self._squares.get(square, ()):
                if not clear(thing[0], box):
                    yield thing

    def at(self, point: Point) -> Iterator[int]:
        """Yields the keys of the rectangles that contain ``point``."""
        x, y = point
        for box, key in self._squares.get((int(x // self.SIDE), int(y // self.SIDE)), ()):
            if not clear(box, (x, y, x, y)):
                yield key

    def _touched(self, box: Rectangle) -> list[tuple[int, int]]:
        side = self.SIDE
        across = range(int(box[0] // side), int(box[2] // side) + 1)
        return [(i, j) for i in across for j in range(int(box[1] // side), int(box[3] // side) + 1)]


def place_labels(picture: Picture, layout: Layout) -> Layout:
    """Moves the labels of ``layout`` next to their edges, and the names of places to corners without wires."""
    settled = _labels_placed(picture, layout) if any(edge.lines for edge in picture.edges) else layout
    return replace(settled, names=tuple(_names(picture, settled))) if settled.places else settled


def _names(picture: Picture, layout: Layout) -> Iterator[Point]:
    """Yields for each place the corner where its name covers least; of equal ones the first, from the top left."""
    solid = [_rectangle((box.x, box.y), box.width, box.height) for box in layout.cards]
    for edge, wire in zip(picture.edges, layout.wires, strict=True):
        shape = skin_of(picture.skin).label(edge)
        if shape is not None and wire.label is not None:
            solid.append(_rectangle(wire.label, shape.width, shape.height))
    boxes = [_rectangle((box.x, box.y), box.width, box.height) for box in layout.places]
    corners: list[Rectangle] = []  # four for each place
    for path, (left, top, right, bottom) in zip(layout.paths, boxes, strict=True):
        width, height, _ = shape_place(path[-1])
        starts = ((x, y) for y in (top + 6, bottom - 6 - height) for x in (left + 10, right - 10 - width))
        corners += [(x, y, x + width, y + height) for x, y in starts]
    beneath = _wires_beneath(corners, layout)
    for n, path in enumerate(layout.paths):
        inside = [box for other, box in zip(layout.paths, boxes, strict=True) if len(other) > len(path)]
        lying = [
            (TIGHT * sum(not clear(corners[k], box) for box in chain(solid, inside)) + beneath[k], k)
            for k in range(4 * n, 4 * n + 4)
        ]
        yield corners[min(lying)[1]][:2]


def _wires_beneath(boxes: Sequence[Rectangle], layout: Layout) -> list[int]:
    """Returns how many wires run through each box. There are few boxes and many points, so the boxes go into the grid."""
    filed = _Grid()
    for k, box in enumerate(boxes):
        filed.add(_grown(box, STEP / 2), k)
    found: list[set[int]] = [set() for _ in boxes]
    for number, wire in enumerate(layout.wires):
        for point in _trace(wire):
            for k in filed.at(point):
                found[k].add(number)
    return [len(wires) for wires in found]


def _labels_placed(picture: Picture, layout: Layout) -> Layout:
    """Moves the labels of ``layout``."""
    shapes: dict[int, LabelShape] = {}
    places: dict[int, Rectangle] = {}
    traces = [_trace(wire) for wire in layout.wires]
    stretches = [_stretches(wire, trace) for wire, trace in zip(layout.wires, traces, strict=True)]
    points: Points = defaultdict(list)
    solid = _Grid()
    for box in layout.cards:
        solid.add(_rectangle((box.x, box.y), box.width, box.height), -1)
    for path, box in zip(layout.paths, layout.places, strict=True):
        left, top = box.x - box.width / 2, box.y - box.height / 2
        solid.add((left, top, left + 10 + shape_place(path[-1])[0], top + 6 + LABEL_HEIGHT), -1)
    for n, (edge, wire) in enumerate(zip(picture.edges, layout.wires, strict=True)):
        for x, y in traces[n]:
            points[int(x // SQUARE), int(y // SQUARE)].append((x, y, n))
        shape = skin_of(picture.skin).label(edge)
        if shape is not None and wire.label is not None:
            shapes[n], places[n] = shape, _rectangle(wire.label, shape.width, shape.height)
            solid.add(places[n], n)
    across = picture.direction == "LR"
    twice = len(shapes) <= TWICE
    kept: dict[int, list[Candidate]] = {}
    for n in [*shapes, *shapes] if twice else shapes:  # in the second round, places that others have left
        candidates = kept[n] if n in kept else [*_candidates(stretches[n], shapes[n], across)]
        if twice:
            kept[n] = candidates
        more = _candidates(stretches[n], shapes[n], across, 0.04, 31)
        solid.remove(places[n], n)
        places[n] = _best(places[n], candidates, more, traces[n], n, points, solid, layout)
        solid.add(places[n], n)
    wires = list(layout.wires)
    for n, (left, top, right, bottom) in places.items():
        wires[n] = replace(wires[n], label=(round((left + right) / 2, 2), round((top + bottom) / 2, 2)))
    return replace(layout, wires=tuple(wires))


def _best(
    box: Rectangle,
    candidates: Sequence[Candidate],
    more: Iterator[Candidate],  # tried only if none of the first is good enough
    trace: list[Point],
    own: int,
    points: Points,
    solid: _Grid,
    layout: Layout,
) -> Rectangle:
    """Returns the cheapest place for a label that is now at ``box``."""
    bottom = (layout.caption_top or layout.height) - 2  # below it is the caption
    best, best_cost = box, _distance_to_own_edge(box, trace) + _cost_of_other_edges(box, own, points)
    if min(_distance(box, point) for point in trace) < GAP or layout.wires[own].ends:  # it may float between two rows
        best_cost += OWN
    if any(True for _ in solid.near(_grown(box, CLEARANCE - 1))):
        best_cost += TIGHT
    for (candidate, cost), further in chain(zip(candidates, repeat(False)), zip(more, repeat(True))):
        if further and best_cost < OWN:
            break
        if candidate[0] < 2 or candidate[1] < 2 or candidate[2] > layout.width - 2 or candidate[3] > bottom:
            continue
        if cost >= best_cost or any(True for _ in solid.near(_grown(candidate, CLEARANCE))):
            continue
        cost += _cost_of_other_edges(candidate, own, points, best_cost - cost)
        if cost < best_cost - 1e-6 and all(_distance(candidate, point) for point in trace):  # it may come back elsewhere
            best, best_cost = candidate, cost
    return best


def _candidates(
    stretches: Sequence[list[Point]], shape: LabelShape, across: bool, start: float = 0.2, count: int = 11
) -> Iterator[Candidate]:
    """Yields places along ``stretches``, parts of an edge, at distance GAP from it; the first is to be preferred."""
    for order, trace in enumerate(stretches):
        for box, cost in _along(trace, shape, across, start, count):
            yield box, cost + ARRIVING * order


def _along(trace: list[Point], shape: LabelShape, across: bool, start: float, count: int) -> Iterator[Candidate]:
    """Yields places along ``trace`` at distance GAP from it."""
    size = shape.width, shape.height
    wide, high = shape.width / 2, shape.height / 2
    for step in range(count):
        at = start + (1 - 2 * start) * step / (count - 1)
        middle = round(at * (len(trace) - 1))
        x, y = trace[middle]
        stretch = trace[max(0, middle - REACH) : middle + REACH + 1]
        handicap = OFF_CENTRE * 4 * (at - 0.5) ** 2
        # A label above or below the wire must clear the whole part of it that lies within the label's width; one at the side,
        # the part within its height.
        ends = [trace[end] for end in (middle - REACH, middle + REACH) if 0 <= end < len(trace)]
        found: list[tuple[Point, float]] = []
        if all(abs(end[0] - x) > wide + GAP for end in ends):
            highest, lowest = _reach(stretch, x - wide - GAP, x + wide + GAP)
            found += ((x, highest - GAP - high), 0 if across else BELOW), ((x, lowest + GAP + high), BELOW)
        if all(abs(end[1] - y) > high + GAP for end in ends):
            leftmost, rightmost = _reach([(py, px) for px, py in stretch], y - high - GAP, y + high + GAP)
            found += ((rightmost + GAP + wide, y), BELOW if across else 0), ((leftmost - GAP - wide, y), BELOW)
        for centre, more in found:
            box = _rectangle(centre, *size)
            yield box, handicap + more + _distance_to_own_edge(box, stretch)


def _reach(stretch: list[Point], start: float, end: float) -> tuple[float, float]:
    """Returns the least and the greatest y of a line through ``stretch`` for x from ``start`` to ``end``."""
    reached = [y for x, y in stretch if start <= x <= end]
    for (x0, y0), (x1, y1) in pairwise(stretch):  # where it enters and leaves that range, between two points
        for at in (start, end):
            if x0 < at < x1 or x1 < at < x0:
                reached.append(y0 + (y1 - y0) * (at - x0) / (x1 - x0))
    return min(reached), max(reached)


def _distance_to_own_edge(box: Rectangle, trace: list[Point]) -> float:
    """Returns how far a label is from its edge; mainly its middle counts, because touching with a corner is not enough."""
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    middle = nearest = inf
    for px, py in trace:  # a loop, because most of the time that a picture takes is spent here
        if (gap := abs(px - x) + abs(py - y)) < middle:
            middle = gap
        beside = left - px if px < left else px - right if px > right else 0
        gap = beside + (top - py if py < top else py - bottom if py > bottom else 0)
        if gap < nearest:
            nearest = gap
    return nearest + 0.7 * max(middle - (bottom - top) / 2, 0)


def _cost_of_other_edges(box: Rectangle, own: int, points: Points, limit: float = inf) -> float:
    """Returns the cost of other edges through ``box`` or near it; the sum stops once it exceeds ``limit``."""
    cost = 0.0
    gaps: dict[int, float] = {}
    left, top, right, bottom = box
    columns = range(int((left - NEAR) // SQUARE), int((right + NEAR) // SQUARE) + 1)
    rows = range(int((top - NEAR) // SQUARE), int((bottom + NEAR) // SQUARE) + 1)
    for i in columns:
        for j in rows:
            for x, y, wire in points.get((i, j), ()):
                if wire != own:
                    gap = max(left - x, x - right, 0) + max(top - y, y - bottom, 0)
                    before = gaps.get(wire, NEAR)
                    if gap < before and before >= 1:
                        gaps[wire] = gap
                        cost += _nearness(gap) - _nearness(before)
                        if cost > limit:
                            return cost
    return cost


def _nearness(gap: float) -> float:
    """Returns the cost of an edge at this distance."""
    return CROSSED if gap < 1 else NEIGHBOUR * (1 - gap / NEAR)


def _stretches(wire: Wire, trace: list[Point]) -> list[list[Point]]:
    """Returns the parts of a wire that its label may stand at: all of it, or its first and its last row."""
    if not wire.ends:
        return [trace]
    first, last = wire.ends
    leaving = replace(wire, points=wire.points[:first], tip=wire.points[first - 1])
    return [_trace(leaving), _trace(replace(wire, points=wire.points[-last:]))]


def _trace(wire: Wire) -> list[Point]:
    """Returns points along a wire, about STEP apart."""
    trace = [wire.points[0]]
    for start in range(0, len(wire.points) - 3, 3):
        a, b, c, d = wire.points[start : start + 4]
        length = sum(abs(q[0] - p[0]) + abs(q[1] - p[1]) for p, q in ((a, b), (b, c), (c, d)))
        steps = max(2, round(length / STEP))
        for step in range(1, steps + 1):
            t = step / steps
            s = 1 - t
            w0, w1, w2, w3 = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
            trace.append((w0 * a[0] + w1 * b[0] + w2 * c[0] + w3 * d[0], w0 * a[1] + w1 * b[1] + w2 * c[1] + w3 * d[1]))
    return [*trace, wire.tip]


def _distance(box: Rectangle, point: Point) -> float:
    x, y = point
    return max(box[0] - x, x - box[2], 0) + max(box[1] - y, y - box[3], 0)


def clear(one: Rectangle, other: Rectangle) -> bool:
    """Tells whether two rectangles do not overlap; they may touch."""
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def _grown(box: Rectangle, by: float) -> Rectangle:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _rectangle(centre: Point, width: float, height: float) -> Rectangle:
    return centre[0] - width / 2, centre[1] - height / 2, centre[0] + width / 2, centre[1] + height / 2
