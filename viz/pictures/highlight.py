"""What is highlighted in a picture (values, edges, a chain rule, a step of a sweep), and what is known at that step.

>>> from chalkgrad.engine import Value, chain_rule, tape
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> lit = find_highlight(chain_rule(e, b), tape(e))
>>> len(lit.nodes), len(lit.edges)
(4, 4)
>>> lit.caption
'∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b\\n= 2 · 1 + 3 · 1 = 5'
>>> moment_after(e.steps()[3]).adjoints[b]
3.0
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chalkgrad.engine import Tape, Value
from chalkgrad.engine.explaining.chain import Expansion, Factored
from chalkgrad.engine.explaining.links import Link
from chalkgrad.engine.stepping.forward import ForwardPass, ForwardStep
from chalkgrad.engine.stepping.grads import Grads, Held, come
from chalkgrad.engine.stepping.sentences import forward_sentence, node_sentence, sentence
from chalkgrad.engine.stepping.steps import NodeStep, Step, Steps, Sweep
from chalkgrad.engine.stepping.trace import under_way
from chalkgrad.engine.words.expressions import name_of
from chalkgrad.engine.words.names import value_of
from chalkgrad.viz.pictures.captions import Caption, of_expansion, of_sentence, together

K = TypeVar("K")
V = TypeVar("V")
Slot = tuple[Value, int]  # an edge: the node and which of its parents


@dataclass(frozen=True)
class Moment:
    """What is known of a graph at some moment: adjoints, the contribution of each edge, and which are incomplete."""

    adjoints: Mapping[Value, float]
    carried: Mapping[Slot, float]
    incomplete: frozenset[Value] = frozenset()  # values whose adjoints still lack contributions
    uncomputed: frozenset[Value] = frozenset()  # values that the forward pass has not reached
    held: Mapping[Value, Held] = field(default_factory=dict)  # what the grads hold now, for a moment that they show


@dataclass
class Highlight:
    """The highlighted values and edges; for a step also its sentence and its moment.

    ``second`` are the edges that only the second path of a chain rule of two paths has.
    """

    nodes: set[Value] = field(default_factory=set)
    edges: set[Slot] = field(default_factory=set)
    second: set[Slot] = field(default_factory=set)
    captions: list[Caption] = field(default_factory=list)
    moment: Moment | None = None

    @property
    def caption(self) -> Caption:
        """The sentences of everything highlighted."""
        return together(self.captions)


def moment_now(tape: Tape) -> Moment:
    """Returns what the grads show now, even in the middle of a sweep, when only some of them are written."""
    grads = Grads(tape.nodes, tape.roots)
    if grads.of_one_sweep():
        return Moment(_Asked(tape.nodes, _grad_of), _Carried(tape.nodes), held=_Asked(tape.nodes, grads.held_by))
    adjoints = {node: held.adjoint for node, held in grads.held.items() if held.adjoint is not None}
    found = under_way(tape, tape.contributions(tape), grads) if grads.under_way else None
    if found is not None:
        return _moment_in(*found, adjoints, grads.held)
    arriving: dict[Value, list[tuple[Slot, float]]] = defaultdict(list)  # in the order in which a sweep adds them
    for node in reversed(tape.nodes):
        for slot, parent in enumerate(node.parents):
            carries = grads.carried(node, slot)
            if carries is not None:
                arriving[parent].append(((node, slot), carries))
    by_hand = all(held.by_hand for held in grads.held.values())
    carried: dict[Slot, float] = {}
    incomplete: set[Value] = set()
    for parent, arrived in arriving.items():
        count = len(arrived) if parent in tape.roots else come(adjoints[parent], [number for _, number in arrived])
        if grads.held[parent].by_hand and count < len(arrived) and not by_hand:
            count = 0  # set after a sweep, of which a part happens to be as much
        carried.update(arrived[:count])
        if 0 < count < len(arrived):
            incomplete.add(parent)
    return Moment(adjoints, carried, frozenset(incomplete), held=grads.held)


class _Asked(Mapping[K, V]):
    """What a function says of each of many values, asked when it is needed; None where it has nothing to say."""

    def __init__(self, keys: Collection[K], function: Callable[[K], V | None]) -> None:
        self._keys, self.get = keys, function  # type: ignore[assignment] # all that is asked for is one of them

    def __getitem__(self, key: K) -> V:
        found = self.get(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[K]:
        return (key for key in self._keys if self.get(key) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _grad_of(node: Value) -> float | None:
    return node._grad


class _Carried(_Asked[Slot, float]):
    """What the edges have carried in a sweep that has filled every grad."""

    def __init__(self, nodes: Collection[Value]) -> None:
        super().__init__((), _carried)
        self._nodes = nodes

    def __iter__(self) -> Iterator[Slot]:
        return (slot for slot, _ in self.items())

    def items(self) -> Any:
        for node in reversed(self._nodes):  # type: ignore[call-overload] # a tuple
            adjoint = node._grad
            for slot, (parent, partial) in enumerate(zip(node.parents, node.partials, strict=True)):
                if parent._x is not None or not parent.constant:
                    yield (node, slot), adjoint * partial


def _carried(edge: Slot) -> float | None:
    node, slot = edge
    return None if node.parents[slot].constant else node.grad * node.partials[slot]


def moment_at_the_end(sweep: Sweep) -> Moment:
    """Returns what is known after the whole of a backward pass, whether it has run or not."""
    return Moment(sweep.adjoints, {edge: sweep.contribution(position) for position, edge in enumerate(sweep.edges)})


def _moment_in(sweep: Sweep, done: int, adjoints: Mapping[Value, float], held: Mapping[Value, Held]) -> Moment:
    """Returns the moment of a cursor's sweep when ``done`` edges are; what was set by hand since shows no contributions."""
    carried: dict[Slot, float] = {}
    for position in range(done):
        node, slot = edge = sweep.edges[position]
        parent = node.parents[slot]
        if parent in adjoints and not held[parent].by_hand:
            carried[edge] = sweep.contribution(position)
    incomplete = (node for node, arrivals in sweep.arrivals.items() if node in adjoints and arrivals[-1] >= done)
    return Moment(adjoints, carried, frozenset(incomplete), held=held)


