"""The sweeps as a page: one file that plays them step by step, in a browser, on a projector, without a network.

Every text in it is written by `chalkgrad.engine`, with its numbers left open (script.py). Positions come from the layout of
the picture, which never moves. The numbers are computed by JavaScript generated from the tape's program. The page's own
markup, style and script are in the folder player.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> from chalkgrad.viz import play
>>> written = play(e).html
>>> "function evaluate(v)" in written, "https://" in written
(True, False)
"""

import base64
import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from typing import Any

from chalkgrad.engine import Value, tape
from chalkgrad.engine.stepping.mirrors import refuse_unknown
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.language import section
from chalkgrad.viz.drawing.graph import TooLarge, drawn_elsewhere, picture_of
from chalkgrad.viz.formats.scene import Part, parts
from chalkgrad.viz.formats.svg import elements
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.letters import fonts, text, themes
from chalkgrad.viz.letters.primitives import TextLine
from chalkgrad.viz.page.document import Page, file_of_page
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.widest import Widest, width
from chalkgrad.viz.pictures.highlight import drawn_from
from chalkgrad.viz.pictures.picture import (
    Card,
    CardRow,
    Direction,
    Edge,
    EdgeLine,
    Picture,
    counts,
    readable,
    spoken_description,
)
from chalkgrad.viz.skins import shapes

# The page's script is one module: each file uses what those before it have defined.
SCRIPTS = ("numbers.js", "texts.js", "state.js", "picture.js", "caption.js", "panels.js", "stage.js", "keys.js")


def page_of(
    root: Value,
    path: str | os.PathLike[str] | None,
    theme: str,
    direction: Direction,
    renderer: str | os.PathLike[str] | None,
    limit: int,
    title: str,
) -> Page:
    """Returns the page, and writes it to ``path`` if there is one; `play` explains the options."""
    file = None if path is None else file_of_page(path)  # refused before any work
    root = drawn_from(root)[0]
    if not isinstance(root, Value):
        instead = drawn_elsewhere(root).replace("draw(model(x)) the graph", "play(model(x)) plays the graph")
        raise TypeError(f"play takes a Value, as in play(L), and was given {type(root).__name__}{instead and '; '}{instead}.")
    nodes = tape(root).nodes
    refuse_unknown(nodes, "play")
    count = len(nodes)
    if count > limit:
        raise TooLarge(count, limit, "play")
    picture = picture_of([root], theme=theme, direction=direction, limit=limit)
    script = Script(root)
    picture = _picture_at_the_end(picture, script)
    style = _player_file("style.css").replace("/*colours*/", _colours())
    behaviour = "\n".join([script.program, *map(_player_file, SCRIPTS)])
    language = section("language")
    blanks = {
        "language": language["code"],
        "direction": "" if language["direction"] == "ltr" else f' dir="{language["direction"]}"',
        "title": text.escape(text.clean(title or picture.title)),
        "theme": theme,
        "policy": f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(behaviour)}; "
        "base-uri 'none'; form-action 'none'",
        "style": style,
        "picture": _svg(picture, renderer),
        "script": _json_in_html(script.contents),
        "behaviour": behaviour,
    }

    def filling(blank: re.Match[str]) -> str:
        said, name = blank.groups()
        # The page's attributes stand in double quotes, so an apostrophe is none of their ends.
        return blanks[name] if name else text.escape(section("page")[said]).replace("&#39;", "'")

    # All blanks at once: what fills one is not searched for others.
    written = re.sub(r"\{\{(?:words: ([^}]*)|(\w+))\}\}", filling, _player_file("page.html"))
    made = Page(written, picture.title, counts(picture.cards, picture.edges))
    if file is not None:
        made.save(file)
    return made


# The picture ---------------------------------------------------------------------------------------------------------


def _picture_at_the_end(picture: Picture, script: Script) -> Picture:
    """Returns ``picture`` as it is at the end of the sweep, with space for what it says before, and for other numbers."""
    widest = Widest(script.symbolic)
    cards = tuple(_card(card, number, script, widest) for number, card in enumerate(picture.cards))
    edges = tuple(_edge(edge, number, script, widest) for number, edge in enumerate(picture.edges))
    return readable(replace(picture, cards=cards, edges=edges, description=spoken_description(picture.title, cards, edges)))


