"""The table of matrices, on arrays made by hand: names, places, cells, equations in LaTeX, and what a slide has room for."""

import re
from types import SimpleNamespace

import numpy as np
import pytest
from chalkgrad.engine import Value, program, tanh
from chalkgrad.engine.formulas.trees import trace
from chalkgrad.engine.programs.plan.matrices import FoundArray
from chalkgrad.engine.programs.plan.matrix_table import FoundMatrix, Matrices
from chalkgrad.engine.programs.plan.steps import Array, Constants, Elementwise, Form, Product, View, contiguous
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.slides import fits

LINE = "u1 = W1 @ x + b"


class Board:
    """What arrays are found on; each has Values of its own, with these labels."""

    def __init__(self):
        self.program = SimpleNamespace(names=[], count=0)

    def found(self, name, *shape, kind="weight", labels=None, lines=(LINE,), step=None, reads=(), paired=False):
        count, start = int(np.prod(shape)), self.program.count
        self.program.names += [f"{name[0].lower()}{i + 1}" for i in range(count)] if labels is None else labels
        self.program.count = len(self.program.names)
        nodes = np.arange(start, start + count).reshape(shape)
        return FoundMatrix(FoundArray(name, kind, shape, nodes, list(lines), step, reads, paired), self.program)

    def constants(self, *numbers, **given):
        nodes = np.array(numbers)
        return FoundMatrix(FoundArray("k", "constant", nodes.shape, nodes, [LINE], **given), self.program)


def found(name, *shape, **given):
    return Board().found(name, *shape, **given)


def alike(name, *shape):
    """An array whose Values have no names by which they could be told apart."""
    return found(name, *shape, labels=["a"] * int(np.prod(shape)))


def operand(*shape):
    return View(Array("A", shape, np.arange(int(np.prod(shape))), False), 0, shape, contiguous(shape))


def made(step, *reads):
    """An array that is computed by a step, as a formula."""
    (_, formula) = found("y", 2, kind="sum", step=step, reads=reads).latex().splitlines()
    assert formula.startswith("y = ")
    assert formula.endswith(r" \in \mathbf{R}^{2}")
    return formula.removeprefix("y = ").removesuffix(r" \in \mathbf{R}^{2}")


def multiplied(subscripts, *shapes, reads=("W1", "x"), negative=False, plus=(), minus=(), constant=None):
    axes = tuple(subscripts.replace("->", ",").split(","))
    rows, columns = (operand(*shape) for shape in shapes)
    return made(Product(operand(2).array, axes, rows, columns, negative, plus, minus, constant), *reads)


def entries(matrix, **given):
    """The cells of a matrix in LaTeX, row by row."""
    (inside,) = re.findall(r"\\begin\{pmatrix\} (.*) \\end\{pmatrix\}", matrix.latex(**given))
    return [row.split(" & ") for row in inside.split(r" \\ ")]


# What each holds -----------------------------------------------------------------------------------------------------


def test_names_are_those_of_the_values_row_by_row():
    board = Board()
    matrix, vector, number = board.found("W1", 2, 3, labels=[*"abcdef"]), board.found("b", 2), board.found("c", labels=["c"])
    assert (matrix.names, vector.names, number.names) == ([["a", "b", "c"], ["d", "e", "f"]], ["b1", "b2"], "c")
    assert (matrix.places, vector.places, number.places) == ([0, 1, 2, 3, 4, 5], [6, 7], [8])
    assert [each.shaped for each in (matrix, vector, number)] == ["2×3", "2", "1"]
    assert [each.shape for each in (matrix, vector, number)] == [(2, 3), (2,), ()]


def test_a_part_of_a_sum_that_is_not_a_value_by_itself_has_no_name():
    board = Board()
    array = board.found("u", 3, labels=["a", "b", "c"])
    board.program.count, board.program.names = 2, ["a", "b"]
    assert array.names == ["a", "b", ""]
    assert array.few_names() == "a"
    board.program.count, board.program.names = 0, []
    assert array.few_names() == ""


