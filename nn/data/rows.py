"""Lists and tuples, arrays and frames, turned into lists of floats; errors say which element does not fit.

>>> read_rows([(1, 2), (3, 4)], "X")
[[1.0, 2.0], [3.0, 4.0]]
>>> read_targets((0, 1, True), 3, "y")
[0, 1, 1]

Whatever takes data or one sample, here or in a model or a loss, finds out by `content_of` and `sample_in` what it was given.
"""

# ruff: noqa: N803 - a matrix has a capital letter

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any, overload

from chalkgrad.engine import Value
from chalkgrad.engine.basics.english import amount
from chalkgrad.nn.data.errors import DataError, shortened

# Asked for first, because most of what comes here is one of these.
_BARE = (Value, float, int)
_PLAIN = (list, tuple, float, int, bool)


def content_of(data: Any) -> Any:
    """Returns what a frame, a series, an array or a tensor holds, as an array or in lists; everything else unchanged.

    A frame is never iterated: that gives its columns in polars, and their names in pandas.
    """
    if type(data) in _PLAIN or isinstance(data, Value):
        return data
    if hasattr(data, "to_numpy"):
        data = data.to_numpy()
    if _is_ndarray(data) or isinstance(data, Sequence):
        return data
    if hasattr(data, "tolist"):
        return data.tolist()
    return data.__array__() if hasattr(data, "__array__") else data


def sample_in(x: Any) -> Any:
    """Returns the content of one sample, as `content_of` does; that of a frame of one row is its row."""
    content = content_of(x)
    return content[0] if content is not x and hasattr(x, "to_numpy") and len(content) == 1 and is_row(content[0]) else content


def samples_in(x: Any, width: int | None = None) -> Any:
    """Returns x as a sequence of samples, None if it is one sample. A model of one input takes numbers for as many samples."""
    content = content_of(x)
    if not hasattr(content, "__len__"):
        content = list(content) if is_row(content) else ()
    if not is_row(content) or not len(content):
        return None
    if is_row(next(iter(content))):
        return content
    return [[number] for number in content] if width == 1 != len(content) else None


class ArrayRows(Sequence[list[float]]):
    """The rows of an array, of which each becomes a list of floats when it is asked for: of many, lists take much memory.

    Attributes:
        array: n×k floats, those that were given where they were floats already
    """

    def __init__(self, array: Any) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, index: int) -> list[float]: ...
    @overload
    def __getitem__(self, index: slice) -> ArrayRows: ...
    def __getitem__(self, index: Any) -> Any:
        return ArrayRows(self.array[index]) if isinstance(index, slice) else self.array[index].tolist()

    def at(self, indices: Sequence[int]) -> ArrayRows:
        """Returns the rows with these numbers."""
        return ArrayRows(self.array[indices])


def read_rows_or_array(X: Any, what: str) -> list[list[float]] | ArrayRows:
    """Returns what `read_rows` does, but of an array its rows as they lie there."""
    content, place = _unwrap(X, what)
    if not _is_array(content):
        return _read_list(content, what, place)
    grid = content.reshape(-1, 1) if content.ndim == 1 else content
    if not grid.size:
        raise DataError(f"{what} has no rows" if not len(grid) else f"{what} has rows without numbers in them")
    return ArrayRows(_finite(grid, place))


def read_rows(X: Any, what: str) -> list[list[float]]:
    """Returns X as n lists of k floats; `as_rows` says what X may be and what is refused."""
    rows = read_rows_or_array(X, what)
    return rows if isinstance(rows, list) else rows.array.tolist()


def _read_list(content: Sequence[Any], what: str, place: Place) -> list[list[float]]:
    if not content:
        raise DataError(f"{what} has no rows")
    if not is_row(content[0]):
        return [[_finite_float(x, i, None, place)] for i, x in enumerate(content)]
    rows: list[list[float]] = []
    for i, item in enumerate(content):
        if not is_row(item):
            raise DataError(f"{what}, row {i + 1}: {shortened(item)} is not a row of numbers, as row 1 is")
        cells = _cells_of(item)
        if rows and len(cells) != len(rows[0]):
            raise DataError(f"{what}, row {i + 1}: {amount(len(cells), 'number')}, and row 1 has {len(rows[0])}")
        row = list(map(float, cells)) if set(map(type, cells)) <= {float} else None
        if row is None or not math.isfinite(sum(row)):
            row = [_finite_float(x, i, j, place) for j, x in enumerate(cells)]
        rows.append(row)
    if not rows[0]:
        raise DataError(f"{what} has rows without numbers in them")
    return rows


