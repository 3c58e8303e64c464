"""What `chalkgrad train` does: trains a network on a task's data, or on a table of one's own, and says how good it is."""

from __future__ import annotations

import contextlib
import io
import math
import os
import sys
import time
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chalkgrad.command.console import UserError, in_terminal, say, say_json
from chalkgrad.command.tasks import CUBIC, NAMES, ONE_LAYER, TABLE, TASKS, Task, task_from_files, task_named
from chalkgrad.command.train_demonstrations import approximation, polynomial
from chalkgrad.command.train_options import SEPARATORS, Settings, as_typed, check, names_in, refuse_large, refuse_untrainable
from chalkgrad.command.train_reports import (
    NO_BREAK,
    REPORTS,
    Outcome,
    draw_plot,
    how_it_ended,
    report_classification,
    report_regression,
    save_model,
    say_paragraph,
    sentence_of,
    time_taken,
)

if TYPE_CHECKING:
    from chalkgrad.nn import MLP
    from chalkgrad.nn.data import Table
    from chalkgrad.nn.losses import Loss


def run(names: Sequence[str], settings: Settings, as_json: bool = False) -> None:
    """Runs a task, or all of the table, or trains on files; mistakes are reported before anything is trained."""
    task = next((name for name in names if name in (*NAMES, "all")), None)
    if task is not None and len(names) > 1:
        other = next((name for name in names if name != task), task)
        raise UserError(f"{task} is trained alone, and {other} stands beside it: leave one of them out")
    for name in names:
        task_named(name)  # refuses what is not a file either
    check(names[0], settings)
    if not as_json:
        _run(names, settings)
        return
    with contextlib.redirect_stdout(io.StringIO()):
        facts = _run(names, settings)
    say_json(facts)


def _run(names: Sequence[str], settings: Settings) -> dict[str, Any]:
    name = names[0]
    if name == "all":
        return {"tasks": [outcome.facts for outcome in _all(settings)]}
    if name == ONE_LAYER:
        return approximation(settings).facts
    if name == CUBIC:
        return polynomial(settings).facts
    task = task_named(name)
    return _train_task(task_of_files(names, settings) if task is None else task, settings).facts


def task_of_files(files: Sequence[str], settings: Settings) -> Task:
    """Returns a task for the table in files, read as the command line says."""
    from chalkgrad.nn.data.kinds import Wanted

    wanted = Wanted(
        target=settings.target,
        classes=None if settings.classes is None else settings.classes == "yes",
        columns=None if settings.columns is None else names_in(settings.columns),
        drop=names_in(settings.drop or ""),
        missing=settings.missing or "refuse",
    )
    separator = settings.separator
    return task_from_files(files, wanted, None if separator is None else SEPARATORS.get(separator, separator), as_typed)


def _all(settings: Settings) -> list[Outcome]:
    from chalkgrad.nn.models.show import table

    outcomes: list[Outcome] = []
    for name in TABLE:
        outcome = approximation(settings) if name == ONE_LAYER else polynomial(settings) if name == CUBIC else None
        outcomes.append(outcome or _train_task(TASKS[name], settings))
        say()
        if outcomes[-1].stopped:
            break
    rows = []
    for outcome in outcomes:
        seconds = "" if outcome.seconds is None else time_taken(outcome.seconds)
        cells = (outcome.task, outcome.network, outcome.result, seconds, outcome.target)
        rows.append([cell.replace(NO_BREAK, " ") for cell in cells])
    say(str(table([REPORTS[key] for key in ("task heading", "network heading", "result", "time", "by")], rows)))
    left_out = TABLE[len(outcomes) :]
    if outcomes[-1].stopped and left_out:
        say("\n" + REPORTS.form("all stopped", len(left_out)).format(names=", ".join(left_out)))
    return outcomes


# Training ------------------------------------------------------------------------------------------------------------


