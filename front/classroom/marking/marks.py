"""Answers marked: what is right, what follows from a student's own numbers, and which slip a wrong one comes from.

>>> from chalkgrad.classroom.paper import Exercise, Paper, Paragraph, Question
>>> c = Box("1.c.value", "value", 3.0, asked="c")
>>> e = Box("1.e.value", "value", 12.0, asked="e", follows=Follows(("1.c.value",), lambda own: 4 * own["1.c.value"]))
>>> question = Question("table", "Fill in the table", "", (Paragraph((c, e)),), minutes=1)
>>> paper = Paper("Week 3", "", "en", "A", "QRSTUV", (Exercise((), (question,)),))
>>> for mark in marked(paper, {"1.c.value": "2", "1.e.value": "8"}).marks:
...     print(mark.box.asked, mark.status, mark.points, mark.sentence)
c wrong 0.0 2 is not c
e follows 1.0 8 follows from the student's own c = 2
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from math import isfinite
from typing import Literal, NamedTuple

from chalkgrad.classroom.marking.reading import Reading, cleaned, read, same_choice, same_text
from chalkgrad.classroom.paper import Box, CannotFollowError, Follows, Paper, Question, Slip
from chalkgrad.engine.words.expressions import number as written
from chalkgrad.engine.words.language import section, speaking

Status = Literal["right", "follows", "wrong", "blank", "cannot follow", "not a number"]

SAID = section("marks")
ROUNDED = 2  # places behind the point that a rounded number has at least
CORNERS = 8  # needed numbers of which all corners are tried; of more, each is moved by itself
MOST_LINES = 6  # that are tried in every order
SHOWN = 24  # characters of an answer that a sentence quotes


class Interval(NamedTuple):
    """Where a number lies that is known up to a tolerance."""

    low: float
    high: float

    def holds(self, x: float, spread: float) -> bool:
        """Whether a number is in it or near it, up to the rounding of floats."""
        slack = spread + 1e-9 * max(1.0, abs(x))
        return self.low - slack <= x <= self.high + slack


@dataclass(frozen=True)
class Mark:
    """What is said of one box.

    Attributes:
        box: the box
        typed: what was written in it, "" for nothing
        status: what it is
        number: the number that was read; None for a text and where none was read
        points: what it gets
        slips: the names of the slips that lead to a wrong answer
        flags: what a person may want to look at: "does not follow", "read as", "cannot follow", "not a number", "trivial"
        sentence: the status with its reason, in the sheet's language
    """

    box: Box
    typed: str
    status: Status
    number: float | None
    points: float
    slips: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    sentence: str = ""


@dataclass(frozen=True)
class Marked:
    """A sheet that was marked.

    Attributes:
        paper: the sheet
        marks: one for each box, in the order of reading
        unknown: answers to boxes that the sheet does not have
    """

    paper: Paper
    marks: tuple[Mark, ...]
    unknown: Mapping[str, str]

    @property
    def points(self) -> float:
        """The sum."""
        return sum(mark.points for mark in self.marks)

    @property
    def questions(self) -> list[tuple[Question, tuple[Mark, ...]]]:
        """The questions of the sheet, each with its marks."""
        marks = {mark.box.name: mark for mark in self.marks}
        return [(question, tuple(marks[box.name] for box in question.boxes)) for question in self.paper.questions]

    @property
    def flags(self) -> tuple[str, ...]:
        """All flags, each once."""
        return tuple(dict.fromkeys(flag for mark in self.marks for flag in mark.flags))


def marked(paper: Paper, answers: Mapping[str, str | float], follow: float = 1.0) -> Marked:
    """Returns the marks for answers by the names of their boxes; `follow` is the share of the points for what follows.

    A box that has no answer is blank. Nothing that was typed raises an error; a share outside of 0 to 1 raises ValueError.
    """
    if not 0.0 <= follow <= 1.0:
        raise ValueError(f"what follows gets a share of the points from 0 to 1, not {follow}")
    with speaking(paper.language):
        return _Marking(paper, answers, follow).marked()


def agrees(box: Box, reading: Reading, exact: float) -> bool:
    """Whether a number that was read is another up to the box's tolerance, or its rounding where it has no end as a decimal."""
    return any(Interval(exact, exact).holds(x, _spread(box, reading, exact)) for x in reading.numbers)


