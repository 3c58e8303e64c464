"""Writes a `Picture` as DOT text: for other people's Graphviz in one plain look, for our own layout as boxes without words.

Nodes are called n1, n2, …: the user's text is never a name or an address.

>>> from chalkgrad.viz.pictures.picture import Card, Picture
>>> print(source(Picture((Card("a", kind="leaf"),))).splitlines()[0])
digraph {
"""

from collections import Counter
from collections.abc import Callable, Iterable

from chalkgrad.viz.letters import text, themes
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.picture import Card, CardRow, Edge, Picture
from chalkgrad.viz.skins.shapes import BOX, EXPRESSION_LINES, LABEL, NAME, PLACE, TITLE_LIMIT, VALUE, box_width, shape_place
from chalkgrad.viz.skins.skin import Skin, skin_of

# Beyond these sizes the network simplex may take minutes; with its iterations bounded the picture differs little.
HURRIED_CARDS, HURRIED_EDGES, HURRIED_FAN = 400, 800, 60
DENSE, DENSE_RANKS = 4, 5.0  # with more unlabelled arrows per card, so many inches between the ranks
APART, TIGHT = 0.3, 0.08  # between the cards of a level, in inches
TIGHT_RANKS = 0.33  # of the usual space between levels
DOT, DOTS_APART, DOT_RANKS = 0.12, 0.06, 0.25  # inches: the diameter of dots, and the space beside and between them
RANKS = 0.5  # the least space between the ranks of the plain look, in inches
_HURRY = "nslimit=1 nslimit1=1 mclimit=0.1 splines=line"

Place = tuple[str, ...]


def places(picture: Picture) -> tuple[Place, ...]:
    """Returns every place of ``picture`` and every place around one, in order of appearance; the n-th, from 1, is cluster_n."""
    found: dict[Place, None] = {}
    for card in picture.cards:
        for depth in range(1, len(card.place) + 1):
            found.setdefault(card.place[:depth])
    return tuple(found)


def _graph(picture: Picture, least: float) -> str:
    """Returns the attributes that decide on the layout, with ``least`` inches between the ranks."""
    fan = max(Counter(edge.tail for edge in picture.edges).values(), default=0)
    hurry = len(picture.cards) > HURRIED_CARDS or len(picture.edges) > HURRIED_EDGES or fan > HURRIED_FAN
    # Between columns in which each is joined to each, curves swing out wide and straight lines show the pattern.
    bare = sum(not edge.lines for edge in picture.edges)
    dense = bare > DENSE * len(picture.cards)
    routing = _HURRY if hurry else "splines=line" if dense else "splines=spline"
    most = max(Counter(edge.head for edge in picture.edges).values(), default=0)
    ranks = DENSE_RANKS if dense else least + 0.08 * min(max(most - 3, 0), 10)  # many edges that meet need more space to spread
    apart, ranks = TIGHT if picture.tight is True else APART, ranks * (TIGHT_RANKS if picture.tight else 1)
    return f"rankdir={picture.direction} nodesep={apart} ranksep={ranks:.2f} pad=0.15 {routing}"


def _nodes(picture: Picture, node: Callable[[Card], str], cluster: Callable[[Place], str], place: Place = ()) -> Iterable[str]:
    """Yields the statements for the cards in ``place`` and, each in a cluster, for the places within it."""
    indent = "\t" * (len(place) + 1)
    for number, card in enumerate(picture.cards, 1):
        if card.place == place:
            yield f"{indent}n{number} [{node(card)}]\n"
    for number, inside in enumerate(places(picture), 1):
        if inside[:-1] == place:
            yield f"{indent}subgraph cluster_{number} {{\n{indent}\tgraph [{cluster(inside)}]\n"
            yield from _nodes(picture, node, cluster, inside)
            yield f"{indent}}}\n"


# For the layout ------------------------------------------------------------------------------------------------------


