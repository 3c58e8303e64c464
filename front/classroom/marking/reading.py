"""What a student wrote in a box, read: a number in one of the ways of writing it, a text, or the letter of a choice.

>>> read("−1,5").numbers, read("½").numbers, read("e = 2·3").numbers, read("1,250").numbers
((-1.5,), (0.5,), (6.0,), (1.25, 1250.0))
>>> read("2-Jan").trouble, read("about 3").trouble, read(" – ").blank
('date', 'no number', True)
>>> same_text("a * b", "a·b"), same_text("x_1", "x₁"), same_text("A", "a")
(True, True, False)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from chalkgrad.engine.basics.typed import number_typed

LONGEST = 80  # characters of a number
SHOWN = 24  # characters that a sentence quotes
ALPHABETS = ("abcdefghij", "אבגדהוזחטי")  # of the letters of options

# Marks of direction, which a phone writes among Hebrew letters, and blanks without a width.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))
_SIGNS = str.maketrans(
    {**dict.fromkeys("‐‑‒–—―−﹣－", "-"), **dict.fromkeys("⁄∕", "/"), **dict.fromkeys("\u00a0\u2007\u2009\u202f", " ")}
)
_MONTH = (
    "(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
    "|(?:ינו|פבר|מרץ|מרס|אפר|מאי|יונ|יול|אוג|ספט|אוק|נוב|דצמ)[א-ת]*)"
)
_DATE = re.compile(
    rf"\d{{1,2}}[-/. ]*{_MONTH}\.?([-/. ]*\d{{2,4}})?|{_MONTH}\.?[-/. ]*\d{{1,4}}|\d{{4}}-\d{{1,2}}-\d{{1,2}}([ T][\d:.]+)?"
    r"|\d{1,2}[/-]\d{1,2}[/-]\d{4}|\d{1,2}\.\d{1,2}\.\d{2,4}",
    re.IGNORECASE,
)
_TEXT = str.maketrans(
    {**dict.fromkeys("·×⋅∙", "*"), "÷": "/", "_": None, "’": "'", "′": "'"}
    | {raised: f"^{plain}" for raised, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True)}
    | dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
)


class Reading(NamedTuple):
    """A number as it was read.

    Attributes:
        numbers: what may be meant: one number, or two of `1,250`; none of a blank and of what cannot be read
        places: behind the point of a decimal; None for a fraction and for arithmetic
        plain: whether it is the number as it stands; else it is said what was read
        trouble: why it was not read: "date", "no number"; "" if it was
    """

    numbers: tuple[float, ...]
    places: int | None = None
    plain: bool = True
    trouble: str = ""

    @property
    def blank(self) -> bool:
        """Whether nothing was written."""
        return not self.numbers and not self.trouble


def cleaned(text: str) -> str:
    """Returns what was written, without marks that nobody sees and with one sign for all dashes."""
    return text.translate(_UNSEEN).translate(_SIGNS).strip()


def is_blank(text: str) -> bool:
    """Tells whether no number was written: a dash and a question mark are none, too."""
    return cleaned(text).strip("'_?-. ") == ""


def read(text: str) -> Reading:
    """Returns the number that was written; it never raises an error."""
    if is_blank(text):
        return Reading(())
    plain = cleaned(text).removeprefix("'")
    if len(plain) > LONGEST:
        return Reading((), trouble="no number")
    if _DATE.fullmatch(plain):
        return Reading((), trouble="date")
    said = plain.rpartition("=")[2].lstrip("≈~ ").strip()
    if said.endswith("-") and re.fullmatch(r"\d+([.,]\d+)?-", said):  # as it may come out where one writes from the right
        said = f"-{said[:-1]}"
    if re.fullmatch(r"[-+]?\d{1,3}( \d{3})+([.,]\d+)?|[-+]?\d{1,3}('\d{3})+([.,]\d+)?", said):
        said = said.replace(" ", "").replace("'", "")
    elif re.fullmatch(r"[-+]?[1-9]\d{0,2}((,\d{3})+\.\d+|(,\d{3}){2,})", said):
        said = said.replace(",", "")
    elif re.fullmatch(r"[-+]?[1-9]\d{0,2}((\.\d{3})+,\d+|(\.\d{3}){2,})", said):
        said = said.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", said):
        return Reading((float(said.replace(",", ".")), float(said.replace(",", ""))), 3, plain=False)
    said = re.sub(r"^([-+]) +", r"\1", said)
    if mixed := re.fullmatch(r"([-+]?)(\d+) (\d+)/(\d+)", said):
        said = "{}({} + {}/{})".format(*mixed.groups())
    try:
        number = float(number_typed(said)) + 0.0
    except ValueError:
        return Reading((), trouble="no number")
    decimal = re.fullmatch(r"[-+]?\d*[.,]?(\d*)", said)
    places = None if decimal is None else len(decimal[1]) if re.search("[.,]", said) else 0
    return Reading((number,), places, plain=said == plain)


def same_text(typed: str, right: str) -> bool:
    """Tells whether two texts are the same up to blanks and the ways of writing a product, a power or an index."""
    return _plain_text(typed) == _plain_text(right)


def _plain_text(text: str) -> str:
    return "".join(cleaned(text).translate(_TEXT).replace("**", "^").split())


def same_choice(typed: str, right: str) -> bool:
    """Tells whether two letters of a choice are the same, in either case, with a bracket or a point behind them or without."""
    return _letter(typed) == _letter(right)


def chosen(typed: str, options: Sequence[str]) -> str:
    """Returns which of the options was meant, "" if none: A and א are both the first of options that are letters.

    >>> chosen("c)", "ABCD"), chosen("C", "אבגד"), chosen("E", "ABCD"), chosen("-", ("+", "−"))
    ('C', 'ג', '', '−')
    """
    for same in (same_text, same_choice):
        found = [option for option in options if same(typed, option)]
        if len(found) == 1:
            return found[0]
    if len(letter := _letter(typed)) == 1 and _ordered(options):
        for letters in ALPHABETS:
            if letter in letters[: len(options)]:
                return options[letters.index(letter)]
    return ""


def _ordered(options: Sequence[str]) -> bool:
    """Tells whether options are letters in the order of an alphabet."""
    return any(letters.startswith("".join(map(_letter, options))) for letters in ALPHABETS)


def shape(text: str) -> tuple[int, int] | None:
    """Returns the rows and columns of a shape that was written; None if it is none.

    >>> shape("3 x 2"), shape("(3, 2)"), shape("3 על 2"), shape("3.2"), shape("6")
    ((3, 2), (3, 2), (3, 2), None, None)
    """
    plain = cleaned(text).translate(_TEXT).strip("()[] ")
    found = re.fullmatch(r"(\d{1,6})\s*(?:[x*,;]|by|על)\s*(\d{1,6})", plain, re.IGNORECASE)
    return (int(found[1]), int(found[2])) if found else None


def _letter(text: str) -> str:
    plain = "".join(cleaned(text).split()).casefold()
    return plain.strip("().:") or plain


def shown(text: str) -> str:
    """Returns what was typed as a sentence quotes it: what is long ends with a sign that it goes on.

    >>> shown(" 1/3  of a"), shown("a very long remark of a very careful student")
    ('1/3 of a', 'a very long remark of a…')
    """
    plain = " ".join(text.split())
    return plain if len(plain) <= SHOWN else plain[: SHOWN - 1] + "…"
