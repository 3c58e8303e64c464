"""A class's submissions, all graded: a page of feedback for each, a gradebook, and a list of what needs a human.

    done = grade_all(Path("submissions.zip"), Path("feedback.zip"), How())

Beside the archive of feedback stand `gradebook.csv`, with one row for each submission, `needs_a_human.csv`, and the folder
`grading`, which keeps what is done: what was stopped goes on there, and what a human changed in the gradebook stays changed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import signal
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Final, NamedTuple, TypedDict

from chalkgrad.classroom.grading.one_submission import How, Judge, by_the_judge, graded
from chalkgrad.classroom.grading.report import VERSION, Report
from chalkgrad.classroom.grading.running.runner import NoProcess
from chalkgrad.classroom.grading.submissions import Submission, picked, submissions
from chalkgrad.classroom.grading.telling import report_page
from chalkgrad.classroom.grading.telling.failing_graph import groups
from chalkgrad.classroom.grading.telling.report_json import as_data
from chalkgrad.classroom.grading.telling.report_text import points, why
from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.engine.words.language import section

WORDS = section("feedback")
PAGE: Final = "feedback.html"
# Moodle's worksheet for grades is read by these headings; it refuses one without "Last modified (grade)".
IDENTIFIER, NAME, GRADE, COMMENTS = "Identifier", "Full name", "Grade", "Feedback comments"
MAXIMUM, MODIFIED = "Maximum Grade", "Last modified (grade)"
HEADINGS: Final = (IDENTIFIER, NAME, "Submission", "Result", "Line", "Reason", GRADE, MAXIMUM, MODIFIED, COMMENTS)


Table = tuple[list[str], list[dict[str, str]]]  # headings, and rows by them


class GradebookRow(NamedTuple):
    """What the gradebook says of a submission."""

    identifier: str
    name: str
    submission: str
    result: str
    line: str
    reason: str
    grade: str
    comments: str


class Kept(TypedDict):
    """What is kept of a submission that was graded: its row, the report as data, remarks, and the page."""

    row: dict[str, str]
    report: Mapping[str, object]
    remarks: list[str]
    page: str


class Stopped(KeyboardInterrupt):
    """Grading was stopped; the message says how much is done."""


class BadWorksheet(ValueError):  # noqa: N818 (read aloud: "bad worksheet")
    """A table of grades that cannot be read; the message says why. What was graded is kept."""


class Done(NamedTuple):
    """What came of a class: how many were graded, in part, or could not run; what a human had changed; the files written."""

    graded: int
    partly: int
    not_run: int
    kept: int
    files: tuple[Path, ...]


@dataclass(frozen=True)
class Course:
    """How a class is graded: as each submission is, under which name the program was to be handed in, of how many points.

    `out_of` is the highest grade in the gradebook: what was left out of an engine's tests does not lower its grade.
    """

    how: How
    wanted: str = ""
    out_of: float = 100.0


def grade_all(
    source: Path,
    target: Path,
    course: Course,
    *,
    worksheet: Path | None = None,
    jobs: int = 1,
    judge: Judge = by_the_judge,
    progress: Callable[[Iterable[None], int], Iterable[None]] = lambda found, count: found,
) -> Done:
    """Grades all submissions in an archive or a folder, and returns what came of them.

    Args:
        source: Moodle's archive of submissions, or a folder
        target: the archive of feedback; the gradebook is written beside it
        course: how to grade
        worksheet: Moodle's own worksheet for grades, whose rows and columns are kept
        jobs: how many are graded at a time
        judge: who judges; the usual one only, if there are several jobs
        progress: is given what is yet to be done and how much it is, as tqdm

    Raises:
        BadArchive: the archive is not to be unpacked.
        BadWorksheet: the worksheet, or the gradebook that is there already, is not a table.
        NoProcess: this machine has no processes with limits.
        Stopped: somebody pressed Ctrl-C.
        OSError: a file cannot be read or written.
    """
    kept = target.parent / "grading"
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="chalkgrad-class-") as unpacked:
        found = submissions(source, Path(unpacked))
        places = {submission.folder: kept / f"{_digest_of(submission, course)}.json" for submission in found}
        waiting = [submission for submission in found if not _is_done(places[submission.folder])]
        work = [partial(_grade, submission, course, places[submission.folder], judge) for submission in waiting]
        try:
            for _ in progress(_done_of(work, jobs), len(waiting)):
                pass
        except KeyboardInterrupt:
            done = sum(map(_is_done, places.values()))
            raise Stopped(WORDS["class stopped"].format(done=done, count=len(found))) from None
    facts: list[Kept] = [json.loads(places[submission.folder].read_text("utf-8")) for submission in found]
    rows = [GradebookRow(**fact["row"]) for fact in facts]
    files = [_write_feedback(target, zip(found, facts, strict=True))]
    book, by_hand = _write_gradebook(target.parent / "gradebook.csv", rows, kept / "written.json", worksheet, course.out_of)
    files += [book, _write_needs(target.parent / "needs_a_human.csv", rows, facts, by_hand)]
    results = [fact["report"]["status"] for fact in facts]
    return Done(results.count("graded"), results.count("partly"), results.count("could not run"), len(by_hand), tuple(files))


def _done_of(work: Sequence[Callable[[], None]], jobs: int) -> Iterator[None]:
    """Does the work, and yields after each piece."""
    if jobs <= 1 or len(work) < 4:
        for piece in work:
            yield piece()
        return
    before = {child.pid for child in active_children()}
    fresh = get_context("spawn")  # a fork of a process with threads, as tqdm's, may stand still
    with ProcessPoolExecutor(min(jobs, len(work)), mp_context=fresh, initializer=_left_to_us) as pool:
        futures: list[Future[None]] = [pool.submit(piece) for piece in work]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            for child in active_children():
                if child.pid not in before:
                    child.terminate()
            raise


def _left_to_us() -> None:
    """Leaves Ctrl-C, which reaches every process of a terminal, to us: those that grade are told, and end what they run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _told_to_stop)


