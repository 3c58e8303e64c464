"""Breaks a picture that is too long for a slide into rows, as a long line of text is.

The layout is cut between levels, and the strips are set below each other. A wire that is cut runs around the end of its row,
through the gap between the rows, to the beginning of the next one. Everything here assumes a picture from left to right; one
from top to bottom is turned first and turned back at the end.

>>> before, after = split(((0, 0), (1, 0), (2, 0), (3, 0)), 1.5)
>>> round(before[-1][0], 6), after[-1]
(1.5, (3, 0))
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from chalkgrad.viz.layout.positions import MARGIN, Layout, Wire
from chalkgrad.viz.letters.primitives import KAPPA, Box, Point
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins.skin import skin_of


@dataclass(frozen=True)
class Spacing:
    """The space that wires have around the ends of rows."""

    gap: float = 30.0  # between two rows, in addition to the lanes
    lane: float = 12.0  # between wires that run side by side in a gap
    turn: float = 14.0  # the radius of a wire's turn


USUAL, TIGHT = Spacing(), Spacing(14.0, 8.0, 8.0)
SAME_LEVEL = 3.0  # cards whose centres differ by less are on one level
BEFORE = 16.0  # a row ends this far before the next level's cards, so that no arrowhead is cut
INSIDE, HEAD = 10.0, 37.0  # between a place's border and its contents; at the top, where its name has to fit
FEW = 40  # levels, for which any number of rows is tried
ROUND = 0.02  # how much each wire that runs around a row's end counts against a way to break the picture


def wrapped(layout: Layout, picture: Picture) -> Layout:
    """Breaks ``layout`` into rows of ``picture.wrap`` levels, or, for -1, of the number that is largest on a slide of 16:9.

    For a picture from top to bottom, the rows are columns.
    """
    downwards = picture.direction == "TB"
    across = turned(layout) if downwards else layout
    edges = _levels(across.cards)
    count = len(edges)
    ends = [_end(edges, n) for n in range(count)]
    if picture.wrap > 0:
        chosen = [tuple(range(picture.wrap, count, picture.wrap))]
    else:
        spans = [(wire.points[0][0], wire.points[-1][0]) for wire in across.wires]
        crossing = [sum(start < cut < end for start, end in spans) for cut in ends]
        level = [0] * count  # as if no wires were cut: rows of equal length may still be the better choice
        chosen = sorted({_even_rows(count, rows, cut) for rows in _counts(count, across) for cut in (crossing, level)})

    def slide_height(candidate: tuple[Layout, int]) -> float:
        broken, wires = candidate
        return max(broken.width * 9 / 16, broken.height) * (1 + ROUND * wires)

    candidates = []
    for starts in chosen:
        broken = _broken(across, picture, [ends[n] for n in starts])
        wires = len({n for n, wire in enumerate(broken.wires) if len(wire.points) > len(across.wires[n].points)})
        candidates.append((turned(broken) if downwards else broken, wires))
    return min(candidates, key=slide_height)[0]


def _counts(levels: int, layout: Layout) -> range:
    """Returns the numbers of rows that may be best: of many levels, those near the one that equal rows would need."""
    if levels <= FEW:
        return range(1, levels + 1)
    equal = (layout.width * 9 / 16 / (layout.height + USUAL.gap)) ** 0.5
    return range(max(1, int(equal / 2)), min(levels, int(equal * 2) + 2) + 1)


def _end(levels: Sequence[tuple[float, float]], n: int) -> float:
    """Returns where a row ends before level ``n``: where levels are tight, in the middle between it and the one before."""
    left, before = levels[n][0], levels[n - 1][1] if n else float("-inf")
    return left - BEFORE if left - BEFORE > before else (left + before) / 2


def _even_rows(count: int, rows: int, crossing: Sequence[int]) -> tuple[int, ...]:
    """Returns the levels where ``rows`` rows of about equal length begin; each moves by one level if that cuts fewer wires."""
    starts: list[int] = []
    for row in range(1, rows):
        even = -(-row * count // rows)
        near = [n for n in (even, even - 1, even + 1) if (starts[-1] if starts else 0) < n < count]
        if near:
            starts.append(min(near, key=crossing.__getitem__))
    return tuple(starts)


def _levels(cards: Sequence[Box]) -> list[tuple[float, float]]:
    """Returns for each level the left and the right end of its cards."""
    levels: list[tuple[float, float]] = []
    middle = float("-inf")
    for box in sorted(cards, key=lambda box: box.x):
        left, right = box.x - box.width / 2, box.x + box.width / 2
        if box.x - middle < SAME_LEVEL:
            levels[-1] = min(levels[-1][0], left), max(levels[-1][1], right)
        else:
            levels.append((left, right))
        middle = box.x
    return levels


def _contents(layout: Layout, picture: Picture, row: Callable[[float], int]) -> dict[tuple[tuple[str, ...], int], list[float]]:
    """Returns for each place and row the top and the bottom that the place needs there, including its border."""
    inside: dict[tuple[tuple[str, ...], int], list[float]] = {}
    for card, box in zip(picture.cards, layout.cards, strict=True):
        top, bottom = box.y - box.height / 2, box.y + box.height / 2
        for depth in range(len(card.place), 0, -1):  # an outer place needs space for the borders of the inner ones
            top, bottom = top - HEAD, bottom + INSIDE
            known = inside.setdefault((card.place[:depth], row(box.x)), [top, bottom])
            known[:] = min(known[0], top), max(known[1], bottom)
    return inside


def _shrunk(box: Box, reach: Sequence[float]) -> Box:
    """Reduces a place's height to what its contents need."""
    top, bottom = max(box.y - box.height / 2, reach[0]), min(box.y + box.height / 2, reach[1])
    return replace(box, y=(top + bottom) / 2, height=bottom - top)


