"""How long an epoch of moons and its picture take on the page: `python bench/training_page.py`, with Chromium and playwright.

Each frame of the page's own play is timed: one step of gradient descent on 100 points, the plane, what the units compute, the
wires, the loss and the sentence. Of what the script does in a frame the fastest tenth (of a busy machine the median says more
about the machine), the median and the share within 16 ms are reported; of the time from frame to frame, in which the browser
has painted too, the median.
"""

import itertools
import shutil
import statistics
import tempfile
from pathlib import Path

from chalkgrad.nn import MLP
from chalkgrad.nn.data import moons
from chalkgrad.viz import play
from playwright.sync_api import sync_playwright

FRAMES = 240
TIMED = """() => {
  const request = window.requestAnimationFrame.bind(window);
  window.spent = [];
  window.frames = [];
  window.requestAnimationFrame = (call) => request((now) => {
    const start = performance.now();
    call(now);
    window.spent.push(performance.now() - start);
    window.frames.push(now);
  });
}"""


def measured(widths: list[int], size: tuple[int, int]) -> tuple[list[float], list[float]]:
    """Returns the milliseconds of the script in each frame, and those from frame to frame."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        path = Path(folder, "moons.html")
        play(MLP(2, widths, activation="tanh", seed=0), path, data=moons())
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        page.add_init_script(f"({TIMED})()")
        page.goto(path.as_uri())
        page.keyboard.press("a")
        spent, frames = [], []
        while len(spent) < FRAMES:
            page.wait_for_timeout(500)
            spent, frames = page.evaluate("[window.spent, window.frames]")
        browser.close()
    return spent[20:], [after - before for before, after in itertools.pairwise(frames[20:])]


def main() -> None:
    print("network    window     script: fastest tenth   median   within 16 ms   frame to frame: median")
    for widths in ([4, 4, 1], [8, 8, 1]):
        for size in ((1280, 720), (1920, 1080)):
            spent, apart = measured(widths, size)
            share = sum(x <= 16 for x in spent) / len(spent)
            fastest = statistics.quantiles(spent, n=10)[0]
            print(
                f"{'-'.join(map(str, [2, *widths])):<10} {size[0]}×{size[1]:<6} {fastest:15.1f} ms "
                f"{statistics.median(spent):9.1f} ms {share:11.0%} {statistics.median(apart):17.1f} ms"
            )


if __name__ == "__main__":
    main()
