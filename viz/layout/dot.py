"""Writes a `Picture` as DOT text, which looks right in any Graphviz; our own layout reads it too, without the words.

Every cell has a fixed size, measured by `chalkgrad.viz.skins.shapes`, so that the layout does not depend on the fonts a
renderer has. Nodes are called n1, n2, …: the user's text is never a name or an address.

>>> from chalkgrad.viz.pictures.picture import Card, Picture
>>> print(source(Picture((Card("a", kind="leaf"),))).splitlines()[0])
digraph {
"""

from collections import Counter

from chalkgrad.viz.letters import fonts, text, themes
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.picture import Card, CardRow, Edge, Picture
from chalkgrad.viz.skins.circuit import GATE, NEXT, UNKNOWN, shape_gate
from chalkgrad.viz.skins.rounds import LINE, shape_round
from chalkgrad.viz.skins.shapes import (
    BORDER,
    EXPRESSION,
    EXPRESSION_HEIGHT,
    LABEL,
    LABEL_HEIGHT,
    LABEL_MARGIN,
    NAME,
    PADDING,
    PLACE,
    REMARK,
    ROW_HEIGHT,
    STACKED,
    TITLE_HEIGHT,
    VALUE,
    CardShape,
    row_sizes,
    shape_card,
    shape_label,
    shape_place,
)

# Beyond these sizes the network simplex may take minutes; with its iterations bounded the picture differs little.
HURRIED_CARDS, HURRIED_EDGES, HURRIED_FAN = 400, 800, 60
DENSE, DENSE_RANKS = 4, 5.0  # with more unlabelled arrows per card, so many inches between the ranks
TIGHT, TIGHT_RANKS = 0.08, 0.33  # between the cards of a level, in inches, and of the usual space between levels
DOT, DOTS_APART, DOT_RANKS = 0.12, 0.06, 0.25  # inches: the diameter of dots, and the space beside and between them
_HURRY = "nslimit=1 nslimit1=1 mclimit=0.1 splines=line"

# shape=record would lose edges inside clusters; an HTML-like label in shape=plain is its own outline.
_TABLE = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"'


def source(picture: Picture) -> str:
    """Returns the complete DOT text of ``picture``: words, colours, places."""
    return "digraph {\n" + "".join(statements(picture)) + "}\n"


def boxes_only(picture: Picture) -> str:
    """Returns the DOT text of ``picture`` without its words: boxes of the same sizes, for the layout.

    So the names that a user chooses can neither break the layout nor change it.
    """
    lines = statements(picture, words=False)
    return "digraph {\n" + "".join(lines) + "}\n"


def dots_only(picture: Picture) -> str:
    """Returns the DOT text of ``picture`` with a dot for each card."""
    space = f"rankdir={picture.direction} nodesep={DOTS_APART} ranksep={DOT_RANKS} {_HURRY.rpartition(' ')[0]}"
    outline = f"shape=circle fixedsize=true width={DOT}"
    lines = [f"\tgraph [{space}]\n", f'\tnode [{outline} label=""]\n\tedge [arrowhead=none]\n']
    lines += (f"\tn{number}\n" for number in range(1, len(picture.cards) + 1))
    lines += (f"\tn{edge.tail + 1} -> n{edge.head + 1} [id=e{number}]\n" for number, edge in enumerate(picture.edges))
    return "digraph {\n" + "".join(lines) + "}\n"


def size(card: Card, picture: Picture) -> tuple[int, int]:
    """Returns the width and the height of ``card`` in the skin of ``picture``."""
    if picture.skin == "circuit":
        gate = shape_gate(card, picture.direction)
        return gate.width, gate.height
    if picture.skin == "edges":
        shape = shape_round(card)
        return shape.width, shape.height
    behind = STACKED if card.count > 1 else 0
    return shape_card(card).width + behind, shape_card(card).height + behind


