"""A graph whose inputs are still to be drawn: read once, computed again for each draw, and judged by the engine.

>>> from chalkgrad.classroom.worksheet import Problem
>>> template = Template(Problem("c = a + b; d = b + 1; e = c*d", ("table",), inputs={"b": (2.0,)}))
>>> template.choices["a"], template.choices["b"]
((-4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0), (2.0,))
>>> template.tried({"a": -4.0, "b": 2.0}).refused, template.tried({"a": 4.0, "b": -4.0}).refused
('', 'a gradient is 0')
"""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import count, islice
from math import prod
from typing import NamedTuple

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms.form import FORMS
from chalkgrad.classroom.numbers import ROUNDED_AWAY, by_name
from chalkgrad.classroom.posed import Posed
from chalkgrad.classroom.worksheet import LAST, Choice, Problem, WorksheetError, meant
from chalkgrad.engine import Value
from chalkgrad.engine.formulas.trees import Argument, Call, Constant, Formula, evaluate, parts_of_tree
from chalkgrad.engine.formulas.trees import Choice as Branches
from chalkgrad.engine.recording.computers import FAILURES, ON_FLOATS
from chalkgrad.engine.recording.recompute import recompute
from chalkgrad.engine.recording.replay import Replay, has_kinks
from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.sweep import adjoints, order
from chalkgrad.engine.words.expressions import total
from chalkgrad.engine.words.names import given_names, names_of
from chalkgrad.expressions.examples import Example, build, load
from chalkgrad.expressions.examples import names as names_of_examples
from chalkgrad.expressions.expression import ExpressionError, Parsed, names_in, parse

RESIDUALS = tuple(sign * x for x in (1.0, 2.0, 3.0, 4.0, 5.0, 6.0) for sign in (1.0, -1.0))  # of 1 and 2 few can be used
RATES = (0.5, 0.25, 0.125, 0.1, 0.05)  # the first at which losses fall is chosen, where none is asked for
RATE_TRIED, RATE_SUFFICES = 400, 12  # draws at each rate, and how many of them are to be good
TRIES = 500  # to find numbers at which a graph can be computed at all
NEAR = 1e-6  # beside a kink
WIDE = 4  # a table of a function goes from -WIDE to WIDE


class Target(NamedTuple):
    """A leaf that is drawn last, what it is added to or subtracted from, and their signs in what comes out."""

    leaf: Value
    beside: Replay
    of_beside: float
    of_leaf: float


class Tried(NamedTuple):
    """Numbers that were tried.

    Attributes:
        refused: why they were refused; "" if they were not
        where: the value or the derivative that is not as it should be, where it is one
        branches: the sides of the graph's kinks on which they lie
        paths: how many lead from the leaves that are asked for to the root
    """

    refused: str
    where: str = ""
    branches: tuple[Hashable, ...] = ()
    paths: int = 0


