"""The neuron of the lecture: inputs x_i, weights w_i on their edges, the sum Σ, the activation φ.

>>> from chalkgrad.nn import Neuron
>>> from chalkgrad.viz.letters.themes import theme
>>> scene = neuron_diagram(Neuron(2, activation="tanh", seed=0), None, theme("light"))
>>> scene.title
'tanh neuron of 2 inputs'
>>> [run.words for shape in scene.shapes if hasattr(shape, "runs") for run in shape.runs]
['x₁', 'x₂', '1', 'w₁', 'w₂', 'b', 'Σ', 'u = wᵀx + b', 'u', 'φ = tanh', 'z = tanh(u)', 'z']
"""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any, NamedTuple

from chalkgrad.engine import Value, no_grad
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.manner import set_in_type
from chalkgrad.engine.words.tables import ends
from chalkgrad.nn import Layer, Neuron, untrainable
from chalkgrad.nn.models.module import as_inputs
from chalkgrad.viz.diagrams import sketch
from chalkgrad.viz.diagrams.sketch import DIAGRAMS
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Point, Run, Shape, TextLine
from chalkgrad.viz.letters.themes import Theme

RADIUS = 42  # of Σ and φ
INPUT, INPUT_MOST = 27, 46  # radii of the inputs
SHOWN, FEWEST = 7, 5  # inputs; of more, the first and the last; fewer where they need more height than there is
PITCH, APART = 62, 10  # from one input to the next at least, and between two of them
FIRST, NEXT = 250, 216  # from the inputs to Σ at least, from Σ to φ


class _Input(NamedTuple):
    """A circle at the left, and the texts of its edge."""

    name: str
    value: str
    label: str
    grad: str


