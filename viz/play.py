"""The reverse sweep as a page: one file that plays it step by step, in a browser, on a projector, without a network.

The page computes nothing: every sentence and number in it was written by `chalkgrad.engine`, every position by the layout
of the picture, which never moves. Its markup, style and script are player.html.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> said = script(e)["steps"][1]
>>> said["asked"]
'1/2   e = a·b   What is added to a.grad?\\n      a.grad += ∂e/∂e · ∂e/∂a = ?'
>>> said["said"]
'1/2   e = a·b   ∂e/∂a = b = -3\\n      a.grad += ∂e/∂e · ∂e/∂a = 1 · (-3) = -3      0 → -3   complete'
"""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from chalkgrad.engine import Value, words
from chalkgrad.engine.sentences import ASKING, question, sentence, terms
from chalkgrad.engine.steps import Step
from chalkgrad.viz import fonts, shapes, text, themes
from chalkgrad.viz.drawing import write
from chalkgrad.viz.graph import LIMIT, Direction, contribution, picture_of
from chalkgrad.viz.labels import settle
from chalkgrad.viz.layout import lay_out
from chalkgrad.viz.picture import Card, Edge, Line, Picture, Row, readable, spoken
from chalkgrad.viz.scene import parts
from chalkgrad.viz.svg import elements

# What a sentence is made of, in the colours of the picture: adjoints have that of a card's grad, local derivatives that
# of an edge's label.
_GRAD = ("∂{root}/∂{node}", "{adjoint}", "{contribution}", "{before}", "{after}")
_LOCAL = ("∂{node}/∂{parent}", "{partial}", "{reason}")
_COLOURED = re.compile("(" + "|".join(map(re.escape, _GRAD + _LOCAL)) + ")")

# Where a template leaves a gap, its parts stand in cells of their own.
_GAP = re.compile(r" {3,}|\{pad\}")

# The place of a contribution, or of the rest of a sum, that has not come yet.
UNKNOWN, MORE = "?", "…"


def play(
    root: Value,
    path: str | os.PathLike[str],
    *,
    theme: str = "light",
    direction: Direction = "LR",
    renderer: str | os.PathLike[str] | None = None,
    limit: int = LIMIT,
    title: str = "",
) -> None:
    """Write a page to ``path`` that plays the reverse sweep from ``root``, one edge after the other.

    One file without any request: it opens from a disk, in a frame, from a server. Arrow keys, space, Page Up and Page
    Down (the keys of a presenter's remote), Home and End move; each step asks first and answers then. ``L.html#7`` opens
    at position 7. No grad is changed.

    Args:
        root: where the sweep starts.
        path: the file, ``.html``; one that is there already is replaced.
        theme: ``"light"``, ``"dark"`` or ``"print"``.
        direction: ``"LR"`` from left to right, or ``"TB"`` from top to bottom.
        renderer: the program that lays the picture out, by name or path; by default the first there is.
        limit: how many values to draw at the most; a picture of more can hardly be read.
        title: what the browser calls the page; by default the root's ``name = expression``.

    Raises:
        TypeError: ``root`` is no Value.
        ValueError: no such theme or direction, more values than the limit, or a file that does not end in .html.
        StaleGraphError: a value has changed since others were computed from it.
        OSError: the file cannot be written.
        RendererMissing: there is no program to lay the picture out.
    """
    path = Path(path).expanduser()
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f'a page is saved as .html, and "{path.name}" does not end in it.')
    written = page(root, theme=theme, direction=direction, renderer=renderer, limit=limit, title=title)
    write(path, written.encode())


