"""Pictures for slides: of the ways to draw a graph, the first in which every number can be read from the back row.

The choice is made once for each graph, from its structure and from the widest numbers that it may show: other values, or
another step, are drawn in the same way. What fits no slide as a whole is drawn as dots, with the surroundings of the step,
of what is highlighted, or of the root, at legible size below them.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> draw_for_slide([e], {}).chosen
'as asked'
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from math import inf
from typing import Any

from chalkgrad.engine import Tape, Value
from chalkgrad.engine.stepping.forward import ForwardPass, ForwardStep
from chalkgrad.engine.stepping.steps import NodeStep, Step, Steps
from chalkgrad.engine.stepping.tape import values_of
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.viz.drawing.cards import shown
from chalkgrad.viz.drawing.drawing import Drawing, RendererName
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.formats.legible import HEIGHT, LEAST, WIDTH, number_sizes, slide_height, smallest_number
from chalkgrad.viz.formats.scene import Scene, scene
from chalkgrad.viz.layout import caption_setting as setting
from chalkgrad.viz.layout import dot, renderer
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out, lay_out_dots
from chalkgrad.viz.layout.positions import MARGIN, Layout
from chalkgrad.viz.letters import themes
from chalkgrad.viz.letters.primitives import Box, Curve, Point, Polygon, Rect, Shape, TextLine
from chalkgrad.viz.pictures.captions import Caption, Line, Role, shorter
from chalkgrad.viz.pictures.highlight import drawn_from
from chalkgrad.viz.pictures.picture import LABELLED_EDGES, Card, CardRow, Edge, EdgeLine, Picture, readable
from chalkgrad.viz.skins.shapes import VALUE
from chalkgrad.viz.skins.skin import FOR_SLIDES, USUAL, skin_of

SAID = section("slides")

# How large a caption's letters are, as a share of their usual size: the first with which the picture above is legible; above
# surroundings, with which the block of its lines is below BLOCK, a share of the slide's height. None are smaller than what can
# be read.
CAPTION, BLOCK = (1.0, 0.8, 0.65, 0.5), 0.165
WIDEST = -1.2345678901234567e-5  # rounded to any number of digits
# Space for it is kept below the picture of a step.
BANDS: tuple[Role, ...] = ("reason", "punch", "status")
SENTENCE = Caption("–", [Line(("–",), role) for role in BANDS])
ARRANGED = ("wrap", "direction")  # options of the arrangement alone
SURE = 1.02  # by so much more than LEAST the surroundings are legible: font sizes are rounded

# The picture of dots above the surroundings, as a share of the slide's height, and what lies between the two, in points.
OVERVIEW, BETWEEN = 0.10, 8.0
STRETCHED = 3.0  # the overview becomes at most so much wider than its layout
APART = 24.0  # points between the surroundings and an end of paths that no wire leads to there
MOST_AROUND = 14  # values in the surroundings

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?$")


@dataclass(frozen=True)
class Way:
    """A way to draw a graph: options of `picture_of`, the letters beside gates, and in which words it was chosen."""

    options: Mapping[str, Any]
    letters: int = 0
    tight: bool = True
    part: bool = False  # whether only the surroundings are drawn in full
    words: tuple[str, ...] = ()

    def dressed(self, picture: Picture) -> Picture:
        """Returns ``picture`` with the letters and the spacing of this way."""
        cards = picture.cards
        if self.letters:
            cards = tuple(replace(card, letters=self.letters) for card in cards)
        return readable(replace(picture, cards=cards, tight=self.tight))


class SlideDrawing(Drawing):
    """The drawing of a graph for a slide; ``chosen`` says how it is drawn."""

    def __init__(self, picture: Picture, drawn: Scene, chosen: str, renderer: RendererName = None) -> None:
        super().__init__(picture, renderer)
        self._given, self.chosen = drawn, chosen

    def _laid_out(self, program: RendererName) -> Scene:
        return self._given

    def _refuse_unused(self, kind: str, program: RendererName) -> None:
        super()._refuse_unused(kind, None)
        if kind == "dot":
            raise ValueError("whoever renders .dot lays it out anew, for no slide: leave slide out, or save as .svg.")
        if program is not None and kind not in ("png", "pdf"):
            raise ValueError(f"this drawing is laid out already, and .{kind} needs no renderer: leave it out.")

    def _counted(self, counted: str) -> str:
        return SAID["drawing"].format(counts=counted, chosen=self.chosen)


def draw_for_slide(roots: Sequence[Any], options: Mapping[str, Any], program: RendererName = None) -> Drawing:
    """Returns the drawing of ``roots`` with ``options``, those of `picture_of`, in which all numbers are large on a slide.

    Without the renderer that is named it is the drawing for no slide, which says what is missing.
    """
    asked = picture_of(roots, **options)
    try:
        renderer.find_layout(program)
    except renderer.RendererMissing:
        return Drawing(asked, program)
    for way in fitting(roots, options, asked.caption, program):
        picture = way.dressed(picture_of(roots, **{**options, **way.options}))
        if way.part:
            picture = replace(picture, caption=_short_enough(picture, options))
            around = Surroundings(picture, [picture.caption], options, program, roots)
            return SlideDrawing(picture, around.scene(picture), around.said(way, picture), program)
        bare, smallest = _bare(picture, program)
        for said in shorter(picture.caption):  # rather a shorter caption than another way to draw the graph
            captioned_picture = replace(picture, caption=said)
            drawn = scene(captioned_picture, place_labels(picture, captioned(bare, [said], smallest)))
            if smallest_number(drawn) >= LEAST:
                return SlideDrawing(captioned_picture, drawn, chosen_words(way), program)
    raise AssertionError("the surroundings of a value fit every slide")


def chosen_words(way: Way) -> str:
    """Says how a graph is drawn."""
    return ", ".join(SAID[word] for word in way.words)


# The choice -----------------------------------------------------------------------------------------------------------


def fitting(roots: Sequence[Any], options: Mapping[str, Any], caption: str, program: RendererName = None) -> Iterator[Way]:
    """Yields the ways in which the numbers of this graph are legible, whatever they are, the best one first.

    The last one, of a part of the graph, always is. Neither the step, the path nor the values decide, only whether there is
    a step, and whether there is a caption: one that is not the caller's own fits the space of a step's sentence.
    """
    stepping, roots = _step_in_play(roots, options.get("highlight")), _plain(roots)
    below = caption if options.get("caption") else SENTENCE if caption else ""
    known: dict[str, Picture] = {}  # by the options that change more than the arrangement
    for way in _ways(roots, options, stepping):
        if way.part:
            yield way
            continue
        made = {name: value for name, value in way.options.items() if name not in ARRANGED}
        try:
            plain = known.get(repr(made)) or picture_of(roots, **{**options, "highlight": None, "caption": "", **made})
        except ValueError:
            if "collapse" not in way.options:
                raise
            continue  # there is nothing to fold
        known[repr(made)] = plain
        arranged = {name: value for name, value in way.options.items() if name in ARRANGED}
        if "wrap" in arranged:
            arranged["wrap"] = -1 if arranged["wrap"] else 0
        largest = way.dressed(widest(replace(plain, **arranged), options))
        if not _too_large(largest) and _share(largest, below, program) >= LEAST:
            yield way


def _ways(roots: Sequence[Any], options: Mapping[str, Any], stepping: bool) -> Iterator[Way]:
    """Yields the ways to draw a graph, in the order of preference.

    A step stays inside a folded card, where nobody sees it: with one, nothing is folded that was not asked to be.
    """
    asked, wrap = skin_of(options.get("skin", USUAL)).name, options.get("wrap")
    folded = options.get("collapse", False) not in (False, None)
    yield Way({}, tight=False, words=("asked",))
    if asked != FOR_SLIDES and not wrap:
        yield Way({"wrap": True}, words=("skin", "rows") if asked != USUAL else ("cards", "rows"))
    foldings: list[tuple[dict[str, Any], tuple[str, ...]]] = [({}, ())]
    if not stepping and not folded and any(node.place for node in Tape(values_of(roots))):
        foldings += [({"collapse": "neurons", "units": True}, ("units",))]
        foldings += [({"collapse": "neurons"}, ("neurons",)), ({"collapse": "layers"}, ("layers",))]
    for folding, said in foldings:
        if "units" in said:
            yield Way({**folding, "skin": FOR_SLIDES, "wrap": False}, VALUE, words=said)
            continue
        if folding and asked == USUAL:
            yield Way({**folding, "wrap": True}, words=("cards", *said, "rows"))
        circuit = {**folding, "skin": FOR_SLIDES}
        for direction in dict.fromkeys((options.get("direction", "LR"), "LR")):
            yield Way({**circuit, "wrap": False, "direction": direction}, VALUE, words=("circuit", *said))
            yield Way({**circuit, "wrap": True, "direction": direction}, VALUE, words=("circuit", *said, "rows"))
        if not folding:
            yield Way({**circuit, "wrap": False, "direction": "TB"}, VALUE, words=("circuit", "down"))
    part = {"skin": FOR_SLIDES, "wrap": False, "direction": "LR"}
    yield Way(part, VALUE, part=True, words=("step" if stepping else "lit" if options.get("highlight") else "root",))


def _plain(roots: Sequence[Any]) -> Sequence[Any]:
    """Returns the values to draw, without the step that was given in place of one."""
    return [drawn_from(roots[0])[0]] if len(roots) == 1 else roots


def _step_in_play(roots: Sequence[Any], highlight: Any) -> bool:
    """Tells whether a step is to be shown."""
    steps = (Step, NodeStep, ForwardStep, Steps, ForwardPass)
    if isinstance(highlight, steps) or (len(roots) == 1 and isinstance(roots[0], steps)):
        return True
    return isinstance(highlight, (list, tuple)) and any(isinstance(one, steps) for one in highlight)


def widest(picture: Picture, options: Mapping[str, Any]) -> Picture:
    """Returns ``picture`` with the widest numbers that its values, gradients and derivatives may be."""
    wide, less = (words.number(WIDEST, max(options.get("digits", 4) - fewer, 1)) for fewer in (0, 1))
    ends = section("folding")["range"].format(low=less, high=less)
    cards = (
        replace(card, rows=tuple(_widest_row(row, ends if card.count > 1 else wide) for row in card.rows), reserved=())
        for card in picture.cards
    )
    written = shown(options.get("show"), skin_of(picture.skin))
    labelled = len(picture.edges) <= LABELLED_EDGES
    edges = [
        replace(edge, lines=_widest_lines(edge, picture.cards[edge.tail], wide, written if labelled else ()))
        for edge in picture.edges
    ]
    return replace(picture, cards=tuple(cards), edges=tuple(edges))


def _widest_row(row: CardRow, wide: str) -> CardRow:
    """Returns ``row`` with a number where it says one, or that it is not computed."""
    if row.kind in ("data", "grad"):
        return replace(row, value=wide)
    if row.kind == "missing" and row.value:
        return replace(row, value=wide, kind="data" if row.name == "data" else "grad")
    return row


def _widest_lines(edge: Edge, tail: Card, wide: str, show: Any) -> tuple[EdgeLine, ...]:
    lines = [
        line if line.kind == "count" else replace(line, text=_NUMBER.sub(wide, line.text) if line.kind == "local" else wide)
        for line in edge.lines
    ]
    learns = not any(row.kind == "missing" and not row.value for row in tail.rows)
    if "contributions" in show and learns and not any(line.kind == "contribution" for line in lines):
        lines.append(EdgeLine(wide, "contribution"))
    return tuple(lines)


def _too_large(picture: Picture) -> bool:
    """Tells, before any layout, that cards of these sizes do not fit the frame at legible size, or not their longest path."""
    sizes = [skin_of(picture.skin).size(card, picture.direction) for card in picture.cards]
    high = VALUE / LEAST  # the largest slide, in points, on which a number of the size VALUE is legible
    labels = [skin_of(picture.skin).label(edge) for edge in picture.edges]
    beside = [(label.width, label.height) if label else (0, 0) for label in labels]
    if sum(width * height for width, height in (*sizes, *beside)) > high * WIDTH * high * HEIGHT:
        return True
    if picture.wrap:
        return False
    across = picture.direction == "LR"
    longest = [size[not across] for size in sizes]
    for edge, label in zip(picture.edges, beside, strict=True):  # in the order of their heads
        way = longest[edge.tail] + label[not across] + sizes[edge.head][not across]
        longest[edge.head] = max(longest[edge.head], way)
    return max(longest, default=0) > high * (WIDTH if across else HEIGHT)


def _share(picture: Picture, caption: str, program: RendererName) -> float:
    """Returns the size of the smallest number, as a share of the slide's height, above a caption like this."""
    return smallest_number(scene(replace(picture, caption=""), _settled(picture, (caption,), program)))


