"""A derivative as an expression: what one would write down on a blackboard, put in order enough to be read.

>>> from chalkgrad.engine import Value
>>> x, y = Value(3.0, "x"), Value(4.0, "y")
>>> f = x**2 * y + y + 2
>>> f.label = "f"
>>> derivative_expression(f, x)
∂f/∂x = 2·x·y = 24
>>> derivative_expression(f, x, order=2)
∂²f/∂x² = 2·y = 8

The expression is made of the table's local derivatives as they are shown (1 - tanh²x); its value is computed from the
accurate ones beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalkgrad.engine.expressions import DerivativeExpression
    from chalkgrad.engine.value import Value


def derivative_expression(
    y: Value, x: Value, order: int = 1, *, in_terms_of: str = "leaves", limit: int = 300
) -> DerivativeExpression:
    """Returns ∂y/∂x as an expression, with like terms and factors collected: `print` it, or take its `latex()`.

    It is written with the local derivatives that the table shows, in terms of the leaves; an x that is computed counts as
    one. Kinks stand in it with "if". Its `value` is that of the sweep, to rounding.

    Args:
        y, x: two Values
        order: how many times to differentiate by x
        in_terms_of: "leaves", or "nodes", which leaves values that have been computed by their names, and names
            derivatives that are used several times: then the expression grows as the graph does
        limit: the most operations that it may have

    Raises TypeError for what are no Values, ValueError for unknown options and for expressions beyond the limit,
    StaleGraphError where a value has changed since, NonFiniteError where the derivative is not finite.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c, d = a + b, b + 1
    >>> e = c * d
    >>> derivative_expression(e, b)
    ∂e/∂b = 2·b + a + 1 = 5
    >>> derivative_expression(e, b, in_terms_of="nodes")
    ∂e/∂b = d + c = 5
    where c = a + b
    where d = b + 1
    """
    from chalkgrad.engine.expressions import expressed  # slow to import, and needed here alone

    return expressed(y, x, order, in_terms_of, limit)
