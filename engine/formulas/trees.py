"""Formulas as data: a lambda, called once with symbols, leaves the tree of what it computes.

>>> tree = trace(lambda x: x * Call("exp", x), "x")
>>> tree
mul(x, exp(x))

A tree has five kinds of node: `Constant`, `Argument`, `Call` of an operation in the table, the lazy `Choice` between two
formulas, and `Fold`, a sum or a maximum over list arguments. Trees are immutable, compare by structure, and are all that
recorders, sentences, compiled programs and derivatives of derivatives read.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any


class Formula:
    """One node of a tree. Python's operators on it build larger trees."""

    __slots__ = ("_hash", "parts")
    parts: tuple[object, ...]

    def __init__(self, *parts: object) -> None:
        self.parts = parts
        self._hash = hash((type(self), parts))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, float)):
            raise TypeError(f"a formula is no number, so it equals none: for the test x = {other} write equal(x, {other})")
        return self is other or (type(self) is type(other) and self.parts == other.parts)

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self.parts

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.parts))})"

    def __bool__(self) -> bool:
        raise TypeError(
            "a formula cannot decide an `if`, for it is read once for all arguments: write choose(x > 0, this, that) instead"
        )

    def __float__(self) -> float:
        raise TypeError("a formula has no number yet: use chalkgrad's functions in it (exp, not math.exp)")

    def __add__(self, other: Operand) -> Formula:
        return Call("add", self, other)

    def __radd__(self, other: Operand) -> Formula:
        return Call("add", other, self)

    def __sub__(self, other: Operand) -> Formula:
        return Call("sub", self, other)

    def __rsub__(self, other: Operand) -> Formula:
        return Call("sub", other, self)

    def __mul__(self, other: Operand) -> Formula:
        return Call("mul", self, other)

    def __rmul__(self, other: Operand) -> Formula:
        return Call("mul", other, self)

    def __truediv__(self, other: Operand) -> Formula:
        return Call("div", self, other)

    def __rtruediv__(self, other: Operand) -> Formula:
        return Call("div", other, self)

    def __pow__(self, other: Operand) -> Formula:
        return Call("pow", self, other)

    def __rpow__(self, other: Operand) -> Formula:
        return Call("pow", other, self)

    def __neg__(self) -> Formula:
        return Call("neg", self)

    def __pos__(self) -> Formula:
        return Call("pos", self)

    def __abs__(self) -> Formula:
        return Call("abs", self)

    def __lt__(self, other: Operand) -> Test:
        return Test("<", self, other)

    def __le__(self, other: Operand) -> Test:
        return Test("<=", self, other)

    def __gt__(self, other: Operand) -> Test:
        return Test(">", self, other)

    def __ge__(self, other: Operand) -> Test:
        return Test(">=", self, other)


Operand = Formula | float


def lift(x: Operand) -> Formula:
    """Returns `x` as a formula: a number becomes a Constant. Raises ValueError for a number that is not finite."""
    if isinstance(x, Formula):
        return x
    if not math.isfinite(x):
        raise ValueError(f"a formula is made of finite numbers, and {x} is none")
    return Constant(float(x))


class Constant(Formula):
    """A number."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(self.value)

    @property
    def value(self) -> float:
        return self.parts[0]  # type: ignore[return-value] # as it was made


class Argument(Formula):
    """A named argument of the operation; `v` stands for the operation's own value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.parts[0]  # type: ignore[return-value] # as it was made


class Call(Formula):
    """An operation of the table applied to formulas."""

    __slots__ = ()

    def __init__(self, name: str, *arguments: Operand) -> None:
        super().__init__(name, *map(lift, arguments))

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.arguments))})"

    @property
    def name(self) -> str:
        return self.parts[0]  # type: ignore[return-value] # as it was made

    @property
    def arguments(self) -> tuple[Formula, ...]:
        return self.parts[1:]  # type: ignore[return-value] # as it was made


class Test(Formula):
    """A comparison, or two tests joined by `&` or `|`. It decides a Choice or states a domain; it has no derivative."""

    __slots__ = ()

    def __init__(self, sign: str, left: Operand, right: Operand) -> None:
        super().__init__(sign, lift(left), lift(right))

    @property
    def sign(self) -> str:
        return self.parts[0]  # type: ignore[return-value] # as it was made

    @property
    def sides(self) -> tuple[Formula, Formula]:
        return self.parts[1:]  # type: ignore[return-value] # as it was made

    def __and__(self, other: Test) -> Test:
        return Test("and", self, other)

    def __or__(self, other: Test) -> Test:
        return Test("or", self, other)


class Choice(Formula):
    """`then` where the test holds, else `otherwise`. Only the chosen branch is computed."""

    __slots__ = ()

    def __init__(self, test: Test, then: Operand, otherwise: Operand) -> None:
        super().__init__(test, lift(then), lift(otherwise))

    @property
    def test(self) -> Test:
        return self.parts[0]  # type: ignore[return-value] # as it was made

    @property
    def then(self) -> Formula:
        return self.parts[1]  # type: ignore[return-value] # as it was made

    @property
    def otherwise(self) -> Formula:
        return self.parts[2]  # type: ignore[return-value] # as it was made


