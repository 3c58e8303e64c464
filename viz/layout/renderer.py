"""Finds a program that lays out and renders graphs, and runs it with a time limit.

It looks for the program that the caller names; else for graphviz-pure, which is installed with chalkgrad; else for ``dot`` on
the PATH. If there is none, `RendererMissing` says what to install.

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
from math import ceil
from pathlib import Path

TIME_LIMIT = 20.0  # seconds
VARIABLE = "CHALKGRAD_TIME_LIMIT"  # the environment variable that sets another limit


class RendererMissing(RuntimeError):  # noqa: N818 (read aloud: "renderer missing")
    """No renderer was found; the message says what to install, and what can be had without one."""


class RenderingFailed(RuntimeError):  # noqa: N818 (read aloud: "rendering failed")
    """The renderer gave no picture; the message says what it was asked and what to do."""


def find(renderer: str | os.PathLike[str] | None = None) -> str:
    """Returns the path of the executable to run.

    Args:
        renderer: a path, a name such as ``"dot"`` or ``"graphviz-pure"``, or None for the first one found.

    Raises:
        RendererMissing: it was not found.
    """
    if renderer is not None:
        found = _executable(os.fspath(renderer))
        if found is None:
            raise RendererMissing(
                f'there is no renderer "{os.fspath(renderer)}" here: name graphviz-pure (pip install graphviz-pure),'
                " dot, or the path of either; the text for it is in .dot."
            )
        return found
    for name in ("graphviz-pure", "dot"):
        found = _executable(name)
        if found is not None:
            return found
    raise RendererMissing(
        "to draw this, install a renderer with: pip install graphviz-pure; the .dot text can be had without one."
    )


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


def run(executable: str, arguments: list[str], source: str, *, time_limit: float | None = None) -> bytes:
    """Returns what ``executable`` writes when it gets ``source`` on its standard input.

    Warnings are ignored, and so is exit status 1 if there is output, because a whole picture may come with it. If the
    time runs out, or the user presses Ctrl-C, the program and everything it started are ended.

    Args:
        executable: the path of the program.
        arguments: its command-line arguments.
        source: the text of the graph.
        time_limit: seconds; by default those of the environment variable CHALKGRAD_TIME_LIMIT, else `TIME_LIMIT`.

    Raises:
        RenderingFailed: there was no output, or not in time.
    """
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
        raise RenderingFailed(f"{name} gave no picture ({reason}): the .dot text can still be had, for another renderer.")
    return output


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
