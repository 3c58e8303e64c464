"""A file xx.json is all that another language takes: what students see is in it throughout, so nothing stands in the code.

The language is made from English, each letter one of another alphabet; the letters of names, formulas and commands are Latin.
"""

import io
import json
import re
import shutil
import sys
from pathlib import Path
from string import Formatter

import one_bug_engines
import pytest
from chalkgrad.__main__ import main
from chalkgrad.engine import (
    Value,
    chain_rule,
    cost,
    four_ways,
    gradcheck,
    no_grad,
    nudge,
)
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.stepping.mistakes import MISTAKES
from chalkgrad.engine.words import language
from chalkgrad.engine.words.language import speaking
from chalkgrad.nn import MLP, Network, Neuron, fit, gradient_descent, rosenbrock, squared_error
from chalkgrad.nn.data import moons
from chalkgrad.viz import diagram, draw, play, plot_losses
from chalkgrad.viz.plots.descent import plot_descent
from textbook import colah

FOLDER = Path(language.__file__).parent
LATIN = re.compile("[A-Za-z]{2,}")
OTHER = str.maketrans({chr(ord(first) + i): chr(to + i) for first, to in (("a", 0x430), ("A", 0x410)) for i in range(26)})

# Latin words that are neither English nor of a file of words: what is typed, and names.
CODE = {*RULES, "grad", "tanh", "linear", "sigmoid", "identity", "moons", "iris", "svg", "html", "tex", "png", "json", "csv"}
CODE_OF_SHEET = re.compile(r"\b[A-Z]{6}\b")
TYPED = {"step", "steps", "back", "run", "run_to", "ask", "pending", "table", "print", "goto", "reset"}


def made(template):
    """A template of the language: its letters are others, its blanks are as they were."""
    if isinstance(template, dict):
        return {form: made(text) for form, text in template.items()}
    parts = []
    for text, blank, spec, kind in Formatter().parse(template):
        parts.append(text.translate(OTHER).replace("{", "{{").replace("}", "}}"))
        if blank is not None:
            parts.append("{" + blank + (f"!{kind}" if kind else "") + (f":{spec}" if spec else "") + "}")
    return "".join(parts)


