"""Random graphs of a second set, for engines that know the first: its seed is the lecturer's.

>>> from types import SimpleNamespace
>>> from chalkgrad import Value
>>> from chalkgrad.classroom.grading.judging.judge import judged
>>> from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter
>>> run = in_this_interpreter(SimpleNamespace(Value=Value))
>>> judged_again(run, judged(run, needs="+ *", only=(2, 9)), 5)[1]
0
"""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.classroom.grading.judging import diagnosis as diagnoses
from chalkgrad.classroom.grading.judging.comparison import Result
from chalkgrad.classroom.grading.judging.levels import FORMS, OPTIONAL, Case, Test, is_binary, random_graphs
from chalkgrad.classroom.grading.questions import Question, Runner
from chalkgrad.classroom.grading.report import Finding, Report

_OF_OPERATIONS = (2, 3, 4)  # levels


def judged_again(run: Runner, report: Report, seed: int) -> tuple[Report, int]:
    """Returns the report, and how many graphs of a second set fail, though all of the first pass: with these, level 9 fails.

    Where some of the first fail, there is no second set: 0.

    Args:
        run: asks the engine that the report is on
        report: what was found with the first set
        seed: of the second set
    """
    if not any(finding.level == 9 and finding.outcome == "passed" for finding in report.findings):
        return report, 0
    of_operations = [finding for finding in report.findings if finding.level in _OF_OPERATIONS and finding.about]
    wrong = {finding.about for finding in of_operations if finding.outcome != "passed"}
    parts = {
        (op, form)
        for op in {finding.about for finding in of_operations} - wrong
        for form in (FORMS if is_binary(op) else ("values",))
    }
    cases = [Case(Question("run", (graph,))) for graph in random_graphs(frozenset(parts - OPTIONAL), seed=seed)]
    answers = run([case.question for case in cases])
    results = [Result(case, answer) for case, answer in zip(cases, answers, strict=True)]
    failing = sorted((result for result in results if result.failed), key=lambda result: result.size)
    if not failing:
        return report, 0
    first, diagnosis = failing[0], diagnoses.unexplained(failing)

    said, failure = diagnoses.facts(diagnosis, first), first.failure

    def failed(finding: Finding) -> Finding:
        hints = diagnoses.hints(diagnosis, first, Test(9, finding.test, "", ()))
        return replace(finding, outcome="failed", points=0.0, slip=diagnosis.key, said=said, hints=hints, failure=failure)

    findings = tuple(failed(finding) if finding.level == 9 else finding for finding in report.findings)
    return replace(report, findings=findings), len(failing)
