"""Numbers as students type them: `-1,5`, `2/3`, `2·3`, `−6`, `1½`.

>>> number_typed("2·(−3)"), number_typed("-1,5"), number_typed("1½")
(-6.0, -1.5, 1.5)
"""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable
from typing import Any

_SIGNS = str.maketrans({"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "÷": "/", ":": "/", "^": "**", ",": ".", "\xa0": " "})
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_POWERS = str.maketrans(_RAISED, "0123456789-")


class Typed(float):
    """A number that was typed; `digits` are those of a decimal, the last zeros with them, 0 for anything else."""

    digits: int


def number_typed(text: str) -> Typed:
    """Returns the number that a text is: a decimal with a point or a comma, a fraction such as ½, or arithmetic on these.

    Raises ValueError, with a sentence, for anything else, and for a number that is not finite.
    """
    import ast  # which takes a while to import, and only answers need it

    if text.strip().endswith(",000"):
        raise ValueError(f"{text.strip()!r} may be a number or a thousand times as much: type it without the comma")
    try:
        found = Typed(_computed(ast.parse(_in_python(text), mode="eval").body))
        if found - found != 0.0:
            raise OverflowError
    except ZeroDivisionError:
        raise ValueError(f"{text.strip()!r} divides by 0") from None
    except (SyntaxError, TypeError, KeyError, RecursionError, MemoryError, ValueError):
        raise ValueError(f"{text.strip()!r} is not a number: type one, such as -2.5, 2/3 or 2*3") from None
    except OverflowError:
        raise ValueError(f"{text.strip()!r} is larger than the largest float") from None
    found.digits = _digits(_in_python(text))
    return found


def _digits(text: str) -> int:
    import re

    decimal = re.fullmatch(r"[-+]?(\d*\.\d+)(e[-+]?\d+)?", text, re.IGNORECASE)
    return len(decimal[1].replace(".", "").lstrip("0")) if decimal else 0


def _in_python(text: str) -> str:
    import re

    text = re.sub(rf"[{_RAISED}]+", lambda raised: "**" + raised[0].translate(_POWERS), text)
    text = re.sub(r"(\d*)([¼-¾⅐-⅞])", lambda mixed: f"({mixed[1] or 0}+{unicodedata.numeric(mixed[2])!r})", text)
    return text.translate(_SIGNS).strip()


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "Add": operator.add,
    "Sub": operator.sub,
    "Mult": operator.mul,
    "Div": operator.truediv,
    "Pow": operator.pow,
    "USub": operator.neg,
    "UAdd": operator.pos,
}


def _computed(part: Any) -> float:
    """The value of a part of the syntax tree, in which nothing stands but numbers and arithmetic."""
    kind = type(part).__name__
    if kind == "Constant" and type(part.value) in (int, float):
        return float(part.value)
    if kind == "BinOp":
        return _real(_ARITHMETIC[type(part.op).__name__](_computed(part.left), _computed(part.right)))
    if kind == "UnaryOp":
        return _real(_ARITHMETIC[type(part.op).__name__](_computed(part.operand)))
    raise TypeError


def _real(x: Any) -> float:
    return float(x)  # a TypeError for the complex number that a root of a negative one is