# The frame ------------------------------------------------------------------------------------------------------------


def settled(picture: Picture, captions: Sequence[str], program: RendererName = None) -> Layout:
    """Returns the layout of ``picture`` with the space for the largest of ``captions`` below it, all labels in place."""
    return place_labels(picture, _settled(picture, captions, program))


def _settled(picture: Picture, captions: Sequence[str], program: RendererName) -> Layout:
    bare, smallest = _bare(picture, program)
    return captioned(bare, captions, smallest)


def _bare(picture: Picture, program: RendererName) -> tuple[Layout, float]:
    """Returns the layout of ``picture`` without space for a caption, and the size of its smallest number."""
    positions = trimmed(lay_out(picture, program, captions=("",)), picture)
    return positions, min(number_sizes(scene(replace(picture, caption=""), positions).shapes), default=inf)


def trimmed(layout: Layout, picture: Picture) -> Layout:
    """Returns ``layout`` without the space above and below what is drawn: a gate has some above it, for symmetry's sake."""
    shapes = scene(replace(picture, caption=""), layout).shapes[1:]  # without the page
    reach = [y for shape in shapes for y in _reach(shape)]
    if not reach:
        return layout
    top, bottom = min(reach) - MARGIN, max(reach) + MARGIN
    return replace(layout.moved(lambda at: (at[0], at[1] - top)), height=round(bottom - top, 2))


