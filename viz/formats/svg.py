"""Writes a `Scene` as SVG that can stand in any page, any number of times.

It has no id, class, script, style sheet, link, document type, and no user text in an address: it cannot interfere with
its neighbours, and no label can break it. The same scene gives the same bytes.

>>> from chalkgrad.viz.formats.scene import Rect, Scene
>>> svg(Scene(20, 10, "#ffffff", (Rect(0, 0, 20, 10, fill="#ffffff"),), "y", "")).count("<rect")
1
"""

from collections.abc import Iterable

from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Curve, Polygon, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.text import clean, escape, keep_order

# Up to this width a picture shrinks with its column; a wider one would become illegible, so it is scrolled.
_SHRINKS = 1600
# A notebook's output is narrower than a page, and what does not fit is out of sight: more is shrunk there.
_OUTPUT, _SHRINKS_IN_OUTPUT = 848, 4000  # the output's width in JupyterLab, in a window of 1,280 pixels

DASHES = (7, 4)  # a dashed line: the lengths of a dash and of a gap


def svg(scene: Scene, *, output: bool = False) -> str:
    """Returns ``scene`` as one SVG element, with a line for each shape; one for a notebook's ``output`` shrinks with it."""
    width, height = number(scene.width), number(scene.height)
    if output and _OUTPUT < scene.width <= _SHRINKS_IN_OUTPUT:
        # JupyterLab shows an image of it, which takes no notice of the style and has the width that is written here.
        size, style = {"width": "100%"}, f"max-width:{width}px;height:auto;"
    else:
        size, style = {"width": width, "height": height}, "max-width:100%;height:auto;" if scene.width <= _SHRINKS else ""
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        **size,
        "viewBox": f"0 0 {width} {height}",
        "style": f"{style}text-transform:none",
        # Properties that the texts would inherit from a page: a direction swaps every start and end, spaced letters are wider.
        "direction": "ltr",
        "role": "img",
        "aria-label": _said(scene.title),
        "font-family": fonts.FAMILY,
        **dict.fromkeys(("font-style", "font-variant", "font-stretch", "letter-spacing", "word-spacing"), "normal"),
    }
    opening = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    lines = [
        f"<svg {opening}>",
        f"<title>{_said(scene.title)}</title>",
        f"<desc>{_said(scene.description)}</desc>",
        elements(scene.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def page(scene: Scene) -> str:
    """Returns a page that shows ``scene``: one file without requests, in which wide pictures are scrolled, not shrunk."""
    language = section("language")["code"]
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<meta charset="utf-8">\n<title>{_said(scene.title)}</title>\n'
        f'<body style="margin:0;background:{scene.page}">\n{svg(scene)}</body>\n</html>\n'
    )


def elements(shapes: Iterable[Shape]) -> str:
    """Returns ``shapes`` as SVG elements, a line for each."""
    return "\n".join(map(_shape, shapes))


def _shape(shape: Shape) -> str:
    match shape:
        case Rect():
            return _box(shape)
        case Curve(points, stroke, weight, dashed):
            start, *rest = (f"{number(x)},{number(y)}" for x, y in points)
            course = f"M{start}C{' '.join(rest)}"
            return f'<path d="{course}" fill="none" stroke="{stroke}" stroke-width="{number(weight)}"{_dashes(dashed)}/>'
        case Polygon(points, fill):
            corners = " ".join(f"{number(x)},{number(y)}" for x, y in points)
            return f'<polygon points="{corners}" fill="{fill}"/>'
        case TextLine():
            return _text(shape)


def _box(box: Rect) -> str:
    position = f'x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'
    radius = f' rx="{number(box.radius)}"' if box.radius else ""
    stroke = f' stroke="{box.stroke}" stroke-width="{number(box.weight)}"' if box.stroke else ""
    return f'<rect {position}{radius} fill="{box.fill or "none"}"{stroke}{_dashes(box.dashed)}/>'


def _dashes(dashed: bool) -> str:
    return f' stroke-dasharray="{DASHES[0]} {DASHES[1]}"' if dashed else ""


def _text(text: TextLine) -> str:
    first = text.runs[0]
    words = _words(first) + "".join(f"<tspan {_font(run)}>{_words(run)}</tspan>" for run in text.runs[1:])
    hover = f"<title>{_said(text.hover)}</title>" if text.hover else ""
    place = f'x="{number(text.x)}" y="{number(text.y)}" text-anchor="{text.anchor}"'
    halo = f' stroke="{text.halo}" stroke-width="5" stroke-linejoin="round" paint-order="stroke"' if text.halo else ""
    return f'<text {place} {_font(first)}{halo} xml:space="preserve">{hover}{words}</text>'


def _font(run: Run) -> str:
    return f'font-size="{run.size}" font-weight="{"bold" if run.bold else "normal"}" fill="{run.colour}"'


def _words(run: Run) -> str:
    return escape(keep_order(clean(run.words)))


def _said(text: str) -> str:
    return escape(clean(text))


def number(value: float) -> str:
    """Returns a number with at most two decimals, and without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
