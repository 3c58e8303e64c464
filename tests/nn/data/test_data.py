"""The data that a lecture trains on: known facts about them, seeds that repeat, and what is refused in which words."""

import copy
import gzip
import itertools
import math
import pickle
import random
import sys
from importlib import resources
from types import SimpleNamespace

import pytest
from chalkgrad.nn.data import (
    DataError,
    Table,
    as_rows,
    as_targets,
    blobs,
    circles,
    digits,
    iris,
    moons,
    penguins,
    read_csv,
    sine,
    spirals,
    xor,
)
from chalkgrad.nn.data.sheets import check_names
from processes import python

GENERATORS = [xor, moons, circles, spirals, blobs, sine]


def columns_of(table):
    return [list(column) for column in zip(*table.X, strict=True)]


def mean(column):
    return math.fsum(column) / len(column)


# Real data: the facts are published ones, not this package's.


def test_iris_is_fishers():
    table = iris()
    assert repr(table) == "iris: 150 rows of 4 numbers, 3 classes"
    assert table.columns == ("sepal_length_cm", "sepal_width_cm", "petal_length_cm", "petal_width_cm")
    assert (table.target, table.classes) == ("species", ("setosa", "versicolor", "virginica"))
    assert [mean(column) for column in columns_of(table)] == pytest.approx([5.843333, 3.057333, 3.758, 1.199333], abs=5e-7)
    assert [(min(c), max(c)) for c in columns_of(table)] == [(4.3, 7.9), (2.0, 4.4), (1.0, 6.9), (0.1, 2.5)]
    assert [table.y.count(k) for k in range(3)] == [50, 50, 50]
    assert table.y == sorted(table.y)
    assert (table.X[34], table.X[37]) == ([4.9, 3.1, 1.5, 0.2], [4.9, 3.6, 1.4, 0.1])  # where UCI's file is wrong


def test_the_digits_are_ucis_test_set():
    table = digits(scaled=False)
    assert repr(table) == "digits: 1797 rows of 64 numbers, 10 classes"
    assert [table.y.count(k) for k in range(10)] == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert table.classes == tuple("0123456789")
    assert (table.columns[0], table.columns[7], table.columns[8], table.columns[63]) == (
        "pixel11",
        "pixel18",
        "pixel21",
        "pixel88",
    )
    values = {x for row in table.X for x in row}
    assert values == {float(v) for v in range(17)}
    assert sum(map(sum, table.X)) == 561718
    assert table.y[:10] == list(range(10))
    assert table.X[0][:8] == [0, 0, 5, 13, 9, 1, 0, 0]


def test_the_digits_are_scaled_to_between_0_and_1_unless_told_otherwise():
    assert digits().X[0][2:4] == [5 / 16, 13 / 16]
    assert max(map(max, digits().X)) == 1.0


def test_the_penguins_are_those_of_palmer_station():
    table = penguins()
    assert repr(table) == "penguins: 333 rows of 8 numbers, target body_mass_g"
    assert table.columns == (
        "bill_length_mm",
        "bill_depth_mm",
        "flipper_length_mm",
        "species_chinstrap",
        "species_gentoo",
        "island_dream",
        "island_torgersen",
        "male",
    )
    bill, depth, flipper, chinstrap, gentoo, dream, torgersen, male = columns_of(table)
    assert [mean(bill), mean(depth), mean(flipper), mean(table.y)] == pytest.approx(
        [43.99279, 17.16486, 200.967, 4207.057], abs=5e-4
    )
    assert [sum(column) for column in (chinstrap, gentoo, dream, torgersen, male)] == [68, 119, 123, 47, 168]
    assert (table.classes, min(table.y), max(table.y)) == ((), 2700.0, 6300.0)
    # R: lm(body_mass_g ~ flipper_length_mm) on the complete rows has slope 50.15 and intercept -5872.09.
    slope = sum((x - mean(flipper)) * t for x, t in zip(flipper, table.y, strict=True)) / sum(
        (x - mean(flipper)) ** 2 for x in flipper
    )
    assert slope == pytest.approx(50.15327, abs=1e-4)
    assert mean(table.y) - slope * mean(flipper) == pytest.approx(-5872.09, abs=0.01)


@pytest.mark.parametrize("load", [iris, digits, penguins])
def test_real_data_say_where_they_are_from_and_may_be_changed_without_harm(load):
    table = load()
    assert "doi:" in table.source
    assert "creativecommons.org" in table.licence
    table.X[0][0] = 99.0
    assert load().X[0][0] != 99.0
    assert {type(x) for row in table.X for x in row} == {float}


def test_the_shipped_files_are_small_and_plain():
    folder = resources.files("chalkgrad.nn").joinpath("tables")
    files = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert set(files) == {"README.md", "iris.csv", "digits.csv.gz", "penguins.csv"}
    assert sum(map(len, files.values())) < 150_000
    assert files["digits.csv.gz"][4:8] == b"\0\0\0\0"  # no date, so that packing again gives the same file
    assert all(
        b"\r" not in content for content in [files["iris.csv"], files["penguins.csv"], gzip.decompress(files["digits.csv.gz"])]
    )
    assert all(name in files["README.md"].decode() for name in files if name != "README.md")


