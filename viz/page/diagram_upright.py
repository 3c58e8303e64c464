"""The network's diagram for a window that is higher than wide: inputs at the top, and an opened unit's lens below it.

The page takes it in place of the usual one, whose lenses and texts it shares: see player/looks.js.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.nn import MLP
>>> from chalkgrad.viz.page.script import Script
>>> drawing = Upright(Net(Script(MLP(2, [3, 1])([Value(0.5, "x1"), Value(-1.0, "x2")]))), HEIGHT)
>>> heights = [drawing.places[column[0]].y for column in drawing.net.columns]
>>> heights == sorted(heights)
True
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import atan2, cos, isfinite, sin
from typing import Any

from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats.svg import number as short
from chalkgrad.viz.layout.columns import Columns
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.page.diagram import THICKNESSES, circle_of, digits, name_of, numbers_of, weights_of, wires_of, words_at
from chalkgrad.viz.page.diagram_places import (
    DENSE,
    MANY,
    MARK,
    NAME,
    REMARK,
    SIDE,
    SMALL,
    STEEP,
    VALUE,
    NetDrawing,
    Place,
    Point,
    Rectangle,
    along,
    overlap,
)
from chalkgrad.viz.page.net import Key, Net
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.svg_groups import whole
from chalkgrad.viz.page.unit_lens import HIGH, LEFT, TOP, WIDE, UnitLenses
from chalkgrad.viz.page.widest import Widest
from chalkgrad.viz.pictures.picture import Picture

PAGE = section("page")

# Two to a pixel of a window of 390×844, of which the page leaves this much to a picture.
WIDTH, HEIGHT = 754, 1030
ENLARGED = 1.15  # the lens
ABOVE_LENS = HEIGHT - HIGH * ENLARGED - 24  # the height of the drawing over it
STRIP = 80  # at the right, of what the wires carry at most
FIRST, FOOT, SHORT_FOOT = 14, 66, 36  # above the first row, and below the last, where one or two remarks are
NAMES = 30  # of the names above the first inputs
# By kind: width, height, the least distance of two in a row, of two rows, and the greatest of two middles in a row.
KINDS = {"circle": (104, 104, 24, 92, 190), "pill": (76, 44, 5, 30, 150)}
WIDE_OUTPUT = 190  # of an output that more than MANY wires come into
FARTHEST = 190  # the greatest distance of two rows
SHARES = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.13, 0.87)  # of their wires, where labels are tried


class Upright(NetDrawing):
    """The positions of a net in this height, from top to bottom; the attributes are those of `NetDrawing`."""

    def __init__(self, net: Net, height: float, *, labelled: bool = False) -> None:
        self.height, self.foot = height, FOOT if labelled else SHORT_FOOT
        super().__init__(net, WIDTH, labelled=labelled)

    @property
    def bottom(self) -> float:
        """The lowest that a unit may reach."""
        return self.height - self.foot

    @property
    def free(self) -> float:
        """The width for units."""
        return self.width - 2 * SIDE - STRIP

    def _chosen(self) -> None:
        """Takes circles if all rows have room for them, else pills; of rows with too many, marks."""
        for kind, (wide, high, across, down, _) in KINDS.items():
            rows = [len(column) for column in self.net.columns]
            room = self.bottom - self._top(kind)
            fits = max(rows) * (wide + across) - across <= self.free and len(rows) * (high + down) - down <= room
            if fits and self._stand([kind] * len(rows)):
                return
        wide, high, across, down, _ = KINDS["pill"]
        deep = len(self.net.columns) * (high + down) - down > self.bottom - self._top("pill")
        few = [not deep and len(column) * (wide + across) - across <= self.free for column in self.net.columns]
        if not self._stand(["pill" if one else "mark" for one in few]):
            self._stand(["mark"] * len(few))

    def _top(self, kind: str) -> float:
        named = kind == "pill" and any(key[0] == "input" for key in self.net.columns[0])
        return FIRST + NAMES * named

    def _stand(self, kinds: Sequence[str]) -> bool:
        """Sets the places; returns whether units, and the lanes of wires past them, have room."""
        net = self.net
        sizes: dict[Key, tuple[float, float]] = {}
        for column, kind in zip(net.columns, kinds, strict=True):
            for key in column:
                if kind == "mark":
                    side = max(4.0, min(MARK, DENSE * self.free / len(column)))
                    sizes[key] = side, side
                    continue
                wide, high, *_ = KINDS[kind]
                incoming = len(net.units[key[1]][2]) if key[0] == "unit" else 0
                sizes[key] = WIDE_OUTPUT if kind == "pill" and len(column) == 1 and incoming > MANY else wide, high
        xs, self.lanes, scale = self._xs(kinds, sizes)
        top, tall = self._top(kinds[0]), [max(sizes[key][1] for key in column) for column in net.columns]
        gaps = len(tall) - 1
        free = min((self.bottom - top - sum(tall)) / max(gaps, 1), FARTHEST)
        at = (top + self.bottom - sum(tall) - free * gaps) / 2
        self.places = {}
        for column, kind, row in zip(net.columns, kinds, tall, strict=True):
            for key in column:
                self.places[key] = Place(round(xs[key], 1), round(at + row / 2, 1), *sizes[key], kind)
            at += row + free
        return scale == 1

    def _xs(
        self, kinds: Sequence[str], sizes: dict[Key, tuple[float, float]]
    ) -> tuple[dict[Key, float], list[list[tuple[int, float]]], float]:
        """Returns where in their rows all stand, each wire's lanes past the rows that it skips, and the scale of all this."""
        net, middle = self.net, SIDE + self.free / 2
        ends = [(net.source(source), ("unit", k)) for k, source, *_ in net.wires]
        if all(net.column[head] - net.column[tail] <= 1 for tail, head in ends):
            xs: dict[Key, float] = {}
            for kind, members in zip(kinds, net.columns, strict=True):
                room = (self.free - sizes[members[0]][0]) / max(len(members) - 1, 1)
                pitch = min(room, 66 if kind == "mark" else KINDS[kind][-1])
                xs |= {key: middle + (i - (len(members) - 1) / 2) * pitch for i, key in enumerate(members)}
            return xs, [[] for _ in ends], 1.0

        def extent(key: Key) -> tuple[float, float]:
            kind = kinds[net.column[key]]
            half = sizes[key][0] / 2 + (0 if kind == "mark" else max(0.0, KINDS[kind][2] / 2 - 7))
            return half, half

        found = Columns({key: net.column[key] for column in net.columns for key in column}, ends, extent)
        edges = [x + side * sizes[key][0] / 2 for key, x in found.heights.items() for side in (-1, 1)]
        edges += [x for lanes in found.lanes for _, x in lanes]
        scale = min(1.0, self.free / (max(edges) - min(edges)))
        shift = middle - scale * (max(edges) + min(edges)) / 2
        lanes = [[(c, x * scale + shift) for c, x in lanes] for lanes in found.lanes]
        return {key: x * scale + shift for key, x in found.heights.items()}, lanes, scale

    def _wire(self, i: int) -> tuple[Point, ...]:
        net = self.net
        k, source, *_ = net.wires[i]
        tail, head = self.places[net.source(source)], self.places["unit", k]
        stops: list[Point] = []
        for c, x in self.lanes[i]:
            row = [self.places[key] for key in net.columns[c]]
            stops += [(x, min(place.box[1] for place in row)), (x, max(place.box[3] for place in row))]
        after, before = (stops[0], stops[-1]) if stops else ((head.x, head.y), (tail.x, tail.y))
        start = self._leaves(tail, atan2(after[0] - tail.x, after[1] - tail.y), 1)
        end = self._leaves(head, atan2(head.x - before[0], head.y - before[1]), -1, i)
        if not stops:
            return start, start, end, end
        points: list[Point] = [start]
        for n, (a, b) in enumerate(pairwise([start, *stops, end])):
            reach = (b[1] - a[1]) * 0.45
            points += [a, b, b] if n % 2 else [(a[0], a[1] + reach), (b[0], b[1] - reach), b]
        return tuple((round(x, 1), round(y, 1)) for x, y in points)

    def _leaves(self, place: Place, angle: float, side: int, wire: int = -1) -> Point:
        """Returns where a wire leaves (1) or meets (-1) a unit, at this angle to what is straight down."""
        if place.kind in ("circle", "mark"):
            angle = max(-STEEP, min(STEEP, angle))
            radius = place.width / 2
            return round(place.x + side * radius * sin(angle), 1), round(place.y + side * radius * cos(angle), 1)
        x = place.x
        if side < 0 and place.width == WIDE_OUTPUT:  # the wires come in one beside the other
            into = [w for w, (k, *_) in enumerate(self.net.wires) if k == self.net.wires[wire][0]]
            into.sort(key=lambda w: self.places[self.net.source(self.net.wires[w][1])].x)
            x += (WIDE_OUTPUT - 50) * (into.index(wire) / (len(into) - 1) - 0.5)
        return round(x, 1), round(place.y + side * place.height / 2, 1)

    # Labels

    def _label(self, unit: int, widest: Widest) -> None:
        """Finds places for the labels of a unit's weights, all of them or none, and of its bias."""
        net, taken = self.net, [place.box for place in self.places.values()]
        own = [i for i, wire in enumerate(net.wires) if wire[0] == unit]
        if (bias := net.bias_text(unit)) and self.places["unit", unit].kind != "mark":  # a mark's number stands there
            wide = fonts.width(widest.sample(bias, SMALL), SMALL, bold=True)
            left, _, right, bottom = self.places["unit", unit].box
            middle = self.places["unit", unit]
            below = min(max(middle.x - wide / 2, 2), self.width - wide - 2), bottom + 18
            for x, y in ((right + 12, middle.y), (left - 12 - wide, middle.y), below):
                box = (x, y - 13, x + wide, y + 13)
                if box[0] >= 0 and box[2] <= self.width and not any(overlap(box, other, 0) for other in taken):
                    self.biases[unit] = (round(x, 1), y), wide
                    taken.append(box)
                    break
        texts = [(i, said) for i in own if (said := net.weight_text(i))]
        if len(texts) == len(own):
            wanted = [(i, fonts.width(widest.sample(said, SMALL), SMALL, bold=True) + 4) for i, said in texts]
            self.labels |= self._found(wanted, taken)

    def _found(self, wanted: Sequence[tuple[int, float]], taken: list[Rectangle]) -> dict[int, tuple[Point, float]]:
        """Returns places on their wires for labels that neither touch each other nor units; none if one has none."""
        found: dict[int, tuple[Point, float]] = {}
        boxes, left = list(taken), 3000

        def place(n: int) -> bool:
            nonlocal left
            if n == len(wanted):
                return True
            i, wide = wanted[n]
            for share in SHARES:
                left -= 1
                if left < 0:
                    return False
                y, x = along([(y, x) for x, y in self.wires[i]], share)
                x = min(max(x, wide / 2), self.width - wide / 2)
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


