"""Data that a lecture trains on: generated from a seed, shipped as small tables, or read from a CSV file of your own.

>>> iris()
iris: 150 rows of 4 numbers, 3 classes
>>> X, y = iris()                                              # every table is the pair of its rows and its targets
>>> X[0], y[0], iris().classes[y[0]]
([5.1, 3.5, 1.4, 0.2], 0, 'setosa')
>>> train, test = iris().split(test=1 / 3, seed=0)
>>> train, test.standardised(like=train)
(iris, training part: 100 rows of 4 numbers, 3 classes, iris, test part: 50 rows of 4 numbers, 3 classes, standardised)

Generated: `xor`, `moons`, `circles`, `spirals`, `blobs`, `sine`. Real, with source and licence: `iris`, `digits`, `penguins`.
Your own: `read_csv`, and lists, tuples, arrays and frames of pandas and polars through `as_rows` and `as_targets`.
"""

from chalkgrad.nn.data.csv_files import read_csv
from chalkgrad.nn.data.errors import DataError
from chalkgrad.nn.data.generated import blobs, circles, moons, sine, spirals, xor
from chalkgrad.nn.data.shipped import digits, iris, penguins
from chalkgrad.nn.data.table import Table, as_rows, as_targets

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
