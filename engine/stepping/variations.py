"""The reverse sweep with one thing changed: another local derivative, another order, = for +=, another beginning.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> own = Variation(partials=everywhere(own_factor))            # ∂e/∂a = a instead of b
>>> {node.label: grad for node, grad in varied(Sweep(e), own).items() if node.label}
{'a': 2.0, 'b': -3.0}

A mistake on purpose (mistakes.py) is a variation that is watched edge by edge; a slip (slips.py) one whose result a student
has written down. Both are made from the table's formulas. Numbers may be placeholders (words/placeholders.py), for which
only arithmetic is defined.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from chalkgrad.engine.basics.caches import remembered
from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Fold,
    Formula,
    Test,
    arguments_in,
    evaluate,
    parts_of_tree,
    substitute,
)
from chalkgrad.engine.recording.computers import FAILURES, ON_FLOATS, computer
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.stepping.along import adjoints_along
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.placeholders import placeholders_of

Edge = tuple[Value, int]  # a node and an index in its parents


class Variation(NamedTuple):
    """What is changed.

    Attributes:
        partials: the local derivatives that are taken for others, by edge
        visits: the nodes in the order in which each passes its grad on, along all its edges, and perhaps again
        joined: how the contributions to a grad come together: "sum", "last", "mean" or "product"
        kept: whose grads of a sweep before are there at the beginning: "", "leaves" or "all"
        seed: the root's grad, from the sweep
        through: by edge, the edges into its node whose contributions alone it passes on
        rate: that of a step of descent which each leaf takes as soon as its grad is complete; 0 for none
        digits: those that every number is rounded to; 0 for all
    """

    partials: Callable[[Sweep], Mapping[Edge, float]] = lambda _: {}
    visits: Callable[[Sweep], Iterable[Value]] = lambda sweep: reversed(sweep.tape.nodes)
    joined: str = "sum"
    kept: str = ""
    seed: Callable[[Sweep], float] = lambda sweep: sweep.upstream
    through: Callable[[Sweep], Mapping[Edge, list[Edge]]] = lambda _: {}
    rate: float = 0.0
    digits: int = 0

    @property
    def is_order(self) -> bool:
        """Whether nodes pass on in another order than the sweep's, or several times."""
        return self.visits is not _PLAIN.visits


_PLAIN = Variation()


class Passed(NamedTuple):
    """One edge of a varied sweep: the node's grad, times the local derivative, takes the parent's from before to after.

    `moves` is the new data of the parent if that is a leaf which takes its step of descent then, None if it does not.
    """

    node: Value
    slot: int
    adjoint: float
    partial: float
    before: float
    after: float
    moves: float | None = None

    @property
    def parent(self) -> Value:
        """The value whose grad changes."""
        return self.node.parents[self.slot]


def varied(sweep: Sweep, variation: Variation) -> dict[Value, float]:
    """Returns the grads that a varied sweep ends with; nothing has come to a value that is missing."""
    if variation._replace(partials=_PLAIN.partials, seed=_PLAIN.seed) == _PLAIN:  # the edges and their order are the sweep's
        others = variation.partials(sweep)
        changed = {
            node: [
                (parent, others.get((node, slot), partial))
                for slot, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True))
                if not parent.constant
            ]
            for node in dict.fromkeys(node for node, _ in others)
        }
        return adjoints_along({**sweep.links, **changed}, {sweep.root: variation.seed(sweep)})
    grads = beginning(sweep, variation)
    for _ in passed(sweep, variation, grads):
        pass
    return grads


def beginning(sweep: Sweep, variation: Variation) -> dict[Value, float]:
    """Returns the grads that a varied sweep begins with."""
    kept = [node for node in sweep.tape if variation.kept == "all" or (variation.kept and node._x is None)]
    return {**{node: sweep.adjoints[node] for node in kept if not node.constant}, sweep.root: variation.seed(sweep)}


