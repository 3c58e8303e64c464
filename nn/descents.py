"""Newton's method beside gradient descent, step by step: what curvature is good for.

>>> path = newton(rosenbrock, -1.2, 1.0, line_search=False)
>>> print(path)
 step │ x, y              │ f         │ |∇f|     │ how
──────┼───────────────────┼───────────┼──────────┼───────────
 0    │ -1.2, 1           │ 24.2      │ 232.9    │ start
 1    │ -1.175, 1.381     │ 4.732     │ 4.639    │ full step
 2    │ 0.7631, -3.175    │ 1412      │ 1371     │ full step
 3    │ 0.7634, 0.5828    │ 0.05597   │ 0.4731   │ full step
 4    │ 0.999995, 0.944   │ 0.3132    │ 25.03    │ full step
 5    │ 0.999996, 0.99999 │ 1.853e-11 │ 8.609e-6 │ full step
 6    │ 1, 1              │ 3.433e-20 │ 8.286e-9 │ full step
y + 0.3807 = 1.381, along d, the largest of 2 moves: f falls 24.2 → 4.732; along -d it would be 82.5
the gradient is as good as 0

A step solves H·d = -g, which leads to the lowest point of the parabola that fits f here: six steps, while gradient descent
has not arrived after ten thousand. A step costs the Hessian, n² numbers, and n³ operations to solve: it is for small problems.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from operator import mul
from typing import Any, NamedTuple

from chalkgrad.engine import DomainError, NonFiniteError, no_grad
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.derivatives.applied import FunctionAtPoint
from chalkgrad.engine.derivatives.gradients import gradient, hessian
from chalkgrad.engine.words.expressions import latex_name, number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.printer import printer_for
from chalkgrad.engine.words.tables import Tabular
from chalkgrad.nn.data.rows import sample_in
from chalkgrad.nn.downhill import DOWNHILL, HALVINGS, RateLimit, limit_along, move_against, move_along, said_of_step
from chalkgrad.nn.optimisers import GradientDescent, Rate

LOOKED_AT = 50  # unknowns: with more, what is said of the point where a path has ended would take longer than the path
DECREASE = 1e-4  # the share of the decrease which the slope predicts that a step has to reach (Armijo)

NEWTON_TEMPLATES = section("newton")


def rosenbrock(x: Any, y: Any) -> Any:
    """Returns (1 - x)² + 100·(y - x²)², Rosenbrock's valley: lowest at (1, 1), where it is 0.

    >>> rosenbrock(-1.2, 1.0), rosenbrock(1.0, 1.0)
    (24.199999999999996, 0.0)
    """
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


class DescentPoint(NamedTuple):
    """A point of a descent: the inputs, f there, the length of the gradient, and a text that says how the step was found.

    `shift` is what was added to the diagonal of the Hessian.
    """

    x: tuple[float, ...]
    f: float
    slope: float
    how: str
    shift: float = 0.0


class Descent(Tabular):
    """The points of a descent, the start included: a sequence, which `print` shows as a table. `stopped` says why it ended.

    `names` are those of the inputs, `method` is "Newton" or "gradient descent", and `f` the function. `first_step` says what
    the first step did, and what the other sign would have done; below it stands a question if f rose.
    """

    def __init__(
        self,
        method: str,
        f: Callable[..., Any],
        names: Sequence[str],
        steps: Sequence[DescentPoint],
        stopped: str,
        first_step: Sequence[str] = (),
    ) -> None:
        self.method, self.f, self.names, self.steps, self.stopped = method, f, tuple(names), tuple(steps), stopped
        self.first_step = "\n".join(first_step)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, index: int) -> DescentPoint:
        return self.steps[index]

    def __iter__(self) -> Iterator[DescentPoint]:
        return iter(self.steps)

    @property
    def x(self) -> tuple[float, ...]:
        """The last point."""
        return self.steps[-1].x

    def cells(self, medium: str) -> list[list[str]]:
        """Returns the headings and the rows, each cell in one line; of many steps the first, some others, and the last."""
        how = NEWTON_TEMPLATES["how"]
        rows = [[NEWTON_TEMPLATES["step"], *_headings(self, medium), how]]
        return rows + [[f"{i:,}", *_step_cells(self.steps[i], medium), self.steps[i].how] for i in shown_steps([self])]

    def below(self) -> Sequence[str]:
        """Returns what the first step did, what was done to the Hessian, and why it ended."""
        shifted = [NEWTON_TEMPLATES["why shifted"]] * any(step.shift for step in self.steps)
        return [*self.first_step.splitlines(), *shifted, *self.stopped.splitlines()]


class Descents(Tabular):
    """Several descents from one start: a sequence, which `print` shows side by side."""

    def __init__(self, paths: Sequence[Descent]) -> None:
        self.paths = tuple(paths)

    def __iter__(self) -> Iterator[Descent]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> Descent:
        return self.paths[index]

    def cells(self, medium: str) -> list[list[str]]:
        """Returns the headings and the rows, without the gradients; cells of a path that has ended are blank."""
        head = [NEWTON_TEMPLATES["step"]]
        for path in self.paths:
            first, f, _ = _headings(path, medium)
            head += [_of_path(path, first), f]
        rows = [head]
        for i in shown_steps(self.paths):
            cells = [_step_cells(path.steps[i], medium)[:2] if i < len(path) else ["", ""] for path in self.paths]
            rows.append([f"{i:,}", *(cell for path in cells for cell in path)])
        return rows

    def below(self) -> Sequence[str]:
        """Returns what the first step of each did, and why it ended."""
        said = ((path, "\n".join([path.first_step, path.stopped]).strip()) for path in self.paths)
        return [_of_path(path, text) for path, texts in said for text in texts.splitlines()]


def _of_path(path: Descent, text: str) -> str:
    """Returns a text, with the method whose path it is about before it."""
    return NEWTON_TEMPLATES["of path"].format(method=NEWTON_TEMPLATES[path.method], text=text)


def _headings(path: Descent, medium: str) -> list[str]:
    names = path.names if len(path.names) <= 4 else (*path.names[:2], "…", path.names[-1])
    if medium == "latex":
        return [", ".join(f"${latex_name(name)}$" for name in names), "$f$", r"$|\nabla f|$"]
    return [", ".join(names), NEWTON_TEMPLATES["f"], NEWTON_TEMPLATES["slope"]]


def _step_cells(step: DescentPoint, medium: str) -> list[str]:
    write = printer_for(medium)
    numbers = [write.number(x) for x in (step.x if len(step.x) <= 4 else (*step.x[:2], math.nan, step.x[-1]))]
    cells = [", ".join("…" if text in ("nan", r"\mathrm{nan}") else text for text in numbers)]
    cells += [write.number(step.f), write.number(step.slope)]
    return list(map(write.math, cells))


def shown_steps(paths: Sequence[Descent]) -> list[int]:
    """Returns which steps a table shows: the first ten, then 20, 50, 100, 200, …, and the last of each path."""
    longest = max(map(len, paths))
    if longest <= 25:
        return [*range(longest)]
    round_ones = {digit * 10**power for power in range(1, 8) for digit in (1, 2, 5)}
    return sorted(i for i in {*range(11), *round_ones, *(len(path) - 1 for path in paths)} if i < longest)


# The methods ---------------------------------------------------------------------------------------------------------


class _FunctionAtPoint:
    """A function at a point: its value, its gradient and, on demand, its Hessian."""

    def __init__(self, asked: str, f: Callable[..., Any], arguments: Sequence[Any]) -> None:
        self._asked, self._f = asked, f
        self.point = FunctionAtPoint(asked, f, arguments)
        self.x = tuple(leaf.data for leaf in self.point.leaves)
        self.value = self.point.y.data
        with no_grad():  # numbers, even inside a function that is being differentiated
            self.gradient: list[float] = gradient(self.point.y, self.point.leaves)
        self.slope = math.hypot(*self.gradient)

    def hessian(self) -> list[list[float]]:
        with no_grad():  # as above
            return [list(row) for row in hessian(self.point.y, self.point.leaves)]

    def moved(self, to: Sequence[float]) -> _FunctionAtPoint:
        """Returns the same function at another point; raises what the operations raise there."""
        return _FunctionAtPoint(self._asked, self._f, self.point.arguments(to))

    def value_at(self, x: Sequence[float]) -> float:
        """Returns the value at another point; NaN where there is none."""
        try:
            with no_grad():
                value: float = self.point.at(dict(zip(self.point.leaves, x, strict=True))).data
        except (DomainError, NonFiniteError, ValueError, ArithmeticError):
            return math.nan
        return value if math.isfinite(value) else math.nan

    @property
    def names(self) -> list[str]:
        return [leaf.label for leaf in self.point.leaves]

    def step(self, how: str, shift: float = 0.0) -> DescentPoint:
        return DescentPoint(self.x, self.value, self.slope, how, shift)


def newton(f: Callable[..., Any], *x: Any, steps: int = 50, line_search: bool = True, tolerance: float = 1e-8) -> Descent:
    """Returns the steps of Newton's method from a point: H·d = -g is solved, and x moves to x + d.

    If the Hessian H is not positive definite, d need not lead down, so a multiple of I is added to H. If the whole step does
    not lower f enough, half of it is tried, a quarter, …; the table says what was done. With `line_search=False` each step is
    d, as in the textbook, even if f grows.

    Args:
        f: a function of Values, or of lists of them, that returns one
        x: where to start, a number or a list of numbers for each argument
        steps: the most to take
        tolerance: how short a gradient counts as 0

    Raises TypeError if f is not a function or an argument is not a number, ValueError for a singular Hessian without line
    search, and what f raises at the start. Source: Nocedal & Wright, Numerical Optimization, 3.4 and algorithm 3.3.

    >>> newton(lambda x: x**2 + x, 3.0).x
    (-0.5,)
    """
    _check_options(steps, tolerance)
    here = _FunctionAtPoint("newton", f, [sample_in(argument) for argument in x])
    path = [here.step(NEWTON_TEMPLATES["start"])]
    start, stopped = here, ""
    while not stopped and here.slope > tolerance and len(path) <= steps:
        try:
            if line_search:
                there, how, shift = _damped(here)
            else:
                there, how, shift = here.moved(_moved_along(here.x, _solved(here))), NEWTON_TEMPLATES["full"], 0.0
        except (DomainError, NonFiniteError) as error:
            stopped = NEWTON_TEMPLATES["not finite"].format(error=error)
        else:
            if there is None:
                stopped = NEWTON_TEMPLATES["stuck"]
            else:
                here = there
                path.append(here.step(how, shift))
    first = [] if len(path) < 2 else [_first_newton_step(start, path)]
    return Descent("Newton", f, here.names, path, stopped or _ended(here, steps, tolerance), first)


def gradient_descent(
    f: Callable[..., Any], *x: Any, rate: Rate = 0.001, steps: int = 10_000, momentum: float = 0.0, tolerance: float = 1e-8
) -> Descent:
    """Returns the steps of gradient descent from a point: x moves to x - rate·g.

    `rate` and `momentum` are those of GradientDescent, the other arguments those of `newton`. Where f rises in the first
    step, the result asks about the sign and the rate; where it rises in every step, it says which rate is small enough.
    Where the gradient is 0, it says if that is a saddle or a maximum; where it goes to and fro or falls without end, that.

    Raises TypeError if f is not a function or an argument is not a number, ValueError for wrong options, and what f raises
    at the start.

    >>> path = gradient_descent(lambda x: x**2, 1.0, rate=0.25, steps=3)
    >>> [step.x for step in path]
    [(1.0,), (0.5,), (0.25,), (0.125,)]
    >>> gradient_descent(lambda w: (2 * w - 4) ** 2, 0.0, rate=0.1, steps=1)
     step │ w   │ f    │ |∇f| │ how
    ──────┼─────┼──────┼──────┼─────────────────────────
     0    │ 0   │ 16   │ 16   │ start
     1    │ 1.6 │ 0.64 │ 3.2  │ rate 0.1, a step of 1.6
    w - 0.1·(-16) = 1.6: f falls 16 → 0.64; + would make it 51.84
    the only step is taken; |∇f| is still 3.2
    """
    _check_options(steps, tolerance)
    optimiser = GradientDescent(rate, momentum)
    here = _FunctionAtPoint("gradient_descent", f, [sample_in(argument) for argument in x])
    path = [here.step(NEWTON_TEMPLATES["start"])]
    start, stopped = here, ""
    while not stopped and here.slope > tolerance and len(path) <= steps:
        rate_now = optimiser.rate(len(path))
        try:
            here = here.moved(optimiser.moved(list(here.x), here.gradient, rate_now)[0])
        except (NonFiniteError, ValueError) as error:
            stopped = NEWTON_TEMPLATES["not finite"].format(error=error)
        else:
            length = number(math.dist(path[-1].x, here.x))
            path.append(here.step(NEWTON_TEMPLATES["descent"].format(rate=number(rate_now), length=length)))
    first = [] if len(path) < 2 else [_first_descent_step(start, path, optimiser.rate(1))]
    stopped = stopped or _ended(here, steps, tolerance)
    if first and path[1].f > path[0].f:
        limit = _limit(start, optimiser.rate(1))
        if len(path) > 2 and all(after.f > before.f for before, after in pairwise(path)):
            rose = limit.rose_always(NEWTON_TEMPLATES["f"], len(here.x))
            stopped = rose if len(path) > steps else NEWTON_TEMPLATES["then"].format(before=rose, stopped=stopped)
        else:
            first.append(limit.rose_at_first(NEWTON_TEMPLATES["f"], len(here.x)))
    elif (endless := _endless(start, path, optimiser)) and here.slope > tolerance:
        stopped = f"{stopped}\n{endless}"
    return Descent("gradient descent", f, here.names, path, stopped, first)


# What the first step did, in words -----------------------------------------------------------------------------------


def _first_newton_step(start: _FunctionAtPoint, path: Sequence[DescentPoint]) -> str:
    d = [after - before for before, after in zip(path[0].x, path[1].x, strict=True)]
    i = _farthest(d)
    move = move_along(start.names[i], d[i], path[1].x[i], sum(map(bool, d)))
    other = start.value_at(_moved_along(start.x, d, -1.0))
    return said_of_step(move, NEWTON_TEMPLATES["f"], path[0].f, path[1].f, other, along=True)


def _first_descent_step(start: _FunctionAtPoint, path: Sequence[DescentPoint], rate: float) -> str:
    i = _farthest(start.gradient)
    move = move_against(start.names[i], rate, start.gradient[i], path[1].x[i], sum(map(bool, start.gradient)))
    other = start.value_at(_moved_along(start.x, start.gradient, rate))
    return said_of_step(move, NEWTON_TEMPLATES["f"], path[0].f, path[1].f, other)


def _endless(start: _FunctionAtPoint, path: Sequence[DescentPoint], optimiser: GradientDescent) -> str:
    """Returns why more steps would not help: each second one leads back, or f falls ever faster; "" if neither is so."""
    if len(path) < 4:
        return ""
    before, between, last = (step.x for step in path[-3:])
    if math.dist(before, last) <= 1e-6 * math.dist(between, last):
        rate = optimiser.rate(len(path) - 1)
        return _limit(start.moved(before), rate).to_and_fro(NEWTON_TEMPLATES["f"], rate, len(last))
    if all(after.f < before.f and after.slope >= (1 - 1e-12) * before.slope for before, after in pairwise(path)):
        return DOWNHILL["without end"].format(root=NEWTON_TEMPLATES["f"])
    return ""


def _farthest(d: Sequence[float]) -> int:
    return max(range(len(d)), key=lambda i: abs(d[i]))


def _limit(start: _FunctionAtPoint, rate: float) -> RateLimit:
    def f(share: float) -> float:
        return start.value_at(_moved_along(start.x, start.gradient, -share * rate))

    return limit_along(f, start.value, -rate * start.slope**2, rate)


# Options -------------------------------------------------------------------------------------------------------------


def _check_options(steps: int, tolerance: float) -> None:
    if not isinstance(steps, int) or isinstance(steps, bool) or steps < 1:
        raise ValueError(f"steps is a whole number from 1, not {steps!r}")
    if not to_float(tolerance, "tolerance") >= 0:
        raise ValueError(f"tolerance is a length from 0, such as 1e-8, not {tolerance!r}")


def _ended(here: _FunctionAtPoint, steps: int, tolerance: float) -> str:
    if here.slope <= tolerance:
        return NEWTON_TEMPLATES[_kind(here)]
    return NEWTON_TEMPLATES.form("all", steps).format(count=f"{steps:,}", slope=number(here.slope))


def _kind(here: _FunctionAtPoint) -> str:
    """Returns what a point is where the gradient is 0, as far as the Hessian tells: "flat" for a minimum, or without H."""
    if len(here.x) > LOOKED_AT:
        return "flat"
    try:
        matrix = here.hessian()
    except (ArithmeticError, ValueError):  # not differentiable twice
        return "flat"
    opposite = [[-entry for entry in row] for row in matrix]
    if positive_definite(matrix):
        return "flat"
    if positive_definite(opposite):
        return "maximum"
    little = 1e-9 * max(abs(entry) for row in matrix for entry in row)  # beyond rounding
    if little and not any(positive_definite(_shifted(either, little)) for either in (matrix, opposite)):
        return "saddle"
    return "untold"


def _moved_along(x: Sequence[float], d: Sequence[float], share: float = 1.0) -> list[float]:
    return [a + share * b for a, b in zip(x, d, strict=True)]


def _solved(here: _FunctionAtPoint) -> list[float]:
    """Returns d with H·d = -g; raises ValueError if H is singular."""
    d = solution(here.hessian(), [-g for g in here.gradient])
    if d is None:
        point = ", ".join(f"{name} = {number(x)}" for name, x in zip(here.names[:6], here.x, strict=False))
        raise ValueError(
            f"the Hessian at {point} is singular: H·d = -g has no single solution. With line_search=True newton() adds a "
            "multiple of I to it"
        )
    return d


def _damped(here: _FunctionAtPoint) -> tuple[_FunctionAtPoint | None, str, float]:
    """Returns the point after a step that lowers f, how the step was found, and its shift; no point if no step lowers f."""
    matrix = here.hessian()
    least = max(abs(entry) for row in matrix for entry in row) / 1000 or 1.0
    lowest = min(row[i] for i, row in enumerate(matrix))
    shift = 0.0
    # The first shift lifts the smallest diagonal entry just above 0; then it doubles until Cholesky's factor exists.
    while not positive_definite(shifted := _shifted(matrix, shift)):
        shift = 2 * shift or max(0.0, -lowest) + least
    d = solution(shifted, [-g for g in here.gradient]) or []
    predicted = math.fsum(map(mul, here.gradient, d))
    for k in range(HALVINGS):
        try:
            there = here.moved(_moved_along(here.x, d, 0.5**k))
        except (DomainError, NonFiniteError):
            continue
        if there.value <= here.value + DECREASE * 0.5**k * predicted:
            how = NEWTON_TEMPLATES["part"].format(divisor=f"{2**k:,}") if k else NEWTON_TEMPLATES["full"]
            return there, NEWTON_TEMPLATES["shifted"].format(step=how, shift=number(shift)) if shift else how, shift
    return None, "", shift


def _shifted(matrix: Sequence[Sequence[float]], shift: float) -> list[list[float]]:
    """Returns the matrix with a multiple of the identity added."""
    return [[entry + shift * (i == j) for j, entry in enumerate(row)] for i, row in enumerate(matrix)]


# Linear equations ----------------------------------------------------------------------------------------------------


def solution(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float] | None:
    """Returns x with matrix·x = right, by Gaussian elimination with partial pivoting; None for a singular matrix.

    >>> solution([[0.0, 2.0], [4.0, 0.0]], [2.0, 4.0]), solution([[1.0, 2.0], [2.0, 4.0]], [1.0, 1.0])
    ([1.0, 1.0], None)
    """
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    n = len(rows)
    least = n * math.ulp(1.0) * max((abs(entry) for row in matrix for entry in row), default=0.0)
    for j in range(n):
        pivot = max(range(j, n), key=lambda i: abs(rows[i][j]))
        if abs(rows[pivot][j]) <= least:
            return None
        rows[j], rows[pivot] = rows[pivot], rows[j]
        for i in range(j + 1, n):
            share = rows[i][j] / rows[j][j]
            rows[i] = [a - share * b for a, b in zip(rows[i], rows[j], strict=True)]
    x = [0.0] * n
    for j in reversed(range(n)):
        x[j] = (rows[j][n] - math.fsum(map(mul, rows[j][j + 1 : n], x[j + 1 :]))) / rows[j][j]
    return x


def positive_definite(matrix: Sequence[Sequence[float]]) -> bool:
    """Whether a symmetric matrix is positive definite, beyond rounding: whether Cholesky's factor exists.

    >>> positive_definite([[2.0, 1.0], [1.0, 2.0]]), positive_definite([[1.0, 2.0], [2.0, 1.0]])
    (True, False)
    """
    least = len(matrix) * math.ulp(1.0) * max(abs(entry) for row in matrix for entry in row)
    factor: list[list[float]] = []
    for i, row in enumerate(matrix):
        own: list[float] = []
        for j in range(i):
            own.append((row[j] - math.fsum(map(mul, own, factor[j]))) / factor[j][j])
        square = row[i] - math.fsum(x * x for x in own)
        if not square > least:
            return False
        factor.append([*own, math.sqrt(square)])
    return True
