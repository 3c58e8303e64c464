"""The command `chalkgrad mark`: it marks answers to a homework sheet, and reports on the class."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from chalkgrad.command.console import Parser, UserError, folder_named, named, say
from chalkgrad.command.pictures import not_written
from chalkgrad.engine.words.language import section, speaking

if TYPE_CHECKING:
    from chalkgrad.classroom.marking.rows import Roster
    from chalkgrad.classroom.paper import Paper

T = TypeVar("T")

__all__ = ["MARK", "mark", "parser_of_mark"]

MARK: Final = """\
usage: chalkgrad mark ANSWERS.csv [--key-file course.key] [--sheets DIR] [options]
       chalkgrad mark --template ANSWERS.csv [--key-file course.key] [--sheets DIR] [--roster roster.csv]

Marks answers to sheets that chalkgrad sheet has made: the answers are made again from the key and the sheets' folder. A cell
is right; or follows from the student's own earlier cells; or is wrong, with the slip that leads there. It writes marks.csv,
a JSON for each student, and a report on the class that names no one.

  chalkgrad mark answers.csv --key-file course.key --sheets week3
  chalkgrad mark answers.csv --key-file course.key --sheets week3 --roster week3/roster.csv --follow half
  chalkgrad mark moodle.csv --key-file course.key --sheets week3 -o marks-week3

ANSWERS.csv has a column code and a column for each box, such as 1.b.gradient, or the columns code, box and answer; an id may
stand there, too, or instead of the code if there is a roster. --template writes such a table to be filled in. Numbers may be
written 0.5, 0,5, 1/2 or ½. Moodle's report of responses, as CSV or JSON, is known as such: tick the question texts in it.

  --key-file FILE    the course's key, with which the sheets were made (course.key)
  --sheets DIR       where the sheets are (without it: where the answers are, or here, or sheets)
  --roster FILE      a table of codes and ids; only with it ids stand in marks.csv
  --follow HOW       what follows gets the full points of its cell, half of them, or none (full)
  -o DIR             where the marks go (marks)
  --template FILE    writes a table for the answers, with a row for each sheet, or for each student of the roster

