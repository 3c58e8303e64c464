"""What the columns of text in sheets mean: numbers, yes and no, words of few kinds, names, row numbers, nothing.

>>> from chalkgrad.nn.data.sheets import in_python, sheet_of
>>> sheet = sheet_of("sex,age\\nmale,22\\nfemale,38\\n", "data.csv", None, in_python)
>>> table_of([sheet], Wanted(), in_python)
data: 2 rows of 2 numbers, target age
  sex: female, male as 2 columns of 0 and 1
"""

# ruff: noqa: N806 - a matrix has a capital letter

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.words.language import section
from chalkgrad.nn.data.errors import DataError, shortened
from chalkgrad.nn.data.sheets import MISSING, Option, Sheet, number_in
from chalkgrad.nn.data.table import Table

TAKEN = section("what was taken from a file")
MOST_CLASSES = 20  # a target of more different numbers than this is taken for a regression
MOST_KINDS = 50  # a column of more different words than this holds names
FEW_STRAYS = 10  # so many different words among numbers are slips, more are names
FEWEST_NAMES = 3  # but so many are names where every fourth cell is one
LISTED = 6  # kinds in a sentence
WAYS = ("refuse", "drop", "mean")  # what becomes of missing values
# The first of each is 0, the second 1.
LOGIC = (("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("off", "on"))
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T].*)?|\d{1,2}:\d{2}(:\d{2})?")
_ONLY_DIGITS = re.compile(r"[-+]?[$€£]?\d[\d.,_' ]*%?")
_QUANTITY = re.compile(r"[-+]?[$€£]?\s*\d[\d.,_' ]*\s*([^\W\d_]{1,4}[²³]?|%|[$€£])?")
_IDENTITY = re.compile(
    r"(.*[ _.-])?(id|index|idx)|#|(row|nr|no|obs)\.?|(row|serial)[ _.-]?(number|name|no\.?|nr\.?)", re.IGNORECASE
)
_CODE = re.compile(r"[^\W\d_][^\W_]*\W.*\d{2,}|[^\W\d_]+\d{2,}.*")  # A/5 21171, PC 17599, X2000
_CAMEL = re.compile(r".*[a-z](Id|ID)")

# A cell of a column: its number, None if it is missing, the text if it is not a number.
Cell = float | str | None


@dataclass
class Wanted:
    """What is asked of the columns; the options of `read_csv`."""

    target: str | None = None
    classes: bool | None = None
    columns: Sequence[str] | None = None
    drop: Sequence[str] = ()
    missing: str = "refuse"


@dataclass
class _Column:
    """One column of a file and the columns of X that it becomes; None in them is a missing value."""

    name: str
    become: Mapping[str, Sequence[float | None]]


def table_of(sheets: Sequence[Sheet], wanted: Wanted, option: Option) -> Table:
    """Returns the table that sheets of the same columns are. Raises DataError as `read_csv` says."""
    return _Reader(sheets, wanted, option).table()


