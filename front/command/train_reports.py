"""What `chalkgrad train` says and draws of a network that it has trained.

>>> time_taken(4.25).split(), time_taken(600).split()
(['4.2', 's'], ['10.0', 'min'])
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.command import pictures
from chalkgrad.command.console import UserError, columns, say
from chalkgrad.command.tasks import Data
from chalkgrad.engine.words.language import section

if TYPE_CHECKING:
    from chalkgrad.nn import MLP
    from chalkgrad.nn.data import Table
    from chalkgrad.nn.losses import Loss
    from chalkgrad.nn.training import History

REPORTS = section("train command")
COMPUTED_BY = section("computed by")
LINE_LENGTH = 100  # columns of the report
NO_BREAK = "\N{NO-BREAK SPACE}"  # no line ends at it
_SET_APART = re.compile("\u2066[^\u2069]{,30}\u2069")  # what runs from left to right among words that do not, if it is short
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
    facts: dict[str, Any] = field(default_factory=dict, compare=False)  # for `--json`


# Saying --------------------------------------------------------------------------------------------------------------


def say_paragraph(text: str) -> None:
    """Writes a paragraph to standard output, in lines that fit the terminal."""
    text = _SET_APART.sub(lambda short: unbroken(short[0]), text)
    for line in textwrap.wrap(text, columns(LINE_LENGTH), subsequent_indent="  ", break_on_hyphens=False):
        say(line.replace(NO_BREAK, " "))


def time_taken(seconds: float) -> str:
    """Returns a duration in seconds, or in minutes if it is long."""
    if seconds < 100:
        return unbroken(REPORTS["seconds"].format(seconds=f"{seconds:.1f}"))
    return unbroken(REPORTS["minutes"].format(minutes=f"{seconds / 60:.1f}"))


def unbroken(text: str) -> str:
    """Returns a text that stays in one line."""
    return text.replace(" ", NO_BREAK)


def how_it_ended(history: History, epochs: int, seconds: float) -> str:
    """Returns when training ended, how long it took, and what computed the gradients."""
    best = history.best_epoch
    if history.stopped == "interrupted":
        key = "interrupted" if history.epochs else "interrupted at once"
        when = REPORTS[key].format(epoch=history.epochs + 1, epochs=epochs, best=best)
    else:
        when = REPORTS["after"].format(epochs=_part_of(str(best), str(epochs)))
    return REPORTS["ended"].format(when=when, time=time_taken(seconds), by=COMPUTED_BY[history.target])


def _part_of(part: str, whole: str) -> str:
    return unbroken(REPORTS["part"].format(part=part, whole=whole))


def report_classification(model: MLP, loss: Loss, data: Data, ended: str) -> tuple[str, dict[str, Any]]:
    """Says how many classes the model gets right, and returns it in short, and in numbers."""
    facts: dict[str, Any] = {}
    shares: dict[str, dict[str, str]] = {}
    for what, table in (("training", data.training), (data.test_part, data.test)):
        if table is not None:
            scores = model.predict(table.X)
            right = sum(loss.decide(score) == label for score, label in zip(scores, table.y, strict=True))
            facts[f"{what}_accuracy"] = right / len(table.y)
            count = _part_of(f"{right:,}", f"{len(table.y):,}")
            shares[what] = {"share": share_in_percent(right, len(table.y)), "count": count}
    results = ", ".join(REPORTS[f"{what} accuracy"].format_map(share) for what, share in reversed(shares.items()))
    say_paragraph(REPORTS["results"].format(results=results, ended=ended))
    part = "test" if "test" in shares else "training"
    return REPORTS[f"{part} share"].format_map(shares[part]), facts


def share_in_percent(part: int, whole: int) -> str:
    """Returns a percentage, 100 only if the part is the whole.

    >>> share_in_percent(9999, 10000).split(), share_in_percent(2, 2).split()
    (['99.9', '%'], ['100', '%'])
    """
    percent = "100" if part == whole else f"{min(99.9, 100 * part / whole):.1f}"
    return unbroken(REPORTS["percent"].format(percent=percent))


def report_regression(model: MLP, data: Data, ended: str) -> tuple[str, dict[str, Any]]:
    """Says what R² is, and that of ordinary least squares beside it; returns it in short, and in numbers."""
    from chalkgrad.engine.words.expressions import number
    from chalkgrad.nn.data import DataError
    from chalkgrad.nn.demonstrations import least_squares, r_squared

    results, short, best, obstacle = [], "", None, ""
    facts: dict[str, Any] = {}
    independent = _independent(data.training)
    try:
        if len(data.training.y) * len(independent) ** 2 <= MOST_MULTIPLICATIONS:
            names = [data.training.columns[j] for j in independent]
            best = least_squares(_part(data.training.X, independent), data.training.y, names)
    except DataError as error:
        obstacle = str(error)
    for what, table in ((data.test_part, data.test), ("training", data.training)):
        if table is None:
            continue
        predictions = model.predict(table.X)
        varied = len(set(table.y)) > 1
        share = r_squared(predictions, table.y)
        facts[f"{what}_r2"] = share if varied else None
        measured = measured_in_short = f"{share:.3f}"
        if best is not None:
            other = r_squared(best.predict(_part(table.X, independent)), table.y)
            facts[f"{what}_r2_of_least_squares"] = other if varied else None
            words = {"value": measured, "other": f"{other:.3f}"}
            measured = REPORTS["least squares"].format_map(words)
            measured_in_short = REPORTS["least squares, short"].format_map(words)
        if not varied:
            measured = measured_in_short = REPORTS["no R²"]
        measured = REPORTS[f"{what} R²"].format(value=measured)
        facts[f"{what}_typical_error"] = deviation = _typical_error(predictions, table.y)
        typical = number(deviation, 3)
        results.append(REPORTS["typical error"].format(measured=measured, error=typical))
        short = short or REPORTS["R²"].format(value=measured_in_short)
    say_paragraph(REPORTS["regression"].format(results="; ".join(results), ended=ended))
    if obstacle:
        say_paragraph(REPORTS["no least squares"].format(obstacle=obstacle))
    return short, facts


def _independent(table: Table) -> list[int]:
    """Returns the numbers of the columns without the last of each column of words: those of all its kinds add up to 1."""
    follow = {columns[-1] for columns in table.kinds.values()}
    return [j for j, name in enumerate(table.columns) if name not in follow]


def _part(rows: list[list[float]], columns: list[int]) -> list[list[float]]:
    """Returns some columns of the rows."""
    return rows if len(columns) == len(rows[0]) else [[row[j] for j in columns] for row in rows]


def _typical_error(predictions: Sequence[float], targets: Sequence[float]) -> float:
    """Returns the root of the mean squared error."""
    return math.sqrt(math.fsum((s - t) ** 2 for s, t in zip(predictions, targets, strict=True)) / len(targets))


# Drawing and saving --------------------------------------------------------------------------------------------------


def draw_plot(model: MLP, table: Table, history: History, file: str) -> None:
    """Draws the plane for two inputs, the curve for one, else the losses, and says so."""
    from chalkgrad.viz.plots import plots

    inputs, classes = len(table.columns), len(table.classes)
    X, y = table.X[:MOST_POINTS], table.y[:MOST_POINTS]  # noqa: N806 - a matrix has a capital letter
    points = REPORTS.form("points" if len(y) == len(table.y) else "some points", len(y)).format(count=len(y))
    with pictures.obstacles(file):
        if inputs == 2 and 2 <= classes <= MOST_CLASSES:
            plots.plot_regions(model, X, y, save=file)
            drawn = _with_legend(REPORTS["regions"].format(points=points), table)
        elif inputs == 1 and not classes:
            plots.plot_fit(model, X, y, save=file)
            drawn = REPORTS["fit"].format(points=points)
        elif history.epochs:
            plots.plot_losses(history, save=file)
            drawn = REPORTS["losses"]
        else:
            say_paragraph(REPORTS["no plot"])
            return
    say_paragraph(REPORTS["wrote"].format(file=file, content=drawn))


def _with_legend(content: str, table: Table) -> str:
    """Returns what a plot shows, and what its numbers stand for where it does not have the names themselves."""
    columns, classes = enumerate(table.columns, 1), enumerate(table.classes)
    named = [REPORTS["column"].format(column=f"x{i}", name=name) for i, name in columns if name != f"x{i}"]
    named += [REPORTS["class"].format(number=k, name=name) for k, name in classes if name != str(k)]
    return REPORTS["legend"].format(content=content, legend=", ".join(named)) if named else content


def save_model(model: MLP, file: str) -> None:
    """Writes the model to a file, and says how it is read again; if that fails, to a temporary folder, and says so."""
    with pictures.obstacles(file):
        try:
            model.save(Path(file).expanduser())
        except OSError as error:
            raise UserError(f"{pictures.not_written(file, error)}\n{_kept(model)}") from None
    say_paragraph(REPORTS["saved"].format(file=file))


def _kept(model: MLP) -> str:
    """Writes a model whose file cannot be written to a temporary folder, and says where it is."""
    import tempfile

    try:
        place = Path(tempfile.mkdtemp(prefix="chalkgrad-"), "model.json")
        model.save(place)
    except OSError as error:
        return f"nor is there another place to keep the trained network in: {error.strerror or error}"
    return f"the trained network is kept in {place}"


def sentence_of(error: Exception) -> str:
    """Returns an error's sentence, without what it says of a model that the command line does not show."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text, _, left = told.partition(". The parameters are back")
    return re.sub("; a smaller learning rate may help$", "", text) + ("; a smaller --rate may help" if left else "")