def moment_after(step: Step | NodeStep | ForwardStep) -> Moment:
    """Returns what is known after ``step``, wherever the cursor of its sweep is."""
    if isinstance(step, ForwardStep):
        return Moment({}, {}, uncomputed=frozenset(step.tape.nodes[step.index + 1 :]))
    sweep = step.sweep
    done = step.index if isinstance(step, Step) else step.steps[-1].index
    adjoints = {sweep.root: sweep.upstream}
    carried: dict[Slot, float] = {}
    for position in range(done):
        node, slot = edge = sweep.edges[position]
        carried[edge] = sweep.contribution(position)
        adjoints[node.parents[slot]] = sweep.before[position] + carried[edge]
    waiting = (node for node, arrivals in sweep.arrivals.items() if node in adjoints and arrivals[-1] >= done)
    return Moment(adjoints, carried, incomplete=frozenset(waiting))


def find_highlight(what: Any, tape: Tape, digits: int = 4) -> Highlight:
    """Returns the highlight that ``what`` asks for on ``tape``.

    Args:
        what: a Value or its name; an edge as (node, parent) or (node, slot); a chain rule's expansion, a path of it or a
            link; a step; or several of these. None highlights nothing.
        tape: the values that are drawn.
        digits: the significant digits of the numbers in the caption.

    Raises:
        TypeError: it is none of these.
        ValueError: a value or an edge is not on the tape.
    """
    found = Highlight()
    if what is not None:
        _collect(what, found, tape, digits)
    for node in found.nodes:
        if node not in tape:
            name, drawn = name_of(node), ", ".join(tape.names[root] for root in tape.roots)
            raise ValueError(f"{name} cannot be highlighted: it is none of the values that {drawn} is computed from.")
    return found


