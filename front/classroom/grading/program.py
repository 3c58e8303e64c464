"""A graph as data: what a student's engine is asked to compute, and what the right engine makes of it.

>>> program = Program((("a", 2.0), ("b", -3.0)), (("c", "*", ("a", "b")), ("d", "+", ("c", "a"))))
>>> print(program)
c = a * b; d = c + a  at a = 2, b = -3
>>> program.right()["a"]
Number(data=2.0, grad=-2.0)
"""

from __future__ import annotations

from typing import NamedTuple


class Number(NamedTuple):
    """The value and the gradient of a node; None for what an engine does not have."""

    data: float | None
    grad: float | None


class Program(NamedTuple):
    """A graph as data; its last line is its root.

    Attributes:
        leaves: names and values
        lines: a name, an operation and its arguments: names, or numbers as they are in `2 - a`. An operation is a sign of
            Python (+ - * / **), "neg", or the name of a function of the engine's table, such as "tanh"
    """

    leaves: tuple[tuple[str, float], ...]
    lines: tuple[tuple[str, str, tuple[str | float, ...]], ...]
