"""A derivative, measured: the change of the output when an input moves a little, beside the result of the chain rule.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> y = x * x
>>> print(nudge(y, x))
x: 3 → 3.001 moves y: 9 → 9.006001
measured     (y(x + h) - y(x))/h = (9.006001 - 9)/0.001 = 6.001
derivative   ∂y/∂x = 6
difference   0.001
∂y/∂x is a sensitivity, not a share of y: gradients need not add up to anything
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import overload

from chalkgrad.engine.basics.arguments_of_others import CALLS, answering
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.explaining.chain import chain_rule, values_of
from chalkgrad.engine.explaining.links import names_with
from chalkgrad.engine.explaining.written_paths import Shown
from chalkgrad.engine.formulas.trees import Constant
from chalkgrad.engine.recording.replay import Replay
from chalkgrad.engine.stepping.mirrors import refuse_unknown
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import PLAIN, expression, number
from chalkgrad.engine.words.language import apart, section
from chalkgrad.engine.words.names import names_of, own_name
from chalkgrad.engine.words.placeholders import placeholders_of
from chalkgrad.engine.words.printer import LaTeX, Plain, Printer, printer_for
from chalkgrad.engine.words.slides import aligned_equations, rows_of
from chalkgrad.engine.words.tables import Tabular
from chalkgrad.engine.words.tex import document

NUDGE_TEMPLATES = section("nudge")


class Nudge(Shown):
    """A measured slope beside the derivative: `measured`, `derivative` and their `difference`; `print` it.

    `x` was moved by `h`, and with it `y` from `before` to `after`. `turning` are the operations that have taken another branch.
    """

    def __init__(
        self, nodes: Sequence[Value], x: Value, h: float, after: float, derivative: float, turning: Sequence[Value] = ()
    ) -> None:
        self.turning = tuple(turning)
        self.y, self.x, self.h, self._nodes, self._x_before = nodes[-1], x, h, nodes, x.data
        self.before, self.after = self.y.data, after
        self.measured = (after - self.before) / h
        self.derivative = derivative
        self.difference = self.measured - derivative

    @cached_property
    def _names(self) -> Mapping[Value, str]:
        return names_with(self._nodes, self.x)

    def _parts(self, write: Printer) -> dict[str, str]:
        """The numbers with as many digits as show their change."""
        digits = digits_of_difference(self.before, self.after)
        x_digits = digits_of_difference(self._x_before, self._x_before + self.h)
        alike = digits_of_difference(self.derivative, self.measured, 1, 8)
        return {
            "x_before": write.number(self._x_before, x_digits),
            "x_after": write.number(self._x_before + self.h, x_digits),
            "y_before": write.number(self.before, digits),
            "y_after": write.number(self.after, digits),
            "lowered": write.factor(self.before, digits),
            "h": write.number(self.h),
            "divisor": write.factor(self.h),
            "measured": write.number(self.measured, alike),
            "derivative": write.number(self.derivative, alike),
            "difference": write.number(self.difference),
        }

    def text(self) -> str:
        """Returns the effect of the nudge, the slope measured, the derivative, their difference, and what that is not."""
        write = Plain(self._names)
        parts = self._parts(write)
        y, x = write.operand(self._names[self.y]), write.operand(self._names[self.x])
        slope = f"({parts['y_after']} - {parts['lowered']})/{parts['divisor']}"
        rows = {
            "measured": f"({y}({x} + h) - {y}({x}))/h = {slope} = {parts['measured']}",
            "derivative": f"{write.adjoint(self.y, self.x)} = {parts['derivative']}",
            "difference": parts["difference"],
        }
        width = max(columns(NUDGE_TEMPLATES[name]) for name in rows)
        lines = [NUDGE_TEMPLATES["nudge"].format(y=y, x=x, **parts)]
        lines += self.held(parts["x_after"])
        for name, row in rows.items():
            title = NUDGE_TEMPLATES[name]
            lines.append(title + " " * (width - columns(title) + 3) + apart(row))
        return "\n".join([*lines, *self.kinks(), self.meaning()])

    def kinks(self) -> list[str]:
        """Returns the line that tells of a kink or a jump between x and x + h, if there is one."""
        if not self.turning:
            return []
        first, count = self.turning[0], len(self.turning)
        digits = digits_of_difference(self._x_before, self._x_before + self.h)
        return [
            NUDGE_TEMPLATES.form("jump" if all(map(_jumps, self.turning)) else "kink", count).format(
                written=PLAIN.operand(self._names[first]) if own_name(first) else expression(first, self._names),
                more=count - 1,
                x=PLAIN.operand(self._names[self.x]),
                before=number(self._x_before, digits),
                after=number(self._x_before + self.h, digits),
            )
        ]

    def held(self, value: str) -> list[str]:
        """Returns the line that tells at which value x is held, if it is computed and something comes after it."""
        if self.x._x is None or self.x is self.y:
            return []
        written = f"{PLAIN.called(self._names[self.x])} = {expression(self.x, self._names)}"
        return [NUDGE_TEMPLATES["held"].format(written=written, value=value)]

    def meaning(self) -> str:
        """Returns the line that tells what the derivative is, and what it is often taken for."""
        write = Plain(self._names)
        y, x = write.operand(self._names[self.y]), write.operand(self._names[self.x])
        kind = "seed" if self.x is self.y else "sensitivity" if self.x._x is None else "sensitivity of inner"
        return NUDGE_TEMPLATES[kind].format(partial=write.adjoint(self.y, self.x), y=y, x=x)

    def latex(self) -> str:
        r"""Returns the measured slope and the derivative, a formula that goes between \[ and \], for the package amsmath."""
        return document(self._formula())

    def _formula(self) -> str:
        write = LaTeX(self._names)
        parts = self._parts(write)
        y, x = write.name(self.y), write.name(self.x)
        quotient = rf"\frac{{{y}({x} + h) - {y}({x})}}{{h}}"
        numbers = rf"\frac{{{parts['y_after']} - {parts['lowered']}}}{{{parts['h']}}}"
        equations = f"{quotient} = {numbers} = {parts['measured']}", f"{write.adjoint(self.y, self.x)} = {parts['derivative']}"
        return aligned_equations([row for equation in equations for row in rows_of(equation)])


def digits_of_difference(before: float, after: float, visible: int = 4, most: int = 17) -> int:
    """Returns the number of significant digits that show the difference of two numbers, to `visible` digits of its own."""
    placeholders = placeholders_of(before, after)
    if placeholders is not None:
        return placeholders.digits(before, after, visible, most)
    size, change = max(abs(before), abs(after)), abs(after - before)
    if not 0 < change < math.inf or not size / change < math.inf:
        return 4
    return min(most, max(4, math.ceil(math.log10(size / change)) + visible))


class Nudges(Tabular, Sequence[Nudge]):
    """Nudges of one value by several h, in the order given: a table, with a row for each."""

    def __init__(self, nudges: Sequence[Nudge]) -> None:
        self._nudges = tuple(nudges)

    @overload
    def __getitem__(self, index: int) -> Nudge: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Nudge]: ...
    def __getitem__(self, index: int | slice) -> Nudge | Sequence[Nudge]:
        return self._nudges[index]

    def __len__(self) -> int:
        return len(self._nudges)

    def cells(self, medium: str) -> list[list[str]]:
        """Returns the headings and a row for each h: y there, the slope measured, and its difference from the derivative."""
        first = self[0]
        write = printer_for(medium, first._names)
        y, x = write.operand(first._names[first.y]), write.operand(first._names[first.x])
        heads = [write.math(text) for text in ("h", f"{y}({x} + h)", f"({y}({x} + h) - {y}({x}))/h")]
        rows = []
        for one in self:
            parts = one._parts(write)
            rows.append([write.math(parts[key]) for key in ("h", "y_after", "measured", "difference")])
        return [[*heads, write.text(NUDGE_TEMPLATES["difference"])], *rows]

    def below(self) -> Sequence[str]:
        """Returns the lines under the table: the derivative, and what it is often taken for."""
        first = self[0]
        write = Plain(first._names)
        equation = f"{write.adjoint(first.y, first.x)} = {write.number(first.derivative)}"
        derivative = f"{NUDGE_TEMPLATES['derivative']}   {apart(equation)}"
        at = f"{write.operand(first._names[first.x])} + h"
        kinks = next(filter(None, (one.kinks() for one in self)), [])
        return [derivative, *first.held(at), *kinks, first.meaning()]


@overload
def nudge(y: Value, x: Value | str, h: float = ...) -> Nudge: ...
@overload
def nudge(y: Value, x: Value | str, h: Sequence[float]) -> Nudges: ...
@answering(*CALLS["nudge"])
def nudge(y: Value, x: Value | str, h: float | Sequence[float] = 0.001) -> Nudge | Nudges:
    """Returns the slope (y(x + h) - y(x))/h, measured by computing y anew with x moved by h, beside the derivative ∂y/∂x.

    Nothing in the graph is changed. x is a leaf that takes a gradient, or a computed value, or the name of one. A computed
    value is held at x + h, whatever its parents are, and everything after it is computed anew. Where an operation has a kink
    between x and x + h, that is said. Of several h, in a list, the slopes are returned as a table.

    Raises ValueError if x is constant, h is 0 or too small to move x, or an operation of another engine is not known;
    StaleGraphError if a value has changed since; NonFiniteError if the derivative is not finite; and the errors of the
    operations if y is not defined at x + h.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c = a + b
    >>> e = c * (b + 1)
    >>> print(nudge(e, c))
    c: 3 → 3.001 moves e: 6 → 6.002
    c = a + b is held at 3.001, and everything after it is computed anew
    measured     (e(c + h) - e(c))/h = (6.002 - 6)/0.001 = 2
    derivative   ∂e/∂c = 2
    difference   -2.203e-13
    ∂e/∂c is how fast e moves with c: not a target for c, and not a share of e
    >>> print(nudge(e, b, [1, 0.1, 0.01]))
     h    │ e(b + h) │ (e(b + h) - e(b))/h │ difference
    ──────┼──────────┼─────────────────────┼────────────
     1    │ 12       │ 6                   │ 1
     0.1  │ 6.51     │ 5.1                 │ 0.1
     0.01 │ 6.0501   │ 5.01                │ 0.01
    derivative   ∂e/∂b = 5
    ∂e/∂b is a sensitivity, not a share of e: gradients need not add up to anything
    """
    y, x = values_of("nudge", y, x)
    several = isinstance(h, Sequence) and not isinstance(h, str)
    sizes = [to_float(size, "h") for size in (h if several else [h])]  # type: ignore[union-attr] # as tested
    if not sizes:
        raise ValueError(
            "nudge(y, x, h) takes a number for h, or a list of them, such as [0.1, 0.01], and was given an empty one"
        )
    nodes = order([y])
    if y is not x and y in (after := order([x])):
        names = names_of(after)
        raise ValueError(
            f"a nudge of {names[x]} does not move {names[y]}, which it is computed from: nudge({names[x]}, {names[y]})"
        )
    for size in sizes:
        if x.constant or x.data + size == x.data:
            raise ValueError(_unmovable(nodes, x, size))
    refuse_unknown(nodes, "a nudge")
    derivative, replay = chain_rule(y, x, limit=1).value, Replay(y)
    found = [
        Nudge(nodes, x, size, replay.value_at(to), derivative, replay.turning(to))
        for size in sizes
        for to in [{x: x.data + size}]
    ]
    return Nudges(found) if several else found[0]


def _jumps(node: Value) -> bool:
    """Whether a node has the same derivative on both sides of where it turns, as a step has."""
    return node.op is not None and all(isinstance(partial, Constant) for partial in node.op.partials)


def _unmovable(nodes: Sequence[Value], x: Value, h: float) -> str:
    """Says why x cannot be nudged by h."""
    names = names_of(order([nodes[-1], x]))
    if x.constant:
        return f"{names[x]} is a constant, which takes no gradient: nudge another value"
    larger = number(max(0.001, 1e-6 * abs(x.data)))
    return f"h = {number(h)} does not move {names[x]} = {number(x.data)}: take a larger h, such as {larger}"
