"""A derivative as an expression: what one would write down on a blackboard, put in order enough to be read.

>>> from chalkgrad.engine import Value
>>> x, y = Value(3.0, "x"), Value(4.0, "y")
>>> f = x**2 * y + y + 2
>>> f.label = "f"
>>> derivative_expression(f, x)
∂f/∂x = 2·x·y = 24
>>> derivative_expression(f, x, order=2)
∂²f/∂x² = 2·y = 8

The expression is made of the table's local derivatives as they are shown (1 - tanh²x); its value is computed from the
accurate ones beside them.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from functools import cached_property, reduce
from operator import add
from typing import NamedTuple

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.tracebacks import short_traceback
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.explaining.chain import chain_rule, check_values
from chalkgrad.engine.explaining.written_paths import Shown
from chalkgrad.engine.formulas.derivative import derivative
from chalkgrad.engine.formulas.notation import PRODUCT
from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Fold,
    Formula,
    arguments_in,
    children,
    evaluate,
    parts_of_tree,
    rebuilt,
    substitute,
    walked,
)
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.rules import PARTIALS, RULES, SHOWN
from chalkgrad.engine.sweep import order as tape_order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import higher_quotient, operand
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import names_of
from chalkgrad.engine.words.printer import LaTeX, Plain, Printed, Printer
from chalkgrad.engine.words.shown import simplified
from chalkgrad.engine.words.slides import HIGH, LINES, WIDE, Limit, aligned_equations, breadth, height, low, rows_of
from chalkgrad.engine.words.tex import document

SYMBOLIC_TEMPLATES = section("symbolic")

_ONE, _ZERO = Constant(1.0), Constant(0.0)
# Of the operations that may be written, as many times as many
_COMPUTED = 100  # may be computed, each part once: what is shown may have cancelled
_TIDIED = 100  # terms and factors may be put in order on the way


@short_traceback
def derivative_expression(
    y: Value, x: Value, order: int = 1, *, in_terms_of: str = "leaves", limit: int = 300
) -> DerivativeExpression:
    """Returns ∂y/∂x as an expression, with like terms and factors collected: `print` it, or take its `latex()`.

    It is written with the local derivatives that the table shows, in terms of the leaves; an x that is computed counts as
    one. Kinks stand in it with "if". Its `value` is that of the sweep, to rounding.

    Args:
        y, x: two Values
        order: how many times to differentiate by x
        in_terms_of: "leaves", or "nodes", which leaves values that have been computed by their names, and names
            derivatives that are used several times: then the expression grows as the graph does
        limit: the most operations that it may have; derivatives of it have the same limit

    Raises TypeError for anything but Values, ValueError for unknown options and for expressions beyond the limit,
    StaleGraphError where a value has changed since, NonFiniteError where the derivative is not finite.

    >>> from chalkgrad.engine import Value
    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c, d = a + b, b + 1
    >>> e = c * d
    >>> derivative_expression(e, b)
    ∂e/∂b = 2·b + a + 1 = 5
    >>> derivative_expression(e, b, in_terms_of="nodes")
    ∂e/∂b = d + c = 5
    where c = a + b
    where d = b + 1
    """
    check_values("derivative_expression", y, x)
    if in_terms_of not in ("leaves", "nodes"):
        raise ValueError(f'in_terms_of is "leaves" or "nodes", not {in_terms_of!r}')
    for name, count in (("order", order), ("limit", limit)):
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f"{name} is a whole number from 1, not {count!r}")
    chain_rule(y, x, limit=1)  # which refuses what is stale, and what is not finite with the edge that makes it so
    nodes, by_name = tape_order([y]), in_terms_of == "nodes"
    if _size(nodes, x, by_name, limit) <= limit and (shown := _differentiated(nodes, x, by_name, True, limit)):
        computed = _differentiated(nodes, x, by_name, False, limit)
        result = _within(limit, nodes, (x,), by_name, shown, computed) if computed else None
        while result and len(result.wrt) < order:
            result = result._differentiated(x)
        if result:
            return result
    raise ValueError(_too_long(nodes, (x,) * order, by_name, limit))


# The trees of a tape -------------------------------------------------------------------------------------------------


class Trees(NamedTuple):
    """A derivative as a tree, and the equations for the derivatives that it refers to; values are named n0, n1, … by their
    places on the tape, derivatives d0, d1, …"""

    tree: Formula
    equations: dict[int, Formula]


class _Operation:
    """A node's operation applied to trees: its value, and its local derivatives, `shown` or as they are computed."""

    def __init__(self, node: Value, arguments: Sequence[Formula], name: Formula | None, shown: bool) -> None:
        rule = node.op
        assert rule is not None
        self._rule, self._count, n = rule, len(arguments), rule.length(len(arguments))
        self._formulas = rule.shown if shown else rule.partials
        self._arguments, self._plain = arguments, _PLAIN.get(rule.name) if shown and name is None else None
        self._lists = {x: arguments[i * n : (i + 1) * n] for i, x in enumerate(rule.arguments[: rule.lists])}
        self._scalars = dict(zip(rule.arguments[rule.lists :], arguments[rule.lists * n :], strict=True))
        if name is not None:
            self.value = name
        elif rule.lists or RULES.get(rule.name) is not rule:  # a call of a name that formulas do not know
            value = rule.value if self._plain is None else self._plain
            self.value = _written_out(value, self._scalars, self._lists)
        else:
            self.value = Call(rule.name, *arguments)

    def partial(self, position: int) -> Formula:
        """The local derivative by the argument in this position."""
        if self._plain is not None:
            letters = {f"a{i}": argument for i, argument in enumerate(self._arguments)}
            value = _written_out(self._plain, {}, {"x": list(map(Argument, letters))})
            return substitute(derivative(value, f"a{position}", SHOWN), letters)
        which, element = self._rule.argument_at(self._count, position)
        own = {x: elements[element] for x, elements in self._lists.items()} if which < self._rule.lists else {}
        return _written_out(self._formulas[which], {**self._scalars, **own, "v": self.value}, self._lists)


