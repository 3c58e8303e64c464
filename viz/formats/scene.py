"""How a graph looks: a picture and its layout become a flat list of shapes, back to front.

`chalkgrad.viz.formats.svg` writes the list as SVG, `chalkgrad.viz.formats.tikz` as TikZ, `chalkgrad.viz.formats.raster` as PNG,
`chalkgrad.viz.formats.pdf` as PDF; none of them makes a decision of its own.

>>> from chalkgrad.viz.layout.layout import lay_out
>>> from chalkgrad.viz.pictures.picture import Card, Picture
>>> picture = Picture((Card("a", kind="leaf"),))
>>> [type(shape).__name__ for shape in scene(picture, lay_out(picture)).shapes]
['Rect', 'Rect', 'TextLine']
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import dist, log10
from typing import Literal

from chalkgrad.viz.layout import caption_setting
from chalkgrad.viz.layout.positions import Layout, Wire
from chalkgrad.viz.letters import text, themes
from chalkgrad.viz.letters.primitives import BASELINE, Box, Curve, Point, Polygon, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.picture import Edge, EdgeLine, Picture
from chalkgrad.viz.skins.shapes import (
    LABEL_HEIGHT,
    PLACE,
    LabelShape,
    box_shapes,
    box_width,
    shape_place,
)
from chalkgrad.viz.skins.skin import skin_of

PLACE_RADIUS = 10
ARROW_WIDTH = 5.5  # half of it
BAR, BAR_WEIGHT = 12.0, 4.5  # across a wire on which the gradient stops: half its length


@dataclass(frozen=True)
class Scene:
    """Shapes on a page, back to front, with a description for screen readers."""

    width: float
    height: float
    page: str
    shapes: tuple[Shape, ...]
    title: str
    description: str


@dataclass(frozen=True)
class Part:
    """The shapes of one thing: the page, its caption, or the place, wire, card or label with that number."""

    kind: Literal["page", "place", "wire", "card", "label", "caption"]
    number: int
    shapes: tuple[Shape, ...]


def scene(picture: Picture, layout: Layout) -> Scene:
    """Returns everything that is drawn of ``picture``, in drawing order."""
    return Scene(
        layout.width,
        layout.height,
        themes.theme(picture.theme).page,
        tuple(shape for part in parts(picture, layout) for shape in part.shapes),
        text.clean(picture.title),
        text.clean(picture.description),
    )


def parts(picture: Picture, layout: Layout, colours: Theme | None = None) -> Iterator[Part]:
    """Yields what `scene` draws, thing by thing, for pages in which things and colours change."""
    colours, skin = colours or themes.theme(picture.theme), skin_of(picture.skin)
    yield Part("page", 0, (Rect(0, 0, layout.width, layout.height, fill=colours.page),))
    for number, (path, box) in enumerate(zip(layout.paths, layout.places, strict=True)):
        yield Part("place", number, (_place(path, box, colours),))
    wires = list(enumerate(zip(picture.edges, layout.wires, strict=True)))
    for number, (edge, wire) in wires:
        yield Part("wire", number, tuple(_wire(edge, wire, colours, skin.arrows)))
    for number, (path, box) in enumerate(zip(layout.paths, layout.places, strict=True)):
        corner = layout.names[number] if layout.names else (box.x - box.width / 2 + 10, box.y - box.height / 2 + 6)
        yield Part("place", number, (_place_name(path, corner, colours),))  # a wire may run beneath it
    uses = Counter(edge.tail for edge in picture.edges)
    for number, (card, box) in enumerate(zip(picture.cards, layout.cards, strict=True)):
        shapes = skin.shapes(card, box, colours, picture.direction, fork=uses[number] > 1)
        yield Part("card", number, tuple(shapes))
    for number, (edge, wire) in wires:
        yield Part("label", number, tuple(_label(skin.label(edge), edge, wire, colours)))
    if picture.caption:
        yield Part("caption", 0, tuple(_caption(picture.caption, layout, colours)))


def _place(path: tuple[str, ...], box: Box, colours: Theme) -> Shape:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    return Rect(left, top, box.width, box.height, PLACE_RADIUS, _ground(path, colours), colours.place_border, 1)


def _place_name(path: tuple[str, ...], corner: Point, colours: Theme) -> Shape:
    words, full = shape_place(path[-1])[2], text.clean(path[-1])
    run = Run(words, PLACE, True, colours.dim)
    y = corner[1] + LABEL_HEIGHT / 2 + BASELINE * PLACE
    return TextLine(corner[0], y, "start", (run,), "" if words == full else full, _ground(path, colours), "place")


def _ground(path: tuple[str, ...], colours: Theme) -> str:
    """Returns the colour of a place; a place within it has another."""
    return colours.places[(len(path) - 1) % 2]


def _wire(edge: Edge, wire: Wire, colours: Theme, arrow: bool) -> Iterator[Shape]:
    lit = "lit" in edge.marks
    colour = colours.lit if lit else colours.faded if "faded" in edge.marks else colours.edge
    thicker = min(log10(edge.count), 4)
    yield Curve(wire.points, colour, (4 if lit else 2) + thicker, "second" in edge.marks)
    if "dead" in edge.marks:
        yield _bar(wire.points, 4.0 if arrow else 16.0, colours.faded if "faded" in edge.marks else colours.grad)
    if not arrow:
        return
    (x, y), (tip_x, tip_y) = wire.points[-1], wire.tip
    length = ((tip_x - x) ** 2 + (tip_y - y) ** 2) ** 0.5 or 1.0
    half = ARROW_WIDTH * (1.4 if lit else 1) + thicker
    across_x, across_y = -(tip_y - y) / length * half, (tip_x - x) / length * half
    yield Polygon(((x + across_x, y + across_y), wire.tip, (x - across_x, y - across_y)), colour)


def _bar(points: tuple[Point, ...], before: float, colour: str) -> Curve:
    """Draws a bar across a wire, at the distance ``before`` from its end, at which the gradient comes in."""
    end, near = points[-1], points[-1]
    for n in range(63, -1, -1):
        near, after = _along(points[-4:], n / 64), near
        if dist(near, end) >= before:
            break
    far = dist(near, after) or 1.0
    across_x, across_y = (near[1] - after[1]) / far * BAR, (after[0] - near[0]) / far * BAR
    one, other = (near[0] + across_x, near[1] + across_y), (near[0] - across_x, near[1] - across_y)
    return Curve((one, one, other, other), colour, BAR_WEIGHT)


def _along(points: tuple[Point, ...], t: float) -> Point:
    """Returns the point of a cubic Bézier curve at the parameter ``t``."""
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(w * point[axis] for w, point in zip(weights, points, strict=True)) for axis in (0, 1))
    return x, y


def _caption(caption: str, layout: Layout, colours: Theme) -> Iterator[Shape]:
    """Draws the caption's rows."""
    if layout.caption_sizes is None:
        return
    top = layout.caption_top + caption_setting.MARGIN / 4 * layout.caption_sizes.text
    for row in caption_setting.rows(caption, layout.width, layout.caption_sizes):
        for words in row.words:
            run = Run(words.words, words.size, words.bold, colours.ink)
            y = top + row.height / 2 + BASELINE * words.size
            yield TextLine(words.x, y, words.anchor, (run,), kind="caption", rtl=words.rtl)
        top += row.height


