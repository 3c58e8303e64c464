"""Random graphs of a second set, for engines that know the first: its seed is the lecturer's.

>>> from types import SimpleNamespace
>>> from chalkgrad import Value
>>> from chalkgrad.classroom.grading.judging.judge import judged
>>> from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter
>>> run = in_this_interpreter(SimpleNamespace(Value=Value))
>>> failing(run, judged(run, needs="+ *", only=(2, 9)), 5)
0
"""

from __future__ import annotations

from chalkgrad.classroom.grading.judging.comparison import Result
from chalkgrad.classroom.grading.judging.levels import FORMS, OPTIONAL, Case, is_binary, random_graphs
from chalkgrad.classroom.grading.questions import Question, Runner
from chalkgrad.classroom.grading.report import Report

_OF_OPERATIONS = (2, 3, 4)  # levels


def failing(run: Runner, report: Report, seed: int) -> int:
    """Returns how many graphs of a second set fail, though all of the first pass; 0 if some of the first fail.

    Args:
        run: asks the engine that the report is on
        report: what was found with the first set
        seed: of the second set
    """
    if not any(finding.level == 9 and finding.outcome == "passed" for finding in report.findings):
        return 0
    of_operations = [finding for finding in report.findings if finding.level in _OF_OPERATIONS and finding.about]
    wrong = {finding.about for finding in of_operations if finding.outcome != "passed"}
    parts = {
        (op, form)
        for op in {finding.about for finding in of_operations} - wrong
        for form in (FORMS if is_binary(op) else ("values",))
    }
    cases = [Case(Question("run", (graph,))) for graph in random_graphs(frozenset(parts - OPTIONAL), seed=seed)]
    answers = run([case.question for case in cases])
    return sum(Result(case, answer).failed for case, answer in zip(cases, answers, strict=True))
