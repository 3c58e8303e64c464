"""The page in a real browser: what is seen and said when keys are pressed, inputs dragged, answers typed."""

import json
import re

import pytest
from browsing import Player, aloud, example, said
from chalkgrad.command import examples
from chalkgrad.engine import Value, chain_rule, hypot, nudge, tape
from chalkgrad.engine.stepping import answers, sentences
from chalkgrad.engine.words import expressions as words
from chalkgrad.engine.words.decimals import digits_apart
from chalkgrad.engine.words.manner import NOTATIONS, manner
from chalkgrad.nn import GradientDescent, gradient_descent
from chalkgrad.viz import play
from chalkgrad.viz.page.script import SHOWN
from hostile_graphs import hostile_graph
from PIL import ImageChops

EXAMPLES = ("colah", "karpathy_L", "karpathy_tanh_neuron")

# Networks are played from unit to unit; so from value to value.
VALUE_BY_VALUE = {name: {"skin": "circuit"} for name in ("mlp", "network", "xor")}


def logarithm():
    """L = log(x) + x, which has no value where x is not positive."""
    x = Value(2.0, "x")
    y = x.log()
    y.label = "y"
    root = y + x
    root.label = "L"
    return root


def without_position(text):
    return text.partition(" ")[2].strip()


def test_the_button_below_the_frame_opens_the_same_page_in_a_tab(browser, tmp_path):
    shown = play(example("colah"))
    (tmp_path / "notebook.html").write_text(f'<!DOCTYPE html><meta charset="utf-8">{shown._repr_html_()}', "utf-8")
    player = Player(browser, (tmp_path / "notebook.html").as_uri())
    with player.tab.expect_popup() as opened:
        player.tab.click("button")
    opened.value.wait_for_load_state()
    assert opened.value.title() == "e = c·d"
    opened.value.keyboard.press("End")
    assert "∂e/∂b = 3 + 2 = 5" in opened.value.locator("#said").text_content()
    opened.value.close()
    player.close()


def test_it_plays_in_the_cell_of_a_notebook(browser, tmp_path):
    frame = play(example("colah"))._repr_html_()
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f'<!DOCTYPE html><meta charset="utf-8"><div style="width: 848px">{frame}</div>', "utf-8")
    player = Player(browser, notebook.as_uri())
    box = player.tab.locator("iframe").bounding_box()
    inside = player.tab.frame_locator("iframe")
    inside.locator("#caption").click()
    seen = [inside.locator("#said").text_content()]
    for _ in range(2):
        player.press("ArrowRight")
        seen.append(inside.locator("#said").text_content())
    overflow = inside.locator("html").evaluate(
        "root => [root.scrollWidth - root.clientWidth, root.scrollHeight - root.clientHeight]"
    )
    player.close()
    assert box["width"] == 848
    assert overflow == [0, 0]
    assert len(set(seen)) == 3
    assert "c = a + b = 2 + 1 = 3" in seen[2]
    assert [url for url in player.requests if not url.startswith("file:")] == []
    assert player.console == []


# Going through the two passes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_keys_go_through_every_question_and_sentence_and_back(opened, name):
    root = example(name)
    forward, steps = [step for step in root.steps(forward=True) if step.node.parents], root.steps()
    player = opened(name)
    seen = [player.sentence]
    for _ in range(2 * len(forward) + 2 * len(steps) - 1):
        player.press("ArrowRight")
        seen.append(player.sentence)
    assert player.position == (f"backward {len(steps) - 1} / {len(steps) - 1}", False)
    sweep = seen[2 * len(forward) + 1 :]
    shown = [without_position(said(text)) for text in seen[2 : 2 * len(forward) + 1 : 2]]
    assert shown == [without_position(said(str(step))) for step in forward]
    assert sweep[0::2] == [str(step) for step in steps]
    assert sweep[1::2] == [answers.contribution_asked(step).text for step in steps[1:]]
    back = [player.sentence]
    for _ in seen[1:]:
        player.press("ArrowLeft")
        back.append(player.sentence)
    assert back == seen[::-1]


def test_the_forward_pass_asks_for_each_value_and_then_shows_it_with_its_local_derivatives(opened):
    player = opened("colah")
    assert player.position == ("forward 0 / 3", False)
    assert player.caption == "a = 2, b = 1"
    assert [player.data(n) for n in range(5)] == ["2", "1", "–", "–", "–"]
    assert {player.grad(n) for n in range(5)} == {"–"}
    visible = "all => all.filter(one => getComputedStyle(one.querySelector('.local')).visibility === 'visible').length"
    for key, values, locals_ in (
        ("ArrowRight", ["2", "1", "?", "–", "–"], 0),
        ("ArrowRight", ["2", "1", "3", "–", "–"], 2),
        ("ArrowRight", ["2", "1", "3", "?", "–"], 2),
        ("End", ["2", "1", "3", "2", "6"], 5),
    ):
        player.press(key)
        assert [player.data(n) for n in range(5)] == values
        assert player.tab.locator(".label").evaluate_all(visible) == locals_
    player.tab.goto(player.tab.url.partition("#")[0] + "#f3")  # the page hears of it a moment later
    player.tab.wait_for_function("() => document.getElementById('position').textContent.startsWith('forward')")
    assert player.position == ("forward 3 / 3", False)
    assert said(player.text("#caption .reason")) == "e = c·d = 3 · 2 = 6"
    assert said(player.text("#caption .update")) == "∂e/∂c = d = 2 ∂e/∂d = c = 3"


def test_each_step_asks_and_then_answers(opened):
    player = opened("colah", "#2")
    assert player.position == ("backward 2 / 5", False)
    player.press("ArrowRight")
    assert player.position == ("backward 3 / 5", True)
    assert player.caption == "d = b + 1 What is added to b.grad? b.grad += ∂e/∂d · ∂d/∂b = ?"
    [asked] = player.marked("label", "asked")
    assert player.text(f'.label[data-number="{asked}"] .contribution') == "?"
    player.press("ArrowRight")
    assert player.position == ("backward 3 / 5", False)
    assert player.text(f'.label[data-number="{asked}"] .contribution') == "+3"
    assert player.caption.endswith("0 → 3 1 of 2, still to come: through c")


def test_a_sum_is_seen_to_grow_and_what_it_waits_for_is_marked(opened):
    root = example("colah")
    b = [node.label for node in tape(root)].index("b")
    player = opened("colah", "#0")
    read = [player.grad(b)]
    for _ in range(10):
        player.press("ArrowRight")
        read.append(player.grad(b))
        awaited = player.marked("wire", "awaited")
        assert bool(awaited) == (read[-1] == "3 + …" and player.position != ("backward 5 / 5", True))
    assert read == ["–"] * 6 + ["3 + …"] * 4 + ["3 + 2 = 5"]


def test_the_current_edge_and_its_ends_are_lit_and_the_future_is_dimmed(opened):
    root = example("colah")
    names = [node.label for node in tape(root)]
    player = opened("colah", "#3")
    step = root.steps()[3]
    assert {names[number] for number in player.marked("card", "lit")} == {step.node.label, step.parent.label}
    assert {names[number] for number in player.marked("card", "future")} == {"a"}
    assert [len(player.marked("wire", mark)) for mark in ("lit", "carried", "future")] == [1, 3, 2]
    shown = player.tab.locator(".contribution").evaluate_all("all => all.map(one => getComputedStyle(one).visibility)")
    assert sorted(shown) == ["hidden"] * 2 + ["visible"] * 3