def neuron_diagram(
    model: Neuron | Layer, x: Any, colours: Theme, *, show: str | None = None, caption: str = "", digits: int = 4
) -> Scene:
    """Draws a neuron, or a layer of one neuron; if inputs ``x`` are given, with the numbers of that pass."""
    neuron = model.neurons[0] if isinstance(model, Layer) else model
    weights = show != "names" and (show is not None or x is not None)
    given = None if x is None else as_inputs(x, len(neuron.w), model)
    u = z = None
    if given is not None:
        with no_grad():
            u, z = (result.data for result in neuron.u_and_z(given))

    def said(parameter: Value, name: str) -> str:
        return f"{name} = {words.number(parameter.data, digits)}" if weights else name

    def grad(parameter: Value) -> str:
        return words.grad_text(parameter, digits) if show == "grad" else ""

    texts = [] if given is None else [words.number(given[i].data, digits) for i in ends(len(given), SHOWN) if i is not None]
    radius = sketch.radius_for(texts, INPUT, INPUT_MOST)
    fit = int((sketch.HEIGHT - 2 * sketch.MARGIN - 2 * radius) // _pitch(radius))  # and the bias
    shown = min(SHOWN, max(fit, FEWEST))
    column: list[_Input | None] = []
    for i in ends(len(neuron.w), shown if len(neuron.w) <= shown else shown - 2):
        if i is None:
            column.append(None)
            continue
        name = (given[i].label if given is not None else "") or f"x{i + 1}"
        value = "" if given is None else words.number(given[i].data, digits)
        label = said(neuron.w[i], f"w{sketch.subscript(i + 1)}")
        column.append(_Input(set_in_type(name), value, label, grad(neuron.w[i])))
    column.append(_Input("" if given is None else "1", "1", said(neuron.b, "b"), grad(neuron.b)))
    written = _written(neuron, digits)
    shapes = [*_left(column, colours, given is not None), *_right(neuron, written, u, z, colours, digits)]
    unmoved = untrainable(model)
    if show == "grad" and not caption:
        caption = unmoved
    shapes += sketch.caption(shapes, caption, colours)
    return sketch.framed(shapes, colours, repr(neuron), _spoken(neuron, column, written, u, z, unmoved, caption, digits))


def _written(neuron: Neuron, digits: int) -> str:
    """Returns φ(u), as the table of operations writes it."""
    function = neuron.function
    if function is None:
        return "u"
    return words.expression(function(Value(0.5, "u")), digits=digits) if neuron.is_named else "φ(u)"


def _pitch(radius: float) -> float:
    """Returns the distance from one input to the next."""
    return max(PITCH, 2 * radius + APART)


def _left(column: Sequence[_Input | None], colours: Theme, valued: bool) -> list[Shape]:
    """Draws the inputs below each other, centred at height 0, their edges to Σ at (0, 0), and the labels of these edges."""
    drawn = [entry for entry in column if entry]
    contents = [entry.value if valued or entry is column[-1] else entry.name for entry in drawn]
    radius = sketch.radius_for(contents, INPUT, INPUT_MOST)
    pitch = _pitch(radius)
    heights = [pitch * (i - (len(column) - 1) / 2) for i in range(len(column))]
    half = max(_label_width(entry) for entry in drawn) / 2 + 5
    least = radius + 16 + half  # from the inputs to the middle of the labels
    # Edges draw together on their way to Σ: as far away as it takes for a label to be clear of the next edge.
    clear, farther = pitch - 22, (heights[-1] - pitch) * half
    reach = max(FIRST, 1.35 * heights[-1], least + half + RADIUS + 40, (pitch * (least + half) + farther) / clear)
    start = max(least, min(0.42 * reach, (reach * clear - farther) / pitch - half))
    shapes: list[Shape] = []
    edges: list[Shape] = []
    for entry, y in zip(column, heights, strict=True):
        at = (-reach, y)
        if entry is None:
            shapes += sketch.dots(-reach, y, colours)
            continue
        bias = entry is column[-1]
        edges += sketch.arrow(sketch.rim(at, radius, (0, 0)), sketch.rim((0, 0), RADIUS, at, sketch.GAP), colours.edge)
        shapes.append(sketch.circle(-reach, y, radius, colours.inner if bias else colours.leaf, colours.border))
        content = entry.value if valued or bias else entry.name
        colour = colours.data if valued else colours.ink
        shapes.append(sketch.fitting(-reach, y, content, radius, colour, sketch.SMALL if valued else sketch.SIZE))
        if valued and not bias:
            shapes.append(sketch.words(-reach - radius - 10, y, entry.name, colours.ink, sketch.SIZE, anchor="end", limit=160))
    for entry, y in zip(column, heights, strict=True):
        if entry is not None:
            shapes += _label(entry, (start - reach, y * (1 - start / reach)), colours)
    return [*edges, *shapes]


def _label_width(entry: _Input) -> float:
    return fonts.width(" ".join(filter(None, [entry.label, entry.grad])), sketch.SMALL, bold=True)


def _label(entry: _Input, at: Point, colours: Theme) -> list[Shape]:
    box, text = sketch.sign(*at, " ".join(filter(None, [entry.label, entry.grad])), colours)
    if entry.grad:
        run = text.runs[0]
        text = TextLine(
            text.x, text.y, text.anchor, (Run(f"{entry.label} ", run.size, True, colours.ink), _grad_run(entry, colours))
        )
    return [box, text]


def _grad_run(entry: _Input, colours: Theme) -> Run:
    return Run(entry.grad, sketch.SMALL, True, colours.grad)


def _right(neuron: Neuron, written: str, u: float | None, z: float | None, colours: Theme, digits: int) -> list[Shape]:
    """Draws Σ, φ with its curve, what they compute, and the output."""
    said_u, said_z = (
        name if value is None else f"{name} = {words.number(value, digits)}" for name, value in (("u", u), ("z", z))
    )
    colour = colours.ink if u is None else colours.data
    name = sketch.words(NEXT, -RADIUS - 22, f"φ = {neuron.activation}", colours.ink, limit=NEXT)
    end = NEXT + RADIUS + 70
    below = RADIUS + 26
    return [
        *sketch.arrow((RADIUS, 0), (NEXT - RADIUS - sketch.GAP, 0), colours.edge),
        *sketch.arrow((NEXT + RADIUS, 0), (end, 0), colours.edge),
        sketch.circle(0, 0, RADIUS, colours.inner, colours.border),
        sketch.words(0, 0, "Σ", colours.ink, 38),
        sketch.words(-RADIUS, below, "u = wᵀx + b", colours.ink, sketch.SMALL, bold=False, anchor="start"),
        sketch.words((NEXT + sketch.GAP) / 2 - 4, -20, said_u, colour, sketch.SMALL),
        sketch.circle(NEXT, 0, RADIUS, colours.root, colours.border),
        *curve(neuron.function, (NEXT, 0), colours),
        name,
        sketch.words(NEXT, below, f"z = {written}", colours.ink, sketch.SMALL, bold=False, limit=NEXT),
        sketch.words(end + 10, 0, said_z, colour, sketch.SIZE, anchor="start"),
    ]


def curve(function: Callable[[Value], Any] | None, centre: Point, colours: Theme) -> list[Shape]:
    """Draws an activation between -4 and 4 inside φ's circle, over thin axes; a jump is a gap."""
    reach, steps, half = 4.0, 64, RADIUS * 0.66
    heights: list[float] = []
    with no_grad():
        for i in range(steps + 1):
            x = reach * (2 * i / steps - 1)
            try:
                heights.append(x if function is None else float(getattr(y := function(Value(x)), "data", y)))
            except (ValueError, ArithmeticError, TypeError):  # a custom function need not be defined everywhere
                heights.append(float("nan"))
    finite = [y for y in heights if isfinite(y)]
    tall = max(map(abs, finite), default=0.0) or 1.0
    x0, y0 = centre
    axes = [
        sketch.line((x0 - half, y0), (x0 + half, y0), colours.dim, 1),
        sketch.line((x0, y0 - half), (x0, y0 + half), colours.dim, 1),
    ]
    pieces: list[list[Point]] = [[]]
    for i, y in enumerate(heights):
        jumps = i > 0 and abs(y - heights[i - 1]) > tall / 4
        if jumps or not isfinite(y):
            pieces.append([])
        if isfinite(y):
            pieces[-1].append((x0 + half * (2 * i / steps - 1), y0 - half * 0.85 * y / tall))
    curves = [sketch.polyline(piece, colours.data, 3.5) for piece in pieces if len(piece) > 1]
    return [*axes, *curves]


def _spoken(
    neuron: Neuron,
    column: Sequence[_Input | None],
    written: str,
    u: float | None,
    z: float | None,
    unmoved: str,
    caption: str,
    digits: int,
) -> str:
    """Describes the drawing in sentences."""
    count = len(neuron.w)
    said = [DIAGRAMS.form("neuron", count).format(count=count, activation=neuron.activation)]
    shown = [entry for entry in column[:-1] if entry]
    if len(shown) < count:
        said.append(DIAGRAMS.form("inputs drawn", len(shown)).format(count=len(shown)))
    for entry in shown:
        value = f" = {entry.value}" if entry.value else ""
        said.append(DIAGRAMS["input"].format(input=f"{entry.name}{value}", weight=_weight(entry)))
    bias = column[-1]
    assert bias is not None
    said.append(DIAGRAMS["bias"].format(weight=_weight(bias)))
    sums = "" if u is None else f" = {words.number(u, digits)}"
    gives = "" if z is None else f" = {words.number(z, digits)}"
    said.append(DIAGRAMS["sum"].format(sum=sums, activation=written, result=gives))
    for remark in (unmoved, caption if caption != unmoved else ""):
        if remark:
            said.append(f"{remark[:1].upper()}{remark[1:].removesuffix('.')}.")
    return " ".join(said)


def _weight(entry: _Input) -> str:
    """Returns the texts of an edge, as a part of a sentence."""
    return ", ".join(filter(None, [entry.label, entry.grad]))
