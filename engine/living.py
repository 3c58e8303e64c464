"""Texts in which the numbers live: written once, to be filled in again and again with other numbers.

A `Living` is a float that keeps book of what it is: the value of a node, a local derivative, a sum or a product of such.
Whatever renders words renders them with living numbers too, and says by `Scribe.text` what of it is fixed and what is not.

>>> scribe = Scribe()
>>> x, y = scribe.value(0, 2.0), scribe.value(1, -3.0)
>>> from chalkgrad.engine.words.expressions import factor, number
>>> text = scribe.text(f"x·y = {number(x)} · {factor(y)} = {number(x * y)}")
>>> text
['x·y = ', ['n', 0], ' · ', ['f', 1], ' = ', ['n', 2]]
>>> scribe.numbers
[['v', 0], ['v', 1], ['*', 0, 1]]
>>> filled(text, computed(scribe.numbers, [5.0, 7.0]))
'x·y = 5 · 7 = 35'

A page fills such texts in by its own script; here it is done by `computed` and `filled`.
"""

from __future__ import annotations

import copy
import json
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from chalkgrad.engine.formulas.trees import Test, arguments_in, holds
from chalkgrad.engine.recording.recorder import ON_FLOATS
from chalkgrad.engine.sweep import Tape, refuse_stale
from chalkgrad.engine.words.expressions import factor, number, signed

if TYPE_CHECKING:
    from chalkgrad.engine.value import Value

Text = str | list[Any]  # one literal, or literals and elements in a row; see `filled` for what elements there are
_WRITERS: dict[str, Callable[..., str]] = {"n": number, "f": factor, "+": signed}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": ON_FLOATS["div"],
}
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?|-?inf|nan")


# Living numbers ------------------------------------------------------------------------------------------------------


class Living(float):
    """A float of today, and the number of its entry in the scribe's book. Arithmetic on it makes further entries."""

    scribe: Scribe
    entry: int

    def __new__(cls, value: float, scribe: Scribe, entry: int) -> Living:
        self = super().__new__(cls, value)
        self.scribe, self.entry = scribe, entry
        return self

    def written(self, form: str, digits: int) -> str:
        """Its place in a text: "n" as a number, "f" as a factor, "+" with its sign."""
        return self.scribe.number_place(self, form, digits)

    def __add__(self, other: float) -> float:
        return self if _is(other, 0.0) else self.scribe.combined("+", self, other)

    def __radd__(self, other: float) -> float:
        return self if _is(other, 0.0) else self.scribe.combined("+", other, self)

    def __sub__(self, other: float) -> float:
        if other is self:
            return float.__sub__(self, self)  # the test for a finite number
        return self if _is(other, 0.0) else self.scribe.combined("-", self, other)

    def __rsub__(self, other: float) -> float:
        return self.scribe.combined("-", other, self)

    def __mul__(self, other: float) -> float:
        return self if _is(other, 1.0) else self.scribe.combined("*", self, other)

    def __rmul__(self, other: float) -> float:
        return self if _is(other, 1.0) else self.scribe.combined("*", other, self)

    def __truediv__(self, other: float) -> float:
        return self if _is(other, 1.0) else self.scribe.combined("/", self, other)

    def __rtruediv__(self, other: float) -> float:
        return self.scribe.combined("/", other, self)

    def __neg__(self) -> float:
        return self.scribe.negated(self)

    def _undecided(self, other: object) -> NoReturn:
        raise TypeError("a living number decides nothing, for it may change: say either(…)")

    def __eq__(self, other: object) -> bool:
        return other is self or self._undecided(other)

    def __ne__(self, other: object) -> bool:
        return other is not self and self._undecided(other)

    __lt__ = __le__ = __gt__ = __ge__ = _undecided
    __hash__ = float.__hash__


def _is(x: float, number: float) -> bool:
    return not isinstance(x, Living) and x == number


class Digits(int):
    """How many digits a number is written with, where that depends on living numbers."""

    rule: list[Any]

    def __new__(cls, today: int, rule: list[Any]) -> Digits:
        self = super().__new__(cls, today)
        self.rule = rule
        return self


class Condition:
    """A test that other numbers may decide differently."""

    def __init__(self, scribe: Scribe, told: list[Any]) -> None:
        self._scribe, self._told = scribe, told

    def either(self, this: str, that: str) -> str:
        """The place of two texts, of which the test chooses one."""
        if this == that:
            return this
        return self._scribe.place({"if": self._told, "then": self._scribe.text(this), "else": self._scribe.text(that)})

    def __bool__(self) -> bool:
        raise TypeError("this test is open, for its numbers may change: say either(…)")


# The book ------------------------------------------------------------------------------------------------------------