def _collect(what: Any, found: Highlight, tape: Tape, digits: int) -> None:
    match what:
        case Value():
            found.nodes.add(what)
        case str():
            found.nodes.add(value_of(what, tape.names))
        case Link(node, slot, parent):
            own = slot < len(node.parents) and node.parents[slot] is parent
            _light(found, [(node, slot)] if own else _between(node, parent))
        case Expansion():
            found.nodes.update((what.y, what.x) if what.count else ())
            _light(found, _between(what.y, what.x))
            if what.count == 2 and what.by == "node" and len(what.paths) == 2:
                first, second = ({(link.node, link.slot) for link in path} for path in what.paths)
                found.second |= second - first
            found.captions.append(of_expansion(what, digits))
        case Factored():
            _collect(what.expansion, found, tape, digits)
            found.captions[-1] = Caption("\n".join(line.strip() for line in what.text().split("\n")))
        case Steps() | ForwardPass():
            _collect(drawn_from(what)[1], found, tape, digits)
        case Step():
            found.nodes.add(what.parent)
            _light(found, [] if what.node is None else [(what.node, what.slot)])
            _add_sentence(found, sentence(what, digits), moment_after(what))
        case NodeStep():
            _light(found, [(edge.node, edge.slot) for edge in what.steps if edge.node is not None])
            _add_sentence(found, node_sentence(what, digits), moment_after(what))
        case ForwardStep(node=node):
            found.nodes.add(node)
            _light(found, [(node, slot) for slot in range(len(node.parents))])
            _add_sentence(found, forward_sentence(what, digits), moment_after(what))
        case (Value() as node, int() as slot):
            if not 0 <= slot < len(node.parents):
                name = name_of(node)
                raise ValueError(f"{name} has {len(node.parents)} parents, and no edge {slot}: the first is ({name}, 0).")
            _light(found, [(node, slot)])
        case (Value() as node, Value() as parent) if isinstance(what, tuple) and parent in node.parents:
            _light(found, [(node, slot) for slot, one in enumerate(node.parents) if one is parent])
        case _ if isinstance(what, Iterable):
            for part in what:
                _collect(part, found, tape, digits)
        case _:
            raise TypeError(
                "highlight takes Values or their names, an edge as (node, parent) or (node, slot), chain_rule(y, x) or one of "
                f"its paths, a step of L.steps(), or several of these; not {type(what).__name__} {what!r}."
            )


def drawn_from(what: Any) -> tuple[Any, Any]:
    """Returns the root of a step's sweep, and the step; of steps, the one at the cursor. Of anything else, itself and None."""
    if isinstance(what, (Steps, ForwardPass)) and len(what):
        what = what[max(what.position, 0)]
    match what:
        case Step() | NodeStep():
            return what.sweep.root, what
        case ForwardStep():
            return what.tape.roots[0], what
    return what, None


def _light(found: Highlight, edges: Iterable[Slot]) -> None:
    for node, slot in edges:
        found.edges.add((node, slot))
        found.nodes.update((node, node.parents[slot]))


def _add_sentence(found: Highlight, said: str, moment: Moment) -> None:
    found.captions.append(of_sentence(said))
    if found.moment is None or _progress(moment) >= _progress(found.moment):  # of several steps, the last one's
        found.moment = moment


def _progress(moment: Moment) -> tuple[int, int]:
    return -len(moment.uncomputed), len(moment.carried)


def _between(y: Value, x: Value) -> list[Slot]:
    """Returns the edges of all paths from y back to x; no path leads to a constant."""
    leading = set() if x.constant else {x}
    edges: list[Slot] = []
    for node in y.tape():
        if node is not x:
            here = [(node, slot) for slot, parent in enumerate(node.parents) if parent in leading]
            edges += here
            if here:
                leading.add(node)
    return edges if y in leading else []
