"""`chalkgrad sheet`, as a lecturer types it."""

import json
import os
import re
from pathlib import Path

import pytest
from chalkgrad.__main__ import main
from chalkgrad.classroom import Sheet, papers_of
from chalkgrad.classroom.course import CourseError
from chalkgrad.classroom.marking.rows import read_roster
from chalkgrad.classroom.printing import html
from chalkgrad.command.sheets import exercise_names, help_of_sheet
from chalkgrad.expressions import examples

QUICK = ["sheet", "e = a*b + a", "--ask", "numbers"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Sheet, "looked_at", 40)


def names_in(folder):
    return {file.name for file in Path(folder).iterdir()}


def contents_of(folder):
    return {file.name: file.read_bytes() for file in Path(folder).iterdir()}


def test_sheets_and_keys_are_written_in_all_versions(capsys):
    assert main([*QUICK, "--versions", "3", "--key", "--as", "html,json,moodle", "-o", "week3", "--title", "By hand"]) == 0
    out = capsys.readouterr().out
    assert "made course.key, the key of the course: keep it, and never hand it out" in out
    assert "wrote 13 files to week3" in out
    kinds = {f"{what}-{letter}.{kind}" for what in ("sheet", "key") for letter in "ABC" for kind in ("html", "json")}
    assert names_in("week3") == {*kinds, "moodle.xml", "worksheet.json"}
    key = bytes.fromhex(Path("course.key").read_text("utf-8").splitlines()[1])
    for name, content in contents_of("week3").items():
        assert key.hex().encode() not in content, name
    papers = papers_of("week3", key)
    for paper in papers:
        sheet, filled = (Path(f"week3/{what}-{paper.version}.json").read_text("utf-8") for what in ("sheet", "key"))
        assert json.loads(sheet)["code"] == json.loads(filled)["code"] == paper.code
        assert paper.code in Path(f"week3/sheet-{paper.version}.html").read_text("utf-8")
        assert paper.title == "By hand"
    assert re.search(rf"A {papers[0].code}, B {papers[1].code}, C {papers[2].code}", out)


def test_the_list_in_the_folder_has_no_answer_and_no_number_that_was_drawn():
    assert main([*QUICK, "--versions", "2", "-o", "week3"]) == 0
    listed = json.loads(Path("week3/worksheet.json").read_text("utf-8"))
    assert set(listed) == {"schema", "version", "worksheet", "count", "sheets", "files"}
    assert [set(one) for one in listed["sheets"]] == [{"version", "code"}] * 2
    assert "inputs" not in listed["worksheet"]["exercise"][0]


def test_the_same_command_writes_the_same_bytes():
    command = [*QUICK, "--versions", "2", "--key", "-o", "week3"]
    assert main(command) == 0
    before = contents_of("week3")
    assert main(command) == 0
    assert contents_of("week3") == before
    assert main([*command[:-1], "other"]) == 0
    assert contents_of("other") == before


def test_files_of_other_sheets_go_and_those_of_these_stay():
    assert main([*QUICK, "--versions", "3", "-o", "week3"]) == 0
    assert main([*QUICK, "--versions", "3", "--as", "json", "-o", "week3"]) == 0
    assert {"sheet-C.html", "sheet-C.json"} <= names_in("week3")
    Path("week3/notes.txt").write_text("mine", "utf-8")
    assert main([*QUICK, "--versions", "2", "-o", "week3"]) == 0
    assert names_in("week3") == {"sheet-A.html", "sheet-B.html", "worksheet.json", "notes.txt"}


def test_what_somebody_else_has_written_stays(capsys):
    Path("week3").mkdir()
    Path("week3/sheet-B.html").write_text("mine", "utf-8")
    assert main([*QUICK, "-o", "week3"]) == 2
    assert "week3/sheet-B.html is there, and chalkgrad sheet did not write it" in capsys.readouterr().err.replace("\\", "/")
    assert contents_of("week3") == {"sheet-B.html": b"mine"}
    Path("week3/sheet-B.html").rename("week3/roster.csv")
    Path("students.csv").write_text("7", "utf-8")
    assert main([*QUICK, "--for", "students.csv", "-o", "week3"]) == 2
    assert contents_of("week3") == {"roster.csv": b"mine"}
    Path("week3/roster.csv").rename("week3/worksheet.json")
    assert main([*QUICK, "-o", "week3"]) == 2
    assert contents_of("week3") == {"worksheet.json": b"mine"}


