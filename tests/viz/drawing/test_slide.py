"""Every number of every example is legible from the back row, in `draw(…, slide=True)` and in frames; what is drawn fits."""

import importlib
import itertools
import random
import re

import pytest
from chalkgrad.command import examples
from chalkgrad.engine import Value, chain_rule
from chalkgrad.engine.words.expressions import called, number
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP
from chalkgrad.viz import draw, frames
from chalkgrad.viz.drawing import slide
from chalkgrad.viz.formats.legible import LEAST, smallest_number
from chalkgrad.viz.formats.scene import Rect, Scene, TextLine
from chalkgrad.viz.layout import renderer
from chalkgrad.viz.letters import fonts
from chalkgrad.viz.skins.circuit import DOT as SIGN
from chalkgrad.viz.skins.skin import skin_of
from layouts import layouts_are_shared

module = importlib.import_module("chalkgrad.viz.drawing.frames")  # its name is also the function's

OUTPUTS = [(name, output) for name in examples.names() for output in examples.load(name).outputs]
LOOK = {"skin": "cards", "show": None, "digits": 4, "theme": "light", "direction": "LR", "wrap": False, "limit": 300}
PARTS = [("xor_loss", "L"), ("micrograd_readme", "g"), ("mazur", "E"), ("scipy_rosen_der", "f")]  # too large for any slide


@pytest.fixture(autouse=True, scope="module")
def _layouts_are_shared():
    """The choices for a drawing and for frames ask for many of the same layouts."""
    with layouts_are_shared():
        yield


def swept(name, output=None):
    parsed = examples.build(examples.load(name))
    root = parsed.names[output] if output else parsed.root
    root.backward()
    return root


def share(shown):
    """The smallest text with a digit, as a share of the height of a slide of 16 cm by 9 cm; computed in centimetres.

    The frame has 14 cm by 6.75 cm. Names of places are exempt: their digits are indices.
    """
    scale = min(14 / shown.width, 6.75 / shown.height)
    texts = [shape for shape in shown.shapes if isinstance(shape, TextLine) and shape.kind != "place"]
    sizes = [run.size for line in texts for run in line.runs if any(map(str.isdecimal, run.words))]
    assert sizes
    return min(sizes) * scale / 9


# Legible --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "output"), OUTPUTS)
def test_every_number_on_a_slide_can_be_read_from_the_back_row(name, output):
    root = swept(name, output)
    drawn = draw(root, slide=True)
    assert share(drawn.scene) >= 0.028
    assert drawn.chosen in repr(drawn)


