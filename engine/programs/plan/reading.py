"""The tape of a program as sums, products and other operations, parents first: the first step towards its matrices.

Sums are read as a whole, however they were written: `affine`, a loop with `+=`, a sum of products, from either end. So that
`w1*x1 + w2*x2 + b` is one node here, what was computed on the way is not.

>>> from chalkgrad.engine import Value, program
>>> w1, w2, x1, x2, b = (Value(2.0, name) for name in ("w1", "w2", "x1", "x2", "b"))
>>> [str(item) for item in read(program(b + w1 * x1 - x2 * w2, inputs=[w1, x1, w2, x2, b])).items]
['v3 + v0·v1 - v5·v6']
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import pack
from typing import Any, NamedTuple

from chalkgrad.engine.programs.program import Program
from chalkgrad.engine.rules import RULES, Rule

# What is subtracted is turned round term by term, if that is short: else chains of differences would take quadratic time.
SHORT = 64
# A sum of more terms, of which none is a product, is a total: a reduction of an array.
FEW = 4
MANY = 1000  # operations that are looked at before they are read
SMALL = 8  # of so many operations that are alike an array is made, whatever they read

ADD, SUB, NEG, POS, MUL, TOTAL, AFFINE = (RULES[name] for name in ("add", "sub", "neg", "pos", "mul", "total", "affine"))
SUMS = frozenset({ADD, SUB, NEG, POS, MUL, TOTAL, AFFINE})


class Operation(NamedTuple):
    """One operation of the table that is not a sum; an argument is the number of a node, or a float.

    In a list a float is a node, too, so that lists with numbers are arrays: that of a constant, as in a sum.
    """

    node: int
    rule: Rule
    arguments: tuple[int | float, ...]

    def operands(self) -> Iterable[int]:
        return [x for x in self.arguments if x.__class__ is int]

    def __str__(self) -> str:
        return f"{self.rule.name}({', '.join([_name(x) for x in self.arguments])})"


class Sum(NamedTuple):
    """constant + Σ left·right - Σ minus_left·minus_right + Σ plus - Σ minus; each a number of a node, or of a constant."""

    node: int
    constant: float | None
    left: Sequence[int]
    right: Sequence[int]
    minus_left: Sequence[int]
    minus_right: Sequence[int]
    plus: Sequence[int]
    minus: Sequence[int]

    def operands(self) -> Iterable[int]:
        _, _, left, right, minus_left, minus_right, plus, minus = self
        return [*left, *right, *minus_left, *minus_right, *plus, *minus]

    def __str__(self) -> str:
        terms = [] if self.constant is None else [f" + {self.constant}"]
        terms += [f" + {_name(x)}" for x in self.plus]
        terms += [f" + {_name(x)}·{_name(y)}" for x, y in zip(self.left, self.right, strict=True)]
        terms += [f" - {_name(x)}" for x in self.minus]
        terms += [f" - {_name(x)}·{_name(y)}" for x, y in zip(self.minus_left, self.minus_right, strict=True)]
        return "".join(terms).removeprefix(" + ")


def _name(x: float) -> str:
    return f"v{x}" if x.__class__ is int else str(x)


class Reading(NamedTuple):
    """A program as operations and sums, parents first.

    Attributes:
        items: they; a part of a sum that is a node of its own here has a number from `nodes` on
        nodes: how many nodes the program has
        numbered: how many nodes there are with these
        constants: the numbers that stand as factors in sums, and in lists: the k-th is node -1 - k
    """

    items: list[Operation | Sum]
    nodes: int
    numbered: int
    constants: list[float]


class _Terms:
    """A sum while it grows; `signs` has 1 or -1 for each product, and is None while all are 1; so `plain_signs`."""

    __slots__ = ("constant", "left", "plain", "plain_signs", "right", "signs")

    def __init__(self, left: list[int], right: list[int], plain: list[int], constant: float | None = None) -> None:
        self.left, self.right, self.plain, self.constant = left, right, plain, constant
        self.signs: list[int] | None = None
        self.plain_signs: list[int] | None = None

    def __len__(self) -> int:
        return len(self.left) + len(self.plain)

    def negate(self) -> None:
        if self.constant is not None:
            self.constant = -self.constant
        if self.left:
            self.signs = [-s for s in self.signs] if self.signs else [-1] * len(self.left)
        if self.plain:
            self.plain_signs = [-s for s in self.plain_signs] if self.plain_signs else [-1] * len(self.plain)

    def take(self, other: _Terms) -> None:
        """Adds the terms of another, which is the shorter."""
        if other.left:
            self.signs = _both_signs(self.signs, len(self.left), other.signs, len(other.left))
            self.left += other.left
            self.right += other.right
        if other.plain:
            self.plain_signs = _both_signs(self.plain_signs, len(self.plain), other.plain_signs, len(other.plain))
            self.plain += other.plain
        if other.constant is not None:
            self.constant = other.constant if self.constant is None else self.constant + other.constant


def _both_signs(signs: list[int] | None, length: int, others: list[int] | None, more: int) -> list[int] | None:
    """Returns the signs of so many terms and of others after them. The first list grows: a copy for each term is quadratic."""
    if signs is None and others is None:
        return None
    found = [1] * length if signs is None else signs
    found += [1] * more if others is None else others
    return found


class _Reader:
    def __init__(self, program: Program[Any, Any]) -> None:
        self.program = program
        self.nodes = program.count
        self.constants: list[float] = []
        self._numbers: dict[bytes, int] = {}
        self.sums: dict[int, _Terms] = {}
        self.products: dict[int, tuple[int, int, int]] = {}  # two factors and a sign
        self.uses = self._uses()
        self.labelled = program.names.labelled

    def _uses(self) -> list[int]:
        """Returns how often each node is an argument; what is returned counts twice, so that it stays a node."""
        uses = [0] * self.nodes
        for _, _, arguments in self.program.instructions:
            for x in arguments:
                if x.__class__ is int:
                    uses[x] += 1
        for root in self.program.roots:
            uses[root] += 2
        return uses

    def factor(self, x: float) -> int:
        """Returns a factor as a node: a number has one of its own for its bits, since 0.0 is not -0.0."""
        if x.__class__ is int:
            return x
        bits = pack("d", x)
        found = self._numbers.get(bits)
        if found is None:
            self.constants.append(x)
            found = self._numbers[bits] = -len(self.constants)
        return found

    def signed(self, x: float) -> tuple[int, int]:
        """Returns a factor and its sign: of the negative of a node, which nothing else reads, that node and -1."""
        if x.__class__ is int and self.uses[x] == 1:
            terms = self.sums.get(x)
            if terms is not None and terms.plain_signs == [-1] and not terms.left and terms.constant is None:
                del self.sums[x]
                return terms.plain[0], -1
        return self.factor(x), 1

    def keep(self, x: float, other: float) -> None:
        """Lets x stay a node, if it is a labelled sum of products and only terms are added to it, as y = w·z + b in y - t.

        Where a sum goes on with products, as a loop's does, labels change nothing.
        """
        if x.__class__ is int and x in self.labelled and x in self.sums and len(self.sums[x].left) > 1:
            goes_on = other in self.products or (other in self.sums and self.sums[int(other)].left)
            self.uses[x] += not goes_on

    def terms(self, x: float) -> _Terms:
        """Returns an operand as terms: its own, if it is a sum or a product that nothing else reads."""
        if x.__class__ is not int:
            return _Terms([], [], [], x if x != 0.0 else None)
        if self.uses[x] == 1:
            terms = self.sums.pop(x, None)
            if terms is not None:
                return terms
            product = self.products.pop(x, None)
            if product is not None:
                made = _Terms([product[0]], [product[1]], [])
                if product[2] == -1:
                    made.signs = [-1]
                return made
        return _Terms([], [], [x])

    def negative(self, x: float) -> _Terms:
        """Returns the terms of -x."""
        terms = self.terms(x)
        if len(terms) >= SHORT:
            assert x.__class__ is int  # a number is one term
            self.sums[x] = terms
            terms = _Terms([], [], [x])
        terms.negate()
        return terms

    def read(self) -> Reading:
        sums, products, factor, terms, labelled = self.sums, self.products, self.factor, self.terms, self.labelled
        order: list[Operation | int] = []  # a number stands where a sum or a product may be
        for node, rule, arguments in self.program.instructions:
            if rule not in SUMS:
                order.append(Operation(node, rule, tuple(map(factor, arguments)) if rule.lists else arguments))
                continue
            order.append(node)
            if rule is MUL:
                (x, sign), (y, other) = self.signed(arguments[0]), self.signed(arguments[1])
                products[node] = x, y, sign * other
            elif rule is AFFINE:
                factors = [x if x.__class__ is int else factor(x) for x in arguments[:-1]]
                length = len(factors) // 2
                made = _Terms(factors[:length], factors[length:], [])
                bias = arguments[-1]
                if bias.__class__ is int and bias not in sums and bias not in products:
                    made.plain.append(bias)
                else:
                    made = _joined(made, terms(bias))
                sums[node] = made
            elif rule is ADD:
                if labelled:
                    self.keep(arguments[0], arguments[1])
                    self.keep(arguments[1], arguments[0])
                sums[node] = _joined(terms(arguments[0]), terms(arguments[1]))
            elif rule is SUB:
                if labelled:
                    self.keep(arguments[0], arguments[1])
                    self.keep(arguments[1], arguments[0])
                sums[node] = _joined(terms(arguments[0]), self.negative(arguments[1]))
            elif rule is NEG:
                sums[node] = self.negative(arguments[0])
            elif rule is POS:
                sums[node] = terms(arguments[0])
            else:
                made = _Terms([], [], [])
                for each in arguments:
                    made = _joined(made, terms(each))
                sums[node] = made
        return self._finished(order)

    def _finished(self, order: Sequence[Operation | int]) -> Reading:
        items: list[Operation | Sum] = []
        count = self.nodes
        for entry in order:
            if isinstance(entry, Operation):
                items.append(entry)
            elif entry in self.products:
                x, y, sign = self.products[entry]
                one = (
                    Sum(entry, None, (x,), (y,), (), (), (), ()) if sign == 1 else Sum(entry, None, (), (), (x,), (y,), (), ())
                )
                items.append(one)
            elif entry in self.sums:
                made = _split(entry, self.sums[entry], count)
                count += len(made) - 1
                items += made
        return Reading(items, self.nodes, count, self.constants)


def _joined(one: _Terms, other: _Terms) -> _Terms:
    """Returns the sum of two: the longer takes in the shorter, so that long chains stay linear from either end."""
    if len(one) < len(other):
        one, other = other, one
    one.take(other)
    return one


def _split(node: int, terms: _Terms, count: int) -> list[Sum]:
    """Returns a sum as one that is one kind of array operation, after its parts that are another kind, numbered from count.

    A sum with products of one sign, and few other terms, is a row times a column; of both signs it has two such parts. Many
    other terms are a total.
    """
    left, right, minus_left, minus_right = _by_sign(terms)
    plus, minus = _plain_by_sign(terms)
    parts: list[Sum] = []

    def apart(*lists: Sequence[int]) -> int:
        parts.append(Sum(count + len(parts), None, *lists))
        return count + len(parts) - 1

    if left and minus_left:
        if len(minus_left) > 1:
            minus = [*minus, apart(minus_left, minus_right, (), (), (), ())]
            minus_left, minus_right = (), ()
        if len(left) > 1 and (minus_left or len(plus) + len(minus) > FEW):
            plus = [*plus, apart(left, right, (), (), (), ())]
            left, right = (), ()
    whole = terms.constant is None and not (left or minus_left)
    if len(plus) > FEW and not (whole and not minus):
        plus = [apart((), (), (), (), plus, ())]
    if len(minus) > FEW:
        minus = [apart((), (), (), (), minus, ())]
    return [*parts, Sum(node, terms.constant, left, right, minus_left, minus_right, plus, minus)]


def _by_sign(terms: _Terms) -> tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int]]:
    if terms.signs is None:
        return terms.left, terms.right, (), ()
    pairs = list(zip(terms.signs, terms.left, terms.right, strict=True))
    return (
        [x for sign, x, _ in pairs if sign == 1],
        [y for sign, _, y in pairs if sign == 1],
        [x for sign, x, _ in pairs if sign == -1],
        [y for sign, _, y in pairs if sign == -1],
    )


def _plain_by_sign(terms: _Terms) -> tuple[Sequence[int], Sequence[int]]:
    if terms.plain_signs is None:
        return terms.plain, ()
    pairs = list(zip(terms.plain_signs, terms.plain, strict=True))
    return [x for sign, x in pairs if sign == 1], [x for sign, x in pairs if sign == -1]


def read(program: Program[Any, Any]) -> Reading:
    """Returns a program as operations and sums."""
    return _Reader(program).read()


def is_regular(program: Program[Any, Any]) -> bool:
    """Returns whether most operations are made in numbers, by a look at each that is much cheaper than to read them as sums.

    A sum is on the level of its terms here, so that a loop that adds up is not as deep as it is long.
    """
    instructions = program.instructions
    if len(instructions) < MANY:
        return True
    level = [0] * program.count
    counts: dict[tuple[int, Rule], int] = {}
    for node, rule, arguments in instructions:
        own = 0
        for x in arguments:
            if x.__class__ is int and level[x] > own:
                own = level[x]
        own = level[node] = own if rule in SUMS else own + 1
        counts[own, rule] = counts.get((own, rule), 0) + 1
    return 2 * sum([count for count in counts.values() if count >= SMALL]) >= len(instructions)
