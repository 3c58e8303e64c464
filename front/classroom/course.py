"""What is a course's own: its key, from which all sheets are made, the codes on sheets, and who has which.

>>> from tempfile import TemporaryDirectory
>>> with TemporaryDirectory() as folder:
...     key, made = key_in(Path(folder, "course.key"))
...     made, key_in(Path(folder, "course.key")) == (key, False), len(key)
(True, True, 32)
"""

from __future__ import annotations

import csv
import io
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from chalkgrad.classroom.chance import Chance

BYTES = 32  # of a key
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: a code is not a word
LENGTH = 6  # of a code
NOTE = """\
# The key of a course: from it chalkgrad makes sheets, and their answers again. Keep it, and never hand it out.
"""
_HEADINGS = {"id", "ids", "student", "students", "student id", "student number", "number", "matriculation number"}
_HEADINGS |= {"name", "names", "user", "username", "email", "e-mail", "email address", "תעודת זהות", "סטודנט", "מספר", "שם"}


class CourseError(ValueError):
    """What is wrong with a file of a course, or with what is asked of it, as a sentence."""


# The key -------------------------------------------------------------------------------------------------------------


def key_in(path: Path, make: bool = True) -> tuple[bytes, bool]:
    """Returns the key in a file, and whether it was made: a file that is not there is, unless `make` is false.

    Only the owner of such a file can read it. Raises CourseError for a file that holds no key, OSError for one that cannot be
    read or made.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not make:
            raise CourseError(f"there is no {path}: sheets are made with a key, and only with it are they made again") from None
        key = secrets.token_bytes(BYTES)
        _write_private(path, f"{NOTE}{key.hex()}\n", new=True)
        return key, True
    except UnicodeDecodeError:
        text = "not a text"
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    if len(lines) != 1 or not re.fullmatch(rf"[0-9a-fA-F]{{{2 * BYTES}}}", lines[0]):
        raise CourseError(
            f"{path} is not the key of a course, which is one line of {2 * BYTES} digits 0-9, a-f: name another file, and a "
            "new key is made there; sheets of a lost key cannot be made again"
        )
    return bytes.fromhex(lines[0]), False


def _write_private(path: Path, text: str, new: bool = False) -> None:
    """Writes a file that its owner alone can read; a new one does not replace one that another program has just made."""
    if new:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        _write_private(part, text, new=True)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


# Codes ---------------------------------------------------------------------------------------------------------------


def salt_of(key: bytes, student: str) -> str:
    """Returns what stands for a student's id where the id does not stand: nobody makes one from the other without the key."""
    return Chance(key, "student", student).letters(LETTERS, 2 * LENGTH)


def code_of(key: bytes, sheet: str, numbers: Iterable[str], taken: Iterable[str] = ()) -> str:
    """Returns the code of a sheet, which differs from those that are taken.

    It is made from the version's letter or the student's salt, and from all its numbers: so a code tells whether a sheet that
    is made again is the same one.
    """
    chance, others = Chance(key, "code", sheet, *numbers), set(taken)
    while (code := chance.letters(LETTERS, LENGTH)) in others:
        pass
    return code


# Who has which -------------------------------------------------------------------------------------------------------


def students_in(path: Path) -> list[str]:
    """Returns the ids in the first column of a table, with a heading or without, in its order.

    Raises CourseError for an id that occurs twice, and for a file that has none.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not a text in UTF-8: save it as CSV UTF-8") from None
    first = text.split("\n", 1)[0]
    separator = max(";\t,", key=first.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    ids = [(place, row[0].strip()) for place, row in enumerate(rows, 1) if row and row[0].strip()]
    if ids and ids[0][1].casefold() in _HEADINGS:
        ids = ids[1:]
    if not ids:
        raise CourseError(f"{path} names no one: it has an id in the first column of each row")
    seen: dict[str, int] = {}
    for place, student in ids:
        if student in seen:
            raise CourseError(f"{path}, row {place}: {student} stands in row {seen[student]}, too; each id stands there once")
        seen[student] = place
    return [student for _, student in ids]


def write_roster(path: Path, codes: Mapping[str, str]) -> None:
    """Writes which code is whose, by id; only the owner of the file can read it."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["code", "id"])
    rows.writerows([code, student] for student, code in codes.items())
    _write_private(path, file.getvalue())


def roster_in(path: Path) -> dict[str, str]:
    """Returns the ids by their codes. Raises CourseError for a file that is not a roster."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if any(row)]
    if not rows or [cell.strip().lower() for cell in rows[0][:2]] != ["code", "id"]:
        raise CourseError(f"{path} is not a roster: its columns are code and id")
    return {row[0].strip(): row[1].strip() for row in rows[1:] if len(row) > 1}
