"""DOT text, and the program that reads it."""

import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from chalkgrad.viz.layout import dot, renderer
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.pictures.picture import Picture
from chalkgrad.viz.skins import skin_names
from chalkgrad.viz.skins.shapes import shape_label
from example_pictures import EXPRESSION, HOSTILE_NAMES, NEURON, PICTURES, chain, hostile
from hypothesis import given, settings
from hypothesis import strategies as st

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)


def positions(source):
    """Every object's position, and every edge's course, as the renderer gives them."""
    answer = json.loads(renderer.run(renderer.find(), ["-Tjson0"], source))
    objects = {thing["name"]: thing.get("pos", thing.get("bb")) for thing in answer["objects"]}
    return objects, [edge["pos"] for edge in answer.get("edges", ())], answer["bb"]


@pytest.mark.parametrize("name", PICTURES)
def test_the_dot_text_has_the_cards_places_and_edges_that_the_layout_has(name):
    nodes, edges, _ = positions(dot.source(PICTURES[name]))
    expected, wires, _ = positions(dot.boxes_only(PICTURES[name]))
    assert set(nodes) == set(expected)
    assert len(edges) == len(wires) == len(PICTURES[name].edges)


@pytest.mark.parametrize("picture", [EXPRESSION, NEURON, replace(EXPRESSION, caption="said below", theme="dark")])
def test_the_dot_text_is_the_same_in_every_skin(picture):
    assert len({dot.source(replace(picture, skin=skin)) for skin in skin_names()}) == 1
    assert len({dot.boxes_only(replace(picture, skin=skin)) for skin in skin_names()}) == len(skin_names())


def test_the_dot_text_says_everything_and_one_can_read_it():
    source = dot.source(replace(EXPRESSION, caption="said below\nin two lines"))
    lines = re.sub("<BR/>", "|", re.sub(r"</?(FONT|B)\b[^>]*>", "", source)).splitlines()
    assert '\tgraph [label=<said below<BR ALIGN="LEFT"/>in two lines<BR ALIGN="LEFT"/>> labeljust=l labelloc=b]' in lines
    assert '\tn1 [label=<a|data = 2|grad = 6> style="filled" fillcolor="#e4f0fa" color="#2f3338" penwidth=2]' in lines
    assert "\tn1 -> n3 [label=<∂e/∂a = b = -3|+6>]" in lines
    assert [line.split("<")[1].split("|")[0] for line in lines if re.match(r"\tn\d+ \[", line)] == [
        card.title for card in EXPRESSION.cards
    ]


def test_marks_are_seen_in_the_dot_text_without_colour():
    marked = [
        replace(card, marks=frozenset({mark}))
        for card, mark in zip(EXPRESSION.cards[2:5], ("lit", "stale", "faded"), strict=True)
    ]
    edge = replace(EXPRESSION.edges[0], marks=frozenset({"lit", "second"}))
    lit, stale, faded, wire = dot.source(Picture((*EXPRESSION.cards[:2], *marked), (edge,))).splitlines()[-5:-1]
    assert "penwidth=4" in lit
    assert "dashed" in stale
    assert "penwidth=2" in faded
    assert "style=dashed" in wire


def test_nodes_are_numbered_and_no_label_serves_as_a_name():
    nodes, edges, _ = positions(dot.source(NEURON))
    assert set(nodes) == {"cluster_1", *(f"n{n}" for n in range(1, 11))}
    assert len(edges) == 9


def test_the_layout_sees_no_word_of_the_user():
    assert "a·b" in dot.source(EXPRESSION)
    assert not re.search(r"a·b|data|grad|∂", dot.boxes_only(EXPRESSION))


@settings(max_examples=40, deadline=None)
@given(st.lists(ANYTHING, min_size=1, max_size=3))
def test_no_name_can_break_the_dot_text(names):
    picture = hostile(names)
    nodes, edges, _ = positions(dot.source(picture))
    assert set(nodes) == set(positions(dot.boxes_only(picture))[0])
    assert len(nodes) == len(names) + 3
    assert len(edges) == len(names)


def test_words_come_out_of_the_renderer_as_they_went_in():
    svg = renderer.run(renderer.find(), ["-Tsvg"], dot.source(hostile(HOSTILE_NAMES))).decode()
    said = svg.replace("&#45;", "-").replace("\u200e", "").replace("&#160;", " ")
    for words in ("&lt;b&gt;&amp;&quot;&#39;", "a\\x00\\x07\\n\\N\\l\\", "]]&gt;", "\\u202eabc", "漢字", "שגיאה כוללת"):
        assert any(f">{form}<" in said for form in (words, words.replace("&#39;", "'").replace("&quot;", '"'))), words


