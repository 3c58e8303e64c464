"""Arrays of a plan are called as a lecture calls them, after the labels of what is in them."""

from types import SimpleNamespace

import numpy as np
import pytest
from chalkgrad.engine.programs.groups import LeafGroup
from chalkgrad.engine.programs.plan.naming import ArrayNames, letter
from chalkgrad.engine.programs.plan.steps import (
    Array,
    Constants,
    Elementwise,
    Join,
    MatrixPlan,
    Product,
    Take,
    View,
    contiguous,
)


class Plan:
    """A plan whose nodes get their labels as they are put into arrays."""

    def __init__(self):
        self.labels, self.groups, self.plan = [], [], MatrixPlan([])

    def array(self, shape, labels):
        """Labels are those of the nodes in order; None makes an array of what has no node."""
        if labels is None:
            return Array("", shape, np.full(shape, -1), False)
        start = len(self.labels)
        self.labels += labels
        return Array("", shape, np.arange(start, len(self.labels)).reshape(shape), False)

    def input(self, name, array, single=False):
        members = tuple(int(node) for node in np.ravel(array.nodes))
        self.plan.inputs.append(array)
        self.groups.append(LeafGroup("" if single else name, members[:1] if single else members, single, self.labels))
        return array

    def step(self, kind, shape, labels, *operands, rows=None, columns=None):
        made = self.array(shape, labels)
        if kind is Product:
            one = View(made, 0, (), ())
            step = Product(made, ("", "", ""), rows or one, columns or one, False, (), (), None)
        else:
            step = Join(made, operands) if kind is Join else Elementwise(made, None, operands)
        self.plan.steps.append(step)
        return step

    def named(self):
        program = SimpleNamespace(labels=self.labels, names=[label or "?" for label in self.labels], inputs=self.groups)
        return ArrayNames(self.plan, program)


def whole(array):
    return View(array, 0, array.shape, contiguous(array.shape))


@pytest.mark.parametrize(
    ("labels", "found"),
    [(["w1", "w2"], "w"), (["w1"], "w"), (["w1", "b"], "v"), (["", "w"], "v"), ([""], "v"), ([], "v"), (["1w"], "v"),
     (["w_1", "wx"], "v"), (["wx1", "wx"], "wx"), (["σ1"], "σ")],
)  # fmt: skip
def test_the_letter_of_labels_is_what_all_begin_with(labels, found):
    assert letter(labels, "v") == found


def test_inputs_are_called_as_their_parameters_and_numbers_put_together_by_their_letter():
    plan = Plan()
    lists = plan.input("weights", plan.array((2, 2), ["w1", "w2", "w3", "w4"]))
    one = plan.input("", plan.array((), ["x"]), single=True)
    shared = plan.array((2,), ["b1", "b2"])
    plan.input("", shared, single=True)
    plan.plan.inputs.append(shared)
    plan.groups.append(LeafGroup("", (6,), True, plan.labels))
    mixed = plan.input("", plan.array((3,), ["c1", "d1", "c2"]), single=True)
    same = plan.input("", plan.array((3,), ["e1", "e2", "f"]), single=True)
    again = plan.input("x", plan.array((1,), ["y"]))
    names = plan.named()
    assert names.parameters == ["weights", "x", "b1", "b2", "c1", "e1", "x_2"]
    found = [array.name for array in (lists, one, shared, mixed, same, again)]
    assert found == ["weights", "x", "b", "inputs", "e", "x_2"]


def test_an_array_that_two_parameters_name_keeps_the_first_name():
    plan = Plan()
    array = plan.input("first", plan.array((2,), ["w1", "w2"]))
    plan.input("second", array)
    assert plan.named().parameters == ["first", "second"]
    assert array.name == "first"


