"""A table: rows of numbers, a target for each row, and the names of the columns.

>>> table = Table([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], [5.0, 6.0, 7.0], name="three points")
>>> table
three points: 3 rows of 2 numbers, target y
>>> train, test = table.split(test=1 / 3, seed=0)
>>> len(train.y), len(test.y)
(2, 1)
"""

# ruff: noqa: N802, N803 - a matrix has a capital letter

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.words.language import section
from chalkgrad.nn.data.errors import DataError
from chalkgrad.nn.data.rows import ArrayRows, check_length, read_rows, read_rows_or_array, read_targets

TABLE_WORDS = section("table of data")


class Table(tuple[list[list[float]], list[Any]]):
    """Rows of numbers with a target for each, and their names. A table is the pair (X, y), and unpacks as one.

    Attributes:
        X: n lists of k floats.
        y: n targets: floats for a regression; for classes whole numbers 0, 1, …, which count the names in `classes` (or -1 and
            +1 where a generator says so).
        columns: the k names of X's columns.
        target: the name of y.
        classes: the names of the classes in order, () for a regression.
        name, source, licence: what the data are, where they come from, and the terms on which they may be passed on.
        means, deviations: those of the columns before `standardised()`; None if it was not called.
        taken: what `read_csv` made of the columns of a file, a sentence each; the table is shown with them.
        kinds: for each column of words in that file, the columns of 0 and 1 that it has become.

    `Table(X, y, …)` takes X and y as `as_rows` and `as_targets` do. Tables are equal if their X and y are.

    Raises DataError for what `as_rows` and `as_targets` reject, and for names that do not fit the columns.

    >>> table = Table([[0.0, 1.0], [2.0, 3.0]], [5.0, 6.0], name="two points")
    >>> table
    two points: 2 rows of 2 numbers, target y
    >>> table.columns
    ('x1', 'x2')
    """

    columns: tuple[str, ...]
    target: str
    classes: tuple[str, ...]
    name: str
    source: str
    licence: str
    means: tuple[float, ...] | None
    deviations: tuple[float, ...] | None
    taken: tuple[str, ...] = ()
    kinds: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    def __new__(
        cls,
        X: Any,
        y: Any,
        *,
        columns: Sequence[str] = (),
        target: str = "y",
        classes: Sequence[str] = (),
        name: str = "table",
        source: str = "",
        licence: str = "",
    ) -> Self:
        rows = as_rows(X)
        targets = as_targets(y, len(rows))
        names = tuple(columns) or tuple(map(str, getattr(X, "columns", ())))
        names = names or tuple(f"x{j}" for j in range(1, len(rows[0]) + 1))
        if len(names) != len(rows[0]):
            raise DataError(f"{name} has {amount(len(rows[0]), 'column')} and {amount(len(names), 'name')} for them: {names}")
        return cls.from_checked(
            rows,
            targets,
            columns=names,
            target=target,
            classes=tuple(classes),
            name=name,
            source=source,
            licence=licence,
            means=None,
            deviations=None,
        )

    @classmethod
    def from_checked(cls, X: list[list[float]], y: list[Any], **attributes: Any) -> Self:
        """Returns a table of rows and targets that are lists of floats already; all attributes must be given."""
        table = super().__new__(cls, (X, y))
        vars(table).update(attributes)
        return table

    def __getnewargs__(self) -> tuple[list[list[float]], list[Any]]:
        return self.X, self.y  # copies and pickles call __new__ with these

    @property
    def X(self) -> list[list[float]]:
        """The rows: n lists of k floats."""
        return self[0]

    @property
    def y(self) -> list[Any]:
        """The n targets."""
        return self[1]

    def __repr__(self) -> str:
        sizes = {"rows": ("row", len(self.X)), "numbers": ("number", len(self.X[0])), "targets": ("class", len(self.classes))}
        said = {blank: TABLE_WORDS.form(noun, count).format(count=count) for blank, (noun, count) in sizes.items()}
        if not self.classes:
            said["targets"] = TABLE_WORDS["target"].format(name=self.target)
        shown = TABLE_WORDS["table" if self.means is None else "standardised"].format(name=self.name, **said)
        return "\n  ".join([shown, *self.taken])

    def split(self, test: float = 1 / 3, seed: int = 0) -> tuple[Self, Self]:
        """Returns (train, test): two tables with the rows shuffled, about a fraction `test` of them in the second.

        Of every class the test part has the same fraction, to within one row, and the training part at least one row.
        The same seed gives the same parts.

        Raises DataError for a fraction that is not between 0 and 1, and for too few rows to leave some in both parts.

        >>> from chalkgrad.nn.data import iris
        >>> train, test = iris().split(test=0.2, seed=1)
        >>> len(train.y), [test.y.count(k) for k in range(3)]
        (120, [10, 10, 10])
        """
        if not 0 < test < 1:
            raise DataError(f"the test part is a fraction of the rows, between 0 and 1, not {test!r}")
        groups: dict[Any, int] = {}
        for label in self.y if self.classes else [None] * len(self.y):
            groups[label] = groups.get(label, 0) + 1
        spare = len(self.y) - len(groups)
        if not spare:
            each = "each class has one row only" if self.classes else "one row"
            raise DataError(f"{self.name} cannot be split: {each}, and the training part needs it")
        wanted = min(max(1, round(len(self.y) * test)), spare)
        quota = _shares(groups, wanted, test)
        # random() alone gives the same numbers in every version of Python, which shuffle() does not promise.
        draw = random.Random(seed).random
        parts: tuple[list[int], list[int]] = [], []
        for i in sorted(range(len(self.y)), key=lambda _: draw()):
            label = self.y[i] if self.classes else None
            chosen = quota[label] > 0
            quota[label] -= chosen
            parts[chosen].append(i)
        return self._part(parts[0], "training part"), self._part(parts[1], "test part")

    def _part(self, indices: list[int], which: str) -> Self:
        attributes = {**vars(self), "name": TABLE_WORDS[which].format(name=self.name), "taken": ()}
        return self.from_checked([self.X[i] for i in indices], [self.y[i] for i in indices], **attributes)

    def standardised(self, like: Table | None = None) -> Self:
        """Returns the table with every column of X shifted and scaled to mean 0 and standard deviation 1; y stays as it is.

        The means and deviations are those of `like`, the training part, whether that is standardised already or not;
        without it, of the table itself. The table that is returned has them as `means` and `deviations`, in the columns'
        own units; the deviation divides by n. A column that is constant in `like` is only shifted, its deviation set to 1.

        Raises DataError for a table that is standardised already, other columns in `like`, and numbers so large that their
        mean overflows.

        >>> table = Table([[1.0, 7.0], [3.0, 7.0]], [0.0, 1.0])
        >>> table.standardised()[0]
        [[-1.0, 0.0], [1.0, 0.0]]
        >>> Table([[5.0, 8.0]], [0.0]).standardised(like=table)[0]
        [[3.0, 1.0]]
        """
        if self.means is not None:
            raise DataError(f"{self.name} is standardised already: begin again with the table as it was before")
        base = self if like is None else like
        if base.columns != self.columns:
            raise DataError(f"{base.name} has the columns {base.columns}, and {self.name} has {self.columns}")
        means, deviations = base.means, base.deviations
        if means is None or deviations is None:
            statistics = [
                _statistics(column, name) for name, column in zip(base.columns, zip(*base.X, strict=True), strict=True)
            ]
            means, deviations = tuple(m for m, _ in statistics), tuple(s for _, s in statistics)
        rows = [[(x - m) / s for x, m, s in zip(row, means, deviations, strict=True)] for row in self.X]
        return self.from_checked(rows, list(self.y), **{**vars(self), "means": means, "deviations": deviations, "taken": ()})


