"""The page in a real browser: tabs that say what they asked the network for, and what is seen and said on a page in one."""

import io
import itertools
import re
import shutil
from contextlib import contextmanager
from importlib.resources import files

import pytest
from chalkgrad.command import examples
from chalkgrad.engine.basics.digits import FROM_LOWERED
from PIL import Image

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")  # the first has no windows, and is quicker
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip


@contextmanager
def chromium():
    """Starts Chromium, driven by playwright; where one of them is missing, the test is skipped."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium here (Debian: apt-get install chromium)")
    api = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser: pip install playwright")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield browser
        browser.close()


def example(name):
    return examples.build(examples.load(name)).roots[0]


def said(text):
    """Returns a text without what only lays it out: marks of direction, of where no line breaks, and how wide its gaps are."""
    return " ".join(re.sub("[\u200e\u2060\u2066-\u2069]", "", text).split())


def aloud(text):
    """Returns a text as it is read aloud, with its digits on the line."""
    return said(text).translate(FROM_LOWERED)


VISITS = itertools.count()


class Tab:
    """A tab, what it asked the network for and what it wrote to the console."""

    def __init__(self, context):
        self.context, self.requests, self.console = context, [], []
        self.tab = context.new_page()
        self.tab.set_default_timeout(10000)
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("console", lambda message: self.console.append(message.text))
        self.tab.on("pageerror", lambda error: self.console.append(str(error)))
        self.tab.on("dialog", lambda dialog: self.console.append(dialog.message))


class Tabs:
    """The tabs of a browser; those that want nothing else but no motion are used again."""

    def __init__(self, browser):
        self._browser, self._idle = browser, []
        self._context = browser.new_context(reduced_motion="reduce")

    def take(self, options):
        if options:
            return Tab(self._browser.new_context(**{"reduced_motion": "reduce"} | options))
        return self._idle.pop() if self._idle else Tab(self._context)

    def give_back(self, tab):
        if tab.context is not self._context:
            tab.context.close()
            return
        tab.tab.bring_to_front()
        tab.tab.mouse.up()  # a test may end in the middle of dragging, or of printing
        tab.tab.emulate_media(media="null", color_scheme="null")
        tab.tab.mouse.move(0, 0)
        tab.requests.clear()
        tab.console.clear()
        self._idle.append(tab)


class Player:
    """A page that is open in a tab."""

    def __init__(self, tabs, url, size=(1280, 720), **options):
        self._tabs, self._taken = tabs, tabs.take(options)
        self.context, self.tab = self._taken.context, self._taken.tab
        self.requests, self.console = self._taken.requests, self._taken.console
        self.tab.bring_to_front()  # a tab behind another one is drawn once a second, for which each click and key waits
        self.tab.set_viewport_size({"width": size[0], "height": size[1]})
        address, mark, fragment = url.partition("#")
        self.tab.goto(f"{address}?{next(VISITS)}{mark}{fragment}")  # not the page that this tab may have open already

    def close(self):
        self._tabs.give_back(self._taken)

    def resize(self, width, height):
        """Gives the window another size, and waits until the page has heard of it, which is with its next frame."""
        self.tab.set_viewport_size({"width": width, "height": height})
        self.tab.evaluate("() => new Promise(requestAnimationFrame)")

    def press(self, *keys):
        for key in keys:
            self.tab.keyboard.press(key)

    def text(self, selector):
        return self.tab.text_content(selector)

    def texts(self, selector):
        return self.tab.locator(selector).all_text_contents()

    @property
    def position(self):
        """Where the page is: ("backward 3 / 5", whether it asks)."""
        return self.text("#position"), self.sentence.endswith("?")

    @property
    def sentence(self):
        return self.text("#said")

    @property
    def caption(self):
        return said(" ".join(self.texts("#caption p")))

    @property
    def sums(self):
        """The rows of the chain rule."""
        rows = self.tab.locator("#sum tr")
        return [said(" ".join(rows.nth(i).locator("td").all_text_contents())) for i in range(rows.count())]

    def data(self, number):
        return self.text(f'.card[data-number="{number}"] .data')

    def grad(self, number):
        return self.text(f'.card[data-number="{number}"] .grad')

    def classes(self, kind):
        """Returns what each wire, card or label is at this moment, by its number."""
        found = self.tab.locator(f"g.{kind}").evaluate_all("gs => gs.map(g => [Number(g.dataset.number), [...g.classList]])")
        return {number: set(classes) - {kind} for number, classes in found}

    def marked(self, kind, mark):
        return {number for number, classes in self.classes(kind).items() if mark in classes}

    def set(self, *values):
        """Types values for the inputs, in the tape's order."""
        self.tab.evaluate(SET, [repr(value) for value in values])

    def walk(self):
        """Returns everything that is said and shown from the beginning to the end."""
        return self.tab.evaluate(WALK)

    def middle(self, selector):
        box = self.tab.locator(selector).first.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def picture(self):
        return Image.open(io.BytesIO(self.tab.screenshot())).convert("RGB")


def findings(tab):
    """Returns what axe-core finds that keeps people out of a page as it stands."""
    if tab.evaluate("() => typeof axe") == "undefined":
        tab.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = tab.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [(one["id"], one["help"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found]


SET = """(values) => [...document.querySelectorAll("#leaves .leaf")]
  .sort((one, other) => one.dataset.number - other.dataset.number)
  .map((leaf) => leaf.querySelector("input[type=text]")).forEach((field, i) => {
  field.value = values[i];
  field.dispatchEvent(new Event("change"));
})"""
WALK = """() => {
  const press = (key) => window.dispatchEvent(new KeyboardEvent("keydown", { key }));
  const texts = (selector) => [...document.querySelectorAll(selector)].map((found) => found.textContent);
  const beats = [];
  if (document.querySelector("#table").checkVisibility()) press("t");
  document.body.style.display = "none"; // texts alone are read, which nobody needs to lay out at each beat
  for (press("Home"); ; press("ArrowRight")) {
    beats.push([document.querySelector("#said").textContent, texts("#caption p").join(" ")]);
    if (document.querySelector("#forward").ariaDisabled === "true") break;
  }
  document.body.style.display = "";
  const found = { data: {}, grads: {}, locals: {}, carried: {} };
  const read = (name, kind, inside) => document.querySelectorAll(`g.${kind}`).forEach((group) => {
    if (group.closest(".lens:not(.shown)")) return;
    found[name][group.dataset.number] = [...group.querySelectorAll(inside)].map((text) => text.textContent);
  });
  const readAll = () => [["data", "card", ".data"], ["grads", "card", ".grad"], ["locals", "label", ".local"],
    ["carried", "label", ".contribution"]].forEach((which) => read(...which));
  readAll();
  for (const dot of document.querySelectorAll("g.dot")) { // each has a lens
    dot.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    readAll();
    document.body.style.display = "none"; // once the panel is open
  }
  document.body.style.display = "";
  press("Escape");
  press("t");
  const listed = (parts) => Object.entries(parts).map(([number, texts]) => [Number(number), texts]);
  const entries = Object.entries(found).map(([name, parts]) => [name, listed(parts)]);
  return { beats, values: texts("td.value"), adjoints: texts("td.adjoint"), ...Object.fromEntries(entries) };
}"""
