"""What is said of an engine: as text, as a page, as data, for Gradescope."""

import json
import re
import subprocess
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import pytest
from chalkgrad.classroom.grading.program import Number, Program
from chalkgrad.classroom.grading.report import Failure, Finding, Report
from chalkgrad.classroom.grading.telling.failing_graph import groups, in_words, mirrored, picture, rows_of
from chalkgrad.classroom.grading.telling.gradescope import results, scaffold
from chalkgrad.classroom.grading.telling.report_json import as_data
from chalkgrad.classroom.grading.telling.report_page import page
from chalkgrad.classroom.grading.telling.report_text import as_text
from chalkgrad.engine.basics.terminal import columns

GRAPH = Program((("a", 2.0), ("b", -3.0)), (("c", "*", ("a", "b")), ("d", "+", ("c", "a"))))
THEIRS = {"a": Number(2.0, 1.0), "b": Number(-3.0, 2.0), "c": Number(-6.0, 1.0), "d": Number(-4.0, 1.0)}
FAILURE = Failure(GRAPH, GRAPH.right(), THEIRS, "a", wrong_grads=("a",))
POWER = Program((("a", 3.0),), (("p", "-", (2, "a")), ("q", "**", ("p", 3)), ("r", "neg", ("q",))))
RAISED = Failure(GRAPH, GRAPH.right(), {}, "", "IndexError: list index out of range", 7)
HINTS = ("look at <a>", "the number 1", "the rule ∂d/∂a")
FINDINGS = (
    Finding(1, "class Value", "", "passed", 5.0, 5.0),
    Finding(3, "a * b, upstream 1", "*", "passed", 10.0, 10.0),
    Finding(5, "two paths", "", "failed", 0.0, 20.0, "overwrite", "what comes last is kept, = for +=", HINTS, FAILURE),
    Finding(5, "a short and a long path", "", "failed", 0.0, 20.0, "overwrite", "what comes last is kept", HINTS, FAILURE),
    Finding(6, "equal values", "", "left out"),
    Finding(7, "data stays", "", "failed", 0.0, 5.0, "", "it raises an error", HINTS, RAISED),
    Finding(8, "backward() twice", "", "reported", said="backward() twice gives 24"),
)
REPORT = Report("my_engine.py", "Value", "graded", FINDINGS, seconds=0.25, remarks=("imported: torch",))
RIGHT = Report("my_engine.py", "Value", "graded", FINDINGS[:2])
NOT_RUN = Report("דנה.py", "", "could not run", reason="SyntaxError: '(' was never closed", line=3)


def test_tests_with_one_slip_stand_together():
    assert [[group.finding.test, *(x.test for x in group.others)] for group in groups(REPORT)] == [
        ["two paths", "a short and a long path"],
        ["data stays"],
    ]


@pytest.mark.parametrize("width", [60, 100, 200])
def test_the_text_fits_the_terminal(width):
    text = as_text(REPORT, 3, width)
    assert max(map(columns, text.split("\n"))) <= width


def test_the_text_has_the_graph_the_numbers_beside_each_other_the_slip_and_the_hints():
    text = as_text(REPORT, 2)
    assert "my_engine.py: 15 of 60 points" in text
    assert "c = a * b; d = c + a  at a = 2, b = -3" in text
    assert re.search(r"a +│ 2 +│ -2 +│ 1 +│ wrong; here the two part", text)
    assert "what comes last is kept, = for +=" in text
    assert "The same explains 1 more test: a short and a long path." in text
    assert "Your program raised IndexError: list index out of range in line 7." in text
    assert "backward() twice: backward() twice gives 24" in text
    assert "imported: torch" in text
    assert [hint in text for hint in HINTS] == [True, True, False]
    assert "Everything that was asked is right." in as_text(RIGHT)


@pytest.mark.parametrize("hints", [0, 1, 2, 3])
def test_no_more_hints_are_given_than_asked_for_in_any_output(hints):
    outputs = [as_text(REPORT, hints), page(REPORT, hints), json.dumps(as_data(REPORT, hints), ensure_ascii=False)]
    for text in [*outputs, json.dumps(results(REPORT, hints), ensure_ascii=False)]:
        assert [hint.replace("<a>", "") in text.replace("&lt;a&gt;", "").replace("<a>", "") for hint in HINTS] == [
            i < hints for i in range(3)
        ]


def test_what_could_not_run_is_told_with_its_line():
    assert as_text(NOT_RUN) == "דנה.py: could not run\nline 3: SyntaxError: '(' was never closed"


