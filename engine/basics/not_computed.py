"""What `v.grad` is before any sweep: a zero that says so.

>>> NOT_COMPUTED
0.0 (not computed: call backward() on the result first)
>>> NOT_COMPUTED == 0.0, 1.0 + NOT_COMPUTED, f"{NOT_COMPUTED:.4f}"
(True, 1.0, '0.0000')
"""

from __future__ import annotations

from typing import Any

from chalkgrad.engine.basics.notes import note
from chalkgrad.engine.errors import GradientWarning


class NotComputed(float):
    """A float 0.0, as micrograd's programs expect, that shows what it is, and warns where it is multiplied or divided.

    A sum with it is not warned of, because programs that accumulate gradients start so.
    """

    __slots__ = ()
    __array_ufunc__ = None  # so that np.float64(0.1) * v.grad comes here, too

    def __repr__(self) -> str:
        return "0.0 (not computed: call backward() on the result first)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(0.0, spec) if spec else repr(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return float, (0.0,)

    def __mul__(self, other: Any) -> Any:
        return _noted() * other

    def __rmul__(self, other: Any) -> Any:
        return other * _noted()

    def __truediv__(self, other: Any) -> Any:
        return _noted() / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / _noted()


def _noted() -> float:
    note(
        "a gradient that is not computed reads 0.0 here: call backward() on the result first, and zero_grad() before it",
        GradientWarning,
        "not computed",
    )
    return 0.0


NOT_COMPUTED = NotComputed()
