"""Which cells one gradient needs: only those on the way from the root to it (row 14 of a lecture's four functions in a row)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.forms.cells import Cell, Symbols, gradient_of, local_of, value_of
from chalkgrad.classroom.forms.form import WORDS, Form, in_a_row, minutes_of
from chalkgrad.classroom.forms.on_graphs import computed
from chalkgrad.classroom.forms.thinking import edges_of, yes_or_no
from chalkgrad.classroom.paper import Grid, Line, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.edges import way_at
from chalkgrad.engine.words.expressions import read_by

KINDS = ("locals", "gradients", "values")
MOST_CELLS = 16
OF_EACH = 3  # cells that are needed, and as many that are not, where the graph has them
Found = tuple[Cell, bool]  # a cell that is asked about, and whether it is needed


class Needed(Form):
    """A yes or a no for each local derivative: does ∂y/∂θ₂ need it? `options` may say `wrt`, and `cells` of other kinds.

    `cells` are "locals" (the default), "gradients" of computed nodes, and "values": those that needed local derivatives read.
    As many are asked about that are needed as that are not, so that one answer for all is right for half of them.
    """

    name = "needed"
    grades = "none"
    options = ("wrt", "cells")

    def refusal(self, posed: Posed) -> str:
        """Refuses a graph in which each gradient needs all cells, and options that it does not know."""
        given, kinds = posed.options.get("wrt"), _kinds(posed)
        if given is not None and (not isinstance(given, str) or given not in posed.names):
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
        telling = _telling(posed)
        wrt = chance.choice([*telling])
        symbols = Symbols(posed)
        found = _balanced(cells(posed, wrt), min(telling.values()), chance)
        rows: list[tuple[Line, ...]] = []
        for i, (cell, needed) in enumerate(found, 1):  # by their places, so that all versions have the same boxes
            symbol = symbols.of_cell(cell)
            box = yes_or_no(f"{number}.cell{i}", needed, WORDS["is it needed"].format(cell=symbol.plain))
            rows.append(((symbol,), (box,)))
        blocks = (Grid((WORDS["column cell"], WORDS["column needed"]), tuple(rows)),)
        return Question(
            self.name,
            WORDS["needed"],
            WORDS["needed, hint"],
            blocks,
            minutes=minutes_of(blocks, 1 + 0.1 * len(found)),
            notes=((WORDS["needed are"], " ", *in_a_row([(symbols.of_cell(cell),) for cell, needed in found if needed])),),
            given=(WORDS["asked is"], " ", symbols.gradient(posed.names[wrt])),
        )


def _telling(posed: Posed) -> dict[str, int]:
    """Returns the leaves whose gradients need some of the cells and not others, or the one that is given, if it does.

    With each stands how many cells of either sort are there at least. Where a leaf has enough, those with fewer are left out.
    """
    given = posed.options.get("wrt")
    names = [*posed.of] if given is None else [str(given)]
    needed = {name: [needed for _, needed in cells(posed, name)] for name in names}
    fewest = {name: min(OF_EACH, sum(some), len(some) - sum(some)) for name, some in needed.items()}
    most = max(fewest.values(), default=0)
    return {name: count for name, count in fewest.items() if count == most > 0}


def _balanced(found: Sequence[Found], of_each: int, chance: Chance) -> list[Found]:
    """Returns ``of_each`` cells that are needed, and as many that are not, in their order."""
    asked = [one for sort in (True, False) for one in chance.shuffled([one for one in found if one[1] is sort])[:of_each]]
    return [one for one in found if one in asked]


def _kinds(posed: Posed) -> list[object]:
    kinds = posed.options.get("cells", ["locals"])
    return [*kinds] if isinstance(kinds, (list, tuple)) else [kinds]


def _edges_on_the_way(posed: Posed, value: Value) -> list[tuple[Value, int]]:
    leading = posed.gradients.depending(value)
    return [
        (node, slot) for node in computed(posed) for slot in edges_of(node) if node in leading and node.parents[slot] in leading
    ]


def cells(posed: Posed, wrt: str) -> list[Found]:
    """Returns the cells that may be asked about, in the order of the tape, and whether the gradient by a leaf needs them."""
    return [cell for kind in _kinds(posed) for cell in _CELLS[kind](posed, posed.names[wrt])]


def _locals(posed: Posed, wrt: Value) -> Iterator[Found]:
    needed = _edges_on_the_way(posed, wrt)
    for node in computed(posed):
        for slot in edges_of(node):
            yield local_of(node, slot), (node, slot) in needed


def _gradients(posed: Posed, wrt: Value) -> Iterator[Found]:
    leading = posed.gradients.depending(wrt) - {wrt}
    for node in computed(posed):
        if node is not posed.root:
            yield gradient_of(node), node in leading


def _values(posed: Posed, wrt: Value) -> Iterator[Found]:
    read = set[Value]()
    for node, slot in _edges_on_the_way(posed, wrt):
        read.update(read_by(node, slot))
        if reads_itself(node, slot):
            read.add(node)
    for node in posed.sweep.tape:
        if not node.constant:
            yield value_of(node), node in read


def reads_itself(node: Value, slot: int) -> bool:
    """Tells whether the formula of a local derivative reads the node's own value, as that of tanh does."""
    return node.op is not None and "v" in way_at(node, slot).kind.reads


_CELLS: dict[object, Callable[[Posed, Value], Iterator[Found]]] = {
    "locals": _locals,
    "gradients": _gradients,
    "values": _values,
}
