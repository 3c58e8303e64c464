"""What the rows of the lecture make, and whether what is said of them is true; the numbers are worked out by hand."""

import math
import re
import shlex
import xml.etree.ElementTree as ET
from contextlib import suppress

import chalkgrad.lecture.making as making
import pytest
from chalkgrad import chain_rule
from chalkgrad.command import commands
from chalkgrad.engine.stepping.units import NoUnitsError, Units
from chalkgrad.engine.words.language import languages, speaking
from chalkgrad.engine.words.manner import lowered
from chalkgrad.lecture.index import program
from chalkgrad.lecture.making import Folder
from chalkgrad.lecture.rows import rows
from chalkgrad.viz.page import play as player
from chalkgrad.viz.page.training import RATES
from chalkgrad.viz.page.units import labelled

ROWS = {row.number: row for row in rows()}
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=[f"row {number}" for number in ROWS])


def variables(number):
    """What a row's code leaves behind."""
    found = {"__name__": "__main__"}
    exec(quick(ROWS[number]).code, found)
    return found


def quick(row):
    """A row whose training is over soon."""
    return row._replace(code=row.code.replace("epochs=1000", "epochs=2"))


@each_row
def test_a_row_makes_all_that_it_lists(row, tmp_path):
    written = Folder(tmp_path).make(quick(row))
    assert written.missing == {}
    assert row.slide in [file.name for file in row.files]
    for name, _ in row.written:
        path = tmp_path / name
        if name.endswith("/"):
            assert len([*path.iterdir()]) > 5
        elif path.suffix == ".svg":
            assert ET.parse(path).getroot().tag.endswith("svg")
        elif path.suffix == ".tex":
            assert path.read_text("utf-8").startswith("% needs \\usepackage{amsmath}\n")
        elif path.suffix in (".ipynb", ".py"):
            assert f"# {row.number}. {row.title}" in path.read_text("utf-8")
        else:
            assert "function evaluate(v)" in path.read_text("utf-8")
    linked = re.findall(r'(?:href|src)="([^"#][^"]*)"', (tmp_path / "index.html").read_text("utf-8"))
    assert {file.name for file in row.written} == {*linked}


def test_there_are_fifteen_rows_of_two_hours():
    assert [*ROWS] == [*range(1, 16)]
    assert sum(row.minutes for row in rows()) == 120


@pytest.mark.parametrize("language", languages())
def test_each_row_has_its_words(language):
    with speaking(language):
        for row in rows():
            assert row.title
            assert row.question.rstrip("\u2069").endswith("?")
            assert row.keys
            assert [*row.notes] == [*row.noted]
            for text in (row.question, row.keys):
                assert text.count("`") % 2 == 0


def played(row):
    """The first value that the first page of a row sweeps back from: as `play` finds it in what the row gives it."""
    found, given = variables(row.number), []
    found["notes"] = {}
    found["play"] = lambda *arguments, **options: given.append((*arguments, options.get("x")))
    eval(next(file.make for file in row.files if file.name.endswith(".html")), found)
    roots, _ = player._roots(*given[0])
    return roots[0]


def test_a_note_stands_at_a_moment_at_which_its_page_stops():
    """On a network → goes from unit to unit: to their outputs, and back to where all of a unit has come to an input."""
    noted = [row for row in rows() if row.noted]
    assert len(noted) == 13
    for row in noted:
        root = played(row)
        computed = [node for node in root.tape() if node.parents]
        forward, backward = range(1, len(computed) + 1), range(len(root.steps()))
        with suppress(NoUnitsError):
            units = Units(root)
            if sum(bool(unit.place) for unit in units.units) > 1:  # a neuron alone is played from inside
                outputs = [one.output for one in units.units]
                forward = [i for i, node in enumerate(computed, 1) if node in outputs]
                backward = [link.last for link in units.links]
        for moment in row.noted:
            assert int(str(moment).removeprefix("f")) in (forward if str(moment).startswith("f") else backward), row


# What is said of the rows ---------------------------------------------------------------------------------------------


