"""Large graphs are drawn in few cards: every value is in one of them, and what they say of many values is true of all."""

import math
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from unittest import mock
from xml.etree import ElementTree

import pytest
from chalkgrad.engine import Value, nonfinite, tape, total, unit
from chalkgrad.engine.basics.digits import FROM_LOWERED
from chalkgrad.engine.stepping.grads import Grads
from chalkgrad.nn import MLP, Layer, Network, Neuron
from chalkgrad.viz import draw, draw_dot
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.formats.scene import parts
from chalkgrad.viz.layout.layout import lay_out
from chalkgrad.viz.letters.primitives import Rect
from chalkgrad.viz.pictures import folding
from chalkgrad.viz.pictures.folding import fold
from chalkgrad.viz.pictures.highlight import moment_now
from counting import peak
from hypothesis import given, settings
from hypothesis import strategies as st

HOSTILE = ("layer1", "neuron2", "", "<b>&\"'", "a.b", "\x00\n", "שגיאה", "\u202ex", "n" * 99, "w1", "w2", "neurons")


@st.composite
def graphs(draw, places=True):
    """A graph of values with labels and in places of any name, swept or not, with the tape of some of its values."""
    names = st.sampled_from(HOSTILE)
    nodes = []
    for _ in range(draw(st.integers(2, 40))):
        path = [name for name in draw(st.lists(names, max_size=3)) if name] if places else []
        with Within(path):
            kind = draw(st.sampled_from(("leaf", "constant", "add", "sub", "tanh", "square", "total"))) if nodes else "leaf"
            a, b = (nodes[draw(st.integers(0, len(nodes) - 1))] if nodes else None for _ in range(2))
            number = draw(st.floats(-2, 2))
            made = {
                "leaf": lambda number=number: Value(number),
                "constant": lambda number=number: Value(number, constant=True),
                "add": lambda a=a, b=b: a + b,
                "sub": lambda a=a: a - 0.5,
                "tanh": lambda a=a: a.tanh(),
                "square": lambda a=a: a.tanh() * a.tanh() if a.data else a * a,
                "total": lambda a=a, b=b: total([a, b, a]),
            }[kind]()
        made.label = draw(names)
        nodes.append(made)
    if draw(st.booleans()) and nodes[-1].parents:
        nodes[-1].backward()
    return tape(nodes[-1], *draw(st.lists(st.sampled_from(nodes), max_size=2, unique=True)))


class Within:
    """Units inside each other."""

    def __init__(self, path):
        self.units = [unit(name) for name in path]

    def __enter__(self):
        for each in self.units:
            each.__enter__()

    def __exit__(self, *error):
        for each in reversed(self.units):
            each.__exit__(*error)


def collapses(on):
    places = [node.place for node in on if node.place]
    return st.sampled_from([None, "neurons", "layers", 0, 1, 2, *places[:3], places[:2]])


def foldable(on):
    """What folds something, and the numbers that leave everything open if there are places."""
    places = any(node.place for node in on)

    def does(one):
        return one is None or (places and isinstance(one, int)) or any(group.folded for group in fold(on, one, 99).groups)

    return collapses(on).filter(does)


