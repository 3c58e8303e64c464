"""The quiz for Moodle, read again by a parser of its own, and the responses that Moodle exports of it."""

import base64
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html import unescape

import pytest
from chalkgrad.classroom.marking.intake import read_answers
from chalkgrad.classroom.marking.marks import marked
from chalkgrad.classroom.marking.responses import split_parts
from chalkgrad.classroom.marking.rows import Roster
from chalkgrad.classroom.paper import Box, Choices, Exercise, Formula, Fraction, Graph, Grid, Paper, Paragraph, Question, Slip
from chalkgrad.classroom.printing.moodle import parts, quiz
from cloze import blanks, without_blanks
from sheets_to_mark import number_box, paper_of, posed, sheet_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'


def paper(version="A", code="BCDFGH", language="en"):
    """A sheet with every block there is, whose answers are like no other number."""
    nasty = Slip(-7919.25, "sign", '50% of {a ~ b} # = \\ / <b> & "c" }~')
    value = number_box("1.c.value", 7919.25, asked="c", slips=(nasty, Slip(3.5, "half", "half of it")), tolerance=0.25)
    wire = number_box("2.c.value", 8713.5, asked="the wire c", points=0.5)
    hidden = number_box("2.e.value", 8719.5, asked="the wire e")
    over = Box("3.path1.factor1.over", "text", "zeta", "above", group="3.path")
    under = Box("3.path1.factor1.under", "text", "xi", "below", group="3.path")
    text = Box("4.trace", "text", "p*q", "the product", accepted=("q*p",))
    sign = Box("4.sign", "text", "-", "the sign", options=("+", "-", "0"))
    choice = Box("5.a.choice", "choice", "B", "∂e/∂a", slips=(Slip(1.0, "one path", "only one path", "A"),))
    blocks = [
        (Grid(("node", "value < 5"), (((Formula("c = {a}"),), ("is ", value)),)),),
        (Graph((hidden, wire), lambda filled: SVG, lambda filled: "", "a goes to c & e", (("a goes into ", wire),)),),
        (Paragraph((Fraction(("∂", over), ("∂", under)),), formula=True),),
        (Paragraph((text, " and ", sign)),),
        (Choices(choice, (("A", (Formula("3"),)), ("B", (Formula("4"),)))),),
    ]
    questions = [Question("table", f"Do {i} & more", "a hint", block, minutes=1) for i, block in enumerate(blocks, 1)]
    given = ("Given ", Formula("c = a + b"))
    return Paper("Week 3 / loops", "Deep <learning>", language, version, code, (Exercise(given, tuple(questions)),))


def texts(xml):
    """The texts of the cloze questions, by their names."""
    root = ElementTree.fromstring(xml)
    return {
        question.findtext("name/text"): question.findtext("questiontext/text")
        for question in root.iter("question")
        if question.get("type") == "cloze"
    }


def test_versions_are_one_category_and_bear_their_codes():
    xml = quiz([paper(), paper("B", "QRSTVW")])
    root = ElementTree.fromstring(xml)
    assert root.findtext("question/category/text") == "$course$/top/Deep <learning>/Week 3 // loops"
    assert [question.get("type") for question in root.findall("question")] == ["category", "cloze", "cloze"]
    assert [*texts(xml)] == ["Week 3 / loops A BCDFGH", "Week 3 / loops B QRSTVW"]
    assert ["BCDFGH" in text for text in texts(xml).values()] == [True, False]
    assert "not imported it into a Moodle" in xml.splitlines()[1]


def test_a_title_that_turns_what_stands_beside_it_round_is_written_out():
    turned = replace(paper(), title="\u202eweek", course="\u202eloops")
    xml = quiz([turned])
    assert "\u202e" not in xml
    assert [*texts(xml)] == ["\\u202eweek A BCDFGH"]


