"""Derivatives inside functions that are being differentiated: they remember what they depend on outside of themselves."""

import asyncio
import gc
import math
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from chalkgrad.engine import (
    DomainError,
    Value,
    exp,
    four_ways,
    gradcheck,
    gradient,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    no_grad,
    sin,
    tanh,
    total,
    vjp,
)
from chalkgrad.engine.basics import modes
from chalkgrad.nn import MLP, newton, rosenbrock

A = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def form(x, y):
    """The bilinear form yᵀAx."""
    return total([y[i] * A[i][j] * x[j] for i in range(2) for j in range(3)])


@pytest.fixture(autouse=True)
def _nothing_is_left_on():
    yield
    assert modes.in_use == 0
    assert type(gradient(lambda x: x * x)(3.0)) is float


# What the inner derivative depends on --------------------------------------------------------------------------------

# Each is a function of x whose inner derivative is taken at a number, and its derivative in closed form.
INNER = {
    "gradient": (lambda x: x * gradient(lambda y: x * y)(2.0), lambda x: 2 * x),
    "gradient of a graph": (lambda x: gradient(x**3, x) * x, lambda x: 9 * x**2),
    "two levels": (lambda x: x * gradient(lambda y: gradient(lambda z: x * y * z * z)(5.0) * y)(2.0), lambda x: 80 * x),
    "jacobian": (lambda x: jacobian(lambda y: [sin(x * y), y])(2.0)[0][0], lambda x: math.cos(2 * x) - 2 * x * math.sin(2 * x)),
    "jacobian in reverse": (lambda x: jacobian(lambda y, z: x**2 * y * z)(2.0, 3.0)[0][1], lambda x: 4 * x),
    "hessian": (lambda x: hessian(lambda y: x**3 * y * y)(2.0)[0][0], lambda x: 6 * x**2),
    "hessian, mixed": (lambda x: hessian(lambda y, z: exp(x * y) * z)(2.0, 3.0)[1][0], lambda x: math.exp(2 * x) * (1 + 2 * x)),
    "hvp": (lambda x: hvp(lambda y: x**3 * y * y)(2.0, v=5.0), lambda x: 30 * x**2),
    "hvp along x": (lambda x: hvp(lambda y: x**3 * y * y)(2.0, v=x), lambda x: 8 * x**3),
    "jvp": (lambda x: jvp(lambda y: sin(x * y))(2.0, v=3.0), lambda x: 3 * (math.cos(2 * x) - 2 * x * math.sin(2 * x))),
    "jvp along x": (lambda x: jvp(lambda y: x * y * y)(2.0, v=x), lambda x: 8 * x),
    "jvp at x along x": (lambda x: jvp(lambda y: x * y * y)(x, v=x), lambda x: 6 * x**2),
    "vjp": (lambda x: vjp(lambda y: [x * y, x * x * y])(2.0, u=[3.0, 5.0]), lambda x: 3 + 10 * x),
    "vjp by x": (lambda x: vjp(lambda y: [x * y, x * x * y])(2.0, u=[x, 5.0]), lambda x: 12 * x),
    "a row of a matrix": (lambda x: total(jacobian(lambda y: [x * y[0], x * y[1]])([1.0, 2.0])[0]), lambda x: 1.0),
    "a generator": (lambda x: (gradient(lambda y: x * y * y)(2.0) for _ in range(1)), lambda x: 4.0),
}


@pytest.mark.parametrize("name", INNER)
@pytest.mark.parametrize("at", [1.0, -0.7])
def test_an_inner_derivative_at_a_number_is_differentiated_through(name, at):
    f, exact = INNER[name]
    assert jacobian(f)(at) == [[pytest.approx(exact(at), rel=1e-14)]]
    if name != "a generator":
        assert gradient(f)(at) == pytest.approx(exact(at), rel=1e-14)
        assert jvp(f)(at, v=2.0) == pytest.approx(2 * exact(at), rel=1e-14)
        assert vjp(f)(at, u=2.0) == pytest.approx(2 * exact(at), rel=1e-14)
        assert gradcheck(f, at, order=2)


def test_second_derivatives_see_it_too():
    f = lambda x: x * gradient(lambda y: x * y * y)(2.0)  # noqa: E731 - a formula, 4x²
    assert hessian(f)(1.0) == [[8]]
    assert hvp(f)(1.0, v=3.0) == 24.0
    assert gradient(gradient(f))(1.0) == 8.0


