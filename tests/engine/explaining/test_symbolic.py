"""Derivatives as expressions: what is written, and that it is the derivative."""

import mpmath
import pytest
from chalkgrad.engine import (
    NonFiniteError,
    StaleGraphError,
    Value,
    affine,
    derivative_expression,
    exp,
    gradient,
    log,
    logsumexp,
    maximum,
    operation,
    relu,
    sigmoid,
    sin,
    softmax,
    sqrt,
    tanh,
    unit,
)
from chalkgrad.engine.explaining.tidy import tidied
from chalkgrad.engine.formulas import trees as formula
from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, children, evaluate
from chalkgrad.engine.rules import RULES
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from oracle import ORACLE, SECOND, applied


def xy(x=3.0, y=4.0):
    return Value(x, "x"), Value(y, "y")


def labelled(f, label="f"):
    f.label = label
    return f


# What is written -----------------------------------------------------------------------------------------------------

WRITTEN = [
    (lambda x, y: x * x * y + y + 2, "2·x·y", "x² + 1"),
    (lambda x, y: x**2 * y + y + 2, "2·x·y", "x² + 1"),
    (lambda x, y: x * x * x * x, "4·x³", "0"),
    (lambda x, y: (x + y) ** 3, "3·(x + y)²", "3·(x + y)²"),
    (lambda x, y: x / y, "1/y", "-x/y²"),
    (lambda x, y: 1 / (x * y), "-1/(x²·y)", "-1/(x·y²)"),
    (lambda x, y: sin(x) * y, "y·cos(x)", "sin(x)"),
    (lambda x, y: x.cos() * y, "-y·sin(x)", "cos(x)"),
    (lambda x, y: exp(x * y), "y·exp(x·y)", "x·exp(x·y)"),
    (lambda x, y: log(x * x), "2/x", "0"),
    (lambda x, y: sqrt(x * y), "y/(2·√(x·y))", "x/(2·√(x·y))"),
    (lambda x, y: tanh(x), "1 - tanh(x)²", "0"),
    (lambda x, y: sigmoid(x), "σ(x)·(1 - σ(x))", "0"),
    (lambda x, y: x - y, "1", "-1"),
    (lambda x, y: y - 3 * x, "-3", "1"),
    (lambda x, y: x / 3 + 0.1 * y, "0.3333", "0.1"),
    (lambda x, y: x * x / 3 + 0.1 * y * y, "2·x/3", "0.2·y"),
    (lambda x, y: affine([x, 2.0], [y, x], 1.0), "y + 2", "x"),
    (lambda x, y: logsumexp([x, y]), "exp(x)/(exp(x) + exp(y))", "exp(y)/(exp(x) + exp(y))"),
    (lambda x, y: relu(x * y - 1), "y·(1 if x·y - 1 > 0 else 0)", "x·(1 if x·y - 1 > 0 else 0)"),
    (lambda x, y: abs(x), "1 if x > 0 else -1 if x < 0 else 0", "0"),
    (lambda x, y: maximum(x, y), "1 if x > y else 0 if x < y else 0.5", "1 if y > x else 0 if y < x else 0.5"),
    (lambda x, y: x**y, "0 if y = 0 else y·x^(y - 1)", "0 if x = 0 else log(x)·x^y"),
    (lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, "-2·(1 - x) - 400·x·(y - x²)", "200·(y - x²)"),
    (lambda x, y: x, "1", "0"),
]


@pytest.mark.parametrize(("f", "by_x", "by_y"), WRITTEN)
def test_expressions_read_as_on_a_blackboard(f, by_x, by_y):
    x, y = xy()
    z = f(x, y) if f(x, y) is not x else x
    assert [derivative_expression(z, leaf).formula for leaf in (x, y)] == [by_x, by_y]


def test_gerons_function_as_text_and_in_latex():
    x, y = xy()
    f = labelled(x * x * y + y + 2)
    by_x = derivative_expression(f, x)
    assert str(by_x) == "∂f/∂x = 2·x·y = 24"
    formula = r"\frac{\partial f}{\partial x} = 2 \cdot x \cdot y = 24"
    assert by_x.latex() == "% needs \\usepackage{amsmath}\n" + formula
    assert by_x._repr_latex_() == rf"$\displaystyle {formula}$"
    assert by_x.value == 24.0
    assert by_x.operations == 2


