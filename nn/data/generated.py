"""Generated data: shapes that a lecture draws, computed from a seed.

>>> moons(50, seed=1)
moons: 50 rows of 2 numbers, 2 classes
"""

# ruff: noqa: N806 - a matrix has a capital letter

from __future__ import annotations

import math
import random
from collections.abc import Iterable

from chalkgrad.nn.data.errors import DataError
from chalkgrad.nn.data.table import Table


def xor(n: int = 4, noise: float = 0.0, seed: int = 0) -> Table:
    """Returns the exclusive or: n points at the corners of the unit square in turn, the class being 1 where x1 ≠ x2.

    Each coordinate is moved by a normal number of standard deviation `noise`. No straight line separates the classes.

    Raises DataError for n below 2 and noise that is negative or not finite.

    >>> X, y = xor()
    >>> X, y
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    _check(n, noise, 2)
    corners = [(i // 2 % 2, i % 2) for i in range(n)]
    return _noisy_table("xor", [(float(a), float(b), a ^ b) for a, b in corners], noise, seed, ("0", "1"))


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Table:
    """Returns n points on two interleaving half circles, their classes -1 and +1: those of -1 first.

    The circles have radius 1; each coordinate is moved by a normal number of standard deviation `noise`. The shape is that
    of scikit-learn's make_moons.

    Raises DataError for n below 1 and noise that is negative or not finite.

    >>> X, y = moons(4, noise=0.0)
    >>> [[round(v, 3) for v in x] for x in X], y
    ([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [2.0, 0.5]], [-1, -1, 1, 1])
    """
    _check(n, noise, 1)
    points = []
    for label, count in ((-1, n - n // 2), (1, n // 2)):
        for i in range(count):
            t = math.pi * i / max(1, count - 1)
            x1, x2 = (math.cos(t), math.sin(t)) if label < 0 else (1 - math.cos(t), 0.5 - math.sin(t))
            points.append((x1, x2, label))
    return _noisy_table("moons", points, noise, seed, ("-1", "+1"))


def circles(n: int = 100, noise: float = 0.05, seed: int = 0, *, ratio: float = 0.5) -> Table:
    """Returns n points on two circles around the origin: class 0 of radius 1, then class 1 of radius `ratio`.

    Each coordinate is moved by a normal number of standard deviation `noise`. The shape is that of scikit-learn's
    make_circles.

    Raises DataError for n below 2, noise that is negative or not finite, and a ratio that is not between 0 and 1.

    >>> X, y = circles(4, noise=0.0)
    >>> [round(math.hypot(*x), 3) for x in X], y
    ([1.0, 1.0, 0.5, 0.5], [0, 0, 1, 1])
    """
    _check(n, noise, 2)
    if not 0 < ratio < 1:
        raise DataError(f"the ratio of the circles' radii is between 0 and 1, not {ratio!r}")
    points = []
    for label, radius, count in ((0, 1.0, n - n // 2), (1, ratio, n // 2)):
        for i in range(count):
            t = math.tau * i / count
            points.append((radius * math.cos(t), radius * math.sin(t), label))
    return _noisy_table("circles", points, noise, seed, ("outer", "inner"))


def spirals(n: int = 200, noise: float = 0.02, seed: int = 0, *, turns: float = 1.5, classes: int = 2) -> Table:
    """Returns n points on spirals that wind around the origin `turns` times, out to radius 1, one for each class.

    The classes are 0, 1, … and come one after the other. Each coordinate is moved by a normal number of standard deviation
    `noise`; neighbouring arms are 1/(turns·classes) apart.

    Raises DataError for fewer points than classes, fewer than two classes, and noise that is negative or not finite.

    >>> spirals(90, classes=3)
    spirals: 90 rows of 2 numbers, 3 classes
    """
    points = []
    for label, count in _points_per_class(n, noise, classes):
        for i in range(1, count + 1):
            radius = i / count
            angle = math.tau * (turns * radius + label / classes)
            points.append((radius * math.cos(angle), radius * math.sin(angle), label))
    return _noisy_table("spirals", points, noise, seed, tuple(map(str, range(classes))))


def blobs(n: int = 100, noise: float = 0.25, seed: int = 0, *, classes: int = 3) -> Table:
    """Returns n points in round clouds, one for each class, whose centres lie on the unit circle.

    The classes are 0, 1, …, come one after the other and begin at (1, 0), anticlockwise. `noise` is the standard deviation
    of each coordinate within a cloud.

    Raises DataError for fewer points than classes, fewer than two classes, and noise that is negative or not finite.

    >>> X, y = blobs(4, noise=0.0, classes=2)
    >>> [[round(v, 3) + 0.0 for v in x] for x in X], y
    ([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]], [0, 0, 1, 1])
    """
    points = []
    for label, count in _points_per_class(n, noise, classes):
        angle = math.tau * label / classes
        points += [(math.cos(angle), math.sin(angle), label)] * count
    return _noisy_table("blobs", points, noise, seed, tuple(map(str, range(classes))))


def sine(n: int = 100, noise: float = 0.1, seed: int = 0) -> Table:
    """Returns a regression: y = sin(2πx) plus a normal number of standard deviation `noise`, at n places evenly from 0 to 1.

    Raises DataError for n below 1 and noise that is negative or not finite.

    >>> sine(5, noise=0.0)[0]
    [[0.0], [0.25], [0.5], [0.75], [1.0]]
    """
    _check(n, noise, 1)
    draw = random.Random(seed)
    X = [[i / max(1, n - 1)] for i in range(n)]
    return Table(X, [math.sin(math.tau * x) + draw.gauss(0, noise) for (x,) in X], columns=("x",), name="sine")


def _check(n: int, noise: float, least: int) -> None:
    """Raises DataError for fewer than `least` points, and noise that is negative or not finite."""
    if not isinstance(n, int) or n < least:
        raise DataError(f"n is the number of points, a whole number from {least} up, not {n!r}")
    if not 0 <= noise < math.inf:
        raise DataError(f"noise is a standard deviation, a finite number from 0 up, not {noise!r}")


def _points_per_class(n: int, noise: float, classes: int) -> Iterable[tuple[int, int]]:
    """Returns each class with its number of points; points that are left over go to the first classes."""
    if not isinstance(classes, int) or classes < 2:
        raise DataError(f"classes is the number of classes, a whole number from 2 up, not {classes!r}")
    _check(n, noise, classes)
    return [(label, n // classes + (label < n % classes)) for label in range(classes)]


def _noisy_table(name: str, points: list[tuple[float, float, int]], noise: float, seed: int, classes: tuple[str, ...]) -> Table:
    """Returns the table of the points (x1, x2, class), each coordinate moved by a normal number."""
    draw = random.Random(seed)
    X = [[x1 + draw.gauss(0, noise), x2 + draw.gauss(0, noise)] for x1, x2, _ in points]
    return Table(X, [label for _, _, label in points], target="class", classes=classes, name=name)
