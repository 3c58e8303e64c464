"""SVG, PNG and PDF, what a notebook gets, and what is written to a file."""

import math
import os
import re
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from chalkgrad.engine import Value
from chalkgrad.viz import play, save
from chalkgrad.viz.drawing.drawing import Drawing, Figure
from chalkgrad.viz.formats import raster
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.formats.svg import svg
from chalkgrad.viz.layout import renderer
from chalkgrad.viz.letters.primitives import Rect, Run, TextLine
from example_pictures import EXPRESSION, HOSTILE_NAMES, NEURON, PICTURES, chain, hostile
from hypothesis import given, settings
from hypothesis import strategies as st

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)
THEMES = ("light", "dark", "print")
SVG = "{http://www.w3.org/2000/svg}"


def elements(text):
    return list(ElementTree.fromstring(text).iter())


def texts(text):
    """Every line of text in an SVG, without marks and halos: a run that begins where one ends continues its line."""
    lines, ends = [], None
    for element in elements(text):
        if element.tag != f"{SVG}text" or element.get("stroke"):
            continue
        words = "".join(element.itertext()).replace("\u200e", "")
        place = (element.get("text-anchor"), element.get("y"))
        lines.append(f"{lines.pop()} {words}" if place == ("start", ends) else words)
        ends = element.get("y") if place[0] == "end" else None
    return lines


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PICTURES)
def test_an_svg_can_stand_in_a_page_any_number_of_times(name, theme):
    drawing = Drawing(replace(PICTURES[name], theme=theme)).svg
    page = ElementTree.fromstring(f"<div>{drawing * 20}</div>")
    assert len(page) == 20
    for element in page[0].iter():
        assert element.tag.removeprefix(SVG) in {"svg", "title", "desc", "rect", "path", "polygon", "text"}
        for name, value in element.attrib.items():
            assert name not in {"id", "class", "href"}
            assert not name.lower().startswith("on")
            assert "url(" not in value
    assert not re.search(r"<!|<\?|<script|<style", drawing)


@settings(max_examples=30, deadline=None)
@given(st.lists(ANYTHING, min_size=1, max_size=3))
def test_no_label_can_break_the_svg(names):
    assert len([e for e in elements(Drawing(hostile(names)).svg) if e.tag == f"{SVG}path"]) >= len(names)


def test_everything_is_said():
    said = texts(Drawing(EXPRESSION).svg)
    for words in ("a", "e = a·b", "data", "-6", "grad", "∂e/∂a = b = -3", "+6", "-4", "L = d·f"):
        assert words in said
    said = texts(Drawing(hostile(HOSTILE_NAMES)).svg)
    for words in ("<b>&\"'", "a\\x00\\x07\\n\\N\\l\\", "שגיאה כוללת", "\\u202eabc", "漢字", "\\ud800x"):
        assert words in said


def test_what_is_shortened_is_whole_when_hovered():
    names = ["n" * 200]
    hovers = [e.text for e in elements(Drawing(hostile(names)).svg) if e.tag == f"{SVG}title"]
    assert "n" * 200 in hovers


