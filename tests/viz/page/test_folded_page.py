"""A graph of more values than the limit on the page: folded as `draw` folds it, and a card at a time."""

import re
from collections import Counter

import pytest
from browsing import aloud, said
from chalkgrad.engine import Value, tape, total
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.manner import manner
from chalkgrad.nn import MLP
from chalkgrad.viz import play
from chalkgrad.viz.drawing.graph import picture_of
from chalkgrad.viz.page.folded import FoldedScript, fold
from chalkgrad.viz.pictures.folding import span


def losses(count=70, at=0.5):
    """The squared error of w·x - 1 at many x: 5 values for each, w and a root."""
    w = Value(at, "w")
    root = total([(Value(i / 10, f"x{i}") * w - 1.0) ** 2 for i in range(count)])
    root.label = "L"
    return root


def batch(count=12):
    """The squared error of a network on some samples."""
    model = MLP(2, [3, 1], "tanh", seed=1)
    root = total([(model([i / 10, 1 - i / 5]) - 1.0) ** 2 for i in range(count)])
    root.label = "L"
    return root


def recurrent(count=16):
    """A network that goes on with its own output: its layers are computed from each other."""
    model, h = MLP(2, [4, 1], "tanh", seed=2), Value(0.1, "h0")
    for i in range(count):
        h = model([Value(i / 10, f"x{i}"), h])
    root = h * h
    root.label = "L"
    return root


def aloud_lines(text):
    return "\n".join(map(aloud, text.split("\n")))


def script_of(root):
    with manner(typeset=True):
        return FoldedScript([root], fold(tape(root)))


GRAPHS = [losses, batch, recurrent]


@pytest.mark.parametrize("graph", GRAPHS)
def test_cards_are_those_of_draw(graph):
    root = graph()
    page = play(root, limit=60)
    drawn = picture_of([root], collapse=None, limit=60)
    assert f"{len(drawn.cards)} cards" in repr(page)
    for card in drawn.cards:
        for row in card.rows:
            if row.kind == "count" and card.name:
                assert row.value in page.html
    told = script_of(root)
    assert [len(members) for members in told._members] == [card.count for card in drawn.cards]
    titles = [group.title for group in told.folding.groups if group.folded]
    assert titles == [card.name for card in drawn.cards if card.count > 1]


@pytest.mark.parametrize("graph", GRAPHS)
def test_what_cards_and_sentences_say_at_the_end_is_what_the_engine_has(graph):
    root = graph()
    script = script_of(root)
    root.backward()
    nodes, folding = tape(root).nodes, fold(tape(root))
    learning = [node for node in nodes if not node.constant]
    checked = 0
    for card, group in zip(script.cards, folding.groups, strict=True):
        some = [node.grad for node in group.nodes if node in learning]
        if not group.folded or not some:
            continue
        said_of_card = script.current(script.contents["grads"][card][-1][1])
        assert said_of_card == span(some, words.number, 4), group.title
        checked += 1
        if not group.place:
            assert script.current(script.contents["data"][card]) == span([n.data for n in group.nodes], words.number, 4)
    assert checked >= 2


@pytest.mark.parametrize("graph", GRAPHS)
def test_arrows_carry_the_contributions_of_the_engine(graph):
    root = graph()
    script = script_of(root)
    root.backward()
    folding = fold(tape(root))
    carried = {}
    for node in reversed(tape(root).nodes):  # the order of the sweep decides how a sum is rounded
        for slot, parent in enumerate(node.parents):
            pair = folding.number[parent], folding.number[node]
            if pair[0] != pair[1] and not parent.constant:
                carried.setdefault(pair, []).append(node.grad * node.partials[slot])
    for number, (tail, head, slot) in enumerate(script._arrows):
        if slot < 0 and (tail, head) in carried:
            some = carried[tail, head]
            expected = span(some, words.signed, 4) if folding.groups[tail].folded else words.signed(sum(some))
            assert script.current(script.contents["contributions"][number]) == expected


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_edge_is_taken_once_and_every_value_computed_before_it_is_used(graph):
    root = graph()
    script = script_of(root)
    steps = [*script._stops(script.steps)]
    taken = Counter((step.node, step.slot) for stop in steps for step in (stop if isinstance(stop, list) else [stop]))
    tape_of_script = script.symbolic.tape
    edges = {(n, slot) for n in tape_of_script for slot, parent in enumerate(n.parents) if not parent.constant}
    assert set(taken) == edges
    assert max(taken.values()) == 1
    order = {node: place for place, node in enumerate(script._in_order)}
    assert all(order[parent] < order[node] for node in tape_of_script for parent in node.parents)
    for stop in steps:  # what a card hands on is complete
        heads = {step.node for step in (stop if isinstance(stop, list) else [stop])}
        for later in steps[steps.index(stop) + 1 :]:
            parents = {step.parent for step in (later if isinstance(later, list) else [later])}
            assert not parents & heads


