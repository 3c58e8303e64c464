"""Every example in every docstring, in README and on the pages of docs/, is run."""

import doctest
import importlib
import inspect
import linecache
import pkgutil
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOMS = ["chalkgrad.engine", "chalkgrad.nn", "chalkgrad.viz", "chalkgrad"]
ROOT = Path(__file__).parent.parent
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES = [page for page in TEXTS if "\n```python\n" in page.read_text("utf-8")]
FLAGS = doctest.ELLIPSIS

# An example stands for the code of someone who uses the package, so its variables are the caller's.
CALLER = {"__name__": "__main__"}


def modules():
    names = set(ROOMS)
    for room in ROOMS[:-1]:
        names |= {found.name for found in pkgutil.walk_packages(importlib.import_module(room).__path__, f"{room}.")}
    path = importlib.import_module("chalkgrad").__path__
    names |= {found.name for found in pkgutil.walk_packages(path, "chalkgrad.")}
    return [*sorted(names - {"chalkgrad.__main__"}), "chalkgrad.__main__"]


@pytest.mark.parametrize("name", modules())
def test_the_examples_of_a_module_run(name, monkeypatch):
    monkeypatch.setattr(linecache, "checkcache", lambda filename=None: None)  # whether a thousand files have changed meanwhile
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


def without_example(things):
    return [name for name, thing in things if callable(thing) and ">>>" not in (inspect.getdoc(thing) or "")]


@pytest.mark.parametrize("room", ["chalkgrad.engine", "chalkgrad.nn", "chalkgrad.nn.data", "chalkgrad.viz"])
def test_every_public_function_has_an_example(room):
    package = importlib.import_module(room)
    things = [(name, getattr(package, name)) for name in package.__all__]
    assert without_example([(name, thing) for name, thing in things if not isinstance(thing, type)]) == []


@pytest.mark.parametrize("kind", ["engine.Value", "engine.Tape", "nn.Module", "nn.MLP", "nn.Network", "viz.Drawing"])
def test_every_method_that_students_call_has_an_example(kind):
    room, name = kind.split(".")
    public = inspect.getmembers(getattr(importlib.import_module(f"chalkgrad.{room}"), name))
    inherited = set(dir(Sequence))
    assert (
        without_example([(name, thing) for name, thing in public if not name.startswith("_") and name not in inherited]) == []
    )


def blocks(page):
    """The Python examples of a page: in one namespace, from top to bottom."""
    text = page.read_text("utf-8") if page.exists() else ""
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where examples may leave pictures
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks(page)), dict(CALLER), page.name, str(page), 0)
    assert examples.examples, f"{page.name}'s Python blocks have no >>> in them"
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    assert runner.run(examples).failed == 0
