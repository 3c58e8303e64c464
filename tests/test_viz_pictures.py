"""The look: pictures of the textbook graphs, and what must hold of each of them. Other tests borrow the pictures."""

import itertools
from dataclasses import replace

import pytest
from chalkgrad.viz.formats.scene import Rect, TextLine, scene
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.pictures.picture import LABELLED_EDGES, Card, CardRow, Edge, EdgeLine, Picture, readable
from chalkgrad.viz.skins.shapes import LABEL, LABEL_HEIGHT, LABEL_MARGIN, VALUE, shape_card, shape_label


def graph(title, cards, edges, **options):
    """A Picture from lines such as "e = a·b | -6 | -2 | place" and "a > e | ∂e/∂a = b = -3 | +6"; a "?" grad is missing."""
    made, numbers = [], {}
    for n, line in enumerate(cards):
        head, data, grad, *place = (part.strip() for part in line.split("|"))
        name, _, expression = head.partition(" = ")
        numbers[name] = n
        row = CardRow("grad", "not yet", "missing") if grad == "?" else CardRow("grad", grad, "grad")
        kind = "root" if n == len(cards) - 1 else "inner" if expression else "leaf"
        made.append(Card(name, expression, (CardRow("data", data, "data"), row), kind, tuple(place)))
    joined = []
    for line in edges:
        ends, *labels = (part.strip() for part in line.split("|"))
        tail, head = ends.split(" > ")
        kinds = ("local", "contribution")
        lines = tuple(EdgeLine(words, kind) for words, kind in zip(labels, kinds, strict=False))
        joined.append(Edge(numbers[tail], numbers[head], lines))
    return Picture(tuple(made), tuple(joined), title=title, description=f"The graph of {title}.", **options)


EXPRESSION = graph(
    "L = d·f",
    ["a | 2 | 6", "b | -3 | -4", "e = a·b | -6 | -2", "c | 10 | -2", "d = e + c | 4 | -2", "f | -2 | 4", "L = d·f | -8 | 1"],
    [
        "a > e | ∂e/∂a = b = -3 | +6",
        "b > e | ∂e/∂b = a = 2 | -4",
        "e > d | ∂d/∂e = 1 | -2",
        "c > d | ∂d/∂c = 1 | -2",
        "d > L | ∂L/∂d = f = -2 | -2",
        "f > L | ∂L/∂f = d = 4 | +4",
    ],
)
NEURON = graph(
    "o",
    [
        "x₁ | 2 | -1.5",
        "w₁ | -3 | 1",
        "x₂ | 0 | 0.5",
        "w₂ | 1 | 0",
        "b | 6.881 | 0.5",
        "p₁ = x₁·w₁ | -6 | 0.5 | neuron",
        "p₂ = x₂·w₂ | 0 | 0.5 | neuron",
        "s = p₁ + p₂ | -6 | 0.5 | neuron",
        "n = s + b | 0.8814 | 0.5 | neuron",
        "o = tanh(n) | 0.7071 | 1 | neuron",
    ],
    [
        "x₁ > p₁ | ∂p₁/∂x₁ = w₁ = -3 | -1.5",
        "w₁ > p₁ | ∂p₁/∂w₁ = x₁ = 2 | +1",
        "x₂ > p₂ | ∂p₂/∂x₂ = w₂ = 1 | +0.5",
        "w₂ > p₂ | ∂p₂/∂w₂ = x₂ = 0 | +0",
        "p₁ > s | ∂s/∂p₁ = 1 | +0.5",
        "p₂ > s | ∂s/∂p₂ = 1 | +0.5",
        "s > n | ∂n/∂s = 1 | +0.5",
        "b > n | ∂n/∂b = 1 | +0.5",
        "n > o | ∂o/∂n = 1 - tanh²(n) = 0.5 | +0.5",
    ],
)
TWO_PATHS = graph(
    "e",
    ["a | 2 | 2", "b | 1 | 5", "c = a + b | 3 | 2", "d = b + 1 | 2 | 3", "e = c·d | 6 | 1"],
    [
        "a > c | ∂c/∂a = 1 | +2",
        "b > c | ∂c/∂b = 1 | +2",
        "b > d | ∂d/∂b = 1 | +3",
        "c > e | ∂e/∂c = d = 2 | +2",
        "d > e | ∂e/∂d = c = 3 | +3",
    ],
)
SQUARE = graph("y", ["a | 3 | 6", "y = a·a | 9 | 1"], ["a > y | ∂y/∂a = a = 3 | +3"] * 2)
UNSWEPT = graph("y", ["a | 3 | ?", "y = exp(a) | 20.09 | ?"], ["a > y | ∂y/∂a = exp(a) = 20.09"])


