"""What keeps parts of a model from learning, measured on samples: equal neurons, dead and saturated ones, gradients of 0.

>>> from chalkgrad.nn import MLP
>>> model = MLP(2, [3, 1], "tanh")
>>> model.theta = [0.5] * len(model.theta)
>>> standstill(model, [[0.0, 1.0], [1.0, 0.0]])
['neurons 1 to 3 of layer 1 have equal weights, so equal gradients: they will stay equal']

Weights that come in, weights that go out and biases are all equal there. If only those that come in are, the gradients
differ by those that go out, and the neurons part at the first step.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import chain
from operator import mul
from typing import Any, NamedTuple

from chalkgrad.engine import Value, nonfinite, tape
from chalkgrad.engine.formulas.trees import Argument, Choice, Formula, children
from chalkgrad.engine.stepping.along import adjoints_along
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import joined
from chalkgrad.nn.data.rows import is_row
from chalkgrad.nn.models.affine import argument_places
from chalkgrad.nn.models.layers import Layered, Neuron
from chalkgrad.nn.models.matrices import slope
from chalkgrad.nn.models.module import Module, singular

STANDSTILL = section("standstill")

MOST_SAMPLES = 100  # of many, so many are tried, spread evenly
FEWEST = 50  # of a large model, whose passes take long
MOST_WORK = 1_000_000  # parameters times samples, if passes are recorded
MOST_WORK_UNRECORDED = 20 * MOST_WORK
FLAT = 0.01  # |φ'| below this, where it is 1 at the most, counts as saturated
SHARE = 0.9  # of the samples on which a saturated neuron is
LISTED = 4  # groups of neurons that are named, of each kind
MOST_NAMES = 6  # in one list


class Standstill(NamedTuple):
    """The sentences, each with its kind: "equal", "no gradient", "dead" or "saturated"."""

    kind: str
    text: str


def standstill(model: Module, rows: Sequence[Any], known: bool = False) -> list[str]:
    """Returns a sentence for each part of a model that does not learn, as far as its neurons and these samples tell.

    Neurons that give outputs of the model are never called equal, because their targets differ. Dead and saturated neurons are
    looked for if there are several samples: on one, half of the neurons of a good network may be 0. If there is one sample and
    it is 0, the gradients say nothing, because that of a weight is a multiple of its input.

    `known` says that parts without gradients are explained elsewhere.
    """
    return [found.text for found in found_standing(model, rows, known)]


def found_standing(model: Module, rows: Sequence[Any], known: bool = False) -> list[Standstill]:
    """Returns what `standstill` does, with its kinds."""
    trainable = {p: name for name, p in model.named_parameters() if not p.constant}
    units = {unit.neuron.b: unit for unit in _neurons(model) if unit.neuron.b in trainable}
    layers = _layers(model)
    work = MOST_WORK_UNRECORDED if layers else MOST_WORK
    count = min(len(rows), MOST_SAMPLES, max(FEWEST, work // max(1, len(trainable))))
    tried = [rows[i * len(rows) // count] for i in range(count)]
    nothing = known or (len(rows) == 1 and not any(map(_number, rows[0] if is_row(rows[0]) else [rows[0]])))
    watched = _Watched(list(units.values()), {} if nothing else _parts(trainable), layers, len(tried))
    equal: list[list[_Unit]] = []
    for k, row in enumerate(tried):
        with nonfinite("propagate"):
            known = k > 0 and watched.look_through(row)
            y = None if known else model(row)
        if not known:
            seen = _Pass([v for v in (y if isinstance(y, (list, tuple)) else [y]) if isinstance(v, Value)], units)
            watched.look(seen)
            now = seen.equal_units()
            equal = now if k == 0 else [group for group in equal if group in now]
        if not watched.waiting and (layers or not equal):  # without layers, each sample may be computed in its own way
            break
    on = "this" if len(rows) == 1 else "all" if count == len(rows) else "tried"
    samples = STANDSTILL[f"on {on}"].format(count=f"{count:,}")
    return [*_said("equal", equal), *watched.result(samples, several=len(rows) > 1)]


def _number(x: Any) -> float:
    return x.data if isinstance(x, Value) else x if isinstance(x, (int, float)) else math.nan


# Neurons, and their names --------------------------------------------------------------------------------------------


class _Unit(NamedTuple):
    """A neuron, what it is part of ("layer1", empty if nothing), and what it is there: a number, or a name of its own."""

    neuron: Neuron
    within: str
    which: int | str


def _neurons(module: Module, path: str = "") -> Iterator[_Unit]:
    """Yields the neurons of a model, each with its place, by the names that its parameters have."""
    if isinstance(module, Neuron):
        within, _, last = path.rpartition(".")
        numbered = re.fullmatch(r"neuron(\d+)", last)
        yield _Unit(module, within, int(numbered[1]) if numbered else last)
        return
    content: Mapping[str, Any] = vars(module)
    for attribute, inner in content.items():
        if not attribute.startswith("_"):
            yield from _neurons_in(attribute, inner, path)


def _neurons_in(name: str, content: object, path: str) -> Iterator[_Unit]:
    if isinstance(content, Module):
        yield from _neurons(content, f"{path}.{name}" if path else name)
    elif isinstance(content, (list, tuple)):
        each = singular(name)
        for i, element in enumerate(content, 1):
            yield from _neurons_in(f"{each}{i}", element, path)
    elif isinstance(content, dict):  # a network's units
        for key, element in content.items():
            if isinstance(element, Module):
                yield from _neurons(element, f"{path}.{key}" if path else str(key))


def _parts(trainable: Mapping[Value, str]) -> dict[str, list[Value]]:
    """Returns the parameters by their parts of the model, such as `layer1`; those of a model without parts together."""
    parts: dict[str, list[Value]] = {}
    several = any("." in name for name in trainable.values())
    for p, name in trainable.items():
        parts.setdefault(name.partition(".")[0] if several else "", []).append(p)
    return parts


def _part_name(part: str) -> str:
    """Returns the words for a part: layer 1 for `layer1`."""
    numbered = re.fullmatch(r"(layer|neuron)(\d+)", part)
    return STANDSTILL[numbered[1]].format(number=numbered[2]) if numbered else part


class _Numbers(NamedTuple):
    """The neurons of a layer, their weights, a row each, and their biases; in arrays if NumPy is there."""

    neurons: list[Neuron]
    weights: Any
    biases: Any

    def sums(self, z: Sequence[float]) -> list[float]:
        """Returns the neurons' sums for the layer's inputs z."""
        if isinstance(self.weights, list):
            return [sum(map(mul, w, z), b) for w, b in zip(self.weights, self.biases, strict=True)]
        with sys.modules["numpy"].errstate(all="ignore"):
            sums: list[float] = (self.weights @ z + self.biases).tolist()
        return sums

    def adjoints(self, delta: Sequence[float]) -> list[float]:
        """Returns the adjoints of the layer's inputs for those of its sums, δW."""
        if isinstance(self.weights, list):
            steps = [(d, w) for d, w in zip(delta, self.weights, strict=True) if d]
            return [sum([d * w[j] for d, w in steps]) for j in range(len(self.weights[0]))]
        with sys.modules["numpy"].errstate(all="ignore"):
            adjoints: list[float] = (delta @ self.weights).tolist()
        return adjoints


