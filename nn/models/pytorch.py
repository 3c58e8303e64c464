"""Models for PyTorch and from it: a torch.nn.Sequential of Linear and activation modules, in float64.

>>> from chalkgrad.nn import MLP
>>> MLP(2, [3, 1], activation="sin").to_torch()
Traceback (most recent call last):
ValueError: layer 1 has the activation sin, for which torch.nn has no module; those that have one are relu, tanh, sigmoid, \
leaky_relu, elu, softplus, gelu, silu, mish, selu, softsign, linear

PyTorch is imported when it is asked for; `pip install "chalkgrad[torch]"` installs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine import Value

# torch's Softplus is x itself above a threshold. At its own, 20, that is wrong by 2e-9; from 37 on by less than rounding.
THRESHOLD = 37.0

# The class in torch.nn, and the options with which it computes what the activation does here.
ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "elu": ("ELU", {"alpha": 1.0}),
    "softplus": ("Softplus", {"beta": 1.0, "threshold": THRESHOLD}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "mish": ("Mish", {}),
    "selu": ("SELU", {}),
    "softsign": ("Softsign", {}),
}


class LayerValues(NamedTuple):
    """A layer's parameters, a row of weights and a bias for each neuron, and the neurons' activations."""

    weights: Sequence[Sequence[Value]]
    biases: Sequence[Value]
    activations: Sequence[str]
    named: bool  # whether all activations are the table's, and none a function of one's own


class LayerNumbers(NamedTuple):
    """A Linear with the activation behind it, as numbers, and whether they are frozen."""

    weights: list[list[float]]
    biases: list[float]
    activation: str
    frozen: tuple[bool, bool]


def pytorch() -> Any:
    """Returns the module torch; raises ImportError with the command that installs it."""
    try:
        import torch
    except ImportError:
        raise ImportError(
            'models for PyTorch need it: pip install "chalkgrad[torch]"; on Linux without a GPU its CPU build is a tenth as '
            "large, pip install torch --index-url https://download.pytorch.org/whl/cpu"
        ) from None
    return torch


# To PyTorch ----------------------------------------------------------------------------------------------------------


def sequential(layers: Sequence[LayerValues]) -> Any:
    """Returns a torch.nn.Sequential of a Linear and an activation module for each layer, with the same numbers.

    Raises ValueError for what no Sequential of such modules computes: an activation without a module, neurons of one layer
    with different ones, a parameter in two places, and a matrix that is frozen in part.
    """
    _refuse_shared(layers)
    for i, layer in enumerate(layers, 1):
        _refuse_untranslatable(layer, i)
    torch = pytorch()
    modules = []
    for layer in layers:
        linear = torch.nn.utils.skip_init(torch.nn.Linear, len(layer.weights[0]), len(layer.weights), dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor([[w.data for w in row] for row in layer.weights], dtype=torch.float64))
            linear.bias.copy_(torch.tensor([b.data for b in layer.biases], dtype=torch.float64))
        linear.weight.requires_grad_(not layer.weights[0][0].constant)
        linear.bias.requires_grad_(not layer.biases[0].constant)
        modules.append(linear)
        if layer.activations[0] != "linear":
            name, options = ACTIVATIONS[layer.activations[0]]
            modules.append(getattr(torch.nn, name)(**options))
    return torch.nn.Sequential(*modules)


def _refuse_shared(layers: Sequence[LayerValues]) -> None:
    places: dict[Value, str] = {}
    for i, layer in enumerate(layers, 1):
        for j, (row, bias) in enumerate(zip(layer.weights, layer.biases, strict=True), 1):
            for name, parameter in [*((f"w{k}", w) for k, w in enumerate(row, 1)), ("b", bias)]:
                place = f"{name} of neuron {j} in layer {i}"
                if parameter in places:
                    raise ValueError(
                        f"{place} is {places[parameter]} as well, and each Linear of PyTorch has numbers of its own: give "
                        "each place a Value of its own"
                    )
                places[parameter] = place


def _refuse_untranslatable(layer: LayerValues, i: int) -> None:
    other = next((name for name in layer.activations if name != layer.activations[0]), None)
    if other is not None:
        raise ValueError(
            f"layer {i} has neurons with {layer.activations[0]} and with {other}, and a module of PyTorch applies one "
            "activation to all of them"
        )
    if not layer.named or layer.activations[0] not in (*ACTIVATIONS, "linear"):
        raise ValueError(
            f"layer {i} has the activation {layer.activations[0]}, for which torch.nn has no module; those that have one are "
            f"{', '.join([*ACTIVATIONS, 'linear'])}"
        )
    for what, parameters in (("weights", [w for row in layer.weights for w in row]), ("biases", layer.biases)):
        frozen = sum(p.constant for p in parameters)
        if 0 < frozen < len(parameters):
            raise ValueError(
                f"of the {len(parameters)} {what} of layer {i} {frozen} are frozen, and PyTorch freezes all of a tensor or "
                "nothing: freeze() or unfreeze() the others"
            )


# From PyTorch --------------------------------------------------------------------------------------------------------


def read(given: Any) -> list[LayerNumbers]:
    """Reads the layers of a torch.nn.Sequential.

    Raises TypeError for anything else, ValueError for a module in it that an MLP has not, naming it and what can be taken.
    """
    if not any(kind.__module__.partition(".")[0] == "torch" for kind in type(given).__mro__):
        raise TypeError(f"from_torch takes a torch.nn.Sequential, whose modules are {_takes()}, not {given!r}")
    torch = pytorch()
    if not _is_sequential(torch, given):
        shown = _named(given) if isinstance(given, torch.nn.Module) else f"a {type(given).__name__}"
        raise TypeError(
            f"from_torch takes a torch.nn.Sequential, whose modules are {_takes()}, not {shown}; of a model of your own put "
            "these modules into one, torch.nn.Sequential(net.fc1, torch.nn.ReLU(), net.fc2)"
        )
    layers: list[LayerNumbers] = []
    seen: dict[int, str] = {}
    bare = False  # whether the last Linear can still get an activation
    for place, module in _flat(torch, given):
        _refuse_hooks(module, f"module {place}")
        if type(module) is torch.nn.Identity:
            continue
        if type(module) is torch.nn.Linear:
            layers.append(_linear(module, place, seen))
            if len(layers) > 1 and len(layers[-1].weights[0]) != len(layers[-2].weights):
                raise ValueError(
                    f"module {place}, {_named(module)}, takes {len(layers[-1].weights[0])} inputs, and the Linear before it "
                    f"has {len(layers[-2].weights)} outputs"
                )
            bare = True
            continue
        activation = _activation(torch, module, place)
        if not bare:
            after = "another activation, and a layer has one" if layers else "nothing, and a layer begins with its Linear"
            raise ValueError(f"module {place}, {_named(module)}, cannot be taken: before it is {after}")
        layers[-1] = layers[-1]._replace(activation=activation)
        bare = False
    if not layers:
        raise ValueError(f"this Sequential has no Linear: an MLP is made of {_takes()}")
    return layers


def _is_sequential(torch: Any, module: Any) -> bool:
    """Whether a module calls its modules one after another; a subclass may compute something else."""
    return isinstance(module, torch.nn.Sequential) and type(module).forward is torch.nn.Sequential.forward


def _flat(torch: Any, module: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the modules of a Sequential, and of those inside it, with where they stand."""
    _refuse_hooks(module, f"module {place}" if place else "the Sequential itself")
    for name, inner in module._modules.items():  # children() would leave out the second of two places with one module
        at = f"{place}.{name}" if place else name
        if _is_sequential(torch, inner):
            yield from _flat(torch, inner, at)
        else:
            yield at, inner


