"""The evaluation trace of the textbooks: a row for each value, or for each `+=`, as text, LaTeX, Markdown and HTML.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(1.0, "b")
>>> c, d = a + b, b + 1
>>> e = c * d
>>> print(e.tape().table(position=3, tangent=b))
 v │ expression │ value │ local derivatives            │ ∂v/∂b │ gradient
───┼────────────┼───────┼──────────────────────────────┼───────┼──────────
 a │            │ 2     │                              │ 0     │
 b │            │ 1     │                              │ 1     │ 3 + …
 c │ a + b      │ 3     │ ∂c/∂a = 1, ∂c/∂b = 1         │ 1     │ 2
 d │ b + 1      │ 2     │ ∂d/∂b = 1                    │ 1     │ 3
 e │ c·d        │ 6     │ ∂e/∂c = d = 2, ∂e/∂d = c = 3 │ 5     │ 1

A `Table` holds no numbers: it reads its tape whenever it is shown.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, reduce
from itertools import islice
from typing import NamedTuple

from chalkgrad.engine.basics.leaves import is_cut_off
from chalkgrad.engine.basics.numbers_in import to_upstream
from chalkgrad.engine.stepping.blanks import Asked, Blanks, blanks_of
from chalkgrad.engine.stepping.grads import Grads, Held, come, of_other_root
from chalkgrad.engine.stepping.mirrors import grad_in_engine, other_data, theirs_of
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.tape import Tape
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.expressions import grad_text, reason
from chalkgrad.engine.words.fused import FUSED, consumers_of, fused_lines, with_class
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import current, known_notation, manner
from chalkgrad.engine.words.names import of_upstream
from chalkgrad.engine.words.printer import LONG, TEMPLATES, Printer, printer_for
from chalkgrad.engine.words.tables import Row, Tabular, ends, in_html

WORDS = section("tables")
OTHER_ENGINES, BLANKS = section("other engines"), section("blanks")


ON_A_PAGE = 200  # rows, if nothing else is asked for; on a terminal there are fewer


class Options(NamedTuple):
    """What a table shows; see `Tape.table`, which makes it."""

    tangent: Value | None = None
    notation: str | None = None
    digits: int = 4
    every_update: bool = False
    by: str = "edge"
    position: int | None = None
    limit: int | None = ON_A_PAGE
    upstream: float | None = None
    terms: int | None = LONG
    blanks: Asked | None = None

    @property
    def asks_for_a_sweep(self) -> bool:
        """Whether the adjoints are those of a sweep that the table does, not what the grads hold."""
        return self.position is not None or self.every_update


class Table(Tabular):
    """A table of a tape: `print` shows it as text; `latex()`, `markdown()` and `html()` write it for a page.

    It reads the tape when it is shown, so that one table shows the gradients come in while one steps.

    >>> from chalkgrad.engine import Value
    >>> x = Value(3.0, "x")
    >>> y = x * x
    >>> table = y.tape().table(notation="d")
    >>> print(table.markdown())
    | v | expression | value | local derivatives | dy/dv |
    | --- | --- | --- | --- | --- |
    | x |  | 3 |  |  |
    | y | x·x | 9 | ∂y/∂x (1st x) = x = 3, ∂y/∂x (2nd x) = x = 3 |  |
    """

    def __init__(self, tape: Tape, options: Options) -> None:
        self.tape, self.options = tape, options
        self.spare = [2] if options.every_update else [3]  # local derivatives
        check(tape, options)
        self.blanks = None if options.blanks is None else blanks_of(tape, options.blanks, options.digits)

    def _rows(self, tape: Tape, options: Options, write: Printer) -> Iterator[Row | int]:
        return (update_rows if options.every_update else trace_rows)(tape, options, write)

    @property
    def _upstream(self) -> float:
        """The seed that is asked for, else that of the sweep whose grads are shown."""
        root = self.tape.roots[0]
        if self.options.upstream is not None:
            return self.options.upstream
        grads = Grads(self.tape.nodes, [root])
        return grads.seed(root) if grads.roots and not self.options.asks_for_a_sweep else 1.0

    def cells(self, medium: str) -> list[list[str]]:
        """The headings and the rows, each cell in one line."""
        return self._cells(medium, self.options)

    def _cells(self, medium: str, options: Options) -> list[list[str]]:
        head, rows, write = self._rows_of(medium, options)
        written = [left_out(write, row, len(head)) if isinstance(row, int) else row for row in rows]
        return [[write.in_one_line(cell) for cell in row] for row in (head, *written)]

    def _rows_of(self, medium: str, options: Options) -> tuple[Row, list[Row | int], Printer]:
        write = printer_for("text" if medium == "html" else medium, self.tape.names, options.digits, options.notation)
        write.longest = options.terms
        if len(self.tape.roots) == 1:
            write.of = of_upstream(self.tape.names, self.tape.roots[0], self._upstream)
        with manner(options.notation):
            if self.blanks is None:
                head, *rows = self._rows(self.tape, options, write)
            else:
                head, *rows = blank_rows(self.blanks, options, write, medium)
        assert not isinstance(head, int)
        return head, rows, write

    def few_cells(self, medium: str, most: int | None) -> tuple[list[list[str]], int]:
        """The headings and the rows that print shows on a terminal, and how many it leaves out: none, if a limit was given."""
        if self.options.limit != ON_A_PAGE:
            return self.cells(medium), 0
        head, rows, write = self._rows_of(medium, self.options._replace(limit=most))
        written = [("…",) * len(head) if isinstance(row, int) else row for row in rows]
        cells = [[write.in_one_line(cell) for cell in row] for row in (head, *written)]
        return cells, sum(row for row in rows if isinstance(row, int))

    def text(self) -> str:
        """The table as text with aligned columns, with all rows, unless a limit was given, and however wide it is."""
        limited = self.options.limit != ON_A_PAGE
        return super().text() if limited else type(self)(self.tape, self.options._replace(limit=None)).text()

    def html_cells(self) -> list[list[str]]:
        """The cells in HTML, a box as an element that says what is asked."""
        if self.blanks is None:
            return super().html_cells()
        return [[_BOXES.sub(_element, in_html(cell)) for cell in row] for row in self.cells("html")]

    @property
    def in_full(self) -> str:
        """What one types to see all of it."""
        name = self.tape.names[self.tape.roots[0]]
        known = name.isidentifier() and len(self.tape.roots) == 1
        return f"print({name if known else '…'}.tape(){'' if self.options == Options() else '.table(…)'}.text())"

    def below(self) -> Sequence[str]:
        """What a fused loss comes to, p - y; and what is wrong in the engine whose graph this is, if it is another one's."""
        if self.blanks is not None:  # a fused loss has its reason below, another engine what is wrong
            return self._terms_left_out()
        if all(theirs_of(node) is None for node in self.tape):
            return [*self._fused(), *self._terms_left_out()]
        from chalkgrad.engine.stepping.diagnosis import findings  # rarely needed

        return findings(self.tape)

    def _terms_left_out(self) -> list[str]:
        """How to see the terms of sums and the local derivatives that are left out, if there are any."""
        terms = self.options.terms
        folded = terms is not None and any(
            node.op is not None and node.op.lists and node.op.length(len(node.template)) > terms for node in self.tape
        )
        return [WORDS["terms left out"].format(terms=terms)] if folded else []

    def _fused(self) -> list[str]:
        """What is said of the first fused losses under a table in the usual notation."""
        names = self.tape.names
        if (self.options.notation or current().notation) not in ("∂", "functions") or not any(
            node.op is not None and node.op.name in FUSED for node in self.tape
        ):
            return []
        consumers = consumers_of(self.tape)
        return [
            with_class(reason(node, slot, names, digits=self.options.digits), node, slot, lambda: consumers)
            for node, slot in islice(fused_lines(self.tape, consumers), SAID)
        ]


