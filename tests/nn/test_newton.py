"""Newton's method and gradient descent: published steps, what is done about difficult Hessians, and the linear algebra."""

import math
import random

import numpy as np
import pytest
from chalkgrad.engine import DomainError, NonFiniteError, Value, cos, exp, gradient, hessian, log, program, relu, sqrt, total
from chalkgrad.engine.words.expressions import number
from chalkgrad.nn import Descents, GradientDescent, gradient_descent, newton, rosenbrock
from chalkgrad.nn.descents import positive_definite, solution
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
    assert [line.split("│")[0].strip() for line in lines[-8:-4]] == ["50", "100", "200", "300"]
    assert [line.partition(" ")[0] for line in lines[-4:]] == ["Newton:", "Newton:", "gradient", "gradient"]
    assert lines[-3] == "Newton: the gradient is as good as 0"
    assert len({len(line.split("│")) for line in lines[2:-4]}) == 1
    assert "<table" in both._repr_html_()
    assert r"-1.2, 1 &" in both.latex()


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
    assert newton(lambda x: x**4, 0.0).stopped.startswith("the gradient is as good as 0; whether this is a minimum")
    assert newton(lambda x: abs(x) + 0 * x * x, 0.5).stopped  # whatever it does, it ends


def test_a_step_of_descent_says_how_long_it_is():
    path = gradient_descent(lambda x, y: x * x + 2 * y * y, 3.0, 2.0, rate=0.1, steps=2)  # ∇f is (6, 8), then (4.8, 4.8)
    assert [step.how for step in path] == ["start", "rate 0.1, a step of 1", "rate 0.1, a step of 0.6788"]
    assert path[1].slope == pytest.approx(10 * 0.67882251, rel=1e-7)
    with_momentum = gradient_descent(lambda x: x * x, 1.0, rate=0.1, momentum=0.5, steps=2)
    assert with_momentum[2].how == "rate 0.1, a step of 0.26"  # 0.1·1.6 and half of the 0.2 before


FLAT = "the gradient is as good as 0"
SADDLE = f"{FLAT}, and this is a saddle: the second derivatives say that f rises in some directions and falls in others"
MAXIMUM = f"{FLAT}, and this is a maximum: the second derivatives say that f falls in every direction"
UNTOLD = f"{FLAT}; whether this is a minimum the second derivatives do not tell, for in some direction they are 0, too"


@pytest.mark.parametrize(
    ("f", "at", "said"),
    [
        (lambda x, y: x * x + y * y, (0.0, 0.0), FLAT),
        (lambda x, y: x * x + 3 * x * y + 4 * y * y, (0.0, 0.0), FLAT),  # 4·1·4 > 3²
        (
            lambda x, y: x * x + 5 * x * y + 4 * y * y,
            (0.0, 0.0),
            SADDLE,
        ),  # 4·1·4 < 5², though both of the diagonal are positive
        (lambda x, y: x * x + 4 * x * y + 4 * y * y, (0.0, 0.0), UNTOLD),  # (x + 2y)², a valley
        (lambda x, y: x * x - y * y, (1.0, 0.0), SADDLE),  # walked to along y = 0
        (lambda x, y: x * y, (0.0, 0.0), SADDLE),
        (lambda x, y: -x * x - y * y, (0.0, 0.0), MAXIMUM),
        (lambda x: cos(x), (0.0,), MAXIMUM),
        (lambda x: x**3, (0.0,), UNTOLD),
        (lambda x: x * 0, (1.0,), UNTOLD),
        (lambda x: 1e-9 * x * x, (0.0,), FLAT),
        (lambda x, y, z: x * x + y * y - 1e-3 * z * z, (0.0, 0.0, 0.0), SADDLE),
    ],
)
def test_where_the_gradient_is_0_it_says_what_else_than_a_minimum_that_is(f, at, said):
    assert gradient_descent(f, *at, rate=0.25).stopped == said
    if at[0] == 0.0:
        assert newton(f, *at).stopped == said


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


# The sign, and steps that go up ---------------------------------------------------------------------------------------


def bowl(w):
    return (2 * w - 4) ** 2


def test_the_first_step_is_said_with_its_sign_and_what_the_other_would_have_done():
    path = gradient_descent(bowl, 0.0, rate=0.1, steps=3)
    said = f"w - 0.1·(-16) = 1.6: f falls {number(bowl(0.0))} → {number(bowl(1.6))}; + would make it {number(bowl(-1.6))}"
    assert path.first_step == said == "w - 0.1·(-16) = 1.6: f falls 16 → 0.64; + would make it 51.84"
    assert said in str(path).split("\n")
    assert gradient_descent(bowl, 2.0).first_step == ""  # the lowest point: no step is taken


