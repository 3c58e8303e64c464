"""What the judge says of scalar engines that others have published: each passes for what it has, or has a true fault.

    pip download --no-deps -d folder micrograd deep-autograd femtograd backprop-lib gradflow-kit tonygrad kaitorch omnigrad \\
        scalargrad propgrad lilgrad
    python bench/engines_of_others.py folder

The packages are unpacked into a temporary folder and imported from there; nothing is installed.
"""

from __future__ import annotations

import importlib
import sys
import tarfile
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple
from unittest.mock import MagicMock

from chalkgrad.classroom.grading.judging.judge import judged
from chalkgrad.classroom.grading.report import Report
from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter


class Engine(NamedTuple):
    """Where a package has its engine: modules, the class, and what has another name."""

    modules: tuple[str, ...]
    class_name: str = "Value"
    names: Mapping[str, str] = MappingProxyType({})


SHOWN = ("rich", "matplotlib", "graphviz", "tqdm", "numpy")
ENGINES = {
    "micrograd": Engine(("micrograd.engine", "micrograd.nn")),
    "deep_autograd": Engine(("deep_autograd.engine", "deep_autograd.nn")),
    "femtograd": Engine(("femtograd.femtograd", "femtograd.nn"), "value"),
    "backprop_lib": Engine(("backprop.engine", "backprop.nn")),
    "gradflow_kit": Engine(("micrograd.node",), "Node"),
    "tonygrad": Engine(("tonygrad.engine", "tonygrad.nn")),
    "kaitorch": Engine(("kaitorch.core",), "Scalar"),
    "omnigrad": Engine(("omnigrad.diffengine",), "Value", {"log": "ln", "relu": "reLU", "sigmoid": "sigmod"}),
    "scalargrad": Engine(("scalargrad.core",), "Scalar"),
    "propgrad": Engine(("propgrad.engine", "propgrad.nn")),
    "lilgrad": Engine(("micrograd.engine",)),
}


def report_on(file: Path) -> Report:
    """Returns the report on a package's engine. Raises ImportError if it cannot be imported."""
    name = file.name.split("-")[0]
    engine = ENGINES[name]
    with tempfile.TemporaryDirectory() as folder:
        _unpack(file, folder)
        before = {*sys.modules}
        sys.path.insert(0, folder)
        try:
            found: dict[str, Any] = {}
            for module in engine.modules:
                found |= vars(_imported(module))
            return judged(in_this_interpreter(SimpleNamespace(**found), engine.class_name, engine.names), file=name)
        finally:
            sys.path.remove(folder)
            for module in {*sys.modules} - before:
                if module.split(".")[0] in {x.split(".")[0] for x in engine.modules}:
                    del sys.modules[module]


def _imported(module: str) -> Any:
    """Imports a module; packages that it only needs to print in colours are replaced by nothing."""
    for _ in range(20):
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.split(".")[0] not in SHOWN:
                raise
            sys.modules[error.name] = MagicMock()
    raise ImportError(f"{module} needs too much")


def _unpack(file: Path, folder: str) -> None:
    if file.suffix == ".whl":
        zipfile.ZipFile(file).extractall(folder)
        return
    with tarfile.open(file) as archive:
        archive.extractall(folder, filter="data")
    for inside in [*Path(folder).iterdir()]:
        for part in [*inside.iterdir()] if inside.is_dir() else []:
            part.rename(Path(folder, part.name))


def main(folder: str, say: Callable[[str], object] = print) -> None:
    """Prints a row for each package in a folder."""
    warnings.simplefilter("ignore")
    for file in sorted(Path(folder).glob("*-*")):
        if file.name.split("-")[0] not in ENGINES:
            continue
        began = time.perf_counter()
        try:
            report = report_on(file)
        except ImportError as error:
            say(f"{file.name}: {error}")
            continue
        counts = {outcome: sum(x.outcome == outcome for x in report.findings) for outcome in ("passed", "failed", "left out")}
        row = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        say(f"{file.name}: {report.engine} {report.points:g} of {report.of:g}; {row}; {time.perf_counter() - began:.2f} s")
        if report.reason:
            say(f"    {report.reason}")
        for finding in report.findings:
            if finding.outcome == "failed" or (finding.outcome == "reported" and finding.slip):
                say(f"    {finding.level} {finding.test} {finding.outcome}: {finding.said}")


if __name__ == "__main__":
    main(sys.argv[1])
