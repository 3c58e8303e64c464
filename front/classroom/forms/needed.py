"""Which cells one gradient needs: only those on the way from the root to it (row 14 of a lecture's four functions in a row)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from chalkgrad.classroom.forms.asked import computed
from chalkgrad.classroom.forms.asking import edges_of, yes_or_no
from chalkgrad.classroom.forms.cells import Symbols
from chalkgrad.classroom.forms.form import WORDS, Form, in_a_row
from chalkgrad.classroom.paper import Formula, Grid, Line, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.edges import way_at
from chalkgrad.engine.words.expressions import read_by

KINDS = ("locals", "gradients", "values")
MOST_CELLS = 16


class Cell(NamedTuple):
    """A cell that may be needed: its name, its symbol, whether it is."""

    name: str
    symbol: Formula
    needed: bool


class Needed(Form):
    """A yes or a no for each local derivative: does ∂y/∂θ₂ need it? `options` may say `wrt`, and `cells` of other kinds.

    `cells` are "locals" (the default), "gradients" of computed nodes, and "values": those that needed local derivatives read.
    """

    name = "needed"
    grades = "none"
    options = ("wrt", "cells")

    def refusal(self, posed: Posed) -> str:
        """Refuses a graph in which each gradient needs all cells, and options that it does not know."""
        given, kinds = posed.options.get("wrt"), _kinds(posed)
        if given is not None and given not in posed.names:
            return f"wrt = {given!r} is not a name of this graph: choose one of {', '.join(posed.of)}"
        wrong = [kind for kind in kinds if kind not in KINDS]
        if wrong or not kinds:
            return f"cells are some of {', '.join(map(repr, KINDS))}, not {wrong[0] if wrong else kinds!r}"
        count = len(cells(posed, posed.of[0]))
        if count > MOST_CELLS:
            return f"at most {MOST_CELLS} cells are asked about, and this graph has {count}: ask for fewer in cells = [...]"
        if not _telling(posed):
            name = given or "any of these leaves"
            return f"the gradient by {name} needs all of these cells, or none: there is nothing to leave out"
        return ""

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a yes or no for each cell; by which leaf is drawn, where it is not given."""
        chance = posed.chance.beside(self.name, str(number))
        wrt = chance.choice(_telling(posed))
        symbol, found = Symbols(posed).gradient(posed.names[wrt]), cells(posed, wrt)
        rows: list[tuple[Line, ...]] = []
        for cell in found:
            asked = WORDS["is it needed"].format(cell=cell.symbol.plain)
            rows.append(((cell.symbol,), (yes_or_no(f"{number}.{cell.name}", cell.needed, asked),)))
        needed = in_a_row([(cell.symbol,) for cell in found if cell.needed])
        return Question(
            self.name,
            WORDS["needed"],
            WORDS["needed, hint"],
            (Grid((WORDS["column cell"], WORDS["column needed"]), tuple(rows)),),
            minutes=round(1 + 0.25 * len(found), 1),
            notes=((WORDS["needed are"], " ", *needed),),
            given=(WORDS["asked is"], " ", symbol),
        )


def _telling(posed: Posed) -> list[str]:
    """The leaves whose gradients need some of the cells and not others, or the one that is given, if it does."""
    given = posed.options.get("wrt")
    names = [*posed.of] if given is None else [str(given)]
    return [name for name in names if len({cell.needed for cell in cells(posed, name)}) == 2]


def _kinds(posed: Posed) -> list[str]:
    kinds = posed.options.get("cells", ["locals"])
    return [kinds] if isinstance(kinds, str) else [*kinds]


def _edges_on_the_way(posed: Posed, value: Value) -> list[tuple[Value, int]]:
    leading = posed.gradients.depending(value)
    return [
        (node, slot) for node in computed(posed) for slot in edges_of(node) if node in leading and node.parents[slot] in leading
    ]


def cells(posed: Posed, wrt: str) -> list[Cell]:
    """Returns the cells that are asked about, in the order of the tape, and whether the gradient by a leaf needs them."""
    return [cell for kind in _kinds(posed) for cell in _CELLS[kind](posed, posed.names[wrt])]


def _locals(posed: Posed, wrt: Value) -> Iterator[Cell]:
    needed, symbols = _edges_on_the_way(posed, wrt), Symbols(posed)
    for node in computed(posed):
        for slot in edges_of(node):
            yield Cell(_edge_name(posed, node, slot), symbols.local(node, slot), (node, slot) in needed)


def _gradients(posed: Posed, wrt: Value) -> Iterator[Cell]:
    leading, symbols = posed.gradients.depending(wrt) - {wrt}, Symbols(posed)
    for node in computed(posed):
        if node is not posed.root:
            yield Cell(f"{posed.sweep.names[node]}.gradient", symbols.gradient(node), node in leading)


def _values(posed: Posed, wrt: Value) -> Iterator[Cell]:
    read, symbols = set[Value](), Symbols(posed)
    for node, slot in _edges_on_the_way(posed, wrt):
        read.update(read_by(node, slot))
        if reads_itself(node, slot):
            read.add(node)
    for node in posed.sweep.tape:
        if not node.constant:
            yield Cell(f"{posed.sweep.names[node]}.value", symbols.name(node), node in read)


def reads_itself(node: Value, slot: int) -> bool:
    """Whether the formula of a local derivative reads the node's own value, as that of tanh does."""
    return node.op is not None and "v" in way_at(node, slot).kind.reads


def _edge_name(posed: Posed, node: Value, slot: int) -> str:
    names, parent = posed.sweep.names, node.parents[slot]
    which = node.parents[: slot + 1].count(parent)
    return f"{names[node]}.{names[parent]}{which if node.parents.count(parent) > 1 else ''}.local"


_CELLS = {"locals": _locals, "gradients": _gradients, "values": _values}
