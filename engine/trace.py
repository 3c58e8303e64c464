"""The evaluation trace of the textbooks: a row for each value, with its local derivatives and its adjoint.

>>> print(table(("v", "value"), [("a", "2"), ("long", "-3")]))
 v    │ value
──────┼───────
 a    │ 2
 long │ -3
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalkgrad.engine.sentences import terms
from chalkgrad.engine.text import columns
from chalkgrad.engine.words import TEMPLATES, expression, number, reason

if TYPE_CHECKING:
    from chalkgrad.engine.tapes import Tape
    from chalkgrad.engine.value import Value

HEADINGS = ("v", "expression", "value", "local derivatives", "adjoint")


def trace_rows(tape: Tape, limit: int | None = None) -> list[tuple[str, ...]]:
    """The rows of the evaluation trace: name, expression, value, local derivatives with reasons, adjoint.

    With a limit, only the first and last rows, and one between them that says how many are missing.
    """
    count = len(tape)
    rows: list[tuple[str, ...]] = []
    first = count if limit is None or count <= limit else (limit + 1) // 2
    picked = [*range(first), *range(count - (limit - first), count)] if limit is not None and first < count else [*range(count)]
    stale = set(tape.stale)
    contributions = tape.contributions([tape[i] for i in picked])
    for i in picked:
        node = tape[i]
        value = number(node._data)
        if node in stale:
            value = TEMPLATES["stale"].format(value=value)
        reasons = ", ".join(
            reason(node, slot, tape.names) for slot in range(min(len(node.parents), 6)) if not node.parents[slot].constant
        ) + ", …" * (len(node.parents) > 6)
        rows.append((tape.names[node], expression(node, tape.names), value, reasons, adjoint_text(node, contributions[node])))
        if len(rows) == first < count:
            rows.append(("…", TEMPLATES["rows left out"].format(count=count - len(picked)), "", "", ""))
    return rows


def adjoint_text(node: Value, contributions: Sequence[float]) -> str:
    """The adjoint cell: blank before a sweep, `-2`, or with its parts `3 + 2 = 5`."""
    if node.constant:
        return TEMPLATES["constant"]
    if not node.has_grad:
        return ""
    if len(contributions) > 1 and sum(contributions) == node.grad:
        return f"{terms(contributions)} = {number(node.grad)}"
    return number(node.grad)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A text table with aligned columns.

    >>> print(table(("v", "value"), [("a", "2"), ("long", "-3")]))
     v    │ value
    ──────┼───────
     a    │ 2
     long │ -3
    """
    widths = [max(columns(row[i]) for row in (headings, *rows)) for i in range(len(headings))]

    def line(row: Sequence[str]) -> str:
        return " │ ".join(cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()

    rule = "─┼─".join("─" * width for width in widths)
    return "\n".join(" " + text if text != rule else f"─{rule}─" for text in (line(headings), rule, *map(line, rows)))