def test_constants_are_their_numbers_and_stand_nowhere_on_the_tape():
    board = Board()
    constants = board.constants([1.0, 0.5], [-3.0, 1e-7])
    assert constants.names == [["1", "0.5"], ["-3", "1e-7"]]
    assert constants.places == []
    assert constants.few_names() == "4 numbers"
    assert board.constants(2.5).few_names() == "1 number"
    assert board.constants(*range(1200)).few_names() == "1,200 numbers"
    assert board.constants(*range(1200)).few_names(LaTeX()) == "1,200 numbers"
    assert entries(constants) == [["1", "0.5"], ["-3", "10^{-7}"]]


def test_of_more_than_two_values_the_first_and_the_last_are_named():
    few = [found("b", n, labels=[*"abcd"[:n]]).few_names() for n in (1, 2, 3, 4)]
    assert few == ["a", "a, b", "a … c", "a … d"]
    assert found("b", 2, 2, labels=["θ1", "b", "c", "d"]).few_names(LaTeX()) == r"$\theta_{1}$ $\dots$ $d$"


def test_it_says_in_which_line_it_stands_and_in_how_many_others():
    lines = ["u = W @ x", "v = W @ u", "y = W @ v"]
    assert [found("W", 2, lines=lines[:n]).line for n in (1, 2, 3)] == [
        "u = W @ x",
        "u = W @ x, and 1 line more",
        "u = W @ x, and 2 lines more",
    ]
    assert repr(found("W", 2, lines=lines)) == "<W 2: w1, w2, in u = W @ x, and 2 lines more>"
    assert found("W", 2, lines=lines).lines == tuple(lines)


def test_whether_rows_go_in_pairs_is_kept():
    assert [found("W", 2, paired=paired).paired for paired in (True, False)] == [True, False]


# Entries in LaTeX ----------------------------------------------------------------------------------------------------


def test_a_vector_is_a_column_and_a_single_number_its_name():
    assert entries(found("W", 2, 2)) == [["w_{1}", "w_{2}"], ["w_{3}", "w_{4}"]]
    assert entries(found("b", 2)) == [["b_{1}"], ["b_{2}"]]
    assert found("W", 2, 2).latex().endswith(r"\in \mathbf{R}^{2 \times 2}")
    assert found("c", labels=["d1"]).latex().splitlines()[1:] == [r"c = d_{1} \in \mathbf{R}"]
    assert found("c", labels=["a_long_name"]).latex().splitlines()[1:] == [r"c = \mathrm{a\_long\_name} \in \mathbf{R}"]
    assert found("c", labels=["c"]).latex().splitlines()[1:] == [r"c \in \mathbf{R}"]  # and not c = c
    assert found("c", labels=["c"])._repr_latex_() == r"$\displaystyle c \in \mathbf{R}$"


@pytest.mark.parametrize("few", ["slide", 4, 2, 3, 1, None])
@pytest.mark.parametrize("shape", [(6, 6), (7, 7), (6, 7), (7, 6), (8, 1), (1, 8), (5, 4), (3, 3)])
def test_of_long_rows_and_columns_the_ends_are_written(shape, few):
    rows, columns = shape
    limit = 4 if few == "slide" else few

    def places(n):
        """The numbers of the first and the last, 0 for what is between them; one or two are not left out for dots."""
        if limit is None or n <= limit + 2:
            return [*range(1, n + 1)]
        last = limit // 2
        return [*range(1, limit - last + 1), 0, *range(n - last + 1, n + 1)]

    def cell(i, j):
        return f"w_{{{(i - 1) * columns + j}}}" if i and j else {(0, 0): r"\ddots"}.get((i, j), r"\dots" if i else r"\vdots")

    expected = [[cell(i, j) for j in places(columns)] for i in places(rows)]
    assert entries(found("W", rows, columns), limit=few) == expected


