"""Texts whose numbers may change: written once, and filled in again and again with other numbers.

A `Placeholder` is a float together with the formula that recomputes it: the value of a node, a local derivative, a sum or a
product of such. Whatever renders words renders them with placeholders too; `Placeholders.text` then says what of the text is
fixed and what is not.

>>> from chalkgrad.engine.words.expressions import factor, number
>>> placeholders = Placeholders()
>>> x, y = placeholders.value(0, 2.0), placeholders.value(1, -3.0)
>>> placeholders.text(f"x·y = {number(x)} · {factor(y)} = {number(x * y)}")
['x·y = ', ['n', 0], ' · ', ['f', 1], ' = ', ['n', 2]]
>>> placeholders.numbers
[['v', 0], ['v', 1], ['*', 0, 1]]

A page fills such texts in by its own script (viz/page). The renderers of words decide nothing with `if` that another value
would decide differently; they say `either`.

>>> either(2.0 > 0, lambda: "up", lambda: "down")
'up'
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from chalkgrad.engine.formulas.trees import Test, arguments_in, holds
from chalkgrad.engine.recording.computers import ON_FLOATS

Text = str | list[Any]  # one literal, or literals and elements in a row; what elements there are is said in viz/page/filling.py
ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": ON_FLOATS["div"],
}
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?|-?inf|nan")

# What depends on numbers in a text -----------------------------------------------------------------------------------


def either(test: bool | Condition, this: Callable[[], str], that: Callable[[], str]) -> str:
    """The one text where the test holds, else the other; of a test still open a place that holds both."""
    if isinstance(test, bool):
        return this() if test else that()
    return test.either(this(), that())


def placeholders_of(*numbers: Any) -> Placeholders | None:
    """The registry of these numbers, if one of them is a placeholder."""
    for x in numbers:
        if x.__class__ is not float and hasattr(x, "placeholders"):
            found: Placeholders = x.placeholders
            return found
    return None


def alike(one: str, other: str, *numbers: float) -> bool | Condition:
    """Whether two texts, in which these numbers stand, read the same."""
    placeholders = placeholders_of(*numbers)
    return one == other if placeholders is None else placeholders.alike(one, other)


def finite(x: float) -> bool | Condition:
    """Whether a number is neither infinite nor NaN."""
    placeholders = placeholders_of(x)
    return x - x == 0.0 if placeholders is None else placeholders.finite(x)


def truth(test: Test, values: Mapping[str, Any]) -> bool | Condition:
    """Whether a test of a formula holds for these values of its arguments."""
    placeholders = placeholders_of(*values.values())
    return holds(test, values, ON_FLOATS) if placeholders is None else placeholders.truth(test, values)


# Placeholder numbers ------------------------------------------------------------------------------------------------------


class Placeholder(float):
    """A float together with the entry in the registry that recomputes it. Arithmetic on it makes further entries."""

    placeholders: Placeholders
    entry: int

    def __new__(cls, value: float, placeholders: Placeholders, entry: int) -> Placeholder:
        self = super().__new__(cls, value)
        self.placeholders, self.entry = placeholders, entry
        return self

    def written(self, form: str, digits: int) -> str:
        """Its place in a text: "n" as a number, "f" as a factor, "+" with its sign."""
        return self.placeholders.number_place(self, form, digits)

    def __add__(self, other: float) -> float:
        return self if _is(other, 0.0) else self.placeholders.combined("+", self, other)

    def __radd__(self, other: float) -> float:
        return self if _is(other, 0.0) else self.placeholders.combined("+", other, self)

    def __sub__(self, other: float) -> float:
        if other is self:
            return float.__sub__(self, self)  # the test for a finite number
        return self if _is(other, 0.0) else self.placeholders.combined("-", self, other)

    def __rsub__(self, other: float) -> float:
        return self.placeholders.combined("-", other, self)

    def __mul__(self, other: float) -> float:
        return self if _is(other, 1.0) else self.placeholders.combined("*", self, other)

    def __rmul__(self, other: float) -> float:
        return self if _is(other, 1.0) else self.placeholders.combined("*", other, self)

    def __truediv__(self, other: float) -> float:
        return self if _is(other, 1.0) else self.placeholders.combined("/", self, other)

    def __rtruediv__(self, other: float) -> float:
        return self.placeholders.combined("/", other, self)

    def __neg__(self) -> float:
        return self.placeholders.negated(self)

    def _undecided(self, other: object) -> NoReturn:
        raise TypeError("a placeholder decides nothing, because its number may change: say either(…)")

    def __eq__(self, other: object) -> bool:
        return other is self or self._undecided(other)

    def __ne__(self, other: object) -> bool:
        return other is not self and self._undecided(other)

    __lt__ = __le__ = __gt__ = __ge__ = _undecided
    __hash__ = float.__hash__


def _is(x: float, number: float) -> bool:
    return not isinstance(x, Placeholder) and x == number


class OpenDigits(int):
    """How many digits a number is written with, where that depends on placeholders."""

    rule: list[Any]

    def __new__(cls, current: int, rule: list[Any]) -> OpenDigits:
        self = super().__new__(cls, current)
        self.rule = rule
        return self


class Condition:
    """A test that other numbers may decide differently."""

    def __init__(self, placeholders: Placeholders, description: list[Any]) -> None:
        self._placeholders, self._description = placeholders, description

    def either(self, this: str, that: str) -> str:
        """The place of two texts, of which the test chooses one."""
        if this == that:
            return this
        return self._placeholders.place(
            {"if": self._description, "then": self._placeholders.text(this), "else": self._placeholders.text(that)}
        )

    def __bool__(self) -> bool:
        raise TypeError("this test is open, for its numbers may change: say either(…)")


# Their registry --------------------------------------------------------------------------------------------------------


class Placeholders:
    """Records every placeholder and where texts use it.

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
        self._entry_numbers: dict[tuple[Any, ...], int] = {}
        self._numbered: dict[int, int] = {}  # by entry, its place among `numbers`
        self._elements: list[Any] = []
        self._places: dict[str, int] = {}
        self._tested: dict[tuple[Any, ...], int] = {}

    # Numbers

    def value(self, node: int, current: float) -> Placeholder:
        """The value of the node with this number."""
        return self._placeholder(("v", node), current)

    def partial(self, edge: int, current: float) -> Placeholder:
        """The local derivative on the edge with this number."""
        return self._placeholder(("p", edge), current)

    def given(self, name: str, current: float, *which: int) -> Placeholder:
        """A number that is given from outside under this name."""
        return self._placeholder((name, *which), current)

    def constant(self, x: float) -> Placeholder:
        """A number that does not change, where one that lives is needed."""
        return x if isinstance(x, Placeholder) else self._placeholder(("=", float(x)), x)

    def combined(self, sign: str, x: float, y: float) -> Placeholder:
        """What arithmetic makes of two numbers."""
        x, y = self.constant(x), self.constant(y)
        return self._placeholder((sign, x.entry, y.entry), ARITHMETIC[sign](bare(x), bare(y)))

    def negated(self, x: Placeholder) -> Placeholder:
        """The number with the other sign."""
        return self._placeholder(("neg", x.entry), -bare(x))

    def _placeholder(self, entry: tuple[Any, ...], current: float) -> Placeholder:
        if entry not in self._entry_numbers:
            self._entry_numbers[entry] = len(self._entries)
            self._entries.append(entry)
        return Placeholder(current, self, self._entry_numbers[entry])

    def number(self, x: float) -> int:
        """The place of a number in `numbers`; it is entered there, after all that it is computed from."""
        waiting = [self.constant(x).entry]
        while waiting:
            entry = waiting[-1]
            name, *parts = self._entries[entry]
            inner = parts if name in ARITHMETIC or name == "neg" else []
            missing = [part for part in inner if part not in self._numbered]
            waiting += reversed(missing)
            if not missing:
                waiting.pop()
                if entry not in self._numbered:
                    self._numbered[entry] = len(self.numbers)
                    self.numbers.append([name, *([self._numbered[part] for part in inner] or parts)])
        return self._numbered[self.constant(x).entry]

    def digits(self, before: float, after: float, visible: int, most: int) -> OpenDigits:
        """As many digits as show the difference of two numbers; see nudge.py."""
        return OpenDigits(most, ["digits", self.number(before), self.number(after), visible, most])

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
        if not any(isinstance(x, Placeholder) for x in used.values()):
            return holds(test, used, ON_FLOATS)
        read = {name: self._entries[x.entry][1] if isinstance(x, Placeholder) else x for name, x in used.items()}
        key = test, *read.items()
        if key not in self._tested:
            self._tested[key] = len(self.tests)
            self.tests.append((test, read))
        return Condition(self, ["t", self._tested[key]])

    # Texts

    def number_place(self, x: Placeholder, form: str, digits: int) -> str:
        """The place of a number in a text."""
        element: list[Any] = [form, self.number(x)]
        if digits != 4 or isinstance(digits, OpenDigits):
            element.append(digits.rule if isinstance(digits, OpenDigits) else digits)
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


def bare(x: float) -> float:
    return float.__pos__(x)
