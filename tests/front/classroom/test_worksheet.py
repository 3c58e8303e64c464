"""Worksheets in TOML: what is read, and what is refused with its place."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from chalkgrad.classroom import Sheet
from chalkgrad.classroom.worksheet import LAST, WorksheetError, choice_in, facts_of_worksheet, from_facts, of_graph, read

WHOLE = """
title = "Two paths"
course = "Learning systems"
language = "he"
versions = 6
numbers = "quarters"
small = true

[[exercise]]
graph = "z = w*x + b; L = (z - t)**2"
root = "L"
inputs = { w = "-4..4 except 0", x = [1, 2.5, "1/4"], b = 2, t = "last" }
ask = ["table", "step"]
of = ["w", "b"]
upstream = [2, -3]
rate = 0.25
options = { columns = ["values"] }

[[exercise]]
graph = "colah"
numbers = "integers"
small = false

[[exercise]]
widths = ["2..3", [3, 4], 1]
ask = ["shapes"]
"""


def test_all_keys_are_read():
    sheet = read(WHOLE)
    assert (sheet.title, sheet.course, sheet.language, sheet.versions) == ("Two paths", "Learning systems", "he", 6)
    first, second, third = sheet.exercises
    assert first.inputs == {"w": (-4, -3, -2, -1, 1, 2, 3, 4), "x": (1, 2.5, 0.25), "b": (2,), "t": LAST}
    assert (first.root, first.ask, first.of, first.upstream, first.rate) == (
        "L",
        ("table", "step"),
        ("w", "b"),
        (2, -3),
        (0.25,),
    )
    assert (first.numbers, first.small, first.options) == ("quarters", True, {"columns": ["values"]})
    assert (second.ask, second.of, second.upstream, second.rate, second.inputs) == (("table",), (), (1,), (), {})
    assert (second.numbers, second.small) == ("integers", False)
    assert third.widths == ((2, 3), (3, 4), (1,))


def test_a_worksheet_is_read_back_from_json():
    sheet = read(WHOLE)
    assert from_facts(facts_of_worksheet(sheet)) == sheet


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        ("-2..2", (-2, -1, 0, 1, 2)),
        ("-2 .. 2 except 0, 1", (-2, -1, 2)),
        ("0..1 step 0.25 without 0", (0.25, 0.5, 0.75, 1)),
        ("−1..1", (-1, 0, 1)),
        ("1/2", (0.5,)),
        ([3, 3, "-1/3"], (3, -1 / 3)),
        (-7, (-7,)),
    ],
)
def test_ranges_lists_and_numbers_are_read(given, numbers):
    assert choice_in(given, "a") == numbers


@pytest.mark.parametrize(
    "given", ["", "a..b", "2..1", "0..1 step 0", "0..0 except 0", "0..1000000", [], ["x"], True, None, 1e12, "1/0"]
)
def test_what_is_not_a_range_is_refused(given):
    with pytest.raises(WorksheetError) as raised:
        choice_in(given, "inputs.a")
    assert "\n" not in str(raised.value)


EXERCISE = '[[exercise]]\ngraph = "e = a*b"\n'
REFUSED = {
    "titel = 'x'\n" + EXERCISE: "week.toml: there is no key titel: did you mean title?",
    "title = 'x": "week.toml: this is not TOML: ",
    "title = 'x'": "week.toml: a worksheet has exercises, each under a line [[exercise]]",
    "[exercise]\ngraph = 'e = a*b'": "week.toml: a worksheet has exercises, each under a line [[exercise]]",
    "language = 'hebrew'\n" + EXERCISE: "week.toml: language is en or he, not hebrew: did you mean he?",
    "versions = 40\n" + EXERCISE: "week.toml: versions is a whole number from 1 to 26, not 40",
    "versions = 'four'\n" + EXERCISE: "week.toml: versions is a whole number from 1 to 26, not 'four'",
    "title = 3\n" + EXERCISE: "week.toml: title is a text in quotes, not 3",
    "small = 'yes'\n" + EXERCISE: "week.toml: small is true or false, not 'yes'",
    "numbers = 'halfs'\n"
    + EXERCISE: "week.toml: numbers is integers, halves, thirds, quarters, decimals, not halfs: did you mean halves?",
    EXERCISE + EXERCISE + "inptus = {a = 1}\n": "week.toml: exercise 2: there is no key inptus: did you mean inputs?",
    "[[exercise]]\n": "week.toml: exercise 1: what is its graph?",
    EXERCISE + "ask = ['tabel']\n": "week.toml: exercise 1: there is no form tabel: did you mean table?",
    "[[exercise]]\ngraph = 'row15'\n": "week.toml: exercise 1: row15 is an exercise of its own, and not a graph: ",
    "[[exercise]]\ngraph = 'micrograd_readm'\n": "week.toml: exercise 1: there is no example or exercise micrograd_readm: did",
    "[[exercise]]\ngraph = 'q'\n": "week.toml: exercise 1: there is no example or exercise q; chalkgrad examples lists them",
    EXERCISE + "ask = ['table', 'table']\n": "week.toml: exercise 1: ask names table twice",
    EXERCISE + "ask = ''\n": "week.toml: exercise 1: ask names forms",
    EXERCISE + EXERCISE: "week.toml: exercise 2: this is exercise 1 once more, with the same numbers: leave one out",
    "series = 3\n" + EXERCISE: "week.toml: series is a text in quotes, not 3",
    EXERCISE + "ask = []\n": "week.toml: exercise 1: ask names forms",
    EXERCISE + "ask = [1]\n": "week.toml: exercise 1: ask names forms",
    EXERCISE + "of = [1]\n": "week.toml: exercise 1: of names inputs",
    EXERCISE + "inputs = 'a'\n": "week.toml: exercise 1: inputs are given by name",
    EXERCISE + "inputs = {a = 'b'}\n": "week.toml: exercise 1: inputs.a is a number, a list of numbers, or a range",
    EXERCISE + "inputs = {a = '3..1'}\n": "week.toml: exercise 1: inputs.a: '3..1' goes from a number up to a larger one",
    EXERCISE + "upstream = 'x'\n": "week.toml: exercise 1: upstream is a number",
    EXERCISE + "options = 3\n": "week.toml: exercise 1: options are given by name",
    EXERCISE
    + "options = {colums = ['values']}\n": "week.toml: exercise 1: options: there is no key colums: did you mean columns?",
    EXERCISE + "ask = ''\n": "week.toml: exercise 1: ask names forms",
    EXERCISE + "ask = 'table,,graph'\n": "week.toml: exercise 1: ask names forms",
    EXERCISE + "ask = ['table', 'table']\n": "week.toml: exercise 1: ask names table twice",
    EXERCISE + "ask = 'sign'\noptions = {colums = 3}\n": "week.toml: exercise 1: options: sign takes none",
    f"title = '{'x' * 201}'\n" + EXERCISE: "week.toml: title has 201 letters: a line on top of a sheet has 200 at most",
    'title = "a\\u0007"\n' + EXERCISE: "week.toml: title has a character that cannot be printed: 'a\\x07'",
    f"versions = {'9' * 5000}\n{EXERCISE}": "week.toml: this is not TOML: a number in it has more digits than can be read",
    'title = "a\\uffff"\n' + EXERCISE: "week.toml: title has a character that cannot be printed: 'a\\uffff'",
    f"{EXERCISE}options = {'{a = [' * 5000}{']}' * 5000}\n": "week.toml: this is not a worksheet: its brackets are",
    EXERCISE + "widths = [1, 2]\n": "week.toml: exercise 1: widths is for ",
    EXERCISE
    + "ask = ['shapes']\n": "week.toml: exercise 1: shapes is asked of a network, which has widths = [2, 3, 1] and no graph",
    "[[exercise]]\nask = ['shapes', 'table']\nwidths = [1, 2]": "week.toml: exercise 1: shapes is asked of a network",
    "[[exercise]]\nask = ['shapes']\nwidths = [0.5, 2]": "week.toml: exercise 1: widths are whole numbers from 1 on",
}


@pytest.mark.parametrize("text", REFUSED)
def test_mistakes_are_one_sentence_with_the_place(text):
    with pytest.raises(WorksheetError) as raised:
        read(text, "week.toml")
    assert str(raised.value).startswith(REFUSED[text])
    assert "\n" not in str(raised.value)


def test_what_stands_on_top_is_one_line():
    sheet = read('title = """Two\n  paths"""\ncourse = "Learning\\tsystems \u200f"\n' + EXERCISE)
    assert (sheet.title, sheet.course) == ("Two paths", "Learning systems \u200f")


def test_an_exercise_is_called_by_its_file_and_its_number():
    one, two = read(EXERCISE, "week.toml"), read(EXERCISE + EXERCISE.replace("*", "+"))
    assert (one.place(0), two.place(1)) == ("week.toml: exercise 1: ", "exercise 2: ")
    assert of_graph({"graph": "e = a*b"}).place(0) == ""
    assert of_graph({"graph": "e = a*b"}) == one


def test_a_single_exercise_is_refused_without_a_place():
    for facts, said in (
        ({"graph": "e = a*b", "inputs": {"a": "x"}}, "a is a number, a list of numbers, or a range"),
        ({"graph": "e = a*b", "inputs": [1]}, "inputs are given by name"),
        ({"graph": "e = a*b", "of": 3}, "of names inputs"),
        ({"graph": "e = a*b", "ask": "tabel"}, "there is no form tabel: did you mean table?"),
    ):
        with pytest.raises(WorksheetError) as raised:
            of_graph(facts)
        assert str(raised.value).startswith(said)
    with pytest.raises(WorksheetError, match="title is a text in quotes, not 3"):
        of_graph({"graph": "e = a*b"}, title=3)


def test_a_title_for_each_language() -> None:
    text = 'title = { en = "Two paths", he = "שני מסלולים" }\n[[exercise]]\ngraph = "c = a*b"\n'
    found = read(text)
    assert (found.titled("en"), found.titled("he"), found.title) == ("Two paths", "שני מסלולים", "")
    assert from_facts(facts_of_worksheet(found)) == found
    assert replace(found, title="Exam").titled("he") == "Exam"
    assert found.titled("fr") == "Two paths"


@pytest.mark.parametrize(
    ("title", "said"),
    [('{ xx = "a" }', "title: there is no key xx"), ("{ en = 3 }", "title: en is a text"), ("3", "title is a text")],
)
def test_titles_of_a_wrong_kind(title: str, said: str) -> None:
    with pytest.raises(WorksheetError, match=said):
        read(f'title = {title}\n[[exercise]]\ngraph = "c = a*b"\n')


def test_the_worksheet_of_the_page_makes_sheets(monkeypatch):
    """That of docs/homework.md, for versions and for students, without a slip that gives the right number."""
    page = Path(__file__).parents[3] / "docs" / "homework.md"
    (block,) = re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    monkeypatch.setattr(Sheet, "looked_at", 60)
    sheet = Sheet(from_facts(tomllib.loads(block)), key=bytes(range(32)))
    assert len(sheet.versions(4)) == 4
    assert len(sheet.for_students(["1", "2", "3"])) == 3
    assert "right number" not in " ".join(sheet.versions(4).remarks)
