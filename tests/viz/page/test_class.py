"""The page in front of a class: its address, what is taken out, a black screen, values taken back, notes, small windows."""

import itertools
import re
from importlib.resources import files

import pytest
from browsing import Player, example, said
from chalkgrad.engine import Value, log, sqrt
from chalkgrad.engine.words.language import speaking
from chalkgrad.nn import MLP
from chalkgrad.nn.data import moons
from chalkgrad.viz import play
from chalkgrad.viz.letters.themes import THEMES, contrast
from chalkgrad.viz.page.notes import moments
from chalkgrad.viz.page.play import SCRIPTS

SHOWN = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const texts = (selector) => all(selector).map((one) => one.textContent);
  const seen = (selector) => all(selector).filter((one) => one.checkVisibility());
  return {
    said: texts("#said")[0], position: texts("#position")[0], cards: texts("g.card text"),
    panel: seen("#panel section").map(({ id }) => id), inside: seen("#panel").map(({ innerText }) => innerText),
    ticked: all("#leaves [type=checkbox]").map(({ checked }) => checked), chosen: all(".chain").length,
    selects: all("#theme, #notation, #speed, #rate").map(({ value }) => value),
    theme: document.documentElement.dataset.theme, body: document.body.className,
  };
}"""


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """The page of a network, with notes."""
    path = tmp_path_factory.mktemp("network") / "net.html"
    notes = {2: "ask: why?", "f2?": "predict it", "#6": "inside", "f3": "the output", 4: "the end"}
    play(MLP(2, [2, 1], "tanh", seed=0), path, x=[1.0, -1.0], notes=notes)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The page of a model that is trained."""
    path = tmp_path_factory.mktemp("data") / "data.html"
    play(MLP(2, [2, 1], "tanh", seed=0), path, data=moons())
    return path


def hash_is(player, fragment):
    player.tab.wait_for_function("wanted => decodeURIComponent(location.hash) === wanted", arg=fragment)


def product(*names):
    """L, the product of leaves with these names, whose values are 2, 3, …"""
    leaves = [Value(float(i), name) for i, name in enumerate(names, 2)]
    root = leaves[0] * 1
    for leaf in leaves[1:]:
        root = root * leaf
    root.label = "L"
    return root


def type_at_card(player, number, text):
    player.tab.click(f'.card[data-number="{number}"] .data')
    player.tab.keyboard.type(text)
    player.press("Enter")


# The address ----------------------------------------------------------------------------------------------------------


def test_the_whole_state_stands_in_the_address_and_comes_back_from_it(opened):
    player = opened("colah")
    entries = player.tab.evaluate("history.length")
    player.press("r", "ArrowRight", "ArrowRight", "ArrowRight", "d", "n", "l", "i")
    player.tab.locator("#leaves input[type=text]").first.fill("-1.25")
    player.tab.locator("#leaves button").nth(1).click()
    player.tab.locator("#leaves [type=checkbox]").first.uncheck()
    player.tab.fill("#rate", "0.5")
    player.tab.eval_on_selector("#speed", "select => { select.value = '2'; select.dispatchEvent(new Event('change')); }")
    hash_is(player, "#2?&a=-1.25&panel=inputs&nudge=b&still=a&rate=0.5&theme=dark&notation=functions&speed=2&size=large")
    before = player.tab.evaluate(SHOWN)
    player.tab.reload()
    assert player.tab.evaluate(SHOWN) == before
    assert player.tab.evaluate("history.length") == entries
    player.tab.evaluate("location.hash = '#4&chosen=b&path=2&mistake=overwrite&notation=bar'")
    hash_is(player, "#4&chosen=b&path=2&mistake=overwrite&notation=bar")
    player.tab.wait_for_function("() => document.querySelector('#position').textContent === 'mistaken 4 / 5'")
    assert player.data(0) == "2"  # what an address does not tell is as the page begins
    chosen = player.tab.evaluate(SHOWN)
    assert (chosen["panel"], chosen["theme"]) == (["chain"], "auto")
    player.tab.go_back()
    player.tab.wait_for_function("() => document.querySelector('#position').textContent === 'backward 2 / 5'")
    assert player.tab.evaluate(SHOWN) == before
    player.tab.go_forward()
    player.tab.wait_for_function("() => document.querySelector('#position').textContent === 'mistaken 4 / 5'")
    assert player.tab.evaluate(SHOWN) == chosen
    assert player.console == []


