"""From a Value to its drawing.

Whatever is written on it comes from `chalkgrad.engine.words`, the one renderer of words: expressions, reasons, numbers.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> draw(e)
<Drawing of e = a·b: 3 values, 2 edges; .save("e.svg")>
>>> e.backward()
>>> [line.text for line in picture_of([e]).edges[0].lines]
['∂e/∂a = b = -3', '-3']
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from inspect import signature
from typing import TYPE_CHECKING, Any, get_args

from chalkgrad.engine import Tape, Value, words
from chalkgrad.engine.names import names_of
from chalkgrad.viz import dot, raster, themes
from chalkgrad.viz.circuit import formula, sign
from chalkgrad.viz.drawing import Drawing
from chalkgrad.viz.folding import LABELLED_LINKS, Collapse, Folding, fold, folding_lines, folding_rows
from chalkgrad.viz.highlight import Highlight, Moment, find, now
from chalkgrad.viz.picture import LABELLED_EDGES, Card, Direction, Edge, Line, Picture, Row, Skin, marked, readable, spoken

if TYPE_CHECKING:
    import graphviz  # type: ignore[import-untyped]

LIMIT = 300  # values
MORE = "…"  # the rest of a sum that has not come yet

# What may be written, and what each skin writes unless it is told otherwise.
SHOWN = ("data", "grad", "local", "contributions")
BY_DEFAULT = {"cards": SHOWN, "circuit": ("data", "grad"), "edges": ("data", "local")}


def draw(
    *roots: Value,
    skin: Skin = "cards",
    show: str | Iterable[str] | None = None,
    digits: int = 4,
    highlight: Any = None,
    caption: str | None = None,
    wrap: bool | int | None = None,
    collapse: Collapse = None,
    theme: str = "light",
    direction: Direction = "LR",
    renderer: str | os.PathLike[str] | None = None,
    limit: int = LIMIT,
) -> Drawing:
    """The graph of everything that ``roots`` were computed from, as it is now.

    Each value is a card; each edge says its local derivative with the reason and, once swept, the contribution that it
    carried: a card's grad is the sum of those on the edges that leave it.

    Args:
        roots: one Value, or several.
        skin: ``"cards"``; ``"circuit"``, a gate for each operation, its value above its wire and the gradient below; or
            ``"edges"``, round nodes and the local derivatives large on the edges.
        show: what is written, of ``"data"``, ``"grad"``, ``"local"`` (derivatives) and ``"contributions"``; by default all
            on cards, data and grad in a circuit, data and local derivatives on edges.
        digits: how many significant digits numbers have, 1 to 17.
        highlight: what is in play, the rest fading: a Value or its name; an edge, ``(node, parent)`` or ``(node, slot)``;
            ``chain_rule(y, x)`` or one of its paths; a step of ``L.steps()``, which shows the gradients as they are after
            it; or several of these.
        caption: what is written below; by default the sentence of a highlighted step, or the chain rule. "" for nothing.
        wrap: True, the default where values were folded, breaks a deep graph into rows, so that it is as large as may be
            on a slide; a number says how many levels a row has. The text for other Graphvizes, ``.dot``, has no rows.
        theme: ``"light"``, ``"dark"`` or ``"print"``.
        direction: ``"LR"`` from left to right, or ``"TB"`` from top to bottom.
        renderer: the program that lays it out, by name or path; by default the first there is.
        collapse: what is folded into one card that shows how many values it stands for and the range of their gradients:
            ``"neurons"`` or ``"layers"``, each into one; a number, all but so many levels of places; the name of a place, or
            a list of names; False, nothing; by default, where there are more values than the limit, as much as it takes.
        limit: how many values to draw one by one at the most; a picture of more can hardly be read.

    Raises:
        TypeError: something else than Values was given, or than what can be highlighted.
        ValueError: an option has a value that it cannot have, or there are more values than the limit and none is folded.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> e = a * b
    >>> print(draw(e, highlight=e.steps()[1]).picture.caption)
    1/2   e = a·b   ∂e/∂a = b = -3
    a.grad += ∂e/∂e · ∂e/∂a = 1 · (-3) = -3      0 → -3   complete
    """
    picture = picture_of(
        roots,
        skin=skin,
        show=show,
        digits=digits,
        highlight=highlight,
        caption=caption,
        wrap=wrap,
        collapse=collapse,
        theme=theme,
        direction=direction,
        limit=limit,
    )
    return Drawing(picture, renderer)


def save(
    root: Value,
    path: str | os.PathLike[str],
    *,
    renderer: str | os.PathLike[str] | None = None,
    scale: float = raster.SCALE,
    **options: Any,
) -> None:
    """Draw ``root`` and write it to ``path``, by its extension: .svg, .png, .pdf, .tex, .dot, or .html, the page of `play`.

    See `draw` for the options and `Drawing.save` for the errors. The page takes theme, direction and limit.
    """
    if os.fspath(path).lower().endswith((".html", ".htm")):
        from chalkgrad.viz.play import play  # which imports this module

        usual = signature(draw).parameters
        still = [name for name, value in options.items() if name in usual and value != usual[name].default]
        foreign = [name for name in still if name not in signature(play).parameters]
        if foreign:
            raise ValueError(
                f"{' and '.join(foreign)} cannot be had in a page, which plays the steps: save a picture, as .svg."
            )
        taken = {name: value for name, value in options.items() if name in still or name not in usual}
        play(root, path, renderer=renderer, **taken)
        return
    draw(root, renderer=renderer, **options).save(path, scale=scale)


def draw_dot(root: Value, format: str = "svg", rankdir: Direction = "LR") -> "graphviz.Digraph":  # noqa: A002
    """The graph of ``root`` as a `graphviz.Digraph`: micrograd's function, under its own names."""
    from chalkgrad.viz.digraph import (
        RenderedDigraph,  # not before it is asked for: most drawings do without the package
    )

    picture = readable(picture_of([root], direction=rankdir, collapse=None))
    return RenderedDigraph(format=format, body=dot.statements(picture))


