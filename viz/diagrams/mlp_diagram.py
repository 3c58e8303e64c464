"""Draws a multilayer perceptron as columns of circles: z_0 = x, then z_1, z_2, … with W_ℓ, b_ℓ between them.

The edges show the weights, or their gradients: thickness is size, hue and dashes are the sign, and a legend says so.

>>> from chalkgrad.nn import MLP
>>> from chalkgrad.viz.letters.themes import theme
>>> scene = mlp_diagram(MLP(3, [2, 3, 2], "tanh", seed=0), None, theme("light"))
>>> scene.title
'MLP 3 → 2 → 3 → 2, tanh, last layer linear, 25 parameters'
>>> len([shape for shape in scene.shapes if getattr(shape, "radius", 0)]), 3 + 2 + 3 + 2
(10, 10)
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from chalkgrad.engine import Value, no_grad
from chalkgrad.engine.words.manner import set_in_type
from chalkgrad.engine.words.tables import ends
from chalkgrad.nn import MLP, Layer
from chalkgrad.nn.models.module import as_inputs
from chalkgrad.viz.diagrams import sketch
from chalkgrad.viz.diagrams.sketch import DIAGRAMS
from chalkgrad.viz.diagrams.strokes import Strokes, number_shown
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Shape
from chalkgrad.viz.letters.themes import Theme

RADIUS, NAMED, VALUED, SMALL_RADIUS = 25, 36, 50, 8  # minimum, maxima with names and values; small
APART, SMALL_APART = 10, 4  # between two circles of a column
COLUMNS = 8  # of more columns, the first and the last are drawn
UNITS = 16  # of more units in a column, the first and the last are drawn
FEWEST = 6  # columns are left out before a column is reduced to fewer units
CLOSEST = 180.0  # the minimum from column to column
STEEPEST = 1.8  # the slope beyond which an edge would run through its neighbours' circles
HEADER, FOOTER = 100, 74  # heights of what stands above and below the columns

LONGEST = 150  # of an activation's name


class _Column(NamedTuple):
    """A column: its layer, which units are drawn (None for those left out), and at which heights."""

    layer: int
    units: list[int | None]
    heights: list[float]


def mlp_diagram(
    model: MLP | Layer,
    x: Any,
    colours: Theme,
    *,
    show: str | None = None,
    caption: str = "",
    digits: int = 4,
    activations: bool = True,
    width: float = sketch.WIDTH,
) -> Scene:
    """Draws an MLP, or a layer; if inputs ``x`` are given, with the values of that pass.

    ``activations`` tells whether they are named, ``width`` how wide the diagram should be at most.
    """
    layers = [model] if isinstance(model, Layer) else model.layers
    widths = [len(layers[0].neurons[0].w), *(len(layer.neurons) for layer in layers)]
    z = None if x is None else _values(model, x)
    names = _names(layers, z, isinstance(model, Layer))
    texts = [[sketch.number_in(v.data, VALUED, digits) for v in column] for column in z] if z else None
    narrowest = max(_narrowest(i, layers, isinstance(model, Layer)) for i in range(1, len(widths)))
    columns, radius, apart = _fitted(widths, names, texts, narrowest, width)
    crowd = max(_drawn(a) * _drawn(b) for a, b in pairwise(columns) if a and b)
    strokes = Strokes((number_shown(w, show) for layer in layers for row in layer.W for w in row), colours, crowd)
    at = [apart * i for i in range(len(columns))]
    edges: list[tuple[float, Shape]] = []
    shapes: list[Shape] = []
    top = min(column.heights[0] for column in columns if column) - radius
    for place, column in enumerate(columns):
        if column is None:
            shapes += sketch.dots(at[place], 0, colours, across=True)
            count = len(widths) - (len(columns) - 1)
            said = DIAGRAMS.form("layers", count).format(count=count)
            shapes.append(sketch.phrase(sketch.words(at[place], 34, said, colours.ink, sketch.SMALL)))
            continue
        before = columns[place - 1] if place else None
        if before is not None:
            edges += _edges(
                layers[column.layer - 1], before, column, (at[place - 1], at[place]), radius, show, strokes, colours
            )
        shapes += _circles(column, at[place], radius, names, texts, widths, colours)
        headings = _headings(column.layer, layers, isinstance(model, Layer))
        if not activations:
            headings = (*headings[:2], "")
        shapes += _header(headings, at[place], top - 58 + 22 * (not activations), apart if before else 0, colours)
    edges.sort(key=lambda edge: edge[0])  # the thickest last, on top of the others
    shapes = [*(shape for _, shape in edges), *shapes]
    what = {"grad": "gradients", "names": ""}.get(show or "", "weights")
    if what:
        left, _, right, bottom = sketch.bounds(shapes)
        shapes += strokes.legend((left + right) / 2, bottom + 40, what, digits)
    shapes += sketch.caption(shapes, caption, colours)
    said = _spoken(model, layers, widths, columns, names, texts, strokes.said(what, digits) if what else "", caption)
    return sketch.framed(shapes, colours, model._described(), said)


def _values(model: MLP | Layer, x: Any) -> Sequence[Sequence[Value]]:
    """Returns z_0 = x, z_1, … of one pass, which is not recorded."""
    with no_grad():
        first = model.layers[0] if isinstance(model, MLP) else model
        given = as_inputs(x, len(first.neurons[0].w), model)
        if isinstance(model, MLP):
            return model.trace(given).z
        return [given, model.u_and_z(given)[1]]


def _names(layers: Sequence[Layer], z: Sequence[Sequence[Value]] | None, alone: bool) -> list[list[str]]:
    """Returns the names of the units: inputs by their labels, unit j of layer i as z_ij, of a single layer as z_j."""
    inputs = len(layers[0].neurons[0].w)
    first = [(z[0][j].label if z else "") or f"x{j + 1}" for j in range(inputs)]
    names = [[set_in_type(name) for name in first]]
    for i, layer in enumerate(layers, 1):
        index = () if alone else (i,)
        names.append([f"z{sketch.subscript(*index, j)}" for j in range(1, len(layer.neurons) + 1)])
    return names


def _fitted(
    widths: Sequence[int],
    names: Sequence[Sequence[str]],
    texts: Sequence[Sequence[str]] | None,
    narrowest: float,
    width: float,
) -> tuple[list[_Column | None], float, float]:
    """Returns as many columns as fit a slide, the radius of their circles and the distance between columns.

    Circles are smaller, without names, if that way every unit can be drawn.
    """
    most = max(widths)
    inside = [text for column in texts or names for text in (*column[:UNITS], *column[-UNITS:])]
    radius = sketch.radius_for(inside, RADIUS, VALUED if texts else NAMED)
    space = sketch.HEIGHT - HEADER - FOOTER - 2 * sketch.MARGIN
    fit = int((space + APART) // (2 * radius + APART))
    if texts is None and fit < most <= UNITS:
        radius, fit = SMALL_RADIUS, UNITS
    fit = min(fit, most)
    for count in range(min(len(widths), COLUMNS), min(len(widths), 4) - 1, -1):
        shown = ends(len(widths), count if count == len(widths) else count - 1)
        for limit in range(fit, min(fit, FEWEST) - 1, -1):
            columns = [None if i is None else _column(i, widths[i], limit, radius) for i in shown]
            joined = [(a.heights, b.heights) for a, b in pairwise(columns) if a and b]
            steep = max((max(a[-1] - b[0], b[-1] - a[0]) for a, b in joined), default=0.0) / STEEPEST
            apart = max(CLOSEST, narrowest, 4 * radius, steep)
            if apart * (len(columns) - 1) + 2 * radius + 2 * sketch.MARGIN <= width:
                return columns, radius, apart
    return columns, radius, apart


def _narrowest(layer: int, layers: Sequence[Layer], alone: bool) -> float:
    """Returns the minimum distance between two columns, for the headings above them."""
    between, below = _headings(layer, layers, alone)[1:]
    return fonts.width(between, sketch.SIZE, bold=True) + min(fonts.width(below, sketch.SMALL), LONGEST) + 20


def _drawn(column: _Column) -> int:
    return sum(unit is not None for unit in column.units)


def _column(layer: int, width: int, limit: int, radius: float) -> _Column:
    """Returns a column centred at height 0; units left out are replaced by one mark."""
    units = ends(width, width if width <= limit else limit - 1)
    pitch = 2 * radius + (APART if radius > SMALL_RADIUS else SMALL_APART)
    space = [pitch] * len(units)
    if None in units:
        space[units.index(None)] = max(pitch, 74)
    heights, y = [], -sum(space) / 2
    for height in space:
        heights.append(y + height / 2)
        y += height
    return _Column(layer, units, heights)


def _edges(
    layer: Layer,
    before: _Column,
    column: _Column,
    at: tuple[float, float],
    radius: float,
    show: str | None,
    strokes: Strokes,
    colours: Theme,
) -> list[tuple[float, Shape]]:
    """Returns the edges into a column, each with the size of its number."""
    edges: list[tuple[float, Shape]] = []
    for j, y1 in zip(column.units, column.heights, strict=True):
        for i, y0 in zip(before.units, before.heights, strict=True):
            if i is None or j is None:
                continue
            start, end = (at[0], y0), (at[1], y1)
            ends_at = sketch.rim(start, radius, end), sketch.rim(end, radius, start)
            if show == "names":
                edges.append((0.0, sketch.line(*ends_at, colours.edge, 1.5)))
                continue
            w = number_shown(layer.W[j][i], show)
            edge = sketch.line(*ends_at, strokes.colour(w), strokes.weight(w), dashed=strokes.dashed(w))
            edges.append((strokes.weight(w), edge))
    return edges


def _circles(
    column: _Column,
    x: float,
    radius: float,
    names: Sequence[Sequence[str]],
    texts: Sequence[Sequence[str]] | None,
    widths: Sequence[int],
    colours: Theme,
) -> list[Shape]:
    """Draws a column's circles, with values or names in them, and the mark for those left out."""
    shapes: list[Shape] = []
    layer = column.layer
    fill = colours.leaf if layer == 0 else colours.root if layer == len(widths) - 1 else colours.inner
    for j, y in zip(column.units, column.heights, strict=True):
        if j is None:
            shapes += sketch.dots(x, y - 12, colours)
            count = DIAGRAMS.form("units" if layer else "inputs", widths[layer]).format(count=widths[layer])
            background, line = sketch.sign(x, y + 20, count, colours)
            shapes += [background, sketch.phrase(line)]
            continue
        shapes.append(sketch.circle(x, y, radius, fill, colours.border))
        if texts is not None:
            shapes.append(sketch.fitting(x, y, texts[layer][j], radius, colours.data))
        elif radius >= RADIUS:
            shapes.append(sketch.fitting(x, y, names[layer][j], radius, colours.ink))
    return shapes


