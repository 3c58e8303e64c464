"""Mistakes on purpose: the reverse sweep done wrong, beside the right one, and the step at which they begin to differ.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> wrong = e.steps(mistake="overwrite")
>>> wrong
overwrite: = for +=, so that what comes last is all there is
the sweeps part at step 5/5:
5/5   c = a + b   ∂c/∂b = 1
      b.grad = ∂e/∂c · ∂c/∂b = 2 · 1 = 2      3 → 2   it should be 5
b: 2 instead of 5
+= adds what comes along every path
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Literal, get_args, overload

from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.stepping.steps import Step, Sweep
from chalkgrad.engine.stepping.variations import (
    Edge,
    Passed,
    Variation,
    beginning,
    breadth_first,
    depth_first,
    diagonal,
    everywhere,
    leaves_first,
    outer_only,
    own_factor,
    passed,
    recursion,
)
from chalkgrad.engine.value import Value

# The names, those first whose mistakes are asked about most.
Mistake = Literal[
    "overwrite",
    "recursion",
    "depth first",
    "breadth first",
    "leaves first",
    "no zero_grad",
    "stale inner",
    "value",
    "outer only",
    "diagonal",
    "update at once",
]
RATE = 0.1  # of the step of descent in "update at once"

MISTAKES: dict[Mistake, Variation] = {
    "overwrite": Variation(joined="last"),
    "recursion": Variation(visits=recursion),
    "depth first": Variation(visits=depth_first),
    "breadth first": Variation(visits=breadth_first),
    "leaves first": Variation(visits=leaves_first),
    "no zero_grad": Variation(kept="leaves"),
    "stale inner": Variation(kept="all"),
    "value": Variation(partials=everywhere(own_factor)),
    "outer only": Variation(partials=outer_only),
    "diagonal": Variation(through=diagonal),
    "update at once": Variation(rate=RATE),
}
MOST = 1000  # steps of a recursion, which may take exponentially many; those of one ordinary sweep are always taken
COUNTLESS = 10**300  # visits; exact numbers of as many digits as a deep graph has nodes would take all the memory
_CLOSE, _ROUNDING = 1e-9, 1e-15


def mistake_named(name: str, rate: float | None = None) -> Variation:
    """Returns the variation that makes a mistake; `rate` is for "update at once".

    Raises ValueError for a name that is none, TypeError for a rate that the mistake has no use for.
    """
    known = next((known for known in get_args(Mistake) if known == name), None)
    if known is None:
        raise ValueError(f"there is no mistake {name!r} to make: choose one of {', '.join(map(repr, MISTAKES))}")
    variation = MISTAKES[known]
    if rate is None:
        return variation
    if not variation.rate:
        raise TypeError(f"the mistake {name!r} has no use for rate={rate!r}: it is for 'update at once'")
    return variation._replace(rate=to_float(rate, "a rate"))


class MistakenStep:
    """One edge of a sweep done wrong, as data; `str(step)` is its sentence.

    `adjoint` is the node's grad at this step, right or wrong; `right` is the parent's grad after the same step of a sweep
    without the mistake. `visit` counts how often the edge has come, from 1. `moved` has the new data of the node's parents
    that have taken their step of descent, and `moves` that of the parent which takes it at this step, None if it does not.
    """

    __slots__ = (
        *("adjoint", "after", "before", "index", "moved", "moves", "node"),
        *("parent", "partial", "right", "run", "slot", "visit"),
    )

    def __init__(
        self, run: MistakenSteps, index: int, step: Passed, right: float, visit: int, moved: Mapping[Value, float]
    ) -> None:
        self.run, self.index, self.parent, self.right, self.visit = run, index, step.parent, right, visit
        self.node, self.slot, self.adjoint, self.partial, self.before, self.after = step
        self.moved = {parent: moved[parent] for parent in self.node.parents if parent in moved}
        self.moves: float | None = None

    @property
    def same_edge(self) -> Step:
        """The step of the right sweep that this one should be."""
        return Step(self.run.sweep, self.run._position[self.node, self.slot] + 1)

    @property
    def contribution(self) -> float:
        """The number that this step adds, or puts in the place of what was there."""
        return self.adjoint * self.partial

    @property
    def is_wrong(self) -> bool:
        """Whether the parent's grad after this step differs from the right one by more than rounding."""
        return self.run.differ(self.after, self.right)

    def __str__(self) -> str:
        return printable(say(self))

    def __repr__(self) -> str:
        return str(self)


