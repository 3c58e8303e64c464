"""A lecture's claims about networks, in numbers: how well one approximates, how few parameters it needs, how good a line is.

>>> polynomial_parameters([2, 10_000], degree=3)
 inputs D │ monomials up to degree 3 │ D^3               │ MLP of widths 100, 1
──────────┼──────────────────────────┼───────────────────┼──────────────────────
        2 │                       10 │                 8 │                  401
   10,000 │          166,766,685,001 │ 1,000,000,000,000 │            1,000,201
>>> least_squares([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
LeastSquares(intercept=1.0, weights=(2.0,))

`approximation` trains networks with one hidden layer of ever greater width, and measures their largest error.
"""

# ruff: noqa: N803, N806 - a matrix has a capital letter

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from operator import mul
from typing import Any, NamedTuple

from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.tex import document
from chalkgrad.nn.data import DataError, Table, as_rows, as_targets
from chalkgrad.nn.data.rows import sample_in, samples_in
from chalkgrad.nn.losses import mean_squared_error
from chalkgrad.nn.models.formulas import table_of, whole
from chalkgrad.nn.models.layers import MLP
from chalkgrad.nn.models.show import table
from chalkgrad.nn.models.types import Activation
from chalkgrad.nn.optimisers import Adam
from chalkgrad.nn.training import History, fit

__all__ = [
    "Approximations",
    "Count",
    "Counts",
    "Fit",
    "LeastSquares",
    "approximation",
    "approximations",
    "least_squares",
    "polynomial_parameters",
    "r_squared",
    "wave",
]

DEMONSTRATIONS = section("demonstrations")
STEEPNESS = 12.0  # the initial slope of a hidden unit, on average
POINTS = 65  # of the training set, evenly from 0 to 1
PLACES = 1000  # where the error is measured, between the points and at both ends


# Universal approximation ---------------------------------------------------------------------------------------------


def wave(x: float) -> float:
    """Returns the function that is approximated by default: sin(2πx) + 0.3·cos(6πx).

    >>> wave(0.0), wave(0.25)
    (0.3, 1.0)
    """
    return math.sin(math.tau * x) + 0.3 * math.cos(3 * math.tau * x)


class Fit(NamedTuple):
    """A network with one hidden layer of the given width, and its sup error: the largest difference on [0, 1]."""

    width: int
    error: float
    model: MLP
    history: History


class Approximations(list[Fit]):
    """Networks of several widths; the repr is a table."""

    def __repr__(self) -> str:
        rows = [(str(one.width), str(len(one.model.parameters())), f"{one.error:.4f}") for one in self]
        heads = [DEMONSTRATIONS[key] for key in ("width", "parameters", "sup error")]
        return table(heads, flush_right(rows, heads))

    def latex(self) -> str:
        """Returns the table in LaTeX, an array between \\[ and \\], for documents with the package amsmath."""
        write = LaTeX()
        rows = [(str(one.width), str(len(one.model.parameters())), write.number(one.error)) for one in self]
        return document(table_of([[write.words(DEMONSTRATIONS[key]) for key in ("width", "parameters", "sup error")]], rows))


def approximation(
    function: Callable[[float], float] = wave, widths: Sequence[int] = (1, 2, 4, 8, 16, 32, 64), **options: Any
) -> Approximations:
    """Returns a network W_2 φ(W_1 x + b_1) + b_2 for each width, trained on a function on [0, 1], with its sup error.

    The theorem of universal approximation says that for φ continuous and not a polynomial, f continuous on [0, 1] and any
    ε > 0 some width and some parameters stay within ε of f; it does not say which width, nor that training finds them. Here
    `fit` looks for them: the table shows what training has found, an upper bound of the best possible error.

    Args:
        function: f, of a float; by default `wave`
        widths: how many hidden units to try
        options: those of `approximations`

    >>> approximation(lambda x: x * x, widths=(1, 4), epochs=200)[1].error < 0.05
    True
    """
    return Approximations(approximations(function, widths, **options))


def approximations(
    function: Callable[[float], float] = wave,
    widths: Sequence[int] = (1, 2, 4, 8, 16, 32, 64),
    *,
    activation: Activation = "tanh",
    seed: int = 0,
    epochs: int = 2000,
    rate: float = 0.03,
    batch_size: int | None = None,
    compiled: str | bool = "auto",
    progress: bool = False,
) -> Iterator[Fit]:
    """Yields what `approximation` returns, one width after the other; Ctrl-C ends it, without the width in training.

    At first the zeros of the hidden units cover [0, 1] evenly: that of unit i is at (i + ½)/width, with a random slope of
    either sign around 12; W_2 is 0. Adam trains on 65 points, with the mean squared error and a rate that falls to a hundredth;
    the sup error is taken between them, at 1000 other points and both ends.

    Args:
        function, widths: see `approximation`
        activation: φ
        seed: of the slopes and the shuffling
        epochs, rate, batch_size: how long to train, how fast, and on how many points at once (None: on all)
        compiled, progress: as for `fit`
    """
    X = [[i / (POINTS - 1)] for i in range(POINTS)]
    y = [function(x) for (x,) in X]
    places = [[0.0], [1.0], *([(i + 0.5) / PLACES] for i in range(PLACES))]
    true = [function(x) for (x,) in places]
    for width in widths:
        model = evenly_placed_units(width, activation, seed)
        falling = Adam(lambda epoch: rate * (1 - 0.99 * epoch / epochs))
        history = fit(
            model,
            X,
            y,
            loss=mean_squared_error,
            optimizer=falling,
            epochs=epochs,
            batch_size=batch_size,
            seed=seed,
            compiled=compiled,
            progress=progress,
        )
        if history.stopped == "interrupted":
            return
        yield Fit(width, max(abs(s - t) for s, t in zip(model.predict(places), true, strict=True)), model, history)


