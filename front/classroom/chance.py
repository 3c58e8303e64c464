"""Draws that the course's key makes: the same ones next year and on every Python, and none that an id gives away.

>>> [Chance(b"0" * 32, "week 3", "A").below(6) for _ in range(2)] == [Chance(b"0" * 32, "week 3", "A").below(6)] * 2
True
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of draws: HMAC-SHA256 of the key over some words and a counter, cut to whole numbers without bias."""

    def __init__(self, key: bytes, *words: str) -> None:
        self._key, self._words, self._count = key, words, 0

    def beside(self, *words: str) -> Chance:
        """Returns another stream, whose draws these words set apart."""
        return Chance(self._key, *self._words, *words)

    def below(self, count: int) -> int:
        """Returns a whole number from 0 to count - 1, each as likely."""
        if not 0 < count <= 2**64:
            raise ValueError(f"a draw is from 1 to 2**64 numbers, not {count}")
        most = 2**64 - 2**64 % count
        while True:
            drawn = int.from_bytes(self._next()[:8], "big")
            if drawn < most:
                return drawn % count

    def letters(self, alphabet: str, count: int) -> str:
        """Returns ``count`` letters, each as likely."""
        return "".join(alphabet[self.below(len(alphabet))] for _ in range(count))

    def choice(self, some: Sequence[T]) -> T:
        """Returns one of these, each as likely."""
        return some[self.below(len(some))]

    def shuffled(self, some: Sequence[T]) -> list[T]:
        """Returns these in another order, each order as likely."""
        left, drawn = list(some), []
        while left:
            drawn.append(left.pop(self.below(len(left))))
        return drawn

    def _next(self) -> bytes:
        self._count += 1
        parts = [word.encode() for word in (*self._words, str(self._count))]
        # Each with its length before it, so that no two lists of words are one text.
        return hmac.digest(self._key, b"".join(b"%d:%b" % (len(part), part) for part in parts), "sha256")
