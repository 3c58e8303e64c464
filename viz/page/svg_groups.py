"""A picture as SVG for a page: in groups that its script finds by their kind and number, and texts by their class.

>>> from chalkgrad.viz.layout.layout import lay_out
>>> from chalkgrad.viz.pictures.picture import CardRow
>>> picture = Picture((Card("a", rows=(CardRow("data", "2", "data"),), kind="leaf"),))
>>> [line[:38] for line in groups(picture, lay_out(picture), [7])][0]
'<g class="card leaf" data-number="7">'
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from math import ceil

from chalkgrad.viz.formats.scene import Part, parts
from chalkgrad.viz.formats.svg import elements
from chalkgrad.viz.formats.svg import number as short
from chalkgrad.viz.layout.positions import Layout
from chalkgrad.viz.letters import fonts, text, themes
from chalkgrad.viz.letters.primitives import Box, Curve, Rect, Shape, TextLine
from chalkgrad.viz.pictures.picture import Card, Edge, Picture
from chalkgrad.viz.skins.shapes import LABEL
from chalkgrad.viz.skins.skin import skin_of

COLOURS = tuple(field.name for field in dataclasses.fields(themes.Theme) if field.name not in ("name", "places"))
CSS_THEME = themes.Theme(
    name="page",
    places=("var(--place-1)", "var(--place-2)"),
    **{name: f"var(--{name.replace('_', '-')})" for name in COLOURS},
)

# What the script writes into, or finds; of all other texts the page needs no class.
CLASSES = ("data", "grad", "missing", "count", "note", "local", "contribution")


def svg(picture: Picture, positions: Layout, cards: Sequence[int] = ()) -> str:
    """Returns the picture as one SVG element; ``cards`` are the numbers of its cards, if these are not their places."""
    return whole(picture, positions.width, positions.height, groups(picture, positions, cards))


def whole(picture: Picture, width: float, height: float, inside: Iterable[str], name: str = "drawing") -> str:
    """Returns an SVG element of this size with these lines, which shows ``picture``."""
    title = text.escape(text.clean(picture.title))
    opening = f'<svg class="{name}" viewBox="0 0 {short(width)} {short(height)}"'
    said = f"<desc>{text.escape(text.clean(picture.description))}</desc>" if picture.description else ""
    return "\n".join(
        [f'{opening} role="img" aria-label="{title}" direction="ltr" font-family="{fonts.FAMILY}">', said, *inside, "</svg>"]
    )


def groups(picture: Picture, positions: Layout, cards: Sequence[int] = (), edges: Sequence[int] = ()) -> Iterator[str]:
    """Yields the lines of all groups; ``cards`` and ``edges`` are their numbers in the whole graph, if that has more."""
    for part in parts(picture, positions, CSS_THEME):
        if not part.shapes or part.kind == "page":
            continue
        known = cards if part.kind == "card" else edges if part.kind in ("wire", "label") else ()
        several = " several" if part.kind == "card" and picture.cards[part.number].count > 1 else ""
        kind = f"card {picture.cards[part.number].kind}{several}" if part.kind == "card" else part.kind
        yield f'<g class="{kind}" data-number="{known[part.number] if known else part.number}">'
        if part.kind == "card":
            card = picture.cards[part.number]
            yield _hit(positions.cards[part.number])
            yield from _card(part, card, picture)
        else:
            room = f' data-room="{_room_of_label(picture.edges[part.number])}"' if part.kind == "label" else ""
            yield from (_classed(shape, room) for shape in part.shapes)
        yield "</g>"


def _hit(box: Box) -> str:
    """Returns what is clicked and dragged: all of a card's box, also where a skin draws nothing."""
    corner = f'x="{short(box.x - box.width / 2)}" y="{short(box.y - box.height / 2)}"'
    return f'<rect class="hit" {corner} width="{short(box.width)}" height="{short(box.height)}"/>'


def _card(part: Part, card: Card, picture: Picture) -> Iterator[str]:
    """Yields a card's elements: what is drawn behind its outline is its wire; numbers say how much room they have."""
    outlined = next((i for i, shape in enumerate(part.shapes) if isinstance(shape, Rect) and shape.stroke), len(part.shapes))
    for i, shape in enumerate(part.shapes):
        match shape:
            case TextLine(kind=kind) if kind in CLASSES:
                yield _classed(shape, _room(shape, card, picture))
            case Rect() if i == outlined:
                yield elements([shape]).replace("<rect ", '<rect class="outline" ', 1)
            case Rect() if i < outlined:
                yield elements([shape]).replace("<rect ", '<rect class="spot" ', 1)
            case Curve() if i < outlined:
                yield elements([shape]).replace("<path ", '<path class="line" ', 1)
            case _:
                yield elements([shape])


def _room(line: TextLine, card: Card, picture: Picture) -> str:
    """Returns how wide the number may become, and what stands before it in the same words."""
    rows = [row for row in card.rows if row.kind == line.kind]
    room = skin_of(picture.skin).room(card, line.kind)
    written = line.runs[-1].words
    before = next((written[: -len(row.value)] for row in rows if row.value and written.endswith(row.value)), "")
    prefix = f' data-before="{text.escape(before)}"' if before else ""
    return f' data-room="{ceil(room)}"{prefix}'


def _classed(shape: Shape, attributes: str) -> str:
    if not isinstance(shape, TextLine):
        return elements([shape])
    opening = f'<text class="{shape.kind}"{attributes} ' if shape.kind in CLASSES else "<text "
    if shape.halo:  # of the text itself, so that it is written anew with it: every browser has paint-order
        opening += f'stroke="{shape.halo}" stroke-width="5" stroke-linejoin="round" paint-order="stroke" '
    return elements([dataclasses.replace(shape, halo="")]).replace("<text ", opening)


def _room_of_label(edge: Edge) -> int:
    """Returns how wide the lines beside an edge may become."""
    return ceil(max(fonts.width(text.clean(line.text), LABEL, bold=True) for line in (*edge.lines, *edge.reserved)))
