"""A `Picture` as DOT text, which looks right in any Graphviz and is what our own layout reads.

Every cell has a fixed size, measured by `chalkgrad.viz.shapes`, so that the layout does not depend on the fonts a
renderer has. Nodes are n1, n2, …: no user text ever serves as a name or an address.

>>> from chalkgrad.viz.picture import Card, Picture
>>> print(source(Picture((Card("a", kind="leaf"),))).splitlines()[0])
digraph {
"""

from collections import Counter

from chalkgrad.viz import fonts, text, themes
from chalkgrad.viz.picture import Card, Edge, Picture, Row
from chalkgrad.viz.shapes import (
    BORDER,
    EXPRESSION,
    EXPRESSION_HEIGHT,
    LABEL,
    LABEL_HEIGHT,
    LABEL_MARGIN,
    NAME,
    PADDING,
    PLACE,
    ROW_HEIGHT,
    TITLE_HEIGHT,
    CardShape,
    row_sizes,
    shape_card,
    shape_label,
    shape_place,
)
from chalkgrad.viz.themes import Theme

# Beyond these the network simplex may take minutes; with its iterations bounded the picture differs little.
HURRIED_CARDS, HURRIED_EDGES, HURRIED_FAN = 400, 800, 60
_HURRY = "nslimit=1 nslimit1=1 mclimit=0.1 splines=line"

# shape=record would lose edges inside clusters; an HTML-like label in shape=plain is its own outline.
_TABLE = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'


def source(picture: Picture) -> str:
    """The DOT text of ``picture``, complete: words, colours, places."""
    return "digraph {\n" + "".join(statements(picture)) + "}\n"


def skeleton(picture: Picture) -> str:
    """The DOT text of ``picture`` without a word of it: boxes of the same sizes, for the layout alone.

    What a user called a value can then neither break the layout nor change it.
    """
    lines = statements(picture, words=False)
    return "digraph {\n" + "".join(lines) + "}\n"


def places(picture: Picture) -> tuple[tuple[str, ...], ...]:
    """Every place of ``picture`` and every place around one, in order of appearance; the n-th is cluster_n, from 1."""
    found: dict[tuple[str, ...], None] = {}
    for card in picture.cards:
        for depth in range(1, len(card.place) + 1):
            found.setdefault(card.place[:depth])
    return tuple(found)


def statements(picture: Picture, *, words: bool = True) -> list[str]:
    """The lines between the braces; without ``words``, boxes of the same sizes only."""
    colours = themes.theme(picture.theme)
    fan = max(Counter(edge.tail for edge in picture.edges).values(), default=0)
    hurry = len(picture.cards) > HURRIED_CARDS or len(picture.edges) > HURRIED_EDGES or fan > HURRIED_FAN
    routing = _HURRY if hurry else "splines=spline"
    most = max(Counter(edge.head for edge in picture.edges).values(), default=0)
    ranks = 0.3 + 0.08 * min(max(most - 3, 0), 10)  # where many arrows meet they need a longer way to it
    space = f"rankdir={picture.direction} nodesep=0.3 ranksep={ranks:.2f} pad=0.15"
    lines = [
        f'\tgraph [{space} bgcolor="{colours.page}" fontname="Arial" {routing}]\n',
        '\tnode [shape=plain fontname="Arial"]\n',
        f'\tedge [fontname="Arial" color="{colours.edge}" penwidth=2 arrowsize=0.9]\n',
    ]
    numbers = {path: n for n, path in enumerate(places(picture), 1)}
    lines += _cards(picture, (), numbers, colours, words)
    for number, edge in enumerate(picture.edges):
        attributes = [] if words else [f"id=e{number}"]
        label = _label(edge, colours, words)
        if label:
            attributes.append(f"label=<{label}>")
        if words and edge.marks:
            attributes += _marked(edge, colours)
        arrow = f"\tn{edge.tail + 1} -> n{edge.head + 1}"
        lines.append(f"{arrow} [{' '.join(attributes)}]\n" if attributes else f"{arrow}\n")
    return lines


def _cards(
    picture: Picture,
    place: tuple[str, ...],
    numbers: dict[tuple[str, ...], int],
    colours: Theme,
    words: bool,
) -> list[str]:
    """The statements of the cards of ``place`` and, each in a cluster, of the places in it."""
    indent = "\t" * (len(place) + 1)
    lines = []
    for number, card in enumerate(picture.cards, 1):
        if card.place == place:
            lines.append(f"{indent}n{number} [label=<{_card(card, colours, words)}>]\n")
    for inside, number in numbers.items():
        if inside[:-1] != place:
            continue
        width, height, name = shape_place(inside[-1])
        label = _cell(f"<B>{_words(name)}</B>", PLACE, colours.dim, width, height) if words else _empty(width, height)
        fill = colours.places[(len(inside) - 1) % 2]
        paint = f'style="rounded,filled" fillcolor="{fill}" color="{colours.place_border}"'
        lines += [
            f"{indent}subgraph cluster_{number} {{\n",
            f"{indent}\tgraph [label=<<TABLE {_TABLE}><TR>{label}</TR></TABLE>> labeljust=l margin=10 {paint}]\n",
            *_cards(picture, inside, numbers, colours, words),
            f"{indent}}}\n",
        ]
    return lines


