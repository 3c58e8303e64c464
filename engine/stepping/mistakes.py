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
from typing import Any, overload

from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.stepping.steps import Step, Sweep
from chalkgrad.engine.value import Value

# Each mistake, and the smallest graph on which it does harm.
MISTAKES = {
    "overwrite": "b = a + a",
    "order": "b = 2*a; c = 3*b; L = b + c",
    "no zero_grad": "b = 2*a",
}


class MistakenStep:
    """One edge of a sweep done wrong, as data; `str(step)` is its sentence.

    `adjoint` is the node's grad at this step, right or wrong; `right` is the parent's grad after the same step of a sweep
    without the mistake.
    """

    __slots__ = ("adjoint", "after", "before", "index", "node", "parent", "partial", "right", "run", "slot")

    def __init__(
        self, run: MistakenSteps, index: int, edge: tuple[Value, int], adjoint: float, before: float, after: float, right: float
    ) -> None:
        self.run, self.index = run, index
        self.node, self.slot = edge
        self.parent, self.partial = self.node.parents[self.slot], self.node.partials[self.slot]
        self.adjoint, self.before, self.after, self.right = adjoint, before, after, right

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

    def __init__(self, root: Value, mistake: str) -> None:
        if mistake not in MISTAKES:
            raise ValueError(f"there is no mistake {mistake!r} to make: choose one of {', '.join(map(repr, MISTAKES))}")
        self.mistake = mistake
        self.sweep = Sweep(root)
        self.right = {node: self.sweep.adjoints[node] for node in self.sweep.tape if not node.constant}
        self.wrong: dict[Value, float] = {root: 1.0}
        if mistake == "no zero_grad":
            self.wrong |= {node: grad for node, grad in self.right.items() if not node.parents}
        self._steps: list[MistakenStep] = []
        self._run()

    @cached_property
    def parts_at(self) -> int | None:
        """The index of the first step after which a gradient is wrong; None if every gradient is right."""
        return next((step.index for step in self._steps if step.after != step.right), None)

    def _run(self) -> None:
        for index, (node, slot) in enumerate(self._edges(), 1):
            parent, partial = node.parents[slot], node.partials[slot]
            adjoint, before = self.wrong[node], self.wrong.get(parent, 0.0)
            start = 0.0 if self.mistake == "overwrite" else before
            self.wrong[parent] = after = start + adjoint * partial
            right = self._right_by_now(parent, node, slot)
            self._steps.append(MistakenStep(self, index, (node, slot), adjoint, before, after, right))

    def _right_by_now(self, parent: Value, node: Value, slot: int) -> float:
        """The parent's grad without the mistake, after the contributions of this edge and those before it."""
        if self.mistake != "order":
            position = self._position[node, slot]
            return self.sweep.before[position] + self.sweep.contribution(position)
        arrived = self._arrived.setdefault(parent, [])
        arrived.append(self.sweep.adjoints[node] * node.partials[slot])
        total = 0.0
        for contribution in arrived:
            total += contribution
        return total

    def _edges(self) -> Iterator[tuple[Value, int]]:
        self._position = {edge: i for i, edge in enumerate(self.sweep.edges)}
        self._arrived: dict[Value, list[float]] = {}
        if self.mistake != "order":
            yield from self.sweep.edges
            return
        carrying = set(self._position)
        met = [self.sweep.root]
        seen = set(met)
        for node in met:  # the list grows during the loop
            for slot, parent in enumerate(node.parents):
                if (node, slot) in carrying:
                    yield node, slot
                    if parent not in seen:
                        seen.add(parent)
                        met.append(parent)

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
