"""Plots for a lecture: loss curves, decision regions, activations with their derivatives, a fitted curve, a confusion matrix.

>>> axes = plot_losses([4.0, 1.0, 0.5])
>>> axes.get_xlabel(), [float(loss) for loss in axes.lines[0].get_ydata()]
('epoch', [4.0, 1.0, 0.5])

Each function draws into the Axes it is given, or else into one on a figure of its own; it returns the Axes, and with
`save="moons.svg"` writes the figure in the format of the extension: .svg, .png or .pdf. A notebook shows the returned Axes if
they are the last line of a cell, and anywhere by `display(axes.figure)`. A figure of its own does not belong to pyplot: it
needs no display and no backend, and is freed when nothing refers to it; `pyplot.show()` does not show it.

The functions need matplotlib, which is imported when one of them is called. The same plot gives the same bytes, whatever style
the user has set: colours are chalkgrad's, and letters are saved as outlines in SVG, because the font that they are measured in
comes with matplotlib and is missing on most other machines.
"""

import difflib
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from chalkgrad.engine import DomainError, Value, tape
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.engine.recording.functions import FUNCTIONS
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.sweep import adjoints
from chalkgrad.engine.words.expressions import number
from chalkgrad.nn.data.rows import content_of
from chalkgrad.nn.demonstrations import polynomial_parameters
from chalkgrad.nn.models.layers import OPERATIONS, activation_of
from chalkgrad.viz.letters.themes import blend, contrast
from chalkgrad.viz.plots.axes import (
    DASH,
    GLYPHS,
    LINE,
    MARKER_SIZES,
    MARKERS,
    PLOTS,
    TEXT,
    Plot,
    Save,
    frame,
    in_font,
    label_ends,
    legend,
    logarithmic,
    plotting,
    region_colour,
    series,
    subtitle,
    whole_numbers,
    width_of,
)

if TYPE_CHECKING:
    import numpy as np
    from chalkgrad.viz.plots.saved import PlotAxes
    from matplotlib.axes import Axes

__all__ = [
    "plot_activation",
    "plot_confusion",
    "plot_fit",
    "plot_losses",
    "plot_parameters",
    "plot_regions",
    "plot_sup_error",
]

DECADES = 2  # losses that span more decades have a logarithmic axis
SAMPLES = 400
LABELS = 20  # more different labels are not taken for classes


# Losses --------------------------------------------------------------------------------------------------------------


def plot_losses(history: Any, ax: "Axes | None" = None, save: Save = None, theme: str = "light") -> "PlotAxes":
    """Plots the loss after each epoch, on the training set and, if there is one, on the validation set.

    The axis is logarithmic if the losses span more than two decades. The best epoch has a ring.

    Args:
        history: what `fit` returns, or a list of losses, one for each epoch.
        ax: the Axes to draw into; by default one on a figure of its own.
        save: the file to write the figure to: .svg, .png or .pdf.
        theme: ``"light"``, ``"dark"`` or ``"print"``.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: there is no epoch, or a loss is infinite or not a number; an unknown theme or format.
        OSError: the file cannot be written.

    >>> plot_losses([3.0, 1.0, 0.5]).get_xlabel()
    'epoch'
    """
    losses = _numbers(getattr(history, "loss", history), "the loss of epoch")
    validation = _numbers(getattr(history, "validation_loss", ()), "the validation loss of epoch")
    if not losses:
        raise ValueError("there is no loss to plot: train for at least one epoch first")
    if validation and len(validation) != len(losses):
        raise ValueError(
            f"a validation loss belongs to each epoch: there are {len(losses)} losses and {len(validation)} of validation"
        )
    best = int(getattr(history, "best_epoch", 0))
    with plotting(ax, save, theme) as plot:
        ax, colours = plot.ax, series(plot.theme)
        epochs = range(1, len(losses) + 1)
        plain = "o" if len(losses) == 1 else None  # a single point makes no line
        ends = [(ax.plot(epochs, losses, color=colours[0], lw=LINE, marker=plain, ms=9)[0], PLOTS["training"])]
        if validation:
            (dashed,) = ax.plot(epochs, validation, color=colours[1], lw=LINE, ls=DASH, marker=plain, ms=9)
            ends.append((dashed, PLOTS["validation"]))
        every = losses + validation
        if min(every) > 0 and max(every) / min(every) > 10**DECADES:
            logarithmic(ax, "y")
        whole_numbers(ax)
        space = 0.02 * (len(losses) - 1) or 0.5
        ax.set_xlim(max(1 - space, 0.5), len(losses) + space)
        if 1 <= best <= len(losses):
            value = (validation or losses)[best - 1]
            ax.plot([best], [value], "o", ms=15, mfc="none", mec=plot.theme.ink, mew=2.5, zorder=5)
        frame(plot, PLOTS["losses"], PLOTS["epoch"], PLOTS["loss"])
        remarks = [PLOTS["best epoch"].format(epoch=best)] if 1 <= best <= len(losses) else []
        metric: Any = getattr(history, "metric", ())
        validation_metric: Any = getattr(history, "validation_metric", ())
        if len(metric):
            said = {"metric": history.metric_name, "value": f"{metric[-1]:.3g}"}
            if len(validation_metric):
                remarks.append(PLOTS["metric and validation"].format(**said, validation=f"{validation_metric[-1]:.3g}"))
            else:
                remarks.append(PLOTS["metric"].format(**said))
        subtitle(plot, remarks)
        label_ends(plot, ends if validation else [])
        return ax


