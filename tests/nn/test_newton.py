"""Newton's method and gradient descent: published steps, what is done about difficult Hessians, and the linear algebra."""

import math
import random

import numpy as np
import pytest
from chalkgrad.engine import DomainError, NonFiniteError, Value, exp, gradient, hessian, log, program, relu, sqrt, total
from chalkgrad.engine.words.expressions import number
from chalkgrad.nn import Descents, GradientDescent, gradient_descent, newton, rosenbrock
from chalkgrad.nn.newton import positive_definite, solution
from chalkgrad.viz import plot_descent
from scipy.optimize import minimize

# f after each whole Newton step from (-1.2, 1), as printed in many textbooks.
PUBLISHED = [24.2, 4.731884325266608, 1411.8451795, 0.055965522, 0.31318909, 1.8527397e-11, 3.4326462e-20]


def test_whole_newton_steps_on_rosenbrock_are_the_published_ones():
    path = newton(rosenbrock, -1.2, 1.0, line_search=False)
    assert [step.f for step in path][:5] == pytest.approx(PUBLISHED[:5], rel=1e-7)
    assert [step.f for step in path][5:7] == pytest.approx(PUBLISHED[5:], rel=1e-3)  # rounding has its say there
    assert path[1].x == pytest.approx((-1.1752809, 1.3806742), abs=1e-7)
    assert next(i for i, step in enumerate(path) if step.f < 1e-10) == 5


def test_with_line_search_f_falls_in_every_step_and_newton_takes_21():
    path = newton(rosenbrock, -1.2, 1.0)
    values = [step.f for step in path]
    assert values == sorted(values, reverse=True)
    assert len(path) - 1 == 21
    assert path.x == pytest.approx((1.0, 1.0), abs=1e-8)
    assert "1/8 of the step" in str(path)
    assert path.stopped == "the gradient is as good as 0"


def test_gradient_descent_is_the_optimisers():
    path = gradient_descent(rosenbrock, -1.2, 1.0, steps=2, rate=0.001)
    assert path[1].x == pytest.approx((-1.2 + 0.2156, 1 + 0.088), rel=1e-12)  # the gradient there is (-215.6, -88)
    after, _ = GradientDescent(0.001).moved([-1.2, 1.0], [-215.6, -88.0], 0.001)
    assert path[1].x == pytest.approx(after)
    with_momentum = gradient_descent(rosenbrock, -1.2, 1.0, steps=50, momentum=0.9)
    assert with_momentum[-1].f != path[-1].f


def test_gradient_descent_is_slow_where_newton_is_done():
    path = gradient_descent(rosenbrock, -1.2, 1.0, steps=2000)
    assert path[-1].f > 0.05
    assert path.stopped.startswith("all 2,000 steps are taken")


def test_both_stand_in_one_table():
    both = Descents([newton(rosenbrock, -1.2, 1.0), gradient_descent(rosenbrock, -1.2, 1.0, steps=300)])
    lines = str(both).split("\n")
    assert lines[0].split("│")[1].strip() == "Newton: x, y"
    assert lines[0].split("│")[3].strip() == "gradient descent: x, y"
    assert [line.split("│")[0].strip() for line in lines[-6:-2]] == ["50", "100", "200", "300"]
    assert lines[-2].startswith("Newton: the gradient")
    assert len({len(line.split("│")) for line in lines[2:-2]}) == 1
    assert "<table" in both._repr_html_()
    assert r"$-1.2, 1$" in both.latex()


def test_a_quadratic_takes_one_step():
    path = newton(lambda x, y: 3 * x * x + x * y + 2 * y * y - 4 * x + y, 10.0, -7.0)
    assert len(path) == 2
    assert path.x == pytest.approx(tuple(np.linalg.solve([[6, 1], [1, 4]], [4, -1])), rel=1e-14)


