"""Initial weights: random numbers whose variance depends on the numbers of inputs and outputs of a neuron.

>>> weights = initialiser("he", seed=0)
>>> len(weights(inputs=3, outputs=2))
3
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Protocol


class Initialiser(Protocol):
    """Draws one neuron's weights."""

    def __call__(self, inputs: int, outputs: int) -> list[float]: ...


# Each draws one weight from a source of random numbers, given the numbers of inputs and outputs of the layer.
_SCHEMES: dict[str, Callable[[random.Random, int, int], float]] = {
    # micrograd: uniform between -1 and 1, whatever the width
    "micrograd": lambda source, inputs, outputs: source.uniform(-1, 1),
    # He et al. 2015, for relu: normal with variance 2/inputs
    "he": lambda source, inputs, outputs: source.gauss(0, math.sqrt(2 / inputs)),
    # Glorot & Bengio 2010, for tanh and sigmoid: uniform with variance 2/(inputs + outputs)
    "glorot": lambda source, inputs, outputs: source.uniform(-1, 1) * math.sqrt(6 / (inputs + outputs)),
}


def drawn_by(init: str | Initialiser, seed: int | None) -> Initialiser:
    """Returns the function that draws the weights, which may be given itself.

    Raises ValueError for a seed beside a function, which has its own source of random numbers, and TypeError for anything else.
    """
    if isinstance(init, str):
        return initialiser(init, seed)
    if not callable(init):
        raise TypeError(f"init is 'micrograd', 'he', 'glorot' or a function of inputs and outputs, not {init!r}")
    if seed is not None:
        raise ValueError("seed has no effect on an init that is a function of your own: leave seed out, or name a way to begin")
    return init


def initialiser(scheme: str, seed: int | None = None) -> Initialiser:
    """Returns a function that draws the weights of one neuron after another.

    `scheme` is "micrograd" (uniform in [-1, 1]), "he" or "glorot". Without a seed it draws from Python's global `random`,
    as micrograd does, so `random.seed(1337)` repeats a run; with a seed it has its own source of random numbers.

    Raises ValueError for an unknown scheme.
    """
    if scheme not in _SCHEMES:
        raise ValueError(f"there is no initialisation {scheme!r}: choose one of {', '.join(map(repr, _SCHEMES))}")
    draw = _SCHEMES[scheme]
    # The module `random` itself has the methods of a Random: its global source.
    source: random.Random = random if seed is None else random.Random(seed)  # type: ignore[assignment] # the module has its methods
    return lambda inputs, outputs: [draw(source, inputs, outputs) for _ in range(inputs)]