def page(
    root: Value,
    *,
    theme: str = "light",
    direction: Direction = "LR",
    renderer: str | os.PathLike[str] | None = None,
    limit: int = LIMIT,
    title: str = "",
) -> str:
    """The page that `play` writes, as text; see there for options and errors."""
    picture = picture_of([root], theme=theme, direction=direction, limit=limit)
    told = script(root)
    picture = _finished(picture, told)
    template = files("chalkgrad.viz").joinpath("player.html").read_text(encoding="utf-8")
    style = _between(template, "<style>", "</style>").replace("/*colours*/", _colours(themes.theme(theme)))
    behaviour = _between(template, "<script>", "</script>")
    blanks = {
        "title": text.escape(text.clean(title or picture.title)),
        "policy": f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(behaviour)}; "
        "base-uri 'none'; form-action 'none'",
        "picture": _svg(picture, renderer),
        "script": _embedded(told),
    }
    template = template.replace(_between(template, "<style>", "</style>"), style)
    # All blanks at once: what fills one is not searched for others.
    return re.sub(r"\{\{(\w+)\}\}", lambda blank: blanks[blank[1]], template)


# What is said and shown at each step ---------------------------------------------------------------------------------


def script(root: Value) -> dict[str, Any]:
    """What the page says and shows at every step of the sweep from ``root``, in final words.

    ``steps``: for each position the whole sentence and the question before it (``said``, ``asked``), the same in coloured
    pieces, and the numbers of the edge and of the cards at its ends in the picture. ``grads``: for each card the texts
    of its grad with the positions from which they hold. ``contributions``: for each edge what it carries.
    """
    steps = root.steps()
    tape = steps.sweep.tape
    cards = {node: number for number, node in enumerate(tape)}
    slots = [(node, slot) for node in tape for slot in range(len(node.parents))]
    edges = {edge: number for number, edge in enumerate(slots)}
    told: list[dict[str, Any]] = []
    grads: dict[int, list[tuple[int, str]]] = {}
    contributions: dict[int, str] = {}
    for position, step in enumerate(steps):
        parent = cards[step.parent]
        grads.setdefault(parent, []).append((position, _grad(step)))
        moment: dict[str, Any] = {"said": sentence(step), "pieces": _said(step), "ends": [parent]}
        if step.node is not None:
            edge = edges[step.node, step.slot]
            contributions[edge] = contribution(step.contribution).text
            moment |= {"asked": question(step), "question": _asked(step), "edge": edge, "ends": [cards[step.node], parent]}
        told.append(moment)
    return {"steps": told, "grads": grads, "contributions": contributions, "unknown": UNKNOWN}


def _grad(step: Step) -> str:
    """A card's grad after ``step``: `-2`, or while more is to come `3 + …`, and then `3 + 2 = 5`."""
    if step.of == 1:
        return words.number(step.after)
    so_far = words.number(step.after)
    full, brief = f"{terms(step.contributions)} = {so_far}", so_far
    if step.number < step.of:
        full, brief = f"{terms(step.contributions)} + {MORE}", f"{so_far} + {MORE}"
    return full if fonts.width(full, shapes.VALUE, bold=True) <= shapes.VALUE_LIMIT else brief


Piece = tuple[str, str]  # a text, and the colour it takes: "grad", "local" or none


def _said(step: Step) -> list[list[list[Piece]]]:
    """A step's sentence as lines of cells of pieces: the reason, the update, and how complete the gradient is."""
    fields = _fields(step)
    if step.node is None:
        lead, equation = (_pieces(cell, fields) for cell in _GAP.split(words.TEMPLATES["seed"]))
        return [[lead], [equation], []]
    first = [_pieces(cell, fields) for cell in _GAP.split(words.TEMPLATES["step"].removeprefix("{position}"))]
    *update, status = _GAP.split(words.TEMPLATES["update"])
    before = words.TEMPLATES["update"].removesuffix(status).format_map(fields)
    fields["status"] = sentence(step).rpartition(before)[2]
    return [first, [_pieces(cell, fields) for cell in update], [_pieces(status, fields)]]


