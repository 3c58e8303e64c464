"""The gradients that the steps of a backward pass hand on, put together: added up, or side by side in one array."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod
from typing import Any, NamedTuple

import numpy as np
from chalkgrad.engine.programs.plan.array_lines import ArrayLines, is_made, offsets_of, sum_of
from chalkgrad.engine.programs.plan.products import NUMBER, atom
from chalkgrad.engine.programs.plan.reads import axes_of, dense, is_filled, key_of, viewed
from chalkgrad.engine.programs.plan.steps import Array, Take, View


class Given(NamedTuple):
    """What a step hands on to an operand: the source, and its factors if it is a product of matrices.

    `fresh` says that nothing else is that array, `narrow` that it has to be broadcast to have all axes.
    """

    operand: View | Take
    source: str
    factors: tuple[str, str] = ("", "")
    fresh: bool = True
    narrow: bool = False


class ArrayGradient(NamedTuple):
    """The gradient of an array: the source, a variable or a number; `narrow` as in Given."""

    source: str
    narrow: bool = False

    @property
    def number(self) -> float | None:
        """The number that it is everywhere, if it is written as one."""
        return float(self.source) if NUMBER.fullmatch(self.source) else None


class Gatherer:
    """Writes the sums of what arrays were given; the gradients' names end in `suffix`."""

    def __init__(self, page: ArrayLines, suffix: str) -> None:
        self.page, self.suffix = page, suffix

    def gathered(self, array: Array, given: Sequence[Given]) -> ArrayGradient:
        """Writes the sum of what an array was given; returns it, or what was given if that is a variable or a number."""
        given = [self._added_up(each) for each in given]
        wholes = [each for each in given if is_filled(each.operand)]
        parts = [each for each in given if not is_filled(each.operand)]
        sources = [self._shaped(array, each) for each in wholes]
        narrow = all(each.narrow for each in wholes)
        if not wholes and all(NUMBER.fullmatch(each.source) for each in parts) and len({each.source for each in parts}) == 1:
            count = np.bincount(np.concatenate([offsets_of(each.operand).ravel() for each in parts]), minlength=array.size)
            if (count == count[0]).all():
                return ArrayGradient(repr(float(parts[0].source) * int(count[0])), True)
        if not parts:
            if all(map(NUMBER.fullmatch, sources)):
                return ArrayGradient(repr(sum(map(float, sources))), True)
            if len(sources) == 1 and sources[0].isidentifier():
                return ArrayGradient(sources[0], narrow)
        if narrow and parts and wholes:
            sources = [self.page.spread_out(sum_of(sources), array, array.shape)]
        if parts:
            parts = [self._widened(each) for each in parts]
        if not parts or self.page.functional:
            if parts:
                sources += self._put_together(array, parts)
            name = self.page.names.fresh.new(array.name + self.suffix)
            self.page.add_up(name, sources)
            return ArrayGradient(name, narrow and not parts)
        name = self.page.names.fresh.new(array.name + self.suffix)
        offsets = [offsets_of(each.operand).ravel() for each in parts]
        if wholes:
            fresh = len(sources) > 1 or (is_made(sources[0]) if narrow else wholes[0].fresh)
            self.page.add_up(name, sources if fresh else [f"np.array({sources[0]})"])
            touched = np.ones(array.size, dtype=bool)
        else:
            count = np.bincount(np.concatenate(offsets), minlength=array.size)
            self.page.lines.append(f"{name} = np.{'empty' if (count == 1).all() else 'zeros'}_like({array.name})")
            touched = np.zeros(array.size, dtype=bool)
        # Larger parts first: they are written without a sum.
        order = sorted(range(len(parts)), key=lambda k: -len(offsets[k]))
        for k in order:
            self._write_into(array, name, parts[k], bool(touched[offsets[k]].any()))
            touched[offsets[k]] = True
        return ArrayGradient(name)

    def broadcast(self, array: Array, gradient: ArrayGradient) -> str:
        """Returns the source of a gradient that has all axes of its array."""
        if not gradient.narrow:
            return gradient.source
        name = self.page.names.fresh.new(array.name + self.suffix)
        self.page.lines.append(f"{name} = {self.page.spread_out(gradient.source, array, array.shape)}")
        return name

    def _added_up(self, each: Given) -> Given:
        """Returns what a single number was given for each of the places in which it is read as one number."""
        operand = each.operand
        if operand.array.shape or not isinstance(operand, Take):
            return each
        source = self.page.spread_out(each.source, operand.array, operand.shape) if each.narrow else each.source
        lead = int(operand.array.varies)
        axes = tuple(range(lead, lead + len(operand.shape)))
        return Given(View(operand.array, 0, (), ()), f"{atom(source)}.sum({axes[0] if len(axes) == 1 else axes})")

    def _widened(self, each: Given) -> Given:
        """Returns what a step hands on with all axes, unless it is written into a view, which broadcasts."""
        operand = each.operand
        into = not self.page.functional and isinstance(operand, View) and viewed("", operand.array, operand) is not None
        if not each.narrow or into:
            return each
        shape = dense(operand)[0] if isinstance(operand, View) else operand.shape
        return each._replace(source=self.page.spread_out(each.source, operand.array, shape), narrow=False, fresh=False)

    def _shaped(self, array: Array, each: Given) -> str:
        assert isinstance(each.operand, View)
        shape, _ = dense(each.operand)
        if shape == array.shape or NUMBER.fullmatch(each.source):
            return each.source
        source = self.page.spread_out(each.source, array, shape) if each.narrow else each.source
        lead = "-1, " if array.varies else ""
        axes = ", ".join(map(str, array.shape))
        return f"{atom(source)}.reshape({lead}{axes})"

    def _write_into(self, array: Array, name: str, each: Given, again: bool) -> None:
        operand = each.operand
        target = viewed(name, array, operand) if isinstance(operand, View) else None
        if target is not None:
            left, right = each.factors
            direct = left and not again and axes_of(operand) == 2 and not target.endswith(".T")
            if direct or "reshape" in target or not target.endswith("]"):
                own = self.page.views.get((operand.array, key_of(operand)), "")
                view = self.page.names.fresh.new(own + self.suffix if own.isidentifier() else f"{name}_part")
                self.page.lines.append(f"{view} = {target}")
                target = view
            if direct:
                self.page.lines.append(f"np.matmul({left}, {right}, out={target})")
                return
            whole = target if target.endswith("]") else f"{target}[...]"
            self.page.lines.append(f"{target} += {each.source}" if again else f"{whole} = {each.source}")
            return
        offsets = offsets_of(operand)
        source = each.source
        flat = name if len(array.shape) < 2 else f"{name}.reshape({'-1, ' * array.varies}{array.size})"
        if offsets.ndim > 1:
            source = f"{atom(source)}.reshape({'-1, ' * array.varies}{offsets.size})"
        offsets = offsets.ravel()
        unique, counts = np.unique(offsets, return_counts=True)
        if len(unique) < len(offsets):  # repeated: what belongs together is added up, in a fixed order
            order = np.argsort(offsets, kind="stable")
            starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
            taken = f"{atom(source)}.take({self.page.constant('i', order)}, -1)"
            source = f"np.add.reduceat({taken}, {self.page.constant('i', starts)}, -1)"
            offsets = unique
        self.page.lines.append(f"{flat}[..., {self.page.constant('i', offsets)}] {'+=' if again else '='} {source}")

    # Without writing into arrays ---------------------------------------------------------------------------------------

    def _put_together(self, array: Array, parts: Sequence[Given]) -> list[str]:
        """Returns the source of arrays whose sum is that of the parts: each is made of parts side by side.

        What goes to the same elements is added up first.
        """
        same: dict[Any, list[Given]] = {}
        for each in parts:
            same.setdefault(key_of(each.operand), []).append(each)
        parts = [members[0] if len(members) == 1 else self._as_one(array, members) for members in same.values()]
        layers: list[tuple[Any, list[Given]]] = []
        for each in parts:
            offsets = offsets_of(each.operand).ravel()
            for taken, members in layers:
                if len(np.unique(offsets)) == len(offsets) and not taken[offsets].any():
                    taken[offsets] = True
                    members.append(each)
                    break
            else:
                taken = np.zeros(array.size, dtype=bool)
                taken[offsets] = True
                layers.append((taken, [each]))
        return [self._side_by_side(array, taken, members) for taken, members in layers]

    def _as_one(self, array: Array, members: Sequence[Given]) -> Given:
        """Adds up what several steps gave the same elements."""
        name = self.page.names.fresh.new(f"{array.name}{self.suffix}_part")
        self.page.add_up(name, [each.source for each in members])
        return Given(members[0].operand, name)

    def _side_by_side(self, array: Array, taken: Any, members: Sequence[Given]) -> str:
        windows = _windows(array, members)
        if windows is not None:
            return self._windowed(array, windows)
        # In the order in which they come, and then every element from where it is; repeated ones from several places.
        offsets = np.concatenate([offsets_of(each.operand).ravel() for each in members])
        sources = [self._flat(array, each) for each in members]
        where, counts = _inverse(offsets, array.size)
        if not taken.all() or counts.min() != counts.max():
            sources.append(f"np.zeros({self.page.shape(array, (1,))})")
        joined = sources[0] if len(sources) == 1 else f"np.concatenate(({', '.join(sources)}), -1)"
        text = f"{atom(joined)}[..., {self.page.constant('i', where)}]"
        if where.ndim > 1:
            text += ".sum(-1)"
        return self._reshaped(array, text)

    def _flat(self, array: Array, each: Given) -> str:
        shape = dense(each.operand)[0] if isinstance(each.operand, View) else each.operand.shape
        if len(shape) == 1:
            return each.source
        return f"{atom(each.source)}.reshape({'-1, ' * array.varies}{prod(shape)})"

    def _reshaped(self, array: Array, text: str) -> str:
        if len(array.shape) < 2:
            return text
        return f"{text}.reshape({'-1, ' * array.varies}{', '.join(map(str, array.shape))})"

    def _windowed(self, array: Array, windows: Sequence[tuple[int, int, int, list[tuple[int, int, Given]]]]) -> str:
        """Concatenates blocks that lie row by row side by side, and then these one after another."""
        ahead = "-1, " if array.varies else ""
        pieces: list[str] = []
        end = 0
        for start, rows, row, blocks in windows:
            if start > end:
                pieces.append(f"np.zeros({self.page.shape(array, (start - end,))})")
            end = start + rows * row
            columns: list[str] = []
            column = 0
            for at, width, each in blocks:
                if at > column:
                    columns.append(f"np.zeros({self.page.shape(array, (rows, at - column))})")
                column = at + width
                shape, strides = dense(each.operand)  # type: ignore[arg-type] # windows are of views
                source = each.source
                if len(shape) == 2 and strides[0] < strides[1]:
                    source = f"{atom(source)}.swapaxes(-1, -2)"
                elif len(shape) < 2:
                    source = f"{atom(source)}.reshape({ahead}{rows}, {width})"
                columns.append(source)
            if column < row:
                columns.append(f"np.zeros({self.page.shape(array, (rows, row - column))})")
            block = columns[0] if len(columns) == 1 else f"np.concatenate(({', '.join(columns)}), -1)"
            if rows == 1 and len(columns) == 1 and axes_of(blocks[0][2].operand) == 1:
                pieces.append(blocks[0][2].source)
            else:
                pieces.append(f"{atom(block)}.reshape({ahead}{rows * row})")
        if end < array.size:
            pieces.append(f"np.zeros({self.page.shape(array, (array.size - end,))})")
        text = pieces[0] if len(pieces) == 1 else f"np.concatenate(({', '.join(pieces)}), -1)"
        return self._reshaped(array, atom(text))


