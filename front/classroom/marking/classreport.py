"""What a class can and cannot do yet: the slips by how many made them, and the questions by what became of their cells.

It names no one. A count from 1 to 4 is said to be "< 5", and so is one that is as near to all of them. A share of cells is left
out where so few students are behind it, or behind all that is not in it; and so is one from which another could be found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from chalkgrad.classroom.marking.marks import Marked, Status
from chalkgrad.engine.words.language import section
from chalkgrad.viz.formats.policy import without_scripts

SAID, CONFUSED, FORMS = section("marks"), section("what slips confuse"), section("forms")
FEW = 5
MANY = 20  # students over whom a mean to a tenth of the points says nothing of one
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse}th,td{border:1px solid #767676;padding:.3em .6em;text-align:start}"
)
WITHHELD = "–"
STATUSES: tuple[Status, ...] = ("right", "follows", "wrong", "cannot follow", "not a number", "blank")


@dataclass(frozen=True)
class Made:
    """A slip that was made: its name, by how many students, and where most did, with the sentence that they got.

    `sheet` is the letter of that version, "" if fewer than 5 students had it: then its numbers would tell whose it is.
    """

    name: str
    students: int
    sentence: str
    sheet: str
    question: int
    asked: str


@dataclass(frozen=True)
class Share:
    """What became of the cells of a question, over all sheets.

    Attributes:
        number, title: the question's
        cells: how many there are
        counts: how many of them are of each status
        withheld: the statuses of which the count would tell what a few students did
    """

    number: int
    title: str
    cells: int
    counts: tuple[int, ...]
    withheld: frozenset[Status]


@dataclass(frozen=True)
class ClassReport:
    """The report on a class.

    Attributes:
        students: how many sheets were marked
        questions: a share for each question
        slips: the most frequent first
        flagged: how many sheets have cells that a person may want to look at
        unread: how many rows could not be marked
        points: the mean, and what there is to get
    """

    students: int
    questions: tuple[Share, ...]
    slips: tuple[Made, ...]
    flagged: int
    unread: int
    points: tuple[float, float]

    def text(self) -> str:
        """Returns the report as text, in Markdown."""
        lines = [f"# {SAID['report']}", "", self._summary(), "", f"## {SAID['slips made']}", ""]
        lines += [f"- {line}" for line in self._made()] or [SAID["no slips"]]
        lines += [
            "",
            f"## {SAID['questions']}",
            "",
            SAID["caption"],
            "",
            f"| {' | '.join(self._headings())} |",
            f"|{'---|' * len(self._headings())}",
        ]
        lines += [f"| {' | '.join(row)} |" for row in self._rows()]
        return "\n".join([*lines, "", SAID["names no one"], ""])

    def html(self) -> str:
        """Returns the report as a page of its own."""
        direction, code = section("language")["direction"], section("language")["code"]
        slips = "".join(f"<li>{escape(line)}</li>" for line in self._made())
        head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in self._headings())
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self._rows())
        listed = f"<ul>{slips}</ul>" if slips else f"<p>{SAID['no slips']}</p>"
        return without_scripts(
            "\n".join(
                [
                    "<!DOCTYPE html>",
                    f'<html lang="{code}" dir="{direction}"><head><meta charset="utf-8"><title>{SAID["report"]}</title>',
                    f"<style>{STYLE}</style></head>",
                    f"<body><h1>{SAID['report']}</h1><p>{escape(self._summary())}</p>",
                    f"<h2>{SAID['slips made']}</h2>{listed}",
                    f"<h2>{SAID['questions']}</h2><table><caption>{SAID['caption']}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>",
                    f"<p>{escape(SAID['names no one'])}</p></body></html>",
                    "",
                ]
            )
        )

    def _summary(self) -> str:
        words = {"students": few(self.students), "flagged": few(self.flagged), "unread": few(self.unread)}
        said = [SAID["sheets marked"].format_map(words)]
        said += self._mean()
        said += [SAID["to look at"].format_map(words)] if self.flagged else []
        said += [SAID["not marked"].format_map(words)] if self.unread else []
        return " ".join(said)

    def _mean(self) -> list[str]:
        """Returns the mean, rounded where it would give away a share that is withheld; nothing of few students."""
        mean, of = self.points
        if self.students < FEW or not of:
            return []
        if not any(share.withheld for share in self.questions):
            return [SAID["mean"].format(points=f"{mean:.1f}", of=f"{of:g}")]
        return [SAID["mean about"].format(percent=10 * round(10 * mean / of))] if self.students >= MANY else []

    def _made(self) -> list[str]:
        """Returns a line for each slip that some made, and one for all that few made."""
        lines = [self._slip(made) for made in self.slips if made.students >= FEW]
        rare = [made.name for made in self.slips if made.students < FEW]
        for template, known in (("rare slips", True), ("rare slips of forms", False)):
            if some := [_described(name) for name in rare if (name in CONFUSED) == known]:
                lines.append(SAID[template].format(slips="; ".join(dict.fromkeys(some))))
        return lines

    def _slip(self, made: Made) -> str:
        words = {"count": few(made.students, self.students), "students": few(self.students)}
        described = _described(made.name)
        line = SAID["slip made" if made.name in CONFUSED else "slip of a form"].format(**words, slip=described)
        if not made.sheet or made.sentence == described:
            return line
        where = {"sheet": made.sheet, "question": made.question, "asked": made.asked}
        return line + SAID["slip for instance"].format(**where, said=made.sentence)

    def _headings(self) -> list[str]:
        return [SAID["question"], SAID["cells"], *(SAID[f"cells {status}"] for status in STATUSES)]

    def _rows(self) -> list[list[str]]:
        return [[f"{share.number}. {share.title}", *self._shares(share)] for share in self.questions]

    def _shares(self, share: Share) -> list[str]:
        if self.students < FEW:
            return [WITHHELD] * (1 + len(STATUSES))
        shown = [
            WITHHELD if status in share.withheld else f"{100 * count / share.cells:.0f} %"
            for status, count in zip(STATUSES, share.counts, strict=True)
        ]
        return [str(share.cells), *shown]


def _described(slip: str) -> str:
    """Returns what a slip confuses, or what a form's own slip is."""
    for words in (CONFUSED, FORMS):
        if slip in words and "{" not in words[slip]:
            return words[slip]
    return slip