# What one writes where the table takes the largest out, for the sake of overflow.
_PLAIN: dict[str, Formula] = {"logsumexp": Call("log", Fold("sum", Call("exp", Argument("x"))))}


def _written_out(tree: Formula, values: Mapping[str, Formula], lists: Mapping[str, Sequence[Formula]]) -> Formula:
    """A formula with its arguments replaced, and sums and maxima over lists term by term."""

    def visit(part: Formula) -> Generator[Formula, Formula, Formula]:
        if isinstance(part, Argument):
            return values[part.name]
        if isinstance(part, Fold):
            each = [dict(zip(lists, elements, strict=True)) for elements in zip(*lists.values(), strict=True)]
            join = "add" if part.kind == "sum" else "maximum"
            return reduce(lambda x, y: Call(join, x, y), [_written_out(part.body, {**values, **one}, lists) for one in each])
        return (yield from rebuilt(part))

    return walked(visit, tree)


def _differentiated(nodes: Sequence[Value], x: Value, by_name: bool, shown: bool, limit: int) -> Trees | None:
    """The derivative of the last of the nodes by x: the forward sweep, done in symbols.

    In terms of the leaves every node is written out. By name each node stands for itself, and a derivative that is used more
    than once is an equation of its own, so that the whole has the size of the graph. None where it grows far beyond the limit.
    """
    from chalkgrad.engine.explaining.tidy import Tidier, TooLongError

    simple: dict[Formula, Formula] = {}
    tidy = Tidier(_TIDIED * limit).tidy if shown else lambda tree: simplified(tree, simple)
    trees: dict[Value, Formula] = {}
    tangents: dict[Value, Formula] = {x: _ONE}
    equations: dict[int, Formula] = {}
    uses = _uses(nodes, x)
    for i, node in enumerate(nodes):
        name = Argument(f"n{i}")
        if node is x or node._x is None:
            trees[node] = name
            continue
        arguments = node.arguments
        written = [Constant(a) if isinstance(a, float) else trees[a] for a in arguments]
        operation = _Operation(node, written, name if by_name else None, shown)
        trees[node] = operation.value
        terms = [
            operation.partial(position) * tangents[a]
            for position, a in enumerate(arguments)
            if isinstance(a, Value) and a in tangents
        ]
        if terms:
            try:
                tree = tidy(reduce(add, terms))
            except TooLongError:
                return None
            if shown and operations_in(tree) > 4 * limit:
                return None
            if by_name and uses[node] > 1 and isinstance(tree, (Call, Choice)):
                equations[i] = tree
                tree = Argument(f"d{i}")
            tangents[node] = tree
    return Trees(tangents.get(nodes[-1], _ZERO), equations)


