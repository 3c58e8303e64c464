"""The one affine map that a model without activations is: alone, or beside the model, with the matrices that multiply to it.

>>> from chalkgrad.nn import MLP
>>> from chalkgrad.viz.letters.themes import theme
>>> ones = MLP(2, [3, 1], activation=None, init=lambda inputs, outputs: [1.0] * inputs)
>>> scene = affine_diagram(ones.collapse(), None, theme("light"))
>>> scene.title, scene.description
('affine map x₁, x₂ → y', 'One affine map: y = 3·x1 + 3·x2.')
"""

from collections.abc import Sequence
from typing import Any

from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.manner import set_in_type
from chalkgrad.engine.words.tables import ends
from chalkgrad.nn import MLP, Layer, Network, Neuron, collapse
from chalkgrad.nn.losses import as_list
from chalkgrad.nn.models.affine import Affine
from chalkgrad.viz.diagrams import sketch
from chalkgrad.viz.diagrams.mlp_diagram import APART, NAMED, RADIUS, VALUED, mlp_diagram
from chalkgrad.viz.diagrams.network_diagram import network_diagram
from chalkgrad.viz.diagrams.neuron_diagram import neuron_diagram
from chalkgrad.viz.diagrams.sketch import DIAGRAMS
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Rect, Shape
from chalkgrad.viz.letters.themes import Theme

SHOWN = 8  # inputs and outputs; of more, or of those that a slide has no room for, the first and the last
NAMES = 58  # from the circles up to what the columns are called
ACROSS = 230  # from the inputs to the outputs
EQUALS = 80  # between the two diagrams
ROW, GAP, BRACKET = 27, 16, 9  # of a matrix: from row to row, between two columns, the width of a bracket
NAME = 20  # from a matrix up to its name
BETWEEN = 26  # two matrices
BELOW = 20  # between the diagrams and the matrices, and between two rows of matrices
WIDEST = sketch.WIDTH - 2 * sketch.MARGIN
LISTED = 8  # formulas that the description gives


def affine_diagram(affine: Affine, x: Any, colours: Theme, *, caption: str = "", digits: int = 4) -> Scene:
    """Draws an affine map, and its W and b where they are small enough; if ``x`` is given, with the values of y = Wx + b."""
    shapes = _map(affine, x, colours, digits)
    drawn = _written([("W", affine.W), ("b", _column(affine.b))], colours, digits)
    shapes = _below(shapes, drawn) or shapes
    shapes += sketch.caption(shapes, caption, colours)
    return sketch.framed(shapes, colours, title_of(affine), _spoken(affine, caption))


def collapsed_diagram(
    model: Neuron | Layer | MLP | Network, x: Any, colours: Theme, *, caption: str = "", digits: int = 4
) -> Scene:
    """Draws a model without activations and the affine map that equals it, side by side, and their matrices below.

    Raises ValueError if the model is not affine.
    """
    affine = collapse(model)
    right = _map(affine, x, colours, digits)
    across = sketch.bounds(right)
    room = sketch.WIDTH - EQUALS - (across[2] - across[0])
    scenes = [_drawn(model, x, colours, digits, room, activations) for activations in (True, False)]
    bases = [_beside(list(scene.shapes[1:]), right, colours) for scene in scenes]
    *factored, product = _rows(model, affine)
    numbers = [*dict.fromkeys(min(digits, fewer) for fewer in (digits, 3, 2))]
    arrangements = [*((lines, n) for n in numbers for lines in factored), *((product, n) for n in numbers[:2])]
    choices = (_below(base, _lines(lines, colours, n)) for lines, n in arrangements for base in bases)
    shapes = next(filter(None, choices), bases[0])
    shapes += sketch.caption(shapes, caption, colours)
    title = DIAGRAMS["collapsed"].format(model=scenes[0].title)
    return sketch.framed(shapes, colours, title, f"{scenes[0].description} {_spoken(affine, caption)}")


def _beside(left: list[Shape], right: list[Shape], colours: Theme) -> list[Shape]:
    """Puts a model beside its map, with "=" between them, or above it if both are too wide."""
    first, second = sketch.bounds(left), sketch.bounds(right)
    if first[2] - first[0] + EQUALS + second[2] - second[0] <= WIDEST:
        height = _middle(left)
        right = sketch.moved(right, first[2] + EQUALS - second[0], height - _middle(right))
        sign = sketch.words(first[2] + EQUALS / 2, height, "=", colours.ink, 44)
    else:  # one below the other
        centre = (first[0] + first[2]) / 2
        right = sketch.moved(right, centre - (second[0] + second[2]) / 2, first[3] + EQUALS - second[1])
        sign = sketch.words(centre, first[3] + EQUALS / 2, "=", colours.ink, 44)
    return [*left, sign, *right]