def test_there_is_no_link_and_no_record_shape():
    source = dot.source(hostile(["javascript:alert(1)", "http://x"]))
    assert not re.search(r"\b(href|url|src|target)\s*=", source, re.IGNORECASE)
    assert "shape=record" not in source


def test_places_are_nested_clusters():
    picture = hostile(["a"])
    assert dot.places(picture) == (("a",), ("a", "inside"))
    layout = lay_out(picture)
    outer, inner = layout.places
    assert outer.width > inner.width > layout.cards[1].width


def test_a_large_graph_is_laid_out_in_a_hurry():
    assert "nslimit" not in dot.source(chain(100))
    assert "nslimit=1 nslimit1=1 mclimit=0.1 splines=line" in dot.source(chain(500))


def test_980_cards_are_laid_out_in_one_hurried_run_and_by_calls_that_grow_with_their_number(monkeypatch):
    run, asked = renderer.run, []
    monkeypatch.setattr(renderer, "run", lambda *given: asked.append(given) or run(*given))
    calls = {}
    for count in (245, 980):
        shape_label.cache_clear()
        calls[count] = calls_of(lay_out, chain(count))
    assert len(asked) == 2
    assert "nslimit=1 nslimit1=1 mclimit=0.1 splines=line" in asked[-1][2]
    assert calls[980] < 4.5 * calls[245]


def calls_of(function, *arguments):
    """How many functions written in Python are called."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        function(*arguments)
    finally:
        sys.setprofile(before)
    return count


# Finding and running a renderer --------------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="the stand-ins for a renderer are shell scripts")


def script(folder, name, text):
    path = Path(folder, name)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """An environment without any renderer: an empty PATH, and an interpreter with nothing beside it."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "beside" / "python"))
    monkeypatch.setattr(renderer.sysconfig, "get_path", lambda name: str(tmp_path / "scripts"))
    for folder in ("path", "beside", "scripts"):
        (tmp_path / folder).mkdir()
    return tmp_path


def test_the_renderer_is_found_without_an_activated_environment(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert Path(renderer.find()).stem == "graphviz-pure"


@posix
def test_graphviz_pure_comes_before_dot_and_beside_the_interpreter_before_the_path(bare):
    on_path = script(bare / "path", "dot", "")
    assert renderer.find() == str(on_path)
    elsewhere = script(bare / "path", "graphviz-pure", "")
    assert renderer.find() == str(elsewhere)
    beside = script(bare / "beside", "graphviz-pure", "")
    assert renderer.find() == str(beside)
    assert renderer.find("dot") == str(on_path)
    assert renderer.find(elsewhere) == str(elsewhere)


def test_without_a_renderer_one_sentence_says_what_to_install(bare):
    with pytest.raises(
        renderer.RendererMissing, match=r"^to draw this, .* pip install graphviz-pure; the \.dot text can .*\.$"
    ):
        renderer.find()
    with pytest.raises(renderer.RendererMissing, match=r'there is no renderer "neato2" here'):
        renderer.find("neato2")


@posix
def test_exit_status_1_with_a_whole_picture_is_a_picture(tmp_path):
    program = script(tmp_path, "fussy", "cat >/dev/null; echo picture; echo 'Warning: no' >&2; exit 1")
    assert renderer.run(str(program), [], "graph {}") == b"picture\n"


@posix
def test_no_picture_is_an_error_that_quotes_the_reason(tmp_path):
    program = script(tmp_path, "broken", "cat >/dev/null; echo 'syntax error in line 1' >&2; exit 1")
    with pytest.raises(renderer.RenderingFailed, match=r"broken gave no picture .syntax error in line 1."):
        renderer.run(str(program), [], "graph {}")


@posix
def test_what_cannot_be_run_is_an_error_that_says_so(tmp_path):
    program = tmp_path / "data"
    program.write_bytes(b"\x00")
    with pytest.raises(renderer.RenderingFailed, match="data cannot be run"):
        renderer.run(str(program), [], "graph {}")


@posix
def test_an_interrupted_renderer_is_ended(tmp_path, monkeypatch):
    program = script(tmp_path, "slow", "exec sleep 30")
    ended = []

    def interrupted(self, *_, **__):
        monkeypatch.undo()
        ended.append(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        renderer.run(str(program), [], "graph {}")
    assert ended[0].returncode == -9
