"""Operations of one's own: a function made from a formula, recorded as a single node.

>>> from chalkgrad.engine import Value
>>> h2 = operation("h2", lambda z, t: z * z * t)
>>> y = h2(Value(3.0, "z"), Value(2.0, "t"))
>>> y.data, y.partials                                  # the local derivatives 2·z·t and z²
(18.0, (12.0, 9.0))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, overload

from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.formulas.derivative import derivative
from chalkgrad.engine.formulas.guards import beside
from chalkgrad.engine.formulas.trees import Argument, Operand, argument_names, lift, trace
from chalkgrad.engine.recording.computers import computer
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.rules import PARTIALS, SHOWN, from_trees
from chalkgrad.engine.value import Value


class OwnOperation(Protocol):
    """What `operation` returns: of Values it records a node, of numbers it computes a number."""

    __name__: str

    @overload
    def __call__(self, *arguments: float) -> float: ...  # type: ignore[overload-overlap] # with a Value it is the other one
    @overload
    def __call__(self, *arguments: Value | float) -> Value: ...


def operation(name: str, value: Callable[..., Any], partials: Callable[..., Any] | None = None) -> OwnOperation:
    """Returns a function of one's own that records one node, with everything that the table's operations have.

    `value` is a formula of one or more arguments, built from numbers, operators, chalkgrad's functions and
    `choose(x > 0, this, that)`; it is read once, so it must not use `if` or math.exp. `partials` gives the local
    derivatives as a tuple, from the same arguments; by default they are derived by the chain rule, from what stands beside
    a case for a single point: choose(equal(x, 0), 1, sin(x)/x) has no slope at 0 that this formula could tell.

    Raises TypeError for a formula that cannot be read.

    >>> from chalkgrad.engine import Value, sin
    >>> wave = operation("wave", lambda x, k: sin(k * x))
    >>> wave(Value(0.0), 3).partials                    # ∂/∂x = cos(k·x)·k; the number 3 is a constant
    (3.0,)
    """
    if not isinstance(name, str) or not name.strip():
        raise TypeError(f"an operation's name is a text, such as operation('h2', …), not {name!r}")
    names = argument_names(_count_arguments(name, value))
    if partials is not None and not callable(partials):
        raise TypeError(
            f"operation {name!r} takes its local derivatives as one function that returns all of them, such as "
            f"lambda x, y: (y, x), not as {partials!r}"
        )
    try:
        tree = trace(value, *names)
        if partials is None:
            slopes, shown = ([derivative(beside(tree, {x}), x, table) for x in names] for table in (PARTIALS, SHOWN))
        else:
            given = partials(*map(Argument, names))
            slopes = shown = [lift(d) for d in (given if isinstance(given, (tuple, list)) else (given,))]
        rule = from_trees(name, tree, slopes, shown)
        if len(slopes) == len(names):
            computer(rule)  # compiled now, so that a formula that cannot be compiled is refused here
    except (RecursionError, SyntaxError, MemoryError):  # Python's limits on nesting
        raise TypeError(f"operation {name!r} is too long a formula: make it of several operations") from None
    except (TypeError, ValueError) as error:
        raise TypeError(f"operation {name!r} cannot be read: {error}") from None
    if len(slopes) != len(names):
        raise TypeError(
            f"operation {name!r} has {len(names)} arguments and {len(slopes)} local derivatives: it needs one for each"
        )

    def apply(*arguments: Any) -> Any:
        if len(arguments) != len(names):
            raise TypeError(f"{name}() takes {amount(len(names), 'argument')}, not {len(arguments)}")
        return record(rule, arguments)

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"{name}, an operation recorded as one node."
    apply.__wrapped__ = value  # type: ignore[attr-defined] # help() and editors show its parameters
    return apply


def _count_arguments(name: str, value: Callable[..., Operand]) -> int:
    import inspect  # slow to import, and needed here alone

    try:
        kinds = [parameter.kind for parameter in inspect.signature(value).parameters.values()]
    except (TypeError, ValueError):
        kinds = []
    positional = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    if not kinds or not positional.issuperset(kinds) or inspect.isbuiltin(value):
        raise TypeError(
            f"operation {name!r} needs a Python function of one or more arguments, each by name, such as lambda x: sin(x), "
            f"not {value!r}"
        )
    return len(kinds)
