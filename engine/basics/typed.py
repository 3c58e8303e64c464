"""Numbers as students type them: `-1,5`, `2/3`, `2·3`, `−6`, `1½`, `(1 + 2)²`.

>>> number_typed("2·(−3)"), number_typed("-1,5"), number_typed("1½")
(-6.0, -1.5, 1.5)

Where there are names, on a screen, these stand for their numbers.

>>> number_typed("d·2 + abs(n)", {"d": 3.0, "n": -1.0}, {"abs": abs})
7.0

The page reads them by the same grammar, in viz/page/player/numbers.js.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from chalkgrad.engine.basics.digits import FROM_LOWERED, FROM_RAISED, RAISED, RAISED_MINUS

Called = Mapping[str, Callable[[float], float]]
Letters = dict[str, Callable[[float], float] | float]
NONE: Mapping[str, Any] = MappingProxyType({})


class Typed(float):
    """A number that was typed.

    Attributes:
        digits: those of a decimal, the last zeros with them, 0 for anything else
        factors: the two of a product that was typed, or none
        text: what was typed
    """

    digits: int
    factors: tuple[float, ...]
    text: str


def number_typed(text: str, names: Mapping[str, float] = NONE, functions: Called = NONE) -> Typed:
    """Returns the number that a text is: a decimal with a point or a comma, a fraction such as ½, or arithmetic on these.

    `names` stand for numbers, and may be typed with their digits lowered, x₁; `functions` are those of one number.

    Raises ValueError, with a sentence, for anything else, for a number that is not finite, and for `1,250`, which may be one
    and a quarter or 1250.
    """
    typed = text.strip()
    shown = repr(typed)
    text, letters = _with_letters(typed, names, functions)
    if grouped := re.search(r"(?<![\d.])[1-9]\d{0,2},\d{3}(?!\d)", text):
        point, whole = grouped[0].replace(",", "."), grouped[0].replace(",", "")
        raise ValueError(f"{grouped[0]} may be {point} or {whole}: type it in one of these ways")
    plain = _plain(text)
    try:
        reader = _Reader(plain, letters)
        found = Typed(reader.number())
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
    found.factors, found.text = reader.factors, typed
    return found


_RAISED = RAISED + RAISED_MINUS
_FIRST = 0xF0000  # letters that nobody types


def _with_letters(text: str, names: Mapping[str, float], functions: Called) -> tuple[str, Letters]:
    """Returns the text with a letter for each name and function, and what the letters stand for."""
    if not names and not functions:
        return text, {}
    text = text.translate(FROM_LOWERED)
    known = {name.translate(FROM_LOWERED): x for name, x in names.items() if name}
    said = [name for name in sorted(known, key=len, reverse=True) if name in text]
    calls = [name for name in sorted(functions, key=len, reverse=True) if name in text]
    letters: Letters = {}

    def letter(of: Mapping[str, Callable[[float], float] | float]) -> Callable[[re.Match[str]], str]:
        def taken(found: re.Match[str]) -> str:
            sign = chr(_FIRST + len(letters))
            letters[sign] = of[found[0]]
            return sign

        return taken

    if said:
        text = re.sub(rf"(?<![\w.])(?:{'|'.join(map(re.escape, said))})(?![^\W{_RAISED}]|\.|\s*\()", letter(known), text)
    if calls:
        text = re.sub(rf"(?<![\w.])(?:{'|'.join(map(re.escape, calls))})(?=\s*\()", letter(functions), text)
    return text, letters


_SIGNS = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", ":": "/", ",": "."})


def _plain(text: str) -> str:
    """The text with the signs of a keyboard: ^ for powers, and fractions as decimals."""
    text = re.sub(rf"[{_RAISED}]+", lambda raised: "^" + raised[0].translate(FROM_RAISED), text.strip())
    text = re.sub(r"(\d*)([¼-¾⅐-⅞])", lambda mixed: f"({mixed[1] or 0}+{unicodedata.numeric(mixed[2])!r})", text)
    return text.translate(_SIGNS).replace("**", "^")


class _Reader:
    """Reads arithmetic: a sum of products of powers of numbers, or of sums in parentheses. Raises ValueError.

    Letters stand for numbers and functions.
    """

    def __init__(self, text: str, letters: Mapping[str, Callable[[float], float] | float]) -> None:
        self.tokens = re.findall(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|\S", text)[::-1]
        self.letters = letters
        self.factors: tuple[float, ...] = ()

    def number(self) -> float:
        found = self.sum()
        if len(self.factors) != 2:
            self.factors = ()
        if self.tokens:
            raise ValueError
        return found

    def takes(self, *wanted: str) -> str:
        return self.tokens.pop() if self.tokens and self.tokens[-1] in wanted else ""

    def sum(self) -> float:
        found = self.product()
        while sign := self.takes("+", "-"):
            found = found + self.product() if sign == "+" else found - self.product()
            self.factors = ()
        return found

    def product(self) -> float:
        found = self.signed(self.power)
        factors = [found]
        while sign := self.takes("*", "/"):
            other = self.signed(self.power)
            found = found * other if sign == "*" else found / other
            factors += [other] if sign == "*" else [other, other]  # a quotient has not two factors
        self.factors = tuple(factors)
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
        if self.tokens and self.tokens[-1] in self.letters:
            letter = self.letters[self.tokens.pop()]
            if isinstance(letter, float):
                return letter
            return letter(self.atom()) if self.tokens[-1:] == ["("] else _nothing()
        return float(self.tokens.pop()) if self.tokens and self.tokens[-1][0] in ".0123456789" else _nothing()


def _nothing() -> float:
    raise ValueError
