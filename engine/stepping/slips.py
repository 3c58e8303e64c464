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

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial
from itertools import islice
from math import prod
from typing import Any, NamedTuple

from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.recording.replay import Replay
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.stepping.steps import Step, Sweep
from chalkgrad.engine.stepping.variations import (
    Edge,
    Local,
    Variation,
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
    ways,
)
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.language import section

LARGE = 3000  # nodes; in larger graphs only what stands at the value itself is tried, and no other sweep is run; also uses
VISITS = 2000  # of a recursion, which may take exponentially many
NAMED = 6  # nodes beside the one that is counted
PATHS = 24  # from a value to the root, that are tried one by one
RATES = (0.1, 0.01)  # of the step of descent that an answer may have taken
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


Blanks = Mapping[str, Any]  # what a sentence mentions: values, numbers, texts
Numbers = Iterator[tuple[float, Blanks]]


class Slip(NamedTuple):
    """One entry of the table.

    Attributes:
        name: that of its sentence
        often: in how many discussions it was met
        edge: what it makes of an edge's contribution, and of a gradient by summing over a value's uses
        others: what is taken for an edge's contribution, where there are several
        partials: the local derivatives that it takes for others
        sweep: the sweep that it makes of the right one, by a name for each that is tried
        value: what it makes of a value's gradient
        kin: slips of one kin cannot be told apart by one number, and are named by one sentence
    """

    name: str
    often: int
    edge: Callable[[Use], float] | None = None
    others: Callable[[Use], Numbers] | None = None
    partials: Local | None = None
    sweep: Mapping[str, Variation] = {}
    value: Callable[[Asked], Numbers] | None = None
    kin: str = ""
    alone: bool = False  # whether it may take one of several uses for all of them
    size: int = 0  # nodes: in smaller graphs nobody has been seen to make it

    @property
    def confuses(self) -> str:
        """What it confuses with what."""
        return section("what slips confuse")[self.name]


class Found(NamedTuple):
    """A wrong number, the slip that gives it, a key that it has for other values, too, and what the sentence mentions."""

    number: float
    slip: Slip
    key: str
    blanks: Blanks

    @property
    def often(self) -> float:
        """How often it was met; to take one of several uses for all of them needs a second slip, and counts half."""
        if "plain" in self.blanks or self.blanks.get("graph", self.slip.size) < self.slip.size:
            return 0
        return self.slip.often / 2 if "partly" in self.blanks else self.slip.often


# What is made of a contribution, or of a value's gradient -------------------------------------------------------------


def other_factor(use: Use) -> Numbers:
    """Takes the local derivative by another argument."""
    for parent, local in zip(use.node.parents, use.node.partials, strict=True):
        if parent is not use.node.parents[use.slot]:
            yield use.adjoint * local, {"of": parent}


def one_path(asked: Asked) -> Numbers:
    """Counts what comes through one node only, or along one path, or from one of several samples."""
    yield from _parts(asked)


def missing_path(asked: Asked) -> Numbers:
    """Counts all but what comes through one node, along one path, or from one of several samples."""
    for number, blanks in _parts(asked):
        yield asked.exact - number, blanks


def _parts(asked: Asked) -> Numbers:
    if len(asked.uses) > LARGE:
        return
    through = _by_node(asked.uses)
    samples = asked.gradients.samples(asked.value)
    if len(samples) > 1:
        for i, nodes in enumerate(samples, 1):
            yield sum(through[node] for node in nodes), {"sample": i, "of": len(samples)}
    elif len(through) > 1:
        for node, number in through.items():
            yield number, {"nodes": [node], "others": [other for other in islice(through, NAMED) if other is not node]}
    paths = asked.gradients.paths(asked.value)
    if len(paths) > len(through):
        uses = [use.node for use in asked.uses]
        for number, nodes in paths:
            times = uses.count(nodes[0])
            yield number, {"nodes": nodes, **({"into": nodes[0], "count": times} if times > 1 else {})}


def _by_node(uses: Iterable[Use]) -> dict[Value, float]:
    through: dict[Value, float] = {}
    for use in uses:
        through[use.node] = through.get(use.node, 0.0) + use.contribution
    return through


def half(asked: Asked) -> Numbers:
    """Loses the 2 of a square; where there is none, it is half of the gradient for another reason."""
    yield 0.5 * asked.exact, {} if asked.gradients.squares else {"plain": True}