def passed(sweep: Sweep, variation: Variation, grads: dict[Value, float]) -> Iterator[Passed]:
    """Yields every edge of a varied sweep, and changes `grads`, which has what it begins with."""
    others, through = variation.partials(sweep), variation.through(sweep)
    arrived: dict[Value, int] = {}  # contributions so far
    carried: dict[Edge, float] = {}
    moved: dict[Value, float] = {}  # leaves that have taken their step of descent
    rounded = _rounded(variation.digits)
    for node in variation.visits(sweep):
        if node._x is None:
            continue
        # A leaf's step comes before the node's other edges, which then see the leaf's new value.
        slots = range(len(node.parents))
        for slot in sorted(slots, key=lambda slot: node.parents[slot]._x is not None) if variation.rate else slots:
            parent = node.parents[slot]
            if parent.constant:
                continue
            adjoint, partial = grads.get(node, 0.0), others.get((node, slot), node.partials[slot])
            if (node, slot) in through:
                adjoint = sum((carried.get(edge, 0.0) for edge in through[node, slot]), start=0.0)
            if moved:
                partial = _partial_at(node, slot, partial, moved)
            contribution = carried[node, slot] = rounded(adjoint * rounded(partial))
            before, count = grads.get(parent, 0.0), arrived.get(parent, 0)
            arrived[parent] = count + 1
            grads[parent] = after = rounded(_joined(variation.joined, before, contribution, count))
            moves = None
            if variation.rate and parent._x is None and count + 1 == len(sweep.arrivals[parent]):
                moves = moved[parent] = parent._data - variation.rate * after
            yield Passed(node, slot, adjoint, partial, before, after, moves)


def _partial_at(node: Value, slot: int, partial: float, moved: Mapping[Value, float]) -> float:
    """The local derivative after some leaves have moved; that of a product reads one factor alone."""
    edge = way_at(node, slot) if node.op is not None else None
    if edge is not None and edge.kind.other:
        factor = edge.arguments[edge.kind.other]
        return moved.get(factor, partial) if isinstance(factor, Value) else partial
    return partial if moved.keys().isdisjoint(node.parents) else partials_at(node, moved)[slot]


def _joined(how: str, before: float, contribution: float, count: int) -> float:
    if how == "sum":
        return before + contribution
    if how == "last" or not count:
        return contribution
    return before * contribution if how == "product" else (before * count + contribution) / (count + 1)


def _rounded(digits: int) -> Callable[[float], float]:
    return (lambda x: float(f"{x:.{digits - 1}e}")) if digits else (lambda x: x)


# Orders --------------------------------------------------------------------------------------------------------------


def recursion(sweep: Sweep) -> Iterator[Value]:
    """Yields the nodes as `def backward(node): pass_on(node); for parent in node.parents: backward(parent)` visits them.

    Each comes once for every path from the root to it, of which there may be exponentially many.
    """
    waiting = [sweep.root]
    while waiting:
        node = waiting.pop()
        if node._x is not None:
            yield node
            waiting += reversed(node.parents)


def depth_first(sweep: Sweep) -> Iterator[Value]:
    """Yields each node when the same recursion first meets it."""
    seen: set[Value] = set()
    waiting = [sweep.root]
    while waiting:
        node = waiting.pop()
        if node not in seen and node._x is not None:
            seen.add(node)
            yield node
            waiting += reversed(node.parents)


def breadth_first(sweep: Sweep) -> list[Value]:
    """Returns each node once, the root's parents first, then their parents."""
    met = [sweep.root]
    seen = set(met)
    for node in met:  # the list grows during the loop
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                met.append(parent)
    return met


def leaves_first(sweep: Sweep) -> Iterable[Value]:
    """Returns the nodes in the order of the forward pass."""
    return sweep.tape.nodes


# Local derivatives, and what their formulas are like -----------------------------------------------------------------


class Kind(NamedTuple):
    """What an operation's formula for one of its local derivatives is like.

    Attributes:
        other: the argument that it is, for a product; "" otherwise
        reads: the arguments that it mentions, and "v", the value
        minus: whether it is a negative, such as that of y in x - y
        one: whether it is 1 or -1
    """

    other: str
    reads: frozenset[str]
    minus: bool
    one: bool


@remembered
def kinds(rule: Rule) -> tuple[Kind, ...]:
    """Returns the kind of each local derivative of an operation, as a blackboard has it."""
    return tuple(map(_kind, rule.shown))


