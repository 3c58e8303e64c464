"""The page's stage: how a graph is drawn on it, and what its lenses show."""

import re

import pytest
from browsing import example
from chalkgrad.engine import Value, affine, tape, total
from chalkgrad.engine.stepping import sentences
from chalkgrad.engine.words.manner import NOTATIONS, manner
from chalkgrad.viz import play
from chalkgrad.viz.page.filling import filled
from chalkgrad.viz.page.lens import Lenses
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.stage import stage
from chalkgrad.viz.pictures.picture import Card, CardRow, Edge, EdgeLine, Picture
from chalkgrad.viz.skins.cards import Cards
from chalkgrad.viz.skins.skin import skin_of


def chained(count):
    """A chain of so many operations."""
    value = Value(0.5, "x")
    for _ in range(count):
        value = value * 1.5
    return value


def summed(count):
    """A sum of so many leaves."""
    return total([Value(float(i)) for i in range(count)])


def staged(root, **options):
    with manner(typeset=True):
        return stage(root, Script(root), **options).looks[0]


@pytest.mark.parametrize(
    ("root", "skin", "lenses"),
    [(lambda: example("colah"), "cards", False), (lambda: chained(4), "circuit", False), (lambda: summed(31), "circuit", True)],
)
def test_cards_are_drawn_where_all_fits_then_the_circuit_then_lenses(root, skin, lenses):
    made = staged(root())
    assert skin_of(made.picture.skin).name == skin
    assert (made.told["lenses"] is not None) == lenses == ('class="overview"' in made.html)


def test_the_choice_is_of_the_graph_and_not_of_its_numbers():
    small, wide = chained(4), chained(4)
    next(node for node in tape(wide) if not node.parents).data = -0.0123456
    wide.forward()
    assert [skin_of(staged(root).picture.skin).name for root in (small, wide)] == ["circuit"] * 2


def test_a_name_that_fills_pages_of_words_leaves_a_picture_some_height():
    y = Value(2.0, "x" * 2000) * Value(-3.0, "b") + Value(1.0, "c")
    heights = [float(height) for height in re.findall(r'viewBox="0 0 [^ "]+ ([^ "]+)"', play(y).html)]
    assert min(heights) > 0


def test_in_rows_every_wire_is_drawn_from_end_to_end():
    made = staged(chained(10))
    assert made.picture.wrap
    courses = re.findall(r'<g class="wire" data-number="\d+">\n<path d="M([^"]*)"', made.html)
    assert any(course.count("C") and course.count(" ") > 8 for course in courses)  # one turns around a row's end
    left = min(float(x) for x in re.findall(r'<rect class="hit" x="([\d.]+)"', made.html))
    assert all(float(course.partition(",")[0]) > left for course in courses)  # none begins where a row goes on


def test_a_skin_that_is_asked_for_is_used():
    assert skin_of(staged(example("colah"), skin="circuit").picture.skin).name == "circuit"
    lens = staged(chained(6), skin="cards")
    assert skin_of(lens.picture.skin).name == "cards"
    with pytest.raises(ValueError, match="circuit"):
        play(example("colah"), skin="gates")


def circuit_of(root):
    """The cards and edges of a graph, as a circuit without numbers."""
    nodes = list(tape(root))
    cards = tuple(
        Card(f"v{i}", sign="*" * bool(node.parents), rows=(CardRow("", "1", "data"),)) for i, node in enumerate(nodes)
    )
    edges = [Edge(nodes.index(x), nodes.index(node), (EdgeLine("1", "local"),)) for node in nodes for x in node.parents]
    return Picture(cards, tuple(edges), skin="circuit")


@pytest.mark.parametrize("root", [lambda: chained(20), lambda: summed(31)])
def test_every_edge_has_a_lens_with_both_its_ends_and_there_are_no_more_lenses_than_values(root):
    picture = circuit_of(root())
    lenses = Lenses(picture, 0.7)
    drawn = re.split(r'<g class="lens" data-lens="\d+">', lenses.html)[1:]
    shown = [{int(n) for n in re.findall(r'<g class="card [^"]*" data-number="(\d+)"', lens)} for lens in drawn]
    for edge, lens in zip(picture.edges, lenses.contents["edges"], strict=True):
        assert {edge.tail, edge.head} <= shown[lens]
    for card, lens in enumerate(lenses.contents["nodes"]):
        assert card in shown[lens]
    assert len(shown) <= len(picture.cards)
    for _, layout in lenses.lenses:
        assert layout.width <= lenses.width
        assert layout.height <= lenses.height


def test_wires_that_go_around_all_dots_are_inside_of_the_picture_of_dots():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    squares = [(a + i) ** 2 * b for i in range(6)]
    picture = circuit_of(total([a, b, a**3, *squares, a * b]))
    overview = re.search(r'<svg[^>]*class="overview".*?</svg>', Lenses(picture, 0.7).html, re.S)[0]
    left, top, wide, high = map(float, re.search(r'viewBox="([^"]+)"', overview)[1].split())
    points = [
        tuple(map(float, at)) for at in re.findall(r"(-?[\d.]+),(-?[\d.]+)", " ".join(re.findall(r' d="([^"]+)"', overview)))
    ]
    assert len(points) > 50
    assert all(left <= x <= left + wide and top <= y <= top + high for x, y in points)


def test_beside_a_weight_a_lens_shows_the_input_that_the_local_derivative_is():
    weights, inputs = ([Value(0.1 * k + 0.1, f"{name}{k}") for k in range(9)] for name in "wx")
    root = affine(weights, inputs, Value(0.5, "b"))
    made = staged(root)
    drawn = re.split(r'<g class="lens" data-lens="\d+">', made.html)[1:]
    shown = [{int(n) for n in re.findall(r'<g class="card [^"]*" data-number="(\d+)"', lens)} for lens in drawn]
    places = {node: n for n, node in enumerate(tape(root))}
    lens_of = {edge.tail: lens for edge, lens in zip(made.picture.edges, made.told["lenses"]["edges"], strict=True)}
    assert len(drawn) > 1
    for w, x in zip(weights, inputs, strict=True):
        assert places[x] in shown[lens_of[places[w]]]
        assert places[w] in shown[lens_of[places[x]]]


def test_in_each_notation_the_texts_are_those_of_the_engine():
    root = example("colah")
    script = Script(root)
    symbols = script.symbolic.placeholders.symbols
    numbers, tests = script.symbolic.today()
    for notation in NOTATIONS:
        with manner(notation):
            for step in root.steps()[1:]:
                known = script.contents["blanks"] | script.contents["steps"][step.index]["blanks"]
                said = filled(script.contents["templates"]["said"], numbers, tests, known, symbols=symbols)
                assert said == sentences.sentence(step)
    assert len(symbols) < 4 * len(script.contents["steps"])


def test_the_page_opens_in_the_notation_asked_for_and_has_one_heading():
    page = play(example("colah"), notation="bar").html
    assert '"notation":3' in page
    assert re.findall("<h1[^>]*>(.*?)</h1>", page) == ["e = c·d"]
    with pytest.raises(ValueError, match="notation"):
        play(example("colah"), notation="dot")


def test_a_skin_from_outside_is_played_with_what_its_kin_writes():
    class Mine(Cards):
        name = "mine"

    a, b = Value(2.0, "a"), Value(-3.0, "b")
    e = a * b
    e.label = "e"
    assert "∂e/∂a = b = -3" in play(e, skin=Mine()).html
