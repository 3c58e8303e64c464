"""Diagrams of models: what is in them, where it stands, and that it can be read."""

import math
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from itertools import combinations, pairwise

import pytest
from chalkgrad.engine import Value
from chalkgrad.engine.words.expressions import number
from chalkgrad.nn import MLP, Layer, Module, Network, Neuron, linear_head, logistic_head, softmax_head
from chalkgrad.viz import diagram
from chalkgrad.viz.formats import raster
from chalkgrad.viz.formats.svg import svg
from chalkgrad.viz.formats.tikz import tikz
from chalkgrad.viz.letters import themes
from chalkgrad.viz.letters.primitives import Curve, Polygon, Rect, TextLine
from diagram_parts import rectangle, without_activations, words
from example_pictures import HOSTILE_NAMES
from hypothesis import given, settings
from hypothesis import strategies as st


def lecture_network():
    return Network(
        "x1 x2 x3",
        "z1 = h1(x2, x3); z2 = h2(x1, x2); z3 = h3(x1, z1); z4 = h4(z1, x3); y1 = h5(z2, z3); y2 = h6(z1, z3, z4)",
        activation="tanh",
        seed=0,
    )


def nine_functions():
    units = {
        "h1": lambda a, b, c, θ1=1.0: θ1 * (a + b + c),
        "h2": lambda a, b, θ2=1.0: θ2 * a * b,
        "h3": lambda a, θ3=-0.5: θ3 * a,
        "h4": lambda a, b, θ4=0.5: a + θ4 * b,
        "h5": lambda a, b, θ5=3.0: a + θ5 * b,
        "h6": lambda a, b, θ6=-0.5: θ6 * a * b,
        "h7": lambda a, b, θ7=3.0: a + θ7 * b,
        "h8": lambda a, b, θ8=3.0: θ8 * a * b,
        "h9": lambda a, b, θ9=4.0: a + θ9 * b,
    }
    wiring = """
        z1 = h1(x1, x2, x3); z2 = h2(x1, z1); z3 = h3(z2); z4 = h4(z1, z2); z5 = h5(x1, z2)
        z6 = h6(z3, z4); z7 = h7(z5, z6); y1 = h8(z5, z7); y2 = z7; y3 = h9(z4, z7)
    """
    return Network("x1 x2 x3", wiring, units=units, outputs="y1 y2 y3")


def perceptron():
    neuron = Neuron(3, activation="step", seed=0)
    neuron.theta = [0.5, -1, 1, -1]
    return neuron


def swept(model, x):
    y = model(x)
    total = sum(y[1:], y[0]) if isinstance(y, list) else y
    (total * total).backward()
    return model


