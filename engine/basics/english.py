"""The English of error messages, which are the same in every language: counts with their nouns.

>>> amount(3, "argument"), amount(1, "argument"), plural("input", 0)
('3 arguments', '1 argument', 'inputs')
"""

from __future__ import annotations


def plural(noun: str, count: int) -> str:
    """Returns the noun as it stands beside the count."""
    return noun if count == 1 else noun + "s"


def amount(count: int, noun: str) -> str:
    """Returns the count and its noun."""
    return f"{count} {plural(noun, count)}"
