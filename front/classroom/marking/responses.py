"""What Moodle exports of a quiz that chalkgrad wrote: the report "Responses" as CSV or JSON, with or without question texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from chalkgrad.classroom.marking.rows import Roster, Row, Sheets
from chalkgrad.classroom.paper import Paper
from chalkgrad.classroom.printing.moodle import parts
from chalkgrad.classroom.tables import Line, Table, plain
from chalkgrad.engine.words.language import section

SAID = section("marks")
_PART = r"[^\W\d]{1,20}\s{0,2}"  # "part 1: ", in the language of that Moodle
_FIRST = re.compile(rf"({_PART})1\s?:(\s|$)")
SHORTEST = 5  # characters of an id that is known by itself
AVERAGES = ("overallaverage", "average", "ממוצעכולל", "ממוצע")
ADDRESSES = ("username", "emailaddress", "email", "כתובתדואל")  # which each student has
WHO = ("idnumber", "מספרזיהוי", *ADDRESSES)


def is_moodle(table: Table) -> bool:
    """Tells whether a table has responses to questions of several parts."""
    return bool(_slots(table)) or any(re.fullmatch(r"response\d+", plain(heading)) for heading in table.headings)


def _slots(table: Table) -> dict[str, int]:
    """Returns the columns of responses by the numbers of their questions; right answers may stand behind in the same form."""
    found: dict[str, int] = {}
    for i, heading in enumerate(table.headings):
        number = re.search(r"\d+$", plain(heading))
        cells = (line.cells[i] for line in table.rows if i < len(line.cells))
        if number and any(_FIRST.match(cell) for cell in cells):
            found.setdefault(number[0], i)
    return found


def read_responses(table: Table, papers: Sequence[Paper], roster: Roster) -> tuple[list[Row], list[str]]:
    """Returns the rows of a report, a row for each student, and what is to be said of the whole."""
    sheets, slots = Sheets(papers), _slots(table)
    ours = {number for number in slots if any(_asked(table, line, number, sheets) for line in table.rows)}
    rows: list[Row] = []
    notes = []
    for line in table.rows:
        if said := _summary(table, line, slots):
            notes.append(SAID["summary row"].format(line=line.number, said=said))
            continue
        some = [number for number in slots if not ours or number in ours]
        rows += [_row(table, line, number, slots[number], sheets, roster) for number in some]
        if not some:
            rows.append(_unanswered(table, line, roster))
    if slots and not ours and any(row.paper is None for row in rows):
        notes.append(SAID["no question texts"])
    return rows, notes


def _summary(table: Table, line: Line, slots: Mapping[str, int]) -> str:
    """Returns what a line is called that sums up the others, as Moodle's last ones do; "" for a student's."""
    if any(i < len(line.cells) and _FIRST.match(line.cells[i]) for i in slots.values()):
        return ""
    said = next(filter(None, line.cells), "")
    who = {name: cell for heading, cell in zip(table.headings, line.cells, strict=False) if (name := plain(heading)) in WHO}
    nobody = not any(who.values()) and any(name in who for name in ADDRESSES)
    return said if nobody or plain(said) in AVERAGES else ""


def _asked(table: Table, line: Line, number: str, sheets: Sheets) -> Paper | None:
    """Returns the sheet whose code stands in the text of a question."""
    cells = [
        cell
        for heading, cell in zip(table.headings, line.cells, strict=False)
        if re.search(rf"(?<!\d){number}$", plain(heading)) and not _FIRST.match(cell)
    ]
    return sheets.in_text(" ".join(cells))


def _who(table: Table, line: Line, roster: Roster) -> tuple[str, str]:
    """Returns the id in the roster, and what tells this student from the others."""
    cells = {plain(heading): cell for heading, cell in zip(table.headings, line.cells, strict=False)}
    for cell in (cells.get(name, "") for name in WHO):
        if cell and (known := roster.id_of(cell)):
            return known, known
    for cell in line.cells:  # an id in a column of another name; a grade is none
        if len(cell) >= SHORTEST and cell in roster.codes:
            return cell, cell
    return "", next((cells[name] for name in WHO if cells.get(name)), "")


def _row(table: Table, line: Line, number: str, at: int, sheets: Sheets, roster: Roster) -> Row:
    known, who = _who(table, line, roster)
    text = line.cells[at] if at < len(line.cells) else ""
    paper = _asked(table, line, number, sheets) or sheets[roster.codes.get(known, "")]
    if paper is None and len(sheets.papers) == 1:
        paper = sheets.papers[0]
    found = split_parts(text)
    whole = {table.headings[at]: text} if text.strip("- ") else {}
    if paper is None or not found:
        note = SAID["not answered" if not found else "no code"]
        return Row(line.number, paper.code if paper else "", known, paper, extra=whole, notes=(note,), who=who)
    boxes = parts(paper)
    note = SAID["other parts"].format(count=len(found), expected=len(boxes))
    answers = {box.name: answer for box, answer in zip(boxes, found, strict=False) if answer}
    extra = {f"{table.headings[at]}, {i}": answer for i, answer in enumerate(found, 1) if i > len(boxes)}
    return Row(line.number, paper.code, known, paper, answers, extra, (note,) if len(found) != len(boxes) else (), who)


def _unanswered(table: Table, line: Line, roster: Roster) -> Row:
    known, who = _who(table, line, roster)
    return Row(line.number, "", known, None, notes=(SAID["not answered"],), who=who)


def split_parts(text: str) -> list[str]:
    """Returns the answers of a response, `part 1: 5; part 2: -2`; a part's own text may have semicolons and colons in it.

    >>> split_parts("part 1: 5; part 2: ; part 3: a; b")
    ['5', '', 'a; b']
    """
    first = _FIRST.match(text)
    if first is None:
        return []
    word, rest = re.escape(first[1].strip()), text[first.end() :]
    found: list[str] = []
    while True:
        following = re.search(rf";\s*{word}\s*{len(found) + 2}\s?:(\s|$)", rest)
        found.append(rest[: following.start()].strip() if following else rest.strip())
        if following is None:
            return found
        rest = rest[following.end() :]
