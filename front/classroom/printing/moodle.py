"""Versions of a sheet as questions for Moodle: one category, each version a cloze question with its code, pictures as files.

It is written after the description of Moodle's formats, and the tests read it again by a parser; no Moodle has read it here.

>>> escaped("50% of {a~b}#c")
'50&#37; of &#123;a&#126;b&#125;&#35;c'
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from math import isclose

from chalkgrad.classroom.paper import Box, Choices, Formula, Fraction, Graph, Grid, Line, Paper, Paragraph, Question, boxes_of
from chalkgrad.classroom.printing.typeset import cut
from chalkgrad.classroom.printing.typeset import parts as words
from chalkgrad.engine.words.language import section, speaking
from chalkgrad.viz.letters.text import clean

SAID = section("marks")
THIRDS = 0.005  # how far the decimals may be of a number that has no end as one
_ROOM = frozenset("=+-·−×")  # signs that stand apart from what is beside them
MOST_SLIPS = 12  # of a blank, the most frequent
_STACK = "display:inline-flex;flex-direction:column;text-align:center;vertical-align:middle;direction:ltr"
_SPECIAL = {letter: f"&#{ord(letter)};" for letter in "{}~#%=\\/"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def quiz(papers: Sequence[Paper]) -> str:
    """Returns Moodle's XML of the versions of a sheet; the answers stand in the blanks alone. Raises ValueError without any."""
    if not papers:
        raise ValueError("a quiz needs a sheet")
    first = papers[0]
    path = "/".join(clean(name).replace("/", "//") for name in (first.course, first.title) if name)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<!-- {SAID['of Moodle']} -->",
            "<quiz>",
            '<question type="category">',
            f"<category><text>$course$/top/{escape(path)}</text></category>",
            "</question>",
            *map(_question, papers),
            "</quiz>",
            "",
        ]
    )


def parts(paper: Paper) -> tuple[Box, ...]:
    """Returns the boxes in the order of the blanks of a sheet's question: the pictures' boxes stand in their lists of edges."""
    return tuple(box for question in paper.questions for block in question.blocks for box in _in_order(block))


def _in_order(block: object) -> Iterator[Box]:
    if not isinstance(block, Graph):
        assert isinstance(block, (Paragraph, Grid, Choices))
        yield from boxes_of(block)
        return
    listed = [box for line in block.edges for box in boxes_of(Paragraph(line))]
    yield from {box.name: box for box in (*listed, *block.boxes)}.values()


def escaped(text: str) -> str:
    """Returns a text for HTML and inside of a blank, with the signs that mean something there as numbers."""
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def _question(paper: Paper) -> str:
    with speaking(paper.language):
        writer = _Writer(paper)
        text = writer.text()
        name = " ".join(clean(part) for part in (paper.title, paper.version, paper.code) if part)
        return "\n".join(
            [
                '<question type="cloze">',
                f"<name><text>{escape(name)}</text></name>",
                f'<questiontext format="html"><text><![CDATA[{text}]]></text>',
                *(
                    f'<file name="{name}" path="/" encoding="base64">{base64.b64encode(content.encode()).decode()}</file>'
                    for name, content in writer.files.items()
                ),
                "</questiontext>",
                '<generalfeedback format="html"><text></text></generalfeedback>',
                f"<penalty>0</penalty><hidden>0</hidden><idnumber>{escape(paper.code)}</idnumber>",
                "</question>",
            ]
        )