# Made from a seed.


@pytest.mark.parametrize("make", GENERATORS)
def test_a_seed_repeats_the_data_to_the_bit_and_leaves_the_global_generator_alone(make):
    state = random.getstate()
    assert make(30, noise=0.3, seed=3) == make(30, noise=0.3, seed=3) != make(30, noise=0.3, seed=4)
    assert random.getstate() == state
    assert len(make(31).X) == len(make(31).y) == 31
    assert repr(make(31)).startswith(f"{make.__name__}: 31 rows of ")


def test_generators_repeat_in_another_process():
    shown = python(
        """
        from chalkgrad.nn.data import *
        for make in (xor, moons, circles, spirals, blobs, sine):
            print(repr(list(make(20, noise=0.2, seed=7))))
        print(iris().split(seed=5)[1].X)
        """
    )
    here = [repr(list(make(20, noise=0.2, seed=7))) for make in GENERATORS]
    assert shown.splitlines() == [*here, repr(iris().split(seed=5)[1].X)]


def test_moons_are_what_they_were():
    X, y = moons(20, noise=0.1, seed=3)
    draw = random.Random(3)
    assert X[0] == [1.0 + draw.gauss(0, 0.1), 0.0 + draw.gauss(0, 0.1)]
    assert y == [-1] * 10 + [1] * 10
    assert moons(20, 0.1, 3).classes == ("-1", "+1")


def test_xor_is_the_truth_table():
    X, y = xor()
    assert [(int(a), int(b), t) for (a, b), t in zip(X, y, strict=True)] == [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
    X, y = xor(200, noise=0.1, seed=1)
    assert y.count(1) == 100
    assert all((round(a) ^ round(b)) == t for (a, b), t in zip(X, y, strict=True))


def test_circles_have_the_radii_1_and_ratio():
    X, y = circles(41, noise=0.0, ratio=0.3)
    assert [math.hypot(*x) for x in X] == pytest.approx([1.0 if label == 0 else 0.3 for label in y])
    assert (y.count(0), y.count(1)) == (21, 20)
    assert len({(round(a, 9), round(b, 9)) for a, b in X}) == 41


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_spirals_are_turned_copies_of_one_another(classes):
    X, y = spirals(20 * classes, noise=0.0, turns=2.0, classes=classes)
    turn = complex(math.cos(math.tau / classes), math.sin(math.tau / classes))
    points = [complex(*x) for x in X]
    assert [p * turn for p in points[:-20]] == pytest.approx(points[20:])
    assert [y.count(k) for k in range(classes)] == [20] * classes
    angles = [math.atan2(p.imag, p.real) for p in points[:20]]
    turned = sum((b - a) % math.tau for a, b in itertools.pairwise(angles)) / math.tau
    assert turned == pytest.approx(2.0 * 19 / 20)


def test_blobs_lie_around_their_centres():
    table = blobs(3001, noise=0.25, seed=2, classes=3)
    assert [table.y.count(k) for k in range(3)] == [1001, 1000, 1000]
    for k in range(3):
        cloud = [x for x, label in zip(table.X, table.y, strict=True) if label == k]
        centre = [mean(column) for column in zip(*cloud, strict=True)]
        assert centre == pytest.approx([math.cos(math.tau * k / 3), math.sin(math.tau * k / 3)], abs=0.04)
        spread = math.sqrt(mean([(a - centre[0]) ** 2 + (b - centre[1]) ** 2 for a, b in cloud]) / 2)
        assert spread == pytest.approx(0.25, abs=0.02)


def test_sine_is_a_regression_on_the_unit_interval():
    table = sine(9, noise=0.0)
    assert [x for (x,) in table.X] == [i / 8 for i in range(9)]
    assert table.y == pytest.approx([0, 0.5**0.5, 1, 0.5**0.5, 0, -(0.5**0.5), -1, -(0.5**0.5), 0], abs=1e-15)
    assert (table.classes, table.columns, repr(table)) == ((), ("x",), "sine: 9 rows of 1 number, target y")
    noisy = sine(4000, noise=0.2, seed=1)
    errors = [t - math.sin(2 * math.pi * x) for (x,), t in zip(noisy.X, noisy.y, strict=True)]
    assert math.sqrt(mean([e * e for e in errors])) == pytest.approx(0.2, rel=0.05)
    assert sine(1).X == [[0.0]]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: xor(0), "n is the number of points, a whole number from 2 up, not 0"),
        (lambda: moons(0), "n is the number of points, a whole number from 1 up, not 0"),
        (lambda: sine(2.5), "n is the number of points, a whole number from 1 up, not 2.5"),
        (lambda: blobs(3, classes=4), "n is the number of points, a whole number from 4 up, not 3"),
        (lambda: circles(noise=-0.1), "noise is a standard deviation, a finite number from 0 up, not -0.1"),
        (lambda: moons(noise=math.nan), "noise is a standard deviation, a finite number from 0 up, not nan"),
        (lambda: spirals(classes=1), "classes is the number of classes, a whole number from 2 up, not 1"),
        (lambda: circles(ratio=1.0), "the ratio of the circles' radii is between 0 and 1, not 1.0"),
    ],
)
def test_generators_refuse(make, sentence):
    with pytest.raises(DataError) as caught:
        make()
    assert str(caught.value) == sentence


