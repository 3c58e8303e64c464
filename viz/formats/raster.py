"""Has Graphviz write a `Scene` as PNG, and its own ``dot`` as PDF where pdf.py lacks letters.

Graphviz draws what a graph's ``_background`` attribute says in its xdot language. So an empty graph with the whole scene in
its background becomes a picture that looks like the SVG, in the fonts that come with graphviz-pure. Letters that these lack
(Chinese, Arabic, emoji, some mathematics) are drawn by ``dot`` in the fonts of the system; without ``dot`` they are empty
boxes, and SVG is the better format.

>>> from chalkgrad.viz.formats.scene import Rect, Scene
>>> png(Scene(20, 10, "#ffffff", (Rect(5, 2, 10, 5, fill="#000000"),), "", ""))[1:4]
b'PNG'
"""

import os
import re
from contextlib import suppress
from dataclasses import replace
from math import inf
from pathlib import Path

from chalkgrad.viz.defaults import WIDTH
from chalkgrad.viz.formats.placing import placed
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.layout import renderer
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import KAPPA, Curve, Point, Polygon, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.text import LRM, clean, keep_order, sentence_order

PIECE = 4000  # characters of a quoted string: the scanner of Graphviz's own dot takes no more than 16 kB at once
LARGEST_SIDE, LARGEST_AREA = 16_000, 40_000_000  # pixels that usual programs open
SMALLEST_SIDE = 16
_BACKSLASH = "\\"
_ANCHORS = {"start": -1, "middle": 0, "end": 1}


# The characters of graphviz-pure's fonts, besides European alphabets, Hebrew, punctuation, raised and lowered digits.
_OTHER_LETTERS = frozenset("ⱼ←↑→↓↔↕∂∆∏∑−∕∙√∞∟∩∫≈≠≡≤≥□▪▫▲►▼◄◊○●◦")
_RANGES = (("\0", "\u052f"), ("\u0591", "\u05ee"), ("\u05f0", "\u05ff"), ("\u1d00", "\u1df5"), ("\u1dfb", "\u20be"),
           ("\u2100", "\u214f"))  # fmt: skip


def png(
    scene: Scene,
    program: str | os.PathLike[str] | None = None,
    *,
    width: int | None = None,
    scale: float | None = None,
) -> bytes:
    """Returns ``scene`` as a PNG file: ``width`` pixels wide, or with ``scale`` pixels to a unit.

    Raises:
        ValueError: it would be too large to open, or too small to see.
        RendererMissing: there is no program that paints.
    """
    wide, high = pixels(scene.width, scene.height, width, scale)
    executable = renderer.find_painter(program)
    # A resolution is rounded differently by every release; a viewport has just as many points, here pixels, as it says.
    middle = f"{scene.width / 2!r},{scene.height / 2!r}"
    arguments = ["-Tpng", "-Gdpi=72", f"-Gviewport={wide},{high},{wide / scene.width!r},{middle}"]
    if (
        program in (None, renderer.LAYERED)
        and is_pure(executable)
        and not all(map(_drawable, scene.shapes))
        and (dot := renderer.find_dot())
    ):
        with suppress(renderer.RenderingFailed):  # a picture with boxes for some letters is better than none
            return _run(dot, arguments, scene)
    return _run(executable, arguments, scene)


def pixels(across: float, down: float, width: int | None = None, scale: float | None = None) -> tuple[int, int]:
    """Returns the width and height of a PNG of something ``across`` wide and ``down`` high, in pixels.

    By default they are those of a slide, or as many as can be opened.

    Raises:
        ValueError: these are too many pixels, or too few.

    >>> pixels(560, 262), pixels(560, 262, scale=2)
    ((1920, 898), (1120, 524))
    """
    shape = across / down
    most = int(min(LARGEST_SIDE, LARGEST_SIDE * shape, (LARGEST_AREA * shape) ** 0.5))
    if scale is None:
        asked: float = min(WIDTH, most) if width is None else width
    else:
        asked = across * scale
    wide, high = round(asked), max(1, round(asked / shape))
    if not SMALLEST_SIDE <= wide <= most:
        raise ValueError(
            f"a .png of this picture is from {SMALLEST_SIDE} to {most} pixels wide, and {wide} by {high} would be too "
            f"{'small to see' if wide < SMALLEST_SIDE else 'large to open'}: write width={min(WIDTH, most)}."
        )
    return wide, high


