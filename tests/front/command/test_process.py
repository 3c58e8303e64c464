"""The command in a process of its own: Ctrl-C at any moment, streams that are closed or full, files without a place."""

import contextlib
import errno
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from chalkgrad.__main__ import main
from chalkgrad.nn import MLP

POSIX = pytest.mark.skipif(os.name != "posix", reason="descriptors are closed by a shell")
LONG = "x" * 300
TOO_LONG = os.strerror(errno.ENAMETOOLONG)
FULL = Path("/dev/full")


def run(arguments, redirections="", stdin=""):
    """What the command does with its streams redirected as a shell does: (status, standard output, standard error)."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirections}', "sh", sys.executable, "-m", "chalkgrad", *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


# Ctrl-C --------------------------------------------------------------------------------------------------------------

INTERRUPTED = """
import os, signal, sys

class Presser:
    '''Presses Ctrl-C when a module is about to be imported.'''

    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Presser())
sys.argv[1:], way = sys.argv[1:2], sys.argv[2]
module = sys.argv[1]
if way == "script":
    from chalkgrad.__main__ import main
    sys.exit(main(["draw", "colah"]))
import runpy
Presser.find_spec = lambda self, name, path=None, target=None: os.kill(os.getpid(), signal.SIGINT) if name == module else None
sys.argv[1:] = ["draw", "colah"]
runpy.run_module("chalkgrad", run_name="__main__", alter_sys=True)
"""
IMPORTED = [
    "chalkgrad.command.commands",
    "argparse",
    "chalkgrad.engine",
    "chalkgrad.engine.value",
    "chalkgrad.command.graphs",
    "chalkgrad.viz",
]


@POSIX
@pytest.mark.parametrize("way", ["script", "module"])
@pytest.mark.parametrize("module", IMPORTED)
def test_ctrl_c_while_it_imports_ends_with_one_line(module, way):
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, module, way], capture_output=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\nchalkgrad: stopped\n")
    assert list(Path().iterdir()) == []


def test_ctrl_c_while_a_class_is_made_ends_with_one_line(monkeypatch, capsys):
    def interrupted(arguments):
        raise RuntimeError("Error calling __set_name__") from KeyboardInterrupt()  # as Python before 3.12 has it

    monkeypatch.setattr("chalkgrad.command.commands.run", interrupted)
    assert main(["draw", "colah"]) == 130
    assert capsys.readouterr().err == "\nchalkgrad: stopped\n"


def test_ctrl_c_while_arguments_are_taken_apart_ends_with_one_line(monkeypatch, capsys):
    def interrupted(arguments):
        try:
            raise KeyboardInterrupt
        finally:
            arguments.save_nargs  # noqa: B018 - as argparse looks for what it had no time to keep

    monkeypatch.setattr("chalkgrad.command.commands.run", interrupted)
    assert main(["draw", "colah"]) == 130
    assert capsys.readouterr().err == "\nchalkgrad: stopped\n"


HALF_A_BAR = """
import sys
from chalkgrad.__main__ import main
from chalkgrad.command import commands
from tqdm.auto import tqdm

def run(_):
    bar = tqdm.__new__(tqdm)  # as far as it was made
    bar.disable = False
    raise KeyboardInterrupt

commands.run = run
sys.exit(main([]))
"""


def test_ctrl_c_while_a_progress_bar_is_made_ends_with_one_line():
    """tqdm's own __del__ takes it for a whole one, and the interpreter tells of the error that nobody can catch."""
    done = subprocess.run([sys.executable, "-c", HALF_A_BAR], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "\nchalkgrad: stopped\n")


def test_a_mistake_of_ours_is_not_taken_for_ctrl_c(monkeypatch):
    def mistaken(arguments):
        return arguments.save_nargs

    monkeypatch.setattr("chalkgrad.command.commands.run", mistaken)
    with pytest.raises(AttributeError, match="save_nargs"):
        main(["draw", "colah"])


def test_nothing_is_imported_before_ctrl_c_is_looked_after():
    loaded = "import sys, chalkgrad.__main__; print(*(name for name in sys.modules if name.startswith('chalkgrad')))"
    shown = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
    assert shown.split() == ["chalkgrad", "chalkgrad.__main__"]