# The graph ---------------------------------------------------------------------------------------------------------------


def test_numbers_that_look_alike_are_told_apart():
    theirs = {**THEIRS, "a": Number(2.0, -2.00001)}
    row = next(row for row in rows_of(FAILURE._replace(theirs=theirs)) if row.name == "a")
    assert (row.gradient, row.yours) == ("-2", "-2.00001")


def test_a_wrong_value_is_shown_beside_the_right_one():
    theirs = {**THEIRS, "c": Number(6.0, 1.0)}
    row = next(row for row in rows_of(Failure(GRAPH, GRAPH.right(), theirs, wrong_data=("c",))) if row.name == "c")
    assert (row.value, row.your_value, row.remark) == ("-6", "6", "wrong")


def test_of_a_large_graph_what_is_wrong_is_shown():
    lines = tuple((f"x{i}", "+", (f"x{i - 1}" if i else "a", "a")) for i in range(40))
    graph = Program((("a", 1.0),), lines)
    right = graph.right()
    rows = rows_of(Failure(graph, right, {**right, "a": Number(1.0, 7.0)}, "a", wrong_grads=("a",)))
    assert [row.name for row in rows] == ["a"]


@pytest.mark.parametrize("graph", [GRAPH, POWER, Program((("a", 0.5),), (("t", "tanh", ("a",)), ("u", "/", (1, "t"))))])
def test_the_mirror_of_a_graph_has_the_operations_and_the_numbers_of_both(graph):
    right = graph.right()
    theirs = {name: Number(x.data, 7.0) for name, x in right.items()}
    mirror = mirrored(Failure(graph, right, theirs))
    nodes = {node.label: node for node in mirror.tape()}
    assert {name: node.data for name, node in nodes.items()} == pytest.approx({name: x.data for name, x in right.items()})
    assert {name: node.grad for name, node in nodes.items()} == pytest.approx({name: x.grad for name, x in right.items()})
    assert {node.theirs.grad for node in nodes.values()} == {7.0}


def test_what_one_pass_from_the_root_does_not_give_has_no_picture():
    right = GRAPH.right()
    twice = {name: Number(x.data, 2 * x.grad) for name, x in right.items()}
    assert mirrored(Failure(GRAPH, right, THEIRS)) is not None
    assert mirrored(Failure(GRAPH, twice, THEIRS)) is None
    apart = Program((*GRAPH.leaves, ("z", 1.0)), GRAPH.lines)
    both = {**right, "z": Number(1.0, 0.0)}
    assert mirrored(Failure(apart, both, both)) is None


def test_the_picture_has_the_wrong_gradient_in_words():
    drawn = picture(FAILURE)
    texts = [element.text for element in ElementTree.fromstring(drawn).iter() if element.tag.endswith("text")]
    assert texts.count("your grad") == 1
    assert "of your engine's 4 gradients 1 is wrong" in texts
    assert "a: gradient -2, yours 1." in in_words(FAILURE)
    assert picture(RAISED) == ""


def test_where_an_error_was_raised_no_gradients_are_the_students():
    left = {"a": Number(2.0, 0.0), "b": Number(-3.0, 0.0), "c": Number(6.0, 1.0), "d": Number(-4.0, 1.0)}
    failure = FAILURE._replace(theirs=left, error="ValueError: no", parts_at="", wrong_data=("c",), wrong_grads=())
    report = Report("x.py", "Value", "graded", (Finding(5, "two paths", "", "failed", failure=failure),))
    assert {row.yours for row in rows_of(failure)} == {""}
    assert picture(failure) == ""
    theirs = as_data(report)["findings"][0]["failure"]["theirs"]
    assert [theirs[name] for name in "ac"] == [{"data": 2.0, "grad": None}, {"data": 6.0, "grad": None}]
    for shown in (as_text(report), page(report)):
        assert "your gradient" not in shown
        assert "your value" in shown
    cut = failure._replace(theirs={"a": Number(2.0, 0.0)})
    assert {row.yours for row in rows_of(cut)} == {""}


# The page ----------------------------------------------------------------------------------------------------------------