def _spread(box: Box, reading: Reading, exact: float) -> float:
    """How far what was typed may be from what was meant."""
    endless = abs(round(exact, 4) - exact) > 1e-12 * max(1.0, abs(exact))
    if box.tolerance == 0.0 and reading.places is not None and reading.places >= ROUNDED and endless:
        return 0.5 * 10.0**-reading.places
    return box.tolerance


class _Marking:
    """One sheet in the making: what was typed, read once, and which boxes are right."""

    def __init__(self, paper: Paper, answers: Mapping[str, str | float], follow: float) -> None:
        self.paper, self.follow = paper, follow
        self.boxes = {box.name: box for box in paper.boxes}
        typed = {name: text if isinstance(text, str) else written(text) for name, text in answers.items()}
        self.unknown = {name: text for name, text in typed.items() if name not in self.boxes}
        self.typed = {name: typed.get(name, "") for name in self.boxes}
        self.readings = {name: read(text) for name, text in self.typed.items() if not isinstance(self.boxes[name].answer, str)}
        self._right: dict[str, bool] = {}
        self._sort_lines()

    def marked(self) -> Marked:
        return Marked(self.paper, tuple(self.mark(box) for box in self.boxes.values()), self.unknown)

    # What is right ---------------------------------------------------------------------------------------------------

    def true(self, box: Box) -> bool:
        """Whether an answer is the right one, within the box's own tolerance."""
        if isinstance(box.answer, str):
            typed = self.typed[box.name]
            same = same_choice if box.kind == "choice" else same_text
            return cleaned(typed) != "" and any(same(typed, right) for right in (box.answer, *box.accepted))
        reading = self.readings[box.name]
        accepted = [found for text in box.accepted for found in read(text).numbers]
        return any(agrees(box, reading, exact) for exact in (box.answer, *accepted))

    def right(self, name: str) -> bool:
        """Whether an answer is right, or off by no more than the tolerance of right ones before it comes to."""
        if name not in self._right:
            self._right[name] = False  # while it is found out: nothing follows from itself
            box = self.boxes[name]
            self._right[name] = self.true(box) or self.carried(box)
        return self._right[name]

    def carried(self, box: Box) -> bool:
        """Whether an answer is what right but rounded numbers give."""
        needs = self.needs(box)
        if needs is None or not all(map(self.right, needs.needs)) or self.slips_of(box, self.readings[box.name]):
            return False
        found = self.own(box, needs)
        return found is not None and self.within(box, found)

    # What follows ----------------------------------------------------------------------------------------------------

    def needs(self, box: Box) -> Follows | None:
        """How a box follows from the student's own numbers; None if one of these is blank, and where nothing is needed."""
        if box.follows is None or isinstance(box.answer, str) or not box.follows.needs:
            return None
        return box.follows if all(self.numbers(name) for name in box.follows.needs) else None

    def numbers(self, name: str) -> tuple[float, ...]:
        """The numbers that were read of a box; of two that may be meant, the right one if one is."""
        reading = self.readings.get(name)
        if reading is None:
            return ()
        exact = self.boxes[name].answer
        assert not isinstance(exact, str)
        return tuple(sorted(reading.numbers, key=lambda x: abs(x - exact)))

    def at(self, follows: Follows) -> dict[str, float]:
        """The student's own numbers."""
        return {name: self.numbers(name)[0] for name in follows.needs}

    def own(self, box: Box, follows: Follows) -> Interval | None:
        """Where an answer lies that follows from the student's own numbers; None outside of a domain."""
        at = self.at(follows)
        middle = _computed(follows, at)
        if middle is None:
            return None
        ends: dict[str, tuple[float, ...]] = {}
        for name, x in at.items():
            exact = self.boxes[name].answer
            assert not isinstance(exact, str)
            spread = _spread(self.boxes[name], self.readings[name], exact)
            ends[name] = (x - spread, x + spread) if spread else (x,)
        found = [middle, *(y for own in _corners(at, ends) if (y := _computed(follows, own)) is not None)]
        return Interval(min(found), max(found))

    def within(self, box: Box, interval: Interval) -> bool:
        """Whether an answer is in an interval, which its own tolerance widens."""
        reading = self.readings[box.name]
        return any(interval.holds(x, _spread(box, reading, interval.low)) for x in reading.numbers)

    def trivial(self, box: Box, follows: Follows) -> bool:
        """Whether a wrong number among the needed ones wipes out the rest, as a 0 does, so that nothing is left to be done."""
        own = self.at(follows)
        wrong = [name for name in follows.needs if not self.right(name)]
        value = _computed(follows, own)
        if not wrong or value is None:
            return False
        truth = {name: float(self.boxes[name].answer) for name in follows.needs}
        zeros = [name for name in wrong if own[name] == 0.0 != truth[name]]
        others = [name for name in follows.needs if name not in wrong and _matters(follows, truth, name)]
        if others:
            return (value == 0.0 or bool(zeros)) and not any(_matters(follows, own, name) for name in others)
        return bool(zeros) and value == 0.0 != box.answer

    # One box ---------------------------------------------------------------------------------------------------------

    def mark(self, box: Box) -> Mark:
        return self.mark_text(box) if isinstance(box.answer, str) else self.mark_number(box)

    def mark_text(self, box: Box) -> Mark:
        typed = self.typed[box.name]
        if cleaned(typed) == "":
            return Mark(box, "", "blank", None, 0.0, sentence=SAID["blank"])
        if self.true(box):
            return Mark(box, typed, "right", None, box.points, sentence=SAID["right"])
        said = SAID["wrong text"].format(answer=_shown(typed), asked=box.asked)
        return Mark(box, typed, "wrong", None, 0.0, sentence=said)

    def mark_number(self, box: Box) -> Mark:
        typed, reading = self.typed[box.name], self.readings[box.name]
        if reading.trouble:
            said = SAID[reading.trouble].format(answer=_shown(typed))
            return Mark(box, typed, "not a number", None, 0.0, flags=("not a number",), sentence=said)
        if not reading.numbers:
            return Mark(box, "", "blank", None, 0.0, sentence=SAID["blank"])
        needs, true = self.needs(box), self.true(box)
        found = None if needs is None else self.own(box, needs)
        follows = found is not None and self.within(box, found)
        trivial = needs is not None and self.trivial(box, needs)
        wrong = [] if needs is None else [name for name in needs.needs if not self.right(name)]
        number = self.meant(box, found if follows and not true else None)
        words = {"answer": written(number), "asked": box.asked, "needs": self.listed(wrong)}
        status: Status = "wrong"
        points, slips, flags = 0.0, (), () if reading.plain else ("read as",)
        if true:
            status, points, said = "right", box.points, SAID["right"]
            if wrong and (not follows or trivial):
                flags, said = (*flags, "does not follow"), SAID["right, does not follow"].format_map(words)
        elif needs is not None and not wrong and self.right(box.name):
            status, points, said = "right", box.points, SAID["right, rounded"]
        elif needs is not None and found is None:
            status, flags, said = "cannot follow", (*flags, "cannot follow"), SAID["cannot follow"].format_map(words)
        elif follows and trivial:
            flags, said = (*flags, "trivial"), SAID["trivial"].format_map(words)
        elif follows and wrong:
            status, points, said = "follows", self.follow * box.points, SAID["follows"].format_map(words)
        else:
            named = self.slips_of(box, reading) or self.slips_from(box, found if wrong else None)
            slips = tuple(slip.name for slip in named)
            said = named[0].said if named and named[0].said else SAID["wrong"].format_map(words)
            missing = self.missing(box)
            if missing:
                said = SAID["blank before"].format(said=said, needs=missing)
        if not reading.plain:
            said = SAID["read otherwise"].format(said=said, typed=_shown(typed), number=written(number))
        return Mark(box, typed, status, number, points, slips, flags, said)

    def meant(self, box: Box, interval: Interval | None) -> float:
        """The number that was read; of two, the one that is right or follows."""
        numbers = self.numbers(box.name)
        if interval is None:
            return numbers[0]
        return next((x for x in numbers if interval.holds(x, box.tolerance)), numbers[0])

    def slips_of(self, box: Box, reading: Reading) -> list[Slip]:
        """The slips that give a number, the nearest first."""
        found = [slip for slip in box.slips if agrees(box, reading, slip.number)]
        return sorted(found, key=lambda slip: min(abs(x - slip.number) for x in reading.numbers))

    def slips_from(self, box: Box, found: Interval | None) -> list[Slip]:
        """What a number is of the one that follows from the student's own numbers: a slip behind a slip."""
        if found is None or found.low <= 0.0 <= found.high:
            return []
        turned = Interval(-found.high, -found.low)
        return [Slip(0.0, "sign", SAID["sign of own"].format(asked=box.asked))] if self.within(box, turned) else []

    def missing(self, box: Box) -> str:
        """The blanks that a box would follow from, listed."""
        needs = box.follows.needs if box.follows is not None else ()
        return ", ".join(self.boxes[name].asked for name in needs if name in self.boxes and not self.numbers(name))

    def listed(self, names: list[str]) -> str:
        """The student's own numbers, as `c = 2, d = 4`."""
        return ", ".join(f"{self.boxes[name].asked} = {written(self.numbers(name)[0])}" for name in names)

    # Lines in any order ----------------------------------------------------------------------------------------------

    def _sort_lines(self) -> None:
        """Takes the lines of a group in that order of the student's which has most of them right."""
        groups: dict[str, list[Box]] = {}
        for box in self.boxes.values():
            if box.group:
                groups.setdefault(box.group, []).append(box)
        for group, boxes in groups.items():
            for lines in _alike(group, boxes):
                self._take(lines)

    def _take(self, lines: list[dict[str, Box]]) -> None:
        """Moves what was typed in lines of one shape to the lines of the key that they fit best."""
        scores = [[self._score(to, {rest: self.typed[box.name] for rest, box in at.items()}) for to in lines] for at in lines]
        places = range(len(lines))
        order = max(permutations(places), key=lambda order: sum(scores[i][order[i]] for i in places))  # the first of equals
        typed = [{rest: self.typed[box.name] for rest, box in line.items()} for line in lines]
        for i in places:
            for rest, box in lines[order[i]].items():
                self._set(box, typed[i][rest])

    def _set(self, box: Box, text: str) -> None:
        self.typed[box.name] = text
        if not isinstance(box.answer, str):
            self.readings[box.name] = read(text)

    def _score(self, line: Mapping[str, Box], texts: Mapping[str, str]) -> float:
        """The points of what was typed in a line, if it is judged as this line of the key."""
        kept = {rest: self.typed[box.name] for rest, box in line.items()}
        for rest, box in line.items():
            self._set(box, texts[rest])
        points = sum(box.points for box in line.values() if self.true(box))
        for rest, box in line.items():
            self._set(box, kept[rest])
        return points


