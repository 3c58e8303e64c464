"""The command `chalkgrad train`: its tasks reach their goals, one's own tables are trained on, mistakes are sentences."""

import json
import math
import os
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from chalkgrad.__main__ import main
from chalkgrad.command import commands, tasks
from chalkgrad.command.train_reports import COMPUTED_BY
from chalkgrad.nn import MLP, Adam

FAST = ["--epochs", "3"]


def told(capsys, *arguments):
    """What a command that succeeds writes to standard output, in one line."""
    assert main(["train", *arguments]) == 0
    return " ".join(capsys.readouterr().out.split())


@pytest.fixture
def flowers():
    """Two classes of points around (0, 100) and (4, 300), in a file."""
    draw = random.Random(0).gauss
    rows = [f"{draw(4 * k, 1)},{draw(100 + 200 * k, 30)},{('ash', 'oak')[k]}" for k in (0, 1) for _ in range(40)]
    Path("trees.csv").write_text("\n".join(["height,age,kind", *rows]), "utf-8")
    return "trees.csv"


@pytest.fixture
def weights():
    """A target that is a line in two columns, and noise."""
    draw = random.Random(1).gauss
    xs = [(draw(0, 1), draw(50, 10)) for _ in range(80)]
    rows = [f"{a},{1000 + 30 * a - 5 * b + draw(0, 10)},{b}" for a, b in xs]
    Path("weights.csv").write_text("\n".join(["a,weight,b", *rows]), "utf-8")
    return "weights.csv"


# The goals ------------------------------------------------------------------------------------------------------------


def share(text, what):
    """A percentage that the report gives."""
    return float(re.search(rf"{what} ([\d.]+) %", text)[1])


def test_iris_is_told_apart(capsys):
    out = told(capsys, "iris")
    assert "MLP 4 → 8 → 3, tanh" in out
    assert "trained on 100, tested on the other 50" in out
    assert share(out, "test accuracy") >= 97


def test_digits_are_read(capsys):
    out = told(capsys, "digits")
    assert "MLP 64 → 32 → 10" in out
    assert "tested on the other 359" in out
    assert share(out, "test accuracy") >= 96


@pytest.mark.parametrize("task", ["moons", "spirals", "circles", "xor"])
def test_every_training_point_is_right(task, capsys):
    assert share(told(capsys, task), "training accuracy") == 100


@pytest.mark.parametrize("task", ["moons", "xor"])
@pytest.mark.parametrize("compiled", ["numpy", "python"])
def test_every_training_point_is_right_by_any_target(task, compiled, capsys):
    out = told(capsys, task, "--compiled", compiled)
    assert share(out, "training accuracy") == 100
    assert ("NumPy" if compiled == "numpy" else "Python") in out


def test_blobs_are_told_apart(capsys):
    assert share(told(capsys, "blobs"), "accuracy on fresh points") == 100


def test_a_sine_is_fitted_and_not_its_noise(capsys):
    out = told(capsys, "sine")
    assert float(re.search(r"R² on fresh points ([\d.]+)", out)[1]) > 0.97
    assert 0.095 < float(re.search(r"typical error ([\d.]+)", out)[1]) < 0.115


def test_the_penguins_are_weighed_beside_least_squares(capsys):
    network, line = map(
        float, re.search(r"test R² ([\d.]+), ordinary least squares ([\d.]+)", told(capsys, "penguins")).groups()
    )
    assert network > 0.85
    assert line == pytest.approx(0.871, abs=0.001)


def test_the_sup_error_falls(capsys):
    out = told(capsys, "approximation", "--widths", "4,64", "--epochs", "1000", "--plot", "sup.svg")
    errors = [float(error) for error in re.findall(r"│ \d+ │ (0\.\d+)", out)]
    assert len(errors) == 2
    assert errors[1] < 0.02 < errors[0]
    assert "wrote sup.svg: the sup error against the width" in out