def test_a_softmax_is_differentiated_as_on_a_blackboard():
    x, y = xy()
    p = softmax([x, y])
    assert derivative_expression(p[0], x).formula == "exp(x)·(1 - exp(x)/(exp(x) + exp(y)))/(exp(x) + exp(y))"
    assert derivative_expression(p[0], y).formula == "-exp(x)·exp(y)/(exp(x) + exp(y))²"
    assert derivative_expression((x - 2 * log(x)).exp(), x).formula == "exp(x)·(1 - 2/x)/x²"
    assert derivative_expression((y * log(x)).exp(), x).formula == "y·exp(y·log(x))/x"


def test_second_derivatives_are_those_of_the_expression():
    x, y = xy()
    f = labelled(x**2 * y + y + 2)
    assert str(derivative_expression(f, x, order=2)) == "∂²f/∂x² = 2·y = 8"
    assert str(derivative_expression(f, x).derivative(y)) == "∂²f/∂y∂x = 2·x = 6"
    assert derivative_expression(f, x).derivative(y)._formula() == (
        r"\frac{\partial^{2} f}{\partial y\partial x} = 2 \cdot x = 6"
    )
    assert str(derivative_expression(f, x, order=3)) == "∂³f/∂x³ = 0"


def test_the_sines_eighth_derivative_is_the_sine():
    x = Value(0.7, "x")
    assert derivative_expression(labelled(sin(x)), x, order=8).formula == "sin(x)"


def test_what_is_used_several_times_has_a_name_in_terms_of_the_nodes():
    a, b = Value(2.0, "a"), Value(1.0, "b")
    c = labelled(a * b + sin(b), "c")
    e = labelled(c * c * b, "e")
    expression = derivative_expression(e, b, in_terms_of="nodes")
    lines = str(expression).split("\n")
    assert lines[0].startswith("∂e/∂b = ")
    assert "where ∂c/∂b = a + cos(b)" in lines
    assert [line.split(" = ")[0] for line in expression.equations] == ["∂c/∂b", "v3", "v4", "c", "v6"]
    assert expression.value == pytest.approx(gradient(e, b), rel=1e-15)
    assert r"\frac{\partial c}{\partial b} &= a + \cos\left(b\right)" in expression.latex()


def test_in_terms_of_the_nodes_an_expression_grows_as_the_graph_does():
    x = Value(0.5, "x")
    y = x
    for _ in range(60):
        y = sin(y * y) + y
    expression = derivative_expression(y, x, in_terms_of="nodes")
    assert expression.value == pytest.approx(gradient(y, x), rel=1e-13)
    with pytest.raises(ValueError, match=r'in terms of the leaves takes more than 300 operations.*in_terms_of="nodes"'):
        derivative_expression(y, x)


@pytest.mark.parametrize("depth", [50, 290, 5000])
def test_deep_graphs_are_written_or_refused_and_never_crash(depth):
    x = Value(0.5, "x")
    y = x
    for _ in range(depth):
        y = sin(y)
    if depth == 50:
        assert derivative_expression(y, x, limit=5_000).value == pytest.approx(gradient(y, x), rel=1e-13)
    with pytest.raises(ValueError, match="nobody would read"):
        derivative_expression(y, x)


def test_derivatives_that_grow_are_refused_in_a_sentence():
    x = Value(0.5, "x")
    y = x.tanh() * x.exp() * x.sin() / (1 + x * x)
    with pytest.raises(ValueError, match=r"more than 300 operations.*raise the limit, or take its value by gradient"):
        derivative_expression(y, x, order=6)


def test_a_value_that_is_computed_counts_as_a_leaf_when_asked_by():
    a = Value(2.0, "a")
    b = labelled(a * a, "b")
    c = labelled(b * b + a, "c")
    assert derivative_expression(c, b).formula == "2·b"


def test_what_it_does_not_depend_on_is_zero():
    x, y = xy()
    assert str(derivative_expression(labelled(x * x), y)) == "∂f/∂y = 0"
    k = Value(2.0, "k", constant=True)
    assert derivative_expression(labelled(x * k), x).formula == "k"


