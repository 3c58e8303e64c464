"""Grades a class of 200 of which 60 handed in what cannot run, and says how long it took: python bench/class_of_200.py

The other 140 are a right engine and engines with one bug each, from tests/one_bug_engines.py.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

from chalkgrad.command.commands import run

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME / "tests"), str(HOME / "tests/front/classroom")]


def main() -> None:
    """Makes the archive, grades it, and counts the rows."""
    from one_bug_engines import OF_OUR_OWN, OF_STUDENTS, source
    from test_submissions import BROKEN

    engines = [source(), *map(source, (*OF_STUDENTS, *OF_OUR_OWN))]
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "submissions.zip")
        with zipfile.ZipFile(archive, "w") as opened:
            for i in range(140):
                opened.writestr(f"סטודנט {i}_{i}_assignsubmission_file_/my_engine.py", engines[i % len(engines)])
            for i in range(140, 200):
                files, _, _ = [*BROKEN.values()][i % len(BROKEN)]
                there = f"סטודנט {i}_{i}_assignsubmission_file_"
                for name, content in ({f"{there}/{file}": text for file, text in files.items()} or {f"{there}/": ""}).items():
                    opened.writestr(name, content)
        began = time.monotonic()
        status = run(["grade", "--moodle", str(archive), "-o", str(Path(folder, "feedback.zip")), *sys.argv[1:]])
        seconds = time.monotonic() - began
        rows = [*csv.DictReader(Path(folder, "gradebook.csv").read_text("utf-8-sig").splitlines())]
        counts = Counter(row["Result"] for row in rows)
        print(f"status {status}, {len(rows)} rows, {dict(counts)}, {seconds:.0f} s, {seconds / len(rows):.2f} s each")


if __name__ == "__main__":
    main()
