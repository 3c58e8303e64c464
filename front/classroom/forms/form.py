"""What a form is, the registry of forms, and what all of them need: minutes, and words with formulas in them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Literal

from chalkgrad.classroom.paper import Block, Line, Piece, Question, boxes_of
from chalkgrad.classroom.posed import Posed
from chalkgrad.engine import Value
from chalkgrad.engine.words.language import section

WORDS = section("forms")

# How long a box takes, by its kind.
MINUTES = {"value": 0.3, "local": 0.4, "contribution": 0.4, "gradient": 0.6, "number": 0.5, "text": 0.15, "choice": 0.5}


class Form(ABC):
    """A kind of question.

    Attributes:
        name: how a worksheet asks for it, such as "table"
        model: whether it asks about a network's widths instead of a graph (`posed.options`)
        options: the names of what it reads in `posed.options`
        grades: whose gradients it asks for as numbers: of all values on the way, of the leaves alone, or of none
    """

    name: str
    model = False
    options: tuple[str, ...] = ()
    grades: Literal["all", "leaves", "none"] = "all"

    @abstractmethod
    def question(self, posed: Posed, number: int) -> Question:
        """Returns the question on a graph with its numbers; `number` is its place on the sheet, with which its boxes begin."""

    def refusal(self, posed: Posed) -> str:
        """Returns why this graph, whatever its numbers are, cannot be asked in this form, as a sentence; "" if it can."""
        return ""

    def suits(self, posed: Posed) -> bool:
        """Tells whether these numbers make a good question, beside what holds for all forms."""
        return True

    def graded(self, posed: Posed) -> set[Value]:
        """Returns the values whose gradients it asks for as numbers: for these, wrong ones are to tell which slip was made."""
        asked = {posed.names[name] for name in posed.of}
        if self.grades == "all":
            way = asked.union(*(posed.gradients.depending(leaf) for leaf in asked))
            return {node for node in way if node is not posed.root and (node.parents or node in asked)}
        return asked if self.grades == "leaves" else set()

    hides = False  # whether the graph's expressions are asked for, and so are not given
    zeros = False  # whether gradients may be 0: where a dead unit is what is asked about


FORMS: dict[str, Form] = {}


def register(form: Form) -> Form:
    """Adds a form, under its name."""
    FORMS[form.name] = form
    return form


def minutes_of(blocks: Iterable[Block], reading: float = 0.0) -> float:
    """Returns how long it takes to fill in the boxes of some blocks, after minutes of reading and thinking.

    >>> from chalkgrad.classroom.paper import Box, Paragraph
    >>> minutes_of([Paragraph((Box("1.c.value", "value", -2.0, "c"), Box("1.c.gradient", "gradient", 3.0, "∂e/∂c")))])
    0.9
    """
    return round(reading + sum(MINUTES[box.kind] for block in blocks for box in boxes_of(block)), 1)


def line(template: str, **pieces: Piece | Line) -> Line:
    """Returns words with formulas and boxes in the blanks of their template.

    >>> from chalkgrad.classroom.paper import Formula
    >>> line("new {name}: ", name=Formula("e"))
    ('new ', Formula(plain='e', latex=''), ': ')
    """
    found: list[Piece] = []
    for i, part in enumerate(re.split(r"{(\w+)}", template)):
        piece = pieces[part] if i % 2 else part
        found += piece if isinstance(piece, tuple) else [piece] if piece else []
    return tuple(found)


def in_a_row(lines: Sequence[Line]) -> Line:
    """Returns several lines as one, with a gap between them, at which it may be broken."""
    return tuple(piece for i, each in enumerate(lines) for piece in (*(("   ",) if i else ()), *each))


def one_of(posed: Posed, option: str, known: Sequence[str], default: str) -> str:
    """Returns what the exercise chooses in an option. Raises ValueError, with what there is, for anything else."""
    chosen = posed.options.get(option, default)
    if chosen not in known:
        raise ValueError(f"{option} is {' or '.join(map(repr, known))}, not {chosen!r}")
    return str(chosen)


def some_of(posed: Posed, option: str, known: Sequence[str]) -> list[str]:
    """Returns which of these the exercise chooses in an option, in this order; without one, all.

    Raises ValueError, with what there is, for anything else.
    """
    chosen = several(posed.options.get(option, known))
    unknown = [x for x in chosen if x not in known]
    if unknown or not chosen:
        raise ValueError(f"{option} are some of {', '.join(map(repr, known))}, not {(unknown or [chosen])[0]!r}")
    return [x for x in known if x in chosen]


def several(chosen: object) -> list[object]:
    """Returns what an option chooses, one or several, as a list; what is neither is one that there is not."""
    return [*chosen] if isinstance(chosen, (list, tuple)) else [chosen]


def is_on(posed: Posed, option: str) -> bool:
    """Returns what the exercise says in an option that is true or false. Raises ValueError for anything else."""
    chosen = posed.options.get(option, False)
    if not isinstance(chosen, bool):
        raise ValueError(f"{option} is true or false, not {chosen!r}")
    return chosen