class Template:
    """A problem's graph. Raises WorksheetError for what cannot be asked, ExpressionError for what cannot be read.

    Attributes:
        problem: the problem
        choices: what each drawn input may be, by name; a target that is drawn last is not among them
        target: the one that is drawn last, if there is one
        numbers: the kind that all numbers are to be
        of: the names of the leaves that are asked for
    """

    def __init__(self, problem: Problem, value: Value | None = None) -> None:
        self.problem, self.numbers = problem, by_name(problem.numbers, problem.small)
        self.forms = [FORMS[name] for name in problem.ask]
        self.default: Choice = tuple(float(x) for x in range(-3 if problem.small else -4, 4 if problem.small else 5) if x)
        self.root, self.names = self._read(value)
        self.nodes = order([self.root])
        _label_unnamed(self.nodes)
        self.shown = names_of(self.nodes)
        self.leaves = {name: node for name, node in self.names.items() if node._x is None and not node.constant}
        if not self.root.parents or not self.leaves:
            raise WorksheetError(
                f"{self.shown[self.root]} is not computed from an input: a graph has an operation, as c = a*b has"
            )
        self._refuse_unknown()
        self.target = self._target()
        drawn = [name for name, leaf in self.leaves.items() if self.target is None or leaf is not self.target.leaf]
        self.choices: dict[str, Choice] = {name: self._choice(name) for name in drawn}
        self.of = problem.of or tuple(self.leaves)
        self.edges = [
            (node, slot, parent) for node in self.nodes for slot, parent in enumerate(node.parents) if not parent.constant
        ]
        self.zeros = any(form.zeros for form in self.forms)
        self.descends = "step" in problem.ask
        self._replay = Replay(self.root)
        self._kinked = any(node.op is not None and has_kinks(node.op) for node in self.nodes)
        self._refuse_rounded()

    # Reading

    def _read(self, value: Value | None) -> tuple[Value, dict[str, Value]]:
        """Returns the root and the named values that it is computed from, at any numbers."""
        if value is not None:
            value = copy.deepcopy(_labelled(value))
            return value, {node.label: node for node in order([value]) if node.label}
        example = load(self.problem.graph) if self.problem.graph in names_of_examples() else None
        parsed = self._parsed(example)
        root = self._root(parsed)
        nodes = set(order([root]))
        return root, {name: node for name, node in parsed.names.items() if node in nodes}

    def _parsed(self, example: Example | None) -> Parsed:
        if example is not None:
            return build(example)
        needed = names_in(self.problem.graph)
        chance, failure = Chance(b"", "any numbers"), None
        for _ in range(TRIES):
            values = {name: chance.choice(self._choice(name)) for name in needed}
            try:
                return parse(self.problem.graph, values)
            except ExpressionError as error:
                if not isinstance(error.__cause__, FAILURES):
                    raise
                failure = error
        assert failure is not None
        raise failure

    def _refuse_rounded(self) -> None:
        """Refuses numbers that the sheet would not give as they are, such as 1.125 in two decimals."""
        given = {f"inputs.{name}": choice for name, choice in self.choices.items()}
        given |= {"upstream": self.problem.upstream, "rate": self.problem.rate}
        for what, choice in given.items():
            for x in choice if self.numbers.decimals is not None else ():
                if round(x, self.numbers.decimals) != x:
                    raise WorksheetError(
                        f"{what}: {x!r} has more than {self.numbers.decimals} decimals, which a sheet rounds to"
                    )
        if self.descends and not all(rate > 0 for rate in self.problem.rate):
            raise WorksheetError("rate: a step of descent has a rate above 0")

    def _choice(self, name: str) -> Choice:
        given = self.problem.inputs.get(name, self.default)
        return self.default if isinstance(given, str) else given

    def _root(self, parsed: Parsed) -> Value:
        if not self.problem.root:
            if len(parsed.roots) > 1:
                listed = ", ".join(root.label for root in parsed.roots)
                raise WorksheetError(f"there are several results, {listed}: root = {parsed.roots[0].label!r} chooses one")
            return parsed.root
        if self.problem.root not in parsed.names:
            raise WorksheetError(
                f"there is no {self.problem.root} to be the root{meant(self.problem.root, list(parsed.names))}"
            )
        return parsed.names[self.problem.root]

    def _refuse_unknown(self) -> None:
        for key, names in (("inputs", self.problem.inputs), ("of", self.problem.of)):
            for name in names:
                if name not in self.leaves:
                    hint = meant(name, list(self.leaves)) or f"; there are {', '.join(self.leaves)}"
                    raise WorksheetError(f"{key}: there is no input {name}{hint}")

    def _target(self) -> Target | None:
        """Returns the leaf that is drawn last: the one for which that is asked, or one that is found."""
        asked = [name for name, given in self.problem.inputs.items() if given == LAST]
        if len(asked) > 1:
            raise WorksheetError(f"inputs: {' and '.join(asked)} cannot both be drawn last")
        for name in asked or [name for name in self.leaves if name not in self.problem.inputs]:
            leaf = self.leaves[name]
            uses = [node for node in self.nodes for parent in node.parents if parent is leaf]
            signs = _signs(uses[0]) if len(uses) == 1 else None
            if signs is None:
                continue
            x, y = uses[0].parents
            beside, second = y if x is leaf else x, signs[1]
            if beside._x is not None and (asked or (second < 0 and self._is_squared(uses[0]))):
                return Target(leaf, Replay(beside), 1.0 if beside is x else second, second if beside is x else 1.0)
        if asked:
            raise WorksheetError(
                f"inputs: {asked[0]} is drawn last where it is used once, added to something computed or subtracted from it"
            )
        return None

    def _is_squared(self, node: Value) -> bool:
        squares = [user for user in self.nodes if node in user.parents]
        return len(squares) == 1 and (
            (squares[0].op is not None and squares[0].op.name == "pow" and squares[0].arguments[1] == 2.0)
            or squares[0].parents == (node, node)
        )

    # Trying numbers

    def put(self, values: Mapping[str, float], residual: float = 1.0) -> None:
        """Puts numbers into the graph and computes it; with a target, so that it is missed by the residual."""
        data = {self.leaves[name]: x for name, x in values.items()}
        if self.target is not None:
            beside = self.target.of_beside * self.target.beside.value_at(data)
            missed = self.target.of_leaf * (residual - beside)
            # A sheet in decimals gives a target with two, and so its loss is not quite that of the residual.
            data[self.target.leaf] = (missed if self.numbers.parts else round(missed, 2)) + 0.0
        for leaf, x in data.items():
            if leaf._data != x:
                leaf.data = x
        recompute(self.root)

    def tried(self, values: Mapping[str, float], upstream: float = 1.0, rate: float = 0.5, residual: float = 1.0) -> Tried:
        """Puts numbers into the graph and returns why they are refused, if they are."""
        try:
            self.put(values, residual)
        except FAILURES:
            return Tried("an operation has no value")
        hold = self._holds
        gradients = adjoints(self.nodes, self.root, upstream)
        for node in self.nodes:
            if not hold(node._data):
                return Tried(self._why(node._data), self.shown[node])
            if not node.constant and not hold(gradients[node]):
                return Tried(self._why(gradients[node]), self._total(node))
            if not node.constant and not self.zeros and gradients[node] == 0.0 and node not in self._not_chosen():
                return Tried("a gradient is 0", self._total(node))
        if self.target is not None and self.target.leaf._data == 0.0:
            return Tried("the target is 0", self.shown[self.target.leaf])
        for node, slot, parent in self.edges:
            partial = node.partials[slot]
            if not hold(partial):
                return Tried(self._why(partial), total(self.shown[node], self.shown[parent]))
            if not hold(partial * gradients[node]):
                return Tried(self._why(partial * gradients[node]), self._total(parent))
        if not self.numbers.parts:
            for node, parent in self.looked_up:
                if parent._data not in self.table:
                    return Tried("what a function is taken of is not in its table", self.shown[node])
        branches = self._branches()
        if branches is None:
            return Tried("it is at a kink")
        if self.descends and (refused := self._step_refused(gradients, upstream, rate)):
            return Tried(refused, self.shown[self.root])
        return Tried("", "", branches, self._paths())

    def _total(self, node: Value) -> str:
        return total(self.shown[self.root], self.shown[node])

    def _holds(self, x: float) -> bool:
        """Tells whether a number is of the kind that is asked for; where gradients may be 0, one that is written as 0.00 is."""
        return self.numbers.hold(x) or (self.zeros and not self.numbers.parts and abs(x) < ROUNDED_AWAY)

    def _why(self, x: float) -> str:
        return (
            f"a number is above {self.numbers.most:g}"
            if abs(x) > self.numbers.most
            else f"a number is not in {self.numbers.name}"
        )

    def _branches(self) -> tuple[Hashable, ...] | None:
        """Returns the sides of the kinks that the numbers are on; None at a kink, where a little on either side is another."""
        if not self._kinked:
            return ()
        here = {leaf: leaf._data for leaf in self.leaves.values()}
        taken = []
        try:
            for way in (0.0, 1.0, -1.0):
                moved = {leaf: x + way * NEAR * (1 + 0.37 * i) for i, (leaf, x) in enumerate(here.items())}
                taken.append(self._replay.at(moved).branches)
        except FAILURES:
            return None
        return taken[0] if len(set(taken)) == 1 else None

    def _step_refused(self, gradients: Mapping[Value, float], upstream: float, rate: float) -> str:
        """Returns why a step of descent is refused: it leads to other numbers, or does not lower what is descended."""
        moved = {self.leaves[name]: self.leaves[name]._data - rate * gradients[self.leaves[name]] for name in self.of}
        try:
            numbers = self._replay.numbers_at({leaf: leaf._data for leaf in self.leaves.values()} | moved)
        except FAILURES:
            return "the step leads to other numbers"
        if not all(map(self.numbers.hold, numbers[: len(self.nodes)])):
            return "the step leads to other numbers"
        after = numbers[len(self.nodes) - 1]
        if (after - self.root._data) * upstream >= 0.0:
            return "the step does not lead downhill"
        return "the step ends at 0" if after == 0.0 else ""  # 0 is what many slips give

    @cached_property
    def rates(self) -> Choice:
        """What the rate may be: those that are asked for, or the first at which steps lead downhill often enough."""
        if self.problem.rate or not self.descends:
            return self.problem.rate or RATES[:1]
        good: dict[float, int] = {}
        for rate in RATES:
            some = draws(self, Chance(b"", "rate", self.problem.words), RATE_TRIED, (rate,))
            good[rate] = sum(1 for _ in islice((one for one in some if not self.tried(*one).refused), RATE_SUFFICES))
            if good[rate] == RATE_SUFFICES:
                return (rate,)
        return (max(good, key=good.__getitem__),)

    @cached_property
    def table(self) -> tuple[float, ...]:
        """The numbers of which the tables on a sheet have a function: whole ones, and halves where an input may be one."""
        halves = any(not x.is_integer() for choice in self.choices.values() for x in choice)
        return tuple(i / 2 for i in range(-2 * WIDE, 2 * WIDE + 1) if halves or i % 2 == 0)

    @property
    def functions(self) -> bool:
        """Whether there are operations beside those under which fractions stay such."""
        return any(node.op is not None and not is_rational(node.op) for node in self.nodes)

    @cached_property
    def looked_up(self) -> list[tuple[Value, Value]]:
        """The nodes whose function is looked up in a table on the sheet, with what it is taken of, computed by hand."""
        by_hand: set[Value] = set()
        found = []
        for node in self.nodes:
            if node.op is None or (is_rational(node.op) and by_hand.issuperset(node.parents)):
                by_hand.add(node)
            elif len(node.parents) == 1 and node.parents[0] in by_hand and not is_rational(node.op):
                found.append((node, node.parents[0]))
        return found

    def _not_chosen(self) -> set[Value]:
        """Returns what reaches the root only through a maximum or minimum of another argument: its gradient is 0 by right."""
        found: set[Value] = set()
        for node in reversed(self.nodes):
            uses = [(user, slot) for user, slot, parent in self.edges if parent is node]
            if uses and all(user in found or (_chooses(user) and user.partials[slot] == 0.0) for user, slot in uses):
                found.add(node)
        return found

    def _paths(self) -> int:
        """Returns the number of paths from the leaves that are asked for to the root on which no local derivative is 0."""
        counts = dict.fromkeys(self.nodes, 0)
        counts[self.root] = 1
        for node in reversed(self.nodes):
            for parent, partial in zip(node.parents, node.partials, strict=True):
                counts[parent] += counts[node] * (partial != 0.0)
        return sum(counts[self.leaves[name]] for name in self.of)

    # What comes out

    def near(self, chance: Chance) -> Value:
        """Returns a copy of the graph at numbers close to those it has, at which nothing is equal by accident."""
        root = copy.deepcopy(self.root)
        for leaf in order([root]):
            if leaf._x is None and not leaf.constant:
                leaf.data = leaf._data + (10**6 + chance.below(10**7)) / 10**10
        root.forward()
        return root

    def posed(self, chance: Chance, upstream: float, rate: float) -> Posed:
        """Returns a copy of the graph with the numbers that it has, as forms take it."""
        root, names = copy.deepcopy((self.root, dict(self.names)))
        problem = self.problem
        return Posed(
            root,
            names,
            self.of,
            chance,
            upstream,
            rate,
            self.numbers.decimals,
            problem.options,
            said=False,
        )


