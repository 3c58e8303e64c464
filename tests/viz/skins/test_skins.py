"""Skins, what is shown, what is highlighted, captions and rows: one graph drawn in every way there is."""

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which
from xml.etree import ElementTree

import pytest
from chalkgrad.command import commands, examples
from chalkgrad.engine import Value, affine, chain_rule, log, maximum, operation, relu, sigmoid, tanh, total, unit
from chalkgrad.engine.words.manner import manner, set_in_type
from chalkgrad.viz import draw, frames
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.formats.scene import parts, scene
from chalkgrad.viz.layout import renderer
from chalkgrad.viz.layout.caption_setting import LINES, filled
from chalkgrad.viz.layout.labels import place_labels
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.layout.wrapping import split
from chalkgrad.viz.letters import fonts, themes
from chalkgrad.viz.letters.primitives import Curve, Polygon, Rect, Run, TextLine
from chalkgrad.viz.letters.text import clean
from chalkgrad.viz.skins import Skin, register, skin_of
from chalkgrad.viz.skins.shapes import VALUE
from chalkgrad.viz.skins.skin import _REGISTERED, SHOWN
from counting import lines
from hypothesis import given, settings
from hypothesis import strategies as st

SKINS = ("cards", "circuit", "edges")
DIRECTIONS = ("LR", "TB")
THEMES = ("light", "dark", "print")
NAMES = ("colah", "karpathy_tanh_neuron", "cs231n_sigmoid_neuron", "baydin")
SVG = "{http://www.w3.org/2000/svg}"
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)


def example(name="colah", swept=True):
    """The root of an example, and its values by name."""
    parsed = examples.build(examples.load(name))
    if swept:
        parsed.root.backward()
    return parsed.root, {node_name: node for node, node_name in parsed.root.tape().names.items()}


def texts(picture):
    """Every line of text in what is drawn, as words."""
    return ["".join(run.words for run in text.runs) for text in drawn(picture, TextLine)]


def drawn(picture, kind):
    return [shape for shape in scene(picture, laid_out(picture)).shapes if isinstance(shape, kind)]


def laid_out(picture):
    return place_labels(picture, lay_out(picture))


def lit(picture):
    """The names of the cards, and of the ends of the edges, that are lit."""
    names = [card.name for card in picture.cards]
    return (
        {card.name for card in picture.cards if "lit" in card.marks},
        {(names[edge.head], names[edge.tail]) for edge in picture.edges if "lit" in edge.marks},
    )


def factors(expansion, names):
    """The factors of an expansion as pairs of names as they are in pictures, read from its text."""
    return {
        tuple(map(set_in_type, factor[1:].split("/∂")))
        for factor in re.findall(r"∂\w+/∂\w+", str(expansion).split(" = ", 1)[1])
    }


# The skins -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda x, y: x + y, "+"),
        (lambda x, y: x * y, "·"),
        (lambda x, y: x - y, "-"),
        (lambda x, y: x / y, "/"),
        (lambda x, y: x**y, "x^y"),
        (lambda x, y: x + 1, "+1"),
        (lambda x, y: 1 + x, "+1"),
        (lambda x, y: x - 2, "-2"),
        (lambda x, y: 2 - x, "2 - x"),
        (lambda x, y: x * -1, "·-1"),
        (lambda x, y: x / 4, "/4"),
        (lambda x, y: 1 / x, "1/x"),
        (lambda x, y: x**2, "x²"),
        (lambda x, y: -x, "-x"),
        (lambda x, y: x * x, "·"),
        (lambda x, y: maximum(x, y), "max"),
        (lambda x, y: maximum(x, 0), "max(x, 0)"),
        (lambda x, y: tanh(x), "tanh"),
        (lambda x, y: log(x), "log"),
        (lambda x, y: relu(x), "relu"),
        (lambda x, y: sigmoid(x), "σ"),
        (lambda x, y: abs(x), "|x|"),
        (lambda x, y: total([x, y]), "Σ"),
        (lambda x, y: affine([x, y], [y, x], x), "Σ"),
        (lambda x, y: operation("h2", lambda a: a * a)(x), "h2"),
        (lambda x, y: x, ""),
    ],
)
def test_a_gate_bears_the_sign_of_its_operation(made, expected):
    assert skin_of("circuit").sign(made(Value(2.0, "a long name (of x)"), Value(3.0, "y"))) == expected