def test_the_parameters_of_a_cubic_are_printed(capsys):
    out = told(capsys, "polynomial")
    assert "10,000 │ 166,766,685,001 │ 1,000,000,000,000 │ 1,000,201" in out
    assert "MLP of widths 32, 16, 1" in told(capsys, "polynomial", "--widths", "32,16")


def test_all_ends_with_a_table(capsys):
    assert main(["train", "all", *FAST]) == 0
    lines = capsys.readouterr().out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.split()[:1] == ["task"])
    assert [line.split()[0] for line in lines[start + 2 :]] == list(tasks.TABLE)
    assert max(map(len, lines[start:])) <= 80


def test_every_task_has_its_own_lines():
    for task in tasks.TASKS.values():
        assert task.summary
        assert task.lesson
        assert not task.lesson.endswith(".")


# What is told ---------------------------------------------------------------------------------------------------------


def test_alone_it_lists_what_there_is(capsys):
    assert main(["train"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(tasks.NAMES) + 1]] == [*tasks.NAMES, "all"]
    assert "  chalkgrad train moons --plot moons.svg" in lines


def test_help_names_every_task(capsys):
    assert main(["train", "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: chalkgrad train")
    assert all(name in out for name in tasks.NAMES)
    assert max(map(len, out.splitlines())) <= 120


def test_what_is_piped_has_neither_bar_nor_colour():
    done = subprocess.run(
        [sys.executable, "-m", "chalkgrad", "train", "xor", *FAST],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    out = done.stdout.decode("ascii")
    assert "MLP 2 -> 4 -> 1, tanh" in out
    assert "\x1b" not in out
    assert "\r" not in out
    assert "epochs/s" not in out
    assert done.stderr == b""


def test_the_same_seed_gives_the_same_result(capsys):
    def result(*arguments):
        return re.sub(r"[\d.]+ s,", "", told(capsys, "moons", "--epochs", "20", *arguments))

    assert result("--seed", "5") == result("--seed", "5")
    assert result("--seed", "5") != result("--seed", "6")


# Options --------------------------------------------------------------------------------------------------------------


def test_options_choose_the_network(capsys):
    out = told(capsys, "moons", *FAST, "--widths", "5,4", "--activation", "relu", "--rate", "0.5", "--batch", "7")
    assert "MLP 2 → 5 → 4 → 1, relu, last layer linear" in out
    assert "its rate falling from 0.5 to a tenth, batches of 7" in out
    assert "of 3;" in out


def test_names_of_activations_ignore_case(capsys):
    def reported(name):
        return re.sub(r"[\d.]+ s", "", told(capsys, "moons", *FAST, "--activation", name))

    assert reported("ReLU") == reported("relu")
    assert "φ being tanh" in told(capsys, "approximation", *FAST, "--widths", "2", "--activation", "TANH")


def test_what_kept_a_network_from_learning_is_said_among_the_results(capsys):
    assert main(["train", "xor", "--rate", "50", "--epochs", "4", "--compiled", "python"]) == 0
    out, err = capsys.readouterr()
    said = " ".join(out.split())
    assert "the loss ended above what it was before training, 0.7" in said
    assert ": the rate may be too large. " in said
    assert "Warning" not in err


def test_without_hidden_layers_a_line_is_drawn(capsys):
    out = told(capsys, "moons", "--widths", "none", "--epochs", "50")
    assert "MLP 2 → 1, linear, 3 parameters" in out
    assert share(out, "training accuracy") < 100


def test_each_sample_may_be_recorded_anew(capsys):
    assert "each sample recorded anew" in told(capsys, "xor", *FAST, "--compiled", "no")


@pytest.mark.parametrize("task", ["approximation", "iris"])
def test_any_target_computes(task, capsys):
    for compiled in ("llvm", "numpy", "python"):
        assert COMPUTED_BY[compiled] in told(capsys, task, *FAST, "--compiled", compiled)


@pytest.mark.parametrize(
    ("arguments", "drawn"),
    [
        (["moons", "--plot", "p.svg"], "wrote p.svg: the plane as the network divides it, and the training points"),
        (["blobs", "--plot", "p.png"], "wrote p.png: the plane as the network divides it, and the training points"),
        (["sine", "--plot", "p.pdf"], "wrote p.pdf: the curve that the network has fitted, and the training points"),
        (["iris", "--plot", "p.SVG"], "wrote p.SVG: the loss, epoch by epoch"),
        (["penguins", "--plot", "p.svg"], "wrote p.svg: the loss, epoch by epoch"),
    ],
)
def test_plots_are_written(arguments, drawn, capsys):
    assert drawn in told(capsys, *arguments, *FAST)
    (file,) = Path().iterdir()
    start = file.read_bytes()[:5]
    assert start == {".png": b"\x89PNG\r", ".pdf": b"%PDF-"}.get(file.suffix, b"<?xml")


def test_a_saved_network_takes_the_numbers_of_the_table(weights, capsys):
    assert "wrote net.json" in told(capsys, weights, "--target", "weight", "--save", "net.json")
    model = MLP.load("net.json")
    assert model.predict([0.0, 50.0]) == pytest.approx(750, abs=15)
    assert model.predict([1.0, 40.0]) == pytest.approx(830, abs=25)


# Tables of one's own --------------------------------------------------------------------------------------------------


def test_a_table_of_classes(flowers, capsys):
    out = told(capsys, flowers, "--target", "kind", "--plot", "p.svg")
    assert (
        "trees.csv: 80 rows, 2 columns, target kind, 2 classes: ash, oak; trained on 60, tested on 20, a quarter; "
        "standardised by the training part"
    ) in out
    assert "MLP 2 → 16 → 1, tanh" in out
    assert share(out, "test accuracy") >= 95
    assert "and the training points; x1 is height, x2 is age, class 0 is ash, class 1 is oak" in out
    assert Path("p.svg").exists()


def test_the_last_column_is_the_target_where_none_is_named(flowers, capsys):
    assert "target kind, the last column (--target names another), 2 classes" in told(capsys, flowers, *FAST)


def test_a_table_of_numbers_has_least_squares_beside_it(weights, capsys):
    out = told(capsys, weights, "--target", "weight")
    assert "80 rows, 2 columns, target weight, a number; trained on 60, tested on 20, a quarter" in out
    network, line = map(float, re.search(r"test R² ([\d.]+), ordinary least squares ([\d.]+)", out).groups())
    assert min(network, line) > 0.9


def test_where_least_squares_have_no_solution_the_network_stands_alone(capsys):
    rows = [f"{i},{2 * i},{math.sin(i)}" for i in range(40)]
    Path("twice.csv").write_text("\n".join(["a,b,y", *rows]), "utf-8")
    out = told(capsys, "twice.csv", "--target", "y", *FAST)
    assert (
        "No ordinary least squares beside it: column b follows from those before it, so least squares have no single solution"
    ) in out


def test_a_constant_target_is_learned(capsys):
    Path("same.csv").write_text("\n".join(["a,y", *(f"{i},1.5" for i in range(20))]), "utf-8")
    assert "test R² without a value, as the targets are all the same, typical error" in told(capsys, "same.csv", *FAST)


def test_three_classes_of_one_column(capsys):
    Path("size.csv").write_text("\n".join(["a,size", *(f"{i},{'SML'[i // 10]}" for i in range(30))]), "utf-8")
    out = told(capsys, "size.csv", "--target", "size", "--plot", "p.svg", *FAST)
    assert "3 classes: L, M, S" in out
    assert "wrote p.svg: the loss, epoch by epoch" in out


def test_of_a_large_table_a_thousand_points_are_drawn(capsys):
    rows = [f"{i % 37},{i % 41},{'ab'[i % 37 > 18]}" for i in range(2000)]
    Path("large.csv").write_text("\n".join(["u,v,kind", *rows]), "utf-8")
    assert "and 1000 of the training points; x1 is u" in told(capsys, "large.csv", "--plot", "p.png", *FAST)


def test_of_many_classes_the_loss_is_drawn(capsys):
    rows = [f"{i},{-i},{'abcdefghijkl'[i % 12]}" for i in range(48)]
    Path("many.csv").write_text("\n".join(["u,v,kind", *rows]), "utf-8")
    out = told(capsys, "many.csv", "--plot", "p.png", *FAST)
    assert "12 classes: a, b, c, d, …, l;" in out
    assert "the loss, epoch by epoch" in out


PASSENGERS = """id|sex|age|place|survived
7|male|22|S|no
9|female||C|yes
8|female|26|S|yes
5|male|35|S|no
6|male|54|C|no
4|female|27|S|yes
"""


def test_what_is_made_of_the_columns_is_said_before_the_training(capsys):
    Path("ship.csv").write_text(PASSENGERS, "utf-8")
    out = told(capsys, "ship.csv", *FAST, "--drop", "place", "--missing", "mean", "--separator", "pipe")
    assert (
        "left out, as asked: place id: another number for each row, which tells nothing: left out (--columns … takes what it "
        "names) sex: female, male as 2 columns of 0 and 1 1 missing value is the mean of its column (age) MLP 3 →"
    ) in out
    assert "ship.csv: 6 rows, 3 columns, target survived, the last column" in out


def test_the_line_on_the_titanic_that_the_help_has_can_be_typed(capsys):
    line = next(line for line in commands.TRAIN.splitlines() if "titanic.csv" in line)
    tickets = ["A/5 21171", "PC 17599", "STON/O2. 3101282", "113803", "373450", "330877", "17463", "349909"]
    people = [
        f'{i},{i % 2},3,"Braund, Mr. {i}",{("male", "female")[i % 3 > 1]},{20 + i if i != 4 else ""},1,0,{ticket},7.25,,'
        f"{'SC'[i % 2]}"
        for i, ticket in enumerate(tickets, 1)
    ]
    head = "PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked"
    Path("titanic.csv").write_text("\n".join([head, *people]), "utf-8")
    out = told(capsys, *line.split()[2:], *FAST)
    assert "left out, as asked: Cabin PassengerId: another number for each row" in out
    assert "Name: 8 different words, such as Braund, Mr. 1: left out" in out
    assert "Ticket: 8 different numbers and words, such as 113803 and A/5 21171: left out" in out
    assert "1 missing value is the mean of its column (Age)" in out


def test_the_options_of_a_table_choose_its_columns_and_rows(capsys):
    Path("ship.csv").write_text(PASSENGERS, "utf-8")
    Path("boat.csv").write_text("id,age,sex,place,survived\n1,30,male,Q,no\n2,31,female,Q,yes\n", "utf-8")
    arguments = ["ship.csv", "boat.csv", *FAST, "--columns", "sex, place,age", "--missing", "drop", "--json"]
    assert main(["train", *arguments]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert data["columns"] == ["sex_female", "sex_male", "place_C", "place_Q", "place_S", "age"]
    assert (data["rows"], data["target"], data["classes"]) == (7, "survived", ["no", "yes"])
    assert main(["train", "boat.csv", *FAST, "--target", "age", "--classes", "yes", "--json"]) == 2
    assert "each class has one row only" in capsys.readouterr().err


def test_beside_words_there_are_least_squares_still(capsys):
    draw = random.Random(2).gauss
    rows = [f"{'abc'[i % 3]},{i},{10 * (i % 3) + i + draw(0, 1)}" for i in range(40)]
    Path("kinds.csv").write_text("\n".join(["kind,x,y", *rows]), "utf-8")
    assert main(["train", "kinds.csv", *FAST, "--json"]) == 0
    metrics = json.loads(capsys.readouterr().out)["metrics"]
    assert metrics["test_r2_of_least_squares"] > 0.95
    assert set(metrics) == {
        f"{part}_{what}" for part in ("training", "test") for what in ("r2", "r2_of_least_squares", "typical_error")
    }


# A checkpoint --------------------------------------------------------------------------------------------------------


def test_a_checkpoint_goes_on_as_if_training_had_never_stopped(capsys):
    def facts(*options):
        assert main(["train", "xor", "--compiled", "python", "--epochs", "12", *options, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    def interrupt(moved):
        calls = iter(range(5))

        def fifth_is_interrupted(*arguments):
            if next(calls) == 4:
                raise KeyboardInterrupt
            return moved(*arguments)

        return fifth_is_interrupted

    whole = facts()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Adam, "moved", interrupt(Adam.moved))
        stopped = facts("--checkpoint", "run.json")["training"]
    again = facts("--checkpoint", "run.json")
    assert stopped["stopped"] == "interrupted"
    assert again["metrics"] == whole["metrics"]
    assert again["training"] == whole["training"] | {"resumed": stopped["epochs"]}
    assert again["files"]["checkpoint"] == "run.json"
    said = told(capsys, "xor", "--compiled", "python", "--epochs", "12", "--checkpoint", "run.json")
    assert "went on from run.json, after epoch 12" in said


def test_a_file_that_is_no_checkpoint_of_this_training_is_refused(capsys):
    run = ["train", "xor", "--compiled", "python", "--epochs", "3"]
    assert main([*run, "--save", "net.json"]) == 0
    assert main([*run, "--checkpoint", "run.json"]) == 0
    capsys.readouterr()
    assert main([*run, "--checkpoint", "net.json"]) == 2
    assert capsys.readouterr().err.startswith("chalkgrad: net.json was not written by fit(), but by save()")
    assert main([*run, "--checkpoint", "run.json", "--batch", "3"]) == 2
    assert capsys.readouterr().err.startswith("chalkgrad: run.json is of another run, with batch_size ")


# As JSON --------------------------------------------------------------------------------------------------------------


def test_json_is_one_object_and_nothing_else(flowers, capsys):
    said = told(capsys, flowers, "--seed", "3", "--epochs", "20", "--save", "net.json")
    assert main(["train", flowers, "--seed", "3", "--epochs", "20", "--save", "net.json", "--json"]) == 0
    captured = capsys.readouterr()
    facts = json.loads(captured.out)
    assert captured.err == ""
    assert facts["data"] == {
        "rows": 80,
        "training_rows": 60,
        "test_rows": 20,
        "columns": ["height", "age"],
        "target": "kind",
        "classes": ["ash", "oak"],
        "taken": [],
    }
    assert (facts["model"]["widths"], facts["model"]["parameters"]) == ([2, 16, 1], 65)
    assert facts["training"]["epochs"] == 20
    assert facts["files"] == {"model": "net.json", "plot": None, "checkpoint": None}
    assert f"test accuracy {100 * facts['metrics']['test_accuracy']:.0f}" in said.replace(".0 %", " %")


def test_every_kind_of_task_has_its_json(capsys, monkeypatch):
    from chalkgrad.command import train

    monkeypatch.setattr(train, "TABLE", ("xor", "polynomial"))
    assert main(["train", "all", *FAST, "--json"]) == 0
    xor, polynomial = json.loads(capsys.readouterr().out)["tasks"]
    assert (xor["task"], list(xor["metrics"]), xor["data"]["test_rows"]) == ("xor", ["training_accuracy"], 0)
    assert polynomial["metrics"][-1] == {"inputs": 10_000, "cubic": 166_766_685_001, "network": 1_000_201}
    assert main(["train", "approximation", *FAST, "--widths", "2", "--json"]) == 0
    assert [row["width"] for row in json.loads(capsys.readouterr().out)["metrics"]] == [2]
    assert main(["train", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["tasks"]) == [*tasks.NAMES, "all"]


# Mistakes -------------------------------------------------------------------------------------------------------------

MISTAKES = [
    (["irsi"], "chalkgrad: there is no task irsi: did you mean iris?\n"),
    (["zzz"], "chalkgrad: there is no task zzz; there are iris, digits, moons,"),
    (["moons", "more"], "chalkgrad: moons is trained alone, and more stands beside it: leave one of them out\n"),
    (["a.csv", "moons"], "chalkgrad: moons is trained alone, and a.csv stands beside it: leave one of them out\n"),
    (["moons", "--speed", "3"], "chalkgrad: there is no option --speed: did you mean --seed?\n"),
    (["a.csv", "--sep", ";"], "chalkgrad: there is no option --sep: did you mean --separator?\n"),
    (["a.csv", "--delimiter=;"], "chalkgrad: there is no option --delimiter: did you mean --separator?\n"),
    (["moons", "--lr", "0.1"], "chalkgrad: there is no option --lr: did you mean --rate?\n"),
    (["moons", "--s", "1"], "chalkgrad: there is no option --s: did you mean --seed, --separator or --save?\n"),
    (["spir"], "chalkgrad: there is no task spir: did you mean spirals?\n"),
    (["moons", "--epochs", "many"], "chalkgrad: --epochs is a whole number, not many\n"),
    (["moons", "--rate", "fast"], "chalkgrad: --rate is a number, not fast\n"),
    (["moons", "--drop", "x1"], "chalkgrad: --drop is for the columns of a table of your own; moons has its own data\n"),
    (["all", "--missing", "mean"], "chalkgrad: --missing is for the columns of a table of your own; all has its own data\n"),
    (["a.csv", "--missing", "median"], "chalkgrad: --missing is refuse, drop or mean, not median: did you mean mean?\n"),
    (["moons", "--epochs", "0"], "chalkgrad: --epochs is a whole number from 1, not 0\n"),
    (["moons", "--batch", "-3"], "chalkgrad: --batch is a whole number from 1, not -3\n"),
    (["moons", "--rate", "0"], "chalkgrad: --rate: a learning rate is a number above 0, not 0.0\n"),
    (["moons", "--rate", "nan"], "chalkgrad: --rate: a learning rate is a number above 0, not nan\n"),
    (
        ["moons", "--widths", "16,x"],
        "chalkgrad: a width is a whole number from 1: --widths 16,16 has two hidden layers, none has none\n  16,x\n     ^\n",
    ),
    (["moons", "--widths", "0"], "chalkgrad: a width is a whole number from 1: --widths 16,16 has two hidden layers, none"),
    (["moons", "--widths", ""], "chalkgrad: a width is a whole number from 1"),
    (
        ["moons", "--activation", "tahn"],
        "chalkgrad: there is no activation 'tahn': did you mean 'tanh'? There are relu, tanh, ",
    ),
    (
        ["moons", "--widths", "99999999"],
        "chalkgrad: a network of 2 inputs and the widths 99,999,999, 1 has 399,999,997 parameters, and 1,000,000 are",
    ),
    (
        ["approximation", "--widths", "3,99999999"],
        "chalkgrad: a network of 1 input and the widths 99,999,999, 1 has 299,999,998 parameters, and 1,000,000 are",
    ),
    (["moons", "--widths", "9" * 5000], "chalkgrad: a width of more than 9 digits is no network's\n"),
    (["polynomial", "--widths", "9" * 400], "chalkgrad: a width of more than 9 digits is no network's\n"),
    (
        ["moons", "--widths", "none", "--activation", "relu"],
        "chalkgrad: --activation is that of the hidden layers, and --widths none has none: leave one of them out\n",
    ),
    (["moons", "--activation", "softmax"], "chalkgrad: softmax is not an activation of one neuron, because it takes"),
    (["moons", "--activation", "step"], "chalkgrad: the derivative of step is 0 everywhere, so no gradient reaches"),
    (["approximation", "--activation", "step"], "chalkgrad: the derivative of step is 0 everywhere, so no gradient reaches"),
    (["moons", "--compiled", "c"], "chalkgrad: --compiled is auto, llvm, numpy, python or no, not c\n"),
    (["moons", "--target", "x1"], "chalkgrad: --target names a column of a table of your own; moons has its own data\n"),
    (["moons", "--plot", "p.jpeg"], "chalkgrad: a plot is saved as .svg, .png or .pdf, and p.jpeg ends in none of these\n"),
    (["moons", "--plot", "no/p.svg"], "chalkgrad: the plot cannot be written to no/p.svg: there is no folder no\n"),
    (["moons", "--save", "no/m.json"], "chalkgrad: the model cannot be written to no/m.json: there is no folder no\n"),
    (["moons", "--checkpoint", "."], "chalkgrad: . is a folder: name a file in it, such as run.json\n"),
    (["moons", "--save", "a", "--checkpoint", "a"], "chalkgrad: --save and --checkpoint are two files, and both are a: name"),
    (["all", "--checkpoint", "a"], "chalkgrad: all takes no --checkpoint: it is for one task; all runs several\n"),
    (["moons", "--save", "."], "chalkgrad: . is a folder: name a file in it, such as model.json\n"),
    (["polynomial", "--plot", "p.svg"], "chalkgrad: polynomial takes no --plot: it counts, and trains nothing\n"),
    (["approximation", "--save", "m.json"], "chalkgrad: approximation takes no --save: it trains several networks, and a file"),
    (["approximation", "--widths", "none"], "chalkgrad: approximation needs at least one width, such as --widths 16\n"),
    (["all", "--plot", "p.svg"], "chalkgrad: all takes no --plot: it is for one task; all runs several\n"),
    (["--plot", "p.svg"], "chalkgrad: what is to be trained? For instance: chalkgrad train moons --plot …\n"),
    (["none.csv"], "chalkgrad: there is no file none.csv (in "),
    (["."], "chalkgrad: . is a folder: name a file in it\n"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES)
def test_a_mistake_is_answered_with_a_sentence_before_anything_is_trained(arguments, message, capsys):
    assert main(["train", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(message)
    assert "Traceback" not in captured.err
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("a,b\n1,2\n3,x\n", ["--target", "c"], "chalkgrad: own.csv has no column 'c'"),
        (
            "a,b\n1,2\nx,4\n",
            ["--target", "b"],
            "chalkgrad: own.csv, line 3, column 'a': 'x' is no number among numbers; correct it, or --drop a leaves",
        ),
        (
            "body mass,b\n1,2\n,4\n",
            [],
            "chalkgrad: own.csv, line 3, column 'body mass': the cell is empty; 1 of 2 rows lacks a value: --missing drop",
        ),
        (
            "a\n1\n2\n",
            [],
            "chalkgrad: own.csv, line 1: 'a' is one column and at least two are needed, the target among them: --sep",
        ),
        (
            "a,b\n1,2.5\n2,x\n3,4\n",
            [],
            "chalkgrad: own.csv, line 3, column 'b': 'x' is no number; if the target names classes, say --cl",
        ),
        ("a,b\n1,2\n", ["--drop", "c"], "chalkgrad: own.csv has no column 'c': it has 'a', 'b'\n"),
        ("a,b\n1,2\n", ["--columns", ""], "chalkgrad: --columns '' leaves nothing for X: own.csv has 'a', 'b'\n"),
        ("a,b\n1,2\n", ["--separator", "::"], "chalkgrad: a separator is one character, such as ',' or ';', not '::'\n"),
        ("<html>", [], "chalkgrad: own.csv is a web page (HTML) under another name, not a table"),
        ("\0\1\2", [], "chalkgrad: own.csv is no text file: "),
        ("a,b\n1,2\n", [], "chalkgrad: own cannot be split: one row"),
        (
            "a,b\n1,yes\n2,yes\n3,yes\n4,yes\n",
            [],
            "chalkgrad: own.csv, column 'b': every row is of the class yes, so nothing is",
        ),
        ("", [], "chalkgrad: own.csv is empty"),
        (
            "a,b\n1,1e200\n2,0.5\n3,1\n",
            [],
            "chalkgrad: own.csv, column 'b': the numbers are too large to be squared, up to 1e+200",
        ),
        ("a,b\n" + "1.7e308,1\n-1.7e308,2.5\n" * 6, [], "chalkgrad: the numbers of column 'a' are too large"),
    ],
)
def test_what_is_wrong_with_a_table_is_a_sentence(content, arguments, message, capsys):
    Path("own.csv").write_text(content, "utf-8")
    assert main(["train", "own.csv", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(message)
    assert captured.err.count("\n") == 1


def test_a_rate_that_is_too_large_is_a_sentence(capsys):
    assert main(["train", "sine", "--rate", "1e200", "--epochs", "5"]) == 2
    err = capsys.readouterr().err.rpartition("chalkgrad: ")[2]
    assert err.startswith("training stopped in epoch 1")
    assert err.endswith("; a smaller --rate may help\n")


def test_without_matplotlib_nothing_is_trained(monkeypatch, capsys):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "matplotlib" else find(name, *rest))
    assert main(["train", "moons", "--plot", "moons.svg"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == 'chalkgrad: plots need matplotlib: pip install "chalkgrad[plot]"\n'


# Ctrl-C ---------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="a process is not sent Ctrl-C elsewhere")
def test_ctrl_c_keeps_the_best_parameters_and_draws():
    import termios

    terminal, end = os.openpty()  # elsewhere there is no bar
    termios.tcsetwinsize(end, (24, 80))
    process = subprocess.Popen(
        [sys.executable, "-m", "chalkgrad", "train", "moons", "--epochs", "1000000", "--compiled=python", "--plot=p.svg"],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"}, stdout=subprocess.PIPE, stderr=end, encoding="utf-8",
    )  # fmt: skip
    os.close(end)
    bar = b""
    while not re.search(rb" [1-9]\d*/1000000", bar):
        bar += os.read(terminal, 1000)
    process.send_signal(signal.SIGINT)
    out = " ".join(process.communicate(timeout=60)[0].split())
    bar += os.read(terminal, 100_000)
    os.close(terminal)
    assert process.returncode == 0, bar
    assert re.search(r"stopped in epoch \d+ of 1000000: the best parameters, of epoch \d+, are kept; [\d.]+ s, Python", out)
    assert "wrote p.svg" in out
    assert Path("p.svg").exists()
    assert b"Traceback" not in bar


def test_ctrl_c_in_all_ends_with_the_table_so_far(monkeypatch, capsys):
    from chalkgrad.nn import training

    fit, calls = training.fit, []

    def interrupted(*arguments, **options):
        calls.append(1)
        history = fit(*arguments, **options)
        if len(calls) == 2:
            history.stopped = "interrupted"
        return history

    monkeypatch.setattr(training, "fit", interrupted)
    out = told(capsys, "all", *FAST)
    assert "stopped: moons, spirals, penguins, approximation, polynomial left out" in out
    assert "iris │ 4-8-3" in out


def test_ctrl_c_before_the_first_epoch_leaves_the_parameters_of_the_beginning(monkeypatch, capsys):
    from chalkgrad.nn import training

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training._Run, "_epoch", interrupted)
    out = told(capsys, "iris", "--plot", "p.svg")
    assert "stopped before the first epoch was done: those of the beginning are kept; " in out
    assert "no plot: there is no epoch whose loss could be drawn" in out
    out = told(capsys, "approximation", "--plot", "p.svg")
    assert "stopped: widths 1, 2, 4, 8, 16, 32, 64 left out" in out
    assert not Path("p.svg").exists()
