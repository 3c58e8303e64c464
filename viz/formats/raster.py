"""Writes a `Scene` as PNG, and as PDF if Graphviz's own ``dot`` is installed.

Graphviz draws what a graph's ``_background`` attribute says in its xdot language. So an empty graph with the whole scene in
its background becomes a picture that looks like the SVG, in the fonts that come with graphviz-pure. Letters that these lack
(Chinese, Arabic, emoji, some mathematics) are drawn by ``dot`` in the fonts of the system; without ``dot`` they are empty
boxes, and SVG is the better format.

>>> from chalkgrad.viz.formats.scene import Rect, Scene
>>> png(Scene(20, 10, "#ffffff", (Rect(5, 2, 10, 5, fill="#000000"),), "", ""))[1:4]
b'PNG'
"""

import os
from dataclasses import replace
from pathlib import Path

from chalkgrad.viz.defaults import SCALE
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.layout import renderer
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import KAPPA, Curve, Point, Polygon, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.text import LRM, clean, keep_order

LARGEST_SIDE, LARGEST_AREA = 16_000, 40_000_000  # pixels
_BACKSLASH = "\\"
_ANCHORS = {"start": -1, "middle": 0, "end": 1}


# The characters of graphviz-pure's fonts, besides European alphabets, Hebrew, punctuation, raised and lowered digits.
_OTHER_LETTERS = frozenset("ⱼ←↑→↓↔↕ℓℜℑℵℂℕℝℤΩ™∂∆∏∑−∕∙√∞∟∩∫≈≠≡≤≥□▪▫▲►▼◄◊○●◦")


def png(scene: Scene, program: str | os.PathLike[str] | None = None, scale: float = SCALE) -> bytes:
    """Returns ``scene`` as a PNG file with ``scale`` pixels to a unit, or fewer if it would become too large to open."""
    scale = min(scale, LARGEST_SIDE / max(scene.width, scene.height), (LARGEST_AREA / scene.width / scene.height) ** 0.5)
    executable = renderer.find(program)
    if program is None and _is_pure(executable) and not all(map(_drawable, scene.shapes)):
        executable = renderer.find_dot() or executable
    return _run(executable, ["-Tpng", f"-Gdpi={72 * scale:g}"], scene)


def _drawable(shape: Shape) -> bool:
    """Tells whether graphviz-pure's fonts have every letter of ``shape``."""
    letters = set(" ".join(run.words for run in shape.runs)) if isinstance(shape, TextLine) else ()
    return all(c < "\u0600" or "\u1d00" <= c <= "\u20cf" or c in _OTHER_LETTERS for c in letters)


def pdf(scene: Scene, program: str | os.PathLike[str] | None = None) -> bytes:
    """``scene`` as a PDF file.

    Raises:
        RendererMissing: there is no ``dot``; graphviz-pure writes no PDF.
    """
    executable = renderer.find_dot() if program is None else renderer.find(program)
    if executable is None or _is_pure(executable):
        raise renderer.RendererMissing("for PDF, install Graphviz's own dot (https://graphviz.org/download); or save as .svg.")
    return _run(executable, ["-Tpdf"], scene)


def _run(executable: str, arguments: list[str], scene: Scene) -> bytes:
    if not _is_pure(executable):
        scene = replace(scene, shapes=tuple(map(_without_backslash, scene.shapes)))
    return renderer.run(executable, ["-Kneato", "-n2", *arguments], background(scene))


def _is_pure(executable: str) -> bool:
    return Path(executable).stem == "graphviz-pure"


def _without_backslash(shape: Shape) -> Shape:
    """Replaces backslashes by a similar character: older Graphviz releases count them differently and lose the rest."""
    if not isinstance(shape, TextLine):
        return shape
    return replace(shape, runs=tuple(replace(run, words=run.words.replace(_BACKSLASH, "\u2216")) for run in shape.runs))


def background(scene: Scene) -> str:
    """Returns the DOT text of an empty graph with ``scene`` in its background."""
    operations = "".join(_operations(shape, scene.height) for shape in scene.shapes)
    quoted = operations.replace('"', '\\"')
    # Two invisible points span the page: the bounding box is computed from the nodes.
    corner = 'style=invis shape=point width=0 height=0 label=""'
    return (
        f'digraph {{ graph [pad=0 margin=0 bgcolor="{scene.page}" _background="{quoted}"]\n'
        f'a [{corner} pos="0,0!"]\nb [{corner} pos="{scene.width:.2f},{scene.height:.2f}!"]\n}}\n'
    )


