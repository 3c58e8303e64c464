"""How a graph looks: a picture and its layout become a flat list of shapes, back to front.

`chalkgrad.viz.formats.svg` writes the list as SVG, `chalkgrad.viz.formats.tikz` as TikZ, `chalkgrad.viz.formats.raster` as PNG
and PDF; none of them makes a decision of its own.

>>> from chalkgrad.viz.layout.layout import lay_out
>>> from chalkgrad.viz.pictures.picture import Card, Picture
>>> picture = Picture((Card("a", kind="leaf"),))
>>> [type(shape).__name__ for shape in scene(picture, lay_out(picture)).shapes]
['Rect', 'Rect', 'TextLine']
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, log10, pi, sin
from typing import Literal

from chalkgrad.viz.layout import positions
from chalkgrad.viz.layout.positions import Layout, Point
from chalkgrad.viz.letters import fonts, text, themes
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.picture import Card, Direction, Edge, Picture, Skin
from chalkgrad.viz.skins.circuit import GATE, NEXT, UNKNOWN, shape_gate
from chalkgrad.viz.skins.rounds import LINE, shape_round
from chalkgrad.viz.skins.shapes import (
    BORDER,
    CAPTION_LINE,
    CAPTION_MARGIN,
    EXPRESSION,
    EXPRESSION_HEIGHT,
    KAPPA,
    LABEL_HEIGHT,
    NAME,
    PADDING,
    PLACE,
    REMARK,
    ROW_HEIGHT,
    STACKED,
    TITLE_HEIGHT,
    VALUE,
    CardShape,
    fitted_caption,
    row_sizes,
    shape_card,
    shape_label,
    shape_place,
)

# Corners distinguish the kinds without colour: leaves are square, computed values rounded, the root has a double border.
LEAF_RADIUS, RADIUS, PLACE_RADIUS = 2, 11, 10

# A capital letter is 0.72 of its font size high: a baseline half of that below a line's middle puts the text in the middle.
BASELINE = 0.36

ARROW_WIDTH = 5.5  # half of it


@dataclass(frozen=True)
class Rect:
    """A rectangle, given by its top left corner; ``fill`` or ``stroke`` may be empty."""

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
    """Joined cubic Bézier curves: a start, then three control points for each curve."""

    points: tuple[Point, ...]
    stroke: str
    weight: float
    dashed: bool = False


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
class TextLine:
    """A line of text on its baseline, of one run or two; ``anchor`` says which of its points ``x`` is."""

    x: float
    y: float
    anchor: str  # start, middle or end
    runs: tuple[Run, ...]
    hover: str = ""  # the full text, if it was shortened
    halo: str = ""  # a colour around the letters, if a line may run beneath them
    kind: str = ""  # what the words are: "place", the name of one


Shape = Rect | Curve | Polygon | TextLine


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
    colours = colours or themes.theme(picture.theme)
    yield Part("page", 0, (Rect(0, 0, layout.width, layout.height, fill=colours.page),))
    for number, (path, box) in enumerate(zip(layout.paths, layout.places, strict=True)):
        yield Part("place", number, (_place(path, box, colours),))
    wires = list(enumerate(zip(picture.edges, layout.wires, strict=True)))
    arrows = picture.skin != "circuit"
    for number, (edge, wire) in wires:
        yield Part("wire", number, tuple(_wire(edge, wire, colours, arrows)))
    for number, (path, box) in enumerate(zip(layout.paths, layout.places, strict=True)):
        corner = layout.names[number] if layout.names else (box.x - box.width / 2 + 10, box.y - box.height / 2 + 6)
        yield Part("place", number, (_place_name(path, corner, colours),))  # a wire may run beneath it
    uses = Counter(edge.tail for edge in picture.edges)
    for number, (card, box) in enumerate(zip(picture.cards, layout.cards, strict=True)):
        match picture.skin:
            case "cards":
                shapes = _card(card, box, colours)
            case "circuit":
                shapes = _gate(card, box, colours, picture.direction, fork=uses[number] > 1)
            case "edges":
                shapes = _round(card, box, colours)
        yield Part("card", number, tuple(shapes))
    for number, (edge, wire) in wires:
        yield Part("label", number, tuple(_label(edge, wire, colours, picture.skin)))
    if picture.caption:
        yield Part("caption", 0, tuple(_caption(picture.caption, layout, colours)))


def _place(path: tuple[str, ...], box: positions.Box, colours: Theme) -> Shape:
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


def _wire(edge: Edge, wire: positions.Wire, colours: Theme, arrow: bool) -> Iterator[Shape]:
    lit = "lit" in edge.marks
    colour = colours.lit if lit else colours.faded if "faded" in edge.marks else colours.edge
    thicker = min(log10(edge.count), 4)
    yield Curve(wire.points, colour, (4 if lit else 2) + thicker, "second" in edge.marks)
    if not arrow:
        return
    (x, y), (tip_x, tip_y) = wire.points[-1], wire.tip
    length = ((tip_x - x) ** 2 + (tip_y - y) ** 2) ** 0.5 or 1.0
    half = ARROW_WIDTH * (1.4 if lit else 1) + thicker
    across_x, across_y = -(tip_y - y) / length * half, (tip_x - x) / length * half
    yield Polygon(((x + across_x, y + across_y), wire.tip, (x - across_x, y - across_y)), colour)


def _card(card: Card, box: positions.Box, colours: Theme) -> Iterator[Shape]:
    shape = shape_card(card)
    behind = STACKED if card.count > 1 else 0
    left, top = box.x - (shape.width + behind) / 2, box.y - (shape.height + behind) / 2
    faded, lit = "faded" in card.marks, "lit" in card.marks
    border = colours.lit if lit else colours.faded if faded else colours.border
    weight = 2 * BORDER if lit else BORDER
    radius = LEAF_RADIUS if card.kind == "leaf" else RADIUS
    for aside in (behind, behind / 2) if behind else ():
        x, y = left + aside + 0.5, top + aside + 0.5
        yield Rect(x, y, shape.width - 1, shape.height - 1, radius, getattr(colours, card.kind), border, 1)
    for inset in (0, weight + 2) if card.kind == "root" else (0,):
        yield Rect(
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
    yield from _title(shape, left + shape.width / 2, top, colours.dim if faded else colours.ink, full)
    y = top + BORDER + shape.title_height
    if shape.rows:
        inset = weight + (3 if card.kind == "root" else 0)
        start, end = (left + inset, y), (left + shape.width - inset, y)
        yield Curve((start, start, end, end), border, 1)
    y += 1
    for row in shape.rows:
        missing = row.kind == "missing"
        baseline = y + ROW_HEIGHT / 2 + BASELINE * VALUE
        name_size, value_size = row_sizes(row)
        name = Run(row.name, name_size, True, colours.row(row.kind, faded=faded or (not row.value and missing)))
        value = Run(row.value, value_size, not missing, colours.row(row.kind, faded=faded or missing))
        yield TextLine(left + PADDING, baseline, "start", (name,))
        if row.value:
            yield TextLine(left + shape.width - PADDING, baseline, "end", (value,))
        y += ROW_HEIGHT


def _title(shape: CardShape, x: float, top: float, ink: str, full: str) -> Iterator[Shape]:
    runs = [Run(shape.name, NAME, True, ink)]
    if shape.expression:
        runs.append(Run(f" = {shape.expression[0]}" if shape.inline else " =", EXPRESSION, False, ink))
    yield TextLine(x, top + BORDER + TITLE_HEIGHT / 2 + BASELINE * NAME, "middle", tuple(runs), full)
    if not shape.inline:
        y = top + BORDER + TITLE_HEIGHT + EXPRESSION_HEIGHT / 2 + BASELINE * EXPRESSION - 3
        for line in shape.expression:
            yield TextLine(x, y, "middle", (Run(line, EXPRESSION, False, ink),), full)
            y += EXPRESSION_HEIGHT


def _gate(card: Card, box: positions.Box, colours: Theme, direction: Direction, fork: bool) -> Iterator[Shape]:
    """Draws a gate, or a leaf's name, and its wire: the value above it and the gradient below, or left and right of it."""
    shape = shape_gate(card, direction)
    left, top = box.x - shape.width / 2, box.y - shape.height / 2
    faded, lit = "faded" in card.marks, "lit" in card.marks
    ink = colours.dim if faded else colours.ink
    line, weight = (colours.lit, 4) if lit else (colours.faded, 2) if faded else (colours.edge, 2)
    across, leaf = direction == "LR", not card.sign
    hover = "" if shape.complete else text.clean(card.title)
    # The middle of the gate or the name, and the two ends of the wire.
    if across:
        x, y = left + shape.gate / 2, box.y
        start, end = (left + shape.gate + NEXT * leaf, y), (left + shape.width, y)
    else:
        x, y = box.x, top + shape.head / 2
        start, end = (x, top + shape.head), (x, top + shape.height)
    over = (end[0] + across, end[1] + (not across))  # one point longer, so that no gap shows where the next wires begin
    yield Curve((start, start, over, over), line, weight)
    if fork:
        yield Rect(end[0] - 5, end[1] - 5, 10, 10, 5, fill=line)
    if leaf:
        yield TextLine(x, y + BASELINE * NAME, "middle", (Run(shape.name, NAME, True, ink),), hover)
    else:
        border = colours.lit if lit else colours.faded if faded else colours.border
        outline = 4 if lit else BORDER
        width = shape.gate - outline
        yield Rect(
            x - width / 2,
            y - GATE + outline / 2,
            width,
            2 * GATE - outline,
            GATE - outline / 2,
            colours.root if card.kind == "root" else colours.inner,
            border,
            outline,
            "stale" in card.marks,
        )
        run = Run(shape.sign, shape.sign_size, True, ink)
        yield TextLine(x, y + shape.sign_below * shape.sign_size, "middle", (run,), hover)
    for words, kind, side in ((shape.data, "data", -1), (shape.grad, "grad", 1)):
        run = Run(words, shape.value, True, colours.row(kind, faded=faded or words == UNKNOWN))
        if words and across:
            baseline = y - NEXT if side < 0 else y + shape.row - 4
            yield TextLine((start[0] + end[0]) / 2, baseline, "middle", (run,))
        elif words:
            yield TextLine(
                x + side * NEXT, (start[1] + end[1]) / 2 + BASELINE * shape.value, "end" if side < 0 else "start", (run,)
            )
    under = [] if leaf else [(shape.name, shape.label)]
    under += [(note, REMARK) for note in shape.notes]
    for n, (words, size) in enumerate(under):
        run = Run(words, size, True, colours.row("note", faded=faded) if size == REMARK else colours.dim)
        if across:
            narrow = not leaf and fonts.width(words, size, bold=True) <= shape.gate
            place, anchor = (x, "middle") if narrow else (left + 2, "start")
            yield TextLine(place, y + shape.row + (n + 0.5) * shape.line + BASELINE * size, anchor, (run,), hover)
        elif n == 0 and not leaf:
            yield TextLine(x + shape.gate / 2 + NEXT, y + BASELINE * size, "start", (run,), hover)
        else:
            yield TextLine(x + NEXT, end[1] - (len(under) - n - 0.5) * shape.line + BASELINE * size, "start", (run,), hover)


