"""Answers read in: tables that a person typed, wide or long, and what Moodle exports, each row with the sheet that it answers.

A row is never lost: what is wrong with it is said in its notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from chalkgrad.classroom.marking.reading import shown
from chalkgrad.classroom.marking.responses import is_moodle, read_responses
from chalkgrad.classroom.marking.rows import Roster, Row, Sheets, told_apart
from chalkgrad.classroom.paper import Paper
from chalkgrad.classroom.tables import IDS, Line, Table, plain, read_table
from chalkgrad.engine.words.language import section

SAID = section("marks")
CODES = ("code", "sheet", "version", "קוד", "גרסה", "נוסח")
BOXES, ANSWERS = ("box", "cell", "תא"), ("answer", "response", "תשובה")


def read_answers(content: bytes, papers: Sequence[Paper], roster: Roster | None = None) -> tuple[list[Row], list[str]]:
    """Returns the rows of a file of answers, and what is to be said of the file as a whole.

    Raises ValueError, with a sentence that begins with a verb, for what is not a table of answers.
    """
    table, roster = read_table(content), roster or Roster()
    if is_moodle(table):
        rows, notes = read_responses(table, papers, roster)
        return told_apart(rows, roster), notes
    sheets = Sheets(papers)
    names = [plain(heading) for heading in table.headings]
    at_code, at_id = _place(names, CODES), _place(names, IDS)
    if at_code is None and at_id is None:
        raise ValueError(f"has no column code: its columns are {', '.join(table.headings[:6])}")
    finder = _Finder(sheets, roster, at_code, at_id)
    at_box, at_answer = _place(names, BOXES), _place(names, ANSWERS)
    if at_box is not None and at_answer is not None:
        return told_apart([*_long(table, finder, at_box, at_answer)], roster), []
    if not any(map(sheets.box, table.headings)):
        raise ValueError(
            f"has no column of a box, such as {papers[0].boxes[0].name}; its columns are {', '.join(table.headings[:6])}"
        )
    unused = [x for i, x in enumerate(table.headings) if x and i not in (at_code, at_id) and not sheets.box(x)]
    notes = [SAID["unknown boxes"].format(boxes=", ".join(unused))] if unused else []
    return told_apart([_wide(table, line, finder) for line in table.rows], roster), notes


def _place(names: Sequence[str], wanted: Iterable[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


class _Finder:
    """Finds whose a row is."""

    def __init__(self, sheets: Sheets, roster: Roster, at_code: int | None, at_id: int | None) -> None:
        self.sheets, self.roster, self.at_code, self.at_id = sheets, roster, at_code, at_id

    def key(self, cells: Sequence[str]) -> tuple[str, str]:
        """Returns the code and the id as they are written."""
        code, student = (cells[i] if i is not None and i < len(cells) else "" for i in (self.at_code, self.at_id))
        return code, student

    def row(self, place: int, code: str, student: str) -> Row:
        """Returns the row without answers."""
        known = self.roster.id_of(student)
        paper = self.sheets[code] if code else self.sheets[self.roster.codes.get(known, "")]
        notes = []
        if student and self.roster.codes and not known:
            notes.append(SAID["unknown id"])
        if code and paper is None:
            near = self.sheets.near(code)
            notes.append(SAID["unknown code, near" if near else "unknown code"].format(code=shown(code), near=near))
        elif paper is None:
            notes.append(SAID["no code"])
        elif known and self.roster.codes[known] not in ("", paper.code):
            notes.append(SAID["other code"].format(code=paper.code, other=self.roster.codes[known]))
        told = known or (student if self.roster.codes else "")
        return Row(place, paper.code if paper else code, told, paper, notes=tuple(notes), who=student)


def _wide(table: Table, line: Line, finder: _Finder) -> Row:
    """Returns a row that has a column for each box."""
    row = finder.row(line.number, *finder.key(line.cells))
    over = [cell for cell in line.cells[len(table.headings) :] if cell]
    answers: dict[str, str] = {}
    extra: dict[str, str] = {}
    notes = []
    for i, (heading, cell) in enumerate(zip(table.headings, line.cells, strict=False)):
        if i in (finder.at_code, finder.at_id) or not cell:
            continue
        box = finder.sheets.box(heading)
        if box and box not in answers:
            answers[box] = cell
        elif not box or answers[box] != cell:
            extra[f"{heading or '?'} ({i + 1})"] = cell
            if box:
                notes.append(SAID["box twice"].format(box=box))
    if over:  # a decimal comma in a table with commas moves all that is behind it
        extra = {f"{heading or '?'} ({i})": cell for i, (heading, cell) in enumerate(_longest(table.headings, line.cells), 1)}
        notes = [SAID["too many cells"].format(count=len(line.cells), expected=len(table.headings))]
        row, answers = replace(row, paper=None), {}
    return replace(row, answers=answers, extra=extra).noted(*notes)


def _longest(headings: Sequence[str], cells: Sequence[str]) -> Iterator[tuple[str, str]]:
    for i, cell in enumerate(cells):
        yield headings[i] if i < len(headings) else "", cell


def _long(table: Table, finder: _Finder, at_box: int, at_answer: int) -> Iterator[Row]:
    """Yields rows that have a line for each box."""
    lines: dict[tuple[str, str], list[Line]] = {}
    for line in table.rows:
        lines.setdefault(finder.key(line.cells), []).append(line)
    for (code, student), some in lines.items():
        row = finder.row(some[0].number, code, student)
        answers: dict[str, str] = {}
        extra: dict[str, str] = {}
        notes: list[str] = []
        for line in some:
            cells = [*line.cells, *[""] * (len(table.headings) - len(line.cells))]
            written, answer = cells[at_box], cells[at_answer]
            box = finder.sheets.box(written)
            if any(cells[len(table.headings) :]):
                notes.append(SAID["too many cells in"].format(line=line.number))
                extra[f"{written} ({line.number})"] = ", ".join(cells[min(at_box, at_answer) :])
            elif not box:
                notes.append(SAID["unknown box"].format(box=shown(written) or "?", line=line.number))
                extra[f"{written or '?'} ({line.number})"] = answer
            elif answers.setdefault(box, answer) != answer:
                notes.append(SAID["box twice"].format(box=box))
                extra[f"{box} ({line.number})"] = answer
        yield replace(row, answers=answers, extra=extra).noted(*dict.fromkeys(notes))
