"""All checks of this checkout, with the tools of the environment that runs it:

    .venv/bin/python .ci/check.py                 lint, format, types, tests
    .venv/bin/python .ci/check.py lint types      some of them
    .venv/bin/python .ci/check.py tests -k tanh   what begins with a minus, and all behind it, goes to pytest

`.ci/run` does more: it tries what the README promises in fresh environments, and a wheel outside the clone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent


def tool(*words: str, **environment: str) -> int:
    """Runs a module of this environment at home, and returns its exit status."""
    return subprocess.run([sys.executable, "-m", *words], cwd=HOME, env=os.environ | environment, check=False).returncode


def lint(options: Sequence[str]) -> int:
    return tool("ruff", "check", ".")


def layout(options: Sequence[str]) -> int:
    return tool("ruff", "format", "--check", ".")


def types(options: Sequence[str]) -> int:
    """Runs mypy on a copy in which the packages lie where they are imported from, which they do not in the checkout."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "chalkgrad"
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HOME / "front", package, ignore=unwanted)
        for name in ("engine", "nn", "viz"):
            shutil.copytree(HOME / name, package / name, ignore=unwanted)
        return tool("mypy", "--strict", "-p", "chalkgrad", MYPYPATH=folder)


def tests(options: Sequence[str]) -> int:
    return tool("pytest", "-n", "auto", "--dist", "worksteal", *options)


CHECKS = {"lint": lint, "format": layout, "types": types, "tests": tests}


def main(arguments: Sequence[str]) -> int:
    start = next((i for i, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    names, options = arguments[:start] or list(CHECKS), arguments[start:]
    if unknown := [name for name in names if name not in CHECKS]:
        sys.exit(f"there is no check {unknown[0]}; there are {', '.join(CHECKS)}")
    failed = []
    for name in names:
        print(f"== {name}", flush=True)
        if CHECKS[name](options):
            failed.append(name)
    print("all checks passed" if not failed else f"failed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
