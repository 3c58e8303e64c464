"""Where the units of a network's diagram stand, the courses of its wires, and the labels beside them.

All is laid out once, in pixels of a window of 1280×720.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.nn import MLP
>>> from chalkgrad.viz.page.script import Script
>>> drawing = NetDrawing(Net(Script(MLP(2, [3, 1])([Value(0.5, "x1"), Value(-1.0, "x2")]))), WIDTH)
>>> [place.kind for place in drawing.places.values()] == ["circle"] * 6
True
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, hypot, sin, sqrt
from typing import NamedTuple

from chalkgrad.engine.words.placeholders import Text
from chalkgrad.viz.layout.columns import Columns
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.page.net import Key, Net
from chalkgrad.viz.page.widest import Widest

# All in pixels of a window of 1280×720, of which the page leaves this much to a picture over three lines of words.
WIDTH, HEIGHT = 1245, 500
HALF = 640  # the width beside a lens
TOP, BOTTOM = 64, 440  # of the units: above are headings, below what the wires carry at most, and what thickness means
HEADING, MOSTS, FOOT = 24, 461, 486  # the heights of the middles of these rows

VALUE, SMALL, NAME, HEAD, REMARK = 22, 21, 24, 25, 20.5  # font sizes: of numbers, of those in pills, of names, of remarks
ABOVE, BELOW = 16, 14  # the heights of a name and a number in a unit, from its middle
SIDE = 12  # from the picture's edge to the first column

# Where along their wires labels are tried: of many, near the sources, where the wires are apart.
MIDDLE, EARLY = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.22, 0.78), (0.17, 0.2, 0.23, 0.26, 0.3, 0.34, 0.38, 0.42, 0.5, 0.58)
APART, NEAR = 8, 48  # of a label beside its wire: the least distance, and the greatest from its middle

Rectangle = tuple[float, float, float, float]  # left, top, right, bottom


class Kind(NamedTuple):
    """How units are drawn: their size, the least distances of two, and the greatest distance of two middles of a column."""

    width: float
    height: float
    across: float
    down: float
    pitch: float


KINDS = {
    "circle": Kind(104, 104, 66, 30, 140),
    "tall": Kind(104, 66, 50, 14, 96),
    "pill": Kind(90, 38, 30, 7, 50),
}
OUTPUT, MANY = 104, 4  # the height of an output that more than so many wires come into
MARK, DENSE = 18, 0.72  # the diameter of a mark at most, and its share of the distance of two
STEEP = 0.62  # the greatest angle at which a wire leaves a circle
LEFT = 84  # the greatest width of names at the left
NAMED = 5  # inputs with their names above them; of more, they stand at the left
TALL_GAP = 26  # of a tall output: the space above and below its first and last wire


@dataclass(frozen=True)
class Place:
    """Where a unit or an input stands: its middle, its size, and how it is drawn."""

    x: float
    y: float
    width: float
    height: float
    kind: str  # circle, tall, pill or mark

    @property
    def room(self) -> float:
        """How wide the number may be: in a circle it stands below the middle, where there is less room."""
        return 2 * sqrt((self.width / 2) ** 2 - (BELOW + VALUE / 3) ** 2) - 10 if self.kind == "circle" else self.width - 8

    @property
    def box(self) -> Rectangle:
        """Its edges."""
        w, h = self.width / 2, self.height / 2
        return self.x - w, self.y - h, self.x + w, self.y + h


Point = tuple[float, float]


class NetDrawing:
    """The positions of a net in this width.

    Attributes:
        places: of each unit and input
        wires: of each wire the control points of joined Bézier curves
        labels: of the wires whose weights can be shown the middle of the label, and its width
        biases: of the units whose bias can be shown its label's left end, and its width
    """

    def __init__(self, net: Net, width: float, *, labelled: bool = False) -> None:
        self.net, self.width = net, width
        self._chosen()
        self._courses: dict[int, list[Point]] = {}
        self.wires = [self._wire(i) for i in range(len(net.wires))]
        self.labels: dict[int, tuple[Point, float]] = {}
        self.biases: dict[int, tuple[Point, float]] = {}
        if labelled:
            widest = Widest(net.script.symbolic)
            for unit in range(len(net.units)):
                self._label(unit, widest)

    # Units

    def _chosen(self) -> None:
        """Takes the largest kind that all columns have room for; columns that no kind fits are of marks."""
        counts = [len(column) for column in self.net.columns]
        for kind in KINDS:
            if self._fits_across(kind) and all(self._fits_down(kind, count) for count in counts) and self._placed(kind):
                return
        if not self._placed("pill" if self._fits_across("pill") else "mark", forced=True):
            raise AssertionError("forced")

    def _fits_across(self, kind: str) -> bool:
        wide, _, across, *_ = KINDS[kind]
        count = len(self.net.columns)
        free = self.width - 2 * SIDE - self._names_at_left([kind] * count)
        return count * wide + (count - 1) * across <= free

    @staticmethod
    def _fits_down(kind: str, count: int) -> bool:
        _, high, _, down, _ = KINDS[kind]
        return count * high + (count - 1) * down <= BOTTOM - TOP

    def _placed(self, kind: str, *, forced: bool = False) -> bool:
        """Sets the places; returns whether lanes and units have room, which is not looked at if it is ``forced``."""
        net, columns = self.net, self.net.columns
        kinds = [kind if kind != "mark" and self._fits_down(kind, len(column)) else "mark" for column in columns]
        sizes: dict[Key, tuple[float, float]] = {}
        for column, name in zip(columns, kinds, strict=True):
            for key in column:
                if name == "mark":
                    side = max(4.0, min(MARK, DENSE * (BOTTOM - TOP) / len(column)))
                    sizes[key] = side, side
                else:
                    incoming = len(net.units[key[1]][2]) if key[0] == "unit" else 0
                    tall = name == "pill" and len(column) == 1 and incoming > MANY
                    sizes[key] = KINDS[name].width, OUTPUT if tall else KINDS[name].height
        heights, self.lanes = self._heights(kinds, sizes)
        middle = (TOP + BOTTOM) / 2
        edges = [(y - sizes[key][1] / 2, y + sizes[key][1] / 2) for key, y in heights.items()]
        edges += [(y, y) for lanes in self.lanes for _, y in lanes]
        top, bottom = min(a for a, _ in edges), max(b for _, b in edges)
        if bottom - top > BOTTOM - TOP + 0.01:
            if not forced:
                return False
            scale = (BOTTOM - TOP) / (bottom - top)
            heights = {key: y * scale for key, y in heights.items()}
            self.lanes = [[(c, y * scale) for c, y in lanes] for lanes in self.lanes]
            top, bottom = top * scale, bottom * scale
        shift = middle - (top + bottom) / 2
        self.lanes = [[(c, y + shift) for c, y in lanes] for lanes in self.lanes]
        widths = [max(sizes[key][0] for key in column) for column in columns]
        xs = self._across(widths, kinds)
        self.places = {
            key: Place(xs[c], heights[key] + shift, *sizes[key], kinds[c]) for c, column in enumerate(columns) for key in column
        }
        return True

    def _names_at_left(self, kinds: Sequence[str]) -> float:
        """Returns the width of the first inputs' names, if these stand at the left."""
        first = self.net.columns[0]
        if kinds[0] != "pill" or len(first) <= NAMED:
            return 0.0
        return min(LEFT, max(fonts.width(self.net.names[key[1]], NAME, bold=True) for key in first if key[0] == "input") + 10)

    def _across(self, widths: Sequence[float], kinds: Sequence[str]) -> list[float]:
        """Returns the columns' middles: as far apart as there is room for, up to a distance."""
        gaps = len(widths) - 1
        names = self._names_at_left(kinds)
        free = (self.width - 2 * SIDE - names - sum(widths)) / max(gaps, 1)
        free = min(free, 0.28 * WIDTH)
        at = (self.width + names - sum(widths) - free * gaps) / 2
        middles = []
        for wide in widths:
            middles.append(round(at + wide / 2, 1))
            at += wide + free
        return middles

    def _heights(
        self, kinds: Sequence[str], sizes: dict[Key, tuple[float, float]]
    ) -> tuple[dict[Key, float], list[list[tuple[int, float]]]]:
        """Returns the heights of all around 0, and of each wire its lanes past the columns that it skips."""
        net = self.net
        ends = [(net.source(source), ("unit", k)) for k, source, *_ in net.wires]
        if any(net.column[head] - net.column[tail] > 1 for tail, head in ends):
            column = {key: net.column[key] for c in net.columns for key in c}

            def extent(key: Key) -> tuple[float, float]:
                half = sizes[key][1] / 2
                return half, half

            found = Columns(column, ends, extent)
            return dict(found.heights), found.lanes
        heights: dict[Key, float] = {}
        for name, members in zip(kinds, net.columns, strict=True):
            count, high = len(members), sizes[members[0]][1]
            room = (BOTTOM - TOP - high) / max(count - 1, 1)
            named = name == "pill" and count <= NAMED and members[0][0] == "input"
            pitch = min(room, 30 if name == "mark" else 120 if named else KINDS[name].pitch)
            heights |= {key: (i - (count - 1) / 2) * pitch for i, key in enumerate(members)}
        return heights, [[] for _ in ends]

    # Wires

    def _wire(self, i: int) -> tuple[Point, ...]:
        net = self.net
        k, source, *_ = net.wires[i]
        tail, head = self.places[net.source(source)], self.places["unit", k]
        lanes = self.lanes[i]
        if not lanes:
            (start, end) = self._ends(tail, head, i)
            return start, start, end, end
        stops: list[Point] = []
        for c, y in lanes:
            half = max(place.width for key, place in self.places.items() if net.column[key] == c) / 2
            x = next(place.x for key, place in self.places.items() if net.column[key] == c)
            stops += [(x - half, y), (x + half, y)]
        start = self._rim(tail, atan2(stops[0][1] - tail.y, stops[0][0] - tail.x), 1)
        end = self._rim(head, atan2(head.y - stops[-1][1], head.x - stops[-1][0]), -1, i)
        points: list[Point] = [start]
        for n, (a, b) in enumerate(pairwise([start, *stops, end])):
            reach = (b[0] - a[0]) * 0.45
            straight = n % 2 == 1
            points += [a, b, b] if straight else [(a[0] + reach, a[1]), (b[0] - reach, b[1]), b]
        return tuple((round(x, 1), round(y, 1)) for x, y in points)

    def _ends(self, tail: Place, head: Place, i: int) -> tuple[Point, Point]:
        angle = atan2(head.y - tail.y, head.x - tail.x)
        return self._rim(tail, angle, 1), self._rim(head, angle, -1, i)

    def _rim(self, place: Place, angle: float, side: int, wire: int = -1) -> Point:
        """Returns where a wire leaves (1) or meets (-1) a unit in this direction."""
        if place.kind in ("circle", "mark"):
            angle = max(-STEEP, min(STEEP, angle))
            radius = place.width / 2
            return round(place.x + side * radius * cos(angle), 1), round(place.y + side * radius * sin(angle), 1)
        y = place.y
        if side < 0 and place.height == OUTPUT and place.kind == "pill":  # the wires come in one below the other
            into = [w for w, (k, *_) in enumerate(self.net.wires) if k == self.net.wires[wire][0]]
            into.sort(key=lambda w: self.places[self.net.source(self.net.wires[w][1])].y)
            free = OUTPUT - TALL_GAP
            y += free * (into.index(wire) / (len(into) - 1) - 0.5)
        return round(place.x + side * place.width / 2, 1), round(y, 1)

    # The labels of a unit's weights and its bias

    def weight_text(self, wire: int) -> Text:
        """Returns what is written of a wire's weight: of a unit that many wires come into the number alone."""
        said = self.net.weight_text(wire)
        few = len(self.net.units[self.net.wires[wire][0]][2]) <= MANY
        return said if few or isinstance(said, str) else said[1:]

    def _label(self, unit: int, widest: Widest) -> None:
        """Finds places for the labels of a unit's weights, all of them or none, and of its bias."""
        own = [i for i, wire in enumerate(self.net.wires) if wire[0] == unit]
        texts = {i: said for i in own if (said := self.weight_text(i))}
        taken = [place.box for place in self.places.values()]
        bias, wide = self.net.bias_text(unit), 0.0
        spots: list[Point] = []
        if bias:
            wide = fonts.width(widest.sample(bias, SMALL), SMALL, bold=True)
            spots = self._bias(unit, wide, taken, own)
        wanted = {i: fonts.width(widest.sample(said, SMALL), SMALL, bold=True) + 4 for i, said in texts.items()}
        shares = MIDDLE if len(wanted) <= MANY else EARLY
        tried = {i: self._spots(i, wide, shares, own) for i, wide in wanted.items()}
        complete = len(wanted) == len(own)
        for spot in (*spots, None):  # a bias that leaves no room for the weights stands elsewhere, or nowhere
            boxes = [*taken, *([(spot[0], spot[1] - 14, spot[0] + wide, spot[1] + 14)] if spot else [])]
            found = searched(wanted, tried, boxes) if complete else {}
            if found or (spot and not complete):
                self.labels |= found
                if spot:
                    self.biases[unit] = spot, wide
                return
        if spots:
            self.biases[unit] = spots[0], wide

    def _bias(self, unit: int, wide: float, taken: Sequence[Rectangle], own: Sequence[int]) -> list[Point]:
        """Returns the left ends at which the label of a bias has room, first those off the unit's own wires."""
        place = self.places["unit", unit]
        if place.kind == "mark":  # its number stands there
            return []
        _, top, right, bottom = place.box
        spots = [(right + 10, place.y), (min(place.x - wide / 2, self.width - wide), bottom + 16)]
        if place.kind == "circle":  # beside an arrow from above
            spots = [(place.x + 14, top - 14), (place.x - 14 - wide, top - 14), *spots]
        boxes = [(x, y - 13, x + wide, y + 13) for x, y in spots]
        free = [box[2] <= self.width and not any(overlap(box, other, 0) for other in taken) for box in boxes]
        courses = [point for i in own for point in self._course(i)]
        crossed = {
            spot: any(box[0] < a < box[2] and box[1] < b < box[3] for a, b in courses)
            for spot, box in zip(spots, boxes, strict=True)
        }
        return sorted((spot for spot, is_free in zip(spots, free, strict=True) if is_free), key=crossed.__getitem__)

    def _spots(self, i: int, wide: float, shares: Sequence[float], own: Sequence[int]) -> list[Point]:
        """Returns where the label of a wire may stand, the best first: beside it, then on it.

        Beside it, above or below or of a steep one at the left or right, is where it is near its own wire and none of the
        unit's wires runs through it.
        """
        on = [along(self.wires[i], share) for share in shares]
        if shares is EARLY:
            return on
        beside = []
        for x, y in on:
            heights = [at for at_x, at in self._course(i) if abs(at_x - x) <= wide / 2 + 6]
            widths = [at for at, at_y in self._course(i) if abs(at_y - y) <= 12 + 6]
            middles = [(x, min(heights, default=y) - 12 - APART), (x, max(heights, default=y) + 12 + APART)]
            far: float = NEAR
            if abs(middles[0][1] - y) > NEAR:
                far = wide / 2 + APART + NEAR / 2
                middles = [(min(widths, default=x) - wide / 2 - APART, y), (max(widths, default=x) + wide / 2 + APART, y)]
            for a, b in middles:
                box = (a - wide / 2 - 6, b - 12 - 6, a + wide / 2 + 6, b + 12 + 6)
                away = {j: min(hypot(p - a, q - b) for p, q in self._course(j)) for j in own}
                crossed = any(box[0] < p < box[2] and box[1] < q < box[3] for j in own for p, q in self._course(j))
                inside = box[0] >= 0 and box[2] <= self.width and box[1] >= TOP - 18 and box[3] <= BOTTOM + 8
                if inside and not crossed and away[i] <= far and away[i] == min(away.values()):
                    beside.append((round(a, 1), b))
        return beside + on

    def _course(self, i: int) -> list[Point]:
        """Returns points of a wire that lie close together."""
        if i not in self._courses:
            self._courses[i] = [along(self.wires[i], n / 40) for n in range(41)]
        return self._courses[i]


