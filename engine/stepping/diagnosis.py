"""What is right and what is wrong in the gradients of another engine, such as a student's own: a line for each node.

>>> from chalkgrad.engine.stepping.other_engines import read_graph
>>> class Node:
...     def __init__(self, data, parents=(), op=""):
...         self.data, self.grad, self._prev, self._op = data, 0.0, set(parents), op
>>> a = Node(3.0)
>>> s = Node(6.0, (a,), "+")
>>> s.grad, a.grad = 1.0, 1.0                                  # = for +=
>>> right, lines = verdict_on_engine(read_graph(s)[0])
>>> print(*lines, sep="\\n")
s: right, ∂s/∂s = 1
a: a enters s 2 times, and your engine counts 1: 1 instead of 2

A wrong gradient follows from a wrong one above it, or goes wrong where it stands; then the likely mistakes are tried, simple
ones first, and the first that gives the number is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.stepping.edge_slips import ON_EDGE
from chalkgrad.engine.stepping.mirrors import Candidate, Mirror, other_data, theirs_of
from chalkgrad.engine.stepping.other_engines import followed_adjoints, their_partials
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.expressions import PLAIN, TEMPLATES, called, local, number, operand, total
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.lists import listed
from chalkgrad.engine.words.names import names_of
from chalkgrad.engine.words.printer import applied, binding, parts_of

WORDS, SLIPS = section("other engines"), section("slips")
FINDINGS = 20  # lines below a table
LINES = 200  # of a verdict; with more nodes only what is wrong is said


class Arrival(NamedTuple):
    """An edge into a node as the other engine went back along it: the consumer, its gradient there, the local derivative."""

    consumer: Any
    above: float
    partial: float

    @property
    def contribution(self) -> float:
        """What should come along this edge, given the gradient that the consumer has."""
        return self.above * self.partial


class Arrivals:
    """The edges of a mirrored graph by the node that they lead to, with the gradients of the other engine."""

    def __init__(self, root: Mirror) -> None:
        self.root = root
        self.nodes: list[Any] = order([root])
        self.into: dict[Any, list[Arrival]] = {node: [] for node in self.nodes}
        for node in reversed(self.nodes):
            above = node.theirs.right if node.theirs.grad is None else node.theirs.grad
            for parent, partial in zip(node.parents, their_partials(node), strict=True):
                self.into[parent].append(Arrival(node, above, partial))
        # Explanations of all gradients at once: the gradients that are right for the other engine's values, if these are
        # others, and those after several sweeps without zeroing, if that gives all that the engine has.
        other_values = any(other_data(node) is not None for node in self.nodes)
        self.followed = followed_adjoints(root) if other_values else {}
        self.sweeps = next((count for count in (2, 3) for kept in (True, False) if self._fits(self._after(count, kept))), 0)

    def _after(self, sweeps: int, inner_kept: bool) -> dict[Any, float]:
        """Returns the gradients after so many sweeps on top of each other; the inner ones may start afresh each time."""
        found = dict.fromkeys(self.nodes, 0.0)
        for _ in range(sweeps):
            if not inner_kept:
                found.update((node, 0.0) for node in self.nodes if node.parents)
            found[self.root] = 1.0
            for node in reversed(self.nodes):
                for parent, partial in zip(node.parents, node.partials, strict=True):
                    found[parent] += found[node] * partial
        return found

    def _fits(self, gradients: Mapping[Any, float]) -> bool:
        known = ((node.theirs.grad, x) for node, x in gradients.items() if node.theirs.grad is not None)
        return all(same(theirs, x) for theirs, x in known if not isinstance(x, NotKnown))


def verdict_on_engine(root: Mirror) -> tuple[bool, list[str]]:
    """Returns whether all gradients of the other engine are right, and a line for each node, in the order of the sweep."""
    if root.theirs.right is None:  # they cannot be judged, and the remark says why
        return False, [remark_on(root, names_of(order([root])))]
    arrivals = Arrivals(root)
    names = names_of(arrivals.nodes)
    told = [node for node in reversed(arrivals.nodes) if node.theirs.grad is not None or node.theirs.remark or _not_known(node)]
    if root.theirs.grad == 0 and not any(node.theirs.grad for node in arrivals.nodes):
        told = [node for node in told if node is root or node.theirs.remark]  # the one reason for all the others
    wrong = [node for node in told if node.theirs.wrong]
    right = not wrong and all(other_data(node) is None and not _not_known(node) for node in arrivals.nodes)
    few = told if len(told) <= LINES else [node for node in told if node.theirs.wrong or node.theirs.remark][:LINES]
    lines = [line for node in few for line in _lines(node, arrivals, names)]
    if len(few) < len(told):
        lines.append(count_of_wrong(arrivals.nodes))
    return right, lines or [WORDS["no gradients"].format(root=called(names[root]))]


def findings(tape: Tape) -> list[str]:
    """Returns the lines for what is wrong or not known on a tape of another engine; none for values of chalkgrad's own."""
    mirrors = [node for node in tape if isinstance(node, Mirror) and theirs_of(node)]
    remarked = [node for node in mirrors if node.theirs.remark]
    wrong = [node for node in reversed(mirrors) if node.theirs.wrong]
    if not any(node.theirs.grad for node in mirrors):
        wrong = wrong[:1]  # the root, whose line gives the reason for all
    lines = [remark_on(node, tape.names) for node in remarked[:FINDINGS]]
    root: Any = tape.roots[0]
    arrivals = Arrivals(root) if wrong else None
    lines += [diagnosis(node, arrivals, tape.names) for node in wrong[: FINDINGS - len(lines)] if arrivals]
    left = len(remarked) + len(wrong) - len(lines)
    return [*lines, *([TEMPLATES["rows left out"].format(count=left)] if left else [])]


