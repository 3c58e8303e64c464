"""Presses the page's keys in Chromium, Firefox and WebKitGTK, and compares what is said and drawn: python bench/browsers.py

Debian has all three: apt-get install chromium firefox-esr webkit2gtk-driver xvfb. Of a browser that is not there this says so.
"""

from __future__ import annotations

import http.client
import itertools
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from chalkgrad import MLP
from chalkgrad.command import examples
from chalkgrad.nn.data import moons
from chalkgrad.viz import play
from chalkgrad.viz.page.document import Page

Run = Callable[[str], Any]  # runs the body of a JavaScript function in the page, and returns what it returns

SIZE = 1280, 720
EXAMPLES = ("colah", "paths", "mlp", "xor", "2-8-8-1", "moons")
STEPS = 250  # pressed at most on the way to the end: training has none
PRESS = """dispatchEvent(new KeyboardEvent("keydown", {key: "%s", bubbles: true, cancelable: true}));"""
# Of text in SVG each browser has another opinion on what `checkVisibility` and `getClientRects` mean.
SEEN = """const displayed = (node) => !node || (getComputedStyle(node).display !== "none" && displayed(node.parentElement));
const shown = (node) => getComputedStyle(node).visibility === "visible" && displayed(node);
return [location.hash, document.querySelector("#position").textContent,
  ...[...document.querySelectorAll("#caption p")].map((line) => line.textContent),
  ...[...document.querySelectorAll("#picture svg text")].filter(shown).map((text) => text.textContent)];"""


@contextmanager
def chromium(page: str) -> Iterator[Run]:
    """Opens a page in Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        tab.goto(page)
        yield lambda body: tab.evaluate(f"() => {{ {body} }}")
        browser.close()


@contextmanager
def firefox(page: str) -> Iterator[Run]:
    """Opens a page in Firefox, which is driven by Marionette, its protocol of length, colon and JSON."""
    with ExitStack() as stack:
        profile, port = stack.enter_context(tempfile.TemporaryDirectory()), free_port()
        Path(profile, "user.js").write_text(f'user_pref("marionette.port", {port});\n', "utf-8")
        command = ["firefox-esr", "--headless", "--no-remote", "--marionette", "--profile", profile]
        stack.enter_context(process([*command, f"--width={SIZE[0]}", f"--height={SIZE[1]}"]))
        wire = stack.enter_context(connected(port)).makefile("rwb")

        def received() -> Any:
            length = b"".join(iter(lambda: wire.read(1), b":"))
            return json.loads(wire.read(int(length)))

        count = itertools.count(1)

        def ask(name: str, **parameters: Any) -> Any:
            message = json.dumps([0, next(count), name, parameters]).encode()
            wire.write(b"%d:%s" % (len(message), message))
            wire.flush()
            _, _, error, result = received()
            if error:
                raise RuntimeError(error["message"])
            return result

        received()  # it says who it is
        ask("WebDriver:NewSession", capabilities={})
        ask("WebDriver:Navigate", url=page)
        yield lambda body: ask("WebDriver:ExecuteScript", script=body, args=[])["value"]
        with suppress(OSError, RuntimeError):
            ask("Marionette:Quit", flags=["eForceQuit"])


@contextmanager
def webkit(page: str) -> Iterator[Run]:
    """Opens a page in WebKitGTK's MiniBrowser, which is driven by WebDriver, on a display of its own."""
    with ExitStack() as stack:
        port, display = free_port(), f":{free_port() % 1000 + 100}"
        stack.enter_context(process(["Xvfb", display, "-screen", "0", f"{SIZE[0]}x{SIZE[1] + 80}x24"]))
        stack.enter_context(process(["env", f"DISPLAY={display}", "WebKitWebDriver", f"--port={port}"]))
        stack.enter_context(connected(port))

        def ask(method: str, path: str, **parameters: Any) -> Any:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request(method, path, json.dumps(parameters), {"Content-Type": "application/json"})
            value = json.loads(connection.getresponse().read())["value"]
            if isinstance(value, dict) and "error" in value:
                raise RuntimeError(value["message"] or value["error"])
            return value

        [binary, *_] = sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))
        options = {"binary": str(binary), "args": ["--automation"]}
        wanted = {"alwaysMatch": {"browserName": "MiniBrowser", "webkitgtk:browserOptions": options}}
        session = f"/session/{ask('POST', '/session', capabilities=wanted)['sessionId']}"
        ask("POST", f"{session}/window/rect", width=SIZE[0], height=SIZE[1])
        ask("POST", f"{session}/url", url=page)
        yield lambda body: ask("POST", f"{session}/execute/sync", script=body, args=[])
        with suppress(OSError, RuntimeError):
            ask("DELETE", session)


BROWSERS = {"chromium": chromium, "firefox-esr": firefox, "WebKitWebDriver": webkit}  # by what is to be installed


def free_port() -> int:
    """Returns a port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def process(command: list[str]) -> Iterator[None]:
    """Runs a program that is stopped at the end."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            yield
        finally:
            running.terminate()
            with suppress(subprocess.TimeoutExpired):
                running.wait(5)
            running.kill()


def connected(port: int) -> socket.socket:
    """Returns a connection, as soon as there is somebody to answer."""
    for _ in range(300):
        with suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        time.sleep(0.1)
    raise TimeoutError(f"nobody answers at port {port}")


def played(run: Run) -> list[list[str]]:
    """Returns what is seen at every step, forwards to the end; then some steps back; then other keys."""
    while run("return document.querySelector('#caption').hidden"):  # its script has not run yet
        time.sleep(0.1)
    seen = [run(SEEN)[1:]]
    for _ in range(STEPS):
        run(PRESS % "ArrowRight")
        seen.append(run(SEEN)[1:])
        if seen[-1] == seen[-2]:
            break
    for key in ("ArrowLeft", "ArrowLeft", *"nnnnppkkgg", "o", "Escape", "Home", "End"):
        run(PRESS % key)
        seen.append(run(SEEN)[1:])
    return seen


def page_of(name: str) -> Page:
    """Returns the page of an example, or of a model by its widths."""
    if name == "moons":
        return play(MLP(2, [4, 4, 1], "tanh", seed=0), data=moons())
    if name[0].isdigit():
        inputs, *widths = map(int, name.split("-"))
        return play(MLP(inputs, widths, "sigmoid", seed=0), x=[1.0] * inputs)
    roots = examples.build(examples.load(name)).roots
    return play(list(roots) if len(roots) > 1 else roots[0])


def main() -> None:
    """Plays the examples, or those that are named."""
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or EXAMPLES:
            page = Path(folder, f"{name}.html")
            page_of(name).save(page)
            found: dict[str, list[list[str]]] = {}
            for browser, opened in BROWSERS.items():
                if shutil.which(browser) is None:
                    print(f"{name}: there is no {browser} here")
                    continue
                with opened(page.as_uri()) as run:
                    found[browser] = played(run)
            first = next(iter(found.values()))
            for browser, seen in found.items():
                other = [i for i, (one, its) in enumerate(itertools.zip_longest(first, seen)) if one != its]
                said = f"differs at {other[:5]}" if other else "the same"
                print(f"{name:8} {browser:16} {len(seen):4} moments: {said}", flush=True)
                for i in other[:1]:
                    apart = [pair for pair in itertools.zip_longest(first[i], seen[i]) if pair[0] != pair[1]]
                    print(f"         there {apart[:4]}", flush=True)


if __name__ == "__main__":
    main()