def _card(card: Card, number: int, script: Script, widest: Widest) -> Card:
    grads = script.contents["grads"].get(number, ())
    data, *_ = card.rows
    most = [CardRow(data.name, widest.sample(script.contents["data"][number], shapes.VALUE), "data")]
    if not grads:  # a constant, or what the sweep does not reach
        return replace(card, reserved=tuple(most))
    name, missing = words.grad_not_computed()
    for _, full, brief in grads:
        sample = widest.sample(full, shapes.VALUE)
        if brief is not None and width(sample, shapes.VALUE) > shapes.VALUE_LIMIT:
            sample = widest.sample(brief, shapes.VALUE)
        most.append(CardRow(name, sample, "grad"))
    _, full, brief = grads[-1]
    said = script.current(full)
    if brief is not None and width(said, shapes.VALUE) > shapes.VALUE_LIMIT:
        said = script.current(brief)
    return replace(card, rows=(data, CardRow(name, said, "grad")), reserved=(CardRow(name, missing, "missing"), *most))


def _edge(edge: Edge, number: int, script: Script, widest: Widest) -> Edge:
    if not edge.lines:
        return edge
    local, carried = script.contents["labels"][number], script.contents["contributions"].get(number)
    lines = [EdgeLine(script.current(line), "local") for line in local]
    most = [EdgeLine(widest.sample(line, shapes.LABEL), "local") for line in local]
    if carried is not None:
        lines.append(EdgeLine(script.current(carried), "contribution"))
        most.append(EdgeLine(widest.sample(carried, shapes.LABEL), "contribution"))
    return replace(edge, lines=tuple(lines), reserved=tuple(most))


def _svg(picture: Picture, renderer: str | os.PathLike[str] | None) -> str:
    """Returns the picture as SVG, in groups that the page's script finds by their kind and number, and texts by their class."""
    positions = place_labels(picture, lay_out(picture, renderer))
    size = f"{positions.width:g} {positions.height:g}"
    title = text.escape(text.clean(picture.title))

    def lines() -> Iterator[str]:
        yield f'<svg viewBox="0 0 {size}" role="img" aria-label="{title}" direction="ltr" font-family="{fonts.FAMILY}">'
        yield f"<desc>{text.escape(text.clean(picture.description))}</desc>"
        for part in parts(picture, positions, _CSS_THEME):
            if part.shapes and part.kind != "page":
                kind = f"card {picture.cards[part.number].kind}" if part.kind == "card" else part.kind
                yield f'<g class="{kind}" data-number="{part.number}">'
                yield from _elements_with_classes(part)
                yield "</g>"
        yield "</svg>"

    return "\n".join(lines())


# What the script writes into, or finds; of all other texts the page needs no class.
_CLASSES = ("data", "grad", "missing", "count", "note", "local", "contribution")


def _elements_with_classes(part: Part) -> Iterator[str]:
    """Yields the elements of a part; numbers and labels' lines have what they are as their class."""
    for shape in part.shapes:
        written = elements([shape])
        kind = shape.kind if isinstance(shape, TextLine) else ""
        yield written.replace("<text ", f'<text class="{kind}" ', 1) if kind in _CLASSES else written


# The file ------------------------------------------------------------------------------------------------------------

_COLOURS = tuple(field.name for field in dataclasses.fields(themes.Theme) if field.name not in ("name", "places"))
_CSS_THEME = themes.Theme(
    name="page",
    places=("var(--place-1)", "var(--place-2)"),
    **{name: f"var(--{name.replace('_', '-')})" for name in _COLOURS},
)


def _colours() -> str:
    """Returns all themes as CSS variables: the page's attribute chooses one, and paper always has the one for print."""

    def variables(theme: themes.Theme) -> str:
        named = {name.replace("_", "-"): getattr(theme, name) for name in _COLOURS}
        named |= {f"place-{i}": colour for i, colour in enumerate(theme.places, 1)}
        return " ".join(f"--{name}: {colour};" for name, colour in named.items())

    rules = [f':root[data-theme="{name}"] {{ {variables(theme)} }}' for name, theme in themes.THEMES.items()]
    return "\n".join([*rules, f"@media print {{ :root[data-theme] {{ {variables(themes.THEMES['print'])} }} }}"])


def _player_file(name: str) -> str:
    return files("chalkgrad.viz.page").joinpath("player", name).read_text(encoding="utf-8")


def _json_in_html(contents: Mapping[str, Any]) -> str:
    """Returns JSON from which no label can break out: it has no character with a meaning in HTML, and no lone surrogate."""
    text = json.dumps(contents, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda sign: f"\\u{ord(sign[0]):04x}", text)


def _hash(source: str) -> str:
    """The content security policy's name for a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