def refuse_pixels(kind: str, width: int | None, scale: float | None) -> None:
    """Raises ValueError for a ``width`` or a ``scale`` of a file that is not made of pixels, for both, and for no number."""
    if width is not None and scale is not None:
        raise ValueError("width and scale both say how large a .png is: leave one of them out.")
    if width is not None:
        if kind != "png":
            raise ValueError(f"width is how many pixels a .png is wide, and .{kind} has none: leave it out, or save as .png.")
        if not isinstance(width, int) or isinstance(width, bool) or width < 1:
            raise ValueError(f"width is how many pixels a .png is wide, a whole number such as 1920, and not {width!r}.")
    if scale is not None:
        if kind != "png":
            raise ValueError(
                f"scale is how many pixels a .png has per unit, and .{kind} has none: leave it out, or save as .png."
            )
        if not isinstance(scale, (int, float)) or isinstance(scale, bool) or not 0 < scale < inf:
            raise ValueError(f"scale is how many pixels a .png has per unit, a number such as 2, and not {scale!r}.")


def _drawable(shape: Shape) -> bool:
    """Tells whether graphviz-pure's fonts have every letter of ``shape``."""
    letters = set(" ".join(run.words for run in shape.runs)) if isinstance(shape, TextLine) else ()
    return all(any(low <= c <= high for low, high in _RANGES) or c in _OTHER_LETTERS for c in letters)


def pdf(scene: Scene, dot: str | os.PathLike[str]) -> bytes:
    """Returns ``scene`` as the PDF file that Graphviz's own ``dot`` makes of it; `chalkgrad.viz.formats.pdf` needs none."""
    return _run(renderer.find(dot), ["-Tpdf"], scene)


def _run(executable: str, arguments: list[str], scene: Scene) -> bytes:
    if not is_pure(executable):
        scene = replace(scene, shapes=tuple(map(_without_backslash, scene.shapes)))
    return renderer.run(executable, ["-Kneato", "-n2", *arguments], background(scene))


def is_pure(executable: str) -> bool:
    """Tells whether this is graphviz-pure, which writes no PDF."""
    return Path(executable).stem == "graphviz-pure"


def _without_backslash(shape: Shape) -> Shape:
    """Replaces backslashes by a similar character: older Graphviz releases count them differently and lose the rest."""
    if not isinstance(shape, TextLine):
        return shape
    return replace(shape, runs=tuple(replace(run, words=run.words.replace(_BACKSLASH, "\u2216")) for run in shape.runs))


def background(scene: Scene) -> str:
    """Returns the DOT text of an empty graph with ``scene`` in its background."""
    operations = "".join(_operations(shape, scene.height) for shape in scene.shapes)
    pieces = re.findall(rf"(?s).{{1,{PIECE}}}(?<!\\)", operations)  # none ends in a backslash, which would escape the quote
    quoted = '" + "'.join(piece.replace('"', '\\"') for piece in pieces)
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
    if not box.radius:
        return f"{pen}{fill}{_points('P' if box.fill else 'p', outline(box), height)}"
    return f"{pen}{fill}{_points('b' if box.fill else 'B', outline(box), height)}"


def outline(box: Rect) -> tuple[Point, ...]:
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
    """Writes the runs of a text; xdot has one font to a text, so each run is a text of its own."""
    return "".join(_words(run, x, text.y, anchor, height, text.rtl) for run, x, anchor in placed(text))


def _words(run: Run, x: float, y: float, anchor: str, height: float, rtl: bool = False) -> str:
    width = fonts.width(run.words, run.size, bold=run.bold)
    # Graphviz takes y for the middle of the line, and draws the text a tenth of its size higher.
    up = height - y - 0.1 * run.size
    # A backslash would escape the next character: an invisible mark is put between them.
    ordered = (sentence_order if rtl else keep_order)(clean(run.words))
    words = ordered.replace(_BACKSLASH, _BACKSLASH + LRM).replace("&", "&" + LRM)
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
