"""The evaluation trace beside a cursor: the rows where it stands are marked, and of many only those around it are shown.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> steps = e.steps()
>>> _ = steps.step(3)
>>> print(steps.table())
   v │ expression │ value │ local derivatives            │ gradient
─────┼────────────┼───────┼──────────────────────────────┼──────────
   a │            │ 2     │                              │
 > b │            │ 1     │                              │ 3 + …
   c │ a + b      │ 3     │ ∂c/∂a = 1, ∂c/∂b = 1         │ 2
   d │ b + 1      │ 2     │ ∂d/∂b = 1                    │ 3
   e │ c·d        │ 6     │ ∂e/∂c = d = 2, ∂e/∂d = c = 3 │ 1
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from chalkgrad.engine.basics.terminal import two_screens
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.steps import NodeStep, Steps
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.stepping.trace import Options, Table, left_out, trace_rows
from chalkgrad.engine.stepping.windows import BLANK, MARK
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.printer import LaTeX, Printer
from chalkgrad.engine.words.tables import Row

_AROUND = 8  # lines of two screens that are not rows: headings, what is left out, what is said below


class MarkedTable(Table):
    """The table of a tape where the rows of some values are marked; those after `until` are not computed yet."""

    def __init__(self, tape: Tape, options: Options, marked: Collection[Value], until: int | None = None) -> None:
        super().__init__(tape, options)
        self.marked, self.until = frozenset(marked), until

    def few_cells(self, medium: str, most: int | None) -> tuple[list[list[str]], int]:
        """The headings and the rows that print shows on a terminal, which tell themselves how many are left out."""
        return self._cells(medium, self.options._replace(limit=most) if self.options.limit is None else self.options), 0

    @property
    def in_full(self) -> str:
        """What one types to see the rows in full."""
        return "print(steps.table().text())"

    def _rows(self, tape: Tape, options: Options, write: Printer) -> Iterator[Row | int]:
        limit = max(4, two_screens() - _AROUND if options.limit is None else options.limit)
        first, last = self._window(limit)
        mark, blank = (r"$\triangleright$ ", "") if isinstance(write, LaTeX) else (MARK, BLANK)
        written = trace_rows(tape, options, write, range(first, last))  # of which none is left out
        head, *rows = (row for row in written if not isinstance(row, int))
        yield (blank + head[0], *head[1:])
        if first:
            dots, *rest = left_out(write, first, len(head))
            yield (blank + dots, *rest)
        for i, (name, expression, *rest) in enumerate(rows, first):
            if self.until is not None:  # a value has no gradient yet, and those that are to come nothing at all
                value, reasons, _, *more = rest
                rest = [value, reasons, "", *more] if i <= self.until else [""] * len(rest)
            yield ((mark if tape[i] in self.marked else blank) + name, expression, *rest)
        if last < len(tape):
            dots, *rest = left_out(write, len(tape) - last, len(head))
            yield (blank + dots, *rest)

    def _window(self, limit: int) -> tuple[int, int]:
        """The rows to show: those around the last one that is marked."""
        count = len(self.tape)
        at = max((i for i, node in enumerate(self.tape) if node in self.marked), default=count - 1)
        first = max(0, min(at - limit // 2, count - limit))
        return first, min(count, first + limit)


def table_of_steps(steps: Steps[Any], notation: str | None, digits: int, limit: int | None) -> MarkedTable:
    """Returns the table with the gradients at the cursor of a backward pass; see `Steps.table`."""
    step, sweep = steps.current, steps.sweep
    marked = {edge.parent for edge in step.steps} if isinstance(step, NodeStep) else {step.parent}
    options = Options(notation=notation, digits=digits, by=steps.by, limit=limit)
    if sweep.whole:  # the positions of a sweep that leaves edges out are not those of the table's
        options = options._replace(position=steps.edges_done, upstream=sweep.upstream)
    return MarkedTable(sweep.tape, options, marked)


def table_of_pass(steps: ForwardPass, notation: str | None, digits: int, limit: int | None) -> MarkedTable:
    """Returns the table as far as a forward pass has come; see `ForwardPass.table`."""
    marked = {steps.current.node} if steps.position >= 0 else ()
    options = Options(notation=notation, digits=digits, limit=limit, position=0)
    return MarkedTable(steps.tape, options, marked, steps.position)
