"""Our own layout, which draws where there is no Graphviz: nothing covers another thing, and labels are by their wires."""

import random
from itertools import combinations, pairwise

import pytest
from chalkgrad.command import examples
from chalkgrad.nn import MLP
from chalkgrad.viz import draw
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out, lay_out_dots
from chalkgrad.viz.pictures.picture import Card, Edge, Picture
from chalkgrad.viz.skins.skin import skin_of

LOOKS = [("cards", "LR"), ("cards", "TB"), ("edges", "LR"), ("circuit", "LR"), ("circuit", "TB")]
SOME = ["colah", "griewank", "micrograd_readme", "neuron_tanh", "d2l_dot", "rnn3", "karpathy_b_eq_a_plus_a"]
EXAMPLES = [(name, *LOOKS[0]) for name in examples.names()] + [(name, *look) for look in LOOKS[1:] for name in SOME]
EPSILON = 0.1


def swept(name):
    roots = examples.build(examples.load(name)).roots
    for root in roots:
        root.backward()
    return roots


def network():
    random.seed(1)
    root = MLP(3, [3, 2, 1])([0.5, -0.3, 0.2])
    root.backward()
    return [root]


def corners(box):
    return (box.x - box.width / 2, box.y - box.height / 2, box.x + box.width / 2, box.y + box.height / 2)


def meet(one, other, by=EPSILON):
    """Whether two rectangles have more in common than their borders."""
    return min(one[2], other[2]) - max(one[0], other[0]) > by and min(one[3], other[3]) - max(one[1], other[1]) > by


def course(wire):
    """Points along a wire, close together."""
    for start in range(0, len(wire.points) - 3, 3):
        a, b, c, d = wire.points[start : start + 4]
        steps = max(2, int(sum(abs(q[0] - p[0]) + abs(q[1] - p[1]) for p, q in pairwise((a, b, c, d)))) // 2)
        for t in (n / steps for n in range(steps + 1)):
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3)
            yield tuple(sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))


def labels_of(picture, layout):
    """For each edge with a label its rectangle."""
    found = {}
    for number, (edge, wire) in enumerate(zip(picture.edges, layout.wires, strict=True)):
        if (shape := skin_of(picture.skin).label(edge)) is not None:
            (x, y), wide, high = wire.label, shape.width / 2, shape.height / 2
            found[number] = (x - wide, y - high, x + wide, y + high)
    return found


def check(picture):
    layout = place_labels(picture, lay_out(picture, "layered"))
    cards = list(map(corners, layout.cards))
    for one, other in combinations(cards, 2):
        assert not meet(one, other)
    for left, top, right, bottom in cards:
        assert 0 <= left < right <= layout.width + EPSILON
        assert 0 <= top < bottom <= layout.height + EPSILON
    labels = labels_of(picture, layout)
    for one, other in combinations(labels.values(), 2):
        assert not meet(one, other)
    for label in labels.values():
        assert not [card for card in cards if meet(label, card)]
    for edge, wire in zip(picture.edges, layout.wires, strict=True):
        points = list(course(wire))
        for number, (left, top, right, bottom) in enumerate(cards):
            if number not in (edge.tail, edge.head):
                assert not [(x, y) for x, y in points if left < x < right and top < y < bottom]
    courses = [list(course(wire)) for wire in layout.wires]
    for number, (left, top, right, bottom) in labels.items():
        near = min(max(left - x, x - right, 0) + max(top - y, y - bottom, 0) for x, y in courses[number])
        assert near < 8  # points
    for path, place in zip(layout.paths, map(corners, layout.places), strict=True):
        for card, box in zip(picture.cards, cards, strict=True):
            assert meet(place, box) == (card.place[: len(path)] == path)


@pytest.mark.parametrize(("name", "skin", "direction"), EXAMPLES)
def test_in_every_example_no_wire_crosses_a_card_and_every_label_is_beside_its_wire(name, skin, direction):
    check(picture_of(swept(name), skin=skin, direction=direction))