def places(picture: Picture) -> tuple[tuple[str, ...], ...]:
    """Returns every place of ``picture`` and every place around one, in order of appearance; the n-th, from 1, is cluster_n."""
    found: dict[tuple[str, ...], None] = {}
    for card in picture.cards:
        for depth in range(1, len(card.place) + 1):
            found.setdefault(card.place[:depth])
    return tuple(found)


def statements(picture: Picture, *, words: bool = True) -> list[str]:
    """Returns the lines between the braces; without ``words``, only boxes of the same sizes."""
    colours = themes.theme(picture.theme)
    fan = max(Counter(edge.tail for edge in picture.edges).values(), default=0)
    hurry = len(picture.cards) > HURRIED_CARDS or len(picture.edges) > HURRIED_EDGES or fan > HURRIED_FAN
    # Between columns in which each is joined to each, curves swing out wide and straight lines show the pattern.
    bare = sum(not edge.lines for edge in picture.edges)
    dense = bare > DENSE * len(picture.cards)
    routing = _HURRY if hurry else "splines=line" if dense else "splines=spline"
    most = max(Counter(edge.head for edge in picture.edges).values(), default=0)
    least = 0.55 if picture.skin == "circuit" else 0.3
    ranks = DENSE_RANKS if dense else least + 0.08 * min(max(most - 3, 0), 10)  # many edges that meet need more space to spread
    apart, ranks = (TIGHT, ranks * TIGHT_RANKS) if picture.tight else (0.3, ranks)
    space = f"rankdir={picture.direction} nodesep={apart} ranksep={ranks:.2f} pad=0.15"
    # In a circuit all wires leave from the end of the value's own wire, and meet the gate on the side that faces them.
    ports = {"LR": (":e", ":w"), "TB": (":s", ":n")}[picture.direction] if picture.skin == "circuit" else ("", "")
    arrows = " arrowhead=none" if picture.skin == "circuit" else ""
    lines = [
        f'\tgraph [{space} bgcolor="{colours.page}" fontname="Arial" {routing}]\n',
        '\tnode [shape=plain fontname="Arial"]\n',
        f'\tedge [fontname="Arial" color="{colours.edge}" penwidth=2 arrowsize=0.9{arrows}]\n',
    ]
    if words and (caption := _caption(picture, colours)):
        lines.append(f"\tgraph [label=<{caption}> labeljust=l labelloc=b]\n")
    numbers = {path: n for n, path in enumerate(places(picture), 1)}
    lines += _cards(picture, (), numbers, colours, words)
    for number, edge in enumerate(picture.edges):
        attributes = [] if words else [f"id=e{number}"]
        label = _label(edge, picture, colours, words)
        if label:
            attributes.append(f"label=<{label}>")
        if words and edge.marks:
            attributes += _marked(edge, colours)
        arrow = f"\tn{edge.tail + 1}{ports[0]} -> n{edge.head + 1}{ports[1]}"
        lines.append(f"{arrow} [{' '.join(attributes)}]\n" if attributes else f"{arrow}\n")
    return lines


def _caption(picture: Picture, colours: Theme) -> str:
    """Returns the HTML-like label of the whole graph: the caption's lines."""
    said = [line for line in picture.caption.splitlines() if line.strip()]
    lines = (f'{_words(text.clean(line))}<BR ALIGN="LEFT"/>' for line in said)
    return f'<FONT POINT-SIZE="{NAME}" COLOR="{colours.ink}">{"".join(lines)}</FONT>' if said else ""


def _cards(
    picture: Picture,
    place: tuple[str, ...],
    numbers: dict[tuple[str, ...], int],
    colours: Theme,
    words: bool,
) -> list[str]:
    """Returns the statements for the cards in ``place`` and, each in a cluster, for the places within it."""
    indent = "\t" * (len(place) + 1)
    lines = []
    for number, card in enumerate(picture.cards, 1):
        if card.place == place:
            lines.append(f"{indent}n{number} [{_node(card, picture, colours, words)}]\n")
    for inside, number in numbers.items():
        if inside[:-1] != place:
            continue
        width, height, name = shape_place(inside[-1])
        label = _cell(f"<B>{_words(name)}</B>", PLACE, colours.dim, width, height) if words else _empty(width, height)
        fill = colours.places[(len(inside) - 1) % 2]
        paint = f'style="rounded,filled" fillcolor="{fill}" color="{colours.place_border}"'
        lines += [
            f"{indent}subgraph cluster_{number} {{\n",
            f"{indent}\tgraph [label=<<TABLE {_TABLE}><TR>{label}</TR></TABLE>> labeljust=l labelloc=t margin=10 {paint}]\n",
            *_cards(picture, inside, numbers, colours, words),
            f"{indent}}}\n",
        ]
    return lines


