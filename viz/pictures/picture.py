"""What a drawing says, before positions and colours are chosen.

A `Picture` has cards joined by edges; it holds text only, already in its final words. `chalkgrad.viz.layout.dot` turns it
into DOT, `chalkgrad.viz.formats.scene` into shapes.

>>> a = Card("a", rows=(CardRow("data", "2", "data"), CardRow("grad", "3", "grad")), kind="leaf")
>>> y = Card("y", "3·a", (CardRow("data", "6", "data"), CardRow("grad", "1", "grad")), "root")
>>> Picture((a, y), (Edge(0, 1, (EdgeLine("∂y/∂a = 3", "local"), EdgeLine("+3", "contribution"))),), title="y").cards[1].name
'y'
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from chalkgrad.engine.basics.digits import FROM_LOWERED
from chalkgrad.engine.words.language import section

PICTURES = section("pictures")

# More labels than this are unreadable, and take most of the layout's time.
LABELLED_EDGES = 400


Direction = Literal["LR", "TB"]


@dataclass(frozen=True)
class CardRow:
    """One line of a card; its kind is data, grad, missing (a number not computed), count (how many) or note (a remark).

    With a ``room``, in characters, its value stands in a box of that width; the value of an empty box is "".
    """

    name: str
    value: str
    kind: Literal["data", "grad", "missing", "count", "note"]
    room: int = 0

    @property
    def said(self) -> str:
        """The value as it is read aloud."""
        return self.value or (PICTURES["to fill in"] if self.room else "")


@dataclass(frozen=True)
class Card:
    """One value: its title ``name = expression``, its rows, the places it was made in (outermost first), and its marks.

    Marks: ``stale`` (a parent has changed since), ``lit`` (highlighted), ``faded`` (not highlighted, where others are).
    ``reserved`` are rows that are not drawn, but that the card is made wide enough for: those it has at other moments.
    ``sign`` is written in a circuit's gate, and ``formula`` under it. ``count`` is the number of values the card stands for.
    ``letters`` is the font size of the numbers beside a gate, 0 for the usual one.
    """

    name: str
    expression: str = ""
    rows: tuple[CardRow, ...] = ()
    kind: Literal["leaf", "inner", "root"] = "inner"
    place: tuple[str, ...] = ()
    marks: frozenset[str] = frozenset()
    reserved: tuple[CardRow, ...] = ()
    sign: str = ""
    formula: str = ""
    count: int = 1
    letters: int = 0

    @property
    def title(self) -> str:
        """``name = expression``, or the name alone."""
        return f"{self.name} = {self.expression}" if self.expression else self.name


@dataclass(frozen=True)
class EdgeLine:
    """One line beside an edge: its ``local`` derivative, the ``contribution`` it carried, or a ``count`` of edges.

    With a ``room``, in characters, a box of that width follows the text, with the ``answer`` in it; that of an empty one is "".
    """

    text: str
    kind: Literal["local", "contribution", "count"]
    room: int = 0
    answer: str = ""

    @property
    def said(self) -> str:
        """The line as it is read aloud."""
        return f"{self.text} {self.answer or PICTURES['to fill in']}" if self.room else self.text


@dataclass(frozen=True)
class Edge:
    """An arrow from the card numbered ``tail`` to the one numbered ``head``; equal ends are allowed, each is drawn.

    Marks: ``lit`` and ``faded`` as of cards, ``second`` (of the second of two paths), ``dead`` (the gradient stops on it).
    ``count`` is the number of edges of the graph it stands for. ``reserved`` are lines that are not drawn, but that the label
    is made wide enough for: those it has at other moments.
    """

    tail: int
    head: int
    lines: tuple[EdgeLine, ...] = ()
    marks: frozenset[str] = frozenset()
    count: int = 1
    reserved: tuple[EdgeLine, ...] = ()


@dataclass(frozen=True)
class Picture:
    """Cards in drawing order, the edges between them, and what a screen reader says about the whole.

    ``caption`` is written below, line by line. ``wrap`` is the number of levels in a row: 0 for all levels in one row, -1 for
    the number that makes the picture largest on a slide. ``skin`` is a skin or its name, both of which
    `chalkgrad.viz.skins.skin_of` takes: that room stands on this one. ``tight`` leaves little space between things, or
    between ``"levels"`` only. ``suggestion`` has options of `draw` that may suit the same graph better; it is for the author,
    and is not drawn.
    """

    cards: tuple[Card, ...]
    edges: tuple[Edge, ...] = ()
    title: str = ""
    description: str = ""
    direction: Direction = "LR"
    theme: str = "light"
    skin: object = "cards"
    caption: str = ""
    wrap: int = 0
    tight: bool | Literal["levels"] = False
    suggestion: Mapping[str, Any] = field(default_factory=dict)

    @property
    def boxes(self) -> int:
        """How many boxes there are in it."""
        rows = sum(row.room > 0 for card in self.cards for row in card.rows)
        return rows + sum(line.room > 0 for edge in self.edges for line in edge.lines)


def emptied(picture: Picture) -> Picture:
    """Returns a picture with boxes without anything in them; nothing else in it may tell what was there.

    >>> full = Picture((Card("a", rows=(CardRow("data", "2", "data", room=4),)),), title="a")
    >>> emptied(full).cards[0].rows[0].value, emptied(full).description
    ('', 'The computation graph of a: 1 value, 0 edges. a: data to fill in.')
    """
    cards = tuple(
        replace(card, rows=tuple(replace(row, value="") if row.room else row for row in card.rows)) for card in picture.cards
    )
    edges = tuple(replace(edge, lines=tuple(replace(line, answer="") for line in edge.lines)) for edge in picture.edges)
    description = spoken_description(picture.title, cards, edges, caption=picture.caption)
    return replace(picture, cards=cards, edges=edges, description=description)


Marked = TypeVar("Marked", Card, Edge)


def marked(thing: Marked, *, lit: bool, second: bool = False) -> Marked:
    """Marks a card or an edge as highlighted or faded; ``second`` marks an edge of the second of two paths."""
    marks = {"lit" if lit else "faded"} | ({"second"} if second else set())
    return replace(thing, marks=thing.marks | marks)


def readable(picture: Picture) -> Picture:
    """Returns ``picture``; if it has too many edges for labels to be read, without labels and with a sentence that says so."""
    if len(picture.edges) <= LABELLED_EDGES:
        return picture
    unlabelled = PICTURES["too many edges"].format(count=len(picture.edges))
    said = f"{picture.description} {unlabelled}".lstrip()
    return replace(picture, edges=tuple(replace(edge, lines=()) for edge in picture.edges), description=said)


def counts(cards: tuple[Card, ...], edges: tuple[Edge, ...]) -> str:
    """Says how much is drawn: `5 values, 5 edges`, or, if values share cards, `52 values in 9 cards, 9 arrows`."""
    values = sum(card.count for card in cards)
    numbers = {"values": values, "cards": len(cards), "arrows": len(edges), "edges": len(edges)}
    said = {noun: PICTURES.form(noun, count).format(count=count) for noun, count in numbers.items()}
    return PICTURES["folded counts" if values > len(cards) else "counts"].format_map(said)


def spoken_description(title: str, cards: tuple[Card, ...], edges: tuple[Edge, ...], limit: int = 60, caption: str = "") -> str:
    """Describes a picture in sentences for a screen reader; of more than ``limit`` cards it gives the number only.

    What is highlighted comes first, and the caption last. Lowered digits, which many screen readers skip, are
    written as others.
    """
    said = [PICTURES["graph"].format(title=title, counts=counts(cards, edges))]
    lit = [card.name for card in cards if "lit" in card.marks][:limit]
    if lit and not all("lit" in card.marks for card in cards):
        said.append(PICTURES["highlighted"].format(names=", ".join(lit)))
    if len(cards) <= limit:
        for card in cards:
            rows = ", ".join(f"{row.name} {row.said}".strip() for row in card.rows)
            title = PICTURES["in a place"].format(title=card.title, place=".".join(card.place)) if card.place else card.title
            said.append(f"{title}: {rows}." if rows else f"{title}.")
        for edge in edges:
            lines = ", ".join(line.said for line in edge.lines)
            tail, head = cards[edge.tail].name, cards[edge.head].name
            said.append(PICTURES["labelled edge" if lines else "edge"].format(tail=tail, head=head, lines=lines))
            if "dead" in edge.marks:
                said.append(PICTURES["dead edge"].format(tail=tail, head=head))
    if caption:
        said.append(" ".join(caption.replace(" │", ",").split()))
    return " ".join(said).translate(FROM_LOWERED)
