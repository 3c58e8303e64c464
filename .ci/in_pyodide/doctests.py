"""Runs the examples of all docstrings in the browser's Python.

What needs something that this Python lacks is named in not_there.toml, with the reason. The list is held to: what is on it
and runs is an error, as is an example that fails and is not on it.
"""

import contextlib
import doctest
import importlib
import io
import pkgutil
import time
import tomllib
from pathlib import Path

NOT_THERE = Path(__file__).with_name("not_there.toml")
ROOMS = ("chalkgrad.engine", "chalkgrad.nn", "chalkgrad.viz", "chalkgrad")
CALLER = {"__name__": "__main__"}  # as in tests/test_doctests.py: the examples stand for a user's code


def modules(room: str) -> list[str]:
    """Returns the names of all modules of a room; what starts the command line is left out."""
    names = (found.name for found in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}."))
    others = () if room != "chalkgrad" else tuple(f"{other}." for other in ROOMS[:-1])
    return [room, *(name for name in names if name not in ROOMS and not name.startswith(others) and "__main__" not in name)]


def examples(name: str) -> tuple[dict[str, str], int]:
    """Runs the examples of a module; returns what the failing docstrings said, and how many examples there are."""
    failures: dict[str, str] = {}
    count = 0
    try:
        module = importlib.import_module(name)
    except Exception as error:
        return {name: f"cannot be imported: {error!r}"}, 0
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, extraglobs=CALLER):
        said = io.StringIO()
        count += len(test.examples)
        with contextlib.redirect_stderr(io.StringIO()):  # what the command line says to a user
            failed = runner.run(test, out=said.write).failed
        if failed:
            failures[test.name] = said.getvalue()
    return failures, count


def main() -> int:
    """Runs all examples, prints the counts, and returns how many surprises there were."""
    absent = {name: reason for reason, names in tomllib.loads(NOT_THERE.read_text("utf-8")).items() for name in names}
    surprises, seen = 0, set()
    for room in ROOMS:
        begun = time.perf_counter()
        counted = 0
        failing: list[str] = []
        for name in modules(room):
            failures, count = examples(name)
            counted += count
            failing += failures
            for test in set(failures) - set(absent):
                surprises += 1
                print(f"{test}\n{failures[test]}")
        seen |= {*failing}
        said = f"{counted} examples in {time.perf_counter() - begun:.1f} s"
        print(f"{room}: {said}; {len(failing)} docstrings need what is not there")
    for name in sorted(set(absent) - seen):
        surprises += 1
        print(f"{name} is in {NOT_THERE.name}, and its examples run")
    return surprises