@pytest.mark.parametrize(
    ("name", "shape", "first", "last"),
    [
        ("W1", (3, 2), "w_{11,1}", "w_{13,2}"),
        ("W1", (12, 2), "w_{11,1}", "w_{1,12,2}"),
        ("W12", (3, 2), "w_{12,1,1}", "w_{12,3,2}"),
        ("W", (3, 2), "w_{11}", "w_{32}"),
        ("W", (9, 9), "w_{11}", "w_{99}"),
        ("W", (10, 2), "w_{1,1}", "w_{10,2}"),
        ("W", (2, 10), "w_{1,1}", "w_{2,10}"),
        ("W", (120, 2), "w_{1,1}", "w_{120,2}"),
        ("b1", (12,), "b_{11}", "b_{1,12}"),
        ("b", (12,), "b_{1}", "b_{12}"),
        ("b12", (3,), "b_{12,1}", "b_{12,3}"),
        ("layers[0:3]", (3,), "l_{1}", "l_{3}"),
        ("_x", (3,), "a_{1}", "a_{3}"),
        ("Σ3", (2, 2), r"\sigma_{31,1}", r"\sigma_{32,2}"),
    ],
)
def test_entries_that_have_no_names_of_their_own_have_them_by_their_places(name, shape, first, last):
    cells = entries(alike(name, *shape))
    assert (cells[0][0], cells[-1][-1]) == (first, last)


@pytest.mark.parametrize(
    ("labels", "cells"),
    [
        (["p1", "q2"], ["p_{1}", "q_{2}"]),
        (["p₁,₂", "q2"], ["p_{1,2}", "q_{2}"]),
        (["p", "p"], ["b_{1}", "b_{2}"]),
        (["p1", "layer1.w1"], ["b_{1}", "b_{2}"]),
        (["p1", "pq"], ["b_{1}", "b_{2}"]),
        (["", "p1"], ["b_{1}", "b_{2}"]),
        (["p123456", "q2"], ["p_{123456}", "q_{2}"]),
        (["p1234567", "q2"], ["b_{1}", "b_{2}"]),
    ],
    ids=str,
)
def test_entries_have_their_own_names_where_all_are_letters_with_an_index_and_no_two_are_alike(labels, cells):
    assert entries(found("b", 2, labels=labels)) == [[cell] for cell in cells]


# Formulas in LaTeX ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("W1", "W_{1}"),
        ("layers[9:12]", r"\mathrm{layers}[9:12]"),
        ("c[0, 1:3]", "c[0, 1:3]"),
        ("a.T", r"\text{a.T}"),
        ("a[i1]", r"\text{a[i1]}"),
        ("(a + b)[0]", r"\text{(a + b)[0]}"),
        ("2.5", "2.5"),
        ("-1e-7", "(-10^{-7})"),
    ],
)
def test_variables_elements_and_numbers_of_the_source_are_formulas_and_anything_else_words(name, shown):
    assert multiplied("rk,k->r", (2, 3), (3,), reads=("W", name)) == f"W {shown}"


@pytest.mark.parametrize(
    ("subscripts", "shapes", "formula"),
    [
        ("rk,k->r", ((2, 3), (3,)), "L R"),
        ("k,ck->c", ((3,), (2, 3)), "R L"),
        ("rk,ck->rc", ((2, 3), (4, 3)), r"L \, R^{\top}"),
        ("rk,ck->cr", ((2, 3), (4, 3)), r"R \, L^{\top}"),
        ("k,k->", ((3,), (3,)), r"L^{\top} R"),
    ],
)
def test_products_are_written_as_matrices_are_multiplied(subscripts, shapes, formula):
    assert multiplied(subscripts, *shapes, reads=("L", "R")) == formula
    rng = np.random.default_rng(2)
    L, R = (rng.normal(size=shape) for shape in shapes)
    source = formula.replace(r" \, ", " ").replace(" ", " @ ").replace(r"^{\top}", ".T")
    np.testing.assert_allclose(eval(source, {"L": L, "R": R}), np.einsum(subscripts, L, R))


