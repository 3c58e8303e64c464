"""What the judge says of an engine, as data: a finding for each test, and what becomes of the submission."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from chalkgrad.classroom.grading.program import Number, Program

VERSION = 1  # of the report's JSON; a change that takes something away makes it 2

HINTS = 2  # that are told: where to look, and the kind of slip

Outcome = Literal["passed", "failed", "left out", "reported"]
Status = Literal["graded", "partly", "could not run"]


class Failure(NamedTuple):
    """The smallest graph on which a test fails.

    Attributes:
        program: the graph
        right, theirs: the numbers of its nodes by name
        parts_at: the name of the node where the gradients part first, in the order of the backward pass; "" for values
        error: what the student's program raised, such as "TypeError: …"; "" if it raised nothing
        line: where in the student's file, 0 if not known
        wrong_data, wrong_grads: the names whose value, or whose gradient, is wrong
    """

    program: Program
    right: dict[str, Number]
    theirs: dict[str, Number]
    parts_at: str = ""
    error: str = ""
    line: int = 0
    wrong_data: tuple[str, ...] = ()
    wrong_grads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """The outcome of one test.

    Attributes:
        level: 1 imports, 2 values, 3 the gradient of one operation, 4 fan-out inside an operation, 5 paths and order, 6 equal
            values in two leaves, 7 nothing else changed, 8 policy (reported), 9 random graphs, 10 Neuron, Layer, MLP
        test: its name, such as "tanh, upstream 5"
        about: the operation that it is about, such as "tanh"; "" for the engine as a whole
        outcome: what came out
        points, of: what it gets, and what it is worth
        slip: the name of the mistake that explains it, from words/language "grading slips"; "" if none does
        said: what is wrong, in numbers: no slip and no rule
        hints: where to look, the kind of slip, and the rule that it breaks; none of them is a solution
        failure: the smallest failing graph; None for what has none
    """

    level: int
    test: str
    about: str
    outcome: Outcome
    points: float = 0.0
    of: float = 0.0
    slip: str = ""
    said: str = ""
    hints: tuple[str, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True)
class Report:
    """What the judge says of one submission.

    Attributes:
        file: the submission's name
        engine: the name of the class that was found, such as "Value"; "" if none was
        status: "graded"; "partly", where it stopped on the way; "could not run"
        reason, line: why it could not run, and where
        findings: one for each test, in the order of the levels
        seconds: how long the submission took
        remarks: what a person should look at
    """

    file: str
    engine: str
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    line: int = 0
    seconds: float = 0.0
    remarks: tuple[str, ...] = field(default=())

    @property
    def points(self) -> float:
        """What it gets."""
        return round(sum(finding.points for finding in self.findings), 9)

    @property
    def of(self) -> float:
        """What an engine without a mistake gets."""
        return round(sum(finding.of for finding in self.findings), 9)
