"""Names in a sentence, of which many are cut short.

>>> listed("abcdefg", 4), listed("abc", 4)
('a, b, c, d and 3 more', 'a, b, c')
>>> joined("abc", 4), joined("ab", 4), joined("a", 4), joined("abcdefg", 4)
('a, b and c', 'a and b', 'a', 'a, b, c and 4 more')
"""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.engine.words.language import section

LISTS = section("lists")


def listed(names: Sequence[str], most: int) -> str:
    """Returns the first names, at most so many, and how many more there are; without an "and" if these are all."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else LISTS["and more"].format(shown=shown, more=len(names) - most)


def joined(names: Sequence[str], most: int) -> str:
    """Returns at least one name, the last after an "and"; of more than so many, the last is how many are left out."""
    if len(names) > most:
        names = [*names[: most - 1], LISTS["more"].format(count=len(names) - most + 1)]
    *first, last = names
    return LISTS["and"].format(first=", ".join(first), last=last) if first else last
