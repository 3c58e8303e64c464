"""Formulas put in order: like terms added up, like factors made powers, nothing multiplied out.

>>> x, y = Argument("x"), Argument("y")
>>> tidied((x + x) * y * 1 + 0 * x - y * x)
mul(x, y)

The tidied tree has the same value wherever the original is defined; x/x becomes 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction  # slow to import, so this file is imported where it is needed
from functools import reduce

from chalkgrad.engine.formulas.trees import Argument, Call, Choice, Constant, Formula, Test, children, holds
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.words.shown import says_something

Product = tuple[Fraction, dict[Formula, Fraction]]  # a coefficient, and factors with their exponents
_ONE, _ZERO = Constant(1.0), Constant(0.0)
_EXACT = 64  # larger whole exponents of numbers are left as they are written


def tidied(tree: Formula) -> Formula:
    """Returns the tree with like terms added up, like factors made powers, and without superfluous 0 and 1.

    Choices stay, with tidied branches; a choice that numbers alone decide is replaced by the side taken.

    >>> x, y = Argument("x"), Argument("y")
    >>> tidied(-(x / (4 * y)) * x)
    neg(div(pow(x, 2.0), mul(4.0, y)))
    """
    tidy = Tidier().tidy
    return tidy(tidy(tree))  # again, because √(x·y)·√(x·y) is x·y now, whose factors others may equal


class Tidier:
    """Tidies trees, each part once."""

    def __init__(self) -> None:
        self._done: dict[Formula, Formula] = {}

    def tidy(self, tree: Formula) -> Formula:
        """Returns the tree put in order; see `tidied`."""
        if tree not in self._done:
            self._done[tree] = _sum_of(self.terms(tree))
        return self._done[tree]

    def terms(self, tree: Formula) -> list[Product]:
        """Returns the terms of a sum, like ones added up, in the order in which they occur first."""
        found: dict[frozenset[tuple[Formula, Fraction]], Product] = {}
        for coefficient, factors in self._added(tree, Fraction(1)):
            key = frozenset(factors.items())
            found[key] = found.get(key, (Fraction(0), factors))[0] + coefficient, factors
        return [(coefficient, factors) for coefficient, factors in found.values() if coefficient]

    def _added(self, tree: Formula, sign: Fraction) -> list[Product]:
        name = tree.name if isinstance(tree, Call) else ""
        if name in ("add", "sub"):
            left, right = children(tree)
            return self._added(left, sign) + self._added(right, -sign if name == "sub" else sign)
        if name in ("neg", "pos"):
            (inner,) = children(tree)
            return self._added(inner, -sign if name == "neg" else sign)
        coefficient, factors = self.product(tree)
        if coefficient and len(factors) == 1:  # 2·(a + b) - a: a sum that stands by itself is added up with the others
            ((base, exponent),) = factors.items()
            if exponent == 1 and coefficient in (1, -1) and isinstance(base, Call) and base.name in ("add", "sub"):
                return self._added(base, sign * coefficient)
        return [(sign * coefficient, factors)]

    def product(self, tree: Formula) -> Product:
        """Returns the coefficient and the factors of a product."""
        if _is_number(tree):
            return _fraction(tree), {}
        if isinstance(tree, Choice):
            tree = self._choice(tree)
            return (Fraction(1), {tree: Fraction(1)}) if isinstance(tree, Choice) else self.product(tree)
        if not isinstance(tree, Call):
            return self._one(tree)
        arguments = tree.arguments
        if tree.name in ("add", "sub", "neg", "pos"):
            terms = self.terms(tree)
            if len(terms) > 1:
                return Fraction(1), {_sum_of(terms): Fraction(1)}
            return terms[0] if terms else (Fraction(0), {})
        if tree.name == "mul":
            return _times(*map(self.product, arguments))
        if tree.name == "div":
            above, below = map(self.product, arguments)
            if below[0]:
                return _times(above, _to_power(below, Fraction(-1)))
        if tree.name == "pow" and isinstance(power := self.tidy(arguments[1]), Constant):
            base, exponent = self.product(arguments[0]), Fraction(power.value)
            whole = exponent.denominator == 1
            if whole and (base[0] or exponent > 0) and (abs(base[0]) == 1 or abs(exponent) <= _EXACT):
                return _to_power(base, exponent)
            if not exponent:
                return Fraction(1), {}
            if not whole and not base[1] and base[0] > 0:
                return Fraction(float(base[0]) ** power.value), {}
            if not whole and base[1]:  # (x²)^0.5 is |x|, not x: the base stays in one piece
                return Fraction(1), {self.tidy(arguments[0]): exponent}
        if tree.name == "exp":
            return self._exponential(arguments[0])
        return self._one(Call(tree.name, *map(self.tidy, arguments)))

    def _exponential(self, exponent: Formula) -> Product:
        """Writes exp(x - log(y)) as exp(x)/y."""
        result: Product = Fraction(1), {}
        rest: list[Product] = []
        for coefficient, factors in self.terms(exponent):
            ((base, power),) = factors.items() if len(factors) == 1 else ((_ONE, 0),)
            if isinstance(base, Call) and base.name == "log" and power == 1 and coefficient.denominator == 1:
                result = _times(result, _to_power(self.product(base.arguments[0]), coefficient))
            else:
                rest.append((coefficient, factors))
        return _times(self._one(Call("exp", _sum_of(rest))), result) if rest else result

    def _one(self, tree: Formula) -> Product:
        if _is_number(tree):
            return _fraction(tree), {}
        return Fraction(1), {tree: Fraction(1)}

    def _choice(self, tree: Choice) -> Formula:
        if not says_something(tree.test):
            return self.tidy(tree.then if holds(tree.test, {}, ON_FLOATS) else tree.otherwise)
        then, otherwise = (self.tidy(_decided(side, tree.test, i == 0)) for i, side in enumerate((tree.then, tree.otherwise)))
        return then if then == otherwise else Choice(self._test(tree.test), then, otherwise)

    def _test(self, test: Test) -> Test:
        return Test(test.sign, *(self._test(side) if isinstance(side, Test) else self.tidy(side) for side in test.sides))


def _decided(tree: Formula, test: Test, outcome: bool) -> Formula:
    """The tree for a known outcome of the test: choices by the same test are replaced by the side taken."""
    if isinstance(tree, Choice) and tree.test == test:
        return _decided(tree.then if outcome else tree.otherwise, test, outcome)
    parts = [_decided(part, test, outcome) if isinstance(part, Formula) else part for part in tree.parts]
    return type(tree)(*parts)


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
    small = coefficient.denominator <= 100 and coefficient.numerator < 10**6 and bool(factors)
    number = float(coefficient.numerator if small else coefficient)
    above: list[Formula] = [Constant(number)] if number != 1 else []
    below: list[Formula] = [Constant(float(coefficient.denominator))] if small and coefficient.denominator > 1 else []
    ordered = sorted(
        factors.items(), key=lambda factor: _sort_key(factor[0])
    )  # stable: factors other than letters keep their order
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
