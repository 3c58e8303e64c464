"""A graph's value for other data of its leaves, or with computed values held, without changing the graph.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> c = 2 * x
>>> y = c * x
>>> Replay(y).value_at({x: 5.0}), y.data
(50.0, 18.0)
>>> Replay(y).value_at({c: 10.0})         # c held, x as it is
30.0
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.formulas.trees import Call, Choice, Constant, Formula, evaluate, holds
from chalkgrad.engine.recording.computers import FAILURES, ON_FLOATS, Computer, computer
from chalkgrad.engine.recording.record import compute
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value


class BranchedValue(NamedTuple):
    """A graph's value, and the branches that its operations took: another branch is the other side of a kink."""

    value: float
    branches: tuple[Hashable, ...]


class _ReplayStep(NamedTuple):
    """An operation, and the positions of its result and its arguments among the numbers."""

    place: int
    node: Value
    rule: Rule
    function: Computer
    arguments: tuple[int, ...]


class Replay:
    """A graph's operations in a list, to compute for other data of the leaves; `value_at` returns the value.

    Raises StaleGraphError if a value has changed since.
    """

    def __init__(self, y: Value) -> None:
        nodes = order([y])
        refuse_stale(nodes)
        self._places = {node: i for i, node in enumerate(nodes)}
        self._numbers = [node._data for node in nodes]
        self._steps: list[_ReplayStep] = []
        self._kinked: list[tuple[_ReplayStep, Rule, list[bool]]] = []
        for i, node in enumerate(nodes):
            if node._x is None:
                continue
            rule = node.op
            assert rule is not None
            arguments: list[int] = []
            for x in node.arguments:
                if isinstance(x, float):  # a plain number among the arguments
                    arguments.append(len(self._numbers))
                    self._numbers.append(float(x))
                else:
                    arguments.append(self._places[x])
            constant = [x is not None for x in node.template]
            step = _ReplayStep(i, node, rule, computer(rule, constant), tuple(arguments))
            self._steps.append(step)
            if has_kinks(rule):
                self._kinked.append((step, rule, [not number for number in constant]))
        self._last = self._places[y]

    def value_at(self, data: Mapping[Value, float]) -> float:
        """Returns the value for other data of these nodes. Raises the errors of the operations.

        A computed node among them is held: it is not computed from its parents, and what comes after it is computed from it.
        """
        return self.numbers_at(data)[self._last]

    def at(self, data: Mapping[Value, float]) -> BranchedValue:
        """Returns what `value_at` returns, with the branches that the operations take."""
        numbers = self.numbers_at(data)
        taken = [branches(rule, [numbers[i] for i in step.arguments], active) for step, rule, active in self._kinked]
        return BranchedValue(numbers[self._last], tuple(taken))

    def turning(self, data: Mapping[Value, float]) -> list[Value]:
        """Returns the operations that take another branch for these data than they do now: a kink or a jump lies between.

        >>> x = Value(2.0, "x")
        >>> y = (x - 2).relu()
        >>> Replay(y).turning({x: 2.5}) == [y], Replay(y).turning({x: 1.5})
        (True, [])
        """
        taken = zip(self._kinked, self.at({}).branches, self.at(data).branches, strict=True)
        return [step.node for (step, _, _), one, other in taken if one != other]

    def numbers_at(self, data: Mapping[Value, float]) -> list[float]:
        """Returns the numbers of all nodes for other data, parents first, and behind them those that are not nodes."""
        numbers = self._numbers.copy()
        held = False
        for node, x in data.items():
            if node in self._places:
                numbers[self._places[node]] = x
                held = held or node._x is not None
        for place, node, rule, function, arguments in self._steps:
            if held and node in data:
                continue
            given = [numbers[i] for i in arguments]
            try:
                value = function(*given)[0]
            except FAILURES:
                value = float("nan")
            if value - value != 0.0:  # compute() raises the error
                value = compute(rule, given, [x is not None for x in node.template], node.arguments)[0]
            numbers[place] = value
        return numbers


def how_computed(y: Value) -> tuple[Hashable, ...]:
    """Returns how a graph was computed: its operations with their arguments, and the branches that they took."""
    nodes = order([y])
    places = {node: i for i, node in enumerate(nodes)}
    found: list[Hashable] = []
    for node in nodes:
        if node.op is not None:
            arguments = node.arguments
            numbers = [x if isinstance(x, float) else x._data for x in arguments]
            active = [isinstance(x, Value) for x in arguments]
            kinks = branches(node.op, numbers, active) if has_kinks(node.op) else ()
            found.append((node.op.name, tuple([places[parent] for parent in node.parents]), kinks))
    return tuple(found)


# Kinks ---------------------------------------------------------------------------------------------------------------


def has_kinks(rule: Rule) -> bool:
    """Returns whether an operation may have kinks: the table says it of its own, others may have any."""
    return bool(rule.kink) or RULES.get(rule.name) is not rule


def branches(rule: Rule, numbers: Sequence[float], active: Sequence[bool]) -> Hashable:
    """Returns the branches that an operation takes for these arguments; the active ones may move.

    Only the shown formulas count: computed ones also have cases that only save digits, without a kink.

    >>> [branches(RULES["relu"], [x], [True]) for x in (-2.0, 2.0, 3.0)]
    [(False,), (True,), (True,)]
    """
    if rule.lists:
        return ()
    value = computer(rule, propagate=True)(*numbers)[0]
    own = RULES.get(rule.name) is not rule
    if not own and all(d == Constant(0.0) for d in rule.shown):
        return value  # a step function: each value is a branch
    values = {"v": value, **dict(zip(rule.arguments, numbers, strict=True))}
    shown = [tree for tree, moves in zip(rule.shown, active, strict=True) if moves]
    trees = [rule.value, *shown] if own else shown
    return tuple(outcome for tree in trees for outcome in _outcomes(tree, values, inside=own))


def _outcomes(tree: Formula, values: Mapping[str, float], inside: bool) -> Iterator[Hashable]:
    """The outcomes of the tests in a formula, and with `inside` the branches of the operations that it calls."""
    if isinstance(tree, Choice):
        outcome = holds(tree.test, values, ON_FLOATS)
        yield outcome
        yield from _outcomes(tree.then if outcome else tree.otherwise, values, inside)
    elif isinstance(tree, Call):
        for argument in tree.arguments:
            yield from _outcomes(argument, values, inside)
        rule = RULES[tree.name]
        if inside and rule.kink:
            numbers = [float(evaluate(argument, values, ON_FLOATS)) for argument in tree.arguments]
            yield branches(rule, numbers, [not isinstance(argument, Constant) for argument in tree.arguments])