def _refuse_hooks(module: Any, place: str) -> None:
    if module._forward_hooks or module._forward_pre_hooks:
        raise ValueError(
            f"{place}, {_named(module)}, has hooks, which change what it computes (weight and spectral norms are such): "
            "remove them first"
        )


def _linear(module: Any, place: str, seen: dict[int, str]) -> LayerNumbers:
    """Reads a Linear; `seen` has the tensors of those before it, by their identity."""
    frozen: list[bool] = []
    numbers: list[Any] = []
    for what in ("weight", "bias"):
        tensor = getattr(module, what)
        if tensor is None:
            numbers.append([0.0] * module.out_features)
            frozen.append(True)  # so that it stays a map without a bias when it is trained
            continue
        if id(tensor) in seen:
            raise ValueError(
                f"the {what} of module {place}, {_named(module)}, is that of module {seen[id(tensor)]} as well: shared tensors "
                "cannot be taken, give each Linear its own"
            )
        seen[id(tensor)] = place
        if tensor.device.type == "meta" or not tensor.is_floating_point():
            raise ValueError(
                f"the {what} of module {place}, {_named(module)}, is of {tensor.dtype} on the device {tensor.device}: real "
                "numbers in memory can be taken"
            )
        given = tensor.detach().cpu().double()
        if not bool(given.isfinite().all()):
            raise ValueError(f"the {what} of module {place}, {_named(module)}, has numbers that are not finite")
        numbers.append(given.tolist())
        frozen.append(not tensor.requires_grad)
    weights, biases = numbers
    if not weights or not weights[0]:
        raise ValueError(f"module {place}, {_named(module)}, has no weights")
    return LayerNumbers(weights, biases, "linear", (frozen[0], frozen[1]))


def _activation(torch: Any, module: Any, place: str) -> str:
    for name, (kind, options) in ACTIVATIONS.items():
        if type(module) is not getattr(torch.nn, kind):
            continue
        if all(_fits(option, getattr(module, option), wanted) for option, wanted in options.items()):
            return name
        written = ", ".join(f"{option}={wanted!r}" for option, wanted in options.items())
        why = ", because below that threshold PyTorch leaves out what float64 can tell" if kind == "Softplus" else ""
        raise ValueError(
            f"module {place}, {_named(module)}, cannot be taken: {name} here is what {kind}({written}) computes{why}"
        )
    raise ValueError(f"module {place}, {_named(module)}, cannot be taken: an MLP is made of {_takes()}")


def _fits(option: str, given: Any, wanted: Any) -> bool:
    return bool(given >= wanted) if option == "threshold" else bool(given == wanted)


def _takes() -> str:
    *kinds, last = [kind for kind, _ in ACTIVATIONS.values()]
    return f"Linear, each with one of {', '.join(kinds)} and {last} behind it or with none"


def _named(module: Any) -> str:
    """Returns a module's repr; of a long one the class."""
    shown = repr(module)
    return shown if "\n" not in shown and len(shown) <= 80 else f"a {type(module).__name__}"
