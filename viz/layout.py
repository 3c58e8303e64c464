"""Where everything stands: a renderer is asked once for positions, and its answer read.

Coordinates are points, x to the right and y downwards from the top left corner of the picture.

>>> from chalkgrad.viz.picture import Card, Edge, Picture
>>> layout = lay_out(Picture((Card("a"), Card("b")), (Edge(0, 1),)))
>>> layout.cards[0].x < layout.cards[1].x
True
"""

import json
import os
from dataclasses import dataclass
from typing import Any

from chalkgrad.viz import dot, renderer
from chalkgrad.viz.picture import Picture

MARGIN = 8.0  # around the whole

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle: its centre and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Wire:
    """An edge's course: control points of joined cubic Bézier curves, the tip of its arrow, the centre of its label."""

    points: tuple[Point, ...]
    tip: Point
    label: Point | None


@dataclass(frozen=True)
class Layout:
    """Positions, in the order of the picture's cards and edges; ``places`` are the boxes of what ``paths`` names."""

    width: float
    height: float
    cards: tuple[Box, ...]
    wires: tuple[Wire, ...]
    paths: tuple[tuple[str, ...], ...]
    places: tuple[Box, ...]


def lay_out(picture: Picture, program: str | os.PathLike[str] | None = None) -> Layout:
    """The positions of everything in ``picture``, as ``program`` (by default the first renderer there is) has them."""
    answer = renderer.run(renderer.find(program), ["-Kdot", "-Tjson0"], dot.skeleton(picture))
    try:
        return _read(json.loads(answer), picture)
    except (ValueError, KeyError, TypeError) as error:  # another program under that name, say
        name = os.path.basename(program or "graphviz-pure")
        raise renderer.RenderingFailed(f"{name} did not answer with a layout: is it a Graphviz?") from error


def _read(answer: dict[str, Any], picture: Picture) -> Layout:
    """The layout in a renderer's JSON, turned downside up: Graphviz counts y upwards."""
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
        tip, *points = (place(*_numbers(part.removeprefix("e,"))) for part in thing["pos"].split())
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
