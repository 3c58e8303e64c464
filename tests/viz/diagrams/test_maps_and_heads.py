"""A Jacobian as a map of cells, the heads, and a model beside the affine map it is: which numbers stand where."""

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from chalkgrad.engine import Value, hessian, jacobian
from chalkgrad.engine.derivatives.matrix import Matrix
from chalkgrad.engine.words.expressions import number
from chalkgrad.nn import MLP, Network, Neuron, linear_head, logistic_head, softmax_head
from chalkgrad.viz import diagram
from chalkgrad.viz.diagrams.head_diagram import BAR, BAR_HEIGHT
from chalkgrad.viz.formats.legible import LEAST, slide_height, smallest_number
from chalkgrad.viz.letters import fonts, themes
from chalkgrad.viz.letters.primitives import Curve, Rect, TextLine
from contrast import contrast
from diagram_parts import rectangle, without_activations, words


def named(count, name):
    return [Value(float(value), f"{name}{i}") for i, value in enumerate(np.linspace(-1.5, 2.0, count), 1)]


def element_wise(count):
    u = named(count, "u")
    z = [value.tanh() for value in u]
    for i, value in enumerate(z, 1):
        value.label = f"z{i}"
    return jacobian(z, u)


def lecture():
    """g1 = θ1·θ2, g2 = θ1 - 3·θ2 at (2, 0.5): the Jacobian by hand is (0.5 2; 1 -3)."""
    a, b = Value(2.0, "θ1"), Value(0.5, "θ2")
    g = [a * b, a - 3 * b]
    g[0].label, g[1].label = "g1", "g2"
    return jacobian(g, [a, b])


def all_parameters():
    model, x = MLP(3, [2, 3, 2], "tanh", seed=0), named(3, "x")
    return jacobian(model(x), model.parameters())


MAPS = {
    "by hand": lecture,
    "diagonal": lambda: element_wise(5),
    "all parameters": all_parameters,
    "wide numbers": lambda: Matrix([[1e-9, -123456.7], [float("inf"), 0.0]], ["f", "g"], ["w12_2", "b"], "reverse"),
    "60 outputs": lambda: element_wise(60),
    "a long row": lambda: Matrix([[float(i - 50) for i in range(100)]], ["y"], [f"x{i}" for i in range(100)], "reverse"),
    "one entry": lambda: Matrix([[0.0]], ["y"], ["x"], "reverse"),
}


# The map of cells ----------------------------------------------------------------------------------------------------


def cells(scene):
    """Row by row the cells, with what is written in each."""
    frames = [s for s in scene.shapes if isinstance(s, Rect) and s.stroke and s.radius == 4]
    texts = [s for s in scene.shapes if isinstance(s, TextLine)]

    def content(box):
        inside = [t for t in texts if box.x < t.x < box.x + box.width and box.y < t.y < box.y + box.height]
        return " ".join(run.words for text in inside for run in text.runs)

    rows = {}
    for box in frames:
        rows.setdefault(round(box.y + box.height / 2), []).append((box.x, content(box), box))
    return [[(text, box) for _, text, box in sorted(rows[y], key=lambda cell: cell[0])] for y in sorted(rows)]


def test_each_number_stands_in_its_row_and_column():
    scene = diagram(lecture()).scene
    assert [[text for text, _ in row] for row in cells(scene)] == [["0.5", "2"], ["1", "-3"]]
    assert words(scene)[:4] == ["∂θ₁", "∂θ₂", "∂g₁", "∂g₂"]
    at = {text.runs[0].words: text for text in scene.shapes if isinstance(text, TextLine)}
    assert at["∂θ₁"].x == at["0.5"].x == at["1"].x
    assert at["∂g₂"].y == pytest.approx(at["-3"].y, abs=1)


def test_hue_is_the_sign_and_strength_the_size():
    colours = themes.theme("light")
    ((half, two), (one, minus)) = cells(diagram(lecture()).scene)
    fills = [contrast(box.fill, colours.page) for _, box in (half, one, two)]
    assert fills == sorted(fills)
    assert len(set(fills)) == 3
    red, _, blue = (int(minus[1].fill[i : i + 2], 16) for i in (1, 3, 5))
    assert red > blue
    red, _, blue = (int(two[1].fill[i : i + 2], 16) for i in (1, 3, 5))
    assert blue > red