def _label(shape: LabelShape | None, edge: Edge, wire: Wire, colours: Theme) -> Iterator[Shape]:
    if shape is None or wire.label is None:
        return
    x, y = wire.label
    y += (1 - len(shape.lines)) * shape.line_height / 2 + BASELINE * shape.size
    for line in shape.lines:
        if line.room:
            yield from _boxed_line(shape, line, x, y, colours, faded="faded" in edge.marks)
            y += shape.line_height
            continue
        words = Run(line.text, shape.size, True, colours.line(line.kind, faded="faded" in edge.marks))
        yield TextLine(x, y, "middle", (words,), halo=colours.page, kind=line.kind)
        y += shape.line_height


def _boxed_line(shape: LabelShape, line: EdgeLine, x: float, y: float, colours: Theme, *, faded: bool) -> Iterator[Shape]:
    """Draws a symbol and the box behind it; the symbol's baseline is at ``y``."""
    wide, box_wide = shape.width_of(line), box_width(line.room)
    words = Run(line.text, shape.size, True, colours.line(line.kind, faded=faded))
    yield TextLine(x - wide / 2, y, "start", (words,), halo=colours.page, kind=line.kind)
    middle = x + (wide - box_wide) / 2, y - BASELINE * shape.size
    yield from box_shapes(*middle, line.room, line.answer, colours, pill=False, kind=line.kind)