# Tables.


def test_a_table_is_the_pair_of_x_and_y():
    table = Table([(1, 2), (3, 4), (5, 6)], (0, 1, 0), classes=["no", "yes"], name="answers", target="answer")
    X, y = table
    assert (X, y) == (table.X, table.y) == ([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [0, 1, 0]) == table
    assert (table.columns, table.classes, table.source, table.licence) == (("x1", "x2"), ("no", "yes"), "", "")
    assert repr(Table([1], [2])) == "table: 1 row of 1 number, target y"


def test_a_table_is_copied_and_pickled_with_its_names():
    table = iris().standardised()
    for twin in (copy.copy(table), copy.deepcopy(table), pickle.loads(pickle.dumps(table))):
        assert twin == table
        assert vars(twin) == vars(table)
        assert type(twin) is Table
    assert copy.deepcopy(table).X is not table.X


def test_a_table_refuses_names_that_do_not_fit():
    with pytest.raises(DataError, match=r"^mine has 2 columns and 1 name for them: \('a',\)$"):
        Table([[1.0, 2.0]], [3.0], columns=["a"], name="mine")
    with pytest.raises(DataError, match=r"^y has 1 target, and X has 2 rows$"):
        Table([[1.0], [2.0]], [3.0])


def test_split_keeps_the_rows_with_their_targets_and_every_row_once():
    table = penguins()
    train, test = table.split(test=0.25, seed=3)
    assert (len(test.y), len(train.y)) == (83, 250)
    rows = [(tuple(x), t) for x, t in zip(*table, strict=True)]
    parts = [(tuple(x), t) for part in (train, test) for x, t in zip(*part, strict=True)]
    assert sorted(parts) == sorted(rows)
    assert parts != rows
    assert (repr(train), repr(test)) == (
        "penguins, training part: 250 rows of 8 numbers, target body_mass_g",
        "penguins, test part: 83 rows of 8 numbers, target body_mass_g",
    )
    assert (test.columns, test.source, test.licence) == (table.columns, table.source, table.licence)


def test_split_repeats_with_its_seed():
    assert iris().split(seed=1) == iris().split(seed=1) != iris().split(seed=2)


@pytest.mark.parametrize("fraction", [1 / 3, 0.2, 0.07, 0.9])
@pytest.mark.parametrize("load", [iris, digits, moons, xor])
def test_split_takes_the_same_fraction_of_every_class(load, fraction):
    table = load()
    train, test = table.split(test=fraction, seed=0)
    labels = set(table.y)
    assert len(test.y) == min(max(1, round(fraction * len(table.y))), len(table.y) - len(labels))
    for label in labels:
        assert abs(test.y.count(label) - fraction * table.y.count(label)) <= 1
        assert test.y.count(label) + train.y.count(label) == table.y.count(label)
        assert train.y.count(label) >= 1


def test_split_leaves_a_rare_class_in_the_training_part():
    table = Table([[float(i)] for i in range(11)], [0] * 10 + [1], classes=("common", "rare"))
    for seed in range(20):
        train, test = table.split(test=0.5, seed=seed)
        assert (train.y.count(1), len(test.y)) == (1, 6)


def test_split_does_not_make_up_for_rare_classes_with_the_common_ones():
    table = Table([[float(i)] for i in range(110)], [0] * 100 + list(range(1, 11)), classes=tuple("abcdefghijk"))
    assert table.split(test=0.5)[1].y == [0] * 51


def test_split_is_fair_to_every_row():
    table = Table([[float(i)] for i in range(12)], [0.0] * 12)
    counts = [0] * 12
    for seed in range(600):
        for (x,) in table.split(test=1 / 3, seed=seed)[1].X:
            counts[int(x)] += 1
    assert all(150 < count < 250 for count in counts)  # 200 expected, standard deviation 11.5


@pytest.mark.parametrize(
    ("attempt", "sentence"),
    [
        (lambda: iris().split(test=0), "the test part is a fraction of the rows, between 0 and 1, not 0"),
        (lambda: iris().split(test=50), "the test part is a fraction of the rows, between 0 and 1, not 50"),
        (lambda: Table([1], [2.0]).split(), "table cannot be split: one row, and the training part needs it"),
        (
            lambda: Table([1, 2], [0, 1], classes="ab").split(),
            "table cannot be split: each class has one row only, and the training part needs it",
        ),
        (
            lambda: iris().standardised().standardised(),
            "iris is standardised already: begin again with the table as it was before",
        ),
        (lambda: xor().standardised(like=sine()), "sine has the columns ('x',), and xor has ('x1', 'x2')"),
        (
            lambda: Table([1.7e308, -1.7e308], [0.0, 0.0]).standardised(),
            "the numbers of column 'x1' are too large to be standardised, up to 1.7e+308",
        ),
    ],
)
def test_tables_refuse(attempt, sentence):
    with pytest.raises(DataError) as caught:
        attempt()
    assert str(caught.value) == sentence


def test_standardised_has_mean_0_and_deviation_1_and_the_given_targets():
    table = penguins()
    other = table.standardised()
    for column in columns_of(other):
        assert mean(column) == pytest.approx(0.0, abs=1e-12)
        assert mean([x * x for x in column]) == pytest.approx(1.0)
    assert other.y == table.y
    assert repr(other) == "penguins: 333 rows of 8 numbers, target body_mass_g, standardised"
    assert other.means[2] == pytest.approx(200.967, abs=5e-4)
    assert other.deviations[2] == pytest.approx(14.01576 * math.sqrt(332 / 333), abs=1e-4)  # R's sd() divides by n - 1
    assert table.means is table.deviations is None


def test_the_test_part_is_standardised_like_the_training_part_before_or_after():
    train, test = iris().split(seed=4)
    before, after = test.standardised(like=train), test.standardised(like=train.standardised())
    assert before == after
    assert (
        (before.means, before.deviations) == (after.means, after.deviations) == (train.standardised().means, before.deviations)
    )
    i, j = 7, 2
    assert before.X[i][j] == (test.X[i][j] - before.means[j]) / before.deviations[j]
    assert mean(columns_of(before)[0]) != pytest.approx(0.0, abs=1e-3)


def test_a_constant_column_is_only_shifted():
    table = Table([[0.1, float(i)] for i in range(10)], [0.0] * 10)
    other = table.standardised()
    assert columns_of(other)[0] == [0.0] * 10
    assert other.deviations[0] == 1.0
    assert Table([[0.6, 0.0]], [0.0]).standardised(like=table).X[0][0] == 0.5


def test_tiny_and_huge_numbers_are_standardised_too():
    for scale in (1e-300, 1e300):
        assert columns_of(Table([scale, 3 * scale], [0, 0]).standardised())[0] == pytest.approx([-1.0, 1.0])


# One's own files.


@pytest.fixture
def written(tmp_path):
    """Writes a file called data.csv and returns its path."""

    def write(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_read_csv_takes_the_last_column_for_the_target(written):
    table = read_csv(written("length,width,species\n1,2.5,cat\n3,4e1,ant\n5, -6 ,cat\n", "animals.csv"))
    assert table == ([[1.0, 2.5], [3.0, 40.0], [5.0, -6.0]], [1, 0, 1])
    assert (table.columns, table.target, table.classes) == (("length", "width"), "species", ("ant", "cat"))
    assert repr(table) == "animals: 3 rows of 2 numbers, 2 classes"
    assert table.source.endswith("animals.csv")


def test_read_csv_takes_any_column_for_the_target(written):
    table = read_csv(str(written("a,b,c\n1,2.5,3\n4,5.5,6\n")), target="b")
    assert table == ([[1.0, 3.0], [4.0, 6.0]], [2.5, 5.5])
    assert (table.columns, table.target, table.classes) == (("a", "c"), "b", ())


@pytest.mark.parametrize(
    "text",
    [
        "a,b,t\n1,2.5,3.5\n4,5,6\n",
        "a;b;t\n1;2,5;3,5\n4;5;6\n",
        "a;b;t\n1;2.5;3.5\n4;5;6\n",
        "a\tb\tt\n1\t2.5\t3.5\n4\t5\t6\n",
        "\ufeffa,b,t\r\n1,2.5,3.5\r\n4,5,6\r\n",
        "a,b,t\r1,2.5,3.5\r4,5,6",
        '"a", "b","t"\n"1","2.5","3.5"\n\n"4",5,6\n\n',
        "\n\na,b,t\n1,2.5,3.5\n   \n4,5,6",
        "a , b , t\n 1 , 2.5 , 3.5 \n 4 , 5 , 6 \n",
    ],
)
def test_read_csv_knows_the_usual_kinds_of_file(written, text):
    table = read_csv(written(text))
    assert table == ([[1.0, 2.5], [4.0, 5.0]], [3.5, 6.0])
    assert (table.columns, table.target) == (("a", "b"), "t")


def test_read_csv_takes_another_separator_and_names_with_separators_in_them(written):
    assert read_csv(written("a|b\n1|2.5\n"), separator="|") == ([[1.0]], [2.5])
    table = read_csv(written('"mass, kg";"length; m";"Größe"\n1,5;2;3,5\n'))
    assert (table.columns, table.target) == (("mass, kg", "length; m"), "Größe")
    assert table == ([[1.5, 2.0]], [3.5])


@pytest.mark.parametrize(
    ("targets", "option", "y", "classes"),
    [
        ("0 1 1 0", None, [0, 1, 1, 0], ("0", "1")),
        ("-1 1 1.0 -1", None, [0, 1, 1, 0], ("-1", "1")),
        ("10 9 9 10", None, [1, 0, 0, 1], ("9", "10")),  # by size, not by alphabet
        ("0 1 1 0", False, [0.0, 1.0, 1.0, 0.0], ()),
        ("1 2 3 3", None, [1.0, 2.0, 3.0, 3.0], ()),  # three different ones of four are a measurement
        ("1 2 3 3", True, [0, 1, 2, 2], ("1", "2", "3")),
        ("0.5 1 1 0.5", None, [0.5, 1.0, 1.0, 0.5], ()),
        ("0.5 1 1 0.5", True, [0, 1, 1, 0], ("0.5", "1")),
        ("b a b c", None, [1, 0, 1, 2], ("a", "b", "c")),
        ("7 8 none 7", None, [0, 1, 2, 0], ("7", "8", "none")),
        ("1.5 x 1.5 x", True, [0, 1, 0, 1], ("1.5", "x")),
    ],
)
def test_read_csv_tells_classes_from_numbers(written, targets, option, y, classes):
    table = read_csv(written("x,t\n" + "".join(f"0,{t}\n" for t in targets.split())), classes=option)
    assert (table.y, table.classes) == (y, classes)
    assert {type(t) for t in table.y} == {int if classes else float}


def test_read_csv_takes_more_than_20_whole_numbers_for_a_regression(written):
    for different, kind in ((20, 20), (21, 0)):
        table = read_csv(written("x,t\n" + "".join(f"{i},{i % different}\n" for i in range(100))))
        assert len(table.classes) == kind


HEAD = "height,mass,kind\n"
NAME_IT = "target=… names another column, or classes=True takes it so"
CORRECT = "is no number among numbers; correct it, or drop=['{}'] leaves the column out"
NUMBERED = "names = sorted(set(y)); y = [names.index(name) for name in y]"
ALONE = "is no number; write the number alone, with a decimal point, or drop=['{}'] leaves the column out"
ONE_LACKS = "1 of 2 rows lacks a value: missing='drop' leaves such rows out"
OTHER_WAYS = ", missing='mean' puts in the column's mean, or drop=['{}'] leaves that column out"
SEPARATE = "separator=… says what stands between them"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            HEAD + "1,2,a\n3,heavy,b\n",
            "penguins.csv, line 3, column 'mass': 'heavy' " + CORRECT.format("mass"),
        ),
        (
            HEAD + "1,2,a\n\n\n3,,b\n",
            "penguins.csv, line 5, column 'mass': the cell is empty; " + ONE_LACKS + OTHER_WAYS.format("mass"),
        ),
        (
            HEAD + "1,2,a\nNA,4,b\n",
            "penguins.csv, line 3, column 'height': 'NA' stands for a missing value; "
            + ONE_LACKS
            + OTHER_WAYS.format("height"),
        ),
        (
            HEAD + "1,2,a\n3,4,?\n",
            "penguins.csv, line 3, column 'kind': '?' stands for a missing value; " + ONE_LACKS,
        ),
        (HEAD + "1,2,a\n3,4,\n", "penguins.csv, line 3, column 'kind': the cell is empty; " + ONE_LACKS),
        (
            HEAD + "1,,a\n2,?,b\nNA,4,a\n3,4,b\n",
            "penguins.csv, line 2, column 'mass': the cell is empty; 3 of 4 rows lack a value ('height' in 1, 'mass' in 2): "
            "missing='drop' leaves such rows out" + OTHER_WAYS.format("mass"),
        ),
        (HEAD + "1,inf,a\n", "penguins.csv, line 2, column 'mass': 'inf' is not finite"),
        (HEAD + "1,1e999,a\n", "penguins.csv, line 2, column 'mass': '1e999' is not finite"),
        (
            HEAD + "NaN,1,a\n2,1,b\n",
            "penguins.csv, line 2, column 'height': 'NaN' stands for a missing value; "
            + ONE_LACKS
            + OTHER_WAYS.format("height"),
        ),
        (HEAD + "1,2,3.5\n1,2,nan\n", "penguins.csv, line 3, column 'kind': 'nan' stands for a missing value; " + ONE_LACKS),
        (HEAD + "1,2,3.5\n1,2,-inf\n", "penguins.csv, line 3, column 'kind': '-inf' is not finite"),
        (
            HEAD + "1,1_000,a\n",
            "penguins.csv, line 2, column 'mass': '1_000' " + ALONE.format("mass"),
        ),
        (
            HEAD + '1,"1,5",a\n2,2.5,b\n',
            "penguins.csv, line 2, column 'mass': '1,5' " + CORRECT.format("mass"),
        ),
        (HEAD + "1,2,a\n3,4\n", "penguins.csv, line 3: 2 cells under 3 column names"),
        (HEAD + "1,2,a\n3,4,b,5\n", "penguins.csv, line 3: 4 cells under 3 column names"),
        (
            HEAD + '1,2,"a\nb"\nx,4,c\n',
            "penguins.csv, line 4, column 'height': 'x' " + CORRECT.format("height"),
        ),
        (HEAD + '1,2,"a\n3,4,b\n', "penguins.csv, line 2: quotation marks that do not match (unexpected end of data)"),
        (HEAD + '1,2,"a"b\n', "penguins.csv, line 2: quotation marks that do not match (',' expected after '\"')"),
        (
            HEAD + "1,2,3.5\n1,2,many\n1,2,4.5\n",
            "penguins.csv, line 3, column 'kind': 'many' is no number; if the target names classes, say classes=True",
        ),
        (
            HEAD + "".join(f"1,2,{i}\n" for i in range(30)) + "1,2,x\n",
            "penguins.csv, line 32, column 'kind': 'x' is no number; if the target names classes, say classes=True",
        ),
        (
            HEAD + "".join(f"1,2,bird{i}\n" for i in range(21)),
            "penguins.csv, line 2, column 'kind': every row has another text in the target: " + NAME_IT,
        ),
        ("", "penguins.csv is empty: its first line is to hold the columns' names"),
        ("\n \n", "penguins.csv is empty: its first line is to hold the columns' names"),
        (HEAD, "penguins.csv has a line of column names and no rows under it"),
        ("a,b,a\n1,2,3\n", "penguins.csv, line 1: columns 1 and 3 are both called 'a'"),
        (
            "abc\n1\n2\n",
            "penguins.csv, line 1: 'abc' is one column and at least two are needed, the target among them: " + SEPARATE,
        ),
        (
            "a;b;t\n1;2,5;0,5\n1;1.234;0,5\n",
            "penguins.csv, line 3, column 'b': '1.234' beside '2,5' in line 2: is the comma or the point decimal?",
        ),
        (
            "a;b;t\n1;1.234,5;0\n",
            "penguins.csv, line 2, column 'b': '1.234,5' " + ALONE.format("b"),
        ),
        (
            b"PK\x03\x04\x14\x00\xff\xfe",
            "penguins.csv is a workbook or another archive, not a text file: save the sheet as CSV, UTF-8",
        ),
    ],
)
def test_read_csv_names_what_is_wrong_and_where(written, text, sentence):
    with pytest.raises(DataError) as caught:
        read_csv(written(text, "penguins.csv"))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"target": "mas"}, "data.csv has no column 'mas': did you mean 'mass'? It has 'height', 'mass', 'kind'"),
        ({"target": "MASS"}, "data.csv has no column 'MASS': did you mean 'mass'? It has 'height', 'mass', 'kind'"),
        ({"target": "h"}, "data.csv has no column 'h': did you mean 'height'? It has 'height', 'mass', 'kind'"),
        ({"target": "colour"}, "data.csv has no column 'colour': it has 'height', 'mass', 'kind'"),
        ({"target": 2}, "data.csv has no column 2: it has 'height', 'mass', 'kind'"),
        ({"separator": ", "}, "a separator is one character, such as ',' or ';', not ', '"),
        (
            {"classes": False},
            "data.csv, line 2, column 'kind': 'a' is no number; if the target names classes, leave classes=False out",
        ),
    ],
)
def test_read_csv_names_what_is_wrong_with_its_options(written, options, sentence):
    with pytest.raises(DataError) as caught:
        read_csv(written(HEAD + "1,2,a\n3,4,b\n"), **options)
    assert str(caught.value) == sentence


