"""Formulas put in order: like terms added up, like factors made powers, nothing multiplied out.

>>> x, y = Argument("x"), Argument("y")
>>> tidied((x + x) * y * 1 + 0 * x - y * x)
mul(x, y)

The tidied tree has the same value wherever the original is defined; x/x becomes 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from fractions import Fraction  # slow to import, so this file is imported where it is needed
from functools import reduce
from typing import Any, TypeVar

from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Formula, Test, children, holds, rebuilt, walked
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.words.shown import says_something

Product = tuple[Fraction, dict[Formula, Fraction]]  # a coefficient, and factors with their exponents
_ONE, _ZERO = Constant(1.0), Constant(0.0)
_EXACT = 64  # larger whole exponents of numbers are left as they are written
_LARGEST = 1000  # binary digits of a coefficient, which is to be written as a float


class TooLongError(Exception):
    """A tree in order would have more terms and factors than were allowed, or a number too large for a float."""


def tidied(tree: Formula, most: float = math.inf) -> Formula:
    """Returns the tree with like terms added up, like factors made powers, and without superfluous 0 and 1.

    Choices stay, with tidied branches; a choice that numbers alone decide is replaced by the side taken.

    Raises TooLongError if it takes more than so many terms and factors: a product of products is written out in each place.

    >>> x, y = Argument("x"), Argument("y")
    >>> tidied(-(x / (4 * y)) * x)
    neg(div(pow(x, 2.0), mul(4.0, y)))
    """
    tidy = Tidier(most).tidy
    return tidy(tidy(tree))  # again, because √(x·y)·√(x·y) is x·y now, whose factors others may equal


T = TypeVar("T")
Doing = Generator[Any, Any, T]  # work that says `yield` before other such work, and is given its result; see `done`


class Tidier:
    """Tidies trees, each part once, in these and in later calls.

    Whatever asks for the parts of a part is `Doing`, because Python's stack is too small for the depth of a derivative.
    It raises TooLongError when it has made `most` terms and factors.
    """

    def __init__(self, most: float = math.inf) -> None:
        self._left = most
        self._tidy: dict[Formula, Formula] = {}
        self._products: dict[Formula, Product] = {}
        self._tests: dict[Formula, int] = {}
        self._test_bits: dict[Formula, int] = {}

    def tidy(self, tree: Formula) -> Formula:
        """Returns the tree put in order; see `tidied`."""
        return done(self._tidied(tree))

    def _tidied(self, tree: Formula) -> Doing[Formula]:
        if tree not in self._tidy:
            self._tidy[tree] = _sum_of((yield self._terms(tree)))
        return self._tidy[tree]

    def _terms(self, tree: Formula) -> Doing[list[Product]]:
        """Returns the terms of a sum, like ones added up, in the order in which they occur first."""
        found: dict[frozenset[tuple[Formula, Fraction]], Product] = {}
        for part, weight in (yield self._spread(tree, self._summed)):
            coefficient, factors = yield self._product(part)
            key = frozenset(factors.items())
            found[key] = found.get(key, (Fraction(0), factors))[0] + weight * coefficient, factors
        return [(coefficient, factors) for coefficient, factors in found.values() if coefficient]

    def _made(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise TooLongError

    def _spread(self, tree: Formula, opened: Callable[[Formula], Doing[list[Signed]]]) -> Doing[list[tuple[Formula, int]]]:
        """Returns what a sum or a product consists of, each with how often it occurs: a reverse sweep over what is opened.

        They stand in the order in which they occur first. Opened one occurrence after the other, they would be too many.
        """
        links: dict[Formula, list[Signed]] = {}
        order: dict[Formula, None] = {}
        waiting = [tree]
        while waiting:
            part = waiting[-1]
            if part not in links:
                self._made(1)
                links[part] = yield opened(part)
                waiting += [inner for inner, _ in reversed(links[part]) if inner not in links]
            else:
                waiting.pop()
                order[part] = None  # after what it is made of
        counts = dict.fromkeys(order, 0) | {tree: 1}
        for part in reversed(order):
            for inner, sign in links[part]:
                counts[inner] += sign * counts[part]
        return [(part, counts[part]) for part in order if not links[part]]

    def _summed(self, tree: Formula) -> Doing[list[Signed]]:
        """What a sum adds up, with signs; nothing for anything but a sum."""
        name = tree.name if isinstance(tree, Call) else ""
        if name in ("add", "sub"):
            left, right = children(tree)
            return [(left, 1), (right, -1 if name == "sub" else 1)]
        if name in ("neg", "pos"):
            (inner,) = children(tree)
            return [(inner, -1 if name == "neg" else 1)]
        coefficient, factors = yield self._product(tree)
        if abs(coefficient) == 1 and len(factors) == 1:  # 2·(a + b) - a: a sum by itself is added up with the others
            ((base, exponent),) = factors.items()
            if exponent == 1 and isinstance(base, Call) and base.name in ("add", "sub"):
                return [(base, int(coefficient))]
        return []

    def _multiplied(self, tree: Formula) -> Doing[list[Signed]]:
        """The two factors of a product; nothing for anything but a product."""
        yield from ()
        return [(part, 1) for part in tree.arguments] if isinstance(tree, Call) and tree.name == "mul" else []

    def _product(self, tree: Formula) -> Doing[Product]:
        """Returns the coefficient and the factors of a product."""
        if tree not in self._products:
            self._products[tree] = yield self._product_of(tree)
        return self._products[tree]

    def _product_of(self, tree: Formula) -> Doing[Product]:
        if _is_number(tree):
            return _fraction(tree), {}
        if isinstance(tree, Choice):
            chosen: Formula = yield self._choice(tree)
            return (Fraction(1), {chosen: Fraction(1)}) if isinstance(chosen, Choice) else (yield from self._product(chosen))
        if not isinstance(tree, Call):
            return _one(tree)
        arguments = tree.arguments
        if tree.name in ("add", "sub", "neg", "pos"):
            terms = yield self._terms(tree)
            if len(terms) > 1:
                return Fraction(1), {_sum_of(terms): Fraction(1)}
            return terms[0] if terms else (Fraction(0), {})
        if tree.name == "mul":
            return (yield from self._times(tree))
        if tree.name == "div":
            above, below = (yield self._product(arguments[0])), (yield self._product(arguments[1]))
            if below[0]:
                self._made(len(above[1]) + len(below[1]))
                return _times(above, _to_power(below, Fraction(-1)))
        if tree.name == "pow" and isinstance(power := (yield self._tidied(arguments[1])), Constant):
            base, exponent = (yield self._product(arguments[0])), Fraction(power.value)
            whole = exponent.denominator == 1
            fits = abs(base[0]) == 1 or (abs(exponent) <= _EXACT and _digits(base[0]) * abs(exponent) <= _LARGEST)
            if whole and (base[0] or exponent > 0) and fits:
                return _to_power(base, exponent)
            if not exponent:
                return Fraction(1), {}
            if not whole and not base[1] and base[0] > 0:
                return Fraction(float(base[0]) ** power.value), {}
            if not whole and base[1]:  # (x²)^0.5 is |x|, not x: the base stays in one piece
                return Fraction(1), {(yield self._tidied(arguments[0])): exponent}
        if tree.name == "exp":
            return (yield from self._exponential(arguments[0]))
        return _one(Call(tree.name, *(yield self._all_tidied(arguments))))

    def _all_tidied(self, trees: Sequence[Formula]) -> Doing[list[Formula]]:
        tidy = []
        for tree in trees:
            tidy.append((yield self._tidied(tree)))
        return tidy

    def _times(self, tree: Call) -> Doing[Product]:
        """Multiplies all that a product of products consists of; a number that no float could hold leaves it as it is."""
        coefficient, factors = Fraction(1), dict[Formula, Fraction]()
        for part, count in (yield self._spread(tree, self._multiplied)):
            own: Product = yield self._product(part)
            if not own[0]:
                return own
            if _digits(own[0]) * count + _digits(coefficient) > _LARGEST:
                left, right = yield self._all_tidied(tree.arguments)
                return _one(left * right)
            coefficient *= own[0] ** count
            for each in (count - count % 2, count % 2):  # √x·√x·√x is x·√x
                if each:
                    number, raised = _to_power((Fraction(1), own[1]), Fraction(each))  # the number is 2 for √2·√2
                    coefficient *= number
                    for base, exponent in raised.items():
                        factors[base] = factors.get(base, Fraction(0)) + exponent
        return _rooted(coefficient, factors)

    def _exponential(self, exponent: Formula) -> Doing[Product]:
        """Writes exp(x - log(y)) as exp(x)/y."""
        result: Product = Fraction(1), {}
        rest: list[Product] = []
        for coefficient, factors in (yield self._terms(exponent)):
            ((base, power),) = factors.items() if len(factors) == 1 else ((_ONE, 0),)
            whole = coefficient.denominator == 1 and abs(coefficient) <= _EXACT
            if isinstance(base, Call) and base.name == "log" and power == 1 and whole:
                result = _times(result, _to_power((yield self._product(base.arguments[0])), coefficient))
            else:
                rest.append((coefficient, factors))
        return _times(_one(Call("exp", _sum_of(rest))), result) if rest else result

    def _choice(self, tree: Choice) -> Doing[Formula]:
        if not says_something(tree.test):
            return (yield from self._tidied(tree.then if holds(tree.test, {}, ON_FLOATS) else tree.otherwise))
        then = yield self._tidied(self._decided(tree.then, tree.test, True))
        otherwise = yield self._tidied(self._decided(tree.otherwise, tree.test, False))
        return then if then == otherwise else Choice((yield self._test(tree.test)), then, otherwise)

    def _test(self, test: Test) -> Doing[Test]:
        sides = []
        for side in test.sides:
            sides.append((yield self._test(side) if isinstance(side, Test) else self._tidied(side)))
        return Test(test.sign, *sides)

    def _decided(self, tree: Formula, test: Test, outcome: bool) -> Formula:
        """The tree for a known outcome of the test: choices by the same test are replaced by the side taken."""
        bit = self._test_bits.setdefault(test, 1 << len(self._test_bits))

        def inside(part: Formula) -> Generator[Formula, int, int]:
            bits = self._test_bits.setdefault(part.test, 1 << len(self._test_bits)) if isinstance(part, Choice) else 0
            for inner in children(part):
                bits |= yield inner
            return bits

        def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
            if not walked(inside, part, self._tests) & bit:
                return part
            if isinstance(part, Choice) and part.test == test:
                return (yield part.then if outcome else part.otherwise)
            return (yield from rebuilt(part))

        return walked(visit, tree)


Signed = tuple[Formula, int]  # a part of a sum or of a product, and its sign


def done(work: Doing[T]) -> T:
    """Returns the result of work that asks for the results of other work by `yield`."""
    waiting: list[Doing[Any]] = [work]
    result: Any = None
    while waiting:
        try:
            waiting.append(waiting[-1].send(result))
            result = None
        except StopIteration as finished:
            waiting.pop()
            result = finished.value
    return result  # type: ignore[no-any-return] # that of `work`, the last to finish


def _one(tree: Formula) -> Product:
    if _is_number(tree):
        return _fraction(tree), {}
    return Fraction(1), {tree: Fraction(1)}


def _digits(x: Fraction) -> int:
    """About how many binary digits a number has before or behind the point."""
    return abs(x.numerator.bit_length() - x.denominator.bit_length())


def _times(one: Product, other: Product) -> Product:
    factors = dict(one[1])
    for base, exponent in other[1].items():
        factors[base] = factors.get(base, Fraction(0)) + exponent
    return _rooted(one[0] * other[0], factors)


def _to_power(product: Product, exponent: Fraction) -> Product:
    return _rooted(product[0] ** int(exponent), {base: own * exponent for base, own in product[1].items()})


def _rooted(coefficient: Fraction, factors: Mapping[Formula, Fraction]) -> Product:
    """The product without exponents of 0, and with x for √x·√x."""
    result: dict[Formula, Fraction] = {}
    for base, exponent in factors.items():
        if isinstance(base, Call) and base.name == "sqrt" and exponent and exponent % 2 == 0:
            base, exponent = base.arguments[0], exponent / 2
            if _is_number(base) and (_fraction(base) or exponent > 0):
                coefficient *= _fraction(base) ** int(exponent)
                continue
        result[base] = result.get(base, Fraction(0)) + exponent
    return coefficient, {base: exponent for base, exponent in result.items() if exponent} if coefficient else {}


def _is_number(tree: Formula) -> bool:
    """Whether it is a number to compute with; π is treated as a letter."""
    return isinstance(tree, Constant) and tree.value != math.pi


def _fraction(tree: Formula) -> Fraction:
    assert isinstance(tree, Constant)
    return Fraction(tree.value)


def _sum_of(terms: Sequence[Product]) -> Formula:
    """The terms as a tree: the first positive one first, and a number last unless it is first."""
    first = next((i for i, (coefficient, _) in enumerate(terms) if coefficient > 0), 0)
    ordered = [*terms[first : first + 1], *terms[:first], *terms[first + 1 :]]
    result: Formula | None = None
    for coefficient, factors in ordered[:1] + sorted(ordered[1:], key=lambda term: not term[1]):  # a number last, or first
        tree = _written_product(abs(coefficient), factors)
        if result is None:
            result = tree if coefficient > 0 else _negative(tree)
        else:
            result = result + tree if coefficient > 0 else result - tree
    return _ZERO if result is None else result


def _negative(tree: Formula) -> Formula:
    return Constant(-tree.value) if isinstance(tree, Constant) and _is_number(tree) else -tree


def _written_product(coefficient: Fraction, factors: Mapping[Formula, Fraction]) -> Formula:
    """A product as a tree: the number first, then letters, then longer parts; all divisors under one bar."""
    if any(_digits(x) > _LARGEST for x in (coefficient, *factors.values())):
        raise TooLongError
    small = coefficient.denominator <= 100 and coefficient.numerator < 10**6 and bool(factors)
    number = float(coefficient.numerator if small else coefficient)
    above: list[Formula] = [Constant(number)] if number != 1 else []
    below: list[Formula] = [Constant(float(coefficient.denominator))] if small and coefficient.denominator > 1 else []
    ordered = sorted(factors.items(), key=lambda factor: _sort_key(factor[0]))  # others than letters keep their order
    raised = [(base if abs(e) == 1 else Call("pow", base, float(abs(e))), e > 0) for base, e in ordered]
    numerator = reduce(_product_of, [*above, *(tree for tree, up in raised if up)] or [_ONE])
    if denominator := [*below, *(tree for tree, up in raised if not up)]:
        return numerator / reduce(_product_of, denominator)
    return numerator


def _sort_key(base: Formula) -> tuple[int, int, str]:
    """The order of factors in a product: named numbers such as π, letters by length and alphabet, then the rest."""
    if isinstance(base, Argument):
        return 1, len(base.name), base.name
    return 0 if isinstance(base, Constant) else 2, 0, ""


def _product_of(x: Formula, y: Formula) -> Formula:
    return x * y
