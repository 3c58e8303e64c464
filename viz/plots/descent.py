"""Plots the paths of descents over the contours of their function of two inputs.

>>> from chalkgrad.nn.descents import gradient_descent, newton, rosenbrock
>>> axes = plot_descent(newton(rosenbrock, -1.2, 1.0), gradient_descent(rosenbrock, -1.2, 1.0, steps=100))
>>> axes.get_xlabel(), axes.get_ylabel(), [float(x) for x in axes.lines[0].get_xdata()[:1]]
('x', 'y', [-1.2])
"""

import math
from typing import TYPE_CHECKING

from chalkgrad.engine.derivatives.applied import FunctionAtPoint
from chalkgrad.engine.words.language import counted, section
from chalkgrad.nn.descents import Descent, Descents
from chalkgrad.viz.letters.themes import blend
from chalkgrad.viz.plots.axes import (
    LINE,
    MARKER_SIZES,
    MARKERS,
    PLOTS,
    Plot,
    Save,
    frame,
    legend,
    plotting,
    series,
    subtitle,
)

if TYPE_CHECKING:
    from chalkgrad.viz.plots.saved import PlotAxes
    from matplotlib.axes import Axes

METHODS = section("newton")  # what they are called

GRID = 100  # points along each side
CONTOURS = 12
MARKED = 60  # up to so many steps, each has a marker; of a longer path only the first and the last


def plot_descent(*paths: Descent | Descents, ax: "Axes | None" = None, save: Save = None, theme: str = "light") -> "PlotAxes":
    """Draws contours of a function of two inputs, with the paths of one or several descents.

    Contours are denser near the minimum: their heights above it are a geometric sequence.

    Args:
        paths: what `newton` and `gradient_descent` return, all of the same function.
        ax: the Axes to draw into; by default one on a figure of its own.
        save: the file to write the figure to: .svg, .png or .pdf.
        theme: ``"light"``, ``"dark"`` or ``"print"``.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: a path is not a Descent.
        ValueError: no path, more than ten, or a function that does not have two inputs; an unknown theme or format.
        OSError: the file cannot be written.

    >>> from chalkgrad.nn import gradient_descent, rosenbrock
    >>> path = gradient_descent(rosenbrock, 0.0, 0.0, rate=0.001, steps=3)
    >>> plot_descent(path).get_xlabel()
    'x'
    """
    single = [one for path in paths for one in (path if isinstance(path, Descents) else [path])]
    for path in single:
        if not isinstance(path, Descent):
            raise TypeError(f"plot_descent draws what newton() and gradient_descent() return, not {path!r}")
        if len(path.names) != 2:
            raise ValueError(f"plot_descent draws a plane: a function of 2 inputs, and this one has {len(path.names)}")
    if not 1 <= len(single) <= len(MARKERS):
        raise ValueError(f"plot_descent draws from one path to {len(MARKERS)} of them, and was given {len(single)}")
    with plotting(ax, save, theme) as plot:
        ax, colours = plot.ax, series(plot.theme)
        places = [step.x for path in single for step in path]
        x_side, y_side = (_window([place[i] for place in places]) for i in (0, 1))
        _contours(plot, single[0], x_side, y_side)
        for order, path in enumerate(single):
            colour = colours[order % len(colours)]
            marked = list(range(len(path))) if len(path) <= MARKED else [0, len(path) - 1]
            ax.plot(
                [step.x[0] for step in path],
                [step.x[1] for step in path],
                color=colour,
                lw=LINE,
                ls="-" if order == 0 else (0, (4, 2)),
                marker=MARKERS[order],
                markevery=marked,
                ms=MARKER_SIZES[order],
                mec=plot.theme.page,
                mew=1.0,
                label=f"{METHODS[path.method]}\n{counted(len(path) - 1, 'step')}",
                zorder=4 + len(single) - order,
            )
        ax.plot(*places[0], "o", ms=17.0, mfc="none", mec=plot.theme.ink, mew=2.2, zorder=20)
        ax.set_xlim(*x_side)
        ax.set_ylim(*y_side)
        name = FunctionAtPoint("plot_descent", single[0].f, single[0].x).name
        frame(plot, PLOTS["descent"].format(function=name), *single[0].names, turned=False)
        subtitle(plot, [PLOTS["start"]])
        legend(plot)
        return ax


def _window(numbers: list[float]) -> tuple[float, float]:
    """Returns an interval with some space around the numbers."""
    low, high = min(numbers), max(numbers)
    space = 0.15 * (high - low) or 1.0
    return low - space, high + space


def _contours(plot: Plot, path: Descent, x_side: tuple[float, float], y_side: tuple[float, float]) -> None:
    """Draws the function's contours; the lower, the darker."""
    import numpy as np

    point = FunctionAtPoint("plot_descent", path.f, path[0].x)
    first, second = point.leaves
    xs, ys = np.linspace(*x_side, GRID), np.linspace(*y_side, GRID)

    def at(x: float, y: float) -> float:
        try:
            height: float = point.at({first: float(x), second: float(y)}).data
            return height
        except (ValueError, ArithmeticError):  # outside the domain, or too large
            return math.nan

    heights = np.array([[at(x, y) for x in xs] for y in ys])
    known = heights[np.isfinite(heights)]
    lowest = min([float(known.min()), *(step.f for step in path)]) if known.size else math.nan
    above = heights - lowest
    positive = above[np.isfinite(above) & (above > 0)]
    if not positive.size:
        return  # a flat function has no contours
    low, high = max(float(np.quantile(positive, 0.03)), float(positive.max()) * 1e-6), float(positive.max())
    levels = np.geomspace(low, high, CONTOURS)[:-1] if low < high else [low]
    ground = [blend(plot.theme.page, plot.theme.faded, 0.45 * (1 - i / len(levels))) for i in range(len(levels) + 1)]
    plot.ax.contourf(xs, ys, above, levels=[-math.inf, *levels, math.inf], colors=ground, zorder=0)
    plot.ax.contour(xs, ys, above, levels=levels, colors=[plot.theme.faded], linewidths=1.0, zorder=1)
