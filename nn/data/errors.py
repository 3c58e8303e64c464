"""The error for data that cannot be used, and two helpers for its sentences."""

from __future__ import annotations


class DataError(ValueError):
    """Raised for data that cannot be used; the message is one sentence that names the file, row and column."""

    __module__ = "chalkgrad.nn.data"  # tracebacks name the module that it is imported from


def counted(n: int, noun: str, plural: str = "") -> str:
    """Returns a number with its noun: 1 row, 2 rows."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def shortened(value: object) -> str:
    """Returns the repr, cut off after 40 characters."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
