"""Versions of an exercise: numbers are drawn until they are as they should be, and those are chosen that make equal sheets.

>>> from chalkgrad.classroom.worksheet import Problem
>>> drawn = GraphDrawing(Template(Problem("c = a + b; d = b + 1; e = c*d", ())), b"0" * 32, lambda posed: ())
>>> [len({version.values[name] for version in drawn.versions(2).versions}) for name in "ab"]
[2, 2]
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice, product
from math import inf
from operator import eq
from typing import Any, NamedTuple

from chalkgrad.classroom.chance import Chance
from chalkgrad.classroom.numbers import by_name
from chalkgrad.classroom.paper import Box, Question
from chalkgrad.classroom.posed import OFTEN, Posed
from chalkgrad.classroom.templates import RESIDUALS, Template, draws
from chalkgrad.classroom.worksheet import Problem
from chalkgrad.engine import Value
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.stepping.steps import Sweep
from chalkgrad.engine.stepping.wrong_answers import Found, Gradients
from chalkgrad.engine.words.expressions import total
from chalkgrad.engine.words.language import section

WORDS = section("sheet command")

DRAWS, LEAST_DRAWS = 6000, 600  # of one exercise: at most, and at least where its graph is large
DRAWN_NODES = 90_000  # that are computed for draws; this bounds the time in which there may be nothing to be found
IN_VAIN = 4  # the part of the draws after which none is expected, if there was none
CHECKED_NODES = 2000  # of graphs whose slips are looked at, at most
LEAST_CHECKED, MOST_CHECKED = 40, 120  # graphs whose slips are looked at
POOL = 40  # versions of an exercise from which each student gets one
FEW, FEWEST = 12, 4  # below which rather more slips give the same number; and below which they rather give the right one
HELPING_DRAWS = 200  # to see whether a choice, left out, helps
RIGHT = "a slip gives the right number"
LISTED = 2  # places where slips cannot be told apart


class Strictness(NamedTuple):
    """How often slips were met that are to be told apart from each other, and those that are not to give the right number."""

    each: float
    right: float


# A wrong answer that has two explanations is still found to be wrong: slips give the right number last.
STRICT = (
    *(Strictness(each, 0) for each in (OFTEN, 4, 5, 6, inf)),
    *(Strictness(each, right) for right in (OFTEN, 4, 5, 6) for each in (6, inf)),
)
SAFE = sum(not strict.right for strict in STRICT)  # of these, at which no slip gives the right number


class NotEnoughError(ValueError):
    """There are fewer versions than are asked for: how many, and why numbers were refused, as a sentence."""

    def __init__(self, message: str, found: int) -> None:
        super().__init__(message)
        self.found = found


class Shared(NamedTuple):
    """A number that two slips give for a gradient, or a slip that gives the right one; `often` the rarer of them was met."""

    often: float
    gradient: str
    number: str
    slips: tuple[str, ...]
    right: bool


@dataclass(frozen=True)
class Drawn:
    """One version of an exercise: its numbers, the graph with them, and the questions.

    Attributes:
        values: by name, those of the leaves, of the upstream gradient and of the rate
        posed: the graph with them
        questions: what is asked
        level: the place in STRICT of the first strictness that it passes
        paths: how many lead from the leaves that are asked for to the root
        shared: where slips cannot be told apart
        equal: how many pairs of gradients are equal by accident, so that one taken for the other is not seen
    """

    values: Mapping[str, float]
    posed: Posed
    questions: tuple[Question, ...]
    level: int
    paths: int
    shared: tuple[Shared, ...] = ()
    equal: int = 0

    @property
    def boxes(self) -> list[Box]:
        """The boxes of all its questions."""
        return [box for question in self.questions for box in question.boxes]

    @property
    def profile(self) -> Hashable:
        """What is equal in all versions, so that they are equally difficult.

        That is the cells, the negative answers, the paths, the time, and of choices that are several, such as yes or no for
        each row, how many of each are right.
        """
        boxes = self.boxes
        several = Counter(box.options for box in boxes if box.kind == "text" and box.options)
        right = Counter((box.options, box.answer) for box in boxes if box.kind == "text" and several[box.options] > 1)
        minutes = sum(question.minutes for question in self.questions)
        return (
            frozenset(Counter(box.kind for box in boxes).items()),
            self.negative,
            self.paths,
            minutes,
            frozenset(right.items()),
        )

    @property
    def negative(self) -> int:
        """How many answers are negative."""
        return sum(isinstance(box.answer, float) and box.answer < 0 for box in self.boxes)

    @property
    def right(self) -> int:
        """How many slips give the right number."""
        return sum(shared.right for shared in self.shared)

    @property
    def key(self) -> str:
        """Its numbers as a text, by which a version is told from others."""
        return ", ".join(f"{name} = {x!r}" for name, x in self.values.items())


class Chosen(NamedTuple):
    """Versions, and whether neighbours have inputs or most of their answers in common, for want of others."""

    versions: list[Drawn]
    same_inputs: bool = False
    same_answers: bool = False

    def remark(self, letters: str = "") -> str:
        """Returns what had to be allowed, as a sentence; "" for nothing. The letters are those of the versions."""
        said = []
        for right, key in ((False, "two slips"), (True, "a slip that is right")):
            places = [
                (i, shared)
                for i, version in enumerate(self.versions)
                for shared in (version.shared if version.level else ())
                if shared.right == right
            ]
            places.sort(key=lambda place: -place[1].often)
            if places and letters:
                said.append(WORDS[key].format(places=_listed(places, letters)))
            elif places:
                count = len({i for i, _ in places})
                said.append(WORDS[key].format(places=WORDS["in some"].format(count=count, of=len(self.versions))))
        said += [WORDS["same inputs"]] if self.same_inputs else []
        said += [WORDS["same answers"]] if self.same_answers else []
        return "; ".join(said)


def _listed(places: Sequence[tuple[int, Shared]], letters: str) -> str:
    shown = [
        WORDS["in a version"].format(
            version=letters[i],
            gradient=shared.gradient,
            number=shared.number,
            slips=", ".join(f"“{name}”" for name in shared.slips),
        )
        for i, shared in places[:LISTED]
    ]
    more = len(places) - len(shown)
    return "; ".join(shown) + (WORDS.form("and more", more).format(count=more) if more else "")


Make = Callable[[Posed], tuple[Question, ...] | None]  # makes the questions; None for numbers that do not suit a form


class NumberDrawing(ABC):
    """The versions of an exercise: of its numbers, some are found by a kind of drawing that depends on what is asked.

    Args:
        chance: the source of the numbers.
        make: makes the questions.
        most: candidates that are looked at.
        varying: the inputs that neighbours are to differ in.
    """

    def __init__(self, chance: Chance, make: Make, most: int, varying: Set[str] = frozenset()) -> None:
        self.chance, self.make, self.most, self.varying = chance, make, most, varying
        self.refused: Counter[str] = Counter()
        self.places: Counter[tuple[str, str]] = Counter()  # reasons with what was not as it should be
        self.tried = 0
        self._stream = self.candidates()
        self._seen: list[Candidate] = []

    @abstractmethod
    def candidates(self) -> Iterator[Candidate]:
        """Yields numbers that are as they should be, with the strictness that their slips bear."""

    @abstractmethod
    def advice(self, found: int) -> str:
        """Returns what to do for more versions, of which ``found`` were found."""

    def versions(self, count: int) -> Chosen:
        """Returns ``count`` versions, of which neighbours differ and all have one profile. Raises NotEnoughError.

        Rare slips may share a number first; then the last version may be like the first, then slips may give the right number,
        then inputs and answers may be those of their neighbours.
        """
        groups: list[list[Drawn]] = []
        for levels, ring in product((range(SAFE), range(SAFE, len(STRICT))), (True, False)):
            for _, groups in self._by_level(levels):
                telling = Telling.of(groups)
                for group in groups:
                    if chosen := in_turn(group, count, self.varying, telling, ring):
                        return Chosen(chosen)
        for some_groups in (self._groups(SAFE - 1, self.most), groups):
            for group in some_groups:
                some = self._varying_in(group)
                for told in (Telling.of(some_groups), Telling((), ())):
                    for ring in (True, False):
                        if chosen := in_turn(group, count, some, told, ring):
                            return Chosen(chosen, some < self.varying, not told.all)
        found = max((len(self._most_of(group, count)) for group in groups), default=0)
        raise NotEnoughError(self._too_few(found, count), found)

    def _most_of(self, group: Sequence[Drawn], count: int) -> list[Drawn]:
        some, nothing = self._varying_in(group), Telling((), ())
        fewer = (in_turn(group, n, some, nothing, ring=False) for n in range(min(count - 1, len(group)), 0, -1))
        return next((chosen for chosen in fewer if chosen), [])

    def _varying_in(self, group: Sequence[Drawn]) -> Set[str]:
        return {name for name in self.varying if len({one.values[name] for one in group}) > 1}

    def pool(self) -> Chosen:
        """Returns the versions of which each student gets one: as many as there are, up to POOL, all of one profile."""
        best: list[Drawn] = []
        for level, groups in self._by_level(range(len(STRICT)), whole=True):
            largest = max(groups, key=len, default=[])
            if len(largest) > len(best):
                best = largest
            if len(best) >= (FEW if level < SAFE - 1 else FEWEST):
                break
        if not best:
            raise NotEnoughError(self._too_few(0), 0)
        return Chosen(best[:POOL])

    def _by_level(self, levels: range, whole: bool = False) -> Iterator[tuple[int, list[list[Drawn]]]]:
        """Yields for each strictness the groups of one profile, the largest first; where few suffice, before all are drawn."""
        parts = () if whole else ((self.most // 4, 2), (self.most // 2, 3))
        for size, most in (*parts, (self.most, len(STRICT))):
            self._seen += islice(self._stream, max(0, size - len(self._seen)))
            for level in levels:
                if level < most:
                    yield level, self._groups(level, size)

    def _groups(self, level: int, size: int) -> list[list[Drawn]]:
        """Returns the groups among the first candidates: what was drawn before for more versions does not change these."""
        groups: dict[Hashable, list[Drawn]] = {}
        for candidate in self._seen[:size]:
            if candidate.level <= level and (drawn := candidate.drawn) is not None:
                groups.setdefault(drawn.profile, []).append(drawn)
        some = [sorted(group, key=lambda drawn: (drawn.right, drawn.equal)) for group in groups.values()]
        return sorted(some, key=lambda group: (group[0].negative > 0, len(group)), reverse=True)

    def _too_few(self, found: int, asked: int | None = None) -> str:
        reasons = [f"{why}: {count}" for why, count in self.refused.most_common(3)]
        unsuited = sum(candidate.made and candidate.drawn is None for candidate in self._seen)
        if unsuited:
            reasons.append(f"a form does not suit them: {unsuited}")
        because = f" ({'; '.join(reasons)})" if reasons else ""
        there_is = f"there {'is' if found == 1 else 'are'} {amount(found, 'version')}"
        wanted = f", not {asked}," if asked else ""
        return f"{there_is}{wanted} in {amount(self.tried, 'draw')}{because}: {self.advice(found)}"


class GraphDrawing(NumberDrawing):
    """The versions of a graph: numbers are tried until all that is computed is as it should be, and slips can be told apart.

    At most `most` graphs are looked at, and fewer where they are large.
    """

    def __init__(self, template: Template, key: bytes, make: Make, most: int = MOST_CHECKED, series: str = "") -> None:
        varying = {name for name in template.leaves if len(template.choices.get(name, RESIDUALS)) > 1}
        size = len(template.nodes)
        most = max(min(most, LEAST_CHECKED), min(most, CHECKED_NODES // size))
        super().__init__(Chance(key, "numbers", series, template.problem.words), make, most, varying)
        self.template = template
        self._draws = max(LEAST_DRAWS, min(DRAWS, DRAWN_NODES // size))
        self._alike = _Alike(template, self.chance.beside("near"))

    def candidates(self) -> Iterator[Candidate]:
        """Yields numbers at which all is as it should be."""
        template, found = self.template, 0
        for values, upstream, rate, residual in draws(template, self.chance.beside("draws"), self._draws):
            if not found and self.tried > self._draws // IN_VAIN:
                return
            self.tried += 1
            tried = template.tried(values, upstream, rate, residual)
            if tried.refused:
                self.refused[tried.refused] += 1
                self.places[tried.refused, tried.where] += 1
                continue
            numbers = {name: leaf._data for name, leaf in template.leaves.items()}
            numbers |= {name: x for name, x in (("upstream", upstream), ("rate", rate)) if name not in numbers}
            words = ", ".join(f"{name} = {x!r}" for name, x in numbers.items())
            posed = template.posed(self.chance.beside("forms", words), upstream, rate)
            alike = self._alike.judged(posed, tried.branches)
            if alike.level == len(STRICT):
                self.refused[RIGHT] += 1
                continue
            found += 1
            yield Candidate(numbers, posed, self.make, alike, tried.paths)

    def advice(self, found: int) -> str:
        """Returns what to do for more versions; where there is none, by what refused most of the numbers."""
        if found or not self.refused:
            return "give the inputs more numbers, or ask in another form"
        helping = "" if self.refused[RIGHT] else self._helping()
        return f"{self._advice()}; numbers are found {helping}" if helping else self._advice()

    def _advice(self) -> str:
        why = self.refused.most_common(1)[0][0]
        places = [(count, where) for (reason, where), count in self.places.items() if reason == why and where]
        where = max(places)[1] if places else ""
        often = f"it is most often {where}; " if where else ""
        kind = self.template.numbers.name
        if "is 0" in why and self.places[why, where] == self.tried > 1:
            return f"{where} is 0 at all of them, and more numbers do not help: change the graph, or ask for other gradients"
        if "is not in" in why and kind != "decimals":
            others = "decimals" if self.template.functions else "thirds, quarters or decimals"
            return f"{often}ask for another kind of numbers: they are {kind} here, and may be {others}"
        if "is above" in why:
            return f"{often}give the inputs smaller numbers, or choose a smaller graph"
        if "table" in why:
            return f"give the inputs whole numbers for which {where} is looked up at one from -4 to 4"
        if "no value" in why:
            return "give the inputs numbers at which all operations have a value"
        if "step" in why:
            return "give the inputs other numbers, or another rate: rate = [0.25, 0.125, 0.05]"
        return f"{often}give the inputs other numbers"

    def _helping(self) -> str:
        """Returns which of the choices can be left out so that numbers are found: alone, else all of them; "" for none."""
        problem = self.template.problem
        left_out: dict[str, dict[str, Any]] = {}
        if problem.small:
            left_out["small = true (--small-numbers)"] = {"small": False}
        if problem.upstream != (1.0,):
            left_out["upstream"] = {"upstream": (1.0,)}
        if problem.rate:
            left_out["rate"] = {"rate": ()}
        left_out |= {
            f"inputs.{name}": {"inputs": {key: choice for key, choice in problem.inputs.items() if key != name}}
            for name in problem.inputs
        }
        alone = [name for name, other in left_out.items() if self._found_with(replace(problem, **other))]
        if alone:
            return f"without {' or without '.join(alone)}"
        together = list(left_out)
        everything: dict[str, Any] = {key: value for other in left_out.values() for key, value in other.items()}
        everything |= {"inputs": {}}
        if len(together) < 2 or not self._found_with(replace(problem, **everything)):
            return ""
        return f"without {', '.join(together[:-1])} and {together[-1]} together"

    def _found_with(self, problem: Problem) -> bool:
        """Tells whether a few draws of another problem of the graph have numbers that are as they should be."""
        template = Template(problem, self.template.root)
        some = draws(template, self.chance.beside("helping"), HELPING_DRAWS)
        return any(not template.tried(*numbers).refused for numbers in some)


class ModelDrawing(NumberDrawing):
    """The versions of what is asked of a network: its widths are drawn, and all else by the form."""

    def __init__(self, problem: Problem, key: bytes, make: Make, most: int = MOST_CHECKED, series: str = "") -> None:
        super().__init__(Chance(key, "widths", series, problem.words), make, most)
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
            yield Candidate(values, posed, self.make)

    def advice(self, found: int) -> str:
        """Returns that widths are to be drawn."""
        return 'let the widths be drawn from more numbers: widths = ["2..4", "3..5", 1]'


class Judged(NamedTuple):
    """What a graph bears: the first strictness, their number if none; where slips share a number; equal gradients."""

    level: int = 0
    shared: tuple[Shared, ...] = ()
    equal: int = 0


NOTHING_SHARED = Judged()


class Candidate:
    """Numbers that may be a version; its questions are made when they are needed."""

    def __init__(
        self, values: Mapping[str, float], posed: Posed, make: Make, judged: Judged = NOTHING_SHARED, paths: int = 0
    ) -> None:
        self.values, self.posed, self.paths, self._judged, self._make = values, posed, paths, judged, make
        self.level = judged.level
        self.made = False
        self._drawn: Drawn | None = None

    @property
    def drawn(self) -> Drawn | None:
        """The version; None if a form does not take the numbers."""
        if not self.made:
            questions, self.made = self._make(self.posed), True
            if questions is not None:
                _, shared, equal = self._judged
                self._drawn = Drawn(self.values, self.posed, questions, self.level, self.paths, shared, equal)
        return self._drawn


# Which slips can be told apart ---------------------------------------------------------------------------------------

Name = tuple[Hashable, ...]  # of a slip at a place in a graph, the same for all numbers


class _Alike:
    """Which slips give the same number as others, or the right one, by accident: at other numbers they would not.

    Slips that can never differ on a graph are one class. They are told by the graph at numbers near by.
    """

    def __init__(self, template: Template, chance: Chance) -> None:
        self._template, self._chance = template, chance
        self._near: dict[Hashable, list[tuple[dict[Name, float], float]]] = {}

    def judged(self, posed: Posed, branches: tuple[Hashable, ...]) -> Judged:
        """Returns what a graph at its numbers bears, which the template has, too."""
        where = (posed.upstream, branches)
        if where not in self._near:
            self._near[where] = _at(self._template.near(self._chance.beside(repr(where))), posed.upstream)
        gradients, nodes = posed.gradients, posed.sweep.tape.nodes
        adjoints = gradients.sweep.adjoints
        places = {node: i for i, node in enumerate(nodes)}
        graded = {node for form in self._template.forms for node in form.graded(posed)}
        level, shared, rights = 0, list[Shared](), list[tuple[float, float]]()
        for node, (numbers, right) in zip(nodes, self._near[where], strict=True):
            if node not in graded or abs(adjoints[node]) <= posed.tolerance:  # the last where a form asks for it
                continue
            slips = []
            for found in gradients.wrong(node):
                there = numbers.get(_name(found, places))
                if there is not None and not _equal(there, right) and found.slip.on_paper:
                    slips.append(_Wrong(found.number, found.weight, found.kin, there, found.slip.name))
            clashes = [*_clashes(slips, adjoints[node], self._template.numbers.apart)]
            while level < len(STRICT) and not all(clash.borne(STRICT[level]) for clash in clashes):
                level += 1
            symbol = total(posed.sweep.names[posed.root], posed.sweep.names[node])
            shared += [
                Shared(clash.weight, symbol, posed.written(clash.number), clash.slips, clash.right)
                for clash in _told_once(clashes)
            ]
            rights.append((adjoints[node], right))
        equal = sum(
            abs(x - y) < self._template.numbers.apart and not _equal(x_near, y_near)
            for i, (x, x_near) in enumerate(rights)
            for y, y_near in rights[:i]
        )
        return Judged(level, tuple(shared), equal)


class _Wrong(NamedTuple):
    """What a slip gives, how often it was met, its kin, what it gives at the numbers near by, and its name."""

    number: float
    weight: float
    kin: str
    near: float
    name: str


class _Clash(NamedTuple):
    """Two slips that give one number by accident, or one that gives the right number, and how often the rarer was met."""

    number: float
    weight: float
    slips: tuple[str, ...]
    right: bool
    known: float = 0.0  # how often the other was

    def borne(self, strict: Strictness) -> bool:
        return self.weight < (strict.right if self.right else strict.each)


def _clashes(slips: Sequence[_Wrong], exact: float, apart: float) -> Iterator[_Clash]:
    some = []
    for slip in sorted(slips):
        if abs(slip.number - exact) < apart:
            yield _Clash(slip.number, slip.weight, (slip.name,), True)
        elif slip.weight >= OFTEN:
            some.append(slip)
    for i, slip in enumerate(some):
        for other in some[i + 1 :]:
            if other.number - slip.number >= apart:
                break
            if slip.kin != other.kin and not _equal(slip.near, other.near):
                rarer, known = sorted((slip, other), key=lambda one: (one.weight, one.name))
                yield _Clash(slip.number, rarer.weight, (known.name, rarer.name), False, known.weight)


def _told_once(clashes: Sequence[_Clash]) -> list[_Clash]:
    """Returns those of the clashes at one number that are met most often."""
    best: dict[float, _Clash] = {}
    for clash in sorted(clashes, key=lambda clash: (-clash.weight, -clash.known)):
        best.setdefault(round(clash.number, 6), clash)
    return [*best.values()]


def _equal(x: float, y: float) -> bool:
    """Tells whether two numbers are the same up to rounding, which differs between Pythons."""
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


class Telling(NamedTuple):
    """Names of boxes whose answers are not the same at all numbers: all of them, and those of the backward pass."""

    all: tuple[str, ...]
    backward: tuple[str, ...]

    @classmethod
    def of(cls, groups: Sequence[Sequence[Drawn]]) -> Telling:
        """Returns those of some versions."""
        answers: dict[str, set[float | str]] = {}
        backward = set()
        for version in (version for group in groups for version in group):
            for box in version.boxes:
                answers.setdefault(box.name, set()).add(box.answer)
                if box.kind in ("gradient", "contribution"):
                    backward.add(box.name)
        names = tuple(name for name, some in answers.items() if len(some) > 1)
        return cls(names, tuple(name for name in names if name in backward))


def in_turn(group: Sequence[Drawn], count: int, varying: Set[str], telling: Telling, ring: bool = True) -> list[Drawn]:
    """Returns ``count`` versions, each different from the next; none if there are not as many.

    They differ in all of the inputs that are `varying`, and in half of the answers at least that are `telling`, and of those of
    the backward pass. In a ring the last differs from the first, too.
    """
    if len(group) < count:
        return []
    answers = [{box.name: box.answer for box in version.boxes} for version in group]
    told = [[[one.get(name) for name in names] for names in telling] for one in answers]

    def differ(i: int, j: int) -> bool:
        one, other = group[i].values, group[j].values
        if i == j or any(one[name] == other[name] for name in varying):
            return False
        if not telling.all and not varying:
            return answers[i] != answers[j]
        return all(2 * sum(map(eq, these, those)) <= len(these) for these, those in zip(told[i], told[j], strict=True))

    beside: dict[int, list[int]] = {}

    def following(i: int) -> list[int]:
        if i not in beside:
            beside[i] = [j for j in range(len(group)) if differ(i, j)]
        return beside[i]

    steps = 0
    for start in range(len(group)) if count > 1 else (0,):
        row, waiting = [start], [iter(following(start))]
        while row and steps < SEARCHED:
            steps += 1
            if len(row) == count and (not ring or count < 3 or row[0] in following(row[-1])):
                return [group[i] for i in row]
            after = next(waiting[-1], None) if len(row) < count else None
            if after is None:
                waiting.pop()
                row.pop()
            elif after not in row:
                row.append(after)
                waiting.append(iter(following(after)))
    return []


SEARCHED = 20_000  # pairs of versions