def test_the_table_fills_alongside(opened):
    player = opened("colah")
    assert not player.tab.is_visible("#table")
    player.press("t")
    assert player.texts("#table td.value") == ["2", "1", "", "", ""]
    player.press("ArrowRight", "ArrowRight")
    assert player.texts("#table td.value") == ["2", "1", "3", "", ""]
    player.tab.evaluate("location.hash = '#3&panel=table'")
    player.tab.wait_for_function("() => document.querySelector('#position').textContent === 'backward 3 / 5'")
    assert player.texts("#table td.adjoint") == ["", "3 + …", "2", "3", "1"]
    assert player.texts("#table tr.lit th") == ["b", "d"]
    player.resize(900, 180)
    player.press("Home", "r")  # scrolls to the last row
    assert player.tab.evaluate("document.querySelector('#panel').scrollTop") > 0
    player.tab.evaluate("document.querySelector('#panel').scrollTop = 0")
    player.set(2.0, 1.5)
    player.tab.wait_for_timeout(250)
    assert player.tab.evaluate("document.querySelector('#panel').scrollTop") == 0  # who moves an input is not led away
    player.press("t")
    assert not player.tab.is_visible("#table")


def test_the_picture_never_moves(opened):
    player = opened("karpathy_L")
    measure = "[...document.querySelectorAll('g.card rect')].map((one) => Object.values(one.getBoundingClientRect().toJSON()))"
    places, heights = player.tab.evaluate(measure), set()
    for _ in range(22):
        player.press("ArrowRight")
        assert player.tab.evaluate(measure) == places
        heights.add(player.tab.evaluate("document.querySelector('#caption').offsetHeight"))
    assert len(heights) == 1


def test_keys_and_a_presenters_remote_go_forward_and_back(opened):
    player = opened("colah")
    for key in ("ArrowRight", "ArrowDown", "PageDown", "Space", "Enter"):
        player.press("r", key)
        assert player.position == ("backward 1 / 5", True)
        player.press(key)
        assert player.position == ("backward 1 / 5", False)
    for key in ("ArrowLeft", "ArrowUp", "PageUp", "Backspace", "Shift+Space"):
        player.press("End", key)
        assert player.position == ("backward 5 / 5", True)
        player.press(key)
        assert player.position == ("backward 4 / 5", False)


def test_home_and_end_and_the_ends_hold(opened):
    player = opened("colah")
    player.press("ArrowLeft", "PageUp")
    assert player.position == ("forward 0 / 3", False)
    player.press("End", "ArrowRight", "Space")
    assert player.position == ("backward 5 / 5", False)
    player.press("Home")
    assert player.position == ("forward 0 / 3", False)
    player.press("Control+End", "Alt+ArrowRight")  # the browser's own
    assert player.position == ("forward 0 / 3", False)


def test_buttons_and_the_scrubber_move_too(opened):
    player = opened("colah", "#0")
    player.tab.click("#forward")
    assert player.position == ("backward 1 / 5", True)
    player.press("Space")  # goes on after a click, and does not press the button again
    assert player.position == ("backward 1 / 5", False)
    player.tab.click("#last")
    assert player.position == ("backward 5 / 5", False)
    player.tab.click("#back")
    player.tab.click("#first")
    assert player.position == ("forward 0 / 3", False)
    player.tab.fill("#scrubber", "6")
    assert player.position == ("forward 3 / 3", False)
    player.tab.focus("#scrubber")
    player.press("ArrowRight", "ArrowRight")  # two beats, not four
    assert player.position == ("backward 1 / 5", True)
    player.tab.focus("#back")
    player.press("Space")
    assert player.position == ("backward 0 / 5", False)


def test_it_plays_by_itself_at_the_speed_one_wants_and_rests_when_told(opened):
    player = opened("colah", "#0")
    player.tab.click("#more summary")
    player.tab.select_option("#speed", "4")
    player.press("Escape")
    player.press("a")
    player.tab.wait_for_function("() => document.querySelector('#position').textContent === 'backward 1 / 5'")
    assert player.tab.get_attribute("#play", "aria-pressed") == "true"
    player.press("ArrowLeft")
    assert player.tab.get_attribute("#play", "aria-pressed") == "false"
    at = player.position
    player.tab.wait_for_timeout(900)
    assert player.position == at


def test_a_link_opens_at_its_position(opened):
    player = opened("karpathy_L")
    url = player.tab.url
    for fragment, position in (
        ("", "forward 0 / 3"),
        ("#0", "backward 0 / 6"),
        ("#4", "backward 4 / 6"),
        ("#4?", "backward 4 / 6?"),
        ("#0?", "backward 0 / 6"),
        ("#999", "backward 6 / 6"),
        ("#f2", "forward 2 / 3"),
        ("#f2?", "forward 2 / 3?"),
        ("#f99", "forward 3 / 3"),
        ("#nonsense", "forward 0 / 3"),
    ):
        player.tab.goto("about:blank")
        player.tab.goto(url + fragment)
        assert player.position == (position.rstrip("?"), position.endswith("?")), fragment


def test_the_address_follows_and_is_followed(opened):
    player = opened("karpathy_L")
    pages = player.tab.evaluate("history.length")
    for key, fragment in (("ArrowRight", "#f1?"), ("ArrowRight", "#f1"), ("r", "#0"), ("ArrowRight", "#1?"), ("End", "#6")):
        player.press(key)
        player.tab.wait_for_function("wanted => location.hash === wanted", arg=fragment)
    assert player.tab.evaluate("history.length") == pages
    player.tab.evaluate("location.hash = '#5'")
    player.tab.wait_for_function("() => document.querySelector('#position').textContent === 'backward 5 / 6'")
    player.tab.reload()
    assert player.position == ("backward 5 / 6", False)


# Live inputs ----------------------------------------------------------------------------------------------------------


def moved(name, change):
    """An example with other values of its leaves, as the engine computes them; or the error that this is."""
    root = example(name)
    nodes = list(tape(root))
    leaves = [node for node in nodes if not node.parents and not node.constant]
    for leaf in leaves:
        leaf.data = float(f"{change(leaf.data):.4g}")
    try:
        root.forward()
        root.backward()
    except (ValueError, ArithmeticError) as error:
        return root, leaves, error
    return root, leaves, None


def in_the_engines_words(root):
    """What `Player.walk` finds, as the engine says it."""
    nodes, steps = list(tape(root)), root.steps()
    numbers = {node: i for i, node in enumerate(nodes)}
    edges = {edge: i for i, edge in enumerate((node, slot) for node in nodes for slot in range(len(node.parents)))}
    grads = {}
    for step in steps:
        after = words.number(step.after)
        sums = f"{sentences.terms(step.contributions)} = {after}" if step.of > 1 else after
        grads[numbers[step.parent]] = {sums, after}
    with manner(typeset=True):
        return _in_the_engines_words(root, nodes, steps, grads, numbers, edges)


