"""The error that data which cannot be used raise, and the words in its sentences."""

from __future__ import annotations


class DataError(ValueError):
    """Data that cannot be used. The message is one sentence that says which file, row and column is meant."""

    __module__ = "chalkgrad.nn.data"  # tracebacks name the module that it is imported from


def counted(n: int, noun: str, plural: str = "") -> str:
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


def shortened(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
