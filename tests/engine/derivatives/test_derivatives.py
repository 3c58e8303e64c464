"""Gradients, Jacobians, Hessians and their products: shapes, modes, what they leave alone, what they refuse, how they print."""

import fractions
import math
import sys

import numpy as np
import pytest
from chalkgrad.engine import (
    NonFiniteError,
    StaleGraphError,
    Value,
    affine,
    cos,
    exp,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    nonfinite,
    operation,
    sigmoid,
    sin,
    sqrt,
    tanh,
    tape,
    total,
    vjp,
)
from chalkgrad.nn import MLP
from hypothesis import given
from hypothesis import strategies as st


def example():
    """x, y and some values computed from them, with known derivatives."""
    x, y = Value(3.0, "x"), Value(4.0, "y")
    return x, y, x**2 * y + y + 2


# Gradients -----------------------------------------------------------------------------------------------------------


def test_a_gradient_is_a_list_in_the_order_asked_for():
    x, y, f = example()
    assert gradient(f, [x, y]) == [24.0, 10.0]
    assert gradient(f, (y, x)) == [10.0, 24.0]
    assert gradient(f, iter([y])) == [10.0]


def test_of_a_single_value_the_gradient_is_the_derivative_itself():
    x, _, f = example()
    assert gradient(f, x) == 24.0
    assert isinstance(gradient(f, x), float)
    assert isinstance(gradient(f, x, create_graph=True), Value)


def test_a_gradient_equals_the_sweeps_and_leaves_every_grad_alone():
    model = MLP(3, [4, 4, 1], "tanh", seed=1)
    loss = (model([0.5, -1.0, 2.0]) - 1) ** 2
    parameters = list(model.parameters())
    before = [node.grad if node.has_grad else None for node in loss.tape()]
    found = gradient(loss, parameters)
    assert [node.grad if node.has_grad else None for node in loss.tape()] == before
    loss.backward()
    assert found == [p.grad for p in parameters]
    swept = [node.grad for node in loss.tape()]
    gradient(loss, parameters, create_graph=True)
    hessian(loss, parameters[:2])
    assert [node.grad for node in loss.tape()] == swept


def test_a_gradient_that_fails_leaves_every_grad_alone():
    x = Value(0.0, "x")
    x.grad = 7.0
    y = sqrt(x) * 2
    for create_graph in (False, True):
        with pytest.raises(NonFiniteError, match=r"stops at v2 = √x: the contribution 2 · inf to x is not finite.*is infinite"):
            gradient(y, [x], create_graph)
    assert (x.grad, y.has_grad) == (7.0, False)


def test_a_forward_sweep_that_meets_an_infinite_derivative_names_its_edge():
    x, w = Value(0.0, "x"), Value(1e200, "w")
    y, z = sqrt(x) * 2, w * 1e100 * 1e-100
    said = (
        r"stops at v2 = √x: the contribution inf · 1 from x is not finite.*infinite there \(∂v2/∂x = 1/\(2·v2\) = inf, at x = 0"
    )
    for forward in (lambda: jvp(y, x, 1.0), lambda: jacobian([y, y], x), lambda: y.tape().tangents(x)):
        with pytest.raises(NonFiniteError, match=said):
            forward()
    with pytest.raises(NonFiniteError, match=r"contribution 1e100 · 1e300 from w is not finite, for the product is too large"):
        jvp(z, w, 1e300)
    with pytest.raises(NonFiniteError, match=r"stops at v2 = w \+ w: the contributions to it add up to more than a float"):
        jvp(w + w, w, 1e308)


def test_only_what_lies_between_is_swept():
    x, z = Value(3.0, "x"), Value(0.0, "z")
    y = x * x + sqrt(z)
    assert gradient(y, [x]) == [6.0]
    with pytest.raises(NonFiniteError):
        gradient(y, [x, z])


