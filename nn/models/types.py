"""What type checkers know of models: the names of activations, and what a model returns.

How wide the last layer is stands in a list of numbers, which no type tells. So the two kinds of output, a bare one and a list,
are offered as one type that has the methods of both: `model(x).backward()` and `model(x)[0]` both pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from chalkgrad.engine import Value

# A name may be in any case, and that of any function of one argument; these are the ones that an editor completes. A misspelt
# one is an error to it.
ActivationName = Literal[
    "relu", "tanh", "sigmoid", "tanh_half", "leaky_relu", "elu", "softplus", "gelu", "silu", "step", "linear", "sin", "ReLU"
]  # fmt: skip
Activation = ActivationName | Callable[[Value], Value] | None

if TYPE_CHECKING:

    class Output(Value, list[Value]):  # type: ignore[misc] # see above
        """A Value if the last layer has one neuron, else a list of Values."""

    class Prediction(float, list[float]):  # type: ignore[misc] # see above
        """A float if the last layer has one neuron, else a list of floats."""

else:
    Output, Prediction = Value | list[Value], float | list[float]
