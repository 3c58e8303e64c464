"""What `chalkgrad train` can be trained on: tasks as data, and tables of one's own.

>>> print(listing().splitlines()[0])
iris           tells three species of iris apart by four measurements
>>> task_named("moons.csv") is None, task_named("moons").name
(True, 'moons')
>>> task_named("mons")
Traceback (most recent call last):
    ...
chalkgrad.console.UserError: there is no task mons: did you mean moons?
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chalkgrad.console import UserError

if TYPE_CHECKING:
    from chalkgrad.nn.data import Table

LARGEST_TARGET = 1e150  # a target's size whose square is a float


class Data(NamedTuple):
    """What a network is trained and tested on; `description` says so, `test_name` is what the test part is called."""

    training: Table
    test: Table | None
    description: str
    test_name: str = "test"


@dataclass(frozen=True)
class Task:
    """Data, and how a network is trained on them unless the command line says otherwise.

    `summary` is its line in the list, `lesson` what it teaches. `widths` are those of the hidden layers; `deviation` is that
    of a Gaussian prior.
    """

    name: str
    summary: str
    lesson: str
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


# The data ------------------------------------------------------------------------------------------------------------


def _iris(seed: int) -> Data:
    from chalkgrad.nn import data

    training, test = data.iris().split(test=1 / 3, seed=seed)
    description = f"150 flowers, 4 measurements, 3 species; trained on {len(training.y)}, tested on the other {len(test.y)}"
    return Data(training, test, description)


def _digits(seed: int) -> Data:
    from chalkgrad.nn import data

    training, test = data.digits().split(test=1 / 5, seed=seed)
    description = f"1,797 pictures, 8×8 pixels, 10 digits; trained on {len(training.y):,}, tested on the other {len(test.y)}"
    return Data(training, test, description)


def _penguins(seed: int) -> Data:
    from chalkgrad.nn import data

    training, test = data.penguins().split(test=1 / 4, seed=seed)
    description = (
        "333 penguins, 8 columns (bill, flipper, species, island, sex), their mass in grams; "
        f"trained on {len(training.y)}, tested on the other {len(test.y)}"
    )
    return Data(training, test, description)


def _generated(name: str, n: int, description: str) -> Callable[[int], Data]:
    """Returns what makes points with a generator of `chalkgrad.nn.data`, and as many fresh ones to test on."""

    def data(seed: int) -> Data:
        from chalkgrad.nn import data as tables

        generator = getattr(tables, name)
        training, fresh = (_counted_from_zero(generator(n, seed=s)) for s in (seed, seed + 1000))
        return Data(training, fresh, f"{description}; trained on all of them, tested on {n} fresh ones", "on fresh points")

    return data


def _xor(seed: int) -> Data:
    from chalkgrad.nn import data

    return Data(data.xor(), None, "the 4 corners of a square, the class being 1 where x1 ≠ x2; trained on all of them")


def _counted_from_zero(table: Table) -> Table:
    """Returns the table with the classes 0 and 1 where they were -1 and +1."""
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
            _generated("moons", 100, "100 points on two half circles, 2 coordinates, 2 classes"),
            widths=(16, 16),
            epochs=200,
        ),
        Task(
            "spirals",
            "separates two spirals",
            "Where the classes wind around each other, the layers before the last must unwind them for it",
            _generated("spirals", 200, "200 points on two spirals, 2 coordinates, 2 classes"),
            widths=(32, 32),
            init="micrograd",
            epochs=300,
        ),
        Task(
            "circles",
            "separates a circle from the one around it",
            "A few lines, one for each hidden unit, close around the inner circle: try --widths 2, and 3",
            _generated("circles", 100, "100 points on two circles, 2 coordinates, 2 classes"),
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
            _generated("blobs", 150, "150 points in three clouds, 2 coordinates, 3 classes"),
            widths=(8,),
        ),
        Task(
            "sine",
            "fits a curve to noisy points on a sine",
            "The outputs follow the sine and not its noise, whose standard deviation of 0.1 is the error that remains",
            _generated("sine", 100, "100 points on sin(2πx) with noise of standard deviation 0.1"),
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
SUMMARIES = {
    **{name: task.summary for name, task in TASKS.items()},
    ONE_LAYER: "one hidden layer of 1 to 64 units, and the largest error that each leaves",
    CUBIC: "counts the parameters of a cubic polynomial and of a network",
}
TABLE = ("iris", "digits", "moons", "spirals", "penguins", ONE_LAYER, CUBIC)


# What can be trained -------------------------------------------------------------------------------------------------


def listing() -> str:
    """Lists the tasks, a line each, and says how they are run."""
    lines = [f"{name:<15}{line}" for name, line in {**SUMMARIES, "all": f"{', '.join(TABLE)}; then a table"}.items()]
    return "\n".join(
        [
            *lines,
            "",
            "chalkgrad train NAME runs one, --plot NAME.svg draws what it has learned:",
            "  chalkgrad train moons --plot moons.svg",
            "  chalkgrad train data.csv --target column",
        ]
    )


def task_named(name: str) -> Task | None:
    """Returns the task of that name; None for a file, and for the names that are not a Task. Raises UserError for any other."""
    if name in TASKS:
        return TASKS[name]
    if name in SUMMARIES or name == "all" or "." in name or os.sep in name or "/" in name or Path(name).exists():
        return None
    close = difflib.get_close_matches(name.casefold(), [*SUMMARIES, "all"], n=1)
    own = "; a table of your own is trained on by: chalkgrad train data.csv --target column"
    raise UserError(f"there is no task {name}" + (f": did you mean {close[0]}?" if close else f"; there are {names()}{own}"))


def names() -> str:
    """Returns the names of all tasks, in a row."""
    return ", ".join([*SUMMARIES, "all"])


# A table of one's own ------------------------------------------------------------------------------------------------


def task_from_file(file: str, target: str | None) -> Task:
    """Returns a task for a table of one's own, whose target is a column of it."""
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
    if not table.classes and max(map(abs, table.y)) > LARGEST_TARGET:
        raise UserError(
            f"{file}, column {table.target!r}: the numbers are too large to be squared, up to {max(table.y, key=abs)!r}"
        )
    column = f"target {table.target}" + (", the last column (--target names another)" if target is None else "")
    kind = f"{len(table.classes)} classes: {_some(table.classes)}" if table.classes else "a number"
    rows, columns = _count(len(table.y), "row"), _count(len(table.columns), "column")

    def data(seed: int) -> Data:
        parts = table.split(test=1 / 4, seed=seed)
        description = (
            f"{rows}, {columns}, {column}, {kind}; trained on {len(parts[0].y):,}, tested on {len(parts[1].y):,}, a quarter; "
            "standardised by the training part"
        )
        return Data(*parts, description)

    epochs = max(10, min(200, 400_000 // count))
    return Task(Path(file).name, "", "", data, epochs=epochs, rate=0.01)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names if len(names) <= 6 else [*names[:4], "…", names[-1]])


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"
