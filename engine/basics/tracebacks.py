"""Errors whose traceback ends near the caller's line: at most two of our frames stand below it, and tools may hide them.

>>> import traceback
>>> @short_traceback
... def halved(x):
...     return one_half_of(x)
>>> def one_half_of(x):
...     raise TypeError("a number is needed")
>>> try:
...     halved("1")
... except TypeError as error:
...     [frame.name for frame in traceback.extract_tb(error.__traceback__)]
['<module>', 'halved', 'halved', 'one_half_of']

There the functions are the caller's own, so that they stay. IPython and pytest hide a frame that has a local variable
`__tracebackhide__`. With CHALKGRAD_TRACEBACK=full in the environment everything is shown.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from types import FrameType, TracebackType
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
E = TypeVar("E", bound=Exception)


def short_traceback(function: F) -> F:
    """Makes a function that users call: an error that comes out of it shows its frame, and the innermost one of ours."""
    return _shortened(function, True)


def ends_traceback(function: F) -> F:
    """Makes a function that is called by one of ours, such as a method of one line: an error shows its frame as the last."""
    return _shortened(function, False)


def _shortened(function: F, innermost: bool) -> F:
    @wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except Exception as error:
            __tracebackhide__ = True
            shorten(error, innermost)
            raise

    call.__code__ = call.__code__.replace(co_name=function.__name__)  # as a traceback calls it
    return cast(F, call)


def shorten(error: BaseException, innermost: bool = True) -> None:
    """Takes our frames out of an error's traceback, below the frame that has caught it and is about to raise it again.

    Frames of other code stay, such as a function that the caller has passed. `innermost` keeps the one that raised.
    """
    above = sys._getframe(1)
    found = error.__traceback__
    if found is None or found.tb_frame is not above or os.environ.get("CHALKGRAD_TRACEBACK") == "full":
        return
    frame = above.f_back  # not the one above, whose snapshot of its variables would hold the error, which holds the frame
    while frame is not None and _is_ours(frame):
        _hide(frame)
        frame = frame.f_back
    kept: list[TracebackType] = [found]
    entry = found.tb_next
    while entry is not None:
        if not _is_ours(entry.tb_frame):
            kept.append(entry)
        elif innermost and entry.tb_next is None:
            _hide(entry.tb_frame)
            kept.append(entry)
        entry = entry.tb_next
    for this, following in zip(kept, [*kept[1:], None], strict=True):
        this.tb_next = following


def hidden(error: E) -> E:
    """Returns an error that is about to be raised, and tells tools to hide the frames of ours that it comes through."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame):
        _hide(frame)
        frame = frame.f_back
    return error


def _is_ours(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    if file.startswith("<"):
        return file.startswith("<chalkgrad ")  # compiled from a formula
    return str(frame.f_globals.get("__name__")).partition(".")[0] == "chalkgrad"


def _hide(frame: FrameType) -> None:
    if frame.f_locals is not frame.f_globals:
        frame.f_locals["__tracebackhide__"] = True  # stays with the frame, though the code knows no such variable