def test_layers_are_counted_and_their_activations_have_their_numbers():
    plan = Plan()
    weights = plan.input("ws", plan.array((3, 2), [f"w{k}" for k in range(6)]))
    row = View(weights, 0, (2,), (1,))
    u1 = plan.step(Product, (2,), ["", ""])
    plan.step(Elementwise, (2,), ["", ""], whole(u1.made))
    plan.step(Elementwise, (2,), ["", ""], whole(u1.made))
    joined = plan.step(Join, (4,), None)
    labelled = plan.step(Product, (2,), ["h1", "h2"])
    plan.step(Elementwise, (2,), ["a1", "a2"], whole(labelled.made))
    u3 = plan.step(Product, (), [""], rows=row)
    plan.step(Elementwise, (), [""], whole(u3.made))
    plan.step(Product, (), [""], rows=whole(weights))
    plan.step(Product, (), [""], rows=View(weights, 3, (), ()))
    plan.step(Product, (), [""], rows=View(u1.made, 0, (1,), (0,)))
    plan.step(Product, (), [""], rows=Constants(2.0))
    plan.step(Join, (4,), None)
    plan.step(Elementwise, (2,), ["", ""], View(labelled.made, 0, (2,), (0,)))
    plan.step(Elementwise, (2,), ["", ""], Constants(1.0), whole(joined.made), Take(u1.made, np.array([0, 1])))
    plan.step(Elementwise, (), ["loss"], whole(u1.made))
    plan.step(Elementwise, (2,), ["p1", "q1"], whole(weights))
    plan.step(Elementwise, (2,), ["p1", "p2"], whole(weights))
    plan.step(Elementwise, (2,), ["p3", "p4"], whole(weights))
    plan.step(Elementwise, (2,), ["loss", "loss"], whole(weights))
    names = plan.named()
    assert [step.made.name for step in plan.plan.steps] == [
        "u1", "z1", "v1", "c1", "h2", "a2", "u3", "v2", "v3", "v4", "v5", "v6", "c2", "v7", "v8", "loss", "v9",
        "p1", "p2", "loss1",
    ]  # fmt: skip
    assert list(names.layers.items()) == [(u1, 1), (labelled, 2), (u3, 3)]


def test_a_name_that_is_taken_is_counted_on():
    plan = Plan()
    plan.input("v1", plan.array((2,), ["s", "t"]))
    plan.step(Elementwise, (2,), ["", ""])
    plan.step(Elementwise, (2,), ["", ""])
    plan.named()
    assert [step.made.name for step in plan.plan.steps] == ["v2", "v3"]


def test_what_is_read_of_an_array_is_called_after_its_ends_and_its_layer():
    plan = Plan()
    weights = plan.input("ws", plan.array((2, 3), ["w1", "w2", "b1", "w3", "w4", "b2"]))
    names = plan.named()
    assert names.labels(View(weights, 0, (2, 2), (3, 1))) == ["w1", "w3", "w2"]
    assert names.labels(View(weights, 0, (2, 3), (1, 0))) == ["w1", "w2"]
    assert names.labels(View(weights, 2, (1,), (3,))) == ["b1"]
    assert names.labels(View(weights, 5, (), ())) == ["b2"]
    assert names.labels(Take(weights, np.array([[4, 0, 2]]))) == ["w4", "w1"]
    assert names.label(-1) == names.label(6) == ""
    assert (names.label(0), names.label(5)) == ("w1", "b2")

    assert names.of_view(View(weights, 0, (2, 2), (3, 1)), "x", 1, matrix=True) == "W1"
    assert names.of_view(View(weights, 2, (2,), (3,)), "x", 1) == "b1"
    assert names.of_view(View(weights, 0, (3,), (1,)), "x", 0) == "x0"
    assert names.of_view(View(weights, 2, (2,), (3,)), "x", 1) == "ws_part1"
    assert names.of_view(Take(weights, np.array([2, 5])), "x", 1) == "ws_part2"
    assert names.of_view(Take(weights, np.array([2, 5])), "x", 2) == "b2"
    assert names.of_view(Constants(np.ones(2)), "x", 1) == "x1"
    assert names.of_view(Constants(np.ones(2)), "x", 1) == "x1_2"