few = st.sampled_from((4, 8, 16))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_value_is_in_one_group_and_every_edge_in_one_link_or_within_a_group(data):
    on = data.draw(graphs())
    with mock.patch.object(folding, "CARDS", data.draw(few)):
        folded = fold(on, data.draw(collapses(on)))
    assert Counter(node for group in folded.groups for node in group.nodes) == Counter(on.nodes)
    assert all(folded.number[node] == number for number, group in enumerate(folded.groups) for node in group.nodes)
    edges = Counter((folded.number[parent], folded.number[node]) for node in on for parent in node.parents)
    assert folded.links == {ends: count for ends, count in edges.items() if ends[0] != ends[1]}


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_without_being_asked_for_more_there_are_no_more_cards_than_can_be_read(data):
    on, most = data.draw(graphs()), data.draw(few)
    with mock.patch.object(folding, "CARDS", most):
        assert len(fold(on).groups) <= most


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_without_places_no_arrows_go_in_a_circle(data):
    on = data.draw(graphs(places=False))
    with mock.patch.object(folding, "CARDS", data.draw(few)):
        folded = fold(on)
    assert all(tail < head for tail, head in folded.links)  # groups are numbered parents first


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_is_in_a_folded_place_is_in_its_card(data):
    on = data.draw(graphs())
    folded = fold(on, "neurons")
    for group in folded.groups:
        for node in group.nodes if group.place else ():
            assert tuple(node.place.split("."))[: len(group.place)] == group.place
    places = [group.place for group in folded.groups if group.place]
    assert len(set(places)) == len(places)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_what_cards_and_arrows_say_is_so(data):
    on = data.draw(graphs())
    collapse = data.draw(foldable(on).filter(lambda one: one is not None or len(on) > folding.CARDS))
    limit = folding.CARDS if collapse is None else 99
    folded, picture = fold(on, collapse, limit), picture_of(on.roots, collapse=collapse, limit=limit, digits=17)
    assert len(picture.cards) == len(folded.groups)
    inside = sum(folded.number[parent] == folded.number[node] for node in on for parent in node.parents)
    assert sum(card.count for card in picture.cards) == len(on)
    assert sum(edge.count for edge in picture.edges) + inside == sum(len(node.parents) for node in on)
    for number, (card, group) in enumerate(zip(picture.cards, folded.groups, strict=True)):
        assert card.count == len(group.nodes)
        rows = {row.name: row for row in card.rows if row.kind in ("data", "grad", "missing")}
        grads = [node.grad for node in group.nodes if node.has_grad and not node.constant]
        if not grads:
            assert ("constant" in rows) == all(node.constant for node in group.nodes)
            assert all(row.kind == "missing" for name, row in rows.items() if name != "data")
        elif len(group.nodes) > 1:
            ends = [float(x) for x in next(row for row in card.rows if row.kind == "grad").value.split(" … ")]
            assert (ends[0], ends[-1]) == pytest.approx((min(grads), max(grads)), rel=1e-14)
        elif group.nodes[0] is not on.roots[0]:
            lines = [edge.lines for edge in picture.edges if edge.tail == number]
            carried = [float(line.text.partition(",")[0]) for said in lines for line in said if line.kind == "contribution"]
            swept = sum(node.grad * node.partials[slot] for node in on if node.has_grad for slot in slots(node, group.nodes[0]))
            assert math.fsum(carried) == pytest.approx(swept, rel=1e-12, abs=1e-12)


def slots(node, parent):
    return [slot for slot, other in enumerate(node.parents) if other is parent]


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_no_place_and_no_label_can_break_the_picture(data):
    on = data.draw(graphs())
    svg = draw(*on.roots, collapse=data.draw(foldable(on)), limit=99).svg
    assert ElementTree.fromstring(svg).get("role") == "img"


# What is folded into what ---------------------------------------------------------------------------------------------


def loss_of(model, samples, width=2):
    """Σ (model(x) - 1)², added up one by one."""
    parts = [(model([i / samples, *[0.5] * (width - 1)]) - 1) ** 2 for i in range(samples)]
    loss = parts[0]
    for part in parts[1:]:
        loss = loss + part
    loss.label = "L"
    return loss


def typed(name):
    """A name without the lowered digits in which pictures set it."""
    return name.translate(FROM_LOWERED)


def told(root, **options):
    """For every card its name and how many values it stands for."""
    return [(typed(card.name), card.count) for card in draw(root, **options).picture.cards]


def test_a_network_too_large_to_read_is_drawn_layer_by_layer():
    drawing = draw(loss_of(MLP(2, [16, 16, 1], seed=0), 1))
    cards = {typed(card.name): card for card in drawing.picture.cards}
    assert list(cards) == ["x1", "x2", "layer1", "layer2", "layer3", "v405", "L"]
    assert [(row.name, row.value) for row in cards["layer2"].rows] == [
        ("neurons", "16"),
        ("values", "304"),  # 16·16 weights, 16 biases, 16 sums, 16 activations
        ("parameters", "272"),
        ("grad", "not computed"),
    ]
    arrows = {(edge.tail, edge.head): [line.text for line in edge.lines] for edge in drawing.picture.edges}
    assert arrows[2, 3] == ["×256"]
    assert cards["L"].expression == "v₄₀₅²"
    assert cards["v405"].expression == "… - 1"