class _Writer:
    """One sheet in the making: what was written of it, and the pictures that go with it."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        self.files: dict[str, str] = {}
        self.written: set[str] = set()
        self.scale = next(
            (k for k in (1, 2, 3, 4, 6, 10, 12, 20, 100) if all(_whole(k * box.points) for box in paper.boxes)), 100
        )

    def text(self) -> str:
        """Returns the question: words, tables, pictures, blanks."""
        paper, direction = self.paper, section("language")["direction"]
        found = [
            f'<div dir="{direction}" lang="{escape(paper.language)}">',
            f"<p>{escaped(clean(paper.title))} · <b>{paper.version}</b> · {paper.code}</p>",
        ]
        number = 0
        for exercise in paper.exercises:
            found += self.paragraph(exercise.given)
            for question in exercise.questions:
                number += 1
                found.append(f"<h4>{number}. {escaped(clean(question.title))}</h4>")
                found += self.paragraph((question.hint,)) if question.hint else []
                found += self.paragraph(question.given)
                for block in question.blocks:
                    found.append(self.block(block, question))
        return "\n".join([*found, "</div>"])

    def paragraph(self, line: Line) -> list[str]:
        return [f"<p>{self.line(line, None)}</p>"] if line else []

    def block(self, block: object, question: Question) -> str:
        if isinstance(block, Paragraph):
            direction = ' dir="ltr"' if block.formula else ""
            return f"<p{direction}>{self.line(block.pieces, question, block.formula)}</p>"
        if isinstance(block, Grid):
            return self.grid(block, question)
        if isinstance(block, Choices):
            options = "".join(f"<li>{escaped(letter)}: {self.line(line, question)}</li>" for letter, line in block.options)
            blank = self.blank(block.box, question, [letter for letter, _ in block.options])
            return f'<ul style="list-style:none">{options}</ul><p>{blank}</p>'
        assert isinstance(block, Graph)
        return self.graph(block, question)

    def grid(self, block: Grid, question: Question) -> str:
        headings = "".join(f'<th scope="col">{escaped(heading)}</th>' for heading in block.headings)
        rows = ["".join(f"<td>{self.line(cell, question)}</td>" for cell in row) for row in block.rows]
        return f'<table border="1" cellpadding="6"><tr>{headings}</tr>{"".join(f"<tr>{row}</tr>" for row in rows)}</table>'

    def graph(self, block: Graph, question: Question) -> str:
        """Returns the picture with empty boxes, and the edges with the blanks."""
        name = f"{self.paper.code}-{len(self.files) + 1}.svg"
        self.files[name] = block.svg(False)
        lines = [self.line(line, question) for line in block.edges]
        lines += [f"{escaped(box.asked)} = {self.blank(box, question)}" for box in block.boxes if box.name not in self.written]
        listed = "".join(f"<li>{line}</li>" for line in lines)
        return f'<p><img src="@@PLUGINFILE@@/{name}" alt="{escaped(block.described)}"></p><ul>{listed}</ul>'

    def line(self, line: Line, question: Question | None, formula: bool = False) -> str:
        """Returns words in the sheet's language, and formulas with their blanks, each from left to right as a whole."""
        found = []
        for run in cut(line, formula):
            if isinstance(run, str):
                found += [f'<span dir="ltr">{escaped(part)}</span>' if apart else escaped(part) for part, apart in words(run)]
            else:
                pieces = "".join(self.piece(piece, question) for atom in run.atoms for piece in atom)
                found.append(f'<span dir="ltr">{pieces}</span>')
        return "".join(found)

    def piece(self, piece: object, question: Question | None) -> str:
        if isinstance(piece, Formula):
            room = "&nbsp;" if piece.plain in _ROOM else ""
            return f"{room}<i>{escaped(piece.plain)}</i>{room}"
        if isinstance(piece, Fraction):
            over = "".join(self.piece(part, question) for part in piece.over)
            under = "".join(self.piece(part, question) for part in piece.under)
            return f'<span style="{_STACK}"><span style="border-bottom:1px solid">{over}</span><span>{under}</span></span>'
        if isinstance(piece, Box):
            return self.blank(piece, question)
        return escaped(str(piece))

    # Blanks ----------------------------------------------------------------------------------------------------------

    def blank(self, box: Box, question: Question | None, letters: Sequence[str] = ()) -> str:
        """Returns a blank in the language of cloze; a box that was written before is named alone."""
        if box.name in self.written:
            return escaped(box.asked)
        self.written.add(box.name)
        weight = max(1, round(self.scale * box.points))
        if not isinstance(box.answer, str):
            return f"{{{weight}:NUMERICAL:{_numerical(box)}}}"
        options = letters or box.options or _alike(box, question)
        if len(options) > 1 and box.answer in options:
            return f"{{{weight}:MULTICHOICE:{_drop_down(box, options)}}}"
        texts = dict.fromkeys([box.answer, *box.accepted, "".join(box.answer.split())])
        return f"{{{weight}:SHORTANSWER_C:{'~'.join(f'={_short(text)}' for text in texts)}}}"


def _whole(x: float) -> bool:
    return isclose(x, round(x)) and round(x) > 0


def _decimal(x: float) -> str:
    return f"{x:.12g}" if abs(x) < 1e15 else repr(x)


def _numerical(box: Box) -> str:
    """Returns the right number with its tolerance, then what slips give, each with its sentence."""
    assert not isinstance(box.answer, str)
    spread = max(box.tolerance, 0.0 if isclose(round(box.answer, 4), box.answer, rel_tol=1e-12) else THIRDS)
    wrong = [slip for slip in box.slips if abs(slip.number - box.answer) > spread]
    each = [f"={_decimal(box.answer)}:{_decimal(spread)}"]
    each += [f"%0%{_decimal(slip.number)}:{_decimal(box.tolerance)}#{escaped(slip.said)}" for slip in wrong[:MOST_SLIPS]]
    return "~".join(each)


def _drop_down(box: Box, options: Sequence[str]) -> str:
    """Returns the options in their order, the right one with all points; a slip's sentence stands at its letter."""
    said = {slip.letter: slip.said for slip in box.slips if slip.letter}
    found = []
    for option in options:
        feedback = f"#{escaped(said[option])}" if said.get(option) else ""
        found.append(f"={_option(option)}" if option == box.answer else f"%0%{_option(option)}{feedback}")
    return "~".join(found)


def _option(text: str) -> str:
    return escaped(text)


def _short(text: str) -> str:
    """Returns a text to be typed: a star would stand for anything."""
    return escaped(text.replace("*", "\\*"))


def _alike(box: Box, question: Question | None) -> tuple[str, ...]:
    """Returns the texts of a question that are of one kind with this one, as the factors of a chain rule, for a drop-down."""
    if question is None or not box.group:
        return ()
    return tuple(
        sorted({other.answer for other in question.boxes if isinstance(other.answer, str) and other.group == box.group})
    )