def test_a_circuit_has_a_round_gate_for_each_operation_and_names_for_the_inputs():
    root, _ = example("cs231n_sigmoid_neuron")
    picture = picture_of([root], skin="circuit")
    gates = [box for box in drawn(picture, Rect) if box.stroke and box.fill]
    assert len(gates) == 8
    assert all(box.radius == pytest.approx(box.height / 2) for box in gates)
    said = texts(picture)
    assert [said.count(one) for one in ("+", "·-1", "exp", "+1", "1/x")] == [2, 1, 1, 1, 1]
    assert said.count("·") == 0  # a square in many a font: a product has a disc
    discs = [box for box in drawn(picture, Rect) if (box.width, box.height, box.radius) == (9, 9, 4.5)]
    middles = {(gate.x + gate.width / 2, gate.y + gate.height / 2) for gate in gates}
    assert len(discs) == 2
    assert {(disc.x + 4.5, disc.y + 4.5) for disc in discs} < middles
    assert {"w₀", "x₀", "w₁", "x₁", "w₂", "dot", "f"} <= set(said)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_in_a_circuit_the_value_stands_above_its_wire_and_the_gradient_below(direction):
    root, _ = example("cs231n_sigmoid_neuron")
    picture = picture_of([root], skin="circuit", direction=direction)
    layout = laid_out(picture)
    for part in parts(picture, layout):
        if part.kind != "card":
            continue
        card = picture.cards[part.number]
        wire = next(shape for shape in part.shapes if isinstance(shape, Curve))
        data, grad = (
            next(
                shape
                for shape in part.shapes
                if isinstance(shape, TextLine) and shape.runs[0].colour == colour and shape.runs[0].words == row.value
            )
            for row, colour in zip(card.rows, (themes.theme("light").data, themes.theme("light").grad), strict=True)
        )
        if direction == "LR":
            assert data.y < wire.points[0][1] < grad.y - 0.7 * VALUE
            assert wire.points[0][0] < data.x < wire.points[-1][0]
        else:
            assert (data.anchor, grad.anchor) == ("end", "start")
            assert data.x < wire.points[0][0] < grad.x


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_circuits_wires_begin_at_the_end_of_a_values_own_and_end_on_a_gate_each_at_a_place_of_its_own(name, direction):
    root, _ = example(name)
    picture = picture_of([root], skin="circuit", direction=direction)
    layout = laid_out(picture)
    ends = {}
    for edge, wire in zip(picture.edges, layout.wires, strict=True):
        tail, head = layout.cards[edge.tail], layout.cards[edge.head]
        out = (tail.x + tail.width / 2, tail.y) if direction == "LR" else (tail.x, tail.y + tail.height / 2)
        assert wire.points[0] == pytest.approx(out, abs=1)
        assert abs(wire.tip[0] - head.x) <= head.width / 2 + 0.1
        assert abs(wire.tip[1] - head.y) <= head.height / 2 + 0.1
        ends.setdefault(edge.head, []).append(wire.tip)
    assert all(len(set(tips)) == len(tips) for tips in ends.values())


def test_a_value_used_twice_has_a_fork():
    root, _ = example("colah")
    dots = [box for box in drawn(picture_of([root], skin="circuit"), Rect) if not box.stroke and box.radius == 5]
    assert len(dots) == 1  # b goes into c and into d


def test_a_gate_whose_wires_are_not_alike_has_its_expression_under_it():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c, d = a - b, a * b
    c.label, d.label = "c", "d"
    assert {"c = a - b", "d"} <= set(texts(picture_of([c, d], skin="circuit")))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_a_gradient_not_computed_is_a_question_mark_in_a_circuit_and_that_of_a_constant_nothing(direction):
    a, c = Value(2.0, "a"), Value(3.0, "c")
    c.constant = True
    y = a * c
    picture = picture_of([y], skin="circuit", direction=direction)
    assert texts(picture).count("?") == 2
    assert "grad not computed" in picture.description
    y.backward()
    assert "?" not in texts(picture_of([y], skin="circuit", direction=direction))
    assert "?" not in texts(picture_of([a * c], skin="circuit", direction=direction, show="data"))


def test_a_value_still_to_be_computed_is_a_question_mark_in_a_circuit():
    root, _ = example(swept=False)
    said = texts(picture_of([root], skin="circuit", highlight=root.steps(forward=True)[0]))
    assert said.count("?") == 4 + 5  # of five values all but the first, and all gradients


def test_the_skin_of_edges_says_values_in_round_nodes_and_local_derivatives_on_edges():
    root, _ = example("colah")
    picture = picture_of([root], skin="edges")
    said = texts(picture)
    assert {"e = c·d", "e = 6", "a = 2", "∂e/∂c = 2", "∂e/∂d = 3"} <= set(said)
    local = next(text for text in drawn(picture, TextLine) if text.runs[0].words == "∂e/∂c = 2")
    assert local.runs[0].size > VALUE
    assert not any(box.stroke for box in drawn(picture, Rect))
    assert len([shape for shape in drawn(picture, Polygon) if len(shape.points) > 3]) == 5


