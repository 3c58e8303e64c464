"""A graph of units as a network's diagram: columns of units, wires as thick as what they carry, and each unit's lens.

There are two drawings of it in one element: `wide` takes all of the picture, `beside` the left half, when a unit is opened in
its lens at the right (unit_lens.py). All is laid out once, in pixels of a window of 1280×720; the page's script writes the
numbers, and chooses widths and colours.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.engine.stepping.units import Units
>>> from chalkgrad.nn import MLP
>>> from chalkgrad.viz.page.script import Script
>>> net = Net(Script(MLP(2, [3, 1])([Value(0.5, "x1"), Value(-1.0, "x2")])))
>>> [len(column) for column in net.columns]
[2, 3, 1]
>>> drawing = Drawing(net, WIDTH)
>>> [place.kind for place in drawing.places.values()] == ["circle"] * 6
True
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, hypot, sin
from typing import NamedTuple

from chalkgrad.engine import Value
from chalkgrad.engine.basics.digits import TO_LOWERED
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.placeholders import Text
from chalkgrad.viz.diagrams.columns import Columns
from chalkgrad.viz.formats.svg import number as short
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import BASELINE
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.widest import Widest
from chalkgrad.viz.skins.circuit import Circuit

# All in pixels of a window of 1280×720, of which the page leaves this much to a picture over three lines of words.
WIDTH, HEIGHT = 1245, 500
HALF = 640  # the width beside a lens
TOP, BOTTOM = 64, 456  # of the units: above are headings, below what the wires carry at most
HEADING, FOOT = 24, 480  # the heights of the middles of these two rows

VALUE, SMALL, NAME, HEAD, REMARK = 22, 21, 24, 25, 20.5  # font sizes: of numbers, of those in pills, of names, of remarks
SIDE = 12  # from the picture's edge to the first column

# Where on their wires labels are tried: of many, near the sources, where the wires are apart.
MIDDLE, EARLY = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.22, 0.78), (0.3, 0.26, 0.34, 0.38, 0.42, 0.5, 0.58)

Key = tuple[str, int]  # "unit" and its place among the units, or "input" and its number on the tape
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom
PAGE = section("page")


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


class Net:
    """The units of a script's graph in columns: inputs by their names, units in the order of computation.

    Attributes:
        nodes: the values, as on the tape
        names: theirs
        functions: what each unit is called as a function
        units: of each its place, its values, its inputs, its parameters, as numbers of nodes
        wires: of each its unit, its input, the number of its weight and its link or -1
        column: of each unit and input
        columns: these, from left to right and top to bottom
    """

    def __init__(self, script: Script) -> None:
        told = script.contents["units"]
        self.script = script
        self.nodes: Sequence[Value] = list(script.symbolic.tape)
        self.names: list[str] = script.contents["names"]
        self.units: list[tuple[str, list[int], list[int], list[int]]] = [tuple(unit[:4]) for unit in told["list"]]
        self.wires: list[tuple[int, int, int, int]] = [tuple(wire[:4]) for wire in told["wires"]]
        self.inputs: list[int] = told["inputs"]
        self.functions: list[str] = [script.current(name) for name in told["functions"]]
        self._of = {nodes[-1]: ("unit", k) for k, (_, nodes, _, _) in enumerate(self.units)}
        self.column = self._columned()
        self.columns: list[list[Key]] = [[] for _ in range(max(self.column.values()) + 1)]
        for key in [*sorted(self._in_order(), key=lambda key: (key[0] != "unit", 0))]:
            self.columns[self.column[key]].append(key)

    def source(self, number: int) -> Key:
        """Returns the unit or the input that a value comes from."""
        return self._of.get(number, ("input", number))

    def output(self, key: Key) -> int:
        """Returns the number of the value that a unit or an input gives."""
        return self.units[key[1]][1][-1] if key[0] == "unit" else key[1]

    def _columned(self) -> dict[Key, int]:
        """Returns each unit's column, by the longest way from an input; an input stands just before its first unit."""
        column: dict[Key, int] = {}
        for k, (_, _, inputs, _) in enumerate(self.units):
            column["unit", k] = 1 + max((column.get(self.source(x), 0) for x in inputs), default=-1)
        for number in self.inputs:
            users = [column["unit", k] for k, (_, _, inputs, _) in enumerate(self.units) if number in inputs]
            column["input", number] = max(0, min(users, default=1) - 1)
        return column

    def _in_order(self) -> list[Key]:
        inputs = sorted(self.inputs, key=lambda number: _natural(self.names[number]))
        return [*(("unit", k) for k in range(len(self.units))), *(("input", number) for number in inputs)]

    def layer(self, column: int) -> str:
        """Returns the number of the layer whose neurons are this column, or an empty string."""
        found = {
            match[1] if key[0] == "unit" and (match := re.fullmatch(r"layer(\d+)\.neuron\d+", self.units[key[1]][0])) else ""
            for key in self.columns[column]
        }
        return found.pop() if len(found) == 1 else ""

    def heading(self, column: int) -> str:
        """Returns the name of a column: z₁, x; empty if there is none."""
        names = [self.names[self.output(key)] for key in self.columns[column]]
        layer = self.layer(column).translate(TO_LOWERED)
        heads = {name[: len(name) - len(name.lstrip(_LETTERS))] for name in names}
        if len(heads) != 1 or (len(names) == 1 and not layer):
            return ""
        [head] = heads
        if layer:
            return head + layer if all(name.startswith(head + layer) for name in names) else ""
        return head if all(key[0] == "input" for key in self.columns[column]) else ""

    def between(self, column: int) -> str:
        """Returns what leads to a column that is a layer: W₁, b₁, tanh; else an empty string."""
        layer = self.layer(column).translate(TO_LOWERED)
        if not layer:
            return ""
        outputs = [self.nodes[self.output(key)] for key in self.columns[column]]
        functions = {Circuit().sign(node) for node in outputs if len(set(node.parents)) == 1}
        biased = any(self.bias(key[1]) is not None for key in self.columns[column])
        named = [f"W{layer}", *([f"b{layer}"] if biased else []), *(functions if len(functions) == 1 else ())]
        return ", ".join(named)

    def weight(self, wire: int) -> int | None:
        """Returns the parameter that a wire's input is multiplied by, if it is one."""
        k, source, *_ = self.wires[wire]
        _, nodes, _, parameters = self.units[k]
        edges = [
            (self.nodes[n], slot)
            for n in nodes
            for slot, parent in enumerate(self.nodes[n].parents)
            if parent is self.nodes[source]
        ]
        if len(edges) != 1:
            return None
        read = words.read_by(*edges[0])
        own = [n for n in parameters if any(self.nodes[n] is value for value in read)]
        return own[0] if len(own) == 1 == len(read) else None

    def bias(self, unit: int) -> int | None:
        """Returns the parameter of a unit that no input is multiplied by, if there is one such."""
        of = [i for i, wire in enumerate(self.wires) if wire[0] == unit]
        left = set(self.units[unit][3]) - {self.weight(i) for i in of}
        return left.pop() if len(left) == 1 else None


