"""Real data that come with the package; tables/README.md says where they are from and how the files were prepared.

>>> iris()
iris: 150 rows of 4 numbers, 3 classes
"""

from __future__ import annotations

import csv
import gzip
import io
from importlib import resources

from chalkgrad.nn.data.kinds import Wanted, table_of
from chalkgrad.nn.data.sheets import in_python, sheet_of
from chalkgrad.nn.data.table import Table


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
    """Returns 333 penguins of the Palmer Archipelago: their body mass in grams, and what it can be predicted from.

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
    """Returns the table in a file of nn/tables, every number of X multiplied by a factor."""
    with _open_shipped(file) as lines:
        table = table_of([sheet_of(lines.read(), file, ",", in_python)], Wanted(target, classes=True), in_python)
    if factor != 1.0:
        table.X[:] = [[factor * x for x in row] for row in table.X]
    table.name = file.partition(".")[0]
    return table