class Fold(Formula):
    """`sum` or `max` of a formula over the elements of the list arguments in it."""

    __slots__ = ()

    def __init__(self, kind: str, body: Operand) -> None:
        super().__init__(kind, lift(body))

    @property
    def kind(self) -> str:
        return self.parts[0]  # type: ignore[return-value] # as it was made

    @property
    def body(self) -> Formula:
        return self.parts[1]  # type: ignore[return-value] # as it was made


def equal(x: Operand, y: Operand) -> Test:
    """Returns the test x = y (Python's `==` compares the trees themselves)."""
    return Test("==", x, y)


def choose(test: Test, then: Operand, otherwise: Operand) -> Formula:
    """Returns the `if` of a formula: `then` where the test holds, else `otherwise`; only one side is computed."""
    if isinstance(test, bool):
        raise TypeError("choose() needs a comparison of the formula's arguments, such as choose(x > 0, x, 0)")
    return Choice(test, then, otherwise)


def children(tree: Formula) -> Iterator[Formula]:
    """Yields the formulas directly inside a tree."""
    return (part for part in tree.parts if isinstance(part, Formula))


def arguments_in(tree: Formula) -> set[str]:
    """Returns the names of the arguments that a tree mentions.

    >>> sorted(arguments_in(trace(lambda x, y: x / y + x, "x", "y")))
    ['x', 'y']
    """
    if isinstance(tree, Argument):
        return {tree.name}
    return set[str]().union(*map(arguments_in, children(tree)))


def argument_names(count: int) -> tuple[str, ...]:
    """Returns the table's names for the arguments of an operation: x, y, z, then x4, x5, …"""
    return tuple("xyz"[:count]) + tuple(f"x{i}" for i in range(4, count + 1))


def bind(arguments: Sequence[Formula]) -> dict[str, Formula]:
    """Returns the arguments by the table's names."""
    return dict(zip(argument_names(len(arguments)), arguments, strict=True))


def trace(function: Callable[..., object], *names: str) -> Formula:
    """Returns the tree of a function of the named arguments.

    >>> trace(lambda x, y: x / y + 1, "x", "y")
    add(div(x, y), 1.0)
    """
    return lift(function(*map(Argument, names)))  # type: ignore[arg-type] # a number or a formula, or lift() refuses it


def substitute(tree: Formula, values: Mapping[str, Formula]) -> Formula:
    """Returns the tree with arguments replaced by formulas.

    >>> substitute(trace(lambda x: x * x, "x"), {"x": Constant(3.0)})
    mul(3.0, 3.0)
    """
    if isinstance(tree, Argument):
        return values.get(tree.name, tree)
    return type(tree)(*[substitute(p, values) if isinstance(p, Formula) else p for p in tree.parts])


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


Values = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]


def holds(test: Test, values: Values, functions: Functions, lists: Mapping[str, Sequence[Any]] = {}) -> bool:
    """Returns whether a test holds for the given values of its arguments."""
    left, right = test.sides
    if isinstance(left, Test) and isinstance(right, Test):
        if test.sign == "and":
            return holds(left, values, functions, lists) and holds(right, values, functions, lists)
        return holds(left, values, functions, lists) or holds(right, values, functions, lists)
    numbers = (evaluate(side, values, functions, lists) for side in (left, right))
    return bool(_COMPARISONS[test.sign](*[getattr(x, "_data", x) for x in numbers]))  # a Value's own comparison would be noted


def evaluate(tree: Formula, values: Values, functions: Functions, lists: Mapping[str, Sequence[Any]] = {}) -> Any:
    """Returns the tree's value for any kind of number: floats, Values, mpmath's.

    `functions` has the operations by the table's names, and `sum` and `max` of a list for a Fold, which runs over `lists`.
    Recorders and programs compile the same trees, for speed.

    >>> evaluate(trace(lambda x: choose(x > 0, x + x, 0), "x"), {"x": 3}, {"add": operator.add})
    6
    """
    if isinstance(tree, Argument):
        return values[tree.name]
    if isinstance(tree, Constant):
        return tree.value
    if isinstance(tree, Choice):
        side = tree.then if holds(tree.test, values, functions, lists) else tree.otherwise
        return evaluate(side, values, functions, lists)
    if isinstance(tree, Fold):
        each = [dict(zip(lists, elements, strict=True)) for elements in zip(*lists.values(), strict=True)]
        return functions[tree.kind]([evaluate(tree.body, {**values, **element}, functions, lists) for element in each])
    assert isinstance(tree, Call)
    return functions[tree.name](*[evaluate(argument, values, functions, lists) for argument in tree.arguments])
