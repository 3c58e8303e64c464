"""What a sheet is made of: exercises, questions, and boxes to fill in, the same for every medium, for the key and for marking.

>>> box = Box("1.c.value", "value", -2.0, asked="c")
>>> question = Question("table", "Fill in the table", "", (Paragraph((Formula("c = a + b"), " = ", box)),), minutes=1)
>>> [box.name for box in question.boxes]
['1.c.value']
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

Kind = Literal["value", "local", "contribution", "gradient", "number", "text", "choice"]


class CannotFollowError(Exception):
    """What a cell follows from lies outside of a domain: the logarithm of a student's own -2, say."""


class Slip(NamedTuple):
    """A wrong answer that a slip gives.

    Attributes:
        number: the answer
        name: the slip's name in the engine's table, such as "one path"
        said: the sentence that names it, in the sheet's language
        letter: the option that has this answer, where the box is a choice
        rare: whether it is seldom made on paper: it is named where it is met, and does not stand on the key
    """

    number: float
    name: str
    said: str
    letter: str = ""
    rare: bool = False


@dataclass(frozen=True)
class Follows:
    """How a box follows from other boxes: the numbers that it needs, by their boxes' names, and what they give.

    `compute` takes a number for each of `needs`, raises CannotFollowError outside of a domain, and gives the right answer for
    the right numbers.
    """

    needs: tuple[str, ...]
    compute: Callable[[Mapping[str, float]], float]


@dataclass(frozen=True)
class Box:
    """A place to fill in.

    Attributes:
        name: of which there is one on a sheet: the question's number, what it is of, and its kind, such as "2.b.gradient"
        kind: a value, a local derivative, a contribution and a "number" have a solid frame, a gradient a dashed pill
        answer: the right one: a number, a text, or the letter of a choice
        asked: what is asked, as a person or a screen reader says it, such as ∂e/∂b; it holds no answer
        points: for a right answer
        tolerance: how far a right number may be from `answer`, absolute
        follows: how it follows from other boxes; None for one that does not
        slips: wrong answers that slips give, all different from the right one and from each other
        accepted: other texts that are right
        group: boxes of one group may be filled in any order among their lines, as the paths of a chain rule; the name of each
            is the group, the number of its line, and its place in the line: "3.b.path2.factor1.over" of the group "3.b.path"
        width: in characters, the widest answer that this box and its like have in any version
        options: all answers that a text can have, such as yes and no, for media that have drop-downs; () if it is free
        decimals: to how many the answer is rounded where it is written; None where it is exact
    """

    name: str
    kind: Kind
    answer: float | str
    asked: str
    points: float = 1.0
    tolerance: float = 0.0
    follows: Follows | None = None
    slips: tuple[Slip, ...] = ()
    accepted: tuple[str, ...] = ()
    group: str = ""
    width: int = 4
    options: tuple[str, ...] = ()
    decimals: int | None = None


@dataclass(frozen=True)
class Formula:
    """A formula: it runs from left to right in every language. `latex` is the same for TeX, without $; "" for `plain`."""

    plain: str
    latex: str = ""


@dataclass(frozen=True)
class Fraction:
    """A fraction with boxes in it, such as ∂□/∂□."""

    over: tuple[Piece, ...]
    under: tuple[Piece, ...]


Piece = str | Formula | Fraction | Box  # a str is words in the sheet's language
Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Paragraph:
    """A line of words, formulas and boxes. Where `formula` is set it is one formula: it runs from left to right as a whole."""

    pieces: Line
    formula: bool = False


@dataclass(frozen=True)
class Grid:
    """A table. Its cells are lines; its columns run in the language's direction, its formulas from left to right."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True)
class Choices:
    """Options to choose from, each by its letter; `box` takes the letter."""

    box: Box
    options: tuple[tuple[str, Line], ...]


@dataclass(frozen=True)
class Graph:
    """A drawn graph, whose boxes are in the picture.

    Attributes:
        boxes: those in it
        svg: makes the picture, with the boxes empty, or filled if it is called with True: the same layout
        tikz: makes the picture for TeX, likewise
        described: the picture for those who do not see it, without an answer
        edges: the graph as a list of edges, a line for each, without an answer but with the boxes
        redrawn: makes the same graph with other boxes, such as wider ones, in the picture and in the list
    """

    boxes: tuple[Box, ...]
    svg: Callable[[bool], str]
    tikz: Callable[[bool], str]
    described: str
    edges: tuple[Line, ...]
    redrawn: Callable[[tuple[Box, ...], tuple[Line, ...]], Graph] | None = None


Block = Paragraph | Grid | Choices | Graph


@dataclass(frozen=True)
class Question:
    """What is asked of one graph in one form.

    Attributes:
        form: the name of its form, such as "table"
        title, hint: "Fill in the table", "values downwards, then gradients upwards"
        blocks: what is to be read and filled in
        minutes: how long it takes, in whole minutes, so that what a sheet states adds up
        notes: for the key alone: the marking rule, what else is right
        given: what this question gives beside what the exercise gives
        order: the names of its boxes in the order of working, where that is not the order of reading
    """

    form: str
    title: str
    hint: str
    blocks: tuple[Block, ...]
    minutes: float
    notes: tuple[Line, ...] = ()
    given: Line = ()
    order: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "minutes", whole_minutes(self.minutes))

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes, in the order of working."""
        boxes = {box.name: box for block in self.blocks for box in boxes_of(block)}
        return tuple({name: boxes[name] for name in (*self.order, *boxes)}.values())

    @property
    def points(self) -> float:
        """The sum over its boxes."""
        return sum(box.points for box in self.boxes)


