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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from math import isfinite
from typing import Literal, NamedTuple

from chalkgrad.classroom.marking.reading import Reading, chosen, cleaned, read, same_choice, same_text, shape, shown
from chalkgrad.classroom.paper import Box, CannotFollowError, Choices, Follows, Paper, Question, Slip
from chalkgrad.engine.words.expressions import number as written
from chalkgrad.engine.words.language import section, speaking

Status = Literal["right", "follows", "wrong", "blank", "cannot follow", "not a number"]

SAID, SLIPS = section("marks"), section("slips")
ROUNDED = 2  # places behind the point that a rounded number has at least
CORNERS = 8  # needed numbers of which all corners are tried; of more, each is moved by itself
BENT = 0.25  # of its width: how far from the middle of an interval the middle's own value may lie
MOST_LINES = 6  # that are tried in every order
Trivial = Literal["", "trivial", "path wiped out"]
PATHS, FACTORS = (
    ("contribution", "gradient"),
    ("local", "contribution", "gradient"),
)  # sums of paths, and what these are made of


class Interval(NamedTuple):
    """Where a number lies that is known up to a tolerance."""

    low: float
    high: float

    def holds(self, x: float, spread: float) -> bool:
        """Tells whether a number is in it or near it, up to the rounding of floats."""
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
        flags: what a person may want to look at: "does not follow", "read as", "cannot follow", "not a number",
            "not an option", "trivial"
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
    """Tells whether a number that was read is another up to the box's tolerance; one without an end may be rounded."""
    return any(Interval(exact, exact).holds(x, _spread(box, reading, exact)) for x in reading.numbers)


def _spread(box: Box, reading: Reading, exact: float) -> float:
    """Returns how far what was typed may be from what was meant."""
    endless = abs(round(exact, 4) - exact) > 1e-12 * max(1.0, abs(exact))
    if box.tolerance == 0.0 and reading.places is not None and reading.places >= ROUNDED and endless:
        return 0.5 * 10.0**-reading.places
    return box.tolerance


