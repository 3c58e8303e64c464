"""Asks a renderer once for the positions of everything, and reads its answer; without one, finds them itself.

Coordinates are points, x to the right and y downwards from the top left corner of the picture.

>>> from chalkgrad.viz.pictures.picture import Card, Edge, Picture
>>> layout = lay_out(Picture((Card("a"), Card("b")), (Edge(0, 1),)))
>>> layout.cards[0].x < layout.cards[1].x
True
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cmp_to_key, partial
from typing import Any

from chalkgrad.viz.layout import dot, renderer
from chalkgrad.viz.layout.caption_setting import shape
from chalkgrad.viz.layout.layered import layered, layered_dots, with_clear_places
from chalkgrad.viz.layout.ordering import in_order
from chalkgrad.viz.layout.positions import MARGIN, Layout, Wire
from chalkgrad.viz.layout.wrapping import wrapped
from chalkgrad.viz.letters.primitives import Box, Point
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins.skin import skin_of

PARTED, STRIDE, BACK = 3.0, 6.0, 60  # wires are apart at so many points; how often they are compared


def lay_out(
    picture: Picture,
    program: str | os.PathLike[str] | None = None,
    *,
    captions: Sequence[str] | None = None,
) -> Layout:
    """Returns the positions of everything in ``picture`` from ``program``, by default the first renderer found.

    Space is left for the picture's caption, or, if the caption is going to change, for each of ``captions``.
    """
    [layout] = lay_out_each([picture], program)
    return with_caption_space(layout, (picture.caption,) if captions is None else captions)


def lay_out_each(pictures: Sequence[Picture], program: str | os.PathLike[str] | None = None) -> list[Layout]:
    """Returns the positions of everything in each of ``pictures``, without captions; the renderer is asked once for all."""
    executable = renderer.find_layout(program)
    ours = executable == renderer.LAYERED
    layouts = map(layered, pictures) if ours else _from_renderer(pictures, executable)
    return [
        wrapped(layout, picture) if picture.wrap else layout
        for picture, found in zip(pictures, layouts, strict=True)
        for all_placed in [in_order(found, picture)]
        for ordered in [with_clear_places(all_placed, picture) if ours else all_placed]
        for layout in [replace(ordered, wires=_wires_at_tips(picture, ordered))]
    ]


def lay_out_dots(picture: Picture, program: str | os.PathLike[str] | None = None) -> Layout:
    """Returns the positions of ``picture`` with a dot for each card, close together, without labels and places."""
    executable = renderer.find_layout(program)
    if executable == renderer.LAYERED:
        return layered_dots(picture)
    answer = renderer.run(executable, ["-Kdot", "-Tjson0"], dot.dots_only(picture))
    bare = tuple(replace(card, place=()) for card in picture.cards)
    return read(json.loads(answer), replace(picture, cards=bare))


def with_caption_space(layout: Layout, captions: Sequence[str]) -> Layout:
    """Adds space under ``layout`` for the largest of ``captions``; if that is wider, the layout moves to its middle."""
    found = shape(captions, layout.width, layout.height)
    if found is None:
        return layout
    aside = round((found.width - layout.width) / 2, 2)
    moved = layout.moved(lambda at: (at[0] + aside, at[1]))
    return replace(
        moved,
        width=found.width,
        height=layout.height + found.height,
        caption_top=layout.height,
        caption_sizes=found.sizes,
    )


def _wires_at_tips(picture: Picture, layout: Layout) -> tuple[Wire, ...]:
    """Moves the ends of the wires to where the skin wants them, in the order in which they arrive."""
    skin = skin_of(picture.skin)
    arriving: dict[int, list[int]] = defaultdict(list)
    for n, edge in enumerate(picture.edges):
        arriving[edge.head].append(n)
    across = picture.direction == "LR"
    wires = list(layout.wires)
    for head, numbers in arriving.items():
        tips = skin.tips(picture.cards[head], layout.cards[head], picture.direction, len(numbers))
        if not tips:
            continue
        numbers.sort(key=cmp_to_key(partial(_first, layout, across)))
        for tip, n in zip(tips, numbers, strict=True):
            *course, before, end = layout.wires[n].points
            bent = (before[0] + tip[0] - end[0], before[1] + tip[1] - end[1])
            points = tuple((round(x, 2), round(y, 2)) for x, y in (*course, bent, tip))
            wires[n] = replace(wires[n], points=points, tip=points[-1])
    return tuple(wires)


def _first(layout: Layout, across: bool, one: int, other: int) -> int:
    """Tells, as a number below or above 0, which of two wires to one card arrives above or left of the other.

    It is decided where they part, seen from the card: a wire that begins lower may have run around the other.
    """
    courses = [_arriving(layout.wires[n], across) for n in (one, other)]
    for here, there in zip(*courses, strict=False):
        if abs(here - there) > PARTED:
            return 1 if here > there else -1
    starts = [(layout.wires[n].points[0][across], n) for n in (one, other)]
    return 1 if starts[0] > starts[1] else -1


def _arriving(wire: Wire, across: bool) -> list[float]:
    """Returns how high a wire is, or how far right, at points of equal distance from its end."""
    course = []
    for at in range(len(wire.points) - 4, -1, -3):
        for step in range(8, 0, -1):
            t = step / 8
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            course.append([sum(w * p[axis] for w, p in zip(weights, wire.points[at : at + 4], strict=True)) for axis in (0, 1)])
    heights: list[float] = []
    along = wire.points[-1][not across]
    for point in course:
        while point[not across] <= along and len(heights) < BACK:
            heights.append(point[across])
            along -= STRIDE
    return heights


def _from_renderer(pictures: Sequence[Picture], executable: str) -> list[Layout]:
    """Returns a Graphviz's layouts."""
    sources = list(map(dot.boxes_only, pictures))
    different = list(dict.fromkeys(sources))
    answer = renderer.run_each(executable, ["-Kdot", "-Tjson0"], different).decode("utf-8")
    try:
        found = dict(zip(different, _each(answer), strict=True))
        return [read(found[source], picture) for source, picture in zip(sources, pictures, strict=True)]
    except (ValueError, KeyError, TypeError) as error:  # another program under that name, say
        name = os.path.basename(executable)
        raise renderer.RenderingFailed(f"{name} did not answer with a layout: is it a Graphviz?") from error


