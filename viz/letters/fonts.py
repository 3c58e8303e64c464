"""How wide a text is, without asking any font: advance widths of Arial, Helvetica and their metric twins.

A card gets its size before it is known which font will be used. So widths are estimated on the wide side for every character
that Arial may lack and that another font then supplies.

>>> round(width("∂e/∂a = b = -3", 20, bold=True))
125
>>> width("שלום", 20) > 0 and width("\\u200b", 20) == 0
True
"""

import unicodedata
from functools import lru_cache
from itertools import repeat

# The last generic name makes every browser end in a sans serif; the first three share their advance widths.
FAMILY = "Arial, Helvetica, 'Liberation Sans', Arimo, sans-serif"

# Thousandths of the font size for the characters ' ' to '~' (Helvetica's and Arial's published metrics).
_REGULAR = (
    (278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278)  #   ! " # $ % & ' ( ) * + , - . /
    + (556,) * 10  # 0-9
    + (278, 278, 584, 584, 584, 556)  # : ; < = > ?
    + (1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778)  # @ A-O
    + (667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556)  # P-Z [ \ ] ^ _
    + (333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556)  # ` a-o
    + (556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584)  # p-z { | } ~
)
_BOLD = (
    (278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278)
    + (556,) * 10
    + (333, 333, 584, 584, 584, 611)
    + (975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778)
    + (667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556)
    + (333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611)
    + (611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584)
)

# The mathematics of this project, (regular, bold). Subscripts are missing from Arial: the widths are those of wide
# stand-ins.
_SIGNS = (
    {"∂": (517, 544), "·": (318, 333), "√": (549, 600), "…": (1000, 1000), "−": (584, 584), "×": (584, 584)}
    | dict.fromkeys("²³¹", (333, 333))
    | dict.fromkeys("→←", (1000, 1000))
    | dict.fromkeys("₀₁₂₃₄₅₆₇₈₉⁰⁴⁵⁶⁷⁸⁹ⁿₙₖₗₘᵀ", (410, 456))
    | dict.fromkeys("ᵢⱼ", (220, 240))
    | dict.fromkeys("αβγδεζηθκλμνξοπρστυχ", (640, 720))
    | dict.fromkeys("ιί", (300, 380))
    | dict.fromkeys("φψω", (800, 860))
    | dict.fromkeys("–", (556, 556))
)

_LATIN, _CYRILLIC_END = 0x00C0, 0x0590
_HEBREW_END = 0x0600


@lru_cache(4096)
def _advance(character: str, bold: bool) -> int:
    """Returns the advance of one character in thousandths of the font size."""
    if " " <= character <= "~":
        return (_BOLD if bold else _REGULAR)[ord(character) - 32]
    if character in _SIGNS:
        return _SIGNS[character][bold]
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Mn", "Me"}:
        return 0
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return 1350 if ord(character) > 0xFFFF else 1000  # emoji are drawn wider than ideographs
    if _LATIN <= ord(character) < _CYRILLIC_END:
        decomposed = unicodedata.normalize("NFD", character)[0]
        if " " <= decomposed <= "~":
            return (_BOLD if bold else _REGULAR)[ord(decomposed) - 32]
        return 900 if bold else 850
    if _CYRILLIC_END <= ord(character) < _HEBREW_END:
        return 760 if bold else 710
    return 1100


@lru_cache(16384)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """Returns the width of ``text`` set in Arial at ``size``, in units of ``size``; an upper estimate outside Arial's range."""
    return sum(map(_advance, text, repeat(bold))) * size / 1000
