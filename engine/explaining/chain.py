"""The chain rule written out: ∂y/∂x as the sum, over all paths from y back to x, of products of local derivatives.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> print(chain_rule(e, b))
∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b
      = 2 · 1 + 3 · 1 = 5

There may be astronomically many paths: they are counted without being listed, and `factored()` gives the same derivative in
the size of the graph, which is how backpropagation computes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, pairwise
from typing import Any, NamedTuple

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.arguments_of_others import CALLS, answering
from chalkgrad.engine.basics.detached import noting_lost
from chalkgrad.engine.basics.numbers_in import kind_of, to_upstream
from chalkgrad.engine.basics.stale import refuse_stale
from chalkgrad.engine.basics.terminal import columns, fitted, printable, terminal_width, two_screens
from chalkgrad.engine.errors import NonFiniteError
from chalkgrad.engine.explaining.links import (
    Edges,
    Link,
    Links,
    Path,
    adjoints_between,
    by_unit,
    count_paths,
    names_with,
    paths_between,
    unit_functions,
)
from chalkgrad.engine.explaining.written_paths import (
    CHAIN_TEMPLATES,
    FACTORS,
    LaTeXPaths,
    PathPrinter,
    PlainPaths,
    Shown,
    UnitFunctions,
    how_many,
    joined_lines,
)
from chalkgrad.engine.recording.operators import mul
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.expressions import PLAIN, expression, factor, number, reason
from chalkgrad.engine.words.fused import FUSED, consumers_of, fused_kind, with_class
from chalkgrad.engine.words.manner import known_notation
from chalkgrad.engine.words.names import Names, in_type, names_of, of_upstream, value_of
from chalkgrad.engine.words.placeholders import alike, either
from chalkgrad.engine.words.screens import on_terminal
from chalkgrad.engine.words.slides import (
    HIGH,
    LINES,
    WIDE,
    Limit,
    aligned_equations,
    breadth,
    broken,
    fitted_equations,
    height,
    low,
    rows_of,
    sides_of,
)
from chalkgrad.engine.words.tex import document

WIDTH = 100  # columns of a line of text, where no terminal is wider or narrower
NARROW = 44  # columns that a line has at least beside the derivative that it is of, or else it stands below that
ROWS = 7  # of paths on a slide
MANY = 100  # paths that nobody reads one by one


class Term(NamedTuple):
    """One path in an expansion: its factors in symbols and in numbers, and their product."""

    symbols: tuple[str, ...]
    numbers: tuple[str, ...]
    product: str


class Parts(NamedTuple):
    """An expansion taken apart, for a medium that sets its lines itself.

    `left` says how many paths are not among the terms, `sum` is the sum of the terms in numbers, empty where it is not all of
    the derivative. `factored` has the equations of `Expansion.factored()`, each as its two sides, none if there are many.
    """

    head: str
    terms: tuple[Term, ...]
    left: int
    sum: str
    result: str
    factored: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...]


def more_paths(count: int) -> str:
    """What is said of so many paths that are not listed.

    >>> more_paths(1), more_paths(7)
    ('… and 1 more path', '… and 7 more paths')
    """
    return CHAIN_TEMPLATES.form("more paths", count).format(count=how_many(count))


class Expansion(Shown):
    """∂y/∂x as a sum over paths; `print` it. It shows the graph as it was when this was made.

    `value` is the derivative, `count` the exact number of paths, `paths` the first of them, each a tuple of links from y to
    x, and `terms` the products along these. Iterating goes through all paths, one at a time.
    """

    def __init__(self, y: Value, x: Value, by: str, notation: str | None, limit: int) -> None:
        self.y, self.x, self.by, self.notation = y, x, by, notation
        self._nodes = order([y])
        refuse_stale(self._nodes)
        noting_lost(self._nodes, [x])
        edges = Edges(self._nodes, x)
        self.value = edges.derivative(y) if edges else 0.0
        if not math.isfinite(self.value) and not modes.current().propagate:
            adjoints: dict[Value, float] = {}
            edges.derivative(y, adjoints)
            raise _not_finite(edges, adjoints, self._names)
        self._edges: Links = edges
        self._links = by_unit(edges, y, x) if by == "unit" and edges else edges
        self.paths: tuple[Path, ...] = tuple(islice(self, limit))
        self.terms: tuple[float, ...] = tuple(math.prod(link.partial for link in path) for path in self.paths)

    def __iter__(self) -> Iterator[Path]:
        """All paths, in the order of the arguments."""
        return paths_between(self._links, self.y, self.x) if self._links else iter(())

    @cached_property
    def count(self) -> int:
        """The exact number of paths, counted without listing them."""
        return count_paths(self._links, reversed([*self._links]), self.y, self.x)

    @cached_property
    def _typed_names(self) -> Names:
        return names_with(self._nodes, self.x)

    @property
    def _names(self) -> Names:
        return in_type(self._typed_names)

    @cached_property
    def _cut_links(self) -> Links:
        """The links for which it holds that ∂y/∂v is a sum over all that use v, inside its unit too."""
        return by_unit(self._edges, self.y, self.x, cut=True) if self.by == "unit" and self._edges else self._edges

    def _printer(self, kind: type[PathPrinter], digits: int = 4) -> PathPrinter:
        return kind(self._names, self.y, digits, self.notation, self._units(self._links))

    def _units(self, links: Links) -> UnitFunctions | None:
        return UnitFunctions(links, unit_functions(links, self._names)) if self.by == "unit" else None

    def _no_path(self, write: PathPrinter) -> str:
        """What is said where there is no path."""
        template = CHAIN_TEMPLATES["constant" if self.x.constant else "no path"]
        y, x = write.operand(self._names[self.y]), write.operand(self._names[self.x])
        return write.sentence(template, y=y, x=x)

    def _reversed(self) -> str:
        """What is said, where there is no path, if there is one from x to y."""
        y, x = PLAIN.called(self._names[self.y]), PLAIN.called(self._names[self.x])
        return CHAIN_TEMPLATES["reversed"].format(y=y, x=x) if self.y in order([self.x]) else ""

    @property
    def _more(self) -> str:
        """What is said of the paths that are not listed; empty where all are."""
        left = self.count - len(self.paths)
        return more_paths(left) if left else ""

    def _only_reason(self, write: PathPrinter) -> str:
        """The reason for the one local derivative, if x is an argument of y and there is no other path."""
        if self.count == 1 and len(self.paths[0]) == 1 and self.by == "node":
            return write.whole_reason(self.paths[0][0])
        return ""

    def __str__(self) -> str:
        text = printable(fitted("\n".join([self.text(), *self._unfolding()])))
        return text if text.count("\n") < two_screens() else on_terminal(text)

    def _unfolding(self) -> list[str]:
        """How to see what is folded, or the same in fewer factors."""
        lines, left = [], self.count - len(self.paths)
        if any(len(path) > FACTORS for path in self.paths):
            lines.append(CHAIN_TEMPLATES["fold factors"])
        if left and self.count <= MANY:
            lines.append(CHAIN_TEMPLATES["fold paths"].format(count=self.count))
        if left or (lines and self.count > 1):
            ways = [".factored()"] if self.count > 1 else []
            ways += ['by="unit"'] if self.by == "node" and any(node.place for node in self._links) else []
            ways += [CHAIN_TEMPLATES["one sample"]] if self.count > MANY else []
            lines.append(CHAIN_TEMPLATES["fewer factors"].format(ways=", ".join(ways)))
        return lines

    def text(self, width: int | None = None, digits: int = 4, factors: int | None = FACTORS) -> str:
        """The expansion in symbols and in numbers, in lines of about `width` columns, by default those of the terminal.

        Of a product of more than `factors` the first and the last are written, and where paths part; None writes all.

        >>> x = Value(1.0, "x")
        >>> y = x
        >>> for _ in range(9):
        ...     y = y + 1
        >>> print(chain_rule(y, x).text(width=60))
        ∂y/∂x = ∂y/∂v9 · ∂v9/∂v8 · … 5 factors … · ∂v3/∂v2 · ∂v2/∂x
              = 1 · 1 · … · 1 · 1 = 1
        """
        width = width or terminal_width() or WIDTH
        write = self._printer(PlainPaths, digits)
        write.most = factors
        head, result = write.derivative(self.x), write.number(self.value)
        if not self._links:
            said = self._no_path(write)
            return said if self.x.constant else f"{head} = 0: {said}{self._reversed()}"
        if self.y is self.x:
            return f"{head} = 1"
        if only := self._only_reason(write):
            return only
        below = width - columns(head) - 3 < min(NARROW, width * 2 // 3)  # the derivative has a line of its own
        before = "  " if below else head + " "
        room = width - columns(before) - 2
        symbols = [write.product(path) for path in self.paths]
        values = [write.numbers(path, bare=i == 0) for i, path in enumerate(self.paths)]
        whole, numbers = (" + ".join(" · ".join(term) for term in terms) for terms in (symbols, values))
        end = either(alike(numbers, result, self.value), lambda: "", lambda: f" = {result}")
        if whole == head:
            return f"{head} = {result}"
        if not self._more and columns(whole) <= room and columns(numbers + end) <= room:
            lines = [f"= {whole}", f"= {numbers}{end}"]
        elif self.count == 1:
            rows = joined_lines(symbols[0], "·", room), joined_lines(values[0], "·", room - columns(end))
            lines = [f"{' ' if i else '='} {line}" for row in rows for i, line in enumerate(row)]
            lines[-1] += end
        else:
            total = f"{write.sums(self.terms)} = {result}"
            lines = self._one_path_a_line(write, room)
            lines += [f"+ {self._more}"] if self._more else []
            lines += [f"= {result if self._more or columns(total) > room else total}"]
        indent = " " * columns(before)
        lines = [head] * below + [(indent if i or below else before) + line for i, line in enumerate(lines)]
        return "\n".join([*lines, *self._fused(write)])

    def parts(self, digits: int = 4, equations: int = 8) -> Parts | None:
        """Returns the sum over paths taken apart; None where `text` says something else, or has a single reason.

        The factored form is given if it has at most so many equations.

        >>> a, b = Value(2.0, "a"), Value(1.0, "b")
        >>> c, d = a + b, b + 1
        >>> e = c * d
        >>> parts = chain_rule(e, b).parts()
        >>> parts.head, parts.terms[0], parts.sum, parts.result
        ('∂e/∂b', Term(symbols=('∂e/∂c', '∂c/∂b'), numbers=('2', '1'), product='2'), '2 + 3', '5')
        """
        write = self._printer(PlainPaths, digits)
        if not self._links or self.y is self.x or self._only_reason(write):
            return None
        terms = tuple(
            Term(
                tuple(write.product(path)),
                tuple(write.numbers(path, bare=True)),
                write.number(term),
            )
            for path, term in zip(self.paths, self.terms, strict=True)
        )
        if self.count == 1 and terms[0].symbols == (write.derivative(self.x),):
            return None
        left = self.count - len(self.paths)
        whole = "" if left else write.sums(self.terms)
        factored = self.factored().sides(write, equations) if self.count > 1 else ()
        return Parts(
            write.derivative(self.x), terms, left, whole, write.number(self.value), factored, tuple(self._fused(write))
        )

    def _fused(self, write: PathPrinter) -> list[str]:
        """Returns what the factor of a fused loss comes to, if x is one of its scores."""
        scored = [
            link
            for node in self._edges
            if node.op is not None and node.op.name in FUSED
            for link in self._edges[node]
            if link.parent is self.x or self.x in link.parent.parents
        ]
        consumers = consumers_of(self._nodes if scored else ())
        known = (link for link in scored if fused_kind(link.node, link.slot, consumers))
        return [with_class(write.edge_reason(link), link.node, link.slot, lambda: consumers) for link in islice(known, 1)]

    @property
    def why_not_cancelled(self) -> str:
        """Why the ∂'s in a product are not cancelled, as a sentence; empty for a single path, where it would do no harm.

        >>> a, b = Value(2.0, "a"), Value(1.0, "b")
        >>> c, d = a + b, b + 1
        >>> e = c * d
        >>> chain_rule(e, b).why_not_cancelled
        'each product is only the part through its own nodes: to cancel ∂c would claim that it is all'
        """
        through = next((path[0].parent for path in self.paths if len(path) > 1), None)
        if self.count == 1 or through is None:
            return ""
        return CHAIN_TEMPLATES["not cancelled"].format(node=PLAIN.operand(self._names[through]))

    def _one_path_a_line(self, write: PathPrinter, room: int) -> list[str]:
        """The paths under each other, each with its numbers beside it; what a path shares with the one above is folded."""
        all_of_it = write.most is None
        for parted in (False, True):
            written = [self._written(write, i, parted) for i in range(len(self.paths))]
            most = min(max(columns(" · ".join(numbers)) for _, numbers in written), room // 2)
            one_line = all(len(joined_lines(pieces, "·", room - 5 - most)) == 1 for pieces, _ in written)
            if all_of_it or (one_line and max(map(len, self.paths)) <= (write.most or 0)):
                break
        widest = max(columns(piece) for pieces, _ in written for piece in pieces)
        most = min(room // 2, room - 7 - widest)
        beside = [
            joined_lines(numbers, "·", most) if all_of_it else [self._fitting(write, i, numbers, most)]
            for i, (_, numbers) in enumerate(written)
        ]
        narrow = max(widest + 2, room - 5 - max(columns(row) for rows in beside for row in rows))
        broken = [joined_lines(pieces, "·", narrow) for pieces, _ in written]
        left = max(columns(row) for rows in broken for row in rows)
        lines = []
        for i, (rows, numbers) in enumerate(zip(broken, beside, strict=True)):
            height = max(len(rows), len(numbers))
            rows, numbers = rows + [""] * (height - len(rows)), [""] * (height - len(numbers)) + numbers
            for j, (row, text) in enumerate(zip(rows, numbers, strict=True)):
                line = f"{' ' if j else '+' if i else '='} {row}"
                lines.append(line + " " * (left - columns(row)) + f"   │ {text}" if text else line)
        return lines

    def _fitting(self, write: PathPrinter, i: int, numbers: Sequence[str], room: int) -> str:
        """The numbers of a path, or if there is no room for them the first and the last, or else their product alone."""
        path, term = self.paths[i], write.number(self.terms[i])
        ends = write.numbers(path, bare=True)
        short = f"{ends[0]} · {write.dots} · {ends[-1]} = {term}"
        texts = [" · ".join(numbers), *([short] if len(path) > 2 else [])]
        return next((text for text in texts if columns(text) <= room), term)

    def _written(self, write: PathPrinter, i: int, parted: bool) -> tuple[list[str], list[str]]:
        """The factors of a path, and its numbers, the last with their product; `parted`, with its common ends folded."""
        path, term = self.paths[i], write.number(self.terms[i])
        if parted:
            symbols, texts = write.parted(path, self.paths[i - 1 if i else 1 % len(self.paths)], i > 0)
        else:
            symbols, texts = write.product(path), write.numbers(path, bare=True)
        return symbols, texts if len(path) == 1 else [*texts[:-1], f"{texts[-1]} = {term}"]

    def latex(self, limit: Limit = "slide", digits: int = 4) -> str:
        r"""The expansion in LaTeX, a formula that goes between \[ and \], for documents with the package amsmath.

        Of the paths that are listed as many are written as fit a slide, and the rest counted; or so many as `limit` says, with
        None all.

        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> e = a * b
        >>> L = e.tanh()
        >>> print(chain_rule(L, b).latex())
        % needs \usepackage{amsmath}
        \begin{aligned}
        \frac{\partial L}{\partial b} &= \frac{\partial L}{\partial e} \cdot \frac{\partial e}{\partial b} \\
        &= 2.458 \cdot 10^{-5} \cdot 2 = 4.915 \cdot 10^{-5}
        \end{aligned}
        """
        return document(self._formula(limit, digits))

    def _formula(self, limit: Limit = "slide", digits: int = 4) -> str:
        if limit is not None and limit != "slide" and limit < 1:
            raise ValueError(f'limit is a number of paths, "slide" for those that fit one, or None for all, not {limit!r}')
        write = self._printer(LaTeXPaths, digits)
        head, result = write.derivative(self.x), write.number(self.value)
        if not self._links:
            said = self._no_path(write)
            return aligned_equations([said if self.x.constant else rf"{head} &= 0 \quad {said}"])
        if self.y is self.x:
            return aligned_equations([f"{head} &= 1"])
        if only := self._only_reason(write):
            return aligned_equations([*rows_of(only)])
        symbols = [write.times.join(write.product(path)) for path in self.paths]
        numbers = [write.times.join(write.numbers(path, bare=i == 0)) for i, path in enumerate(self.paths)]
        if symbols == [head]:
            return aligned_equations([f"{head} &= {result}"])
        if len(symbols) <= 4 and not self._more and (not isinstance(limit, int) or len(symbols) <= limit):
            sides = [" + ".join(symbols), " + ".join(numbers)]
            if numbers == [result]:
                sides.pop()
            rows = sides_of(head, sides, result)
            if limit != "slide" or height(rows) <= HIGH:
                return aligned_equations(rows)
        return self._one_path_a_row(write, limit)

    def _one_path_a_row(self, write: PathPrinter, limit: Limit) -> str:
        """The paths under each other, each with its numbers beside it, and below them the total."""
        head, result = write.derivative(self.x), write.number(self.value)
        room = WIDE - breadth(head) - 5
        written: list[tuple[list[str], str]] = []
        for i in range(len(self.paths)):
            for parted in (False, True):
                factors, texts = self._written(write, i, parted)
                symbols, numbers = write.times.join(factors), write.times.join(texts)
                if breadth(symbols, small=True) + breadth(numbers) <= room:
                    break
            else:
                numbers = write.number(self.terms[i])
            written.append((broken(symbols, room - breadth(numbers), small=True), numbers))
        most = limit if isinstance(limit, int) else len(written)
        shown: list[tuple[list[str], str]] = []
        for lines, numbers in written:
            full = limit == "slide" and sum(len(lines) for lines, _ in shown) + len(lines) > ROWS
            if (full and shown) or len(shown) == most:
                break
            shown.append((lines, numbers))
        rows = []
        for i, (lines, numbers) in enumerate(shown):
            for j, line in enumerate(lines):
                sign = f"{{}}{'+ ' * (j == 0 and i > 0)}" if i or j else "= "
                beside = rf" && \textstyle {numbers}" * (j == len(lines) - 1)
                rows.append(low(f"{'' if i or j else head + ' '}&{sign}{line}{beside}"))
        if left := self.count - len(shown):
            more = CHAIN_TEMPLATES.form("more paths", left).format(count=how_many(left))
            rows.append(rf"&\textstyle {{}}+ {write.sentence(more)}")
        total = f"{write.sums(self.terms)} = {result}"
        widest = max(breadth(numbers) for _, numbers in shown)
        rows.append(f"&= {result if left or breadth(total) + widest > room else total}")
        return aligned_equations(rows)

    def factored(self) -> Factored:
        """The same derivative with common factors taken out: one sum for each node, so that its size is the graph's.

        >>> x = Value(3.0, "x")
        >>> y = x * x
        >>> z = y + y
        >>> print(chain_rule(z, x).factored())
        ∂z/∂x = (∂z/∂y (1st y) + ∂z/∂y (2nd y)) · (∂y/∂x (1st x) + ∂y/∂x (2nd x))
              = (1 + 1) · (3 + 3) = 12
        """
        return Factored(self)


@answering(*CALLS["chain_rule"])
def chain_rule(
    y: Value, x: Value | str, by: str = "node", *, notation: str | None = None, limit: int = 8, upstream: float = 1.0
) -> Expansion:
    """Returns ∂y/∂x expanded by the chain rule: Σ over paths of Π of local derivatives.

    With by="unit" every unit (see `unit`) is one function, whatever it computes inside; nodes of one unit that feed each
    other belong to one call of it. A factor names the function, ∂h4/∂z3, as lectures do, where that is an operation of one's
    own or, by unit, a unit; else it names what is held, ∂z/∂x|u, where x comes through u, too. The notation is "∂",
    "functions", "d", which has dz/dx for the whole derivative, or "bar". At most `limit` paths are listed, the rest counted.
    x may be given by its name, "a". With an `upstream` gradient, as in backward(), every path begins with ∂J/∂y, where J is
    what y goes on into.

    Raises TypeError for anything but Values, ValueError for unknown options and names, StaleGraphError where a value has
    changed since, NonFiniteError where the derivative is not finite.

    >>> a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
    >>> e = a * b
    >>> d = e + c
    >>> L = d * f
    >>> chain_rule(L, a)
    ∂L/∂a = ∂L/∂d · ∂d/∂e · ∂e/∂a
          = (-2) · 1 · (-3) = 6
    >>> chain_rule(L, a).value, chain_rule(L, a).count
    (6.0, 1)
    """
    y, x = values_of("chain_rule", y, x)
    if by not in ("node", "unit"):
        raise ValueError(f'chain_rule() expands by="node" or by="unit", not by={by!r}')
    if notation is not None:
        known_notation(notation)
    if not isinstance(limit, int) or limit < 1:
        raise ValueError(f"limit is how many paths to list, 1 or more, not {limit!r}")
    if to_upstream(upstream) != 1.0:
        names = names_of(order([y]))
        with modes.taped():
            y = mul(upstream, y)
        y.label = of_upstream(names, y.parents[0], upstream)
    return Expansion(y, x, by, notation, limit)


def values_of(function: str, y: object, x: object) -> tuple[Value, Value]:
    """Returns y and x, which may be the name of a value that y is computed from.

    Raises TypeError, in the name of the function that was called, for anything but Values, ValueError for an unknown name,
    RuntimeError for a y that was computed under no_grad().
    """
    if isinstance(y, Value) and isinstance(x, str):
        x = value_of(x, names_of(order([y])))
    check_values(function, y, x)
    if y is not x:
        y._refuse_forgotten()  # type: ignore[attr-defined] # as checked
    return y, x  # type: ignore[return-value] # as checked


def check_values(function: str, y: object, x: object) -> None:
    """Raises TypeError, in the name of the function that was called, for anything but Values."""
    for z in (y, x):
        if not isinstance(z, Value):
            raise TypeError(f"{function}(y, x) takes two Values, such as {function}(L, a), and was given {kind_of(z)}")


def _not_finite(links: Links, adjoints: Mapping[Value, float], names: Mapping[Value, str]) -> NonFiniteError:
    for node in reversed([*links]):
        for link in links[node]:
            contribution = adjoints[node] * link.partial
            if contribution - contribution != 0.0:
                return NonFiniteError(
                    f"the chain rule stops at {names[node]} = {expression(node, names)}: {factor(adjoints[node])} · "
                    f"{factor(link.partial)} is not finite ({reason(node, link.slot, names)}, "
                    f"at {names[link.parent]} = {number(link.parent.data)})"
                )
    return NonFiniteError("the terms of the chain rule add up to more than a float can hold, 1.798e308")


# Common factors taken out --------------------------------------------------------------------------------------------


class Factored(Shown):
    """∂y/∂x with common factors taken out. `equations` has one line for each node on the way, from y to x.

    Where all paths pass through the same nodes, the text is the product of the sums between these; else it is the
    equations: the backward pass written out.

    >>> a, b = Value(2.0, "a"), Value(1.0, "b")
    >>> c, d = a + b, b + 1
    >>> e = c * d
    >>> print(chain_rule(e, b).factored())
    ∂e/∂d = c = 3
    ∂e/∂c = d = 2
    ∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b = 2 · 1 + 3 · 1 = 5
    """

    def __init__(self, expansion: Expansion) -> None:
        self.expansion, self.value = expansion, expansion.value
        self._links, self._y, self._x = expansion._cut_links, expansion.y, expansion.x
        self._adjoints = adjoints_between(self._links, self._y) if self._links else {}
        self._arriving: dict[Value, list[Link]] = {node: [] for node in self._links}
        for here in self._links.values():
            for link in here:
                self._arriving[link.parent].append(link)

    def _printer(self, kind: type[PathPrinter]) -> PathPrinter:
        write = self.expansion._printer(kind)
        write.units = self.expansion._units(self._links)
        return write

    @property
    def nodes(self) -> list[Value]:
        """The nodes on the way, one for each equation: from y, which has none, to x."""
        return [node for node in reversed([*self._links]) if node is not self._y]

    @property
    def equations(self) -> list[str]:
        """One equation for each node on the way: ∂y/∂v as the sum over the nodes that use v."""
        write = self._printer(PlainPaths)
        return [" = ".join(self._equation(node, write)) for node in self.nodes]

    def _lines(self, node: Value, write: PathPrinter, width: int) -> str:
        """A node's equation as text; too long for a line, it is broken before its numbers, and then between its terms."""
        head, *sides = self._equation(node, write)
        whole = " = ".join([head, *sides])
        if columns(whole) <= width or len(sides) < 2:
            return whole
        below = width - columns(head) - 3 < min(NARROW, width * 2 // 3)
        indent = "  " if below else " " * (columns(head) + 1)
        rows = [joined_lines(side.split(" + "), "+", width - len(indent) - 4) for side in (sides[0], " = ".join(sides[1:]))]
        lines = [f"{indent}{'  ' if i else '= '}{row}" for side in rows for i, row in enumerate(side)]
        return "\n".join([head, *lines] if below else [head + lines[0][columns(head) :], *lines[1:]])

    def _equation(self, node: Value, write: PathPrinter) -> list[str]:
        """The sides of a node's equation: ∂y/∂v, symbols, numbers, result."""
        head, result = write.derivative(node), write.number(self._adjoints[node])
        arriving = self._arriving[node]
        if len(arriving) == 1 and arriving[0].node is self._y and self.expansion.by == "node":
            return [write.whole_reason(arriving[0])]
        groups: dict[Value, list[Link]] = {}
        for link in arriving:
            groups.setdefault(link.node, []).append(link)
        symbols: list[str] = []
        numbers: list[str] = []
        for consumer in _few([*groups]):
            if consumer is None:
                symbols.append(write.dots)
                numbers.append(write.dots)
                continue
            links = _few(groups[consumer])
            inner = " + ".join(write.dots if link is None else write.factor_of(link) for link in links)
            first, *rest = ("" if link is None else write.factor(link.partial) for link in links)
            if rest or (consumer is self._y and not symbols):
                first = write.number(groups[consumer][0].partial)
            values = " + ".join([first, *(value or write.dots for value in rest)])
            if consumer is not self._y:
                inner, values = (f"({side})" if rest else side for side in (inner, values))
                inner = write.derivative(consumer) + write.times + inner
                values = write.factor(self._adjoints[consumer]) + write.times + values
            symbols.append(inner)
            numbers.append(values)
        sides = [head, " + ".join(symbols), " + ".join(numbers), result]
        return [side for i, side in enumerate(sides) if i == 0 or side != sides[i - 1]]

    @cached_property
    def sections(self) -> list[list[Path]] | None:
        """The sums whose product the derivative is, each a list of paths; None where it is not such a product."""
        if not self._links or self._y is self._x:
            return None
        nodes = list(reversed([*self._links]))
        position = {node: i for i, node in enumerate(nodes)}
        cuts, furthest = [], 0
        for i, node in enumerate(nodes):
            if furthest <= i:  # no link passes by this node
                cuts.append(i)
            furthest = max([furthest, *(position[link.parent] for link in self._links[node])])
        sections = []
        for start, end in pairwise(cuts):
            if end > start + 1 and count_paths(self._links, nodes[start : end + 1], nodes[start], nodes[end]) > 8:
                return None
            sections.append(list(paths_between(self._links, nodes[start], nodes[end])))
        several = [section for section in sections if len(section) > 1]
        return sections if several and len(sections) > 1 and max(map(len, several)) <= 8 else None

    def _product(self, write: PathPrinter) -> tuple[list[str], list[str]]:
        """The factors of the product, in symbols and in numbers."""
        assert self.sections is not None
        symbols, numbers = [], []
        for paths in write.ends(self.sections):
            terms = [write.times.join(write.product(path)) for path in paths]
            values = [write.times.join(write.numbers(path, bare=i == 0)) for i, path in enumerate(paths)]
            several = len(paths) > 1
            symbols.append(f"({' + '.join(terms)})" if several else terms[0])
            numbers.append(f"({' + '.join(values)})" if several else write.times.join(write.numbers(paths[0])))
        count = len(self.sections)
        return write.elided(symbols, count), write.elided(numbers, count)

    @cached_property
    def _is_product(self) -> bool:
        """Whether to write the product: no sum in it must be longer than a line."""
        if self.sections is None:
            return False
        write = self._printer(PlainPaths)
        return max(columns(piece) for pieces in self._product(write) for piece in pieces) <= WIDTH - 10

    def __str__(self) -> str:
        for limit in (40, 30, 20, 12, 6):
            folded = not self._is_product and len(self.nodes) > limit + 1
            text = "\n".join([self.text(limit=limit), *[fitted(CHAIN_TEMPLATES["fold equations"])] * folded])
            if terminal_width() is None or text.count("\n") < two_screens():
                return printable(text)
        return on_terminal(self.text(limit=limit), "print(….text(limit=None))")

    def text(self, width: int | None = None, limit: int | None = 40) -> str:
        """The product of sums, or else the equations, of which at most about `limit` are written, or all of them for None."""
        width = width or terminal_width() or WIDTH
        limit = len(self._links) if limit is None else limit
        if not self._is_product:
            return self._equations_text(width, limit)
        write = self._printer(PlainPaths)
        head = write.derivative(self._x)
        lines = []
        for pieces in self._product(write):
            rows = joined_lines(pieces, "·", width - columns(head) - 3)
            lines += [f"{'=' if i == 0 else ' '} {row}" for i, row in enumerate(rows)]
        lines[-1] += f" = {write.number(self.value)}"
        return "\n".join(f"{' ' * columns(head) if i else head} {line}" for i, line in enumerate(lines))

    def sides(self, write: PathPrinter, most: int) -> tuple[tuple[str, str], ...]:
        """Returns the two sides of each equation, or of the product's two lines; none if there are more than `most`."""
        if self._is_product:
            symbols, numbers = (write.times.join(pieces) for pieces in self._product(write))
            return (write.derivative(self._x), symbols), ("", f"{numbers} = {write.number(self.value)}")
        if not 1 < len(self.nodes) <= most:
            return ()
        equations = [self._equation(node, write) for node in self.nodes]
        written = (" = ".join(sides).partition(" = ") for sides in equations)
        return tuple((head, rest) for head, _, rest in written)

    def _equations_text(self, width: int, limit: int) -> str:
        if len(self._links) < 2:
            return self.expansion.text(width)
        write, nodes = self._printer(PlainPaths), self.nodes
        shown = nodes if len(nodes) <= limit + 1 else [*nodes[: limit // 2], *nodes[-(limit // 2) :]]
        lines = [self._lines(node, write, width) for node in shown]
        if len(nodes) > len(shown):
            left_out = CHAIN_TEMPLATES["more equations"].format(count=f"{len(nodes) - len(shown):,}")
            lines.insert(limit // 2, left_out)
        return "\n".join(lines)

    def latex(self, limit: Limit = "slide") -> str:
        r"""The product of sums, or else the equations, a formula that goes between \[ and \], for the package amsmath.

        Of the equations the first and the last are written, as many as fit a slide; or so many as `limit` says, with None all.
        """
        return document(self._formula(limit))

    def _formula(self, limit: Limit = "slide") -> str:
        write = self._printer(LaTeXPaths)
        if self._is_product:
            symbols, numbers = (write.times.join(_stretched(piece) for piece in pieces) for pieces in self._product(write))
            rows = sides_of(write.derivative(self._x), [symbols, numbers], write.number(self.value))
            if height(rows) <= HIGH:
                return aligned_equations(rows)
        if len(self._links) < 2:
            return self.expansion._formula()
        nodes = self.nodes
        most = ROWS if limit == "slide" else len(nodes) if limit is None else limit
        while True:
            first, last = (most + 1) // 2, most // 2
            shown = nodes if len(nodes) <= most + 1 else [*nodes[:first], *nodes[len(nodes) - last :]]
            equations = [[*rows_of(" = ".join(self._equation(node, write)))] for node in shown]
            if limit != "slide" or most <= 2 or sum(map(len, equations)) + (len(shown) < len(nodes)) <= LINES:
                break
            most -= 1
        rows = [row for equation in equations[:first] for row in equation]
        if len(nodes) > len(shown):
            left_out = CHAIN_TEMPLATES["more equations"].format(count=f"{len(nodes) - len(shown):,}")
            rows.append(f"&{write.sentence(left_out)}")
        rows += [row for equation in equations[first:] for row in equation]
        return fitted_equations(rows) if limit == "slide" else aligned_equations([low(row) for row in rows])


def _few(items: Sequence[Any]) -> list[Any]:
    """The items, or of many the first two and the last, with None for the rest."""
    return [*items] if len(items) <= 8 else [*items[:2], None, items[-1]]


def _stretched(piece: str) -> str:
    """A sum in parentheses as tall as the fractions inside."""
    tall = piece.startswith("(") and piece.endswith(")") and r"\frac" in piece
    return rf"\left({piece[1:-1]}\right)" if tall else piece