def test_derivatives_by_computed_values_and_by_a_value_itself():
    x = Value(3.0, "x")
    u = x * x
    y = u * x
    assert gradient(y, [u, x, y, u]) == [3.0, 27.0, 1.0, 3.0]
    assert jacobian([y, u], [u, x, y]) == [[3.0, 27.0, 1.0], [1.0, 6.0, 0.0]]
    assert jacobian([y, u, x], [u, x]) == [[3.0, 27.0], [1.0, 6.0], [0.0, 1.0]]
    assert hessian(sin(u), u) == [[-math.sin(9.0)]]
    [by_u] = gradient(y, [u], create_graph=True)
    assert by_u is x


def test_what_does_not_depend_has_zeros_or_an_error_on_request():
    x, y, f = example()
    other = Value(1.0, "other")
    assert gradient(f, [x, other]) == [24.0, 0.0]
    assert jacobian([f, x], [other, y]) == [[0.0, 10.0], [0.0, 0.0]]
    assert hessian(f, [x, other]) == [[8.0, 0.0], [0.0, 0.0]]
    assert [g.data for g in gradient(f, [x, other], create_graph=True)] == [24.0, 0.0]
    assert hvp(f, [x, other], [1, 1]) == [8.0, 0.0]
    for call in (lambda: gradient(f, [x, other], strict=True), lambda: hessian(f, [x, other], strict=True)):
        with pytest.raises(ValueError, match="f does not depend on other: the derivative is 0, which strict=True refuses"):
            call()
    with pytest.raises(ValueError, match="none of the outputs depends on other"):
        jacobian([f, y], [other], strict=True)
    assert gradient(f, [x, y], strict=True) == [24.0, 10.0]


def test_stale_graphs_are_refused():
    x, y, f = example()
    x.data = 5.0
    calls = [gradient, jacobian, hessian, lambda f, xs: hvp(f, xs, [1, 1]), lambda f, xs: jvp(f, xs, [1, 1])]
    for call in calls:
        with pytest.raises(StaleGraphError, match=r"x is now 5.*f\.forward\(\)"):
            call(f, [x, y])
    f.forward()
    assert gradient(f, [x, y]) == [40.0, 26.0]


def test_infinities_propagate_on_request():
    x = Value(0.0, "x")
    y = sqrt(x)
    with nonfinite("propagate"):
        assert gradient(y, [x]) == [math.inf]
        assert jacobian([y, y], [x]) == [[math.inf], [math.inf]]


def test_what_was_recorded_under_no_grad_is_refused_and_depends_on_nothing_inside_a_graph():
    x = Value(2.0, "x")
    with no_grad():
        y = x * x
    y.label = "y"
    with pytest.raises(RuntimeError, match=r"y was computed under no_grad\(\)"):
        gradient(y, [x])
    assert gradient(y + x, [x]) == [1.0]


def test_deep_graphs_are_no_obstacle():
    x = y = Value(1.0, "x")
    for _ in range(20_000):
        y = y + x
    assert gradient(y, [x]) == jvp([y], [x], [1.0]) == [20_001.0]
    assert hvp(y, x, 1.0) == 0.0


# Jacobians -----------------------------------------------------------------------------------------------------------


def test_a_jacobian_has_a_row_for_each_output_and_a_column_for_each_input():
    x, y, f = example()
    j = jacobian([f, x * y, x + y], [x, y])
    assert j == [[24, 10], [4, 3], [1, 1]]
    assert (j.shape, j[1][0], j[-1], len(j)) == ((3, 2), 4.0, [1.0, 1.0], 3)
    assert [isinstance(entry, float) for row in j for entry in row] == [True] * 6


def test_the_jacobian_of_a_scalar_is_a_row():
    x, y, f = example()
    assert jacobian(f, [x, y]) == [[24, 10]]
    assert jacobian(f, [x, y]).shape == (1, 2)
    assert jacobian(f, x).shape == (1, 1)


@pytest.mark.parametrize(("m", "n", "mode"), [(1, 5, "reverse"), (4, 5, "reverse"), (5, 5, "forward"), (5, 1, "forward")])
def test_fewer_outputs_than_inputs_are_swept_in_reverse_else_forward(m, n, mode):
    xs = [Value(0.3 + i / 7, f"x{i}") for i in range(n)]
    hidden = [tanh(affine([math.sin(3 * i + j) for j in range(n)], xs, 0.1)) for i in range(4)]
    ys = [exp(total([math.cos(i + 2 * j) * h for j, h in enumerate(hidden)])) / (1 + xs[0] ** 2) for i in range(m)]
    found = jacobian(ys, xs)
    assert found.mode == mode
    for row, y in zip(found, ys, strict=True):
        assert row == pytest.approx(gradient(y, xs), rel=1e-13)


