"""A folder of sheets: their files and keys, and the file that says what they were made from.

Each file is written whole, and what somebody else has put there stays. After a run that was broken off the next one goes on:
what the folder's list names is ours.

>>> from tempfile import TemporaryDirectory
>>> sheet = Sheet("c = a + b; e = c*a", ask="numbers", key=b"0" * 32)
>>> with TemporaryDirectory() as folder:
...     written = write(sheet, sheet.versions(2), Path(folder), ["json"], keys=True)
...     [file.name for file in written], [paper.version for paper in papers_of(folder, b"0" * 32)]
(['sheet-A.json', 'key-A.json', 'sheet-B.json', 'key-B.json'], ['A', 'B'])
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from chalkgrad.classroom.course import LENGTH, LETTERS, CourseError, key_in, write_roster
from chalkgrad.classroom.paper import Paper
from chalkgrad.classroom.sheet import LETTERS as VERSIONS
from chalkgrad.classroom.sheet import Sheet, Versions
from chalkgrad.classroom.worksheet import WorksheetError, facts_of_worksheet, from_facts
from chalkgrad.engine.basics.whole_file import write_whole

KINDS = ("html", "pdf", "tex", "moodle", "json")
MANIFEST = "worksheet.json"
ROSTER = "roster.csv"
QUIZ = "moodle.xml"  # which holds the answers, as Moodle wants them
SCHEMA, SCHEMA_VERSION = "chalkgrad/worksheet", 1
OURS = re.compile(rf"(?:sheet|key)-[A-Z]{{1,{LENGTH}}}\.(?:html|pdf|tex|json)|{re.escape(QUIZ)}|{re.escape(ROSTER)}")
Bar = Callable[[Sequence["File"]], Iterable["File"]]


class File(NamedTuple):
    """A file to be written: its name, and what writes it to a path."""

    name: str
    write: Callable[[Path], None]


def write(
    sheet: Sheet,
    versions: Versions,
    folder: Path,
    kinds: Sequence[str],
    keys: bool = False,
    large: bool = False,
    roster: Mapping[str, str] | None = None,
    bar: Bar = iter,
) -> list[Path]:
    """Writes the sheets in these kinds of files, and returns the files; `bar` shows how far it has come.

    A `roster` has the code of each student, by id: it is a file of its own, and no other holds an id.

    Raises CourseError where a file is there that was not written here, OSError where one cannot be written, and what a kind of
    file raises, such as for want of a program.
    """
    before = manifest_in(folder) or {}
    files = [*_files(versions, kinds, keys, large)]
    if roster is not None:
        files.append(File(ROSTER, lambda path: write_roster(path, roster)))
    names = {file.name for file in files}
    contents = manifest(sheet, versions, sorted(names))
    kept, others = {*before.get("files", [])}, {*before.get("others", [])}
    if any(before.get(part) != contents[part] for part in ("worksheet", "sheets")):
        kept, others = set(), kept | others  # files of other sheets would be taken for those of these
    _refuse_strangers(folder, names, kept | others)
    folder.mkdir(parents=True, exist_ok=True)
    _list(folder, {**contents, "files": sorted(names | kept), "others": sorted(others)})
    for file in bar(files):
        file.write(folder / file.name)
    for name in sorted(others - names):
        (folder / name).unlink(missing_ok=True)
    _list(folder, {**contents, "files": sorted(names | (kept - others))})
    return [folder / file.name for file in files]


def _refuse_strangers(folder: Path, names: Iterable[str], ours: Iterable[str]) -> None:
    """Refuses to write over a file that was not written here, or through a link."""
    for name in (MANIFEST, *sorted(names)):
        path = folder / name
        if path.is_symlink() or (path.exists() and name not in (MANIFEST, *ours)):
            raise CourseError(f"{path} is there, and chalkgrad sheet did not write it: remove it, or name another folder")


def _list(folder: Path, contents: dict[str, Any]) -> None:
    write_whole(folder / MANIFEST, (json.dumps(contents, ensure_ascii=False, indent=2) + "\n").encode(), "the list of sheets")


def _files(versions: Versions, kinds: Sequence[str], keys: bool, large: bool) -> Iterator[File]:
    """Yields the files; those last for which a program may be missing, so that all others are there then."""
    if "moodle" in kinds:
        yield File(QUIZ, lambda path: write_whole(path, versions.moodle().encode(), "the quiz"))
    for some in ([kind for kind in kinds if kind not in ("moodle", "pdf")], [kind for kind in kinds if kind == "pdf"]):
        for paper in versions if some else ():
            for kind in some:
                for filled in (False, True)[: 1 + keys]:
                    name = f"{'key' if filled else 'sheet'}-{paper.version or paper.code}.{kind}"
                    yield File(name, _writer(paper, kind, filled, large))


def _writer(paper: Paper, kind: str, filled: bool, large: bool) -> Callable[[Path], None]:
    def write_one(path: Path) -> None:
        if kind == "pdf":
            from chalkgrad.classroom.printing import pdf

            pdf.write(paper, path, filled=filled, large=large)
            return
        write_whole(path, _text(paper, kind, filled, large).encode(), "the key" if filled else "the sheet")

    return write_one


def _text(paper: Paper, kind: str, filled: bool, large: bool) -> str:
    if kind == "html":
        from chalkgrad.classroom.printing import html

        return html.page(paper, filled=filled, large=large)
    if kind == "tex":
        from chalkgrad.classroom.printing import tex

        return tex.document([paper], filled=filled, large=large)
    from chalkgrad.classroom.printing import data

    return json.dumps(data.key(paper) if filled else data.sheet(paper), ensure_ascii=False, indent=1) + "\n"


# What a folder says of its sheets -------------------------------------------------------------------------------------


def manifest(sheet: Sheet, versions: Versions, files: Sequence[str]) -> dict[str, Any]:
    """Returns what a folder says of its sheets: what they were made from, and their codes; no answer, and no id."""
    if sheet.from_values:
        raise WorksheetError(
            "a graph of Values is not kept in a file: give the sheet an expression instead, as for chalkgrad draw"
        )
    sheets = [
        {
            "code": paper.code,
            **({"student": versions.students[paper.code]} if versions.students else {"version": paper.version}),
        }
        for paper in versions
    ]
    return {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "worksheet": facts_of_worksheet(sheet.worksheet),
        "count": len(sheets),
        "sheets": sheets,
        "files": sorted(files),
    }


def manifest_in(folder: Path) -> dict[str, Any] | None:
    """Returns what a folder says of its sheets; None if it says nothing. Raises CourseError for what is not as we write it.

    `others`, which may be there after a run that was broken off, are files of other sheets, which go when these are written.
    """
    path = folder / MANIFEST
    try:
        contents = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, RecursionError, IsADirectoryError):
        contents = None
    if not (
        isinstance(contents, dict)
        and contents.get("schema") == SCHEMA
        and type(contents.get("version")) is int
        and contents["version"] <= SCHEMA_VERSION
    ):
        raise CourseError(
            f"{path} does not say what sheets were made from: chalkgrad sheet did not write it, or a later one did"
        )
    if said := _damage(contents):
        raise CourseError(f"{path} was changed, {said}: make the sheets again, in another folder")
    return contents


def _damage(contents: Mapping[str, Any]) -> str:
    """Returns what is not as we write it; "" if all is."""
    for part in ("files", "others"):
        names = contents.get(part, [] if part == "others" else None)
        if not isinstance(names, list):
            return f"for it has no list of {part}"
        for name in names:
            if not (isinstance(name, str) and OURS.fullmatch(name)):  # it would be removed
                return f"for {name!r} among its {part} is no file of a sheet"
    if not isinstance(contents.get("worksheet"), dict):
        return "for it has no worksheet"
    sheets = contents.get("sheets")
    if not isinstance(sheets, list) or not sheets or contents.get("count") != len(sheets):
        return f"for its sheets are not {contents.get('count')}"
    codes, salts = f"[{LETTERS}]{{{LENGTH}}}", f"[{LETTERS}]{{{2 * LENGTH}}}"
    students = isinstance(sheets[0], dict) and "student" in sheets[0]
    for i, one in enumerate(sheets):
        of, known = ("student", salts) if students else ("version", VERSIONS[i : i + 1] or "-")
        if not (isinstance(one, dict) and _is(one.get("code"), codes) and _is(one.get(of), known) and len(one) == 2):
            return f"for its sheet {i + 1} is not one of ours"
    return ""


def _is(found: object, pattern: str) -> bool:
    return isinstance(found, str) and re.fullmatch(pattern, found) is not None


def papers_of(folder: str | Path, key: bytes | str | Path) -> list[Paper]:
    """Returns the sheets of a folder, made again from its worksheet.json with the key of the course, with all answers.

    Raises CourseError where there are none, or where the codes of those made again are others: then the key is another one.

    >>> from tempfile import TemporaryDirectory
    >>> sheet = Sheet("e = a*b", "numbers", key=b"0" * 32)
    >>> with TemporaryDirectory() as folder:
    ...     _ = write(sheet, sheet.versions(2), Path(folder), ["json"])
    ...     [paper.version for paper in papers_of(folder, b"0" * 32)]
    ['A', 'B']
    """
    folder = Path(folder).expanduser()
    contents = manifest_in(folder)
    if contents is None:
        raise CourseError(f"there is no {folder / MANIFEST}: chalkgrad sheet -o {folder} writes it, beside the sheets")
    if not isinstance(key, bytes):
        key = key_in(Path(key).expanduser(), make=False)[0]
    sheet = Sheet(from_facts(contents["worksheet"], str(folder / MANIFEST)), key=key)
    codes = [one["code"] for one in contents["sheets"]]
    salts = [one["student"] for one in contents["sheets"] if "student" in one]
    versions = sheet.for_students(salts) if salts else sheet.versions(len(codes))
    if [paper.code for paper in versions] != codes:
        raise CourseError(
            f"the sheets in {folder} bear other codes than those that this key makes, {codes[0]} for {versions[0].code}: they "
            "were made with another key, or by another chalkgrad, which draws other numbers"
        )
    return [*versions]
