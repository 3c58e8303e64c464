"""Derivatives as numbers in graphs: a sweep that misses what they depend on says so, and no other does.

All tests run with warnings as errors, so where none is expected there is none.
"""

import copy
import gc
import json
import math
import operator
import pickle
import warnings
from fractions import Fraction

import numpy as np
import pytest
from chalkgrad.engine import (
    GradientWarning,
    Value,
    chain_rule,
    exp,
    gradcheck,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    program,
    recording,
    sin,
    total,
    vjp,
)
from chalkgrad.engine.basics.detached import Detached
from chalkgrad.nn import MLP

LACKS = r"{} has {} as a plain number, but this comes from a derivative that depends on {}: "
BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow]


def derivative_of_a_cube():
    """A leaf, its cube, and the derivative of that, 27."""
    w = Value(3.0, "w")
    y = w**3
    y.label = "y"
    return w, y, gradient(y, w)


def lost(node="e = y + 729", number="729", leaves="w"):
    return pytest.warns(GradientWarning, match=LACKS.format(*(text.replace("+", r"\+") for text in (node, number, leaves))))


# Said ----------------------------------------------------------------------------------------------------------------


def test_a_loss_with_the_derivative_of_a_model_as_a_number():
    model = MLP(1, [4, 1], "tanh", seed=3)
    ux = gradient(lambda x: model([x]))(0.3)
    loss = (ux - 1) ** 2 + model([0.0]) ** 2
    with pytest.warns(GradientWarning) as found:
        loss.backward()
    assert len(found) == 1
    text = str(found[0].message)
    assert text.startswith("loss = 0.6625 + ")
    assert "has 0.6625 as a plain number, but this comes from a derivative that depends on w1, b and 11 more: " in text
    assert text.endswith(
        "their gradients lack what goes through it; gradient(…, create_graph=True) keeps that, "
        "float(…) says that a number is meant"
    )
    assert found[0].filename == __file__


def test_the_derivative_of_a_graph_as_a_number():
    w, y, g = derivative_of_a_cube()
    e = y + g**2
    with lost() as found:
        e.backward()
    assert "the gradient of w lacks what goes through it" in str(found[0].message)
    assert w.grad == 27.0  # as before; 27 + 2·27·18 would be right
    kept = y + gradient(y, w, create_graph=True) ** 2
    assert gradient(kept, w) == 27.0 + 2 * 27 * 18