def test_of_rows_in_pairs_each_is_multiplied_by_its_own():
    assert multiplied("mk,mk->m", (2, 3), (2, 3)) == r"\left((W_{1})_{m}^{\top} (x)_{m}\right)_{m}"


def test_terms_are_added_and_subtracted_in_their_order():
    shapes, term, reads = ((2, 3), (3,)), operand(2), ("W", "x", "b", "t")
    assert multiplied("rk,k->r", *shapes, reads=reads, plus=[term, term]) == "W x + b + t"
    assert multiplied("rk,k->r", *shapes, reads=reads, plus=[term], minus=[term]) == "W x + b - t"
    assert multiplied("rk,k->r", *shapes, reads=reads, minus=[term, term], negative=True) == "-W x - b - t"
    assert multiplied("rk,k->r", *shapes, reads=reads, minus=[term], constant=Constants(1.0)) == "W x - b + t"
    assert multiplied("rk,k->r", *shapes, reads=reads, plus=[term], constant=Constants(1.0)) == "W x + b + t"
    reads = (*reads, "s", "2.0")
    assert multiplied("rk,k->r", *shapes, reads=reads, plus=[term], minus=[term, term], constant=Constants(2.0)) == (
        "W x + b - t - s + 2"
    )


def elementwise(rule, *reads, folds=False, shape=(2,)):
    tree, arguments = (rule.value, rule.arguments) if hasattr(rule, "value") else (trace(rule, "x", "y"), ("x", "y"))
    return made(Elementwise(operand(2).array, Form(tree, (), arguments, (), folds), [operand(*shape)] * len(reads)), *reads)


def test_what_is_computed_for_each_element_has_the_notation_of_its_operation_or_its_formula():
    assert elementwise(RULES["tanh"], "u1") == r"\tanh\left(u_{1}\right)"
    assert elementwise(RULES["sigmoid"], "u1") == r"\sigma\left(u_{1}\right)"
    assert elementwise(RULES["softplus"], "u[0:2]") == r"\operatorname{softplus}\left(u[0:2]\right)"
    assert elementwise(lambda x, y: x * y + 1, "u1", "b") == r"u_{1} \cdot b + 1"
    assert elementwise(lambda x, y: y - x, "u1", "b") == "b - u_{1}"


def test_what_is_reduced_is_written_by_its_elements_or_by_the_columns_of_a_matrix():
    assert elementwise(RULES["total"], "u", folds=True, shape=(3,)) == "(u)_{1} + (u)_{2} + (u)_{3}"
    assert elementwise(RULES["total"], "u", folds=True, shape=(2, 3)) == r"(u)_{\cdot 1} + (u)_{\cdot 2} + (u)_{\cdot 3}"
    assert elementwise(RULES["total"], "u", folds=True, shape=(9,)) == r"(u)_{1} + (u)_{2} + \dots + (u)_{9}"
    assert elementwise(RULES["logsumexp"], "u1", folds=True, shape=(2, 2)) == (
        r"\operatorname{logsumexp}\left((u_{1})_{\cdot 1}, (u_{1})_{\cdot 2}\right)"
    )


# The table -----------------------------------------------------------------------------------------------------------


def table(*given, **more):
    """A table of arrays with these names and shapes, all on one board."""
    board = Board()
    return Matrices([board.found(name, *shape, **kinds) for name, *shape, kinds in given], **more)


def weights(**shapes):
    return table(*[(name, *shape, {}) for name, shape in shapes.items()])