def _train_task(task: Task, settings: Settings) -> Outcome:
    """Trains a network, and reports, draws and saves it."""
    from chalkgrad.engine import DomainError, GradientWarning, NonFiniteError
    from chalkgrad.nn import MLP, losses
    from chalkgrad.nn.data import DataError
    from chalkgrad.nn.optimisers import Adam
    from chalkgrad.nn.priors import Gaussian
    from chalkgrad.nn.training import fit

    seed = task.seed if settings.seed is None else settings.seed
    epochs, rate, batch = settings.epochs or task.epochs, settings.rate or task.rate, settings.batch or task.batch
    data = task.data(seed)
    classes = len(data.training.classes)
    loss: Loss = losses.squared_error
    if classes:
        loss = losses.binary_cross_entropy_with_logits if classes == 2 else losses.cross_entropy
    widths = [*(task.widths if settings.widths is None else settings.widths), classes if classes > 2 else 1]
    inputs = len(data.training.columns)
    refuse_large(inputs, widths)
    activation = settings.activation or task.activation
    model = MLP(inputs, widths, activation if widths[:-1] else None, init=_init(task, settings), seed=seed)
    refuse_untrainable(model, data.training.X[0])
    try:
        training = data.training.standardised() if task.standardised else data.training
    except DataError as error:
        raise UserError(str(error)) from None
    mean, deviation = (0.0, 1.0) if classes else _mean_and_deviation(training.y)
    head = REPORTS[{0: "squared error", 2: "logistic"}.get(classes, "softmax")]
    if task.deviation is not None:
        head = REPORTS["prior"].format(head=head)
    say_paragraph(REPORTS["task"].format(name=task.name, description=data.description))
    for said in data.taken:
        say_paragraph(REPORTS["taken"].format(sentence=said))
    say_paragraph(REPORTS["network"].format(model=model, head=head, rate=f"{rate:g}", batch=min(batch, len(data.training.y))))
    remarks: list[str] = []
    try:
        start = time.perf_counter()
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always", GradientWarning)
            history = fit(
                model,
                training.X,
                training.y if classes else [(t - mean) / deviation for t in training.y],
                loss=loss.mean,
                optimizer=Adam(lambda epoch: rate * (1 - 0.9 * epoch / epochs)),
                epochs=epochs,
                batch_size=batch,
                prior=None if task.deviation is None else Gaussian(task.deviation),
                seed=seed,
                compiled=settings.compiled_option,
                progress=in_terminal(sys.stderr),
                checkpoint=None if settings.checkpoint is None else os.path.expanduser(settings.checkpoint),
            )
        seconds = time.perf_counter() - start
        for warning in noted:
            if issubclass(warning.category, GradientWarning):
                remarks.append(f"{warning.message}.")
                say_paragraph(remarks[-1])
            else:
                warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    except (ImportError, OSError, ValueError, NonFiniteError, DomainError) as error:
        raise UserError(sentence_of(error)) from None
    if history.resumed:
        say_paragraph(REPORTS["resumed"].format(file=settings.checkpoint, epoch=history.resumed))
    in_own_units(model, training, mean, deviation)
    ended = how_it_ended(history, epochs, seconds)
    short, metrics = report_classification(model, loss, data, ended) if classes else report_regression(model, data, ended)
    if task.lesson:
        say_paragraph(REPORTS["lesson"].format(lesson=task.lesson))
    if settings.save is not None:  # before the plot, which may fail
        save_model(model, settings.save)
    if settings.plot is not None:
        draw_plot(model, data.training, history, settings.plot)
    network = "-".join(map(str, [inputs, *widths]))
    facts = {
        "task": task.name,
        "data": {
            "rows": len(data.training.y) + (len(data.test.y) if data.test is not None else 0),
            "training_rows": len(data.training.y),
            "test_rows": len(data.test.y) if data.test is not None else 0,
            "columns": list(data.training.columns),
            "target": data.training.target,
            "classes": list(data.training.classes),
            "taken": list(data.taken),
        },
        "model": {
            "network": repr(model),
            "widths": [inputs, *widths],
            "activation": activation if widths[:-1] else None,
            "parameters": len(model.parameters()),
        },
        "training": {
            "epochs": history.epochs,
            "best_epoch": history.best_epoch,
            "stopped": history.stopped,
            "resumed": history.resumed,
            "rate": rate,
            "batch": min(batch, len(data.training.y)),
            "seed": seed,
            "computed_by": history.target,
            "remarks": remarks,
        },
        "metrics": metrics,
        "files": {"model": settings.save, "plot": settings.plot, "checkpoint": settings.checkpoint},
    }
    return Outcome(task.name, network, short, seconds, history.target, history.stopped == "interrupted", facts)


def _init(task: Task, settings: Settings) -> str:
    """Returns how weights begin: as the task says, unless another activation asks for another way."""
    if settings.activation in (None, task.activation):
        return task.init
    return "glorot" if settings.activation in ("tanh", "sigmoid", "tanh_half", "linear", "identity") else "he"


def _mean_and_deviation(targets: Sequence[float]) -> tuple[float, float]:
    """Returns the mean and the standard deviation of the targets, 1 if they are all the same."""
    mean = math.fsum(targets) / len(targets)
    return mean, math.sqrt(math.fsum((t - mean) ** 2 for t in targets) / len(targets)) or 1.0


def in_own_units(model: MLP, table: Table, mean: float = 0.0, deviation: float = 1.0) -> None:
    """Turns a model of standardised inputs and outputs into one that takes and gives the table's own numbers.

    `table` is standardised; the target was (t - mean)/deviation. Only the first and the last layer change, and the
    outputs to rounding alone.

    >>> from chalkgrad.nn import MLP
    >>> from chalkgrad.nn.data import Table
    >>> table = Table([[10.0], [30.0]], [0.0, 1.0]).standardised()
    >>> model = MLP(1, [1], seed=0)
    >>> model.theta = [2.0, 1.0]
    >>> in_own_units(model, table, mean=100.0, deviation=10.0)
    >>> model.predict([30.0])                                # (30 - 20)/10 = 1, 2·1 + 1 = 3, 100 + 10·3
    130.0
    """
    if table.means is not None and table.deviations is not None:
        first = model.layers[0]
        rows = [[w.data / s for w, s in zip(row, table.deviations, strict=True)] for row in first.W]
        means = table.means
        first.b = [
            b.data - math.fsum(w * m for w, m in zip(row, means, strict=True)) for b, row in zip(first.b, rows, strict=True)
        ]
        first.W = rows
    if (mean, deviation) != (0.0, 1.0):
        last = model.layers[-1]
        last.W = [[deviation * w.data for w in row] for row in last.W]
        last.b = [mean + deviation * b.data for b in last.b]