def test_a_hessian_that_is_not_positive_definite_is_shifted_and_the_table_says_so():
    path = newton(lambda x: x**4 - x**2, 0.1)
    assert path.x == pytest.approx((math.sqrt(0.5),), rel=1e-9)
    assert path[1].how == f"1/128 of the step, H + {number(path[1].shift)}·I"
    assert "where H is not positive definite, a multiple of I is added to it\n" in str(path)
    assert path[1].f < path[0].f
    saddle = newton(lambda x, y: x * x - y * y + y**4, 1.0, 0.01)
    assert abs(saddle.x[1]) == pytest.approx(math.sqrt(0.5), rel=1e-9)


def test_a_singular_hessian_is_told_without_line_search_and_shifted_with():
    def line(x, y):
        return 3 * x + y

    with pytest.raises(ValueError, match=r"the Hessian at x = 0, y = 0 is singular: H·d = -g has no single solution"):
        newton(line, 0.0, 0.0, line_search=False)
    assert newton(line, 0.0, 0.0, steps=3)[-1].f < 0


def test_it_stays_inside_a_domain_or_says_why_it_stops():
    assert newton(lambda x: x * log(x), 50.0).x == pytest.approx((math.exp(-1),), rel=1e-8)
    stopped = newton(lambda x: x * log(x), 5.0, line_search=False).stopped
    assert stopped.startswith("the next step leads to where f has no finite value: log(")
    assert "1.798e308" in gradient_descent(rosenbrock, -1.2, 1.0, rate=0.01).stopped


def test_flat_places_and_kinks_end_a_descent():
    assert len(newton(lambda x: relu(x) + 0 * x, -1.0)) == 1
    assert newton(lambda x: x**4, 0.0).stopped == "the gradient is as good as 0"
    assert newton(lambda x: abs(x) + 0 * x * x, 0.5).stopped  # whatever it does, it ends


def test_lists_are_inputs_too():
    path = newton(lambda w, b: total([(x - i) ** 2 for i, x in enumerate(w)]) + exp(b) - b, [3.0] * 5, 2.0)
    assert path.x == pytest.approx((0, 1, 2, 3, 4, 0), abs=1e-7)
    assert path.names == ("w1", "w2", "w3", "w4", "w5", "b")
    assert "w1, w2, …, b" in str(path)


def test_the_same_descent_gives_the_same_text():
    assert str(newton(rosenbrock, -1.2, 1.0)) == str(newton(rosenbrock, -1.2, 1.0))


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda: newton(rosenbrock), TypeError, "needs the point"),
        (lambda: newton(rosenbrock, 1.0), TypeError, "cannot be called with 1 argument"),
        (lambda: newton("f", 1.0), TypeError, "takes a function"),
        (lambda: newton(rosenbrock, 1.0, "2"), TypeError, "text"),
        (lambda: newton(lambda x: [x, x], 1.0), TypeError, "one output"),
        (lambda: newton(log, -1.0), DomainError, "x > 0"),
        (lambda: newton(sqrt, 0.0), NonFiniteError, "inf"),
        (lambda: newton(rosenbrock, 1.0, 2.0, steps=0), ValueError, "whole number from 1"),
        (lambda: newton(rosenbrock, 1.0, 2.0, tolerance=-1), ValueError, "length from 0"),
        (lambda: gradient_descent(rosenbrock, 1.0, 2.0, rate=0), ValueError, "above 0"),
        (lambda: gradient_descent(rosenbrock, 1.0, 2.0, momentum=2), ValueError, "momentum"),
    ],
)
def test_what_cannot_be_descended_is_refused_in_a_sentence(ask, error, says):
    with pytest.raises(error, match=says):
        ask()


# SciPy ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "Newton-CG", "SLSQP"])
@pytest.mark.parametrize("target", ["python", "numpy", "llvm"])
def test_scipy_minimises_with_the_gradients_of_programs(method, target):
    x, y = Value(0.0, "x"), Value(0.0, "y")
    f = program(rosenbrock(x, y), inputs=[x, y]).compile(target)
    found = minimize(lambda p: tuple(map(np.asarray, f(*p))), [-1.2, 1.0], jac=True, method=method, options={"maxiter": 1000})
    assert found.x == pytest.approx([1.0, 1.0], abs=1e-3)


