"""The folder of a lecture: what the command says and writes, what it leaves alone, what Ctrl-C leaves."""

import importlib
import io
import json
import os
import re
import signal
import sys
import time
import weakref
from contextlib import suppress

import pytest
from browsing import chromium
from chalkgrad.command import commands
from chalkgrad.lecture import making
from chalkgrad.lecture.index import page
from chalkgrad.lecture.making import Folder
from chalkgrad.lecture.rows import rows

FIFTH = ["05-deep.ipynb", "05-deep.py", "05-deep.svg", "index.html", "lecture.json"]  # what row 5 leaves


def run(*arguments):
    return commands.run(["lecture", *map(str, arguments)])


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_rows_are_made_one_after_the_other_and_those_that_are_there_stay(tmp_path, capsys):
    place = tmp_path / "week 3"
    assert run("-o", place, "--rows", "5,10") == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"row  5 +\d+\.\d s   3 files   Hidden units, and what deep means", lines[0])
    assert re.fullmatch(r"row 10 +\d+\.\d s   6 files   Gradients are rows, Jacobians matrices", lines[1])
    assert lines[2:] == [f"wrote {place}/index.html: open it in a browser"]
    assert run("-o", place, "--rows", "13") == 0
    index = (place / "index.html").read_text("utf-8")
    assert re.findall(r'<section id="row-(\d+)">', index) == ["5", "10", "13"]
    assert re.findall(r"<td>(\d:\d\d)</td>", index) == ["0:00", "0:05", "0:12"]
    assert "3 rows, 24 minutes" in index


def test_the_same_bytes_twice(tmp_path):
    for name in ("one", "other"):
        run("-o", tmp_path / name, "--rows", "5,10,13")
    once = contents(tmp_path / "one")
    assert once == contents(tmp_path / "other")
    run("-o", tmp_path / "one", "--rows", "5,13")
    assert once == contents(tmp_path / "one")


@pytest.mark.parametrize("name", ["05-deep.svg", "index.html", "lecture.json", "13-frames/e-000.svg"])
def test_what_somebody_else_has_put_there_stays(name, tmp_path, capsys):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    assert run("-o", tmp_path, "--rows", "13,5") == 2
    assert contents(tmp_path) == {name: b"mine"}
    assert str(tmp_path / name.partition("/")[0]) in capsys.readouterr().err


def test_nothing_is_written_through_a_link(tmp_path, capsys):
    (tmp_path / "mine").write_text("mine")
    place = tmp_path / "lecture"
    place.mkdir()
    (place / "index.html").symlink_to(tmp_path / "mine")
    assert run("-o", place, "--rows", "5") == 2
    assert (tmp_path / "mine").read_text() == "mine"


@pytest.mark.parametrize(
    "facts",
    [
        {"rows": {"5": ["../mine"]}},
        {"others": ["05-deep.svg/../../mine"]},
        {"rows": {"99": []}},
        {"rows": {"5": "05-deep.svg"}},
        {"missing": {"5": {"05-deep.svg": 1}}},
        {"version": 2},
        {"schema": "chalkgrad/worksheet"},
        {"rows": None},
    ],
)
def test_a_list_that_was_changed_is_refused(facts, tmp_path, capsys):
    run("-o", tmp_path / "lecture", "--rows", "5")
    listed = tmp_path / "lecture" / "lecture.json"
    listed.write_text(json.dumps(json.loads(listed.read_text("utf-8")) | facts))
    before = contents(tmp_path)
    assert run("-o", tmp_path / "lecture", "--rows", "5") == 2
    assert contents(tmp_path) == before
    assert "lecture.json" in capsys.readouterr().err


def test_without_matplotlib_all_else_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run("-o", tmp_path, "--rows", "2") == 0
    assert '02-step.svg is not here: plots need matplotlib: pip install "chalkgrad[plot]"' in capsys.readouterr().out
    assert {path.name for path in tmp_path.iterdir()} == {
        "02-step-neuron.html",
        "02-step-neuron.svg",
        "02-step.ipynb",
        "02-step.py",
        "index.html",
        "lecture.json",
    }
    index = (tmp_path / "index.html").read_text("utf-8")
    assert "02-step.svg is not here" in index
    assert 'href="02-step.svg"' not in index
    monkeypatch.undo()
    run("-o", tmp_path, "--rows", "2")
    assert (tmp_path / "02-step.svg").exists()
    assert "is not here" not in (tmp_path / "index.html").read_text("utf-8")


