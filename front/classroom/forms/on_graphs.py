"""What the forms on a graph have in common: which of its cells matter for the leaves that are asked for, notes for the key."""

from __future__ import annotations

from collections.abc import Iterable

from chalkgrad.classroom.forms.cells import Cells, Symbols
from chalkgrad.classroom.forms.form import WORDS, line
from chalkgrad.classroom.paper import Formula, Line
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.edges import Edge


def leaves(posed: Posed) -> list[Value]:
    """Returns the leaves that are asked for."""
    return [posed.names[name] for name in posed.of]


def computed(posed: Posed) -> list[Value]:
    """Returns the nodes that are computed, in the order of the text."""
    return [node for node in posed.nodes if node.parents]


def on_the_way(posed: Posed) -> list[Value]:
    """Returns the leaves that are asked for and all that depends on them, in the order of the text."""
    depending = [posed.gradients.depending(leaf) for leaf in leaves(posed)]
    return [node for node in posed.nodes if any(node in found for found in depending)]


def locals_on_the_way(posed: Posed) -> list[Edge]:
    """Returns the edges through which the leaves that are asked for reach the root, in the order of the text."""
    way = on_the_way(posed)
    return [(node, slot) for node in way for slot, parent in enumerate(node.parents) if parent in way]


def rule_of_marking(posed: Posed) -> tuple[Line, ...]:
    """Returns the note on points and tolerance."""
    return (line(WORDS["a point a box"], tolerance=Formula(f"{posed.tolerance:.12g}")),)


def sums(cells: Cells, nodes: Iterable[Value] = ()) -> tuple[Line, ...]:
    """Returns for each gradient to which several contributions come their sum, `∂e/∂b = 3 + (-2) = 1, complete`.

    They are those that are asked, or else those of some nodes.
    """
    symbols, adjoints = cells.symbols, cells.posed.sweep.adjoints
    lines = []
    for node in [*nodes] or [cell.node for cell in cells if cell.kind == "gradient"]:
        contributions = [adjoints[above] * above.partials[slot] for above, slot in cells.edges_to(node)]
        if len(contributions) > 1:
            total = symbols.number(adjoints[node])
            whole = symbols.formula(symbols.gradient(node), " = ", symbols.sum(contributions), " = ", total)
            lines.append(line(WORDS["complete"], sum=whole))
    return tuple(lines)


def upstream_given(posed: Posed) -> Line:
    """Returns what is given of what comes after the root, `e goes on into J, ∂J/∂e = 5`; nothing where the gradient is 1."""
    symbols = Symbols(posed)
    if posed.upstream == 1.0:
        return ()
    given = symbols.formula(symbols.gradient(posed.root), " = ", symbols.number(posed.upstream))
    return line(WORDS["goes on into"], root=symbols.name(posed.root), result=Formula(symbols.of), gradient=given)