def few(count: int, of: int = 0) -> str:
    """Returns a count as a report says it.

    >>> few(0), few(3), few(12), few(97, 100)
    ('0', '< 5', '12', '> 95')
    """
    if 0 < count < FEW:
        return f"< {FEW}"
    return f"> {of - FEW}" if 0 < of - count < FEW <= of - FEW else str(count)


@dataclass
class _Cells:
    """The cells of a question: how many are of each status, and in which students' sheets."""

    title: str
    counts: Counter[Status] = field(default_factory=Counter)
    students: dict[Status, set[int]] = field(default_factory=dict)

    def withheld(self) -> frozenset[Status]:
        """Returns the statuses of which the share would tell what a few students did, by itself or as what the others leave."""
        hidden = {status for status in self.students if self._tells({status})}
        rest = [status for status in STATUSES if status in self.students and status not in hidden]
        rest.sort(key=lambda status: self.counts[status])
        while hidden and rest and (len(hidden) == 1 or self._tells(hidden)):
            hidden.add(rest.pop(0))
        return frozenset(hidden)

    def _tells(self, some: set[Status]) -> bool:
        """Tells whether few students are behind the cells of these statuses, or behind all others."""
        behind = set().union(*(self.students[status] for status in some))
        others = set().union(*(self.students[status] for status in self.students.keys() - some))
        return 0 < len(behind) < FEW or 0 < len(others) < FEW


def class_report(sheets: Sequence[Marked], unread: int = 0) -> ClassReport:
    """Returns the report on sheets that were marked; `unread` is how many were not."""
    questions: dict[int, _Cells] = {}
    for i, sheet in enumerate(sheets):
        for number, (question, marks) in enumerate(sheet.questions, 1):
            cells = questions.setdefault(number, _Cells(question.title))
            cells.counts.update(mark.status for mark in marks)
            for mark in marks:
                cells.students.setdefault(mark.status, set()).add(i)
    return ClassReport(
        len(sheets),
        tuple(
            Share(number, cells.title, cells.counts.total(), tuple(cells.counts[x] for x in STATUSES), cells.withheld())
            for number, cells in sorted(questions.items())
        ),
        _slips_made(sheets),
        sum(any(mark.flags for mark in sheet.marks) for sheet in sheets),
        unread,
        (
            sum(sheet.points for sheet in sheets) / max(1, len(sheets)),
            max((sheet.paper.points for sheet in sheets), default=0.0),
        ),
    )


def _slips_made(sheets: Sequence[Marked]) -> tuple[Made, ...]:
    """Returns the slips, the most frequent first, each where most students made it."""
    made: Counter[str] = Counter()
    places: dict[str, Counter[tuple[str, int, str, str]]] = {}
    for sheet in sheets:
        met = [
            (mark.slips[0], (sheet.paper.version, number, mark.box.asked, mark.sentence))
            for number, (_, marks) in enumerate(sheet.questions, 1)
            for mark in marks
            if mark.slips
        ]
        made.update({name for name, _ in met})
        for name, place in met:
            places.setdefault(name, Counter())[place] += 1
    had = Counter(sheet.paper.version for sheet in sheets)
    found = []
    for name, count in sorted(made.items(), key=lambda item: (-item[1], item[0])):
        version, number, asked, sentence = max(places[name], key=lambda place: places[name][place])
        found.append(Made(name, count, sentence, version if had[version] >= FEW else "", number, asked))
    return tuple(found)
