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
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from chalkgrad.engine import Tape, Value, words
from chalkgrad.engine.names import names_of
from chalkgrad.viz import dot, raster, themes
from chalkgrad.viz.drawing import Drawing
from chalkgrad.viz.picture import LABELLED_EDGES, Card, Edge, Line, Picture, Row, readable, spoken

if TYPE_CHECKING:
    import graphviz  # type: ignore[import-untyped]

Direction = Literal["LR", "TB"]
LIMIT = 300  # values


def draw(
    *roots: Value,
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
        theme: ``"light"``, ``"dark"`` or ``"print"``.
        direction: ``"LR"`` from left to right, or ``"TB"`` from top to bottom.
        renderer: the program that lays it out, by name or path; by default the first there is.
        limit: how many values to draw at the most; a picture of more can hardly be read.

    Raises:
        TypeError: something else than Values was given.
        ValueError: no such theme or direction, or more values than the limit.
    """
    return Drawing(picture_of(roots, theme=theme, direction=direction, limit=limit), renderer)


def save(
    root: Value,
    path: str | os.PathLike[str],
    *,
    theme: str = "light",
    direction: Direction = "LR",
    renderer: str | os.PathLike[str] | None = None,
    scale: float = raster.SCALE,
    limit: int = LIMIT,
) -> None:
    """Draw ``root`` and write it to ``path``, as its extension says: .svg, .png, .pdf or .dot.

    See `draw` for the options and `Drawing.save` for the errors.
    """
    draw(root, theme=theme, direction=direction, renderer=renderer, limit=limit).save(path, scale=scale)


def draw_dot(root: Value, format: str = "svg", rankdir: Direction = "LR") -> "graphviz.Digraph":  # noqa: A002
    """The graph of ``root`` as a `graphviz.Digraph`: micrograd's function, under its own names."""
    from chalkgrad.viz.digraph import (
        RenderedDigraph,  # not before it is asked for: most drawings do without the package
    )

    picture = readable(picture_of([root], direction=rankdir))
    return RenderedDigraph(format=format, body=dot.statements(picture))


def too_large(count: int, limit: int, part: str, higher: str) -> str:
    """The sentence for a graph that nobody could read: how to draw a part of it, and how to raise the limit."""
    return (
        f"this graph has {count} values, and a picture of more than {limit} can hardly be read: "
        f"draw a part of it, {part}, or raise the limit, {higher}"
    )


def picture_of(roots: Sequence[Value], *, theme: str = "light", direction: Direction = "LR", limit: int = LIMIT) -> Picture:
    """What is to be drawn of ``roots``, in words; `draw` draws it."""
    if not roots or not all(isinstance(root, Value) for root in roots):
        given = ", ".join(type(root).__name__ for root in roots) or "nothing"
        raise TypeError(f"draw takes Values, as in draw(L), and was given {given}; for a list of them, write draw(*values).")
    if direction not in ("LR", "TB"):
        raise ValueError(f'the direction is "LR" (left to right) or "TB" (top to bottom), not {direction!r}.')
    themes.theme(theme)  # an unknown one is refused here, before any work
    tape = Tape(roots)
    if len(tape) > limit:
        part = "one of the values it is computed from"
        raise ValueError(too_large(len(tape), limit, part, f"draw(…, limit={len(tape)})"))
    stale = set(tape.stale)
    names = names_of(tape.nodes)
    cards = tuple(_card(node, names, node in tape.roots, node in stale) for node in tape)
    labelled = sum(len(node.parents) for node in tape) <= LABELLED_EDGES
    numbers = {node: number for number, node in enumerate(tape)}
    edges = tuple(
        Edge(numbers[parent], numbers[node], _lines(node, slot, names) if labelled else ())
        for node in tape
        for slot, parent in enumerate(node.parents)
    )
    title = ", ".join(cards[numbers[root]].title for root in tape.roots)
    return Picture(cards, edges, title, spoken(title, cards, edges), direction, theme)


def _card(node: Value, names: Mapping[Value, str], root: bool, stale: bool) -> Card:
    name, _, grad = words.grad_text(node).partition(" ")
    rows = [
        Row("data", words.number(node.data), "data"),
        Row(name, grad, "grad" if node.has_grad and not node.constant else "missing"),
    ]
    if stale:
        rows.append(Row(words.TEMPLATES["stale"].format(value="").strip(" ").removeprefix("(").removesuffix(")"), "", "note"))
    return Card(
        names[node],
        words.expression(node, names),
        tuple(rows),
        "leaf" if not node.parents else "root" if root else "inner",
        tuple(node.place.split(".")) if node.place else (),
        frozenset({"stale"}) if stale else frozenset(),
    )


def _lines(node: Value, slot: int, names: Mapping[Value, str]) -> tuple[Line, ...]:
    """What stands beside an edge; nothing where the parent takes no gradient."""
    if node.parents[slot].constant:
        return ()
    local = Line(words.reason(node, slot, names), "local")
    if not node.has_grad:
        return (local,)
    return (local, contribution(node.grad * node.partials[slot]))


def contribution(carried: float) -> Line:
    """What an edge has carried, with its sign: a card's grad is the sum of these."""
    number = words.number(carried)
    return Line(number if number.startswith(("-", "n")) else f"+{number}", "contribution")
