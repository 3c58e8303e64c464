"""What students write in boxes, and tables of answers as persons and spreadsheets make them."""

import math
import random
import re

import pytest
from chalkgrad.classroom.marking.intake import read_answers
from chalkgrad.classroom.marking.marks import marked
from chalkgrad.classroom.marking.reading import read, same_choice, same_text
from chalkgrad.classroom.marking.rows import Roster, read_roster
from chalkgrad.classroom.tables import read_table
from sheets_to_mark import number_box, paper_of

PAPERS = [
    paper_of(number_box("1.c.value", 3.0), number_box("1.a.gradient", 2.0), version="A", code="BCDFGH"),
    paper_of(number_box("1.c.value", 5.0), number_box("1.a.gradient", 4.0), version="B", code="QRSTVW"),
]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("3", 3.0),
        ("3.0", 3.0),
        (" 3 ", 3.0),
        ("+3", 3.0),
        ("3.", 3.0),
        ("-.5", -0.5),
        ("0,5", 0.5),
        ("1/2", 0.5),
        ("-1/2", -0.5),
        ("1 1/2", 1.5),
        ("-1 1/2", -1.5),
        ("½", 0.5),
        ("-1½", -1.5),
        ("1⁄2", 0.5),
        ("−3", -3.0),
        ("–3", -3.0),
        ("－3", -3.0),
        ("\u200e-3\u200f", -3.0),
        ("- 3", -3.0),
        ("3-", -3.0),
        ("'-2", -2.0),
        ("=-2", -2.0),
        ("e = 5", 5.0),
        ("≈ 0.25", 0.25),
        ("2·3", 6.0),
        ("1e3", 1000.0),
        ("1 250", 1250.0),
        ("1\u202f250,5", 1250.5),
        ("1'250", 1250.0),
        ("1,250.5", 1250.5),
        ("1.250,5", 1250.5),
        ("1,250,000", 1250000.0),
        ("0,125", 0.125),
        ("-0", 0.0),
    ],
)
def test_a_number_is_read_in_every_way_of_writing_it(typed, number):
    assert read(typed).numbers == (number,)


@pytest.mark.parametrize("typed", ["", "  ", "-", "–", "?", "\u200f", "...", "'"])
def test_a_blank_is_a_blank(typed):
    assert read(typed).blank


@pytest.mark.parametrize(
    "typed", ["five", "1/0", "nan", "inf", "9**9**9", "((((", "5%", "1,2,3", "5 (c)", "x" * 9999, "2e999", "\0", "{"]
)
def test_what_is_not_a_number_is_said_and_nothing_is_raised(typed):
    assert read(typed).trouble == "no number"


@pytest.mark.parametrize(
    "typed", ["01-Feb", "1. Feb", "Feb-01", "2026-02-01", "2026-02-01 00:00:00", "1/2/2026", "1.2.26", "01-ינו"]
)
def test_a_date_that_a_spreadsheet_made_of_a_fraction_is_known(typed):
    assert read(typed).trouble == "date"


def test_one_and_a_quarter_may_be_a_thousand():
    assert read("1,250").numbers == (1.25, 1250.0)
    assert not read("1,250").plain


def test_texts_are_the_same_whatever_the_blanks_and_signs_but_not_in_another_case():
    assert same_text(" a * b", "a·b")
    assert same_text("a**2", "a²")
    assert same_text("x_1 − b", "x₁ - b")
    assert not same_text("A", "a")
    assert not same_text("a·b", "b·a")


def test_a_choice_is_its_letter_in_either_case_and_with_a_bracket():
    assert all(same_choice(typed, "b") for typed in ("b", "B", "b)", "(b)", " B. "))
    assert not same_choice("c", "b")
    assert same_choice("−", "-")
    assert not same_choice("+", "-")


# Tables ---------------------------------------------------------------------------------------------------------------

WIDE = [["code", "1.c.value", "1.a.gradient"], ["BCDFGH", "3", "0,5"], ["QRSTVW", "", "-1/2"]]
ANSWERS = [("BCDFGH", {"1.c.value": "3", "1.a.gradient": "0,5"}), ("QRSTVW", {"1.a.gradient": "-1/2"})]


def table(rows, separator=","):
    """CSV in which every cell that has to be is in quotes."""
    return "\n".join(separator.join(f'"{cell}"' if separator in cell else cell for cell in row) for row in rows) + "\n"


