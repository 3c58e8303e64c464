"""Which lines and branches the tests run, of the core, the engine and the rest.

    .venv/bin/python -m bench.proof coverage

runs all tests once, with coverage.py in every process that they start, and leaves its data in build/coverage; `--quick` reads
what the last full run left there, or else runs the tests of the core alone, and measures only the core. `coverage report` and
`coverage html` show the same data line by line.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from coverage import Coverage

from bench.proof.figure import Figure

PROMISE = "The tests run every line and every branch of the core, and nearly all of the rest"
HOME = Path(__file__).resolve().parent.parent.parent
DATA = HOME / "build" / "coverage" / "data"

CORE = ("engine/errors.py", "engine/rules.py", "engine/sweep.py", "engine/value.py")
CORE_TESTS = (
    "tests/engine/test_sweep.py",
    "tests/engine/test_value.py",
    "tests/engine/test_processes.py",
    "tests/engine/stepping/test_grads.py",
    "tests/engine/stepping/test_answers.py",
)
# A part, the files that begin so, and the share of its lines and branches that has to be run, in percent.
PARTS = (("the core", CORE, 100.0), ("the engine", ("engine/",), 98.0), ("nn, viz and front", ("nn/", "viz/", "front/"), 95.0))
MOST_FILES = 20  # of the worst, in detail


class Run(NamedTuple):
    """Of one file, what there is and what the tests have run."""

    file: str
    lines: int
    branches: int
    missing_lines: tuple[int, ...]
    missing_branches: tuple[tuple[int, int], ...]

    @property
    def missing(self) -> int:
        return len(self.missing_lines) + len(self.missing_branches)

    def __str__(self) -> str:
        parts = [f"line {line}" for line in self.missing_lines]
        parts += [f"{start} → {end if end > 0 else 'the end'}" for start, end in self.missing_branches]
        return f"`{self.file}`: {', '.join(parts[:8])}{' …' if len(parts) > 8 else ''}"


def _coverage(data: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Runs the command coverage, whose settings are in pyproject.toml."""
    environment = os.environ | {"COVERAGE_FILE": str(data)}
    return subprocess.run([sys.executable, "-m", "coverage", *words], cwd=HOME, env=environment, stdout=sys.stderr, check=False)


def measure(data: Path, tests: Sequence[str]) -> int:
    """Runs the tests, gathers what all their processes have run into one file of data, and returns pytest's status."""
    data.parent.mkdir(parents=True, exist_ok=True)
    for old in data.parent.glob(data.name + "*"):
        old.unlink()
    together = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "auto", "--dist", "worksteal"]
    status = _coverage(data, "run", *together, *tests).returncode
    _coverage(data, "combine", "--quiet", str(data.parent)).check_returncode()
    return status


def read(data: Path) -> list[Run]:
    """Returns what was run of every file of the packages, those that no test imports, too."""
    measured = Coverage(data_file=str(data), config_file=str(HOME / "pyproject.toml"))
    measured.load()
    runs = []
    for folder in ("engine", "nn", "viz", "front"):
        for path in sorted((HOME / folder).rglob("*.py")):
            analysis = measured._analyze(str(path))
            missing = tuple((start, end) for start, ends in analysis.missing_branch_arcs().items() for end in ends)
            numbers = analysis.numbers
            file = path.relative_to(HOME).as_posix()
            runs.append(Run(file, numbers.n_statements, numbers.n_branches, tuple(sorted(analysis.missing)), missing))
    return runs


def _figure(part: str, runs: Sequence[Run], goal: float, note: str) -> Figure:
    lines, branches = sum(run.lines for run in runs), sum(run.branches for run in runs)
    missing = sum(run.missing for run in runs)
    share = 100 * (1 - missing / (lines + branches))
    worst = sorted((run for run in runs if run.missing), key=lambda run: -run.missing)
    return Figure(
        f"{part}: {lines:,} lines, {branches:,} branches{note}",
        f"{share if missing == 0 else min(share, 99.99):.2f} %",
        "100 %" if goal == 100 else f"≥ {goal:g} %",
        met=share >= goal,
        details=tuple(f"* not run in {run}" for run in worst[:MOST_FILES]),
    )


def figures(quick: bool) -> Iterator[Figure]:
    parts, note = PARTS, ""
    with tempfile.TemporaryDirectory() as folder:
        data = DATA
        if not quick:
            status = measure(DATA, ["tests"])
            note = "" if status == 0 else ", though some tests failed"
        elif DATA.exists():
            note = ", by the last full run"
        else:
            data, parts = Path(folder) / "data", PARTS[:1]
            status = measure(data, CORE_TESTS)
            note = ", by its own tests alone" + ("" if status == 0 else ", of which some failed")
        runs = read(data)
        for part, starts, goal in parts:
            yield _figure(part, [run for run in runs if run.file.startswith(starts)], goal, note)