def test_read_csv_names_a_file_that_is_not_there_and_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as caught:
        read_csv("nowhere.csv")
    assert str(caught.value) == f"there is no file nowhere.csv (in {tmp_path})"
    with pytest.raises(DataError) as caught:
        read_csv(tmp_path)
    assert str(caught.value) == f"{tmp_path} is a folder: name a file in it"


def test_large_finite_numbers_are_numbers(written):
    assert read_csv(written("a,b,t\n1.7e308,1.7e308,0.5\n")).X == [[1.7e308, 1.7e308]]
    assert as_rows([[1.7e308, 1.7e308]]) == [[1.7e308, 1.7e308]]


def test_read_csv_reads_many_rows(written):
    text = "a,b,c,t\n" + "".join(f"{i},{i / 7},-{i}e-3,{i % 3}\n" for i in range(100_000))
    table = read_csv(written(text))
    assert (len(table.X), table.X[-1], table.classes) == (100_000, [99999.0, 99999 / 7, -99.999], ("0", "1", "2"))


def test_the_shipped_files_are_read_by_read_csv_too():
    with resources.as_file(resources.files("chalkgrad.nn").joinpath("tables", "iris.csv")) as path:
        assert read_csv(path) == iris()


# Data that others hold.


class Frame:
    """What pandas' frames and series are to as_rows: to_numpy(), and columns for a frame."""

    def __init__(self, array, columns=None):
        self.array = array
        if columns is not None:
            self.columns = columns

    def to_numpy(self):
        return self.array


