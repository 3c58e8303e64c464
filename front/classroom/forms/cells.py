"""The cells of a graph: the value of a node, the local derivative and the contribution of an edge, a gradient, as boxes.

A box knows how it follows from the other boxes of its question: a student who is wrong in one cell, and right from there on,
gets other numbers, and these are computed by the table of operations at the student's own numbers.

>>> from chalkgrad.classroom.chance import Chance
>>> from chalkgrad.engine import Value
>>> a, b = Value(-4.0, "a"), Value(2.0, "b")
>>> e = a * b
>>> cells = Cells(Posed(e, {"a": a, "b": b, "e": e}, ("a", "b"), Chance(b"", "")), 1, [value_of(e), local_of(e, 0)])
>>> box = cells[value_of(e)]
>>> box.name, box.asked, box.answer
('1.e.value', 'e', -8.0)
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import NamedTuple
from weakref import WeakKeyDictionary

from chalkgrad.classroom.paper import Box, CannotFollowError, Follows, Formula, Kind, Line, Slip
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.formulas.trees import arguments_in, evaluate, holds
from chalkgrad.engine.recording.computers import FAILURES, ON_FLOATS, computer
from chalkgrad.engine.stepping.answers import ASKING, FAR, SENTENCES, sentence_of, words_of
from chalkgrad.engine.stepping.asked import Use
from chalkgrad.engine.stepping.blanks import LEAST
from chalkgrad.engine.stepping.edges import Edge, way_at
from chalkgrad.engine.stepping.other_operations import other_operations, other_orders
from chalkgrad.engine.stepping.sentences import blanks
from chalkgrad.engine.stepping.slips import SLIPS, Evidence
from chalkgrad.engine.stepping.steps import Step, Sweep
from chalkgrad.engine.stepping.wrong_answers import Found, wrong_contributions
from chalkgrad.engine.words.expressions import number, operand, total
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.manner import manner
from chalkgrad.engine.words.names import of_upstream
from chalkgrad.engine.words.printer import LaTeX, Plain, Printer, local_formula

WORDS = section("forms")
# Slips whose sentences are about a whole sweep, though they are made in its local derivatives.
_OF_SWEEPS = {"inverted", "shares", "shares by size"}

# The slips of cells, by what tells languages apart, too: several questions on one graph ask for the same cells.
_kept: WeakKeyDictionary[Sweep, dict[tuple[Cell, str], tuple[Slip, ...]]] = WeakKeyDictionary()


class Cell(NamedTuple):
    """What can be asked of a graph: of a node a value or a gradient, of an edge a local derivative or a contribution."""

    kind: Kind
    node: Value
    slot: int = 0


def value_of(node: Value) -> Cell:
    """Returns the cell of a node's value."""
    return Cell("value", node)


def gradient_of(node: Value) -> Cell:
    """Returns the cell of a node's gradient."""
    return Cell("gradient", node)


def local_of(node: Value, slot: int) -> Cell:
    """Returns the cell of the local derivative of a node by the parent in a slot."""
    return Cell("local", node, slot)


def contribution_of(node: Value, slot: int) -> Cell:
    """Returns the cell of what a node contributes to the gradient of the parent in a slot."""
    return Cell("contribution", node, slot)


