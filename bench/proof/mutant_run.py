"""Runs tests against mutants: one process imports what tests need but this project, and forks for each mutant.

The fork imports the changed module fresh, in the file's own place in the package, and runs tests of its room in this one
process, those first whose name has a word of the mutant's scope; it stops at the first that fails. Processes that tests start
see the file as it is. Which tests run which lines of the files as they are is found out by coverage.py, in a fork of its own.
There has to be a fork, so this runs on Linux and macOS.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import resource
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

from bench.proof.mutations import Mutant

HOME = Path(__file__).resolve().parent.parent.parent
TABLE, WRITTEN = "engine/rules.py", "engine/recording/operators.py"  # the second is written from the first
SECONDS, OF_CPU = 1200, 200  # for one mutant, which may loop without an end: many times what the tests of a room take
MEMORY = 4 << 30  # bytes of one mutant, for those whose loop makes lists longer without an end
CAUGHT, ALIVE, TIMED_OUT = "caught", "alive", "timed out"
UNCHANGED = "unchanged"  # the scope of what is no mutant, but the file as it is, whose tests have to pass


class Outcome(NamedTuple):
    mutant: Mutant
    result: str
    seconds: float
    by: str = ""  # the first test that failed


class Stage(NamedTuple):
    """Tests that are run together: those of the files, or only some of these, or all but some."""

    files: Sequence[str]
    only: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()

    def takes(self, test: str) -> bool:
        return test not in self.but and (not self.only or test in self.only)


class Changed(MetaPathFinder, SourceFileLoader):
    """Finds a module before anyone else does, and gives changed code for it."""

    def __init__(self, file: str, tree: ast.Module) -> None:
        self.module, self.tree = "chalkgrad." + file.removesuffix(".py").replace("/", "."), tree
        super().__init__(self.module, str(HOME / file))

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return spec_from_file_location(name, self.path, loader=self) if name == self.module else None

    def get_code(self, name: str) -> Any:
        return compile(ast.fix_missing_locations(self.tree), self.path, "exec")


def _install(mutant: Mutant) -> None:
    """Has the mutant imported from now on, and of the table of operations what is written from it, which else stays."""
    _forget()  # what is imported already would stay as it is
    sys.meta_path.insert(0, Changed(mutant.file, mutant.tree))
    if mutant.file == TABLE:
        from chalkgrad.engine.words import write_operators

        written = write_operators.texts()[write_operators.OPERATORS]
        _forget()
        sys.meta_path.insert(0, Changed(WRITTEN, ast.parse(written)))


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "chalkgrad"]:
        del sys.modules[name]


class FirstFailure:
    """A plugin of pytest: which test failed first, the likeliest tests first, no long search by Hypothesis."""

    def __init__(self, mutant: Mutant) -> None:
        self.stage = Stage(())
        self.words = {
            word for word in re.findall(r"[a-z]\w+", mutant.scope.lower()) if word not in {"rule", "slip", "module", "the"}
        }
        self.by = ""

    def pytest_configure(self) -> None:
        from hypothesis import Phase, settings

        settings.register_profile(
            "mutants", deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate]
        )
        settings.load_profile("mutants")

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = [item for item in items if self.stage.takes(item.nodeid)]
        items.sort(key=lambda item: not self.words & {*re.findall(r"[a-z]\w+", item.name.lower().replace("_", " ")), item.name})

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed and not self.by:
            self.by = report.nodeid

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and not self.by:
            self.by = report.nodeid


def unchanged(file: str) -> Mutant:
    """Returns what runs as a mutant does, but is the file as it is: if that is caught, so would be everything."""
    return Mutant(file, UNCHANGED, "", "", 1, 0, 0, ast.parse((HOME / file).read_text("utf-8")))


# Hypothesis is here already, so that pytest does not rewrite its assertions, which it would warn of.
OPTIONS = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning")
NONE_LEFT = 5  # pytest's status if it ran no test


def _by_itself() -> None:
    """Makes this process one that nobody hears, with limits."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.chdir(HOME)


