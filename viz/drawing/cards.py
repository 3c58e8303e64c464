"""Writes the cards and edges of a graph at one moment of a pass.

All text comes from `chalkgrad.engine.words.expressions`, the one renderer of words: expressions, reasons, numbers.

>>> from chalkgrad.engine import Value, tape
>>> from chalkgrad.viz.pictures.highlight import moment_now
>>> from chalkgrad.viz.skins import skin_of
>>> a = Value(2.0, "a")
>>> y = 3 * a
>>> y.label = "y"
>>> y.backward()
>>> tape_of_y = tape(y)
>>> cards = skin_of("cards")
>>> display = Display(tape_of_y.names, cards, shown(None, cards), 4, moment_now(tape_of_y))
>>> (_, y_card), (edge,) = cards_and_edges(tape_of_y, display)
>>> y_card.title, [line.text for line in edge.lines]
('y = 3·a', ['∂y/∂a = 3', '+3'])
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from chalkgrad.engine import Tape, Value
from chalkgrad.engine.basics.leaves import is_cut_off
from chalkgrad.engine.stepping.blanks import Blanks
from chalkgrad.engine.stepping.grads import of_other_root
from chalkgrad.engine.stepping.mirrors import other_data, other_grad
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import of_upstream
from chalkgrad.engine.words.printer import PICTURED
from chalkgrad.viz.pictures.folding import LABELLED_LINKS, Folding, folding_lines, folding_rows
from chalkgrad.viz.pictures.highlight import Highlight, Moment
from chalkgrad.viz.pictures.picture import LABELLED_EDGES, PICTURES, Card, CardRow, Edge, EdgeLine, marked
from chalkgrad.viz.skins.skin import SHOWN, Skin

OTHER_ENGINES = section("other engines")
MORE = "…"  # stands for contributions that have not come yet


def shown(show: str | Iterable[str] | None, skin: Skin) -> frozenset[str]:
    """Returns the names in ``show``; for None, the default of this skin."""
    if show is None:
        return frozenset(skin.shows)
    wanted = (show,) if isinstance(show, str) else tuple(show)
    for name in wanted:
        if name not in SHOWN:
            *most, last = (f'"{one}"' for one in SHOWN)
            raise ValueError(f"show takes {', '.join(most)} and {last}, not {name!r}.")
    return frozenset(wanted)


def refuse_unwritten(show: Collection[str], tape: Tape, folding: Folding | None) -> None:
    """Raises ValueError if ``show`` names what is written on edges and no edge of this picture has room for it."""
    count = sum(len(node.parents) for node in tape)
    if folding is None:
        if count > LABELLED_EDGES and not {"local", "contributions"}.isdisjoint(show):
            raise ValueError(
                f"this graph has {count} edges, and of more than {LABELLED_EDGES} none has a label: "
                "leave local and contributions out of show, or draw a part of the graph."
            )
        return
    if any(not folding.groups[tail].folded and not folding.groups[head].folded for tail, head in folding.links):
        return  # between two values that have cards of their own, an edge has all its lines
    if "local" in show and folding.links:
        raise ValueError(
            "a local derivative belongs to the edge of two values, and every arrow here leads from or to a folded card: "
            "leave local out of show, or fold less."
        )
    if "contributions" in show and len(folding.links) > LABELLED_LINKS:
        raise ValueError(
            f"this picture has {len(folding.links)} arrows, and of more than {LABELLED_LINKS} none has a label: "
            "leave contributions out of show, or fold more."
        )


@dataclass(frozen=True)
class Display:
    """What is shown of a graph: under which names, in which skin, which numbers, with how many digits, at which moment.

    With ``units``, the names of all values, a card of folded ones shows the numbers of the one that is used elsewhere. With
    ``blanks``, what these have stands in boxes, and nothing else tells it.
    """

    names: Mapping[Value, str]
    skin: Skin
    show: frozenset[str]
    digits: int
    moment: Moment
    units: Mapping[Value, str] | None = None
    blanks: Blanks | None = None


def cards_and_edges(tape: Tape, display: Display) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """Returns a card for each value on ``tape`` and an edge for each parent; without labels if there are too many edges."""
    stale = set(tape.stale)
    cards = tuple(_card(node, tape, display, node in stale) for node in tape)
    labelled = sum(len(node.parents) for node in tape) <= LABELLED_EDGES
    numbers = {node: number for number, node in enumerate(tape)}
    edges = tuple(
        Edge(
            numbers[parent],
            numbers[node],
            _lines(node, slot, display) if labelled else (),
            frozenset() if display.blanks else _marks(node, slot, display.moment),
        )
        for node in tape
        for slot, parent in enumerate(node.parents)
    )
    return cards, edges


def folded_cards_and_edges(tape: Tape, folding: Folding, display: Display) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """Returns a card for each group of ``folding`` and an arrow for all edges between two; single values keep their edges."""
    stale = set(tape.stale)
    ranges = display.show | {"grad"} if display.show == frozenset(display.skin.shows) else display.show
    labelled = len(folding.links) <= LABELLED_LINKS
    carried: dict[tuple[int, int], list[float]] = {}
    number = folding.number
    for node, slot in _between_groups(tape, number) if "contributions" in display.show else ():
        contributed, parent = display.moment.carried.get((node, slot)), node.parents[slot]
        if contributed is not None and not parent.constant:
            carried.setdefault((number[parent], number[node]), []).append(contributed)
    roots = {number[root] for root in tape.roots}
    cards = []
    handed_on = _handed_on(tape, folding) if display.units else {}
    for i, group in enumerate(folding.groups):
        old = bool(stale) and not stale.isdisjoint(group.nodes)
        if group.folded and display.units and group.nodes in handed_on:
            card = _card(handed_on[group.nodes], tape, replace(display, names=display.units), old)
            cards.append(replace(card, expression="", place=group.around, sign=group.title or card.name, formula=card.name))
        elif group.folded:
            rows = (*folding_rows(group, display.moment, ranges, display.digits), *_stale(old))
            kind = "root" if i in roots else group.kind
            marks = frozenset({"stale"}) if old else frozenset()
            sign, under = ("", "") if kind == "leaf" else display.skin.folded(group.title, group.size)
            count = len(group.nodes)
            cards.append(Card(group.title, "", rows, kind, group.around, marks, sign=sign, formula=under, count=count))
        else:
            cards.append(replace(_card(group.nodes[0], tape, display, old), place=group.around))
    edges = []
    for (tail, head), count in folding.links.items():
        before, after = folding.groups[tail], folding.groups[head]
        if before.folded or after.folded:
            lines = folding_lines(count, carried.get((tail, head), []), not before.folded, display.digits)
            edges.append(Edge(tail, head, tuple(lines) if labelled and not display.units else (), count=count))
        else:
            node = after.nodes[0]
            slots = (slot for slot, parent in enumerate(node.parents) if parent is before.nodes[0])
            edges += (Edge(tail, head, _lines(node, slot, display), _marks(node, slot, display.moment)) for slot in slots)
    return tuple(cards), tuple(edges)


def _between_groups(tape: Tape, number: Mapping[Value, int]) -> Iterator[tuple[Value, int]]:
    """Yields the edges that lead from one group to another, in the order of the sweep."""
    for node in reversed(tape.nodes):
        here, only = number[node], node._x
        if only is None or (node._y is None and not isinstance(only, tuple) and number[only] == here):
            continue
        yield from ((node, slot) for slot, parent in enumerate(node.parents) if number[parent] != here)


def _handed_on(tape: Tape, folding: Folding) -> dict[tuple[Value, ...], Value]:
    """Returns for each group of folded values that hands on a single one, because it is used outside or is a root, that one."""
    out: dict[int, dict[Value, None]] = {}
    for node in tape:
        for parent in node.parents:
            if folding.number[parent] != folding.number[node]:
                out.setdefault(folding.number[parent], {})[parent] = None
    for root in tape.roots:
        out.setdefault(folding.number[root], {})[root] = None
    return {folding.groups[n].nodes: next(iter(nodes)) for n, nodes in out.items() if len(nodes) == 1}


def _card(node: Value, tape: Tape, display: Display, stale: bool) -> Card:
    name, written = display.names[node], words.expression(node, display.names, digits=display.digits, longest=PICTURED)
    rows = []
    if "data" in display.show:
        rows.append(_data(node, name, display))
    if "grad" in display.show and not (display.blanks and display.blanks.tells_by_gradient(node)):
        rows.append(_grad(node, name, tape, display))
    if display.blanks is None:
        rows += _other_engine(node, display)
    rows += _stale(stale)
    if is_cut_off(node):
        rows.append(CardRow(PICTURES["cut off"], "", "note"))
    return Card(
        name,
        written,
        tuple(rows),
        "leaf" if not node.parents else "root" if node in tape.roots else "inner",
        tuple(node.place.split(".")) if node.place else (),
        frozenset({"stale"}) if stale else frozenset(),
        sign=display.skin.sign(node),
        formula=display.skin.formula(node, name, written),
    )


def _stale(stale: bool) -> tuple[CardRow, ...]:
    """Returns the row that marks a value computed from parents that have changed since."""
    return (CardRow(PICTURES["stale"], "", "note"),) if stale else ()


def _other_engine(node: Value, display: Display) -> Iterator[CardRow]:
    """Yields the rows that show what another engine, such as a student's own, has otherwise."""
    data, grad = other_data(node), other_grad(node)
    for name, other, right in (("data", data, node.data), ("grad", grad, node.grad)):
        if other is not None and name in display.show:
            number = words.number(other, digits_apart(other, right, digits=display.digits, most=17))
            yield CardRow(OTHER_ENGINES[f"{name} row"], number, "note")


