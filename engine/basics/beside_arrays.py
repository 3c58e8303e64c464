"""A Value beside NumPy's numbers and arrays: what an operator or a function of NumPy does with it.

`AskedByNumPy` is what NumPy finds when it looks for `__array_ufunc__`, `elementwise` applies an operation to arrays. NumPy is
imported only where there is an array already.

Of two arrays of Values NumPy's maximum and minimum compare, and keep one of each pair: no operation is recorded, so that at a
tie the first has the whole gradient, where chalkgrad's own maximum gives each 0.5.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from opcode import opmap
from sys import _getframe
from types import CodeType
from typing import Any

from chalkgrad.engine.basics.calls import UseInCode, used_in
from chalkgrad.engine.basics.tracebacks import hidden

_OPERATOR, _COMPARISON = opmap["BINARY_OP"], opmap["COMPARE_OP"]
_SIGNS = frozenset({0, 5, 8, 10, 11})  # the arguments of BINARY_OP that stand for + * ** - /, not for += and its like
_CHOOSING = ("clip", "maximum", "minimum", "fmax", "fmin")  # NumPy's functions that give one of their arguments


class AskedByNumPy:
    """Answers NumPy, which looks up `Value.__array_ufunc__`: None where an operator stands, else what is to be called.

    None makes NumPy leave `np.float64(2) * v` to `v.__rmul__` at once, which takes a fifth of the time that its own way
    through a ufunc takes. But None alone would refuse `np.exp(v)`. Both answers lead to the same result, so that nothing but
    time depends on what is read from the frame.
    """

    __slots__ = ("function", "operator")

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.operator: tuple[CodeType | None, int] = None, 0  # where one stood the last time, as a loop comes there again

    def __get__(self, node: object, owner: type) -> Callable[..., Any] | None:
        if node is not None:
            return None  # code in Python asks the object, as masked arrays do, before they leave an operator to it
        frame = _getframe(1)  # of the code in which NumPy has been called: NumPy's own has none
        code, at = self.operator
        if frame.f_code is code and frame.f_lasti == at:
            return None
        code, at = frame.f_code, frame.f_lasti
        if code.co_code[at] != _OPERATOR or code.co_code[at + 1] not in _SIGNS:
            return self.function
        self.operator = code, at
        return None


def is_array(x: object) -> bool:
    """Returns whether this is an array, a Series or a table, of one or more dimensions."""
    return bool(getattr(x, "ndim", 0))


def elementwise(function: Callable[..., Any], arguments: Sequence[Any]) -> Any:
    """Returns the array of the results of a function of single numbers, for arrays and single arguments beside each other."""
    import numpy

    return numpy.frompyfunc(function, len(arguments), 1)(*[x if is_array(x) else _alone(x) for x in arguments])


def _alone(x: Any) -> Any:
    """An array without dimensions that holds the object: NumPy does not ask that about `__array_ufunc__` again."""
    import numpy

    box = numpy.empty((), dtype=object)
    box[()] = x
    return box


def refuse_cut(number: object) -> None:
    """Raises TypeError if NumPy compares a Value with a number in order to put one of both into an array.

    np.maximum(values, 0) asks its objects for >= and keeps one of them as it is: where it is the number, nothing is recorded,
    and a sweep does not come to what stood there. No frame is NumPy's; that of its caller stands at the call of np.maximum.
    """
    if "numpy" not in sys.modules:
        return
    frame = _getframe(3)
    code = frame.f_code
    if code.co_code[frame.f_lasti] == _COMPARISON:
        return
    name = _choosing(used_in(frame), code.co_names)
    if name:
        ours = "minimum" if name in ("minimum", "fmin") else "maximum"
        raise hidden(
            TypeError(
                f"np.{name} of an array of Values and the number {number} would keep the number as it is, so that nothing is "
                f"recorded there: write [{ours}(v, {number}) for v in values], with chalkgrad's {ours}"
            )
        ) from None  # np.clip tries once more when it has met a TypeError, and would show this one twice


def _choosing(use: UseInCode, names: Sequence[str]) -> str:
    """Returns which of NumPy's functions that choose is called, under its own name, another, or as np.maximum.reduce is.

    Where Python keeps no positions in the code, it is the first of them that the code mentions.
    """
    called = [str(getattr(use.held, "__name__", "")), use.name, use.of] if use.name else names
    return next((name for name in called if name in _CHOOSING), "")
