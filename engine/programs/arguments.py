"""The arguments of a compiled function as floats, whatever its caller gives: numbers, lists, arrays, tables.

>>> from chalkgrad.engine.programs.groups import LeafGroup
>>> numbers(LeafGroup("w", (0, 1), False), [(1, 2), (3, 4)], ["w1", "w2"])
([[1.0, 2.0], [3.0, 4.0]], (2, 2))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from chalkgrad.engine.basics.numbers_in import is_list, kind_of, to_float
from chalkgrad.engine.programs.groups import LeafGroup
from chalkgrad.engine.programs.program import Program


def numbers(group: LeafGroup, x: Any, names: Sequence[str]) -> tuple[Any, tuple[int, ...]]:
    """Returns an argument as floats in lists, and its shape, which Program.batch holds against the group.

    Args:
        group: the input that the argument is for
        x: the argument
        names: the names of the program's nodes

    Raises TypeError for a non-number and ValueError for ragged rows, naming the input and the row.
    """
    if x.__class__ is float and x - x == 0.0:
        return x, ()
    if not hasattr(x, "tolist") and hasattr(x, "__array__"):  # such as a table of pandas
        x = x.__array__()
    if hasattr(x, "tolist"):
        if getattr(x, "size", 1) == 0:
            return [], tuple(x.shape)
        x = x.tolist()
    own = names[group.members[0]] if group.single else group.name
    if not is_list(x):
        if not group.single and not isinstance(x, (int, float)):
            raise TypeError(f"{own} needs a list or an array of {len(group.members)} numbers, not {kind_of(x)}")
        return to_float(x, own), ()
    x = list(x)
    return _table(group, x, names) if any(map(is_list, x)) else _list(group, x, names)


def _list(group: LeafGroup, x: list[Any], names: Sequence[str]) -> tuple[list[float], tuple[int]]:
    """Reads a list of numbers: one sample of a list of Values, or a batch for a single Value."""
    if group.single:
        own = names[group.members[0]]
        return _floats(x, lambda i: f"{own} in row {i}"), (len(x),)
    fits = len(x) == len(group.members)
    return _floats(x, lambda i: names[group.members[i]] if fits else group.name), (len(x),)


def _table(group: LeafGroup, x: list[Any], names: Sequence[str]) -> tuple[list[Any], tuple[int, ...]]:
    """Reads rows of numbers: a batch for a list of Values. Rows of lists are returned as they are, for their shape."""
    width = 0 if group.single else len(group.members)  # a single Value has no rows of numbers, so its names do not fit either
    rows: list[list[float]] = []
    for k, row in enumerate(x):
        if not is_list(row) or (rows and len(row) != len(rows[0])):
            raise ValueError(
                f"{group.name} is given row by row, with {len(rows[0]) if rows else width} numbers in each, "
                f"and row {k} (counting from 0) is {f'of {len(row)}' if is_list(row) else repr(row)}"
            )
        row = list(row)
        if any(map(is_list, row)):
            return x, (len(x), len(row), next(len(list(part)) for part in row if is_list(part)))
        rows.append(_row(group, row, k, names if len(row) == width else ()))
    return rows, (len(rows), len(rows[0]))


def _row(group: LeafGroup, row: list[Any], k: int, names: Sequence[str]) -> list[float]:
    return _floats(row, lambda i: f"{names[group.members[i]]} in row {k}" if names else f"row {k}")


def arrays(np: Any, program: Program[Any, Any], arguments: Sequence[Any]) -> list[Any]:
    """Returns the arguments as NumPy's arrays of floats.

    Raises as `numbers` does, but infinities and NaN in an array pass.
    """
    if len(arguments) != len(program.inputs):
        program.batch([()] * len(arguments))
    found, plain = [], np.dtype(float)
    for group, x in zip(program.inputs, arguments, strict=True):
        if x.__class__ is np.ndarray and x.dtype is plain:  # the rest takes microseconds
            found.append(x)
            continue
        try:
            array = np.asarray(x)
        except ValueError:  # ragged
            array = None
        if array is None or array.dtype.kind not in "fiub":
            array = np.asarray(numbers(group, x, program.names)[0])
        found.append(array.astype(float, copy=False))
    return found


def _floats(xs: list[Any], name: Callable[[int], str]) -> list[float]:
    """Returns the numbers as floats; `name` says what the i-th is called in an error message."""
    if {*map(type, xs)} == {float} and math.isfinite(sum(xs)):  # the usual case, at the cost of one sum
        return xs
    return [to_float(x, name(i)) for i, x in enumerate(xs)]
