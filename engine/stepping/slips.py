"""The slips that wrong gradients come from: one table, each entry a small variation of the one sweep.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> gradients = Gradients(Sweep(e))
>>> {found.slip.name: found.number for found in wrong_gradients(gradients, b) if found.slip.name in ("twice", "overwrite")}
{'twice': 10.0, 'overwrite': 2.0}

`often` is the number of discussions (issue threads, forums, courses) in which a slip was met in a search through some 120 of
them in 2026, 0 for those that go with another: where several slips give a number, the most frequent is named. The sentences
are in the language file under the slips' names, with what each confuses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice
from math import prod
from typing import NamedTuple

from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.recording.replay import Replay
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.stepping.steps import Step, Sweep
from chalkgrad.engine.stepping.variations import (
    Edge,
    Local,
    Variation,
    Way,
    all_ways,
    breadth_first,
    depth_first,
    diagonal,
    equal_shares,
    formula_of_input,
    inverted,
    leaves_first,
    minus_lost,
    no_exponent,
    no_slope,
    outer_only,
    own_factor,
    recursion,
    shares_by_size,
    slope_at_output,
    updated,
    value_for_slope,
    varied,
    way_at,
)
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value

LARGEST = 3000  # nodes; in a larger graph no other sweep is run, and what stands at the value itself is tried
MOST_USES = 3000  # of a value, to try each by itself
NEAR = 6  # nodes beside the one that is counted, arguments beside the one that is asked for
SUMS = 8  # that may be those over samples, from the root on
VISITS = 2000  # of a recursion, which may take exponentially many
PATHS = 24  # from a value to the root, that are tried one by one
RATES = (0.1, 0.5, 0.01)  # of the step of descent that an answer may have taken
STEPS = (1.0, 0.1, 0.01, 0.001, 1e-4)  # of a difference quotient that was taken for the derivative
ROUNDED = (4, 3, 2)  # digits


class Use(NamedTuple):
    """One use of a value: the edge from the node that it is an argument of, that node's gradient, the local derivative."""

    node: Value
    slot: int
    adjoint: float
    partial: float

    @property
    def contribution(self) -> float:
        """What comes along the edge."""
        return self.adjoint * self.partial


class Asked(NamedTuple):
    """A gradient that is asked for: of which value, its uses, and the right number."""

    gradients: Gradients
    value: Value
    uses: tuple[Use, ...]
    exact: float


class Evidence(NamedTuple):
    """What the sentence on a slip mentions, and which of its forms it takes.

    Attributes:
        form: which sentence of the slip, "" for its usual one
        node, parent, slot: an edge where it was made
        other, other_slot: the value whose derivative was taken instead, and where it stands among the arguments
        nodes: those that a path goes through
        beside: nodes that the value's other uses go through
        times, of: how often, or which of how many
        number: a rate, the size of a step, the number of digits
        rare: whether a second slip had to be made with it
    """

    form: str = ""
    node: Value | None = None
    parent: Value | None = None
    slot: int = 0
    other: Value | None = None
    other_slot: int = 0
    nodes: tuple[Value, ...] = ()
    beside: tuple[Value, ...] = ()
    times: int = 0
    of: int = 0
    number: float = 0.0
    rare: bool = False


NOTHING = Evidence()
Numbers = Iterator[tuple[float, Evidence]]


class Slip(NamedTuple):
    """One entry of the table.

    Attributes:
        name: that of its sentence
        often: in how many discussions it was met
        edge: what it makes of an edge's contribution, and of a gradient by summing over a value's uses
        others: what is taken for an edge's contribution, where there are several
        partials: the local derivatives that it takes for others
        sweep: the sweep that it makes of the right one, by a number for each that is tried
        value: what it makes of a value's gradient
        kin: slips of one kin cannot be told apart by one number, and are named by one sentence
        alone: whether one of several uses may be taken for all of them
        once: whether it may be made at one of several edges
        size: the number of nodes of the smallest graph on which it is thought of, such as one that is trained
    """

    name: str
    often: int
    edge: Callable[[Use], float] | None = None
    others: Callable[[Use], Numbers] | None = None
    partials: Local | None = None
    sweep: Mapping[float, Variation] = {}
    value: Callable[[Asked], Numbers] | None = None
    kin: str = ""
    alone: bool = False
    once: bool = False
    size: int = 0


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


