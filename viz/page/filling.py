"""Texts with placeholders, filled in with numbers; and a graph whose numbers are placeholders.

>>> from chalkgrad.engine.words.expressions import factor, number
>>> from chalkgrad.engine.words.placeholders import Placeholders
>>> placeholders = Placeholders()
>>> x, y = placeholders.value(0, 2.0), placeholders.value(1, -3.0)
>>> text = placeholders.text(f"x·y = {number(x)} · {factor(y)} = {number(x * y)}")
>>> filled(text, computed(placeholders.numbers, [5.0, 7.0]))
'x·y = 5 · 7 = 35'

A page fills such texts in by its own script; here it is done by `computed` and `filled`.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.checking.nudge import digits_of_difference
from chalkgrad.engine.formulas.trees import Formula, Test, evaluate, holds
from chalkgrad.engine.recording.computers import ON_FLOATS
from chalkgrad.engine.recording.record import link
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import constant, digits_apart
from chalkgrad.engine.words.expressions import factor, number, signed
from chalkgrad.engine.words.manner import NOTATIONS, current
from chalkgrad.engine.words.placeholders import ARITHMETIC, EXTREMES, Placeholders, Text, bare
from chalkgrad.viz.page.evaluation import varies

_WRITERS: dict[str, Callable[..., str]] = {"n": number, "f": factor, "+": signed}


# Filling in ----------------------------------------------------------------------------------------------------------


def computed(
    numbers: Sequence[Sequence[Any]], values: Sequence[float], partials: Sequence[float] = (), **given: Any
) -> list[float]:
    """Returns the `numbers` of placeholders for these values of the nodes, local derivatives, and numbers from outside."""
    found: list[float] = []
    for name, *parts in numbers:
        if name in ARITHMETIC:
            found.append(ARITHMETIC[name](found[parts[0]], found[parts[1]]))
        elif name in EXTREMES:
            found.append(EXTREMES[name](found[part] for part in parts))
        elif name == "neg":
            found.append(-found[parts[0]])
        elif name == "=":
            found.append(float(parts[0]))
        else:
            source = {"v": values, "p": partials}.get(name, given.get(name, math.nan))
            found.append(source[parts[0]] if parts and isinstance(source, Sequence) else source)
    return found


def truths(tests: Iterable[tuple[Test, Mapping[str, int | float]]], values: Sequence[float]) -> list[bool]:
    """Tells whether the `tests` of placeholders hold for these values of the nodes."""
    return [
        holds(test, {name: values[x] if isinstance(x, int) else x for name, x in read.items()}, ON_FLOATS)
        for test, read in tests
    ]


def evaluated(formulas: Iterable[tuple[Formula, Mapping[str, int | float]]], values: Sequence[float]) -> list[float]:
    """Returns what the `formulas` of placeholders give for these values of the nodes."""
    return [
        evaluate(tree, {name: values[x] if isinstance(x, int) else x for name, x in read.items()}, ON_FLOATS)
        for tree, read in formulas
    ]


def filled(
    text: Text,
    numbers: Sequence[float],
    tests: Sequence[bool] = (),
    blanks: Mapping[str, Text] = {},
    answer: float = math.nan,
    symbols: Sequence[Sequence[Text]] = (),
) -> str:
    """Returns a text with these numbers in it, these answers to the tests of placeholders, and these texts in its blanks.

    Its elements are `[form, number, digits]`, whose digits may follow from other numbers; `["∂", symbol]`, which is written in
    the notation of the manner; `{"if": condition, "then": text, "else": text}`; `["_", blank]`; and `["answer"]`. A condition
    is `["t", test]`, `["same", text, text]`, `["less", number, number]` or `["finite", number]`.
    """
    if isinstance(text, str):
        return text
    fill = partial(filled, numbers=numbers, tests=tests, blanks=blanks, answer=answer, symbols=symbols)
    return "".join(_element(element, fill, numbers, tests, blanks, answer, symbols) for element in text)


def _element(
    element: Any,
    fill: Callable[[Text], str],
    numbers: Sequence[float],
    tests: Sequence[bool],
    blanks: Mapping[str, Text],
    answer: float,
    symbols: Sequence[Sequence[Text]],
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
                case ["less", one, other]:
                    holding = numbers[one] < numbers[other]
                case [_, k]:
                    holding = math.isfinite(numbers[k])
            return fill(this if holding else that)
        case ["∂", k]:
            return fill(symbols[k][NOTATIONS.index(current().notation)])
        case ["_", blank]:
            return fill(blanks[blank])
        case ["answer"]:
            return constant(answer)
        case [form, k]:
            return _WRITERS[form](numbers[k])
        case [form, k, ["digits", before, after, visible, most]]:
            return _WRITERS[form](numbers[k], digits_of_difference(numbers[before], numbers[after], visible, most))
        case [form, k, ["apart", digits, most, *beside]]:
            return _WRITERS[form](numbers[k], digits_apart(*[numbers[i] for i in beside], digits=digits, most=most))
        case [form, k, int(digits)]:
            return _WRITERS[form](numbers[k], digits)
    raise ValueError(f"{element!r} is no element of a text")


# A graph of living numbers -------------------------------------------------------------------------------------------


class PlaceholderGraph:
    """A copy of a graph in which the numbers live; what renders words of Values renders them of its `root`, the first of all.

    Attributes:
        tape: the copies, in the order of the tape
        placeholders: who keeps the book of their numbers
        edges: the number of each edge, given by the node and the slot
        leaves: the numbers of the leaves that may change; the others, and what depends on them alone, stay as they are
    """

    def __init__(self, roots: Value | Sequence[Value], still: bool = False) -> None:
        given = [roots] if isinstance(roots, Value) else list(roots)
        originals = Tape(given)
        refuse_stale(originals.nodes)
        names = originals.names
        self.tape = Tape(copy.deepcopy(given))
        self.root = self.tape.roots[0]
        self.placeholders = Placeholders(names.values())
        self.edges: dict[tuple[Value, int], int] = {}
        leaves = [i for i, node in enumerate(self.tape) if not node.parents and not node.constant]
        self.leaves = [] if still else leaves
        moving = {self.tape[i] for i in self.leaves}
        for i, (original, node) in enumerate(zip(originals, self.tape, strict=True)):
            node.label, node._grad = names[original], None
            parents, partials = node.parents, list(node.partials)
            if not moving.isdisjoint(parents):
                moving.add(node)
            if node in moving:
                node._data = self.placeholders.value(i, node._data)
            for slot in range(len(parents)):
                edge = self.edges[node, slot] = len(self.edges)
                if node in moving and varies(node, slot):
                    partials[slot] = self.placeholders.partial(edge, partials[slot])
            link(node, parents, partials)
        self._known, self._today = (0, 0), (list[float](), list[bool]())

    def today(self) -> tuple[list[float], list[bool]]:
        """Returns the numbers and tests of the placeholders for the values that the graph has now."""
        numbers, tests = self.placeholders.numbers, self.placeholders.tests
        if (len(numbers), len(tests)) != self._known:  # the book has grown
            self._known = len(numbers), len(tests)
            values = [bare(node._data) for node in self.tape]
            partials = [bare(node.partials[slot]) for node, slot in self.edges]
            formulas = evaluated(self.placeholders.formulas, values)
            self._today = computed(numbers, values, partials, f=formulas), truths(tests, values)
        return self._today