@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_as_rows_takes_what_can_be_counted_through(kind):
    rows = as_rows(kind([kind([1, 2.5]), kind([True, -3])]))
    assert rows == [[1.0, 2.5], [1.0, -3.0]]
    assert {type(x) for row in rows for x in row} == {float}
    assert as_rows(kind([1, 2])) == [[1.0], [2.0]]
    assert as_rows(range(3)) == [[0.0], [1.0], [2.0]]


def test_as_rows_gives_lists_of_its_own_except_of_a_table():
    given = [[1.0, 2.0]]
    rows = as_rows(given)
    rows[0][0] = 5.0
    assert given == [[1.0, 2.0]]
    table = iris()
    assert as_rows(table) is table.X
    assert as_targets(table, 150) is table.y


@pytest.mark.parametrize(
    ("X", "sentence"),
    [
        ([], "X has no rows"),
        ([[], []], "X has rows without numbers in them"),
        ([[1, 2], [3]], "X, row 2: 1 number, and row 1 has 2"),
        ([[1, 2], 3], "X, row 2: 3 is not a row of numbers, as row 1 is"),
        ([[1, 2], "34"], "X, row 2: '34' is not a row of numbers, as row 1 is"),
        ([1, [2]], "X, row 2 (X[1]): [2] is no number"),
        ([[1, 2], [3, "4"]], "X, row 2, column 2 (X[1][1]): '4' is no number"),
        ([[1, 2], [None, 4]], "X, row 2, column 1 (X[1][0]): None is no number"),
        ([[1, 2j]], "X, row 1, column 2 (X[0][1]): 2j is no number"),
        ([[1, 10**400]], f"X, row 1, column 2 (X[0][1]): {'1' + '0' * 36}… is no number"),
        ([[1.0, math.nan]], "X, row 1, column 2 (X[0][1]): nan is not finite"),
        ([1.0, -math.inf], "X, row 2 (X[1]): -inf is not finite"),
        ([[[1.0]]], "X, row 1, column 1 (X[0][0]): [1.0] is no number"),
        ("123", "X is '123', not a list of numbers or of rows of them"),
        (5, "X is 5, not a list of numbers or of rows of them"),
        (None, "X is None, not a list of numbers or of rows of them"),
        ({"a": [1, 2]}, "X is {'a': [1, 2]}, not a list of numbers or of rows of them"),
    ],
)
def test_as_rows_names_what_is_wrong_and_where(X, sentence):
    with pytest.raises(DataError) as caught:
        as_rows(X)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([0, 1, True], [0, 1, 1]),
        ((0, 1.5, 2), [0.0, 1.5, 2.0]),
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]),
        ([[0], [1], [2]], [0, 1, 2]),
        ([[0.5], [1], [2]], [0.5, 1.0, 2.0]),
        ([[1, 0], [0, 1], [1, 1]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]),
        (range(3), [0, 1, 2]),
    ],
)
def test_as_targets_keeps_whole_numbers_whole(y, expected):
    targets = as_targets(y, 3)
    assert targets == expected
    assert [type(t) for t in targets] == [type(t) for t in expected]


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        ([1, 2], "y has 2 targets, and X has 3 rows"),
        ([], "y has 0 targets, and X has 3 rows"),
        (moons(4), "y has 4 targets, and X has 3 rows"),
        (
            ["a", "b", "c"],
            f"y, row 1 (y[0]): 'a' is no number; if the targets name classes, number them: {NUMBERED}",
        ),
        ([1, "b", 0], "y, row 2 (y[1]): 'b' is no number"),
        ([1, 2, math.nan], "y, row 3 (y[2]): nan is not finite"),
        ([[1, 2], [3, 4], [5]], "y, row 3: 1 number, and row 1 has 2"),
        ([[1, 2], [3, 4], [5, None]], "y, row 3, column 2 (y[2][1]): None is no number"),
        ([1, 2, [3]], "y, row 3 (y[2]): [3] is no number"),
        (7, "y is 7, not a list of numbers or of rows of them"),
    ],
)
def test_as_targets_names_what_is_wrong_and_where(y, sentence):
    with pytest.raises(DataError) as caught:
        as_targets(y, 3)
    assert str(caught.value) == sentence