def _layers(model: Module) -> list[_Numbers]:
    """Returns the layers of a model that is nothing but layers of neurons with activations of the table; else none."""
    if not isinstance(model, Layered) or not model._computes_layers():
        return []
    layers = model._rows()
    if not all(neuron.is_named for neurons in layers for neuron in neurons):
        return []
    numpy = sys.modules.get("numpy")  # it is not imported for this
    made: Callable[[Any], Any] = list if numpy is None else numpy.array
    return [
        _Numbers(neurons, made([[w.data for w in neuron.w] for neuron in neurons]), made([neuron.b.data for neuron in neurons]))
        for neurons in layers
    ]


# One pass ------------------------------------------------------------------------------------------------------------


class _Pass:
    """One sample's tape: where its neurons have their sums and their outputs."""

    def __init__(self, outputs: Sequence[Value], units: Mapping[Value, _Unit]) -> None:
        self.outputs = outputs
        self.nodes = nodes = [node for node in tape(*outputs) if node.parents]
        sums: dict[Value, list[Value]] = {}
        for node in nodes:
            if (b := node.parents[-1]) in units:  # a neuron's sum ends with its bias, expanded or not
                sums.setdefault(b, []).append(node)
        once = {u[0]: units[b] for b, u in sums.items() if len(u) == 1}  # what is used several times has no one output
        self.ends: list[tuple[_Unit, Value, Value]] = []
        after: dict[Value, Value] = {}
        by_place = {u.place: u for u, unit in once.items() if not unit.neuron.is_named and u.place}
        for node in nodes:
            if len(node.parents) == 1 and node.parents[0] in once:
                after.setdefault(node.parents[0], node)
            if node.place in by_place:  # a function of one's own may be many nodes, the last of which is its value
                after[by_place[node.place]] = node
        for u, unit in once.items():
            self.ends.append((unit, u, u if unit.neuron.function is None else after.get(u, u)))

    @cached_property
    def users(self) -> Counter[Value]:
        """How often each node is an argument."""
        return Counter(chain.from_iterable([node.parents for node in self.nodes]))

    def equal_units(self) -> list[list[_Unit]]:
        """Returns the groups of neurons that take the same with equal weights, and go into the same with equal weights."""
        alike = Counter([_at_a_glance(unit) for unit, _, _ in self.ends])
        if all(count == 1 for count in alike.values()):
            return []
        outputs, ends, users = set(self.outputs), {z for _, _, z in self.ends}, self.users
        weights_of_neurons = {w for unit, _, _ in self.ends for w in unit.neuron.w}
        uses: dict[Value, list[Any]] = {z: [] for z in ends if z not in outputs}
        for node in self.nodes:
            if not uses.keys().isdisjoint(node.parents):
                for z, use in _uses(node, weights_of_neurons, users):
                    if z in uses:
                        uses[z].append(use)
        groups: dict[Any, list[_Unit]] = {}
        for unit, u, z in self.ends:
            # A parameter that is used elsewhere, too, has a gradient of its own from there.
            if (
                z in uses
                and alike[_at_a_glance(unit)] > 1
                and unit.neuron.is_named
                and all(users[p] == 1 for p in (*unit.neuron.w, unit.neuron.b))
            ):
                weights = [(p.data, p.constant) for p in (*unit.neuron.w, unit.neuron.b)]
                own = {*unit.neuron.w, unit.neuron.b}
                taken = _inputs_of(unit.neuron, u) if unit.neuron.expanded else [x for x in u.parents if x not in own]
                key = unit.neuron.activation, unit.within, tuple(weights), tuple(taken), tuple(uses[z])
                groups.setdefault(key, []).append(unit)
        return [group for group in groups.values() if len(group) > 1]

    def zero(self, parts: Mapping[str, list[Value]]) -> dict[str, list[Value]]:
        """Returns the parts of which every parameter has the derivative 0, whichever output is asked for."""
        computed = set(self.nodes)
        links = {
            node: [(x, partial) for x, partial in zip(node.parents, node.partials, strict=True) if x in computed]
            for node in self.nodes
            if not computed.isdisjoint(node.parents)
        }
        seeds: dict[Value, float] = {}
        for i, output in enumerate(self.outputs):  # numbers of which no combination is 0
            seeds[output] = seeds.get(output, 0.0) + (i + 2.0) ** 0.5
        adjoints = adjoints_along(links, seeds)
        left = {p: name for name, part in parts.items() for p in part if p not in computed}
        waiting, sums = {name: part for name, part in parts.items() if part}, dict[Value, float]()
        for node in reversed(self.nodes):
            if not waiting:
                break
            adjoint = adjoints.get(node, 0.0)
            for p, partial in zip(node.parents, node.partials, strict=True) if adjoint else ():
                name = left.get(p)
                if name in waiting:
                    sums[p] = sums.get(p, 0.0) + adjoint * partial
                    if sums[p] and self.users[p] == 1:  # else another use may cancel this one
                        del waiting[name]
        sums |= adjoints
        return {name: part for name, part in parts.items() if name in waiting and not any(sums.get(p, 0.0) for p in part)}