@pytest.mark.parametrize(
    "names", [("panel", "a&b=c", ".a"), ("x,y", "a", "50% #7"), ("a", "a", "a b"), ("שגיאה", "θ1", "__proto__")]
)
def test_values_of_any_name_come_back_in_full_digits(opened, names):
    values = (0.1 + 0.2, -1e-300, 123456789.123)
    player = opened(product(*names))
    player.press("i")
    player.set(*values)
    fields = "[...document.querySelectorAll('#leaves input[type=range]')].map((one) => one.getAttribute('aria-valuetext'))"
    before = player.tab.evaluate(fields)
    # The panel may stand there before the values do.
    player.tab.wait_for_function("() => /123456789.123.*&panel=inputs$/.test(location.hash)")
    address = player.tab.evaluate("location.hash")
    player.tab.reload()
    assert player.tab.evaluate(fields) == before
    assert player.tab.evaluate("document.querySelector('#panel').dataset.panel") == "inputs"
    assert re.findall(r"=(-?[\d.]+(?:e-?\d+)?)(?=&)", address) == ["0.30000000000000004", "-1e-300", "123456789.123"]
    assert player.console == []


def test_what_is_unknown_or_broken_in_an_address_is_passed_over(opened):
    usual = opened("colah").tab.evaluate(SHOWN)
    player = opened("colah", "#f0")
    for fragment in (
        "#zzz", "#99999999999999999999?&&&==&=3", "#f0&a=abc&b=1e400&c=3", "#f0&panel=nope&panel=chain&panel=constructor",
        "#f0&theme=pink&notation=x&speed=9&rate=abc&size=huge", "#f0&chosen=zz&path=9&mistake=none",
        "#f0&nudge=e&still=x", "#f0&%E0%A4=1&x=%",
        "#f0&hide=zz,&valueOf=1&toString",
    ):  # fmt: skip
        player.tab.evaluate("hash => { location.hash = hash; }", fragment)
        player.tab.wait_for_timeout(20)
        shown = player.tab.evaluate(SHOWN)
        if fragment.startswith("#9999"):
            assert shown["position"] == "backward 5 / 5"
        else:
            assert shown == usual, fragment
    assert player.console == []


def test_what_is_hidden_is_out_of_the_page_with_its_keys(opened):
    player = opened("colah", "#3&panel=mistakes&mistake=overwrite&hide=mistakes,predict,table,more,sentence")
    assert not any(player.tab.is_visible(at) for at in ("[data-panel=mistakes]", "#predict", "#more", "#caption", "#panel"))
    assert player.tab.is_visible("[data-panel=inputs]")
    assert player.text("#position") == "backward 3 / 5"
    before = player.tab.evaluate(SHOWN)
    player.press("m", "t", "p", "d", "n", "l", "?")
    assert player.tab.evaluate(SHOWN) == before
    assert not player.tab.is_visible("#help")
    player.press("ArrowRight", "i")
    hash_is(player, "#4?&panel=inputs&hide=mistakes,predict,table,more,sentence")
    player.set(-1.0, 1.0)
    assert "?" in player.sentence  # it is still read aloud


def test_embedded_there_is_the_stage_alone_with_two_buttons_under_the_pointer(opened):
    player = opened("colah", "#3&embed", size=(480, 270))
    controls = player.tab.locator("button, select, input, summary")
    assert controls.evaluate_all("all => all.filter((one) => one.checkVisibility()).map(({ id }) => id)") == ["back", "forward"]
    opacity = "getComputedStyle(document.querySelector('#controls')).opacity"
    player.tab.mouse.move(240, 135)
    assert player.tab.evaluate(opacity) == "1"
    player.tab.click("#forward")
    player.press("ArrowRight", "i", "t", "m", "p", "ArrowLeft")
    assert player.text("#position") == "backward 4 / 5"
    player.tab.click('.card[data-number="4"]')
    assert not player.tab.is_visible("#panel")
    boxes = player.tab.evaluate(
        "() => [...document.querySelectorAll('g.card, #caption p')].map((one) => one.getBoundingClientRect().toJSON())"
    )
    assert all(box["left"] >= 0 and box["right"] <= 480 and box["top"] >= 0 and box["bottom"] <= 270 for box in boxes)
    assert max(box["bottom"] - box["top"] for box in boxes[:5]) > 40


def test_what_is_hidden_or_embedded_keeps_no_key_and_no_scene(opened, data):
    for fragment, keys in (
        ("#3&hide=predict", "pPw"),
        ("#3&hide=curve", "o"),
        ("#3&hide=data", "g"),
        ("#3&embed", "pPwogcitmk"),
    ):
        player = opened(data, fragment)
        before = player.tab.evaluate(SHOWN)
        player.press(*keys)
        assert player.tab.evaluate(SHOWN) == before, fragment
        assert not any(player.tab.is_visible(at) for at in ("#curve", "#data", "#predicting", "#panel")), fragment
    for fragment in ("#0&scene=data&hide=data", "#3&hide=curve&curve=L"):
        assert not any(opened(data, fragment).tab.is_visible(at) for at in ("#curve", "#data")), fragment


