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
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from chalkgrad.classroom.course import CourseError, write_roster
from chalkgrad.classroom.paper import Paper
from chalkgrad.classroom.sheet import MANIFEST, Sheet, Versions, manifest, manifest_in, papers_of
from chalkgrad.viz.formats.files import write as write_whole

__all__ = ["KINDS", "ROSTER", "manifest_in", "papers_of", "write"]

KINDS = ("html", "pdf", "tex", "moodle", "json")
ROSTER = "roster.csv"
QUIZ = "moodle.xml"  # which holds the answers, as Moodle wants them
Bar = Callable[[Sequence["_File"]], Iterable["_File"]]


class _File(NamedTuple):
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
    before = manifest_in(folder)
    ours = set(before["files"]) if before is not None else set()
    files = [*_files(versions, kinds, keys, large)]
    if roster is not None:
        files.append(_File(ROSTER, lambda path: write_roster(path, roster)))
    for file in files:
        if file.name not in ours and os.path.lexists(folder / file.name):
            raise CourseError(
                f"{folder / file.name} is there, and chalkgrad sheet did not write it: remove it, or name another folder"
            )
    names = {file.name for file in files}
    contents = manifest(sheet, versions, sorted(names))
    same = before is not None and all(before[part] == contents[part] for part in ("worksheet", "sheets"))
    folder.mkdir(parents=True, exist_ok=True)
    _list(folder, {**contents, "files": sorted(names | ours)})
    for file in bar(files):
        file.write(folder / file.name)
    if not same:  # files of other sheets would be taken for those of these
        for name in sorted(ours - names):
            (folder / name).unlink(missing_ok=True)
    _list(folder, {**contents, "files": sorted(names | (ours if same else set()))})
    return [folder / file.name for file in files]


def _list(folder: Path, contents: dict[str, Any]) -> None:
    write_whole(folder / MANIFEST, (json.dumps(contents, ensure_ascii=False, indent=2) + "\n").encode())


def _files(versions: Versions, kinds: Sequence[str], keys: bool, large: bool) -> Iterator[_File]:
    """Yields the files; those last for which a program may be missing, so that all others are there then."""
    if "moodle" in kinds:
        yield _File(QUIZ, lambda path: write_whole(path, versions.moodle().encode()))
    for some in ([kind for kind in kinds if kind not in ("moodle", "pdf")], [kind for kind in kinds if kind == "pdf"]):
        for paper in versions if some else ():
            for kind in some:
                for filled in (False, True)[: 1 + keys]:
                    name = f"{'key' if filled else 'sheet'}-{paper.version or paper.code}.{kind}"
                    yield _File(name, _writer(paper, kind, filled, large))


def _writer(paper: Paper, kind: str, filled: bool, large: bool) -> Callable[[Path], None]:
    def write_one(path: Path) -> None:
        if kind == "pdf":
            from chalkgrad.classroom.printing import pdf

            pdf.write(paper, path, filled=filled, large=large)
            return
        write_whole(path, _text(paper, kind, filled, large).encode())

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