def _inverse(offsets: Any, size: int) -> tuple[Any, Any]:
    """Returns for each element where it is among the offsets, an index or a row that ends in len(offsets); and counts."""
    counts = np.bincount(offsets, minlength=size)
    most = int(counts.max())
    order = np.argsort(offsets, kind="stable")
    where = np.full((size, most), len(offsets))
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    column = np.arange(len(offsets)) - np.repeat(starts, counts)
    where[offsets[order], column] = order
    return (where[:, 0] if most == 1 else where), counts


def _windows(array: Array, members: Sequence[Given]) -> list[tuple[int, int, int, list[tuple[int, int, Given]]]] | None:
    """Returns views as blocks of columns in windows of whole rows: start, rows, length of a row, blocks; else None."""
    blocks: list[tuple[int, int, int, int, Given]] = []  # rows, row, offset, width
    for each in members:
        if not isinstance(each.operand, View):
            return None
        shape, strides = dense(each.operand)
        if not shape:
            blocks.append((1, 1, each.operand.offset, 1, each))
        elif len(shape) == 1:
            n, s = shape[0], strides[0]
            blocks.append((1, n, each.operand.offset, n, each) if s == 1 else (n, s, each.operand.offset, 1, each))
        else:
            (n0, n1), (s0, s1) = (shape, strides) if strides[0] > strides[1] else (shape[::-1], strides[::-1])
            if s1 != 1:
                return None
            blocks.append((n0, s0, each.operand.offset, n1, each))
    found: dict[tuple[int, int], list[tuple[int, int, Given]]] = {}
    for rows, row, offset, width, each in sorted(blocks, key=lambda block: block[2]):
        found.setdefault((rows, row), []).append((offset, width, each))
    windows = []
    for (rows, row), inside in found.items():
        while inside:
            start = min(inside[0][0], array.size - rows * row)
            if start < 0:
                return None
            same = [block for block in inside if block[0] - start + block[1] <= row]
            if not same:
                return None
            inside = [block for block in inside if block not in same]
            windows.append((start, rows, row, [(offset - start, width, each) for offset, width, each in same]))
    windows.sort(key=lambda window: window[0])
    for one, other in pairwise(windows):
        if one[0] + one[1] * one[2] > other[0]:
            return None
    return windows
