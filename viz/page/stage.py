"""The page's stage: the graph in the skins in which every number can be read from the back row, chosen once for each graph.

The whole graph is shown if that is legible, as cards, else in the circuit's gates; where both are, the page changes between
them. Of a graph that is too large for either, what is around the step in play is shown, beside all of it in dots (lens.py).
For a window that is held upright there is a look that runs downwards, of all or in lenses. What decides is
the structure of the graph and the widest numbers that it may show, not the step.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> [(look.told["name"], look.told["direction"]) for look in stage(e, Script(e)).looks]
[('cards', 'LR'), ('circuit', 'LR'), ('cards', 'TB'), ('circuit', 'TB')]
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from chalkgrad.engine import Value, tape
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section, speaking
from chalkgrad.engine.words.placeholders import Text
from chalkgrad.viz.defaults import LIMIT
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.formats.legible import LEAST
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out_each
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.page.diagram import SMALLEST as SMALLEST_OF_DIAGRAM
from chalkgrad.viz.page.diagram import look as diagram_look
from chalkgrad.viz.page.diagram_upright import look as upright_look
from chalkgrad.viz.page.filling import filled
from chalkgrad.viz.page.folded import FoldedScript
from chalkgrad.viz.page.lens import Lenses, numbered
from chalkgrad.viz.page.net import Net
from chalkgrad.viz.page.script import NONE, Script
from chalkgrad.viz.page.svg_groups import svg
from chalkgrad.viz.page.unit_lens import UnitLenses
from chalkgrad.viz.page.widest import Widest, width
from chalkgrad.viz.pictures.folding import Collapse
from chalkgrad.viz.pictures.picture import (
    LABELLED_EDGES,
    Card,
    CardRow,
    Direction,
    Edge,
    EdgeLine,
    Picture,
    readable,
    spoken_description,
)
from chalkgrad.viz.skins import shapes
from chalkgrad.viz.skins.skin import FOR_SLIDES, USUAL, Skin, skin_of

# What the page leaves a picture of a projector's 16:9 window: its width, and its height beside three lines of words, as shares
# of the window's height; style.css has the margins, the controls and the sizes of words that this comes from.
WIDTH, HEIGHT = 1.73, 0.735
# The same of a telephone's window of 390 by 844 that is held upright, and what can be read in the hand: 10 of its pixels.
UPRIGHT_WIDTH, UPRIGHT_HEIGHT, UPRIGHT_LEAST = 0.447, 0.69, 0.0118
# The same of a lens there, below the dots: of 12 pixels, so that in a window of 320 by 640 it can still be read.
UPRIGHT_LENS, UPRIGHT_DOTS = (0.44, 0.42, 0.0142), (760.0, 270.0)
PAGE, NAMED = section("page"), ("cards", "circuit", "edges")  # looks whose names are words of the language
WORDS, LINE = 0.041, 1.28  # the words' font size, and a line of them
BOLD = 1.2  # the second line is larger


class Frame(NamedTuple):
    """The place that a picture has, and how large its numbers must be at least, all as shares of the window's height."""

    width: float
    height: float
    least: float

    def holds(self, size: tuple[float, float], least: float) -> bool:
        """Tells whether a picture of this size, whose smallest number is ``least``, is legible here."""
        return max(size[0] / self.width, size[1] / self.height) * self.least <= least


class Way(NamedTuple):
    """A way to draw the graph: the skin, what is written, and in how many levels a row; 0 for all in one."""

    skin: Skin
    show: frozenset[str]
    wrap: int


@dataclass(frozen=True)
class Look:
    """One look of the graph on the page: its picture, its SVG, and what the page's script is told of it.

    Attributes:
        picture: what is drawn
        html: one or two SVG elements
        told: `name` of the skin, how it is `called`, and `direction`; `labels`, the lines beside each edge; `missing`, what
            stands for a gradient that is not computed; `least`, how large a unit of the drawing must be, as a share of the
            window's height; `lenses`, which of them shows each edge and which each node, or None. What else holds of a
            look that is `like` another, in this place among all, is told there only
    """

    picture: Picture
    html: str
    told: dict[str, Any]


