"""Homework: sheets made from a graph, with their keys; marks for answers; and a judge for an engine that a student wrote.

>>> from chalkgrad.classroom import Sheet
>>> Sheet("c = a + b; d = b + 1; e = c*d", ask=["table", "chain"])
<Sheet of 1 exercise, table, chain: versions() makes it>

`forms/` has the kinds of questions, `printing/` the media, `marking/` the answers, `grading/` the engines.
"""

from typing import TYPE_CHECKING

from chalkgrad.engine.basics.later import later

if TYPE_CHECKING:
    from chalkgrad.classroom.folder import papers_of
    from chalkgrad.classroom.practising import practice
    from chalkgrad.classroom.sheet import Sheet, Versions

__all__ = ["Sheet", "Versions", "papers_of", "practice"]


if not TYPE_CHECKING:  # not before they are used: they bring the pictures
    __getattr__, __dir__ = later(
        __name__, {"Sheet": "sheet", "Versions": "sheet", "papers_of": "folder", "practice": "practising"}
    )