def test_the_diagonal_of_an_element_wise_function_is_seen_as_such():
    figure = diagram(element_wise(5))
    for i, row in enumerate(cells(figure.scene)):
        for j, (text, box) in enumerate(row):
            expected = number(1 - math.tanh(np.linspace(-1.5, 2.0, 5)[i]) ** 2) if i == j else ""
            assert (text, box.dashed, bool(box.fill)) == (expected, i != j, i == j)
    assert "Jacobian 5×5, diagonal" in repr(figure)
    assert "Diagonal: each output depends on its own input alone." in words(figure.scene)
    assert "Row ∂z₁: ∂u₁ 0.1807." in figure.scene.description


def test_a_hessian_says_whose_it_is():
    x, y = Value(1.0, "x1"), Value(3.0, "x2")
    f = x * x * y
    f.label = "f"
    scene = diagram(hessian(f, [x, y])).scene
    assert {"∂²f", "∂x₁", "∂x₂"} <= set(words(scene))
    assert [[text for text, _ in row] for row in cells(scene)] == [["6", "2"], ["2", "0"]]
    assert scene.title == "Hessian of f, 2×2"


def test_a_recorded_jacobian_is_drawn_as_well():
    x = Value(3.0, "x")
    assert "6" in words(diagram(jacobian([x * x], [x], create_graph=True)).scene)


def test_a_map_too_large_for_numbers_has_squares_filled_or_hollow():
    matrix = all_parameters()
    scene = diagram(matrix).scene
    colours = themes.theme("light")
    squares = [s for s in scene.shapes if isinstance(s, Rect) and s.fill and not s.radius][1:-4]  # without page and legend
    numbers = [x for row in matrix for x in row if x]
    assert len(squares) == len(numbers)
    largest = max(map(abs, numbers))
    for square, x in zip(squares, numbers, strict=True):
        assert square.fill == (colours.data if x > 0 else colours.page)
        side = square.width + square.weight
        assert side == pytest.approx(max(6.0, 28 * math.sqrt(abs(x) / largest)))
    assert words(scene).count("0") == sum(not x for row in matrix for x in row)


def test_of_a_matrix_larger_still_the_first_and_the_last_are_drawn():
    scene = diagram(element_wise(60)).scene
    assert {"∂u₁", "∂u₆₀", "∂z₁", "∂z₆₀"} <= set(words(scene))
    assert len(cells(scene)) < 60
    assert len([s for s in scene.shapes if isinstance(s, Rect) and s.width == 3]) == 6  # two times three dots