@dataclass(frozen=True)
class Stage:
    """What stands on the stage: the looks that the page can change between, the first of which it opens in.

    Of a page in several languages the pictures are the first one's, with room for the words of all.
    """

    looks: tuple[Look, ...]
    heading: str
    script: Script

    @property
    def html(self) -> str:
        """The element of the first look, and the others in templates: a browser reads these, and lays none of them out."""
        first, *others = (f'<div class="look" data-look="{i}">\n{look.html}\n</div>' for i, look in enumerate(self.looks))
        return "\n".join([first, *(f"<template>\n{other}\n</template>" for other in others)])

    def said(self) -> list[dict[str, Any]]:
        """Returns for each look what is told of it in words, in the language that is spoken."""
        return [_said(self.script, look) for look in self.looks]


def stage(
    root: Value | Sequence[Value],
    script: Script,
    *,
    skin: Skin | str | None = None,
    theme: str = "light",
    direction: Direction = "LR",
    renderer: str | os.PathLike[str] | None = None,
    limit: int = LIMIT,
    collapse: Collapse = False,
) -> Stage:
    """Returns the stage for ``root``, or several roots; `play` has the options.

    A `FoldedScript` is one of the graph that is folded with the same ``collapse`` and ``limit``.
    """
    roots = [root] if isinstance(root, Value) else list(root)
    options: dict[str, Any] = {"theme": theme, "direction": direction, "limit": limit, "collapse": collapse}
    drafts = _Drafts(roots, script, renderer, options)
    network = [drafts.network()] if script.contents["units"] and not skin else []
    # Names of hundreds of letters would leave nothing.
    room = Frame(WIDTH, max(HEIGHT - _more_words(script), HEIGHT / 3), LEAST)
    wanted = list(kinds(skin))
    looks = [look for kind in wanted if (look := drafts.legible(kind, room, rows=bool(skin) or kind.name == FOR_SLIDES))]
    if skin and (not looks or looks[0].told["name"] != wanted[0].name):
        looks.insert(0, drafts.in_lenses(wanted[0], room))
    looks = [*network, *looks] or [drafts.in_lenses(wanted[-1], room)]
    if direction == "LR":  # what is asked for to run downwards does so in every window
        upright = Frame(UPRIGHT_WIDTH, UPRIGHT_HEIGHT, UPRIGHT_LEAST)
        across = [skin_of(look.picture.skin) for look in looks if look not in network]
        downwards = [down for kind in across if (down := drafts.legible(kind, upright, rows=False, direction="TB"))]
        downwards += [drafts.upright(one, looks.index(one)) for one in network]
        looks += downwards or [drafts.in_lenses(across[-1], Frame(*UPRIGHT_LENS), direction="TB")]
    return Stage(tuple(looks), _heading(script, looks[0].picture), script)


def kinds(skin: Skin | str | None) -> Iterator[Skin]:
    """Yields the skins that a graph may be drawn in, the best one first: the one asked for, cards, the circuit."""
    yield from dict.fromkeys(map(skin_of, filter(None, (skin, USUAL, FOR_SLIDES))))