@pytest.mark.parametrize(
    "content",
    [
        table(WIDE).encode(),
        table(WIDE).encode("utf-8-sig"),
        table(WIDE).replace("\n", "\r\n").encode(),
        table(WIDE).replace("\n", "\r").encode(),
        table(WIDE, ";").encode("cp1252"),
        ("sep=;\n" + table(WIDE, ";")).encode("utf-8-sig"),
        table(WIDE, "\t").encode("utf-16"),
        ("\n" + table(WIDE) + ",,\n").encode(),
        (table([[*row, "", ""] for row in WIDE])).encode(),
        table(
            [[row[0].lower().replace("code", " Code ")] + [x.upper() if "." in x else x for x in row[1:]] for row in WIDE]
        ).encode(),
    ],
)
def test_a_wide_table_is_read_as_spreadsheets_write_it(content):
    rows, notes = read_answers(content, PAPERS)
    assert [(row.code, dict(row.answers)) for row in rows] == ANSWERS
    assert [row.paper for row in rows] == PAPERS
    assert notes == []
    assert [row.notes for row in rows] == [(), ()]


def test_a_long_table_is_read():
    lines = [["code", "box", "answer"], *([code, box, text] for code, answers in ANSWERS for box, text in answers.items())]
    rows, _ = read_answers(table(lines).encode(), PAPERS)
    assert [(row.code, dict(row.answers)) for row in rows] == ANSWERS


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("1.θ₂.gradient", "1.theta2.gradient"),
        ("1.θ₂.gradient", "1.Theta_2.gradient"),
        ("1.θ2.gradient", "1.θ_2.gradient"),
        ("1.v₁.value", "1.v_1.value"),
        ("1.λ.value", " 1.lambda.value"),
        ("1.net_h1.value", "1.neth1.value"),
    ],
)
def test_the_name_of_a_box_is_typed_in_ascii(name, written):
    paper = paper_of(number_box(name, 3.0), number_box("1.c.value", 3.0), code="BCDFGH")
    (row,), notes = read_answers(f"code,{written}\nBCDFGH,5\n".encode(), [paper])
    assert dict(row.answers) == {name: "5"}
    assert notes == []


def test_names_that_differ_in_how_they_are_written_alone_are_typed_in_full():
    paper = paper_of(number_box("1.θ.value", 3.0), number_box("1.theta.value", 4.0), code="BCDFGH")
    (row,), _ = read_answers("code,1.θ.value,1.theta.value,1.Theta.value\nBCDFGH,5,6,7\n".encode(), [paper])
    assert dict(row.answers) == {"1.θ.value": "5", "1.theta.value": "6"}
    assert dict(row.extra) == {"1.Theta.value (4)": "7"}


def test_what_is_quoted_in_part_says_so():
    rows, _ = read_answers(
        b"code,box,answer\nBCDFGH,1.the_gradient_of_the_loss.value,5\n" + b"Q" * 40 + b",1.c.value,5\n", PAPERS
    )
    assert rows[0].notes == ("there is no box 1.the_gradient_of_the_l… (line 2)",)
    assert "QQQ…" in rows[1].notes[0]


def test_a_version_is_known_by_its_letter_and_a_student_by_the_roster():
    roster = Roster({"0123": "BCDFGH", "0456": ""})
    rows, _ = read_answers(b"id,version,1.c.value\n123,,3\n456,B,4\n789,A,5\n", PAPERS, roster)
    assert [(row.student, row.code) for row in rows] == [("0123", "BCDFGH"), ("0456", "QRSTVW"), ("789", "BCDFGH")]
    assert [bool(row.notes) for row in rows] == [False, False, True]
    assert "not in the roster" in rows[2].notes[0]


def test_ids_are_not_kept_without_a_roster():
    rows, _ = read_answers(b"id,code,1.c.value\n123,BCDFGH,3\n", PAPERS)
    assert rows[0].student == ""


def test_nothing_that_is_unknown_is_lost():
    content = b"code,1.c.value,1.z.value,remarks\nBCDFGX,3,,\nBCDFGH,3,7,late\n,4,,\n"
    rows, notes = read_answers(content, PAPERS)
    assert [row.code for row in rows] == ["BCDFGX", "BCDFGH", ""]
    assert rows[0].paper is None
    assert "nearest is BCDFGH" in rows[0].notes[0]
    assert rows[0].answers == {"1.c.value": "3"}
    assert dict(rows[1].extra) == {"1.z.value (3)": "7", "remarks (4)": "late"}
    assert "no code" in rows[2].notes[0]
    assert rows[2].answers == {"1.c.value": "4"}
    assert "1.z.value, remarks" in notes[0]


