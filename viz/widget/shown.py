"""The pictures of steps and their sentences, as a notebook shows them.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> steps = e.steps()
>>> _ = steps.step()
>>> written = as_html(steps, Pictures(steps))
>>> written.count("<svg "), "∂e/∂a = b = -3" in written
(1, True)
"""

from typing import Any

from chalkgrad.engine import Tape
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.errors import StaleGraphError
from chalkgrad.engine.stepping.cursor import Moves
from chalkgrad.engine.stepping.mistakes import MistakenStep, MistakenSteps
from chalkgrad.engine.words.language import section
from chalkgrad.viz.defaults import LIMIT
from chalkgrad.viz.drawing.drawing import Drawing
from chalkgrad.viz.drawing.frames import scenes
from chalkgrad.viz.drawing.graph import TooLarge, picture_of
from chalkgrad.viz.formats.svg import svg
from chalkgrad.viz.layout.renderer import RendererMissing
from chalkgrad.viz.letters.text import escape
from chalkgrad.viz.pictures.picture import Picture, readable

WORDS = section("widget")

MOST_AT_ONCE = 60  # so many steps are laid out together, and nothing moves from one to the next; others are drawn one by one

_SENTENCE = "white-space:pre-wrap;overflow-wrap:anywhere;margin:0.5em 0"
_HINT = "font-size:smaller;margin:0.5em 0"


class Pictures:
    """The pictures of steps as SVG, by position, and their sentences; position -1 is before the first."""

    def __init__(self, steps: Moves[Any]) -> None:
        self.steps = steps
        self._drawn: dict[int, str] = {}
        self._at_once = len(steps) <= MOST_AT_ONCE and len(Tape([steps.root])) <= LIMIT

    def at(self, position: int) -> str:
        """Returns the SVG at a position, or why there is none, as HTML."""
        try:
            if position not in self._drawn:
                self._draw(position)
            return self._drawn[position]
        except (RendererMissing, StaleGraphError, TooLarge, ArithmeticError) as error:
            return f"<p>{escape(str(error))}</p>"

    def _draw(self, position: int) -> None:
        if self._at_once:
            positions = range(-1, len(self.steps))
            drawn = scenes([readable(self._picture(i)) for i in positions])
            self._drawn = {i: svg(scene, output=True) for i, scene in zip(positions, drawn, strict=True)}
        else:
            self._drawn = {position: svg(Drawing(self._picture(position)).scene, output=True)}

    def _picture(self, position: int) -> Picture:
        root = self.steps.root
        step = self.steps[position] if position >= 0 else None
        look: dict[str, Any] = {"caption": "", "collapse": False if self._at_once else None}
        if isinstance(step, MistakenStep):  # whose gradients are not the graph's
            return picture_of([root], highlight=(step.node, step.slot), show=("data", "local"), **look)
        return picture_of([root], highlight=step, **look)

    def sentence(self, position: int) -> str:
        """Returns the sentence at a position, or why there is none."""
        try:
            if position < 0:
                return say(self.steps) if isinstance(self.steps, MistakenSteps) else WORDS["before"]
            return say(self.steps[position])
        except (StaleGraphError, ArithmeticError) as error:
            return str(error)


def state(steps: Moves[Any], pictures: Pictures) -> dict[str, Any]:
    """Returns what steps.js shows of the step at the cursor."""
    at = steps.position
    return {"position": at, "picture": pictures.at(at), "sentence": pictures.sentence(at), "refused": ""}


def as_html(steps: Moves[Any], pictures: Pictures, below: str = "") -> str:
    """Returns the picture and the sentence of the step at the cursor in HTML, without ids and scripts."""
    sentence = escape(pictures.sentence(steps.position))
    lines = [pictures.at(steps.position), f'<pre style="{_SENTENCE}">{sentence}</pre>']
    if below:
        lines.append(f'<p style="{_HINT}">{escape(below)}</p>')
    return "<div>\n" + "\n".join(lines) + "\n</div>"
