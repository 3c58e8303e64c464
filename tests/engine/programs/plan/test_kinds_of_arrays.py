"""The arrays of a plan are told by what they are: weights, biases, inputs, constants, sums; plans made by hand."""

import random
from types import SimpleNamespace

import numpy as np
from chalkgrad.engine.formulas.trees import trace
from chalkgrad.engine.programs.plan.array_lines import ArrayLines
from chalkgrad.engine.programs.plan.matrices import found_in
from chalkgrad.engine.programs.plan.steps import Array, Constants, Elementwise, Form, Join, Product, Take, View, contiguous
from chalkgrad.engine.programs.text import UniqueNames

TANH = Form(trace(lambda x: x * x, "x"), (), ("x",), ())


class Plan:
    """A plan made by hand, as its source: an array for each name, whose nodes are counted on."""

    def __init__(self, wanted=""):
        self.plan, self.nodes, self.made = SimpleNamespace(inputs=[], steps=[]), 0, {}
        self.program = SimpleNamespace(wanted=set())
        self.letters = wanted
        self.page = ArrayLines(SimpleNamespace(fresh=UniqueNames()), False, "x")

    def array(self, name, shape, varies=False):
        size = int(np.prod(shape))
        array = self.made[name] = Array(name, shape, np.arange(self.nodes, self.nodes + size).reshape(shape), varies)
        self.nodes += size
        return array

    def given(self, name, *shape, varies=False):
        """A whole array that is an input; of those whose letter is wanted each node takes a gradient."""
        array = self.array(name, shape, varies)
        self.plan.inputs.append(array)
        if name[0] in self.letters:
            self.program.wanted.update(array.nodes.ravel().tolist())
        return whole(array)

    def product(self, name, rows, columns, subscripts="rk,k->r", plus=(), minus=(), constant=None, shape=(2,)):
        axes = tuple(subscripts.replace("->", ",").split(","))
        step = Product(self.array(name, shape), axes, rows, columns, False, plus, minus, constant)
        self.plan.steps.append(step)
        return whole(step.made)

    def elementwise(self, name, shape, *operands):
        self.plan.steps.append(Elementwise(self.array(name, shape), TANH, operands))
        return whole(self.plan.steps[-1].made)

    def write(self, imports):
        assert not imports  # the texts of constants may be long, and nobody reads them
        for step in self.plan.steps:
            self.page.lines += [f"    {step.made.name}_part = 0", f"    {step.made.name} = {type(step).__name__}()"]

    def found(self):
        return {each.name: each for each in found_in(self)}


def whole(array):
    return View(array, 0, array.shape, contiguous(array.shape))


def kinds(found):
    return [(name, each.kind) for name, each in found.items()]


def test_a_layer_has_weights_an_input_and_a_bias_and_then_its_sum_and_its_activation():
    plan = Plan(wanted="Wb")
    W, x, b = plan.given("W", 2, 3), plan.given("x", 3), plan.given("b", 2)
    u = plan.product("u", W, x, plus=[b])
    plan.elementwise("z", (2,), u)
    found = plan.found()
    assert kinds(found) == [("W", "weight"), ("x", "input"), ("b", "bias"), ("u", "sum"), ("z", "array")]
    assert [each.shape for each in found.values()] == [(2, 3), (3,), (2,), (2,), (2,)]
    for name, each in found.items():
        assert np.array_equal(each.nodes, plan.made[name].nodes)
        assert not each.paired
    assert [each.lines for each in found.values()] == [["u = Product()"]] * 4 + [["z = Elementwise()"]]
    assert [each.step for each in found.values()] == [None] * 3 + plan.plan.steps
    assert [each.reads for each in found.values()] == [(), (), (), ("W", "x", "b"), ("u",)]


def test_what_takes_no_gradient_and_what_has_a_row_for_each_sample_is_an_input():
    plan = Plan(wanted="Wvb")
    W, v, x = plan.given("W", 2, 3), plan.given("v", 3, varies=True), plan.given("x", 3)
    b, t = plan.given("b", 2, varies=True), plan.given("t", 2)
    plan.product("u1", W, v, plus=[b, t])
    A = plan.given("A", 2, 3)
    plan.product("u2", A, x)
    assert kinds(plan.found()) == [
        ("W", "weight"),
        ("v", "input"),
        ("b", "input"),
        ("t", "input"),
        ("u1", "sum"),
        ("A", "input"),
        ("x", "input"),
        ("u2", "sum"),
    ]


