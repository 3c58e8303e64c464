"""Whose gradient is shown: the root's own, and what a grad holds beyond it is told."""

import copy
import os
import pickle
import subprocess
import sys
import warnings

import pytest
from chalkgrad.engine import (
    GradientWarning,
    NonFiniteError,
    StaleGraphError,
    Value,
    chain_rule,
    gradient,
    hessian,
    no_grad,
    nonfinite,
    nudge,
    tape,
)
from chalkgrad.engine.stepping.grads import Grads
from textbook import colah


def adjoints(value):
    """The adjoint column of the printed table, by name."""
    rows = [[cell.strip() for cell in line.split("│")] for line in str(value.tape()).splitlines()[2:]]
    return {row[0]: row[-1] for row in rows}


def shown(value):
    return repr(value).partition(", ")[2].rstrip(">")


# Accumulated -----------------------------------------------------------------------------------------------------------


def test_a_second_sweep_is_told_in_repr_and_table():
    e = colah()
    a, b = e.tape()[:2]
    e.backward()
    assert (shown(a), shown(b)) == ("grad 2", "grad 5")
    e.backward()
    assert (a.grad, b.grad) == (4.0, 10.0)
    assert (shown(a), shown(b)) == ("grad 4: 2 from before + 2", "grad 10: 5 from before + 5")
    assert adjoints(e)["b"] == "3 + 2 = 5 (grad 10: 5 from before + 5)"
    e.backward()
    assert shown(b) == "grad 15: 10 from before + 5"


def test_what_was_zero_before_is_not_told():
    e = colah()
    b = e.tape()[1]
    b.grad = 0.0  # as micrograd's zero_grad does
    assert shown(b) == "grad 0 (set by hand)"
    e.backward()
    assert shown(b) == "grad 5"
    assert adjoints(e)["b"] == "3 + 2 = 5"


def test_the_adjoint_beside_what_was_before_is_exact():
    x = Value(0.1, "x")
    y, z = x * 1e16, x * 0.3
    y.backward()
    z.backward()
    assert x.grad == 1e16  # 0.3 is lost in it
    assert Grads(z.tape().nodes, [z]).held[x].adjoint == 0.3
    z.label = "z"
    assert adjoints(z)["x"] == "0.3 (grad 1e16: 1e16 from before + 0.3)"
    assert adjoints(y)["x"] == ""  # what is left of it in 1e16 is not ∂z/∂x


def test_what_was_added_to_an_infinite_gradient_is_not_a_difference():
    x = Value(0.0, "x")
    with nonfinite("propagate"):
        y, z = x.sqrt(), 2 * x
        z.label = "z"
        y.backward()
        z.backward()
    assert shown(x) == "grad inf: inf from before + ?"
    assert adjoints(z)["x"] == "2 (grad inf: inf from before + 2)"
    assert adjoints(y)["x"] == ""


def test_a_sweep_of_old_values_is_not_run_again_with_new_ones():
    x = Value(3.0, "x")
    y = x * x
    z, u = y + x, y * 2
    z.label = "z"
    z.backward()
    z.backward()
    x.data = 5
    u.forward()  # it computes y again, and z is stale
    assert adjoints(z)["x"] == "7 (grad 14: 7 from before + 7)"


def test_zero_grad_and_none_begin_anew():
    e = colah()
    b = e.tape()[1]
    e.backward()
    e.zero_grad()
    e.backward()
    assert shown(b) == "grad 5"
    b.grad = None
    e.backward()
    assert shown(b) == "grad 5"


def test_two_sweeps_are_named_by_check():
    e = colah()
    assert (
        str(e.check(b=10)) == "b: 10 is twice ∂e/∂b: two backward passes without zero_grad() between them add up, "
        "or a 2 is one too many"
    )
    x = Value(3.0, "x")
    y, z = 2 * x, 5 * x
    y.label, z.label = "y", "z"
    y.backward()
    z.backward()
    assert not z.check(x=7)
    assert str(z.check(x=7)) == "x: 7 is 2 + ∂z/∂x: x.grad was 2 before this backward pass, and zero_grad() comes first"


# Of another root -------------------------------------------------------------------------------------------------------