class _Drafts:
    """The pictures of a graph, in the ways to draw it."""

    def __init__(
        self, roots: Sequence[Value], script: Script, renderer: str | os.PathLike[str] | None, options: dict[str, Any]
    ) -> None:
        self._roots, self._script, self._renderer, self._options = roots, script, renderer, options
        self._known: dict[tuple[str, frozenset[str], Direction], Picture] = {}
        self._numbers = script.cards if isinstance(script, FoldedScript) else []

    def at_the_end(self, way: Way, direction: Direction) -> Picture:
        """Returns the picture with all numbers that it may show."""
        way = self._possible(way)
        key = (way.skin.name, way.show, direction)
        if key not in self._known:
            self._known[key] = _at_the_end(self._roots, self._script, way, {**self._options, "direction": direction})
        return self._known[key]

    def _possible(self, way: Way) -> Way:
        """Returns the way without what no arrow has room for, which `draw` refuses to write."""
        many = len(self._script.contents["edges"]) > LABELLED_EDGES
        unwritten = frozenset({"local", "contributions"} if many else ())
        return way._replace(show=way.show - (self._script.unwritten if isinstance(self._script, FoldedScript) else unwritten))

    def _bare(self, way: Way, direction: Direction) -> Picture:
        """Returns the picture as `draw` draws it, without space for other numbers."""
        way = self._possible(way)
        return picture_of(list(self._roots), skin=way.skin, show=sorted(way.show), **{**self._options, "direction": direction})

    def legible(self, skin: Skin, place: Frame, *, rows: bool, direction: Direction | None = None) -> Look | None:
        """Returns all of the graph in this skin, in the first way that is legible; None if none is."""
        for way in ways(skin, rows):
            running = direction or self._options["direction"]
            if _too_large(self._bare(way, running), place, way.wrap):  # nor would it fit with space for other numbers
                continue
            picture = self.at_the_end(way, running)
            if _too_large(picture, place, way.wrap):
                continue
            least = smallest(picture)
            for tight in ("levels", True) if way.skin.tightens else (False,):
                arranged = readable(replace(picture, wrap=way.wrap, tight=tight))
                [layout] = lay_out_each([arranged], self._renderer)
                if place.holds((layout.width, layout.height), least):
                    drawn = svg(arranged, place_labels(arranged, layout), self._numbers)
                    return Look(arranged, drawn, _told(self._script, arranged, place.least / least))
                if arranged.direction == "LR" and layout.width / place.width * place.least > least:
                    break  # nor will it be less wide
        return None

    def network(self) -> Look:
        """Returns the network's diagram, and beside it each unit's values in the circuit's gates."""
        skin = skin_of(FOR_SLIDES)
        picture = self.at_the_end(Way(skin, frozenset({*skin.shows, "data", "grad"}), 0), "LR")
        with self._script.writing():
            html, told = diagram_look(self._script, picture)
        return Look(picture, html, _told(self._script, picture, LEAST / SMALLEST_OF_DIAGRAM) | told)

    def upright(self, usual: Look, place: int) -> Look:
        """Returns the network's diagram from top to bottom; what is told of the ``usual`` one, in this place, holds of it."""
        html, told = upright_look(self._script, usual.picture)
        like = {"name": "diagram", "direction": "TB", "like": place, "least": round(UPRIGHT_LEAST / SMALLEST_OF_DIAGRAM, 6)}
        return Look(usual.picture, html, told | like)

    def in_lenses(self, skin: Skin, place: Frame, *, direction: Direction | None = None) -> Look:
        """Returns what is around each step; a ``direction`` other than the usual is for a place of the lens's own."""
        way = Way(skin, frozenset({*skin.shows, "data", "grad", "local"}), 0)
        picture = self.at_the_end(way, direction or self._options["direction"])
        reads = [] if self._numbers else list(_reads(self._roots))
        if direction:
            sizes = {"wide": place.width, "least": place.least}
            lenses = Lenses(picture, place.height, self._renderer, reads, self._numbers, **sizes, dots=UPRIGHT_DOTS)
        else:
            lenses = Lenses(picture, place.height, self._renderer, reads, self._numbers)
        told = _told(self._script, picture, lenses.least) | {"lenses": lenses.contents}
        return Look(picture, lenses.html, told)


def ways(skin: Skin, rows: bool) -> Iterator[Way]:
    """Yields the ways to draw a graph in a skin, the best one first: with local derivatives or without, if need be in rows."""
    usual = {*skin.shows, "data", "grad"}
    for show in dict.fromkeys((frozenset(usual | {"local"}), frozenset(usual))):
        yield Way(skin, show, 0)
        if rows:
            yield Way(skin, show, -1)


def _reads(roots: Sequence[Value]) -> Iterator[set[int]]:
    """Yields for each edge the places of the values that the reason of its local derivative mentions."""
    nodes, first = tape(*roots).nodes, 0xF0000  # letters that stand for nothing else
    names = {node: chr(first + i) for i, node in enumerate(nodes)}
    for node in nodes:
        for slot in range(len(node.parents)):
            _, *made_of = words.reason(node, slot, names).split(" = ")
            yield {ord(sign) - first for sign in "".join(made_of) if ord(sign) >= first}


def _heading(script: Script, picture: Picture) -> str:
    """Returns each root's name and expression, as the picture has them."""
    if isinstance(script, FoldedScript):
        return picture.title
    return ", ".join(picture.cards[root].title for root in script.contents["roots"])


def _told(script: Script, picture: Picture, least: float) -> dict[str, Any]:
    """Returns what the script is told of a look without lenses."""
    skin = skin_of(picture.skin)
    labels = script.labels(brief=not skin.reasons)
    told = {"name": skin.name, "called": _called(skin), "direction": picture.direction, "labels": labels, "missing": NONE}
    return told | {"least": round(least, 6), "lenses": None}