SAID = 3  # losses under a table of which it is said that they come to p - y


def check(tape: Tape, options: Options) -> None:
    """Raises ValueError, with what is allowed, for options that no table can have."""
    if options.notation is not None:
        known_notation(options.notation)
    if options.by not in ("edge", "node"):
        raise ValueError(f"by is 'edge' or 'node', not {options.by!r}")
    if not isinstance(options.digits, int) or options.digits not in range(1, 18):
        raise ValueError(f"digits is a number from 1 to 17, which shows all there are, not {options.digits!r}")
    if options.limit is not None and options.limit < 1:
        raise ValueError(f"limit is a number of rows, or None for all, not {options.limit!r}")
    if options.tangent is not None:
        if options.every_update:
            raise ValueError("tangents belong to forward mode: leave out tangent, or every_update")
        tape.tangents(options.tangent)
    asked = [name for name in ("every_update", "position", "tangent") if getattr(options, name) not in (None, False)]
    if options.blanks is not None and asked:
        raise ValueError(f"blanks are left in the evaluation trace of a whole pass: leave out {asked[0]}, or blanks")
    if options.upstream is not None:
        to_upstream(options.upstream)
        if not options.asks_for_a_sweep:
            raise ValueError("upstream is for a backward pass that the table does: give a position, or every_update=True")
    if options.asks_for_a_sweep:
        edges = len(_sweep(tape).edges)
        if options.position is not None and options.position not in range(edges + 1):
            raise ValueError(
                f"position counts the edges that the backward pass has done, 0 to {edges}, not {options.position!r}"
            )