def test_both_edges_of_a_square_say_which_they_are():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    assert {"∂y/∂x (1st x) = 3", "∂y/∂x (2nd x) = 3"} == {
        line.text for edge in picture_of([y], skin="edges").edges for line in edge.lines
    }


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_no_label_lies_on_a_card_and_everything_stands_within_the_picture(name, skin, direction):
    root, _ = example(name)
    picture = picture_of([root], skin=skin, direction=direction, caption="what is said")
    layout = laid_out(picture)
    boxes = []
    for card, box in zip(picture.cards, layout.cards, strict=True):
        width, height = skin_of(skin).size(card, direction)
        assert (width, height) == pytest.approx((box.width, box.height), abs=0.1)
        boxes.append((box.x - width / 2, box.y - height / 2, box.x + width / 2, box.y + height / 2))
    for part in parts(picture, layout):
        lines = [shape for shape in part.shapes if isinstance(shape, TextLine)] if part.kind == "label" else []
        if lines:
            wide = max(fonts.width(line.runs[0].words, line.runs[0].size, bold=True) for line in lines) / 2
            x, top, bottom = lines[0].x, lines[0].y - lines[0].runs[0].size * 0.7, lines[-1].y
            boxes.append((x - wide, top, x + wide, bottom))
    for left, top, right, bottom in boxes:
        assert 0 <= left < right <= layout.width
        assert 0 <= top < bottom <= layout.caption_top
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def fits(text, box, *, round_):
    """Whether a line lies inside an outline: a box, or the ellipse in it."""
    width = sum(fonts.width(run.words, run.size, bold=run.bold) for run in text.runs)
    left = text.x - {"start": 0, "middle": width / 2, "end": width}[text.anchor]
    top, bottom = text.y - 0.72 * text.runs[0].size, text.y
    corners = [(x, y) for x in (left, left + width) for y in (top, bottom)]
    if round_:
        return all((2 * (x - box.x) / box.width) ** 2 + (2 * (y - box.y) / box.height) ** 2 <= 1 for x, y in corners)
    return all(abs(x - box.x) <= box.width / 2 + 0.6 and abs(y - box.y) <= box.height / 2 + 0.6 for x, y in corners)


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("digits", [1, 4, 17])
def test_every_word_fits_its_card_or_gate_and_every_digit_is_there(skin, direction, digits):
    x = [Value(0.1 * n, f"x{n}") for n in range(1, 4)]
    root = tanh(affine(x, x[::-1], x[0])) * Value(-1.0e-300 / 3, "a long name " * 3) - x[1] / 3
    root.backward()
    picture = picture_of([root], skin=skin, direction=direction, digits=digits, show=SHOWN)
    layout = laid_out(picture)
    for part in parts(picture, layout):
        if part.kind == "card":
            for shape in part.shapes:
                if isinstance(shape, TextLine):
                    assert fits(shape, layout.cards[part.number], round_=skin == "edges"), shape
    said = " ".join(texts(picture))
    read = {float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", said)}
    for node in root.tape():
        assert {float(f"{number:.{digits - 1}e}") for number in (node.data, node.grad)} <= read
    if digits == 17:
        assert repr(0.1 * 3) in said


@pytest.mark.parametrize("name", ["karpathy_L", "colah", "cs231n_add_mul"])
@pytest.mark.parametrize("skin", SKINS)
def test_values_are_at_least_2_8_percent_of_a_slide_in_graphs_of_up_to_four_levels(name, skin):
    root, _ = example(name)
    layout = laid_out(picture_of([root], skin=skin))
    assert VALUE / max(layout.width * 9 / 16, layout.height) >= 0.028


# What is shown -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("show", [*SHOWN, (), SHOWN, ("data", "local")])
def test_what_is_shown_is_what_was_asked_for(skin, show):
    root, _ = example("cs231n_add_mul")
    wanted = {show} if isinstance(show, str) else set(show)
    picture = picture_of([root], skin=skin, show=show)
    kinds = {row.kind for card in picture.cards for row in card.rows}
    kinds |= {line.kind.replace("contribution", "contributions") for edge in picture.edges for line in edge.lines}
    assert kinds == wanted
    colours = {run.colour for text in drawn(picture, TextLine) for run in text.runs}
    theme = themes.theme("light")
    assert (theme.data in colours) == ("data" in wanted)
    assert (theme.grad in colours) == bool(wanted & {"grad", "contributions"})
    assert (theme.local in colours) == ("local" in wanted)


@pytest.mark.parametrize("skin", SKINS)
def test_each_skin_shows_by_default_what_it_is_for(skin):
    root, _ = example()
    assert picture_of([root], skin=skin) == picture_of([root], skin=skin, show=skin_of(skin).shows)


def test_gradients_on_round_nodes_are_named_as_derivatives():
    root, _ = example("colah")
    assert "∂e/∂b = 5" in texts(picture_of([root], skin="edges", show=("data", "grad")))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"skin": "boxes"}, 'the skin is "cards", "circuit" or "edges", not \'boxes\''),
        ({"show": "gradient"}, 'show takes "data", "grad", "local" and "contributions", not \'gradient\''),
        ({"show": ("data", 3)}, "show takes"),
        ({"digits": 0}, "1 to 17, not 0"),
        ({"digits": 18}, "1 to 17, not 18"),
        ({"digits": True}, "1 to 17"),
        ({"digits": 2.0}, "1 to 17"),
        ({"wrap": -1}, "how many levels stand in a row"),
        ({"wrap": "yes"}, "how many levels stand in a row"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_what_can(options, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        draw(example()[0], **options)


def test_digits_hold_for_every_number_in_the_picture():
    x = Value(2.0, "x")
    y = (x / 3) ** 2 * 1.23456789
    y.backward()
    for skin in SKINS:
        picture = picture_of([y], skin=skin, digits=9, show=SHOWN)
        numbers = re.findall(r"\d+\.\d+", picture.description)
        assert numbers
        assert max(len(number.replace(".", "").lstrip("0")) for number in numbers) == 9


def test_the_sentence_below_has_as_many_digits_as_the_cards():
    x, w = Value(1 / 7, "x"), Value(12 / 7, "w")
    y = (x * w * 0.123456789).tanh() * x
    lit = [*y.steps()[1:], *y.steps(by="node")[1:], *y.steps(forward=True)[3:], chain_rule(y, w), chain_rule(y, x)]
    for what in lit:
        numbers = re.findall(r"\d\.\d+", picture_of([y], highlight=what, digits=9).caption)
        assert numbers
        assert {len(number.replace(".", "").lstrip("0")) for number in numbers} <= {8, 9}  # one may end in a zero


# What is highlighted -------------------------------------------------------------------------------------------------


def test_a_chain_rule_lights_exactly_its_factors():
    for name, leaf in (("colah", "b"), ("colah", "a"), ("cs231n_sigmoid_neuron", "w1"), ("karpathy_L", "b"), ("baydin", "x1")):
        root, by_name = example(name)
        expansion = chain_rule(root, by_name[leaf])
        nodes, edges = lit(picture_of([root], highlight=expansion))
        assert edges == factors(expansion, by_name)
        assert nodes == {end for edge in edges for end in edge}


def test_all_paths_are_lit_also_those_that_are_not_listed():
    x = y = Value(1.0, "x")
    for _ in range(5):
        y = y * y
    expansion = chain_rule(y, x, limit=2)
    assert expansion.count == 32
    assert all("lit" in edge.marks for edge in picture_of([y], highlight=expansion).edges)


def test_one_path_lights_its_own_factors_only():
    root, by_name = example("colah")
    first, second = chain_rule(root, by_name["b"]).paths
    assert lit(picture_of([root], highlight=first)) == ({"e", "c", "b"}, {("e", "c"), ("c", "b")})
    assert lit(picture_of([root], highlight=[second])) == ({"e", "d", "b"}, {("e", "d"), ("d", "b")})


@pytest.mark.parametrize("skin", SKINS)
def test_of_two_paths_the_second_is_dashed(skin):
    root, by_name = example("colah")
    picture = picture_of([root], skin=skin, highlight=chain_rule(root, by_name["b"]))
    names = [card.name for card in picture.cards]
    dashed = set()
    for part in parts(picture, laid_out(picture)):
        if part.kind == "wire" and any(isinstance(shape, Curve) and shape.dashed for shape in part.shapes):
            edge = picture.edges[part.number]
            dashed.add((names[edge.head], names[edge.tail]))
    assert dashed == {("e", "d"), ("d", "b")}
    assert not any("second" in edge.marks for edge in picture_of([root], highlight=chain_rule(root, by_name["a"])).edges)


def test_an_expansion_by_units_lights_what_lies_between():
    x = Value(0.5, "x")
    with unit("f"):
        u = tanh(x) * x
    y = u * 2
    y.label, u.label = "y", "u"
    _, edges = lit(picture_of([y], highlight=chain_rule(y, x, by="unit")))
    assert ("y", "u") in edges
    assert len(edges) == 4


def test_values_names_and_edges_are_lit_alone_or_together():
    root, by_name = example("colah")
    e, c, b = by_name["e"], by_name["c"], by_name["b"]
    for what, expected in (
        (c, ({"c"}, set())),
        ("c", ({"c"}, set())),
        ([c, "b"], ({"b", "c"}, set())),
        ((e, c), ({"e", "c"}, {("e", "c")})),
        ((e, 1), ({"e", "d"}, {("e", "d")})),
        ([(e, c), (c, b)], ({"e", "c", "b"}, {("e", "c"), ("c", "b")})),
        ((e, b), ({"e", "b"}, set())),
        ({c}, ({"c"}, set())),
        ([], (set(), set())),
    ):
        assert lit(picture_of([root], highlight=what)) == expected
    everything = picture_of([root], highlight=what)
    assert all(card.marks == {"faded"} for card in everything.cards)
    assert not any(card.marks for card in picture_of([root]).cards)


@pytest.mark.parametrize("name", NAMES)
def test_a_steps_picture_shows_the_gradients_as_they_are_after_it(name):
    root, by_name = example(name)
    names = {node: set_in_type(node_name) for node_name, node in by_name.items()}
    so_far = {}
    for step in root.steps():
        so_far[names[step.parent]] = step.after
        picture = picture_of([root], highlight=step)
        nodes, edges = lit(picture)
        if step.node is None:
            assert (nodes, edges) == ({names[root]}, set())
        else:
            assert (nodes, edges) == ({names[step.node], names[step.parent]}, {(names[step.node], names[step.parent])})
        for card in picture.cards:
            grad = card.rows[1]
            assert (grad.kind == "missing") == (card.name not in so_far)
            if grad.kind == "grad":
                assert float(grad.value.partition(" ")[0]) == pytest.approx(so_far[card.name], rel=1e-3)
        carried = sum(line.kind == "contribution" for edge in picture.edges for line in edge.lines)
        assert carried == step.index
        with manner(typeset=True):
            assert picture.caption.split() == str(step).split()
    assert [row.value for card in picture.cards for row in card.rows] == [
        row.value for card in picture_of([root]).cards for row in card.rows
    ]


def test_a_gradient_with_more_to_come_says_so():
    root, _ = example("colah")
    assert "3 + …" in texts(picture_of([root], highlight=root.steps()[3]))
    assert "5" in texts(picture_of([root], highlight=root.steps()[5]))


def test_a_steps_picture_does_not_depend_on_where_the_cursor_is():
    root, _ = example("colah", swept=False)
    steps = root.steps()
    before = picture_of([root], highlight=steps[2])
    steps.run()
    assert picture_of([root], highlight=steps[2]) == before


@pytest.mark.parametrize("name", ["colah", "griewank", "karpathy_b_eq_a_plus_a"])
def test_in_the_middle_of_a_sweep_a_picture_shows_what_its_cursor_has_done_and_no_more(name):
    root, _ = example(name, swept=False)
    steps = root.steps()
    for position, step in enumerate(steps):
        steps.goto(position)
        shown, expected = picture_of([root]), picture_of([root], highlight=step)
        assert [card.rows for card in shown.cards] == [card.rows for card in expected.cards]
        assert [edge.lines for edge in shown.edges] == [edge.lines for edge in expected.edges]


def test_the_contributions_of_several_sweeps_are_those_of_the_last():
    root, by_name = example("colah")
    root.backward()
    picture = picture_of([root])
    assert by_name["b"].grad == 10
    assert [line.text for edge in picture.edges for line in edge.lines if line.kind == "contribution"] == [
        "+2", "+2", "+3", "+2", "+3"
    ]  # fmt: skip


def test_a_step_of_a_node_lights_all_its_edges():
    root, by_name = example("colah")
    step = next(step for step in root.steps(by="node") if step.index and step.node is by_name["c"])
    picture = picture_of([root], highlight=step)
    assert lit(picture) == ({"a", "b", "c"}, {("c", "a"), ("c", "b")})
    assert picture.caption.split() == str(step).split()


def test_a_step_forward_shows_what_is_computed_by_then():
    root, by_name = example("colah")
    step = next(step for step in root.steps(forward=True) if step.node is by_name["c"])
    picture = picture_of([root], highlight=step)
    assert lit(picture)[1] == {("c", "a"), ("c", "b")}
    assert {card.name for card in picture.cards if card.rows[0].kind == "missing"} == {"d", "e"}
    assert all(card.rows[1].kind == "missing" for card in picture.cards)
    assert not any(edge.lines for edge in picture.edges if picture.cards[edge.head].name in ("d", "e"))


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("theme", THEMES)
def test_what_is_lit_differs_by_more_than_colour(skin, theme):
    root, by_name = example("colah")
    picture = picture_of([root], skin=skin, theme=theme, highlight=(by_name["e"], by_name["c"]))
    weights = {"lit": set(), "faded": set()}
    for part in parts(picture, laid_out(picture)):
        if part.kind == "wire":
            mark = "lit" if "lit" in picture.edges[part.number].marks else "faded"
            weights[mark].update(shape.weight for shape in part.shapes if isinstance(shape, Curve))
    assert min(weights["lit"]) >= 2 * max(weights["faded"])


def test_what_is_lit_is_said():
    root, by_name = example("colah")
    assert "Highlighted: c, e." in picture_of([root], highlight=(by_name["e"], by_name["c"])).description
    assert "Highlighted" not in picture_of([root]).description


@pytest.mark.parametrize("what", [3.0, object(), [1, 2], (None,)])
def test_what_cannot_be_highlighted_is_refused_saying_what_can(what):
    with pytest.raises(TypeError, match=r"highlight takes Values or their names, an edge .* chain_rule\(y, x\)"):
        draw(example()[0], highlight=what)


def test_of_several_steps_the_gradients_are_those_after_the_last_in_any_order():
    root, _ = example("colah")
    steps, forward = root.steps(), root.steps(forward=True)
    after = {card.name: card.rows for card in picture_of([root], highlight=steps[4]).cards}
    for several in ([steps[1], steps[4]], [steps[4], steps[1]], [steps[4], forward[2]], [forward[4], steps[4], steps[0]]):
        assert {card.name: card.rows for card in picture_of([root], highlight=several).cards} == after


def test_what_is_not_in_the_picture_is_refused_naming_it():
    root, by_name = example()
    with pytest.raises(ValueError, match="stranger cannot be highlighted: it is none of the values that e is computed from"):
        draw(root, highlight=Value(1.0, "stranger"))
    with pytest.raises(ValueError, match="there is no z here; the values are a, b, c, d, e"):
        draw(root, highlight="z")
    with pytest.raises(ValueError, match="e has 2 parents, and no edge 2"):
        draw(root, highlight=(by_name["e"], 2))


def test_a_constant_is_on_no_path():
    k, x = Value(2.0, "k", constant=True), Value(3.0, "x")
    y = k * x
    assert lit(picture_of([y], highlight=chain_rule(y, k))) == (set(), set())


# Captions ------------------------------------------------------------------------------------------------------------


def test_the_caption_of_an_expansion_is_its_text_and_can_be_another_or_none():
    root, by_name = example("colah")
    expansion = chain_rule(root, by_name["b"])
    assert picture_of([root], highlight=expansion).caption.split() == str(expansion).split()
    assert picture_of([root], highlight=expansion, caption="b twice").caption == "b twice"
    assert picture_of([root], highlight=expansion, caption="").caption == ""
    assert picture_of([root]).caption == ""


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("caption", ["short", "a sentence of several words " * 9, "x" * 400, "one\ntwo\r\nthree"])
def test_a_caption_is_read_from_the_back_row_and_lies_below_the_picture(skin, name, caption):
    root, _ = example(name)
    picture = picture_of([root], skin=skin, caption=caption)
    layout = laid_out(picture)
    written = next(part.shapes for part in parts(picture, layout) if part.kind == "caption")
    assert 1 <= len(written) <= LINES
    slide = max(layout.width * 9 / 16, layout.height)
    for line in written:
        run = line.runs[0]
        assert run.size / slide >= 0.028
        left = line.x - (fonts.width(run.words, run.size) / 2 if line.anchor == "middle" else 0)
        assert left >= 0
        assert left + fonts.width(run.words, run.size) <= layout.width
        assert layout.caption_top <= line.y - 0.7 * run.size
        assert line.y + 0.2 * run.size <= layout.height
    assert max(box.y + box.height / 2 for box in layout.cards) <= layout.caption_top


def test_a_narrow_picture_stands_in_the_middle_above_a_wide_caption():
    x = Value(2.0, "x")
    layout = laid_out(picture_of([x], caption="a caption that is wider than the only card"))
    assert layout.cards[0].x == pytest.approx(layout.width / 2, abs=1)


def test_a_caption_is_said_too():
    root, _ = example()
    assert picture_of([root], caption="where b is used twice").description.endswith("where b is used twice")


def test_room_can_be_had_for_the_longest_of_several_captions():
    root, _ = example()
    steps = [picture_of([root], highlight=step) for step in root.steps()]
    captions = [picture.caption for picture in steps]
    layout = lay_out(steps[-1], captions=captions)
    for picture in steps:
        written = [part for part in parts(picture, layout) if part.kind == "caption"]
        assert len(written) == 1
        assert all(line.y <= layout.height for line in written[0].shapes)


# Rows ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", ["karpathy_tanh_neuron", "cs231n_sigmoid_neuron"])
def test_a_deep_graph_in_rows_is_larger_on_a_slide_and_nothing_overlaps(skin, direction, name):
    root, _ = example(name)
    flat, rows = (lay_out(picture_of([root], skin=skin, direction=direction, wrap=wrap)) for wrap in (False, True))
    flat_slide, slide = (max(layout.width * 9 / 16, layout.height) for layout in (flat, rows))
    assert slide < flat_slide or rows == flat
    boxes = [(b.x - b.width / 2, b.y - b.height / 2, b.x + b.width / 2, b.y + b.height / 2) for b in rows.cards]
    for one, other in itertools.combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    for wire in rows.wires:
        for x, y in (*wire.points, wire.tip):
            assert 0 <= x <= rows.width
            assert 0 <= y <= rows.height


@pytest.mark.parametrize("skin", ["cards", "edges"])
@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("name", ["karpathy_tanh_neuron", "cs231n_sigmoid_neuron", "chain_loss"])
def test_a_label_in_rows_is_whole_and_lies_on_no_wire(skin, direction, name):
    root, _ = example(name)
    picture = picture_of([root], skin=skin, direction=direction, wrap=True)
    layout = laid_out(picture)
    for edge, wire in zip(picture.edges, layout.wires, strict=True):
        shape, (x, y) = skin_of(skin).label(edge), wire.label
        left, top, right, bottom = x - shape.width / 2, y - shape.height / 2, x + shape.width / 2, y + shape.height / 2
        assert left >= 0
        assert top >= 0
        assert right <= layout.width
        assert bottom <= layout.height
        for other in layout.wires:
            for (x0, y0), (x1, y1) in itertools.pairwise(other.points[::3]):
                straight = x0 == x1 or y0 == y1  # where it runs around a row
                assert (
                    not straight or max(x0, x1) <= left or right <= min(x0, x1) or max(y0, y1) <= top or bottom <= min(y0, y1)
                )


def test_from_left_to_right_rows_make_a_deep_graph_legible():
    root, _ = example("cs231n_sigmoid_neuron")
    for skin in SKINS:
        layout = lay_out(picture_of([root], skin=skin, wrap=True))
        assert VALUE / max(layout.width * 9 / 16, layout.height) >= 0.028


def test_a_row_has_as_many_levels_as_asked():
    y = Value(0.5, "x")
    for _ in range(7):
        y = tanh(y)
    tops = [box.y for box in lay_out(picture_of([y], wrap=3)).cards]
    assert [tops.count(top) for top in sorted(set(tops))] == [3, 3, 2]


def test_a_wire_runs_on_from_row_to_row_without_a_gap():
    root, _ = example("cs231n_sigmoid_neuron")
    flat, rows = (lay_out(picture_of([root], wrap=wrap)) for wrap in (0, 3))
    for before, after in zip(flat.wires, rows.wires, strict=True):
        assert len(after.points) % 3 == 1
        assert len(after.points) >= len(before.points)
    moved = [wire for before, wire in zip(flat.wires, rows.wires, strict=True) if len(wire.points) > len(before.points)]
    assert moved
    for edge, wire in zip(picture_of([root]).edges, rows.wires, strict=True):
        tail, head = rows.cards[edge.tail], rows.cards[edge.head]
        assert wire.points[0][0] == pytest.approx(tail.x + tail.width / 2, abs=3)
        assert wire.tip[0] == pytest.approx(head.x - head.width / 2, abs=3)


def test_places_are_continued_in_each_row():
    root, _ = example("karpathy_tanh_neuron")
    layout = lay_out(picture_of([root], wrap=2))
    assert len(layout.paths) == len(layout.places) > 1
    assert set(layout.paths) == {("neuron",)}


@given(st.lists(st.floats(0, 100), min_size=8, max_size=8), st.floats(0.05, 0.95))
def test_a_split_curve_is_the_same_curve(numbers, share):
    xs = sorted(numbers[:4])
    curve = tuple(zip(xs, numbers[4:], strict=True))
    x = xs[0] + share * (xs[3] - xs[0])
    before, after = split(curve, x)
    assert before[0] == curve[0]
    assert after[-1] == pytest.approx(curve[-1])
    assert before[-1] == pytest.approx(after[0])
    assert before[-1][0] == pytest.approx(x, abs=1e-3)


# A skin from outside ---------------------------------------------------------------------------------------------------


class Dots(Skin):
    """A dot for each value, with its name beside it; of numbers only gradients, in words of its own."""

    name = "dots"
    shows = ("grad",)
    arrows = False

    def size(self, card, direction):
        return 90, 24

    def shapes(self, card, box, colours, direction, *, fork=False):
        left, y = box.x - box.width / 2, box.y
        yield Rect(left, y - 7, 14, 14, 7, fill=colours.outline(card.marks))
        said = " ".join([card.name, *(f"{row.name}{row.value}" for row in card.rows)])
        yield TextLine(left + 18, y + 6, "start", (Run(said, 16, False, colours.ink),), kind="grad")

    def grad_title(self, name, of):
        return "∇"


@pytest.fixture
def registered():
    register(Dots())
    yield "dots"
    del _REGISTERED["dots"]


@pytest.mark.parametrize("given", [Dots(), Dots().name], ids=["object", "name"])
def test_a_skin_of_twenty_lines_from_outside_is_drawn(given, registered, tmp_path):
    root, by_name = example("colah")
    picture = picture_of([root], skin=given, highlight=by_name["b"])
    assert texts(picture) == ["a ∇2", "b ∇5", "c ∇2", "d ∇3", "e ∇1"]
    assert [line.kind for line in drawn(picture, TextLine)] == ["grad"] * 5
    dots = [box.fill for box in drawn(picture, Rect) if box.radius]
    assert [fill == themes.theme("light").lit for fill in dots] == [False, True, False, False, False]
    assert not drawn(picture, Polygon)
    assert {(box.width, box.height) for box in laid_out(picture).cards} == {(90, 24)}
    said = draw(root, skin=given, wrap=True, direction="TB")
    assert said.svg.count("<circle") == 0
    assert said.svg.count('rx="7"') == 5
    assert "e = c·d" in draw(root, skin=given).dot
    written = frames(root, tmp_path / "slides", skin=given, format="tex")
    assert len(written) == len(root.steps())
    assert "rounded corners" in written[0].read_text("utf-8")


def test_a_skin_need_not_be_registered_to_be_drawn():
    with pytest.raises(ValueError, match=r'the skin is "cards", "circuit" or "edges", not \'dots\''):
        draw(example("colah")[0], skin="dots")
    assert draw(example("colah")[0], skin=Dots()).svg.count('rx="7"') == 5


def test_the_command_line_takes_a_registered_skin_from_outside(registered, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands.run(["draw", "colah", "--skin", "dots", "-o", "e.svg"])
    assert Path("e.svg").read_text("utf-8").count('rx="7"') == 5
    commands.run(["frames", "colah", "--skin", "dots", "-o", "slides"])
    assert Path("slides/e-000.svg").read_text("utf-8").count('rx="7"') == 5


def test_a_skin_that_is_none_is_refused_with_all_there_are(registered):
    with pytest.raises(ValueError, match=r'the skin is "cards", "circuit", "edges" or "dots", not 3\.'):
        draw(example("colah")[0], skin=3)
    with pytest.raises(ValueError, match=r'"edges" or "dots", not \'boxes\'\.'):
        draw(example("colah")[0], skin="boxes")


# Of which kind words are -----------------------------------------------------------------------------------------------


def kinds(picture):
    """The words of each kind, as (kind, text)."""
    return {(line.kind, "".join(run.words for run in line.runs)) for line in drawn(picture, TextLine)}


def test_every_text_says_of_which_kind_its_words_are():
    a, b = Value(2.0, "a"), Value(3.0, "b", constant=True)
    with unit("place"):
        y = a * b + 1
    y.label = "y"
    y.backward()
    options = {"show": SHOWN, "caption": "said"}
    common = {("place", "place"), ("caption", "said"), ("contribution", "+3")}
    cards, circuit, edges = (kinds(picture_of([y], skin=skin, **options)) for skin in SKINS)
    assert cards >= common | {("name", "a"), ("data", "2"), ("grad", "3"), ("missing", "constant"), ("", "data")}
    assert circuit >= common | {("name", "a"), ("data", "2"), ("grad", "3"), ("expression", "+1")}
    assert edges >= common | {("name", "y = v₃ + 1"), ("data", "a = 2"), ("grad", "∂y/∂a = 3"), ("missing", "constant")}
    a.data = 4.0
    assert ("missing", "?") in kinds(picture_of([a * b], skin="circuit"))
    for skin in SKINS:
        found = kinds(picture_of([y], skin=skin, **options))
        assert any(kind == "note" and said.startswith("stale") for kind, said in found)


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("name", NAMES)
def test_every_number_on_a_card_or_beside_an_edge_has_a_kind(skin, name):
    root, _ = example(name)
    picture = picture_of([root], skin=skin, show=SHOWN)
    said = kinds(picture)
    for card in picture.cards:
        for row in card.rows:
            assert any(kind == row.kind and words.endswith(row.value) for kind, words in said), row
    for edge in picture.edges:
        for line in edge.lines:
            assert any(kind == line.kind for kind, _ in said)
    assert not any(re.search(r"\d\.\d", words) for kind, words in said if not kind)


# Every skin in every form --------------------------------------------------------------------------------------------


def contrast(one, other):
    def luminance(colour):
        channels = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ground(shapes, x, y):
    """The colour of what lies under a point."""
    colour = ""
    for shape in shapes:
        match shape:
            case Rect() if shape.fill and shape.x <= x <= shape.x + shape.width and shape.y <= y <= shape.y + shape.height:
                colour = shape.fill
            case Polygon(points, fill) if len(points) > 3:
                xs, ys = zip(*points, strict=True)
                if min(xs) <= x <= max(xs) and min(ys) <= y <= max(ys):
                    colour = fill
    return colour


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_word_has_a_contrast_of_at_least_4_5_on_its_ground(skin, theme):
    root, by_name = example("karpathy_tanh_neuron")
    for what in (None, chain_rule(root, by_name["x1"]), root.steps()[3], []):
        picture = picture_of([root], skin=skin, theme=theme, highlight=what, show=SHOWN)
        shapes = scene(picture, laid_out(picture)).shapes
        for n, shape in enumerate(shapes):
            if isinstance(shape, TextLine):
                for run in shape.runs:
                    assert contrast(run.colour, ground(shapes[:n], shape.x, shape.y - 4)) >= 4.5, run


def test_a_long_word_of_a_caption_is_broken_in_work_in_proportion_to_its_length():
    small, large = (lines(lambda n=n: filled("x" * n, 20, 300)) for n in (500, 4_000))
    assert large < 10 * small  # eight times as long; the square would be 64 times the work


@pytest.mark.parametrize("skin", SKINS)
@pytest.mark.parametrize("direction", DIRECTIONS)
@settings(max_examples=12, deadline=None)
@given(st.lists(ANYTHING, min_size=2, max_size=3), ANYTHING)
def test_no_label_and_no_caption_can_break_a_skin(skin, direction, names, caption):
    values = [Value(1.5, name) for name in names]
    with unit("plain"):
        root = total(values) - values[0]
    root.label = names[-1]
    drawing = draw(root, skin=skin, direction=direction, caption=caption, highlight=values[:1], theme="dark")
    found = ElementTree.fromstring(drawing.svg)
    assert sum(element.tag == f"{SVG}path" for element in found.iter()) >= len(drawing.picture.edges)
    assert renderer.run(renderer.find(), ["-Tjson0"], drawing.dot)


@pytest.mark.skipif(which("rsvg-convert") is None, reason="there is no librsvg here (Debian: apt-get install librsvg2-bin)")
@pytest.mark.parametrize("skin", SKINS)
def test_hostile_names_come_out_in_librsvg(skin, tmp_path):
    names = ("<b>&\"'", "a\x00\n\\N", "n" * 200, "שגיאה כוללת", "]]>", "\u202eabc", "漢字", "\ud800x")
    root = total([Value(1.0, name) for name in names])
    root.label = "<root>"
    draw(root, skin=skin, highlight=root.steps()[1], caption="&<>\"' \x07").save(tmp_path / "L.svg")
    subprocess.run(["rsvg-convert", str(tmp_path / "L.svg"), "-o", str(tmp_path / "L.png")], check=True, timeout=60)
    assert (tmp_path / "L.png").read_bytes().startswith(b"\x89PNG")
    said = (tmp_path / "L.svg").read_text(encoding="utf-8").replace("\u200e", "")
    for name in ("שגיאה כוללת", "漢字", clean("\u202eabc"), "]]&gt;"):
        assert name in said


@pytest.mark.parametrize("skin", ["circuit", "edges"])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_dot_text_of_a_skin_is_read_by_graphviz_and_says_everything(skin, direction):
    root, by_name = example("colah")
    drawing = draw(root, skin=skin, direction=direction, caption="said below", highlight=by_name["b"])
    answer = renderer.run(renderer.find(), ["-Tsvg"], drawing.dot).decode()
    said = [re.sub("<[^>]*>", "", text) for text in re.findall(r"<text[^>]*>.*?</text>", answer)]
    expected = {"circuit": ("e = c·d", "data = 6", "grad = 5", "said"), "edges": ("∂e/∂c = 2", "e = c·d", "e = 6", "said")}
    for words in expected[skin]:
        assert any(words in text for text in said), words


@pytest.mark.parametrize("skin", ["circuit", "edges"])
def test_png_and_svg_are_saved_in_every_skin(skin, tmp_path):
    root, _ = example("colah")
    for kind, start in (("svg", b"<svg"), ("png", b"\x89PNG"), ("dot", b"digraph")):
        draw(root, skin=skin, wrap=kind != "dot", caption="c").save(tmp_path / f"L.{kind}")
        assert (tmp_path / f"L.{kind}").read_bytes().startswith(start)


def test_the_same_bytes_in_every_process():
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from test_skins import *\n"
        "root, names = example('karpathy_tanh_neuron')\n"
        "for skin in SKINS:\n"
        "    for what in (None, chain_rule(root, names['x1']), root.steps()[4], {*names.values()}):\n"
        "        d = draw(root, skin=skin, highlight=what, wrap=True)\n"
        "        sys.stdout.buffer.write((d.svg + d.dot).encode())\n"
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
    assert len(seen.pop()) > 100_000
