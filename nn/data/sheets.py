"""The text of a CSV file as a sheet: the names of its columns, and rows of cells that are still text.

>>> sheet = sheet_of("a;b\\n1;2,5\\n", "data.csv", None, in_python)
>>> sheet.names, sheet.rows, sheet.separator
(['a', 'b'], [['1', '2,5']], ';')

What divides the cells, and whether the first line holds names, is found out here; what the cells mean is not.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.words.language import section
from chalkgrad.nn.data.errors import DataError, shortened

TAKEN = section("what was taken from a file")
LONGEST_CELL = 131_072  # characters, which the csv module allows
SAMPLE = 20  # rows that tell what stands between the cells
# As programs write it; a bare "none" may well be a class.
MISSING = frozenset(("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NAN", "null", "NULL", "None", "<NA>"))
SPACES = " "  # stands for any run of blanks and tabs
SAID_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "pipes", SPACES: "spaces"}  # a comma is what everybody expects

# Writes an option as whoever reads the sentence would type it.
Option = Callable[[str, Any], str]


def in_python(name: str, value: Any) -> str:
    """Returns an option as it is written in Python; … stands for any value.

    >>> in_python("missing", "drop"), in_python("separator", ...)
    ("missing='drop'", 'separator=…')
    """
    return f"{name}={'…' if value is ... else repr(value)}"


@dataclass
class Sheet:
    """The cells of one file; the name of a column that has none is empty. `taken` says what was found out."""

    file: str
    names: list[str]
    lines: list[int]
    rows: list[list[str]]
    separator: str
    made_up: bool = False  # the names are ours
    strokes: bool = False  # there is a _ somewhere
    taken: list[str] = field(default_factory=list)


# Bytes ------------------------------------------------------------------------------------------------------------------

_OTHER_FILES = {
    b"PK": "is a workbook or another archive, not a text file: save the sheet as CSV, UTF-8",
    b"\xd0\xcf\x11\xe0": "is a workbook, not a text file: save the sheet as CSV, UTF-8",
    b"\x1f\x8b": "is compressed: unpack it first",
    b"%PDF": "is a PDF, not a table",
}
_MARKUP = re.compile(r"\s*(<!doctype|<html|<head|<body|<\?xml|<!--|<table)", re.IGNORECASE)


def text_in(content: bytes, file: str) -> tuple[str, list[str]]:
    """Returns the text of a file, and what is to be said of its encoding. Raises DataError if it is not a table in text."""
    for start, what in _OTHER_FILES.items():
        if content.startswith(start):
            raise DataError(f"{file} {what}")
    text, said = _decoded(content, file)
    if _MARKUP.match(text):
        raise DataError(
            f"{file} is a web page (HTML) under another name, not a table: download the file that the page shows (its link "
            '"Raw" or "Download") instead of the page'
        )
    if re.match(r"\s*(\{|\[\s*[\[{])", text):
        raise DataError(f"{file} is JSON, not a table of lines: read it with the module json, and give the rows to Table(X, y)")
    return text, said


def _decoded(content: bytes, file: str) -> tuple[str, list[str]]:
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in content[:1000]:  # UTF-16 without a mark: every other byte of what is ASCII
        halves = content[:1000:2], content[1:1000:2]
        encoding = "utf-16-be" if halves[0].count(0) > halves[1].count(0) else "utf-16-le"
    said = []
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8-sig":
            raise DataError(f"{file} is no text file: its bytes are not letters") from None
        line = content.count(b"\n", 0, error.start) + 1
        text = content.decode("cp1252", "replace") if b"\x81" not in content else content.decode("latin-1")
        said.append(TAKEN["encoding"].format(file=file, line=line))
    # U+FFFD stands for the five bytes that Windows-1252 lacks.
    strange = next((sign for sign in text[:5000] if (ord(sign) < 32 and sign not in "\t\r\n\f\v\x1a") or sign == "\ufffd"), "")
    if strange:
        raise DataError(f"{file} is no text file: it has bytes that are not letters")
    return text, said


# Lines ------------------------------------------------------------------------------------------------------------------


class _Lines:
    """The lines of a text, counted as an editor counts them, without those that begin with #."""

    def __init__(self, text: str) -> None:
        self.source = io.StringIO(text, newline="")
        self.count = 0
        self.first = 0  # of the record that is being read, 0 before it
        self.comments: list[tuple[int, str]] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        for line in self.source:
            self.count += 1
            if line.startswith("#"):
                self.comments.append((self.count, line))
                continue
            self.first = self.first or self.count
            return line
        raise StopIteration


