"""Operations that an engine may make of others, as micrograd makes a - b of a + b·(-1), and a/b of a·b⁻¹.

>>> program = Program((("a", 2.0),), (("y", "-", (3.0, "a")),))
>>> for other in remade(program):
...     print(other)
y' = a * -1; y = y' + 3  at a = 2
y' = -a; y = y' + 3  at a = 2
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache

from chalkgrad.classroom.grading.program import Line, Program
from chalkgrad.classroom.grading.slipped import form_of

MADE = ("-", "/", "neg")  # what may be made of others


@lru_cache(4000)
def remade(program: Program) -> tuple[Program, ...]:
    """Returns the program as engines compute it that make some operations of others; those that differ from it."""
    if program.uses.isdisjoint(MADE):
        return ()
    ways = ((forms, neg, quotient) for forms in (_ALL, ("left",)) for neg in (False, True) for quotient in (True, False))
    found = {_remade(program, forms, neg, quotient): None for forms, neg, quotient in ways}
    found.pop(program, None)
    return (*found,)


_ALL = ("values", "left", "right")


def _remade(program: Program, forms: Collection[str], neg: bool, quotient: bool) -> Program:
    return Program(program.leaves, tuple(new for line in program.lines for new in _line(line, forms, neg, quotient)))


def _line(line: Line, forms: Collection[str], neg: bool, quotient: bool) -> Iterator[Line]:
    name, op, arguments = line
    inner = f"{name}'"
    if op not in MADE or (op == "/" and not quotient) or (op != "neg" and form_of(arguments) not in forms):
        yield line
    elif op == "neg":
        yield line if neg else (name, "*", (arguments[0], -1.0))
    else:
        x, y = arguments
        sign = "+" if op == "-" else "*"
        if isinstance(y, str):
            yield (inner, "**", (y, -1.0)) if op == "/" else (inner, "neg", (y,)) if neg else (inner, "*", (y, -1.0))
            yield name, sign, (x, inner) if isinstance(x, str) else (inner, x)
        else:
            yield name, sign, (x, -y if op == "-" else 1 / y)
