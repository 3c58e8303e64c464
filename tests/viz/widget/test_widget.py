"""Steps in a notebook: the picture and the sentence without anywidget, and with it buttons that are the cursor's in Python."""

import re
import sys
from html import unescape
from importlib.resources import files
from types import SimpleNamespace

import pytest
from chalkgrad.engine import Value, total
from chalkgrad.engine.basics import notebooks
from chalkgrad.nn import MLP
from chalkgrad.viz.widget import shown as shown_in_cells
from chalkgrad.viz.widget import widget
from chalkgrad.viz.widget.shown import Pictures, as_html

PASSES = [{}, {"by": "node"}, {"forward": True}, {"mistake": "overwrite"}]


def colah():
    a, b = Value(2.0, "a"), Value(1.0, "b")
    c, d = a + b, b + 1
    e = c * d
    c.label, d.label, e.label = "c", "d", "e"
    return a, b, e


@pytest.fixture
def without_anywidget(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    widget.widget_class.cache_clear()
    yield
    widget.widget_class.cache_clear()


def widget_of(steps):
    pytest.importorskip("anywidget", reason="the buttons are anywidget's: pip install 'chalkgrad[notebook]'")
    return widget.widget_of(steps)


def press(shown, position):
    """What a front end sends when a button is pressed."""
    content = {"data": {"method": "update", "state": {"position": position}, "buffer_paths": []}}
    shown._handle_msg({"content": content, "buffers": []})


# Without buttons -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", PASSES, ids=str)
def test_without_anywidget_there_are_the_picture_the_sentence_and_what_to_install(without_anywidget, options):
    *_, e = colah()
    steps = e.steps(**options)
    steps.step(2)
    shown = steps._repr_mimebundle_()
    assert set(shown) == {"text/plain", "text/html"}
    assert shown["text/plain"] == repr(steps)
    html = shown["text/html"]
    assert html.count("<svg ") == 1
    assert str(steps.current) in unescape(html)
    assert html.count("pip install &#39;chalkgrad[notebook]&#39;") == 1
    assert not any(part in html for part in (" id=", "<script", "http://e"))


def test_the_picture_is_that_of_the_step_at_the_cursor(without_anywidget):
    *_, e = colah()
    steps = e.steps()
    steps.step(3)
    html = steps._repr_mimebundle_()["text/html"]
    assert "3 + …" in html
    steps.run()
    assert "3 + 2 = 5" in steps._repr_mimebundle_()["text/html"]
    assert "3 + …" in html


def test_before_the_first_step_there_is_a_picture_and_of_a_mistake_the_report(without_anywidget):
    *_, e = colah()
    forward, mistake = e.steps(forward=True), e.steps(mistake="overwrite")
    assert "before the first step" in forward._repr_mimebundle_()["text/html"]
    html = unescape(mistake._repr_mimebundle_()["text/html"])
    assert str(mistake) in html
    assert html.count("<svg ") == 1


def test_a_label_cannot_break_out_of_the_html(without_anywidget):
    x = Value(2.0, "<b>x")
    y = x * 3
    html = y.steps()._repr_mimebundle_()["text/html"]
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_a_terminal_is_shown_no_picture(monkeypatch):
    *_, e = colah()
    for active, shown in ((["text/plain"], False), (["text/plain", "text/html"], True)):
        shell = SimpleNamespace(display_formatter=SimpleNamespace(active_types=active))
        monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda shell=shell: shell))
        assert (e.steps()._repr_mimebundle_() is not None) == shown


def test_the_engine_alone_shows_its_text(monkeypatch):
    import chalkgrad

    *_, e = colah()
    monkeypatch.delattr(chalkgrad, "_for_notebooks")
    assert notebooks.in_notebook(object()) is None
    assert notebooks.mimebundle(object()) is None
    assert e.steps()._repr_mimebundle_() is not None  # whoever has imported the pictures has them


def test_nothing_moves_from_one_picture_to_the_next():
    *_, e = colah()
    pictures = Pictures(e.steps())
    boxes = {pictures.at(i).split("viewBox=")[1].split(" style")[0] for i in range(6)}
    assert len(boxes) == 1
    assert len({pictures.at(i) for i in range(6)}) == 6