def test_the_jacobian_of_an_elementwise_function_is_diagonal_and_prints_so():
    u = [Value(x, f"u{i}") for i, x in enumerate([0.0, 1.0, -2.0], 1)]
    z = [sigmoid(u_i) for u_i in u]
    for i, z_i in enumerate(z, 1):
        z_i.label = f"z{i}"
    j = jacobian(z, u)
    assert j.diagonal
    assert str(j) == "\n".join(
        [
            "     │  ∂u1     ∂u2    ∂u3",
            "─────┼─────────────────────",
            " ∂z1 │ 0.25",
            " ∂z2 │       0.1966",
            " ∂z3 │               0.105",
        ]
    )
    assert j.latex() == (
        "% needs \\usepackage{amsmath}\n"
        r"\frac{\partial (z_{1}, z_{2}, z_{3})}{\partial (u_{1}, u_{2}, u_{3})} = "
        r"\begin{pmatrix} 0.25 &  &  \\  & 0.1966 &  \\  &  & 0.105 \end{pmatrix}"
    )


def test_a_matrix_that_only_happens_to_be_diagonal_shows_its_zeros():
    r, t = Value(2.0, "r"), Value(0.0, "t")
    j = jacobian([r * cos(t), r * sin(t)], [r, t])
    assert j == [[1, 0], [0, 2]]
    assert not j.diagonal
    assert str(j).splitlines()[2].endswith("1   0")


# Products ------------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3), st.lists(st.floats(-5, 5), min_size=3, max_size=3))
def test_products_are_those_with_the_matrices(at, v):
    xs = [Value(x, f"x{i}") for i, x in enumerate(at)]
    ys = [xs[0] * xs[1] + sin(xs[2]), exp(xs[0] / 4) * xs[2]]
    j = jacobian(ys, xs)
    assert jvp(ys, xs, v) == pytest.approx([sum(a * b for a, b in zip(row, v, strict=True)) for row in j], rel=1e-12, abs=1e-12)
    expected = [sum(v[i] * j[i][k] for i in range(2)) for k in range(3)]
    assert vjp(ys, xs, v[:2]) == pytest.approx(expected, rel=1e-12, abs=1e-12)
    y = ys[0] * ys[1]
    h = hessian(y, xs)
    expected = [sum(a * b for a, b in zip(row, v, strict=True)) for row in h]
    assert hvp(y, xs, v) == pytest.approx(expected, rel=1e-11, abs=1e-11)


def test_single_values_take_and_give_numbers():
    x = Value(3.0, "x")
    y = x**3
    assert (jvp(y, x, 2.0), vjp(y, x, 2.0), hvp(y, x, 2.0)) == (54.0, 54.0, 36.0)
    assert (jvp([y], x, 2.0), vjp(y, [x], 2.0), hvp(y, [x], [2.0])) == ([54.0], [54.0], [36.0])


def test_repeated_inputs_and_outputs_are_fine():
    x = Value(3.0, "x")
    y = x * x
    assert gradient(y, [x, x]) == [6.0, 6.0]
    assert hessian(y, [x, x]) == [[2.0, 2.0], [2.0, 2.0]]
    assert jacobian([y, y], [x, x, x]) == [[6.0] * 3] * 2
    assert jvp([y, y], [x, x], [1.0, 2.0]) == [18.0, 18.0]
    assert vjp([y, y], [x, x], [1.0, 2.0]) == [18.0, 18.0]
    assert hvp(y, [x, x], [1.0, 2.0]) == [6.0, 6.0]


# Functions -----------------------------------------------------------------------------------------------------------


