"""The same bytes from the same input: pictures, pages, tables, sources, sheets, trained models, in interpreters of other kinds.

Each run is a fresh interpreter that writes a folder and prints the hash of each file: with other hash seeds, locales, time
zones, encodings, and in each other minor version of Python that is installed and can import chalkgrad.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from tqdm import tqdm

from bench.proof.figure import Figure

PROMISE = "Determinism: the same bytes everywhere"
SEEDS = 20
KEY = "# The key of a course\n" + "0123456789abcdef" * 4 + "\n"
SUMS = "sum() of floats compensates its rounding since Python 3.12, so a trained model has other last digits"
DEPENDENCIES = ("graphviz", "tqdm")  # which are Python alone
LOCALES = ("C", "C.UTF-8", "POSIX", "de_DE.UTF-8", "he_IL.UTF-8", "tr_TR.ISO-8859-9")  # one that there is not is as C
ZONES = ("UTC", "Asia/Jerusalem", "America/St_Johns", "Pacific/Kiritimati")

WRITTEN = """
import hashlib, json, os, pathlib, sys, warnings
warnings.simplefilter("ignore")
sys.path[:0] = json.loads(sys.argv[2])
from chalkgrad.engine import *
from chalkgrad.nn import MLP, fit, squared_error
from chalkgrad.viz import diagram, draw, frames, play
folder = pathlib.Path(sys.argv[1])


def keep(name, text):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))

a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
L = (a * b + c) * maximum(a, 0.5) + softmax([a, b, c])[0] * affine([a, b], [b, c], a)
L.backward()
for skin in ("cards", "circuit", "edges"):
    keep(f"{skin}.svg", draw(L, skin=skin).svg)
frames(L, folder / "frames")
play(L, folder / "page.html")
keep("diagram.svg", diagram(MLP(2, [3, 1], "tanh", seed=0)).svg)
table = L.tape().table()
keep("tables.txt", "\\n".join([table.text(), table.latex(), table.markdown(), table.html(), repr(L.steps()), str(L.steps())]))
keep("chain.txt", repr(chain_rule(L, a)) + repr(derivative_expression(L, a)) + repr(cost(L)))
p = program(L, inputs=[a, b])
for target in ("python", "numpy", "javascript"):
    try:
        keep(target + ".txt", p.source(target))
    except ImportError:
        pass
