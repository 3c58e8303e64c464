"""The option --language of the whole command line, and that what a student reads after it in Hebrew is Hebrew."""

import io
import json
import re
import sys
from pathlib import Path

import pytest
from chalkgrad.__main__ import main
from chalkgrad.command import commands, examples, tasks
from chalkgrad.engine.words import language
from chalkgrad.engine.words.language import section, speaking
from processes import python

HEBREW = re.compile("[\u05d0-\u05ea]")


def said(capsys, *arguments, status=0):
    assert main([*arguments]) == status
    return capsys.readouterr().out


# The option -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", commands.PARSERS)
def test_every_command_takes_a_language_and_its_help_says_so(command, capsys):
    assert "--language" in commands.PARSERS[command]().options()
    text = said(capsys, "--language", "he", command, "--help")
    assert "--language" in text
    assert HEBREW.findall(text) == []  # what to type is said in English


@pytest.mark.parametrize(
    "arguments",
    [
        ["--language", "he", "train"],
        ["--language=he", "train"],
        ["train", "--language", "he"],
        ["--language", "en", "--language", "he", "train"],
        ["--language", "en", "train", "--language", "he"],
    ],
)
def test_the_language_stands_before_the_command_or_behind_it_and_the_last_one_counts(arguments, capsys):
    assert said(capsys, *arguments) == said(capsys, "train", "--language=he")
    assert HEBREW.search(said(capsys, *arguments))
    assert not HEBREW.search(said(capsys, "train"))  # it was for one run


