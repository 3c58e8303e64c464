"""The command `chalkgrad grade`: it judges a student's own engine, or those of a class.

>>> names_in("data=value,grad=derivative")
{'data': 'value', 'grad': 'derivative'}
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chalkgrad.command.console import Parser, UserError, columns, did_you_mean, in_terminal, named, say, say_json
from chalkgrad.command.pictures import not_written, obstacles
from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.engine.words.language import section

if TYPE_CHECKING:
    from chalkgrad.classroom.grading.one_submission import How
    from chalkgrad.classroom.grading.report import Report

__all__ = ["GRADE", "grade", "parser_of_grade"]

GRADE: Final = """\
usage: chalkgrad grade FILE.py [OTHER.py …] [options]
       chalkgrad grade FOLDER [--named FILE.py] [options]
       chalkgrad grade --moodle submissions.zip|FOLDER -o feedback.zip [options]
       chalkgrad grade --scaffold gradescope DIR [options]

Judges an engine that a student wrote: values, gradients, fan-out, paths, equal values, what else changes, 200 random
graphs, Neuron, Layer and MLP. Of what fails it shows the smallest graph, with the engine's gradients beside the right ones,
and says which mistake explains them; it shows no solution. The program runs in a process of its own, with limits, and is
judged outside. That is no sandbox for strangers. On Windows it runs in WSL.

  chalkgrad grade my_engine.py
  chalkgrad grade my_engine.py --needs "+ * ** tanh" --hints 1 --html feedback.html
  chalkgrad grade my_engine.py --class Scalar --map data=value,grad=derivative
  chalkgrad grade --moodle submissions.zip -o feedback.zip --named my_engine.py

Exit status: 0 all passed, 1 something failed, 2 it could not run.

what is graded:
  --class NAME       the engine's class (without it: Value, Scalar, Tensor, …)
  --map A=B,…        what the engine calls data, grad, backward, or an operation
  --adapters FILE    a Python file of yours, with any of the functions leaf(x), data(node), grad(node), backward(root),
                     set_data(node, x), and operations, such as tanh(x); `student` in it is the student's module
  --needs "+ * tanh" what is asked for, networks too; what is not asked for is not marked (without it: what the class has)
  --points 2=20,…    the points of a level
  --named FILE.py    the name under which it was to be handed in; other programs may lie beside it
  --seconds N        of computing that a test may take (1)
  --seed N           asks a second set of random graphs, which N draws: an engine that fails in it alone loses level 9

what comes of it:
  --hints N          how much is told beyond the numbers (2): 0 nothing, 1 where to look, 2 also which mistake explains
                     them, 3 also the rule that it breaks
  --json             prints the report as JSON (docs/grading.md), and nothing else
  --html FILE        writes the feedback as a page with pictures
  --gradescope FILE  writes Gradescope's results.json
  --scaffold gradescope DIR  writes an autograder for Gradescope that grades with the other options given
  --wheel FILE       a wheel of chalkgrad that goes with it, where no package index has this version

for a class:
  --moodle FILE      Moodle's archive of submissions, or a folder with a folder for each student
  -o FILE            the archive of feedback (feedback.zip). Beside it: gradebook.csv, needs_a_human.csv, and the folder
                     grading, with which a run that was stopped goes on. What you change in the gradebook stays
  --worksheet FILE   Moodle's worksheet for grades, which the gradebook follows
  --out-of N         the highest grade (100)
  --jobs N           how many are graded at a time (one for each core, up to 4)
