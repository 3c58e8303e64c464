"""What people look at: the graph of a Value as SVG, PNG, PDF and DOT, a page that plays the reverse sweep, plots of training.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.viz import draw
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> draw(e)  # a notebook shows the picture
<Drawing of e = a·b: 3 values, 2 edges; .save("e.svg")>
"""

from chalkgrad.viz.drawing import Drawing
from chalkgrad.viz.graph import draw, draw_dot, save
from chalkgrad.viz.play import play
from chalkgrad.viz.plots import plot_activation, plot_confusion, plot_fit, plot_losses, plot_regions, plot_sup_error
from chalkgrad.viz.prompt import prompt

__all__ = [
    "Drawing",
    "draw",
    "draw_dot",
    "play",
    "plot_activation",
    "plot_confusion",
    "plot_fit",
    "plot_losses",
    "plot_regions",
    "plot_sup_error",
    "prompt",
    "save",
]
