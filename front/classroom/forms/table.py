"""The evaluation trace with blanks: values downwards, local derivatives, gradients upwards."""

from __future__ import annotations

from chalkgrad.classroom.forms.cells import Cell, Cells, gradient_of, local_of, value_of
from chalkgrad.classroom.forms.form import WORDS, Form, in_a_row, minutes_of, some_of
from chalkgrad.classroom.forms.on_graphs import computed, locals_on_the_way, on_the_way, rule_of_marking, sums, upstream_given
from chalkgrad.classroom.paper import Grid, Line, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value

COLUMNS = ("values", "locals", "gradients")
MOST = 40  # rows


class Table(Form):
    """The table of the tape, a row for each value; `columns` chooses which of its columns are asked.

    A column before the first one that is asked is given; behind that, one that is not asked is left out, because its numbers
    would tell those that are.
    """

    name = "table"
    options = ("columns",)

    def question(self, posed: Posed, number: int) -> Question:
        """Returns the table; of values that do not lead from what is asked for to the root, the gradients are left out."""
        asked = some_of(posed, "columns", COLUMNS)
        cells_of = {
            "values": [value_of(node) for node in computed(posed)],
            "locals": [local_of(node, slot) for node, slot in locals_on_the_way(posed)],
            "gradients": [gradient_of(node) for node in reversed(on_the_way(posed))],
        }
        given = [column for column in COLUMNS[: COLUMNS.index(asked[0])] if column not in asked]
        cells = Cells(
            posed,
            number,
            [cell for column in COLUMNS if column in asked for cell in cells_of[column]],
            [cell for column in given for cell in cells_of[column]],
        )
        shown = [column for column in COLUMNS if column in asked or column in given]
        rows = tuple(tuple(self._row(node, cells, cells_of, shown)) for node in posed.nodes)
        headings = tuple(WORDS[key] for key in ("node", *(f"column {column}" for column in shown)))
        blocks = (Grid(headings, rows),)
        order = ", ".join(WORDS[f"{column} in order"] for column in asked) if asked != [*COLUMNS] else WORDS["table hint"]
        notes = (*rule_of_marking(posed), *sums(cells))
        return Question(
            "table",
            WORDS["table title"],
            order,
            blocks,
            minutes_of(blocks),
            notes,
            upstream_given(posed),
            order=tuple(map(cells.name, cells)),
        )

    def refusal(self, posed: Posed) -> str:
        """Refuses graphs whose table is longer than a page."""
        count = len(posed.sweep.tape)
        return f"the table has {count} rows: {MOST} at most are filled in by hand" if count > MOST else ""

    def _row(self, node: Value, cells: Cells, cells_of: dict[str, list[Cell]], shown: list[str]) -> list[Line]:
        symbols = cells.symbols
        row: list[Line] = [(symbols.equation(node),)]
        for column in shown:
            here = [cell for cell in cells_of[column] if cell.node is node]
            if column == "values":
                row.append((cells.piece(value_of(node)),))
            else:
                row.append(in_a_row([cells.equation(cell) for cell in here]))
        return row
