"""What `chalkgrad train` does: trains a network on data that it has, or on a table of one's own, and says how good it is.

>>> print(listing().splitlines()[0])
iris           tells three species of iris apart by four measurements
>>> chosen("moons.csv") is None, chosen("moons").name
(True, 'moons')
>>> chosen("mons")
Traceback (most recent call last):
    ...
chalkgrad.console.UserError: there is no task mons: did you mean moons?
"""

from __future__ import annotations

import difflib
import math
import os
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from chalkgrad import pictures
from chalkgrad.console import UserError, say
from chalkgrad.expressions.caret import ExpressionError

if TYPE_CHECKING:
    from chalkgrad.nn import MLP
    from chalkgrad.nn.data import Table
    from chalkgrad.nn.losses import Loss
    from chalkgrad.nn.training import History

WIDEST = 100  # columns of a line of the report
TARGETS = {"llvm": "machine code", "numpy": "NumPy", "python": "Python", "recording": "each sample recorded anew"}
FIRM = "\N{NO-BREAK SPACE}"  # no line ends at it
PATIENCE = 50_000_000  # multiplications that ordinary least squares may take beside a network
MOST_POINTS, MOST_CLASSES = 1000, 10  # that a plot of the plane shows
LARGEST = 1e150  # a target's size whose square is a float
PLOTS = (".svg", ".png", ".pdf")


class Data(NamedTuple):
    """What is trained on and tested on; `told` says so, `tested` what the test part is called."""

    training: Table
    test: Table | None
    told: str
    tested: str = "test"


@dataclass(frozen=True)
class Task:
    """Data, and how a network is trained on them unless the command line says otherwise.

    `widths` are those of the hidden layers; `deviation` is that of a Gaussian prior.
    """

    name: str
    line: str
    shows: str
    data: Callable[[int], Data]
    widths: tuple[int, ...] = (16,)
    activation: str = "tanh"
    init: str = "glorot"
    epochs: int = 100
    rate: float = 0.02
    batch: int = 32
    seed: int = 0
    deviation: float | None = None
    standardised: bool = True


@dataclass
class Settings:
    """What the command line says of the training; None where it says nothing."""

    plot: str | None = None
    widths: tuple[int, ...] | None = None
    activation: str | None = None
    epochs: int | None = None
    rate: float | None = None
    seed: int | None = None
    batch: int | None = None
    target: str | None = None
    compiled: str | None = None
    save: str | None = None

    @property
    def by(self) -> str | bool:
        """What `fit` is to compute gradients by."""
        return False if self.compiled == "no" else self.compiled or "auto"


@dataclass
class Outcome:
    """A line of the table with which `chalkgrad train all` ends."""

    task: str
    network: str
    result: str
    seconds: float | None = None
    target: str = ""
    stopped: bool = field(default=False, compare=False)


# The data ------------------------------------------------------------------------------------------------------------


def _iris(seed: int) -> Data:
    from chalkgrad.nn import data

    training, test = data.iris().split(test=1 / 3, seed=seed)
    told = f"150 flowers, 4 measurements, 3 species; trained on {len(training.y)}, tested on the other {len(test.y)}"
    return Data(training, test, told)


def _digits(seed: int) -> Data:
    from chalkgrad.nn import data

    training, test = data.digits().split(test=1 / 5, seed=seed)
    told = f"1,797 pictures, 8×8 pixels, 10 digits; trained on {len(training.y):,}, tested on the other {len(test.y)}"
    return Data(training, test, told)


def _penguins(seed: int) -> Data:
    from chalkgrad.nn import data

    training, test = data.penguins().split(test=1 / 4, seed=seed)
    told = (
        "333 penguins, 8 columns (bill, flipper, species, island, sex), their mass in grams; "
        f"trained on {len(training.y)}, tested on the other {len(test.y)}"
    )
    return Data(training, test, told)


