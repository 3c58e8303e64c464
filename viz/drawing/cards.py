"""What the cards and the edges of a graph say, at one moment of it.

Whatever is written comes from `chalkgrad.engine.words`, the one renderer of words: expressions, reasons, numbers.

>>> from chalkgrad.engine import Value, tape
>>> from chalkgrad.viz.pictures.highlight import now
>>> a = Value(2.0, "a")
>>> y = 3 * a
>>> y.label = "y"
>>> y.backward()
>>> of_y = tape(y)
>>> telling = Telling(of_y.names, "cards", shown(None, "cards"), 4, now(of_y))
>>> (_, y_card), (edge,) = cards_and_edges(of_y, telling)
>>> y_card.title, [line.text for line in edge.lines]
('y = 3·a', ['∂y/∂a = 3', '+3'])
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from chalkgrad.engine import Tape, Value, words
from chalkgrad.viz.pictures.folding import LABELLED_LINKS, Folding, folding_lines, folding_rows
from chalkgrad.viz.pictures.highlight import Highlight, Moment
from chalkgrad.viz.pictures.picture import LABELLED_EDGES, Card, Edge, Line, Row, Skin, marked
from chalkgrad.viz.skins.circuit import formula, sign

MORE = "…"  # the rest of a sum that has not come yet

# What may be written, and what each skin writes unless it is told otherwise.
SHOWN = ("data", "grad", "local", "contributions")
BY_DEFAULT = {"cards": SHOWN, "circuit": ("data", "grad"), "edges": ("data", "local")}


def shown(show: str | Iterable[str] | None, skin: str) -> frozenset[str]:
    """What ``show`` asks for, in this skin."""
    if show is None:
        return frozenset(BY_DEFAULT[skin])
    wanted = (show,) if isinstance(show, str) else tuple(show)
    for name in wanted:
        if name not in SHOWN:
            *most, last = (f'"{one}"' for one in SHOWN)
            raise ValueError(f"show takes {', '.join(most)} and {last}, not {name!r}.")
    return frozenset(wanted)


@dataclass(frozen=True)
class Telling:
    """What is told of a graph: under which names, how much of it, and at which moment."""

    names: Mapping[Value, str]
    skin: Skin
    show: frozenset[str]
    digits: int
    moment: Moment


def cards_and_edges(tape: Tape, telling: Telling) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """A card for each value on ``tape``, and an edge for each of its arguments; without words where they are too many."""
    stale = set(tape.stale)
    cards = tuple(_card(node, tape, telling, node in stale) for node in tape)
    labelled = sum(len(node.parents) for node in tape) <= LABELLED_EDGES
    numbers = {node: number for number, node in enumerate(tape)}
    edges = tuple(
        Edge(numbers[parent], numbers[node], _lines(node, slot, telling) if labelled else ())
        for node in tape
        for slot, parent in enumerate(node.parents)
    )
    return cards, edges


def folded_cards_and_edges(tape: Tape, folding: Folding, telling: Telling) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """A card for each group of ``folding``, and an arrow for all edges from one to another; between two values, for each."""
    stale = set(tape.stale)
    ranges = telling.show | {"grad"} if telling.show == frozenset(BY_DEFAULT[telling.skin]) else telling.show
    labelled = len(folding.links) <= LABELLED_LINKS
    carried: dict[tuple[int, int], list[float]] = {}
    for (node, slot), contributed in telling.moment.carried.items():
        parent = node.parents[slot]
        if not parent.constant:
            carried.setdefault((folding.number[parent], folding.number[node]), []).append(contributed)
    cards = []
    for group in folding.groups:
        old = not stale.isdisjoint(group.nodes)
        if group.folded:
            rows = (*folding_rows(group, telling.moment, ranges, telling.digits), *_stale(old))
            kind = "root" if any(root in group.nodes for root in tape.roots) else group.kind
            marks = frozenset({"stale"}) if old else frozenset()
            bears = group.title if telling.skin == "circuit" and kind != "leaf" else ""
            under = group.size if bears else ""
            count = len(group.nodes)
            cards.append(Card(group.title, "", rows, kind, group.around, marks, sign=bears, formula=under, count=count))
        else:
            cards.append(replace(_card(group.nodes[0], tape, telling, old), place=group.around))
    edges = []
    for (tail, head), count in folding.links.items():
        before, after = folding.groups[tail], folding.groups[head]
        if before.folded or after.folded:
            contributions = carried.get((tail, head), []) if "contributions" in telling.show else []
            lines = folding_lines(count, contributions, not before.folded, telling.digits)
            edges.append(Edge(tail, head, tuple(lines) if labelled else (), count=count))
        else:
            node = after.nodes[0]
            slots = (slot for slot, parent in enumerate(node.parents) if parent is before.nodes[0])
            edges += (Edge(tail, head, _lines(node, slot, telling)) for slot in slots)
    return tuple(cards), tuple(edges)


def _card(node: Value, tape: Tape, telling: Telling, stale: bool) -> Card:
    name, written = telling.names[node], words.expression(node, telling.names, digits=telling.digits)
    rows = []
    if "data" in telling.show:
        rows.append(_data(node, name, telling))
    if "grad" in telling.show:
        rows.append(_grad(node, name, tape, telling))
    rows += _stale(stale)
    return Card(
        name,
        written,
        tuple(rows),
        "leaf" if not node.parents else "root" if node in tape.roots else "inner",
        tuple(node.place.split(".")) if node.place else (),
        frozenset({"stale"}) if stale else frozenset(),
        sign=sign(node) if telling.skin == "circuit" else "",
        formula=formula(node, name, written) if telling.skin == "circuit" else "",
    )


def _stale(stale: bool) -> tuple[Row, ...]:
    """The row of a card with a value that is older than what it was computed from."""
    said = words.TEMPLATES["stale"].format(value="").strip(" ").removeprefix("(").removesuffix(")")
    return (Row(said, "", "note"),) if stale else ()


def _data(node: Value, name: str, telling: Telling) -> Row:
    title = name if telling.skin == "edges" else "data"
    if node in telling.moment.uncomputed:
        return Row(title, words.grad_not_computed()[1], "missing")
    return Row(title, words.number(node.data, telling.digits), "data")


def _grad(node: Value, name: str, tape: Tape, telling: Telling) -> Row:
    title, missing = words.grad_not_computed()
    if node.constant:
        return Row(words.TEMPLATES["constant"], "", "missing")
    if telling.skin == "edges" and len(tape.roots) == 1:
        title = words.quotient(telling.names[tape.roots[0]], name)
    adjoint = telling.moment.adjoints.get(node)
    if adjoint is None:
        return Row(title, missing, "missing")
    more = f" + {MORE}" if node in telling.moment.incomplete else ""
    return Row(title, words.number(adjoint, telling.digits) + more, "grad")


def _lines(node: Value, slot: int, telling: Telling) -> tuple[Line, ...]:
    """What stands beside an edge; nothing where the parent takes no gradient."""
    if node.parents[slot].constant or node in telling.moment.uncomputed:
        return ()
    lines = []
    if "local" in telling.show:
        written = _short if telling.skin == "edges" else words.reason
        lines.append(Line(written(node, slot, telling.names, digits=telling.digits), "local"))
    carried = telling.moment.carried.get((node, slot))
    if "contributions" in telling.show and carried is not None:
        lines.append(Line(words.signed(carried, telling.digits), "contribution"))
    return tuple(lines)


def _short(node: Value, slot: int, names: Mapping[Value, str], *, digits: int) -> str:
    """A local derivative without its reason: `∂e/∂c = 2`."""
    parent = node.parents[slot]
    text = f"{words.quotient(names[node], names[parent])} = {words.number(node.partials[slot], digits)}"
    if node.parents.count(parent) > 1:
        nth = words.ordinal(node.parents[:slot].count(parent) + 1)
        text = words.filled("which argument", reason=text, ordinal=nth, parent=names[parent])
    return text


def cards_marked(
    tape: Tape, cards: tuple[Card, ...], edges: tuple[Edge, ...], lit: Highlight
) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """The cards and edges of ``tape`` with those lit that are in play, and the others faded."""
    slots = ((node, slot) for node in tape for slot in range(len(node.parents)))
    return (
        tuple(marked(card, lit=node in lit.nodes) for node, card in zip(tape, cards, strict=True)),
        tuple(marked(edge, lit=slot in lit.edges, second=slot in lit.second) for slot, edge in zip(slots, edges, strict=True)),
    )


def groups_marked(
    folding: Folding, cards: tuple[Card, ...], edges: tuple[Edge, ...], lit: Highlight
) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """The cards and edges of ``folding`` with those lit that stand for anything in play, and the others faded."""
    groups = {folding.number[node] for node in lit.nodes}
    links = {(folding.number[node.parents[slot]], folding.number[node]) for node, slot in lit.edges}
    return (
        tuple(marked(card, lit=number in groups) for number, card in enumerate(cards)),
        tuple(marked(edge, lit=(edge.tail, edge.head) in links) for edge in edges),
    )