def test_a_decimal_comma_that_moves_the_cells_is_said_and_the_row_kept_unmarked():
    rows, _ = read_answers(b"code,1.c.value,1.a.gradient\nBCDFGH,0,5,2\nQRSTVW,1,2\n", PAPERS)
    assert rows[0].paper is None
    assert "decimal comma" in rows[0].notes[0]
    assert [*rows[0].extra.values()] == ["BCDFGH", "0", "5", "2"]
    assert rows[1].answers == {"1.c.value": "1", "1.a.gradient": "2"}


def test_what_is_answered_twice_is_said():
    rows, _ = read_answers(b"code,box,answer\nBCDFGH,1.c.value,3\nBCDFGH,1.c.value,4\nBCDFGH,1.q,5\n", PAPERS)
    assert rows[0].answers == {"1.c.value": "3"}
    assert [*rows[0].extra.values()] == ["4", "5"]
    assert ["1.c.value is answered twice" in note or "no box 1.q" in note for note in rows[0].notes] == [True, True]
    roster = Roster({"7": "BCDFGH", "8": "QRSTVW"})
    rows, _ = read_answers(b"code,1.c.value\nBCDFGH,3\nQRSTVW,1\nBCDFGH,4\n", PAPERS, roster)
    assert [row.student for row in rows] == ["7", "8", "7"]
    assert ["line 4" in " ".join(rows[0].notes), "line 2" in " ".join(rows[2].notes), rows[1].notes] == [True, True, ()]


def test_many_students_may_answer_one_version():
    rows, _ = read_answers(b"code,1.c.value\nBCDFGH,3\nBCDFGH,4\n", PAPERS)
    assert [row.notes for row in rows] == [(), ()]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04\0\0", "save it as CSV"),
        (b"name,grade\nx,1\n", "has no column code"),
        (b"code,grade\nBCDFGH,1\n", "has no column of a box, such as 1.c.value"),
        (b'[{"a": 1}', "is not JSON"),
        (b"[" * 100000, "is not JSON"),
        (b"[1, 2]", "without a list of rows"),
        (b"code,1.c.value\nBCDFGH," + b"1" * 200000, "is not a table, in line 2"),
    ],
)
def test_what_is_not_a_table_of_answers_is_refused_in_a_sentence(content, said):
    with pytest.raises(ValueError, match=said):
        read_answers(content, PAPERS)


def test_rosters_have_headings_or_none():
    assert read_roster(b"code,id\nBCDFGH,7\n").codes == {"7": "BCDFGH"}
    assert read_roster("id;code\n07;bcdfgh\n".encode("utf-8-sig")).codes == {"07": "BCDFGH"}
    assert read_roster(b"7\n8\n").codes == {"7": "", "8": ""}


def test_lines_are_counted_as_an_editor_counts_them():
    found = read_table(b'code,a\n\nX,"two\nlines"\nY,1\n')
    assert [line.number for line in found.rows] == [3, 5]


def test_nothing_that_is_typed_raises_an_error():
    draws = random.Random(7)
    letters = "0123456789.,-−+*/^()=½²· '\"eE\t\u200f\u2066אa#~{}%&<\0\n"
    for _ in range(3000):
        text = "".join(draws.choices(letters, k=draws.randrange(12)))
        found = read(text)
        assert found.blank or found.trouble or all(map(math.isfinite, found.numbers)), text
        assert marked(PAPERS[0], {"1.c.value": text, "1.a.gradient": text}).marks[0].status


def test_no_bytes_but_a_sentence():
    draws = random.Random(7)
    start = b"code,box,answer\nBCDFGH,1.c.value,"
    for _ in range(300):
        content = draws.choice([b"", start]) + bytes(draws.choices(b'ab01,;\t"\n\r\xff\xfe\x00{[:', k=draws.randrange(40)))
        said, rows = "is read", []
        try:
            rows, _ = read_answers(content, PAPERS)
        except ValueError as error:
            said = str(error)
        assert re.match(r"(is|has) ", said), content
        assert all(row.code or row.notes for row in rows)
