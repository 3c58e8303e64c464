"""Makes the pictures and the pages that README and docs/ show, from the code that they show beside them.

    .venv/bin/python docs/make.py

They go to docs/pictures and docs/pages. The screenshot of a page takes Chromium, by playwright; the rest needs nothing.
"""

from __future__ import annotations

import re
import shutil
from html import escape
from pathlib import Path

from chalkgrad.command import examples
from chalkgrad.engine import Value, chain_rule, total
from chalkgrad.engine.stepping.slips import SLIPS
from chalkgrad.engine.words.language import section
from chalkgrad.nn import MLP, Network, Neuron
from chalkgrad.nn.data import moons
from chalkgrad.viz import diagram, draw, play

SLIPS_PAGE = Path(__file__).parent / "slips.md"
PICTURES, PAGES = (Path(__file__).parent / name for name in ("pictures", "pages"))

# Each page's example, by the file's name: the outputs among which the page chooses, if there are several, and what it plays.
PLAYED = {
    "colah": ("", "two paths that meet: e = (a + b)·(b + 1)"),
    "karpathy_tanh_neuron": ("", "a neuron with two inputs and tanh"),
    "chain_loss": ("", "four functions in a row, and a loss"),
    "paths": ("y1 y2 y3", "nine wired functions: gradients are sums over paths"),
    "network": ("y1 y2", "a network of six units, wired by hand"),
    "mlp": ("z31 z32", "an MLP 3-2-3-2"),
    "xor_loss": ("", "exclusive or, learned by an MLP 2-3-1 whose loss is walked down by hand"),
}
# A page on which a model is trained.
TRAINED = {"moons": "two moons, told apart by an MLP 2-4-1 that is trained by hand"}


def swept(name: str, root: str = "") -> tuple[Value, dict[str, Value]]:
    """Returns the root of an example after a backward sweep, and all its values by name."""
    parsed = examples.build(examples.load(name))
    value = parsed.names[root] if root else parsed.root
    value.backward()
    return value, dict(parsed.names)


def pictures() -> None:
    """Draws the pictures of README and of docs/how-to."""
    PICTURES.mkdir(exist_ok=True)
    L, _ = swept("karpathy_L")  # noqa: N806 (the loss is L in every book)
    draw(L).save(PICTURES / "L.svg")
    f, _ = swept("cs231n_sigmoid_neuron")
    draw(f, skin="circuit").save(PICTURES / "circuit.svg")
    e, names = swept("colah")
    draw(e, skin="edges", highlight=chain_rule(e, names["b"])).save(PICTURES / "paths.svg")
    diagram(Neuron(2, activation="tanh", seed=1), x=[2, 0]).save(PICTURES / "neuron.svg")
    diagram(MLP(3, [2, 3, 2], activation="tanh", seed=1), x=[1, -1, 0.5]).save(PICTURES / "mlp.svg")
    net = Network(
        "x1 x2 x3",
        "z1 = h1(x2, x3);  z2 = h2(x1, x2);  z3 = h3(x1, z1); z4 = h4(z1, x3);  y1 = h5(z2, z3);  y2 = h6(z1, z3, z4)",
        activation="tanh",
        seed=0,
    )
    diagram(net, path=net.deep_path, caption=str(net.is_deep)).save(PICTURES / "network.svg")
    model = MLP(2, [16, 16, 1], activation="tanh", seed=0)
    points, targets = moons(n=100, noise=0.1, seed=0)
    loss = total([(model(x) - t) ** 2 for x, t in zip(points, targets, strict=True)])
    loss.label = "L"
    loss.backward()
    draw(loss).save(PICTURES / "folded.svg")


def pages() -> None:
    """Writes the pages that docs/how-to/page.md links, and a list of them."""
    PAGES.mkdir(exist_ok=True)
    for name, (outputs, _) in PLAYED.items():
        parsed = examples.build(examples.load(name))
        play({one: parsed.names[one] for one in outputs.split()} or parsed.root, PAGES / f"{name}.html")
    play(MLP(2, [4, 1], "tanh", seed=0), PAGES / "moons.html", data=moons())
    index()


def index() -> None:
    """Writes the list of the pages, each with a line on what it plays."""
    listed = {name: what for name, (_, what) in PLAYED.items()} | TRAINED
    items = "\n".join(f'<li><a href="{name}.html">{name}</a>: {escape(what)}</li>' for name, what in listed.items())
    (PAGES / "index.html").write_text(INDEX.format(items=items), encoding="utf-8")


INDEX = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Pages that chalkgrad makes</title>
<style>body {{ font: 1.25rem/1.6 sans-serif; max-width: 42em; margin: 2em auto; padding: 0 1em }}</style>
<h1>Pages that chalkgrad makes</h1>
<p>→ plays on, ← goes back, ? lists the keys.</p>
<ul>
{items}
</ul>
</html>
"""


def slips() -> None:
    """Writes the page on slips: the table that `check` and `ask` read."""
    said = section("slips")
    confused = section("what slips confuse")
    rows = []
    for slip in sorted(SLIPS, key=lambda slip: -slip.often):
        sentence = re.sub(r"\{(\w+)\}", r"*\1*", said[slip.name].replace("{perhaps}", "").replace("{maybe}", ""))
        rows.append(f"| {slip.name} | {confused[slip.name]} | {slip.often} | {sentence} |")
    SLIPS_PAGE.write_text("\n".join([ABOUT_SLIPS, *rows, ""]), encoding="utf-8")


ABOUT_SLIPS = """# Slips: wrong gradients, and what led to them

`check` and `ask` try each of these on a wrong answer, and name the most frequent that gives its number, two at most. Each is a
small variation of the one sweep, made from the table of operations (engine/stepping/slips.py, other_partials.py and
variations.py); docs/make.py writes this page from it. "Seen in" counts the discussions in which a slip was met, among some 120
issue threads, forums and courses that were searched for questions on backpropagation in 2026: a lower bound, and no survey.
Names in italics stand for those of the graph.

| slip | what it confuses | seen in | what is said |
|---|---|---|---|"""


def screenshot() -> None:
    """Photographs the page of colah at its last step, as a projector shows it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{(PAGES / 'colah.html').as_uri()}#5")
        page.wait_for_timeout(1500)  # until what arrives has arrived
        page.screenshot(path=PICTURES / "page.png")
        browser.close()


if __name__ == "__main__":
    pictures()
    pages()
    slips()
    screenshot()