def test_the_keys_that_are_listed_are_those_that_do_something(opened, data, network):
    def listed(player):
        player.press("?")
        found = player.tab.locator("#help dt").evaluate_all(
            "all => all.filter(one => one.checkVisibility()).map(one => one.textContent)"
        )
        player.press("?")
        return " ".join(found).split()

    usual = listed(opened("colah", "#3"))
    assert {"k", "o", "g", "q"} & set(usual) == {"k", "o"}
    assert {"k", "o", "g", "q"} & set(listed(opened(network, "#3"))) == {"o", "q"}
    assert "g" in listed(opened(data, "#3"))
    hidden = listed(opened("colah", "#3&hide=predict,curve"))
    assert set(usual) - set(hidden) == {"p", "P", "w", "o", "1", "2", "…"}
    alone = Value(2.0, "a")
    assert not {"o", "0"} & set(listed(opened(alone)))


TEXTS = """(at) => [...document.querySelectorAll(at)].filter((one) => one.checkVisibility()).map((one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  return range.getBoundingClientRect().toJSON();
})"""


def test_a_message_covers_neither_the_controls_nor_the_words_nor_a_panel(opened, network):
    for fragment in ("#3&panel=table", "#3&panel=inputs", "#f4"):
        player = opened(network, fragment)
        player.press("k")
        message = player.tab.locator("#notated").bounding_box()
        assert "circuit" not in player.text("#notated")
        assert "unit by unit" in player.text("#notated")
        assert message["y"] + message["height"] <= player.tab.locator("#controls").bounding_box()["y"] + 1
        assert message["x"] >= 0
        covered = player.tab.evaluate(TEXTS, "#caption p, #panel, g.unit, #note")
        assert len(covered) > 3
        assert not any(overlap(message, one) for one in covered), fragment


def test_the_link_to_all_of_this_is_copied_or_stands_there_to_be_copied(opened):
    player = opened("colah", "#3&theme=dark")
    player.press("ArrowRight")
    player.tab.click("#more summary")
    player.tab.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    player.tab.click("#link")
    player.tab.wait_for_selector("#whole-link:focus")
    assert player.tab.input_value("#whole-link").endswith("#4?&theme=dark")
    player.tab.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }")
    player.tab.click("#link")
    player.tab.wait_for_function("() => document.querySelector('#notated').textContent")
    assert player.tab.evaluate("copied").endswith("#4?&theme=dark")


# Black, values taken back, the wheel ----------------------------------------------------------------------------------


def test_a_dot_or_b_blackens_the_screen_and_the_next_key_or_click_only_lights_it(opened):
    player = opened("colah", "#3")
    before = player.tab.evaluate(SHOWN)
    for light in ("b", ".", "ArrowRight", "click"):
        player.press("b" if light == "." else ".")
        assert player.picture().getcolors() == [(1280 * 720, (0, 0, 0))]
        if light == "click":
            player.tab.mouse.click(*player.middle('.card[data-number="4"]'))
        else:
            player.press(light)
        assert not player.tab.is_visible("#black")
        assert player.text("#position") == "backward 3 / 5"
    assert not player.tab.is_visible("#panel")
    assert player.tab.evaluate(SHOWN) == before
    player.tab.focus('.card[data-number="0"]')  # on a card too: who drags an input goes on with the clicker
    player.press(".")
    assert player.tab.is_visible("#black")


def test_in_a_field_a_dot_is_a_dot(opened):
    player = opened("colah", "#3")
    type_at_card(player, 0, ".5")
    assert player.data(0) == "0.5"
    assert not player.tab.is_visible("#black")


def test_letters_are_keys_where_the_keyboard_is_hebrew(opened):
    player = opened("colah", "#3")
    press = "(key) => window.dispatchEvent(new KeyboardEvent('keydown', { ...key, bubbles: true, cancelable: true }))"
    player.tab.evaluate(press, {"key": "ן", "code": "KeyI"})
    assert player.tab.is_visible("#inputs")
    player.set(5.0, 1.0)
    player.tab.evaluate(press, {"key": "ז", "code": "KeyZ", "ctrlKey": True})
    assert player.data(0) == "2"
    player.tab.evaluate(press, {"key": "נ", "code": "KeyB"})
    assert player.tab.is_visible("#black")


def test_changes_of_values_are_taken_back_and_forth(opened):
    player = opened("colah", "#5")

    def values():
        return player.data(0), player.data(1)

    x, y = player.middle('.card[data-number="0"] .data')
    player.tab.mouse.move(x, y)
    player.tab.mouse.down()
    for by in range(10, 70, 10):
        player.tab.mouse.move(x + by, y)
    player.tab.mouse.up()
    dragged = values()
    assert dragged != ("2", "1")
    type_at_card(player, 1, "4")
    player.press("i", "s")
    descended = values()
    seen = [descended, (dragged[0], "4"), dragged, ("2", "1"), ("2", "1")]
    for wanted in seen:
        assert values() == wanted
        player.press("Control+z")
    for wanted in (dragged, (dragged[0], "4"), descended, descended):
        player.press("Control+Shift+Z" if wanted == dragged else "Control+y")
        assert values() == wanted
    assert player.text("#loss-said").startswith("steps: 1 ")  # the descent with its curve
    player.tab.click("#undo")
    assert values() == (dragged[0], "4")
    player.press("Meta+z")
    assert values() == descended
    field = player.tab.locator("#leaves input[type=text]").first
    field.fill("77")
    field.press("Control+z")  # the browser's own
    assert values() == descended