# Models --------------------------------------------------------------------------------------------------------------


def plot_regions(
    model: Any,
    X: Any,  # noqa: N803 - a matrix has a capital letter
    y: Any,
    ax: "Axes | None" = None,
    save: Save = None,
    resolution: int = 200,
    threshold: float = 0.0,
    theme: str = "light",
) -> "PlotAxes":
    """Draws how a model of two inputs divides the plane into classes, with the given points.

    A model of one output separates two classes: the class with the larger label is where the score is above the threshold.
    With several outputs, the index of the largest is the class. Wrongly classified points have a ring.

    Args:
        model: something with `predict`, such as an MLP.
        X: the points, rows of two numbers.
        y: their classes: whole numbers such as -1 and 1, or 0 and 1.
        ax: the Axes to draw into; by default one on a figure of its own.
        save: the file to write the figure to: .svg, .png or .pdf.
        resolution: how many points the grid has along each side.
        threshold: the score between two classes: 0 for scores and logits, 0.5 for probabilities.
        theme: ``"light"``, ``"dark"`` or ``"print"``.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: the model has no `predict`.
        ValueError: points and classes that do not fit the model or each other, or are not finite; an unknown theme or format.
        OSError: the file cannot be written.

    >>> from chalkgrad.nn import MLP
    >>> plot_regions(MLP(2, [3, 1], seed=0), [[0.0, 0.0], [1.0, 1.0]], [0, 1], resolution=5).get_ylabel()
    'x₂'
    """
    y = content_of(y)
    rows = _rows(content_of(X), y)
    if len(rows[0]) != 2:
        raise ValueError(f"plot_regions draws a plane: a row of X has 2 numbers, and this one has {len(rows[0])}")
    labels = [_label(label, "a class in y") for label in y]
    if not isinstance(resolution, int) or resolution < 2:
        raise ValueError(f"resolution is a whole number from 2, not {resolution!r}")
    with plotting(ax, save, theme) as plot:
        import numpy as np

        at_points = _outputs(model, rows)
        single = len(at_points[0]) == 1
        if threshold and not single:
            count = len(at_points[0])
            raise ValueError(
                f"a threshold divides the scores of one output, and this model has {count}: leave threshold={threshold:g} out"
            )
        classes = _classes(labels, len(at_points[0]))
        sides = [_around([row[i] for row in rows]) for i in (0, 1)]
        x1, x2 = (np.linspace(low, high, resolution) for low, high in sides)
        grid = np.array(_outputs(model, [[float(a), float(b)] for b in x2 for a in x1]))
        if not np.isfinite(grid).all():
            raise ValueError("an output of the model is infinite or not a number: it cannot be drawn")
        if single:
            grid = np.column_stack([-(grid[:, 0] - threshold), grid[:, 0] - threshold])
            decided = [classes[output[0] > threshold] for output in at_points]
        else:
            decided = [output.index(max(output)) for output in at_points]
        ax, colours = plot.ax, series(plot.theme)
        painted = sorted(set(grid.argmax(axis=1).tolist()))
        if len(painted) == 1:
            ax.axvspan(*sides[0], facecolor=region_colour(plot.theme, painted[0]), edgecolor="none", zorder=0)
        else:  # a contour that lies nowhere would be a warning
            for order in painted:
                margin = grid[:, order] - np.delete(grid, order, axis=1).max(axis=1)
                lined = order == 0 or not single  # the two classes of one score have one boundary
                _region(plot, x1, x2, margin.reshape(resolution, resolution), region_colour(plot.theme, order), lined=lined)
        if single:
            _margins(plot, x1, x2, grid[:, 1].reshape(resolution, resolution))
        for order, label in enumerate(classes):
            own = [row for row, of in zip(rows, labels, strict=True) if of == label]
            if own:
                hollow = plot.theme.name == "print" and order % 2 == 1
                ax.plot(
                    [row[0] for row in own],
                    [row[1] for row in own],
                    MARKERS[order],
                    ms=MARKER_SIZES[order],
                    mfc=plot.theme.page if hollow else colours[order % len(colours)],
                    mec=plot.theme.ink if hollow else plot.theme.page,
                    mew=1.8 if hollow else 1.0,
                    label=PLOTS["class"].format(label=label),
                    zorder=4,
                )
        wrong = [row for row, of, is_ in zip(rows, labels, decided, strict=True) if of != is_]
        if wrong:
            ring: dict[str, Any] = {"ms": 17.0, "mfc": "none", "mec": plot.theme.ink, "mew": 2.2}
            ax.plot([row[0] for row in wrong], [row[1] for row in wrong], "o", label=PLOTS["wrong"], zorder=5, **ring)
        ax.set_xlim(*sides[0])
        ax.set_ylim(*sides[1])
        right = len(rows) - len(wrong)
        frame(plot, PLOTS.form("points right", len(rows)).format(right=right, count=len(rows)), "x₁", "x₂", turned=False)
        legend(plot)
        return ax


