"""Writes a `Scene` as SVG that can stand in any page, any number of times.

It has no id, class, script, style sheet, link, document type, and no user text in an address: it cannot interfere with
its neighbours, and no label can break it. The same scene gives the same bytes.

It must also survive programs that import SVG into slides, so it keeps to what all of them draw:

* LibreOffice has no paint-order, and paints a stroke over its letters: a halo is an element of its own below the words. It
  places a tspan after a text in the middle wrongly: an element of text has one font, one x and no tspan.
* PowerPoint has no paint-order, dominant-baseline, textLength, filters, masks, foreignObject or nested svg, and is said to
  lose styles in attributes when it makes shapes of a picture: a baseline is a y, colours are #rrggbb, and fill, size and
  weight stand on every text. It keeps text-anchor. What stands in the style and on the root's other properties serves
  web pages alone, besides the fonts' names, which even an old importer inherits.

>>> from chalkgrad.viz.formats.scene import Rect, Scene
>>> svg(Scene(20, 10, "#ffffff", (Rect(0, 0, 20, 10, fill="#ffffff"),), "y", "")).count("<rect")
1
"""

from collections.abc import Iterable
from dataclasses import replace

from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats.placing import placed
from chalkgrad.viz.formats.policy import without_scripts
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Curve, Polygon, Rect, Run, Shape, TextLine
from chalkgrad.viz.letters.text import clean, escape, keep_order, runs_right_to_left, sentence_order

# Up to this width a picture shrinks with its column; a wider one would become illegible, so it is scrolled.
_SHRINKS = 1600
# A notebook's output is narrower than a page, and what does not fit is out of sight: more is shrunk there.
_OUTPUT, _SHRINKS_IN_OUTPUT = 848, 4000  # the output's width in JupyterLab, in a window of 1,280 pixels

DASHES = (7, 4)  # a dashed line: the lengths of a dash and of a gap
_HALO = ' stroke="{}" stroke-width="5" stroke-linejoin="round"'


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
        f"<desc>{_described(scene.description)}</desc>",
        elements(scene.shapes),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def page(scene: Scene) -> str:
    """Returns a page that shows ``scene``: one file without requests, in which wide pictures are scrolled, not shrunk."""
    language = section("language")["code"]
    return without_scripts(
        f'<!DOCTYPE html>\n<html lang="{language}">\n<meta charset="utf-8">\n<title>{_said(scene.title)}</title>\n'
        f"<style>body{{margin:0;background:{scene.page}}}</style>\n<body>\n{svg(scene)}</body>\n</html>\n"
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
    """Returns an element for each run, and of a text with a halo first one for each run's halo."""
    hover = f"<title>{_said(text.hover)}</title>" if text.hover else ""
    runs = [(run, f'x="{number(x)}" y="{number(text.y)}" text-anchor="{anchor}"') for run, x, anchor in placed(text)]
    halos = [_element(replace(run, colour=text.halo), place + _HALO.format(text.halo)) for run, place in runs if text.halo]
    return "\n".join(halos + [_element(run, place, hover, text.rtl) for run, place in runs])


def _element(run: Run, attributes: str, hover: str = "", rtl: bool = False) -> str:
    font = f'font-size="{run.size}" font-weight="{"bold" if run.bold else "normal"}" fill="{run.colour}"'
    # Blanks that follow a blank are no-break spaces: not every program minds xml:space, and browsers drop it one day.
    words = escape((sentence_order if rtl else keep_order)(clean(run.words))).replace("  ", " \u00a0")
    return f"<text {attributes} {font}>{hover}{words}</text>"


def _said(text: str) -> str:
    return escape(keep_order(clean(text)))


def _described(text: str) -> str:
    """Returns sentences, from the left or from the right."""
    said = clean(text)
    return escape((sentence_order if runs_right_to_left(said) else keep_order)(said))


def number(value: float) -> str:
    """Returns a number with at most two decimals, and without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
