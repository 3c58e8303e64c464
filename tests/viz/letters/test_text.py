"""Colours, widths, and any string made fit to stand in a picture."""

import unicodedata
from xml.etree import ElementTree

import pytest
from chalkgrad.viz.letters import fonts, text
from chalkgrad.viz.letters.themes import THEMES, theme
from chalkgrad.viz.pictures.picture import Edge, EdgeLine
from chalkgrad.viz.skins.shapes import shape_label
from contrast import contrast
from hypothesis import given
from hypothesis import strategies as st

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


@pytest.mark.parametrize("name", THEMES)
def test_every_text_has_a_contrast_of_at_least_4_5_on_what_it_stands_on(name):
    colours = theme(name)
    on_cards = ("ink", "dim", "data", "grad", "note")
    beside_edges = ("local", "grad", "dim")
    for background in (colours.leaf, colours.inner, colours.root):
        for hue in on_cards:
            assert contrast(getattr(colours, hue), background) >= 4.5, (hue, background)
    for background in (colours.page, *colours.places):
        for hue in beside_edges:
            assert contrast(getattr(colours, hue), background) >= 4.5, (hue, background)


@pytest.mark.parametrize("name", THEMES)
def test_borders_and_edges_have_a_contrast_of_at_least_3(name):
    colours = theme(name)
    for background in (colours.page, *colours.places):
        for hue in ("border", "edge", "lit"):
            assert contrast(getattr(colours, hue), background) >= 3, (hue, background)


def test_an_unknown_theme_is_refused_with_the_list_of_those_there_are():
    with pytest.raises(ValueError, match="no theme is called 'neon'; there are light, dark, print"):
        theme("neon")


@pytest.mark.parametrize(
    ("words", "bold", "thousandths"),
    [
        ("data", False, 556 + 556 + 278 + 556),
        ("grad", True, 611 + 389 + 556 + 611),
        ("-3.14", False, 333 + 4 * 556 - 278),
        ("a\u0301", False, 556),  # a combining accent
        ("a\u200b\u200e\ufeff", False, 556),  # nothing to see
        ("漢", False, 1000),
        ("é", False, 556),
    ],
)
def test_widths_are_those_of_arial(words, bold, thousandths):
    assert fonts.width(words, 1000, bold=bold) == pytest.approx(thousandths)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("plain ∂σ₁", "plain ∂σ₁"),
        ("a\x00b", "a\\x00b"),
        ("two\nlines", "two\\nlines"),
        ("\x7f\x85", "\\x7f\\x85"),
        ("\ud800", "\\ud800"),
        ("\ufffe", "\\ufffe"),
        ("\u2028", "\\u2028"),
        ("\u202eabc", "\\u202eabc"),
        ("\U0001ffff", "\\U0001ffff"),
    ],
)
def test_what_no_picture_can_show_is_written_out(given, written):
    assert text.clean(given) == written


@given(ANYTHING)
def test_clean_and_escaped_any_string_is_xml_and_keeps_its_characters(words):
    clean = text.clean(words)
    element = ElementTree.fromstring(f'<t a="{text.escape(clean)}">{text.escape(clean)}</t>')
    assert (element.text or "") == clean
    assert element.get("a") == clean


@given(ANYTHING)
def test_cleaning_twice_changes_nothing(words):
    assert text.clean(text.clean(words)) == text.clean(words)


@given(ANYTHING, st.integers(20, 200))
def test_what_is_shortened_fits_and_is_a_beginning(words, limit):
    short = text.shorten(words, 20, bold=True, limit=limit)
    assert fonts.width(short, 20, bold=True) <= limit
    assert short == words or words.startswith(short.removesuffix("…"))


@pytest.mark.parametrize(
    ("words", "limit", "lines"),
    [
        ("∂e/∂a = b = -3", 150, ("∂e/∂a = b = -3",)),
        ("∂o/∂n = 1 - tanh²(n) = 0.5", 160, ("∂o/∂n = 1 - tanh²(n)", "= 0.5")),
        ("∂o/∂n = 1 - tanh²(n) = 0.5", 120, ("∂o/∂n", "= 1 - tanh²(n)", "= 0.5")),
        ("x₁·w₁ + x₂·w₂ + b", 100, ("x₁·w₁ + x₂·w₂", "+ b")),
    ],
)
def test_a_formula_is_broken_before_a_sign(words, limit, lines):
    assert text.wrap(words, 16, bold=False, limit=limit, lines=3) == lines


