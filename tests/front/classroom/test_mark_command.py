"""The command `chalkgrad mark`, from the sheets' folder and the key to marks.csv and the report."""

import csv
import json
import os
from pathlib import Path

import pytest
from chalkgrad.__main__ import main
from chalkgrad.classroom import folder as folders
from chalkgrad.classroom import sheet as sheets
from chalkgrad.classroom.paper import Slip
from sheets_to_mark import number_box, paper_of

KEY = "0123456789abcdef" * 4


def paper(version, code, x):
    """A sheet of two cells, the second of which is one more than the first."""
    slips = (Slip(-x, "sign", "the size is right, the sign is not"),)
    return paper_of(
        number_box("1.x", x, slips=slips),
        number_box("1.y", x + 1, ["1.x"], lambda own: own["1.x"] + 1),
        version=version,
        code=code,
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a key, and with sheets A and B that need not be drawn."""
    monkeypatch.chdir(tmp_path)
    Path("course.key").write_text(f"# keep it\n{KEY}\n")
    Path("week3").mkdir()
    Path("week3/worksheet.json").write_text("{}")
    papers = [paper("A", "BCDFGH", 2.0), paper("B", "QRSTVW", 5.0)]

    def papers_of(place, key):
        assert (Path(place).name, key) == ("week3", bytes.fromhex(KEY))
        return papers

    monkeypatch.setattr(folders, "papers_of", papers_of)
    return tmp_path


ANSWERS = "id,code,1.x,1.y\n007,BCDFGH,2,3\n008,QRSTVW,4,5\n009,BCDFGH,-2,3\n010,XXXXXX,1,1\n"


def mark(*words, answers=ANSWERS, follow=""):
    """Runs the command on answers; returns the exit status."""
    Path("answers.csv").write_text(answers)
    return main(["mark", "answers.csv", "--key-file", "course.key", "--sheets", "week3", *words])


def marks():
    """The rows of marks.csv."""
    with Path("marks/marks.csv").open(encoding="utf-8-sig", newline="") as file:
        return [*csv.DictReader(file)]


def rewrite(rows):
    """Writes marks.csv as a person's spreadsheet does."""
    with Path("marks/marks.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*dict.fromkeys(key for row in rows for key in row)], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.usefixtures("folder")
def test_answers_become_a_row_a_json_each_and_a_report(capsys):
    assert mark() == 0
    said = capsys.readouterr().out
    assert "marked 3 sheets: 1.333 of 2 points on average" in said
    assert "1 row could not be marked" in said
    rows = marks()
    assert [(row["line"], row["code"], row["sheet"], row["total"], row["of"], row["q1"]) for row in rows] == [
        ("2", "BCDFGH", "A", "2", "2", "2"),
        ("3", "QRSTVW", "B", "1", "2", "1"),
        ("4", "BCDFGH", "A", "1", "2", "1"),
        ("5", "XXXXXX", "", "", "", ""),
    ]
    assert "id" not in rows[0]
    assert "no sheet has the code XXXXXX" in rows[3]["notes"]
    assert rows[2]["look"] == "1.y: right, though it does not follow from the student's own 1.x = -2"
    assert sorted(file.name for file in Path("marks").iterdir()) == [
        "BCDFGH-2.json",
        "BCDFGH-4.json",
        "QRSTVW.json",
        "marks.csv",
        "marks.json",
        "report.html",
        "report.md",
        "unknown-5.json",
    ]
    found = json.loads(Path("marks/QRSTVW.json").read_text())
    assert (found["schema"], found["version"], found["points"], found["of"], found["follow"]) == (
        "chalkgrad/marks",
        1,
        1.0,
        2.0,
        1.0,
    )
    assert [box["status"] for box in found["questions"][0]["boxes"]] == ["wrong", "follows"]
    assert json.loads(Path("marks/unknown-5.json").read_text())["extra"] == {"1.x": "1", "1.y": "1"}
    assert "Fewer than 5 students each confuse the sign of a gradient" in Path("marks/report.md").read_text()
    for file in Path("marks").iterdir():
        assert not any(student in file.read_text() for student in ("007", "008", "009", "010"))


@pytest.mark.usefixtures("folder")
def test_ids_stand_in_the_marks_with_a_roster_but_never_in_the_report():
    Path("roster.csv").write_text("code,id\nBCDFGH,007\nQRSTVW,008\n,009\n")
    assert mark("--roster", "roster.csv") == 0
    assert [row["id"] for row in marks()] == ["007", "008", "009", "010"]
    assert "this id is not in the roster" in marks()[3]["notes"]
    for file in ("report.md", "report.html"):
        assert not any(student in Path("marks", file).read_text() for student in ("007", "008", "009"))


@pytest.mark.parametrize(("how", "total"), [("full", "1"), ("half", "0.5"), ("none", "0")])
@pytest.mark.usefixtures("folder")
def test_what_follows_gets_what_is_chosen(how, total):
    assert mark("--follow", how) == 0
    assert marks()[1]["total"] == total


@pytest.mark.usefixtures("folder")
def test_what_a_person_changed_survives_another_run(capsys):
    assert mark() == 0
    rows = marks()
    rows[0]["by hand"] = "1,5"
    rows[1]["total"] = "2"  # written over ours
    rows[2]["q1"] = "1.5"
    rows[3]["remark"] = "asked Dana"
    rewrite(rows)
    capsys.readouterr()
    assert mark("--follow", "half") == 0
    assert "kept what was changed by hand in 4 rows" in capsys.readouterr().out
    rows = marks()
    assert [row["by hand"] for row in rows] == ["1,5", "2", "1.5", ""]
    assert [row["mark"] for row in rows] == ["1,5", "2", "1.5", ""]
    assert [row["total"] for row in rows] == ["2", "0.5", "1", ""]
    assert rows[3]["remark"] == "asked Dana"
    assert mark() == 0
    assert [row["by hand"] for row in marks()] == ["1,5", "2", "1.5", ""]


@pytest.mark.usefixtures("folder")
def test_a_mark_by_hand_goes_with_its_student_and_is_kept_when_the_answers_are_gone():
    Path("roster.csv").write_text("id\n007\n008\n009\n")
    assert mark("--roster", "roster.csv") == 0
    rows = marks()
    rows[0]["by hand"], rows[2]["by hand"] = "1", "0"
    rows[0]["id"] = "7"  # as a spreadsheet writes it
    rewrite(rows)
    moved = "id,code,1.x,1.y\n008,QRSTVW,4,5\n011,QRSTVW,4,5\n007,BCDFGH,2,3\n"
    assert mark("--roster", "roster.csv", answers=moved) == 0
    assert [(row["id"], row["by hand"], row["mark"]) for row in marks()] == [
        ("008", "", "1"),
        ("011", "", "1"),
        ("007", "1", "1"),
        ("009", "0", "0"),
    ]
    assert "not in the file any more" in marks()[3]["notes"]
    assert not Path("marks/unknown-5.json").exists()


@pytest.mark.usefixtures("folder")
def test_no_cell_is_a_formula_for_a_spreadsheet():
    assert mark(answers='code,1.x,1.y,remark\n=cmd|x!A1,1,2,\nBCDFGH,2,3,"=HYPERLINK(1)"\n') == 0
    assert marks()[0]["code"] == "'=cmd|x!A1"
    assert all(cell[:1] not in ("=", "+", "@") for row in marks() for cell in row.values())


@pytest.mark.usefixtures("folder")
def test_no_part_of_a_cell_is_a_formula_where_semicolons_separate_cells():
    answers = 'code,1.x,1.y,remark,=A1\nBCDFGH,2,3,"x;=HYPERLINK(1)","y\n=A2"\n"x;=A3",2,3,"a;""@SUM(1)",\n'
    assert mark(answers=answers) == 0
    for file in ("marks.csv",):
        text = Path("marks", file).read_text("utf-8-sig")
        for separator in ",;\t":
            cells = [cell for row in csv.reader(text.splitlines(), delimiter=separator) for cell in row]
            assert not [cell for cell in cells if cell.lstrip(' "')[:1] in "=+-@" and cell.strip()]


@pytest.mark.usefixtures("folder")
def test_ids_in_a_table_to_fill_in_are_no_formulas_and_are_known_when_it_is_read():
    Path("roster.csv").write_text("code,id\nBCDFGH,=cmd|x\nQRSTVW,-5\n")
    words = ["--key-file", "course.key", "--sheets", "week3", "--roster", "roster.csv"]
    assert main(["mark", "--template", "t.csv", *words]) == 0
    table = Path("t.csv").read_text("utf-8-sig")
    assert table == "code,id,1.x,1.y\nBCDFGH,'=cmd|x,,\nQRSTVW,'-5,,\n"
    assert mark("--roster", "roster.csv", answers=table) == 0
    assert [(row["code"], row["id"], row["notes"]) for row in marks()] == [("BCDFGH", "'=cmd|x", ""), ("QRSTVW", "'-5", "")]


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such modes")
@pytest.mark.usefixtures("folder")
def test_what_bears_ids_can_be_read_by_its_owner_alone():
    Path("roster.csv").write_text("code,id\nBCDFGH,007\n")
    assert mark("--roster", "roster.csv") == 0
    assert main(["mark", "--template", "t.csv", "--sheets", "week3", "--roster", "roster.csv"]) == 0
    modes = {file.name: file.stat().st_mode & 0o077 for file in [*Path("marks").iterdir(), Path("t.csv")]}
    assert [name for name, mode in modes.items() if mode] == [name for name in modes if name.startswith("report.")]


@pytest.mark.usefixtures("folder")
def test_marks_of_hebrew_sheets_are_hebrew(monkeypatch):
    box = number_box("1.x", 2.0, slips=(Slip(-2.0, "sign", "הסימן"),))
    monkeypatch.setattr(folders, "papers_of", lambda place, key: [paper_of(box, language="he")])
    assert mark(answers="code,1.x\n" + "BCDFGH,-2\n" * 6 + "BCDFGH,01-Feb\nXX,2\n") == 0
    report = Path("marks/report.md").read_text()
    assert "# דוח על הכיתה" in report
    assert "- \u20666\u2069 מתוך \u20667\u2069 מבלבלים בין סימן הגרדיאנט" in report
    assert 'dir="rtl"' in Path("marks/report.html").read_text()
    assert "תאריך" in marks()[6]["look"]
    assert "לאף דף אין הקוד" in marks()[7]["notes"]


@pytest.mark.usefixtures("folder")
def test_sheets_without_letters_have_no_column_for_them(monkeypatch):
    personal = [paper_of(number_box("1.x", 2.0), version="", code=code) for code in ("BCDFGH", "QRSTVW")]
    monkeypatch.setattr(folders, "papers_of", lambda place, key: personal)
    assert mark(answers="code,1.x\nBCDFGH,2\nXX,2\n") == 0
    assert [*marks()[0]] == ["line", "code", "total", "of", "q1", "look", "notes", "by hand", "mark"]


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_written_is_named(capsys):
    Path("w").write_text("")
    assert mark("-o", "w") == 2
    assert capsys.readouterr().err == "chalkgrad: w is a file: -o names a folder\n"
    Path("marks/marks.json").mkdir(parents=True)
    assert mark() == 2
    assert (
        capsys.readouterr().err
        == "chalkgrad: the marks cannot be written to marks/marks.json (Is a directory): name another place\n"
    )
    assert main(["mark", "--template", "none/t.csv", "--sheets", "week3"]) == 2
    assert capsys.readouterr().err == (
        "chalkgrad: the table cannot be written to none/t.csv (No such file or directory): name another place\n"
    )


@pytest.mark.usefixtures("folder")
def test_moodles_report_is_marked():
    answers = 'Surname,ID number,Question 1,Response 1\nN,7,"Week 3 QRSTVW {#1}","part 1: 5; part 2: 6"\n'
    assert mark(answers=answers) == 0
    assert [(row["code"], row["total"]) for row in marks()] == [("QRSTVW", "2")]


@pytest.mark.usefixtures("folder")
def test_a_table_to_fill_in_is_written_and_never_over_another(capsys):
    Path("roster.csv").write_text("code,id\nBCDFGH,007\n")
    words = ["mark", "--template", "t.csv", "--key-file", "course.key", "--sheets", "week3"]
    assert main(words) == 0
    assert Path("t.csv").read_text("utf-8-sig") == "code,1.x,1.y\nBCDFGH,,\nQRSTVW,,\n"
    assert main(words) == 2
    assert "t.csv is there" in capsys.readouterr().err
    assert main([*words[:2], "u.csv", *words[3:], "--roster", "roster.csv"]) == 0
    assert Path("u.csv").read_text("utf-8-sig") == "code,id,1.x,1.y\nBCDFGH,007,,\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "which answers?"),
        (["answers.csv", "--key-file", ""], "there are no sheets in ."),
        (["answers.csv", "more.csv"], "one file of answers at a time"),
        (["answers.csv", "--key-file", "no.key", "--sheets", "week3"], "there is no no.key"),
        (["answers.csv", "--key-file", "answers.csv", "--sheets", "week3"], "is not the key of a course"),
        (["answers.csv", "--key-file", "course.key"], "there are no sheets in ., for it has no worksheet.json"),
        (["no.csv", "--key-file", "course.key", "--sheets", "week3"], "there is no no.csv"),
        (["week3", "--key-file", "course.key", "--sheets", "week3"], "week3 is a folder: name a file in it"),
        (["answers.csv", "--key-file", "week3", "--sheets", "week3"], "week3 is a folder"),
        (["answers.csv", "--sheets", "week3", "--roster", "no.csv"], "there is no no.csv"),
        (
            ["answers.csv", "--sheets", "week3", "--roster", "names.csv"],
            "names.csv has no column id or code: its columns are name",
        ),
        (["course.key", "--key-file", "course.key", "--sheets", "week3"], "course.key has no column code"),
        (["answers.csv", "--key-file", "course.key", "--sheets", "week3", "--roster", "empty.csv"], "empty.csv is empty"),
        (["answers.csv", "--key-file", "course.key", "--sheets", "week3", "-o", ""], "-o names nothing"),
        (["answers.csv", "--folow", "half"], "did you mean --follow?"),
        (["answers.csv", "--follow", "most"], "--follow is full, half or none, not most"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(words, said, folder, capsys):
    Path("answers.csv").write_text(ANSWERS)
    Path("empty.csv").write_text("")
    Path("names.csv").write_text("name,group\nDana,1\n")
    assert main(["mark", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (folder / "marks").exists()


@pytest.mark.usefixtures("folder")
def test_a_marks_table_that_cannot_be_read_is_left_as_it_is(capsys):
    Path("marks").mkdir()
    Path("marks/marks.csv").write_text("my notes\n")
    assert mark() == 2
    assert "has no column code: it is left as it is" in capsys.readouterr().err
    assert [file.name for file in Path("marks").iterdir()] == ["marks.csv"]


def test_sheets_are_made_again_from_their_folder_and_the_key(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("course.key").write_text(KEY)
    sheet = sheets.Sheet("f = a*b", "numbers", key=bytes.fromhex(KEY))
    versions = sheet.versions(2)
    Path("worksheet.json").write_text(json.dumps(folders.manifest(sheet, versions, [])))
    second = versions[1]
    answers = {box.name: str(box.answer) for box in second.boxes}
    Path("answers.csv").write_text(f"code,{','.join(answers)}\n{second.code},{','.join(answers.values())}\n")
    assert main(["mark", "answers.csv", "--key-file", "course.key"]) == 0
    assert "marked 1 sheet: 2 of 2 points" in capsys.readouterr().out
    Path("other.key").write_text(KEY[::-1])
    assert main(["mark", "answers.csv", "--key-file", "other.key"]) == 2
    assert "another key" in capsys.readouterr().err
