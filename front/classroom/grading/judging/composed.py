"""Operations that an engine may make of others, as micrograd makes a - b of a + b·(-1), and a/b of a·b⁻¹.

>>> program = Program((("a", 2.0),), (("y", "-", (3.0, "a")),))
>>> for other in remade(program):
...     print(other)
y' = a * -1; y = y' + 3  at a = 2
y' = a * -1; y = 3 + y'  at a = 2
y' = -a; y = y' + 3  at a = 2
y' = -a; y = 3 + y'  at a = 2
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from chalkgrad.classroom.grading.program import Line, Program, form_of

MADE = ("-", "/", "neg")  # what may be made of others
ALWAYS = ("+", "*")  # what every engine has


@lru_cache(4000)
def remade(program: Program) -> tuple[Program, ...]:
    """Returns the program as engines compute it that make some operations of others; those that differ from it."""
    if program.uses.isdisjoint(MADE):
        return ()
    ways = product((_ALL, ("left",)), (False, True), (True, False), (True, False))
    found = {_remade(program, Way(*way)): None for way in ways}
    found.pop(program, None)
    return (*found,)


_ALL = ("values", "left", "right")


class Way(NamedTuple):
    """How an engine makes operations of others: in which forms, with a negative for -1·b, quotients too, 2 + a as a + 2."""

    forms: Collection[str]
    neg: bool
    quotient: bool
    reflected: bool


def _remade(program: Program, way: Way) -> Program:
    return Program(program.leaves, tuple(new for line in program.lines for new in _line(line, way)))


def _line(line: Line, way: Way) -> Iterator[Line]:
    name, op, arguments = line
    inner = f"{name}'"
    if op not in MADE or (op == "/" and not way.quotient) or (op != "neg" and form_of(arguments) not in way.forms):
        yield line
    elif op == "neg":
        yield line if way.neg else (name, "*", (arguments[0], -1.0))
    else:
        x, y = arguments
        sign = "+" if op == "-" else "*"
        if isinstance(y, str):
            yield (inner, "**", (y, -1.0)) if op == "/" else (inner, "neg", (y,)) if way.neg else (inner, "*", (y, -1.0))
            yield name, sign, (x, inner) if isinstance(x, str) or not way.reflected else (inner, x)
        else:
            yield name, sign, (x, -y if op == "-" else 1 / y)


def made(program: Program) -> tuple[Program, ...]:
    """Returns what `remade` does, and the same with a leaf for a number on the left, as where 2 - a is Value(2) + (-a).

    >>> print(made(Program((("a", 2.0),), (("y", "-", (3.0, "a")),)))[-1])
    y' = -a; y = y:0 + y'  at a = 2, y:0 = 3
    """
    found = remade(program)
    return (*found, *(dict.fromkeys(other for one in found if (other := _with_leaf(one)) != one)))


def _with_leaf(program: Program) -> Program:
    lines, leaves = [*program.lines], [*program.leaves]
    for i, (name, op, (x, *rest)) in enumerate(program.lines):
        if op in ALWAYS and not isinstance(x, str):
            lines[i] = name, op, (f"{name}:0", *rest)
            leaves.append((f"{name}:0", x))
    return Program(tuple(leaves), tuple(lines))


@lru_cache(4000)
def numbered(program: Program) -> tuple[Program, ...]:
    """Returns the program with a leaf for each plain number, as engines see it; some compute 2 + a as a + 2, or 2/a of a⁻¹.

    >>> for other in numbered(Program((("a", 2.0),), (("y", "+", (3.0, "a")),))):
    ...     print(other)
    y = y:0 + a  at a = 2, y:0 = 3
    y = a + y:0  at a = 2, y:0 = 3
    y = 3 + a  at a = 2
    """
    found = (_numbered(program, reflected, kept) for reflected, kept in ((False, False), (True, False), (False, True)))
    return (*dict.fromkeys(found),)


def _numbered(program: Program, reflected: bool, kept: bool) -> Program:
    leaves, lines = [*program.leaves], []
    for name, op, arguments in program.lines:
        named = arguments
        if not kept or form_of(arguments) != "left":
            named = tuple(x if isinstance(x, str) else f"{name}:{place}" for place, x in enumerate(arguments))
            leaves += [(str(new), x) for new, x in zip(named, arguments, strict=True) if not isinstance(x, str)]
            if reflected and op in "+*" and form_of(arguments) == "left":
                named = named[::-1]
        lines.append((name, op, named))
    return Program(tuple(leaves), tuple(lines))
