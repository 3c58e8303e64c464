"""The short pages after the lecture: every cell runs, and shows the numbers that the sources have which a page is about."""

import ast
import contextlib
import io
import random
import re
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

FOLDER = Path(__file__).parents[2] / "docs" / "after"
PAGES = sorted(FOLDER.glob("*.md"))
CELL = re.compile(r"^```\{code-cell\} python\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
FRONT_MATTER = re.compile(r"\A---\nfile_format: mystnb\nkernelspec:\n  display_name: Python 3\n  name: python3\n---\n\n# .+\n")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")
EXTRAS = ("torch", "jax", "sympy")


class Cell(NamedTuple):
    """A cell that was run: its code, what it printed, what its last line was, that as text, and the names as they were then."""

    code: str
    printed: str
    result: Any
    shown: str
    names: dict[str, Any]

    def values_and_grads(self, names):
        values = [self.names[name] for name in names.split()]
        return [value.data for value in values], [value.grad for value in values]


def shown(result):
    """What is seen of a result: its text, after the forms that a notebook would take have been made."""
    for form in ("_repr_svg_", "_repr_html_", "_repr_mimebundle_"):
        show = getattr(result, form, None)
        assert show is None or show()
    return "" if result is None else str(result)


class Page:
    """A page whose cells were run in one namespace of their own, from top to bottom."""

    def __init__(self, name):
        self.text = (FOLDER / name).read_text("utf-8")
        self.names = {"__name__": "__main__"}
        self.cells = [self.run(code) for code in CELL.findall(self.text)]

    def run(self, code):
        """The last line is shown by Python's displayhook, as in a notebook: the names of variables are known there."""
        statements = ast.parse(code)
        last = [statements.body.pop()] if isinstance(statements.body[-1], ast.Expr) else []
        printed, results = io.StringIO(), []
        with contextlib.redirect_stdout(printed), pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "displayhook", lambda result: results.append((result, shown(result))))
            exec(compile(statements, "<cell>", "exec"), self.names)
            exec(compile(ast.Interactive(last), "<cell>", "single"), self.names)
        ((result, text),) = results or [(None, "")]
        return Cell(code, printed.getvalue(), result, text, {**self.names})

    def cell(self, with_this):
        """The one cell that has this in its code."""
        (found,) = (cell for cell in self.cells if with_this in cell.code)
        return found

    @property
    def prose(self):
        """The text outside of cells, code and addresses."""
        text = re.sub(r"\]\([^)]*\)", "]", CELL.sub("", self.text))
        return re.sub(r"`[^`]*`", "", text.split("---\n", 2)[2])


@pytest.fixture(scope="module")
def page(request, tmp_path_factory):
    """The page, run in a folder of its own; Python's random numbers go on afterwards as if it had drawn none."""
    folder, drawn = tmp_path_factory.mktemp("page"), random.getstate()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(tempfile, "tempdir", str(folder))
        patch.setenv("MPLBACKEND", "agg")
        yield Page(request.param)
    random.setstate(drawn)


def of(name):
    return pytest.mark.parametrize("page", [name], indirect=True)


def decimals(numbers):
    """As the sources print them, with two decimals."""
    return " ".join(f"{number:.2f}" for number in numbers)


@pytest.mark.parametrize("page", [path.name for path in PAGES], indirect=True)
class TestEveryPage:
    def test_its_cells_run_and_show_something(self, page):
        assert FRONT_MATTER.match(page.text)
        assert len(page.cells) >= 4
        assert page.text.count("```") == 2 * len(page.cells)
        assert all(cell.printed or cell.shown or "def " in cell.code for cell in page.cells)

    def test_its_text_has_no_number_that_no_cell_has(self, page):
        there = " ".join(f"{cell.code} {cell.printed} {cell.shown}" for cell in page.cells)
        formulas = re.findall(r"\$([^$]*)\$", page.prose)
        known = {*NUMBER.findall(there), *NUMBER.findall(" ".join(formulas)), "0", "1", "2"}
        prose = re.sub(r"\$[^$]*\$", "", page.prose)
        assert [number for number in NUMBER.findall(prose) if number not in known] == []

    def test_its_links_lead_to_files(self, page):
        links = re.findall(r"\]\((?!https?:)([^)#]*)\)", page.text)
        assert [link for link in links if not (FOLDER / link).exists()] == []


# What is published -----------------------------------------------------------------------------------------------------


