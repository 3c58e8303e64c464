"""What a skin is, and the registry of all skins: a new one is an object with a name, sizes and shapes.

>>> skin_of("circuit").shows
('data', 'grad')
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from chalkgrad.engine import Value
from chalkgrad.engine.words import expressions as words
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.primitives import Box, Point, Shape
from chalkgrad.viz.letters.themes import Theme
from chalkgrad.viz.pictures.picture import PICTURES, Card, Direction, Edge
from chalkgrad.viz.skins.shapes import LABEL, LABEL_HEIGHT, VALUE, LabelShape, shape_label

SHOWN = ("data", "grad", "local", "contributions")  # what may be written
USUAL, FOR_SLIDES = "cards", "circuit"  # the skin nobody asks for, and the one whose numbers are the largest in little space


class Skin(ABC):
    """One look of a graph: what it shows, in which words, how large its cards are, and the shapes they are drawn with.

    The layout asks for sizes and ports, what is drawn is asked for as shapes; nothing else knows a skin by its name.
    """

    name: str
    shows: tuple[str, ...] = SHOWN  # what is written if nothing else is asked for
    levels = 4  # with more in a row, the letters can hardly be read from the back row
    reasons = True  # whether the label of an edge says why a local derivative is what it is
    tightens = True  # whether it may be drawn with less space between levels, where space is short
    boxes = False  # whether its shapes draw a row that has a room as a box to fill in
    round = False  # whether the outline that wires meet is the ellipse in a card's box
    arrows = True
    # Where wires leave a card and meet one, as Graphviz's compass points; "" where it is best.
    ports: ClassVar[Mapping[Direction, tuple[str, str]]] = {"LR": ("", ""), "TB": ("", "")}
    ranks = 0.3  # the least space between levels, in inches
    label_size, label_line = LABEL, LABEL_HEIGHT  # of the lines beside edges

    # Sizes and shapes

    @abstractmethod
    def size(self, card: Card, direction: Direction) -> tuple[int, int]:
        """Returns the width and the height of ``card``, with space for its reserved rows."""

    @abstractmethod
    def shapes(self, card: Card, box: Box, colours: Theme, direction: Direction, *, fork: bool = False) -> Iterable[Shape]:
        """Yields the shapes of ``card`` in ``box``, back to front; ``fork`` says that several wires leave it."""

    def label(self, edge: Edge) -> LabelShape | None:
        """Returns the size and the lines of the label of ``edge``; None if it has no label."""
        return shape_label(edge, self.label_size, self.label_line)

    def room(self, card: Card, kind: str) -> float:
        """Returns how wide the number of this kind, ``data`` or ``grad``, may become on ``card``."""
        written = (text.clean(row.value) for row in (*card.rows, *card.reserved) if row.kind == kind)
        return max((fonts.width(number, VALUE, bold=True) for number in written), default=0.0)

    def tips(self, card: Card, box: Box, direction: Direction, count: int) -> Sequence[Point]:
        """Returns where ``count`` wires end on ``card``, in the order in which they arrive; none if the layout decides."""
        return ()

    # Words

    @property
    def missing(self) -> str:
        """What stands in place of a gradient that is not computed."""
        return words.grad_not_computed()[1]

    def sign(self, node: Value) -> str:
        """Returns what stands in place of a card's expression, such as a gate's sign."""
        return ""

    def formula(self, node: Value, name: str, expression: str) -> str:
        """Returns what stands beside the sign."""
        return ""

    def folded(self, title: str, size: str) -> tuple[str, str]:
        """Returns the sign and the formula of a card for several values that are computed."""
        return "", ""

    def data_title(self, name: str) -> str:
        """Returns the title of the row with the data of the value called ``name``."""
        return PICTURES["data"]

    def grad_title(self, name: str, of: str) -> str:
        """Returns the title of the row with the gradient of ``of``, the only root, with respect to ``name``."""
        return words.grad_not_computed()[0]

    def local(self, node: Value, slot: int, names: Mapping[Value, str], digits: int) -> str:
        """Returns the local derivative of ``node`` beside the edge from its parent number ``slot``."""
        return words.reason(node, slot, names, digits=digits)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


_REGISTERED: dict[str, Skin] = {}


def register(skin: Skin) -> None:
    """Makes ``skin`` known by its name, to `draw`, `frames` and the command line; it replaces one of the same name."""
    _REGISTERED[skin.name] = skin


def skin_names() -> tuple[str, ...]:
    """Returns the names of all registered skins."""
    return tuple(_REGISTERED)


def skin_of(skin: object) -> Skin:
    """Returns the skin that is called ``skin``, or ``skin`` itself.

    Raises:
        ValueError: it is neither a skin nor the name of one; the message lists all names.
    """
    found = _REGISTERED.get(skin) if isinstance(skin, str) else skin
    if not isinstance(found, Skin):
        *most, last = (f'"{name}"' for name in _REGISTERED)
        raise ValueError(f"the skin is {', '.join(most)} or {last}, not {skin!r}.")
    return found
