"""What the habits of other libraries ask of a Value: NumPy on the left of an operator, micrograd's names for its parts.

A mixin without slots, so that a node is no larger for it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.say import say

_NUMPY_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "negative": operator.neg,
    "positive": operator.pos,
    "absolute": operator.abs,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.is_,  # equality is identity
    "not_equal": operator.is_not,
}


class MicrogradSymbol(NamedTuple):
    """A fact: a node's operation, to be spelled as micrograd spells it."""

    node: Any


class Foreign:
    """What a Value has for the people of other libraries."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        # NumPy asks here when it stands on the left: np.float64(2) * v.
        name = ufunc.__name__
        if any(getattr(x, "ndim", 0) for x in inputs):
            raise TypeError("a Value is a single number, and this is an array: go through it, as in [v * x for x in xs]")
        if name not in _NUMPY_OPERATORS or method != "__call__" or options:
            raise TypeError(f"np.{name} would drop the gradient: use chalkgrad's own function, or v.data for the number")
        return _NUMPY_OPERATORS[name](*(x if isinstance(x, Foreign) else to_float(x, name) for x in inputs))

    @property
    def _prev(self) -> set[Any]:  # micrograd's name for the parents, which its users' drawing code reads
        return set(self.parents)  # type: ignore[attr-defined] # a Value's

    @property
    def _op(self) -> str:  # micrograd's name for the operation
        return say(MicrogradSymbol(self))
