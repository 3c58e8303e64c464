"""How soon the page in the browser has its first picture, and how many bytes that takes: `python bench/try_page.py`

With npm, Chromium and Firefox (apt-get install npm chromium firefox-esr). The page is built and served on this machine,
compressed as static hosts do. The clock runs from the beginning of the navigation to the first picture; a cold visit has an
empty cache, a warm one is the second in the same profile. The targets are 8 s and 8 MB.
"""

from __future__ import annotations

import gzip
import http.server
import runpy
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from browsers import chromium, firefox

BUILD = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "try" / "build.py"))
TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".html": "text/html",
    ".css": "text/css",
}
COMPRESSED = {*TYPES, ".json"}
PICTURED = "return performance.getEntriesByName('first picture')[0]?.startTime"
SECONDS, BYTES, VISITS, PATIENCE = 8.0, 8_000_000, 3, 60.0


class Counting(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, compressed, and counts what it sends."""

    sent = 0
    protocol_version = "HTTP/1.1"
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | TYPES

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = content_of(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        if path.suffix in COMPRESSED:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=600")  # as static hosts have it
        self.end_headers()
        Counting.sent += len(content)
        self.wfile.write(content)

    def log_message(self, *arguments: Any) -> None:
        pass


@cache
def content_of(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.compress(content, 9) if path.suffix in COMPRESSED else content


@contextmanager
def served(folder: str) -> Iterator[str]:
    """Serves a folder; yields its address."""

    def handler(*given: Any) -> Counting:
        return Counting(*given, directory=folder)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{BUILD['PAGE']}"
        server.shutdown()


def seconds(run: Any) -> float:
    """Returns when the first picture was there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if (found := run(PICTURED)) is not None:
            return float(found) / 1000
        time.sleep(0.1)
    raise TimeoutError("no picture came")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        BUILD["build"](Path(folder))
        for path in Path(folder).rglob("*"):
            if path.is_file():
                content_of(path)  # compressed beforehand
        with served(folder) as address:
            met = True
            for browser in (chromium, firefox):
                cold, warm, sent = [], [], []
                for _ in range(VISITS):
                    Counting.sent = 0
                    with browser(address) as run:
                        cold.append(seconds(run))
                        sent.append(Counting.sent)
                        time.sleep(3)  # until all is kept
                        run("location.reload()")
                        time.sleep(0.5)
                        warm.append(seconds(run))
                print(f"{browser.__name__}: cold {min(cold):.1f} s, warm {min(warm):.1f} s, {max(sent) / 1e6:.2f} MB")
                met &= min(cold) < SECONDS and max(sent) <= BYTES
    print(f"targets: {SECONDS:g} s, {BYTES / 1e6:g} MB: {'met' if met else 'not met'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
