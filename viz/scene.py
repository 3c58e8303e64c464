"""The look, described once: a picture and its layout become a flat list of shapes, back to front.

`chalkgrad.viz.svg` writes the list as SVG, `chalkgrad.viz.raster` as PNG and PDF; neither decides anything.

>>> from chalkgrad.viz.layout import lay_out
>>> from chalkgrad.viz.picture import Card, Picture
>>> picture = Picture((Card("a", kind="leaf"),))
>>> [type(shape).__name__ for shape in scene(picture, lay_out(picture)).shapes]
['Box', 'Box', 'Text']
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from chalkgrad.viz import layout, text, themes
from chalkgrad.viz.layout import Layout, Point
from chalkgrad.viz.picture import Card, Edge, Picture
from chalkgrad.viz.shapes import (
    BORDER,
    EXPRESSION,
    EXPRESSION_HEIGHT,
    LABEL,
    LABEL_HEIGHT,
    NAME,
    PADDING,
    PLACE,
    ROW_HEIGHT,
    TITLE_HEIGHT,
    VALUE,
    CardShape,
    row_sizes,
    shape_card,
    shape_label,
    shape_place,
)
from chalkgrad.viz.themes import Theme

# Corners tell the kinds apart without colour: leaves square, what is computed rounded, the root with a double border.
LEAF_RADIUS, RADIUS, PLACE_RADIUS = 2, 11, 10

# A capital's height is 0.72 of its font size: half of it below the middle of a line puts the line's text in the middle.
BASELINE = 0.36

ARROW_WIDTH = 5.5  # half of it


@dataclass(frozen=True)
class Box:
    """A rectangle given by its top left corner; ``fill`` or ``stroke`` may be empty."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0
    fill: str = ""
    stroke: str = ""
    weight: float = 0
    dashed: bool = False


@dataclass(frozen=True)
class Curve:
    """Joined cubic Bézier curves: a start, then three control points for each."""

    points: tuple[Point, ...]
    stroke: str
    weight: float


@dataclass(frozen=True)
class Polygon:
    """A filled polygon."""

    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True)
class Run:
    """Words of one size, weight and colour."""

    words: str
    size: int
    bold: bool
    colour: str


@dataclass(frozen=True)
class Text:
    """A line of text on its baseline, of one run or two; ``anchor`` says which of its points ``x`` is."""

    x: float
    y: float
    anchor: str  # start, middle or end
    runs: tuple[Run, ...]
    hover: str = ""  # the whole of what was shortened
    halo: str = ""  # a colour around the letters, where a line may run beneath them


Shape = Box | Curve | Polygon | Text


@dataclass(frozen=True)
class Scene:
    """Shapes on a page, back to front, with what a screen reader says of them."""

    width: float
    height: float
    page: str
    shapes: tuple[Shape, ...]
    title: str
    description: str


@dataclass(frozen=True)
class Part:
    """The shapes of one thing: of the page, or of the place, wire, card or label with that number."""

    kind: Literal["page", "place", "wire", "card", "label"]
    number: int
    shapes: tuple[Shape, ...]


def scene(picture: Picture, positions: Layout) -> Scene:
    """Everything that is drawn of ``picture``, in drawing order."""
    return Scene(
        positions.width,
        positions.height,
        themes.theme(picture.theme).page,
        tuple(shape for part in parts(picture, positions) for shape in part.shapes),
        text.clean(picture.title),
        text.clean(picture.description),
    )


def parts(picture: Picture, positions: Layout) -> Iterator[Part]:
    """What `scene` draws of ``picture``, thing by thing, for pages in which some of them change."""
    colours = themes.theme(picture.theme)
    yield Part("page", 0, (Box(0, 0, positions.width, positions.height, fill=colours.page),))
    for number, (path, box) in enumerate(zip(positions.paths, positions.places, strict=True)):
        yield Part("place", number, tuple(_place(path, box, colours)))
    wires = list(enumerate(zip(picture.edges, positions.wires, strict=True)))
    for number, (edge, wire) in wires:
        yield Part("wire", number, tuple(_wire(edge, wire, colours)))
    for number, (card, box) in enumerate(zip(picture.cards, positions.cards, strict=True)):
        yield Part("card", number, tuple(_card(card, box, colours)))
    for number, (edge, wire) in wires:
        yield Part("label", number, tuple(_label(edge, wire, colours)))


