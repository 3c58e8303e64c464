"""Programs over SymPy: its own derivative of the value equals the adjoints, for every operation that it can differentiate."""

import itertools
import pickle
import re

import numpy as np
import pytest
import sympy
from chalkgrad.engine import (
    DomainError,
    NonFiniteError,
    Value,
    affine,
    choose,
    exp,
    operation,
    program,
    sigmoid,
)
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.rules import RULES
from chalkgrad.nn import MLP

NUMBERS = [-2.3, -0.7, 0.4, 1.7, 3.1]
LENGTHS = {"total": 3, "affine": 5, "logsumexp": 3}
# SymPy leaves their derivatives open: Derivative(floor(x), x).
WITHOUT_DERIVATIVE = {"floor", "ceil", "mod", "floordiv"}


def points(rule):
    """A few points inside the domain and beside the kinks, where every local derivative is finite."""
    count = LENGTHS.get(rule.name, len(rule.arguments))
    found = []
    for numbers in itertools.permutations(NUMBERS, count):
        leaves = [Value(x) for x in numbers]
        try:
            record(rule, leaves).backward()
        except (DomainError, NonFiniteError):
            continue
        found.append(numbers)
    return [*found[:: max(1, len(found) // 2)]][:3]


def over_sympy(rule, numbers):
    leaves = [Value(x, f"x{i}") for i, x in enumerate(numbers, 1)]
    root = record(rule, leaves)
    root.backward()
    f = program(root, inputs=leaves).function(sympy)
    return root, leaves, f.symbols, *f(*f.symbols)


@pytest.mark.parametrize("name", RULES)
def test_an_operation_is_the_same_function_there_and_its_derivative_is_confirmed(name):
    for numbers in points(RULES[name]):
        root, leaves, symbols, value, adjoints = over_sympy(RULES[name], numbers)
        here = dict(zip(symbols, map(sympy.Float, numbers), strict=True))
        assert float(value.subs(here).evalf(30)) == pytest.approx(root.data, rel=1e-13)
        for symbol, adjoint, leaf in zip(symbols, adjoints, leaves, strict=True):
            ours = adjoint.subs(here).evalf(30)
            assert float(ours) == pytest.approx(float(leaf.grad), rel=1e-13, abs=1e-300)
            if name not in WITHOUT_DERIVATIVE:
                assert sympy.diff(value, symbol).subs(here).evalf(30) == pytest.approx(ours, rel=1e-14, abs=1e-25)


def test_every_operation_is_tried_at_some_point():
    assert [name for name in RULES if not points(RULES[name])] == []


@pytest.mark.parametrize("name", sorted(WITHOUT_DERIVATIVE))
def test_what_sympy_leaves_open_is_known(name):
    _, _, symbols, value, _ = over_sympy(RULES[name], points(RULES[name])[0])
    assert any(sympy.diff(value, symbol).has(sympy.Derivative) for symbol in symbols)


def test_the_lectures_example_is_confirmed_symbol_by_symbol():
    a, b = Value(2.0, "a"), Value(1.0, "b")
    e = (a + b) * (b + 1)
    f = program(e, inputs=[a, b]).function(sympy)
    a, b = f.symbols
    value, (by_a, by_b) = f(a, b)
    assert (str(value), str(by_a), str(by_b)) == ("(a + b)*(b + 1)", "b + 1", "a + 2*b + 1")
    assert sympy.simplify(sympy.diff(value, b) - by_b) == 0
    assert by_a == sympy.diff(value, a)


def test_a_network_with_several_roots_is_confirmed():
    model = MLP(2, [2, 2], "tanh", seed=1)
    xs = [Value(0.3, "x1"), Value(-0.8, "x2")]
    theta = model.parameters()
    p = program(model(xs), inputs=[theta, xs], wrt=[theta])
    f = p.function(sympy)
    values, adjoints = f(*f.symbols)
    flat = [*f.symbols[0], *f.symbols[1]]
    point = [*[w.data for w in theta], 0.3, -0.8]
    exact = sympy.lambdify(flat, [[sympy.diff(value, w) for w in f.symbols[0]] for value in values], "math")(*point)
    ours = sympy.lambdify(flat, [by_theta for (by_theta,) in adjoints], "math")(*point)
    compiled = p.compile()(point[:12], point[12:])
    for row, confirmed, (of_compiled,) in zip(ours, exact, compiled[1], strict=True):
        assert row == pytest.approx(confirmed, rel=1e-12, abs=1e-15)
        assert row == pytest.approx(of_compiled, rel=1e-12, abs=1e-15)


def test_a_node_that_is_used_several_times_gets_the_sum_over_its_paths():
    x = Value(0.5, "x")
    u = x * x
    f = program(u * exp(u) + u / x, inputs=[x]).function(sympy)
    (x,) = f.symbols
    value, (by_x,) = f(x)
    assert sympy.simplify(sympy.diff(value, x) - by_x) == 0


def test_an_operation_of_ones_own_has_its_choices_as_piecewise():
    ramp = operation("ramp", lambda x, k: choose(x > k, x * k, choose((x < 0) & (k > 0), -x, 0)))
    x, k = Value(0.5, "x"), Value(2.0, "k")
    f = program(ramp(x, k), inputs=[x, k]).function(sympy)
    x, k = f.symbols
    value, (by_x, _) = f(x, k)
    assert value == sympy.Piecewise((k * x, x > k), (-x, (x < 0) & (k > 0)), (0, True))
    for at in ({x: 3, k: 2}, {x: -1, k: 2}, {x: 1, k: 2}):
        assert sympy.diff(value, x).subs(at) == by_x.subs(at)


def test_a_choice_that_numbers_decide_leaves_no_piecewise():
    x = Value(0.5, "x")
    f = program(x**3 + x.leaky_relu(0.1), inputs=[x]).function(sympy)
    value, (by_x,) = f(sympy.Integer(2))
    assert (value, by_x) == (10, 13)
    assert program(x**3, inputs=[x]).function(sympy)(f.symbols[0])[1][0] == 3 * f.symbols[0] ** 2


def test_numbers_keep_all_their_digits():
    x = Value(2.0, "x")
    f = program(x * 0.1 + 1e300 + 3, inputs=[x], wrt=[]).function(sympy)
    assert f(0)[0] == sympy.Float(1e300) + 3
    (x_there,) = f.symbols
    assert program(x * 0.1, inputs=[x]).function(sympy)(x_there)[1][0] == sympy.Float(0.1)


def test_frozen_leaves_have_0_and_so_have_roots_that_do_not_depend_on_a_leaf():
    x, k = Value(2.0, "x"), Value(3.0, "k", constant=True)
    f = program([sigmoid(x * k), k * 2], inputs=[x, k]).function(sympy)
    values, (of_sigmoid, of_double) = f(*f.symbols)
    assert of_sigmoid[1] == 0
    assert of_double == (0, 0)
    assert sympy.simplify(of_sigmoid[0] - sympy.diff(values[0], f.symbols[0])) == 0


def test_two_leaves_of_one_name_are_two_symbols():
    one, two = Value(2.0, "x"), Value(3.0, "x")
    f = program(one * two, inputs=[[one, two]]).function(sympy)
    (symbols,) = f.symbols
    assert len(set(symbols)) == 2
    assert f(symbols)[1][0] == [symbols[1], symbols[0]]


def test_the_value_alone_and_constant_roots():
    x = Value(2.0, "x")
    p = program([x * x, Value(3.0, "c")], inputs=[x])
    f = p.function(sympy, adjoints=False)
    assert f(f.symbols[0]) == (f.symbols[0] ** 2, 3)
    assert p.function(sympy)(f.symbols[0])[1] == ((2 * f.symbols[0],), (0,))


def test_a_copy_computes_the_same():
    x = Value(2.0, "x")
    f = program(x * x, inputs=[x]).function(sympy)
    again = pickle.loads(pickle.dumps(f))
    assert again.symbols == f.symbols
    assert again(*again.symbols) == f(*f.symbols)
    assert repr(f) == "<compiled program(x): 1 operation in sympy>"


def test_what_is_no_expression_is_refused():
    w, x = [Value(2.0, "w1"), Value(3.0, "w2")], Value(1.0, "x")
    f = program(affine(w, [x, x], 0.0), inputs=[w, x]).function(sympy)
    s = sympy.Symbol("s")
    for given, error, message in [
        (
            ([s, s], "x"),
            TypeError,
            "x is a symbol, an expression of SymPy or a number, not 'x': f.symbols has a symbol for each",
        ),
        (([s, s], [1.0, 2.0]), TypeError, "x is a symbol, an expression of SymPy or a number, not [1.0, 2.0]: f.symbols"),
        (([s, s], np.ones(2)), TypeError, "x is a symbol, an expression of SymPy or a number, not array([1., 1.]): f.symbols"),
        (([s], s), ValueError, "w is a list of 2 expressions, and was given 1"),
        ((s, s), ValueError, "w is a list of 2 expressions, and was given s"),
        ((s,), TypeError, "this program takes 2 arguments (w, x) and was given 1"),
    ]:
        with pytest.raises(error, match=f"^{re.escape(message)}"):
            f(*given)
    assert f(sympy.Matrix([1, 2]), s)[0] == 3 * s