# What the table of operations says -----------------------------------------------------------------------------------


@cache
def is_rational(rule: Rule) -> bool:
    """Tells whether whole numbers and fractions stay such under an operation; all else is looked up in a table, or computed.

    >>> from chalkgrad.engine.rules import RULES
    >>> [is_rational(RULES[name]) for name in ("mul", "minimum", "affine", "softsign", "sigmoid", "cbrt")]
    [True, True, True, True, False, False]
    """
    return all(_is_rational(part) for part in parts_of_tree(rule.value) if isinstance(part, Call))


def _is_rational(call: Call) -> bool:
    rule = RULES[call.name]
    if rule.value != Call(call.name, *map(Argument, rule.arguments)):  # itself a formula of others
        return is_rational(rule)
    if call.name == "pow":
        base, exponent = call.arguments
        return base.varies and (exponent.varies or float(evaluate(exponent, {}, ON_FLOATS)).is_integer())
    return call.name in _BY_HAND


_BY_HAND = {"add", "sub", "mul", "div", "neg", "pos", "abs", "mod", "floor"}


@cache
def _is_chosen(rule: Rule) -> bool:
    """Tells whether an operation takes one of its arguments: then its local derivatives are 1 and 0, and at a kink between."""
    return rule.value.__class__ is Branches and len(rule.arguments) > 1 and not rule.lists and all(map(_is_step, rule.shown))