def _in_the_engines_words(root, nodes, steps, grads, numbers, edges):
    names = tape(root).names
    return {
        "forward": [str(step) for step in root.steps(forward=True) if step.node.parents],
        "said": [str(step) for step in steps],
        "asked": [answers.contribution_asked(step).text for step in steps[1:]],
        "data": {i: words.number(node.data) for node, i in numbers.items()},
        "grads": grads,
        "locals": {
            edges[step.node, step.slot]: (
                words.reason(step.node, step.slot, names),
                f"{words.local(step.node, step.slot, names)} = {words.number(step.partial)}",  # beside a wire of a circuit
            )
            for step in steps[1:]
        },
        "carried": {edges[step.node, step.slot]: words.signed(step.contribution) for step in steps[1:]},
    }


def alike(shown, written):
    """Whether lines beside an edge are a text, broken and where it is too long cut."""
    shown = "".join("".join(shown).split()).replace("\u200e", "")
    written = "".join(written.split())
    return shown == written or (shown.endswith("…") and written.startswith(shown[:-1]))


@pytest.mark.parametrize("name", examples.entries())
def test_moved_inputs_give_what_the_engine_gives_in_every_displayed_digit(opened, name):
    """Pages of many steps are moved once: theirs are steps like those of small ones, and walking through them takes long."""
    player = opened(name, "#1", size=(640, 480), **VALUE_BY_VALUE.get(name, {}))
    changes = [lambda x: 1.25 * x + 0.13, lambda x: -0.8 * x - 0.01]
    for change in changes if len(examples.build(examples.load(name)).names) < 30 else changes[:1]:
        root, leaves, error = moved(name, change)
        player.set(*(leaf.data for leaf in leaves))
        if error is not None:
            assert player.tab.is_visible("#broken")
            assert aloud(player.text("#broken").split("\n")[0]) in said(str(error))
            continue
        seen, right = player.walk(), in_the_engines_words(root)
        count = len(right["forward"])
        spoken_description, captions = zip(*seen["beats"], strict=True)
        passed = [without_position(said(text)) for text in spoken_description[2 : 2 * count + 1 : 2]]
        assert passed == [without_position(aloud(text)) for text in right["forward"]]
        assert [said(s) for s in spoken_description[2 * count + 1 :: 2]] == [aloud(s) for s in right["said"]]
        assert [said(s) for s in spoken_description[2 * count + 2 :: 2]] == [aloud(s) for s in right["asked"]]
        for caption, sentence in zip(captions[2 * count + 3 :: 2], right["said"][1:], strict=True):
            assert said(caption) == without_position(said(sentence))
        assert dict(seen["data"]) == {i: [text] for i, text in right["data"].items()}
        assert seen["values"] == list(right["data"].values())
        for number, texts in seen["grads"]:
            assert not texts or texts[0] in right["grads"].get(number, {"–"})
        for number, lines in seen["locals"]:
            if number in right["locals"] and lines:
                assert any(alike(lines, written) for written in right["locals"][number]), (lines, right["locals"][number])
        assert {n: texts[-1] for n, texts in seen["carried"] if texts} == {
            n: right["carried"][n] for n, texts in seen["carried"] if texts
        }
    assert player.console == []


def test_a_slider_a_key_the_wheel_a_drag_and_typing_at_the_card_move_an_input(opened):
    player = opened("colah", "#5")
    a = '.card[data-number="0"]'
    player.press("i")
    player.tab.locator("#leaves input[type=range]").first.fill("3")
    assert (player.data(0), player.data(4), player.grad(0), player.grad(1)) == ("3", "8", "2", "4 + 2 = 6")
    player.tab.wait_for_function("() => document.querySelector('#said').textContent.includes('4 + 2 = 6')")
    player.press("Escape")
    player.tab.focus(a)
    player.press("+", "+", "-")
    assert player.data(0) == "3.05"
    player.press("7", ".", "5", "Enter")
    assert player.data(0) == "7.5"
    player.tab.mouse.move(*player.middle(f"{a} .data"))
    player.tab.mouse.wheel(0, 100)  # of the card that has the focus
    assert player.data(0) == "7.45"
    x, y = player.middle(f"{a} .data")
    player.tab.mouse.move(x, y)
    player.tab.mouse.down()
    player.tab.mouse.move(x - 30, y)
    player.tab.mouse.move(x - 60, y)
    player.tab.mouse.up()
    assert player.data(0) == "5.95"
    assert not player.tab.is_visible("#chain")  # a drag is no click
    player.tab.click(f"{a} .data")
    player.tab.keyboard.type("1/4")
    player.press("Enter", "i")
    assert (player.data(0), player.data(4)) == ("0.25", "2.5")
    assert player.tab.locator("#leaves input[type=text]").first.input_value() == "0.25"
    player.tab.click("#reset")
    assert (player.data(0), player.data(4)) == ("2", "6")


def test_what_is_no_number_is_marked_and_moves_nothing(opened):
    player = opened("colah", "#5")
    player.press("i")
    field = player.tab.locator("#leaves input[type=text]").first
    field.fill("two")
    field.press("Enter")
    assert field.get_attribute("aria-invalid") == "true"
    assert player.data(0) == "2"


def test_only_what_follows_from_an_input_is_touched(opened):
    x, y = Value(2.0, "x"), Value(3.0, "y")
    root = x * x + y * y
    player = opened(root, "#0")
    player.tab.evaluate("""() => {
      window.touched = new Set();
      new MutationObserver((records) => records.forEach(({ target }) =>
        window.touched.add(target.closest("g.card")?.dataset.number ?? "label")))
        .observe(document.querySelector("#picture svg"), { childList: true, subtree: true });
    }""")
    player.set(2.5, 3.0)
    assert player.tab.evaluate("[...window.touched].sort()") == ["0", "1", "4", "label"]


def test_an_error_stands_in_the_sentences_place_its_card_is_marked_and_dashes_come_after_it(opened):
    player = opened(logarithm(), "#3")
    names = ["x", "y", "L"]
    player.press("d", "d")  # paints everything anew
    before = player.picture()
    player.set(-1.0)
    x = Value(-1.0, "x")
    with pytest.raises(ValueError, match="log") as error:
        x.log()
    said_first, without = player.text("#broken").split("\n")
    assert said(said_first) in said(str(error.value))
    assert without == "without a value: y, L"
    assert {names[n] for n in player.marked("card", "bad")} == {"y"}
    assert [player.data(n) for n in range(3)] == ["-1", "–", "–"]
    assert {player.grad(n) for n in range(3)} == {"–"}
    player.set(2.0)
    assert not player.tab.is_visible("#broken")
    player.tab.wait_for_timeout(200)
    player.press("d", "d")
    assert ImageChops.difference(player.picture(), before).getbbox() is None


def test_a_nudge_is_the_engines(opened):
    root = example("karpathy_tanh_neuron")
    player = opened("karpathy_tanh_neuron")
    player.press("i")
    leaf = next(node for node in tape(root) if node.label == "w1")
    row = player.tab.locator("#leaves .leaf", has=player.tab.locator('input[aria-label="w1"]'))
    row.get_by_role("button").click()
    with manner(typeset=True):
        nudged = str(nudge(root, leaf))
    assert [said(line) for line in row.locator("pre").text_content().split("\n")] == [said(line) for line in nudged.split("\n")]


