"""The command `chalkgrad sheet`: exercises on backpropagation made from a graph, in versions, with their keys.

>>> sheet(["colah", "--versions", "40"])
Traceback (most recent call last):
    ...
chalkgrad.command.console.UserError: --versions is a number from 1 to 26, not 40
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from chalkgrad.command.console import Parser, UserError, did_you_mean, folder_named, in_terminal, named, say
from chalkgrad.command.graphs import parsed_arguments
from chalkgrad.command.pictures import not_written
from chalkgrad.engine.words.language import languages, section

if TYPE_CHECKING:
    from chalkgrad.classroom.folder import File
    from chalkgrad.classroom.paper import Paper
    from chalkgrad.classroom.worksheet import Worksheet

__all__ = ["help_of_sheet", "parser_of_sheet", "sheet"]

_SHEET: Final = """\
usage: chalkgrad sheet EXPRESSION|EXAMPLE [name=numbers …] [options]
       chalkgrad sheet FILE.toml|EXERCISE [options]

Makes a sheet to be filled in from a graph, and its key: in four versions, A to D, which are equally difficult, so
that neighbours differ and one marks from four keys. The numbers can be done by hand, and are drawn so that a wrong
answer tells which slip was made. Print the .html from any browser.

  chalkgrad sheet colah --key -o week3
  chalkgrad sheet "c = a + b; d = b + 1; e = c*d" --ask table,graph,chain,step --key -o week3
  chalkgrad sheet "z = w*x + b; L = (z - t)**2" w="-4..4 except 0" x=1,2,3 t=last --ask table
  chalkgrad sheet week3.toml --for students.csv --key -o week3
  chalkgrad sheet colah --as html,pdf,tex,moodle,json --language he

After an expression or an example stand the numbers that an input may be: a=2, a=1,2,3, a="-4..4 except 0",
a="-2..2 step 0.5"; t=last is drawn so that a loss is small. Without them they are whole numbers up to 4, not 0.
A FILE.toml holds several exercises: docs/homework.md says how. An EXERCISE is one that comes with chalkgrad
(chain, residual and sign are examples, too: here they are the exercises):
{exercises}

  --ask FORMS       in which forms, separated by commas; with their minutes on a small graph:
{forms}
  --of NAMES        whose gradients are asked for (all inputs)
  --root NAME       what is differentiated, if there are several results
  --upstream X      the gradient given for the root (1)
  --rate X          of the step of descent (one at which it leads downhill)
  --numbers KIND    integers, halves, thirds, quarters, or decimals: two, with a table of σ on the sheet (halves)
  --small-numbers   no number above 10; without it none is above 60
  --versions N      how many versions (4)
  --for FILE.csv    a sheet for each student instead, by the ids in a column "id" or the like, else in the first one;
                    versions may repeat. roster.csv alone says whose is which
  --key-file FILE   the key of the course, from which the numbers are made: the same sheets next year, and all answers
                    for chalkgrad mark. It is made if it is not there (course.key). Keep it, and never hand it out
  -o FOLDER         where the files go (sheets)
  --as KINDS        html, pdf, tex, moodle, json, separated by commas (html); a pdf takes Chromium or LaTeX
  --key             the keys, too
  --language NAME   {languages}
  --large           in letters of 18 pt
  --title, --course TEXT   what stands on top
  --series NAME     another draw of the same exercises, an exam beside a practice sheet, say: what bears the same
                    series (the title, if it is left out) has the same numbers

