"""The commands that take an expression or an example: draw, frames, step, play.

>>> draw(["x*x", "x=three"])
Traceback (most recent call last):
    ...
chalkgrad.expressions.caret.ExpressionError: three is not a number; a value is written as in x=2, x=-3, x=1e-3 or x=1/3
  x=three
    ^
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import textwrap
import unicodedata
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chalkgrad.command.console import Parser, UserError, columns, did_you_mean, named, say, typed, write_bytes
from chalkgrad.engine.words.language import section
from chalkgrad.expressions.caret import ExpressionError

if TYPE_CHECKING:
    from chalkgrad.engine import Value
    from chalkgrad.expressions.expression import Parsed

__all__ = ["HELP", "PARSERS", "draw", "frames", "help_of_draw", "help_of_step", "play", "step"]

_DRAW: Final = """\
usage: chalkgrad draw EXPRESSION name=value … [options]
       chalkgrad draw EXAMPLE [name=value …] [options]

Draws an expression after a backward pass: every value, every local derivative, every gradient.

  chalkgrad draw "(a*b + c)*f" a=2 b=-3 c=10 f=-2
  chalkgrad draw "sigmoid(w*x + b)" w=0.5 x=2 b=-1 -o neuron.png --theme dark
  chalkgrad draw "e = a*b; d = e + c; L = d*f" a=2 b=-3 c=10 f=-2
  chalkgrad draw colah b=3
  chalkgrad draw cs231n_add_mul --skin circuit
  chalkgrad draw colah --skin edges --path b

The expression stands in quotes. In it: numbers and names, + - * / **, parentheses, and the functions
  {functions}.
affine([w1, w2], [x1, x2], b) is w1*x1 + w2*x2 + b. Parts get names with =, separated by ;.
Values are numbers such as 2, -3, 1e-3, 1/3. An EXAMPLE is a name that chalkgrad examples lists.

  -o FILE             where the picture goes: .svg, .png, .pdf, .dot, .tex (TikZ for Beamer) or .html (a page that
                      plays it); without -o an .svg with the root's name, or the example's; - is standard output
  --format FORMAT     svg, png, pdf, dot, tex or html, where no FILE says so
  --width N           how many pixels a .png is wide (1920, as a slide); its height follows
  --scale X           instead, how many pixels it has per unit of the .svg
  --skin SKIN         cards; circuit (value above the wire, gradient below it); or edges (local derivatives on edges)
  --theme THEME       light, dark or print
  --direction WAY     LR, from left to right, or TB, from top to bottom
  --notation WAY      how derivatives are written: ∂; functions, local ones with the function's name, ∂h₈/∂z₅; d, total
                      ones with d; or bar, gradients as z̄₅
  --show WHAT         what is written: data,grad,local,contributions (or some of them)
  --digits N          how many significant digits (4)
  --path NAME         lights the paths from the root back to NAME, with the chain rule below
  --step N            the moment of step N of the backward pass, with its sentence below
  --caption TEXT      a line below the picture
  --slide             draws it so that every number can be read from the back row: if need be as a circuit, in rows,
                      folded, or the surroundings of the step, with all else as dots
  --wrap              breaks a deep graph into rows
  --collapse WAY      how a large graph is folded: auto, no, neurons, layers, how many levels stay open, or a place
  --root NAME         the backward pass starts from this Value; what it is computed from is drawn
  --no-backward       leave the gradients out
  --limit N           draw up to N values one by one (300), and fold more
  --renderer PROGRAM  what lays the graph out: graphviz-pure, dot, the path of either, or layered, our own layout
"""

_FRAMES: Final = """\
usage: chalkgrad frames EXPRESSION name=value … [options]
       chalkgrad frames EXAMPLE [name=value …] [options]