def _round(card: Card, box: positions.Box, colours: Theme) -> Iterator[Shape]:
    """Draws a round node with its words."""
    shape = shape_round(card)
    faded, lit = "faded" in card.marks, "lit" in card.marks
    border = colours.lit if lit else colours.faded if faded else colours.border
    weight = 4 if lit else BORDER
    yield Polygon(_around(box, 0), getattr(colours, card.kind))
    yield Curve(_ellipse(box, weight / 2), border, weight, "stale" in card.marks)
    if card.kind == "root":
        yield Curve(_ellipse(box, weight + 3), border, 1)
    hover = "" if shape.complete else text.clean(card.title)
    y = box.y + (1 - len(shape.lines)) * LINE / 2
    for line in shape.lines:
        runs = tuple(Run(part.words, part.size, part.bold, colours.words(part.kind, faded=faded)) for part in line)
        yield TextLine(box.x, y + BASELINE * line[0].size, "middle", runs, hover)
        y += LINE


def _around(box: positions.Box, inset: float, corners: int = 48) -> tuple[Point, ...]:
    """Returns an ellipse as a polygon."""
    angles = (2 * pi * n / corners for n in range(corners))
    a, b = box.width / 2 - inset, box.height / 2 - inset
    return tuple((box.x + a * cos(angle), box.y + b * sin(angle)) for angle in angles)