class Symbols:
    """What the values, derivatives and numbers of a posed graph are called, in plain text and in LaTeX, set in type."""

    def __init__(self, posed: Posed) -> None:
        self.posed = posed
        names = posed.sweep.names
        self._printers: tuple[Printer, Printer] = Plain(names), LaTeX(names)
        self.of = of_upstream(names, posed.root, posed.upstream)

    def formula(self, *parts: str | Formula) -> Formula:
        """Returns formulas and signs, such as "=", as one formula."""
        plain = "".join(part if isinstance(part, str) else part.plain for part in parts)
        latex = "".join(_in_latex(part) if isinstance(part, str) else part.latex or part.plain for part in parts)
        return Formula(plain, latex)

    def name(self, node: Value) -> Formula:
        """Returns what a node is called."""
        with manner(typeset=True):
            return Formula(*(write.name(node) for write in self._printers))

    def expression(self, node: Value) -> Formula:
        """Returns how a node is computed, `a + b`; empty for a leaf."""
        with manner(typeset=True):
            return Formula(*(write.expression(node) for write in self._printers))

    def equation(self, node: Value) -> Formula:
        """Returns a node's name and how it is computed, `c = a + b`; of a leaf the name alone."""
        return self.formula(self.name(node), " = ", self.expression(node)) if node.parents else self.name(node)

    def number(self, x: float) -> Formula:
        """Returns a number as the key writes it."""
        text = self.posed.written(x)
        return Formula(text, LaTeX().number(float(text)) if "e" in text else text)

    def factor(self, x: float) -> Formula:
        """Returns a number as it stands in a product or a sum, a negative one in parentheses."""
        written = self.number(x)
        return self.formula("(", written, ")") if written.plain.startswith("-") else written

    def gradient(self, node: Value) -> Formula:
        """Returns the gradient of a node in symbols, ∂e/∂c."""
        names = self.posed.sweep.names
        with manner(typeset=True):
            return Formula(total(self.of, names[node]), self._printers[1].total(self.of, names[node]))

    def local(self, node: Value, slot: int) -> Formula:
        """Returns the local derivative by the parent in a slot in symbols, ∂c/∂a."""
        with manner(typeset=True):
            return Formula(*(write.local(node, slot) for write in self._printers))

    def of_cell(self, cell: Cell) -> Formula:
        """Returns what a cell asks in symbols."""
        if cell.kind == "value":
            return self.name(cell.node)
        if cell.kind == "gradient":
            return self.gradient(cell.node)
        local = self.local(cell.node, cell.slot)
        return local if cell.kind == "local" else self.formula(self.gradient(cell.node), " · ", local)

    def sum(self, numbers: Sequence[float]) -> Formula:
        """Returns numbers with plus signs between them, `3 + (-2)`."""
        parts: list[str | Formula] = []
        for x in numbers:
            parts += [" + ", self.factor(x)] if parts else [self.number(x)]
        return self.formula(*parts)


def _in_latex(sign: str) -> str:
    return sign.replace("·", r"\cdot ").replace("←", r"\leftarrow")


