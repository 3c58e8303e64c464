"""Makes the files of the lecture's rows in a folder, a row at a time, and the sheet on top of them.

What was written is listed in lecture.json, so that the next run may replace it; what somebody else has put there stays.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as name:
...     lecture = Folder(Path(name, "week3"))
...     _ = lecture.make(rows()[4])
...     sorted(path.name for path in lecture.place.iterdir())
['05-deep.ipynb', '05-deep.py', '05-deep.svg', 'index.html', 'lecture.json']
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.lecture.index import page as index_page
from chalkgrad.lecture.notebooks import notebook, page_of, script
from chalkgrad.lecture.rows import Made, Row, rows
from chalkgrad.viz.layout.renderer import RendererMissing

__all__ = ["Folder", "LectureError", "Written"]

INDEX, MANIFEST = "index.html", "lecture.json"
SCHEMA, SCHEMA_VERSION = "chalkgrad/lecture", 1
OURS: Final = re.compile(r"\d\d-[\w-]+(?:\.\w+|/)", re.ASCII)
FRAME: Final = re.compile(r"\w+-(?:\d{3,}|slides)\.(?:svg|tex)", re.ASCII)


class LectureError(Exception):
    """A folder in which the lecture cannot be written; the message says why."""


class Written(NamedTuple):
    """What came of a row: how many files, and, by name, why others could not be made."""

    pieces: int
    missing: Mapping[str, str]


class Folder:
    """A folder for the lecture. Raises LectureError where it holds a lecture.json that was not written here."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._facts = _read(place / MANIFEST)

    @property
    def made(self) -> list[Row]:
        """The rows whose files are there, in the order of the lecture."""
        return [row for row in rows() if str(row.number) in self._facts["rows"]]

    def refuse_strangers(self, wanted: Sequence[Row]) -> None:
        """Raises LectureError if a file is there that these rows would replace, and that was not written here."""
        listed = {name for names in (*self._facts["rows"].values(), self._facts["others"]) for name in names}
        new = {file.name for row in wanted for file in row.written} - listed
        new |= set() if self._facts["rows"] or self._facts["others"] else {INDEX, MANIFEST}
        for name in sorted(new | listed | {INDEX, MANIFEST}):
            path = self.place / name
            if path.is_symlink() or (name in new and path.exists()):
                raise LectureError(
                    f"{path} is there, and chalkgrad lecture did not write it: remove it, or name another folder"
                )

    def serve_from(self, address: str) -> None:
        """Has the index show a QR code for each row, which leads to its page at an address; none for ""."""
        self._facts["address"] = address

    def make(self, row: Row, breakable: Callable[[], AbstractContextManager[None]] = nullcontext) -> Written:
        """Makes the files of a row, and writes the index anew. A row that is broken off leaves none of its files.

        `breakable()` goes around each file: what is in it may be broken off by an exception of a signal's handler.

        Raises LectureError for a file of somebody else's, and OSError where one cannot be written.
        """
        self.refuse_strangers([row])
        self.place.mkdir(parents=True, exist_ok=True)
        before = self._facts["rows"].pop(str(row.number), [])
        self._facts["missing"].pop(str(row.number), None)
        # What a run that is killed leaves behind is ours all the same.
        self._facts["others"] = sorted({*self._facts["others"], *before, *(file.name for file in row.written)})
        self._list()
        names, missing, pieces = list[str](), dict[str, str](), 0
        try:
            page = page_of(row.number)
            variables: dict[str, Any] = {"__name__": "__main__", "notes": row.notes}
            variables |= {"notebook": notebook, "script": script, "page": page.text if page else ""}
            for file in row.written:
                try:
                    with breakable():
                        if not names and not missing:
                            exec(compile(row.code, f"<row {row.number}>", "exec"), variables)
                        pieces += _make(file, self.place / file.name, variables)
                    names.append(file.name)
                except (ModuleNotFoundError, RendererMissing) as error:
                    if (getattr(error, "name", None) or "").startswith("chalkgrad"):
                        raise  # ours is here, or something is wrong
                    missing[file.name] = str(error)
        except BaseException:
            names, missing = [], {}
            raise
        finally:
            for name in {*self._facts["others"]} - {*names}:
                _remove(self.place / name)
            self._facts["others"] = []
            if names or missing:
                self._facts["rows"][str(row.number)] = names
                self._facts["missing"] |= {str(row.number): missing} if missing else {}
            self._list()
            write_whole(self.place / INDEX, index_page(self._shown(), self._facts.get("address", "")).encode(), "the index")
        return Written(pieces, missing)

    def _shown(self) -> list[tuple[Row, list[str], dict[str, str]]]:
        """Returns the rows that are there, each with the names of its files, and why others are not."""
        return [
            (row, self._facts["rows"][str(row.number)], self._facts["missing"].get(str(row.number), {})) for row in self.made
        ]

    def _list(self) -> None:
        facts = {part: dict(sorted(self._facts[part].items(), key=lambda one: int(one[0]))) for part in ("rows", "missing")}
        listed = {"schema": SCHEMA, "version": SCHEMA_VERSION, **facts, "others": self._facts["others"]}
        listed |= {"address": self._facts["address"]} if self._facts.get("address") else {}
        content = json.dumps(listed, ensure_ascii=False, indent=1) + "\n"
        write_whole(self.place / MANIFEST, content.encode(), "the list of files")


def _make(file: Made, path: Path, variables: dict[str, Any]) -> int:
    """Makes a file, or a folder of files; returns how many."""
    variables["folder"] = path
    made = eval(file.make, variables)
    if isinstance(made, list):  # of frames
        return len(made)
    if isinstance(made, str):
        write_whole(path, f"{made}\n".encode(), "the formula")
    else:
        made.save(path)
    return 1


def _remove(path: Path) -> None:
    """Removes a file that a row no longer has, or the frames in a folder, which goes with them if it holds nothing else."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for one in path.iterdir():
        if FRAME.fullmatch(one.name):
            one.unlink()
    with suppress(OSError):  # somebody else's file is in it
        path.rmdir()


def _read(path: Path) -> dict[str, Any]:
    """Returns what a folder says of its files."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {"rows": {}, "missing": {}, "others": []}
    except (ValueError, RecursionError, IsADirectoryError):
        facts = None
    if not (isinstance(facts, dict) and facts.get("schema") == SCHEMA and facts.get("version") == SCHEMA_VERSION):
        raise LectureError(
            f"{path} does not list the files of a lecture: chalkgrad lecture did not write it, or a later one did"
        )
    if not _whole(facts):
        raise LectureError(f"{path} was changed: remove it, and make the lecture in another folder")
    return facts


def _whole(facts: Mapping[str, Any]) -> bool:
    """Tells whether what a folder says of its files is as we write it; files that it names may be removed."""
    files, missing, others = (facts.get(part) for part in ("rows", "missing", "others"))
    if not isinstance(facts.get("address", ""), str):
        return False
    if not (isinstance(files, dict) and isinstance(missing, dict) and isinstance(others, list)):
        return False
    known = {str(row.number) for row in rows()}
    if not {*files, *missing} <= known or not all(isinstance(some, list) for some in files.values()):
        return False
    if not all(isinstance(some, dict) and all(isinstance(said, str) for said in some.values()) for some in missing.values()):
        return False
    names = [name for some in (*files.values(), *missing.values(), others) for name in some]
    return all(isinstance(name, str) and OURS.fullmatch(name) is not None for name in names)
