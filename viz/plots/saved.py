"""Axes that save themselves; this imports matplotlib, and is imported when something is plotted.

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from chalkgrad.viz.plots.plots import plot_losses
>>> with TemporaryDirectory() as folder:
...     plot_losses([3.0, 1.0, 0.5]).save(Path(folder, "loss.svg"))
...     ">epoch</text>" in Path(folder, "loss.svg").read_text("utf-8")
True
"""

import os

from chalkgrad.viz.plots.figures import save_figure, whole_figure
from matplotlib.axes import Axes


class PlotAxes(Axes):
    """What `plot_losses` and the others return: matplotlib's Axes, with `save`."""

    def save(self, path: str | os.PathLike[str], *, width: int | None = None) -> None:
        """Writes the figure to ``path``: .svg, .png or .pdf. An existing file is replaced in one step.

        Args:
            path: the file.
            width: how many pixels a .png is wide, 1920 by default, as a slide is on a projector; its height follows.

        Raises:
            ValueError: another extension, a width of a file that has no pixels, or one that is too large to open.
            OSError: the file cannot be written.
        """
        save_figure(whole_figure(self), path, width=width)