def _divided(lines: Iterator[str], separator: str, strict: bool) -> Any:
    """Returns the reader of the csv module for a separator."""
    if separator == SPACES:
        lines = (line.strip().replace("\t", " ") for line in lines)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=strict)


def _separator(text: str) -> str:
    """Returns what divides the first rows into the same number of cells; "" if nothing does."""
    counts: dict[str, list[int]] = {}
    rows: dict[str, list[list[str]]] = {}
    for sign in (",", ";", "\t", "|", SPACES):
        found: list[list[str]] = []
        try:
            for cells in _divided(_Lines(text), sign, False):
                if any(cell.strip() for cell in cells):
                    found.append(cells)
                if len(found) == SAMPLE:
                    break
        except csv.Error:
            pass  # the reader of the whole file says where
        rows[sign], counts[sign] = found, list(map(len, found))
    signs = [sign for sign in counts if sign != SPACES and counts[sign]]
    # A column that is named, or empty, in some rows alone makes a difference of 1.
    steady = [sign for sign in signs if min(counts[sign]) > 1 and max(counts[sign]) - min(counts[sign]) <= 1]
    if {",", ";"} <= set(steady) and all(_like_a_number(cell) for row in rows[";"] for cell in row):
        return ";"  # 1,5;2,5
    if steady == ["\t"] and all(len(row[0].split()) > 1 and _are_data(row[0].split()) for row in rows["\t"]):
        return SPACES  # numbers between blanks, and a tab before the last column
    best = max(steady or signs, key=lambda sign: counts[sign][0], default="")
    if best and counts[best][0] > 1:
        return best
    if counts[SPACES] and min(counts[SPACES]) > 1 and max(counts[SPACES]) - min(counts[SPACES]) <= 1:
        return SPACES
    return "" if counts[","] else ","


def _records(lines: _Lines, separator: str, file: str, option: Option) -> Iterator[tuple[int, list[str]]]:
    """Yields the rows that are not blank, each with the number of its first line."""
    reader = _divided(lines, separator, True)
    while True:
        lines.first = 0
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(_unreadable(file, lines.first, error, option)) from None
        cells = [cell.strip() for cell in cells]
        if len(cells) > 1 or any(cells):
            yield lines.first, cells


def _unreadable(file: str, line: int, error: csv.Error, option: Option) -> str:
    """Returns the sentence for a line that the csv module cannot read."""
    if "field limit" in str(error):
        return (
            f"{file}, line {line}: a cell has more than {LONGEST_CELL:,} characters: is a quotation mark never "
            f"closed, or something else between the cells, which {option('separator', ...)} says?"
        )
    return f"{file}, line {line}: quotation marks that do not match ({error})"


# Names ------------------------------------------------------------------------------------------------------------------

_DIGITS = re.compile(r"[-+]?[$€£]?\d[\d.,' ]*(e[-+]?\d+)?%?", re.IGNORECASE)
_UNNAMED = re.compile(r"Unnamed: \d+")  # what pandas makes of no name


def number_in(cell: str) -> float | None:
    """Returns the number that a cell is, None if it is not a finite one."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def _like_a_number(cell: str) -> bool:
    return number_in(cell) is not None or _DIGITS.fullmatch(cell.strip()) is not None


def _are_data(cells: Sequence[str]) -> bool:
    return all(cell in MISSING or _like_a_number(cell) for cell in cells)


def _are_names(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether the cells of the first row are names rather than data, by themselves and the rows below."""
    present = [cell for cell in cells if cell not in MISSING]
    numbers = [cell for cell in present if _like_a_number(cell)]
    whole = [int(cell) for cell in numbers if cell.isdigit()]
    if len(numbers) == len(present):
        # pandas names the columns of an array so; a first row of data is hardly ever that.
        return len(whole) == len(numbers) > 2 and whole == list(range(len(whole))) and len(below) > 0
    seen = [{row[j] for row in below if j < len(row)} for j in range(len(cells))]
    words = [j for j, cell in enumerate(cells) if cell not in MISSING and not _like_a_number(cell)]
    again = sum(cells[j] in seen[j] for j in words)
    if numbers:
        named = all(1000 <= number < 3000 for number in whole) or whole == list(range(whole[0], whole[0] + len(whole)))
        return len(whole) == len(numbers) and not again and named  # years, or numbers in a row
    return 2 * again <= len(words) or any(any(map(_like_a_number, cells)) and _are_data(cells) for cells in map(list, seen))


