"""Derivatives as numbers: floats that know what they were computed from, so that a sweep can say that it leaves that out.

>>> from chalkgrad.engine import Value, gradient
>>> w = Value(3.0, "w")
>>> g = gradient(w**3, w)
>>> g, g / 2, [leaf.label for leaf in origin_of(g / 2).leaves]
(27.0, 13.5, ['w'])
>>> type(float(g))
<class 'float'>

A number that a graph uses is a constant there. Where it depends on what the sweep differentiates by, the gradient is that of
another function, and nothing shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from chalkgrad.engine.basics.notes import note
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.errors import GradientWarning

N = TypeVar("N", bound=Any)  # a Value

in_graphs = False  # whether any operation of the whole process has had a Detached for an argument
_MOST = 8  # origins of one number: a running sum of gradients would keep the leaves of all their graphs


class Lost(NamedTuple):
    """A fact: a node uses, as a plain number, a derivative that was computed from leaves that a sweep goes to."""

    node: Any
    number: Detached
    leaves: Sequence[Any]


class Origin:
    """Where derivatives come from: what computed them, the leaves that they depend on, and the time of the clock.

    All numbers of one call share it. It has leaves alone, because a leaf holds nothing else. They are told apart by identity:
    lists of many leaves are not compared at each addition.
    """

    __slots__ = ("leaves", "name", "time")

    def __init__(self, name: str, leaves: list[Any], time: int) -> None:
        self.name, self.leaves, self.time = name, leaves, time


class Detached(float):
    """A derivative as a float, or what arithmetic makes of it: it is shown, compared, copied and pickled as the float.

    Arithmetic among numbers keeps the origins. `float(g)`, and all other functions, make a number that has none.
    """

    __slots__ = ("origins",)
    origins: tuple[Origin, ...]

    def __getattr__(self, name: str) -> Any:
        if name == "origins":  # not set: somebody has called type(g)
            return ()
        raise AttributeError(f"a number has no {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return float, (float(self),)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return self.__reduce__()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        # NumPy asks here: np.float64(0.1) * g is a Detached, too, and all else is what it is for the float.
        found = getattr(ufunc, method)(*[float(x) if x.__class__ is Detached else x for x in inputs], **options)
        if ufunc.__name__ in _UFUNCS and method == "__call__" and isinstance(found, float):
            for x in inputs:
                if x.__class__ is Detached:
                    found = _new(found, x.origins if found.__class__ is not Detached else _joined(found.origins, x.origins))
        return found


def _new(number: float, origins: tuple[Origin, ...]) -> Detached:
    made = Detached(number)
    made.origins = origins
    return made


def _joined(one: tuple[Origin, ...], other: tuple[Origin, ...]) -> tuple[Origin, ...]:
    more = [origin for origin in other if origin not in one]
    return (*one, *more)[-_MOST:] if more else one


def _keeping(name: str) -> Callable[..., Any]:
    """The method of float, with a result that keeps the origins."""
    plain = getattr(float, name)

    def method(self: Detached, *others: Any) -> Any:
        number = plain(self, *others)
        if number.__class__ is not float:  # NotImplemented, or a complex power
            return number
        origins = self.origins
        for other in others:
            if other.__class__ is Detached and other.origins is not origins:
                origins = _joined(origins, other.origins)
        return _new(number, origins)

    method.__name__ = name
    return method


for _sign in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    for _name in (f"__{_sign}__", f"__r{_sign}__"):
        setattr(Detached, _name, _keeping(_name))
for _name in ("__neg__", "__pos__", "__abs__"):
    setattr(Detached, _name, _keeping(_name))

_UFUNCS = {"add", "subtract", "multiply", "divide", "true_divide", "floor_divide", "remainder", "power"}
_UFUNCS |= {"negative", "positive", "absolute"}


def detached(numbers: Iterable[float], origins: tuple[Origin, ...]) -> list[float]:
    """Returns the numbers with their origins."""
    made = [*map(Detached, numbers)]  # which has no __new__ of its own, because gradients may be long
    for number in made:
        number.origins = origins
    return cast(list[float], made)


def origin_of(number: Detached) -> Origin:
    """Returns the latest origin of a number."""
    return number.origins[-1]


def recorded() -> None:
    """Says that a Detached has become part of a graph: from here on sweeps look for them."""
    global in_graphs
    in_graphs = True


# Looked for ----------------------------------------------------------------------------------------------------------


def origins_in(nodes: Iterable[Any]) -> tuple[Origin, ...]:
    """Returns the origins of the Detached numbers among the arguments of nodes."""
    if not in_graphs:
        return ()
    return tuple(dict.fromkeys([origin for _, x in _found(nodes) for origin in x.origins]))[-_MOST:]


def noting_lost(nodes: Sequence[N], wrt: Iterable[Any] = ()) -> Sequence[N]:
    """Returns the nodes that a sweep is about to go over, and warns if it is to miss what a number in them depends on.

    That concerns what the sweep differentiates by: `wrt`, or all leaves among the nodes. A leaf that has been assigned since
    has another value than the one that the number was computed from, so the number is of the past, and right as it is.
    """
    if in_graphs:
        where: dict[Origin, tuple[Any, Detached]] = {}
        for node, x in _found(nodes):
            for origin in x.origins:
                where.setdefault(origin, (node, x))
        wanted = (set(wrt) or set(nodes)) if where else set()
        first, lost = None, dict[Any, None]()
        for origin, found in where.items():
            missed = [x for x in origin.leaves if x in wanted and x._clock <= origin.time and not x.constant]
            if missed:
                first = first or found
                lost.update(dict.fromkeys(missed))
        if first is not None:
            in_order = dict.fromkeys([*(node for node in nodes if node in lost), *lost])
            note(say(Lost(*first, [*in_order])), GradientWarning, "lost")
    return nodes


def _found(nodes: Iterable[Any]) -> Iterable[tuple[Any, Detached]]:
    for node in nodes:
        rule = node._rule
        if rule.__class__ is tuple:
            for x in rule:
                if x.__class__ is Detached:
                    yield node, x
