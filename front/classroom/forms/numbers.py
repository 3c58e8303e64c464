"""Single numbers, with the gradient given that comes from upstream."""

from __future__ import annotations

from chalkgrad.classroom.forms.cells import Cells, gradient_of, value_of
from chalkgrad.classroom.forms.form import WORDS, Form, in_a_row, minutes_of, one_of
from chalkgrad.classroom.forms.on_graphs import computed, leaves, on_the_way, rule_of_marking, sums, upstream_given
from chalkgrad.classroom.paper import Line, Paragraph, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value


class Numbers(Form):
    """∂H/∂a as a number for each leaf that is asked for; with `inner` = "gradients" of what is between, too.

    `inner` = "all" asks the values of the computed nodes as well.
    """

    name = "numbers"
    options = ("inner",)

    def graded(self, posed: Posed) -> set[Value]:
        """Returns the leaves that are asked for, and with `inner` what is between."""
        return super().graded(posed) if posed.options.get("inner", "none") != "none" else {*leaves(posed)}

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a box for each number, the values downwards and then the gradients upwards."""
        inner = one_of(posed, "inner", ("none", "gradients", "all"), "none")
        values = [value_of(node) for node in computed(posed)] if inner == "all" else []
        asked = leaves(posed)
        if inner != "none":
            asked = [node for node in reversed(on_the_way(posed)) if node is not posed.root]
        cells = Cells(posed, number, [*values, *(gradient_of(node) for node in asked)])
        lines: list[Line] = [
            (cells.symbols.formula(cells.symbols.equation(cell.node), " ="), " ", cells[cell]) for cell in values
        ]
        lines += [cells.equation(gradient_of(node)) for node in asked]
        blocks = (Paragraph(in_a_row(lines)),)
        hint = WORDS["numbers hint"] if posed.upstream == 1.0 else WORDS["numbers hint, upstream"]
        notes = (*rule_of_marking(posed), *sums(cells))
        return Question("numbers", WORDS["numbers title"], hint, blocks, minutes_of(blocks), notes, upstream_given(posed))
