"""Data that a lecture trains on: made on the spot from a seed, shipped as small tables, or read from one's own CSV file.

>>> iris()
iris: 150 rows of 4 numbers, 3 classes
>>> X, y = iris()                                              # every table is the pair of its rows and its targets
>>> X[0], y[0], iris().classes[y[0]]
([5.1, 3.5, 1.4, 0.2], 0, 'setosa')
>>> train, test = iris().split(test=1 / 3, seed=0)
>>> train, test.standardised(like=train)
(iris, training part: 100 rows of 4 numbers, 3 classes, iris, test part: 50 rows of 4 numbers, 3 classes, standardised)

Made: `xor`, `moons`, `circles`, `spirals`, `blobs`, `sine`. Real, with source and licence: `iris`, `digits`, `penguins`.
One's own: `read_csv`, and lists, tuples, NumPy arrays and pandas frames through `as_rows` and `as_targets`.
"""

# ruff: noqa: N802, N803, N806 - a matrix has a capital letter

from __future__ import annotations

import csv
import difflib
import gzip
import io
import itertools
import math
import os
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Self, TypeGuard

__all__ = [
    "DataError",
    "Table",
    "as_rows",
    "as_targets",
    "blobs",
    "circles",
    "digits",
    "iris",
    "moons",
    "penguins",
    "read_csv",
    "sine",
    "spirals",
    "xor",
]

MOST_CLASSES = 20  # a target of more different numbers than this is taken for a regression
MISSING = ("", "NA", "?")


class DataError(ValueError):
    """Data that cannot be used. The message is one sentence that says which file, row and column is meant."""


class Table(tuple[list[list[float]], list[Any]]):
    """Rows of numbers with one target each, and what they are called: the pair (X, y), which is how it unpacks.

    X: n lists of k floats.
    y: n targets: floats for a regression; for classes whole numbers 0, 1, …, which count the names in `classes` (or -1 and
        +1 where a generator says so).
    columns: the k names of X's columns.
    target: the name of y.
    classes: the names of the classes in order, () for a regression.
    name, source, licence: what the data are, where they are from, and the terms on which they may be passed on.
    means, deviations: of the columns before `standardised()`, and None where it was not called.

    `Table(X, y, …)` makes one from whatever `as_rows` and `as_targets` take. As pairs, tables are equal where X and y are.

    Raises DataError for what `as_rows` and `as_targets` refuse, and names that do not fit the columns.

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
            raise DataError(f"{name} has {_count(len(rows[0]), 'column')} and {_count(len(names), 'name')} for them: {names}")
        return cls._unchecked(
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
    def _unchecked(cls, X: list[list[float]], y: list[Any], **attributes: Any) -> Self:
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
        size = f"{_count(len(self.X), 'row')} of {_count(len(self.X[0]), 'number')}"
        kind = _count(len(self.classes), "class", "classes") if self.classes else f"target {self.target}"
        return f"{self.name}: {size}, {kind}{', standardised' * (self.means is not None)}"

    def split(self, test: float = 1 / 3, seed: int = 0) -> tuple[Self, Self]:
        """Returns (train, test): two tables with the rows shuffled, about a fraction `test` of them in the second.

        Of every class the test part has the same fraction, to within one row, and the training part at least one row.
        The same seed gives the same parts.

        Raises DataError for a fraction that is not between 0 and 1, and for too few rows to leave some in both parts.

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
        attributes = {**vars(self), "name": f"{self.name}, {which}"}
        return self._unchecked([self.X[i] for i in indices], [self.y[i] for i in indices], **attributes)

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
        return self._unchecked(rows, list(self.y), **{**vars(self), "means": means, "deviations": deviations})


def _shares(groups: dict[Any, int], wanted: int, fraction: float) -> dict[Any, int]:
    """How many of each group: the fraction rounded down, and one more where most was lost, until they are `wanted`.

    One of each group stays behind, so that together they may be fewer.
    """
    shares = {label: min(int(count * fraction), count - 1) for label, count in groups.items()}
    free = [label for label, count in groups.items() if shares[label] < count - 1]
    free.sort(key=lambda label: shares[label] - groups[label] * fraction)
    for label in free[: wanted - sum(shares.values())]:
        shares[label] += 1
    return shares


def _statistics(column: Sequence[float], name: str) -> tuple[float, float]:
    """The mean of the numbers and their standard deviation, 1 if they are all the same."""
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


