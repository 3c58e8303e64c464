"""The slips that wrong gradients come from: one table, each entry a small variation of the one sweep.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> from chalkgrad.engine.stepping.asked import AskedGraph
>>> b_asked = AskedGraph(Sweep(e)).asked(b)
>>> [slip.name for slip in SLIPS if slip.value and (10.0, NOTHING) in slip.value(b_asked)]
['twice']

`often` is the number of discussions (issue threads, forums, courses) in which a slip was met in a search through some 120 of
them in 2026, 0 for those that go with another: where several slips give a number, the most frequent is named. The sentences
are in the language file under the slips' names, with what each confuses. They are tried in wrong_answers.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from math import prod
from typing import NamedTuple

from chalkgrad.engine.stepping.asked import Asked, Use
from chalkgrad.engine.stepping.other_partials import (
    Local,
    diagonal,
    equal_shares,
    formula_of_input,
    inverted,
    minus_lost,
    no_exponent,
    no_slope,
    outer_only,
    own_factor,
    shares_by_size,
    slope_at_output,
    updated,
    value_for_slope,
)
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.variations import Variation, breadth_first, depth_first, leaves_first, recursion
from chalkgrad.engine.value import Value

MOST_USES = 3000  # of a value, to try each by itself
NEAR = 6  # nodes beside the one that is counted, arguments beside the one that is asked for
VISITS = 2000  # of a recursion, which may take exponentially many
RATES = (0.1, 0.5, 0.01)  # of the step of descent that an answer may have taken
STEPS = (1.0, 0.1, 0.01, 0.001, 1e-4)  # of a difference quotient that was taken for the derivative
ROUNDED = (4, 3, 2)  # digits


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

    @property
    def mentioned(self) -> list[Value]:
        """The values that the sentence has in its derivatives."""
        return [node for node in (self.node, self.parent, self.other) if node is not None]


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
        on_paper: whether it is made where one computes by hand, too
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
    on_paper: bool = True


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
    if not asked.graph.small:
        return
    used, tangents = {use.node for use in asked.uses}, asked.graph.tangents(asked.value)
    for node in asked.graph.between(asked.value):
        if node not in used and tangents[node] != 1.0:  # else it is what comes along that path
            yield asked.graph.sweep.adjoints[node], Evidence(node=node, parent=asked.value, rare=True)


def local_halfway(asked: Asked) -> Numbers:
    """Begins at a value on the way."""
    if not asked.graph.small:
        return
    used, tangents = {use.node for use in asked.uses}, asked.graph.tangents(asked.value)
    for node in asked.graph.between(asked.value):
        if node not in used and asked.graph.sweep.adjoints[node] != 1.0:
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
    root, through = asked.graph.sweep.root, _by_node(asked.uses)
    samples = asked.graph.samples(asked.value)
    if len(samples) > 1:
        for i, nodes in enumerate(samples, 1):
            yield sum(through[node] for node in nodes), Evidence("sample", times=i, of=len(samples))
    elif len(through) > 1:
        for node, number in through.items():
            beside = tuple(other for other in islice(through, NEAR) if other is not node)
            yield number, Evidence("direct" if node is root else "", nodes=(node,), beside=beside)
    paths = asked.graph.paths(asked.value)
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
    yield 0.5 * asked.exact, NOTHING if asked.graph.squared(asked.value) else Evidence("plain")


def twice(asked: Asked) -> Numbers:
    """Adds two sweeps, or takes half a square for a square."""
    yield 2.0 * asked.exact, NOTHING


def times_count(asked: Asked) -> Numbers:
    """Takes the sum where the mean is asked."""
    for count in asked.graph.counts:
        yield asked.exact * count, Evidence(times=count)


def by_count(asked: Asked) -> Numbers:
    """Takes the mean where the sum is asked."""
    for count in asked.graph.counts:
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
    yield asked.graph.sweep.root._data, NOTHING


def of_other(asked: Asked) -> Numbers:
    """Takes the gradient of another leaf."""
    for leaf in asked.graph.leaves:
        if leaf is not asked.value:
            yield asked.graph.sweep.adjoints[leaf], Evidence(other=leaf)


def product_of_paths(asked: Asked) -> Numbers:
    """Multiplies what comes from the uses, instead of adding it."""
    if len(asked.uses) > 1:
        yield prod(use.contribution for use in asked.uses), NOTHING


def mean_of_paths(asked: Asked) -> Numbers:
    """Takes the mean of what comes from the uses, or along the paths, instead of the sum."""
    for count in sorted({len(asked.uses), len(asked.graph.paths(asked.value))} - {0, 1}):
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
        moved = asked.graph.at(asked.value, h)
        if moved is not None:
            yield (moved - asked.graph.sweep.root._data) / h, Evidence(number=h)


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
    Slip("updated", 7, sweep={rate: Variation(partials=partial(updated, rate=rate)) for rate in RATES}, size=8, on_paper=False),
    Slip("step of descent", 6, value=step_of_descent, size=8, on_paper=False),
    Slip("after descent", 6, value=after_descent, size=8, on_paper=False),
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
    Slip("inverted", 0, partials=inverted, on_paper=False),
    Slip("reciprocal", 0, value=reciprocal, on_paper=False),
    # Several paths, and their order
    Slip("one path", 6, value=one_path, kin="one path"),
    Slip("overwrite", 5, sweep={0: Variation(joined="last")}, kin="one path"),
    Slip("missing path", 6, value=missing_path, kin="one path"),
    Slip("recursion", 8, sweep={0: Variation(visits=lambda sweep: islice(recursion(sweep), VISITS + 1))}),
    Slip("depth first", 1, sweep={0: Variation(visits=depth_first)}),
    Slip("breadth first", 0, sweep={0: Variation(visits=breadth_first)}),
    Slip("leaves first", 1, sweep={0: Variation(visits=leaves_first)}, kin="zero", on_paper=False),
    Slip("stale inner", 3, sweep={0: Variation(kept="all")}, on_paper=False),
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
    Slip("finite step", 2, value=finite_step, on_paper=False),
    Slip("rounded", 2, sweep={digits: Variation(digits=digits) for digits in ROUNDED}, on_paper=False),
)
