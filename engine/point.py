"""A function at a point: its arguments as leaves, its value there, and its values nearby.

>>> point = Point("gradcheck", lambda w, u: w * u[0] + u[1], (2.0, [3.0, 4.0]))
>>> point.y.data, [leaf.label for leaf in point.leaves]
(10.0, ['w', 'u1', 'u2'])
>>> point.at({point.leaves[0]: 5.0}).data
19.0
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalkgrad.engine.applied import Applied
from chalkgrad.engine.value import Value, kind_of


class Point:
    """A function of numbers or lists of numbers, to be called with Values in their place.

    `leaves` has one for each number, in order, `y` is what the function returns for them, and `name` what it is called.
    Raises TypeError, in the name of the function `asked` that was called, for arguments and results that are none.
    """

    def __init__(self, asked: str, function: Callable[..., Any], arguments: Sequence[Any]) -> None:
        if not callable(function):
            raise TypeError(
                f"{asked}() takes a function and the point, as in {asked}(f, 3.0), and was given {kind_of(function)}"
            )
        name = getattr(function, "__name__", "f").replace("<lambda>", "f")
        if not arguments:
            raise TypeError(f"{asked}({name}, …) needs the point, a number for each argument: {asked}({name}, 3.0)")
        if not _takes(function, len(arguments)):
            raise TypeError(
                f"{name} cannot be called with {len(arguments)} argument{'s' * (len(arguments) > 1)}: "
                f"{asked}({name}, …) takes a number, or a list of numbers, for each of its parameters"
            )
        self._asked, self._function, self._several = asked, function, len(arguments) > 1
        self._applied = self._call([_number(x) for x in arguments])
        self.leaves, self.y, self.name = self._applied.leaves, self._applied.ys[0], self._applied.f_name

    def _call(self, arguments: Sequence[Any]) -> Applied:
        applied = Applied(self._asked, self._function, arguments, {})
        if not applied.bare:
            name = applied.f_name
            raise TypeError(
                f"{self._asked}() takes a function with one output, and {name} returns {len(applied.ys)}: "
                f"take one of them, as in lambda x: {name}(x)[0]"
            )
        return applied

    def arguments(self, data: Sequence[float]) -> list[Any]:
        """Numbers, one for each leaf, in the shape of the function's arguments."""
        shaped = self._applied.arranged(data)
        return shaped if self._several else [shaped]  # that of a single argument comes by itself

    def at(self, data: Mapping[Value, float]) -> Value:
        """What the function returns where these leaves have other data. Raises what it raises."""
        return self._call(self.arguments([data.get(leaf, leaf.data) for leaf in self.leaves])).ys[0]


def _number(x: Any) -> Any:
    """An argument with numbers for Values."""
    if isinstance(x, (list, tuple)):
        return [_number(element) for element in x]
    return x.data if isinstance(x, Value) else x


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether a function can be called with so many arguments."""
    import inspect  # slow to import

    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # no signature is known
        return True
    return True