def plot_fit(
    model: Any,
    X: Any,  # noqa: N803 - as above
    y: Any,
    ax: "Axes | None" = None,
    save: Save = None,
    theme: str = "light",
) -> "PlotAxes":
    """Plots the curve that a model of one input and one output has fitted, with the points.

    Args:
        model: something with `predict`, such as an MLP.
        X: the inputs: numbers, or rows of one number.
        y: the targets.
        ax: the Axes to draw into; by default one on a figure of its own.
        save: the file to write the figure to: .svg, .png or .pdf.
        theme: ``"light"``, ``"dark"`` or ``"print"``.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: the model has no `predict`.
        ValueError: points that do not fit the model or each other, or are not finite; an unknown theme or format.
        OSError: the file cannot be written.

    >>> from chalkgrad.nn import MLP
    >>> plot_fit(MLP(1, [3, 1], seed=0), [0.0, 1.0], [1.0, 2.0]).get_xlabel()
    'x'
    """
    y = content_of(y)
    rows = _rows(content_of(X), y)
    if len(rows[0]) != 1:
        raise ValueError(f"plot_fit draws over a line: a row of X has 1 number, and this one has {len(rows[0])}")
    targets = _numbers([_only(target) for target in y], "target")
    with plotting(ax, save, theme) as plot:
        import numpy as np

        low, high = _around([x for (x,) in rows])
        xs = [float(x) for x in np.linspace(low, high, SAMPLES + 1)]
        outputs = _outputs(model, [[x] for x in xs])
        if len(outputs[0]) != 1:
            raise ValueError(f"plot_fit draws a model of one output, and this one has {len(outputs[0])}")
        curve = _numbers([output for (output,) in outputs], "the output of the model at point")
        ax, colours = plot.ax, series(plot.theme)
        halo: dict[str, Any] = {"mfc": colours[0], "mec": plot.theme.page, "mew": 1.0}
        ax.plot([x for (x,) in rows], targets, "o", ms=9, label=PLOTS["data"], **halo)
        ax.plot(xs, curve, color=colours[1], lw=LINE + 0.5, label=PLOTS["model"])
        ax.set_xlim(low, high)
        misses = [(output - target) ** 2 for (output,), target in zip(_outputs(model, rows), targets, strict=True)]
        mean = math.fsum(targets) / len(targets)
        spread = math.fsum((target - mean) ** 2 for target in targets)
        title = f"R² = {1 - math.fsum(misses) / spread:.3g}" if spread else PLOTS["fitted curve"]
        frame(plot, title, "x", "y", turned=False)
        legend(plot)
        return ax


