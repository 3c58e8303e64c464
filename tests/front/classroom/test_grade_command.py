"""`chalkgrad grade`, as it is typed."""

import json
import os
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import pytest
from chalkgrad.__main__ import main
from chalkgrad.classroom.grading.judging.levels import FORMS, random_graphs
from chalkgrad.classroom.grading.one_submission import How, by_the_judge
from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter
from chalkgrad.command import grading
from one_bug_engines import OF_STUDENTS, source
from student_engines import engine

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no process with limits on Windows")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def right(tmp_path):
    (tmp_path / "my_engine.py").write_text(source())
    return "my_engine.py"


@pytest.fixture
def wrong(tmp_path):
    (tmp_path / "wrong.py").write_text(source(OF_STUDENTS[1]))
    return "wrong.py"


def test_a_right_engine_passes_with_status_0(right, capsys):
    assert main(["grade", right, "--needs", "+ * tanh"]) == 0
    shown = capsys.readouterr().out
    assert "Everything that was asked is right." in shown
    assert "graded is the class Value" in shown


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_with_closed_streams_an_engine_is_graded_all_the_same(right, closed, tmp_path):
    command = f'exec "$0" -m chalkgrad grade {right} --needs "+ * tanh" --html feedback.html {closed}'
    ended = subprocess.run(["sh", "-c", command, sys.executable], capture_output=True, check=False)
    assert ended.returncode == 0
    assert "Everything that was asked is right." in (tmp_path / "feedback.html").read_text("utf-8")


def test_a_wrong_engine_fails_with_status_1_and_everything_is_written_at_once(wrong, capsys, tmp_path):
    command = ["grade", wrong, "--needs", "+ *", "--json", "--html", "f.html", "--gradescope", "r.json", "--hints", "2"]
    assert main(command) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["status"] in ("graded", "partly")
    assert found["points"] < found["of"]
    failed = [finding for finding in found["findings"] if finding["outcome"] == "failed"]
    assert all(len(finding["hints"]) <= 2 for finding in failed)
    assert any(finding["failure"] for finding in failed)
    assert "<svg" in (tmp_path / "f.html").read_text("utf-8")
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["score"] == pytest.approx(found["points"])


