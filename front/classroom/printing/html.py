"""A sheet, or its key, as one HTML file: it prints to A4 from any browser, and is the form that a screen reader reads.

Sheet and key are the same elements: a box is empty on the sheet and holds its answer on the key, and so are the tag "Key" and
the space for working, which holds the slips with the numbers that they give. Nothing is fetched, and no script runs. A box can
be typed into, so that a sheet can be filled in without paper.

>>> from chalkgrad.classroom.paper import Box, Exercise, Formula, Paper, Paragraph, Question
>>> box = Box("1.c", "value", 7919.25, asked="c")
>>> question = Question("numbers", "Compute", "", (Paragraph((Formula("c = "), box)),), minutes=1)
>>> paper = Paper("By hand", "Week 3", "en", "A", "NSGEAY", (Exercise((Formula("c = a + b"),), (question,)),))
>>> "7919.25" in page(paper), "7919.25" in page(paper, filled=True)
(False, True)
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from chalkgrad.classroom.paper import (
    Block,
    Box,
    Choices,
    Exercise,
    Formula,
    Fraction,
    Graph,
    Grid,
    Line,
    Paper,
    Paragraph,
    Piece,
    Question,
)
from chalkgrad.classroom.printing.room import left, page_width, width
from chalkgrad.classroom.printing.typeset import (
    BAR,
    MARKS,
    SIGNS,
    WORDS,
    Remarks,
    Run,
    Same,
    above,
    answer,
    apart,
    below,
    cut,
    held,
    noted,
    parts,
    worth,
)
from chalkgrad.engine.words.language import section, speaking
from chalkgrad.viz.formats.policy import without_scripts
from chalkgrad.viz.letters.text import clean, escape, keep_order

LEAST = 30.0  # mm, of a space for working
_SHORT = 24  # characters; a longer formula may be broken at its blanks


def page(paper: Paper, filled: bool = False, large: bool = False) -> str:
    """Returns the sheet as a file of HTML; its key if it is `filled`. `large` has letters of 18 pt at least.

    Raises ValueError for a language that has no file.
    """
    with speaking(paper.language):
        return _Page(filled, large, paper.language).whole(paper)


def folded(paper: Paper, first: int = 1) -> str:
    """Returns the questions of a sheet, numbered from `first`, each with its key folded below, in the language spoken."""
    return _Folded(paper, first).main(paper, first)


class _Page:
    """The makers of the elements; all of them return HTML."""

    mark, heading = "q", "h2"  # with what the id of a question begins, and which element its title is

    def __init__(self, filled: bool, large: bool, language: str) -> None:
        self.filled = filled
        self.seen: set[tuple[str, ...]] = set()
        self.large = large
        self.language = language
        self.direction = section("language")["direction"]

    def whole(self, paper: Paper) -> str:
        """Returns the file."""
        kinds = " ".join(["large"] * self.large + ["full"] * (left(paper, self.large) < LEAST))
        head = " · ".join(part for part in (paper.title, paper.version, paper.code) if part)
        body = [
            f'<div class="dots" data-label="{_text(WORDS["working"])}" aria-hidden="true"></div>',
            self.header(paper),
            f"<main>\n{self.main(paper)}\n</main>",
            self.working(paper),
            self.footer(paper),
        ]
        return without_scripts(
            f'<!DOCTYPE html>\n<html lang="{_text(paper.language)}" dir="{self.direction}">\n<head>\n<meta charset="utf-8">\n'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{_text(head)}</title>\n'
            f"<style>\n{_style()}{self.running(paper)}</style>\n</head>\n"
            f'<body class="{kinds}">\n' + "\n".join(body) + "\n</body>\n</html>\n"
        )

    def main(self, paper: Paper, number: int = 1) -> str:
        """Returns the exercises; the first question has this number."""
        made = []
        for exercise in paper.exercises:
            made.append(self.exercise(exercise, number))
            number += len(exercise.questions)
        return "\n".join(made)

    def running(self, paper: Paper) -> str:
        """Returns the rules for what stands below each page: the course, the page, the code."""
        start, end = ("right", "left") if self.direction == "rtl" else ("left", "right")
        last = " ".join(part for part in (paper.version, paper.code) if part)
        size = "18pt" if self.large else "10.5pt"
        return (
            f"@page{{@bottom-{start}{{content:{_css(paper.course)};font-size:{size};direction:{self.direction}}}"
            f"@bottom-center{{font-size:{size}}}@bottom-{end}{{content:{_css(last)};font-size:{size}}}}}\n"
        )

    def header(self, paper: Paper) -> str:
        """Returns the title, and the places for the student's name."""
        code = f'<b class="code">{_text(paper.code)}</b>' if paper.code else ""
        whose = f'<bdi dir="ltr">{code}</bdi>'
        course = " · ".join(map(self.words, above(paper)))
        tag = f'<span class="tag">{_text(WORDS["key"]) if self.filled else ""}</span>'
        return (
            f'<header>\n<div class="heading"><p class="course">{course}</p>\n<h1>{self.words(paper.title)} {tag}</h1></div>\n'
            f"<dl><dt>{_text(WORDS['name'])}</dt><dd></dd><dt>{_text(WORDS['student'])}</dt><dd>{whose}</dd></dl>\n</header>"
        )

    def footer(self, paper: Paper) -> str:
        """Returns what stands below the last page where a browser prints no margins."""
        last = " ".join(part for part in (paper.version, paper.code) if part)
        return f'<footer><span>{self.words(paper.course)}</span><bdi dir="ltr">{_text(last)}</bdi></footer>'

    def exercise(self, exercise: Exercise, number: int) -> str:
        """Returns what is given, and the questions."""
        given = f'<p class="given">{self.line(exercise.given)}</p>\n' if exercise.given else ""
        questions = "\n".join(self.asked(question, i) for i, question in enumerate(exercise.questions, number))
        return f'<section class="exercise">\n{given}{questions}\n</section>'

    def asked(self, question: Question, number: int) -> str:
        """Returns a question with its number, which may have been made before."""
        return _question(Same(question), number, held(question, self.seen), self.filled, self.large, self.language)

    def question(self, question: Question, number: int, said: str) -> str:
        """Returns the question with its number and what it is worth; `said` explains its signs."""
        hint = f'<p class="hint">{self.words(question.hint)}</p>' if question.hint else ""
        given = f'<p class="given">{self.line(question.given)}</p>\n' if question.given else ""
        if said:
            given += f'<p class="held">{self.words(said)}</p>\n'
        blocks = "\n".join(self.block(block, number) for block in question.blocks)
        return (
            f'<section class="question" aria-labelledby="{self.mark}{number}">\n<div class="asked">'
            f'<{self.heading} id="{self.mark}{number}"><span class="ordinal">{number}</span> '
            f"{self.words(question.title)}</{self.heading}>{hint}"
            f'<p class="worth">{self.words(worth(question))}</p></div>\n{given}{blocks}\n'
            f"{self.below(question, number)}</section>"
        )

    def below(self, question: Question, number: int) -> str:
        """Returns what stands below a question."""
        return ""

    def block(self, block: Block, number: int) -> str:
        """Returns a paragraph, a table, options, or a picture."""
        if isinstance(block, Paragraph):
            return self.paragraph(block)
        if isinstance(block, Grid):
            return self.grid(block, number)
        if isinstance(block, Choices):
            options = "\n".join(
                f'<li><b class="letter">{_text(letter)}</b> <span>{self.line(line)}</span></li>'
                for letter, line in block.options
            )
            return f'<ul class="choices">\n{options}\n</ul>\n<p>{self.line((WORDS["choice"] + " ", block.box))}</p>'
        return self.graph(block)

    def paragraph(self, paragraph: Paragraph) -> str:
        """Returns a line; parts of it with gaps between them stand one below the other where it is broken."""
        some = [] if paragraph.formula else apart(paragraph.pieces)
        if len(some) < 2:
            return f"<p>{self.line(paragraph.pieces, paragraph.formula)}</p>"
        made = " ".join(f"<span>{self.line(part)}</span>" for part in some)
        widths = [width(part) + 1.4 for part in some]
        if sum(widths) - 1.4 <= page_width(self.large):
            return f'<p class="row">{made}</p>'
        return f'<p class="parts" style="--part:{max(widths) - 1:.1f}">{made}</p>'

    def grid(self, grid: Grid, number: int) -> str:
        """Returns a table; the second columns of small ones stand one below the other."""
        two = len(grid.headings) == 2 and all(width(row[0]) < 12 for row in grid.rows)
        heads = "".join(f'<th scope="col">{self.words(head)}</th>' if head else "<td></td>" for head in grid.headings)
        head = f"<thead><tr>{heads}</tr></thead>\n" if any(grid.headings) else ""
        rows = "\n".join(f"<tr>{self.row(row)}</tr>" for row in grid.rows)
        kind = ' class="two"' if two else ""
        table = f'<table{kind} aria-labelledby="{self.mark}{number}">'
        return f'<div class="wide">{table}\n{head}<tbody>\n{rows}\n</tbody></table></div>'

    def row(self, row: tuple[Line, ...]) -> str:
        """Returns a row; the first formula in it names it, after a number, say."""
        name = next((i for i, line in enumerate(row) if any(isinstance(piece, Formula) for piece in line)), 0)
        return "".join(
            f'<th scope="row">{self.cell(line)}</th>' if i == name else f"<td>{self.cell(line)}</td>"
            for i, line in enumerate(row)
        )

    def cell(self, line: Line) -> str:
        """Returns a cell; several formulas in it stand below those of other rows."""
        whole = self.line(line)
        return f'<span class="pairs">{whole}</span>' if '<span class="gap">' in whole else whole

    def graph(self, graph: Graph) -> str:
        """Returns the picture, and the same as a list: always to be seen where letters are large, else only on the screen."""
        edges = "\n".join(f"<li>{self.line(edge)}</li>" for edge in graph.edges)
        listed = f"<p>{self.words(graph.described)}</p>\n<ul>\n{edges}\n</ul>"
        title = _text(WORDS["edges"])
        if self.large:
            listed = f'<div class="edges"><h3>{title}</h3>\n{listed}</div>'
        else:
            listed = f'<details class="edges"><summary>{title}</summary>\n{listed}</details>'
        return f'<figure>\n<div class="picture" dir="ltr">{graph.svg(self.filled).strip()}</div>\n{listed}\n</figure>'

    def working(self, paper: Paper) -> str:
        """Returns the space for working; on the key, what slips give and how to mark."""
        inside = ""
        if self.filled:
            inside = f"<h2>{_text(WORDS['marking'])}</h2>\n" + "\n".join(map(self.noted, noted(paper)))
        label = _text(WORDS["working"])
        return f'<section class="working" aria-label="{label}" data-label="{label}">{inside}</section>'

    def noted(self, remarks: Remarks) -> str:
        """Returns what the key says of a question beside its answers, under the question's title."""
        title = f'<span class="ordinal">{remarks.number}</span> {self.words(remarks.question.title)}'
        return f"<h3>{title}</h3>\n{self.remarked(remarks)}"

    def remarked(self, remarks: Remarks) -> str:
        """Returns the same without the title."""
        notes = "".join(f'<p class="note">{self.line(note)}</p>\n' for note in remarks.notes)
        found = "\n".join(
            f'<div class="slips"><p>{self.words(when)}</p>\n<dl>'
            + "".join(f'<dt><bdi dir="ltr">{wrong}</bdi></dt><dd>{self.words(said)}</dd>' for wrong, said in known)
            + "</dl></div>"
            for when, known in remarks.slips
        )
        return f"{notes}{found}"

    # Lines -----------------------------------------------------------------------------------------------------------

    def line(self, line: Line, formula: bool = False) -> str:
        """Returns words, formulas and boxes; a box stays with the few words before it."""
        made: list[str] = []
        before = ""
        for run in cut(line, formula):
            if isinstance(run, str):
                made.append(self.words(run))
            elif isinstance(run.atoms[0][0], Box) and len(run.atoms) == 1 and 0 < len(before.strip()) <= _SHORT:
                made[-1] = f'<span class="atom">{made[-1]}{self.run(run)}</span>'
            else:
                made.append(self.run(run))
            before = run if isinstance(run, str) else ""
        return "".join(made)

    def words(self, words: str) -> str:
        """Returns words, in which formulas run from left to right."""
        if len(words) > 1 and words.isspace():
            return '<span class="gap"> </span>'
        return "".join(
            f'<bdi dir="ltr"{" class=short" if len(part) <= _SHORT else ""}>{_formula(part)}</bdi>' if formula else _text(part)
            for part, formula in parts(words)
        )

    def run(self, run: Run) -> str:
        """Returns a formula: each atom stays on one line."""
        atoms = ("".join(map(self.piece, atom)) for atom in run.atoms)
        atoms = (
            f'<span class="atom">{made}</span>' if len(atom) > 1 else made for made, atom in zip(atoms, run.atoms, strict=True)
        )
        return f'<bdi class="formula" dir="ltr">{"<wbr>".join(atoms)}</bdi>'

    def piece(self, piece: Piece) -> str:
        """Returns a part of a formula."""
        if isinstance(piece, Box):
            return self.box(piece)
        if isinstance(piece, Fraction):
            over, under = ("".join(map(self.piece, line)) for line in (piece.over, piece.under))
            return f'<span class="fraction"><span>{over}</span><span class="unseen">/</span><span>{under}</span></span>'
        if isinstance(piece, Formula):
            kind = "sign" if piece.plain in SIGNS else "short" if len(piece.plain) <= _SHORT else "long"
            return f'<span class="{kind}">{_formula(piece.plain)}</span>'
        return f'<span class="{"sign" if piece.strip() in SIGNS else "short"}">{_formula(piece)}</span>'

    def box(self, box: Box) -> str:
        """Returns a place to fill in."""
        label = _text(WORDS["blank"].format(asked=box.asked).translate(MARKS))
        inside = _formula(answer(box)) if self.filled else ""
        return (
            f'<span class="box {box.kind}" style="--w:{box.width}" role="textbox" aria-label="{label}" contenteditable="true" '
            f'spellcheck="false">{inside}</span>'
        )