def test_of_several_inputs_the_one_that_moves_farthest_is_named():
    path = gradient_descent(rosenbrock, -1.2, 1.0, steps=1)
    other = number(rosenbrock(-1.2 - 0.2156, 1.0 - 0.088))  # the gradient there is (-215.6, -88)
    assert path.first_step == (
        f"x - 0.001·(-215.6) = -0.9844, the largest of 2 moves: f falls 24.2 → {number(path[1].f)}; + would make it {other}"
    )
    assert gradient_descent(lambda x, y: y**2 + 0 * x, 0.0, 3.0, rate=0.1, steps=1).first_step.startswith("y - 0.1·6 = 2.4: f")


def test_where_the_other_sign_leads_out_of_the_domain_the_step_says_so():
    assert gradient_descent(lambda x: x * log(x), 0.1, rate=0.1, steps=1).first_step.endswith(
        "; + would lead to where it has no value"
    )


def test_newtons_first_step_goes_along_d():
    path = newton(lambda x: x**2 + x, 3.0)  # d = -7/2
    assert path.first_step == "x + (-3.5) = -0.5, along d: f falls 12 → -0.25; along -d it would be 48.75"


def test_a_loss_that_rises_at_first_asks_about_the_sign_and_the_rate():
    path = gradient_descent(bowl, 0.0, rate=0.3, steps=1)
    assert path.first_step.split("\n")[1] == (
        "f rose in the first step: was the sign +, or is the rate above 2/f'' = 0.25? The sign was -; below that rate f falls"
    )
    for rate, falls in [(0.2499, True), (0.2501, False)]:
        assert (bowl(16 * rate) < bowl(0.0)) == falls


@pytest.mark.parametrize(
    ("f", "x"), [(lambda x: x**4, (1.0,)), (rosenbrock, (-1.2, 1.0)), (lambda x: (1 + x**2) ** 0.5, (10.0,))]
)
def test_a_rate_that_is_recommended_lowers_f_even_where_it_is_no_parabola(f, x):
    rate = 100.0 if len(x) == 1 and f(*x) > 5 else 1.0
    path = gradient_descent(f, *x, rate=rate, steps=1)
    assert path[1].f > path[0].f
    recommended = float(path.first_step.split("with rate ")[1].split(" ")[0])
    assert gradient_descent(f, *x, rate=recommended, steps=1)[1].f < path[0].f


def test_divergence_has_a_name():
    path = gradient_descent(bowl, 0.0, rate=0.3, steps=5)
    assert path.stopped == "f rose in every step: the rate is too large; below 2/f'' = 0.25 it falls"
    assert "rose" not in path.first_step
    beyond = gradient_descent(lambda x: x**4, 1.0, rate=1.0)
    assert beyond.stopped.startswith(
        "f rose in every step: the rate is too large; with 0.25 it falls. Then the next step leads"
    )
    assert "rose" not in gradient_descent(bowl, 0.0, rate=0.24, steps=5).stopped


def test_a_descent_that_goes_to_and_fro_is_told_the_rate_at_which_it_does():
    path = gradient_descent(bowl, 0.0, rate=0.25, steps=4)
    assert [x for (x,) in (step.x for step in path)] == [0, 4, 0, 4, 0]
    assert str(path).split("\n")[-2:] == [
        "all 4 steps are taken; |∇f| is still 16",
        "each second step leads back, for the rate is 2/f'' = 0.25; below that f falls",
    ]
    corner = gradient_descent(abs, 0.55, rate=0.1, steps=20)
    assert corner.stopped.endswith("\neach second step leads back; with rate 0.05 f falls")
    assert "leads back" not in gradient_descent(bowl, 0.0, rate=0.24, steps=20).stopped
    assert "leads back" not in gradient_descent(bowl, 0.0, rate=0.125, steps=20).stopped  # which arrives at once
    assert str(Descents([newton(bowl, 0.0), path])).split("\n")[-1].startswith("gradient descent: each second step leads back")


@pytest.mark.parametrize(("f", "steps"), [(lambda w: -(w**2), 5), (lambda w: -(w**2), 10_000), (lambda w: 3 - w, 5)])
def test_a_descent_that_falls_without_end_is_told_so(f, steps):
    said = "f fell in every step and |∇f| never shrank: as far as the steps went, no minimum lies this way"
    assert gradient_descent(f, 1.0, rate=0.1, steps=steps).stopped.split("\n")[1:] == [said]
    assert said not in gradient_descent(bowl, 0.0, rate=0.01, steps=5).stopped
    assert said not in gradient_descent(lambda w: f(w) + w**4, 1.0, rate=0.01, steps=50).stopped


def test_a_descent_from_a_maximum_is_told_what_it_stands_on():
    assert "this is a maximum" in gradient_descent(cos, 0.0, rate=0.1).stopped


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
