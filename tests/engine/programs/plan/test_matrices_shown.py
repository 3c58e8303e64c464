"""The matrices of a program as a student sees them: which Values each holds, where it stands, and what print shows."""

import io
import sys

import numpy as np
import pytest
from chalkgrad.engine import Value, logsumexp, program, relu, sigmoid, tanh
from chalkgrad.nn import MLP, Neuron
from latex import PDFLATEX, problems
from test_forms import CASES, LAYERS, flat, matrix, values


def network(layer):
    """A net 3-4-2 in one of the forms, and its parameters as the student has them."""
    W, P, b, c, x = matrix("w", 4, 3), matrix("p", 2, 4), values("b", 4), values("c", 2), values("x", 3)
    z = [tanh(u) for u in layer(W, b, x)]
    y = layer(P, c, z)
    return [W, P], [b, c], x, program(sum(u * u for u in y), inputs=[flat(W), flat(P), b, c, x])


def labels(rows):
    return [[w.label for w in row] for row in rows]


@pytest.mark.parametrize("form", LAYERS)
def test_the_same_net_in_ten_forms_gives_the_same_matrices(form):
    W, b, x, p = network(LAYERS[form])
    found = p.matrices()
    weights = [each for each in found if each.kind == "weight"]
    assert [(each.name, each.shape) for each in weights] == [("W1", (4, 3)), ("P2", (2, 4))]
    assert [each.names for each in weights] == list(map(labels, W))
    assert [each.names for each in found if each.kind == "bias"] == labels(b)
    assert [each.names for each in found if each.kind == "input"] == labels([x])
    assert str(found).splitlines()[0] == "your 20 weights are W1 (4×3) and P2 (2×4), your 6 biases b (4) and c (2)"


def test_the_parameters_of_a_model_are_found_row_by_row():
    model, x = MLP(3, [4, 2], "tanh", seed=0), values("x", 3)
    found = program(model(x), inputs=[model.parameters(), x]).matrices()
    for number, layer in enumerate(model.layers, 1):
        shape = len(layer.W), len(layer.W[0])
        assert found[f"W{number}"].shape == shape
        for i, j in np.ndindex(shape):
            assert found[f"W{number}"].names[i][j] == f"layer{number}.neuron{i + 1}.w{j + 1}"
        assert found[f"b{number}"].names == [f"layer{number}.neuron{i + 1}.b" for i in range(shape[0])]


def test_every_row_stands_in_lines_of_the_source():
    *_, x, p = network(LAYERS["by_sum"])
    for batch in ((), [x]):
        lines = {line.strip() for line in p.source("numpy", batch=batch).splitlines()}
        for each in p.matrices(batch=batch):
            assert lines.issuperset(each.lines)
            assert all(each.name in line for line in each.lines)


def test_a_matrix_that_several_lines_read_is_one_row():
    R, h = matrix("r", 2, 2), values("h", 2)
    z = h
    for _ in range(3):
        z = [sigmoid(row[0] * z[0] + row[1] * z[1]) for row in R]
    found = program(sum(z), inputs=[flat(R), h]).matrices()
    assert [each.names for each in found if each.kind == "weight"] == [labels(R)]
    assert found["R1"].lines == ("u1 = R1 @ h", "u2 = R1 @ z1", "u3 = R1 @ z2")
    assert found["R1"].line == "u1 = R1 @ h, and 2 lines more"
    assert str(found).splitlines()[0] == "your 4 weights are R1 (2×2)"


def test_a_line_that_reads_a_matrix_twice_is_said_once():
    w = values("w", 9)
    found = program(sum(x * x for x in w), inputs=[w]).matrices()
    assert [(each.kind, len(each.lines)) for each in found] == [("weight", 1), ("sum", 1)]


def test_a_terminal_without_the_signs_gets_others(monkeypatch):
    found = network(LAYERS["by_affine"])[-1].matrices()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    assert repr(found["W1"]) == "<W1 4x3: w11 ... w43, in u1 = W1 @ x + b>"
    assert str(found).isascii()


def test_the_weights_of_a_convolution_are_its_filter_not_the_patches_of_the_picture():
    k, picture = values("k", 4), matrix("p", 5, 5)
    out = [
        relu(sum(k[2 * a + b] * picture[i + a][j + b] for a in range(2) for b in range(2))) for i in range(4) for j in range(4)
    ]
    found = program(sum(out), inputs=[k, flat(picture)]).matrices()
    assert [(each.name, each.names) for each in found if each.kind == "weight"] == [("k", [x.label for x in k])]
    patches = next(each for each in found if each.kind == "input")
    assert patches.names[5] == [picture[i][j].label for i, j in ((1, 1), (1, 2), (2, 1), (2, 2))]


