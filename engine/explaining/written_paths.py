"""How paths are written: the factors of the chain rule and their numbers, as text and as LaTeX, long products folded.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.engine.explaining.chain import chain_rule
>>> from chalkgrad.engine.words.names import names_of
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> e = a * b
>>> e.label = "e"
>>> write, (path,) = PlainPaths(names_of([a, b, e]), e), chain_rule(e, a).paths
>>> write.product(path), write.numbers(path), write.edge_reason(path[0])
(['∂e/∂a'], ['(-3)'], '∂e/∂a = b = -3')
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.explaining.links import Link, Links, Path
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.names import Names
from chalkgrad.engine.words.printer import LaTeX, Plain, Printer
from chalkgrad.engine.words.screens import on_terminal
from chalkgrad.engine.words.tex import in_notebook

CHAIN_TEMPLATES = section("chain")

FACTORS = 8  # of a longer product the first and the last are written


class UnitFunctions(NamedTuple):
    """The links between units, and the names of the functions that the units are, by their only outputs."""

    links: Links
    functions: Mapping[Value, str]


class PathPrinter(Printer):
    """A printer of what the chain rule multiplies and adds: derivatives of `root`, local ones, and numbers.

    With `units`, a local derivative is that of a unit.
    """

    names: Mapping[Value, str]
    most: int | None = FACTORS  # factors of a product that are all written; None for any number

    def __init__(
        self, names: Names, root: Value, digits: int = 4, notation: str | None = None, units: UnitFunctions | None = None
    ) -> None:
        super().__init__(names, digits, notation)
        self.root, self.units, self._dependence = root, units, names.dependence

    def derivative(self, x: Value) -> str:
        """∂y/∂x, the whole derivative."""
        return self.total(self.names[self.root], self.names[x])

    def factor_of(self, link: Link) -> str:
        """The derivative of one function by one argument, which is a factor of the chain rule."""
        node, parent = link.node, self.names[link.parent]
        if self.units is None or not node.place:
            return self.local(node, link.slot)
        if node in self.units.functions:
            return self.quotient(self.units.functions[node], parent, "∂")
        symbol = self.quotient(self.names[node], parent, "∂")
        if self.notation == "d":
            return symbol
        held = self._dependence.depending((other.parent for other in self.units.links[node]), link.parent)
        return self.held(symbol, [self.names[value] for value in held])

    def edge_reason(self, link: Link) -> str:
        """`∂e/∂a = b = -3`, as the sentences have it; without the reason if the graph has changed since."""
        if link.node.partials[link.slot] == link.partial:
            return self.reason(link.node, link.slot)
        return f"{self.local(link.node, link.slot)} = {self.number(link.partial)}"

    def whole_reason(self, link: Link) -> str:
        """The reason of a local derivative which is the whole derivative of y, because there is no other way."""

        def before() -> str:
            head, local = self.derivative(link.parent), self.local(link.node, link.slot)
            return "" if local == head else f"{head} = "

        return self.symbol(before) + self.edge_reason(link)

    def product(self, path: Path) -> list[str]:
        """The factors of a path, those in the middle of a long one left out."""
        return self.elided([self.factor_of(link) for link in self.ends(path)], len(path))

    def numbers(self, path: Path, bare: bool = False) -> list[str]:
        """The same factors as numbers; the only factor of a path may stand without parentheses."""
        written = self.number if bare and len(path) == 1 else self.factor
        texts = [written(link.partial) for link in self.ends(path)]
        return texts if self._all_of(len(path)) else [*texts[:2], self.dots, *texts[2:]]

    def parted(self, path: Path, beside: Path, above: bool) -> tuple[list[str], list[str]]:
        """The factors of a path and their numbers, where it parts from another one, which may stand above it.

        Of what they have in common at their ends it says how much that is.
        """
        shortest = min(len(path), len(beside))
        head = next((i for i in range(shortest) if path[i] != beside[i]), shortest - 1)
        tail = next((i for i in range(shortest - head) if path[-1 - i] != beside[-1 - i]), shortest - head - 1)
        end = len(path) - tail
        symbols: list[str] = []
        numbers: list[str] = []
        for part, common in ((path[:head], True), (path[head:end], False), (path[end:], True)):
            count, said = len(part), "more factors"
            shown: list[Link | None] = [*part]
            if common and above and count > 1:
                shown, said = [None], "factors above"
            elif count > (4 if common else FACTORS):
                shown = [part[0], None, part[-1]] if common else [*part[:2], None, *part[-2:]]
            folded = CHAIN_TEMPLATES[said].format(count=f"{count + 1 - len(shown):,}")
            symbols += [self.sentence(folded) if link is None else self.factor_of(link) for link in shown]
            numbers += [self.dots if link is None else self.factor(link.partial) for link in shown]
        return symbols, numbers

    def _all_of(self, count: int) -> bool:
        return self.most is None or count <= self.most

    def ends(self, items: Sequence[Any]) -> list[Any]:
        return [*items] if self._all_of(len(items)) else [*items[:2], *items[-2:]]

    def elided(self, texts: list[str], count: int) -> list[str]:
        if self._all_of(count):
            return texts
        left_out = CHAIN_TEMPLATES["more factors"].format(count=f"{count - 4:,}")
        return [*texts[:2], self.sentence(left_out), *texts[2:]]

    def sums(self, terms: Sequence[float]) -> str:
        """All the terms, however many."""
        return " + ".join(self.factor(x) if i else self.number(x) for i, x in enumerate(terms))


class PlainPaths(PathPrinter, Plain):
    """Writes paths as plain text."""


class LaTeXPaths(PathPrinter, LaTeX):
    """Writes paths as LaTeX."""


def how_many(count: int) -> str:
    """Returns a count with its digits in groups of three; of a very large one, how large it is."""
    if count < 10**40:
        return f"{count:,}"
    power = math.log10(count)
    mantissa, _, carried = f"{10 ** (power % 1):.2e}".partition("e")
    return CHAIN_TEMPLATES["about"].format(count=f"{float(mantissa):g}e{int(power) + int(carried)}")


def joined_lines(pieces: Sequence[str], sign: str, room: int) -> list[str]:
    """Returns the pieces joined by a sign, in as many lines as it takes; each further line begins with the sign."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if columns(lines[-1]) + columns(piece) + 3 > room:
            lines.append(f"{sign} {piece}")
        else:
            lines[-1] += f" {sign} {piece}"
    return lines


class Shown(ABC):
    """What is shown as text and, in notebooks, as a formula."""

    @abstractmethod
    def text(self) -> str:
        """The text."""

    @abstractmethod
    def _formula(self) -> str:
        """The formula in LaTeX, as notebooks take it."""

    def __str__(self) -> str:
        return on_terminal(self.text())

    def __repr__(self) -> str:
        return str(self)

    def _repr_latex_(self) -> str:
        return in_notebook(self._formula())