# How a cell is written -----------------------------------------------------------------------------------------------


def written_reasons(write: Printer, node: Value, slots: Sequence[int]) -> str:
    """The local derivatives with their reasons: the first six of them, or all where all terms of sums are written."""
    shown = slots if write.longest is None else slots[:6]
    written = [write.math(write.reason(node, slot)) for slot in shown]
    return ", ".join(written + [write.math(write.dots)] * (len(slots) > len(shown)))


# A row for each value ------------------------------------------------------------------------------------------------


def trace_rows(tape: Tape, options: Options, write: Printer, only: Sequence[int] | None = None) -> Iterator[Row | int]:
    """The headings, and for each value its name, expression, value, local derivatives, tangent if asked for, adjoint.

    `only` are the places on the tape of the rows to write, instead of those that the limit leaves. A number stands for so
    many rows that are left out.
    """
    x, roots = options.tangent, tape.roots
    tangents = None if x is None else tape.tangents(x)
    head = [write.math("v"), *(write.text(WORDS[key]) for key in ("expression", "value", "local derivatives"))]
    if x is not None:
        dotted = f"{write.marked('v', 'dot')} ({write.marked(tape.names[x], 'dot')} = 1)"
        head.append(write.math(dotted if write.notation == "bar" else write.quotient("v", tape.names[x])))
    of = write.of or tape.names[roots[0]]
    told = len(roots) == 1 and (write.notation == "d" or of != tape.names[roots[0]])
    head.append(write.math(write.total(of, "v")) if told or write.notation == "bar" else write.text(WORDS["adjoint"]))
    other_engine = any(theirs_of(node) for node in roots)
    if other_engine:
        head.append(write.text(OTHER_ENGINES["heading"]))
    yield tuple(head)

    picked = ends(len(tape), options.limit) if only is None else only
    adjoint_cell = _adjoint_cells(tape, options, write, [tape[i] for i in picked if i is not None])
    stale = set(tape.stale)
    for i in picked:
        if i is None:
            yield len(tape) - len(picked) + 1
            continue
        node = tape[i]
        value = write.math(write.number(node.data))
        if node in stale:
            before, after = TEMPLATES["stale"].split("{value}")
            value = write.text(before) + value + write.text(after)
        elif is_cut_off(node):
            before, after = TEMPLATES["cut off"].split("{value}")
            value = write.text(before) + value + write.text(after)
        other = other_data(node)
        if other is not None:
            digits = digits_apart(other, node.data, digits=write.digits, most=17)
            value += write.text(OTHER_ENGINES["value"].format(theirs=write.number(other, digits)))
        slots = [slot for slot, parent in enumerate(node.parents) if not parent.constant]
        row = [write.math(write.name(node)), write.math(write.expression(node)), value, written_reasons(write, node, slots)]
        if tangents is not None:
            dot = f"{write.marked(tape.names[node], 'dot')} = " if write.notation == "bar" else ""
            row.append(write.math(dot + write.number(tangents[node])))
        row.append(adjoint_cell(node))
        if other_engine:
            row.append(write.text(grad_in_engine(node, write.digits)))
        yield tuple(row)


