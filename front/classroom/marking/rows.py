"""Whose a row of answers is: the sheets by their codes, the roster that ties codes to ids, and rows told apart."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property

from chalkgrad.classroom.paper import Paper
from chalkgrad.classroom.tables import IDS, plain, read_table
from chalkgrad.engine.basics.terminal import spelled
from chalkgrad.engine.words.language import section

SAID = section("marks")


@dataclass(frozen=True)
class Row:
    """What one student answered.

    Attributes:
        place: the line in which it stands, or the first of them
        code: that of the sheet, as it was written if no sheet has it
        student: the id that stands in the roster, or would have to; "" without a roster
        paper: the sheet; None if it is not known which
        answers: what was written, by the names of boxes
        extra: what belongs to no box, by where it stood
        notes: what is wrong with it
        who: what tells this student from the others, an address for instance; it is never written anywhere
    """

    place: int
    code: str
    student: str
    paper: Paper | None
    answers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    who: str = ""

    def noted(self, *notes: str) -> Row:
        """Returns the row with more notes."""
        return replace(self, notes=(*self.notes, *notes))


@dataclass(frozen=True)
class Roster:
    """Which code belongs to which id; of a list of ids alone the codes are ""."""

    codes: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, written: str) -> str:
        """Returns the id that was meant, "" if it is not in the roster: a spreadsheet takes away leading zeros."""
        written = written.strip().removeprefix("'")  # which keeps a spreadsheet from taking it for a formula
        if written in self.codes:
            return written
        found = self._bare.get(written.casefold().removesuffix(".0").lstrip("0"), [])
        return found[0] if len(found) == 1 else ""

    @cached_property
    def _bare(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for student in self.codes:
            found.setdefault(student.casefold().lstrip("0"), []).append(student)
        return found

    def id_by_code(self, code: str) -> str:
        """Returns the only id that has a code; "" if none has it, or several have."""
        found = [student for student, other in self.codes.items() if code and other == code]
        return found[0] if len(found) == 1 else ""


class Sheets:
    """The sheets that may be answered, found by their codes."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = papers
        self._by_code = {paper.code: paper for paper in papers}
        letters = Counter(paper.version for paper in papers)
        self._by_letter = {paper.version.casefold(): paper for paper in papers if letters[paper.version] == 1}
        self._names = {box.name for paper in papers for box in paper.boxes}
        folded = Counter(map(_folded, self._names))
        self._folded = {_folded(name): name for name in self._names if folded[_folded(name)] == 1}

    def __getitem__(self, code: str) -> Paper | None:
        """Returns the sheet of a code, or of the letter of a version that is the only one of it."""
        written = "".join(code.split())
        if not written:
            return None
        return self._by_code.get(written.upper()) or self._by_code.get(written) or self._by_letter.get(written.casefold())

    def in_text(self, text: str) -> Paper | None:
        """Returns the sheet whose code stands in a text; None if none or several do."""
        found = [paper for code, paper in self._by_code.items() if re.search(rf"\b{re.escape(code)}\b", text)]
        return found[0] if len(found) == 1 else None

    def near(self, code: str) -> str:
        """Returns the code that is nearest to a wrong one, "" if none is near."""
        return next(iter(get_close_matches(code.upper(), list(self._by_code), 1, 0.65)), "")

    def box(self, written: str) -> str:
        """Returns the name of a box as the sheets have it, "" if none has it."""
        return written if written in self._names else self._folded.get(_folded(written), "")


def _folded(name: str) -> str:
    """Returns a name as it is compared: whatever the case, with x₁ and x_1 as x1, and Greek letters by their names."""
    plain = unicodedata.normalize("NFKC", name).casefold().replace("_", "")
    return "".join(
        c if c.isascii() else spelled(c) if unicodedata.name(c, "").startswith("GREEK") else c for c in plain if not c.isspace()
    )


def read_roster(content: bytes) -> Roster:
    """Returns a roster: a table of ids and codes, or a column of ids alone, with a heading or without. Raises ValueError."""
    table = read_table(content)
    names = [plain(heading) for heading in table.headings]
    lines = [line.cells for line in table.rows]
    at_code = next((i for i, name in enumerate(names) if name == "code"), None)
    at_id = next((i for wanted in IDS for i, name in enumerate(names) if name == wanted), None)
    if at_code is None and at_id is None and len(names) > 1:
        raise ValueError(f"has no column id or code: its columns are {', '.join(table.headings[:6])}")
    if at_code is None and at_id is None:
        lines = [table.headings, *lines]
        at_id = 0
    elif at_id is None:
        at_id = 1 if at_code == 0 else 0
    rows = [[*cells, *[""] * (1 + max(at_id, at_code or 0) - len(cells))] for cells in lines]
    return Roster({row[at_id]: row[at_code].upper() if at_code is not None else "" for row in rows if row[at_id]})


def told_apart(rows: Sequence[Row], roster: Roster) -> list[Row]:
    """Returns the rows, each that answers for the same student as another with a note on it."""
    rows = [replace(row, student=roster.id_by_code(row.code)) if not row.student else row for row in rows]

    def whose(row: Row) -> str:
        personal = row.paper is not None and (not row.paper.version or roster.id_by_code(row.code))
        return row.student or row.who or (row.code if personal else "")

    places: dict[str, list[int]] = {}
    for row in rows:
        places.setdefault(whose(row), []).append(row.place)
    marked = []
    for row in rows:
        others = [str(place) for place in places[whose(row)] if place != row.place] if whose(row) else []
        marked.append(row.noted(SAID["twice"].format(lines=", ".join(others))) if others else row)
    return marked
