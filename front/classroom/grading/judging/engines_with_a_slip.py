"""What an engine with one slip makes of a graph: the right local derivatives, in a backward pass with one thing wrong.

>>> from chalkgrad.classroom.grading.program import Program, built
>>> graph = built((Program((("a", 3.0),), (("b", "+", ("a", "a")),)),))
>>> gradients(Slipped("overwrite", joined="last"), graph, (0,))["a"]
1.0

A slip is told from the numbers of an engine by asking which of these gives them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from itertools import islice
from math import inf
from operator import mul
from typing import Literal, NamedTuple

from chalkgrad.classroom.grading.program import SIGNS, Graph, form_of, sign_of
from chalkgrad.engine import Value
from chalkgrad.engine.stepping import other_partials
from chalkgrad.engine.stepping.edge_slips import ON_EDGE
from chalkgrad.engine.stepping.edges import Edge, Way, ways
from chalkgrad.engine.stepping.other_partials import Local
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.variations import (
    Variation,
    breadth_first,
    depth_first,
    leaves_first,
    parents_before,
    passed,
    recursion,
)

Policy = Literal["afresh", "kept", "zeroed"]  # what a second pass begins with at computed values, and with "zeroed" at all
_VISITS = 3000  # of a recursion, which may take exponentially many


class Slipped(NamedTuple):
    """An engine with one slip.

    Attributes:
        key: the name of its sentence in words/language "grading slips"
        about: the operation in which it is made, in all of its forms; "" for all operations
        form: "values", or where a number stands: "left" or "right"; "" for all forms
        side: the argument that it is made for; None for all
        reflected: whether the engine computes 2 + a as a + 2, so that a is on the left
        local: the local derivatives that are taken for others
        passed: what comes along an edge, of the gradient above and the local derivative
        joined: "sum", "last" where = stands for +=, or "mean"
        most: the size that gradients are cut to after each pass
        of_all: whether a pass zeroes the gradients of other graphs, too, where its policy is to zero
        repeats: of an argument that stands twice, which is counted: "", "first" or "last"
        visits: the order in which nodes pass their gradients on
        visits_too: the same with the last argument first, for engines that go there first
        seed: what becomes of the root's gradient
        begins: what every gradient begins with
        kept: what is kept from one backward pass to the next: "", "order", "visited" or "both"
        policy: what a later pass begins with; None for that of the engine
        to: the operand that gets what all of them should; None where each gets its own
        numbered: whether plain numbers are operands, too, for what is made of their local derivatives
    """

    key: str
    about: str = ""
    form: str = ""
    side: int | None = None
    reflected: bool = False
    local: Local | None = None
    passed: Callable[[float, float], float] | None = None
    joined: str = "sum"
    most: float = inf
    of_all: bool = False
    repeats: str = ""
    visits: Callable[[Sweep], Iterable[Value]] | None = None
    visits_too: Callable[[Sweep], Iterable[Value]] | None = None
    seed: Literal["set", "added", "none", "value", "minus"] = "set"
    begins: float = 0.0
    kept: str = ""
    policy: Policy | None = None
    to: int | None = None
    numbered: bool = False


RIGHT = Slipped("right")


def gradients(
    slip: Slipped, graph: Graph, passes: Sequence[int], policy: Policy = "afresh", other_order: bool = False
) -> dict[str, float]:
    """Returns the gradients by name that an engine with a slip ends with.

    Of the orders in which a node comes after all that is computed from it there are two: what comes last is kept by = for +=.
    """
    policy = slip.policy or policy
    grads = dict.fromkeys(graph.values.values(), slip.begins)
    before: list[Value] = []
    for which in passes:
        sweep = graph.sweeps[which]
        nodes = sweep.tape.nodes
        known = {*nodes, *before} if slip.kept in ("order", "both") else grads if slip.of_all else nodes
        for node in known:
            if policy == "zeroed" or (policy == "afresh" and node.parents):
                grads[node] = 0.0
        visited = _visits(slip, sweep, other_order)
        if slip.kept:
            if slip.kept != "order":
                visited = [node for node in visited if node not in before]
            before += visited if slip.kept == "visited" else []
            if slip.kept != "visited":
                before = visited = [*visited, *before]
        _seed(slip, grads, sweep)
        for _ in passed(sweep, _variation(slip, visited), grads):
            pass
        for node in nodes if slip.most < inf else ():
            grads[node] = max(-slip.most, min(slip.most, grads[node]))
    return {name: grads.get(node, 0.0) for name, node in graph.values.items()}


def _variation(slip: Slipped, visited: Iterable[Value]) -> Variation:
    """Returns the pass of an engine with a slip, of which the nodes that have a turn are known."""
    local = slip.local
    has_place = slip.about or slip.form or slip.side is not None
    return Variation(
        partials=(lambda sweep: local(_ways(slip, sweep))) if local is not None else lambda _: {},
        visits=lambda _: visited,
        joined=slip.joined,
        edge=slip.passed or mul,
        where=(lambda sweep: {way.edge for way in _ways(slip, sweep)}) if has_place else None,
        without=(lambda sweep: _repeated(slip, sweep)) if slip.repeats else lambda _: (),
        to=slip.to,
    )


def _visits(slip: Slipped, sweep: Sweep, other_order: bool) -> list[Value]:
    usual = slip.visits or (lambda sweep: reversed(sweep.tape.nodes))
    other = slip.visits_too or slip.visits or partial(parents_before, last_first=True)
    return [*(other if other_order else usual)(sweep)]


def _seed(slip: Slipped, grads: dict[Value, float], sweep: Sweep) -> None:
    root = sweep.root
    if slip.seed == "added":
        grads[root] += 1.0
    elif slip.seed != "none":
        grads[root] = {"set": 1.0, "value": root.data, "minus": -1.0}[slip.seed]


def _ways(slip: Slipped, sweep: Sweep) -> list[Way]:
    """Returns the edges at which a slip is made."""
    return [way for node in sweep.tape.nodes for way in _concerned(node, slip.about, slip.form, slip.side, slip.reflected)]


def _repeated(slip: Slipped, sweep: Sweep) -> set[Edge]:
    """Returns one of the edges to a value that is both operands."""
    slot = 1 if slip.repeats == "first" else 0
    ways = (way for way in _ways(slip, sweep) if way.slot == slot and len(way.node.parents) == 2)
    return {way.edge for way in ways if way.node.parents[0] is way.node.parents[1]}


@lru_cache(20000)
def _concerned(node: Value, about: str, form: str, side: int | None, reflected: bool) -> tuple[Way, ...]:
    """Returns the edges of a node at which a slip is made."""
    if node.op is None or (about and sign_of(node.op.name) != about):
        return ()
    if form and form_of(node.arguments) != form:
        return ()
    if side is not None and reflected and form_of(node.arguments) == "left":
        side = 1 - side
    return tuple(way for way in ways(node) if side is None or way.which == side)


# The slips -----------------------------------------------------------------------------------------------------------

_LOCAL: dict[str, Local] = {
    "minus lost": other_partials.minus_lost,
    "own factor": other_partials.own_factor,
    "formula of input": other_partials.formula_of_input,
    "slope at output": other_partials.slope_at_output,
    "value for slope": other_partials.value_for_slope,
    "square lost": other_partials.square_lost,
    "sign inside": other_partials.sign_inside,
    "no exponent": other_partials.no_exponent,
    "exponent kept": other_partials.exponent_kept,
    "power rule": other_partials.power_rule,
    "constant lost": other_partials.constant_lost,
    "first factor": partial(other_partials.one_factor, which=0),
    "second factor": partial(other_partials.one_factor, which=1),
    "sides swapped": other_partials.sides_swapped,
    "own argument": other_partials.own_argument,
    "whole number": other_partials.whole_numbers,
}


_SIMPLE = ("minus lost", "own factor", "no exponent", "constant lost")  # formulas that are lost more often than an upstream


def _at_edges(about: str, form: str = "", side: int | None = None, reflected: bool = False) -> Iterator[Slipped]:
    """Yields the slips that are made at single edges, simple ones first."""
    place = Slipped("", about, form, side, reflected)
    yield place._replace(key="overwrite", joined="last")
    for key in _SIMPLE:
        yield place._replace(key=key, local=_LOCAL[key])
    for key, made_of in ON_EDGE.items():
        yield place._replace(key=key, passed=made_of)
    for key, local in _LOCAL.items():
        if key not in _SIMPLE:
            yield place._replace(key=key, local=local)


def slips_in(operation: str) -> Iterator[Slipped]:
    """Yields the slips that an operation may have, simple ones first."""
    if operation not in SIGNS:
        yield from _at_edges(operation)
        return
    for repeats in ("first", "last"):
        yield Slipped("sent once", operation, repeats=repeats)
    if operation != "*":  # of a product it is what "own factor" says
        yield Slipped("swapped", operation, local=other_partials.other_way_round, numbered=True)
    yield from _at_edges(operation)
    for side in (0, 1):
        yield from _at_edges(operation, side=side)
        if operation in "+*":
            yield from _at_edges(operation, side=side, reflected=True)
    for form in ("left", "right", "values"):
        yield from _at_edges(operation, form)
    for side in (0, 1):
        yield from _at_edges(operation, "values", side)
    for to, side in ((0, 1), (1, 0)):
        yield Slipped("all to one", operation, side=side, to=to, numbered=True)


def _by_value(node: Value) -> float:
    return node.data


def _along(sweep: Sweep, which: int) -> list[Value]:
    """Returns the order of an engine that goes on to one parent of each node."""
    met = [sweep.root]
    while met[-1].parents:
        met.append(met[-1].parents[which])
    return met


ENGINE_WIDE = (
    Slipped("no seed", seed="none"),
    Slipped("seed of value", seed="value"),
    Slipped("minus seed", seed="minus"),
    Slipped("leaves first", visits=leaves_first),
    Slipped("depth first", visits=depth_first, visits_too=partial(depth_first, last_first=True)),
    Slipped("breadth first", visits=breadth_first, visits_too=partial(breadth_first, last_first=True)),
    Slipped("recursion", visits=lambda sweep: islice(recursion(sweep), _VISITS)),
    Slipped(
        "equal values",
        visits=partial(parents_before, key=_by_value),
        visits_too=partial(parents_before, key=_by_value, last_first=True),
    ),
    Slipped("by value", visits=lambda sweep: sorted(sweep.tape.nodes, key=lambda node: -node.data)),
    Slipped("overwrite", joined="last"),
    Slipped("mean", joined="mean"),
    Slipped("sent once", repeats="first"),
    Slipped("sent once", repeats="last"),
    Slipped("begins at 1", begins=1.0),
    Slipped("begins at 1", begins=1.0, policy="kept"),
    Slipped("local alone", passed=ON_EDGE["local alone"]),
    Slipped("upstream alone", passed=ON_EDGE["upstream alone"]),
    Slipped("added", passed=ON_EDGE["added"]),
    Slipped("twice", passed=ON_EDGE["twice"]),
    Slipped("sign", passed=ON_EDGE["sign"]),
    Slipped("one parent", visits=partial(_along, which=-1), visits_too=partial(_along, which=0), numbered=True),
)

BETWEEN_PASSES = (
    Slipped("seed added", seed="added"),
    Slipped("order kept", kept="order"),
    Slipped("order and visited kept", kept="both"),
    Slipped("visited kept", kept="visited"),
    Slipped("zeroed in backward", policy="zeroed"),
    Slipped("zeroed in backward", policy="zeroed", of_all=True),
    Slipped("inner kept", policy="kept"),
)