def read_targets(y: Any, n: int, what: str) -> list[Any]:
    """Returns y as a list of n targets; `as_targets` says what y may be and what is refused."""
    content, place = _unwrap(y, what)
    check_length(content, n, what)
    if _is_array(content):
        if content.ndim == 2 and content.shape[1] != 1:
            return read_rows(content, what)
        values: list[Any] = content.reshape(-1).tolist()
        return (
            [int(v) for v in values] if content.dtype.kind in "iub" else _finite(content.reshape(-1, 1), place)[:, 0].tolist()
        )
    if content and all(map(is_row, content)):
        rows = [_cells_of(row) for row in content]
        if any(len(row) != 1 for row in rows):
            return read_rows(rows, what)
        content = [row[0] for row in rows]
    if content and all(isinstance(v, str) for v in content):
        advice = f"names = sorted(set({what})); {what} = [names.index(name) for name in {what}]"
        raise DataError(
            f"{place(0, None)}: {shortened(content[0])} is no number; if the targets name classes, number them: {advice}"
        )
    floats = [_finite_float(v, i, None, place) for i, v in enumerate(content)]
    return [int(v) for v in content] if all(map(_is_whole, content)) else floats


def check_length(targets: Sequence[Any], n: int, what: str) -> None:
    """Raises DataError unless there are as many targets as rows."""
    if len(targets) != n:
        raise DataError(f"{what} has {amount(len(targets), 'target')}, and X has {amount(n, 'row')}")


# Names row i, or the element in row i and column j, in an error.
Place = Callable[[int, "int | None"], str]


def _numbered_place(what: str, columns: Sequence[str] = ()) -> Place:
    def place(i: int, j: int | None) -> str:
        if columns:
            return f"{what}, row {i + 1}, column {columns[j or 0]!r}"
        return f"{what}, row {i + 1} ({what}[{i}])" if j is None else f"{what}, row {i + 1}, column {j + 1} ({what}[{i}][{j}])"

    return place


def _unwrap(data: Any, what: str) -> tuple[Any, Place]:
    """Returns the data as a list, or an array of one or two dimensions, and a function that names places in them for errors."""
    columns = [str(name) for name in getattr(data, "columns", ())] if hasattr(data, "to_numpy") else []
    data = content_of(data)
    if _is_ndarray(data):
        if data.dtype.kind not in "fiubOUS":
            raise DataError(f"{what} is an array of {data.dtype}, not of numbers")
        if data.ndim not in (1, 2):
            raise DataError(f"{what} is an array of shape {data.shape}, and rows of numbers have two dimensions")
        if data.dtype.kind in "OUS":
            data = data.tolist()
    elif not isinstance(data, (list, tuple)):
        if not is_row(data):
            raise DataError(f"{what} is {shortened(data)}, not a list of numbers or of rows of them")
        data = list(data)
    return data, _numbered_place(what, columns)


def _is_ndarray(data: Any) -> bool:
    """Whether this is a plain NumPy array: not a masked one. NumPy is not imported to find out."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(data) is numpy.ndarray


def _is_array(data: Any) -> bool:
    return not isinstance(data, (list, tuple))


def _finite(grid: Any, place: Place) -> Any:
    """Returns a two-dimensional array as one of floats; raises DataError unless all of them are finite."""
    numpy = sys.modules["numpy"]
    good = numpy.isfinite(grid)
    if not good.all():
        i, j = (int(v) for v in numpy.argwhere(~good)[0])
        raise DataError(f"{place(i, j if grid.shape[1] > 1 else None)}: {float(grid[i, j])} is not finite")
    return grid.astype(float, copy=False)


def is_row(item: Any) -> bool:
    """Whether this has elements in an order: a list, a tuple, an array; not a text, and not a set or a dict."""
    if isinstance(item, _BARE):
        return False
    if isinstance(item, (list, tuple)):
        return True
    return hasattr(item, "__iter__") and not isinstance(item, (str, bytes, Mapping, Set)) and getattr(item, "ndim", 1) > 0


def _cells_of(row: Iterable[Any]) -> Sequence[Any]:
    cells = sample_in(row)
    if isinstance(cells, (list, tuple)):
        return cells
    return cells.tolist() if hasattr(cells, "tolist") else list(cells)


def _is_whole(x: Any) -> bool:
    """Whether the type is one of whole numbers; NumPy's bool counts too, although it has no __index__."""
    return isinstance(x, int) or hasattr(x, "__index__") or getattr(getattr(x, "dtype", None), "kind", "") == "b"


def _finite_float(x: Any, i: int, j: int | None, place: Place) -> float:
    """Returns x as a float; raises DataError if it is not a number, or not finite."""
    if isinstance(x, (str, bytes)) or is_row(x):
        raise DataError(f"{place(i, j)}: {shortened(x)} is no number")
    try:
        value = float(x)
    except (TypeError, ValueError, ArithmeticError):
        raise DataError(f"{place(i, j)}: {shortened(x)} is no number") from None
    if not math.isfinite(value):
        raise DataError(f"{place(i, j)}: {value} is not finite")
    return value
