"""Neurons, layers and multilayer perceptrons.

>>> model = MLP(3, [2, 3, 2], activation="tanh", seed=0)       # three inputs, layers of widths 2, 3 and 2
>>> model
MLP 3 → 2 → 3 → 2, tanh, last layer linear, 25 parameters
>>> [y.data for y in model([0.0, 0.0, 0.0])]
[0.0, 0.0]

A neuron is h(x; w, b) = φ(wᵀx + b). A layer is a row of neurons with the same inputs, an MLP a row of layers. Layers
count from 1 and widths exclude the input.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chalkgrad.engine import Value, affine, unit
from chalkgrad.engine.value import FUNCTIONS
from chalkgrad.nn.initial import Initialiser, initialiser
from chalkgrad.nn.module import Module, as_inputs

Activation = str | Callable[[Value], Value] | None


class Neuron(Module):
    """h(x; w, b) = φ(wᵀx + b) of `inputs` inputs.

    `activation` is φ: a name ("relu", "tanh", "sigmoid", "tanh_half", "step", …), a function of a Value, or None for none;
    `nonlin=False` is micrograd's way of asking for none. Recorded are two nodes, the sum and φ, or with `expanded=True`
    one for each product and each sum. `init` and `seed` say how the weights begin (initial.py); the bias begins at 0.

    Raises ValueError for a neuron without inputs, an unknown activation, and inputs of the wrong number.

    >>> n = Neuron(2, activation="tanh", seed=0)
    >>> n
    tanh neuron of 2 inputs
    >>> n([1.0, -2.0]).op
    <operation tanh>
    """

    def __init__(
        self,
        inputs: int,
        nonlin: bool = True,
        activation: Activation = "relu",
        *,
        expanded: bool = False,
        init: str | Initialiser = "micrograd",
        seed: int | None = None,
        outputs: int = 1,
        name: str = "neuron",
    ) -> None:
        check_width(inputs, "a neuron needs at least one input")
        draw = initialiser(init, seed) if isinstance(init, str) else init
        self._function, self._activation = activation_named(activation if nonlin else None)
        self._unit, self._expanded = unit(name), expanded
        with self._unit:
            self.w = [Value(w, f"w{i}") for i, w in enumerate(draw(inputs, outputs), 1)]
            self.b = Value(0.0, "b")

    def __call__(self, x: Any) -> Value:
        """Records and returns φ(wᵀx + b), for a list of numbers or Values."""
        return self._forward(as_inputs(x, len(self.w), self))

    def _forward(self, x: Sequence[Value]) -> Value:
        with self._unit:
            if self._expanded:
                products = [w * xi for w, xi in zip(self.w, x, strict=True)]
                u = sum(products[1:], products[0]) + self.b
            else:
                u = affine(self.w, x, self.b)
            return u if self._function is None else self._function(u)

    def __repr__(self) -> str:
        return f"{self._activation} neuron of {len(self.w)} input{'s' * (len(self.w) > 1)}"


class Layer(Module):
    """A row of `width` neurons, all with the same `inputs` inputs: z = φ(Wx + b), the rows of W being the neurons' weights.

    Options are those of Neuron. A layer of one neuron returns a bare Value, others a list.

    >>> layer = Layer(2, 3, activation=None, seed=0)
    >>> layer
    Layer of 3 linear neurons, 2 inputs each
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        nonlin: bool = True,
        activation: Activation = "relu",
        *,
        name: str = "layer",
        **options: Any,
    ) -> None:
        check_width(width, "a layer needs at least one neuron")
        if isinstance(options.get("init", "micrograd"), str):
            options["init"] = initialiser(options.pop("init", "micrograd"), options.pop("seed", None))
        self._unit = unit(name)
        with self._unit:
            self.neurons = [
                Neuron(inputs, nonlin, activation, outputs=width, name=f"neuron{i}", **options) for i in range(1, width + 1)
            ]

    def __call__(self, x: Any) -> Any:
        """Records and returns the neurons' outputs, a list of `width` Values (one bare Value if there is only one)."""
        z = self._forward(as_inputs(x, len(self.neurons[0].w), self))
        return z[0] if len(z) == 1 else z

    def _forward(self, x: Sequence[Value]) -> list[Value]:
        with self._unit:
            return [neuron._forward(x) for neuron in self.neurons]

    def __repr__(self) -> str:
        first, count = self.neurons[0], len(self.neurons)
        each = f"{len(first.w)} input{'s' * (len(first.w) > 1)}{' each' * (count > 1)}"
        return f"Layer of {count} {first._activation} neuron{'s' * (count > 1)}, {each}"


