"""Where chalkgrad runs: each minor version of Python, the oldest and the newest dependencies, no compiler, the browser.

Each version of Python that is on this machine gets an environment of its own, into which pip installs the sources and all that
users may install beside them, from wheels alone and where there is no compiler; the tests of the engine and of nn run in it.
The oldest version gets another one, with the oldest dependencies that pyproject allows.
"""

from __future__ import annotations

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from bench.proof.determinism import interpreter, link_package
from bench.proof.figure import Figure

PROMISE = "Platforms: every version of Python that is named, the oldest dependencies and the newest, and no compiler"
HOME = Path(__file__).resolve().parent.parent.parent
FLOORS = runpy.run_path(str(HOME / ".ci" / "floors.py"))
PROJECT = FLOORS["PROJECT"]
VERSIONS = tuple(re.findall(r":: Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"])))
TESTS = ("tests/engine", "tests/nn")
COMPILERS = ("cc", "gcc", "c++", "g++", "clang", "cl", "rustc", "gfortran")
TRIED = (
    "demo --out demo",
    "draw colah -o colah.svg",
    "play colah -o colah.html",
    "train xor --epochs 2 --compiled numpy --plot xor.svg",
    "train xor --epochs 2 --compiled llvm",
    "sheet row13 --key -o row13",
)
ROOMS = ("engine", "nn", "viz", "front")
IMPORTED = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
count = 0
for room in ("engine", "nn"):
    package = importlib.import_module(f"chalkgrad.{room}")
    for found in pkgutil.walk_packages(package.__path__, f"chalkgrad.{room}."):
        try:
            importlib.import_module(found.name)
            count += 1
        except ImportError as error:
            lacks = error if error.name else error.__cause__
            if lacks.name not in ("numpy", "llvmlite", "sympy", "torch"):
                raise
from chalkgrad.engine import Value
x = Value(2.0, "x")
(x * x + 3 * x).tanh().backward()
assert x.has_grad
print(count)
"""
ELSEWHERE = "the public workflow runs it"


def figures(quick: bool) -> Iterator[Figure]:
    """Yields what each platform says; with `quick` no environment is made."""
    yield promised()
    yield read_by_the_oldest()
    yield ranges()
    if quick:
        yield from imported()
        return
    with tempfile.TemporaryDirectory(prefix="chalkgrad-platforms-") as folder:
        sources = copied(Path(folder))
        for version in tqdm(VERSIONS, "versions of Python", disable=None):
            python = interpreter(version)
            if python is None:
                because = f"Python {version} is not on this machine, nor in the package indexes: {ELSEWHERE}"
                yield Figure(f"Python {version}: the tests of engine and nn", "not measured", "all pass", False, because)
                continue
            place = Path(folder) / version
            installed = without_compiler(python, version, sources, place)
            yield installed
            if installed.met:
                yield with_the_newest(version, sources, place)
            shutil.rmtree(place, ignore_errors=True)
        yield with_the_oldest(sources, Path(folder) / "floors")
    yield in_the_browser()
    for system in ("Windows", "macOS on ARM", "Linux on ARM"):
        yield Figure(f"{system}: all tests", "not measured", "all pass", False, f"this machine is another: {ELSEWHERE}")
    because = f"its CPU build of that version is in no index that this machine reaches: {ELSEWHERE}"
    yield Figure("the oldest PyTorch: its tests", "not measured", "all pass", False, because)


# What is claimed, and what can be read ------------------------------------------------------------------------------------


def promised() -> Figure:
    """Returns whether requires-python, the classifiers and the public workflow speak of the same versions."""
    workflow = (HOME / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    checked = re.search(r"^  checks:.*?python: \[(.*?)\]", workflow, re.MULTILINE | re.DOTALL)
    tried = re.findall(r"3\.\d+", checked[1] if checked else "")
    oldest = PROJECT["requires-python"].removeprefix(">=")
    agree = [*VERSIONS] == tried and oldest == VERSIONS[0]
    said = f"{oldest} or newer; {', '.join(VERSIONS)}; {', '.join(tried)}"
    return Figure("requires-python, the classifiers, the public workflow's checks", said, "they agree", agree)


def read_by_the_oldest() -> Figure:
    """Returns how many files of the package the oldest Python's grammar cannot read, or any version with a warning."""
    oldest = (3, int(VERSIONS[0].partition(".")[2]))
    files = [file for room in ROOMS for file in sorted((HOME / room).rglob("*.py"))]
    wrong = []
    for file in files:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                text = file.read_text("utf-8")
                tree = ast.parse(text, feature_version=oldest)
                compile(text, str(file), "exec", dont_inherit=True)
                wrong += [f"* {file.relative_to(HOME)}: leaves a finally at line {line}" for line in left_in_finally(tree)]
            except (SyntaxError, SyntaxWarning) as error:
                wrong.append(f"* {file.relative_to(HOME)}: {error}")
    what = f"{len(files)} files of the package in the grammar of Python {VERSIONS[0]}"
    return Figure(what, f"{len(wrong)} that it cannot read, or that a version warns of", "0", not wrong, "", tuple(wrong))


