"""The parts of diagrams: circles, lines, arrows and words, and a page that fits them all.

A diagram is drawn around any point; `framed` measures it and moves it onto a page.

>>> from chalkgrad.viz.letters.themes import theme
>>> scene = framed([circle(0, 0, 20, "#ffffff", "#000000"), words(0, 0, "Σ", "#000000")], theme("light"), "a sum", "")
>>> scene.width, scene.height
(72, 72)
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from math import atan2, ceil, cos, hypot, inf, sin, tan
from typing import Any

from chalkgrad.engine import Value
from chalkgrad.engine.basics.digits import TO_LOWERED
from chalkgrad.engine.words.expressions import number
from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats import legible
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import BASELINE, Curve, Point, Polygon, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.captions import with_names_set

DIAGRAMS = section("diagrams")  # the words

# Font sizes: on a slide with a title SMALL can be read from the back row as long as a diagram is within WIDTH and HEIGHT.
SIZE, SMALL, SMALLEST = 22, 20, 14
WIDTH, HEIGHT = (2 * int(SMALL / legible.LEAST * share / 2) for share in (legible.WIDTH, legible.HEIGHT))
DIGITS = 4  # of numbers, unless others are asked for
LINE = 28  # from one line of text to the next
MARGIN = 16  # around the whole
OUTLINE = 2.0
TIP, BARB = 13.0, 5.5  # an arrowhead's length, and half its width, on a line of OUTLINE
STEEPEST = 0.85  # the angle at which a straight line may leave a circle
GAP = 2.0  # between an arrow's tip and what it points at


def plain(given: Any) -> float:
    """Returns a number, or that of a Value; raises TypeError for anything else.

    >>> plain(Value(2.0)), plain(3)
    (2.0, 3.0)
    """
    try:
        return float(given.data if isinstance(given, Value) else given)
    except (TypeError, ValueError):
        raise TypeError(f"a number or a Value is drawn here, not {given!r}.") from None


def subscript(*numbers: int) -> str:
    """Writes indices as subscripts; commas separate those that could be misread.

    >>> subscript(2, 3), subscript(2, 13)
    ('₂₃', '₂,₁₃')
    """
    sign = "," if any(number > 9 for number in numbers) else ""
    return sign.join(str(number).translate(TO_LOWERED) for number in numbers)


def circle(x: float, y: float, radius: float, fill: str, stroke: str, weight: float = OUTLINE) -> Rect:
    """Returns a circle with this centre; its outline lies inside the radius."""
    inner = radius - weight / 2
    return Rect(x - inner, y - inner, 2 * inner, 2 * inner, inner, fill, stroke, weight)


def dots(x: float, y: float, colours: Theme, *, across: bool = False) -> list[Rect]:
    """Returns three dots, one below the other or side by side, for what is left out: not every font has such a sign."""
    steps = (-9, 0, 9)
    return [circle(x + step * across, y + step * (not across), 2.5, colours.ink, colours.ink) for step in steps]


def words(
    x: float,
    y: float,
    said: str,
    colour: str,
    size: int = SIZE,
    *,
    bold: bool = True,
    anchor: str = "middle",
    limit: float = inf,
) -> TextLine:
    """Returns a line of text whose middle is at height ``y``, shortened to ``limit``; hovering then shows the full text."""
    full = text.clean(said)
    shown = text.shorten(full, size, bold=bold, limit=limit)
    return TextLine(x, y + BASELINE * size, anchor, (Run(shown, size, bold, colour),), "" if shown == full else full)


def phrase(line: TextLine) -> TextLine:
    """Returns a line of words, from the side that they are read from; a line that is a name or a formula needs none of it."""
    return replace(line, rtl=text.runs_right_to_left(" ".join(run.words for run in line.runs)))


def sign(x: float, y: float, said: str, colours: Theme, size: int = SMALL) -> tuple[Rect, TextLine]:
    """Returns words with a background that interrupts the line beneath."""
    wide = fonts.width(said, size, bold=True) + 10
    return (
        Rect(x - wide / 2, y - size * 0.65, wide, size * 1.3, fill=colours.page),
        words(x, y, said, colours.ink, size),
    )


def fitting(x: float, y: float, said: str, radius: float, colour: str, size: int = SMALL) -> TextLine:
    """Returns words in a circle, in smaller letters if they are long."""
    while fonts.width(said, size, bold=True) > inside(radius) and size > SMALLEST:
        size -= 1
    return words(x, y, said, colour, size, limit=inside(radius))


def number_in(value: float, radius: float, digits: int) -> str:
    """Returns a number for a circle: one too long for the largest has up to two digits fewer, unless many are asked for."""
    texts = [number(value, n) for n in ((digits,) if digits > DIGITS else range(digits, max(digits - 3, 0), -1))]
    return next((said for said in texts if fonts.width(said, SMALL, bold=True) <= inside(radius)), texts[0])


def inside(radius: float) -> float:
    """Returns the greatest width of a line of text in the middle of a circle."""
    return 2 * (radius - 6)


def radius_for(said: Iterable[str], least: float, most: float, size: int = SMALL) -> float:
    """Returns the radius of circles that hold the widest of these texts, within bounds."""
    widest = max((fonts.width(one, size, bold=True) for one in said), default=0)
    return min(most, max(least, ceil(widest / 2 + 6)))


def line(start: Point, end: Point, colour: str, weight: float = OUTLINE, *, dashed: bool = False) -> Curve:
    """Returns a straight line."""
    return Curve((start, start, end, end), colour, weight, dashed)


def polyline(points: Sequence[Point], colour: str, weight: float) -> Curve:
    """Returns straight lines from point to point."""
    joined = [points[0]]
    for before, after in pairwise(points):
        joined += [before, after, after]
    return Curve(tuple(joined), colour, weight)


def arrow(start: Point, end: Point, colour: str, weight: float = OUTLINE) -> tuple[Curve, Polygon]:
    """Returns a straight line with an arrowhead at ``end``."""
    return arrow_along((start, start, end, end), colour, weight)


def arrow_along(
    points: tuple[Point, ...], colour: str, weight: float = OUTLINE, *, dashed: bool = False
) -> tuple[Curve, Polygon]:
    """Returns an arrow along joined Bézier curves; the line ends where the arrowhead begins."""
    tip = points[-1]
    before = next((point for point in reversed(points) if point != tip), tip)
    far = hypot(tip[0] - before[0], tip[1] - before[1]) or 1.0
    across, along = (tip[0] - before[0]) / far, (tip[1] - before[1]) / far
    scale = 1 + (weight - OUTLINE) * 0.22 if weight > OUTLINE else 1.0
    length, half = TIP * scale, BARB * scale
    foot = (tip[0] - across * length, tip[1] - along * length)
    overlap = (tip[0] - across * (length - 1), tip[1] - along * (length - 1))
    third = overlap if points[-2] == tip else points[-2]
    wings = (foot[0] - along * half, foot[1] + across * half), (foot[0] + along * half, foot[1] - across * half)
    return (
        Curve((*points[:-2], third, overlap), colour, weight, dashed),
        Polygon((wings[0], tip, wings[1]), colour),
    )


def rim(centre: Point, radius: float, towards: Point, gap: float = 0.0) -> Point:
    """Returns the point where the line from a circle's centre towards a point leaves the circle."""
    angle = atan2(towards[1] - centre[1], towards[0] - centre[0])
    return (centre[0] + cos(angle) * (radius + gap), centre[1] + sin(angle) * (radius + gap))


