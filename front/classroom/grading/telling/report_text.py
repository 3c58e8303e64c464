"""The report on a submission as text for a terminal of any width.

>>> print(as_text(Report("my_engine.py", "", "could not run", reason="SyntaxError: '(' was never closed", line=3)))
my_engine.py: could not run
line 3: SyntaxError: '(' was never closed
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from chalkgrad.classroom.grading.report import HINTS, Finding, Report
from chalkgrad.classroom.grading.telling.failing_graph import Group, Row, groups, rows_of
from chalkgrad.engine.basics.terminal import columns, wrapped
from chalkgrad.engine.words.decimals import decimal
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.tables import aligned

WORDS = section("feedback")
NAMED: Final = 4  # tests that are named among those with the same slip


def as_text(report: Report, hints: int = HINTS, width: int = 100) -> str:
    """Returns the report in lines of at most `width`, but for tables of names that are longer."""
    return "\n".join(line for text in _paragraphs(report, hints, width) for line in _lines(text, width))


def _lines(text: str, width: int) -> list[str]:
    found: list[str] = []
    for line in text.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        if "│" in line or "─┼" in line or len(line) <= width:
            found.append(line)
        else:
            found += [indent + part for part in wrapped(line.strip(), width - len(indent))]
    return found


def _paragraphs(report: Report, hints: int, width: int) -> Iterator[str]:
    yield heading(report)
    if report.status == "could not run":
        yield why(report)
        return
    yield WORDS["engine"].format(engine=report.engine) + (f"; {WORDS['partly']}" if report.status == "partly" else "")
    yield ""
    head, cells = (WORDS["level"], WORDS["tests"], WORDS["points"]), levels(report)
    shown = aligned(head, cells)
    if _breadth(shown) > width:
        shown = "\n".join(f"{level}: {', '.join(filter(None, rest))}" for level, *rest in cells)
    yield shown
    failed = groups(report)
    if failed:
        yield f"\n{WORDS['what failed']}"
    else:
        yield f"\n{WORDS['all right']}"
    for i, group in enumerate(failed, 1):
        yield ""
        yield from _group(i, group, hints, width)
    reported = [finding for finding in report.findings if finding.outcome == "reported"]
    if reported:
        yield f"\n{WORDS['what is reported']}"
    for finding in reported:
        yield f"  {finding.test}: {finding.said}"
    if report.remarks:
        yield f"\n{WORDS['to look at']}"
    for remark in report.remarks:
        yield f"  {remark}"


def heading(report: Report) -> str:
    """Returns the first line: the submission and its points."""
    if report.status == "could not run":
        return WORDS["heading not run"].format(file=report.file)
    return WORDS["heading"].format(file=report.file, points=points(report.points), of=points(report.of))


def why(report: Report) -> str:
    """Returns why a submission could not run, with the line if it is known."""
    return WORDS["in line"].format(line=report.line, reason=report.reason) if report.line else report.reason


def points(x: float) -> str:
    """Returns points with at most one digit behind the point.

    >>> points(7.0), points(66.666)
    ('7', '66.7')
    """
    return decimal(round(x, 1), 6)


def levels(report: Report) -> list[tuple[str, str, str]]:
    """Returns a row for each level: its name, how its tests came out, its points."""
    found = []
    for level in sorted({finding.level for finding in report.findings}):
        of_it = [finding for finding in report.findings if finding.level == level]
        worth = sum(finding.of for finding in of_it)
        got = f"{points(sum(finding.points for finding in of_it))}/{points(worth)}" if worth else ""
        found.append((f"{level} {WORDS[f'level {level}']}", _outcome(of_it), got))
    return found


def _outcome(findings: Sequence[Finding]) -> str:
    outcomes = [finding.outcome for finding in findings]
    tried = [outcome for outcome in outcomes if outcome in ("passed", "failed")]
    failed = len(tried) - tried.count("passed")
    said = []
    if tried:
        form = "some failed" if failed else "all passed"
        said.append(WORDS.form(form, len(tried)).format(failed=failed, count=len(tried)))
    if any(finding.outcome == "passed" and finding.points < finding.of for finding in findings):
        said.append(WORDS["share"])
    if reported := outcomes.count("reported"):
        said.append(WORDS["reported"].format(count=reported))
    if left_out := outcomes.count("left out"):
        said.append(WORDS.form("left out", left_out).format(count=left_out))
    return ", ".join(said)


def _group(number: int, group: Group, hints: int, width: int) -> Iterator[str]:
    finding = group.finding
    yield f"{number}. {finding.test}"
    if finding.said:
        yield f"   {finding.said}"
    failure = finding.failure
    if failure is not None:
        yield f"   {WORDS['smallest']}"
        yield f"      {failure.program}"
        if failure.error and failure.error not in finding.said:
            yield f"   {raised(failure.error, failure.line)}"
        if failure.theirs:
            yield table(rows_of(failure), "      ", width)
    if group.others:
        yield f"   {also(group)}"
    for i, hint in enumerate(finding.hints[:hints], 1):
        yield f"   {WORDS['hint'].format(number=i, hint=hint)}"


def raised(error: str, line: int) -> str:
    """Returns what a program raised, as a sentence."""
    return WORDS["raised in line" if line else "raised"].format(error=error, line=line) + "."


def also(group: Group) -> str:
    """Returns the sentence about the other tests that fail for the same reason."""
    names = ", ".join(finding.test for finding in group.others[:NAMED])
    if len(group.others) > NAMED:
        names = WORDS["and more"].format(tests=names, count=len(group.others) - NAMED)
    return WORDS.form("also", len(group.others)).format(count=len(group.others), tests=names)


def headings(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Returns the headings and cells of the table of a graph.

    The student's values stand in it if one of them is wrong, the student's gradients if there are any.
    """
    values, grads = any(row.your_value for row in rows), any(row.yours for row in rows)
    head = [WORDS["node"], WORDS["value"], *([WORDS["your value"]] * values)]
    head += [WORDS["gradient"], *([WORDS["your gradient"]] * grads), ""]
    cells = [
        [row.name, row.value, *([row.your_value] * values), row.gradient, *([row.yours] * grads), row.remark] for row in rows
    ]
    return head, cells


def table(rows: Sequence[Row], indent: str, width: int) -> str:
    """Returns a graph's numbers beside each other, as text; where there is no room, the remarks stand below."""
    head, cells = headings(rows)
    lines = aligned(head, [tuple(row) for row in cells]).split("\n")
    if _breadth("\n".join(lines)) + len(indent) > width:
        lines = aligned(head[:-1], [tuple(row[:-1]) for row in cells]).split("\n")
        lines += [f"{row.name}: {row.remark}" for row in rows if row.remark]
    return "\n".join(indent + line.rstrip() for line in lines)


def _breadth(text: str) -> int:
    return max(columns(line) for line in text.split("\n"))
