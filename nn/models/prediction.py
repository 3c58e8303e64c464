"""Outputs of networks as plain floats: nothing is recorded, and large batches run as compiled programs.

>>> from chalkgrad.nn import MLP
>>> model = MLP(2, [3, 1], "tanh", seed=0)
>>> model.predict([0.0, 0.0]), model.predict([[0.0, 0.0], [0.0, 0.0]])
(0.0, [0.0, 0.0])
>>> fastest() in ("llvm", "numpy", "python")
True
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from operator import mul as product
from typing import TYPE_CHECKING, Any

from chalkgrad.engine import Value, program, value
from chalkgrad.engine.recorder import FAILURES, computer
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.value import to_float

if TYPE_CHECKING:
    from chalkgrad.nn.models.layers import Layered, Neuron

# Activations that have a value everywhere, no larger than |u| + 1: with these a network overflows only where its sums do.
TAME = {"linear", "relu", "tanh", "sigmoid", "tanh_half", "leaky_relu", "elu", "softplus", "gelu", "silu", "step", "identity"}

# What a way takes, in seconds: at first, to record and compile, imports included; for each parameter then; and for each sample
# by itself, by its neurons and by its parameters. Measured with MLP(2, [2, 2]), MLP(2, [16, 16, 1]) and MLP(64, [32, 10]),
# Python 3.11 on an AMD EPYC, rounded. For MLP(2, [16, 16, 1]) the loop takes 60 µs a sample, compiled Python 13, LLVM 2, so
# Python pays from about 400 samples and LLVM from about 20,000.
COSTS = {
    "loop": (0.0, 0.0, 5e-6, 1.2e-6, 5e-8),
    "python": (0.005, 3e-5, 1e-6, 0.0, 4e-8),
    "numpy": (0.10, 3e-5, 1e-6, 0.0, 1e-8),
    "llvm": (0.25, 1.2e-5, 1e-6, 0.0, 6e-9),
}


def installed() -> list[str]:
    """The targets of `Program.compile` for which everything is there, the slowest first; imports nothing."""
    from importlib.util import find_spec

    def there(name: str) -> bool:
        return sys.modules.get(name) is not None or find_spec(name) is not None

    return ["python", *(["numpy", *(["llvm"] if there("llvmlite") else [])] if there("numpy") else [])]


def fastest() -> str:
    """The fastest of them for large batches: "llvm", "numpy" or "python"."""
    return installed()[-1]


Plain = list[list[tuple[list[float], float, Callable[[float], float]]]]  # of each neuron its weights, its bias and φ


def plain(rows: Sequence[Sequence[Neuron]]) -> Plain:
    """Layers of neurons as numbers."""
    functions = {neuron._function: _phi(neuron) for neurons in rows for neuron in neurons}
    return [
        [([w._data for w in neuron.w], neuron.b._data, functions[neuron._function]) for neuron in neurons] for neurons in rows
    ]


def of_sample(network: Plain, x: Sequence[float]) -> list[float] | None:
    """The outputs, computed as they are recorded; None where recording stops, at what is not finite or has no value."""
    z = list(x)
    for layer in network:
        try:
            us = [sum(map(product, w, z)) + b for w, b, _ in layer]
            if not math.isfinite(sum(map(abs, us))):
                return None
            z = [phi(u) for u, (_, _, phi) in zip(us, layer, strict=True)]
        except FAILURES:
            return None
    return z if math.isfinite(sum(map(abs, z))) else None


def _phi(neuron: Neuron) -> Callable[[float], float]:
    function = neuron._function
    if function is None:
        return float
    if not neuron.is_named:
        return lambda u: _number(function(Value(u)))
    rule = RULES[neuron.activation]
    compute = computer(rule, (False, *[True] * len(rule.defaults)))
    defaults = rule.defaults
    return (lambda u: compute(u, *defaults)[0]) if defaults else (lambda u: compute(u)[0])


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else float(x)


def of_batch(model: Layered, rows: Sequence[Sequence[Neuron]], batch: Sequence[Any]) -> list[Any] | None:
    """The outputs for each row of a batch, by a compiled program; None where there is none or it does not pay."""
    if value.propagate or not all(n.activation in TAME and n.is_named for neurons in rows for n in neurons):
        return None
    theta = model.parameters()
    if any(parameter.parents for parameter in theta):  # weights that are computed themselves
        return None
    shape = [(neuron._function, neuron._expanded, len(neuron.w)) for neurons in rows for neuron in neurons]
    key = [theta, shape, [len(neurons) for neurons in rows]]
    functions = model._compiled[1] if model._compiled is not None and model._compiled[0] == key else {}

    def seconds(way: str) -> float:
        once, by_parameter, sample, neuron, parameter = COSTS[way]
        compiling = 0.0 if way in functions else once + by_parameter * len(theta)
        return compiling + len(batch) * (sample + neuron * len(shape) + parameter * len(theta))

    way = min(["loop", *installed()], key=seconds)
    samples = None if way == "loop" else _floats(batch, len(rows[0][0].w))
    if samples is None or not _stays_finite(rows, samples):
        return None
    if way not in functions:
        try:
            functions[way] = _compiled(model, theta, len(rows[0][0].w), way)
        except ImportError:  # it is there, but not for this machine
            return None
        model._compiled = key, functions
    columns = functions[way]([p.data for p in theta], samples)
    columns = [column if isinstance(column, list) else column.tolist() for column in columns]
    return columns[0] if len(columns) == 1 else list(map(list, zip(*columns, strict=True)))


def _compiled(model: Layered, theta: Sequence[Value], width: int, target: str) -> Callable[..., Any]:
    x = [Value(0.0, f"x{i}") for i in range(1, width + 1)]
    taping, value.taping = value.taping, True  # it is recorded under no_grad(), too
    try:
        output = model(x)
    finally:
        value.taping = taping
    roots = output if isinstance(output, list) else [output]
    return program(roots, inputs=[theta, x], wrt=[]).compile(target, adjoints=False)


def _floats(batch: Sequence[Any], width: int) -> Any:
    """The batch as rows of floats, or as an array if it is one; None where something is unusual, for recording to explain."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(batch, numpy.ndarray):
        fits = batch.ndim == 2 and batch.shape[1] == width and batch.dtype.kind in "fiub" and numpy.isfinite(batch).all()
        return batch.astype(float) if fits else None
    try:
        rows = [[x.data if isinstance(x, Value) else to_float(x) for x in row] for row in batch]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return rows if all(len(row) == width for row in rows) else None


def _stays_finite(rows: Sequence[Sequence[Neuron]], samples: Any) -> bool:
    """Whether no sum can overflow: the programs would go on with infinity, where recording stops with a sentence."""
    bound = float(abs(samples).max()) if not isinstance(samples, list) else max(max(map(abs, row)) for row in samples)
    for neurons in rows:
        bound = 1.0 + max(sum(abs(w.data) for w in neuron.w) * bound + abs(neuron.b.data) for neuron in neurons)
    return bound < 1e300