def test_a_gradient_of_another_root_is_named_if_the_caller_has_it():
    x = Value(3.0)
    y = x * 2
    z = x * 5
    y.backward()
    assert adjoints(z) == {"x": "2 (∂y/∂x)", "z": ""}
    z.backward()
    assert adjoints(z) == {"x": "5 (grad 7: 2 from before + 5)", "z": "1"}
    assert adjoints(y) == {"x": "5 (∂z/∂x)", "y": "1"}


def test_a_gradient_of_a_root_that_is_gone_is_left_out():
    x = Value(3.0, "x")
    z = x * 5
    z.label = "z"
    (x * 2).backward()
    assert adjoints(z) == {"x": "", "z": ""}
    assert x.grad == 2.0


def test_an_inner_value_shows_its_own_derivatives_only_after_its_own_sweep():
    e = colah()
    c = e.tape()[2]
    e.backward()
    assert adjoints(c) == {"a": "2 (∂e/∂a)", "b": "5 (∂e/∂b)", "c": "2 (∂e/∂c)"}
    c.zero_grad()
    c.backward()
    assert adjoints(c) == {"a": "1", "b": "1", "c": "1"}
    assert adjoints(e)["c"] != "1"


def test_the_cell_that_breaks_tanh_up_shows_its_own_gradient():
    x1, w1, b = Value(2.0, "x1"), Value(-3.0, "w1"), Value(6.8813735870195432, "b")
    n = x1 * w1 + b
    o = n.tanh()
    o.backward()
    e = (2 * n).exp()
    o = (e - 1) / (e + 1)
    o.label = "o"
    o.backward()
    t = n.tanh().data
    assert x1.grad == pytest.approx(2 * -3 * (1 - t * t))
    assert (
        adjoints(o)["x1"]
        == f"{w1.data * (1 - t * t):.4g} (grad {x1.grad:.4g}: {x1.grad / 2:.4g} from before + ({x1.grad / 2:.4g}))"
    )


def test_a_root_of_the_same_name_is_named_by_its_variable_or_not_at_all():
    x = Value(3.0, "x")
    first, second = 2 * x, 5 * x
    first.label = second.label = "L"
    first.backward()
    assert adjoints(second)["x"] == "2 (∂first/∂x)"
    roots = [first]
    del first
    assert roots[0].grad == 1.0
    assert adjoints(second)["x"] == ""


def test_several_roots_show_what_the_last_sweep_of_one_of_them_has_made():
    x = Value(3.0, "x")
    y, z = 2 * x, 5 * x
    y.label, z.label = "y", "z"
    z.backward()
    both = str(tape(y, z))
    assert "│ 5" in both
    assert Grads(tape(y, z).nodes, (y, z)).held[x].adjoint == 5.0


# By hand ---------------------------------------------------------------------------------------------------------------


def test_a_gradient_set_by_hand_is_shown_and_marked():
    e = colah()
    c = e.tape()[2]
    e.backward()
    c.grad = 100
    assert shown(c) == "grad 100 (set by hand)"
    assert adjoints(e)["c"] == "100 (set by hand)"
    assert adjoints(e)["b"] == "3 + 2 = 5"  # the sweep's, which c has not changed
    assert adjoints(e)["a"] == "2"


def test_the_sweep_by_hand_of_the_lecture():
    x, w, b = Value(2.0, "x"), Value(-3.0, "w"), Value(6.5, "b")
    u = x * w
    n = u + b
    o = n.tanh()
    o.grad = 1.0
    for node in (o, n, u):
        node._backward()
    slope = 1 - 0.46211715726000973**2  # tanh(0.5)
    assert (w.grad, x.grad, b.grad) == pytest.approx((2 * slope, -3 * slope, slope), abs=1e-15)
    assert shown(b) == "grad 0.7864 (set by hand)"
    b._backward()  # a leaf has no parents to pass anything on to
    with pytest.raises(AttributeError, match=r'is made by operation\("name", lambda x: …\)'):
        o._backward = lambda: None


def test_an_accumulated_gradient_is_recognised_before_a_missing_path_is():
    a, b = Value(-2.0, "a"), Value(3.0, "b")
    d, e = a * b, a + b
    f = d * e
    f.label = "f"
    f.backward()
    f.backward()
    assert a.grad == -6.0
    assert "two backward()" in str(f.check(a=a.grad))


