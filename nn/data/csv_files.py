"""Tables from CSV files of your own.

>>> import tempfile
>>> file = Path(tempfile.mkdtemp(), "points.csv")
>>> _ = file.write_text("x1,x2,class\\n0,1,no\\n1,1,yes\\n", "utf-8")
>>> read_csv(file)
points: 2 rows of 2 numbers, 2 classes
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from chalkgrad.engine.basics.arguments_of_others import answering
from chalkgrad.engine.basics.numbers_in import kind_of
from chalkgrad.nn.data.errors import DataError
from chalkgrad.nn.data.kinds import Wanted, table_of
from chalkgrad.nn.data.sheets import Option, Sheet, in_python, sheet_of, text_in
from chalkgrad.nn.data.table import Table


@answering(
    "read_csv takes the name of a file, as in read_csv('points.csv')",
    {
        **dict.fromkeys(("sep", "delimiter", "delim"), "write separator={given}"),
        **dict.fromkeys(("usecols", "features", "names"), "columns=[…] names the columns that X is to have"),
        "index_col": "drop=[…] names the columns that are left out",
        **dict.fromkeys(("y", "label", "target_column"), "write target={given}"),
        **dict.fromkeys(("na_values", "dropna", "skipna"), "missing='drop' leaves rows without a value out, 'mean' fills them"),
        **dict.fromkeys(("header", "skiprows"), "a first line that holds numbers is taken for data, any other for the names"),
    },
)
def read_csv(
    path: str | os.PathLike[str],
    *more: str | os.PathLike[str],
    target: str | None = None,
    columns: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    missing: Literal["refuse", "drop", "mean"] = "refuse",
    separator: str | None = None,
    classes: bool | None = None,
) -> Table:
    """Returns the table in a CSV file, or in several files that have the same columns, one below the other.

    Args:
        path, more: the files. A first line that holds numbers is taken for data, and the columns are called x1, x2, …, y.
        target: the name of the column that is y, by default the last; all others are X.
        columns: the names of the columns that X is to have.
        drop: those that it is not to have.
        missing: what is done with rows in which a value is missing (an empty cell, ?, NA, NaN, null, None): "refuse" raises,
            "drop" leaves them out, "mean" puts the mean of the column in (where words are missing, the share of each word in
            its column of 0 and 1).
        separator: what stands between the cells, by default whatever divides the first rows evenly: comma, semicolon, tab, |,
            or blanks. Between semicolons a number may have a decimal comma.
        classes: True if the target names classes, False if it is a number. By default text is classes, and so are whole
            numbers of which there are at most 20 different ones, each twice on average. Classes are numbered 0, 1, … in
            alphabetical order, or by size if they are numbers; `classes` of the table has their names.

    A column of words of few kinds becomes a column of 0 and 1 for each kind; one of yes and no, or True and False, becomes
    a single one. A column of names, of ids, or without a name that tells the rows of a file apart is left out. `taken` of the
    table has a sentence for each of these and for whatever else was found out, such as a separator that is not a comma; the
    table is shown with them.

    Raises DataError for a file that cannot be read as a table, a name that no column has or two have, and cells that are
    missing, not finite or not a number. Its sentence names file, line (as an editor counts them) and column.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "weights.csv")
    >>> _ = file.write_text("height;sex;weight\\n1,75;f;71,5\\n1,68;m;63,0\\n", "utf-8")
    >>> table = read_csv(file)
    >>> table
    weights: 2 rows of 3 numbers, target weight
      a semicolon stands between the cells of weights.csv
      sex: f, m as 2 columns of 0 and 1
      height, weight: 1,75 is read as 1.75
    >>> table.columns, table.X, table.y
    (('height', 'sex_f', 'sex_m'), [[1.75, 1.0, 0.0], [1.68, 0.0, 1.0]], [71.5, 63.0])
    >>> read_csv(file, target="wieght")
    Traceback (most recent call last):
    chalkgrad.nn.data.DataError: weights.csv has no column 'wieght': did you mean 'weight'? It has 'height', 'sex', 'weight'
    """
    return table_in([path, *more], Wanted(target, classes, columns, drop, missing), separator, in_python)


def table_in(
    paths: Sequence[str | os.PathLike[str]], wanted: Wanted, separator: str | None = None, option: Option = in_python
) -> Table:
    """Returns the table in files, as `read_csv` does; its sentences have options as `option` spells them."""
    for path in paths:
        if not isinstance(path, (str, os.PathLike)):
            several = isinstance(path, (list, tuple)) and path
            instead = "of several, one after the other: read_csv(*files)" if several else "as in read_csv('points.csv')"
            raise TypeError(f"read_csv takes the name of a file, not {kind_of(path)}: {instead}")
    files = [Path(path).expanduser() for path in paths]
    missing = next((file for file in files[1:] if not file.suffix and not file.exists()), None)
    if missing is not None:
        raise DataError(
            f"there is no file {missing}: what follows the first file are more files; {option('target', str(missing))} names y"
        )
    table = table_of([_sheet(file, separator, option) for file in files], wanted, option)
    table.source = ", ".join(map(str, files))
    return table


def _sheet(file: Path, separator: str | None, option: Option) -> Sheet:
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise DataError(f"there is no file {file} (in {file.parent.absolute()})") from None
    except IsADirectoryError:
        raise DataError(f"{file} is a folder: name a file in it") from None
    except (OSError, ValueError) as error:  # a name that is too long, or has a NUL in it
        raise DataError(f"{file} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    text, said = text_in(content, file.name)
    sheet = sheet_of(text, file.name, separator, option)
    sheet.taken[:0] = said
    return sheet