def _made(name: str, n: int, told: str) -> Callable[[int], Data]:
    """Points from a generator, and as many fresh ones to test on."""

    def data(seed: int) -> Data:
        from chalkgrad.nn import data as tables

        generator = getattr(tables, name)
        training, fresh = (_counting(generator(n, seed=s)) for s in (seed, seed + 1000))
        return Data(training, fresh, f"{told}; trained on all of them, tested on {n} fresh ones", "on fresh points")

    return data


def _xor(seed: int) -> Data:
    from chalkgrad.nn import data

    return Data(data.xor(), None, "the 4 corners of a square, the class being 1 where x1 ≠ x2; trained on all of them")


def _counting(table: Table) -> Table:
    """The table with classes 0, 1, … where they were -1 and +1."""
    from chalkgrad.nn.data import Table

    if not table.classes or min(table.y) >= 0:
        return table
    y = [int(label > 0) for label in table.y]
    return Table(table.X, y, columns=table.columns, target=table.target, classes=("0", "1"), name=table.name)


TASKS = {
    task.name: task
    for task in (
        Task(
            "iris",
            "tells three species of iris apart by four measurements",
            "A softmax over three scores makes a classifier. Which flowers are in the test third matters: with other "
            "splits, --seed 0 to 23, 46 to 50 of its 50 are right",
            _iris,
            widths=(8,),
            epochs=60,
            batch=16,
            seed=7,
            deviation=1.0,
        ),
        Task(
            "digits",
            "reads handwritten digits of 8×8 pixels",
            "The same few lines of the chain rule, 2,410 parameters at a time, read digits that they have not seen",
            _digits,
            widths=(32,),
            activation="relu",
            init="he",
            epochs=20,
            rate=0.01,
            standardised=False,
        ),
        Task(
            "moons",
            "separates two moons that no straight line separates",
            "A line cannot separate the moons (--widths none tries); with hidden layers the boundary bends",
            _made("moons", 100, "100 points on two half circles, 2 coordinates, 2 classes"),
            widths=(16, 16),
            epochs=200,
        ),
        Task(
            "spirals",
            "separates two spirals",
            "Where the classes wind around each other, the layers before the last must unwind them for it",
            _made("spirals", 200, "200 points on two spirals, 2 coordinates, 2 classes"),
            widths=(32, 32),
            init="micrograd",
            epochs=300,
        ),
        Task(
            "circles",
            "separates a circle from the one around it",
            "A few lines, one for each hidden unit, close around the inner circle: try --widths 2, and 3",
            _made("circles", 100, "100 points on two circles, 2 coordinates, 2 classes"),
            widths=(8,),
            epochs=150,
            rate=0.05,
        ),
        Task(
            "xor",
            "learns the exclusive or, which no single neuron can",
            "One neuron draws one line, and no line has (0,1) and (1,0) on one side and the other two corners on the other; "
            "with --widths none at most three of the four are right",
            _xor,
            widths=(4,),
            epochs=200,
            rate=0.05,
            batch=4,
        ),
        Task(
            "blobs",
            "tells three clouds of points apart",
            "Classes that straight lines separate need no hidden layer: --widths none does as well",
            _made("blobs", 150, "150 points in three clouds, 2 coordinates, 3 classes"),
            widths=(8,),
        ),
        Task(
            "sine",
            "fits a curve to noisy points on a sine",
            "The outputs follow the sine and not its noise, whose standard deviation of 0.1 is the error that remains",
            _made("sine", 100, "100 points on sin(2πx) with noise of standard deviation 0.1"),
            epochs=400,
        ),
        Task(
            "penguins",
            "predicts the mass of penguins, beside ordinary least squares",
            "On a small table whose relations are close to straight lines, least squares are hard to beat, and have a "
            "solution in closed form",
            _penguins,
            widths=(8,),
            epochs=60,
            rate=0.01,
        ),
    )
}
ONE_LAYER = "approximation"
CUBIC = "polynomial"
LINES = {
    **{name: task.line for name, task in TASKS.items()},
    ONE_LAYER: "one hidden layer of 1 to 64 units, and the largest error that each leaves",
    CUBIC: "counts the parameters of a cubic polynomial and of a network",
}
TABLE = ("iris", "digits", "moons", "spirals", "penguins", ONE_LAYER, CUBIC)