@pytest.mark.parametrize(("name", "output"), OUTPUTS)
def test_every_number_in_frames_can_be_read_from_the_back_row(name, output):
    root = swept(name, output)
    steps = [*root.steps()]
    _, shown, _ = module.legible(root, [steps[0], steps[len(steps) // 2], steps[-1]], LOOK, caption=True)
    shown = [*shown]
    assert min(map(share, shown)) >= 0.028
    assert len({(one.width, one.height) for one in shown}) == 1


@pytest.mark.parametrize(("name", "output"), [("paths", "y1"), ("karpathy_tanh_neuron", "o"), ("mlp", "z31"), *PARTS])
def test_no_text_overlaps_another_or_leaves_the_slide(name, output):
    root = swept(name, output)
    for step in (None, root.steps()[3]):
        shown = draw(root, slide=True, highlight=step).scene
        boxes = [box(line) for line in shown.shapes if isinstance(line, TextLine) and any(run.words for run in line.runs)]
        for left, top, right, bottom in boxes:
            assert left >= 0
            assert top >= 0
            assert right <= shown.width + 0.5
            assert bottom <= shown.height
        for one, other in itertools.combinations(boxes, 2):
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def box(line):
    width = sum(fonts.width(run.words, run.size, bold=run.bold) for run in line.runs)
    left = line.x - {"start": 0, "middle": width / 2, "end": width}[line.anchor]
    return left, line.y - 0.72 * max(run.size for run in line.runs), left + width, line.y


def test_the_measure_counts_numbers_alone_and_takes_the_side_that_binds():
    def line(words, size, kind=""):
        run = module.scene.__globals__["Run"](words, size, False, "#000")
        return TextLine(0, 0, "start", (run,), kind=kind)

    shapes = (line("x = 2", 20), line("no digit", 1), line("layer1", 2, "place"))
    assert smallest_number(Scene(1400, 10, "", shapes, "", "")) == pytest.approx(20 * 14 / 1400 / 9)
    assert smallest_number(Scene(10, 675, "", shapes, "", "")) == pytest.approx(20 * 6.75 / 675 / 9)
    assert smallest_number(Scene(10, 10, "", (), "", "")) == 1


# The choice -----------------------------------------------------------------------------------------------------------


def kind(chosen):
    return re.sub(r"\d+", "n", chosen)


@pytest.mark.parametrize("name", ["colah", "karpathy_L", "baydin", "chain", "perceptron", "residual", "micrograd_sanity"])
def test_other_values_and_other_steps_are_drawn_in_the_same_way(name):
    chosen, of_steps = set(), set()
    for seed in range(3):
        shake = random.Random(seed)
        inputs = examples.load(name).inputs
        values = {one: shake.choice((1e-3, 0.5, 30.0)) * (1 + shake.random()) for one in inputs} if seed else {}
        root = examples.build(examples.load(name), values).root
        root.backward()
        chosen.add(draw(root, slide=True).chosen)
        of_steps |= {kind(draw(root, slide=True, highlight=step).chosen) for step in (root.steps()[0], root.steps()[-1])}
    assert len(chosen) == 1
    assert len(of_steps) == 1


def test_what_was_asked_for_is_kept_if_it_is_legible():
    root = swept("colah")
    assert draw(root, slide=True).chosen == "as asked"
    assert len(draw(root, slide=True).picture.cards) == 5
    assert draw(root, slide=True, skin="edges").picture.skin is skin_of("edges")
    assert draw(swept("chain"), slide=True).chosen == "the circuit"
    assert draw(swept("deep_sigmoids"), slide=True).chosen == "the circuit, in rows"


def test_row_fifteen_is_a_whole_circuit_at_every_step_and_along_a_path():
    parsed = examples.build(examples.load("paths"))
    root = parsed.names["y1"]
    root.backward()
    for highlight in (None, root.steps()[7], chain_rule(root, parsed.names["θ3"])):
        drawn = draw(root, slide=True, highlight=highlight)
        assert drawn.chosen == "the circuit"
        assert len(drawn.picture.cards) == 19


def texts_of(shown):
    """Each text of a scene, the names of leaves and the words of a caption among them."""
    lines = (shape for shape in shown.shapes if isinstance(shape, TextLine))
    return ["".join(run.words for run in line.runs).replace("\u200e", "") for line in lines]


def along(name, output, leaf):
    parsed = examples.build(examples.load(name))
    root = parsed.names[output]
    root.backward()
    return draw(root, slide=True, highlight=chain_rule(root, parsed.names[leaf])), parsed.names[leaf]


@pytest.mark.parametrize(("name", "output", "chosen", "leaves"), [
    ("paths", "y1", "the circuit", ["x1", "x2", "θ1", "θ2", "θ3", "θ8"]),
    ("mlp", "z31", "a circuit of units", ["x1", "x3"]),
])  # fmt: skip
def test_no_path_changes_how_the_graph_is_drawn(name, output, chosen, leaves):
    assert draw(swept(name, output), slide=True).chosen == chosen
    for leaf in leaves:
        drawn, _ = along(name, output, leaf)
        assert drawn.chosen == chosen
        assert share(drawn.scene) >= 0.028


@pytest.mark.parametrize(("name", "output", "leaf"), [
    ("paths", "y1", "x1"), ("paths", "y1", "θ1"), ("mlp", "z31", "x1"), ("xor_loss", "L", "w11_1"),
    ("micrograd_readme", "g", "a"), ("scipy_rosen_der", "f", "x1"),
])  # fmt: skip
def test_along_a_path_the_value_it_leads_to_is_shown_and_the_caption_keeps_its_total(name, output, leaf):
    drawn, value = along(name, output, leaf)
    assert share(drawn.scene) >= 0.028
    texts = texts_of(drawn.scene)
    with manner(typeset=True):
        assert any(text.partition(" = ")[0] == called(leaf) for text in texts)
    captions = [shape.runs[0] for shape in drawn.scene.shapes if isinstance(shape, TextLine) and shape.kind == "caption"]
    total = " ".join(run.words for run in captions if run.bold)
    assert total.endswith(f"= {number(value.grad)}")


@pytest.mark.parametrize(("name", "output", "leaf", "most"), [("xor_loss", "L", "w11_1", 4), ("micrograd_readme", "g", "a", 3)])
def test_the_surroundings_of_a_path_have_the_consumers_of_the_value_it_leads_to(name, output, leaf, most):
    drawn, _ = along(name, output, leaf)
    typed = value_names(swept(name, output), leaf)
    assert "surroundings of what is highlighted" in drawn.chosen
    shown = typed & {text.partition(" = ")[0] for text in texts_of(drawn.scene)}
    assert len(shown) == most


def test_an_end_that_no_wire_leads_to_in_the_surroundings_stands_right_of_all_others():
    drawn, _ = along("xor_loss", "L", "w11_1")
    texts = [shape for shape in drawn.scene.shapes if isinstance(shape, TextLine) and shape.kind == "name"]
    others = [line.x for line in texts if line.runs[0].words != "L"]
    [end] = [line.x for line in texts if line.runs[0].words == "L"]
    assert end > max(others)


def value_names(root, leaf):
    """The names, as a picture has them, of the values that are computed from the one with this label."""
    tape = root.tape()
    with manner(typeset=True):
        return {called(tape.names[node]) for node in tape if any(parent.label == leaf for parent in node.parents)}


def test_the_surroundings_of_a_step_have_what_its_local_derivative_is():
    root = swept("mlp", "z31")
    steps = [*root.steps()]
    assert "∂u12/∂w12_3 = x3" in str(steps[30])
    pictures, shown, chosen = module.legible(root, steps, LOOK, caption=True)
    assert chosen.startswith("the surroundings of each step")
    products = 0
    for step, picture, one in zip(steps, pictures, shown, strict=True):
        if step.node is None:
            continue
        with manner(typeset=True):
            [read] = re.findall(r"^[^=]*=[^=]*   ∂[^=]* = ([\w,₀-₉]+) = ", picture.caption) or [""]
        if read:
            products += 1
            assert read in texts_of(one), step
    assert products > 15


def test_units_are_gates_with_their_own_value_and_gradient():
    parsed = examples.build(examples.load("mlp"))
    root = parsed.names["z31"]
    root.backward()
    drawn = draw(root, slide=True)
    assert drawn.chosen == "a circuit of units"
    for card in drawn.picture.cards:
        if card.name in parsed.names:
            data, grad = (float(row.value) for row in card.rows)
            assert data == pytest.approx(parsed.names[card.name].data, rel=1e-3)
            assert grad == pytest.approx(parsed.names[card.name].grad, rel=1e-3)
    assert {"z₁₁", "z₁₂", "z₂₁", "z₂₂", "z₂₃"} <= {card.name for card in drawn.picture.cards}


@pytest.mark.parametrize(("name", "output"), PARTS)
def test_around_a_step_stand_its_values_and_all_the_others_are_dots(name, output):
    root = swept(name, output)
    step = root.steps()[5]
    drawn = draw(root, slide=True, highlight=step)
    assert "the surroundings of the step" in drawn.chosen
    count = int(re.search(r"(\d+) of (\d+)", drawn.chosen)[1])
    texts = ["".join(run.words for run in shape.runs) for shape in drawn.scene.shapes if isinstance(shape, TextLine)]
    names = {card.name for card in drawn.picture.cards if "lit" in card.marks}
    assert names <= {text.partition(" = ")[0] for text in texts}
    dots = [shape for shape in drawn.scene.shapes if isinstance(shape, Rect) and shape.radius == shape.width / 2 < 5]
    assert len(dots) == len(root.tape()) > count
    for one, other in itertools.combinations(dots, 2):
        apart = ((one.x - other.x) ** 2 + (one.y - other.y) ** 2) ** 0.5
        assert apart >= one.width


def test_a_long_chain_and_a_wide_sum_fit_too():
    x = Value(0.5, "x")
    y = x
    for _ in range(120):
        y = y.tanh()
    y.backward()
    assert share(draw(y, slide=True).scene) >= 0.028
    z = sum((Value(float(n), f"x{n}") for n in range(40)), Value(0.0, "s"))
    z.backward()
    assert share(draw(z, slide=True, highlight=z.steps()[20]).scene) >= 0.028


def test_more_values_than_the_limit_stay_folded():
    y = MLP(8, [16, 1], seed=0)([0.5] * 8)
    y.backward()
    assert share(draw(y, slide=True, limit=100).scene) >= 0.028


def test_a_drawing_for_a_slide_is_no_text_for_other_layouts(tmp_path):
    drawing = draw(swept("colah"), slide=True)
    with pytest.raises(ValueError, match="leave slide out"):
        drawing.save(tmp_path / "e.dot")
    with pytest.raises(ValueError, match="laid out already"):
        drawing.save(tmp_path / "e.svg", renderer="graphviz-pure")


def test_without_the_renderer_that_is_named_the_drawing_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(renderer, "_executable", lambda name: None)
    assert "pip install graphviz-pure" in repr(draw(swept("colah"), slide=True, renderer="graphviz-pure"))


def test_without_any_renderer_a_picture_for_a_slide_is_drawn_by_our_own_layout(monkeypatch):
    monkeypatch.setattr(renderer, "_executable", lambda name: None)
    drawing = draw(swept("micrograd_readme"), slide=True)
    assert smallest_number(drawing.scene) >= LEAST


@pytest.mark.parametrize("options", [{"skin": "round"}, {"direction": "up"}, {"digits": 0}, {"collapse": "nothing"}])
def test_mistaken_options_are_refused_as_without_a_slide(options):
    with pytest.raises(ValueError, match=r"skin is|direction is|digits is|no place is called"):
        draw(swept("chain"), slide=True, **options)


# Frames ---------------------------------------------------------------------------------------------------------------


def test_the_index_of_frames_says_how_they_are_drawn(tmp_path):
    frames(swept("chain"), tmp_path, by="node")
    assert "% for a slide, all numbers legible from the back row: the circuit\n" in (tmp_path / "y-slides.tex").read_text(
        "utf-8"
    )


def test_the_dots_of_frames_never_move():
    root = swept("micrograd_readme")
    _, shown, chosen = module.legible(root, [*root.steps()][10:14], LOOK, caption=True)
    assert chosen.startswith("the surroundings of each step")
    places = [
        {(shape.x, shape.y) for shape in one.shapes if isinstance(shape, Rect) and shape.radius == shape.width / 2 < SIGN / 2}
        for one in shown
    ]
    assert len(places[0]) == len(root.tape())
    assert all(one == places[0] for one in places)


# What is offered ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["colah", "cs224n", "unicamp_relu", "chain", "scipy_rosen_der", "paths", "xor_loss"])
def test_a_drawing_offers_the_call_for_a_slide_exactly_if_a_number_is_too_small(name):
    root = swept(name, examples.load(name).outputs[0])
    drawing = draw(root)
    offered = "slide=True) for a slide" in repr(drawing)
    assert offered == (share(drawing.scene) < 0.028)
    if offered:  # and it changes something
        assert draw(root, slide=True).svg != drawing.svg


def test_the_call_for_a_slide_repeats_what_was_given():
    root = swept("chain")
    assert "draw(y, slide=True) for a slide" in repr(draw(root))
    shown = repr(draw(root, show=("data", "local"), highlight=root.steps()[2], theme="dark"))
    assert "draw(y, show=('data', 'local'), highlight=…, theme='dark', slide=True)" in shown


def test_a_plain_drawing_is_laid_out_once(monkeypatch):
    count = 0

    def counted(executable, arguments, source):
        nonlocal count
        count += 1
        return run(executable, arguments, source)

    run = renderer.run
    monkeypatch.setattr(renderer, "run", counted)
    drawing = draw(swept("chain"))
    assert count == 0
    assert "for a slide" in repr(drawing)
    assert drawing.svg
    assert count == 1


def test_slide_is_refused_for_a_page(tmp_path):
    from chalkgrad.viz import save

    with pytest.raises(ValueError, match="slide cannot be had in a page"):
        save(swept("colah"), tmp_path / "e.html", slide=True)


def test_the_widest_numbers_are_at_least_as_wide_as_any():
    picture = draw(swept("colah")).picture
    wide = slide.widest(picture, {})
    for card, wider in zip(picture.cards, wide.cards, strict=True):
        for row, widest in zip(card.rows, wider.rows, strict=True):
            assert fonts.width(widest.value, 20) >= fonts.width(row.value, 20)


def test_a_way_whose_labels_alone_are_too_large_is_not_laid_out(monkeypatch):
    x = Value(1.01, "x")
    y = x
    for _ in range(60):
        y = y * x
    laid_out, usual = [], slide.lay_out

    def counted(picture, *more, **options):
        laid_out.append(len(picture.cards))
        return usual(picture, *more, **options)

    monkeypatch.setattr(slide, "lay_out", counted)
    draw(y, slide=True, show="local")
    assert max(laid_out) <= slide.MOST_AROUND  # surroundings alone
