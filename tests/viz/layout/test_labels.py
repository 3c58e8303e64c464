"""Labels beside their own edges: none is crossed by another edge, and none is nearer to one than to its own."""

import random
from bisect import bisect_left, bisect_right
from itertools import pairwise
from math import inf

import pytest
from chalkgrad.command import examples
from chalkgrad.nn import MLP
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.skins.shapes import LABEL_MARGIN, shape_place
from chalkgrad.viz.skins.skin import skin_of


def network(inputs, layers):
    random.seed(1)
    root = MLP(inputs, layers)([0.5 * n - 0.3 for n in range(inputs)])
    root = root if not isinstance(root, list) else sum(root[1:], root[0])
    root.backward()
    return root


def course(wire):
    """Points along a wire, about a unit apart."""
    for start in range(0, len(wire.points) - 3, 3):
        a, b, c, d = wire.points[start : start + 4]
        length = sum(abs(q[0] - p[0]) + abs(q[1] - p[1]) for p, q in pairwise((a, b, c, d)))
        steps = max(int(length), 2)
        for t in (n / steps for n in range(steps + 1)):
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3)
            yield tuple(sum(w * p[axis] for w, p in zip(weights, (a, b, c, d), strict=True)) for axis in (0, 1))


def words_of(picture, layout):
    """For each label the rectangle of its words: left, top, right, bottom."""
    for number, (edge, wire) in enumerate(zip(picture.edges, layout.wires, strict=True)):
        shape = skin_of(picture.skin).label(edge)
        (x, y), wide, high = wire.label, shape.width / 2 - LABEL_MARGIN, shape.height / 2 - LABEL_MARGIN
        yield number, (x - wide, y - high + 2, x + wide, y + high - 2)


@pytest.mark.parametrize(("inputs", "layers"), [(3, [3, 1]), (2, [4, 4, 1]), (3, [4, 4, 2])])
@pytest.mark.parametrize("skin", ["cards", "edges"])
def test_in_a_dense_network_no_edge_runs_through_a_label(inputs, layers, skin):
    picture = picture_of([network(inputs, layers)], skin=skin, collapse=False)
    layout = place_labels(picture, lay_out(picture))
    points = sorted((x, y, number) for number, wire in enumerate(layout.wires) for x, y in course(wire))
    for number, (left, top, right, bottom) in words_of(picture, layout):
        beside = points[bisect_right(points, (left, inf)) : bisect_left(points, (right,))]
        through = {other for _, y, other in beside if top < y < bottom}
        assert not through, f"edges {through} run through the label of edge {number}"


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_in_a_neuron_every_label_is_nearest_to_its_own_edge(direction):
    root = MLP(4, [1])([0.1, 0.2, 0.3, 0.4])
    picture = picture_of([root], direction=direction, collapse=False)
    layout = place_labels(picture, lay_out(picture))
    courses = [list(course(wire)) for wire in layout.wires]
    for number, (left, top, right, bottom) in words_of(picture, layout):
        gaps = [min(max(left - x, x - right, 0) + max(top - y, y - bottom, 0) for x, y in points) for points in courses]
        assert gaps[number] == min(gaps)


@pytest.mark.parametrize("name", ["neuron_sigmoid", "neuron_relu"])
def test_the_name_of_a_place_stands_in_a_corner_where_no_wire_runs(name):
    picture = picture_of([examples.build(examples.load(name)).root])
    layout = place_labels(picture, lay_out(picture))
    ((left, top),), (place,) = layout.names, layout.places
    width, height, _ = shape_place("neuron")
    assert place.x - place.width / 2 < left < left + width < place.x + place.width / 2
    assert place.y - place.height / 2 < top < top + height < place.y + place.height / 2
    for wire in layout.wires:
        assert not any(left < x < left + width and top < y < top + height for x, y in course(wire))


@pytest.mark.parametrize("name", ["chain", "griewank", "rosen2", "deep_sigmoids", "cs231n_sigmoid_neuron"])
@pytest.mark.parametrize("options", [{}, {"skin": "edges"}, {"direction": "TB"}], ids=str)
def test_the_label_of_a_wire_that_turns_a_corner_is_nearest_to_its_own_wire(name, options):
    root = examples.build(examples.load(name)).root
    root.backward()
    picture = picture_of([root], wrap=True, **options)
    layout = place_labels(picture, lay_out(picture))
    points = [[*course(wire)] for wire in layout.wires]
    turning = [number for number, wire in enumerate(layout.wires) if wire.ends]
    assert turning
    for number, (left, top, right, bottom) in words_of(picture, layout):
        if number in turning:
            near = [min(max(left - x, x - right, 0) + max(top - y, y - bottom, 0) for x, y in trace) for trace in points]
            assert all(near[number] < other for n, other in enumerate(near) if n != number)
