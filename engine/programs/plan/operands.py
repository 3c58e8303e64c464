"""From the places of nodes to what is read of an array: a part of it that is a view, or elements here and there.

>>> import numpy as np
>>> from chalkgrad.engine.programs.plan.steps import Array
>>> layer = Array("layer", (9,), np.arange(9), False)
>>> weights = view_of(layer, np.array([[0, 1], [3, 4], [6, 7]]))
>>> weights.offset, weights.shape, weights.strides
(0, (3, 2), (3, 1))
>>> view_of(layer, np.array([0, 1, 3])) is None
True
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from math import inf
from typing import Any

import numpy as np
from chalkgrad.engine.programs.plan.steps import Array, Constants, IrregularError, Join, MatrixPlan, Operand, Take, View


def view_of(array: Array, offsets: Any) -> View | None:
    """Returns offsets as a view, if they go in steps along each axis."""
    first = int(offsets[(0,) * offsets.ndim])
    strides = []
    for axis, n in enumerate(offsets.shape):
        if n == 1:
            strides.append(0)
            continue
        at = [0] * offsets.ndim
        at[axis] = 1
        stride = int(offsets[tuple(at)]) - first
        if stride < 0:
            return None
        strides.append(stride)
    view = View(array, first, offsets.shape, tuple(strides))
    return view if (offsets == offsets_along(first, view.shape, strides)).all() else None


def offsets_along(offset: int, shape: tuple[int, ...], strides: Sequence[int]) -> Any:
    """Returns the offsets of elements that go in steps along each axis; along an axis of stride 0 they are repeated."""
    found = np.full(shape, offset)
    for axis, (n, stride) in enumerate(zip(shape, strides, strict=True)):
        found = found + (np.arange(n) * stride).reshape([-1 if k == axis else 1 for k in range(len(shape))])
    return found


class Operands:
    """Reads operands off a plan that grows; the same places give the same operand.

    Attributes:
        gathered: how many elements are not read as views
        pieces: of how many pieces arrays are put together
        most_pieces: if they become more, IrregularError is raised
    """

    def __init__(self, plan: MatrixPlan, constants: Any) -> None:
        self.plan, self.constants = plan, constants
        self.gathered = self.pieces = 0
        self.most_pieces = inf
        self._known: dict[tuple[bytes, tuple[int, ...]], Operand] = {}

    def of(self, places: Any) -> Operand:
        """Returns the operand for an array of places."""
        key = places.tobytes(), places.shape
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._of(places)
        return found

    def solid(self, places: Any) -> Operand:
        """Returns the operand for an array of places that has every axis, also those along which nothing changes."""
        found = self.of(places)
        if isinstance(found, Constants):
            return Constants(np.full(places.shape, found.values)) if found.shape == () else found
        if isinstance(found, View) and any(not s and n > 1 for n, s in zip(found.shape, found.strides, strict=True)):
            return Take(found.array, offsets_along(found.offset, found.shape, found.strides))
        return found

    def number(self, values: Any) -> Constants:
        """Returns an array of floats as an operand: one float if they are all the same, to the bit."""
        flat = np.ascontiguousarray(values).view(np.int64)
        return Constants(float(values.flat[0]) if (flat == flat.flat[0]).all() else values)

    def _of(self, places: Any) -> Operand:
        low, high = int(places.min()), int(places.max())
        if high < 0:
            return self.number(self.constants[-1 - places])
        number = self.array_at(high)
        start = self.plan.starts[number]
        if low >= start:
            array = self.plan.arrays[number]
            view = view_of(array, places - start)
            if view is not None:
                return view
            self.gathered += places.size
            return Take(array, places - start)
        return self._joined(places)

    def array_at(self, place: int) -> int:
        """Returns which array a place is of."""
        return bisect_right(self.plan.starts, place) - 1

    def _joined(self, places: Any) -> Operand:
        """Puts the elements of several arrays that are needed into one array, and returns what is read of that."""
        needed, where = np.unique(places, return_inverse=True)
        numbers = np.searchsorted(self.plan.starts, needed, side="right")  # 0 for constants
        bounds = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), len(needed)]
        self.pieces += len(bounds) - 1
        if self.pieces > self.most_pieces:
            raise IrregularError
        pieces = [self.of(needed[i:j]) for i, j in pairwise(bounds)]
        varies = any(isinstance(piece, (View, Take)) and piece.array.varies for piece in pieces)
        made = Array("", (len(needed),), np.full(len(needed), -1), varies)
        add(self.plan, made)
        self.plan.steps.append(Join(made, pieces))
        offsets = where.reshape(places.shape)
        view = view_of(made, offsets)
        if view is None:
            self.gathered += places.size
        return Take(made, offsets) if view is None else view


def add(plan: MatrixPlan, array: Array) -> None:
    """Adds an array to a plan, and gives its nodes their places."""
    start = plan.starts[-1] + plan.arrays[-1].size if plan.arrays else 0
    plan.starts.append(start)
    plan.arrays.append(array)
    nodes = np.asarray(array.nodes).reshape(-1)
    if len(nodes) and nodes[0] >= 0:
        plan.place[nodes] = np.arange(start, start + len(nodes))
