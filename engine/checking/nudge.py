"""A derivative, measured: the change of the output when an input moves a little, beside the result of the chain rule.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> y = x * x
>>> print(nudge(y, x))
x: 3 → 3.001 moves y: 9 → 9.006001
measured     (y(x + h) - y(x))/h = (9.006001 - 9)/0.001 = 6.001
derivative   ∂y/∂x = 6
difference   0.001
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.explaining.chain import Shown, aligned, chain_rule, names_with, values_of
from chalkgrad.engine.recording.replay import Replay
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import expression, number
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import names_of
from chalkgrad.engine.words.placeholders import placeholders_of
from chalkgrad.engine.words.printer import LaTeX, Plain, Printer

NUDGE_TEMPLATES = section("nudge")


class Nudge(Shown):
    """A measured slope beside the derivative: `measured`, `derivative` and their `difference`; `print` it."""

    def __init__(self, nodes: Sequence[Value], x: Value, h: float, after: float, derivative: float) -> None:
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
        """Returns the effect of the nudge, the slope measured, the derivative, and their difference."""
        write = Plain(self._names)
        parts = self._parts(write)
        y, x = write.operand(self._names[self.y]), write.operand(self._names[self.x])
        slope = f"({parts['y_after']} - {parts['lowered']})/{parts['divisor']}"
        rows = {
            "measured": f"({y}({x} + h) - {y}({x}))/h = {slope} = {parts['measured']}",
            "derivative": f"{write.partial(self.y, self.x)} = {parts['derivative']}",
            "difference": parts["difference"],
        }
        width = max(columns(NUDGE_TEMPLATES[name]) for name in rows)
        lines = [NUDGE_TEMPLATES["nudge"].format(y=y, x=x, **parts)]
        for name, row in rows.items():
            title = NUDGE_TEMPLATES[name]
            lines.append(title + " " * (width - columns(title) + 3) + row)
        return "\n".join(lines)

    def latex(self) -> str:
        """Returns the measured slope and the derivative as LaTeX, without dollar signs."""
        write = LaTeX(self._names)
        parts = self._parts(write)
        y, x = write.name(self.y), write.name(self.x)
        quotient = rf"\frac{{{y}({x} + h) - {y}({x})}}{{h}}"
        numbers = rf"\frac{{{parts['y_after']} - {parts['lowered']}}}{{{parts['h']}}}"
        return aligned(
            [f"{quotient} &= {numbers} = {parts['measured']}", f"{write.partial(self.y, self.x)} &= {parts['derivative']}"]
        )


def digits_of_difference(before: float, after: float, visible: int = 4, most: int = 17) -> int:
    """Returns the number of significant digits that show the difference of two numbers, to `visible` digits of its own."""
    placeholders = placeholders_of(before, after)
    if placeholders is not None:
        return placeholders.digits(before, after, visible, most)
    size, change = max(abs(before), abs(after)), abs(after - before)
    if not 0 < change < math.inf or not size / change < math.inf:
        return 4
    return min(most, max(4, math.ceil(math.log10(size / change)) + visible))


def nudge(y: Value, x: Value | str, h: float = 0.001) -> Nudge:
    """Returns the slope (y(x + h) - y(x))/h, measured by computing y anew with x moved by h, beside the derivative ∂y/∂x.

    Nothing in the graph is changed. x is a leaf that takes a gradient, or its name.

    Raises ValueError if x is computed or constant, or h is 0 or too small to move x, and the errors of the operations if y
    is not defined at x + h.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> L = a * a * b
    >>> print(nudge(L, a))
    a: 2 → 2.001 moves L: -12 → -12.012003
    measured     (L(a + h) - L(a))/h = (-12.012003 - (-12))/0.001 = -12.003
    derivative   ∂L/∂a = -12
    difference   -0.003
    """
    y, x = values_of("nudge", y, x)
    h = to_float(h, "h")
    nodes = order([y])
    if x._x is not None or x.constant or x.data + h == x.data:
        raise ValueError(_unmovable(nodes, x, h))
    derivative = chain_rule(y, x, limit=1).value
    return Nudge(nodes, x, h, Replay(y).at({x: x.data + h}).value, derivative)


def _unmovable(nodes: Sequence[Value], x: Value, h: float) -> str:
    """Says why x cannot be nudged by h."""
    names = names_of(order([nodes[-1], x]))
    if x.constant:
        return f"{names[x]} is a constant, which takes no gradient: nudge another leaf"
    if x._x is None:
        return f"h = {number(h)} does not move {names[x]} = {number(x.data)}: take a larger h, such as 0.001"
    leaves = [names[node] for node in order([x]) if node._x is None and not node.constant]
    advice = f", such as {leaves[0]}" if leaves else ""
    return f"{names[x]} = {expression(x, names)} is computed and cannot be moved by itself: nudge a leaf{advice}"