def test_descending_goes_against_the_gradient_of_the_ticked_inputs_and_is_plotted(opened):
    player = opened("colah", "#5")
    player.press("i")
    assert not player.tab.is_visible("#loss")
    player.tab.fill("#rate", "0.1")
    player.tab.uncheck('#leaves input[type=checkbox][aria-label^="a"]')
    player.tab.click("#descend")
    assert (player.data(0), player.data(1), player.data(4)) == ("2", "0.5", "3.75")  # b goes from 1 by 0.1 · 5
    player.tab.click("#descend")
    assert player.tab.locator("#loss circle").count() == 3
    heights = player.tab.locator("#loss circle").evaluate_all("all => all.map((one) => Number(one.getAttribute('cy')))")
    assert heights == sorted(heights)
    player.tab.click("#undo")
    player.tab.click("#undo")
    assert player.data(4) == "6"
    assert player.tab.get_attribute("#undo", "aria-disabled") == "true"


def test_many_steps_are_taken_at_once_by_button_or_key_and_the_loss_is_said(opened):
    root = example("xor_loss")
    leaves = [node for node in tape(root) if not node.parents and not node.constant]
    losses = [root.data]
    for _ in range(11):
        root.backward()
        for leaf in leaves:
            leaf.data -= 0.1 * leaf.grad
        root.forward()
        root.zero_grad()
        losses.append(root.data)
    player = opened("xor_loss", "#5")
    player.press("s", "i", "s", "S")  # without the panel there are no steps
    shown = [words.number(loss) for loss in (losses[0], losses[-1])]
    assert said(player.text("#loss-said")) == f"steps: 11 L: {shown[0]} → {shown[1]}"
    player.press("r")
    assert player.text("g.lens.shown .card.root .data") == shown[1]
    assert player.texts("#loss text") == [words.number(losses[0], 3), "0", "0", "11"]
    player.tab.click("#descend-more")
    assert player.tab.locator("#loss circle").count() == 22


@pytest.mark.parametrize(
    ("f", "at", "rate", "says"),
    [
        (lambda w: (2 * w - 4) ** 2, [0.0], "0.1", "L falls 16 → 0.64; + would make it 51.84"),
        (lambda w: (2 * w - 4) ** 2, [0.0], "0.3", "above 2/f'' = 0.25? The sign was -; below that rate L falls"),
        (lambda w: (2 * w - 4) ** 2, [0.0], "0.25", "L stays at 16; + would make it 144"),
        (lambda w: w**4, [1.0], "1", "too large? The sign was -; with rate 0.25 L falls"),
        (lambda w: w**4, [1.0], "1e9", "too large? The sign was -; with rate 0.4657 L falls"),  # 31 halvings
        (lambda w: w**4, [1.0], "1e15", "too large? The sign was -, and no smaller rate was found"),
        (lambda w, x: 3 * w * w + x * x, [1.0, 2.0], "0.9", "above 2/f'' = 0.4194 (f'' along the gradient)?"),
        (lambda w, x: (w - 1) * (x - 1), [1.0, 3.0], "0.5", "w - 0.5·2 = 0: L falls 0 → -2; + would make it 2"),
    ],
)
def test_a_step_of_descent_says_what_the_prompt_says(opened, f, at, rate, says):
    leaves = [Value(x, name) for name, x in zip("wx", at, strict=False)]
    root = f(*leaves)
    root.label = "L"
    player = opened(root, "#1")
    player.press("i")
    player.tab.fill("#rate", rate)
    player.tab.click("#descend")
    root.backward()
    step = GradientDescent(float(rate)).step(leaves, loss=root)
    move, *question = player.text("#step-said").split("\n")
    assert "\n".join([move[move.index(": ") + 2 :], *question]) == step.effect
    assert says in "\n".join([move, *question])
    assert move.startswith(gradient_descent(f, *at, rate=float(rate), steps=1).first_step.split(": f ")[0])


def test_a_step_uphill_is_told_to_have_the_wrong_sign(opened):
    w = Value(0.0, "w")
    root = (2 * w - 4) ** 2
    root.label = "L"
    player = opened(root, "#1")
    player.press("i")
    player.tab.fill("#rate", "-0.1")
    player.tab.click("#descend")
    assert player.text("#step-said").split("\n") == [
        "w - (-0.1)·(-16) = -1.6: L rises 16 → 51.84; + would make it 0.64",
        "L rose: was the sign +, or is the rate too large? The sign was +: a step goes against the gradient",
    ]
    player.tab.click("#undo")
    player.tab.uncheck("#leaves input[type=checkbox]")
    player.tab.click("#descend")
    assert player.text("#step-said") == ""


def test_of_several_moves_the_page_names_the_largest_and_a_sign_that_leads_nowhere(opened):
    player = opened("colah", "#1")
    player.press("i")
    player.tab.click("#descend")
    assert player.text("#step-said") == "b - 0.1·5 = 0.5, the largest of 2 moves: e falls 6 → 3.45; + would make it 9.25"
    x = Value(0.2, "x")
    player = opened(x * x.log(), "#1")  # the derivative is 1 + log(0.2) = -0.6094
    player.press("i")
    player.tab.fill("#rate", "0.5")
    player.tab.click("#descend")
    assert player.text("#step-said").endswith("; + would lead to where it has no value")


def test_descending_stops_where_there_is_no_loss_any_more(opened):
    x = Value(1.0, "x")
    player = opened(x.log() + x, "#1")
    player.press("i", "S")
    assert player.tab.is_visible("#broken")
    assert player.text("#loss-said").startswith("steps: 10" if player.data(0) == "?" else "steps: ")
    assert said(player.text("#loss-said")).endswith("→ –")
    player.tab.click("#undo")
    assert not player.tab.is_visible("#broken")


# The chain rule, predicting, mistakes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["click", "keyboard"])
def test_a_chosen_node_has_its_chain_rule_written_out_and_its_paths_lit(opened, how):
    root = example("colah")
    nodes = list(tape(root))
    b = [node.label for node in nodes].index("b")
    player = opened("colah", "#5")
    if how == "click":
        player.tab.click(f'.card[data-number="{b}"] text >> nth=0')
    else:
        player.tab.focus('.card[data-number="0"]')
        player.press("Tab", "Enter")
    assert player.sums == ["∂e/∂b = ∂e/∂c · ∂c/∂b 2 · 1 = 2", "+ ∂e/∂d · ∂d/∂b 3 · 1 = 3", "= 2 + 3 = 5"]
    edges = [(node, slot) for node in nodes for slot in range(len(node.parents))]
    used = {i for i, (node, slot) in enumerate(edges) if node.parents[slot].label != "a"}
    assert player.marked("wire", "chain") == used
    player.tab.click("#paths button >> nth=0")
    assert len(player.marked("wire", "chain")) == 2
    assert said(player.text("#sum tr.lit")).startswith("∂e/∂b")
    player.set(2.0, 4.0)
    assert player.sums[-1].endswith(f"= {words.number(chain_rule_at(2.0, 4.0).value)}")
    player.press("Escape")
    assert player.marked("wire", "chain") == set()
    assert not player.tab.is_visible("#chain")


def test_all_edges_between_a_value_and_the_root_are_lit_and_the_gates_own_wires_with_them(opened):
    root = example("paths")
    nodes = list(tape(root))
    player = opened("paths", "#24")
    player.tab.click('.card[data-number="0"] text >> nth=0')
    used = {link for path in chain_rule(root, nodes[0], limit=100).paths for link in path}
    edges = {edge: i for i, edge in enumerate((node, slot) for node in nodes for slot in range(len(node.parents)))}
    assert player.marked("wire", "chain") == {edges[link.node, link.slot] for link in used}
    colour = "all => all.map(one => getComputedStyle(one).stroke)"
    wires = player.tab.locator(".wire.chain path").evaluate_all(colour)
    own = player.tab.locator(".card.chain > .line").evaluate_all(colour)
    assert len(own) == len({nodes[0]} | {link.node for link in used})
    assert len({*wires, *own}) == 1


