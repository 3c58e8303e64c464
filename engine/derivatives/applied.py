"""Calls of a Python function with Values instead of numbers, so that it can be differentiated.

>>> from chalkgrad.engine import sin
>>> call = FunctionCall("jacobian", lambda x, c: [sin(x[0]) * c, x[1]], ([0.0, 1.0], 3.0), {})
>>> [leaf.label for leaf in call.leaves], [y.data for y in call.ys], call.rows
(['x1', 'x2', 'c'], [0.0, 1.0], ['y1', 'y2'])
>>> call.arranged([1.0, 2.0, 3.0])
[[1.0, 2.0], 3.0]

FunctionAtPoint can call the function at other points too:

>>> point = FunctionAtPoint("gradcheck", lambda w, u: w * u[0] + u[1], (2.0, [3.0, 4.0]))
>>> point.y.data, point.at({point.leaves[0]: 5.0}).data
(10.0, 19.0)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.basics.modes import differentiated
from chalkgrad.engine.basics.numbers_in import is_list, kind_of, to_float
from chalkgrad.engine.recording.functions import identity
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.names import label_of


class FunctionCall:
    """A call of a function with Values for its arguments, and the results.

    f gets lists for lists, and arrays of Values for NumPy's arrays. Raises TypeError, naming the function `asked` that the
    user called, for arguments that f does not take or that are not numbers, and for results that are not Values.

    While f runs, derivatives that it takes are Values, so that none loses what it depends on outside of itself.

    Attributes:
        leaves: a Value for each number in the arguments, element by element for lists, labelled by f's parameters
        columns: the names of the leaves
        ys, bare: the results of f as a list of Values, and whether it was a single one, without a list
        f_name: the name of f in messages
        rows: names for the ys
        on_values: whether some arguments were Values; each is copied, because f may also use the original
    """

    def __init__(self, asked: str, f: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        own = getattr(f, "__name__", "")
        self.f_name, stem = (own, own) if own.isidentifier() else ("f", "y")
        self.leaves: list[Value] = []
        self.columns: list[str] = []
        self.on_values = False
        try:
            names = _parameters(f, len(arguments))
            with differentiated():
                self._given = [self._as_values(x, label) for x, label in zip(arguments, names, strict=True)]
                result = f(*self._given, **keywords)
                self.bare = not hasattr(result, "__iter__") or isinstance(result, str)
                returned = [result] if self.bare else list(result)  # inside, because a generator computes only here
        except TypeError:
            if _takes(f, arguments, keywords):
                raise
            count = amount(len(arguments), "argument")
            raise TypeError(
                f"{self.f_name} cannot be called with {count}: {asked} takes a number, or a list of numbers, for each of its "
                "parameters"
            ) from None
        self.ys = [self._as_result(y) for y in returned]
        given = set(self.leaves)
        self.rows = [
            label_of(y) if label_of(y) and y not in given else stem if self.bare else f"{stem}{i}"
            for i, y in enumerate(self.ys, 1)
        ]

    def _as_values(self, x: Any, label: str) -> Any:
        if isinstance(x, Value):
            self.on_values = True
            leaf = identity(x)
        elif is_list(x):
            return _like(x, [self._as_values(element, f"{label}{i}") for i, element in enumerate(x, 1)])
        else:
            leaf = Value(to_float(x, f"the argument {label}"), label)
        self.leaves.append(leaf)
        self.columns.append(label)
        return leaf

    def _as_result(self, y: Any) -> Value:
        """A result of f as a Value; a number becomes a constant."""
        if isinstance(y, Value):
            return y
        try:
            return Value(y, constant=True)
        except TypeError:
            raise TypeError(f"{self.f_name} must return a Value, or a list of Values, and returned {kind_of(y)}") from None

    def arranged(self, numbers: Sequence[Any]) -> Any:
        """Returns numbers, one for each leaf, in the shape of the arguments, or of the argument if there is only one."""
        rest = iter(numbers)
        shaped = [_shaped(x, rest) for x in self._given]
        return shaped[0] if len(shaped) == 1 else shaped

    def flat(self, v: Any) -> list[Any]:
        """Returns a vector in the shape of the arguments as a flat list, one number for each leaf."""
        return [*_elements(v)]


class FunctionAtPoint:
    """A function of numbers or lists of numbers, called with Values at a point and, by `at`, elsewhere.

    `leaves` has a Value for each number, in order, `y` is the function's result for them, and `name` is its name. Raises
    TypeError, naming the function `asked` that the user called, for unsuitable arguments and results.
    """

    def __init__(self, asked: str, function: Callable[..., Any], arguments: Sequence[Any]) -> None:
        if not callable(function):
            raise TypeError(
                f"{asked}() takes a function and the point, as in {asked}(f, 3.0), and was given {kind_of(function)}"
            )
        if not arguments:
            name = getattr(function, "__name__", "f").replace("<lambda>", "f")
            raise TypeError(f"{asked}({name}, …) needs the point, a number for each argument: {asked}({name}, 3.0)")
        self._asked, self._function, self._several = asked, function, len(arguments) > 1
        self._at_point = self._call([_without_values(x) for x in arguments])
        self.leaves, self.y, self.name = self._at_point.leaves, self._at_point.ys[0], self._at_point.f_name

    def _call(self, arguments: Sequence[Any]) -> FunctionCall:
        call = FunctionCall(self._asked, self._function, arguments, {})
        if not call.bare:
            name = call.f_name
            raise TypeError(
                f"{self._asked}() takes a function with one output, and {name} returns {len(call.ys)}: "
                f"take one of them, as in lambda x: {name}(x)[0]"
            )
        return call

    def arguments(self, data: Sequence[float]) -> list[Any]:
        """Returns numbers, one for each leaf, as the list of the function's arguments."""
        shaped = self._at_point.arranged(data)
        return shaped if self._several else [shaped]  # arranged() returns a single argument without a list

    def at(self, data: Mapping[Value, float]) -> Value:
        """Returns the function's result for other data of these leaves. Raises what the function raises."""
        return self._call(self.arguments([data.get(leaf, leaf.data) for leaf in self.leaves])).ys[0]