def test_many_steps_are_drawn_one_by_one(monkeypatch):
    *_, e = colah()
    monkeypatch.setattr(shown_in_cells, "MOST_AT_ONCE", 5)
    pictures = Pictures(e.steps())
    assert pictures.at(3) != pictures.at(4)
    assert list(pictures._drawn) == [4]


def test_a_large_graph_is_drawn_folded():
    model = MLP(2, [8, 8, 1], seed=0)
    loss = total([(model([0.1 * i, 0.2]) - 1) ** 2 for i in range(12)])
    assert len(loss.tape()) > 300
    picture = Pictures(loss.steps())._picture(5)
    assert len(picture.cards) < 30
    assert sum(card.count for card in picture.cards) == len(loss.tape())


def test_a_graph_that_has_changed_is_told_in_the_place_of_its_picture():
    a, _, e = colah()
    steps = e.steps()
    steps.step()
    a.data = 5
    html = unescape(as_html(steps, Pictures(steps)))
    assert "a is now 5, but c = a + b was computed before it changed" in html


# With them -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", PASSES, ids=str)
def test_the_buttons_move_the_cursor_and_show_the_step(options):
    *_, e = colah()
    steps = e.steps(**options)
    shown = widget_of(steps)
    assert (shown.position, shown.last) == (steps.position, len(steps) - 1)
    for position in (0, 1, 2, 1, len(steps) - 1, 0):
        press(shown, position)
        assert steps.position == shown.position == position
        assert shown.sentence == str(steps[position])
        assert shown.picture.startswith("<svg ")


def test_the_gradients_in_python_follow_the_buttons_and_the_buttons_follow_python():
    _, b, e = colah()
    steps = e.steps()
    shown = widget_of(steps)
    press(shown, 3)
    assert b.grad == 3.0
    assert "1 of 2, still to come: through c" in shown.sentence
    before = shown.picture
    steps.run()
    assert (shown.position, b.grad) == (5, 5.0)
    assert "∂e/∂b = 3 + 2 = 5" in shown.sentence
    assert shown.picture != before
    press(shown, 0)
    assert not b.has_grad


def test_a_change_of_the_graph_is_told_and_the_buttons_stay_where_the_cursor_is():
    a, _, e = colah()
    steps = e.steps()
    shown = widget_of(steps)
    press(shown, 2)
    a.data = 5
    press(shown, 3)
    assert (shown.position, steps.position) == (2, 2)
    assert shown.refused.startswith("a is now 5, but c = a + b was computed before it changed")
    a.data = 2
    e.forward()
    press(shown, 3)
    assert "the values have changed" in shown.refused


def test_a_notebook_gets_the_widget_and_other_pages_the_picture():
    *_, e = colah()
    steps = e.steps()
    shown = widget_of(steps)
    bundle = steps._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == shown.model_id
    assert "<svg" in bundle["text/html"]
    assert "pip install" not in bundle["text/html"]
    assert widget.widget_of(steps) is shown
    assert widget.widget_of(e.steps()) is not shown


def test_picture_and_sentence_come_in_one_message(monkeypatch):
    *_, e = colah()
    steps = e.steps()
    shown = widget_of(steps)
    sent = []
    monkeypatch.setattr(
        type(shown), "send_state", lambda self, key=None: sent.append({key} if isinstance(key, str) else {*key})
    )
    press(shown, 3)
    steps.back()
    assert sent == [{"picture", "sentence"}, {"position", "picture", "sentence"}]


# The browser's part --------------------------------------------------------------------------------------------------


def test_the_script_reads_what_the_widget_has_and_names_its_buttons():
    script = files("chalkgrad.viz.widget").joinpath("steps.js").read_text("utf-8")
    *_, e = colah()
    shown = widget_of(e.steps())
    read = {part.split('"')[0] for part in script.split('model.get("')[1:]}
    assert read <= set(shown.keys)
    assert set(re.findall(r"words\.(\w+)", script)) == set(shown.words)
    assert script.rstrip().endswith("export default { render };")