def _adjoint_cells(tape: Tape, options: Options, write: Printer, nodes: Sequence[Value]) -> Callable[[Value], str]:
    """Writes the adjoint of each of the nodes: blank, `3 + …` while more is to come, then `3 + 2 = 5`."""
    grads = Grads(tape.nodes, tape.roots)
    edges = tape.contributions(nodes)
    shown = edges if options.by == "edge" else tape.contributions(nodes, by=options.by)
    found = (
        under_way(tape, edges, grads) if options.position is None else (_sweep(tape, options.upstream or 1.0), options.position)
    )

    def cell(node: Value) -> str:
        bar = f"{write.marked(tape.names[node], 'bar')} = " if write.notation == "bar" else ""
        held = None if options.position is not None else grads.held_by(node)
        if node.constant:
            return write.text(TEMPLATES["constant"])
        if options.position is None and held is None:
            return ""
        if held is not None and held.adjoint is None:
            return _of_another_root(node, held, tape.names, write)
        more = tag = ""
        if held is not None and held.by_hand:
            more = write.text(WORDS["by hand"])
        elif held is not None and held.before:
            more = write.text(WORDS["beyond"].format(grad=grad_text(node, options.digits, added=held.adjoint)))
        if held is not None and (whose := held.whose(tape.names)):
            tag = f" ({write.quotient(whose, tape.names[node])})"
        if held is not None and held.by_hand and grads.under_way:
            return write.math(bar + write.number(held.adjoint or 0.0)) + more
        if found is not None and node is not found[0].root:
            sweep, position = found
            arrivals = sweep.arrivals.get(node, [])
            done = [edge for edge in arrivals if edge < position]
            if not done:
                return ""
            parts = [sum_of(sweep, group) for group in groups(sweep, done, options.by)]
            if len(done) < len(arrivals):
                return write.math(f"{bar}{write.sum(parts)} + {write.dots}") + more
            total = sum_of(sweep, done)
        elif held is None:
            parts, total = [], found[0].upstream if found is not None else 1.0
        else:
            total = 0.0 if held.adjoint is None else held.adjoint
            count = come(total, edges[node]) if not held.by_hand else 0
            parts = shown[node] if edges[node] and count == len(edges[node]) else []
            if grads.under_way and 0 < count < len(edges[node]):
                return write.math(f"{bar}{write.sum(edges[node][:count])} + {write.dots}{tag}") + more
        terms = f"{write.sum(parts)} = " if len(parts) > 1 else ""
        return write.math(bar + terms + write.number(total) + tag) + more

    return cell


def _of_another_root(node: Value, held: Held, names: Mapping[Value, str], write: Printer) -> str:
    """A grad that another root's sweep has made, which is told if one of the caller's variables is that root, else left out."""
    found = of_other_root(node, held, names)
    return "" if found is None else write.math(f"{write.number(found[0])} ({write.quotient(found[1], names[node])})")


def under_way(tape: Tape, contributions: Mapping[Value, Sequence[float]], grads: Grads) -> tuple[Sweep, int] | None:
    """The sweep that has stopped half-way and left the tape's grads as they are, and after how many edges, if one has.

    A stepping cursor leaves them so, or a student who fills them in by hand. Grads that are not there are not looked at,
    because a sweep may go to the wanted parameters only; but a position is taken by which the fewest of them should be. What
    was set by hand while a cursor is under way tells nothing.
    """
    root = tape.roots[0]
    seed = grads.held_by(root)
    if len(tape.roots) > 1 or seed is None or seed.adjoint is None or not (grads.under_way or seed.by_hand) or tape.stale:
        return None
    if seed.by_hand and (grads.under_way or root._grad != 1.0):
        return None
    set_since = {node for node, held in grads.held.items() if held.by_hand} if grads.under_way else set()
    has = {node: held.adjoint for node, held in grads.held.items() if held.adjoint is not None and node not in set_since}
    everywhere = not grads.under_way and all(node in has or node.constant for node in tape)
    if everywhere and all(reduce(operator.add, terms, 0.0) == has[node] for node, terms in contributions.items() if terms):
        return None  # a whole sweep has run
    sweep = _sweep(tape, has[root])
    wrong = {node for node in tape if node in has and node is not sweep.root}
    missing = 0
    best: tuple[int, int] | None = None if wrong else (0, 0)
    for position, (node, slot) in enumerate(sweep.edges):
        parent = node.parents[slot]
        if parent in set_since:
            pass
        elif parent not in has:
            missing += sweep.arrivals[parent][0] == position
        elif sweep.before[position] + sweep.contribution(position) == has[parent]:
            wrong.discard(parent)
        else:
            wrong.add(parent)
        if not wrong and (best is None or missing <= best[0]):
            best = missing, position + 1
    return None if best is None else (sweep, best[1])


