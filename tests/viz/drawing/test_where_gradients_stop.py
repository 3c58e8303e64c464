"""Where a gradient meets a local derivative of 0: the bar across the wire, and what label, sentence and description say."""

import math

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value, maximum, tape
from chalkgrad.engine.basics.digits import FROM_LOWERED
from chalkgrad.engine.stepping.sentences import sentence
from chalkgrad.engine.words.placeholders import bare
from chalkgrad.nn import Neuron
from chalkgrad.viz import draw, frames
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.formats.scene import BAR, BAR_WEIGHT
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Curve, TextLine
from chalkgrad.viz.page.filling import PlaceholderGraph, computed, evaluated, filled, truths

SKINS = ("cards", "circuit", "edges")
EXAMPLES = {
    "perceptron": {("u", "y")},
    "dead_relu": {("u", "z"), ("w₂", "v₈")},  # the factor of w₂ is z = 0
    "unicamp_relu": set(),
}


def example(name):
    root = examples.build(examples.load(name)).root
    root.zero_grad()
    root.backward()
    return root


def dead(picture):
    return {(picture.cards[edge.tail].name, picture.cards[edge.head].name) for edge in picture.edges if "dead" in edge.marks}


def bars(scene):
    return [s for s in scene.shapes if isinstance(s, Curve) and s.weight == BAR_WEIGHT]


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("skin", SKINS)
def test_the_edges_marked_are_those_where_a_gradient_dies(name, skin):
    drawing = draw(example(name), skin=skin)
    assert dead(drawing.picture) == EXAMPLES[name]
    assert len(bars(drawing.scene)) == len(EXAMPLES[name])
    for tail, head in EXAMPLES[name]:
        said = f"The gradient of {head} stops on its way to {tail}, where the local derivative is 0.".translate(FROM_LOWERED)
        assert said in drawing.picture.description


@pytest.mark.parametrize("skin", SKINS)
def test_a_bar_lies_across_its_wire_and_over_no_text(skin):
    scene = draw(example("dead_relu"), skin=skin, show=("data", "grad", "local", "contributions")).scene
    for bar in bars(scene):
        (x0, y0), (x1, y1) = bar.points[0], bar.points[-1]
        assert math.dist((x0, y0), (x1, y1)) == pytest.approx(2 * BAR)
        for text in (s for s in scene.shapes if isinstance(s, TextLine)):
            wide = sum(fonts.width(run.words, run.size, bold=run.bold) for run in text.runs)
            left = text.x - wide * {"start": 0, "middle": 0.5, "end": 1}[text.anchor]
            beside = max(x0, x1) < left or min(x0, x1) > left + wide
            assert beside or max(y0, y1) < text.y - text.runs[0].size or min(y0, y1) > text.y


def test_step_relu_the_loser_of_max_and_saturation_stop_gradients_and_zeros_that_arrive_do_not():
    a, b, c, d = (Value(x, name) for x, name in zip((1.0, 2.0, -1.0, 400.0), "abcd", strict=True))
    root = maximum(a, b) + c.relu() + d.tanh()
    root.backward()
    assert {tail for tail, _ in dead(picture_of([root]))} == {"a", "c", "d"}
    inner = (2.0 * c).relu()
    inner.backward()
    assert len(dead(picture_of([inner]))) == 1  # that of 2·c alone: what arrives at c is 0 already


def test_without_a_gradient_nothing_stops():
    root = examples.build(examples.load("dead_relu")).root
    root.zero_grad()
    assert not dead(picture_of([root]))


def test_what_is_frozen_is_not_marked():
    neuron = Neuron(1, activation=None, seed=0)
    neuron.freeze()
    x = Value(0.0, "x")
    root = neuron([x])
    root.backward()
    assert not dead(picture_of([root]))  # ∂root/∂w = x = 0, but w is to get no gradient
    neuron.unfreeze()
    root = neuron([x])
    root.backward()
    assert len(dead(picture_of([root]))) == 1


def test_the_label_says_it_in_words():
    lines = [line.text for edge in draw(example("perceptron")).picture.edges for line in edge.lines]
    assert lines.count("+0, stops here") == 1
    assert lines.count("+0") == 7


def test_the_sentence_of_the_step_says_it_and_no_other_does():
    steps = example("dead_relu").steps()
    ends = [str(step) for step in steps if "the gradient stops on this edge" in " ".join(str(step).split())]
    assert len(ends) == 2
    by_node = [sentence(step) for step in steps]
    assert sum(text.endswith("complete; the gradient stops on this edge, because ∂z/∂u = 0") for text in by_node) == 1
    nodes = example("dead_relu").steps(by="node")
    assert sum("the gradient stops on this edge" in " ".join(str(step).split()) for step in nodes) == 2


def test_two_edges_that_cancel_stop_the_gradient_of_their_node():
    x = Value(3.0, "x")
    root = x - x
    assert "because ∂root/∂x = 0" in " ".join(str(root.steps(by="node")[1]).split())
    assert "stops" not in str(root.steps()[1])


def test_the_pages_sentence_changes_with_the_numbers():
    x = Value(-2.0, "x")
    z = x.relu()
    z.label = "z"
    graph = PlaceholderGraph(z)
    placeholders = graph.placeholders
    text = placeholders.text(sentence(graph.root.steps()[1]))
    for value, slope in ((-2.0, 0.0), (2.0, 1.0)):
        values = [value, max(value, 0.0)]
        numbers = computed(placeholders.numbers, values, [slope], f=evaluated(placeholders.formulas, values))
        said = filled(text, numbers, truths(placeholders.tests, values))
        assert ("the gradient stops on this edge" in said) == (slope == 0)
    assert bare(graph.root._data) == 0


def test_a_bar_comes_with_the_gradient_that_stops_there(tmp_path):
    root = example("perceptron")
    files = frames(root, tmp_path, caption=False)
    assert [f'stroke-width="{BAR_WEIGHT:g}"' in path.read_text("utf-8") for path in files] == [False] + [True] * 8
    assert len(files) == 9
    assert len(tape(root)) == 9