def evenly_placed_units(width: int, activation: Activation = "tanh", seed: int = 0) -> MLP:
    """Returns a network of one input whose hidden units have their zeros evenly on [0, 1].

    >>> model = evenly_placed_units(2)
    >>> [round(-b.data / w[0].data, 12) for w, b in zip(model.layer1.W, model.layer1.b)]
    [0.25, 0.75]
    """
    model = MLP(1, [width, 1], activation, seed=seed)
    draw = random.Random(seed).uniform
    slopes = [STEEPNESS * draw(0.75, 1.25) * (-1) ** i for i in range(width)]
    model.layer1.W = [[slope] for slope in slopes]
    model.layer1.b = [-slope * (i + 0.5) / width for i, slope in enumerate(slopes)]
    model.layer2.W = [[0.0] * width]
    return model


# Models linear in their parameters -----------------------------------------------------------------------------------


class Count(NamedTuple):
    """The numbers of parameters of a polynomial of `inputs` variables and degree `degree`, and of a network of `widths`."""

    inputs: int
    degree: int
    monomials: int
    order: int  # inputs to the power of degree
    network: int
    widths: tuple[int, ...]


class Counts(list[Count]):
    """Counts for several numbers of inputs; the repr is a table."""

    def __repr__(self) -> str:
        degree, widths = self[0].degree, ", ".join(map(str, self[0].widths))
        keys = ("inputs", "monomials", "order", "network")
        heads = [DEMONSTRATIONS[key].format(degree=degree, widths=widths) for key in keys]
        rows = [tuple(f"{n:,}" for n in (one.inputs, one.monomials, one.order, one.network)) for one in self]
        return table(heads, flush_right(rows, heads))

    def latex(self) -> str:
        r"""Returns the table in LaTeX, an array between \[ and \], for documents with the package amsmath, with the formulas.

        >>> print(polynomial_parameters([2, 10_000], degree=3).latex())
        % needs \usepackage{amsmath}
        \begin{array}{rrrr}
        \text{inputs} & \text{monomials} & \text{of the order of} & \text{MLP of widths 100, 1} \\
        D & \binom{D + 3}{3} & D^{3} & 100 D + 201 \\ \hline
        2 & 10 & 8 & 401 \\
        10{,}000 & 166{,}766{,}685{,}001 & 1{,}000{,}000{,}000{,}000 & 1{,}000{,}201
        \end{array}
        """
        degree, widths = self[0].degree, self[0].widths
        slope = widths[0]
        constant = self[0].network - slope * self[0].inputs
        words = [DEMONSTRATIONS[key] for key in ("D", "count", "grows as")]
        words.append(DEMONSTRATIONS["network"].format(widths=", ".join(map(str, widths))))
        symbols = ["D", rf"\binom{{D + {degree}}}{{{degree}}}", f"D^{{{degree}}}", f"{whole(slope)} D + {whole(constant)}"]
        rows = [[whole(n) for n in (one.inputs, one.monomials, one.order, one.network)] for one in self]
        return document(table_of([list(map(LaTeX().words, words)), symbols], rows))


def polynomial_parameters(inputs: int | Sequence[int], degree: int = 3, widths: Sequence[int] = (100, 1)) -> Counts:
    """Counts the parameters of a polynomial of all degrees up to `degree`, exactly, and those of a multilayer perceptron.

    There are (D + k choose k) monomials of degree up to k in D variables, of the order of D^k, and each has a parameter. A
    network of widths n_1, n_2, … has D·n_1 + n_1 + n_1·n_2 + n_2 + …, which grows as D does.

    Args:
        inputs: D, or a list of several
        degree: k
        widths: of the network

    Raises ValueError for no inputs, inputs and widths below 1, and a degree below 0.

    >>> polynomial_parameters(10_000)[0].monomials
    166766685001
    """
    sizes = [inputs] if isinstance(inputs, int) else list(inputs)
    if not sizes or min(sizes) < 1 or degree < 0 or not widths or min(widths) < 1:
        raise ValueError(f"inputs and widths count from 1, a degree from 0, not {sizes}, {list(widths)} and {degree}")
    counts = Counts()
    for d in sizes:
        network = sum(before * n + n for before, n in zip((d, *widths), widths, strict=False))
        counts.append(Count(d, degree, math.comb(d + degree, degree), d**degree, network, tuple(widths)))
    return counts


