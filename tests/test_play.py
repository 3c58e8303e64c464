"""The page that plays the reverse sweep: in Python what is written, in a browser what is seen when keys are pressed."""

import json
import os
import re
import shutil
import stat
from html.parser import HTMLParser

import pytest
from chalkgrad import examples
from chalkgrad.engine import StaleGraphError, Value, sentences, tape
from chalkgrad.viz import draw, play
from chalkgrad.viz.play import page, script
from hypothesis import given, settings
from hypothesis import strategies as st

CHROMIUM = shutil.which("chromium")
EXAMPLES = ("colah", "karpathy_L", "karpathy_tanh_neuron")
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>\u2028\u2029\x00",
    "{{script}} \\u003c &lt; \"' $& ",
    "\u202eabc",
    "\ud800",
    "שגיאה כוללת",
    "line\nbreak",
    "a    b",
    "{root} {} 0 → 3   ",
)


def example(name):
    return examples.build(examples.load(name)).root


def hostile_graph(names=HOSTILE):
    """A graph in which every one of `names` labels a leaf and a computed value, and each leaf is used twice."""
    total = Value(1.0, "start")
    for number, name in enumerate(names):
        leaf = Value(number + 0.5, name)
        product = leaf * leaf
        product.label = f"{name}²"
        total = total + product
    return total


def said(text):
    """A text without what only lays it out: marks of direction, and how wide its gaps are."""
    return " ".join(text.replace("\u200e", "").split())


def joined(lines):
    return " ".join(piece for cells in lines for pieces in cells for piece, _ in [*pieces, (" ", "")])