def whole_minutes(minutes: float) -> int:
    """Returns an estimate as a sheet states it: a whole number, rounded up but for a quarter, and never 0.

    >>> whole_minutes(5.2), whole_minutes(5.3), whole_minutes(0.1)
    (5, 6, 1)
    """
    return max(1, math.ceil(minutes - 0.25))


@dataclass(frozen=True)
class Exercise:
    """One graph with its numbers, and what is asked of it."""

    given: Line
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Paper:
    """One version of a sheet, as it is printed: the sheet with the boxes empty, the key with the boxes filled.

    Attributes:
        title, course: what stands on top
        language: the code of the language of its words, such as "en" or "he"
        version: its letter, "A", "B", …; "" for a sheet that is one student's
        code: six letters that tell this sheet from others; they say nothing of its answers
        exercises: each a graph with its numbers, and what is asked of it
    """

    title: str
    course: str
    language: str
    version: str
    code: str
    exercises: tuple[Exercise, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions of all exercises; they are numbered from 1 through the sheet."""
        return tuple(question for exercise in self.exercises for question in exercise.questions)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes, in the order of working."""
        return tuple(box for question in self.questions for box in question.boxes)

    @property
    def points(self) -> float:
        """What a sheet without a mistake gets."""
        return sum(question.points for question in self.questions)

    @property
    def minutes(self) -> int:
        """How long it takes, the sum of what its questions state."""
        return sum(int(question.minutes) for question in self.questions)


def boxes_of(block: Block) -> Iterator[Box]:
    """Yields the boxes of a block in the order of reading."""
    if isinstance(block, Graph):
        yield from block.boxes
    elif isinstance(block, Choices):
        yield block.box
    elif isinstance(block, Paragraph):
        yield from _boxes_in(block.pieces)
    else:
        for row in block.rows:
            for cell in row:
                yield from _boxes_in(cell)


def _boxes_in(line: Line) -> Iterator[Box]:
    for piece in line:
        if isinstance(piece, Box):
            yield piece
        elif isinstance(piece, Fraction):
            yield from _boxes_in(piece.over)
            yield from _boxes_in(piece.under)


# Boxes in the place of others --------------------------------------------------------------------------------------------


def replaced(question: Question, box: Callable[[Box], Box]) -> Question:
    """Returns a question with another box for each of its boxes.

    >>> one = Box("1.c.value", "value", -2.0, asked="c")
    >>> question = Question("table", "Fill in", "", (Paragraph((Formula("c = a + b"), " = ", one)),), minutes=1)
    >>> replaced(question, lambda one: replace(one, width=7)).boxes[0].width
    7
    """

    def line(pieces: Line) -> Line:
        return tuple(piece(one) for one in pieces)

    def piece(one: Piece) -> Piece:
        if isinstance(one, Box):
            return box(one)
        return Fraction(line(one.over), line(one.under)) if isinstance(one, Fraction) else one

    def block(one: Block) -> Block:
        if isinstance(one, Paragraph):
            return replace(one, pieces=line(one.pieces))
        if isinstance(one, Grid):
            return replace(one, rows=tuple(tuple(map(line, row)) for row in one.rows))
        if isinstance(one, Choices):
            return Choices(box(one.box), tuple((letter, line(option)) for letter, option in one.options))
        boxes, edges = tuple(map(box, one.boxes)), tuple(map(line, one.edges))
        return replace(one, boxes=boxes, edges=edges) if one.redrawn is None else one.redrawn(boxes, edges)

    return replace(question, blocks=tuple(map(block, question.blocks)))


def with_widths(question: Question, widths: Mapping[str, int]) -> Question:
    """Returns a question whose boxes have these widths, by their names."""
    return replaced(question, lambda box: replace(box, width=widths.get(box.name, box.width)))