@of("01_micrograd_lecture.md")
class TestMicrogradsLecture:
    """github.com/karpathy: nn-zero-to-hero, lectures/micrograd, first half; the moons: micrograd, demo.ipynb."""

    def test_the_parabola(self, page):
        value, measured, slope = map(float, page.cell("3*x**2").printed.split())
        assert (value, slope) == (20.0, 14.0)
        assert measured == pytest.approx(14.003, rel=1e-12)

    def test_the_gradients_of_l(self, page):
        values = {"a": 2.0, "b": -3.0, "e": -6.0, "c": 10.0, "d": 4.0, "f": -2.0, "L": -8.0}
        grads = {"a": 6.0, "b": -4.0, "e": -2.0, "c": -2.0, "d": -2.0, "f": 4.0, "L": 1.0}
        rows = [re.split(" *│ *", row.strip()) for row in page.cell("L = d * f").shown.splitlines()[2:]]
        assert {row[0]: float(row[2]) for row in rows} == values
        assert {row[0]: float(row[-1]) for row in rows} == grads

    def test_the_numeric_check_of_b(self, page):
        """The notebook's own lines have -3.9999999999995595; this table rounds, and says the difference."""
        said = page.cell("nudge(L, b, 0.001)").printed
        assert "0.001 = -4\n" in said
        assert float(re.search(r"difference +(\S+)", said)[1]) == pytest.approx(4 - 3.9999999999995595, rel=1e-3)

    def test_one_step_up(self, page):
        assert page.cell("0.01 * leaf.grad").result == pytest.approx(-7.286496, rel=1e-15)

    @pytest.mark.parametrize("part", ["x1.grad, w1.grad", "(e - 1) / (e + 1)"])
    def test_the_neuron_in_one_piece_and_taken_apart(self, page, part):
        o, *grads = map(float, re.findall(r"-?\d+\.\d+", page.cell(part).printed))
        assert o == pytest.approx(0.7071067811865476, rel=1e-15)
        assert grads == pytest.approx([-1.5, 1.0, 0.5, 0.0], rel=1e-15, abs=1e-300)

    def test_the_values_used_twice(self, page):
        assert "<Value a = 3, grad 2>" in page.cell("b = a + a").printed
        assert "a: 1 instead of 2" in page.cell("b = a + a").printed
        assert "grad -3> <Value b = 3, grad -8>" in page.cell("f = d * e").printed

    def test_the_log_of_the_two_moons(self, page):
        assert page.cell("RandomState").printed == "337 parameters\n"
        log = re.findall(r"step (\d+) loss (\S+), accuracy (\S+)%", page.cell("total_loss").printed)
        found = {int(step): (float(loss), float(accuracy)) for step, loss, accuracy in log}
        assert len(found) == 8
        assert found[0] == (pytest.approx(0.8958441028683222, rel=1e-13), 50.0)
        assert found[1][1] == 81.0
        assert found[97] == (pytest.approx(0.010979446081684675, rel=1e-9), 100.0)
        assert found[98] == (pytest.approx(0.010978888332907229, rel=1e-9), 100.0)
        assert found[99] == (pytest.approx(0.010978370135492717, rel=1e-9), 100.0)


@of("02_cs231n_circuits.md")
class TestCS231nsCircuits:
    """cs231n.github.io/optimization-2: the figures, which have two decimals."""

    def test_a_sum_times_a_number(self, page):
        found = page.cell("q = x + y").values_and_grads("x y z q f")
        assert found == ([-2, 5, -4, 3, -12], [-4, -4, 3, -4, 1])

    def test_the_sigmoid_neuron_in_gates(self, page):
        values, grads = page.cell("den = e + 1").values_and_grads("w0 x0 w1 x1 w2 p0 p1 s dot neg e den f")
        assert decimals(values) == "2.00 -1.00 -3.00 -2.00 -3.00 -2.00 6.00 4.00 1.00 -1.00 0.37 1.37 0.73"
        assert decimals(grads) == "-0.20 0.39 -0.39 -0.59 0.20 0.20 0.20 0.20 0.20 -0.20 -0.53 -0.53 1.00"

    def test_the_sigmoid_in_one_gate_is_the_same(self, page):
        _, one, gates = page.cell("g = sigmoid").printed.splitlines()
        assert decimals(ast.literal_eval(one)) == decimals(ast.literal_eval(gates)) == "-0.20 0.39 -0.39 -0.59 0.20"

    def test_the_rounded_number_is_explained(self, page):
        assert "rounded to 2 digits on the way" in page.cell("x0=0.40").shown

    def test_a_product_a_maximum_and_a_sum(self, page):
        found = page.cell("k = maximum").values_and_grads("x y z w m k a f")
        assert found == ([3, -4, 2, -1, -12, 2, -10, -20], [-8, 6, 2, 0, 2, 2, 2, 1])


# What else is claimed --------------------------------------------------------------------------------------------------