class Scribe:
    """Keeps book of living numbers and of their places in texts.

    `numbers` are those that texts mention, with what they are computed from, each after its own parts; `tests` those that
    conditions mention, each with what its arguments are: numbers of nodes, or numbers. Places are marked by two characters
    that occur in none of the `labels`.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        taken = set().union(*labels)
        self._open, self._close = [c for c in map(chr, range(0xE000, 0xF900)) if c not in taken][:2]
        self._place = re.compile(f"{self._open}(\\d+){self._close}")
        self.numbers: list[list[Any]] = []
        self.tests: list[tuple[Test, dict[str, int | float]]] = []
        self._entries: list[tuple[Any, ...]] = []  # those made; their parts are numbers of entries
        self._made: dict[tuple[Any, ...], int] = {}
        self._numbered: dict[int, int] = {}  # by entry, its place among `numbers`
        self._elements: list[Any] = []
        self._places: dict[str, int] = {}
        self._tested: dict[tuple[Any, ...], int] = {}

    # Numbers

    def value(self, node: int, today: float) -> Living:
        """The value of the node with this number."""
        return self._living(("v", node), today)

    def partial(self, edge: int, today: float) -> Living:
        """The local derivative on the edge with this number."""
        return self._living(("p", edge), today)

    def given(self, name: str, today: float, *which: int) -> Living:
        """A number that is given from outside under this name."""
        return self._living((name, *which), today)

    def constant(self, x: float) -> Living:
        """A number that does not change, where one that lives is needed."""
        return x if isinstance(x, Living) else self._living(("=", float(x)), x)

    def combined(self, sign: str, x: float, y: float) -> Living:
        """What arithmetic makes of two numbers."""
        x, y = self.constant(x), self.constant(y)
        return self._living((sign, x.entry, y.entry), _ARITHMETIC[sign](_bare(x), _bare(y)))

    def negated(self, x: Living) -> Living:
        """The number with the other sign."""
        return self._living(("neg", x.entry), -_bare(x))

    def _living(self, entry: tuple[Any, ...], today: float) -> Living:
        if entry not in self._made:
            self._made[entry] = len(self._entries)
            self._entries.append(entry)
        return Living(today, self, self._made[entry])

    def number(self, x: float) -> int:
        """The place of a number in `numbers`; it is entered there, after all that it is computed from."""
        waiting = [self.constant(x).entry]
        while waiting:
            entry = waiting[-1]
            name, *parts = self._entries[entry]
            inner = parts if name in _ARITHMETIC or name == "neg" else []
            missing = [part for part in inner if part not in self._numbered]
            waiting += reversed(missing)
            if not missing:
                waiting.pop()
                if entry not in self._numbered:
                    self._numbered[entry] = len(self.numbers)
                    self.numbers.append([name, *([self._numbered[part] for part in inner] or parts)])
        return self._numbered[self.constant(x).entry]

    def digits(self, before: float, after: float, visible: int, most: int) -> Digits:
        """As many digits as show the difference of two numbers; see nudge.py."""
        return Digits(most, ["digits", self.number(before), self.number(after), visible, most])

    # Conditions

    def alike(self, one: str, other: str) -> bool | Condition:
        """Whether two texts read the same."""
        texts = [self.text(one), self.text(other)]
        if one == other or all(isinstance(text, str) for text in texts):
            return one == other
        for text, beside in (texts, texts[::-1]):
            if isinstance(text, str) and len(beside) == 1 and isinstance(beside[0], list) and not _NUMBER.fullmatch(text):
                return False  # a name is no number
        return Condition(self, ["same", *texts])

    def finite(self, x: float) -> Condition:
        """Whether a number is finite."""
        return Condition(self, ["finite", self.number(x)])

    def truth(self, test: Test, values: Mapping[str, float]) -> bool | Condition:
        """Whether a test of a formula holds, its arguments being these values of nodes."""
        used = {name: values[name] for name in sorted(arguments_in(test))}
        if not any(isinstance(x, Living) for x in used.values()):
            return holds(test, used, ON_FLOATS)
        read = {name: self._entries[x.entry][1] if isinstance(x, Living) else x for name, x in used.items()}
        key = test, *read.items()
        if key not in self._tested:
            self._tested[key] = len(self.tests)
            self.tests.append((test, read))
        return Condition(self, ["t", self._tested[key]])

    # Texts

    def number_place(self, x: Living, form: str, digits: int) -> str:
        """The place of a number in a text."""
        element: list[Any] = [form, self.number(x)]
        if digits != 4 or isinstance(digits, Digits):
            element.append(digits.rule if isinstance(digits, Digits) else digits)
        return self.place(element)

    def place(self, element: Any) -> str:
        """The mark of an element in a text; the same for the same element."""
        key = json.dumps(element)
        if key not in self._places:
            self._places[key] = len(self._elements)
            self._elements.append(element)
        return f"{self._open}{self._places[key]}{self._close}"

    def text(self, written: str) -> Text:
        """What has been written, taken apart into literals and elements."""
        parts = self._place.split(written)
        if len(parts) == 1:
            return written
        elements = [self._elements[int(part)] if i % 2 else part for i, part in enumerate(parts)]
        return [element for element in elements if element != ""]


def _bare(x: float) -> float:
    return float.__pos__(x)


# Filling in ----------------------------------------------------------------------------------------------------------


def computed(
    numbers: Sequence[Sequence[Any]], values: Sequence[float], partials: Sequence[float] = (), **given: Any
) -> list[float]:
    """The scribe's `numbers` for these values of the nodes, these local derivatives and these numbers from outside."""
    found: list[float] = []
    for name, *parts in numbers:
        if name in _ARITHMETIC:
            found.append(_ARITHMETIC[name](found[parts[0]], found[parts[1]]))
        elif name == "neg":
            found.append(-found[parts[0]])
        elif name == "=":
            found.append(float(parts[0]))
        else:
            source = {"v": values, "p": partials}.get(name, given.get(name, math.nan))
            found.append(source[parts[0]] if parts and isinstance(source, Sequence) else source)
    return found


