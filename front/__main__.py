"""The command `chalkgrad`: draws expressions, lists worked examples, trains networks, shows what the thing is.

    >>> main(["draw", "x^2", "x=3"])
    2

(The sentence and the caret that go with the 2 are on standard error.) `chalkgrad --help` teaches the rest.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from chalkgrad.caret import ExpressionError
from chalkgrad.console import UserError, can_show, say

if TYPE_CHECKING:
    from chalkgrad.expression import Parsed

__all__ = ["main"]

ABOUT: Final = """\
usage: chalkgrad COMMAND …

chalkgrad is a scalar reverse-mode autodiff engine for the blackboard. Here it draws, steps and
trains; in Python (from chalkgrad import Value) it computes, steps and prints.

commands:
  demo        shows what there is, in under a minute
  draw        draws an expression with its gradients
  step        steps through the reverse sweep at a prompt
  play        makes a page that plays the reverse sweep, for a projector
  train       trains a network on data that come with it, or on your own table
  examples    lists worked examples, or shows one

for instance:
  chalkgrad demo
  chalkgrad draw "(a*b + c)*f" a=2 b=-3 c=10 f=-2 -o L.svg
  chalkgrad draw "e = a*b; d = e + c; L = d*f" a=2 b=-3 c=10 f=-2
  chalkgrad step "(a*b + c)*f" a=2 b=-3 c=10 f=-2
  chalkgrad examples
  chalkgrad draw colah
  chalkgrad play colah
  chalkgrad train moons --plot moons.svg

chalkgrad COMMAND --help says more. chalkgrad --version gives the version.
"""

DEMO: Final = """\
usage: chalkgrad demo [--out DIR] [--seed N]

Prints the evaluation trace and the reverse sweep of L = (a*b + c)*f, draws it and a neuron, and trains a small network
to tell two moons apart. Ctrl-C ends the training early.

  --out DIR   where the pictures go (chalkgrad-demo)
  --seed N    another set of points and another network to start from
"""

DRAW: Final = """\
usage: chalkgrad draw EXPRESSION name=value … [options]
       chalkgrad draw EXAMPLE [name=value …] [options]

Draws an expression after a backward sweep: every value, every local derivative, every gradient.

  chalkgrad draw "(a*b + c)*f" a=2 b=-3 c=10 f=-2
  chalkgrad draw "sigmoid(w*x + b)" w=0.5 x=2 b=-1 -o neuron.png --theme dark
  chalkgrad draw "e = a*b; d = e + c; L = d*f" a=2 b=-3 c=10 f=-2
  chalkgrad draw colah b=3

The expression stands in quotes. In it: numbers and names, + - * / **, parentheses, and the functions
  {functions}.