def test_functions_of_numbers_and_of_lists():
    assert gradient(lambda x: x**3)(2) == 12.0
    assert gradient(lambda x: x[0] ** 2 * x[1])([3, 4]) == [24.0, 9.0]
    assert gradient(lambda w, b: w[0] * w[1] * b)([3, 4], 5) == [[20.0, 15.0], 12.0]
    assert gradient(lambda w: w[0][0] * w[1][1])([[1, 2], [3, 4]]) == [[4.0, 0.0], [0.0, 1.0]]
    assert jacobian(lambda x, y: [x * y, x, 1.0])(3, 4) == [[4, 3], [1, 0], [0, 0]]
    assert jacobian(lambda x: x[0] * x[1])([3, 4]) == [[4, 3]]
    assert hessian(lambda w, b: w[0] * w[1] * b)([3, 4], 5) == [[0, 5, 4], [5, 0, 3], [4, 3, 0]]
    assert gradient(lambda x, k: x**k)(2.0, k=3) == 12.0


def test_products_for_functions_take_their_vector_by_name():
    assert jvp(lambda x: [x[0] * x[1], x[1]])([3, 4], v=[1, 2]) == [10.0, 2.0]
    assert jvp(lambda x: x * x)(3, v=2) == 12.0
    assert vjp(lambda x: [x[0] * x[1], x[1]])([3, 4], u=[1, 2]) == [4.0, 5.0]
    assert vjp(lambda x, y: x * y)(3, 4, u=2) == [8.0, 6.0]
    assert hvp(lambda x, y: x**2 * y + y + 2)(3, 4, v=[1, 0]) == [8.0, 6.0]
    assert hvp(lambda x: x**3)(3, v=2) == 36.0
    assert hvp(lambda w, b: w[0] * w[1] * b)([3, 4], 5, v=[[1, 0], 0]) == [[0.0, 5.0], 4.0]


def test_numbers_of_numpy_and_of_all_kinds_are_arguments():
    f = lambda x: x[0] * x[1] ** 2  # noqa: E731 - a formula
    assert hessian(f)(np.array([3, 4])) == [[0, 8], [8, 6]]
    assert jacobian(f)((3, fractions.Fraction(4))) == [[16, 24]]
    assert gradient(lambda x: x * x)(np.float32(1.5)) == 3.0


def test_a_function_is_given_arrays_of_values_for_arrays_and_its_gradient_is_one():
    matrix, u = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
    form = lambda u: u @ matrix @ u  # noqa: E731 - a formula
    for found, expected in (
        (gradient(form)(u), 2 * matrix @ u),
        (hvp(form)(u, v=np.array([1.0, 0.0])), 2 * matrix[0]),
        (vjp(lambda u: matrix @ u)(u, u=[1, 0]), matrix[0]),
        (gradient(lambda m: (m**2).sum())(matrix), 2 * matrix),
    ):
        assert isinstance(found, np.ndarray)
        assert found.tolist() == expected.tolist()
    assert hessian(form)(u) == 2 * matrix
    assert jacobian(gradient(lambda u: (u**3).sum(), create_graph=True))(u) == [[6, 0], [0, 12]]


def test_matrices_are_labelled_by_the_functions_own_names():
    def f(theta, b):
        return [theta[0] * b, theta[1]]

    j = jacobian(f)([1, 2], 3)
    assert (j.rows, j.columns) == (("f1", "f2"), ("theta1", "theta2", "b"))
    h = hessian(lambda x, y: x * y)(1, 2)
    assert (h.of, h.rows, h.columns) == ("y", ("x", "y"), ("x", "y"))
    assert hessian(math_free)(1.0).of == "math_free"


def math_free(x):
    return x * x


def test_gradients_of_gradients_are_higher_derivatives():
    f = sin
    for order, expected in enumerate([math.cos(0.7), -math.sin(0.7), -math.cos(0.7), math.sin(0.7)] * 2, 1):
        f = gradient(f)
        assert f(0.7) == expected, order
    cross = gradient(lambda x: gradient(lambda y: x * x * y * y, create_graph=True)(3.0))
    assert cross(2.0) == 24.0  # ∂/∂x ∂/∂y x²y² = 4xy


def test_an_inner_derivative_is_by_its_own_argument_alone():
    """The classical trap: in d/dx [x · d/dy (x·y)] at y = x the inner derivative is x, so the whole is 2x."""
    outer = gradient(lambda x: x * gradient(lambda y: x * y)(x))
    assert outer(5.0) == 10.0