def test_frozen_numbers_and_data_are_not_weights():
    w, b = values("w", 2), Value(0.5, "b")
    data = [(1.0, 2.0), (4.0, 5.0), (7.0, 8.0), (0.0, 1.0)]
    found = program(sum((w[0] * x + w[1] * y + b) ** 2 for x, y in data), inputs=[w, b]).matrices()
    assert str(found).splitlines()[0] == "your 2 weights are w (2), your bias b (1)"
    (constant,) = (each for each in found if each.kind == "constant")
    assert constant.names == [["1", "2"], ["4", "5"], ["7", "8"], ["0", "1"]]
    assert constant.shape == (4, 2)


def test_a_graph_without_matrices_says_so():
    a = Value(2.0, "a")
    found = program(a * a + a.exp(), inputs=[a]).matrices()
    assert (len(found), [*found]) == (0, [])
    assert str(found).startswith("no matrices were found")
    assert "no matrices were found" in found.latex().replace(r"}\text{", "")
    with pytest.raises(KeyError, match="there is no matrix W1; there are none"):
        found["W1"]


def test_a_name_that_there_is_not_is_told_what_there_is():
    found = network(LAYERS["by_affine"])[-1].matrices()
    assert found["W₁"] is found["W1"]
    with pytest.raises(KeyError, match="there is no matrix W3; there are W1, x, b, u1, z1 and"):
        found["W3"]


def test_the_table_has_every_form_of_a_table():
    found = network(LAYERS["by_affine"])[-1].matrices()
    sentence, head, _, first, *_ = str(found).splitlines()
    assert sentence.startswith("your 20 weights")
    assert [cell.strip() for cell in first.split("│")] == ["W1", "4×3", "w11 … w43", "u1 = W1 @ x + b"]
    assert head.split() == ["name", "│", "shape", "│", "Values", "│", "line"]
    assert found.markdown().startswith(f"{sentence}\n\n| name |")
    assert found._repr_html_().startswith(f'<p dir="ltr">{sentence}</p>\n<table')
    assert repr(found["W1"]) == "<W1 4×3: w11 … w43, in u1 = W1 @ x + b>"


def test_in_latex_a_small_matrix_has_its_entries_and_a_large_one_its_corners():
    found = network(LAYERS["by_affine"])[-1].matrices()
    assert r"P_{2} = \begin{pmatrix} p_{11} & p_{12} & p_{13} & p_{14} \\ p_{21}" in found["P2"].latex()
    assert found["P2"].latex().endswith(r"\in \mathbf{R}^{2 \times 4}")
    assert r"u_{1} &= W_{1} x + b \in \mathbf{R}^{4}" in found.latex()
    model, x = MLP(30, [20, 1], seed=0), values("x", 30)
    large = program(model(x), inputs=[model.parameters(), x]).matrices()["W1"]
    assert large.latex().splitlines()[-1] == (
        r"W_{1} = \begin{pmatrix} w_{11,1} & w_{11,2} & \dots & w_{11,29} & w_{11,30} \\ "
        r"w_{12,1} & w_{12,2} & \dots & w_{12,29} & w_{12,30} \\ "
        r"\vdots & \vdots & \ddots & \vdots & \vdots \\ "
        r"w_{1,19,1} & w_{1,19,2} & \dots & w_{1,19,29} & w_{1,19,30} \\ "
        r"w_{1,20,1} & w_{1,20,2} & \dots & w_{1,20,29} & w_{1,20,30} \end{pmatrix} \in \mathbf{R}^{20 \times 30}"
    )
    assert large.latex(limit=None).count("w_{") == 600


def latex_of_all():
    deep, x = MLP(5, [9, 9, 9, 9, 4], "tanh", seed=0), values("x", 5)
    loss = logsumexp(deep(x))
    found = program(loss, inputs=[deep.parameters(), x]).matrices()
    singles = program(loss).matrices()
    small = network(LAYERS["negated"])[-1].matrices()
    columns = ["name", "shape", "Values", "line"]
    cases = {name: make() for name, make in CASES.items() if not name.startswith("relu ")}
    return {
        **{name: program(case.root, inputs=case.inputs).matrices().latex() for name, case in cases.items()},
        "deep": found.latex(),
        "single inputs": singles.latex(),
        "small": small.latex(),
        "table": small.latex(columns=columns),
        "one": found["W2"].latex(),
        "none": program(x[0] * x[1]).matrices().latex(),
    }