def flush_right(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> list[tuple[str, ...]]:
    """Returns rows with each column of numbers flush right under its heading."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    return [tuple(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


class LeastSquares(NamedTuple):
    """The affine function `intercept` + wᵀx with the smallest sum of squared errors, where w is `weights`."""

    intercept: float
    weights: tuple[float, ...]

    def latex(self) -> str:
        r"""Returns the function in LaTeX, between \[ and \], for documents with the package amsmath.

        >>> print(LeastSquares(1.0, (2.0, -0.5)).latex())
        % needs \usepackage{amsmath}
        f(x) = 1 + 2 x_{1} - 0.5 x_{2}
        """
        write = LaTeX()
        terms = [f" {'-' if w < 0 else '+'} {write.number(abs(w))} x_{{{i}}}" for i, w in enumerate(self.weights, 1)]
        return document(f"f(x) = {write.number(self.intercept)}{''.join(terms)}")

    def predict(self, x: Any) -> Any:
        """Returns its value at a row of k numbers; for n rows, a list of n values, and for k = 1 at several numbers too."""
        single = not isinstance(x, Table) and samples_in(x, len(self.weights)) is None
        rows = as_rows([sample_in(x)] if single else x)
        if len(rows[0]) != len(self.weights):
            raise DataError(f"there are {len(self.weights)} weights, and a row of X has {len(rows[0])} numbers")
        values = [self.intercept + math.fsum(map(mul, self.weights, row)) for row in rows]
        return values[0] if single else values


def least_squares(X: Any, y: Any, columns: Sequence[str] = ()) -> LeastSquares:
    """Returns ordinary least squares with an intercept: the best affine function, computed directly instead of by descent.

    X has n rows of k numbers, y n targets; `columns` are names for errors. Each column is centred and scaled to length 1,
    and the columns are then made triangular by Householder's reflections, one after the other.

    Raises DataError if there is not one best function: for fewer than k + 1 rows, a constant column, and a column that is a
    linear combination of those before it; and for data that `as_rows` and `as_targets` reject.
    Source: Golub & Van Loan, Matrix Computations, 5.3.2.

    >>> least_squares([[0, 0], [1, 2], [2, 4]], [0, 1, 2])
    Traceback (most recent call last):
    chalkgrad.nn.data.DataError: column x2 follows from those before it, so least squares have no single solution: leave it out
    """
    rows = as_rows(X)
    targets = [float(t) for t in as_targets(y, len(rows))]
    n, k = len(rows), len(rows[0])
    names = list(columns) or [f"x{j}" for j in range(1, k + 1)]
    if n < k + 1:
        raise DataError(f"{amount(n, 'row')} cannot determine {k + 1} parameters, so least squares have no single solution")
    means = [math.fsum(column) / n for column in zip(*rows, strict=True)]
    matrix: list[list[float]] = []
    lengths: list[float] = []
    for name, mean, column in zip(names, means, zip(*rows, strict=True), strict=True):
        centred = [x - mean for x in column]
        length = math.hypot(*centred)
        if length <= 1e-12 * math.hypot(*column):
            raise DataError(
                f"column {name} is constant, as the intercept is, so least squares have no single solution: leave it out"
            )
        matrix.append([x / length for x in centred])
        lengths.append(length)
    mean = math.fsum(targets) / n
    right = [t - mean for t in targets]
    diagonal = []
    for j, name in enumerate(names):
        v = matrix[j][j:]
        length = math.hypot(*v)
        if length <= 1e-10:
            raise DataError(
                f"column {name} follows from those before it, so least squares have no single solution: leave it out"
            )
        diagonal.append(-math.copysign(length, v[0]))
        v[0] -= diagonal[j]
        scale = 2 / sum(map(mul, v, v))
        for reflected in [*matrix[j + 1 :], right]:
            share = scale * sum(map(mul, v, reflected[j:]))
            reflected[j:] = [c - share * vi for c, vi in zip(reflected[j:], v, strict=True)]
    scaled = [0.0] * k
    for j in reversed(range(k)):
        scaled[j] = (right[j] - math.fsum(matrix[i][j] * scaled[i] for i in range(j + 1, k))) / diagonal[j]
    weights = tuple(w / length for w, length in zip(scaled, lengths, strict=True))
    return LeastSquares(mean - math.fsum(map(mul, weights, means)), weights)


def r_squared(predictions: Any, targets: Any) -> float:
    """Returns R² = 1 - Σ(y - s)²/Σ(y - ȳ)²: 1 where all predictions s are right, 0 for a model that always predicts the mean ȳ.

    >>> r_squared([1.0, 2.0, 4.5], [1.0, 2.0, 3.0])
    -0.125
    """
    return mean_squared_error.metric(predictions, targets)
