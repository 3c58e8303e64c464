"""Models in files: JSON with the parameters by name, every digit of them, and what is needed to build an MLP again.

>>> import pathlib, tempfile
>>> from chalkgrad.nn import MLP
>>> model = MLP(2, [3, 1], "tanh", seed=0)
>>> with tempfile.TemporaryDirectory() as folder:
...     model.save(pathlib.Path(folder, "net.json"))
...     again = MLP.load(pathlib.Path(folder, "net.json"))
>>> again, again.theta.values == model.theta.values
(MLP 2 → 3 → 1, tanh, last layer linear, 13 parameters, True)
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from chalkgrad.engine.basics.tracebacks import ends_traceback
from chalkgrad.nn.models.theta import Theta, assign

FORMAT, VERSION = "chalkgrad model", 1
FilePath = str | os.PathLike[str]


@ends_traceback
def save(kind: str, architecture: Mapping[str, Any], theta: Theta, path: FilePath) -> None:
    """Writes the parameters of a model of this class to a file, in one step.

    Whatever happens, the path holds the old file or the new one, never half of one.

    Raises ValueError for a parameter that is not finite, OSError, which names the file, if it cannot be written.
    """
    import json  # takes longer to import than this package, and few programs save

    refuse_alike(theta.names)
    named = dict(zip(theta.names, theta.values, strict=True))
    for name, x in named.items():
        if not math.isfinite(x):
            raise ValueError(f"{name} is {x}, and a file holds finite numbers only")
    content = {"format": FORMAT, "version": VERSION, "class": kind, **architecture}
    # A line for each entry and each parameter: json's own indentation is not written in C, and leaves cycles of objects.
    lines = [f" {json.dumps(key)}: {json.dumps(x, ensure_ascii=False)},\n" for key, x in content.items()]
    parameters = json.dumps(named, ensure_ascii=False, allow_nan=False, separators=(",\n  ", ": "))[1:-1]
    write("{\n" + "".join(lines) + f' "parameters": {{\n  {parameters}\n }}\n}}\n', path, "the model")


def refuse_alike(names: Sequence[str]) -> None:
    """Raises ValueError if two of a model's parameters have one name."""
    if len(set(names)) < len(names):
        name = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"two parameters are called {name}, and a file tells them apart by their names")


def write(text: str, path: FilePath, what: str) -> None:
    """Writes a text to a file in one step; `what` is what errors call it.

    Raises OSError, which names the file, if it cannot be written.
    """
    target = os.path.realpath(path)  # through a link, its target is what is replaced
    folder, name = os.path.split(target)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"there is no folder {folder} to save {name} in")
    try:
        _write(text, target, os.path.join(folder, f".{name[:100]}.{os.getpid()}.part"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(error.errno, f"{what} cannot be written to {os.fspath(path)} ({reason}): name another place") from error


def _write(text: str, target: str, part: str) -> None:
    """Writes a text to a file by way of another one, which then takes its place; to a device or a pipe directly."""
    if os.path.lexists(target) and not os.path.isfile(target):  # a device must not be replaced by a file
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)
        return
    try:
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(part)
        raise


def read(path: FilePath) -> dict[str, Any]:
    """Reads the content of a file that `save` wrote.

    Raises FileNotFoundError if there is no file, ValueError for any other file.
    """
    import json

    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {os.fspath(path)} to load") from None
    except (ValueError, RecursionError) as error:  # bytes that are not UTF-8 raise a ValueError too
        raise ValueError(f"{os.fspath(path)} was not written by save(): it is not JSON ({error})") from None
    content: dict[str, Any] = found if isinstance(found, dict) else {}
    if content.get("format") != FORMAT:
        found = _start(content.get("format"))
        raise ValueError(f"{os.fspath(path)} was not written by save(): its format is {found}, not {FORMAT!r}")
    if content.get("version") != VERSION:
        version = _start(content.get("version"))
        raise ValueError(f"{os.fspath(path)} has version {version} of the format, and this chalkgrad reads version {VERSION}")
    parameters = content.get("parameters")
    if not isinstance(parameters, dict):
        raise ValueError(f"{os.fspath(path)} has no parameters")
    for name, x in parameters.items():
        if isinstance(x, bool) or not isinstance(x, (int, float)) or not -_LARGEST <= x <= _LARGEST:
            raise ValueError(f"{name} in {os.fspath(path)} is {_start(x)}, not a finite number")
    return content


_LARGEST = 1.7976931348623157e308


def _start(x: object) -> str:
    shown = repr(x)
    return shown if len(shown) <= 40 else shown[:37] + "..."


@ends_traceback
def fill(theta: Theta, own: Mapping[str, Any], content: Mapping[str, Any], path: FilePath) -> None:
    """Gives a model the parameters in a file's content; raises ValueError, and changes nothing, if they do not fit.

    `theta` has the model's parameters, `own` is its architecture.
    """
    if any(key in content and content[key] != own[key] for key in own if key != "expanded"):
        raise ValueError(f"{os.fspath(path)} holds {_described(content)}, and this model is {_described(own)}")
    given = content["parameters"]
    for names, others, sentence in (
        (theta.names, given, "{path} lacks {name}, which this model has"),
        (given, set(theta.names), "{path} has {name}, which this model has not"),
    ):
        missing = [name for name in names if name not in others]
        if missing:
            name = missing[0] + (f" and {len(missing) - 1} more" if len(missing) > 1 else "")
            raise ValueError(sentence.format(path=os.fspath(path), name=name))
    assign(theta, [given[name] for name in theta.names])


def _described(architecture: Mapping[str, Any]) -> str:
    """Returns widths and activations as a text: `2 → 3 → 1 with tanh, linear`."""
    widths: Any = architecture.get("widths")
    activations: Any = architecture.get("activations")
    if not isinstance(widths, list) or not isinstance(activations, list):
        return f"inputs {_start(architecture.get('inputs'))}, widths {_start(widths)}, activations {_start(activations)}"
    return f"{' → '.join(map(str, [architecture.get('inputs'), *widths]))} with {', '.join(map(str, activations))}"


def architecture_in(content: Mapping[str, Any], kind: str, path: FilePath) -> tuple[int, list[int], list[Any], bool]:
    """Returns the inputs, widths, activations and the option `expanded` of an MLP from a file's content.

    Raises ValueError unless the content is that of an MLP of this class.
    """
    name = os.fspath(path)
    if content.get("class") != kind:
        raise ValueError(f"{name} holds a model of class {_start(content.get('class'))}, not {kind!r}")
    inputs: Any = content.get("inputs")
    widths: Any = content.get("widths")
    activations: Any = content.get("activations")
    sizes = [inputs, *widths] if isinstance(widths, list) else []
    if len(sizes) < 2 or not all(type(n) is int and n > 0 for n in sizes):
        raise ValueError(f"{name} has no widths that a network could have: {_described(content)}")
    if not isinstance(activations, list) or len(activations) != len(widths) or not all(type(a) is str for a in activations):
        raise ValueError(f"{name} has no activation for each layer: {_described(content)}")
    count = sum((before + 1) * width for before, width in pairwise(sizes))
    if count != len(content["parameters"]):  # checked first, because a broken file may name a size that fills the memory
        raise ValueError(
            f"{name} holds {_described(content)}, which has {count} parameters, but the file has {len(content['parameters'])}"
        )
    return inputs, widths, activations, content.get("expanded") is True