def _alike(group: str, boxes: list[Box]) -> Iterator[list[dict[str, Box]]]:
    """Yields the lines of a group that have the same boxes, each line's boxes by what follows the line's number in their names."""
    lines: dict[str, dict[str, Box]] = {}
    for box in boxes:
        parts = re.fullmatch(re.escape(group) + r"(\d+)(.*)", box.name)
        line, rest = (parts[1], parts[2]) if parts else (box.name, "")
        lines.setdefault(line, {})[rest] = box
    shapes: dict[tuple[str, ...], list[dict[str, Box]]] = {}
    for found in lines.values():
        shapes.setdefault(tuple(sorted(found)), []).append(found)
    yield from (some for some in shapes.values() if 1 < len(some) <= MOST_LINES)


def _computed(follows: Follows, own: Mapping[str, float]) -> float | None:
    """What follows from numbers; None outside of a domain."""
    try:
        found = float(follows.compute(own))
    except (CannotFollowError, ArithmeticError, ValueError):
        return None
    return found if isfinite(found) else None


def _corners(at: Mapping[str, float], ends: Mapping[str, tuple[float, ...]]) -> Iterator[dict[str, float]]:
    """Yields the numbers moved to the ends of their intervals: all corners of a few, each number by itself of many."""
    wide = [name for name, some in ends.items() if len(some) > 1]
    if len(wide) <= CORNERS:
        for some in product(*ends.values()):
            yield dict(zip(ends, some, strict=True))
    else:
        yield from ({**at, name: x} for name in wide for x in ends[name])


_MOVES: tuple[Callable[[float], float], ...] = (lambda x: x + 1.0, lambda x: 2.0 * x + 3.0, lambda x: -x - 0.5)


def _matters(follows: Follows, own: Mapping[str, float], name: str) -> bool:
    """Whether what follows depends on one of the numbers."""
    before = _computed(follows, own)
    after = [_computed(follows, {**own, name: move(own[name])}) for move in _MOVES]
    return any(y is not None and before is not None and abs(y - before) > 1e-12 * max(1.0, abs(y)) for y in after)


def _shown(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= SHOWN else plain[: SHOWN - 1] + "…"


__all__ = ["Interval", "Mark", "Marked", "Status", "agrees", "marked"]
