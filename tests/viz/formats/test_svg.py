"""SVG as its readers have it: any label is valid XML, twenty stand in one page unharmed, and every text fits its card."""

import base64
import io
import itertools
import re
import shutil
import subprocess
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from browsing import chromium
from chalkgrad.viz.drawing.drawing import Drawing, Figure
from chalkgrad.viz.formats.placing import placed
from chalkgrad.viz.formats.scene import Scene, parts
from chalkgrad.viz.formats.svg import elements, svg
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.letters.primitives import Polygon, Rect, Run, TextLine
from chalkgrad.viz.letters.themes import THEMES
from chalkgrad.viz.skins.skin import skin_of
from contrast import contrast
from example_pictures import EXPRESSION, NEURON, PICTURES, SQUARE, TWO_PATHS, UNSWEPT, chain, hostile
from hypothesis import given, settings
from hypothesis import strategies as st

SVG = "{http://www.w3.org/2000/svg}"
LIBRSVG = shutil.which("rsvg-convert")
NASTY = [
    *("]]>", "<!--", "-->", "<![CDATA[", "&#0;", "&amp;", "\"'", "</svg>", "<script>", "url(#x)", "javascript:", "%00"),
    *("\ud800", "\ufffe", "\u202e", "\u200b", "\0", "\u2028", "\u05d0", "\\u0000", "n" * 500),
]
CHARACTER = st.characters(codec=None, exclude_categories=())
LABEL = st.lists(st.one_of(CHARACTER, st.sampled_from(NASTY)), max_size=12).map("".join)

# What an SVG of ours may consist of: no id, class, style sheet, script, link or handler, and of styles only its own size's.
ALLOWED = {
    "svg": {"width", "height", "viewBox", "style", "direction", "role", "aria-label", "font-family",
            "font-style", "font-variant", "font-stretch", "letter-spacing", "word-spacing"},
    "title": set(),
    "desc": set(),
    "rect": {"x", "y", "width", "height", "rx", "fill", "stroke", "stroke-width", "stroke-dasharray"},
    "path": {"d", "fill", "stroke", "stroke-width", "stroke-dasharray"},
    "polygon": {"points", "fill"},
    "text": {"x", "y", "text-anchor", "font-size", "font-weight", "fill", "stroke", "stroke-width", "stroke-linejoin"},
}  # fmt: skip
FREE = {"aria-label"}  # the only attribute that holds words of the user's


def refuse_foreign(text):
    """Every element and attribute is one of ours, and every attribute's value is a number, a colour or a word of ours."""
    assert not re.search(r"<[!?]", text)
    root = ElementTree.fromstring(text)
    for element in root.iter():
        tag = element.tag.removeprefix(SVG)
        assert set(element.keys()) <= ALLOWED[tag], (tag, element.keys())
        for name, value in element.attrib.items():
            assert name in FREE or re.fullmatch(r"[\w\s#%.,:;'-]*", value), (name, value)
    return root


# Any label ------------------------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(st.lists(LABEL, min_size=40, max_size=40), st.booleans())
def test_thousands_of_hostile_labels_are_valid_xml_and_nothing_but_text(labels, bold):
    texts = [
        TextLine(0, 20, "start", (Run(words, 20, bold, "#111111"), Run(words, 18, False, "#111111")), words) for words in labels
    ]
    root = refuse_foreign(svg(Scene(100, 100, "#ffffff", tuple(texts), labels[0], labels[1])))
    assert len(root.findall(f"{SVG}text")) == 2 * len(labels)
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]


@settings(max_examples=15, deadline=None)
@given(st.lists(LABEL, min_size=1, max_size=4), st.sampled_from(("cards", "circuit", "edges")), st.sampled_from(("LR", "TB")))
def test_so_is_a_graph_of_such_names_in_every_skin(labels, skin, direction):
    refuse_foreign(Drawing(hostile(labels, skin=skin, direction=direction, caption="\n".join(labels))).svg)


def test_a_page_of_a_figure_says_its_title_and_asks_for_nothing():
    page = Figure(Scene(10, 10, "#14171c", (), "</title><b>", ""), "a").file("html").decode()
    assert "<title>&lt;/title&gt;&lt;b&gt;</title>" in page
    assert page.count("<svg") == 1
    assert not re.search(r"<script|<link|src=|href=|@import", page)


# In programs that import it into slides ---------------------------------------------------------------------------------


