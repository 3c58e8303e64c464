"""Marks written down: marks.csv with a row for each student, a JSON for each, and what a person changed kept.

What a person writes in the column "by hand" counts instead of the total; so does a total that a person has overwritten.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalkgrad.classroom.marking.marks import Mark, Marked
from chalkgrad.classroom.marking.rows import Row
from chalkgrad.classroom.tables import read_table
from chalkgrad.engine.basics.whole_file import PRIVATE, write_whole
from chalkgrad.engine.words.language import section

SAID = section("marks")
SCHEMA, VERSION = "chalkgrad/marks", 1
BY_HAND, MARK = "by hand", "mark"
MOST_KEPT = 6  # answers that are not marked, in marks.csv; the JSON has all


@dataclass(frozen=True)
class Record:
    """A row of answers with its marks; None where it is not known which sheet it answers."""

    row: Row
    marked: Marked | None


def file_names(records: Sequence[Record]) -> list[str]:
    """Returns a name for each student's JSON: the code, with the line where several have it; no id is in it."""
    counts = Counter(record.row.code for record in records if record.marked)
    names = []
    for record in records:
        alone = record.marked is not None and counts[record.row.code] == 1
        code = re.sub(r"[^A-Za-z0-9]", "", record.row.code) if record.marked else "unknown"
        names.append(f"{code}.json" if alone else f"{code}-{record.row.place}.json")
    return names


def facts(record: Record, follow: float, with_ids: bool) -> dict[str, Any]:
    """Returns what is known of one student's sheet, as JSON has it.

    The right answers are not in it, but for those that a sentence on a slip names: it is for a student who has handed in.
    """
    row, marked = record.row, record.marked
    found: dict[str, Any] = {"schema": SCHEMA, "version": VERSION, "code": row.code, "line": row.place}
    if with_ids:
        found["id"] = row.student
    if marked is not None:
        questions = [
            {
                "number": number,
                "form": question.form,
                "points": sum(mark.points for mark in marks),
                "of": question.points,
                "boxes": [_of_box(mark) for mark in marks],
            }
            for number, (question, marks) in enumerate(marked.questions, 1)
        ]
        sheet = {"sheet": marked.paper.version, "title": marked.paper.title}
        found |= {**sheet, "follow": follow, "points": marked.points, "of": marked.paper.points, "questions": questions}
    return found | {"extra": _extra(record), "notes": list(row.notes)}


def _extra(record: Record) -> dict[str, str]:
    """Returns what was written and is not marked."""
    return {**record.row.extra, **(record.marked.unknown if record.marked else record.row.answers)}


def _of_box(mark: Mark) -> dict[str, Any]:
    return {
        "box": mark.box.name,
        "asked": mark.box.asked,
        "typed": mark.typed,
        "number": mark.number,
        "status": mark.status,
        "points": mark.points,
        "of": mark.box.points,
        "slips": list(mark.slips),
        "flags": list(mark.flags),
        "said": mark.sentence,
    }


# The table ------------------------------------------------------------------------------------------------------------


def rows_of(records: Sequence[Record], with_ids: bool) -> list[dict[str, str]]:
    """Returns the rows of marks.csv, without what a person writes in it."""
    most = max((len(record.marked.questions) for record in records if record.marked), default=0)
    rows = []
    for record in records:
        row, marked = record.row, record.marked
        found = {"line": str(row.place), "code": safe(row.code)}
        found |= {"id": safe(row.student)} if with_ids else {}
        questions = marked.questions if marked else []
        found |= {"sheet": marked.paper.version if marked else "", "total": _figure(marked.points) if marked else ""}
        found["of"] = _figure(marked.paper.points) if marked else ""
        for i in range(most):
            marks = questions[i][1] if i < len(questions) else None
            found[f"q{i + 1}"] = _figure(sum(mark.points for mark in marks)) if marks is not None else ""
        flagged = [f"{mark.box.name}: {mark.sentence}" for mark in marked.marks if mark.flags] if marked else []
        kept = [f"{where}: {text}" for where, text in _extra(record).items()]
        kept = kept if len(kept) <= MOST_KEPT else [*kept[:MOST_KEPT], "…"]
        found |= {"look": safe("; ".join(flagged)), "notes": safe("; ".join((*row.notes, *kept)))}
        rows.append(found)
    if not any(row["sheet"] for row in rows):  # sheets for each student have no letters
        for found in rows:
            del found["sheet"]
    return rows


def _figure(x: float) -> str:
    return f"{round(x, 6):g}"


def safe(text: str) -> str:
    """Returns a cell that no spreadsheet takes for a formula, nor a part of it where the spreadsheet separates cells otherwise.

    >>> safe("=A1"), safe("x; =A1"), safe("x;y = 1"), safe("-5"), safe("a\\n+b")
    ("'=A1", "x;' =A1", 'x;y = 1', "'-5", 'a +b')
    """
    return _FORMULA.sub(r"\1'\2", " ".join(text.splitlines()))


_FORMULA = re.compile(r"""(^|[;|\t\r\n])([\s"]*[=+\-@])""")