def _each(answer: str) -> Iterator[dict[str, Any]]:
    """Yields the JSON of each graph, one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while answer[at:].strip():
        found, at = decoder.raw_decode(answer, at + len(answer[at:]) - len(answer[at:].lstrip()))
        yield found


def read(answer: dict[str, Any], picture: Picture) -> Layout:
    """Reads the layout from a renderer's JSON and turns it upside down: Graphviz counts y upwards."""
    left, bottom, right, top = _numbers(answer["bb"])

    def place(x: float, y: float) -> Point:
        return (round(x - left + MARGIN, 2), round(top - y + MARGIN, 2))

    objects = {thing["name"]: thing for thing in answer.get("objects", ())}
    wires = {wire["id"]: wire for wire in answer.get("edges", ())}

    def card(number: int) -> Box:
        thing = objects[f"n{number}"]
        x, y = place(*_numbers(thing["pos"]))
        return Box(x, y, round(float(thing["width"]) * 72, 2), round(float(thing["height"]) * 72, 2))

    def wire(number: int) -> Wire:
        thing = wires[f"e{number}"]
        # "e,x,y p0 p1 p2 p3 …": the tip, then the curve's control points
        first, *points = (place(*_numbers(part.removeprefix("e,"))) for part in thing["pos"].split())
        tip = first
        if not thing["pos"].startswith("e,"):  # a wire without an arrow ends where its curve does
            points, tip = [first, *points], points[-1]
        return Wire(tuple(points), tip, place(*_numbers(thing["lp"])) if "lp" in thing else None)

    def cluster(number: int) -> Box:
        x0, y0, x1, y1 = _numbers(objects[f"cluster_{number}"]["bb"])
        x, y = place((x0 + x1) / 2, (y0 + y1) / 2)
        return Box(x, y, x1 - x0, y1 - y0)

    paths = dot.places(picture)
    return Layout(
        width=round(right - left + 2 * MARGIN, 2),
        height=round(top - bottom + 2 * MARGIN, 2),
        cards=tuple(card(number) for number in range(1, len(picture.cards) + 1)),
        wires=tuple(wire(number) for number in range(len(picture.edges))),
        paths=paths,
        places=tuple(cluster(number) for number in range(1, len(paths) + 1)),
    )


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]
