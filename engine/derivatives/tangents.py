"""Forward mode: the tangent of every value, computed in the order of the forward pass.

>>> from chalkgrad.engine import Value, log
>>> x1, x2 = Value(2.0, "x1"), Value(5.0, "x2")
>>> y = log(x1) + x1 * x2 - x2.sin()
>>> y.label = "y"
>>> print(y.tape().tangents(x1))
 v  │ expression │ value   │ v̇ (ẋ1 = 1)
────┼────────────┼─────────┼───────────────────────
 x1 │            │ 2       │ 1
 v2 │ log(x1)    │ 0.6931  │ 0.5 · 1 = 0.5
 x2 │            │ 5       │ 0
 v4 │ x1·x2      │ 10      │ 5 · 1 = 5
 v5 │ v2 + v4    │ 10.69   │ 1 · 0.5 + 1 · 5 = 5.5
 v6 │ sin(x2)    │ -0.9589 │ 0
 y  │ v5 - v6    │ 11.65   │ 1 · 5.5 = 5.5

One forward sweep gives the derivatives of all values in one direction; a reverse sweep, those of one value by all inputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from chalkgrad.engine.basics.detached import noting_lost
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.derivatives.linear import Linear, seeded
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.stepping.trace import WORDS, left_out
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.names import own_name
from chalkgrad.engine.words.printer import Printer, printer_for
from chalkgrad.engine.words.tables import Row, Tabular, ends


class Tangents(Tabular, dict[Value, float]):
    """The tangent v̇ of every node of a tape, by node: a dict. Printed it is the trace of the forward sweep.

    Its last column has the terms of each tangent: the local derivatives times the tangents of the parents that depend on
    the inputs; `latex()`, `markdown()` and `html()` write it for a page.

    Attributes:
        tape: the tape
        seeds: the tangents of the inputs, ẋ
    """

    def __init__(self, tape: Tape, seeds: Mapping[Value, float]) -> None:
        noting_lost(tape.nodes, seeds)
        linear = Linear(tape.roots, [*seeds])
        found = dict(zip(linear.nodes, linear.tangents(seeds), strict=True))
        super().__init__({node: found.get(node) or 0.0 for node in tape})
        self.tape, self.seeds = tape, dict(seeds)
        self._dependent = {node for node, tangent in found.items() if tangent is not None}

    def cells(self, medium: str) -> list[list[str]]:
        """The headings and the rows, each cell in one line."""
        write = printer_for(medium, self.tape.names, notation="bar")
        return [[write.in_one_line(cell) for cell in row] for row in self._rows(write)]

    def _rows(self, write: Printer) -> Iterator[Row]:
        given = ", ".join(
            f"{write.marked(self.tape.names[x], 'dot')} = {write.number(t)}" for x, t in [*self.seeds.items()][:6]
        )
        given += f", {write.dots}" * (len(self.seeds) > 6)
        heads = (write.text(WORDS[key]) for key in ("expression", "value"))
        yield (write.math("v"), *heads, write.math(f"{write.marked('v', 'dot')} ({given})"))
        picked = ends(len(self.tape), 200)
        for i in picked:
            if i is None:
                yield left_out(write, len(self.tape) - len(picked) + 1, 4)
                continue
            node = self.tape[i]
            yield (
                write.math(write.name(node)),
                write.math(write.expression(node)),
                write.math(write.number(node.data)),
                write.math(self._terms(node, write)),
            )

    def _terms(self, node: Value, write: Printer) -> str:
        """The terms of a tangent and their sum: `1 · 0.5 + 1 · 5 = 5.5`."""
        pairs = zip(node.partials, node.parents, strict=True)
        terms = [f"{write.factor(d)}{write.times}{write.factor(self[p])}" for d, p in pairs if p in self._dependent]
        if node in self.seeds and terms:
            terms.insert(0, write.factor(self.seeds[node]))
        result = write.number(self[node])
        if not terms:
            return result
        return f"{' + '.join(terms[:5])}{f' + {write.dots}' * (len(terms) > 5)} = {result}"


def tangents_of(tape: Tape, x: Value | Sequence[Value], direction: Sequence[float] | None = None) -> Tangents:
    """Returns the tangent of every node of a tape; see `Tape.tangents`."""
    single = isinstance(x, Value) or not hasattr(x, "__iter__")
    xs: list[Any] = [x] if single else list(cast("Sequence[Value]", x))
    nodes = set(tape.nodes)
    for each in xs:
        known = isinstance(each, Value)
        if not known or each not in nodes or each.constant:
            name, why = own_name(each) if known else repr(each), "a constant" if known and each.constant else "not on it"
            raise ValueError(f"a tangent is taken with respect to a value on the tape, and {name or 'this one'} is {why}")
    if direction is None and not single:
        raise TypeError("of several values a tangent needs a direction, a number for each: tangents([a, b], [1, 0])")
    numbers = [1.0] if direction is None else [to_float(d, "a direction") for d in direction]
    if len(numbers) != len(xs):
        raise ValueError(f"a direction has a number for each value: {len(xs)}, and this one has {len(numbers)}")
    return Tangents(tape, seeded(xs, numbers))
