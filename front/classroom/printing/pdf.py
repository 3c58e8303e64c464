"""A sheet, or its key, as a PDF, by what there is on the machine: a LaTeX, or else Chromium, which prints the HTML.

>>> from chalkgrad.classroom.paper import Exercise, Paper
>>> write(Paper("By hand", "Week 3", "en", "A", "NSGEAY", ()), "week3/sheet-A.pdf")  # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from chalkgrad.classroom.paper import Paper
from chalkgrad.classroom.printing import html, tex
from chalkgrad.engine.basics.whole_file import write_whole

TIME_LIMIT = 60.0  # seconds, for each program that is run
DAY = 1577836800  # 1 January 2020, in seconds, where SOURCE_DATE_EPOCH names no other: two runs give the same bytes
# Chromium asks its makers for news at each start; the page is a file, and asks for nothing.
SILENT = ("--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")


class NoPDFError(RuntimeError):
    """There is nothing that makes a PDF, or what there is failed; the text says what to install."""


def write(paper: Paper, path: str | os.PathLike[str], filled: bool = False, large: bool = False) -> None:
    """Writes the sheet, or its key if it is `filled`, as a PDF; an existing file is replaced once the new one is whole.

    Raises NoPDFError where there is neither a LaTeX that compiles it nor a Chromium that prints it.
    """
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="chalkgrad-") as folder:
        for maker in (_by_latex, _by_browser):
            for made in maker(paper, Path(folder), filled, large, failed):
                write_whole(path, made.read_bytes(), "the PDF")
                return
    raise NoPDFError(_advice(paper, failed))


def _by_latex(paper: Paper, folder: Path, filled: bool, large: bool, failed: list[str]) -> Iterator[Path]:
    """Yields the PDF that a LaTeX made."""
    text = tex.document([paper], filled, large)
    (folder / "sheet.tex").write_text(text, "ascii")
    hebrew = "\n\\cgdirectionR\n" in text
    for program in ("lualatex",) if hebrew else ("pdflatex", "lualatex"):
        if found := shutil.which(program):
            command = [found, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "sheet.tex"]
            if all(_run(command, folder, failed) for _ in range(2)):  # the second time it knows the number of pages
                if hebrew and (log := _missing(folder)):
                    failed.append(f"{program}: {log}")
                    continue
                yield folder / "sheet.pdf"


def _missing(folder: Path) -> str:
    """Returns what the log says of a font that lacks the letters."""
    log = (folder / "sheet.log").read_text("utf-8", "replace")
    return "there is no font with Hebrew letters" if "chalkgrad: no font has" in log else ""


def _by_browser(paper: Paper, folder: Path, filled: bool, large: bool, failed: list[str]) -> Iterator[Path]:
    """Yields the PDF that a browser printed."""
    (folder / "sheet.html").write_text(html.page(paper, filled, large), "utf-8")
    made = folder / "printed.pdf"
    for program in BROWSERS:
        if found := shutil.which(program):
            options = [
                "--headless",
                "--disable-gpu",
                "--no-pdf-header-footer",
                f"--user-data-dir={folder / 'profile'}",
                *SILENT,
            ]
            if hasattr(os, "geteuid") and os.geteuid() == 0:
                options.append("--no-sandbox")  # Chromium has no sandbox for root; the page is ours, and runs no script
            if (
                _run([found, *options, f"--print-to-pdf={made}", (folder / "sheet.html").as_uri()], folder, failed)
                and made.exists()
            ):
                made.write_bytes(_dated(made.read_bytes()))
                yield made


def _day() -> int:
    """Returns the date that a PDF bears, in seconds."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(given) if given.isdecimal() else DAY


def _dated(contents: bytes) -> bytes:
    """Returns the PDF of a browser with our dates in place of the clock's: they are as long, so that no offset changes."""
    day = time.strftime("%Y%m%d%H%M%S", time.gmtime(_day())).encode()
    return re.sub(rb"(?<=Date \(D:)\d{14}", day, contents)


def _run(command: Sequence[str], folder: Path, failed: list[str]) -> bool:
    """Runs a program, and tells whether it ended well and in time; if not, it is ended, and `failed` says why."""
    name = Path(command[0]).name
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=os.name == "posix",
            env={**os.environ, "SOURCE_DATE_EPOCH": str(_day()), "FORCE_SOURCE_DATE": "1"},
        )
    except OSError as error:
        failed.append(f"{name} cannot be run ({error.strerror})")
        return False
    with process:
        try:
            output, _ = process.communicate(timeout=TIME_LIMIT)
        except BaseException as error:
            _end(process)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            failed.append(f"{name} was stopped after {TIME_LIMIT:g} s")
            return False
    if process.returncode:
        lines = output.decode("utf-8", "replace").splitlines()
        why = next((line for line in lines if line.startswith("!")), f"exit status {process.returncode}")
        failed.append(f"{name}: {why.lstrip('! ')}")
    return process.returncode == 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a program, and what it started; nobody waits for the rest of what it says."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    if process.stdout is not None:
        process.stdout.close()
    process.wait()


def _advice(paper: Paper, failed: list[str]) -> str:
    """Returns what to do where no PDF was made."""
    latex = "texlive-luatex and fonts-dejavu" if paper.language == "he" else "texlive-latex-recommended and texlive-pictures"
    said = f" ({'; '.join(dict.fromkeys(failed))})" if failed else ""
    return (
        f"a PDF is made by LaTeX or by Chromium, and neither made one here{said}: install chromium, or a LaTeX (Debian: "
        f"apt-get install chromium, or {latex}); or open the HTML in any browser, and print it."
    )