def test_forward_takes_the_gradients_of_the_old_values_off_the_table():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    y.backward()
    x.data = 5
    y.forward()
    assert adjoints(y) == {"x": "", "y": ""}


# Cursors ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", range(5))
def test_backward_in_mid_sweep_starts_from_what_was_before_the_cursor(count):
    e = colah()
    a, b = e.tape()[:2]
    e.steps().step(count)
    e.backward()
    assert (a.grad, b.grad) == (2.0, 5.0)
    assert shown(b) == "grad 5"


@pytest.mark.parametrize("count", range(5))
def test_what_leaves_had_before_a_cursor_counts(count):
    e = colah()
    b = e.tape()[1]
    e.backward()
    e.steps().step(count)
    e.backward()
    assert b.grad == 10.0
    assert shown(b) == "grad 10: 5 from before + 5"


def test_a_finished_cursor_leaves_the_gradient_to_which_backward_adds():
    e = colah()
    b = e.tape()[1]
    steps = e.steps()
    steps.run()
    assert shown(b) == "grad 5"
    steps.back()
    assert shown(b) == "grad 3 (steps under way)"
    steps.step()
    e.backward()
    assert shown(b) == "grad 10: 5 from before + 5"


def test_the_sweep_of_another_root_does_not_add_to_a_cursor_either():
    x = Value(3.0, "x")
    y = x * 2 + x
    z = x * 5
    y.steps().step(2)
    z.backward()
    assert x.grad == 5.0


def test_zero_grad_in_mid_sweep_forgets_what_was_before():
    e = colah()
    b = e.tape()[1]
    e.backward()
    e.steps().step(3)
    e.zero_grad()
    e.backward()
    assert b.grad == 5.0


def test_a_sweep_that_fails_leaves_grads_and_whose_they_are():
    x = Value(4.0, "x")
    y = x.sqrt()
    y.label = "y"
    y.backward()
    zero = Value(0.0, "zero")
    bad = zero.sqrt() + y
    with pytest.raises(NonFiniteError):
        bad.backward()
    assert x.grad == 0.25
    assert adjoints(y) == {"x": "0.25", "y": "1"}
    assert shown(zero) == "grad not computed"


def test_a_cursor_takes_what_another_has_not_reached():
    x = Value(3.0, "x")
    y, z = 2 * x, 5 * x
    y.label, z.label = "y", "z"
    one, other = y.steps(), z.steps()
    one.goto(0)
    other.goto(0)
    one.step()
    assert x.grad == 2.0
    assert adjoints(z) == {"x": "2 (∂y/∂x)", "z": "1"}
    assert adjoints(y) == {"x": "2", "y": "1"}
    with pytest.raises(StaleGraphError, match="the grad of x was changed by something else"):
        other.step()


@pytest.mark.parametrize("by_hand", [None, 3.0])
def test_a_cursor_takes_nothing_back_through_a_grad_that_was_set_by_hand(by_hand):
    x, y = Value(-2.0, "x"), Value(1.0, "y")
    double = x + x
    double.label = "double"
    steps = (y + double).steps(wrt=[x])
    steps.goto(len(steps) - 1)
    double.grad = by_hand
    with pytest.raises(StaleGraphError, match="the grad of double was changed by something else"):
        steps.goto(0)
    assert (x.grad, double.has_grad) == (2.0, by_hand is not None)


def test_a_second_cursor_that_wrote_the_same_seed_stops_the_first():
    e = colah()
    one, other = e.steps(), e.steps()
    one.goto(0)
    other.goto(0)
    with pytest.raises(StaleGraphError, match="the grad of e was changed by something else"):
        one.run()


def test_a_gradient_set_to_none_under_a_cursor_has_nothing_from_before():
    e = colah()
    a, b = e.tape()[:2]
    e.backward()
    steps = e.steps()
    steps.reset()
    a.grad = b.grad = None
    steps.step(3)
    assert shown(b) == "grad 3 (steps under way)"
    e.backward()
    assert (shown(a), shown(b)) == ("grad 2", "grad 5")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_a_copy_in_mid_sweep_stays_there(copied):
    e = colah()
    e.backward()
    steps = e.steps()
    steps.step(3)
    twin = copied(copied(e))
    steps.run()
    assert shown(twin.tape()[1]) == "grad 3 (steps under way)"
    assert adjoints(twin)["b"] == "3 + …"
    twin.backward()
    assert shown(twin.tape()[1]) == "grad 10: 5 from before + 5"


