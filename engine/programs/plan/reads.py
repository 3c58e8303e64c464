"""Views of arrays as source: slices, rows and columns of matrices, elements; as they are read, and as they are written into.

>>> import numpy as np
>>> from chalkgrad.engine.programs.plan.steps import Array, View
>>> layer = Array("layer", (9,), np.arange(9), False)
>>> viewed("layer", layer, View(layer, 0, (3, 2), (3, 1))), viewed("layer", layer, View(layer, 2, (3,), (3,)))
('layer.reshape(3, 3)[:, 0:2]', 'layer[2:9:3]')
"""

from __future__ import annotations

from math import prod
from typing import Any

from chalkgrad.engine.programs.plan.steps import Array, Operand, Take, View, contiguous


def dense(view: View) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the shape and strides of a view without the axes along which it is repeated or has one element."""
    kept = [(n, s) for n, s in zip(view.shape, view.strides, strict=True) if s]
    return tuple([n for n, _ in kept]), tuple([s for _, s in kept])


def is_array(operand: View | Take) -> bool:
    """Returns whether an operand is an array as it is."""
    return isinstance(operand, View) and operand.whole and dense(operand)[0] == operand.array.shape


def is_filled(operand: View | Take) -> bool:
    """Returns whether a gradient by an operand, added up where that is repeated, is one by the whole array."""
    if isinstance(operand, Take):
        return False
    shape, strides = dense(operand)
    return operand.offset == 0 and prod(shape) == operand.array.size and strides == contiguous(shape)


def axes_of(operand: Operand) -> int:
    """Returns how many axes an operand has, without those along which it is repeated."""
    return len(dense(operand)[0]) if isinstance(operand, View) else len(operand.shape)


def key_of(operand: View | Take) -> Any:
    """Returns what operands of one array that read the same have in common."""
    if isinstance(operand, View):
        return operand.offset, *dense(operand)
    return operand.offsets.tobytes(), operand.offsets.shape


def viewed(source: str, array: Array, view: View) -> str | None:
    """Returns the source of a view, without axes of which it has one element; None if slices cannot say it.

    What it gives is a view in NumPy, too, if the array is contiguous: it may be written into.
    """
    lead = ":, " if array.varies else ""
    shape, strides = dense(view)
    if not shape:
        if array.shape == ():
            return source
        at = [str(view.offset)] if len(array.shape) == 1 else [*map(str, divmod(view.offset, array.shape[1]))]
        return f"{source}[{lead}{', '.join(at)}]"
    if len(array.shape) == 2:
        found = _in_matrix(source, array.shape, view.offset, shape, strides, lead)
        if found:
            return found
        source = f"{source}.reshape({'-1, ' * array.varies}{array.size})"
    return _in_row(source, array, view.offset, shape, strides)


def _in_matrix(
    source: str, matrix: tuple[int, ...], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], lead: str
) -> str | None:
    """Returns a block of a matrix, or a part of a row or of a column."""
    rows, columns = matrix
    i, j = divmod(offset, columns)
    if len(shape) == 1:
        if strides == (1,) and j + shape[0] <= columns:
            return f"{source}[{lead}{i}{_span(j, shape[0], columns)}]"
        if strides == (columns,):
            return f"{source}[{lead}{i}:{i + shape[0]}, {j}]" if shape[0] < rows else f"{source}[{lead}:, {j}]"
        return None
    if strides == (1, columns) and j + shape[0] <= columns:
        return _transposed(_in_matrix(source, matrix, offset, shape[::-1], strides[::-1], lead) or source, bool(lead))
    if strides != (columns, 1) or j + shape[1] > columns:
        return None
    span = "" if (i, shape[0]) == (0, rows) else f"{i}:{i + shape[0]}"
    return f"{source}[{lead}{span or ':'}{_span(j, shape[1], columns)}]" if span or shape[1] < columns else source


def _span(start: int, n: int, whole: int) -> str:
    return "" if n == whole else f", {start}:{start + n}"


def _in_row(source: str, array: Array, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> str | None:
    lead = ":, " if array.varies else ""
    if len(shape) == 1:
        if (offset, shape[0]) == (0, array.size):
            return source
        end = offset + (shape[0] - 1) * strides[0] + 1
        return f"{source}[{lead}{offset}:{end}{f':{strides[0]}' if strides[0] > 1 else ''}]"
    if len(shape) != 2:
        return None
    if strides[0] < strides[1]:
        found = _in_row(source, array, offset, shape[::-1], strides[::-1])
        return found and _transposed(found, array.varies)
    (rows, columns), (row, column) = shape, strides
    # A window of whole rows, which is moved back where the last row would end beyond the array.
    start = min(offset, array.size - rows * row)
    left = offset - start
    if start < 0 or left + (columns - 1) * column >= row:
        return None
    flat = source if rows * row == array.size else f"{source}[{lead}{start}:{start + rows * row}]"
    matrix = f"{flat}.reshape({'-1, ' * array.varies}{rows}, {row})"
    if (left, columns, column) == (0, row, 1):
        return matrix
    end = left + (columns - 1) * column + 1
    return f"{matrix}[{lead}:, {left}:{end}{f':{column}' if column > 1 else ''}]"


def _transposed(source: str, varies: bool) -> str:
    return f"{source}.swapaxes(-1, -2)" if varies else f"{source}.T"
