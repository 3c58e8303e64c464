"""Measures what chalkgrad promises. Run it with

    .venv/bin/pip install -e ".[test]" && .venv/bin/python -m bench.proof

Each promise is measured in a process of its own, and its section of the page docs/proof.md is written anew as soon as it is;
names of promises, such as `operations`, measure these alone. `--quick` takes fewer cases, under three minutes in all, and only
prints. The exit status is 1 if a figure is missed for which no reason is given. Ctrl-C ends it, and says which promise was
broken off; the sections before it are written.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from bench.proof.figure import Figure

HOME = Path(__file__).resolve().parent.parent.parent
PAGE = HOME / "docs" / "proof.md"
ROOMS = ("engine", "nn", "viz", "front")
START, END = "<!-- python -m bench.proof writes from here -->", "<!-- to here -->"

# Each is a module of this folder with PROMISE, a sentence, and figures(quick), which yields a Figure for each line.
PROMISES: tuple[str, ...] = (
    "operations",
    "graphs",
    "targets",
    "cursor",
    "scale",
    "memory",
    "threads",
    "determinism",
    "commands",
    "labels",
    "files",
    "mutants",
    "coverage",
    "platforms",
    "supply",
    "suites",
    "documents",
)


def measured(promise: str, quick: bool) -> list[Figure]:
    """Returns the figures of a promise, from a process of its own."""
    call = [sys.executable, "-m", "bench.proof", "--within", promise, *(["--quick"] if quick else [])]
    output = subprocess.run(call, cwd=HOME, stdout=subprocess.PIPE, check=True, text=True).stdout
    return [Figure(*line[:-1], tuple(line[-1])) for line in json.loads(output.splitlines()[-1])]


def table(figures: Sequence[Figure]) -> str:
    """Returns the figures as a table in Markdown, and their details below it."""
    rows = ["| what | measured | goal | |", "|---|---|---|---|"]
    for figure in figures:
        verdict = "met" if figure.met else f"**not met**: {figure.because}" if figure.because else "**not met**"
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in (*figure[:3], verdict)) + " |")
    details = [line for figure in figures for line in figure.details]
    if details:
        rows += ["", "<details><summary>In detail</summary>", "", *details, "", "</details>"]
    return "\n".join(rows)


def machine() -> str:
    """Returns what this was measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    processor = platform.processor() or platform.machine()
    with_name = [line for line in _cpuinfo() if line.startswith("model name")]
    name = with_name[0].partition(":")[2].strip() if with_name else processor
    return f"{name}, {cores} cores, {platform.system()}, Python {platform.python_version()}"


def commit() -> str:
    """Returns which state of the sources this is."""
    git = shutil.which("git")
    if git is None or not (HOME / ".git").exists():
        return "not of a checkout"
    head, changed = (
        subprocess.run([git, *words], cwd=HOME, capture_output=True, check=True, text=True).stdout.strip()
        for words in (("rev-parse", "--short=8", "HEAD"), ("status", "--porcelain", "--", *ROOMS))
    )
    return f"commit {head}" + (", changed" if changed else "")


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return []


def write_section(promise: str, sentence: str, figures: Sequence[Figure], seconds: float) -> None:
    """Writes what was measured of a promise into the page, in the place of what stood there of it."""
    from chalkgrad.engine.basics.whole_file import write_whole  # a promise's own process is to begin without chalkgrad

    text = PAGE.read_text("utf-8")
    before, after = text[: text.index(START)], text[text.index(END) :]
    parts = re.split(r"^<!-- (\w+) -->\n", text[text.index(START) : text.index(END)], flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], (part.strip() for part in parts[2::2]), strict=True))
    call = f"`python -m bench.proof {promise}`"
    when = f"Measured on {datetime.date.today():%Y-%m-%d} by {call}, in {duration(seconds)}: {machine()}; {commit()}."
    sections[promise] = f"## {sentence}\n\n{table(figures)}\n\n{when}"
    whole = [START, *(f"<!-- {name} -->\n\n{sections[name]}" for name in PROMISES if name in sections), after]
    write_whole(PAGE, (before + "\n\n".join(whole)).encode())


def duration(seconds: float) -> str:
    """Returns a time in the unit that fits: 42 s, 12 min."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.proof", description="Measures what chalkgrad promises.")
    parser.add_argument("promises", nargs="*", metavar="PROMISE", choices=[[], *PROMISES], help=", ".join(PROMISES))
    parser.add_argument("--quick", action="store_true", help="fewer cases; prints, and writes nothing")
    parser.add_argument("--within", metavar="PROMISE", choices=PROMISES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.within:
        module = import_module(f"bench.proof.{options.within}")
        print("\n" + json.dumps(list(module.figures(options.quick))))
        return 0
    missed = []
    for promise in options.promises or PROMISES:
        sentence, start = import_module(f"bench.proof.{promise}").PROMISE, time.perf_counter()
        print(f"\n{sentence}", flush=True)
        try:
            figures = measured(promise, options.quick)
        except KeyboardInterrupt:
            print(f"{promise} was broken off", file=sys.stderr)
            return 130
        except subprocess.CalledProcessError as error:
            figures = [Figure(promise, "could not be measured", "", met=False)]
            print(f"{promise} ended with status {error.returncode}", file=sys.stderr)
        seconds = time.perf_counter() - start
        wrong = [figure for figure in figures if not (figure.met or figure.because)]
        shown = [figure if figure in wrong else figure._replace(details=()) for figure in figures]
        print(table(shown) + f"\n{duration(seconds)}", flush=True)
        missed += wrong
        if not options.quick:
            write_section(promise, sentence, figures, seconds)
    print(f"\n{len(missed)} figures missed without a reason" if missed else "\nall figures met, or bounded with a reason")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