def plot_confusion(
    targets: Any,
    predictions: Any,
    classes: Sequence[Any] | None = None,
    ax: "Axes | None" = None,
    save: Save = None,
    theme: str = "light",
) -> "PlotAxes":
    """Shows how often each class was predicted for each: a row for the true class, a column for the predicted one.

    Args:
        targets: the true classes.
        predictions: the predicted classes, in the same order.
        classes: all classes in their order, or, for classes 0, 1, 2, …, their names; by default those that occur, sorted.
        ax: the Axes to draw into; by default one on a figure of its own.
        save: the file to write the figure to: .svg, .png or .pdf.
        theme: ``"light"``, ``"dark"`` or ``"print"``.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: lists of different lengths, or labels that are not classes; an unknown theme or format.
        OSError: the file cannot be written.

    >>> plot_confusion([0, 1, 1], [0, 1, 0]).get_xlabel()
    'predicted'
    """
    truth, guess = ([_label(label, "a class") for label in labels] for labels in map(content_of, (targets, predictions)))
    if len(truth) != len(guess):
        raise ValueError(f"each target has its prediction: there are {len(truth)} targets and {len(guess)} predictions")
    if not truth:
        raise ValueError("there is nothing to count: targets and predictions are empty")
    names, numbers = _named(truth + guess, classes)
    counts = [[0] * len(names) for _ in names]
    for is_, taken in zip(truth, guess, strict=True):
        counts[numbers[is_]][numbers[taken]] += 1
    with plotting(ax, save, theme, size=(8.0, 7.0)) as plot:
        ax = plot.ax
        ax.set_xlim(-0.5, len(names) - 0.5)
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_aspect("equal")
        right = sum(row[i] for i, row in enumerate(counts))
        title = PLOTS["classes right"].format(right=right, count=len(truth), share=_percent(right, len(truth)))
        frame(plot, title, PLOTS["predicted"], PLOTS["true class"])
        long = max(map(len, names)) > 3 and len(names) > 3
        ax.set_xticks(range(len(names)), names, rotation=45 if long else 0, ha="right" if long else "center")
        ax.set_yticks(range(len(names)), names)
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
        _cells(plot, counts)
        return ax


def plot_sup_error(
    widths: Any,
    errors: Any,
    ax: "Axes | None" = None,
    save: Save = None,
    goal: float | None = 0.02,
    theme: str = "light",
) -> "PlotAxes":
    """Plots the largest error of a network with one hidden layer against its width, both axes logarithmic.

    Args:
        widths: the widths of the hidden layer, such as 1, 2, 4, …, 64.
        errors: the largest error of the network of each width.
        ax: the Axes to draw into; by default one on a figure of its own.
        save: the file to write the figure to: .svg, .png or .pdf.
        goal: the error to get below, a dashed line; None for no line.
        theme: ``"light"``, ``"dark"`` or ``"print"``.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: lists of different lengths, or numbers that have no logarithm; an unknown theme or format.
        OSError: the file cannot be written.

    >>> plot_sup_error([1, 2, 4], [0.5, 0.1, 0.01]).get_xlabel()
    'width of the hidden layer'
    """
    across, up = _numbers(widths, "width"), _numbers(errors, "error")
    if len(across) != len(up):
        raise ValueError(f"each width has its error: there are {len(across)} widths and {len(up)} errors")
    if not across:
        raise ValueError("there is nothing to plot: widths and errors are empty")
    for what, given in (("width", across), ("error", up), ("goal", [] if goal is None else [goal])):
        for given_number in given:
            if not 0 < given_number < math.inf:
                raise ValueError(f"the axes are logarithmic: each {what} is positive, and one is {number(given_number)}")
    with plotting(ax, save, theme) as plot:
        ax, colours = plot.ax, series(plot.theme)
        logarithmic(ax, "y")
        ax.set_xscale("log", base=2)
        ax.plot(across, up, "o-", color=colours[0], lw=LINE, ms=10)
        ax.minorticks_off()
        ax.set_xticks(across, [f"{width:g}" for width in across])
        if goal is not None:
            ax.axhline(goal, color=colours[1], lw=LINE - 0.5, ls=DASH)
            place = {"xytext": (8, 6), "textcoords": "offset points", "ha": "left", "fontsize": TEXT, "color": colours[1]}
            ax.annotate(PLOTS["goal"].format(goal=f"{goal:g}"), (0, goal), xycoords=("axes fraction", "data"), **in_font(place))
        frame(plot, PLOTS["largest errors"], PLOTS["width"], PLOTS["largest error"])
        return ax