def _shares(groups: dict[Any, int], wanted: int, fraction: float) -> dict[Any, int]:
    """Returns how many of each group to take, `wanted` in all: the fraction rounded down, and one more where most was lost.

    At least one of each group is left, so there may be fewer in all.
    """
    shares = {label: min(int(count * fraction), count - 1) for label, count in groups.items()}
    free = [label for label, count in groups.items() if shares[label] < count - 1]
    free.sort(key=lambda label: shares[label] - groups[label] * fraction)
    for label in free[: wanted - sum(shares.values())]:
        shares[label] += 1
    return shares


def _statistics(column: Sequence[float], name: str) -> tuple[float, float]:
    """Returns the mean of the numbers and their standard deviation, which is 1 if they are all the same."""
    if min(column) == max(column):
        return column[0], 1.0
    try:
        mean = math.fsum(column) / len(column)
    except OverflowError:
        mean = math.inf
    deviation = math.hypot(*(x - mean for x in column)) / math.sqrt(len(column))
    if not math.isfinite(deviation):
        raise DataError(f"the numbers of column {name!r} are too large to be standardised, up to {max(column, key=abs)!r}")
    return mean, deviation or 1.0


# What becomes a table ------------------------------------------------------------------------------------------------


def as_rows(X: Any, what: str = "X") -> list[list[float]]:
    """Returns X as n lists of k floats.

    Args:
        X: a list or tuple of rows, an array, a frame or series of pandas or polars, or a Table (whose own rows are returned).
            Numbers that are not in rows, such as a one-dimensional array, are one column. What `to_numpy` reads is never
            iterated.
        what: what errors call it.

    Raises DataError for an empty X, rows of different lengths, and elements that are not finite numbers: text, None, NaN. Its
    sentence counts rows and columns from 1.

    >>> as_rows([(1, 2), (3, 4)])
    [[1.0, 2.0], [3.0, 4.0]]
    >>> as_rows([1, 2, 3])
    [[1.0], [2.0], [3.0]]
    >>> as_rows([[1, 2], [3, "4"]])
    Traceback (most recent call last):
    chalkgrad.nn.data.DataError: X, row 2, column 2 (X[1][1]): '4' is no number
    """
    return X.X if isinstance(X, Table) else read_rows(X, what)


def as_rows_or_array(X: Any, what: str = "X") -> list[list[float]] | ArrayRows:
    """Returns what `as_rows` does, but of an array its rows as they lie there; raises the same errors."""
    return X.X if isinstance(X, Table) else read_rows_or_array(X, what)


def as_targets(y: Any, n: int, what: str = "y") -> list[Any]:
    """Returns y as a list of n targets: ints if all are whole numbers by type, floats, or lists of floats for vectors.

    Args:
        y: a list, tuple, array, series or frame, or a Table (whose own targets are returned). A single column, such
            as an array of shape n×1, is n numbers.
        n: how many there must be, the number of X's rows.

    Raises DataError for another number of targets, vectors of different lengths, and elements that are not finite numbers.

    >>> as_targets((0, 1, True), 3), as_targets([0, 1.5], 2), as_targets([[1, 0], [0, 1]], 2)
    ([0, 1, 1], [0.0, 1.5], [[1.0, 0.0], [0.0, 1.0]])
    >>> as_targets([1, 2], 3)
    Traceback (most recent call last):
    chalkgrad.nn.data.DataError: y has 2 targets, and X has 3 rows
    """
    if isinstance(y, Table):
        check_length(y.y, n, what)
        return y.y
    return read_targets(y, n, what)
