"""Derivatives checked: each beside a central difference, with an estimate of that one's error, and a verdict.

>>> def f(x, y):
...     return x * x * y + y + 2
>>> check = gradcheck(f, 3, 4)
>>> bool(check), [row.verdict for row in check]
(True, ['agrees', 'agrees'])
>>> from chalkgrad.engine import operation
>>> cube = operation("cube", lambda x: x**3, lambda x: x**2)      # a factor is missing
>>> check = gradcheck(cube, 2.0)
>>> print(check.notes[-1])
∂cube/∂x = x² = 4 is wrong: 12 was measured, which is 3 times it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalkgrad.engine.checking import GradCheck


def gradcheck(f: Any, *x: Any, order: int = 1, seed: int = 0, tolerance: float = 1e-7) -> GradCheck:
    """Returns a table of derivatives beside central differences, each with a verdict; it is true if none is wrong.

    `gradcheck(f, 3.0, 4.0)` checks a function at a point, of which an argument may be a list; `gradcheck(L)` a Value by all
    its leaves, and `gradcheck(L, w, b)` or `gradcheck(L, model)` by those given. No value and no grad is changed.

    Differences are extrapolated (Richardson), and taken at the steps at which the estimate of their error is least. Where
    operations take another branch within the step, there is a kink: the steps get smaller, or else the slopes on both sides
    are told. Of more than 40 inputs random directions are checked, in which every input has a part.

    Args:
        f: a function of Values that returns one, an operation of one's own, or a Value
        x: the point, or for a Value the leaves to check by
        order: 2 checks the second derivatives, too
        seed: of the random directions
        tolerance: how far from what was measured a derivative may be, relatively, beyond four times the estimated error

    Raises TypeError for what is no function or Value and for arguments that are no numbers, ValueError for values that
    cannot be moved, NonFiniteError where a derivative is not finite. Source: see differences.py.

    >>> from chalkgrad.engine import Value
    >>> L = Value(2.0, "w") * 3.0
    >>> print(gradcheck(L))
     by │ derivative │ central difference │ its error │ difference │ verdict
    ────┼────────────┼────────────────────┼───────────┼────────────┼─────────
     w  │ 3          │ 3                  │ 1.3e-13   │ 0          │ agrees
    the derivative of L agrees with what was measured
    """
    from chalkgrad.engine.checking import checked  # slow to import, and needed here alone

    return checked(f, x, order, seed, tolerance)
