"""Writes a `Scene` as PDF: shapes are shapes, and words are words that can be searched, in a font that is in the file.

The font is DejaVu Sans, which has the mathematics, the Greek and the Hebrew of this project. It comes with matplotlib, and so
does fontTools, which cuts out of it the letters that are needed. It is wider than Arial, for which the space is measured: its
letters are set somewhat smaller, and narrower where they need to be. A picture with letters that it lacks is drawn by
Graphviz's own ``dot``, if that is installed. The same scene gives the same bytes.

>>> from chalkgrad.viz.formats.scene import Rect, Scene
>>> pdf(Scene(20, 10, "#ffffff", (Rect(5, 2, 10, 5, fill="#000000"),), "a box", ""))[:8]
b'%PDF-1.7'
"""

import io
import os
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats import raster
from chalkgrad.viz.formats.placing import placed
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.formats.svg import DASHES, number
from chalkgrad.viz.layout import renderer
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.letters.primitives import Curve, Point, Polygon, Rect, Shape, TextLine
from chalkgrad.viz.letters.text import clean
from chalkgrad.viz.letters.visual_order import seen

SMALLER = 0.94  # its small letters then are as high as Arial's
_FILES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}


class Missing(Exception):  # noqa: N818 (it is caught here, and says what is missing)
    """There is no matplotlib to have the font from, or the font lacks a letter."""


def pdf(scene: Scene, program: str | os.PathLike[str] | None = None) -> bytes:
    """Returns ``scene`` as a PDF file of one page, a unit of it being a point; a ``program`` named dot draws it itself.

    Raises:
        RendererMissing: there is neither matplotlib nor Graphviz's own ``dot``.
    """
    others = (None, renderer.LAYERED, renderer.JAVASCRIPT)
    if program not in others and not raster.is_pure(renderer.find(program)):
        return raster.pdf(scene, program)
    dot = renderer.find_dot()
    try:
        return _file(scene, strict=dot is not None)
    except Missing as missing:
        if dot is None:
            raise renderer.RendererMissing(
                'for PDF, install matplotlib, which has the font: pip install "chalkgrad[plot]"; or save as .svg.'
            ) from missing
        return raster.pdf(scene, dot)


# The font ------------------------------------------------------------------------------------------------------------


class Font(NamedTuple):
    """A font cut down to some letters: the number of each letter's shape, the shapes' widths in thousandths, and its file."""

    name: str
    shapes: dict[str, int]
    widths: dict[int, float]
    up: float
    down: float
    box: tuple[float, ...]
    file: bytes

    def width(self, letters: str, size: float) -> float:
        """Returns how wide these letters are."""
        return sum(self.widths[self.shapes[letter]] for letter in letters) * size / 1000


@lru_cache(16)
def font(letters: frozenset[str], bold: bool) -> Font:
    """Returns the font with these letters; one that it lacks is an empty box.

    Raises:
        Missing: matplotlib is not installed.
    """
    try:
        import matplotlib
        from fontTools.subset import Options, Subsetter
        from fontTools.ttLib import TTFont
    except ImportError as error:
        raise Missing from error
    file = Path(matplotlib.get_data_path(), "fonts", "ttf", _FILES[bold])
    whole = TTFont(file, recalcTimestamp=False)
    options = Options(hinting=False, layout_features=[], notdef_outline=True, glyph_names=False, legacy_kern=False)
    options.drop_tables += ["FFTM"]  # the program's that made the font
    cut = Subsetter(options)
    cut.populate(unicodes=map(ord, letters))
    cut.subset(whole)
    names, scale = whole.getBestCmap() or {}, 1000 / whole["head"].unitsPerEm
    numbers = {letter: whole.getGlyphID(names[ord(letter)]) if ord(letter) in names else 0 for letter in sorted(letters)}
    advances = {whole.getGlyphID(name): advance * scale for name, (advance, _) in whole["hmtx"].metrics.items()}
    for table in ("cmap", "name", "post", "OS/2"):  # a reader of PDF has them from the PDF
        if table in whole:
            del whole[table]
    written = io.BytesIO()
    whole.save(written, reorderTables=None)
    head, lines = whole["head"], whole["hhea"]
    box = tuple(side * scale for side in (head.xMin, head.yMin, head.xMax, head.yMax))
    name = f"CHALKG+DejaVuSans{'-Bold' * bold}"
    return Font(name, numbers, advances, lines.ascent * scale, lines.descent * scale, box, written.getvalue())


# The page ------------------------------------------------------------------------------------------------------------


def _file(scene: Scene, *, strict: bool) -> bytes:
    """Returns the file; if ``strict``, a letter that the font lacks, or that would be joined to its neighbours, is Missing."""
    runs = [(run, shape.rtl) for shape in scene.shapes if isinstance(shape, TextLine) for run in shape.runs]
    letters = {
        bold: frozenset("".join(seen(clean(run.words), right_to_left=rtl) for run, rtl in runs if run.bold == bold))
        for bold in (False, True)
    }
    cut = {bold: font(those, bold) for bold, those in letters.items() if those}
    if strict and any(
        not one.shapes[letter] or unicodedata.bidirectional(letter) == "AL" for one in cut.values() for letter in one.shapes
    ):
        raise Missing
    drawing = "\n".join([f"1 0 0 -1 0 {number(scene.height)} cm", *(_shape(shape, cut) for shape in scene.shapes)])
    fonts_of_page = " ".join(f"/{_tag(bold)} {6 + 5 * n} 0 R" for n, bold in enumerate(cut))
    language = section("language")["code"]
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /Lang ({language}) /ViewerPreferences << /DisplayDocTitle true >> >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {number(scene.width)} {number(scene.height)}] /Contents 4 0 R "
        f"/Resources << /Font << {fonts_of_page} >> >> >>".encode(),
        _stream(drawing.encode()),
        f"<< /Title {_string(scene.title)} /Subject {_string(scene.description)} /Producer (chalkgrad) >>".encode(),
    ]
    for one in cut.values():
        objects += _font_objects(one, len(objects) + 1)
    written, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for n, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (n, content)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R /Info 5 0 R >>\n"
    return bytes(written + f"{end}startxref\n{len(written)}\n%%EOF\n".encode())