def plot_parameters(
    inputs: int = 10_000,
    degree: int = 3,
    widths: Sequence[int] = (100, 1),
    ax: "Axes | None" = None,
    save: Save = None,
    theme: str = "light",
) -> "PlotAxes":
    """Plots how many parameters a polynomial and a multilayer perceptron have against their inputs D, both axes logarithmic.

    A polynomial of all monomials up to degree k in D variables has (D + k choose k), of the order of D^k; the network's grow as
    D does. The counts at D are marked, and written out exactly.

    Args:
        inputs: the largest D, where the curves end.
        degree: k.
        widths: of the network.
        ax: the Axes to draw into; by default one on a figure of its own.
        save: the file to write the figure to: .svg, .png or .pdf.
        theme: ``"light"``, ``"dark"`` or ``"print"``.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: fewer than two inputs, and numbers that `polynomial_parameters` refuses; an unknown theme or format.
        OSError: the file cannot be written.

    >>> axes = plot_parameters()
    >>> [text.get_text() for text in axes.texts]
    ['polynomial of degree 3\\n166,766,685,001', 'MLP of widths 100, 1\\n1,000,201']
    """
    if isinstance(inputs, bool) or not isinstance(inputs, int) or inputs < 2:
        raise ValueError(f"the curves go from 1 input to a number of at least 2, such as 10_000, not to {inputs!r}")
    steps = sorted({round(inputs ** (i / SAMPLES)) for i in range(SAMPLES + 1)})
    counts = polynomial_parameters(steps, degree, widths)
    with plotting(ax, save, theme) as plot:
        ax, colours = plot.ax, series(plot.theme)
        logarithmic(ax, "x", powers=True)
        logarithmic(ax, "y", powers=True)
        ends = []
        named = {
            "monomials": PLOTS["polynomial"].format(degree=degree),
            "network": PLOTS["network of widths"].format(widths=", ".join(map(str, widths))),
        }
        for (field, name), colour, dash in zip(named.items(), colours, ("-", DASH), strict=False):
            numbers = [getattr(count, field) for count in counts]
            (line,) = ax.plot(steps, numbers, color=colour, lw=LINE, ls=dash)
            ends.append((line, f"{name}\n{numbers[-1]:,}"))
            ax.plot([inputs], [numbers[-1]], "o", ms=10, color=colour, zorder=5)
        ax.set_xlim(1, inputs)
        ax.set_ylim(ax.get_ylim()[0], 6 * ax.get_ylim()[1])  # the highest name has two lines
        ax.minorticks_off()
        frame(plot, PLOTS["parameters"], PLOTS["input width"], PLOTS["count of parameters"])
        label_ends(plot, ends)
        return ax


# Activations ---------------------------------------------------------------------------------------------------------


class _Jump(NamedTuple):
    """A jump of a function: arguments just before and after it, and its place x, or None if that is not a round number."""

    before: float
    x: float | None
    after: float