def _at_a_glance(unit: _Unit) -> tuple[Any, ...]:
    """Returns what equal neurons have in common, as far as it takes no time."""
    neuron = unit.neuron
    return neuron.activation, unit.within, neuron.b.data, neuron.w[0].data, neuron.w[-1].data


def _uses(node: Value, neurons_weights: Set[Value], users: Mapping[Value, int]) -> Iterator[tuple[Value, Any]]:
    """Yields for each parent how a node uses it: by the value of its weight, if it has one to itself; else by itself alone."""
    rule, parents = node.op, node.parents
    assert rule is not None
    if rule.name == "affine":
        places = argument_places(node)
        weights = {element: x for (which, element), x in zip(places, parents, strict=True) if which == 0 and not x.parents}
        for (which, element), x in zip(places, parents, strict=True):
            weight = weights.get(element)
            if which == 1 and weight is not None and users[weight] == 1:
                yield x, (node, weight.data, weight.constant)
            elif which < 2:
                yield x, (node, which, element)
    elif rule.name == "mul" and node.place and parents[0] in neurons_weights and users[parents[0]] == 1:  # of an expanded one
        weight, x = parents
        yield x, (node.place, weight.data, weight.constant)
    else:
        for slot, x in enumerate(parents):
            yield x, (node, slot)


