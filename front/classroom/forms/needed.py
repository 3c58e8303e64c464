"""Which cells one gradient needs: only those on the way from the root to it (row 14 of a lecture's four functions in a row)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from chalkgrad.classroom.forms.asking import WORDS, computed, edges_of, gradient, local, named, yes_or_no
from chalkgrad.classroom.forms.form import Form, register
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

    `cells` are "locals" (the default), "gradients" of computed nodes, and "values", those that the needed local derivatives read.
    """

    name = "needed"

    def refusal(self, posed: Posed) -> str:
        """Refuses a gradient that needs all cells, and options that it does not know."""
        wrt, kinds = _wrt(posed), _kinds(posed)
        if wrt not in posed.names:
            return f"wrt = {wrt!r} is not a name of this graph: choose one of {', '.join(posed.of)}"
        wrong = [kind for kind in kinds if kind not in KINDS]
        if wrong or not kinds:
            return f"cells are some of {', '.join(map(repr, KINDS))}, not {wrong[0] if wrong else kinds!r}"
        found = cells(posed)
        if len(found) > MOST_CELLS:
            return f"at most {MOST_CELLS} cells are asked about, and this graph has {len(found)}: ask for fewer kinds in cells = [...]"
        if len({cell.needed for cell in found}) == 1:
            return f"the gradient by {wrt} needs all of these cells: choose a leaf that does not, in wrt = ..., or a graph with other leaves"
        return ""

    def question(self, posed: Posed, number: int) -> Question:
        """Returns a yes or no for each cell."""
        symbol = gradient(posed, posed.names[_wrt(posed)])
        found = cells(posed)
        rows: list[tuple[Line, ...]] = [
            (
                (cell.symbol,),
                (yes_or_no(f"{number}.{cell.name}", cell.needed, WORDS["is it needed"].format(cell=cell.symbol.plain)),),
            )
            for cell in found
        ]
        needed: Line = tuple(piece for cell in found if cell.needed for piece in (cell.symbol, "  "))
        return Question(
            self.name,
            WORDS["needed"],
            WORDS["needed, hint"].format(symbol=symbol.plain),
            (Grid((WORDS["column cell"], WORDS["column needed"]), tuple(rows)),),
            minutes=1 + 0.25 * len(found),
            notes=((WORDS["needed are"], " ", *needed),),
            given=(WORDS["asked is"], " ", symbol),
        )


def _wrt(posed: Posed) -> str:
    """The leaf whose gradient is asked about: that of the option, or the first of those that need the fewest local derivatives."""
    given = posed.options.get("wrt")
    if given is not None:
        return str(given)
    return min(posed.of, key=lambda name: len(_edges_on_the_way(posed, posed.names[name])))


def _kinds(posed: Posed) -> list[str]:
    kinds = posed.options.get("cells", ["locals"])
    return [kinds] if isinstance(kinds, str) else [*kinds]


def _edges_on_the_way(posed: Posed, value: Value) -> list[tuple[Value, int]]:
    leading = posed.gradients.depending(value)
    return [
        (node, slot) for node in computed(posed) for slot in edges_of(node) if node in leading and node.parents[slot] in leading
    ]


def cells(posed: Posed) -> list[Cell]:
    """Returns the cells that are asked about, in the order of the tape."""
    return [cell for kind in _kinds(posed) for cell in _CELLS[kind](posed)]


def _locals(posed: Posed) -> Iterator[Cell]:
    needed = _edges_on_the_way(posed, posed.names[_wrt(posed)])
    for node in computed(posed):
        for slot in edges_of(node):
            yield Cell(_edge_name(posed, node, slot), local(posed, node, slot), (node, slot) in needed)


def _gradients(posed: Posed) -> Iterator[Cell]:
    wanted = posed.names[_wrt(posed)]
    leading = posed.gradients.depending(wanted) - {wanted}
    for node in computed(posed):
        if node is not posed.root:
            yield Cell(f"{posed.sweep.names[node]}.gradient", gradient(posed, node), node in leading)


def _values(posed: Posed) -> Iterator[Cell]:
    read: set[Value] = set()
    for node, slot in _edges_on_the_way(posed, posed.names[_wrt(posed)]):
        read.update(read_by(node, slot))
        if reads_itself(node, slot):
            read.add(node)
    for node in posed.sweep.tape:
        if not node.constant:
            yield Cell(f"{posed.sweep.names[node]}.value", named(posed, node), node in read)


def reads_itself(node: Value, slot: int) -> bool:
    """Whether the formula of a local derivative reads the node's own value, as that of tanh does."""
    return node.op is not None and "v" in way_at(node, slot).kind.reads


def _edge_name(posed: Posed, node: Value, slot: int) -> str:
    names, parent = posed.sweep.names, node.parents[slot]
    which = node.parents[: slot + 1].count(parent)
    return f"{names[node]}.{names[parent]}{which if node.parents.count(parent) > 1 else ''}.local"


_CELLS = {"locals": _locals, "gradients": _gradients, "values": _values}

NEEDED = register(Needed())