def _data(node: Value, name: str, display: Display) -> CardRow:
    title = display.skin.data_title(name)
    if display.blanks and display.blanks.has("values", node):
        return CardRow(title, display.blanks.written("values", node), "data", display.blanks.width("values"))
    if node in display.moment.uncomputed:
        return CardRow(title, words.grad_not_computed()[1], "missing")
    return CardRow(title, words.number(node.data, display.digits), "data")


def _grad(node: Value, name: str, tape: Tape, display: Display) -> CardRow:
    missing = words.grad_not_computed()[1]
    if node.constant:
        return CardRow(words.TEMPLATES["constant"], "", "missing")
    adjoint, held = display.moment.adjoints.get(node), display.moment.held.get(node)
    alone = len(tape.roots) == 1  # else it has a gradient of each root
    seed = 1.0 if held is None else held.seed
    if display.blanks and display.blanks.asks_for_a_sweep:
        seed = display.blanks.seed
    of = of_upstream(display.names, tape.roots[0], seed) if alone else ""
    title = display.skin.grad_title(name, of)
    if display.blanks and display.blanks.has("gradients", node):
        return CardRow(title, display.blanks.written("gradients", node), "grad", display.blanks.width("gradients"))
    other = None if held is None else of_other_root(node, held, display.names)
    if other is not None:
        return CardRow(title, f"{words.number(other[0], display.digits)} ({words.total(other[1], name)})", "missing")
    if adjoint is None:
        return CardRow(title, missing, "missing")
    whose = "" if held is None else held.whose(display.names)
    added = f" ({words.total(whose, name)})" if whose else ""
    if held is not None and (held.by_hand or held.before):
        return CardRow(title, words.grad_text(node, display.digits, added=adjoint).partition(" ")[2] + added, "grad")
    more = f" + {MORE}" if node in display.moment.incomplete else ""
    return CardRow(title, words.number(adjoint, display.digits) + more + added, "grad")


