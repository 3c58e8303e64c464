"""Runs the examples of the docstrings in the browser's Python; `run.mjs` starts it there and hands it its options.

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

CALLER = {"__name__": "__main__"}  # as in tests/test_doctests.py: the examples stand for a user's code


def modules(room: str) -> list[str]:
    """Returns the names of all modules of a room."""
    package = importlib.import_module(room)
    return [room, *(found.name for found in pkgutil.walk_packages(package.__path__, f"{room}."))]


def examples(name: str) -> tuple[dict[str, str], int]:
    """Runs the examples of a module; returns what the failing docstrings said, and how many examples there are."""
    failures: dict[str, str] = {}
    count = 0
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        return {name: f"cannot be imported: {error}"}, 0
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, extraglobs=CALLER):
        said = io.StringIO()
        count += len(test.examples)
        if runner.run(test, out=said.write).failed:
            failures[test.name] = said.getvalue()
    return failures, count


def main(rooms: list[str], list_of_absent: str) -> int:
    """Runs all examples of these rooms, prints the counts, and returns how many surprises there were."""
    named = tomllib.loads(Path(list_of_absent).read_text("utf-8"))
    absent = {name: reason for reason, names in named.items() for name in names}
    surprises = 0
    seen: set[str] = set()
    for room in rooms:
        begun = time.perf_counter()
        counted = failing = 0
        for name in modules(room):
            if room == "chalkgrad" and name.split(".")[1:2] and name.split(".")[1] in ("engine", "nn", "viz"):
                continue
            with contextlib.redirect_stderr(io.StringIO()):
                failures, count = examples(name)
            counted += count
            for test, said in failures.items():
                failing += 1
                seen.add(test)
                if test not in absent:
                    surprises += 1
                    print(f"{test}\n{said}")
        print(f"{room}: {counted} examples, {failing} docstrings fail; {time.perf_counter() - begun:.1f} s")
    for name in sorted(set(absent) - seen):
        surprises += 1
        print(f"{name} is named in {Path(list_of_absent).name} and runs")
    return surprises