@dataclass
class _Strip:
    """A strip of the layout between two cuts, which becomes a row, and how far it is moved."""

    left: float
    right: float
    top: float = 0.0
    bottom: float = 0.0
    dx: float = 0.0
    dy: float = 0.0

    def moved(self, point: Point) -> Point:
        return (round(point[0] + self.dx, 2), round(point[1] + self.dy, 2))


def _broken(layout: Layout, picture: Picture, cuts: Sequence[float]) -> Layout:
    """Cuts ``layout`` at these x and sets the strips below each other."""
    if not cuts:
        return layout
    rows = [_Strip(left, right) for left, right in pairwise((MARGIN, *cuts, layout.width - MARGIN))]

    def row(x: float) -> int:
        return sum(x > cut for cut in cuts)

    pieces = [_pieces(wire.points, cuts) for wire in layout.wires]
    first = [row(wire.points[0][0]) for wire in layout.wires]
    heights: list[list[float]] = [[] for _ in rows]
    for box in layout.cards:
        heights[row(box.x)] += (box.y - box.height / 2, box.y + box.height / 2)
    for start, parts, wire, edge in zip(first, pieces, layout.wires, picture.edges, strict=True):
        for n, part in enumerate(parts, start):
            heights[n] += (y for _, y in part)
        if wire.label and (shape := skin_of(picture.skin).label(edge)):
            half = (shape.width if picture.direction == "TB" else shape.height) / 2
            heights[row(wire.label[0])] += (wire.label[1] - half, wire.label[1] + half)
    shares = [
        (path, box, n)
        for path, box in zip(layout.paths, layout.places, strict=True)
        for n in range(row(box.x - box.width / 2), row(box.x + box.width / 2) + 1)
    ]
    inside = _contents(layout, picture, row)
    shares = [(path, _shrunk(box, inside[path, n]), n) for path, box, n in shares if (path, n) in inside]
    for _, box, n in shares:
        heights[n] += (box.y - box.height / 2, box.y + box.height / 2)
    # The wires from each row to the next, from top to bottom: each gets its own lane in the gap between the rows.
    lanes = [
        sorted(
            (n for n, (start, parts) in enumerate(zip(first, pieces, strict=True)) if start <= cut < start + len(parts) - 1),
            key=lambda n: (pieces[n][cut - first[n]][-1][1], n),
        )
        for cut in range(len(cuts))
    ]
    space = TIGHT if picture.tight else USUAL
    before = MARGIN + max(
        space.lane * len(lane) + space.turn for lane in lanes
    )  # space for the lanes on the left, the same for all rows
    down = MARGIN
    for n, one in enumerate(rows):
        one.top, one.bottom = min(heights[n]), max(heights[n])
        one.dx, one.dy = before - one.left, down - one.top
        down += one.bottom - one.top + (space.gap + space.lane * len(lanes[n]) if n < len(lanes) else 0)
    after = [space.lane * len(lane) + space.turn for lane in lanes] + [0.0]
    width = max(one.right + one.dx + lanes_after for one, lanes_after in zip(rows, after, strict=True)) + MARGIN
    wires = [_joined(wire, n, first[n], pieces[n], rows, lanes, space) for n, wire in enumerate(layout.wires)]
    return replace(
        layout,
        width=round(width, 2),
        height=round(down + MARGIN, 2),
        cards=tuple(_boxed(box, rows[row(box.x)]) for box in layout.cards),
        wires=tuple(
            replace(wire, label=rows[row(old.label[0])].moved(old.label) if old.label else None)
            for wire, old in zip(wires, layout.wires, strict=True)
        ),
        paths=tuple(path for path, _, _ in shares),
        places=tuple(_boxed(_clipped(box, rows[n]), rows[n]) for _, box, n in shares),
    )