def too_large(count: int, limit: int, part: str, higher: str, has: str = "this graph has {} values") -> str:
    """The sentence for a graph that nobody could read: how to draw a part of it, and how to raise the limit."""
    return (
        f"{has.format(count)}, and a picture of more than {limit} can hardly be read: "
        f"draw a part of it, {part}, or raise the limit, {higher}"
    )


def picture_of(
    roots: Sequence[Value],
    *,
    skin: Skin = "cards",
    show: str | Iterable[str] | None = None,
    digits: int = 4,
    highlight: Any = None,
    caption: str | None = None,
    wrap: bool | int | None = None,
    collapse: Collapse = False,
    theme: str = "light",
    direction: Direction = "LR",
    limit: int = LIMIT,
) -> Picture:
    """What is to be drawn of ``roots``, in words; `draw` draws it."""
    if not roots or not all(isinstance(root, Value) for root in roots):
        given = ", ".join(type(root).__name__ for root in roots) or "nothing"
        raise TypeError(f"draw takes Values, as in draw(L), and was given {given}; for a list of them, write draw(*values).")
    if direction not in ("LR", "TB"):
        raise ValueError(f'the direction is "LR" (left to right) or "TB" (top to bottom), not {direction!r}.')
    if skin not in get_args(Skin):
        raise ValueError(f'the skin is "cards", "circuit" or "edges", not {skin!r}.')
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= 17:
        raise ValueError(f"digits is how many significant digits a number has, 1 to 17, not {digits!r}.")
    if wrap is not None and (not isinstance(wrap, int) or wrap < 0):
        raise ValueError(f"wrap is True, False, or how many levels stand in a row, 1 or more, not {wrap!r}.")
    themes.theme(theme)  # an unknown one is refused here, before any work
    shown = _shown(show, skin)
    tape = Tape(roots)
    folding = None if collapse is False or (collapse is None and len(tape) <= limit) else fold(tape, collapse, limit)
    count = len(folding.groups) if folding else len(tape)
    if count > limit:
        part = "one of the values it is computed from"
        has = ("folded so, this graph has {} cards",) if folding else ()
        raise ValueError(too_large(count, limit, part, f"draw(…, limit={count})", *has))
    lit = find(highlight, tape)
    telling = Telling(names_of(tape.nodes), skin, shown, digits, lit.moment or now(tape))
    if folding:
        telling = replace(telling, names=folding.names(telling.names))
    cards, edges = folded_cards_and_edges(tape, folding, telling) if folding else cards_and_edges(tape, telling)
    if highlight is not None:
        cards, edges = _marked_groups(folding, cards, edges, lit) if folding else _marked(tape, cards, edges, lit)
    names = telling.names
    title = ", ".join(Card(names[root], words.expression(root, names, digits=digits)).title for root in tape.roots)
    said = lit.caption if caption is None else caption
    if folding and caption != "":
        said = "\n".join(filter(None, (said, folding.caption(limit))))
    rows = -1 if wrap is True or (wrap is None and folding) else int(wrap or 0)
    description = spoken(title, cards, edges, caption=said)
    return Picture(cards, edges, title, description, direction, theme, skin, said, rows)