def _ellipse(box: positions.Box, inset: float) -> tuple[Point, ...]:
    """Returns an ellipse as four Bézier curves."""
    a, b = box.width / 2 - inset, box.height / 2 - inset
    k = KAPPA
    corners = ((1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k), (-1, 0), (-1, -k), (-k, -1), (0, -1), (k, -1), (1, -k), (1, 0))
    return tuple((box.x + a * x, box.y + b * y) for x, y in corners)


def _caption(caption: str, layout: Layout, colours: Theme) -> Iterator[Shape]:
    """Draws the caption's lines from the left, or a single one in the middle."""
    size = layout.caption_size
    lines = fitted_caption(caption, layout.width, size) if size else ()
    y = layout.caption_top + (CAPTION_MARGIN / 4 + CAPTION_LINE / 2 + BASELINE) * size
    for line in lines:
        run = Run(line, size, False, colours.ink)
        middle = len(lines) == 1
        yield TextLine(layout.width / 2 if middle else CAPTION_MARGIN * size, y, "middle" if middle else "start", (run,))
        y += CAPTION_LINE * size


def _label(edge: Edge, wire: positions.Wire, colours: Theme, skin: Skin) -> Iterator[Shape]:
    shape = shape_label(edge, skin)
    if shape is None or wire.label is None:
        return
    x, y = wire.label
    y += (1 - len(shape.lines)) * shape.line_height / 2 + BASELINE * shape.size
    for line in shape.lines:
        words = Run(line.text, shape.size, True, colours.line(line.kind, faded="faded" in edge.marks))
        yield TextLine(x, y, "middle", (words,), halo=colours.page)
        y += shape.line_height
