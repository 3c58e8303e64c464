"""Positions, as data: the boxes of cards, the course of each edge, and the layout that has them all.

Coordinates are points, x to the right and y downwards from the top left corner of the picture.

>>> from chalkgrad.viz.letters.primitives import Box
>>> wire = Wire(((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)), (4.0, 0.0), None)
>>> Layout(20.0, 10.0, (Box(5.0, 5.0, 4.0, 2.0),), (wire,), (), ()).cards[0].width
4.0
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalkgrad.viz.layout.caption_setting import Sizes
from chalkgrad.viz.letters.primitives import Box, Point

MARGIN = 8.0  # around the whole picture


@dataclass(frozen=True)
class Wire:
    """An edge's path: the control points of joined cubic Bézier curves, the tip of its arrow, the centre of its label.

    If it runs around the end of a row, ``ends`` says how many points lie in its first row and in its last one.
    """

    points: tuple[Point, ...]
    tip: Point
    label: Point | None
    ends: tuple[int, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Positions, in the order of the picture's cards and edges; ``places`` are the boxes of what ``paths`` names.

    ``names`` are the upper left corners of the places' names; without them each name stands in its place's own corner. A
    caption starts at height ``caption_top`` in letters of ``caption_sizes``; without a caption these are 0 and None.
    """

    width: float
    height: float
    cards: tuple[Box, ...]
    wires: tuple[Wire, ...]
    paths: tuple[tuple[str, ...], ...]
    places: tuple[Box, ...]
    caption_top: float = 0.0
    caption_sizes: Sizes | None = None
    names: tuple[Point, ...] = ()

    def moved(self, place: Callable[[Point], Point]) -> "Layout":
        """Returns the layout with every point where ``place`` has it; sizes stay.

        >>> Layout(9.0, 9.0, (Box(5.0, 5.0, 4.0, 2.0),), (), (), ()).moved(lambda at: (at[0] + 1, at[1])).cards[0].x
        6.0
        """

        def point(at: Point) -> Point:
            x, y = place(at)
            return round(x, 2), round(y, 2)

        def box(one: Box) -> Box:
            x, y = point((one.x, one.y))
            return replace(one, x=x, y=y)

        def wire(one: Wire) -> Wire:
            return replace(one, points=tuple(map(point, one.points)), tip=point(one.tip), label=one.label and point(one.label))

        return replace(
            self,
            cards=tuple(map(box, self.cards)),
            places=tuple(map(box, self.places)),
            names=tuple(map(point, self.names)),
            wires=tuple(map(wire, self.wires)),
        )
