"""One figure of a promise: what was measured, what it has to be, and whether it is."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """A line of the page.

    Args:
        what: what was measured, a few words.
        measured: the figure, with its unit or its count.
        goal: what it has to be.
        met: whether it is.
        because: of a figure that is not met, what bounds it; then the command does not fail for it.
        details: further lines, below the promise's table: the worst point of each operation, the list of mutants.
    """

    what: str
    measured: str
    goal: str
    met: bool
    because: str = ""
    details: tuple[str, ...] = ()
