"""Mistakes on purpose: the reverse sweep done wrong, beside the right one, and the step at which they begin to differ.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> wrong = e.steps(mistake="overwrite")
>>> wrong
overwrite: = for +=, so that what comes last is all there is
the backward passes part at step 5/5:
5/5   c = a + b   ∂c/∂b = 1
      b.grad = ∂e/∂c · ∂c/∂b = 2 · 1 = 2      3 → 2   it should be 5
b: 2 instead of 5
+= adds what comes along every path
>>> wrong.step(4)
4/5   c = a + b   ∂c/∂a = 1
      a.grad = ∂e/∂c · ∂c/∂a = 2 · 1 = 2      0 → 2   as it should be
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Literal, NamedTuple, overload
from weakref import WeakValueDictionary

from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.terminal import fitted, printable
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.stepping.along import path_counts
from chalkgrad.engine.stepping.cursor import Moves, Said
from chalkgrad.engine.stepping.edges import Edge
from chalkgrad.engine.stepping.other_partials import diagonal, everywhere, outer_only, own_factor
from chalkgrad.engine.stepping.steps import Step, Sweep
from chalkgrad.engine.stepping.variations import (
    Passed,
    Variation,
    beginning,
    breadth_first,
    depth_first,
    leaves_first,
    passed,
    recursion,
)
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import name_of
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import value_of

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

    Raises ValueError for an unknown name and a rate that is not above 0, TypeError for a rate that the mistake has no use
    for.
    """
    known = meant(name)
    variation = MISTAKES[known]
    if rate is None:
        return variation
    if not variation.rate:
        raise TypeError(f"the mistake {known!r} has no use for rate={rate!r}: it is for 'update at once'")
    given = to_float(rate, "a rate")
    if not 0 < given < math.inf:
        raise ValueError(f"a step of descent has a rate above 0, such as {RATE}, and rate={rate!r} was given")
    return variation._replace(rate=given)


def meant(name: str) -> Mistake:
    """Returns the mistake that a name stands for: in any case, with - or _ for blanks, perhaps only the beginning.

    Raises ValueError for an unknown name, and for the beginning of several.

    >>> meant("Update-at-once"), meant("no zero grad"), meant("stale")
    ('update at once', 'no zero_grad', 'stale inner')
    >>> meant("d")
    Traceback (most recent call last):
    ValueError: 'd' may be 'depth first' or 'diagonal': type more of it
    """
    written = _plain(name)
    begun = [mistake for mistake in MISTAKES if written and _plain(mistake).startswith(written)]
    for mistake in begun:
        if len(begun) == 1 or _plain(mistake) == written:
            return mistake
    if begun:
        raise ValueError(f"{name!r} may be {_either(begun)}: type more of it")
    from difflib import get_close_matches  # which imports re, and only an unknown name needs it

    close = get_close_matches(written, map(_plain, MISTAKES), 1)
    near = [mistake for mistake in MISTAKES if _plain(mistake) in close]
    if written == "order":
        near = [mistake for mistake, variation in MISTAKES.items() if variation.is_order and variation.visits is not recursion]
    hint = f"did you mean {_either(near)}? There are" if near else "choose one of"
    raise ValueError(f"there is no mistake {name!r} to make: {hint} {', '.join(map(repr, MISTAKES))}")


def _plain(name: str) -> str:
    return " ".join(f"{name}".casefold().replace("-", " ").replace("_", " ").split())


def _either(names: Sequence[str]) -> str:
    *most, last = map(repr, names)
    return f"{', '.join(most)} or {last}" if most else last


