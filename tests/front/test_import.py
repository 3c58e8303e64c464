"""What `import chalkgrad` gives, and what it leaves alone."""

import pydoc
import re
import subprocess
import sys
import traceback
from types import ModuleType

import chalkgrad
import pytest
from chalkgrad import engine, functions, nn, viz
from chalkgrad.engine.recording import functions as engine_functions
from processes import python

STAR = [
    "Value",
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "tanh",
    "sigmoid",
    "relu",
    "softmax",
    "maximum",
    "minimum",
    "gradient",
    "chain_rule",
    "nudge",
    "gradcheck",
    "no_grad",
    "draw",
    "play",
    "save",
    "Neuron",
    "Layer",
    "MLP",
    "Network",
    "fit",
]
LINES = {"cost", "step", "total", "tape", "unit", "floor", "identity", "program", "equal"}  # what a student calls things


def test_the_star_brings_what_a_blackboard_needs_and_no_name_that_a_students_line_has():
    bound = {}
    exec("from chalkgrad import *", bound)
    assert sorted(set(bound) - {"__builtins__"}) == sorted(STAR) == sorted(chalkgrad.__all__)
    assert not LINES & set(bound)


def test_all_public_names_of_the_rooms_come_by_name():
    for room in (engine, nn, viz):
        assert all(getattr(chalkgrad, name) is getattr(room, name) for name in room.__all__)
    assert set(dir(chalkgrad)) >= {*engine.__all__, *nn.__all__, *viz.__all__, "engine", "nn", "viz", "functions"}


def test_no_two_rooms_have_a_name_in_common():
    names = [name for room in (engine, nn, viz) for name in room.__all__]
    assert len(names) == len(set(names))


def test_a_name_is_what_it_says_also_after_the_module_of_its_name_was_imported():
    for room in (engine, nn, viz):
        for name in room.__all__:
            assert not isinstance(getattr(room, name), ModuleType), name


def test_rooms_are_there_after_importing_the_package():
    code = "import chalkgrad as cg; print(cg.viz.draw.__name__, cg.nn.MLP.__name__, cg.functions.tanh(0.0), cg.engine.__name__)"
    assert python(code) == "draw MLP 0.0 chalkgrad.engine\n"


def test_functions_are_the_tables_and_softmax():
    assert sorted(functions.__all__) == sorted(engine_functions.__all__)
    assert functions.tanh is engine.tanh


def test_help_of_the_package_fits_on_two_screens_and_says_what_there_is_to_do():
    text = pydoc.plain(pydoc.render_doc(chalkgrad))
    assert len(text.splitlines()) <= 2 * 24
    assert max(map(len, text.splitlines())) <= 80
    for purpose in ("To compute", "To see why", "To draw", "To train", "To check", "To go on"):
        assert purpose in text
    named = set(re.findall(r"[a-z_A-Z]+", text))
    assert set(STAR) <= named


def test_completion_finds_the_public_names_and_nothing_else():
    for room in (nn, viz):
        assert {name for name in dir(room) if not name.startswith("_")} - {"data"} == set(room.__all__)


@pytest.mark.parametrize(
    "line", ["from chalkgrad.nn import Linear", "from chalkgrad import Tensor", "from chalkgrad import hesian"]
)
def test_a_name_of_another_library_that_is_imported_is_answered(line):
    with pytest.raises(ImportError, match=r"Layer|Value|hessian"):
        exec(line)


@pytest.mark.parametrize("room", [nn, viz], ids=["nn", "viz"])
def test_help_of_a_room_is_its_docstring(room):
    text = pydoc.plain(pydoc.render_doc(room))
    assert len(text.splitlines()) <= 60
    assert set(room.__all__) <= set(re.findall(r"\w+", text))


@pytest.mark.parametrize(
    ("name", "meant"), [("sigmiod", "sigmoid"), ("hesian", "hessian"), ("cross_entropie", "cross_entropy")]
)
def test_a_misspelt_name_is_told_what_is_meant(name, meant):
    with pytest.raises(AttributeError, match=f"no attribute '{name}': did you mean {meant}") as caught:
        getattr(chalkgrad, name)
    assert "Did you mean" not in "".join(traceback.format_exception(caught.value))


def test_importing_it_loads_no_other_room_and_nothing_from_elsewhere():
    loaded = "import sys, chalkgrad; print(*sorted(m for m in sys.modules))"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tqdm", "graphviz", "numpy", "importlib.metadata", "argparse"} & set(modules)
    assert {m for m in modules if m.startswith("chalkgrad.") and not m.startswith("chalkgrad.engine")} == set()


def test_what_it_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = chalkgrad.nonsense