@pytest.mark.parametrize("skin", ["cards", "circuit", "edges"])
@pytest.mark.parametrize("picture", [EXPRESSION, TWO_PATHS, hostile(["שגיאה", "two  blanks", "漢字"])])
def test_an_element_of_text_has_one_place_one_font_and_a_fill_so_that_libreoffice_draws_it(picture, skin):
    written = Drawing(replace(picture, skin=skin, caption="1/2   e = a·b   ∂e/∂a = b = -3")).svg
    assert "paint-order" not in written  # LibreOffice would paint a halo over its letters
    texts = ElementTree.fromstring(written).findall(f".//{SVG}text")
    assert len(texts) > 5
    for text in texts:
        assert {child.tag for child in text} <= {f"{SVG}title"}  # and no tspan, which it would misplace
        for name in ("x", "y", "font-size"):
            assert re.fullmatch(r"-?[\d.]+", text.get(name))
        assert re.fullmatch("#[0-9a-f]{6}", text.get("fill"))
        assert text.get("font-weight") in ("normal", "bold")
        words = "".join(text.itertext())
        assert words.strip(" ") == words  # blanks at an end
        assert "  " not in words  # or in a row need xml:space, which some drop


def test_a_halo_is_below_the_words_that_it_surrounds():
    text = TextLine(50, 20, "middle", (Run("a", 20, True, "#111111"), Run(" = 2", 18, False, "#222222")), halo="#ffffff")
    texts = list(ElementTree.fromstring(svg(Scene(100, 30, "#ffffff", (text,), "", ""))).iter(f"{SVG}text"))
    assert [(text.text, text.get("fill"), text.get("stroke")) for text in texts] == [
        *(("a", "#ffffff", "#ffffff"), ("= 2", "#ffffff", "#ffffff")),
        *(("a", "#111111", None), ("= 2", "#222222", None)),
    ]
    assert [text.get("x") for text in texts[:2]] == [text.get("x") for text in texts[2:]]


@pytest.mark.parametrize(("anchor", "start"), [("start", 50.0), ("middle", 50 - 56.99 / 2), ("end", 50 - 56.99)])
def test_two_runs_meet_where_their_widths_say_and_touch_in_any_font(anchor, start):
    # By Arial's metrics: ten bold zeros of 5.56 at size 10 and a blank of 1.39 at size 5: 56.99 in all.
    text = TextLine(50, 20, anchor, (Run("0" * 10, 10, True, "#111111"), Run(" ", 5, False, "#111111")))
    (first, at, ends), (second, then, starts) = placed(text)
    assert (first.words, ends, second.words, starts) == ("0" * 10, "end", "", "start")
    assert at == pytest.approx(start + 55.6)
    assert then == pytest.approx(at + 1.39)


# Colours --------------------------------------------------------------------------------------------------------------


def beneath(shapes, text):
    """The colour that a text stands on: its halo's, or that of the last filled shape around its place."""
    if text.halo:
        return text.halo
    y = text.y - 0.36 * text.runs[0].size  # the middle of its letters
    hue = ""
    for shape in shapes:
        if isinstance(shape, Rect) and shape.fill and shape.x <= text.x <= shape.x + shape.width:
            hue = shape.fill if shape.y <= y <= shape.y + shape.height else hue
        elif isinstance(shape, Polygon):
            (left, right), (top, bottom) = ((min(along), max(along)) for along in zip(*shape.points, strict=True))
            hue = shape.fill if left <= text.x <= right and top <= y <= bottom else hue
    return hue


@pytest.mark.parametrize("skin", ["cards", "circuit", "edges"])
@pytest.mark.parametrize("theme", THEMES)
def test_every_word_of_a_picture_has_a_contrast_of_at_least_4_5_on_what_it_stands_on(theme, skin):
    lit, faded, stale = (frozenset({mark}) for mark in ("lit", "faded", "stale"))
    for marks in itertools.product((frozenset(), lit, faded), (frozenset(), stale)):
        cards = tuple(replace(card, marks=frozenset().union(*marks), sign="*" * (card.kind != "leaf")) for card in NEURON.cards)
        edges = tuple(replace(edge, marks=marks[0]) for edge in NEURON.edges)
        picture = replace(NEURON, theme=theme, skin=skin, cards=cards, edges=edges, caption="A sentence.")
        shapes = Drawing(picture).scene.shapes
        texts = [shape for shape in shapes if isinstance(shape, TextLine)]
        assert len(texts) > 20
        for text in texts:
            ground = beneath(shapes[: shapes.index(text)], text)
            for run in text.runs:
                assert contrast(run.colour, ground) >= 4.5, (run.words, run.colour, ground, marks)


# In a browser ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tab():
    with chromium() as browser:
        yield browser.new_page(viewport={"width": 1600, "height": 1000})


