"""One picture for each step: nothing moves, every step says what the engine says, and no file of anybody else is touched."""

import importlib
import os
import subprocess
from xml.etree import ElementTree

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import StaleGraphError
from chalkgrad.engine.words.manner import manner
from chalkgrad.viz import frames
from chalkgrad.viz.formats.scene import BAR_WEIGHT
from chalkgrad.viz.layout import renderer
from latex import PDFLATEX
from textbook import colah

module = importlib.import_module("chalkgrad.viz.drawing.frames")  # its name is also the function's

SVG = "{http://www.w3.org/2000/svg}"
LOOKS = [
    {},
    {"forward": True},
    {"by": "node"},
    {"direction": "TB", "forward": True, "theme": "dark"},
    {"skin": "circuit", "forward": True},
    {"skin": "circuit", "direction": "TB"},
    {"skin": "edges"},
    {"skin": "edges", "show": ("data", "grad", "local", "contributions"), "forward": True},
    {"wrap": 2, "forward": True},
]


def neuron():
    return examples.build(examples.load("karpathy_tanh_neuron")).root


def drawn(path, tag):
    return [element.attrib for element in ElementTree.parse(path).iter(f"{SVG}{tag}")]


def wires_and_borders(path):
    """All lines but the bars across wires, which come with the gradients that stop there."""
    return [line for line in drawn(path, "path") if line.get("stroke-width") != f"{BAR_WEIGHT:g}"]


def middle(box):
    """Twice the middle of a rectangle: a lit one is thicker, around the same middle."""
    x, y, width, height = (float(box[name]) for name in ("x", "y", "width", "height"))
    return round(2 * x + width, 2), round(2 * y + height, 2)


def lines(path):
    """Every line of text in a frame by its place."""
    texts = ElementTree.parse(path).iter(f"{SVG}text")
    return {(e.get("x"), e.get("y"), e.get("text-anchor")): "".join(e.itertext()).replace("\u200e", "") for e in texts}


# What is drawn --------------------------------------------------------------------------------------------------------


# With these looks a neuron with its sentences fits no slide as a whole, and its frames show the surroundings of each step.
IN_PARTS = [{"by": "node"}, {"skin": "edges", "show": ("data", "grad", "local", "contributions"), "forward": True}]


@pytest.mark.parametrize(
    ("build", "look"),
    [(colah, look) for look in LOOKS] + [(neuron, look) for look in LOOKS if look not in IN_PARTS],
    ids=lambda x: getattr(x, "__name__", str(x)),
)
def test_cards_and_wires_stay_where_they_are(tmp_path, build, look):
    files = frames(build(), tmp_path, **look)
    assert len({ElementTree.parse(path).getroot().get("viewBox") for path in files}) == 1
    for path in files[1:]:
        assert list(map(middle, drawn(path, "rect"))) == list(map(middle, drawn(files[0], "rect")))
        for one, other in zip(wires_and_borders(path), wires_and_borders(files[0]), strict=True):
            outline = one["stroke-width"] == "1" or one["stroke-width"] != other["stroke-width"]  # lit it is thicker
            assert one["d"] == other["d"] or outline
        for one, other in zip(drawn(path, "polygon"), drawn(files[0], "polygon"), strict=True):
            tips = (corners["points"].split()[1] for corners in (one, other))
            assert len(set(tips)) == 1


@pytest.mark.parametrize("look", [look for look in LOOKS if look.get("skin") != "edges"], ids=str)
def test_every_text_stands_where_it_stands_in_the_end(tmp_path, look):
    files = frames(colah(), tmp_path, caption=False, **look)
    last = lines(files[-1])
    for path in files:
        assert lines(path).keys() <= last.keys()


def test_the_texts_are_those_of_the_moment(tmp_path):
    seed, *_, third, fourth, last = [list(lines(path).values()) for path in frames(colah(), tmp_path, caption=False)]
    assert seed.count("not computed") == 4
    assert not {"+2", "+3"} & set(seed)
    assert "3 + …" in third  # b has one of its two contributions
    assert "3 + …" in fourth
    assert "5" in last
    assert "not computed" not in last
    assert last.count("+2") + last.count("+3") == 5


def test_forward_frames_come_first_and_values_appear_as_they_are_computed(tmp_path):
    root = colah()
    files = frames(root, tmp_path, forward=True, caption=False)
    assert len(files) == len(root.tape()) + len(root.steps())
    waiting = [list(lines(path).values()).count("not computed") for path in files]
    assert waiting == [4 + 5, 3 + 5, 2 + 5, 1 + 5, 5, 4, 3, 2, 1, 0, 0]  # values, and gradients: b's comes in two parts


@pytest.mark.parametrize("by", ["edge", "node"])
def test_below_each_frame_stands_the_sentence_of_its_step(tmp_path, by):
    root = neuron()
    for path, step in zip(frames(root, tmp_path, by=by), root.steps(by=by), strict=True):
        said = " ".join(lines(path).values()).split()
        with manner(typeset=True):
            sentence = str(step)
        for words in sentence.splitlines():
            assert " ".join(words.split()) in " ".join(said)


@pytest.mark.parametrize("kind", ["svg", "png", "tex"])
def test_the_same_bytes_again_and_no_grad_is_changed(tmp_path, kind):
    root = colah()
    first = [path.read_bytes() for path in frames(root, tmp_path / "one", format=kind)]
    assert not root.has_grad
    root.backward()
    assert [path.read_bytes() for path in frames(root, tmp_path / "two", format=kind)] == first
    assert root.parents[0].grad == 2.0


