"""What is around each step of a graph that no screen shows legibly as a whole, beside all of it in dots.

A lens shows a computed value, the values it is computed from, and as many of the others that are computed from these as there
is room for. A value computed from many has several lenses, each with some of them: with a weight comes the input that its local
derivative is made of.

>>> from chalkgrad.viz.pictures.picture import Card, Edge
>>> cards = tuple(Card(name, kind="leaf") for name in "abc") + (Card("d", "a·b", sign="*"), Card("e", "b·c", sign="*"))
>>> edges = (Edge(0, 3), Edge(1, 3), Edge(1, 4), Edge(2, 4))
>>> lenses = Lenses(Picture(cards, edges, skin="circuit"), 0.7)
>>> lenses.contents["edges"], lenses.contents["nodes"]
([0, 0, 1, 1], [0, 0, 1, 0, 1])
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from chalkgrad.viz.formats.legible import LEAST
from chalkgrad.viz.layout.dot import TIGHT
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out_each
from chalkgrad.viz.layout.positions import Layout
from chalkgrad.viz.letters.primitives import Box, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.page.svg_groups import CSS_THEME, groups, whole
from chalkgrad.viz.pictures.picture import Card, Direction, Edge, Picture
from chalkgrad.viz.skins.shapes import LABEL, LabelShape
from chalkgrad.viz.skins.skin import Skin, skin_of

WIDTH = 1.18  # of a lens, as a share of the window's height; style.css gives the dots the rest
MOST = 8  # values in a lens besides those it must have
APART = 72 * TIGHT  # between two cards of a level

# The dots: the proportions of their picture, as a drawing of the size of the place it gets, in pixels.
DOTS = (500.0, 760.0)
DOT = 9  # their diameter


class Dots(Skin):
    """A dot for each value, and nothing else."""

    name = "dots"
    shows = ()
    arrows = False
    ranks = 0.2

    def size(self, card: Card, direction: Direction) -> tuple[int, int]:
        """Returns the size of the dot."""
        return DOT, DOT

    def shapes(self, card: Card, box: Box, colours: Theme, direction: Direction, *, fork: bool = False) -> Iterator[Shape]:
        """Draws the dot: round for what is computed, square for what is given."""
        side = box.width
        yield Rect(box.x - side / 2, box.y - side / 2, side, side, side / 2 * (card.kind != "leaf"), fill=colours.edge)

    def label(self, edge: Edge) -> LabelShape | None:
        """Returns None: there are no words."""
        return None


@dataclass(frozen=True)
class Lens:
    """The numbers of the cards that a lens shows: the value in its middle, what it is computed from, and others."""

    node: int
    core: tuple[int, ...]
    others: tuple[int, ...] = ()
    chosen: int = 0  # how many of the others there is room for


class Lenses:
    """All lenses of a picture in one SVG, and the whole of it in dots in another.

    A lens has a place ``high`` and ``wide``, with numbers of ``least`` at least, all shares of the window's height; ``dots``
    is the place of the dots, as `DOTS`. ``reads`` has for each edge the numbers of the cards whose values its local derivative
    is made of; ``numbers`` those that the page's script knows the cards by, if these are not their places.

    Attributes:
        html: the two
        least: how large a unit of the lenses must be at least, as a share of the window's height
        contents: for the page's script, which lens shows each edge and which each node
    """

    def __init__(
        self,
        picture: Picture,
        high: float,
        renderer: str | os.PathLike[str] | None = None,
        reads: Sequence[Iterable[int]] = (),
        numbers: Sequence[int] = (),
        *,
        wide: float = WIDTH,
        least: float = LEAST,
        dots: tuple[float, float] = DOTS,
    ) -> None:
        self._called = numbers or range(len(picture.cards))
        self._picture = replace(
            picture, cards=tuple(replace(card, place=()) for card in picture.cards), wrap=0, tight=True, caption=""
        )
        self._before: list[list[int]] = [[] for _ in picture.cards]
        self._after: list[list[int]] = [[] for _ in picture.cards]
        self._into: list[list[int]] = [[] for _ in picture.cards]  # the numbers of the edges to each card
        for number, edge in enumerate(picture.edges):
            self._before[edge.head].append(edge.tail)
            self._after[edge.tail].append(edge.head)
            self._into[edge.head].append(number)
        self._reads = dict[tuple[int, int], set[int]]()
        for edge, read in zip(picture.edges, reads, strict=False):
            self._reads.setdefault((edge.head, edge.tail), set()).update(read)
        # A little smaller than there is room for: widths of letters differ from browser to browser.
        self.least = least / LABEL
        self.width, self.height = wide / self.least, high / self.least
        self.lenses, whole_graph = self._laid_out(renderer)
        inside = [line for n, (lens, layout) in enumerate(self.lenses) for line in self._drawn(n, lens, layout)]
        bare = replace(self._picture, title="", description="")
        self.html = "\n".join(
            [_overview(bare, whole_graph, dots, self._called), whole(picture, self.width, self.height, inside)]
        )
        self.contents = self._contents([lens for lens, _ in self.lenses])

    def _laid_out(self, renderer: str | os.PathLike[str] | None) -> tuple[list[tuple[Lens, Layout]], Layout]:
        """Returns the lenses with their positions, each with as much around it as there is room for, and the dots."""
        dots: Layout | None = None
        waiting = [lens for n in range(len(self._picture.cards)) for lens in self._wanted(n)]
        found: list[tuple[Lens, Layout]] = []
        while waiting or dots is None:
            tried = [
                replace(lens, chosen=k) for lens in waiting for k in dict.fromkeys((len(lens.others), len(lens.others) // 2, 0))
            ]
            whole_in_dots = [] if dots else [replace(self._picture, skin=Dots())]
            layouts = lay_out_each([*map(self._part, tried), *whole_in_dots], renderer)
            dots = dots or layouts[-1]
            best: dict[Lens, tuple[Lens, Layout]] = {}
            for lens, layout in zip(tried, layouts, strict=False):
                if layout.width <= self.width and layout.height <= self.height:
                    best.setdefault(replace(lens, chosen=0), (lens, layout))
            split: list[Lens] = []
            for lens, layout in zip(tried, layouts, strict=False):
                if lens.chosen or lens in best:
                    continue
                parents = lens.core[1:]
                if len(parents) < 2:  # it is drawn as large as it can be
                    best[lens] = lens, layout
                else:
                    split += [replace(lens, core=(lens.node, *part)) for part in self._halves(lens.node, parents)]
            found += best.values()
            waiting = split
        order = {lens.core[:2]: n for n, (lens, _) in enumerate(sorted(found, key=lambda one: one[0].core))}
        return sorted(found, key=lambda one: order[one[0].core[:2]]), dots

    def _wanted(self, node: int) -> Iterator[Lens]:
        """Yields lenses of a computed value, each with as many of its parents as there should be room for."""
        parents = [*dict.fromkeys(self._before[node])]
        if not parents:
            if not self._after[node]:  # a graph of a single value
                yield Lens(node, (node,))
            return
        skin, across = skin_of(self._picture.skin), self._picture.direction == "LR"
        labels = {edge.tail: skin.label(edge) for edge in (self._picture.edges[n] for n in self._into[node])}
        whole_room, sides_of = self.height if across else self.width, dict[int, float]()
        for parent in parents:
            label = labels[parent]
            sides = (
                skin.size(self._picture.cards[parent], self._picture.direction),
                (label.width, label.height) if label else (0, 0),
            )
            sides_of[parent] = max(one[across] for one in sides) + APART
        # There is room without end where a name is too long for any page.
        size = ceil(len(parents) / max(1, ceil(sum(sides_of.values()) / whole_room)))
        shown: list[int] = []
        for group in self._groups(node, parents):
            if shown and len(shown) + len(group) > size:
                yield self._lens(node, shown)
                shown = []
            shown += group
            while len(shown) > size + 1:  # a single group that is too large
                yield self._lens(node, shown[:size])
                shown = shown[size:]
        yield self._lens(node, shown)

    def _groups(self, node: int, parents: Iterable[int]) -> list[list[int]]:
        """Returns the parents, those beside each other that the local derivative by one of them is made of."""
        left = dict.fromkeys(parents)
        groups: list[list[int]] = []
        while left:
            group = [next(iter(left))]
            for parent in group:
                left.pop(parent, None)
                group += [other for other in left if other not in group and self._joined(node, parent, other)]
            groups.append(group)
        return groups

    def _joined(self, node: int, one: int, other: int) -> bool:
        return other in self._reads.get((node, one), ()) or one in self._reads.get((node, other), ())

    def _halves(self, node: int, parents: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
        """Returns the two halves of several parents, parted between two groups if there are several."""
        ends, end = [ceil(len(parents) / 2)], 0
        groups = self._groups(node, parents)
        if len(groups) > 1:
            ends = [end := end + len(group) for group in groups[:-1]]
        half = min(ends, key=lambda end: abs(end - len(parents) / 2))
        parents = [parent for group in groups for parent in group]
        return parents[:half], parents[half:]

    def _lens(self, node: int, parents: Sequence[int]) -> Lens:
        around = dict.fromkeys(other for parent in parents for other in self._after[parent] if other != node)
        around.update(dict.fromkeys(self._after[node]))
        others = [other for other in around if other not in parents][:MOST]
        return Lens(node, (node, *parents), tuple(others))

    def _numbers(self, lens: Lens) -> tuple[list[int], list[int]]:
        """Returns the numbers of the cards and of the edges that a lens shows, as the graph has them."""
        cards = {*lens.core, *lens.others[: lens.chosen]}
        edges = (n for card in cards for n in self._into[card] if self._picture.edges[n].tail in cards)
        return sorted(cards), sorted(edges)

    def _part(self, lens: Lens) -> Picture:
        numbers, edges = self._numbers(lens)
        place = {number: n for n, number in enumerate(numbers)}
        joined = (
            replace(edge, tail=place[edge.tail], head=place[edge.head]) for edge in map(self._picture.edges.__getitem__, edges)
        )
        return replace(self._picture, cards=tuple(self._picture.cards[n] for n in numbers), edges=tuple(joined))

    def _drawn(self, number: int, lens: Lens, layout: Layout) -> Iterator[str]:
        """Yields the lines of a lens, in the middle of the place that all have."""
        part = self._part(lens)
        placed = place_labels(part, layout)
        right, down = (self.width - layout.width) / 2, (self.height - layout.height) / 2
        cards, edges = self._numbers(lens)
        yield f'<g class="lens" data-lens="{number}">'
        cards = [self._called[n] for n in cards]
        yield from groups(part, placed.moved(lambda at: (at[0] + right, at[1] + down)), cards, edges)
        yield "</g>"

    def _contents(self, lenses: Sequence[Lens]) -> dict[str, Any]:
        shows, own = dict[tuple[int, int], int](), dict[int, int]()
        for n, lens in enumerate(lenses):
            own.setdefault(lens.node, n)
            for parent in lens.core[1:]:
                shows.setdefault((lens.node, parent), n)
        edges = [shows[edge.head, edge.tail] for edge in self._picture.edges]
        for edge, n in zip(self._picture.edges, edges, strict=True):  # an input is seen where it is first used
            own.setdefault(edge.tail, n)
        nodes = [own[n] for n in range(len(self._picture.cards))]
        if self._called != range(len(nodes)):
            return {"edges": edges, "nodes": dict(zip(self._called, nodes, strict=True))}
        return {"edges": edges, "nodes": nodes}


def _overview(picture: Picture, layout: Layout, place: tuple[float, float], numbers: Sequence[int]) -> str:
    """Returns all of the graph as dots, stretched to the place that the page has for them."""
    margin = 2.0 * DOT
    # A wire may go around all dots. It lies within its control points.
    points = [(box.x, box.y) for box in layout.cards] + [point for wire in layout.wires for point in wire.points]
    xs, ys = zip(*points, strict=True)
    wide, high = ((place[n] - 2 * margin) / max(max(at) - min(at), 1.0) for n, at in enumerate((xs, ys)))
    wide, high = (min(scale, 3 * min(wide, high)) for scale in (wide, high))
    size = [min(span, side * scale + 2 * margin) for span, side, scale in zip(
        place, (max(xs) - min(xs), max(ys) - min(ys)), (wide, high), strict=True)]  # fmt: skip
    placed = layout.moved(lambda at: (margin + (at[0] - min(xs)) * wide, margin + (at[1] - min(ys)) * high))
    ends = [[(placed.cards[n].x, placed.cards[n].y) for n in (edge.tail, edge.head)] for edge in picture.edges]
    wires = (
        replace(wire, points=(tail, *wire.points[1:-1], head)) for wire, (tail, head) in zip(placed.wires, ends, strict=True)
    )
    placed = replace(placed, wires=tuple(wires))
    drawn = replace(picture, skin=Dots())
    lines = [
        line.replace('class="card', 'class="dot').replace('class="wire"', 'class="way"')
        for line in groups(drawn, placed, numbers)
    ]
    return whole(drawn, size[0], size[1], lines, "overview")


def numbered(picture: Picture) -> Iterator[TextLine]:
    """Yields all lines of words in ``picture``, wherever they are going to stand."""
    skin, seen = skin_of(picture.skin), Box(0, 0, 0, 0)
    for card in picture.cards:
        for shape in skin.shapes(card, seen, CSS_THEME, picture.direction):
            if isinstance(shape, TextLine):
                yield shape
    for edge in picture.edges:
        if label := skin.label(edge):
            for line in label.lines:
                yield TextLine(0, 0, "middle", (Run(line.text, label.size, True, ""),), kind=line.kind)