class _Marking:
    """One sheet in the making: what was typed, read once, and which boxes are right."""

    def __init__(self, paper: Paper, answers: Mapping[str, str | float], follow: float) -> None:
        self.paper, self.follow = paper, follow
        self.boxes = {box.name: box for box in paper.boxes}
        blocks = [block for question in paper.questions for block in question.blocks]
        self.letters = {one.box.name: tuple(dict(one.options)) for one in blocks if isinstance(one, Choices)}
        typed = {name: text if isinstance(text, str) else _in_full(text) for name, text in answers.items()}
        self.unknown = {name: text for name, text in typed.items() if name not in self.boxes}
        self.typed = {name: typed.get(name, "") for name in self.boxes}
        self._sort_lines()
        self.readings = {name: read(text) for name, text in self.typed.items() if not isinstance(self.boxes[name].answer, str)}
        self._right: dict[str, bool] = {}

    def marked(self) -> Marked:
        return Marked(self.paper, tuple(self.mark(box) for box in self.boxes.values()), self.unknown)

    # What is right ---------------------------------------------------------------------------------------------------

    def true(self, box: Box) -> bool:
        """Tells whether an answer is the right one, within the box's own tolerance."""
        return is_true(box, self.typed[box.name], self.options(box))

    def options(self, box: Box) -> tuple[str, ...]:
        """Returns what may be answered, where that is a choice."""
        return self.letters.get(box.name, box.options)

    def right(self, name: str) -> bool:
        """Tells whether an answer is right, or off by no more than the tolerance of right ones before it comes to."""
        if name not in self._right:
            self._right[name] = False  # while it is found out: nothing follows from itself
            box = self.boxes[name]
            self._right[name] = self.true(box) or self.carried(box)
        return self._right[name]

    def carried(self, box: Box) -> bool:
        """Tells whether an answer is what right but rounded numbers give, and not a usual slip that leads near there."""
        needs = self.needs(box)
        if needs is None or not all(map(self.right, needs.needs)):
            return False
        found, middle = self.own(needs), _computed(needs, self.at(needs))
        if found is None or middle is None or not self.within(box, found):
            return False
        slips = self.slips_of(box, self.readings[box.name])
        return all(slip.rare for slip in slips) or self.within(box, Interval(middle, middle))

    # What follows ----------------------------------------------------------------------------------------------------

    def needs(self, box: Box) -> Follows | None:
        """Returns how a box follows from the student's own numbers; None if one of these is blank, or none is needed."""
        if box.follows is None or isinstance(box.answer, str) or not box.follows.needs:
            return None
        return box.follows if all(self.numbers(name) for name in box.follows.needs) else None

    def numbers(self, name: str) -> tuple[float, ...]:
        """Returns the numbers that were read of a box; of two that may be meant, the right one if one is."""
        reading = self.readings.get(name)
        if reading is None:
            return ()
        exact = self.boxes[name].answer
        assert not isinstance(exact, str)
        return tuple(sorted(reading.numbers, key=lambda x: abs(x - exact)))

    def at(self, follows: Follows) -> dict[str, float]:
        """Returns the student's own numbers."""
        return {name: self.numbers(name)[0] for name in follows.needs}

    def own(self, follows: Follows) -> Interval | None:
        """Returns where an answer lies that follows from the student's own numbers; None outside of a domain."""
        at = self.at(follows)
        middle = _computed(follows, at)
        if middle is None:
            return None
        spreads = {}
        for name in at:
            exact = self.boxes[name].answer
            assert not isinstance(exact, str)
            spreads[name] = _spread(self.boxes[name], self.readings[name], exact)
        return _widened(follows, at, middle, {name: spread for name, spread in spreads.items() if spread})

    def within(self, box: Box, interval: Interval) -> bool:
        """Tells whether an answer is in an interval, which its own tolerance widens."""
        reading = self.readings[box.name]
        return any(interval.holds(x, _spread(box, reading, interval.low)) for x in reading.numbers)

    def trivial(self, box: Box, follows: Follows) -> Trivial:
        """Returns how a wrong number among the needed ones saves work, as a 0 does that wipes out the rest, or a path."""
        own = self.at(follows)
        wrong = [name for name in follows.needs if not self.right(name)]
        value = _computed(follows, own)
        if not wrong or value is None:
            return ""
        truth = {name: float(self.boxes[name].answer) for name in follows.needs}
        zeros = [name for name in wrong if own[name] == 0.0 != truth[name]]
        needed = [name for name in follows.needs if name not in zeros and _matters(follows, truth, name)]
        others = [name for name in needed if name not in wrong]
        if others:
            rest = (value == 0.0 or bool(zeros)) and not any(_matters(follows, own, name) for name in others)
        else:
            rest = bool(zeros) and value == 0.0 != box.answer
        if rest:
            return "trivial"
        if box.kind not in PATHS:
            return ""
        path = any(self.boxes[name].kind in FACTORS for name in zeros)
        return "path wiped out" if path or not all(_matters(follows, own, name) for name in needed) else ""

    # One box ---------------------------------------------------------------------------------------------------------

    def mark(self, box: Box) -> Mark:
        return self.mark_text(box) if isinstance(box.answer, str) else self.mark_number(box)

    def mark_text(self, box: Box) -> Mark:
        typed, options = self.typed[box.name], self.options(box)
        if cleaned(typed) == "":
            return Mark(box, "", "blank", None, 0.0, sentence=SAID["blank"])
        if self.true(box):
            return Mark(box, typed, "right", None, box.points, sentence=SAID["right"])
        if options and not chosen(typed, options):
            said = _said("not an option", answer=shown(typed), options=", ".join(options))
            return Mark(box, typed, "wrong", None, 0.0, flags=("not an option",), sentence=said)
        if shape(str(box.answer)) and not shape(typed):
            said = _said("not a shape", answer=shown(typed))
            return Mark(box, typed, "wrong", None, 0.0, flags=("not an option",), sentence=said)
        letter = chosen(typed, options) or typed
        slips = [slip for slip in box.slips if slip.letter and same_choice(letter, slip.letter)]
        said = slips[0].said if slips and slips[0].said else _said("wrong text", answer=shown(typed), asked=box.asked)
        return Mark(box, typed, "wrong", None, 0.0, tuple(slip.name for slip in slips), sentence=said)

    def mark_number(self, box: Box) -> Mark:
        typed, reading = self.typed[box.name], self.readings[box.name]
        if reading.trouble:
            said = _said(reading.trouble, answer=shown(typed))
            return Mark(box, typed, "not a number", None, 0.0, flags=("not a number",), sentence=said)
        if not reading.numbers:
            return Mark(box, "", "blank", None, 0.0, sentence=SAID["blank"])
        own = self.own_of(box)
        number = self.meant(box, own.interval if own.follows and not self.true(box) else None)
        verdict = self.verdict(box, own, written(number))
        points = {"right": box.points, "follows": self.follow * box.points}.get(verdict.status, 0.0)
        said, flags = verdict.said, tuple(flag for flag in (verdict.flag,) if flag)
        if not reading.plain:
            flags = ("read as", *flags)
            said = SAID["read otherwise"].format(said=said, typed=shown(typed), number=written(number))
        slips = tuple(slip.name for slip in verdict.slips)
        return Mark(box, typed, verdict.status, number, points, slips, flags, said)

    def own_of(self, box: Box) -> _Own:
        """Returns how a number that was read goes with the student's own numbers."""
        needs = self.needs(box)
        if needs is None:
            return _Own(False)
        found = self.own(needs)
        follows = found is not None and self.within(box, found)
        wrong = [name for name in needs.needs if not self.right(name)]
        return _Own(True, found, follows, self.trivial(box, needs) if follows else "", wrong)

    def verdict(self, box: Box, own: _Own, answer: str) -> _Verdict:
        """Returns what a number that was read is, and why."""
        words = {"answer": answer, "asked": box.asked, "needs": self.listed(own.wrong)}
        if self.true(box):
            if own.wrong and (not own.follows or own.trivial):
                return _Verdict("right", _said("right, does not follow", **words), "does not follow")
            return _Verdict("right", SAID["right"])
        if own.known and not own.wrong and self.right(box.name):
            return _Verdict("right", _said("right, rounded", **words))
        if own.known and own.interval is None:
            return _Verdict("cannot follow", _said("cannot follow", **words), "cannot follow")
        if own.follows and own.trivial:
            return _Verdict("wrong", _said(own.trivial, **words), "trivial")
        if own.follows and own.wrong:
            return _Verdict("follows", _said("follows", **words))
        slips = self.slips_of(box, self.readings[box.name]) or self.signs_of(box, own)
        said = slips[0].said if slips and slips[0].said else _said("wrong", **words)
        if missing := self.missing(box):
            said = SAID["blank before"].format(said=said, needs=missing)
        return _Verdict("wrong", said, slips=slips)

    def meant(self, box: Box, interval: Interval | None) -> float:
        """Returns the number that was read; of two, the one that is right or follows."""
        numbers = self.numbers(box.name)
        if interval is None:
            return numbers[0]
        return next((x for x in numbers if interval.holds(x, box.tolerance)), numbers[0])

    def slips_of(self, box: Box, reading: Reading) -> list[Slip]:
        """Returns the slips that give a number, the nearest first."""
        rounded = 0.5 * 10.0**-reading.places if reading.places is not None and reading.places >= ROUNDED else 0.0
        spread = max(box.tolerance, rounded)  # what a slip gives may have more places than anybody writes
        found = [
            slip for slip in box.slips if any(Interval(slip.number, slip.number).holds(x, spread) for x in reading.numbers)
        ]
        return sorted(found, key=lambda slip: min(abs(x - slip.number) for x in reading.numbers))

    def signs_of(self, box: Box, own: _Own) -> list[Slip]:
        """Returns the slip of the sign, if a number is what follows from the student's own, or the right one, negated."""
        found = own.interval if own.wrong else None
        if found is not None and not found.low <= 0.0 <= found.high and self.within(box, Interval(-found.high, -found.low)):
            return [Slip(0.0, "sign", _said("sign of own", asked=box.asked))]
        assert not isinstance(box.answer, str)
        return [Slip(0.0, "sign", SLIPS["sign"])] if agrees(box, self.readings[box.name], -box.answer) else []

    def missing(self, box: Box) -> str:
        """Returns the blanks that a box would follow from, listed."""
        needs = box.follows.needs if box.follows is not None else ()
        return ", ".join(self.boxes[name].asked for name in needs if name in self.boxes and not self.numbers(name))

    def listed(self, names: Iterable[str]) -> str:
        """Returns the student's own numbers, as `c = 2, d = 4`."""
        return ", ".join(f"{self.boxes[name].asked} = {written(self.numbers(name)[0])}" for name in names)

    # Lines in any order ----------------------------------------------------------------------------------------------

    def _sort_lines(self) -> None:
        """Takes the lines of a group, and the factors of a line, in the student's order that has most of them right."""
        groups: dict[str, list[Box]] = {}
        for box in self.boxes.values():
            if box.group:
                groups.setdefault(box.group, []).append(box)
        for group, boxes in groups.items():
            for lines in _alike(group, boxes):
                self._take(lines)

    def _take(self, lines: list[Factors]) -> None:
        """Moves what was typed in lines of one shape to the lines of the key that they fit best."""
        texts = [[{part: self.typed[box.name] for part, box in factor.items()} for factor in line] for line in lines]
        fits = [[_best([[_points(to, typed) for to in line] for typed in text]) for line in lines] for text in texts]
        _, order = _best([[points for points, _ in row] for row in fits])
        for i, text in enumerate(texts):
            line, (_, factors) = lines[order[i]], fits[i][order[i]]
            for k, typed in enumerate(text):
                for part, box in line[factors[k]].items():
                    self.typed[box.name] = typed[part]


