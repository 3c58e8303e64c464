"""What is said of a large graph, on a terminal: no line is wider than that, and all of it fits two screens.

>>> print(folded("v = " + " + ".join(f"w{i}·x{i}" for i in range(99)) + " = 4.2", 30, "print(v)"))
v = w0·x0 + w1·x1 + w2·x2 +
    w3·x3 + w4·x4 + w5·x5 +
    w6·x6 + w7·x7 + w8·x8 +
    w9·x9 + w10·x10 + w11·x11
    …
    w96·x96 + w97·x97 +
    w98·x98 = 4.2
folded to 30 columns: print(v)
    has it in full
"""

from __future__ import annotations

from chalkgrad.engine.basics.terminal import printable, terminal_width, two_screens, wrapped
from chalkgrad.engine.words.tables import WORDS

_FIRST, _LAST = 4, 2  # lines of a very long one
_BELOW = 3  # lines that say how much is left out


def on_terminal(text: str, full: str = "print(….text())") -> str:
    """Returns a text as print shows it: fitted to the terminal, if there is one; `full` is what shows all of it."""
    width = terminal_width()
    return printable(text if width is None else folded(text, width, full))


def room_for_lines() -> int:
    """Returns how many lines of a text two screens have room for, beside those that say how much is left out."""
    return two_screens() - _BELOW


def folded(text: str, width: int, full: str) -> str:
    """Returns a text in lines of this width, the middle of very long ones left out, and what two screens do not have."""
    lines, short = [], False
    for line in text.split("\n"):
        rows = wrapped(line, width)
        if len(rows) > _FIRST + _LAST + 1:
            indent = " " * (len(rows[1]) - len(rows[1].lstrip()))
            rows, short = [*rows[:_FIRST], f"{indent}…", *rows[-_LAST:]], True
        lines += rows
    most = room_for_lines()
    left = len(lines) - most
    if left > 1:
        lines[most:] = wrapped(WORDS["lines left out"].format(count=f"{left:,}", full=full), width)
    elif short:
        lines += wrapped(WORDS["folded"].format(width=width, full=full), width)
    return "\n".join(lines)
