"""A page in two languages says in each what the page in that language alone says, and goes on where it is."""

import gzip
import re

import pytest
from browsing import Player, example, findings
from chalkgrad.engine import Value, maximum
from chalkgrad.engine.words.language import section, speaking
from chalkgrad.nn import MLP
from chalkgrad.nn.data import moons
from chalkgrad.viz import play
from chalkgrad.viz.page.languages import chosen, differences

# All texts of the page, in order: those of elements, their titles, what is read aloud; in states that show all its parts.
EVERYTHING = """async () => {
  const press = (key) => window.dispatchEvent(new KeyboardEvent("keydown", { key }));
  const own = "#language, [data-keys=x], template, script, style";
  const texts = () => {
    const found = [];
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE && node.data.trim()) found.push(node.data);
      if (node.nodeType !== Node.ELEMENT_NODE || node.matches(own)) return;
      for (const name of ["title", "aria-label", "aria-valuetext", "dir", "value"]) {
        if (node.getAttribute(name)) found.push(`${name}: ${node.getAttribute(name)}`);
      }
      node.childNodes.forEach(walk);
    };
    walk(document.body);
    return [document.documentElement.lang, document.documentElement.dir, document.title, ...found];
  };
  const found = {}, last = () => document.querySelector("#forward").ariaDisabled === "true";
  const keep = (state) => { found[state] = texts(); };
  const unseen = (act) => { // texts alone are read, which nobody needs to lay out each time
    document.body.style.display = "none";
    act();
    document.body.style.display = "";
  };
  const beats = () => { // the whole text of some beats, the sentence of all
    const said = [];
    press("Home");
    for (let beat = 0; beat < 500; beat++) {
      said.push(document.querySelector("#said").textContent, document.querySelector("#caption").textContent);
      if (last()) break;
      press("ArrowRight");
    }
    return said;
  };
  if (document.body.dataset.scene === "data") {
    keep("data");
    press("ArrowRight");
    keep("a step");
    press("S");
    keep("more steps");
    press("g");
  }
  unseen(() => { found.beats = beats(); });
  for (const panel of "itm") {
    press(panel);
    keep(`panel ${panel}`);
  }
  press("i");
  for (const button of [...document.querySelectorAll("#leaves button")].slice(0, 1)) button.click();
  keep("nudge");
  press("s");
  press("S");
  keep("descended");
  press("m");
  for (const choice of document.querySelectorAll("[name=mistake]")) {
    choice.click();
    press("End");
    keep(`mistake ${choice.value}`);
  }
  document.querySelector("[name=mistake]").click();
  press("Escape");
  press("Home");
  press("p");
  found.asked = [];
  unseen(() => {
    for (let i = 0; i < 40 && !last(); i++) {
      press("ArrowRight");
      const field = document.querySelector("#answer");
      if (!field) continue;
      field.value = i % 3 ? "99" : "";
      document.querySelector(i % 3 ? "#check" : "#show").click();
      found.asked.push(document.querySelector("#words").textContent, field.ariaLabel);
    }
  });
  press("Escape");
  press("c");
  keep("curve");
  press("Escape");
  press("k");
  press("k");
  keep("look");
  press("?");
  keep("help");
  return found;
}"""


def with_conditions():
    """A graph whose local derivatives hold under conditions, of which its labels tell."""
    x, y = Value(0.5, "x"), Value(-2.0, "y")
    root = maximum(x * y, x) + (x - y).relu()
    root.label = "L"
    return root


def two_roots():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    first, second = a * b, a + b
    first.label, second.label = "y1", "y2"
    return [first, second]


