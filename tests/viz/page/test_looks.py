"""The looks of a page and its roots: which there are, how one comes from one to another, and what is kept."""

import json
import re

import pytest
from browsing import example as only_root
from browsing import said
from chalkgrad.command import examples
from chalkgrad.engine import Value, nudge, tape, total
from chalkgrad.engine.words.manner import manner
from chalkgrad.viz import play
from chalkgrad.viz.page.filling import filled
from chalkgrad.viz.page.script import Script
from chalkgrad.viz.page.stage import stage


def roots_of(name):
    return list(examples.build(examples.load(name)).roots)


def told(page):
    return json.loads(re.search(r'<script type="application/json" id="script">(.*?)</script>', page.html, re.DOTALL)[1])


def looks_of(root, **options):
    with manner(typeset=True):
        looks = stage(root, Script(root), **options).looks
    return [(look.told["name"], look.told["direction"], look.told["lenses"] is not None) for look in looks]


def two_outputs():
    """Two values of which neither is computed from the other, with a value and a parameter in common."""
    x, w, v = Value(2.0, "x"), Value(3.0, "w"), Value(-1.0, "v")
    h = x * w
    y1, y2 = h + v, h.tanh()
    for value, name in ((h, "h"), (y1, "y1"), (y2, "y2")):
        value.label = name
    return y1, y2, h, v


# Which looks there are ------------------------------------------------------------------------------------------------


def test_a_graph_has_each_look_in_which_all_of_it_is_legible_and_those_that_run_downwards():
    colah = only_root("colah")
    assert looks_of(colah)[:2] == [("cards", "LR", False), ("circuit", "LR", False)]
    assert looks_of(colah)[2:] == [("cards", "TB", False), ("circuit", "TB", False)]
    assert looks_of(colah, skin="circuit")[:2] == [("circuit", "LR", False), ("cards", "LR", False)]
    assert {direction for _, direction, _ in looks_of(colah, direction="TB")} == {"TB"}
    long = Value(0.5, "x")
    for _ in range(6):
        long = long * 1.5
    assert looks_of(long, skin="cards")[:2] == [("cards", "LR", True), ("circuit", "LR", False)]


# Several roots --------------------------------------------------------------------------------------------------------


def test_the_page_of_several_roots_says_of_each_what_its_own_page_says():
    roots = roots_of("network")
    with manner(typeset=True):
        script = Script(roots[0], roots[1:])
        numbers, tests = script.symbolic.today()
        symbols = script.symbolic.placeholders.symbols
        for root, edition in zip(roots, script.editions, strict=True):
            heard = [
                filled(edition["templates"]["said"], numbers, tests, edition["blanks"] | step["blanks"], symbols=symbols)
                for step in edition["steps"][1:]
            ]
            assert heard == [str(step) for step in root.steps()[1:]]


def test_what_a_sweep_does_not_reach_has_a_value_and_no_gradient_in_it():
    y1, y2, _, v = two_outputs()
    script = Script(y1, [y2])
    place = {node: i for i, node in enumerate(tape(y1, y2).nodes)}
    first, second = script.editions
    assert place[y2] not in first["grads"]
    assert place[y1] not in second["grads"]
    assert place[v] not in second["grads"]
    assert place[v] in script.contents["leaves"]
    for edition, root in ((first, y1), (second, y2)):  # on the page's lit paths there is none that ends at another root
        assert {place[node] for node, *_ in root.steps().sweep.edges} == {edge[0] for edge in edition["edges"] if edge[3]}
    assert [step["node"] for step in script.contents["forward"]] == [place[node] for node in place if node.parents]
    moved = nudge(y2, v)
    assert moved.derivative == 0
    assert script.current(second["nudge"][place[v]][-1]).endswith(str(moved).split("\n")[-1])