@of("03_four_ways.md")
class TestFourWays:
    def test_all_ways_find_the_derivatives_that_geron_prints(self, page):
        """Géron, Hands-On Machine Learning, appendix on automatic differentiation: 24 and 10, measured 24.000039999805264."""
        ways = page.cell("four_ways(f, 3, 4)").result
        for way in (ways.symbolically, ways.forward, ways.reverse):
            assert way.derivatives == (24.0, 10.0)
        assert ways.numerically.derivatives[0] == pytest.approx(24.000039999805264, rel=1e-9)

    def test_the_slip_by_hand_is_found_on_y_alone(self, page):
        by_x, by_y = page.cell("z.check(").shown.splitlines()
        assert by_x.startswith("x: right")
        assert not by_y.startswith("y: right")

    def test_the_formula_more_than_doubles_with_each_round_and_the_graph_grows_evenly(self, page):
        rows = [[int(word) for word in line.split()] for line in page.cell("formula.operations").printed.splitlines()[1:]]
        formulas, edges = [row[1] for row in rows], [row[2] for row in rows]
        assert all(later > 2 * earlier for earlier, later in pairwise(formulas))
        assert {later - earlier for earlier, later in pairwise(edges)} == {edges[0]}

    def test_differences_are_worst_for_the_largest_and_the_smallest_steps(self, page):
        errors = [float(line.split()[1]) for line in page.cell("numerically.error").printed.splitlines()[1:]]
        best = errors.index(min(errors))
        assert 0 < best < len(errors) - 1
        assert min(errors) > 0
        assert errors[0] > 1000 * errors[best]
        assert errors[-1] > 1000 * errors[best]

    def test_a_branch_that_is_right_everywhere_has_a_wrong_derivative_at_one_point(self, page):
        assert page.cell("def square").printed == "2.0 4.0 4.0\n3.0 9.0 0.0\n4.0 16.0 8.0\n"


@of("04_from_scalars_to_matrices.md")
class TestFromScalarsToMatrices:
    def test_the_layers_are_found_row_by_row(self, page):
        assert page.cell(".names)").printed == (
            "W1 [['w111', 'w112', 'w113'], ['w121', 'w122', 'w123']]\nW2 [['w211', 'w212'], ['w221', 'w222']]\n"
        )

    def test_the_lines_are_the_lectures(self, page):
        for line in ("u1 = W1 @ xs + b1", "z1 = np.tanh(u1)", "u2 = W2 @ z1 + b2", "z2 = np.tanh(u2)", "u1_grad[:, None] * xs"):
            assert line in page.cell("print(p)").printed

    def test_they_compute_what_numpy_computes_by_hand(self, page):
        np = pytest.importorskip("numpy")
        first, c1 = np.array([[0.5, -1.0, 2.0], [1.5, 0.0, -0.5]]), np.array([0.1, 0.2])
        second, c2 = np.array([[1.0, -2.0], [0.5, 0.25]]), np.array([0.3, -0.4])
        z = np.tanh(second @ np.tanh(first @ np.array([1.0, -1.0, 0.5]) + c1) + c2)
        value, scalar, difference = map(float, page.cell("p.compile").printed.split())
        assert value == pytest.approx((z[0] - 1) ** 2 + (z[1] + 1) ** 2, rel=1e-14)
        assert scalar == pytest.approx(value, rel=1e-14)
        assert difference < 1e-14


@pytest.mark.skipif(
    sys.platform == "win32", reason="a student's engine runs in a process with limits, which Windows does not have"
)
@of("05_an_engine_graded.md")
class TestAnEngineGraded:
    def test_the_slip_is_diagnosed_on_its_smallest_graph(self, page):
        report = " ".join(page.cells[1].printed.split())
        assert "L = a + a at a = 3" in report
        assert "= for +=" in report
        assert "1. fan-out in a + b" in report
        assert " 2. " not in report

    def test_without_hints_the_slip_is_not_told(self, page):
        report = " ".join(page.cell('"--hints"').printed.split())
        assert "L = a + a at a = 3" in report
        assert "Hint" not in report
        assert "+=" not in report

    def test_the_mended_engine_gets_all_points(self, page):
        assert "100 of 100 points" in page.cells[-1].printed
        assert "Everything that was asked is right." in page.cells[-1].printed


@of("06_where_to_go_next.md")
class TestWhereToGoNext:
    def test_jax_has_the_same_value_and_gradient(self, page):
        y, there, difference = page.cells[0].printed.split()[0], *page.cell("import jax").printed.split()
        assert float(there) == pytest.approx(float(y), rel=1e-14)
        assert float(difference) < 1e-14

    def test_sympy_confirms_the_gradient(self, page):
        assert "sympy.diff says the same: True" in page.cell("import sympy").printed

    @pytest.mark.parametrize("extra", EXTRAS)
    def test_without_an_extra_its_cell_says_how_to_install_it(self, page, extra, monkeypatch):
        monkeypatch.setitem(sys.modules, extra, None)
        said = page.run(page.cell(f"import {extra}\n").code).printed
        assert re.fullmatch(r"pip install .*\n", said)
        assert extra in said

    @pytest.mark.torch
    def test_torch_has_the_same_value_and_gradient(self, page):
        pytest.importorskip("torch", reason="PyTorch is not installed: .ci/torch runs this test where it is")
        ours = [ast.literal_eval(line) for line in page.cells[0].printed.splitlines()]
        theirs = [ast.literal_eval(line) for line in page.cell("import torch").printed.splitlines()[-len(ours) :]]
        assert len(ours) == 4
        for here, there in zip(ours, theirs, strict=True):
            assert there == pytest.approx(here, rel=1e-13)
