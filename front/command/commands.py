"""What the command `chalkgrad` does: it draws expressions, lists worked examples, trains networks, makes sheets.

    >>> run(["draw", "x^2", "x=3"])
    2

The sentence and the caret that explain the 2 go to standard error. `chalkgrad --help` teaches the rest.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from chalkgrad.command import grading, graphs, latex, lecture, marks, sheets
from chalkgrad.command.console import Parser, UserError, can_show, columns, did_you_mean, languages_in, named, say, say_json
from chalkgrad.engine.words.language import ENGLISH, languages, section, speaking
from chalkgrad.expressions.caret import ExpressionError

__all__ = ["run"]

ABOUT: Final = """\
usage: chalkgrad COMMAND …

chalkgrad is a scalar reverse-mode autodiff engine for the blackboard. Here it draws, steps and
trains; in Python (from chalkgrad import Value) it computes, steps and prints.

commands:
  demo        shows what there is, in under a minute
  draw        draws an expression with its gradients
  frames      draws one picture for every step, for slides
  step        steps through the backward pass at a prompt
  play        makes a page in which backprop is played, for a projector
  latex       prints a formula or a table for LaTeX
  lecture     makes a whole lecture: pages, slides, and a sheet to run it from
  train       trains a network on data that come with it, or on your own table
  sheet       makes exercise sheets from a graph, in versions, with their keys
  mark        marks answers to such sheets, and reports on the class
  grade       judges an engine that a student wrote, or those of a class
  examples    lists worked examples, or shows one
  completion  prints what makes a shell complete all this at the key tab

for instance:
  chalkgrad demo
  chalkgrad draw "(a*b + c)*f" a=2 b=-3 c=10 f=-2 -o L.svg
  chalkgrad draw "e = a*b; d = e + c; L = d*f" a=2 b=-3 c=10 f=-2
  chalkgrad step "(a*b + c)*f" a=2 b=-3 c=10 f=-2
  chalkgrad examples
  chalkgrad draw colah
  chalkgrad play colah
  chalkgrad train moons
  chalkgrad sheet colah --key -o week3
  chalkgrad lecture -o week3

chalkgrad COMMAND --help says more. chalkgrad --version gives the version. What students read is said in Hebrew
after chalkgrad --language he COMMAND …, or where the environment has CHALKGRAD_LANGUAGE=he; errors are English.
"""

DEMO: Final = """\
usage: chalkgrad demo [--out DIR] [--seed N]

Prints the evaluation trace and the backward pass of L = (a*b + c)*f, draws it and a neuron, and trains a small network
to tell two moons apart. Ctrl-C ends the training early.

  --out DIR   where the pictures go (chalkgrad-demo)
  --seed N    another set of points and another network to start from
"""

TRAIN: Final = """\
usage: chalkgrad train NAME [options]
       chalkgrad train FILE.csv … [--target COLUMN] [options]
       chalkgrad train

Trains a network, and says how good it is on data that it has not seen. Without a NAME it lists what there is:
  {tasks}.
A file has the columns' names in its first line, if it has any; a target that is text is a class, and words of few
kinds in another column become columns of 0 and 1. Names, tickets and ids are left out. What is made of the file and of
each column is said. Files of the same columns are put below each other. A quarter of the rows is for the test. Ctrl-C
ends the training and keeps the best parameters.

  chalkgrad train iris
  chalkgrad train moons --plot moons.svg
  chalkgrad train moons --widths none --plot line.svg
  chalkgrad train data.csv --target column --widths 32,16 --epochs 300 --save model.json
  chalkgrad train titanic.csv --target Survived --drop Cabin --missing mean
  chalkgrad train all

  --plot FILE        draws, as .svg, .png or .pdf: the plane and its classes for two inputs, the fitted curve for
                     one, the sup error against the width for approximation, else the loss; plots need matplotlib,
                     pip install "chalkgrad[plot]"
  --widths 16,16     widths of the hidden layers, or none (approximation: the widths to try)
  --activation NAME  of the hidden layers, such as tanh, relu or sigmoid
  --epochs N         how many times to go through the data
  --rate NUMBER      the learning rate to begin with
  --batch N          how many samples for each step
  --seed N           another split or other points, and another network to start from
  --compiled WAY     auto, llvm, numpy, python, or no: what computes the gradient (auto: the fastest there is)
  --save FILE        writes the trained network, which chalkgrad.nn.MLP.load reads
  --checkpoint FILE  keeps all that the training has come to; the same command goes on from there, to the same bits
  --json             prints the data, the network and the results as JSON, and nothing else

for a table of your own:
  --target COLUMN    what is to be predicted (without it: the last column)
  --columns A,B      what it is to be predicted from (without it: all other columns)
  --drop A,B         columns to leave out
  --missing WAY      rows in which a value is missing (an empty cell, ?, NA, NaN, null): refuse, drop, or mean, which
                     puts in the mean of the column, and where a word is missing the share of each of the others
  --separator SIGN   what stands between the cells: comma, semicolon, tab, spaces, pipe, or any character (without it:
                     whatever divides the first rows evenly)
  --classes yes      the target names classes, no: it is a number