@pytest.mark.parametrize("name", MAPS)
def test_a_map_can_be_read_from_the_back_row_and_nothing_overlaps(name):
    scene = diagram(MAPS[name]()).scene
    texts = [s for s in scene.shapes if isinstance(s, TextLine)]
    least = min(run.size for text in texts for run in text.runs)
    assert least / max(scene.height, scene.width * 9 / 16) >= 0.0279
    boxes = [rectangle(text) for text in texts]
    assert all(l >= 4 and t >= 4 and r <= scene.width - 4 and b <= scene.height - 4 for l, t, r, b in boxes)  # noqa: E741
    for (l1, t1, r1, b1), (l2, t2, r2, b2) in combinations(boxes, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1
    for row in cells(scene):
        for text, box in row:
            assert fonts.width(text, least, bold=True) <= box.width


@pytest.mark.parametrize("theme", themes.THEMES)
def test_every_number_has_contrast_to_its_cell(theme):
    for build in (MAPS["by hand"], MAPS["diagonal"], MAPS["wide numbers"]):
        scene = diagram(build(), theme=theme).scene
        for row in cells(scene):
            for text, box in row:
                if text:
                    (run,) = next(s.runs for s in scene.shapes if isinstance(s, TextLine) and s.runs[0].words == text)
                    assert contrast(run.colour, box.fill) >= 4.5


def test_the_same_map_gives_the_same_bytes_in_every_format():
    for kind in ("svg", "tex", "png"):
        assert diagram(lecture()).file(kind) == diagram(lecture()).file(kind)


@pytest.mark.parametrize("option", [{"x": [1.0]}, {"show": "weights"}, {"path": "x y"}, {"collapsed": True}])
def test_what_a_map_has_no_use_for_is_refused(option):
    with pytest.raises(ValueError, match=f"{next(iter(option))}.* for (diagrams of )?models"):
        diagram(lecture(), **option)


# Heads ---------------------------------------------------------------------------------------------------------------


def bars(scene):
    return [s.width for s in scene.shapes if isinstance(s, Rect) and s.height == BAR_HEIGHT and s.fill]


def test_the_probabilities_of_softmax_add_up_to_1_in_numbers_and_in_bars():
    scores = [1.0, 2.0, -0.5]
    scene = diagram(softmax_head, scores).scene
    total = sum(map(math.exp, scores))
    for k, s in enumerate(scores):
        assert f"P(y = {k}) = {number(math.exp(s) / total)}" in words(scene)
    assert sum(bars(scene)) == pytest.approx(BAR)
    assert "the probabilities add up to 1" in words(scene)


def test_the_logistic_head_says_both_probabilities_and_the_linear_head_passes_the_score_on():
    scene = diagram([linear_head, logistic_head], [2.5, 2.0]).scene
    p = 1 / (1 + math.exp(-2.0))
    assert {"ŷ = s = 2.5", f"P(y = 1) = σ(s) = {number(p)}", f"P(y = 0) = 1 - σ(s) = {number(1 - p)}"} <= set(words(scene))
    assert bars(scene) == pytest.approx([BAR * p, BAR * (1 - p)])
    assert "no activation" in words(scene)


def test_without_scores_a_head_has_no_numbers_and_no_bars():
    scene = diagram([linear_head, logistic_head, softmax_head]).scene
    assert {"ŷ = s", "P(y = 1) = σ(s)", "P(y = 2)", "softmax", "loss: cross_entropy"} <= set(words(scene))
    assert not bars(scene)
    assert "Regression: the linear head, loss: squared_error." in scene.description


def test_scores_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="a score for each class"):
        diagram(softmax_head, 1.0)
    with pytest.raises(ValueError, match="x has the scores of each head"):
        diagram([linear_head, softmax_head], [1.0])
    with pytest.raises(ValueError, match="show is for diagrams of models"):
        diagram(linear_head, show="weights")
    with pytest.raises(ValueError, match="digits=2 has no use"):
        diagram(linear_head, digits=2)
    with pytest.raises(TypeError, match="a number or a Value is drawn here, not 'high'"):
        diagram(softmax_head, [1.0, "high"])


def test_scores_may_be_values_and_arrays():
    of_numbers = diagram(softmax_head, [1.0, 2.0]).svg
    assert diagram(softmax_head, np.array([1.0, 2.0])).svg == of_numbers
    assert diagram(softmax_head, [Value(1.0, "a"), Value(2.0, "b")]).svg == of_numbers


# From the back row ---------------------------------------------------------------------------------------------------


def products():
    x = named(4, "x")
    f = (x[0] * x[1] + x[1] * x[2] * x[3]) ** 2
    f.label = "f"
    return hessian(f, x)


def of_a_layer(inputs, outputs):
    x = named(inputs, "x")
    return jacobian(MLP(inputs, [outputs], seed=0)(x), x)


HEADS = [linear_head, logistic_head, softmax_head]
SCORES = [2.5, 2.0, [1.0, 2.0, -0.5]]
ON_A_SLIDE = {
    "three heads": lambda: diagram(HEADS, SCORES),
    "their names": lambda: diagram(HEADS),
    "three heads, ten classes": lambda: diagram(HEADS, [2.5, 2.0, [k / 3 for k in range(10)]]),
    **{head.name: lambda head=head, x=x: diagram(head, x) for head, x in zip(HEADS, SCORES, strict=True)},
    "two layers, one matrix": lambda: diagram(MLP(2, [3, 2], None, seed=0), collapsed=True),
    "two layers, one value": lambda: diagram(MLP(2, [3, 2], None, seed=0), [1.5, -2.0], collapsed=True),
    "three layers, one matrix": lambda: diagram(MLP(3, [2, 3, 2], None, seed=0), collapsed=True),
    "three wide layers": lambda: diagram(MLP(3, [4, 3, 2], None, seed=0), collapsed=True),
    "six layers": lambda: diagram(MLP(2, [3] * 6, None, seed=0), [1.5, -2.0], collapsed=True),
    "dense layers, one matrix": lambda: diagram(MLP(10, [20, 10], None, seed=0), collapsed=True),
    "Jacobian 3×3": lambda: diagram(element_wise(3)),
    "Jacobian 5×8": lambda: diagram(of_a_layer(8, 5)),
    "Hessian 4×4": lambda: diagram(products()),
    "neuron": lambda: diagram(Neuron(3, seed=0)),
    "neuron of ten inputs": lambda: diagram(Neuron(10, seed=0), [1.25] * 10),
    "MLP": lambda: diagram(MLP(3, [2, 3, 2], seed=0)),
    "MLP with values": lambda: diagram(MLP(3, [2, 3, 2], "tanh", seed=0), [1.0, 0.5, -1.0]),
    "dense MLP": lambda: diagram(MLP(10, [20, 10], "tanh", seed=0)),
}


