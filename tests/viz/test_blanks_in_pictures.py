"""Boxes to fill in: sheet and key have one layout, and no byte of a sheet tells an answer."""

import re
import zlib

import pytest
from chalkgrad.engine import Value
from chalkgrad.engine.stepping.blanks import KINDS, blanks_of
from chalkgrad.viz import draw, frames, play, save
from chalkgrad.viz.layout import kept_layouts
from chalkgrad.viz.layout.renderer import run as run_renderer
from chalkgrad.viz.letters.primitives import Rect, TextLine
from chalkgrad.viz.letters.themes import THEMES, contrast
from chalkgrad.viz.skins import Skin, skin_names
from chalkgrad.viz.skins.circuit import Circuit
from chalkgrad.viz.skins.shapes import BOX, box_width

SKINS = skin_names()
TEXTS = ("svg", "tex", "dot", "html")
ALL = KINDS


def colah(a=-4.0, b=2.0):
    """The graph of Olah's "Calculus on Computational Graphs": e = (a + b)·(b + 1)."""
    a, b = Value(a, "a"), Value(b, "b")
    c, d = a + b, b + 1
    e = c * d
    c.label, d.label, e.label = "c", "d", "e"
    return e


def bent(x=7.0, w=0.015625):
    """A graph whose reasons read values, in which a gradient stops where x is negative."""
    x, w = Value(x, "x"), Value(w, "w")
    n = x * w
    t, r = n.tanh(), n.relu()
    y = t * r + n
    n.label, t.label, r.label, y.label = "n", "t", "r", "y"
    return y


def everything(root, width=9):
    """Blanks for all that a graph has, the values of leaves as well."""
    kinds = {node: ("values", "gradients") + ("locals", "contributions") * bool(node.parents) for node in root.tape()}
    return {node: dict.fromkeys(some, width) for node, some in kinds.items()}


def boxes(drawing):
    """The boxes and what stands in them, in drawing order."""
    shapes = drawing.scene.shapes
    return [shape for shape in shapes if isinstance(shape, Rect) and shape.height == BOX]


def texts(drawing):
    return [run.words for shape in drawing.scene.shapes if isinstance(shape, TextLine) for run in shape.runs]


def without_boxes(drawing):
    """All that is drawn beside what stands in the boxes, with the boxes' own places."""
    colours = THEMES[drawing.picture.theme]
    shapes = [shape for shape in drawing.scene.shapes if not is_answer(shape, colours)]
    return [
        (shape.x, shape.y, shape.width, shape.radius, shape.dashed, shape.stroke) if shape in boxes(drawing) else shape
        for shape in shapes
    ]


def is_answer(shape, colours):
    return isinstance(shape, TextLine) and shape.runs[0].colour == colours.key