def test_matrices_of_mixed_derivatives():
    by_y = lambda x: gradient(lambda y: form(x, y))([0.1, 0.2])  # noqa: E731 - a formula
    assert jacobian(by_y)([1.0, 2.0, 3.0]) == A
    assert jacobian(lambda x: jacobian(lambda y: form(x, y))([0.1, 0.2])[0])([1.0, 2.0, 3.0]) == A
    assert jacobian(lambda x: vjp(lambda y: form(x, y))([0.1, 0.2], u=1.0))([1.0, 2.0, 3.0]) == A
    in_arrays = gradient(lambda x: (gradient(lambda y: (x * y * y).sum())(np.array([1.0, 2.0])) * x).sum())
    assert in_arrays(np.array([3.0, 4.0])).tolist() == [12.0, 32.0]  # of Σ 2·x²·y


def test_an_enclosing_scope_as_the_autograd_of_hips_tests_it():
    """HIPS/autograd, tests/test_graphs.py: test_enclosing_scope_ref and test_enclosing_scope_ref_2."""

    def first(x):
        return x * gradient(lambda y: x * y)(2.0)

    def second(x):
        def inner(y):
            return y * x

        return gradient(inner)(2.0) * x

    for f in (first, second):
        assert gradient(f)(1.5) == 3.0
        assert gradcheck(f, 1.5)


def test_perturbations_are_not_confused_as_forward_diff_tests_it():
    """JuliaDiff/ForwardDiff.jl, test/ConfusionTest.jl: nested derivatives that share variables or do not."""
    D, at = gradient, 5.0
    assert D(lambda x: x * D(lambda y: x + y)(1.0))(1.0) == 1.0
    assert D(lambda x: D(lambda y: x * y)(at) * x)(at) == 2 * at
    assert D(lambda x: x * D(lambda y: x * y)(x))(at) == 2 * at
    assert hessian(lambda x: x * D(lambda y: x * y * y)(2.0))(1.0) == [[8]]
    swapped = lambda x: jacobian(lambda y: [x[0] * y[1], x[1] * y[0]])([1.0, 1.0])  # noqa: E731 - a formula
    assert jacobian(lambda x: swapped(x)[0])([2.0, 3.0]) == [[0, 0], [1, 0]]
    assert jacobian(lambda x: swapped(x)[1])([2.0, 3.0]) == [[0, 1], [0, 0]]


def test_a_step_of_descent_is_differentiated_by_the_target():
    """d/da of w - 0.1·∂(w - a)²/∂w is 0.2, from a number w."""
    assert gradient(lambda a: 3.0 - 0.1 * gradient(lambda w: (w - a) ** 2)(3.0))(1.0) == 0.2


def test_nesting_may_be_deep():
    def power(n, x):
        """d/dy x·(…)·y at y = 2, n times: xⁿ."""
        return x if n == 1 else gradient(lambda y: x * power(n - 1, x) * y)(2.0)

    for n in (1, 2, 5, 9):
        assert gradient(lambda x, n=n: power(n, x))(1.5) == pytest.approx(n * 1.5 ** (n - 1), rel=1e-14)


def test_checks_and_searches_inside_work_with_numbers():
    def f(x):
        assert gradcheck(lambda y: sin(y) * y, 0.5, order=2)
        assert four_ways(lambda y: y * y, 3.0).reverse.derivatives == (6.0,)
        assert newton(rosenbrock, -1.2, 1.0).x == pytest.approx((1.0, 1.0))
        return x * x

    assert gradient(f)(3.0) == 6.0


# Where derivatives are Values, and where numbers ---------------------------------------------------------------------


def kinds(x):
    """The kinds of all derivatives, taken here at numbers."""
    u = Value(2.0)
    with modes.taped():  # under no_grad() too, or it would not know what it was computed from
        square = u * u
    found = [
        type(gradient(lambda y: y * y)(2.0)),
        type(gradient(lambda y: y[0])([2.0])[0]),
        type(gradient(square, u)),
        type(jacobian(lambda y: y * y)(2.0)[0][0]),
        type(hessian(lambda y, z: y * y)(2.0, 3.0)[1][1]),
        type(hvp(lambda y: y * y)(2.0, v=1.0)),
        type(jvp(lambda y: y * y)(2.0, v=1.0)),
        type(vjp(lambda y: y * y)(2.0, u=1.0)),
    ]
    return [float if issubclass(kind, float) else kind for kind in found]  # that of a graph knows where it comes from


def test_inside_a_running_derivative_they_are_values_and_elsewhere_floats():
    found = []

    def f(x):
        found.append(kinds(x))
        with no_grad():
            found.append(kinds(x))
        return x * x

    assert kinds(0) == [float] * 8
    for outer in (gradient(f), jacobian(f), hessian(f), lambda x: gradcheck(f, x), lambda x: four_ways(f, x)):
        found.clear()
        outer(1.0)
        assert found[:2] == [[Value] * 8, [float] * 8]
    assert kinds(0) == [float] * 8