def test_after_ctrl_c_files_are_whole_and_the_next_run_goes_on(monkeypatch):
    command = [*QUICK, "--versions", "3", "-o", "week3"]
    page, count = html.page, iter(range(9))

    def stopped(*arguments, **options):
        if next(count) == 1:
            raise KeyboardInterrupt
        return page(*arguments, **options)

    monkeypatch.setattr(html, "page", stopped)
    assert main(command) == 130
    assert names_in("week3") == {"sheet-A.html", "worksheet.json"}
    assert Path("week3/sheet-A.html").read_text("utf-8").endswith("</html>\n")
    monkeypatch.setattr(html, "page", page)
    assert main(command) == 0
    assert names_in("week3") == {"sheet-A.html", "sheet-B.html", "sheet-C.html", "worksheet.json"}


def test_each_student_has_a_sheet_and_the_roster_alone_has_the_ids(capsys):
    ids = [f"matr{number}" for number in (20417, 20418, 20419)]
    Path("students.csv").write_text("\ufeffid,name\n" + "".join(f"{one},Ada\n" for one in ids), "utf-8")
    assert main([*QUICK, "--for", "students.csv", "--key", "--as", "html,json", "-o", "week3"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"exercise 1 has \d+ versions; \d (different sheets|sheet) for 3 students", out)
    assert "roster.csv alone says whose sheet is which" in out
    roster = {code: one for one, code in read_roster(Path("week3/roster.csv").read_bytes()).codes.items()}
    assert [*roster.values()] == ids
    assert names_in("week3") == {
        "roster.csv",
        "worksheet.json",
        *(f"{what}-{code}.{kind}" for what in ("sheet", "key") for code in roster for kind in ("html", "json")),
    }
    for name, content in contents_of("week3").items():
        assert name == "roster.csv" or b"matr" not in content, name
    if os.name == "posix":
        assert Path("week3/roster.csv").stat().st_mode & 0o777 == 0o600
    papers = papers_of("week3", "course.key")
    assert [paper.code for paper in papers] == [*roster]
    for paper in papers:
        answers = json.loads(Path(f"week3/key-{paper.code}.json").read_text("utf-8"))["boxes"]
        assert {name: one["answer"] for name, one in answers.items()} == {box.name: box.answer for box in paper.boxes}


def test_another_key_does_not_make_the_sheets_again():
    assert main([*QUICK, "--versions", "1", "-o", "week3"]) == 0
    with pytest.raises(CourseError, match="made with another key"):
        papers_of("week3", b"1" * 32)
    with pytest.raises(CourseError, match=r"there is no other[/\\]worksheet\.json"):
        papers_of("other", "course.key")
    with pytest.raises(CourseError, match=r"there is no lost\.key"):
        papers_of("week3", "lost.key")


def test_a_worksheet_in_a_file_is_made_in_its_language():
    Path("w.toml").write_text(
        'language = "he"\nversions = 2\n[[exercise]]\ngraph = "e = a*b"\nask = ["numbers"]\n'
        '[[exercise]]\ngraph = "colah"\nask = ["numbers"]\ninputs.a = [2, 3]\n',
        "utf-8",
    )
    assert main(["sheet", "w.toml", "--course", "למידה"]) == 0
    page = Path("sheets/sheet-B.html").read_text("utf-8")
    assert 'lang="he" dir="rtl"' in page
    assert "למידה" in page
    assert names_in("sheets") == {"sheet-A.html", "sheet-B.html", "worksheet.json"}


def test_inputs_may_be_given_behind_the_expression():
    assert main(["sheet", "u = a*b; L = (u - t)**2", "a=2,3", "b=-3..-1", "t=last", "--ask", "numbers", "--versions", "1"]) == 0
    listed = json.loads(Path("sheets/worksheet.json").read_text("utf-8"))
    assert listed["worksheet"]["exercise"][0]["inputs"] == {"a": [2.0, 3.0], "b": [-3.0, -2.0, -1.0], "t": "last"}


WRONG = {
    ("sheet",): 'what is to be asked? For instance: chalkgrad sheet "c = a + b; d = b + 1; e = c*d"',
    ("sheet", "colahh"): "there is no example or exercise colahh: did you mean colah?",
    ("sheet", "missing.toml"): "there is no file missing.toml",
    ("sheet", "e = a*"): "something is missing after *",
    ("sheet", "e = a*b", "a"): "a: the numbers of an input are written as a=2",
    ("sheet", "e = a*b", "a=x"): "a is a number, a list of numbers, or a range",
    ("sheet", "e = a*b", "c=2"): "inputs: there is no input c; there are a, b",
    ("sheet", "e = a*b", "--ask", "tabel"): "there is no form tabel: did you mean table?",
    ("sheet", "e = a*b", "--of", "q"): "of: there is no input q; there are a, b",
    ("sheet", "d = a*b; e = a + b"): "there are several results, d, e: root = 'd' chooses one",
    ("sheet", "e = a*b", "--as", "htm"): "--as is some of html, pdf, tex, moodle, json, not htm: did you mean html?",
    ("sheet", "e = a*b", "--versions", "0"): "--versions is a number from 1 to 26, not 0",
    ("sheet", "e = a*b", "--versions", "many"): "--versions is a whole number, not many",
    ("sheet", "e = a*b", "--numbers", "halfs"): "--numbers is integers, halves, thirds, quarters or decimals, not halfs",
    ("sheet", "e = a*b", "--for", "none.csv"): "there is no none.csv: --for names a table with the id",
    ("sheet", "e = a*b", "--for", "s.csv", "--versions", "3"): "--for gives each student a sheet, and --versions all of them",
    ("sheet", "e = a*b", "-o", "file.txt"): "file.txt is a file: -o names a folder",
    ("sheet", "e = a*b", "--key-file", "file.txt"): "file.txt is not the key of a course",
    ("sheet", "e = a*b", "a=1", "b=1", "--ask", "numbers"): "there is 1 version, not 4, in 1 draw",
    ("sheet", "e = a*b", "a=1", "a=2"): "a is given twice: a=1,2,3 is one of several",
    ("sheet", "e = a*b", "--ask", ""): "ask names forms: ask = ",
    ("sheet", "e = a*b", "--title", "x" * 300): "--title has 300 letters: a line on top of a sheet has 200 at most",
    ("sheet", "e = a*b", "--for", "file.txt", "--key-file", "folder"): "folder cannot be written: is a directory",
    ("sheet", "one.toml"): "one.toml: exercise 1: there is 1 version, not 4, in 1 draw",
    ("sheet", "folder.toml"): "folder.toml cannot be read: is a directory",
    ("sheet", "e = a*b", "--langage", "he"): "there is no option --langage: did you mean --language?",
}


@pytest.mark.parametrize("arguments", WRONG)
def test_bad_input_is_one_sentence(arguments, capsys):
    Path("file.txt").write_text("a file", "utf-8")
    Path("one.toml").write_text("[[exercise]]\ngraph = 'e = a*b'\ninputs = {a = 1, b = 1}\nask = ['numbers']\n", "utf-8")
    for folder in ("folder", "folder.toml"):
        Path(folder).mkdir()
    assert main([*arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"chalkgrad: {WRONG[arguments]}")
    assert "Traceback" not in err
    assert names_in(".") <= {"file.txt", "one.toml", "folder", "folder.toml", "course.key"}


def test_help_lists_forms_with_their_minutes_and_exercises():
    text = help_of_sheet()
    assert re.search(r"\n +table +fill in the table, \d+ min\n", text)
    assert max(map(len, text.splitlines())) <= 120
    assert set(exercise_names()) <= {*re.findall(r"[\w-]+", text)}
    both = {*exercise_names()} & {*examples.names()}
    assert f"({', '.join(sorted(both)[:-1])} and {sorted(both)[-1]} are examples, too" in text


def test_a_name_is_that_of_an_exercise_before_that_of_an_example():
    assert main(["sheet", "shapes", "--versions", "2", "-o", "of exercise"]) == 0
    assert "widths" in Path("of exercise/worksheet.json").read_text("utf-8")
    assert main(["sheet", "colah", "--versions", "2", "--ask", "numbers", "-o", "of example"]) == 0
    assert json.loads(Path("of example/worksheet.json").read_text("utf-8"))["worksheet"]["exercise"][0]["graph"] == "colah"


def test_question_sheet_and_command_state_minutes_that_add_up(capsys):
    assert main(["sheet", "colah", "--ask", "table,numbers,chain", "--versions", "1", "--as", "html,json"]) == 0
    questions = papers_of("sheets", "course.key")[0].questions
    page = Path("sheets/sheet-A.html").read_text("utf-8")
    total, *each = (int(count) for count in re.findall(r"(\d+) min", page))
    assert total == sum(each)
    assert len(each) == len(questions) == 3
    assert f"3 questions, {total} min, " in capsys.readouterr().out
    facts = json.loads(Path("sheets/sheet-A.json").read_text("utf-8"))
    assert (facts["minutes"], [one["minutes"] for one in facts["exercises"][0]["questions"]]) == (total, each)


def test_counts_of_one_are_in_the_singular(capsys):
    Path("students.csv").write_text("ID number\n7\n", "utf-8")
    assert main(["sheet", "e = tanh(a)", "a=0.5", "--numbers", "decimals", "--ask", "numbers", "--for", "students.csv"]) == 0
    out = capsys.readouterr().out
    assert "1 sheet for 1 student;" in out.replace("\n", ";")
    assert "1 question, 1 min, 1 point; " in out


def test_without_a_program_for_pdfs_a_sentence_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    assert main([*QUICK, "--versions", "1", "--as", "pdf,html"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("chalkgrad: a PDF is made by LaTeX or by Chromium, and neither made one here")
    assert "Traceback" not in err
    assert names_in("sheets") == {"sheet-A.html", "worksheet.json"}