def test_a_language_that_is_typed_counts_more_than_that_of_the_environment():
    script = "from chalkgrad.__main__ import main; main(['train']); print('===='); main(['--language', 'en', 'train'])"
    spoken, typed = python(script, CHALKGRAD_LANGUAGE="he").split("====")
    assert HEBREW.search(spoken)
    assert not HEBREW.search(typed)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--language", "xx", "train"], "--language is en or he, not xx"),
        (["train", "--language", "xx"], "--language is en or he, not xx"),
        (["--language", "train", "iris"], "--language is en or he, not train"),
        (["train", "--language", "h"], "--language is en or he, not h: did you mean he?"),
        (["--language=", "train"], "--language is en or he, not an empty word"),
        (["train", "--language", "en,he"], "--language is en or he, not en,he"),
        (["play", "colah", "--language", "en,xx"], "--language is en or he, not xx"),
        (["--language"], "--language says nothing: en or he is to follow it"),
    ],
)
def test_a_language_that_there_is_not_is_told_in_a_sentence_with_those_there_are(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"chalkgrad: {message}\n"


def test_errors_are_english_in_every_language(capsys):
    assert main(["--language", "he", "train", "mons"]) == 2
    assert capsys.readouterr().err == "chalkgrad: there is no task mons: did you mean moons?\n"


def test_a_table_without_a_column_to_learn_from_says_in_every_language_which_were_left_out(capsys):
    Path("table.csv").write_text("same,y\n" + "x,1\n" * 3 + "x,2\n" * 3, "utf-8")
    for code in ("en", "he"):
        assert main(["--language", code, "train", "table.csv"]) == 2
        assert re.search(r"no column for X besides the target 'y': \W*same\W*: ", capsys.readouterr().err)


def test_a_page_in_two_languages_opens_in_the_first(capsys):
    for codes in ("he,en", "en, he"):
        said(capsys, "play", "colah", "--language", codes, "-o", "page.html")
        assert f'<html lang="{codes[:2]}"' in Path("page.html").read_text("utf-8")


def test_a_sheet_is_in_its_own_language_then_in_that_of_the_command(capsys):
    """What a course's file says counts more than the language that happens to be spoken, and less than the option."""
    graph = '[[exercise]]\ngraph = "c = a*b"\nask = ["table"]\n'
    Path("own.toml").write_text(f'title = "One"\nlanguage = "en"\n{graph}', "utf-8")
    Path("none.toml").write_text(f'title = "One"\n{graph}', "utf-8")

    def spoken(file, *option):
        said(capsys, "sheet", file, "--versions", "1", "-o", "sheets", *option)
        return re.search('<html lang="(..)"', Path("sheets/sheet-A.html").read_text("utf-8"))[1]

    assert spoken("own.toml", "--language", "he") == "he"
    with speaking("he"):
        assert spoken("none.toml") == "he"
        assert spoken("own.toml") == "en"
    assert spoken("none.toml") == "en"


def test_feedback_in_hebrew_is_a_page_from_right_to_left_with_its_graphs_from_left_to_right(capsys):
    Path("engine.py").write_text(ENGINE, "utf-8")
    said(capsys, "--language", "he", "grade", "engine.py", "--needs", "+ *", "--html", "page.html", status=1)
    page = Path("page.html").read_text("utf-8")
    assert '<html lang="he" dir="rtl">' in page
    assert re.search("<footer>[^<]*דובר עברית", page)  # it is a draft
    assert re.search(r"code \{[^}]*direction: ltr", page)
    assert re.search("<code>\u2066?\\w+\u2069? = ", page)


def test_an_autograder_speaks_the_language_that_it_was_made_in(capsys):
    said(capsys, "--language", "he", "grade", "--scaffold", "gradescope", "autograder")
    assert any("--language he" in file.read_text("utf-8") for file in Path("autograder").iterdir())


# What is said ---------------------------------------------------------------------------------------------------------

# An engine whose + sets gradients where it should add to them, whose * has no r, and whose tanh is another function.
ENGINE = """\
class Value:
    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents, self.back = data, 0.0, parents, lambda: None
    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other))
        def back():
            self.grad = out.grad
            other.grad = out.grad
        out.back = back
        return out
    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other))
        def back():
            self.grad += other.data * out.grad
            other.grad += self.data
        out.back = back
        return out
    def tanh(self):
        return Value(max(0.0, self.data), (self,))
    def backward(self):
        order, seen = [], set()
        def visit(node):
            if node not in seen:
                seen.add(node)
                for parent in node.parents:
                    visit(parent)
                order.append(node)
        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node.back()
"""
TABLE = "a,b,kind,Id,same,y\n" + "".join(f"{i},{i % 3 or ''},{'uvw'[i % 3]},{i},x,{(i * i) % 7}\n" for i in range(1, 13))

# What may stand in Latin letters among Hebrew words, and why.
WHITELIST = {
    "names in programs and files": "grad data backward import input parameters Neuron Layer History callback float set",
    "what the field writes in English, in Hebrew books, too": "softmax tanh relu sigmoid max ReLU MLP XOR Adam fan out",
    "what is mentioned of functions, floats and papers": "sin exp ulp adjoints",
    "products and formats": "chalkgrad micrograd Python NumPy Moodle LaTeX Beamer UTF Windows JSON csv",
    "keys of the keyboard": "Enter Ctrl Shift Home End Esc Tab",
    "who has published an example": "Baydin Colah Geron Griewank HIPS Karpathy Mazur Rosenbrock Unicamp Walther",
    "units of a figure": "zij",
    "where examples are from": "autograd CppAD PyTorch README Rust JAX torch",
}
ALLOWED = {word for words in WHITELIST.values() for word in words.split()}
# Sources of examples are quoted: they cite the place that a graph comes from.
SOURCES = [examples.load(name).source for name in examples.names()]

CODE = [
    re.compile(r"^ {2}\S*(?:chalkgrad|python)\S* .*$", re.M),  # a command on a line of its own
    re.compile(r"\u2066(?:chalkgrad|--)[^\u2069]*\u2069"),  # a command, an option
    re.compile(r"\b[A-Z]\w+Error: [^\u2069\n]*"),  # what Python says
    re.compile(r"\bat (?=[^\s=]+ = )"),  # a graph, and the numbers of its leaves
    re.compile(r"[“\"][^”\"\n]*[”\"]"),  # the name of a slip, a name in quotation marks
    re.compile(r"https?://\S+"),
    re.compile(r"[\w./-]*[./_=][\w./=-]*"),  # a file, an attribute, an option with its value
    re.compile(r"--?[a-z-]+"),
    re.compile(r"\w+\([^()]*\)"),  # a call
    re.compile(r"\b[A-Z]{6}\b"),  # the code of a sheet
]


def english_in(text, labels=()):
    """The Latin words of more than two letters that are neither code, nor labels, nor in the whitelist."""
    for pattern in CODE:
        text = pattern.sub(" ", text)
    return sorted({*re.findall(r"(?<!\w)[A-Za-z]{3,}(?!\w)", text)} - ALLOWED - {*labels})


def in_hebrew(capsys, *arguments, status=0):
    """What a command writes in Hebrew, a warning and a progress bar included, in one line for each paragraph."""
    assert main(["--language", "he", *arguments]) == status
    captured = capsys.readouterr()
    return captured.out + captured.err


TASK_NAMES = [*tasks.NAMES, "all"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["train"],
        ["train", "iris", "--epochs", "2", "--compiled", "python"],
        ["train", "sine", "--epochs", "2", "--compiled", "numpy", "--save", "net.json"],
        ["train", "xor", "--epochs", "2", "--compiled", "no", "--checkpoint", "half.json"],
        ["train", "polynomial"],
        ["train", "approximation", "--widths", "1,2", "--epochs", "5"],
        ["train", "table.csv", "--missing", "mean", "--epochs", "2", "--compiled", "python"],
        ["train", "table.csv", "--target", "kind", "--missing", "drop", "--epochs", "2", "--compiled", "python"],
    ],
    ids=" ".join,
)
def test_training_is_told_in_hebrew(arguments, capsys):
    Path("table.csv").write_text(TABLE, "utf-8")
    text = in_hebrew(capsys, *arguments)
    assert HEBREW.search(text)
    assert english_in(text, [*TASK_NAMES, "same", "kind"]) == []


def test_what_a_task_teaches_and_takes_is_told_in_hebrew():
    for name in ("task lessons", "task data", "task summaries"):
        with speaking("he"):
            words = {key: re.sub(r"\{.*?\}", "", section(name).form(key)) for key in language._read("en")[name]}
        assert {key: english_in(text) for key, text in words.items() if english_in(text)} == {}


