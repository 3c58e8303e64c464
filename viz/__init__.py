"""Pictures: the graph of a Value as SVG, PNG, PDF, TikZ and DOT, a page that plays the sweep, diagrams of models, plots.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.viz import draw
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> draw(e)  # a notebook shows the picture
<Drawing of e = a·b: 3 values, 2 edges; .save("e.svg")>

To draw     draw(L), of a step or a chain rule: draw(L, highlight=…);
            save(L, "L.png"); draw_dot, micrograd's; Drawing, Figure
To play     play(L, "L.html"), a page for the arrow keys; Page
            prompt(L), a debugger's prompt; frames(L, "slides/")
Networks    diagram(model), with a pass, weights or gradients;
            diagram(model, collapsed=True), of heads, of a Jacobian
Plots       plot_losses(history), plot_regions(model, X, y), plot_fit,
            plot_activation("tanh"), plot_confusion, plot_descent,
            plot_parameters, plot_sup_error; they need matplotlib
"""

from typing import TYPE_CHECKING

from chalkgrad.engine.basics.later import later
from chalkgrad.viz.showing import draw, draw_dot, play, save

if TYPE_CHECKING:
    from chalkgrad.viz.diagrams.diagrams import diagram
    from chalkgrad.viz.drawing.drawing import Drawing, Figure
    from chalkgrad.viz.drawing.frames import frames
    from chalkgrad.viz.page.document import Page
    from chalkgrad.viz.plots.descent import plot_descent
    from chalkgrad.viz.plots.plots import (
        plot_activation,
        plot_confusion,
        plot_fit,
        plot_losses,
        plot_parameters,
        plot_regions,
        plot_sup_error,
    )
    from chalkgrad.viz.prompting.prompt import prompt

__all__ = [
    "Drawing",
    "Figure",
    "Page",
    "diagram",
    "draw",
    "draw_dot",
    "frames",
    "play",
    "plot_activation",
    "plot_confusion",
    "plot_descent",
    "plot_fit",
    "plot_losses",
    "plot_parameters",
    "plot_regions",
    "plot_sup_error",
    "prompt",
    "save",
]

_PLOTS = (
    "plot_activation",
    "plot_confusion",
    "plot_fit",
    "plot_losses",
    "plot_parameters",
    "plot_regions",
    "plot_sup_error",
)
_LATER = {  # imported when first asked for: `from chalkgrad import *` has the four functions above
    **dict.fromkeys(("Drawing", "Figure"), "drawing.drawing"),
    "Page": "page.document",
    "diagram": "diagrams.diagrams",
    "frames": "drawing.frames",
    "plot_descent": "plots.descent",
    **dict.fromkeys(_PLOTS, "plots.plots"),
    "prompt": "prompting.prompt",
}

_WORDS = {  # of other libraries
    "show": 'draw(L) shows itself in a notebook, and draw(L).save("L.svg") writes a file',
    **dict.fromkeys(("graph", "draw_graph", "make_dot", "visualize", "plot_graph"), "draw(L) draws the graph of L"),
    **dict.fromkeys(("plot", "plot_loss", "plot_history"), "plot_losses(history), plot_regions(model, X, y) and others plot"),
    **dict.fromkeys(("draw_nn", "draw_network", "plot_model", "draw_model"), "diagram(model) draws a network"),
    **dict.fromkeys(("step", "steps", "debug"), "prompt(L) steps at a prompt, play(L) on a page, L.steps() in Python"),
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = later(__name__, _LATER, _WORDS)
