"""A real notebook, executed: each thing shows itself in one rich form, and in plain text."""

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = [
    "from chalkgrad.engine import *\nfrom chalkgrad.viz import draw, play",
    "a, b = Value(2), Value(1)\nc = a + b\nd = b + 1\ne = c * d\ne",
    "steps = e.steps()\nsteps.step(3)",
    "e.tape()",
    "chain_rule(e, b)",
    "draw(e)",
    "steps.ask(7)",
    "e.check(a=2, b=3)",
    "log(b - 4)",
    "play(e)",
]


@pytest.fixture(scope="module")
def outputs():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return [cell.outputs for cell in notebook.cells]


def shown(outputs, cell):
    (output,) = outputs[cell]
    return output.data


def test_values_take_their_names_from_the_notebook(outputs):
    assert shown(outputs, 1)["text/plain"] == "<Value e = c·d = 6, grad not computed>"


def test_a_step_is_its_sentence(outputs):
    data = shown(outputs, 2)
    assert set(data) == {"text/plain"}
    assert data["text/plain"].startswith("3/5   d = b + 1   ∂d/∂b = 1\n")


@pytest.mark.parametrize(
    ("cell", "form", "content"),
    [(3, "text/html", "<table"), (4, "text/latex", r"\partial"), (5, "image/svg+xml", "<svg"), (9, "text/html", "<iframe")],
)
def test_tables_formulas_pictures_and_pages_have_one_rich_form_each(outputs, cell, form, content):
    data = shown(outputs, cell)
    assert set(data) == {"text/plain", form}
    assert content in data[form]


def test_answers_are_shown_without_quotes(outputs):
    assert shown(outputs, 6)["text/plain"] == "no: 7 is not ∂e/∂c · ∂c/∂a, with ∂e/∂c = 2"
    assert shown(outputs, 7)["text/plain"].startswith("a: right, ∂e/∂a = 2\nb: perhaps you counted only the path through d")


def test_an_error_is_its_sentence(outputs):
    (error,) = outputs[8]
    assert (error.ename, error.evalue) == ("DomainError", "log(b - 4) with b - 4 = -3, from b = 1: log needs x > 0")