def test_functions_may_ignore_their_arguments_or_return_them():
    assert gradient(lambda x: 3.0)(2.0) == 0.0
    assert gradient(lambda x, y: x)(2.0, 3.0) == [1.0, 0.0]
    assert jacobian(lambda x: [x[1], x[0]])([1, 2]) == [[0, 1], [1, 0]]
    assert hessian(lambda x: x)(2.0) == [[0.0]]
    with pytest.raises(ValueError, match="does not depend on x"):
        gradient(lambda x: 3.0, strict=True)(2.0)


def test_functions_are_differentiated_under_no_grad_too():
    with no_grad():
        assert gradient(lambda x: x * x)(3.0) == 6.0
        assert hessian(lambda x: x * x)(3.0) == [[2.0]]


def test_a_model_stands_for_its_parameters():
    model = MLP(2, [3, 1], "tanh", seed=0)
    loss = (model([Value(0.5), Value(-1.0)]) - 1) ** 2
    assert gradient(loss, model) == gradient(loss, model.parameters())
    assert hessian(loss, model) == hessian(loss, model.parameters())


def test_a_model_is_a_function():
    model = MLP(2, [3, 1], "tanh", seed=0)
    x = [Value(0.5, "x1"), Value(-1.0, "x2")]
    assert gradient(model)([0.5, -1.0]) == pytest.approx(gradient(model(x), x), rel=1e-14)
    assert jacobian(MLP(2, [3, 4], "tanh", seed=0))([0.5, -1.0]).shape == (4, 2)


# Refused -------------------------------------------------------------------------------------------------------------

a, b = Value(2.0, "a"), Value(3.0, "b")
frozen = Value(1.0, "frozen", constant=True)
product = a * b
square = a * a
REFUSED = [
    (
        lambda: gradient(3.0, [a]),
        TypeError,
        r"gradient\(y, xs\) takes y as a Value computed from xs, and was given the float 3.0",
    ),
    (
        lambda: gradient([product, a], [a]),
        TypeError,
        r"for several there is jacobian\(ys, xs\), and vjp\(ys, xs, upstream\) for",
    ),
    (lambda: gradient(product), TypeError, "needs the Values to differentiate by"),
    (lambda: gradient(product, [a, 3.0]), TypeError, "differentiates by Values, such as .*, and was given the float 3.0"),
    (lambda: gradient(product, "ab"), TypeError, "was given the str 'ab'"),
    (lambda: gradient(product, []), ValueError, "xs is empty"),
    (lambda: gradient(product, [frozen]), ValueError, "frozen is a constant"),
    (lambda: jacobian([product, 2.0], [a]), TypeError, "takes ys as a Value or a list of Values, and was given the float 2.0"),
    (lambda: jacobian([], [a]), TypeError, "takes ys as a Value or a list of Values"),
    (lambda: hessian([product], [a]), TypeError, r"for several there is jacobian\(ys, xs\)$"),
    (lambda: hessian(square * a, [square, a]), ValueError, "square = a·a is computed from another of them"),
    (lambda: hvp(product, [a, b]), TypeError, "hvp needs the vector v to multiply with: 2 numbers, one for each input"),
    (lambda: hvp(product, [a, b], [1.0]), ValueError, "needs 2 numbers in v, one for each input, and was given 1 number"),
    (lambda: jvp(product, [a, b], 1.0), ValueError, "needs 2 numbers in v"),
    (lambda: vjp([product, a], [a], [1.0]), ValueError, "needs 2 numbers in u, one for each output"),
    (lambda: jvp(product, [a], ["1"]), TypeError, "v needs a real number, not the str"),
    (lambda: gradient(sin, [a]), TypeError, r"gradient\(f\) of a function takes no Values .* write gradient\(f\(x\), \[x\]\)"),
    (lambda: gradient(lambda x: [x, x])(1.0), TypeError, "with a single result, and f returned 2 numbers"),
    (lambda: gradient(lambda x: "x")(1.0), TypeError, "must return a Value"),
    (lambda: gradient(sin)("1"), TypeError, "the argument x needs a real number, not the str '1'"),
    (lambda: gradient(sin)(), TypeError, "needs the arguments of f"),
    (lambda: jvp(sin)(1.0), TypeError, r"needs the vector v to multiply with, by its name: jvp\(f\)"),
    (lambda: hvp(sin)(1.0, 2.0), TypeError, r"needs the vector v to multiply with, by its name: hvp\(f\)"),
    (lambda: hvp(product, [a, b], "ab"), TypeError, "v needs a real number, not the str 'ab'"),
    (lambda: gradient(sin)(1.0, 2.0), TypeError, "sin cannot be called with 2 arguments: gradient takes a number, or a list"),
    (lambda: gradient(lambda x: x + "")(1.0), TypeError, "needs a real number, not the str ''"),
    (lambda: jacobian(product, [a, b])[0, 1], TypeError, r"an entry is J\[i\]\[j\], not J\[i, j\]"),
]


