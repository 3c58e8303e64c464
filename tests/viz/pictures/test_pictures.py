"""The look: pictures of the textbook graphs, and what must hold of each of them."""

import itertools
from dataclasses import replace

import pytest
from chalkgrad.viz.formats.scene import scene
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.letters.primitives import Rect, TextLine
from chalkgrad.viz.pictures.picture import LABELLED_EDGES, readable
from chalkgrad.viz.skins.cards import shape_card
from chalkgrad.viz.skins.shapes import LABEL, LABEL_HEIGHT, LABEL_MARGIN, VALUE, shape_label
from example_pictures import EXPRESSION, PICTURES, SQUARE, TWO_PATHS, UNSWEPT, chain


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
