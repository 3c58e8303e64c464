"""Find the wrong cell: a table that somebody has filled in with one slip, and has gone on from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chalkgrad.classroom.forms.cells import Cell, Cells, Symbols, gradient_of, local_of
from chalkgrad.classroom.forms.form import WORDS, Form, in_a_row, minutes_of
from chalkgrad.classroom.forms.on_graphs import upstream_given
from chalkgrad.classroom.forms.thinking import edges_of, equals, inputs_first, letters, looking_alike
from chalkgrad.classroom.paper import Box, Grid, Line, Paragraph, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.along import adjoints_along
from chalkgrad.engine.stepping.variations import Variation, varied

MOST_CELLS = 20


class SlippedTable(NamedTuple):
    """A table with a slip in one cell: the wrong number in it, the sentence on it, the gradients that follow."""

    cell: Cell
    number: float
    said: str
    gradients: Mapping[Value, float]


class WrongCell(Form):
    """One cell of a table is wrong, by a slip of the engine's table; what is computed from it goes on with the wrong number.

    So every other cell follows from the cells that it is computed from, and only the wrong one does not. All values are right.
    """

    name = "wrong cell"

    def refusal(self, posed: Posed) -> str:
        """Refuses graphs with few cells, in which there is nothing to look for, and with many."""
        count = len([*cells(posed)])
        if not 4 <= count <= MOST_CELLS:
            return f"a wrong cell is one of 4 to {MOST_CELLS} local derivatives and gradients, and this graph has {count}"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Tells whether some slip makes a table whose numbers can be written down."""
        return any(True for cell in cells(posed) for _ in slipped_tables(posed, cell))

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a table with a wrong cell; asked are which it is, and what belongs there."""
        chance = posed.chance.beside(self.name, str(number))
        all_cells = [*cells(posed)]
        tables = next(found for cell in chance.shuffled(all_cells) if (found := [*slipped_tables(posed, cell)]))
        slipped = chance.choice(tables)
        cell = slipped.cell
        read, symbols = Cells(posed, number, []), Symbols(posed)
        marks = dict(zip(all_cells, letters(len(all_cells)), strict=True))
        which = Box(f"{number}.cell", "choice", marks[cell], WORDS["which cell"], width=1, options=tuple(marks.values()))
        # A frame or a name of the cell's own kind would tell which it is.
        belongs = Box(
            f"{number}.number",
            "number",
            read.truth(cell),
            WORDS["what belongs in it"],
            tolerance=posed.tolerance,
            slips=read.slips(cell),
        )
        symbol = symbols.of_cell(cell)
        blocks = (
            _grid(posed, slipped, marks),
            Paragraph((WORDS["which cell"], ": ", which)),
            Paragraph((WORDS["what belongs in it"], ": ", belongs)),
        )
        return Question(
            self.name,
            WORDS["wrong cell"],
            WORDS["wrong cell, hint"],
            blocks,
            minutes=minutes_of(blocks, 0.5 + 0.3 * len(all_cells)),
            notes=((equals(symbol, symbols.number(slipped.number)), ": ", slipped.said),),
            given=upstream_given(posed),
        )


def cells(posed: Posed) -> Iterator[Cell]:
    """Yields the cells that may be wrong, in the order of reading: what the backward pass begins with is right."""
    for node in inputs_first(posed):
        yield from (local_of(node, slot) for slot in edges_of(node))
        if node is not posed.root:
            yield gradient_of(node)


def slipped_tables(posed: Posed, cell: Cell) -> Iterator[SlippedTable]:
    """Yields the tables that slips in one cell make."""
    alike = looking_alike(posed)
    for slip in Cells(posed, 0, []).slips(cell):
        if slip.number:  # 0 would end what follows
            gradients = carried_on(posed, cell, slip.number)
            if all(map(alike, (slip.number, *gradients.values()))):
                yield SlippedTable(cell, slip.number, slip.said, gradients)


def carried_on(posed: Posed, cell: Cell, number: float) -> dict[Value, float]:
    """Returns the gradients of one who has a wrong number in a cell and goes on with it."""
    if cell.kind == "local":
        return varied(posed.sweep, Variation(partials=lambda _: {(cell.node, cell.slot): number}))
    links = {  # nothing comes to the cell but the wrong number
        node: [link for link in links if link[0] is not cell.node] for node, links in posed.sweep.links.items()
    }
    return adjoints_along(links, {posed.root: posed.upstream, cell.node: number})


def _grid(posed: Posed, slipped: SlippedTable, marks: Mapping[Cell, str]) -> Grid:
    symbols = Symbols(posed)

    def written(cell: Cell, number: float) -> Line:
        mark = f"{marks[cell]}) " if cell in marks else ""
        shown = slipped.number if cell == slipped.cell else number
        return (mark, equals(symbols.of_cell(cell), symbols.number(shown)))

    rows: list[tuple[Line, ...]] = []
    for node in inputs_first(posed):
        locals_ = in_a_row([written(local_of(node, slot), node.partials[slot]) for slot in edges_of(node)])
        value: Line = (symbols.number(node.data),)
        rows.append(((symbols.equation(node),), value, locals_, written(gradient_of(node), slipped.gradients[node])))
    headings = ("node", "column values", "column locals", "column gradients")
    return Grid(tuple(WORDS[key] for key in headings), tuple(rows))