def test_ctrl_c_leaves_what_is_finished(tmp_path, monkeypatch, capsys):
    make = making._make

    def pressed(file, path, variables):
        if file.name == "13-beamer/":
            os.kill(os.getpid(), signal.SIGINT)
        return make(file, path, variables)

    monkeypatch.setattr(making, "_make", pressed)
    before = signal.getsignal(signal.SIGINT)
    assert run("-o", tmp_path, "--rows", "5,13-15") == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert sorted(path.name for path in tmp_path.iterdir()) == FIFTH
    said = capsys.readouterr().out.splitlines()
    assert said[1] == f"stopped; what was finished is in {tmp_path}"
    assert said[2] == f"the others: chalkgrad lecture -o {tmp_path} --rows 13,14,15"
    monkeypatch.undo()
    assert run("-o", tmp_path, "--rows", "13") == 0


def test_ctrl_c_in_a_training_stops_the_lecture(tmp_path, monkeypatch):
    import chalkgrad.nn.training as training

    class Pressed:  # each epoch
        def __init__(self, *arguments):
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(training, "History", Pressed)
    assert run("-o", tmp_path, "--rows", "11") == 130
    assert json.loads((tmp_path / "lecture.json").read_text("utf-8"))["rows"] == {}


def test_ctrl_c_in_a_callback_of_the_garbage_collector_stops_the_lecture_too(tmp_path, monkeypatch, capfd):
    """Python throws an exception away that leaves such a callback, and says so on the standard error."""
    make, reached, heard = making._make, [], sys.unraisablehook

    class Thing:
        pass

    def pressed(*_):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):  # the handler is called in here
            pass
        reached.append("the end of the callback")

    def made(file, path, variables):
        if file.name == "13-frames/":
            thing = Thing()
            kept = weakref.ref(thing, pressed)
            del thing
            assert kept() is None
            end = time.monotonic() + 60
            while time.monotonic() < end:  # a training, say
                pass
            reached.append("the end of the file")
        return make(file, path, variables)

    monkeypatch.setattr(making, "_make", made)
    assert run("-o", tmp_path, "--rows", "5,13-15") == 130
    assert reached == []
    assert sys.unraisablehook is heard
    assert sorted(path.name for path in tmp_path.iterdir()) == FIFTH
    assert capfd.readouterr().err == ""


def test_ctrl_c_that_something_has_swallowed_stops_the_lecture_after_the_file(tmp_path, monkeypatch):
    make, asked = making._make, []

    def swallowed(file, path, variables):
        asked.append(file.name)
        if file.name == "13-two-passes.svg":
            with suppress(BaseException):
                os.kill(os.getpid(), signal.SIGINT)
        return make(file, path, variables)

    monkeypatch.setattr(making, "_make", swallowed)
    assert run("-o", tmp_path, "--rows", "13,14") == 130
    assert asked == ["13-two-passes.html", "13-two-passes.svg"]
    assert json.loads((tmp_path / "lecture.json").read_text("utf-8"))["rows"] == {}


def test_ctrl_c_while_the_sheet_is_written_leaves_it_whole(tmp_path, monkeypatch):
    write = making.write_whole

    def pressed(path, content, what):
        if path.name == "index.html":
            os.kill(os.getpid(), signal.SIGINT)
        write(path, content, what)

    monkeypatch.setattr(making, "write_whole", pressed)
    assert run("-o", tmp_path, "--rows", "5,10") == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == FIFTH


def test_an_error_of_ours_is_no_file_that_is_missing(tmp_path, monkeypatch):
    def broken(file, path, variables):
        raise RecursionError("too deep")  # a RuntimeError

    monkeypatch.setattr(making, "_make", broken)
    with pytest.raises(RecursionError):
        Folder(tmp_path / "one").make(rows()[4])
    monkeypatch.setattr(making, "_make", lambda *_: importlib.import_module("chalkgrad.nothing"))
    with pytest.raises(ModuleNotFoundError):
        Folder(tmp_path / "other").make(rows()[4])