def look(script: Script, picture: Picture) -> tuple[str, dict[str, Any]]:
    """Returns the SVG, and what the script is told beside what it is told of the usual diagram."""
    net = Net(script)
    wide, beside = Upright(net, HEIGHT, labelled=True), Upright(net, ABOVE_LENS)
    across, down = (WIDTH - WIDE * ENLARGED) / 2 - LEFT * ENLARGED, HEIGHT - (TOP + HIGH) * ENLARGED - 6
    left, right, top = 0.2 * WIDTH, 0.8 * WIDTH, HEIGHT - HIGH * ENLARGED - 6
    lines = [
        '<g class="wide">',
        *drawn(wide),
        "</g>",
        f'<polygon class="wedge" data-side="{short(left)},{short(top)} {short(right)},{short(top)}"/>',
        f'<g transform="translate({short(across)} {short(down)}) scale({short(ENLARGED)})">',
        *UnitLenses.frame(),
        "</g>",
        '<g class="lens beside" data-lens="-2">',
        *drawn(beside),
        "</g>",
    ]
    places = (("wide", wide), ("beside", beside))
    told = {name: [digits(drawing.places["unit", k]) for k in range(len(net.units))] for name, drawing in places}
    return whole(picture, WIDTH, HEIGHT, lines), {"digits": told}