def boxes_only(picture: Picture) -> str:
    """Returns the DOT text of ``picture`` without its words: outlines of the sizes that its skin gives them.

    So the names that a user chooses, and the fonts that a renderer has, can neither break the layout nor change it.
    """
    skin = skin_of(picture.skin)
    out, into = (f":{port}" if port else "" for port in skin.ports[picture.direction])
    lines = ["digraph {\n", f"\tgraph [{_graph(picture, skin.ranks)}]\n", "\tnode [shape=plain]\n"]
    lines.append(f"\tedge [penwidth=2 arrowsize=0.9{'' if skin.arrows else ' arrowhead=none'}]\n")
    lines += _nodes(picture, lambda card: _outline(card, picture, skin), _outline_of_place)
    for number, edge in enumerate(picture.edges):
        shape = skin.label(edge)
        label = f" label=<{_box(shape.width, shape.height)}>" if shape else ""
        lines.append(f"\tn{edge.tail + 1}{out} -> n{edge.head + 1}{into} [id=e{number}{label}]\n")
    return "".join([*lines, "}\n"])


def dots_only(picture: Picture) -> str:
    """Returns the DOT text of ``picture`` with a dot for each card."""
    space = f"rankdir={picture.direction} nodesep={DOTS_APART} ranksep={DOT_RANKS} {_HURRY.rpartition(' ')[0]}"
    outline = f"shape=circle fixedsize=true width={DOT}"
    lines = [f"\tgraph [{space}]\n", f'\tnode [{outline} label=""]\n\tedge [arrowhead=none]\n']
    lines += (f"\tn{number}\n" for number in range(1, len(picture.cards) + 1))
    lines += (f"\tn{edge.tail + 1} -> n{edge.head + 1} [id=e{number}]\n" for number, edge in enumerate(picture.edges))
    return "digraph {\n" + "".join(lines) + "}\n"


def _outline(card: Card, picture: Picture, skin: Skin) -> str:
    width, height = skin.size(card, picture.direction)
    if skin.round:
        return f"shape=ellipse fixedsize=true width={width / 72:.4f} height={height / 72:.4f} label=<>"
    return f"label=<{_box(width, height)}>"


def _outline_of_place(place: Place) -> str:
    width, height, _ = shape_place(place[-1])
    return f"label=<{_box(width, height)}> labeljust=l labelloc=t margin=10"


def _box(width: int, height: int) -> str:
    cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"></TD>'
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cell}</TR></TABLE>'


# For other people's Graphviz -----------------------------------------------------------------------------------------


def source(picture: Picture) -> str:
    """Returns the complete DOT text of ``picture``: words, colours, places."""
    return "digraph {\n" + "".join(statements(picture)) + "}\n"


def statements(picture: Picture) -> list[str]:
    """Returns the lines between the braces of `source`. All skins look alike: what they show differs, in their words.

    Labels are HTML-like, because shape=record loses edges inside clusters.
    """
    colours = themes.theme(picture.theme)
    lines = [
        f'\tgraph [{_graph(picture, RANKS)} bgcolor="{colours.page}" fontname="Arial"]\n',
        f'\tnode [shape=box fontname="Arial" fontsize={VALUE}]\n',
        f'\tedge [fontname="Arial" fontsize={LABEL} color="{colours.edge}" penwidth=2 arrowsize=0.9]\n',
    ]
    if said := [line for line in picture.caption.splitlines() if line.strip()]:
        caption = "".join(f'{_words(line)}<BR ALIGN="LEFT"/>' for line in said)
        lines.append(f"\tgraph [label=<{_font(caption, colours.ink, NAME)}> labeljust=l labelloc=b]\n")
    lines += _nodes(picture, lambda card: _card(card, colours), lambda place: _place(place, colours))
    for edge in picture.edges:
        attributes = " ".join(_edge(edge, colours))
        lines.append(f"\tn{edge.tail + 1} -> n{edge.head + 1}{f' [{attributes}]' if attributes else ''}\n")
    return lines


def _place(place: Place, colours: Theme) -> str:
    fill = colours.places[(len(place) - 1) % 2]
    paint = f'style="rounded,filled" fillcolor="{fill}" color="{colours.place_border}"'
    return f"label=<{_font(_bold(shape_place(place[-1])[2]), colours.dim, PLACE)}> labeljust=l labelloc=t margin=10 {paint}"