def _kind(tree: Formula) -> Kind:
    number = tree.value if isinstance(tree, Constant) else 0.0
    other = tree.name if isinstance(tree, Argument) and tree.name != "v" else ""
    minus = number < 0 or (isinstance(tree, Call) and tree.name == "neg")
    return Kind(other, frozenset(arguments_in(tree)), minus, abs(number) == 1)


class Way(NamedTuple):
    """An edge, and its place among the arguments of the operation: which of them, and which element if that is a list."""

    node: Value
    slot: int
    rule: Rule
    which: int
    element: int
    flat: tuple[Value | float, ...]  # all arguments of the operation

    @property
    def kind(self) -> Kind:
        """What the formula of the local derivative is like."""
        return kinds(self.rule)[self.which]

    @property
    def own(self) -> Value:
        """The argument that the derivative is by."""
        return self.node.parents[self.slot]

    @property
    def partial(self) -> float:
        """The local derivative."""
        return self.node.partials[self.slot]

    @property
    def values(self) -> dict[str, float]:
        """The operation's value and arguments by the table's names, those of lists at this edge's place."""
        return self.at({})

    def at(self, data: Mapping[Value, float]) -> dict[str, float]:
        """Returns the same for other data of some of the arguments; the value is that of the graph."""
        named = ((name, x if isinstance(x, float) else data.get(x, x._data)) for name, x in self.arguments.items())
        return {"v": self.node._data, **dict(named)}

    @property
    def arguments(self) -> dict[str, Value | float]:
        """The operation's arguments by the table's names, those of lists at this edge's place."""
        rule, length = self.rule, self.rule.length(len(self.flat))
        places = {
            name: i * length + self.element if i < rule.lists else i + rule.lists * (length - 1)
            for i, name in enumerate(rule.arguments)
        }
        return {name: self.flat[place] for name, place in places.items()}

    @property
    def function(self) -> bool:
        """Whether it is the derivative of a function of one value, such as tanh or a square: not that of a·x or x + 1."""
        return not self.rule.lists and len(self.node.parents) == 1 and not self.kind.reads.isdisjoint({"v", self.argument})

    @property
    def shown(self) -> Formula:
        """The blackboard's formula of the local derivative."""
        return self.rule.shown[self.which]

    @property
    def argument(self) -> str:
        """The table's name of the argument that the derivative is by."""
        return self.rule.arguments[self.which]


def ways(node: Value) -> Iterator[Way]:
    """Yields the edges of a node."""
    rule, arguments = node.op, node.arguments
    slot = 0
    for position, argument in enumerate(arguments):
        if rule is not None and not isinstance(argument, float):
            yield Way(node, slot, rule, *rule.argument_at(len(arguments), position), arguments)
            slot += 1


def way_at(node: Value, slot: int) -> Way:
    """Returns the edge of a node by its slot; the node has an operation.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> way_at(a * b, 1).own.label
    'b'
    """
    rule, position = node.op, slot
    arguments: tuple[Value | float, ...] = node.parents
    assert rule is not None
    if len(node.template) > len(arguments):  # there are plain numbers between the parents
        arguments = node.arguments
        position = next(islice((i for i, x in enumerate(arguments) if not isinstance(x, float)), slot, None))
    return Way(node, slot, rule, *rule.argument_at(len(arguments), position), arguments)


def all_ways(sweep: Sweep) -> list[Way]:
    """Returns the edges of the graph, in the order of the sweep."""
    return [way for node in reversed(sweep.tape.nodes) for way in ways(node)]


Local = Callable[[Iterable[Way]], dict[Edge, float]]  # other local derivatives of some of these edges


def _slope(way: Way, tree: Formula) -> float | None:
    """Returns what a formula gives for the operation's value and arguments; None if it has no value there."""
    placeholders = placeholders_of(*way.values.values())
    try:
        if placeholders is not None:
            return placeholders.formula(tree, way.values)
        slope: float = evaluate(tree, way.values, ON_FLOATS)
    except FAILURES:
        return None
    return slope