class _Folded(_Page):
    """The same for a notebook: ids and headings keep apart from the notebook's own, and below each question is its key."""

    heading = "p"

    def __init__(self, paper: Paper, first: int) -> None:
        super().__init__(False, False, paper.language)
        self.mark = f"{paper.code}-"
        self.remarks = {remarks.number + first - 1: remarks for remarks in noted(paper)}
        self.key = _Page(True, False, paper.language)
        self.key.mark = self.mark

    def asked(self, question: Question, number: int) -> str:
        """Returns a question with its number."""
        return self.question(question, number, held(question, self.seen))

    def below(self, question: Question, number: int) -> str:
        """Returns the key, folded."""
        blocks = "\n".join(self.key.block(block, number) for block in question.blocks)
        remarks = self.remarked(self.remarks[number]) if number in self.remarks else ""
        key = f"<summary>{_text(WORDS['key'])}</summary>\n{blocks}\n{remarks}"
        return f'<details class="key">{key}</details>\n'


@lru_cache(512)
def _question(question: Same[Question], number: int, said: str, filled: bool, large: bool, language: str) -> str:
    """Returns a question, in the language that is spoken; it is on many sheets where each student has one."""
    return _Page(filled, large, language).question(question.of, number, said)


def _text(words: str) -> str:
    return escape(clean(words))


def _formula(text: str) -> str:
    return BAR.sub(_held, escape(keep_order(clean(text))))


def _held(found: re.Match[str]) -> str:
    whole, name = found[0], found[1]
    return f"{whole.removesuffix(name)}<sub>{below(name)}</sub>"


def _css(words: str) -> str:
    """Returns words as a string of CSS, which neither ends the string nor the style sheet."""
    return '"' + "".join(c if c.isalnum() or c in " .-·" else f"\\{ord(c):x} " for c in clean(words)) + '"'


@cache
def _style() -> str:
    return (Path(__file__).parent / "sheet.css").read_text("utf-8")
