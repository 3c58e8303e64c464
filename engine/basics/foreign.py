"""A Value among other libraries: NumPy on the left of an operator, math.exp(v), micrograd's names for its parts.

Foreign is a mixin without slots, so that it does not make a node larger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from chalkgrad.engine.basics.leaves import Leaf, is_cut_off
from chalkgrad.engine.basics.missing import Listed, answers, listed
from chalkgrad.engine.basics.notes import note
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.subclasses import derive
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.engine.errors import GradientWarning


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


def _derived(name: str, read: Callable[[Any], Any]) -> Any:
    """A property under a name of micrograd's; it cannot be set."""

    def refuse(node: Any, value: object) -> None:
        raise hidden(
            AttributeError(
                f"{name} follows from the operation that made this Value and cannot be set: an operation of your own is made "
                'by operation("name", lambda x: …), and called'
            )
        )

    return property(read, refuse)


class Foreign(metaclass=Listed):
    """The methods of a Value that other libraries call, and the names that those who come from them type."""

    __slots__ = ()
    _x: Any

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if any(base is not Foreign and issubclass(base, Foreign) for base in cls.__bases__):  # not Value itself
            derive(cls)  # recorders take its instances for Values

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

    def _refuse_conversion(self, *_: object) -> Any:  # math.exp(v) and float(v) would drop the gradient silently
        raise hidden(TypeError(say(Converted(self))))

    if not TYPE_CHECKING:  # to a type checker a Value is not a number, and "3" * v not a repetition
        __float__ = __int__ = __complex__ = __index__ = __round__ = __trunc__ = __floor__ = __ceil__ = _refuse_conversion

    def __xor__(self, other: object) -> Any:
        raise hidden(TypeError("^ is not a power in Python: write x**2, not x^2"))

    __rxor__ = __xor__

    def _refuse_forgotten(self) -> None:
        """Raises RuntimeError if this was computed under no_grad(): there is nothing to go back through."""
        if is_cut_off(self):
            raise hidden(RuntimeError(say(Leaf(self, True))))

    def __dir__(self) -> list[str]:
        return listed(self)

    # The names of micrograd, and of microgpt, for what their users' programs read; all of it follows from the operation.
    _prev = _derived("_prev", lambda node: set(node.parents))
    _children = _derived("_children", lambda node: node.parents)
    _local_grads = _derived("_local_grads", lambda node: node.partials)
    _op = _derived("_op", lambda node: say(MicrogradSymbol(node)))

    @property
    def _backward(self) -> Callable[[], None]:
        # micrograd's name for one node's part of the sweep, which its lecture calls by hand
        return self._add_to_parents

    @_backward.setter
    def _backward(self, function: object) -> None:
        raise hidden(
            AttributeError(
                "_backward follows from the operation and cannot be set: an operation of your own is made "
                'by operation("name", lambda x: …), which knows its derivative'
            )
        )

    def _add_to_parents(self) -> None:
        """Adds what this node's edges carry to the grads of its parents; they count as set by hand."""
        node: Any = self
        for parent, partial in zip(node.parents, node.partials, strict=True):
            if not parent.constant:
                parent.grad = (parent._grad or 0.0) + (node._grad or 0.0) * partial

    if not TYPE_CHECKING:
        vars().update(answers())