def test_the_calls_for_many_samples_share_the_cards_of_the_layers():
    assert told(loss_of(MLP(2, [16, 16, 1], activation="tanh", seed=0), 100)) == [
        ("x1", 100),
        ("x2", 100),
        ("layer1", 48 + 3200),
        ("layer2", 272 + 3200),
        ("layer3", 17 + 100),
        ("… - 1", 100),
        ("…²", 100),
        ("… + …", 98),
        ("L", 1),
    ]


def test_neurons_are_folded_where_that_is_enough_and_stand_in_their_layers():
    picture = draw(loss_of(MLP(2, [2, 1], seed=0), 100)).picture
    assert [(card.place, card.name) for card in picture.cards if "neuron" in card.name] == [
        (("layer1",), "neuron1"),
        (("layer1",), "neuron2"),
        (("layer2",), "neuron1"),
    ]


def test_parameters_keep_their_cards_where_samples_alone_make_a_graph_large():
    root = loss_of(Neuron(2, activation=None, seed=0), 100)
    root.backward()
    picture = draw(root).picture
    cards = {typed(card.name): card for card in picture.cards}
    assert {name: card.count for name, card in cards.items()} == {
        **dict.fromkeys(("w1", "w2", "b", "L"), 1),
        **dict.fromkeys(("x1", "x2", "affine", "… - 1", "…²"), 100),
        "… + …": 98,
    }
    (arrow,) = (edge for edge in picture.edges if picture.cards[edge.tail].name == "b")
    grad = cards["b"].rows[1].value
    assert [line.text for line in arrow.lines] == ["×100", grad if grad.startswith("-") else f"+{grad}"]


@pytest.mark.parametrize(
    ("collapse", "names"),
    [
        ("neurons", ["neuron1", "neuron2", "neuron1", "neuron2", "neuron3"]),
        (1, ["neuron1", "neuron2", "neuron1", "neuron2", "neuron3"]),
        ("layers", ["layer1", "layer2"]),
        (0, ["layer1", "layer2"]),
        ("layer1", ["layer1"]),
        (["layer1.neuron1", "layer2"], ["neuron1", "layer2"]),
        ("neuron1", ["neuron1", "neuron1"]),
        (5, []),
        (False, []),
        (None, []),
    ],
)
def test_a_small_graph_is_folded_as_asked_for(collapse, names):
    z = MLP(2, [2, 3], seed=0)([0.5, -1.0])
    root = total(z)
    picture = draw(root, collapse=collapse).picture
    assert [card.name for card in picture.cards if card.count > 1] == names
    assert ("folded" in picture.caption) == bool(names)


def test_what_leaves_everything_open_does_not_break_the_picture_into_rows():
    root = total(MLP(2, [2, 3], seed=0)([0.5, -1.0]))
    assert (draw(root, collapse=5).picture.wrap, draw(root, collapse=1).picture.wrap) == (0, -1)


@pytest.mark.parametrize("collapse", ["neurons", "layers", 0, 1, []])
def test_without_places_nothing_can_be_folded_as_asked(collapse):
    a = Value(2.0, "a")
    root = (a * 3 + a) * a
    with pytest.raises(ValueError, match=r'folds nothing here, because this graph has no places: with unit\("layer1"\): makes'):
        draw(root, collapse=collapse)


def test_places_of_one_value_each_and_an_empty_list_fold_nothing():
    a = Value(2.0, "a")
    with unit("one"):
        y = a * 3
    for collapse in ("one", "neurons", []):
        with pytest.raises(ValueError, match="folds nothing here, because it names no place that several values were made in"):
            draw(y + 1, collapse=collapse)


def test_show_is_refused_where_every_edge_leads_from_or_to_a_folded_card():
    loss = loss_of(MLP(2, [3, 1], "tanh", seed=0), 1)
    loss.backward()
    folded = draw(loss, collapse="layers", show="contributions").picture
    assert {line.kind for edge in folded.edges for line in edge.lines} == {"contribution", "count"}
    with unit("place"):
        a = Value(2.0, "a")
        y = a * a + 1
    with pytest.raises(ValueError, match="leave local out of show, or fold less"):
        draw(y * 3, collapse="place", show=("data", "local"))
    assert "local" in {line.kind for edge in draw(y * 3, show="local").picture.edges for line in edge.lines}


