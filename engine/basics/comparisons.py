"""A Value in comparisons and conditions: the number is what counts, and under recording() each comparison is noted.

Comparable is a mixin without slots, so that it does not make a node larger.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.beside_arrays import is_array, refuse_cut
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.tracebacks import hidden, shorten


class Untrue(NamedTuple):
    """A fact: the truth of a node was asked for, whose data is 0."""

    node: Any


class Comparable:
    """The comparisons of a Value with Values and numbers, and its truth.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0), Value(2.0)
    >>> a < 3, a == 2, a == b, a == a
    (True, True, False, True)
    """

    __slots__ = ()
    _data: float

    def __lt__(self, other: Any) -> bool:
        return self._data < _compared(self, "<", other)

    def __le__(self, other: Any) -> bool:
        return self._data <= _compared(self, "<=", other)

    def __gt__(self, other: Any) -> bool:
        return self._data > _compared(self, ">", other)

    def __ge__(self, other: Any) -> bool:
        return self._data >= _compared(self, ">=", other)

    # Two Values are equal if they are the same one, or sets and dicts could not keep them; a number is compared with data.
    def __eq__(self, other: object) -> bool:
        if isinstance(other, Comparable):
            return self is other
        if not hasattr(other, "__float__") or is_array(other):
            return NotImplemented
        return bool(other == other) and self._data == _compared(self, "==", other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        if _compared(self, "!=", 0.0) == self._data:
            raise hidden(TypeError(say(Untrue(self))))
        return True


def _compared(node: Comparable, sign: str, other: Any) -> float:
    """Returns the other side of a comparison as a number, which may be infinite, and notes the comparison under recording()."""
    if isinstance(other, Comparable):
        number = other._data
    elif isinstance(other, (float, int)) and other == other:
        if sign == ">=" or sign == "<=":
            try:
                refuse_cut(other)
            except Exception as error:
                shorten(error, innermost=False)
                raise
        number = other if other.__class__ is int else float(other)
    elif is_array(other):
        return _each(node, sign, other)  # type: ignore[no-any-return] # NumPy goes through it
    else:
        try:
            number = to_float(other, "a comparison with a Value")
        except Exception as error:
            shorten(error, innermost=False)
            raise
    comparisons = modes.current().comparisons
    if comparisons is not None:
        comparisons.append((node, sign, other))
    return number


def _each(node: Comparable, sign: str, others: Any) -> Any:
    """Returns an array as it is, for NumPy to go through, and notes the comparison with each of its elements."""
    comparisons = modes.current().comparisons
    if comparisons is not None:
        comparisons.extend([(node, sign, x) for x in getattr(others, "to_numpy", lambda: others)().ravel()])
    return others