@pytest.mark.parametrize("name", [None, *examples.names()])
def test_examples_are_shown_in_hebrew_but_for_their_sources(name, capsys, monkeypatch):
    monkeypatch.setattr("chalkgrad.command.examples.LINE_LENGTH", 10_000)  # no sentence is broken
    text = in_hebrew(capsys, "examples", *([name] if name else []))
    assert HEBREW.search(text)
    for source in sorted(SOURCES, key=len, reverse=True):
        text = text.replace(source, "")
    text = re.sub(rf"^  (?:{'|'.join(examples.names())}) +|^ {{11}}.*$", "", text, flags=re.M)  # names in the list, and a loop
    assert english_in(text) == []


@pytest.mark.parametrize("name", examples.names())
def test_the_numbers_of_a_title_and_of_notes_are_the_same_in_every_language(name):
    def decimals(text):
        return sorted(re.findall(r"-?\d*\.\d+(?:e-?\d+)?", text))

    example = examples.load(name)
    english = decimals(example.title), decimals(example.notes)
    with speaking("he"):
        assert (decimals(example.title), decimals(example.notes)) == english


def test_titles_and_notes_follow_the_language_of_the_moment(capsys):
    colah = examples.load("colah")
    english = colah.title, colah.notes
    with speaking("he"):
        hebrew = colah.title, colah.notes
        assert all(map(HEBREW.search, hebrew))
    assert (colah.title, colah.notes) == english
    assert not any(map(HEBREW.search, english))
    told = json.loads(in_hebrew(capsys, "examples", "colah", "--json"))
    assert (told["title"], told["notes"]) == hebrew


def test_each_line_of_a_note_in_hebrew_sets_its_formulas_apart():
    with speaking("he"):
        broken = [line for name in examples.names() for line in examples.show(examples.load(name), 60).splitlines()]
    assert any(line.count("\u2066") > 1 for line in broken)
    assert [line for line in broken if line.count("\u2066") != line.count("\u2069")] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["draw", "colah", "-o", "c.svg"],
        ["draw", "network", "-o", "n.svg", "--no-backward"],
        ["draw", "mlp", "--root", "z31", "--limit", "20", "-o", "x.svg"],
        ["frames", "colah", "-o", "frames"],
        ["play", "colah", "-o", "c.html"],
        ["step", "colah", "--mistake", "overwrite"],
        ["lecture", "--rows", "1", "-o", "lecture"],
        ["sheet", "colah", "--key", "-o", "week"],
        ["sheet", "row13", "--versions", "2", "-o", "week"],
    ],
    ids=" ".join,
)
def test_what_is_drawn_written_and_made_is_told_in_hebrew(arguments, capsys):
    assert english_in(in_hebrew(capsys, *arguments), ["frames", "week", "lecture", "overwrite"]) == []


def test_the_prompt_of_step_speaks_hebrew(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\nb\ng 2\nt\n?\nq\n"))
    text = in_hebrew(capsys, "step", "colah")
    assert HEBREW.search(text)
    assert english_in(text) == []


def test_the_demonstration_speaks_hebrew(capsys, monkeypatch):
    monkeypatch.setattr("chalkgrad.command.demo.DESCENT_STEPS", 1)
    assert english_in(in_hebrew(capsys, "demo")) == []


def test_an_engine_is_judged_in_hebrew(capsys):
    Path("engine.py").write_text(ENGINE, "utf-8")
    text = in_hebrew(capsys, "grade", "engine.py", "--needs", "+ - * tanh Neuron", "--hints", "3", status=1)
    assert HEBREW.search(text)
    assert english_in(text, ["Value"]) == []


def test_all_slips_rules_and_hints_are_hebrew():
    """Most of them no single engine makes."""
    for name in ("feedback", "grading", "grading tests", "grading slips", "grading rules"):
        with speaking("he"):
            for key in language._read("en")[name]:
                assert english_in(re.sub(r"\{.*?\}", "", section(name).form(key)), ["Participant", "rate"]) == [], (name, key)


def test_answers_are_marked_in_hebrew(capsys):
    in_hebrew(capsys, "sheet", "colah", "--versions", "1", "-o", "week")
    in_hebrew(capsys, "mark", "--template", "answers.csv", "--sheets", "week")
    heads, row = Path("answers.csv").read_text("utf-8-sig").splitlines()
    filled = ",".join(cell or "7" for cell in row.split(","))
    Path("answers.csv").write_text(f"{heads}\n{filled}\n", "utf-8")
    text = in_hebrew(capsys, "mark", "answers.csv", "--sheets", "week", "-o", "marks")
    assert HEBREW.search(text)
    assert english_in(text, ["marks"]) == []
    assert english_in(Path("marks/report.md").read_text("utf-8")) == []


def test_what_is_english_is_found():
    """The judge of the tests above: words of a sentence are found, code is not."""
    assert english_in("נכתב \u2066c.svg\u2069, zebras crossing \u2066gently\u2069") == ["crossing", "gently", "zebras"]
    assert english_in("\u2066chalkgrad draw colah\u2069 מצייר; --root e, w.grad, tanh(alpha)") == []