def _is_step(tree: Formula) -> bool:
    """Tells whether a formula chooses between numbers."""
    while isinstance(tree, Branches):
        if not isinstance(tree.then, Constant):
            return False
        tree = tree.otherwise
        if isinstance(tree, Constant):
            return True
    return False


def _chooses(node: Value) -> bool:
    return node.op is not None and _is_chosen(node.op)


def _signs(node: Value) -> tuple[float, float] | None:
    """Returns the signs of the two terms of a sum or a difference; None for other operations."""
    if node.op is None or node.op.lists or len(node.parents) != 2:
        return None
    signs = [tree.value if isinstance(tree, Constant) else 0.0 for tree in node.op.shown]
    return (signs[0], signs[1]) if signs[0] == 1.0 and abs(signs[1]) == 1.0 else None


# Names ----------------------------------------------------------------------------------------------------------------


def _label_unnamed(nodes: Sequence[Value], every: bool = False) -> None:
    """Names the computed nodes that have no name v1, v2, … as far as these are free: places on a tape would have gaps.

    `every` names leaves, too.
    """
    taken = {node.label for node in nodes}
    free = (name for i in count(1) if (name := f"v{i}") not in taken)
    for node in nodes:
        if not node.label and not node.constant and (every or node._x is not None):
            node.label = next(free)