def _inputs_of(neuron: Neuron, u: Value) -> list[Value]:
    """Returns the inputs of an expanded neuron, from its products."""
    own, found, waiting = set(neuron.w), [], [u]
    while waiting:
        node = waiting.pop()
        if node.op is not None and node.op.name == "mul":
            found += [x for x in node.parents if x not in own] or [node.parents[-1]]
        elif node.op is not None and node.op.name == "add":
            waiting += node.parents
    return found


# Several passes ------------------------------------------------------------------------------------------------------


class _Watched:
    """What is still thought to be dead, saturated or without a gradient, sample by sample."""

    def __init__(self, units: Sequence[_Unit], parts: dict[str, list[Value]], layers: Sequence[_Numbers], count: int) -> None:
        self.count, self.looked, self.units, self.layers = count, 0, list(units), layers
        self.alive: set[Value] = set()
        self.steep: dict[Value, int] = {}  # on how many samples |φ'| is not small
        self.sums: dict[Value, float] = {}  # the last u of each neuron
        self.used: set[Value] | None = None
        self.parts = parts

    def look(self, seen: _Pass) -> None:
        """Takes in a recorded sample; the first tells which parameters are used, and what kind each neuron's φ is."""
        self.looked += 1
        if self.used is None:
            self.used = {p for node in seen.nodes for p in node.parents}
            self.parts = {name: used for name, part in self.parts.items() if (used := [p for p in part if p in self.used])}
            self.all_parts = len(self.parts)
            self.ends = {unit.neuron.b: _bends(unit, z) for unit, _, z in seen.ends}
        if self.parts:
            self.parts = seen.zero(self.parts)
        for unit, u, z in seen.ends:
            if self.watches(unit.neuron.b):
                self.note(unit.neuron.b, u.data, z.data, slope(z, u))

    def look_through(self, row: Sequence[float]) -> bool:
        """Does the same for a sample that is not recorded, which takes a tenth of the time, if that is possible."""
        if not self.layers or (self.parts and not self.each_has_its_own):
            return False
        z = [float(x) for x in row]
        waiting = {b for b in self.ends if self.watches(b)}
        inputs, slopes, noted = list[list[float]](), list[list[float]](), list[tuple[Value, float, float, float]]()
        for layer in self.layers:
            if not (waiting or self.parts):
                break
            inputs.append(z)
            sums, z, phis = layer.sums(z), [], []
            for neuron, u in zip(layer.neurons, sums, strict=True):
                if self.parts or neuron.b in waiting:
                    end = neuron.function(Value(u)) if neuron.function else Value(u)
                    phis.append(end.partials[0] if end.parents else 0.0 if neuron.function else 1.0)
                    z.append(end.data)
                    if neuron.b in waiting:
                        waiting.remove(neuron.b)
                        noted.append((neuron.b, u, end.data, phis[-1]))
                else:
                    z.append(float(neuron.function(u) if neuron.function else u))  # type: ignore[arg-type] # a number gives one
            slopes.append(phis)
        if self.parts:
            with_gradient = self._look_back(inputs, slopes)
            if with_gradient is None:
                return False
            self.parts = {name: part for name, part in self.parts.items() if name not in with_gradient}
        for each in noted:
            self.note(*each)
        self.looked += 1
        return True

    def _look_back(self, inputs: Sequence[Sequence[float]], slopes: Sequence[Sequence[float]]) -> set[str] | None:
        """Returns the parts with a derivative that is not 0, whichever output is asked for; None if one is not finite.

        With δ_ℓ = (δ_{ℓ+1} W_{ℓ+1}) φ'(u_ℓ), that by a bias is δ_ℓ[i], that by a weight δ_ℓ[i]·z_{ℓ-1}[j].
        """
        asked = [{self.within[n.b] for n in layer.neurons if n.b in self.within} for layer in self.layers]
        lowest = next((i for i, names in enumerate(asked) if not names.isdisjoint(self.parts)), len(asked))
        found: set[str] = set()
        adjoints = [(i + 2.0) ** 0.5 for i in range(len(slopes[-1]))]  # numbers of which no combination is 0
        for i in range(len(asked) - 1, lowest - 1, -1):
            delta = [a * phi for a, phi in zip(adjoints, slopes[i], strict=True)]
            if not all(map(math.isfinite, chain(delta, inputs[i]))):
                return None
            for neuron, d in zip(self.layers[i].neurons, delta, strict=True):
                name = self.within.get(neuron.b)
                if d and name in self.parts and name not in found:
                    trained = self.part_of
                    if neuron.b in trained or any(d * x and w in trained for w, x in zip(neuron.w, inputs[i], strict=True)):
                        found.add(name)
            if not any(delta):
                break
            adjoints = self.layers[i].adjoints(delta) if i > lowest else []
        return found

    @cached_property
    def each_has_its_own(self) -> bool:
        """Whether no parameter of the layers stands in them twice: else its derivative is a sum."""
        parameters = [p for layer in self.layers for n in layer.neurons for p in (n.b, *n.w)]
        return len({*parameters}) == len(parameters)

    @cached_property
    def part_of(self) -> dict[Value, str]:
        """The part of the model that a parameter belongs to, if the first sample has left its derivatives 0."""
        return {p: name for name, part in self.parts.items() for p in part}

    @cached_property
    def within(self) -> dict[Value, str]:
        """The part of the model that a neuron's parameters are of, by its bias."""
        part_of, found = self.part_of, dict[Value, str]()
        for layer in self.layers:
            for neuron in layer.neurons:
                name = next((part_of[p] for p in (neuron.b, *neuron.w) if p in part_of), None)
                if name is not None:
                    found[neuron.b] = name
        return found

    def watches(self, b: Value) -> bool:
        """Whether it is not yet known that a neuron is neither dead nor saturated."""
        return b in self.ends and (self.may_be_dead(b) or self.may_be_saturated(b))

    def note(self, b: Value, u: float, z: float, phi: float) -> None:
        """Takes in what the neuron with the bias b gave on a sample: its sum u, its output z and its slope φ'."""
        self.sums[b] = u
        if phi != 0 or z != 0:
            self.alive.add(b)
        if not abs(phi) < FLAT:
            self.steep[b] = self.steep.get(b, 0) + 1

    def may_be_saturated(self, b: Value) -> bool:
        """Whether φ is a curve that may yet turn out flat on nearly all samples."""
        return self.ends[b] == "curved" and self.steep.get(b, 0) <= self.count - SHARE * self.count

    @property
    def waiting(self) -> bool:
        """Whether more samples could change what is known."""
        return bool(self.parts) or any(map(self.watches, self.ends))

    def may_be_dead(self, b: Value) -> bool:
        """Whether the output and the slope have been 0 on all samples so far, though φ is not flat everywhere."""
        return b not in self.alive and self.ends[b] in ("curved", "straight")

    def result(self, samples: str, several: bool) -> Iterator[Standstill]:
        """Yields what is said of parts without gradients, and of dead and saturated neurons if there were several samples.

        `samples` names these in words: "on all samples".
        """
        dead = [unit for unit in self.units if unit.neuron.b in self.ends and self.may_be_dead(unit.neuron.b)] * several
        of_dead = {p for unit in dead for p in (*unit.neuron.w, unit.neuron.b)}
        still = [part for part, parameters in self.parts.items() if not {*parameters} <= of_dead]  # the others are said below
        if still:
            everything = len(still) == self.all_parts
            where = "of the model" if everything else "of a part"
            where = STANDSTILL[where].format(part=joined([_part_name(part) for part in still], MOST_NAMES))
            yield Standstill("no gradient", STANDSTILL["no gradient"].format(where=where, samples=samples))
        layers = _groups(dead)
        for whole in (True, False):  # a layer of dead neurons has no gradient at all
            yield from _said("dead", [g for g in layers if (g[0].within in self.parts) == whole], whole, samples=samples)
        if several:
            full = [u for u in self.units if u.neuron.b in self.ends and u not in dead and self.may_be_saturated(u.neuron.b)]
            full = [unit for unit in full if _flat_around(unit.neuron, self.sums.get(unit.neuron.b, 0.0))]
            for group in _groups(full):
                shares = {1 - self.steep.get(unit.neuron.b, 0) / self.looked for unit in group}
                kind = "at least a share" if len(shares) > 1 else "a share"
                said = samples if shares == {1.0} else STANDSTILL[kind].format(percent=f"{100 * min(shares):.0f}")
                yield from _said("saturated", [group], samples=said, flat=f"{FLAT:g}")


