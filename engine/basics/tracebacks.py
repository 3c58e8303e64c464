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
`__tracebackhide__`. With CHALKGRAD_TRACEBACK=full in the environment everything is shown. The message is in ASCII where
standard output cannot encode it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from types import FrameType, TracebackType
from typing import Any, TypeVar, cast

from chalkgrad.engine.basics.terminal import printable

_OURS = {"chalkgrad", "functools"}  # singledispatch and cached_property stand between frames of ours

F = TypeVar("F", bound=Callable[..., Any])
E = TypeVar("E", bound=Exception)


def short_traceback(function: F) -> F:
    """Makes a function that users call: an error that comes out of it shows its frame, and the innermost one of ours."""
    return _shortened(function, True)


def ends_traceback(function: F) -> F:
    """Makes a function that is called by one of ours, such as a method of one line: an error shows one frame after that one's.

    It is the innermost one of ours, because IPython and pytest show the last frame, hidden or not, and that of the wrapper
    says nothing. If frames of other code stay, it is the wrapper's, before these.
    """
    return _shortened(function, False)


def _shortened(function: F, innermost: bool) -> F:
    @wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except Exception as error:
            __tracebackhide__ = True
            shorten(error, innermost, in_place=not innermost)
            raise

    made: Any = call
    made.__code__ = made.__code__.replace(co_name=function.__name__)  # as a traceback calls it
    return cast(F, made)


def shorten(error: BaseException, innermost: bool = True, in_place: bool = False) -> None:
    """Takes our frames out of an error's traceback, below the frame that has caught it and is about to raise it again.

    Frames of other code stay, such as a function that the caller has passed. `innermost` keeps the one that raised; `in_place`
    has that one in the place of the frame that has caught it, if no other code is between them.
    """
    above = sys._getframe(1)
    found = error.__traceback__
    if found is None or found.tb_frame is not above:
        return
    frame = above.f_back  # not the one above, whose snapshot of its variables would hold the error, which holds the frame
    while frame is not None and _is_ours(frame):
        _hide(frame)
        frame = frame.f_back
    kept: list[TracebackType] = [found]
    last, entry = found, found.tb_next
    while entry is not None:
        last = entry
        if not _is_ours(entry.tb_frame):
            kept.append(entry)
        elif innermost and entry.tb_next is None:
            _hide(entry.tb_frame)
            kept.append(entry)
        entry = entry.tb_next
    if _is_ours(last.tb_frame):
        _make_printable(error)
    if _is_full():
        return
    if in_place and len(kept) == 1 and last is not found:
        _hide(last.tb_frame)
        error.__traceback__ = last  # a bare raise adds no entry for its own frame
        return
    for this, following in zip(kept, [*kept[1:], None], strict=True):
        this.tb_next = following


def hidden(error: E) -> E:
    """Returns an error that is about to be raised, and tells tools to hide the frames of ours that it comes through."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _is_ours(frame):
        _hide(frame)
        frame = frame.f_back
    _make_printable(error)
    return error


def _make_printable(error: BaseException) -> None:
    """Puts the message into ASCII where standard output cannot encode it, so that print(error) does not raise another."""
    if len(error.args) == 1 and isinstance(error.args[0], str) and not error.args[0].isascii():
        error.args = (printable(error.args[0]),)


def _is_ours(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    if file.startswith("<"):
        return file.startswith("<chalkgrad ")  # compiled from a formula
    return str(frame.f_globals.get("__name__")).partition(".")[0] in _OURS


def _is_full() -> bool:
    return os.environ.get("CHALKGRAD_TRACEBACK") == "full"


def _hide(frame: FrameType) -> None:
    if frame.f_locals is not frame.f_globals and not _is_full():
        frame.f_locals["__tracebackhide__"] = True  # stays with the frame, though the code knows no such variable