def test_a_backward_pass_over_one_copy_in_mid_sweep_leaves_the_others_there():
    e = colah()
    e.backward()
    e.steps().step(3)
    one, other = copy.deepcopy(e), copy.deepcopy(e)
    one.backward()
    assert shown(other.tape()[1]) == "grad 3 (steps under way)"
    other.backward()
    assert [twin.tape()[1].grad for twin in (one, other)] == [10.0, 10.0]


def test_a_copy_of_a_finished_sweep_stays_finished():
    e = colah()
    steps = e.steps()
    steps.run()
    twin = copy.deepcopy(e)
    steps.back()
    assert shown(twin.tape()[1]) == "grad 5"
    twin.backward()
    assert shown(twin.tape()[1]) == "grad 10: 5 from before + 5"
    steps.step()
    assert shown(e.tape()[1]) == "grad 5"


def test_a_pickle_from_the_middle_of_a_sweep_is_in_the_middle_elsewhere(tmp_path):
    e = colah()
    e.backward()
    e.steps().step(3)
    (tmp_path / "e").write_bytes(pickle.dumps(e))
    code = "import pickle, sys\ne = pickle.load(open(sys.argv[1], 'rb'))\nb = e.tape()[1]\nprint(b)\ne.backward()\nprint(b)"
    run = [sys.executable, "-X", "utf8", "-c", code, str(tmp_path / "e")]
    out = subprocess.run(run, capture_output=True, encoding="utf-8", check=True).stdout
    assert out.splitlines() == ["<Value b = 1, grad 3 (steps under way)>", "<Value b = 1, grad 10: 5 from before + 5>"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_what_a_forked_process_has_swept_is_not_named_after_a_root_of_this_one():
    code = """
import os, pickle
from chalkgrad.engine import Value
x, (back, there) = Value(3.0, "x"), os.pipe()
child = os.fork()
if not child:
    u = Value(4.0, "u")
    (7 * u).backward()
    os.write(there, pickle.dumps(u))
    os._exit(0)
os.waitpid(child, 0)
y = 2 * x
y.backward()
k = 3 * pickle.loads(os.read(back, 9999))
print(k.tape()[0], str(k.tape()).splitlines()[2].split("│")[-1].strip())
"""
    run = [sys.executable, "-X", "utf8", "-c", code]
    assert subprocess.run(run, capture_output=True, encoding="utf-8", check=True).stdout == "<Value u = 4, grad 7> \n"


def test_a_constant_in_mid_sweep_forgets_what_was_before():
    e = colah()
    b = e.tape()[1]
    e.backward()
    e.steps().step(3)
    b.constant = True
    b.constant = False
    e.backward()
    assert shown(b) == "grad 5"


def test_a_grad_set_by_hand_in_mid_sweep_leaves_the_others_incomplete():
    e = colah()
    a, b = e.tape()[:2]
    e.steps().step(3)
    a.grad = 7
    assert adjoints(e) == {"a": "7 (set by hand)", "b": "3 + …", "c": "2", "d": "3", "e": "1"}
    assert b.grad == 3.0


# Not computed ----------------------------------------------------------------------------------------------------------


def test_a_gradient_that_is_not_computed_says_so():
    x = Value(1.0)
    assert x.grad == 0.0
    assert isinstance(x.grad, float)
    assert repr(x.grad) == str(x.grad) == "0.0 (not computed: call backward() on the result first)"
    assert f"{x.grad:.4f}" == "0.0000"
    assert f"{x.grad}" == str(x.grad)
    assert pickle.loads(pickle.dumps(x.grad)) == 0.0
    assert type(pickle.loads(pickle.dumps(x.grad))) is float


def test_sums_with_it_are_silent_and_products_are_not():
    x = Value(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (x.grad + 1.0, 1.0 + x.grad, x.grad - 1.0, 1.0 - x.grad, -x.grad) == (1.0, 1.0, -1.0, 1.0, 0.0)
        x.grad += 2.0
    assert x.grad == 2.0
    assert type(x.grad) is float
    x.grad = None
    for product in (lambda: 0.1 * x.grad, lambda: x.grad * 2, lambda: x.grad / 2):
        with pytest.warns(GradientWarning, match=r"not computed reads 0\.0 here: call backward\(\)"):
            assert product() == 0.0


def test_a_step_after_zero_grad_is_told_the_order():
    w = Value(0.0, "w")
    ((2 * w - 4) ** 2).backward()
    w.zero_grad()
    with pytest.warns(GradientWarning, match=r"call backward\(\) on the result first, and zero_grad\(\) before it$"):
        w.data -= 0.1 * w.grad
    assert w.data == 0.0


def test_numpy_on_the_left_is_told_too():
    numpy = pytest.importorskip("numpy")
    with pytest.warns(GradientWarning):
        assert numpy.float64(0.1) * Value(1.0).grad == 0.0


def test_a_line_is_told_once():
    parameters = [Value(float(i)) for i in range(5)]
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for p in parameters:
            p.data -= 0.1 * p.grad
        for p in parameters:
            p.data -= 0.2 * p.grad
    assert [(w.category, w.filename) for w in found] == [(GradientWarning, __file__)] * 2
    assert found[1].lineno - found[0].lineno == 2


def test_assigning_it_computes_nothing():
    x, y = Value(1.0), Value(2.0)
    x.grad = y.grad
    assert not x.has_grad


# Nothing to go back through --------------------------------------------------------------------------------------------


def test_backward_of_a_leaf_warns():
    x = Value(2.0, "x")
    with pytest.warns(GradientWarning, match="x is a leaf, so there is nothing to go back through"):
        x.backward()
    assert x.grad == 1.0


def test_backward_of_a_value_made_under_no_grad_raises():
    x = Value(2.0, "x")
    with no_grad():
        loss = (x - 5) ** 2
    loss.label = "loss"
    for act in (loss.backward, loss.steps, lambda: copy.deepcopy(loss).backward(), pickle.loads(pickle.dumps(loss)).backward):
        with pytest.raises(RuntimeError, match=r"^loss was computed under no_grad\(\)"):
            act()
    assert not x.has_grad
    (2 * loss).backward()  # as a leaf of another graph it is like any other
    assert loss.grad == 2.0


# Upstream --------------------------------------------------------------------------------------------------------------


def test_an_upstream_gradient_seeds_sweep_steps_table_and_chain_rule():
    e = colah()
    nodes = list(e.tape())
    beyond = 3 * e
    beyond.backward()
    right = [node.grad for node in nodes]
    e.zero_grad()
    e.backward(3)
    assert [node.grad for node in nodes] == right
    table = e.tape().table(notation="d")
    assert str(table).splitlines()[0].endswith("│ dJ/dv")
    e.zero_grad()
    steps = e.steps(upstream=3.0)
    assert str(steps[0]) == "seed  e.grad = ∂J/∂e = 3, given: J is what e goes on into"
    assert "b.grad += ∂J/∂c · ∂c/∂b = 6 · 1 = 6" in str(steps[-1])
    steps.run()
    assert [node.grad for node in nodes] == right
    assert chain_rule(e, nodes[1], upstream=3.0).value == right[1]
    assert str(chain_rule(e, nodes[1], upstream=3.0)).startswith("∂J/∂b = ∂J/∂e · ")
    updates = str(e.tape().table(every_update=True, upstream=3.0))
    assert "∂J/∂e · ∂e/∂c = 3 · 2 = 6" in updates


def test_an_upstream_gradient_is_told_from_what_was_before():
    e = colah()
    b = e.tape()[1]
    e.backward(3)
    e.backward()
    assert shown(b) == "grad 20: 15 from before + 5"
    assert adjoints(e)["b"] == "3 + 2 = 5 (grad 20: 15 from before + 5)"


def test_the_letter_of_what_is_beyond_is_free():
    j = Value(2.0, "J")
    y = j * j
    y.label = "y"
    assert "∂J1/∂y = 2" in str(y.steps(upstream=2.0)[0])


@pytest.mark.parametrize("wrong", ["3", None, float("nan")])
def test_an_upstream_gradient_is_a_number(wrong):
    e = colah()
    with pytest.raises((TypeError, ValueError), match="an upstream gradient needs a"):
        e.backward(wrong)
    assert not e.has_grad


def test_a_table_refuses_an_upstream_gradient_that_it_has_no_sweep_for():
    with pytest.raises(ValueError, match="upstream is for a backward pass that the table does"):
        colah().tape().table(upstream=2.0)


# Leaves that are rebound -----------------------------------------------------------------------------------------------


def test_a_leaf_that_is_rebound_is_told_once():
    w = Value(1.0)
    loss = w * w
    loss.backward()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):
            w -= 0.1 * 2.0
    assert [str(one.message) for one in found] == [
        "w was a leaf and is now computed, a new Value: write w.data -= … to change its number"
    ]


def test_a_line_that_rebinds_many_leaves_is_told_once():
    w, b = Value(1.0, "w"), Value(2.0, "b")
    loss = w * b
    loss.backward()
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for p in [w, b]:
            p -= 0.1 * p.grad
    assert [str(one.message) for one in found] == [
        "w was a leaf and is now computed, a new Value: write w.data -= … to change its number"
    ]


def test_a_leaf_that_another_variable_still_has_is_not_told():
    a = Value(2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        v = a
        v += 1
    assert (a.data, v.data) == (2.0, 3.0)


def test_a_sum_that_starts_with_a_leaf_is_not_told():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        total = Value(0.0)
        for x in (Value(1.0), Value(2.0)):
            total += x * x
        total -= 1
        total += 2.0
    assert total.data == 6.0


# Copies and memory -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies_know_whose_gradients_they_have(copied):
    e = colah()
    e.backward()
    e.backward()
    assert adjoints(copied(e)) == adjoints(e)
    assert [node.grad for node in copied(e).tape()] == [node.grad for node in e.tape()]


def test_of_several_swept_roots_each_adjoint_says_whose_it_is():
    h = Value(2.0, "h")
    y1, y2 = h * 2, h * 3
    y1.label, y2.label = "y1", "y2"
    y1.backward()
    y2.backward()
    cells = [line.split("│")[-1].strip() for line in str(tape(y1, y2)).splitlines()[2:]]
    assert cells == ["3 (∂y2/∂h) (grad 5: 2 from before + 3)", "1 (∂y1/∂y1)", "1 (∂y2/∂y2)"]


def test_of_several_roots_each_adjoint_says_whose_it_is_and_which_have_come():
    e = colah()
    c = e.tape()[2]
    e.backward()
    cells = [line.split("│")[-1].strip() for line in str(tape(c, e)).splitlines()[2:]]
    assert cells[1] == "3 + 2 = 5 (∂e/∂b)"
    e.steps().step(3)
    cells = [line.split("│")[-1].strip() for line in str(tape(c, e)).splitlines()[2:]]
    assert cells[1].startswith("3 + …")


def test_a_gradient_from_upstream_is_not_shown_as_the_roots_own():
    x = Value(3.0)
    y, z = 0.5 * x, 5 * x
    z.backward(3.0)
    assert adjoints(y) == {"x": "", "y": ""}  # 15 is not ∂z/∂x
    assert "15 (∂J/∂x)" in str(tape(y, z))
    assert str(z.check(x=15)) == "x: 15 is 3 · ∂z/∂x: backward(3) began with a gradient from upstream"


def test_values_made_under_no_grad_are_refused_by_all_that_goes_back():
    v = Value(2.0, "v")
    with no_grad():
        q = v * 3
    for use in (lambda: gradient(q, v), lambda: hessian(q, v), lambda: chain_rule(q, v), lambda: nudge(q, v)):
        with pytest.raises(RuntimeError, match=r"q was computed under no_grad\(\)"):
            use()
    assert gradient(q, q) == 1.0


def test_names_of_attributes_are_refused_beside_values():
    with pytest.raises(TypeError, match="data='number' is for nodes of another engine"):
        tape(Value(1.0), data="number")
    with pytest.raises(TypeError, match="was asked for of Step"):
        tape(colah().steps()[1])