def test_numpy_is_not_imported_for_lists():
    shown = python(
        """
        import sys
        from chalkgrad.nn.data import *
        as_rows([[1, 2]]), as_targets([1], 1), iris().split(), digits().standardised(), penguins(), moons()
        print("numpy" in sys.modules, "pandas" in sys.modules)
        """
    )
    assert shown == "False False\n"


@pytest.fixture
def numpy():
    return pytest.importorskip("numpy")


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "int64", "uint8", "bool", "object"])
def test_as_rows_takes_arrays(numpy, dtype):
    array = numpy.array([[1, 0], [0, 1], [1, 1]], dtype=dtype)
    rows = as_rows(array)
    assert rows == [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    assert {type(x) for row in rows for x in row} == {float}
    assert as_rows(array[:, 1]) == [[0.0], [1.0], [1.0]]
    assert as_rows(list(array)) == as_rows([list(row) for row in array]) == as_rows(array.T.copy().T) == rows


@pytest.mark.parametrize(
    ("dtype", "kind"), [("int32", int), ("uint8", int), ("bool", int), ("float32", float), ("object", int)]
)
def test_as_targets_takes_arrays(numpy, dtype, kind):
    array = numpy.array([1, 0, 1], dtype=dtype)
    for y in (array, array.reshape(3, 1), list(array)):
        targets = as_targets(y, 3)
        assert targets == [1, 0, 1]
        assert {type(t) for t in targets} == {kind}
    assert as_targets(numpy.eye(2, dtype=dtype), 2) == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda np: np.array([[1.0, np.inf]]), "X, row 1, column 2 (X[0][1]): inf is not finite"),
        (lambda np: np.array([1.0, np.nan]), "X, row 2 (X[1]): nan is not finite"),
        (lambda np: np.zeros((0, 3)), "X has no rows"),
        (lambda np: np.zeros((3, 0)), "X has rows without numbers in them"),
        (lambda np: np.zeros((2, 2, 2)), "X is an array of shape (2, 2, 2), and rows of numbers have two dimensions"),
        (lambda np: np.array(1.0), "X is an array of shape (), and rows of numbers have two dimensions"),
        (lambda np: np.float64(1.0), "X is 1.0, not a list of numbers or of rows of them"),
        (lambda np: np.array([["a", "1"]]), "X, row 1, column 1 (X[0][0]): 'a' is no number"),
        (lambda np: np.array([[1, None]]), "X, row 1, column 2 (X[0][1]): None is no number"),
        (lambda np: np.array([[1 + 0j]]), "X is an array of complex128, not of numbers"),
        (lambda np: np.array(["2026-01-01"], dtype="datetime64[ns]"), "X is an array of datetime64[ns], not of numbers"),
        (lambda np: np.ma.masked_array([[1.0, 2.0]], [[False, True]]), "X, row 1, column 2 (X[0][1]): None is no number"),
        (lambda np: Frame(np.array([[1.0, np.nan]]), ["a", "b"]), "X, row 1, column 'b': nan is not finite"),
        (lambda np: Frame(np.array([[1, "x"]], dtype=object), ["a", "b"]), "X, row 1, column 'b': 'x' is no number"),
        (lambda np: Frame(np.array([1.0, np.nan])), "X, row 2 (X[1]): nan is not finite"),
    ],
)
def test_as_rows_names_what_is_wrong_in_arrays(numpy, make, sentence):
    with pytest.raises(DataError) as caught:
        as_rows(make(numpy))
    assert str(caught.value) == sentence