class Cells:
    """The cells of a posed graph in one question: those that are asked are boxes, the others are computed from these.

    Args:
        posed: the graph with its numbers.
        number: the question's, with which the names of the boxes begin.
        asked: the cells that are boxes.
        given: computed cells whose numbers are printed, so that nothing behind them matters.
    """

    def __init__(self, posed: Posed, number: int, asked: Iterable[Cell], given: Iterable[Cell] = ()) -> None:
        self.posed, self.number, self.symbols = posed, number, Symbols(posed)
        self.asked, self.given = dict.fromkeys(asked), set(given)
        self._boxes: dict[Cell, Box] = {}
        self._needs: dict[Cell, tuple[Cell, ...]] = {}

    def __getitem__(self, cell: Cell) -> Box:
        if cell not in self._boxes:
            self._boxes[cell] = self._box(cell)
        return self._boxes[cell]

    def __contains__(self, cell: Cell) -> bool:
        return cell in self.asked

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.asked)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes of all cells that are asked."""
        return tuple(self[cell] for cell in self.asked)

    def piece(self, cell: Cell) -> Box | Formula:
        """Returns a cell's box if it is asked, else its number."""
        return self[cell] if cell in self.asked else self.symbols.number(self.truth(cell))

    def equation(self, cell: Cell) -> Line:
        """Returns what a cell asks with its box or its number: ∂c/∂a = □."""
        return self.symbols.formula(self.symbols.of_cell(cell), " ="), " ", self.piece(cell)

    def truth(self, cell: Cell) -> float:
        """Returns the right number."""
        node, sweep = cell.node, self.posed.sweep
        if cell.kind == "value":
            return float(node.data) + 0.0
        if cell.kind == "gradient":
            return sweep.adjoints[node] + 0.0
        return (1.0 if cell.kind == "local" else sweep.adjoints[node]) * node.partials[cell.slot] + 0.0  # 0.0 instead of -0.0

    def slips(self, cell: Cell) -> tuple[Slip, ...]:
        """Returns the wrong answers that slips give."""
        kept, key = _kept.setdefault(self.posed.sweep, {}), (cell, SENTENCES["sign"])  # which no two languages share
        if key not in kept:
            kept[key] = self._slips(cell)
        return kept[key]

    def _slips(self, cell: Cell) -> tuple[Slip, ...]:
        if cell.kind == "value":
            return slips_of_value(self.posed, cell.node)
        if cell.kind == "gradient":
            return self._of_seed() if cell.node is self.posed.root else self.posed.slips(cell.node)
        return slips_of_local(self.posed, cell.node, cell.slot) if cell.kind == "local" else self._of_contribution(cell)

    def _of_seed(self) -> tuple[Slip, ...]:
        """Returns the value of the root where its gradient is asked."""
        value, names = float(self.posed.root.data), self.posed.sweep.names
        if self.posed.upstream != 1.0 or value == 1.0:
            return ()
        root = names[self.posed.root]
        with manner(typeset=True):
            return (Slip(value, "seed", SENTENCES["seed"].format(perhaps="", root=operand(root), seeding=total(root, root))),)

    def _of_contribution(self, cell: Cell) -> tuple[Slip, ...]:
        edges = self.posed.sweep.edges
        step = Step(self.posed.sweep, next(i for i, edge in enumerate(edges, 1) if edge == (cell.node, cell.slot)))
        with manner(typeset=True):
            return _told(self.posed, wrong_contributions(step), self.truth(cell), blanks(step))

    # Names ------------------------------------------------------------------------------------------------------------

    def name(self, cell: Cell) -> str:
        """Returns the name of a cell's box, such as "1.e.c.local": the argument that a repeated parent is stands behind it."""
        return f"{self.number}.{self._names[cell]}"

    @property
    def by_end(self) -> dict[str, Cell]:
        """All cells of the graph, by the names of their boxes without the question's number."""
        return {name: cell for cell, name in self._names.items()}

    @cached_property
    def _names(self) -> dict[Cell, str]:
        names, sweep = self.posed.sweep.names, self.posed.sweep
        wanted = {make(node): f"{names[node]}.{make(node).kind}" for node in sweep.tape for make in (value_of, gradient_of)}
        for node in sweep.tape:
            for slot, parent in enumerate(node.parents):
                nth = f"{node.parents[:slot].count(parent) + 1}" if node.parents.count(parent) > 1 else ""
                nth = f"_{nth}" if nth and names[parent][-1].isdigit() else nth
                for make_edge in (local_of, contribution_of):
                    cell = make_edge(node, slot)
                    wanted[cell] = f"{names[node]}.{names[parent]}{nth}.{cell.kind}"
        taken: set[str] = set()
        for cell, name in wanted.items():  # names may have dots and digits, too
            while name in taken:
                name = "_" + name
            taken.add(name)
            wanted[cell] = name
        return wanted

    # What a cell follows from -----------------------------------------------------------------------------------------

    def needs(self, cell: Cell) -> tuple[Cell, ...]:
        """Returns the cells that are asked from which a cell is computed, the nearest ones on every way to it."""
        if cell not in self._needs:
            found: dict[Cell, None] = {}
            for other in self._reads(cell):
                found |= {other: None} if other in self.asked else dict.fromkeys(self.needs(other))
            self._needs[cell] = tuple(found)
        return self._needs[cell]

    def _reads(self, cell: Cell) -> list[Cell]:
        """Returns the cells that stand in a cell's formula; none for one that is given."""
        node = cell.node
        if cell in self.given:
            return []
        if cell.kind == "value":
            return [value_of(parent) for parent in dict.fromkeys(node.parents)]
        if cell.kind == "gradient":
            return [contribution_of(*edge) for edge in self.edges_to(node)]
        if cell.kind == "contribution":
            return [gradient_of(node), local_of(node, cell.slot)]
        tree, arguments = local_formula(node, cell.slot)
        read = [node if name == "v" else arguments[name] for name in sorted(arguments_in(tree))]
        return [value_of(x) for x in dict.fromkeys(read) if isinstance(x, Value)]

    def edges_to(self, node: Value) -> list[Edge]:
        """Returns the edges along which contributions come to a node, in the order of the tape."""
        sweep = self.posed.sweep
        edges = [sweep.edges[i] for i in sweep.arrivals.get(node, [])]
        return sorted(edges, key=lambda edge: (self._places[edge[0]], edge[1]))

    @cached_property
    def _places(self) -> dict[Value, int]:
        return {node: i for i, node in enumerate(self.posed.sweep.tape)}

    def at(self, cell: Cell, own: Mapping[Cell, float]) -> float:
        """Returns what a cell comes to by its formula for a student's own numbers in the cells that it needs.

        Raises CannotFollowError outside of a domain.
        """
        needs = self.needs(cell)
        if all(own[need] == self.truth(need) for need in needs):
            return self.truth(cell)  # to the last bit, where the formula that is shown rounds otherwise
        return self._computed(cell, {need: float(own[need]) for need in needs})

    def _at(self, cell: Cell, known: dict[Cell, float]) -> float:
        if cell not in known:
            known[cell] = self._computed(cell, known) if self.needs(cell) else self.truth(cell)
        return known[cell]

    def _computed(self, cell: Cell, known: dict[Cell, float]) -> float:
        node = cell.node
        if cell.kind == "value":
            return value_at(node, [self._at(value_of(parent), known) for parent in node.parents])
        if cell.kind == "gradient":
            return sum([self._at(read, known) for read in self._reads(cell)]) + 0.0
        if cell.kind == "contribution":
            return self._at(gradient_of(node), known) * self._at(local_of(node, cell.slot), known) + 0.0
        return local_at(node, cell.slot, {read.node: self._at(read, known) for read in self._reads(cell)})

    # Boxes ------------------------------------------------------------------------------------------------------------

    def _box(self, cell: Cell) -> Box:
        posed, needs = self.posed, self.needs(cell)
        return Box(
            self.name(cell),
            cell.kind,
            self.truth(cell),
            self.symbols.of_cell(cell).plain,
            tolerance=posed.tolerance,
            follows=Follows(tuple(map(self.name, needs)), partial(self._by_name, cell)) if needs else None,
            slips=self.slips(cell) if posed.said else (),
            width=self.width,
            decimals=posed.decimals,
        )

    @cached_property
    def width(self) -> int:
        """How many characters the widest answer has."""
        return max([LEAST, *(len(self.posed.written(self.truth(cell))) for cell in self.asked)])

    def _by_name(self, cell: Cell, numbers: Mapping[str, float]) -> float:
        return self.at(cell, {need: numbers[self.name(need)] for need in self.needs(cell)})