def left_in_finally(tree: ast.AST) -> list[int]:
    """Returns the lines with a return in a finally, which Python warns of from 3.14 on."""
    found: list[int] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            waiting: list[ast.AST] = [*node.finalbody]
            while waiting:
                inner = waiting.pop()
                if isinstance(inner, ast.Return):
                    found.append(inner.lineno)
                elif not isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
                    waiting += ast.iter_child_nodes(inner)
    return found


def ranges() -> Figure:
    """Returns how many dependencies of users have no oldest version, from which the floors could be made."""
    lines = [*PROJECT["dependencies"], *(line for extra in (*FLOORS["USERS"], "torch") for line in FLOORS["EXTRAS"][extra])]
    without = [f"* {line} has no oldest version" for line in lines if FLOORS["floor"](line) is None]
    what = f"{len(lines)} dependencies of users, with those of the extras, without an oldest version"
    return Figure(what, f"{len(without)}", "0", not without, "", tuple(without))


def imported() -> Iterator[Figure]:
    """Yields for each interpreter of this machine whether all of engine and nn is imported, and a gradient computed."""
    with tempfile.TemporaryDirectory() as packages:
        link_package(Path(packages))
        for version in VERSIONS:
            python = interpreter(version)
            if python is None:
                because = f"Python {version} is not on this machine: {ELSEWHERE}"
                yield Figure(f"Python {version}: engine and nn", "not measured", "imported", False, because)
                continue
            call = [python, "-S", "-B", "-W", "error", "-c", IMPORTED, packages]
            run = subprocess.run(call, capture_output=True, check=False, text=True, env=bare())
            said = f"{run.stdout.strip()} modules imported" if run.returncode == 0 else run.stderr.strip()[-300:]
            yield Figure(f"Python {version}: engine and nn, warnings as errors", said, "imported", run.returncode == 0)


# Environments -------------------------------------------------------------------------------------------------------------


