"""What a drawing says, before anybody knows where things stand or what colour they have.

A `Picture` is cards joined by edges; it holds text only, already in its final words. `chalkgrad.viz.dot` turns it
into DOT, `chalkgrad.viz.scene` into shapes.

>>> a = Card("a", rows=(Row("data", "2", "data"), Row("grad", "3", "grad")), kind="leaf")
>>> y = Card("y", "3·a", (Row("data", "6", "data"), Row("grad", "1", "grad")), "root")
>>> Picture((a, y), (Edge(0, 1, (Line("∂y/∂a = 3", "local"), Line("+3", "contribution"))),), title="y").cards[1].name
'y'
"""

from dataclasses import dataclass, replace
from typing import Literal

# More labels than this cover one another's meaning and cost the layout most of its time.
LABELLED_EDGES = 400


@dataclass(frozen=True)
class Row:
    """One line of a card; its kind is data, grad, missing (a number not computed) or note (a remark)."""

    name: str
    value: str
    kind: Literal["data", "grad", "missing", "note"]


@dataclass(frozen=True)
class Card:
    """One value: its title ``name = expression``, its rows, the places it was made in (outermost first), and its marks.

    Marks: ``stale`` (a parent has changed since), ``lit`` (in play), ``faded`` (not in play). ``room`` is rows that are
    not drawn but would fit: those that the card has at other moments.
    """

    name: str
    expression: str = ""
    rows: tuple[Row, ...] = ()
    kind: Literal["leaf", "inner", "root"] = "inner"
    place: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    room: tuple[Row, ...] = ()

    @property
    def title(self) -> str:
        """``name = expression``, or the name alone."""
        return f"{self.name} = {self.expression}" if self.expression else self.name


@dataclass(frozen=True)
class Line:
    """One line beside an edge: its ``local`` derivative, or the ``contribution`` it carried."""

    text: str
    kind: Literal["local", "contribution"]


@dataclass(frozen=True)
class Edge:
    """An arrow from the card numbered ``tail`` to the one numbered ``head``; equal ends are allowed, each is drawn."""

    tail: int
    head: int
    lines: tuple[Line, ...] = ()
    marks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Picture:
    """Cards in drawing order, the edges between them, and what a screen reader says about the whole."""

    cards: tuple[Card, ...]
    edges: tuple[Edge, ...] = ()
    title: str = ""
    description: str = ""
    direction: Literal["LR", "TB"] = "LR"
    theme: str = "light"


def readable(picture: Picture) -> Picture:
    """``picture`` itself, or, where it has too many edges for labels to be read, the same without them, saying so."""
    if len(picture.edges) <= LABELLED_EDGES:
        return picture
    said = f"{picture.description} With {len(picture.edges)} edges, their labels are left out.".lstrip()
    return replace(picture, edges=tuple(replace(edge, lines=()) for edge in picture.edges), description=said)


def spoken(title: str, cards: tuple[Card, ...], edges: tuple[Edge, ...], limit: int = 60) -> str:
    """A picture in sentences, for those who listen to it; beyond ``limit`` cards, their number only."""
    said = [f"The computation graph of {title}: {len(cards)} values, {len(edges)} edges."]
    if len(cards) <= limit:
        for card in cards:
            said.append(f"{card.title}: {', '.join(f'{row.name} {row.value}'.strip() for row in card.rows)}.")
        for edge in edges:
            lines = ", ".join(line.text for line in edge.lines)
            said.append(f"From {cards[edge.tail].name} to {cards[edge.head].name}{f': {lines}' if lines else ''}.")
    return " ".join(said)
