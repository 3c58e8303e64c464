"""What of the page can be seen: in how many of its steps all that the sentence names is in view, and how large the numbers are.

    python bench/stage.py                     # every example, all its roots
    python bench/stage.py paths mlp --looks   # these, in every look that the page has
    python bench/stage.py --times             # how fast a page of 300 values is

Every step is gone through in Chromium, in windows of three sizes, with the panel closed and with the inputs beside. A step
is in view if the cards, wires and labels that it lights are, wholly. The smallest number is a share of the window's height.
"""

import argparse
import gzip
import shutil
import tempfile
import time
from pathlib import Path

from chalkgrad.command import examples
from chalkgrad.engine import Value
from chalkgrad.viz import play
from playwright.sync_api import sync_playwright

SIZES = ((1280, 720), (1920, 1080), (390, 844))
FLAGS = ["--no-sandbox", "--disable-gpu"]

# Goes through all steps as a press of a key does, and measures after each.
WALK = """() => {
  const press = (key) => dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  const position = () => document.getElementById("scrubber").value;
  const picture = document.getElementById("picture"), found = { steps: 0, seen: 0, least: Infinity, where: "", hidden: [] };
  const inside = (box, place) => box.left >= place.left - 1 && box.right <= place.right + 1
    && box.top >= place.top - 1 && box.bottom <= place.bottom + 1;
  function measure() {
    const frame = picture.getBoundingClientRect(), look = document.querySelector(".look");
    const drawing = look.querySelector("svg.drawing"), scale = drawing.getScreenCTM().a;
    const lit = [...drawing.querySelectorAll("g.lit")].filter((group) => group.getClientRects().length);
    const [right, bottom] = [Math.min(frame.right, innerWidth), Math.min(frame.bottom, innerHeight)];
    const place = { left: frame.left, right, top: frame.top, bottom };
    found.steps += 1;
    if (lit.every((group) => inside(group.getBoundingClientRect(), place))) found.seen += 1;
    else found.hidden.push(document.getElementById("position").textContent);
    for (const text of drawing.querySelectorAll("text.data, text.grad, text.local, text.contribution")) {
      if (!/\\d/.test(text.textContent) || !text.getClientRects().length) continue;
      const { fontSize, visibility } = getComputedStyle(text);
      const share = visibility === "hidden" ? Infinity : parseFloat(fontSize) * scale / innerHeight;
      if (share < found.least) Object.assign(found, { least: share, where: text.textContent });
    }
  }
  press("Home");
  measure();
  for (let before = ""; before !== position();) {
    before = position();
    press("ArrowRight");
    if (before !== position()) measure();
  }
  const look = document.querySelector(".look");
  found.look = `${look.querySelector(".lens") ? "lenses" : "whole"}`;
  return found;
}"""

SLIDE = """() => new Promise((resolve) => {
  const slider = document.querySelector("#leaves input[type=range]"), times = [];
  let left = 24;
  function step() {
    const begin = performance.now();
    slider.value = slider.value > 0 ? -slider.max / 2 : slider.max / 2;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    document.getElementById("picture").getBoundingClientRect();
    times.push(performance.now() - begin);
    if (left-- > 0) requestAnimationFrame(step);
    else resolve(times.sort((a, b) => a - b)[Math.floor(times.length / 2)]);
  }
  step();
})"""


def report(names: list[str], looks: bool, sizes: tuple[tuple[int, int], ...]) -> None:
    """Prints a line for each example, root and look."""
    heads = [f"{wide}×{high}{beside}" for wide, high in sizes for beside in ("", " inputs")]
    print(f"{'':26}{'kB gz':>6}  " + "".join(f"{head:>22}" for head in heads))
    worst = {head: [1.0, 1.0] for head in heads}
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        tab = browser.new_page(reduced_motion="reduce")
        for name in names:
            roots = list(examples.build(examples.load(name)).roots)
            file = Path(folder, f"{name}.html")
            page = play(roots if len(roots) > 1 else roots[0], file)
            size = len(gzip.compress(page.html.encode())) / 1000
            for i in range(len(roots)):
                lines: dict[str, list[str]] = {}
                for wide, high in sizes:
                    tab.set_viewport_size({"width": wide, "height": high})
                    for beside in ("", " inputs"):
                        tab.goto("about:blank")
                        tab.goto(f"{file.as_uri()}")
                        if i:
                            tab.select_option("#root", str(i))
                            tab.wait_for_function(f"() => document.querySelector('#root')?.value === '{i}'")
                        if beside:
                            tab.keyboard.press("i")
                        options = tab.eval_on_selector_all("#look option", "options => options.map((one) => one.value)")
                        for look in options if looks else options[:1]:
                            found = tab.evaluate(WALK)
                            share = found["seen"] / found["steps"]
                            ends = worst[f"{wide}×{high}{beside}"]
                            ends[:] = min(ends[0], share), min(ends[1], found["least"])
                            label = f"{name}[{i}]" if len(roots) > 1 else name
                            cell = f"{share:7.1%} {found['least']:6.2%} {found['look'][:1]}{'' if not found['hidden'] else '!'}"
                            lines.setdefault(f"{label} {look}", []).append(cell)
                            tab.keyboard.press("k")
                for label, cells in lines.items():
                    print(f"{label:26}{size:6.1f}  " + "".join(f"{cell:>22}" for cell in cells), flush=True)
        browser.close()
    print(f"{'least of all':34}" + "".join(f"{f'{share:7.1%} {least:6.2%}  ':>22}" for share, least in worst.values()))


def chain(count: int) -> Value:
    """Returns a graph of ``count`` values: a chain of products and tangents, with a parameter at each."""
    value, made = Value(0.3, "x"), 1
    while made + 3 <= count:
        value = (value * Value(0.9 + made / 1000, f"w{made}")).tanh()
        made += 3
    return value


def times() -> None:
    """Prints how fast a page of 300 values opens, and a slider's change is on the screen."""
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        tab = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        for name, root in (("colah", examples.build(examples.load("colah")).root), ("300 values", chain(300))):
            file, begin = Path(folder, "page.html"), time.perf_counter()
            page = play(root, file)
            made, begin = time.perf_counter() - begin, time.perf_counter()
            tab.goto(file.as_uri())
            tab.wait_for_selector("#caption:not([hidden])")
            loaded = time.perf_counter() - begin
            tab.keyboard.press("End")
            tab.keyboard.press("i")
            slide = tab.evaluate(SLIDE)
            size = len(gzip.compress(page.html.encode())) / 1000
            print(
                f"{name:12}{size:6.1f} kB gz, made in {made:.2f} s, open after {loaded:.2f} s, a slider moves in {slide:.1f} ms"
            )
        browser.close()


def main() -> None:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--looks", action="store_true", help="every look, not the first alone")
    parser.add_argument("--times", action="store_true")
    parser.add_argument("--size", help="one size alone, as 1280x720")
    options = parser.parse_args()
    if options.times:
        times()
        return
    wide, _, high = (options.size or "").partition("x")
    report(options.names or list(examples.names()), options.looks, ((int(wide), int(high)),) if options.size else SIZES)


if __name__ == "__main__":
    main()
