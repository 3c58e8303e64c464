"""Shows numbers as lines: thickness for size, hue and dashes for the sign; with a legend that explains it.

>>> from chalkgrad.viz.letters.themes import theme
>>> strokes = Strokes([2.0, -1.0, 0.0], theme("light"))
>>> [(strokes.weight(x), strokes.dashed(x)) for x in (2.0, -1.0, 0.0)]
[(7.0, False), (4.0, True), (1.0, False)]

If there are many edges, all of them are thinner.
"""

from collections.abc import Iterable
from math import isfinite, nan

from chalkgrad.engine import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.viz.diagrams import sketch
from chalkgrad.viz.diagrams.sketch import DIAGRAMS
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Shape
from chalkgrad.viz.letters.themes import Theme

THINNEST, THICKEST = 1.0, 7.0
CROWD = 30  # with more edges between two columns, all are drawn thinner
SAMPLE = 56  # a line's length in the legend


class Strokes:
    """Lines for numbers: the largest in size among ``numbers`` is the thickest, and 0 the thinnest.

    ``crowd`` is the largest number of edges between two columns.
    """

    def __init__(self, numbers: Iterable[float], colours: Theme, crowd: int = 1) -> None:
        self.largest = max((abs(x) for x in numbers if isfinite(x)), default=0.0)
        self._colours = colours
        self._thickest: float = THICKEST * min(1.0, (CROWD / max(crowd, 1)) ** 0.4)

    def weight(self, x: float) -> float:
        """Returns the thickness of the line for ``x``."""
        share = min(1.0, abs(x) / self.largest) if self.largest and x == x else 0.0
        thinnest = min(THINNEST, self._thickest / 6)
        return thinnest + (self._thickest - thinnest) * share

    def colour(self, x: float) -> str:
        """Returns the colour of the line for ``x``: one hue for positive, another for negative numbers."""
        return self._colours.grad if x < 0 else self._colours.data if x > 0 else self._colours.dim

    def dashed(self, x: float) -> bool:
        """Tells whether the line for ``x`` is dashed, as it is for negative numbers."""
        return x < 0

    def legend(self, x: float, y: float, what: str, digits: int) -> list[Shape]:
        """Draws a title for ``"weights"`` or ``"gradients"``, and sample lines with numbers, in a row centred at ``x``."""
        title = DIAGRAMS[what]
        samples = [self.largest * share for share in (-1, -0.25, 0.25, 1)] if self.largest else [0.0]
        numbers = [words.number(sample, digits) for sample in samples]
        widths = [SAMPLE + 8 + fonts.width(text, sketch.SMALL, bold=True) + 24 for text in numbers]
        width_of_title = fonts.width(title, sketch.SMALL) + 20
        left = x - (width_of_title + sum(widths) - 24) / 2
        shapes: list[Shape] = [sketch.words(left, y, title, self._colours.ink, sketch.SMALL, bold=False, anchor="start")]
        left += width_of_title
        for sample, text, width in zip(samples, numbers, widths, strict=True):
            shapes.append(
                sketch.line((left, y), (left + SAMPLE, y), self.colour(sample), self.weight(sample), dashed=self.dashed(sample))
            )
            shapes.append(sketch.words(left + SAMPLE + 8, y, text, self._colours.ink, sketch.SMALL, anchor="start"))
            left += width
        return shapes

    def said(self, what: str, digits: int) -> str:
        """Returns the legend as a sentence, for ``"weights"`` or ``"gradients"``."""
        largest = words.number(self.largest, digits)
        return DIAGRAMS[f"thickness of {what}"].format(largest=largest)


def number_shown(parameter: Value, show: str | None) -> float:
    """Returns the number of a weight that its edge shows: its value, or its gradient, NaN if that is not computed."""
    number: float = parameter.data if show != "grad" else parameter.grad if parameter.has_grad else nan
    return number
