"""The command in a process of its own, in a folder of its own: what is done to it, how it ended, and what it left there."""

from __future__ import annotations

import ast
import contextlib
import csv
import html.parser
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

LONGEST = 90.0  # seconds after which a command counts as one that does not end
MEMORY = 6 << 30  # bytes of addresses that a command may take, so that a mistake does not take the machine's


class Ended(NamedTuple):
    """How a command ended; its status is None if it did not end by itself."""

    status: int | None
    out: str
    error: str


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that is deleted again, two levels deep, so that .. is one, too."""
    outer = Path(tempfile.mkdtemp(prefix="chalkgrad-proof-"))
    inner = outer / "here"
    inner.mkdir()
    try:
        yield inner
    finally:
        shutil.rmtree(outer, ignore_errors=True)


@contextlib.contextmanager
def nowhere_to_write(within: Path, size: int = 0) -> Iterator[None]:
    """Makes a folder one that cannot be written to, or, with a size, a disk of so many bytes; that takes root, and Linux."""
    if os.getuid():
        if size:
            raise PermissionError("a small disk is made by root alone")
        within.chmod(0o555)
        try:
            yield
        finally:
            within.chmod(0o755)
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}" if size else "ro", "tmpfs", within], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", within], check=True)


def forked(arguments: Sequence[str], within: Path, typed: str = "", before: Callable[[], None] = lambda: None) -> Ended:
    """Runs the command in a fork of this process, which has imported it already: thousands of commands cost a minute.

    Args:
        arguments: what stands behind `chalkgrad`
        within: the folder it runs in
        typed: what it reads
        before: is called first, in the fork
    """
    from chalkgrad.__main__ import main

    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        stdin.write(typed.encode())
        stdin.seek(0)
        child = os.fork()
        if not child:
            status = 70
            try:
                os.setsid()
                for stream, number in ((stdin, 0), (stdout, 1), (stderr, 2)):
                    os.dup2(stream.fileno(), number)
                sys.stdin, sys.stdout, sys.stderr = (
                    open(number, mode, encoding="utf-8", errors=errors, closefd=False)  # noqa: SIM115 (the process needs it)
                    for number, mode, errors in ((0, "r", "strict"), (1, "w", "strict"), (2, "w", "backslashreplace"))
                )
                os.chdir(within)
                limited()
                before()
                status = main(list(arguments))
                sys.stdout.flush()
                sys.stderr.flush()
            except SystemExit as error:
                status = error.code if isinstance(error.code, int) else 1
            except BaseException:
                traceback.print_exc()
                with contextlib.suppress(OSError):
                    sys.stderr.flush()
                status = 1
            finally:
                os._exit(status)
        status = _waited(child)
        texts = []
        for stream in (stdout, stderr):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8", "replace"))
        return Ended(status, *texts)


def limited() -> None:
    """Bounds this process."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _as_in_a_terminal() -> None:
    """Bounds this process, and has it hear Ctrl-C, which a shell has what it starts by `&` ignore, with its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    limited()


def _waited(child: int) -> int | None:
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    with contextlib.suppress(OSError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def anew(
    arguments: Sequence[str],
    within: Path,
    redirections: str = "",
    environment: Mapping[str, str | None] = {},  # it is only read
    interrupted_after: float | None = None,
) -> Ended:
    """Runs the command as a shell does, in a new process.

    Args:
        arguments: what stands behind `chalkgrad`
        within: the folder it runs in
        redirections: of the shell, such as `2>&-`, or ` | head -c 10`
        environment: what is set in it, and with None what is not
        interrupted_after: seconds after which Ctrl-C is pressed, for all processes that it has started, as a terminal does
    """
    variables: dict[str, str] = {"PYTHONDONTWRITEBYTECODE": "1"}
    for name, text in {**os.environ, **environment}.items():
        if text is not None:
            variables[name] = text
    call = ["sh", "-c", f'"$@" {redirections}', "sh", sys.executable, "-m", "chalkgrad", *arguments]
    process = subprocess.Popen(
        call if redirections else call[4:],
        cwd=within,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=_as_in_a_terminal,
    )
    status: int | None = None
    try:
        if interrupted_after is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(interrupted_after)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
        out, error = process.communicate(timeout=LONGEST)
        status = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, error = process.communicate()
    return Ended(status, out.decode("utf-8", "replace"), error.decode("utf-8", "replace"))


# What is wrong with an end ----------------------------------------------------------------------------------------------


def wrong_with(ended: Ended, within: Path, allowed: Sequence[int] = (0, 1, 2, 130)) -> str:
    """Returns what is wrong with how a command ended, and with what it left in its folder; "" if nothing is."""
    both = ended.out + ended.error
    if ended.status is None:
        return "did not end"
    if "Traceback (most recent call last)" in both or "Exception ignored" in both:
        return "traceback: " + (both.strip().splitlines() or [""])[-1]
    if ended.status not in allowed:
        return f"status {ended.status}: {both.strip()[-200:]}"
    if warned := re.search(r"^.*\w+Warning: .*$", ended.error, re.MULTILINE):
        return f"a warning of Python's: {warned[0]}"
    if ended.status == 2 and not re.search(r"^chalkgrad: .{4}|could not run\"?,?$", ended.error + ended.out, re.MULTILINE):
        return f"status 2 without a sentence: {ended.error.strip()[-200:]!r}"
    return wrong_in(within)


def wrong_in(within: Path) -> str:
    """Returns which file of a folder is not whole, or was left behind; "" if there is none."""
    for path in sorted(within.rglob("*")):
        if path.name.endswith(".part"):
            return f"{path.name} was left behind"
        if path.is_file() and not path.is_symlink():
            try:
                _whole(path)
            except Exception as error:  # whatever a reader says of it
                return f"{path.name} is not whole, {path.stat().st_size} bytes: {type(error).__name__} {error}"
    return ""


class _Elements(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ended: set[str] = set()

    def handle_endtag(self, tag: str) -> None:
        self.ended.add(tag)


def _whole(path: Path) -> None:
    """Raises an error for a file that is not whole, by what its kind ends with."""
    content = path.read_bytes()
    match path.suffix.lower():
        case ".svg":
            ET.fromstring(content)
        case ".html":
            page = _Elements()
            page.feed(content.decode())
            if "html" not in page.ended:
                raise ValueError("a page without an end")
        case ".json" | ".ipynb":
            json.loads(content)
        case ".png":
            if not content.endswith(b"IEND\xaeB`\x82"):
                raise ValueError("a picture without an end")
        case ".pdf":
            if not content.rstrip().endswith(b"%%EOF"):
                raise ValueError("a document without an end")
        case ".dot":
            if not content.rstrip().endswith(b"}"):
                raise ValueError("a graph without an end")
        case ".csv":
            if content and not content.endswith(b"\n"):
                raise ValueError("a table without an end")
            list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))
        case ".tex":
            if content.count(b"\\begin{") != content.count(b"\\end{") or not content.endswith(b"\n"):
                raise ValueError("a source without an end")
        case ".zip":
            with zipfile.ZipFile(path) as archive:
                if archive.testzip():
                    raise ValueError("an archive with a damaged file")
        case ".py":
            ast.parse(content)