class Tags(HTMLParser):
    """The tags of a page and the content of its scripts and styles."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.contents = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.tags[-1:] and self.tags[-1][0] in ("script", "style", "title"):
            self.contents.append((self.tags[-1][0], data))


# What is written ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_the_page_says_is_the_engines_sentence_word_for_word(name):
    root = example(name)
    told, steps = script(root), root.steps()
    assert len(told["steps"]) == len(steps)
    for moment, step in zip(told["steps"], steps, strict=True):
        assert moment["said"] == sentences.sentence(step)
        position = f"{step.index}/{len(steps) - 1} " if step.index else ""
        assert position + said(joined(moment["pieces"])) == said(str(step))
        if step.index:
            assert moment["asked"] == sentences.question(step)
            assert position + said(joined(moment["question"])) == said(sentences.question(step))


def test_a_grad_reads_3_and_more_and_then_3_and_2_make_5():
    root = example("colah")
    numbers = {label: number for number, label in enumerate(node.label for node in tape(root))}
    assert script(root)["grads"][numbers["b"]] == [(3, "3 + …"), (5, "3 + 2 = 5")]


def test_a_sum_too_wide_for_its_card_is_brief():
    x = Value(0.123456, "x")
    y = x * x
    for _ in range(4):
        y = y + x * 0.7654321
    texts = [text for _, text in script(y)["grads"][0]]
    assert texts[0] == "0.7654 + …"
    assert texts[-1].replace(".", "").isdigit()
    assert all("…" in text for text in texts[:-1])


def test_playing_changes_no_grad(tmp_path):
    root = example("colah")
    nodes = list(tape(root))
    nodes[0].grad = 7.0
    before = [(node.grad, node.has_grad) for node in nodes]
    play(root, tmp_path / "L.html")
    assert [(node.grad, node.has_grad) for node in nodes] == before


def test_the_same_graph_gives_the_same_bytes_whatever_its_grads():
    first, second = example("karpathy_L"), example("karpathy_L")
    second.backward()
    assert page(first) == page(second)


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_the_page_asks_for_nothing_and_allows_no_script_but_its_own(theme):
    text = page(example("colah"), theme=theme)
    tags = Tags(text).tags
    [policy] = [attributes["content"] for tag, attributes in tags if attributes.get("http-equiv")]
    assert policy.startswith("default-src 'none'")
    assert policy.count("'sha256-") == 2
    assert "unsafe" not in policy
    for _, attributes in tags:
        assert "src" not in attributes
        assert "style" not in attributes
        assert attributes.get("href") in (None, "data:,")
        assert not any(name.startswith("on") for name in attributes)
    assert "{{" not in text
    text.encode()


@settings(max_examples=8, deadline=None)
@given(st.lists(st.text(st.characters(codec=None, exclude_categories=()), max_size=20), min_size=1, max_size=3))
def test_no_label_changes_what_the_page_is_made_of(names):
    plain, text = Tags(page(hostile_graph(["x"] * len(names)))), page(hostile_graph(names))
    hostile = Tags(text)
    kept = ("script", "style", "meta", "button", "main", "nav", "svg", "g")
    assert [tag for tag, _ in hostile.tags if tag in kept] == [tag for tag, _ in plain.tags if tag in kept]
    [data] = re.findall(r'<script type="application/json" id="script">(.*?)</script>', text)
    assert data.isascii()
    assert json.loads(data)["steps"] == json.loads(json.dumps(script(hostile_graph(names))))["steps"]


def test_a_graph_too_large_is_refused_in_draws_own_words(tmp_path):
    x = Value(1.0, "x")
    for _ in range(400):
        x = x + 1
    with pytest.raises(ValueError, match="can hardly be read") as drawn:
        draw(x)
    with pytest.raises(ValueError, match="can hardly be read") as played:
        play(x, tmp_path / "x.html")
    assert str(played.value) == str(drawn.value)
    assert not (tmp_path / "x.html").exists()


@pytest.mark.parametrize("name", ["L.svg", "L", "L.html.txt"])
def test_a_page_is_saved_as_html(tmp_path, name):
    with pytest.raises(ValueError, match=re.escape(f'a page is saved as .html, and "{name}" does not end in it.')):
        play(Value(1.0, "x"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_value_or_out_of_date_is_refused(tmp_path):
    with pytest.raises(TypeError):
        play(3.0, tmp_path / "x.html")
    a = Value(1.0, "a")
    b = a * 2
    a.data = 3.0
    with pytest.raises(StaleGraphError):
        play(b, tmp_path / "x.html")
    with pytest.raises(ValueError, match="no theme"):
        play(a, tmp_path / "x.html", theme="pink")


def test_the_page_has_a_title_and_is_a_file_like_others(tmp_path):
    os.umask(mask := os.umask(0))
    play(Value(1.0, "x"), str(tmp_path / "x.HTML"), title="Backprop & <you>")
    play(example("colah"), tmp_path / "e.htm")
    assert "<title>Backprop &amp; &lt;you&gt;</title>" in (tmp_path / "x.HTML").read_text("utf-8")
    assert "<title>e = c·d</title>" in (tmp_path / "e.htm").read_text("utf-8")
    assert stat.S_IMODE((tmp_path / "e.htm").stat().st_mode) == 0o666 & ~mask


def test_drawings_themselves_stay_free_of_classes():
    assert not re.search(r"class=|data-|id=", draw(example("colah")).svg)


# What is seen ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("there is no chromium here (Debian: apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser: pip install playwright")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


class Player:
    """A page that is open in the browser, what it asked the network for and what it wrote to the console."""

    def __init__(self, browser, url, **context):
        self.context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 720}, **context)
        self.tab = self.context.new_page()
        self.requests, self.console = [], []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("console", lambda message: self.console.append(message.text))
        self.tab.on("pageerror", lambda error: self.console.append(str(error)))
        self.tab.on("dialog", lambda dialog: self.console.append(dialog.message))
        self.tab.goto(url)

    def press(self, *keys):
        for key in keys:
            self.tab.keyboard.press(key)

    def text(self, selector):
        return self.tab.text_content(selector)

    @property
    def position(self):
        """Where the page is: ("3 / 5", whether it asks)."""
        return self.text("#position"), self.text("#said").endswith("?")

    @property
    def sentence(self):
        return self.text("#said")

    @property
    def caption(self):
        return said(" ".join(self.tab.locator("#caption p").all_text_contents()))

    def grad(self, number):
        return self.text(f'.card[data-number="{number}"] .grad')

    def classes(self, kind):
        """What each wire, card or label is at this moment, by its number."""
        found = self.tab.locator(f"g.{kind}").evaluate_all("gs => gs.map(g => [Number(g.dataset.number), [...g.classList]])")
        return {number: set(classes) - {kind} for number, classes in found}


@pytest.fixture
def opened(browser, tmp_path):
    players = []

    def open_(root, fragment="", context=None, **options):
        play(root, tmp_path / "L.html", **options)
        players.append(Player(browser, (tmp_path / "L.html").as_uri() + fragment, **context or {}))
        return players[-1]

    yield open_
    for player in players:
        player.context.close()


@pytest.mark.parametrize("name", EXAMPLES)
def test_keys_go_through_every_question_and_sentence_and_back(opened, name):
    root = example(name)
    steps = root.steps()
    player = opened(root)
    seen = [player.sentence]
    for _ in range(2 * (len(steps) - 1)):
        player.press("ArrowRight")
        seen.append(player.sentence)
        if not seen[-1].endswith("?"):
            step = steps[(len(seen) - 1) // 2]
            assert f"{player.text('#position')}".replace(" ", "") + " " + player.caption == said(str(step))
    questions = [sentences.question(step) for step in steps[1:]]
    assert seen[0::2] == [str(step) for step in steps]
    assert seen[1::2] == questions
    back = [player.sentence]
    for _ in seen[1:]:
        player.press("ArrowLeft")
        back.append(player.sentence)
    assert back == seen[::-1]


def test_each_step_asks_and_then_answers(opened):
    player = opened(example("colah"), "#2")
    assert player.position == ("2 / 5", False)
    player.press("ArrowRight")
    assert player.position == ("3 / 5", True)
    assert player.caption == "d = b + 1 What is added to b.grad? b.grad += ∂e/∂d · ∂d/∂b = ?"
    asked = [number for number, classes in player.classes("label").items() if "asked" in classes]
    assert [player.text(f'.label[data-number="{n}"] .contribution') for n in asked] == ["?"]
    player.press("ArrowRight")
    assert player.position == ("3 / 5", False)
    assert player.text(f'.label[data-number="{asked[0]}"] .contribution') == "+3"
    assert "1 of 2, still to come: through c" in player.caption


def test_a_sum_is_seen_to_grow_and_what_it_waits_for_is_marked(opened):
    root = example("colah")
    b = [node.label for node in tape(root)].index("b")
    player = opened(root)
    read = [player.grad(b)]
    for _ in range(10):
        player.press("ArrowRight")
        read.append(player.grad(b))
        awaited = [number for number, classes in player.classes("wire").items() if "awaited" in classes]
        assert bool(awaited) == (read[-1] == "3 + …" and player.position != ("5 / 5", True))
    assert read == ["not computed"] * 6 + ["3 + …"] * 4 + ["3 + 2 = 5"]


def test_the_current_edge_and_its_ends_are_lit_and_the_future_is_dimmed(opened):
    root = example("karpathy_L")
    names = [node.label for node in tape(root)]
    player = opened(root, "#3")
    step = root.steps()[3]
    lit = {number for number, classes in player.classes("card").items() if "lit" in classes}
    assert {names[number] for number in lit} == {step.node.label, step.parent.label}
    future = {names[number] for number, classes in player.classes("card").items() if "future" in classes}
    assert future == {"a", "b", "c"}
    wires = player.classes("wire").values()
    assert sum("lit" in classes for classes in wires) == 1
    assert sum("carried" in classes for classes in wires) == 3
    assert sum("future" in classes for classes in wires) == 3
    shown = player.tab.locator(".contribution").evaluate_all("all => all.map(one => getComputedStyle(one).visibility)")
    assert sorted(shown) == ["hidden"] * 3 + ["visible"] * 3


def test_the_picture_never_moves(opened):
    player = opened(example("karpathy_L"))
    measure = "cards.map(([, card]) => Object.values(card.querySelector('rect').getBoundingClientRect().toJSON()))"
    places = player.tab.evaluate(measure)
    heights = set()
    for _ in range(12):
        player.press("ArrowRight")
        assert player.tab.evaluate(measure) == places
        heights.add(player.tab.evaluate("caption.offsetHeight"))
    assert len(heights) == 1


def test_keys_and_a_presenters_remote_go_forward_and_back(opened):
    player = opened(example("colah"))
    for key in ("ArrowRight", "ArrowDown", "PageDown", "Space", "Enter"):
        player.press("Home", key)
        assert player.position == ("1 / 5", True)
        player.press(key)
        assert player.position == ("1 / 5", False)
    for key in ("ArrowLeft", "ArrowUp", "PageUp", "Backspace", "Shift+Space"):
        player.press("End", key)
        assert player.position == ("5 / 5", True)
        player.press(key)
        assert player.position == ("4 / 5", False)


def test_home_and_end_and_the_ends_hold(opened):
    player = opened(example("colah"))
    player.press("ArrowLeft", "PageUp")
    assert player.position == ("0 / 5", False)
    player.press("End", "ArrowRight", "Space")
    assert player.position == ("5 / 5", False)
    player.press("Home")
    assert player.position == ("0 / 5", False)
    player.press("Control+End", "Alt+ArrowRight")  # the browser's own
    assert player.position == ("0 / 5", False)


def test_buttons_and_the_scrubber_move_too(opened):
    player = opened(example("colah"))
    player.tab.click("#forward")
    assert player.position == ("1 / 5", True)
    player.press("Space")  # goes on after a click, and does not press the button again
    assert player.position == ("1 / 5", False)
    player.tab.click("#last")
    assert player.position == ("5 / 5", False)
    player.tab.click("#back")
    player.tab.click("#first")
    assert player.position == ("0 / 5", False)
    player.tab.fill("#scrubber", "6")
    assert player.position == ("3 / 5", False)
    player.tab.focus("#scrubber")
    player.press("ArrowRight")  # one beat, not two
    assert player.position == ("4 / 5", True)
    player.tab.focus("#back")
    player.press("Space")
    assert player.position == ("3 / 5", False)


@pytest.mark.parametrize(
    ("fragment", "position"),
    [
        ("", ("0 / 6", False)),
        ("#0", ("0 / 6", False)),
        ("#4", ("4 / 6", False)),
        ("#4?", ("4 / 6", True)),
        ("#0?", ("0 / 6", False)),
        ("#999", ("6 / 6", False)),
        ("#nonsense", ("0 / 6", False)),
    ],
)
def test_a_link_opens_at_its_position(opened, fragment, position):
    assert opened(example("karpathy_L"), fragment).position == position


def test_the_address_follows_and_is_followed(opened):
    player = opened(example("karpathy_L"))
    for key, fragment in (("ArrowRight", "#1?"), ("ArrowRight", "#1"), ("End", "#6"), ("Home", "#0")):
        player.press(key)
        player.tab.wait_for_function("wanted => location.hash === wanted", arg=fragment)
    assert player.tab.evaluate("history.length") <= 2
    player.tab.evaluate("location.hash = '#5'")
    player.tab.wait_for_function("position.textContent === '5 / 6'")
    player.tab.reload()
    assert player.position == ("5 / 6", False)


def test_nothing_is_requested_and_nothing_logged(opened):
    for theme in ("light", "dark", "print"):
        player = opened(example("colah"), theme=theme)
        player.press(*["ArrowRight"] * 12, "Home", *["PageDown"] * 3)
        player.tab.wait_for_timeout(100)
        assert player.console == []
        assert [url for url in player.requests if not url.startswith("file:")] == []
        assert len(player.requests) == 1


def test_hostile_labels_are_shown_and_never_run(opened):
    root = hostile_graph()
    player = opened(root, title="</title><script>alert(2)</script>")
    steps = list(root.steps())
    for step in steps[1:]:
        player.press("ArrowRight", "ArrowRight")
        wanted = sentences.sentence(step).encode("utf-8", "replace").decode("utf-8")
        assert player.sentence.replace("\ufffd", "?") == wanted.replace("\ufffd", "?")
    assert player.console == []
    assert player.tab.locator("script").count() == 2
    assert "alert(2)" in player.tab.title()


def test_a_single_value_has_a_page(opened):
    player = opened(Value(2.0, "x"))
    player.press("ArrowRight")
    assert player.position == ("0 / 0", False)
    assert player.grad(0) == "1"
    assert player.console == []


def test_a_constant_has_no_grad_to_compute(opened):
    x, k = Value(2.0, "x"), Value(3.0, "k")
    k.constant = True
    player = opened(x * k, "#1")
    assert player.console == []
    assert "constant" in player.text('.card[data-number="1"]')
    assert player.grad(0) == "3"


def test_without_javascript_the_finished_picture_is_there_with_a_line(opened):
    player = opened(example("colah"), context={"java_script_enabled": False})
    tab = player.tab
    assert tab.get_by_text("With JavaScript switched on").is_visible()
    assert tab.get_by_text("3 + 2 = 5", exact=True).is_visible()
    assert not tab.locator("#controls").is_visible()
    assert not tab.locator("#caption").is_visible()
    assert "not computed" not in tab.text_content("#picture")


def test_it_plays_inside_a_frame_that_may_do_nothing_else(browser, tmp_path):
    play(example("colah"), tmp_path / "L.html")
    (tmp_path / "outer.html").write_text('<iframe sandbox="allow-scripts" src="L.html#2" width="900" height="600"></iframe>')
    player = Player(browser, (tmp_path / "outer.html").as_uri())
    frame = player.tab.frame_locator("iframe")
    frame.locator("#forward").click()
    frame.locator("#forward").click()
    assert frame.locator("#position").text_content() == "3 / 5"
    player.tab.wait_for_timeout(100)
    assert player.console == []
    player.context.close()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_words_are_4_percent_of_a_projectors_height_and_fit(opened, name):
    root = example(name)
    player = opened(root)
    for position in range(len(root.steps())):
        if position:
            player.press("ArrowRight", "ArrowRight")
        lines = player.tab.locator("#caption p")
        sizes = lines.evaluate_all("all => all.map(one => parseFloat(getComputedStyle(one).fontSize))")
        assert min(sizes) >= 0.04 * 720
        fits = "document.body.scrollHeight <= innerHeight && Math.max(caption.scrollWidth, picture.scrollWidth) <= innerWidth"
        assert player.tab.evaluate(fits)


def test_on_a_phone_the_page_fits_and_the_picture_scrolls_to_what_is_lit(opened):
    player = opened(example("karpathy_L"), "#1", context={"is_mobile": True, "has_touch": True})
    player.tab.set_viewport_size({"width": 390, "height": 780})
    for _ in range(3):
        assert player.tab.evaluate("document.documentElement.scrollWidth") <= 390
        box = player.tab.locator(".wire.lit path").bounding_box()
        assert 0 <= box["x"] + box["width"] / 2 <= 390
        player.tab.tap("#forward")
        player.tab.tap("#forward")
    assert player.text("#position") == "4 / 6"
    assert float(player.tab.evaluate("parseFloat(getComputedStyle(caption).fontSize)")) >= 16


def test_what_changes_is_announced_once(opened):
    player = opened(example("colah"))
    assert player.tab.get_attribute("#said", "aria-live") == "polite"
    assert player.tab.get_attribute("#caption", "aria-hidden") == "true"
    player.press("ArrowRight", "ArrowRight")
    assert player.tab.get_attribute("#scrubber", "aria-valuetext") == "1 / 5"
    assert player.tab.get_attribute("#first", "aria-disabled") == "false"
