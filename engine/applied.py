"""A Python function applied to Values in the place of numbers, so that it can be differentiated.

>>> from chalkgrad.engine import sin
>>> applied = Applied("jacobian", lambda x, c: [sin(x[0]) * c, x[1]], ([0.0, 1.0], 3.0), {})
>>> [leaf.label for leaf in applied.leaves], [y.data for y in applied.ys], applied.rows
(['x1', 'x2', 'c'], [0.0, 1.0], ['y1', 'y2'])
>>> applied.arranged([1.0, 2.0, 3.0])
[[1.0, 2.0], 3.0]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chalkgrad.engine import value
from chalkgrad.engine.functions import identity
from chalkgrad.engine.names import label_of
from chalkgrad.engine.value import Value, kind_of, to_float


class Applied:
    """What a function gave for Values, and these Values.

    Attributes:
        leaves: a Value for each number among the arguments, lists one element after the other, labelled by f's parameters
        ys, bare: what f returned as a list of Values, and whether it was a single one
        f_name: what messages call f
        rows: names for the ys
        on_values: whether some arguments were Values; each is passed on as a new node, for f may use them in other ways, too
    """

    def __init__(self, name: str, f: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        if not arguments:
            raise TypeError(f"{name}(f) needs the arguments of f to differentiate by, as in {name}(f)(x)")
        self.leaves: list[Value] = []
        self.on_values = False
        taping, value.taping = value.taping, True  # derivatives are wanted under no_grad(), too
        try:
            names = _parameters(f, len(arguments))
            self._given = [self._as_values(x, label) for x, label in zip(arguments, names, strict=True)]
            result = f(*self._given, **keywords)
        finally:
            value.taping = taping
        self.bare = not hasattr(result, "__iter__") or isinstance(result, str)
        returned = [result] if self.bare else list(result)
        self.ys = [_as_value(y, f) for y in returned]
        own = getattr(f, "__name__", "")
        self.f_name, stem = (own, own) if own.isidentifier() else ("f", "y")
        self.rows = [
            label_of(y) if label_of(y) and y not in self.leaves else stem if self.bare else f"{stem}{i}"
            for i, y in enumerate(self.ys, 1)
        ]

    def _as_values(self, x: Any, label: str) -> Any:
        if isinstance(x, Value):
            self.on_values = True
            leaf = identity(x)
        elif _is_list(x):
            return [self._as_values(element, f"{label}{i}") for i, element in enumerate(x, 1)]
        else:
            leaf = Value(to_float(x, f"the argument {label}"), label)
        self.leaves.append(leaf)
        return leaf

    @property
    def columns(self) -> list[str]:
        """Names for the leaves."""
        return [leaf.label for leaf in self.leaves]

    def arranged(self, numbers: Sequence[Any]) -> Any:
        """One number for each leaf, in the shape of the arguments; for a single argument in its shape."""
        rest = iter(numbers)

        def like(x: Any) -> Any:
            return next(rest) if isinstance(x, Value) else [like(element) for element in x]

        shaped = [like(x) for x in self._given]
        return shaped[0] if len(shaped) == 1 else shaped

    def flat(self, v: Any) -> list[Any] | None:
        """A vector in the shape of the arguments as a list of one number for each leaf."""

        def numbers(x: Any) -> Iterator[Any]:
            if _is_list(x):
                for element in x:
                    yield from numbers(element)
            else:
                yield x

        return None if v is None else [*numbers(v)]


def _is_list(x: object) -> bool:
    return isinstance(x, (list, tuple)) or bool(getattr(x, "ndim", False))


def _parameters(f: Callable[..., Any], count: int) -> list[str]:
    """What f calls its first arguments; x, or x1, x2, …, where that cannot be known."""
    code = getattr(getattr(f, "__func__", getattr(f, "__wrapped__", f)), "__code__", None)
    names = [*code.co_varnames[hasattr(f, "__func__") : code.co_argcount]] if code is not None else []
    return names[:count] if len(names) >= count else ["x"] if count == 1 else [f"x{i}" for i in range(1, count + 1)]


def _as_value(y: Any, f: Callable[..., Any]) -> Value:
    """What f returned as a Value; a number does not depend on anything."""
    if isinstance(y, Value):
        return y
    try:
        return Value(y, constant=True)
    except TypeError:
        name = getattr(f, "__name__", "f")
        raise TypeError(f"{name} must return a Value, or a list of Values, and returned {kind_of(y)}") from None
