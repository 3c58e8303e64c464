"""Whose the grads of a tape are: what of each is the adjoint of the tape's root, and what it holds beyond that.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> y, z = 2 * x, 5 * x
>>> y.backward()
>>> z.backward()
>>> Grads([x, z], [z]).held[x][:2]                   # the adjoint, and what was there before
(5.0, 2.0)
>>> Grads([x, y], [y]).held[x].adjoint is None       # the last sweep that x.grad is of was that of z
True

Every sweep leaves its number on the nodes that it goes through, negative on its root, see sweep.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from math import isnan
from typing import Any, NamedTuple

from chalkgrad.engine.basics.stale import stale_nodes
from chalkgrad.engine.sweep import adjoints, before_in, begun, order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.names import of_upstream, root_of_sweep


class Held(NamedTuple):
    """What a grad holds, seen from the root of a tape.

    Attributes:
        adjoint: what the root's sweep has put there, or what was set by hand; None if another root's sweep was there last
        before: what was there before that sweep, and is a part of grad; 0.0 if nothing was
        by_hand: whether grad was assigned
        sweep: the number of the other root's sweep, None if there was none
        root: whose adjoint it is, if the tape has several roots
        seed: that of its sweep: 1, or the gradient from upstream
    """

    adjoint: float | None
    before: float = 0.0
    by_hand: bool = False
    sweep: int | None = None
    root: Value | None = None
    seed: float = 1.0

    def whose(self, names: Mapping[Value, str]) -> str:
        """Returns the name of what the adjoint is a derivative of, if that is to be told; else ""."""
        return "" if self.root is None else of_upstream(names, self.root, self.seed)


_TOLD = 1e10  # times what has been added; of 16 digits 6 are left


def of_other_root(node: Value, held: Held, names: Mapping[Value, str]) -> tuple[float, str] | None:
    """Returns what another root's sweep has added to a grad, and the root's name among the caller's variables.

    None if it has none there, and where rounding has left too little of what was added. `names` are those shown beside it.
    """
    root = root_of_sweep(held.sweep, names) if held.sweep is not None else ""
    added = (node._grad or 0.0) - held.before
    return (added, root) if root and (not held.before or abs(held.before) <= _TOLD * abs(added)) else None


def come(adjoint: float, contributions: Sequence[float]) -> int:
    """Returns how many of the contributions add up to an adjoint, all if all of them do; 0 if no number of them does."""
    total, first = None, 0
    for count, total in enumerate(accumulate(contributions), 1):
        if total == adjoint and not first:
            first = count
    return len(contributions) if contributions and (total == adjoint or isnan(adjoint)) else first


class Grads:
    """The grads of a tape at this moment, and what its edges have carried to make them."""

    def __init__(self, nodes: Sequence[Value], roots: Sequence[Value]) -> None:
        self.nodes, self.several = nodes, len(roots) > 1
        # The roots whose own sweep was the last that went through them, by its number.
        self.roots = {-root._swept: root for root in roots if root._grad is not None and root._swept < 0}
        self.under_way = not begun.isdisjoint(self.roots)

    @cached_property
    def held(self) -> dict[Value, Held]:
        """What the grad of each node holds; nodes whose grad is not computed are left out."""
        return {node: held for node in self.nodes if (held := self.held_by(node)) is not None}

    def held_by(self, node: Value) -> Held | None:
        """Returns what the grad of a node holds, None if it is not computed."""
        if node._grad is None:
            return None
        number, before = abs(node._swept), before_in(node)
        if number not in self.roots:
            return Held(None, before, sweep=number) if number else Held(node._grad, by_hand=True)
        again = self._again.get(number, {}) if before else {}  # the difference of grad and before would be rounded
        root = self.roots[number]
        return Held(again.get(node, node._grad - before), before, root=root if self.several else None, seed=self.seed(root))

    def of_one_sweep(self) -> bool:
        """Returns whether every grad is what one whole sweep from the only root has put there, and nothing has changed since.

        It is found out by another sweep, which keeps no more than the sums that are not complete.
        """
        number, root = next(iter(self.roots.items()), (0, None))
        if self.several or root is None or self.under_way:
            return False
        sums: dict[Any, float] = {root: self.seed(root)}
        node: Any  # whose slots go together, which mypy cannot know
        for node in reversed(self.nodes):
            adjoint = sums.pop(node, 0.0)
            if node._x is None and node.constant:
                if node._grad is not None:
                    return False
                continue
            if node._grad != adjoint or abs(node._swept) != number or before_in(node):
                return False
            if node._y is not None:
                x, y = node._x, node._y
                sums[x] = sums.get(x, 0.0) + adjoint * node._dx
                sums[y] = sums.get(y, 0.0) + adjoint * node._dy
            elif node._x is not None:
                only = node._x.__class__ is not tuple
                links = ((node._x, node._dx),) if only else zip(node._x, node._dx, strict=True)
                for parent, partial in links:
                    sums[parent] = sums.get(parent, 0.0) + adjoint * partial
        return True

    @cached_property
    def _again(self) -> Mapping[int, Mapping[Value, float]]:
        """The adjoints of the roots' sweeps, run once more; none where forward() has renewed a part of the tape since."""
        if stale_nodes(self.nodes):
            return {}
        return {number: adjoints(order([root]), root, self.seed(root)) for number, root in self.roots.items()}

    def seed(self, root: Value) -> float:
        """Returns what a root's sweep has put on it: 1, or the gradient from upstream."""
        return (root._grad or 0.0) - before_in(root)

    def carried(self, node: Value, slot: int) -> float | None:
        """Returns what an edge has carried to the grad of a parent, None if it has not, or if that is of another root's sweep.

        Where a sweep is under way it is what the edge carries sooner or later.
        """
        parent = node.parents[slot]
        to, here = self.held_by(parent), self.held_by(node)
        if to is None or to.adjoint is None or parent.constant:
            return None
        adjoint = None if here is None else here.adjoint
        number = abs(parent._swept)
        if not to.by_hand and (here is None or here.by_hand or abs(node._swept) != number):
            # It is the sweep's, although something else has changed it since; of a sweep under way it is not known.
            adjoint = None if number in begun else self._again.get(number, {}).get(node)
        return None if adjoint is None else adjoint * node.partials[slot]