Factors = list[dict[str, Box]]  # of a line: their boxes, by what they are of the factor


class _Own(NamedTuple):
    """How a number goes with the student's own numbers.

    Attributes:
        known: whether it follows from some that were all read
        interval: where it would lie; None outside of a domain
        follows: whether it lies there
        trivial: how a wrong one of them wipes out the rest, or a path
        wrong: those of them that are wrong
    """

    known: bool
    interval: Interval | None = None
    follows: bool = False
    trivial: Trivial = ""
    wrong: Sequence[str] = ()


class _Verdict(NamedTuple):
    """What is said of a number that was read."""

    status: Status
    said: str
    flag: str = ""
    slips: Sequence[Slip] = ()


def is_true(box: Box, typed: str, options: Sequence[str] = ()) -> bool:
    """Tells whether what was typed is the right answer of a box, within its tolerance."""
    if isinstance(box.answer, str):
        if cleaned(typed) == "":
            return False
        same = same_choice if box.kind == "choice" else same_text
        if any(same(typed, right) for right in (box.answer, *box.accepted)) or chosen(typed, options) == box.answer:
            return True
        return shape(typed) is not None and shape(typed) == shape(box.answer)
    return agrees(box, read(typed), box.answer)


def _points(factor: Mapping[str, Box], typed: Mapping[str, str]) -> float:
    return sum(box.points for part, box in factor.items() if is_true(box, typed[part]))


