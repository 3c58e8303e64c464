"""Find the wrong cell: a table that somebody has filled in with one slip, and has gone on from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chalkgrad.classroom.forms.asking import (
    WORDS,
    computed,
    edges_of,
    equals,
    equation,
    gradient,
    lettered,
    letters,
    local,
    plain_enough,
)
from chalkgrad.classroom.forms.form import Form, register
from chalkgrad.classroom.paper import Box, Choices, Formula, Grid, Line, Paragraph, Question, Slip
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.answers import template_of, words_of
from chalkgrad.engine.stepping.slips import SLIPS, Evidence
from chalkgrad.engine.stepping.wrong_answers import Found
from chalkgrad.engine.words.manner import manner

MOST_CELLS = 20
MOST_OPTIONS = 8


class Cell(NamedTuple):
    """A cell: the local derivative of an edge, or, without a slot, the gradient of a node."""

    node: Value
    slot: int | None = None


class Slipped(NamedTuple):
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
            return f"a wrong cell is looked for among 4 to {MOST_CELLS} local derivatives and gradients, and this graph has {count}"
        return ""

    def suits(self, posed: Posed) -> bool:
        """Whether some slip makes a table whose numbers can be written down."""
        return bool(slipped_tables(posed))

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a table with a wrong cell; asked are which it is, and what belongs there."""
        chance = posed.chance.beside(self.name, str(number))
        tables = slipped_tables(posed)
        cell = chance.choice([*tables])
        slipped = chance.choice(tables[cell])
        right = right_number(posed, cell)
        all_cells = [*cells(posed)]
        marks = dict(zip(all_cells, letters(len(all_cells)), strict=True))
        which = Box(f"{number}.cell", "choice", marks[cell], WORDS["which cell"], width=1)
        what = Box(
            f"{number}.number",
            "number",
            right,
            WORDS["what belongs in it"],
            tolerance=posed.tolerance,
            slips=self._slips(posed, cell),
        )
        note: Line = (_symbol(posed, cell), f": {posed.written(slipped.number)} ← ", slipped.said)
        return Question(
            self.name,
            WORDS["wrong cell"],
            WORDS["wrong cell, hint"],
            (
                _grid(posed, slipped, marks),
                Choices(which, lettered([(_symbol(posed, one),) for one in all_cells])),
                Paragraph((WORDS["what belongs in it"], ": ", what)),
            ),
            minutes=1.5 + 0.3 * len(all_cells),
            notes=(note,),
        )

    def _slips(self, posed: Posed, cell: Cell) -> tuple[Slip, ...]:
        return posed.slips(cell.node) if cell.slot is None else ()


def cells(posed: Posed) -> Iterator[Cell]:
    """Yields the cells that may be wrong, in the order of reading: what the backward pass begins with is right."""
    for node in posed.sweep.tape:
        if not node.constant:
            yield from (Cell(node, slot) for slot in edges_of(node))
            if node is not posed.root:
                yield Cell(node)


def right_number(posed: Posed, cell: Cell) -> float:
    """Returns the number that belongs in a cell."""
    return posed.sweep.adjoints[cell.node] if cell.slot is None else cell.node.partials[cell.slot]


def slipped_tables(posed: Posed) -> dict[Cell, list[Slipped]]:
    """Returns, for each cell that slips make wrong, the tables that they make."""
    found: dict[Cell, list[Slipped]] = {}
    for cell in cells(posed):
        for number, said in _local_slips(posed, cell) if cell.slot is not None else _gradient_slips(posed, cell.node):
            gradients = carried_on(posed, cell, number)
            if all(plain_enough(posed, x) for x in (number, *gradients.values())):
                found.setdefault(cell, []).append(Slipped(cell, number, said, gradients))
    return found


def _gradient_slips(posed: Posed, node: Value) -> Iterator[tuple[float, str]]:
    for slip in posed.slips(node):
        if slip.number and slip.name != "rounded":  # 0 ends what follows
            yield slip.number, slip.said


def _local_slips(posed: Posed, cell: Cell) -> Iterator[tuple[float, str]]:
    node, slot = cell
    assert slot is not None
    edge, seen = (node, slot), {node.partials[slot], 0.0}
    for slip in SLIPS:
        x = posed.gradients.others(slip).get(edge)
        if x is not None and x == x and x not in seen:
            seen.add(x)
            at = Found(x, slip, "", Evidence(node=node, parent=node.parents[slot], slot=slot), slip.often, slip.name)
            with manner(typeset=True):
                blanks = {"perhaps": "", "maybe": "", "answer": posed.written(x), **words_of(at, posed.sweep)}
                yield x, template_of(slip.name).format_map(blanks)


def carried_on(posed: Posed, cell: Cell, number: float) -> dict[Value, float]:
    """Returns the gradients of one who has a wrong number in a cell and goes on with it."""
    gradients = {posed.root: posed.upstream}
    for node in reversed(posed.sweep.tape.nodes):
        if cell == Cell(node):
            gradients[node] = number
        for slot in edges_of(node):
            parent = node.parents[slot]
            partial = number if cell == Cell(node, slot) else node.partials[slot]
            gradients[parent] = gradients.get(parent, 0.0) + gradients[node] * partial
    return gradients


def _symbol(posed: Posed, cell: Cell) -> Formula:
    return gradient(posed, cell.node) if cell.slot is None else local(posed, cell.node, cell.slot)


def _grid(posed: Posed, slipped: Slipped, marks: Mapping[Cell, str]) -> Grid:
    rows: list[tuple[Line, ...]] = []

    def written(cell: Cell, number: float) -> Line:
        shown = slipped.number if cell == slipped.cell else number
        mark = f"{marks[cell]}) " if cell in marks else ""
        return (mark, equals(_symbol(posed, cell), posed.written(shown)))

    for node in posed.sweep.tape:
        if node.constant:
            continue
        locals_: list[Line] = [written(Cell(node, slot), node.partials[slot]) for slot in edges_of(node)]
        line = tuple(piece for i, one in enumerate(locals_) for piece in (("   ",) if i else ()) + one)
        value = (Formula(posed.written(node.data)),)
        rows.append(((equation(posed, node),), value, line, written(Cell(node), slipped.gradients[node])))
    headings = tuple(WORDS[key] for key in ("column node", "column value", "column locals", "column gradient"))
    return Grid(headings, tuple(rows))


WRONG_CELL = register(WrongCell())
