"""Where softmax and cross-entropy are one node: its local derivative is p, and what makes it p - y comes by another edge.

>>> from chalkgrad.engine import Value, logsumexp
>>> z1, z2 = Value(1.0, "z1"), Value(2.0, "z2")
>>> v = logsumexp([z1, z2])
>>> L = v - z1                                            # -log softmax(z)_1
>>> with_class("exp(z1 - v) = 0.2689", v, 0, lambda: {v: [L]})
'exp(z1 - v) = 0.2689, which is p; with the -1 of the class: p - y'
>>> with_class("exp(z2 - v) = 0.7311", v, 1, lambda: {v: [L]})
'exp(z2 - v) = 0.7311, which is p; y is 0 here: p - y'
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from chalkgrad.engine.value import Value
from chalkgrad.engine.words.printer import TEMPLATES

Consumers = Mapping[Value, Sequence[Value]]  # who uses a value, for as many as are asked for

FUSED = ("logsumexp", "softplus")  # the operations that such losses end in
_LINEAR = ("add", "total", "div", "mul", "affine")  # what a loss goes through on its way to the root


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
        y = _target(node, node.parents[slot], consumers)
        return "" if y is None else {1.0: "p of the class", 0.0: "p of another class"}.get(y, "p beside a target")
    if name == "softplus" and (inner := node.parents[0]).op is not None and inner.op.name == "neg":
        return "1 - p of the class" if _is_loss(node, consumers) else ""
    return ""


def fused_lines(nodes: Iterable[Value], consumers: Consumers) -> list[tuple[Value, int]]:
    """Returns the edges of fused losses at which the class is: of each such node the first, by node and slot."""
    found: list[tuple[Value, int]] = []
    for node in nodes:
        if node.op is not None and node.op.name in FUSED:
            kinds = [fused_kind(node, slot, consumers) for slot in range(len(node.parents))]
            found += [(node, slot) for slot, kind in enumerate(kinds) if kind in ("p of the class", "1 - p of the class")][:1]
    return found


def consumers_of(nodes: Iterable[Value]) -> dict[Value, list[Value]]:
    """Returns who uses each value, among these nodes."""
    consumers: dict[Value, list[Value]] = {}
    for node in nodes:
        for parent in node.parents:
            consumers.setdefault(parent, []).append(node)
    return consumers


def _target(node: Value, z: Value, consumers: Consumers) -> float | None:
    """Returns the y of z, where something of the scores is subtracted from their logsumexp; None where nothing is."""
    for use in consumers.get(node, ()):
        if use.op is not None and use.op.name == "sub" and len(use.parents) == 2 and use.parents[0] is node:
            other = use.parents[1]
            if other in node.parents:
                return float(z is other)
            if other.op is not None and other.op.name == "affine" and {*other.parents} <= {*node.parents}:
                return sum(y for parent, y in zip(other.parents, other.partials, strict=True) if parent is z)
    return None


def _is_loss(node: Value, consumers: Consumers) -> bool:
    """Whether a node is the root, or all that it goes through on its way there are sums and constant factors."""
    waiting, seen = [node], {node}
    while waiting:
        for use in consumers.get(waiting.pop(), ()):
            if use.op is None or use.op.name not in _LINEAR or (use.op.name in ("mul", "div") and len(use.parents) > 1):
                return False
            if use not in seen:
                seen.add(use)
                waiting.append(use)
    return True