def count_of_wrong(nodes: Sequence[Value]) -> str:
    """Returns a sentence on how many gradients of another engine are wrong; "" for values of chalkgrad's own."""
    judged = [x for x in map(theirs_of, nodes) if x and x.grad is not None and not isinstance(x.right, NotKnown | None)]
    wrong = sum(theirs.wrong for theirs in judged)
    if not judged:
        return ""
    if not wrong:
        return WORDS.form("all right", len(judged)).format(count=len(judged))
    return WORDS.form("some wrong", wrong).format(count=wrong, of=len(judged))


def caption(nodes: Sequence[Value], names: Mapping[Value, str]) -> str:
    """Returns what stands below a picture of another engine's graph; "" for values of chalkgrad's own."""
    remarks = [remark_on(node, names) for node in nodes if isinstance(node, Mirror) and theirs_of(node)]
    return "\n".join([line for line in (count_of_wrong(nodes), *remarks) if line][:4])


def remark_on(node: Mirror, names: Mapping[Value, str]) -> str:
    """Returns what there is to say of how a node was read; "" for nothing."""
    remark = node.theirs.remark
    if remark is None:
        return ""
    if remark.key == "changed":
        leaves = _named(remark.blanks["leaves"], names)
        return WORDS[remark.key].format(leaves=leaves, name=called(names[node]))
    written = {key: _written(x, names) for key, x in remark.blanks.items()}
    return WORDS[remark.key].format(
        name=called(names[node]), arguments=", ".join(called(names[x]) for x in node.parents), **written
    )


def _lines(node: Any, arrivals: Arrivals, names: Mapping[Value, str]) -> Iterator[str]:
    if node.theirs.remark:
        yield remark_on(node, names)
    words = {"name": operand(names[node]), "asked": total(names[arrivals.root], names[node])}
    if node.theirs.wrong:
        yield diagnosis(node, arrivals, names)
    elif _not_known(node):
        yield WORDS["not known"].format(**words, grad=_number_or_none(node.theirs.grad))
    elif node.theirs.grad is not None:
        yield WORDS["check right"].format(**words, value=number(node.theirs.right))


def _number_or_none(grad: float | None) -> str:
    return WORDS["none"] if grad is None else number(grad)


def _not_known(node: Any) -> bool:
    return isinstance(node.theirs.right, NotKnown)


def _written(x: Any, names: Mapping[Value, str]) -> str:
    if isinstance(x, str):
        return x
    if isinstance(x, (int, float)):
        return number(x)
    written = [*dict.fromkeys(_formula(candidate, names) for candidate in x)]
    return WORDS["or"].join([*written[:4], *["…"] * (len(written) > 4)])


def _formula(candidate: Candidate, names: Mapping[Value, str]) -> str:
    rule, arguments = candidate
    texts = [called(names[x]) if isinstance(x, Value) else number(x) for x in arguments]
    template = [None if isinstance(x, Value) else x for x in arguments]
    parts = parts_of(rule, [(text, binding(text)) for text in texts])
    return PLAIN.printed(applied(rule, template), parts, {rule.name: rule})[0]


# What went wrong -----------------------------------------------------------------------------------------------------


def diagnosis(node: Mirror, arrivals: Arrivals, names: Mapping[Value, str]) -> str:
    """Returns the sentence for a wrong gradient: what it follows from, or the mistake that gives this number."""
    key, blanks = _explained(node, arrivals)
    told = {name: total(*(names[end] for end in x)) if name == "upstream" else _named(x, names) for name, x in blanks.items()}
    theirs, right = node.theirs.grad, node.theirs.right
    assert theirs is not None
    assert right is not None
    digits = digits_apart(theirs, right, most=17)
    root = names[arrivals.root]
    words = {"name": operand(names[node]), "asked": total(root, names[node]), "seeding": total(root, root)}
    words |= {"root": operand(root), "wrong": number(theirs, digits)}
    said = (WORDS if key in WORDS else SLIPS)[key].format(**words, **told)
    return WORDS["diagnosis"].format(**words, said=said, right=number(right, digits))