def drawn(drawing: Upright) -> Iterator[str]:
    """Yields the lines of a drawing as it is at the end of the backward pass: wires, units and inputs, labels."""
    net = drawing.net
    carried, gradients = net.carried(), net.gradients()
    yield from wires_of(drawing, carried)
    yield from _feet(drawing, carried)
    for column in net.columns:
        for key in column:
            yield from _unit(drawing, key, gradients.get(net.output(key)))
    yield from weights_of(drawing)
    for unit, ((x, y), wide) in drawing.biases.items():
        yield f'<g class="bias" data-unit="{unit}">{words_at(x, y, "", SMALL, "data", anchor="start", room=wide)}</g>'


def _feet(drawing: Upright, carried: Sequence[float | None]) -> Iterator[str]:
    """Yields what the wires to each row carried at most, at the right, and below what the thickness of wires means."""
    net, x = drawing.net, drawing.width - STRIP / 2 - 4
    rows = [drawing.places[column[0]].y for column in net.columns]
    most = []
    for c in range(1, len(rows)):
        into = zip(net.wires, carried, strict=True)
        come = [abs(x) for (unit, *_), x in into if x is not None and isfinite(x) and net.column["unit", unit] == c]
        said = words.number(max(come), 2) if come else ""
        most.append(words_at(x, (rows[c - 1] + rows[c]) / 2, said, VALUE, "grad most", room=STRIP))
    y = drawing.bottom + 22
    named = words_at(drawing.width - SIDE, y, PAGE["carried at most"], REMARK, "note", bold=False, anchor="end")
    yield f'<g class="mosts">{named}{"".join(most)}</g>'
    for kind in THICKNESSES if drawing.foot == FOOT else ():
        said = PAGE[f"thickness of {kind}"]
        if net.widest(f"thickness of {kind}", REMARK) <= drawing.width - 2 * SIDE:
            yield words_at(drawing.width / 2, y + 28, said, REMARK, f"note legend of-{kind.replace(' ', '-')}", bold=False)