def partials_at(node: Value, data: Mapping[Value, float]) -> tuple[float, ...]:
    """Returns the local derivatives of a node for other data of some of its parents; those that are missing keep theirs."""
    numbers = [x if isinstance(x, float) else data.get(x, x._data) for x in node.arguments]
    rule = node.op
    assert rule is not None
    if any(isinstance(partial, NotKnown) for partial in node.partials):  # another engine's operation
        return node.partials
    if placeholders_of(*numbers):
        return tuple(_in_arithmetic(way, data) for way in ways(node))
    constant = [x is not None for x in node.template]
    _, partials = computer(rule, constant, propagate=True)(*map(float, numbers))
    if rule.lists and any(constant):
        partials = tuple(partial for partial, number in zip(partials, constant, strict=True) if not number)
    return partials


def _in_arithmetic(way: Way, data: Mapping[Value, float]) -> float:
    """Returns a local derivative of placeholders, as the recorders compute it on floats.

    Raises NotArithmeticError if that takes more than sums, products and quotients.
    """
    tree, values = way.rule.partials[way.which], way.at(data)
    if "v" in arguments_in(tree):
        if way.rule.lists:
            raise NotArithmeticError(way.node)
        values["v"] = _evaluated(way, way.rule.value, values)
    return _evaluated(way, tree, values)


def _evaluated(way: Way, tree: Formula, values: Mapping[str, float]) -> float:
    if any(isinstance(part, (Choice, Test, Fold)) for part in parts_of_tree(tree)):
        raise NotArithmeticError(way.node)
    try:
        found: float = evaluate(tree, values, _ARITHMETIC)
    except KeyError:
        raise NotArithmeticError(way.node) from None
    return found