LECTURE = {  # the figures of the lecture
    "neuron": lambda **o: diagram(Neuron(2, activation="tanh", seed=0), **o),
    "perceptron": lambda **o: diagram(perceptron(), [1, 0, 1], **o),
    "network": lambda **o: diagram(lecture_network(), **o),
    "deep path": lambda **o: diagram(lecture_network(), [1, 0.5, -1], path=lecture_network().deep_path, **o),
    "nine functions": lambda **o: diagram(nine_functions(), **o),
    "one path": lambda **o: diagram(nine_functions(), [1, 2, -1], path="θ3 y1", **o),
    "mlp": lambda **o: diagram(MLP(3, [2, 3, 2], "tanh", seed=0), **o),
    "mlp with values": lambda **o: diagram(MLP(3, [2, 3, 2], "tanh", seed=0), [1, 0.5, -1], **o),
    "two networks, one matrix": lambda **o: diagram(without_activations(), collapsed=True, **o),
    "their values": lambda **o: diagram(MLP(3, [2, 3, 2], None, seed=0), [1, 0.5, -1], collapsed=True, **o),
    "three heads": lambda **o: diagram([linear_head, logistic_head, softmax_head], **o),
    "their predictions": lambda **o: diagram([linear_head, logistic_head, softmax_head], [2.5, 2.0, [1.0, 2.0, -0.5]], **o),
}
OTHERS = {
    "one affine map": lambda **o: diagram(without_activations().collapse(), **o),
    "a large one": lambda **o: diagram(MLP(20, [30, 12], None, seed=0), collapsed=True, **o),
    "collapsed network": lambda **o: diagram(
        Network("a b", "z = f(a); w = g(z, b); v = k(w, a)", None, seed=0, outputs="z v"), [1, 2], collapsed=True, **o
    ),
    "collapsed neuron": lambda **o: diagram(Neuron(3, activation=None, seed=0), [1, 2, 3], collapsed=True, **o),
    "ten classes": lambda **o: diagram(softmax_head, [k / 3 for k in range(10)], **o),
    "two questions": lambda **o: diagram(logistic_head, [1.0, -1.0], **o),
    "two numbers": lambda **o: diagram(linear_head, [1e-9, -12345.678], **o),
    "one input": lambda **o: diagram(Neuron(1, activation=None, seed=0), **o),
    "five inputs": lambda **o: diagram(Neuron(5, activation="sigmoid", seed=0), [1, -2.5, 3, 0.1234, 5e-7], **o),
    "seven weights": lambda **o: diagram(Neuron(7, activation="relu", seed=0), show="weights", **o),
    "wide neuron": lambda **o: diagram(Neuron(784, seed=0), [0.25] * 784, **o),
    "own activation": lambda **o: diagram(Neuron(2, activation=lambda v: v.log() * 2, seed=0), **o),
    "neuron's gradients": lambda **o: diagram(swept(Neuron(4, activation="tanh", seed=1), [1, 2, 3, 4]), show="grad", **o),
    "micrograd's": lambda **o: diagram(MLP(2, [16, 16, 1], seed=0), **o),
    "its values": lambda **o: diagram(MLP(2, [16, 16, 1], seed=0), [1.0, -2.0], **o),
    "digits": lambda **o: diagram(MLP(784, [100, 10], seed=0), **o),
    "deep and long": lambda **o: diagram(MLP(2, [5] * 20, "leaky_relu", seed=0), **o),
    "full": lambda **o: diagram(MLP(10, [10] * 6, "tanh", seed=0), **o),
    "plain": lambda **o: diagram(MLP(2, [4, 1], "tanh", seed=0), show="names", **o),
    "gradients": lambda **o: diagram(swept(MLP(3, [4, 2], "tanh", seed=0), [1, 2, 3]), show="grad", **o),
    "layer": lambda **o: diagram(Layer(3, 4, activation="tanh", seed=0), [1, 2, 3], **o),
    "weights of a network": lambda **o: diagram(lecture_network(), show="weights", **o),
    "hidden behind output": lambda **o: diagram(
        Network("a b", "z = f(a); w = g(z, b); v = k(w, a)", "tanh", seed=0, outputs="z v"), [1, 2], **o
    ),
    "twice the same": lambda **o: diagram(Network("x", "z = f(x, x); y = g(z, x, z)", "tanh", seed=0), **o),
}
ALL = LECTURE | OTHERS


def dots(scene):
    """How many dots stand for what is left out."""
    return sum(isinstance(s, Rect) and s.radius > 0 and s.width == 3 for s in scene.shapes)


def circles(scene):
    """(x, y, radius) of each circle; dots for what is left out are none."""
    boxes = (s for s in scene.shapes if isinstance(s, Rect) and s.stroke and not s.dashed and s.width > 3)
    return [(b.x + b.width / 2, b.y + b.height / 2, b.width / 2 + b.weight / 2) for b in boxes if b.width == b.height]


def sampled(curve):
    """Points along a curve."""
    points = []
    for i in range(0, len(curve.points) - 1, 3):
        p0, p1, p2, p3 = curve.points[i : i + 4]
        for k in range(13):
            t = k / 12
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            points.append(tuple(sum(w * p[axis] for w, p in zip(weights, (p0, p1, p2, p3), strict=True)) for axis in (0, 1)))
    return points


def edges(scene):
    """The curves from one circle to another, or to an output."""
    rings = circles(scene)
    return [s for s in scene.shapes if isinstance(s, Curve) and any(_near(s.points[0], ring) for ring in rings)]


def _near(point, ring, most=1.0):
    return abs(math.dist(point, ring[:2]) - ring[2]) <= most


def ring_at(scene, content):
    """The circle in which these words stand."""
    text = next(s for s in scene.shapes if isinstance(s, TextLine) and s.runs[0].words == content)
    return min(circles(scene), key=lambda ring: math.dist(ring[:2], (text.x, text.y)))


def joined(scene):
    """For each edge the numbers of the circles it leaves and reaches, None for an output."""
    rings = circles(scene)

    def which(point):
        return next((i for i, ring in enumerate(rings) if _near(point, ring, 3.0)), None)

    after = dict(pairwise(map(id, scene.shapes)))
    heads = {id(shape): shape.points[1] for shape in scene.shapes if isinstance(shape, Polygon)}
    return [(which(edge.points[0]), which(heads.get(after[id(edge)], edge.points[-1]))) for edge in edges(scene)]


def luminance(colour):
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


