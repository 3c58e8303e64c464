"""TikZ: what is written, and in a real LaTeX what becomes of it."""

import os
import re
import subprocess
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from chalkgrad.engine.words import tex
from chalkgrad.engine.words.language import speaking
from chalkgrad.viz.drawing.drawing import Drawing, Figure
from chalkgrad.viz.formats import tikz
from chalkgrad.viz.formats.scene import Scene
from chalkgrad.viz.formats.svg import number
from chalkgrad.viz.letters.primitives import Rect, Run, TextLine
from chalkgrad.viz.letters.themes import theme
from example_pictures import EXPRESSION, HOSTILE_NAMES, NEURON, PICTURES, chain, hostile
from hypothesis import given
from hypothesis import strategies as st
from latex import LUALATEX, PDFLATEX

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
HOSTILE_TEX = (
    "%$#&_{}^~\\",
    "^^M ^^5c \\input{x} \\par \\end{tikzpicture}",
    "]];},,--``''?`!`<<>>\"|*",
    "  two  spaces  ",
    "é à ï ő ł ß Å ç ñ š i\u0301 b\u0302\u0303 \u0301",
    "x₁₂ ·w₁ᵢⱼ - y²ᵀ⁻¹ ₋₁",
    "א של Ж 漢 \U0001f642 \ue000 \u0378 ﷺ",
)


def lines_of(*texts):
    """A scene that says each of ``texts``, plain and bold."""
    runs = [(Run(words, 20, bold, "#111111"),) for words in texts for bold in (False, True)]
    shapes = [TextLine(10, 24 * n + 20, "start", run, halo="#ffffff") for n, run in enumerate(runs)]
    return Scene(
        600, 24 * len(runs) + 20, "#ffffff", (Rect(0, 0, 600, 24 * len(runs) + 20, fill="#ffffff"), *shapes), "all", ""
    )


def latex(folder, body, *, engine="pdflatex", document="beamer", preamble="\\usepackage{tikz}"):
    """What the engine says of a document."""
    text = f"\\documentclass{{{document}}}\n{preamble}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (folder / "talk.tex").write_text(text, "utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "talk"]
    answer = subprocess.run(command, cwd=folder, capture_output=True, check=False, env={**os.environ, "max_print_line": "1000"})
    said = answer.stdout.decode("utf-8", "replace")
    assert answer.returncode == 0, said[-2000:]
    return said + (folder / "talk.log").read_text("utf-8", "replace")


# What is written ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a.b", "a.b"),
        ("50 % & #1", "50 \\% \\& \\#1"),
        ("w_1^2", "w\\_1\\textasciicircum{}2"),
        ("\\input{x}", "\\ensuremath{\\backslash}input\\ensuremath{\\{}x\\ensuremath{\\}}"),
        ("a - b", "a \\ensuremath{-} b"),
        ("x₁₂", "x\\textsubscript{12}"),
        ("tanh²(x)", "tanh\\textsuperscript{2}(x)"),
        ("∂e/∂σ", "\\ensuremath{\\partial}e/\\ensuremath{\\partial}\\ensuremath{\\sigma}"),
        ("a·b → Σ", "a\\ensuremath{\\cdot}b \\ensuremath{\\to} \\ensuremath{\\Sigma}"),
        (" a  b ", "\\ a \\ b\\ "),
        ("é", "\\'{e}"),
        ("e\u0301", "\\'{e}"),
        ("א", "\\cgleft{\\cgletter{05}{D0}}"),
        ("\U0001f642", "\\cgletter{01F}{642}"),
        ("a\u200bb", "ab"),
        ("a\nb", "a\\ensuremath{\\backslash}nb"),
    ],
)
def test_a_text_for_latex(text, written):
    assert tikz.words(text) == written


@given(ANYTHING)
def test_any_text_becomes_ascii_with_balanced_braces_and_no_bare_special_sign(text):
    written = tikz.words(text)
    assert written.isascii()
    assert written.isprintable()
    bare = re.sub(r"\\[^a-zA-Z]", "", written.replace("^\\circ", ""))  # without escaped signs and accents
    assert not re.search(r"[%$#&_~^\"`|<>]", re.sub(r"\\ensuremath\{[<>|]\}", "", bare).replace("{``}", "").replace("{`}", ""))
    depth = 0
    for brace in re.findall(r"[{}]", bare):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0


@pytest.mark.parametrize("name", ["expression", "neuron", "two paths", "square", "unswept"])
def test_the_picture_is_that_of_the_svg(name):
    drawing = Drawing(PICTURES[name])
    written = drawing.file("tex").decode()
    svg = ElementTree.fromstring(drawing.svg)
    places = {tag: [e.attrib for e in svg.iter(f"{{http://www.w3.org/2000/svg}}{tag}")] for tag in ("rect", "path")}
    found = re.findall(r"\\path\[.*\] \((.*),(.*)\) rectangle", written)
    assert found == [(box["x"], box["y"]) for box in places["rect"]]
    assert re.findall(r"\\draw\[.*\] \((.*?)\) ", written) == [path["d"][1:].split("C")[0] for path in places["path"]]
    lines = [(number(shape.x), number(shape.y)) for shape in drawing.scene.shapes if isinstance(shape, TextLine)]
    assert re.findall(r"\\node\[.*?\] at \((.*?),(.*?)\)", written) == lines


@pytest.mark.parametrize("name", ["light", "dark", "print"])
def test_every_colour_of_the_theme_that_is_drawn_is_defined_and_no_other(name):
    written = Drawing(replace(EXPRESSION, theme=name)).file("tex").decode()
    defined = set(re.findall(r"\\definecolor\{(cg\w+)\}\{HTML\}", written))
    used = set(re.findall(r"\bcg[0-9A-F]{6}\b", written.partition("\\begin{tikzpicture}")[2]))
    assert defined == used
    assert f"cg{theme(name).grad[1:].upper()}" in used


