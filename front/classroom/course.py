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
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.tables import IDS, NAMES, Line, plain, read_table
from chalkgrad.engine.basics.whole_file import PRIVATE, write_whole

BYTES = 32  # of a key
LONGEST = 10_000  # letters that are read of its file, which a device without an end may be
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: a code is not a word
LENGTH = 6  # of a code
NOTE = """\
# The key of a course: from it chalkgrad makes sheets, and their answers again. Keep it, and never hand it out.
"""


class CourseError(ValueError):
    """What is wrong with a file of a course, or with what is asked of it, as a sentence."""


# The key -------------------------------------------------------------------------------------------------------------


def key_in(path: Path, make: bool = True) -> tuple[bytes, bool]:
    """Returns the key in a file, and whether it was made: a file that is not there is, unless `make` is false.

    Only the owner of such a file can read it. Raises CourseError for a file that holds no key, OSError for one that cannot be
    read or made.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(LONGEST)
    except FileNotFoundError:
        if not make:
            raise CourseError(f"there is no {path}: sheets are made with a key, and only with it are they made again") from None
        key = secrets.token_bytes(BYTES)
        write_whole(path, f"{NOTE}{key.hex()}\n".encode(), "the key", PRIVATE, new=True)
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
    """Returns the ids in a table, in its order: of the column that is called so, else of the first one.

    Raises CourseError for an id that occurs twice or cannot be one, or for none at all; OSError for a file that cannot be read.
    """
    try:
        table = read_table(path.read_bytes())
    except ValueError as error:
        raise CourseError(f"{path} {error}") from None
    headings = [plain(heading) for heading in table.headings]
    column = next((headings.index(name) for name in (*IDS, *NAMES) if name in headings), None)
    lines = table.rows
    if column is None:
        column = 0
        if not _is_heading(table.headings, [line.cells for line in lines]):
            lines = [Line(1, table.headings), *lines]
    seen: dict[str, int] = {}
    for place, cells in lines:
        student = cells[column] if column < len(cells) else ""
        if any("\n" in cell for cell in cells):
            raise CourseError(f"{path}, row {place} goes on in the next line: a quote in it is not closed")
        if not student:
            if any(cells):
                raise CourseError(f"{path}, row {place} has no id")
            continue
        if _FORMULA.search(student):
            raise CourseError(f"{path}, row {place}: {student} is no id, for a spreadsheet takes it for a formula")
        if student in seen:
            raise CourseError(f"{path}, row {place}: {student} stands in row {seen[student]}, too; each id stands there once")
        seen[student] = place
    if not seen:
        raise CourseError(f"{path} names no one: it has an id in each row")
    return [*seen]


_FORMULA = re.compile(r"(?:^|[;,\t|])\s*[=+\-@]")  # at the beginning of what some spreadsheet takes for a cell


def _is_heading(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tells whether a row is a heading that is not known: it has no digit, and each cell below has one."""
    return bool(rows) and not _has_digit(first[0]) and all(map(_has_digit, (cells[0] for cells in rows if cells[0])))


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)


def write_roster(path: Path, codes: Mapping[str, str]) -> None:
    """Writes which code is whose, by id; only the owner of the file can read it."""
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(["code", "id"])
    rows.writerows([code, student] for student, code in codes.items())
    write_whole(path, file.getvalue().encode(), "the roster", PRIVATE)