def _shown(show: str | Iterable[str] | None, skin: str) -> frozenset[str]:
    """What ``show`` asks for."""
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
        return Row(title, _missing()[1], "missing")
    return Row(title, words.number(node.data, telling.digits), "data")


def _grad(node: Value, name: str, tape: Tape, telling: Telling) -> Row:
    title, missing = _missing()
    if node.constant:
        return Row(words.TEMPLATES["constant"], "", "missing")
    if telling.skin == "edges" and len(tape.roots) == 1:
        title = words.quotient(telling.names[tape.roots[0]], name)
    adjoint = telling.moment.adjoints.get(node)
    if adjoint is None:
        return Row(title, missing, "missing")
    more = f" + {MORE}" if node in telling.moment.incomplete else ""
    return Row(title, words.number(adjoint, telling.digits) + more, "grad")


def _missing() -> tuple[str, str]:
    """The name of a row without its number, and what stands in its place."""
    name, _, missing = words.TEMPLATES["grad not computed"].partition(" ")
    return name, missing


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
        lines.append(contribution(carried, telling.digits))
    return tuple(lines)


def _short(node: Value, slot: int, names: Mapping[Value, str], *, digits: int) -> str:
    """A local derivative without its reason: `∂e/∂c = 2`."""
    parent = node.parents[slot]
    text = f"{words.quotient(names[node], names[parent])} = {words.number(node.partials[slot], digits)}"
    if node.parents.count(parent) > 1:
        nth = words.ordinal(node.parents[:slot].count(parent) + 1)
        text = words.filled("which argument", reason=text, ordinal=nth, parent=names[parent])
    return text


def _marked(
    tape: Tape, cards: tuple[Card, ...], edges: tuple[Edge, ...], lit: Highlight
) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """The cards and edges of ``tape`` with those lit that are in play, and the others faded."""
    slots = ((node, slot) for node in tape for slot in range(len(node.parents)))
    return (
        tuple(marked(card, lit=node in lit.nodes) for node, card in zip(tape, cards, strict=True)),
        tuple(marked(edge, lit=slot in lit.edges, second=slot in lit.second) for slot, edge in zip(slots, edges, strict=True)),
    )


def _marked_groups(
    folding: Folding, cards: tuple[Card, ...], edges: tuple[Edge, ...], lit: Highlight
) -> tuple[tuple[Card, ...], tuple[Edge, ...]]:
    """The cards and edges of ``folding`` with those lit that stand for anything in play, and the others faded."""
    groups = {folding.number[node] for node in lit.nodes}
    links = {(folding.number[node.parents[slot]], folding.number[node]) for node, slot in lit.edges}
    return (
        tuple(marked(card, lit=number in groups) for number, card in enumerate(cards)),
        tuple(marked(edge, lit=(edge.tail, edge.head) in links) for edge in edges),
    )


def contribution(carried: float, digits: int = 4) -> Line:
    """What an edge has carried, with its sign: a card's grad is the sum of these."""
    number = words.number(carried, digits)
    return Line(number if number.startswith(("-", "n")) else f"+{number}", "contribution")
