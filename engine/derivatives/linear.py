"""A tape between inputs and outputs, linearised: sweeps forwards and in reverse that leave every grad alone.

>>> from chalkgrad.engine import Value
>>> x, w = Value(3.0, "x"), Value(2.0, "w")
>>> y = x * x * w
>>> tape = Linear([y], [x, w])
>>> tape.pull(y), tape.push({x: 1.0, w: 0.5})
([12.0, 9.0], [16.5])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.formulas.trees import arguments_in
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.sweep import NotFinite, order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.failures import tangent_not_finite

ParentLinks = tuple[tuple[int, float], ...]


class Linear:
    """The nodes between inputs and outputs, with their edges: some output depends on them, and they on some input.

    Other nodes are not visited, so that an infinite local derivative there does not stop a sweep.

    Attributes:
        ys, xs: the outputs and the inputs, repeats kept
        nodes: the nodes between, parents first
        position: the index of each in `nodes`; an input is missing if no output depends on it
        links: the edges of each, as (position of the parent, local derivative)
        others: the leaves of the outputs that are not inputs

    Raises StaleGraphError if a value has changed since.
    """

    def __init__(self, ys: Sequence[Value], xs: Sequence[Value]) -> None:
        self.ys, self.xs = list(ys), list(xs)
        self.tape = order(ys)
        refuse_stale(self.tape)
        wanted = set(xs)
        self.nodes: list[Value] = []
        self.links: list[ParentLinks] = []
        self.others: list[Value] = []
        self.position: dict[Value, int] = {}
        nodes, edges, others, position = self.nodes, self.links, self.others, self.position
        for node in self.tape:
            x, y = node._x, node._y  # the types of the partials go with these, which mypy cannot know
            if x is None:
                if node not in wanted:
                    others.append(node)
                    continue
                links: ParentLinks = ()
            elif y is not None:
                links = tuple([(position[p], d) for p, d in ((x, node._dx), (y, node._dy)) if p in position])  # type: ignore[misc, index] # as said
            elif x.__class__ is tuple:
                pairs = zip(x, node._dx)  # type: ignore[arg-type] # noqa: B905 - as said, and equally long
                links = tuple([(position[p], d) for p, d in pairs if p in position])
            else:
                links = ((position[x], node._dx),) if x in position else ()  # type: ignore[assignment, index] # as said
            if links or x is None or node in wanted:
                position[node] = len(nodes)
                nodes.append(node)
                edges.append(links)

    def adjoints(self, seeds: Mapping[Value, float]) -> list[float | None]:
        """Returns the adjoint of each node, given those of outputs; None if none of these depends on it.

        Raises NonFiniteError, naming the edge, for the first that is not finite.
        """
        found: list[float | None] = [None] * len(self.nodes)
        for y, seed in seeds.items():
            if y in self.position:
                found[self.position[y]] = seed
        links, propagate = self.links, modes.current().propagate
        for i in range(len(links) - 1, -1, -1):
            adjoint = found[i]
            if adjoint is not None:
                if adjoint - adjoint != 0.0 and not propagate:
                    known = {node: x for node, x in zip(self.nodes, found, strict=True) if x is not None}
                    raise NonFiniteError(say(NotFinite(self.tape, next(iter(seeds)), self.nodes[i], known)))
                for parent, partial in links[i]:
                    before = found[parent]
                    found[parent] = adjoint * partial if before is None else before + adjoint * partial
        return found

    def pull(self, *ys: Value, by: Sequence[float] = (1.0,)) -> list[float]:
        """Returns the derivatives by the inputs of one output, or of the sum of several with weights `by`: a reverse sweep."""
        return self.pick_or_zero(self.adjoints(seeded(ys, by)), self.xs)

    def tangents(self, seeds: Mapping[Value, float]) -> list[float | None]:
        """Returns the tangent of each node, given those of inputs; None if it does not depend on any of these.

        Raises NonFiniteError, naming the edge, for the first that is not finite.
        """
        found: list[float | None] = [None] * len(self.nodes)
        for x, seed in seeds.items():
            if x in self.position:
                found[self.position[x]] = seed
        propagate = modes.current().propagate
        for i, links in enumerate(self.links):
            tangent = found[i]
            for parent, partial in links:
                other = found[parent]
                if other is not None:
                    tangent = other * partial if tangent is None else tangent + other * partial
            if tangent is not None:
                if tangent - tangent != 0.0 and not propagate:
                    known = {node: x for node, x in zip(self.nodes[:i], found, strict=False) if x is not None}
                    raise NonFiniteError(tangent_not_finite(self.tape, seeds, self.nodes[i], known))
                found[i] = tangent
        return found

    def push(self, seeds: Mapping[Value, float]) -> list[float]:
        """Returns the tangents of the outputs, given those of the inputs: a forward sweep."""
        return self.pick_or_zero(self.tangents(seeds), self.ys)

    def pick_or_zero(self, found: Sequence[float | None], nodes: Sequence[Value]) -> list[float]:
        """Returns the numbers of these nodes, given those of all; 0 where there is no dependence."""
        position = self.position.get
        places = [position(node) for node in nodes]
        return [0.0 if i is None else found[i] or 0.0 for i in places]

    def pick(self, found: Sequence[float | None], nodes: Sequence[Value]) -> list[float | None]:
        """Returns the numbers of these nodes, given those of all; None where there is no dependence."""
        return [found[self.position[node]] if node in self.position else None for node in nodes]


def seeded(nodes: Sequence[Value], numbers: Sequence[float]) -> dict[Value, float]:
    """Returns the seed of each node; the seeds of a node that is listed twice are added."""
    seeds: dict[Value, float] = {}
    for node, seed in zip(nodes, numbers, strict=True):
        seeds[node] = seeds.get(node, 0.0) + seed
    return seeds


def bent(nodes: Sequence[Value]) -> bool:
    """Returns whether local derivatives between nodes depend on Values: those of sums do not, nor do those of 2·x."""
    for node in nodes:
        if node._x is not None:
            rule: Any = node._rule
            if rule.__class__ is not tuple:
                if _BENT.get(rule, True):
                    return True
            else:  # numbers among the arguments, None for each parent
                pairs = _MENTIONS.get(rule[0])
                if pairs is None:
                    return True
                for i, k in pairs:
                    if rule[i] is rule[k] is None:
                        return True
    return False


def _mentions(rule: Rule) -> list[tuple[int, int]]:
    """The pairs of arguments, counted from 1, of which the derivative by the first mentions the second, or the value."""
    places = {name: i for i, name in enumerate(rule.arguments, 1)}
    return [(i, places.get(name, i)) for i, tree in enumerate(rule.partials, 1) for name in sorted(arguments_in(tree))]


# Of the table's operations; of others, and of lists with numbers among them, `bent` takes it to be so.
_BENT = {rule: bool(_mentions(rule)) for rule in RULES.values()}
_MENTIONS = {rule: _mentions(rule) for rule in RULES.values() if not rule.lists}