# What can be said of all of them -------------------------------------------------------------------------------------


def check_places(scene):
    """Nothing overlaps what it should not, and everything is on the page."""
    rings = circles(scene)
    for a, b in combinations(rings, 2):
        assert math.dist(a[:2], b[:2]) >= a[2] + b[2] + 4
    texts = [rectangle(shape) for shape in scene.shapes if isinstance(shape, TextLine)]
    for left, top, right, bottom in texts:
        assert left >= 4
        assert top >= 4
        assert right <= scene.width - 4
        assert bottom <= scene.height - 4
        for x, y, radius in rings:
            nearest = (min(max(x, left), right), min(max(y, top), bottom))
            if math.dist((x, y), nearest) < radius:  # then it is inside
                assert math.dist((x, y), ((left + right) / 2, (top + bottom) / 2)) < radius / 2
                assert right - left <= 2 * radius
    for (l1, t1, r1, b1), (l2, t2, r2, b2) in combinations(texts, 2):
        assert r1 <= l2 or r2 <= l1 or b1 <= t2 or b2 <= t1
    courses = [sampled(edge) for edge in edges(scene)]
    for course, ends in zip(courses, joined(scene), strict=True):
        for i, (x, y, radius) in enumerate(rings):
            if i not in ends:
                assert all(math.dist(point, (x, y)) > radius for point in course)
    plates = [s for s in scene.shapes[1:] if isinstance(s, Rect) and s.fill == scene.page and not s.stroke]
    for left, top, right, bottom in texts:
        if not any(p.x <= left and right <= p.x + p.width and p.y <= top and bottom <= p.y + p.height for p in plates):
            for course in courses:
                assert not any(left < x < right and top < y < bottom for x, y in course)


@pytest.mark.parametrize("name", ALL)
def test_nothing_overlaps_and_every_text_is_on_the_page(name):
    check_places(ALL[name]().scene)


@pytest.mark.parametrize("name", LECTURE)
def test_the_lectures_figures_can_be_read_from_the_back_row(name):
    scene = LECTURE[name]().scene
    height = max(scene.height, scene.width * 9 / 16)  # of the slide that it fills
    assert (
        min(run.size for shape in scene.shapes if isinstance(shape, TextLine) for run in shape.runs) / height >= 0.028 - 0.0001
    )


@pytest.mark.parametrize("theme", themes.THEMES)
@pytest.mark.parametrize("name", ALL)
def test_texts_and_lines_have_contrast_in_every_theme(name, theme):
    scene = ALL[name](theme=theme).scene
    behind = [shape for shape in scene.shapes if isinstance(shape, Rect) and shape.fill]
    for shape in scene.shapes:
        if isinstance(shape, TextLine):
            left, top, right, bottom = rectangle(shape)
            x, y = (left + right) / 2, (top + bottom) / 2
            under = [b for b in behind if b.x <= x <= b.x + b.width and b.y <= y <= b.y + b.height]
            assert all(contrast(run.colour, under[-1].fill) >= 4.5 for run in shape.runs)
        elif isinstance(shape, (Curve, Polygon)):
            assert contrast(shape.stroke if isinstance(shape, Curve) else shape.fill, scene.page) >= 3
        elif shape.stroke:
            assert contrast(shape.stroke, scene.page) >= 3


@pytest.mark.parametrize("name", ALL)
def test_an_svg_can_stand_in_any_page_and_says_what_it_shows(name):
    root = ElementTree.fromstring(ALL[name]().svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "rect", "path", "polygon", "text"}
    assert not any("id" in element.attrib or "class" in element.attrib for element in root.iter())
    assert root[0].text
    assert root[1].text.endswith(".")


