"""The table's operations by name. Of Values they record a node, of plain numbers they compute a number: `exp(2.0)` is a float.

>>> from chalkgrad.engine import Value
>>> tanh(0.0), tanh(Value(0.0)).partials
(0.0, (1.0,))

Plus, minus, times, divided by, powers and abs() are Python's own operators; they have names here too, which `import *` leaves
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalkgrad.engine.recording import (
    arrays,  # noqa: F401 - np.exp(v) and array * v
    operators,
)
from chalkgrad.engine.recording.operators import *  # noqa: F403 - the list is written out there, in __all__
from chalkgrad.engine.recording.operators import abs, add, div, exp, floordiv, logsumexp, mod, mul, neg, pos, pow, sub  # noqa: A004, F401
from chalkgrad.engine.recording.record import is_mask, list_argument
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.value import Value

__all__ = ["softmax"]
__all__ += operators.__all__

# A new entry of the table is missing in operators.py until words/write_operators.py has run, which imports this file.
FUNCTIONS: dict[str, Any] = {name: vars(operators)[name] for name in RULES if name in vars(operators)}


def softmax(xs: Sequence[Value | float]) -> list[Value]:
    """Returns the probabilities exp(x_i) / Σ exp(x_j), one per element; they add up to 1.

    They are composites, not operations of their own: each is exp(x_i - logsumexp(xs)), which does not overflow.
    The number -inf masks an element: its probability is the constant 0.

    >>> from chalkgrad.engine import Value
    >>> [p.data for p in softmax([Value(0.0), Value(0.0)])]
    [0.5, 0.5]
    """
    xs = list_argument(xs, "softmax")
    if not len(xs):
        raise ValueError("softmax() needs at least one element, and got an empty list")
    normaliser = logsumexp(xs)
    nothing = Value(0.0, constant=True) if isinstance(normaliser, Value) else 0.0
    return [nothing if is_mask(x) else exp(x - normaliser) for x in xs]
