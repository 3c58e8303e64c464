"""The network's diagram as a look of the page: wires as thick as what they carry, and each unit's lens.

There are two drawings of it in one element: `wide` takes all of the picture, `beside` the left half, when a unit is opened in
its lens at the right (unit_lens.py). The page's script writes the numbers, and chooses widths and colours.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats.legible import LEAST
from chalkgrad.viz.formats.svg import number as short
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import BASELINE
from chalkgrad.viz.page.diagram_places import (
    ABOVE,
    BELOW,
    BOTTOM,
    FOOT,
    HALF,
    HEAD,
    HEADING,
    HEIGHT,
    LEFT,
    MOSTS,
    NAME,
    NAMED,
    OUTPUT,
    REMARK,
    SIDE,
    SMALL,
    TOP,
    VALUE,
    WIDTH,
    NetDrawing,
    Place,
    Point,
)
from chalkgrad.viz.page.net import Key, Net
from chalkgrad.viz.page.packing import packed
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.svg_groups import whole
from chalkgrad.viz.page.unit_lens import LABEL, SCALE, UnitLenses
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins.shapes import VALUE as IN_GATES

PAGE = section("page")
THICKNESSES = ("weights", "gradients", "wrong gradients")  # what the thickness of wires tells of
SAID = ("carried at most", *(f"thickness of {kind}" for kind in THICKNESSES))  # keys of the words in the drawing
THIN, CARRIED, LIGHT, WEIGHED = 0.9, 12.1, 1.5, 8.5  # widths of wires: at 0 and what the largest has more, backward and forward
LEGIBLE = round(720 * LEAST, 2)  # the least size of a number
SMALLEST = min(VALUE, REMARK, LABEL * SCALE, IN_GATES * SCALE)  # of all numbers, in the drawing's units


def look(script: Script, picture: Picture) -> tuple[str, dict[str, Any]]:
    """Returns the SVG, and what the script is told: see player/diagram.js."""
    net = Net(script)
    wide, beside = NetDrawing(net, WIDTH, labelled=True), NetDrawing(net, HALF)
    lenses = UnitLenses(net, picture, script)
    labels = {e: said for e, said in lenses.labels.items() if said}
    lines = [
        '<g class="wide">',
        *drawn(wide),
        "</g>",
        *lenses.drawn(),
        '<g class="lens beside" data-lens="-2">',
        *drawn(beside),
        "</g>",
    ]
    told = {
        "name": "diagram",
        "labels": packed([[said] for said in labels.values()]) | {"keys": [*labels]},
        "weights": [wide.weight_text(wire) for wire in range(len(net.wires))],
        "biases": [net.bias_text(unit) for unit in range(len(net.units))],
        "matrices": net.matrices(),
        "columns": [net.column["unit", unit] for unit in range(len(net.units))],
        "digits": {
            name: [digits(drawing.places["unit", k]) for k in range(len(net.units))]
            for name, drawing in (("wide", wide), ("beside", beside))
        },
        "widths": [THIN, CARRIED, LIGHT, WEIGHED],
        "legible": LEGIBLE,
        "opened": lenses.told,
    }
    return whole(picture, WIDTH, HEIGHT, lines), told


def drawn(drawing: NetDrawing) -> Iterator[str]:
    """Yields the lines of a drawing as it is at the end of the backward pass: wires, units and inputs, labels."""
    net = drawing.net
    carried = net.carried()
    yield from _headings(drawing)
    yield from _feet(drawing, carried)
    yield from wires_of(drawing, carried)
    gradients = net.gradients()
    for column in net.columns:
        for key in column:
            yield from _unit(drawing, key, gradients.get(net.output(key)))
    yield from weights_of(drawing)
    for unit, ((x, y), wide) in drawing.biases.items():
        yield f'<g class="bias" data-unit="{unit}">{_arrow(drawing.places["unit", unit], y)}'
        yield f"{words_at(x, y, '', SMALL, 'data', anchor='start', room=wide)}</g>"


def wires_of(drawing: NetDrawing, carried: Sequence[float | None]) -> Iterator[str]:
    """Yields the wires, as thick as what they carried."""
    most = max((abs(x) for x in carried if x is not None and isfinite(x)), default=0)
    for i, (points, x) in enumerate(zip(drawing.wires, carried, strict=True)):
        course = path(points)
        wide = THIN + CARRIED * abs(x) / most if x is not None and most and isfinite(x) else THIN
        yield (
            f'<g class="link" data-wire="{i}"><path class="beam" d="{course}"/>'
            f'<path class="line" stroke-width="{short(round(wide, 1))}" d="{course}"/></g>'
        )


def weights_of(drawing: NetDrawing) -> Iterator[str]:
    """Yields the places beside the wires where the script writes their weights."""
    for i, ((x, y), wide) in drawing.labels.items():
        plate = f'<rect class="plate" y="{short(y - 12)}" height="24" rx="5"/>'  # so wide as what stands on it
        yield f'<g class="weight" data-wire="{i}">{plate}{words_at(x, y, "", SMALL, "data", room=wide)}</g>'


def _headings(drawing: NetDrawing) -> Iterator[str]:
    """Yields the names of the columns, and what leads to each."""
    net, columns = drawing.net, drawing.net.columns
    xs = [drawing.places[column[0]].x for column in columns]
    ends = [0.0] * len(columns)
    for c, x in enumerate(xs):
        said = net.heading(c)
        ends[c] = fonts.width(said, HEAD, bold=True) / 2
        if said:
            yield words_at(x, HEADING, said, HEAD, "name")
    for c in range(1, len(columns)):
        said, middle = net.between(c), (xs[c - 1] + xs[c]) / 2
        wide = fonts.width(said, SMALL, bold=True)
        room = xs[c] - xs[c - 1] - ends[c] - ends[c - 1] - 40
        if said and wide <= room:
            half = wide / 2
            tip = f"M{short(middle + half)},{HEADING + 18}l-12,-5v10z"
            yield (
                f'<g class="leads" data-column="{c}">{words_at(middle, HEADING - 4, said, SMALL, "name")}'
                f'<path class="shaft" d="M{short(middle - half)},{HEADING + 18}h{short(2 * half - 11)}"/>'
                f'<path class="tip" d="{tip}"/></g>'
            )


def _feet(drawing: NetDrawing, carried: Sequence[float | None]) -> Iterator[str]:
    """Yields what the wires to each column carried at most, and what the thickness of wires means in either pass."""
    net, left = drawing.net, SIDE + 4
    xs = [drawing.places[column[0]].x for column in net.columns]
    least = left + net.widest("carried at most", REMARK) + 40
    most = []
    for c in range(1, len(xs)):
        into = zip(net.wires, carried, strict=True)
        come = [abs(x) for (unit, *_), x in into if x is not None and isfinite(x) and net.column["unit", unit] == c]
        said = words.number(max(come), 2) if come else ""
        most.append(words_at(max((xs[c - 1] + xs[c]) / 2, least), MOSTS, said, VALUE, "grad most", room=96))
    named = words_at(left, MOSTS, PAGE["carried at most"], REMARK, "note", bold=False, anchor="start")
    yield f'<g class="mosts">{named}{"".join(most)}</g>'
    for kind in THICKNESSES:
        said = PAGE[f"thickness of {kind}"]
        if net.widest(f"thickness of {kind}", REMARK) <= drawing.width - 2 * SIDE:
            yield words_at(drawing.width / 2, FOOT, said, REMARK, f"note legend of-{kind.replace(' ', '-')}", bold=False)


def _arrow(place: Place, y: float) -> str:
    if place.kind != "circle" or y > place.box[1]:
        return ""
    x, tip = short(place.x), place.box[1] - 1
    return (
        f'<path class="shaft" d="M{x},{short(tip - 26)}V{short(tip - 9)}"/><path class="tip" d="M{x},{short(tip)}l-6,-11h12z"/>'
    )


def _unit(drawing: NetDrawing, key: Key, gradient: float | None) -> Iterator[str]:
    """Yields the lines of a unit or an input."""
    net, place = drawing.net, drawing.places[key]
    opening = f'class="unit {place.kind}" data-unit="{key[1]}" tabindex="0" role="button"'
    if key[0] == "input":  # is a card
        opening = f'class="card leaf input {place.kind}{" reached" * (gradient is not None)}" data-number="{key[1]}"'
    left, top, *_ = place.box
    yield f"<g {opening}>"
    hit = max(place.height, min(30, (BOTTOM - TOP) / len(net.columns[net.column[key]])))
    yield (
        f'<rect class="hit" x="{short(min(left, place.x - hit / 2))}" y="{short(place.y - hit / 2)}" '
        f'width="{short(max(place.width, hit))}" height="{short(hit)}"/>'
    )
    squarish = place.kind == "tall" or (place.kind == "pill" and place.height == OUTPUT)
    radius = 18 if squarish else min(place.width, place.height) / 2
    yield (
        f'<rect class="outline" x="{short(left)}" y="{short(top)}" width="{short(place.width)}" height="{short(place.height)}" '
        f'rx="{short(radius)}"/>'
    )
    value = "" if gradient is not None or key[0] == "unit" else words.number(net.nodes[key[1]].data, digits(place))
    texts = {"data": value, ("gradient" if key[0] == "input" else "grad"): gradient}
    yield from {"mark": _mark, "pill": _pill}.get(place.kind, circle_of)(drawing, key, texts)
    yield "</g>"


Texts = Mapping[str, str | float | None]  # by kind what is written: a number is given so many digits as there is room for


def _mark(drawing: NetDrawing, key: Key, texts: Texts) -> Iterator[str]:
    """Yields the words beside a mark: the name above the number, as long as it is in play."""
    place = drawing.places[key]
    x, y = place.box[2] + 6, min(max(place.y, TOP + 13), BOTTOM - 13)
    if key[0] == "unit":
        yield words_at(x, y - 13, name_of(drawing, key, SMALL, 110), SMALL, "name", anchor="start")
        y += 13
    yield from numbers_of(texts, x, y, SMALL, 110, 3, "start")


def _pill(drawing: NetDrawing, key: Key, texts: Texts) -> Iterator[str]:
    """Yields the words of a pill: its number, and its name in place of that; above what stands alone, and above inputs."""
    net, place = drawing.net, drawing.places[key]
    column, (left, top, *_) = net.columns[net.column[key]], place.box
    if key[0] == "input" and len(column) > NAMED:
        if net.column[key] == 0:
            yield words_at(left - 8, place.y, name_of(drawing, key, NAME, LEFT - 10), NAME, "name above", anchor="end")
    elif key[0] == "input" or len(column) == 1:
        yield words_at(place.x, top - 15, name_of(drawing, key, NAME, 130), NAME, "name above")
    else:
        yield words_at(place.x, place.y, name_of(drawing, key, SMALL, place.room), SMALL, "name")
    yield from numbers_of(texts, place.x, place.y, SMALL, place.room, 3)


def circle_of(drawing: NetDrawing, key: Key, texts: Texts) -> Iterator[str]:
    """Yields the words of a circle or a tall unit: the name above the number."""
    place = drawing.places[key]
    yield words_at(place.x, place.y - ABOVE, name_of(drawing, key, NAME, place.width - 16), NAME, "name")
    yield from numbers_of(texts, place.x, place.y + BELOW, VALUE, place.room, 4)


def name_of(drawing: NetDrawing, key: Key, size: float, limit: float) -> str:
    name = drawing.net.names[drawing.net.output(key)]
    return text.shorten(text.clean(name), size, bold=True, limit=limit)


def digits(place: Place) -> int:
    """Returns the number of digits that are written in a unit, if there is room for them."""
    return 3 if place.kind in ("pill", "mark") else 4


def numbers_of(texts: Texts, x: float, y: float, size: float, room: float, most: int, anchor: str = "middle") -> Iterator[str]:
    for kind, said in texts.items():
        if isinstance(said, float):
            written = [words.number(said, few) for few in range(most, 0, -1)]
            said = next((one for one in written if fonts.width(one, LEGIBLE, bold=True) <= room), written[-1])
        yield words_at(x, y, said or "", size, kind, anchor=anchor, room=room)


def words_at(
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
        f"{text.escape(in_direction(said) if 'note' in kind.split() else text.keep_order(text.clean(said)))}</text>"
    )


def in_direction(remark: str) -> str:
    """Returns a remark of the page's own words, which in a language from right to left are so in a drawing, too."""
    said = text.clean(remark)
    return f"\u2067{said}\u2069" if section("language")["direction"] == "rtl" else text.keep_order(said)


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