def _said(script: Script, look: Look) -> dict[str, Any]:
    """Returns what the script is told of a look in the language that is spoken, as far as it may differ; nothing is packed."""
    if "like" in look.told:
        return {}
    skin = skin_of(look.picture.skin)
    picture = look.picture
    said = {"called": _called(skin), "described": text.clean(_described(picture.title, picture.cards, picture.edges))}
    if look.told["name"] == "diagram":
        with script.writing():
            return said | {"opened": UnitLenses(Net(script), look.picture, script).said}
    return said | {"labels": _beside(script, brief=not skin.reasons)}


def _described(title: str, cards: Sequence[Card], edges: Sequence[Edge]) -> str:
    """Describes a picture whose numbers come step by step, and may be asked for first: what is said gives none away."""
    bare = tuple(replace(card, rows=()) for card in cards), tuple(replace(edge, lines=()) for edge in edges)
    return spoken_description(title, *bare)


def _called(skin: Skin) -> str:
    return PAGE[f"look {skin.name}"] if skin.name in NAMED else skin.name


def _beside(script: Script, *, brief: bool) -> dict[int, list[Text]]:
    """Returns the lines beside each edge in the language that is spoken, as many as there are in the first.

    The script makes a line smaller that is longer than the room it has.
    """
    with speaking(script.languages[0]):
        usual = script.labels(brief=brief)
    return {edge: _in_lines(lines, len(usual[edge])) for edge, lines in script.labels(brief=brief).items()}


def _in_lines(lines: Sequence[Text], count: int) -> list[Text]:
    joined = [part for i, line in enumerate(lines[max(count - 1, 0) :]) for part in ([" "] * bool(i) + _elements(line))]
    return [*lines, *[""] * (count - len(lines))] if len(lines) <= count else [*lines[: count - 1], joined]


def _elements(line: Text) -> list[Any]:
    return [line] if isinstance(line, str) else line


# The picture at the end of the sweep ----------------------------------------------------------------------------------


def _at_the_end(roots: Sequence[Value], script: Script, way: Way, options: dict[str, Any]) -> Picture:
    """Returns the picture as it is at the end of the sweep, with space for what it says before, and for other numbers.

    Of several roots there is space for what the sweep from any of them says.
    """
    picture = picture_of(list(roots), skin=way.skin, show=sorted(way.show), **options)
    widest = Widest(script.symbolic)
    brief = not way.skin.reasons
    labels = script.in_each(lambda: _beside(script, brief=brief))
    numbers = script.cards if isinstance(script, FoldedScript) else range(len(picture.cards))
    cards = tuple(_card(card, number, script, widest, brief) for number, card in zip(numbers, picture.cards, strict=True))
    edges = tuple(_edge(edge, number, script, widest, labels, way.show) for number, edge in enumerate(picture.edges))
    return replace(picture, cards=cards, edges=edges, description=_described(picture.title, cards, edges))


def _card(card: Card, number: int, script: Script, widest: Widest, brief: bool) -> Card:
    """Returns the card with its last gradient, as wide as its widest; a brief one need not show a sum in full."""
    sweeps = [grads for edition in script.editions if (grads := edition["grads"].get(number))]
    [data] = [row for row in card.rows if row.kind == "data"] or [CardRow("", "", "data")]
    others = tuple(row for row in card.rows if row.kind not in ("data", "grad", "missing"))
    most = [CardRow(data.name, widest.sample(script.contents["data"][number], shapes.VALUE), "data")]
    if card.count > 1 and data not in card.rows:  # a place shows no values
        most, data = [], CardRow("", "", "note")
    if not sweeps:  # a constant, or what no sweep reaches
        return replace(card, reserved=tuple(most))
    [title] = [row.name for row in card.rows if row.kind in ("grad", "missing")][-1:] or [words.grad_not_computed()[0]]
    missing = words.grad_not_computed()[1]
    for grads in sweeps:
        most += [CardRow(title, _widest_grad(grad, grads, script, widest, brief), "grad") for grad in grads]
    _, full, short = sweeps[0][-1]
    said = script.current(full)
    room = max(width(row.value, shapes.VALUE) for row in most if row.kind == "grad") if brief else shapes.VALUE_LIMIT
    if short is not None and width(said, shapes.VALUE) > room:
        said = script.current(short)
    grad, unknown = CardRow(title, said, "grad"), CardRow(title, missing, "missing")
    if card.count > 1:  # in the order of `draw`
        return replace(card, rows=(*others, *([data] if data in card.rows else []), grad), reserved=(unknown, *most))
    return replace(card, rows=(data, grad, *others), reserved=(unknown, *most))