def test_operations_of_ones_own_are_opened_up():
    swing = operation("swing", lambda t, w: w * sin(t))
    t, w = Value(0.3, "t"), Value(2.0, "w")
    assert derivative_expression(labelled(swing(t, w)), t).formula == "w·cos(t)"


def test_names_are_those_of_the_tape():
    with unit("layer1"):
        a = Value(2.0, "x1*w1")
        h = labelled(a * a, "h")
    assert derivative_expression(h, a).formula == "2·(x1*w1)"
    theta, hebrew = Value(1.0, "θ2"), Value(2.0, "א")
    f = labelled(theta * theta * hebrew)
    assert derivative_expression(f, theta).formula == "2·θ2·\u2068א\u2069"
    assert derivative_expression(f, theta)._repr_latex_().endswith(r"2 \cdot \theta_{2} \cdot \text{א} = 4$")


def test_the_root_of_a_sum_has_no_parentheses_in_latex():
    x, y = xy()
    assert derivative_expression(labelled(sqrt(x * x + y * y)), x).latex().endswith(r"\frac{x}{\sqrt{x^{2} + y^{2}}} = 0.6")


def test_the_same_graph_gives_the_same_text():
    def text():
        x, y = xy()
        return derivative_expression(labelled(sin(x * y) * exp(y) / (x + y)), x).latex()

    assert text() == text()


# What it is worth ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", RULES)
def test_it_is_mpmaths_derivative_of_every_operation_of_the_table(name, order):
    """The value at 60 digits, as it is computed and as the expression that is shown says."""
    with mpmath.workdps(60):
        for point in SECOND[name]:
            leaves = [Value(x) for x in point]
            node = applied(name, leaves)
            for slot, leaf in enumerate(leaves):
                orders = tuple(order if i == slot else 0 for i in range(len(point)))
                exact = mpmath.diff(ORACLE[name], tuple(map(mpf, point)), orders)
                expression = derivative_expression(node, leaf, order, limit=10_000)
                numbers = {f"n{i}": mpf(v.data) for i, v in enumerate(node.tape())}
                read = evaluate(expression._shown.tree, numbers, ORACLE)
                scale = abs(exact) + abs(node.data) + abs(node.partials[slot])
                assert abs(read - exact) <= mpf("1e-15") * scale, (point, slot, expression.formula)  # π is a float in it
                assert abs(expression.value - exact) <= mpf("1e-13") * scale, (point, slot)


def test_its_value_has_the_digits_that_the_formula_shown_loses():
    x = Value(20.0, "x")
    with mpmath.workdps(60):
        exact = 1 - mpmath.tanh(20) ** 2
        assert abs(derivative_expression(tanh(x), x).value / exact - 1) < 1e-14


def test_its_value_does_not_overflow_where_the_formula_shown_does():
    x, y = xy(1000.0, 1000.0)
    assert derivative_expression(logsumexp([x, y]), x).value == 0.5


# Errors --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda f, x: derivative_expression(f, 3.0), TypeError, "takes two Values"),
        (lambda f, x: derivative_expression("f", x), TypeError, "takes two Values"),
        (lambda f, x: derivative_expression(f, x, in_terms_of="paths"), ValueError, '"leaves" or "nodes"'),
        (lambda f, x: derivative_expression(f, x, order=0), ValueError, "order is a whole number from 1"),
        (lambda f, x: derivative_expression(f, x, limit=0.5), ValueError, "limit is a whole number from 1"),
        (lambda f, x: derivative_expression(f, x, in_terms_of="nodes").derivative(x), ValueError, "in terms of the leaves"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_a_sentence(ask, error, says):
    x, _ = xy()
    with pytest.raises(error, match=says):
        ask(x * x, x)


def test_a_stale_graph_and_an_infinite_derivative_are_refused():
    x, _ = xy()
    f = x * x
    x.data = 5.0
    with pytest.raises(StaleGraphError, match="forward"):
        derivative_expression(f, x)
    zero = Value(0.0, "x")
    with pytest.raises(NonFiniteError, match="not finite"):
        derivative_expression(sqrt(zero), zero)


# Putting in order ----------------------------------------------------------------------------------------------------

LETTERS = st.sampled_from([Argument("x"), Argument("y"), Argument("z")])
NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 2.0, -3.0, 0.5, 4.0, 10.0]).map(Constant)
TREES = st.recursive(
    LETTERS | NUMBERS,
    lambda trees: st.one_of(
        st.builds(Call, st.sampled_from(["add", "sub", "mul", "div"]), trees, trees),
        st.builds(Call, st.sampled_from(["neg", "sin", "exp", "sqrt", "pos"]), trees),
        st.builds(lambda tree, e: Call("pow", tree, e), trees, st.sampled_from([0.0, 1.0, 2.0, 3.0, -1.0, -2.0, 0.5])),
        st.builds(lambda x, y, a, b: Choice(formula.Test(">", x, y), a, b), LETTERS, LETTERS, trees, trees),
    ),
    max_leaves=12,
)
AT = {"x": mpf("1.3"), "y": mpf("-0.7"), "z": mpf("2.9")}