def test_the_slip_is_told_unless_fewer_hints_are_asked_for(wrong, capsys):
    command = ["grade", wrong, "--needs", "+ *"]
    main([*command, "--json", "--hints", "3"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    where, slip, rule = next(finding["hints"] for finding in findings if finding["outcome"] == "failed")
    for given, told in (([], (True, True, False)), (["--hints", "1"], (True, False, False))):
        main([*command, *given])
        shown = " ".join(capsys.readouterr().out.split())
        assert tuple(" ".join(hint.split()) in shown for hint in (where, slip, rule)) == told


def test_what_cannot_run_has_status_2_and_a_report(capsys, tmp_path):
    (tmp_path / "x.py").write_text("class Value(:\n")
    assert main(["grade", "x.py", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)
    assert (found["status"], found["line"], found["findings"]) == ("could not run", 1, [])
    assert main(["grade", "x.py"]) == 2
    assert capsys.readouterr().out.startswith("x.py: could not run\nline 1: SyntaxError")


def test_names_and_adapters_of_the_lecturer(capsys, tmp_path):
    text = source().replace("self.data", "self.value").replace("other.data", "other.value").replace("class Value", "class Zahl")
    text = text.replace("Value(", "Zahl(").replace(", Value)", ", Zahl)").replace("out.data", "out.value")
    (tmp_path / "x.py").write_text(text.replace("def backward(", "def rueckwaerts("))
    assert main(["grade", "x.py", "--needs", "+ *"]) == 2
    capsys.readouterr()
    given = ["--class", "Zahl", "--map", "data=value, backward=rueckwaerts"]
    assert main(["grade", "x.py", "--needs", "+ *", *given]) == 0
    (tmp_path / "mine.py").write_text("def leaf(x): return student.Zahl(x)\ndef backward(root): root.rueckwaerts()\n")
    assert main(["grade", "x.py", "--needs", "+ *", "--adapters", "mine.py"]) == 0


def test_a_folder_is_one_submission(right, capsys, tmp_path):
    (tmp_path / "handed").mkdir()
    (tmp_path / "handed" / "engine.py").write_text(source())
    (tmp_path / "handed" / "nn.py").write_text("from engine import Value\n")
    assert main(["grade", "handed", "--needs", "+"]) == 2
    assert "two or more programs" in capsys.readouterr().out
    assert main(["grade", "handed", "--named", "nn.py", "--needs", "+"]) == 0  # the engine that it imports is the student's


def test_a_class_is_graded(wrong, capsys, tmp_path):
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as opened:
        opened.writestr("דנה_1_assignsubmission_file_/x.py", source(OF_STUDENTS[1]))
        opened.writestr("Noa_2_assignsubmission_file_/x.py", "class\n")
    assert main(["grade", "--moodle", "s.zip", "-o", "out/feedback.zip", "--needs", "+ *", "--jobs", "1"]) == 0
    shown = capsys.readouterr().out
    assert "1 could not run" in shown
    with zipfile.ZipFile(tmp_path / "out/feedback.zip") as opened:
        assert sorted(opened.namelist()) == [
            "Noa_2_assignsubmission_file_/feedback.html",
            "דנה_1_assignsubmission_file_/feedback.html",
        ]


def test_an_autograder_grades_with_the_options_given(capsys, tmp_path):
    (tmp_path / "mine.py").write_text("")
    assert (
        main(["grade", "--scaffold", "gradescope", "auto", "--needs", "+ * tanh", "--adapters", "mine.py", "--hints", "0"]) == 0
    )
    run = (tmp_path / "auto/run_autograder").read_text()
    assert "grade /autograder/submission --adapters mine.py --needs '+ * tanh' --hints 0 --gradescope" in run
    assert (tmp_path / "auto/mine.py").exists()


MISTAKES = [
    (["grade"], "what is to be graded?"),
    (["grade", "nowhere.py"], "there is no nowhere.py"),
    (["grade", "x.py", "--needs", "+ tahn"], "--needs: 'tahn' is not an operation"),
    (["grade", "x.py", "--map", "data"], "--map is written as data=value,grad=derivative, and data is not"),
    (["grade", "x.py", "--points", "2:5"], "--points is written as 2=20,9=30"),
    (["grade", "x.py", "--points", "11=5"], "levels go from 1 to 10"),
    (["grade", "x.py", "--hints", "4"], "--hints is 0, 1, 2 or 3, not 4"),
    (["grade", "x.py", "--seconds", "0"], "--seconds is a number up to 60"),
    (["grade", "x.py", "-o", "f.html"], "a page is written by --html"),
    (["grade", "x.py", "--adapters", "bad.py"], "--adapters: line 1"),
    (["grade", "--moodle", "s.zip"], "--moodle: there is no s.zip"),
    (["grade", "--moodle", "x.py"], "x.py: File is not a zip file"),
    (["grade", "--moodle", "x.py", "-o", "f.html"], "-o is the archive of feedback"),
    (["grade", "--moodle", "x.py", "--json"], "--moodle grades a class"),
    (["grade", "--scaffold", "gradescope"], "--scaffold gradescope needs the name of a folder"),
]


@pytest.mark.parametrize(("command", "said"), MISTAKES, ids=[" ".join(command) for command, _ in MISTAKES])
def test_a_mistake_is_explained_with_status_2(command, said, capsys, tmp_path):
    (tmp_path / "x.py").write_text(source())
    (tmp_path / "bad.py").write_text("def\n")
    assert main(command) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""


def test_on_windows_it_refuses_and_points_to_wsl(right, capsys, monkeypatch):
    monkeypatch.setattr("chalkgrad.classroom.grading.running.runner.POSIX", False)
    assert main(["grade", right]) == 2
    assert "WSL" in capsys.readouterr().err


def test_every_option_is_in_the_help(capsys):
    options = {name for name in grading.parser_of_grade().options() if name.startswith("-")}
    assert main(["grade", "--help"]) == 0
    text = capsys.readouterr().out
    assert {name for name in options if name not in text} == set()


def engine_that_knows(roots):
    """A right engine, but for graphs of five operations and more whose root is not one of these."""
    kind = engine()
    right = kind.backward

    def backward(self):
        right(self)
        lines, todo = set(), [self]
        while todo:
            node = todo.pop()
            if node not in lines and node._prev:
                lines.add(node)
                todo += node._prev
        if len(lines) > 4 and self.data not in roots:
            for node in lines:
                for parent in node._prev:
                    parent.grad += 1.0

    kind.backward = backward
    return kind


def test_an_engine_that_knows_the_graphs_has_a_remark_with_another_seed():
    graphs = random_graphs(frozenset((op, form) for op in "+*" for form in FORMS))
    run = in_this_interpreter(SimpleNamespace(Value=engine_that_knows({graph.right()[graph.root].data for graph in graphs})))
    without = by_the_judge(run, How(needs="+ *"))
    assert [finding.outcome for finding in without.findings if finding.level == 9] == ["passed"]
    report = by_the_judge(run, How(needs="+ *", seed=5))
    assert ["of a second set are not" in remark for remark in report.remarks] == [True]
    (graphs,) = [finding for finding in report.findings if finding.level == 9]
    assert (graphs.outcome, graphs.points, len(graphs.hints)) == ("failed", 0.0, 3)
    assert graphs.failure is not None
    assert graphs.of > 0
    assert str(graphs.failure.program) in graphs.hints[0]
    assert without.remarks == ()


def test_a_right_engine_has_no_remark_with_another_seed(right, capsys):
    assert main(["grade", right, "--needs", "+ *", "--seed", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["remarks"] == []


def test_a_loop_in_an_engine_is_told_with_its_line_and_what_was_not_tried_is_not_explained(capsys, tmp_path):
    text = source().replace(
        "        out = Value(self.data * other.data",
        "        while self.data == 2.0: pass\n        out = Value(self.data * other.data",
    )
    (tmp_path / "x.py").write_text(text)
    assert main(["grade", "x.py", "--needs", "+ *", "--seconds", "0.05", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    line = text[: text.index("while self.data == 2.0")].count("\n") + 1
    failed = [finding for finding in found["findings"] if finding["outcome"] == "failed"]
    late = [finding["failure"] for finding in failed if finding["failure"]]
    assert {failure["error"] for failure in late} == {"TimeOut: more than 0.05 s of computing"}
    assert {failure["line"] for failure in late} == {line}
    assert {finding["slip"] for finding in failed} <= {"error", "backward raises", "not tried"}
    assert any("ran out of time" in remark for remark in found["remarks"])