"""

EXAMPLES: Final = """\
usage: chalkgrad examples [NAME] [--json]

Lists the worked examples by what they teach: those that books, courses and blogs have published, a lecture's figures,
and graphs on which a mistake shows. With a NAME, shows the steps, the numbers and the source of that one; --json prints
either as JSON, with all values and gradients.

  chalkgrad examples micrograd_68
  chalkgrad examples zero_grad
  chalkgrad draw colah
"""

LANGUAGE: Final = """\
--language CODE: {codes}, before the command or behind it (without it: CHALKGRAD_LANGUAGE, else en)
"""

COMPLETION: Final = """\
usage: chalkgrad completion bash|zsh|fish

Prints what makes a shell complete commands, options, examples and tasks at the key tab. Once, in bash:

  eval "$(chalkgrad completion bash)"

To have it always, in bash, in zsh (with fpath+=~/.zfunc before compinit in ~/.zshrc), in fish:

  mkdir -p ~/.local/share/bash-completion/completions
  chalkgrad completion bash > ~/.local/share/bash-completion/completions/chalkgrad

  mkdir -p ~/.zfunc && chalkgrad completion zsh > ~/.zfunc/_chalkgrad

  mkdir -p ~/.config/fish/completions && chalkgrad completion fish > ~/.config/fish/completions/chalkgrad.fish
"""


def run(arguments: list[str]) -> int:
    """Runs a command and returns its exit status: 0, 2 for a mistake in the arguments, 130 after Ctrl-C; or a command's own."""
    try:
        with speaking(section("language")["code"]):  # --language is for this run alone
            return _run(arguments)
    except UserError as error:
        return _fail(f"chalkgrad: {error}", 2)
    except ExpressionError as error:
        return _fail(f"chalkgrad: {_spelled(error)}", 2)
    except KeyboardInterrupt:
        return _fail(f"\nchalkgrad: {section('command line')['stopped']}", 130)
    except BrokenPipeError:
        _leave_the_output()
        return 1
    except OSError as error:  # a full disk behind standard output, say
        _leave_the_output()
        what = f"{error.filename}:" if error.filename else "standard output cannot be written:"
        return _fail(f"chalkgrad: {what} {error.strerror or error}", 2)


def _fail(sentence: str, status: int) -> int:
    with suppress(BrokenPipeError):
        say(sentence, sys.stderr)
    return status


def _spelled(error: ExpressionError) -> str:
    """Returns the error as standard error can show it, with the caret under the place in either spelling."""
    if sys.stderr is None or can_show(str(error), sys.stderr):
        return str(error)
    from chalkgrad.engine.basics.terminal import ascii_form

    return error.shown(ascii_form)


