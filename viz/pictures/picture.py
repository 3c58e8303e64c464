"""What a drawing says, before anybody knows where things stand or what colour they have.

A `Picture` is cards joined by edges; it holds text only, already in its final words. `chalkgrad.viz.layout.dot` turns it
into DOT, `chalkgrad.viz.formats.scene` into shapes.

>>> a = Card("a", rows=(Row("data", "2", "data"), Row("grad", "3", "grad")), kind="leaf")
>>> y = Card("y", "3·a", (Row("data", "6", "data"), Row("grad", "1", "grad")), "root")
>>> Picture((a, y), (Edge(0, 1, (Line("∂y/∂a = 3", "local"), Line("+3", "contribution"))),), title="y").cards[1].name
'y'
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

# More labels than this cover one another's meaning and cost the layout most of its time.
LABELLED_EDGES = 400


Direction = Literal["LR", "TB"]
Skin = Literal["cards", "circuit", "edges"]


@dataclass(frozen=True)
class Row:
    """One line of a card; its kind is data, grad, missing (a number not computed), count (how many) or note (a remark)."""

    name: str
    value: str
    kind: Literal["data", "grad", "missing", "count", "note"]


@dataclass(frozen=True)
class Card:
    """One value: its title ``name = expression``, its rows, the places it was made in (outermost first), and its marks.

    Marks: ``stale`` (a parent has changed since), ``lit`` (in play), ``faded`` (not in play). ``room`` is rows that are
    not drawn but would fit: those that the card has at other moments. ``sign`` is what a gate in a circuit bears, and
    ``formula`` what stands under it. ``count`` is how many values the card stands for.
    """

    name: str
    expression: str = ""
    rows: tuple[Row, ...] = ()
    kind: Literal["leaf", "inner", "root"] = "inner"
    place: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    room: tuple[Row, ...] = ()
    sign: str = ""
    formula: str = ""
    count: int = 1

    @property
    def title(self) -> str:
        """``name = expression``, or the name alone."""
        return f"{self.name} = {self.expression}" if self.expression else self.name


@dataclass(frozen=True)
class Line:
    """One line beside an edge: its ``local`` derivative, the ``contribution`` it carried, or a ``count`` of edges."""

    text: str
    kind: Literal["local", "contribution", "count"]


@dataclass(frozen=True)
class Edge:
    """An arrow from the card numbered ``tail`` to the one numbered ``head``; equal ends are allowed, each is drawn.

    ``count`` is how many edges of the graph it stands for. ``room`` is lines that are not drawn but would fit: those that
    stand there at other moments.
    """

    tail: int
    head: int
    lines: tuple[Line, ...] = ()
    marks: frozenset[str] = frozenset()
    count: int = 1
    room: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Picture:
    """Cards in drawing order, the edges between them, and what a screen reader says about the whole.

    ``caption`` is written below, line by line. ``wrap`` is how many levels stand in a row before the next row begins: 0
    for all in one, -1 for as many as let the picture be largest on a slide. ``otherwise`` has options that draw the same
    graph in a way that may suit better; it is for the author, and not drawn.
    """

    cards: tuple[Card, ...]
    edges: tuple[Edge, ...] = ()
    title: str = ""
    description: str = ""
    direction: Direction = "LR"
    theme: str = "light"
    skin: Skin = "cards"
    caption: str = ""
    wrap: int = 0
    otherwise: Mapping[str, Any] = field(default_factory=dict)


Marked = TypeVar("Marked", Card, Edge)


def marked(thing: Marked, *, lit: bool, second: bool = False) -> Marked:
    """A card or an edge that is in play, or is not; an edge may be on the second path of two only."""
    marks = {"lit" if lit else "faded"} | ({"second"} if second else set())
    return replace(thing, marks=thing.marks | marks)


def readable(picture: Picture) -> Picture:
    """``picture`` itself, or, where it has too many edges for labels to be read, the same without them, saying so."""
    if len(picture.edges) <= LABELLED_EDGES:
        return picture
    said = f"{picture.description} With {len(picture.edges)} edges, their labels are left out.".lstrip()
    return replace(picture, edges=tuple(replace(edge, lines=()) for edge in picture.edges), description=said)


def counts(cards: tuple[Card, ...], edges: tuple[Edge, ...]) -> str:
    """How much is drawn: `5 values, 5 edges`, or where values share cards `52 values in 9 cards, 9 arrows`."""

    def counted(count: int, what: str) -> str:
        return f"{count} {what}{'s' * (count != 1)}"

    values = sum(card.count for card in cards)
    if values > len(cards):
        return f"{counted(values, 'value')} in {counted(len(cards), 'card')}, {counted(len(edges), 'arrow')}"
    return f"{counted(values, 'value')}, {counted(len(edges), 'edge')}"


def spoken(title: str, cards: tuple[Card, ...], edges: tuple[Edge, ...], limit: int = 60, caption: str = "") -> str:
    """A picture in sentences, for those who listen to it; beyond ``limit`` cards, their number only.

    What is lit is said first, and the caption last.
    """
    said = [f"The computation graph of {title}: {counts(cards, edges)}."]
    lit = [card.name for card in cards if "lit" in card.marks][:limit]
    if lit and not all("lit" in card.marks for card in cards):
        said.append(f"Highlighted: {', '.join(lit)}.")
    if len(cards) <= limit:
        for card in cards:
            rows = ", ".join(f"{row.name} {row.value}".strip() for row in card.rows)
            said.append(f"{card.title}: {rows}." if rows else f"{card.title}.")
        for edge in edges:
            lines = ", ".join(line.text for line in edge.lines)
            said.append(f"From {cards[edge.tail].name} to {cards[edge.head].name}{f': {lines}' if lines else ''}.")
    if caption:
        said.append(" ".join(caption.split()))
    return " ".join(said)