def truths(tests: Iterable[tuple[Test, Mapping[str, int | float]]], values: Sequence[float]) -> list[bool]:
    """Whether the scribe's `tests` hold for these values of the nodes."""
    return [
        holds(test, {name: values[x] if isinstance(x, int) else x for name, x in read.items()}, ON_FLOATS)
        for test, read in tests
    ]


def filled(
    text: Text, numbers: Sequence[float], tests: Sequence[bool] = (), blanks: Mapping[str, Text] = {}, answer: float = math.nan
) -> str:
    """A text with these numbers in it, these answers to the scribe's tests, and these texts in its blanks.

    Its elements are `[form, number, digits]`, `{"if": condition, "then": text, "else": text}`, `["_", blank]` and
    `["answer"]`; a condition is `["t", test]`, `["same", text, text]` or `["finite", number]`.
    """
    if isinstance(text, str):
        return text
    fill = partial(filled, numbers=numbers, tests=tests, blanks=blanks, answer=answer)
    return "".join(_element(element, fill, numbers, tests, blanks, answer) for element in text)


def _element(
    element: Any,
    fill: Callable[[Text], str],
    numbers: Sequence[float],
    tests: Sequence[bool],
    blanks: Mapping[str, Text],
    answer: float,
) -> str:
    match element:
        case str():
            return element
        case {"if": condition, "then": this, "else": that}:
            match condition:
                case ["t", k]:
                    holding = tests[k]
                case ["same", one, other]:
                    holding = fill(one) == fill(other)
                case [_, k]:
                    holding = math.isfinite(numbers[k])
            return fill(this if holding else that)
        case ["_", blank]:
            return fill(blanks[blank])
        case ["answer"]:
            return number(answer)
        case [form, k]:
            return _WRITERS[form](numbers[k])
        case [form, k, ["digits", before, after, visible, most]]:
            from chalkgrad.engine.checking.nudge import digits_of_difference

            return _WRITERS[form](numbers[k], digits_of_difference(numbers[before], numbers[after], visible, most))
        case [form, k, int(digits)]:
            return _WRITERS[form](numbers[k], digits)
    raise ValueError(f"{element!r} is no element of a text")


# A graph of living numbers -------------------------------------------------------------------------------------------


class Alive:
    """A copy of a graph in which the numbers live; what renders words of Values renders them of its `root`.

    Attributes:
        tape: the copies, in the order of the tape
        scribe: who keeps the book of their numbers
        edges: the number of each edge, given by the node and the slot
        leaves: the numbers of the leaves that may change; the others, and what depends on them alone, stay as they are
    """

    def __init__(self, root: Value, still: bool = False) -> None:
        from chalkgrad.engine.evaluation import varies

        originals = Tape([root])
        refuse_stale(originals.nodes)
        self.tape = Tape([copy.deepcopy(root)])
        self.root = self.tape.roots[0]
        self.scribe = Scribe(originals.names.values())
        self.edges: dict[tuple[Value, int], int] = {}
        leaves = [i for i, node in enumerate(self.tape) if not node.parents and not node.constant]
        self.leaves = [] if still else leaves
        moving = {self.tape[i] for i in self.leaves}
        for i, (original, node) in enumerate(zip(originals, self.tape, strict=True)):
            node.label, node._grad = originals.names[original], None
            parents, partials = node.parents, list(node.partials)
            if not moving.isdisjoint(parents):
                moving.add(node)
            if node in moving:
                node._data = self.scribe.value(i, node._data)
            for slot in range(len(parents)):
                edge = self.edges[node, slot] = len(self.edges)
                if node in moving and varies(node, slot):
                    partials[slot] = self.scribe.partial(edge, partials[slot])
            node._link(parents, partials)
        self._known, self._today = (0, 0), (list[float](), list[bool]())

    def today(self) -> tuple[list[float], list[bool]]:
        """The scribe's numbers and tests for the values that the graph has now."""
        numbers, tests = self.scribe.numbers, self.scribe.tests
        if (len(numbers), len(tests)) != self._known:  # the book has grown
            self._known = len(numbers), len(tests)
            values = [_bare(node._data) for node in self.tape]
            partials = [_bare(node.partials[slot]) for node, slot in self.edges]
            self._today = computed(numbers, values, partials), truths(tests, values)
        return self._today
