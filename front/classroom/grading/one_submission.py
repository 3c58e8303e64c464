"""One submission from its file to its report: run in a process of its own, judged here.

    report = graded(Path("my_engine.py"), How(needs="+ * tanh"))

What cannot be run is a report too, with the reason and the line.
"""

from __future__ import annotations

import tokenize
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Final

from chalkgrad.classroom.grading.questions import Runner
from chalkgrad.classroom.grading.report import HINTS, Report
from chalkgrad.classroom.grading.running.runner import Limits, ProcessOfItsOwn, in_process_of_its_own
from chalkgrad.engine.words.language import section

WORDS = section("feedback")
LARGEST: Final = 1 << 20  # bytes of a file with a program

Judge = Callable[[Runner, "How"], Report]


@dataclass(frozen=True)
class How:
    """How submissions are graded.

    Attributes:
        class_name: the engine's class; "" for the usual names
        names: attributes, methods and functions by the students' names
        adapters: source of a module with functions in the place of the student's, see `driver.Engine`
        needs: the operations that are asked for, as in "+ * tanh"; "" for those that are there
        points: by level, in the place of the judge's own
        hints: how many of the three are told
        seed: of a second set of random graphs, for engines that know the first; 0 for none
        limits: what a program may use
    """

    class_name: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    adapters: str = ""
    needs: str = ""
    points: Mapping[int, float] | None = None
    hints: int = HINTS
    seed: int = 0
    limits: Limits = field(default_factory=Limits)


def by_the_judge(run: Runner, how: How) -> Report:
    """Returns what the judge says."""
    from chalkgrad.classroom.grading.judging.judge import judged

    report = judged(run, needs=how.needs, points=how.points)
    if how.seed:
        from chalkgrad.classroom.grading.judging.second_set import judged_again

        report, count = judged_again(run, report, how.seed)
        if count:
            remark = WORDS.form("second set", count).format(count=count)
            report = replace(report, remarks=(*report.remarks, remark))
    return report


def graded(file: Path, how: How, beside: Sequence[Path] = (), judge: Judge = by_the_judge, name: str = "") -> Report:
    """Returns the report on a file, whatever is wrong with it; it goes by `name`, else by the name of the file.

    Raises:
        NoProcess: this machine has no processes with limits.
    """
    began, name = monotonic(), name or file.name
    if unreadable := why_unreadable(file):
        return Report(name, "", "could not run", reason=unreadable[0], line=unreadable[1], seconds=monotonic() - began)
    with in_process_of_its_own(
        file, class_name=how.class_name, names=how.names, adapters=how.adapters, beside=beside, limits=how.limits
    ) as process:
        started = process.started
        if not started.ready:
            reason, line = why_not_ready(process)
            return Report(name, "", "could not run", reason=reason, line=line, seconds=monotonic() - began)
        report = judge(process, how)
        remarks = (*report.remarks, *remarks_on(process))
        partly = report.status == "graded" and bool(started.stopped or process.deaths)
    status = "partly" if partly else report.status
    return replace(report, file=name, status=status, remarks=remarks, seconds=monotonic() - began)


def why_unreadable(file: Path) -> tuple[str, int] | None:
    """Returns why a file is not a program, and the line; None if Python can read it."""
    size = file.stat().st_size
    if size > LARGEST:
        return WORDS["large"].format(size=round(size / LARGEST, 1)), 0
    content = file.read_bytes()
    if content[:2] in (b"PK", b"%P") or (b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff"))):
        return WORDS["binary"], 0
    try:
        text = content.decode(_encoding_of(content))
    except LookupError:
        return WORDS["encoding"], 1
    except UnicodeDecodeError as error:
        return WORDS["encoding at"].format(byte=f"0x{content[error.start]:02x}"), content[: error.start].count(b"\n") + 1
    if not any(line.strip() and not line.strip().startswith("#") for line in text.splitlines()):
        return WORDS["empty"], 0
    if text.lstrip().startswith("{") and '"cells"' in text:
        return WORDS["notebook"].format(file=file.name), 0
    try:
        compile(text, file.name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{type(error).__name__}: {error.msg}", error.lineno or 0
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return f"{type(error).__name__}: {error}", 0
    return None


def _encoding_of(content: bytes) -> str:
    """Returns the encoding that a file names in its first two lines, else UTF-8; raises LookupError for one that is unknown."""
    try:
        return tokenize.detect_encoding(iter(content.splitlines(keepends=True)).__next__)[0]
    except SyntaxError as error:
        if "unknown encoding" in str(error):
            raise LookupError from None
        return "utf-8"


def why_not_ready(process: ProcessOfItsOwn) -> tuple[str, int]:
    """Returns why a program that was imported cannot be asked, and the line."""
    started = process.started
    reason = started.error
    if started.stopped and started.stopped != reason:
        reason = WORDS["stopped and then"].format(stopped=started.stopped, error=started.error)
    elif started.refused and not started.stopped:
        reason = WORDS["not there"].format(error=started.error, packages=_listed(started.refused))
    return reason, started.line or started.stopped_at or min(started.refused.values(), default=0)


def remarks_on(process: ProcessOfItsOwn) -> list[str]:
    """Returns what a person should look at, of how a program ran."""
    started = process.started
    found = []
    if started.stopped:
        found.append(WORDS["stopped"].format(line=started.stopped_at, error=started.stopped))
    if started.refused:
        found.append(WORDS["refused"].format(packages=_listed(started.refused)))
    if started.input_at:
        found.append(WORDS["input"].format(line=started.input_at))
    if not process.bounds.rights:
        found.append(WORDS["rights"])
    if process.deaths:
        found.append(WORDS.form("deaths", process.deaths).format(count=process.deaths))
    return found


def _listed(refused: Mapping[str, int]) -> str:
    tops: dict[str, int] = {}
    for name, line in refused.items():
        tops.setdefault(name.partition(".")[0], line)
    return ", ".join(WORDS["package"].format(name=name, line=line) for name, line in tops.items())