def test_what_plays_by_itself_stops_for_a_black_screen_another_address_and_escape(opened):
    player = opened("colah")
    for stop in (
        lambda: player.press("b", "x"),
        lambda: player.tab.evaluate("location.hash = '#1'"),
        lambda: player.press("Escape"),
    ):
        player.press("Home", "a")
        assert player.tab.get_attribute("#play", "aria-pressed") == "true"
        stop()
        player.tab.wait_for_function("() => document.querySelector('#play').ariaPressed === 'false'")


def test_after_enter_in_a_field_of_a_panel_the_arrows_step_again(opened):
    player = opened("colah", "#2&panel=inputs")
    field = player.tab.locator("#leaves input[type=text]").first
    field.fill("1.5")
    player.press("Enter", "ArrowRight")
    assert (player.data(0), player.text("#position"), player.sentence[-1]) == ("1.5", "backward 3 / 5", "?")
    field.fill("abc")
    player.press("Enter", "ArrowRight")
    assert player.text("#position") == "backward 3 / 5"
    assert player.tab.evaluate("document.activeElement.value") == "abc"


def test_the_wheel_moves_what_has_the_focus_alone_and_scrolls_elsewhere(opened, browser, tmp_path):
    root = product(*(f"x{i}" for i in range(30)))
    player = opened(root, "#0&panel=inputs")
    sliders = player.tab.locator("#leaves input[type=range]")
    before = [sliders.nth(i).input_value() for i in range(3)]
    player.tab.mouse.move(*player.middle("#leaves input[type=range]"))
    player.tab.mouse.wheel(0, 120)
    player.tab.wait_for_function("() => document.querySelector('#leaves').scrollTop > 0")
    assert [sliders.nth(i).input_value() for i in range(3)] == before
    sliders.nth(2).focus()
    player.tab.mouse.move(*player.middle("#leaves .leaf:nth-child(3) input[type=range]"))
    player.tab.mouse.wheel(0, 120)
    player.tab.wait_for_function(
        "wanted => document.querySelectorAll('#leaves input[type=range]')[2].value !== wanted", arg=before[2]
    )

    page, host = play(product("a", "b"), tmp_path / "frame.html"), tmp_path / "host.html"
    page.save(tmp_path / "frame.html")
    host.write_text(
        '<!DOCTYPE html><body style="height: 3000px"><iframe src="frame.html" width="900" height="500"></iframe>', "utf-8"
    )
    outer = Player(browser, host.as_uri())
    inside = outer.tab.frame_locator("iframe")
    box = inside.locator("g.card.leaf").first.bounding_box()
    outer.tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    outer.tab.mouse.wheel(0, 100)
    outer.tab.wait_for_function("() => scrollY > 0")
    assert inside.locator("g.card.leaf .data").first.text_content() == "2"
    outer.close()


# What is not a number, and errors -------------------------------------------------------------------------------------


REFUSED = {
    "abc": "abc is not a number: type one, such as -1.5 or 2/3",
    "1e400": "1e400 is too large: numbers here end at 1.8e308",
    "1,250": "1,250 may be 1.250 or 1250: type which",
    "": "type a number, such as -1.5 or 2/3",
}


def test_what_is_not_taken_stays_with_the_reason(opened):
    player = opened("colah", "#3")

    def refused(selector):
        place = player.tab.locator(selector).first
        assert place.get_attribute("aria-invalid") == "true"
        return place.input_value(), f"#{place.get_attribute('aria-describedby')}"

    for text, why in REFUSED.items():
        player.tab.click('.card[data-number="0"] .data')
        player.tab.fill("#editor", text)
        player.press("Enter")
        stays, reason = refused("#editor")
        assert (player.data(0), stays, player.text(reason)) == ("2", text, why)
        assert player.tab.is_visible("#editor")
        assert not overlap(*(player.tab.locator(at).bounding_box() for at in (reason, "#editor")))
        player.press("Escape")
        assert not any(player.tab.is_visible(at) for at in ("#editor", reason))
    type_at_card(player, 0, "7x")
    assert refused("#editor")[0] == "7x"
    player.tab.fill("#editor", "7")
    player.press("Enter", "i")
    assert player.data(0) == "7"
    for text, why in REFUSED.items():
        player.tab.locator("#leaves input[type=text]").first.fill(text)
        player.press("Tab")
        stays, reason = refused("#leaves input[type=text]")
        assert (stays, player.text(reason)) == (text, why)
        player.tab.fill("#rate", text)
        player.press("Tab", "s")
        assert player.data(0) == "7"
        stays, reason = refused("#rate")
        assert (stays, player.text(reason)) == (text, why)
    player.tab.locator("#leaves input[type=range]").first.fill("3")
    assert player.tab.locator("#leaves input[type=text]").first.input_value() == "3"
    assert player.tab.locator("#leaves [aria-invalid]").count() == 0