def _leave_the_output() -> None:
    """Points standard output at the null device: it is closed, and the interpreter's last flush would complain."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _behind_the_command(arguments: list[str]) -> list[str]:
    """Returns the arguments with --language behind the command, whose parser takes it, where it stands before."""
    option, rest = [], arguments
    while rest and rest[0].partition("=")[0] == "--language":
        word, *rest = rest
        if "=" not in word:
            if not rest:
                raise UserError(f"--language says nothing: {' or '.join(languages())} is to follow it")
            word, *rest = f"{word}={rest[0]}", *rest[1:]
        languages_in(word.partition("=")[2])  # a command that was typed instead is none
        option = [word]
    if not rest or rest[0] in _NO_COMMANDS:
        return rest
    return [rest[0], *option, *rest[1:]]


_NO_COMMANDS: Final = ("-h", "--help", "help", "-V", "--version")


def _run(arguments: list[str]) -> int:
    commands: dict[str, Callable[[list[str]], int | None]] = {
        "demo": _demo,
        "draw": graphs.draw,
        "frames": graphs.frames,
        "step": graphs.step,
        "play": graphs.play,
        "latex": latex.latex,
        "lecture": lecture.lecture,
        "train": _train,
        "sheet": sheets.sheet,
        "mark": marks.mark,
        "grade": grading.grade,
        "examples": _examples,
        "completion": _completion,
    }
    arguments = _behind_the_command(arguments)
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        say(ABOUT.rstrip())
        return 0
    if arguments[0] in ("-V", "--version"):
        from chalkgrad import __version__

        say(f"chalkgrad {__version__}")
        return 0
    command, *rest = arguments
    if command not in commands:
        raise UserError(_unknown_command(command, commands))
    if "-h" in rest or "--help" in rest:
        with speaking(ENGLISH):  # titles stand in it
            say(_help(command).rstrip())
        return 0
    return commands[command](rest) or 0


def _unknown_command(word: str, commands: Sequence[str] | dict[str, Any]) -> str:
    if close := did_you_mean(word, list(commands)):
        return f"there is no command {word}{close}"
    listed = ", ".join(commands)
    return f'there is no command {word}; there are {listed}. An expression is drawn by: chalkgrad draw "a*b" a=2 b=3'


def _help(command: str) -> str:
    own = _own_help(command)
    return own if "--language" in own else f"{own.rstrip()}\n\n{LANGUAGE.format(codes=' or '.join(languages()))}"


def _own_help(command: str) -> str:
    if command == "train":
        from chalkgrad.command import tasks

        return TRAIN.format(tasks=tasks.names())
    if command == "draw":
        return graphs.help_of_draw()
    if command == "step":
        return graphs.help_of_step()
    if command == "sheet":
        return sheets.help_of_sheet()
    if command == "lecture":
        return lecture.help_of_lecture()
    own = {"demo": DEMO, "examples": EXAMPLES, "completion": COMPLETION, "latex": latex.LATEX}
    own |= {"mark": marks.MARK, "grade": grading.GRADE}
    return {**own, **graphs.HELP}[command]


# --- demo ------------------------------------------------------------------------------------------------------------


def _parser_of_demo() -> Parser:
    parser = Parser("demo")
    parser.add_argument("--out", default="chalkgrad-demo")
    parser.add_argument("--seed", type=int)
    return parser


def _demo(arguments: list[str]) -> None:
    from chalkgrad.command import demo

    options = _parser_of_demo().parse_args(arguments)
    seed = demo.SEED if options.seed is None else options.seed
    demo.run(Path(named(options.out, "chalkgrad-demo", "--out")), seed)


# --- train -----------------------------------------------------------------------------------------------------------


def _parser_of_train() -> Parser:
    parser = Parser("train")
    parser.add_argument("--plot")
    parser.add_argument("--widths")
    parser.add_argument("--activation")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--target")
    parser.add_argument("--columns")
    parser.add_argument("--drop")
    parser.add_argument("--missing", choices=("refuse", "drop", "mean"))
    parser.add_argument("--separator")
    parser.add_argument("--classes", choices=("yes", "no"))
    parser.add_argument("--compiled", choices=("auto", "llvm", "numpy", "python", "no"))
    parser.add_argument("--save")
    parser.add_argument("--checkpoint")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("names", nargs="*")
    return parser


def _train(arguments: list[str]) -> None:
    from chalkgrad.command import tasks, train, train_options

    options = vars(_parser_of_train().parse_intermixed_args(arguments))
    names, as_json = options.pop("names"), options.pop("json")
    del options["command"], options["language"]
    if not names:
        given = [f"--{option}" for option, value in options.items() if value is not None]
        if given:
            raise UserError(f"what is to be trained? For instance: chalkgrad train moons {' '.join(given[:1])} …")
        if as_json:
            say_json({"tasks": tasks.summaries()})
        else:
            say(tasks.listing())
        return
    if options["widths"] is not None:
        options["widths"] = train_options.widths_in(options["widths"])
    train.run(names, train_options.Settings(**options), as_json)


# --- examples --------------------------------------------------------------------------------------------------------


def _parser_of_examples() -> Parser:
    parser = Parser("examples")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("name", nargs="?")
    return parser


def _examples(arguments: list[str]) -> None:
    from chalkgrad.command import examples

    options = _parser_of_examples().parse_args(arguments)
    name = options.name
    if name is None and options.json:
        say_json({"examples": [examples.facts(examples.load(name)) for name in examples.names()]})
        return
    if name is None:
        say(examples.listing(columns(examples.LINE_LENGTH)))
        return
    if name not in examples.names():
        advice = did_you_mean(name, examples.names()) or "; chalkgrad examples lists them"
        raise UserError(f"there is no example {name}{advice}")
    if options.json:
        say_json(examples.facts(examples.load(name)))
    else:
        say(examples.show(examples.load(name), columns(examples.LINE_LENGTH)))


# --- completion ------------------------------------------------------------------------------------------------------


def _parser_of_completion() -> Parser:
    from chalkgrad.command.completion import SHELLS

    parser = Parser("completion")
    parser.add_argument("shell", nargs="?", choices=tuple(SHELLS))
    return parser


PARSERS: Final[dict[str, Callable[[], Parser]]] = {
    "demo": _parser_of_demo,
    **graphs.PARSERS,
    "latex": latex.parser_of_latex,
    "lecture": lecture.parser_of_lecture,
    "train": _parser_of_train,
    "sheet": sheets.parser_of_sheet,
    "mark": marks.parser_of_mark,
    "grade": grading.parser_of_grade,
    "examples": _parser_of_examples,
    "completion": _parser_of_completion,
}


def _completion(arguments: list[str]) -> None:
    from chalkgrad.command import completion

    shell = _parser_of_completion().parse_args(arguments).shell
    if shell is None:
        raise UserError(f"for which shell? chalkgrad completion {', '.join(completion.SHELLS)}: one of these")
    parsers = {command: parser() for command, parser in PARSERS.items()}
    say(completion.SHELLS[shell](completion.commands_of(parsers)))