def test_each_box_is_one_blank_with_its_answer_and_its_slips():
    sheet = paper()
    found = blanks(texts(quiz([sheet]))["Week 3 / loops A BCDFGH"])
    names = [box.name for box in parts(sheet)]
    assert sorted(names) == sorted(box.name for box in sheet.boxes)
    blank = dict(zip(names, found, strict=True))
    assert [b.weight for b in found] == [2, 1, 2, 2, 2, 2, 2, 2]  # one of them is half a point
    value = blank["1.c.value"]
    assert value.kind == "NUMERICAL"
    assert value.answers[0] == (100.0, "7919.25:0.25", "")
    assert value.answers[1] == (0.0, "-7919.25:0.25", '50% of {a ~ b} # = \\ / <b> & "c" }~')
    assert value.answers[2] == (0.0, "3.5:0.25", "half of it")
    assert [(a.share, a.text) for a in blank["3.path1.factor1.over"].answers] == [(0.0, "xi"), (100.0, "zeta")]
    assert [(a.share, a.text) for a in blank["4.sign"].answers] == [(0.0, "+"), (100.0, "-"), (0.0, "0")]
    assert blank["4.trace"].kind == "SHORTANSWER_C"
    assert [a.text for a in blank["4.trace"].answers] == [r"p\*q", r"q\*p"]  # a star alone would stand for anything
    assert blank["5.a.choice"].answers == [(0.0, "A", "only one path"), (100.0, "B", "")]


def test_the_picture_is_a_file_and_its_boxes_stand_in_the_list_of_edges():
    sheet = paper()
    root = ElementTree.fromstring(quiz([sheet]))
    file = root.find(".//file")
    assert base64.b64decode(file.text).decode() == SVG
    text = texts(quiz([sheet]))["Week 3 / loops A BCDFGH"]
    assert f'src="@@PLUGINFILE@@/{file.get("name")}" alt="a goes to c &amp; e"' in text
    assert [box.name for box in parts(sheet)][1:3] == ["2.c.value", "2.e.value"]


def test_no_answer_stands_outside_of_the_blanks():
    xml = quiz([paper()])
    around = unescape(without_blanks(texts(xml)["Week 3 / loops A BCDFGH"]))
    for answer in ("7919", "8713", "8719", "zeta", "p*q"):
        assert answer not in around
    outside = without_blanks(xml)
    assert "7919" not in outside
    assert "{c = {a}}" not in outside
    assert "c = {a}" in around


def test_the_question_is_well_formed_html_around_its_blanks():
    for text in texts(
        quiz([paper(), sheet_of(posed("c = a + b; d = b + 1; e = c*d", a=-4.0, b=2.0), "table", "graph", "chain")])
    ).values():
        plain = re.sub(r"<img ([^>]*)>", r"<img \1/>", without_blanks(text))
        ElementTree.fromstring(plain.replace("&nbsp;", " "))


def test_a_number_without_an_end_gets_room_and_hebrew_runs_from_the_right():
    text = next(iter(texts(quiz([paper_of(number_box("t", 1 / 3), language="he")])).values()))
    assert blanks(text)[0].answers[0].text == "0.333333333333:0.005"
    assert 'dir="rtl" lang="he"' in text


def test_a_quiz_needs_a_sheet():
    with pytest.raises(ValueError, match="needs a sheet"):
        quiz([])


# Responses ------------------------------------------------------------------------------------------------------------

PAPERS = [
    paper_of(number_box("1.a", 5.0), number_box("1.b", -2.0), version=version, code=code)
    for version, code in [("A", "BCDFGH"), ("B", "QRSTVW")]
]
HEAD = "Last name,First name,ID number,Email address,State,Question 1,Response 1,Right answer 1"


def csv_of(*rows):
    """A report of responses as Moodle exports it."""
    return "\n".join([HEAD, *rows]).encode("utf-8-sig")


def line(student, code, response, right="part 1: 5; part 2: -2"):
    return f'Noether,Emmy,{student},{student}@x.org,Finished,"Week 3 · A · {code} a = {{#1}}","{response}","{right}"'


def test_responses_are_read_with_the_version_from_the_text_of_the_question():
    rows, notes = read_answers(
        csv_of(line(7, "QRSTVW", "part 1: 5; part 2: -2"), line(8, "BCDFGH", "part 1: ; part 2: 0,5")), PAPERS
    )
    assert [(row.code, dict(row.answers)) for row in rows] == [
        ("QRSTVW", {"1.a": "5", "1.b": "-2"}),
        ("BCDFGH", {"1.b": "0,5"}),
    ]
    assert [row.student for row in rows] == ["", ""]
    assert notes == []
    assert marked(rows[0].paper, rows[0].answers).points == 2.0