@PDFLATEX
def test_latex_sets_it_on_a_slide(tmp_path):
    assert problems(latex_of_all(), "pdflatex", tmp_path) == []


def test_print_shows_the_matrices_if_there_are_any():
    p = network(LAYERS["by_loop"])[-1]
    assert str(p) == p.source("numpy")
    assert "    u1 = W1 @ x + b\n    z1 = np.tanh(u1)\n" in str(p)
    a, b, c = values("a", 3)
    for scalar in (program(a * b + a * c), program(tanh(a)), program(Neuron(2, seed=0)([a, b]))):
        assert str(scalar) == scalar.source("python")


def test_print_shows_python_where_there_is_no_numpy(monkeypatch):
    p = network(LAYERS["by_loop"])[-1]
    plain = p.source("python")
    monkeypatch.setitem(sys.modules, "chalkgrad.engine.programs.plan.grouping", None)  # what imports NumPy
    assert str(p) == plain
    with pytest.raises(ImportError, match=r'pip install "chalkgrad\[fast\]"'):
        p.matrices()


def output_and_loss(label):
    W, b = [values(f"w{i}", 2) for i in (1, 2, 3)], values("b", 3)
    v, c, x, t = values("v", 3), Value(0.5, "c"), values("x", 2), Value(1.0, "t")
    z = [tanh(sum(w * a for w, a in zip(row, x, strict=True)) + d) for row, d in zip(W, b, strict=True)]
    out = c
    for w, a in zip(v, z, strict=True):
        out = out + w * a
        out.label = label
    return program((out - t) ** 2, inputs=[[w for row in W for w in row], b, v, [c], x, [t]])


def test_a_labelled_sum_of_products_is_shown_under_its_label_where_a_term_is_added():
    labelled, unlabelled = output_and_loss("y"), output_and_loss("")
    lines = [line.strip() for line in str(labelled).splitlines()]
    assert "y = v @ z1 + cs[0]" in lines
    assert "v1 = y - ts[0]" in lines
    assert "v1 = v @ z1 + cs[0] - ts[0]" in map(str.strip, str(unlabelled).splitlines())
    numbers = [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.1, 0.2, 0.3], [1.0, 2.0, 3.0], [0.5], [1.0, -1.0], [2.0]]
    (value, found), (expected, others) = (p.compile("numpy")(*numbers) for p in (labelled, unlabelled))
    assert value == pytest.approx(expected, rel=1e-14)
    for one, other in zip(found, others, strict=True):
        assert one == pytest.approx(other, rel=1e-14)


def test_what_reduces_the_rows_of_a_matrix_is_written_with_its_columns():
    def reduced(f, rows):
        e = [f(row) for row in rows]
        for i, each in enumerate(e, 1):
            each.label = f"e{i}"
        return program(e, inputs=[x]).matrices().latex()

    x = values("x", 12)
    rows = [x[:4], x[4:8], x[8:]]
    columns = [rf"(\mathrm{{x\_part}})_{{\cdot {k}}}" for k in (1, 2, 3, 4)]
    assert rf"e_{{1}} &= \operatorname{{logsumexp}}\left({', '.join(columns)}\right) \in \mathbf{{R}}^{{3}}" in reduced(
        logsumexp, rows
    )
    columns = [rf"(\mathrm{{v1\_part}})_{{\cdot {k}}}" for k in (1, 2, 3, 4, 12)]
    assert f"e_{{1}} &= {' + '.join(columns[:4])} \\in" in reduced(lambda row: sum(map(tanh, row)), rows)
    assert rf"e_{{1}} &= {' + '.join(columns[:2])} + \dots + {columns[4]} \in" in reduced(
        lambda row: sum(map(tanh, row)), [x, x[::-1]]
    )


def test_rows_that_go_in_pairs_are_told_from_a_matrix_times_a_vector():
    case = CASES["rows_in_pairs"]()
    found = program(case.root, inputs=case.inputs).matrices()
    assert [(each.kind, each.shape) for each in found if each.paired] == [("weight", (9, 3)), ("input", (9, 3))]
    assert r"u_{1} &= \left((W_{1})_{m}^{\top} (x_{0})_{m}\right)_{m} \in \mathbf{R}^{9}" in found.latex()
    *_, p = network(LAYERS["by_sum"])
    assert not any(each.paired for each in p.matrices())
