"""A matrix of derivatives as a map of cells: a row for each output, a column for each input.

Hue is the sign, and the stronger the colour the larger the size. The numbers stand in their cells if they fit; if not, a square
in each cell has the area of its number, filled if that is positive and hollow if it is negative.

>>> from chalkgrad.engine.derivatives.matrix import Matrix
>>> from chalkgrad.viz.letters.themes import theme
>>> J = Matrix([[1.0, 0.0], [-0.5, 2.0]], ["g1", "g2"], ["θ1", "θ2"], "reverse")
>>> scene = matrix_diagram(J, theme("light"))
>>> [run.words for shape in scene.shapes if hasattr(shape, "runs") for run in shape.runs]
['∂θ₁', '∂θ₂', '∂g₁', '∂g₂', '1', '0', '-0.5', '2']
"""

from collections.abc import Sequence
from math import ceil, isfinite, sqrt
from typing import Any, NamedTuple

from chalkgrad.engine.derivatives.matrix import Matrix
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.manner import set_in_type
from chalkgrad.engine.words.tables import ends
from chalkgrad.viz.diagrams import sketch
from chalkgrad.viz.diagrams.sketch import DIAGRAMS
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Rect, Shape
from chalkgrad.viz.letters.themes import Theme, blend, contrast

NUMBER = 24  # a number's font size, if the map fits a slide with it; else sketch.SMALL
HIGH, LEAST, MOST = 60, 76, 150  # a cell with a number: its height, bounds of its width
CELL = 34  # a cell without one
BETWEEN = 4  # two cells
NAMED = 170  # the widest name
STRONGEST, FAINTEST = 0.9, 0.1  # of a colour: for the largest number, and for one near 0
HEADING = 44  # the height of the names of the columns
LEGEND = 96  # the height of what explains the squares
ROOM = sketch.WIDTH - 2 * sketch.MARGIN, sketch.HEIGHT - 2 * sketch.MARGIN


class _Grid(NamedTuple):
    """Which rows and columns are drawn (None for those left out), the size of a cell, and whether numbers stand in it."""

    rows: list[int | None]
    columns: list[int | None]
    width: float
    height: float
    size: int  # of the numbers; 0 for squares

    def left(self, place: int) -> float:
        return place * (self.width + BETWEEN)

    def top(self, place: int) -> float:
        return place * (self.height + BETWEEN)


def matrix_diagram(matrix: Matrix[Any], colours: Theme, *, caption: str = "", digits: int = 4) -> Scene:
    """Draws a Jacobian or a Hessian as a map of cells."""
    numbers = [[sketch.plain(entry) for entry in row] for row in matrix.tolist()]
    texts = [[words.number(x, digits) for x in row] for row in numbers]
    rows, columns = ([_called(name) for name in names] for names in (matrix.rows, matrix.columns))
    beside = min(NAMED, max(fonts.width(name, sketch.SIZE, bold=True) for name in rows)) + 14
    grid = _fitted(matrix, texts, columns, beside)
    largest = max((abs(x) for row in numbers for x in row if isfinite(x)), default=0.0)
    shapes = [*_names(grid, rows, columns, colours), *_corner(matrix, colours)]
    for place, i in enumerate(grid.rows):
        for across, j in enumerate(grid.columns):
            if i is None or j is None:
                continue
            cell = grid.left(across), grid.top(place)
            if matrix.diagonal and i != j:
                shapes.append(_frame(cell, grid, "", colours.place_border, 1.0, dashed=True))
            else:
                shapes += _cell(cell, grid, numbers[i][j], texts[i][j], largest, matrix.diagonal, colours)
    shapes += _left_out(grid, colours)
    if not grid.size and largest:
        shapes += _legend(grid, largest, digits, colours)
    if matrix.diagonal:
        shapes += sketch.caption(shapes, DIAGRAMS["diagonal"], colours)
    shapes += sketch.caption(shapes, caption, colours)
    return sketch.framed(shapes, colours, title_of(matrix), _spoken(matrix, rows, columns, texts, caption))