def plot_activation(
    *names: str | Callable[[Value], Value],
    ax: "Axes | None" = None,
    save: Save = None,
    low: float = -4,
    high: float = 4,
    theme: str = "light",
    at: float | None = None,
) -> "PlotAxes":
    """Plots activation functions, each with its derivative (dashed), as the engine computes them.

    Where one jumps the line is broken, as on a blackboard: open circles for the limits, a dot for the value there. So the dot
    at relu′(0) = 0 is the engine's convention.

    Args:
        names: such as "relu" or "tanh", or functions of a Value.
        ax: the Axes to draw into; by default one on a figure of its own.
        save: the file to write the figure to: .svg, .png or .pdf.
        low: where to begin.
        high: where to end.
        theme: ``"light"``, ``"dark"`` or ``"print"``.
        at: where to draw the point of each function and the tangent there, with its slope, the derivative.

    Raises:
        ImportError: matplotlib is not installed.
        ValueError: no name, an unknown one, or more than ten; an empty interval, or `at` outside it; an unknown theme
            or format.
        OSError: the file cannot be written.

    >>> plot_activation("relu", "tanh").get_xlabel()
    'x'
    """
    functions = [_function(name) for name in names]
    if not functions:
        raise ValueError('plot_activation needs a name, as in plot_activation("relu", "tanh")')
    if len(functions) > len(MARKERS):
        raise ValueError(f"{len(functions)} functions in one plot cannot be told apart: give at most {len(MARKERS)}")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"low and high are numbers with low < high, and were given as {low!r} and {high!r}")
    if at is not None and not low <= at <= high:
        raise ValueError(f"at is a number from low to high, here from {low:g} to {high:g}, not {at!r}")
    with plotting(ax, save, theme, size=(9.0, 6.0)) as plot:
        ax, colours = plot.ax, series(plot.theme)
        ax.plot([low, high], [0, 0], color=plot.theme.faded, lw=1.2, zorder=0)
        ax.axvline(0, color=plot.theme.faded, lw=1.2, zorder=0)
        step = (high - low) / SAMPLES
        xs = [low + i * step for i in range(SAMPLES)] + [float(high)]
        xs = sorted({0.0 if abs(x) < step / 1000 else float(x) for x in xs})
        ends: list[tuple[Any, str]] = []
        for order, (name, function) in enumerate(functions):
            for part, label, dash in ((0, name, "-"), (1, f"{name}′", DASH)):
                colour = colours[order % len(colours)]
                line = _curve(plot, partial(_at, function, part), xs, colour, dash)
                glyph = ""
                if len(functions) > 1:
                    every = SAMPLES // 5
                    line.set(
                        marker=MARKERS[order],
                        ms=MARKER_SIZES[order] + 1,
                        markevery=(every // 2 + order * every // len(functions), every),
                    )
                    line.set(mfc=colour, mec=plot.theme.page)
                    glyph = GLYPHS[order] + " "
                ends.append((line, glyph + label))
        ax.set_xlim(low, high)
        shown = [y for line, _ in ends for y in _ys(line) if math.isfinite(y)]
        if not shown:
            raise ValueError(f"there is nothing to plot: no function has a value between {low:g} and {high:g}")
        most = 3 * (high - low)  # of a pole, what is near it
        bottom, top = max(min(*shown, 0), -most), min(max(*shown, 0), most)
        space = 0.06 * (top - bottom or 1.0)
        ax.set_ylim(bottom - space, top + space)
        title = PLOTS["activation" if len(functions) == 1 else "activations"].format(name=functions[0][0])
        frame(plot, title, "x", "")
        if at is not None:
            subtitle(plot, [_tangent(plot, name, function, float(at), low, high) for name, function in functions])
        label_ends(plot, ends)
        return ax


def _tangent(plot: Plot, name: str, function: Callable[[Value], Value], x: float, low: float, high: float) -> str:
    """Draws a point of a function and the tangent there, and returns the sentence that says so."""
    y, slope = _at(function, 0, x), _at(function, 1, x)
    if not (math.isfinite(y) and math.isfinite(slope)):
        raise ValueError(f"{name} has no tangent at {number(x)}: give another place as at")
    limits, reach = plot.ax.get_ylim(), (high - low) / 5
    ends = [max(x - reach / math.hypot(1.0, slope), low), min(x + reach / math.hypot(1.0, slope), high)]
    plot.ax.plot(ends, [y + slope * (end - x) for end in ends], color=plot.theme.local, lw=LINE + 1, zorder=6)
    plot.ax.plot([x], [y], "o", ms=12, mfc=plot.theme.page, mec=plot.theme.local, mew=3, zorder=7)
    plot.ax.set_ylim(limits)
    return PLOTS["at"].format(x=number(x), name=name, value=number(y), slope=number(slope))


def _function(name: str | Callable[[Value], Value]) -> tuple[str, Callable[[Value], Value]]:
    """Returns the name of a function and the function; by name, a function of one variable from the table."""
    if not isinstance(name, str):
        if not callable(name):
            raise TypeError(f'plot_activation takes names, as in plot_activation("relu", "tanh"), not {name!r}')
        return getattr(name, "__name__", "f"), name
    known = [other for other, rule in RULES.items() if len(rule.arguments) - len(rule.defaults) == 1 and not rule.lists]
    lower = activation_of(name.casefold())  # as models take it
    operation = OPERATIONS.get(lower, lower)
    if operation in known:
        return lower, FUNCTIONS[operation]
    close = difflib.get_close_matches(lower, known, n=1)
    if lower in RULES:
        raise ValueError(f"{name} is no function of one variable: choose one such as relu, tanh or sigmoid")
    advice = f"did you mean {close[0]}?" if close else "choose one such as relu, tanh or sigmoid"
    raise ValueError(f"there is no activation {name!r}: {advice}")


def _at(function: Callable[[Value], Value], part: int, x: float) -> float:
    """Returns the function's value at x (part 0) or its derivative (part 1); NaN outside its domain."""
    argument = Value(x)
    try:
        result = function(argument)
        if part == 0:
            return float(result.data)
        if len(result.parents) and result.parents[0] is argument and result.op is not None and len(result.parents) == 1:
            return float(result.partials[0])
        return float(adjoints(tape(result).nodes, result).get(argument, 0.0))  # backward() would add to values f closes over
    except DomainError:
        return math.nan


def _curve(plot: Plot, f: Callable[[float], float], xs: list[float], colour: str, dash: Any) -> Any:
    """Draws a function; its line is interrupted at jumps."""
    ys = [f(x) for x in xs]
    finite = [y for y in ys if math.isfinite(y)]
    least = 0.02 * (max(finite) - min(finite)) if finite else 0.0
    points: list[tuple[float, float]] = []
    jumps: list[_Jump] = []
    for i, (x, y) in enumerate(zip(xs, ys, strict=True)):
        jump = None
        if i and abs(y - ys[i - 1]) > least and not any(j.x == xs[i - 1] for j in jumps):
            jump = _jump(f, xs[i - 1], x, least)
        if jump is None:
            points.append((x, y))
            continue
        jumps.append(jump)
        if jump.x is None:
            points += [(jump.before, math.nan), (x, y)]
            continue
        if points[-1][0] == jump.x:
            points.pop()
        points += [(jump.x, f(jump.before)), (jump.x, math.nan), (jump.x, f(jump.after))]
        if x != jump.x:
            points.append((x, y))
    (line,) = plot.ax.plot(*zip(*points, strict=True), color=colour, lw=LINE, ls=dash)
    for jump in jumps:
        if jump.x is not None:
            here = f(jump.x)
            for limit in (f(jump.before), f(jump.after)):
                if abs(limit - here) > least:
                    plot.ax.plot([jump.x], [limit], "o", ms=10, mfc=plot.theme.page, mec=colour, mew=2.2, zorder=4)
            plot.ax.plot([jump.x], [here], "o", ms=10, mfc=colour, mec=colour, mew=2.2, zorder=5)
    return line


def _jump(f: Callable[[float], float], left: float, right: float, least: float) -> _Jump | None:
    """Finds a jump of f between two places by halving the interval, in which a slope vanishes and a jump does not."""
    width = right - left
    while True:
        middle = (left + right) / 2
        if not left < middle < right or right - left < 1e-12 * width:
            break
        at = f(left), f(middle), f(right)
        left, right = (left, middle) if abs(at[1] - at[0]) >= abs(at[2] - at[1]) else (middle, right)
    if not abs(f(right) - f(left)) > least:
        return None
    nearby = round((left + right) / 2, 9)
    tiny = 1e-9 * width
    if abs(nearby - left) > tiny and abs(nearby - right) > tiny:
        return _Jump(left, None, right)
    return _Jump(nearby - tiny, nearby + 0.0, nearby + tiny)


def _ys(line: Any) -> list[float]:
    return [float(y) for y in line.get_ydata()]


# Data ----------------------------------------------------------------------------------------------------------------


def _numbers(given: Any, what: str) -> list[float]:
    """Returns the numbers of a list; one that is not finite is refused with its position, counted from 1."""
    try:
        numbers = [float(x) for x in given]
    except (TypeError, ValueError):
        raise hidden(TypeError(f"a list of numbers is needed ({what} 1, 2, …), not {given!r}")) from None
    for i, x in enumerate(numbers, 1):
        if not math.isfinite(x):
            raise ValueError(f"{what} {i} is {number(x)}: only finite numbers can be drawn")
    return numbers


def _only(x: Any) -> Any:
    """Returns the number in a list of one, or the number itself."""
    return x[0] if hasattr(x, "__len__") and not isinstance(x, str) and len(x) == 1 else x


def _rows(X: Any, y: Any) -> list[list[float]]:  # noqa: N803 - as above
    """Returns the rows of X, one for each element of y, all of the same length."""
    if len(X) != len(y):
        raise ValueError(f"each row of X has its element of y: X has {len(X)} rows and y {len(y)} elements")
    if not len(X):
        raise ValueError("there are no points to plot: X and y are empty")
    rows = [_numbers(row if hasattr(row, "__len__") else [row], f"in row {i} of X number") for i, row in enumerate(X, 1)]
    for i, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ValueError(f"the rows of X have one length: row 1 has {len(rows[0])} numbers, and row {i} has {len(row)}")
    return rows


def _label(label: Any, what: str) -> Any:
    """Returns a class as a plain int or str, so that 1, 1.0 and NumPy's 1 are equal."""
    label = _only(label)
    if isinstance(label, str):
        return str(label)
    try:
        exact = float(label)
        whole = math.isfinite(exact) and exact == int(exact)
    except (TypeError, ValueError):
        raise TypeError(f"{what} is a whole number or a word, not {label!r}") from None
    if not whole:
        raise ValueError(f"{what} is a whole number or a word, and one is {number(exact)}: a score is not yet a class")
    return int(exact)


def _classes(labels: list[Any], outputs: int) -> list[Any]:
    """Returns the classes that a model with this number of outputs separates, the smaller of two first."""
    found = sorted(set(labels), key=lambda label: (isinstance(label, str), label))
    listed = ", ".join(map(str, found))
    if outputs == 1:
        if len(found) > 2:
            raise ValueError(f"a model of one output tells two classes apart, and y has {len(found)}: {listed}")
        if len(found) == 2:
            return found
        pair = next((pair for pair in ([-1, 1], [0, 1]) if found[0] in pair), None)
        if pair is None:
            raise ValueError(f"two classes are needed, such as -1 and 1, and y has one: {listed}")
        return pair
    if outputs > len(MARKERS):
        raise ValueError(f"{outputs} classes in one plot cannot be told apart: there are markers for {len(MARKERS)}")
    outside = [label for label in found if isinstance(label, str) or not 0 <= label < outputs]
    if outside:
        raise ValueError(f"the classes of a model of {outputs} outputs are 0 to {outputs - 1}, and y has {outside[0]}")
    return list(range(outputs))


def _named(labels: list[Any], classes: Sequence[Any] | None) -> tuple[list[str], dict[Any, int]]:
    """Returns the names of the classes in their order, and the row of each label."""
    found = sorted(set(labels), key=lambda label: (isinstance(label, str), label))
    if classes is None:
        if len(found) > LABELS:
            raise ValueError(f"there are {len(found)} different labels, and a matrix of more than {LABELS} can hardly be read")
        return [str(label) for label in found], {label: i for i, label in enumerate(found)}
    given = [_label(label, "a class") for label in classes]
    numbers = {label: i for i, label in enumerate(given)}
    if not numbers.keys() >= set(found):
        numbers = {i: i for i in range(len(given))}  # the classes are then names
    for label in found:
        if label not in numbers:
            raise ValueError(f"the class {label} is not among the classes {', '.join(map(str, given))}")
    return [str(label) for label in given], numbers


def _outputs(model: Any, rows: list[list[float]]) -> list[list[float]]:
    """Returns the model's outputs for each row, each as a list."""
    predict = getattr(model, "predict", None)
    if predict is None:
        raise TypeError(f"a model with predict is needed, such as an MLP, not {model!r}")
    try:
        outputs = list(predict(rows))
    except (TypeError, ValueError):
        outputs = [predict(row) for row in rows]  # a model that takes one sample at a time
    return [[float(x) for x in output] if hasattr(output, "__len__") else [float(output)] for output in outputs]


def _around(values: list[float]) -> tuple[float, float]:
    """Returns an interval with all values and some space around them."""
    space = 0.12 * (max(values) - min(values)) or 1.0
    return min(values) - space, max(values) + space


def _percent(part: int, whole: int) -> str:
    """Writes a percentage; only all of them are 100 %."""
    share = 100 * part / whole
    return f"{min(share, 99.9) if part < whole else share:.3g} %"


# Paint ---------------------------------------------------------------------------------------------------------------


def _region(plot: Plot, x1: Any, x2: Any, margin: "np.ndarray[Any, Any]", fill: str, *, lined: bool) -> None:
    """Fills the region where the margin is positive, and draws the line where it is 0."""
    if float(margin.max()) > 0:
        plot.ax.contourf(x1, x2, margin, levels=[0, 2 * float(margin.max())], colors=[fill], zorder=0)
        if lined:
            plot.ax.contour(x1, x2, margin, levels=[0], colors=[plot.theme.border], linewidths=LINE, zorder=2)


def _margins(plot: Plot, x1: Any, x2: Any, score: "np.ndarray[Any, Any]") -> None:
    """Draws the lines where the score is 1 on either side of the boundary."""
    for level in (-1, 1):
        if float(score.min()) < level < float(score.max()):
            lines = plot.ax.contour(x1, x2, score, levels=[level], colors=[plot.theme.border], linewidths=1.8, zorder=2)
            lines.set_linestyle([DASH])
            if not any(line.get_label() == PLOTS["margin"] for line in plot.ax.lines):
                plot.ax.plot([], [], color=plot.theme.border, lw=1.8, ls=DASH, label=PLOTS["margin"])


def _cells(plot: Plot, counts: list[list[int]]) -> None:
    """Draws the counts in their cells; the more, the stronger the colour, one for the diagonal and one for the rest."""
    from matplotlib.patches import Rectangle

    ax, most, orderof = plot.ax, max(map(max, counts)), len(counts)
    right, wrong = series(plot.theme)[:2]
    across = width_of(ax)
    size = max(8.0, min(28.0, 0.5 * across / orderof, 1.2 * across / orderof / len(str(most))))
    for i, row in enumerate(counts):
        for j, count in enumerate(row):
            fill = blend(plot.theme.page, right if i == j else wrong, 0.15 + 0.85 * count / most if count else 0.04)
            ax.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor=fill, edgecolor=plot.theme.page, lw=2))
            ink = max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, fill)) if count else plot.theme.dim
            weight = "bold" if i == j else "normal"
            place = {"ha": "center", "va": "center", "fontsize": size, "color": ink, "fontweight": weight}
            ax.text(j, i, str(count), **in_font(place))