class MistakenStep(Said):
    """One edge of a sweep done wrong, as data; `str(step)` is its sentence.

    `adjoint` is the node's grad at this step, right or wrong; `right` is what the parent's grad would be after the edges that
    have come so far, had each brought once what it brings in the right sweep. `index` counts from 1, as the sentence does.
    `visit` counts how often the edge has come, from 1, and `alone` says whether all that has come to the parent so far is from
    this node. `moves` is the new data of the parent if that takes its step of descent, None if it does not.
    """

    __slots__ = (
        "__weakref__",
        "adjoint",
        "after",
        "alone",
        "before",
        "index",
        "moves",
        "node",
        "parent",
        "partial",
        "right",
        "run",
        "slot",
        "visit",
    )

    def __init__(self, run: MistakenSteps, index: int, watched: _Watched) -> None:
        super().__init__()
        step, self.right, self.visit, self.alone = watched
        self.run, self.index, self.parent = run, index, step.parent
        self.node, self.slot, self.adjoint, self.partial, self.before, self.after, self.moves = step

    @property
    def same_edge(self) -> Step:
        """The step of the right sweep that this one should be."""
        return Step(self.run.sweep, self.run._places[self.node, self.slot] + 1)

    def moved(self, leaf: Value) -> float | None:
        """Returns the new data of a leaf that has taken its step of descent before this step; None for any other value."""
        index, data = self.run.moves.get(leaf, (self.index, None))
        return data if index < self.index else None

    @property
    def contribution(self) -> float:
        """The number that this step adds, or puts in the place of what was there."""
        return self.adjoint * self.partial

    @property
    def is_wrong(self) -> bool:
        """Whether the parent's grad after this step differs from the right one by more than rounding."""
        return self.run.differ(self.after, self.right)


class MistakenSteps(Moves[MistakenStep]):
    """A backward pass with a mistake in it, edge by edge, and a cursor in it. No grad is changed.

    Position 0 is the first edge, whose sentence has the number 1; before the first step the cursor is at -1. `step(n)`,
    `back(n)`, `run()`, `run_to(value)`, `goto(i)` and `reset()` move it and return the step it is at. The names are taken in
    any case, with - or _ for blanks, and by a beginning that only one of them has:

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

    `wrong` and `right` are the final gradients by value; `parts_at` is the number of the first step at which the two sweeps
    differ, as its sentence has it, so that `goto(parts_at - 1)` goes there, and None if the mistake does not matter on this
    graph. `visits` counts how often each node passes its grad on, and `in_full` the steps of the whole sweep: a recursion that
    would take more than 1,000 is cut off. `moves` has for each leaf that takes a step of descent the step of the
    sweep at which it does, and its new data. It prints as a report.

    Raises ValueError for an unknown mistake and a rate that is not above 0, TypeError for a rate that it has no use for.
    """

    _first = "edge"
    _printed = "print report"

    def __init__(self, root: Value, mistake: str, rate: float | None = None, notation: str | None = None) -> None:
        self.mistake = meant(mistake)
        self.variation, self._rate = mistake_named(self.mistake, rate), rate
        self.sweep = Sweep(root, (), 1.0, notation)
        self.right = {node: self.sweep.adjoints[node] for node in self.sweep.tape if not node.constant}
        self.visits = visits_of(self.sweep, self.variation)
        ends = ((node, sum(not parent.constant for parent in node.parents)) for node in self.visits)
        self.in_full = min(sum(self.visits[node] * edges for node, edges in ends), COUNTLESS)
        self._places = {edge: i for i, edge in enumerate(self.sweep.edges)}
        self._grads = beginning(self.sweep, self.variation)
        self.moves: dict[Value, tuple[int, float]] = {}
        self._steps = WeakValueDictionary[int, MistakenStep]()  # those in use, which hold this
        self._brought = [*_watched(self.sweep, self.variation, self._grads)]
        for index, (step, *_) in enumerate(self._brought, 1):
            if step.moves is not None:
                self.moves[step.parent] = index, step.moves
        self._position = -1  # before the first edge

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
    def unknown(self) -> Value | None:
        """A node of another engine whose local derivatives are not known, None if there is none."""
        return next((node for node in self.sweep.tape if any(isinstance(x, NotKnown) for x in node.partials)), None)

    @property
    def is_cut(self) -> bool:
        """Whether there would be more steps than were taken."""
        return self.in_full > len(self)

    @cached_property
    def parts_at(self) -> int | None:
        """The number of the first step after which a gradient is wrong, from 1; None if every gradient is right."""
        return next((step.index for step in map(self._step, range(len(self))) if step.is_wrong), None)

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
        return _largest(self.right.values())

    def differ(self, one: float, other: float) -> bool:
        """Returns whether two gradients differ by more than rounding: another order of adding changes the last digits."""
        return differ(one, other, self.largest)

    def _step(self, position: int) -> MistakenStep:
        step = self._steps.get(position)
        if step is None:
            step = self._steps[position] = MistakenStep(self, position + 1, self._brought[position])
        return step

    @property
    def position(self) -> int:
        """The index of the step where the cursor stands; -1 before the first edge."""
        return self._position

    @property
    def root(self) -> Value:
        """The value that the sweep goes back from."""
        return self.sweep.root

    @overload
    def __getitem__(self, index: int) -> MistakenStep: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[MistakenStep]: ...
    @short_traceback
    def __getitem__(self, index: Any) -> Any:
        return self._some(index, self._step)

    def __len__(self) -> int:
        return len(self._brought)

    @short_traceback
    def run_to(self, value: Value | str) -> MistakenStep:
        """Goes to the last step that changes the gradient of a value, given itself or by its name, and returns it.

        Raises ValueError if none does.
        """
        value = value_of(value, self.sweep.names)
        places = [i for i, (step, *_) in enumerate(self._brought) if step.parent is value]
        if not places:
            raise ValueError(f"no step of this backward pass changes the gradient of {name_of(value)}")
        return self.goto(places[-1])

    def _options(self) -> Sequence[str]:
        notation = [f'notation="{self.sweep.notation}"'] * (self.sweep.notation is not None)
        return [f'mistake="{self.mistake}"', *[f"rate={self._rate!r}"] * (self._rate is not None), *notation]

    def _run_to(self) -> str:
        return f'run_to("{self.sweep.names[self._brought[-1].step.parent]}")' if self._brought else ""

    def _go(self, position: int) -> None:
        self._position = position

    def _heading(self) -> str:
        texts = {"mistake": self.mistake, "root": self.sweep.names[self.root], "number": self.position + 1, "count": len(self)}
        return section("stepping")["mistaken steps"].format_map(texts)

    def __str__(self) -> str:
        return fitted(printable(say(self)))

    def __repr__(self) -> str:
        return super().__repr__() if self.position >= 0 else str(self)


