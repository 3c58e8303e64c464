"""Tables from CSV files of your own.

>>> import tempfile
>>> file = Path(tempfile.mkdtemp(), "points.csv")
>>> _ = file.write_text("x1,x2,class\\n0,1,no\\n1,1,yes\\n", "utf-8")
>>> read_csv(file)
points: 2 rows of 2 numbers, 2 classes
"""

# ruff: noqa: N806 - a matrix has a capital letter

from __future__ import annotations

import csv
import difflib
import itertools
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.nn.data.errors import DataError, shortened
from chalkgrad.nn.data.table import Table

MOST_CLASSES = 20  # a target of more different numbers than this is taken for a regression
MISSING = ("", "NA", "?")
LONGEST_CELL = 131_072  # characters, which the csv module allows


def read_csv(
    path: str | os.PathLike[str], target: str | None = None, *, separator: str | None = None, classes: bool | None = None
) -> Table:
    """Returns the table in a CSV file: UTF-8 text, one row a line, the columns' names in the first line.

    path: the file.
    target: the name of the column that is y, by default the last; all others are X and hold numbers.
    separator: what stands between the cells, by default whichever of comma, semicolon and tab divides the first line most.
        Between semicolons a number may have a decimal comma.
    classes: True if the target names classes, False if it is a number. By default text is classes, and so are whole numbers
        of which there are at most 20 different ones, each twice on average. Classes are numbered 0, 1, … in alphabetical
        order, or by size if they are numbers; `classes` of the table has their names.

    Raises DataError for a file that cannot be read or is not UTF-8, a header that is missing or names a column twice, an
    unknown target, and cells that are missing (empty, NA or ?), not finite or not a number. Its sentence names file, line (as
    an editor counts them) and column.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "weights.csv")
    >>> _ = file.write_text("height;sex;weight\\n1,75;0;71,5\\n1,68;1;63,0\\n", "utf-8")
    >>> table = read_csv(file)
    >>> table, table.X, table.y
    (weights: 2 rows of 2 numbers, target weight, [[1.75, 0.0], [1.68, 1.0]], [71.5, 63.0])
    >>> read_csv(file, target="wieght")
    Traceback (most recent call last):
    chalkgrad.nn.data.DataError: weights.csv has no column 'wieght': did you mean 'weight'? It has 'height', 'sex', 'weight'
    """
    file = Path(path).expanduser()
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            table = CSVReader(file.name, separator, classes).read(lines, target)
    except FileNotFoundError:
        raise DataError(f"there is no file {file} (in {file.parent.absolute()})") from None
    except IsADirectoryError:
        raise DataError(f"{file} is a folder: name a file in it") from None
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DataError(_not_text(file)) from None
    table.source = str(file)
    return table


def _not_text(file: Path) -> str:
    content = file.read_bytes()
    if content.startswith(b"PK"):
        return f"{file.name} is a workbook or another archive, not a text file: save the sheet as CSV, UTF-8"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = content.count(b"\n", 0, error.start) + 1, content[error.start]
        return f"{file.name}, line {line}: the byte {byte:#04x} is not UTF-8 text: save the file again with the encoding UTF-8"
    return f"{file.name} changed while it was read"