def test_a_screen_reader_gets_a_title_and_a_description():
    root = ElementTree.fromstring(Drawing(EXPRESSION).svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "L = d·f"
    assert root.find(f"{SVG}title").text == "L = d·f"
    assert root.find(f"{SVG}desc").text == "The graph of L = d·f."


def test_text_does_not_follow_the_direction_of_the_page():
    assert ElementTree.fromstring(Drawing(EXPRESSION).svg).get("direction") == "ltr"


def test_a_picture_wider_than_a_page_is_not_shrunk_until_it_is_illegible():
    assert "max-width" in Drawing(EXPRESSION).svg
    assert "max-width" not in Drawing(chain(60)).svg


@pytest.mark.parametrize("theme", THEMES)
def test_a_picture_brings_its_own_background(theme):
    first = next(e for e in elements(Drawing(replace(EXPRESSION, theme=theme)).svg) if e.tag == f"{SVG}rect")
    assert first.get("fill") == {"dark": "#14171c"}.get(theme, "#ffffff")
    assert (first.get("x"), first.get("y")) == ("0", "0")


def test_the_same_bytes_in_every_process():
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from example_pictures import *\n"
        "from chalkgrad.viz.drawing.drawing import Drawing\n"
        "sys.stdout.buffer.write(b''.join((d.svg + d.dot).encode() + d.file('tex') for d in map(Drawing, PICTURES.values())))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program, str(Path(__file__).parent), str(Path(__file__).parents[2])],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
    assert len(seen.pop()) > 10_000


# PNG and PDF ---------------------------------------------------------------------------------------------------------


DOT = pytest.mark.skipif(renderer.find_dot() is None, reason="there is no dot here (Debian: apt-get install graphviz)")


def png_size(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", data[16:24])


@pytest.mark.parametrize(
    ("size", "wide"), [({}, 1920), ({"width": 641}, 641), ({"scale": 1}, 560), ({"scale": 1.5}, 840), ({"scale": 3}, 1680)]
)
@pytest.mark.parametrize("program", [None, pytest.param("dot", marks=DOT)])
def test_a_png_is_as_wide_as_a_slide_or_as_asked_for_and_its_height_follows(tmp_path, size, wide, program):
    shapes = (Rect(0, 0, 560, 262.4, fill="#ffffff"), Rect(280, 131.2, 280, 131.2, fill="#000000"))
    Figure(Scene(560, 262.4, "#ffffff", shapes, "", ""), "a box").save(tmp_path / "L.png", program, **size)
    assert png_size((tmp_path / "L.png").read_bytes()) == (wide, round(wide * 262.4 / 560))
    image = pytest.importorskip("matplotlib.image", reason="matplotlib reads PNG: pip install chalkgrad[plot]")
    dark = image.imread(tmp_path / "L.png")[:, :, 0] < 0.5
    assert dark.any(axis=0).nonzero()[0][[0, -1]].tolist() == pytest.approx([wide / 2, wide - 1], abs=1.5)
    assert dark.any(axis=1).nonzero()[0][0] == pytest.approx(wide * 131.2 / 560, abs=1.5)


def test_a_png_does_not_become_too_large_to_open():
    for width, height in ((30_000, 100), (100, 30_000), (100.3, 2_500.7), (0.5, 80)):
        wide, high = raster.pixels(width, height)
        assert max(wide, high) <= raster.LARGEST_SIDE
        assert wide * high <= 1.01 * raster.LARGEST_AREA
    assert wide == 100
    assert raster.pixels(30_000, 100) == (1920, 6)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ({"width": 100_000}, r"from 16 to 9488 pixels wide, and 100000 by 44431 would be too large to open: write width=1920"),
        ({"scale": 50}, r"and 40400 by 17950 would be too large to open"),
        ({"width": 2}, r"and 2 by 1 would be too small to see"),
        ({"width": 800, "scale": 2}, r"width and scale both say how large a \.png is: leave one of them out"),
        *(({"width": width}, "a whole number such as 1920, and not") for width in (800.0, "800", True, 0, -5)),
        *(({"scale": scale}, "a number such as 2, and not") for scale in ("2", True, 0, -1.0, math.inf, math.nan)),
    ],
)
def test_a_png_of_absurd_size_is_refused(tmp_path, size, said):
    with pytest.raises(ValueError, match=said):
        Drawing(EXPRESSION).save(tmp_path / "L.png", **size)
    assert not [*tmp_path.iterdir()]


def drawn_words(words):
    """What a renderer makes of a text in the background, as SVG so that it can be read."""
    scene = Scene(300, 50, "#ffffff", (TextLine(10, 30, "start", (Run(words, 20, True, "#000000"),)),), "", "")
    answer = renderer.run(renderer.find(), ["-Kneato", "-n2", "-Tsvg"], raster.background(scene)).decode()
    return [text.replace("\xa0", " ") for text in texts(re.sub(r"<!DOCTYPE[^>]*>", "", answer))]


@pytest.mark.parametrize(
    "words", ["∂e/∂a = b = -3", "a\\N\\l\\", '\\"', '"quoted"', "\\\\", "שגיאה", "<b>&'", "&lt;&#65;", "漢字", "x₁ 1"]
)
def test_the_png_says_what_the_svg_says(words):
    assert drawn_words(words) == [words]