def _labelled(value: Value) -> Value:
    """Returns a copy of a graph whose nodes bear the names that they are shown by."""
    nodes = order([value])
    names = given_names(nodes)
    copied = copy.deepcopy(value)
    twins = order([copied])
    for node, twin in zip(nodes, twins, strict=True):
        twin.label = names.get(node, "")
    _label_unnamed(twins, every=True)
    return copied


def draws(
    template: Template, chance: Chance, most: int, rates: Choice = ()
) -> Iterator[tuple[dict[str, float], float, float, float]]:
    """Yields numbers for the inputs, the upstream gradient, the rate and the residual: each of them once, at most so many.

    Of few they are all, in another order; of many some.
    """
    names = list(template.choices)
    residuals: Choice = RESIDUALS if template.target is not None else (1.0,)
    choices = [*template.choices.values(), template.problem.upstream, rates or template.rates, residuals]
    for place in _places(chance, [len(choice) for choice in choices], most):
        numbers = []
        for choice in choices:
            place, i = divmod(place, len(choice))
            numbers.append(choice[i])
        upstream, rate, residual = numbers[-3:]
        yield dict(zip(names, numbers, strict=False)), upstream, rate, residual


def _places(chance: Chance, sizes: Sequence[int], most: int) -> Iterator[int]:
    """Yields different whole numbers below the product of the sizes, at most so many; all of them if they are not more."""
    total = prod(sizes)
    if total <= most:
        yield from chance.shuffled(range(total))
        return
    seen: set[int] = set()
    while len(seen) < most:
        place = 0
        for size in sizes:
            place = place * size + chance.below(size)
        if place not in seen:
            seen.add(place)
            yield place
