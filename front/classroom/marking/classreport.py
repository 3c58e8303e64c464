"""What a class can and cannot do yet: the slips by how many made them, and the questions by what became of their cells.

It names no one. A count from 1 to 4 is said to be "< 5", and so is one that is as near to all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from chalkgrad.classroom.marking.marks import Mark, Marked, Status
from chalkgrad.engine.words.language import section

SAID, CONFUSED = section("marks"), section("what slips confuse")
FEW = 5
STATUSES: tuple[Status, ...] = ("right", "follows", "wrong", "cannot follow", "not a number", "blank")


@dataclass(frozen=True)
class Made:
    """A slip that was made: its name, by how many students, and the sentence and the place in which most did."""

    name: str
    students: int
    sentence: str
    question: int
    asked: str


@dataclass(frozen=True)
class Share:
    """What became of the cells of a question, over all sheets: how many there are, and how many are of each status."""

    number: int
    title: str
    cells: int
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ClassReport:
    """The report on a class.

    Attributes:
        students: how many sheets were marked
        questions: a share for each question
        slips: the most frequent first
        flagged: how many cells a person may want to look at
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
        lines += [f"- {self._slip(made)}" for made in self.slips] or [SAID["no slips"]]
        lines += ["", f"## {SAID['questions']}", "", f"| {' | '.join(self._headings())} |", f"|{'---|' * len(self._headings())}"]
        lines += [f"| {' | '.join(row)} |" for row in self._rows()]
        return "\n".join([*lines, "", SAID["names no one"], ""])

    def html(self) -> str:
        """Returns the report as a page of its own."""
        direction, code = section("language")["direction"], section("language")["code"]
        slips = "".join(f"<li>{escape(self._slip(made))}</li>" for made in self.slips)
        head = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in self._headings())
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in self._rows())
        return (
            f'<!DOCTYPE html>\n<html lang="{code}" dir="{direction}"><head><meta charset="utf-8"><title>{SAID["report"]}</title>'
            "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:52em;margin:2em auto;padding:0 1em}"
            "table{border-collapse:collapse}th,td{border:1px solid #767676;padding:.3em .6em;text-align:start}</style></head>\n"
            f"<body><h1>{SAID['report']}</h1><p>{escape(self._summary())}</p><h2>{SAID['slips made']}</h2>"
            f"{f'<ol>{slips}</ol>' if slips else f'<p>{SAID["no slips"]}</p>'}<h2>{SAID['questions']}</h2>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table><p>{SAID['names no one']}</p></body></html>\n"
        )

    def _summary(self) -> str:
        words = {"students": few(self.students), "flagged": few(self.flagged), "unread": few(self.unread)}
        said = [SAID["sheets marked"].format_map(words)]
        if self.students >= FEW:
            said.append(SAID["mean"].format(points=f"{self.points[0]:.1f}", of=f"{self.points[1]:g}"))
        said += [SAID["to look at"].format_map(words)] if self.flagged else []
        said += [SAID["not marked"].format_map(words)] if self.unread else []
        return " ".join(said)

    def _slip(self, made: Made) -> str:
        confused = CONFUSED[made.name] if made.name in CONFUSED else made.name
        words = {"count": few(made.students, self.students), "confused": confused, "said": made.sentence}
        return SAID["slip made"].format(**words, question=made.question, asked=made.asked)

    def _headings(self) -> list[str]:
        return [SAID["question"], *(SAID[f"cells {status}"] for status in STATUSES)]

    def _rows(self) -> list[list[str]]:
        return [[f"{share.number}. {share.title}", *(self._share(n, share.cells) for n in share.counts)] for share in self.questions]

    def _share(self, count: int, cells: int) -> str:
        if self.students < FEW:
            return few(self.students)
        shown = few(count, cells)
        return f"{100 * count / cells:.0f} %" if shown == str(count) else shown


def few(count: int, of: int = 0) -> str:
    """Returns a count as a report says it.

    >>> few(0), few(3), few(12), few(97, 100)
    ('0', '< 5', '12', '> 95')
    """
    if 0 < count < FEW:
        return f"< {FEW}"
    return f"> {of - FEW}" if 0 < of - count < FEW <= of - FEW else str(count)


def class_report(sheets: Sequence[Marked], unread: int = 0) -> ClassReport:
    """Returns the report on sheets that were marked; `unread` is how many were not."""
    made: Counter[str] = Counter()
    places: dict[str, Counter[tuple[str, int, str]]] = {}
    shares: dict[int, tuple[str, Counter[Status]]] = {}
    for sheet in sheets:
        seen = set()
        for number, (question, marks) in enumerate(sheet.questions, 1):
            _, counts = shares.setdefault(number, (question.title, Counter()))
            counts.update(mark.status for mark in marks)
            for mark in marks:
                for name in mark.slips[:1]:
                    seen.add(name)
                    places.setdefault(name, Counter())[_place(mark, number)] += 1
        made.update(seen)
    slips = []
    for name, count in sorted(made.items(), key=lambda item: (-item[1], item[0])):
        sentence, number, asked = max(places[name], key=lambda place: places[name][place])
        slips.append(Made(name, count, sentence, number, asked))
    return ClassReport(
        len(sheets),
        tuple(
            Share(number, title, counts.total(), tuple(counts[status] for status in STATUSES))
            for number, (title, counts) in sorted(shares.items())
        ),
        tuple(slips),
        sum(bool(mark.flags) for sheet in sheets for mark in sheet.marks),
        unread,
        (
            sum(sheet.points for sheet in sheets) / max(1, len(sheets)),
            max((sheet.paper.points for sheet in sheets), default=0.0),
        ),
    )


def _place(mark: Mark, number: int) -> tuple[str, int, str]:
    return mark.sentence, number, mark.box.asked