def test_as_targets_names_what_is_wrong_in_arrays(numpy):
    with pytest.raises(DataError, match=r"^y, row 2 \(y\[1\]\): nan is not finite$"):
        as_targets(numpy.array([1.0, numpy.nan]), 2)
    with pytest.raises(DataError, match=r"^y has 2 targets, and X has 3 rows$"):
        as_targets(numpy.zeros((2, 3)), 3)


def test_frames_are_taken_by_their_methods(numpy):
    frame = Frame(numpy.array([[1, 2], [3, 4]]), ["a", "b"])
    assert as_rows(frame) == [[1.0, 2.0], [3.0, 4.0]]
    assert as_rows(Frame(numpy.array([1, 2]))) == [[1.0], [2.0]]
    assert as_targets(Frame(numpy.array([1, 0])), 2) == [1, 0]
    assert as_targets(Frame(numpy.array([[1], [0]]), ["t"]), 2) == [1, 0]
    assert Table(frame, [0.0, 1.0]).columns == ("a", "b")


def test_tensors_are_taken_by_tolist():
    tensor = SimpleNamespace(tolist=lambda: [[1.0, 2.0], [3.0, 4.0]])
    assert as_rows(tensor) == [[1.0, 2.0], [3.0, 4.0]]
    assert as_targets(SimpleNamespace(tolist=lambda: [1, 0]), 2) == [1, 0]