def _widest_grad(grad: tuple[int, Text, Text | None], grads: Sequence[Any], script: Script, widest: Widest, brief: bool) -> str:
    """Returns what a card says of a gradient, at its widest."""
    place, full, short = grad
    sample = widest.sample(full, shapes.VALUE)
    if short is None:
        return sample
    if brief and place != grads[-1][0]:
        return script.current(short)  # an unfinished sum at a wire may be written smaller
    return widest.sample(short, shapes.VALUE) if brief or width(sample, shapes.VALUE) > shapes.VALUE_LIMIT else sample


def _edge(
    edge: Edge, number: int, script: Script, widest: Widest, labels: Sequence[dict[int, Any]], show: frozenset[str]
) -> Edge:
    lines, most = list[EdgeLine](), list[EdgeLine]()
    if "local" in show and edge.count == 1:
        lines += [EdgeLine(script.current(line), "local") for line in labels[0][number]]
        most += [EdgeLine(widest.sample(line, shapes.LABEL), "local") for said in labels for line in said[number]]
    carried = [edition["contributions"][number] for edition in script.editions if number in edition["contributions"]]
    lines += (line for line in edge.lines if line.kind == "count")
    if "contributions" in show and carried and (edge.count == 1 or edge.lines):
        lines.append(EdgeLine(script.current(carried[0]), "contribution"))
        most += [EdgeLine(widest.sample(one, shapes.LABEL), "contribution") for one in carried]
    marks = edge.marks - {"dead"}  # another number may let the gradient through
    return replace(edge, lines=tuple(lines), reserved=tuple(most), marks=marks)


# What fits ------------------------------------------------------------------------------------------------------------


def smallest(picture: Picture) -> float:
    """Returns the size of the smallest number in ``picture``, in its own units."""
    written = (run.size for line in numbered(picture) for run in line.runs if re.search("[0-9]", run.words))
    return min(written, default=shapes.NAME)


def _too_large(picture: Picture, place: Frame, wrap: int) -> bool:
    """Tells, before any layout, that cards of these sizes do not fit at legible size, or not those of the longest path."""
    skin, least = skin_of(picture.skin), shapes.LABEL / place.least
    sizes = [skin.size(card, picture.direction) for card in picture.cards]
    if (
        sum(wide * tall for wide, tall in sizes)
        > least * place.width * least * place.height * (shapes.VALUE / shapes.LABEL) ** 2
    ):
        return True
    if wrap:
        return False
    across = picture.direction == "LR"
    longest = [size[not across] for size in sizes]
    for edge in picture.edges:  # in the order of their heads
        longest[edge.head] = max(longest[edge.head], longest[edge.tail] + sizes[edge.head][not across])
    return max(longest, default=0) > shapes.VALUE / place.least * (place.width if across else place.height)


def _more_words(script: Script) -> float:
    """Returns how much of the window's height the words take beyond three lines, but for the few that are longest."""
    more = 0
    for code in script.languages:
        counts = sorted(_lines(line) for line in _sentences(script, code))
        more = max(more, counts[int(0.9 * (len(counts) - 1))] - 3 if counts else 0)
    return more * WORDS * LINE


def _sentences(script: Script, code: str) -> Iterator[Sequence[str]]:
    """Yields the lines of the sentences in a language, as they are today."""
    numbers, tests = script.symbolic.today()
    symbols = script.symbolic.placeholders.symbols
    contents = script.translations.get(code, script.contents)
    for other in contents["editions"] or [{}]:
        edition = contents | other
        for step in edition["steps"][1:]:
            if "blanks" not in step:
                continue
            known = edition["blanks"] | step["blanks"]
            said = filled(edition["templates"]["said"], numbers, tests, known, symbols=symbols)
            yield re.split(r"\n *| {3,}(?=\d+ of|complete)", said)


def _lines(said: Iterable[str]) -> int:
    """Returns how many lines of the stage these lines of a sentence take."""
    count = 0
    for i, line in enumerate(said):
        size = WORDS * (BOLD if i == 1 else 1)
        count += 1 + int(fonts.width(text.clean(line), 1000, bold=i == 1) / 1000 * size / (WIDTH * 0.98))
    return max(count, 3)
