"""Makes any string fit for a picture: cleans, escapes, shortens and wraps it, and keeps Hebrew in its place.

>>> clean("a\\x07b"), escape("<b>"), shorten("a long name", 10, bold=False, limit=50)
('a\\\\x07b', '&lt;b&gt;', 'a long n…')
"""

import re
import unicodedata
from functools import lru_cache

from chalkgrad.viz.letters import fonts

_SIGNS = "=+-·"  # a line may be broken before each

LRM = "\u200e"  # LEFT-TO-RIGHT MARK: invisible, and every renderer's bidirectional algorithm knows it
RLE, LRE, POP = "\u202b", "\u202a", "\u202c"  # a text within another, from right to left or from left to right, and its end


@lru_cache(16384)
def clean(text: str) -> str:
    """Returns ``text`` with an escape instead of each character that XML forbids, that breaks lines or reorders its neighbours.

    Marks in pairs around a name or a formula that is set apart, which reorder none of them, are left out.

    >>> clean("two\\nlines, \\u202ereversed")
    'two\\\\nlines, \\\\u202ereversed'
    """
    if not text.isascii():
        text = _without_isolates(text)
    return "".join(_written_out(c) if _unfit(c) else c for c in text)


def _without_isolates(text: str) -> str:
    """Returns ``text`` without the pairs of marks that set a name or a formula apart: `keep_order` marks them in a picture."""
    while (inner := _ISOLATE.sub(r"\1", text)) != text:
        text = inner
    return text


_ISOLATE = re.compile("[\u2066-\u2068]([^\u2066-\u2069]*)\u2069")


@lru_cache(4096)
def _unfit(character: str) -> bool:
    code = ord(character)
    return (
        unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        or 0x202A <= code <= 0x202E  # directional embeddings and overrides
        or 0x2066 <= code <= 0x2069  # directional isolates
        or 0xFDD0 <= code <= 0xFDEF  # noncharacters
        or code & 0xFFFE == 0xFFFE
    )


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def escape(text: str) -> str:
    """Returns ``text`` as character data for XML and Graphviz's HTML-like labels, for content and for quoted attributes.

    >>> escape("a < b & 'c'")
    'a &lt; b &amp; &#39;c&#39;'
    """
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(character, entity)
    return text


def right_to_left(character: str) -> bool:
    """Tells whether ``character`` is a letter written from right to left."""
    return unicodedata.bidirectional(character) in {"R", "AL"}


def _joins(character: str) -> bool:
    """Tells whether ``character`` may occur inside a name written from right to left."""
    return character in " _" or unicodedata.bidirectional(character) in {"NSM", "EN", "AN", "BN"}


def keep_order(text: str) -> str:
    """Returns ``text`` with marks around each Hebrew or Arabic name, so that the formula around it reads from left to right.

    Without them ``∂ב/∂א`` is displayed as ``∂א∂/ב``, which is another derivative.
    """
    if not any(map(right_to_left, text)):
        return text
    pieces: list[str] = []
    position = 0
    while position < len(text):
        end = position + 1
        if right_to_left(text[position]):
            ahead = end
            while ahead < len(text) and (right_to_left(text[ahead]) or _joins(text[ahead])):
                ahead += 1
                if text[ahead - 1] != " ":
                    end = ahead
            pieces.append(f"{LRM}{text[position:end]}{LRM}")
        else:
            pieces.append(text[position])
        position = end
    return "".join(pieces)


def runs_right_to_left(text: str) -> bool:
    """Tells whether ``text`` is a sentence written from right to left: its first letter decides, as in a browser.

    >>> runs_right_to_left("3/5  כלל השרשרת"), runs_right_to_left("∂e/∂ב = 3")
    (True, False)
    """
    strong = (unicodedata.bidirectional(c) for c in text)
    return next((direction in {"R", "AL"} for direction in strong if direction in {"L", "R", "AL"}), False)


def sentence_parts(text: str) -> list[tuple[str, bool]]:
    """Cuts a sentence written from right to left into its parts, each with whether it is a formula, read from left to right.

    A formula is words in a row that have Latin or Greek letters, numbers or signs in them, whatever else, and a minus between
    them. A bracket at its end that has no other half belongs to the sentence.

    >>> [part for part, formula in sentence_parts("הנגזרת של L לפי ב היא 2·ב, ולא 3 + 1 (או p - 1).") if formula]
    ['L', '2·ב', '3 + 1', 'p - 1']
    """
    parts: list[tuple[str, bool]] = []
    for word in _WORDS.findall(text):
        before, core = word[: _prefix(word)], word[_prefix(word) :].rstrip(_ENDS)
        if before:  # as in ו-x, "and x"
            parts.append((before, False))
        formula = bool(core.strip()) and any(map(_in_formula, core))
        if formula and len(parts) > 1 and parts[-1] == (" ", False) and parts[-2][1]:
            parts[-2:] = [(f"{parts[-2][0]} {core}", True)]
        elif formula and len(parts) > 3 and parts[-3:] == _MINUS and parts[-4][1]:
            parts[-4:] = [(f"{parts[-4][0]} - {core}", True)]
        else:
            parts.append((core, formula))
        if after := word[len(before) + len(core) :]:
            parts.append((after, False))
    return [part for whole, formula in parts for part in (_closed(whole) if formula else [(whole, False)]) if part[0]]