def test_show_is_refused_where_there_are_too_many_edges_for_labels():
    x = [Value(float(n), f"x{n}") for n in range(25)]
    y = total([total([a * b for a in x[:12]]) for b in x[12:]])
    assert sum(len(node.parents) for node in y.tape()) > 400
    assert draw(y, limit=400).picture.cards
    for show in ("local", ("data", "contributions")):
        with pytest.raises(ValueError, match="edges, and of more than 400 none has a label: leave local and contributions out"):
            draw(y, limit=400, show=show)
    draw(y, limit=400, show=("data", "grad"))


def test_units_of_a_network_are_its_neurons():
    net = Network("x1, x2", "z1 = h1(x1, x2); y = h2(z1, x2)", seed=0)
    assert {"h1", "h2"} <= dict(told(net([1.0, 2.0]) * 2, collapse="neurons")).keys()


def test_a_long_chain_shows_its_beginning_and_its_end():
    value = Value(0.5, "x")
    for _ in range(20_000):
        value = value.tanh()
    value.label = "y"
    assert told(value) == [("x", 1), ("v2", 1), ("tanh(…)", 19_996), ("v19999", 1), ("v20000", 1), ("y", 1)]
    for _ in range(500):
        value = value.sin().exp()
    assert told(value)[2] == ("… 20,996 values", 20_996)


def test_many_layers_are_left_out_in_the_middle_and_counted():
    cards = draw(loss_of(MLP(2, [4] * 50 + [1], seed=0), 1)).picture.cards
    assert [typed(card.name) for card in cards] == ["x1", "x2", "layer1", "… 1,372 values", "layer51", "v1401", "L"]
    assert (cards[3].rows[0].name, cards[3].rows[0].value) == ("layers", "49")


def test_a_loop_without_places_is_folded_by_what_is_done_in_it():
    weight, s = Value(2.0, "w"), Value(0.0, "s0")
    for i in range(5000):
        s = s + weight * Value(float(i))
    s.label = "s"
    assert told(s) == [("w", 1), ("… 5,000 values", 5000), ("s0", 1), ("…·…", 5000), ("… + …", 4999), ("s", 1)]


def test_what_recurs_is_drawn_with_an_arrow_back():
    cell, state = Layer(3, 2, activation="tanh", name="cell", seed=0), [Value(0.0, "h1"), Value(0.0, "h2")]
    for i in range(90):
        state = [z * 0.5 for z in cell([Value(i / 90, f"x{i}"), *state])]
    picture = draw(total(state)).picture
    names = [card.name for card in picture.cards]
    ends = {(names[edge.tail], names[edge.head]) for edge in picture.edges}
    assert {("cell", "…·0.5"), ("…·0.5", "cell")} <= ends
    assert Drawn(picture).has_all_cards


class Drawn:
    """A picture as it comes out."""

    def __init__(self, picture):
        from chalkgrad.viz.drawing.drawing import Drawing

        said = "".join(ElementTree.fromstring(Drawing(picture).svg).itertext())
        self.has_all_cards = all(card.name in said for card in picture.cards)


def test_a_root_stands_beside_the_place_it_comes_from_unless_there_are_many():
    z = MLP(2, [20, 20, 3], seed=0)([1.0, 2.0])
    assert [card.count for card in draw(*z).picture.cards][-3:] == [1, 1, 1]
    z = MLP(2, [20, 20, 9], seed=0)([1.0, 2.0])
    last = draw(*z).picture.cards[-1]
    assert (last.name, last.kind, last.count) == ("layer3", "root", 9 * 22)


# What is said ---------------------------------------------------------------------------------------------------------


