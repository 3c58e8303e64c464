"""CSV files as courses hand them out: what each becomes is written here by hand."""

import pytest
from chalkgrad.nn.data import DataError, read_csv


@pytest.fixture
def read(tmp_path):
    """Writes texts to files, the first called table.csv, and reads them as one table."""

    def read(*contents, **options):
        names = ["table.csv", "second.csv", "third.csv"]
        files = [tmp_path / name for name, _ in zip(names, contents, strict=False)]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_csv(*files, **options)

    return read


def refused(read, *contents, **options):
    with pytest.raises(DataError) as caught:
        read(*contents, **options)
    return str(caught.value)


# The shapes of published tables: titanic and adult, breast cancer, housing, Advertising, students, auto-mpg, pokemon, mtcars.

SHAPES = {
    "words and empty cells": (
        "survived,pclass,sex,age,embarked\n0,3,male,22,S\n1,1,female,38,C\n1,3,female,,S\n0,1,male,54,S\n",
        {"target": "survived", "missing": "drop"},
        ("pclass", "sex_female", "sex_male", "age", "embarked_C", "embarked_S"),
        [[3, 0, 1, 22, 0, 1], [1, 1, 0, 38, 1, 0], [1, 0, 1, 54, 0, 1]],
        [0, 1, 0],
        (
            "sex: female, male as 2 columns of 0 and 1",
            "embarked: C, S as 2 columns of 0 and 1",
            "1 of 4 rows lacks a value (age): left out",
        ),
    ),
    "words without names": (
        "39, State-gov, 77516, <=50K\n50, Private, 83311, <=50K\n38, State-gov, 215646, >50K\n53, Private, 234721, >50K\n",
        {},
        ("x1", "x2_Private", "x2_State-gov", "x3"),
        [[39, 0, 1, 77516], [50, 1, 0, 83311], [38, 0, 1, 215646], [53, 1, 0, 234721]],
        [0, 0, 1, 1],
        (
            "line 1 of table.csv holds data, not names: the columns are called x1 to x3 and y",
            "x2: Private, State-gov as 2 columns of 0 and 1",
        ),
    ),
    "question marks, the mean": (
        "a,b,class\n5,1,2\n8,?,4\n8,10,4\n3,4,2\n",
        {"missing": "mean"},
        ("a", "b"),
        [[5, 1], [8, 5], [8, 10], [3, 4]],  # (1 + 10 + 4)/3 = 5
        [0, 1, 1, 0],
        ("1 missing value is the mean of its column (b)",),
    ),
    "runs of blanks": (
        " 0.02   0.00   7.07  0  21.6\n 0.03  12.50   2.18  1  34.7\n",
        {},
        ("x1", "x2", "x3", "x4"),
        [[0.02, 0, 7.07, 0], [0.03, 12.5, 2.18, 1]],
        [21.6, 34.7],
        (
            "one or more spaces stand between the cells of table.csv",
            "line 1 of table.csv holds data, not names: the columns are called x1 to x4 and y",
        ),
    ),
    "an index without a name": (
        '"","TV","radio","sales"\n"1",230.1,37.8,22.1\n"2",44.5,39.3,10.4\n"3",17.2,45.9,9.3\n',
        {},
        ("TV", "radio"),
        [[230.1, 37.8], [44.5, 39.3], [17.2, 45.9]],
        [22.1, 10.4, 9.3],
        ("the first column has no name and tells the rows apart (1 to 3): left out",),
    ),
    "pandas' index": (
        "Unnamed: 0,a,y\n0,1.5,2.5\n1,3.5,4.5\n",
        {},
        ("a",),
        [[1.5], [3.5]],
        [2.5, 4.5],
        ("the first column has no name and tells the rows apart (0 to 1): left out",),
    ),
    "an id": (
        "PassengerId,age,fare\n892,34.5,7.8\n893,47.0,7.0\n894,62.0,9.7\n",
        {},
        ("age",),
        [[34.5], [47], [62]],
        [7.8, 7.0, 9.7],
        ("PassengerId: another number for each row, which tells nothing: left out (columns=… takes what it names)",),
    ),
    "a comma at the end": (
        "x,y,\n1,2,\n3,4,\n",
        {},
        ("x",),
        [[1], [3]],
        [2, 4],
        ("column 3 has neither a name nor a cell: left out",),
    ),
    "a comma at the end of some lines": (
        "x,y\n1,2,\n3,4\n",
        {},
        ("x",),
        [[1], [3]],
        [2, 4],
        ("table.csv: 1 line has an empty cell behind the last column: left out",),
    ),
    "true, false, yes and no": (
        "x1,x2,x3,y\n0.1,True,yes,yes\n0.2,False,no,no\n0.4,True,no,yes\n0.6,False,no,no\n",
        {},
        ("x1", "x2", "x3"),
        [[0.1, 1, 1], [0.2, 0, 0], [0.4, 1, 0], [0.6, 0, 0]],
        [1, 0, 1, 0],
        ("x2: False is 0, True is 1", "x3: no is 0, yes is 1"),
    ),
    "percents and thousands": (
        'growth,people,y\n45%,"1,234.5",1\n-50%,12,2\n',
        {},
        ("growth", "people"),
        [[0.45, 1234.5], [-0.5, 12]],
        [1, 2],
        ("growth: 45% is read as 0.45", "people: 1,234.5 is read as 1234.5"),
    ),
    "pipes and a comment": (
        "# measured in May\na|b\n1|2.5\n3|4.5\n",
        {},
        ("a",),
        [[1], [3]],
        [2.5, 4.5],
        ("a | stands between the cells of table.csv", "table.csv: 1 line that begins with # left out"),
    ),
    "names behind a #": (
        "# x y\n1.0 2.0\n3.0 4.0\n",
        {},
        ("x",),
        [[1], [3]],
        [2, 4],
        (
            "one or more spaces stand between the cells of table.csv",
            "the columns of table.csv are called as line 1 says, which begins with #",
        ),
    ),
    "decimal commas between tabs": (
        "a\tb\n1,5\t2\n3,25\t4\n",
        {},
        ("a",),
        [[1.5], [3.25]],
        [2, 4],
        ("a tab stands between the cells of table.csv", "a: 1,5 is read as 1.5"),
    ),
    "decimal commas between semicolons": (
        "a;n;b;y\n2;1;0,5;2\n3,25;1;7;4,5\n",
        {},
        ("a", "n", "b"),
        [[2, 1, 0.5], [3.25, 1, 7]],
        [2, 4.5],
        ("a semicolon stands between the cells of table.csv", "a, b, y: 3,25 is read as 3.25"),
    ),
    "a separator that is asked for is not said": ("a;b\n1;2\n3;4\n", {"separator": ";"}, ("a",), [[1], [3]], [2, 4], ()),
    "decimal commas without names": (
        "1,5;2,5\n2,5;3,5\n",
        {},
        ("x1",),
        [[1.5], [2.5]],
        [2.5, 3.5],
        (
            "a semicolon stands between the cells of table.csv",
            "line 1 of table.csv holds data, not names: the columns are called x1 and y",
            "x1, y: 1,5 is read as 1.5",
        ),
    ),
    "blanks, a tab, and names in quotes": (
        '18.0   8   307.0\t"chevrolet malibu"\n15.0   6   ?\t"buick skylark"\n14.0   8   440.0\t"plymouth fury"\n',
        {"target": "x1", "missing": "drop"},
        ("x2", "x3"),
        [[8, 307], [8, 440]],
        [18, 14],
        (
            "one or more spaces stand between the cells of table.csv",
            "line 1 of table.csv holds data, not names: the columns are called x1 to x3 and y",
            "y: 3 different words, such as chevrolet malibu: left out",
            "1 of 3 rows lacks a value (x3): left out",
        ),
    ),
    "a column called #, and names": (
        "#,Name,Attack,HP\n1,Bulbasaur,49,45\n2,Ivysaur,62,60\n3,Venusaur,82,80\n",
        {},
        ("Attack",),
        [[49], [62], [82]],
        [45, 60, 80],
        (
            "the first column has no name and tells the rows apart (1 to 3): left out",
            "Name: 3 different words, such as Bulbasaur: left out",
        ),
    ),
    "R's names of rows": (
        'mpg cyl\n"Mazda RX4" 21 6\n"Datsun 710" 22.8 4\n',
        {},
        ("mpg",),
        [[21], [22.8]],
        [6, 4],
        (
            "one or more spaces stand between the cells of table.csv",
            "the first column has no name and tells the rows apart (Mazda RX4 to Datsun 710): left out",
        ),
    ),
    "years for names": (
        "country,2019,2020\nA,1.5,2\nB,3.5,4\nA,5.5,6\nB,7.5,8\n",
        {},
        ("country_A", "country_B", "2019"),
        [[1, 0, 1.5], [0, 1, 3.5], [1, 0, 5.5], [0, 1, 7.5]],
        [2, 4, 6, 8],
        ("country: A, B as 2 columns of 0 and 1",),
    ),
    "numbers and a word that comes again": (
        "dependents,y\n0,1.5\n1,2.5\n3+,3.5\n0,4.5\n1,5.5\n3+,6.5\n",
        {},
        ("dependents_0", "dependents_1", "dependents_3+"),
        [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [1.5, 2.5, 3.5, 4.5, 5.5, 6.5],
        ("dependents: 0, 1, 3+ as 3 columns of 0 and 1",),
    ),
    "empty columns and constant words": (
        "a,b,unit,,y\n1,,kg,,1.5\n2,,kg,,2.5\n",
        {},
        ("a",),
        [[1], [2]],
        [1.5, 2.5],
        (
            "column 4 has neither a name nor a cell: left out",
            "b: every cell is empty: left out",
            "unit: kg in every row: left out",
        ),
    ),
    "a column that counts is kept, and said": (
        "day,y\n1,2.5\n2,3.5\n3,5.5\n",
        {},
        ("day",),
        [[1], [2], [3]],
        [2.5, 3.5, 5.5],
        ("day counts the rows: if it is an index, drop=['day'] leaves it out",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "options", "columns", "X", "y", "taken"), SHAPES.values(), ids=SHAPES)
def test_a_table_of_a_course_is_read(text, options, columns, X, y, taken, read):
    table = read(text, **options)
    assert (table.columns, table.X, table.y, table.taken) == (columns, X, y, taken)
    assert repr(table).splitlines()[1:] == [f"  {said}" for said in taken]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_encodings_of_spreadsheets_are_read(encoding, read):
    assert read("größe,klasse\n1,ja\n2,nein\n".encode(encoding), target="größe") == ([[1, 0], [0, 1]], [1, 2])


def test_letters_that_are_not_utf_8_are_read_as_windows_does_and_it_is_said(read):
    table = read("größe,y\n1,2.5\n2,3.5\n".encode("latin-1"))
    assert table.columns == ("größe",)
    assert table.taken == ("table.csv is not UTF-8 (see line 1): read as Windows-1252, so accents may be wrong",)


# Options.

FRUIT = "id,kind,mass,price\n7,apple,1.5,2\n8,pear,2.5,3\n9,apple,3.5,5\n6,pear,4.5,6\n"


@pytest.mark.parametrize(
    ("options", "columns", "target"),
    [
        ({}, ("kind_apple", "kind_pear", "mass"), "price"),
        ({"drop": ["kind"]}, ("mass",), "price"),
        ({"drop": "kind"}, ("mass",), "price"),
        ({"drop": ["price"]}, ("kind_apple", "kind_pear"), "mass"),
        ({"columns": ["mass", "id"]}, ("mass", "id"), "price"),
        ({"columns": ["mass", "price"]}, ("mass",), "price"),
        ({"columns": ["price", "kind"], "target": "mass"}, ("price", "kind_apple", "kind_pear"), "mass"),
    ],
)
def test_columns_are_chosen(options, columns, target, read):
    table = read(FRUIT, **options)
    assert (table.columns, table.target) == (columns, target)


def test_the_kinds_of_a_column_are_told(read):
    assert read(FRUIT).kinds == {"kind": ("kind_apple", "kind_pear")}
    assert read("kind_a,kind,y\n1,a,1.5\n2,b,2.5\n").columns == ("kind_a", "kind_a_", "kind_b")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"drop": ["mas"]}, "table.csv has no column 'mas': did you mean 'mass'? It has 'id', 'kind', 'mass', 'price'"),
        ({"columns": ["weight"]}, "table.csv has no column 'weight': it has 'id', 'kind', 'mass', 'price'"),
        ({"columns": []}, "columns=[] leaves nothing for X: table.csv has 'id', 'kind', 'mass', 'price'"),
        ({"drop": ["mass"], "target": "mass"}, "'mass' is the target and is to be left out: target=… names another"),
        (
            {"drop": ["kind", "mass"]},
            "table.csv has no column for X besides the target 'price': left out, as asked: kind, mass; id: another number for",
        ),
        ({"missing": "median"}, "there is no missing='median': there are missing='refuse', missing='drop', missing='mean'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, sentence, read):
    assert refused(read, FRUIT, **options).startswith(sentence)


def test_the_mean_of_words_is_their_shares_and_a_target_is_never_made_up(read):
    table = read("sex,age,y\nm,20,1.5\nf,,2.5\nm,40,\n,30,4.5\nm,60,5.5\n", missing="mean")
    assert table.y == [1.5, 2.5, 4.5, 5.5]
    assert table.X == [[0, 1, 20], [1, 0, (20 + 30 + 60) / 3], [1 / 3, 2 / 3, 30], [0, 1, 60]]
    assert table.taken[1:] == (
        "1 of 5 rows lacks a value (y): left out",
        "sex: where 1 word is missing stand the shares of the others, 0.333 in sex_f, 0.667 in sex_m",
        "1 missing value is the mean of its column (age)",
    )


def test_a_value_in_a_row_that_is_left_out_is_not_made_up(read):
    table = read("a,b,y\n1,2,1.5\n,,\n,3,2.5\n5,4,3.5\n", missing="mean")
    assert (table.X, table.y) == ([[1, 2], [3, 3], [5, 4]], [1.5, 2.5, 3.5])
    assert table.taken[-1] == "1 missing value is the mean of its column (a)"


def test_what_is_put_in_for_words_is_said_where_it_is_proposed(read):
    assert "missing='mean' puts in the share of each word, or drop=" in refused(read, "a,b,y\nu,1,1\n,2,2\nv,3,3\nu,1,4\n")
    both = refused(read, "a,b,y\nu,1,1\n,,2\nv,3,3\nu,1,4\n")
    assert "missing='mean' puts in the column's mean (of words, their shares), or drop=" in both


# Several files.


def test_several_files_are_one_table_whose_kinds_agree(read):
    table = read("kind,mass,y\na,1,1.5\nb,5,2.5\n", "y;kind;mass\n3,5;b;3\n4,5;c;4\n5,5;c;7\n6,5;a;8\n")
    assert table.columns == ("kind_a", "kind_b", "kind_c", "mass")
    assert table.X == [[1, 0, 0, 1], [0, 1, 0, 5], [0, 1, 0, 3], [0, 0, 1, 4], [0, 0, 1, 7], [1, 0, 0, 8]]
    assert table.y == [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
    assert table.taken[:2] == (
        "a semicolon stands between the cells of second.csv",
        "one below the other: table.csv (2 rows), second.csv (4 rows)",
    )
    assert table.taken[-1] == "y: 3,5 is read as 3.5"
    assert repr(table).startswith("table + second: 6 rows of 4 numbers, target y\n")


INDEXED = '"","TV","sales"\n"1",230.1,22.1\n"2",44.5,10.4\n"3",17.2,9.3\n'
LABELLED = "id,age,fare\n{}1,34.5,7.8\n{}2,47.0,7.0\n{}3,62.0,9.7\n"


def test_what_tells_the_rows_of_each_file_apart_is_left_out_and_said_once(read):
    table = read(INDEXED, INDEXED)
    assert (table.columns, len(table.y)) == (("TV",), 6)
    assert table.taken[1:] == ("the first column has no name and tells the rows of each file apart: left out",)
    further = INDEXED.replace('"1"', '"4"').replace('"2"', '"5"').replace('"3"', '"6"')
    assert read(INDEXED, further).taken[1:] == ("the first column has no name and tells the rows apart (1 to 6): left out",)
    repeated = read(INDEXED, INDEXED.replace('"2"', '"1"'))
    assert repeated.columns == ("column1", "TV")  # it does not tell the rows of the second file apart

    identified = read(LABELLED.format(1, 1, 1), LABELLED.format(1, 1, 1))
    assert identified.columns == ("age",)
    assert identified.taken[1:] == (
        "id: another number for each row of a file, which tells nothing: left out (columns=… takes what it names)",
    )
    assert read(LABELLED.format(1, 1, 1), LABELLED.format(2, 2, 2)).taken[1:] == (
        "id: another number for each row, which tells nothing: left out (columns=… takes what it names)",
    )
    assert read(LABELLED.format(1, 1, 1), LABELLED.replace("{}2", "{}1").format(1, 1, 1)).columns == ("id", "age")

    days = read("day,y\n1,2.5\n2,3.5\n3,5.5\n", "day,y\n1,2.5\n2,3.5\n")
    assert days.columns == ("day",)
    assert days.taken[1:] == ("day counts the rows of each file: if it is an index, drop=['day'] leaves it out",)


def test_the_second_file_may_lack_the_names_and_a_mistake_in_it_is_placed_there(read):
    assert read("a,b\n1,2.5\n", "3,4.5\n") == ([[1], [3]], [2.5, 4.5])
    assert refused(read, "a,b\n1,2.5\n2,3.5\n", "a,b\n4,1.5\n\nx,2.5\n").startswith(
        "second.csv, line 4, column 'a': 'x' is no number among numbers; "
    )
    assert refused(read, "a,b\n1,2.5\n", "a\n1\n").startswith("second.csv, line 1: 'a' is one column and at least two")
    assert refused(read, "a,b,y\n1,2.5,3\n", "a,b\n1,2\n") == (
        "second.csv has no column 'y', which table.csv has: files of one table have the same columns"
    )
    assert refused(read, INDEXED, "TV,sales\n230.1,22.1\n") == (
        "second.csv has no unnamed column, which table.csv has: files of one table have the same columns"
    )


def test_a_target_in_the_place_of_a_file_is_said_to_be_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    with pytest.raises(
        DataError, match=r"^there is no file y: what follows the first file are more files; target='y' names y$"
    ):
        read_csv("a.csv", "y")


# What is no table.


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("<!DOCTYPE html>\n<html><body>…", "table.csv is a web page (HTML) under another name, not a table: download the file"),
        ("\n  <html>\n", "table.csv is a web page (HTML) under another name"),
        ('[{"a": 1}]', "table.csv is JSON, not a table of lines"),
        ('{"a": [1, 2]}', "table.csv is JSON, not a table of lines"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "table.csv is a workbook, not a text file"),
        (b"\x1f\x8b\x08\x00", "table.csv is compressed: unpack it first"),
        (b"%PDF-1.7", "table.csv is a PDF, not a table"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "table.csv is no text file: "),
        (bytes(range(256)), "table.csv is no text file: "),
        (b"\0" * 64, "table.csv is no text file: "),
        ("# only\n# comments\n", "table.csv is empty: its first line is to hold the columns' names"),
        ("a,b\n", "table.csv has a line of column names and no rows under it"),
        ("a,b,a\n1,2,3\n", "table.csv, line 1: columns 1 and 3 are both called 'a'"),
        ("a,b\n1,2\n3\n", "table.csv, line 3: 1 cell under 2 column names"),
        ("a,b\n?,1\nNA,2\n", "table.csv has no column for X besides the target 'b': a: every cell is empty: left out"),
        (
            "," * 499,
            "table.csv has no column for X besides the target 'y': "
            + "; ".join(f"x{j}: every cell is empty: left out" for j in range(1, 7))
            + "; and 493 more columns",
        ),
        (
            "mass,y\n12 kg,1\n13 kg,2\n15 kg,4\n",
            "table.csv, line 2, column 'mass': '12 kg' is no number; write the number alone",
        ),
        (
            "day,y\n2020-01-05,1\n2020-01-06,2\n",
            "table.csv, line 2, column 'day': '2020-01-05' is a date or a time: write a number",
        ),
        ("x,y\n1,2.5\n2,3.5\n3,-\n", "table.csv, line 4, column 'y': '-' is no number; if the target names classes, say"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(content, sentence, read):
    assert refused(read, content).startswith(sentence)


def test_if_every_row_lacks_a_value_the_column_that_lacks_most_is_named(read):
    assert refused(read, "a,b,c,y\n1,,3,1.5\n,2,3,2.5\n5,,3,3.5\n", missing="drop") == (
        "table.csv: no row has all values; 'b' lacks 2 of 3: drop=['b'] leaves that column out"
    )


def test_names_that_are_asked_for_are_refused(read):
    assert refused(read, "who,x,y\nAda,1,2.5\nBob,2,3.5\nEve,3,4.5\n", columns=["who"]) == (
        "table.csv, line 2, column 'who': 3 different words stand here, such as 'Ada', too many for a column of 0 and 1 each"
    )


def test_names_among_numbers_are_left_out_and_slips_among_numbers_are_refused(read):
    tickets = [f"A/5 {i}" if i % 3 else str(1000 + i) for i in range(20)]
    table = read("ticket,x,y\n" + "".join(f"{ticket},{i},{i / 8}\n" for i, ticket in enumerate(tickets)))
    assert table.columns == ("x",)
    assert table.taken[0] == "ticket: 20 different numbers and words, such as 1000 and A/5 1: left out"
    depths = ["unknown" if i % 3 == 0 else str(1000 + i) for i in range(120)]
    sentence = refused(read, "depth,y\n" + "".join(f"{depth},{i / 8}\n" for i, depth in enumerate(depths)))
    assert sentence.startswith("table.csv, line 2, column 'depth': 'unknown' is no number among numbers; correct it, or drop=")


PASSENGERS = """PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked
1,0,3,"Braund, Mr. Owen Harris",male,22,1,0,A/5 21171,7.25,,S
2,1,1,"Cumings, Mrs. John Bradley",female,38,1,0,PC 17599,71.2833,C85,C
3,1,3,"Heikkinen, Miss. Laina",female,26,0,0,STON/O2. 3101282,7.925,,S
4,1,1,"Futrelle, Mrs. Jacques Heath",female,35,1,0,113803,53.1,C123,S
5,0,3,"Allen, Mr. William Henry",male,,0,0,373450,8.05,,
6,0,3,"Moran, Mr. James",male,28,0,0,330877,8.4583,,Q
7,0,1,"McCarthy, Mr. Timothy J",male,54,0,0,17463,51.8625,E46,S
8,0,3,"Palsson, Master. Gosta Leonard",male,2,3,1,349909,21.075,,S
"""


def test_tickets_are_left_out_as_names_are_however_few_they_are(read):
    asked = {"target": "Survived", "drop": ["Cabin"], "missing": "mean"}
    table = read(PASSENGERS, **asked)
    assert table.columns == (
        *("Pclass", "Sex_female", "Sex_male", "Age", "SibSp", "Parch", "Fare"),
        *("Embarked_C", "Embarked_Q", "Embarked_S"),
    )
    assert "Ticket: 8 different numbers and words, such as 113803 and A/5 21171: left out" in table.taken
    assert refused(read, PASSENGERS, target="Survived", missing="mean", columns=["Ticket"]) == (
        "table.csv, line 2, column 'Ticket': 8 different numbers and words stand here, such as '113803' and 'A/5 21171', too "
        "many for a column of 0 and 1 each"
    )


def test_three_codes_among_many_numbers_are_no_slips_and_three_slips_are(read):
    numbers = [str(1000 + i) for i in range(60)]
    lines = "".join(f"{{}},{i / 8}\n" for i in range(63))
    table = read("ticket,z,y\n" + lines.replace("{},", "{},0.5,").format(*numbers, "A/5 21171", "PC 17599", "LINE"))
    assert table.columns == ("z",)
    assert read("ticket,z,y\nA/5 21171,1,1.5\n113803,2,2.5\nSTON/O2. 3101282,4,3.5\n").columns == ("z",)
    for slips in (["heavy", "light", "none at all"], ["1 5", "1 7", "1_9"], ["12 kg", "13 kg", "14 kg"]):
        sentence = refused(read, "depth,y\n" + lines.format(*numbers, *slips))
        assert f"{slips[0]!r} is no number among numbers; correct it, or drop=" in sentence


def test_one_row_and_one_long_row_are_tables(read):
    assert read("1,2,3\n") == ([[1, 2]], [3])
    assert len(read(",".join(["1.5"] * 5000) + "\n").columns) == 4999