class CSVReader:
    """Reads the lines of one file into a table, and says where something is wrong."""

    def __init__(self, file: str, separator: str | None, classes: bool | None) -> None:
        if separator is not None and (not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n'):
            raise DataError(f"a separator is one character, such as ',' or ';', not {separator!r}")
        self.file, self.separator, self.classes = file, separator, classes
        self.signs: dict[str, tuple[int, str]] = {}  # where a decimal comma and a decimal point were first seen

    def read(self, lines: Iterator[str], target: str | None) -> Table:
        records = self._records(lines)
        line, names = next(records, (0, []))
        if not names:
            raise DataError(f"{self.file} is empty: its first line is to hold the columns' names")
        self._check_header(line, names)
        at = self._target(names, target)
        columns = names[:at] + names[at + 1 :]
        X, texts, numbers = [], [], []
        for line, cells in records:
            if len(cells) != len(names):
                raise DataError(f"{self.file}, line {line}: {amount(len(cells), 'cell')} under {len(names)} column names")
            text = cells.pop(at)
            X.append(self._numbers(line, cells, columns))
            if text in MISSING:
                raise self._error(line, names[at], _why_rejected(text, False))
            texts.append(text)
            numbers.append(line)
        if not X:
            raise DataError(f"{self.file} has a line of column names and no rows under it")
        y, classes = self._targets(numbers, texts, names[at])
        return Table.from_checked(
            X,
            y,
            columns=tuple(columns),
            target=names[at],
            classes=classes,
            name=Path(self.file).stem,
            source=self.file,
            licence="",
            means=None,
            deviations=None,
        )

    def _error(self, line: int, column: str, what: str) -> DataError:
        return DataError(f"{self.file}, line {line}, column {column!r}: {what}")

    def _records(self, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
        """Yields the rows that are not blank, each with the number of its first line."""
        skipped, first = 0, ""
        for first in lines:
            if first.strip():
                break
            skipped += 1
        else:
            return
        try:
            self.separator = self.separator or max(",;\t", key=lambda sign: len(_cells(first, sign)))
        except csv.Error as error:
            raise DataError(self._unreadable(skipped + 1, error)) from None
        reader = csv.reader(itertools.chain([first], lines), delimiter=self.separator, skipinitialspace=True, strict=True)
        while True:
            line = skipped + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise DataError(self._unreadable(line, error)) from None
            cells = [cell.strip() for cell in cells]
            if len(cells) > 1 or any(cells):
                yield line, cells

    def _unreadable(self, line: int, error: csv.Error) -> str:
        """Returns the sentence for a line that the csv module cannot read."""
        if "field limit" in str(error):
            return (
                f"{self.file}, line {line}: a cell has more than {LONGEST_CELL:,} characters: is a quotation mark never "
                "closed, or something else between the cells, which separator=… says?"
            )
        return f"{self.file}, line {line}: quotation marks that do not match ({error})"

    def _check_header(self, line: int, names: list[str]) -> None:
        place = f"{self.file}, line {line}"
        values = [_number(name) for name in names]
        if None not in values or any(value is not None and not value.is_integer() for value in values):
            raise DataError(f"{place}: these are numbers, and the first line is to hold the columns' names: add a line above")
        if len(names) == 1:
            raise hidden(
                DataError(
                    f"{place}: {shortened(names[0])} is one column and at least two are needed, the target among them: "
                    "separator=… says what stands between them"
                )
            )
        numbers: dict[str, int] = {}
        for j, name in enumerate(names, 1):
            if not name:
                raise DataError(f"{place}: column {j} has no name")
            if numbers.setdefault(name, j) != j:
                raise DataError(f"{place}: columns {numbers[name]} and {j} are both called {name!r}")

    def _target(self, names: list[str], target: str | None) -> int:
        if target is None:
            return len(names) - 1
        if target in names:
            return names.index(target)
        close = difflib.get_close_matches(str(target), names, 1, 0.5)
        meant = f": did you mean {close[0]!r}? It" if close else ": it"
        raise DataError(f"{self.file} has no column {target!r}{meant} has {_listing(names)}")

    def _numbers(self, line: int, cells: list[str], columns: list[str]) -> list[float]:
        if self.separator != ";":
            try:
                row = list(map(float, cells))
            except ValueError:
                pass
            else:
                # A sum that is not finite may come of large numbers alone, and float() takes 1_000 for a number.
                if math.isfinite(sum(row)) and "_" not in "".join(cells):
                    return row
        row = []
        for cell, column in zip(cells, columns, strict=True):
            value = self._number(line, cell, column)
            if value is None:
                raise self._error(line, column, _why_rejected(cell, True))
            row.append(value)
        return row

    def _number(self, line: int, cell: str, column: str) -> float | None:
        """Returns the number in a cell, None if there is none. Raises DataError if points and commas are mixed in the file."""
        value = _number(cell)
        if self.separator == ";":
            sign = "," if value is None and "," in cell else "."
            if sign == ",":
                value = _number(cell.replace(",", ".")) if "." not in cell else None
            if value is not None and sign in cell:
                self.signs.setdefault(sign, (line, cell))
                if len(self.signs) == 2:
                    (other, shown), _ = self.signs.values()
                    raise self._error(
                        line, column, f"{cell!r} beside {shown!r} in line {other}: is the comma or the point decimal?"
                    )
        return value

    def _targets(self, lines: list[int], texts: list[str], column: str) -> tuple[list[Any], tuple[str, ...]]:
        values = [self._number(line, text, column) for line, text in zip(lines, texts, strict=True)]
        for line, text, value in zip(lines, texts, values, strict=True):
            if value is None and _infinite(text):
                raise self._error(line, column, _why_rejected(text, False))
        present = [value for value in values if value is not None]
        different = set(present)
        measured = len(different) > MOST_CLASSES or not all(map(float.is_integer, different))
        complete = len(present) == len(texts)
        classes = self.classes
        if classes is None and not complete and not measured and len(set(texts)) == len(texts) > MOST_CLASSES:
            what = "every row has another text here: name the column that is the target, or say classes=True"
            raise self._error(lines[0], column, what)
        if classes is None and complete:
            classes = not measured and 2 * len(different) <= len(texts)
        elif classes is None:
            classes = not measured
        if not classes:
            if not complete:
                i = values.index(None)
                way = "leave classes=False out" if self.classes is False else "say classes=True"
                raise self._error(lines[i], column, f"{shortened(texts[i])} is no number; if the target names classes, {way}")
            return list(present), ()
        labels: Sequence[Any] = present if complete else texts
        number = {label: k for k, label in enumerate(sorted(set(labels)))}
        return [number[label] for label in labels], tuple(map(_name, number))


def _name(label: str | float) -> str:
    return label if isinstance(label, str) else str(int(label)) if label.is_integer() else repr(label)


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def _infinite(cell: str) -> bool:
    try:
        return not math.isfinite(float(cell))
    except ValueError:
        return False


def _why_rejected(cell: str, feature: bool) -> str:
    """Says what is wrong with a cell; `feature`: it is in a column of X, where only numbers may stand."""
    if cell in MISSING:
        what = f"{cell!r} stands for a missing value" if cell else "the cell is empty"
        return f"{what}; fill it in or leave the row out"
    if _infinite(cell):
        return f"{cell!r} is not finite"
    return f"{shortened(cell)} is no number{'; text is allowed in the target column only' * feature}"


def _listing(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:12])) + f" and {len(names) - 12} more" * (len(names) > 12)