def test_a_matrix_is_found_by_its_place_and_by_its_name():
    found = weights(W1=(2, 2), W2=(2, 2), b=(2,))
    assert [each.name for each in found] == ["W1", "W2", "b"]
    assert found[-1].name == found["b"].name == "b"
    assert found["W₂"] is found["W2"] is found[1]
    assert [each.name for each in found[:2]] == ["W1", "W2"]
    assert len(found) == 3
    with pytest.raises(KeyError, match="there is no matrix c; there are W1, W2 and b"):
        found["c"]
    names = weights(**{f"W{i}": (1,) for i in range(1, 9)})
    with pytest.raises(KeyError, match="there are W1, W2, W3, W4, W5 and 3 more"):
        names["b"]
    with pytest.raises(KeyError, match="there is no matrix W1; there are none"):
        Matrices([])["W1"]


SAID = [
    ([("W1", 3, 2, "weight"), ("b", 3, "bias")], "your 6 weights are W1 (3×2), your 3 biases b (3)"),
    ([("W1", 3, 2, "weight"), ("x", 2, "input")], "your 6 weights are W1 (3×2)"),
    ([("w", 1, "weight"), ("c", "bias")], "your weight is w (1), your bias c (1)"),
    ([("b1", 2, "bias"), ("b2", 2, "bias")], "your 4 biases are b1 (2) and b2 (2)"),
    ([("x", 2, "input"), ("u1", 2, "sum")], "2 arrays were found, none of them weights"),
    ([("u1", 2, "sum")], "1 array was found, without weights"),
    ([("W1", 40, 30, "weight")], "your 1,200 weights are W1 (40×30)"),
]


@pytest.mark.parametrize(("arrays", "said"), SAID, ids=[said for _, said in SAID])
def test_the_sentence_over_the_table_counts_weights_and_biases(arrays, said):
    found = table(*[(name, *shape, {"kind": kind}) for name, *shape, kind in arrays])
    assert [*found.above()] == [said]
    assert str(found).splitlines()[0] == repr(found).splitlines()[0] == said


def test_weights_that_stand_in_two_matrices_are_counted_once():
    board = Board()
    W = board.found("W1", 2, 3)
    part = FoundMatrix(FoundArray("W1[0]", "weight", (3,), np.arange(3), [LINE]), board.program)
    assert [*Matrices([W, part]).above()] == ["your 6 weights are W1 (2×3) and W1[0] (3)"]
    many = Matrices([board.found(f"W{i}", 1) for i in range(1, 9)])
    assert [*many.above()] == ["your 8 weights are W1 (1), W2 (1), W3 (1), W4 (1), W5 (1) and 3 more"]


def test_an_empty_table_is_a_sentence():
    assert str(Matrices([])).startswith("no matrices were found: ")
    assert [str(Matrices([]))] == [*Matrices([]).above()]
    assert r"\begin{aligned}" in Matrices([]).latex()
    assert all(line.startswith("&") for line in Matrices([]).latex().splitlines()[2:-1])
    assert "no matrices were found" in Matrices([]).latex().replace(r"}\text{", "")


def test_the_cells_are_written_for_their_medium():
    found = table(("W1", 2, 2, {}), ("θ", 2, {}))
    text, latex = found.cells("text"), found.cells("latex")
    assert text == [["name", "shape", "Values", "line"], ["W1", "2×2", "w1 … w4", LINE], ["θ", "2", "θ1, θ2", LINE]]
    assert [row[0] for row in latex] == ["name", "$W_{1}$", r"$\theta$"]
    assert latex[1][1:3] == [LaTeX().text("2×2"), r"$w_{1}$ $\dots$ $w_{4}$"]
    assert latex[2][2] == r"$\theta_{1}$, $\theta_{2}$"
    assert found._repr_html_() == found.html()
    assert ">W1<" in found.html()


def test_on_a_narrow_terminal_the_values_are_left_out_first(monkeypatch):
    labels = {"labels": ["layer1.neuron1.bias", "layer1.neuron2.bias"]}
    found = table(("W1", 2, 2, {}), ("b", 2, labels | {"lines": ["a_long_name_1 = W1 @ x + b"]}))
    monkeypatch.setenv("COLUMNS", "50")
    head = next(line for line in str(found).splitlines() if "│" in line)
    assert [cell.strip() for cell in head.split("│")] == ["name", "shape", "line"]


