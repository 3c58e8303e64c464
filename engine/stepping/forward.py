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
from typing import TYPE_CHECKING, Any, overload

from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.stepping.cursor import Moves, Said
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import name_of
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import known_notation
from chalkgrad.engine.words.names import value_of
from chalkgrad.engine.words.slides import Limit

if TYPE_CHECKING:  # for table() and ask(), which import them when called
    from chalkgrad.engine.stepping.answers import Verdict
    from chalkgrad.engine.stepping.marked import MarkedTable


class ForwardStep(Said):
    """One value of the forward pass, as data; `str(step)` is its sentence."""

    __slots__ = ("index", "node", "notation", "tape")

    def __init__(self, tape: Tape, index: int, notation: str | None = None) -> None:
        super().__init__()
        self.tape, self.index, self.node, self.notation = tape, index, tape[index], notation

    def latex(self, digits: int = 4) -> str:
        r"""Returns the step's equations, a formula that goes between \[ and \], for documents with the package amsmath."""
        from chalkgrad.engine.stepping.equations import latex_of_forward_step

        return latex_of_forward_step(self, digits)


class ForwardPass(Moves[ForwardStep]):
    """The forward pass as a sequence of steps, one value each, and a cursor in it, which changes nothing:

    step(n)         goes n steps forward, 1 if none is given
    back(n)         goes n steps back
    run()           goes to the end
    run_to(value)   goes to a value: run_to(c), run_to("c")
    goto(i)         goes to position i, the first value being 0
    reset()         goes to the first value
    ask(answer)     asks for the next value before it is shown, and judges the answer
    table()         the values and local derivatives so far, the row at the cursor marked
    current, position, done     the step at the cursor, its number, whether it is the last

    Each movement returns the step it comes to; `print(steps)` shows all.
    """

    _first = "value"

    def __init__(self, root: Value, notation: str | None = None) -> None:
        self.notation = None if notation is None else known_notation(notation)
        self.tape = Tape([root])
        refuse_stale(self.tape.nodes)
        self._position = -1  # before the first value

    @property
    def position(self) -> int:
        """The index where the cursor stands; -1 before the first value."""
        return self._position

    @property
    def root(self) -> Value:
        """The value that the pass ends with."""
        return self.tape.roots[0]

    @overload
    def __getitem__(self, index: int) -> ForwardStep: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[ForwardStep]: ...
    @short_traceback
    def __getitem__(self, index: Any) -> Any:
        return self._some(index, lambda i: ForwardStep(self.tape, i, self.notation))

    def __len__(self) -> int:
        return len(self.tape)

    @short_traceback
    def run_to(self, value: Value | str) -> ForwardStep:
        """Goes to a value, given itself or by its name: run_to(c), run_to("c"), run_to("v5").

        Raises ValueError if the pass does not come to it.
        """
        value = value_of(value, self.tape.names)
        if value not in self.tape.names:
            raise ValueError(f"{self.tape.names[self.root]} is not computed from {name_of(value)}: the pass does not go there")
        return self.goto(self.tape.index(value))

    @short_traceback
    def ask(self, answer: float | str | None = None) -> Verdict:
        """Returns the question for the next value that is computed, or, given an answer to it, the verdict.

        A right answer, rounded or not, goes to that value. For a wrong one the verdict names the slip that explains it, if any.
        It may be typed with the names of values that are known, such as "a·b".

        >>> from chalkgrad.engine import Value
        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> e = a * b
        >>> steps = e.steps(forward=True)
        >>> steps.ask()
        3/3   e = a·b = 2 · (-3) = ?
        >>> steps.ask(-1)
        no: -1 is a + b; e is a·b
        >>> steps.ask(-6)
        right: e = a·b = 2 · (-3) = -6
        """
        from chalkgrad.engine.stepping.answers import ask_forward

        return ask_forward(self, answer)

    def latex(self, limit: Limit = "slide", digits: int = 4) -> str:
        r"""Returns a line for each value, a formula that goes between \[ and \], for documents with the package amsmath.

        Of many steps as many are written as fit a slide, the first and the last; or so many as `limit` says, with None all.
        """
        from chalkgrad.engine.stepping.equations import latex_of_pass

        return latex_of_pass(self, limit, digits)

    def table(self, *, notation: str | None = None, digits: int = 4, limit: int | None = None) -> MarkedTable:
        """Returns the trace as far as the pass has come, the row at the cursor marked; the options are those of Steps.table.

        >>> from chalkgrad.engine import Value
        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> e = a * b
        >>> steps = e.steps(forward=True)
        >>> _ = steps.step(2)
        >>> steps.table()
           v │ expression │ value │ local derivatives │ gradient
        ─────┼────────────┼───────┼───────────────────┼──────────
           a │            │ 2     │                   │
         > b │            │ -3    │                   │
           e │ a·b        │       │                   │
        """
        from chalkgrad.engine.stepping.marked import table_of_pass

        return table_of_pass(self, notation or self.notation, digits, limit)

    _looks = ("table()",)
    _asks = ("ask()",)

    def _go(self, position: int) -> None:
        self._position = position

    def _options(self) -> Sequence[str]:
        return ["forward=True", *[f'notation="{self.notation}"'] * (self.notation is not None)]

    def _run_to(self) -> str:
        return f'run_to("{self.tape.names[self.root]}")'

    def _heading(self) -> str:
        texts = {"root": self.tape.names[self.root], "number": self.position + 1, "count": len(self)}
        return section("stepping")["forward pass" if self.position >= 0 else "before the forward pass"].format_map(texts)
