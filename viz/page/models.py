"""The pass of a model that a page plays: its outputs for its inputs, recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalkgrad.engine import Value
from chalkgrad.nn import MLP, Layer, Network, Neuron
from chalkgrad.nn.data.rows import is_row, sample_in
from chalkgrad.nn.heads import Head


def outputs_of(model: Any, x: Any) -> list[Value]:
    """Returns the outputs that a model or a head computes from inputs, recorded; no grad is touched.

    Raises TypeError without inputs, and for a model that gives no Values; ValueError for inputs of the wrong number, and for
    a head that computes nothing.

    >>> from chalkgrad.nn import Neuron
    >>> outputs_of(Neuron(2, activation="tanh", seed=0), [1.0, 2.0])[0].op
    <operation tanh>
    >>> outputs_of(Neuron(2), None)
    Traceback (most recent call last):
    TypeError: play plays a model's pass from its inputs: play(model, x=[x1, x2])
    """
    if x is None:
        raise TypeError(f"play plays a model's pass from its inputs: play(model, x={_example(model)})")
    if isinstance(model, Head):
        scores = sample_in(x)
        made = model([_value(s, f"s{i}") for i, s in enumerate(scores, 1)] if is_row(scores) else _value(scores, "s"))
    else:
        made = model(x)
    outputs = list(made) if isinstance(made, (list, tuple)) else [made]
    if not outputs or not all(isinstance(output, Value) for output in outputs):
        raise TypeError(f"play plays what a model computes as Values, and {type(model).__name__} gave {made!r}")
    if all(output.op is None for output in outputs):
        raise ValueError(f"{model!r} computes nothing: what it is given is what it returns, so there is nothing to play")
    for i, output in enumerate(outputs, 1):
        if isinstance(model, Head) and output.op is not None and not output.label:
            output.label = f"p{i}" if len(outputs) > 1 else "p"
    return outputs


def is_model(what: Any) -> bool:
    """Tells whether this is something that computes Values from inputs: a model, a part of one, or a head."""
    return isinstance(what, Head) or (callable(what) and hasattr(what, "named_parameters") and not isinstance(what, type))


def _value(x: Any, label: str) -> Value:
    return x if isinstance(x, Value) else Value(x, label)


def _example(model: Any) -> str:
    match model:
        case Network():
            names: Sequence[str] = model.inputs
        case MLP() | Layer() | Neuron():
            names = [f"x{i}" for i in range(1, len(model._rows()[0][0].w) + 1)]
        case _:
            names = ["…"]
    return f"[{', '.join(names if len(names) <= 3 else [*names[:1], '…', names[-1]])}]"