def chain_rule_at(a, b):
    root = example("colah")
    nodes = {node.label: node for node in tape(root)}
    nodes["a"].data, nodes["b"].data = a, b
    root.forward()
    return chain_rule(root, nodes["b"])


def test_a_prediction_is_judged_in_the_engines_words(opened):
    root = example("karpathy_L")
    steps = root.steps()
    player = opened("karpathy_L", "#0&predict=contributions")
    for step in steps[1:]:
        player.press("PageDown")
        slips = [-step.contribution, step.adjoint, step.partial, step.after, step.adjoint + step.partial, 77.5]
        for answer in (*(slip for slip in slips if slip != step.contribution), step.contribution):
            player.tab.fill("#answer", repr(answer))
            player.press("Enter")
            verdict = answers.judged(answers.contribution_asked(step), answer)
            assert said(player.text("#caption .status")) == said(verdict)
            assert said(player.sentence) == said(verdict)
            assert player.tab.locator("#caption .status.right").count() == bool(verdict)
        player.press("Enter")  # goes on after a right answer
        assert player.sentence == str(step)


def test_predictions_are_numbers_as_students_write_them(opened):
    player = opened("karpathy_L", "#0&predict=contributions")
    player.press("ArrowRight")
    for answer in ("−2", "-2,0", " -4/2 "):
        player.tab.fill("#answer", answer)
        player.press("Enter")
        assert player.text("#caption .status").startswith("right")
    player.tab.fill("#answer", "minus two")
    player.tab.click("#check")
    assert player.text("#caption .status").startswith("type a number")
    player.tab.fill("#answer", "")
    player.press("ArrowLeft")  # an empty field leaves the arrows to the player
    assert player.position == ("backward 0 / 6", False)


def test_what_is_typed_stays_when_the_page_changes_its_size(opened):
    player = opened("karpathy_L", "#0&predict=contributions")
    player.press("ArrowRight")
    player.tab.fill("#answer", "-2.")
    player.resize(900, 500)
    player.tab.wait_for_timeout(100)
    assert player.tab.evaluate("document.activeElement.id") == "answer"
    player.press("0", "Enter")
    assert player.tab.locator("#answer").input_value() == "-2.0"
    assert player.text("#caption .status").startswith("right")
    player.press("Enter", "ArrowRight")
    assert player.tab.locator("#answer").input_value() == ""


def diamond():
    """b is used by c and by L, so that recursion visits it twice; every number differs from every other."""
    a, w = Value(1.5, "a"), Value(-2.0, "w")
    b = w * a
    c = 3 * b.tanh()
    for label, value in (("b", b), ("c", c)):
        value.label = label
    root = b + c * b
    root.label = "L"
    return root


@pytest.mark.parametrize("mistake", ["overwrite", "recursion", "value", "update at once"])
def test_a_mistaken_sweep_is_shown_beside_the_right_one(opened, mistake):
    root = diamond()
    run, nodes = root.steps(mistake=mistake), list(tape(root))
    edges = [(node, slot) for node in nodes for slot in range(len(node.parents))]
    player = opened(root)
    player.press("m")
    player.tab.check(f'#mistakes input[value="{mistake}"]')
    assert player.text("#position") == f"mistaken 0 / {len(run)}"
    for step in run:
        player.press("ArrowRight")
        assert said(player.sentence) == said(str(step))
        digits = digits_apart(step.after, step.right)
        wrong, right = words.number(step.after, digits), words.number(step.right, digits)
        assert player.grad(nodes.index(step.parent)) == (f"{wrong} ≠ {right}" if step.is_wrong else words.number(step.after))
        wire = f'.wire[data-number="{edges.index((step.node, step.slot))}"]'
        assert "lit" in player.tab.get_attribute(wire, "class")
    assert player.text("#position") == f"mistaken {len(run)} / {len(run)}"
    wrong = {run.sweep.names[node]: (run.wrong[node], right) for node, right in run.right.items() if run.wrong[node] != right}
    assert wrong
    cells = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    shown = player.tab.locator("#mistakes tbody tr").evaluate_all(cells)
    off = {name: f" ({words.signed(100 * (one - other) / other, 3)} %)" for name, (one, other) in wrong.items() if other}
    assert shown == [
        [name, words.number(one) + (off[name] if mistake == "update at once" else ""), words.number(other)]
        for name, (one, other) in wrong.items()
    ]
    report = str(run).split("\n")
    about = player.texts("#mistakes .what p")
    assert about == [report[0].removeprefix(f"{mistake}: "), *report[len(report) - len(about) + 1 :]]
    player.tab.check('#mistakes input[value=""]')
    assert player.sentence == str(root.steps()[-1])


def test_a_recursion_counts_its_visits_beside_the_nodes(opened):
    root = diamond()
    run = root.steps(mistake="recursion")
    player = opened(root)
    player.press("m")
    player.tab.check('#mistakes input[value="recursion"]')
    player.press("End")
    twice = [(run.sweep.names[node], count) for node, count in run.visits.items() if count > 1]
    listed = player.text("#mistakes .visits").removeprefix("visits so far: ").split(", ")
    assert sorted(listed) == sorted(f"{name} {count} of {count}" for name, count in twice)
    player.press("r")
    assert "b 0 of 3" in player.text("#mistakes .visits")


def test_a_mistaken_sweep_follows_the_inputs(opened):
    root = diamond()
    leaves = [i for i, node in enumerate(tape(root)) if not node.parents]
    player = opened(root)
    player.press("m")
    player.tab.check('#mistakes input[value="update at once"]')
    player.press("End")
    player.set(-0.5, 2.5)
    for leaf, number in zip(leaves, (-0.5, 2.5), strict=True):
        tape(root)[leaf].data = number
    root.forward()
    assert player.caption == without_position(said(str(root.steps(mistake="update at once")[-1])))


def test_the_mistakes_say_what_they_are_for_and_lead_to_where_the_sweeps_part(opened):
    run = example("colah").steps(mistake="overwrite")
    player = opened("colah", "#0")
    player.press("m")
    assert "with a mistake in it" in player.text("#mistakes .what")
    assert not player.tab.is_visible("#parting")
    player.tab.check('#mistakes input[value="overwrite"]')
    player.tab.click("#parting")
    assert player.text("#position") == f"mistaken {run.parts_at} / {len(run)}"
    assert said(player.sentence) == said(str(run[run.parts_at - 1]))
    player.tab.check('#mistakes input[value="recursion"]')
    assert not player.tab.is_visible("#parting")


def test_a_mistake_that_does_no_harm_names_one_that_does_and_says_on_which_graph_it_would(opened):
    player = opened("karpathy_L")
    player.press("m")
    player.tab.check('#mistakes input[value="recursion"]')
    report = str(example("karpathy_L").steps(mistake="recursion")).split("\n")
    assert player.texts("#mistakes .what p")[1:] == report[1:]
    player.press("End")
    assert player.text("#position") == "backward 6 / 6"  # the right sweep is played


