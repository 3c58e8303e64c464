"""Formulas as LLVM's instructions on vectors of doubles, one sample in each lane.

>>> from chalkgrad.engine.rules import RULES
>>> prepared(RULES["sigmoid"].value) == prepared(RULES["sigmoid"].value), is_short(RULES["relu"].value)
(True, True)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Fold,
    Formula,
    Test,
    arguments_in,
    children,
    differs_by_element,
    replaced,
    substitute,
)
from chalkgrad.engine.programs.elementary import FORMULAS, LIMITS
from chalkgrad.engine.programs.text import folded
from chalkgrad.engine.rules import RULES, Rule
from llvmlite import ir

DOUBLE, I32, I64 = ir.DoubleType(), ir.IntType(32), ir.IntType(64)

# What LLVM and the processor have themselves; the elementary functions are formulas (elementary.py).
NATIVE: dict[str, Callable[..., Any]] = {
    "add": lambda b, x, y: b.fadd(x, y),
    "sub": lambda b, x, y: b.fsub(x, y),
    "mul": lambda b, x, y: b.fmul(x, y),
    "div": lambda b, x, y: b.fdiv(x, y),
    "mod": lambda b, x, y: _modulo(b, x, y),
    "neg": lambda b, x: b.fneg(x),
    "pos": lambda b, x: x,
    "abs": lambda b, x: intrinsic(b, "fabs", x),
    "sqrt": lambda b, x: intrinsic(b, "sqrt", x),
    "floor": lambda b, x: intrinsic(b, "floor", x),
    "fma": lambda b, x, y, z: intrinsic(b, "fma", x, y, z),
    "scale": lambda b, x, n: _scale(b, x, n),
    "exponent": lambda b, x: _exponent(b, x),
}


# Rewriting formulas for hardware that evaluates both branches --------------------------------------------------------------


@cache
def prepared(tree: Formula) -> Formula:
    """Returns the tree in terms of NATIVE and FORMULAS.

    Lanes take different sides of a choice, so both sides are computed. A function that stands on both is moved out and
    computed once.
    """
    if isinstance(tree, Call):
        arguments = [prepared(argument) for argument in tree.arguments]
        if tree.name == "pow" and isinstance(arguments[1], Constant) and arguments[1].value in POWERS:
            return POWERS[arguments[1].value](arguments[0])
        if tree.name in NATIVE or tree.name in FORMULAS:
            return Call(tree.name, *arguments)
        rule = RULES[tree.name]
        return prepared(substitute(rule.value, dict(zip(rule.arguments, arguments, strict=True))))
    if isinstance(tree, Choice):
        test, then, otherwise = (prepared(part) for part in (tree.test, tree.then, tree.otherwise))
        assert isinstance(test, Test)
        return _merged(test, then, otherwise)
    return type(tree)(*[prepared(part) if isinstance(part, Formula) else part for part in tree.parts])


# Powers that need no logarithm.
POWERS: dict[float, Callable[[Formula], Formula]] = {
    0.0: lambda x: Constant(1.0),
    1.0: lambda x: x,
    2.0: lambda x: x * x,
    -1.0: lambda x: 1.0 / x,
}


def _merged(test: Test, then: Formula, otherwise: Formula) -> Formula:
    """Returns the choice; a function that each side calls once is called once for both, on the chosen argument."""
    for name in FORMULAS:
        calls = [{call for call in _calls(side) if call.name == name} for side in (then, otherwise)]
        if len(calls[0]) == len(calls[1]) == 1 and calls[0] != calls[1]:
            (one,), (other,) = calls
            chosen = Call(name, *(Choice(test, x, y) for x, y in zip(one.arguments, other.arguments, strict=True)))
            return _merged(test, replaced(then, one, chosen), replaced(otherwise, other, chosen))
    return Choice(test, then, otherwise)


def _calls(tree: Formula) -> Iterator[Call]:
    if isinstance(tree, Call):
        yield tree
    for child in children(tree):
        yield from _calls(child)


@cache
def partial(rule: Rule, k: int, constants: tuple[float | None, ...]) -> Formula:
    """Returns the k-th local derivative of an operation, with its constant arguments put in."""
    known = {x: Constant(c) for x, c in zip(rule.arguments, constants, strict=False) if c is not None}
    return prepared(folded(substitute(rule.partials[k], known)))


def mentioned(rule: Rule, tree: Formula) -> list[str]:
    """Returns the arguments that a formula mentions, in order, and `v` if it mentions the value."""
    found = arguments_in(tree)
    return [name for name in (*rule.arguments, "v") if name in found]


@cache
def is_short(tree: Formula) -> bool:
    """Returns whether computing a formula anew costs less than storing its value and loading it."""
    return _steps(tree) <= 4


def _steps(tree: Formula) -> float:
    if isinstance(tree, Fold) or (isinstance(tree, Call) and tree.name not in ("add", "sub", "mul", "neg", "abs")):
        return math.inf
    return (not isinstance(tree, (Argument, Constant))) + sum(map(_steps, children(tree)))


# Trees to instructions -----------------------------------------------------------------------------------------------


class Emitter:
    """Writes the instructions of trees; what occurs twice is computed once.

    Args:
        builder: LLVM's, which appends instructions
        kind: the type of all values, a double or a vector of doubles
        names: the values of the arguments
        lists: for list arguments a function from the number of an element to its value
        length: the number of elements
    """

    def __init__(
        self,
        builder: Any,
        kind: Any,
        names: Mapping[str, Any],
        lists: Mapping[str, Callable[[Any], Any]] = {},
        length: Any = None,
    ) -> None:
        self.b, self.kind, self.names, self.lists, self.length = builder, kind, dict(names), lists, length
        self.known: dict[Formula, Any] = {}
        self.called: dict[Any, Any] = {}  # the results of elementary functions, by name and arguments
        self.element: Any = None  # the number of the element, inside a Fold

    def value(self, tree: Formula) -> Any:
        if tree not in self.known:
            self.known[tree] = self._value(tree)
        return self.known[tree]

    def _value(self, tree: Formula) -> Any:
        if isinstance(tree, Argument):
            return self.lists[tree.name](self.element) if tree.name in self.lists else self.names[tree.name]
        if isinstance(tree, Constant):
            return constant(self.kind, tree.value)
        if isinstance(tree, Choice):
            return self.b.select(self.test(tree.test), self.value(tree.then), self.value(tree.otherwise))
        if isinstance(tree, Fold):
            return self._fold(tree)
        assert isinstance(tree, Call)
        arguments = [self.value(argument) for argument in tree.arguments]
        return NATIVE[tree.name](self.b, *arguments) if tree.name in NATIVE else self._call(tree.name, arguments)

    def test(self, test: Test) -> Any:
        left, right = test.sides
        if isinstance(left, Test) and isinstance(right, Test):
            join = self.b.and_ if test.sign == "and" else self.b.or_
            return join(self.test(left), self.test(right))
        return self.b.fcmp_ordered(test.sign, self.value(left), self.value(right))

    def _call(self, name: str, arguments: list[Any]) -> Any:
        key = (name, *(x.get_reference() for x in arguments))
        if key not in self.called:
            inner = Emitter(self.b, self.kind, dict(zip("xyz", arguments, strict=False)))
            inner.called = self.called
            result = inner.value(FORMULAS[name])
            self.called[key] = _with_c_library(self.b, name, arguments[0], result) if name in LIMITS else result
        return self.called[key]

    def _fold(self, fold: Fold) -> Any:
        self.compute_outside(fold.body)
        start = constant(self.kind, 0.0 if fold.kind == "sum" else -float("inf"))
        with self.each_element(start) as (loop, (so_far,)):
            x = self.value(fold.body)
            if fold.kind == "sum":
                loop.next = [self.b.fadd(so_far, x)]
            else:  # NaN stays: it is not larger, and nothing is larger than it
                larger = self.b.or_(self.b.fcmp_ordered(">", x, so_far), self.b.fcmp_unordered("uno", x, x))
                loop.next = [self.b.select(larger, x, so_far)]
        return loop.next[0]

    @contextmanager
    def each_element(self, *start: Any) -> Iterator[Any]:
        """A loop over the elements of the lists. What is computed in its body is not known after it."""
        saved, called = dict(self.known), dict(self.called)
        with Loop(self.b, self.length, *start) as loop:
            self.element = loop.index
            yield loop, loop.carried
        self.element, self.known = None, saved
        self.called.clear()
        self.called.update(called)

    def compute_outside(self, tree: Formula) -> None:
        """Computes what is the same for all elements before the loop over them."""
        if not differs_by_element(tree, self.lists):
            self.value(tree)
        else:
            for child in children(tree):
                self.compute_outside(child)


class Loop:
    """A context manager whose body writes the instructions of a loop of `count` ≥ 1 rounds.

    Attributes:
        index: the number of the round
        carried: the values that it carries from round to round, at the start of a round
        next: the same at its end, which the body sets; after the loop, the values of the last round
    """

    def __init__(self, builder: Any, count: Any, *start: Any) -> None:
        self.b, self.count, self.start = builder, count, start
        self.next: list[Any] = []

    def __enter__(self) -> Loop:
        before = self.b.block
        self.body = self.b.append_basic_block()
        self.b.branch(self.body)
        self.b.position_at_end(self.body)
        self.index = self.b.phi(I64)
        self.index.add_incoming(I64(0), before)
        self.carried = []
        for x in self.start:
            self.carried.append(self.b.phi(x.type))
            self.carried[-1].add_incoming(x, before)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:
            following = self.b.add(self.index, I64(1))
            self.index.add_incoming(following, self.b.block)
            for phi, x in zip(self.carried, self.next, strict=True):
                phi.add_incoming(x, self.b.block)
            after = self.b.append_basic_block()
            self.b.cbranch(self.b.icmp_signed("<", following, self.count), self.body, after)
            self.b.position_at_end(after)


def constant(kind: Any, number: float) -> Any:
    """Returns a number in every lane."""
    return kind(number) if kind is DOUBLE else ir.Constant(kind, [ir.Constant(DOUBLE, number)] * kind.count)


def _lanes(kind: Any) -> int:
    return kind.count if isinstance(kind, ir.VectorType) else 1


def intrinsic(b: Any, name: str, *arguments: Any) -> Any:
    kind = arguments[0].type
    suffix = f"v{kind.count}f64" if isinstance(kind, ir.VectorType) else "f64"
    return b.call(_declared(b.module, f"llvm.{name}.{suffix}", kind, [kind] * len(arguments)), arguments)


def _declared(module: Any, name: str, result: Any, arguments: Sequence[Any]) -> Any:
    return module.globals.get(name) or ir.Function(module, ir.FunctionType(result, arguments), name)


def _whole(kind: Any) -> Any:
    return ir.VectorType(I64, kind.count) if isinstance(kind, ir.VectorType) else I64


def _integer(kind: Any, number: int) -> Any:
    return ir.Constant(kind, [number] * kind.count) if isinstance(kind, ir.VectorType) else kind(number)


def _power_of_two(b: Any, n: Any) -> Any:
    """Returns 2**n for whole numbers n within ±1022, made from its bits."""
    magic = float(2**52 + 2**51)
    whole = _whole(n.type)
    bits = b.bitcast(b.fadd(n, constant(n.type, magic + 1023)), whole)  # the low bits are n + 1023
    return b.bitcast(b.shl(bits, _integer(whole, 52)), n.type)


def _scale(b: Any, x: Any, n: Any) -> Any:
    """Returns x·2**n for n within ±2200, in three steps of which only the last can round."""
    third = intrinsic(b, "floor", b.fmul(n, constant(n.type, 1 / 3)))
    factor = _power_of_two(b, third)
    rest = b.fsub(n, b.fadd(third, third))
    return b.fmul(b.fmul(b.fmul(x, factor), factor), _power_of_two(b, rest))


def _exponent(b: Any, x: Any) -> Any:
    """Returns floor(log2|x|), read from the bits; a subnormal x is scaled up first."""
    whole, size = _whole(x.type), intrinsic(b, "fabs", x)
    small = b.fcmp_ordered("<", size, constant(x.type, 2.0**-1022))
    normal = b.select(small, b.fmul(size, constant(x.type, 2.0**54)), size)
    biased = b.lshr(b.bitcast(normal, whole), _integer(whole, 52))
    magic = 2.0**52
    number = b.bitcast(b.or_(biased, b.bitcast(constant(x.type, magic), whole)), x.type)  # 2**52 + biased
    return b.fsub(number, b.select(small, constant(x.type, magic + 1077), constant(x.type, magic + 1023)))


def _modulo(b: Any, x: Any, y: Any) -> Any:
    """Returns x % y with the sign of y; the processor's remainder has the sign of x."""
    v, zero = b.frem(x, y), constant(x.type, 0.0)
    wrong = b.xor(b.fcmp_ordered("<", v, zero), b.fcmp_ordered("<", y, zero))
    return b.select(b.and_(wrong, b.fcmp_ordered("!=", v, zero)), b.fadd(v, y), v)


def _with_c_library(b: Any, name: str, x: Any, result: Any) -> Any:
    """Returns the result, with the lanes in which |x| is beyond a formula's limit computed by the C library, one by one."""
    kind, lanes = x.type, _lanes(x.type)
    far = b.fcmp_ordered(">", intrinsic(b, "fabs", x), constant(kind, LIMITS[name]))
    some = far if lanes == 1 else b.icmp_unsigned("!=", b.bitcast(far, ir.IntType(lanes)), ir.IntType(lanes)(0))
    before, slow, after = b.block, b.append_basic_block(), b.append_basic_block()
    b.cbranch(some, slow, after)
    b.position_at_end(slow)
    function = _declared(b.module, name, DOUBLE, [DOUBLE])
    exact = b.call(function, [x]) if lanes == 1 else result
    for i in range(lanes if lanes > 1 else 0):
        exact = b.insert_element(exact, b.call(function, [b.extract_element(x, I32(i))]), I32(i))
    exact = b.select(far, exact, result)
    b.branch(after)
    b.position_at_end(after)
    joined = b.phi(kind)
    joined.add_incoming(result, before)
    joined.add_incoming(exact, slow)
    return joined
