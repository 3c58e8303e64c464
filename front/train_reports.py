"""What `chalkgrad train` says and draws of a network that it has trained.

>>> time_taken(4.25).split(), time_taken(600).split()
(['4.2', 's'], ['10.0', 'min'])
"""

from __future__ import annotations

import math
import re
import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chalkgrad import pictures
from chalkgrad.console import say
from chalkgrad.tasks import Data

if TYPE_CHECKING:
    from chalkgrad.nn import MLP
    from chalkgrad.nn.data import Table
    from chalkgrad.nn.losses import Loss
    from chalkgrad.nn.training import History

WIDEST = 100  # columns of a line of the report
TARGETS = {"llvm": "machine code", "numpy": "NumPy", "python": "Python", "recording": "each sample recorded anew"}
NO_BREAK = "\N{NO-BREAK SPACE}"  # no line ends at it
MOST_MULTIPLICATIONS = 50_000_000  # that ordinary least squares may take beside a network
MOST_POINTS, MOST_CLASSES = 1000, 10  # that a plot of the plane shows


@dataclass
class Outcome:
    """A line of the table with which `chalkgrad train all` ends."""

    task: str
    network: str
    result: str
    seconds: float | None = None
    target: str = ""
    stopped: bool = field(default=False, compare=False)


# Saying --------------------------------------------------------------------------------------------------------------


def say_paragraph(text: str) -> None:
    """Writes a paragraph to standard output, in lines that fit the terminal."""
    columns = min(WIDEST, shutil.get_terminal_size().columns - 1) if sys.stdout is not None and sys.stdout.isatty() else WIDEST
    for line in textwrap.wrap(text, max(40, columns), subsequent_indent="  ", break_on_hyphens=False):
        say(line.replace(NO_BREAK, " "))


def time_taken(seconds: float) -> str:
    """Returns a duration in seconds, or in minutes if it is long."""
    return f"{seconds:.1f}{NO_BREAK}s" if seconds < 100 else f"{seconds / 60:.1f}{NO_BREAK}min"


def how_it_ended(history: History, epochs: int, seconds: float) -> str:
    """Returns when training ended, how long it took, and what computed the gradients."""
    if history.stopped == "interrupted":
        kept = f"the best parameters, of epoch {history.best_epoch}," if history.epochs else "those of the beginning"
        where = f"in epoch {history.epochs + 1} of {epochs}" if history.epochs else "before the first epoch was done"
        when = f"stopped {where}: {kept} are kept"
    else:
        when = f"after epoch {history.best_epoch}{NO_BREAK}of{NO_BREAK}{epochs}"
    return f"{when}; {time_taken(seconds)}, {TARGETS[history.target]}"


def report_classification(model: MLP, loss: Loss, data: Data, ended: str) -> str:
    """Says how many classes the model gets right, and returns it in short."""
    shares: dict[str, str] = {}
    for what, table in (("training", data.training), (data.test_name, data.test)):
        if table is not None:
            scores = model.predict(table.X)
            right = sum(loss.decide(score) == label for score, label in zip(scores, table.y, strict=True))
            shares[what] = f"{_percent(right, len(table.y))} ({right:,}{NO_BREAK}of{NO_BREAK}{len(table.y):,})"
    parts = [f"{_measure_on('accuracy', what)} {share}" for what, share in reversed(shares.items())]
    say_paragraph(f"{', '.join(parts)}, {ended}")
    part = "test" if "test" in shares else "training"
    return f"{part} {shares[part]}"


def _measure_on(measure: str, part: str) -> str:
    """Returns a measure and the part of the data it is of: `test accuracy`, `accuracy on fresh points`."""
    return f"{measure} {part}" if part.startswith("on ") else f"{part} {measure}"


def _percent(part: int, whole: int) -> str:
    """Returns a percentage, 100 only if the part is the whole.

    >>> _percent(9999, 10000).split(), _percent(2, 2).split()
    (['99.9', '%'], ['100', '%'])
    """
    return f"100{NO_BREAK}%" if part == whole else f"{min(99.9, 100 * part / whole):.1f}{NO_BREAK}%"


