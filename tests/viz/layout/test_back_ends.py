"""What lays graphs out and paints them, each with the others hidden; and where there is nothing, a picture all the same."""

import json
import sys
from types import SimpleNamespace

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value
from chalkgrad.viz import draw, draw_dot
from chalkgrad.viz.formats import pdf as pdf_module
from chalkgrad.viz.layout import javascript, renderer
from chalkgrad.viz.layout.layout import lay_out_each

PURE = renderer.find("graphviz-pure")
RUN = renderer.run


def product():
    root = Value(2.0, "a") * Value(-3.0, "b") + Value(1.0, "c")
    root.backward()
    return root


@pytest.fixture
def only(monkeypatch):
    """Hides all programs but those that are named."""

    def hide(*left):
        found = renderer._executable
        monkeypatch.setattr(renderer, "_executable", lambda name: found(name) if name in left else None)

    return hide


class Graphviz:
    """A stand-in for the object that a page loads: it reads one graph, as the real one does, and writes text."""

    def __init__(self):
        self.asked = []

    def layout(self, source, kind, engine):
        if kind in ("png", "pdf"):
            raise RuntimeError(f"Format: '{kind}' not recognized.\nUse one of: dot json0 svg")
        self.asked.append((kind, engine))
        assert source.count("digraph") == 1
        return RUN(PURE, [f"-K{engine}", f"-T{kind}"], source).decode()


@pytest.fixture
def page(monkeypatch):
    """A page with Python in it: the module ``js``, as Pyodide has it, with an object that has been loaded."""
    loaded = Graphviz()
    monkeypatch.setitem(sys.modules, "js", SimpleNamespace(globalThis=SimpleNamespace(chalkgradGraphviz=loaded)))
    return loaded


def test_graphviz_pure_draws_where_there_is_no_dot(only):
    only("graphviz-pure")
    assert renderer.find_layout() == PURE
    assert draw(product()).svg.startswith("<svg")


@pytest.mark.skipif(renderer.find_dot() is None, reason="there is no dot here (Debian: apt-get install graphviz)")
def test_dot_draws_and_paints_where_there_is_no_graphviz_pure(only):
    only("dot")
    assert renderer.find_layout() == renderer.find_dot()
    drawing = draw(product())
    assert drawing.svg.startswith("<svg")
    assert drawing.file("png").startswith(b"\x89PNG")


def test_a_javascript_graphviz_draws_the_same_as_the_program(only, page):
    roots = [examples.build(examples.load(name)).roots for name in ("colah", "micrograd_readme", "neuron_tanh")]
    expected = [draw(*given).svg for given in roots]
    assert page.asked == []  # programs come first
    only()
    assert [draw(*given).svg for given in roots] == expected
    assert set(page.asked) == {("json0", "dot")}


def test_a_javascript_graphviz_is_asked_for_each_of_several_pictures_once(only, page):
    only()
    pictures = [draw(product(), show=show).picture for show in (("data",), ("data", "grad"), ("data",))]
    assert len(lay_out_each(pictures)) == 3
    assert len(page.asked) == 2


def test_a_javascript_graphviz_renders_dot_text(only, page):
    only()
    assert b"<svg" in draw_dot(product()).pipe("svg")
    with pytest.raises(renderer.RenderingFailed, match=r"JavaScript's Graphviz gave no picture \(Format: 'png' not recog"):
        draw_dot(product()).pipe("png")


def test_a_javascript_graphviz_has_no_other_options(page):
    with pytest.raises(renderer.RenderingFailed, match="it has no option -n"):
        renderer.run(renderer.JAVASCRIPT, ["-Kneato", "-n2"], "graph {}")


def test_a_javascript_graphviz_that_is_not_there_is_named_in_vain():
    with pytest.raises(renderer.RendererMissing, match='there is no renderer "javascript" here'):
        renderer.find("javascript")


class Pyodide:
    """Stand-ins for Pyodide's modules, in which an import takes a moment for which Python may be able to wait."""

    class JsException(Exception):  # noqa: N818 (its name there)
        pass

    def __init__(self, monkeypatch, loaded, *, waits=True):
        self.imported = []

        def imported(address):
            self.imported.append(address)
            return loaded

        def run_sync(promise):
            if promise is None:
                raise self.JsException("TypeError: Failed to fetch")
            return promise

        ffi = SimpleNamespace(can_run_sync=lambda: waits, run_sync=run_sync, JsException=self.JsException)
        code = SimpleNamespace(run_js=lambda script: imported)
        monkeypatch.setitem(sys.modules, "js", SimpleNamespace(globalThis=SimpleNamespace()))
        monkeypatch.setitem(sys.modules, "pyodide.ffi", ffi)
        monkeypatch.setitem(sys.modules, "pyodide.code", code)
        monkeypatch.setenv("CHALKGRAD_GRAPHVIZ", "/wasm/index.js")