def _lines(node: Value, slot: int, display: Display) -> tuple[EdgeLine, ...]:
    """Returns the lines beside an edge; none if the parent is a constant, which has no gradient."""
    if node.parents[slot].constant or node in display.moment.uncomputed:
        return ()
    if display.blanks:
        return tuple(_lines_with_blanks(node, slot, display, display.blanks))
    lines = []
    if "local" in display.show:
        lines.append(EdgeLine(display.skin.local(node, slot, display.names, display.digits), "local"))
    carried = display.moment.carried.get((node, slot))
    if "contributions" in display.show and carried is not None:
        said = words.signed(carried, display.digits)
        dead = "dead" in _marks(node, slot, display.moment)
        lines.append(EdgeLine(PICTURES["stops"].format(contribution=said) if dead else said, "contribution"))
    return tuple(lines)


def _lines_with_blanks(node: Value, slot: int, display: Display, blanks: Blanks) -> Iterator[EdgeLine]:
    """Yields the lines beside an edge, with boxes for what is left out, and without what would tell it."""
    if "local" in display.show:
        symbol = words.local(node, slot, display.names)
        if blanks.has("locals", node, slot):
            yield EdgeLine(f"{symbol} =", "local", blanks.width("locals"), blanks.written("locals", node, slot))
        else:
            told = blanks.tells(node, slot)
            yield EdgeLine(symbol if told else display.skin.local(node, slot, display.names, display.digits), "local")
    if "contributions" in display.show:
        carried = display.moment.carried.get((node, slot))
        if blanks.has("contributions", node, slot):
            yield EdgeLine("+=", "contribution", blanks.width("contributions"), blanks.written("contributions", node, slot))
        elif carried is not None and not blanks.bare(node, slot):
            yield EdgeLine(words.signed(carried, display.digits), "contribution")


def _marks(node: Value, slot: int, moment: Moment) -> frozenset[str]:
    """Returns the mark of an edge on which a gradient that is not 0 has met a local derivative that is: it stops there."""
    arrived = (node, slot) in moment.carried and not node.parents[slot].constant and bool(moment.adjoints.get(node))
    return frozenset({"dead"}) if arrived and node.partials[slot] == 0 else frozenset()


def cards_marked(
    tape: Tape, cards: tuple[Card, ...], edges: tuple[Edge, ...], lit: Highlight
) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """Marks the cards and edges of ``tape``: those in ``lit`` as highlighted, the others as faded."""
    slots = ((node, slot) for node in tape for slot in range(len(node.parents)))
    return (
        tuple(marked(card, lit=node in lit.nodes) for node, card in zip(tape, cards, strict=True)),
        tuple(marked(edge, lit=slot in lit.edges, second=slot in lit.second) for slot, edge in zip(slots, edges, strict=True)),
    )


def groups_marked(
    folding: Folding, cards: tuple[Card, ...], edges: tuple[Edge, ...], lit: Highlight
) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """Marks the cards and edges of ``folding``: those that contain anything in ``lit`` as highlighted, the others as faded."""
    groups = {folding.number[node] for node in lit.nodes}
    links = {(folding.number[node.parents[slot]], folding.number[node]) for node, slot in lit.edges}
    return (
        tuple(marked(card, lit=number in groups) for number, card in enumerate(cards)),
        tuple(marked(edge, lit=(edge.tail, edge.head) in links) for edge in edges),
    )