def _flat_around(neuron: Neuron, u: float) -> bool:
    """Whether φ is flat on both sides of u, too: at the top of a bell it is not."""
    assert neuron.function is not None
    beside = [neuron.function(Value(u + step)) for step in (-0.5, 0.5)]
    return all(abs(partial) < 2 * FLAT for z in beside for partial in z.partials)


def _bends(unit: _Unit, z: Value) -> str:
    """Returns what kind φ is: "curved", "straight" in pieces as ReLU is, "none", or "flat" everywhere as a step is."""
    if unit.neuron.function is None or z.op is None:
        return "none"
    if not unit.neuron.is_named:
        return "straight"  # it may be anything, and so only 0 counts
    numbers = [part for partial in z.op.partials for part in _leaves(partial)]
    if any(isinstance(part, Argument) for part in numbers):
        return "curved"
    return "straight" if any(getattr(part, "value", 0) != 0 for part in numbers) else "flat"


def _leaves(tree: Formula) -> Iterator[Formula]:
    """Yields the numbers and arguments that a formula's value is made of, not those of its tests."""
    if isinstance(tree, Choice):
        yield from _leaves(tree.then)
        yield from _leaves(tree.otherwise)
    elif inner := list(children(tree)):
        for part in inner:
            yield from _leaves(part)
    else:
        yield tree


