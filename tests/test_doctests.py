"""Every example in every docstring, and in README, is run."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

ROOMS = ["chalkgrad.engine", "chalkgrad.nn", "chalkgrad.viz", "chalkgrad"]
README = Path(__file__).parent.parent / "README.md"
FLAGS = doctest.ELLIPSIS

# An example stands for the code of someone who uses the package, so its variables are the caller's.
CALLER = {"__name__": "__main__"}


def modules():
    names = set(ROOMS)
    for room in ROOMS:
        names |= {f"{room}.{found.name}" for found in pkgutil.iter_modules(importlib.import_module(room).__path__)}
    return [*sorted(names - {"chalkgrad.__main__"}), "chalkgrad.__main__"]


@pytest.mark.parametrize("name", modules())
def test_the_examples_of_a_module_run(name):
    # --doctest-modules would import every module twice, under two names.
    result = doctest.testmod(importlib.import_module(name), extraglobs=CALLER, optionflags=FLAGS)
    assert result.failed == 0


def test_there_are_examples_to_run():
    finder = doctest.DocTestFinder()
    counted = {
        name: sum(len(test.examples) for test in finder.find(importlib.import_module(name)))
        for name in modules()
        if name.startswith("chalkgrad.engine")
    }
    assert sum(counted.values()) > 50


def blocks():
    """The Python examples of README: in one namespace, from top to bottom."""
    text = README.read_text("utf-8") if README.exists() else ""
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.skipif(not blocks(), reason="README has no Python examples yet")
def test_the_examples_of_the_readme_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where examples may leave pictures
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks()), dict(CALLER), "README.md", str(README), 0)
    assert examples.examples, "README's Python blocks have no >>> in them"
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    assert runner.run(examples).failed == 0
