"""Which parameters gradient descent cannot train, and why; and which parts of a model stand still as it is.

>>> from chalkgrad.nn import Neuron
>>> untrainable(Neuron(1, activation="step", seed=0))
'the derivative of step is 0 everywhere, so no gradient reaches w1 and b: gradient descent cannot move them'
"""

from __future__ import annotations

from typing import Any

from chalkgrad.engine import Value, nonfinite, tape
from chalkgrad.engine.formulas.trees import Constant
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import joined
from chalkgrad.nn.data import Table
from chalkgrad.nn.data.rows import samples_in
from chalkgrad.nn.models.affine import argument_places
from chalkgrad.nn.models.layers import activation_of
from chalkgrad.nn.models.module import Module
from chalkgrad.nn.models.show import SHOWN
from chalkgrad.nn.models.standstill import MOST_NAMES, standstill

UNTRAINABLE = section("untrainable")


def untrainable(model: Module, x: Any = None) -> str:
    """Returns what keeps a model from being trained, a sentence in each line; "" if there is nothing.

    Parameters that no gradient reaches: those that reach the outputs only through operations whose derivative is 0
    everywhere, such as the perceptron's step. The tape of one forward pass is examined, at zeros or at `x`, which modules of
    your own need. Frozen parameters, which are not meant to move, and those that are not used are left out.

    What stands still as the weights are now, if `x` is given, a sample or better a list of them: equal neurons, dead and
    saturated ones, and layers all of whose gradients are 0 on these samples; see `standstill`.

    >>> from chalkgrad.nn import MLP, Neuron
    >>> untrainable(Neuron(2, activation="step", seed=0))
    'the derivative of step is 0 everywhere, so no gradient reaches w1, w2 and b: gradient descent cannot move them'
    >>> untrainable(Neuron(2, activation="tanh", seed=0))
    ''
    >>> model = MLP(2, [4, 1], "tanh")
    >>> model.theta = [0.0] * len(model.theta)
    >>> print(untrainable(model, [[0.0, 1.0], [1.0, 1.0]]))
    neurons 1 to 4 of layer 1 have equal weights, so equal gradients: they will stay equal
    every gradient of layer 1 is 0 on all samples
    """
    samples = None if x is None else _samples(model, x)
    said = list(filter(None, [no_gradient_reaches(model, samples[0] if samples else None)]))
    if samples:
        said += standstill(model, samples, known=bool(said))
    return "\n".join(said)


def _samples(model: Module, x: Any) -> list[Any]:
    """Returns x as a list of samples; a module of one's own may take a list of lists for a single one."""
    knows_inputs = type(model)._input_names is not Module._input_names
    batch = samples_in(x.X if isinstance(x, Table) else x, len(model._input_names()) if knows_inputs else None)
    if batch is not None and not knows_inputs:
        try:
            model(x)
        except Exception:  # a function of one's own may raise anything for what is not a sample
            return list(batch)
        return [x]
    return [x] if batch is None else list(batch)


def no_gradient_reaches(model: Module, x: Any = None) -> str:
    """Returns the sentence about the parameters that no gradient reaches, "" if there are none."""
    reason, advice = why_untrainable(model, x)
    return advice or reason


def why_untrainable(model: Module, x: Any = None) -> tuple[str, str]:
    """Returns that sentence, first without the advice to freeze, and then with it, "" if there is none to give."""
    with nonfinite("propagate"):
        y = model([0.0] * len(model._input_names()) if x is None else x)
    outputs = [v for v in (y if isinstance(y, (list, tuple)) else [y]) if isinstance(v, Value)]
    nodes = tape(*outputs)
    rules = {node.op for node in nodes if node.op is not None}
    if not any(_is_zero(rule, which) for rule in rules for which in range(len(rule.partials))):
        return "", ""  # gradients end nowhere
    reached = set(outputs)
    flat_edges: list[tuple[Value, Value]] = []  # edges at which gradients end
    for node in reversed(nodes):  # the way of the reverse sweep, without its numbers
        if node in reached and node.op is not None:
            flat = [_is_zero(node.op, which) for which, _ in argument_places(node)]
            for parent, ends in zip(node.parents, flat, strict=True):
                if ends:
                    flat_edges.append((node, parent))
                else:
                    reached.add(parent)
    used = set(nodes)
    lost = {p: name for name, p in model.named_parameters() if p in used and p not in reached and not p.constant}
    if not lost:
        return "", ""
    dependent: set[Value] = set()  # nodes that are computed from a lost parameter
    for node in nodes:
        if node in lost or any(parent in dependent for parent in node.parents):
            dependent.add(node)
    operations = dict.fromkeys(
        activation_of(node.op.name) for node, parent in flat_edges if node.op is not None and parent in dependent
    )
    trained = [p for p in model.parameters() if p in used and not p.constant]
    everything = len(lost) == len(trained)
    if everything and len(lost) > SHOWN:
        which = UNTRAINABLE.form("any", len(lost)).format(count=len(lost))
    else:
        which = joined(list(lost.values()), MOST_NAMES)
    reason = UNTRAINABLE.form("flat", len(operations)).format(
        operations=joined(sorted(operations), MOST_NAMES), parameters=which
    )
    stuck = UNTRAINABLE.form("stuck", len(lost)).format(reason=reason)
    return stuck, "" if everything else UNTRAINABLE.form("freeze", len(lost)).format(stuck=stuck)


def _is_zero(rule: Rule, which: int) -> bool:
    """Whether the derivative by an argument is the constant 0."""
    partial = rule.partials[which]
    return isinstance(partial, Constant) and partial.value == 0