@pytest.mark.skipif(renderer.find_dot() is None, reason="PDF needs Graphviz's own dot (Debian: apt-get install graphviz)")
def test_frames_as_pdf(tmp_path):
    assert all(path.read_bytes().startswith(b"%PDF") for path in frames(colah(), tmp_path, format="pdf", by="node"))


# Files ----------------------------------------------------------------------------------------------------------------


def test_the_names_sort_in_the_order_of_the_steps(tmp_path):
    files = frames(colah(), tmp_path / "new" / "folder")
    assert [path.name for path in files] == [f"e-00{n}.svg" for n in range(6)]
    assert sorted(os.listdir(files[0].parent)) == [*(path.name for path in files), "e-slides.tex"]


@pytest.mark.parametrize("label", ["../up", "שגיאה", "a b", "", "%x", "n" * 99])
def test_a_name_that_is_no_file_name_is_not_taken_for_one(tmp_path, label):
    root = colah()
    root.label = label
    assert all(path.name.startswith("frame-") or not label for path in frames(root, tmp_path, by="node"))
    assert [path for path in tmp_path.parent.iterdir() if path.suffix == ".svg"] == []


def test_a_second_call_replaces_its_own_and_removes_what_is_left_over(tmp_path):
    (tmp_path / "other.svg").write_text("mine")
    frames(colah(), tmp_path)
    files = frames(colah(a=7.0), tmp_path, by="node")
    assert len(files) == 4
    assert sorted(os.listdir(tmp_path)) == [*(path.name for path in files), "e-slides.tex", "other.svg"]
    assert "7" in lines(files[-1]).values()
    assert (tmp_path / "other.svg").read_text() == "mine"


def test_a_file_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "e-002.svg").write_text("mine")
    with pytest.raises(FileExistsError, match=r"e-002\.svg is there already, and frames did not write it: name another folder"):
        frames(colah(), tmp_path)
    assert os.listdir(tmp_path) == ["e-002.svg"]
    assert (tmp_path / "e-002.svg").read_text() == "mine"


def test_broken_off_it_leaves_whole_files_and_goes_on_the_next_time(tmp_path, monkeypatch):
    real = module.write_whole

    def broken_off(path, content, what):
        if path.name == "e-003.svg":
            raise KeyboardInterrupt
        real(path, content, what)

    monkeypatch.setattr(module, "write_whole", broken_off)
    with pytest.raises(KeyboardInterrupt):
        frames(colah(), tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["e-000.svg", "e-001.svg", "e-002.svg", "e-slides.tex"]
    assert all(ElementTree.parse(tmp_path / f"e-00{n}.svg") for n in range(3))
    monkeypatch.setattr(module, "write_whole", real)
    assert len(frames(colah(), tmp_path)) == 6


def test_a_folder_that_is_a_file_is_an_error_of_the_system_that_names_it(tmp_path):
    (tmp_path / "slides").write_text("")
    with pytest.raises(OSError, match="slides"):
        frames(colah(), tmp_path / "slides")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"format": "gif"}, r"^the format is 'svg', 'png', 'pdf' or 'tex', not 'gif'\.$"),
        ({"by": "leaf"}, "by="),
        ({"skin": "fur"}, "the skin is"),
        ({"theme": "neon"}, "no theme is called 'neon'"),
        ({"limit": 3}, r"this graph has 5 values, .* or raise the limit, frames\(…, limit=5\)"),
    ],
)
def test_an_option_that_cannot_be_is_refused_before_anything_is_written(tmp_path, options, said):
    with pytest.raises(ValueError, match=said):
        frames(colah(), tmp_path / "slides", **options)
    assert not list(tmp_path.iterdir())


def test_what_is_no_value_is_refused_and_so_is_a_stale_graph(tmp_path):
    with pytest.raises(TypeError, match=r'frames takes a Value, as in frames\(L, "slides"\), and was given list'):
        frames([colah()], tmp_path)
    root = colah()
    root.parents[0].parents[0].data = 9.0
    with pytest.raises(StaleGraphError):
        frames(root, tmp_path)


def test_too_many_steps_are_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST", 5)
    with pytest.raises(ValueError, match=r'these are 6 steps, and 5 pictures are the most: .*by="node" has fewer'):
        frames(colah(), tmp_path)
    assert len(frames(colah(), tmp_path, by="node")) == 4


@PDFLATEX
def test_the_slides_compile_in_beamer_a_page_for_each_step(tmp_path):
    shown = ""
    for kind, scale in (("tex", {}), ("png", {"scale": 1})):
        frames(colah(), tmp_path / kind, format=kind, **scale)
        shown += f"\\begin{{frame}}\\input{{{kind}/e-slides}}\\end{{frame}}"
    talk = f"\\documentclass{{beamer}}\\usepackage{{tikz}}\\begin{{document}}{shown}\\end{{document}}"
    (tmp_path / "talk.tex").write_text(talk)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "talk"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).stdout.decode("utf-8", "replace")
    assert "Output written on talk.pdf (12 pages" in answer


def test_all_frames_are_as_wide_as_a_slide_or_as_asked_for(tmp_path):
    for size, wide in (({}, 1920), ({"width": 320}, 320)):
        files = frames(colah(), tmp_path, format="png", by="node", **size)
        assert {path.read_bytes()[16:20] for path in files} == {wide.to_bytes(4, "big")}
        assert len({path.read_bytes()[20:24] for path in files}) == 1


@pytest.mark.parametrize("kind", ["svg", "pdf", "tex"])
def test_a_scale_is_refused_where_there_are_no_pixels(tmp_path, kind):
    with pytest.raises(ValueError, match=rf"scale is how many pixels a \.png has per unit, and \.{kind} has none"):
        frames(colah(), tmp_path, format=kind, scale=3)
    assert not [*tmp_path.iterdir()]