def chain(length, **options):
    names = [f"v{n}" for n in range(length)]
    return graph(
        names[-1],
        ["v0 | 1 | 0.5", *(f"{after} = tanh({before}) | 0.5 | 0.5" for before, after in itertools.pairwise(names))],
        [f"{a} > {b} | ∂{b}/∂{a} = 1 - {b}² = 0.5 | +0.25" for a, b in itertools.pairwise(names)],
        **options,
    )


HOSTILE_NAMES = (
    "<b>&\"'",
    "a\x00\x07\n\\N\\l\\",
    "n" * 200,
    "שגיאה כוללת",
    "a\u200bb\u0301",
    "\U0001f642\u200d",
    "]]>",
    "\u202eabc",
    "漢字",
    "\ud800x",
    "",
)


def hostile(names, **options):
    """A sum of values of these names, in a place of the first one's name."""
    rows = (CardRow("data", "1", "data"), CardRow("grad", "2", "grad"))
    cards = [Card(name, "", rows, "leaf") for name in names]
    root = Card("sum", " + ".join(names), rows, "root", (names[0], "inside"), frozenset({"stale"}))
    edges = [Edge(n, len(names), (EdgeLine(f"∂sum/∂{name} = 1", "local"),)) for n, name in enumerate(names)]
    return Picture((*cards, root), tuple(edges), title=names[0], description=names[-1], **options)


PICTURES = {
    "expression": EXPRESSION,
    "expression downwards": replace(EXPRESSION, direction="TB"),
    "neuron": NEURON,
    "two paths": TWO_PATHS,
    "square": SQUARE,
    "unswept": UNSWEPT,
    "chain": chain(20),
    "hostile": hostile(HOSTILE_NAMES),
}


def laid_out(picture):
    return place_labels(picture, lay_out(picture))


def rectangles(picture, layout):
    """Every card and every label as (what, left, top, right, bottom)."""
    for n, (card, box) in enumerate(zip(picture.cards, layout.cards, strict=True)):
        shape = shape_card(card)
        yield (
            f"card {n}",
            box.x - shape.width / 2,
            box.y - shape.height / 2,
            box.x + shape.width / 2,
            box.y + shape.height / 2,
        )
    for n, (edge, wire) in enumerate(zip(picture.edges, layout.wires, strict=True)):
        shape = shape_label(edge)
        if shape is not None:
            (x, y), w, h = wire.label, shape.width / 2, shape.height / 2
            yield f"label {n}", x - w, y - h, x + w, y + h


@pytest.mark.parametrize("name", PICTURES)
def test_no_label_lies_on_a_card_or_on_another_label(name):
    picture = PICTURES[name]
    for one, other in itertools.combinations(rectangles(picture, laid_out(picture)), 2):
        apart = one[3] <= other[1] or other[3] <= one[1] or one[4] <= other[2] or other[4] <= one[2]
        assert apart, f"{one[0]} overlaps {other[0]}"