@given(st.text(" =+-·abcxyz₁", max_size=80), st.integers(60, 200), st.integers(1, 4))
def test_wrapped_lines_fit_and_are_not_too_many(words, limit, lines):
    wrapped = text.wrap(words, 17, bold=True, limit=limit, lines=lines)
    assert 1 <= len(wrapped) <= lines
    assert all(fonts.width(line, 17, bold=True) <= limit for line in wrapped)


def displayed(logical):
    """The order in which a line with base direction left to right is displayed, as far as names and marks go."""
    strong = [unicodedata.bidirectional(c) for c in logical]
    # rule N1: neutrals between two right-to-left characters join them; any left-to-right mark in between prevents that
    runs, start = [], None
    for n, kind in enumerate(strong):
        if kind in ("R", "AL"):
            start = n if start is None else start
            end = n
        elif kind == "L" and start is not None:
            runs.append((start, end))
            start = None
    if start is not None:
        runs.append((start, end))
    shown = list(logical)
    for start, end in runs:
        shown[start : end + 1] = reversed(shown[start : end + 1])
    return "".join(shown).replace(text.LRM, "")


def test_a_formula_with_hebrew_names_still_reads_from_left_to_right():
    assert displayed("∂שג/∂ב = ב") != displayed(text.keep_order("∂שג/∂ב = ב")) == "∂גש/∂ב = ב"
    assert displayed(text.keep_order("של ום + אב")) == "םו לש + בא"
    assert text.keep_order("∂e/∂a = b") == "∂e/∂a = b"


@pytest.mark.parametrize(
    "words", ["∂z2/∂z1 = (1 - tanh(θ2·z1)²)·θ2 = 0.42", "∂L/∂q = 2·(a - b + c) + (d - e)·f", "∂y/∂x = (1 - y²)·(w - v)"]
)
def test_no_line_is_broken_inside_a_bracket(words):
    for limit in range(150, 400, 10):
        lines = text.broken(words, 17, bold=True, limit=limit, lines=3)
        assert " ".join(lines) == words
        if text.longest_part(words, 17, bold=True) <= limit:
            assert all(line.count("(") == line.count(")") for line in lines)


def test_the_label_of_an_edge_is_wide_enough_for_its_brackets():
    label = shape_label(Edge(0, 1, (EdgeLine("∂z2/∂z1 = (1 - tanh(θ2·z1)²)·θ2", "local"),)))
    assert [line.text for line in label.lines] == ["∂z2/∂z1", "= (1 - tanh(θ2·z1)²)·θ2"]


@pytest.mark.parametrize("joined", ["מ־b", "ו-b"])
def test_a_hebrew_prefix_is_no_part_of_the_formula_that_it_is_joined_to(joined):
    found = text.sentence_parts(f"מסלול {joined} אל e")
    assert [part for part, formula in found if formula] == ["b", "e"]
    assert "".join(part for part, formula in found) == f"מסלול {joined} אל e"


@pytest.mark.parametrize(
    ("words", "formulas"),
    [
        ("נלקח p·(1 - p), הנגזרת לבדה", ["p·(1 - p)"]),
        ("זה הערך (של x).", ["x"]),
        ("זה הערך (של f(x))", ["f(x)"]),
        ("זה (a + b)·(c - d) ולא (a + b", ["(a + b)·(c - d)", "a + b"]),
        ("לפי x - הקלט - ולא לפי y", ["x", "y"]),
        ("כתבו +, - או 0", ["+", "0"]),
    ],
)
def test_a_formula_among_hebrew_words_is_whole_and_has_no_half_of_a_pair_of_brackets(words, formulas):
    found = text.sentence_parts(words)
    assert [part for part, formula in found if formula] == formulas
    assert "".join(part for part, formula in found) == words


def test_pairs_of_marks_that_set_a_name_apart_are_left_out_and_single_ones_are_spelled():
    assert text.clean("\u2067לפי \u2066\u2068ב\u2069 = 1\u2069\u2069") == "לפי ב = 1"
    assert text.clean("a\u2066b") == "a\\u2066b"
    assert text.clean("a\u2069b\u2066") == "a\\u2069b\\u2066"
