"""Outputs of many samples as plain floats, by a compiled program.

>>> from chalkgrad.nn import MLP
>>> model = MLP(2, [3, 1], "tanh", seed=0)
>>> model.predict([0.0, 0.0]), model.predict([[0.0, 0.0]] * 20) == [0.0] * 20
(0.0, True)
>>> fastest() in ("llvm", "numpy", "python")
True

A single sample, and a few, are simply recorded: see `Layered.predict`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from chalkgrad.engine import Value, program
from chalkgrad.engine.basics.modes import current, taped
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.nn.data.rows import is_row, sample_in
from chalkgrad.nn.models.module import Module

# To compile, one sample is recorded, and its edges are then visited some fifteen times, to order them, to look for failures and
# to write and compile the text. So compiling takes as long as recording some fifteen samples, whatever the number of layers;
# where layers are wide, whose sums are fast to record, it takes longer, but it is done once.
COMPILED_FROM = 20  # samples

# Text in Python needs no import. The other targets multiply from ten to a hundred times as fast, but to import them and to
# start a compiler takes as long as some millions of multiplications do in Python, one for each parameter and sample.
FASTEST_FROM = 5_000_000  # parameters times samples

# A text in Python takes some 50 µs for each parameter, until it is compiled, arrays and machine code a fifth of that.
LONG_TEXT = 15_000  # parameters

# Activations that have a value everywhere, no larger than 1.1|u| + 2: with these a network overflows only where its sums do.
TAME = {"linear", "relu", "tanh", "sigmoid", "tanh_half", "leaky_relu", "elu", "softplus", "gelu", "silu", "step", "identity"}
TAME |= {"mish", "selu", "softsign", "sign"}


class NeuronLike(Protocol):
    """What a program depends on, neuron by neuron."""

    w: list[Value]
    b: Value

    @property
    def activation(self) -> str: ...
    @property
    def function(self) -> Callable[[Value], Value] | None: ...
    @property
    def is_named(self) -> bool: ...
    @property
    def expanded(self) -> bool: ...


class Programs(NamedTuple):
    """The compiled programs of a model by their target, and the model's form and parameters when they were compiled."""

    form: list[Any]
    functions: dict[str, Callable[..., Any]]


def installed() -> list[str]:
    """Returns the targets of `Program.compile` whose packages are installed, the slowest first; imports nothing."""
    from importlib.util import find_spec

    def there(name: str) -> bool:
        return sys.modules.get(name) is not None or find_spec(name) is not None

    return ["python", *(["numpy", *(["llvm"] if there("llvmlite") else [])] if there("numpy") else [])]


def fastest() -> str:
    """Returns the fastest target for large batches: "llvm", "numpy" or "python"."""
    return installed()[-1]


def targets(samples: int, parameters: int) -> list[str]:
    """Returns the targets to try for so many samples, the best first; [] if recording costs less than compiling.

    >>> targets(2, 337), targets(100, 337), targets(100, 101_770) == installed()[::-1]
    ([], ['python'], True)
    """
    if samples < COMPILED_FROM:
        return []
    return installed()[::-1] if samples * parameters >= FASTEST_FROM or parameters >= LONG_TEXT else ["python"]


def batch_outputs(
    model: Module, layers: Sequence[Sequence[NeuronLike]], batch: Sequence[Any], known: Programs | None
) -> tuple[list[Any], Programs] | None:
    """Returns the outputs for each row of a batch, and the programs to keep for the next; None if rows must be recorded.

    Rows are recorded if there are few, if recording may raise an error, which a program would not, and for weights that are
    computed or activations of your own. `known` are the programs that an earlier call returned.
    """
    neurons = [neuron for layer in layers for neuron in layer]
    if current().propagate or not all(neuron.activation in TAME and neuron.is_named for neuron in neurons):
        return None
    theta, width = model.parameters(), len(neurons[0].w)
    wanted = targets(len(batch), len(theta))
    if not wanted or any(parameter.parents for parameter in theta):
        return None
    samples = _rows_of_floats(batch, width)
    if samples is None or not _stays_finite(layers, samples):
        return None
    shapes = [(neuron.function, neuron.expanded, len(neuron.w)) for neuron in neurons]
    form = [theta, shapes, [len(layer) for layer in layers]]
    programs = known if known is not None and known.form == form else Programs(form, {})
    for target in wanted:
        if target not in programs.functions:
            try:
                programs.functions[target] = _compiled(model, theta, width, target)
            except ImportError:  # installed, but not for this machine
                continue
        columns = programs.functions[target]([p.data for p in theta], samples)
        columns = [column if isinstance(column, list) else column.tolist() for column in columns]
        return columns[0] if len(columns) == 1 else list(map(list, zip(*columns, strict=True))), programs
    return None


def _compiled(model: Module, theta: Sequence[Value], width: int, target: str) -> Callable[..., Any]:
    x = [Value(0.0, f"x{i}") for i in range(1, width + 1)]
    with taped():  # it is recorded under no_grad(), too
        output = model(x)
    roots = output if isinstance(output, list) else [output]
    return program(roots, inputs=[theta, x], wrt=[]).compile(target, adjoints=False)


def _rows_of_floats(batch: Any, width: int) -> Any:
    """Returns the batch as rows of floats, or as an array if it is one; None if recording has to say what is wrong."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and type(batch) is numpy.ndarray:
        fits = batch.ndim == 2 and batch.shape[1] == width and batch.dtype.kind in "fiub" and numpy.isfinite(batch).all()
        return batch.astype(float) if fits else None
    try:
        if not all(map(is_row, batch)):
            return None
        rows = [[x.data if isinstance(x, Value) else to_float(x) for x in sample_in(row)] for row in batch]
    except (TypeError, ValueError, ArithmeticError):
        return None
    return rows if all(len(row) == width for row in rows) else None


def _stays_finite(layers: Sequence[Sequence[NeuronLike]], samples: Any) -> bool:
    """Whether no sum can overflow: programs go on with infinity, where recording stops with a sentence."""
    bound = float(abs(samples).max()) if not isinstance(samples, list) else max(max(map(abs, row)) for row in samples)
    for neurons in layers:
        bound = 2.0 + 1.1 * max(sum(abs(w.data) for w in neuron.w) * bound + abs(neuron.b.data) for neuron in neurons)
    return bound < 1e300