"""

SAID: Final = section("feedback")
_NAMES: Final = ("data", "grad", "backward")


def parser_of_grade() -> Parser:
    """Returns the parser of `chalkgrad grade`."""
    parser = Parser("grade")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--class", dest="class_name", default="")
    parser.add_argument("--map", dest="names", default="")
    parser.add_argument("--adapters")
    parser.add_argument("--needs", default="")
    parser.add_argument("--points")
    parser.add_argument("--named", default="")
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--hints", default="2", choices=("0", "1", "2", "3"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--html")
    parser.add_argument("--gradescope")
    parser.add_argument("--scaffold", choices=("gradescope",))
    parser.add_argument("--wheel")
    parser.add_argument("--moodle")
    parser.add_argument("-o", dest="file")
    parser.add_argument("--worksheet")
    parser.add_argument("--out-of", type=float, default=100.0)
    parser.add_argument("--jobs", type=int)
    return parser


def grade(arguments: Sequence[str]) -> int:
    """Runs `chalkgrad grade`; returns 0 if all passed, 1 if something failed, 2 if it could not run."""
    options = parser_of_grade().parse_intermixed_args([*arguments])
    how = _how(options)
    if options.scaffold:
        _scaffold(options)
        return 0
    if options.moodle:
        return _class(options, how)
    if not options.files:
        raise UserError("what is to be graded? For instance: chalkgrad grade my_engine.py")
    for option, name in (("-o", "file"), ("--worksheet", "worksheet"), ("--wheel", "wheel")):
        if getattr(options, name):
            to = {"-o": "--html", "--worksheet": "--moodle", "--wheel": "--scaffold"}[option]
            raise UserError(f"{option} goes with {'--moodle; a page is written by ' if option == '-o' else ''}{to}")
    return _one(options, how)


def names_in(text: str) -> dict[str, str]:
    """Returns the names in the value of --map.

    Raises:
        UserError: it is not written as data=value,grad=derivative.
    """
    found = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        ours, equals, theirs = (part.strip() for part in pair.partition("="))
        if not equals or not ours or not theirs:
            raise UserError(f"--map is written as data=value,grad=derivative, and {pair} is not")
        found[ours] = theirs
    return found


def points_in(text: str) -> dict[int, float]:
    """Returns the points of levels in the value of --points.

    >>> points_in("2=20,9=30")
    {2: 20.0, 9: 30.0}

    Raises:
        UserError: it is not written like that.
    """
    found = {}
    for pair in filter(None, text.replace(" ", "").split(",")):
        level, _, points = pair.partition("=")
        try:
            found[int(level)] = float(points)
        except ValueError:
            raise UserError(f"--points is written as 2=20,9=30, a level and its points, and {pair} is not") from None
        if not 1 <= int(level) <= 10 or not 0 <= found[int(level)] < float("inf"):
            raise UserError(f"--points: levels go from 1 to 10, points from 0, and {pair} does not")
    return found


def _how(options: argparse.Namespace) -> How:
    from chalkgrad.classroom.grading.judging.judge import needed
    from chalkgrad.classroom.grading.one_submission import How
    from chalkgrad.classroom.grading.running.runner import Limits

    try:
        needed(options.needs)
    except ValueError as error:
        raise UserError(f"--needs: {error}") from None
    if not 0 < options.seconds <= 60:
        raise UserError(f"--seconds is a number up to 60, not {options.seconds:g}")
    if not 0 < options.out_of < float("inf"):
        raise UserError(f"--out-of is the highest grade, more than 0, and not {options.out_of:g}")
    names = names_in(options.names)
    known = (*_NAMES, *needed(options.needs))
    for name in names:
        if name not in known and (close := did_you_mean(name, _NAMES)):
            raise UserError(f"--map: {name} is nothing that an engine has{close}")
    adapters = ""
    if options.adapters:
        adapters = _existing(options.adapters, "--adapters").read_text("utf-8")
        try:
            compile(adapters, options.adapters, "exec")
        except SyntaxError as error:
            raise UserError(f"--adapters: line {error.lineno}: {error.msg}") from None
    points = points_in(options.points) if options.points else None
    limits = Limits(seconds=options.seconds)
    return How(options.class_name, names, adapters, options.needs, points, int(options.hints), options.seed, limits)


def _existing(name: str, option: str = "") -> Path:
    place = Path(name)
    if not place.exists():
        raise UserError(f"{option}{': ' * bool(option)}there is no {name}")
    return place


# One submission --------------------------------------------------------------------------------------------------------


def _one(options: argparse.Namespace, how: How) -> int:
    report = _report(options, how)
    if options.html:
        from chalkgrad.classroom.grading.telling.report_page import page

        file = Path(named(options.html, "feedback.html", "--html"))
        _write(file, page(report, how.hints), "the feedback")
    if options.gradescope:
        from chalkgrad.classroom.grading.telling.gradescope import results

        file = Path(named(options.gradescope, "results.json", "--gradescope"))
        _write(file, json.dumps(results(report, how.hints), ensure_ascii=False, indent=1), "the results")
    if options.json:
        from chalkgrad.classroom.grading.telling.report_json import as_data

        say_json(as_data(report, how.hints))
    else:
        from chalkgrad.classroom.grading.telling.report_text import as_text

        say(as_text(report, how.hints, columns(100)))
    return status_of(report)


def _write(file: Path, text: str, what: str) -> None:
    with obstacles(file):
        write_whole(file, text.encode(), what)


def status_of(report: Report) -> int:
    """Returns the exit status that tells how a report came out."""
    if report.status == "could not run":
        return 2
    return int(any(finding.outcome in ("failed", "left out") for finding in report.findings))


def _report(options: argparse.Namespace, how: How) -> Report:
    from chalkgrad.classroom.grading.one_submission import graded
    from chalkgrad.classroom.grading.report import Report
    from chalkgrad.classroom.grading.running.runner import NoProcess
    from chalkgrad.classroom.grading.submissions import picked

    first, *others = [_existing(name) for name in options.files]
    if first.is_dir():
        files = [(path.relative_to(first).as_posix(), path) for path in sorted(first.rglob("*")) if path.is_file()]
        files = [(inside, path) for inside, path in files if not any(part[0] in "._" for part in Path(inside).parts)]
    else:
        files = [(first.name, first)]
    pick = picked(files, options.named)
    if pick.file is None:
        return Report(first.name, "", "could not run", reason=pick.reason)
    try:
        return graded(pick.file, how, [*pick.beside, *others])
    except NoProcess as error:
        raise UserError(str(error)) from None


# A class ---------------------------------------------------------------------------------------------------------------


def _class(options: argparse.Namespace, how: How) -> int:
    from chalkgrad.classroom.grading.batch import BadWorksheet, Course, Stopped, grade_all
    from chalkgrad.classroom.grading.running.runner import NoProcess
    from chalkgrad.classroom.grading.submissions import BadArchive

    if options.files or options.json or options.html or options.gradescope:
        raise UserError("--moodle grades a class, and writes an archive, a gradebook and a list: -o feedback.zip says where")
    target = Path(named(options.file, "feedback.zip", "-o"))
    if target.suffix.lower() != ".zip":
        raise UserError(f"-o is the archive of feedback, such as feedback.zip, and not {target.name}")
    worksheet = _existing(options.worksheet, "--worksheet") if options.worksheet else None
    jobs = options.jobs if options.jobs is not None else min(4, os.cpu_count() or 1)
    if jobs < 1:
        raise UserError(f"--jobs is how many are graded at a time, at least 1, not {jobs}")
    course = Course(how, options.named, options.out_of)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        done = grade_all(
            _existing(options.moodle, "--moodle"), target, course, worksheet=worksheet, jobs=jobs, progress=_progress
        )
    except (BadArchive, BadWorksheet, NoProcess) as error:
        raise UserError(str(error)) from None
    except OSError as error:
        raise UserError(not_written(target, error)) from None
    except Stopped as stopped:
        say(f"\nchalkgrad: {stopped}", sys.stderr)
        return 130
    say(SAID["summary"].format(graded=done.graded, partly=done.partly, not_run=done.not_run, kept=done.kept))
    say(SAID["written"].format(files=", ".join(map(str, done.files))))
    return 0


def _progress(found: Iterable[Any], count: int) -> Iterable[Any]:
    from tqdm import tqdm

    shown: Iterable[Any] = tqdm(found, total=count, desc=SAID["progress"], unit="", disable=not in_terminal(sys.stderr))
    return shown


# Gradescope ------------------------------------------------------------------------------------------------------------


def _scaffold(options: argparse.Namespace) -> None:
    from chalkgrad import __version__
    from chalkgrad.classroom.grading.telling.gradescope import scaffold

    if len(options.files) != 1:
        raise UserError("--scaffold gradescope needs the name of a folder: chalkgrad grade --scaffold gradescope autograder")
    folder = Path(options.files[0])
    words: list[str] = []
    for option, value in _given(options).items():
        words += [option, shlex.quote(value)]
    wheel = _existing(options.wheel, "--wheel") if options.wheel else None
    with obstacles(folder=folder):
        written = scaffold(folder, words, __version__, wheel)
        if options.adapters:
            shutil.copyfile(options.adapters, folder / Path(options.adapters).name)
            written.append(folder / Path(options.adapters).name)
    say(SAID["written"].format(files=", ".join(map(str, written))))


def _given(options: argparse.Namespace) -> dict[str, str]:
    """Returns the options that an autograder is to grade with."""
    found = {
        "--class": options.class_name,
        "--map": options.names,
        "--adapters": Path(options.adapters).name if options.adapters else "",
        "--needs": options.needs,
        "--points": options.points or "",
        "--named": options.named,
        "--hints": options.hints if options.hints != "2" else "",
        "--seed": str(options.seed) if options.seed else "",
        "--seconds": f"{options.seconds:g}" if options.seconds != 1.0 else "",
        "--language": options.language or "",
    }
    return {option: value for option, value in found.items() if value}
