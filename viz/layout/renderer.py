"""Finds what lays out and renders graphs, and runs it; a program with a time limit.

It looks for what the caller names; else for graphviz-pure, which is installed with chalkgrad; else for ``dot`` on the PATH;
else, in the browser's Python, for a Graphviz in JavaScript. Where there is none of them, `find` says what to install, and
`find_layout` returns the layout of our own, with which everything is drawn; only a PNG has to be painted by a program.

>>> find("no-such-renderer")  # doctest: +ELLIPSIS
Traceback (most recent call last):
chalkgrad.viz.layout.renderer.RendererMissing: there is no renderer "no-such-renderer" here: ...
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterable
from math import ceil
from pathlib import Path

from chalkgrad.viz.layout import javascript

TIME_LIMIT = 20.0  # seconds
VARIABLE = "CHALKGRAD_TIME_LIMIT"  # the environment variable that sets another limit
IN_BROWSER = sys.platform == "emscripten"


class RendererMissing(RuntimeError):  # noqa: N818 (read aloud: "renderer missing")
    """No renderer was found; the message says what to install, and what can be had without one."""


class RenderingFailed(RuntimeError):  # noqa: N818 (read aloud: "rendering failed")
    """The renderer gave no picture; the message says what it was asked and what to do."""


JAVASCRIPT, LAYERED = "javascript", "layered"

# Each Graphviz by its name, in the order in which they are tried: what is to be run, None if it is not here.
GRAPHVIZ: dict[str, Callable[[], str | None]] = {
    "graphviz-pure": lambda: _executable("graphviz-pure"),
    "dot": lambda: _executable("dot"),
    JAVASCRIPT: lambda: JAVASCRIPT if javascript.loaded() is not None else None,
}


def find(renderer: str | os.PathLike[str] | None = None) -> str:
    """Returns the Graphviz to run: the path of an executable, or "javascript".

    Args:
        renderer: a path, a name such as ``"dot"`` or ``"graphviz-pure"``, or None for the first one found.

    Raises:
        RendererMissing: it was not found.
    """
    if renderer is not None:
        named = os.fspath(renderer)
        found = GRAPHVIZ[named]() if named in GRAPHVIZ else _executable(named)
        if found is None:
            raise RendererMissing(
                f'there is no renderer "{named}" here: name graphviz-pure (pip install graphviz-pure),'
                " dot, the path of either, or layered, our own layout; the text for it is in .dot."
            )
        return found
    for graphviz in GRAPHVIZ.values():
        found = graphviz()
        if found is not None:
            return found
    if IN_BROWSER:
        raise RendererMissing(
            f"to draw this in a browser, load a JavaScript Graphviz as globalThis.{javascript.NAME}; the .dot text can be had "
            "without one."
        )
    raise RendererMissing(
        "to draw this, install a renderer with: pip install graphviz-pure; the .dot text can be had without one."
    )


def find_layout(renderer: str | os.PathLike[str] | None = None) -> str:
    """Returns what lays a graph out: what `find` returns, or "layered", our own layout, if that is named or all there is.

    Raises:
        RendererMissing: what is named was not found.

    >>> find_layout("layered")
    'layered'
    """
    if renderer == LAYERED:
        return LAYERED
    try:
        return find(renderer)
    except RendererMissing:
        if renderer is None:
            return LAYERED
        raise


def find_painter(renderer: str | os.PathLike[str] | None = None) -> str:
    """Returns the program that paints a PNG; one that is named only for its layout is passed over.

    Raises:
        RendererMissing: there is none.
    """
    with contextlib.suppress(RendererMissing):
        found = find(None if renderer in (LAYERED, JAVASCRIPT) else renderer)
        if found != JAVASCRIPT:
            return found
    if renderer not in (None, LAYERED, JAVASCRIPT):
        return find(renderer)  # which says what is missing
    if IN_BROWSER:
        raise RendererMissing("a .png is painted by a program, and there are none in a browser: save as .svg.")
    raise RendererMissing("for PNG, install a renderer with: pip install graphviz-pure; or save as .svg.")


def find_dot() -> str | None:
    """Returns the path of a system Graphviz's ``dot``, or None."""
    return _executable("dot")