def _card(card: Card, colours: Theme) -> str:
    """Returns the attributes of a node: its title, a line for each row, and what it looks like."""
    faded = "faded" in card.marks
    title = text.wrap(text.clean(card.title), NAME, bold=True, limit=TITLE_LIMIT, lines=EXPRESSION_LINES)
    lines = [_font("<BR/>".join(map(_bold, title)), colours.dim if faded else colours.ink, NAME)]
    rows = [_font(_bold(_row(row)), colours.row(row.kind, faded=faded or row.kind == "missing")) for row in card.rows]
    boxes = [_box_to_fill(row.room, row.value, colours, pill=row.kind == "grad") if row.room else "" for row in card.rows]
    styles = ["filled", "rounded" * (card.kind != "leaf"), "dashed" * ("stale" in card.marks)]
    weight = 4 if card.kind == "root" or "lit" in card.marks else 2
    paint = f'fillcolor="{getattr(colours, card.kind)}" color="{colours.outline(card.marks)}" penwidth={weight}'
    label = (
        _table([*zip(lines, [""], strict=True), *zip(rows, boxes, strict=True)]) if any(boxes) else "<BR/>".join(lines + rows)
    )
    return f'label=<{label}> style="{",".join(filter(None, styles))}" {paint}'


def _table(rows: Iterable[tuple[str, str]]) -> str:
    """Returns words, each line with the cell of a box behind it or with "", as a table: a label cannot mix words and tables."""
    lines = (f"<TR><TD>{line}</TD>{box}</TR>" if box else f'<TR><TD COLSPAN="2">{line}</TD></TR>' for line, box in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="3" CELLPADDING="2">{"".join(lines)}</TABLE>'


def _box_to_fill(room: int, answer: str, colours: Theme, *, pill: bool) -> str:
    """Returns the cell of a box, dashed for a gradient, with the answer in it if there is one."""
    width, fill = box_width(room), colours.key_ground if answer else colours.page
    size = f'FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{BOX}"'
    style = "ROUNDED,DASHED" if pill else "ROUNDED"
    written = _font(_bold(answer), colours.key, VALUE) if answer else ""
    return f'<TD BORDER="1" COLOR="{colours.border}" BGCOLOR="{fill}" STYLE="{style}" {size}>{written}</TD>'


def _row(row: CardRow) -> str:
    if row.room:
        return f"{row.name} =" if row.kind in ("data", "grad") else row.name
    equals = " = " if row.kind in ("data", "grad") else " "
    return equals.join(filter(None, (row.name, row.value)))


def _edge(edge: Edge, colours: Theme) -> Iterable[str]:
    faded = "faded" in edge.marks
    if edge.lines:
        lines = [_font(_bold(line.text), colours.line(line.kind, faded=faded)) for line in edge.lines]
        boxes = [_box_to_fill(line.room, line.answer, colours, pill=False) if line.room else "" for line in edge.lines]
        yield f"label=<{_table(zip(lines, boxes, strict=True)) if any(boxes) else '<BR/>'.join(lines)}>"
    if "lit" in edge.marks:
        yield f'color="{colours.lit}" penwidth=4{" style=dashed" if "second" in edge.marks else ""}'
    elif faded:
        yield f'color="{colours.faded}"'


def _font(content: str, colour: str, size: int = 0) -> str:
    points = f' POINT-SIZE="{size}"' if size else ""
    return f'<FONT{points} COLOR="{colour}">{content}</FONT>'


def _bold(words: str) -> str:
    return f"<B>{_words(words)}</B>"


def _words(words: str) -> str:
    """Cleans and escapes text for an HTML-like label; backslashes are doubled, or Graphviz would take \\N for a node's name."""
    if not words.strip():
        return "&#160;"  # an empty element is a syntax error there
    return text.escape(text.keep_order(text.clean(words))).replace("\\", "\\\\")
