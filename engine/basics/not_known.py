"""A number that nobody knows, such as the local derivative of an operation that is not in the table: it is shown as `?`.

>>> unknown = NotKnown()
>>> print(2.0 * unknown + 3.0)
?
"""

from __future__ import annotations

import math


class NotKnown(float):
    """A number that is not known, as a NaN; what is computed from it is not known either. It equals only others of its kind.

    >>> NotKnown(), float(NotKnown())
    (not known, nan)
    """

    __slots__ = ()

    def __new__(cls) -> NotKnown:
        return super().__new__(cls, math.nan)

    def __reduce__(self) -> tuple[type[NotKnown], tuple[()]]:
        return NotKnown, ()

    def __str__(self) -> str:
        return "?"

    def __repr__(self) -> str:
        return "not known"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NotKnown)

    __hash__ = float.__hash__

    def __neg__(self) -> NotKnown:
        return self

    def _with(self, _: float) -> NotKnown:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _with