def twice(asked: Asked) -> Numbers:
    """Adds two sweeps, or takes half a square for a square."""
    yield 2.0 * asked.exact, {}


def times_count(asked: Asked) -> Numbers:
    """Takes the sum where the mean is asked."""
    for count in asked.gradients.counts:
        yield asked.exact * count, {"count": count}


def by_count(asked: Asked) -> Numbers:
    """Takes the mean where the sum is asked."""
    for count in asked.gradients.counts:
        yield asked.exact / count, {"count": count}


def times_uses(asked: Asked) -> Numbers:
    """Counts each use of a value as often as there are uses."""
    if len(asked.uses) > 2:
        yield asked.exact * len(asked.uses), {"count": len(asked.uses)}


def zero(asked: Asked) -> Numbers:
    """Takes 0, for instance because the value itself is 0."""
    yield 0.0, {}


def own_value(asked: Asked) -> Numbers:
    """Takes the value for its gradient."""
    yield asked.value._data, {"value": asked.value}


def value_of_root(asked: Asked) -> Numbers:
    """Takes the root's value for the gradient."""
    yield asked.gradients.sweep.root._data, {"value": asked.gradients.sweep.root}


def of_other(asked: Asked) -> Numbers:
    """Takes the gradient of another leaf."""
    for leaf in asked.gradients.leaves:
        if leaf is not asked.value:
            yield asked.gradients.sweep.adjoints[leaf], {"other": leaf}


def product_of_paths(asked: Asked) -> Numbers:
    """Multiplies what comes from the uses, instead of adding it."""
    if len(asked.uses) > 1:
        yield prod(use.contribution for use in asked.uses), {}


def mean_of_paths(asked: Asked) -> Numbers:
    """Takes the mean of what comes from the uses, or along the paths, instead of the sum."""
    for count in {len(asked.uses), len(asked.gradients.paths(asked.value))} - {0, 1}:
        yield asked.exact / count, {"count": count}


def step_of_descent(asked: Asked) -> Numbers:
    """Takes the step of descent for the gradient."""
    for rate in RATES:
        yield -rate * asked.exact, {"rate": rate}


def after_descent(asked: Asked) -> Numbers:
    """Takes the value after a step of descent for the gradient."""
    for rate in RATES:
        after = asked.value._data - rate * asked.exact
        if after != asked.value._data:
            yield after, {"rate": rate}


def reciprocal(asked: Asked) -> Numbers:
    """Takes ∂value/∂root for ∂root/∂value."""
    if asked.exact:
        yield 1 / asked.exact, {}


def finite_step(asked: Asked) -> Numbers:
    """Takes the slope over a finite step for the derivative."""
    if asked.value._x is None:
        for h in STEPS:
            moved = asked.gradients.at(asked.value, h)
            if moved is not None:
                yield (moved - asked.gradients.sweep.root._data) / h, {"h": h}


def _by_value(sweep: Sweep) -> float:
    return sweep.root._data