def _node(card: Card, picture: Picture, colours: Theme, words: bool) -> str:
    """Returns the attributes of a card's node."""
    width, height = size(card, picture)
    if picture.skin == "edges":
        outline = f"shape=ellipse fixedsize=true width={width / 72:.4f} height={height / 72:.4f}"
        return f"{outline} {_round(card, colours) if words else 'label=<>'}"
    if not words:
        return f"label=<<TABLE {_TABLE}><TR>{_empty(width, height)}</TR></TABLE>>"
    return f"label=<{_gate(card, picture, colours) if picture.skin == 'circuit' else _card(card, colours)}>"


def _round(card: Card, colours: Theme) -> str:
    """Returns the attributes of a round node: its words, its outline and its colours."""
    shape = shape_round(card)
    faded, lit = "faded" in card.marks, "lit" in card.marks
    rows = ""
    for line in shape.lines:
        fonts_ = (
            f'<FONT POINT-SIZE="{part.size}" COLOR="{colours.words(part.kind, faded=faded)}">'
            f"{f'<B>{_words(part.words)}</B>' if part.bold else _words(part.words)}</FONT>"
            for part in line
        )
        rows += f"<TR><TD {_fixed(shape.width - 8, LINE)}>{''.join(fonts_)}</TD></TR>"
    border = colours.lit if lit else colours.faded if faded else colours.border
    weight = 4 if lit or card.kind == "root" else BORDER
    style = "filled,dashed" if "stale" in card.marks else "filled"
    fill = f'style="{style}" fillcolor="{getattr(colours, card.kind)}" color="{border}" penwidth={weight}'
    return f"label=<<TABLE {_TABLE}>{rows}</TABLE>> {fill}"


