"""Lines as every medium sets them: cut into words and formulas, with the parts that stay together; and what the key says.

>>> line = ("the new e: ", Box("1.e", "number", 2.5, asked="e"), "   ", Formula("a = "), Box("1.a", "number", 3.0, asked="a"))
>>> [run if isinstance(run, str) else len(run.atoms) for run in cut(line)]
['the new e: ', 1, '   ', 1]
>>> answer(line[1])
'2.5'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log10
from typing import Generic, NamedTuple, TypeVar

from chalkgrad.classroom.numbers import exact
from chalkgrad.classroom.paper import Block, Box, Choices, Formula, Grid, Line, Paper, Paragraph, Piece, Question, Slip
from chalkgrad.engine.words.decimals import constant
from chalkgrad.engine.words.decimals import decimal as number
from chalkgrad.engine.words.language import section
from chalkgrad.viz.letters.text import right_to_left, sentence_parts

T = TypeVar("T")
WORDS = section("sheets")
SIGNS = frozenset("=+-·−×/")  # that stand between the parts of a formula
_ISOLATED = re.compile("\u2066([^\u2066-\u2069]*)\u2069")
MOST, LEAST = 5, 3  # slips that the key names for a box, for one of several; all are in the key's JSON
LINES = 16  # for a question
PLAIN = ("value", "local", "contribution")  # boxes whose slips are seen at a glance
BAR = re.compile(r"∂[^\s/|]+/∂[^\s/|]+\|([^\s|/=·,;:.()+\u2066-\u2069-]+)")  # and what is held
MARKS = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069\u200e\u200f"))


class Same(Generic[T]):
    """Something by its identity, for caches of what is made of it: sheets share their questions.

    >>> Same([1]) == Same([1]), len({Same(WORDS), Same(WORDS)})
    (False, 1)
    """

    __slots__ = ("of",)

    def __init__(self, of: T) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.of is self.of

    def __hash__(self) -> int:
        return id(self.of)


@dataclass(frozen=True)
class Run:
    """A formula within a line: it runs from left to right, and is broken between its atoms alone."""

    atoms: tuple[Line, ...]


def cut(line: Line, formula: bool = False) -> Iterator[str | Run]:
    """Yields words, gaps (blanks in a row), and formulas; with `formula` the line is one formula, but for its words.

    >>> [len(run.atoms) for run in cut((Formula("a = 1"), ",  ", Formula("b = 2"))) if isinstance(run, Run)]
    [2]
    """
    gathered: list[Piece] = []
    for piece in line:
        if isinstance(piece, str) and not formula and _is_words(piece):
            yield from _run(gathered)
            gathered = []
            yield piece
        elif (plain := _unmarked(piece)) != "":
            gathered.append(plain)
    yield from _run(gathered)


def apart(line: Line) -> list[Line]:
    """Returns the parts of a line that have gaps between them.

    >>> apart((Formula("a = 1"), "   ", "the new e: ", Formula("e")))
    [(Formula(plain='a = 1', latex=''),), ('the new e: ', Formula(plain='e', latex=''))]
    """
    found: list[list[Piece]] = [[]]
    for piece in line:
        if is_gap(piece):
            found.append([])
        else:
            found[-1].append(piece)
    return [tuple(part) for part in found if part]


def is_gap(piece: Piece) -> bool:
    """Tells whether a piece is several blanks, which stand between parts of a line."""
    return isinstance(piece, str) and len(piece) > 1 and piece.isspace()


def _unmarked(piece: Piece) -> Piece:
    """Returns a part of a formula without marks of direction: the formula as a whole runs from left to right."""
    if isinstance(piece, str):
        return piece.translate(MARKS)
    return Formula(piece.plain.translate(MARKS), piece.latex) if isinstance(piece, Formula) else piece


def _is_words(piece: str) -> bool:
    """Tells whether a text ends a formula: words, a gap, or a sign that stands between two sentences."""
    return any(map(str.isalpha, piece)) or (len(piece) > 1 and piece.isspace()) or piece.strip() in (":", ";", ".")


def _run(pieces: list[Piece]) -> Iterator[str | Run]:
    """Yields a formula; the commas and blanks at its ends belong to the sentence around it."""
    start, end = 0, len(pieces)
    while start < end and _is_around(pieces[start]):
        start += 1
    while end > start and _is_around(pieces[end - 1]):
        end -= 1
    yield from (piece for piece in pieces[:start] if isinstance(piece, str))
    if start < end:
        yield Run(_atoms(pieces[start:end]))
    yield from (piece for piece in pieces[end:] if isinstance(piece, str))


def _is_around(piece: Piece) -> bool:
    return isinstance(piece, str) and not piece.strip(" ,…")


def _atoms(pieces: list[Piece]) -> tuple[Line, ...]:
    """Returns what stays on one line: a box or a fraction with the signs before it; formulas with the comma behind them."""
    atoms: list[list[Piece]] = [[]]
    for piece in pieces:
        last = atoms[-1][-1] if atoms[-1] else ""
        if not isinstance(last, str | Formula) or (isinstance(last, str) and last.strip() == ","):
            atoms.append([])
        atoms[-1].append(piece)
    return tuple(map(tuple, atoms))


@lru_cache(4096)
def parts(words: str) -> tuple[tuple[str, bool], ...]:
    """Cuts words into parts, each with whether it is a formula that runs from left to right among words that do not.

    >>> parts("from b to e"), [part for part, formula in parts("מכפלה אחת לכל מסלול מ־b אל e") if formula]
    ((('from b to e', False),), ['b', 'e'])
    """
    if not any(map(right_to_left, words)):
        plain = words.translate(MARKS)
        return ((plain, plain != words),) if plain else ()
    found: list[tuple[str, bool]] = []
    for place, part in enumerate(_ISOLATED.split(words)):  # every other one stood between the marks
        plain = part.translate(MARKS)
        found += ([(plain, True)] if plain else []) if place % 2 else sentence_parts(plain)
    return tuple(found)


def answer(box: Box) -> str:
    """Returns what the key writes in a box: a number with as many decimals as its tolerance asks for."""
    return box.answer if isinstance(box.answer, str) else written(box.answer, box)


def written(x: float, box: Box) -> str:
    """Returns a number as it stands in a box, such as that of a slip."""
    if 0 < box.tolerance < 1:
        x = round(x, ceil(-log10(2 * box.tolerance) - 1e-9)) + 0.0
    return constant(x) if round(x, 3) == x else exact(x) if not box.tolerance else number(x)


def slips(question: Question, seen: set[tuple[str, ...]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Returns what the most frequent slips give in a question's boxes: the words above, and numbers with sentences.

    Boxes with the same slips share them; what is in `seen`, because an earlier question asked the same, is left out. Slips of
    values and of local derivatives are named where nothing else has any.
    """
    asked: dict[tuple[tuple[str, str], ...], list[str]] = {}
    boxes = [box for box in question.boxes if box.slips]
    boxes = [box for box in boxes if box.kind not in PLAIN] or boxes
    within = {name for box in boxes if box.follows for name in box.follows.needs}  # what others follow from
    last = [box for box in boxes if box.name not in within]
    most, fewest = max(LEAST, min(MOST, LINES // max(1, len(last)))), 2 if len(boxes) - len(last) <= MOST else 1
    for box in boxes:
        likely = [slip for slip in box.slips if not slip.rare and not _is_negative(slip, box)][:MOST]
        named = likely[: fewest if box.name in within else most]
        known = tuple((slip.letter or written(slip.number, box), slip.said) for slip in named)
        mark = (box.asked, *(f"{slip.letter}{slip.number}" for slip in likely))
        if known and mark not in seen:
            seen.add(mark)
            asked.setdefault(known, []).append(_isolated(box.asked))
    return [(WORDS["if"].format(asked=", ".join(names)), list(known)) for known, names in asked.items()]


def _is_negative(slip: Slip, box: Box) -> bool:
    """Tells whether a slip is the right answer with the other sign, which is seen without a key."""
    return not slip.letter and not isinstance(box.answer, str) and slip.number == -box.answer


def _isolated(asked: str) -> str:
    """Returns a formula with marks around it, for sentences that run from right to left; words as they are."""
    return asked if any(map(right_to_left, asked)) else f"\u2066{asked}\u2069"


def held(question: Question, seen: set[tuple[str, ...]]) -> str:
    """Returns a sentence on the bar of ∂z₄/∂z₁|z₂ for the first question of a sheet that has one; "" for others."""
    lines = (line for block in question.blocks for line in _lines(block))
    formulas = (piece.plain for line in lines for piece in line if isinstance(piece, Formula))
    if ("|",) in seen or (found := next(filter(None, map(BAR.search, formulas)), None)) is None:
        return ""
    seen.add(("|",))
    return WORDS["held"].format(partial=f"\u2066{found[0]}\u2069", name=f"\u2066{below(found[1])}\u2069")


def _low(name: str) -> bool:
    """Tells whether a name is written in letters that stand below the line."""
    return name[:1].isalpha() and unicodedata.normalize("NFKC", name[0]) != name[0]


def _lines(block: Block) -> Iterator[Line]:
    if isinstance(block, Paragraph):
        yield block.pieces
    elif isinstance(block, Choices):
        yield from (line for _, line in block.options)
    else:
        yield from (cell for row in block.rows for cell in row) if isinstance(block, Grid) else block.edges


def below(name: str) -> str:
    """Returns what is held as letters of full size, which a medium sets below the line.

    >>> below("ₚ"), below("z₂")
    ('p', 'z₂')
    """
    return unicodedata.normalize("NFKC", name) if _low(name) else name


def counted(key: str, count: float) -> str:
    """Returns points or minutes with their noun."""
    whole = int(count) if count == int(count) else None
    return WORDS.form(key, whole).format(count=constant(count))


def worth(question: Question) -> str:
    """Returns what a question is worth, and how long it takes."""
    return f"{counted('points', question.points)} · {counted('minutes', max(1, ceil(question.minutes - 0.25)))}"


def above(paper: Paper) -> list[str]:
    """Returns what stands above the title: the course, the version, points and minutes."""
    version = WORDS["version"].format(version=paper.version) if paper.version else ""
    whole = [counted("points", paper.points), counted("minutes", max(1, ceil(paper.minutes - 0.25)))]
    return [part for part in (paper.course, version, *whole) if part]


class Remarks(NamedTuple):
    """What the key says of a question below: its notes, and for each "If ∂e/∂b is …" the numbers with what they come of."""

    number: int
    question: Question
    notes: tuple[Line, ...]
    slips: list[tuple[str, list[tuple[str, str]]]]


def noted(paper: Paper) -> list[Remarks]:
    """Returns what the key says of those questions of which it has something to say; a sum or a slip is named once."""
    found: list[Remarks] = []
    seen: set[tuple[str, ...]] = set()
    sums: set[Line] = set()
    for place, question in enumerate(paper.questions, 1):
        notes = tuple(note for note in question.notes if note not in sums)
        sums.update(note for note in notes if any(isinstance(piece, Formula) and "=" in piece.plain for piece in note))
        remarks = Remarks(place, question, notes, slips(question, seen))
        found += [remarks] if remarks.notes or remarks.slips else []
    return found