class _Checker(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.text, self.seen = [], [], []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("report", [REPORT, RIGHT, NOT_RUN])
def test_the_page_is_one_file_without_scripts_and_is_closed(report):
    checker = _Checker()
    checker.feed(page(report, 3))
    assert checker.open == []
    tags = [tag for tag, _ in checker.seen]
    assert {"script", "link", "img", "iframe"} & {*tags} == set()
    assert tags.count("svg") == (1 if report is REPORT else 0)
    for tag, attributes in checker.seen:
        assert not {"src", "href", "onload"} & {*attributes}
        if tag == "svg":
            assert attributes["aria-label"].startswith("The graph c = a * b; d = c + a")


def test_what_a_program_says_is_text_on_the_page():
    evil = Report("x.py", "", "could not run", reason="<script>alert(1)</script>")
    assert "<script>" not in page(evil)


# Data --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", [REPORT, RIGHT, NOT_RUN])
def test_the_json_is_of_the_schema(report):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(files("chalkgrad.classroom.grading.telling").joinpath("report.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(as_data(report, 3), allow_nan=False)), schema)


def test_the_schema_stands_where_the_docs_say_and_has_their_keys():
    root = Path(__file__).parents[3]
    said = (root / "docs/grading.md").read_text("utf-8")
    (place,) = re.findall(r"`(\S+\.schema\.json)`", said)
    schema = json.loads((root / place).read_text("utf-8"))
    rows = re.findall(r"^\| ([a-z, ]+) \| ", said.partition("## JSON")[2], re.M)
    assert {key for row in rows for key in row.split(", ")} - {"key"} == {*schema["properties"]}


def test_the_points_of_the_findings_add_up_to_the_points():
    shares = [Finding(3, f"test {i}", "", "passed", 100 / 67, 100 / 67) for i in range(67)]
    found = as_data(Report("x.py", "Value", "graded", tuple(shares)))
    for key in ("points", "of"):
        assert found[key] == pytest.approx(100.0, abs=1e-9)
        assert sum(finding[key] for finding in found["findings"]) == pytest.approx(found[key], abs=1e-9)


def test_infinities_are_texts_in_json():
    failure = Failure(GRAPH, GRAPH.right(), {"a": Number(float("inf"), float("nan"))})
    found = as_data(Report("x", "V", "graded", (Finding(2, "t", "", "failed", failure=failure),)))
    assert found["findings"][0]["failure"]["theirs"] == {"a": {"data": "inf", "grad": "nan"}}


# Gradescope --------------------------------------------------------------------------------------------------------------

# The keys that Gradescope documents, of the whole and of a test.
OF_ALL = {"score", "execution_time", "output", "output_format", "test_output_format", "visibility", "stdout_visibility"}
OF_ALL |= {"extra_data", "tests", "leaderboard", "test_name_format"}
OF_TEST = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags", "visibility"}
OF_TEST |= {"extra_data"}


@pytest.mark.parametrize("report", [REPORT, RIGHT, NOT_RUN])
def test_gradescope_gets_the_keys_that_it_documents(report):
    found = json.loads(json.dumps(results(report), allow_nan=False))
    assert set(found) <= OF_ALL
    for test in found["tests"]:
        assert set(test) <= OF_TEST
        assert test.get("status", "passed") in ("passed", "failed")
    assert found["score"] == sum(test.get("score", 0.0) for test in found["tests"]) == report.points


def test_gradescope_numbers_the_tests_of_a_level_and_leaves_out_what_was_not_asked():
    tests = results(REPORT)["tests"]
    assert [test["number"] for test in tests] == ["1.1", "3.1", "5.1", "5.2", "6.1", "7.1", "8.1"]
    assert "yours 1" in tests[2]["output"]


def test_the_scaffold_is_of_scripts_that_a_shell_takes_and_pins_what_it_installs(tmp_path):
    wheel = tmp_path / "chalkgrad-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    written = scaffold(tmp_path / "autograder", ["--needs", "'+ *'"], "0.1.0", wheel)
    assert {file.name for file in written} == {"setup.sh", "run_autograder", "requirements.txt", wheel.name}
    for name in ("setup.sh", "run_autograder"):
        place = tmp_path / "autograder" / name
        assert place.stat().st_mode & 0o111
        subprocess.run(["bash", "-n", place], check=True)
    assert "--needs '+ *' --gradescope" in (tmp_path / "autograder/run_autograder").read_text()
    assert (tmp_path / "autograder/requirements.txt").read_text().startswith(f"./{wheel.name}\n")
    scaffold(tmp_path / "bare", [], "0.1.0")
    assert (tmp_path / "bare/requirements.txt").read_text() == "chalkgrad==0.1.0\n"


def test_what_passed_of_the_right_operations_alone_says_why_it_has_not_all_points():
    shared = Finding(9, "200 random graphs", "", "passed", 7.5, 10.0)
    assert re.search(r"passed, of what is right +│ 7.5/10", as_text(Report("x.py", "Value", "graded", (shared,))))
