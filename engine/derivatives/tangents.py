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
Side by side the forward sweeps by all leaves show what is computed again and again (`Tape.tangents` without an argument).
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast, overload

from chalkgrad.engine.basics.detached import noting_lost
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.derivatives.linear import Linear, seeded
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.stepping.trace import WORDS, left_out
from chalkgrad.engine.sweep import adjoints
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import PLAIN, operand, quotient
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import own_name, value_of
from chalkgrad.engine.words.printer import TEMPLATES, Printer, printer_for
from chalkgrad.engine.words.tables import Row, Tabular, aligned, ends

TANGENTS = section("tangents")
ROWS = 200  # of a longer tape the first and the last are shown
FEWEST = 2  # columns of leaves that a narrow table keeps, without one of adjoints if need be


class Tangents(Tabular, dict[Value, float]):
    """The tangent v̇ of every node of a tape, by node: a dict. Printed it is the trace of a pass in forward mode.

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

    def below(self) -> Sequence[str]:
        """The line under the table, if the inputs are several leaves: the slope along them, and the largest there is."""
        roots, size = self.tape.roots, math.hypot(*self.seeds.values())
        if len(self.seeds) < 2 or len(roots) > 1 or not size or any(x._x is not None for x in self.seeds):
            return ()
        swept = adjoints(self.tape.nodes, roots[0])
        steepest = math.hypot(*(swept[x] for x in self.seeds))
        slope = self[roots[0]]
        numbers = {"slope": slope, "per": slope / size, "size": size, "steepest": steepest}
        name = operand(self.tape.names[roots[0]])
        return (TANGENTS["along"].format(y=name, **{key: PLAIN.number(x) for key, x in numbers.items()}),)

    def cells(self, medium: str) -> list[list[str]]:
        """The headings and the rows, each cell in one line."""
        return self._cells(medium, ROWS)

    def few_cells(self, medium: str, most: int | None) -> tuple[list[list[str]], int]:
        """The headings and the rows that print shows on a terminal, and how many it leaves out."""
        return self._cells(medium, most), 0

    def text(self) -> str:
        """The table as text with aligned columns, with all rows, however wide it is."""
        head, *rows = self._cells("text", None)
        return "\n".join([aligned(head, rows), *self.below()])

    def _cells(self, medium: str, limit: int | None) -> list[list[str]]:
        write = printer_for(medium, self.tape.names, notation="bar")
        return [[write.in_one_line(cell) for cell in row] for row in self._rows(write, limit)]

    def _rows(self, write: Printer, limit: int | None) -> Iterator[Row]:
        given = ", ".join(
            f"{write.marked(self.tape.names[x], 'dot')} = {write.number(t)}" for x, t in [*self.seeds.items()][:6]
        )
        given += f", {write.dots}" * (len(self.seeds) > 6)
        heads = (write.text(WORDS[key]) for key in ("expression", "value"))
        yield (write.math("v"), *heads, write.math(f"{write.marked('v', 'dot')} ({given})"))
        picked = ends(len(self.tape), limit)
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


class TangentsByDirection(Tabular, Sequence[Tangents]):
    """The forward sweeps along several directions of the same inputs. Printed they are a table, a row for each direction.

    It has the tangent of each root, and of directions that are not of length 1, that for each unit of length, too.

    Attributes:
        tape: the tape
        sweeps: the sweeps, one for each direction
    """

    def __init__(self, tape: Tape, sweeps: Sequence[Tangents]) -> None:
        self.tape, self.sweeps = tape, tuple(sweeps)

    @overload
    def __getitem__(self, index: int) -> Tangents: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Tangents]: ...
    def __getitem__(self, index: int | slice) -> Tangents | Sequence[Tangents]:
        return self.sweeps[index]

    def __len__(self) -> int:
        return len(self.sweeps)

    def cells(self, medium: str) -> list[list[str]]:
        """The headings and the rows, each cell in one line."""
        write = printer_for(medium, self.tape.names, notation="bar")
        return [[write.in_one_line(cell) for cell in row] for row in self._rows(write)]

    def below(self) -> Sequence[str]:
        """The line under the table, if the inputs are several leaves and there is one root: the gradient, which is steepest."""
        seeds, roots = self.sweeps[0].seeds, self.tape.roots
        if len(seeds) < 2 or len(roots) > 1 or any(x._x is not None for x in seeds):
            return ()
        swept = adjoints(self.tape.nodes, roots[0])
        slopes = [swept[x] for x in seeds]
        steepest = math.hypot(*slopes)
        if not steepest:
            return ()
        numbers = {"steepest": PLAIN.number(steepest), "least": PLAIN.number(-steepest)}
        y = operand(self.tape.names[roots[0]])
        return (TANGENTS["steepest"].format(y=y, gradient=_vector(PLAIN, slopes), **numbers),)

    def _rows(self, write: Printer) -> Iterator[Row]:
        names, roots = self.tape.names, self.tape.roots
        sizes = [math.hypot(*sweep.seeds.values()) for sweep in self.sweeps]
        by_length = any(abs(size - 1) > 1e-12 for size in sizes)
        of_roots = [write.marked(names[root], "dot") for root in roots]
        dots = [write.marked(names[x], "dot") for x in self.sweeps[0].seeds]
        head = [write.math(f"({', '.join(_shortened(dots, write.dots))})"), *map(write.math, of_roots)]
        yield (*head, *[write.text(TANGENTS["by length"].format(y=y)) for y in of_roots if by_length])
        for sweep, size in zip(self.sweeps, sizes, strict=True):
            slopes = [sweep[root] for root in roots]
            shown = [*slopes, *[slope / size if size else math.nan for slope in slopes if by_length]]
            numbers = ["" if x != x else write.math(write.number(x)) for x in shown]
            yield (write.math(_vector(write, [*sweep.seeds.values()])), *numbers)


def _vector(write: Printer, numbers: Sequence[float]) -> str:
    return f"({', '.join(_shortened([write.number(x) for x in numbers], write.dots))})"


def _shortened(texts: Sequence[str], dots: str) -> list[str]:
    return [dots if i is None else texts[i] for i in ends(len(texts), 4)]


class TangentsByLeaf(Tabular, Mapping[Value, Tangents]):
    """The forward sweeps from every leaf that takes a gradient, by leaf; each is computed when it is first looked at.

    Printed they stand side by side, a column each, and beside them the adjoints of the one reverse sweep that has them all.
    As many columns are shown as the terminal is wide for, the first ones and the last; `latex()`, `markdown()` and `html()`
    show the same.

    Attributes:
        tape: the tape
        leaves: the leaves that take a gradient
    """

    spare = (1,)  # expressions

    def __init__(self, tape: Tape) -> None:
        refuse_stale(tape.nodes)
        self.tape = tape
        self.leaves = tuple(node for node in tape if node._x is None and not node.constant)
        if not self.leaves:
            raise ValueError("tangents are taken with respect to leaves that take a gradient, and this tape has none")
        self._found: dict[Value, Tangents | None] = dict.fromkeys(self.leaves)

    def __getitem__(self, leaf: Value) -> Tangents:
        found = self._found[leaf]
        if found is None:
            found = self._found[leaf] = Tangents(self.tape, {leaf: 1.0})
        return found

    def __contains__(self, leaf: object) -> bool:
        return leaf in self._found

    def __iter__(self) -> Iterator[Value]:
        return iter(self.leaves)

    def __len__(self) -> int:
        return len(self.leaves)

    def cells(self, medium: str) -> list[list[str]]:
        """The headings and the rows, each cell in one line, of as many leaves as there is room for."""
        return self._cells(medium, *self._fitting(), ROWS)

    def few_cells(self, medium: str, most: int | None) -> tuple[list[list[str]], int]:
        """The headings and the rows that print shows on a terminal, which tell how many are left out."""
        return self._cells(medium, *self._fitting(), most), 0

    def text(self) -> str:
        """The table as text with aligned columns, with all rows, of as many leaves as there is room for."""
        head, *rows = self._cells("text", *self._fitting(), None)
        return "\n".join([aligned(head, rows), *self.below()])

    def below(self) -> Sequence[str]:
        """The lines under the table: how many sweeps its columns take, and how to see those that are left out."""
        (shown, with_adjoints), names, roots = self._fitting(), self.tape.names, self.tape.roots
        lines = [TANGENTS.form("forward", len(self)).format(count=f"{len(self):,}")]
        written = ", ".join(operand(names[root]) for root in roots)
        lines.append(TANGENTS["last row" if len(roots) == 1 else "rows"].format(roots=written))
        if with_adjoints:
            lines.append(TANGENTS["backward"].format(column=quotient(names[roots[0]], "v")))
        if None in shown:
            left, first = len(self) - len(shown) + 1, names[self.leaves[shown.index(None)]]
            lines.append(TANGENTS.form("left out", left).format(count=f"{left:,}", x=first))
        return lines

    def _fitting(self) -> tuple[list[int | None], bool]:
        """The numbers of the leaves for which the terminal is wide enough, None among them for others, and if adjoints fit."""
        room = max(40, shutil.get_terminal_size().columns)
        widest = [i for i in ends(len(self), room // 3) if i is not None]
        table = self._cells("text", widest, len(self.tape.roots) == 1, ROWS)
        widths = [max(columns(row[j]) for row in table) + 3 for j in range(len(table[0]))]
        of_leaf: dict[int | None, int] = dict(zip(widest, widths[3:], strict=False)) | {None: 4}
        before, adjoint = sum(widths[:3]) - 1, sum(widths[3 + len(widest) :])
        for count in range(len(widest), 0, -1):
            shown = ends(len(self), count)
            taken = before + sum(of_leaf[i] for i in shown)
            if taken + adjoint <= room:
                return shown, adjoint > 0
            if count <= FEWEST:
                return shown, False
        raise AssertionError("a table has a leaf")

    def _cells(self, medium: str, shown: Sequence[int | None], with_adjoints: bool, limit: int | None) -> list[list[str]]:
        write = printer_for(medium, self.tape.names)
        return [[write.in_one_line(cell) for cell in row] for row in self._rows(write, shown, with_adjoints, limit)]

    def _rows(self, write: Printer, shown: Sequence[int | None], with_adjoints: bool, limit: int | None) -> Iterator[Row]:
        names, root = self.tape.names, self.tape.roots[0]
        tangents = [None if i is None else self[self.leaves[i]] for i in shown]
        head = [write.math("v"), *(write.text(WORDS[key]) for key in ("expression", "value"))]
        head += [write.math(write.dots if i is None else write.quotient("v", names[self.leaves[i]])) for i in shown]
        swept: Mapping[Value, float] = {}
        if with_adjoints:
            swept = adjoints(self.tape.nodes, root)
            head.append(write.math(write.quotient(names[root], "v")))
        yield tuple(head)
        picked = ends(len(self.tape), limit)
        for i in picked:
            if i is None:
                yield left_out(write, len(self.tape) - len(picked) + 1, len(head))
                continue
            node = self.tape[i]
            row = [write.math(write.name(node)), write.math(write.expression(node)), write.math(write.number(node.data))]
            row += [write.math(write.dots if column is None else write.number(column[node])) for column in tangents]
            if with_adjoints:
                row.append(write.text(TEMPLATES["constant"]) if node.constant else write.math(write.number(swept[node])))
            yield tuple(row)


def tangents_of(
    tape: Tape,
    x: Value | str | Sequence[Value | str],
    direction: Sequence[float] | Sequence[Sequence[float]] | None = None,
) -> Tangents | TangentsByDirection:
    """Returns the tangent of every node of a tape, or those along several directions; see `Tape.tangents`."""
    single = isinstance(x, (Value, str)) or not hasattr(x, "__iter__")
    given_xs: list[Any] = [x] if single else list(cast("Sequence[Value | str]", x))
    xs = [value_of(each, tape.names) if isinstance(each, str) else each for each in given_xs]
    nodes = set(tape.nodes)
    for each in xs:
        known = isinstance(each, Value)
        if not known or each not in nodes or each.constant:
            name, why = own_name(each) if known else repr(each), "a constant" if known and each.constant else "not on it"
            raise ValueError(f"a tangent is taken with respect to a value on the tape, and {name or 'this one'} is {why}")
    if direction is None and not single:
        raise TypeError("of several values a tangent needs a direction, a number for each: tangents([a, b], [1, 0])")
    if direction is None:
        return Tangents(tape, seeded(xs, [1.0]))
    given = list(direction)
    if given and all(hasattr(d, "__iter__") for d in given):
        return TangentsByDirection(tape, [_along(tape, xs, cast("Sequence[float]", d)) for d in given])
    return _along(tape, xs, cast("Sequence[float]", given))


def _along(tape: Tape, xs: Sequence[Value], direction: Sequence[float]) -> Tangents:
    numbers = [to_float(d, "a direction") for d in direction]
    if len(numbers) != len(xs):
        raise ValueError(f"a direction has a number for each value: {len(xs)}, and this one has {len(numbers)}")
    return Tangents(tape, seeded(xs, numbers))