def _unit(drawing: Upright, key: Key, gradient: float | None) -> Iterator[str]:
    """Yields the lines of a unit or an input."""
    net, place = drawing.net, drawing.places[key]
    opening = f'class="unit {place.kind}" data-unit="{key[1]}" tabindex="0" role="button"'
    if key[0] == "input":  # is a card
        opening = f'class="card leaf input {place.kind}{" reached" * (gradient is not None)}" data-number="{key[1]}"'
    left, top, *_ = place.box
    wide = max(place.width, min(48, drawing.free / len(net.columns[net.column[key]])))
    high = max(place.height, 48)  # for a finger
    yield f"<g {opening}>"
    yield (
        f'<rect class="hit" x="{short(place.x - wide / 2)}" y="{short(place.y - high / 2)}" '
        f'width="{short(wide)}" height="{short(high)}"/>'
        f'<rect class="outline" x="{short(left)}" y="{short(top)}" width="{short(place.width)}" '
        f'height="{short(place.height)}" rx="{short(min(place.width, place.height) / 2)}"/>'
    )
    value = "" if gradient is not None or key[0] == "unit" else words.number(net.nodes[key[1]].data, digits(place))
    texts = {"data": value, ("gradient" if key[0] == "input" else "grad"): gradient}
    if place.kind == "circle":
        yield from circle_of(drawing, key, texts)
    elif place.kind == "mark":
        x = min(max(place.x, 60), drawing.width - 60)
        yield words_at(x, top - 16, name_of(drawing, key, SMALL, 110), SMALL, "name")
        yield from numbers_of(texts, x, place.box[3] + 16, SMALL, 110, 3)
    else:
        if key[0] == "input":
            yield words_at(place.x, top - 15, name_of(drawing, key, NAME, place.width + 2), NAME, "name above")
        elif len(net.columns[net.column[key]]) == 1:
            yield words_at(left - 10, place.y, name_of(drawing, key, NAME, 130), NAME, "name above", anchor="end")
        else:
            yield words_at(place.x, place.y, name_of(drawing, key, SMALL, place.room), SMALL, "name")
        yield from numbers_of(texts, place.x, place.y, SMALL, place.room, 3)
    yield "</g>"
