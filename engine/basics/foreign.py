"""A Value among other libraries: NumPy on the left of an operator, math.exp(v), micrograd's names for its parts.

Foreign is a mixin without slots, so that it does not make a node larger.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from chalkgrad.engine.basics.notes import note
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.engine.errors import GradientWarning

_NUMPY_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "remainder": operator.mod,
    "floor_divide": operator.floordiv,
    "power": operator.pow,
    "negative": operator.neg,
    "positive": operator.pos,
    "absolute": operator.abs,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}


class MicrogradSymbol(NamedTuple):
    """A fact: somebody asks for a node's operation in micrograd's spelling."""

    node: Any


class Converted(NamedTuple):
    """A fact: something tried to turn a node into a plain number."""

    node: Any


class Rebound(NamedTuple):
    """A fact: `leaf -= number` has made a new node of a leaf. Nothing is said of it where that is meant."""

    leaf: Any
    sign: str


class Foreign:
    """The methods of a Value that other libraries call."""

    __slots__ = ()
    _x: Any

    def __iadd__(self, other: Any) -> Any:
        return self._added(other, "+") + other

    def __isub__(self, other: Any) -> Any:
        return self._added(other, "-") - other

    def _added(self, other: Any, sign: str) -> Foreign:
        if self._x is None and not isinstance(other, Foreign):
            text = say(Rebound(self, sign))
            if text:
                note(text, GradientWarning, "rebound")
        return self

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        # NumPy asks here when it stands on the left: np.float64(2) * v.
        name = ufunc.__name__
        if any(getattr(x, "ndim", 0) for x in inputs):
            raise TypeError("a Value is a single number, and this is an array: go through it, as in [v * x for x in xs]")
        if name not in _NUMPY_OPERATORS or method != "__call__" or options:
            raise TypeError(f"np.{name} would drop the gradient: use chalkgrad's own function, or v.data for the number")
        return _NUMPY_OPERATORS[name](*(x if isinstance(x, Foreign) else to_float(x, name) for x in inputs))

    def _refuse_conversion(self, *_: object) -> Any:  # math.exp(v) and float(v) would drop the gradient silently
        raise hidden(TypeError(say(Converted(self))))

    __float__ = __int__ = __complex__ = __index__ = __round__ = __trunc__ = __floor__ = __ceil__ = _refuse_conversion

    def __xor__(self, other: object) -> Any:
        raise TypeError("^ is not a power in Python: write x**2, not x^2")

    __rxor__ = __xor__

    @property
    def _prev(self) -> set[Any]:  # micrograd's name for the parents, which its users' drawing code reads
        return set(self.parents)  # type: ignore[attr-defined] # a Value's

    @property
    def _backward(self) -> Callable[[], None]:
        # micrograd's name for one node's part of the sweep, which its lecture calls by hand
        return self._add_to_parents

    @_backward.setter
    def _backward(self, function: object) -> None:
        raise hidden(
            AttributeError(
                "_backward follows from the operation and cannot be set: an operation of your own is made by "
                'operation("name", lambda x: …), which knows its derivative'
            )
        )

    def _add_to_parents(self) -> None:
        """Adds what this node's edges carry to the grads of its parents; they count as set by hand."""
        node: Any = self
        for parent, partial in zip(node.parents, node.partials, strict=True):
            if not parent.constant:
                parent.grad = (parent._grad or 0.0) + (node._grad or 0.0) * partial

    @property
    def _op(self) -> str:  # micrograd's name for the operation
        return say(MicrogradSymbol(self))
