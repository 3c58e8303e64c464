"""Training that goes on where it stopped: all that a run is made of between two steps, in a file.

>>> import pathlib, tempfile
>>> from chalkgrad.nn import MLP, fit, squared_error
>>> X, y = [[0.0], [1.0], [2.0]], [0.0, 1.0, 4.0]
>>> def trained(epochs, **options):
...     model = MLP(1, [4, 1], "tanh", seed=0)
...     history = fit(model, X, y, loss=squared_error.mean, batch_size=2, epochs=epochs, progress=False, **options)
...     return history.loss, model.theta.values
>>> with tempfile.TemporaryDirectory() as folder:
...     run = pathlib.Path(folder, "run.json")
...     _ = trained(3, checkpoint=run)                     # as if it had been stopped after 3 epochs
...     trained(10, checkpoint=run) == trained(10)
True

The file is JSON. Python writes a float with as many digits as give the same float again, so the bits are those of a run that
was never stopped. A new file is written beside the old one and takes its place, so there is never half a file.
"""

from __future__ import annotations

import math
import os
import random
import time
from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from chalkgrad.nn.models import saving

FORMAT, VERSION = "chalkgrad training", 1
_BEGINNING = f'{{\n "format": "{FORMAT}",'
SHARE = 20  # the time between two files is at least so many times that which it takes to write one

COLUMNS = ("loss", "metric", "gradient_norm", "validation_loss", "validation_metric")


class Place(NamedTuple):
    """Where a run is: between two steps. It is replaced as a whole, so that Ctrl-C may come at any time.

    Attributes:
        epoch: the epoch that is under way, or comes next
        start: how many of its samples have been gone through
        theta: the parameters
        good: the last parameters whose loss was finite
        steps, state: what the optimiser remembers
        sums: the sum of the epoch's gradients so far; None before its first batch
        shuffling: the state of the random generator before the epoch's samples were shuffled
    """

    epoch: int
    start: int
    theta: Any
    good: Any
    steps: int
    state: list[Any]
    sums: Any
    shuffling: Any


class Standing(NamedTuple):
    """All that a run has come to.

    Attributes:
        place: where it is
        columns: the lists of the history, by name
        start_loss: the loss before the first step
        best: the smallest loss that was watched, its epoch, and its parameters
        first_step: if the first step raised the loss, what is known of smaller rates, bound and falling, and whether it climbed
        rates: the learning rate of each epoch, up to the one under way
    """

    place: Place
    columns: dict[str, list[float]]
    start_loss: float
    best: tuple[float, int, Any]
    first_step: tuple[float, float, bool] | None
    rates: list[float]