def _reach(shape: Shape) -> Iterator[float]:
    """Yields the y of the highest and of the lowest point of ``shape``."""
    match shape:
        case Rect():
            yield from (shape.y, shape.y + shape.height)
        case Curve() | Polygon():
            yield from (y for _, y in shape.points)
        case TextLine():
            yield from (shape.y + run.size * part for run in shape.runs if run.words for part in (-0.8, 0.25))


def captioned(layout: Layout, captions: Sequence[str], smallest: float) -> Layout:
    """Returns ``layout`` with space below for the largest of ``captions``, whose letters are of a size for the slide.

    They are as large as they can be so that numbers of the size ``smallest`` are legible.
    """
    captions = [caption for caption in captions if caption.strip()]
    if not captions:
        return layout
    for share in CAPTION:
        high = slide_height(layout.width, layout.height)
        for _ in range(9):  # a higher caption makes the slide higher, and so its letters larger
            sizes, below = _block(captions, high, share)
            high, before = max(high, slide_height(layout.width, layout.height + below)), high
            if high == before:
                break
        if smallest >= LEAST * high:
            break
    width = round(high * WIDTH, 2)
    beside = layout.moved(lambda at: (at[0] + (width - layout.width) / 2, at[1]))
    return replace(beside, width=width, height=layout.height + below, caption_top=layout.height, caption_sizes=sizes)


