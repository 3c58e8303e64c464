"""Conversion of numbers of any kind to floats, and the error messages for everything else.

>>> from fractions import Fraction
>>> to_float(Fraction(1, 2)), to_float(True)
(0.5, 1.0)
"""

from __future__ import annotations

from typing import Any

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.beside_arrays import is_array
from chalkgrad.engine.basics.tracebacks import ends_traceback, hidden
from chalkgrad.engine.errors import NonFiniteError

# The classes that recorders know at a glance, of numbers that float() takes as they are: NumPy's scalars, Fractions and
# Decimals join when the first of them is met.
NUMBERS: set[type] = {int, bool}


def to_float(x: Any, what: str = "a Value") -> float:
    """Returns a real number of any kind as a float: ints, bools, Fractions, NumPy's scalars.

    Raises TypeError, with a sentence about `what`, for anything else, ValueError for NaN and infinities, NonFiniteError for a
    number above the largest float.
    """
    if x.__class__ is float and x - x == 0.0:
        return x  # most numbers are finite floats already
    known = x.__class__ in NUMBERS
    if not known and _is_value(x):
        raise hidden(TypeError(f"{what} needs a plain number, and this is already a Value: use it as it is, or its .data"))
    try:
        if not known and not isinstance(x, (float, int)) and not _is_real(x):
            raise TypeError
        number = float(x)
    except OverflowError:
        raise NonFiniteError(f"{what} needs a number up to 1.798e308, the largest float, and this one is larger") from None
    except (TypeError, ValueError):
        raise hidden(TypeError(f"{what} needs a real number, not {kind_of(x)}; {_advice(x)}")) from None
    if not known:
        _meet(x.__class__)
    if number - number != 0.0 and not modes.current().propagate:
        bound = "" if number != number else f"as a bound or a mask write the plain number float('{number}'), which "
        bound += "comparisons, softmax and logsumexp take; " if bound else ""
        raise hidden(
            ValueError(
                f"{what} needs a finite number, not {number}; {bound}to compute with infinities and NaN, "
                'do so under `with nonfinite("propagate"):`'
            )
        )
    return number


@ends_traceback
def to_upstream(x: Any) -> float:
    """Returns an upstream gradient, the seed of a sweep, as a float. Raises what to_float raises."""
    return to_float(x, "an upstream gradient")


def kind_of(x: object) -> str:
    """Describes an argument of the wrong kind for an error message."""
    shown = repr(x)
    if x is None or _is_value(x):
        return shown
    return f"the {type(x).__name__} {shown if len(shown) <= 40 else shown[:37] + '...'}"


def is_list(x: object) -> bool:
    """Whether an argument stands for several numbers: a list, a tuple, a range, or an array of one or more dimensions."""
    return isinstance(x, (list, tuple, range)) or is_array(x)


def _is_value(x: object) -> bool:
    return hasattr(type(x), "_dx")  # not by its class, which imports this file


def _is_real(x: Any) -> bool:
    import numbers  # only unusual kinds of number come here

    kind = getattr(getattr(x, "dtype", None), "kind", "f")  # NumPy's: booleans, integers, unsigned, floats
    if isinstance(x, (str, bytes, numbers.Complex)) and not isinstance(x, numbers.Real):
        return False
    return hasattr(x, "__float__") and kind in ("b", "i", "u", "f") and not is_array(x)


def _meet(kind: type) -> None:
    """Notes a kind of number, unless it is one that means more than its number, or whose instances may be arrays."""
    if kind.__module__ in ("numpy", "fractions", "decimal", "_decimal") and not hasattr(kind, "__len__"):
        NUMBERS.add(kind)


def _advice(x: object) -> str:
    if isinstance(x, str):
        return "numbers given as text must be converted first: float(text)"
    if isinstance(x, complex):
        return "complex numbers have no order, so no slope to walk down"
    if is_list(x):
        return "make one Value per element: [Value(x) for x in xs]"
    return "ints, floats, Fractions and NumPy's scalars will do"
