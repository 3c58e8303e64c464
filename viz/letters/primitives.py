"""What everything is drawn with: points, boxes, and the shapes of which every picture is a flat list, back to front.

Coordinates are points, 1/72 inch, x to the right and y downwards from the top left corner of the picture.

>>> line = TextLine(0, 12, "start", (Run("6", 20, True, "#000000"),), kind="data")
>>> line.runs[0].words
'6'
"""

from dataclasses import dataclass

# A capital letter is 0.72 of its font size high: a baseline half of that below a line's middle puts the text in the middle.
BASELINE = 0.36

KAPPA = 0.5523  # how far along its tangent a quarter circle's control point lies

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle: its centre and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Rect:
    """A rectangle, given by its top left corner; ``fill`` or ``stroke`` may be empty."""

    x: float
    y: float
    width: float
    height: float
    radius: float = 0
    fill: str = ""
    stroke: str = ""
    weight: float = 0
    dashed: bool = False


@dataclass(frozen=True)
class Curve:
    """Joined cubic Bézier curves: a start, then three control points for each curve."""

    points: tuple[Point, ...]
    stroke: str
    weight: float
    dashed: bool = False


@dataclass(frozen=True)
class Polygon:
    """A filled polygon."""

    points: tuple[Point, ...]
    fill: str


@dataclass(frozen=True)
class Run:
    """Words of one size, weight and colour."""

    words: str
    size: int
    bold: bool
    colour: str


@dataclass(frozen=True)
class TextLine:
    """A line of text on its baseline, of one run or two; ``anchor`` says which of its points ``x`` is.

    ``kind`` is what its words are: a card's ``name`` or ``expression``; the number of its row, ``data``, ``grad``, ``missing``
    (one not computed), ``count``, or a ``note``; a line beside an edge, ``local``, ``contribution`` or ``count``; a
    ``caption``; the name of a ``place``; empty for others.
    """

    x: float
    y: float
    anchor: str  # start, middle or end
    runs: tuple[Run, ...]
    hover: str = ""  # the full text, if it was shortened
    halo: str = ""  # a colour around the letters, if a line may run beneath them
    kind: str = ""
    rtl: bool = False  # whether it is a sentence from right to left; `anchor` is of the screen's points all the same


Shape = Rect | Curve | Polygon | TextLine
