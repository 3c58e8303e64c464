"""The command `chalkgrad`, as a new user and a hostile one type it."""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import chalkgrad
import pytest
from chalkgrad.__main__ import main
from chalkgrad.command import commands, examples
from chalkgrad.engine.stepping.mistakes import MISTAKES as MISTAKES_ON_PURPOSE

L = ["(a*b + c)*f", "a=2", "b=-3", "c=10", "f=-2"]


def run(*arguments, cwd=None, **environment):
    return subprocess.run(
        [sys.executable, "-m", "chalkgrad", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


# Drawing --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "file", "within"),
    [
        ([*L, "-o", "L.svg"], "L.svg", "grad"),
        ([*L], "y.svg", "grad"),
        (["e = a*b; d = e + c; L = d*f", *L[1:]], "L.svg", "grad"),
        (["-o", "x.svg", *L], "x.svg", "grad"),
        ([*L[:2], "-o", "x.svg", *L[2:]], "x.svg", "grad"),
        ([*L[:2], "--theme", "dark", *L[2:4], "--direction=TB", L[4]], "y.svg", "grad"),
        (["-a*b", "a=2", "b=3"], "y.svg", "grad"),
        (["-a", "a=2"], "y.svg", "grad"),
        (["--a*b", "a=2", "b=3"], "y.svg", "grad"),
        (["-(a + b)", "a=2", "b=3", "-o", "x.svg"], "x.svg", "grad"),
        (["--", "-o*h", "o=2", "h=3"], "y.svg", "grad"),
        (["ℓ*x", "ℓ=3", "x=2"], "y.svg", "ℓ"),
        (["a + b", "a=−2", "b=1/3", "-oout.dot"], "out.dot", "digraph"),
        (["colah"], "colah.svg", "grad"),
        (["colah", "b=3", "-o", "c.svg"], "c.svg", "20"),
        (["network"], "network.svg", "y2"),
        (["network", "--root", "y1"], "network.svg", "grad"),
        (["colah", "--skin", "circuit", "-o", "c.svg"], "c.svg", "<svg"),
        (["colah", "--skin=edges", "--path", "b", "-o", "c.svg"], "c.svg", "∂e/∂b = ∂e/∂c · ∂c/∂b + ∂e/∂d · ∂d/∂b"),
        (["paths", "--root", "y1", "--path", "x1", "-o", "c.svg"], "c.svg", "= 775.5</text>"),
        (["paths", "--root", "y₁", "--path", "θ₁", "-o", "c.svg"], "c.svg", "= 522</text>"),
        (["micrograd_readme", "--path", "a", "-o", "c.svg"], "c.svg", ">138.8</text>"),
        (["colah", "--notation", "d", "--path", "b", "-o", "c.svg"], "c.svg", "de/db"),
        (["colah", "--step", "5", "-o", "c.svg"], "c.svg", "complete: ∂e/∂b = 3 + 2 = 5"),
        (["pi*r", "pi=3.14159265", "r=1", "--digits", "7", "-o", "c.svg"], "c.svg", "3.141593"),
        (["colah", "--caption", "two paths <meet>", "-o", "c.svg"], "c.svg", "two paths &lt;meet&gt;"),
        (["colah", "-o", "c.tex"], "c.tex", "tikzpicture"),
        (["colah", "-o", "c.html"], "c.html", '<html lang="en" data-theme="auto">'),
        (["colah", "-o", "c.html", "--theme", "light"], "c.html", '<html lang="en" data-theme="light">'),
        (["+".join(f"x{i}" for i in range(140)), *(f"x{i}=1" for i in range(140))], "y.svg", "x139"),
    ],
)
def test_drawing_writes_the_file_and_says_so(arguments, file, within, capsys):
    assert main(["draw", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith(f"wrote {file}")
    assert captured.err == ""
    assert within in Path(file).read_text(encoding="utf-8")


def test_without_backward_no_gradient_is_drawn():
    assert main(["draw", "a*b", "a=2", "b=3", "-o", "with.dot"]) == 0
    assert main(["draw", "a*b", "a=2", "b=3", "-o", "without.dot", "--no-backward"]) == 0
    assert Path("with.dot").read_text(encoding="utf-8") != Path("without.dot").read_text(encoding="utf-8")


def test_what_is_shown_may_be_chosen():
    assert main(["draw", "a*b", "a=2", "b=3", "--show", "data", "-o", "data.svg"]) == 0
    drawn = Path("data.svg").read_text(encoding="utf-8")
    assert ">data<" in drawn
    assert ">grad<" not in drawn
    assert ">∂y/∂a" not in drawn


# On standard output ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["draw", "colah", "-o", "-"], b"<svg "),
        (["draw", "-o-", *L], b"<svg "),
        (["draw", "colah", "-o", "-", "--format", "dot"], b"digraph"),
        (["draw", "colah", "-o", "-", "--format", "png"], b"\x89PNG"),
        (["draw", "colah", "-o", "-", "--format", "html"], b"<!DOCTYPE html>"),
        (["play", "colah", "-o", "-"], b"<!DOCTYPE html>"),
    ],
)
def test_a_picture_goes_to_standard_output_alone(arguments, start, capsysbinary):
    assert main(arguments) == 0
    captured = capsysbinary.readouterr()
    assert captured.out.startswith(start)
    assert b"wrote" not in captured.out
    assert captured.err == b""
    assert list(Path().iterdir()) == []


def test_what_standard_output_gets_is_what_a_file_gets(capsysbinary):
    assert main(["draw", "karpathy_quadratic", "-o", "-"]) == 0
    captured = capsysbinary.readouterr()
    command = "chalkgrad draw karpathy_quadratic -o - --slide"
    assert captured.err.decode() == f"for a slide, with all numbers legible from the back row: {command}\n"
    assert main(["draw", "karpathy_quadratic", "-o", "x.svg"]) == 0
    assert captured.out == Path("x.svg").read_bytes()


def test_a_format_names_the_file(capsys):
    assert main(["draw", "colah", "--format", "dot"]) == 0
    assert capsys.readouterr().out == "wrote colah.dot\n"


def test_a_png_is_not_written_to_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["draw", "colah", "-o", "-", "--format", "png"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "chalkgrad: a .png is no text for a terminal: write -o NAME.png, or > NAME.png behind the command\n"


def test_examples_are_told_as_json(capsys):
    assert main(["examples", "--json"]) == 0
    every = json.loads(capsys.readouterr().out)["examples"]
    assert [facts["name"] for facts in every] == examples.names()
    assert main(["examples", "colah", "--json"]) == 0
    colah = json.loads(capsys.readouterr().out)
    assert colah in every
    assert colah["steps"] == {"c": "a+b", "d": "b+1", "e": "c*d"}
    assert colah["values"] == {"a": 2, "b": 1, "c": 3, "d": 2, "e": 6}
    assert colah["gradients"] == {"a": 2, "b": 5, "c": 2, "d": 3, "e": 1}


def test_json_is_escaped_where_letters_are_missing(capsys, monkeypatch):
    monkeypatch.setattr("chalkgrad.command.console.can_show", lambda text, stream: text.isascii())
    assert main(["examples", "--json"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out)["examples"][0]["title"] == examples.load(examples.names()[0]).title


# Completion -----------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_options_values_names_and_files(capsys):
    assert main(["completion", "bash"]) == 0
    Path("script").write_text(capsys.readouterr().out, "utf-8")
    for name in ("my.csv", "my data.csv"):
        Path(name).touch()
    typed = {
        "dr": {"draw"},
        "--lan": {"--language"},
        "--language ": {"en", "he"},
        "--language he dr": {"draw"},
        "--language he draw col": {"colah"},
        "--language he --language e": {"en"},
        "train iris --language ": {"en", "he"},
        "draw col": {"colah"},
        "draw colah --sk": {"--skin"},
        "draw colah --skin ": {"cards", "circuit", "edges"},
        "train moo": {"moons"},
        "train my": {"my.csv", "my data.csv"},
        r"train 'my\ d'": {"my data.csv"},
        "train '\"my d'": {"my data.csv"},
        "train moons --activation ta": {"tanh", "tanh_half"},
        "step colah --mistake up": {"update-at-once"},
        "draw colah --collapse n": {"no", "neurons"},
        "train my.csv --missing m": {"mean"},
        "play colah -o my.": {"my.csv"},
        "completion ": {"bash", "zsh", "fish"},
        "sheet row1": {"row13", "row14", "row15"},
        "sheet colah --numbers th": {"thirds"},
        "sheet colah --ask wrong-c": {"wrong-cell"},
    }
    lines = ["source ./script"]
    for words in typed:
        last = " ''" if words.endswith(" ") else ""
        lines.append(f"COMP_WORDS=(chalkgrad {words.rstrip()}{last}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _chalkgrad")
        lines.append("printf '%s\\t' \"${COMPREPLY[@]}\"; echo")
    script = "\n".join(lines)
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert [set(line.rstrip("\t").split("\t")) for line in done.stdout.splitlines()] == list(typed.values())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_has_every_command_and_option(shell, capsys):
    assert main(["completion", shell]) == 0
    words = set(re.split(r"[^\w-]+", capsys.readouterr().out))
    for command, parser in commands.PARSERS.items():
        assert command in words
        options = {name for name in parser().options() if name.startswith("-")}
        assert {name.lstrip("-") for name in options} <= words if shell == "fish" else options <= words


# Frames ---------------------------------------------------------------------------------------------------------------


def test_frames_are_one_picture_for_each_step(capsys):
    assert main(["frames", "colah"]) == 0
    files = sorted(Path("colah-frames").glob("*.svg"))
    assert len(files) == 6
    assert capsys.readouterr().out.startswith("wrote 6 pictures, ")
    assert "complete: ∂e/∂b = 3 + 2 = 5" in files[-1].read_text(encoding="utf-8")


def test_a_picture_too_small_for_a_slide_says_the_very_command_that_draws_it_for_one(capsys):
    def said(*arguments):
        assert main(["draw", *arguments]) == 0
        return capsys.readouterr().out.splitlines()[1:]

    hint = "for a slide, with all numbers legible from the back row: "
    for arguments in (
        ["karpathy_quadratic", "-o", "x.svg"],
        ["scipy_rosen_der", "-o", "a picture.svg", "--theme", "dark"],  # which --wrap leaves as it is
        ["(a*b + c)*f*d*g*h", "a=2", "b=-3", "c=10", "f=-2", "d=1", "g=2", "h=3", "-o", "x.svg", "--step", "2"],
    ):
        file = Path(arguments[arguments.index("-o") + 1])
        (line,) = said(*arguments)
        assert line.startswith(hint)
        before = file.read_bytes()
        command, *typed = shlex.split(line.removeprefix(hint))
        assert command == "chalkgrad"
        assert typed == ["draw", *arguments, "--slide"]
        assert said(*typed[1:])[0].startswith("for a slide, all numbers legible from the back row: ")
        assert file.read_bytes() != before
    assert said("colah", "-o", "x.svg") == []
    assert said("mlp", "--root", "z31", "--limit", "20", "-o", "x.svg") == [
        "36 values in 10 cards; --collapse no --limit 36 draws each of them",
        f"{hint}chalkgrad draw mlp --root z31 --limit 20 -o x.svg --slide",
    ]


def test_folding_where_there_are_no_places_is_refused_in_words(capsys):
    for example, way in (("xor_loss", "neurons"), ("chain_loss", "layers"), ("mazur", "1")):
        assert main(["draw", example, "--collapse", way, "-o", "x.svg"]) == 2
        assert "folds nothing here, because this graph has no places" in capsys.readouterr().err


def test_a_page_has_all_outputs_and_opens_with_the_one_asked_for():
    assignments = ["h = a*b; p = h + 1; q = h*2", "a=2", "b=3"]
    for asked, opened, choices in (([], 0, '"p","q"'), (["--root", "q"], 1, '"p","q"'), (["--root", "h"], 0, '"h"')):
        assert main(["play", *assignments, *asked, "-o", "several.html"]) == 0
        page = Path("several.html").read_text(encoding="utf-8")
        assert f'"opened":{opened},"choices":[{choices}]' in page


def test_frames_look_as_pictures_do():
    look = ["--skin", "circuit", "--theme", "dark", "--direction", "TB", "--digits", "2"]
    assert main(["frames", "neuron_sigmoid", *look, "-o", "frames"]) == 0
    assert main(["draw", "neuron_sigmoid", *look, "-o", "drawn.svg"]) == 0
    frame, drawn = (Path(name).read_text(encoding="utf-8") for name in ("frames/y-008.svg", "drawn.svg"))
    for text in (frame, drawn):
        assert ">0.23<" in text
        assert ">0.2288<" not in text
        assert "#14171c" in text


def test_frames_may_take_all_edges_of_a_node_at_once():
    assert main(["frames", "colah", "--by", "node", "-o", "nodes"]) == 0
    assert len(list(Path("nodes").glob("*.svg"))) == 4  # the seed, then e, d and c


def test_several_outputs_are_drawn_without_gradients_and_it_says_how_to_choose(capsys):
    assert main(["draw", "p = a*b; q = a + b", "a=2", "b=3"]) == 0
    assert capsys.readouterr().out == (
        "wrote p.svg without gradients, for there are several outputs, p and q; choose one: --root p\n"
    )


# Mistakes -------------------------------------------------------------------------------------------------------------

MISTAKES = [
    (["draw"], 'chalkgrad: what is to be drawn? For instance: chalkgrad draw "a*b + c" a=2 b=-3 c=10\n'),
    (["draw", "a*(b", "a=1"], "chalkgrad: this ( is never closed\n  a*(b\n    ^\n"),
    (["draw", "a*b", "a=1"], "chalkgrad: give b a value: b=…\n  a*b\n    ^\n"),
    (["draw", "ln(a)", "a=1"], "chalkgrad: there is no function ln here: write log(x)\n  ln(a)\n  ^\n"),
    (["draw", "a*b", "a=1", "c"], "chalkgrad: c is no value: values are written name=number, and"),
    (["draw", "a*b", "a=1", "b=x"], "chalkgrad: x is not a number; a value is written as in x=2, x=-3,"),
    (["draw", "a*b", "a=1", "a=2", "b=3"], "chalkgrad: a has two values\n  a=2\n  ^\n"),
    (["draw", "colha"], "chalkgrad: give colha a value: colha=…; or did you mean the example colah?\n  colha\n  ^\n"),
    (["draw", "colah", "z=3"], "chalkgrad: z has a value but is not in the expression: leave z=… out\n"),
    (["draw", "a", "a=1", "--theme", "pink"], "chalkgrad: --theme is light, dark or print, not pink"),
    (["draw", "a", "a=1", "--limit", "many"], "chalkgrad: --limit is a whole number, not many\n"),
    (["draw", "a", "a=1", "-o"], "chalkgrad: -o says nothing: a value is to follow it; chalkgrad draw --help shows"),
    (["draw", "a", "a=1", "--sheme", "dark"], "chalkgrad: there is no option --sheme: did you mean --theme?\n"),
    (["draw", "a", "a=1", "--quickly"], "chalkgrad: there is no option --quickly; chalkgrad draw --help shows what there is\n"),
    (["draw", "a", "a=1", "--skin", "circiut"], "chalkgrad: --skin is cards, circuit or edges, not circiut: did you mean circ"),
    (["draw", "a*a", "a=1", "--format", "png", "-o", "x.svg"], "chalkgrad: --format png and -o x.svg are of two kinds: leave"),
    (["draw", "a", "a=1", "--format", "jpeg", "-o", "-"], "chalkgrad: --format is svg, png, pdf, dot, tex or html, not jpeg"),
    (
        ["frames", "colah", "-o", "-"],
        "chalkgrad: -o needs the name of a folder, and does not write to standard output: -o colah-frames, say\n",
    ),
    (
        ["demo", "--out", "-"],
        "chalkgrad: --out needs the name of a folder, and does not write to standard output: --out chalkgrad-demo, say\n",
    ),
    (
        ["train", "xor", "--save", "-"],
        "chalkgrad: --save needs the name of a file, and does not write to standard output: --save model.json, say\n",
    ),
    (["completion"], "chalkgrad: for which shell? chalkgrad completion bash, zsh, fish: one of these\n"),
    (["completion", "fsh"], "chalkgrad: shell is bash, zsh or fish, not fsh: did you mean fish?\n"),
    (["draw", "a", "a=1", "--root", "b"], "chalkgrad: there is no b here; there are a"),
    (["draw", "a*a", "a=1", "-o", "no/such/folder/x.svg"], "chalkgrad: the drawing cannot be written to no/such/folder/x.svg"),
    (["draw", "a*a", "a=1", "-o", "."], "chalkgrad: . is a folder: name a file in it, such as L.svg\n"),
    (["draw", "a*a", "a=1", "--width", "800", "-o", "x.svg"], "chalkgrad: width is how many pixels a .png is wide, and .svg"),
    (["draw", "a*a", "a=1", "--width", "99999", "-o", "x.png"], "chalkgrad: a .png of this picture is from 16 to "),
    (["frames", "a*a", "a=1", "--width", "800", "--scale", "2"], "chalkgrad: --scale: not allowed with argument --width"),
    (["draw", "a*a", "a=1", "-o", "x.jpeg"], "chalkgrad: a drawing is saved as .svg, .png, .pdf, .tex, .html or .dot, and "),
    (["draw", "a*a", "a=1", "--renderer", "no-such-renderer"], 'chalkgrad: there is no renderer "no-such-renderer"'),
    (["draw", "a*a + a", "a=1", "--limit", "2"], "chalkgrad: this graph has 3 values, and a picture of more than 2 can"),
    (["frames", "colah", "--limit", "2"], "chalkgrad: this graph has 5 values, and a picture of more than 2 can hardly be"),
    (["play", "colah", "--limit", "2"], "chalkgrad: this graph has 5 values, and a page of more than 2 can hardly be read"),
    (["frames", "colah", "--show", "all"], "chalkgrad: show takes "),
    (["draw", "colah", "--path", "b", "-o", "x.html"], "chalkgrad: --path and --step light a picture, and a page plays"),
    (["draw", "colah", "--no-backward", "-o", "x.html"], "chalkgrad: --no-backward draws a picture without gradients, and a"),
    (["draw", "colah", "--skin", "cubes"], "chalkgrad: --skin is cards, circuit or edges, not cubes\n"),
    (["draw", "colah", "--show", "all"], "chalkgrad: "),
    (["draw", "colah", "--digits", "0"], "chalkgrad: "),
    (["draw", "colah", "--collapse", "much"], "chalkgrad: --collapse is auto, no, neurons, layers or a number, not much"),
    (["draw", "colah", "--collapse", "-1"], "chalkgrad: --collapse is auto, no, neurons, layers or a number, not -1"),
    (["draw", "network", "--collapse", "h9"], "chalkgrad: no place is called 'h9': there are h2, h1, "),
    (["draw", "colah", "--notation", "x"], 'chalkgrad: the notation is "∂", "functions", "d" or "bar", not \'x\'\n'),
    (["frames", "colah", "--notation", "x"], 'chalkgrad: the notation is "∂", "functions", "d" or "bar", not \'x\'\n'),
    (["play", "colah", "--notation", "x"], 'chalkgrad: the notation is "∂", "functions", "d" or "bar", not \'x\'\n'),
    (["play", "colah", "--language", "en,xx"], "chalkgrad: --language is en or he, not xx\n"),
    (["play", "colah", "--note", "9: ask"], "chalkgrad: there is no step '9' for the note 'ask': there are 0 to 5 "),
    (["play", "colah", "--note", "ask"], 'chalkgrad: --note: "ask" names no step; a note is written as in --note "3: '),
    (["draw", "colah", "--path", "z"], "chalkgrad: there is no z here; there are a, b, c, d, e"),
    (["draw", "colah", "--path", "b", "--step", "1"], "chalkgrad: --path lights paths, --step the edge of one step"),
    (["draw", "colah", "--step", "6"], "chalkgrad: --step: the steps of this backward pass go from 0, the seed, to 5"),
    (["draw", "colah", "--step=1", "--no-backward"], "chalkgrad: --step: a step of the backward pass has gradients"),
    (["draw", "network", "--path", "x1"], "chalkgrad: there are several outputs, y1 and y2; choose one: --root y1"),
    (["frames", "network"], "chalkgrad: there are several outputs, y1 and y2; choose one: --root y1"),
    (["frames", "colah", "-o", "/dev/null/x"], "chalkgrad: the folder /dev/null/x cannot be made ("),
    (["frames"], 'chalkgrad: what is to be drawn? For instance: chalkgrad frames "a*b + c" a=2 b=-3 c=10'),
    (["draw", "a", "a=1", "--limit=-5"], "chalkgrad: --limit: -5 leaves nothing to draw"),
    (["draw", "sqrt(a*a)", "a=0"], "chalkgrad: the backward pass from y stops at y = "),
    (["demo", "--seed", "x"], "chalkgrad: --seed is a whole number, not x\n"),
    (["demo", "more"], "chalkgrad: more is too much here; chalkgrad demo --help shows what there is\n"),
    (["examples", "colha"], "chalkgrad: there is no example colha: did you mean colah?\n"),
    (["examples", "zzz"], "chalkgrad: there is no example zzz; chalkgrad examples lists them\n"),
    (["step", "colah", "--mistake", "order"], "chalkgrad: there is no mistake 'order' to make: did you mean 'depth first', "),
    (["step", "colah", "--mistake", "recursive"], "chalkgrad: there is no mistake 'recursive' to make: did you mean 'recurs"),
    (["step", "colah", "--mistake", "d"], "chalkgrad: 'd' may be 'depth first' or 'diagonal': type more of it\n"),
    (["step", "colah", "--mistake", "over", "--rate", "1"], "chalkgrad: the mistake 'overwrite' has no use for rate=1.0: it "),
    (["step", "colah", "--mistake", "update", "--rate", "0"], "chalkgrad: a step of descent has a rate above 0, such as 0.1"),
    (["step", "colah", "--mistake", "update", "--rate", "nan"], "chalkgrad: a rate needs a finite number, not nan"),
    (["step", "colah", "--rate", "1"], 'chalkgrad: --rate is for --mistake "update at once"\n'),
    (["ex"], "chalkgrad: there is no command ex: did you mean examples?\n"),
    (["examples", "micrograd_6"], "chalkgrad: there is no example micrograd_6: did you mean micrograd_68?\n"),
    (["draw", "colah", "--ren=dot"], "chalkgrad: there is no option --ren: did you mean --renderer?\n"),
    (["draw", "colah", "--output", "x.svg"], "chalkgrad: there is no option --output: did you mean -o?\n"),
    (["draw", "colah", "--di", "LR"], "chalkgrad: there is no option --di: did you mean --direction or --digits?\n"),
    (["frames", "colah", "--for"], "chalkgrad: there is no option --for: did you mean --format or --forward?\n"),
    (["play", "colah", "--the", "dark"], "chalkgrad: there is no option --the: did you mean --theme?\n"),
    (["step", "colah", "--mis", "recursion"], "chalkgrad: there is no option --mis: did you mean --mistake?\n"),
    (["demo", "--o", "x"], "chalkgrad: there is no option --o: did you mean --out?\n"),
    (["examples", "--js"], "chalkgrad: there is no option --js: did you mean --json?\n"),
    (["completion", "f"], "chalkgrad: shell is bash, zsh or fish, not f: did you mean fish?\n"),
    (["drew", "a*b"], "chalkgrad: there is no command drew: did you mean draw?\n"),
    (["a*b"], 'chalkgrad: there is no command a*b; there are demo, draw, frames, step, play, latex, lecture, train, '),
    (["--verbose"], "chalkgrad: there is no command --verbose"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), MISTAKES)
def test_a_mistake_is_answered_with_a_sentence_and_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(message)
    assert "Traceback" not in captured.err
    assert list(Path().iterdir()) == []


def test_a_mistake_on_purpose_is_made_step_by_step_and_reported(capsys, monkeypatch):
    """The graph of micrograd's question why it is an order and not recursion."""
    monkeypatch.delenv("COLUMNS", raising=False)
    written = ["step", "c = a + b; d = a*b; e = c + d; f = c*d; y = e + f", "a=2", "b=3"]
    assert main([*written, "--mistake", "recursion"]) == 0
    steps, _, report = capsys.readouterr().out.partition("\n\n")
    assert len(steps.splitlines()) == 2 * 14
    assert (
        "\na: 29 instead of 25\nb: 22 instead of 19\nvisited twice: d, c; c passes 1 on at its first visit, and 7 at its second"
        in report
    )
    assert "topological order mends it: a node's turn comes when all its consumers have had theirs (y, f, e, d, c)," in report
    assert main(["step", "mazur", "--mistake", "Update-at", "--rate", "0.5"]) == 0
    assert "w1: 0.0003647 instead of 0.0004386, -16.8 %" in capsys.readouterr().out


@pytest.mark.parametrize("typed", ["q", "c\nq", "set b 2\nc\nq", "set b 2\nq", "n", "h q", "h set", "h"])
def test_whoever_steps_on_the_command_line_is_not_told_of_what_stays_in_python(typed, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed + "\n"))
    monkeypatch.setattr(sys, "stderr", None)  # else lines are read by input(), which pytest replaces
    assert main(["step", "colah"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("The backward pass of e = c·d: 5 steps.")
    assert re.findall(r"\bin grad\b|\bevery grad\b|\bstays\b|\bput back\b", out, re.IGNORECASE) == []


@pytest.mark.parametrize(("notation", "seed"), [("∂", "e.grad = ∂e/∂e"), ("d", "e.grad = de/de"), ("bar", "ē")])
def test_stepping_on_the_command_line_has_four_notations(notation, seed, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("q\n"))
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["step", "colah", "--notation", notation]) == 0
    assert f"seed  {seed} = 1\n" in capsys.readouterr().out
    assert main(["step", "colah", "--mistake", "overwrite", "--notation", "bar"]) == 0
    assert "b̄ = d̄ · ∂d/∂b = 3 · 1 = 3" in capsys.readouterr().out


def test_the_help_on_stepping_names_every_mistake(capsys):
    main(["step", "--help"])
    help_ = " ".join(capsys.readouterr().out.split())
    assert all(mistake in help_ for mistake in MISTAKES_ON_PURPOSE)


def test_a_graph_too_large_is_refused_in_the_words_of_the_command_line(capsys):
    assert main(["draw", "a*a + a", "a=1", "--limit", "2"]) == 2
    assert capsys.readouterr().err.endswith("draw a part of it, --root NAME, or raise the limit, --limit 3\n")


def test_the_sweep_that_meets_an_infinite_derivative_says_what_can_be_drawn(capsys):
    assert main(["draw", "sqrt(a)", "a=0"]) == 2
    assert "--no-backward" in capsys.readouterr().err
    assert main(["draw", "sqrt(a)", "a=0", "--no-backward"]) == 0


# In a process of its own ----------------------------------------------------------------------------------------------


def test_a_mistake_in_a_process_of_its_own():
    done = run("draw", "1 + log(a)", "a=-1")
    assert done.returncode == 2
    assert done.stdout == ""
    first, line, caret = done.stderr.splitlines()
    assert first.startswith("chalkgrad: log")
    assert (line, caret) == ("  1 + log(a)", "      ^")


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}])
@pytest.mark.parametrize(
    "arguments", [["examples"], ["examples", "paths"], ["draw", "ℓ*", "ℓ=3"], ["draw", "--help"], ["--help"]]
)
def test_output_survives_a_terminal_that_knows_few_letters(arguments, environment):
    done = subprocess.run(
        [sys.executable, "-m", "chalkgrad", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == (2 if arguments[0] == "draw" and "--help" not in arguments else 0)
    assert b"Traceback" not in done.stderr
    assert done.stdout or done.stderr.startswith(b"chalkgrad: something is missing after *")


def test_a_reader_who_leaves_early_is_left_alone():
    done = subprocess.run(
        f'"{sys.executable}" -m chalkgrad examples | "{sys.executable}" -c "input()"',
        shell=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""


def test_ctrl_c_ends_with_status_130(monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(examples, "names", interrupt)
    assert main(["examples"]) == 130
    assert capsys.readouterr().err == "\nchalkgrad: stopped\n"


def test_a_name_on_the_command_line_that_is_no_text_is_refused():
    if os.name != "posix":
        pytest.skip("arguments are text elsewhere")
    done = subprocess.run([sys.executable, "-m", "chalkgrad", "draw", b"a*\xff"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "a byte that is not text" in done.stderr


# Telling --------------------------------------------------------------------------------------------------------------


def test_the_version_is_the_installed_one():
    done = run("--version")
    assert done.stdout == f"chalkgrad {chalkgrad.__version__}\n"
    assert chalkgrad.__version__.count(".") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--help"],
        ["-h"],
        ["draw", "--help"],
        ["demo", "-h"],
        ["examples", "--help"],
        ["step", "--help"],
        ["sheet", "--help"],
        ["lecture", "--help"],
        ["completion", "-h"],
    ],
)
def test_help_teaches(arguments, capsys):
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: chalkgrad")
    assert max(map(len, out.splitlines())) <= 120


def test_what_a_student_reads_has_the_words_of_the_lecture(capsys):
    """Forward pass, backward pass, gradient: `sweep` and `adjoint` are other books' words for them."""
    for arguments in ([], *([command] for command in commands.PARSERS)):
        assert main([*arguments, "--help"]) == 0
        text = capsys.readouterr().out.replace("reverse-mode", "")
        assert re.findall(r"(?i)\b(?:\w*sweep\w*|swept|reverse|adjoints?|child|children)\b", text) == [], arguments
    for name in examples.names():
        assert main(["examples", name]) == 0
        assert re.findall(r"(?i)\b(?:\w*sweeps?|swept)\b", capsys.readouterr().out) == [], name


def test_the_help_on_drawing_names_every_function(capsys):
    from chalkgrad.expressions.functions import functions

    main(["draw", "--help"])
    words = set(capsys.readouterr().out.replace(".", " ").split())
    assert set(functions()) <= words


def test_examples_are_listed_with_their_titles(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert main(["examples"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in examples.names():
        assert any(line.split()[:1] == [name] and line.endswith(examples.load(name).title) for line in lines)


def test_the_list_of_examples_fits_the_terminal_and_is_whole_lines_in_a_pipe(capsys, monkeypatch):
    assert main(["examples"]) == 0
    piped = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["examples"]) == 0
    narrow = capsys.readouterr().out
    assert narrow.split() == piped.split()
    assert max(map(len, narrow.splitlines())) < 60 < max(map(len, piped.splitlines())) < 80


def test_a_loop_of_descent_is_shown_with_its_losses_and_drawn_as_its_first_step(capsys):
    assert main(["examples", "zero_grad"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["2", "2.07", "0.0256"] in rows
    assert main(["draw", "zero_grad"]) == 0
    assert "-16" in Path("zero_grad.svg").read_text("utf-8")


def test_an_example_of_several_outputs_is_drawn_by_the_command_that_is_shown_with_it(capsys):
    assert main(["examples", "sign"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    command = said.partition(" draws it")[0].rpartition(". ")[2]
    assert command == "chalkgrad draw sign --root L1"
    assert main(command.split()[1:]) == 0
    assert "without gradients" not in capsys.readouterr().out


def test_a_sweep_done_wrong_fits_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert main(["step", "micrograd_68", "--mistake", "recursion"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert {"a: 29 instead of 25", "b: 22 instead of 19"} <= set(lines)


def test_an_example_is_shown_with_its_source(capsys):
    assert main(["examples", "colah"]) == 0
    assert "https://colah.github.io/posts/2015-08-Backprop/" in capsys.readouterr().out


# The demonstration ----------------------------------------------------------------------------------------------------


def test_the_demo_shows_draws_and_learns(tmp_path):
    done = run("demo", "--out", "somewhere/else")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # no bar in a pipe
    assert "a.grad += ∂L/∂e · ∂e/∂a = (-2) · (-3) = 6" in done.stdout
    assert "100 of 100 points on the right side" in done.stdout
    assert "chalkgrad play colah" in done.stdout
    for name in ("L.svg", "neuron.svg"):
        assert (tmp_path / "somewhere" / "else" / name).read_text(encoding="utf-8").startswith("<")


def test_ctrl_c_in_the_training_goes_on_to_the_ending(monkeypatch, capsys):
    from chalkgrad.command import demo

    descend, calls = demo.descend, []

    def interrupted(*arguments, **options):
        calls.append(1)
        if len(calls) > 2:
            raise KeyboardInterrupt
        return descend(*arguments, **options)

    monkeypatch.setattr(demo, "descend", interrupted)
    assert main(["demo"]) == 0
    out = capsys.readouterr().out
    assert "stopped early" in out
    assert "chalkgrad play colah" in out


def test_a_folder_that_cannot_be_made_is_one_sentence(capsys):
    Path("taken").write_text("a file")
    assert main(["demo", "--out", "taken/pictures"]) == 2
    assert capsys.readouterr().err.startswith("chalkgrad: the folder taken/pictures cannot be made: ")


@pytest.mark.parametrize(
    ("on_the_path", "script", "command", "python"),
    [
        (True, "/x/bin/chalkgrad", "chalkgrad", "python"),
        (False, ".venv/bin/chalkgrad", str(Path(".venv/bin/chalkgrad")), str(Path(".venv/bin/python"))),
        (False, "/x/__main__.py", f"{sys.executable} -m chalkgrad", sys.executable),
    ],
)
def test_what_to_type_next_works_where_the_demo_was_typed(on_the_path, script, command, python, monkeypatch):
    from chalkgrad.command import demo

    monkeypatch.setattr(demo.shutil, "which", lambda name: f"/x/bin/{name}" if on_the_path else None)
    monkeypatch.setattr(sys, "argv", [script, "demo"])
    assert demo.commands() == (command, python)


def test_frames_are_as_wide_as_asked_for(capsys, tmp_path):
    assert commands.run(["frames", "colah", "-o", str(tmp_path / "f"), "--format", "png", "--width", "320"]) == 0
    assert (tmp_path / "f" / "e-000.png").read_bytes()[16:20] == (320).to_bytes(4, "big")
    assert commands.run(["frames", "colah", "-o", str(tmp_path / "g"), "--width", "320"]) == 2
    assert "leave it out, or save as .png" in capsys.readouterr().err


@pytest.mark.filterwarnings("error")
def test_an_input_alone_is_drawn_without_a_warning(capsys, tmp_path):
    assert commands.run(["draw", "3", "-o", str(tmp_path / "a.svg")]) == 0
    assert capsys.readouterr().err == ""