def title_of(matrix: Matrix[Any]) -> str:
    """Returns what the picture shows, in a few words: `Jacobian 2×3`."""
    m, n = matrix.shape
    kind = "diagonal Jacobian" if matrix.diagonal and not matrix.of else "Hessian" if matrix.of else "Jacobian"
    return DIAGRAMS[kind].format(rows=m, columns=n, of=set_in_type(matrix.of))


def _fitted(matrix: Matrix[Any], texts: Sequence[Sequence[str]], names: Sequence[str], beside: float) -> _Grid:
    """Returns the largest cells with which the whole map fits a slide; of a matrix that is larger still, some of it."""
    (m, n), (wide, high) = matrix.shape, ROOM
    shown = [text for i, row in enumerate(texts) for j, text in enumerate(row) if i == j or not matrix.diagonal]
    for size, height in ((NUMBER, HIGH), (sketch.SMALL, HIGH), (sketch.SMALL, 40)):
        widest = max(fonts.width(text, size, bold=True) for text in shown) + 18
        heads = min(NAMED, max(fonts.width(name, sketch.SIZE, bold=True) for name in names)) + 10
        width = min(max(LEAST if size == NUMBER else 0, ceil(max(widest, heads))), max(MOST, ceil(widest)))
        tall = HEADING + m * (height + BETWEEN) + (sketch.LINE if matrix.diagonal else 0)
        if beside + n * (width + BETWEEN) <= wide and tall <= high:
            return _Grid([*range(m)], [*range(n)], width, height, size)
    most = [int((wide - beside) // (CELL + BETWEEN)), int((high - HEADING - LEGEND) // (CELL + BETWEEN))]
    return _Grid(ends(m, min(m, most[1]) - (m > most[1])), ends(n, min(n, most[0]) - (n > most[0])), CELL, CELL, 0)


def _names(grid: _Grid, rows: Sequence[str], columns: Sequence[str], colours: Theme) -> list[Shape]:
    """Writes the names of rows and columns; of columns narrower than their names, those for which there is room."""
    shapes: list[Shape] = []
    free = float("-inf")
    last = len(grid.columns) - 1
    ends_at = grid.left(last) + grid.width / 2 - _half(columns[-1]) - 8  # the last column is always named
    for across, j in enumerate(grid.columns):
        if j is None:
            free = max(free, grid.left(across) + grid.width / 2 + 20)
            continue
        dots_follow = grid.columns[across + 1 : across + 2] == [None]
        room = grid.width + BETWEEN - 20 if dots_follow else float("inf")
        middle = grid.left(across) + grid.width / 2
        half = _half(columns[j])
        if middle - half < free or half > room or (across != last and middle + half > ends_at):
            continue
        free = middle + half + 8
        shapes.append(sketch.words(middle, -HEADING / 2, columns[j], colours.ink, limit=NAMED))
    for place, i in enumerate(grid.rows):
        if i is not None:
            y = grid.top(place) + grid.height / 2
            shapes.append(sketch.words(-14, y, rows[i], colours.ink, anchor="end", limit=NAMED))
    return shapes


def _called(name: str) -> str:
    """Returns ∂name; of a name that is too long the end, in which names of parameters differ."""
    full = f"∂{words.operand(set_in_type(name))}"
    shown = full
    while fonts.width(shown, sketch.SIZE, bold=True) > NAMED and len(shown) > 3:
        shown = f"∂…{shown[3 if shown != full else 2 :].lstrip('.')}"
    return shown


def _half(name: str) -> float:
    return min(NAMED, fonts.width(name, sketch.SIZE, bold=True)) / 2


def _corner(matrix: Matrix[Any], colours: Theme) -> list[Shape]:
    """Writes above the rows whose second derivatives these are."""
    if not matrix.of:
        return []
    return [
        sketch.words(-14, -HEADING / 2, f"∂²{words.operand(set_in_type(matrix.of))}", colours.local, anchor="end", limit=NAMED)
    ]


def _frame(at: tuple[float, float], grid: _Grid, fill: str, stroke: str, weight: float, *, dashed: bool = False) -> Rect:
    """Returns the rectangle of a cell, its outline inside."""
    inset = weight / 2
    return Rect(at[0] + inset, at[1] + inset, grid.width - weight, grid.height - weight, 4, fill, stroke, weight, dashed)


def _cell(
    at: tuple[float, float], grid: _Grid, x: float, text: str, largest: float, diagonal: bool, colours: Theme
) -> list[Shape]:
    """Draws a cell with its number, or with a square for it."""
    fill = shade(x, largest, colours)
    x_middle, y_middle = at[0] + grid.width / 2, at[1] + grid.height / 2
    stroke, weight = (colours.border, 2.0) if diagonal else (colours.place_border, 1.0)
    if grid.size:
        ink = max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, fill))
        return [_frame(at, grid, fill, stroke, weight), sketch.words(x_middle, y_middle, text, ink, grid.size)]
    return [_frame(at, grid, colours.page, stroke, weight), *_square(x_middle, y_middle, grid.width - 6, x, largest, colours)]