def test_ids_come_from_the_roster_alone():
    roster = Roster({"0007": "QRSTVW", "emmy@x.org": "BCDFGH"})
    rows, _ = read_answers(csv_of(line(7, "QRSTVW", "part 1: 5; part 2: -2")), PAPERS, roster)
    assert rows[0].student == "0007"


def test_a_grade_is_not_an_id():
    content = b'Surname,Nummer,Grade/10.00,Question 1,Response 1\nN,abc-12345,7,QRSTVW,"part 1: 5; part 2: -2"\n'
    assert read_answers(content, PAPERS, Roster({"007": "BCDFGH"}))[0][0].student == ""
    assert read_answers(content, PAPERS, Roster({"abc-12345": "QRSTVW"}))[0][0].student == "abc-12345"


def test_without_the_text_of_the_question_the_roster_tells_the_version():
    content = b'Surname,ID number,Response 1\nN,7,"part 1: 5; part 2: 1"\nM,8,"part 1: 4; part 2: 2"\n'
    rows, notes = read_answers(content, PAPERS, Roster({"7": "QRSTVW"}))
    assert [row.code for row in rows] == ["QRSTVW", ""]
    assert rows[1].paper is None
    assert [*rows[1].extra.values()] == ["part 1: 4; part 2: 2"]
    assert "text of the question" in notes[0]
    assert read_answers(content, PAPERS[:1])[0][1].code == "BCDFGH"  # where there is one version


def test_the_json_export_is_read():
    facts = [
        [{"lastname": "N", "idnumber": "7", "question1": "QRSTVW {#1}", "response1": "part 1: 5; part 2: -2", "grade1000": 3.5}]
    ]
    rows, _ = read_answers(json.dumps(facts).encode(), PAPERS)
    assert [(row.code, dict(row.answers)) for row in rows] == [("QRSTVW", {"1.a": "5", "1.b": "-2"})]


def test_other_questions_of_the_quiz_are_left_alone():
    content = (
        "ID number,Question 1,Response 1,Question 2,Response 2\n"
        '7,"Name a {#1}","part 1: no code here","Week 3 QRSTVW {#1}","part 1: 5; part 2: -2"\n'
    )
    rows, _ = read_answers(content.encode(), PAPERS)
    assert [(row.code, dict(row.answers)) for row in rows] == [("QRSTVW", {"1.a": "5", "1.b": "-2"})]


def test_a_student_with_two_attempts_and_one_without_an_answer_are_said():
    some = [line(7, "QRSTVW", "part 1: 5; part 2: -2"), line(7, "BCDFGH", "part 1: 1; part 2: 1"), line(8, "BCDFGH", "-", "-")]
    rows, _ = read_answers(csv_of(*some), PAPERS)
    assert ["line 3" in " ".join(rows[0].notes), "line 2" in " ".join(rows[1].notes)] == [True, True]
    assert rows[2].notes == ("not answered",)


@pytest.mark.parametrize("last", ["Overall average,,,,,,,", "סך הכול,,,,,,-,", "Overall average,,,,,,3.25,"])
def test_moodles_last_line_is_no_student(last):
    rows, notes = read_answers(csv_of(line(7, "QRSTVW", "part 1: 5; part 2: -2"), line(8, "BCDFGH", "-", "-"), last), PAPERS)
    assert [(row.place, row.code) for row in rows] == [(2, "QRSTVW"), (3, "BCDFGH")]
    assert notes == [f"line 4 ({last.partition(',')[0]}) sums up the others, and is not a student's"]


def test_a_question_that_was_changed_is_said():
    rows, _ = read_answers(csv_of(line(7, "QRSTVW", "part 1: 5; part 2: -2; part 3: 9")), PAPERS)
    assert "3 parts, the sheet 2 boxes" in rows[0].notes[0]
    assert [*rows[0].extra.values()] == ["9"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("part 1: 5; part 2: -2", ["5", "-2"]),
        ("partie 1 : 5; partie 2 : -2", ["5", "-2"]),
        ("חלק 1: 5; חלק 2: -2", ["5", "-2"]),
        ("part 1: ; part 2: ", ["", ""]),
        ("part 1: a; b: c; part 2: part 3", ["a; b: c", "part 3"]),
        ("; ".join(f"part {i}: {i * i}" for i in range(1, 13)), [f"{i * i}" for i in range(1, 13)]),
        ("-", []),
        ("5", []),
    ],
)
def test_a_response_is_taken_apart(text, found):
    assert split_parts(text) == found
