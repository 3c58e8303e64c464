"""What the page says of a graph of units; the names of such a graph, and the pass of a model that it is recorded from."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalkgrad.engine import Value, tape
from chalkgrad.engine.stepping.unit_sentences import UnitNames, is_numbered, link_blanks, link_slips, unit_equations
from chalkgrad.engine.stepping.units import NoUnitsError, Units
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.placeholders import Placeholders, Text
from chalkgrad.nn import MLP, Layer, Network, Neuron
from chalkgrad.nn.data.rows import is_row, sample_in
from chalkgrad.nn.heads import Head

Piece = tuple[Text, str]


# A graph of units ----------------------------------------------------------------------------------------------------


def units_told(
    root: Value,
    roots: Sequence[Value],
    placeholders: Placeholders,
    numbers: Mapping[Value, int],
    shown: Callable[[str], Text],
    shared: Mapping[str, Text],
) -> dict[str, Any] | None:
    """Returns what the page is told of the units, as script.py has it; None for a graph that is not one of several units.

    A neuron alone is best seen from inside.

    `numbers` are those of the values; `shown` makes a text of what a renderer has written; what is `shared` by all sentences
    is left out of each.
    """
    try:
        units = Units(root, roots)
    except NoUnitsError:
        return None
    if sum(bool(unit.place) for unit in units.units) < 2:
        return None
    naming, number = UnitNames(units), placeholders.number
    places = {unit: i for i, unit in enumerate(units.units)}
    taken = {(link.unit, link.source): i for i, link in enumerate(units.links)}

    def blanks(written: Mapping[str, str]) -> dict[str, Text]:
        return {name: shown(part) for name, part in written.items() if name not in shared}

    forward = []
    for unit in units.units:
        *before, last = unit_equations(units, unit)
        forward.append([[_coloured(shown(equation)) for equation in before], _coloured(shown(last))])
    return {
        "list": [
            [unit.place, *([numbers[node] for node in some] for some in (unit.nodes, unit.inputs, unit.parameters))]
            for unit in units.units
        ],
        "functions": [shown(words.called(naming.function(unit))) for unit in units.units],
        "titles": [naming.title(unit) for unit in units.units],
        "forward": forward,
        "start": shown(naming.beginning()),
        "inputs": [numbers[node] for node in units.inputs],
        "links": [
            [
                places[link.unit],
                numbers[link.source],
                link.last,
                number(link.partial),
                number(link.contribution(units.sweep.adjoints)),
            ]
            for link in units.links
        ],
        "sentences": [blanks(link_blanks(naming, link)) for link in units.links],
        "slips": [
            [[None if wrong is None else number(wrong), key] for wrong, key, _ in link_slips(units, link)]
            for link in units.links
        ],
        "wires": [
            [i, numbers[source], number(unit.weight_of(source)), taken.get((unit, source), -1)]
            for unit, i in places.items()
            for source in unit.inputs
        ],
    }


def _coloured(text: Text) -> list[Piece]:
    """Returns the pieces of a text, its open numbers in the colour of values."""
    elements = [text] if isinstance(text, str) else text
    return [
        (part, "")
        if isinstance(part, str)
        else ([part], "data" if isinstance(part, list) and part[0] in ("n", "f", "+") else "")
        for part in elements
    ]


def labelled(roots: Sequence[Value]) -> list[Value]:
    """Returns the roots of a copy of the graph in which the values of units are called as in a lecture: z15, u15, w15_2, b15.

    Labels, and the caller's variables, are kept. A graph without units is returned as it is, and so is one with names alone.

    >>> from chalkgrad.nn import MLP
    >>> [root] = labelled([MLP(2, [2, 1], "tanh", seed=0)([1.0, 2.0])])
    >>> [*tape(root).names.values()][:7]
    ['w11_1', 'w11_2', 'x1', 'x2', 'b11', 'u11', 'z11']
    """
    try:
        units = Units(roots[0], roots)
    except NoUnitsError:
        return [*roots]
    labels = UnitNames(units).labels()
    if not labels:
        return [*roots]
    names, twins = units.tape.names, copy.deepcopy([*roots])
    for i, (node, other) in enumerate(zip(units.tape.nodes, tape(*twins).nodes, strict=True), 1):
        if node in labels:
            other.label = labels[node]
        elif not node.label and not is_numbered(names[node], i):
            other.label = names[node]  # a variable of the caller's, who does not know the copy
    return twins


# The pass of a model -------------------------------------------------------------------------------------------------


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
    """Whether this is something that computes Values from inputs: a model, a part of one, or a head."""
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
