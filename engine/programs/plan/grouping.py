"""Finds the matrices: nodes that are computed alike, and do not depend on each other, become one step over arrays.

    level   1 + the largest level of the operands: nodes of one level do not depend on each other
    key     what is computed: an operation, or the shape of a sum
            and by which roots it is reached: what a root does not depend on has no gradient, not 0 times something
    group   the nodes of one level and key, in the order of their operands' places, so that operands are views if they can be

A group of sums of products is a matrix times a matrix where several rows of weights meet the same columns.

>>> from chalkgrad.engine import Value, program, tanh
>>> W = [[Value(0.1, f"w{i}{j}") for j in (1, 2)] for i in (1, 2, 3)]
>>> x = [Value(1.0, "x1"), Value(2.0, "x2")]
>>> u = [sum(w * z for w, z in zip(row, x)) for row in W]
>>> plan = plan_of(program(sum(tanh(each) for each in u), inputs=[[w for row in W for w in row], x]), (False, False))
>>> for step in plan.steps:
...     print(type(step).__name__, step.made.shape)
Product (3,)
Elementwise (3,)
Elementwise ()
>>> plan.steps[0].subscripts
('rk', 'k', 'r')
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from chalkgrad.engine.basics.collector import uncollected
from chalkgrad.engine.formulas.trees import Argument, Constant, Fold, Formula, rebuilt, substitute, walked
from chalkgrad.engine.programs.plan.operands import Operands, add
from chalkgrad.engine.programs.plan.reading import FEW, SMALL, TOTAL, Operation, Sum, is_regular, read
from chalkgrad.engine.programs.plan.steps import (
    Array,
    Constants,
    Elementwise,
    Form,
    IrregularError,
    MatrixPlan,
    Operand,
    Product,
    View,
)
from chalkgrad.engine.programs.program import Program
from chalkgrad.engine.programs.text import folded
from chalkgrad.engine.rules import Rule

__all__ = ["IrregularError", "plan_of"]

ENOUGH = 100  # operations of which so many stand alone are left to the scalar program
# Arrays are put together of one piece for so many operations at the most. A piece costs as much as an operation when a source
# is written and when it runs, and again in the backward pass.
FOR_A_PIECE = 3
SPARE = 1 / 50  # of the operations: pieces that a beginning may have beyond that


class _Planner:
    def __init__(self, program: Program[Any, Any], batched: Sequence[bool], adjoints: bool) -> None:
        self.program, self.reading, self.adjoints = program, read(program), adjoints
        reading = self.reading
        place = np.zeros(reading.numbered + len(reading.constants), dtype=np.int64)
        place[reading.numbered :] = np.arange(-len(reading.constants), 0)  # so that place[-1 - k] is -1 - k
        self.plan = MatrixPlan([], place=place)
        self.operands = Operands(self.plan, np.array(reading.constants))
        self.varying = [False] * len(place)
        self.alone = 0
        self.edges = sum([len(instruction.arguments) for instruction in program.instructions])
        self._inputs(batched)
        self.leaves = len(self.plan.arrays)

    # Inputs ------------------------------------------------------------------------------------------------------------

    def _inputs(self, batched: Sequence[bool]) -> None:
        """Makes an array of each list; inputs of one number share two: of those that vary, and of the others."""
        groups = list(zip(self.program.inputs, batched, strict=True))
        singles: dict[bool, list[int]] = {False: [], True: []}
        for group, rows in groups:
            if group.single:
                singles[rows].append(group.members[0])
        shared: dict[bool, Array] = {}
        for group, rows in groups:
            for node in group.members if rows else ():
                self.varying[node] = True
            members = singles[rows] if group.single else group.members
            array = shared.get(rows) if group.single else None
            if array is None:
                shape = () if group.single and len(members) == 1 else (len(members),)
                array = Array("", shape, np.array(members), rows)
                add(self.plan, array)
                if group.single:
                    shared[rows] = array
            self.plan.inputs.append(array)

    # Groups ------------------------------------------------------------------------------------------------------------

    def made(self) -> MatrixPlan:
        operations, done = len(self.program.instructions), 0
        for level in self._levels():
            for key, members in level.items():
                done += len(members)
                ready = operations * done / len(self.reading.items)
                self.operands.most_pieces = ENOUGH + ready / FOR_A_PIECE + operations * SPARE
                if key[0] == "product":
                    self._products(members)
                elif key[0] == "sum":
                    self._sums(members)
                elif key[0] == "total":
                    self._totals(members, key[1])
                else:
                    self._operations(key[1], key[2], members)
                if self.alone > ENOUGH and self.alone > len(self.reading.items) // 2:
                    raise IrregularError
                if self.operands.gathered > 1000 + self.edges // 2:
                    raise IrregularError
        if all(isinstance(step, Elementwise) and step.made.shape == () and not step.form.folds for step in self.plan.steps):
            raise IrregularError
        return self.plan

    def _levels(self) -> list[dict[Any, list[Any]]]:
        """Returns for each level its groups."""
        reading, varying = self.reading, self.varying
        level = [0] * len(varying)
        found: list[dict[Any, list[Any]]] = []
        some = any(varying)
        reached = self._reached()
        level_of, varying_at, key_of = level.__getitem__, varying.__getitem__, self._key
        for item in reading.items:
            operands = item.operands()
            node = item.node
            below = max(map(level_of, operands))
            level[node] = below + 1
            if some and any(map(varying_at, operands)):
                varying[node] = True
            key = key_of(item)
            if reached:
                key = *key, reached[node]
            if below == len(found):
                found.append({})
            groups = found[below]
            if key in groups:
                groups[key].append(item)
            else:
                groups[key] = [item]
        grouped = sum(len(members) for groups in found for members in groups.values() if len(members) >= SMALL)
        large = sum(len(i.left) + len(i.minus_left) >= SMALL for i in reading.items if i.__class__ is Sum)
        if len(reading.items) > ENOUGH and (grouped + large) * 2 < len(reading.items):
            raise IrregularError
        return found

    def _reached(self) -> list[int]:
        """Returns for every node from which roots it is reached, a bit for each; [] if there is nothing to tell apart."""
        roots = {root: None for root in self.program.roots if root not in self.program.constants}
        if not self.adjoints or len(roots) < 2:
            return []
        reached = [0] * len(self.varying)
        for number, root in enumerate(roots):
            reached[root] = 2**number
        for item in reversed(self.reading.items):
            own = reached[item.node]
            for x in item.operands():
                reached[x] |= own
        return reached

    def _key(self, item: Operation | Sum) -> Any:
        varies = self.varying[item.node]
        if item.__class__ is Sum:
            products, minus = len(item.left), len(item.minus_left)
            terms = len(item.plus), len(item.minus), item.constant is None
            if products + minus >= 2 and not (products and minus):
                return "product", products, minus, *terms, varies
            if not (products or minus or terms[1]) and terms[2] and terms[0] > 2:
                return "total", terms[0], varies
            return "sum", products, minus, *terms, varies
        assert isinstance(item, Operation)
        _, rule, arguments = item
        numbers = tuple([None if x.__class__ is int else repr(x) for x in arguments])
        return "operation", rule, numbers, varies

    # Each kind of step ---------------------------------------------------------------------------------------------------

    def _operations(self, rule: Rule, numbers: tuple[str | None, ...], members: Sequence[Operation]) -> None:
        """Makes steps of an operation, of which each number, but for None, is an argument: it may simplify the formulas."""
        if rule.lists:
            self._reductions(members, _reduction(rule), [item.arguments for item in members])
            return
        given = {rule.arguments[i]: Constant(float(number)) for i, number in enumerate(numbers) if number is not None}
        kept = [i for i, x in enumerate(rule.arguments) if x not in given]
        trees = [rule.value, *[rule.on_arrays[i] for i in kept], *[rule.shown[i] for i in kept]]
        value, *others = [folded(substitute(tree, given)) if given else tree for tree in trees]
        partials, shown = others[: len(kept)], others[len(kept) :]
        form = Form(value, tuple(partials), tuple([rule.arguments[i] for i in kept]), tuple(shown))
        columns = [[item.arguments[i] for item in members] for i in kept]
        self._elements(members, form, columns)

    def _sums(self, members: Sequence[Sum]) -> None:
        first = members[0]
        form = _sum_form(len(first.left), len(first.minus_left), len(first.plus), len(first.minus), first.constant is not None)
        columns: list[list[float]] = []
        for lefts, rights in (("left", "right"), ("minus_left", "minus_right")):
            for i in range(len(getattr(first, lefts))):
                columns.append([getattr(item, lefts)[i] for item in members])
                columns.append([getattr(item, rights)[i] for item in members])
        for terms in ("plus", "minus"):
            columns += [[getattr(item, terms)[i] for item in members] for i in range(len(getattr(first, terms)))]
        if first.constant is not None:
            columns.append([float(item.constant) for item in members])  # type: ignore[arg-type] # all have one
        self._elements(members, form, columns)

    def _elements(self, members: Sequence[Any], form: Form, columns: Sequence[Sequence[Any]]) -> None:
        """Makes steps of a formula for each member. A column is an argument: nodes, or floats that are not nodes."""
        nodes = np.array([item.node for item in members])
        operands = [self._places(column) for column in columns]
        if len(nodes) == 1:
            self._step(nodes.reshape(()), form, [column.reshape(()) for column in operands])
            self.alone += 1
            return
        keys: list[Any] = []
        for column in operands:
            if column.dtype == np.int64:
                array = np.searchsorted(self.plan.starts, column, side="right")
                keys.append((array, column))
        order = np.lexsort([key for array, column in reversed(keys) for key in (column, array)])
        changes = np.any([np.diff(array[order]) for array, _ in keys], axis=0)
        cuts = [0, *(np.flatnonzero(changes) + 1).tolist(), len(nodes)]
        rest: list[Any] = []
        for i, j in pairwise(cuts):
            part = order[i:j]
            if len(part) >= SMALL or (len(part) > 1 and all(self._is_view(column[part]) for column in operands)):
                self._array_step(nodes[part], form, [column[part] for column in operands])
            else:
                rest.append(part)
        together = np.concatenate(rest) if rest else ()
        if len(together) >= SMALL:
            self._array_step(nodes[together], form, [column[together] for column in operands])
            return
        for k in together:
            self._step(nodes[k].reshape(()), form, [column[k].reshape(()) for column in operands])
            self.alone += 1

    def _places(self, column: Sequence[Any]) -> Any:
        """Returns the places of nodes; floats, which are not nodes, as they are."""
        return np.array(column) if column[0].__class__ is float else self.plan.place[np.array(column)]

    def _is_view(self, places: Any) -> bool:
        return places.dtype != np.int64 or isinstance(self.operands.of(places), (View, Constants))

    def _operand(self, places: Any) -> Operand:
        return self.operands.of(places) if places.dtype == np.int64 else self.operands.number(places)

    def _array_step(self, nodes: Any, form: Form, columns: Sequence[Any]) -> None:
        """Makes a step over an array, in the shape of an array that it goes through from end to end, if there is one."""
        shape = nodes.shape
        for column in columns:
            found = self._operand(column)
            if isinstance(found, View) and found.whole and len(found.array.shape) > 1:
                shape = found.array.shape
        self._step(nodes.reshape(shape), form, [column.reshape(shape) for column in columns])

    def _step(self, nodes: Any, form: Form, columns: Sequence[Any]) -> None:
        operands = [self._operand(column) for column in columns]
        made = self._new(nodes)
        self.plan.steps.append(Elementwise(made, form, operands))

    def _new(self, nodes: Any) -> Array:
        made = Array("", nodes.shape, nodes, self.varying[nodes.flat[0]])
        add(self.plan, made)
        return made

    def _totals(self, members: Sequence[Sum], terms: int) -> None:
        """Makes sums of terms alone; a few that do not lie side by side are added one by one."""
        lists = [list(item.plus) for item in members]
        if terms <= FEW:
            found = self.operands.of(np.sort(self.plan.place[np.array(lists)], axis=1))
            if not isinstance(found, View) or not found.strides[1]:
                self._sums(members)
                return
        self._reductions(members, _TOTAL, lists)

    def _reductions(self, members: Sequence[Any], form: Form, lists: Sequence[Sequence[float]]) -> None:
        nodes = np.array([item.node for item in members])
        if len(lists[0]) == 1:
            self._elements(members, _unfolded(form), [[each[0] for each in lists]])
            return
        places = self.plan.place[np.array(lists)]
        if form is _TOTAL:
            places = np.sort(places, axis=1)
        order = np.argsort(places[:, 0], kind="stable")
        places, nodes = places[order], nodes[order]
        if len(nodes) == 1 or (len(nodes) < SMALL and not isinstance(self.operands.of(places), View)):
            for k in range(len(nodes)):
                self._reduction(nodes[k].reshape(()), form, places[k])
        else:
            self._reduction(nodes, form, places)

    def _reduction(self, nodes: Any, form: Form, places: Any) -> None:
        operand = self.operands.solid(places)
        self.plan.steps.append(Elementwise(self._new(nodes), form, [operand]))

    # Sums of products ----------------------------------------------------------------------------------------------------

    def _products(self, members: Sequence[Sum]) -> None:
        negative = bool(members[0].minus_left)
        lefts, rights = ("minus_left", "minus_right") if negative else ("left", "right")
        left = np.array([getattr(item, lefts) for item in members])
        right = np.array([getattr(item, rights) for item in members])
        rows, columns = self._oriented(left, right)
        column_of = [column.tobytes() for column in columns]
        by_columns: dict[bytes, list[int]] = {column: [] for column in column_of}
        for i in np.argsort(rows[:, 0], kind="stable").tolist():
            by_columns[column_of[i]].append(i)
        grids: dict[tuple[bytes, ...], list[list[int]]] = {}
        for each in by_columns.values():
            grids.setdefault(tuple([rows[i].tobytes() for i in each]), []).append(each)
        lone: list[int] = []
        for grid in grids.values():
            if len(grid) == 1 and len(grid[0]) == 1:
                lone.append(grid[0][0])
            else:
                self._grid(members, np.array(self._in_order(grid, columns)), rows, columns, negative)
        if len(lone) == 1:
            self._grid(members, np.array([lone]), rows, columns, negative)
        elif lone and rows.shape[1] == 2:
            self._sums([members[i] for i in lone])
        elif lone:
            self._lone(members, np.array(lone), rows, columns, negative)

    def _oriented(self, left: Any, right: Any) -> tuple[Any, Any]:
        """Returns the places of row and column factors, each product turned so that the column's array comes later.

        Products go in the order of the columns' places; of constant columns in that of the rows'.
        """
        place = self.plan.place
        a, b = place[left], place[right]
        starts = self.plan.starts
        rank_a, rank_b = (np.searchsorted(starts, x, side="right") * 2 for x in (a, b))
        for x, rank in ((a, rank_a), (b, rank_b)):
            rank[x < 0] = 2 * self.leaves + 1  # constants stand between what is given and what is computed
        turned = rank_a > rank_b
        same = rank_a == rank_b
        if same.any():
            turned |= same & (self._uses[left] > self._uses[right])
        a, b = np.where(turned, b, a), np.where(turned, a, b)
        by = np.where((b < 0).all(axis=1, keepdims=True), a, b)
        unsorted = np.flatnonzero((np.diff(by, axis=1) < 0).any(axis=1))
        for i in unsorted:
            order = np.lexsort((a[i], by[i]))
            a[i], b[i] = a[i][order], b[i][order]
        return a, b

    @cached_property
    def _uses(self) -> Any:
        """How often each node is a factor or a term."""
        count = len(self.plan.place)
        every = np.array([x for item in self.reading.items for x in item.operands()])
        return np.bincount(every % count, minlength=count)

    def _in_order(self, grid: list[list[int]], columns: Any) -> list[list[int]]:
        """Returns the columns of a grid in the order of their places; of constant ones as they come."""
        first = columns[[each[0] for each in grid], 0]
        if (first < 0).any():
            return grid
        return [grid[k] for k in np.argsort(first, kind="stable")]

    def _grid(self, members: Sequence[Sum], grid: Any, rows: Any, columns: Any, negative: bool) -> None:
        """Makes a matrix product; the grid has the members by column and row."""
        nodes = np.array([members[i].node for i in grid.flat]).reshape(grid.shape)
        many_columns, many_rows = grid.shape[0] > 1, grid.shape[1] > 1
        across = False
        if many_columns and many_rows:  # in the order in which the graph has its nodes
            across = bool(abs(nodes[0, 1] - nodes[0, 0]) > abs(nodes[1, 0] - nodes[0, 0]))
        result = "rc" if across else ("c" if many_columns else "") + ("r" if many_rows else "")
        row_places, column_places = rows[grid[0]], columns[grid[:, 0]]
        if across:
            grid, nodes = grid.T, nodes.T
        shape = tuple([n for n in grid.shape if n > 1])
        subscripts = "r" * many_rows + "k", "c" * many_columns + "k", result
        self._product(
            members,
            grid.reshape(shape),
            nodes.reshape(shape),
            subscripts,
            row_places if many_rows else row_places[0],
            column_places if many_columns else column_places[0],
            negative,
        )

    def _lone(self, members: Sequence[Sum], lone: Any, rows: Any, columns: Any, negative: bool) -> None:
        order = np.argsort(rows[lone, 0], kind="stable")
        lone = lone[order]
        nodes = np.array([members[i].node for i in lone])
        self._product(members, lone, nodes, ("mk", "mk", "m"), rows[lone], columns[lone], negative)

    def _product(
        self,
        members: Sequence[Sum],
        grid: Any,
        nodes: Any,
        subscripts: tuple[str, str, str],
        rows: Any,
        columns: Any,
        negative: bool,
    ) -> None:
        read_rows, read_columns = self.operands.solid(rows), self.operands.solid(columns)
        first = members[grid.flat[0]]
        terms: dict[str, list[Operand]] = {}
        for name in ("plus", "minus"):
            if not len(getattr(first, name)):
                terms[name] = []
                continue
            places = np.sort(self.plan.place[np.array([getattr(members[i], name) for i in grid.flat])], axis=1)
            terms[name] = [self.operands.of(places[:, k].reshape(grid.shape)) for k in range(places.shape[1])]
        constant = None
        if first.constant is not None:
            constant = self.operands.number(np.array([members[i].constant for i in grid.flat], dtype=float).reshape(grid.shape))
        made = self._new(nodes)
        self.plan.steps.append(
            Product(made, subscripts, read_rows, read_columns, negative, terms["plus"], terms["minus"], constant)
        )


def _reduction(rule: Rule) -> Form:
    if len(rule.arguments) != 1:
        raise IrregularError
    return Form(rule.value, rule.on_arrays, rule.arguments, rule.shown, folds=True)


def _unfolded(form: Form) -> Form:
    """Returns the form for lists of one element."""

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        return (yield part.body) if isinstance(part, Fold) else (yield from rebuilt(part))

    value, *partials = (walked(visit, tree) for tree in (form.value, *form.partials))
    return Form(value, tuple(partials), form.arguments, form.shown)


_TOTAL = _reduction(TOTAL)


@cache
def _sum_form(products: int, minus_products: int, plus: int, minus: int, constant: bool) -> Form:
    """Returns the formula of a sum: products, the same with a minus, terms, those with a minus, a constant."""
    names: list[str] = []
    partials: list[Formula] = []
    terms: list[tuple[bool, Formula]] = []
    for sign in [True] * products + [False] * minus_products:
        x, y = (Argument(f"a{len(names) + k}") for k in (0, 1))
        names += [x.name, y.name]
        partials += [y, x] if sign else [-y, -x]
        terms.append((sign, x * y))
    for sign in [True] * plus + [False] * minus + [True] * constant:
        x = Argument(f"a{len(names)}")
        names.append(x.name)
        partials.append(Constant(1.0 if sign else -1.0))
        terms.append((sign, x))
    terms.sort(key=lambda term: not term[0])
    sign, value = terms[0]
    value = value if sign else -value
    for sign, term in terms[1:]:
        value = value + term if sign else value - term
    return Form(value, tuple(partials), tuple(names), tuple(partials))


def plan_of(program: Program[Any, Any], batched: Sequence[bool], adjoints: bool = True) -> MatrixPlan:
    """Returns a program as steps over arrays, where these of its inputs have a row for each sample.

    Without `adjoints` it is for the values alone.

    Raises IrregularError if there is too little to group.
    """
    with uncollected():
        if not is_regular(program):
            raise IrregularError
        return _Planner(program, batched, adjoints).made()