def _square(x: float, y: float, side: float, number: float, largest: float, colours: Theme) -> list[Shape]:
    """Draws a square whose area is the size of a number: filled if it is positive, hollow if it is negative."""
    if not number or number != number:
        return [sketch.words(x, y, words.number(number), colours.dim, sketch.SMALL)]
    half = max(3.0, side * sqrt(min(1.0, abs(number) / largest)) / 2)
    if number > 0:
        return [Rect(x - half, y - half, 2 * half, 2 * half, 0, colours.data)]
    weight = min(4.0, half * 0.6)
    inner = half - weight / 2
    return [Rect(x - inner, y - inner, 2 * inner, 2 * inner, 0, colours.page, colours.grad, weight)]


def shade(x: float, largest: float, colours: Theme) -> str:
    """Returns the colour of a cell: one hue for positive, another for negative numbers, the stronger the larger the size."""
    if not x or not largest or x != x:
        return colours.page
    hue = colours.grad if x < 0 else colours.data
    return blend(colours.page, hue, FAINTEST + (STRONGEST - FAINTEST) * min(1.0, abs(x) / largest))


def _left_out(grid: _Grid, colours: Theme) -> list[Shape]:
    """Draws three dots in place of the rows, and of the columns, that are left out."""
    shapes: list[Shape] = []
    if None in grid.rows:
        y = grid.top(grid.rows.index(None)) + grid.height / 2
        shapes += sketch.dots(-24, y, colours)
    if None in grid.columns:
        x = grid.left(grid.columns.index(None)) + grid.width / 2
        shapes += sketch.dots(x, -HEADING / 2, colours, across=True)
    return shapes


def _legend(grid: _Grid, largest: float, digits: int, colours: Theme) -> list[Shape]:
    """Explains the squares by four of them."""
    y = grid.top(len(grid.rows)) + 46
    samples = [largest * share for share in (-1, -0.25, 0.25, 1)]
    texts = [words.number(sample, digits) for sample in samples]
    wide = [CELL + 8 + fonts.width(text, sketch.SMALL, bold=True) + 30 for text in texts]
    x = (grid.left(len(grid.columns)) - BETWEEN - sum(wide) + 30) / 2
    shapes: list[Shape] = []
    for sample, text, step in zip(samples, texts, wide, strict=True):
        shapes += _square(x + CELL / 2, y, CELL - 6, sample, largest, colours)
        shapes.append(sketch.words(x + CELL + 8, y, text, colours.ink, sketch.SMALL, anchor="start"))
        x += step
    return shapes


def _spoken(
    matrix: Matrix[Any], rows: Sequence[str], columns: Sequence[str], texts: Sequence[Sequence[str]], caption: str
) -> str:
    """Describes the drawing in sentences, row by row."""
    said = [f"{title_of(matrix)}."]
    if matrix.diagonal:
        said.append(DIAGRAMS["diagonal"])
    if len(rows) * len(columns) <= 100:
        for i, (row, shown) in enumerate(zip(rows, texts, strict=True)):
            entries = (
                f"{column} {text}"
                for j, (column, text) in enumerate(zip(columns, shown, strict=True))
                if i == j or not matrix.diagonal
            )
            said.append(DIAGRAMS["row of cells"].format(row=row, entries=", ".join(entries)))
    if caption:
        said.append(f"{caption.removesuffix('.')}.")
    return " ".join(said)