class Checkpoint:
    """A run's file.

    Args:
        path: its name
        names: of all parameters
        facts: what must be the same for the bits to be the same, by the name that errors say
    """

    def __init__(self, path: saving.FilePath, names: Sequence[str], facts: Mapping[str, Any]) -> None:
        self.path, self.names, self.facts = os.fspath(path), list(names), dict(facts)
        self._written, self._took = -math.inf, 0.0
        saving.refuse_alike(self.names)

    # Writing -----------------------------------------------------------------------------------------------------------

    def is_due(self) -> bool:
        """Whether the last file is old enough for writing to take little of the time."""
        return time.monotonic() - self._written >= SHARE * self._took

    def write(self, standing: Standing) -> None:
        """Writes the file; raises OSError, which names it, if it cannot be written."""
        import json

        begun = time.monotonic()
        content = {"format": FORMAT, "version": VERSION, **self.facts, **self._content(standing)}
        # A line for each entry: json's own indentation is not written in C.
        lines = [f" {json.dumps(key)}: {json.dumps(x, ensure_ascii=False, allow_nan=False)}" for key, x in content.items()]
        saving.write("{\n" + ",\n".join(lines) + "\n}\n", self.path, "the checkpoint")
        self._written = time.monotonic()
        self._took = self._written - begun

    def _content(self, standing: Standing) -> dict[str, Any]:
        place, (best_loss, best_epoch, best_theta) = standing.place, standing.best

        def unless_same(theta: Any) -> Any:
            return None if theta is place.theta else _told(theta)

        return {
            "epoch": place.epoch,
            "samples of it done": place.start,
            "rates": standing.rates,
            "history": {name: _told(column) for name, column in standing.columns.items()},
            "start loss": _told([standing.start_loss])[0],
            "best": {"loss": _told([best_loss])[0], "epoch": best_epoch, "parameters": unless_same(best_theta)},
            "first step": None if standing.first_step is None else _told(standing.first_step),
            "optimiser": {"steps": place.steps, "state": [_told(numbers) for numbers in place.state]},
            "gradient so far": None if place.sums is None else _told(place.sums),
            "last finite": unless_same(place.good),
            "shuffling": place.shuffling,
            "parameters": dict(zip(self.names, _told(place.theta), strict=True)),
        }

    # Reading -----------------------------------------------------------------------------------------------------------

    def read(self) -> Standing | None:
        """Returns what the file holds, in lists; None if there is no file.

        Raises ValueError for a file that `fit` did not write, one that is not whole, and one of another run.
        """
        content = self._read_content()
        if content is None:
            return None
        self._refuse_other(content)
        try:
            return self._standing(content)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
            raise ValueError(f"{self.path} is damaged: it was changed after fit() wrote it. Delete it to begin anew") from None

    def _read_content(self) -> dict[str, Any] | None:
        import json

        text = ""
        try:
            with open(self.path, encoding="utf-8") as file:
                text = file.read()
            found = json.loads(text)
        except FileNotFoundError:
            return None
        except OSError as error:  # a folder, or a file of somebody else
            raise ValueError(
                f"{self.path} cannot be read as a checkpoint ({error.strerror or error}): name another file"
            ) from None
        except (ValueError, RecursionError) as error:  # bytes that are not UTF-8 raise a ValueError too
            if text.startswith(_BEGINNING[: max(1, len(text))]):
                raise ValueError(
                    f"{self.path} is not whole: it ends in the middle, as a copy that was broken off. Delete it to begin anew"
                ) from None
            raise ValueError(f"{self.path} was not written by fit(): it is not JSON ({error}). {_ANOTHER}") from None
        content = found if isinstance(found, dict) else {}
        if content.get("format") != FORMAT:
            by_save = ", but by save()" if content.get("format") == saving.FORMAT else ""
            raise ValueError(f"{self.path} was not written by fit(){by_save}: it is no checkpoint. {_ANOTHER}")
        if content.get("version") != VERSION:
            raise ValueError(
                f"{self.path} has version {content.get('version')!r} of the format, and this chalkgrad reads version {VERSION}"
            )
        return content

    def _refuse_other(self, content: Mapping[str, Any]) -> None:
        """Raises ValueError where the file's run is not this one."""
        for name, ours in self.facts.items():
            theirs = content.get(name)
            if theirs != ours:
                raise ValueError(f"{self.path} is of another run, {_difference(name, theirs, ours)}. {_BEGIN_ANEW}")
        given = content.get("parameters")
        theirs = list(given) if isinstance(given, dict) else []
        if theirs != self.names:
            one, other = next((a, b) for a, b in zip_longest(theirs, self.names) if a != b)
            where = f"with the parameter {one or 'none'} where this one has {other or 'none'}"
            raise ValueError(f"{self.path} is of another run, {where}. {_BEGIN_ANEW}")

    def _standing(self, content: Mapping[str, Any]) -> Standing:
        count = len(self.names)
        theta = _numbers(content["parameters"].values(), count)
        best, remembered, version = content["best"], content["optimiser"], content["shuffling"]
        columns = {name: _numbers(content["history"][name]) for name in COLUMNS}
        epoch, start, rates = content["epoch"], content["samples of it done"], _numbers(content["rates"])
        done = epoch - 1
        if (
            any(type(x) is not int or x < 0 for x in (epoch, start, best["epoch"], remembered["steps"]))
            or [len(columns[name]) for name in COLUMNS] not in ([done] * 5, [done] * 3 + [0] * 2)
            or not best["epoch"] <= done <= len(rates)
        ):
            raise ValueError

        def or_theta(numbers: Any) -> list[float]:
            return theta if numbers is None else _numbers(numbers, count)

        shuffling = version[0], tuple(version[1]), version[2]
        random.Random().setstate(shuffling)  # raises for anything but a state
        place = Place(
            epoch,
            start,
            theta,
            or_theta(content["last finite"]),
            remembered["steps"],
            [_numbers(numbers, count) for numbers in remembered["state"]],
            None if content["gradient so far"] is None else _numbers(content["gradient so far"], count),
            shuffling,
        )
        first = content["first step"]
        return Standing(
            place,
            columns,
            _number(content["start loss"]),
            (_number(best["loss"]), best["epoch"], or_theta(best["parameters"])),
            None if first is None else (_number(first[0]), _number(first[1]), first[2] is True),
            rates,
        )

    def refuse_rates(self, before: Sequence[float], rates: Sequence[float]) -> None:
        """Raises ValueError where the learning rate of an epoch was another one; `before` are the file's."""
        for epoch, (theirs, ours) in enumerate(zip(before, rates, strict=False), 1):
            if theirs != ours:
                raise ValueError(
                    f"{self.path} is of another run, with the learning rate {theirs!r} in epoch {epoch}, which is {ours!r} "
                    f"here. {_BEGIN_ANEW}"
                )

    def refuse_loss(self, before: float, loss: float) -> None:
        """Raises ValueError if the file's parameters have another loss here; a little may be another machine's rounding."""
        if not math.isclose(before, loss, rel_tol=1e-9, abs_tol=1e-300) and not (before != before and loss != loss):
            raise ValueError(
                f"{self.path} is of another run: its best parameters had the loss {before:.6g} there and have {loss:.6g} "
                f"here, so the model's activations, the loss or the prior are others. {_BEGIN_ANEW}"
            )

    def refuse_frozen(self, name: str, before: float, x: float) -> None:
        """Raises ValueError for a frozen parameter that has another number here."""
        raise ValueError(
            f"{self.path} is of another run, in which the frozen parameter {name} is {before!r}, and here it is {x!r}. "
            f"{_BEGIN_ANEW}"
        )

    def refuse_fewer(self, done: int, epochs: int) -> None:
        """Raises ValueError for a run that is to end before the place where the file is."""
        raise ValueError(
            f"{self.path} has gone through {done} epochs, and epochs={epochs} is fewer: give at least epochs={done}, or name "
            "another file"
        )