@pytest.mark.parametrize(("call", "kind", "message"), REFUSED)
def test_what_cannot_be_differentiated_gets_a_sentence(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


# Matrices ------------------------------------------------------------------------------------------------------------


def test_matrices_equal_lists_and_become_arrays():
    x, y, f = example()
    h = hessian(f, [x, y])
    assert h == [[8, 6], [6, 0]]
    assert h == ((8.0, 6.0), (6.0, 0.0))
    assert h == np.array([[8, 6], [6, 0]])
    assert h == hessian(f, [x, y])
    assert h != [[8, 6], [6, 1]]
    assert h != [[8, 6]]
    assert h != "H"
    array = np.array(h)
    assert (array.dtype, array.shape, array.tolist()) == (float, (2, 2), h.tolist())
    assert np.linalg.det(h) == pytest.approx(-36)
    with pytest.raises(TypeError, match="unhashable"):
        hash(h)


def test_matrices_print_with_their_labels_and_in_latex():
    x, y, f = example()
    assert str(hessian(f, [x, y])) == "\n".join(
        [
            " ∂²f │ ∂x  ∂y",
            "─────┼────────",
            " ∂x  │  8   6",
            " ∂y  │  6   0",
        ]
    )
    assert repr(jacobian(f, [x, y])).splitlines()[-1] == " ∂f │ 24  10"
    assert jacobian(f, [x, y]).latex().splitlines() == [
        r"% needs \usepackage{amsmath}",
        r"\frac{\partial f}{\partial (x, y)} = \begin{pmatrix} 24 & 10 \end{pmatrix}",
    ]
    assert hessian(f, [x, y])._repr_latex_() == (
        r"$\displaystyle \nabla^2_{(x, y)} f = \begin{pmatrix} 8 & 6 \\ 6 & 0 \end{pmatrix}$"
    )


def test_long_matrices_show_their_corners():
    xs = [Value(float(i), f"x{i}") for i in range(20)]
    lines = str(hessian(total([x * x * xs[0] for x in xs]), xs)).splitlines()
    assert len(lines) == 2 + 7
    assert "…" in lines[0]
    assert lines[5].count("…") == 8
    full = hessian(total([x * x for x in xs]), xs)
    assert len(full.text(limit=None).splitlines()) == 22
    assert r"\ddots" in full.latex()


def test_matrices_print_where_there_is_nothing_but_ascii(monkeypatch):
    class Ascii:
        encoding = "ascii"

    j = jacobian([a * b, a], [a, b])
    text = j.text(ascii_only=True)
    assert text.isascii()
    assert "da" in text
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", Ascii())
        assert str(j) == text


# Forward mode --------------------------------------------------------------------------------------------------------


def test_tangents_print_as_the_trace_of_a_forward_sweep():
    """A. G. Baydin et al., Automatic differentiation in machine learning: a survey (2018), table 2."""
    x1, x2 = Value(2.0, "x1"), Value(5.0, "x2")
    y = x1.log() + x1 * x2 - x2.sin()
    y.label = "y"
    found = y.tape().tangents(x1)
    assert found[y] == 5.5
    head, _, *rows = [line.split("│")[-1].strip() for line in str(found).splitlines()]
    assert head == "v̇ (ẋ1 = 1)"
    assert rows == [
        "1",
        "0.5 · 1 = 0.5",
        "0",
        "5 · 1 = 5",
        "1 · 0.5 + 1 · 5 = 5.5",
        "0",
        "1 · 5.5 = 5.5",
    ]
    assert r"\dot{v}" in found.latex()
    assert "<table" in found._repr_html_()


def test_tangents_along_a_direction_are_sums_of_those_along_each_input():
    x, y, f = example()
    tangents = f.tape().tangents([x, y], [1.0, -2.0])
    assert tangents[f] == 24.0 - 2 * 10.0
    assert (tangents[x], tangents[y]) == (1.0, -2.0)
    assert "ẋ = 1, ẏ = -2" in str(tangents).splitlines()[0]
    assert str(tangents).splitlines()[-1] == (
        "f moves by 4 along this direction, whose length is 2.236: 1.789 for each unit of length; "
        "most, 26, along the gradient"  # which is (24, 10)
    )
    assert str(f.tape().tangents([x, y], [24, 10])).endswith(": 26 for each unit of length; most, 26, along the gradient")
    both = tape(f, x * y).tangents([x, y], [1, 1])
    assert both.below() == () == f.tape().tangents([x, y], [0, 0]).below()
    assert [*both.values()][-1] == 7.0
    assert f.tape().tangents(x, [2.0])[f] == 48.0


def test_several_directions_stand_in_a_table_with_the_gradient_as_the_steepest():
    x, y = Value(1.5, "x"), Value(2.0, "y")
    f = x * x + y * y
    f.label = "f"
    along = f.tape().tangents([x, y], [[5, 0], [4, 3], [3, 4], [-4, 3], [-3, -4]])
    assert [sweep[f] for sweep in along] == [15.0, 24.0, 25.0, 0.0, -25.0]  # 3·ẋ + 4·ẏ
    assert along[1][x] == 4.0
    assert along[1:3][1][f] == 25.0
    assert str(along).splitlines() == [
        " (ẋ, ẏ)   │ ḟ   │ ḟ for each unit of length",
        "──────────┼─────┼───────────────────────────",
        " (5, 0)   │ 15  │ 3",
        " (4, 3)   │ 24  │ 4.8",
        " (3, 4)   │ 25  │ 5",
        " (-4, 3)  │ 0   │ 0",
        " (-3, -4) │ -25 │ -5",
        "f moves most along the gradient (3, 4): by 5 for each unit of length; across it not at all, against it by -5",
    ]
    assert r"(\dot{x}, \dot{y}) & \dot{f}" in along.latex()


def test_directions_of_length_1_and_of_several_roots():
    x, y, f = example()
    assert len(f.tape().tangents([x, y], [[1, 0], [0.6, 0.8]]).cells("text")[0]) == 2
    both = tape(f, x * y).tangents([x, y], [[2, 0], [0, 0]])
    assert both.cells("text")[1:] == [["(2, 0)", "48", "8", "24", "4"], ["(0, 0)", "0", "0", "", ""]]  # of f and 3·4
    assert both.below() == ()
    inner = next(node for node in f.tape() if node.parents)
    assert f.tape().tangents([x, inner], [[1, 0]]).below() == ()  # inner moves with x
    flat = (x - 3) ** 2 + (y - 4) ** 2
    assert flat.tape().tangents([x, y], [[1, 0]]).below() == ()
    long = total([Value(float(i), f"x{i}") ** 2 for i in range(1, 8)])
    leaves = [node for node in long.tape() if not node.parents]
    assert long.tape().tangents(leaves, [[1] * 7]).cells("text")[1][0] == "(1, 1, …, 1, 1)"


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (([a, b],), TypeError, "needs a direction"),
        (([a, b], [1.0]), ValueError, "a number for each value: 2, and this one has 1"),
        (([a, b], [[1.0, 0.0], [1.0]]), ValueError, "a number for each value: 2, and this one has 1"),
        (([a, b], [[1.0, 0.0], 1.0]), TypeError, "a direction"),
        (([a, Value(1.0, "other")], [1, 1]), ValueError, "other is not on it"),
        ((a, ["1"]), TypeError, "needs a real number"),
    ],
)
def test_directions_that_do_not_fit_are_refused(arguments, kind, message):
    with pytest.raises(kind, match=message):
        product.tape().tangents(*arguments)