@settings(max_examples=40, deadline=None)
@given(st.text("ab\\\"'<>&#;-∂ש 1", min_size=1, max_size=12))
def test_no_label_can_break_the_png(words):
    assert [said.strip() for said in drawn_words(f"({words})")] == [f"({words})"]


@pytest.mark.skipif(
    renderer.find_dot() is None, reason="other fonts need Graphviz's own dot (Debian: apt-get install graphviz)"
)
def test_letters_that_the_brought_fonts_lack_are_drawn_by_dot_and_all_others_are_not(monkeypatch):
    def drawn(words):
        return raster.png(Scene(100, 30, "#ffffff", (TextLine(10, 20, "start", (Run(words, 20, True, "#000000"),)),), "", ""))

    plain = "∂e/∂w₁ᵀ שגיאה Ж é → √"
    assert drawn("∈") != drawn("∉")
    with_dot = drawn(plain)
    monkeypatch.setattr(renderer, "find_dot", lambda: None)
    assert drawn(plain) == with_dot
    assert drawn("∈") == drawn("∉")  # both are an empty box


# Drawing -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("L.svg", b"<svg"),
        ("L.SVG", b"<svg"),
        ("L.png", b"\x89PNG"),
        ("L.dot", b"digraph"),
        ("L.tex", b"% L"),
        ("L.html", b"<!DOCTYPE html>"),
    ],
)
def test_the_extension_says_what_is_saved(tmp_path, name, start):
    Drawing(EXPRESSION).save(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("name", ["L", "L.gif", "L.svg.txt", ".svg"])
def test_another_extension_is_refused_naming_those_there_are(tmp_path, name):
    with pytest.raises(ValueError, match=r"saved as \.svg, \.png, \.pdf, \.tex, \.html or \.dot, and"):
        Drawing(EXPRESSION).save(tmp_path / name)


def test_a_file_that_cannot_be_written_is_an_os_error_that_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cannot be written to .*missing.* name another place"):
        Drawing(EXPRESSION).save(tmp_path / "missing" / "L.svg")
    (tmp_path / "L.svg").mkdir()
    with pytest.raises(OSError, match="cannot be written"):
        Drawing(EXPRESSION).save(tmp_path / "L.svg")


def test_a_failure_leaves_the_old_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "L.svg"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        Drawing(EXPRESSION).save(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["L.svg"]


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real.svg").write_text("old")
    (tmp_path / "link.svg").symlink_to("real.svg")
    Drawing(EXPRESSION).save(tmp_path / "link.svg")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "real.svg").read_text().startswith("<svg")


def test_a_figure_is_any_scene_shown_and_saved_like_a_drawing(tmp_path):
    figure = Figure(Drawing(EXPRESSION).scene, "a neuron")
    assert repr(figure) == '<Figure of a neuron; .save("a.svg")>'
    assert figure._repr_svg_() == figure.svg == Drawing(EXPRESSION).svg
    for name in ("f.svg", "f.png", "f.tex", "f.html"):
        figure.save(tmp_path / name)
        Drawing(EXPRESSION).save(tmp_path / f"drawing-{name}")
        assert (tmp_path / name).read_bytes() == (tmp_path / f"drawing-{name}").read_bytes()
    with pytest.raises(ValueError, match=r'saved as \.svg, \.png, \.pdf, \.tex or \.html, and "f\.dot"'):
        figure.save(tmp_path / "f.dot")


def test_a_value_is_saved_as_the_page_that_plays_it(tmp_path):
    a = Value(3.0, "a")
    y = a * a
    y.label = "y"
    save(y, tmp_path / "saved.html", theme="dark", skin="cards")
    play(y, tmp_path / "played.html", theme="dark")
    assert (tmp_path / "saved.html").read_bytes() == (tmp_path / "played.html").read_bytes()
    save(y, tmp_path / "saved.html", skin="circuit")
    assert (tmp_path / "saved.html").read_bytes() == play(y, skin="circuit").html.encode()
    save(y, tmp_path / "saved.html", theme="light", digits=4)
    assert (tmp_path / "saved.html").read_bytes() == play(y, theme="light").html.encode()
    with pytest.raises(ValueError, match=r"wrap and digits cannot be had in a page, which plays the steps: save a picture"):
        save(y, tmp_path / "L.html", wrap=True, digits=3)
    with pytest.raises(ValueError, match="width and scale cannot be had in a page"):
        save(y, tmp_path / "L.html", width=800, scale=3)


def test_saving_refuses_what_a_file_of_its_kind_has_no_use_for(tmp_path):
    y = Value(3.0, "a") * 2
    for name, options in (
        ("y.svg", {"scale": 3}),
        ("y.dot", {"renderer": "graphviz-pure"}),
        ("y.dot", {"wrap": True}),
        ("y.svg", {"collapse": "neurons"}),
    ):
        with pytest.raises(ValueError, match="leave"):
            save(y, tmp_path / name, **options)
    assert not [*tmp_path.iterdir()]
    save(y, tmp_path / "y.png", scale=3, renderer="graphviz-pure", wrap=True)
    save(y, tmp_path / "y.dot", theme="dark", skin="circuit", digits=9, caption="twice a")
    assert "twice a" in (tmp_path / "y.dot").read_text(encoding="utf-8")


def test_a_notebook_gets_svg_and_plain_text_only():
    drawing = Drawing(EXPRESSION)
    assert drawing._repr_svg_() == drawing.svg
    assert repr(drawing) == '<Drawing of L = d·f: 7 values, 6 edges; .save("L.svg")>'
    assert not [name for name in dir(drawing) if name.startswith("_repr_") and name != "_repr_svg_"]


def test_without_the_renderer_that_is_named_text_and_dot_are_still_there():
    drawing = Drawing(EXPRESSION, "no-such-renderer")
    assert repr(drawing).startswith('<Drawing of L = d·f: 7 values, 6 edges; there is no renderer "no-such-renderer" here')
    assert drawing._repr_svg_() is None
    assert drawing.dot.startswith("digraph")
    with pytest.raises(renderer.RendererMissing):
        drawing.svg  # noqa: B018 (a property that computes)


def test_the_layout_is_computed_once(monkeypatch):
    drawing = Drawing(NEURON)
    first = drawing.svg
    monkeypatch.setattr(renderer, "run", None)
    assert drawing.svg is first


def test_a_scene_with_a_text_of_two_sizes_is_one_line():
    text = TextLine(50, 20, "middle", (Run("e", 24, True, "#000000"), Run(" = a·b", 18, False, "#000000")))
    assert texts(svg(Scene(100, 30, "#ffffff", (text,), "", ""))) == ["e = a·b"]


@pytest.mark.parametrize("kind", ["svg", "tex", "html", "dot"])
@pytest.mark.parametrize("size", [{"width": 1920}, {"scale": 3}])
def test_a_size_is_refused_where_there_are_no_pixels(tmp_path, kind, size):
    with pytest.raises(ValueError, match=rf"and \.{kind} has none: leave it out, or save as \.png"):
        Drawing(EXPRESSION).save(tmp_path / f"L.{kind}", **size)
    assert not [*tmp_path.iterdir()]


def test_dot_text_takes_neither_rows_nor_a_renderer(tmp_path):
    with pytest.raises(ValueError, match=r"without rows: leave wrap out, or save as \.svg"):
        Drawing(replace(EXPRESSION, wrap=2)).save(tmp_path / "L.dot")
    with pytest.raises(ValueError, match=r"leave renderer out, or save as \.svg"):
        Drawing(EXPRESSION).save(tmp_path / "L.dot", "graphviz-pure")
    assert not [*tmp_path.iterdir()]
    Drawing(EXPRESSION, "graphviz-pure").save(tmp_path / "L.dot")
    assert (tmp_path / "L.dot").read_text() == Drawing(EXPRESSION).dot


@pytest.mark.parametrize("kind", ["svg", "tex", "html"])
def test_a_renderer_is_refused_where_everything_has_its_place_already(tmp_path, kind):
    figure = Figure(Drawing(EXPRESSION).scene, "one card")
    with pytest.raises(ValueError, match=rf"laid out already, and \.{kind} needs no renderer: leave it out"):
        figure.save(tmp_path / f"L.{kind}", "graphviz-pure")
    figure.save(tmp_path / "L.png", "graphviz-pure")
    assert [path.name for path in tmp_path.iterdir()] == ["L.png"]
