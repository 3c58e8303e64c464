"""The first reading of an expression, character by character: it finds a `^`, a `2a`, a missing parenthesis.

>>> scan("2·a − b  # as in the table")
'2*a - b                   '
>>> scan("2a")
Traceback (most recent call last):
    ...
chalkgrad.expressions.caret.ExpressionError: 2a has no operator: for a product write 2*a
  2a
   ^
"""

import keyword
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from chalkgrad.expressions.caret import ExpressionError

__all__ = ["pieces", "scan"]

LONGEST: Final = 10_000  # characters
DEEPEST: Final = 100  # nested parentheses

# Signs as they are printed, in our own output too, and what they mean in an expression. Each is one character for one, so
# that places stay. Spaces and invisible marks become spaces.
_TYPED: Final = str.maketrans(
    {"·": "*", "×": "*", "⋅": "*", "∙": "*", "∗": "*", "÷": "/", "∕": "/", "⁄": "/", "−": "-", "–": "-", "—": "-"}
    | dict.fromkeys("\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}\N{IDEOGRAPHIC SPACE}", " ")
    | dict.fromkeys("\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c", " ")
)

_COMPARISON: Final = "a comparison has no derivative; maximum, minimum, relu and heaviside choose by size"
_NOT_HERE: Final = {
    "^": "write ** for a power, as in x**2",
    "==": _COMPARISON, "!=": _COMPARISON, "<": _COMPARISON, ">": _COMPARISON, "<=": _COMPARISON, ">=": _COMPARISON,
    "≤": _COMPARISON, "≥": _COMPARISON, "≠": _COMPARISON,
    "'": "text in quotes has no place in an expression: write the name alone",
    '"': "text in quotes has no place in an expression: write the name alone",
    "!": "! has no place in an expression: there is no factorial here",
    "{": "write round parentheses instead of {", "}": "write round parentheses instead of }",
    ".": "a point stands inside a number only: there are no attributes here, write x1 rather than x.1",
    ":": "a colon has no place in an expression", ":=": "write = to give a name to a part, in a statement of its own",
    "|": "write abs(x) for the absolute value",
    "√": "write sqrt(x) for the square root", "∛": "write cbrt(x) for the cube root",
    "²": "write **2 for a square", "³": "write **3 for a cube", "∞": "infinity is not a number to compute with here",
    "∑": "write total(a, b, c) for a sum",
    "@": "@ has no place in an expression: write affine([w1, w2], [x1, x2], b) for wᵀx + b",
    "\\": "a backslash has no place in an expression; inside parentheses an expression may go on in the next line",
}  # fmt: skip

_PIECE: Final = re.compile(
    r"(?P<number>(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<space>[ \t]+)|(?P<end>[\n;])|(?P<open>[(\[])|(?P<close>[)\]])"
    r"|(?P<wrong>[=!<>]=|:=)|(?P<sign>\*\*|//|[-+*/%=,])"
)
_PAIRS: Final = {")": "(", "]": "["}


def pieces(text: str) -> Iterator[tuple[str, int, str]]:
    """Yields (kind, place, piece) of everything in `text`; names are found by hand, as regular expressions do not know them."""
    place = 0
    while place < len(text):
        match = _PIECE.match(text, place)
        if match is not None:
            kind, piece = str(match.lastgroup), match.group()
        elif text[place].isidentifier():
            end = place + 1
            # Combining marks belong to names and do not match \w, hence letter by letter.
            while end < len(text) and ("a" + text[end]).isidentifier():
                end += 1
            kind, piece = "name", text[place:end]
        else:
            kind, piece = "wrong", text[place]
        yield kind, place, piece
        place += len(piece)


def scan(original: str) -> str:
    """Returns the text for `ast`, of the same length; raises ExpressionError for a mistake that its characters show."""
    if len(original) > LONGEST:
        raise ExpressionError(
            f"the expression has {len(original):,} characters; {LONGEST:,} is the limit: "
            "build a longer one in Python, from Values",
        )
    text = original.translate(_TYPED)
    text = re.sub(r"#[^\n]*", lambda comment: " " * len(comment.group()), text)
    opened: list[tuple[str, int]] = []
    before, before_piece, adjacent = "", "", False
    for kind, place, piece in pieces(text):

        def wrong(message: str, place: int = place) -> ExpressionError:
            return ExpressionError(message, original, place)

        if kind == "space":
            adjacent = False
            continue
        if kind == "wrong":
            raise wrong(_NOT_HERE.get(piece) or f"{_character(piece)} has no place in an expression")
        if kind == "name" and keyword.iskeyword(piece):
            advice = {"lambda": " such as lam or λ", "None": "", "True": ": write 1", "False": ": write 0"}
            raise wrong(f"{piece} is a reserved word of Python: choose another name{advice.get(piece, '')}")
        if kind == "number" and not math.isfinite(_float(piece)):
            raise wrong("this number is too large: the largest double is about 1.8e308")
        after_operand = before in ("number", "name", "close")
        if after_operand and (kind in ("number", "name") or (kind == "open" and (before != "name" or piece == "["))):
            raise wrong(_missing_operator(before, before_piece, kind, piece, adjacent))
        if kind == "open":
            opened.append((piece, place))
            if len(opened) > DEEPEST:
                raise wrong(f"more than {DEEPEST} nested parentheses; give parts of it names: e = a*b; y = e + c")
        elif kind == "close":
            if not opened:
                raise wrong(f"this {piece} closes nothing")
            if opened[-1][0] != _PAIRS[piece]:
                raise wrong(f"this {piece} meets a {opened[-1][0]} that is still open")
            opened.pop()
        if not (kind == "end" and piece == "\n" and opened):
            before, before_piece, adjacent = kind, piece, True
    if opened:
        raise ExpressionError(f"this {opened[-1][0]} is never closed", original, opened[-1][1])
    return text


def _missing_operator(before: str, before_piece: str, kind: str, piece: str, adjacent: bool) -> str:
    if before == "name" and piece == "[":
        return f"{before_piece}[…] has no meaning here: a Value has no parts; give each its own name, as in x1, x2"
    left = before_piece if before != "close" else "(…)"
    right = f"{piece}…{')' if piece == '(' else ']'}" if kind == "open" else piece
    if (before, kind) == ("number", "number"):
        return f"two numbers side by side, {left} and {right}"
    what = left + right if adjacent else f"{left} {right}"
    return f"{what} has no operator: for a product write {left}*{right}"


def _character(character: str) -> str:
    """Returns the character itself if it is visible, else its code and name."""
    if character.isprintable() and not unicodedata.combining(character):
        return character
    if "\ud800" <= character <= "\udfff":
        return "a byte that is not text in this terminal's encoding"
    return f"the character U+{ord(character):04X} ({unicodedata.name(character, 'a control character').lower()})"


def _float(number: str) -> float:
    try:
        return float(number)
    except ValueError:  # 1__0, say: left to ast
        return 0.0
