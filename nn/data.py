"""Data that a lecture trains on, made on the spot from a seed.

>>> X, y = moons(4, noise=0.0)
>>> [[round(v, 3) for v in x] for x in X], y
([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [2.0, 0.5]], [-1, -1, 1, 1])
"""

from __future__ import annotations

import math
import random


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[list[list[float]], list[int]]:
    """Returns n points on two interleaving half circles, and their classes: (X, y), X of shape n×2, y of -1 and +1.

    The circles have radius 1; each coordinate is moved by a normal number of standard deviation `noise`. The shape is that
    of scikit-learn's make_moons.
    """
    source = random.Random(seed)
    X, y = [], []  # noqa: N806 - a matrix has a capital letter
    for label, count in ((-1, n - n // 2), (1, n // 2)):
        for i in range(count):
            t = math.pi * i / max(1, count - 1)
            x1, x2 = (math.cos(t), math.sin(t)) if label < 0 else (1 - math.cos(t), 0.5 - math.sin(t))
            X.append([x1 + source.gauss(0, noise), x2 + source.gauss(0, noise)])
            y.append(label)
    return X, y