@pytest.mark.parametrize("outer", [gradient, jacobian, hessian, lambda f: lambda x: gradcheck(f, x)])
def test_a_function_that_raises_leaves_nothing_on(outer):
    def f(x):
        gradient(lambda y: 1 / (y * 0))(x)

    with pytest.raises(DomainError, match="a divisor other than 0"):
        outer(f)(1.0)
    assert kinds(0) == [float] * 8


def test_threads_do_not_see_each_others_derivatives():
    inside, seen = threading.Barrier(2), threading.Barrier(2)

    def differentiating():
        def f(x):
            inside.wait(30)
            seen.wait(30)
            return x * gradient(lambda y: x * y)(2.0)

        return gradient(f)(1.0)

    def beside():
        inside.wait(30)
        found = kinds(0)
        seen.wait(30)
        return found

    with ThreadPoolExecutor(2) as pool:
        one, other = [pool.submit(work) for work in (differentiating, beside)]
        assert (one.result(60), other.result(60)) == (2.0, [float] * 8)


def test_tasks_do_not_see_each_others_derivatives():
    """Both tasks are in the middle of their function at the same time, one of them in a derivative."""

    async def main():
        entered, done = asyncio.Event(), asyncio.Event()

        async def differentiating():
            with modes.differentiated():
                entered.set()
                await done.wait()
                return kinds(0)

        async def beside():
            await entered.wait()
            found = kinds(0)
            done.set()
            return found

        return await asyncio.gather(differentiating(), beside())

    assert asyncio.run(main()) == [[Value] * 8, [float] * 8]


# Values on request ---------------------------------------------------------------------------------------------------


def f_of_three(x):
    return tanh(x[0] * x[1]) + x[2] ** 3 * x[0]


AT, ALONG = [0.3, -0.8, 1.7], [1.0, -2.0, 0.5]


def test_with_create_graph_all_are_values_with_the_same_numbers():
    xs = [Value(x, f"x{i}") for i, x in enumerate(AT, 1)]
    y = f_of_three(xs)
    ys = [y, xs[0] * xs[2], xs[1].sin(), xs[0]]
    pairs = [
        (jacobian(ys, xs, create_graph=True), jacobian(ys, xs)),
        (jacobian(ys[:2], xs, create_graph=True), jacobian(ys[:2], xs)),
        (hessian(y, xs, create_graph=True), hessian(y, xs)),
        ([jvp(ys, xs, ALONG, create_graph=True)], [jvp(ys, xs, ALONG)]),
        ([vjp(ys[:3], xs, ALONG, create_graph=True)], [vjp(ys[:3], xs, ALONG)]),
        ([hvp(y, xs, ALONG, create_graph=True)], [hvp(y, xs, ALONG)]),
    ]
    for recorded, numbers in pairs:
        for row, expected in zip(recorded, numbers, strict=True):
            assert all(isinstance(entry, Value) for entry in row)
            assert [entry.data for entry in row] == pytest.approx(expected, rel=1e-13, abs=1e-14)


def test_they_are_values_of_values_and_differentiated_again():
    xs = [Value(x, f"x{i}") for i, x in enumerate(AT, 1)]
    third = jacobian(lambda x: hessian(f_of_three)(x)[0])(xs)
    plain = [
        [gradient(gradient(gradient(f_of_three(xs), xs, create_graph=True)[0], b, create_graph=True), c) for c in xs]
        for b in xs
    ]
    for row, expected in zip(third, plain, strict=True):
        assert [entry.data for entry in row] == pytest.approx(expected, rel=1e-13, abs=1e-14)
    # ∂/∂x3 of the first row times x is H_13 + ∂H_13/∂x3·x3, and H_13 is 3·x3²; the other entries do not depend on x3.
    assert gradient(hvp(f_of_three(xs), xs, xs)[0], xs[2]) == pytest.approx(9 * AT[2] ** 2, rel=1e-13)
    assert jacobian(sin)(xs[0])[0][0].data == math.cos(AT[0])


def test_a_matrix_of_values_shows_equals_and_hands_out_its_entries():
    x, y = Value(3.0, "x"), Value(4.0, "y")
    plain, recorded = (hessian(x**2 * y + y, [x, y], create_graph=on) for on in (False, True))
    assert recorded == plain == [[8, 6], [6, 0]]
    assert (str(recorded), recorded.latex()) == (str(plain), plain.latex())
    assert recorded[0][1] is recorded[1][0]
    array = np.array(recorded)
    assert (array.dtype, (array @ [1.0, 1.0])[0].data) == (object, 14.0)
    diagonal = jacobian([x * x, y * y], [x, y], create_graph=True)
    assert diagonal.diagonal
    assert diagonal[0][1].data == 0.0