def test_row_1_counts_the_monomials_and_every_derivative_by_a_weight_is_one_of_them():
    found = variables(1)
    assert f"{found['counts'][-1].monomials:,}" == "166,766,685,001"
    assert "166,766,685,001" in ROWS[1].keys
    found["y"].backward()
    x1, x2 = 2.0, -1.0
    monomials = [1, x1, x2, x1 * x1, x1 * x2, x2 * x2, x1**3, x1 * x1 * x2, x1 * x2 * x2, x2**3]
    assert [found[f"w{i}"].grad for i in range(10)] == monomials


def test_row_2_says_1_and_no_gradient_passes_its_step():
    found = variables(2)
    assert found["y"].data == 1.0
    assert [found[name].grad for name in ("u", "w1", "w2", "w3", "b", "x1")] == [0.0] * 6


def test_row_4_has_19_parameters_and_row_5_a_deep_path():
    found = variables(4)
    assert len(found["net"].theta) == 19
    assert [len([*unit.parameters()]) for unit in found["net"].units.values()] == [3, 3, 3, 3, 3, 4]
    assert str(variables(5)["net"].is_deep) == "deep: x2 → h1 → h4 → h6 → y2 passes 2 hidden units"


def test_row_6_has_the_gradient_of_one_affine_map():
    found = variables(6)
    # W₁ has the rows (1, -1), (2, 0), (0.5, 1), W₂ is (2, -1, 1): together (2 - 2 + 0.5, -2 + 0 + 1).
    found["y"].backward()
    assert [found["x1"].grad, found["x2"].grad] == [0.5, -1.0]


def test_row_7_ends_at_p_minus_y():
    found = variables(7)
    found["L"].backward()
    assert found["s2"].grad < 0 < min(found["s1"].grad, found["s3"].grad)
    assert sum(found[s].grad for s in ("s1", "s2", "s3")) == pytest.approx(0, abs=1e-15)
    assert chain_rule(found["L"], found["s2"]).count == 2


def test_row_8_has_a_path_for_each_of_three_samples():
    found = variables(8)
    assert chain_rule(found["L"], found["w"]).count == 3
    assert found["w"].grad == 2 * (-0.5 * 1 + 1 * 2 - 1.5 * 3)


def test_row_9_has_25_parameters():
    model = variables(9)["model"]
    assert len(model.parameters()) == 25
    assert [(len(layer.W), len(layer.W[0])) for layer in model.layers] == [(2, 3), (3, 2), (2, 3)]


def test_row_10_has_a_diagonal():
    found = variables(10)
    assert (len(found["whole"]), len(found["whole"][0])) == (2, 3)
    layer = found["layer"]
    assert [layer[i][j] for i in range(3) for j in range(3) if i != j] == [0.0] * 6
    assert all(layer[i][i] == pytest.approx(1 - found["trace"].z[2][i].data ** 2) for i in range(3))


def test_row_11_trains_four_units_to_an_r2_of_0_87_in_fifty_steps():
    found = variables(11)
    model, x, t = found["untrained"], found["x"], found["t"]
    (w, v), (b, (c,)) = (
        ([[one.data for one in row] for row in layer.W] for layer in model.layers),
        ([one.data for one in layer.b] for layer in model.layers),
    )
    w, v, rate, n = [one for (one,) in w], v[0], 0.1, len(x)
    fit = []
    for _ in range(51):
        h = [[math.tanh(w[j] * one + b[j]) for j in range(4)] for one in x]
        r = [math.fsum([v[j] * units[j] for j in range(4)]) + c - one for units, one in zip(h, t, strict=True)]
        mean = math.fsum(t) / n
        fit.append(1 - math.fsum(one**2 for one in r) / math.fsum((one - mean) ** 2 for one in t))
        inner = [[2 / n * r[i] * v[j] * (1 - h[i][j] ** 2) for i in range(n)] for j in range(4)]
        v = [v[j] - rate * 2 / n * math.fsum(r[i] * h[i][j] for i in range(n)) for j in range(4)]
        c -= rate * 2 / n * math.fsum(r)
        w = [w[j] - rate * math.fsum(inner[j][i] * x[i] for i in range(n)) for j in range(4)]
        b = [b[j] - rate * math.fsum(inner[j]) for j in range(4)]
    assert fit[0] < -0.5
    assert f"{fit[50]:.2f}" == "0.87"
    assert "0.87 in fifty" in ROWS[11].keys
    assert RATES["squared_error"] == rate