def test_pandas_frames_are_taken():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "kind": ["x", "y"]}, index=[10, 20])
    assert as_rows(frame[["a", "b"]]) == [[1.0, 0.5], [2.0, 1.5]]
    assert as_rows(frame["b"]) == [[0.5], [1.5]]
    assert as_targets(frame["a"], 2) == as_targets(frame[["a"]], 2) == [1, 2]
    assert {type(t) for t in as_targets(frame["a"], 2)} == {int}
    assert Table(frame[["a", "b"]], frame["a"]).columns == ("a", "b")
    with pytest.raises(DataError, match=r"^X, row 1, column 'kind': 'x' is no number$"):
        as_rows(frame)
    with pytest.raises(DataError, match=r"^X, row 2, column 'a': (<NA> is no number|nan is not finite)$"):
        as_rows(pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64")}))
    assert "pandas" in sys.modules


# Files of unusual size.


def test_the_work_for_a_line_of_column_names_grows_in_proportion():
    class Name(str):
        """A name that counts how often one is compared."""

        compared = 0
        __hash__ = str.__hash__

        def __eq__(self, other):
            Name.compared += 1
            return str.__eq__(self, other)

    def compared(columns):
        Name.compared = 0
        check_names("wide.csv", 1, [Name(f"c{j}") for j in range(columns)])
        return Name.compared

    assert compared(2000) <= 2 * compared(1000) + 100


def test_a_table_of_many_columns_is_read(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{j}" for j in range(20_000)) + "\n" + ",".join(["1"] * 20_000) + "\n", "utf-8")
    table = read_csv(path)
    assert (len(table.columns), table.target) == (19_999, "c19999")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a,b\n1," + "x" * 200_000 + "\n", 2),
        ("a" * 200_000 + ",b\n1,2\n", 1),
        ('a,b\n1,"' + "2,3\n" * 40_000, 2),
        ("a,b\n1,2\n1," + "9" * 140_000 + "\n", 3),
    ],
)
@pytest.mark.parametrize("separator", [None, ","])
def test_a_cell_that_is_too_long_is_said_to_be_so(tmp_path, text, line, separator):
    path = tmp_path / "long.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError) as caught:
        read_csv(path, separator=separator)
    assert str(caught.value) == (
        f"long.csv, line {line}: a cell has more than 131,072 characters: is a quotation mark never closed, or something else "
        "between the cells, which separator=… says?"
    )
