"""What other scalar engines get wrong: each case once, with what is right."""

import copy
import gc
import math
import pickle
import warnings
from fractions import Fraction

import numpy as np
import pytest
from chalkgrad.engine import (
    DomainError,
    StaleGraphError,
    Value,
    affine,
    log,
    nonfinite,
    relu,
    sigmoid,
    tanh,
)
from chalkgrad.engine.words import expressions as words
from chalkgrad.viz import draw
from processes import python


def grads(root, *leaves):
    root.backward()
    return [leaf.grad for leaf in leaves]


def ulps(x, exact):
    return abs(x - exact) / math.ulp(exact)


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_a_chain_of_any_depth_is_built_swept_copied_pickled_and_freed(depth):
    a = Value(2.0, "a")
    v = a
    for _ in range(depth):
        v = v + a
    assert v.data == 2.0 * (depth + 1)
    v.backward()
    assert a.grad == depth + 1
    for twin in (copy.deepcopy(v), pickle.loads(pickle.dumps(v))):
        assert twin.data == v.data
        assert len(twin.tape()) == depth + 1
    del v, twin  # a deallocator that recurses dies here, and takes the process with it
    assert a.grad == depth + 1


def test_a_neuron_with_a_thousand_inputs_sweeps_node_for_node_and_as_one_sum():
    w = [Value(0.5) for _ in range(1_000)]
    x = [Value(float(i)) for i in range(1_000)]
    s = Value(1.0)
    for w_i, x_i in zip(w, x, strict=True):
        s = s + w_i * x_i
    s.backward()
    one = affine(w, x, Value(1.0))
    assert one.data == s.data == 0.5 * 499_500 + 1
    node_for_node = [w_i.grad for w_i in w]
    one.zero_grad()
    one.backward()
    assert [w_i.grad for w_i in w] == node_for_node == [float(i) for i in range(1_000)]


def test_a_second_backward_doubles_the_leaves_and_not_more():
    a = Value(3.0)
    o = 2 * a * a
    o.backward()
    assert a.grad == 12
    o.backward()
    assert a.grad == 24


def test_data_changed_between_forward_and_backward_is_not_mixed_but_told():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    o = a * b
    a.data = 5
    with pytest.raises(StaleGraphError, match=r"a is now 5.*forward\(\)"):
        o.backward()
    o.forward()
    assert grads(o, a, b) == [3, 5]


def test_a_square_has_two_parents_and_two_edges():
    a = Value(3.0)
    o = a * a
    assert o.parents == (a, a)
    assert o.partials == (3.0, 3.0)
    assert len(o.steps()) == 1 + 2


@pytest.mark.parametrize("exponent", [0, 0.0, Value(0.0)])
def test_the_power_0_is_1_with_derivative_0_at_0(exponent):
    x = Value(0.0)
    o = x**exponent
    assert o.data == 1
    assert grads(o, x) == [0]


def test_a_power_passes_gradients_to_base_and_exponent():
    a, b = Value(3.0), Value(2.0)
    assert grads(2**a, a) == [pytest.approx(8 * math.log(2), rel=1e-15)]
    a = Value(3.0)
    assert grads(a**b, a, b) == [6, pytest.approx(9 * math.log(3), rel=1e-15)]


def test_a_broken_power_of_a_negative_number_is_an_error_that_says_so():
    for make in (lambda: Value(-8.0, "a") ** (1 / 3), lambda: (-8.0) ** Value(1 / 3, "p"), lambda: Value(-8.0) ** Value(1 / 3)):
        with pytest.raises(DomainError, match="a negative base needs a whole exponent"):
            make()


def test_plus_and_the_absolute_value_are_recorded():
    a = Value(-3.0)
    assert (+a).parents == abs(a).parents == (a,)
    assert grads(+a + abs(a), a) == [0]
    b = Value(3.0)
    assert grads(+b + abs(b), b) == [2]


@pytest.mark.parametrize(("f", "x", "value"), [(tanh, 1000, 1), (tanh, -1000, -1), (sigmoid, -1000, 0), (sigmoid, 1000, 1)])
def test_saturated_activations_reach_their_limits(f, x, value):
    v = Value(x)
    o = f(v)
    assert o.data == value
    assert grads(o, v) == [0]


