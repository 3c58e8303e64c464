"""What slips make of a graph's gradients: each of the table is tried, at its edges, in whole sweeps, at one place.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> [found.slip.name for found in Gradients(Sweep(e)).wrong(b) if found.number == 15.0]
['stale inner']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, partial
from typing import NamedTuple

from chalkgrad.engine.rules import Rule
from chalkgrad.engine.stepping.asked import AskedGraph, Use
from chalkgrad.engine.stepping.edges import Edge, Way, all_ways, way_at
from chalkgrad.engine.stepping.slips import MOST_USES, NOTHING, SLIPS, VISITS, Evidence, Slip
from chalkgrad.engine.stepping.steps import Step, Sweep
from chalkgrad.engine.stepping.variations import Variation, varied
from chalkgrad.engine.value import Value


class Found(NamedTuple):
    """A wrong number, the slip that gives it, a key that it has for other values, too, and what its sentence mentions.

    `weight` is how often the slip was met, less where it is unlikely; `kin` its kin.
    """

    number: float
    slip: Slip
    key: str
    evidence: Evidence
    weight: float
    kin: str


class WrongSweep(NamedTuple):
    """A sweep with a slip in it.

    Attributes:
        slip: its slip
        which: which of the sweeps that this slip makes, a rate or a number of digits; 0 for its only one
        only: the operation to whose edges it is confined, None for all of them
        others: the local derivatives that are others
        gradients: those that it ends with
    """

    slip: Slip
    which: float
    only: Rule | None
    others: Mapping[Edge, float]
    gradients: Mapping[Value, float]


class Gradients(AskedGraph):
    """A graph whose gradients are asked for, and what wrong ones give, computed once."""

    def __init__(self, sweep: Sweep) -> None:
        super().__init__(sweep)
        self._wrong: dict[Value, list[Found]] = {}
        self._others: dict[str, dict[Edge, float]] = {}

    def wrong(self, value: Value) -> list[Found]:
        """Returns what slips make of a value's gradient."""
        if value not in self._wrong:
            self._wrong[value] = [*wrong_gradients(self, value)]
        return self._wrong[value]

    @cached_property
    def sweeps(self) -> list[WrongSweep]:
        """The wrong sweeps that the slips of the table make."""
        return [*self._all_sweeps()] if self.small else []

    def _all_sweeps(self) -> Iterator[WrongSweep]:
        for slip in SLIPS:
            for which, variation in slip.sweep.items():
                if slip.name != "recursion" or self._visits <= VISITS:
                    yield WrongSweep(slip, which, None, {}, varied(self.sweep, variation))
            others = self.others(slip)
            rules = dict.fromkeys(node.op for node, _ in others)
            for rule in [None, *(rules if len(rules) > 1 else ())] if others else ():
                some = {edge: x for edge, x in others.items() if rule in (None, edge[0].op)}
                wrong = varied(self.sweep, Variation(partials=partial(_these, some)))
                yield WrongSweep(slip, 0, rule, some, wrong)

    @cached_property
    def _edges(self) -> list[Way]:
        return all_ways(self.sweep)

    def others(self, slip: Slip) -> dict[Edge, float]:
        """Returns the local derivatives that a slip takes for others, without those that stay as they are."""
        if slip.partials is None:
            return {}
        if slip.name not in self._others:
            found = slip.partials(self._edges)
            self._others[slip.name] = {edge: x for edge, x in found.items() if x != edge[0].partials[edge[1]]}
        return self._others[slip.name]

    @property
    def _visits(self) -> int:
        """The number of visits to computed nodes that a recursion takes."""
        return sum(count for node, count in self.path_counts.items() if node._x is not None)


def wrong_contributions(step: Step) -> Iterator[Found]:
    """Yields what slips make of the contribution of a step's edge, in the order of the table."""
    node, slot = step.node, step.slot
    assert node is not None
    use, edge = Use(node, slot, step.adjoint, step.partial), way_at(node, slot)
    at = Evidence(node=node, parent=step.parent, slot=slot)
    for slip in SLIPS:
        numbers: list[tuple[float, Evidence]] = []
        if slip.edge is not None:
            numbers.append((slip.edge(use), at))
        if slip.others is not None:
            numbers += ((x, _instead(at, evidence)) for x, evidence in slip.others(use))
        if slip.partials is not None:
            numbers += ((use.adjoint * x, at) for x in slip.partials([edge]).values())
        yield from (Found(x, slip, "", evidence, slip.often, slip.kin or slip.name) for x, evidence in numbers)


