"""Notes to the student that something allowed is rarely meant: warnings, each once for a line of the student's source."""

from __future__ import annotations

import sys
import warnings
from types import CodeType, FrameType
from typing import Any
from weakref import WeakKeyDictionary

from chalkgrad.engine.basics.terminal import printable

# What has been said of each code object: the registry of warnings, and the first text about something at a line. At a plain
# prompt every statement is line 1 of <stdin>, and a code object of its own.
_said: WeakKeyDictionary[CodeType, tuple[dict[Any, Any], dict[tuple[str, int], str]]] = WeakKeyDictionary()


def note(text: str, kind: type[Warning], about: str) -> None:
    """Warns of what the nearest line that is not ours does, once for each such line; `-W error` makes it an exception.

    `about` says what the warning is about: texts about one thing, with other names or numbers in them, count as one.
    """
    text = printable(text)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "chalkgrad" and frame.f_back:
        frame = frame.f_back
    assert frame is not None  # the loop ends at the outermost frame at the latest
    code, line, module = frame.f_code, frame.f_lineno, frame.f_globals.get("__name__") or "<unknown>"
    registry, texts = _said.setdefault(code, ({}, {}))
    if (first := texts.setdefault((about, line), text)) != text and registry.get((first, kind, line)):
        text = first  # which Python knows it has shown, unless the filters have changed since
    warnings.warn_explicit(text, kind, code.co_filename, line, module, registry)