def test_the_same_program_gives_the_same_bytes():
    program = (
        "from chalkgrad.viz import diagram; from chalkgrad.nn import *\n"
        "net = Network('a b', 'z = f(a, b); w = g(z, b); y = k(z, w, a); v = m(w, z)', 'tanh', seed=0)\n"
        "print(diagram(net, [1, 2], path='a y').svg, diagram(MLP(3, [4, 2], seed=0), [1, 2, 3]).svg)"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-X", "utf8", "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


# The neuron ----------------------------------------------------------------------------------------------------------


def test_a_neuron_has_every_input_and_every_weight_once():
    said = words(diagram(Neuron(4, activation="relu", seed=0)).scene)
    expected = [
        "x₁",
        "x₂",
        "x₃",
        "x₄",
        "1",
        "w₁",
        "w₂",
        "w₃",
        "w₄",
        "b",
        "Σ",
        "u = wᵀx + b",
        "u",
        "φ = relu",
        "z = relu(u)",
        "z",
    ]
    assert sorted(said) == sorted(expected)


def test_a_neuron_with_inputs_shows_what_it_computes():
    neuron = Neuron(2, activation="tanh", seed=0)
    neuron.theta = [-3, 1, 6.8813735870195432]  # Karpathy's: u = 0.8814, z = 0.7071
    said = words(diagram(neuron, [2, 0]).scene)
    assert {"w₁ = -3", "w₂ = 1", "b = 6.881", "2", "0", "u = 0.8814", "z = 0.7071"} <= set(said)


def test_a_neuron_names_its_inputs_as_they_are_labelled():
    said = words(diagram(Neuron(2, seed=0), [Value(2, "age"), Value(3, "w7")]).scene)
    assert "age" in said
    assert "w₇" in said


def test_a_label_interrupts_its_own_edge_and_no_other():
    scene = diagram(swept(Neuron(7, activation="tanh", seed=0), [1, -2.5, 3, 0.1234, 5, 1, 1]), show="grad").scene
    plates = [s for s in scene.shapes if isinstance(s, Rect) and s.fill == scene.page and not s.stroke][1:]  # after the page
    lines = [s for s in edges(scene) if s.points[-1][0] < max(x for x, _, _ in circles(scene)) - 200]
    assert len(plates) == len(lines) == 8
    for i, plate in enumerate(plates):
        for j, curve in enumerate(lines):
            points = [(a + (b - a) * k / 200) for k in range(201) for a, b in [(curve.points[0][0], curve.points[-1][0])]]
            (x0, y0), (x1, y1) = curve.points[0], curve.points[-1]
            on = any(
                plate.x < x < plate.x + plate.width and plate.y < y0 + (y1 - y0) * (x - x0) / (x1 - x0) < plate.y + plate.height
                for x in points
            )
            assert on == (i == j)


def test_through_a_perceptron_no_gradient_passes_and_the_diagram_says_so():
    figure = diagram(swept(perceptron(), [1, 0, 1]), [1, 0, 1], show="grad")
    said = words(figure.scene)
    assert "w₁ = 0.5 grad 0" in said
    assert "the derivative of step is 0 everywhere" in " ".join(said)
    assert "gradient descent cannot move them" in figure.scene.description


def test_an_activations_curve_jumps_where_it_does():
    def pieces(activation):
        shapes = diagram(Neuron(2, activation=activation, seed=0)).scene.shapes
        return sum(isinstance(s, Curve) and s.weight == 3.5 for s in shapes)

    assert {name: pieces(name) for name in ("tanh", "relu", "sigmoid", "elu", None, "step")} == {
        "tanh": 1, "relu": 1, "sigmoid": 1, "elu": 1, None: 1, "step": 2
    }  # fmt: skip


def test_an_activation_that_fails_somewhere_is_drawn_where_it_does_not():
    shapes = diagram(Neuron(2, activation=lambda v: v.log(), seed=0)).scene.shapes
    curve = next(s for s in shapes if isinstance(s, Curve) and s.weight == 3.5)
    axis = next(s for s in shapes if isinstance(s, Curve) and s.weight == 1)
    assert curve.points[0][0] > (axis.points[0][0] + axis.points[-1][0]) / 2  # to the right of 0


def test_of_many_inputs_the_first_and_the_last_are_drawn():
    said = words(diagram(Neuron(784, seed=0)).scene)
    assert dots(diagram(Neuron(784, seed=0)).scene) == 3
    assert {"x₁", "w₁", "x₇₈₄", "w₇₈₄", "1", "b"} <= set(said)
    assert len(said) < 30


def test_a_layer_of_one_unit_is_drawn_as_a_neuron():
    neuron, layer = Neuron(2, seed=0), Layer(2, 1, seed=0)
    assert words(diagram(neuron).scene) == words(diagram(layer).scene)


# The multilayer perceptron -------------------------------------------------------------------------------------------


def test_an_mlp_has_the_lectures_notation():
    said = words(diagram(MLP(3, [2, 3, 2], "tanh", seed=0)).scene)
    assert {"z₀ = x", "z₁", "z₂", "z₃", "W₁, b₁", "W₂, b₂", "W₃, b₃", "φ₁ = tanh", "φ₂ = tanh", "φ₃ = linear"} <= set(said)
    assert {"x₁", "x₂", "x₃", "z₁₁", "z₁₂", "z₂₁", "z₂₂", "z₂₃", "z₃₁", "z₃₂"} <= set(said)


@pytest.mark.parametrize(("inputs", "widths"), [(3, [2, 3, 2]), (1, [1]), (2, [16, 16, 1]), (4, [3])])
def test_an_mlp_has_every_unit_and_every_weight_once(inputs, widths):
    scene = diagram(MLP(inputs, widths, ["tanh"] * (len(widths) - 1) + [None], seed=0)).scene
    sizes = [inputs, *widths]
    assert len(circles(scene)) == sum(sizes)
    pairs = joined(scene)
    assert len(pairs) == len(set(pairs)) == sum(a * b for a, b in pairwise(sizes))


@pytest.mark.parametrize("show", ["weights", "grad"])
def test_thickness_is_size_and_dashes_are_the_sign(show):
    model = swept(MLP(2, [2, 1], "tanh", seed=0), [0.5, -1.0])
    model.theta = [2, -1, 0, 0, 0.25, 0, -3, 1.5, 0]
    scene = diagram(model, show=show).scene
    rings = circles(scene)
    at = {name: rings.index(ring_at(scene, name)) for name in ("x₁", "x₂", "z₁₁", "z₁₂", "z₂₁")}
    drawn = dict(zip(joined(scene), edges(scene), strict=True))
    weights = {
        (at["x₁"], at["z₁₁"]): model.layer1.W[0][0],
        (at["x₂"], at["z₁₁"]): model.layer1.W[0][1],
        (at["x₁"], at["z₁₂"]): model.layer1.W[1][0],
        (at["x₂"], at["z₁₂"]): model.layer1.W[1][1],
        (at["z₁₁"], at["z₂₁"]): model.layer2.W[0][0],
        (at["z₁₂"], at["z₂₁"]): model.layer2.W[0][1],
    }
    assert set(drawn) == set(weights)
    numbers = {pair: w.grad if show == "grad" else w.data for pair, w in weights.items()}
    for a, b in combinations(drawn, 2):
        if abs(numbers[a]) < abs(numbers[b]):
            assert drawn[a].weight < drawn[b].weight
        assert (drawn[a].stroke == drawn[b].stroke) == (numbers[a] * numbers[b] > 0 or numbers[a] == numbers[b])
    assert all(edge.dashed == (numbers[pair] < 0) for pair, edge in drawn.items())
    largest = max(map(abs, numbers.values()))
    assert {number(largest), number(-largest)} <= set(words(scene))  # in the legend


def test_dashes_are_dashes_in_every_format():
    model = MLP(1, [3], seed=0)
    model.theta = [2, 0, -0.5, 0, -1, 0]
    scene = diagram(model).scene
    dashed = sum(isinstance(s, Curve) and s.dashed for s in scene.shapes)
    assert dashed == 2 + 2  # with those of the legend
    assert svg(scene).count("stroke-dasharray") == dashed
    assert raster.background(scene).count("-dashed") == dashed
    assert tikz(scene).count("dash pattern") == dashed


def test_the_legends_samples_are_as_thick_as_edges_of_their_numbers():
    model = MLP(1, [2], seed=0)
    model.theta = [2, 0, -0.5, 0]
    scene = diagram(model).scene
    samples = [s for s in scene.shapes if isinstance(s, Curve)][-4:]
    drawn = edges(scene)
    assert {(s.weight, s.stroke, s.dashed) for s in drawn} == {(s.weight, s.stroke, s.dashed) for s in samples[1::2]}


def test_an_mlp_with_inputs_has_the_values_of_its_trace():
    model = MLP(3, [2, 3, 2], "tanh", seed=1)
    x = [1.0, 0.5, -1.0]
    said = words(diagram(model, x).scene)
    expected = [f"{v.data:.4g}" for column in model.trace(x).z for v in column]
    assert all(value in said for value in expected)


def test_after_training_the_diagram_shows_what_was_learned():
    model = MLP(2, [2, 1], "tanh", seed=0)
    before = diagram(model).svg
    model.theta = [p + 0.5 for p in model.theta.values]
    assert diagram(model).svg != before


def test_of_large_layers_the_first_and_the_last_units_are_drawn_and_all_are_counted():
    figure = diagram(MLP(784, [100, 10], seed=0))
    said = words(figure.scene)
    assert dots(figure.scene) >= 6
    assert {"784 inputs", "100 units", "x₁", "x₇₈₄", "z₁,₁₀₀"} <= set(said)
    assert len(circles(figure.scene)) < 30
    assert "Of the 784 inputs" in figure.scene.description


def test_of_many_layers_the_first_and_the_last_are_drawn_and_the_others_counted():
    scene = diagram(MLP(2, [3] * 30, "tanh", seed=0)).scene
    headings = [text for text in words(scene) if text.startswith("W")]
    left_out = next(int(text.split()[0]) for text in words(scene) if text.endswith(" layers"))
    assert {"W₁, b₁", "W₃₀, b₃₀"} <= set(words(scene))
    columns = len({round(x) for x, _, _ in circles(scene)})
    assert columns + left_out == 31
    assert len(headings) == columns - 2  # none over the gap


def test_the_only_layer_of_an_mlp_is_layer_1():
    said = words(diagram(MLP(2, [2], seed=0)).scene)
    assert {"z₀ = x", "z₁", "W₁, b₁", "z₁₁", "z₁₂"} <= set(said)


def test_a_layer_has_no_numbers_of_layers():
    said = words(diagram(Layer(2, 3, activation="tanh", seed=0)).scene)
    assert {"x", "z", "W, b", "φ = tanh", "z₁", "z₂", "z₃"} <= set(said)


# The network ---------------------------------------------------------------------------------------------------------


def test_a_network_has_a_circle_for_each_unit_and_input_and_an_arrow_for_each_connection():
    scene = diagram(lecture_network()).scene
    assert len(circles(scene)) == 3 + 6
    assert len(edges(scene)) == 2 + 2 + 2 + 2 + 2 + 3 + 2
    said = words(scene)
    names = ["x₁", "x₂", "x₃", "h₁", "h₂", "h₃", "h₄", "h₅", "h₆", "z₁", "z₂", "z₃", "z₄", "y₁", "y₂"]
    assert sorted(said) == sorted([*names, "input", "hidden units", "output"])


def test_its_arrows_lead_where_the_wiring_says():
    scene = diagram(lecture_network()).scene
    rings = circles(scene)
    of = {rings.index(ring_at(scene, name)): name for name in ("x₁", "x₂", "x₃", "h₁", "h₂", "h₃", "h₄", "h₅", "h₆")}
    assert sorted((of[a], of.get(b, "y")) for a, b in joined(scene)) == [
        ("h₁", "h₃"), ("h₁", "h₄"), ("h₁", "h₆"), ("h₂", "h₅"), ("h₃", "h₅"), ("h₃", "h₆"), ("h₄", "h₆"), ("h₅", "y"),
        ("h₆", "y"), ("x₁", "h₂"), ("x₁", "h₃"), ("x₂", "h₁"), ("x₂", "h₂"), ("x₃", "h₁"), ("x₃", "h₄"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("network", "inside"),
    [
        (lecture_network, {"input": "x₁ x₂ x₃", "hidden units": "h₁ h₂ h₃ h₄", "output": "h₅ h₆"}),
        (nine_functions, {"input": "x₁ x₂ x₃", "hidden units": "h₁ h₂ h₃ h₄ h₅ h₆", "output": "h₇ h₈ h₉"}),
        (
            lambda: Network("a", "z = f(a); w = g(z); y = k(a); v = m(w)", seed=0),
            {"input": "a", "hidden units": "f g", "output": "k m"},
        ),
        (lambda: Network("a", "y = f(a)", seed=0), {"input": "a", "output": "f"}),
    ],
)
def test_dashed_boxes_hold_inputs_hidden_units_and_output_units(network, inside):
    scene = diagram(network()).scene
    boxes = [s for s in scene.shapes if isinstance(s, Rect) and s.dashed]
    assert len(boxes) == len(inside)
    for box, (title, names) in zip(boxes, inside.items(), strict=True):
        within = [
            shape.runs[0].words
            for shape in scene.shapes
            if isinstance(shape, TextLine) and box.x < shape.x < box.x + box.width and box.y < shape.y < box.y + box.height
        ]
        assert title in within
        rings = {ring_at(scene, name) for name in names.split()}
        assert {ring for ring in circles(scene) if box.x < ring[0] < box.x + box.width} == rings


def test_parameters_of_functions_stand_by_their_units():
    said = words(diagram(nine_functions(), show="weights").scene)
    assert {"θ₁ = 1", "θ₃ = -0.5", "θ₉ = 4"} <= set(said)


def test_a_network_with_inputs_has_the_values_of_its_units():
    said = words(diagram(nine_functions(), {"x1": 1, "x2": 2, "x3": -1}).scene)
    assert {"11.5", "241.5", "49", "y₁ = 241.5", "y₂ = 11.5", "y₃ = 49"} <= set(said)


def lit(figure, theme="light"):
    """The arrows that are lit, by the words in their circles."""
    scene = figure.scene
    of = {}
    for shape in scene.shapes:
        if isinstance(shape, TextLine):
            for i, (x, y, radius) in enumerate(circles(scene)):
                if math.dist((x, y), (shape.x, shape.y)) < radius:
                    of[i] = shape.runs[0].words
    colour = themes.theme(theme).lit
    pairs = zip(joined(scene), edges(scene), strict=True)
    return sorted((of[a], of.get(b, "y")) for (a, b), edge in pairs if edge.stroke == colour and b != a)


@pytest.mark.parametrize("path", [["x2", "h1", "h4", "h6", "y2"], "x2 → h1 → h4 → h6 → y2", "x2 z1 z4 y2", "x₂ h₄ y₂"])
def test_the_path_that_makes_a_network_deep_is_lit(path):
    assert lecture_network().deep_path == ["x2", "h1", "h4", "h6", "y2"]
    assert lit(diagram(lecture_network(), path=path)) == [("h₁", "h₄"), ("h₄", "h₆"), ("h₆", "y"), ("x₂", "h₁")]


def test_every_way_between_two_names_is_lit():
    figure = diagram(nine_functions(), path="θ3 y1")
    assert lit(figure) == [("h₃", "h₆"), ("h₆", "h₇"), ("h₇", "h₈"), ("h₈", "y")]
    theta = next(s for s in figure.scene.shapes if isinstance(s, TextLine) and s.runs[0].words == "θ₃")
    assert theta.runs[0].colour == themes.theme("light").grad
    assert len(lit(diagram(nine_functions(), path=["h3.θ3", "h3", "h6", "h7", "h8", "y1"]))) == 4


@pytest.mark.parametrize(("start", "count"), [("θ3", 1), ("θ5", 2), ("θ2", 4), ("θ1", 5), ("x1", 11)])  # the lecture's
def test_the_paths_to_an_output_are_counted(start, count):
    said = words(diagram(nine_functions(), path=[start, "y1"]).scene)
    assert any(text.startswith(f"{count} path{'s' * (count > 1)} from ") for text in said)


def test_a_caption_stands_below_and_is_wrapped():
    net = lecture_network()
    scene = diagram(net, caption=f"{net.is_deep}, " * 3).scene
    lines = [s for s in scene.shapes if isinstance(s, TextLine) and s.y > max(y for _, y, _ in circles(scene)) + 60]
    assert len(lines) > 1
    assert " ".join(line.runs[0].words for line in lines).startswith("deep: x₂ → h₁ → h₄ → h₆ → y₂ passes 2 hidden units,")


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_in_any_network_no_arrow_runs_through_a_circle(data):
    inputs = [f"x{i}" for i in range(1, data.draw(st.integers(1, 4)) + 1)]
    names, lines = list(inputs), []
    for i in range(1, data.draw(st.integers(1, 10)) + 1):
        takes = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4))
        lines.append(f"z{i} = h{i}({', '.join(takes)})")
        names.append(f"z{i}")
    net = Network(inputs, "\n".join(lines), "tanh", seed=0)
    x = data.draw(st.sampled_from([None, [0.5] * len(inputs)]))
    scene = diagram(net, x).scene
    check_places(scene)
    assert len(circles(scene)) == len(inputs) + len(net.units)
    assert len(edges(scene)) == sum(line.count(",") + 1 for line in lines) + len(net.outputs)