def _card(card: Card, colours: Theme, words: bool) -> str:
    """The HTML-like label of a card."""
    shape = shape_card(card)
    if not words:
        return f"<TABLE {_TABLE}><TR>{_empty(shape.width, shape.height)}</TR></TABLE>"
    faded = "faded" in card.marks
    border = colours.lit if "lit" in card.marks else colours.faded if faded else colours.border
    ink = colours.dim if faded else colours.ink
    weight = 2 * BORDER if card.kind == "root" or "lit" in card.marks else BORDER
    inside = shape.width - 2 * weight
    title = _line(_title(shape, ink, inside), inside, TITLE_HEIGHT)
    if not shape.inline:
        for line in shape.expression:
            title += f"<TR>{_cell(_words(line), EXPRESSION, ink, inside, EXPRESSION_HEIGHT)}</TR>"
    rows = "".join(_row(row, inside, PADDING - weight, colours, faded) for row in shape.rows)
    style = ' STYLE="ROUNDED,DASHED"' if "stale" in card.marks else "" if card.kind == "leaf" else ' STYLE="ROUNDED"'
    return (
        f'<TABLE BORDER="{weight}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE"'
        f' WIDTH="{shape.width}" HEIGHT="{shape.height}"{style}'
        f' COLOR="{border}" BGCOLOR="{getattr(colours, card.kind)}">'
        f"{title}{'<HR/>' if rows else ''}{rows}</TABLE>"
    )


def _row(row: Row, inside: int, margin: int, colours: Theme, faded: bool) -> str:
    """A row of a card: the name on the left, the value on the right."""
    missing = row.kind == "missing"
    name_size, value_size = row_sizes(row)
    room = inside - 2 * margin
    half = room // 2 if row.value else room
    name = _cell(f"<B>{_words(row.name)}</B>", name_size, colours.row(row.kind, faded=faded), half, ROW_HEIGHT, "LEFT")
    cells = _empty(margin, ROW_HEIGHT) + name
    if row.value:
        value = _words(row.value) if missing else f"<B>{_words(row.value)}</B>"
        colour = colours.row(row.kind, faded=faded or missing)
        cells += _cell(value, value_size, colour, room - half, ROW_HEIGHT, "RIGHT")
    return _line(cells + _empty(margin, ROW_HEIGHT), inside, ROW_HEIGHT)


def _title(shape: CardShape, ink: str, inside: int) -> str:
    """The cells of a card's first line. Name and expression meet in the middle, each aligned to where they meet.

    In one cell, a renderer that misjudges the width of a subscript would let them collide.
    """
    after = "" if not shape.expression else f" = {shape.expression[0]}" if shape.inline else " ="
    name = f"<B>{_words(shape.name)}</B>"
    if not after:
        return _cell(name, NAME, ink, inside, TITLE_HEIGHT)
    left = round((inside + fonts.width(shape.name, NAME, bold=True) - fonts.width(after, EXPRESSION)) / 2)
    return _cell(name, NAME, ink, left, TITLE_HEIGHT, "RIGHT") + _cell(
        _words(after), EXPRESSION, ink, inside - left, TITLE_HEIGHT, "LEFT"
    )


def _label(edge: Edge, colours: Theme, words: bool) -> str:
    """The HTML-like label of an edge, or nothing."""
    shape = shape_label(edge)
    if shape is None:
        return ""
    if not words:
        return f"<TABLE {_TABLE}><TR>{_empty(shape.width, shape.height)}</TR></TABLE>"
    faded = "faded" in edge.marks
    rows = ""
    for line in shape.lines:
        colour = colours.line(line.kind, faded=faded)
        rows += f"<TR>{_cell(f'<B>{_words(line.text)}</B>', LABEL, colour, shape.width, LABEL_HEIGHT)}</TR>"
    margin = f"<TR>{_empty(shape.width, LABEL_MARGIN)}</TR>"
    return f"<TABLE {_TABLE}>{margin}{rows}{margin}</TABLE>"


def _marked(edge: Edge, colours: Theme) -> list[str]:
    """The attributes of an edge that is in play, or is not."""
    if "lit" in edge.marks:
        return [f'color="{colours.lit}"', "penwidth=4"]
    return [f'color="{colours.faded}"'] if "faded" in edge.marks else []


def _words(words: str) -> str:
    """Clean text in an HTML-like label; its backslashes are doubled, or Graphviz would take \\N for the node's name."""
    if not words.strip():
        return "&#160;"  # an empty element is a syntax error there
    return text.escape(text.keep_order(words)).replace("\\", "\\\\")


def _line(cells: str, width: int, height: int) -> str:
    """A row of a card: a table of its own, so that its cells' widths do not bind those of other rows."""
    return f"<TR><TD {_fixed(width, height)}><TABLE {_TABLE}><TR>{cells}</TR></TABLE></TD></TR>"


def _cell(content: str, size: int, colour: str, width: int, height: int, align: str = "") -> str:
    aligned = f' ALIGN="{align}"' if align else ""
    anchor = f'<BR ALIGN="{align}"/>' if align else ""  # anchors the text there, whatever width a renderer guesses
    font = f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{content}{anchor}</FONT>'
    return f"<TD{aligned} {_fixed(width, height)}>{font}</TD>"


def _empty(width: int, height: int) -> str:
    return f"<TD {_fixed(width, height)}></TD>"


def _fixed(width: int, height: int) -> str:
    return f'FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"'