def bare() -> dict[str, str]:
    """Returns this process's environment without what it says of this Python."""
    return {name: text for name, text in os.environ.items() if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"}


def copied(folder: Path) -> Path:
    """Copies the files that the repository holds, as they are now."""
    place = folder / "sources"
    listed = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in subprocess.run(listed, cwd=HOME, capture_output=True, check=True, text=True).stdout.split("\0"):
        if name and (HOME / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(HOME / name, place / name)
    return place


def run(call: Sequence[str | Path], within: Path, **environment: str) -> tuple[int, str]:
    """Runs a command; returns its status and the last lines of what it said."""
    done = subprocess.run(
        [*map(str, call)],
        cwd=within,
        env=bare() | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONDONTWRITEBYTECODE": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    lines = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if not line.startswith("WARNING")]
    return done.returncode, "\n".join(lines[-12:])


def without_compiler(python: str, version: str, sources: Path, place: Path) -> Figure:
    """Installs the sources with what users may install beside them, on a path that has no compiler, and tries the command."""
    what = f"Python {version}: `pip install .[{','.join(FLOORS['USERS'])}]` without a compiler, and {len(TRIED)} commands"
    status, said = run([python, "-m", "venv", place], sources)
    there = place / ("Scripts" if os.name == "nt" else "bin")
    path = {"PATH": str(there), "CC": str(place / "no-compiler")}
    assert not [name for name in COMPILERS if shutil.which(name, path=path["PATH"])]
    if not status:
        wheels = ("--only-binary", ":all:")  # of all that it depends on; the sources themselves are built all the same
        status, said = run([there / "pip", "install", "-q", *wheels, f".[{','.join(FLOORS['USERS'])}]"], sources, **path)
    for line in TRIED if not status else ():
        status, said = run([there / "chalkgrad", *line.split()], place, **path)
        if status:
            said = f"chalkgrad {line}: {said}"
            break
    return Figure(
        what, "installed, and ran" if not status else "failed", "installed, and ran", not status, "", lines_of(said, status)
    )


def with_the_newest(version: str, sources: Path, place: Path) -> Figure:
    """Runs the tests in an environment that has the newest dependencies."""
    there = place / ("Scripts" if os.name == "nt" else "bin")
    status, said = run([there / "pip", "install", "-q", *FLOORS["tools"](set())], sources)
    if status:
        return Figure(
            f"Python {version}: the tools of the tests", "could not be installed", "installed", False, "", lines_of(said, 1)
        )
    return tested(f"Python {version}, the newest dependencies: the tests of engine and nn", there, TESTS, sources)


def with_the_oldest(sources: Path, place: Path) -> Figure:
    """Runs the tests in the oldest Python with the oldest dependencies."""
    what = f"Python {VERSIONS[0]}, the oldest dependencies"
    python = interpreter(VERSIONS[0])
    if python is None:
        return Figure(what, "not measured", "all pass", False, f"Python {VERSIONS[0]} is not on this machine: {ELSEWHERE}")
    run([python, "-m", "venv", place], sources)
    there = place / ("Scripts" if os.name == "nt" else "bin")
    needed = [*FLOORS["floors"](), *FLOORS["tools"]()]
    status, said = run([there / "pip", "install", "-q", "-e", ".", *needed], sources)
    if status:
        return Figure(what, "could not be installed", "installed", False, "", lines_of(said, 1))
    return tested(f"{what}: the tests of what they serve", there, FLOORS["TESTS"], sources)


def tested(what: str, there: Path, tests: Sequence[str], sources: Path) -> Figure:
    """Runs tests with an environment's Python and returns what pytest said."""
    # The package that is installed, or the sources in their place: a test's folder is never the package's.
    call = [there / "python", "-m", "pytest", "-q", "-n", "auto", "--dist", "worksteal", "-p", "no:cacheprovider", *tests]
    status, said = run(call, sources, PATH=os.pathsep.join([str(there), os.environ.get("PATH", os.defpath)]))
    last = re.sub(r" in [\d.]+s.*|=+ ?", "", said.splitlines()[-1] if said else "")
    return Figure(what, last, "all pass", status == 0, "", (*lines_of(said, status), *versions(there)))


def versions(there: Path) -> tuple[str, ...]:
    """Returns a line with the versions of the dependencies in an environment."""
    names = {FLOORS["name_of"](line).lower() for line in FLOORS["floors"]()}
    listed = subprocess.run([there / "pip", "list", "--format=freeze"], capture_output=True, check=False, text=True, env=bare())
    found = [line for line in listed.stdout.splitlines() if line.partition("==")[0].lower() in names]
    python = subprocess.run([there / "python", "--version"], capture_output=True, check=False, text=True, env=bare())
    return (f"{python.stdout.strip()} with {', '.join(line.replace('==', ' ') for line in found)}.",)


def lines_of(said: str, status: int) -> tuple[str, ...]:
    return ("```", *said.splitlines(), "```") if status else ()


def in_the_browser() -> Figure:
    """Runs .ci/pyodide: long chains, pictures, and the examples of all docstrings in the browser's Python."""
    status, said = run([HOME / ".ci" / "pyodide", sys.executable], HOME)
    what = "Pyodide: long chains, pictures, the examples of all docstrings"
    if status == 77:
        return Figure(what, "not measured", "all pass", False, f"Node or its packages cannot be had here: {ELSEWHERE}")
    counted = re.findall(r": (\d+) examples", said)
    python = re.search(r"^Python [\d.]+", said, re.MULTILINE)
    measured = f"{sum(map(int, counted))} examples pass" if not status else "failed"
    return Figure(what + (f", in {python[0]}" if python else ""), measured, "all pass", not status, "", lines_of(said, status))