def sheet_of(text: str, file: str, separator: str | None, option: Option) -> Sheet:
    """Returns the sheet that a text is; `separator` None finds out what divides the cells.

    Raises DataError for text without rows, cells that cannot be told apart, and rows that are longer or shorter than the names.
    """
    if separator is not None and (not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n'):
        raise DataError(f"a separator is one character, such as ',' or ';', not {separator!r}")
    lines = _Lines(text)
    said: list[str] = []
    sign = separator or _separator(text)
    records = list(_records(lines, sign or ",", file, option))
    if not records:
        raise DataError(f"{file} is empty: its first line is to hold the columns' names")
    if separator is None and sign in SAID_SEPARATORS:
        said.append(TAKEN[SAID_SEPARATORS[sign]].format(file=file))
    line, names = records[0]
    below = [cells for _, cells in records[1:201]]
    made_up = False
    titles, comment = _names_in_comment(lines.comments, line, names, sign)
    if titles:
        names = titles
        if titles[0]:  # else the # is what the first column is called
            said.append(TAKEN["names in comment"].format(file=file, line=comment))
    elif _are_names(names, below):
        records = records[1:]
    elif len(names) > 1:
        made_up = True
        names = [*(f"x{j}" for j in range(1, len(names))), "y"]
        key = "no names" if len(names) > 2 else "no names, two"
        said.append(TAKEN[key].format(file=file, first=names[0], last=names[-2], line=line))
    comments = len(lines.comments) - bool(comment)
    if comments:
        said.append(TAKEN.form("comments", comments).format(file=file, count=comments))
    names = ["" if _UNNAMED.fullmatch(name) else name for name in names]
    if len(names) == 1 and all(len(cells) == 1 for _, cells in records):
        raise DataError(
            f"{file}, line {line}: {shortened(names[0])} is one column and at least two are needed, the target among them: "
            f"{option('separator', ...)} says what stands between them"
        )
    if not records:
        raise DataError(f"{file} has a line of column names and no rows under it")
    if all(len(cells) == len(names) + 1 for _, cells in records) and any(cells[-1] for _, cells in records):
        names = ["", *names]  # as R writes tables: the names of the rows have no name
    check_names(file, line, names)
    longer = sum(len(cells) > len(names) for _, cells in records)
    rows = [_fitted(file, number, cells, names) for number, cells in records]
    if longer:  # all cells beyond the names are empty, or _fitted has refused them
        said.append(TAKEN.form("trailing", longer).format(file=file, count=longer))
    numbers = [number for number, _ in records]
    return Sheet(file, names, numbers, rows, sign, made_up, "_" in text, said)


def _names_in_comment(comments: Sequence[tuple[int, str]], line: int, first: Sequence[str], sign: str) -> tuple[list[str], int]:
    """Returns the names that a line with # just above the first row holds, and its number; [] and 0 if there are none."""
    above = [(number, text) for number, text in comments if number < line]
    if not above or sign == "" or not any(map(_like_a_number, first)):
        return [], 0
    number, text = above[-1]
    titles = [cell.strip() for cell in next(_divided(iter([text.lstrip("#")]), sign, False), [])]
    fits = len(titles) == len(first) > 1 and not any(map(_like_a_number, titles))
    return (titles, number) if fits else ([], 0)


def check_names(file: str, line: int, names: Sequence[str]) -> None:
    """Raises DataError if two columns have the same name."""
    numbers: dict[str, int] = {}
    for j, name in enumerate(names, 1):
        if name and numbers.setdefault(name, j) != j:
            raise DataError(f"{file}, line {line}: columns {numbers[name]} and {j} are both called {name!r}")


def _fitted(file: str, line: int, cells: list[str], names: Sequence[str]) -> list[str]:
    """Returns a row of as many cells as there are names: empty ones at the end may be too many, or under no name too few."""
    while len(cells) > len(names) and not cells[-1]:
        cells.pop()
    missing = names[len(cells) :]
    if len(cells) > len(names) or any(missing):
        raise DataError(f"{file}, line {line}: {amount(len(cells), 'cell')} under {len(names)} column names")
    return [*cells, *itertools.repeat("", len(missing))] if missing else cells