def _best(points: Sequence[Sequence[float]]) -> tuple[float, tuple[int, ...]]:
    """Returns the most points that an order gives, and the order: the first of those that give as many."""
    places = range(len(points))
    orders = permutations(places) if len(points) <= MOST_LINES else [tuple(places)]
    return max(((sum(points[i][order[i]] for i in places), order) for order in orders), key=lambda found: found[0])


def _alike(group: str, boxes: list[Box]) -> Iterator[list[Factors]]:
    """Yields the lines of a group that have the same boxes.

    A box's name says its line behind the group's name, and its factor, as in 3.b.path1.factor2.over; one that does not is a
    line by itself.
    """
    lines: dict[str, dict[str, dict[str, Box]]] = {}
    for box in boxes:
        parts = re.fullmatch(re.escape(group) + r"(\d+)(?:\.factor(\d+))?(.*)", box.name)
        line, factor, part = (parts[1], parts[2] or "", parts[3]) if parts else (box.name, "", "")
        lines.setdefault(line, {}).setdefault(factor, {})[part] = box
    shapes: dict[tuple[tuple[str, ...], ...], list[Factors]] = {}
    for line in lines.values():
        factors = [*line.values()]
        if len({tuple(factor) for factor in factors}) == 1:
            shapes.setdefault(tuple(tuple(factor) for factor in factors), []).append(factors)
    yield from shapes.values()


