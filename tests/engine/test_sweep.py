"""The three readings of the tape: reverse sweeps, forward() after a change, steps; their order, and what a failure leaves."""

import math
import sys

import chalkgrad.engine.sweep
import pytest
from chalkgrad.engine import (
    DomainError,
    GradientWarning,
    NonFiniteError,
    StaleGraphError,
    Value,
    affine,
    exp,
    logsumexp,
    no_grad,
    nonfinite,
    sigmoid,
    softmax,
    sqrt,
    tanh,
    tape,
    total,
)
from chalkgrad.engine.recording import functions
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.sweep import Numbers, adjoints, backward, before_in, begun, order, sweep
from counting import lines, peak
from nodes import applied
from textbook import two_paths


def lecture():
    """The lecture's example: L = (a·b + c)·f."""
    a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
    e = a * b
    d = e + c
    L = d * f
    for node, label in ((e, "e"), (d, "d"), (L, "L")):
        node.label = label
    return a, b, c, f, e, d, L


def state(root):
    """All that a sweep or a replay may change, node by node."""
    stale = root.tape().stale
    return [(node.data, node.partials, node.has_grad, node.grad, before_in(node), node in stale) for node in root.tape()]


# The reverse sweep ---------------------------------------------------------------------------------------------------


def test_backward_gives_the_adjoints_of_the_lecture():
    *nodes, L = lecture()
    L.backward()
    assert [node.grad for node in (*nodes, L)] == [6, -4, -2, 4, -2, -2, 1]


def test_before_a_sweep_nothing_is_computed_and_after_it_everything_on_the_tape_is():
    a, b, _, _, e = two_paths()
    outside = b * 2
    assert [node.has_grad for node in e.tape()] == [False] * 5
    assert (a.grad, repr(a)) == (0.0, "<Value a = 2, grad not computed>")
    e.backward()
    assert [node.has_grad for node in e.tape()] == [True] * 5
    assert not outside.has_grad


def test_a_gradient_of_0_is_not_the_same_as_none():
    x = Value(3.0, "x")
    y = x * 0
    y.backward()
    assert x.has_grad
    assert repr(x) == "<Value x = 3, grad 0>"


def test_each_sweep_adds_to_the_leaves_and_starts_afresh_inside():
    a, b, c, d, e = two_paths()
    for times in (1, 2, 3):
        e.backward()
        assert [v.grad for v in (a, b)] == [2 * times, 5 * times]
        assert [v.grad for v in (c, d, e)] == [2, 3, 1]


def test_a_gradient_put_in_by_hand_is_added_to_on_leaves_and_replaced_inside():
    a, b, c, _, e = two_paths()
    a.grad, c.grad = 100, 100
    e.backward()
    assert (a.grad, b.grad, c.grad) == (102, 5, 2)


def test_sweeps_from_two_roots_add_up_in_the_leaves_they_share():
    x = Value(3.0)
    shared = x * x
    y, z = shared + 1, shared * shared
    y.backward()
    z.backward()
    assert x.grad == 6 + 2 * 9 * 6
    assert shared.grad == 18  # of the last sweep alone
    y.backward()
    assert x.grad == 6 + 108 + 6
    assert shared.grad == 1


def test_zero_grad_takes_every_gradient_of_the_tape_back_to_not_computed():
    a, b, *_, e = two_paths()
    other = a * 7
    other.backward()
    e.backward()
    e.zero_grad()
    assert [node.has_grad for node in e.tape()] == [False] * 5
    assert other.has_grad
    e.backward()
    assert (a.grad, b.grad) == (2, 5)


def test_a_leaf_is_its_own_root():
    x = Value(3.0, "x")
    for grad in (1.0, 2.0):
        with pytest.warns(GradientWarning, match="x is a leaf"):
            x.backward()
        assert x.grad == grad
    assert list(x.tape()) == [x]
    assert str(x.steps()[0]) == "seed  x.grad = ∂x/∂x = 1"
    assert x.forward() == 3.0


def test_values_computed_without_recording_stop_the_sweep():
    x = Value(3.0)
    with no_grad():
        detached = x * x
    y = detached * x
    y.backward()
    assert (x.grad, detached.grad) == (9.0, 3.0)


