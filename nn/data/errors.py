"""The error for data that cannot be used, and how it shows them."""

from __future__ import annotations


class DataError(ValueError):
    """Raised for data that cannot be used; the message is one sentence that names the file, row and column."""

    __module__ = "chalkgrad.nn.data"  # tracebacks name the module that it is imported from


def shortened(value: object) -> str:
    """Returns the repr, cut off after 40 characters."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