def test_sentences_say_how_many_values_and_the_gradient_that_arrived():
    script = script_of(losses())
    forward = [aloud_lines(script.current(step["whole"])) for step in script.contents["forward"] if "whole" in step]
    assert forward[0] == "…·…: 70 values at once, from x0 … x69, w\n70 values go on: 0 … 3.45\nthe last of them: …·w = 3.45"
    assert len(forward) == 3  # and the root alone
    backward = [script.current(step["whole"]) for step in script.contents["steps"][1:]]
    assert backward[0].split("\n") == ["∂L/∂L = 1", "handed on to …²: +1", "×70 edges at once"]
    root = losses()
    root.backward()
    [w] = [node for node in tape(root).nodes if node.label == "w"]
    assert f"w: {words.signed(w.grad)}" in backward[-1]
    assert w.grad == pytest.approx(sum(2 * (i / 10 * 0.5 - 1) * i / 10 for i in range(70)))
    assert "the gradient that has reached 70 values of it: " in backward[-1]


def test_cards_that_are_computed_from_each_other_are_one_step():
    script = script_of(recurrent())
    assert [len(part) for part in script._parts if len(part) > 1] == [2]
    assert len([step for step in script.contents["forward"] if step.get("others")]) == 1


def test_a_smaller_graph_is_folded_as_asked():
    assert "folded.js" not in play(batch(2)).html
    page = play(batch(2), collapse="layers")
    assert "cards" in repr(page)
    with pytest.raises(ValueError, match="folds nothing"):
        play(losses(2), collapse="layers")


def test_several_roots_share_a_folded_picture():
    root = losses()
    other = root * 2
    other.label = "J"
    page = play([other, root], limit=60)
    assert "2 roots" not in repr(page)
    assert '"choices":["J","L"]' in page.html


# In the browser -------------------------------------------------------------------------------------------------------

IN_VIEW = """() => {
  const frame = document.querySelector("#picture").getBoundingClientRect();
  const drawing = document.querySelector(".look svg.drawing");
  const within = ({ left, right, top, bottom }) => left >= frame.left - 1 && right <= frame.right + 1 && top >= frame.top - 1 &&
    bottom <= Math.min(frame.bottom, innerHeight) + 1;
  const lit = [...drawing.querySelectorAll("g.card.lit, g.wire.lit")].filter((one) => one.getClientRects().length);
  const texts = [...drawing.querySelectorAll("text")].filter((one) => one.getClientRects().length);
  const sizes = texts.filter((one) => /\\d/.test(one.textContent) && one.matches(".data, .grad, .count, .contribution"))
    .map((one) => parseFloat(getComputedStyle(one).fontSize) * drawing.getScreenCTM().a / innerHeight);
  return { count: lit.length, all: lit.every((one) => within(one.getBoundingClientRect())), least: Math.min(...sizes),
    shown: texts.map((one) => one.textContent) };
}"""


@pytest.fixture(scope="module")
def page_of_losses(tmp_path_factory):
    path = tmp_path_factory.mktemp("folded") / "losses.html"
    play(losses(), path, limit=60)
    return path


@pytest.mark.parametrize("graph", [losses, batch])
def test_every_press_is_a_card_wholly_in_view_and_what_its_sentence_names(opened, page_of_losses, graph):
    root = graph()
    script = script_of(root)
    player = opened(page_of_losses) if graph is losses else opened(root, limit=60)
    assert player.tab.locator('[data-panel="mistakes"]').is_hidden()
    presses = 0
    for _ in range(60):
        player.press("ArrowRight")
        presses += 1
        seen = player.tab.evaluate(IN_VIEW)
        assert seen["all"], player.position
        assert seen["count"] or "= 1" in player.sentence
        assert seen["least"] >= 0.028
        if "handed on" in player.sentence:
            line = re.search("handed on to (.*)", player.sentence)[1]
            for name in re.findall(r"(?:^|, )(\S[^:]*): ", line):
                assert name.rpartition(".")[2] in map(aloud, seen["shown"]), (player.sentence, seen["shown"])
        if player.tab.get_attribute("#forward", "aria-disabled") == "true":
            break
    steps = len(script.contents["forward"]) + len(script.contents["steps"])
    asked = sum("lines" not in step for step in (*script.contents["forward"], *script.contents["steps"][1:]))
    assert presses == steps + asked
    assert not player.console
    assert len(player.requests) == 1


def test_numbers_follow_an_input_as_the_engine_computes_them(opened, page_of_losses):
    moved = losses(at=-0.25)
    moved.backward()
    nodes = tape(moved).nodes
    grads = {node.label: node.grad for node in nodes if node.label}
    [w] = [i for i, node in enumerate(nodes) if node.label == "w"]
    player = opened(page_of_losses)
    player.press("End", "i")
    field = player.tab.locator(f'#leaves .leaf[data-number="{w}"] input[type=text]')
    field.fill("-0.25")
    field.press("Enter")
    assert words.number(grads["w"]) in player.grad(w)
    assert words.number(moved.data) == player.data(len(nodes) - 1)
    xs = [node.grad for node in nodes if node.label and node.label.startswith("x")]
    card = len(nodes) + [group.title for group in fold(tape(moved)).groups].index("x0 … x69")
    assert said(player.grad(card)) == span(xs, words.number, 4)
