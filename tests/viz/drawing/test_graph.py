"""From a Value to its drawing: the words are the engine's, and nothing in the graph changes."""

import graphviz
import pytest
from chalkgrad import viz
from chalkgrad.engine import Value, affine, no_grad, relu, tanh, unit
from chalkgrad.engine.words import expressions as words
from chalkgrad.viz import draw, draw_dot, save
from chalkgrad.viz.drawing.graph import picture_of
from textbook import two_paths


def expression():
    """The expression of micrograd's lecture: L = (a·b + c)·f."""
    a, b, c, f = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c"), Value(-2.0, "f")
    e = a * b
    d = e + c
    L = d * f
    e.label, d.label, L.label = "e", "d", "L"
    return L


def named(picture):
    return {card.name: card for card in picture.cards}


def lines(picture):
    return {
        (picture.cards[edge.tail].name, picture.cards[edge.head].name): [line.text for line in edge.lines]
        for edge in picture.edges
    }


def test_cards_and_edges_say_what_the_engine_says():
    root = expression()
    root.backward()
    picture = picture_of([root])
    cards = named(picture)
    assert [card.name for card in picture.cards] == ["a", "b", "e", "c", "d", "f", "L"]
    assert cards["e"].expression == "a·b"
    assert [(row.name, row.value) for row in cards["e"].rows] == [("data", "-6"), ("grad", "-2")]
    assert [card.kind for card in picture.cards] == ["leaf", "leaf", "inner", "leaf", "inner", "leaf", "root"]
    assert lines(picture)["a", "e"] == ["∂e/∂a = b = -3", "+6"]
    assert lines(picture)["b", "e"] == ["∂e/∂b = a = 2", "-4"]


def test_a_cards_grad_is_the_sum_of_the_contributions_on_its_outgoing_edges():
    a, b = Value(2.0, "a"), Value(1.0, "b")
    root = (a + b) * (b + 1) * a
    root.backward()
    picture = picture_of([root])
    for number, card in enumerate(picture.cards[:-1]):
        carried = [float(edge.lines[1].text) for edge in picture.edges if edge.tail == number]
        assert sum(carried) == float(card.rows[1].value)


def test_not_computed_is_said_and_never_0():
    picture = picture_of([expression()])
    assert {(row.name, row.value, row.kind) for card in picture.cards for row in card.rows[1:]} == {
        ("grad", "not computed", "missing")
    }
    assert all(len(edge.lines) == 1 for edge in picture.edges)


def test_drawing_changes_nothing():
    root = expression()
    before = [(node.data, node.has_grad) for node in root.tape()]
    draw(root).svg  # noqa: B018
    assert [(node.data, node.has_grad) for node in root.tape()] == before


def test_a_drawing_shows_the_graph_as_it_was_when_drawn():
    root = expression()
    drawing = draw(root)
    root.backward()
    assert "+6" not in drawing.svg
    assert "+6" in draw(root).svg


def test_variables_of_the_caller_give_the_names():
    weight, bias = Value(2.0), Value(1.0)
    outcome = weight + bias
    assert repr(draw(outcome)) == '<Drawing of outcome = weight + bias: 3 values, 2 edges; .save("outcome.svg")>'


def test_stale_values_are_marked():
    x = Value(3.0, "x")
    y = x * 2
    y.label = "y"
    x.data = 4.0
    cards = named(picture_of([y]))
    assert cards["y"].marks == {"stale"}
    assert cards["y"].rows[-1].name == "stale: call forward()"
    assert not cards["x"].marks
    y.forward()
    assert not named(picture_of([y]))["y"].marks


def test_a_value_that_no_grad_cut_off_is_marked_wherever_it_is_shown():
    x = Value(3.0, "x")
    with no_grad():
        k = x * x
    k.label = "k"
    y = k * x
    assert repr(k) == "<Value k = 9 (cut off: no_grad), grad not computed>"
    assert "cut off" not in repr(x) + repr(y)
    rows = {line.split("│")[0].strip(): line for line in str(y.tape()).splitlines()}
    assert "│ 9 (cut off: no_grad) │" in rows["k"]
    cards = named(picture_of([y]))
    assert cards["k"].rows[-1].name == "cut off: no_grad"
    assert all(row.name != "cut off: no_grad" for row in cards["x"].rows)
    k.data = 4.0
    assert "cut off" in repr(k)


def test_a_number_has_no_card_and_a_constant_has_no_gradient():
    x, k = Value(3.0, "x"), Value(2.0, "k", constant=True)
    y = x * k + 1
    picture = picture_of([y])
    assert len(picture.cards) == 4
    assert named(picture)["k"].rows[1].name == "constant"
    assert [edge.lines for edge in picture.edges if picture.cards[edge.tail].name == "k"] == [()]


def test_units_are_nested_places():
    with unit("layer1"), unit("neuron2"):
        x = Value(1.0, "x")
    assert picture_of([x]).cards[0].place == ("layer1", "neuron2")


def test_both_edges_of_a_square_are_there():
    x = Value(3.0, "x")
    y = x * x
    y.label = "y"
    y.backward()
    assert [[line.text for line in edge.lines] for edge in picture_of([y]).edges] == [
        [words.reason(y, 0, y.tape().names), "+3"],
        [words.reason(y, 1, y.tape().names), "+3"],
    ]


def test_several_roots_are_drawn_together():
    x = Value(0.5, "x")
    p, q = tanh(x), relu(x)
    assert [card.kind for card in picture_of([p, q]).cards] == ["leaf", "root", "root"]