chalkgrad solves any sheet whose numbers one types in: a sheet that nobody watches over is practice, not an exam.
"""
SAID: Final = section("command line")


class SheetOptions(NamedTuple):
    """What was typed behind `chalkgrad sheet`; None for what was left out."""

    words: Sequence[str]
    ask: str | None
    of: str | None
    root: str | None
    upstream: float | None
    rate: float | None
    numbers: str | None
    small_numbers: bool
    versions: int | None
    students: str | None
    key_file: str | None
    folder: str | None
    kinds: str | None
    key: bool
    large: bool
    language: str | None
    title: str | None
    course: str | None
    series: str | None


def parser_of_sheet() -> Parser:
    """Returns the parser of `chalkgrad sheet`."""
    from chalkgrad.classroom.numbers import PARTS

    parser = Parser("sheet")
    for option in ("--ask", "--of", "--root", "--key-file", "--title", "--course", "--series"):
        parser.add_argument(option)
    parser.add_argument("--for", dest="students")
    parser.add_argument("--as", dest="kinds")
    parser.add_argument("-o", dest="folder")
    parser.add_argument("--upstream", type=float)
    parser.add_argument("--rate", type=float)
    parser.add_argument("--versions", type=int)
    parser.add_argument("--numbers", choices=tuple(PARTS))
    parser.add_argument("--small-numbers", action="store_true")
    parser.add_argument("--key", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("words", nargs="*")
    return parser


def help_of_sheet() -> str:
    """Returns the help of `chalkgrad sheet`, with the forms and the exercises that there are."""
    exercises = textwrap.wrap(", ".join(exercise_names()), 100, break_on_hyphens=False)
    return _SHEET.format(
        exercises="\n".join(f"  {line}" for line in exercises), forms="\n".join(_forms()), languages=" or ".join(languages())
    )


# Small graphs, of which the first that a form can be asked of tells how long it takes.
_SMALL: Final = (
    ("c = a + b; d = b + 1; e = c*d", {"a": -4, "b": 2}),
    ("c = a*b; e = c + b", {"a": 3, "b": -2}),
    ("p = relu(a*x); q = relu(b*x); y = p + q", {"a": 2, "b": -3, "x": 1}),
)


def _forms() -> list[str]:
    """Returns a line for each form: its title, and its minutes on a small graph."""
    from chalkgrad.classroom.chance import Chance
    from chalkgrad.classroom.forms.form import FORMS
    from chalkgrad.classroom.posed import Posed
    from chalkgrad.expressions.expression import parse

    some = []
    for text, values in _SMALL:
        parsed = parse(text, values)
        some.append(
            Posed(parsed.root, parsed.names, tuple(values), Chance(b"0" * 32), options={"widths": [2, 3, 1]}, said=False)
        )
    lines = []
    for name, form in FORMS.items():
        said = ""
        for posed in some:
            try:
                if not form.refusal(posed) and form.suits(posed):
                    question = form.question(posed, 1)
                    said = f"{question.title[:1].lower()}{question.title[1:]}, {question.minutes:.0f} min"
                    break
            except ValueError:
                continue
        lines.append(f"                      {name.replace(' ', '-'):<10} {said}".rstrip())
    return lines


def exercise_names() -> list[str]:
    """Returns the names of the exercises that come with the package."""
    from chalkgrad.classroom import exercises

    return exercises.exercise_names()


def sheet(arguments: Sequence[str]) -> None:
    """Runs `chalkgrad sheet`."""
    from chalkgrad.classroom.course import CourseError
    from chalkgrad.classroom.versions import NotEnoughError
    from chalkgrad.classroom.worksheet import MOST_VERSIONS, WorksheetError

    typed = vars(parsed_arguments(parser_of_sheet(), arguments))
    options = SheetOptions(**{name: x for name, x in typed.items() if name != "command"})
    if options.versions is not None and not 1 <= options.versions <= MOST_VERSIONS:
        raise UserError(f"--versions is a number from 1 to {MOST_VERSIONS}, not {options.versions}")
    if options.versions is not None and options.students is not None:
        raise UserError("--for gives each student a sheet, and --versions all of them the same few: leave one out")
    try:
        _sheet(options)
    except (CourseError, NotEnoughError, WorksheetError) as error:
        raise UserError(str(error)) from None


def _sheet(options: SheetOptions) -> None:
    from chalkgrad.classroom import folder as folders
    from chalkgrad.classroom.course import salt_of
    from chalkgrad.classroom.sheet import VERSIONS, Sheet

    kinds = _kinds(options.kinds)
    worksheet = _on_top(_worksheet(options), options)
    place = folder_named(options.folder, "sheets")
    folders.manifest_in(place)  # refuses one that is not ours, before anything is made
    ids = _students(options.students) if options.students is not None else []
    key = _key(options.key_file)
    made_sheet = Sheet(worksheet, key=key)
    salts = {salt_of(key, student): student for student in ids}
    versions = made_sheet.for_students([*salts]) if ids else made_sheet.versions(worksheet.versions or VERSIONS)
    roster = {salts[salt]: code for code, salt in versions.students.items()} if ids else None
    try:
        written = folders.write(
            made_sheet, versions, place, kinds, keys=options.key, large=options.large, roster=roster, bar=_bar
        )
    except OSError as error:
        raise UserError(not_written(place, error)) from None
    except RuntimeError as error:  # there is no program that makes a PDF
        raise UserError(str(error)) from None
    say(SAID.form("wrote sheets", len(written)).format(count=len(written), folder=place, first=written[0].name))
    say(_listed(versions.papers))
    for remark in versions.remarks:
        say(remark)
    if ids:
        say(SAID["roster"].format(file=place / folders.ROSTER))


def _key(given: str | None) -> bytes:
    """Returns the key of the course; that it was made is said."""
    from chalkgrad.classroom.course import key_in

    file = Path(named(given, "course.key", "--key-file").strip()).expanduser()
    try:
        key, made = key_in(file)
    except OSError as error:
        raise UserError(not_written(file, error)) from None
    if made:
        say(SAID["key made"].format(file=file))
    return key


def _bar(files: Sequence[File]) -> Iterable[File]:
    """Yields the files, with a bar in a terminal that shows how many are written."""
    from tqdm import tqdm

    delay = 0 if any(file.name.endswith(".pdf") for file in files) else 1  # seconds; the first PDF takes some
    yield from tqdm(files, desc=SAID["sheets"], unit="", delay=delay, leave=False, disable=not in_terminal(sys.stderr))


def _listed(papers: Sequence[Paper]) -> str:
    from chalkgrad.classroom.printing.typeset import counted

    first = papers[0]
    count = len(first.questions)
    points = counted("points", first.points)
    codes = ", ".join(f"{paper.version} {paper.code}".strip() for paper in papers[:MOST_CODES])
    more = ", …" if len(papers) > MOST_CODES else ""
    return SAID.form("sheets made", count).format(count=count, minutes=first.minutes, points=points, codes=codes + more)


MOST_CODES = 8  # that are listed


def _students(given: str) -> list[str]:
    from chalkgrad.classroom.course import students_in

    path = Path(named(given, "students.csv", "--for").strip()).expanduser()
    try:
        return students_in(path)
    except FileNotFoundError:
        raise UserError(f"there is no {path}: --for names a table with the id of a student in each row") from None
    except OSError as error:
        raise UserError(_unread(path, error)) from None


def _unread(path: Path, error: OSError) -> str:
    return f"{path} cannot be read: {(error.strerror or str(error)).lower()}"


def _kinds(given: str | None) -> list[str]:
    from chalkgrad.classroom.folder import KINDS

    kinds = [kind.strip() for kind in (given or "html").split(",") if kind.strip()]
    for kind in kinds:
        if kind not in KINDS:
            raise UserError(f"--as is some of {', '.join(KINDS)}, not {kind}{did_you_mean(kind, KINDS)}")
    if not kinds:
        raise UserError(f"--as names nothing: it is some of {', '.join(KINDS)}")
    return [*dict.fromkeys(kinds)]


# What is to be asked ------------------------------------------------------------------------------------------------------


def _worksheet(options: SheetOptions) -> Worksheet:
    """Returns what the first word gives: a file, an exercise of ours, an example, or an expression."""
    from dataclasses import replace  # which takes ten milliseconds to import, and every command imports this file

    from chalkgrad.classroom.worksheet import read

    if not options.words:
        raise UserError('what is to be asked? For instance: chalkgrad sheet "c = a + b; d = b + 1; e = c*d"')
    text, *words = [word.strip() for word in options.words]
    is_file = text.lower().endswith(".toml")
    if not is_file and text not in exercise_names():
        return _of_graph(text, words, options)
    for name in ("ask", "of", "root", "upstream", "rate"):
        if getattr(options, name) is not None:
            raise UserError(f"--{name} is for one graph; of a worksheet each exercise says it, in {text}")
    if words:
        raise UserError(f"{words[0]}: the inputs of a worksheet are in {text}")
    sheet = read(_contents(text, is_file), Path(text).name)
    return replace(
        sheet,
        exercises=tuple(
            replace(one, numbers=options.numbers or one.numbers, small=options.small_numbers or one.small)
            for one in sheet.exercises
        ),
    )


def _contents(text: str, is_file: bool) -> str:
    """Returns the text of a worksheet, in a file or among ours."""
    if not is_file:
        from importlib.resources import files

        return files("chalkgrad.classroom.exercises").joinpath(f"{text}.toml").read_text(encoding="utf-8")
    path = Path(text).expanduser()
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = did_you_mean(text.removesuffix(".toml"), exercise_names())
        raise UserError(f"there is no file {text}{near}") from None
    except UnicodeDecodeError:
        raise UserError(f"{text} is not a text in UTF-8") from None
    except OSError as error:
        raise UserError(_unread(path, error)) from None


def _of_graph(text: str, words: Sequence[str], options: SheetOptions) -> Worksheet:
    from chalkgrad.classroom.worksheet import of_graph

    facts: dict[str, object] = {
        "root": options.root,
        "upstream": options.upstream,
        "rate": options.rate,
        "numbers": options.numbers,
        "ask": options.ask,
        "of": [name.strip() for name in options.of.split(",")] if options.of is not None else None,
        "small": options.small_numbers or None,
    }
    inputs: dict[str, str | list[str]] = {}
    for name, numbers in map(_input, words):
        if name in inputs:
            raise UserError(f"{name} is given twice: {name}=1,2,3 is one of several")
        inputs[name] = numbers
    return of_graph({"graph": text, "inputs": inputs, **{name: x for name, x in facts.items() if x is not None}})


def _input(word: str) -> tuple[str, str | list[str]]:
    """Returns an input's name, and the numbers that it may be."""
    from chalkgrad.classroom.worksheet import LAST

    name, sign, numbers = word.partition("=")
    if not sign or not name.strip():
        raise UserError(f'{word}: the numbers of an input are written as a=2, a=1,2,3 or a="-4..4 except 0"')
    given = numbers.strip()
    return name.strip(), given if given == LAST or ".." in given else [part.strip() for part in given.split(",")]


def _on_top(sheet: Worksheet, options: SheetOptions) -> Worksheet:
    from dataclasses import replace

    from chalkgrad.classroom.worksheet import heading

    return replace(
        sheet,
        title=heading(options.title, "--title") if options.title is not None else sheet.title,
        course=heading(options.course, "--course") if options.course is not None else sheet.course,
        series=heading(options.series, "--series") if options.series is not None else sheet.series,
        language=options.language or sheet.language,
        versions=options.versions or sheet.versions,
    )
