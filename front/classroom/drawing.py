"""Versions of an exercise: numbers are drawn until they are as they should be, and those are chosen that make equal sheets.

>>> from chalkgrad.classroom.worksheet import Problem
>>> drawn = Drawing(Template(Problem("c = a + b; d = b + 1; e = c*d", ())), b"0" * 32, lambda posed: ())
>>> [len({version.values[name] for version in drawn.versions(2)}) for name in "ab"]
[2, 2]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.paper import Box, Question
from chalkgrad.classroom.posed import Posed
from chalkgrad.classroom.posing import Template, draws
from chalkgrad.engine import Value
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Found, Gradients

DRAWS = 6000  # of one exercise, at most
CHECKED = 3000  # nodes of graphs whose slips are looked at, at most
LEAST_CHECKED, MOST_CHECKED = 40, 160  # graphs
POOL = 40  # versions of an exercise from which each student gets one
FEW = 12  # below which rather more slips give the same number
# Slips that are not made on paper, or not told by their number: steps and roundings.
NOT_ON_PAPER = {"finite step", "rounded", "updated", "step of descent", "after descent", "diagonal", "of other"}


class Strictness(NamedTuple):
    """Which slips are to give numbers of their own: those that were met at least so often; from each other, too, or not."""

    often: int
    each: bool


STRICT = (Strictness(2, True), Strictness(4, True), Strictness(5, True), Strictness(6, True), Strictness(6, False))


class NotEnoughError(ValueError):
    """There are fewer versions than are asked for: how many, and why numbers were refused, as a sentence."""

    def __init__(self, message: str, found: int) -> None:
        super().__init__(message)
        self.found = found


@dataclass(frozen=True)
class Drawn:
    """One version of an exercise: its numbers, the graph with them, and the questions."""

    values: Mapping[str, float]
    posed: Posed
    questions: tuple[Question, ...]
    level: int
    paths: int

    @property
    def boxes(self) -> list[Box]:
        """The boxes of all its questions."""
        return [box for question in self.questions for box in question.boxes]

    @property
    def profile(self) -> Hashable:
        """What is equal in all versions: the cells, the negative answers, and the paths; so they are equally difficult."""
        boxes = self.boxes
        negative = sum(isinstance(box.answer, float) and box.answer < 0 for box in boxes)
        return tuple(Counter(box.kind for box in boxes).items()), negative, self.paths

    @property
    def key(self) -> str:
        """Its numbers as a text, by which a version is told from others."""
        return ", ".join(f"{name} = {x!r}" for name, x in self.values.items())


class Drawing:
    """The versions of an exercise; `made` makes its questions, and returns None for numbers that do not suit a form."""

    def __init__(self, template: Template, key: bytes, made: Callable[[Posed], tuple[Question, ...] | None]) -> None:
        self.template, self._made = template, made
        self._chance = Chance(key, "numbers", template.problem.words)
        self.refused: Counter[str] = Counter()
        self.tried = 0
        self._stream = self._candidates()
        self._seen: list[_Candidate] = []
        self._alike = _Alike(template, self._chance.beside("near"))

    def versions(self, count: int) -> list[Drawn]:
        """Returns so many versions, of which neighbours differ and all have one profile. Raises NotEnoughError."""
        best = 0
        for level, groups in self._by_level():
            for group in groups:
                chosen = _in_turn(group, count)
                best = max(best, len(chosen))
                if len(chosen) == count:
                    self.level = level
                    return chosen
        raise NotEnoughError(self._too_few(best, count), best)

    def pool(self) -> list[Drawn]:
        """Returns the versions of which each student gets one: as many as there are, up to POOL, all of one profile."""
        best: list[Drawn] = []
        for level, groups in self._by_level(whole=True):
            largest = max(groups, key=len, default=[])
            if len(largest) > len(best):
                best, self.level = largest, level
            if len(best) >= FEW:
                break
        if not best:
            raise NotEnoughError(self._too_few(0, 1), 0)
        return best[:POOL]

    level = 0  # of strictness, which had to be lowered so far

    @property
    def relaxed(self) -> str:
        """What had to be allowed for enough versions, as a sentence; "" for nothing."""
        if not self.level:
            return ""
        often, each = STRICT[self.level]
        others = "" if each else ", and those that were may give one number with each other"
        return (
            f"slips that were met in fewer than {often} discussions may give the same number as others or the right one{others}"
        )

    def _by_level(self, whole: bool = False) -> Iterator[tuple[int, list[list[Drawn]]]]:
        """Yields for each strictness the groups of one profile, the largest first; where few suffice, before all are drawn."""
        most = max(LEAST_CHECKED, min(MOST_CHECKED, CHECKED // len(self.template.nodes)))
        sizes = (most,) if whole else (most // 4, most)
        for size in sizes:
            self._seen += islice(self._stream, max(0, size - len(self._seen)))
            for level in range(len(STRICT)):
                yield level, self._groups(level)

    def _groups(self, level: int) -> list[list[Drawn]]:
        groups: dict[Hashable, list[Drawn]] = {}
        for candidate in self._seen:
            if candidate.level <= level and (drawn := candidate.drawn) is not None:
                groups.setdefault(drawn.profile, []).append(drawn)
        return sorted(groups.values(), key=len, reverse=True)

    def _candidates(self) -> Iterator[_Candidate]:
        """Yields numbers that are as they should be, with the strictness that their slips bear."""
        for values, upstream, rate, residual in draws(self.template, self._chance.beside("draws"), DRAWS):
            self.tried += 1
            tried = self.template.tried(values, upstream, rate, residual)
            if tried.refused:
                self.refused[tried.refused] += 1
                continue
            numbers = {name: leaf._data for name, leaf in self.template.leaves.items()}
            words = ", ".join(f"{name} = {x!r}" for name, x in [*numbers.items(), ("upstream", upstream), ("rate", rate)])
            posed = self.template.posed(self._chance.beside("forms", words), upstream, rate)
            level = self._alike.level(posed, tried.pattern)
            if level == len(STRICT):
                self.refused["a slip gives the right number"] += 1
                continue
            yield _Candidate(numbers, posed, level, tried.paths, self._made)

    def _too_few(self, found: int, asked: int) -> str:
        reasons = [f"{why}: {count}" for why, count in self.refused.most_common(3)]
        unsuited = sum(candidate.made and candidate.drawn is None for candidate in self._seen)
        if unsuited:
            reasons.append(f"a form does not suit them: {unsuited}")
        because = f" ({'; '.join(reasons)})" if reasons else ""
        there_is = f"there {'is' if found == 1 else 'are'} {amount(found, 'version')}"
        return f"{there_is}, not {asked}, in {amount(self.tried, 'draw')}{because}: give the inputs more numbers"


class _Candidate:
    """Numbers that may be a version; its questions are made when they are needed."""

    def __init__(
        self,
        values: Mapping[str, float],
        posed: Posed,
        level: int,
        paths: int,
        make: Callable[[Posed], tuple[Question, ...] | None],
    ) -> None:
        self.values, self.posed, self.level, self.paths, self._make = values, posed, level, paths, make
        self.made = False
        self._drawn: Drawn | None = None

    @property
    def drawn(self) -> Drawn | None:
        """The version; None if a form does not take the numbers."""
        if not self.made:
            questions, self.made = self._make(self.posed), True
            if questions is not None:
                self._drawn = Drawn(self.values, self.posed, questions, self.level, self.paths)
        return self._drawn


# Which slips can be told apart ---------------------------------------------------------------------------------------

Name = tuple[Hashable, ...]  # of a slip at a place in a graph, the same for all numbers


class _Alike:
    """Which slips give the same number as others, or the right one, by accident: at other numbers they would not.

    Slips that can never differ on a graph are one class. They are told by the graph at numbers near by.
    """

    def __init__(self, template: Template, chance: Chance) -> None:
        self._template, self._chance = template, chance
        self._near: dict[tuple[Hashable, ...], list[tuple[dict[Name, str], str]]] = {}

    def level(self, posed: Posed, pattern: tuple[Hashable, ...]) -> int:
        """Returns the first strictness that a graph at its numbers bears; their number if none.

        The template has the same numbers.
        """
        if (posed.upstream, *pattern) not in self._near:
            root = self._template.near(self._chance.beside(repr(pattern)))
            self._near[posed.upstream, *pattern] = _at(root, posed.upstream)
        near, gradients = self._near[posed.upstream, *pattern], posed.gradients
        nodes = posed.sweep.tape.nodes
        places = {node: i for i, node in enumerate(nodes)}
        level, apart = 0, self._template.numbers.apart
        for node, (numbers, right) in zip(nodes, near, strict=True):
            if node.constant or node is posed.root:
                continue
            slips = []
            for found in gradients.wrong(node):
                there = numbers.get(_name(found, places))
                if there is not None and there != right and found.slip.name not in NOT_ON_PAPER:
                    slips.append((found.number, found.weight, found.kin, there))
            exact = gradients.sweep.adjoints[node]
            while level < len(STRICT) and not _told_apart(slips, exact, STRICT[level], apart):
                level += 1
        return level


def _told_apart(slips: Sequence[tuple[float, float, str, str]], exact: float, strict: Strictness, apart: float) -> bool:
    some = sorted(slip for slip in slips if slip[1] >= strict.often)
    if any(abs(slip[0] - exact) < apart for slip in some):
        return False
    near = ((x, y) for i, x in enumerate(some) for y in _following(some, i, apart))
    return not strict.each or all(x[2] == y[2] or x[3] == y[3] for x, y in near)


def _following(some: Sequence[tuple[float, float, str, str]], i: int, apart: float) -> Iterator[tuple[float, float, str, str]]:
    for other in some[i + 1 :]:
        if other[0] - some[i][0] >= apart:
            return
        yield other


def _at(root: Value, upstream: float) -> list[tuple[dict[Name, str], str]]:
    """Returns for each node what each slip makes of its gradient, and the right one, as texts that tell numbers apart."""
    gradients = Gradients(Sweep(root, upstream=upstream))
    nodes = gradients.sweep.tape.nodes
    places = {node: i for i, node in enumerate(nodes)}
    return [
        (
            {_name(found, places): f"{found.number:.12g}" for found in gradients.wrong(node)} if not node.constant else {},
            f"{gradients.sweep.adjoints[node]:.12g}",
        )
        for node in nodes
    ]


def _name(found: Found, places: Mapping[Value, int]) -> Name:
    told = found.evidence
    at = [None if node is None else places.get(node) for node in (told.node, told.parent, told.other)]
    through = [places.get(node) for node in told.nodes]
    return found.slip.name, found.key, told.form, *at, told.slot, told.other_slot, told.times, told.number, *through


# Versions that are equal in all that makes them difficult, and differ from their neighbours ----------------------------


def _in_turn(group: Sequence[Drawn], count: int) -> list[Drawn]:
    """Returns so many versions, each different from the next, and the last from the first; fewer if there are not so many."""
    if not group:
        return []
    varying = [name for name in group[0].values if len({version.values[name] for version in group}) > 1]
    boxes = list(zip(*([box.answer for box in version.boxes] for version in group), strict=True))
    telling = [i for i, answers in enumerate(boxes) if len(set(answers)) > 1]
    answers = {id(version): [version.boxes[i].answer for i in telling] for version in group}

    def differ(one: Drawn, other: Drawn) -> bool:
        if any(one.values[name] == other.values[name] for name in varying):
            return False
        same = sum(x == y for x, y in zip(answers[id(one)], answers[id(other)], strict=True))
        return one is not other and 2 * same <= len(telling) and (same < len(telling) or not telling)

    best: list[Drawn] = []
    steps = 0
    for start in group[: len(group) if count > 1 else 1]:
        row = [start]
        waiting = [iter(group)]
        while waiting and steps < SEARCHED:
            following = next(waiting[-1], None)
            steps += 1
            if len(row) == count and (count < 3 or differ(row[-1], row[0])):
                return row
            if following is None or len(row) == count:
                waiting.pop()
                row.pop()
            elif following not in row and differ(row[-1], following):
                row.append(following)
                waiting.append(iter(group))
                if len(row) > len(best):
                    best = row.copy()
    return best


SEARCHED = 20_000  # pairs of versions