def test_a_matrix_of_which_some_take_no_gradient_is_not_a_weight():
    plan = Plan(wanted="W")
    W, x = plan.given("W", 2, 3), plan.given("x", 3)
    plan.program.wanted.remove(W.array.nodes[1, 1])
    plan.product("u", W, x)
    assert kinds(plan.found())[0] == ("W", "input")


def test_what_is_subtracted_is_an_input_as_a_target_is():
    plan = Plan(wanted="Wt")
    W, x, t = plan.given("W", 2, 3), plan.given("x", 3), plan.given("t", 2)
    plan.product("u", W, x, minus=[t])
    assert kinds(plan.found()) == [("W", "weight"), ("x", "input"), ("t", "input"), ("u", "sum")]


def test_what_is_computed_is_noted_once_where_it_is_made():
    plan = Plan(wanted="Ww")
    W, x = plan.given("W", 2, 3), plan.given("x", 3)
    u = plan.product("u", W, x)
    plan.product("y", u, plan.given("w", 2), "k,k->", plus=[u, View(u.array, 0, (), ())], shape=())
    found = plan.found()
    assert kinds(found) == [("W", "weight"), ("x", "input"), ("u", "sum"), ("w", "weight"), ("y", "sum")]
    assert found["u"].lines == ["u = Product()"]
    assert found["y"].reads == ("u", "w", "u", "u[0]")


def test_numbers_by_themselves_and_what_only_puts_others_together_are_left_out():
    plan = Plan()
    x = plan.given("x", 2)
    plan.elementwise("s", (), View(x.array, 0, (), ()))
    plan.plan.steps.append(Join(plan.array("c", (4,)), [x, x]))
    plan.elementwise("v", (4,), whole(plan.made["c"]))
    assert kinds(plan.found()) == [("v", "array")]


def test_constants_are_their_numbers_and_those_that_are_alike_are_one():
    plan = Plan(wanted="w")
    w, numbers = plan.given("w", 3), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    plan.product("u", Constants(numbers), w, plus=[Constants(2.0)])
    plan.product("v", Constants(numbers.copy()), w, constant=Constants(np.array([1.0, 1.0])))
    found = plan.found()
    assert kinds(found) == [("w", "weight"), ("k", "constant"), ("u", "sum"), ("v", "sum")]
    assert found["k"].nodes.tolist() == numbers.tolist()
    assert found["k"].lines == ["u = Product()", "v = Product()"]
    assert found["u"].reads == ("k", "w", "2.0")


def test_constants_and_nodes_of_the_same_bits_are_two_and_so_are_those_of_another_shape():
    plan = Plan(wanted="w")
    w = plan.given("w", 4)
    bits = w.array.nodes.astype(np.int64).view(np.float64)
    plan.product("u", View(w.array, 0, (2, 2), (2, 1)), View(w.array, 0, (2,), (1,)))
    plan.product("s", Constants(bits), w, "k,k->", shape=())
    names = ["w_part", "w[0:2]", "u", "w", "k", "s"]
    assert kinds(plan.found()) == list(zip(names, ["weight", "input", "sum", "weight", "constant", "sum"], strict=True))


def test_a_line_that_reads_an_array_twice_is_noted_once_whatever_lines_read_it_before():
    plan = Plan(wanted="w")
    w = plan.given("w", 3)
    for name in ("s", "t", "y"):
        plan.product(name, w, w, "k,k->", plus=[View(w.array, 0, (3,), (1,))], shape=())
    found = plan.found()
    assert kinds(found) == [("w", "weight"), ("s", "sum"), ("t", "sum"), ("y", "sum")]
    assert found["w"].lines == ["s = Product()", "t = Product()", "y = Product()"]


def test_rows_that_go_in_pairs_are_told():
    plan = Plan(wanted="W")
    W, X = plan.given("W", 2, 3), plan.given("X", 2, 3)
    plan.product("u", W, X, "mk,mk->m", plus=[plan.given("t", 2)])
    found = plan.found()
    assert [(name, each.paired) for name, each in found.items()] == [("W", True), ("X", True), ("t", False), ("u", False)]


# Which of two factors is the matrix ----------------------------------------------------------------------------------


def first_of(rows, columns, plan):
    """Returns the name of the factor that is noted first, if it is not computed, and its kind."""
    plan.product("u", rows, columns)
    return next(each for each in kinds(plan.found()) if each[1] != "array")


