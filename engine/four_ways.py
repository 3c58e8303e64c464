"""One function differentiated four ways: numerically, symbolically, in forward mode and in reverse mode.

>>> print(four_ways(lambda x, y: x * x * y + y + 2, 3, 4))
 way          │ ∂f/∂x    │ ∂f/∂y │ error │ operations │ counted
──────────────┼──────────┼───────┼───────┼────────────┼─────────────────────────────────────
 numerically  │ 24.00004 │ 10    │ 4e-5  │ 12         │ 3 evaluations of 4 operations
 symbolically │ 24       │ 10    │ 0     │ 4          │ operations in the expressions
 forward mode │ 24       │ 10    │ 0     │ 14         │ multiplications: 2 inputs × 7 edges
 reverse mode │ 24       │ 10    │ 0     │ 7          │ multiplications: 7 edges
f = 42 at x = 3, y = 4; the error is the largest difference from reverse mode
numerically: (f(x + h) - f(x))/h with h = 1e-5, for each input
symbolically: ∂f/∂x = 2·x·y
              ∂f/∂y = x² + 1

Source: Géron, Hands-On Machine Learning, appendix on automatic differentiation, whose example this is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalkgrad.engine.comparison import FourWays


def four_ways(f: Callable[..., Any], *x: Any, h: float = 1e-5) -> FourWays:
    """Returns the gradient of f at a point four ways, with what each takes, as a table.

    Numerically it is a difference quotient with step h; symbolically, the derivative as an expression; in forward mode, one
    sweep for each input; in reverse mode, one for all. Of the sweeps multiplications are counted, one on each edge (see
    `cost`), of the others the operations: those to evaluate f, and those that the expressions are written with.

    Args:
        f: a function of Values, or of lists of them, that returns one
        x: the point, a number or a list of numbers for each argument
        h: the step of the differences

    Raises TypeError for what is no function, for arguments that are no numbers and for results that are no Value,
    ValueError for an h that moves nothing, NonFiniteError where a derivative is not finite.

    >>> from chalkgrad.engine import sin
    >>> ways = four_ways(lambda t: sin(t) * t, 2.0)
    >>> ways.expressions[0].formula, ways.reverse.derivatives == ways.forward.derivatives
    ('t·cos(t) + sin(t)', True)
    """
    from chalkgrad.engine.comparison import compared  # slow to import, and needed here alone

    return compared(f, x, h)