def test_of_columns_a_table_is_written_in_latex():
    found = weights(W1=(2, 2))
    assert r"\begin{array}" in found.latex(columns=["name", "shape"])
    assert r"\begin{aligned}" not in found.latex(columns=["name", "shape"])
    assert "Values" not in found.latex(columns=["name", "shape"])


# Equations, on a slide -----------------------------------------------------------------------------------------------

LAYER = Product(operand(2).array, ("rk", "k", "r"), operand(2, 2), operand(2), False, (), (), None)


def equations(found, **given):
    """The rows of the equations, each by its head and the rest."""
    _, begin, *rows, end = found.latex(**given).splitlines()
    assert (begin, end) == (r"\begin{aligned}", r"\end{aligned}")
    return [tuple(row.removesuffix(r" \\").split("&", 1)) for row in rows]


def with_entries(found, **given):
    return [head.strip() for head, rest in equations(found, **given) if r"\begin{pmatrix}" in rest]


SUM = {"kind": "sum", "step": LAYER, "reads": ("W1", "x")}


def test_all_entries_stand_there_if_the_slide_has_room_for_them():
    found = table(("W1", 2, 2, {}), ("x", 2, {}), ("c", {"labels": ["d1"]}), ("u1", 2, SUM))
    assert equations(found) == [
        ("W_{1} ", r"= \begin{pmatrix} w_{1} & w_{2} \\ w_{3} & w_{4} \end{pmatrix} \in \mathbf{R}^{2 \times 2}"),
        ("x ", r"= \begin{pmatrix} x_{1} \\ x_{2} \end{pmatrix} \in \mathbf{R}^{2}"),
        ("c ", r"= d_{1} \in \mathbf{R}"),
        ("u_{1} ", r"= W_{1} x \in \mathbf{R}^{2}"),
    ]
    assert equations(found, limit=None) == equations(found)


def test_the_entries_of_vectors_are_left_out_first():
    found = table(("W1", 7, 7, {}), ("x", 7, {}), ("b", 7, {}), ("c", {"labels": ["d1"]}), ("u1", 7, SUM))
    assert with_entries(found) == ["W_{1}"]
    assert len(entries(found["W1"])) == 5
    assert equations(found) == [
        ("W_{1} ", f"{found['W1'].latex().splitlines()[1].partition(' ')[2]}"),
        ("x ", r"\in \mathbf{R}^{7}"),
        ("b ", r"\in \mathbf{R}^{7}"),
        ("c ", r"\in \mathbf{R}"),
        ("u_{1} ", r"= W_{1} x \in \mathbf{R}^{7}"),
    ]


def test_then_the_corners_of_matrices_alone_are_written_and_then_none_of_their_entries():
    found = table(("W1", 7, 7, {}), ("W2", 7, 7, {}), ("W3", 7, 7, {}), ("u1", 7, SUM))
    assert with_entries(found) == ["W_{1}", "W_{2}", "W_{3}"]
    assert equations(found)[0][1] == f"= {corners('w', 7)}"
    found = table(*[(f"W{i}", 7, 7, {}) for i in range(1, 6)], ("u1", 7, SUM))
    assert with_entries(found) == []
    assert equations(found)[0] == ("W_{1} ", r"\in \mathbf{R}^{7 \times 7}")


def corners(letter, n):
    cells = rf"{letter}_{{1}} & \dots & {letter}_{{{n}}} \\ \vdots & \ddots & \vdots \\ "
    cells += rf"{letter}_{{{n * (n - 1) + 1}}} & \dots & {letter}_{{{n * n}}}"
    return rf"\begin{{pmatrix}} {cells} \end{{pmatrix}} \in \mathbf{{R}}^{{{n} \times {n}}}"