_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZαβγδεζηθικλμνξοπρστυφχψω"


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Returns what sorts x2 before x10."""
    plain = "".join(str("₀₁₂₃₄₅₆₇₈₉".index(c)) if c in "₀₁₂₃₄₅₆₇₈₉" else c for c in name)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in re.split(r"(\d+)", plain) if part]


# Positions ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Where a unit or an input stands: its middle, its size, and how it is drawn."""

    x: float
    y: float
    width: float
    height: float
    kind: str  # circle, tall, pill or mark

    @property
    def box(self) -> Rectangle:
        """Its edges."""
        w, h = self.width / 2, self.height / 2
        return self.x - w, self.y - h, self.x + w, self.y + h


Point = tuple[float, float]


class Drawing:
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

            def extent(key: Hashable) -> tuple[float, float]:
                half = sizes[key][1] / 2  # type: ignore[index]
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

    def _label(self, unit: int, widest: Widest) -> None:
        """Finds places for the labels of a unit's weights, all of them or none, and of its bias."""
        own = [i for i, wire in enumerate(self.net.wires) if wire[0] == unit]
        texts = {i: said for i in own if (said := weight_text(self.net, i))}
        taken = [place.box for place in self.places.values()]
        bias = bias_text(self.net, unit)
        if bias:
            wide = fonts.width(widest.sample(bias, SMALL), SMALL, bold=True)
            at = self._bias(unit, wide, taken)
            if at is not None:
                self.biases[unit] = at, wide
                taken.append((at[0], at[1] - 14, at[0] + wide, at[1] + 14))
        wanted = [(i, fonts.width(widest.sample(said, SMALL), SMALL, bold=True) + 4) for i, said in texts.items()]
        if len(wanted) == len(own) and (found := self._searched(wanted, taken)):
            self.labels |= found

    def _bias(self, unit: int, wide: float, taken: Sequence[Rectangle]) -> Point | None:
        place = self.places["unit", unit]
        if place.kind == "mark":  # its number stands there
            return None
        _, top, right, bottom = place.box
        spots = [(right + 10, place.y), (min(place.x - wide / 2, self.width - wide), bottom + 16)]
        if place.kind == "circle":  # beside an arrow from above
            spots = [(place.x + 14, top - 14), (place.x - 14 - wide, top - 14), *spots]
        for x, y in spots:
            box = (x, y - 13, x + wide, y + 13)
            if box[2] <= self.width and not any(overlap(box, other, 0) for other in taken):
                return x, y
        return None

    def _searched(self, wanted: Sequence[tuple[int, float]], taken: Sequence[Rectangle]) -> dict[int, tuple[Point, float]]:
        """Returns places on their wires for labels, tried from the middle outwards, that neither touch each other nor units."""
        found: dict[int, tuple[Point, float]] = {}
        boxes = list(taken)
        left = 3000

        def place(n: int) -> bool:
            nonlocal left
            if n == len(wanted):
                return True
            i, wide = wanted[n]
            for share in MIDDLE if len(wanted) <= MANY else EARLY:
                left -= 1
                if left < 0:
                    return False
                x, y = along(self.wires[i], share)
                box = (x - wide / 2, y - 12, x + wide / 2, y + 12)
                if any(overlap(box, other, 1) for other in boxes):
                    continue
                boxes.append(box)
                found[i] = (round(x, 1), round(y, 1)), wide
                if place(n + 1):
                    return True
                boxes.pop()
                del found[i]
            return False

        return found if place(0) else {}


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