@pytest.mark.parametrize("method", ["trust-exact", "trust-ncg", "dogleg", "Newton-CG"])
def test_scipy_takes_our_hessians(method):
    hessians = hessian(rosenbrock)
    slopes = gradient(rosenbrock)
    found = minimize(
        lambda p: rosenbrock(*p),
        [1.3, 1.4] if method == "dogleg" else [-1.2, 1.0],  # dogleg wants positive definite ones throughout
        jac=lambda p: np.array(slopes(*p)),
        hess=lambda p: np.array(hessians(*p)),
        method=method,
    )
    assert found.x == pytest.approx([1.0, 1.0], abs=1e-4)
    assert np.array(hessians(1.0, 1.0)).tolist() == [[802, -400], [-400, 200]]


# Linear equations ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 8, 20])
def test_solutions_are_numpys(n):
    rng = random.Random(n)
    for _ in range(10):
        matrix = [[rng.uniform(-1, 1) for _ in range(n)] for _ in range(n)]
        right = [rng.uniform(-1, 1) for _ in range(n)]
        exact = np.linalg.solve(matrix, right)
        condition = np.linalg.cond(matrix)
        assert np.abs(np.array(solution(matrix, right)) - exact).max() <= 1e-14 * condition * max(1, np.abs(exact).max())


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_positive_definite_is_what_numpys_eigenvalues_say(n):
    rng = np.random.default_rng(n)
    for shift in (-1.0, 0.0, 0.5, 3.0):
        matrix = rng.normal(size=(n, n))
        matrix = (matrix + matrix.T) / 2 + shift * np.eye(n)
        assert positive_definite(matrix.tolist()) == (np.linalg.eigvalsh(matrix).min() > 0)


def test_singular_matrices_have_no_solution():
    assert solution([[1.0, 2.0], [2.0, 4.0]], [1.0, 2.0]) is None
    assert solution([[0.0]], [1.0]) is None
    assert not positive_definite([[1.0, 1.0], [1.0, 1.0]])


# The plot ------------------------------------------------------------------------------------------------------------


def paths(steps=30):
    return newton(rosenbrock, -1.2, 1.0), gradient_descent(rosenbrock, -1.2, 1.0, steps=steps)


def test_the_plot_has_the_paths_over_contours():
    first, second = paths()
    axes = plot_descent(first, second)
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
    for path, (xs, ys) in zip((first, second), drawn, strict=False):
        assert list(zip(xs, ys, strict=True)) == [step.x for step in path]
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["Newton\n21 steps", "gradient descent\n30 steps"]
    assert axes.get_xlabel() == "x"
    assert axes.collections  # the contours
    assert all(step.x[0] > axes.get_xlim()[0] for path in (first, second) for step in path)


@pytest.mark.parametrize("theme", ["dark", "print"])
def test_the_same_plot_gives_the_same_bytes(theme, tmp_path):
    both = Descents(paths())
    for name in ("a.svg", "b.svg"):
        plot_descent(both, save=tmp_path / name, theme=theme)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x, y: x * log(x) + y * y, (3.0, 1.0)),  # no value left of x = 0
        (lambda x, y: x * x + 0 * y, (0.0, 0.0)),
        (lambda x, y: 0 * x + 0 * y + 5, (1.0, 1.0)),
        (lambda x, y: 3 * x - y, (1.0, 1.0)),
    ],
)
def test_functions_with_edges_and_plains_are_drawn_too(f, x):
    assert plot_descent(newton(f, *x, steps=3)).lines


@pytest.mark.parametrize(
    ("ask", "error", "says"),
    [
        (lambda: plot_descent(), ValueError, "from one path"),
        (lambda: plot_descent([1, 2]), TypeError, "what newton"),
        (lambda: plot_descent(newton(lambda x: x * x, 1.0)), ValueError, "2 inputs, and this one has 1"),
        (lambda: plot_descent(newton(rosenbrock, 1.0, 1.0), theme="loud"), ValueError, "no theme"),
        (lambda: plot_descent(newton(rosenbrock, 1.0, 1.0), save="a.gif"), ValueError, "none of these"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(ask, error, says):
    with pytest.raises(error, match=says):
        ask()