class _Watched(NamedTuple):
    step: Passed
    right: float  # what the parent's grad would be, had each edge so far brought once what it should
    visit: int
    alone: bool  # whether all that has come to the parent is from this node


def _watched(sweep: Sweep, variation: Variation, grads: dict[Value, float]) -> Iterator[_Watched]:
    """Yields the edges of a varied sweep beside what the right one brings along them; too many of them are cut off."""
    come: Counter[Edge] = Counter()
    right: dict[Value, float] = {}
    sources: dict[Value, Value | None] = {}  # None once there are several
    for step in islice(passed(sweep, variation, grads), max(MOST, len(sweep.edges))):
        edge, parent = (step.node, step.slot), step.parent
        come[edge] += 1
        if come[edge] == 1:
            right[parent] = right.get(parent, 0.0) + sweep.adjoints[step.node] * step.node.partials[step.slot]
        if sources.setdefault(parent, step.node) is not step.node:
            sources[parent] = None
        yield _Watched(step, right[parent], come[edge], sources[parent] is not None)


def does_harm(sweep: Sweep, variation: Variation) -> bool:
    """Returns whether a variation makes a gradient of a graph wrong; it stops at the first."""
    largest = _largest(sweep.adjoints[node] for node in sweep.tape if not node.constant)
    watched = _watched(sweep, variation, beginning(sweep, variation))
    return any(differ(one.step.after, one.right, largest) for one in watched)


def _largest(gradients: Iterable[float]) -> float:
    return max(map(abs, gradients), default=0.0)


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
    counted = path_counts(reversed(sweep.tape.nodes), sweep.root, lambda node: node.parents, COUNTLESS)
    return {node: count for node, count in counted if node.parents}