Draws one picture for every step of the backward pass, the layout never moving, for slides: every number can be read
from the back row, as with chalkgrad draw --slide. Expressions and values are written as for chalkgrad draw.

  chalkgrad frames colah
  chalkgrad frames "(a*b + c)*f" a=2 b=-3 c=10 f=-2 -o slides --format png --theme dark

  -o FOLDER        where the pictures go (without -o: L-frames, with the root's name or the example's for L)
  --format FORMAT  svg, png, pdf, or tex for Beamer
  --by WHAT        a step for each edge, or for each node: all its edges at once
  --forward        the steps of the forward pass before those of the backward pass
  --root NAME      the backward pass starts from this Value
  --limit N        draw up to N values (300)
  --skin, --theme, --direction, --notation, --show, --digits, --wrap, --renderer, --width and --scale are those of
                      chalkgrad draw
"""

_STEP: Final = """\
usage: chalkgrad step EXPRESSION name=value …
       chalkgrad step EXAMPLE [name=value …]

Steps through the backward pass as a debugger does: n for the next step, b for back, ? to predict first, h for all that
there is. Expressions and values are written as for chalkgrad draw; with --root NAME it starts from that Value.

  chalkgrad step "(a*b + c)*f" a=2 b=-3 c=10 f=-2
  chalkgrad step colah
  chalkgrad step "c = a + b; d = a*b; y = c + d + c*d" a=2 b=3 --mistake recursion
  chalkgrad step mazur --mistake update-at-once --rate 0.5

  --mistake NAME   prints the backward pass with a mistake in it instead: every step, the one where it parts from the
                   right one, both results, why, and what mends it. Where it does no harm, another mistake is named
                   that does, and the smallest graph on which this one would. The beginning of a name is enough, with
                   - for blanks. There are:
{mistakes}
  --rate NUMBER    of the step of descent in "update at once" (0.1)
  --notation NAME  how derivatives are written: ∂; functions, for ∂h5/∂z2 of a function that has a name; d, for dL/da
                   where all ways count; or bar, for ā
"""

_PLAY: Final = """\
usage: chalkgrad play EXPRESSION name=value … [options]
       chalkgrad play EXAMPLE [name=value …] [options]

Makes a page in which the forward pass and the backward pass are played with the arrow keys, and the inputs may be
changed: one file, which needs no network. Expressions and values are written as for chalkgrad draw.

  chalkgrad play colah
  chalkgrad play "(a*b + c)*f" a=2 b=-3 c=10 f=-2 -o L.html
  chalkgrad play paths --root y3

  -o FILE          where the page goes (without -o: an .html with the root's name, or the example's; - is standard
                   output)
  --theme THEME    light, dark or print (by default light or dark, as the system is)
  --direction WAY  LR, from left to right, or TB, from top to bottom, as for a narrow screen
  --notation WAY   how derivatives are written: ∂, functions, d or bar; the page can change it
  --note "3: ask"  what to say or ask at step 3 of the backward pass, shown with it; "f2: …" in the forward pass; may be
                   given several times
  --skin SKIN      cards, circuit or edges: how the graph is drawn when the page opens; without it, so that all can be
                   read on a projector. The key k changes it, where another skin is legible, too
  --root NAME      the backward pass starts from this Value; of several outputs the page opens with it, and goes on to the
                   others. What is no output is played alone
  --collapse WAY   how a large graph is folded: auto, no, neurons, layers, how many levels stay open, or a place
  --language CODES the language of the page, en or he; en,he has both: it opens in the first, and the key x changes it
  --limit N        play up to N values one by one (300); of more, up to 3,000, a card at a time, folded as draw folds
