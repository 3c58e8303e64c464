"""A renderer that takes too long: it is ended, with all that it started, and a sentence says what to do."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from chalkgrad.viz.drawing.drawing import Drawing
from chalkgrad.viz.layout import renderer
from example_pictures import EXPRESSION

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins for a renderer are run by their first line")

# Both the wrapper and its child refuse to go when asked; what each does while it lives is filled in.
WRAPPER = """\
#!{python}
import os, signal, subprocess, sys, time
for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(asked, signal.SIG_IGN)
print("<svg", flush=True)  # the beginning of a picture is none
child = subprocess.Popen([sys.executable, "-c", {child!r}], start_new_session={independent})
with open({pids!r} + "~", "w") as file:
    print(os.getpid(), child.pid, file=file)
os.rename({pids!r} + "~", {pids!r})
{last}
"""
SLEEPS = "import time\ntime.sleep(60)"
COMPUTES = "while True: pass"


def written(folder, child=SLEEPS, last="child.wait()", *, independent=False):
    """Writes a renderer that takes a minute."""
    path = folder / "slow"
    options = {"python": sys.executable, "pids": str(folder / "pids"), "independent": independent}
    path.write_text(WRAPPER.format(child=child, last=last, **options))
    path.chmod(0o755)
    return str(path)


def ended(folder):
    """Leaves nothing running of the renderer in a folder, whatever a test found."""
    with suppress(FileNotFoundError):
        for pid in pids(folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def slow(tmp_path):
    yield partial(written, tmp_path)
    ended(tmp_path)


SLOW = {"waits": {}, "waits for an independent child": {"independent": True}, "ends before its child": {"last": ""}}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """What is said of slow renderers at the time limit, which they reach side by side, and the numbers of their processes."""
    folders = {name: tmp_path_factory.mktemp("slow") for name in SLOW}

    def said(name):
        for limit in (4, 20, 40):  # on a busy machine two Pythons do not start in four seconds
            with pytest.raises(renderer.RenderingFailed) as failed:
                renderer.run(written(folders[name], **SLOW[name]), [], "graph {}", time_limit=limit)
            if (folders[name] / "pids").exists():
                break
        return str(failed.value)

    with ThreadPoolExecutor() as threads:
        told = [*threads.map(said, SLOW)]
    yield {name: (one, pids(folder)) for (name, folder), one in zip(folders.items(), told, strict=True)}
    for folder in folders.values():
        ended(folder)


def pids(folder):
    """The numbers of the wrapper and of its child."""
    return [int(pid) for pid in Path(folder, "pids").read_text().split()]


def runs(pid):
    """Whether a process is still there, and not merely waiting to be buried."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def eventually(happened):
    """Waits for something that is to happen soon."""
    for _ in range(300):
        if happened():
            return True
        time.sleep(0.1)
    return False


def script(program, limit):
    """A program that draws with this renderer."""
    return [
        sys.executable,
        "-c",
        f"from chalkgrad.viz.layout import renderer; renderer.run({program!r}, [], '', time_limit={limit})",
    ]


def test_at_the_time_limit_the_renderer_and_its_child_are_ended(stopped):
    said, (wrapper, child) = stopped["waits"]
    assert re.match(r"slow was stopped after \d+ s: draw a smaller part of the graph, or fold", said)
    assert not runs(wrapper)
    assert eventually(lambda: not runs(child))


def test_a_child_that_made_itself_independent_is_not_waited_for(stopped):
    said, (wrapper, child) = stopped["waits for an independent child"]
    assert re.search(r"was stopped after \d+ s", said)
    assert not runs(wrapper)
    assert runs(child)  # it holds the renderer's output open for a minute


def test_a_wrapper_that_ends_before_its_child_leaves_nothing_running(stopped):
    said, processes = stopped["ends before its child"]
    assert re.search(r"was stopped after \d+ s", said)
    assert eventually(lambda: not any(map(runs, processes)))


def test_control_c_ends_the_renderer_and_its_child(slow, tmp_path):
    with subprocess.Popen(script(slow(), 60), stderr=subprocess.PIPE, text=True) as drawing:
        assert eventually((tmp_path / "pids").exists)
        drawing.send_signal(signal.SIGINT)
        errors = drawing.communicate(timeout=30)[1]
    assert errors.endswith("KeyboardInterrupt\n")
    assert eventually(lambda: not any(map(runs, pids(tmp_path))))


@pytest.mark.skipif(sys.platform != "linux", reason="only there a limit can be set for another process")
def test_a_renderer_whose_python_was_killed_ends_by_itself(slow, tmp_path):
    with subprocess.Popen(script(slow(COMPUTES, COMPUTES), 1), stderr=subprocess.DEVNULL) as drawing:
        assert eventually((tmp_path / "pids").exists)
        drawing.kill()
    assert eventually(lambda: not any(map(runs, pids(tmp_path))))


def test_the_environment_says_how_long_to_wait(slow, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_TIME_LIMIT", "0.5")
    with pytest.raises(renderer.RenderingFailed, match=r"stopped after 0\.5 s.*CHALKGRAD_TIME_LIMIT=1\.5 in the environment"):
        Drawing(EXPRESSION, slow()).svg  # noqa: B018 - it is drawn when looked at


@pytest.mark.parametrize("asked", ["soon", "0", "-1", "nan", "inf"])
def test_a_time_limit_that_is_none_is_refused(asked, monkeypatch):
    monkeypatch.setenv("CHALKGRAD_TIME_LIMIT", asked)
    with pytest.raises(renderer.RenderingFailed, match=rf"is a number of seconds, such as 20, and not '{asked}'\.$"):
        renderer.run(renderer.find(), [], "graph {}")


def test_a_renderer_that_is_in_time_is_not_restrained(monkeypatch):
    monkeypatch.setenv("CHALKGRAD_TIME_LIMIT", " 30 ")
    assert renderer.run(renderer.find(), ["-Tplain"], "graph { a }").startswith(b"graph")