def test_the_file_is_ascii_whatever_the_labels():
    assert Drawing(hostile(HOSTILE_NAMES + HOSTILE_TEX)).file("tex").isascii()


# What LaTeX makes of it -----------------------------------------------------------------------------------------------


@PDFLATEX
def test_every_picture_compiles_in_beamer_and_fits_the_slide(tmp_path):
    pictures = [EXPRESSION, replace(NEURON, theme="dark"), chain(40), hostile(HOSTILE_NAMES + HOSTILE_TEX)]
    frames = []
    for n, picture in enumerate(pictures):
        Drawing(picture).save(tmp_path / f"p{n}.tex")
        told = "\\typeout{wide \\the\\wd1, high \\the\\ht1, of \\the\\linewidth, \\the\\textheight}"
        measured = f"\\setbox1\\hbox{{\\input{{p{n}}}}}{told}"
        frames.append(f"\\begin{{frame}}{{Title}}{measured}\\centering\\input{{p{n}}}\\end{{frame}}")
    said = latex(tmp_path, "\n".join(frames))
    assert "Output written on talk.pdf (4 pages" in said
    assert "Overfull" not in said
    assert "Missing character" not in said
    sizes = re.findall(r"wide ([\d.]+)pt, high ([\d.]+)pt, of ([\d.]+)pt, ([\d.]+)pt", said)
    assert len(sizes) >= 4
    for size in sizes:
        width, height, line, page = map(float, size)
        assert width <= line + 0.5
        assert height <= 0.8 * page + 0.5
        assert width > 0.95 * line or height > 0.95 * 0.8 * page


@PDFLATEX
def test_every_sign_that_is_known_and_every_hostile_text_compiles_in_an_article(tmp_path):
    known = [*tikz._ASCII, *tikz._SIGNS, *tex.FROM_RAISED, *tex.FROM_LOWERED]
    accented = [f"{letter}{accent}" for letter in "aeiouAEcnsz" for accent in tex.ACCENTS]
    ascii_ = "".join(map(chr, range(32, 127)))
    rows = ["".join(part[n : n + 30]) for part in (known, accented, ascii_) for n in range(0, len(part), 30)]
    Figure(lines_of(*rows, *HOSTILE_TEX, *HOSTILE_NAMES), "all").save(tmp_path / "all.tex")
    said = latex(tmp_path, "\\input{all}", document="article")
    assert "Missing character" not in said
    assert "undefined" not in said.replace("Font shape", "")


@PDFLATEX
def test_nothing_leaks_out_of_the_file_and_the_bounds_can_be_set(tmp_path):
    Drawing(EXPRESSION).save(tmp_path / "p.tex")
    body = (
        "\\def\\chalkgradwidth{4cm}\\def\\chalkgradheight{10cm}\\catcode`;=13 \\def;{\\undefined}\\setbox1\\hbox{\\input{p}}"
        "\\typeout{wide \\the\\wd1, of \\the\\dimexpr4cm, active \\the\\catcode`;}"
        "\\ifdefined\\cgfit\\errmessage{leaks}\\fi\\ifcsname\\string\\color@cg111111\\endcsname\\errmessage{leaks}\\fi"
    )
    said = latex(tmp_path, body, document="article")
    width, bound, active = re.findall(r"wide ([\d.]+)pt, of ([\d.]+)pt, active (\d+)", said)[0]
    assert float(width) == pytest.approx(float(bound), abs=0.2)
    assert active == "13"


@PDFLATEX
def test_a_small_picture_is_not_blown_up(tmp_path):
    Figure(lines_of("a"), "a").save(tmp_path / "p.tex")
    said = latex(
        tmp_path,
        "\\setbox1\\hbox{\\def\\chalkgradwidth{\\maxdimen}\\def\\chalkgradheight{\\maxdimen}\\input{p}}\\typeout{> \\the\\wd1}",
        document="article",
    )
    assert "> 600.0" in said


@PDFLATEX
def test_a_letter_with_a_hundred_accents_does_not_keep_tex_for_ever(tmp_path):
    name = "a" + "\N{COMBINING ACUTE ACCENT}" * 100
    Figure(lines_of(name), name).save(tmp_path / "p.tex")
    assert "\\'{\\'{\\'{" not in (tmp_path / "p.tex").read_text("ascii")
    assert "Output written" in latex(tmp_path, "\\input{p}", document="article")


@LUALATEX
def test_other_letters_are_set_by_lualatex(tmp_path):
    Figure(lines_of(*HOSTILE_TEX), "all").save(tmp_path / "all.tex")
    assert "Output written" in latex(tmp_path, "\\input{all}", engine="lualatex", document="article")


def test_a_file_with_hebrew_letters_says_which_font_it_needs(tmp_path):
    Figure(lines_of("a"), "a").save(tmp_path / "latin.tex")
    Figure(lines_of("משקל"), "משקל").save(tmp_path / "hebrew.tex")
    assert "\\setsansfont" not in (tmp_path / "latin.tex").read_text("ascii")
    with speaking("he"):
        Figure(lines_of("משקל"), "משקל").save(tmp_path / "in hebrew.tex")
    for name in ("hebrew.tex", "in hebrew.tex"):
        head = (tmp_path / name).read_text("ascii").partition("\\begingroup")[0]
        assert "lualatex or xelatex" in head
        assert "\\setsansfont{DejaVu Sans}" in head