def _block(captions: Sequence[str], high: float, share: float) -> tuple[setting.Sizes, int]:
    """Returns the font sizes of ``captions`` on a slide that is so high, and the height of the largest of them."""
    wide = high * WIDTH
    sizes = setting.sizes_on(captions, high, wide, share, least=1)
    return sizes, max(setting.height_of(setting.rows(caption, wide, sizes), sizes) for caption in captions)


# A part of the graph --------------------------------------------------------------------------------------------------


class Surroundings:
    """Pictures of one size in which a part of a graph is legible, and all of it stands above in dots."""

    def __init__(
        self,
        picture: Picture,
        captions: Sequence[str],
        options: Mapping[str, Any],
        program: RendererName = None,
        roots: Sequence[Any] = (),
    ) -> None:
        """Prepares for pictures of the cards of ``picture``, of ``roots``, with ``captions``, made with ``options``."""
        self.program, self.options = program, options
        high = _part_height(picture, options)
        self.width, self.height = round(high * WIDTH, 2), round(high * HEIGHT, 2)
        self.letters: setting.Sizes | None = None
        self.below = 0
        for share in CAPTION if any(captions) else ():
            self.letters, self.below = _block([caption for caption in captions if caption], high, share)
            if self.below <= high * BLOCK:
                break
        self.strip = high * OVERVIEW
        self._dots = self._laid_out_dots(picture)
        self._known: dict[tuple[int, ...], tuple[Layout, bool]] = {}
        self._parts: dict[tuple[int, ...], tuple[int, ...]] = {}
        self.before, self.after = _neighbours(picture)
        self._edges = _edges(roots, picture)

    def scene(self, picture: Picture) -> Scene:
        """Returns the part of ``picture`` around what is lit in it."""
        wanted = self._wanted(picture)
        part, layout = self._fitting(picture, wanted)
        small = _part(self._open(picture), part)
        drawn = scene(small, replace(layout, caption_top=self.height - self.below, caption_sizes=self.letters))
        page, *shapes = drawn.shapes
        return replace(
            drawn, shapes=(page, *self._overview(picture, set(part)), *shapes), description=self._description(picture, part)
        )

    def said(self, way: Way, picture: Picture, *, several: bool = False) -> str:
        """Says how much of ``picture`` is drawn; of ``several``, only that it is a part."""
        if several:
            return SAID["steps"].format(all=len(picture.cards))
        part, _ = self._fitting(picture, self._wanted(picture))
        return SAID[way.words[0]].format(part=len(part), all=len(picture.cards))

    def _description(self, picture: Picture, part: Sequence[int]) -> str:
        return f"{picture.description} {SAID['part'].format(part=len(part), all=len(picture.cards))}"

    def _wanted(self, picture: Picture) -> tuple[int, ...]:
        """Returns the cards to draw, the most important first: what is lit, and what is around it."""
        lit = [edge for edge in picture.edges if "lit" in edge.marks]
        if _of_paths(picture):
            return tuple(self._along(lit))[:MOST_AROUND]
        heads, tails = ([*dict.fromkeys(getattr(edge, end) for edge in reversed(lit))] for end in ("head", "tail"))
        first = [n for n, card in enumerate(picture.cards) if "lit" in card.marks]
        core = [*dict.fromkeys(chain.from_iterable((edge.head, edge.tail) for edge in reversed(lit))), *reversed(first)]
        if not core:
            core = [n for n, card in enumerate(picture.cards) if card.kind == "root"][:1] or [len(picture.cards) - 1]
            heads = core
        found = dict.fromkeys(core)
        found.update(dict.fromkeys(self._read(picture)))
        for n in heads or core:
            found.update(dict.fromkeys(self.before[n]))
        for n in heads or core:
            found.update(dict.fromkeys(self.after[n]))
        for n in tails:
            found.update(dict.fromkeys(self.after[n]))
        for n in tails:
            found.update(dict.fromkeys(self.before[n]))
        if not lit and len(first) != 1:  # nothing is in play: as much as there is space for, level by level
            waiting = [*found]
            for n in waiting:
                new = [parent for parent in dict.fromkeys(self.before[n]) if parent not in found]
                found.update(dict.fromkeys(new))
                waiting += new[: MOST_AROUND - len(waiting)]
        return tuple(found)[:MOST_AROUND]

    def _along(self, lit: Sequence[Edge]) -> dict[int, None]:
        """Returns the cards along lit paths: where these end and all that uses it, where they begin, and what is between."""
        heads, tails = ({getattr(edge, end) for edge in lit} for end in ("head", "tail"))
        ends = sorted(tails - heads)
        found = dict.fromkeys(ends)
        for n in ends:
            found.update(dict.fromkeys(edge.head for edge in lit if edge.tail == n))
        for n in ends:
            found.update(dict.fromkeys(self.after[n]))
        found.update(dict.fromkeys(sorted(heads - tails)))
        waiting = [*found]
        for n in waiting:  # level by level
            new = [head for head in dict.fromkeys(edge.head for edge in lit if edge.tail == n) if head not in found]
            found.update(dict.fromkeys(new))
            waiting += new
        return found

    def _read(self, picture: Picture) -> Iterator[int]:
        """Yields the cards of the values that the local derivatives of the lit edges read."""
        if len(self._edges) == len(picture.edges):
            numbers = {node: edge.head for edge, (node, _) in zip(picture.edges, self._edges, strict=True)}
            numbers |= {node.parents[slot]: edge.tail for edge, (node, slot) in zip(picture.edges, self._edges, strict=True)}
            for edge, (node, slot) in zip(picture.edges, self._edges, strict=True):
                if "lit" in edge.marks:
                    yield from (numbers[value] for value in words.read_by(node, slot))

    def _fitting(self, picture: Picture, wanted: tuple[int, ...]) -> tuple[tuple[int, ...], Layout]:
        """Returns as many of the cards, from the first, as there is space for, and where they stand.

        Along paths, further ones that there is space for come with them.
        """
        if wanted not in self._parts:
            count = next((n for n in range(len(wanted), 1, -1) if self._at(picture, wanted[:n])[1]), 1)
            kept = wanted[:count]
            if _of_paths(picture):
                for n in wanted[count + 1 :]:
                    if self._at(picture, (*kept, n))[1]:
                        kept = (*kept, n)
            self._parts[wanted] = tuple(sorted(kept))
        part = self._parts[wanted]
        return part, self._at(picture, part)[0]

    def _at(self, picture: Picture, cards: Sequence[int]) -> tuple[Layout, bool]:
        """Returns where these cards stand, and whether there is enough space for them."""
        part = tuple(sorted(cards))
        if part not in self._known:
            self._known[part] = self._placed(picture, part)
        return self._known[part]

    def _placed(self, picture: Picture, part: tuple[int, ...]) -> tuple[Layout, bool]:
        """Returns where these cards stand in the frame, and whether there is enough space for them."""
        small = replace(_part(self._open(picture, lines=True), part), caption="")
        layout = trimmed(self._apart(small), small)
        top, bottom = self.strip + BETWEEN, self.height - self.below
        fits = layout.width <= self.width and layout.height <= bottom - top
        right, down = (self.width - layout.width) / 2, top + (bottom - top - layout.height) / 2
        centred = layout.moved(lambda at: (at[0] + right, at[1] + down))
        framed = replace(centred, width=self.width, height=self.height, caption_top=bottom)
        return place_labels(small, framed) if fits else framed, fits

    def _apart(self, small: Picture) -> Layout:
        """Returns the layout of a part; an end of paths that no wire leads to here stands to the right of all that leads there.

        Elsewhere its output would look like an input of others.
        """
        heads, tails = ({getattr(edge, end) for edge in small.edges} for end in ("head", "tail"))
        alone = {n for n, card in enumerate(small.cards) if n not in heads | tails and "lit" in card.marks}
        if len(small.edges) < 2 or not alone:
            return lay_out(small, self.program, captions=("",))
        ways = (Edge(last, n) for n in alone for last in sorted(heads - tails))
        layout = lay_out(replace(small, edges=(*small.edges, *ways)), self.program, captions=("",))
        aside = [APART if n in alone else 0.0 for n in range(len(small.cards))]
        return replace(
            layout,
            width=layout.width + APART,
            cards=tuple(replace(box, x=box.x + right) for box, right in zip(layout.cards, aside, strict=True)),
            wires=layout.wires[: len(small.edges)],
        )

    def _open(self, picture: Picture, *, lines: bool = False) -> Picture:
        """Returns ``picture`` without places, each card with space for the widest numbers, and if asked each label too."""
        large = widest(picture, self.options)
        cards = (replace(card, place=(), reserved=wide.rows) for card, wide in zip(picture.cards, large.cards, strict=True))
        return replace(picture, cards=tuple(cards), edges=large.edges if lines else picture.edges)

    # The dots

    def _laid_out_dots(self, picture: Picture) -> Layout:
        """Returns the layout of the whole graph as dots, in the strip at the top."""
        layout = lay_out_dots(picture, self.program)
        wide = min((self.width - 2 * MARGIN) / layout.width, STRETCHED)
        high = min((self.strip - MARGIN) / layout.height, STRETCHED)
        left, top = (self.width - layout.width * wide) / 2, MARGIN + (self.strip - MARGIN - layout.height * high) / 2

        def point(at: Point) -> Point:
            return (round(left + at[0] * wide, 2), round(top + at[1] * high, 2))

        side = round(dot.DOT * 72 * min(wide, high, 1.0), 2)
        cards = (point((box.x, box.y)) for box in layout.cards)
        dots = [Box(x, y, side, side) for x, y in cards]
        wires = []
        for edge, wire in zip(picture.edges, layout.wires, strict=True):  # from middle to middle, beneath the dots
            tail, head = dots[edge.tail], dots[edge.head]
            course = (tail.x, tail.y), *map(point, wire.points[1:-1]), (head.x, head.y)
            wires.append(replace(wire, points=course, tip=course[-1], label=None))
        return replace(layout, cards=tuple(dots), wires=tuple(wires))

    def _overview(self, picture: Picture, part: set[int]) -> Iterator[Shape]:
        """Draws the whole graph in dots: what is lit, what is drawn below, and all that is not."""
        colours = themes.theme(picture.theme)
        for edge, wire in zip(picture.edges, self._dots.wires, strict=True):
            if "lit" in edge.marks:
                yield Curve(wire.points, colours.lit, 3)
            else:
                near = edge.head in part and edge.tail in part
                yield Curve(wire.points, colours.edge if near else colours.faded, 1.5 if near else 1)
        for n, (card, box) in enumerate(zip(picture.cards, self._dots.cards, strict=True)):
            half = box.width / 2
            fill = colours.lit if "lit" in card.marks else colours.ink if n in part else colours.faded
            yield Rect(box.x - half, box.y - half, box.width, box.width, half, fill=fill)
        y = round(self.strip + BETWEEN / 2, 2)
        yield Curve(((MARGIN, y), (MARGIN, y), (self.width - MARGIN, y), (self.width - MARGIN, y)), colours.faded, 1)


