"""The options of `chalkgrad train`: how they are read, and what is refused before anything is trained.

>>> Settings(compiled="no").compiled_option
False
>>> check("all", Settings(rate=0.1))
Traceback (most recent call last):
    ...
chalkgrad.command.console.UserError: all takes no --rate: it is for one task; all runs several
"""

from __future__ import annotations

import csv
import io
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalkgrad.command import pictures
from chalkgrad.command.console import UserError, named
from chalkgrad.command.tasks import CUBIC, NAMES, ONE_LAYER
from chalkgrad.engine.basics.english import amount
from chalkgrad.expressions.caret import ExpressionError

if TYPE_CHECKING:
    from chalkgrad.nn import MLP

PLOTS = (".svg", ".png", ".pdf")
MOST_PARAMETERS = 1_000_000  # a Value each: that many take seconds to make, and each sample as long again
MOST_DIGITS = 9  # of a width


@dataclass
class Settings:
    """What the command line asks of the training; None where it says nothing."""

    plot: str | None = None
    widths: tuple[int, ...] | None = None
    activation: Any = None
    epochs: int | None = None
    rate: float | None = None
    seed: int | None = None
    batch: int | None = None
    compiled: str | None = None
    save: str | None = None
    checkpoint: str | None = None
    target: str | None = None
    columns: str | None = None
    drop: str | None = None
    missing: str | None = None
    separator: str | None = None
    classes: str | None = None

    @property
    def compiled_option(self) -> str | bool:
        """Returns the option `compiled` of `fit`."""
        return False if self.compiled == "no" else self.compiled or "auto"


def widths_in(text: str) -> tuple[int, ...]:
    """Reads the widths of hidden layers: `16,16`, or `none`.

    >>> widths_in("16,16"), widths_in("none")
    ((16, 16), ())
    >>> widths_in("16,x")
    Traceback (most recent call last):
        ...
    chalkgrad.expressions.caret.ExpressionError: a width is a whole number from 1: --widths 16,16 has two hidden layers, ...
      16,x
         ^
    """
    if text == "none":
        return ()
    widths, position = [], 0
    for part in text.split(","):
        if not (part.strip().isascii() and part.strip().isdigit() and part.strip().strip("0")):
            raise ExpressionError(
                "a width is a whole number from 1: --widths 16,16 has two hidden layers, none has none", text or " ", position
            )
        if len(part.strip().lstrip("0")) > MOST_DIGITS:
            raise ExpressionError(f"a width of more than {MOST_DIGITS} digits is no network's", text, position)
        widths.append(int(part))
        position += len(part) + 1
    return tuple(widths)


# A table of one's own ------------------------------------------------------------------------------------------------

OF_A_TABLE = ("target", "columns", "drop", "missing", "separator", "classes")
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "space": " ", "spaces": " ", "blank": " ", "pipe": "|"}


def names_in(text: str) -> list[str]:
    """Reads names of columns: `age,sex`; a name with a comma in it stands in quotation marks.

    >>> names_in('age, "mass, kg"')
    ['age', 'mass, kg']
    """
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True), []) if name.strip()]


def as_typed(name: str, value: Any) -> str:
    """Returns an option of `read_csv` as it is typed on the command line; … stands for any value.

    >>> as_typed("missing", "drop"), as_typed("classes", True), as_typed("target", ...)
    ('--missing drop', '--classes yes', '--target …')
    >>> print(as_typed("drop", ["sex", "mass, kg"]))
    --drop 'sex,"mass, kg"'
    """
    if value is ...:
        return f"--{name} …"
    if isinstance(value, bool):
        return f"--{name} {'yes' if value else 'no'}"
    if isinstance(value, list):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(value)
        value = line.getvalue()
    return f"--{name} {shlex.quote(str(value))}"


# What is refused beforehand ------------------------------------------------------------------------------------------

_UNUSED = {
    "all": ("plot", "widths", "activation", "rate", "batch", "save", "checkpoint"),
    ONE_LAYER: ("save", "checkpoint"),
    CUBIC: ("plot", "activation", "epochs", "rate", "seed", "batch", "compiled", "save", "checkpoint"),
}
_REASONS = {
    "all": "it is for one task; all runs several",
    ONE_LAYER: "it trains several networks, and a file holds one",
    CUBIC: "it counts, and trains nothing",
}


