"""Recording in general: any operation, on any mix of Values, numbers and formulas, with the errors.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.engine.rules import RULES
>>> record(RULES["mul"], (Value(2.0), 3)).data, record(RULES["mul"], (2, 3))
(6.0, 6.0)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import add, mul
from typing import Any, NamedTuple, cast

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.beside_arrays import elementwise, is_array
from chalkgrad.engine.basics.detached import Detached, recorded
from chalkgrad.engine.basics.leaves import FORGOT
from chalkgrad.engine.basics.numbers_in import kind_of, to_float
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.subclasses import meet
from chalkgrad.engine.basics.tracebacks import shorten
from chalkgrad.engine.errors import DomainError, NonFiniteError
from chalkgrad.engine.formulas.trees import Call, Formula, Test, bind, evaluate, holds, lift, substitute
from chalkgrad.engine.recording.computers import FAILURES, ON_FLOATS, computer
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.value import Value

_new = object.__new__


class DivisionByZeroError(DomainError, ZeroDivisionError):
    """A division by 0, or 0 to a negative power: what catches Python's error for numbers catches it for Values."""


class OperationName(NamedTuple):
    """A fact: somebody asks for the name of an operation in messages."""

    rule: Rule


class Overflow(NamedTuple):
    """A fact: the result of an operation on these numbers is too large for a float, or one of them is not finite."""

    rule: Rule
    numbers: Sequence[float]
    arguments: Sequence[Any]


class OutsideDomain(NamedTuple):
    """A fact: numbers are outside the domain of an operation, or `values` outside that of an `inner` one of its formula."""

    rule: Rule
    numbers: Sequence[float]
    arguments: Sequence[Any]
    inner: Rule
    values: Sequence[float]


def record(rule: Rule, arguments: Sequence[Any]) -> Any:
    """Returns the result of an operation: a formula if an argument is a formula, else a Value if one is a Value, else a float.

    A Value beside an array makes an array of Values, by element.

    The generated recorders call it for all but the common cases, and whenever something goes wrong.
    """
    try:
        for x in arguments:
            if isinstance(x, Formula):
                return _in_formula(rule, arguments)
        try:
            numbers = [x._data if isinstance(x, Value) else _number(x, rule) for x in arguments]
        except TypeError:
            if not rule.lists and any(map(is_array, arguments)) and any(isinstance(x, Value) for x in arguments):
                return elementwise(lambda *single: record(rule, single), arguments)
            raise
        is_number = [not isinstance(x, Value) for x in arguments]
        value, partials = compute(rule, numbers, is_number, arguments)
        if all(is_number):
            return value
        meet({*map(type, arguments)})
        state = modes.current()
        node = unrecorded(value, state.place)
        if state.taping:
            if any(is_number):
                node._rule = (rule, *[_constant(x, given) for x, given in zip(numbers, arguments, strict=True)])
            else:
                node._rule = rule
            link(node, [x for x in arguments if isinstance(x, Value)], partials)
        return node
    except Exception as error:
        __tracebackhide__ = True
        shorten(error, innermost=False)
        raise


def _number(x: Any, rule: Rule) -> float:
    """Returns an argument that is not a Value as a float; raises TypeError if it is not a number."""
    if hasattr(type(x), "_dx"):
        raise TypeError("two classes called Value meet: a module of chalkgrad was reloaded, so make the older Values anew")
    return to_float(x, say(OperationName(rule)))


def _constant(x: float, given: Any) -> float | None:
    """What the template of a node has for an argument that is given: a derivative goes on knowing where it comes from."""
    if isinstance(given, Value):
        return None
    if given.__class__ is Detached:
        recorded()
        return cast(float, given)
    return x


def link(node: Value, parents: Sequence[Value], partials: Sequence[float]) -> None:
    """Sets the parents and local derivatives of a node; value.py explains the slots."""
    if len(parents) <= 2:
        node._x, node._y = [*parents, None, None][:2]
        node._dx, node._dy = [*partials, None, None][:2]
    else:
        node._x, node._y, node._dx, node._dy = tuple(parents), None, tuple(partials), None


def unrecorded(value: float, place: str) -> Value:
    """A Value that remembers nothing, as operations make them under no_grad(); it may be infinite."""
    node = _new(Value)  # without __init__, as in the recorders: predictions make little else
    node._data, node._grad, node._swept = value, None, 0
    node.label, node.place = "", place
    node._rule, node._clock = FORGOT, modes.clock
    node._x = node._y = node._dx = node._dy = None
    return node


def reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Returns the method for an operator whose right side is the Value: `2 - v` is v.__rsub__(2)."""

    def method(self: Value, other: Any) -> Any:
        try:
            return function(other, self)
        except Exception as error:
            __tracebackhide__ = True
            shorten(error)
            raise

    return method


def reflected_sum(add: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Returns the method for `x + v`, which is v itself for the int 0, at which Python's sum() starts.

    So no sum begins with an operation that nobody wrote. A leaf keeps its node: else the sum of one leaf would be the
    leaf itself, and backward() of it or a label for it would be the leaf's.
    """

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is int and not other and self._x is not None:
            return self
        try:
            return add(other, self)
        except Exception as error:
            __tracebackhide__ = True
            shorten(error)
            raise

    return method


