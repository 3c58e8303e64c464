"""What `chalkgrad train` can be trained on: tasks as data, and tables of one's own.

>>> print(listing().splitlines()[0])
iris           tells three species of iris apart by four measurements
>>> task_named("moons.csv") is None, task_named("moons").name
(True, 'moons')
>>> task_named("mons")
Traceback (most recent call last):
    ...
chalkgrad.command.console.UserError: there is no task mons: did you mean moons?
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from chalkgrad.command.console import UserError, did_you_mean
from chalkgrad.engine.words.language import section

if TYPE_CHECKING:
    from chalkgrad.nn.data import Table
    from chalkgrad.nn.data.kinds import Wanted
    from chalkgrad.nn.data.sheets import Option

SUMMARIES = section("task summaries")
LESSONS = section("task lessons")
DATA = section("task data")
LARGEST_TARGET = 1e150  # a target's size whose square is a float


class Data(NamedTuple):
    """What a network is trained and tested on; `description` says so, `test_part` is "test", or "fresh" for new points.

    `taken` are sentences on what the columns of a file have become.
    """

    training: Table
    test: Table | None
    description: str
    test_part: str = "test"
    taken: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """Data, and how a network is trained on them unless the command line says otherwise.

    `widths` are those of the hidden layers; `deviation` is that of a Gaussian prior. `own` marks a table of one's own.
    """

    name: str
    data: Callable[[int], Data]
    widths: tuple[int, ...] = (16,)
    activation: Any = "tanh"
    init: str = "glorot"
    epochs: int = 100
    rate: float = 0.02
    batch: int = 32
    seed: int = 0
    deviation: float | None = None
    standardised: bool = True
    own: bool = False

    @property
    def summary(self) -> str:
        """Its line in the list."""
        return "" if self.own else SUMMARIES[self.name]

    @property
    def lesson(self) -> str:
        """What it teaches."""
        return "" if self.own else LESSONS[self.name]


# The data ------------------------------------------------------------------------------------------------------------


def _split(name: str, test: float) -> Callable[[int], Data]:
    """Returns what divides a table of `chalkgrad.nn.data` into a training part and a test part, a fraction `test` of it."""

    def data(seed: int) -> Data:
        from chalkgrad.nn import data as tables

        training, rest = getattr(tables, name)().split(test=test, seed=seed)
        description = DATA[name].format(training=f"{len(training.y):,}", test=f"{len(rest.y):,}")
        return Data(training, rest, description)

    return data


def _generated(name: str, n: int) -> Callable[[int], Data]:
    """Returns what makes points with a generator of `chalkgrad.nn.data`, and as many fresh ones to test on."""

    def data(seed: int) -> Data:
        from chalkgrad.nn import data as tables

        generator = getattr(tables, name)
        training, fresh = (_counted_from_zero(generator(n, seed=s)) for s in (seed, seed + 1000))
        return Data(training, fresh, DATA[name].format(test=n), "fresh")

    return data


def _xor(seed: int) -> Data:
    from chalkgrad.nn import data

    return Data(data.xor(), None, DATA["xor"])


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
        Task("iris", _split("iris", 1 / 3), widths=(8,), epochs=60, batch=16, seed=7, deviation=1.0),
        Task(
            "digits",
            _split("digits", 1 / 5),
            widths=(32,),
            activation="relu",
            init="he",
            epochs=20,
            rate=0.01,
            standardised=False,
        ),
        Task("moons", _generated("moons", 100), widths=(16, 16), epochs=200),
        Task("spirals", _generated("spirals", 200), widths=(32, 32), init="micrograd", epochs=300),
        Task("circles", _generated("circles", 100), widths=(8,), epochs=150, rate=0.05),
        Task("xor", _xor, widths=(4,), epochs=200, rate=0.05, batch=4),
        Task("blobs", _generated("blobs", 150), widths=(8,)),
        Task("sine", _generated("sine", 100), epochs=400),
        Task("penguins", _split("penguins", 1 / 4), widths=(8,), epochs=60, rate=0.01),
    )
}
ONE_LAYER = "approximation"
CUBIC = "polynomial"
NAMES = (*TASKS, ONE_LAYER, CUBIC)
TABLE = ("iris", "digits", "moons", "spirals", "penguins", ONE_LAYER, CUBIC)


# What can be trained -------------------------------------------------------------------------------------------------


def listing() -> str:
    """Lists the tasks, a line each, and says how they are run."""
    return "\n".join(
        [
            *(f"{name:<15}{summary}" for name, summary in summaries().items()),
            "",
            section("command line")["how to train"],
            "  chalkgrad train moons --plot moons.svg",
            "  chalkgrad train data.csv --target column",
        ]
    )


def summaries() -> dict[str, str]:
    """Returns what each task does, by its name."""
    return {name: SUMMARIES[name].format(names=", ".join(TABLE)) for name in (*NAMES, "all")}


def task_named(name: str) -> Task | None:
    """Returns the task of that name; None for a file, and for the names that are not a Task. Raises UserError for any other."""
    if name in TASKS:
        return TASKS[name]
    if name in NAMES or name == "all" or "." in name or os.sep in name or "/" in name or Path(name).exists():
        return None
    close = did_you_mean(name, [*NAMES, "all"])
    own = "; a table of your own is trained on by: chalkgrad train data.csv --target column"
    raise UserError(f"there is no task {name}" + (close or f"; there are {names()}{own}"))


def names() -> str:
    """Returns the names of all tasks, in a row."""
    return ", ".join([*NAMES, "all"])


# A table of one's own ------------------------------------------------------------------------------------------------


def task_from_files(files: Sequence[str], wanted: Wanted, separator: str | None, option: Option) -> Task:
    """Returns a task for a table of one's own; `option` spells its options in what is said."""
    from chalkgrad.nn.data import DataError
    from chalkgrad.nn.data.csv_files import table_in

    file = files[0]
    try:
        table = table_in(files, wanted, separator, option)
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
    column = DATA["last column" if wanted.target is None else "target"].format(name=table.target)
    kind = DATA["number"]
    if table.classes:
        kind = DATA.form("classes", len(table.classes)).format(count=len(table.classes), names=_some(table.classes))
    rows, columns = (
        DATA.form(noun, n).format(count=f"{n:,}") for noun, n in (("row", len(table.y)), ("column", len(table.columns)))
    )

    def data(seed: int) -> Data:
        training, test = table.split(test=1 / 4, seed=seed)
        sizes = {"training": f"{len(training.y):,}", "test": f"{len(test.y):,}"}
        description = DATA["own"].format(rows=rows, columns=columns, target=column, kind=kind, **sizes)
        return Data(training, test, description, taken=table.taken)

    epochs = max(10, min(200, 400_000 // count))
    return Task(" + ".join(Path(file).name for file in files), data, epochs=epochs, rate=0.01, own=True)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names if len(names) <= 6 else [*names[:4], "…", names[-1]])