# A row for each value, with blanks ------------------------------------------------------------------------------------


def blank_rows(blanks: Blanks, options: Options, write: Printer, medium: str) -> Iterator[Row | int]:
    """The headings and rows of `trace_rows` with boxes in place of what is left out; nothing else tells it."""
    tape = blanks.tape
    boxed = partial(_box, blanks, write, medium)
    plain = trace_rows(tape, options, write)
    head = next(plain)
    assert not isinstance(head, int)
    others = len(head) - any(theirs_of(node) for node in tape.roots)  # without what another engine has
    yield head[:others]
    shown = [i for i in ends(len(tape), options.limit) if i is not None]
    for row in plain:
        if isinstance(row, int):
            yield row
            continue
        node = tape[shown.pop(0)]
        name, written, value, _, adjoint = row[:5]
        if blanks.has("values", node):
            value = boxed("values", node, 0, write.name(node))
        slots = [slot for slot, parent in enumerate(node.parents) if not parent.constant]
        if blanks.tells_by_gradient(node):
            adjoint = ""
        elif blanks.asks_for_a_sweep and not node.constant:
            adjoint = _blank_adjoint(blanks, options, write, node, boxed)
        yield name, written, value, _blank_locals(blanks, write, node, slots, boxed), adjoint


def _blank_locals(blanks: Blanks, write: Printer, node: Value, slots: Sequence[int], boxed: Callable[..., str]) -> str:
    """The local derivatives of a node, each with its reason, or a box, or alone where its number would tell a value."""
    shown = slots if write.longest is None else slots[:6]
    cells = []
    for slot in shown:
        symbol = write.local(node, slot)
        if blanks.has("locals", node, slot):
            cells.append(write.math(f"{symbol} = ") + boxed("locals", node, slot, symbol))
        else:
            cells.append(write.math(symbol if blanks.tells(node, slot) else write.reason(node, slot)))
    return ", ".join(cells + [write.math(write.dots)] * (len(slots) > len(shown)))


def _blank_adjoint(blanks: Blanks, options: Options, write: Printer, node: Value, boxed: Callable[..., str]) -> str:
    """The gradient of a node after the whole pass, `3 + 2 = 5`, with boxes in place of what is left out."""
    tape, sweep = blanks.tape, blanks.sweep
    symbol = write.adjoint(tape.roots[0], node)
    blank = blanks.has("gradients", node)
    total = boxed("gradients", node, 0, symbol) if blank else write.math(write.number(sweep.adjoints[node]))
    arrivals = [*groups(sweep, sweep.arrivals.get(node, []), options.by)]
    edges = [sweep.edges[group[0]] for group in arrivals]
    parts = []
    for i, (group, edge) in enumerate(zip(arrivals, edges, strict=True)):
        if blanks.has("contributions", *edge):
            parts.append(boxed("contributions", *edge, f"{symbol}, {write.name(edge[0])}"))
        elif blanks.bare(*edge):
            parts.append(write.math(write.dots))
        else:
            parts.append(write.math((write.factor if i else write.number)(sum_of(sweep, group))))
    if len(parts) > 1 and any(part != write.math(write.dots) for part in parts):
        total = write.math(" + ").join(parts) + write.math(" = ") + total
    return (write.math(f"{symbol} = ") if write.notation == "bar" else "") + total


