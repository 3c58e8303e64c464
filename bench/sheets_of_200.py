"""Makes a sheet of five exercises for each of 200 students, with keys, as HTML and JSON: python bench/sheets_of_200.py"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

from chalkgrad.command.commands import run

WORKSHEET = """\
title = "Five exercises"
[[exercise]]
graph = "c = a + b; d = b + 1; e = c*d"
ask = ["table"]
[[exercise]]
graph = "c = a + b; d = b + 1; e = c*d"
ask = ["graph"]
[[exercise]]
graph = "u = x*y; v = u + x; L = v*y"
ask = ["chain"]
[[exercise]]
graph = "m = w*x; z = m + b; r = z - t; L = r**2"
ask = ["numbers", "step"]
inputs = {t = "last"}
[[exercise]]
graph = "c = a*b; d = c + a; e = d*c"
ask = ["choice"]
"""


def main() -> None:
    """Makes them in a folder that goes away, and says how long it took."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("week3.toml").write_text(WORKSHEET, "utf-8")
        Path("students.csv").write_text("\n".join(["id", *map(str, range(10_000, 10_200))]) + "\n", "utf-8")
        began, processor = time.perf_counter(), time.process_time()
        status = run(["sheet", "week3.toml", "--for", "students.csv", "--as", "html,json", "--key", "-o", "week3"])
        clock, processor = time.perf_counter() - began, time.process_time() - processor
        files = len(os.listdir("week3"))
        os.chdir("/")
    print(f"status {status}, {files} files, {clock:.1f} s, {processor:.1f} s of CPU")


if __name__ == "__main__":
    sys.exit(main())