def _headings(layer: int, layers: Sequence[Layer], alone: bool) -> tuple[str, str, str]:
    """Returns the name of a column, the parameters that lead to it, and its activation."""
    index = "" if alone else sketch.subscript(layer)
    if not layer:
        return "x" if alone else f"z{index} = x", "", ""
    return f"z{index}", f"W{index}, b{index}", f"φ{index} = {layers[layer - 1].activation}"


def _header(headings: tuple[str, str, str], x: float, y: float, apart: float, colours: Theme) -> list[Shape]:
    """Draws the heading of a column and, if there is one at distance ``apart`` before it, the parameters between them."""
    name, between, below = headings
    shapes: list[Shape] = [sketch.words(x, y, name, colours.ink, sketch.SIZE)]
    if below:
        shapes.append(sketch.words(x, y + sketch.LINE, below, colours.ink, sketch.SMALL, bold=False, limit=LONGEST))
    if apart and between:
        middle, half = x - apart / 2, fonts.width(between, sketch.SIZE, bold=True) / 2
        shapes.append(sketch.words(middle, y, between, colours.local, sketch.SIZE))
        shapes += sketch.arrow((middle - half, y + 18), (middle + half, y + 18), colours.local)
    return shapes


def _spoken(
    model: MLP | Layer,
    layers: Sequence[Layer],
    widths: Sequence[int],
    columns: Sequence[_Column | None],
    names: Sequence[Sequence[str]],
    texts: Sequence[Sequence[str]] | None,
    legend: str,
    caption: str,
) -> str:
    """Describes the drawing in sentences."""
    alone = isinstance(model, Layer)
    inputs = DIAGRAMS.form("inputs", widths[0]).format(count=widths[0])
    if alone:
        said = [DIAGRAMS.form("layer", widths[1]).format(units=widths[1], inputs=inputs)]
    else:
        said = [DIAGRAMS["MLP"].format(inputs=inputs, widths=", ".join(map(str, widths[1:])))]
    for i, layer in enumerate(layers, 1):
        index, source = ("", "x") if alone else (sketch.subscript(i), f"z{sketch.subscript(i - 1)}")
        shape = {"rows": widths[i], "columns": widths[i - 1]}
        said.append(DIAGRAMS["layer computes"].format(index=index, source=source, activation=layer.activation, **shape))
    for column in columns:
        if column is None:
            continue
        drawn = [j for j in column.units if j is not None]
        count = widths[column.layer]
        if len(drawn) < count:
            some = DIAGRAMS.form("some units" if column.layer else "some inputs", count)
            said.append(some.format(count=count, layer=column.layer, drawn=len(drawn)))
        if texts:
            values = ", ".join(f"{names[column.layer][j]} = {texts[column.layer][j]}" for j in drawn)
            said.append(f"{values}.")
    said += filter(None, [legend, f"{caption.removesuffix('.')}." if caption else ""])
    return " ".join(said)