"""

HELP: Final = {"frames": _FRAMES, "play": _PLAY}  # those of draw and step list what there is

SAID: Final = section("command line")
_THEMES: Final = ("light", "dark", "print")
_FORMATS: Final = ("svg", "png", "pdf", "dot", "tex", "html")


def help_of_draw() -> str:
    """Returns the help of `chalkgrad draw`, with the list of all functions."""
    from chalkgrad.expressions.functions import functions

    lines = [""]
    for name in sorted(functions()):
        if len(lines[-1]) + len(name) > 90:
            lines.append("")
        lines[-1] += f"{name} "
    return _DRAW.format(functions="\n  ".join(line.strip() for line in lines))


def help_of_step() -> str:
    """Returns the help of `chalkgrad step`, with the list of all mistakes."""
    from chalkgrad.engine.stepping.mistakes import MISTAKES

    names = textwrap.wrap(", ".join(MISTAKES), 95)
    return _STEP.format(mistakes="\n".join(f"                     {line}" for line in names))


# What every command reads -----------------------------------------------------------------------------------------------


def _parsed(parser: Parser, arguments: Sequence[str]) -> argparse.Namespace:
    """Returns the options and, as `words`, the expression and its values; an expression may begin with a minus."""
    return parser.parse_intermixed_args(_shield(arguments, list(parser.options())))


def _parser(command: str) -> Parser:
    """Returns a parser of an expression or an example, and its values."""
    parser = Parser(command)
    parser.add_argument("--root")
    parser.add_argument("words", nargs="*")
    return parser


def _shield(arguments: Sequence[str], options: Sequence[str]) -> list[str]:
    """Puts a blank before each argument that starts with a minus and is not an option, because -a*b is an expression."""
    shielded: list[str] = []
    rest = iter(arguments)
    for word in rest:
        if word == "--":
            return shielded + [f" {word}" if word.startswith("-") else word for word in rest]
        attached = re.fullmatch(r"-o=?(-|\S+\.\w+)", word)
        if attached and "-o" not in arguments:
            shielded += ["-o", attached.group(1)]
        elif word == "-" or word.partition("=")[0] in options or re.fullmatch(r"--[a-z-]{2,}(=.*)?", word):
            shielded.append(word)
        else:
            shielded.append(f" {word}" if word.startswith("-") else word)
    return shielded


def _read(options: argparse.Namespace, done: str, *, keep: bool = False) -> tuple[Parsed, str]:
    """Returns the expression or example that a command's words give, and what to call it; `--root` picks a part.

    With ``keep`` the others are kept beside an output that is picked.
    """
    if not options.words:
        raise UserError(f'what is to be {done}? For instance: chalkgrad {options.command} "a*b + c" a=2 b=-3 c=10')

    from chalkgrad.command import examples
    from chalkgrad.expressions.expression import Parsed, parse, read_values

    text, *words = options.words
    is_example = text.strip() in examples.names()
    values = read_values(words)
    try:
        parsed = examples.build(examples.load(text.strip()), values) if is_example else parse(text, values)
    except ExpressionError as error:
        raise ExpressionError(error.message + _meant_example(text), error.text, error.position) from None
    if options.root is not None and not (keep and _value_named(parsed, options.root) in parsed.roots):
        parsed = Parsed((_value_named(parsed, options.root),), parsed.names)
    return parsed, text.strip() if is_example else parsed.roots[0].label


def _value_named(parsed: Parsed, name: str) -> Value:
    """Returns the Value of that name."""
    from chalkgrad.engine.words.manner import set_in_type

    name = unicodedata.normalize("NFC", name)
    if name not in parsed.names:  # it may be copied from a picture: θ₁
        name = next((typed for typed in parsed.names if set_in_type(typed) == name), name)
    if name not in parsed.names:
        close = did_you_mean(name, list(parsed.names)) or f"; there are {', '.join(parsed.names)}"
        raise UserError(f"there is no {name} here{close}")
    return parsed.names[name]


def _meant_example(text: str) -> str:
    """Returns a hint for a single word that is nearly the name of an example."""
    from chalkgrad.command import examples

    if not text.strip().isidentifier() or text.strip() in examples.names():
        return ""
    close = did_you_mean(text.strip(), examples.names())
    return close.replace(": did you mean", "; or did you mean the example")


def _single(parsed: Parsed) -> Value:
    """Returns the only output; refuses several, because one backward pass is shown."""
    if len(parsed.roots) > 1:
        *most, last = _output_names(parsed)
        raise UserError(f"there are several outputs, {', '.join(most)} and {last}; choose one: --root {most[0]}")
    return parsed.root


def _output_names(parsed: Parsed) -> list[str]:
    names = {value: name for name, value in parsed.names.items()}  # the last name, if a value has several
    return [names[root] for root in parsed.roots]


def _add_look(parser: Parser) -> None:
    """Adds the options that `draw` and `frames` share."""
    from chalkgrad.viz.skins import skin_names

    parser.add_argument("--skin", choices=skin_names())  # a page and a picture begin with others
    parser.add_argument("--theme", choices=_THEMES)
    parser.add_argument("--direction", choices=("LR", "TB"), default="LR")
    parser.add_argument("--notation", default="∂")
    parser.add_argument("--show")
    parser.add_argument("--digits", type=int, default=4)
    parser.add_argument("--wrap", action="store_true")
    parser.add_argument("--renderer")
    parser.add_argument("--limit", type=int)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--width", type=int)
    size.add_argument("--scale", type=float)


def _look(parser: Parser, options: argparse.Namespace) -> dict[str, Any]:
    """Returns these options under their names in Python, without those that were left out."""
    show = None if options.show is None else tuple(part.strip() for part in options.show.split(",") if part.strip())
    given = {name: getattr(options, name) for name in ("direction", "notation", "digits", "renderer")}
    more = _only(
        skin=options.skin, theme=options.theme, show=show, wrap=options.wrap or None, width=options.width, scale=options.scale
    )
    return given | more | _limit(parser, options)


def _limit(parser: Parser, options: argparse.Namespace) -> dict[str, Any]:
    if options.limit is not None and options.limit < 1:
        parser.error(f"--limit: {options.limit} leaves nothing to draw")
    return _only(limit=options.limit)


def _only(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _file(given: str | None, otherwise: str, output: bool = True) -> str:
    return named(given, otherwise, "-o", output).removeprefix(" ")


# draw -------------------------------------------------------------------------------------------------------------------


def _parser_of_draw() -> Parser:
    parser = _parser("draw")
    parser.add_argument("-o", dest="file")
    parser.add_argument("--format", choices=_FORMATS)
    parser.add_argument("--path")
    parser.add_argument("--step", type=int)
    parser.add_argument("--caption")
    parser.add_argument("--collapse", default="auto")
    parser.add_argument("--no-backward", action="store_true")
    parser.add_argument("--slide", action="store_true")
    _add_look(parser)
    return parser


def draw(arguments: Sequence[str]) -> None:
    """Runs `chalkgrad draw`."""
    parser = _parser_of_draw()
    options = _parsed(parser, arguments)
    look = _look(parser, options)
    parsed, name = _read(options, "drawn")

    from chalkgrad.command import pictures

    look |= {"caption": options.caption, "collapse": _collapse(options.collapse.strip(), parsed)}
    look |= {"slide": True} if options.slide else {}
    for_slide = typed(["chalkgrad", "draw", *arguments, "--slide"])
    report = SAID["wrote"]
    if options.no_backward:
        if options.step is not None:
            parser.error("--step: a step of the backward pass has gradients; leave --no-backward out")
    elif len(parsed.roots) == 1:
        _backward(parsed.root)
    else:
        report = SAID["wrote values"]
    file = _file(options.file, f"{name}.{options.format or 'svg'}")
    printed = file == "-"
    if printed:
        file = f"{name}.{options.format or 'svg'}"
    elif options.format is not None and not file.lower().endswith(f".{options.format}"):
        raise UserError(
            f"--format {options.format} and -o {file} are of two kinds: leave --format out, or write -o - for the output"
        )
    if file.lower().endswith((".html", ".htm")) and (options.path, options.step) != (None, None):
        raise UserError("--path and --step light a picture, and a page plays every step: save it as .svg, or leave them out")
    if options.no_backward and len(parsed.roots) == 1 and file.lower().endswith((".html", ".htm")):
        raise UserError(
            "--no-backward draws a picture without gradients, and a page plays them: save it as .svg, or leave it out"
        )
    with pictures.obstacles(file):
        look["highlight"] = _highlight(parsed, options)
    if printed:
        content, remark = pictures.printed(parsed.roots, options.format or "svg", for_slide, **look)
        write_bytes(content, options.format or "svg")
        if remark and sys.stderr is not None:
            say(remark, sys.stderr)
        return
    remark = pictures.save(parsed.roots, file, for_slide, **look)
    outputs = _output_names(parsed)
    say(report.format(file=file, most=", ".join(outputs[:-1]), last=outputs[-1], first=outputs[0]))
    if remark:
        say(remark)


def _collapse(word: str, parsed: Parsed) -> bool | int | str | None:
    """Returns the value of `--collapse` as `draw` takes it."""
    from chalkgrad.engine import Tape

    if word.isdigit():
        return int(word)
    known = {"auto": None, "no": False, "neurons": "neurons", "layers": "layers"}
    if word not in known and not any(node.place for node in Tape(parsed.roots)):
        raise UserError(f"--collapse is {', '.join(known)} or a number, not {word}: this graph has no places to fold by name")
    return known.get(word, word)


def _highlight(parsed: Parsed, options: argparse.Namespace) -> Any:
    """Returns what `--path` or `--step` highlights."""
    if options.path is not None and options.step is not None:
        raise UserError("--path lights paths, --step the edge of one step: choose one of them")
    if options.path is not None:
        from chalkgrad.engine import chain_rule

        return chain_rule(_single(parsed), _value_named(parsed, options.path))
    if options.step is None:
        return None
    steps = _single(parsed).steps()
    if not 0 <= options.step < len(steps):
        raise UserError(f"--step: the steps of this backward pass go from 0, the seed, to {len(steps) - 1}")
    return steps[options.step]


def _backward(root: Value) -> None:
    from chalkgrad.engine.errors import GradientWarning, NonFiniteError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", GradientWarning
            )  # of an expression that is an input alone, which is drawn all the same
            root.backward()
    except NonFiniteError as error:
        raise UserError(f"{error}\n--no-backward draws the values alone") from None


# frames, step and play --------------------------------------------------------------------------------------------------


def _parser_of_frames() -> Parser:
    parser = _parser("frames")
    parser.add_argument("-o", dest="folder")
    parser.add_argument("--format", choices=("svg", "png", "pdf", "tex"), default="svg")
    parser.add_argument("--by", choices=("edge", "node"), default="edge")
    parser.add_argument("--forward", action="store_true")
    _add_look(parser)
    return parser


def frames(arguments: Sequence[str]) -> None:
    """Runs `chalkgrad frames`."""
    parser = _parser_of_frames()
    options = _parsed(parser, arguments)
    look = _look(parser, options)
    parsed, name = _read(options, "drawn")
    root = _single(parsed)

    from chalkgrad.command import pictures

    folder = _file(options.folder, f"{name}-frames", output=False)
    with pictures.obstacles(folder=folder):
        files, remark = pictures.frames(root, folder, options.format, options.by, options.forward, **look)
    say(SAID.form("wrote frames", len(files)).format(count=len(files), first=files[0], last=files[-1].name))
    say(remark)


def _parser_of_step() -> Parser:
    parser = _parser("step")
    parser.add_argument("--mistake")
    parser.add_argument("--rate", type=float)
    parser.add_argument("--notation", choices=("∂", "functions", "d", "bar"))
    return parser


def step(arguments: Sequence[str]) -> None:
    """Runs `chalkgrad step`."""
    options = _parsed(_parser_of_step(), arguments)
    parsed, _ = _read(options, "stepped through")
    root = _single(parsed)
    if options.mistake is not None:
        from chalkgrad.engine.words.manner import manner
        from chalkgrad.viz.prompting.screen import wrapped

        with manner(options.notation):
            lines = _mistaken(root, options.mistake.strip(), options.rate).splitlines()
        width = columns(max(map(len, lines)))
        say("\n".join(part for line in lines for part in wrapped(line, width) or [""]))
        return
    if options.rate is not None:
        raise UserError('--rate is for --mistake "update at once"')
    if sys.stdin is None or sys.stdout is None:
        raise UserError(f"step reads what to do at a prompt, and standard {'output' if sys.stdin else 'input'} is closed")

    from chalkgrad.viz.prompting.prompt import prompt_of_command

    if sys.stderr is None:  # Python's own way to read a line at a prompt would end with an error
        prompt_of_command(root, sys.stdin, sys.stdout, notation=options.notation)
    else:
        prompt_of_command(root, notation=options.notation)


def _mistaken(root: Value, mistake: str, rate: float | None) -> str:
    """Returns the steps of a backward pass with a mistake in it, and below them the report."""
    from chalkgrad.engine.stepping.mistaken import staged, steps_in_words
    from chalkgrad.engine.stepping.mistakes import mistake_named

    try:
        mistake_named(mistake, rate)
    except (TypeError, ValueError) as error:
        raise UserError(str(error)) from None
    run = staged(root, mistake, rate)
    return f"{steps_in_words(run)}\n\n{run}"


def _parser_of_play() -> Parser:
    from chalkgrad.viz.skins import skin_names

    parser = _parser("play")
    parser.add_argument("-o", dest="file")
    parser.add_argument("--theme", choices=("auto", *_THEMES), default="auto")
    parser.add_argument("--direction", choices=("LR", "TB"), default="LR")
    parser.add_argument("--notation", default="∂")
    parser.add_argument("--note", action="append", default=[], dest="notes")
    parser.add_argument("--skin", choices=skin_names())
    parser.add_argument("--collapse", default="auto")
    parser.add_argument("--language", default="")
    parser.add_argument("--limit", type=int)
    return parser


def _notes(given: Sequence[str]) -> dict[str, str]:
    """Returns the notes by their steps."""
    notes: dict[str, str] = {}
    for note in given:
        step, colon, said = note.partition(":")
        if not colon:
            raise UserError(f'--note: "{note}" names no step; a note is written as in --note "3: ask: why +=?"')
        before = f"{notes[step.strip()]}\n" if step.strip() in notes else ""
        notes[step.strip()] = before + said.strip()
    return notes


def play(arguments: Sequence[str]) -> None:
    """Runs `chalkgrad play`."""
    parser = _parser_of_play()
    options = _parsed(parser, arguments)
    look = {name: getattr(options, name) for name in ("theme", "direction", "notation", "skin")} | _limit(parser, options)
    look["notes"] = _notes(options.notes)
    look["languages"] = [code.strip() for code in options.language.split(",") if code.strip()]
    parsed, name = _read(options, "played", keep=True)
    look["collapse"] = _collapse(options.collapse.strip(), parsed)
    roots: Any = dict(zip(_output_names(parsed), parsed.roots, strict=True)) if len(parsed.roots) > 1 else parsed.root
    if options.root is not None and len(parsed.roots) > 1:
        look["opens"] = _value_named(parsed, options.root)

    from chalkgrad.command import pictures
    from chalkgrad.viz import play as make_page

    file = _file(options.file, f"{name}.html")
    if file == "-":
        with tempfile.TemporaryDirectory() as folder, pictures.obstacles():
            page = Path(folder, "page.html")
            make_page(roots, page, **look)
            write_bytes(page.read_bytes(), "html")
        return
    with pictures.obstacles(file):
        make_page(roots, file, **look)
    say(SAID["wrote page"].format(file=file))


PARSERS: Final = {"draw": _parser_of_draw, "frames": _parser_of_frames, "step": _parser_of_step, "play": _parser_of_play}

# What `chalkgrad latex` reads in the same way.
parser_of_expression, parsed_arguments, read_expression, single, value_named = _parser, _parsed, _read, _single, _value_named