def value_at(tree):
    """Its value at 60 digits; None outside its domain, or where it is out of proportion."""
    with mpmath.workdps(60):
        try:
            value = evaluate(tree, AT, {**ORACLE, "sqrt": mpmath.sqrt, "pow": mpmath.power})
        except (ZeroDivisionError, OverflowError, ValueError):
            return None
        return value if mpmath.isfinite(value) and abs(value) < 1e30 else None


def parts(tree):
    return [tree, *(part for child in children(tree) for part in parts(child))]


@pytest.mark.parametrize(("number", "count", "value"), [(2.0, 2, 2.0), (0.5, 2, 0.5), (3.0, 4, 9.0)])
def test_the_root_of_a_number_times_itself_is_that_number(number, count, value):
    root = Call("sqrt", Constant(number))
    product = root
    for _ in range(count - 1):
        product = product * root
    assert value_at(tidied(product)) == value


@settings(deadline=None)
@given(TREES)
def test_what_is_tidied_has_the_same_value(tree):
    value = value_at(tree)
    if value is None:
        return
    tidy = value_at(tidied(tree))
    sizes = [abs(v) for part in parts(tree) if not isinstance(part, formula.Test) and (v := value_at(part)) is not None]
    with mpmath.workdps(60):
        assert tidy is not None
        assert abs(tidy - value) <= mpf("1e-15") * (1 + max(sizes))  # coefficients are floats


@settings(deadline=None)
@given(TREES)
def test_what_is_tidied_has_no_zeros_and_ones_in_products_and_sums(tree):
    for part in parts(tidied(tree)):
        if isinstance(part, Call) and part.name in ("add", "sub", "mul"):
            assert Constant(0.0) not in part.arguments
        if isinstance(part, Call) and part.name == "mul":
            assert Constant(1.0) not in part.arguments
        if isinstance(part, Call) and part.name == "pow":
            assert part.arguments[1] not in (Constant(0.0), Constant(1.0))


@settings(deadline=None)
@given(TREES)
def test_tidying_again_changes_nothing(tree):
    if value_at(tree) is not None:
        once = tidied(tree)
        assert tidied(once) == once


@pytest.mark.parametrize(
    ("tree", "tidy"),
    [
        (lambda x, y: x + x, lambda x, y: 2 * x),
        (lambda x, y: x - x, lambda x, y: Constant(0.0)),
        (lambda x, y: x * y * x, lambda x, y: x**2 * y),
        (lambda x, y: x / x, lambda x, y: Constant(1.0)),
        (lambda x, y: (2 * x) / (4 * y), lambda x, y: x / (2 * y)),
        (lambda x, y: Call("neg", -x), lambda x, y: x),
        (lambda x, y: -x + y, lambda x, y: y - x),
        (lambda x, y: 1 + x, lambda x, y: 1 + x),
        (lambda x, y: x + 1 + y, lambda x, y: x + y + 1),
        (lambda x, y: Call("sqrt", x) * Call("sqrt", x), lambda x, y: x),
        (lambda x, y: x**y * x, lambda x, y: x * x**y),
        (lambda x, y: (x**2) ** 0.5, lambda x, y: (x**2) ** 0.5),
        (lambda x, y: (x + y) * (x + y), lambda x, y: (x + y) ** 2),
    ],
)
def test_like_terms_and_factors_are_collected(tree, tidy):
    x, y = Argument("x"), Argument("y")
    assert tidied(tree(x, y)) == tidy(x, y)
