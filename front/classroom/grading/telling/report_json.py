"""The report on a submission as JSON; `report.schema.json` beside this file says what stands in it, docs/grading.md too.

>>> as_data(Report("my_engine.py", "", "could not run", reason="the file is empty"))["status"]
'could not run'
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from chalkgrad.classroom.grading.program import Number
from chalkgrad.classroom.grading.report import HINTS, VERSION, Failure, Finding, Report
from chalkgrad.classroom.grading.telling.failing_graph import theirs_in


def as_data(report: Report, hints: int = HINTS) -> dict[str, Any]:
    """Returns what json.dumps writes.

    Points are not rounded, so that they add up; numbers that JSON does not have, such as infinities, are texts.
    """
    return {
        "schema": "chalkgrad grade",
        "version": VERSION,
        "file": report.file,
        "engine": report.engine,
        "status": report.status,
        "reason": report.reason,
        "line": report.line,
        "points": report.points,
        "of": report.of,
        "seconds": round(report.seconds, 3),
        "remarks": [*report.remarks],
        "findings": [_finding(finding, hints) for finding in report.findings],
    }


def _finding(finding: Finding, hints: int) -> dict[str, Any]:
    return {
        "level": finding.level,
        "test": finding.test,
        "about": finding.about,
        "outcome": finding.outcome,
        "points": finding.points,
        "of": finding.of,
        "slip": finding.slip,
        "said": finding.said,
        "hints": [*finding.hints[:hints]],
        "failure": None if finding.failure is None else _failure(finding.failure),
    }


def _failure(failure: Failure) -> dict[str, Any]:
    program = failure.program
    return {
        "program": str(program),
        "leaves": [[name, _number(x)] for name, x in program.leaves],
        "lines": [[name, op, [x if isinstance(x, str) else _number(x) for x in xs]] for name, op, xs in program.lines],
        "right": _numbers(failure.right),
        "theirs": _numbers(theirs_in(failure)),
        "parts_at": failure.parts_at,
        "wrong_data": [*failure.wrong_data],
        "wrong_grads": [*failure.wrong_grads],
        "error": failure.error,
        "line": failure.line,
    }


def _numbers(found: Mapping[str, Number]) -> dict[str, Any]:
    return {name: {"data": _number(x.data), "grad": _number(x.grad)} for name, x in found.items()}


def _number(x: float | None) -> float | str | None:
    return x if x is None or math.isfinite(x) else str(x)
