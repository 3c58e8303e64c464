"""Numbers in decimals, as they are read: rounded, without zeros at the end, or as a place that is filled in later.

>>> decimal(2 / 3), signed(2.0), ordinal(2)
('0.6667', '+2', '2nd')
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.placeholders import placeholders_of

NOISE = 7  # digits beyond these are rounding errors, as a rule: 0.1 + 0.2 is shown as 0.3, a float32's 1.5000004 as 1.5
FULL = 10  # digits that are shown where they are asked for: in an expression, or to tell two numbers apart


def decimal(x: float, digits: int = 4) -> str:
    """A number with so many significant digits; up to 6 integer digits are written out. With 17 digits it is the exact one.

    What is close to a round number is not shown as that: it has as many more digits as show the first one that differs.

    >>> [decimal(x) for x in (2.0, -0.7071067811865476, 645.5773, 123456.7, 1.5e-6, 0.0001, 24704081.6, -0.0)]
    ['2', '-0.7071', '645.6', '123457', '1.5e-6', '0.0001', '2.47e7', '0']
    >>> [decimal(x) for x in (2.0001, 1.99999, 1.000001, 0.5000234, 0.1 + 0.2, 20000.1)]
    ['2.0001', '1.99999', '1.000001', '0.50002', '0.3', '20000.1']
    >>> decimal(0.1 + 0.2, 17)
    '0.30000000000000004'
    """
    if x.__class__ is not float and placeholders_of(x):
        return place(x, "n", digits)
    return _decimal(x, digits)


@lru_cache(65536)  # a walk or a page writes the same numbers many times
def _decimal(x: float, digits: int) -> str:
    if x == 0 or x - x != 0:
        return "0" if x == 0 else str(x)  # inf, nan, or ? for a number that is not known
    if digits >= 17:  # the shortest that reads back as the same number, which is what 17 digits are asked for
        mantissa, e, exponent = repr(float(x)).partition("e")
        return _trimmed(mantissa) + (f"e{int(exponent)}" if e else "")
    mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
    if digits < NOISE and mantissa[-2:] == "00":
        digits = _digits_beside(x, float(f"{mantissa}e{exponent}"), digits)
        mantissa, _, exponent = f"{x:.{digits - 1}e}".partition("e")
    power = int(exponent)
    if -5 < power < digits:
        return _trimmed(f"{x:.{digits - 1 - power}f}")
    if power > 0 and len(whole := f"{abs(x):.0f}") <= 6:
        return "-" * (x < 0) + whole
    return f"{_trimmed(mantissa)}e{power}"


def _digits_beside(x: float, rounded: float, digits: int) -> int:
    """How many digits show that a number is not the round one beside it, `rounded` to `digits`."""
    if x == rounded:
        return digits
    return next((more for more in range(digits + 1, NOISE + 1) if float(f"{x:.{more - 1}e}") != rounded), digits)


def constant(x: float, digits: int = 4) -> str:
    """A number that a person wrote, in an expression or as an answer: in full, unless it takes more than ten digits.

    >>> [constant(x) for x in (1.0000001, 3.14159, 2.25 + 0.0001, 1 / 3, -0.5)]
    ['1.0000001', '3.14159', '2.2501', '0.3333', '-0.5']
    """
    if x.__class__ is not float and placeholders_of(x):
        return place(x, "n", digits)
    if x - x != 0:
        return decimal(x, digits)
    mantissa, _, exponent = f"{x:.{FULL - 1}e}".partition("e")
    is_short = mantissa.endswith("00") or float(f"{mantissa}e{exponent}") == x
    return decimal(x, max(digits, FULL) if is_short else digits)


def digits_apart(*numbers: float, digits: int = 4, most: int = FULL) -> int:
    """How many digits tell different numbers apart that stand beside each other; `digits` if these do, or if `most` do not.

    >>> digits_apart(2.125, 2.12501), digits_apart(2.125, 3.0), digits_apart(0.3, 0.1 + 0.2)
    (6, 4, 4)
    """
    placeholders = placeholders_of(*numbers)
    if placeholders is not None:
        others = [x for x in numbers if placeholders_of(x) or x != 0]  # no number but 0 looks like it
        return placeholders.digits_apart(others, digits, most) if len(others) > 1 else digits
    different = set(numbers)
    wanted = range(digits, most + 1)
    return next((more for more in wanted if len({decimal(x, more) for x in different}) == len(different)), digits)


def signed(x: float, digits: int = 4) -> str:
    """A number with its sign, as a contribution has it: `+3`, `-2`."""
    if x.__class__ is not float and placeholders_of(x):
        return place(x, "+", digits)
    text = decimal(x, digits)
    return text if text.startswith(("-", "n")) else f"+{text}"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def place(x: Any, form: str, digits: int) -> str:
    """The place that a placeholder leaves in a text; its number is written there later."""
    place: str = x.written(form, digits)
    return place


def ordinal(n: int) -> str:
    """1st, 2nd, 3rd, 4th, …, 11th, …, 21st: the language has forms for the last two digits, the last one, and all others."""
    forms = section("ordinals")
    key = next((key for key in (str(n % 100), str(n % 10)) if key in forms), "other")
    return forms[key].format(n=n)