def _boxed(box: Box, row: _Strip) -> Box:
    x, y = row.moved((box.x, box.y))
    return replace(box, x=x, y=y)


def _clipped(box: Box, row: _Strip) -> Box:
    """Returns the part of a place that lies in ``row``."""
    left, right = max(box.x - box.width / 2, row.left), min(box.x + box.width / 2, row.right)
    return replace(box, x=(left + right) / 2, width=right - left)


def _joined(
    wire: Wire,
    n: int,
    start: int,
    parts: Sequence[Sequence[Point]],
    rows: Sequence[_Strip],
    lanes: Sequence[list[int]],
    space: Spacing,
) -> Wire:
    """Joins the parts of wire ``n`` from row to row.

    Lanes are nested: the topmost wire turns last on the right and first on the left, so that no two of them cross.
    """
    points = [rows[start].moved(point) for point in parts[0]]
    for below, part in enumerate(parts[1:], start + 1):
        above, lane = rows[below - 1], lanes[below - 1]
        place = lane.index(n)
        inner, outer = len(lane) - 1 - place, place  # lanes between this wire and the row, on the right and on the left
        turn = above.right + above.dx + space.turn + space.lane * inner
        gap = above.bottom + above.dy + space.gap / 2 + space.lane * inner
        left = rows[below].left + rows[below].dx - space.turn - space.lane * outer
        begin = rows[below].moved(part[0])
        end = points[-1]
        points += _rounded([end, (turn, end[1]), (turn, gap), (left, gap), (left, begin[1]), begin], space.turn)
        points += [rows[below].moved(point) for point in part[1:]]
    ends = (len(parts[0]), len(parts[-1])) if len(parts) > 1 else ()
    return replace(wire, points=tuple(points), tip=rows[start + len(parts) - 1].moved(wire.tip), ends=ends)


def _rounded(corners: Sequence[Point], turn: float) -> list[Point]:
    """Returns the control points, without the first, of a line through ``corners`` with rounded turns."""
    points: list[Point] = []
    at = corners[0]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(turn, _apart(before, corner) / 2, _apart(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        control_1, control_2 = _towards(corner, before, radius * (1 - KAPPA)), _towards(corner, after, radius * (1 - KAPPA))
        points += [at, start, start, control_1, control_2, end]
        at = end
    points += [at, corners[-1], corners[-1]]
    return [(round(x, 2), round(y, 2)) for x, y in points]


def _apart(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, by: float) -> Point:
    """Returns the point at distance ``by`` from ``start`` on the horizontal or vertical line to ``end``."""
    share = by / (_apart(start, end) or 1.0)
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


def _pieces(points: Sequence[Point], cuts: Iterable[float]) -> list[tuple[Point, ...]]:
    """Cuts joined curves where they first pass each of ``cuts``."""
    pieces: list[tuple[Point, ...]] = []
    rest = tuple(points)
    for cut in cuts:
        if rest[0][0] > cut:  # it begins after this cut
            continue
        if rest[-1][0] <= cut:
            break
        at = next(n for n in range(0, len(rest) - 3, 3) if rest[n + 3][0] > cut)
        before, after = split(rest[at : at + 4], cut)
        pieces.append((*rest[:at], *before))
        rest = (*after, *rest[at + 4 :])
    return [*pieces, rest]


def split(curve: Sequence[Point], x: float) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Splits a cubic Bézier curve that begins left of ``x`` and ends right of it into two that meet at ``x``."""
    low, high = 0.0, 1.0
    a, b, c, d = (at[0] for at in curve)
    for _ in range(40):
        t = (low + high) / 2
        s = 1 - t
        if s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d < x:
            low = t
        else:
            high = t
    return _halved(curve, (low + high) / 2)


def _halved(curve: Sequence[Point], t: float) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Splits the curve at parameter ``t`` by de Casteljau's algorithm."""
    levels = [tuple(curve)]
    while len(levels[-1]) > 1:
        levels.append(tuple((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(levels[-1])))
    return tuple(level[0] for level in levels), tuple(level[-1] for level in reversed(levels))


def turned(layout: Layout) -> Layout:
    """Exchanges x and y in ``layout``."""

    def box(one: Box) -> Box:
        return replace(one, x=one.y, y=one.x, width=one.height, height=one.width)

    def point(at: Point) -> Point:
        return (at[1], at[0])

    return replace(
        layout,
        width=layout.height,
        height=layout.width,
        cards=tuple(map(box, layout.cards)),
        places=tuple(map(box, layout.places)),
        wires=tuple(
            replace(wire, points=tuple(map(point, wire.points)), tip=point(wire.tip), label=wire.label and point(wire.label))
            for wire in layout.wires
        ),
    )
