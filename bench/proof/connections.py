"""What commands and their pages ask the network for, which is to be nothing: an audit hook and a browser look on.

The hook, which Python has for this, is in every process that imports `site`; what a library in C does, it does not see.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from bench.proof import borrowed, running
from bench.proof.figure import Figure

REFUSING = """
import os, sys
_WITH_ADDRESS = ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")
_ASKED = (*_WITH_ADDRESS, "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request",
          "http.client.connect", "ftplib.connect", "smtplib.connect", "webbrowser.open")
def _refuse(event, arguments, where=os.environ["CHALKGRAD_PROOF_ASKED"]):
    within = event in _WITH_ADDRESS and len(arguments) > 1 and isinstance(arguments[1], (str, bytes))  # a path: on this machine
    if event in _ASKED and not within:
        with open(where, "a") as file:
            file.write(f"{event} {arguments[-1]!r} {sys.argv}\\n")
        raise PermissionError("a connection was asked for")
sys.addaudithook(_refuse)
open(os.environ["CHALKGRAD_PROOF_ASKED"] + ".seen", "a").write("x")
"""


def commands(quick: bool) -> Iterator[Figure]:
    """Runs commands in processes that may not connect, and yields what they asked for, and how strict their pages are."""
    assert borrowed.TESTS
    import written_pages

    lines = written_pages.QUICK if quick else [*written_pages.WITH_PAGES, *written_pages.WITHOUT_PAGES]
    with running.folder() as within, tempfile.TemporaryDirectory() as hooks:
        (Path(hooks) / "sitecustomize.py").write_text(REFUSING, "utf-8")
        asked, watched = Path(hooks) / "asked", Path(hooks) / "asked.seen"
        environment = {"PYTHONPATH": hooks, "CHALKGRAD_PROOF_ASKED": str(asked)}
        alarm = subprocess.run(
            [sys.executable, "-c", "import socket; socket.create_connection(('localhost', 9))"],
            env=os.environ | environment,
            capture_output=True,
            check=False,
        )
        works = asked.is_file() and b"PermissionError" in alarm.stderr
        asked.unlink(missing_ok=True)
        watched.unlink(missing_ok=True)
        written_pages.prepare(within)
        failed = []
        for line in tqdm(lines, "commands", disable=None):
            ended = running.anew(line, within, environment=environment)
            failed += [f"* {' '.join(line)}: {ended.error.strip()[-200:]}"] * (ended.status not in (0, 1))
        connections = asked.read_text("utf-8").splitlines() if asked.exists() else []
        processes = len(watched.read_text("utf-8")) if watched.exists() else 0
        what = f"{len(lines)} commands in {processes} processes that may not connect"
        measured = f"{len(connections)} connections asked for, {len(failed)} failed" + "; the hook saw none" * (not works)
        details = tuple(f"* {text}" for text in connections)
        yield Figure(what, measured, "0", works and not connections and not failed, "", (*details, *failed))
        pages = dict(written_pages.pages(within))
        found = {name: written_pages.breaches(page) for name, page in pages.items()}
        details = tuple(f"* {name}: {text}" for name, texts in found.items() for text in texts)
        what = f"{len(pages)} pages that they wrote: a policy without unsafe-inline, unsafe-eval or any address"
        yield Figure(what, f"{len(details)} breaches", "0", bool(pages) and not details, "", details)
        yield secrets(within)
        if not quick:
            yield in_browser(within)


def secrets(within: Path) -> Figure:
    """Returns in how many files that students get the key of the course stands."""
    key = next(
        (line for line in (within / "course.key").read_text("utf-8").splitlines() if not line.startswith("#") and line), ""
    )
    forms = [key.encode(), key.upper().encode(), bytes.fromhex(key), base64.b64encode(bytes.fromhex(key))]
    files = [path for path in within.rglob("*") if path.is_file() and path.name != "course.key"]
    told = [f"* {path.relative_to(within)}" for path in files if any(form in path.read_bytes() for form in forms)]
    return Figure(
        f"{len(files)} files beside the key of the course",
        f"{len(told)} have it",
        "0",
        len(key) > 30 and not told,
        "",
        tuple(told),
    )


def in_browser(within: Path) -> Figure:
    """Opens each page in Chromium, presses keys, and returns what it asked for beyond the files in its folder."""
    from browsing import CHROMIUM, FLAGS

    what = "the same pages in Chromium, each played by its keys"
    if CHROMIUM is None:
        return Figure(what, "not measured", "0", False, "there is no Chromium on this machine: the public workflow has one")
    from playwright.sync_api import sync_playwright

    asked, refused, count = [], [], 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        for path in sorted(within.rglob("*.html")):
            count += 1
            tab = browser.new_page()
            tab.on("request", lambda request: asked.append(request.url))
            tab.on("console", lambda message, name=path.name: refused.append(f"* {name}: {message.text}"))
            tab.on("dialog", lambda dialog, name=path.name: refused.append(f"* {name}: a dialog"))
            tab.goto(path.as_uri())
            for key in ("ArrowRight", "ArrowRight", "End", "t", "Home", "l"):
                tab.keyboard.press(key)
            tab.close()
        browser.close()
    outside = [f"* {url[:200]}" for url in asked if not url.startswith((within.as_uri(), "data:", "blob:"))]
    measured = f"{len(outside)} addresses asked for, {len(refused)} refusals on the console"
    return Figure(f"{count} of {what}", measured, "0", not outside and not refused, "", (*outside, *refused))