def _operations(shape: Shape, height: float) -> str:
    """Returns the xdot operations of ``shape``; xdot counts y upwards from the bottom."""
    match shape:
        case Rect():
            return _box(shape, height)
        case Curve(points, stroke, weight, dashed):
            return f"{_pen(stroke, weight, dashed=dashed)}{_points('B', points, height)}"
        case Polygon(points, fill):
            return f"{_pen(fill, 0)}C {_counted(fill)}{_points('P', points, height)}"
        case TextLine():
            return _text(shape, height)


def _box(box: Rect, height: float) -> str:
    pen = _pen(box.stroke or box.fill, box.weight if box.stroke else 0, dashed=box.dashed)
    fill = f"C {_counted(box.fill)}" if box.fill else ""
    outline = _outline(box)
    if not box.radius:
        return f"{pen}{fill}{_points('P' if box.fill else 'p', outline, height)}"
    return f"{pen}{fill}{_points('b' if box.fill else 'B', outline, height)}"


def _outline(box: Rect) -> tuple[Point, ...]:
    """Returns the corners of a rectangle, or, if it has a radius, the curves around it, clockwise from the top left."""
    x0, y0, x1, y1 = box.x, box.y, box.x + box.width, box.y + box.height
    if not box.radius:
        return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    r = min(box.radius, box.width / 2, box.height / 2)
    k = r * (1 - KAPPA)
    points: list[Point] = [(x0 + r, y0)]
    for line_end, control_1, control_2, arc_end in (
        ((x1 - r, y0), (x1 - k, y0), (x1, y0 + k), (x1, y0 + r)),
        ((x1, y1 - r), (x1, y1 - k), (x1 - k, y1), (x1 - r, y1)),
        ((x0 + r, y1), (x0 + k, y1), (x0, y1 - k), (x0, y1 - r)),
        ((x0, y0 + r), (x0, y0 + k), (x0 + k, y0), (x0 + r, y0)),
    ):
        points += [points[-1], line_end, line_end, control_1, control_2, arc_end]
    return tuple(points)


def _text(text: TextLine, height: float) -> str:
    """Writes the one or two runs of a text; xdot has one font to a text, so each run is a text of its own.

    The first is anchored at its end, where the second starts. If the estimated widths are wrong, both shift together, and
    there is neither a gap nor a collision between them.
    """
    first, *others = text.runs
    width = fonts.width(first.words, first.size, bold=first.bold)
    if not others:
        return _words(first, text.x, text.y, width, text.anchor, height)
    second = others[0]
    after = fonts.width(second.words, second.size, bold=second.bold)
    x = text.x + {"start": width, "middle": (width - after) / 2, "end": -after}[text.anchor]
    return _words(first, x, text.y, width, "end", height) + _words(second, x, text.y, after, "start", height)


def _words(run: Run, x: float, y: float, width: float, anchor: str, height: float) -> str:
    # Graphviz takes y for the middle of the line, and draws the text a tenth of its size higher.
    up = height - y - 0.1 * run.size
    # A backslash would escape the next character: an invisible mark is put between them.
    words = keep_order(clean(run.words)).replace(_BACKSLASH, _BACKSLASH + LRM).replace("&", "&" + LRM)
    font = f"t {int(run.bold)} F {run.size} {_counted('Arial')}c {_counted(run.colour)}"
    return f"{font}T {x:.2f} {up:.2f} {_ANCHORS[anchor]} {width:.2f} {_counted(words)}"


def _pen(colour: str, weight: float, *, dashed: bool = False) -> str:
    style = "dashed" if dashed else "solid"
    return f"S {_counted(style)}S {_counted(f'setlinewidth({weight:g})')}c {_counted(colour)}"


def _points(operation: str, points: tuple[Point, ...], height: float) -> str:
    return f"{operation} {len(points)} " + "".join(f"{x:.2f} {height - y:.2f} " for x, y in points)


def _counted(words: str) -> str:
    """Returns a string in xdot's form: with its length in bytes, not characters, and without counting backslashes."""
    return f"{len(words.encode()) - words.count(_BACKSLASH)} -{words} "
