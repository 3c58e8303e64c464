"""The table of a graph for a terminal: some of its rows, fitted to the width, with the grads as the cursor has them.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> steps = Steps(e)
>>> _ = steps.step(3)
>>> rows = cells(steps, range(5))
>>> for lines in fitted(rows, 60):
...     print(*lines, sep="\\n")
 v │ expression │ value │ local derivatives      │ gradient
───┼────────────┼───────┼────────────────────────┼──────────
 a │            │ 2     │                        │
 b │            │ 1     │                        │ 3 + …
 c │ a + b      │ 3     │ ∂c/∂a = 1, ∂c/∂b = 1   │ 2
 d │ b + 1      │ 2     │ ∂d/∂b = 1              │ 3
 e │ c·d        │ 6     │ ∂e/∂c = d = 2, ∂e/∂d … │ 1
>>> window(range(100), {41}, 5)
range(39, 44)
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Sequence

from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.steps import Steps
from chalkgrad.engine.stepping.trace import Options, trace_rows
from chalkgrad.engine.words.printer import printer_for
from chalkgrad.engine.words.tables import Row

_NAME, _EXPRESSION, _REASONS, _ADJOINT = 0, 1, 3, 4
# What makes way on a narrow terminal, in this order, and to how many columns; what is left of none is left out.
_GIVING_WAY = ((_REASONS, 16), (_EXPRESSION, 9), (_REASONS, 0), (_ADJOINT, 11), (_NAME, 9), (_EXPRESSION, 5))


def cells(steps: Steps | ForwardPass, indices: Sequence[int]) -> list[Row]:
    """Returns the headings, and for each index on the tape its row; in the forward pass what is not yet computed is blank."""
    tape = steps.tape if isinstance(steps, ForwardPass) else steps.sweep.tape
    write = printer_for("text", tape.names)
    options = Options()
    if isinstance(steps, Steps):
        options = Options(by=steps.by, position=steps.edges_done, upstream=steps.sweep.upstream)
    written = trace_rows(tape, options, write, indices)  # of which none is left out
    head, *rows = (row for row in written if not isinstance(row, int))
    rows = [(name, write.in_one_line(expression), *rest) for name, expression, *rest in rows]
    if isinstance(steps, Steps):
        return [head, *rows]
    blank = [row if i <= steps.position else (*row[:2], "", "") for i, row in zip(indices, rows, strict=True)]
    return [row[:_ADJOINT] for row in (head, *blank)]


def window(indices: range, lit: Collection[int], height: int) -> range:
    """Returns as many of the indices as fit, with those that are lit, or the first of these, in the middle."""
    if len(indices) <= height:
        return indices
    middle = (min(lit) + min(max(lit), min(lit) + height - 1) + 1) // 2 if lit else indices.stop
    start = max(indices.start, min(middle - height // 2, indices.stop - height))
    return range(start, start + height)


def widths(rows: Sequence[Row], width: int) -> list[int]:
    """Returns how wide each column is in a table of this width: as wide as it wants, or what gives way is narrower, or 0."""
    found = [max(columns(row[i]) for row in rows) for i in range(len(rows[0]))]

    def excess() -> int:
        return sum(found) + 3 * sum(map(bool, found)) - 1 - width

    for column, least in _GIVING_WAY:
        if (over := excess()) > 0 and column < len(found) and found[column] > least:
            found[column] = max(least, found[column] - over) if least else 0
    return found


def cut(text: str, width: int, dots: str = "…") -> str:
    """Returns the text, or as much of it as fits before an ellipsis."""
    if columns(text) <= width:
        return text
    while text and columns(text) + len(dots) > width:
        text = text[:-1]
    return (text + dots)[:width]


def wrapped_cell(text: str, width: int) -> list[str]:
    """Returns a cell in lines of this width, if possible broken behind commas only."""
    lines = [""]
    for part in re.split(r"(?<=,) ", text):
        longer = f"{lines[-1]} {part}".strip()
        if columns(longer) <= width:
            lines[-1] = longer
        else:
            lines += textwrap.wrap(part, max(1, width), break_on_hyphens=False)
    return lines if lines[0] or len(lines) == 1 else lines[1:]


def fitted(rows: Sequence[Row], width: int, wrap: bool = False, dots: str = "…") -> list[list[str]]:
    """Returns the lines of a table: the headings with a rule, then those of each row, with `wrap` as many as it takes."""
    wide = widths(rows, width)
    shown = [i for i, columns_ in enumerate(wide) if columns_]

    def line(parts: Sequence[str]) -> str:
        padded = [part + " " * (wide[i] - columns(part)) for i, part in zip(shown, parts, strict=True)]
        return " " + " │ ".join(padded).rstrip()

    def lines(row: Row) -> list[str]:
        if not wrap:
            return [line([cut(row[i], wide[i], dots) for i in shown])]
        parts = [wrapped_cell(row[i], wide[i]) for i in shown]
        return [line([part[k] if k < len(part) else "" for part in parts]) for k in range(max(map(len, parts)))]

    rule = "─" + "─┼─".join("─" * wide[i] for i in shown) + "─"
    headings, *others = map(lines, rows)
    return [[*headings, rule], *others]