def bend(points: tuple[Point, Point], radii: tuple[float, float], aside: float = 0.0) -> tuple[Point, ...]:
    """Returns the curve from one circle to another on its right: straight, or bent if that would be too steep.

    A steep straight line would run into the circles above and below its own. ``aside`` is an angle by which it is bent
    further, so that two curves between the same circles can be told apart.
    """
    (x0, y0), (x1, y1) = points
    slope = atan2(y1 - y0, x1 - x0)
    steepest = STEEPEST - abs(aside)
    middle = max(-steepest, min(steepest, slope))
    angle, back = middle + aside, middle - aside
    start = (x0 + cos(angle) * radii[0], y0 + sin(angle) * radii[0])
    end = (x1 - cos(back) * (radii[1] + GAP), y1 - sin(back) * (radii[1] + GAP))
    if angle == slope == back:
        return (start, start, end, end)
    reach = (end[0] - start[0]) * 0.42
    return (
        start,
        (start[0] + reach, start[1] + reach * tan(angle)),
        (end[0] - reach, end[1] - reach * tan(back)),
        end,
    )


def caption(shapes: Sequence[Shape], said: str, colours: Theme) -> list[TextLine]:
    """Returns a caption below ``shapes``, in as many lines as needed; names that these show are set as they are there."""
    if not said:
        return []
    shown = (run.words for shape in shapes if isinstance(shape, TextLine) for run in shape.runs)
    said = with_names_set(said, {word for line in shown for word in line.split()})
    left, _, right, bottom = bounds(shapes)
    middle, limit = (left + right) / 2, max(right - left, 460)
    lines = [""]
    for word in text.clean(said).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and fonts.width(longer, SMALL) > limit:
            lines.append(word)
        else:
            lines[-1] = longer
    rtl = text.runs_right_to_left(said)
    return [
        replace(words(middle, bottom + LINE * (n + 1), one, colours.ink, SMALL, bold=False, limit=limit), rtl=rtl)
        for n, one in enumerate(lines)
    ]