def overlap(one, other):
    return (
        min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"]) > 1
        and min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"]) > 1
    )


def test_an_error_covers_no_card_and_no_label_and_is_said_once(opened):
    x, y, z = Value(0.5, "x"), Value(1.0, "y"), Value(0.25, "z")
    player = opened(log(x) + sqrt(y) + 1 / z, "#2&x=-0.5&panel=inputs&nudge=x")
    assert player.tab.evaluate("document.body.innerText").count("log needs") == 2  # with what is read aloud
    player.press("Escape")
    for width, height in ((1280, 720), (640, 360), (390, 844), (1920, 1080)):
        player.resize(width, height)
        player.tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        *drawn, error = player.tab.evaluate("""() => [...document.querySelectorAll("g.card .hit, g.label text, #broken")]
          .filter((one) => one.checkVisibility())
          .map((one) => { const { x, y, width, height } = one.getBoundingClientRect(); return { x, y, width, height }; })""")
        picture = player.tab.locator("#picture").bounding_box()
        assert picture["y"] + picture["height"] <= error["y"] + 1
        scrolls = player.tab.evaluate("document.querySelector('#picture').classList.contains('scrolled')")
        assert scrolls or not any(overlap(error, part) for part in drawn)
        hidden = player.tab.eval_on_selector("#broken", "broken => broken.scrollHeight - broken.clientHeight")
        assert hidden <= 0, (width, height)


def test_a_gradient_that_has_not_come_is_a_dash_and_named_to_those_who_ask(opened):
    player = opened("colah")
    assert {player.grad(n) for n in range(5)} == {"–"}
    assert player.text('.card[data-number="4"] title') == "no gradient yet: the backward pass has not come here"
    player.press("r")
    assert (player.grad(4), player.grad(0)) == ("1", "–")
    assert player.text('.card[data-number="4"] title') == ""
    player.tab.focus('.card[data-number="0"]')
    label = player.tab.get_attribute('.card[data-number="0"]', "aria-label")
    assert said(label) == "a data 2 grad no gradient yet: the backward pass has not come here"


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_what_is_to_come_is_seen_on_a_pale_projector(theme):
    assert contrast(theme.faded, theme.page) >= 3


# Windows, themes ------------------------------------------------------------------------------------------------------

PHONES = ((320, 640), (360, 640), (480, 800), (480, 270), (600, 400), (667, 375))
SIZES = (*PHONES, (640, 360), (720, 480), (760, 500), (1024, 768), (1280, 720), (1920, 1080), (3840, 2160))
PARTS = """() => [...document.querySelectorAll("#controls :is(button, input, output, summary, select)")]
  .filter((one) => one.checkVisibility() && !one.closest(".menu"))
  .map((one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return { x, y, width, height, is: one.id || one.textContent };
  })"""


def test_controls_never_overlap_and_can_be_touched(opened):
    """Also with controls that a page of several roots or of data has besides."""
    player = opened("colah", "#103")
    player.tab.evaluate("""() => {
      const select = document.createElement("select"), data = document.createElement("button");
      select.append(new Option("y1 = h8(z5, z7)"));
      data.textContent = "Data";
      data.className = "view";
      document.querySelector("#views").append(data);
      document.querySelector("#course").before(select);
    }""")
    for (width, height), large in itertools.product(SIZES, (False, True)):
        player.resize(width, height)
        if player.tab.evaluate("document.body.classList.contains('large')") != large:
            player.press("l")
        parts = player.tab.evaluate(PARTS)
        for one, other in itertools.combinations(parts, 2):
            assert not overlap(one, other), (width, height, one["is"], other["is"])
        for part in parts:
            assert part["x"] >= 0, (width, part)
            assert part["x"] + part["width"] <= width + 0.5, (width, part)
            assert part["y"] + part["height"] <= height, (width, height, part)
            assert min(part["width"], part["height"]) >= 24 or part["is"] == "position", (width, part)
        stage = player.tab.locator("#stage").bounding_box()
        assert stage["height"] >= (0.55 if height > 300 else 0.45) * height, (width, height)
    player.resize(320, 480)
    player.tab.click("#more summary")
    menu = player.tab.locator(".menu").bounding_box()
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= 320
    assert menu["y"] >= 0


