"""Cards that may change places stand in the order of their numbers, and nothing crosses that did not before."""

from itertools import combinations, pairwise

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value
from chalkgrad.nn import MLP
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.layout import layout as module
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.skins.shapes import shape_label


def columns(picture, layout):
    """The names on each level, from top to bottom."""
    levels = {}
    for card, box in zip(picture.cards, layout.cards, strict=True):
        levels.setdefault(round(box.x), []).append((box.y, card.name))
    return [[name for _, name in sorted(level)] for _, level in sorted(levels.items())]


def lines(picture, layout):
    """Where the cards are that are joined."""
    ends = (((box.x, box.y) for box in (layout.cards[edge.tail], layout.cards[edge.head])) for edge in picture.edges)
    return sorted(map(tuple, ends))


def crossed(a, b, c, d):
    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@pytest.mark.parametrize("skin", ["cards", "circuit", "edges"])
def test_the_cards_of_an_mlp_stand_in_the_order_of_their_numbers(skin):
    picture = picture_of(examples.build(examples.load("mlp")).roots, collapse="neurons", skin=skin)
    assert columns(picture, lay_out(picture)) == [
        ["x₁", "x₂", "x₃"],
        ["neuron1", "neuron2"],
        ["neuron1", "neuron2", "neuron3"],
        ["neuron1", "neuron2"],
        ["z₃₁", "z₃₂"],
    ]


def test_the_cards_of_a_network_stand_in_the_order_of_their_numbers_as_far_as_nothing_crosses():
    picture = picture_of(examples.build(examples.load("network")).roots, collapse="neurons")
    layout = lay_out(picture)
    assert columns(picture, layout) == [["x₂", "x₃"], ["x₁", "h₁"], ["h₂", "h₃", "h₄"], ["h₅", "h₆"], ["y₁", "y₂"]]


@pytest.mark.parametrize("options", [{}, {"skin": "circuit"}, {"direction": "TB"}, {"collapse": "neurons"}], ids=str)
@pytest.mark.parametrize("example", ["mlp", "network", "paths", "xor_loss"])
def test_to_exchange_equals_adds_no_crossing(monkeypatch, example, options):
    if example in ("paths", "xor_loss") and "collapse" in options:
        pytest.skip("it has no places")
    picture = picture_of(examples.build(examples.load(example)).roots, **options)
    ordered = lay_out(picture)
    monkeypatch.setattr(module, "in_order", lambda layout, picture: layout)
    before = lay_out(picture)
    assert lines(picture, ordered) == lines(picture, before)  # so all crossings are where they were
    assert (ordered.width, ordered.height) == (before.width, before.height)
    assert sorted((box.x, box.y) for box in ordered.cards) == sorted((box.x, box.y) for box in before.cards)
    for edge, wire in zip(picture.edges, ordered.wires, strict=True):  # it begins and ends at its own cards
        for (x, y), n in ((wire.points[0], edge.tail), (wire.tip, edge.head)):
            box = ordered.cards[n]
            assert abs(x - box.x) <= box.width / 2 + 2
            assert abs(y - box.y) <= box.height / 2 + 2
    for path, place in zip(ordered.paths, ordered.places, strict=True):
        for card, box in zip(picture.cards, ordered.cards, strict=True):
            inside = abs(box.x - place.x) < place.width / 2 and abs(box.y - place.y) < place.height / 2
            assert inside == (card.place[: len(path)] == path)


def test_labels_keep_clear_of_each_other_and_of_cards_when_equals_change_places():
    root = MLP(3, [4, 2], seed=0)([0.1, 0.2, 0.3])[0]
    root.backward()
    picture = picture_of([root])
    layout = lay_out(picture)
    boxes = [(box.x, box.y, box.width, box.height) for box in layout.cards]
    for edge, wire in zip(picture.edges, layout.wires, strict=True):
        shape = shape_label(edge)
        boxes.append((*wire.label, shape.width - 8, shape.height - 2))
    for (x, y, width, height), (u, v, wide, high) in combinations(boxes, 2):
        assert abs(x - u) >= (width + wide) / 2 - 1 or abs(y - v) >= (height + high) / 2 - 1


def test_wires_meet_a_gate_in_the_order_in_which_they_arrive():
    """x1's wire runs above that of θ5, which begins higher: at h5 it ends higher too."""
    parsed = examples.build(examples.load("paths"))
    picture = picture_of([parsed.names["y1"]], skin="circuit")
    layout = lay_out(picture)
    for head in range(len(picture.cards)):
        arriving = [wire for edge, wire in zip(picture.edges, layout.wires, strict=True) if edge.head == head]
        for one, other in combinations(arriving, 2):
            assert not any(crossed(a, b, c, d) for a, b in pairwise(near(one)) for c, d in pairwise(near(other)) if a != c), (
                picture.cards[head].name
            )


def near(wire):
    """Points along the last 80 points of a wire."""
    points = []
    for at in range(0, len(wire.points) - 3, 3):
        for step in range(9):
            t = step / 8
            weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            points.append(tuple(sum(w * p[k] for w, p in zip(weights, wire.points[at : at + 4], strict=True)) for k in (0, 1)))
    return [point for point in points if wire.tip[0] - point[0] < 80]


def test_one_card_and_none_that_may_move_stay():
    a = Value(2.0, "a")
    picture = picture_of([a.exp()])
    assert columns(picture, lay_out(picture)) == [["a"], ["v₂"]]
