"""What an engine answered, beside the right numbers: whether they agree, and the failure as data if not.

Tolerances are relative: a number may be off by 1e-7 of the sum of the sizes of all that it is made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache

from chalkgrad.classroom.grading.judging.composed import numbered, remade
from chalkgrad.classroom.grading.judging.engines_with_a_slip import RIGHT, Policy, Slipped, gradients
from chalkgrad.classroom.grading.judging.levels import Case
from chalkgrad.classroom.grading.program import Graph, Number, Program, built, finite, scale
from chalkgrad.classroom.grading.questions import Answer
from chalkgrad.classroom.grading.report import Failure
from chalkgrad.engine.words.language import section

WORDS = section("grading")
TOLERANCE = 1e-7  # of the sum of the sizes of all terms; single precision is about as good
FEW = 1e-3  # what is off by less than this has few digits
ROUNDED = 1e-5  # the same for small numbers, which may be rounded to so many decimals
_NOTHING = 1e-12


def near(theirs: float | None, right: float | None, size: float) -> bool:
    """Returns whether a number of an engine is the right one, but for rounding; what is not finite is not judged.

    >>> near(0.3, 0.1 + 0.2, 0.3), near(None, 0.0, 1.0), near(2.0, 3.0, 3.0), near(7.0, None, 1.0)
    (True, True, False, True)
    """
    if right is None:
        return True
    return abs((0.0 if theirs is None else theirs) - right) <= TOLERANCE * size + _NOTHING


class Result:
    """A case, and what an engine answered."""

    def __init__(self, case: Case, answer: Answer) -> None:
        self.case, self.answer = case, answer

    @cached_property
    def graph(self) -> Graph:
        """The right graph."""
        return built(self.case.question.programs)

    @cached_property
    def passes(self) -> tuple[int, ...]:
        """The backward passes, by their programs."""
        return tuple(self.case.question.passes) if self.case.question.do == "run" else ()

    @cached_property
    def scale(self) -> Mapping[str, float]:
        """What the gradients are made of, by name."""
        return _scale(self.case.question.programs, self.passes)

    @cached_property
    def right(self) -> Mapping[str, Number]:
        """The right numbers by name."""
        return _right(self.case.question.programs, self.passes)

    @cached_property
    def theirs(self) -> dict[str, Number]:
        """The engine's numbers by name."""
        return {name: number for numbers in self.answer.numbers for name, number in numbers.items()}

    @cached_property
    def leaves(self) -> list[str]:
        """The names whose gradients are judged."""
        return [name for name, node in self.graph.values.items() if not node.parents]

    @property
    def broken(self) -> bool:
        """Whether the program raised an error, or does not have the operation."""
        return bool(self.answer.error or self.answer.missing or not self.answer.numbers)

    @cached_property
    def wrong(self) -> str:
        """The first name whose number is wrong; "" if all are right."""
        if self.case.looks == "data":
            size = max(abs(number.data or 0.0) for number in self.right.values())
            looked = ((name, self._theirs(name).data, number.data, size) for name, number in self.right.items())
            return next((name for name, theirs, x, size in looked if theirs is None or not near(theirs, x, size)), "")
        leaves = ((name, self._theirs(name).grad, self.right[name].grad) for name in self.leaves)
        return next((name for name, theirs, x in leaves if not near(theirs, x, self.scale[name])), "")

    def _theirs(self, name: str) -> Number:
        return self.theirs.get(name, Number(None, None))

    def theirs_at(self, name: str) -> float | None:
        """Returns the engine's gradient, None if there is none."""
        return self._theirs(name).grad

    @property
    def has_few_digits(self) -> bool:
        """Whether its gradients are right but for their last digits."""
        pairs = ((name, self.theirs_at(name), self.right[name].grad) for name in self.leaves)
        return not self.broken and all(
            x is not None and right is not None and abs(x - right) <= FEW * self.scale[name] + ROUNDED
            for name, x, right in pairs
        )

    @property
    def failed(self) -> bool:
        """Whether it is not as it should be."""
        return self.broken or bool(self.wrong)

    def is_of(self, slip: Slipped, policy: Policy = "afresh") -> bool:
        """Returns whether an engine with this slip has these gradients, whatever it makes of other operations."""
        if self.broken:
            return False
        return self._is_of_any(slip, self.case.question.programs, policy) or self.is_made_with(slip, policy)

    def is_made_with(self, slip: Slipped, policy: Policy = "afresh") -> bool:
        """Returns whether an engine has these gradients that makes operations of others, with this slip in one of those."""
        if self.broken:
            return False
        for programs in zip(*map(remade, self.case.question.programs), strict=False):
            used = any(slip.about in program.uses for program in programs)
            if (used or not slip.about) and self._is_of_any(slip, programs, policy):
                return True
        return False

    def _is_of_any(self, slip: Slipped, programs: tuple[Program, ...], policy: Policy) -> bool:
        seen = zip(*map(numbered, programs), strict=False) if slip.numbered else (programs,)
        return any(self._is_of(slip, built(one), policy) for one in seen)

    def _is_of(self, slip: Slipped, graph: Graph, policy: Policy) -> bool:
        if self.has(gradients(slip, graph, self.passes, policy)):
            return True
        depends = slip.joined == "last" or slip.visits is not None  # on the order of two arguments
        return depends and self.has(gradients(slip, graph, self.passes, policy, other_order=True))

    def is_answered_by(self, answer: Answer) -> bool:
        """Returns whether another graph has brought the same numbers, to the bit, for this one's names, or the same error."""
        if self.answer.error or answer.error:
            return (self.answer.error, self.answer.line) == (answer.error, answer.line)
        theirs = answer.numbers[0] if answer.numbers else {}
        return bool(self.theirs) and all(theirs.get(name) == number for name, number in self.theirs.items())

    def has(self, expected: Mapping[str, float]) -> bool:
        """Returns whether the leaves have these gradients."""
        for name in self.leaves:
            x, theirs = finite(expected[name]), self._theirs(name).grad
            if x is None or not near(theirs, x, max(self.scale[name], abs(x))):
                return False
        return True

    @property
    def size(self) -> tuple[int, int]:
        """How large the graph is."""
        programs = self.case.question.programs
        return sum(len(program.lines) for program in programs), sum(len(program.leaves) for program in programs)

    @cached_property
    def program(self) -> Program:
        """The graph as one program."""
        programs = self.case.question.programs
        leaves = dict(leaf for program in programs for leaf in program.leaves)
        lines = {line[0]: line for program in programs for line in program.lines}
        return Program(tuple(leaves.items()), tuple(lines.values()))

    @property
    def failure(self) -> Failure:
        """It as data."""
        error = self.answer.error or (WORDS["not there"].format(operation=self.answer.missing) if self.answer.missing else "")
        size = max(abs(number.data or 0.0) for number in self.right.values())
        data = tuple(
            name
            for name, right in self.right.items()
            if name in self.theirs and not near(self.theirs[name].data, right.data, size)
        )
        grads = tuple(self._wrong_grads()) if self.passes and not self.broken else ()
        right = dict(self.right)
        return Failure(self.program, right, self.theirs, self.parts_at, error, self.answer.line, data, grads)

    @property
    def parts_at(self) -> str:
        """The first name, in the order of the backward pass, whose gradient is wrong; "" for a value."""
        if self.case.looks == "data" or self.broken:
            return ""
        return next(self._wrong_grads(), "")

    def _wrong_grads(self) -> Iterator[str]:
        order = [line[0] for line in reversed(self.program.lines)] + [leaf[0] for leaf in self.program.leaves]
        for name in order:
            theirs = self._theirs(name).grad
            if (theirs is not None or name in self.leaves) and not near(theirs, self.right[name].grad, self.scale[name]):
                yield name


@lru_cache(5000)
def _scale(programs: tuple[Program, ...], passes: tuple[int, ...]) -> dict[str, float]:
    return scale(built(programs), passes)


@lru_cache(5000)
def _right(programs: tuple[Program, ...], passes: tuple[int, ...]) -> dict[str, Number]:
    graph = built(programs)
    grads = gradients(RIGHT, graph, passes) if passes else {}
    return {name: Number(finite(node.data), finite(grads.get(name, 0.0))) for name, node in graph.values.items()}
