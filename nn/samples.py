"""Samples to train on and samples to watch: rows with their targets, and the targets as numbers.

>>> training, watched = divide([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1], validation=0.25, seed=0)
>>> len(training), len(watched)
(3, 1)
"""

from __future__ import annotations

import numbers
import random
from collections.abc import Sequence
from typing import Any

from chalkgrad.nn.data import Table, as_targets
from chalkgrad.nn.data.rows import ArrayRows
from chalkgrad.nn.data.table import as_rows_or_array
from chalkgrad.nn.losses import Loss


class Samples:
    """Rows and targets, and the targets as the numbers that a loss takes. `what` is what errors call one of them."""

    def __init__(self, rows: list[list[float]] | ArrayRows, targets: Sequence[Any], what: str = "sample") -> None:
        self.rows, self.targets, self.what = rows, list(targets), what
        self.encoded: list[list[float]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def encode(self, loss: Loss, outputs: int) -> None:
        """Turns the targets into numbers, for a model with so many outputs."""
        known: dict[int, list[float]] = {}  # of class numbers there are few, whatever the number of samples
        for i, target in enumerate(self.targets):
            if type(target) is int and target in known:
                self.encoded.append(known[target])
                continue
            try:
                self.encoded.append(loss.encode(target, outputs))
                if type(target) is int:
                    known[target] = self.encoded[-1]
            except (TypeError, ValueError) as error:
                raise type(error)(f"{self.what} {i}, counting from 0: {error}") from None


def divide(
    X: Any,  # noqa: N803 - a matrix has a capital letter
    y: Any,
    validation: Any,
    seed: int,
) -> tuple[Samples, Samples | None]:
    """Returns the samples to train on and the samples to watch, None if there are none; `fit` says what `validation` may be."""
    rows = as_rows_or_array(X, "X")
    targets = as_targets(y, len(rows))
    if validation is None:
        return Samples(rows, targets), None
    if isinstance(validation, numbers.Real):
        fraction = float(validation)
        if not 0 < fraction < 1:
            raise ValueError(f"validation is data, or a fraction of the samples between 0 and 1, not {validation!r}")
        count = max(1, round(fraction * len(rows)))
        if count >= len(rows):
            raise ValueError(f"of {len(rows)} samples none is left to train on if {fraction:g} of them are for validation")
        order = shuffled(len(rows), random.Random(f"validation {seed}"))
        parts = [sorted(part) for part in (order[count:], order[:count])]
        training, held_out = (Samples(_taken(rows, part), [targets[i] for i in part]) for part in parts)
        held_out.what = "validation sample"
        return training, held_out
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"validation is a pair (X, y), a table, or a fraction such as 0.2, not {validation!r}")
    if isinstance(validation[0], Table) and not isinstance(validation, Table):
        raise TypeError("y of validation is given twice: a table has its targets itself, so write validation=table")
    held_rows = as_rows_or_array(validation[0], "X of validation")
    held_targets = as_targets(validation[1], len(held_rows), "y of validation")
    if len(held_rows[0]) != len(rows[0]):
        raise ValueError(f"X of validation has rows of {len(held_rows[0])} numbers, and X has rows of {len(rows[0])}")
    return Samples(rows, targets), Samples(held_rows, held_targets, "validation sample")


def _taken(rows: list[list[float]] | ArrayRows, part: Sequence[int]) -> list[list[float]] | ArrayRows:
    return rows.at(part) if isinstance(rows, ArrayRows) else [rows[i] for i in part]


def shuffled(n: int, source: random.Random) -> list[int]:
    """Returns the numbers below n in a random order. random() gives the same in every version of Python; shuffle() need not."""
    draws = [source.random() for _ in range(n)]
    return sorted(range(n), key=draws.__getitem__)
