"""Versions of an exercise: numbers are drawn until they are as they should be, and those are chosen that make equal sheets.

>>> from chalkgrad.classroom.worksheet import Problem
>>> drawn = GraphDrawing(Template(Problem("c = a + b; d = b + 1; e = c*d", ())), b"0" * 32, lambda posed: ())
>>> [len({version.values[name] for version in drawn.versions(2)}) for name in "ab"]
[2, 2]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.numbers import by_name
from chalkgrad.classroom.paper import Box, Question
from chalkgrad.classroom.posed import NOT_ON_PAPER, OFTEN, Posed
from chalkgrad.classroom.posing import RESIDUALS, Template, draws
from chalkgrad.classroom.worksheet import Problem
from chalkgrad.engine import Value
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Found, Gradients
from chalkgrad.engine.words.language import section

WORDS = section("sheet command")

DRAWS = 6000  # of one exercise, at most
CHECKED = 2000  # nodes of graphs whose slips are looked at, at most
LEAST_CHECKED, MOST_CHECKED = 40, 120  # graphs
POOL = 40  # versions of an exercise from which each student gets one
FEW = 12  # below which rather more slips give the same number


class Strictness(NamedTuple):
    """Which slips are to give numbers of their own: those that were met at least so often; from each other, too, or not."""

    often: int
    each: bool


STRICT = (Strictness(OFTEN, True), Strictness(4, True), Strictness(5, True), Strictness(6, True), Strictness(6, False))


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
        return tuple(Counter(box.kind for box in self.boxes).items()), self.negative, self.paths

    @property
    def negative(self) -> int:
        """How many answers are negative."""
        return sum(isinstance(box.answer, float) and box.answer < 0 for box in self.boxes)

    @property
    def key(self) -> str:
        """Its numbers as a text, by which a version is told from others."""
        return ", ".join(f"{name} = {x!r}" for name, x in self.values.items())


Make = Callable[[Posed], tuple[Question, ...] | None]  # makes the questions; None for numbers that do not suit a form


class Drawing(ABC):
    """The versions of an exercise: of its numbers, some are found by a kind of drawing that depends on what is asked."""

    def __init__(self, chance: Chance, make: Make) -> None:
        self.chance, self.make = chance, make
        self.refused: Counter[str] = Counter()
        self.tried = 0
        self._stream = self.candidates()
        self._seen: list[Candidate] = []

    @abstractmethod
    def candidates(self) -> Iterator[Candidate]:
        """Yields numbers that are as they should be, with the strictness that their slips bear."""

    most = MOST_CHECKED  # candidates that are looked at
    varying: Set[str] = frozenset()  # the inputs that neighbours are to differ in

    def versions(self, count: int) -> list[Drawn]:
        """Returns so many versions, of which neighbours differ and all have one profile. Raises NotEnoughError."""
        groups: list[list[Drawn]] = []
        for level, groups in self._by_level():
            for group in groups:
                if chosen := in_turn(group, count, self.varying):
                    self.level = level
                    return chosen
        for ring in (True, False):
            for group in groups:
                if chosen := in_turn(group, count, self._varying_in(group), ring):
                    self.level, self.same = len(STRICT) - 1, self._varying_in(group) < self.varying
                    return chosen
        fewer = (n for n in range(count - 1, 0, -1) if any(in_turn(one, n, self._varying_in(one), False) for one in groups))
        found = next(fewer, 0)
        raise NotEnoughError(self._too_few(found, count), found)

    def _varying_in(self, group: Sequence[Drawn]) -> Set[str]:
        return {name for name in self.varying if len({one.values[name] for one in group}) > 1}

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
    same = False  # whether an input is the same in all versions, though it might be another

    @property
    def relaxed(self) -> str:
        """What had to be allowed for enough versions, as a sentence; "" for nothing."""
        said = []
        if self.level:
            often, each = STRICT[self.level]
            said.append(WORDS["rare slips" if each else "all slips"].format(often=often))
        if self.same:
            said.append(WORDS["same inputs"])
        return "; ".join(said)

    def _by_level(self, whole: bool = False) -> Iterator[tuple[int, list[list[Drawn]]]]:
        """Yields for each strictness the groups of one profile, the largest first; where few suffice, before all are drawn."""
        parts = ((self.most, len(STRICT)),) if whole else ((self.most // 4, 2), (self.most // 2, 3), (self.most, len(STRICT)))
        for size, levels in parts:
            self._seen += islice(self._stream, max(0, size - len(self._seen)))
            for level in range(levels):
                yield level, self._groups(level, size)

    def _groups(self, level: int, size: int) -> list[list[Drawn]]:
        """Returns the groups among the first candidates: what was drawn before for more versions does not change these."""
        groups: dict[Hashable, list[Drawn]] = {}
        for candidate in self._seen[:size]:
            if candidate.level <= level and (drawn := candidate.drawn) is not None:
                groups.setdefault(drawn.profile, []).append(drawn)
        return sorted(groups.values(), key=lambda group: (group[0].negative > 0, len(group)), reverse=True)

    def _too_few(self, found: int, asked: int) -> str:
        reasons = [f"{why}: {count}" for why, count in self.refused.most_common(3)]
        unsuited = sum(candidate.made and candidate.drawn is None for candidate in self._seen)
        if unsuited:
            reasons.append(f"a form does not suit them: {unsuited}")
        because = f" ({'; '.join(reasons)})" if reasons else ""
        there_is = f"there {'is' if found == 1 else 'are'} {amount(found, 'version')}"
        return f"{there_is}, not {asked}, in {amount(self.tried, 'draw')}{because}: give the inputs more numbers"


class GraphDrawing(Drawing):
    """The versions of a graph: numbers are tried until all that is computed is as it should be, and slips can be told apart."""

    def __init__(self, template: Template, key: bytes, make: Make) -> None:
        super().__init__(Chance(key, "numbers", template.problem.words), make)
        self.template = template
        self.most = max(LEAST_CHECKED, min(MOST_CHECKED, CHECKED // len(template.nodes)))
        self.varying = {name for name in template.leaves if len(template.choices.get(name, RESIDUALS)) > 1}
        self._alike = _Alike(template, self.chance.beside("near"))

    def candidates(self) -> Iterator[Candidate]:
        """Yields numbers at which all is as it should be."""
        for values, upstream, rate, residual in draws(self.template, self.chance.beside("draws"), DRAWS):
            self.tried += 1
            tried = self.template.tried(values, upstream, rate, residual)
            if tried.refused:
                self.refused[tried.refused] += 1
                continue
            numbers = {name: leaf._data for name, leaf in self.template.leaves.items()}
            numbers |= {name: x for name, x in (("upstream", upstream), ("rate", rate)) if name not in numbers}
            words = ", ".join(f"{name} = {x!r}" for name, x in numbers.items())
            posed = self.template.posed(self.chance.beside("forms", words), upstream, rate)
            level = self._alike.level(posed, tried.pattern)
            if level == len(STRICT):
                self.refused["a slip gives the right number"] += 1
                continue
            yield Candidate(numbers, posed, level, tried.paths, self.make)


class ModelDrawing(Drawing):
    """The versions of what is asked of a network: its widths are drawn, and all else by the form."""

    def __init__(self, problem: Problem, key: bytes, make: Make) -> None:
        super().__init__(Chance(key, "widths", problem.words), make)
        self.problem = problem

    def candidates(self) -> Iterator[Candidate]:
        """Yields widths, each time with another source for what the form draws."""
        problem = self.problem
        for i in range(self.most):
            self.tried += 1
            chance = self.chance.beside(f"{i}")
            widths = [chance.choice(choice) for choice in problem.widths]
            options = {**problem.options, **({"widths": [int(width) for width in widths]} if widths else {})}
            numbers = by_name(problem.numbers, problem.small)
            nothing = Value(1.0, "y")
            posed = Posed(
                nothing, {"y": nothing}, (), chance.beside("form"), decimals=numbers.decimals, options=options, said=False
            )
            values = {"draw": float(i), **{f"width {layer}": width for layer, width in enumerate(widths, 1)}}
            yield Candidate(values, posed, 0, 0, self.make)


class Candidate:
    """Numbers that may be a version; its questions are made when they are needed."""

    def __init__(
        self,
        values: Mapping[str, float],
        posed: Posed,
        level: int,
        paths: int,
        make: Make,
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
        self._near: dict[tuple[Hashable, ...], list[tuple[dict[Name, float], float]]] = {}

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
        level, apart, asked = 0, self._template.numbers.apart, {posed.names[name] for name in posed.of}
        for node, (numbers, right) in zip(nodes, near, strict=True):
            not_asked = node.constant or node is posed.root or not (node.parents or node in asked)
            if not_asked or abs(gradients.sweep.adjoints[node]) <= posed.tolerance:  # the last where a form asks for it
                continue
            slips = []
            for found in gradients.wrong(node):
                there = numbers.get(_name(found, places))
                if there is not None and not _equal(there, right) and found.slip.name not in NOT_ON_PAPER:
                    slips.append(_Wrong(found.number, found.weight, found.kin, there))
            exact = gradients.sweep.adjoints[node]
            while level < len(STRICT) and not _told_apart(slips, exact, STRICT[level], apart):
                level += 1
        return level


class _Wrong(NamedTuple):
    """What a slip gives, how often it was met, its kin, and what it gives at the numbers near by."""

    number: float
    weight: float
    kin: str
    near: float


def _told_apart(slips: Sequence[_Wrong], exact: float, strict: Strictness, apart: float) -> bool:
    some = sorted(slip for slip in slips if slip.weight >= strict.often)
    if any(abs(slip.number - exact) < apart for slip in some):
        return False
    same = ((x, y) for i, x in enumerate(some) for y in _following(some, i, apart))
    return not strict.each or all(x.kin == y.kin or _equal(x.near, y.near) for x, y in same)


def _following(some: Sequence[_Wrong], i: int, apart: float) -> Iterator[_Wrong]:
    for other in some[i + 1 :]:
        if other.number - some[i].number >= apart:
            return
        yield other


def _equal(x: float, y: float) -> bool:
    """Whether two numbers are the same up to rounding, which differs between Pythons."""
    return abs(x - y) <= 1e-10 * max(1.0, abs(x))


def _at(root: Value, upstream: float) -> list[tuple[dict[Name, float], float]]:
    """Returns for each node what each slip makes of its gradient, and the right one."""
    gradients = Gradients(Sweep(root, upstream=upstream))
    nodes = gradients.sweep.tape.nodes
    places = {node: i for i, node in enumerate(nodes)}
    return [
        (
            {_name(found, places): found.number for found in gradients.wrong(node)} if not node.constant else {},
            gradients.sweep.adjoints[node],
        )
        for node in nodes
    ]


def _name(found: Found, places: Mapping[Value, int]) -> Name:
    told = found.evidence
    at = [None if node is None else places.get(node) for node in (told.node, told.parent, told.other)]
    through = [places.get(node) for node in told.nodes]
    return found.slip.name, found.key, told.form, *at, told.slot, told.other_slot, told.times, told.number, *through


# Versions that are equal in all that makes them difficult, and differ from their neighbours ----------------------------


def in_turn(group: Sequence[Drawn], count: int, varying: Set[str], ring: bool = True) -> list[Drawn]:
    """Returns so many versions, each different from the next; none if there are not so many.

    They differ in all of the inputs that are `varying`, and in half of the answers at least that are not the same in all. In a
    ring the last differs from the first, too.
    """
    if len(group) < count:
        return []
    boxes = list(zip(*([box.answer for box in version.boxes] for version in group), strict=True))
    telling = [i for i, answers in enumerate(boxes) if len(set(answers)) > 1]
    answers = {id(version): [version.boxes[i].answer for i in telling] for version in group}

    def differ(one: Drawn, other: Drawn) -> bool:
        if any(one.values[name] == other.values[name] for name in varying):
            return False
        same = sum(x == y for x, y in zip(answers[id(one)], answers[id(other)], strict=True))
        return one is not other and 2 * same <= len(telling) and (bool(telling) or bool(varying))

    steps = 0
    for start in group if count > 1 else group[:1]:
        row, waiting = [start], [iter(group)]
        while row and steps < SEARCHED:
            steps += 1
            if len(row) == count and (not ring or count < 3 or differ(row[-1], row[0])):
                return row
            following = next(waiting[-1], None) if len(row) < count else None
            if following is None:
                waiting.pop()
                row.pop()
            elif following not in row and differ(row[-1], following):
                row.append(following)
                waiting.append(iter(group))
    return []


SEARCHED = 20_000  # pairs of versions