def value_at(node: Value, numbers: Sequence[float]) -> float:
    """Returns what a node's operation gives for other values of its parents.

    Raises CannotFollowError outside of its domain, and where the result is too large for a float.

    >>> a, b = Value(2.0, "a"), Value(-4.0, "b")
    >>> value_at(a / b, [3.0, 2.0])
    1.5
    """
    rule, given = node.op, iter(numbers)
    assert rule is not None
    arguments = [next(given) if x is None else float(x) for x in node.template]
    constant = [x is not None for x in node.template]
    named = dict(zip(rule.arguments, arguments, strict=True)) if not rule.lists else {}
    if rule.domain is not None and not holds(rule.domain, named, ON_FLOATS):
        raise _cannot_follow(node, numbers, rule.requires)
    value, _ = computer(rule, constant, propagate=True)(*arguments)
    if not math.isfinite(value):
        raise _cannot_follow(node, numbers, "a finite result")
    return float(value) + 0.0


def local_at(node: Value, slot: int, own: Mapping[Value, float]) -> float:
    """Returns a local derivative by the formula that is shown, for other numbers of the values that it reads.

    Raises CannotFollowError outside of the operation's domain, and where the formula has no finite value.

    >>> x = Value(0.5, "x")
    >>> t = x.tanh()
    >>> local_at(t, 0, {t: 3.0})                       # 1 - t²
    -8.0
    """
    rule = node.op
    assert rule is not None
    tree, arguments = local_formula(node, slot)
    values = {name: x if isinstance(x, float) else own.get(x, x._data) for name, x in arguments.items()}
    in_domain = (
        [] if rule.domain is None else [x for name in arguments_in(rule.domain) if isinstance(x := arguments[name], Value)]
    )
    if rule.domain is not None and own.keys() >= {*in_domain} and not holds(rule.domain, values, ON_FLOATS):
        raise _cannot_follow(node, [own.get(x, x._data) for x in node.parents], rule.requires)
    try:
        local = evaluate(tree, {**values, "v": own.get(node, node._data)}, ON_FLOATS)
    except FAILURES:
        local = math.nan
    if not math.isfinite(local):
        raise _cannot_follow(node, [own.get(x, x._data) for x in node.parents], "a finite local derivative")
    return float(local) + 0.0