def _closed(formula: str) -> list[tuple[str, bool]]:
    """Returns a formula between the brackets at its ends that have no other half."""
    start, end = 0, len(formula)
    while start < end and formula[start] in "([" and _open(formula[start:end]) > 0:
        start += 1
    while start < end and formula[end - 1] in ")]" and _open(formula[start:end]) < 0:
        end -= 1
    return [(formula[:start], False), (formula[start:end], True), (formula[end:], False)]


def _open(text: str) -> int:
    """Returns how many more brackets begin than end."""
    return sum((c in "([") - (c in ")]") for c in text)


def _prefix(word: str) -> int:
    """Returns how long the Hebrew prefix of a word is that is joined to it by a hyphen; 0 if it has none."""
    letters = next((n for n, c in enumerate(word) if c == "־" or not right_to_left(c)), 0)
    return letters + 1 if 0 < letters < 4 and word[letters : letters + 1] in "-־" else 0


_WORDS = re.compile(" |[^ ]+")
_ENDS = ".,:;!?…"
_MINUS = [(" ", False), ("-", False), (" ", False)]  # of which a letter or a number on either side makes a part of a formula


def _in_formula(character: str) -> bool:
    """Tells whether a word with this character belongs to a formula: a letter from left to right, a number or a sign."""
    return unicodedata.bidirectional(character) in {"L", "EN", "AN"} or unicodedata.category(character) in {"Sm", "So"}


def sentence_order(text: str) -> str:
    """Returns a sentence written from right to left with marks around it and around each formula in it, for any renderer.

    >>> sentence_order("לפי x") == RLE + "לפי " + LRE + "x" + POP + POP
    True
    """
    marked = (f"{LRE}{keep_order(part)}{POP}" if formula else part for part, formula in sentence_parts(text))
    return f"{RLE}{''.join(marked)}{POP}"


def shorten(text: str, size: float, *, bold: bool, limit: float) -> str:
    """Returns ``text``, or as much of its beginning as fits ``limit`` together with an ellipsis."""
    if fonts.width(text, size, bold=bold) <= limit:
        return text
    space = limit - fonts.width("…", size, bold=bold)
    kept = 0
    for character in text:
        space -= fonts.width(character, size, bold=bold)
        if space < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"


def wrap(text: str, size: float, *, bold: bool, limit: float, lines: int) -> tuple[str, ...]:
    """Breaks ``text`` into at most ``lines`` lines no wider than ``limit``; a line that is still too wide is shortened.

    Lines are broken before an ``=`` if that suffices, otherwise before any sign: as in print, no line ends in a sign. Inside
    brackets they are only broken if what is in them fits no line.
    """
    lines_ = broken(text, size, bold=bold, limit=limit, lines=lines)
    return tuple(shorten(line, size, bold=bold, limit=limit) for line in lines_)


def broken(text: str, size: float, *, bold: bool, limit: float, lines: int) -> list[str]:
    """Returns the lines of `wrap` before those that are too wide are shortened."""
    if fonts.width(text, size, bold=bold) <= limit:
        return [text]
    for chunks in (_chunks(text, "="), _chunks(text, _SIGNS), _chunks(text, _SIGNS, inside=True)):
        found = [chunks[0]]
        for chunk in chunks[1:]:
            longer = f"{found[-1]} {chunk}"
            if len(found) == lines or fonts.width(longer, size, bold=bold) <= limit:
                found[-1] = longer
            else:
                found.append(chunk)
        if all(fonts.width(line, size, bold=bold) <= limit for line in found):
            break
    return found


def longest_part(text: str, size: float, *, bold: bool) -> float:
    """Returns the width of the longest part of ``text`` that is not broken, because it stands in brackets."""
    return max(fonts.width(chunk, size, bold=bold) for chunk in _chunks(text, _SIGNS))


def _chunks(text: str, signs: str, *, inside: bool = False) -> list[str]:
    """Cuts ``text`` at the space before each word that is one of ``signs``; between brackets only if ``inside``."""
    chunks: list[str] = []
    depth = 0
    for word in text.split(" "):
        if not chunks or (len(word) == 1 and word in signs and (inside or depth <= 0)):
            chunks.append(word)
        else:
            chunks[-1] += " " + word
        depth += sum(map(word.count, "([{")) - sum(map(word.count, ")]}"))
    return chunks