def check(name: str, settings: Settings) -> None:
    """Raises UserError for options that a task does not take, and for those that could only fail later.

    The name of the activation is put into its usual form.
    """
    if name in NAMES or name == "all":
        for option in OF_A_TABLE:
            if getattr(settings, option) is not None:
                what = "names a column" if option == "target" else "is for the columns"
                raise UserError(f"--{option} {what} of a table of your own; {name} has its own data")
    for option in _UNUSED.get(name, ()):
        if getattr(settings, option) is not None:
            raise UserError(f"{name} takes no --{option}: {_REASONS[name]}")
    for option in ("epochs", "batch"):
        number = getattr(settings, option)
        if number is not None and number < 1:
            raise UserError(f"--{option} is a whole number from 1, not {number}")
    if settings.rate is not None:
        from chalkgrad.nn.optimisers import Adam

        try:
            Adam(settings.rate)
        except ValueError as error:
            raise UserError("--rate: " + str(error).replace(" or a function of the epoch", "")) from None
    if settings.activation is not None:
        from chalkgrad.nn.models.layers import activation_named

        try:
            settings.activation = activation_named(settings.activation)[1]
        except ValueError as error:
            raise UserError(str(error).removesuffix(", or give a function of a Value")) from None
        if settings.widths == ():
            raise UserError("--activation is that of the hidden layers, and --widths none has none: leave one of them out")
    if settings.widths == () and name in (ONE_LAYER, CUBIC):
        raise UserError(f"{name} needs at least one width, such as --widths 16")
    if settings.plot is not None:
        _plottable(settings.plot)
    if settings.save is not None:
        _writable(named(settings.save, "model.json", "--save"), "the model", "model.json")
    if settings.checkpoint is not None:
        _writable(named(settings.checkpoint, "run.json", "--checkpoint"), "the checkpoint", "run.json")
        if settings.save is not None and Path(settings.save).expanduser() == Path(settings.checkpoint).expanduser():
            raise UserError(f"--save and --checkpoint are two files, and both are {settings.save}: name another one")


def _plottable(file: str) -> None:
    """Raises UserError unless a plot can be made and written to `file`."""
    from importlib.util import find_spec

    named(file, "plot.svg", "--plot")
    if Path(file).suffix.lower() not in PLOTS:
        raise UserError(f"a plot is saved as .svg, .png or .pdf, and {file} ends in none of these")
    if find_spec("matplotlib") is None:
        raise UserError('plots need matplotlib: pip install "chalkgrad[plot]"')
    _writable(file, "the plot", "plot.svg")


def _writable(file: str, what: str, instead: str) -> None:
    """Raises UserError unless `what` can be written to `file`; `instead` is a name to propose."""
    path = Path(file).expanduser()
    try:
        is_folder = path.is_dir()
        os.stat(path.parent)
    except FileNotFoundError:
        raise UserError(f"{what} cannot be written to {file}: there is no folder {path.parent}") from None
    except OSError as error:  # a name that is too long, say
        raise UserError(pictures.not_written(file, error)) from None
    if is_folder:
        raise UserError(f"{file} is a folder: name a file in it, such as {Path(file) / instead}")
    if not path.parent.is_dir():
        raise UserError(f"{what} cannot be written to {file}: {path.parent} is no folder")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UserError(f"{what} cannot be written to {file}: permission denied")


def refuse_large(inputs: int, widths: Sequence[int]) -> None:
    """Raises UserError for a network of more parameters than can be trained here, before it is made."""
    count = sum((before + 1) * width for before, width in pairwise([inputs, *widths]))
    if count > MOST_PARAMETERS:
        raise UserError(
            f"a network of {amount(inputs, 'input')} and the widths {', '.join(f'{width:,}' for width in widths[:8])} has "
            f"{count:,} parameters, and {MOST_PARAMETERS:,} are the most here: choose smaller --widths"
        )


def refuse_untrainable(model: MLP, row: list[float]) -> None:
    """Raises UserError where no gradient reaches the parameters, as with the activation `step`."""
    from chalkgrad.nn.models.trainability import why_untrainable

    reason, _ = why_untrainable(model, row)  # nothing can be frozen on the command line
    if reason:
        raise UserError(reason)