def test_with_a_limit_of_ones_own_all_equations_have_so_many_rows_and_columns():
    found = table(*[(f"W{i}", 7, 7, {}) for i in range(1, 6)], ("c", {"labels": ["d1"]}), ("u1", 7, SUM))
    assert with_entries(found, limit=2) == ["W_{1}", "W_{2}", "W_{3}", "W_{4}", "W_{5}"]
    assert equations(found, limit=2)[0][1] == f"= {corners('w', 7)}"
    assert ("c ", r"= d_{1} \in \mathbf{R}") in equations(found, limit=2)
    assert sum(rest.count("w_") for _, rest in equations(found, limit=None)) == 5 * 49


DIVIDED = Elementwise(operand(2).array, Form(trace(lambda x, y: x / y, "x", "y"), (), ("x", "y"), ()), [operand(2), operand(2)])


def vectors(count, **fractions):
    """So many vectors that are computed, some of them by a fraction."""
    quotient = {"kind": "array", "step": DIVIDED, "reads": ("u", "v")}
    return table(*[(f"u{i}", 2, quotient if f"u{i}" in fractions else SUM) for i in range(1, count + 1)])


def heads(found):
    return [int(head.strip().removeprefix("u_{").removesuffix("}")) if head else 0 for head, _ in equations(found)]


@pytest.mark.parametrize("count", [9, 10, 11, 12, 13, 30])
def test_of_more_equations_than_a_slide_has_room_for_the_ends_are_written(count):
    shown = heads(vectors(count))
    if count <= 10:
        assert shown == [*range(1, count + 1)]
    else:
        assert shown == [1, 2, 3, 4, 5, 0, *range(count - 3, count + 1)]
    assert fits([f"{head}&{rest}" for head, rest in equations(vectors(count))])


def test_one_equation_alone_is_left_out_if_that_is_enough():
    assert heads(vectors(10, u6=True)) == [1, 2, 3, 4, 5, 0, 7, 8, 9, 10]
    assert heads(vectors(10, u1=True)) == [1, 2, 3, 4, 0, 7, 8, 9, 10]  # where another one is needed
    assert heads(vectors(9, u6=True)) == [*range(1, 10)]


def test_equations_are_broken_where_their_heads_leave_too_little_room():
    terms = [f"term{i}" for i in range(6)]
    plus = [operand(2)] * len(terms)
    step = Product(operand(2).array, ("rk", "k", "r"), operand(2, 2), operand(2), False, plus, (), None)
    long = {"kind": "sum", "step": step, "reads": ("W1", "x", *terms)}
    short = table(("u", 2, long))
    assert len(equations(short)) == 1
    name = "a_name_that_takes_some_room"
    for other in ({}, SUM):
        both = table((name, 2, {"labels": ["p", "q"], **other}), ("u", 2, long))
        rows = equations(both)
        assert [head != "" for head, _ in rows] == [True, True, False]
        assert fits([f"{head}&{rest}" for head, rest in rows])
    many = table((name, 7, {}), ("x", 7, {}), ("t", 7, {}), ("u", 2, long))  # whose entries there is no room for
    rows = equations(many)
    assert [head.strip() for head, _ in rows if head][1:] == ["x", "t", "u"]
    assert fits([f"{head}&{rest}" for head, rest in rows])


# Of a program --------------------------------------------------------------------------------------------------------


def test_arrays_are_not_taken_apart_by_the_roots_that_they_lead_to():
    """As they are where gradients by each root are computed."""
    W, x = [[Value(0.5, f"w{i}{j}") for j in (1, 2)] for i in (1, 2, 3)], [Value(1.0, "x1"), Value(2.0, "x2")]
    p = program([tanh(row[0] * x[0] + row[1] * x[1]) for row in W], inputs=[[w for row in W for w in row], x])
    assert [(each.name, each.shape) for each in p.matrices()] == [("W1", (3, 2)), ("x", (2,)), ("u1", (3,)), ("z1", (3,))]


def test_a_graph_without_arrays_has_an_empty_table():
    a = Value(2.0, "a")
    assert [*program(a * a + a.exp(), inputs=[a]).matrices()] == []
