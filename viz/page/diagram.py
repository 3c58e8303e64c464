"""The network's diagram as a look of the page: wires as thick as what they carry, and each unit's lens.

There are two drawings of it in one element: `wide` takes all of the picture, `beside` the left half, when a unit is opened in
its lens at the right (unit_lens.py). The page's script writes the numbers, and chooses widths and colours.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats.svg import number as short
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import BASELINE
from chalkgrad.viz.page.diagram_places import (
    BOTTOM,
    FOOT,
    HALF,
    HEAD,
    HEADING,
    HEIGHT,
    LEFT,
    NAME,
    NAMED,
    OUTPUT,
    REMARK,
    SIDE,
    SMALL,
    TOP,
    VALUE,
    WIDTH,
    Drawing,
    Place,
    Point,
)
from chalkgrad.viz.page.drawn import whole
from chalkgrad.viz.page.net import Key, Net
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.unit_lens import LABEL, SCALE, UnitLenses
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins.shapes import VALUE as IN_GATES

PAGE = section("page")
SMALLEST = min(VALUE, REMARK, LABEL * SCALE, IN_GATES * SCALE)  # of all numbers, in the drawing's units


def look(script: Script, picture: Picture) -> tuple[str, dict[str, Any]]:
    """Returns the SVG, and what the script is told: see player/diagram.js."""
    net = Net(script)
    wide, beside = Drawing(net, WIDTH, labelled=True), Drawing(net, HALF)
    lenses = UnitLenses(net, picture, script)
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
        "labels": {e: [said] for e, said in lenses.labels.items() if said},
        "weights": [net.weight_text(wire) for wire in range(len(net.wires))],
        "biases": [net.bias_text(unit) for unit in range(len(net.units))],
        "columns": [net.column["unit", unit] for unit in range(len(net.units))],
        "digits": {
            name: [3 if drawing.places["unit", k].kind in ("pill", "mark") else 4 for k in range(len(net.units))]
            for name, drawing in (("wide", wide), ("beside", beside))
        },
        "opened": lenses.told,
    }
    return whole(picture, WIDTH, HEIGHT, lines), told


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