def test_the_picture_says_what_was_folded_and_how_to_see_more():
    small, large = (draw(loss_of(MLP(2, [16, 16, 1], seed=0), samples)) for samples in (1, 20))
    assert small.picture.caption == "406 values: 402 of them folded into 3 cards."
    assert small.picture.caption in small.picture.description
    assert ": 406 values in 7 cards, 6 arrows." in small.picture.description
    assert repr(small).startswith(
        "<Drawing of L = v405²: 406 values in 7 cards, 6 arrows; draw(…, collapse=False, limit=406) for each of them; "
    )
    assert large.picture.caption.endswith("folded into 8 cards.")
    assert "collapse=" not in repr(large)  # nobody could read as many
    assert len(draw(loss_of(MLP(2, [16, 16, 1], seed=0), 1), collapse=False, limit=406).picture.cards) == 406
    assert draw(loss_of(MLP(2, [16, 16, 1], seed=0), 1), caption="").picture.caption == ""


@pytest.mark.parametrize(
    ("graph", "options"),
    [
        (lambda: Value(1.0, "a") + 1, ""),
        (lambda: sum((Value(1.0) for _ in range(5)), Value(0.0)), "draw(…, slide=True) for a slide"),
        (lambda: sum((Value(1.0) for _ in range(200)), Value(0.0)), "draw(…, collapse=False, limit=401) for each of them"),
    ],
)
def test_a_drawing_offers_its_author_what_may_suit_better(graph, options):
    assert options in repr(draw(graph()))
    assert ("draw(" in repr(draw(graph()))) == bool(options)


def test_folded_values_are_named_in_every_skin():
    root = loss_of(MLP(2, [16, 16, 1], seed=0), 20)
    for skin in ("cards", "circuit", "edges"):
        drawing = draw(root, skin=skin)
        said = {run.words for shape in drawing.scene.shapes for run in getattr(shape, "runs", ())}
        assert {card.name for card in drawing.picture.cards if card.count > 1} <= said, skin


def test_gradients_known_in_part_are_counted_and_nan_is_not_hidden():
    with unit("here"):
        a, b, c = Value(1.0), Value(2.0), Value(3.0)
        y = a * b * c
    a.grad, b.grad = 0.5, -1.0
    (row, missing) = draw(y * 2, collapse="here").picture.cards[0].rows[2:]
    assert (row.value, missing.value) == ("-1 … 0.5", "3 not computed")
    with nonfinite("propagate"):
        z = y * Value(math.inf) * 0.0
        z.backward()
    assert draw(z, collapse="here").picture.cards[0].rows[2].value == "nan"


def test_a_stale_value_marks_the_card_it_is_in():
    root = loss_of(MLP(2, [16, 16, 1], seed=0), 1)
    next(node for node in root.tape() if node.label == "x1").data = 2.0
    cards = draw(root).picture.cards
    assert {typed(card.name) for card in cards if "stale" in card.marks} == {"layer1", "layer2", "layer3", "v405", "L"}


def test_a_highlight_lights_the_cards_that_hold_any_of_it():
    root = loss_of(MLP(2, [16, 16, 1], seed=0), 1)
    weight = next(node for node in root.tape() if node.place == "layer2.neuron3" and node.label == "w2")
    cards = draw(root, highlight=weight).picture.cards
    assert {card.name for card in cards if "lit" in card.marks} == {"layer2"}


@pytest.mark.parametrize(
    ("collapse", "error", "sentence"),
    [
        ("layer9", ValueError, r"no place is called 'layer9': there are layer1, layer1\.neuron1, layer1\.neuron2\."),
        (-1, ValueError, r"collapse=-1: a number of levels of places to keep open is 0 or more\."),
        (True, TypeError, r'collapse is None \(as much as it takes\), False \(nothing\), "neurons", "layers", .*, not True\.'),
        (0.5, TypeError, "not 0.5"),
        ([1], TypeError, r"not \[1\]"),
    ],
)
def test_what_cannot_be_folded_is_refused(collapse, error, sentence):
    z = total(MLP(2, [2], seed=0)([1.0, 2.0]))
    with pytest.raises(error, match=sentence):
        draw(z, collapse=collapse)


def test_a_place_is_asked_for_where_there_is_none():
    with pytest.raises(ValueError, match=r"no place is called 'layer1': this graph has none; with unit"):
        draw(Value(1.0) * 2, collapse="layer1")