model = MLP(2, [4, 1], "tanh", seed=0)
X, y = [[0.0, 1.0], [1.0, 0.5], [0.5, 0.0], [0.25, 0.75]], [0.0, 1.0, 1.0, 0.5]
history = fit(model, X, y, loss=squared_error, epochs=20, batch_size=2, compiled=False, progress=False)
model.save(folder / "model.json")
from chalkgrad.command.commands import run
assert run(["sheet", "colah", "--as", "html,tex,moodle,json", "--key", "-o", str(folder / "sheet")]) == 0
found = {str(x.relative_to(folder)): hashlib.sha256(x.read_bytes()).hexdigest() for x in folder.rglob("*") if x.is_file()}
print("\\n" + json.dumps(found))
"""


def figures(quick: bool) -> Iterator[Figure]:
    """Yields how many kinds of interpreter wrote another byte than the first."""
    with tempfile.TemporaryDirectory() as folder:
        first = written(Path(folder))
        seeds = {f"hash seed {seed}": {"PYTHONHASHSEED": str(seed)} for seed in range(1, 3 if quick else 1 + SEEDS)}
        yield compared(f"{len(seeds)} hash seeds", seeds, first)
        places = {f"locale {name}": {"LC_ALL": name, "LANG": name} for name in LOCALES}
        places |= {f"time zone {name}": {"TZ": name} for name in ZONES}
        # Texts are those of a stream that can have them: one that cannot gets ASCII, which tests/test_encodings.py holds.
        places |= {"without UTF-8 mode": {"PYTHONUTF8": "0"}, "no HOME": {"HOME": ""}}
        chosen = dict([*places.items()][:: 6 if quick else 1])
        yield compared(f"{len(chosen)} locales, time zones and encodings", chosen, first)
        if not quick:
            yield from other_versions()


def compared(what: str, environments: Mapping[str, Mapping[str, str]], first: Mapping[str, str]) -> Figure:
    """Returns the figure of some environments: how many files differ from those of the first run."""
    details = []
    for name, environment in tqdm(environments.items(), what, disable=None):
        with tempfile.TemporaryDirectory() as folder:
            details += different(name, written(Path(folder), **environment), first)
    return Figure(f"{what}: {len(first)} files each", f"{len(details)} differ", "0", not details, "", tuple(details))


def different(name: str, found: Mapping[str, str], first: Mapping[str, str]) -> list[str]:
    return [f"* {name}: {file} differs" for file in sorted({*found, *first}) if found.get(file) != first.get(file)]


def written(folder: Path, python: str = sys.executable, paths: tuple[str, ...] = (), **environment: str) -> dict[str, str]:
    """Returns the hash of each file that an interpreter writes, by its name."""
    kept = {name: x for name, x in os.environ.items() if name not in {"LC_ALL", "LANG", "PYTHONHASHSEED", "PYTHONPATH"}}
    (folder / "course.key").write_text(KEY, "utf-8")  # from which the numbers of sheets are made
    # Without a site, as without the paths, what is compiled for one version of Python is nowhere.
    call = [python, *["-S"] * bool(paths), "-c", WRITTEN, str(folder), json.dumps(paths)]
    # The program that lays pictures out is beside this interpreter, and is looked for beside the other, or on the path.
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    run = subprocess.run(call, env=kept | environment, capture_output=True, check=False, cwd=folder)
    if run.returncode:
        return {"nothing": run.stderr.decode("utf-8", "replace").splitlines()[-1]}
    found: dict[str, str] = json.loads(run.stdout.splitlines()[-1])
    return found


def other_versions() -> Iterator[Figure]:
    """Yields for each other version of Python how many files differ; what is compiled, such as NumPy, is not there."""
    with tempfile.TemporaryDirectory() as packages:
        link_package(Path(packages))
        with tempfile.TemporaryDirectory() as folder:
            first = written(Path(folder), sys.executable, (packages,))
        for minor in ("3.11", "3.12", "3.13", "3.14"):
            if minor == f"3.{sys.version_info.minor}":
                continue
            python = interpreter(minor)
            if python is None:
                because = f"Python {minor} is not on this machine"
                yield Figure(f"Python {minor}", "not measured", "0 differ", met=False, because=because)
                continue
            with tempfile.TemporaryDirectory() as folder:
                found = written(Path(folder), python, (packages,))
            details = different(f"Python {minor}", found, first)
            because = SUMS if all("model.json" in line for line in details) else ""
            yield Figure(
                f"Python {minor}: {len(first)} files", f"{len(details)} differ", "0", not details, because, tuple(details)
            )


def interpreter(minor: str) -> str | None:
    """Returns an interpreter of a minor version: one that pyenv keeps, or one on the path."""
    kept = sorted(Path.home().glob(f".pyenv/versions/{minor}.*/bin/python"))
    return str(kept[-1]) if kept else shutil.which(f"python{minor}")


def link_package(folder: Path) -> None:
    """Makes the package importable, with what it needs, from a folder that has nothing else."""
    import chalkgrad
    from chalkgrad import engine, nn, viz

    (folder / "chalkgrad").mkdir()
    rooms = {package.__name__.rpartition(".")[2]: Path(package.__path__[0]) for package in (engine, nn, viz)}
    for entry in [*Path(chalkgrad.__path__[0]).iterdir()]:
        if entry.name not in rooms:
            (folder / "chalkgrad" / entry.name).symlink_to(entry)
    for name, room in rooms.items():
        (folder / "chalkgrad" / name).symlink_to(room)
    for dependency in map(import_module, DEPENDENCIES):
        (folder / dependency.__name__).symlink_to(Path(str(dependency.__file__)).parent)