def with_hand(
    rows: Sequence[dict[str, str]], before: Sequence[Mapping[str, str]], ours: Sequence[Mapping[str, str]]
) -> list[dict[str, str]]:
    """Returns the rows with what a person changed in the table `before`, of which `ours` was written by us.

    A row of theirs that has no answers any more is kept at the end.
    """
    written = dict(zip(_keys(ours), ours, strict=True))
    theirs = dict(zip(_keys(before), before, strict=True))
    headings = [*dict.fromkeys(heading for row in rows for heading in row)]
    own = [*dict.fromkeys(heading for row in before for heading in row if heading not in (*headings, BY_HAND, MARK))]
    own = [heading for heading in own if heading and not any(heading in row for row in ours)]
    found = []
    for key, row in zip(_keys(rows), rows, strict=True):
        old = theirs.pop(key, {})
        hand = old.get(BY_HAND, "").strip() or _overwritten(old, written.get(key, {}))
        more = {heading: old.get(heading, "") for heading in own}
        found.append({**row, BY_HAND: hand, MARK: _final(row, hand), **more})
    for key, old in theirs.items():
        hand = old.get(BY_HAND, "").strip() or _overwritten(old, written.get(key, {}))
        if hand or any(old.get(heading, "").strip() for heading in own):
            note = SAID["gone"]
            notes = old.get("notes", "")
            kept = {heading: old.get(heading, "") for heading in headings}
            kept["notes"] = notes if note in notes else "; ".join(text for text in (note, notes) if text)
            found.append(
                {**kept, BY_HAND: hand, MARK: _final(kept, hand), **{heading: old.get(heading, "") for heading in own}}
            )
    return found


def _keys(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, ...]]:
    """Returns what tells rows apart, though lines move: the id, else the code if one row has it, else code and line."""
    ids = Counter(_bare(row.get("id", "")) for row in rows)
    codes = Counter(row.get("code", "") for row in rows)
    keys: list[tuple[str, ...]] = []
    for row in rows:
        student, code = _bare(row.get("id", "")), row.get("code", "")
        if student and ids[student] == 1:
            keys.append(("id", student))
        elif code and codes[code] == 1 and not student:
            keys.append(("code", code))
        else:
            keys.append(("line", student, code, row.get("line", "")))
    return keys


def _bare(student: str) -> str:
    """Returns an id without the zeros in front of it, which a spreadsheet takes away."""
    return student.strip().lstrip("'0") or student


def _overwritten(old: Mapping[str, str], written: Mapping[str, str]) -> str:
    """Returns the total that a person put in place of ours, or that their points for questions come to; "" if they left it."""
    if not written:
        return ""
    if _number(old.get("total", "")) != _number(written.get("total", "")):
        return old.get("total", "").strip()
    moved = 0.0
    for heading, text in written.items():
        theirs, ours = _number(old.get(heading, "")), _number(text)
        if re.fullmatch(r"q\d+", heading) and theirs is not None and ours is not None:
            moved += theirs - ours
    total = _number(written.get("total", ""))
    return _figure(total + moved) if moved and total is not None else ""


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _final(row: Mapping[str, str], hand: str) -> str:
    return hand if _number(hand) is not None else row.get("total", "")


# Files ----------------------------------------------------------------------------------------------------------------


def table_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Returns CSV, which a spreadsheet opens."""
    headings = [*dict.fromkeys(heading for row in rows for heading in row)]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, headings, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def table_before(file: Path) -> list[dict[str, str]]:
    """Returns the rows of a marks.csv that is there; none if there is none. Raises ValueError for what cannot be read."""
    if not file.exists():
        return []
    table = read_table(file.read_bytes())
    if "code" not in table.headings:
        raise ValueError("has no column code")
    return [dict(zip(table.headings, [*line.cells, *[""] * len(table.headings)], strict=False)) for line in table.rows]


def written_before(file: Path) -> list[dict[str, str]]:
    """Returns the rows that were written the last time, from marks.json; none if it is not ours."""
    try:
        found = json.loads(file.read_text("utf-8"))
        rows = found["rows"] if found["schema"] == SCHEMA else []
        return [{str(key): str(value) for key, value in row.items()} for row in rows]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


def _files_before(file: Path) -> set[str]:
    """Returns the files of students that the last run wrote."""
    try:
        found = json.loads(file.read_text("utf-8"))
        names = {str(name) for name in found["files"]} if found["schema"] == SCHEMA else set()
    except (OSError, ValueError, LookupError, TypeError):
        return set()
    return {name for name in names if re.fullmatch(r"[A-Za-z0-9]+(-\d+)?\.json", name)} - {"marks.json"}


def write_all(folder: Path, records: Sequence[Record], follow: float, with_ids: bool, report: Mapping[str, str]) -> int:
    """Writes marks.csv, marks.json, a JSON for each student, and the files of the report.

    Returns in how many rows something is kept that a person has changed. Raises OSError, and ValueError if a marks.csv is there
    that cannot be read, before anything is written.
    """
    rows = rows_of(records, with_ids)
    merged = with_hand(rows, table_before(folder / "marks.csv"), written_before(folder / "marks.json"))
    folder.mkdir(parents=True, exist_ok=True)
    texts = {name: _json(facts(record, follow, with_ids)) for name, record in zip(file_names(records), records, strict=True)}
    texts |= report
    texts["marks.csv"] = "\ufeff" + table_text(merged)
    names = sorted({*texts, "marks.json"})
    texts["marks.json"] = _json({"schema": SCHEMA, "version": VERSION, "follow": follow, "files": names, "rows": rows})
    stale = _files_before(folder / "marks.json") - {*names}
    for name, text in texts.items():
        if name in report:
            write_whole(folder / name, text.encode(), "the report")
        else:
            write_whole(folder / name, text.encode(), "the marks", PRIVATE)
    for name in stale:  # of an answer that stands in another line, say
        (folder / name).unlink(missing_ok=True)
    known = {heading for row in rows for heading in row} | {MARK}
    return sum(any(text.strip() for heading, text in row.items() if heading not in known) for row in merged)


def _json(found: object) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