def test_what_mends_a_mistake_is_read_from_right_to_left_in_hebrew(opened):
    with speaking("he"):
        player = opened(example("colah"), "#panel=mistakes")
    player.tab.locator("[name=mistake][value='leaves first']").check()
    *_, mended = player.texts("#mistakes .what p")
    assert mended == (
        "סדר טופולוגי מתקן זאת: תורו של צומת בא כשעבר תורם של כל הצמתים שמשתמשים בו \u2066(e, d, c)\u2069, "
        "וכל אחד מעביר הלאה פעם אחת"
    )


def test_the_theme_follows_the_system_until_one_is_chosen(opened):
    player = opened("colah", "#3", context={"color_scheme": "dark"})
    page = "getComputedStyle(document.body).backgroundColor"
    light, dark = "rgb(255, 255, 255)", "rgb(20, 23, 28)"
    assert player.tab.evaluate(page) == dark
    player.tab.emulate_media(color_scheme="light")
    assert player.tab.evaluate(page) == light
    player.press("d")
    assert player.tab.evaluate(page) == dark
    hash_is(player, "#3&theme=dark")
    player.tab.emulate_media(color_scheme="dark")
    player.press("d")
    assert player.tab.evaluate(page) == light
    player.tab.evaluate("location.hash = '#3'")
    player.tab.wait_for_function("() => document.querySelector('#theme').value === 'auto'")
    assert player.tab.evaluate(page) == dark
    asked = opened("colah", "#3", context={"color_scheme": "dark"}, theme="light")
    assert asked.tab.evaluate(page) == light


# Notes ----------------------------------------------------------------------------------------------------------------


def test_a_note_is_shown_with_its_step(opened):
    notes = {3: "ask: why += ?\n<b>twice</b>", "f2?": "שאלה: מה זה?", "#5?": "x", 0: "seed"}
    player = opened("colah", "#3", notes=notes)
    assert player.text("#note") == "ask: why += ?\n<b>twice</b>"
    shape = (
        "(() => { const { y, height } = document.querySelector('#picture').getBoundingClientRect(); return [y, height]; })()"
    )
    stands = player.tab.evaluate(shape)
    player.press("ArrowLeft")
    assert player.text("#note") == "ask: why += ?\n<b>twice</b>"  # at the question already
    player.press("ArrowLeft")
    assert player.text("#note") == ""
    assert player.tab.evaluate(shape) == stands
    player.tab.evaluate("location.hash = '#f2?'")
    player.tab.wait_for_function("() => document.querySelector('#note').textContent === 'שאלה: מה זה?'")
    assert player.tab.eval_on_selector("#note", "one => getComputedStyle(one).direction") == "rtl"
    player.press("ArrowRight")
    assert player.text("#note") == ""
    player.press("q", "r")
    hash_is(player, "#0&hide=notes")
    assert not player.tab.is_visible("#note")
    player.press("q")
    assert player.text("#note") == "seed"
    player.tab.emulate_media(media="print")
    assert player.tab.is_visible("#note")
    assert not opened("colah", "#3").tab.is_visible("#note")


def test_notes_stand_at_moments():
    assert moments(None, 3, 5) == []
    assert moments({3: "a", "3?": "b", "#f0": " c\u202e ", "F2 ": "d\ne"}, 3, 5) == [
        [False, 3, False, "a"], [False, 3, True, "b"], [True, 0, False, " c\\u202e "], [True, 2, False, "d\ne"],
    ]  # fmt: skip


@pytest.mark.parametrize("key", [6, -1, "f4", "0?", "g1", "", True, 1.5, None, "٣"])
def test_a_note_to_a_step_that_there_is_not_is_refused_with_those_that_there_are(key):
    there = 'there are 0 to 5 for the backward pass, "f0" to "f3" for the forward pass, and "5?" for the question alone.'
    with pytest.raises(ValueError, match="there is no step") as refused:
        moments({key: "ask"}, 3, 5)
    assert str(refused.value) == f"there is no step {key!r} for the note 'ask': {there}"


@pytest.mark.parametrize("notes", [["ask"], {3: 4}, {3: None}, "ask"])
def test_notes_that_are_not_texts_by_step_are_refused(notes):
    with pytest.raises(TypeError, match="note"):
        play(product("a", "b"), notes=notes)


def test_from_unit_to_unit_notes_are_counted_as_the_page_counts(opened, network):
    player = opened(network)
    noted = []
    for _ in range(20):
        noted.append((player.text("#position"), player.text("#note")))
        player.press("ArrowRight")
    assert [one for one in noted[1:] if one[1]] == [
        ("forward 2 / 3", "predict it"), *2 * [("forward 3 / 3", "the output")],
        *2 * [("backward 2 / 6", "ask: why?")], *2 * [("backward 3 / 6", "inside")], *2 * [("backward 4 / 6", "the end")],
    ]  # fmt: skip


