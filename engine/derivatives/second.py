"""Second derivatives as numbers: the Hessian of a scalar by one reverse sweep, its products with vectors by two sweeps.

The table has only first derivatives: the second are derived from their formulas, once for each operation, and compiled.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.engine.derivatives.linear import Linear
>>> x, y = Value(3.0, "x"), Value(4.0, "y")
>>> f = x**2 * y + y + 2
>>> Curvature(Linear([f], [x, y])).hessian()
[[8.0, 6.0], [6.0, None]]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.caches import remembered
from chalkgrad.engine.derivatives.apart import AGAIN, CorneredSlope, at_corner, cornered_slopes, unguarded
from chalkgrad.engine.derivatives.linear import Linear, seeded
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.formulas.derivative import derivative
from chalkgrad.engine.formulas.trees import Argument, Call, Constant, Fold, Formula, evaluate, substitute
from chalkgrad.engine.recording import ieee
from chalkgrad.engine.recording.computers import FAILURES, ON_FLOATS, define, function_source, tuple_items
from chalkgrad.engine.recording.emit import PYTHON, emit
from chalkgrad.engine.rules import PARTIALS, Rule
from chalkgrad.engine.value import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.failures import as_written
from chalkgrad.engine.words.names import names_of

ZERO = Constant(0.0)
CompiledSecond = tuple[list[tuple[int, int]], Callable[..., Any]]


def derivative_of_partial(partial: Formula, name: str, own: Formula) -> Formula:
    """Returns the derivative of a local derivative by an argument, through `v` too, whose derivative by it is `own`."""
    through_v = derivative(partial, "v", AGAIN)
    direct = derivative(partial, name, AGAIN)
    if through_v == ZERO:
        return direct
    return through_v * own if direct == ZERO else direct + through_v * own


def compiled_second_derivatives(rule: Rule, active: Sequence[bool], propagate: bool) -> CompiledSecond:
    """Returns the active pairs i ≤ j whose ∂²v/∂x_i∂x_j is not always 0, and a function from (v, x, y, …) to these."""
    known, key = _compiled(rule), (tuple(active), propagate)
    if key not in known:
        trees = {
            (i, j): derivative_of_partial(
                unguarded(rule, rule.partials[i], rule.arguments[j]), rule.arguments[j], rule.partials[j]
            )
            for j in range(len(rule.arguments))
            for i in range(j + 1)
            if active[i] and active[j]
        }
        trees = {pair: substitute(tree, {"v": Argument("own")}) for pair, tree in trees.items() if tree != ZERO}
        names = {name: name for name in rule.arguments} | {"own": "v"}
        lines, results = emit([*trees.values()], names, ieee.PRIMITIVES if propagate else PYTHON) if trees else ([], [])
        source = function_source(
            f"second_derivatives(v, {', '.join(rule.arguments)})", [*lines, f"return ({tuple_items(results)})"]
        )
        title = f"{rule.name} {''.join('01'[is_active] for is_active in active)}" + " IEEE" * propagate
        compiled = define("second_derivatives", source, {"math": math, **ieee.FUNCTIONS}, title)
        known[key] = [*trees], compiled
    return known[key]


@remembered
def _compiled(rule: Rule) -> dict[tuple[tuple[bool, ...], bool], CompiledSecond]:
    """The compiled functions, by which arguments are active and whether infinities propagate."""
    return {}


# Operations on lists -------------------------------------------------------------------------------------------------


class Unfolded(NamedTuple):
    """The derivatives of an operation on lists, with names f0, f1, … for the sums and maxima in them.

    A maximum counts as a constant: formulas only shift by it, which does not change their value.
    """

    folds: list[Fold]  # each may mention earlier ones
    partials: list[Formula]
    direct: list[tuple[int, int, Formula]]  # ∂(partial i)/∂(argument j) at one element, i ≤ j, if not 0
    through: list[tuple[list[Formula], list[Formula]]]  # the derivatives of the partials by a sum or v, and of that by x
    shares: bool  # whether the partials are shares of their own sum: they add up to 1, and rows of second derivatives to 0


@remembered
def unfold(rule: Rule) -> Unfolded:
    """Returns the derivatives with names for the sums and maxima in them, so that each is computed once for all elements."""
    names: dict[Formula, int] = {}

    def without(tree: Formula) -> Formula:
        tree = type(tree)(*[without(part) if isinstance(part, Formula) else part for part in tree.parts])
        return Argument(f"f{names.setdefault(tree, len(names))}") if isinstance(tree, Fold) else tree

    partials = [without(partial) for partial in rule.partials]
    folds = [fold for fold in names if isinstance(fold, Fold)]
    by = [[derivative(partial, x, PARTIALS) for partial in partials] for x in rule.arguments]
    direct = [(i, j, trees[i]) for j, trees in enumerate(by) for i in range(j + 1) if trees[i] != ZERO]
    sums = [(f"f{k}", fold) for k, fold in enumerate(folds) if fold.kind == "sum"]
    changes = {"v": partials} | {name: [derivative(fold.body, x, PARTIALS) for x in rule.arguments] for name, fold in sums}
    slopes = {name: [derivative(partial, name, PARTIALS) for partial in partials] for name in changes}
    through = [(slopes[name], changes[name]) for name in changes if any(slope != ZERO for slope in slopes[name])]
    return Unfolded(folds, partials, direct, through, rule.lists == len(partials) == 1 and _is_share(rule.partials[0]))


def _is_share(tree: Formula) -> bool:
    """Whether a formula is a term of a sum over a list, divided by the sum."""
    return isinstance(tree, Call) and tree.name == "div" and tree.arguments[1] == Fold("sum", tree.arguments[0])


def by_element(rule: Rule, arguments: Sequence[Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Returns the list arguments of an operation element by element, and its other arguments, by the table's names."""
    length = rule.length(len(arguments))
    lists = [arguments[i * length : (i + 1) * length] for i in range(rule.lists)]
    each = [dict(zip(rule.arguments, element, strict=False)) for element in zip(*lists, strict=True)]
    return each, dict(zip(rule.arguments[rule.lists :], arguments[rule.lists * length :], strict=True))