def unpacked(pdf):
    """The bytes of a PDF, its streams unpacked."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return pdf + b"".join(zlib.decompress(stream) for stream in streams)


# Leaving out ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skin", SKINS)
def test_values_have_solid_boxes_and_gradients_dashed_pills_of_one_width_each(skin):
    drawing = draw(colah(), skin=skin, blanks=("values", "gradients"))
    assert sorted((box.dashed, box.radius == BOX / 2) for box in boxes(drawing)) == [(False, False)] * 3 + [(True, True)] * 5
    assert {box.width for box in boxes(drawing)} == {box_width(4)}


def test_boxes_are_as_wide_as_the_widest_answer_of_their_kind_or_as_is_said():
    wide = draw(colah(-4000.25), skin="circuit", blanks=("values", "gradients"))
    assert {(box.dashed, box.width) for box in boxes(wide)} == {(False, box_width(6)), (True, box_width(5))}
    asked = draw(colah(), skin="circuit", blanks={"values": 9})
    assert {box.width for box in boxes(asked)} == {box_width(9)}


@pytest.mark.parametrize("skin", SKINS)
def test_locals_and_contributions_have_boxes_beside_the_edges(skin):
    drawing = draw(colah(), skin=skin, blanks=("locals", "contributions"))
    assert [box.dashed for box in boxes(drawing)] == [False] * 10
    assert {"∂c/∂a =", "+="} <= set(texts(drawing))
    assert [line.said for line in drawing.picture.edges[3].lines] == ["∂e/∂c = to fill in", "+= to fill in"]


def test_all_is_every_kind():
    every = draw(colah(), blanks="all").svg
    assert every == draw(colah(), blanks=("values", "locals", "contributions", "gradients")).svg


def test_the_usual_drawing_with_blanks_shows_data_and_boxes_alone():
    e = colah()
    e.backward()
    kinds = {row.kind for card in draw(e, blanks="values").picture.cards for row in card.rows}
    assert kinds == {"data"}
    assert all(edge.lines == () for edge in draw(e, blanks="values").picture.edges)


def test_single_cells_are_left_out_by_name_and_the_other_gradients_are_those_of_the_whole_pass():
    drawing = draw(colah(), skin="circuit", blanks={"b": "gradients", "c": "values"})
    assert len(boxes(drawing)) == 2
    assert [row.value for card in drawing.picture.cards for row in card.rows] == ["-4", "3", "2", "", "", "3", "3", "-6", "1"]


def test_a_gradient_that_would_tell_a_blank_is_left_out_and_a_constant_is_said_to_be_one():
    x, k = Value(2.0, "x"), Value(31.0, "k", constant=True)
    n = x * k
    y = n + x
    n.label, y.label = "n", "y"
    y.backward()
    cards = draw(y, show=("data", "grad", "local"), blanks="locals").picture.cards
    rows = {card.name: [(row.name, row.value) for row in card.rows[1:]] for card in cards}
    assert rows == {"x": [], "k": [("constant", "")], "n": [], "y": [("grad", "1")]}


# Not an answer --------------------------------------------------------------------------------------------------------


def answers(root, kinds):
    """The numbers that are left out, as they are written."""
    blanks = blanks_of(root.tape(), kinds)
    edges = [(node, slot) for node in root.tape() for slot in range(len(node.parents))]
    found = {
        blanks.written(kind, node, slot)
        for kind in kinds
        for node, slot in (edges if kind in ("locals", "contributions") else [(node, None) for node in root.tape()])
        if blanks.has(kind, node, slot)
    }
    return {number.lstrip("-") for number in found} - {"0", "1"}


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("kinds", [("values",), ("gradients",), ("values", "gradients"), ("locals",), ALL])
def test_no_text_of_a_sheet_holds_an_answer(skin, kinds):
    y = bent()
    y.backward()
    hidden = answers(y, kinds) - {"7", "0.01562"}
    if "values" not in kinds:
        hidden -= answers(y, ("values",))
    assert hidden
    for show in (None, ("data", "grad", "local", "contributions")):
        if show is not None and kinds == ("gradients",):
            hidden -= answers(y, ("locals",))  # which are asked for
        sheet = draw(y, skin=skin, blanks=kinds, show=show)
        for kind in TEXTS:
            written = sheet.file(kind).decode()
            assert [number for number in hidden if number in written] == [], (kind, show)
        assert [number for number in hidden if number in sheet.picture.description + repr(sheet) + repr(sheet.picture)] == []
        pdf = unpacked(sheet.file("pdf"))  # whose title and description are in UTF-16
        assert [number for number in hidden if number.encode("utf-16-be").hex().encode() in pdf] == []
        assert [number for number in hidden if number not in sheet.filled().svg] == []


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("kind", [*TEXTS, "png", "pdf"])
def test_graphs_that_differ_in_what_is_left_out_are_the_same_bytes(skin, kind):
    one, other = bent(), bent(-600.0, 12.5)  # ReLU is open, and closed: there the gradient stops
    for root in (one, other):
        root.backward()
    shown = ("data", "grad", "local", "contributions")
    files = [draw(root, skin=skin, show=shown, blanks=everything(root)).file(kind) for root in (one, other)]
    assert files[0] == files[1]


def test_another_engine_is_not_quoted_in_a_sheet():
    class Node:
        def __init__(self, data, parents=(), op=""):
            self.data, self.grad, self._prev, self._op = data, 0.0, set(parents), op

    a, b = Node(2.0), Node(-3.0)
    e = Node(-6.0, (a, b), "*")
    e.grad, a.grad, b.grad = 1.0, -77.0, 88.0
    sheet = draw(e, blanks=("values", "gradients"))
    said = " ".join([*texts(sheet), sheet.picture.description])
    assert "77" in " ".join(texts(draw(e)))
    assert re.findall("77|88|wrong", said) == []
    assert sheet.picture.caption == ""


# The key --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("skin", SKINS)
def test_sheet_and_key_differ_in_what_stands_in_the_boxes_alone(skin, direction):
    shown = ("data", "grad", "local", "contributions")
    sheet = draw(bent(), skin=skin, direction=direction, show=shown, blanks=ALL)
    key = sheet.filled()
    assert without_boxes(sheet) == without_boxes(key)
    assert (sheet.scene.width, sheet.scene.height) == (key.scene.width, key.scene.height)
    assert len(boxes(sheet)) == len(boxes(key)) == 5 + 7 + 8 + 8  # values, gradients, and two for each edge
    filled = [shape for shape in key.scene.shapes if is_answer(shape, THEMES["light"])]
    assert len(filled) == len(boxes(key))
    assert all(run.bold for shape in filled for run in shape.runs)
    assert {box.fill for box in boxes(sheet)} == {THEMES["light"].page}
    assert {box.fill for box in boxes(key)} == {THEMES["light"].key_ground}


@pytest.mark.parametrize("skin", SKINS)
def test_what_stands_in_a_box_is_right_and_has_space_there(skin):
    key = draw(colah(), skin=skin, blanks=("values", "gradients"), filled=True)
    shapes, found = key.scene.shapes, []
    for n, box in enumerate(shapes):
        if box in boxes(key):
            text = shapes[n + 1]
            assert box.x + box.width / 2 == pytest.approx(text.x)
            assert box.y < text.y < box.y + box.height
            found.append((text.kind, text.runs[0].words))
    assert [said for kind, said in found if kind == "data"] == ["-2", "3", "-6"]
    assert [said for kind, said in found if kind == "grad"] == ["3", "1", "3", "-2", "1"]


def test_a_drawing_that_is_filled_at_once_is_the_one_that_is_filled_later():
    assert draw(colah(), blanks="values", filled=True).svg == draw(colah(), blanks="values").filled().svg


def test_the_key_is_read_aloud_with_its_answers_and_the_sheet_without():
    sheet = draw(colah(), skin="circuit", blanks=("values", "gradients"))
    assert "c = a + b: data to fill in, grad to fill in." in sheet.picture.description
    assert "c = a + b: data -2, grad 3." in sheet.filled().picture.description


@pytest.mark.parametrize("theme", THEMES)
def test_answers_can_be_read_in_every_theme(theme):
    colours = THEMES[theme]
    assert contrast(colours.key, colours.key_ground) >= 4.5
    assert contrast(colours.border, colours.page) >= 3


def test_boxes_do_not_cover_each_other_a_gate_or_a_name():
    key = draw(bent(), skin="circuit", blanks=("values", "gradients"), filled=True)
    rects = [shape for shape in key.scene.shapes[1:] if isinstance(shape, Rect) and shape.stroke]
    for n, one in enumerate(rects):
        for other in rects[n + 1 :]:
            apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
            apart_y = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert apart_x or apart_y


# The layout -----------------------------------------------------------------------------------------------------------


def test_the_layout_is_found_once_for_all_versions_and_their_keys(monkeypatch):
    calls = []
    monkeypatch.setattr(kept_layouts, "_kept", {})
    monkeypatch.setattr(
        "chalkgrad.viz.layout.renderer.run", lambda *given, **more: calls.append(1) or run_renderer(*given, **more)
    )
    for a, b in ((-4.0, 2.0), (3.0, -1.0), (0.5, 5.0)):
        sheet = draw(colah(a, b), skin="circuit", blanks={"values": 4, "gradients": 4})
        assert sheet.svg != sheet.filled().svg
    assert len(calls) == 1
    draw(colah(), skin="circuit", blanks={"values": 5, "gradients": 4}).svg  # noqa: B018 (it is drawn for the layout)
    assert len(calls) == 2


def test_few_layouts_are_kept(monkeypatch):
    monkeypatch.setattr(kept_layouts, "_kept", {})
    monkeypatch.setattr(kept_layouts, "_MOST", 2)
    monkeypatch.setattr(kept_layouts, "lay_out", lambda *_: "layout")
    monkeypatch.setattr(kept_layouts, "place_labels", lambda *_: "labels")
    for width in (4, 5, 6):
        assert kept_layouts.layout_with_labels(draw(colah(), blanks={"values": width}).picture) == "labels"
    assert len(kept_layouts._kept) == 2


# Refused --------------------------------------------------------------------------------------------------------------


def test_what_would_tell_the_answers_or_ignore_blanks_is_refused(tmp_path):
    e = colah()
    step = e.steps()[1]
    cases = [
        ({"blanks": "values", "slide": True}, "a drawing for a slide has no boxes"),
        ({"blanks": "values", "show": "grad"}, "blanks leaves out values, which are not drawn: add 'data' to show"),
        ({"blanks": "values", "highlight": step}, "a step, or a chain rule, says the answers"),
        ({"filled": True}, "filled=True is for a drawing with boxes"),
        ({"blanks": "valuse"}, "did you mean 'values'"),
        ({"blanks": {"values": 1}}, "the boxes for values hold 1 character, and an answer has 2"),
    ]
    for options, said in cases:
        with pytest.raises(ValueError, match=said):
            draw(e, **options)
    with pytest.raises(ValueError, match="this drawing has no boxes to fill"):
        draw(e).filled()
    with pytest.raises(ValueError, match="blanks cannot be had in a page, which plays the steps"):
        save(e, tmp_path / "e.html", blanks="values")
    with pytest.raises(TypeError, match="blanks"):
        play(e, blanks="values")
    with pytest.raises(TypeError, match="frames\\(\\) has no blanks"):
        frames(e, tmp_path, blanks="values")


def test_folded_values_and_skins_without_boxes_are_refused():
    class Plainer(Circuit):
        name = "plainer"
        boxes = False

    assert not Skin.boxes
    with pytest.raises(ValueError, match="the skin 'plainer' draws no boxes"):
        draw(colah(), skin=Plainer(), blanks="values")
    from chalkgrad.nn import MLP

    with pytest.raises(ValueError, match="a card of several values has no boxes"):
        draw(MLP(2, [2, 1], seed=0)([1.0, 2.0]), collapse="layers", blanks="gradients")


def test_a_highlighted_value_may_stand_among_boxes():
    sheet = draw(colah(), highlight="b", blanks="gradients")
    assert "lit" in sheet.picture.cards[1].marks
    assert len(boxes(sheet)) == 5