# What can be trained -------------------------------------------------------------------------------------------------


def listing() -> str:
    """The tasks, a line each, and how they are run."""
    lines = [f"{name:<15}{line}" for name, line in {**LINES, "all": f"{', '.join(TABLE)}; then a table"}.items()]
    return "\n".join(
        [
            *lines,
            "",
            "chalkgrad train NAME runs one, --plot NAME.svg draws what it has learned:",
            "  chalkgrad train moons --plot moons.svg",
            "  chalkgrad train data.csv --target column",
        ]
    )


def chosen(name: str) -> Task | None:
    """The task of that name, None for a file and for those that are no Task. Raises UserError for what is neither."""
    if name in TASKS:
        return TASKS[name]
    if name in LINES or name == "all" or "." in name or os.sep in name or "/" in name or Path(name).exists():
        return None
    close = difflib.get_close_matches(name.casefold(), [*LINES, "all"], n=1)
    own = "; a table of your own is trained on by: chalkgrad train data.csv --target column"
    raise UserError(f"there is no task {name}" + (f": did you mean {close[0]}?" if close else f"; there are {names()}{own}"))


def names() -> str:
    """The names of all tasks, in a row."""
    return ", ".join([*LINES, "all"])


def widths_in(text: str) -> tuple[int, ...]:
    """The widths of hidden layers as they are typed: `16,16`, or `none`.

    >>> widths_in("16,16"), widths_in("none")
    ((16, 16), ())
    >>> widths_in("16,x")
    Traceback (most recent call last):
        ...
    chalkgrad.expressions.caret.ExpressionError: a width is a whole number from 1: --widths 16,16 has two hidden layers, none has none
      16,x
         ^
    """
    if text == "none":
        return ()
    widths, position = [], 0
    for part in text.split(","):
        if not (part.strip().isascii() and part.strip().isdigit() and int(part) > 0):
            raise ExpressionError(
                "a width is a whole number from 1: --widths 16,16 has two hidden layers, none has none", text or " ", position
            )
        widths.append(int(part))
        position += len(part) + 1
    return tuple(widths)


def run(name: str, settings: Settings) -> None:
    """Runs a task, all of the table's, or trains on a file; what can be refused is refused before anything is trained."""
    task = chosen(name)
    _check(name, task, settings)
    if name == "all":
        _all(settings)
    elif name == ONE_LAYER:
        _approximation(settings)
    elif name == CUBIC:
        _polynomial(settings)
    elif task is not None:
        _trained(task, settings)
    else:
        _trained(_own(name, settings.target), settings)


def _all(settings: Settings) -> None:
    from chalkgrad.nn.show import table

    outcomes: list[Outcome] = []
    for name in TABLE:
        outcome = _approximation(settings) if name == ONE_LAYER else _polynomial(settings) if name == CUBIC else None
        outcomes.append(outcome or _trained(TASKS[name], settings))
        say()
        if outcomes[-1].stopped:
            break
    rows = []
    for outcome in outcomes:
        seconds = "" if outcome.seconds is None else _seconds(outcome.seconds)
        cells = (outcome.task, outcome.network, outcome.result, seconds, outcome.target)
        rows.append([cell.replace(FIRM, " ") for cell in cells])
    say(str(table(("task", "network", "result", "time", "by"), rows)))
    if outcomes[-1].stopped and len(outcomes) < len(TABLE):
        say(f"\nstopped: {', '.join(TABLE[len(outcomes) :])} left out")


# What is refused beforehand ------------------------------------------------------------------------------------------

_IDLE = {
    "all": ("plot", "widths", "activation", "rate", "batch", "save"),
    ONE_LAYER: ("save",),
    CUBIC: ("plot", "activation", "epochs", "rate", "seed", "batch", "compiled", "save"),
}
_WHY = {
    "all": "it is for one task; all runs several",
    ONE_LAYER: "it trains several networks, and a file holds one",
    CUBIC: "it counts, and trains nothing",
}