class _Reader:
    def __init__(self, sheets: Sequence[Sheet], wanted: Wanted, option: Option) -> None:
        self.sheets, self.wanted, self.option = sheets, wanted, option
        self.file = sheets[0].file
        self.semicolons = [sheet.separator == ";" for sheet in sheets for _ in sheet.lines]  # of each row
        self.taken = [said for sheet in sheets for said in sheet.taken]
        self.places = [(sheet.file, line) for sheet in sheets for line in sheet.lines]
        self.strokes = any(sheet.strokes for sheet in sheets)
        self.signs: dict[str, tuple[int, str]] = {}  # where a decimal comma and a decimal point were first seen
        self.read_as: tuple[str, str, float] | None = None  # the form of a column's numbers, an example and its number
        self.commas: dict[str, tuple[str, float]] = {}  # the columns with decimal commas, an example of each and its number
        if wanted.missing not in WAYS:
            ways = ", ".join(option("missing", way) for way in WAYS)
            raise DataError(f"there is no {option('missing', wanted.missing)}: there are {ways}")

    def table(self) -> Table:
        self.cells = cells = self._joined()
        names = list(cells)
        drop, columns = (self._named(chosen, names) for chosen in (self.wanted.drop, self.wanted.columns or ()))
        if self.wanted.columns is not None and not columns:
            raise DataError(f"{self.option('columns', [])} leaves nothing for X: {self.file} has {_listing(names)}")
        target = self._target(names, drop)
        if self.wanted.drop:
            self.taken.append(TAKEN["dropped columns"].format(columns=", ".join(drop)))
        found = []
        for name in columns or names:
            if name != target and name not in drop:
                column = self._column(name, cells[name], chosen=bool(columns))
                if column is not None:
                    found.append(column)
        if not found:
            dropped = [TAKEN["dropped columns"].format(columns=", ".join(drop))] if self.wanted.drop else []
            apart = "\u2066\u2069"  # a name's marks, where words run from right to left
            said = dropped + [one for one in self.taken if one.partition(":")[0].strip(apart) in cells]
            left = "; ".join(said[:LISTED]) + (f"; and {len(said) - LISTED} more columns" if len(said) > LISTED else "")
            raise DataError(f"{self.file} has no column for X besides the target {target!r}" + (f": {left}" if left else ""))
        texts = cells[target]
        rows = self._complete(found, target, texts)
        y, classes = self._targets(rows, [texts[i] for i in rows], target)
        X = self._filled(found, rows)
        if self.commas:
            example, value = next(iter(self.commas.values()))
            columns_with = _some(list(self.commas))
            self.taken.append(TAKEN["decimal comma"].format(column=columns_with, example=example, value=f"{value:.15g}"))
        table = Table.from_checked(
            X,
            y,
            columns=self._titles(found, names),
            target=target,
            classes=classes,
            name=" + ".join(Path(sheet.file).stem for sheet in self.sheets),
            source=", ".join(sheet.file for sheet in self.sheets),
            licence="",
            means=None,
            deviations=None,
        )
        table.taken = tuple(self.taken)
        table.kinds = {column.name: tuple(column.become) for column in found if len(column.become) > 1}
        return table

    # Which columns ------------------------------------------------------------------------------------------------------

    def _joined(self) -> dict[str, Sequence[str]]:
        """Returns the columns of all sheets by name, those without a name settled."""
        first = self.sheets[0]
        parts: list[list[Sequence[str]]] = []
        for sheet in self.sheets:
            if sheet.made_up and len(sheet.names) == len(first.names) and not first.made_up:
                sheet.names = first.names
            self._compare(sheet, first)
            columns = list(zip(*sheet.rows, strict=True))
            places = {name: j for j, name in enumerate(sheet.names)}
            numbers = [places[name] if name else j for j, name in enumerate(first.names)]
            parts.append([columns[j] for j in numbers])
        if len(self.sheets) > 1:
            files = [
                TAKEN.form("file", len(sheet.rows)).format(file=sheet.file, count=len(sheet.rows)) for sheet in self.sheets
            ]
            self.taken.append(TAKEN["files"].format(files=", ".join(files)))
        cells: dict[str, Sequence[str]] = {}
        for j, (name, pieces) in enumerate(zip(first.names, zip(*parts, strict=True), strict=True)):
            column = pieces[0] if len(pieces) == 1 else list(itertools.chain(*pieces))
            if name:
                cells[name] = column
            elif not any(column):
                self.taken.append(TAKEN["empty"].format(number=j + 1))
            elif j == 0 and all(map(_all_different, pieces)):
                said = TAKEN["unnamed index" if _all_different(column) else "unnamed index in each"]
                self.taken.append(said.format(first=column[0], last=column[-1]))
            else:
                name = _free(f"column{j + 1}", first.names)
                self.taken.append(TAKEN["unnamed"].format(number=j + 1, name=name))
                cells[name] = column
        if len(cells) < 2:
            raise DataError(
                f"{self.file} has {_listing(list(cells))} alone, and a table has a target and at least one column more"
            )
        return cells

    def _compare(self, sheet: Sheet, first: Sheet) -> None:
        for one, other in ((sheet, first), (first, sheet)):
            known = set(one.names)
            name = next((name for name in other.names if name not in known), None)
            if name is not None:
                column = f"column {name!r}" if name else "unnamed column"
                raise DataError(f"{one.file} has no {column}, which {other.file} has: files of one table have the same columns")
        if len(sheet.names) != len(first.names):
            raise DataError(f"{sheet.file} has {amount(len(sheet.names), 'column')}, and {first.file} {len(first.names)}")

    def _named(self, chosen: str | Sequence[str], names: list[str]) -> list[str]:
        """Returns names of columns that an option gives; one name need not stand in a list."""
        chosen = [chosen] if isinstance(chosen, str) else list(chosen)
        for name in chosen:
            self._check_name(name, names)
        return list(dict.fromkeys(chosen))

    def _check_name(self, name: str, names: list[str]) -> None:
        if name not in names:
            folded = {known.casefold(): known for known in names}
            begun = [known for known in folded if name and known.startswith(str(name).casefold())]
            close = begun if len(begun) == 1 else difflib.get_close_matches(str(name).casefold(), begun or folded, 1, 0.5)
            meant = f": did you mean {folded[close[0]]!r}? It" if close else ": it"
            raise DataError(f"{self.file} has no column {name!r}{meant} has {_listing(names)}")

    def _target(self, names: list[str], drop: list[str]) -> str:
        target = self.wanted.target
        if target is None:
            left = [name for name in names if name not in drop]
            if not left:
                raise DataError(f"{self.option('drop', drop)} leaves no column of {self.file}")
            return left[-1]
        self._check_name(target, names)
        if target in drop:
            raise DataError(f"{target!r} is the target and is to be left out: {self.option('target', ...)} names another")
        return target

    def _titles(self, found: Sequence[_Column], names: Sequence[str]) -> tuple[str, ...]:
        """Returns the names of X's columns; a kind's column that is called as another is gets a name of its own."""
        titles: dict[str, None] = {}
        for column in found:
            if len(column.become) > 1:
                column.become = {_free(title, [*names, *titles]): cells for title, cells in column.become.items()}
            titles |= dict.fromkeys(column.become)
        return tuple(titles)

    # What a column means ------------------------------------------------------------------------------------------------

    def _column(self, name: str, texts: Sequence[str], chosen: bool) -> _Column | None:
        """Returns the columns of X that a column becomes, None if it is left out; what is done is said."""
        plain = self._plain(texts)
        if plain is not None:
            return self._numbers(name, plain, chosen)
        cells = self._cells(name, texts)
        strays = [cell for cell in cells if isinstance(cell, str)]
        present = sum(cell is not None for cell in cells)
        if not present:
            self.taken.append(TAKEN["nothing"].format(column=name))
            return None
        if not strays:
            numbers = [cell if isinstance(cell, float) else None for cell in cells]
            return self._numbers(name, numbers, chosen)
        kinds = Counter(text for text in texts if text not in MISSING)
        strange = set(strays)
        few = len(kinds) <= max(2, min(MOST_KINDS, present // 2))
        if len(strays) < present:
            slip = any(kinds[stray] == 1 for stray in strange) or not few
            if slip and (few or not _are_names(strays, strange, present)):
                raise self._no_number(name, cells, among=True)
        elif (logic := self._logic(name, texts, kinds)) is not None:
            return logic
        if all(map(_DATE.fullmatch, strange)):
            raise self._error(
                texts.index(strays[0]),
                name,
                f"{strays[0]!r} is a date or a time: write a number instead, such as the days since the first, or leave the "
                f"column out, {self.option('drop', [name])}",
            )
        if all(map(_ONLY_DIGITS.fullmatch, strange)) or any(map(_infinite, strange)):
            raise self._no_number(name, cells, among=False)
        if len(kinds) == 1:
            self.taken.append(TAKEN["same"].format(column=name, kind=strays[0]))
            return None
        if not few and all(map(_QUANTITY.fullmatch, strange)):
            raise self._no_number(name, cells, among=False)
        if few:
            return self._words(name, texts, sorted(kinds))
        i = texts.index(strays[0])
        number = next((text for text, cell in zip(texts, cells, strict=True) if isinstance(cell, float)), "")
        if chosen:
            words = "words stand here, such as" if not number else f"numbers and words stand here, such as {number!r} and"
            what = f"{len(kinds)} different {words} {shortened(strays[0])}, too many for a column of 0 and 1 each"
            raise self._error(i, name, what)
        said = TAKEN["names among numbers" if number else "names"]
        self.taken.append(said.format(column=name, count=len(kinds), example=_short(strays[0]), number=number))
        return None

    def _numbers(self, name: str, numbers: Sequence[float | None], chosen: bool) -> _Column | None:
        self._say_form(name)
        if len(numbers) < 3 or chosen:
            return _Column(name, {name: numbers})
        pieces = self._of_each_file(numbers)
        if (_IDENTITY.fullmatch(name) or _CAMEL.fullmatch(name)) and all(map(_all_different, pieces)):
            if all(number is not None and number.is_integer() for number in numbers):
                said = TAKEN["identity" if _all_different(numbers) else "identity in each"]
                self.taken.append(said.format(column=name, option=self.option("columns", ...)))
                return None
        elif _counts(numbers) or all(map(_counts, pieces)):
            said = TAKEN["counts" if _counts(numbers) else "counts in each"]
            self.taken.append(said.format(column=name, option=self.option("drop", [name])))
        return _Column(name, {name: numbers})

    def _say_form(self, name: str) -> None:
        """Says in which form the numbers of the column that has just been read are; decimal commas wait for one sentence."""
        if self.read_as is None:
            return
        form, example, value = self.read_as
        if form == "decimal comma":
            self.commas[name] = example, value
        else:
            self.taken.append(TAKEN[form].format(column=name, example=example, value=f"{value:.15g}"))

    def _of_each_file(self, column: Sequence[Cell]) -> list[Sequence[Cell]]:
        """Returns the parts of a column that stand in one file each."""
        ends = list(itertools.accumulate(len(sheet.rows) for sheet in self.sheets))
        return [column[begin:end] for begin, end in itertools.pairwise([0, *ends])]

    def _logic(self, name: str, texts: Sequence[str], kinds: Counter[str]) -> _Column | None:
        """Returns the column of 0 and 1 that words such as yes and no are, None if these are other words."""
        words = {kind.casefold() for kind in kinds}
        pair = next((pair for pair in LOGIC if words <= set(pair)), None)
        if pair is None:
            return None
        shown = {kind.casefold(): kind for kind in kinds}
        zero, one = (shown.get(word, word) for word in pair)
        self.taken.append(TAKEN["logic"].format(column=name, zero=zero, one=one))
        return _Column(name, {name: [None if text in MISSING else float(text.casefold() == pair[1]) for text in texts]})

    def _words(self, name: str, texts: Sequence[str], kinds: list[str]) -> _Column:
        self.taken.append(TAKEN["kinds"].format(column=name, kinds=_some(kinds), count=len(kinds)))
        columns: dict[str, list[float | None]] = {}
        for kind in kinds:
            columns[f"{name}_{kind}"] = [None if text in MISSING else float(text == kind) for text in texts]
        return _Column(name, columns)

    def _plain(self, texts: Sequence[str]) -> list[float] | None:
        """Returns a column of numbers, if all of them are plain: most are."""
        self.read_as = None
        if any(self.semicolons):
            return None
        try:
            numbers = list(map(float, texts))
        except ValueError:
            return None
        # float() takes 1_000 for a number.
        fine = math.isfinite(sum(numbers)) or all(map(math.isfinite, numbers))
        return numbers if fine and not (self.strokes and "_" in "".join(texts)) else None

    def _cells(self, name: str, texts: Sequence[str]) -> list[Cell]:
        """Returns the cells of a column, its numbers read in the form that all of them have; `read_as` says which."""
        plain = self._plain(texts)
        if plain is not None:
            return list(plain)
        cells: list[Cell] = [None if text in MISSING else self._number(i, text, name) for i, text in enumerate(texts)]
        strays = [(i, cell) for i, cell in enumerate(cells) if isinstance(cell, str)]
        form, readings = "", dict[int, float | None]()
        if not strays:
            commas = (i for i, text in enumerate(texts) if self.semicolons[i] and "," in text and cells[i] is not None)
            if (i := next(commas, None)) is not None and isinstance(value := cells[i], float):
                self.read_as = "decimal comma", texts[i], value
            return cells
        texts_of_strays = [cell for _, cell in strays]
        if all(text.endswith("%") for text in texts_of_strays) and not any(isinstance(cell, float) for cell in cells):
            form, readings = "percent", {i: _hundredth(text) for i, text in strays}
        elif all(map(_THOUSANDS.fullmatch, texts_of_strays)):
            form, readings = "thousands", {i: number_in(text.replace(",", "")) for i, text in strays}
        elif not any(self.semicolons[i] for i, _ in strays) and not any("." in text for text in texts):
            form, readings = "decimal comma", {i: number_in(text.replace(",", ".")) for i, text in strays}
        if not form or None in readings.values():
            return cells
        for i, value in readings.items():
            cells[i] = value
        i, example = strays[0]
        self.read_as = form, example, readings[i] or 0.0
        return cells

    def _number(self, i: int, text: str, column: str) -> float | str:
        """Returns the number in a cell, the text if there is none. Raises DataError if points and commas are mixed."""
        value = number_in(text)
        if self.semicolons[i]:
            sign = "," if value is None and "," in text else "."
            if sign == ",":
                value = number_in(text.replace(",", ".")) if "." not in text else None
            if value is not None and sign in text:
                self.signs.setdefault(sign, (self.places[i][1], text))
                if len(self.signs) == 2:
                    (other, shown), _ = self.signs.values()
                    raise self._error(
                        i, column, f"{text!r} beside {shown!r} in line {other}: is the comma or the point decimal?"
                    )
        return text if value is None else value

    # Rows ---------------------------------------------------------------------------------------------------------------

    def _complete(self, found: Sequence[_Column], target: str, texts: Sequence[str]) -> list[int]:
        """Returns the numbers of the rows that are kept; refuses, leaves out or lets pass those that lack a value."""
        lacking: dict[str, set[int]] = {
            column.name: {i for i, cell in enumerate(cells) if cell is None}
            for column in found
            if None in (cells := next(iter(column.become.values())))
        }
        lacking[target] = {i for i, text in enumerate(texts) if text in MISSING}
        if not lacking[target]:
            del lacking[target]
        out = set().union(*lacking.values())
        if out and self.wanted.missing == "refuse":
            self._refuse(lacking, out, target, texts, found)
        if self.wanted.missing == "mean":
            out = lacking.get(target, set())
        if out:
            columns = [name for name in lacking if self.wanted.missing == "drop" or name == target]
            words = {"count": len(out), "rows": len(texts), "columns": ", ".join(columns)}
            self.taken.append(TAKEN.form("dropped rows", len(out)).format_map(words))
        rows = [i for i in range(len(texts)) if i not in out]
        if not rows:
            name = max(lacking, key=lambda name: len(lacking[name]))
            raise DataError(
                f"{self.file}: no row has all values; {name!r} lacks {len(lacking[name])} of {len(texts)}: "
                f"{self.option('drop', [name])} leaves that column out"
            )
        return rows

    def _refuse(
        self, lacking: dict[str, set[int]], out: set[int], target: str, texts: Sequence[str], found: Sequence[_Column]
    ) -> None:
        i = min(out)
        name = next(name for name, rows in lacking.items() if i in rows)
        cell = self.cells[name][i]
        what = f"{cell!r} stands for a missing value" if cell else "the cell is empty"
        ways = [f"{self.option('missing', 'drop')} leaves such rows out"]
        if set(lacking) != {target}:
            of_words = [len(column.become) > 1 for column in found if column.name in lacking]
            mean = "the share of each word" if all(of_words) else "the column's mean"
            mean += " (of words, their shares)" * (any(of_words) and not all(of_words))
            ways.append(f"{self.option('missing', 'mean')} puts in {mean}")
            worst = max((name for name in lacking if name != target), key=lambda name: len(lacking[name]))
            ways.append(f"{self.option('drop', [worst])} leaves that column out")
        counts = ", ".join(f"{name!r} in {len(rows)}" for name, rows in list(lacking.items())[:8])
        where = f"{len(out)} of {amount(len(texts), 'row')} lack a value ({counts})"
        if len(out) == 1:
            where = f"1 of {amount(len(texts), 'row')} lacks a value"
        raise self._error(i, name, f"{what}; {where}: {', '.join(ways[:-1])}{', or ' * (len(ways) > 1)}{ways[-1]}")

    def _filled(self, found: Sequence[_Column], rows: Sequence[int]) -> list[list[float]]:
        """Returns X, with the mean of its column where a value is missing, and says so."""
        columns: list[Any] = []
        every = len(rows) == len(self.places)
        filled: dict[str, int] = {}  # how many values of which columns of numbers
        for column in found:
            means: list[tuple[str, float]] = []
            missing = 0
            for title, cells in column.become.items():
                kept = cells if every else [cells[i] for i in rows]
                if None not in kept:
                    columns.append(kept)
                    continue
                present = [cell for cell in kept if cell is not None]
                mean = math.fsum(present) / len(present) if present else 0.0
                columns.append([mean if cell is None else cell for cell in kept])
                missing = len(kept) - len(present)
                means.append((title, mean))
            if missing and len(column.become) == 1:
                filled[column.name] = missing
            elif missing:
                shares = _some([f"{mean:.3g} in {title}" for title, mean in means])
                self.taken.append(TAKEN.form("mean of words", missing).format(count=missing, column=column.name, shares=shares))
        if filled:
            count = sum(filled.values())
            self.taken.append(TAKEN.form("mean", count).format(count=count, columns=", ".join(filled)))
        return list(map(list, zip(*columns, strict=True)))

    # The target ---------------------------------------------------------------------------------------------------------

    def _targets(self, rows: list[int], texts: list[str], column: str) -> tuple[list[Any], tuple[str, ...]]:
        cells = self._cells(column, texts) if len(rows) == len(self.places) else self._cells_of(rows, texts, column)
        for i, cell in zip(rows, cells, strict=True):
            if isinstance(cell, str) and _infinite(cell):
                raise self._error(i, column, f"{cell!r} is not finite")
        present = [cell for cell in cells if isinstance(cell, float)]
        different = set(present)
        measured = len(different) > MOST_CLASSES or not all(map(float.is_integer, different))
        complete = len(present) == len(texts)
        classes = self.wanted.classes
        if classes is None and not complete and not measured and len(set(texts)) == len(texts) > MOST_CLASSES:
            what = f"{self.option('target', ...)} names another column, or {self.option('classes', True)} takes it so"
            raise self._error(rows[0], column, f"every row has another text in the target: {what}")
        if classes is None and complete:
            classes = not measured and 2 * len(different) <= len(texts)
        elif classes is None:
            classes = not measured
        if not classes:
            if not complete:
                i = next(i for i, cell in enumerate(cells) if not isinstance(cell, float))
                way = f"say {self.option('classes', True)}"
                if self.wanted.classes is False:
                    way = f"leave {self.option('classes', False)} out"
                raise self._error(rows[i], column, f"{shortened(texts[i])} is no number; if the target names classes, {way}")
            self._say_form(column)
            return list(present), ()
        labels: Sequence[Any] = present if complete else texts
        number = {label: k for k, label in enumerate(sorted(set(labels)))}
        return [number[label] for label in labels], tuple(map(_name, number))

    def _cells_of(self, rows: list[int], texts: list[str], column: str) -> list[Cell]:
        """Returns the target's cells where rows have been left out."""
        whole: list[str] = [""] * len(self.places)
        for i, text in zip(rows, texts, strict=True):
            whole[i] = text
        cells = self._cells(column, whole)
        return [cells[i] for i in rows]

    # What is wrong ------------------------------------------------------------------------------------------------------

    def _error(self, i: int, column: str, what: str) -> DataError:
        file, line = self.places[i]
        return DataError(f"{file}, line {line}, column {column!r}: {what}")

    def _no_number(self, column: str, cells: Sequence[Cell], among: bool) -> DataError:
        """Returns the error for the first cell that is not a number in a column of numbers."""
        i, cell = next((i, cell) for i, cell in enumerate(cells) if isinstance(cell, str))
        if _infinite(cell):
            return self._error(i, column, f"{cell!r} is not finite")
        others = " among numbers" * among
        way = f"correct it, or {self.option('drop', [column])} leaves the column out"
        if not among:
            way = f"write the number alone, with a decimal point, or {self.option('drop', [column])} leaves the column out"
        return self._error(i, column, f"{shortened(cell)} is no number{others}; {way}")


def _some(names: Sequence[str]) -> str:
    return ", ".join(names if len(names) <= LISTED else [*names[: LISTED - 2], "…", names[-1]])


def _all_different(cells: Sequence[Cell]) -> bool:
    return len(set(cells)) == len(cells)


def _counts(numbers: Sequence[Cell]) -> bool:
    """Whether the numbers are 0, 1, 2, … or 1, 2, 3, …."""
    return numbers[0] in (0.0, 1.0) and all(number == i for i, number in enumerate(numbers, int(numbers[0] or 0)))


def _are_names(strays: Sequence[str], strange: Set[str], present: int) -> bool:
    """Whether words among numbers are names, as of tickets, rather than slips; `strange` are the different ones."""
    if len(strange) > FEW_STRAYS and 10 * len(strays) > present:
        return True
    codes = sum(map(bool, map(_CODE.fullmatch, strange)))
    if 2 * codes > len(strange) > 1:
        return True
    return len(strange) >= FEWEST_NAMES and 4 * len(strays) >= present and not any(map(_ONLY_DIGITS.fullmatch, strange))


def _free(name: str, taken: Sequence[str]) -> str:
    """Returns the name, with a stroke behind it where another column is called so."""
    known = set(taken)
    while name in known:
        name += "_"
    return name


def _hundredth(text: str) -> float | None:
    value = number_in(text[:-1])
    return None if value is None else value / 100


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"


def _name(label: str | float) -> str:
    return label if isinstance(label, str) else str(int(label)) if label.is_integer() else repr(label)


def _infinite(cell: str) -> bool:
    try:
        return not math.isfinite(float(cell))
    except ValueError:
        return False


def _listing(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:12])) + f" and {len(names) - 12} more" * (len(names) > 12)