def framed(shapes: Sequence[Shape], colours: Theme, title: str, description: str) -> Scene:
    """Puts the shapes on a page that fits them, with a margin."""
    left, top, right, bottom = bounds(shapes)
    dx, dy = MARGIN - left, MARGIN - top
    width, height = 2 * ceil((right - left) / 2 + MARGIN), 2 * ceil((bottom - top) / 2 + MARGIN)
    moved_in = tuple(moved(shapes, dx, dy))
    page = Rect(0, 0, width, height, fill=colours.page)
    return Scene(width, height, colours.page, (page, *moved_in), text.clean(title), text.clean(description))


def bounds(shapes: Iterable[Shape]) -> tuple[float, float, float, float]:
    """Returns the smallest rectangle around the shapes: left, top, right, bottom."""
    boxes = [_bounds(shape) for shape in shapes]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _bounds(shape: Shape) -> tuple[float, float, float, float]:
    match shape:
        case Rect():
            half = shape.weight / 2
            return shape.x - half, shape.y - half, shape.x + shape.width + half, shape.y + shape.height + half
        case TextLine():
            wide = sum(fonts.width(run.words, run.size, bold=run.bold) for run in shape.runs)
            size = max(run.size for run in shape.runs)
            left = shape.x - wide * {"start": 0, "middle": 0.5, "end": 1}[shape.anchor]
            return left, shape.y - size, left + wide, shape.y + 0.3 * size
        case _:
            across, down = zip(*shape.points, strict=True)
            half = shape.weight / 2 if isinstance(shape, Curve) else 0
            return min(across) - half, min(down) - half, max(across) + half, max(down) + half


def moved(shapes: Iterable[Shape], dx: float, dy: float) -> list[Shape]:
    """Returns the shapes, moved to the right by ``dx`` and down by ``dy``."""
    return [_moved(shape, dx, dy) for shape in shapes]


def _moved(shape: Shape, dx: float, dy: float) -> Shape:
    if isinstance(shape, (Rect, TextLine)):
        return replace(shape, x=shape.x + dx, y=shape.y + dy)
    return replace(shape, points=tuple((x + dx, y + dy) for x, y in shape.points))
