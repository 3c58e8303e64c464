"""A folder of sheets: what is written into it, what goes, and what stays whatever its list of files says."""

import json
import os
import signal

import pytest
from chalkgrad.classroom import Sheet, folder, papers_of
from chalkgrad.classroom.course import CourseError
from chalkgrad.classroom.printing import html, pdf

KEY = bytes(range(32))
SHEET = Sheet("e = a*b", "numbers", inputs={"a": [2, 3, 4, 5], "b": [-3, -2, 3, 4]}, key=KEY)
VERSIONS = SHEET.versions(2)


def write(place, kinds=("json",), sheet=SHEET, versions=VERSIONS, **options):
    return {file.name for file in folder.write(sheet, versions, place, kinds, **options)}


def listed(place):
    return json.loads((place / "worksheet.json").read_text("utf-8"))


def change(place, **parts):
    kept = {part: x for part, x in {**listed(place), **parts}.items() if x is not None}
    (place / "worksheet.json").write_text(json.dumps(kept), "utf-8")


def names_in(place):
    return {file.name for file in place.iterdir()}


SHEETS = [{"code": paper.code, "version": paper.version} for paper in VERSIONS]
ONE = SHEETS[0]
DAMAGES = {
    "a file beside the folder": {"files": ["../mine.txt"]},
    "a file anywhere": {"files": [os.path.abspath(os.sep) + "mine.txt"]},
    "a file in a folder of it": {"files": ["sub/sheet-A.html"]},
    "a file that is none of ours": {"files": ["notes.txt"]},
    "a name with a line behind it": {"files": ["sheet-A.html\n"]},
    "its own list": {"files": ["worksheet.json"]},
    "files of others": {"others": ["../mine.txt"]},
    "files that are no names": {"files": [3]},
    "files that are no list": {"files": "sheet-A.html"},
    "no files": {"files": None},
    "no worksheet": {"worksheet": None},
    "a worksheet that is none": {"worksheet": 3},
    "no sheets": {"sheets": None},
    "an empty list of sheets": {"sheets": [], "count": 0},
    "sheets that are no list": {"sheets": 3},
    "fewer sheets": {"sheets": SHEETS[:1]},
    "sheets in another order": {"sheets": SHEETS[::-1]},
    "a sheet that is none": {"sheets": ["A", "B"]},
    "a code that is none": {"sheets": [{"code": 1, "version": "A"}, SHEETS[1]]},
    "a student that is none": {"sheets": [{"code": ONE["code"], "student": 3}], "count": 1},
    "students and versions": {"sheets": [{"code": ONE["code"], "student": "B" * 12}, SHEETS[1]]},
    "a version that is none": {"version": "1"},
    "a version that is true": {"version": True},
    "a later version": {"version": 99},
    "another file": {"schema": None},
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_list_that_was_changed_is_refused_in_a_sentence_and_nothing_is_removed(name, tmp_path):
    place = tmp_path / "week3"
    write(place)
    (tmp_path / "mine.txt").write_text("mine")
    (place / "notes.txt").write_text("mine")
    change(place, **DAMAGES[name])
    before = names_in(place)
    other = Sheet("e = a*b + 1", "numbers", key=KEY)
    for attempt in (lambda: write(place, sheet=other, versions=VERSIONS), lambda: papers_of(place, KEY)):
        with pytest.raises(CourseError) as raised:
            attempt()
        assert str(raised.value).startswith(str(place / "worksheet.json"))
        assert "\n" not in str(raised.value)
    assert names_in(place) == before
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.parametrize("text", ["", "[]", "3", "{", "[" * 100_000, "\ud800".encode("utf-8", "surrogatepass"), b"\xff"])
def test_what_is_no_list_is_refused(text, tmp_path):
    (tmp_path / "worksheet.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CourseError, match="does not say what sheets were made from"):
        write(tmp_path)
    assert names_in(tmp_path) == {"worksheet.json"}


def test_a_folder_in_the_place_of_the_list_is_refused(tmp_path):
    (tmp_path / "worksheet.json").mkdir()
    with pytest.raises((CourseError, PermissionError)):  # the latter on Windows
        write(tmp_path)


def test_what_is_wrong_with_the_worksheet_in_a_folder_is_said_with_its_file(tmp_path):
    write(tmp_path)
    for worksheet, said in (
        ({"exercise": [{"graph": "e = a*"}]}, "something is missing"),
        ({"exercise": [{"graph": "e = a*b", "of": ["q"]}]}, "of: there is no input q"),
        ({"exercise": []}, "a worksheet has exercises"),
    ):
        change(tmp_path, worksheet=worksheet)
        with pytest.raises(ValueError, match=said) as raised:
            papers_of(tmp_path, KEY)
        assert str(raised.value).startswith(str(tmp_path / "worksheet.json"))


@pytest.mark.skipif(os.name != "posix", reason="links are rarely allowed on Windows")
@pytest.mark.parametrize("name", ["sheet-A.json", "worksheet.json"])
def test_a_link_is_not_written_through(name, tmp_path):
    place = tmp_path / "week3"
    write(place)
    (tmp_path / "mine.txt").write_bytes((place / name).read_bytes())
    (place / name).unlink()
    (place / name).symlink_to("../mine.txt")
    before = (tmp_path / "mine.txt").read_bytes()
    with pytest.raises(CourseError, match=r"is there, and chalkgrad sheet did not write it"):
        write(place, versions=SHEET.versions(1))
    assert (tmp_path / "mine.txt").read_bytes() == before


def test_files_of_other_sheets_go_after_a_run_that_was_broken_off_too(tmp_path, monkeypatch):
    write(tmp_path, ("json", "html"), versions=SHEET.versions(3))
    page = html.page

    def stopped(paper, **options):
        if paper.version == "B":
            signal.raise_signal(signal.SIGINT)
        return page(paper, **options)

    with monkeypatch.context() as patched:
        patched.setattr(html, "page", stopped)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path, ("html",))
    assert all(name in names_in(tmp_path) for name in ("sheet-A.html", "sheet-C.html"))  # these, and those before
    assert not [name for name in names_in(tmp_path) if name.endswith(".part")]
    assert write(tmp_path, ("html",)) == {"sheet-A.html", "sheet-B.html"}
    assert names_in(tmp_path) == {"sheet-A.html", "sheet-B.html", "worksheet.json"}
    assert set(listed(tmp_path)) == {"schema", "version", "worksheet", "count", "sheets", "files"}
    assert [paper.code for paper in papers_of(tmp_path, KEY)] == [paper.code for paper in VERSIONS]


def test_a_sheet_that_cannot_be_written_is_called_a_sheet(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    write(tmp_path)
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda part, to: (full if "-A" in str(to) else replace)(part, to))
    with pytest.raises(OSError, match=r"the sheet cannot be written to .*sheet-A\.json \(No space left on device\)"):
        write(tmp_path)


def test_all_that_needs_no_program_is_there_where_no_pdf_can_be_made(tmp_path, monkeypatch):
    def nothing(*_, **options):
        raise pdf.NoPDFError("a PDF is made by LaTeX")

    monkeypatch.setattr(pdf, "write", nothing)
    with pytest.raises(pdf.NoPDFError):
        write(tmp_path, ("pdf", "json"))
    assert names_in(tmp_path) == {"sheet-A.json", "sheet-B.json", "worksheet.json"}