_STOPPING: list[int] = []  # in a process that grades: the signal by which it was told


def _told_to_stop(number: int, _: object) -> None:
    _STOPPING.append(number)
    raise KeyboardInterrupt


def _digest_of(submission: Submission, course: Course) -> str:
    """Returns a hash of all that a report depends on."""
    setting = json.dumps([VERSION, section("language")["code"], asdict(course), submission.folder], sort_keys=True, default=str)
    return hashlib.sha256((setting + submission.digest).encode()).hexdigest()[:32]


def _is_done(place: Path) -> bool:
    with suppress(OSError, ValueError, KeyError, TypeError):
        fact = json.loads(place.read_text("utf-8"))
        return bool(fact["row"]) and isinstance(fact["page"], str)
    return False


def _grade(submission: Submission, course: Course, place: Path, judge: Judge) -> None:
    """Grades one submission, and keeps what came of it."""
    if _STOPPING:  # it was in the queue of a process already
        raise KeyboardInterrupt
    pick, ours = picked(submission.files, course.wanted), []
    if pick.file is None:
        reason = "; ".join(submission.refused) if submission.refused and not submission.files else pick.reason
        report = Report(submission.folder, "", "could not run", reason=reason)
    else:
        inside = next(inside for inside, path in submission.files if path == pick.file)
        try:
            report = graded(pick.file, course.how, pick.beside, judge, inside)
        except NoProcess:
            raise
        except Exception as error:  # one submission is not to end the class
            report = Report(inside, "", "could not run", reason=f"{type(error).__name__}: {error}")
            ours = [WORDS["ours"]]
    remarks = [*([pick.remark] if pick.remark else []), *submission.refused, *ours, *report.remarks]
    fact: Kept = {
        "row": row_of(submission, report, course.out_of)._asdict(),
        "report": as_data(report, 3),
        "remarks": remarks,
        "page": report_page.page(report, course.how.hints),
    }
    _write(place, json.dumps(fact, ensure_ascii=False))


def row_of(submission: Submission, report: Report, out_of: float = 100.0) -> GradebookRow:
    """Returns a submission's row of the gradebook."""
    identifier = WORDS["identifier"].format(id=submission.number) if submission.number else submission.folder
    if report.status == "could not run":
        comments = WORDS["comment not run"].format(reason=why(report))
        grade = ""  # a human decides
    else:
        failed = groups(report)
        said = [group.finding.said for group in failed] or [WORDS["all right"]]
        comments = WORDS["comment"].format(points=points(report.points), of=points(report.of), first=" ".join(said[:3]))
        share = report.points / report.of if report.of else 0.0
        grade = points(share * out_of)
    line = str(report.line) if report.line else ""
    return GradebookRow(identifier, submission.name, submission.folder, report.status, line, report.reason, grade, comments)


# Files -------------------------------------------------------------------------------------------------------------------


def _write(place: Path, content: str) -> None:
    """Writes a file that is there whole or not at all."""
    write_whole(place, content.encode(), "the file")