@pytest.mark.parametrize("name", ["n" * 200, "שגיאה", "漢字", "_", "x₁", "ﬁ", "Ω"])
def test_any_name_that_a_network_allows_can_be_drawn(name):
    net = Network([name], f"{name}1 = {name}2({name}); {name}3 = {name}4({name}1, {name})", "tanh", seed=0)
    figure = diagram(net, [1.0], path=f"{name} {name}3")
    ElementTree.fromstring(figure.svg)
    check_places(figure.scene)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_any_label_of_an_input_can_be_drawn(name):
    for model, x in [
        (Neuron(2, seed=0), None),
        (MLP(2, [2, 1], seed=0), None),
        (Neuron(2, seed=0), 0),
        (Layer(2, 3, seed=0), 0),
    ]:
        given = [Value(1.0, name), Value(-2.0, f"{name}1")]
        figure = diagram(model, given, caption=name, show="weights" if x is None else "names")
        ElementTree.fromstring(figure.svg)
        check_places(figure.scene)


# What is refused -----------------------------------------------------------------------------------------------------


class Doubled(Module):
    pass


class Sum(Module):
    def __call__(self, x1, x2):
        return x1 + x2


WIRED = Network("x1 x2", "y = h1(x1, x2)", units={"h1": Sum()})


@pytest.mark.parametrize(
    ("arguments", "options", "error", "sentence"),
    [
        ((Value(2, "a"),), {}, TypeError, "the graph of a Value is drawn by draw"),
        ((Doubled(),), {}, TypeError, "was given a Doubled: wire its parts into a Network"),
        ((MLP,), {}, TypeError, "was given the class MLP itself"),
        ((Neuron(2, seed=0), [1, 2, 3]), {}, ValueError, "takes 2 inputs, such as .*and was given 3"),
        ((MLP(2, [2, 1], seed=0), [1]), {}, ValueError, "takes 2 inputs, such as .*and was given 1"),
        ((Layer(2, 2, seed=0), 1), {}, TypeError, "takes a list of 2 numbers"),
        ((lecture_network(), [1]), {}, ValueError, "takes 3 inputs, x1, x2, x3, and was given 1"),
        ((lecture_network(),), {"path": "x1 h7"}, ValueError, "there is no 'h7' in the network: a path goes through"),
        ((lecture_network(),), {"path": "h5 h1"}, ValueError, "no way leads from h5 to h1"),
        ((lecture_network(),), {"path": "x1"}, ValueError, "a path has two ends at least, such as path='x2 h1 h4 h6 y2'"),
        ((lecture_network(),), {"path": 3}, TypeError, "a path is a text or a list of names, such as net.deep_path"),
        ((MLP(2, [1], seed=0),), {"path": "x1 y1"}, ValueError, "a path is lit in the diagram of a Network"),
        ((MLP(2, [1], seed=0),), {"show": "grad"}, ValueError, "call backward"),
        ((lecture_network(),), {"show": "grad"}, ValueError, "call backward"),
        ((MLP(2, [1], seed=0),), {"show": "values"}, ValueError, 'show is "names", "weights" or "grad"'),
        ((MLP(2, [1], seed=0),), {"theme": "pink"}, ValueError, "no theme is called 'pink'"),
        ((MLP(2, [1], seed=0),), {"digits": 0}, ValueError, "digits is a whole number of at least 1"),
        ((MLP(2, [1], seed=0),), {"caption": 3}, TypeError, "a caption is a text"),
        ((lecture_network(),), {"limit": 5}, ValueError, "has 6 units.*diagram\\(net, limit=6\\)"),
        ((MLP(2, [1], seed=0),), {"limit": 5}, ValueError, "limit is for the units of a Network, and .* is not one: leave it"),
        ((Neuron(2, seed=0),), {"limit": 5}, ValueError, "limit is for the units of a Network"),
        ((lecture_network(),), {"digits": 6}, ValueError, "no number stands in this diagram, so digits=6 has no use: give x"),
        ((Neuron(2, seed=0),), {"digits": 6}, ValueError, "no number stands in this diagram"),
        ((MLP(2, [2], seed=0),), {"digits": 6, "show": "names"}, ValueError, "no number stands in this diagram"),
        (
            (WIRED,),
            {"show": "weights"},
            ValueError,
            "show='weights' is for neurons and units of one parameter, and .* has none",
        ),
    ],
)
def test_what_cannot_be_drawn_gets_a_sentence(arguments, options, error, sentence):
    with pytest.raises(error, match=sentence):
        diagram(*arguments, **options)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((lecture_network(), [1, 2, 3]), {}),
        ((lecture_network(),), {"show": "weights"}),
        ((Neuron(2, seed=0), [0.123456, 2]), {"show": "names"}),
        ((Neuron(2, seed=0),), {"show": "weights"}),
        ((MLP(2, [2], seed=0),), {}),
        ((Layer(2, 2, seed=0),), {}),
    ],
)
def test_digits_count_where_there_are_numbers(arguments, options):
    assert diagram(*arguments, digits=6, **options).svg != diagram(*arguments, **options).svg


def test_drawing_changes_no_model():
    model = swept(MLP(2, [3, 1], "tanh", seed=0), [1, 2])
    before = [(p.data, p.grad) for p in model.parameters()]
    diagram(model, [1, 2], show="grad")
    assert [(p.data, p.grad) for p in model.parameters()] == before


def test_a_diagram_is_saved_by_the_extension_of_its_file(tmp_path):
    figure = diagram(Neuron(2, seed=0))
    figure.save(tmp_path / "neuron.svg")
    figure.save(tmp_path / "neuron.png")
    assert (tmp_path / "neuron.svg").read_text(encoding="utf-8") == figure.svg
    assert (tmp_path / "neuron.png").read_bytes()[1:4] == b"PNG"