def weight_text(net: Net, wire: int) -> Text:
    """Returns `w = 0.7` of a wire, its number left open; an empty string if it has no weight of its own."""
    return named_value(net, net.weight(wire))


def bias_text(net: Net, unit: int) -> Text:
    """Returns `b = 0.2` of a unit, its number left open; an empty string if it has none."""
    return named_value(net, net.bias(unit))


def named_value(net: Net, number: int | None) -> Text:
    """Returns a value's name and number."""
    if number is None:
        return ""
    return net.script.shown(f"{net.names[number]} = {words.number(net.nodes[number]._data)}")


# SVG ------------------------------------------------------------------------------------------------------------------


def drawn(drawing: Drawing) -> Iterator[str]:
    """Yields the lines of a drawing: wires, units and inputs, labels."""
    net = drawing.net
    yield from _headings(drawing)
    for i, points in enumerate(drawing.wires):
        course = path(points)
        yield f'<g class="link" data-wire="{i}"><path class="beam" d="{course}"/><path class="line" d="{course}"/></g>'
    for column in net.columns:
        for key in column:
            yield from _unit(drawing, key)
    for i, ((x, y), wide) in drawing.labels.items():
        yield f'<g class="weight" data-wire="{i}">{_words(x, y, "", SMALL, "data", room=wide)}</g>'
    for unit, ((x, y), wide) in drawing.biases.items():
        yield f'<g class="bias" data-unit="{unit}">{_arrow(drawing.places["unit", unit], y)}'
        yield f"{_words(x, y, '', SMALL, 'data', anchor='start', room=wide)}</g>"


def _headings(drawing: Drawing) -> Iterator[str]:
    net, columns = drawing.net, drawing.net.columns
    xs = [drawing.places[column[0]].x for column in columns]
    ends = [0.0] * len(columns)
    for c, x in enumerate(xs):
        single = len(columns[c]) == 1 and drawing.places[columns[c][0]].kind == "pill"
        said = "" if single else net.heading(c)
        ends[c] = fonts.width(said, HEAD, bold=True) / 2
        if said:
            yield _words(x, HEADING, said, HEAD, "name")
    for c in range(1, len(columns)):
        said, middle = net.between(c), (xs[c - 1] + xs[c]) / 2
        wide = fonts.width(said, SMALL, bold=True)
        room = xs[c] - xs[c - 1] - ends[c] - ends[c - 1] - 40
        if said and wide <= room:
            half = wide / 2
            tip = f"M{short(middle + half)},{HEADING + 18}l-12,-5v10z"
            yield (
                f'<g class="leads" data-column="{c}">{_words(middle, HEADING - 4, said, SMALL, "name")}'
                f'<path class="shaft" d="M{short(middle - half)},{HEADING + 18}h{short(2 * half - 11)}"/>'
                f'<path class="tip" d="{tip}"/></g>'
            )
    y, left = FOOT, SIDE + 4
    yield f'<g class="legend">{_words(drawing.width / 2, y, PAGE["thickness of weights"], REMARK, "note", bold=False)}</g>'
    least = left + fonts.width(PAGE["at most"], REMARK) + 40
    most = [_words(max((xs[c - 1] + xs[c]) / 2, least), y, "", VALUE, "grad most", room=96) for c in range(1, len(columns))]
    yield f'<g class="mosts">{_words(left, y, PAGE["at most"], REMARK, "note", bold=False, anchor="start")}{"".join(most)}</g>'


def _arrow(place: Place, y: float) -> str:
    if place.kind != "circle" or y > place.box[1]:
        return ""
    x, tip = short(place.x), place.box[1] - 1
    return (
        f'<path class="shaft" d="M{x},{short(tip - 26)}V{short(tip - 9)}"/><path class="tip" d="M{x},{short(tip)}l-6,-11h12z"/>'
    )