_ANOTHER = "Name another file for the checkpoint"
_BEGIN_ANEW = "Name another file, or delete this one to begin anew"


def digest(*tables: Any) -> str:
    """Returns a number that tells data apart, as a text: arrays, or lists of rows.

    >>> digest([[1.0, 2.0]]) == digest([[1.0, 2.0]]), digest([[1.0, 2.0]]) == digest([[1.0], [2.0]])
    (True, False)
    """
    import hashlib  # slow to import, and needed here alone

    sums = hashlib.sha256()
    for table in tables:
        if table is None:
            sums.update(b"none")
            continue
        sums.update(f"{len(table)} rows;".encode())
        for row in table:
            numbers = row if hasattr(row, "tobytes") else array("d", row)
            sums.update(f"{len(numbers)}:".encode() + numbers.tobytes())
    return sums.hexdigest()


def _difference(name: str, theirs: Any, ours: Any) -> str:
    """Returns how two runs differ in a fact."""
    if name == "data":
        return "with other samples, or the same in another order"
    if name == "frozen":
        return f"with {_listed(theirs)} frozen, and here {_listed(ours)} {'is' if len(ours) == 1 else 'are'}"
    if name == "compiled":
        return f'computed by "{theirs}", and this one by "{ours}", which rounds otherwise: say compiled={_option(theirs)}'
    return f"with {name} {_shown(theirs)}, and this one has {_shown(ours)}"


def _option(target: Any) -> str:
    return "False" if target == "recording" else f'"{target}"'


def _listed(names: Any) -> str:
    if not names or not isinstance(names, list):
        return "nothing"
    return ", ".join(map(str, names[:4])) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _shown(x: Any) -> str:
    if isinstance(x, dict):
        return f"{x.get('name')}({', '.join(f'{key}={value!r}' for key, value in x.items() if key != 'name')})"
    return str(x)


# Numbers -------------------------------------------------------------------------------------------------------------

_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def _told(numbers: Iterable[float]) -> list[Any]:
    """Returns numbers as JSON has them, and those that it has not, which are not finite, as texts."""
    listed: list[Any] = numbers.tolist() if hasattr(numbers, "tolist") else list(numbers)
    return listed if all(map(math.isfinite, listed)) else [x if math.isfinite(x) else repr(x) for x in listed]


def _number(x: Any) -> float:
    if isinstance(x, str):
        return _NOT_FINITE[x]
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        raise TypeError
    return float(x)


def _numbers(given: Iterable[Any], count: int | None = None) -> list[float]:
    numbers = list(map(_number, given))
    if count is not None and len(numbers) != count:
        raise ValueError
    return numbers
