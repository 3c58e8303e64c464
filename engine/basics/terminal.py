"""Texts on a terminal: how wide they are, and their ASCII form where ∂ and → cannot be written.

>>> columns("∂e/∂a"), ascii_form("∂e/∂a = θ·b² → 6")
(5, 'de/da = theta*b^2 -> 6')
"""

from __future__ import annotations

import os
import sys
import unicodedata
from functools import lru_cache

from chalkgrad.engine.basics.digits import FROM_RAISED


def columns(text: str) -> int:
    """Returns the number of terminal columns that a text takes."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


@lru_cache(4096)
def _columns_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


NARROWEST = 40  # whoever has less must read lines that the terminal breaks


def terminal_width() -> int | None:
    """Returns the columns of the terminal that standard output is, or what COLUMNS says; None for a file, a notebook."""
    if not os.environ.get("COLUMNS") and not _is_terminal():
        return None
    from shutil import get_terminal_size  # slow to import

    return max(NARROWEST, get_terminal_size().columns)


def terminal_height() -> int:
    """Returns the lines of the terminal, or what LINES says; 24 for what has none, such as a file."""
    from shutil import get_terminal_size

    return max(12, get_terminal_size().lines)


def two_screens() -> int:
    """Returns how many lines two screens have, without the line that is typed next."""
    return 2 * terminal_height() - 1


def _is_terminal() -> bool:
    try:
        return sys.stdout.isatty()
    except (AttributeError, ValueError):  # there is no standard output, or it is closed
        return False


def fitted(text: str, beside: int = 0) -> str:
    """Returns a text whose lines are no wider than the terminal; `beside` columns are left for something else."""
    width = terminal_width()
    if width is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in wrapped(line, width - beside))


def wrapped(line: str, width: int) -> list[str]:
    """Returns a sentence in lines of this width, the later ones indented; it breaks at its wide gaps first.

    >>> for part in wrapped("12/15  b.grad += 2 · 1 = 2      3 → 5   2 of 2, complete", 40):
    ...     print(part)
    12/15  b.grad += 2 · 1 = 2      3 → 5
               2 of 2, complete
    """
    if columns(line) <= width:
        return [line]
    import re  # only a line that is too wide needs it

    head = re.match(r" *(?:\S{1,14} {2,})?", line)[0]  # type: ignore[index] # the position, or what stands below it
    indent = " " * min(columns(head) + 4, width // 3)
    lines, bare = [head], True  # whether the last line has nothing yet but its indentation
    for section in re.findall(r"\S+(?: \S+)* *", line[len(head) :]):
        at_once = columns(lines[-1] + section.rstrip()) <= width or columns(indent + section.rstrip()) <= width
        for part in [section] if at_once and not (bare and lines == [head]) else re.findall(r"\S+ *", section):
            while columns(lines[-1] + part.rstrip()) > width:
                if bare:  # a word that no line is wide enough for
                    most = next(i for i in range(len(part), 0, -1) if columns(lines[-1] + part[:i]) <= width)
                    lines[-1] += part[:most]
                    part = part[most:]
                lines.append(indent)
                bare = True
            lines[-1] += part
            bare = False
    return in_pairs([written.rstrip() for written in lines])


BEGINNINGS, END = "\u2066\u2067\u2068", "\u2069"  # of what is set apart in a line, for its own direction


def in_pairs(lines: list[str]) -> list[str]:
    """Returns the lines of a text in each of which the marks of direction are in pairs: what ends in a later line begins again.

    >>> begun, ended = in_pairs(["is \u2066a +", "  b\u2069"])
    >>> begun == "is \u2066a +\u2069", ended == "  \u2066b\u2069"
    (True, True)
    """
    if not any(END in line for line in lines):
        return lines
    paired, begun = [], ""
    for line in lines:
        said = line.lstrip(" ")
        whole = " " * (len(line) - len(said)) + begun + said
        begun = ""
        for character in whole:
            begun = begun + character if character in BEGINNINGS else begun[:-1] if character == END else begun
        paired.append(whole + END * len(begun))
    return paired


_ASCII = str.maketrans(
    {
        "∂": "d",
        "·": "*",
        "→": "->",
        "√": "sqrt",
        "−": "-",
        "≤": "<=",
        "≥": ">=",
        "…": "...",
        "│": "|",
        "─": "-",
        "┼": "+",
        "×": "x",
        "∞": "inf",
        "∇": "grad ",
        "∘": ".*",
    }
    | {"–": "-", "—": "-", "’": "'", "Σ": "sum"}
    | dict.fromkeys("\u2066\u2067\u2068\u2069", "")  # escapes have no direction
)


def ascii_form(text: str) -> str:
    """Returns the text in ASCII, for terminals without ∂ and →: Greek letters by name, other letters as escapes.

    >>> ascii_form("∂e/∂a = θ·b² → 6")
    'de/da = theta*b^2 -> 6'
    """
    raised = ""
    plain = []
    for c in text + " ":
        if ord(c) in FROM_RAISED:
            raised += c.translate(FROM_RAISED)
        else:
            plain.append(f"^{raised}{c}" if raised else c)
            raised = ""
    text = "".join(plain)[:-1]
    return "".join(c if c.isascii() else spelled(c) for c in text.translate(_ASCII))


# Control characters, line and paragraph separators, overrides and isolates of the writing direction, lone surrogates.
_DISRUPTIVE = {
    chr(i) for part in ((0, 0x20), (0x7F, 0xA0), (0x2028, 0x202F), (0x2066, 0x206A), (0xD800, 0xE000)) for i in range(*part)
}


def escaped(text: str) -> str:
    r"""Returns the text with characters that a terminal acts upon, or that break or reorder a line, as escapes.

    >>> print(escaped("layer" + chr(27) + "[2J"))
    layer\x1b[2J
    """
    if text.isprintable():
        return text
    return "".join(ascii(c)[1:-1] if c in _DISRUPTIVE else c for c in text)


def printable(text: str) -> str:
    """Returns the text, or its ASCII form if standard output cannot encode it, because print() must never crash."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return ascii_form(text)
    return text


def spelled(character: str) -> str:
    """Returns the English name of a Greek letter; for other letters the ASCII part, or an escape."""
    name = unicodedata.name(character, "")
    if name.startswith("GREEK") and "LETTER" in name:
        word = name.rsplit(" ", 1)[1].lower().replace("lamda", "lambda")
        return word.capitalize() if "CAPITAL" in name else word
    return unicodedata.normalize("NFKD", character).encode("ascii", "backslashreplace").decode()