def _computed(follows: Follows, own: Mapping[str, float]) -> float | None:
    """Returns what follows from numbers; None outside of a domain."""
    try:
        found = float(follows.compute(own))
    except (CannotFollowError, ArithmeticError, ValueError):
        return None
    return found if isfinite(found) else None


def _widened(follows: Follows, at: Mapping[str, float], middle: float, spreads: Mapping[str, float]) -> Interval:
    """Returns where what follows lies, for numbers known up to a spread: all ends of a few are tried, of many each by itself.

    Next to a pole, a kink or the end of a domain the ends say nothing of what lies between them: then it is the middle alone.
    """
    low = high = middle
    if not spreads:
        return Interval(low, high)
    bent = 0.0
    few = len(spreads) <= CORNERS
    for moves in _corners(spreads) if few else ({name: spread} for name, spread in spreads.items()):
        ends = [_computed(follows, {**at, **{name: at[name] + sign * x for name, x in moves.items()}}) for sign in (1, -1)]
        here = [y for y in ends if y is not None]
        if len(here) < len(ends):
            return Interval(middle, middle)
        bent = max(bent, abs(sum(here) - 2.0 * middle))
        if few:
            low, high = min(low, *here), max(high, *here)
        else:
            low, high = low + min(0.0, *(y - middle for y in here)), high + max(0.0, *(y - middle for y in here))
    return Interval(low, high) if bent <= BENT * (high - low) else Interval(middle, middle)


def _corners(spreads: Mapping[str, float]) -> Iterable[dict[str, float]]:
    """Yields half of the corners, as moves: the other half is opposite to them."""
    first, *others = spreads
    for signs in product((1.0, -1.0), repeat=len(others)):
        yield {first: spreads[first]} | {name: sign * spreads[name] for name, sign in zip(others, signs, strict=True)}


_MOVES: tuple[Callable[[float], float], ...] = (lambda x: x + 1.0, lambda x: 2.0 * x + 3.0, lambda x: -x - 0.5)


def _matters(follows: Follows, own: Mapping[str, float], name: str) -> bool:
    """Tells whether what follows depends on one of the numbers."""
    before = _computed(follows, own)
    after = [_computed(follows, {**own, name: move(own[name])}) for move in _MOVES]
    return any(y is not None and before is not None and abs(y - before) > 1e-12 * max(1.0, abs(y)) for y in after)


def _in_full(x: float) -> str:
    text = written(x)
    return text if read(text).numbers == (x,) else repr(x)


def _said(key: str, **words: str) -> str:
    """Returns a sentence with its blanks filled."""
    return SAID[key].format_map(words)


__all__ = ["Interval", "Mark", "Marked", "Status", "agrees", "marked"]