def _uses(nodes: Sequence[Value], x: Value) -> dict[Value, int]:
    """How often each value between x and the last of the nodes is an argument of another."""
    uses = {x: 0}
    for node in nodes:
        if node is not x and any(parent in uses for parent in node.parents):
            uses[node] = 0
            for parent in node.parents:
                if parent in uses:
                    uses[parent] += 1
    return uses


def _size(nodes: Sequence[Value], x: Value, by_name: bool, limit: int) -> int:
    """How many operations the value of the last of the nodes takes, in terms of the leaves or by name, up to the limit."""
    if by_name:
        return len(_uses(nodes, x))
    sizes: dict[Value, int] = {}
    for node in nodes:
        inside = [sizes[parent] for parent in node.parents] if node is not x else []
        sizes[node] = min(sum(inside) + len(inside), limit + 1)
    return sizes[nodes[-1]]


def operations_in(tree: Formula) -> int:
    """How many operations a tree is written with.

    >>> operations_in(Argument("x") * 2 + 1)
    2
    """

    def visit(part: Formula) -> Generator[Formula, int, int]:
        count = int(isinstance(part, Call))
        for inner in children(part):
            count += yield inner
        return count

    return walked(visit, tree)


def _within(
    limit: int, nodes: Sequence[Value], wrt: tuple[Value, ...], by_name: bool, shown: Trees, computed: Trees
) -> DerivativeExpression | None:
    """The derivative in these trees; None where they are too large to be read, or to be worth computing."""
    written = sum(map(operations_in, [shown.tree, *shown.equations.values()]))
    done = sum(isinstance(part, Call) for tree in [computed.tree, *computed.equations.values()] for part in parts_of_tree(tree))
    if written > limit or done > _COMPUTED * limit:
        return None
    return DerivativeExpression(nodes, wrt, by_name, shown, computed, limit)


# What is shown -------------------------------------------------------------------------------------------------------


