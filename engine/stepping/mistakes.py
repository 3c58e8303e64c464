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
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, overload

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

RATE = 0.1  # of the step of descent in "update at once"

MISTAKES: dict[str, Variation] = {
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
MOST = 1000  # steps of a recursion, which may take exponentially many


class MistakenStep:
    """One edge of a sweep done wrong, as data; `str(step)` is its sentence.

    `adjoint` is the node's grad at this step, right or wrong; `right` is the parent's grad after the same step of a sweep
    without the mistake.
    """

    __slots__ = ("adjoint", "after", "before", "index", "node", "parent", "partial", "right", "run", "slot")

    def __init__(self, run: MistakenSteps, index: int, step: Passed, right: float) -> None:
        self.run, self.index, self.parent, self.right = run, index, step.parent, right
        self.node, self.slot, self.adjoint, self.partial, self.before, self.after = step

    @property
    def same_edge(self) -> Step:
        """The step of the right sweep that this one should be."""
        return Step(self.run.sweep, self.run._position[self.node, self.slot] + 1)

    def __str__(self) -> str:
        return printable(say(self))

    def __repr__(self) -> str:
        return str(self)


class MistakenSteps(Sequence[MistakenStep]):
    """A reverse sweep with a mistake in it, edge by edge. No grad is changed.

    * `"overwrite"`: = for +=, so that of several contributions only the last is kept;
    * `"order"`: without topological order: nodes take their turn breadth first from the root, so that one may pass on its
      adjoint before it is complete;
    * `"no zero_grad"`: a second sweep that starts from the leaves' gradients of the first.

    `wrong` and `right` are the final gradients by value; `parts_at` is the index of the first step at which the two sweeps
    differ, None if the mistake does not matter on this graph. It prints as a report.

    Raises ValueError for an unknown mistake.
    """

    def __init__(self, root: Value, mistake: str, rate: float = RATE) -> None:
        if mistake not in MISTAKES:
            raise ValueError(f"there is no mistake {mistake!r} to make: choose one of {', '.join(map(repr, MISTAKES))}")
        self.mistake = mistake
        self.variation = MISTAKES[mistake]
        if self.variation.rate:
            self.variation = self.variation._replace(rate=rate)
        self.sweep = Sweep(root)
        self.right = {node: self.sweep.adjoints[node] for node in self.sweep.tape if not node.constant}
        self.wrong: dict[Value, float] = beginning(self.sweep, self.variation)
        self._position = {edge: i for i, edge in enumerate(self.sweep.edges)}
        self._steps = [*self._run()]

    @cached_property
    def parts_at(self) -> int | None:
        """The index of the first step after which a gradient is wrong; None if every gradient is right."""
        return next((step.index for step in self._steps if step.after != step.right), None)

    def _run(self) -> Iterator[MistakenStep]:
        come: set[Edge] = set()
        right: dict[Value, float] = {}  # the contributions so far of a sweep without the mistake
        for index, step in enumerate(islice(passed(self.sweep, self.variation, self.wrong), MOST), 1):
            edge, parent = (step.node, step.slot), step.parent
            if edge not in come:
                come.add(edge)
                right[parent] = right.get(parent, 0.0) + self.sweep.contribution(self._position[edge])
            yield MistakenStep(self, index, step, right[parent])

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