def _executable(name: str) -> str | None:
    """Returns the path of ``name`` beside this interpreter (whether its environment is active or not) or on the PATH."""
    if os.path.dirname(name):
        return shutil.which(name)
    beside = os.pathsep.join(dict.fromkeys((str(Path(sys.executable).parent), sysconfig.get_path("scripts"))))
    if name != "dot":  # a dot beside the interpreter (conda) is on the PATH when its environment is active
        found = shutil.which(name, path=beside)  # on Windows, .exe is tried too
        if found is not None:
            return found
    return shutil.which(name)


def run_each(executable: str, arguments: list[str], sources: Iterable[str]) -> bytes:
    """Returns what ``executable`` writes for all ``sources``, one after the other. A program is run once; see `run`."""
    if executable == JAVASCRIPT:  # which reads one graph of a text
        return b"".join(run(executable, arguments, source) for source in sources)
    return run(executable, arguments, "".join(sources))


def run(executable: str, arguments: list[str], source: str, *, time_limit: float | None = None) -> bytes:
    """Returns what ``executable`` writes when it gets ``source`` on its standard input.

    Warnings are ignored, and so is exit status 1 if there is output, because a whole picture may come with it. If the
    time runs out, or the user presses Ctrl-C, the program and everything it started are ended.

    Args:
        executable: the path of the program, or "javascript", which has no time limit.
        arguments: its command-line arguments.
        source: the text of the graph.
        time_limit: seconds; by default those of the environment variable CHALKGRAD_TIME_LIMIT, else `TIME_LIMIT`.

    Raises:
        RenderingFailed: there was no output, or not in time.
    """
    if executable == JAVASCRIPT:
        try:
            return javascript.layout(arguments, source)
        except javascript.Failed as failed:
            raise _without_picture("JavaScript's Graphviz", str(failed)) from failed
    name = Path(executable).name
    limit = _limit() if time_limit is None else time_limit
    try:
        process = subprocess.Popen(
            [executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix",  # so that a wrapper's children can be ended with it
        )
    except OSError as error:
        raise RenderingFailed(f"{name} cannot be run ({error.strerror}): reinstall it, or name another renderer.") from error
    _limit_cpu_time(process.pid, limit)
    with process:
        try:
            output, errors = process.communicate(source.encode("utf-8"), timeout=limit)
        except subprocess.TimeoutExpired:
            _end(process)
            raise RenderingFailed(
                f"{name} was stopped after {limit:g} s: draw a smaller part of the graph, or fold it, as draw does with "
                f"collapse; name another renderer, or save it as .dot; or wait longer, with {VARIABLE}={3 * limit:g} in the "
                "environment."
            ) from None
        except BaseException:
            _end(process)
            raise
    if not output:
        said = errors.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1] if said else f"exit status {process.returncode}"
        raise _without_picture(name, reason)
    return output


def _without_picture(name: str, reason: str) -> RenderingFailed:
    return RenderingFailed(f"{name} gave no picture ({reason}): the .dot text can still be had, for another renderer.")


def _limit() -> float:
    """Returns the number of seconds a renderer may take."""
    asked = os.environ.get(VARIABLE, "").strip()
    with contextlib.suppress(ValueError):
        if not asked or 0 < float(asked) <= threading.TIMEOUT_MAX:
            return float(asked or TIME_LIMIT)
    raise RenderingFailed(f"{VARIABLE} is a number of seconds, such as {TIME_LIMIT:g}, and not {asked!r}.")


def _limit_cpu_time(process: int, limit: float) -> None:
    """Limits the computing time of a process and of everything it starts, on systems that can.

    If chalkgrad itself is killed, because a notebook is restarted, for example, nobody else would end the process.
    """
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError, OverflowError):
        import resource  # Unix

        seconds = ceil(limit)
        resource.prlimit(process, resource.RLIMIT_CPU, (seconds, seconds + 1))  # Linux


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kills ``process`` and everything it started.

    Its pipes are closed without reading to their end: that end only comes when every process that holds them has ended, and a
    child that started a session of its own has not.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:  # kill() would end a wrapper alone
            tree = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
            subprocess.run(tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            process.kill()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    process.wait()
