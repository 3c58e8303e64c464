"""Lists and tuples, NumPy arrays and pandas frames, turned into lists of floats; errors say which element does not fit.

>>> read_rows([(1, 2), (3, 4)], "X")
[[1.0, 2.0], [3.0, 4.0]]
>>> read_targets((0, 1, True), 3, "y")
[0, 1, 1]
"""

# ruff: noqa: N803 - a matrix has a capital letter

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeGuard

from chalkgrad.engine.basics.english import amount
from chalkgrad.nn.data.errors import DataError, shortened


def read_rows(X: Any, what: str) -> list[list[float]]:
    """Returns X as n lists of k floats; `as_rows` says what X may be and what is refused."""
    content, place = _unwrap(X, what)
    if _is_array(content):
        grid = content.reshape(-1, 1) if content.ndim == 1 else content
        if not grid.size:
            raise DataError(f"{what} has no rows" if not len(grid) else f"{what} has rows without numbers in them")
        return _finite_rows(grid, place)
    if not content:
        raise DataError(f"{what} has no rows")
    if not _is_row(content[0]):
        return [[_finite_float(x, i, None, place)] for i, x in enumerate(content)]
    rows: list[list[float]] = []
    for i, item in enumerate(content):
        if not _is_row(item):
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
            [int(v) for v in values]
            if content.dtype.kind in "iub"
            else [row[0] for row in _finite_rows(content.reshape(-1, 1), place)]
        )
    if content and all(map(_is_row, content)):
        rows = [_cells_of(row) for row in content]
        if any(len(row) != 1 for row in rows):
            return read_rows(rows, what)
        content = [row[0] for row in rows]
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
    columns: Sequence[str] = ()
    if hasattr(data, "to_numpy"):
        columns = [str(name) for name in getattr(data, "columns", ())]
        data = data.to_numpy()
    if _is_ndarray(data):
        if data.dtype.kind not in "fiubOUS":
            raise DataError(f"{what} is an array of {data.dtype}, not of numbers")
        if data.ndim not in (1, 2):
            raise DataError(f"{what} is an array of shape {data.shape}, and rows of numbers have two dimensions")
        if data.dtype.kind in "OUS":
            data = data.tolist()
    elif hasattr(data, "tolist"):
        data = data.tolist()
    elif not isinstance(data, (list, tuple)):
        if not _is_row(data):
            raise DataError(f"{what} is {shortened(data)}, not a list of numbers or of rows of them")
        data = list(data)
    if not (_is_ndarray(data) or isinstance(data, (list, tuple))):  # an array of no dimension is one number
        raise DataError(f"{what} is {shortened(data)}, not a list of numbers or of rows of them")
    return data, _numbered_place(what, columns)


def _is_ndarray(data: Any) -> bool:
    """Whether this is a plain NumPy array: not a masked one. NumPy is not imported to find out."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(data) is numpy.ndarray


def _is_array(data: Any) -> bool:
    return not isinstance(data, (list, tuple))


def _finite_rows(grid: Any, place: Place) -> list[list[float]]:
    """Returns a two-dimensional array as lists of floats; raises DataError unless all of them are finite."""
    numpy = sys.modules["numpy"]
    good = numpy.isfinite(grid)
    if not good.all():
        i, j = (int(v) for v in numpy.argwhere(~good)[0])
        raise DataError(f"{place(i, j if grid.shape[1] > 1 else None)}: {float(grid[i, j])} is not finite")
    rows: list[list[float]] = grid.astype(float).tolist()
    return rows


def _is_row(item: Any) -> TypeGuard[Iterable[Any]]:
    return isinstance(item, (list, tuple)) or (
        hasattr(item, "__iter__") and not isinstance(item, (str, bytes, dict, set, frozenset)) and getattr(item, "ndim", 1) > 0
    )


def _cells_of(row: Iterable[Any]) -> Sequence[Any]:
    if isinstance(row, (list, tuple)):
        return row
    return row.tolist() if hasattr(row, "tolist") else list(row)


def _is_whole(x: Any) -> bool:
    """Whether the type is one of whole numbers; NumPy's bool counts too, although it has no __index__."""
    return isinstance(x, int) or hasattr(x, "__index__") or getattr(getattr(x, "dtype", None), "kind", "") == "b"


def _finite_float(x: Any, i: int, j: int | None, place: Place) -> float:
    """Returns x as a float; raises DataError if it is not a number, or not finite."""
    if isinstance(x, (str, bytes)) or _is_row(x):
        raise DataError(f"{place(i, j)}: {shortened(x)} is no number")
    try:
        value = float(x)
    except (TypeError, ValueError, ArithmeticError):
        raise DataError(f"{place(i, j)}: {shortened(x)} is no number") from None
    if not math.isfinite(value):
        raise DataError(f"{place(i, j)}: {value} is not finite")
    return value