def _font_objects(one: Font, first: int) -> Iterator[bytes]:
    """Yields the five objects of a font, the first of which has the number ``first``."""
    widths = " ".join(f"{shape} [{number(width)}]" for shape, width in sorted(one.widths.items()))
    yield (
        f"<< /Type /Font /Subtype /Type0 /BaseFont /{one.name} /Encoding /Identity-H /DescendantFonts [{first + 1} 0 R] "
        f"/ToUnicode {first + 4} 0 R >>"
    ).encode()
    yield (
        f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{one.name} /CIDToGIDMap /Identity /W [{widths}] "
        f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor {first + 2} 0 R >>"
    ).encode()
    yield (
        f"<< /Type /FontDescriptor /FontName /{one.name} /Flags 4 /ItalicAngle 0 /StemV 80 /CapHeight 729 "
        f"/Ascent {number(one.up)} /Descent {number(one.down)} /FontBBox [{' '.join(map(number, one.box))}] "
        f"/FontFile2 {first + 3} 0 R >>"
    ).encode()
    yield _stream(one.file, f" /Length1 {len(one.file)}")
    letters = {shape: letter for letter, shape in one.shapes.items() if shape}
    lines = [f"<{shape:04x}> <{letter.encode('utf-16-be').hex()}>" for shape, letter in sorted(letters.items())]
    blocks = [lines[n : n + 100] for n in range(0, len(lines), 100)]  # no block may have more
    yield _stream(
        "\n".join(
            [
                "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /letters def /CMapType 2 def",
                "1 begincodespacerange <0000> <ffff> endcodespacerange",
                *("\n".join([f"{len(block)} beginbfchar", *block, "endbfchar"]) for block in blocks),
                "endcmap CMapName currentdict /CMap defineresource pop end end",
            ]
        ).encode()
    )


def _stream(content: bytes, more: str = "") -> bytes:
    packed = zlib.compress(content, 9)
    return b"<< /Length %d /Filter /FlateDecode%s >>\nstream\n%s\nendstream" % (len(packed), more.encode(), packed)


def _string(words: str) -> str:
    return f"<feff{words.encode('utf-16-be', 'replace').hex()}>"


# Shapes --------------------------------------------------------------------------------------------------------------


def _shape(shape: Shape, cut: dict[bool, Font]) -> str:
    match shape:
        case Rect():
            outline = raster.outline(shape)
            course = _curves(outline) if shape.radius else _lines(outline)
            stroke = f"{_pen(shape.stroke, shape.weight, dashed=shape.dashed)} " if shape.stroke else ""
            fill = f"{_colour(shape.fill)} rg " if shape.fill else ""
            return f"{stroke}{fill}{course} h {'B' if stroke and fill else 'f' if fill else 'S' if stroke else 'n'}"
        case Curve(points, stroke, weight, dashed):
            return f"{_pen(stroke, weight, dashed=dashed)} {_curves(points)} S"
        case Polygon(points, fill):
            return f"{_colour(fill)} rg {_lines(points)} h f"
        case TextLine():
            return "\n".join(_words(shape, cut))


def _words(text: TextLine, cut: dict[bool, Font]) -> Iterator[str]:
    """Yields each run, and before it its halo, which says nothing to those who search or read aloud."""
    for run, x, anchor in placed(text):
        letters = seen(clean(run.words), right_to_left=text.rtl)
        if not letters:
            continue
        one, size = cut[run.bold], run.size * SMALLER
        space, width = fonts.width(run.words, run.size, bold=run.bold), one.width(letters, size)
        narrowed = min(1.0, space / width) if width else 1.0
        left = x - width * narrowed * {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        shapes = "".join(f"{one.shapes[letter]:04x}" for letter in letters)
        place = f"/{_tag(run.bold)} {number(size)} Tf {number(100 * narrowed)} Tz 1 0 0 -1 {number(left)} {number(text.y)} Tm"
        if text.halo:
            pen = f"{_pen(text.halo, 5, dashed=False)} 1 j 1 Tr"
            yield f"/Span << /ActualText () >> BDC q {pen} BT {place} <{shapes}> Tj ET Q EMC"
        # Hebrew stands as it is seen, which readers turn round; an ActualText, which says it, they would turn round as well.
        yield f"{_colour(run.colour)} rg BT {place} <{shapes}> Tj ET"


def _tag(bold: bool) -> str:
    return "B" if bold else "R"


def _pen(colour: str, weight: float, *, dashed: bool) -> str:
    lengths = " ".join(map(str, DASHES)) if dashed else ""
    return f"{_colour(colour)} RG {number(weight)} w [{lengths}] 0 d"


def _colour(colour: str) -> str:
    return " ".join(f"{int(colour[i : i + 2], 16) / 255:.3g}" for i in (1, 3, 5))


def _lines(points: Iterable[Point]) -> str:
    return " ".join(f"{number(x)} {number(y)} {'l' if n else 'm'}" for n, (x, y) in enumerate(points))


def _curves(points: tuple[Point, ...]) -> str:
    start, *rest = (f"{number(x)} {number(y)}" for x, y in points)
    return " ".join([f"{start} m", *(f"{' '.join(rest[n : n + 3])} c" for n in range(0, len(rest), 3))])