MatrixEntry = tuple[int, int, float]
OuterProduct = tuple[list[float], list[float]]


def second_derivatives_of_lists(rule: Rule, v: float, numbers: Sequence[float]) -> tuple[list[MatrixEntry], list[OuterProduct]]:
    """Returns the matrix ∂²v/∂x_i∂x_j as entries i ≤ j, from single elements, and outer products b·cᵀ, from sums."""
    unfolded = unfold(rule)
    if not unfolded.direct and not unfolded.through:
        return [], []
    each, scalars = by_element(rule, numbers)
    values: dict[str, float] = {"v": v, **scalars}
    for k, fold in enumerate(unfolded.folds):
        terms = [evaluate(fold.body, {**values, **element}, ON_FLOATS) for element in each]
        values[f"f{k}"] = sum(terms) if fold.kind == "sum" else max(terms)

    def at(tree: Formula, element: int | None) -> float:
        if isinstance(tree, Constant):
            return tree.value
        return float(evaluate(tree, values if element is None else {**values, **each[element]}, ON_FLOATS))

    def places(which: int) -> Iterator[tuple[int, int | None]]:
        """The positions of an argument among all arguments, each with its element."""
        if which >= rule.lists:
            yield rule.position_of(len(numbers), which), None
        else:
            yield from ((rule.position_of(len(numbers), which, element), element) for element in range(len(each)))

    entries = []
    for which_i, which_j, tree in unfolded.direct:
        for i, element in places(which_i):
            entries.append((i, rule.position_of(len(numbers), which_j, element or 0), at(tree, element)))

    def along(trees: Sequence[Formula]) -> list[float]:
        return [at(tree, element) for which, tree in enumerate(trees) for _, element in places(which)]

    products = [(along(slopes), along(changes)) for slopes, changes in unfolded.through]
    if unfolded.shares:
        entries += _largest_apart(entries, *products[0])
    return entries, products


def _largest_apart(entries: list[MatrixEntry], slopes: list[float], changes: list[float]) -> list[MatrixEntry]:
    """Takes the row of the largest share p out of the entries and the outer product, and returns it.

    Its own entry p - p² would lose its digits where the others' shares are small; it is minus the sum of the rest of its row.
    """
    m = max(range(len(changes)), key=changes.__getitem__)
    entries[:] = [entry for entry in entries if entry[:2] != (m, m)]
    rest = [(min(k, m), max(k, m), slopes[m] * change) for k, change in enumerate(changes) if k != m]
    slopes[m] = changes[m] = 0.0
    return [*rest, (m, m, -math.fsum(h for *_, h in rest))]


# Corners -------------------------------------------------------------------------------------------------------------


