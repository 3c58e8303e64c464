"""The report on a class: what it counts, and that it names no one."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from chalkgrad.classroom.marking.classreport import class_report, few
from chalkgrad.classroom.marking.marks import marked
from chalkgrad.classroom.paper import Slip
from sheets_to_mark import number_box, paper_of

SLIPS = (Slip(-2.0, "sign", "the sign of <x> is not right"), Slip(9.0, "no rate", "the rate is missing"))
PAPER = paper_of(number_box("x", 2.0, slips=SLIPS), number_box("y", 3.0, "x", lambda own: own["x"] + 1, slips=SLIPS))


def report(*answers, unread=0):
    """The report on students who answered so, each a pair."""
    return class_report([marked(PAPER, {"x": x, "y": y}) for x, y in answers], unread)


def test_slips_are_counted_by_students_the_most_frequent_first():
    found = report(*[("-2", "9")] * 6, *[("2", "9")] * 2, *[("-2", "-2")] * 3, *[("2", "3")] * 9)
    assert [(made.name, made.students, made.asked) for made in found.slips] == [("sign", 9, "x"), ("no rate", 8, "y")]
    assert "- 9: the sign of <x> is not right (question 1, x). What it confuses: the sign of a gradient" in found.text()
    assert "- 8: the rate is missing (question 1, y)." in found.text()


def test_the_cells_of_a_question_are_shared_out():
    found = report(*[("2", "3")] * 12, *[("5", "6")] * 6, *[("2", "")] * 2)
    (share,) = found.questions
    assert (share.cells, share.counts) == (40, (26, 6, 6, 0, 0, 2))
    assert "| 1. Fill in the table | 65 % | 15 % | 15 % | 0 % | 0 % | < 5 |" in found.text()
    assert found.points == (32 / 20, 2.0)
    assert "On average 1.6 of 2 points" in found.text()


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
    assert "| 1. Fill in the table | < 5 | < 5 | < 5 | < 5 | < 5 | < 5 |" in text
    assert "- < 5: the sign" in text


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
