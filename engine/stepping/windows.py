"""Many sentences on a screen: those around a cursor, which is marked, and how to see the rest.

>>> print(window(3, 1, ["seed", "1/2   a", "2/2   b"].__getitem__, "steps"))
  seed
> 1/2   a
  2/2   b
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalkgrad.engine.basics.terminal import fitted, printable, two_screens
from chalkgrad.engine.words.language import section

STEPPING = section("stepping")
MARK, BLANK = "> ", "  "
_AT_ONCE = 20  # steps of the slice that is suggested for the rest

T = TypeVar("T")


def on_two_screens(text: str, below: int = 0) -> str:
    """Returns a text for the prompt: cut, if two screens are too small for it and `below` lines of something else."""
    lines = fitted(printable(text)).split("\n")
    most = two_screens() - below
    if len(lines) <= most:
        return "\n".join(lines)
    more = STEPPING["lines more"].format(count=f"{len(lines) - most + 1:,}")
    return "\n".join([*lines[: most - 1], printable(more)])


def window(count: int, at: int, said: Callable[[int], str], name: str) -> str:
    """Returns the sentences on both sides of the one that the cursor is `at`, -1 for none, as many as two screens have.

    `said` returns the sentence of a position; `name` is what the sequence of all is called where more of it may be asked for.
    """
    if not count:
        return ""

    def lines(position: int) -> list[str]:
        mark = MARK if position == at else BLANK
        first, *rest = fitted(printable(said(position)), beside=len(mark)).split("\n")
        return [mark + first, *(BLANK + line for line in rest)]

    def left_out(first: int, last: int) -> list[str]:
        above, below = "", ""
        if first > 0:
            above = STEPPING["steps before"].format(count=f"{first:,}", name=name, first=max(0, first - _AT_ONCE), last=first)
        if last < count:
            more = {"count": f"{count - last:,}", "first": last, "last": min(count, last + _AT_ONCE), "name": name}
            below = STEPPING["steps after"].format_map(more)
        return [fitted(printable(line)) for line in (above, below)]

    middle = max(at, 0)
    most = two_screens() - _height(left_out(count - 1, 1)) - 2  # room for what is said of the rest, with longer numbers, too
    found = {middle: lines(middle)}
    if len(found[middle]) > most:
        left = f"{len(found[middle]) - most + 2:,}"
        more = BLANK + STEPPING["step lines more"].format(count=left, name=name, position=middle)
        found[middle][most - 2 :] = fitted(printable(more)).split("\n")
    first, last = middle, middle + 1
    growing = True
    while growing:
        growing = False
        for position in (last, first - 1):
            if 0 <= position < count:
                one = lines(position)
                if sum(map(len, found.values())) + len(one) <= most:
                    found[position] = one
                    first, last, growing = min(first, position), max(last, position + 1), True
    above, below = left_out(first, last)
    shown = ["\n".join(found[position]) for position in range(first, last)]
    return "\n".join(filter(None, [above, *shown, below]))


def _height(texts: list[str]) -> int:
    return sum(text.count("\n") + 1 for text in texts)


class Some(list[T]):
    """Several steps, as a list, which shows a sentence after another, at most two screens."""

    def __repr__(self) -> str:
        most, shown = two_screens() - 2, list[str]()
        for i, step in enumerate(self):
            said = str(step) if shown else on_two_screens(str(step), below=2)
            if _height([*shown, said]) > most and shown:
                more = fitted(printable(STEPPING["steps more"].format(count=f"{len(self) - i:,}")))
                return "\n".join([*shown, more])
            shown.append(said)
        return "\n".join(shown) or "[]"

    def __str__(self) -> str:
        return repr(self)