def test_a_javascript_graphviz_is_loaded_from_the_address_in_the_environment_once(only, monkeypatch):
    only()
    there = Pyodide(monkeypatch, Graphviz())
    for _ in range(2):
        assert draw(product()).svg.startswith("<svg")
    assert there.imported == ["/wasm/index.js"]
    assert renderer.find() == "javascript"


def test_where_python_cannot_wait_our_own_layout_draws(only, monkeypatch):
    only()
    there = Pyodide(monkeypatch, Graphviz(), waits=False)
    assert renderer.find_layout() == "layered"
    assert draw(product()).svg.startswith("<svg")
    assert there.imported == []


def test_an_address_without_a_graphviz_is_warned_of_and_our_own_layout_draws(only, monkeypatch):
    only()
    Pyodide(monkeypatch, None)
    with pytest.warns(UserWarning, match=r"no JavaScript Graphviz at /wasm/index\.js, .*Failed to fetch"):
        assert renderer.find_layout() == "layered"


def test_where_there_is_nothing_our_own_layout_draws_without_a_word(only, capsys):
    only()
    drawing = draw(product())
    assert drawing.svg == draw(product(), renderer="layered").svg
    assert repr(drawing) == repr(draw(product(), renderer="layered"))
    assert drawing._repr_svg_() is not None
    assert capsys.readouterr() == ("", "")


def test_a_named_renderer_that_is_not_there_is_an_error_and_no_other_layout(only):
    only()
    with pytest.raises(renderer.RendererMissing, match='there is no renderer "graphviz-pure" here'):
        draw(product(), renderer="graphviz-pure").svg  # noqa: B018 (a property that computes)


def test_without_a_program_a_png_has_its_sentence_and_text_formats_are_written(only):
    only()
    drawing = draw(product())
    with pytest.raises(renderer.RendererMissing, match=r"^for PNG, install .* pip install graphviz-pure; or save as \.svg\.$"):
        drawing.file("png")
    assert b"tikzpicture" in drawing.file("tex")
    assert drawing.file("html").startswith(b"<!DOCTYPE html>")
    with pytest.raises(renderer.RendererMissing, match=r"^to draw this, install a renderer"):
        draw_dot(product()).pipe("svg")


def test_in_a_browser_the_sentences_name_what_can_be_done_there(only, monkeypatch, page):
    only()
    monkeypatch.setattr(renderer, "IN_BROWSER", True)
    with pytest.raises(renderer.RendererMissing, match=r"^a \.png is painted by a program, .* save as \.svg\.$"):
        draw(product()).file("png")
    del sys.modules["js"].globalThis.chalkgradGraphviz
    with pytest.raises(renderer.RendererMissing, match=r"load a JavaScript Graphviz as globalThis\.chalkgradGraphviz"):
        draw_dot(product()).pipe("svg")


def test_without_a_program_and_a_font_pdf_has_its_sentence(only, monkeypatch):
    def missing(*_):
        raise pdf_module.Missing

    only()
    assert draw(product()).file("pdf").startswith(b"%PDF")
    monkeypatch.setattr(pdf_module, "font", missing)
    with pytest.raises(renderer.RendererMissing, match=r"^for PDF, install matplotlib, .*; or save as \.svg\.$"):
        draw(product()).file("pdf")


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_a_layout_of_our_own_is_painted_by_whatever_paints(kind):
    drawing = draw(product(), renderer="layered")
    assert drawing.file(kind) != draw(product()).file(kind)


def test_an_answer_that_is_no_layout_is_an_error_that_names_who_gave_it(only, page, monkeypatch):
    only()
    monkeypatch.setattr(page, "layout", lambda *_: json.dumps({"no": "layout"}))
    with pytest.raises(renderer.RenderingFailed, match=r"^javascript did not answer with a layout"):
        draw(product()).svg  # noqa: B018 (a property that computes)


def test_the_name_in_the_page_is_the_one_that_is_documented():
    assert javascript.NAME in javascript.__doc__
    assert javascript.VARIABLE in javascript.__doc__
