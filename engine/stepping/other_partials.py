"""Other local derivatives than the right ones, as slips and mistakes take them: from the table's formulas, where they can be.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> from chalkgrad.engine.stepping.edges import ways
>>> [*own_factor(ways(e)).values()]                             # ∂e/∂a = a instead of b
[2.0, -3.0]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import NamedTuple, TypeGuard

from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Formula,
    evaluate,
    rebuilt,
    substitute,
    walked,
)
from chalkgrad.engine.recording.computers import FAILURES, ON_FLOATS
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.edges import Edge, Way, all_ways, kinds, partials_at
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.placeholders import placeholders_of

_TWO = Constant(2.0)
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


def everywhere(local: Local) -> Callable[[Sweep], dict[Edge, float]]:
    """Returns a function from a sweep to the local derivatives that are taken for others, at every edge where there is one."""
    return lambda sweep: local(all_ways(sweep))


def own_factor(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes the derivative of a·b by a for a itself, where it is b."""
    return {way.edge: way.own._data for way in edges if way.kind.other}


def no_slope(edges: Iterable[Way]) -> dict[Edge, float]:
    """Leaves out the derivative of every function of one value."""
    return {way.edge: 1.0 for way in _functions(edges)}


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
    found = {way.edge: _slope(way, tree) for way, tree in formulas}
    return {edge: slope for edge, slope in found.items() if slope is not None}


def _changed(edges: Iterable[Way], change: Callable[[Formula], Formula]) -> dict[Edge, float]:
    """What the blackboard's formulas give with a change made to each of their parts that it is for."""

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        return change((yield from rebuilt(part)))

    others = ((way, walked(visit, way.shown)) for way in edges)
    return _slopes((way, tree) for way, tree in others if tree != way.shown)


def square_lost(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes 1 - v for 1 - v², and so on."""
    return _changed(edges, lambda part: part.arguments[0] if _is_call(part, "pow") and part.arguments[1] == _TWO else part)


def sign_inside(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes 1 + v² for 1 - v², and the other way round; the exponent keeps its sign."""
    return {edge: slope for edge, slope in _changed(edges, _other_sign).items() if edge[0].op is not RULES["pow"]}


def _other_sign(part: Formula) -> Formula:
    if _is_call(part, "sub"):
        return Call("add", *part.arguments)
    return Call("sub", *part.arguments) if _is_call(part, "add") else part


def exponent_kept(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes n·xⁿ for n·xⁿ⁻¹."""
    return {way.edge: way.values["y"] * way.values["v"] for way in edges if way.rule.name == "pow" and not way.which}


def own_argument(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes the argument for the derivative of a function by it."""
    return {way.edge: way.own._data for way in _functions(edges)}


def other_way_round(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes each of two local derivatives of an operation for the other."""
    last = {way.node: len(way.node.partials) - 1 for way in edges}
    return {(node, slot): node.partials[end - slot] for node, end in last.items() if end == 1 for slot in (0, 1)}


def whole_numbers(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes the whole part of the local derivatives, as // for / does."""
    return {way.edge: math.floor(way.partial) for way in edges if math.isfinite(way.partial)}


def power_rule(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes x·eˣ⁻¹ for eˣ, as if it were a power of x."""
    of_exp = (way for way in edges if way.rule.name == "exp")
    return _slopes((way, Argument("x") * Call("exp", Argument("x") - Constant(1.0))) for way in of_exp)


def constant_lost(edges: Iterable[Way]) -> dict[Edge, float]:
    """Leaves out the numbers that a formula is multiplied by, such as the 2 of 1/(2v)."""
    return _changed(edges, _without_constant)


def _without_constant(part: Formula) -> Formula:
    if not _is_call(part, "mul"):
        return part
    left, right = part.arguments
    return right if isinstance(left, Constant) else left if isinstance(right, Constant) else part


def one_factor(edges: Iterable[Way], which: int) -> dict[Edge, float]:
    """Takes the first or the second factor of a product for all of it: v for v·(1 - v)."""
    usual = ((way, way.shown.otherwise if isinstance(way.shown, Choice) else way.shown) for way in edges)
    return _slopes((way, tree.arguments[which]) for way, tree in usual if _is_call(tree, "mul"))


def sides_swapped(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes what belongs where x < 0 where x > 0, and the other way round."""
    split = ((way, way.shown) for way in edges)
    return _slopes((way, Choice(tree.test, tree.otherwise, tree.then)) for way, tree in split if _by_sign(tree))


def _by_sign(tree: Formula) -> TypeGuard[Choice]:
    return isinstance(tree, Choice) and tree.test.sign in "<>"


def _is_call(tree: Formula, name: str) -> TypeGuard[Call]:
    return isinstance(tree, Call) and tree.name == name


def value_for_slope(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes the value of a function for its derivative."""
    return {way.edge: way.node._data for way in _functions(edges)}


def minus_lost(edges: Iterable[Way]) -> dict[Edge, float]:
    """Leaves out the minus of local derivatives that have one, such as that of x - y by y."""
    return {way.edge: -way.partial for way in edges if way.kind.minus}


def no_exponent(edges: Iterable[Way]) -> dict[Edge, float]:
    """Takes xⁿ⁻¹ for n·xⁿ⁻¹."""
    powers = [way for way in edges if way.rule.name == "pow" and isinstance(way.flat[1], float)]
    return {way.edge: way.partial / way.values["y"] for way in powers if way.values["y"]}


def equal_shares(edges: Iterable[Way]) -> dict[Edge, float]:
    """Shares the gradient of a sum out among its terms in equal parts."""
    return {way.edge: way.partial / term.of for way, term in _terms_of_sums(edges)}


def shares_by_size(edges: Iterable[Way]) -> dict[Edge, float]:
    """Shares the gradient of a sum out among its terms by their size."""
    terms = [(way, term) for way, term in _terms_of_sums(edges) if term.total]
    return {way.edge: way.partial * (term.size / term.total) for way, term in terms}


class Addend(NamedTuple):
    """One of the terms of a sum: its size, the sum of all, and how many there are."""

    size: float
    total: float
    of: int


def _terms_of_sums(edges: Iterable[Way]) -> Iterator[tuple[Way, Addend]]:
    node, total = None, 0.0  # the edges of a node come one after the other
    for way in edges:
        values = way.values if way.rule.name == "affine" else {}
        if values:
            size = values["z"] if way.which == 2 else values["x"] * values["y"]
            yield way, Addend(size, way.node._data, way.rule.length(len(way.flat)) + 1)
        elif len(way.flat) > 1 and all(kind.one for kind in kinds(way.rule)):
            if way.node is not node:
                node, total = way.node, sum([x if isinstance(x, float) else x._data for x in way.flat])
            yield way, Addend(way.own._data, total, len(way.flat))


def inverted(edges: Iterable[Way]) -> dict[Edge, float]:
    """Divides by the local derivatives."""
    return {way.edge: _over(way.partial) for way in edges}


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
