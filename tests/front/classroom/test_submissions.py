"""What a class hands in: Moodle's archives, folders, names in Hebrew, archives that are traps; and a class that is graded."""

import csv
import io
import json
import zipfile

import pytest
from chalkgrad.classroom.grading import batch
from chalkgrad.classroom.grading.batch import BadWorksheet, Course, Stopped, grade_all
from chalkgrad.classroom.grading.one_submission import How
from chalkgrad.classroom.grading.report import Finding, Report
from chalkgrad.classroom.grading.running.runner import Limits
from chalkgrad.classroom.grading.submissions import BadArchive, _name_in, picked, submissions

ENGINE = "class Value:\n    def __init__(self, x): self.data, self.grad = x, 0.0\n    def backward(self): self.grad = 1.0\n"
DANA, NOA = "דנה לוי_101_assignsubmission_file_", "Noa O'Brien_102_assignsubmission_file_"


def archive(place, members):
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return place


def judge(run, how):
    """One that asks nothing."""
    return Report(
        "", "Value", "graded", (Finding(2, "a + b", "+", "passed", 30.0, 40.0), Finding(3, "c", "*", "failed", 0, 40))
    )


def grade(source, target, **options):
    course = Course(How(limits=Limits(seconds=0.2, import_seconds=0.2)), options.pop("wanted", ""))
    return grade_all(source, target, course, judge=judge, **options)


def table(place):
    return list(csv.DictReader(io.StringIO(place.read_text("utf-8-sig"), newline="")))


# Intake ----------------------------------------------------------------------------------------------------------------


def test_moodles_folders_are_submissions_with_names_and_numbers(tmp_path):
    place = archive(
        tmp_path / "s.zip", {f"{DANA}/my_engine.py": ENGINE, f"{NOA}/sub/x.py": ENGINE, f"{NOA}/__MACOSX/._x.py": ""}
    )
    found = submissions(place, tmp_path / "to")
    assert [(one.folder, one.name, one.number) for one in found] == [(NOA, "Noa O'Brien", "102"), (DANA, "דנה לוי", "101")]
    assert [inside for inside, _ in found[0].files] == ["sub/x.py"]


def test_moodles_archives_without_folders_and_one_folder_around_all(tmp_path):
    flat = archive(tmp_path / "flat.zip", {f"{DANA}my_engine.py": ENGINE})
    around = archive(tmp_path / "around.zip", {f"hw1/{DANA}/my_engine.py": ENGINE, f"hw1/{NOA}/": ""})
    (one,) = submissions(flat, tmp_path / "a")
    assert (one.folder, one.number, one.files[0][0]) == (DANA, "101", "my_engine.py")
    assert {one.folder for one in submissions(around, tmp_path / "b")} >= {DANA}


def test_a_name_in_utf_8_whose_flag_is_missing_is_read():
    info = zipfile.ZipInfo("דנה".encode().decode("cp437") + "/a.py")
    info.flag_bits = 0
    assert _name_in(info) == "דנה/a.py"


LEADING_OUT = ["../x.py", "/etc/x.py", "C:/x.py", "..\\x.py", "./../x.py", "../..", f"../{NOA}/x.py", f"../{NOA}x.py"]


@pytest.mark.parametrize("name", LEADING_OUT)
def test_a_name_that_leads_out_of_the_archive_is_a_row_that_could_not_run_and_the_others_are_graded(tmp_path, name):
    deep = tmp_path / "to" / "deep"
    deep.mkdir(parents=True)
    done = grade(archive(deep / "s.zip", {f"hw/{DANA}/x.py": ENGINE, name: ENGINE}), deep / "feedback.zip")
    assert (done.graded, done.not_run) == (1, 1)
    rows = {row["Result"]: row for row in table(deep / "gradebook.csv")}
    assert rows["graded"]["Full name"] == "דנה לוי"
    row = rows["could not run"]
    assert "leads out of the submission's folder" in row["Reason"]
    assert row["Full name"] == ("Noa O'Brien" if NOA in name else row["Submission"])
    with zipfile.ZipFile(deep / "feedback.zip") as opened:
        for page in opened.namelist():
            assert not {"..", "", "C:"} & {*page.split("/")}
    assert [path.name for path in tmp_path.rglob("*.py")] == []
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["deep"]


