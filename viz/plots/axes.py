"""Axes in chalkgrad's colours: what every plot has, from its page to the names at the ends of its lines.

>>> with plotting(None, None, "light") as plot:
...     line = plot.ax.plot([0, 1], [1, 2], color=series(plot.theme)[0], lw=LINE)[0]
...     frame(plot, "A line", "x", "y")
...     label_ends(plot, [(line, "up")])
>>> plot.ax.get_title(loc="left"), [text.get_text() for text in plot.ax.texts]
('A line', ['up'])

matplotlib is imported when something is plotted.
"""

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from chalkgrad.engine.basics.digits import TO_RAISED
from chalkgrad.engine.words.language import section
from chalkgrad.viz.letters import themes
from chalkgrad.viz.letters.themes import Theme, blend
from chalkgrad.viz.plots.figures import STYLE, file_of, in_order, kind_of, save_figure, whole_figure

if TYPE_CHECKING:
    from chalkgrad.viz.plots.saved import PlotAxes
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PLOTS = section("plots")  # the words

Save = str | os.PathLike[str] | None

SIZE = (9.0, 5.5)  # inches
TITLE, TEXT, SMALL = 20.0, 17.0, 14.0  # points: legible from the back row on a slide of this width
LINE = 3.0
SHORT = 1e-4, 1e5  # numbers between these are short enough for a logarithmic axis
ADVANCE = 0.62  # the width of a letter as a share of its size, estimated on the wide side
LEADER = 26.0  # points from a line's end to its name
# Markers that can be told apart without colour.
MARKERS = "os^Dv*PX<>"
MARKER_SIZES = (9.0, 9.0, 10.0, 9.0, 10.0, 15.0, 11.0, 11.0, 10.0, 10.0)
GLYPHS = "●■▲◆▼★✚✖◀▶"  # the same markers in text
DASH: Any = (0, (4, 2))  # matplotlib's stubs know linestyles by name only


# Colours -------------------------------------------------------------------------------------------------------------


def series(theme: Theme) -> list[str]:
    """Returns colours for lines and points, each legible on the page."""
    if theme.name == "print":
        return [theme.ink, theme.place_border]
    return [theme.data, theme.grad, theme.local, theme.note, theme.dim]


