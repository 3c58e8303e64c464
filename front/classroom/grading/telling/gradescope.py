"""Reports for Gradescope: its results.json, and the files of an autograder that writes it.

>>> results(Report("my_engine.py", "", "could not run", reason="the file is empty"))["score"]
0.0
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalkgrad.classroom.grading.report import HINTS, Finding, Report
from chalkgrad.classroom.grading.telling.failing_graph import groups, in_words
from chalkgrad.classroom.grading.telling.report_text import also, as_text, raised, why
from chalkgrad.engine.basics.whole_file import write_whole
from chalkgrad.engine.words.language import section

WORDS = section("feedback")


def results(report: Report, hints: int = HINTS) -> dict[str, Any]:
    """Returns what Gradescope reads: a test for each finding, in the order of the levels."""
    shown = {id(group.finding): group for group in groups(report)}
    found: dict[str, Any] = {
        "score": round(float(report.points), 4),
        "execution_time": round(report.seconds, 2),
        "output": why(report) if report.status == "could not run" else as_text(report, hints, 90),
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [],
        "extra_data": {"status": report.status, "line": report.line, "remarks": [*report.remarks]},
    }
    numbers: dict[int, int] = {}
    for finding in report.findings:
        numbers[finding.level] = number = numbers.get(finding.level, 0) + 1
        test: dict[str, Any] = {
            "name": finding.test,
            "number": f"{finding.level}.{number}",
            "output": "\n".join(_said(finding, hints)),
            "output_format": "text",
            "visibility": "visible",
            "tags": [WORDS[f"level {finding.level}"], *([finding.about] if finding.about else [])],
        }
        if group := shown.get(id(finding)):
            test["output"] += f"\n{also(group)}" if group.others else ""
        if finding.of:
            test |= {"score": round(finding.points, 4), "max_score": round(finding.of, 4)}
        if finding.outcome in ("passed", "failed"):
            test["status"] = finding.outcome
        found["tests"].append(test)
    return found


def _said(finding: Finding, hints: int) -> list[str]:
    lines = [finding.said] if finding.said else []
    if finding.outcome == "left out":
        lines.append(WORDS.form("left out", 1).format(count=1))
    if failure := finding.failure:
        lines.append(f"{WORDS['smallest']} {failure.program}")
        if failure.error:
            lines.append(raised(failure.error, failure.line))
        elif failure.theirs:
            lines.append(in_words(failure))
    return [*lines, *(WORDS["hint"].format(number=i, hint=hint) for i, hint in enumerate(finding.hints[:hints], 1))]


_SETUP = """\
#!/usr/bin/env bash
# Runs once, when the autograder is built: a Python of at least 3.11, and chalkgrad as requirements.txt has it.
set -euo pipefail
python=$(command -v python3.14 || command -v python3.13 || command -v python3.12 || command -v python3.11 || true)
if [ -z "$python" ] || ! "$python" -c "import ensurepip"; then
    apt-get update
    python=${python:-/usr/bin/python3.11}
    apt-get install -y "$(basename "$python")" "$(basename "$python")-venv"
fi
"$python" -m venv /autograder/venv
cd /autograder/source
/autograder/venv/bin/pip install -r requirements.txt
"""
_RUN = """\
#!/usr/bin/env bash
# Runs for each submission. Exit status 1 says that tests failed, 2 that the program could not run: both are in the results.
cd /autograder/source
/autograder/venv/bin/chalkgrad grade /autograder/submission {options}--gradescope /autograder/results/results.json
exit 0
"""


def scaffold(folder: Path, options: Sequence[str], version: str, wheel: Path | None = None) -> list[Path]:
    """Writes setup.sh, run_autograder and requirements.txt, and returns them; files named in options are copied beside them.

    Args:
        folder: where to; it is made if it is not there
        options: what `chalkgrad grade` is called with, quoted for a shell
        version: of chalkgrad, which requirements.txt pins
        wheel: a wheel that is put beside them, its hash noted, for where no package index has this version
    """
    folder.mkdir(parents=True, exist_ok=True)
    requirement = f"chalkgrad=={version}\n"
    written = []
    if wheel is not None:
        shutil.copyfile(wheel, folder / wheel.name)
        written.append(folder / wheel.name)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        requirement = f"./{wheel.name}\n# sha256 {digest}\n"
    words = " ".join(options)
    texts = {"setup.sh": _SETUP, "run_autograder": _RUN.format(options=f"{words} " if words else "")}
    for name, content in {**texts, "requirements.txt": requirement}.items():
        write_whole(folder / name, content.encode(), "the autograder")
        if name != "requirements.txt":
            (folder / name).chmod(0o755)
        written.append(folder / name)
    return written
