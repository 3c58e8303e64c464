"""The tests of Neuron, Layer and MLP: what comes out with given weights, how many parameters, gradients, a training step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from chalkgrad.classroom.grading.judging.comparison import FEW, TOLERANCE, near
from chalkgrad.classroom.grading.questions import Answer, Question
from chalkgrad.engine import Value, relu, sigmoid, tanh
from chalkgrad.engine.words.decimals import decimal, digits_apart
from chalkgrad.engine.words.language import section

WORDS, TESTS = section("grading"), section("grading tests")
NETWORKS = ("Neuron", "Layer", "MLP")
RATE = 0.1
_MADE_WITH: Mapping[str, tuple[Any, ...]] = {"Neuron": (2,), "Layer": (2, 3), "MLP": (2, [3, 1])}
_WIDTHS: Mapping[str, tuple[int, ...]] = {"Neuron": (2, 1), "Layer": (2, 3), "MLP": (2, 3, 1)}
_INPUT = (1.5, -0.5)
_ACTIVATIONS: Mapping[str, Callable[[Value], Value]] = {"tanh": tanh, "relu": relu, "sigmoid": sigmoid, "": lambda x: x}
Weights = tuple[tuple[tuple[float, ...], ...], ...]  # of each layer, of each neuron, its weights and then its bias


def weights(network: str) -> Weights:
    """Returns the weights that a network is given; no two are the same."""
    widths, count = _WIDTHS[network], iter(range(1, 100))
    return tuple(
        tuple(tuple(round(0.9 - 0.17 * next(count) % 1.6, 2) for _ in range(inputs + 1)) for _ in range(outputs))
        for inputs, outputs in pairwise(widths)
    )


def _targets(network: str) -> list[float]:
    return [round(0.3 + 0.4 * i, 2) for i in range(_WIDTHS[network][-1])]


def question(network: str) -> Question:
    """Returns what is asked of a network."""
    options = {
        "network": network,
        "arguments": [*_MADE_WITH[network]],
        "layers": [[[*neuron] for neuron in layer] for layer in weights(network)],
        "inputs": [[*_INPUT]],
        "targets": [_targets(network)],
        "rate": RATE,
    }
    return Question("calls", options=options)


class Expected(NamedTuple):
    """What a right network gives with an activation."""

    activation: str
    outputs: list[float]
    grads: list[float]
    after: list[float]


def expected(network: str, bias_first: bool = False, no_bias: bool = False) -> Iterator[Expected]:
    """Yields what is right: with each activation, and with and without one in the last layer of an MLP."""
    given = weights(network)
    for name, activation in _ACTIVATIONS.items():
        for last_linear in (False, True):
            nodes = [[[Value(x) for x in neuron] for neuron in layer] for layer in given]
            flat = [x for layer in nodes for neuron in layer for x in neuron]
            outputs = _outputs(nodes, activation, last_linear, bias_first, no_bias)
            loss = sum(((y - t) ** 2 for y, t in zip(outputs, _targets(network), strict=True)), Value(0.0, constant=True))
            loss.backward()
            grads = [node.grad if node.has_grad else 0.0 for node in flat]
            for node, grad in zip(flat, grads, strict=True):
                node.data -= RATE * grad
            after = _outputs(nodes, activation, last_linear, bias_first, no_bias)
            yield Expected(name, [y.data for y in outputs], grads, [y.data for y in after])


def _outputs(
    layers: Sequence[Any], activation: Callable[[Value], Value], last: bool, bias_first: bool, no_bias: bool
) -> list[Value]:
    xs: list[Any] = [*_INPUT]
    for layer in layers:
        sums = []
        for neuron in layer:
            w, b = (neuron[1:], neuron[0]) if bias_first else (neuron[:-1], neuron[-1])
            z = sum((x * y for x, y in zip(w, xs, strict=True)), Value(0.0, constant=True) if no_bias else b)
            sums.append(z if last and layer is layers[-1] else activation(z))
        xs = sums
    return xs


class Judged(NamedTuple):
    """The outcome of one test of a network: its name, whether it passed, the slip and what is wrong, in numbers, if not.

    `needs` has the operations that it is made of; `backwards` says whether it is about gradients.
    """

    test: str
    passed: bool
    key: str = ""
    said: str = ""
    needs: tuple[str, ...] = ("+", "*")
    backwards: bool = False


def judged_network(network: str, answer: Answer) -> list[Judged]:
    """Returns what comes of the four tests of a network."""
    names = [TESTS[what].format(network=network) for what in ("outputs", "parameters", "gradients", "one step")]
    if answer.error or answer.missing:
        outputs = [x for row in answer.found.get("outputs", ()) for x in row]
        if outputs and len(outputs) != _WIDTHS[network][-1]:
            return [_outputs_wrong(names[0], network, outputs)]
        key = "network missing" if answer.missing else "network raises"
        said = WORDS[f"fact {key}"].format(network=network, error=answer.error)
        return [Judged(name, False, key, said) for name in names]
    found = answer.found
    outputs = [x for row in found.get("outputs", ()) for x in row]
    count = sum(len(neuron) for layer in weights(network) for neuron in layer)
    fitting = [one for first in (False, True) for one in expected(network, first) if _same(outputs, one.outputs)]
    parameters, different = found.get("parameters"), found.get("different", count)
    if different < count <= (parameters or 0):
        said = WORDS["fact shared parameters"].format(network=network, theirs=different, right=count)
        return [Judged(names[1], False, "shared parameters", said)]
    results = [Judged(names[0], True) if fitting else _outputs_wrong(names[0], network, outputs)]
    said = WORDS["fact parameters"].format(network=network, theirs=parameters, right=count)
    results.append(Judged(names[1], parameters == count, *(() if parameters == count else ("parameters", said))))
    for name, key, what in ((names[2], "network gradients", "grads"), (names[3], "step", "after")):
        theirs = found.get(what) or []
        theirs = [x for row in theirs for x in row] if what == "after" else theirs
        right = [getattr(one, what) for one in fitting]
        if not fitting:
            continue
        passed = any(_same(theirs, one) for one in right)
        few = bool(theirs) and any(_same(theirs, one, FEW) for one in right)
        said = WORDS[f"fact {key}"].format(network=network, **_first_apart(theirs, right[0]))
        needs = ("+", "*", fitting[0].activation)
        key = "few digits" if few else key if results[-1].passed or key != "step" else results[-1].key  # a step takes gradients
        results.append(Judged(name, passed, "" if passed else key, "" if passed else said, needs, True))
    return results


def _outputs_wrong(name: str, network: str, outputs: list[float | None]) -> Judged:
    right = next(expected(network)).outputs
    if any(_same(outputs, one.outputs) for one in expected(network, no_bias=True)):
        return Judged(name, False, "no bias", WORDS["fact outputs"].format(network=network))
    if len(outputs) != len(right):
        words = {"theirs": len(outputs), "right": len(right)}
        return Judged(name, False, "count of outputs", WORDS["fact count of outputs"].format(network=network, **words))
    return Judged(name, False, "outputs", WORDS["fact outputs"].format(network=network), ("+", "*", *_ACTIVATIONS))


def _same(theirs: Sequence[float | None], right: Sequence[float], share: float = TOLERANCE) -> bool:
    size = share / TOLERANCE * max(1.0, *map(abs, right)) if right else 1.0
    return len(theirs) == len(right) and all(x is not None and near(x, y, size) for x, y in zip(theirs, right, strict=True))


def _first_apart(theirs: Sequence[float | None], right: Sequence[float]) -> dict[str, str]:
    for x, y in zip(theirs, right, strict=False):
        if x is None or not near(x, y, max(1.0, abs(y))):
            digits = digits_apart(x or 0.0, y, most=17)
            return {"theirs": decimal(x or 0.0, digits), "right": decimal(y, digits)}
    return {"theirs": WORDS["nothing"], "right": decimal(right[0])}