def test_a_large_graph_is_drawn_without_labels_and_says_so():
    x = [Value(0.1 * n, f"x{n}") for n in range(30)]
    z = affine([tanh(affine(x, x[::-1], x[0])) for _ in range(20)], x[:20], x[0])
    drawing = draw(z)
    assert not any(edge.lines for edge in drawing.picture.edges)
    assert "their labels are left out" in drawing.svg


@pytest.mark.parametrize("given", [(), (2.0,), ([Value(1.0)],), ("L",)])
def test_something_else_than_values_is_refused_with_a_sentence(given):
    with pytest.raises(TypeError, match=r"draw takes Values, as in draw\(L\), and was given"):
        draw(*given)


def test_an_unknown_theme_or_direction_is_refused():
    with pytest.raises(ValueError, match="no theme is called 'blue'"):
        draw(expression(), theme="blue")
    with pytest.raises(ValueError, match=r'"LR" \(left to right\) or "TB"'):
        draw(expression(), direction="RL")


def test_save_draws_and_writes(tmp_path):
    save(expression(), tmp_path / "L.svg", theme="dark")
    assert "#14171c" in (tmp_path / "L.svg").read_text(encoding="utf-8")


def test_draw_dot_is_a_digraph_of_the_package_and_renders_without_dot(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    digraph = draw_dot(expression(), format="png", rankdir="TB")
    assert isinstance(digraph, graphviz.Digraph)
    assert digraph.format == "png"
    assert "rankdir=TB" in digraph.source
    assert digraph.source == draw(expression(), direction="TB").dot
    rendered = digraph.render(str(tmp_path / "L"), cleanup=True)
    assert rendered == str(tmp_path / "L.png")
    assert (tmp_path / "L.png").read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["L.png"]
    assert "<svg" in digraph._repr_mimebundle_()["image/svg+xml"]


def test_the_public_names_are_those_listed():
    assert set(viz.__all__) >= {"Drawing", "draw", "draw_dot", "save"}
    assert all(hasattr(viz, name) for name in viz.__all__)


# A card's grad is what was there before or set, and what its edges carry -------------------------------------------------


def cards_of(*roots):
    picture = picture_of(roots)
    grads = {card.name: card.rows[1].value for card in picture.cards}
    carried = {name: [] for name in grads}
    for edge in picture.edges:
        carried[[*grads][edge.tail]] += [line.text for line in edge.lines if line.kind == "contribution"]
    return {name: (grad, carried[name]) for name, grad in grads.items()}


def test_what_edges_carry_is_not_shown_beside_another_number_that_was_set_by_hand():
    _, b, c, _, e = two_paths()
    e.backward()
    c.grad = 100
    assert cards_of(e)["c"] == ("100 (set by hand)", [])
    assert cards_of(e)["b"] == ("5", ["+2", "+3"])
    c.grad = 2
    assert cards_of(e)["c"] == ("2 (set by hand)", ["+2"])
    b.grad = 3
    assert cards_of(e)["b"] == ("3 (set by hand)", [])


def test_a_grad_set_by_hand_in_mid_sweep_leaves_the_other_cards_incomplete():
    a, _, c, _, e = two_paths()
    e.steps().step(3)
    a.grad = 7
    assert cards_of(e)["a"] == ("7 (set by hand)", [])
    assert cards_of(e)["b"] == ("3 + …", ["+3"])
    c.grad = 100
    assert cards_of(e)["b"] == ("3 + …", ["+3"])


def test_a_card_is_incomplete_while_a_value_that_has_had_nothing_but_zero_will_add_to_it():
    a, m = Value(1.0, "a"), Value(0.0, "m")
    c = 2 * a
    off, d, on = c * m, 3 * a, 5 * c
    root = on + d + off
    c.label, root.label = "c", "root"
    steps = root.steps()
    steps.run_to(d)
    steps.goto(next(i for i, step in enumerate(steps) if step.node is d))
    assert a.grad == 3.0
    found = cards_of(root)
    assert found["a"] == ("3 + …", ["+3"])
    steps.run()
    assert cards_of(root)["a"] == ("13", ["+10", "+3"])


def test_an_edge_of_another_roots_sweep_carries_nothing_to_a_shared_leaf():
    x = Value(3.0, "x")
    y, z = 0 * x, 5 * x
    y.label, z.label = "y", "z"
    y.backward()
    z.backward()
    assert cards_of(y, z)["x"] == ("5 (∂z/∂x)", ["+5"])
    z.backward()
    assert cards_of(y, z)["x"] == ("10: 5 from before + 5 (∂z/∂x)", ["+5"])


def test_what_forward_has_renewed_carries_nothing_to_a_grad_of_old_values():
    x = Value(3.0, "x")
    y = x * x
    z, u = y + x, y * 2
    z.backward()
    z.backward()
    x.data = 5
    u.forward()
    assert cards_of(z)["x"] == ("14: 7 from before + 7", [])


def test_a_cursor_in_one_of_several_roots_leaves_the_cards_of_the_others_complete():
    x = Value(3.0, "x")
    w = Value(2.0, "w")
    y, z = w * 2 + w * x, x * 2 + x * 3 + x * 4
    y.label, z.label = "y", "z"
    y.steps().step(3)
    z.backward()
    assert cards_of(y, z)["x"] == ("9 (∂z/∂x)", ["+2", "+3", "+4"])