def _shaped(x: Any, rest: Iterator[Any]) -> Any:
    """An argument with the next of the rest in each Value's place."""
    return next(rest) if isinstance(x, Value) else _like(x, [_shaped(element, rest) for element in x])


def _elements(x: Any) -> Iterator[Any]:
    """The numbers in an argument, in order."""
    if is_list(x):
        for element in x:
            yield from _elements(element)
    else:
        yield x


def _like(x: Any, elements: list[Any]) -> Any:
    """The elements as a list, or as an array where x is one."""
    if not hasattr(x, "__array__"):
        return elements
    import numpy  # installed, because x is an array

    return numpy.array(elements, dtype=float if all(isinstance(e, float) for e in elements) else None)


def _parameters(f: Callable[..., Any], count: int) -> list[str]:
    """The names of f's first parameters; x, or x1, x2, …, if they are unknown."""
    code = getattr(getattr(f, "__func__", getattr(f, "__wrapped__", f)), "__code__", None)
    names = [*code.co_varnames[hasattr(f, "__func__") : code.co_argcount]] if code is not None else []
    return names[:count] if len(names) >= count else ["x"] if count == 1 else [f"x{i}" for i in range(1, count + 1)]


def _without_values(x: Any) -> Any:
    """An argument with each Value replaced by its number."""
    if isinstance(x, (list, tuple)):
        return [_without_values(element) for element in x]
    return x.data if isinstance(x, Value) else x


def _takes(f: Callable[..., Any], arguments: Sequence[Any], keywords: Mapping[str, Any]) -> bool:
    """Whether a function can be called with these arguments; True if its parameters are unknown."""
    import inspect  # slow to import, and needed for errors alone

    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return True
    try:
        signature.bind(*arguments, **keywords)
    except TypeError:
        return False
    return True