def test_the_factor_that_varies_is_not_the_matrix():
    for swapped in (False, True):
        plan = Plan(wanted="Wx")
        factors = [plan.given("x", 2, 3, varies=True), plan.given("W", 3)]
        assert first_of(*(factors[::-1] if swapped else factors), plan) == ("W", "weight")


def test_the_factor_that_is_computed_is_not_the_matrix():
    for swapped in (False, True):
        plan = Plan(wanted="W")
        factors = [plan.elementwise("z", (2, 3), plan.given("x", 2, 3)), plan.given("W", 3)]
        assert first_of(*(factors[::-1] if swapped else factors), plan) == ("W", "weight")


def test_the_factor_with_repeated_elements_is_not_the_matrix_but_the_picture():
    for swapped in (False, True):
        plan = Plan(wanted="kp")
        picture, k = plan.given("p", 4), plan.given("k", 2)
        factors = [Take(picture.array, np.array([[0, 1], [1, 2]])), k]
        assert first_of(*(factors[::-1] if swapped else factors), plan) == ("k", "weight")
        plan = Plan(wanted="kp")
        picture, k = plan.given("p", 4), plan.given("k", 2)
        factors = [Take(picture.array, np.array([[0, 1], [3, 2]])), k]  # in another order, each once
        assert first_of(*(factors[::-1] if swapped else factors), plan) == ("p_part", "weight")


def test_constants_are_not_the_matrix_where_the_other_was_given():
    for swapped in (False, True):
        plan = Plan(wanted="x")
        factors = [Constants(np.array([[1.0, 2.0], [3.0, 4.0]])), plan.given("x", 2)]
        assert first_of(*(factors[::-1] if swapped else factors), plan) == ("x", "weight")
    plan = Plan()
    z = plan.elementwise("z", (2,), plan.given("x", 2))
    plan.product("u", Constants(np.array([[1.0, 2.0], [3.0, 4.0]])), z)
    assert kinds(plan.found()) == [("z", "array"), ("k", "constant"), ("u", "sum")]


def test_of_two_factors_that_were_given_that_with_more_axes_is_the_matrix_or_else_the_first():
    for swapped in (False, True):
        plan = Plan(wanted="xW")
        factors = [plan.given("x", 3), plan.given("W", 2, 3)]
        assert first_of(*(factors[::-1] if swapped else factors), plan) == ("W", "weight")
    plan = Plan(wanted="ab")
    a, b = plan.given("a", 3), plan.given("b", 3)
    plan.product("s", a, b, "k,k->", shape=())
    assert kinds(plan.found()) == [("a", "weight"), ("b", "input"), ("s", "sum")]


# The nodes -----------------------------------------------------------------------------------------------------------


def test_the_nodes_are_those_that_are_read_without_repeated_ones():
    rng = random.Random(5)
    seen = set()
    for _ in range(300):
        plan = Plan(wanted="w")
        w = plan.given("w", *rng.choice([(12,), (3, 4)]))
        shape = tuple(rng.randint(2, 3) for _ in range(rng.randint(0, 2)))
        strides = tuple(rng.choice([0, 1, 2, 3, 4]) for _ in shape)
        last = sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
        if last > 11:
            continue
        offset = rng.randint(0, 11 - last)
        flat = w.array.nodes.ravel()
        expected = np.lib.stride_tricks.as_strided(flat[offset:], shape, [s * flat.itemsize for s in strides])
        expected = expected[tuple(slice(None) if s else 0 for s in strides)]
        x = plan.given("x", 2)
        plan.product("u", View(w.array, offset, shape, strides), x)
        (found,) = (each for each in plan.found().values() if each.kind != "sum" and each.nodes.ravel()[0] < 12)
        assert found.nodes.tolist() == expected.tolist()
        assert found.shape == expected.shape
        seen.add(expected.ndim)
    assert seen == {0, 1, 2}


def test_the_nodes_of_places_are_at_these_places():
    plan = Plan(wanted="W")
    W, places = plan.given("W", 3, 4), np.array([[7, 0], [11, 3]])
    plan.product("u", Take(W.array, places), plan.given("x", 2))
    found = plan.found()
    assert found["W_part"].nodes.tolist() == [[7, 0], [11, 3]]
    assert found["W_part"].shape == (2, 2)