What a person writes in marks.csv, in the column "by hand" or in a column of their own, is there after another run, too.
"""

SHARES: Final = {"full": 1.0, "half": 0.5, "none": 0.0}


def parser_of_mark() -> Parser:
    """Returns the parser of `chalkgrad mark`."""
    parser = Parser("mark")
    parser.add_argument("--key-file", default="course.key")
    parser.add_argument("--sheets")
    parser.add_argument("--roster")
    parser.add_argument("--follow", choices=tuple(SHARES), default="full")
    parser.add_argument("-o", dest="folder")
    parser.add_argument("--template")
    parser.add_argument("answers", nargs="*")
    return parser


def mark(arguments: Sequence[str]) -> None:
    """Runs `chalkgrad mark`."""
    from chalkgrad.classroom.tables import read_table

    options = parser_of_mark().parse_intermixed_args(arguments)
    if options.template is None and not options.answers:
        raise UserError("which answers? For instance: chalkgrad mark answers.csv --key-file course.key --sheets week3")
    if len(options.answers) > 1:
        raise UserError(
            f"one file of answers at a time: {options.answers[0]}, and then {options.answers[1]} with an -o of its own"
        )
    for file in options.answers:
        _read(Path(file), read_table)  # a mistake is told before the sheets are made, which takes a while
    roster = _roster(options.roster)
    papers = _papers(options)
    if options.template is not None:
        _write_template(Path(named(options.template, "answers.csv", "--template")), papers, roster)
        return
    _mark(Path(options.answers[0]), folder_named(options.folder, "marks"), papers, roster, SHARES[options.follow])


def _papers(options: argparse.Namespace) -> list[Paper]:
    """Returns the sheets, made again."""
    from chalkgrad.classroom.course import key_in
    from chalkgrad.classroom.folder import MANIFEST, papers_of

    folder = Path(named(options.sheets, "week3", "--sheets")) if options.sheets is not None else _folder(options.answers)
    if not (folder / MANIFEST).is_file():
        raise UserError(f"there are no sheets in {folder}, for it has no {MANIFEST}: name their folder, --sheets week3, say")
    try:
        key, _ = key_in(Path(named(options.key_file, "course.key", "--key-file")), make=False)
        return list(papers_of(folder, key))
    except OSError as error:
        _refuse(Path(error.filename or folder), error)
    except ValueError as error:
        raise UserError(str(error)) from None


def _folder(answers: Sequence[str]) -> Path:
    from chalkgrad.classroom.folder import MANIFEST

    places = [*(Path(file).parent for file in answers), Path(), Path("sheets")]
    return next((place for place in places if (place / MANIFEST).is_file()), Path())


def _roster(file: str | None) -> Roster | None:
    from chalkgrad.classroom.marking.rows import read_roster

    return None if file is None else _read(Path(named(file, "roster.csv", "--roster")), read_roster)


def _read(file: Path, read: Callable[[bytes], T]) -> T:
    """Returns what a file holds; what is wrong with it as one sentence."""
    try:
        return read(file.read_bytes())
    except OSError as error:
        _refuse(file, error)
    except ValueError as error:
        raise UserError(f"{file} {error}") from None


def _refuse(file: Path, error: OSError) -> NoReturn:
    """Says why a file cannot be read."""
    if isinstance(error, FileNotFoundError):
        raise UserError(f"there is no {file}") from None
    if isinstance(error, IsADirectoryError):
        raise UserError(f"{file} is a folder: name a file in it") from None
    raise UserError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}") from None


def _mark(file: Path, folder: Path, papers: Sequence[Paper], roster: Roster | None, follow: float) -> None:
    from chalkgrad.classroom.marking.classreport import class_report
    from chalkgrad.classroom.marking.intake import read_answers
    from chalkgrad.classroom.marking.marks import marked
    from chalkgrad.classroom.marking.records import Record, write_all

    words = section("marks")
    with speaking(papers[0].language):  # as the sheets speak, so do their marks
        rows, notes = _read(file, lambda content: read_answers(content, papers, roster))
        records = [Record(row, None if row.paper is None else marked(row.paper, row.answers, follow)) for row in rows]
        sheets = [record.marked for record in records if record.marked is not None]
        report = class_report(sheets, len(records) - len(sheets))
        texts = {"report.md": report.text(), "report.html": report.html()}
        try:
            kept = write_all(folder, records, follow, roster is not None, texts)
        except OSError as error:
            raise UserError(not_written(error.filename or folder, error)) from None
        except ValueError as error:
            raise UserError(
                f"{folder / 'marks.csv'} {error}: it is left as it is; name another folder, -o marks-2, say"
            ) from None
    of = max((sheet.paper.points for sheet in sheets), default=0.0)
    mean = sum(sheet.points for sheet in sheets) / max(1, len(sheets))
    say(words.form("marked", len(sheets)).format(count=len(sheets), points=f"{mean:.4g}", of=f"{of:g}"))
    counts = {
        "unmarked": len(records) - len(sheets),
        "noted": sum(bool(record.row.notes) for record in records if record.marked),
        "flagged": sum(bool(mark.flags) for sheet in sheets for mark in sheet.marks),
        "kept by hand": kept,
    }
    for key, count in counts.items():
        if count:
            say(words.form(key, count).format(count=count))
    for note in notes:
        say(note)
    say(words["wrote marks"].format(folder=folder))


def _write_template(file: Path, papers: Sequence[Paper], roster: Roster | None) -> None:
    """Writes a table with the columns of all boxes, and a row for each sheet or student."""
    from chalkgrad.classroom.marking.records import safe, table_text
    from chalkgrad.engine.basics.whole_file import PRIVATE, write_whole

    if file.exists():
        raise UserError(f"{file} is there, and is not written over: name another, --template answers-2.csv, say")
    names = dict.fromkeys(box.name for paper in papers for box in paper.boxes)
    heads = [{"code": paper.code} for paper in papers]
    if roster is not None:
        heads = [{"code": safe(code), "id": safe(student)} for student, code in roster.codes.items()]
    table = "\ufeff" + table_text([head | dict.fromkeys(names, "") for head in heads])
    try:
        write_whole(file, table.encode(), "the table", PRIVATE)
    except OSError as error:
        raise UserError(not_written(file, error)) from None
    say(section("command line")["wrote"].format(file=file))