class MLP(Module):
    """A multilayer perceptron: fully connected layers of the given widths, z_0 = x and z_i = φ_i(W_i z_{i-1} + b_i).

    `MLP(inputs, widths)`. The last layer is linear; `activation` is for the others, or a list with one for every layer, the
    last included. Other options are those of Neuron: `expanded`, `init`, `seed`. A single output is returned bare.

    Raises ValueError for no layers, a width below 1, and inputs of the wrong number.

    >>> model = MLP(2, [16, 16, 1])
    >>> len(model.parameters())
    337
    >>> next(model.named_parameters())[0]
    'layer1.neuron1.w1'
    """

    def __init__(
        self, inputs: int, widths: Sequence[int], activation: Activation | Sequence[Activation] = "relu", **options: Any
    ) -> None:
        if isinstance(widths, int) or not len(widths):
            raise ValueError(
                f"an MLP needs a list of layer widths, such as MLP({inputs}, [16, 16, 1]), and was given {widths!r}"
            )
        if isinstance(activation, (list, tuple)):
            activations = list(activation)
            if len(activations) != len(widths):
                raise ValueError(f"{len(widths)} layers need {len(widths)} activations, and the list has {len(activations)}")
        else:
            activations = [activation] * (len(widths) - 1) + [None]
        options["init"] = initialiser(options.pop("init", "micrograd"), options.pop("seed", None))
        sizes = [inputs, *widths]
        self.layers = [
            Layer(sizes[i], sizes[i + 1], True, activations[i], name=f"layer{i + 1}", **options) for i in range(len(widths))
        ]

    def __call__(self, x: Any) -> Any:
        """Records and returns the outputs: a list of Values, one for each neuron of the last layer, or a bare single one."""
        z = as_inputs(x, len(self.layers[0].neurons[0].w), self)
        for layer in self.layers:
            z = layer._forward(z)
        return z[0] if len(z) == 1 else list(z)

    def __repr__(self) -> str:
        first = self.layers[0].neurons[0]
        widths = " → ".join(str(n) for n in [len(first.w), *(len(layer.neurons) for layer in self.layers)])
        names = [layer.neurons[0]._activation for layer in self.layers]
        hidden = dict.fromkeys(names[:-1])
        if len(hidden) <= 1 and names[-1] == "linear":
            kinds = f"{', '.join(hidden)}, last layer linear" if hidden else "linear"
        else:
            kinds = ", ".join(names)
        return f"MLP {widths}, {kinds}, {len(self.parameters())} parameters"


def check_width(width: object, sentence: str) -> None:
    """Raises where a width is not a whole number of at least 1."""
    if isinstance(width, bool) or not isinstance(width, int):
        raise TypeError(f"a width is a whole number, not {width!r}")
    if width < 1:
        raise ValueError(f"{sentence}, and was given {width}")


def activation_named(activation: Activation) -> tuple[Callable[[Value], Value] | None, str]:
    """The function φ, None for the linear neuron, and what to call it."""
    if activation is None or activation in ("linear", "identity"):
        return None, "linear"
    if callable(activation):
        return activation, getattr(activation, "__name__", "custom")
    if activation not in FUNCTIONS or not hasattr(Value, activation):
        known = "relu, tanh, sigmoid, tanh_half, leaky_relu, elu, softplus, gelu, silu, step, linear"
        raise ValueError(f"there is no activation {activation!r}: choose one of {known}, or give a function of a Value")
    return FUNCTIONS[activation], activation