def region_colour(theme: Theme, order: int) -> str:
    """Returns the colour of a region: pale, and stronger each time the colours are used again."""
    if theme.name == "print":
        return blend(theme.page, theme.ink, 0.02 + 0.06 * ((order * 3) % 10))
    colours = series(theme)
    return blend(theme.page, colours[order % len(colours)], 0.2 + 0.2 * (order // len(colours)))


# Axes ----------------------------------------------------------------------------------------------------------------


class Plot(NamedTuple):
    """Axes being drawn into; `own` if the figure is not the caller's."""

    ax: "PlotAxes"
    theme: Theme
    own: bool


@contextmanager
def plotting(ax: "Axes | None", save: Save, theme: str, size: tuple[float, float] = SIZE) -> Iterator[Plot]:
    """Provides axes to draw into and saves them afterwards; invalid options are refused before anything is drawn."""
    colours = themes.theme(theme)
    path = None if save is None else Path(save).expanduser()
    if path is not None:
        kind_of(path)
    try:
        from matplotlib import style
        from matplotlib.axes import Axes
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError as error:
        raise ModuleNotFoundError('plots need matplotlib: pip install "chalkgrad[plot]"', name="matplotlib") from error
    from chalkgrad.viz.plots.saved import PlotAxes

    if ax is not None and not isinstance(ax, Axes):
        raise TypeError(f"ax is one of matplotlib's Axes, not {ax!r}; fig.subplots() has several of them in an array")
    with style.context(["default", STYLE]):
        own = ax is None
        if ax is None:
            figure = Figure(figsize=size, dpi=100, layout=ConstrainedLayoutEngine(w_pad=0.15, h_pad=0.15))
            FigureCanvasAgg(figure)
            ax = figure.add_subplot(axes_class=PlotAxes)
            for shown in (ax, figure):  # what a notebook calls; only pyplot's figures have it
                vars(shown)["_repr_png_"] = partial(_for_notebook, figure)
        else:
            vars(ax)["save"] = partial(save_figure, whole_figure(ax))
        yield Plot(cast("PlotAxes", ax), colours, own)
    if path is not None:
        save_figure(whole_figure(ax), path)


def _for_notebook(figure: "Figure") -> tuple[bytes, dict[str, int]]:
    """Returns a PNG with two pixels per pixel of the page, for screens of high resolution."""
    width, height = (round(inches * 80) for inches in figure.get_size_inches())
    return file_of(figure, "png", dpi=160.0), {"width": width, "height": height}


def in_font(options: dict[str, Any]) -> dict[str, Any]:
    """Adds the font that comes with matplotlib to a text's options."""
    return {"fontfamily": "DejaVu Sans", **options}


def frame(plot: Plot, title: str, x: str, y: str, *, turned: bool = True) -> None:
    """Sets the page, the title and the names of the axes, and leaves only two lines of the box."""
    ax, theme = plot.ax, plot.theme
    ax.set_facecolor(theme.page)
    whole_figure(ax).set_facecolor(theme.page)  # the ticks' numbers stand on it
    ax.spines[["top", "right"]].set_visible(False)
    for spine in ax.spines.values():
        spine.set(color=theme.border, linewidth=1.5)
    ticks: dict[str, Any] = {"labelsize": SMALL, "colors": theme.border, "labelcolor": theme.ink, "width": 1.5, "length": 6}
    ax.tick_params(which="major", labelfontfamily="DejaVu Sans", **ticks)
    ax.tick_params(which="minor", colors=theme.border, length=3)
    _title(plot, title)
    ax.set_xlabel(x, **in_font({"fontsize": TEXT, "color": theme.ink}))
    turn: dict[str, Any] = {} if turned else {"rotation": 0, "ha": "right", "va": "center"}
    ax.set_ylabel(y, **in_font({"fontsize": TEXT, "color": theme.ink, **turn}))


def _title(plot: Plot, words: str, *, above: float = 12) -> None:
    """Sets the title, ``above`` points over the axes; over narrow axes in smaller letters."""
    size = max(SMALL, min(TITLE, width_of(plot.ax) / (ADVANCE * max(len(words), 1))))
    plot.ax.set_title(words, loc="left", pad=above, **in_font({"fontsize": size, "color": plot.theme.ink}))


def subtitle(plot: Plot, parts: Sequence[str]) -> None:
    """Writes a smaller line between the title and the axes; over narrow axes, a line for each part."""
    if not parts:
        return
    words = "; ".join(parts)
    if ADVANCE * SMALL * len(words) > width_of(plot.ax):
        words = "\n".join(parts)
    _title(plot, plot.ax.get_title(loc="left"), above=20 + 18 * (words.count("\n") + 1))
    place = {"xytext": (0, 12), "textcoords": "offset points", "ha": "left", "fontsize": SMALL, "color": plot.theme.dim}
    plot.ax.annotate(words, (0, 1), xycoords="axes fraction", **in_font(place))


def width_of(ax: "Axes") -> float:
    """Returns the width of the axes in points."""
    return float(ax.get_window_extent().width * 72 / whole_figure(ax).get_dpi())


def legend(plot: Plot) -> None:
    """Draws the legend beside the axes, or inside them if the figure is the caller's and may have no space beside them."""
    from matplotlib.font_manager import FontProperties

    font = FontProperties(family="DejaVu Sans", size=SMALL)
    looks = {"prop": font, "labelcolor": plot.theme.ink, "facecolor": plot.theme.page, "edgecolor": plot.theme.faded}
    if plot.own:
        legend = plot.ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, **looks)
    else:
        legend = plot.ax.legend(loc="best", framealpha=0.9, **looks)
    legend.set_zorder(6)


def label_ends(plot: Plot, ends: Sequence[tuple[Any, str]]) -> None:
    """Writes names at the lines' right ends, inside the axes, which are extended for it; close names are moved apart."""
    ax = plot.ax
    if not ends:
        return
    low = ax.get_xlim()[0]
    last = max(float(line.get_xdata()[-1]) for line, _ in ends)
    bottom, top = ax.get_ylim()
    if plot.own:
        with in_order(whole_figure(ax), "png"):
            whole_figure(ax).draw_without_rendering()  # only then is the width of the axes known
    box = ax.get_window_extent()
    scale = 72 / whole_figure(ax).get_dpi()  # points per pixel
    need = ADVANCE * TEXT * max(len(line) for _, label in ends for line in label.split("\n")) + LEADER
    share = min(0.45, need / width_of(ax))
    more = share / (1 - share)
    ax.set_xlim(low, last * (last / low) ** more if ax.get_xscale() == "log" else last + (last - low) * more)
    ax.set_ylim(bottom, top)
    ax.spines["bottom"].set_bounds(low, last)
    locator = ax.xaxis.get_major_locator()
    ax.set_xticks([x for x in locator.tick_values(low, last) if low <= x <= last])
    heights = []
    for line, _ in ends:
        xs, ys = line.get_xdata(), line.get_ydata()
        end = next((i for i in range(len(ys) - 1, -1, -1) if math.isfinite(ys[i])), 0)
        y = min(max(float(ys[end]), bottom), top)
        heights.append((float(xs[end]), y, float(ax.transData.transform((last, y))[1]) * scale))
    high = 1.25 * TEXT * max(label.count("\n") + 1 for _, label in ends)
    moved = _apart([height for _, _, height in heights], high, float(box.y0) * scale, float(box.y1) * scale)
    for (line, label), (x, y, height), to in zip(ends, heights, moved, strict=True):
        place: dict[str, Any] = {"xytext": (LEADER, to - height), "textcoords": "offset points", "va": "center", "ha": "left"}
        if abs(to - height) > 0.3 * TEXT:
            leader = {"arrowstyle": "-", "relpos": (0, 0.5), "color": line.get_color(), "lw": 1.2, "shrinkA": 1, "shrinkB": 3}
            place["arrowprops"] = leader
        ax.annotate(label, (max(x, last), y), **in_font({**place, "fontsize": TEXT, "color": line.get_color()}))


def _apart(heights: list[float], least: float, low: float, high: float) -> list[float]:
    """Moves heights as little as possible, in the same order, until they are ``least`` apart and, if possible, in bounds."""
    order = sorted(range(len(heights)), key=lambda i: (heights[i], -i))
    heights = list(heights)
    for rank, i in enumerate(order):
        heights[i] = max(heights[i], low + rank * least)
    for rank, i in enumerate(reversed(order)):
        heights[i] = min(heights[i], high - rank * least)
    groups: list[list[float]] = []  # [middle, how many]
    for i in order:
        groups.append([heights[i], 1])
        while len(groups) > 1 and groups[-1][0] - groups[-2][0] < least * (groups[-1][1] + groups[-2][1]) / 2:
            (upper, m), (lower, n) = groups.pop(), groups.pop()
            groups.append([(upper * m + lower * n) / (m + n), m + n])
    spread = [middle + (k - (n - 1) / 2) * least for middle, n in groups for k in range(int(n))]
    return [height for _, height in sorted(zip(order, spread, strict=True))]


def logarithmic(ax: "Axes", which: str, *, powers: bool = False) -> None:
    """Makes an axis logarithmic, its numbers written as on a blackboard: 0.01, 1, 10, or 10⁻², 10⁰, 10¹.

    All are powers if ``powers`` says so, or if one of them is long otherwise.
    """
    from matplotlib.ticker import FuncFormatter, NullFormatter

    (ax.set_yscale if which == "y" else ax.set_xscale)("log")
    axis = ax.yaxis if which == "y" else ax.xaxis

    def written(x: float, position: int | None = None) -> str:
        low, high = sorted(axis.get_view_interval())
        shown = [tick for tick in axis.get_majorticklocs() if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        return _power(x) if powers or not all(SHORT[0] < tick < SHORT[1] for tick in shown) else f"{x:g}"

    axis.set_major_formatter(FuncFormatter(written))
    axis.set_minor_formatter(NullFormatter())


def _power(x: float) -> str:
    """Writes a number as a power of ten, or as a multiple of one."""
    exponent = math.floor(math.log10(x) + 1e-9)
    multiple = f"{x / 10.0**exponent:g}"
    return ("" if multiple == "1" else f"{multiple}·") + "10" + str(exponent).translate(TO_RAISED)


def whole_numbers(ax: "Axes") -> None:
    """Sets ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
