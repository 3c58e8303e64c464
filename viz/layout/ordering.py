"""Sets equals in order: x1 above x2, the first neuron of a layer above the second.

Graphviz puts cards where few edges cross, and among cards that could change places without a difference it takes any. Here they
do change places: only whole pictures are exchanged that have the same edges, so that nothing crosses that did not before.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace

from chalkgrad.viz.layout.positions import Layout, Wire
from chalkgrad.viz.letters.primitives import Point
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins.skin import skin_of

MOST = 400  # edges; the cards of a larger picture stand as Graphviz has them


def in_order(layout: Layout, picture: Picture) -> Layout:
    """Returns ``layout`` with cards that are interchangeable in the order of their numbers, from the top or from the left."""
    if len(picture.edges) > MOST:
        return layout
    across = picture.direction == "LR"
    levels = [(round(box.x), round(box.height)) if across else (round(box.y), round(box.width)) for box in layout.cards]
    kinds = [(level, card.kind, len(card.place)) for level, card in zip(levels, picture.cards, strict=True)]
    labels = [shape.height if (shape := skin_of(picture.skin).label(edge)) else 0 for edge in picture.edges]
    for classes in (_refined(kinds, picture, labels), _twins(kinds, picture, labels)):
        stand = _sorted_in(classes, layout, across)
        if all(n == old for n, old in enumerate(stand)):
            return layout
        found = _exchanged(layout, picture, stand, labels, across)
        if found is not None:
            return found
    return layout


def _refined(kinds: Sequence[Hashable], picture: Picture, labels: Sequence[int]) -> list[int]:
    """Returns classes of cards that look alike together with everything that they are joined to."""
    classes = _numbered(kinds)
    while True:
        near: list[list[tuple[int, int, int]]] = [[] for _ in classes]
        for edge, label in zip(picture.edges, labels, strict=True):
            near[edge.tail].append((0, classes[edge.head], label))
            near[edge.head].append((1, classes[edge.tail], label))
        finer = _numbered((one, *sorted(others)) for one, others in zip(classes, near, strict=True))
        if len(set(finer)) == len(set(classes)):
            return finer
        classes = finer


def _twins(kinds: Sequence[Hashable], picture: Picture, labels: Sequence[int]) -> list[int]:
    """Returns classes of cards that are joined to the same ones."""
    near: list[list[tuple[int, int, int]]] = [[] for _ in kinds]
    for edge, label in zip(picture.edges, labels, strict=True):
        near[edge.tail].append((0, edge.head, label))
        near[edge.head].append((1, edge.tail, label))
    places = (card.place for card in picture.cards)
    return _numbered((kind, place, *sorted(others)) for kind, place, others in zip(kinds, places, near, strict=True))


def _numbered(things: Iterable[Hashable]) -> list[int]:
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(thing, len(numbers)) for thing in things]


def _sorted_in(classes: Sequence[int], layout: Layout, across: bool) -> list[int]:
    """Returns for each card the one whose position it takes."""
    members: dict[int, list[int]] = defaultdict(list)
    for n, one in enumerate(classes):
        members[one].append(n)
    stand = [*range(len(classes))]
    for numbers in members.values():
        boxes = sorted(numbers, key=lambda n: (layout.cards[n].y if across else layout.cards[n].x, n))
        for n, old in zip(numbers, boxes, strict=True):
            stand[n] = old
    return stand


def _exchanged(layout: Layout, picture: Picture, stand: Sequence[int], labels: Sequence[int], across: bool) -> Layout | None:
    """Returns ``layout`` with each card where ``stand`` says; None if another picture would come of it."""
    edges: dict[tuple[int, int, int], int] = {}
    seen: Counter[tuple[int, int]] = Counter()
    for n, edge in enumerate(picture.edges):
        edges[edge.tail, edge.head, seen[edge.tail, edge.head]] = n
        seen[edge.tail, edge.head] += 1
    boxes = [
        replace(layout.cards[old], width=layout.cards[n].width, height=layout.cards[n].height) for n, old in enumerate(stand)
    ]
    wires: list[Wire] = []
    for tail, head, nth in edges:
        old = edges.get((stand[tail], stand[head], nth))
        if old is None or labels[old] != labels[edges[tail, head, nth]]:
            return None
        wire = layout.wires[old]
        start = _attached(wire.points[0], layout, stand[tail], tail, across)
        end = _attached(wire.tip, layout, stand[head], head, across)
        points = (_moved(wire.points[0], start), *wire.points[1:-1], _moved(wire.points[-1], end))
        wires.append(replace(wire, points=points, tip=_moved(wire.tip, end)))
    order = sorted(range(len(wires)), key=[*edges.values()].__getitem__)
    places = _places_exchanged(layout, picture, stand)
    if places is None:
        return None
    kept = tuple(layout.places[places[path]] for path in layout.paths)
    return replace(layout, cards=tuple(boxes), wires=tuple(wires[n] for n in order), places=kept)


def _attached(point: Point, layout: Layout, old: int, new: int, across: bool) -> Point:
    """Returns how far the end of a wire moves, if another card takes the position of its own: it stays on the outline."""
    was, now = layout.cards[old], layout.cards[new]
    if across:  # they are equally high
        return ((point[0] - was.x) * (now.width / was.width - 1), 0.0)
    return (0.0, (point[1] - was.y) * (now.height / was.height - 1))


def _moved(point: Point, by: Point) -> Point:
    return (round(point[0] + by[0], 2), round(point[1] + by[1], 2))


def _places_exchanged(layout: Layout, picture: Picture, stand: Sequence[int]) -> dict[tuple[str, ...], int] | None:
    """Returns for each place the number of the one whose box it takes; None if the cards of one would come into several."""
    numbers = {path: n for n, path in enumerate(layout.paths)}
    found: dict[tuple[str, ...], int] = {}
    for n, old in enumerate(stand):
        ours, theirs = picture.cards[n].place, picture.cards[old].place
        for depth in range(1, len(ours) + 1):
            if found.setdefault(ours[:depth], numbers[theirs[:depth]]) != numbers[theirs[:depth]]:
                return None
    return found if len(set(found.values())) == len(found) == len(numbers) else None
