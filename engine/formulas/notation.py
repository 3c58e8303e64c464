"""How an operation is written: templates of its notation, and how strongly each binds.

>>> named("exp", r"\\exp")
('exp({})', '\\\\exp\\\\left({}\\\\right)', 9, (0, 0))
"""

from __future__ import annotations

from collections.abc import Sequence

Notation = tuple[str, str, float, tuple[float, ...]]

# How strongly a written form binds: a part that binds less than its place needs gets parentheses. On a blackboard -x
# is NEGATIVE, so that (-x)·y keeps its parentheses; in a program's source it is SIGNED, because there -x * y needs none.
CHOICE, COMPARISON, SUM, NEGATIVE, PRODUCT, QUOTIENT, SIGNED, POWER, ATOM = 0, 0.5, 1, 1.5, 2, 2.5, 3, 4, 9


def written(plain: str, latex: str, binds: float = ATOM, needs: Sequence[float] = (0, 0)) -> Notation:
    """Returns templates in plain text and LaTeX, how strongly the whole binds, and how strongly each argument must."""
    return plain, latex, binds, tuple(needs)


def named(name: str, latex: str | None = None) -> Notation:
    """Returns the notation f(x) or f(x, y)."""
    plain = name.replace("{", "{{").replace("}", "}}")  # they become templates
    escaped = plain.replace("_", r"\_").replace("{{", r"\{{").replace("}}", r"\}}")
    if name[:1].isalpha() and name[1:].isdecimal() and name.isascii():  # h1, as lectures call a function
        latex = latex or f"{name[0]}_{{{{{name[1:]}}}}}"
    return written(plain + "({})", (latex or rf"\operatorname{{{{{escaped}}}}}") + r"\left({}\right)")
