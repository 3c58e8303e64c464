"""Which line of the caller's source recorded a value: `with lines():` notes it, and errors and steps name it.

>>> from chalkgrad.engine import Value
>>> with lines():
...     a = Value(2.0, "a")
...     b = a - 5
>>> print(line_of(b))
line 3: b = a - 5
>>> b.log()
Traceback (most recent call last):
chalkgrad.engine.errors.DomainError: log(b) with b = -3: log needs x > 0; b is from line 3: b = a - 5
"""

from __future__ import annotations

import os
from types import CodeType

from chalkgrad.engine.basics.modes import Entry, Mode, State
from chalkgrad.engine.basics.source_lines import Line, Place, line_of
from chalkgrad.engine.words.caller import frames_of_caller

__all__ = ["Line", "line_of", "lines"]


_TYPED = ("<stdin>", "<string>")  # files of what was typed or is the text of a program: its lines are counted from 1 each time


class lines(Mode):  # noqa: N801 - a context manager
    """`with lines():` makes the values that are recorded inside know the line of your source that recorded them.

    Errors and the sentences of steps then name it, and `line_of(v)` returns it, with its `number` and its `text`. It works in
    files, notebooks and, from Python 3.13 on, at the prompt; before that, where every line typed is line 1, nothing is noted.
    Elsewhere, where Python keeps no source, there is the number alone. `@lines()` does so in a function. Recording takes a few
    microseconds longer for each value.

    >>> from chalkgrad.engine import Value
    >>> with lines():
    ...     a, b = Value(2.0, "a"), Value(1.0, "b")
    ...     c = a + b
    >>> line_of(c).number, line_of(c).text
    (3, 'c = a + b')
    >>> print(c.steps()[1])
    1/2   c = a + b   ∂c/∂a = 1   (line 3: c = a + b)
          a.grad += ∂c/∂c · ∂c/∂a = 1 · 1 = 1      0 → 1   complete
    """

    __slots__ = ()

    def change(self, state: State, entry: Entry) -> None:
        state.located = _located


def _located(place: str) -> str:
    """Returns the place with the line that the caller is at, or as it is where there is none."""
    frame = next(frames_of_caller(), None)
    if frame is None:
        return place
    code, number, module = frame.f_code, frame.f_lineno, frame.f_globals.get("__name__")
    key = place, id(code), number, module  # code that is equal may stand in another file
    if key not in _KNOWN:
        import linecache  # slow to import, and needed here alone

        if len(_KNOWN) >= _MOST:
            _KNOWN.clear()
        file = code.co_filename
        text = linecache.getline(file, number, frame.f_globals).strip()
        if not text and file in _TYPED:
            return place
        main = module == "__main__" or file.startswith("<")
        _KNOWN[key] = Place(place, Line("" if main else os.path.basename(file), number, text)), code
    return _KNOWN[key][0]


_MOST = 1_000
_KNOWN: dict[tuple[str, int, int, object], tuple[Place, CodeType]] = {}  # loops record at the same lines; the code keeps its id