def test_row_9_says_in_which_order_the_page_goes():
    [root] = labelled([played(ROWS[9])])
    units = Units(root)
    names = [lowered(units.tape.names[unit.output]) for unit in units.units]
    assert len(names) >= 6
    assert f"`→`: {', '.join(names[:3])}, …" in ROWS[9].keys


def test_row_13_asks_for_the_path_that_is_still_to_come():
    found = variables(13)
    step = found["e"].steps()[3]
    assert step.parent is found["b"]
    assert "1 of 2, still to come: through" in str(step)
    assert found["b"].grad == 2 + 3


def test_row_14_stops_at_z2():
    found = variables(14)
    steps = [*found["y"].steps(wrt=found["θ2"])][1:]  # behind the seed
    assert [step.parent for step in steps] == [found["z3"], found["z2"], found["θ2"]]
    assert chain_rule(found["y"], found["θ2"]).count == 1


def test_row_15_has_the_paths_that_are_to_be_counted():
    found = variables(15)
    counts = [chain_rule(found["y1"], found[name]).count for name in ("θ3", "θ5", "θ2", "θ4", "θ1", "x1")]
    assert counts == [1, 2, 4, 1, 5, 11]
    assert ", ".join(map(str, counts)) in ROWS[15].keys
    assert found["θ3"].grad == 21 * 3 * -1.5 * 2
    assert "-189" in ROWS[15].keys


# What a lecturer types ------------------------------------------------------------------------------------------------

OWN = [(row.number, text) for row in rows() for text in row.own]


@pytest.mark.parametrize(("number", "text"), OWN, ids=[f"row {number} {text.split()[1]}" for number, text in OWN])
def test_what_is_offered_for_ones_own_expression_runs(number, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command, *arguments = shlex.split(text)
    if command == "chalkgrad":
        quick = ["--epochs", "2"] if arguments[0] == "train" else []
        assert commands.run(arguments + quick) == 0
        file = arguments[-1]
        assert (tmp_path / file).exists()
        if arguments[0] != "train":  # one of the row's own, in whose place it goes
            assert file.rstrip("/") in [made.name.rstrip("/") for made in ROWS[number].files]
    elif "h1(x, z2)" in text:
        with pytest.raises(ValueError, match="h1 → h2 → h1"):
            exec(text, {"__name__": "__main__"})
    else:
        exec(text.replace("epochs=500", "epochs=2"), {"__name__": "__main__"})
        named = re.findall(r'"(\d\d-[\w.-]+)"', text)
        assert [(tmp_path / name).exists() for name in named] == [True] * len(named)
        assert {*named} <= {made.name for made in ROWS[number].files}


@pytest.mark.parametrize("number", [5, 10, 13])
def test_the_program_that_the_sheet_shows_makes_the_same_files(number, tmp_path, monkeypatch, capsys):
    row = ROWS[number]
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    Folder(ours).make(row)
    theirs.mkdir()
    monkeypatch.chdir(theirs)
    exec(compile(program(row), "<typed>", "exec"), {"__name__": "__main__"})
    files = [path.relative_to(theirs) for path in sorted(theirs.rglob("*")) if path.is_file()]
    assert len(files) > 0
    for file in files:
        assert (theirs / file).read_bytes() == (ours / file).read_bytes(), file
    formulas = "".join((ours / name).read_text("utf-8") for name, _ in row.files if name.endswith(".tex"))
    assert capsys.readouterr().out == formulas


def test_a_name_that_a_row_makes_is_one_that_may_be_removed():
    names = [file.name for row in rows() for file in row.written]
    assert len({*names}) == len(names)
    assert all(making.OURS.fullmatch(name) for name in names)