def test_a_run_that_was_killed_does_not_stand_in_the_way(tmp_path, monkeypatch):
    listed = making.Folder._list

    class KilledError(Exception):
        pass

    def killed(folder):
        listed(folder)
        (folder.place / "05-deep.svg").write_text("half")
        monkeypatch.setattr(making, "_remove", lambda path: None)
        raise KilledError

    monkeypatch.setattr(making.Folder, "_list", killed)
    with pytest.raises(KilledError):
        run("-o", tmp_path, "--rows", "5")
    monkeypatch.undo()
    assert run("-o", tmp_path, "--rows", "5") == 0
    assert "<svg" in (tmp_path / "05-deep.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rows", "16"], "--rows: there is no row 16; they go from 1 to 15"),
        (["--rows", "0-3"], "--rows: there is no row 0; they go from 1 to 15"),
        (["--rows", "13-1"], "--rows: 13-1 goes backwards: write 1-13"),
        (["--rows", "thirteen"], "--rows are numbers such as 13,14,15 or 1-6, not thirteen"),
        (["--rows", "1,,2"], "--rows are numbers such as 13,14,15 or 1-6, not 1,,2"),
        (["--rows", "²"], "--rows are numbers such as 13,14,15 or 1-6, not ²"),
        (["--rows", "1-"], "--rows are numbers such as 13,14,15 or 1-6, not 1-"),
        (["-o", ""], "-o names nothing: write -o lecture, say, or leave it out"),
    ],
)
def test_a_mistake_in_the_arguments_gets_a_sentence(arguments, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    assert capsys.readouterr().err.strip() == f"chalkgrad: {says}"
    assert [*tmp_path.iterdir()] == []


def test_a_file_is_no_folder(tmp_path, capsys):
    (tmp_path / "week3").write_text("mine")
    assert run("-o", tmp_path / "week3") == 2
    assert "is a file: -o names a folder" in capsys.readouterr().err


def test_the_help_lists_the_rows(capsys):
    run("--help")
    said = capsys.readouterr().out
    assert all(f"{row.number:>2}  {row.title} ({row.minutes})" in said for row in rows())


def test_a_terminal_is_told_what_is_under_way(tmp_path, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    run("-o", tmp_path, "--rows", "5")
    assert stream.getvalue().startswith("\rrow  5   Hidden units, and what deep means …")
    assert stream.getvalue().endswith(" \r")


# The sheet ------------------------------------------------------------------------------------------------------------


def everything():
    return page([(row, [file.name for file in row.files], {}) for row in rows()])


def test_the_sheet_asks_nothing_of_a_network():
    sheet = everything()
    assert re.findall(r'(?:src|href)="(?:[a-z]+:)?//', sheet) == []
    assert re.findall(r"\son\w+=|javascript:|\beval\b", sheet) == []
    assert "default-src 'none'" in sheet


def test_the_sheet_has_a_box_a_question_and_the_minutes_of_each_row():
    sheet = everything()
    for row in rows():
        assert sheet.count(f'data-row="{row.number}"') == 2
        assert sheet.count(f'id="row-{row.number}"') == 1
    assert sheet.count('class="ask"') == 15
    assert "15 rows, 120 minutes" in sheet
    assert "`" not in sheet.split("<script>")[0]
    assert "1:47 to 2:00, 13 min" in sheet


def test_in_a_browser_pictures_are_seen_ticks_stay_and_nothing_is_refused(tmp_path):
    run("-o", tmp_path, "--rows", "5,10")
    with chromium() as browser:
        tab = browser.new_page(viewport={"width": 390, "height": 844})
        said = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("request", lambda request: said.append(request.url) if not request.url.startswith("file:") else None)
        tab.goto((tmp_path / "index.html").as_uri())
        for picture in tab.query_selector_all("img"):
            picture.scroll_into_view_if_needed()
        tab.wait_for_function("() => [...document.images].every(image => image.naturalWidth > 0)")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.check("#row-10 [data-row]")
        tab.reload()
        assert tab.is_checked("#rows [data-row='10']")
        assert not tab.is_checked("#rows [data-row='5']")
        tab.click("#row-5 .own button")
        tab.wait_for_function("() => document.querySelector('#row-5 .own button').innerText === 'Copied'")
        tab.set_viewport_size({"width": 1280, "height": 720})
        sizes = tab.evaluate(
            "[...document.querySelectorAll('td, .ask, .do')].map(one => parseFloat(getComputedStyle(one).fontSize))"
        )
        assert min(sizes) >= 0.028 * 720
    assert said == []