def _asked(step: Step) -> list[list[list[Piece]]]:
    """The question before a step, like its sentence."""
    fields = _fields(step)
    first = [_pieces(cell, fields) for cell in _GAP.split(ASKING["question"].removeprefix("{position}"))]
    return [first, [_pieces(ASKING["asked"], fields)], []]


def _fields(step: Step) -> dict[str, str]:
    """What stands in the blanks of the engine's templates at this step."""
    names = step.sweep.names
    fields = {"root": words.operand(names[step.sweep.root]), "parent": words.operand(names[step.parent])}
    if step.node is None:
        return fields
    return fields | {
        "name": names[step.node],
        "expression": words.expression(step.node, names),
        "reason": words.reason(step.node, step.slot, names, repeats=step.repeats),
        "node": words.operand(names[step.node]),
        "adjoint": words.factor(step.adjoint),
        "partial": words.factor(step.partial),
        "contribution": words.number(step.contribution),
        "before": words.number(step.before),
        "after": words.number(step.after),
    }


def _pieces(template: str, fields: Mapping[str, str]) -> list[Piece]:
    def colour(part: str) -> str:
        return "grad" if part in _GRAD else "local" if part in _LOCAL else ""

    parts = [(part.format_map(fields), colour(part)) for part in _COLOURED.split(template)]
    return [(text.keep_order(text.clean(part)), kind) for part, kind in parts if part]


# The picture ---------------------------------------------------------------------------------------------------------


def _finished(picture: Picture, told: Mapping[str, Any]) -> Picture:
    """``picture`` at the end of the sweep, with room in its cards for what they say before."""
    cards = tuple(_card(card, told["grads"].get(number, ())) for number, card in enumerate(picture.cards))
    edges = tuple(_edge(edge, told["contributions"].get(number)) for number, edge in enumerate(picture.edges))
    return readable(replace(picture, cards=cards, edges=edges, description=spoken(picture.title, cards, edges)))


def _card(card: Card, grads: list[tuple[int, str]]) -> Card:
    if not grads:  # a constant
        return card
    data, _ = card.rows
    name, _, missing = words.TEMPLATES["grad not computed"].partition(" ")
    room = (Row(name, missing, "missing"), *(Row(name, grad, "grad") for _, grad in grads))
    return replace(card, rows=(data, Row(name, grads[-1][1], "grad")), room=room)


def _edge(edge: Edge, carried: str | None) -> Edge:
    return edge if carried is None or not edge.lines else replace(edge, lines=(edge.lines[0], Line(carried, "contribution")))


def _svg(picture: Picture, renderer: str | os.PathLike[str] | None) -> str:
    """The picture in groups that the page's script finds by what they are and by their number."""
    positions = settle(picture, lay_out(picture, renderer))
    size = f"{positions.width:g} {positions.height:g}"
    title = text.escape(text.clean(picture.title))

    def lines() -> Iterator[str]:
        yield f'<svg viewBox="0 0 {size}" role="img" aria-label="{title}" direction="ltr" font-family="{fonts.FAMILY}">'
        yield f"<desc>{text.escape(text.clean(picture.description))}</desc>"
        for part in parts(picture, positions):
            if part.shapes and part.kind != "page":
                yield f'<g class="{part.kind}" data-number="{part.number}">\n{elements(part.shapes)}\n</g>'
        yield "</svg>"

    return "\n".join(lines())


# The file ------------------------------------------------------------------------------------------------------------


def _colours(theme: themes.Theme) -> str:
    named = ("page", "ink", "dim", "border", "faded", "data", "grad", "local", "lit")
    return " ".join(f"--{name}: {getattr(theme, name)};" for name in named)


def _embedded(told: Mapping[str, Any]) -> str:
    """JSON that no label can break out of: nothing but ASCII, and no sign that means something to HTML."""
    text = json.dumps({**told, "missing": words.TEMPLATES["grad not computed"].partition(" ")[2]}, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]


def _hash(source: str) -> str:
    """The content security policy's name for a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