def _in_the_fork(mutant: Mutant, stages: Sequence[Stage], write: int) -> None:
    """Runs the tests, and writes which one failed first."""
    import pytest

    _by_itself()
    resource.setrlimit(resource.RLIMIT_CPU, (OF_CPU, OF_CPU + 10))
    plugin = FirstFailure(mutant)
    try:
        _install(mutant)
        status = 0
        for plugin.stage in stages:
            if plugin.stage.files and status == 0:
                status = int(pytest.main([*OPTIONS, *plugin.stage.files], plugins=[plugin]))
                status = 0 if status == NONE_LEFT else status
    except BaseException as error:  # a mutant may end pytest itself
        status, plugin.by = 1, plugin.by or repr(error)
    os.write(write, (plugin.by if status and plugin.by else f"pytest ended with {status}" if status else "").encode()[:4000])
    os._exit(0 if status == 0 else 1)


class _Contexts:
    """A plugin of pytest that tells coverage.py which test is running."""

    def __init__(self, coverage: Any) -> None:
        self.coverage = coverage

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid)


def tests_of_lines(files: Sequence[str], tests: Sequence[str], to: Path) -> dict[str, dict[int, list[str]]]:
    """Returns which of the tests run which lines of the files, and keeps it in `to`, from which it is read the next time.

    What a module runs when it is imported is not of a test.
    """
    if not to.exists():
        pid = os.fork()
        if pid == 0:
            _measure_lines(files, tests, to)
        os.waitpid(pid, 0)
    found: dict[str, dict[str, list[str]]] = json.loads(to.read_text("utf-8"))
    return {file: {int(line): names for line, names in lines.items()} for file, lines in found.items()}


def _measure_lines(files: Sequence[str], tests: Sequence[str], to: Path) -> None:
    import pytest
    from coverage import Coverage

    _by_itself()
    places = [str(HOME / file) for file in files]
    measure = Coverage(data_file=None, include=places, config_file=False)
    measure.start()
    pytest.main([*OPTIONS, *tests], plugins=[_Contexts(measure), FirstFailure(unchanged(files[0]))])
    measure.stop()
    data = measure.get_data()
    found = {
        file: {line: [name for name in names if name] for line, names in data.contexts_by_lineno(place).items()}
        for file, place in zip(files, places, strict=True)
    }
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps(found), "utf-8")
    os._exit(0)


def prepare() -> None:
    """Imports what the tests need, so that each fork has it already; a process that is told to end ends its forks, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a fork has no other thread
    for name in ("pytest", "hypothesis", "mpmath", "numpy", "llvmlite.binding"):
        with contextlib.suppress(ImportError):
            __import__(name)


def run(waiting: Iterator[tuple[Mutant, Sequence[Stage]]], processes: int, seconds: float = SECONDS) -> Iterator[Outcome]:
    """Yields the outcome of each mutant as its run ends; so many are running at a time."""
    running: dict[int, tuple[Mutant, int, float]] = {}
    try:
        while True:
            while len(running) < processes and (following := next(waiting, None)):
                mutant, stages = following
                read, write = os.pipe()
                pid = os.fork()
                if pid == 0:
                    _in_the_fork(mutant, stages, write)
                os.close(write)
                running[pid] = mutant, read, time.monotonic()
            if not running:
                return
            yield from _ended(running, seconds)
    finally:
        for pid, (_, read, _) in running.items():
            _kill(pid)
            os.close(read)


def _ended(running: dict[int, tuple[Mutant, int, float]], seconds: float) -> Iterator[Outcome]:
    """Yields the outcomes of those that have ended, or have run for too long; waits a moment if there are none."""
    found = False
    for pid, (mutant, read, start) in [*running.items()]:
        took = time.monotonic() - start
        done, status = os.waitpid(pid, os.WNOHANG)
        if not done and took < seconds:
            continue
        if not done:
            _kill(pid)
        by = os.read(read, 4000).decode("utf-8", "replace") if done else ""
        os.close(read)
        del running[pid]
        found = True
        too_long = not done or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
        result = TIMED_OUT if too_long else ALIVE if status == 0 else CAUGHT
        yield Outcome(mutant, result, took, by or (f"status {status}" if status and done else ""))
    if not found:
        time.sleep(0.02)


def _kill(pid: int) -> None:
    """Ends a fork with all that it has started, and waits for it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
