"""Formulas as data: a lambda, called once with symbols, leaves the tree of what it computes.

>>> tree = trace(lambda x: x * Call("exp", x), "x")
>>> tree
mul(x, exp(x))

A tree has five kinds of node: `Constant`, `Argument`, `Call` of an operation in the table, the lazy `Choice` between two
formulas, and `Fold`, a sum or a maximum over list arguments. Trees are immutable, compare by structure, and are all that
recorders, sentences, compiled programs and derivatives of derivatives read.

A part may stand in many places of a tree, and derivatives are full of such: written out, they would be exponentially long.
So whatever reads a tree asks for its parts through `walked`, which visits each part once, however deep it lies.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from chalkgrad.engine.basics.dropping import freed_in_turn

T = TypeVar("T")

_WRITTEN = 1000  # parts that a repr writes


@freed_in_turn("parts")
class Formula:
    """One node of a tree. Python's operators on it build larger trees."""

    __slots__ = ("_hash", "parts", "varies")
    parts: tuple[object, ...]
    varies: bool  # whether it mentions an argument

    def __init__(self, *parts: object) -> None:
        self.parts = parts
        self._hash = hash((type(self), parts))
        self.varies = False
        for part in parts:
            if isinstance(part, Formula) and part.varies:
                self.varies = True
                break

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, float)):
            raise TypeError(f"a formula is not a number, so it equals none: for the test x = {other} write equal(x, {other})")
        return self is other or (isinstance(other, Formula) and _same(self, other))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[object, ...]:
        return _restored, (_stored(self),)

    def __copy__(self) -> Formula:
        return self

    def __deepcopy__(self, memo: object) -> Formula:
        return self

    def __repr__(self) -> str:
        return _represented(self)

    def _pieces(self) -> list[object]:
        """What its repr consists of: texts, and formulas whose reprs stand there."""
        return [type(self).__name__, *_in_parentheses(self.parts)]

    def __bool__(self) -> bool:
        raise TypeError(
            "a formula cannot decide an `if`, for it is read once for all arguments: write choose(x > 0, this, that) instead"
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in Formula.__slots__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        shown = _represented(self)
        if name in ("data", "grad"):
            raise AttributeError(f"in a formula an argument stands for the number itself: write {shown}, not {shown}.{name}")
        raise AttributeError(f"a formula has no {name!r}: it is built from numbers, operators and chalkgrad's functions")

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

    def __mod__(self, other: Operand) -> Formula:
        return Call("mod", self, other)

    def __rmod__(self, other: Operand) -> Formula:
        return Call("mod", other, self)

    def __floordiv__(self, other: Operand) -> Formula:
        return Call("floordiv", self, other)

    def __rfloordiv__(self, other: Operand) -> Formula:
        return Call("floordiv", other, self)

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
    if hasattr(type(x), "_dx"):  # a Value, whose class stands further right
        value: Any = x
        named = f" {value.label}" if value.label else ""
        raise TypeError(
            f"a formula has no Values in it: write the number {value.data:g} for the Value{named}, or make it an argument"
        )
    if not math.isfinite(x):
        raise ValueError(f"a formula is made of finite numbers, and {x} is none")
    return Constant(float(x))


class Constant(Formula):
    """A number. 0 and -0 are two."""

    __slots__ = ()

    def _pieces(self) -> list[object]:
        return [repr(self.value)]

    @property
    def value(self) -> float:
        return self.parts[0]  # type: ignore[return-value] # as it was made


class Argument(Formula):
    """A named argument of the operation; `v` stands for the operation's own value."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.varies = True

    def _pieces(self) -> list[object]:
        return [self.name]

    @property
    def name(self) -> str:
        return self.parts[0]  # type: ignore[return-value] # as it was made


class Call(Formula):
    """An operation of the table applied to formulas."""

    __slots__ = ()

    def __init__(self, name: str, *arguments: Operand) -> None:
        super().__init__(name, *map(lift, arguments))

    def _pieces(self) -> list[object]:
        return [self.name, *_in_parentheses(self.arguments)]

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
    """Returns the test x = y (Python's `==` compares the trees themselves).

    >>> from chalkgrad.engine import operation, sin
    >>> sinc = operation("sinc", lambda x: choose(equal(x, 0), 1, sin(x) / x))
    >>> sinc(0.0)
    1.0
    """
    return Test("==", x, y)


def choose(test: Test, then: Operand, otherwise: Operand) -> Formula:
    """Returns the `if` of a formula: `then` where the test holds, else `otherwise`; only one side is computed.

    >>> from chalkgrad.engine import operation
    >>> ramp = operation("ramp", lambda x: choose(x > 0, x, 0))
    >>> ramp(3.0), ramp(-3.0)
    (3.0, 0.0)
    """
    if isinstance(test, bool):
        raise TypeError("choose() needs a comparison of the formula's arguments, such as choose(x > 0, x, 0)")
    return Choice(test, then, otherwise)


def children(tree: Formula) -> Iterator[Formula]:
    """Yields the formulas directly inside a tree."""
    return (part for part in tree.parts if isinstance(part, Formula))


def walked(visit: Callable[[Formula], Generator[Formula, Any, T]], tree: Formula, known: dict[Formula, T] | None = None) -> T:
    """Returns what a visit to the tree returns; `visit` is a generator, which says `yield part` where it needs a part's result.

    Equal parts are visited once, and Python's stack does not grow with the depth. Results are kept in `known`, which several
    walks may share.

    >>> def depth(tree):
    ...     below = 0
    ...     for part in children(tree):
    ...         below = max(below, (yield part))
    ...     return below + 1
    >>> tree = Argument("x")
    >>> for _ in range(5000):
    ...     tree = tree + tree
    >>> walked(depth, tree)
    5001
    """
    results: dict[Formula, T] = {} if known is None else known
    if tree in results:
        return results[tree]
    waiting = [(tree, visit(tree))]
    result = None
    while waiting:
        node, visiting = waiting[-1]
        try:
            part = visiting.send(result)
        except StopIteration as done:
            waiting.pop()
            result = results[node] = done.value
            continue
        result = results.get(part)
        if result is None and part not in results:
            waiting.append((part, visit(part)))
    return results[tree]


def arguments_in(tree: Formula) -> set[str]:
    """Returns the names of the arguments that a tree mentions.

    >>> sorted(arguments_in(trace(lambda x, y: x / y + x, "x", "y")))
    ['x', 'y']
    """
    return {part.name for part in parts_of_tree(tree) if isinstance(part, Argument)}


def differs_by_element(tree: Formula, lists: Collection[str]) -> bool:
    """Returns whether a tree differs from element to element of these list arguments: it mentions one outside a Fold."""
    if isinstance(tree, Fold) or not lists:  # a high derivative, whose parts are shared, is not gone through for nothing
        return False
    return (isinstance(tree, Argument) and tree.name in lists) or any(differs_by_element(x, lists) for x in children(tree))


def parts_of_tree(tree: Formula) -> list[Formula]:
    """Returns every part of a tree once, itself included and last, each after what it is made of."""
    found: dict[Formula, None] = {}
    waiting = [tree]
    while waiting:
        part = waiting[-1]
        inside = [] if part in found else [inner for inner in children(part) if inner not in found]
        if inside:
            waiting += reversed(inside)
        else:
            found[waiting.pop()] = None
    return list(found)


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

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        if isinstance(part, Argument):
            return values.get(part.name, part)
        return (yield from rebuilt(part)) if part.varies else part

    return walked(visit, tree)


def replaced(tree: Formula, old: Formula, new: Formula) -> Formula:
    """Returns the tree with another formula wherever this one stands.

    >>> x = Argument("x")
    >>> replaced(x * x + 1, x * x, x)
    add(x, 1.0)
    """

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        return new if part == old else (yield from rebuilt(part))

    return walked(visit, tree)


def rebuilt(tree: Formula) -> Generator[Formula, Formula, Formula]:
    """Returns, in a visit, the tree with the results of its parts; the tree itself where these are what they were."""
    parts: list[object] = []
    for part in tree.parts:
        parts.append((yield part) if isinstance(part, Formula) else part)
    return tree if all(x is y for x, y in zip(parts, tree.parts, strict=True)) else type(tree)(*parts)


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
    return bool(evaluate(test, values, functions, lists))


def evaluate(tree: Formula, values: Values, functions: Functions, lists: Mapping[str, Sequence[Any]] = {}) -> Any:
    """Returns the tree's value for any kind of number: floats, Values, mpmath's. Each part is computed once.

    `functions` has the operations by the table's names, and `sum` and `max` of a list for a Fold, which runs over `lists`.
    Recorders and programs compile the same trees, for speed.

    >>> evaluate(trace(lambda x: choose(x > 0, x + x, 0), "x"), {"x": 3}, {"add": operator.add})
    6
    """

    def visit(part: Formula) -> Generator[Formula, Any, Any]:
        if isinstance(part, Argument):
            return values[part.name]
        if isinstance(part, Constant):
            return part.value
        if isinstance(part, Choice):
            return (yield part.then if (yield part.test) else part.otherwise)
        if isinstance(part, Test):
            left = yield part.sides[0]
            if part.sign in ("and", "or"):
                return (yield part.sides[1]) if left is (part.sign == "and") else left
            right = yield part.sides[1]
            # a Value's own comparison would be noted
            return bool(_COMPARISONS[part.sign](getattr(left, "_data", left), getattr(right, "_data", right)))
        if isinstance(part, Fold):
            each = [dict(zip(lists, elements, strict=True)) for elements in zip(*lists.values(), strict=True)]
            return functions[part.kind]([evaluate(part.body, {**values, **element}, functions, lists) for element in each])
        assert isinstance(part, Call)
        numbers = []
        for argument in part.arguments:
            numbers.append((yield argument))
        return functions[part.name](*numbers)

    return walked(visit, tree)


# Trees as Python's objects -------------------------------------------------------------------------------------------


def _same(one: Formula, other: Formula) -> bool:
    """Whether two trees are equal, in the time of their size as it is stored.

    Equal ones share their parts from then on, so that a next comparison has nothing to look through.
    """
    pairs: dict[tuple[int, int], tuple[Formula, Formula]] = {}
    waiting = [(one, other)]
    while waiting:
        x, y = waiting.pop()
        if x is y or (id(x), id(y)) in pairs:
            continue
        if type(x) is not type(y) or x._hash != y._hash or len(x.parts) != len(y.parts):
            return False
        if x.parts is y.parts:
            continue
        pairs[id(x), id(y)] = x, y
        for part, beside in zip(x.parts, y.parts, strict=True):
            if isinstance(part, Formula) and isinstance(beside, Formula):
                waiting.append((part, beside))
            elif part != beside or str(part)[:1] != str(beside)[:1]:  # -0.0 == 0.0
                return False
    for x, y in pairs.values():
        y.parts = x.parts
    return True


Row = tuple[type[Formula], list[object]]  # a formula's kind and its parts, a formula among them by its index, in a list


def _stored(tree: Formula) -> list[Row]:
    """The tree as a pickle holds it: a row for each part, after those it is made of, so that nothing recurses."""
    indices: dict[Formula, int] = {}
    for part in parts_of_tree(tree):
        indices[part] = len(indices)
    return [(type(row), [[indices[p]] if isinstance(p, Formula) else p for p in row.parts]) for row in indices]


def _restored(rows: Sequence[Row]) -> Formula:
    made: list[Formula] = []
    for kind, parts in rows:
        made.append(kind(*[made[part[0]] if isinstance(part, list) else part for part in parts]))
    return made[-1]


def _represented(tree: Formula) -> str:
    """A tree's repr; of a long one the beginning, with … for every formula further on."""
    texts: list[str] = []
    waiting: list[object] = [tree]
    count = 0
    while waiting:
        piece = waiting.pop()
        if not isinstance(piece, Formula):
            texts.append(str(piece))
            continue
        count += 1
        if count > _WRITTEN:
            texts.append("…")
        else:
            waiting += reversed(piece._pieces())
    return "".join(texts)


def _in_parentheses(parts: Sequence[object]) -> list[object]:
    pieces: list[object] = ["("]
    for i, part in enumerate(parts):
        pieces += [", "] * (i > 0) + [part if isinstance(part, Formula) else repr(part)]
    return [*pieces, ")"]