def different(count):
    """So many pictures, no two alike."""
    looks = [
        replace(picture, theme=theme)
        for theme in THEMES
        for picture in (EXPRESSION, NEURON, TWO_PATHS, SQUARE, UNSWEPT, chain(3))
    ]
    looks += [hostile(["a", "<b>", "שגיאה"]), replace(EXPRESSION, direction="TB")]
    return [Drawing(picture).svg for picture in looks[:count]]


def shown(tab, pictures, page=""):
    """A screenshot of each picture, None where there is none, on one page of that style; every one has the same place."""
    frames = "".join(f'<div class="frame">{picture or ""}</div>' for picture in pictures)
    style = "body { margin: 0 } .frame { display: flow-root; width: 1500px; height: 1500px; text-align: left }"
    tab.set_content(f"<!DOCTYPE html><style>{style} svg {{ display: block }} {page}</style>{frames}")
    return [picture and tab.locator(".frame").nth(n).locator("svg").screenshot() for n, picture in enumerate(pictures)]


def test_twenty_different_pictures_in_one_page_look_as_each_does_alone(tab):
    pictures = different(20)
    assert len(set(pictures)) == 20
    loud = "body { font: italic small-caps bold 30px/3 serif; color: red; letter-spacing: 3px; word-spacing: 9px;"
    together = shown(tab, pictures, f"{loud} text-transform: uppercase }}")
    for n, picture in enumerate(pictures):
        assert shown(tab, [picture if m == n else None for m in range(20)])[n] == together[n], n


def sizes(tab, content, width):
    """The sizes of the pictures in an output of that width, inlined or as the image that JupyterLab makes of an SVG."""
    tab.set_content(f'<!DOCTYPE html><div style="width: {width}px; overflow: auto">{content}</div>')
    tab.wait_for_function("() => [...document.images].every(image => image.complete)")
    boxes = tab.evaluate("[...document.querySelectorAll('svg, img')].map(one => one.getBoundingClientRect().toJSON())")
    return [(round(box["width"]), round(box["height"])) for box in boxes]


def image(picture):
    return '<img src="data:image/svg+xml;base64,' + base64.b64encode(picture.encode()).decode() + '">'


def test_a_picture_wider_than_a_notebooks_output_shrinks_there_inlined_and_as_an_image(tab):
    scene = replace(Drawing(EXPRESSION).scene, width=1486, height=743)
    picture = svg(scene, output=True)
    for content in (picture, image(picture)):
        ((width, height),) = sizes(tab, content, 848)
        assert (width, height) == (848, 424)
    assert sizes(tab, picture, 1500) == [(1486, 743)]  # never larger than it is
    assert sizes(tab, svg(scene), 848) == [(848, 424)]  # which an image of the saved file does not do
    assert sizes(tab, image(svg(scene)), 848) == [(1486, 743)]


def test_a_picture_that_an_output_has_room_for_is_shown_there_as_it_is_saved(tab):
    drawing = Drawing(EXPRESSION)
    assert drawing.scene.width < 848
    assert drawing._repr_svg_() == drawing.svg
    size = (round(drawing.scene.width), round(drawing.scene.height))
    assert sizes(tab, image(drawing._repr_svg_()), 848) == [size]


def test_a_page_from_right_to_left_changes_nothing_in_a_picture(tab):
    picture = Drawing(hostile(["שגיאה ב", "a"])).svg
    assert shown(tab, [picture], ".frame { direction: rtl } svg { margin: 0 auto 0 0 }") == shown(tab, [picture])


def test_as_an_image_of_its_own_it_looks_as_inlined(tab):
    picture = Drawing(EXPRESSION).svg
    address = "data:image/svg+xml;base64," + base64.b64encode(picture.encode()).decode()
    inlined, image = shown(tab, [picture])[0], f'<img src="{address}">'
    tab.set_content(f"<!DOCTYPE html><style>body {{ margin: 0 }} img {{ display: block }}</style>{image}")
    tab.wait_for_function("() => document.images[0].complete")
    assert tab.locator("img").screenshot() == inlined


def measured(tab, shapes, width, height):
    """For every shape its box in the browser: left, top, right, bottom."""
    tab.set_content(f"<!DOCTYPE html>{svg(Scene(width, height, '#ffffff', tuple(shapes), '', ''))}")
    boxes = tab.evaluate(
        "[...document.querySelector('svg').children].slice(2).map(e => {"
        " const b = e.getBBox(); return [b.x, b.y, b.x + b.width, b.y + b.height] })"
    )
    parts = [max(1, elements([shape]).count("<text ")) for shape in shapes]  # of a title and its halo there are several
    assert len(boxes) == sum(parts)
    ends = itertools.accumulate(parts)
    of_shapes = [boxes[end - count : end] for count, end in zip(parts, ends, strict=True)]
    return [[*map(min, *[box[:2] for box in of * 2]), *map(max, *[box[2:] for box in of * 2])] for of in of_shapes]