def test_without_an_argument_tangents_are_those_of_every_leaf():
    x, y, f = example()
    t = Value(2.0, "t", constant=True)
    g = f * t + x
    before = [(node.has_grad, node.grad) for node in g.tape()]
    found = g.tape().tangents()
    assert [*found] == [x, y]
    assert len(found) == 2
    assert x in found
    assert t not in found
    assert all(dict(found[leaf]) == dict(g.tape().tangents(leaf)) for leaf in (x, y))
    assert [found[leaf][g] for leaf in found] == [2 * 24.0 + 1, 2 * 10.0]
    with pytest.raises(KeyError):
        found[t]
    assert "constant" in str(found)
    assert [(node.has_grad, node.grad) for node in g.tape()] == before


def fan(count):
    """The product and sum of so many leaves in turn, as a recurrence: leaves x1, x2, … and the result v."""
    leaves = [Value(1.0, f"x{i}") for i in range(1, count + 1)]
    v, *others = leaves
    for x in others:
        v = v * x + v
    v.label = "result"
    return leaves, v


@pytest.mark.parametrize("width", [40, 70, 80, 200])
def test_columns_of_tangents_fit_the_terminal_and_their_last_row_is_the_adjoints_column(width, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    leaves, v = fan(9)
    v.backward()
    found = v.tape().tangents()
    head, rule, *rows = [line for line in str(found).splitlines() if "│" in line or "┼" in line]
    assert len(rows) == len(v.tape())
    narrow = width == 40
    assert max(map(len, (head, rule, *rows))) <= width
    heads = [cell.strip() for cell in head.split("│")]
    table = {cells[0]: cells for cells in ([cell.strip() for cell in row.split("│")] for row in rows)}
    shown = [leaf for leaf in leaves if f"∂v/∂{leaf.label}" in heads]
    assert len(shown) == {40: 2, 70: 2, 80: 3, 200: 9}[width]
    last_row = [float(table["result"][heads.index(f"∂v/∂{leaf.label}")]) for leaf in shown]
    assert last_row == [leaf.grad for leaf in shown]
    lines = str(found).splitlines()[len(rows) + 2 :]
    assert max(map(len, lines)) <= width
    below = "\n".join(lines).replace("\n    ", " ").splitlines()  # sentences that are broken are indented
    assert below[:2] == [
        "9 passes in forward mode, a column for each leaf: each goes through the graph again",
        "the last row is the gradient of result",
    ]
    assert (heads[-1] == "∂result/∂v") is not narrow
    if not narrow:
        assert [float(table[leaf.label][-1]) for leaf in leaves] == [leaf.grad for leaf in leaves]
        assert below[2] == "∂result/∂v takes 1 backward pass, and has the gradient beside the leaves"
    folded = {40: "x2", 70: "x2", 80: "x3"}.get(width)
    said = f"… stands for {9 - len(shown)} more leaves: tangents({folded}) has the column of one"
    assert (said in below) == ("…" in heads) == (folded is not None)
    assert found.html().count("<tr>") == len(v.tape()) + 1
    assert r"\partial" in found.latex()


def test_tangents_of_several_roots_and_of_none():
    x, y, f = example()
    text = str(tape(f, x * y).tangents())
    assert "∂f/∂v" not in text
    assert "the rows of f, " in text
    assert "1 pass in forward mode, a column for the only leaf\n" in str((x * x).tape().tangents())
    t = Value(2.0, "t", constant=True)
    with pytest.raises(ValueError, match="this tape has none"):
        (t * t).tape().tangents()
    with pytest.raises(TypeError, match="a direction is one of several values"):
        f.tape().tangents(direction=[1.0])
    x.data = 5.0
    with pytest.raises(StaleGraphError):
        f.tape().tangents()


def test_operations_of_ones_own_have_jacobians():
    own = operation("own", lambda u, t: u * u * t)
    u, t = Value(2.0, "u"), Value(5.0, "t")
    assert jacobian([own(u, t), own(t, u)], [u, t]) == [[20, 4], [25, 20]]
