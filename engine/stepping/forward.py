"""The forward pass, step by step: it computes the values and the local derivatives.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> for step in e.steps(forward=True):
...     print(step)
1/3   a = 2
2/3   b = -3
3/3   e = a·b = 2 · (-3) = -6
      ∂e/∂a = b = -3, ∂e/∂b = a = 2
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.stepping.cursor import Moves
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.language import section


class ForwardStep:
    """One value of the forward pass, as data; `str(step)` is its sentence."""

    __slots__ = ("index", "node", "tape")

    def __init__(self, tape: Tape, index: int) -> None:
        self.tape, self.index, self.node = tape, index, tape[index]

    def __str__(self) -> str:
        return printable(say(self))

    def __repr__(self) -> str:
        return str(self)


class ForwardPass(Moves[ForwardStep]):
    """The tape from its first value to its last, as a sequence, and a cursor in it, which changes nothing.

    `step(n)`, `back(n)`, `run()`, `run_to(value)`, `goto(i)` and `reset()` move the cursor and return the step it is at.
    """

    _first = "value"

    def __init__(self, root: Value) -> None:
        self.tape = Tape([root])
        refuse_stale(self.tape.nodes)
        self._position = -1  # before the first value

    @property
    def position(self) -> int:
        """The index where the cursor stands; -1 before the first value."""
        return self._position

    @overload
    def __getitem__(self, index: int) -> ForwardStep: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ForwardStep]: ...
    def __getitem__(self, index: Any) -> Any:
        positions = self._positions(index)
        return (
            ForwardStep(self.tape, positions) if isinstance(positions, int) else [ForwardStep(self.tape, i) for i in positions]
        )

    def __len__(self) -> int:
        return len(self.tape)

    def goto(self, position: int) -> ForwardStep:
        """Goes to a position; raises IndexError if it does not exist."""
        self._position = self._positions(position)
        return self[self._position]

    def run_to(self, value: Value) -> ForwardStep:
        """Goes to a value."""
        return self.goto(self.tape.index(value))

    def reset(self) -> ForwardStep:
        """Goes to the first value."""
        return self.goto(0)

    def __repr__(self) -> str:
        name = self.tape.names[self.tape.roots[0]]
        return printable(section("shown as").form("forward pass", len(self)).format(root=name, count=len(self)))
