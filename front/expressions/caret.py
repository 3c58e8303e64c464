"""The error of an expression, which says what is wrong and where: a sentence, the line, a caret under the place.

>>> print(ExpressionError("write ** for a power", "x^2", 1))
write ** for a power
  x^2
   ^
"""

import unicodedata
from collections.abc import Callable
from typing import Final

__all__ = ["ExpressionError"]

_WINDOW: Final = 76  # columns of a long line that are shown around the place


class ExpressionError(ValueError):
    """An error in an expression: its `message`, the `text`, the `position` in it (an index of characters, or None).

    `str()` gives the message, the line concerned, and a caret under the place.

        >>> print(ExpressionError("write ** for a power", "x^2", 1))
        write ** for a power
          x^2
           ^
    """

    def __init__(self, message: str, text: str = "", position: int | None = None) -> None:
        super().__init__(message, text, position)
        self.message = message
        self.text = text
        self.position = position

    def __str__(self) -> str:
        return self.shown()

    def shown(self, spell: Callable[[str], str] = str) -> str:
        """Returns the message, the line and the caret, spelled by `spell`, which is `ascii_form` for some terminals.

        >>> from chalkgrad.engine.basics.terminal import ascii_form
        >>> print(ExpressionError("write ** for a power", "θ^2", 1).shown(ascii_form))
        write ** for a power
          theta^2
               ^
        """
        message = spell(self.message)
        if not self.text.strip():
            return message
        if self.position is None:
            line = _shown(" ".join(self.text.split()))
            return f"{message}\n  {spell(line if _columns(line) <= _WINDOW else _cut(line, _WINDOW - 1) + '…')}"
        start = self.text.rfind("\n", 0, self.position) + 1
        line, place = _window(_shown(self.text[start:].partition("\n")[0]), self.position - start)
        return f"{message}\n  {spell(line)}\n  {' ' * _columns(spell(line[:place]))}^"


def _shown(line: str) -> str:
    """Returns the line with what a terminal would act upon replaced, character by character."""
    return "".join(
        " " if character == "\t" else character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in line
    )


def _window(line: str, place: int) -> tuple[str, int]:
    """Returns `line` and `place`; a long line is cut to a stretch around the place."""
    if _columns(line) <= _WINDOW:
        return line, place
    start = max(0, min(place - _WINDOW // 2, len(line) - _WINDOW))
    left, right = line[start:place], line[place : start + _WINDOW]
    right = _cut(right, max(1, _WINDOW - _columns(left)))
    before = "…" if start else ""
    after = "…" if start + len(left) + len(right) < len(line) else ""
    return before + left + right + after, len(before) + len(left)


def _cut(text: str, columns: int) -> str:
    """Returns the longest beginning of `text` that fits into `columns`."""
    used = 0
    for index, character in enumerate(text):
        used += _columns(character)
        if used > columns:
            return text[:index]
    return text


def _columns(text: str) -> int:
    """Counts the columns that a terminal gives `text`: none for combining characters, two for wide ones."""
    return sum(
        0 if unicodedata.category(character) in ("Mn", "Me", "Cf")
        else 2 if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )  # fmt: skip