def within(inner, outer, slack=0.6):
    return inner[0] >= outer[0] - slack and inner[2] <= outer[2] + slack


FITTED = {
    **{name: picture for name, picture in PICTURES.items() if name != "hostile"},
    "letters": hostile(["שגיאה כוללת", "漢字かな", "\U0001f642\U0001f680", "Ж Щ", "WWWWWWWW", "ŵ₁₂ᵀ ∂σ√", "θ̂"]),
    "digits": replace(EXPRESSION, skin="circuit"),
    "round": replace(NEURON, skin="edges"),
    "round words": replace(hostile(["שגיאה", "漢字", "WWWWWW"]), skin="edges"),
}


@pytest.mark.parametrize("name", FITTED)
def test_every_text_fits_its_card_in_chromium(tab, name):
    picture = FITTED[name]
    layout = place_labels(picture, lay_out(picture))
    things = list(parts(picture, layout))
    boxes = iter(measured(tab, [shape for part in things for shape in part.shapes], layout.width, layout.height))
    for part in things:
        here = [(shape, next(boxes)) for shape in part.shapes]
        texts = [box for shape, box in here if isinstance(shape, TextLine) and any(run.words for run in shape.runs)]
        if part.kind == "card":
            card = layout.cards[part.number]
            outer = (card.x - card.width / 2, 0, card.x + card.width / 2, 0)
        elif part.kind == "label" and texts:
            label, (x, _) = skin_of(picture.skin).label(picture.edges[part.number]), layout.wires[part.number].label
            outer = (x - label.width / 2, 0, x + label.width / 2, 0)
        elif part.kind == "place":
            place = layout.places[part.number]
            outer = (place.x - place.width / 2, 0, place.x + place.width / 2, 0)
        else:
            outer = (0, 0, layout.width, 0)
        for box in texts:
            assert within(box, outer), (part.kind, part.number, box, outer)
        for (one, first), (other, second) in itertools.pairwise(here):
            if isinstance(one, TextLine) and isinstance(other, TextLine) and one.y == other.y:
                assert first[2] < second[0], f"{one.runs[0].words} runs into {other.runs[0].words}"


# In librsvg -----------------------------------------------------------------------------------------------------------


def ink(shapes, width, height):
    """Where librsvg leaves ink, a dot to a unit, of what is drawn dark on white."""
    image = pytest.importorskip("matplotlib.image", reason="matplotlib reads PNG: pip install chalkgrad[plot]")
    text = svg(Scene(width, height, "#ffffff", (Rect(0, 0, width, height, fill="#ffffff"), *shapes), "", ""))
    picture = subprocess.run([LIBRSVG, "-f", "png"], input=text.encode(), capture_output=True, check=True).stdout
    return image.imread(io.BytesIO(picture))[:, :, :3].min(axis=2) < 0.75


@pytest.mark.skipif(LIBRSVG is None, reason="there is no librsvg here (Debian: apt-get install librsvg2-bin)")
@pytest.mark.parametrize("name", [name for name in FITTED if name not in ("chain", "expression downwards")])
@pytest.mark.parametrize("kind", ["card", "label"])
def test_no_text_leaves_its_card_or_its_label_in_librsvg(name, kind):
    picture = FITTED[name]
    layout = place_labels(picture, lay_out(picture))
    texts, rooms = [], []
    for part in parts(picture, layout):
        if part.kind == kind and part.shapes:
            texts += [replace(shape, halo="") for shape in part.shapes if isinstance(shape, TextLine)]
            box = layout.cards[part.number] if kind == "card" else skin_of(picture.skin).label(picture.edges[part.number])
            rooms.append((*((box.x, box.y) if kind == "card" else layout.wires[part.number].label), box.width, box.height))
    dark = ink(texts, layout.width, layout.height)
    assert dark.any() or not texts
    for x, y, width, height in rooms:
        dark[int(y - height / 2) : int(y + height / 2) + 2, int(x - width / 2) : int(x + width / 2) + 2] = False
    assert not dark.any(), f"ink outside at {[list(map(int, place[:4])) for place in dark.nonzero()]}"


@pytest.mark.skipif(LIBRSVG is None, reason="there is no librsvg here (Debian: apt-get install librsvg2-bin)")
def test_the_ink_is_where_it_should_be():
    dark = ink([Rect(10, 10, 40, 20, fill="#000000"), TextLine(100, 30, "end", (Run("HHH", 20, True, "#000000"),))], 120, 40)
    assert dark[20, 30]
    assert dark[16:30, 55:100].any()
    assert not dark[:, 101:].any()
