"""Numbers as students type them: `-1,5`, `2/3`, `2·3`, `−6`, `1½`, `(1 + 2)²`.

>>> number_typed("2·(−3)"), number_typed("-1,5"), number_typed("1½")
(-6.0, -1.5, 1.5)

The page reads them by the same grammar, in viz/page/player/numbers.js.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable


class Typed(float):
    """A number that was typed; `digits` are those of a decimal, the last zeros with them, 0 for anything else."""

    digits: int


def number_typed(text: str) -> Typed:
    """Returns the number that a text is: a decimal with a point or a comma, a fraction such as ½, or arithmetic on these.

    Raises ValueError, with a sentence, for anything else, for a number that is not finite, and for `1,250`, which may be one
    and a quarter or 1250.
    """
    shown = repr(text.strip())
    if grouped := re.search(r"(?<![\d.])[1-9]\d{0,2},\d{3}(?!\d)", text):
        point, whole = grouped[0].replace(",", "."), grouped[0].replace(",", "")
        raise ValueError(f"{grouped[0]} may be {point} or {whole}: type it in one of these ways")
    plain = _plain(text)
    try:
        found = Typed(_Reader(plain).number())
        if found - found != 0.0:
            raise OverflowError
    except ZeroDivisionError:
        raise ValueError(f"{shown} divides by 0") from None
    except OverflowError:
        raise ValueError(f"{shown} is larger than the largest float") from None
    except (ValueError, TypeError, RecursionError):  # a TypeError: the root of a negative number is complex
        raise ValueError(f"{shown} is not a number: type one, such as -2.5, 2/3 or 2·(3 + 1)") from None
    decimal = re.fullmatch(r"[-+]?(\d*\.\d+)(e[-+]?\d+)?", plain, re.IGNORECASE)
    found.digits = len(decimal[1].replace(".", "").lstrip("0")) if decimal else 0
    return found


_SIGNS = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", ":": "/", ",": "."})
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_POWERS = str.maketrans(_RAISED, "0123456789-")


def _plain(text: str) -> str:
    """The text with the signs of a keyboard: ^ for powers, and fractions as decimals."""
    text = re.sub(rf"[{_RAISED}]+", lambda raised: "^" + raised[0].translate(_POWERS), text.strip())
    text = re.sub(r"(\d*)([¼-¾⅐-⅞])", lambda mixed: f"({mixed[1] or 0}+{unicodedata.numeric(mixed[2])!r})", text)
    return text.translate(_SIGNS).replace("**", "^")


class _Reader:
    """Reads arithmetic: a sum of products of powers of numbers, or of sums in parentheses. Raises ValueError."""

    def __init__(self, text: str) -> None:
        self.tokens = re.findall(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|\S", text)[::-1]

    def number(self) -> float:
        found = self.sum()
        if self.tokens:
            raise ValueError
        return found

    def takes(self, *wanted: str) -> str:
        return self.tokens.pop() if self.tokens and self.tokens[-1] in wanted else ""

    def sum(self) -> float:
        found = self.product()
        while sign := self.takes("+", "-"):
            found = found + self.product() if sign == "+" else found - self.product()
        return found

    def product(self) -> float:
        found = self.signed(self.power)
        while sign := self.takes("*", "/"):
            other = self.signed(self.power)
            found = found * other if sign == "*" else found / other
        return found

    def signed(self, read: Callable[[], float]) -> float:
        sign = self.takes("+", "-")
        return read() if not sign else -self.signed(read) if sign == "-" else self.signed(read)

    def power(self) -> float:
        found = self.atom()
        return float(found ** self.signed(self.power)) if self.takes("^") else found

    def atom(self) -> float:
        if self.takes("("):
            found = self.sum()
            if not self.takes(")"):
                raise ValueError
            return found
        return float(self.tokens.pop()) if self.tokens and self.tokens[-1][0] in ".0123456789" else _nothing()


def _nothing() -> float:
    raise ValueError