FAILING = [
    pytest.param(
        0.0, lambda x: sqrt(x) + x, "√x: the contribution 1 · inf to x is not finite", id="an infinite local derivative"
    ),
    pytest.param(0.0, lambda x: sqrt(x) * 0 + x, "√x: the contribution 0 · inf to x is not finite", id="zero times infinity"),
    pytest.param(1e-300, lambda x: (x * 1e200) * 1e200 + x, r"the product is too large", id="a product too large"),
    pytest.param(1e-10, lambda x: x * 1.5e308 + x * 1.5e308, "contributions to x add up to more than", id="a sum too large"),
]


@pytest.mark.parametrize(("at", "make", "message"), FAILING)
def test_a_sweep_that_fails_leaves_every_gradient_as_it_was(at, make, message):
    x = Value(at, "x")
    y = make(x)
    x.grad = 7
    before = state(y)
    with pytest.raises(NonFiniteError, match=message + ".*no grad was changed"):
        y.backward()
    assert state(y) == before
    assert x.grad == 7


def test_the_first_gradient_that_is_not_finite_is_named_and_not_what_it_makes_of_a_leaf():
    x = Value(0.0, "x")
    a = x * 3
    y = sqrt(a) * 2
    a.label, y.label = "a", "y"
    with pytest.raises(NonFiniteError, match=r"stops at v\d = √a: the contribution 2 · inf to a is not finite"):
        y.backward()


@pytest.mark.parametrize("run", [sweep, lambda nodes, root: backward(nodes, root, propagate=False)])
def test_a_sweep_begins_with_1_if_nothing_else_is_said(run):
    x = Value(3.0, "x")
    y = x * x
    run(order([y]), y)
    assert (y.grad, x.grad) == (1.0, 6.0)


def test_a_sweep_stops_at_an_infinity_if_nothing_else_is_said():
    y = sqrt(Value(0.0, "x") * 1.0) * 2
    with pytest.raises(NonFiniteError):
        sweep(order([y]), y)


def test_a_backward_pass_through_the_root_of_a_cursor_ends_its_sweep():
    before = set(begun)
    x = Value(3.0, "x")
    y = x * x
    y.steps().step()
    assert len(begun - before) == 1
    (y + 1).backward()
    assert begun == before


def test_a_gradient_that_would_overflow_by_adding_to_the_last_one_stops_the_sweep_too():
    x = Value(1e-5, "x")
    y = x * 1.7e308
    y.backward()
    with pytest.raises(NonFiniteError, match="x"):
        y.backward()
    assert x.grad == 1.7e308


