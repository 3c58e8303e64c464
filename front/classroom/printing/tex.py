r"""Sheets, or their keys, as one document of LaTeX: A4, each sheet from a page of its own.

English compiles with pdflatex, lualatex and xelatex; Hebrew needs lualatex, and a font that has its letters. The file is plain
ASCII. Sheet and key have one layout: a box is as wide as its widest answer, whether it is filled or not.

>>> from chalkgrad.classroom.paper import Box, Exercise, Formula, Paper, Paragraph, Question
>>> box = Box("1.c", "value", 7919.25, asked="c")
>>> question = Question("numbers", "Compute", "", (Paragraph((Formula("c = "), box)),), minutes=1)
>>> paper = Paper("By hand", "Week 3", "en", "A", "NSGEAY", (Exercise((Formula("c = a + b"),), (question,)),))
>>> "7919.25" in document([paper]), "7919.25" in document([paper], filled=True)
(False, True)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from chalkgrad.classroom.paper import (
    Block,
    Box,
    Choices,
    Exercise,
    Formula,
    Fraction,
    Grid,
    Line,
    Paper,
    Paragraph,
    Piece,
    Question,
)
from chalkgrad.classroom.printing.room import width
from chalkgrad.classroom.printing.typeset import (
    SIGNS,
    WORDS,
    Remarks,
    Run,
    above,
    answer,
    apart,
    cut,
    held,
    noted,
    parts,
    worth,
)
from chalkgrad.engine.words.language import section, speaking
from chalkgrad.engine.words.tex import document as in_ascii
from chalkgrad.viz.formats.tikz import LETTERS, words
from chalkgrad.viz.letters.text import right_to_left

_QUOTIENT = re.compile(r"\\frac\{(\\partial (?:[^{}]|\{[^{}]*\})*)\}\{(\\partial (?:[^{}]|\{[^{}]*\})*)\}")
_PART = "\\cgpart"
_TURNED = str.maketrans("()[]", ")(][")
_ROWS = 18  # of a table may not be parted by a page's end
_LONG = 24  # characters; a longer formula may be broken at its signs


def document(papers: Iterable[Paper], filled: bool = False, large: bool = False) -> str:
    """Returns the sheets as one document; their keys if they are `filled`. `large` has letters of 18 pt.

    Raises ValueError for a language that has no file.
    """
    sheets = []
    for number, paper in enumerate(papers, 1):
        with speaking(paper.language):
            sheets.append(_Sheet(filled, large, f"cgsheet{number}").whole(paper))
    body = "\n".join(sheets)
    letters = LETTERS if "\\cgletter" in body else "\\newcommand\\cgleft[1]{#1}\\let\\cgright\\cgleft\n"
    letters += "\\let\\cgamong\\cgleft\\let\\cgplain\\cgright\n"
    hebrew = "\\cgdirectionR" in body
    return f"{_preamble(hebrew, large)}{letters}\\begin{{document}}\\cgbase\\pagestyle{{cgsheet}}\n{body}\n\\end{{document}}\n"


def _preamble(hebrew: bool, large: bool) -> str:
    """Returns everything before the first sheet; the font has to have the first letter of its language."""
    needed = f'\\newcommand\\cgneeded{{"{"05D0" if hebrew else "0041"} }}\n'
    base, small, heading, title = (18, 18, 20, 26) if large else (12, 10.5, 13.5, 21)
    sizes = "".join(
        f"\\newcommand\\cg{name}{{\\fontsize{{{size}}}{{{1.25 * size:g}}}\\selectfont}}\n"
        for name, size in (("base", base), ("small", small), ("heading", heading), ("title", title))
    )
    return f"{needed}{_macros()}{sizes}\\newcommand\\cgscaled{{{1 if large else 0.75}}}\n"


class _Sheet:
    """The makers of a sheet's parts; all of them return LaTeX."""

    def __init__(self, filled: bool, large: bool, label: str) -> None:
        self.filled = filled
        self.seen: set[tuple[str, ...]] = set()
        self.large = large
        self.label = label
        self.wide = 28 if large else 43  # em, of a line
        self.rtl = section("language")["direction"] == "rtl"

    def whole(self, paper: Paper) -> str:
        """Returns a sheet, from a page of its own."""
        last = words(" ".join(part for part in (paper.version, paper.code) if part))
        course = f"\\hbox{{\\cgtext {self.words(paper.course)}}}"
        start, end = (last, course) if self.rtl else (course, last)
        body = [
            f"\\clearpage\\setcounter{{page}}{{1}}\\cgsheet{{{start}}}{{{end}}}{{{self.label}}}%",
            f"\\cgdirection{'R' if self.rtl else 'L'}",
            self.header(paper),
        ]
        number = 1
        for exercise in paper.exercises:
            body += ["\\cgrule"] if number > 1 else []
            body.append(self.exercise(exercise, number))
            number += len(exercise.questions)
        body += [self.working(paper), f"\\label{{{self.label}}}\\clearpage"]
        return "\n".join(body)

    def header(self, paper: Paper) -> str:
        """Returns the title, and the places for the student's name."""
        code = f"\\texttt{{\\bfseries {words(paper.code)}}}"
        tag = f"\\cgtag{{{self.words(WORDS['key']) if self.filled else ''}}}"
        course = " \\ensuremath{\\cdot} ".join(map(self.words, above(paper)))
        return (
            f"\\cgheader{{{course}}}{{{self.words(paper.title)}{tag}}}"
            f"{{{self.words(WORDS['name'])}}}{{{self.words(WORDS['student'])}}}{{\\cgright{{{code}}}}}"
        )

    def exercise(self, exercise: Exercise, number: int) -> str:
        """Returns what is given, and the questions."""
        given = f"\\cggiven{{{self.line(exercise.given)}}}\n" if exercise.given else ""
        return given + "\n".join(self.question(question, i) for i, question in enumerate(exercise.questions, number))

    def question(self, question: Question, number: int) -> str:
        """Returns the question with its number and what it is worth, on one page."""
        given = [f"\\cggiven{{{self.line(question.given)}}}"] if question.given else []
        if said := held(question, self.seen):
            given.append(f"\\cgnote{{{self.words(said)}}}")
        blocks = [made for block in question.blocks for made in self.block(block)]
        said = "".join(f"{{{self.words(text)}}}" for text in (question.title, question.hint, worth(question)))
        heading = f"\\cgasked{{{number}}}{said}"
        first, *others = [*given, *blocks]
        if all(not isinstance(block, Grid) or len(block.rows) <= _ROWS for block in question.blocks) and not self.large:
            return "\\begin{cgtogether}\n" + "\n".join((heading, first, *others)) + "\n\\end{cgtogether}"
        together = [f"\\begin{{cgtogether}}\n{heading}\n{first}\n\\end{{cgtogether}}"]
        return "\n".join(together + [f"\\begin{{cgtogether}}\n{other}\n\\end{{cgtogether}}" for other in others])

    def block(self, block: Block) -> list[str]:
        """Returns a paragraph, a table, options, or a picture, in parts that a page's end may stand between."""
        if isinstance(block, Paragraph):
            return [f"\\cgline{{{self.paragraph(block)}}}"]
        if isinstance(block, Grid):
            return self.grid(block)
        if isinstance(block, Choices):
            options = [f"{{{words(letter)}}}{{{self.line(line)}}}" for letter, line in block.options]
            made = "".join(f"\\cgoption{option}\n" for option in options)
            if max(width(line) for _, line in block.options) < self.wide / 2 - 3:
                halves = [f"\\cghalf{option}" for option in options]
                made = "".join(f"\\cghalves{{{''.join(halves[i : i + 2])}}}\n" for i in range(0, len(halves), 2))
            return [made + f"\\cgline{{{self.line((WORDS['choice'] + ' ', block.box))}}}"]
        picture = f"\\cgpicture{{%\n{block.tikz(self.filled).strip()}}}"
        if not self.large:
            return [picture]
        edges = "".join(f"\\cgitem{{{self.line(edge)}}}\n" for edge in block.edges)
        return [
            picture,
            f"\\cgline{{\\textbf{{{self.words(WORDS['edges'])}}}}}\n\\cgline{{{self.words(block.described)}}}\n{edges}",
        ]

    def paragraph(self, paragraph: Paragraph) -> str:
        """Returns a line; parts of it with gaps between them stand one below the other where it is broken."""
        some = [] if paragraph.formula else apart(paragraph.pieces)
        if len(some) < 2:
            return self.line(paragraph.pieces, paragraph.formula)
        return f"\\cgparts{{{''.join(f'{_PART}{{{self.line(part)}}}' for part in some)}}}"

    def grid(self, grid: Grid) -> list[str]:
        """Returns a table, in parts that fit a page; its columns are as wide as what is in them asks for."""
        turn = -1 if self.rtl else 1  # TeX sets columns from left to right
        columns = list(zip(*grid.rows, strict=True))
        wide = [max(map(width, (*column, (head,)))) + 1.2 for column, head in zip(columns, grid.headings, strict=True)]
        if sum(wide) > self.wide:
            wide = [max(map(_broken, (*column, (head,)))) + 1.2 for column, head in zip(columns, grid.headings, strict=True)]
        shares = [width / sum(wide) for width in wide]
        spec = "".join(f">{{\\cgcell}}p{{{share:.4f}\\cgtable}}" for share in shares[::turn])
        heads = (
            " & ".join(f"\\cgsmall\\color{{cggrey}}{self.words(head)}" for head in grid.headings[::turn]) + " \\\\ \\hline\n"
        )
        bold = [next((i for i, line in enumerate(row) if any(isinstance(p, Formula) for p in line)), 0) for row in grid.rows]
        rows = [
            " & ".join(
                ("\\bfseries\\boldmath " if i == name else "") + self.line(line) for i, line in list(enumerate(row))[::turn]
            )
            + " \\\\ \\hline\n"
            for row, name in zip(grid.rows, bold, strict=True)
        ]
        made = []
        for start in range(0, len(rows), _ROWS):
            head = heads if start == 0 and any(grid.headings) else ""
            body = head + "".join(rows[start : start + _ROWS])
            made.append(f"\\begin{{cgtabular}}{{{2 * len(columns)}}}{{{spec}}}\n{body}\\end{{cgtabular}}")
        return made

    def working(self, paper: Paper) -> str:
        """Returns the space for working; on the key, what slips give and how to mark."""
        inside = ""
        if self.filled:
            said = "\n".join(map(self.noted, noted(paper)))
            inside = f"\\cgmarking{{{1 if self.large else 2}}}{{{self.words(WORDS['marking'])}}}{{{said}}}"
        return f"\\cgworking{{{self.words(WORDS['working'])}}}{{{inside}}}"

    def noted(self, remarks: Remarks) -> str:
        """Returns what the key says of a question beside its answers."""
        said = [f"\\cgnoted{{{remarks.number}}}{{{self.words(remarks.question.title)}}}"]
        said += [f"\\cgnote{{{self.line(note)}}}" for note in remarks.notes]
        for when, known in remarks.slips:
            numbers = "".join(f"\\cgwide{{{words(wrong)}}}" for wrong, _ in known)
            said.append(f"\\cgwhen{{{self.words(when)}}}{{{numbers}}}")
            said += [f"\\cgslip{{{words(wrong)}}}{{{self.words(why)}}}" for wrong, why in known]
        return "\n".join(said)

    # Lines -----------------------------------------------------------------------------------------------------------

    def line(self, line: Line, formula: bool = False) -> str:
        """Returns words, formulas and boxes."""
        return "".join(self.words(run) if isinstance(run, str) else self.run(run) for run in cut(line, formula))

    def words(self, text: str) -> str:
        """Returns words, in which formulas run from left to right."""
        if len(text) > 1 and text.isspace():
            return "\\hskip 1.5em plus 1em\\relax "
        return "".join(
            f"\\cgright{{{words(part)}}}" if formula or self.turned(part) else self.plain(part) for part, formula in parts(text)
        )

    def plain(self, part: str) -> str:
        """Returns words; LaTeX does not turn the brackets of those from right to left."""
        return words(part.translate(_TURNED) if self.rtl else part).replace("\\ ", " ")

    def turned(self, part: str) -> bool:
        """Tells whether words run from left to right on a sheet that does not."""
        return self.rtl and any(map(str.isalnum, part)) and not any(map(right_to_left, part))

    def run(self, run: Run) -> str:
        """Returns a formula; a line may be broken before each box with the signs before it."""
        atoms = ["".join(map(self.piece, atom)) for atom in run.atoms]
        whole = (f"\\mbox{{{made}}}" if _boxed(atom) else made for made, atom in zip(atoms, run.atoms, strict=True))
        return "\\cgright{" + "\\allowbreak ".join(whole) + "}"

    def piece(self, piece: Piece) -> str:
        """Returns a part of a formula."""
        if isinstance(piece, Box):
            return self.box(piece)
        if isinstance(piece, Fraction):
            over, under = ("".join(map(self.piece, line)) for line in (piece.over, piece.under))
            return f"$\\displaystyle\\frac{{\\mbox{{{over}}}}}{{\\mbox{{{under}}}}}$"
        text = piece.plain if isinstance(piece, Formula) else piece
        if text.strip() in SIGNS:
            return f"${{}}{words(text.strip())}{{}}$"
        if isinstance(piece, Formula) and piece.latex:
            formula = in_ascii(piece.latex).partition("\n")[2].strip()
            made = f"$\\displaystyle {_QUOTIENT.sub(_slashed, formula)}{{}}$"
            return made if len(piece.plain) > _LONG else f"\\mbox{{{made}}}"
        return words(text)

    def box(self, box: Box) -> str:
        """Returns a place to fill in."""
        least = 1.7 if box.kind in ("text", "choice") else 2.9
        width = max(least, 0.57 * box.width + 0.75)
        kind = "pill" if box.kind == "gradient" else "frame"
        return f"\\cgbox{{{kind}}}{{{width:.3g}em}}{{{words(answer(box)) if self.filled else ''}}}"


def _slashed(quotient: re.Match[str]) -> str:
    """Returns a derivative on one line, as HTML has it: lines of text and rows of tables have no room for a fraction."""
    return f"{quotient[1]}/{quotient[2]}"


def _boxed(atom: Line) -> bool:
    return not isinstance(atom[-1], str | Formula)


def _broken(line: Line) -> float:
    """Returns about how wide a line is that is broken at each gap."""
    widest = start = 0.0
    for i, piece in enumerate(line, 1):
        if isinstance(piece, str) and len(piece) > 1 and piece.isspace():
            start = width(line[:i])
        widest = max(widest, width(line[:i]) - start)
    return widest


@cache
def _macros() -> str:
    return (Path(__file__).parent / "sheet.tex").read_text("utf-8")