def _named(x: Any, names: Mapping[Value, str]) -> str:
    if isinstance(x, Value):
        return operand(names[x])
    if isinstance(x, tuple):
        return local(x[0], x[0].parents.index(x[1]), names)
    if isinstance(x, list):
        return listed([called(names[node]) for node in x], 4)
    return x if isinstance(x, str) else number(x)


Explanation = tuple[str, dict[str, Any]]  # the key of a sentence and its blanks


def _explained(node: Any, arrivals: Arrivals) -> Explanation:
    """Returns the first explanation that gives the number which the other engine has."""
    theirs, into = node.theirs.grad, arrivals.into[node]
    if node is arrivals.root:
        return ("not swept" if theirs == 0 else "seed"), {}
    if any(isinstance(arrival.contribution, NotKnown) for arrival in into):
        return "unexplained", {}
    total = sum(arrival.contribution for arrival in into)
    size = 1e-7 * sum(abs(arrival.contribution) for arrival in into)
    if arrivals.sweeps:
        return "sweeps", {"count": str(arrivals.sweeps)}
    if node in arrivals.followed and same(theirs, arrivals.followed[node], size):
        return "follows values", {}
    if same(theirs, total, size):
        above = [*dict.fromkeys(arrival.consumer for arrival in into if arrival.consumer.theirs.wrong and arrival.partial)]
        return ("follows", {"consumers": above}) if above else ("unexplained", {})
    if theirs == 0:
        return "nothing", {"consumers": [*dict.fromkeys(arrival.consumer for arrival in into)]}
    for wrong, key, blanks in _mistakes(node, into, arrivals):
        if same(theirs, wrong, size):
            return key, blanks
    first = into[0]
    if len(into) == 1 and first.above:
        taken = theirs / first.above
        digits = digits_apart(taken, first.partial, most=17)
        blanks = {"taken": number(taken, digits), "partial": number(first.partial, digits)}
        return "local derivative", {"edge": (first.consumer, node), **blanks}
    return "unexplained", {}


def same(theirs: float, x: float, size: float = 0.0) -> bool:
    """Returns whether their number is this one, but for rounding; `size` is what may be lost where terms cancel."""
    return abs(theirs - x) <= 1e-6 * abs(x) + size


def _mistakes(node: Any, into: Sequence[Arrival], arrivals: Arrivals) -> Iterator[tuple[float, str, dict[str, Any]]]:
    """Yields the gradients that mistakes give, each with the key of its sentence and the blanks, simple mistakes first."""
    total = sum(arrival.contribution for arrival in into)
    consumers = [*dict.fromkeys(arrival.consumer for arrival in into)]
    through = {
        consumer: sum(arrival.contribution for arrival in into if arrival.consumer is consumer) for consumer in consumers
    }
    for consumer in consumers:
        edges = [arrival for arrival in into if arrival.consumer is consumer]
        for counted in range(1, len(edges)):
            some = sum(arrival.contribution for arrival in edges[:counted])
            blanks = {"consumer": consumer, "of": str(len(edges)), "count": str(counted)}
            yield total - through[consumer] + some, "repeated", blanks
    if len(consumers) > 1:
        for consumer in consumers:
            yield through[consumer], "only through", {"consumer": consumer}
        for arrival in into:  # overwritten, by one of the several edges of a consumer
            yield arrival.contribution, "only through", {"consumer": arrival.consumer}
        for consumer in consumers:
            yield total - through[consumer], "not through", {"consumer": consumer}
    for arrival in into:
        before = [*accumulate(above.contribution for above in arrivals.into[arrival.consumer])]
        if len(before) > 1:
            rest, edge = total - arrival.contribution, {"consumer": arrival.consumer}
            for some in before[:-1]:
                yield rest + some * arrival.partial, "too early", edge | {"some": some}
            yield rest + sum(before) * arrival.partial, "several times", edge
    yield -total, "sign", {}
    for arrival in into:
        edge = {"edge": (arrival.consumer, node), "consumer": arrival.consumer}
        rest = total - arrival.contribution
        yield rest + ON_EDGE["sign"](arrival.above, arrival.partial), "sign of one", edge
        for key in ("local alone", "upstream alone"):
            blanks = edge | {"upstream": (arrivals.root, arrival.consumer)}
            yield rest + ON_EDGE[key](arrival.above, arrival.partial), key, blanks
        for other, partial in zip(arrival.consumer.parents, their_partials(arrival.consumer), strict=True):
            if other is not node:
                yield rest + arrival.above * partial, "other partial", edge | {"other": (arrival.consumer, other)}