def _gate(card: Card, picture: Picture, colours: Theme) -> str:
    """Returns the HTML-like label of a gate, or a leaf's name, with the numbers of its wire."""
    shape = shape_gate(card, picture.direction)
    faded = "faded" in card.marks
    ink, dim = (colours.dim if faded else colours.ink), colours.dim
    across = picture.direction == "LR"
    if card.sign:
        border = colours.lit if "lit" in card.marks else colours.faded if faded else colours.border
        weight = 4 if "lit" in card.marks else BORDER
        fill = colours.root if card.kind == "root" else colours.inner
        sign = _cell(f"<B>{_words(shape.sign)}</B>", shape.sign_size, ink, shape.gate - 2 * weight, 2 * (GATE - weight))
        outline = f'BORDER="{weight}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0" STYLE="ROUNDED" COLOR="{border}"'
        gate = f'<TABLE {outline} BGCOLOR="{fill}"><TR>{sign}</TR></TABLE>'
        head = f"<TD {_fixed(shape.gate, 2 * GATE)}>{gate}</TD>"
    else:
        head = _cell(f"<B>{_words(shape.name)}</B>", NAME, ink, shape.gate, 2 * GATE if across else shape.head)
    space = (shape.width - shape.gate, GATE - 1) if across else (shape.width // 2 - 1, shape.wire)
    data, grad = (
        _cell(f"<B>{_words(number)}</B>", VALUE, colours.row(kind, faded=faded or number == UNKNOWN), *space)
        for number, kind in ((shape.data, "data"), (shape.grad, "grad"))
    )
    name = [(shape.name, LABEL)] if card.sign else []
    notes = [(note, REMARK) for note in shape.notes]
    under = name + notes if across else notes
    cells = (_cell(f"<B>{_words(said)}</B>", size, dim, shape.width, LABEL_HEIGHT, "LEFT") for said, size in under)
    below = "".join(f"<TR>{cell}</TR>" for cell in cells)
    if across:
        wire = f'<TABLE {_TABLE} COLOR="{colours.edge}"><TR>{data}</TR><HR/><TR>{grad}</TR></TABLE>'
        beside = f"<TD {_fixed(space[0], 2 * GATE)}>{wire}</TD>"
        above = f"<TR>{_empty(shape.width, LABEL_HEIGHT * len(under))}</TR>" if under else ""
        middle = _line(head + beside, shape.width, shape.height - 2 * LABEL_HEIGHT * len(under))
        return f"<TABLE {_TABLE}>{above}{middle}{below}</TABLE>"
    wire = f'<TABLE {_TABLE} COLOR="{colours.edge}"><TR>{data}<VR/>{grad}</TR></TABLE>'
    side = (shape.width - shape.gate) // 2
    for said, size in name:
        beside = _cell(f"<B>{_words(said)}</B>", size, dim, side - NEXT, 2 * GATE, "LEFT")
        head = _empty(side, 2 * GATE) + head + _empty(NEXT, 2 * GATE) + beside
    middle = f"<TR><TD {_fixed(shape.width, shape.wire)}>{wire}</TD></TR>"
    return f"<TABLE {_TABLE}>{_line(head, shape.width, shape.head)}{middle}{below}</TABLE>"


def _card(card: Card, colours: Theme) -> str:
    """Returns the HTML-like label of a card."""
    shape = shape_card(card)
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


def _row(row: CardRow, inside: int, margin: int, colours: Theme, faded: bool) -> str:
    """A row of a card: the name on the left, the value on the right."""
    missing = row.kind == "missing"
    name_size, value_size = row_sizes(row)
    space = inside - 2 * margin
    half = space // 2 if row.value else space
    name = _cell(f"<B>{_words(row.name)}</B>", name_size, colours.row(row.kind, faded=faded), half, ROW_HEIGHT, "LEFT")
    cells = _empty(margin, ROW_HEIGHT) + name
    if row.value:
        value = _words(row.value) if missing else f"<B>{_words(row.value)}</B>"
        colour = colours.row(row.kind, faded=faded or missing)
        cells += _cell(value, value_size, colour, space - half, ROW_HEIGHT, "RIGHT")
    return _line(cells + _empty(margin, ROW_HEIGHT), inside, ROW_HEIGHT)


def _title(shape: CardShape, ink: str, inside: int) -> str:
    """Returns the cells of a card's first line. Name and expression meet in the middle, each aligned to where they meet.

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


def _label(edge: Edge, picture: Picture, colours: Theme, words: bool) -> str:
    """Returns the HTML-like label of an edge, or nothing."""
    shape = shape_label(edge, picture.skin)
    if shape is None:
        return ""
    if not words:
        return f"<TABLE {_TABLE}><TR>{_empty(shape.width, shape.height)}</TR></TABLE>"
    faded = "faded" in edge.marks
    rows = ""
    for line in shape.lines:
        colour = colours.line(line.kind, faded=faded)
        rows += f"<TR>{_cell(f'<B>{_words(line.text)}</B>', shape.size, colour, shape.width, shape.line_height)}</TR>"
    margin = f"<TR>{_empty(shape.width, LABEL_MARGIN)}</TR>"
    return f"<TABLE {_TABLE}>{margin}{rows}{margin}</TABLE>"


def _marked(edge: Edge, colours: Theme) -> list[str]:
    """Returns the attributes of an edge that is highlighted or faded."""
    if "lit" in edge.marks:
        dashes = ["style=dashed"] if "second" in edge.marks else []
        return [f'color="{colours.lit}"', "penwidth=4", *dashes]
    return [f'color="{colours.faded}"'] if "faded" in edge.marks else []


def _words(words: str) -> str:
    """Escapes clean text for an HTML-like label; backslashes are doubled, or Graphviz would take \\N for the node's name."""
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