# Words ---------------------------------------------------------------------------------------------------------------


def _groups(units: Sequence[_Unit]) -> list[list[_Unit]]:
    """Returns the neurons layer by layer; those with names of their own all together."""
    groups: dict[str, list[_Unit]] = {}
    for unit in units:
        groups.setdefault(unit.within, []).append(unit)
    return list(groups.values())


def _said(key: str, groups: Sequence[Sequence[_Unit]], whole: bool = False, **words: str) -> Iterator[Standstill]:
    kind = "no gradient" if whole else key
    for group in groups[:LISTED]:
        template = STANDSTILL.form(key, len(group))
        yield Standstill(kind, template.format(neurons=neurons_named(group), **words))
    if more := sum(map(len, groups[LISTED:])):
        yield Standstill(kind, STANDSTILL.form(f"more {key}", more).format(count=f"{more:,}"))


def neurons_named(group: Sequence[Any]) -> str:
    """Returns neurons of one layer in words: `neurons 1 to 4 of layer 1`, `neuron 2 of layer 1`, `h1 and h2`."""
    numbers = [unit.which for unit in group if isinstance(unit.which, int)]
    if len(numbers) < len(group):
        names = [str(unit.which) or STANDSTILL["the neuron"] for unit in group]
        return joined(names, MOST_NAMES)
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and runs[-1][-1] == n - 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    spans = [STANDSTILL["from to"].format(first=run[0], last=run[-1]) if len(run) > 2 else run for run in runs]
    which = joined([str(one) for span in spans for one in ([span] if isinstance(span, str) else span)], MOST_NAMES)
    said = STANDSTILL.form("neurons", len(numbers)).format(which=which)
    within = group[0].within
    return STANDSTILL["within"].format(neurons=said, part=_part_name(within)) if within else said