@pytest.mark.parametrize(("skin", "direction"), LOOKS)
def test_in_a_network_no_wire_crosses_a_card_and_every_label_is_beside_its_wire(skin, direction):
    check(picture_of(network(), skin=skin, direction=direction))


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_arrows_point_at_the_card_that_is_computed(direction):
    picture = picture_of(swept("micrograd_readme"), direction=direction)
    layout = lay_out(picture, "layered")
    along = 0 if direction == "LR" else 1
    for edge, wire in zip(picture.edges, layout.wires, strict=True):
        tail, head = layout.cards[edge.tail], layout.cards[edge.head]
        assert corners(tail)[along + 2] <= wire.points[0][along] + EPSILON
        assert wire.points[-1][along] < wire.tip[along]
        assert wire.tip[along] == pytest.approx(corners(head)[along], abs=EPSILON)
        across = 1 - along
        assert corners(head)[across] < wire.tip[across] < corners(head)[across + 2]


def test_equal_arguments_have_two_arrows_apart():
    picture = picture_of(swept("karpathy_b_eq_a_plus_a"))
    one, other = lay_out(picture, "layered").wires
    assert abs(one.tip[1] - other.tip[1]) > 5
    assert one.label != other.label


def test_a_place_around_its_own_cards_alone_has_a_box_with_its_name():
    picture = picture_of(swept("neuron_tanh"))
    layout = place_labels(picture, lay_out(picture, "layered"))
    assert layout.paths == (("neuron",),)
    assert ">neuron</text>" in draw(*swept("neuron_tanh"), renderer="layered").svg


def test_places_that_would_have_cards_of_others_in_them_have_no_boxes():
    cards = (Card("a", place=("p",)), Card("b"), Card("c", place=("p",)), Card("d", place=("q",)), Card("e"))
    picture = Picture(cards, (Edge(0, 1), Edge(1, 2), Edge(2, 3), Edge(3, 4)))
    assert lay_out(picture, "layered").paths == ()


@pytest.mark.parametrize("edges", [[(0, 1), (1, 2), (2, 0)], [(0, 0)], [(0, 1), (1, 0), (1, 2)], [], [(2, 1), (1, 0)]], ids=str)
def test_circles_loops_and_lone_cards_have_their_places(edges):
    picture = Picture(tuple(Card(name) for name in "abc"), tuple(Edge(*ends) for ends in edges))
    layout = lay_out(picture, "layered")
    assert not [pair for pair in combinations(map(corners, layout.cards), 2) if meet(*pair)]
    assert len(layout.wires) == len(edges)


def test_no_cards_are_an_empty_picture():
    assert lay_out(Picture(()), "layered").cards == ()


def test_the_same_picture_has_the_same_layout():
    picture = picture_of(network())
    assert lay_out(picture, "layered") == lay_out(picture, "layered")


@pytest.mark.parametrize("options", [{"wrap": True}, {"slide": True}, {"blanks": "values"}, {"caption": "One line."}], ids=str)
def test_whatever_is_asked_of_a_drawing_is_drawn(options):
    drawing = draw(*swept("mazur"), renderer="layered", **options)
    assert drawing.svg.startswith("<svg")


def test_dots_lie_apart_and_in_the_order_of_the_computation():
    picture = picture_of(swept("micrograd_readme"))
    layout = lay_out_dots(picture, "layered")
    assert not [pair for pair in combinations(map(corners, layout.cards), 2) if meet(*pair)]
    assert all(layout.cards[edge.tail].x < layout.cards[edge.head].x for edge in picture.edges)


def test_a_wire_too_many_for_lanes_runs_straight_and_the_picture_is_still_there():
    count = 120  # each joined to each: 7,140 edges, 280,000 lanes
    edges = tuple(Edge(tail, head) for head in range(count) for tail in range(head))
    layout = lay_out(Picture(tuple(Card(f"v{n}") for n in range(count)), edges), "layered")
    assert [box.x for box in layout.cards] == sorted(box.x for box in layout.cards)
