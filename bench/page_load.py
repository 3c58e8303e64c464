"""How soon a page answers a key on a slow line: `python bench/page_load.py`, with Chromium and playwright.

A server on this machine sends each page compressed; Chromium's own emulation makes the line one of 1 Mbit/s with 300 ms of
latency. The clock runs from the beginning of the navigation to the first change of the sentence by a press of →, which is tried
every 5 ms; the fastest of three visits counts, each with an empty cache. Chromium does not emulate the handshake of a
connection: over https that is about 1 s more. What the line takes for the bytes alone is said beside it, the rest is the
script's and the drawing's, and grows with whatever else the machine does. The target is 3 s.
"""

from __future__ import annotations

import gzip
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from chalkgrad.command import examples
from chalkgrad.nn import MLP
from chalkgrad.viz import play
from playwright.sync_api import Browser, sync_playwright

BITS, LATENCY, TARGET, VISITS = 1_000_000, 300, 3000, 3
ANSWERED = """() => {
  let first;
  const timer = setInterval(() => {
    const said = document.querySelector("#said");
    if (!said?.textContent) return;
    first ??= said.textContent;
    dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
    if (said.textContent === first) return;
    window.answered = performance.now();
    clearInterval(timer);
  }, 5);
}"""


def pages() -> dict[str, bytes]:
    """Returns the pages by their names, compressed as a server compresses them."""
    made = {name: play(examples.build(examples.load(name)).roots[0]) for name in ("colah", "mlp")}
    made["MLP 2-8-8-1"] = play(MLP(2, [8, 8, 1], "tanh", seed=0), x=[0.5, -1.0])
    return {name: gzip.compress(page.html.encode(), mtime=0) for name, page in made.items()}


@contextmanager
def served(files: list[bytes]) -> Iterator[str]:
    """Serves the files as /0, /1, … and gives the address of the server."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path[1:].isdecimal() and int(self.path[1:]) < len(files)
            content = files[int(self.path[1:])] if known else b""
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            if known:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def visit(browser: Browser, address: str) -> tuple[float, list[str]]:
    """Returns the milliseconds until the page answers, and what it asked for."""
    tab = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.add_init_script(f"({ANSWERED})()")
    line = tab.context.new_cdp_session(tab)
    line.send("Network.enable")
    speed = {"downloadThroughput": BITS / 8, "uploadThroughput": BITS / 8}
    line.send("Network.emulateNetworkConditions", {"offline": False, "latency": LATENCY, **speed})
    tab.goto(address)
    took = tab.wait_for_function("() => window.answered", polling=50).json_value()
    tab.wait_for_timeout(500)  # for what it might still ask for
    tab.context.close()
    return took, asked


def main() -> None:
    made = pages()
    print(f"{'page':<12} {'gzipped':>9} {'requests':>9} {'the line alone':>15} {'answers a key':>14}")
    with served([*made.values()]) as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for i, (name, content) in enumerate(made.items()):
            visits = [visit(browser, f"{server}/{i}") for _ in range(VISITS)]
            took, most = min(took for took, _ in visits), max(len(asked) for _, asked in visits)
            alone = LATENCY + 8000 * len(content) / BITS
            verdict = "" if took <= TARGET else f"   above {TARGET / 1000:.0f} s"
            print(f"{name:<12} {len(content) / 1000:6.1f} kB {most:9} {alone / 1000:13.2f} s {took / 1000:12.2f} s{verdict}")
        browser.close()


if __name__ == "__main__":
    main()