def test_in_a_unit_a_note_stands_at_its_own_edge_alone(opened, network):
    player = opened(network)
    stop = "backward 2 / 6"
    while player.text("#position") != stop or player.text("#note") == "":
        player.press("ArrowRight")
    size = "document.querySelector('#picture').clientHeight"
    high = player.tab.evaluate(size)
    player.tab.locator('g.wide g.unit[data-unit="0"]').click()
    assert player.text("#note") == "ask: why?"  # whole units are spoken of, this one is looked at
    assert player.text("#position") == stop
    seen = []
    for _ in range(60):
        player.press("ArrowRight")
        if not player.tab.locator(".look.unit-opened").count():
            break
        seen.append((re.search(r"backward (\d+)", player.text("#position"))[1], player.text("#note")))
        assert player.tab.evaluate(size) == high
        if len(seen) == 3:
            player.tab.wait_for_function("() => location.hash.includes('inside')")
            player.tab.reload()
            assert player.tab.evaluate(size) == high
    assert len(seen) > 6
    assert {step for step, note in seen if note == "inside"} <= {"6"}
    assert not any(note == "ask: why?" for _, note in seen)


def test_an_address_between_two_units_leads_into_the_unit(opened, network):
    for step, wanted in (("#6", "backward 6 / "), ("#f1?", "forward 1 / 5")):
        player = opened(network, step)
        assert player.text("#position").startswith(wanted)
        assert player.tab.locator(".look.unit-opened").count() == 1
        player.press("ArrowRight")
        player.tab.wait_for_function("() => location.hash.includes('unit=')")
        at = player.text("#position")
        player.tab.reload()
        assert player.text("#position") == at
        assert player.console == []


def test_keys_of_notes_on_a_network():
    stops = ([2, 3], [1, 3, 5])
    assert moments({2: "a", "f1": "b", "#2?": "c", 0: "d"}, 3, 5, stops) == [
        [False, 3, False, "a"], [True, 2, False, "b"], [False, 2, True, "c"], [False, 0, False, "d"],
    ]  # fmt: skip
    with pytest.raises(ValueError, match="there is no step 4 for the note 'ask'") as refused:
        moments({4: "ask"}, 3, 5, stops)
    assert str(refused.value).endswith(
        'there are 0 to 3 for the backward pass, "f0" to "f2" for the forward pass, and "3?" for the question alone; '
        'of the steps from edge to edge, as addresses count, from "#0" to "#5", and from "#f0" to "#f3".'
    )


def test_a_note_without_a_word_is_refused():
    with pytest.raises(ValueError, match="the note to step 1 is empty"):
        moments({1: " "}, 3, 5)


# What is seen ------------------------------------------------------------------------------------------------------------


def test_of_a_network_the_inputs_of_the_model_come_first(opened, network, data):
    names = opened(network, "#0&panel=inputs").texts("#leaves label bdi")
    assert names[:2] == ["x₁", "x₂"]
    assert len(names) == 2 + 9
    assert opened(data, "#0&panel=inputs").texts("#leaves label bdi")[:2] == ["x₁", "x₂"]