DERIVATIVES = {
    "gradient": lambda w, f: gradient(f)(2.0),
    "gradient of a list": lambda w, f: gradient(lambda x: f(x[0]))([2.0])[0],
    "jacobian": lambda w, f: jacobian(lambda x: [f(x), x])(2.0)[0][0],
    "hessian": lambda w, f: hessian(f)(2.0)[0][0],
    "hvp": lambda w, f: hvp(f)(2.0, v=1.0),
    "jvp": lambda w, f: jvp(f)(2.0, v=1.0),
    "vjp": lambda w, f: vjp(f)(2.0, u=1.0),
    "gradient of a graph": lambda w, f: gradient(f(2.0), [w])[0],
    "jacobian of a graph": lambda w, f: jacobian(f(2.0), w).tolist()[0][0],
    "hessian of a graph": lambda w, f: hessian(f(2.0), [w])[0][0],
    "hvp of a graph": lambda w, f: hvp(f(2.0), w, 1.0),
    "jvp of a graph": lambda w, f: jvp([f(2.0)], [w], [1.0])[0],
    "vjp of a graph": lambda w, f: vjp(f(2.0), w, 1.0),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_every_derivative_knows_the_leaves(name):
    w = Value(3.0, "w")
    g = DERIVATIVES[name](w, lambda x: exp(w * x * x))
    loss = w * g
    with pytest.warns(GradientWarning, match=rf"depends on w: .*; {name.split()[0]}\(…, create_graph=True\) keeps that"):
        loss.backward()


SWEEPS = {
    "backward": lambda e, w: e.backward(),
    "gradient": lambda e, w: gradient(e, w),
    "gradient with a graph": lambda e, w: gradient(e, w, create_graph=True),
    "jacobian": lambda e, w: jacobian([e], [w]),
    "hessian": lambda e, w: hessian(e, [w]),
    "jvp": lambda e, w: jvp([e], [w], [1.0]),
    "vjp": lambda e, w: vjp([e], [w], [1.0]),
    "hvp": lambda e, w: hvp(e, [w], [1.0]),
    "steps": lambda e, w: e.steps(),
    "steps to it": lambda e, w: e.steps(wrt=[w]),
    "check": lambda e, w: e.check(w=27),
    "tangents": lambda e, w: e.tape().tangents(w),
    "the chain rule": lambda e, w: chain_rule(e, w),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_every_sweep_says_it(name):
    w, y, g = derivative_of_a_cube()
    e = y + g**2
    with lost():
        SWEEPS[name](e, w)


def test_as_an_error_it_comes_before_anything_is_changed():
    w, y, g = derivative_of_a_cube()
    with pytest.raises(GradientWarning):
        (y + g).backward()
    assert not w.has_grad


def test_a_leaf_that_is_nowhere_else_on_the_tape_is_wanted_too():
    w, _, g = derivative_of_a_cube()
    z = Value(2.0, "z")
    e = z * g
    with lost("e = z·27", "27"):
        assert gradient(e, [z, w]) == [27.0, 0.0]
    e.backward()  # which has no grad to give to w


def test_a_line_says_it_once():
    _, y, g = derivative_of_a_cube()
    e = y + g
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):
            e.backward()
    assert [w.category for w in found] == [GradientWarning]


def test_it_goes_on_through_derivatives_of_what_contains_it():
    """d/dx of x²·g is 2·x·g, which depends on w by way of g alone."""
    w, y, g = derivative_of_a_cube()
    h = gradient(lambda x: x * x * g)(2.0)
    e = y + h
    with lost("e = y + 108", "108"):
        e.backward()
    with lost("e = y + 108", "108"):
        gradient(e, w)


def test_few_leaves_are_all_named_and_of_many_two():
    def message(count):
        xs = [Value(1.0 + i, f"x{i}") for i in range(1, count + 1)]
        y = total([x * x for x in xs])
        loss = y * gradient(y, xs[0])
        with pytest.warns(GradientWarning) as found:
            loss.backward()
        return str(found[0].message)

    assert "depends on x1 and x2: their" in message(2)
    assert "depends on x1, x2 and x3: their" in message(3)
    assert "depends on x1, x2 and 2 more: their" in message(4)


def test_it_stays_through_forward_copies_of_the_graph_and_programs():
    w, y, g = derivative_of_a_cube()
    e = y * g + g**2 + (g * w).tanh()
    assert [x for node in e.tape() for x in node.arguments if type(x) is Detached] == [27.0, 729.0, 27.0]
    assert program(e).compile()(2.0) == (8 * 27.0 + 729 + math.tanh(54.0), (12 * 27.0 + 27 * (1 - math.tanh(54.0) ** 2),))
    assert "27.0" in program(e).source()
    twin = copy.deepcopy(e)
    again = pickle.loads(pickle.dumps(e))
    for root in (e, twin, again):
        leaf = root.tape()[0]
        leaf.data = 2.0
        root.forward()
        assert root.data == 8 * 27.0 + 729 + math.tanh(54.0)
        assert {type(node.data) for node in root.tape()} == {float}
        assert {type(d) for node in root.tape() for d in node.partials} == {float}
        root.backward()
        assert leaf.grad == 12 * 27.0
    assert w.data == 2.0


# Not said ------------------------------------------------------------------------------------------------------------


def test_a_number_that_is_meant():
    w, y, g = derivative_of_a_cube()
    (y + float(g)).backward()
    assert gradient(y + float(g) ** 2, w) == 27.0
    with no_grad():
        h = gradient(y, w)
        matrix = hessian(y, [w])
    assert type(h) is type(matrix[0][0]) is float
    (y + h).backward()
    (y + math.sqrt(g)).backward()
    (y + np.sqrt(g)).backward()


def test_updates_showing_and_comparing():
    w, y, g = derivative_of_a_cube()
    assert f"{g:.1f} {g} {[g]}" == "27.0 27.0 [27.0]"
    assert g > 0
    assert max(g, 0) == 27.0
    w.data -= 0.1 * g
    w.grad = g
    assert (type(w.data), type(w.grad)) == (float, float)
    y.forward()
    y.backward(g)
    v = Value(g)
    assert type(v.data) is float
    (v * w).backward()


def test_an_attack_on_the_input_moves_it_and_starts_a_new_graph():
    """The fast gradient sign method: the sweep of the new loss has the weight, but the sign depends on nothing."""
    w, x = Value(2.0, "w"), Value(0.5, "x")
    g = gradient((w * x).tanh(), x)
    for moved in (x.data + 0.1 * math.copysign(1, g), x.data + 0.1 * ((g > 0) - (g < 0)), x.data + 0.1 * np.sign(g)):
        (w * moved).tanh().backward()
    z = Value(x.data + 0.1 * g, "z")
    (w * z).tanh().backward()


def test_sweeps_that_do_not_concern_the_leaves():
    w, y, g = derivative_of_a_cube()
    z = Value(2.0, "z")
    (z * g).backward()
    assert gradient(y + z * g, z) == 27.0
    assert gradient(lambda x: x * g)(2.0) == 27.0
    (y + z * g).steps(wrt=[z])
    frozen = y + z * g
    w.constant = True
    frozen.backward()


def test_a_chain_of_values_by_descent_is_differentiated_by_its_last():
    """Each w is new: the derivative by it is right, whatever the steps before it depend on."""
    w = Value(3.0, "w")
    for _ in range(3):
        w = w - 0.1 * gradient((w - 1) ** 2, w)
    assert w.data == pytest.approx(1 + 2 * 0.8**3)


def test_a_derivative_of_the_past_is_a_number():
    """The leaf has been assigned since: the derivative at its old value does not change with it."""
    w, y, g = derivative_of_a_cube()
    w.data = 2.0
    y.forward()
    (y + g).backward()
    assert w.grad == 12.0
    (y + gradient(lambda x: x * x * g)(1.0)).backward()
    assert w.grad == 24.0


def test_derivatives_that_depend_on_nothing():
    w = Value(3.0, "w")
    c = Value(2.0, "c", constant=True)
    for y in (2 * w + 1, w / 4 - w, total([w, w * 3]), -w + c):
        (y * gradient(y, w)).backward()
    assert type(gradient(lambda x: x**3)(2.0)) is float
    assert type(hessian(lambda x: x**3)(2.0)[0][0]) is float
    (w * gradient(lambda x: c * x * x)(2.0)).backward()


def test_values_inside_a_running_derivative_and_with_create_graph():
    w = Value(3.0, "w")
    u = lambda x: exp(w * x)  # noqa: E731 - a formula
    (gradient(u, create_graph=True)(0.3) * w).backward()
    assert gradient(lambda x: x * gradient(lambda y: x * y)(2.0))(1.0) == 2.0
    assert gradcheck(lambda x: x * gradient(lambda y: sin(x * y))(0.3), 2.0)


# A float -------------------------------------------------------------------------------------------------------------


def test_it_shows_and_behaves_as_the_float():
    _, _, g = derivative_of_a_cube()
    assert isinstance(g, float)
    assert (repr(g), str(g), f"{g:>8.2f}", f"{g}", json.dumps([g])) == ("27.0", "27.0", "   27.00", "27.0", "[27.0]")
    assert (hash(g), g, {g: 1}[27.0], {27.0} & {g}) == (hash(27.0), 27.0, 1, {27.0})
    for plain in (
        float(g),
        pickle.loads(pickle.dumps(g)),
        copy.copy(g),
        copy.deepcopy([g])[0],
        round(g, 1),
        g.real,
        math.exp(g),
    ):
        assert type(plain) is float
    w, y, _ = derivative_of_a_cube()
    matrix = hessian(y, [w])
    assert [type(m[0][0]) for m in (matrix, pickle.loads(pickle.dumps(matrix)))] == [Detached, float]
    assert pickle.loads(pickle.dumps(matrix)) == matrix == [[18.0]]
    assert type(round(g)) is int
    assert type(g)(2) + 1 == 3.0


@pytest.mark.parametrize("operation", BINARY)
@pytest.mark.parametrize("other", [2, 2.5, True, -3.0])
def test_arithmetic_of_numbers_keeps_the_leaves_and_has_the_same_result(operation, other):
    w, _, g = derivative_of_a_cube()
    for found, plain in ((operation(g, other), operation(27.0, other)), (operation(other, g), operation(other, 27.0))):
        assert found == plain
        assert [x for origin in found.origins for x in origin.leaves] == [w]
    for sign in (operator.neg, operator.pos, abs):
        assert sign(-g) == sign(-27.0)
        assert sign(-g).origins == g.origins


def test_arithmetic_with_other_kinds_is_as_with_the_float():
    _, _, g = derivative_of_a_cube()
    assert g * Fraction(1, 3) == Fraction(1, 3) * g == 9.0
    assert g * 1j == 27j
    assert (-g) ** 0.5 == (-27.0) ** 0.5
    assert divmod(g, 4) == (6.0, 3.0)
    assert sum([g, g]) == 54.0
    with pytest.raises(TypeError, match="unsupported operand"):
        g + "1"
    with pytest.raises(ZeroDivisionError):
        g / 0


def test_numpy_sees_the_float():
    _, _, g = derivative_of_a_cube()
    array = np.array([1.0, 2.0])
    for found, plain in ((array * g, array * 27.0), (g - array, 27.0 - array), (np.array([g, g]), np.array([27.0, 27.0]))):
        assert (found.dtype, found.tolist()) == (float, plain.tolist())
    array += g
    assert array.tolist() == [28.0, 29.0]
    assert type(np.exp(g)) is type(np.sign(g)) is type(np.mean([g, g])) is np.float64
    assert np.isclose(g, 27.0)
    single = type(np.float32(2) * 27.0)  # float64 before NumPy 2, and of that a Detached as of any float64
    assert type(np.float32(2) * g) is (single if single is np.float32 else type(np.float64(2) * g))
    for operation in BINARY:
        assert operation(np.float64(2.5), g) == operation(2.5, 27.0)
        assert operation(np.float64(2.5), g).origins == operation(g, np.float64(2.5)).origins == g.origins
    assert (np.float64(27.0) == g, np.float64(2.0) < g) == (True, True)


def test_two_derivatives_are_joined_and_a_long_sum_keeps_only_the_last():
    leaves = [Value(1.0 + i, f"x{i}") for i in range(20)]
    slopes = [gradient(x * x, x) for x in leaves]
    assert [x for origin in (slopes[0] * slopes[1]).origins for x in origin.leaves] == leaves[:2]
    again = gradient(leaves[0] ** 2, leaves[0])
    assert len((slopes[0] + again).origins) == 2  # by identity: long lists of leaves are not compared
    assert (slopes[0] + slopes[0] * 2).origins == slopes[0].origins
    assert [x for origin in sum(slopes).origins for x in origin.leaves] == leaves[-8:]
    with recording():
        assert slopes[0] == 2.0


def test_it_holds_leaves_alone_and_no_graph():
    w = Value(0.3, "w")
    gc.collect()
    gc.disable()
    try:
        before = sum(type(x) is Value for x in gc.get_objects())
        found = gradient(lambda x: (w * x).tanh() ** 2)(2.0)
        held = [found * w]
        del held
        assert sum(type(x) is Value for x in gc.get_objects()) == before
    finally:
        gc.enable()
    assert found.origins[0].leaves == [w]