def report_regression(model: MLP, data: Data, ended: str) -> str:
    """Says what R² is, and that of ordinary least squares beside it; returns it in short."""
    from chalkgrad.nn.data import DataError
    from chalkgrad.nn.demonstrations import least_squares, r_squared

    sentences, short, best, obstacle = [], "", None, ""
    try:
        if len(data.training.y) * len(data.training.columns) ** 2 <= MOST_MULTIPLICATIONS:
            best = least_squares(data.training.X, data.training.y, data.training.columns)
    except DataError as error:
        obstacle = str(error)
    for what, table in ((data.test_name, data.test), ("training", data.training)):
        if table is None:
            continue
        predictions = model.predict(table.X)
        measured = f"{r_squared(predictions, table.y):.3f}"
        if best is not None:
            measured += f", ordinary least squares {r_squared(best.predict(table.X), table.y):.3f}"
        if len(set(table.y)) == 1:
            measured = "without a value, as the targets are all the same"
        sentences.append(f"{_measure_on('R²', what)} {measured}, typical error {_number(_typical_error(predictions, table.y))}")
        short = short or f"R² {measured}".replace("ordinary ", "")
    say_paragraph(f"{'; '.join(sentences)}; {ended}")
    if obstacle:
        say_paragraph(f"No ordinary least squares beside it: {obstacle}")
    return short


def _typical_error(predictions: Sequence[float], targets: Sequence[float]) -> float:
    """Returns the root of the mean squared error."""
    return math.sqrt(math.fsum((s - t) ** 2 for s, t in zip(predictions, targets, strict=True)) / len(targets))


def _number(x: float) -> str:
    from chalkgrad.engine.words.expressions import number

    return number(x, 3)


# Drawing and saving --------------------------------------------------------------------------------------------------


def draw_plot(model: MLP, table: Table, history: History, file: str) -> None:
    """Draws the plane for two inputs, the curve for one, else the losses, and says so."""
    from chalkgrad.viz.plots import plots

    inputs, classes = len(table.columns), len(table.classes)
    X, y = table.X[:MOST_POINTS], table.y[:MOST_POINTS]  # noqa: N806 - a matrix has a capital letter
    points = "the training points" if len(y) == len(table.y) else f"{len(y)} of the training points"
    with pictures.obstacles(file):
        if inputs == 2 and 2 <= classes <= MOST_CLASSES:
            plots.plot_regions(model, X, y, save=file)
            drawn = f"the plane as the network divides it, and {points}{_legend(table)}"
        elif inputs == 1 and not classes:
            plots.plot_fit(model, X, y, save=file)
            drawn = f"the curve that the network has fitted, and {points}"
        elif history.epochs:
            plots.plot_losses(history, save=file)
            drawn = "the loss, epoch by epoch"
        else:
            say_paragraph("no plot: there is no epoch whose loss could be drawn")
            return
    say_paragraph(f"wrote {file}: {drawn}")


def _legend(table: Table) -> str:
    """Returns what the numbers in a plot stand for, where the plot does not have the names themselves."""
    named = [f"x{i} is {name}" for i, name in enumerate(table.columns, 1) if name != f"x{i}"]
    named += [f"class {k} is {name}" for k, name in enumerate(table.classes) if name != str(k)]
    return f"; {', '.join(named)}" if named else ""


def save_model(model: MLP, file: str) -> None:
    """Writes the model to a file, and says how it is read again."""
    with pictures.obstacles(file):
        model.save(Path(file).expanduser())
    say_paragraph(
        f'wrote {file}: chalkgrad.nn.MLP.load("{file}") has the network again; it takes the columns in their own units'
    )


def sentence_of(error: Exception) -> str:
    """Returns an error's sentence, without what it says of a model that the command line does not show."""
    text, _, left = str(error).partition(". The parameters are back")
    return re.sub("; a smaller learning rate may help$", "", text) + ("; a smaller --rate may help" if left else "")