class MistakenSteps(Sequence[MistakenStep]):
    """A reverse sweep with a mistake in it, edge by edge. No grad is changed.

    * `"overwrite"`: = for +=, so that of several contributions only the last is kept;
    * `"recursion"`: each node calls its parents, and passes its whole grad on at every visit;
    * `"depth first"`, `"breadth first"`, `"leaves first"`: each node once, in an order that is none of the sweep's, so that
      one may pass on its grad before it is complete;
    * `"no zero_grad"`: a second sweep that starts from the leaves' gradients of the first;
    * `"stale inner"`: one that starts from those of all nodes, as micrograd's second backward() does;
    * `"value"`: the derivative of a·b by a is taken for a, where it is b;
    * `"outer only"`: the derivative of the outer function, without those of what is inside;
    * `"diagonal"`: the derivative of a softmax is taken for p·(1 - p), what comes through the other p's is left out;
    * `"update at once"`: each leaf takes a step of descent, with `rate`, as soon as its grad is complete.

    `wrong` and `right` are the final gradients by value; `parts_at` is the index of the first step at which the two sweeps
    differ, None if the mistake does not matter on this graph. `visits` counts how often each node passes its grad on, and
    `in_full` the steps of the whole sweep: a recursion that would take more than 1,000 is cut off. It prints as a report.

    Raises ValueError for an unknown mistake, TypeError for a rate that it has no use for.
    """

    def __init__(self, root: Value, mistake: str, rate: float | None = None) -> None:
        self.mistake = mistake
        self.variation = mistake_named(mistake, rate)
        self.sweep = Sweep(root)
        self.right = {node: self.sweep.adjoints[node] for node in self.sweep.tape if not node.constant}
        self.visits = visits_of(self.sweep, self.variation)
        ends = ((node, sum(not parent.constant for parent in node.parents)) for node in self.visits)
        self.in_full = min(sum(self.visits[node] * edges for node, edges in ends), COUNTLESS)
        self._position = {edge: i for i, edge in enumerate(self.sweep.edges)}
        self._grads = beginning(self.sweep, self.variation)
        self._steps = [*self._run()]

    @property
    def wrong(self) -> dict[Value, float]:
        """The gradients that the sweep ends with. Raises ValueError if it was cut off."""
        if self.is_cut:
            raise ValueError(
                f"this {self.mistake} would take {many(self.in_full)} steps, "
                f"and was cut off after {many(len(self))}: no grad is final"
            )
        return self._grads

    @property
    def is_cut(self) -> bool:
        """Whether there would be more steps than were taken."""
        return self.in_full > len(self)

    @cached_property
    def parts_at(self) -> int | None:
        """The index of the first step after which a gradient is wrong; None if every gradient is right."""
        return next((step.index for step in self._steps if step.is_wrong), None)

    @cached_property
    def others(self) -> Mapping[Edge, float]:
        """The local derivatives that are taken for others."""
        return self.variation.partials(self.sweep)

    @cached_property
    def through(self) -> Mapping[Edge, list[Edge]]:
        """By edge, the edges into its node whose contributions alone it passes on."""
        return self.variation.through(self.sweep)

    def sweep_into(self, node: Value) -> list[Edge]:
        """Returns the edges along which a node's grad comes, in the order of the right sweep."""
        return [self.sweep.edges[position] for position in self.sweep.arrivals.get(node, [])]

    @cached_property
    def largest(self) -> float:
        """The size of the largest right gradient."""
        return max(map(abs, self.right.values()), default=0.0)

    def differ(self, one: float, other: float) -> bool:
        """Returns whether two gradients differ by more than rounding: another order of adding changes the last digits."""
        return differ(one, other, self.largest)

    def _run(self) -> Iterator[MistakenStep]:
        come: Counter[Edge] = Counter()
        right: dict[Value, float] = {}  # the contributions so far of a sweep without the mistake
        arrived: Counter[Value] = Counter()
        moved: dict[Value, float] = {}
        steps = passed(self.sweep, self.variation, self._grads)
        for index, step in enumerate(islice(steps, max(MOST, len(self.sweep.edges))), 1):
            edge, parent = (step.node, step.slot), step.parent
            come[edge] += 1
            if come[edge] == 1:
                right[parent] = right.get(parent, 0.0) + self.sweep.contribution(self._position[edge])
            taken = MistakenStep(self, index, step, right[parent], come[edge], moved)
            arrived[parent] += 1
            if self.variation.rate and parent._x is None and arrived[parent] == len(self.sweep.arrivals[parent]):
                taken.moves = moved[parent] = parent._data - self.variation.rate * step.after
            yield taken

    @overload
    def __getitem__(self, index: int) -> MistakenStep: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[MistakenStep]: ...
    def __getitem__(self, index: Any) -> Any:
        return self._steps[index]

    def __len__(self) -> int:
        return len(self._steps)

    def __str__(self) -> str:
        return printable(say(self))

    def __repr__(self) -> str:
        return str(self)


def differ(one: float, other: float, largest: float) -> bool:
    """Returns whether two gradients differ by more than rounding, beside gradients as large as `largest`.

    >>> differ(0.1 + 0.2, 0.3, 1.0), differ(0.1 + 0.2 - 0.3, 0.0, 1.0), differ(2.0, 3.0, 3.0)
    (False, False, True)
    """
    if one == other or (one != one and other != other):
        return False
    difference = abs(one - other)
    return difference - difference != 0.0 or difference > max(_CLOSE * max(abs(one), abs(other)), _ROUNDING * largest)


def many(count: int) -> str:
    """Returns a count as it is read.

    >>> many(1000), many(2**60), many(COUNTLESS)
    ('1,000', '1.15e18', '>1e300')
    """
    if count < 10**15:
        return f"{count:,}"
    if count >= COUNTLESS:
        return ">1e300"
    digits = math.floor(math.log10(count) + 1e-12)
    return f"{count // 10 ** (digits - 2) / 100:g}e{digits}"


def visits_of(sweep: Sweep, variation: Variation) -> dict[Value, int]:
    """Returns how often each computed node passes its grad on; in a recursion, once for each path from the root to it.

    Of more than 10**300 paths that many are counted.

    >>> from chalkgrad.engine import Value
    >>> x = Value(2.0, "x")
    >>> for _ in range(100):
    ...     x = x + x
    >>> max(visits_of(Sweep(x), MISTAKES["recursion"]).values()) == 2**99
    True
    """
    if variation.visits is not recursion:
        return {node: 1 for node in reversed(sweep.tape.nodes) if node.parents}
    visits: Counter[Value] = Counter({sweep.root: 1})
    for node in reversed(sweep.tape.nodes):
        for parent in node.parents:
            visits[parent] = min(visits[parent] + visits[node], COUNTLESS)
    return {node: visits[node] for node in reversed(sweep.tape.nodes) if node.parents}
