"""A graph by its units: the sweep from unit to unit, each unit one function of what comes into it.

A unit is a place (`unit`, a neuron of `chalkgrad.nn`) with its computed values and its parameters; whatever is computed outside
of places is a unit of its own, and all of it that follows the last place together is one, such as the loss.

>>> from chalkgrad.engine import Value, unit
>>> x, t = Value(0.5, "x"), Value(1.0, "t")
>>> with unit("h1"):
...     z = (x * Value(2.0, "w") + 1).tanh()
>>> z.label = "z"
>>> units = Units((z - t) ** 2)
>>> [(one.place, [x.label for x in one.inputs], [w.label for w in one.parameters]) for one in units.units]
[('h1', ['x'], ['w']), ('', ['z', 't'], [])]
>>> [(link.unit.place, link.source.label, link.last) for link in units.links]
[('', 'z', 2), ('', 't', 3), ('h1', 'x', 6)]
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.value import Value


class NoUnitsError(ValueError):
    """This graph is not one of units: why is the message."""


def added(numbers: Sequence[float]) -> float:
    """Returns the sum of one number or several, from the first on: no 0 is written before placeholders, and no -0 is lost."""
    return reduce(operator.add, numbers)


def terms_of(node: Value) -> list[tuple[Value | float, ...]]:
    """Returns the terms of a sum of several, each in its factors: of an affine function the products, then its bias.

    >>> from chalkgrad.engine import affine, total
    >>> w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(1.0, "b")
    >>> terms_of(affine([w], [x], b)) == [(w, x), (b,)], terms_of(total([w, x, 1.0])) == [(w,), (x,), (1.0,)], terms_of(w * x)
    (True, True, [])
    """
    arguments = node.arguments
    if node.op is RULES["total"]:
        return [(x,) for x in arguments]
    if node.op is RULES["affine"]:
        *both, bias = arguments
        half = len(both) // 2
        return [*zip(both[:half], both[half:], strict=True), (bias,)]
    return []


class Unit(NamedTuple):
    """A function of values from outside.

    Attributes:
        place: its name, or "" outside of places
        nodes: the values computed in it, in order; the last one is its output
        inputs: the values from outside that it is computed from, in the order of its edges
        parameters: its own leaves
    """

    place: str
    nodes: tuple[Value, ...]
    inputs: tuple[Value, ...]
    parameters: tuple[Value, ...]

    @property
    def output(self) -> Value:
        """The value that others use."""
        return self.nodes[-1]

    def edges_to(self, source: Value) -> list[tuple[Value, int]]:
        """Returns the edges that end at an input: nodes and slots, in order."""
        return [(node, slot) for node in self.nodes for slot, parent in enumerate(node.parents) if parent is source]

    def weight_of(self, source: Value) -> float:
        """Returns what an input is multiplied by where it comes in: the weight, in a neuron; of several edges the sum."""
        return added([node.partials[slot] for node, slot in self.edges_to(source)])


class UnitLink(NamedTuple):
    """What goes from a unit back to one of its inputs: the edges that lead there, and the step that takes the last of them.

    Attributes:
        unit: the unit
        source: its input
        partial: the derivative of its output by the input, through all of the unit
        edges: the edges of the unit that end at the input, each a node and a slot
        first, last: the steps of the sweep that take the first and the last of the edges
    """

    unit: Unit
    source: Value
    partial: float
    edges: tuple[tuple[Value, int], ...]
    first: int
    last: int

    def contribution(self, adjoints: Mapping[Value, float]) -> float:
        """Returns what goes along the edges together."""
        return added([adjoints[node] * node.partials[slot] for node, slot in self.edges])


class Units:
    """The units of everything that `root`, and `others` beside it, are computed from; the sweep is that from `root`.

    Where `root` is among the others, the order of computation is that of their tape.

    Attributes:
        sweep: the sweep whose steps the links count
        tape: all the values
        units: in the order of computation
        inputs: the values that are neither a unit's nor parameters: leaves, in the order of the tape
        links: from each unit to its inputs, in the order in which the sweep completes them

    Raises NoUnitsError if there are no places, if a place has several outputs (it was called several times, such as once for
    each sample), or if what two units give to one input is added in turns.
    """

    def __init__(self, root: Value, others: Sequence[Value] = ()) -> None:
        self.sweep, self._roots = Sweep(root), {root, *others}
        self.tape = Tape(others if root in others else [root, *others]) if others else self.sweep.tape
        nodes = self.tape.nodes
        if not any(node.place and node.parents for node in nodes):
            raise NoUnitsError("nothing of it was computed in a unit")
        self._of: dict[Value, int] = {}
        self.units: tuple[Unit, ...] = tuple(self._unit(number, group) for number, group in enumerate(self._grouped(nodes)))
        self.inputs = tuple(node for node in nodes if not node.parents and node not in self._of)
        self.links: tuple[UnitLink, ...] = tuple(self._linked())

    def of(self, node: Value) -> Unit | None:
        """Returns the unit that a value was computed in, or is a parameter of; None for inputs."""
        return self.units[self._of[node]] if node in self._of else None

    def _grouped(self, nodes: Sequence[Value]) -> list[list[Value]]:
        """Returns the computed values of each unit, the units in the order of their outputs."""
        placed = {node for node in nodes if node.place and node.parents}
        inside = set[Value]()  # what a place is computed from
        for node in reversed(nodes):
            if node in placed or node in inside:
                inside.update(node.parents)
        groups: dict[object, list[Value]] = {}
        for node in nodes:
            if node.parents:
                groups.setdefault(node.place or (node if node in inside else ""), []).append(node)
        used = dict[Value, set[object]]()
        key = {node: name for name, group in groups.items() for node in group}
        for node, name in key.items():
            for parent in node.parents:
                used.setdefault(parent, set()).add(name)
        for name, group in groups.items():
            outputs = [node for node in group if node in self._roots or used.get(node, set()) - {name}]
            if outputs != [group[-1]]:
                raise NoUnitsError(f"{name or 'what follows the network'} has {len(outputs)} outputs")
        position = {node: i for i, node in enumerate(nodes)}
        return sorted(groups.values(), key=lambda group: position[group[-1]])

    def _unit(self, number: int, group: list[Value]) -> Unit:
        own = set(group)
        outside = dict.fromkeys(parent for node in group for parent in node.parents if parent not in own)
        place = group[-1].place
        parameters = tuple(x for x in outside if not x.parents and place and x.place == place)
        self._of |= dict.fromkeys([*group, *parameters], number)
        return Unit(place, tuple(group), tuple(x for x in outside if x not in parameters), parameters)

    def _linked(self) -> list[UnitLink]:
        """Returns the links, in the order of their last edges."""
        steps = {edge: i for i, edge in enumerate(self.sweep.edges, 1)}
        links: list[UnitLink] = []
        for unit in self.units:
            partials, own = dict[Value, float](), set(unit.nodes)
            partials[unit.output] = 1.0
            edges: dict[Value, list[tuple[Value, int]]] = {x: [] for x in unit.inputs}
            for node in reversed(unit.nodes):  # the sweep inside the unit
                for slot, parent in enumerate(node.parents):
                    if node not in partials or (parent not in own and parent not in edges):
                        continue
                    carried = partials[node] * node.partials[slot]
                    partials[parent] = partials[parent] + carried if parent in partials else carried
                    if parent in edges and (node, slot) in steps:
                        edges[parent].append((node, slot))
            for source, along in edges.items():
                if along:
                    taken = sorted(steps[edge] for edge in along)
                    links.append(UnitLink(unit, source, partials[source], tuple(along), taken[0], taken[-1]))
        links.sort(key=lambda link: link.last)
        until: dict[Value, int] = {}
        for link in links:
            if link.first <= until.get(link.source, 0):
                raise NoUnitsError("what two units give to one value is added in turns")
            until[link.source] = link.last
        return links