def interrupted_at(line, name, call):
    """Calls, and presses Ctrl-C when the engine's function of that name comes to its nth line; whether it got there."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if frame.f_code.co_name not in name.split() or not frame.f_code.co_filename.endswith(("sweep.py", "recompute.py")):
            return None
        count += event == "line"
        if count == line and event == "line":
            raise KeyboardInterrupt
        return trace

    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(outer)
    return False


def test_a_sweep_interrupted_at_any_line_leaves_every_gradient_as_it_was():
    a, *_, e = two_paths()
    a.grad = 7
    before = state(e)
    line = 1
    while interrupted_at(line, "backward sweep", e.backward):
        assert state(e) == before
        line += 1
    assert line > 20
    assert a.grad == 9
    before, line = state(e), 1
    while interrupted_at(line, "backward sweep", e.backward):
        assert state(e) == before  # with what was there before the last pass, which check() needs
        line += 1
    assert a.grad == 11


def test_a_forward_interrupted_at_any_line_is_taken_up_again_by_the_next():
    line = 1
    while True:
        a, b, *_, e = two_paths()
        a.data, b.data = 3.0, 5.0
        interrupted = interrupted_at(line, "_recompute", e.forward)
        assert e.data in (6.0, 48.0)
        assert e.forward() == 48.0
        e.backward()
        assert (a.grad, b.grad) == (6.0, 14.0)
        if not interrupted:
            break
        line += 1
    assert line > 10


def test_the_error_of_a_sweep_names_the_edge_its_reason_and_the_point():
    x = Value(0.0, "x")
    r = sqrt(x)
    y = r * 3
    r.label, y.label = "r", "y"
    with pytest.raises(NonFiniteError) as caught:
        y.backward()
    for part in ("pass from y", "r = √x", "3 · inf to x", "infinite", "∂r/∂x = 1/(2·r) = inf", "x = 0", "no grad was changed"):
        assert part in str(caught.value)


def test_a_local_derivative_that_does_not_exist_is_not_called_infinite():
    base, exponent = Value(-3.0, "base"), Value(2.0, "exponent")
    p = base**exponent  # 9, but its derivative by the exponent would be the logarithm of -3
    assert p.data == 9.0
    with pytest.raises(NonFiniteError, match="∂p/∂exponent") as caught:
        p.backward()
    assert "infinite" not in str(caught.value)


def test_infinities_pass_through_a_sweep_for_those_who_ask():
    x = Value(0.0)
    y = sqrt(x) * 2
    with nonfinite("propagate"):
        y.backward()
    assert x.grad == math.inf


# Changed leaves ------------------------------------------------------------------------------------------------------


def test_a_changed_leaf_makes_what_was_computed_from_it_stale_and_everything_says_so():
    a, b, c, d, e = two_paths()
    b.data = 4
    assert e.tape().stale == [c, d, e]
    for use in (e.backward, e.steps):
        with pytest.raises(StaleGraphError, match=r"b is now 4, but (c = a \+ b|d = b \+ 1) was .* call e\.forward\(\) first"):
            use()
    shown = str(e.tape())
    assert shown.count("stale") == 3
    assert "stale" in repr(e)
    assert "stale" not in repr(a)
    e.forward()
    assert "stale" not in str(e.tape()) + repr(e)


def test_forward_recomputes_values_and_local_derivatives_and_takes_old_adjoints_away():
    a, b, c, d, e = two_paths()
    e.backward()
    b.data = 4
    assert e.forward() == 30.0
    assert (c.data, d.data, e.data) == (6.0, 5.0, 30.0)
    assert e.partials == (5.0, 6.0)
    assert not any(v.has_grad for v in (c, d, e))
    assert (a.grad, b.grad) == (2, 5)  # leaves keep theirs until zero_grad()
    e.zero_grad()
    e.backward()
    assert (a.grad, b.grad) == (5, 11)


def test_forward_without_a_change_changes_nothing():
    a, *_, e = two_paths()
    e.backward()
    before = state(e)
    assert e.forward() == e.data
    assert state(e) == before
    a.data = 7
    e.forward()
    changed = state(e)
    e.forward()
    assert state(e) == changed


def test_only_what_depends_on_the_change_is_recomputed():
    _, b, _, _, e = two_paths()
    expensive = exp(Value(1.0)) * b
    y = e + expensive
    y.backward()
    kept = expensive.parents[0]
    b.data = 3
    y.forward()
    assert kept.has_grad
    assert not expensive.has_grad


def test_a_subgraph_shared_by_two_roots_is_never_out_of_step_with_either():
    x = Value(3.0, "x")
    shared = x * x
    y, z = shared + 1, shared * 2
    x.data = 5
    assert y.forward() == 26.0
    assert shared.data == 25.0
    with pytest.raises(StaleGraphError, match="shared is now 25, but z"):
        z.backward()
    assert z.tape().stale == [z]
    assert z.forward() == 50.0
    y.backward()
    z.backward()
    assert x.grad == 10 + 20


def test_what_was_computed_from_a_stale_value_is_stale_when_that_value_is_replayed_for_another_root():
    x = Value(3.0, "x")
    shared = x * x
    y = shared + 1
    x.data = 5
    z = shared * 2  # from the old 9
    y.forward()
    assert z.tape().stale == [z]
    assert z.forward() == 50.0


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_leaves_change_in_any_order_and_any_number_of_times_between_sweeps(order):
    leaves = [Value(2.0), Value(3.0), Value(4.0)]
    a, b, c = leaves
    inner = a * b
    y = inner * c + inner
    for place in order:
        leaves[place].data += 1
        leaves[place].data += 1
    assert y.forward() == 4.0 * 5.0 * 6.0 + 20.0
    y.backward()
    assert [v.grad for v in leaves] == [5 * 6 + 5, 4 * 6 + 4, 20]


def test_what_is_computed_from_a_changed_leaf_afterwards_is_not_stale():
    x = Value(3.0, "x")
    old = x * x
    x.data = 4
    new = x * x
    new.backward()
    assert x.grad == 8
    both = old + new
    with pytest.raises(StaleGraphError, match="x is now 4, but old"):
        both.backward()
    assert both.forward() == 32.0


def test_a_forward_that_fails_leaves_the_whole_graph_as_it_was():
    x, y = Value(4.0, "x"), Value(2.0, "y")
    first = x * y
    z = first + functions.log(x)
    z.backward()
    x.data, y.data = -1.0, 7.0
    before = state(z)
    with pytest.raises(DomainError, match=r"log\(x\) with x = -1: log needs x > 0"):
        z.forward()
    assert state(z) == before
    assert first.data == 8.0
    with pytest.raises(StaleGraphError):
        z.backward()
    x.data = 1.0
    assert z.forward() == 7.0


def test_forward_crosses_a_kink_and_takes_the_other_branch():
    x = Value(2.0)
    y = functions.relu(x) * 3
    x.data = -2
    assert y.forward() == 0.0
    y.backward()
    assert x.grad == 0.0


def test_forward_reads_the_numbers_among_the_arguments():
    x, w = Value(2.0), Value(3.0)
    y = affine([w, 2.0], [x, x], 10.0) ** 2 / 4
    x.data = 1.0
    assert y.forward() == (3 + 2 + 10) ** 2 / 4
    x.data = 2.0
    w.data = -1.0
    assert y.forward() == (-2 + 4 + 10) ** 2 / 4


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_forward_at_every_example_of_the_table_equals_a_fresh_recording(rule):
    for numbers in rule.inside:
        start = next(other for other in rule.inside if len(other) == len(numbers))
        values, node = applied(rule, start)
        for value, x in zip(values, numbers, strict=True):
            value.data = x
        _, fresh = applied(rule, numbers)
        assert node.forward() == fresh.data
        assert list(map(repr, node.partials)) == list(map(repr, fresh.partials))  # by repr: some are infinite or NaN


# The tape ------------------------------------------------------------------------------------------------------------


def test_the_tape_has_every_node_once_parents_first_in_argument_order():
    a, b, c, f, e, d, L = lecture()
    assert list(L.tape()) == [a, b, e, c, d, f, L]
    a, b, c, d, e = two_paths()
    assert list(e.tape()) == [a, b, c, d, e]
    x = Value(1.0)
    y = x * x * x
    assert list(y.tape()) == [x, y.parents[0], y]


def test_a_leaf_stands_just_before_the_first_operation_that_uses_it():
    x, w1, w2, w3 = (Value(0.5, name) for name in ("x", "w1", "w2", "w3"))
    h1 = w1 * x
    h2 = w2 * h1
    h3 = w3 * h2
    assert list(h3.tape()) == [w1, x, h1, w2, h2, w3, h3]
    s = total([w1, h1, w3, h1, x])
    assert list(s.tape()) == [w1, x, h1, w3, s]
    y = affine([w1, w2], [h1, x], w3)
    assert list(y.tape()) == [w1, x, h1, w2, w3, y]
    assert list(tape(x, h2)) == [x, w1, h1, w2, h2]  # a root of its own stands where the roots have it


def test_the_smallest_graph_that_a_walk_without_order_gets_wrong_is_right():
    x = Value(2.0)
    y = x * x
    z = y * y + y  # y must have heard from both its consumers before it passes anything on
    z.backward()
    assert (y.grad, x.grad) == (9, 36)


def test_a_tape_of_several_roots_has_shared_nodes_once():
    x = Value(2.0, "x")
    y, z = x + 1, x * x
    both = tape(y, z)
    assert list(both) == [x, y, z]
    assert both.roots == (y, z)
    assert list(tape(z, y, z)) == [x, z, y]
    assert repr(both) == "<Tape of y, z: 3 values, 3 edges; print it for the evaluation trace>"
    x.data = 3
    assert both.stale == [y, z]


def test_a_tape_is_a_sequence():
    *_, e = two_paths()
    t = e.tape()
    assert len(t) == 5
    assert t[-1] is e
    assert t.index(e) == 4
    assert e in t
    assert next(reversed(t)) is e
    assert list(t[1:3]) == list(t)[1:3]


@pytest.mark.parametrize("roots", [(), ([Value(1.0)],), (3,), ("L",)], ids=["none", "a list", "a number", "a text"])
def test_a_tape_of_something_else_than_values_is_a_type_error_with_a_sentence(roots):
    with pytest.raises(TypeError, match="Value"):
        tape(*roots)


# Steps ---------------------------------------------------------------------------------------------------------------


def test_the_steps_of_the_lecture_are_worded_as_at_the_blackboard():
    *_, L = lecture()
    steps = L.steps()
    assert len(steps) == 1 + 6
    assert str(steps[0]) == "seed  L.grad = ∂L/∂L = 1"
    assert str(steps[5]) == (
        "5/6   e = a·b     ∂e/∂a = b = -3\n      a.grad += ∂L/∂e · ∂e/∂a = (-2) · (-3) = 6      0 → 6   complete"
    )


def test_the_steps_of_two_paths_say_what_is_still_to_come():
    *_, e = two_paths()
    steps = e.steps()
    assert str(steps[3]) == (
        "3/5   d = b + 1   ∂d/∂b = 1\n      b.grad += ∂e/∂d · ∂d/∂b = 3 · 1 = 3      0 → 3   1 of 2, still to come: through c"
    )
    assert str(steps[5]) == (
        "5/5   c = a + b   ∂c/∂b = 1\n"
        "      b.grad += ∂e/∂c · ∂c/∂b = 2 · 1 = 2      3 → 5   2 of 2, complete: ∂e/∂b = 3 + 2 = 5"
    )


def test_a_step_has_what_its_sentence_says_as_data():
    _, b, c, _, e = two_paths()
    step = e.steps()[5]
    assert (step.node, step.slot, step.parent) == (c, 1, b)
    assert (step.adjoint, step.partial, step.contribution) == (2, 1, 2)
    assert (step.before, step.after, step.number, step.of) == (3, 5, 2, 2)
    assert (step.contributions, step.through) == ((3, 2), ())
    seed = e.steps()[0]
    assert (seed.node, seed.parent, seed.after) == (None, e, 1)
    assert e.steps()[3].through == (c,)


def test_looking_at_steps_changes_nothing():
    *_, e = two_paths()
    before = state(e)
    steps = e.steps()
    assert [str(step) for step in steps] == [str(steps[i]) for i in range(len(steps))]
    assert steps[-1].index == 5
    assert [step.index for step in steps[1:3]] == [1, 2]
    with pytest.raises(IndexError):
        steps[6]
    assert state(e) == before


def test_a_node_that_uses_a_value_often_counts_its_places_in_english():
    x = Value(1.0, "x")
    y = total([x] * 25)
    y.label = "y"
    ordinals = [str(step).split("(")[1].split(" ")[0] for step in y.steps()[1:]]
    assert ordinals[:4] == ["1st", "2nd", "3rd", "4th"]
    assert ordinals[9:14] == ["10th", "11th", "12th", "13th", "14th"]
    assert ordinals[19:] == ["20th", "21st", "22nd", "23rd", "24th", "25th"]


def test_the_memory_that_steps_take_grows_with_the_edges_and_not_with_their_square():
    def held(uses):
        x = Value(1.0)
        y = total([x + i for i in range(uses)])
        assert y.steps()[-1].of == uses
        return peak(lambda: y.steps()[-1].of)

    assert held(2_000) < 30 * held(250)  # eight times as many; the square would take 64 times as much


def test_the_sentences_of_a_wide_sum_take_work_in_proportion():
    def work(width):
        y = affine([Value(1.0) for _ in range(width)], [Value(2.0) for _ in range(width)], 0.0)
        steps = y.steps()
        assert all("·" in str(step) for step in steps[1:])
        return lines(lambda: list(map(str, steps)))

    assert work(480) < 10 * work(60)  # eight times as many; the square would be 64 times the work


def test_after_the_last_step_every_gradient_is_that_of_a_sweep():
    x, y = Value(0.3), Value(-0.7)
    z = tanh(x * y + x) * sigmoid(x) / (y * y) + logsumexp([x, y, x])
    last = {step.parent: step.after for step in z.steps()}
    z.backward()
    assert last == {node: node.grad for node in z.tape()}


# Operations on lists -------------------------------------------------------------------------------------------------


def test_total_affine_and_logsumexp_take_numbers_among_their_arguments():
    a, b = Value(2.0), Value(-3.0)
    t = total([a, 1, b, a])
    assert (t.data, t.parents, t.partials) == (2.0, (a, b, a), (1.0, 1.0, 1.0))
    m = affine([a, 3], [4, b], 5)
    assert (m.data, m.parents, m.partials) == (8 - 9 + 5, (a, b), (4.0, 3.0))
    s = logsumexp([a, 2.0])
    assert s.parents == (a,)
    assert s.data == pytest.approx(2 + math.log(2), rel=1e-15)
    assert s.partials == (pytest.approx(0.5, rel=1e-15),)
    assert affine([a], [b]).data == -6.0


@pytest.mark.parametrize(
    "kind", [list, tuple, iter, lambda xs: (x for x in xs)], ids=["list", "tuple", "iterator", "generator"]
)
def test_operations_on_lists_take_any_iterable(kind):
    a, b = Value(2.0), Value(-3.0)
    assert total(kind([a, b])).parents == (a, b)
    assert affine(kind([a, b]), kind([b, 1.0]), 0.0).parents == (a, b, b)
    assert logsumexp(kind([a, b])).parents == (a, b)
    assert len(softmax(kind([a, b]))) == 2


def test_lists_of_the_wrong_kind_or_length_get_a_sentence():
    a = Value(2.0, "a")
    for f in (total, logsumexp, softmax):
        with pytest.raises(ValueError, match=r"needs at least one element, and got an empty list"):
            f([])
        for wrong in (a, 3, None, "ab"):
            with pytest.raises(TypeError, match=r"takes a list of Values, such as \w+\(\[a, b\]\), and was given"):
                f(wrong)
    with pytest.raises(ValueError, match="needs lists of equal length, not of 1 and 2"):
        affine([a], [a, a], a)
    with pytest.raises(ValueError, match="needs lists of equal length, not of 1 and 2"):
        affine([a], [a, 1], a)
    with pytest.raises(ValueError, match="at least one element"):
        affine([], [], a)
    with pytest.raises(TypeError, match="affine"):
        affine(a, a, a)


def test_softmax_adds_up_to_one_without_overflow_and_has_the_textbook_jacobian():
    xs = [Value(1000.0), Value(1001.0), Value(999.0), 1000.5]
    ps = softmax(xs)
    assert sum(p.data for p in ps) == pytest.approx(1, rel=1e-12)
    weights = [math.exp(z) for z in (0, 1, -1, 0.5)]
    expected = [w / sum(weights) for w in weights]
    assert [p.data for p in ps] == pytest.approx(expected, rel=1e-12)
    for i, p in enumerate(ps):
        p.zero_grad()
        p.backward()
        for j, x in enumerate(xs[:3]):
            assert x.grad == pytest.approx(expected[i] * ((i == j) - expected[j]), rel=1e-10, abs=1e-15)


def test_pythons_sum_works_from_0_and_from_a_value():
    a, b = Value(2.0), Value(-3.0)
    for s in (sum([a, b]), sum([b], a), sum([a, b], 0.0), sum((v for v in (a, b)), start=Value(0.0))):
        assert s.data == -1.0
        s.zero_grad()
        s.backward()
        assert (a.grad, b.grad) == (1, 1)
    assert sum([1, a, 2]).data == 5.0


def test_a_sum_of_ten_thousand_is_one_node():
    w, x = [Value(0.5) for _ in range(10_000)], [Value(2.0) for _ in range(10_000)]
    y = affine(w, x, 1.0)
    assert y.data == 10_001.0
    assert len(y.tape()) == 20_001
    y.backward()
    assert {v.grad for v in w} == {2.0}
    assert {v.grad for v in x} == {0.5}
    assert "…" in repr(y)


def test_the_sweeps_of_processes_begun_one_behind_the_other_are_told_apart(monkeypatch):
    """A million sweeps of one process have no number of those of another that began a nanosecond later."""
    monkeypatch.setattr(chalkgrad.engine.sweep, "time_ns", iter([10**18, 10**18 + 1]).__next__)
    first, second = Numbers(), Numbers()
    assert second.next() - first.next() > 10**6


def test_adjoints_are_given_even_where_they_are_infinite_and_change_no_grad():
    x = Value(0.0, "x")
    y = sqrt(x)
    assert adjoints(order([y]), y) == {x: math.inf, y: 1.0}
    assert not x.has_grad