def test_the_slider_has_the_colour_of_its_pass(opened):
    player = opened("colah", "#f1&theme=light")
    colour = "one => getComputedStyle(one).accentColor"
    shown = [player.tab.eval_on_selector("#scrubber", colour)]
    player.press("r")
    shown.append(player.tab.eval_on_selector("#scrubber", colour))
    hexes = ["#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)) for colour in shown]
    assert hexes == [THEMES["light"].data.lower(), THEMES["light"].lit.lower()]


def test_the_edge_in_play_is_never_dashed_and_what_it_carries_is_a_dot(opened):
    player = opened("colah", "#1?", context={"reduced_motion": "no-preference"})
    player.press("ArrowRight")
    dashes = "all => all.map(one => getComputedStyle(one).strokeDasharray)"
    assert set(player.tab.locator(".wire.lit path").evaluate_all(dashes)) == {"none"}
    assert player.tab.locator("#picture .mover").count() == 1
    player.tab.wait_for_function("() => !document.querySelector('#picture .mover')")
    still = opened("colah", "#1?")
    still.press("ArrowRight")
    assert still.tab.locator("#picture .mover").count() == 0


def test_controls_and_panels_are_as_large_as_the_words_of_the_mockup(opened, network):
    player = opened(network, "#3&panel=inputs")
    sizes = player.tab.locator("#position, .view, #leaves label, #leaves input[type=text]").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 0.0278 * 720
    rows = player.tab.locator("#leaves .leaf").evaluate_all("all => all.map(one => one.scrollWidth - one.clientWidth)")
    assert max(rows) <= 0
    assert player.tab.eval_on_selector("#panel", "one => one.scrollWidth - one.clientWidth") <= 0
    heights = player.tab.locator("#controls > *").evaluate_all(
        "all => all.filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().top)"
    )
    assert max(heights) - min(heights) < 20, "one row"


# Words ----------------------------------------------------------------------------------------------------------------

TOKENS = re.compile(
    r"""//[^\n]*|/(?![/*\s])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n])+/[dgimsuy]*|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`"""
)
KEYS = {"Enter", "Escape", "Home", "End", "Backspace", "Arrow", "Shift", "Control", "Alt", "Meta"}


def words_in(script):
    """The strings of a script that may be words for people: those of several words, or of one with a capital."""
    for found in TOKENS.finditer(script):
        text = next((text for text in found.groups() if text is not None), "")
        before = script[: found.start()].rstrip()
        text = re.sub(r"\$\{[^}]*\}", "", text)
        if re.search(r"(phrase|querySelector(All)?|closest|matches|data|new Error|viewOf|evaluate)\(?\??\.?\($", before):
            continue  # a phrase's name, a selector, or what only those who write scripts read
        if re.search(r"class:( [\w ?!.&|]+[?:])?$|data-[\w-]+=", before) or re.search(r"[#.>\[\]:=@]", text):
            continue  # classes, selectors
        if re.search(r"[^\W\d_]{2,} +[^\W\d_]{2,}", text) or (re.fullmatch(r"[A-Z][a-z]+", text) and text not in KEYS):
            yield text


def test_a_word_in_a_script_is_found():
    script = """put(said, "no value here"); // "a comment"
      const title = `Step ${at} of them`, label = "Data", key = "Enter", kind = phrase("grad right");
      group.querySelector("g card text"); text.replace(/"it's a b/g, ""); make("p", { class: "cell whole" });"""
    assert list(words_in(script)) == ["no value here", "Step  of them", "Data"]


def test_no_script_of_the_page_holds_a_word_for_people():
    player = files("chalkgrad.viz.page").joinpath("player")
    # Of phrases, of what the page is told, of classes, of fonts.
    names = {"grad mistaken", "grad right", "local question", "local asked", "right product", "few digits", "cut off",
             "jump here", "kink here", "cell whole", "bold px ", "Liberation Sans"}  # fmt: skip
    found = {
        name: [text for text in words_in(player.joinpath(name).read_text("utf-8")) if text not in names] for name in SCRIPTS
    }
    assert {name: texts for name, texts in found.items() if texts} == {}


def test_no_script_of_the_page_puts_names_in_a_row_but_the_one_that_asks_for_what_is_between():
    player = files("chalkgrad.viz.page").joinpath("player")
    found = {name: re.findall(r"""join\("[,;] "\)|", …"|[`"]≈""", player.joinpath(name).read_text("utf-8")) for name in SCRIPTS}
    assert {name: rows for name, rows in found.items() if rows} == {}


def test_no_word_stands_in_the_pages_markup():
    markup = files("chalkgrad.viz.page").joinpath("player", "page.html").read_text("utf-8")
    body = re.sub(r"\{\{[^}]*\}\}|<kbd>[^<]{1,2}</kbd>", "", markup.partition("<body>")[2])
    shown = re.findall(r">([^<>]+)<", body) + re.findall(r'(?:title|aria-label|placeholder|alt)="([^"]*)"', body)
    assert [text for text in shown if re.search(r"[^\W\d_]", text)] == ["-Z", "-Y"]


def test_a_page_can_be_in_hebrew_with_its_graph_and_formulas_from_left_to_right(opened):
    with speaking("he"):
        player = opened(example("colah"), "#3&panel=inputs")
    styles = "(selector) => getComputedStyle(document.querySelector(selector)).direction"
    assert [player.tab.evaluate(styles, at) for at in ("body", "#panel", "#picture", "#transport", "#rate")] == ["rtl"] * 2 + [
        "ltr"
    ] * 3
    assert player.texts("#views button:not([hidden])") == ["כניסות", "טבלה", "ניחוש", "טעויות"]
    assert player.text("#position").translate({0x2066: None, 0x2069: None}) == "אחורה 3 / 5"
    panel, picture = (player.tab.locator(at).bounding_box() for at in ("#panel", "#picture"))
    assert panel["x"] < picture["x"]
    first, last = (player.tab.locator(at).bounding_box() for at in ("#first", "#last"))
    assert first["x"] < last["x"]
    player.press("Escape")
    update = player.tab.locator("#caption .update bdi").first
    assert update.evaluate("one => getComputedStyle(one).direction") == "ltr"
    assert player.tab.locator("#caption .status bdi").evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert said(player.text("#caption .status")) == "1 מתוך 2, עוד יגיע: דרך c"
    player.press("ArrowRight")
    assert player.texts("#caption .reason bdi")[1] == "מה מתווסף אל \u2066a.grad\u2069?"
    cells = player.tab.locator("#caption .reason bdi")
    assert [cells.nth(i).evaluate("one => getComputedStyle(one).direction") for i in range(2)] == ["ltr", "rtl"]
    parts = player.tab.evaluate(PARTS)
    assert not any(overlap(one, other) for one, other in itertools.combinations(parts, 2))
    assert player.console == []