def linked(name):
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return info


REFUSED = {
    "too large": ("x.py", b"0" * 1_000_000, "x.py is larger than 0 MB"),
    "a link": (linked(f"{NOA}/x.py"), b"/etc/passwd", "x.py is a link, and is not followed"),
    "a name that leads out": ("../../x.py", ENGINE, "../../x.py leads out of the submission's folder"),
}


@pytest.mark.parametrize(("name", "content", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_unpacked_is_told_of_its_submission_and_the_others_are_graded(tmp_path, monkeypatch, name, content, said):
    monkeypatch.setattr("chalkgrad.classroom.grading.submissions.LARGEST_FILE", 100_000)
    with zipfile.ZipFile(tmp_path / "s.zip", "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(f"{DANA}/x.py", ENGINE)
        opened.writestr(name if isinstance(name, zipfile.ZipInfo) else f"{NOA}/{name}", content)
    done = grade(tmp_path / "s.zip", tmp_path / "feedback.zip")
    rows = {row["Full name"]: row for row in table(tmp_path / "gradebook.csv")}
    assert (done.graded, done.not_run) == (1, 1)
    assert said in rows["Noa O'Brien"]["Reason"]
    assert {row["Full name"] for row in table(tmp_path / "needs_a_human.csv")} == {"Noa O'Brien"}


def test_a_file_that_is_damaged_and_one_too_many_are_told_of_their_submission(tmp_path, monkeypatch):
    monkeypatch.setattr("chalkgrad.classroom.grading.submissions.LARGEST_SUBMISSION", 3000)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr(f"{DANA}/x.py", ENGINE)
        opened.writestr(f"{NOA}/x.py", ENGINE + "# damaged")
        for i in range(3):
            opened.writestr(f"{NOA}/{i}.txt", "." * 1200)
    damaged = content.getvalue().replace(b"# damaged", b"# demaged", 1)
    (tmp_path / "s.zip").write_bytes(damaged)
    noa, dana = submissions(tmp_path / "s.zip", tmp_path / "to")
    assert (len(dana.files), dana.refused) == (1, ())
    assert [name for name, _ in noa.files] == ["0.txt", "1.txt"]
    assert [said.partition(":")[0] for said in noa.refused] == ["x.py cannot be unpacked", "2.txt is not unpacked"]


@pytest.mark.parametrize("name", [".net Meier", "~Ann", "__MACOSX"])
def test_whoever_is_called_as_systems_call_their_files_is_graded(tmp_path, name):
    folder, flat = f"{name}_4_assignsubmission_file_", f"{name}_5_assignsubmission_file_y.py"
    members = {f"{folder}/x.py": ENGINE, f"{folder}/.x.py": "", "__MACOSX/x.py": "", ".DS_Store": "", flat: ENGINE}
    found = submissions(archive(tmp_path / "s.zip", members), tmp_path / "to")
    assert [(one.name, one.number, [name for name, _ in one.files]) for one in found] == [
        (name, "4", ["x.py"]),
        (name, "5", ["y.py"]),
    ]
    (tmp_path / "all" / folder).mkdir(parents=True)
    assert [one.name for one in submissions(tmp_path / "all", tmp_path / "to")] == [name]


def test_what_is_no_archive_is_told(tmp_path):
    (tmp_path / "s.zip").write_bytes(b"PK\3\4 broken")
    with pytest.raises(BadArchive, match=r"s\.zip"):
        submissions(tmp_path / "s.zip", tmp_path / "to")


def tampered(place, change):
    """Changes the directory at the end of an archive, whose first member has a name of one letter."""
    content = archive(place, {"x": ENGINE, f"{DANA}/my_engine.py": ENGINE}).read_bytes()
    at = content.index(b"PK\1\2")
    place.write_bytes(content[:at] + change(content[at:]))
    return place


def test_an_archive_of_a_version_that_is_not_known_is_told(tmp_path):
    place = tampered(tmp_path / "s.zip", lambda directory: directory[:6] + b"\xfb" + directory[7:])
    with pytest.raises(BadArchive, match=r"s\.zip: zip file version 25\.1"):
        submissions(place, tmp_path / "to")


def test_an_archive_whose_names_are_not_text_is_told(tmp_path):
    def change(directory):
        return directory[:9] + b"\x08" + directory[10:46] + b"\xff" + directory[47:]

    with pytest.raises(BadArchive, match=r"s\.zip: .*utf-8"):
        submissions(tampered(tmp_path / "s.zip", change), tmp_path / "to")


def test_a_member_without_a_name_is_not_unpacked(tmp_path):
    def change(directory):
        size = int.from_bytes(directory[-10:-6], "little") - 1
        end = directory[47:-10] + size.to_bytes(4, "little") + directory[-6:]
        return directory[:28] + b"\0\0" + directory[30:46] + end

    (one,) = submissions(tampered(tmp_path / "s.zip", change), tmp_path / "to")
    assert one.number == "101"


def test_a_link_out_of_a_folder_is_left_out(tmp_path):
    (tmp_path / "secret.py").write_text(ENGINE)
    (tmp_path / "all" / "dana").mkdir(parents=True)
    (tmp_path / "all" / "dana" / "x.py").symlink_to(tmp_path / "secret.py")
    (one,) = submissions(tmp_path / "all", tmp_path / "to")
    assert one.files == ()
    assert one.refused == ("x.py is a link, and is not followed",)


PICKED = {
    "one program": (["x.py"], "", "x.py", ""),
    "the name that was asked for": (["my.py", "nn.py"], "my.py", "my.py", ""),
    "another name": (["engine(1).py"], "my.py", "engine(1).py", ""),
    "two": (["a.py", "b.py"], "", None, "two or more programs"),
    "two, none as asked": (["a.py", "b.py"], "my.py", None, "none is my.py"),
    "nothing": ([], "", None, "no file"),
    "a notebook": (["hw.ipynb"], "", None, "hw.ipynb is a notebook: export it"),
    "a text": (["engine.py.txt"], "", None, "not named as a Python program"),
    "an archive": (["hw.rar"], "", None, "hw.rar is an archive"),
    "a picture": (["hw.pdf"], "", None, "no Python program in it: hw.pdf"),
    "typed into Moodle": (["onlinetext.html"], "", None, "typed into Moodle"),
}


@pytest.mark.parametrize(("names", "wanted", "file", "reason"), PICKED.values(), ids=PICKED)
def test_the_program_of_a_submission(tmp_path, names, wanted, file, reason):
    found = picked([(name, tmp_path / name) for name in names], wanted)
    assert (found.file and found.file.name) == file
    assert reason in found.reason
    assert bool(found.remark) == (file is not None and bool(wanted) and file != wanted)


# A class ---------------------------------------------------------------------------------------------------------------

BROKEN = {
    "syntax": ({"x.py": "class Value(:\n"}, "1", "SyntaxError"),
    "a later line": ({"x.py": ENGINE + "\n\nx = = 1\n"}, "6", "SyntaxError"),
    "tabs": ({"x.py": "if 1:\n\tx = 1\n        y = 2\n"}, "3", "TabError"),
    "Python 2": ({"x.py": 'print "hello"\n'}, "1", "SyntaxError"),
    "latin-1": ({"x.py": "# a comment\nname = 'caf\xe9'\n".encode("latin-1")}, "2", "not UTF-8"),
    "an encoding that is none": ({"x.py": "# coding: klingon\n"}, "1", "encoding"),
    "no text": ({"x.py": b"PK\3\4 a Word file"}, "", "not text"),
    "empty": ({"x.py": "# nothing\n\n"}, "", "the file is empty"),
    "no file": ({}, "", "no file"),
    "a notebook": ({"x.ipynb": "{}"}, "", "notebook"),
    "a notebook as .py": ({"x.py": '{"cells": [{"source": null}]}'}, "", "notebook"),
    "a wrong name": ({"x.py.txt": ENGINE}, "", "not named as a Python program"),
    "two files": ({"a.py": ENGINE, "b.py": ENGINE}, "", "two or more"),
    "a loop": ({"x.py": "x = 1\nwhile True:\n    x = x\n"}, "2", "TimeOut"),
    "no class": ({"x.py": "def f(): pass\n"}, "", "no class"),
    "an error": ({"x.py": "x = 1\nraise ValueError('oh')\n"}, "2", "ValueError: oh"),
    "an engine of others": ({"x.py": "from torch import Tensor as Value\n"}, "1", "torch (line 1)"),
    "it ends itself": ({"x.py": "import os\nos._exit(0)\n"}, "", "exit status 0"),
}


@pytest.fixture(scope="module")
def a_class(tmp_path_factory):
    """A class of which one engine runs, with what came of it."""
    folder = tmp_path_factory.mktemp("class")
    members = {f"{DANA}/my_engine.py": ENGINE, f"{NOA}/x.py": ENGINE + "raise ValueError('late')\n"}
    for i, (name, (files, _, _)) in enumerate(BROKEN.items()):
        there = f"{name}_{200 + i}_assignsubmission_file_"
        members |= {f"{there}/{file}": content for file, content in files.items()} or {f"{there}/": ""}
    done = grade(archive(folder / "submissions.zip", members), folder / "feedback.zip")
    return folder, done, {row["Full name"]: row for row in table(folder / "gradebook.csv")}


@pytest.mark.parametrize("name", BROKEN)
def test_what_could_not_run_has_a_row_with_line_and_reason(a_class, name):
    row = a_class[2][name]
    _, line, reason = BROKEN[name]
    assert row["Result"] == "could not run"
    assert row["Grade"] == ""
    assert reason in row["Reason"]
    if name != "a loop":
        assert row["Line"] == line
    assert "Could not run" in row["Feedback comments"]


def test_there_is_a_row_for_each_and_a_page_in_a_folder_of_the_same_name(a_class):
    folder, done, rows = a_class
    assert len(rows) == len(BROKEN) + 2
    assert (done.graded, done.partly, done.not_run) == (1, 1, len(BROKEN))
    with zipfile.ZipFile(folder / "feedback.zip") as opened:
        names = opened.namelist()
        assert f"{DANA}/feedback.html" in names
        assert len(names) == len(rows)
        assert "my_engine.py: 30 of 80 points" in opened.read(f"{DANA}/feedback.html").decode()
    assert rows["דנה לוי"]["Identifier"] == "Participant 101"
    assert rows["דנה לוי"]["Grade"] == "37.5"
    assert rows["Noa O'Brien"]["Result"] == "partly"


def test_who_needs_a_human_is_listed(a_class):
    rows = {row["Full name"]: row for row in table(a_class[0] / "needs_a_human.csv")}
    assert set(rows) == {*BROKEN, "Noa O'Brien"}
    assert "line 4 with ValueError: late" in rows["Noa O'Brien"]["Reason"]


def test_a_second_run_grades_nothing_again_and_writes_the_same_bytes(a_class, monkeypatch):
    folder, _, _ = a_class
    before = [(folder / name).read_bytes() for name in ("feedback.zip", "gradebook.csv", "needs_a_human.csv")]
    monkeypatch.setattr(batch, "graded", lambda *_: pytest.fail("it was graded again"))
    grade(folder / "submissions.zip", folder / "feedback.zip")
    assert [(folder / name).read_bytes() for name in ("feedback.zip", "gradebook.csv", "needs_a_human.csv")] == before


@pytest.fixture
def two(tmp_path):
    return archive(tmp_path / "s.zip", {f"{DANA}/my_engine.py": ENGINE, f"{NOA}/my_engine.py": ENGINE})


def test_what_a_human_changed_stays_and_what_changed_in_the_submission_is_graded(two, tmp_path):
    book = tmp_path / "gradebook.csv"
    grade(two, tmp_path / "feedback.zip")
    text = book.read_text("utf-8-sig").replace(",37.5,", ",88,", 1)
    book.write_text(text.replace(",", ";").replace("37.5", "37,5"), "cp1255")  # as a spreadsheet writes it
    archive(two, {f"{DANA}/my_engine.py": ENGINE + "\n", f"{NOA}/my_engine.py": ENGINE})
    for _ in range(2):
        done = grade(two, tmp_path / "feedback.zip")
        rows = {row["Identifier"]: row for row in table(book)}
        assert done.kept == 1
        assert sorted(row["Grade"] for row in rows.values()) == ["37.5", "88"]
        assert len(rows) == 2


def test_moodles_worksheet_keeps_its_rows_and_columns(two, tmp_path):
    worksheet = tmp_path / "grades.csv"
    worksheet.write_text(
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (grade),Feedback comments\n"
        "Participant 101,דנה לוי,d@x.org,Submitted,,50.00,-,\n"
        "Participant 102,Noa O'Brien,n@x.org,Submitted,77,50.00,-,\n"
        "Participant 103,Absent,a@x.org,No submission,,50.00,-,\n",
        "utf-8",
    )
    done = grade(two, tmp_path / "feedback.zip", worksheet=worksheet)
    rows = table(tmp_path / "gradebook.csv")
    assert [row["Identifier"] for row in rows] == ["Participant 101", "Participant 102", "Participant 103"]
    assert [row["Grade"] for row in rows] == ["37.5", "77", ""]  # a human had given 77
    assert rows[0]["Email address"] == "d@x.org"
    assert rows[0]["Maximum Grade"] == "50.00"
    assert done.kept == 1


def test_a_worksheet_that_is_not_a_table_is_told_and_what_was_graded_is_kept(two, tmp_path):
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_bytes(b"Identifier\n" + b"9" * 200_000)
    with pytest.raises(BadWorksheet, match=r"worksheet\.csv is not a table, in line 2: field larger than field limit"):
        grade(two, tmp_path / "feedback.zip", worksheet=worksheet)
    assert len([*(tmp_path / "grading").glob("*.json")]) == 2


def test_a_run_that_is_stopped_goes_on(two, tmp_path):
    calls = []

    def stopping(run, how):
        calls.append(run)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return judge(run, how)

    course = Course(How())
    with pytest.raises(Stopped, match=r"1 of 2 are done and kept; the same command goes on"):
        grade_all(two, tmp_path / "feedback.zip", course, judge=stopping)
    assert not (tmp_path / "feedback.zip").exists()
    grade_all(two, tmp_path / "feedback.zip", course, judge=stopping)
    assert len(calls) == 3
    assert len(table(tmp_path / "gradebook.csv")) == 2


def test_a_mistake_of_ours_ends_one_submission_and_is_for_a_human(two, tmp_path):
    def mistaken(run, how):
        raise KeyError("y")

    done = grade_all(two, tmp_path / "feedback.zip", Course(How()), judge=mistaken)
    assert done.not_run == 2
    for row in table(tmp_path / "needs_a_human.csv"):
        assert row["Reason"] == "KeyError: 'y'; chalkgrad made a mistake in grading it: look at it by hand"


def test_a_cell_is_no_formula(tmp_path):
    place = archive(tmp_path / "s.zip", {"=HYPERLINK(1)_7_assignsubmission_file_/x.py": ENGINE})
    grade(place, tmp_path / "feedback.zip")
    (row,) = table(tmp_path / "gradebook.csv")
    assert row["Full name"] == "'=HYPERLINK(1)"
    assert grade(place, tmp_path / "feedback.zip").kept == 0


def test_the_state_is_json(two, tmp_path):
    grade(two, tmp_path / "feedback.zip")
    for place in (tmp_path / "grading").glob("*.json"):
        json.loads(place.read_text("utf-8"))