def record_lists(rule: Rule, arguments: Sequence[Any]) -> Any:
    """Returns the result of an operation on lists, as `record` does, or raises the errors for lists of the wrong length."""
    try:
        lists, scalars = arguments[: rule.lists], arguments[rule.lists :]
        if rule.name == "logsumexp" and not modes.current().propagate:
            lists = [[x for x in lists[0] if not is_mask(x)]]
            if len(arguments[0]) and not lists[0]:
                raise ValueError("logsumexp() of -inf alone is -inf: at least one element must be a finite number or a Value")
        if len({len(x) for x in lists}) > 1:
            raise ValueError(f"{rule.name}() needs lists of equal length, not of {' and '.join(str(len(x)) for x in lists)}")
        if not len(lists[0]):
            raise ValueError(f"{rule.name}() needs at least one element, and got an empty list")
        if any(isinstance(x, Formula) for x in (*(x for xs in lists for x in xs), *scalars)):
            raise TypeError(f"{rule.name}() cannot stand in a formula: write out the sum")
        return record(rule, [x for xs in lists for x in xs] + list(scalars))
    except Exception as error:
        __tracebackhide__ = True
        shorten(error, innermost=False)
        raise


def is_mask(x: object) -> bool:
    """Returns whether an element of a list is the number -inf, by which softmax and logsumexp leave an element out."""
    return isinstance(x, float) and x == -math.inf


def list_argument(x: Any, name: str) -> Sequence[Any]:
    """Returns a list argument as a list or tuple; `name` is the operation in the error message."""
    if x.__class__ is list or x.__class__ is tuple or isinstance(x, list):  # a neuron's w is a kind of list
        return cast(Sequence[Any], x)
    if hasattr(x, "to_numpy"):  # a frame gives its columns, or their names, to those who go through it
        x = x.to_numpy()
    if isinstance(x, (Value, str, bytes)) or not hasattr(x, "__iter__") or getattr(x, "ndim", 1) != 1:
        raise TypeError(f"{name}() takes a list of Values, such as {name}([a, b]), and was given {kind_of(x)}")
    return list(x)


def _in_formula(rule: Rule, arguments: Sequence[Any]) -> Formula:
    if RULES.get(rule.name) is rule:
        return Call(rule.name, *arguments)
    return substitute(rule.value, bind([lift(x) for x in arguments]))


def compute(
    rule: Rule, numbers: Sequence[float], is_number: Sequence[bool], arguments: Sequence[Any]
) -> tuple[float, tuple[float, ...]]:
    """Returns the value of an operation and its local derivatives by the arguments that are Values. Raises its errors."""
    try:
        value, partials = computer(rule, is_number)(*numbers)
    except FAILURES:
        value, partials = computer(rule, is_number, propagate=True)(*numbers)
    if value - value != 0.0 and not modes.current().propagate:
        exact = exact_sum(rule, numbers)
        if exact is None:
            raise _failure(rule, numbers, arguments) from None
        value = exact
    if rule.lists:
        partials = tuple(d for d, n in zip(partials, is_number, strict=True) if not n)
    return value, partials


def exact_sum(rule: Rule, numbers: Sequence[float]) -> float | None:
    """Returns a sum of products of numbers, correctly rounded, where a float can hold it and only a part of it is too large.

    Returns None for other operations, and where the sum itself is too large.

    >>> exact_sum(RULES["total"], [1e308, 1e308, -1.5e308])
    5e+307
    """
    if not rule.lists:
        return None
    from fractions import Fraction

    length = rule.length(len(numbers))
    try:
        exact = [Fraction(x) for x in numbers]
        lists = {x: exact[i * length : (i + 1) * length] for i, x in enumerate(rule.arguments[: rule.lists])}
        scalars = dict(zip(rule.arguments[rule.lists :], exact[rule.lists * length :], strict=True))
        return float(evaluate(rule.value, scalars, {"add": add, "mul": mul, "sum": sum}, lists))
    except (KeyError, OverflowError, ValueError):  # not a sum of products, or too large, or of infinities or NaN
        return None


def _failure(rule: Rule, numbers: Sequence[float], arguments: Sequence[Any]) -> Exception:
    """Returns the error for a value that is not finite: outside the domain of the operation or a part of it, or too large."""
    outside = _outside(rule, numbers)
    if outside is not None:
        inner, values = outside
        kind = DivisionByZeroError if inner.name in ("div", "mod", "floordiv", "pow") and 0.0 in values else DomainError
        return kind(say(OutsideDomain(rule, numbers, arguments, inner, values)))
    return NonFiniteError(say(Overflow(rule, numbers, arguments)))


def _outside(rule: Rule, numbers: Sequence[float]) -> tuple[Rule, Sequence[float]] | None:
    """Finds the first operation, in the order of computation, that is outside its domain: this one or one in its formula."""
    if rule.lists:
        return None
    if rule.domain is not None:
        values = dict(zip(rule.arguments, numbers, strict=True))
        return None if _holds(rule.domain, values) else (rule, numbers)
    found: list[tuple[Rule, Sequence[float]]] = []

    def watched(name: str) -> Callable[..., float]:
        def function(*inner: float) -> float:
            domain = RULES[name].domain
            if domain is not None and not found and not _holds(domain, dict(zip("xyz", inner, strict=False))):
                found.append((RULES[name], inner))
            return computer(RULES[name], propagate=True)(*inner)[0]

        return function

    if not rule.primitive:
        evaluate(rule.value, dict(zip(rule.arguments, numbers, strict=True)), {name: watched(name) for name in RULES})
    return found[0] if found else None


def _holds(domain: Test, values: dict[str, float]) -> bool:
    return holds(domain, values, ON_FLOATS)
