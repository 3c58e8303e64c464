"""Where softmax and cross-entropy are one node: its local derivative is p, and what makes it p - y comes by another edge.

>>> from chalkgrad.engine import Value, logsumexp
>>> z1, z2 = Value(1.0, "z1"), Value(2.0, "z2")
>>> v = logsumexp([z1, z2])
>>> L = v - z1                                            # -log softmax(z)_1
>>> consumers = consumers_of([z1, z2, v, L])
>>> with_class("exp(z1 - v) = 0.2689", v, 0, lambda: consumers)
'exp(z1 - v) = 0.2689, which is p; with the -1 of the class: p - y'
>>> with_class("exp(z2 - v) = 0.7311", v, 1, lambda: consumers)
'exp(z2 - v) = 0.7311, which is p; y is 0 here: p - y'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from chalkgrad.engine.value import Value
from chalkgrad.engine.words.printer import TEMPLATES

FUSED = ("logsumexp", "softplus")  # the operations that such losses end in
_LINEAR = ("add", "total", "div", "mul", "affine")  # what a loss goes through on its way to the root
_OF_CLASS = ("p of the class", "1 - p of the class")


class Consumers(dict[Value, list[Value]]):
    """Who uses each value, among the nodes of a tape; and what that says of losses, which is found out once."""

    def __init__(self, nodes: Iterable[Value]) -> None:
        super().__init__()
        self._nodes = list(nodes)
        self._targets: dict[Value, Mapping[Value, float] | None] = {}
        for node in self._nodes:
            for parent in node.parents:
                self.setdefault(parent, []).append(node)

    @cached_property
    def losses(self) -> set[Value]:
        """The nodes that are a root, or go through nothing but sums and constant factors on their way to the roots."""
        found: set[Value] = set()
        for node in reversed(self._nodes):  # all that use a node come before it
            if all(use in found and _is_linear(use) for use in self.get(node, ())):
                found.add(node)
        return found

    def targets(self, node: Value) -> Mapping[Value, float] | None:
        """Returns the y of each score, where some of them is subtracted from their logsumexp; None where nothing is."""
        if node not in self._targets:
            self._targets[node] = _subtracted(node, self.get(node, ()))
        return self._targets[node]


def consumers_of(nodes: Iterable[Value]) -> Consumers:
    """Returns who uses each value, among these nodes, of which parents come first."""
    return Consumers(nodes)


def with_class(reason: str, node: Value, slot: int, consumers: Callable[[], Consumers]) -> str:
    """Returns the reason of a local derivative; in a fused loss, with what it is there and what is still to come.

    Who uses what is asked for where it matters alone: of a large graph it takes a while.
    """
    kind = fused_kind(node, slot, consumers()) if node.op is not None and node.op.name in FUSED else ""
    return TEMPLATES[kind].format(reason=reason) if kind else reason


def fused_kind(node: Value, slot: int, consumers: Consumers) -> str:
    """Returns the template for an edge of a fused loss; "" for all others.

    There are two: log Σ exp(z) - z_c, or minus the z weighted by a target, and softplus(-s), which is -log σ(s).
    """
    name = "" if node.op is None else node.op.name
    if name == "logsumexp":
        targets = consumers.targets(node)
        y = None if targets is None else targets.get(node.parents[slot], 0.0)
        return "" if y is None else {1.0: "p of the class", 0.0: "p of another class"}.get(y, "p beside a target")
    if name == "softplus" and (inner := node.parents[0]).op is not None and inner.op.name == "neg":
        return "1 - p of the class" if node in consumers.losses else ""
    return ""


def fused_lines(nodes: Iterable[Value], consumers: Consumers) -> Iterator[tuple[Value, int]]:
    """Yields the edges of fused losses at which the class is: of each such node the first, by node and slot."""
    for node in nodes:
        if node.op is not None and node.op.name in FUSED:
            slots = range(len(node.parents))
            yield from [(node, slot) for slot in slots if fused_kind(node, slot, consumers) in _OF_CLASS][:1]


def _subtracted(node: Value, uses: Iterable[Value]) -> dict[Value, float] | None:
    """Returns how often each score is subtracted from their logsumexp; None if that is not subtracted from."""
    scores = {*node.parents}
    for use in uses:
        if use.op is not None and use.op.name == "sub" and len(use.parents) == 2 and use.parents[0] is node:
            other = use.parents[1]
            if other in scores:
                return {other: 1.0}
            if other.op is not None and other.op.name == "affine" and scores.issuperset(other.parents):
                found: dict[Value, float] = {}
                for parent, y in zip(other.parents, other.partials, strict=True):
                    found[parent] = found.get(parent, 0.0) + y
                return found
    return None


def _is_linear(node: Value) -> bool:
    """Whether a node adds, or multiplies by constants."""
    if node.op is None or node.op.name not in _LINEAR:
        return False
    return node.op.name not in ("mul", "div") or len(node.parents) == 1