affine([w1, w2], [x1, x2], b) is w1*x1 + w2*x2 + b. Parts get names with =, separated by ;.
Values are numbers such as 2, -3, 1e-3, 1/3. An EXAMPLE is a name that chalkgrad examples lists.

  -o FILE             where the picture goes, as .svg, .png, .pdf or .dot (without -o: an .svg with the root's name)
  --theme THEME       light, dark or print
  --direction WAY     LR, from left to right, or TB, from top to bottom
  --root NAME         sweep back from this Value, and draw what it is computed from
  --no-backward       leave the gradients out
  --limit N           draw up to N nodes
  --renderer PROGRAM  what lays the graph out, graphviz-pure or dot, or the path of either
"""

STEP: Final = """\
usage: chalkgrad step EXPRESSION name=value …
       chalkgrad step EXAMPLE [name=value …]

Steps through the reverse sweep as a debugger does: n for the next step, b for back, ? to predict first, h for all that
there is. Expressions and values are written as for chalkgrad draw; --root NAME sweeps back from that Value.

  chalkgrad step "(a*b + c)*f" a=2 b=-3 c=10 f=-2
  chalkgrad step colah
"""

PLAY: Final = """\
usage: chalkgrad play EXPRESSION name=value … [options]
       chalkgrad play EXAMPLE [name=value …] [options]

Makes a page that plays the reverse sweep step by step, with the arrow keys: one file, which needs no network.
Expressions and values are written as for chalkgrad draw.

  chalkgrad play colah
  chalkgrad play "(a*b + c)*f" a=2 b=-3 c=10 f=-2 -o L.html

  -o FILE        where the page goes (without -o: an .html with the root's name)
  --theme THEME  light, dark or print
  --root NAME    sweep back from this Value
"""

TRAIN: Final = """\
usage: chalkgrad train NAME [options]
       chalkgrad train FILE.csv [--target COLUMN] [options]
       chalkgrad train

Trains a network, and says how good it is on data that it has not seen. Without a NAME it lists what there is:
  {tasks}.
A file has the columns' names in its first line and numbers below; the target may be text, and is then a class.
A quarter of the rows is for the test. Ctrl-C ends the training and keeps the best parameters so far.

  chalkgrad train iris
  chalkgrad train moons --plot moons.svg
  chalkgrad train moons --widths none --plot line.svg
  chalkgrad train data.csv --target column --widths 32,16 --epochs 300 --save model.json
  chalkgrad train all

  --plot FILE        draws, as .svg, .png or .pdf: the plane and its classes for two inputs, the fitted curve for
                     one, the sup error against the width for approximation, else the loss
  --widths 16,16     widths of the hidden layers, or none (approximation: the widths to try)
  --activation NAME  of the hidden layers, such as tanh, relu or sigmoid
  --epochs N         how many times to go through the data
  --rate NUMBER      the learning rate to begin with
  --batch N          how many samples for each step
  --seed N           another split or other points, and another network to start from
  --target COLUMN    what is to be predicted (without it: the last column)
  --compiled WAY     auto, llvm, numpy, python, or no: what computes the gradient (auto: the fastest there is)
  --save FILE        writes the trained network, which chalkgrad.nn.MLP.load reads
"""

EXAMPLES: Final = """\
usage: chalkgrad examples [NAME]

Lists the worked examples: those that books, courses and blogs have published, and a lecture's figures.
With a NAME, shows the steps, the numbers and the source of that one. chalkgrad draw NAME draws it.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status: 0, 2 for a mistake in the arguments, 130 after Ctrl-C."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except UserError as error:
        return _fail(f"chalkgrad: {error}", 2)
    except ExpressionError as error:
        return _fail(f"chalkgrad: {_spelled(error)}", 2)
    except KeyboardInterrupt:
        return _fail("\nchalkgrad: stopped", 130)
    except BrokenPipeError:
        _leave_the_output()
        return 1
    except OSError as error:  # a full disk behind standard output, say
        _leave_the_output()
        return _fail(f"chalkgrad: {error.strerror or error}", 2)


def _fail(sentence: str, status: int) -> int:
    with suppress(BrokenPipeError):
        say(sentence, sys.stderr)
    return status


def _spelled(error: ExpressionError) -> str:
    """The error as standard error can show it, with the caret under the place in either spelling."""
    if sys.stderr is None or can_show(str(error), sys.stderr):
        return str(error)
    from chalkgrad.engine.text import ascii_form

    return error.shown(ascii_form)


def _leave_the_output() -> None:
    """Points standard output at nothing: it takes no more, and the interpreter's last flush would complain."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    commands: dict[str, Callable[[list[str]], None]] = {
        "demo": _demo,
        "draw": _draw,
        "step": _step,
        "play": _play,
        "train": _train,
        "examples": _examples,
    }
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
        say(_help(command).rstrip())
        return 0
    commands[command](rest)
    return 0


def _unknown_command(word: str, commands: Sequence[str] | dict[str, Any]) -> str:
    close = difflib.get_close_matches(word, list(commands), n=1)
    if close:
        return f"there is no command {word}: did you mean {close[0]}?"
    listed = ", ".join(commands)
    return f'there is no command {word}; there are {listed}. An expression is drawn by: chalkgrad draw "a*b" a=2 b=3'


def _help(command: str) -> str:
    if command == "train":
        from chalkgrad import train

        return TRAIN.format(tasks=train.names())
    if command != "draw":
        return {"demo": DEMO, "step": STEP, "play": PLAY, "examples": EXAMPLES}[command]
    from chalkgrad.functions import functions

    lines = [""]
    for name in sorted(functions()):
        if len(lines[-1]) + len(name) > 90:
            lines.append("")
        lines[-1] += f"{name} "
    return DRAW.format(functions="\n  ".join(line.strip() for line in lines))


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are sentences like all others."""

    def __init__(self, command: str) -> None:
        super().__init__(prog=f"chalkgrad {command}", add_help=False, allow_abbrev=False)
        self.command = command
        self.set_defaults(command=command)

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message.replace('argument ', '', 1)}; chalkgrad {self.command} --help shows what there is")


# --- demo ------------------------------------------------------------------------------------------------------------


def _demo(arguments: list[str]) -> None:
    from chalkgrad import demo

    parser = _Parser("demo")
    parser.add_argument("--out", default="chalkgrad-demo")
    parser.add_argument("--seed", type=int, default=demo.SEED)
    options = parser.parse_args(arguments)
    demo.run(Path(options.out), options.seed)


# --- draw ------------------------------------------------------------------------------------------------------------


def _draw(arguments: list[str]) -> None:
    parser = _Parser("draw")
    parser.add_argument("-o", dest="file")
    parser.add_argument("--theme", choices=("light", "dark", "print"), default="light")
    parser.add_argument("--direction", choices=("LR", "TB"), default="LR")
    parser.add_argument("--root")
    parser.add_argument("--no-backward", action="store_true")
    parser.add_argument("--limit", type=int, default=300)
    parser.add_argument("--renderer")
    parser.add_argument("words", nargs="*")
    options = parser.parse_intermixed_args(_shield(arguments))
    if options.limit < 1:
        parser.error(f"--limit: {options.limit} leaves nothing to draw")
    parsed, name = _read(options, "drawn")

    from chalkgrad import pictures
    from chalkgrad.engine import tape
    from chalkgrad.viz.graph import too_large

    count = len(tape(*parsed.roots))
    if count > options.limit:
        raise UserError(too_large(count, options.limit, "--root NAME", f"--limit {count}"))
    note = ""
    if not options.no_backward:
        if len(parsed.roots) == 1:
            _sweep(parsed)
        else:
            note = f" without gradients, for {_several(parsed)}"
    file = options.file.removeprefix(" ") if options.file is not None else f"{name}.svg"
    pictures.save(
        parsed.roots,
        file,
        theme=options.theme,
        direction=options.direction,
        limit=options.limit,
        renderer=options.renderer,
    )
    say(f"wrote {file}{note}")


def _read(options: argparse.Namespace, done: str) -> tuple[Parsed, str]:
    """The expression or example that the words of a command give, and what to call it; `--root` picks a part."""
    if not options.words:
        raise UserError(f'what is to be {done}? For instance: chalkgrad {options.command} "a*b + c" a=2 b=-3 c=10')

    from chalkgrad import examples
    from chalkgrad.expression import Parsed, parse, read_values

    text, *words = options.words
    is_example = text.strip() in examples.names()
    values = read_values(words)
    try:
        parsed = examples.build(examples.load(text.strip()), values) if is_example else parse(text, values)
    except ExpressionError as error:
        raise ExpressionError(error.message + _meant_example(text), error.text, error.position) from None
    if options.root is not None:
        root = unicodedata.normalize("NFC", options.root)
        if root not in parsed.names:
            raise UserError(f"there is no {root} here; there are {', '.join(parsed.names)}")
        parsed = Parsed((parsed.names[root],), parsed.names)
    return parsed, text.strip() if is_example else parsed.roots[0].label


def _single(parsed: Parsed) -> None:
    """Refuses several outputs, where one sweep is to be shown."""
    if len(parsed.roots) > 1:
        raise UserError(_several(parsed))


def _several(parsed: Parsed) -> str:
    names = {value: name for name, value in parsed.names.items()}  # the last name, if a value has several
    *most, last = [names[root] for root in parsed.roots]
    return f"there are several outputs, {', '.join(most)} and {last}; choose one: --root {most[0]}"


_OPTIONS: Final = ("-o", "--theme", "--direction", "--root", "--no-backward", "--limit", "--renderer")


def _shield(arguments: Sequence[str]) -> list[str]:
    """The arguments with a blank before each that starts with a minus and is no option: -a*b is an expression."""
    shielded: list[str] = []
    rest = iter(arguments)
    for word in rest:
        if word == "--":
            return shielded + [f" {word}" if word.startswith("-") else word for word in rest]
        attached = re.fullmatch(r"-o=?(\S+\.\w+)", word)
        if attached and "-o" not in arguments:
            shielded += ["-o", attached.group(1)]
        elif word.partition("=")[0] in _OPTIONS or re.fullmatch(r"--[a-z-]{2,}(=.*)?", word):
            shielded.append(word)
        else:
            shielded.append(f" {word}" if word.startswith("-") else word)
    return shielded


def _meant_example(text: str) -> str:
    """A hint for a single word that nearly is an example's name."""
    from chalkgrad import examples

    if not text.strip().isidentifier() or text.strip() in examples.names():
        return ""
    close = difflib.get_close_matches(text.strip(), examples.names(), n=1)
    return f"; or did you mean the example {close[0]}?" if close else ""


def _sweep(parsed: Parsed) -> None:
    from chalkgrad.engine.errors import NonFiniteError

    try:
        parsed.root.backward()
    except NonFiniteError as error:
        raise UserError(f"{error}\n--no-backward draws the values alone") from None


# --- step and play ---------------------------------------------------------------------------------------------------


def _step(arguments: list[str]) -> None:
    parser = _Parser("step")
    parser.add_argument("--root")
    parser.add_argument("words", nargs="*")
    options = parser.parse_intermixed_args(_shield(arguments))
    parsed, _ = _read(options, "stepped through")
    _single(parsed)

    from chalkgrad.viz import prompt

    prompt(parsed.root)


def _play(arguments: list[str]) -> None:
    parser = _Parser("play")
    parser.add_argument("-o", dest="file")
    parser.add_argument("--theme", choices=("light", "dark", "print"), default="light")
    parser.add_argument("--root")
    parser.add_argument("words", nargs="*")
    options = parser.parse_intermixed_args(_shield(arguments))
    parsed, name = _read(options, "played")
    _single(parsed)

    from chalkgrad import pictures
    from chalkgrad.viz import play

    file = options.file.removeprefix(" ") if options.file is not None else f"{name}.html"
    with pictures.obstacles(file):
        play(parsed.root, file, theme=options.theme)
    say(f"wrote {file}: open it in a browser, and go on with the arrow keys")


# --- train -----------------------------------------------------------------------------------------------------------


def _train(arguments: list[str]) -> None:
    from chalkgrad import train

    parser = _Parser("train")
    parser.add_argument("--plot")
    parser.add_argument("--widths")
    parser.add_argument("--activation")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--target")
    parser.add_argument("--compiled", choices=("auto", "llvm", "numpy", "python", "no"))
    parser.add_argument("--save")
    parser.add_argument("name", nargs="?")
    options = vars(parser.parse_args(arguments))
    name = options.pop("name")
    del options["command"]
    if name is None:
        given = [f"--{option}" for option, value in options.items() if value is not None]
        if given:
            raise UserError(f"what is to be trained? For instance: chalkgrad train moons {' '.join(given[:1])} …")
        say(train.listing())
        return
    if options["widths"] is not None:
        options["widths"] = train.widths_in(options["widths"])
    train.run(name, train.Settings(**options))


# --- examples --------------------------------------------------------------------------------------------------------


def _examples(arguments: list[str]) -> None:
    from chalkgrad import examples

    parser = _Parser("examples")
    parser.add_argument("name", nargs="?")
    name = parser.parse_args(arguments).name
    if name is None:
        width = max(map(len, examples.names()))
        for name in examples.names():
            say(f"{name:<{width}}  {examples.load(name).title}")
        say("\nchalkgrad examples NAME shows one, chalkgrad draw NAME draws it.")
        return
    if name not in examples.names():
        close = difflib.get_close_matches(name.casefold(), examples.names(), n=1)
        advice = f": did you mean {close[0]}?" if close else "; chalkgrad examples lists them"
        raise UserError(f"there is no example {name}{advice}")
    say(examples.show(examples.load(name)))


if __name__ == "__main__":
    sys.exit(main())