PAGES = {
    "colah": lambda path, **o: play(example("colah"), path, **o),
    "conditions": lambda path, **o: play(with_conditions(), path, **o),
    "roots": lambda path, **o: play(two_roots(), path, **o),
    "network": lambda path, **o: play(MLP(2, [2, 1], "tanh", seed=0), path, x=[1.0, -1.0], notes={2: "ask"}, **o),
    "data": lambda path, **o: play(MLP(2, [2, 1], "tanh", seed=0), path, data=moons(20), **o),
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Writes a page in these languages, once, and returns its file."""
    folder, made = tmp_path_factory.mktemp("languages"), {}

    def page(name, *languages):
        path = folder / f"{name} {' '.join(languages)}.html"
        if path not in made:
            made[path] = PAGES[name](path, languages=languages)
        return path

    return page


IN = [*((name, "he", ("en", "he")) for name in PAGES), ("colah", "en", ("en", "he")), ("conditions", "en", ("he", "en"))]


@pytest.mark.parametrize(("name", "code", "languages"), IN)
def test_every_text_is_that_of_the_page_in_one_language(browser, pages, name, code, languages):
    told = []
    for path in (pages(name, code), pages(name, *languages)):
        player = Player(browser, f"{path.as_uri()}#language={code}")
        told.append(player.tab.evaluate(EVERYTHING))
        assert (player.console, player.requests[1:]) == ([], [])
        player.close()
    alone, both = told
    for state in alone:
        assert (state, both[state]) == (state, alone[state])
    assert alone["help"][0] == code


def test_the_languages_differ_in_words_alone(pages):
    told = {code: pages("colah", code).read_text("utf-8") for code in ("en", "he")}
    both = pages("colah", "en", "he").read_text("utf-8")
    for once in ("function evaluate(v)", '<svg class="drawing"', '"numbers":', ":root[data-theme="):
        assert both.count(once) == told["en"].count(once) > 0
    one, two = (len(gzip.compress(text.encode())) for text in (told["en"], both))
    assert one < two < 80_000
    assert two < 1.25 * one


WHERE = """() => {
  const box = ({ x, y, width, height }) => [x, y, width, height].map(Math.round);
  return [...document.querySelectorAll("#picture > .look svg, #picture .card")].map((one) => box(one.getBoundingClientRect()));
}"""


def speaks(player, code):
    player.tab.wait_for_function("code => document.documentElement.lang === code", arg=code)
    player.tab.wait_for_function("() => document.querySelector('#still').hidden")


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)])
def test_the_switch_changes_words_and_nothing_else(browser, pages, size):
    player = Player(browser, pages("colah", "en", "he").as_uri() + "#3&a=2.5", size)
    before, cards = player.tab.evaluate(WHERE), player.texts(".card .data")
    button = player.tab.locator("#language")
    assert (button.text_content(), button.get_attribute("lang")) == ("עברית", "he")
    player.press("x")
    speaks(player, "he")
    assert player.tab.evaluate("document.documentElement.dir") == "rtl"
    assert (player.tab.evaluate(WHERE), player.texts(".card .data")) == (before, cards)
    player.tab.wait_for_function("() => location.hash === '#3&a=2.5&language=he'")
    assert player.text("#position").translate({0x2066: None, 0x2069: None}) == "אחורה 3 / 5"
    assert (button.text_content(), button.get_attribute("lang")) == ("English", "en")
    player.tab.reload()
    speaks(player, "he")
    button.click()
    speaks(player, "en")
    assert player.tab.evaluate("document.documentElement.dir") in ("", "ltr")
    assert (player.tab.evaluate(WHERE), player.texts(".card .data")) == (before, cards)
    player.tab.wait_for_function("() => location.hash === '#3&a=2.5'")
    player.tab.evaluate("location.hash = '#3&language=he'")
    speaks(player, "he")
    player.tab.evaluate("location.hash = '#3&language=xx'")
    speaks(player, "en")
    assert (player.console, player.requests[2:]) == ([], [])  # the page, and again
    player.close()


SET_LEAF = """(place, text) => {
  const field = document.querySelectorAll("#leaves input[type=text]")[place];
  field.value = text;
  field.dispatchEvent(new Event("change"));
}"""


def test_what_the_address_does_not_keep_goes_on_too(browser, pages):
    player = Player(browser, pages("colah", "en", "he").as_uri() + "#2?&panel=inputs&predict")
    player.tab.evaluate(f"({SET_LEAF})(0, '7')")
    player.tab.fill("#answer", "99")
    player.tab.click("#check")
    judged = player.text("#caption .status")
    score = player.tab.evaluate("location.hash")
    player.tab.click("#language")
    speaks(player, "he")
    assert player.tab.input_value("#answer") == "99"
    assert re.search("[a-z]{4}", judged)
    assert re.search("[א-ת]{3}", player.text("#caption .status"))
    player.tab.fill("#answer", "1.2")
    player.tab.click("#language")
    speaks(player, "en")
    assert player.tab.input_value("#answer") == "1.2"
    player.tab.locator("#inputs h2").first.click()
    player.press("Control+z")
    assert player.data(0) == "2"
    assert score.split("&")[0] == player.tab.evaluate("location.hash").split("&")[0]
    assert player.console == []
    player.close()


def test_training_goes_on_in_the_other_language(browser, pages):
    player = Player(browser, pages("data", "en", "he").as_uri())
    player.press("ArrowRight", "ArrowRight", "ArrowRight")
    loss = player.text("#data-loss")
    player.press("x")
    speaks(player, "he")
    assert (player.text("#epoch"), player.text("#data-loss")) == ("3", loss)
    player.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    assert player.text("#epoch") == "0"
    assert player.console == []
    player.close()


def test_another_root_is_played_in_the_same_language(browser, pages):
    player = Player(browser, pages("roots", "en", "he").as_uri() + "#language=he")
    player.tab.select_option("#root", "1")
    player.tab.wait_for_function("() => document.querySelector('#root')?.value === '1'")
    speaks(player, "he")
    player.press("x")
    speaks(player, "en")
    assert player.tab.input_value("#root") == "1"
    assert player.console == []
    player.close()


@pytest.mark.parametrize("name", ["colah", "network", "data"])
def test_axe_finds_nothing_in_either_language(browser, pages, name):
    player = Player(browser, pages(name, "en", "he").as_uri() + "#3&panel=inputs")
    for code in ("en", "he"):
        speaks(player, code)
        assert (code, findings(player.tab)) == (code, [])
        player.press("x")
    player.close()


def test_a_page_in_one_language_has_no_switch(opened):
    player = opened("colah")
    assert player.tab.locator("#language").is_hidden()
    player.press("x")
    assert player.tab.evaluate("document.documentElement.lang") == "en"
    player.press("?")
    assert player.tab.locator("[data-keys=x]").is_hidden()
    assert player.console == []


def test_a_language_without_a_file_is_refused():
    with pytest.raises(ValueError, match="there is no language 'xx': choose one of 'en', 'he'"):
        play(example("colah"), languages=("en", "xx"))
    with speaking("he"):
        assert chosen(()) == ("he",)
        assert re.search('<html lang="en" ', play(example("colah"), languages="en").html)
        assert section("language")["code"] == "he"


def test_differences_lead_from_one_to_the_other():
    one = {"a": [1, ["x", 2], {"k": "v"}], "b": (1, 2), "c": 0, "d": "same"}
    other = {"a": [1, ["y", 2], {"k": "w"}], "b": (1, 2, 3), "c": False, "d": "same"}
    assert differences(one, other) == [[["a", 1, 0], "y"], [["a", 2, "k"], "w"], [["b"], (1, 2, 3)], [["c"], False]]
    assert differences(one, one) == []


HIGH = "() => [...document.querySelectorAll('#caption, #picture')].map((one) => one.offsetHeight)"


@pytest.mark.parametrize(
    ("name", "size", "address"),
    [
        ("colah", (390, 844), "#0&predict"),
        ("network", (390, 844), "#0&predict"),
        ("conditions", (1024, 768), "#0"),
        ("roots", (1024, 768), "#0"),
    ],
)
def test_to_and_fro_between_languages_the_picture_stays_where_it_is(browser, pages, name, size, address):
    player = Player(browser, pages(name, "en", "he").as_uri() + address, size)
    speaks(player, "en")
    before, high = player.tab.evaluate(WHERE), player.tab.evaluate(HIGH)
    for code in ("he", "en", "he"):
        player.tab.evaluate("document.querySelector('#language').click()")
        speaks(player, code)
        moved = [
            abs(x - y)
            for one, other in zip(player.tab.evaluate(WHERE), before, strict=True)
            for x, y in zip(one, other, strict=True)
        ]
        taller = [abs(x - y) for x, y in zip(player.tab.evaluate(HIGH), high, strict=True)]
        assert max(moved + taller) <= 1, (code, moved, taller)  # pixels that are rounded
    assert player.console == []
    player.close()


def test_the_help_in_hebrew_says_that_the_arrows_go_from_left_to_right_as_the_graph_does(browser, pages):
    player = Player(browser, pages("colah", "he").as_uri())
    before = player.text("#position")
    player.press("ArrowRight")
    assert player.text("#position") != before
    player.press("ArrowLeft")
    assert player.text("#position") == before
    said = player.tab.evaluate("[...document.querySelectorAll('dd')].map((one) => one.textContent).join()")
    assert "משמאל לימין כמו הזמן בגרף" in said
    player.close()