def _check(name: str, task: Task | None, settings: Settings) -> None:
    if settings.target is not None and (task is not None or name in LINES or name == "all"):
        raise UserError(f"--target names a column of a table of your own; {name} has its own data")
    for option in _IDLE.get(name, ()):
        if getattr(settings, option) is not None:
            raise UserError(f"{name} takes no --{option}: {_WHY[name]}")
    for option in ("epochs", "batch"):
        number = getattr(settings, option)
        if number is not None and number < 1:
            raise UserError(f"--{option}: {number} is no count: it is a whole number from 1")
    if settings.rate is not None and not 0 < settings.rate < math.inf:
        raise UserError(f"--rate: {settings.rate:g} is no learning rate: it is a number above 0, such as 0.01")
    if settings.activation is not None:
        from chalkgrad.nn.layers import activation_named

        try:
            activation_named(settings.activation)
        except ValueError as error:
            raise UserError(str(error).removesuffix(", or give a function of a Value")) from None
    if settings.widths == () and name in (ONE_LAYER, CUBIC):
        raise UserError(f"{name} needs at least one width, such as --widths 16")
    if settings.plot is not None:
        _plottable(settings.plot)
    if settings.save is not None:
        _writable(settings.save, "the model", "model.json")


def _plottable(file: str) -> None:
    from importlib.util import find_spec

    if Path(file).suffix.lower() not in PLOTS:
        raise UserError(f"a plot is saved as .svg, .png or .pdf, and {file} ends in none of these")
    if find_spec("matplotlib") is None:
        raise UserError('plots need matplotlib: pip install "chalkgrad[plot]"')
    _writable(file, "the plot", "plot.svg")


