"""Homework: sheets made from a graph, with their keys; marks for answers; and a judge for an engine that a student wrote.

>>> from chalkgrad.classroom import Sheet
>>> Sheet("c = a + b; d = b + 1; e = c*d", ask=["table", "chain"])
<Sheet of 1 exercise, table, chain: versions() makes it>

`forms/` has the kinds of questions, `printing/` the media, `marking/` the answers, `grading/` the engines.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalkgrad.classroom.folder import papers_of
    from chalkgrad.classroom.practising import practice
    from chalkgrad.classroom.sheet import Sheet, Versions

__all__ = ["Sheet", "Versions", "papers_of", "practice"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        module = {"papers_of": "folder", "practice": "practising"}.get(name, "sheet")
        return getattr(import_module(f"chalkgrad.classroom.{module}"), name)  # not before it is used: it brings the pictures
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