SLIPS = (
    # The sign, the update, the loss
    Slip("sign", 15, edge=lambda use: -use.contribution),
    Slip("diagonal", 6, sweep={"": Variation(through=diagonal)}),
    Slip("times count", 10, value=times_count, kin="times"),
    Slip("by count", 10, value=by_count),
    Slip("no exponent", 9, partials=no_exponent, kin="half"),
    Slip("half", 9, value=half, kin="half"),
    Slip("twice", 13, value=twice),
    Slip("updated", 7, sweep={f"{rate}": Variation(partials=partial(updated, rate=rate)) for rate in (*RATES, 0.5)}, size=8),
    Slip("step of descent", 6, value=step_of_descent),
    Slip("after descent", 6, value=after_descent),
    Slip("seed", 2, sweep={"": Variation(seed=_by_value)}),
    # The chain rule at one edge
    Slip("other factor", 3, others=other_factor, kin="other factor"),
    Slip("upstream alone", 5, edge=lambda use: use.adjoint, kin="no local derivative", alone=True),
    Slip("local alone", 5, edge=lambda use: use.partial, alone=True),
    Slip("added", 4, edge=lambda use: use.adjoint + use.partial, alone=True),
    Slip("own factor", 2, partials=own_factor, kin="other factor"),
    Slip("no slope", 4, partials=no_slope, kin="no local derivative"),
    Slip("outer only", 5, sweep={"": Variation(partials=outer_only)}, kin="no local derivative"),
    Slip("slope at output", 9, partials=slope_at_output),
    Slip("formula of input", 9, partials=formula_of_input),
    Slip("value for slope", 1, partials=value_for_slope),
    Slip("minus lost", 3, partials=minus_lost),
    Slip("inverted", 0, partials=inverted),
    Slip("reciprocal", 0, value=reciprocal),
    # Several paths, and their order
    Slip("one path", 6, value=one_path, kin="one path"),
    Slip("overwrite", 5, sweep={"": Variation(joined="last")}, kin="one path"),
    Slip("missing path", 6, value=missing_path, kin="one path"),
    Slip("recursion", 8, sweep={"": Variation(visits=lambda sweep: islice(recursion(sweep), VISITS + 1))}),
    Slip("depth first", 1, sweep={"": Variation(visits=depth_first)}),
    Slip("breadth first", 0, sweep={"": Variation(visits=breadth_first)}),
    Slip("leaves first", 1, sweep={"": Variation(visits=leaves_first)}, kin="zero"),
    Slip("stale inner", 3, sweep={"": Variation(kept="all")}),
    Slip("shares", 2, partials=equal_shares),
    Slip("shares by size", 4, partials=shares_by_size),
    Slip("mean of paths", 1, value=mean_of_paths, sweep={"": Variation(joined="mean")}),
    Slip("product of paths", 1, value=product_of_paths, sweep={"": Variation(joined="product")}),
    # Another number altogether
    Slip("zero", 1, value=zero, kin="zero"),
    Slip("own value", 1, value=own_value),
    Slip("value of root", 1, value=value_of_root),
    Slip("of other", 1, value=of_other, kin="other factor"),
    Slip("times uses", 0, value=times_uses, kin="times"),
    Slip("finite step", 2, value=finite_step),
    Slip("rounded", 2, sweep={f"{digits}": Variation(digits=digits) for digits in ROUNDED}),
)


# Trying them ---------------------------------------------------------------------------------------------------------


class WrongSweep(NamedTuple):
    """A sweep with a slip in it: a key among those of this slip, the local derivatives that are others, the final gradients."""

    slip: Slip
    key: str
    others: Mapping[Edge, float]
    gradients: Mapping[Value, float]


class Gradients:
    """A graph whose gradients are asked for: the right sweep, and what wrong ones give, computed once."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.leaves = [node for node in sweep.tape if node._x is None and not node.constant]
        self.known = not any(isinstance(x, NotKnown) for x in sweep.adjoints.values())
        self.small = len(sweep.tape) <= LARGE and self.known

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

    @cached_property
    def _ways(self) -> dict[Value, int]:
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
        return sum(count for node, count in self._ways.items() if node._x is not None)

    @cached_property
    def _replay(self) -> Replay:
        return Replay(self.sweep.root)

    @cached_property
    def _terms(self) -> list[set[Value]]:
        return [*_alike_terms(self.sweep)] if self.small else []

    def _all_sweeps(self) -> Iterator[WrongSweep]:
        sweep, edges = self.sweep, all_ways(self.sweep)
        for slip in SLIPS:
            for key, variation in slip.sweep.items():
                if slip.name != "recursion" or self._visits <= VISITS:
                    yield WrongSweep(slip, key, {}, varied(sweep, variation))
            if slip.partials is None:
                continue
            others = {edge: x for edge, x in slip.partials(edges).items() if x != edge[0].partials[edge[1]]}
            by_rule: dict[Rule | None, dict[Edge, float]] = {}
            for (node, slot), x in others.items():
                by_rule.setdefault(node.op, {})[node, slot] = x
            for rule, some in {None: others, **(by_rule if len(by_rule) > 1 else {})}.items():
                if some:
                    changed = Variation(partials=partial(_these, some))
                    yield WrongSweep(slip, rule.name if rule else "", some, varied(sweep, changed))

    def depending(self, value: Value) -> set[Value]:
        """Returns the nodes on the way from a value to the root."""
        found = {value}
        for node in self.sweep.tape:
            if not found.isdisjoint(node.parents):
                found.add(node)
        return found

    def paths(self, value: Value) -> list[tuple[float, list[Value]]]:
        """Returns what comes along each path to a value, and the nodes on it, from the value on; [] if they are too many."""
        sweep = self.sweep
        if not self.small or self._ways[value] > PATHS:
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
        users = {self.sweep.edges[i][0] for i in self.sweep.arrivals.get(value, [])}
        by_term = [[node for node in self.sweep.tape if node in users and node in term] for term in self._terms]
        return by_term if all(by_term) and sum(map(len, by_term)) == len(users) else []

    @cached_property
    def squares(self) -> bool:
        """Whether something is squared in the graph."""
        return any(
            (node.op is RULES["pow"] and node.arguments[1] == 2.0) or (node.op is RULES["mul"] and node._x is node._y)
            for node in self.sweep.tape
        )

    @cached_property
    def counts(self) -> list[int]:
        """The numbers of terms in sums of several samples, and what is divided by, if they are more than two."""
        lengths = {len(terms) for terms in _sums(self.sweep) if len(terms) > 1} if self.small else set()
        divided = {node.arguments[1] for node in self.sweep.tape if node.op is not None and node.op.name == "div"}
        numbers = {int(x) for x in divided if isinstance(x, float) and x == int(x)}
        return sorted(count for count in lengths | numbers if count > 2)[:6]

    def at(self, leaf: Value, h: float) -> float | None:
        """Returns the root's value with one leaf moved by h; None if it has none there."""
        if not self.small:
            return None
        try:
            return self._replay.value_at({leaf: leaf._data + h})
        except (ValueError, ArithmeticError):
            return None