@pytest.mark.parametrize("given", [list, tuple, lambda roots: tape(*roots), lambda roots: dict(zip("pq", roots, strict=True))])
def test_several_roots_are_given_in_several_ways_and_each_once(given):
    y1, y2, *_ = two_outputs()
    page = told(play(given([y1, y2])))
    assert page["choices"] == (["p", "q"] if isinstance(given([y1, y2]), dict) else ["y₁", "y₂"])
    assert told(play([y1, y1]))["choices"] == ["y₁"]


def test_the_page_opens_with_the_root_asked_for_and_says_which_there_are():
    y1, y2, h, _ = two_outputs()
    assert [told(play([y1, y2], opens=one))["opened"] for one in (None, y2, "y2")] == [0, 1, 1]
    for wrong in (h, "h"):
        with pytest.raises(ValueError, match="y₁"):
            play([y1, y2], opens=wrong)
    with pytest.raises(ValueError, match="several"):
        play([])
    with pytest.raises(TypeError, match="int"):
        play([y1, 3])


def test_a_graph_that_is_too_large_is_told_what_can_be_done():
    with pytest.raises(ValueError, match=r"32 values.*one sample.*draw\(L\).*play\(…, limit=32\)"):
        play(total([Value(float(i)) for i in range(31)]), limit=20, collapse=False)


# In the browser -------------------------------------------------------------------------------------------------------


def test_k_changes_the_look_and_keeps_the_step_the_values_and_the_focus(opened):
    player = opened("colah", "#3")
    player.press("i")
    player.tab.locator("#leaves input[type=range]").first.fill("3")
    player.tab.locator('g.card[data-number="1"]').focus()
    before = player.caption, player.data(0), player.marked("card", "lit")
    player.press("k")
    assert player.text("#notated") == "circuit"
    assert player.tab.locator(".look").get_attribute("data-look") == "1"
    assert (player.caption, player.data(0), player.marked("card", "lit")) == before
    assert player.tab.evaluate("document.activeElement.dataset.number") == "1"
    player.tab.wait_for_url("**look=circuit*")
    player.press("k")
    assert player.tab.locator(".look").get_attribute("data-look") == "0"
    assert player.console == []


def test_a_window_held_upright_gets_the_look_that_runs_downwards_with_larger_numbers(opened):
    player = opened("colah", "#3", size=(390, 844))
    size = """() => document.querySelector(".card .data").getBoundingClientRect().height"""
    assert player.tab.locator(".look").get_attribute("data-look") == "2"
    seen, large = player.marked("card", "lit"), player.tab.evaluate(size)
    assert player.tab.locator("#picture").evaluate("one => one.classList.contains('scrolled')") is False
    player.press("k")
    assert player.tab.locator(".look").get_attribute("data-look") == "3"
    player.press("k")
    player.resize(844, 390)
    player.tab.wait_for_selector('.look[data-look="0"]')
    assert player.marked("card", "lit") == seen
    assert large > 1.3 * player.tab.evaluate(size) * 390 / 844  # as large as it would be there from left to right


# Goes through all steps; of each: is all that it lights in view, is the picture whole, its smallest number and the sentence.
WALK = """() => {
  const picture = document.getElementById("picture"), scrubber = document.getElementById("scrubber"), found = [];
  const press = (key) => dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const inside = (box, place) => ["left", "top"].every((side) => box[side] >= place[side] - 1)
    && ["right", "bottom"].every((side) => box[side] <= place[side] + 1);
  press("Home");
  for (let before = ""; before !== scrubber.value;) {
    const drawing = picture.querySelector("svg.drawing"), scale = drawing.getScreenCTM().a;
    const place = picture.getBoundingClientRect(), size = (text) => parseFloat(getComputedStyle(text).fontSize);
    const seen = (what) => [...what.getClientRects()].length > 0 && getComputedStyle(what).visibility === "visible";
    const numbers = [...drawing.querySelectorAll("text.data, text.grad, text.local, text.contribution")]
      .filter((text) => /[0-9]/.test(text.textContent) && seen(text)).map((text) => size(text) * scale);
    const said = [...document.querySelectorAll("#caption p")].filter((one) => one.textContent);
    found.push([
      [...drawing.querySelectorAll("g.lit")].filter(seen).every((group) => inside(group.getBoundingClientRect(), place)),
      !picture.classList.contains("scrolled"), Math.min(...numbers), Math.min(...said.map(size)),
    ]);
    before = scrubber.value;
    press("ArrowRight");
  }
  return found;
}"""


