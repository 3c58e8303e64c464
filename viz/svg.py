"""A `Scene` as SVG that can stand in any page, twenty times over.

No id, class, script, style sheet, link, document type or user text in an address: nothing in it can meet its
neighbours, and no label can break it. The same scene gives the same bytes.

>>> from chalkgrad.viz.scene import Box, Scene
>>> svg(Scene(20, 10, "#ffffff", (Box(0, 0, 20, 10, fill="#ffffff"),), "y", "")).count("<rect")
1
"""

from collections.abc import Iterable

from chalkgrad.viz import fonts
from chalkgrad.viz.scene import Box, Curve, Polygon, Run, Scene, Shape, Text
from chalkgrad.viz.text import escape, keep_order

# Up to this width a picture shrinks with its column; a wider one would become illegible and is scrolled instead.
_SHRINKS = 1600


def svg(scene: Scene) -> str:
    """``scene`` as one SVG element, a line per shape."""
    width, height = _number(scene.width), _number(scene.height)
    style = "max-width:100%;height:auto" if scene.width <= _SHRINKS else ""
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg",
        "width": width,
        "height": height,
        "viewBox": f"0 0 {width} {height}",
        "style": style,
        "direction": "ltr",  # a page in Hebrew would hand its own direction down and swap every start and end
        "role": "img",
        "aria-label": escape(scene.title),
        "font-family": fonts.FAMILY,
    }
    opening = " ".join(f'{name}="{value}"' for name, value in attributes.items() if value)
    lines = [
        f"<svg {opening}>",
        f"<title>{escape(scene.title)}</title>",
        f"<desc>{escape(scene.description)}</desc>",
        elements(scene.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def elements(shapes: Iterable[Shape]) -> str:
    """``shapes`` as SVG elements, a line for each."""
    return "\n".join(map(_shape, shapes))


def _shape(shape: Shape) -> str:
    match shape:
        case Box():
            return _box(shape)
        case Curve(points, stroke, weight):
            start, *rest = (f"{_number(x)},{_number(y)}" for x, y in points)
            course = f"M{start}C{' '.join(rest)}"
            return f'<path d="{course}" fill="none" stroke="{stroke}" stroke-width="{_number(weight)}"/>'
        case Polygon(points, fill):
            corners = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
            return f'<polygon points="{corners}" fill="{fill}"/>'
        case Text():
            return _text(shape)


def _box(box: Box) -> str:
    position = f'x="{_number(box.x)}" y="{_number(box.y)}" width="{_number(box.width)}" height="{_number(box.height)}"'
    radius = f' rx="{_number(box.radius)}"' if box.radius else ""
    stroke = f' stroke="{box.stroke}" stroke-width="{_number(box.weight)}"' if box.stroke else ""
    dashes = ' stroke-dasharray="7 4"' if box.dashed else ""
    return f'<rect {position}{radius} fill="{box.fill or "none"}"{stroke}{dashes}/>'


def _text(text: Text) -> str:
    first = text.runs[0]
    words = _words(first) + "".join(f"<tspan {_font(run)}>{_words(run)}</tspan>" for run in text.runs[1:])
    hover = f"<title>{escape(text.hover)}</title>" if text.hover else ""
    place = f'x="{_number(text.x)}" y="{_number(text.y)}" text-anchor="{text.anchor}"'
    halo = f' stroke="{text.halo}" stroke-width="5" stroke-linejoin="round" paint-order="stroke"' if text.halo else ""
    return f'<text {place} {_font(first)}{halo} xml:space="preserve">{hover}{words}</text>'


def _font(run: Run) -> str:
    return f'font-size="{run.size}" font-weight="{"bold" if run.bold else "normal"}" fill="{run.colour}"'


def _words(run: Run) -> str:
    return escape(keep_order(run.words))


def _number(value: float) -> str:
    """At most two decimals, and none that say nothing."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