def _of_paths(picture: Picture) -> bool:
    """Tells whether paths are lit, and not the edges of a single node."""
    return len({edge.head for edge in picture.edges if "lit" in edge.marks}) > 1


def _part_height(picture: Picture, options: Mapping[str, Any]) -> float:
    """Returns the height of the slide, in points, on which the numbers of the surroundings are just legible."""
    labels = (skin_of(picture.skin).label(edge) for edge in widest(picture, options).edges)
    return min((VALUE, *(label.size for label in labels if label))) / (LEAST * SURE)


def _short_enough(picture: Picture, options: Mapping[str, Any]) -> str:
    """Returns the caption of ``picture``, as short as it must be above surroundings."""
    high = _part_height(picture, options)
    *longer, shortest = shorter(picture.caption)
    fitting = (said for said in longer if said and _block([said], high, CAPTION[-1])[1] <= high * BLOCK)
    return next(fitting, shortest)


def _edges(roots: Sequence[Any], picture: Picture) -> list[tuple[Value, int]]:
    """Returns the node and the slot of each edge of ``picture``; none where cards stand for several values."""
    roots = _plain(roots)
    tape = roots[0] if len(roots) == 1 and isinstance(roots[0], Tape) else Tape(values_of(roots))
    if len(tape) != len(picture.cards):
        return []
    return [(node, slot) for node in tape for slot in range(len(node.parents))]


def _neighbours(picture: Picture) -> tuple[list[list[int]], list[list[int]]]:
    """Returns for each card the cards it is computed from, and those computed from it."""
    before: list[list[int]] = [[] for _ in picture.cards]
    after: list[list[int]] = [[] for _ in picture.cards]
    for edge in picture.edges:
        before[edge.head].append(edge.tail)
        after[edge.tail].append(edge.head)
    return before, after


def _part(picture: Picture, part: Sequence[int]) -> Picture:
    """Returns the picture of these cards and the edges between them."""
    numbers = {old: new for new, old in enumerate(part)}
    edges = (
        replace(edge, tail=numbers[edge.tail], head=numbers[edge.head])
        for edge in picture.edges
        if edge.tail in numbers and edge.head in numbers
    )
    return replace(picture, cards=tuple(picture.cards[n] for n in part), edges=tuple(edges), wrap=0)