@pytest.mark.parametrize("name", ["expression", "expression downwards", "neuron", "two paths", "square", "chain"])
def test_every_label_is_nearer_to_its_own_edge_than_half_a_card(name):
    picture = PICTURES[name]
    layout = laid_out(picture)
    for edge, wire in zip(picture.edges, layout.wires, strict=True):
        shape, (x, y) = shape_label(edge), wire.label
        course = [
            tuple(
                (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d
                for a, b, c, d in zip(*part, strict=True)
            )
            for start in range(0, len(wire.points) - 3, 3)
            for part in [wire.points[start : start + 4]]
            for t in (n / 30 for n in range(31))
        ]
        gap = min(
            max(abs(px - x) - shape.width / 2 + LABEL_MARGIN, 0) + max(abs(py - y) - LABEL_HEIGHT * len(shape.lines) / 2, 0)
            for px, py in course
        )
        assert 1 <= gap <= 30


@pytest.mark.parametrize("name", PICTURES)
def test_everything_stands_within_the_picture(name):
    picture = PICTURES[name]
    layout = laid_out(picture)
    for what, left, top, right, bottom in rectangles(picture, layout):
        assert 0 <= left < right <= layout.width, what
        assert 0 <= top < bottom <= layout.height, what


@pytest.mark.parametrize("picture", [EXPRESSION, TWO_PATHS, SQUARE, UNSWEPT, chain(4)], ids=lambda picture: picture.title)
def test_values_are_at_least_2_8_percent_of_a_slide_for_graphs_of_up_to_four_levels(picture):
    layout = laid_out(picture)
    slide = max(layout.width * 9 / 16, layout.height)
    assert VALUE / slide >= 0.028
    assert LABEL / slide >= 0.028


def test_both_edges_of_a_square_are_drawn_apart_each_with_its_label():
    first, second = laid_out(SQUARE).wires
    assert first.tip != second.tip
    assert first.label != second.label


def test_the_three_kinds_of_card_differ_without_colour():
    layout = laid_out(EXPRESSION)
    boxes = [shape for shape in scene(EXPRESSION, layout).shapes if isinstance(shape, Rect) and shape.stroke]
    leaf = [box for box in boxes if box.radius <= 3]
    assert len(leaf) == 4
    assert len(boxes) == len(EXPRESSION.cards) + 1  # the root's border is double


def test_a_gradient_that_is_not_computed_is_told_in_words_and_dimmed():
    shapes = scene(UNSWEPT, laid_out(UNSWEPT)).shapes
    said = [shape.runs[0] for shape in shapes if isinstance(shape, TextLine) and shape.runs[0].words == "not yet"]
    assert len(said) == 2
    assert not any(run.bold for run in said)


def test_a_contribution_has_the_colour_of_the_gradient_it_adds_to():
    shapes = [shape for shape in scene(EXPRESSION, laid_out(EXPRESSION)).shapes if isinstance(shape, TextLine)]
    colours = {shape.runs[0].words: shape.runs[0].colour for shape in shapes}
    assert colours["+6"] == colours["grad"] != colours["∂e/∂a = b = -3"]


def test_marks_change_borders_and_wires():
    stale = replace(EXPRESSION, cards=tuple(replace(card, marks=frozenset({"stale"})) for card in EXPRESSION.cards))
    assert any(isinstance(shape, Rect) and shape.dashed for shape in scene(stale, laid_out(stale)).shapes)
    lit = replace(EXPRESSION, edges=tuple(replace(edge, marks=frozenset({"lit"})) for edge in EXPRESSION.edges))
    assert max(getattr(shape, "weight", 0) for shape in scene(lit, laid_out(lit)).shapes) == 4


def test_beyond_some_hundred_edges_labels_are_left_out_and_the_description_says_so():
    picture = readable(chain(LABELLED_EDGES + 2))
    assert not any(edge.lines for edge in picture.edges)
    assert str(LABELLED_EDGES + 1) in picture.description
    assert readable(EXPRESSION) is EXPRESSION
