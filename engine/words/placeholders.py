"""Texts whose numbers may change: written once, and filled in again and again with other numbers.

A `Placeholder` is a float together with the formula that recomputes it: the value of a node, a local derivative, a sum or a
product of such. The functions that write words work on placeholders too; `Placeholders.text` then separates the fixed parts
of a text from its numbers.

>>> from chalkgrad.engine.words.expressions import factor, number
>>> placeholders = Placeholders()
>>> x, y = placeholders.value(0, 2.0), placeholders.value(1, -3.0)
>>> placeholders.text(f"x·y = {number(x)} · {factor(y)} = {number(x * y)}")
['x·y = ', ['n', 0], ' · ', ['f', 1], ' = ', ['n', 2]]
>>> placeholders.numbers
[['v', 0], ['v', 1], ['*', 0, 1]]

The script of a page (viz/page) fills such texts in. A function that writes words must not use `if` where another value
would decide differently, but `either`.

>>> either(2.0 > 0, lambda: "up", lambda: "down")
'up'
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.formulas.trees import Formula, Test, arguments_in, evaluate, holds
from chalkgrad.engine.recording.computers import ON_FLOATS

Text = str | list[Any]  # a literal, or a list of literals and elements; viz/page/filling.py explains the elements
ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": ON_FLOATS["div"],
}
EXTREMES: dict[str, Callable[[Iterable[float]], float]] = {"min": min, "max": max}
_NUMBER = r"(?:\(?[-+]?(?:\d+(?:\.\d+)?(?:e-?\d+)?|inf|nan)\)?|–)"

# What depends on numbers in a text -----------------------------------------------------------------------------------


def either(test: bool | Condition, this: Callable[[], str], that: Callable[[], str]) -> str:
    """Returns one text if the test holds, else the other; for an open test, a mark that stands for both."""
    if isinstance(test, bool):
        return this() if test else that()
    return test.either(this(), that())


def _differ(one: Text, other: Text) -> bool:
    """Whether two texts differ whatever their numbers are: a name is not a number, and neither is a formula."""
    if any(isinstance(part, dict) or part[0] not in ("n", "f", "+") for part in other if not isinstance(part, str)):
        return False
    import re  # for pages alone

    literals = [one] if isinstance(one, str) else [part for part in one if isinstance(part, str)]
    if len(other) == 1 and any(re.search("[^-+.()0-9einfa–]", literal) for literal in literals):
        return True
    pattern = "".join(re.escape(part) if isinstance(part, str) else _NUMBER for part in other)
    return isinstance(one, str) and not re.fullmatch(pattern, one)


def placeholders_of(*numbers: Any) -> Placeholders | None:
    """Returns the registry of these numbers, if one of them is a placeholder."""
    for x in numbers:
        if x.__class__ is not float and hasattr(x, "placeholders"):
            found: Placeholders = x.placeholders
            return found
    return None


def alike(one: str, other: str, *numbers: float) -> bool | Condition:
    """Returns whether two texts, which contain these numbers, are the same."""
    placeholders = placeholders_of(*numbers)
    return one == other if placeholders is None else placeholders.alike(one, other)


def finite(x: float) -> bool | Condition:
    """Returns whether a number is neither infinite nor NaN."""
    placeholders = placeholders_of(x)
    return x - x == 0.0 if placeholders is None else placeholders.finite(x)


def less(x: float, y: float) -> bool | Condition:
    """Returns whether one number is below another."""
    placeholders = placeholders_of(x, y)
    return x < y if placeholders is None else placeholders.less(x, y)


def truth(test: Test, values: Mapping[str, Any]) -> bool | Condition:
    """Returns whether a test of a formula holds for these values of its arguments."""
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
        """Returns its mark in a text: "n" as a number, "f" as a factor, "+" with its sign."""
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
    """A number of digits that depends on placeholders."""

    rule: list[Any]

    def __new__(cls, current: int, rule: list[Any]) -> OpenDigits:
        self = super().__new__(cls, current)
        self.rule = rule
        return self


class Condition:
    """A test whose outcome may change with the numbers."""

    def __init__(self, placeholders: Placeholders, description: list[Any]) -> None:
        self._placeholders, self._description = placeholders, description

    def either(self, this: str, that: str) -> str:
        """Returns the mark of two texts, of which the test chooses one."""
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

    `numbers` are the numbers in texts and the parts that they are computed from, parts first; `tests` are the tests of
    conditions, and `formulas` the formulas of numbers, each with its arguments: indices of nodes, or floats. A place in a text
    is marked by three characters that do not occur in any of the `labels`. `symbols` are those that differ by notation, each a
    text for each of the notations.
    """

    def __init__(self, labels: Iterable[str] = ()) -> None:
        taken = set().union(*labels)
        self._open, self._close, self._filler = [c for c in map(chr, range(0xE000, 0xF900)) if c not in taken][:3]
        import re  # these two are for pages alone

        self._place = re.compile(f"{self._open}(\\d+){self._close}{self._filler}*")
        self.numbers: list[list[Any]] = []
        self.tests: list[tuple[Test, dict[str, int | float]]] = []
        self.formulas: list[tuple[Formula, dict[str, int | float]]] = []
        self.symbols: list[list[Text]] = []
        self._symbol_places: dict[tuple[str, ...], str] = {}
        self._entries: list[tuple[Any, ...]] = []  # a name and its parts, which are indices of entries
        self._entry_numbers: dict[tuple[Any, ...], int] = {}
        self._numbered: dict[int, int] = {}  # by entry, its index in `numbers`
        self._elements: list[Any] = []
        self._places: dict[Hashable, int] = {}
        self._tested: dict[tuple[Any, ...], int] = {}

    # Numbers

    def value(self, node: int, current: float) -> Placeholder:
        """Returns the placeholder of a node's value, by the node's index."""
        return self._placeholder(("v", node), current)

    def partial(self, edge: int, current: float) -> Placeholder:
        """Returns the placeholder of an edge's local derivative, by the edge's index."""
        return self._placeholder(("p", edge), current)

    def given(self, name: str, current: float, *which: int) -> Placeholder:
        """Returns the placeholder of a number that the page supplies under this name."""
        return self._placeholder((name, *which), current)

    def constant(self, x: float) -> Placeholder:
        """Returns a number that does not change as a placeholder."""
        return x if isinstance(x, Placeholder) else self._placeholder(("=", float(x)), x)

    def combined(self, sign: str, x: float, y: float) -> Placeholder:
        """Returns the sum, difference, product or quotient of two numbers."""
        x, y = self.constant(x), self.constant(y)
        return self._placeholder((sign, x.entry, y.entry), ARITHMETIC[sign](bare(x), bare(y)))

    def negated(self, x: Placeholder) -> Placeholder:
        """Returns the number with the other sign."""
        return self._placeholder(("neg", x.entry), -bare(x))

    def extreme(self, which: str, numbers: Iterable[float]) -> Placeholder:
        """Returns the least, "min", or the greatest, "max", of some numbers."""
        given = [self.constant(x) for x in numbers]
        return self._placeholder((which, *dict.fromkeys(x.entry for x in given)), EXTREMES[which](map(bare, given)))

    def _placeholder(self, entry: tuple[Any, ...], current: float) -> Placeholder:
        if entry not in self._entry_numbers:
            self._entry_numbers[entry] = len(self._entries)
            self._entries.append(entry)
        return Placeholder(current, self, self._entry_numbers[entry])

    def number(self, x: float) -> int:
        """Returns the index of a number in `numbers`, where it is entered after everything that it is computed from."""
        waiting = [self.constant(x).entry]
        while waiting:
            entry = waiting[-1]
            name, *parts = self._entries[entry]
            inner = parts if name in ARITHMETIC or name in EXTREMES or name == "neg" else []
            missing = [part for part in inner if part not in self._numbered]
            waiting += reversed(missing)
            if not missing:
                waiting.pop()
                if entry not in self._numbered:
                    self._numbered[entry] = len(self.numbers)
                    self.numbers.append([name, *([self._numbered[part] for part in inner] or parts)])
        return self._numbered[self.constant(x).entry]

    def digits(self, before: float, after: float, visible: int, most: int) -> OpenDigits:
        """Returns the number of digits that show the difference of two numbers; see checking/nudge.py."""
        return OpenDigits(most, ["digits", self.number(before), self.number(after), visible, most])

    def digits_apart(self, numbers: Sequence[float], digits: int, most: int) -> OpenDigits:
        """Returns the number of digits that tell numbers apart; see words/decimals.py."""
        return OpenDigits(digits, ["apart", digits, most, *map(self.number, numbers)])

    # Conditions

    def alike(self, one: str, other: str) -> bool | Condition:
        """Returns whether two texts are the same."""
        texts = [self.text(one), self.text(other)]
        if one == other or all(isinstance(text, str) for text in texts):
            return one == other
        if any(_differ(text, beside) for text, beside in (texts, texts[::-1])):
            return False
        return Condition(self, ["same", *texts])

    def finite(self, x: float) -> Condition:
        """Returns whether a number is finite."""
        return Condition(self, ["finite", self.number(x)])

    def less(self, x: float, y: float) -> Condition:
        """Returns whether one number is below another."""
        return Condition(self, ["less", self.number(x), self.number(y)])

    def truth(self, test: Test, values: Mapping[str, float]) -> bool | Condition:
        """Returns whether a test of a formula holds for these values of its arguments."""
        used = {name: values[name] for name in sorted(arguments_in(test))}
        if not any(isinstance(x, Placeholder) for x in used.values()):
            return holds(test, used, ON_FLOATS)
        return Condition(self, ["t", self._noted(test, used, self.tests)])

    def formula(self, tree: Formula, values: Mapping[str, float]) -> float:
        """Returns the number that a formula gives for these values of its arguments: values of nodes, or floats."""
        used = {name: values[name] for name in sorted(arguments_in(tree))}
        current = float(evaluate(tree, {name: bare(x) for name, x in used.items()}, ON_FLOATS))
        if not any(isinstance(x, Placeholder) for x in used.values()):
            return current
        return self._placeholder(("f", self._noted(tree, used, self.formulas)), current)

    def _noted(self, tree: Any, used: Mapping[str, float], noted: list[tuple[Any, dict[str, int | float]]]) -> int:
        """The index of a test or a formula among those that are noted already."""
        read = {name: self._entries[x.entry][1] if isinstance(x, Placeholder) else x for name, x in used.items()}
        key = tree, *read.items()
        if key not in self._tested:
            self._tested[key] = len(noted)
            noted.append((tree, read))
        return self._tested[key]

    # Texts

    def number_place(self, x: Placeholder, form: str, digits: int) -> str:
        """Returns the mark of a number in a text."""
        element: list[Any] = [form, self.number(x)]
        if digits != 4 or isinstance(digits, OpenDigits):
            element.append(digits.rule if isinstance(digits, OpenDigits) else digits)
        return self.place(element)

    def symbol_place(self, written: Sequence[str], shown: Callable[[Text], Text] = lambda text: text) -> str:
        """Returns the mark of a symbol that is written in each of the notations, as it is to be `shown`.

        It is as wide as the first of them, if it can be, so that lines below each other are aligned.
        """
        key = tuple(written)
        if key not in self._symbol_places:
            self._symbol_places[key] = self.place(["∂", len(self.symbols)]).ljust(columns(written[0]), self._filler)
            self.symbols.append([shown(self.text(one)) for one in written])
        return self._symbol_places[key]

    def place(self, element: Any) -> str:
        """Returns the mark of an element in a text; the same for the same element."""
        if element.__class__ is list and len(element) == 2 and element[1].__class__ is int:
            key: Hashable = (*element,)  # most are so
        else:
            import json

            key = json.dumps(element)
        if key not in self._places:
            self._places[key] = len(self._elements)
            self._elements.append(element)
        return f"{self._open}{self._places[key]}{self._close}"

    def text(self, written: str) -> Text:
        """Returns a text with marks, taken apart into literals and elements."""
        parts = self._place.split(written)
        if len(parts) == 1:
            return written
        elements = [self._elements[int(part)] if i % 2 else part for i, part in enumerate(parts)]
        return [element for element in elements if element != ""]


def bare(x: float) -> float:
    """Returns a placeholder as a plain float."""
    return float.__pos__(x)