# Streams -------------------------------------------------------------------------------------------------------------


@POSIX
def test_stepping_without_standard_input_or_output_is_refused():
    sentence = "chalkgrad: step reads what to do at a prompt, and standard {} is closed\n"
    assert run(["step", "colah"], "<&-") == (2, "", sentence.format("input"))
    assert run(["step", "colah"], ">&-") == (2, "", sentence.format("output"))


@POSIX
def test_stepping_goes_on_without_standard_error():
    status, out, _ = run(["step", "colah"], "2>&-", stdin="n\nq\n")
    assert status == 0
    assert "1/5" in out
    assert out == run(["step", "colah"], stdin="n\nq\n")[1]


@POSIX
def test_it_steps_where_the_locale_has_no_sign_but_those_of_ascii(monkeypatch):
    for name, text in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}.items():
        monkeypatch.setenv(name, text)
    status, out, error = run(["step", "colah"], stdin="n\nq\n")
    assert (status, error) == (0, "")
    assert "1/5" in out


CLOSED = """
import os, sys
reading, writing = os.pipe()
os.dup2(writing, 1)
os.close(writing)
os.close(reading)
from chalkgrad.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@POSIX
@pytest.mark.parametrize(
    "arguments", [["train", "xor", "--epochs", "1", "--compiled", "python", "--json"], ["draw", "colah", "-o", "-"]]
)
def test_nothing_is_said_to_a_pipe_that_nobody_reads(arguments):
    done = subprocess.run([sys.executable, "-c", CLOSED, *arguments], stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stderr) == (1, "")


@POSIX
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "xor", "--epochs", "3", "--compiled", "python"], "training accuracy"),
        (["demo"], "100 of 100 points on the right side"),
        (["frames", "colah"], "wrote 6 pictures"),
        (["draw", "colah"], "wrote colah.svg"),
        (["play", "colah"], "wrote colah.html"),
        (["examples", "colah"], "Colah"),
    ],
)
def test_what_it_does_without_standard_error_it_does_with_it(arguments, said):
    status, out, _ = run(arguments, "2>&-")
    assert status == 0
    assert said in out


@POSIX
@pytest.mark.parametrize("redirections", [">&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("arguments", [["draw", "colah"], ["train", "xor", "--epochs", "2", "--save", "m.json"], ["examples"]])
def test_it_works_without_standard_output(arguments, redirections):
    status, out, error = run(arguments, redirections)
    assert (status, out) == (0, "")
    assert "Traceback" not in error
    assert Path("colah.svg").exists() or arguments[0] != "draw"
    assert Path("m.json").exists() or arguments[0] != "train"


@POSIX
def test_what_is_asked_for_on_a_standard_output_that_is_closed_is_not_lost_without_a_word():
    assert run(["draw", "colah", "-o", "-"], ">&-") == (
        2,
        "",
        "chalkgrad: - is standard output, which is closed: write -o NAME.svg\n",
    )


@pytest.mark.skipif(not FULL.exists(), reason="there is no device that is always full")
def test_a_full_disk_behind_standard_output_is_a_sentence():
    reason = os.strerror(errno.ENOSPC)
    assert run(["examples"], ">/dev/full") == (2, "", f"chalkgrad: standard output cannot be written: {reason}\n")


# Files ---------------------------------------------------------------------------------------------------------------


ENGINE = """
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def backward(self):
        self.grad = 1.0
        for parent, partial in self.parents:
            parent.grad += partial
