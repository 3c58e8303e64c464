"""How large the numbers of a picture are on a slide, seen from the back row.

The slide is Beamer's of 16:9, 16 cm wide, with a title: a picture in it has the width between the margins of 1 cm, and three
quarters of the height. It is as large as fits there, its caption included.

>>> from chalkgrad.viz.formats.scene import Scene
>>> from chalkgrad.viz.letters.primitives import Run, TextLine
>>> line = TextLine(0, 20, "start", (Run("x = 2", 20, False, "#000"),))
>>> round(smallest_number(Scene(200, 100, "#fff", (line,), "", "")), 4)
0.15
"""

import re
from collections.abc import Iterable
from typing import Any

from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.letters.primitives import TextLine

WIDTH, HEIGHT = 14 / 9, 0.75  # of the frame, as shares of the slide's height
LEAST = 0.028  # of the slide's height: what can be read from the back row
EXEMPT = ("name", "note", "place")  # indices of names, and remarks


def slide_height(width: float, height: float) -> float:
    """Returns the height of the slide, in points, on which a picture of this size just fits the frame."""
    return max(width / WIDTH, height / HEIGHT)


def smallest_number(scene: Scene) -> float:
    """Returns the font size of the smallest number that is shown, as a share of the slide's height; 1 without any number."""
    return min(min(number_sizes(scene.shapes), default=float("inf")) / slide_height(scene.width, scene.height), 1.0)


def number_sizes(shapes: Iterable[Any]) -> set[float]:
    """Returns the font sizes of all texts with a digit."""
    lines = (shape for shape in shapes if isinstance(shape, TextLine) and shape.kind not in EXEMPT)
    return {run.size for line in lines for run in line.runs if re.search(r"\d", run.words)}