def refuse_curved(tape: Linear, slopes: Sequence[Value], corners: Sequence[Value]) -> None:
    """Raises the error if an output has a second derivative by a slope, or a corner, and a corner that moves with it.

    Then a second derivative by the tape's inputs takes the slope at the corner times that of the other, and both are
    conventions: |x|² at 0, whose second derivative is 2, would get 2·0·0.
    """
    nodes = list(dict.fromkeys([*slopes, *corners]))
    place = {node: i for i, node in enumerate(nodes)}
    for y in tape.ys:
        try:
            curvature = Curvature(Linear([y], nodes), check=False).hessian()
            curved = [(a, b) for a in slopes for b in corners if curvature[place[a]][place[b]]]
        except ValueError:  # corners inside corners: each by itself
            pairs = [(a, b) for a in slopes for b in corners if list(map(id, a.parents)) == list(map(id, b.parents))]
            curved = [(a, b) for a, b in pairs if Curvature(Linear([y], [a, b]), check=False).hessian()[0][1]]
        for slope, corner in curved:
            if any(x in Linear([slope], [x]).position and x in Linear([corner], [x]).position for x in tape.xs):
                raise at_corner(names_of(tape.tape), y, corner)


# Sweeps --------------------------------------------------------------------------------------------------------------


class Curvature:
    """A linearised tape of one output, with the second derivatives of its operations times the adjoints of their nodes.

    Raises ValueError for inputs that are computed from each other, NonFiniteError for a second derivative that is not
    finite, naming the node, and, with `check`, for one that takes the square of a slope at a corner.
    """

    def __init__(self, tape: Linear, check: bool = True) -> None:
        self.tape = tape
        self.inputs = dict.fromkeys(tape.position[x] for x in tape.xs if x in tape.position)
        for i in self.inputs:
            if tape.links[i]:
                self._refuse_dependent(tape.nodes[i])
        self.entries: list[list[MatrixEntry]] = [[]] * len(tape.nodes)  # by positions on the tape, i ≤ j
        self.products: list[list[tuple[list[tuple[int, float]], list[tuple[int, float]]]]] = [[]] * len(tape.nodes)
        self.corners: list[Value] = []
        self._cornered: dict[Rule, list[CorneredSlope]] = {}  # faster than the cache of all operations
        for i, adjoint in enumerate(tape.adjoints(dict.fromkeys(tape.ys, 1.0))):
            if adjoint is not None and tape.links[i] and i not in self.inputs:
                self._at_node(i, adjoint)
        if check and self.corners and not modes.current().propagate:
            refuse_curved(tape, self.corners, self.corners)

    def _at_node(self, i: int, adjoint: float) -> None:
        node, position = self.tape.nodes[i], self.tape.position
        rule, arguments = node.op, node.arguments
        assert rule is not None
        where = [None if isinstance(x, float) else position.get(x) for x in arguments]
        numbers = [float(x) if isinstance(x, float) else x._data for x in arguments]
        slopes = self._cornered.get(rule)
        if slopes is None:
            slopes = self._cornered[rule] = cornered_slopes(rule)
        if slopes and any(slope.at_corner(numbers) for slope in slopes):
            self.corners.append(node)
        if rule.lists:
            entries, products = second_derivatives_of_lists(rule, node._data, numbers)
        else:
            entries, products = second_derivatives(rule, node._data, numbers, [p is not None for p in where]), []
        found: list[MatrixEntry] = []
        for slot, other, h in entries:
            p, q = where[slot], where[other]
            if p is not None and q is not None:
                if h - h != 0.0 and not modes.current().propagate:
                    raise self._not_finite(node, arguments[slot], arguments[other], h)
                if slot != other and p == q:
                    h += h  # x·x: the entries ij and ji are one
                found.append((p, q, adjoint * h) if p <= q else (q, p, adjoint * h))
        self.entries[i] = found
        self.products[i] = [
            (
                [(p, adjoint * x) for p, x in zip(where, b, strict=True) if p is not None],
                [(p, x) for p, x in zip(where, c, strict=True) if p is not None],
            )
            for b, c in products
        ]

    def hessian(self) -> list[list[float | None]]:
        """Returns the second derivatives by the inputs, exactly symmetric; None where they are 0 for all values of the inputs.

        It is edge pushing (Gower & Mello, 2012), in one reverse sweep. `rows` is a sparse symmetric matrix, at first empty: the
        second derivatives of the output by the nodes whose turn is still to come. When the turn of node i comes, the chain
        rule replaces it by its parents p, q: an entry (i, k) is pushed to (p, k) times ∂i/∂p, an entry (i, i) to (p, q)
        times ∂i/∂p·∂i/∂q, and the adjoint of i times its own second derivatives is added. Only inputs remain at the end.
        """
        nodes, links = self.tape.nodes, self.tape.links
        rows: list[dict[int, float]] = [{} for _ in nodes]  # an entry stands once, in the row of the node that comes first
        turn = [i - len(nodes) if i in self.inputs else i for i in range(len(nodes))]  # inputs stay to the end

        def add(i: int, j: int, h: float) -> None:
            if turn[i] < turn[j]:
                i, j = j, i
            row = rows[i]
            row[j] = row.get(j, 0.0) + h

        for i in range(len(nodes) - 1, -1, -1):
            if i in self.inputs:
                continue
            edges: dict[int, float] = {}
            for p, d in links[i]:
                edges[p] = edges.get(p, 0.0) + d
            own = [*edges.items()]
            for k, h in rows[i].items():
                if k == i:
                    for n, (p, d) in enumerate(own):
                        for q, e in own[: n + 1]:
                            add(p, q, d * e * h)
                else:
                    for p, d in own:
                        add(p, k, 2 * d * h if p == k else d * h)  # the entries (p, k) and (k, p) meet on the diagonal
            rows[i] = {}
            for p, q, h in self.entries[i]:
                add(p, q, h)
            for b, c in self.products[i]:
                for n, (p, x) in enumerate(b):
                    for m, (q, y) in enumerate(c[: n + 1]):
                        add(p, q, 2 * x * y if p == q and m < n else x * y)
        position = self.tape.position
        where = [position.get(x) for x in self.tape.xs]
        found = [[None if p is None or q is None else rows[max(p, q)].get(min(p, q)) for q in where] for p in where]
        self._check(found)
        return found

    def times(self, v: Sequence[float]) -> list[float]:
        """Returns the Hessian times a vector: a forward sweep along it, then the derivative of the reverse sweep along it."""
        tape = self.tape
        tangents = [0.0 if t is None else t for t in tape.tangents(seeded(tape.xs, v))]
        change = [0.0] * len(tape.nodes)  # of the adjoints
        for i in range(len(change) - 1, -1, -1):
            own = change[i]
            if i in self.inputs:
                continue
            if own:
                for p, d in tape.links[i]:
                    change[p] += own * d
            for p, q, h in self.entries[i]:
                change[p] += h * tangents[q]
                if p != q:
                    change[q] += h * tangents[p]
            for b, c in self.products[i]:
                along = sum([x * tangents[q] for q, x in c])
                for p, x in b:
                    change[p] += x * along
        found = tape.pick_or_zero(change, tape.xs)
        self._check([found])
        return found

    # Errors ----------------------------------------------------------------------------------------------------------

    def _refuse_dependent(self, x: Value) -> None:
        names = names_of(self.tape.tape)
        raise ValueError(
            f"second derivatives are taken by inputs that do not depend on each other, and {names[x]} = "
            f"{words.expression(x, names)} is computed from another of them"
        )

    def _not_finite(self, node: Value, x: Any, y: Any, h: float) -> NonFiniteError:
        names = names_of(self.tape.tape)
        by = f"∂{words.operand(names[x])}∂{words.operand(names[y])}" if x is not y else f"∂{words.operand(names[x])}²"
        at = ", ".join(f"{names[z]} = {words.number(z._data)}" for z in dict.fromkeys([x, y, *node.parents]))
        return NonFiniteError(
            f"the second derivative of {names[self.tape.ys[0]]} stops at {names[node]} = {words.expression(node, names)}: "
            f"∂²{words.operand(names[node])}/{by} {'does not exist' if h != h else 'is infinite'} at {at}"
            f"{as_written(node, [x, y])}"
        )

    def _check(self, found: Sequence[Sequence[float | None]]) -> None:
        if not modes.current().propagate and any(x is not None and x - x != 0.0 for row in found for x in row):
            name = names_of(self.tape.tape)[self.tape.ys[0]]
            raise NonFiniteError(f"a second derivative of {name} is too large for a float, whose limit is 1.798e308")


def second_derivatives(rule: Rule, v: float, numbers: Sequence[float], active: Sequence[bool]) -> list[MatrixEntry]:
    """Returns the second derivatives of an operation without lists by the active arguments, as entries i ≤ j."""
    pairs, compute = compiled_second_derivatives(rule, active, False)
    if not pairs:
        return []
    try:
        found = compute(v, *numbers)
    except FAILURES:
        found = compiled_second_derivatives(rule, active, True)[1](v, *numbers)
    return [(i, j, h) for (i, j), h in zip(pairs, found, strict=True)]