def _write_feedback(target: Path, done: Iterable[tuple[Submission, Kept]]) -> Path:
    """Writes the archive that Moodle takes back: the folders as it gave them, a page in each."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for submission, fact in done:
            flat = submission.number and not submission.folder.endswith("_")
            name = f"{submission.folder}{'_' if flat else ''}/{PAGE}"
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), fact["page"])
    write_whole(target, content.getvalue(), "the archive")
    return target


def _write_gradebook(
    place: Path, rows: Sequence[GradebookRow], written_before: Path, worksheet: Path | None, out_of: float
) -> tuple[Path, set[str]]:
    """Writes the gradebook, in which grades and comments that a human changed stay; returns whose these are."""
    before: dict[str, dict[str, str]] = {}
    with suppress(OSError, ValueError):
        before = json.loads(written_before.read_text("utf-8"))
    headings, there = _table_in(place) if place.exists() else ([], [])
    if worksheet is not None:
        headings, there = _merged(*_table_in(worksheet), there)
    headings = [*headings, *(name for name in HEADINGS if name not in headings)] if headings else [*HEADINGS]
    by_identifier = {row.get(IDENTIFIER, ""): row for row in there}
    by_hand: set[str] = set()
    written: dict[str, dict[str, str]] = {}
    for row in rows:
        ours = {GRADE: row.grade, COMMENTS: row.comments}
        written[row.identifier] = ours
        line = by_identifier.setdefault(row.identifier, {IDENTIFIER: row.identifier})
        last = before.get(row.identifier)
        for name in (GRADE, COMMENTS):
            theirs = line.get(name, "")
            known = last.get(name, "") if last is not None else ""
            if name in line and not _same(theirs, known) and (last is not None or theirs.strip("- ")):
                by_hand.add(row.identifier)
                ours = {**ours, name: theirs}
                written[row.identifier] = {**written[row.identifier], name: known}
        line.setdefault(NAME, row.name)
        line.setdefault(MODIFIED, "-")
        line.setdefault(MAXIMUM, points(out_of))
        line.update({"Submission": row.submission, "Result": row.result, "Line": row.line, "Reason": row.reason}, **ours)
    _write_table(place, headings, by_identifier.values())
    _write(written_before, json.dumps(written, ensure_ascii=False))
    return place, by_hand


def _same(one: str, other: str) -> bool:
    """Tells whether two cells say the same: a spreadsheet writes 7,5 for 7.5, and 7 for 7.0."""
    with suppress(ValueError):
        return float(one.replace(",", ".")) == float(other.replace(",", "."))
    return " ".join(one.split()) == " ".join(other.split())


def _merged(
    headings: list[str], rows: list[dict[str, str]], ours: list[dict[str, str]]
) -> tuple[list[str], list[dict[str, str]]]:
    """Returns Moodle's worksheet with the rows that we wrote before in the place of its own, by identifier."""
    known = {row.get(IDENTIFIER, ""): row for row in ours}
    return headings, [{**row, **known.pop(row.get(IDENTIFIER, ""), {})} for row in rows] + [*known.values()]


def _table_in(place: Path) -> Table:
    """Returns the headings and rows of a file with commas, or semicolons as spreadsheets write them."""
    content = place.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1255", "replace")  # Hebrew, as spreadsheets on Windows write it
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = [{key: _as_it_was(value or "") for key, value in row.items() if key is not None} for row in reader]
    except csv.Error as error:
        raise BadWorksheet(f"{place.name} is not a table, in line {max(reader.reader.line_num, 1)}: {error}") from None
    return [*(reader.fieldnames or ())], rows


def _write_table(place: Path, headings: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    content = io.StringIO(newline="")
    writer = csv.DictWriter(content, headings, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows({key: _harmless(value) for key, value in row.items()} for row in rows)
    _write(place, "\ufeff" + content.getvalue())  # by the mark, spreadsheets know that it is UTF-8


def _harmless(cell: str) -> str:
    """Returns a cell that a spreadsheet does not take for a formula.

    >>> _harmless("=HYPERLINK(1)"), _harmless("-3.5"), _harmless("-")
    ("'=HYPERLINK(1)", '-3.5', '-')
    """
    if cell[:1] in ("=", "+", "@", "\t", "\r", "-") and len(cell) > 1:
        try:
            float(cell)
        except ValueError:
            return "'" + cell
    return cell


def _as_it_was(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and _harmless(cell[1:]) == cell else cell


def _write_needs(place: Path, rows: Sequence[GradebookRow], facts: Sequence[Kept], by_hand: set[str]) -> Path:
    """Writes what a person should look at: what could not run, what was graded in part, what there are remarks on."""
    headings = (IDENTIFIER, NAME, "Submission", "Why", "Line", "Reason")
    found = []
    for row, fact in zip(rows, facts, strict=True):
        remarks = "; ".join(fact["remarks"])
        if row.result == "could not run":
            why_needed, reason = WORDS["needs not run"], "; ".join(dict.fromkeys([row.reason, *fact["remarks"]]))
        elif remarks or row.result == "partly":
            why_needed, reason = WORDS["needs partly" if row.result == "partly" else "needs remark"], remarks
        else:
            continue
        if row.identifier in by_hand:
            why_needed += f"; {WORDS['changed by hand']}"
        found.append(dict(zip(headings, (row.identifier, row.name, row.submission, why_needed, row.line, reason), strict=True)))
    _write_table(place, headings, found)
    return place
