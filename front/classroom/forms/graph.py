"""The drawn graph with empty boxes: a value for each node that is computed, and all gradients."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cached_property, partial

from chalkgrad.classroom.forms.cells import Cells, gradient_of, value_of
from chalkgrad.classroom.forms.form import WORDS, Form, line, minutes_of, one_of
from chalkgrad.classroom.forms.on_graphs import computed, on_the_way, rule_of_marking, sums, upstream_given
from chalkgrad.classroom.paper import Box, Graph, Line, Piece, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.viz.drawing.drawing import Drawing
from chalkgrad.viz.formats.tikz import tikz
from chalkgrad.viz.pictures.picture import Card, emptied, spoken_description
from chalkgrad.viz.showing import draw

SKINS = ("circuit", "cards")
MOST = 24  # values that can be read, and written beside, on a page


class GraphForm(Form):
    """The graph as a circuit, or with cards, as `skin` chooses."""

    name = "graph"
    options = ("skin",)

    def question(self, posed: Posed, number: int) -> Question:
        """Returns the picture with its boxes, and the graph as a list."""
        skin = one_of(posed, "skin", SKINS, SKINS[0])
        way = {*on_the_way(posed)}
        asked = [value_of(node) for node in computed(posed)]
        asked += [gradient_of(node) for node in reversed(posed.nodes) if node.parents or node in way]
        cells = Cells(posed, number, asked)
        blocks = (_drawn(cells, skin, cells.boxes, tuple(listed(cells))),)
        hint = WORDS["graph hint" if skin == "circuit" else "graph hint, cards"]
        notes = (*rule_of_marking(posed), *sums(cells))
        return Question("graph", WORDS["graph title"], hint, blocks, minutes_of(blocks), notes, upstream_given(posed))

    def refusal(self, posed: Posed) -> str:
        """Refuses graphs that are too large for a page."""
        count = len(posed.sweep.tape)
        return f"the graph has {count} values: {MOST} at most can be filled in on a page" if count > MOST else ""


def _drawn(cells: Cells, skin: str, boxes: tuple[Box, ...], edges: tuple[Line, ...]) -> Graph:
    picture = _Picture(cells, skin, boxes)
    described = WORDS["graph described"].format(root=cells.symbols.name(cells.posed.root).plain)
    return Graph(boxes, picture.svg, picture.tikz, described, edges, partial(_drawn, cells, skin))


class _Picture:
    """The drawing of a graph, made when it is first asked for, and kept: a sheet is often made for its numbers alone."""

    def __init__(self, cells: Cells, skin: str, boxes: tuple[Box, ...]) -> None:
        self._cells, self._skin = cells, skin
        self._rooms: dict[str, int] = {}
        for box in boxes:
            self._rooms[box.kind] = max(box.width, self._rooms.get(box.kind, 0))
        self._made: dict[tuple[str, bool], str] = {}

    def svg(self, filled: bool) -> str:
        if ("svg", filled) not in self._made:
            self._made["svg", filled] = (self._filled if filled else self._empty).svg
        return self._made["svg", filled]

    def tikz(self, filled: bool) -> str:
        if ("tikz", filled) not in self._made:
            self._made["tikz", filled] = tikz((self._filled if filled else self._empty).scene)
        return self._made["tikz", filled]

    @cached_property
    def _empty(self) -> Drawing:
        """The graph without anything in its boxes, drawn of a copy: the gradients are those of this exercise alone."""
        cells = self._cells
        posed = cells.posed
        root = copy.deepcopy(posed.root)
        twins = dict(zip(posed.sweep.tape, root.tape(), strict=True))
        for node, twin in twins.items():  # a variable of the caller's holds the node, not its twin
            twin.label = posed.sweep.names[node]
        root.backward(posed.upstream)
        blanks: dict[Value, list[str]] = {}
        for cell in cells:
            blanks.setdefault(twins[cell.node], []).append(f"{cell.kind}s")
        drawn = draw(root, skin=self._skin, show=("data", "grad"), blanks=blanks, filled=True, collapse=False, caption="")
        cards = tuple(self._written(card, node) for card, node in zip(drawn.picture.cards, posed.sweep.tape, strict=True))
        said = spoken_description(drawn.picture.title, cards, drawn.picture.edges)
        key = replace(drawn.picture, cards=cards, description=said)
        return Drawing(emptied(key), key=key)

    def _written(self, card: Card, node: Value) -> Card:
        """Returns a card with its numbers as the key writes them, and boxes as wide as the widest of their kind."""
        cells, rows = self._cells, []
        for row in card.rows:
            if row.kind == "grad" and gradient_of(node) not in cells and not node.constant:
                continue  # what is not asked is not told either
            cell = value_of(node) if row.kind == "data" else gradient_of(node)
            if row.kind in ("data", "grad") and not (row.kind == "grad" and node.constant):
                room = self._rooms[cell.kind] if cell in cells else 0
                row = replace(row, value=cells.posed.written(cells.truth(cell)), room=room)
            rows.append(row)
        return replace(card, rows=tuple(rows))

    @cached_property
    def _filled(self) -> Drawing:
        return self._empty.filled()


def listed(cells: Cells) -> list[Line]:
    """Returns the graph in lines, one for each node: what it is, its boxes, and the edges from it to what it goes into."""
    symbols, tape = cells.symbols, cells.posed.nodes
    lines: list[Line] = []
    for node in tape:
        pieces: list[Piece] = [symbols.formula(symbols.equation(node), " ="), " ", cells.piece(value_of(node)), "; "]
        nodes: list[Piece] = []
        for above in [other for other in tape if node in other.parents]:
            times, equation = above.parents.count(node), symbols.equation(above)
            again = line(WORDS["goes into, repeated"], node=equation, times=f"{times}") if times > 1 else (equation,)
            nodes += [", ", *again] if nodes else again
        template = WORDS["goes into" if nodes else "goes nowhere"]
        pieces += line(template, node=symbols.name(node), **({"nodes": tuple(nodes)} if nodes else {}))
        if gradient_of(node) in cells:
            pieces += ["; ", *cells.equation(gradient_of(node))]
        lines.append(tuple(pieces))
    return lines