def wrong_contributions(step: Step) -> Iterator[Found]:
    """Yields what slips make of the contribution of a step's edge, in the order of the table; only arithmetic is used."""
    node, slot = step.node, step.slot
    assert node is not None
    use, way = Use(node, slot, step.adjoint, step.partial), next(way for way in ways(node) if way.slot == slot)
    blanks = {"node": node, "parent": step.parent, "slot": slot}
    for slip in SLIPS:
        if slip.edge is not None:
            yield Found(slip.edge(use), slip, "", blanks)
        if slip.others is not None:
            yield from (Found(x, slip, "", {**blanks, **more}) for x, more in slip.others(use))
        if slip.partials is not None:
            yield from (Found(use.adjoint * x, slip, "", blanks) for x in slip.partials([way]).values())


def wrong_gradients(gradients: Gradients, value: Value) -> Iterator[Found]:
    """Yields what slips make of a value's gradient."""
    asked, depending = gradients.asked(value), gradients.depending(value)
    single = [{"node": use.node, "parent": value, "slot": use.slot} for use in asked.uses]
    for slip in SLIPS:
        if slip.edge is not None and asked.uses:
            each = [slip.edge(use) for use in asked.uses]
            yield Found(sum(each), slip, "", single[0] if len(each) == 1 else {"several": True})
            if 1 < len(each) <= LARGE and slip.alone:
                for use, x, blanks in zip(asked.uses, each, single, strict=True):
                    # Where the other factor is 1, nothing is missing but the other uses.
                    yield Found(x, slip, "", {**blanks, "partly": True, "one path": x == use.contribution})
        if slip.others is not None and len(single) == 1:
            yield from (Found(x, slip, "", {**single[0], **more}) for x, more in slip.others(asked.uses[0]))
        if slip.value is not None:
            yield from (Found(x, slip, _key(blanks), blanks) for x, blanks in slip.value(asked))
    for slip, key, others, wrong in gradients.sweeps:
        at = next((edge for edge in others if edge[0] in depending and edge[0].parents[edge[1]] in depending), None)
        where = {"node": at[0], "parent": at[0].parents[at[1]], "slot": at[1], "all": not key and len(others) > 1} if at else {}
        yield Found(wrong.get(value, 0.0), slip, key, {**where, "key": key, "graph": len(gradients.sweep.tape)})


def _key(blanks: Blanks) -> str:
    return "".join(f"{blanks[name]}" for name in ("count", "rate", "h", "sample") if name in blanks)


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


def _alike_terms(sweep: Sweep) -> Iterator[set[Value]]:
    """Yields the nodes of each term of the first sum whose terms are computed alike, as those of several samples are."""
    for terms in _sums(sweep):
        parts = [order([term]) for term in terms]
        shapes = {tuple(node.op.name for node in nodes if node.op is not None) for nodes in parts}
        if len(terms) > 1 and len(shapes) == 1 and shapes != {()}:
            yield from ({node for node in nodes if node._x is not None} for nodes in parts)
            return
