"""The report on a class: what it counts, and that it names no one."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from chalkgrad.classroom.marking.classreport import class_report, few
from chalkgrad.classroom.marking.marks import marked
from chalkgrad.classroom.paper import Slip
from chalkgrad.engine.stepping.slips import SLIPS as ENGINES
from chalkgrad.engine.words.language import section, speaking
from sheets_to_mark import number_box, paper_of

SLIPS = (Slip(-2.0, "sign", "the sign of <x> is not right"), Slip(9.0, "no biases", "the biases are missing"))
PAPER = paper_of(number_box("x", 2.0, slips=SLIPS), number_box("y", 3.0, "x", lambda own: own["x"] + 1, slips=SLIPS))


def report(*answers, unread=0):
    """The report on students who answered so, each a pair."""
    return class_report([marked(PAPER, {"x": x, "y": y}) for x, y in answers], unread)


def test_slips_are_counted_by_students_the_most_frequent_first():
    found = report(*[("-2", "9")] * 6, *[("2", "9")] * 2, *[("-2", "-2")] * 3, *[("2", "3")] * 9)
    assert [(made.name, made.students, made.asked) for made in found.slips] == [("sign", 9, "x"), ("no biases", 8, "y")]
    lines = [line for line in found.text().splitlines() if line.startswith("- ")]
    assert lines == [
        (
            "- 9 of 20 confuse the sign of a gradient, or that of the update. "
            "On sheet A, for instance (question 1, x): the sign of <x> is not right."
        ),
        "- 8 of 20: the biases are missing.",
    ]


def test_the_numbers_of_a_sheet_that_few_have_are_not_shown():
    made = {"x": "-2", "y": "3"}
    shared = [marked(PAPER, made)] * 5
    personal = [marked(replace(PAPER, version="", code=f"BCDFG{i}"), made) for i in range(5)]
    few_had = [marked(replace(PAPER, version=version), made) for version in "AAAABBBB"]
    assert ["the sign of <x>" in class_report(sheets).text() for sheets in (shared, personal, few_had)] == [True, False, False]
    assert all(class_report(sheets).slips[0].students >= 5 for sheets in (shared, personal, few_had))


def test_slips_that_few_made_stand_in_one_line():
    found = report(*[("-2", "9")] * 3, *[("2", "9")] * 1, *[("2", "3")] * 9)
    assert [line for line in found.text().splitlines() if line.startswith("- ")] == [
        "- Fewer than 5 students each confuse the sign of a gradient, or that of the update.",
        "- Fewer than 5 students each: the biases are missing.",
    ]


def test_the_cells_of_a_question_are_shared_out():
    found = report(*[("2", "3")] * 12, *[("5", "6")] * 6, *[("2", "")] * 6)
    (share,) = found.questions
    assert (share.cells, share.counts, share.withheld) == (48, (30, 6, 6, 0, 0, 6), frozenset())
    assert "| question | cells | right | follows | wrong | cannot follow | not a number | blank |" in found.text()
    assert "| 1. Fill in the table | 48 | 62 % | 12 % | 12 % | 0 % | 0 % | 12 % |" in found.text()
    assert found.points == (36 / 24, 2.0)
    assert "On average 1.5 of 2 points" in found.text()


def of_cells(*sheets):
    """The row of the table for sheets of 13 cells, each a number of right ones; the others are blank."""
    names = [f"x{i}" for i in range(13)]
    paper = paper_of(*(number_box(name, 2.0) for name in names))
    found = class_report([marked(paper, dict.fromkeys(names[:right], "2")) for right in sheets])
    return found, next(line for line in found.text().splitlines() if line.startswith("| 1."))


def test_many_cells_of_one_student_are_not_told():
    """24 sheets without a mistake and one that is blank: 4 % of the cells are one student's, and so is what 96 % leave."""
    found, row = of_cells(*[13] * 24, 0)
    assert row == "| 1. Fill in the table | 325 | – | 0 % | 0 % | 0 % | 0 % | – |"
    assert "On average about 100 % of the points" in found.text()
    found, row = of_cells(*[13] * 20, *[0] * 5)
    assert row == "| 1. Fill in the table | 325 | 80 % | 0 % | 0 % | 0 % | 0 % | 20 % |"
    assert "On average 10.4 of 13" in found.text()


def test_of_few_students_a_mean_that_would_tell_is_left_out():
    found, _ = of_cells(*[13] * 8, 0)
    assert "On average" not in found.text()


def test_what_the_other_shares_leave_is_not_told():
    """Two blank cells are withheld, and with them another share: else they were what is missing to 100 %."""
    found = report(*[("2", "3")] * 12, *[("5", "6")] * 6, *[("2", "")] * 2)
    assert "| 1. Fill in the table | 40 | 65 % | – | 15 % | 0 % | 0 % | – |" in found.text()
    assert found.questions[0].withheld == {"follows", "blank"}


def test_flags_are_counted_by_students():
    found = class_report([marked(PAPER, {"x": "two", "y": "three"})] * 6)
    assert "Sheets with cells to look at by hand: 6;" in found.text()


@pytest.mark.parametrize(
    ("count", "of", "said"),
    [
        (0, 30, "0"),
        (1, 30, "< 5"),
        (4, 30, "< 5"),
        (5, 30, "5"),
        (25, 30, "25"),
        (26, 30, "> 25"),
        (29, 30, "> 25"),
        (30, 30, "30"),
    ],
)
def test_small_counts_are_not_told_nor_what_they_leave(count, of, said):
    assert few(count, of) == said


def test_of_few_students_nothing_is_told_but_the_slips():
    found = report(("-2", "9"), ("2", "3"), unread=1)
    text = found.text()
    assert "Sheets marked: < 5." in text
    assert "On average" not in text
    assert "could not be marked: < 5" in text
    assert "| 1. Fill in the table | – | – | – | – | – | – | – |" in text
    assert "- Fewer than 5 students each confuse the sign" in text


def test_a_report_without_answers_is_a_report():
    found = class_report([])
    assert "Sheets marked: 0." in found.text()
    assert "No slip was recognised." in found.text()
    ElementTree.fromstring(page(found))


def page(found):
    """The page, as XML."""
    return re.sub(r"<meta[^>]*>", "", found.html()).replace("<!DOCTYPE html>", "")


def test_the_page_says_what_the_text_says():
    found = report(*[("-2", "9")] * 6)
    root = ElementTree.fromstring(page(found))
    assert [item.text for item in root.iter("li")] == [line[2:] for line in found.text().splitlines() if line.startswith("- ")]
    assert next(cell.text for cell in root.iter("td")) == "1. Fill in the table"
    assert all(heading.get("scope") == "col" for heading in root.iter("th"))


def test_what_slips_confuse_is_said_in_hebrew():
    with speaking("he"):
        assert [
            slip.name for slip in ENGINES if not re.search("[\u05d0-\u05ea]", section("what slips confuse")[slip.name])
        ] == []