def _place(path: tuple[str, ...], box: layout.Box, colours: Theme) -> Iterator[Shape]:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    fill = colours.places[(len(path) - 1) % 2]
    yield Box(left, top, box.width, box.height, PLACE_RADIUS, fill, colours.place_border, 1)
    words = shape_place(path[-1])[2]
    full = text.clean(path[-1])
    run = Run(words, PLACE, True, colours.dim)
    yield Text(left + 10, top + 6 + LABEL_HEIGHT / 2 + BASELINE * PLACE, "start", (run,), "" if words == full else full)


def _wire(edge: Edge, wire: layout.Wire, colours: Theme) -> Iterator[Shape]:
    lit = "lit" in edge.marks
    colour = colours.lit if lit else colours.faded if "faded" in edge.marks else colours.edge
    yield Curve(wire.points, colour, 4 if lit else 2)
    (x, y), (tip_x, tip_y) = wire.points[-1], wire.tip
    length = ((tip_x - x) ** 2 + (tip_y - y) ** 2) ** 0.5 or 1.0
    half = ARROW_WIDTH * (1.4 if lit else 1)
    across_x, across_y = -(tip_y - y) / length * half, (tip_x - x) / length * half
    yield Polygon(((x + across_x, y + across_y), wire.tip, (x - across_x, y - across_y)), colour)


def _card(card: Card, box: layout.Box, colours: Theme) -> Iterator[Shape]:
    shape = shape_card(card)
    left, top = box.x - shape.width / 2, box.y - shape.height / 2
    faded, lit = "faded" in card.marks, "lit" in card.marks
    border = colours.lit if lit else colours.faded if faded else colours.border
    weight = 2 * BORDER if lit else BORDER
    radius = LEAF_RADIUS if card.kind == "leaf" else RADIUS
    for inset in (0, 2 * weight) if card.kind == "root" else (0,):
        yield Box(
            left + inset + weight / 2,
            top + inset + weight / 2,
            shape.width - 2 * inset - weight,
            shape.height - 2 * inset - weight,
            max(radius - inset, 2),
            getattr(colours, card.kind),
            border,
            weight if not inset else 1,
            "stale" in card.marks and not inset,
        )
    full = "" if shape.complete else text.clean(card.title)
    yield from _title(shape, box.x, top, colours.dim if faded else colours.ink, full)
    y = top + BORDER + shape.title_height
    if shape.rows:
        inset = BORDER + (2 * BORDER + 1 if card.kind == "root" else 0)
        start, end = (left + inset, y), (left + shape.width - inset, y)
        yield Curve((start, start, end, end), border, 1)
    y += 1
    for row in shape.rows:
        missing = row.kind == "missing"
        baseline = y + ROW_HEIGHT / 2 + BASELINE * VALUE
        name_size, value_size = row_sizes(row)
        name = Run(row.name, name_size, True, colours.row(row.kind, faded=faded or (not row.value and missing)))
        value = Run(row.value, value_size, not missing, colours.row(row.kind, faded=faded or missing))
        yield Text(left + PADDING, baseline, "start", (name,))
        if row.value:
            yield Text(left + shape.width - PADDING, baseline, "end", (value,))
        y += ROW_HEIGHT


def _title(shape: CardShape, x: float, top: float, ink: str, full: str) -> Iterator[Shape]:
    runs = [Run(shape.name, NAME, True, ink)]
    if shape.expression:
        runs.append(Run(f" = {shape.expression[0]}" if shape.inline else " =", EXPRESSION, False, ink))
    yield Text(x, top + BORDER + TITLE_HEIGHT / 2 + BASELINE * NAME, "middle", tuple(runs), full)
    if not shape.inline:
        y = top + BORDER + TITLE_HEIGHT + EXPRESSION_HEIGHT / 2 + BASELINE * EXPRESSION - 3
        for line in shape.expression:
            yield Text(x, y, "middle", (Run(line, EXPRESSION, False, ink),), full)
            y += EXPRESSION_HEIGHT


def _label(edge: Edge, wire: layout.Wire, colours: Theme) -> Iterator[Shape]:
    shape = shape_label(edge)
    if shape is None or wire.label is None:
        return
    x, y = wire.label
    y += (1 - len(shape.lines)) * LABEL_HEIGHT / 2 + BASELINE * LABEL
    for line in shape.lines:
        words = Run(line.text, LABEL, True, colours.line(line.kind, faded="faded" in edge.marks))
        yield Text(x, y, "middle", (words,), halo=colours.page)
        y += LABEL_HEIGHT