@pytest.mark.parametrize("name", ["neuron_tanh", "cs224n", "xor"])  # in lenses, in the circuit instead of cards, a diagram
def test_a_window_held_upright_shows_every_graph_whole_or_in_lenses_and_its_sentences_at_16_pixels(opened, name):
    player = opened(name, size=(390, 844))
    found = player.tab.evaluate(WALK)
    assert len(found) > 15
    assert all(in_view and whole for in_view, whole, *_ in found)
    assert min(number for _, _, number, _ in found) > 10
    assert min(sentence for *_, sentence in found) >= 16


def test_upright_the_look_that_is_asked_for_comes_back_with_the_window(opened):
    player = opened("cs224n", size=(390, 844))
    shown = "document.querySelector('.look').dataset.look"
    assert player.tab.evaluate(shown) == "2"  # cards are too wide
    assert (player.tab.input_value("#look"), player.tab.evaluate("location.hash")) == ("cards", "")
    player.resize(1280, 720)
    player.tab.wait_for_function(f"() => {shown} === '0'")


@pytest.mark.parametrize(("name", "key"), [("colah", "i"), ("xor", "t")])
def test_beside_a_panel_numbers_are_as_large_as_without_and_what_is_in_play_is_in_view(opened, name, key):
    player = opened(name)
    player.press(key)
    found = player.tab.evaluate(WALK)
    assert all(in_view for in_view, *_ in found)
    assert min(number for _, _, number, _ in found) >= 0.028 * 720


def test_another_root_is_chosen_on_the_page_which_keeps_what_means_the_same(opened):
    y1, y2, *_ = two_outputs()
    player = opened([y1, y2], "#f1")
    player.press("i", "k")
    player.tab.locator("#leaves input[type=range]").first.fill("1")
    values = [player.data(n) for n in range(3)]
    player.tab.select_option("#root", label="y₂")
    player.tab.wait_for_function("() => document.querySelector('#root')?.value === '1'")
    assert player.position[0] == "forward 1 / 3"
    assert [player.data(n) for n in range(3)] == values
    assert player.tab.locator("#inputs").is_visible()
    player.tab.wait_for_url("**root=y2*")
    player.press("End")
    places = {node.label: i for i, node in enumerate(tape(y1, y2).nodes)}
    assert player.grad(places["y1"]) == player.grad(places["v"]) == ""
    assert places["y1"] in player.marked("card", "future")
    assert player.grad(places["y2"]) == "1"
    assert said(player.text("#said")).startswith("3/3")
    player.tab.reload()  # the address keeps the root
    assert player.tab.locator("#root").input_value() == "1"
    assert player.console == []


def test_the_root_is_changed_in_a_frame_that_has_no_address_of_its_own(opened, tmp_path):
    y1, y2, *_ = two_outputs()
    frame = tmp_path / "frame.html"
    quoted = play([y1, y2]).html.replace("&", "&amp;").replace('"', "&quot;")
    frame.write_text(f'<iframe sandbox="allow-scripts" srcdoc="{quoted}" width="900" height="600"></iframe>', "utf-8")
    player = opened(y1)
    player.tab.goto(frame.as_uri())
    inside = player.tab.frame_locator("iframe")
    inside.locator("#last").click()
    inside.locator("#root").select_option("1")
    inside.locator("#root:has(option:checked[value='1'])").wait_for()
    inside.locator("#caption").wait_for()
    assert inside.locator("#position").text_content() == "backward 3 / 3"
    assert inside.locator("#said").text_content().startswith("3/3")
    assert player.console == []
