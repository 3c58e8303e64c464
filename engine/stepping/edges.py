"""An edge of a graph and the table's formula of its local derivative: which argument it is by, what the formula is like.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> way = way_at(a * b, 0)
>>> way.kind.other, way.values
('y', {'v': -6.0, 'x': 2.0, 'y': -3.0})

Numbers may be placeholders (words/placeholders.py), for which only arithmetic is defined.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from chalkgrad.engine.basics.caches import remembered
from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.formulas.trees import (
    Argument,
    Call,
    Choice,
    Constant,
    Fold,
    Formula,
    Test,
    arguments_in,
    evaluate,
    parts_of_tree,
)
from chalkgrad.engine.recording.computers import computer
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.placeholders import placeholders_of

Edge = tuple[Value, int]  # a node and an index in its parents


class Kind(NamedTuple):
    """What an operation's formula for one of its local derivatives is like.

    Attributes:
        other: the argument that it is, for a product; "" otherwise
        reads: the arguments that it mentions, and "v", the value
        minus: whether it is a negative, such as that of y in x - y
        one: whether it is 1 or -1
    """

    other: str
    reads: frozenset[str]
    minus: bool
    one: bool


@remembered
def kinds(rule: Rule) -> tuple[Kind, ...]:
    """Returns the kind of each local derivative of an operation, as a blackboard has it."""
    return tuple(map(_kind, rule.shown))


def _kind(tree: Formula) -> Kind:
    number = tree.value if isinstance(tree, Constant) else 0.0
    other = tree.name if isinstance(tree, Argument) and tree.name != "v" else ""
    minus = number < 0 or (isinstance(tree, Call) and tree.name == "neg")
    return Kind(other, frozenset(arguments_in(tree)), minus, abs(number) == 1)


class Way(NamedTuple):
    """An edge, and its place among the arguments of the operation: which of them, and which element if that is a list."""

    node: Value
    slot: int
    rule: Rule
    which: int
    element: int
    flat: tuple[Value | float, ...]  # all arguments of the operation

    @property
    def edge(self) -> Edge:
        """The node and the place of the argument among its parents."""
        return self.node, self.slot

    @property
    def kind(self) -> Kind:
        """What the formula of the local derivative is like."""
        return kinds(self.rule)[self.which]

    @property
    def own(self) -> Value:
        """The argument that the derivative is by."""
        return self.node.parents[self.slot]

    @property
    def partial(self) -> float:
        """The local derivative."""
        return self.node.partials[self.slot]

    @property
    def values(self) -> dict[str, float]:
        """The operation's value and arguments by the table's names, those of lists at this edge's place."""
        return self.at({})

    def at(self, data: Mapping[Value, float]) -> dict[str, float]:
        """Returns the same for other data of some of the arguments; the value is that of the graph."""
        named = ((name, x if isinstance(x, float) else data.get(x, x._data)) for name, x in self.arguments.items())
        return {"v": self.node._data, **dict(named)}

    @property
    def arguments(self) -> dict[str, Value | float]:
        """The operation's arguments by the table's names, those of lists at this edge's place."""
        rule, count = self.rule, len(self.flat)
        return {name: self.flat[rule.position_of(count, i, self.element)] for i, name in enumerate(rule.arguments)}

    @property
    def function(self) -> bool:
        """Whether it is the derivative of a function of one value, such as tanh or a square: not that of a·x or x + 1."""
        return not self.rule.lists and len(self.node.parents) == 1 and not self.kind.reads.isdisjoint({"v", self.argument})

    @property
    def shown(self) -> Formula:
        """The blackboard's formula of the local derivative."""
        return self.rule.shown[self.which]

    @property
    def argument(self) -> str:
        """The table's name of the argument that the derivative is by."""
        return self.rule.arguments[self.which]


def ways(node: Value) -> Iterator[Way]:
    """Yields the edges of a node."""
    rule, arguments = node.op, node.arguments
    slot = 0
    for position, argument in enumerate(arguments):
        if rule is not None and not isinstance(argument, float):
            yield Way(node, slot, rule, *rule.argument_at(len(arguments), position), arguments)
            slot += 1


def way_at(node: Value, slot: int) -> Way:
    """Returns the edge of a node by its slot; the node has an operation.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> way_at(a * b, 1).own.label
    'b'
    """
    rule, position = node.op, slot
    arguments: tuple[Value | float, ...] = node.parents
    assert rule is not None
    if len(node.template) > len(arguments):  # there are plain numbers between the parents
        arguments = node.arguments
        position = next(islice((i for i, x in enumerate(arguments) if not isinstance(x, float)), slot, None))
    return Way(node, slot, rule, *rule.argument_at(len(arguments), position), arguments)


def all_ways(sweep: Sweep) -> list[Way]:
    """Returns the edges of the graph, in the order of the sweep."""
    return [way for node in reversed(sweep.tape.nodes) for way in ways(node)]


def partials_at(node: Value, data: Mapping[Value, float]) -> tuple[float, ...]:
    """Returns the local derivatives of a node for other data of some of its parents; those that are missing keep theirs."""
    numbers = [x if isinstance(x, float) else data.get(x, x._data) for x in node.arguments]
    rule = node.op
    assert rule is not None
    if any(isinstance(partial, NotKnown) for partial in node.partials):  # another engine's operation
        return node.partials
    if placeholders_of(*numbers):
        return tuple(_in_arithmetic(way, data) for way in ways(node))
    constant = [x is not None for x in node.template]
    _, partials = computer(rule, constant, propagate=True)(*map(float, numbers))
    if rule.lists and any(constant):
        partials = tuple(partial for partial, number in zip(partials, constant, strict=True) if not number)
    return partials


def _in_arithmetic(way: Way, data: Mapping[Value, float]) -> float:
    """Returns a local derivative of placeholders, as the recorders compute it on floats.

    Raises NotArithmeticError if that takes more than sums, products and quotients.
    """
    tree, values = way.rule.partials[way.which], way.at(data)
    if "v" in arguments_in(tree):
        if way.rule.lists:
            raise NotArithmeticError(way.node)
        values["v"] = _evaluated(way, way.rule.value, values)
    return _evaluated(way, tree, values)


def _evaluated(way: Way, tree: Formula, values: Mapping[str, float]) -> float:
    if any(isinstance(part, (Choice, Test, Fold)) for part in parts_of_tree(tree)):
        raise NotArithmeticError(way.node)
    try:
        found: float = evaluate(tree, values, _ARITHMETIC)
    except KeyError:
        raise NotArithmeticError(way.node) from None
    return found


_ARITHMETIC: dict[str, Callable[..., float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
}


class NotArithmeticError(Exception):
    """Placeholders, whose formulas are sums, products and quotients, were to be the arguments of something else.

    Its `node` is the one whose local derivative was asked for.
    """

    def __init__(self, node: Value) -> None:
        self.node = node
        super().__init__(node)