class DerivativeExpression(Shown):
    """A derivative as an expression; `print` it. It shows the graph as it was when this was made.

    `formula` is the expression as text, `equations` what else it refers to (in terms of the nodes), `value` its value, and
    `operations` counts those that it is written with. `wrt` has what was differentiated by, one after the other.
    """

    def __init__(
        self, nodes: Sequence[Value], wrt: tuple[Value, ...], by_name: bool, shown: Trees, computed: Trees, limit: int
    ) -> None:
        self.y, self.wrt, self._limit = nodes[-1], wrt, limit
        self._nodes, self._by_name, self._shown, self._computed = nodes, by_name, shown, computed
        numbers = {f"n{i}": node._data for i, node in enumerate(nodes)}
        for i, tree in computed.equations.items():
            numbers[f"d{i}"] = evaluate(tree, numbers, ON_FLOATS)
        self.value = float(evaluate(computed.tree, numbers, ON_FLOATS))
        if not math.isfinite(self.value) and not modes.current().propagate:
            raise NonFiniteError(f"{self._head(Plain(self._names))} = {self.formula} has no finite value here")

    @property
    def operations(self) -> int:
        """How many operations the expression is written with, its equations included."""
        return sum(map(operations_in, [self._shown.tree, *self._shown.equations.values()]))

    @property
    def formula(self) -> str:
        """The expression as text."""
        return self._write(self._shown.tree, Plain(self._names))

    @property
    def equations(self) -> list[str]:
        """What the expression refers to: derivatives that are used several times, and values by their names."""
        return self._equations(Plain(self._names))

    def derivative(self, x: Value) -> DerivativeExpression:
        """The derivative of the expression, by another value or by the same once more.

        Raises ValueError for an expression in terms of the nodes, and for one beyond the limit that derivative_expression was
        given; TypeError for anything but a Value.

        >>> x, y = Value(3.0, "x"), Value(4.0, "y")
        >>> f = x**2 * y + y + 2
        >>> derivative_expression(f, x).derivative(y)
        ∂²f/∂y∂x = 2·x = 6
        """
        check_values("derivative_expression", self.y, x)
        result = self._differentiated(x)
        if result is None:
            raise ValueError(_too_long(self._nodes, (*self.wrt, x), False, self._limit))
        return result

    def _differentiated(self, x: Value) -> DerivativeExpression | None:
        """The derivative of the expression; None where it is beyond the limit."""
        from chalkgrad.engine.explaining.tidy import TooLongError, tidied

        if self._by_name:
            raise ValueError('a second derivative is taken of an expression in terms of the leaves, not in_terms_of="nodes"')
        name = f"n{self._nodes.index(x)}" if x in set(self._nodes) else ""
        try:
            shown = tidied(derivative(self._shown.tree, name, SHOWN), _TIDIED * self._limit)
        except TooLongError:
            return None
        computed = simplified(derivative(self._computed.tree, name, PARTIALS))
        return _within(self._limit, self._nodes, (*self.wrt, x), False, Trees(shown, {}), Trees(computed, {}))

    @cached_property
    def _names(self) -> Mapping[Value, str]:
        return names_of(list(dict.fromkeys([*self._nodes, *self.wrt])))

    def _write(self, tree: Formula, write: Printer) -> str:
        names: dict[str, str | Printed] = {f"n{i}": self._names[node] for i, node in enumerate(self._nodes)}
        names |= {
            f"d{i}": (write.quotient(self._names[self._nodes[i]], self._names[self.wrt[0]]), PRODUCT)
            for i in self._shown.equations
        }
        return write.formula(tree, names)

    def _head(self, write: Printer) -> str:
        return write.higher_quotient(self._names[self.y], [self._names[x] for x in reversed(self.wrt)])

    def _equations(self, write: Printer) -> list[str]:
        trees = [self._shown.tree, *self._shown.equations.values()]
        lines = [
            f"{write.quotient(self._names[self._nodes[i]], self._names[self.wrt[0]])} = {self._write(tree, write)}"
            for i, tree in self._shown.equations.items()
        ]
        used = {name for tree in trees for name in arguments_in(tree)}
        needed = {node for i, node in enumerate(self._nodes) if f"n{i}" in used}
        for node in reversed(self._nodes):  # and what these are computed from
            if node in needed and node is not self.wrt[0]:
                needed.update(node.parents)
        for node in self._nodes:
            if node in needed and node._x is not None and node is not self.wrt[0]:
                lines.append(f"{write.name(node)} = {write.expression(node)}")
        return lines

    def _lines(self, write: Printer) -> list[str]:
        formula, value = self._write(self._shown.tree, write), write.number(self.value)
        whole = " = ".join([self._head(write), *([formula] if formula != value else []), value])
        return [whole, *(self._equations(write) if self._by_name else [])]

    def text(self) -> str:
        """The derivative in symbols, the expression and its value; what it refers to in a line each."""
        whole, *equations = self._lines(Plain(self._names))
        return "\n".join([whole, *(SYMBOLIC_TEMPLATES["where"].format(equation=line) for line in equations)])

    def latex(self, limit: Limit = "slide", digits: int = 4) -> str:
        r"""The same in LaTeX, a formula that goes between \[ and \], for documents with the package amsmath.

        What is too wide for a slide is broken into lines, of which as many are written as fit, the first and the last; or so
        many as `limit` says, with None all.
        """
        return document(self._formula(limit, digits))

    def _formula(self, limit: Limit = "slide", digits: int = 4) -> str:
        lines = self._lines(LaTeX(self._names, digits))
        if len(lines) == 1 and breadth(lines[0]) <= WIDE:
            return lines[0]
        rows = [row for line in lines for row in rows_of(line)]
        if height(rows) > HIGH:
            rows = [low(row) for row in rows]
        most = LINES if limit == "slide" else limit
        if most is not None and len(rows) > most:
            rows[most - 2 : -1] = [r"&\quad \dots"]
        return aligned_equations(rows)


def _too_long(nodes: Sequence[Value], wrt: Sequence[Value], by_name: bool, limit: int) -> str:
    names = names_of(list(dict.fromkeys([*nodes, *wrt])))
    told = {"y": operand(names[nodes[-1]]), "x": operand(names[wrt[0]])}
    advice = [SYMBOLIC_TEMPLATES["last advice" if len(wrt) == 1 else "last advice of higher order"].format(**told)]
    if not by_name and len(wrt) == 1:
        advice.insert(0, SYMBOLIC_TEMPLATES["advice"])
    return SYMBOLIC_TEMPLATES["too long"].format(
        derivative=higher_quotient(names[nodes[-1]], [names[x] for x in reversed(wrt)]),
        terms="the nodes" if by_name else "the leaves",
        limit=limit,
        advice="; or ".join(advice),
    )