def _box(blanks: Blanks, write: Printer, medium: str, kind: str, node: Value, slot: int, asked: str) -> str:
    """A box for an answer, as wide as its kind's, in a medium; HTML's, see `Table.html`, says what is asked."""
    width = blanks.width(kind)
    if medium == "html":
        return f"{_BOX[0]}{asked}{_BOX[1]}{width} {kind}{_BOX[2]}"
    return write.math(rf"\boxed{{\phantom{{{'0' * width}}}}}") if medium == "latex" else "_" * width


_BOX = "\ue000\ue001\ue002"  # what is asked stands between the first two, the width and the kind between the others
_BOXES = re.compile(r"\ue000(.*?)\ue001(\d+) (\w+)\ue002")
_FRAME = "display:inline-block;box-sizing:border-box;min-width:{width}ch;height:1.8em;vertical-align:middle;border:1px {line}"


def _element(box: re.Match[str]) -> str:
    """A box in HTML: solid, or a dashed pill for a gradient."""
    asked, width, kind = box.groups()
    line = "dashed;border-radius:0.9em" if kind == "gradients" else "solid;border-radius:0.3em"
    style = _FRAME.format(width=int(width) + 2, line=line)
    return f'<span class="box" role="img" aria-label="{BLANKS["asked"].format(asked=asked)}" style="{style}"></span>'


# A row for each += ---------------------------------------------------------------------------------------------------


def update_rows(tape: Tape, options: Options, write: Printer) -> Iterator[Row | int]:
    """The headings, and for each update of the reverse sweep: its number, the node, the reason, which adjoint, += what."""
    sweep = _sweep(tape, 1.0 if options.upstream is None else options.upstream)
    root, limit = sweep.root, len(sweep.edges) if options.position is None else options.position
    head = [WORDS[key] for key in ("step", "through", "local derivative", "adjoint", "so far")]
    yield tuple(write.text(text) for text in (*head[:-1], "+=", head[-1]))
    updates = list(groups(sweep, range(len(sweep.edges)), options.by))
    done = [update for update in updates if update[-1] < limit]
    picked = ends(len(done) + 1, options.limit)
    for i in picked:
        if i is None:
            yield len(done) + 2 - len(picked)
        elif i == 0:
            yield (
                write.text(WORDS["seed"]),
                "",
                "",
                write.math(write.adjoint(root, root)),
                "",
                write.math(write.number(sweep.upstream)),
            )
        else:
            update = done[i - 1]
            node, slots = sweep.edges[update[0]][0], [sweep.edges[edge][1] for edge in update]
            parent = node.parents[slots[0]]
            partials = [node.partials[slot] for slot in slots]
            product = write.contribution(root, node, slots[0], sweep.adjoints[node], partials)
            yield (
                f"{i}/{len(updates)}",
                write.math(f"{write.name(node)} = {write.expression(node)}"),
                written_reasons(write, node, slots),
                write.math(write.adjoint(root, parent)),
                write.math(f"{product} = {write.number(sum_of(sweep, update))}"),
                write.math(write.number(sweep.before[update[-1]] + sweep.contribution(update[-1]))),
            )


# What both share -----------------------------------------------------------------------------------------------------


def _sweep(tape: Tape, upstream: float = 1.0) -> Sweep:
    if len(tape.roots) > 1:
        raise ValueError(
            f"a backward pass starts at one root, and this tape has {len(tape.roots)}: take the tape of one of them"
        )
    return Sweep(tape.roots[0], upstream=upstream)


def groups(sweep: Sweep, edges: Sequence[int], by: str) -> Iterator[list[int]]:
    """The edges in order, each by itself; by="node", all from one node to one parent together."""
    if by == "edge":
        yield from ([edge] for edge in edges)
        return
    found: dict[tuple[Value, Value], list[int]] = {}
    for edge in edges:
        node, slot = sweep.edges[edge]
        found.setdefault((node, node.parents[slot]), []).append(edge)
    yield from found.values()


def sum_of(sweep: Sweep, edges: Sequence[int]) -> float:
    """What the edges carry, added in order."""
    return reduce(operator.add, map(sweep.contribution, edges))


def left_out(write: Printer, count: int, width: int) -> Row:
    """The row that stands for so many that are not shown."""
    text = TEMPLATES["rows left out"].format(count=count)
    return (write.math(write.dots), write.text(text), *[""] * (width - 2))