_ARITHMETIC: dict[str, Callable[..., float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
}


class NotArithmeticError(Exception):
    """Placeholders, whose formulas are sums, products and quotients, were to be the arguments of something else.

    Its `node` is the one whose local derivative was asked for.
    """

    def __init__(self, node: Value) -> None:
        self.node = node
        super().__init__(node)


def everywhere(local: Local) -> Callable[[Sweep], dict[Edge, float]]:
    """Returns a function from a sweep to the local derivatives that are taken for others, at every edge where there is one."""
    return lambda sweep: local(all_ways(sweep))


def own_factor(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes the derivative of a·b by a for a itself, where it is b."""
    return {(way.node, way.slot): way.own._data for way in edges if way.kind.other}


def no_slope(edges: Iterable[Way]) -> dict[Edge, float]:
    """Leaves out the derivative of every function of one value."""
    return {(way.node, way.slot): 1.0 for way in _functions(edges)}


def _functions(edges: Iterable[Way]) -> list[Way]:
    return [way for way in edges if way.function]


def slope_at_output(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes the derivative of a function at its value v for that at its argument x."""
    moved = ((way, {way.argument: Argument("v")}) for way in _functions(edges))
    return _slopes((way, substitute(way.shown, {"v": substitute(way.rule.value, to), **to})) for way, to in moved)


def formula_of_input(edges: Iterable[Way]) -> dict[Edge, float]:
    """Puts the argument x where the value v belongs, in derivatives such as v·(1 - v)."""
    reading = (way for way in _functions(edges) if "v" in way.kind.reads)
    return _slopes((way, substitute(way.shown, {"v": Argument(way.argument)})) for way in reading)


def _slopes(formulas: Iterable[tuple[Way, Formula]]) -> dict[Edge, float]:
    """What formulas give for other local derivatives, where they have a value."""
    found = {(way.node, way.slot): _slope(way, tree) for way, tree in formulas}
    return {edge: slope for edge, slope in found.items() if slope is not None}


def value_for_slope(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes the value of a function for its derivative."""
    return {(way.node, way.slot): way.node._data for way in _functions(edges)}


def minus_lost(edges: Iterable[Way]) -> dict[Edge, float]:
    """Leaves out the minus of local derivatives that have one, such as that of x - y by y."""
    return {(way.node, way.slot): -way.partial for way in edges if way.kind.minus}


def no_exponent(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes xⁿ⁻¹ for n·xⁿ⁻¹."""
    powers = [way for way in edges if way.rule.name == "pow" and isinstance(way.flat[1], float)]
    return {(way.node, way.slot): way.partial / way.values["y"] for way in powers if way.values["y"]}


def equal_shares(edges: Iterable[Way]) -> dict[Edge, float]:
    """Shares the gradient of a sum out among its terms in equal parts."""
    return {(way.node, way.slot): way.partial / term.of for way, term in _terms_of_sums(edges)}


def shares_by_size(edges: Iterable[Way]) -> dict[Edge, float]:
    """Shares the gradient of a sum out among its terms by their size."""
    terms = [(way, term) for way, term in _terms_of_sums(edges) if term.total]
    return {(way.node, way.slot): way.partial * (term.size / term.total) for way, term in terms}


class Term(NamedTuple):
    """One of the terms of a sum: its size, the sum of all, and how many there are."""

    size: float
    total: float
    of: int


def _terms_of_sums(edges: Iterable[Way]) -> Iterator[tuple[Way, Term]]:
    node, total = None, 0.0  # the edges of a node come one after the other
    for way in edges:
        values = way.values if way.rule.name == "affine" else {}
        if values:
            size = values["z"] if way.which == 2 else values["x"] * values["y"]
            yield way, Term(size, way.node._data, way.rule.length(len(way.flat)) + 1)
        elif len(way.flat) > 1 and all(kind.one for kind in kinds(way.rule)):
            if way.node is not node:
                node, total = way.node, sum([x if isinstance(x, float) else x._data for x in way.flat])
            yield way, Term(way.own._data, total, len(way.flat))


def inverted(edges: Iterable[Way]) -> dict[Edge, float]:
    """Divides by the local derivatives."""
    return {(way.node, way.slot): _over(way.partial) for way in edges}


def _over(x: float) -> float:
    try:
        return 1.0 / x
    except ZeroDivisionError:
        return math.nan


def updated(sweep: Sweep, rate: float) -> dict[Edge, float]:
    """Takes the local derivatives after a step of descent of every leaf."""
    moved = {leaf: leaf._data - rate * sweep.adjoints[leaf] for leaf in sweep.tape if leaf._x is None and not leaf.constant}
    of_leaves = [node for node in sweep.tape if not moved.keys().isdisjoint(node.parents)]
    return {(node, slot): partial for node in of_leaves for slot, partial in enumerate(partials_at(node, moved))}


def outer_only(sweep: Sweep) -> dict[Edge, float]:
    """Takes the derivative of the outer function alone: below it every local derivative is left out."""
    inner: set[Value] = set()
    others: dict[Edge, float] = {}
    for way in all_ways(sweep):
        if way.node in inner:
            others[way.node, way.slot] = 1.0
        if way.node in inner or way.function:
            inner.add(way.own)
    return others


def diagonal(sweep: Sweep) -> dict[Edge, list[Edge]]:
    """Returns, for the edges from the sum of a softmax to its terms, the edges to the sum from each term's own quotient.

    In p_i = e_i/Σ e_j, or exp(z_i - log Σ exp z_j), every score is in the sum. Who takes the derivative of the softmax for
    p(1 - p) leaves out what the sum brings from the other quotients.
    """
    found: dict[Edge, list[Edge]] = {}
    norms: dict[Value, dict[Value, list[Edge]]] = {}  # by sum, and by what stands over it, the edges into the sum
    for node in sweep.tape:
        sums = _NORMED.get(node.op.name, ()) if node.op is not None else ()
        if len(node.parents) == 2:
            for slot, norm in enumerate(node.parents):
                term = node.parents[1 - slot]
                divided = slot == 1 and term.op is RULES["exp"]  # exp(z_i)/Σ; the other kind is z_i - log Σ
                if norm.op is not None and norm.op.name in sums and (divided or node.op is not RULES["div"]):
                    norms.setdefault(norm, {}).setdefault(term, []).append((node, slot))
    for norm, quotients in norms.items():
        own = {(node, slot): quotients.get(node.parents[slot], []) for node, slot in _terms(norm)}
        if len(own) > 1 and any(own.values()):
            found |= own
    return found


# The operations by which a softmax divides by its sum, and those that make such a sum.
_NORMED = {"div": ("add", "total"), "sub": ("logsumexp",)}


def _terms(norm: Value) -> Iterator[Edge]:
    """Yields the edges to the terms of a sum, which may be a sum of sums."""
    waiting = [norm]
    while waiting:
        node = waiting.pop()
        for slot, parent in enumerate(node.parents):
            if node.op is not None and node.op.name == "add" and parent.op is not None and parent.op.name == "add":
                waiting.append(parent)
            else:
                yield node, slot