@pytest.mark.parametrize("name", ON_A_SLIDE)
def test_every_word_and_number_can_be_read_from_the_back_row(name):
    scene = ON_A_SLIDE[name]().scene
    assert smallest_number(scene) >= LEAST
    sizes = [run.size for text in scene.shapes if isinstance(text, TextLine) for run in text.runs]  # names and remarks, too
    assert min(sizes) / slide_height(scene.width, scene.height) >= LEAST
    boxes = [rectangle(text) for text in scene.shapes if isinstance(text, TextLine)]
    for (l1, t1, r1, b1), (l2, t2, r2, b2) in combinations(boxes, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1


# Two networks, one matrix --------------------------------------------------------------------------------------------


def test_the_matrices_multiply_to_the_one_below_them():
    said = words(diagram(without_activations(), collapsed=True).scene)
    W2, W1 = np.array([[2, -1]]), np.array([[1, 2], [1, 0.5]])
    written = ["2", "-1", "1", "2", "1", "0.5", *map(number, map(float, (W2 @ W1)[0])), number(float((W2 @ [-1, 3] + 1)[0]))]
    below = said[said.index("y = Wx + b") :]
    assert [one for one in below if one.lstrip("-").replace(".", "").isdigit()] == written
    assert {"W₂", "W₁", "W", "b = W₂ b₁ + b₂"} <= set(below)
    assert said.count("=") == 2  # between the networks, and between the matrices


def test_both_networks_compute_the_same():
    scene = diagram(without_activations(), [3.0, 1.0], collapsed=True).scene
    assert words(scene).count("2.5") == 2  # 1·3 + 3.5·1 - 4
    assert "One affine map: y = x1 + 3.5·x2 - 4." in scene.description


@pytest.mark.parametrize("inputs", [2, 3])
def test_the_matrices_of_three_layers_stand_there_too(inputs):
    model = MLP(inputs, [4, 3, 2], activation=None, seed=0)
    said = words(diagram(model, collapsed=True).scene)
    names = [one for one in said if one in ("W₃", "W₂", "W₁")]
    assert names == ["W₃", "W₂", "W₁"]
    for layer in model.layers:
        for row in layer.W:
            assert all(any(number(w.data, digits) in said for digits in (4, 3, 2)) for w in row)


def test_matrices_that_do_not_fit_are_left_out():
    said = words(diagram(MLP(20, [30, 12], None, seed=0), collapsed=True).scene)
    assert "y = Wx + b" in said
    assert not any("." in one for one in said)


def test_a_network_of_any_wiring_collapses_and_what_is_not_affine_is_named():
    net = Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "linear", parameters={
        "h1.w1": 1, "h1.w2": -0.5, "h1.b": 3, "h2.w1": 0, "h2.w2": 2, "h2.b": -1
    })  # fmt: skip
    assert {"2", "-1", "5", "h₁", "h₂"} <= set(words(diagram(net, collapsed=True).scene))
    with pytest.raises(ValueError, match=r"applies tanh .* which is not affine"):
        diagram(MLP(2, [2, 1], "tanh", seed=0), collapsed=True)
    with pytest.raises(ValueError, match="leave show, path and limit out"):
        diagram(net, collapsed=True, show="weights")


def test_an_affine_map_has_a_picture_of_its_own():
    figure = diagram(without_activations().collapse(), [3.0, 1.0])
    assert repr(figure) == '<Figure of affine map x₁, x₂ → y; .save("affine.svg")>'
    assert {"3", "1", "2.5", "3.5", "-4"} <= set(words(figure.scene))
    lines = [s for s in figure.scene.shapes if isinstance(s, Curve)]
    assert len(lines) == 2 + 1 + 4  # two edges, the arrow, the brackets
    assert all(a != b for a, b in pairwise(lines))