def _count(n: int, noun: str, plural: str = "") -> str:
    return f"{n} {noun if n == 1 else plural or noun + 's'}"


# Made from a seed.


def xor(n: int = 4, noise: float = 0.0, seed: int = 0) -> Table:
    """Returns the exclusive or: n points at the corners of the unit square in turn, the class being 1 where x1 ≠ x2.

    Each coordinate is moved by a normal number of standard deviation `noise`. No straight line separates the classes.

    Raises DataError for n below 2 and noise that is negative or not finite.

    >>> X, y = xor()
    >>> X, y
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    corners = [(i // 2 % 2, i % 2) for i in range(n)] if _checked(n, noise, 2) else []
    return _points("xor", [(float(a), float(b), a ^ b) for a, b in corners], noise, seed, ("0", "1"))


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Table:
    """Returns n points on two interleaving half circles, their classes -1 and +1: those of -1 first.

    The circles have radius 1; each coordinate is moved by a normal number of standard deviation `noise`. The shape is that
    of scikit-learn's make_moons.

    Raises DataError for n below 1 and noise that is negative or not finite.

    >>> X, y = moons(4, noise=0.0)
    >>> [[round(v, 3) for v in x] for x in X], y
    ([[1.0, 0.0], [-1.0, 0.0], [0.0, 0.5], [2.0, 0.5]], [-1, -1, 1, 1])
    """
    _checked(n, noise, 1)
    points = []
    for label, count in ((-1, n - n // 2), (1, n // 2)):
        for i in range(count):
            t = math.pi * i / max(1, count - 1)
            x1, x2 = (math.cos(t), math.sin(t)) if label < 0 else (1 - math.cos(t), 0.5 - math.sin(t))
            points.append((x1, x2, label))
    return _points("moons", points, noise, seed, ("-1", "+1"))


def circles(n: int = 100, noise: float = 0.05, seed: int = 0, *, ratio: float = 0.5) -> Table:
    """Returns n points on two circles around the origin: class 0 of radius 1, then class 1 of radius `ratio`.

    Each coordinate is moved by a normal number of standard deviation `noise`. The shape is that of scikit-learn's
    make_circles.

    Raises DataError for n below 2, noise that is negative or not finite, and a ratio that is not between 0 and 1.

    >>> X, y = circles(4, noise=0.0)
    >>> [round(math.hypot(*x), 3) for x in X], y
    ([1.0, 1.0, 0.5, 0.5], [0, 0, 1, 1])
    """
    _checked(n, noise, 2)
    if not 0 < ratio < 1:
        raise DataError(f"the ratio of the circles' radii is between 0 and 1, not {ratio!r}")
    points = []
    for label, radius, count in ((0, 1.0, n - n // 2), (1, ratio, n // 2)):
        for i in range(count):
            t = math.tau * i / count
            points.append((radius * math.cos(t), radius * math.sin(t), label))
    return _points("circles", points, noise, seed, ("outer", "inner"))


def spirals(n: int = 200, noise: float = 0.02, seed: int = 0, *, turns: float = 1.5, classes: int = 2) -> Table:
    """Returns n points on spirals that wind around the origin `turns` times, out to radius 1, one for each class.

    The classes are 0, 1, … and come one after the other. Each coordinate is moved by a normal number of standard deviation
    `noise`; neighbouring arms are 1/(turns·classes) apart.

    Raises DataError for fewer points than classes, fewer than two classes, and noise that is negative or not finite.

    >>> spirals(90, classes=3)
    spirals: 90 rows of 2 numbers, 3 classes
    """
    points = []
    for label, count in _counts(n, noise, classes):
        for i in range(1, count + 1):
            radius = i / count
            angle = math.tau * (turns * radius + label / classes)
            points.append((radius * math.cos(angle), radius * math.sin(angle), label))
    return _points("spirals", points, noise, seed, tuple(map(str, range(classes))))


def blobs(n: int = 100, noise: float = 0.25, seed: int = 0, *, classes: int = 3) -> Table:
    """Returns n points in round clouds, one for each class, whose centres lie on the unit circle.

    The classes are 0, 1, …, come one after the other and begin at (1, 0), anticlockwise. `noise` is the standard deviation
    of each coordinate within a cloud.

    Raises DataError for fewer points than classes, fewer than two classes, and noise that is negative or not finite.

    >>> X, y = blobs(4, noise=0.0, classes=2)
    >>> [[round(v, 3) + 0.0 for v in x] for x in X], y
    ([[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]], [0, 0, 1, 1])
    """
    points = []
    for label, count in _counts(n, noise, classes):
        angle = math.tau * label / classes
        points += [(math.cos(angle), math.sin(angle), label)] * count
    return _points("blobs", points, noise, seed, tuple(map(str, range(classes))))


def sine(n: int = 100, noise: float = 0.1, seed: int = 0) -> Table:
    """Returns a regression: y = sin(2πx) plus a normal number of standard deviation `noise`, at n places evenly from 0 to 1.

    Raises DataError for n below 1 and noise that is negative or not finite.

    >>> sine(5, noise=0.0)[0]
    [[0.0], [0.25], [0.5], [0.75], [1.0]]
    """
    _checked(n, noise, 1)
    draw = random.Random(seed)
    X = [[i / max(1, n - 1)] for i in range(n)]
    return Table(X, [math.sin(math.tau * x) + draw.gauss(0, noise) for (x,) in X], columns=("x",), name="sine")


def _checked(n: int, noise: float, least: int) -> bool:
    if not isinstance(n, int) or n < least:
        raise DataError(f"n is the number of points, a whole number from {least} up, not {n!r}")
    if not 0 <= noise < math.inf:
        raise DataError(f"noise is a standard deviation, a finite number from 0 up, not {noise!r}")
    return True


def _counts(n: int, noise: float, classes: int) -> Iterable[tuple[int, int]]:
    """Each class and how many of the n points are its own: those that are left over go to the first."""
    if not isinstance(classes, int) or classes < 2:
        raise DataError(f"classes is the number of classes, a whole number from 2 up, not {classes!r}")
    _checked(n, noise, classes)
    return [(label, n // classes + (label < n % classes)) for label in range(classes)]


def _points(name: str, points: list[tuple[float, float, int]], noise: float, seed: int, classes: tuple[str, ...]) -> Table:
    draw = random.Random(seed)
    X = [[x1 + draw.gauss(0, noise), x2 + draw.gauss(0, noise)] for x1, x2, _ in points]
    return Table(X, [label for _, _, label in points], target="class", classes=classes, name=name)


# Real data; tables/README.md says where they are from and how the files were made.


def iris() -> Table:
    """Returns Fisher's irises: 150 flowers, length and width of sepal and petal in centimetres, and the three species.

    There are 50 flowers of each species, in the order setosa, versicolor, virginica. The first is far from the others,
    which overlap. Rows 35 and 38 are as Fisher printed them; UCI's file has a wrong digit or two there.

    >>> X, y = iris()
    >>> [round(sum(column) / 150, 3) for column in zip(*X)]
    [5.843, 3.057, 3.758, 1.199]
    """
    table = _shipped("iris.csv", "species")
    vars(table).update(
        source="R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936) 179-188; "
        "flowers measured by E. Anderson; UCI Machine Learning Repository, doi:10.24432/C56C76",
        licence="CC BY 4.0, https://creativecommons.org/licenses/by/4.0/; two rows corrected after Fisher's paper",
    )
    return table


def digits(scaled: bool = True) -> Table:
    """Returns 1,797 handwritten digits of 13 people: 8×8 pixels each, row by row, and the digit.

    A pixel is how much of a 4×4 square is ink, 0.0 to 1.0 in sixteenths, or 0.0 to 16.0 with `scaled=False`. Columns are
    called pixel11, pixel12, …, pixel88 after row and column.

    >>> table = digits()
    >>> table
    digits: 1797 rows of 64 numbers, 10 classes
    >>> for i in range(0, 64, 8):
    ...     print("".join(" .:*#"[round(4 * ink)] for ink in table.X[0][i : i + 8]).rstrip())
      .*:
      *#:#.
     .#  *:
     .*  ::
     .:  ::
     .*  *:
      #.:*
      :*:
    """
    table = _shipped("digits.csv.gz", "digit", 1 / 16 if scaled else 1.0)
    vars(table).update(
        source="E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (1998), test set; "
        "UCI Machine Learning Repository, doi:10.24432/C50P49",
        licence="CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    )
    return table


def penguins() -> Table:
    """Returns 333 penguins of the Palmer Archipelago: their body mass in grams, and what it may be told from.

    The columns are length and depth of the bill and length of the flipper in millimetres, and five of 0 and 1: species
    chinstrap, species gentoo (both 0: adelie), island dream, island torgersen (both 0: biscoe), male (0: female). So no
    column follows from the others, and the normal equations have one solution.

    >>> table = penguins()
    >>> table
    penguins: 333 rows of 8 numbers, target body_mass_g
    >>> table.X[0], table.y[0]
    ([39.1, 18.7, 181.0, 0.0, 0.0, 0.0, 1.0, 1.0], 3750.0)
    """
    measured = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm")
    marks = (("species", "Chinstrap"), ("species", "Gentoo"), ("island", "Dream"), ("island", "Torgersen"), ("sex", "male"))
    with _open_shipped("penguins.csv") as file:
        birds = list(csv.DictReader(file))
    return Table(
        [[*(float(bird[name]) for name in measured), *(float(bird[name] == word) for name, word in marks)] for bird in birds],
        [float(bird["body_mass_g"]) for bird in birds],
        columns=(*measured, *(word if name == "sex" else f"{name}_{word.lower()}" for name, word in marks)),
        target="body_mass_g",
        name="penguins",
        source="K. B. Gorman, T. D. Williams and W. R. Fraser, PLoS ONE 9(3) (2014) e90081, and Palmer Station, Antarctica "
        "LTER; A. Horst, A. Hill and K. Gorman, palmerpenguins, doi:10.5281/zenodo.3960218",
        licence="CC0 1.0, https://creativecommons.org/publicdomain/zero/1.0/",
    )


def _open_shipped(file: str) -> io.TextIOWrapper:
    content = resources.files("chalkgrad.nn").joinpath("tables", file).read_bytes()
    return io.TextIOWrapper(io.BytesIO(gzip.decompress(content) if file.endswith(".gz") else content), "utf-8", newline="")


def _shipped(file: str, target: str, factor: float = 1.0) -> Table:
    with _open_shipped(file) as lines:
        table = _Reader(file, ",", True).read(lines, target)
    if factor != 1.0:
        table.X[:] = [[factor * x for x in row] for row in table.X]
    table.name = file.partition(".")[0]
    return table


# One's own files.


def read_csv(
    path: str | os.PathLike[str], target: str | None = None, *, separator: str | None = None, classes: bool | None = None
) -> Table:
    """Returns the table in a CSV file: UTF-8 text, one row a line, the columns' names in the first line.

    path: the file.
    target: the name of the column that is y, by default the last; all others are X and hold numbers.
    separator: what stands between the cells, by default whichever of comma, semicolon and tab divides the first line most.
        Between semicolons a number may have a decimal comma.
    classes: True if the target names classes, False if it is a number. By default text is classes, and so are whole numbers
        of which there are at most 20 different ones, each twice on average. Classes are numbered 0, 1, … in alphabetical
        order, or by size if they are numbers; `classes` of the table has their names.

    Raises DataError for a file that cannot be read or is not UTF-8, a header that is missing or names a column twice, an
    unknown target, and cells that are missing (empty, NA or ?), not finite or no number. It names file, line (as an editor
    counts them) and column.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "weights.csv")
    >>> _ = file.write_text("height;sex;weight\\n1,75;0;71,5\\n1,68;1;63,0\\n", "utf-8")
    >>> table = read_csv(file)
    >>> table, table.X, table.y
    (weights: 2 rows of 2 numbers, target weight, [[1.75, 0.0], [1.68, 1.0]], [71.5, 63.0])
    >>> read_csv(file, target="wieght")
    Traceback (most recent call last):
    chalkgrad.nn.data.DataError: weights.csv has no column 'wieght': did you mean 'weight'? It has 'height', 'sex', 'weight'
    """
    file = Path(path).expanduser()
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            table = _Reader(file.name, separator, classes).read(lines, target)
    except FileNotFoundError:
        raise DataError(f"there is no file {file} (in {file.parent.absolute()})") from None
    except IsADirectoryError:
        raise DataError(f"{file} is a folder: name a file in it") from None
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DataError(_not_text(file)) from None
    table.source = str(file)
    return table


def _not_text(file: Path) -> str:
    content = file.read_bytes()
    if content.startswith(b"PK"):
        return f"{file.name} is a workbook or another archive, not a text file: save the sheet as CSV, UTF-8"
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = content.count(b"\n", 0, error.start) + 1, content[error.start]
        return f"{file.name}, line {line}: the byte {byte:#04x} is not UTF-8 text: save the file again with the encoding UTF-8"
    return f"{file.name} changed while it was read"


class _Reader:
    """Reads the lines of one file into a table, and says where something is wrong."""

    def __init__(self, file: str, separator: str | None, classes: bool | None) -> None:
        if separator is not None and (not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n'):
            raise DataError(f"a separator is one character, such as ',' or ';', not {separator!r}")
        self.file, self.separator, self.classes = file, separator, classes
        self.signs: dict[str, tuple[int, str]] = {}  # where a decimal comma and a decimal point were first seen

    def read(self, lines: Iterator[str], target: str | None) -> Table:
        records = self._records(lines)
        line, names = next(records, (0, []))
        if not names:
            raise DataError(f"{self.file} is empty: its first line is to hold the columns' names")
        self._check_header(line, names)
        at = self._target(names, target)
        columns = names[:at] + names[at + 1 :]
        X, texts, numbers = [], [], []
        for line, cells in records:
            if len(cells) != len(names):
                raise DataError(f"{self.file}, line {line}: {_count(len(cells), 'cell')} under {len(names)} column names")
            text = cells.pop(at)
            X.append(self._numbers(line, cells, columns))
            if text in MISSING:
                raise self._error(line, names[at], _unfit(text, False))
            texts.append(text)
            numbers.append(line)
        if not X:
            raise DataError(f"{self.file} has a line of column names and no rows under it")
        y, classes = self._targets(numbers, texts, names[at])
        return Table._unchecked(
            X,
            y,
            columns=tuple(columns),
            target=names[at],
            classes=classes,
            name=Path(self.file).stem,
            source=self.file,
            licence="",
            means=None,
            deviations=None,
        )

    def _error(self, line: int, column: str, what: str) -> DataError:
        return DataError(f"{self.file}, line {line}, column {column!r}: {what}")

    def _records(self, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
        """The rows that are not blank, each with the number of its first line."""
        skipped, first = 0, ""
        for first in lines:
            if first.strip():
                break
            skipped += 1
        else:
            return
        self.separator = self.separator or max(",;\t", key=lambda sign: len(_cells(first, sign)))
        reader = csv.reader(itertools.chain([first], lines), delimiter=self.separator, skipinitialspace=True, strict=True)
        while True:
            line = skipped + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise DataError(f"{self.file}, line {line}: quotation marks that do not match ({error})") from None
            cells = [cell.strip() for cell in cells]
            if len(cells) > 1 or any(cells):
                yield line, cells

    def _check_header(self, line: int, names: list[str]) -> None:
        place = f"{self.file}, line {line}"
        values = [_number(name) for name in names]
        if None not in values or any(value is not None and not value.is_integer() for value in values):
            raise DataError(f"{place}: these are numbers, and the first line is to hold the columns' names: add a line above")
        if len(names) == 1:
            raise DataError(
                f"{place}: {_shown(names[0])} is one column and at least two are needed, the target among them: "
                "separator=… says what stands between them"
            )
        for j, name in enumerate(names):
            if not name:
                raise DataError(f"{place}: column {j + 1} has no name")
            if name in names[:j]:
                raise DataError(f"{place}: columns {names.index(name) + 1} and {j + 1} are both called {name!r}")

    def _target(self, names: list[str], target: str | None) -> int:
        if target is None:
            return len(names) - 1
        if target in names:
            return names.index(target)
        close = difflib.get_close_matches(str(target), names, 1, 0.5)
        meant = f": did you mean {close[0]!r}? It" if close else ": it"
        raise DataError(f"{self.file} has no column {target!r}{meant} has {_listing(names)}")

    def _numbers(self, line: int, cells: list[str], columns: list[str]) -> list[float]:
        if self.separator != ";":
            try:
                row = list(map(float, cells))
            except ValueError:
                pass
            else:
                # A sum that is not finite may come of large numbers alone, and float() takes 1_000 for a number.
                if math.isfinite(sum(row)) and "_" not in "".join(cells):
                    return row
        row = []
        for cell, column in zip(cells, columns, strict=True):
            value = self._number(line, cell, column)
            if value is None:
                raise self._error(line, column, _unfit(cell, True))
            row.append(value)
        return row

    def _number(self, line: int, cell: str, column: str) -> float | None:
        """The number in a cell, None if there is none. Raises DataError if points and commas are mixed in the file."""
        value = _number(cell)
        if self.separator == ";":
            sign = "," if value is None and "," in cell else "."
            if sign == ",":
                value = _number(cell.replace(",", ".")) if "." not in cell else None
            if value is not None and sign in cell:
                self.signs.setdefault(sign, (line, cell))
                if len(self.signs) == 2:
                    (other, shown), _ = self.signs.values()
                    raise self._error(
                        line, column, f"{cell!r} beside {shown!r} in line {other}: is the comma or the point decimal?"
                    )
        return value

    def _targets(self, lines: list[int], texts: list[str], column: str) -> tuple[list[Any], tuple[str, ...]]:
        values = [self._number(line, text, column) for line, text in zip(lines, texts, strict=True)]
        for line, text, value in zip(lines, texts, values, strict=True):
            if value is None and _infinite(text):
                raise self._error(line, column, _unfit(text, False))
        present = [value for value in values if value is not None]
        different = set(present)
        measured = len(different) > MOST_CLASSES or not all(map(float.is_integer, different))
        complete = len(present) == len(texts)
        classes = self.classes
        if classes is None and not complete and not measured and len(set(texts)) == len(texts) > MOST_CLASSES:
            what = "every row has another text here: name the column that is the target, or say classes=True"
            raise self._error(lines[0], column, what)
        if classes is None and complete:
            classes = not measured and 2 * len(different) <= len(texts)
        elif classes is None:
            classes = not measured
        if not classes:
            if not complete:
                i = values.index(None)
                way = "leave classes=False out" if self.classes is False else "say classes=True"
                raise self._error(lines[i], column, f"{_shown(texts[i])} is no number; if the target names classes, {way}")
            return list(present), ()
        labels: Sequence[Any] = present if complete else texts
        number = {label: k for k, label in enumerate(sorted(set(labels)))}
        return [number[label] for label in labels], tuple(map(_name, number))


def _name(label: str | float) -> str:
    return label if isinstance(label, str) else str(int(label)) if label.is_integer() else repr(label)


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def _infinite(cell: str) -> bool:
    try:
        return not math.isfinite(float(cell))
    except ValueError:
        return False


def _unfit(cell: str, feature: bool) -> str:
    if cell in MISSING:
        what = f"{cell!r} stands for a missing value" if cell else "the cell is empty"
        return f"{what}; fill it in or leave the row out"
    if _infinite(cell):
        return f"{cell!r} is not finite"
    return f"{_shown(cell)} is no number{'; text is allowed in the target column only' * feature}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _listing(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:12])) + f" and {len(names) - 12} more" * (len(names) > 12)


# What others hold data in.


def as_rows(X: Any, what: str = "X") -> list[list[float]]:
    """Returns X as n lists of k floats.

    X: a list or tuple of rows, a NumPy array, a pandas frame or series, or a Table (whose own rows are returned). Numbers
        that are not in rows, such as a one-dimensional array, are one column.
    what: what errors call it.

    Raises DataError for no rows, rows of different lengths, and what is no finite number: text, None, NaN. Rows and columns
    are counted from 1 in its sentence.

    >>> as_rows([(1, 2), (3, 4)])
    [[1.0, 2.0], [3.0, 4.0]]
    >>> as_rows([1, 2, 3])
    [[1.0], [2.0], [3.0]]
    >>> as_rows([[1, 2], [3, "4"]])
    Traceback (most recent call last):
    chalkgrad.nn.data.DataError: X, row 2, column 2 (X[1][1]): '4' is no number
    """
    if isinstance(X, Table):
        return X.X
    content, place = _unwrapped(X, what)
    if _is_array(content):
        grid = content.reshape(-1, 1) if content.ndim == 1 else content
        if not grid.size:
            raise DataError(f"{what} has no rows" if not len(grid) else f"{what} has rows without numbers in them")
        return _finite(grid, place)
    if not content:
        raise DataError(f"{what} has no rows")
    if not _is_row(content[0]):
        return [[_float(x, i, None, place)] for i, x in enumerate(content)]
    rows: list[list[float]] = []
    for i, item in enumerate(content):
        if not _is_row(item):
            raise DataError(f"{what}, row {i + 1}: {_shown(item)} is not a row of numbers, as row 1 is")
        cells = _cells_of(item)
        if rows and len(cells) != len(rows[0]):
            raise DataError(f"{what}, row {i + 1}: {_count(len(cells), 'number')}, and row 1 has {len(rows[0])}")
        row = list(map(float, cells)) if set(map(type, cells)) <= {float} else None
        if row is None or not math.isfinite(sum(row)):
            row = [_float(x, i, j, place) for j, x in enumerate(cells)]
        rows.append(row)
    if not rows[0]:
        raise DataError(f"{what} has rows without numbers in them")
    return rows


def as_targets(y: Any, n: int, what: str = "y") -> list[Any]:
    """Returns y as a list of n targets: ints if all are whole numbers by type, floats, or lists of floats for vectors.

    y: a list, tuple, NumPy array, pandas series or frame, or a Table (whose own targets are returned). A single column, such
        as an array of shape n×1, is n numbers.
    n: how many there must be, the number of X's rows.

    Raises DataError for another number of them, vectors of different lengths, and what is no finite number.

    >>> as_targets((0, 1, True), 3), as_targets([0, 1.5], 2), as_targets([[1, 0], [0, 1]], 2)
    ([0, 1, 1], [0.0, 1.5], [[1.0, 0.0], [0.0, 1.0]])
    >>> as_targets([1, 2], 3)
    Traceback (most recent call last):
    chalkgrad.nn.data.DataError: y has 2 targets, and X has 3 rows
    """
    content: Any
    if isinstance(y, Table):
        content, place = y.y, _numbered_place(what)
    else:
        content, place = _unwrapped(y, what)
    if len(content) != n:
        raise DataError(f"{what} has {_count(len(content), 'target')}, and X has {_count(n, 'row')}")
    if isinstance(y, Table):
        return y.y
    if _is_array(content):
        if content.ndim == 2 and content.shape[1] != 1:
            return as_rows(content, what)
        values: list[Any] = content.reshape(-1).tolist()
        return (
            [int(v) for v in values]
            if content.dtype.kind in "iub"
            else [row[0] for row in _finite(content.reshape(-1, 1), place)]
        )
    if content and all(map(_is_row, content)):
        rows = [_cells_of(row) for row in content]
        if any(len(row) != 1 for row in rows):
            return as_rows(rows, what)
        content = [row[0] for row in rows]
    floats = [_float(v, i, None, place) for i, v in enumerate(content)]
    return [int(v) for v in content] if all(map(_is_whole, content)) else floats


Place = Callable[[int, "int | None"], str]


def _numbered_place(what: str, columns: Sequence[str] = ()) -> Place:
    def place(i: int, j: int | None) -> str:
        if columns:
            return f"{what}, row {i + 1}, column {columns[j or 0]!r}"
        return f"{what}, row {i + 1} ({what}[{i}])" if j is None else f"{what}, row {i + 1}, column {j + 1} ({what}[{i}][{j}])"

    return place


def _unwrapped(data: Any, what: str) -> tuple[Any, Place]:
    """The data as a list or as an array of numbers of one or two dimensions, and how errors say where in them."""
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
            raise DataError(f"{what} is {_shown(data)}, not a list of numbers or of rows of them")
        data = list(data)
    if not (_is_ndarray(data) or isinstance(data, (list, tuple))):  # an array of no dimension is one number
        raise DataError(f"{what} is {_shown(data)}, not a list of numbers or of rows of them")
    return data, _numbered_place(what, columns)


def _is_ndarray(data: Any) -> bool:
    """Whether it is a plain NumPy array; NumPy is not imported to find out, and masked arrays are not plain."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(data) is numpy.ndarray


def _is_array(data: Any) -> bool:
    return not isinstance(data, (list, tuple))


def _finite(grid: Any, place: Place) -> list[list[float]]:
    """The two-dimensional array as lists of floats, once NumPy has seen that all are finite."""
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
    """Whether it is a whole number by its type; NumPy's bool is one too, and has no __index__."""
    return isinstance(x, int) or hasattr(x, "__index__") or getattr(getattr(x, "dtype", None), "kind", "") == "b"


def _float(x: Any, i: int, j: int | None, place: Place) -> float:
    """The number as a float. Raises DataError for one that is none, or not finite."""
    if isinstance(x, (str, bytes)) or _is_row(x):
        raise DataError(f"{place(i, j)}: {_shown(x)} is no number")
    try:
        value = float(x)
    except (TypeError, ValueError, ArithmeticError):
        raise DataError(f"{place(i, j)}: {_shown(x)} is no number") from None
    if not math.isfinite(value):
        raise DataError(f"{place(i, j)}: {value} is not finite")
    return value