@pytest.fixture(autouse=True)
def third(tmp_path_factory, monkeypatch):
    """Puts the file beside the others, and speaks it."""
    folder = tmp_path_factory.mktemp("languages")
    for file in FOLDER.glob("*.json"):
        shutil.copy(file, folder)
    english = json.loads((FOLDER / "en.json").read_text("utf-8"))
    words = {
        name: texts if name == "plural" else {key: made(text) for key, text in texts.items()} for name, texts in english.items()
    }
    words["language"] = {"code": "xx", "name": "хх", "direction": "ltr"}
    (folder / "xx.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
    monkeypatch.setattr(language, "_FOLDER", str(folder))
    language._read.cache_clear()
    with speaking("xx"):
        yield
    language._read.cache_clear()


def english_in(text, *known):
    """The Latin words of two letters or more that are not code or known names."""
    return sorted({word for word in LATIN.findall(text) if word not in CODE | {*known} and word.lower() not in CODE | {*known}})


def written_in(markup):
    """What is seen or read aloud of HTML or SVG; the blanks that a page's script fills are left out."""
    attributes = re.findall(r'(?:title|aria-label|placeholder|alt|aria-valuetext)="([^"]*)"', markup)
    without = re.sub(r"<(script|style|metadata|template)\b.*?</\1>", " ", markup, flags=re.DOTALL)
    text = " ".join([re.sub(r"<[^>]*>", " ", without), *attributes])
    return re.sub(r"&\w+;|\{[^{}]*\}", " ", text)


def kinks():
    x = Value(3.0, "x")
    y = (x.relu() * x).tanh() + x.exp().log()
    y.label = "y"
    return y


def inputs(root):
    return [node for node in root.tape() if node.op is None and not node.constant]


def stale(root):
    root.backward()
    inputs(root)[0].data = 4.0
    return repr(root) + str(root.tape())


def cut_off():
    with no_grad():
        return repr(Value(2.0, "x") * 2)


def asked(root):
    steps = root.steps()
    return "\n".join(f"{steps.ask()}{steps.ask(7.0)}{steps.step()}" for _ in range(3))


PRINTED = {
    "values": lambda: repr(colah()) + repr(inputs(colah())[0]) + stale(colah()) + cut_off(),
    "steps": lambda: "\n".join(map(str, [colah().steps(), *colah().steps(), *kinks().steps(), colah().steps(by="node")[-1]])),
    "forward pass": lambda: f"{kinks().steps(forward=True)}{kinks().steps(forward=True)[:]}",
    "pending": lambda: str(colah().steps().pending),
    "mistakes": lambda: "\n".join(str(kinks().steps(mistake=slip)) for slip in MISTAKES),
    "questions": lambda: asked(colah()),
    "answers": lambda: "\n".join(str(colah().check(b=number)) for number in (2.0, 5.0, 10.0, -5.0, 7.0, 3.0, 0.0, 6.0)),
    "chain rule": lambda: str(chain_rule(inputs(e := colah())[0], e)),  # there is none from a leaf back to the root
    "tables": lambda: f"{colah().tape()!r}{colah().tape()}{colah().tape().table(every_update=True)}{kinks().tape()}",
    "tangents": lambda: f"{colah().tape().tangents()}",
    "nudge": lambda: str(nudge(e := colah(), inputs(e)[1])) + str(nudge(k := kinks(), inputs(k)[0])),
    "cost": lambda: str(cost(colah())),
    "checked": lambda: str(gradcheck(lambda x, y: x * x * y + y, 3.0, 4.0)),
    "four ways": lambda: str(four_ways(lambda x, y: x * x * y + y, 3, 4)),
    "models": lambda: f"{MLP(2, [3, 1], 'tanh', seed=0)!r}{MLP(2, [3, 1], 'tanh', seed=0).describe()}{Neuron(2, seed=0)!r}",
    "training": lambda: repr(trained()),
    "drawing": lambda: repr(draw(colah())) + repr(play(colah())),
}


def trained():
    model, data = MLP(2, [4, 1], "tanh", seed=0), moons(20)
    return fit(model, data.X, data.y, loss=squared_error.mean, epochs=5, progress=False, validation=(data.X, data.y))


@pytest.mark.parametrize("what", PRINTED)
def test_what_is_printed_is_in_the_language(what):
    said = PRINTED[what]()
    assert re.search("[а-я]{2}", said)
    assert (
        english_in(said, *TYPED, "Value", "layer", "draw", "slide", "True", "llvm", "zero", "zero", *" ".join(MISTAKES).split())
        == []
    )


def pictures():
    e = colah()
    e.backward()
    network = Network("a b", "c = f(a, b); d = g(a, c)", "tanh", seed=0)
    yield "graph", draw(e)
    yield "path", draw(e, highlight="a")
    yield "table of a step", draw(e, highlight=e.steps()[3])
    yield "network", diagram(network, [1, 2], path="a d", show="weights")
    yield "matrices", diagram(MLP(20, [30, 2], seed=0), show="weights")
    yield "neuron", diagram(Neuron(9, seed=0), [1] * 9)


def test_pictures_are_in_the_language(tmp_path):
    for name, picture in pictures():
        picture.save(tmp_path / "p.svg")
        assert (name, english_in(written_in((tmp_path / "p.svg").read_text("utf-8")))) == (name, [])


def test_plots_are_in_the_language(tmp_path):
    pytest.importorskip("matplotlib")
    plot_losses(trained(), save=tmp_path / "losses.svg")
    plot_descent(gradient_descent(rosenbrock, 0.0, 0.0, rate=0.001, steps=3), save=tmp_path / "descent.svg")
    for file in ("losses.svg", "descent.svg"):
        assert english_in(written_in((tmp_path / file).read_text("utf-8")), "rosenbrock") == []


def test_frames_and_their_slides_are_in_the_language(tmp_path):
    assert main(["frames", "colah", "-o", str(tmp_path / "f")]) == 0
    made = sorted((tmp_path / "f").iterdir())
    assert len(made) > 3
    for file in made:
        text = file.read_text("utf-8")
        said = written_in(text) if file.suffix == ".svg" else "\n".join(re.findall(r"(?m)^% [^ ].*", text))
        assert english_in(re.sub(r"\\\w+", "", said), "colah") == [], file


@pytest.mark.parametrize("languages", [("xx",), ("en", "xx")])
def test_the_page_is_in_the_language(languages):
    page = play(colah(), languages=languages).html
    assert 'lang="xx"' in page if languages == ("xx",) else '<template data-language="xx">' in page
    body = page.partition("<body>")[2]
    if len(languages) > 1:
        body = re.search(r'<template data-language="xx">(.*?)</template>', body, re.DOTALL)[1]
    assert english_in(written_in(body)) == []


COMMANDS = {
    "step": ["step", "(a*b + c)*f", "a=2", "b=-3", "c=10", "f=-2"],
    "train moons": ["train", "moons", "--epochs", "3"],
    "train iris": ["train", "iris", "--epochs", "3"],
    "train": ["train"],
    "draw": ["draw", "colah", "-o", "e.svg"],
    "play": ["play", "colah", "-o", "e.html"],
}
NAMES = {
    "digits",
    "spirals",
    "circles",
    "xor",
    "blobs",
    "sine",
    "penguins",
    "approximation",
    "polynomial",
    "all",
    "colah",
    "chalkgrad",
    "train",
    "data",
    "target",
    "column",
    "plot",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_prints_is_in_the_language(command, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("s\n?\n2\nb\nt\nq\n"))
    assert main(COMMANDS[command]) == 0
    said = capsys.readouterr().out
    assert re.search("[а-я]{2}", said)
    assert english_in(said, *NAMES) == []


def test_sheets_and_what_is_marked_on_them_are_in_the_language(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    forms = "table,graph,chain,numbers,choice,sign"
    assert main(["sheet", "colah", "--ask", forms, "--key", "--versions", "1", "--language", "xx", "-o", "week"]) == 0
    for file in Path("week").glob("*.html"):
        assert english_in(CODE_OF_SHEET.sub("", written_in(file.read_text("utf-8"))), "colah") == [], file
    assert main(["mark", "--template", "answers.csv", "--sheets", "week"]) == 0
    head, *rows = Path("answers.csv").read_text("utf-8-sig").splitlines()
    Path("answers.csv").write_text("\n".join([head, *(row.rstrip(",") + ",7" * 12 for row in rows)]), "utf-8")
    capsys.readouterr()
    assert main(["mark", "answers.csv", "--sheets", "week"]) == 0
    said = capsys.readouterr().out + Path("marks/report.md").read_text("utf-8")
    assert english_in(CODE_OF_SHEET.sub("", said), "colah", "marks", "report", "answers", "week") == []


def test_the_judgement_of_an_engine_is_in_the_language(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(one_bug_engines.source(one_bug_engines.OF_STUDENTS[0]), "utf-8")
    assert main(["grade", "mine.py", "--html", "f.html"]) == 1
    pythons = "ZeroDivisionError: 0.0 cannot be raised to a negative power"
    for said in (capsys.readouterr().out, written_in(Path("f.html").read_text("utf-8"))):
        assert english_in(said.replace(pythons, ""), "mine", "py", "Value", "backward", "Neuron", "Layer", "MLP") == []