def _unit(drawing: Drawing, key: Key) -> Iterator[str]:
    net, place = drawing.net, drawing.places[key]
    name = net.names[net.output(key)]
    opening = f'class="unit {place.kind}" data-unit="{key[1]}" tabindex="0" role="button"'
    if key[0] == "input":
        opening = f'class="card leaf input {place.kind}" data-number="{key[1]}"'
    left, top, right, _ = place.box
    single = len(net.columns[net.column[key]]) == 1
    yield f"<g {opening}>"
    hit = max(place.height, min(30, (BOTTOM - TOP) / len(net.columns[net.column[key]])))
    yield (
        f'<rect class="hit" x="{short(min(left, place.x - hit / 2))}" y="{short(place.y - hit / 2)}" '
        f'width="{short(max(place.width, hit))}" height="{short(hit)}"/>'
    )
    radius = min(place.width, place.height) / 2 if place.kind != "tall" else 18
    if place.height == OUTPUT and place.kind == "pill":
        radius = 18
    yield (
        f'<rect class="outline" x="{short(left)}" y="{short(top)}" width="{short(place.width)}" height="{short(place.height)}" '
        f'rx="{short(radius)}"/>'
    )
    x, y, inside = place.x, place.y, place.width - 8
    kinds = ("data", "gradient" if key[0] == "input" else "grad")  # an input is a card, whose gradient is written in full
    if place.kind == "mark":
        for kind in kinds:
            yield _words(right + 6, y, "", SMALL, kind, anchor="start", room=110)
    elif place.kind == "pill":
        size = NAME if key[0] == "input" or single else SMALL
        if key[0] == "input" and len(net.columns[net.column[key]]) > NAMED:
            said = text.shorten(text.clean(name), size, bold=True, limit=LEFT - 10)
            if net.column[key] == 0:
                yield _words(left - 8, y, said, size, "name above", anchor="end")
        elif key[0] == "input" or single:
            said = text.shorten(text.clean(name), size, bold=True, limit=130)
            yield _words(x, top - 15, said, size, "name above")
        else:
            yield _words(x, y, text.shorten(text.clean(name), size, bold=True, limit=inside), size, "name")
        for kind in kinds:
            yield _words(x, y, "", SMALL, kind, room=inside)
    else:
        lift = 15 if place.kind == "circle" else 14
        said = text.shorten(text.clean(name), NAME, bold=True, limit=inside - 4)
        yield _words(x, y - lift, said, NAME, "name")
        for kind in kinds:
            yield _words(x, y + lift, "", VALUE, kind, room=inside)
    yield "</g>"


def _words(
    x: float,
    y: float,
    said: str,
    size: float,
    kind: str,
    *,
    bold: bool = True,
    anchor: str = "middle",
    room: float = 0,
) -> str:
    """Returns a text whose middle is at height ``y``; its colour is that of its class."""
    weight = ' font-weight="bold"' * bold
    place = f' text-anchor="{anchor}"' * (anchor != "start")
    wide = f' data-room="{short(room)}" data-size="{short(size)}"' if room else ""
    return (
        f'<text class="{kind}" x="{short(x)}" y="{short(y + BASELINE * size)}" font-size="{short(size)}"{weight}{place}{wide}>'
        f"{text.escape(text.keep_order(text.clean(said)))}</text>"
    )


def path(points: Sequence[Point]) -> str:
    """Returns the course of joined Bézier curves; straight ones as lines.

    >>> path(((0, 0), (0, 0), (10, 4), (10, 4)))
    'M0,0L10,4'
    """
    written = f"M{short(points[0][0])},{short(points[0][1])}"
    for n in range(0, len(points) - 1, 3):
        a, b, c, d = points[n : n + 4]
        if a == b and c == d:
            written += f"L{short(d[0])},{short(d[1])}"
        else:
            written += "C" + " ".join(f"{short(x)},{short(y)}" for x, y in (b, c, d))
    return written


def passes_through(points: Sequence[Point], place: Place, apart: float = 2.0) -> bool:
    """Tells whether a wire runs through a unit, or as near as ``apart``.

    >>> passes_through(((0, 0), (0, 0), (10, 0), (10, 0)), Place(5, 3, 2, 2, "pill"), 1)
    False
    """
    left, top, right, bottom = place.box
    across, down = zip(*points, strict=True)  # within which the curves lie
    if not overlap(place.box, (min(across), min(down), max(across), max(down)), apart):
        return False
    for n in range(101):
        x, y = along(points, n / 100)
        if place.kind in ("circle", "mark"):
            if hypot(x - place.x, y - place.y) < place.width / 2 + apart:
                return True
        elif left - apart < x < right + apart and top - apart < y < bottom + apart:
            return True
    return False