def wrong_partials(step: Step) -> Iterator[Found]:
    """Yields what slips make of the local derivative of a step's edge, in the order of the table."""
    node, slot = step.node, step.slot
    assert node is not None
    use, edge = Use(node, slot, 1.0, step.partial), way_at(node, slot)
    at = Evidence(node=node, parent=step.parent, slot=slot)
    for slip in SLIPS:
        numbers: list[tuple[float, Evidence]] = []
        if slip.name == "sign" and not edge.kind.minus:  # else it is the minus that is lost
            numbers.append((-step.partial, at))
        if slip.others is not None:
            numbers += ((x, _instead(at, evidence)) for x, evidence in slip.others(use))
        if slip.partials is not None and slip.name not in OF_SWEEPS:
            numbers += ((x, at) for x in slip.partials([edge]).values())
        yield from (Found(x, slip, "", evidence, slip.often, slip.kin or slip.name) for x, evidence in numbers)


OF_SWEEPS = frozenset(("inverted", "shares", "shares by size"))  # what their sentences say is said of gradients


def wrong_gradients(gradients: Gradients, value: Value) -> Iterator[Found]:
    """Yields what slips make of a value's gradient."""
    sweep, asked = gradients.sweep, gradients.asked(value)
    at = [Evidence(node=use.node, parent=value, slot=use.slot) for use in asked.uses]

    def found(number: float, slip: Slip, evidence: Evidence, key: str = "", kin: str = "") -> Found:
        unlikely = evidence.form in ("plain", "root") or len(sweep.tape) < slip.size
        weight = 0.0 if unlikely else slip.often / 2 if evidence.rare else slip.often
        return Found(number, slip, key, evidence, weight, kin or slip.kin or slip.name)

    for slip in SLIPS:
        if slip.edge is not None and len(at) == 1:
            yield found(slip.edge(asked.uses[0]), slip, _at_root(slip, at[0], sweep))
        elif slip.edge is not None and at:
            each = [slip.edge(use) for use in asked.uses]
            yield found(sum(each), slip, Evidence("several"))
            for use, x, edge in zip(asked.uses, each, at, strict=True) if slip.alone and len(at) <= MOST_USES else ():
                # Where the other factor is 1, nothing is missing but the other uses.
                kin = "one path" if x == use.contribution else ""
                yield found(x, slip, edge._replace(rare=True), kin=kin)
        if slip.others is not None and len(at) == 1:
            yield from (found(x, slip, _instead(at[0], e)) for x, e in slip.others(asked.uses[0]))
        if slip.value is not None:
            yield from (found(x, slip, e, f"{e.number or e.times or ''}") for x, e in slip.value(asked))
    if gradients.small:
        depending, tangents = gradients.depending(value), gradients.tangents(value)
        for slip, which, only, others, wrong in gradients.sweeps:
            here = [edge for edge in others if edge[0] in depending and edge[0].parents[edge[1]] in depending]
            evidence = _edge(here[0]) if here else NOTHING
            form = "all" if only is None and len(others) > 1 else ""
            key = only.name if only is not None else f"{which or ''}"
            yield found(wrong.get(value, 0.0), slip, evidence._replace(form=form, number=which), key)
            for node, slot in here if slip.once and only is None and len(others) > 1 else ():
                lost = sweep.adjoints[node] * (others[node, slot] - node.partials[slot]) * tangents[node.parents[slot]]
                yield found(asked.exact + lost, slip, _edge((node, slot))._replace(rare=True), "once")


def _instead(edge: Evidence, other: Evidence) -> Evidence:
    return edge._replace(other=other.other, other_slot=other.other_slot)


def _edge(edge: Edge) -> Evidence:
    node, slot = edge
    return Evidence(node=node, parent=node.parents[slot], slot=slot)


def _at_root(slip: Slip, edge: Evidence, sweep: Sweep) -> Evidence:
    """An edge of the root, whose gradient is 1: what is asked is the local derivative itself."""
    if edge.node is not sweep.root or sweep.upstream != 1.0 or not slip.alone:
        return edge
    return edge._replace(form="root")


def _these(partials: Mapping[Edge, float], _: Sweep) -> Mapping[Edge, float]:
    return partials