def _cannot_follow(node: Value, numbers: Sequence[float], requires: str) -> CannotFollowError:
    names = Plain()
    at = ", ".join(f"{names.name(x)} = {number(y)}" for x, y in dict(zip(node.parents, numbers, strict=True)).items())
    return CannotFollowError(f"{names.expression(node)} at {at}: it takes {requires}")


# Slips ----------------------------------------------------------------------------------------------------------------


def slips_of_value(posed: Posed, node: Value) -> tuple[Slip, ...]:
    """Returns the wrong values of a node that slips give: a lost sign, another operation or order, a function left out."""
    right = float(node.data)
    found: list[tuple[float, tuple[str, Value]]] = [(-right, ("sign", node))]
    found += ((other._data, ("other operation", other)) for other in other_operations(node))
    found += ((other._data, ("other order", other)) for other in other_orders(node))
    if len(node.parents) == 1 and way_at(node, 0).function:
        found.append((node.parents[0]._data, ("no function", node.parents[0])))
    # They are named where they are met: a key has enough to say of gradients.
    return tuple(
        Slip(x, name, _said_of(posed, node, x, name, other), rare=True) for x, (name, other) in posed.distinct(right, found)
    )


def _said_of(posed: Posed, node: Value, x: float, name: str, other: Value) -> str:
    """Returns the sentence of a slip in a node's operation: what stands in its place."""
    if not posed.said:
        return ""
    with manner(typeset=True):
        write = Plain(posed.sweep.names)
        words = {"node": write.name(node), "expression": write.expression(node), "answer": posed.written(x)}
        template = SENTENCES[name] if name in SENTENCES else WORDS[f"slip {name}"]
        return template.format(**words, other=write.name(other) if other in posed.sweep.names else write.expression(other))


def slips_of_local(posed: Posed, node: Value, slot: int) -> tuple[Slip, ...]:
    """Returns the wrong local derivatives that slips of the engine's table give, the most frequent first.

    Last come those of another operation that was taken for the node's: the rule for a product where there is a sum.
    """
    way, right = way_at(node, slot), node.partials[slot]
    at = Evidence(node=node, parent=node.parents[slot], slot=slot)
    found = [
        Found(x, slip, "", at, slip.often, slip.kin or slip.name)
        for slip in SLIPS
        if slip.partials is not None and slip.on_paper and slip.name not in _OF_SWEEPS
        for x in slip.partials([way]).values()
    ]
    sign, other_factor = (next(slip for slip in SLIPS if slip.name == name) for name in ("sign", "other factor"))
    found.append(Found(-right, sign, "", at, sign.often, "sign"))
    found.sort(key=lambda one: -one.weight)
    assert other_factor.others is not None
    for x, told in other_factor.others(Use(node, slot, 1.0, right)):
        beside = at._replace(other=told.other, other_slot=told.other_slot)
        found.append(Found(x, other_factor, "", beside, other_factor.often, other_factor.kin))
    with manner(typeset=True):
        slips = _told(posed, found, right, {})
    known: list[tuple[float, Value]] = [(slip.number, node) for slip in slips]
    others = [(other.partials[slot], other) for other in other_operations(node)]
    more = [(x, other) for x, other in posed.distinct(right, [*known, *others]) if other is not node]
    return (*slips, *(Slip(x, "other rule", _said_of(posed, node, x, "other rule", other), rare=True) for x, other in more))


def _told(posed: Posed, all_found: Iterable[Found], right: float, words: Mapping[str, str]) -> tuple[Slip, ...]:
    """Returns the slips whose numbers differ from the right one and from each other, each with its sentence.

    It says "perhaps" where a slip of another kind, met nearly as often, gives the same number.
    """
    every = [found for found in all_found if found.slip.on_paper]
    slips: list[Slip] = []
    for x, found in posed.distinct(right, ((found.number, found) for found in every)):
        said = ""
        if posed.said:
            others = [other for other in every if other.kin != found.kin and posed.written(other.number) == posed.written(x)]
            perhaps = ASKING["perhaps"] if any(other.weight * FAR >= found.weight for other in others) else ""
            own = words_of(found, posed.sweep, local_alone=not words)
            told = {**words, "answer": posed.written(x), "maybe": perhaps, "perhaps": perhaps, **own}
            said = sentence_of(found.slip.name, found.evidence.form, on_paper=True).format_map(told)
        slips.append(Slip(x, found.slip.name, said))
    return tuple(slips)
