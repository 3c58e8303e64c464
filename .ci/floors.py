"""The oldest dependencies that pyproject allows, as requirements for pip, and the tests of what they serve:

    python .ci/floors.py > floors.txt && pip install -e . -r floors.txt && python .ci/floors.py --test

The ranges of pyproject are the only place that names them. With names of extras, `.ci/floors.py fast torch`, it prints theirs
instead of those of all but PyTorch, which is large, and whose tests `--test -m torch` runs.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).resolve().parent.parent / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
TOOLS = ("test", "docs", "bench")  # extras for those who work on the project
USERS = tuple(name for name in EXTRAS if name not in (*TOOLS, "torch"))
NEWER = {"jax"}  # tools that need newer dependencies than ours: jax has needed NumPy 2 since 0.6
# What the tests of the engine, of nn, plots and widgets import; the others play pages, or build and check.
USED = {
    *("autograd", "hypothesis", "ipykernel", "jax", "micrograd", "mpmath", "nbclient", "nbformat", "pandas", "pytest"),
    *("pytest-xdist", "scipy"),
}

# Those of what each dependency serves: arrays and machine code, symbols, pictures, plots, the widget, codes for QR.
TESTS = (
    *("tests/engine", "tests/nn", "tests/viz/drawing", "tests/viz/formats", "tests/viz/plots", "tests/viz/widget"),
    *("tests/front/lecture", "--ignore=tests/engine/programs/plan/test_libraries.py"),  # which compares with jax
    # Libraries that are old warn of newer ones, and these of old ones: no errors of ours, as all other warnings are.
    *("-W", "ignore::DeprecationWarning", "-W", "ignore::FutureWarning"),
)


def name_of(requirement: str) -> str:
    """Returns the name of the package that a requirement is for."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def floor(requirement: str) -> str | None:
    """Returns a requirement for the oldest version in the range of another; None if the range has none."""
    versions, mark, marker = requirement.partition(";")
    found = re.fullmatch(r"([\w.-]+)\s*>=\s*([\d.]+)\s*", versions)
    return found and f"{found[1]}=={found[2]}{mark}{marker}"


def floors(extras: Sequence[str] = USERS) -> list[str]:
    """Returns each dependency, those of some extras too, in the oldest version of its range."""
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    return [oldest for line in lines if (oldest := floor(line))]


def tools(without: set[str] = NEWER) -> list[str]:
    """Returns the tools with which the tests are run, in the ranges of the extra `test`."""
    return [line for line in EXTRAS["test"] if name_of(line) in USED - without]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--test"]:
        call = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "--dist", "worksteal", *TESTS, *sys.argv[2:]]
        sys.exit(subprocess.run(call, check=False).returncode)
    print("\n".join([*floors(sys.argv[1:] or USERS), *tools()]))