# What is made of a contribution, or of a value's gradient -------------------------------------------------------------


def other_factor(use: Use) -> Numbers:
    """Takes the local derivative by another argument: of many, those beside this one and the other factor of its product."""
    parents, count = use.node.parents, len(use.node.parents)
    near = {use.slot + step for step in (-1, 1, -(count // 2), count // 2)}
    for slot in range(count) if count <= NEAR else sorted(near & {*range(count)}):
        if parents[slot] is not parents[use.slot]:
            yield use.adjoint * use.node.partials[slot], Evidence(other=parents[slot], other_slot=slot)


def upstream_halfway(asked: Asked) -> Numbers:
    """Stops at a value on the way."""
    if not asked.gradients.small:
        return
    used, tangents = {use.node for use in asked.uses}, asked.gradients.tangents(asked.value)
    for node in asked.gradients.between(asked.value):
        if node not in used and tangents[node] != 1.0:  # else it is what comes along that path
            yield asked.gradients.sweep.adjoints[node], Evidence(node=node, parent=asked.value, rare=True)


def local_halfway(asked: Asked) -> Numbers:
    """Begins at a value on the way."""
    if not asked.gradients.small:
        return
    used, tangents = {use.node for use in asked.uses}, asked.gradients.tangents(asked.value)
    for node in asked.gradients.between(asked.value):
        if node not in used and asked.gradients.sweep.adjoints[node] != 1.0:
            yield tangents[node], Evidence(node=node, parent=asked.value, rare=True)


def one_path(asked: Asked) -> Numbers:
    """Counts what comes through one node only, or along one path, or from one of several samples."""
    yield from _parts(asked)


def missing_path(asked: Asked) -> Numbers:
    """Counts all but what comes through one node, along one path, or from one of several samples."""
    for number, evidence in _parts(asked):
        yield asked.exact - number, evidence


def _parts(asked: Asked) -> Numbers:
    if len(asked.uses) > MOST_USES:
        return
    root, through = asked.gradients.sweep.root, _by_node(asked.uses)
    samples = asked.gradients.samples(asked.value)
    if len(samples) > 1:
        for i, nodes in enumerate(samples, 1):
            yield sum(through[node] for node in nodes), Evidence("sample", times=i, of=len(samples))
    elif len(through) > 1:
        for node, number in through.items():
            beside = tuple(other for other in islice(through, NEAR) if other is not node)
            yield number, Evidence("direct" if node is root else "", nodes=(node,), beside=beside)
    paths = asked.gradients.paths(asked.value)
    if len(paths) > len(through):
        uses = [use.node for use in asked.uses]
        told = [*_told_apart(paths)]
        alike = Counter(nodes for _, nodes in told)
        for number, apart in told:
            if alike[apart] == 1:
                yield number, Evidence(nodes=apart)
            elif len(paths) == uses.count(apart[0]):
                yield number, Evidence("once", node=apart[0], times=len(paths))


def _told_apart(paths: Sequence[tuple[float, list[Value]]]) -> Iterator[tuple[float, tuple[Value, ...]]]:
    """Yields each path's number, and those of its nodes that not all of the paths go through, or all where it has none."""
    common = set(paths[0][1]).intersection(*[nodes for _, nodes in paths])
    for number, nodes in paths:
        yield number, tuple([node for node in nodes if node not in common] or nodes)


def _by_node(uses: Iterable[Use]) -> dict[Value, float]:
    through: dict[Value, float] = {}
    for use in uses:
        through[use.node] = through.get(use.node, 0.0) + use.contribution
    return through


def half(asked: Asked) -> Numbers:
    """Loses the 2 of a square; where there is none, it is half of the gradient for another reason."""
    yield 0.5 * asked.exact, NOTHING if asked.gradients.squared(asked.value) else Evidence("plain")


def twice(asked: Asked) -> Numbers:
    """Adds two sweeps, or takes half a square for a square."""
    yield 2.0 * asked.exact, NOTHING


def times_count(asked: Asked) -> Numbers:
    """Takes the sum where the mean is asked."""
    for count in asked.gradients.counts:
        yield asked.exact * count, Evidence(times=count)


def by_count(asked: Asked) -> Numbers:
    """Takes the mean where the sum is asked."""
    for count in asked.gradients.counts:
        yield asked.exact / count, Evidence(times=count)


def times_uses(asked: Asked) -> Numbers:
    """Counts each use of a value as often as there are uses."""
    if len(asked.uses) > 2:
        yield asked.exact * len(asked.uses), Evidence(times=len(asked.uses))


def zero(asked: Asked) -> Numbers:
    """Takes 0, for instance because the value itself is 0."""
    yield 0.0, Evidence("value" if asked.value._data == 0.0 else "")


def own_value(asked: Asked) -> Numbers:
    """Takes the value for its gradient."""
    yield asked.value._data, NOTHING


def value_of_root(asked: Asked) -> Numbers:
    """Takes the root's value for the gradient."""
    yield asked.gradients.sweep.root._data, NOTHING


def of_other(asked: Asked) -> Numbers:
    """Takes the gradient of another leaf."""
    for leaf in asked.gradients.leaves:
        if leaf is not asked.value:
            yield asked.gradients.sweep.adjoints[leaf], Evidence(other=leaf)


def product_of_paths(asked: Asked) -> Numbers:
    """Multiplies what comes from the uses, instead of adding it."""
    if len(asked.uses) > 1:
        yield prod(use.contribution for use in asked.uses), NOTHING


def mean_of_paths(asked: Asked) -> Numbers:
    """Takes the mean of what comes from the uses, or along the paths, instead of the sum."""
    for count in sorted({len(asked.uses), len(asked.gradients.paths(asked.value))} - {0, 1}):
        yield asked.exact / count, Evidence(times=count)


def step_of_descent(asked: Asked) -> Numbers:
    """Takes the step of descent for the gradient."""
    for rate in RATES:
        yield -rate * asked.exact, Evidence(number=rate)


def after_descent(asked: Asked) -> Numbers:
    """Takes the value after a step of descent for the gradient."""
    for rate in RATES:
        after = asked.value._data - rate * asked.exact
        if after != asked.value._data:
            yield after, Evidence(number=rate)


def reciprocal(asked: Asked) -> Numbers:
    """Takes ∂value/∂root for ∂root/∂value."""
    if asked.exact:
        yield 1 / asked.exact, NOTHING


def finite_step(asked: Asked) -> Numbers:
    """Takes the slope over a finite step for the derivative."""
    for h in STEPS if asked.value._x is None else ():
        moved = asked.gradients.at(asked.value, h)
        if moved is not None:
            yield (moved - asked.gradients.sweep.root._data) / h, Evidence(number=h)


def _by_value(sweep: Sweep) -> float:
    return sweep.root._data


SLIPS = (
    # The sign, the update, the loss
    Slip("minus lost", 15, partials=minus_lost, once=True),
    Slip("sign", 15, edge=lambda use: -use.contribution),
    Slip("diagonal", 6, sweep={0: Variation(through=diagonal)}),
    Slip("times count", 10, value=times_count, kin="times"),
    Slip("by count", 10, value=by_count),
    Slip("no exponent", 9, partials=no_exponent, kin="half", once=True),
    Slip("half", 9, value=half, kin="half"),
    Slip("twice", 13, value=twice),
    Slip("updated", 7, sweep={rate: Variation(partials=partial(updated, rate=rate)) for rate in RATES}, size=8),
    Slip("step of descent", 6, value=step_of_descent, size=8),
    Slip("after descent", 6, value=after_descent, size=8),
    Slip("seed", 2, sweep={0: Variation(seed=_by_value)}),
    # The chain rule at one edge
    Slip("other factor", 3, others=other_factor, kin="other factor"),
    Slip("upstream alone", 5, edge=lambda use: use.adjoint, value=upstream_halfway, kin="no local derivative", alone=True),
    Slip("local alone", 5, edge=lambda use: use.partial, value=local_halfway, alone=True),
    Slip("added", 4, edge=lambda use: use.adjoint + use.partial, alone=True),
    Slip("own factor", 2, partials=own_factor, kin="other factor"),
    Slip("no slope", 4, partials=no_slope, kin="no local derivative", once=True),
    Slip("outer only", 5, sweep={0: Variation(partials=outer_only)}, kin="no local derivative"),
    Slip("slope at output", 9, partials=slope_at_output, once=True),
    Slip("formula of input", 9, partials=formula_of_input, once=True),
    Slip("value for slope", 1, partials=value_for_slope, once=True),
    Slip("inverted", 0, partials=inverted),
    Slip("reciprocal", 0, value=reciprocal),
    # Several paths, and their order
    Slip("one path", 6, value=one_path, kin="one path"),
    Slip("overwrite", 5, sweep={0: Variation(joined="last")}, kin="one path"),
    Slip("missing path", 6, value=missing_path, kin="one path"),
    Slip("recursion", 8, sweep={0: Variation(visits=lambda sweep: islice(recursion(sweep), VISITS + 1))}),
    Slip("depth first", 1, sweep={0: Variation(visits=depth_first)}),
    Slip("breadth first", 0, sweep={0: Variation(visits=breadth_first)}),
    Slip("leaves first", 1, sweep={0: Variation(visits=leaves_first)}, kin="zero"),
    Slip("stale inner", 3, sweep={0: Variation(kept="all")}),
    Slip("mean of paths", 2, value=mean_of_paths, sweep={0: Variation(joined="mean")}),
    Slip("shares", 2, partials=equal_shares),
    Slip("shares by size", 4, partials=shares_by_size),
    Slip("product of paths", 1, value=product_of_paths, sweep={0: Variation(joined="product")}),
    # Another number altogether
    Slip("zero", 1, value=zero, kin="zero"),
    Slip("own value", 1, value=own_value),
    Slip("value of root", 1, value=value_of_root),
    Slip("of other", 1, value=of_other, kin="other factor"),
    Slip("times uses", 0, value=times_uses, kin="times"),
    Slip("finite step", 2, value=finite_step),
    Slip("rounded", 2, sweep={digits: Variation(digits=digits) for digits in ROUNDED}),
)


# Trying them ---------------------------------------------------------------------------------------------------------


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


class Gradients:
    """A graph whose gradients are asked for: the right sweep, and what wrong ones give, computed once."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.leaves = [node for node in sweep.tape if node._x is None and not node.constant]
        known = not any(isinstance(x, NotKnown) for x in sweep.adjoints.values())
        self.small = len(sweep.tape) <= LARGEST and known
        self._wrong: dict[Value, list[Found]] = {}

    def wrong(self, value: Value) -> list[Found]:
        """Returns what slips make of a value's gradient."""
        if value not in self._wrong:
            self._wrong[value] = [*wrong_gradients(self, value)]
        return self._wrong[value]

    def asked(self, value: Value) -> Asked:
        """Returns what is asked of a value: its gradient."""
        adjoints = self.sweep.adjoints
        edges = (
            (node, slot)
            for node in reversed(self.sweep.tape.nodes)
            for slot, parent in enumerate(node.parents)
            if parent is value
        )
        uses = tuple(Use(node, slot, adjoints[node], node.partials[slot]) for node, slot in edges)
        return Asked(self, value, uses, adjoints[value])

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

    @cached_property
    def _others(self) -> dict[str, dict[Edge, float]]:
        return {}

    def others(self, slip: Slip) -> dict[Edge, float]:
        """Returns the local derivatives that a slip takes for others, without those that stay as they are."""
        if slip.partials is None:
            return {}
        if slip.name not in self._others:
            found = slip.partials(self._edges)
            self._others[slip.name] = {edge: x for edge, x in found.items() if x != edge[0].partials[edge[1]]}
        return self._others[slip.name]

    @cached_property
    def _path_counts(self) -> dict[Value, int]:
        """The number of paths from the root to each node."""
        counts: dict[Value, int] = dict.fromkeys(self.sweep.tape, 0)
        counts[self.sweep.root] = 1
        for node in reversed(self.sweep.tape.nodes):
            for parent in node.parents:
                counts[parent] += counts[node]
        return counts

    @property
    def _visits(self) -> int:
        """The number of visits to computed nodes that a recursion takes."""
        return sum(count for node, count in self._path_counts.items() if node._x is not None)

    def depending(self, value: Value) -> set[Value]:
        """Returns the nodes on the way from a value to the root, both included."""
        found = {value}
        for node in self.sweep.tape:
            if not found.isdisjoint(node.parents):
                found.add(node)
        return found

    def between(self, value: Value) -> list[Value]:
        """Returns the nodes on the way from a value to the root, without the two."""
        found = self.depending(value) - {value, self.sweep.root} if self.small else set()
        return [node for node in self.sweep.tape if node in found]

    def tangents(self, value: Value) -> dict[Value, float]:
        """Returns the derivative of each node by a value."""
        found = {value: 1.0}
        for node in self.sweep.tape:
            if node is not value and not found.keys().isdisjoint(node.parents):
                edges = zip(node.parents, node.partials, strict=True)
                found[node] = sum(partial * found[parent] for parent, partial in edges if parent in found)
        return found

    def paths(self, value: Value) -> list[tuple[float, list[Value]]]:
        """Returns what comes along each path to a value, and the nodes on it, from the value on; [] if they are too many."""
        sweep = self.sweep
        if not self.small or self._path_counts[value] > PATHS:
            return []
        found: list[tuple[float, list[Value]]] = []
        waiting: list[tuple[Value, float, list[Value]]] = [(value, 1.0, [])]
        while waiting:
            node, product, nodes = waiting.pop()
            if node is sweep.root:
                found.append((product * sweep.upstream, nodes))
            for i in reversed(sweep.arrivals.get(node, [])):
                above, slot = sweep.edges[i]
                waiting.append((above, product * above.partials[slot], [*nodes, above]))
        return found

    def samples(self, value: Value) -> list[list[Value]]:
        """Returns, for a value that is used in each of several alike terms of a sum, the nodes that use it, term by term."""
        terms, count = self._terms
        by_term: list[list[Value]] = [[] for _ in range(count)]
        for node in dict.fromkeys(self.sweep.edges[i][0] for i in self.sweep.arrivals.get(value, [])) if count else ():
            if node not in terms:
                return []
            by_term[terms[node]].append(node)
        return by_term if all(by_term) else []

    @cached_property
    def _terms(self) -> tuple[dict[Value, int], int]:
        """For each node in one of several alike terms of a sum alone, which it is; and how many terms there are."""
        terms = _alike_terms(self.sweep) if self.small else []
        found: dict[Value, int] = {}
        shared: set[Value] = set()
        for i, nodes in enumerate(terms):
            shared.update(node for node in nodes if node in found)
            found.update(dict.fromkeys(nodes, i))
        return {node: i for node, i in found.items() if node not in shared}, len(terms)

    def squared(self, value: Value) -> bool:
        """Whether something is squared on the way from a value to the root."""
        squares = (node for node in self.sweep.tape if node.op is RULES["pow"] and node.arguments[1] == 2.0)
        depending = self.depending(value)
        return any(node in depending and node.parents[0] in depending for node in squares)

    @cached_property
    def counts(self) -> list[int]:
        """The numbers of terms in the sums of the graph, if they are more than two."""
        return sorted({len(terms) for terms in _sums(self.sweep) if len(terms) > 2})[:6] if self.small else []

    @cached_property
    def _replay(self) -> Replay:
        return Replay(self.sweep.root)

    def at(self, leaf: Value, h: float) -> float | None:
        """Returns the root's value with one leaf moved by h; None if it has none there."""
        if not self.small:
            return None
        try:
            return self._replay.value_at({leaf: leaf._data + h})
        except (ValueError, ArithmeticError):
            return None


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


def _sums(sweep: Sweep) -> Iterator[list[Value]]:
    """Yields the terms of each sum on the tape; a sum of sums is one sum, if nothing else uses the inner one."""
    inner: set[Value] = set()
    for node in reversed(sweep.tape.nodes):
        if node in inner or node.op is None or node.op.name not in ("add", "total"):
            continue
        terms: list[Value] = []
        waiting = [node]
        while waiting:
            for parent in reversed(waiting.pop().parents):
                if node.op.name == "add" and parent.op is node.op and len(sweep.arrivals[parent]) == 1:
                    waiting.append(parent)
                    inner.add(parent)
                else:
                    terms.append(parent)
        yield terms[::-1]


def _these(partials: Mapping[Edge, float], _: Sweep) -> Mapping[Edge, float]:
    return partials


def _alike_terms(sweep: Sweep) -> list[list[Value]]:
    """Returns the computed nodes of each term of the first sum whose terms are those of several samples.

    They are computed alike, from the same leaves: outputs that have weights of their own are not samples.
    """
    for terms in islice(_sums(sweep), SUMS):
        parts = [order([term]) for term in terms]
        shapes = {tuple(node.op.name for node in nodes if node.op is not None) for nodes in parts}
        leaves = {frozenset(node for node in nodes if node._x is None) for nodes in parts}
        if len(terms) > 1 and len(shapes) == len(leaves) == 1 and shapes != {()}:
            return [[node for node in nodes if node._x is not None] for nodes in parts]
    return []