def test_a_recursion_without_end_is_cut_off_on_the_page(opened):
    v = x = Value(1.0, "x")
    for _ in range(8):
        v = v + 0.5 * v
    player = opened(v)
    player.press("m")
    player.tab.check('#mistakes input[value="recursion"]')
    player.press("End")
    assert player.text("#position") == f"mistaken {SHOWN} / {SHOWN}"
    in_full = v.steps(mistake="recursion").in_full
    assert f"cut off after {SHOWN} of {in_full:,} steps, so that no grad is final" in player.text("#mistakes .what")
    assert x.grad == 0


def test_what_a_page_cannot_compute_is_refused_there(opened):
    w, x = Value(1.5, "w"), Value(2.0, "x")
    player = opened(hypot(w, x) * 3)
    player.press("m")
    player.tab.check('#mistakes input[value="update at once"]')
    assert "hypot(w, x) is more than sums, products and quotients" in player.text("#mistakes .what")
    assert not player.tab.is_visible("#parting")


# The file in the world ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_nothing_is_requested_and_nothing_logged(opened, theme):
    player = opened("colah", theme=theme)
    player.press(*["ArrowRight"] * 12, "Home", *["PageDown"] * 3, "i", "t", "m", "Escape", "p", "Escape", "d", "d", "l", "l")
    player.press("h", "Escape", "Tab", "Tab", "End")
    player.set(0.5, -2.0)
    player.tab.wait_for_timeout(250)
    assert player.console == []
    assert [url for url in player.requests if not url.startswith("file:")] == []
    assert len(player.requests) == 1
    assert player.tab.evaluate("Object.keys(window).filter((key) => /^(told|state|run|render|picture)$/.test(key) && "
                               "!(window[key] instanceof Element))") == []  # fmt: skip


def test_hostile_labels_are_shown_and_never_run(opened):
    root = hostile_graph()
    player = opened(root, "#0", title="</title><script>alert(2)</script>")
    player.press("t")
    spoken_description = [text for text, _ in player.walk()["beats"]]
    written = [sentences.sentence(step) for step in root.steps()]
    plain = [aloud(text.encode("utf-8", "replace").decode().replace("\ufffd", "?")) for text in written]
    assert [said(text.replace("\ufffd", "?")) for text in spoken_description[-2 * len(written) + 1 :: 2]] == plain
    player.press("i", "m", "Escape")
    assert player.console == []
    assert player.tab.locator("script").count() == 2
    assert "alert(2)" in player.tab.title()


def test_a_single_value_has_a_page(opened):
    player = opened(Value(2.0, "x"))
    player.press("End", "ArrowRight")
    assert player.position == ("backward 0 / 0", False)
    assert player.grad(0) == "1"
    player.press("i", "t", "m", "Escape")
    assert player.console == []


def test_a_constant_has_no_grad_to_compute_and_no_slider(opened):
    x, k = Value(2.0, "x"), Value(3.0, "k")
    k.constant = True
    player = opened(x * k, "#1")
    player.press("i")
    assert player.console == []
    assert player.tab.locator("#leaves .leaf").count() == 1
    assert "constant" in player.text('.card[data-number="1"]')
    assert player.grad(0) == "3"


def test_without_javascript_the_finished_picture_is_there_with_a_line(opened):
    player = opened("colah", context={"java_script_enabled": False})
    tab = player.tab
    assert tab.get_by_text("With JavaScript switched on").is_visible()
    assert tab.get_by_text("3 + 2 = 5", exact=True).is_visible()
    for hidden in ("#controls", "#caption", "#panel", "#help"):
        assert not tab.locator(hidden).is_visible()
    assert "not computed" not in tab.text_content("#picture")


def test_it_plays_inside_a_frame_that_may_do_nothing_else(browser, tmp_path):
    play(example("colah"), tmp_path / "L.html")
    (tmp_path / "outer.html").write_text('<iframe sandbox="allow-scripts" src="L.html#2" width="800" height="500"></iframe>')
    player = Player(browser, (tmp_path / "outer.html").as_uri())
    frame = player.tab.frame_locator("iframe")
    frame.locator("#forward").click()
    frame.locator("#forward").click()
    assert frame.locator("#position").text_content() == "backward 3 / 5"
    frame.locator("[data-panel=inputs]").click()
    frame.locator("#leaves input[type=range]").first.fill("3")
    assert frame.locator('.card[data-number="0"] .data').text_content() == "3"
    player.tab.wait_for_timeout(100)
    assert player.console == []
    player.close()


# What it looks like ---------------------------------------------------------------------------------------------------


def test_the_same_moment_looks_the_same_to_the_pixel_however_one_came_there(opened):
    first, second = opened("karpathy_L", "#4"), opened("karpathy_L")
    second.press("End", "i", "t", "t", *["ArrowLeft"] * 5, "ArrowRight", "d", "d", "m", "Escape")
    second.set(1.0, 1.0, 1.0, 1.0)
    second.press("i")
    second.tab.click("#reset")
    second.press("Escape")
    second.tab.wait_for_timeout(200)
    assert first.position == second.position
    assert ImageChops.difference(first.picture(), second.picture()).getbbox() is None


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_words_are_4_percent_of_a_projectors_height_and_fit(opened, name):
    root = example(name)
    player = opened(name)
    for _ in range(len(root.steps()) + 3):
        player.press("ArrowRight", "ArrowRight")
        measured = "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
        sizes = player.tab.locator("#caption p").evaluate_all(measured)
        assert min(sizes) >= 0.04 * 720
        fits = "document.body.scrollHeight <= innerHeight && Math.max(...['#caption', '#picture', '#controls']"
        assert player.tab.evaluate(f"{fits}.map((at) => document.querySelector(at).scrollWidth)) <= innerWidth")


@pytest.mark.parametrize("size", [(1600, 900), (800, 500), (390, 844)])
def test_everything_fits_a_projector_a_frame_and_a_phone(opened, size):
    player = opened("karpathy_tanh_neuron", "#5", size=size)
    inside = """([width, height]) => [...document.querySelectorAll("#controls button, #controls summary, #caption p")]
      .filter((one) => one.checkVisibility()).map((one) => one.getBoundingClientRect())
      .every(({ left, right, top, bottom }) => left >= 0 && right <= width && top >= 0 && bottom <= height)"""
    for panel in ("", "i", "t", "m"):
        player.press(*panel)
        whole = "['scrollWidth', 'scrollHeight'].map((name) => document.documentElement[name])"
        assert player.tab.evaluate(whole) == list(size)
        assert player.tab.evaluate(inside, list(size))
        share = player.tab.evaluate("document.querySelector('#picture').clientHeight") / size[1]
        assert share > (0.2 if panel else 0.45)


def test_on_a_phone_the_picture_scrolls_to_what_is_lit_and_a_swipe_is_a_step(opened):
    context = {"is_mobile": True, "has_touch": True}
    player = opened("karpathy_L", "#1", size=(390, 844), context=context)
    session = player.context.new_cdp_session(player.tab)
    for position in range(1, 4):
        assert player.text("#position") == f"backward {position} / 6"
        box = player.tab.locator(".wire.lit path").bounding_box()
        assert 0 <= box["x"] + box["width"] / 2 <= 390
        for _ in range(2):
            x, y = player.middle("#caption")
            touch = "Input.dispatchTouchEvent"
            session.send(touch, {"type": "touchStart", "touchPoints": [{"x": x + 60, "y": y}]})
            session.send(touch, {"type": "touchMove", "touchPoints": [{"x": x - 60, "y": y}]})
            session.send(touch, {"type": "touchEnd", "touchPoints": []})
    player.tab.tap("#back")
    assert player.text("#position") == "backward 4 / 6"
    assert float(player.tab.evaluate("parseFloat(getComputedStyle(document.querySelector('#caption')).fontSize)")) >= 16