def test_unfolded_or_folded_there_is_a_limit():
    root = loss_of(MLP(2, [16, 16, 1], seed=0), 1)
    with pytest.raises(ValueError, match=r"^this graph has 406 values, and a picture of more than 300 can hardly be read"):
        draw(root, collapse=False)
    with pytest.raises(ValueError, match=r"^folded so, this graph has 37 cards, and .* draw\(…, limit=37\)"):
        draw(root, collapse="neurons", limit=30)


def test_draw_dot_folds_as_draw_does():
    root = loss_of(MLP(2, [16, 16, 1], seed=0), 1)
    assert draw_dot(root).source == draw(root).dot


def test_a_card_for_several_is_a_stack_and_an_arrow_for_several_is_thicker():
    picture = draw(loss_of(MLP(2, [16, 16, 1], seed=0), 1)).picture
    positions = lay_out(picture)
    shapes = {(part.kind, part.number): part.shapes for part in parts(picture, positions)}
    for number, (card, box) in enumerate(zip(picture.cards, positions.cards, strict=True)):
        outlines = [shape for shape in shapes["card", number] if isinstance(shape, Rect)]
        assert len(outlines) == {"layer": 3, "L": 2}.get(card.name.rstrip("123"), 1)
        assert max(shape.x + shape.width for shape in outlines) <= box.x + box.width / 2 + 0.1  # where arrows end
    weights = {edge.count: shapes["wire", number][0].weight for number, edge in enumerate(picture.edges)}
    assert weights[1] < weights[16] < weights[256]


def test_layers_joined_neuron_by_neuron_are_joined_by_straight_lines_that_say_nothing():
    picture = draw(loss_of(MLP(2, [16, 16, 1], seed=0), 1), collapse="neurons").picture
    assert len(picture.edges) == 2 * 16 + 16 * 16 + 16 + 2
    assert sum(bool(edge.lines) for edge in picture.edges) == 1
    for wire in lay_out(picture).wires:
        (x0, y0), *between, (x1, y1) = wire.points
        assert all(abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) <= math.hypot(x1 - x0, y1 - y0) for x, y in between)


def test_the_same_picture_in_every_process():
    program = (
        "import sys; sys.path[:0] = sys.argv[1:]\n"
        "from test_folding import *\n"
        "roots = loss_of(MLP(2, [16, 16, 1], seed=0), 3), loss_of(MLP(2, [4] * 20 + [1], seed=0), 1)\n"
        "sys.stdout.buffer.write(b''.join(draw(root).svg.encode() for root in roots))"
    )
    command = [sys.executable, "-c", program, str(Path(__file__).parent), str(Path(__file__).parents[2])]
    environments = ({**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2"))
    one, other = (subprocess.Popen(command, env=env, stdout=subprocess.PIPE) for env in environments)  # at the same time
    with one, other:
        assert one.communicate()[0] == other.communicate()[0] != b""


# Of many values -------------------------------------------------------------------------------------------------------


def test_many_values_are_folded_in_little_memory():
    def work(depth):
        v = Value(0.5, "x")
        for _ in range(depth):
            v = v * 1.000001
        v.backward()
        whole = tape(v)
        return peak(lambda: (fold(whole), moment_now(whole).carried))

    work(100)
    assert work(6_000) - work(1_000) < 5_000 * 400


@settings(max_examples=40)
@given(graphs(), st.data())
def test_what_one_sweep_has_left_is_read_off_the_grads_as_it_is_found_out_edge_by_edge(made, data):
    root = total([made.roots[0] * 2, made.roots[0]])
    tape_of_it = tape(root)
    root.zero_grad()
    root.backward()
    if data.draw(st.booleans()):  # changed by hand, or partly by another sweep
        node = data.draw(st.sampled_from(tape_of_it.nodes))
        data.draw(st.sampled_from([lambda: setattr(node, "grad", 0.25), node.zero_grad, (node * 3).backward]))()
    fast = moment_now(tape_of_it)
    with mock.patch.object(Grads, "of_one_sweep", return_value=False):
        slow = moment_now(tape_of_it)
    assert dict(fast.adjoints) == dict(slow.adjoints)
    assert dict(fast.carried.items()) == slow.carried
    assert dict(fast.held) == dict(slow.held)
    assert fast.incomplete == slow.incomplete
