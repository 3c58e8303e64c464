r"""Writes a `Scene` as a TikZ picture, for Beamer and every other class of LaTeX.

``\usepackage{tikz}`` in the preamble and ``\input{L.tex}`` in a frame are all it takes. The picture is scaled down to
the width of the line and four fifths of the height of the text; ``\def\chalkgradwidth{6cm}`` and
``\def\chalkgradheight{3cm}`` before it set other bounds. The file is plain ASCII, so that no encoding matters, and it
changes nothing outside itself.

>>> words("∂e/∂w₁₂ = -3 & 100 %")
'\\ensuremath{\\partial}e/\\ensuremath{\\partial}w\\textsubscript{12} = \\ensuremath{-}3 \\& 100 \\%'
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from chalkgrad.engine.words.language import section, speaking
from chalkgrad.engine.words.tex import ACCENTS, FROM_LOWERED, FROM_RAISED, SIGNS
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.formats.svg import DASHES, number
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Curve, Polygon, Rect, Shape, TextLine
from chalkgrad.viz.letters.text import LRM, clean, keep_order, right_to_left, sentence_parts

_LARGEST = 8_000  # TeX cannot count beyond 16,383 points; a larger picture is written smaller
_SLACK = 6  # how much wider than in Arial a text may be, because every text has a margin

# ASCII characters that LaTeX reads as commands, or prints as others in some font encodings.
_ASCII = {
    **{sign: "\\" + sign for sign in "%$#&_"},
    **{sign: f"\\ensuremath{{{sign}}}" for sign in "-<>|*"},  # a minus, not a hyphen; and not ¡, ¿, — for the others
    **{sign: f"\\ensuremath{{\\{name}}}" for sign, name in zip("{}\\", ("{", "}", "backslash"), strict=True)},
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "`": "{\\char96}",
    "'": "{'}",  # two of them would become one closing quotation mark
    '"': "{\\char34}",
}

# Characters that LaTeX has without any package beside those in `SIGNS`, which are of mathematics.
_TEXT = """
    … \\ldots{} – {--} — {---} ‘ {`} ’ {'} “ {``} ” {''} ß \\ss{} æ \\ae{} Æ \\AE{} œ \\oe{} Œ \\OE{} ø \\o{} Ø \\O{} ł \\l{}
    Ł \\L{} ı \\i{} § \\S{} ¶ \\P{} © \\copyright{} £ \\pounds{} ° \\ensuremath{^\\circ} − \\ensuremath{-}
    Α A Β B Ε E Ζ Z Η H Ι I Κ K Μ M Ν N Ο O Ρ P Τ T Χ X ο o
"""


def _pairs(table: str) -> Iterator[tuple[str, str]]:
    parts = table.split()
    return zip(parts[::2], parts[1::2], strict=True)


_SIGNS = {sign: f"\\ensuremath{{\\{name}}}" for sign, name in SIGNS.items()} | dict(_pairs(_TEXT))
_SIGNS["\xa0"] = "\\ "

# Everything is written in macros that are local to the group; within it, characters that babel may have made active are plain.
# A text wider than the space reserved for it is condensed.
_OPENING = r"""\begingroup
\catcode33 12 \catcode34 12 \catcode39 12 \catcode42 12 \catcode45 12 \catcode58 12 \catcode59 12 \catcode60 12
\catcode61 12 \catcode62 12 \catcode63 12 \catcode96 12 \catcode124 12
\providecommand\chalkgradwidth{\linewidth}%
\providecommand\chalkgradheight{0.8\textheight}%
\def\cgplain#1#2#3{\scalebox{#1}{\color{#2}#3}}%
\def\cgbold#1#2#3{\scalebox{#1}{\color{#2}\bfseries\boldmath#3}}%
\def\cgfit#1#2{\setbox0\hbox{#2}\ifdim\wd0>#1pt\resizebox{#1pt}{\height}{\box0}\else\box0\fi}%
"""

# A letter is printed if the TeX engine and its font have it; otherwise, as in browsers, its code stands in a frame.
LETTERS = r"""\def\cgframed#1#2{\raisebox{-.05em}{\scalebox{.45}{\fboxsep1.5pt\fboxrule.5pt
  \fbox{\normalfont\ttfamily\shortstack{#1\\#2}}}}}%
\def\cgleft#1{#1}\let\cgright\cgleft
\ifdefined\Umathchar
  \def\cgletter#1#2{\iffontchar\font"#1#2 \char"#1#2 \else\cgframed{#1}{#2}\fi}%
  \ifdefined\directlua\def\cgleft#1{{\textdir TRT#1}}\def\cgright#1{{\textdir TLT#1}}%
  \else\def\cgleft#1{{\TeXXeTstate1 \beginR#1\endR}}\def\cgright#1{{\TeXXeTstate1 \beginL#1\endL}}\fi
\else
  \let\cgletter\cgframed
  \typeout{chalkgrad: this picture has letters that need lualatex or xelatex, and a font that has them}%
\fi
"""


def tikz(scene: Scene) -> str:
    """Returns ``scene`` as the text of a .tex file, with a line for each shape."""
    factor = min(1.0, _LARGEST / max(scene.width, scene.height))
    shapes = "\n".join(_shape(shape, factor) for shape in scene.shapes)
    colours = "\n".join(
        f"\\definecolor{{{_colour(colour)}}}{{HTML}}{{{colour[1:].upper()}}}%" for colour in _colours(scene.shapes)
    )
    width, height = number(scene.width * factor), number(scene.height * factor)
    letters = LETTERS if "\\cgletter" in shapes else ""
    return (
        f"% {_ascii(clean(scene.title))}\n"
        f"{_hints(letters=bool(letters))}"
        f"{_OPENING}{letters}{colours}\n"
        f"\\pgfmathsetmacro\\cgscale{{min(1, (\\chalkgradwidth)/{width}pt, (\\chalkgradheight)/{height}pt)}}%\n"
        "\\scalebox{\\cgscale}{\\begin{tikzpicture}[x=1pt, y=-1pt, inner sep=0pt, outer sep=0pt, line cap=butt,\n"
        "  every node/.style={font=\\normalfont\\sffamily\\fontsize{10}{10}\\selectfont}]\n"
        f"\\useasboundingbox (0,0) rectangle ({width},{height});\n"
        f"{shapes}\n"
        "\\end{tikzpicture}}%\n"
        "\\endgroup\n"
    )


def _hints(*, letters: bool) -> str:
    """Returns comments on what the file needs: in English in a language of other letters, which would be codes here."""
    said = section("drawings")
    keys = ("how to input", "which font") if letters else ("how to input",)
    code = section("language")["code"] if all(said[key].isascii() for key in keys) else "en"
    blanks = {"package": "\\usepackage{tikz}", "input": "\\input", "font": "\\usepackage{fontspec}\\setsansfont{DejaVu Sans}"}
    with speaking(code):
        return "".join(f"% {_ascii(said[key].format(**blanks))}\n" for key in keys)


def _ascii(remark: str) -> str:
    """Returns a comment without letters that an encoding could spoil."""
    return remark.encode("ascii", "backslashreplace").decode()


def words(text: str) -> str:
    """Returns any ``text`` for LaTeX's text mode, in ASCII."""
    parts = filter(None, keep_order(clean(text)).split(LRM))
    return "".join(f"\\cgleft{{{_set(part)}}}" if right_to_left(part[0]) else _set(part) for part in parts)


def sentence(text: str) -> str:
    """Returns a sentence that runs from right to left for LaTeX's text mode, each formula in it from left to right."""
    parts = (f"\\cgright{{{words(part)}}}" if formula else _set(part) for part, formula in sentence_parts(clean(text)))
    return f"\\cgleft{{{''.join(parts)}}}"


def _set(text: str) -> str:
    text = "".join(map(_glyphs, _CLUSTERS.findall(unicodedata.normalize("NFC", text))))
    return _LOST_SPACE.sub(r"\\ ", text).replace(",,", ",{,}")


# Several raised or several lowered characters, or a letter with its accents.
_CLUSTERS = re.compile(f"[{''.join(FROM_RAISED)}]+|[{''.join(FROM_LOWERED)}]+|.[{''.join(ACCENTS)}]*")
_MOST_ACCENTS = 2  # on a letter; TeX takes twice as long for each
_LOST_SPACE = re.compile(r"(?<= ) |^ | $")


def _glyphs(cluster: str) -> str:
    """Returns the LaTeX for a cluster."""
    first = cluster[0]
    if first in FROM_RAISED or first in FROM_LOWERED:
        command, table = ("superscript", FROM_RAISED) if first in FROM_RAISED else ("subscript", FROM_LOWERED)
        return f"\\text{command}{{{''.join(_set(table[sign]) for sign in cluster)}}}"
    base, *accents = tuple(unicodedata.normalize("NFD", cluster) if first not in _SIGNS else cluster)
    if not (base.isascii() and base.isalpha() and all(accent in ACCENTS for accent in accents)):
        return "".join(map(_glyph, cluster))
    for accent in accents[:_MOST_ACCENTS]:
        base = f"\\{ACCENTS[accent]}{{{base}}}"
    return base


def _glyph(character: str) -> str:
    if character.isascii():
        return _ASCII.get(character, character)
    if character in _SIGNS:
        return _SIGNS[character]
    if not fonts.width(character, 1):
        return ""  # an accent that LaTeX does not know, or an invisible character
    code = f"{ord(character):04X}" if ord(character) <= 0xFFFF else f"{ord(character):06X}"
    return f"\\cgletter{{{code[: len(code) // 2]}}}{{{code[len(code) // 2 :]}}}"


def _shape(shape: Shape, factor: float) -> str:
    def point(x: float, y: float) -> str:
        return f"({number(x * factor)},{number(y * factor)})"

    def pt(length: float) -> str:
        return f"{number(length * factor)}pt"

    match shape:
        case Rect():
            look = [f"fill={_colour(shape.fill)}"] if shape.fill else []
            if shape.stroke:
                look += [f"draw={_colour(shape.stroke)}", f"line width={pt(shape.weight)}"]
            if shape.radius:
                look.append(f"rounded corners={pt(shape.radius)}")
            if shape.dashed:
                look.append(_dashes(factor))
            corner = point(shape.x + shape.width, shape.y + shape.height)
            return f"\\path[{', '.join(look)}] {point(shape.x, shape.y)} rectangle {corner};"
        case Curve(points, stroke, weight, dashed):
            dashes = f", {_dashes(factor)}" if dashed else ""
            start, *rest = (point(*place) for place in points)
            course = "".join(f" .. controls {a} and {b} .. {c}" for a, b, c in zip(*[iter(rest)] * 3, strict=True))
            return f"\\draw[{_colour(stroke)}, line width={pt(weight)}{dashes}] {start}{course};"
        case Polygon(points, fill):
            return f"\\fill[{_colour(fill)}] {' -- '.join(point(*place) for place in points)} -- cycle;"
        case TextLine():
            return _text(shape, factor, point(shape.x, shape.y))


def _dashes(factor: float) -> str:
    on, off = (f"{number(length * factor)}pt" for length in DASHES)
    return f"dash pattern=on {on} off {off}"


def _text(text: TextLine, factor: float, place: str) -> str:
    anchor = {"start": "base west", "middle": "base", "end": "base east"}[text.anchor]
    halo = f", fill={_colour(text.halo)}, fill opacity=.8, text opacity=1, inner sep={factor:.2g}pt" if text.halo else ""
    space = sum(fonts.width(run.words.replace("-", "−", 1), run.size, bold=run.bold) for run in text.runs) + _SLACK
    set_ = sentence if text.rtl else words
    runs = "".join(
        f"\\cg{'bold' if run.bold else 'plain'}{{{run.size * factor / 10:.4g}}}{{{_colour(run.colour)}}}{{{set_(run.words)}}}"
        for run in text.runs
    )
    return f"\\node[anchor={anchor}{halo}] at {place} {{\\cgfit{{{number(space * factor)}}}{{{runs}}}}};"


def _colours(shapes: Iterable[Shape]) -> Iterator[str]:
    """Yields every colour of ``shapes``, in the order of first use."""
    return iter(dict.fromkeys(re.findall(r"#[0-9a-fA-F]{6}", " ".join(_hues(shape) for shape in shapes))))


def _hues(shape: Shape) -> str:
    match shape:
        case Rect():
            return f"{shape.fill} {shape.stroke}"
        case Curve():
            return shape.stroke
        case Polygon():
            return shape.fill
        case TextLine():
            return " ".join((shape.halo, *(run.colour for run in shape.runs)))


def _colour(hue: str) -> str:
    """Returns xcolor's name for a hue; the prefix keeps it apart from the author's own colours."""
    return f"cg{hue[1:].upper()}"