def _writable(file: str, what: str, instead: str) -> None:
    path = Path(file).expanduser()
    if path.is_dir():
        raise UserError(f"{file} is a folder: name a file in it, such as {Path(file) / instead}")
    if not path.parent.is_dir():
        raise UserError(f"{what} cannot be written to {file}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UserError(f"{what} cannot be written to {file}: permission denied")


def _own(file: str, target: str | None) -> Task:
    """A task for a table of one's own."""
    from chalkgrad.nn.data import DataError, read_csv

    try:
        table = read_csv(file, target)
        count = len(table.split(test=1 / 4)[0].y)  # a table that cannot be split says so before the rest is decided
    except DataError as error:
        raise UserError(str(error)) from None
    if len(table.classes) == 1:
        raise UserError(
            f"{file}, column {table.target!r}: every row is of the class {table.classes[0]}, so nothing is to be learned"
        )
    if not table.classes and max(map(abs, table.y)) > LARGEST:
        raise UserError(
            f"{file}, column {table.target!r}: the numbers are too large to be squared, up to {max(table.y, key=abs)!r}"
        )
    column = f"target {table.target}" + (", the last column (--target names another)" if target is None else "")
    kind = f"{len(table.classes)} classes: {_some(table.classes)}" if table.classes else "a number"
    rows, columns = _count(len(table.y), "row"), _count(len(table.columns), "column")

    def data(seed: int) -> Data:
        parts = table.split(test=1 / 4, seed=seed)
        told = (
            f"{rows}, {columns}, {column}, {kind}; trained on {len(parts[0].y):,}, tested on {len(parts[1].y):,}, a quarter; "
            "standardised by the training part"
        )
        return Data(*parts, told)

    epochs = max(10, min(200, 400_000 // count))
    return Task(Path(file).name, "", "", data, epochs=epochs, rate=0.01)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names if len(names) <= 6 else [*names[:4], "…", names[-1]])


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"


# Training ------------------------------------------------------------------------------------------------------------


def _trained(task: Task, settings: Settings) -> Outcome:
    """Trains, tells, draws, saves."""
    from chalkgrad.engine import DomainError, NonFiniteError
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
    model = MLP(
        len(data.training.columns), widths, settings.activation or task.activation, init=_init(task, settings), seed=seed
    )
    _refuse_untrainable(model, data.training.X[0])
    try:
        training = data.training.standardised() if task.standardised else data.training
    except DataError as error:
        raise UserError(str(error)) from None
    mean, spread = (0.0, 1.0) if classes else _scale(training.y)
    head = {0: "squared error", 2: "logistic, cross-entropy"}.get(classes, "softmax, cross-entropy")
    prior = "" if task.deviation is None else "; a Gaussian prior keeps the weights small"
    _tell(f"{task.name}: {data.told}")
    _tell(
        f"{model}; {head}{prior}; Adam, its rate falling from {rate:g} to a tenth, "
        f"batches of {min(batch, len(data.training.y))}"
    )
    try:
        start = time.perf_counter()
        history = fit(
            model,
            training.X,
            training.y if classes else [(t - mean) / spread for t in training.y],
            loss=loss.mean,
            optimizer=Adam(lambda epoch: rate * (1 - 0.9 * epoch / epochs)),
            epochs=epochs,
            batch_size=batch,
            prior=None if task.deviation is None else Gaussian(task.deviation),
            seed=seed,
            compiled=settings.by,
        )
        seconds = time.perf_counter() - start
    except (ImportError, ValueError, NonFiniteError, DomainError) as error:
        raise UserError(_sentence(error)) from None
    in_own_units(model, training, mean, spread)
    ended = _ended(history, epochs, seconds)
    short = _classified(model, loss, data, ended) if classes else _regressed(model, data, ended)
    if task.shows:
        _tell(f"{task.shows}.")
    if settings.plot is not None:
        _drawn(model, data.training, history, settings.plot)
    if settings.save is not None:
        _saved(model, settings.save)
    network = "-".join(map(str, [len(data.training.columns), *widths]))
    return Outcome(task.name, network, short, seconds, history.target, history.stopped == "interrupted")


def _refuse_untrainable(model: MLP, row: list[float]) -> None:
    from chalkgrad.nn.network import untrainable

    problem = untrainable(model, row)
    if problem:
        raise UserError(str(problem).partition("; freeze")[0])


def _init(task: Task, settings: Settings) -> str:
    if settings.activation in (None, task.activation):
        return task.init
    return "glorot" if settings.activation in ("tanh", "sigmoid", "tanh_half", "linear", "identity") else "he"


def _scale(targets: Sequence[float]) -> tuple[float, float]:
    """The mean and the standard deviation of the targets, 1 if they are all the same."""
    mean = math.fsum(targets) / len(targets)
    return mean, math.sqrt(math.fsum((t - mean) ** 2 for t in targets) / len(targets)) or 1.0


def _sentence(error: Exception) -> str:
    """What went wrong, without what it says of a model that nobody gets to see."""
    text, _, left = str(error).partition(". The parameters are back")
    return re.sub("; a smaller learning rate may help$", "", text) + ("; a smaller --rate may help" if left else "")


def in_own_units(model: MLP, table: Table, mean: float = 0.0, spread: float = 1.0) -> None:
    """Makes a model of standardised inputs and outputs one of the numbers as they are in the table.

    `table` is a standardised one; the target was (t - mean)/spread. Only the first and the last layer change, and the
    outputs to rounding alone.

    >>> from chalkgrad.nn import MLP
    >>> from chalkgrad.nn.data import Table
    >>> table = Table([[10.0], [30.0]], [0.0, 1.0]).standardised()
    >>> model = MLP(1, [1], seed=0)
    >>> model.theta = [2.0, 1.0]
    >>> in_own_units(model, table, mean=100.0, spread=10.0)
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
    if (mean, spread) != (0.0, 1.0):
        last = model.layers[-1]
        last.W = [[spread * w.data for w in row] for row in last.W]
        last.b = [mean + spread * b.data for b in last.b]


# Telling -------------------------------------------------------------------------------------------------------------


def _tell(text: str) -> None:
    """A paragraph, in lines that fit the terminal."""
    columns = min(WIDEST, shutil.get_terminal_size().columns - 1) if sys.stdout is not None and sys.stdout.isatty() else WIDEST
    for line in textwrap.wrap(text, max(40, columns), subsequent_indent="  ", break_on_hyphens=False):
        say(line.replace(FIRM, " "))


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f}{FIRM}s" if seconds < 100 else f"{seconds / 60:.1f}{FIRM}min"


def _ended(history: History, epochs: int, seconds: float) -> str:
    """When training ended, and what it was computed by."""
    if history.stopped == "interrupted":
        kept = f"the best parameters, of epoch {history.best_epoch}," if history.epochs else "those of the beginning"
        where = f"in epoch {history.epochs + 1} of {epochs}" if history.epochs else "before the first epoch was done"
        when = f"stopped {where}: {kept} are kept"
    else:
        when = f"after epoch {history.best_epoch}{FIRM}of{FIRM}{epochs}"
    return f"{when}; {_seconds(seconds)}, {TARGETS[history.target]}"


def _classified(model: MLP, loss: Loss, data: Data, ended: str) -> str:
    """Says how many are right, and returns it in short."""
    told: dict[str, str] = {}
    for what, table in (("training", data.training), (data.tested, data.test)):
        if table is not None:
            scores = model.predict(table.X)
            right = sum(loss.decide(score) == label for score, label in zip(scores, table.y, strict=True))
            told[what] = f"{_percent(right, len(table.y))} ({right:,}{FIRM}of{FIRM}{len(table.y):,})"
    parts = [f"{_of('accuracy', what)} {share}" for what, share in reversed(told.items())]
    _tell(f"{', '.join(parts)}, {ended}")
    part = "test" if "test" in told else "training"
    return f"{part} {told[part]}"


def _of(measure: str, part: str) -> str:
    """A measure with what it is of: `test accuracy`, `accuracy on fresh points`."""
    return f"{measure} {part}" if part.startswith("on ") else f"{part} {measure}"


def _percent(part: int, whole: int) -> str:
    """A percentage that is 100 for all alone.

    >>> _percent(9999, 10000).split(), _percent(2, 2).split()
    (['99.9', '%'], ['100', '%'])
    """
    return f"100{FIRM}%" if part == whole else f"{min(99.9, 100 * part / whole):.1f}{FIRM}%"


def _regressed(model: MLP, data: Data, ended: str) -> str:
    """Says what R² is, and what ordinary least squares have; returns it in short."""
    from chalkgrad.nn.data import DataError
    from chalkgrad.nn.demonstrations import least_squares, r_squared

    told, short, best, obstacle = [], "", None, ""
    try:
        if len(data.training.y) * len(data.training.columns) ** 2 <= PATIENCE:
            best = least_squares(data.training.X, data.training.y, data.training.columns)
    except DataError as error:
        obstacle = str(error)
    for what, table in ((data.tested, data.test), ("training", data.training)):
        if table is None:
            continue
        predictions = model.predict(table.X)
        measured = f"{r_squared(predictions, table.y):.3f}"
        if best is not None:
            measured += f", ordinary least squares {r_squared(best.predict(table.X), table.y):.3f}"
        if len(set(table.y)) == 1:
            measured = "without a value, as the targets are all the same"
        told.append(f"{_of('R²', what)} {measured}, typical error {_number(_missed(predictions, table.y))}")
        short = short or f"R² {measured}".replace("ordinary ", "")
    _tell(f"{'; '.join(told)}; {ended}")
    if obstacle:
        _tell(f"No ordinary least squares beside it: {obstacle}")
    return short


def _missed(predictions: Sequence[float], targets: Sequence[float]) -> float:
    """The root of the mean squared error."""
    return math.sqrt(math.fsum((s - t) ** 2 for s, t in zip(predictions, targets, strict=True)) / len(targets))


def _number(x: float) -> str:
    from chalkgrad.engine.words import number

    return number(x, 3)


# Drawing and saving --------------------------------------------------------------------------------------------------


def _drawn(model: MLP, table: Table, history: History, file: str) -> None:
    """Draws what is most telling of a model with so many inputs."""
    from chalkgrad.viz import plots

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
            _tell("no plot: there is no epoch whose loss could be drawn")
            return
    _tell(f"wrote {file}: {drawn}")


def _legend(table: Table) -> str:
    """What the numbers in a plot stand for, where they are not the names."""
    named = [f"x{i} is {name}" for i, name in enumerate(table.columns, 1) if name != f"x{i}"]
    named += [f"class {k} is {name}" for k, name in enumerate(table.classes) if name != str(k)]
    return f"; {', '.join(named)}" if named else ""


def _saved(model: MLP, file: str) -> None:
    with pictures.obstacles(file):
        model.save(Path(file).expanduser())
    _tell(f'wrote {file}: chalkgrad.nn.MLP.load("{file}") has the network again; it takes the columns in their own units')


# Without data --------------------------------------------------------------------------------------------------------


def _approximation(settings: Settings) -> Outcome:
    """Networks of one hidden layer, wider and wider."""
    from chalkgrad.engine import DomainError, NonFiniteError
    from chalkgrad.nn.demonstrations import Approximations, approximations, spread

    widths = settings.widths or (1, 2, 4, 8, 16, 32, 64)
    activation = settings.activation or "tanh"
    _refuse_untrainable(spread(1, activation), [0.5])
    given: dict[str, Any] = {"epochs": settings.epochs, "rate": settings.rate, "batch_size": settings.batch}
    _tell(
        f"{ONE_LAYER}: f(x) = sin(2πx) + 0.3·cos(6πx) on [0, 1] by W2·φ(W1·x + b1) + b2, φ being {activation}; "
        "65 points to train on, the sup error between them; hidden units begin spread over [0, 1]"
    )
    start, done = time.perf_counter(), Approximations()
    try:
        for one in approximations(
            widths=widths,
            activation=activation,
            seed=settings.seed or 0,
            compiled=settings.by,
            progress=True,
            **{name: option for name, option in given.items() if option is not None},
        ):
            done.append(one)
    except (ImportError, ValueError, NonFiniteError, DomainError) as error:
        raise UserError(_sentence(error)) from None
    seconds = time.perf_counter() - start
    stopped = len(done) < len(widths)
    if done:
        say(repr(done))
    target = done[-1].history.target if done else ""
    if stopped:
        say(f"stopped: width{'s' * (len(widths) - len(done) > 1)} {', '.join(map(str, widths[len(done) :]))} left out")
    short = "stopped"
    if done:
        best = min(done, key=lambda one: one.error)
        short = f"sup error {best.error:.4f}"
        _tell(f"{short} at width {best.width}; {_seconds(seconds)}, {TARGETS[target]}")
        _tell(
            "The theorem of universal approximation says that for every ε some width is enough, if φ is continuous and no "
            "polynomial. It does not say which; training finds what it finds, and --activation linear nothing at all."
        )
    if settings.plot is not None and done:
        from chalkgrad.viz import plots

        with pictures.obstacles(settings.plot):
            plots.plot_sup_error([one.width for one in done], [one.error for one in done], save=settings.plot)
        _tell(f"wrote {settings.plot}: the sup error against the width")
    network = f"1-{min(done, key=lambda one: one.error).width if done else widths[0]}-1"
    return Outcome(ONE_LAYER, network, short, seconds, target, stopped)


def _polynomial(settings: Settings) -> Outcome:
    """How many parameters a cubic polynomial has, and a network."""
    from chalkgrad.nn.demonstrations import polynomial_parameters

    widths = (*(settings.widths or (100,)), 1)
    counts = polynomial_parameters([2, 10, 100, 1000, 10_000], 3, widths)
    _tell(
        f"{CUBIC}: the parameters of a polynomial of degree 3 in D variables, and those of a network; "
        "D = 10,000 is a picture of 100×100 pixels"
    )
    say(repr(counts))
    cubic, network = counts[-1].monomials, counts[-1].network
    _tell(
        f"At 8 bytes each the cubic's {cubic:,} parameters take {cubic * 8 / 1e12:.1f}{FIRM}TB, the {network:,} of the network "
        f"{network * 8 / 1e6:.2g}{FIRM}MB: the one grows as D³, the other as D."
    )
    return Outcome(CUBIC, "-".join(map(str, (10_000, *widths))), f"{cubic:,} in a cubic")
