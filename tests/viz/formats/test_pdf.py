"""PDF without Graphviz: its words can be searched, in a font of its own, its shapes are the scene's, its bytes the same."""

import io
import re
import sys
import zlib
from dataclasses import replace

import pytest
from chalkgrad.viz.drawing.drawing import Drawing, Figure
from chalkgrad.viz.formats import pdf as pdf_module
from chalkgrad.viz.formats import raster
from chalkgrad.viz.formats.pdf import pdf
from chalkgrad.viz.formats.scene import Curve, Polygon, Rect, Run, Scene, TextLine
from chalkgrad.viz.layout import renderer
from chalkgrad.viz.letters import fonts
from example_pictures import EXPRESSION, TWO_PATHS, hostile

TTFONT = pytest.importorskip("fontTools.ttLib", reason="matplotlib has the font: pip install chalkgrad[plot]").TTFont


def objects(written):
    """The objects of a PDF file by their numbers, found by its table, with their streams unpacked."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n\Z", written)[1])
    head, *places = re.findall(rb"^(\d{10}) \d{5} [fn] $", written[start:], re.MULTILINE)
    assert head == b"0000000000"
    assert b"/Size %d " % (len(places) + 1) in written[start:]
    found = {}
    for n, place in enumerate(map(int, places), 1):
        opening, content = re.match(rb"(\d+ 0 obj\n)(.*?)\nendobj\n", written[place:], re.DOTALL).groups()
        assert opening == b"%d 0 obj\n" % n
        if stream := re.search(rb"/Length (\d+).*?>>\nstream\n(.*)\nendstream\Z", content, re.DOTALL):
            assert len(stream[2]) == int(stream[1])
            content = zlib.decompress(stream[2])
        found[n] = content
    return found


def fonts_of(found):
    """Each font of the page by its tag: the letters by their numbers, the widths in thousandths, the font itself."""
    result = {}
    for tag, number in re.findall(rb"/([BR]) (\d+) 0 R", found[3]):
        _, inner, _, file, table = (found[int(number) + n] for n in range(5))
        letters = {
            int(a, 16): bytes.fromhex(b.decode()).decode("utf-16-be") for a, b in re.findall(rb"<(\w{4})> <(\w+)>", table)
        }
        letters = {shape: letter for shape, letter in letters.items() if letter != "\uffff"}
        widths = {int(shape): float(width) for shape, width in re.findall(rb"(\d+) \[([\d.]+)\]", inner)}
        result[tag.decode()] = (letters, widths, TTFONT(io.BytesIO(file)))
    return result


def lines(written):
    """Each text: its words as they are seen, its left end, its width and its baseline, and whether it is read aloud."""
    found = objects(written)
    cut = fonts_of(found)
    pattern = r"(BDC .*)?BT /(\w) ([\d.]+) Tf ([\d.]+) Tz 1 0 0 -1 (\S+) (\S+) Tm <(\w*)> Tj"
    for halo, tag, size, narrowed, x, y, shapes in re.findall(pattern, found[4].decode()):
        letters, widths, _ = cut[tag]
        numbers = [int(shapes[n : n + 4], 16) for n in range(0, len(shapes), 4)]
        width = sum(widths[one] for one in numbers) / 1000 * float(size) * float(narrowed) / 100
        yield "".join(letters.get(one, "□") for one in numbers), float(x), width, float(y), not halo


def scene_of(*shapes):
    return Scene(300, 50, "#ffffff", shapes, "שגיאה (a)", "What is seen.")


def test_words_are_words_in_a_font_that_is_in_the_file():
    written = Drawing(replace(EXPRESSION, caption="1/2   e = a·b   √θ₁ → x²")).file("pdf")
    said = [line[0] for line in lines(written) if line[4]]
    for words in ("∂e/∂a = b = -3", "data", "-6", "= a·b", "L", "1/2   e = a·b   √θ₁ → x²"):
        assert words in said
    for letters, widths, font in fonts_of(objects(written)).values():
        glyphs, advances, scale = font["glyf"], font["hmtx"].metrics, 1000 / font["head"].unitsPerEm
        for shape, letter in letters.items():
            name = font.getGlyphName(shape)
            assert (glyphs[name].numberOfContours == 0) == (letter == " "), letter
            assert widths[shape] == pytest.approx(advances[name][0] * scale, abs=0.01)


def test_hebrew_stands_as_it_is_seen():
    runs = (Run("∂שגיאה/∂ב12", 20, True, "#000000"), Run(" = 3", 20, False, "#000000"))
    said = [line[0] for line in lines(pdf(scene_of(TextLine(10, 30, "start", runs))))]
    assert said == ["∂האיגש/∂12ב", "= 3"]


@pytest.mark.parametrize(("anchor", "share"), [("start", 0.0), ("middle", 0.5), ("end", 1.0)])
@pytest.mark.parametrize("words", ["WWW mmm 000", "∂e/∂a = b = -3", "illi", "₁₂ᵀ"])
def test_a_text_has_no_more_space_than_the_picture_gives_it(words, anchor, share):
    ((_, left, width, y, _),) = lines(pdf(scene_of(TextLine(100, 30, anchor, (Run(words, 20, True, "#000000"),)))))
    space = fonts.width(words, 20, bold=True)
    assert 0.5 * space < width < 1.01 * space
    assert (left + share * width, y) == (pytest.approx(100, abs=0.1), 30)


def test_a_halo_is_below_its_words_and_is_not_read():
    text = TextLine(100, 30, "middle", (Run("a", 20, True, "#102030"),), halo="#ffffff")
    below, above = lines(pdf(scene_of(text)))
    assert below[:4] == above[:4]
    assert (below[4], above[4]) == (False, True)
    drawing = objects(pdf(scene_of(text)))[4].decode()
    assert drawing.index("1 1 1 RG 5 w") < drawing.index("0.0627 0.125 0.188 rg")


def test_shapes_are_those_of_the_scene():
    curve = Curve(((0, 1), (2, 3), (4, 5), (6, 7)), "#ff0000", 3, True)
    corners = Polygon(((1, 1), (2, 5), (3, 1)), "#00ff00")
    drawing = objects(pdf(scene_of(Rect(5, 6, 70, 8, fill="#0000ff", stroke="#000000", weight=2), curve, corners)))[4]
    assert drawing.decode().splitlines() == [
        "1 0 0 -1 0 50 cm",
        "0 0 0 RG 2 w [] 0 d 0 0 1 rg 5 6 m 75 6 l 75 14 l 5 14 l h B",
        "1 0 0 RG 3 w [7 4] 0 d 0 1 m 2 3 4 5 6 7 c S",
        "0 1 0 rg 1 1 m 2 5 l 3 1 l h f",
    ]


def test_the_title_and_the_description_are_in_the_file():
    information = objects(pdf(scene_of()))[5].decode()
    title, subject = (bytes.fromhex(words).decode("utf-16") for words in re.findall(r"<(feff\w*)>", information))
    assert (title, subject) == ("שגיאה (a)", "What is seen.")
    assert "Date" not in information


def test_the_same_picture_gives_the_same_bytes():
    first = Drawing(TWO_PATHS).file("pdf")
    pdf_module.font.cache_clear()
    assert Drawing(TWO_PATHS).file("pdf") == first
    assert len(first) < 20_000


def test_hostile_labels_are_nothing_but_words():
    written = Drawing(hostile(["<b>&\"'", ") Tj (", "endobj", "\ud800x", "a\\"])).file("pdf")
    said = [line[0] for line in lines(written)]
    for words in ("<b>&\"'", ") Tj (", "endobj", "\\ud800x", "a\\"):
        assert words in said


# Without the font, and what it lacks ----------------------------------------------------------------------------------


@pytest.fixture
def no_matplotlib(monkeypatch):
    pdf_module.font.cache_clear()
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def test_without_the_font_and_dot_one_sentence_says_what_to_install(tmp_path, monkeypatch, no_matplotlib):
    monkeypatch.setattr(renderer, "find_dot", lambda: None)
    said = r'^for PDF, install matplotlib, which has the font: pip install "chalkgrad\[plot\]"; or save as \.svg\.$'
    for program in (None, "graphviz-pure"):
        with pytest.raises(renderer.RendererMissing, match=said):
            Drawing(EXPRESSION).save(tmp_path / "L.pdf", renderer=program)
    assert not list(tmp_path.iterdir())


def test_without_the_font_dot_draws_it(monkeypatch, no_matplotlib):
    monkeypatch.setattr(renderer, "find_dot", lambda: "/usr/bin/dot")
    monkeypatch.setattr(raster, "pdf", lambda scene, program: f"by {program}".encode())
    assert Drawing(EXPRESSION).file("pdf") == b"by /usr/bin/dot"


@pytest.mark.parametrize("words", ["漢字", "مرحبا"])
def test_letters_that_the_font_lacks_are_drawn_by_dot_and_are_boxes_without_it(words, monkeypatch):
    figure = Figure(scene_of(TextLine(10, 30, "start", (Run(words, 20, True, "#000000"),))), "letters")
    monkeypatch.setattr(raster, "pdf", lambda scene, program: f"by {program}".encode())
    monkeypatch.setattr(renderer, "find_dot", lambda: "dot")
    assert figure.file("pdf") == b"by dot"
    monkeypatch.setattr(renderer, "find_dot", lambda: None)
    ((said, *_),) = lines(figure.file("pdf"))
    assert len(said) == len(words)


@pytest.mark.skipif(renderer.find_dot() is None, reason="there is no dot here (Debian: apt-get install graphviz)")
def test_dot_writes_it_where_it_is_named(tmp_path):
    Drawing(EXPRESSION).save(tmp_path / "L.pdf", "dot")
    written = (tmp_path / "L.pdf").read_bytes()
    assert written.startswith(b"%PDF")
    assert b"(chalkgrad)" not in written
