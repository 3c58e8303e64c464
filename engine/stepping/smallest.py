"""The smallest graph on which a mistake does harm, found by search.

>>> smallest("recursion")
Smallest(program='b = 2*a; c = 3*b; L = c + b', given='a = 0.5', name='a', wrong=16.0, right=8.0)

Smallest is what has the fewest operations, then the fewest leaves, then the fewest edges, then the fewest characters; of
those that are alike, the first. The graph has to go wrong in whichever order the operands of its sums and products are
written: a mistake that shows in one of them alone is an accident. The constants are 2, 3, … in the order of the lines, so that
a factor tells where it is from. Where a mistake is one of order, no operation has the same value twice: micrograd keeps
the parents in a set, and so visits such a value once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextvars import Context
from functools import cache
from itertools import product
from typing import NamedTuple

from chalkgrad.engine.recording.functions import exp
from chalkgrad.engine.stepping.mistakes import differ, mistake_named
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.variations import Variation, varied
from chalkgrad.engine.value import Value

LEAVES = {"a": 0.5, "b": 1.5}  # neither is a constant of the graphs
_NAMES = "abcdefghijk"
_MOST = 4  # operations


class Smallest(NamedTuple):
    """A graph as a program, what its leaves are, and the first leaf whose gradient a mistake makes wrong there."""

    program: str
    given: str
    name: str
    wrong: float
    right: float


class _Operation(NamedTuple):
    text: str  # of which {0} and {1} are the arguments, and {k} is the constant
    compute: Callable[..., Value]
    arguments: int
    commutes: bool = False


_SUM = _Operation("{0} + {1}", lambda k, x, y: x + y, 2, True)
_MULTIPLE = _Operation("{k}*{0}", lambda k, x: k * x, 1)
_PRODUCT = _Operation("{0}*{1}", lambda k, x, y: x * y, 2, True)
_PLAIN = (_MULTIPLE, _SUM, _PRODUCT)
_MORE = (
    _Operation("{0}/{1}", lambda k, x, y: x / y, 2),
    _Operation("{0}**2", lambda k, x: x**2, 1),
    _Operation("exp({0})", lambda k, x: exp(x), 1),
)

_Line = tuple[_Operation, tuple[int, ...]]  # an operation, and its arguments by their place among the values


@cache
def smallest(mistake: str, rate: float | None = None) -> Smallest | None:
    """Returns the smallest graph on which a mistake does harm; None if none of four operations or fewer goes wrong."""
    return Context().run(_search, mistake_named(mistake, rate))  # outside of no_grad() and the like, in which a caller may be


def _search(variation: Variation) -> Smallest | None:
    usual = Variation()
    # What passes on the right numbers in another order, or joins them in another way, does so whatever the operations are.
    operations: tuple[_Operation, ...] = _PLAIN
    if variation.partials is not usual.partials or variation.through is not usual.through:
        operations += _MORE
    repeats = not variation.is_order
    for count in range(1, _MOST + 1):
        for leaves in range(1, len(LEAVES) + 1):
            graphs = _graphs(leaves, count, operations, repeats)
            for lines in sorted(graphs, key=lambda lines: (_edges(lines), _characters(lines, leaves))):
                if all(_harm(variation, other, leaves) for other in _written_otherwise(lines)):
                    name, wrong, right = _harm(variation, lines, leaves) or ("", 0.0, 0.0)
                    given = ", ".join(f"{leaf} = {LEAVES[leaf]}" for leaf in _NAMES[:leaves])
                    return Smallest(_program(lines, leaves), given, name, wrong, right)
    return None


def _graphs(leaves: int, count: int, operations: tuple[_Operation, ...], repeats: bool) -> list[list[_Line]]:
    """Returns the graphs of so many leaves and operations in which everything leads to the last value."""
    found: list[list[_Line]] = []

    def extend(lines: list[_Line], unused: frozenset[int]) -> None:
        here, left = leaves + len(lines), count - len(lines)
        if not left:
            found.append(lines)
            return
        values = [*reversed(range(leaves, here)), *range(leaves)]  # as one writes them: c + b, but a + b of leaves
        for operation in operations:
            for arguments in product(values, repeat=operation.arguments):
                if operation.commutes and values.index(arguments[0]) > values.index(arguments[-1]):
                    continue  # it has come the other way round
                if not repeats and len(set(arguments)) < operation.arguments:
                    continue
                now = (unused - {*arguments}) | {here}
                if len(now) <= left:  # each operation brings two values together, at most
                    extend([*lines, (operation, arguments)], now)

    extend([], frozenset(range(leaves)))
    return found


def _edges(lines: list[_Line]) -> int:
    return sum(operation.arguments for operation, _ in lines)


def _characters(lines: list[_Line], leaves: int) -> int:
    return len(_program(lines, leaves).replace(" ", ""))  # style has no say in what is small


def _written_otherwise(lines: list[_Line]) -> Iterator[list[_Line]]:
    """Yields a graph with the operands of its sums and products in every order."""
    orders = [(arguments, arguments[::-1])[: 1 + operation.commutes] for operation, arguments in lines]
    for chosen in product(*orders):
        yield [(operation, arguments) for (operation, _), arguments in zip(lines, chosen, strict=True)]


def _constants(lines: list[_Line]) -> list[int]:
    """Returns the constant of each line: 2, 3, … for those that have one."""
    return [2 + sum(operation is _MULTIPLE for operation, _ in lines[:i]) for i in range(len(lines))]


def _program(lines: list[_Line], leaves: int) -> str:
    """Returns a graph as a student types it; what it ends in is called L."""
    names = [*_NAMES[: leaves + len(lines) - 1], "L"]
    written = [
        f"{names[leaves + i]} = {operation.text.format(*(names[x] for x in arguments), k=k)}"
        for i, ((operation, arguments), k) in enumerate(zip(lines, _constants(lines), strict=True))
    ]
    return "; ".join(written)


def _harm(variation: Variation, lines: list[_Line], leaves: int) -> tuple[str, float, float] | None:
    """Returns the first leaf whose gradient is wrong, with that gradient and the right one."""
    values = [Value(number, name) for name, number in list(LEAVES.items())[:leaves]]
    for (operation, arguments), k in zip(lines, _constants(lines), strict=True):
        values.append(operation.compute(k, *(values[x] for x in arguments)))
    sweep = Sweep(values[-1])
    wrong, right = varied(sweep, variation), sweep.adjoints
    largest = max(map(abs, right.values()))
    for leaf in values[:leaves]:
        if differ(wrong.get(leaf, 0.0), right[leaf], largest) and math.isfinite(right[leaf]):
            return leaf.label, wrong.get(leaf, 0.0), right[leaf]
    return None