def title_of(affine: Affine) -> str:
    """Returns what the picture shows, in a few words."""
    inputs, outputs = (", ".join(map(set_in_type, names)) for names in (affine.inputs, affine.outputs))
    return DIAGRAMS["affine map"].format(inputs=inputs, outputs=outputs)


def _middle(shapes: Sequence[Shape]) -> float:
    """Returns the height in the middle of all circles."""
    circles = [one for one in shapes if isinstance(one, Rect) and one.radius and one.width == one.height]
    return (min(one.y for one in circles) + max(one.y + one.height for one in circles)) / 2


def _drawn(
    model: Neuron | Layer | MLP | Network, x: Any, colours: Theme, digits: int, width: float, activations: bool
) -> Scene:
    if isinstance(model, Network):
        return network_diagram(model, x, colours, digits=digits)
    if isinstance(model, MLP) or (isinstance(model, Layer) and len(model.neurons) > 1):
        return mlp_diagram(model, x, colours, show="names", digits=digits, width=width, activations=activations)
    return neuron_diagram(model, x, colours, show="names", digits=digits)


# The map -------------------------------------------------------------------------------------------------------------


def _map(affine: Affine, x: Any, colours: Theme, digits: int) -> list[Shape]:
    """Draws inputs and outputs as circles, and every input joined to every output."""
    names = [[*map(set_in_type, column)] for column in (affine.inputs, affine.outputs)]
    texts = names
    if x is not None:
        given = [sketch.plain(one) for one in as_list(x)]
        y = affine(given)
        texts = [[sketch.number_in(v, VALUED, digits) for v in column] for column in (given, y if isinstance(y, list) else [y])]
    radius = sketch.radius_for([text for column in texts for text in column], RADIUS, VALUED if x is not None else NAMED)
    pitch = 2 * radius + APART
    shown = min(SHOWN, int((sketch.HEIGHT - 2 * sketch.MARGIN - NAMES - sketch.SIZE + APART) // pitch))
    columns: list[list[tuple[int | None, float]]] = []
    for column in texts:
        drawn = ends(len(column), shown if len(column) <= shown else shown - 1)
        columns.append([(unit, pitch * (place - (len(drawn) - 1) / 2)) for place, unit in enumerate(drawn)])
    shapes: list[Shape] = []
    for _, y0 in (place for place in columns[0] if place[0] is not None):
        for _, y1 in (place for place in columns[1] if place[0] is not None):
            start, end = (0.0, y0), (float(ACROSS), y1)
            shapes.append(sketch.line(sketch.rim(start, radius, end), sketch.rim(end, radius, start), colours.edge, 1.5))
    for number, (places, said) in enumerate(zip(columns, texts, strict=True)):
        for unit, y in places:
            at = number * float(ACROSS)
            if unit is None:
                shapes += sketch.dots(at, y, colours)
                continue
            shapes.append(sketch.circle(at, y, radius, colours.root if number else colours.leaf, colours.border))
            shapes.append(sketch.fitting(at, y, said[unit], radius, colours.ink if x is None else colours.data))
    top = min(column[0][1] for column in columns) - radius - NAMES
    shapes.append(sketch.words(0, top, "x", colours.ink))
    shapes.append(sketch.words(ACROSS, top, "y = Wx + b", colours.ink))
    half, centre = fonts.width("W, b", sketch.SIZE, bold=True) / 2, ACROSS / 2 - 20
    shapes.append(sketch.words(centre, top, "W, b", colours.local))
    shapes += sketch.arrow((centre - half, top + 18), (centre + half, top + 18), colours.local)
    return shapes


# Its matrices --------------------------------------------------------------------------------------------------------

_Named = tuple[str, Sequence[Sequence[float]]]  # what stands over a matrix, and its rows


def _column(numbers: Sequence[float]) -> list[list[float]]:
    return [[x] for x in numbers]


def _rows(model: Neuron | Layer | MLP | Network, affine: Affine) -> list[list[list[_Named]]]:
    """Returns arrangements of matrices in rows: of an MLP first with its factors, as they multiply; the last is without."""
    if not isinstance(model, MLP) or len(model.layers) < 2:
        return [[[("W", affine.W), ("b", _column(affine.b))]]]
    numbered = [(sketch.subscript(i), layer) for i, layer in enumerate(model.layers, 1)]
    factors: list[_Named] = [(f"W{i}", [[w.data for w in row] for row in layer.W]) for i, layer in reversed(numbered)]
    product, bias = " ".join(name for name, _ in factors), ""
    for i, _ in numbered:
        inner = f"({bias})" if "+" in bias else f" {bias}"
        bias = f"W{i}{inner} + b{i}" if bias else f"b{i}"
    b = (f"b = {bias}", _column(affine.b))
    W, named = ("W", affine.W), (f"W = {product}", affine.W)  # noqa: N806 - a matrix
    return [[[*factors, W, b]], [factors, [named, b]], [[*factors, W, ("b", b[1])]], [[named, b]]]


def _below(shapes: Sequence[Shape], matrices: Sequence[Shape]) -> list[Shape]:
    """Returns the shapes with matrices below them; nothing if a slide is too small for both."""
    left, top, right, bottom = sketch.bounds(shapes)
    x0, y0, x1, y1 = sketch.bounds(matrices)
    if x1 - x0 > WIDEST or bottom - top + BELOW + y1 - y0 > sketch.HEIGHT - 2 * sketch.MARGIN:
        return []
    return [*shapes, *sketch.moved(matrices, (left + right) / 2 - (x0 + x1) / 2, bottom + BELOW - y0)]


def _lines(lines: Sequence[Sequence[_Named]], colours: Theme, digits: int) -> list[Shape]:
    """Writes rows of matrices below each other, centred."""
    shapes = _written(lines[0], colours, digits)
    for line in lines[1:]:
        left, _, right, bottom = sketch.bounds(shapes)
        drawn = _written(line, colours, digits)
        x0, y0, x1, _ = sketch.bounds(drawn)
        shapes += sketch.moved(drawn, (left + right) / 2 - (x0 + x1) / 2, bottom + BELOW - y0)
    return shapes


def _written(row: Sequence[_Named], colours: Theme, digits: int) -> list[Shape]:
    """Writes matrices in a row from 0 to the right: factors, "=", W, and b at some distance."""
    shapes: list[Shape] = []
    at = 0.0
    high = max(len(rows) for _, rows in row) * ROW
    for number, (name, rows) in enumerate(row):
        if name == "W" and number:
            shapes.append(sketch.words(at - BETWEEN / 2 + 12, 0, "=", colours.ink, 28))
            at += 30
        elif name.startswith("b"):
            at += BETWEEN
        drawn, width = _matrix(rows, colours, digits)
        wide = max(width, fonts.width(name, sketch.SIZE, bold=True))
        shapes += sketch.moved(drawn, at + (wide - width) / 2, 0)
        shapes.append(sketch.words(at + wide / 2, -high / 2 - NAME, name, colours.local))
        at += wide + BETWEEN
    return shapes


def _matrix(rows: Sequence[Sequence[float]], colours: Theme, digits: int) -> tuple[list[Shape], float]:
    """Writes a matrix in brackets, from 0 to the right, centred at height 0, and returns its width too."""
    texts = [[words.number(x, digits) for x in row] for row in rows]
    widths = [max(fonts.width(text, sketch.SMALL, bold=True) for text in column) for column in zip(*texts, strict=True)]
    wide = sum(widths) + GAP * (len(widths) - 1) + 2 * (BRACKET + 4)
    half = len(rows) * ROW / 2
    shapes: list[Shape] = []
    for side, inward in ((0.0, BRACKET), (wide, -BRACKET)):
        bracket = [(side + inward, -half), (side, -half), (side, half), (side + inward, half)]
        shapes.append(sketch.polyline(bracket, colours.border, sketch.OUTLINE))
    for i, row in enumerate(texts):
        x: float = BRACKET + 4
        for text, width in zip(row, widths, strict=True):
            y = (i - (len(rows) - 1) / 2) * ROW
            shapes.append(sketch.words(x + width, y, text, colours.ink, sketch.SMALL, anchor="end"))
            x += width + GAP
    return shapes, wide


def _spoken(affine: Affine, caption: str) -> str:
    lines = repr(affine).split("\n")
    formulas = "; ".join(lines if len(lines) <= LISTED else [*lines[:LISTED], "…"])
    said = [DIAGRAMS["affine map computes"].format(formulas=formulas)]
    return " ".join([*said, f"{caption.removesuffix('.')}."] if caption else said)
