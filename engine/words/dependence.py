"""Who depends on whom among the nodes of a tape: what is held where a local derivative is not the whole of it.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> u = x**2
>>> z = u * x
>>> among = Dependence([x, u, z])
>>> among.held(z, 1) == [u], among.held(z, 0)         # of ∂z/∂x = u: u depends on x, too; of ∂z/∂u = x: x does not on u
(True, [])
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Any

from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value

MOST = 2_000  # nodes that one search visits; what it cannot tell then is held, which is never wrong


class Dependence:
    """What the given values, and all that they are computed from, depend on. Nothing is found out before it is asked for."""

    def __init__(self, nodes: Iterable[Value]) -> None:
        self._roots = tuple(nodes)
        self._computed: dict[Value, list[Value]] = {}

    @cached_property
    def _nodes(self) -> list[Value]:
        return order(self._roots)

    def held(self, node: Value, slot: int) -> list[Value]:
        """Returns the other arguments of a node through which the parent in this slot comes, too; none if this is its only way.

        Of very large graphs those are among them of which that would take too long to find out.
        """
        if node._y is None and node._x.__class__ is not tuple:
            return []  # a single argument
        if self._uses[node.parents[slot]] == 1:
            return []  # by this node
        parents = node.parents
        return self.depending(self._computed_among(node, parents), parents[slot])

    def _computed_among(self, node: Value, parents: tuple[Value, ...]) -> list[Value]:
        if len(parents) < 3:
            return [parent for parent in parents if parent._x is not None]
        if node not in self._computed:  # the arguments of a long sum are gone through once
            self._computed[node] = [parent for parent in dict.fromkeys(parents) if parent._x is not None]
        return self._computed[node]

    def depending(self, values: Iterable[Value], on: Value) -> list[Value]:
        """Returns those of the values, not itself, that depend on a value."""
        found, dead = [], set[Value]()
        for value in values:
            if value is not on and (on in value.parents or (self._uses[on] > 1 and self._depends(value, on, dead))):
                found.append(value)
        return found

    def _depends(self, value: Value, on: Value, dead: set[Value]) -> bool:
        """Whether there is a way, among the nodes that stand between the two in both orders; `dead` have none."""
        first, second = self._places
        here, there = first.get(on, 0), second.get(on, 0)
        seen, waiting = {value}, [value]
        while waiting:
            node = waiting.pop()
            if first[node] < here or second[node] < there or node in dead:
                continue
            parents = node.parents
            if on in parents or len(seen) > MOST:
                return True
            for parent in parents:
                if parent._x is not None and parent not in seen:
                    seen.add(parent)
                    waiting.append(parent)
        dead |= seen
        return False

    @cached_property
    def _uses(self) -> Counter[Value]:
        """How many edges lead to each value."""
        return Counter(chain.from_iterable(node.parents for node in self._nodes if node._x is not None))

    @cached_property
    def _places(self) -> tuple[dict[Value, int], dict[Value, int]]:
        """The places in two orders, arguments from left to right and from right to left: parents come first in both."""
        done: list[Value] = []
        seen: set[Value] = set()
        waiting: list[Any] = [*self._nodes]
        while waiting:
            node = waiting.pop()
            if node is None:
                done.append(waiting.pop())
            elif node not in seen:
                seen.add(node)
                waiting += [node, None, *node.parents]
        return {node: i for i, node in enumerate(self._nodes)}, {node: i for i, node in enumerate(done)}

    @cached_property
    def _applied(self) -> Counter[tuple[str, Value]]:
        """How many nodes an operation of one's own gives, by its name and an argument."""
        own = [node for node in self._nodes if is_own(node)]
        return Counter((node.op.name, parent) for node in own for parent in {*node.parents} if node.op is not None)

    def is_only(self, node: Value, parent: Value) -> bool:
        """Returns whether an operation of one's own takes this argument in no other node: ∂h/∂x is one number then."""
        return node.op is not None and self._applied[node.op.name, parent] < 2

    @cached_property
    def units(self) -> dict[str, str]:
        """The names of the units that are a single node, by their places."""
        places = Counter(node.place for node in self._nodes if node.place and node._x is not None)
        last = Counter(place.rpartition(".")[2] for place in places)
        short = {place: place.rpartition(".")[2] for place, count in places.items() if count == 1}
        return {place: name if last[name] == 1 else place for place, name in short.items()}


def is_own(node: Value) -> bool:
    """Returns whether a node is the result of an operation of one's own, such as h5, which the table does not have."""
    rule = node.op
    return type(rule) is Rule and RULES.get(rule.name) is not rule and rule.name[:1].isalpha()