SIZES = """() => [...document.querySelectorAll("#picture svg :is(text, tspan), #caption .cell span")]
  .filter((one) => /[0-9]/.test([...one.childNodes].filter((part) => part.nodeType === 3).map((part) => part.data).join(""))
    && one.checkVisibility({ visibilityProperty: true }) && !one.closest(".lens:not(.shown)"))
  .map((one) => parseFloat(getComputedStyle(one).fontSize) * (one.ownerSVGElement?.getScreenCTM().a ?? 1) / innerHeight)"""
LIT = """() => { const frame = document.querySelector("#picture").getBoundingClientRect();
  return [...document.querySelectorAll("#picture .drawing :is(.card, .wire).lit")]
    .filter((one) => !one.closest(".lens:not(.shown)"))
    .map((one) => [one.getBoundingClientRect(), `${one.classList[0]} ${one.dataset.number}`])
    .map(([at, name]) => [name, at.left >= frame.left && at.right <= frame.right && at.top >= frame.top
      && at.bottom <= frame.bottom]); }"""


@pytest.mark.parametrize(("name", "lenses"), [("colah", False), ("paths", False), ("mlp", True), ("xor_loss", True)])
def test_every_number_on_the_stage_can_be_read_from_the_back_row_and_what_is_said_is_in_view(opened, name, lenses):
    root = example(name)
    steps, numbers = root.steps(), {node: i for i, node in enumerate(tape(root))}
    player = opened(name, "#f1", size=(1920, 1080), **VALUE_BY_VALUE.get(name, {}))
    assert bool(player.tab.locator(".lens").count()) == lenses
    for k in range(1, len(steps), max(1, len(steps) // 6)):
        player.tab.fill("#scrubber", str(int(player.tab.get_attribute("#scrubber", "max")) - 2 * (len(steps) - 1 - k)))
        assert min(player.tab.evaluate(SIZES)) >= 0.028
        seen = dict(player.tab.evaluate(LIT))
        ends = {f"card {numbers[steps[k].node]}", f"card {numbers[steps[k].parent]}"}
        assert {thing for thing in seen if thing.startswith("card")} == ends
        assert len(seen) == 3
        assert all(seen.values())
        with manner(typeset=True):
            assert said(player.sentence) == aloud(str(steps[k]))


BROKEN = """() => [...document.querySelectorAll("#caption p")].flatMap((paragraph) => {
  const signs = [], walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT), range = document.createRange();
  for (let node; (node = walker.nextNode()); ) for (let i = 0; i < node.data.length; i++) {
    if (/[\\s\\u200e\\u2060]/.test(node.data[i])) continue;
    range.setStart(node, i);
    range.setEnd(node, i + 1);
    const { top, bottom } = range.getBoundingClientRect();
    signs.push({ sign: node.data[i], middle: (top + bottom) / 2, high: bottom - top });
  }
  const apart = (one, other) => one && other && Math.abs(one.middle - other.middle) > one.high / 2;
  return signs.some(({ sign }, i) => /[=+·→]/.test(sign) && (apart(signs[i], signs[i - 1]) || apart(signs[i], signs[i + 1])))
    ? [paragraph.textContent] : [];
})"""


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_no_equation_breaks_at_a_sign_with_a_panel_beside_it_or_without(opened, size):
    player = opened("xor_loss", size=size)
    for panel in ("", "i"):
        player.press(*panel)
        for beat in (0, 39, 138, 258):  # the inputs, a value, a step, a complete sum of four
            player.tab.fill("#scrubber", str(beat))
            assert player.tab.evaluate(BROKEN) == []
            inside = "all => all.every(one => one.scrollWidth <= one.clientWidth)"
            assert player.tab.locator("#caption p").evaluate_all(inside)


def test_beside_lenses_all_of_the_graph_is_there_in_dots_which_can_be_chosen(opened):
    root = example("xor")
    nodes = list(tape(root))
    player = opened("xor", "#5", size=(1280, 720), skin="circuit")
    assert player.tab.locator(".overview .dot").count() == len(nodes)
    assert player.tab.locator(".overview text").count() == 0
    assert len(player.marked("dot", "lit")) == 2
    leaf = next(i for i, node in enumerate(nodes) if not node.parents and not node.constant)
    player.tab.click(f'.dot[data-number="{leaf}"]')
    with manner(typeset=True):
        parts = chain_rule(root, nodes[leaf]).parts()
        assert player.sums[0].startswith(f"{parts.head} = {' · '.join(parts.terms[0].symbols)}")
        assert player.sums[-1].endswith(f"= {parts.result}")
    assert leaf in player.marked("dot", "chosen")
    assert player.tab.locator(f'.lens.shown .card[data-number="{leaf}"]').count() == 1
    through = chain_rule(root, nodes[leaf], limit=8).paths
    edges = {edge: i for i, edge in enumerate((node, slot) for node in nodes for slot in range(len(node.parents)))}
    assert player.marked("way", "chain") == {edges[link.node, link.slot] for path in through for link in path}


def test_one_key_changes_the_notation_of_all_texts(opened):
    root = example("paths")
    player = opened("paths", "#4")
    player.press("t")
    seen = {}
    for notation in [*NOTATIONS, NOTATIONS[0]]:
        with manner(notation, typeset=True):
            step = root.steps()[4]
            assert said(player.sentence) == aloud(str(step))
            assert (
                said(player.text("#table thead th:last-child")) == root.tape().table(position=0, limit=1).cells("text")[0][-1]
            )
            first = words.reason(step.node, step.slot, tape(root).names)
        assert first in map(said, player.texts("#table tr.lit .reasons div"))
        seen[notation] = player.caption
        player.press("n")
        assert player.text("#notated") == player.tab.locator("#notation option:checked").text_content()
    assert len({*seen.values()}) == 3  # of functions of one's own, ∂ names the function in any case
    player.tab.click("#more summary")
    player.tab.select_option("#notation", "3")
    assert player.caption == seen["bar"]
    with manner("d"):
        assert opened("colah", "#1", notation="d").sentence == str(example("colah").steps()[1])


def test_on_paper_there_is_the_picture_its_sentence_and_the_whole_table(opened):
    player = opened("colah", "#2", theme="dark", context={"color_scheme": "dark"})
    player.press("i")
    printed = "window.printed = document.querySelector('#table').innerText"
    player.tab.evaluate(f"addEventListener('beforeprint', () => {{ {printed}; }})")
    assert player.tab.pdf()[:5] == b"%PDF-"
    assert "3 + 2 = 5" in player.tab.evaluate("window.printed")
    player.tab.emulate_media(media="print")
    assert player.tab.is_visible("#picture svg")
    assert player.tab.is_visible("#caption")
    assert player.tab.is_visible("#table")
    for hidden in ("#controls", "#inputs", "#mistakes", "#close"):
        assert not player.tab.is_visible(hidden)
    colours = "['color', 'backgroundColor'].map((name) => getComputedStyle(document.body)[name])"
    assert player.tab.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


def test_the_theme_and_the_projector_size_can_be_switched(opened):
    player = opened("colah", "#3")
    page = "getComputedStyle(document.body).backgroundColor"
    assert player.tab.evaluate(page) == "rgb(255, 255, 255)"
    player.press("d")
    assert player.tab.evaluate(page) == "rgb(20, 23, 28)"
    player.tab.click("#more summary")
    player.tab.select_option("#theme", "print")
    assert player.tab.evaluate(page) == "rgb(255, 255, 255)"
    size = "parseFloat(getComputedStyle(document.querySelector('#caption')).fontSize)"
    before = player.tab.evaluate(size)
    player.press("Escape", "l")
    assert player.tab.evaluate(size) > 1.2 * before
    assert not player.tab.is_visible("#views")
    player.press("Escape")
    assert player.tab.evaluate(size) == before


def test_nothing_moves_for_those_who_want_no_motion(opened):
    moving = "document.getAnimations().length"
    still, lively = (opened("colah", "#0", context={"reduced_motion": m}) for m in ("reduce", "no-preference"))
    for player in (still, lively):
        player.press("ArrowRight", "ArrowRight")
    assert (still.tab.evaluate(moving), lively.tab.evaluate(moving) > 0) == (0, True)


# For all who use it ---------------------------------------------------------------------------------------------------


def test_every_control_and_card_is_reached_by_tab_and_named(opened):
    player = opened("colah", "#5")
    reached = []
    for _ in range(24):
        player.press("Tab")
        reached.append(player.tab.evaluate("document.activeElement.id || document.activeElement.dataset.number || ''"))
    assert {"first", "back", "forward", "last", "play", "scrubber", "predict", "0", "1", "2", "3", "4"} <= set(reached)
    player.tab.focus('.card[data-number="1"]')
    assert player.tab.get_attribute('.card[data-number="1"]', "aria-label") == "b data 1 grad 3 + 2 = 5"
    assert player.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") in ("solid", "none")
    unnamed = """[...document.querySelectorAll("button, input, select")].filter((one) => !one.closest("[hidden]") &&
      !(one.ariaLabel || one.textContent.trim() || one.labels?.length)).map((one) => one.outerHTML)"""
    assert player.tab.evaluate(unnamed) == []


def test_help_lists_the_keys_and_closes(opened):
    player = opened("colah")
    for key in ("?", "h"):
        player.press(key)
        assert "Page Down" in player.text("#help")
        assert player.tab.is_visible("#help")
        player.press("ArrowRight")  # nothing goes on behind it
        assert player.position == ("forward 0 / 3", False)
        player.press("Escape")
        assert not player.tab.is_visible("#help")


def test_what_changes_is_announced_once(opened):
    player = opened("colah", "#0")
    assert player.tab.get_attribute("#said", "aria-live") == "polite"
    assert player.tab.get_attribute("#caption", "aria-hidden") == "true"
    player.press("ArrowRight", "ArrowRight")
    assert player.tab.get_attribute("#scrubber", "aria-valuetext") == "backward 1 / 5"
    assert player.tab.get_attribute("#first", "aria-disabled") == "false"


def test_with_hebrew_names_sentences_go_from_right_to_left_and_formulas_from_left_to_right(opened):
    x, w = Value(2.0, "קלט"), Value(0.5, "משקל")
    root = x * w
    root.label = "סכום"
    player = opened(root, "#1")
    assert player.tab.get_attribute("#caption", "dir") == "rtl"
    reason, why = player.tab.locator("#caption .reason .cell").all()
    assert reason.bounding_box()["x"] > why.bounding_box()["x"]
    assert {cell.evaluate("one => getComputedStyle(one).direction") for cell in (reason, why)} == {"ltr"}
    assert opened("colah").tab.get_attribute("#caption", "dir") == "ltr"


def test_the_data_that_the_page_holds_is_in_its_file(opened):
    player = opened("colah")
    told = json.loads(player.text("#script"))
    assert told["names"] == ["a", "b", "c", "d", "e"]
    assert not re.search(r"https?://(?!www\.w3\.org)", player.tab.content())


# Numbers that stand on more than one line, and paragraphs that are wider than their place.
TORN = """() => {
  const range = document.createRange();
  const texts = document.createTreeWalker(document.querySelector("#words"), NodeFilter.SHOW_TEXT);
  const wide = [...document.querySelectorAll("#caption p")].filter((one) => one.scrollWidth > one.clientWidth);
  const found = wide.map((one) => one.textContent);
  while (texts.nextNode()) {
    const text = texts.currentNode;
    for (const { 0: number, index } of text.data.matchAll(/-?[0-9][0-9.]*/g)) {
      range.setStart(text, index);
      range.setEnd(text, index + number.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(number);
    }
  }
  return found;
}"""


@pytest.mark.parametrize(("width", "height"), [(320, 640), (390, 844)])
def test_no_number_of_a_sentence_breaks_on_a_narrow_window(opened, width, height):
    player = opened("mlp", "#f4", size=(width, height))
    for _ in range(18):
        assert player.tab.evaluate(TORN) == [], player.position
        player.press("ArrowRight")


def test_a_name_that_is_longer_than_a_line_breaks_within(opened):
    x, y = Value(2, label="x" * 70), Value(0.6835, label="y")
    player = opened(x * y, "#1", size=(320, 640))
    assert player.tab.evaluate(TORN) == []


# The least size, in CSS pixels, of what has a digit in the panel.
LEAST = """() => Math.min(...[...document.querySelectorAll("#panel *")].filter((one) => one.checkVisibility())
  .filter((one) => one.type === "text" || [...one.childNodes].some((node) => node.nodeType === 3 && /[0-9₀-₉]/.test(node.data)))
  .map((one) => parseFloat(getComputedStyle(one).fontSize) * (one.closest("svg") ? one.getScreenCTM().a : 1)))"""


@pytest.mark.parametrize("name", ["colah", "mlp"])
def test_the_numbers_of_a_panel_can_be_read_from_the_back_row(opened, name):
    player, x = opened(name), {"colah": "b", "mlp": "x1"}[name]
    for fragment in ("panel=table", "panel=mistakes&mistake=overwrite", f"panel=inputs&nudge={x}", f"chosen={x}"):
        player.tab.evaluate("text => { location.hash = text; }", f"#4&{fragment}")
        player.tab.wait_for_function("text => location.hash.includes(text)", arg=fragment)
        player.tab.wait_for_timeout(50)
        if "inputs" in fragment:
            player.press("s")
        assert player.tab.evaluate(LEAST) >= 0.028 * 720, fragment
        assert player.tab.eval_on_selector("#panel", "one => one.scrollWidth - one.clientWidth") <= 0, fragment


@pytest.mark.parametrize(("name", "x"), [("colah", "b"), ("mlp", "x1")])
def test_beside_what_is_said_of_a_step_more_than_one_input_is_in_view(opened, name, x):
    player = opened(name, f"#4&panel=inputs&nudge={x}")
    player.press("s")
    leaves, leaf, loss, panel = (
        player.tab.locator(at).first.bounding_box() for at in ("#leaves", ".leaf label", "#loss", "#panel")
    )
    assert leaves["height"] >= 5 * leaf["height"]
    assert loss["y"] + loss["height"] <= panel["y"] + panel["height"]