def test_recorded_entries_are_named_as_derivatives():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    y = (w * x) ** 3 * x
    y.label = "y"
    h = hessian(y, [x, w], create_graph=True)
    assert [h[0][0].label, h[1][0].label, h[1][1].label] == ["∂²y/∂x²", "∂²y/∂x∂w", "∂²y/∂w²"]
    assert jacobian([y, x * w], [x, w, Value(1.0)], create_graph=True)[0][1].label == "∂y/∂w"


def test_recorded_products_follow_their_vector():
    """d/dt of J·(t·v) is J·v: the vector's own graph is part of the product's."""
    t = Value(0.7, "t")
    xs = [Value(x) for x in AT]
    found = jvp(f_of_three(xs), xs, [t * a for a in ALONG])
    assert gradient(found, t) == pytest.approx(jvp(f_of_three(xs), xs, ALONG), rel=1e-13)
    row = vjp([f_of_three(xs), xs[0]], xs, [t, 2.0])
    assert gradient(row[0], t) == pytest.approx(gradient(f_of_three(xs), xs)[0], rel=1e-13)


# A loss that contains a derivative of the model ----------------------------------------------------------------------


def residuals(model, points):
    """The loss of a model u of the equation u' = -u, u(0) = 1, at some points: squares of what should be 0."""
    slope = gradient(lambda t: model([t]), create_graph=True)
    inside = total([(slope(t) + model([t])) ** 2 for t in points]) / len(points)
    return inside + (model([0.0]) - 1) ** 2


def test_the_residual_of_a_differential_equation_has_the_gradient_that_differences_measure():
    model = MLP(1, [4, 1], "tanh", seed=3)
    points = [0.0, 0.5, 1.0]
    loss = residuals(model, points)
    loss.backward()
    for p in model.parameters():
        before, values = p.data, []
        for h in (1e-5, -1e-5):
            p.data = before + h
            values.append(residuals(model, points).data)
        p.data = before
        assert p.grad == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-6, abs=1e-9)


def test_training_on_residuals_finds_the_solution():
    """After some hundred steps of descent u is exp(-t) to two digits."""
    model = MLP(1, [6, 1], "tanh", seed=1)
    points = [i / 4 for i in range(5)]
    loss = residuals(model, points)
    for _ in range(400):
        loss.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
        loss.forward()
    assert [model.predict([t]) for t in points] == pytest.approx([math.exp(-t) for t in points], abs=0.03)


# What is left behind -------------------------------------------------------------------------------------------------

CALLS = {
    "gradient": lambda: gradient(lambda x: tanh(x) * x)(0.5),
    "gradient of lists": lambda: gradient(lambda x, y: x[0] * y)([0.5], 2.0),
    "recorded gradient": lambda: gradient(lambda x: abs(tanh(x)) * x, create_graph=True)(0.5).data,
    "gradient of gradient": lambda: gradient(gradient(lambda x: tanh(x) * x))(0.5),
    "hessian": lambda: hessian(lambda x: tanh(x[0]) * x[1])([0.5, 2.0])[0][0],
    "hessian inside": lambda: gradient(lambda a: hessian(lambda x: tanh(x) * a)(0.5)[0][0])(2.0),
    "jvp": lambda: jvp(lambda x: tanh(x[0]))([0.5], v=[2.0]),
    "vjp inside": lambda: gradient(lambda a: vjp(lambda x: tanh(x) * a)(0.5, u=2.0))(2.0),
}


@pytest.mark.parametrize("name", CALLS)
def test_graphs_are_freed_without_the_collector(name):
    call = CALLS[name]
    call()  # what is compiled once stays
    gc.collect()
    gc.disable()
    try:
        call()
        assert gc.collect() == 0  # unreachable objects found
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: gradient(lambda y: log(y - 5))(x), "log(x - 5) with x - 5 = -3, from x = 2: log needs x > 0"),
        (lambda x: gradient(lambda y: gradient(lambda z: log(z - 5))(y))(x), "log(x - 5) with x - 5 = -3, from x = 2: log"),
        (lambda x: gradient(lambda y: log(y))(x - 3), "log(y) with y = -1: log needs x > 0"),
    ],
)
def test_an_error_inside_names_the_outer_argument_itself(f, message):
    with pytest.raises(DomainError) as caught:
        gradient(f)(2.0)
    assert message in str(caught.value)
