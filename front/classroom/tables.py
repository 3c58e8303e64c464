"""Tables of students and answers as spreadsheets and Moodle write them: rows of cells under headings, with their lines.

>>> table = read_table("code;1.a.gradient\\nQRSTUV;0,5\\n".encode("utf-8-sig"))
>>> table.headings, table.rows
(['code', '1.a.gradient'], [Line(number=2, cells=['QRSTUV', '0,5'])])
"""

from __future__ import annotations

import csv
import io
import json
from typing import Any, NamedTuple

SEPARATORS = ",;\t|"
# How a column of ids is called, as `plain` has it; where there are several such columns, the first of these is meant.
IDS = (
    *("id", "ids", "student", "students", "studentid", "studentids", "idnumber", "studentnumber", "studentidnumber"),
    *("matriculation", "matriculationnumber", "username", "user", "email", "emailaddress"),
    *("מזהה", "תז", "תעודתזהות", "מספרזהות", "מספרסטודנט", "סטודנט"),
)
NAMES = ("name", "names", "fullname", "number", "שם", "שםמלא", "מספר")  # which may be ids where no other column is


class Line(NamedTuple):
    """A row of a table, and the number of the line in which it begins."""

    number: int
    cells: list[str]


class Table(NamedTuple):
    """Headings, and what stands under them."""

    headings: list[str]
    rows: list[Line]


def read_table(content: bytes) -> Table:
    """Returns the table that a file holds: CSV with any of the usual separators, or JSON as Moodle writes it.

    Raises ValueError, with a sentence, for what is not a table.
    """
    text = _decoded(content).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ValueError("is empty")
    if text.lstrip()[0] in "[{":
        return _of_json(text)
    if "\0" in text or text.startswith("PK"):
        raise ValueError("is not a table of text: save it as CSV")
    return _of_csv(text)


def _decoded(content: bytes) -> str:
    """Returns the text: of UTF-8 or, with its mark, of UTF-16; else of the code of Windows, whose digits are the same."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1255", "replace")


def _of_csv(text: str) -> Table:
    first = text.lstrip("\n").partition("\n")[0].strip()
    said = first[4:] if first.lower().startswith("sep=") and len(first) == 5 else ""  # Excel's own line
    if said:
        text = text.lstrip("\n").partition("\n")[2]
    lines: list[Line] = []
    before = int(bool(said))
    reader = csv.reader([first])
    try:
        separator = said or max(SEPARATORS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for cells in reader:
            number, before = before + 1, reader.line_num + bool(said)
            if any(cell.strip() for cell in cells):
                lines.append(Line(number, [cell.strip() for cell in cells]))
    except csv.Error as error:
        raise ValueError(f"is not a table, in line {max(reader.line_num, 1)}: {error}") from None
    if not lines:
        raise ValueError("has no rows")
    headings = lines[0].cells
    while headings and not headings[-1]:
        headings.pop()
    return Table(headings, lines[1:])


def _of_json(text: str) -> Table:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is not JSON: {error}") from None
    while isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):  # a list of sheets, of which there is one
        found = found[0]
    if isinstance(found, dict):
        found = next((value for value in found.values() if isinstance(value, list)), [found])
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    if not rows:
        raise ValueError("is JSON without a list of rows")
    headings = list(dict.fromkeys(str(key) for row in rows for key in row))
    return Table(headings, [Line(i, [_cell(row.get(heading)) for heading in headings]) for i, row in enumerate(rows, 1)])


def _cell(value: object) -> str:
    return "" if value is None else value.strip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def plain(heading: str) -> str:
    """Returns a heading without blanks, signs and capitals: Moodle's JSON writes `response1` for `Response 1`.

    >>> plain("Response 1"), plain("E-mail address")
    ('response1', 'emailaddress')
    """
    return "".join(letter for letter in heading.casefold() if letter.isalnum())