"""


@contextlib.contextmanager
def space_for(size):
    """No file may have more than so many bytes here, as on a disk that is full."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode  # the interpreter would leave half a module there
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        sys.dont_write_bytecode = before
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("arguments", "file", "size"),
    [
        (["latex", "colah", "-o", "t.tex"], "t.tex", 20),
        (["grade", "engine.py", "--needs", "+", "--html", "f.html"], "f.html", 1000),
        (["grade", "engine.py", "--needs", "+", "--gradescope", "r.json"], "r.json", 1000),
        (["grade", "--moodle", "handed_in", "-o", "f.zip", "--needs", "+", "--jobs", "1"], "f.zip", 1000),
        (["grade", "--scaffold", "gradescope", "."], "setup.sh", 20),
    ],
)
def test_where_no_space_is_left_the_old_file_stays_and_no_half_one_is_beside_it(arguments, file, size, capsys):
    handed_in = Path("handed_in/One_1_assignsubmission_file_")
    handed_in.mkdir(parents=True)
    for folder in (Path(), handed_in):
        (folder / "engine.py").write_text(ENGINE, "utf-8")
    Path(file).write_text("the old file", "utf-8")
    with space_for(size):
        assert main(arguments) == 2
    said = capsys.readouterr().err
    assert re.search(rf"^chalkgrad: .*{re.escape(file)} .*{os.strerror(errno.EFBIG)}", said, re.IGNORECASE | re.MULTILINE)
    assert Path(file).read_text("utf-8") == "the old file"
    assert [path.name for path in Path().rglob("*") if path.name.endswith(".part")] == []


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["draw", "colah", "-o", LONG + ".svg"], "-o"),
        (["play", "colah", "-o", LONG + ".html"], "-o"),
        (["frames", "colah", "-o", LONG], "-o"),
        (["train", "xor", "--epochs", "1", "--save", LONG], "--save"),
        (["train", "xor", "--epochs", "1", "--plot", LONG + ".svg"], "--plot"),
    ],
)
def test_a_name_that_is_too_long_is_named_in_short(arguments, option, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(rf"chalkgrad: x{{40}}…[x.svghtml]{{19}} cannot be written: {TOO_LONG.lower()}\n", captured.err)
    named = [*arguments[: arguments.index(option) + 1], ""]
    assert main(named) == 2
    assert capsys.readouterr().err.startswith(f"chalkgrad: {option} names nothing: write {option} ")
    assert list(Path().iterdir()) == []


def test_the_demo_needs_a_folder_with_a_name(capsys):
    assert main(["demo", "--out", ""]) == 2
    assert capsys.readouterr().err == "chalkgrad: --out names nothing: write --out chalkgrad-demo, say, or leave it out\n"


def test_what_was_trained_is_kept_where_there_is_space_if_the_disk_is_full(monkeypatch, tmp_path_factory, capsys):
    calls = []
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))

    def full_at_first(descriptor):
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full_at_first)
    Path("m.json").write_text("the old file", "utf-8")
    assert main(["train", "xor", "--epochs", "3", "--compiled", "python", "--save", "m.json"]) == 2
    first, second = capsys.readouterr().err.splitlines()[-2:]
    assert first == f"chalkgrad: the model cannot be written to m.json ({os.strerror(errno.ENOSPC)}): name another place"
    place = re.fullmatch(r"the trained network is kept in (.*)", second)[1]
    assert Path(place).is_relative_to(elsewhere)
    assert len(MLP.load(place).parameters()) == 2 * 4 + 4 + 4 + 1
    assert Path("m.json").read_text("utf-8") == "the old file"
    assert [path.name for path in Path().iterdir()] == ["m.json"]


def test_a_plot_that_fails_does_not_lose_what_was_trained(monkeypatch, capsys):
    def fails(*arguments, **options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    from chalkgrad.viz.plots import plots

    monkeypatch.setattr(plots, "plot_regions", fails)
    assert main(["train", "xor", "--epochs", "3", "--compiled", "python", "--save", "m.json", "--plot", "p.svg"]) == 2
    assert capsys.readouterr().err.endswith(f"chalkgrad: p.svg cannot be written: {os.strerror(errno.ENOSPC).lower()}\n")
    assert json.loads(Path("m.json").read_text("utf-8"))["widths"] == [4, 1]


def test_if_nothing_can_be_written_anywhere_it_says_so(monkeypatch, capsys):
    def fails(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(MLP, "save", fails)
    assert main(["train", "xor", "--epochs", "3", "--compiled", "python", "--save", "m.json"]) == 2
    first, second = capsys.readouterr().err.splitlines()[-2:]
    assert first == "chalkgrad: m.json cannot be written: no space left on device"
    assert second == "nor is there another place to keep the trained network in: No space left on device"