def test_tanh_of_a_tiny_number_is_exact():
    x = 1e-9
    exact = float(Fraction(x) - Fraction(x) ** 3 / 3)  # the series; its next term is below 1e-45
    assert ulps(tanh(Value(x)).data, exact) <= 1
    assert tanh(Value(x)).partials == (1.0,)


def test_relu_does_not_hide_nan():
    with pytest.raises(ValueError, match="nan"):
        relu(math.nan)
    with nonfinite("propagate"):
        assert math.isnan(relu(Value(math.nan)).data)


@pytest.mark.parametrize("content", ["3", None, Value(1.0), b"3", 3j, [3], math.nan])
def test_what_is_no_real_number_is_refused_with_a_sentence(content):
    with pytest.raises((TypeError, ValueError), match=r"needs a (real|plain|finite) number"):
        Value(content)


def test_a_truth_value_becomes_a_float():
    assert type(Value(True).data) is float
    assert Value(True).data == 1.0


def test_numpy_integers_become_floats_so_that_they_have_a_reciprocal():
    v = Value(np.int64(2))
    assert type(v.data) is float
    assert (v**-1).data == 0.5
    assert (np.int64(2) ** Value(-1.0)).data == 0.5


def test_copies_and_pickles_of_a_graph_have_gradients_of_their_own():
    a = Value(3.0, "a")
    o = a * a
    for copied_a, copied_o in (copy.deepcopy((a, o)), pickle.loads(pickle.dumps((a, o)))):
        assert grads(copied_o, copied_a) == [6]
        assert not a.has_grad


def test_equality_is_identity_so_that_sets_hold_values():
    a, twin = Value(2.0), Value(2.0)
    assert a != twin
    assert len({a, twin, a}) == 2
    assert twin not in {a}


def test_dropped_graphs_leave_nothing_behind_with_the_collector_off():
    def values():
        return sum(type(x) is Value for x in gc.get_objects())

    def graph():
        a, b = Value(2.0), Value(-3.0)
        o = tanh(a * b + a) * a
        o.backward()

    graph()
    gc.collect()
    gc.disable()
    try:
        before = values()
        for _ in range(10_000):
            graph()
        assert values() == before
    finally:
        gc.enable()


def test_nothing_is_clamped_or_nudged_for_stability():
    assert (Value(3.0) ** 2).data == 9.0
    assert (Value(3.0) / Value(1e-12)).data == 3.0 / 1e-12
    assert log(Value(1e-300)).data == math.log(1e-300)


def test_a_picture_drawn_before_backward_says_not_computed():
    a, b = Value(2.0, "a"), Value(0.0, "b")
    o = a * b
    before = draw(o).svg
    o.backward()
    after = draw(o).svg
    assert "not computed" in before
    assert "not computed" not in after


def test_the_picture_of_a_graph_is_the_same_in_two_processes():
    script = """
        from chalkgrad.engine import Value, affine, tanh
        from chalkgrad.viz import draw
        xs = [Value(i, f"x{i}") for i in range(6)]
        o = tanh(affine(xs[:3], xs[3:], 1)) * xs[0]
        o.backward()
        print(draw(o).svg)
    """
    first = python(script, PYTHONHASHSEED="1")
    assert "<svg" in first
    assert first == python(script, PYTHONHASHSEED="2")


@pytest.mark.parametrize(("x", "text"), [(1e-6, "1e-6"), (0.00012345, "0.0001234"), (123.456, "123.5")])
def test_a_number_has_four_significant_digits_however_small(x, text):
    assert words.number(x) == text


def test_a_machine_without_dot_gets_a_picture():
    script = 'from chalkgrad.viz import draw; from chalkgrad.engine import Value; print(draw(Value(2, "a") * 3).svg)'
    assert "<svg" in python(script, PATH="")


def test_numpy_numbers_do_not_warn_and_do_not_cut_the_graph():
    a = Value(2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert grads(np.float64(3.0) * a, a) == [3]