def searched(
    wanted: Mapping[int, float], tried: Mapping[int, Sequence[Point]], taken: Sequence[Rectangle]
) -> dict[int, tuple[Point, float]]:
    """Returns places for labels of these widths, of those to be tried, that neither touch each other nor what is taken."""
    found: dict[int, tuple[Point, float]] = {}
    boxes: list[Rectangle] = []
    free: dict[int, list[tuple[Point, Rectangle]]] = {}
    for i, wide in wanted.items():
        all_boxes = [((x, y), (x - wide / 2, y - 12, x + wide / 2, y + 12)) for x, y in tried[i]]
        free[i] = [(spot, box) for spot, box in all_boxes if not any(overlap(box, other, 1) for other in taken)]
    left = 3000

    def place(rest: Sequence[int]) -> bool:
        nonlocal left
        if not rest:
            return True
        i = rest[0]
        for (x, y), box in free[i]:
            left -= 1
            if left < 0:
                return False
            if any(overlap(box, other, 1) for other in boxes):
                continue
            boxes.append(box)
            found[i] = (round(x, 1), round(y, 1)), wanted[i]
            if place(rest[1:]):
                return True
            boxes.pop()
            del found[i]
        return False

    return found if place([*wanted]) else {}


def overlap(one: Rectangle, other: Rectangle, apart: float) -> bool:
    """Tells whether two rectangles are less than ``apart`` from each other.

    >>> overlap((0, 0, 10, 10), (11, 0, 20, 10), 2), overlap((0, 0, 10, 10), (11, 0, 20, 10), 1)
    (True, False)
    """
    return one[0] < other[2] + apart and other[0] < one[2] + apart and one[1] < other[3] + apart and other[1] < one[3] + apart


def along(points: Sequence[Point], share: float) -> Point:
    """Returns the point at this share of the width of joined Bézier curves from left to right.

    >>> along(((0, 0), (0, 0), (10, 4), (10, 4)), 0.25)
    (2.5, 1.0)
    """
    wanted = points[0][0] + share * (points[-1][0] - points[0][0])
    for n in range(0, len(points) - 1, 3):
        a, b, c, d = points[n : n + 4]
        if wanted > d[0] and n + 4 < len(points):
            continue
        if a == b and c == d:
            part = (wanted - a[0]) / (d[0] - a[0])
            return wanted, a[1] + part * (d[1] - a[1])
        low, high = 0.0, 1.0
        for _ in range(30):
            t = (low + high) / 2
            x, y = (
                (1 - t) ** 3 * a[k] + 3 * t * (1 - t) ** 2 * b[k] + 3 * t * t * (1 - t) * c[k] + t**3 * d[k] for k in (0, 1)
            )
            low, high = (t, high) if x < wanted else (low, t)
        return x, y
    return points[-1]
