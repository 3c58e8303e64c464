"""The graph between two values: its edges or units as links, the paths along them, and how many there are.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.engine.sweep import order
>>> x = Value(3.0, "x")
>>> y = x * x
>>> links = Edges(order([y]), x)
>>> [[link.partial for link in path] for path in paths_between(links, y, x)], links.derivative(y)
([[3.0], [3.0]], 6.0)
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine.stepping.along import adjoints_along, path_counts
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.names import Names, names_of


class Link(NamedTuple):
    """One factor of the chain rule: the derivative `partial` of `node` by `parent`.

    By node it is an edge, `node.parents[slot]` being `parent`; by unit, `slot` counts the inputs of the unit that lie on
    the way.
    """

    node: Value
    slot: int
    parent: Value
    partial: float


Path = tuple[Link, ...]
Links = Mapping[Value, list[Link]]  # for every node between y and x, parents before consumers, its links on towards x


class Edges(Mapping[Value, list[Link]]):
    """The edges between the last of the nodes and x, with the local derivatives as they are when this is made.

    A constant is not on the way to anything. Links are made when asked for, because there may be millions.
    """

    def __init__(self, nodes: Sequence[Value], x: Value) -> None:
        self._partials: list[float] = []  # of all edges, node after node
        self._starts: dict[Value, int] = {} if x.constant else {x: 0}  # where in them those of a node are
        starts, partials = self._starts, self._partials
        for node in nodes:
            if node is x or node._x is None:
                continue
            if node._y is None and node._x.__class__ is not tuple:
                if node._x in starts:
                    starts[node] = len(partials)
                    partials.append(node._dx)  # type: ignore[arg-type] # a float, as there is one parent
                continue
            here = [d for parent, d in zip(node.parents, node.partials, strict=True) if parent in starts]
            if here:
                starts[node] = len(partials)
                partials += here
        if nodes[-1] not in starts:
            starts.clear()
        self._x = x

    def __getitem__(self, node: Value) -> list[Link]:
        start = self._starts[node]
        if node is self._x:
            return []
        if node._y is None and node._x.__class__ is not tuple:
            return [Link(node, 0, node._x, self._partials[start])]  # type: ignore[arg-type] # a Value, as it is not a tuple
        here = ((slot, parent) for slot, parent in enumerate(node.parents) if parent in self._starts)
        return [Link(node, slot, parent, self._partials[start + i]) for i, (slot, parent) in enumerate(here)]

    def __contains__(self, node: object) -> bool:
        return node in self._starts

    def __iter__(self) -> Iterator[Value]:
        return iter(self._starts)

    def __reversed__(self) -> Iterator[Value]:
        return reversed(self._starts)

    def __len__(self) -> int:
        return len(self._starts)

    def derivative(self, y: Value, adjoints: dict[Value, float] | None = None) -> float:
        """Returns ∂y/∂x by the reverse sweep, which leaves every grad as it is; `adjoints` takes those of all nodes."""
        sums, partials, adjoint = {y: 1.0}, self._partials, 0.0
        for node, start in reversed(self._starts.items()):
            adjoint = sums.pop(node, 0.0)
            if adjoints is not None:
                adjoints[node] = adjoint
            if node is self._x:
                return adjoint
            if node._y is None and node._x.__class__ is not tuple:
                only: Any = node._x
                sums[only] = sums.get(only, 0.0) + adjoint * partials[start]
                continue
            for i, parent in enumerate((parent for parent in node.parents if parent in self._starts), start):
                sums[parent] = sums.get(parent, 0.0) + adjoint * partials[i]
        return adjoint


def by_unit(links: Links, y: Value, x: Value, cut: bool = False) -> Links:
    """Returns the links between units: what a unit does inside is summed up in one factor for each of its inputs.

    A place's nodes are one function of what comes from outside; its outputs are the nodes that others use. With `cut`, an
    output that the unit uses further itself is an input to that part of it.
    """

    def inside(node: Value, place: str) -> bool:
        return bool(place) and node.place == place and node is not x and node._x is not None

    shown = {y, x}
    for node, here in links.items():
        shown.update(link.parent for link in here if not inside(link.parent, node.place))
    position = {node: i for i, node in enumerate(links)}
    result: dict[Value, list[Link]] = {}
    for output in links:
        if output not in shown:
            continue
        if not inside(output, output.place):
            result[output] = links[output]
            continue
        adjoints, inputs = {output: 1.0}, dict[Value, float]()
        waiting = [-position[output]]
        nodes = {-position[output]: output}
        while waiting:  # the reverse sweep inside the unit, consumers first
            node = nodes[heapq.heappop(waiting)]
            for link in links[node]:
                parent, carried = link.parent, adjoints[node] * link.partial
                if inside(parent, output.place) and not (cut and parent in shown):
                    if parent not in adjoints:
                        nodes[-position[parent]] = parent
                        heapq.heappush(waiting, -position[parent])
                    adjoints[parent] = adjoints.get(parent, 0.0) + carried
                else:
                    inputs[parent] = inputs.get(parent, 0.0) + carried
        ordered = sorted(inputs, key=position.__getitem__)
        result[output] = [Link(output, slot, parent, inputs[parent]) for slot, parent in enumerate(ordered)]
    return result


def adjoints_between(links: Links, y: Value) -> dict[Value, float]:
    """Returns the adjoints ∂y/∂v of the nodes between: the reverse sweep, which leaves every grad as it is."""
    pairs = {node: [(link.parent, link.partial) for link in here] for node, here in links.items()}
    return dict.fromkeys(links, 0.0) | adjoints_along(pairs, {y: 1.0})


_TAKEN: Iterator[Any] = iter(())


def paths_between(links: Links, y: Value, x: Value) -> Iterator[Path]:
    """Yields every path from y to x, in the order of the arguments; each is found in the time it is long."""
    if y is x:
        yield ()
        return
    path: list[Link] = []
    waiting: list[Iterator[Link] | Link] = [iter(links[y])]
    while waiting:
        last = waiting[-1]
        if isinstance(last, Link):  # the only one of its node
            link, waiting[-1] = last, _TAKEN
        else:
            link = next(last, None)  # type: ignore[assignment] # which is looked at next
        if link is None:
            waiting.pop()
            del path[-1:]
        elif link.parent is x:
            yield (*path, link)
        else:
            path.append(link)
            here = links[link.parent]
            waiting.append(here[0] if len(here) == 1 else iter(here))


def count_paths(links: Links, nodes: Iterable[Value], y: Value, x: Value) -> int:
    """Returns how many paths lead from y to x; `nodes` are those between, consumers first, and x after them."""
    counted = path_counts(nodes, y, lambda node: (link.parent for link in links[node]))
    return next((count for node, count in counted if node is x), 0)


def names_with(nodes: Sequence[Value], x: Value) -> Names:
    """Returns names for the nodes, and for x, which need not be one of them."""
    return names_of(nodes if any(node is x for node in nodes) else [*nodes, x])


def unit_functions(links: Links, names: Names) -> dict[Value, str]:
    """Returns the units that have a name of their own, by the nodes that are their only outputs."""
    outputs: dict[str, list[Value]] = {}
    for node in links:
        if node.op is not None and node.place:
            outputs.setdefault(node.place, []).append(node)
    last = [place.rpartition(".")[2] for place in outputs]
    functions: dict[Value, str] = {}
    taken = names.values()
    for place, name in zip(outputs, last, strict=True):
        function = name if last.count(name) == 1 else place
        if len(outputs[place]) == 1 and function not in taken:
            functions[outputs[place][0]] = function
    return functions
