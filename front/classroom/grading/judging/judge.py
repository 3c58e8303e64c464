"""The judge of an engine: asks questions, compares the answers with the right ones, and says what is wrong.

>>> from types import SimpleNamespace
>>> from chalkgrad import Value
>>> from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter
>>> report = judged(in_this_interpreter(SimpleNamespace(Value=Value)), needs="+ * tanh")
>>> report.status, report.points, {finding.outcome for finding in report.findings} == {"passed", "reported"}
('graded', 100.0, True)

It knows nothing of processes: a runner carries the questions to the student's program. All of them are asked at once, and again
only for random graphs without the operations that failed, and to find the smallest graph that fails.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from chalkgrad.classroom.grading.judging import diagnosis as diagnoses
from chalkgrad.classroom.grading.judging.comparison import Result
from chalkgrad.classroom.grading.judging.composed import ALWAYS, MADE, made
from chalkgrad.classroom.grading.judging.diagnosis import SLIPS, WORDS, Diagnosis
from chalkgrad.classroom.grading.judging.engines_with_a_slip import RIGHT, Slipped
from chalkgrad.classroom.grading.judging.levels import (
    FORMS,
    OPTIONAL,
    POINTS,
    TESTS,
    Case,
    Part,
    Test,
    engine_tests,
    functions,
    is_binary,
    main_form,
    named,
    operation_tests,
    policies,
    random_graphs,
    titled,
    usual_form,
)
from chalkgrad.classroom.grading.judging.networks import NETWORKS, Judged, judged_network, question
from chalkgrad.classroom.grading.judging.shrinking import shrunk
from chalkgrad.classroom.grading.program import Program
from chalkgrad.classroom.grading.questions import Answer, Question, Runner
from chalkgrad.classroom.grading.report import Finding, Outcome, Report, Status
from chalkgrad.engine.words.expressions import number

FIRST = ("*", "+", "**", "neg", "exp")  # what others may be made of
LAST = ("-", "/")
MARKED = ("passed", "failed", "left out")


def judged(
    run: Runner,
    *,
    needs: str = "",
    points: Mapping[int, float] | None = None,
    only: Iterable[int] = (),
    file: str = "",
) -> Report:
    """Returns the report on an engine.

    Args:
        run: carries questions to the student's program
        needs: what is asked, such as "+ * ** tanh Neuron"; what is not is not marked. Without it, all that the class has
        points: by level, in place of the usual ones
        only: the levels that are asked for; all if none is given
        file: the submission's name

    Raises:
        ValueError: `needs` has something that the table does not.

    The report's seconds are those of the student's program.
    """
    return _Judge(run, needs, {**POINTS, **(points or {})}, frozenset(only), file).report()


def needed(needs: str) -> list[str]:
    """Returns what is asked, from how it is written.

    Raises ValueError for what is neither an operation of the table nor a network.

    >>> needed("+ *, tanh")
    ['+', '*', 'tanh']
    """
    words = needs.replace(",", " ").split()
    known = {"+", "-", "*", "/", "**", "neg", *functions(), *NETWORKS}
    for word in words:
        if word not in known:
            raise ValueError(
                f"{word!r} is not an operation that an engine can be asked for: choose of {' '.join(sorted(known))}"
            )
    return [*dict.fromkeys(words)]


class _Judge:
    def __init__(self, run: Runner, needs: str, points: Mapping[int, float], only: frozenset[int], file: str) -> None:
        self.run, self.needs, self.points, self.only, self.file = run, needed(needs), points, only, file
        self.findings: list[Finding] = []
        self.out: dict[Part, str] = {}  # what has failed by itself, with the name of the test
        self.alone: dict[Part, str] = {}  # of that what fails with one use of each value
        self.faulty: dict[str, None] = {}  # operations that have failed by themselves
        self.slips: dict[str, Slipped] = {}  # of these, where they are known
        self.drawn: list[Result] = []  # of random graphs, with all operations
        self.raised = ""  # an error of every backward pass
        self.wrong_values: set[Part] = set()
        self.engine: Diagnosis | None = None  # a slip of the engine as a whole
        self.results: dict[tuple[int, str, str], list[Result]] = {}
        self.changed: Diagnosis | None = None  # where the backward pass changes data
        self.seconds = 0.0

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """Returns the answers; a runner that gives fewer has lost the program."""
        answers = [*self.run(questions)] if questions else []
        self.seconds += sum(answer.seconds for answer in answers)
        return [*answers, *[Answer(error=WORDS["not answered"])] * (len(questions) - len(answers))]

    def report(self) -> Report:
        (found,) = self.ask([Question("find", options={"operations": functions()})])
        if found.error or not found.found:
            return Report(self.file, "", "could not run", (), found.error or found.missing, found.line, self.seconds)
        there = [op for op in found.found["operations"] if is_binary(op) or op == "neg" or op in functions()]
        wanted = [x for x in self.needs if x not in NETWORKS] if self.needs else [*dict.fromkeys([*ALWAYS, *there])]
        networks = [x for x in NETWORKS if (x in self.needs if self.needs else x in found.found["networks"])]
        self.first(found, wanted, there)
        operations = sorted((op for op in wanted if op in there), key=_rank)
        self.tests = [test for op in operations for test in operation_tests(op)]
        if {*ALWAYS} <= {*operations}:
            self.tests += [*engine_tests(), *policies(operations)]
        self.tests = [test for test in self.tests if self.is_asked(test.level)]
        graphs = self.random(operations) if self.is_asked(9) else ()
        asked = networks if self.is_asked(10) else []
        # What may raise in the middle of a backward pass comes last: what it leaves behind may be in the way of all others.
        policy = [test for test in self.tests if test.level == 8]
        groups = [[case.question for case in test.cases] for test in self.tests if test.level != 8]
        groups += [[Question("run", (one,)) for one in graphs], [question(network) for network in asked]]
        groups += [[case.question for case in test.cases] for test in policy]
        answers = iter(self.ask([one for group in groups for one in group]))
        self.results = {test.id: _results(test.cases, answers) for test in self.tests if test.level != 8}
        of_graphs = _results([Case(Question("run", (one,))) for one in graphs], answers)
        self.drawn = of_graphs
        of_networks = [next(answers) for _ in asked]
        self.results |= {test.id: _results(test.cases, answers) for test in policy}
        self.judge_values()
        self.wrong_values = {*self.out}
        self.judge_whole()
        for op in operations:
            self.judge_operation(op)
        self.judge_paths()
        self.judge_passes()
        self.judge_policies()
        self.judge_random(operations, graphs, of_graphs)
        self.judge_networks(asked, of_networks)
        findings = tuple(sorted(self._pointed(wanted), key=lambda finding: finding.level))
        status: Status = "partly" if any(x.slip == "not tried" for x in findings) else "graded"  # it stopped on the way
        return Report(self.file, found.found["class"], status, findings, seconds=self.seconds)

    def is_asked(self, level: int) -> bool:
        return not self.only or level in self.only

    def random(self, operations: Sequence[str]) -> tuple[Program, ...]:
        """Returns the random graphs of what has not failed."""
        parts = {(op, form) for op in operations for form in (("values", "right", "left") if is_binary(op) else ("values",))}
        known = tuple(result.program for result in self.drawn)
        return random_graphs(frozenset(parts - OPTIONAL - {*self.out}), known=known)

    def add(
        self,
        test: Test,
        outcome: Outcome,
        diagnosis: Diagnosis | None = None,
        result: Result | None = None,
        said: str = "",
    ) -> None:
        """Adds a finding; points are given in the end."""
        if diagnosis is None:
            self.findings.append(Finding(test.level, test.name, test.about, outcome, said=said))
            return
        if result is not None and not result.answer.tried:
            self.not_tried(test, result.answer)
            return
        if outcome == "failed" and test.about and test.level in (2, 3, 4):
            self.faulty.setdefault(test.about)
        if result is not None and result.broken and outcome == "failed" and test.level > 2:
            diagnosis = diagnoses.unexplained([result])  # the numbers of a graph that broke off tell nothing
        failure = result.failure if result is not None else None
        hints = diagnoses.hints(diagnosis, result, test)
        said = said or diagnoses.facts(diagnosis, result)
        self.findings.append(Finding(test.level, test.name, test.about, outcome, 0.0, 0.0, diagnosis.key, said, hints, failure))

    def not_tried(self, test: Test, answer: Answer) -> None:
        """Adds a finding on what the runner gave up before: nothing is known of it, so that it blames nothing."""
        said = SLIPS["not tried"].format(error=answer.error)
        self.findings.append(Finding(test.level, test.name, test.about, "left out", slip="not tried", said=said))

    def _pointed(self, operations: Sequence[str]) -> list[Finding]:
        """Returns the findings with their points, of 100: those of a level in equal parts.

        What one wrong operation keeps from being tried loses that operation's share, and no more: a test that is left out
        gets the share of the operations that are right, unless it is about a wrong one itself. So do the random graphs, which
        are drawn of the right ones alone. Where the engine as a whole is wrong, or has stopped on the way, nothing is known of
        what was not tried.
        """
        lost = {x.about for x in self.findings if x.outcome == "failed" and x.about and x.level <= 4}
        share = 0.0 if any(x.slip == "leaf" for x in self.findings) else 1.0 - len(lost) / max(len(operations), len(lost), 1)
        count = Counter(x.level for x in self.findings if x.outcome in MARKED)
        total = sum(self.points.get(level, 0.0) for level in count)
        pointed = []
        for x in self.findings:
            of = 100.0 * self.points.get(x.level, 0.0) / (total * count[x.level]) if x.outcome in MARKED and total else 0.0
            tried = {
                "passed": share if x.level == 9 else 1.0,
                "left out": 0.0 if x.about in lost or x.slip == "not tried" else share,
            }
            pointed.append(replace(x, points=of * tried.get(x.outcome, 0.0), of=of))
        return pointed

    # The levels ------------------------------------------------------------------------------------------------------

    def first(self, found: Answer, wanted: Sequence[str], there: Sequence[str]) -> None:
        """Judges level 1: what is there."""
        if not self.is_asked(1):
            return
        self.add(Test(1, TESTS["class"].format(name=found.found["class"]), "", ()), "passed")
        for op in wanted:
            written = named(op, usual_form(op))
            test = Test(1, TESTS["there"].format(operation=written), op, ())
            if op in there:
                self.add(test, "passed")
            else:
                self.add(
                    test, "failed", Diagnosis("missing", SLIPS["missing"], fact=WORDS["not there"].format(operation=written))
                )

    def of_level(self, *levels: int) -> list[Test]:
        return [test for test in self.tests if test.level in levels]

    def open(self, test: Test) -> list[Result]:
        """Returns the results of a test that are not of an operation which has failed.

        Those of single operations, and of fan-out inside one, use all others once.
        """
        failed = self.alone if test.level in (3, 4) else self.out
        # An operation whose gradient has failed is tried in all of its own tests.
        others = {part for part in failed if part[0] != test.about or part in self.wrong_values}
        results = (result for result in self.results[test.id] if self.counts(result.case, failed))
        known = self.is_asked(2)  # which optional forms there are
        return [x for x in results if not x.case.parts & others and (known or not x.broken or not x.case.parts & OPTIONAL)]

    def counts(self, case: Case, failed: Mapping[Part, str]) -> bool:
        """Tells whether a case counts: one with sums instead of products does where products have failed, and sums have not."""
        other = "+" if case.instead == "*" else "*"
        return not case.instead or ((case.instead, "values") in failed and (other, "values") not in self.out)

    def judge_values(self) -> None:
        """Judges level 2."""
        errors: dict[tuple[str, int], str] = {}
        for test in self.of_level(2):
            results = self.results[test.id]
            (part,) = results[0].case.parts
            if part in OPTIONAL and any(result.broken for result in results):
                self.out[part] = self.alone[part] = ""
                continue
            failing = _tried_first(result for result in results if result.failed)
            before = [name for (op, _), name in self.alone.items() if op == part[0] and name]
            if not failing:
                self.add(test, "passed")
                continue
            self.out[part] = self.alone[part] = test.name
            before += [x.test for x in self.findings if x.slip == "leaf"]
            base = errors.get(_error(failing[0]), "") if failing[0].answer.line else ""  # the same error at the same place
            base = base or ("" if before else self.made_of(part[0], failing))
            if before:
                self.add(test, "left out", said=WORDS["left out"].format(reason=before[0]))
            elif base:
                self.add(test, "left out", said=self.following(test, base))
            else:
                if failing[0].broken:
                    errors.setdefault(_error(failing[0]), part[0])
                known = [result for result in results if result.answer.tried] or results
                self.add(test, "failed", diagnoses.of_values(test, known), failing[0])
        imprecise = {x.about for x in self.findings if x.slip == "imprecise"}
        if len(imprecise) > 2:  # one cause
            said = SLIPS["imprecise, everywhere"]
            self.findings = [
                replace(x, hints=(x.hints[0], said, x.hints[2])) if x.slip == "imprecise" else x for x in self.findings
            ]

    def made_of(self, operation: str, failing: Sequence[Result]) -> str:
        """Returns the operation which has failed, and which this one is made of, as a - b of a + b·(-1); "" if none.

        The program is asked: it gives the same numbers, to the bit, or the same error, for a + b·(-1) where it has a - b.
        """
        if operation not in MADE or not self.faulty or not failing:
            return ""
        ways = [[other for other in made(result.program) if other.uses & self.faulty.keys()] for result in failing]
        asked = [
            result.case.question._replace(programs=(other,))
            for result, others in zip(failing, ways, strict=True)
            for other in others
        ]
        answers = iter(self.ask(asked))
        bases = {base: None for base in self.faulty if base != operation}
        for result, others in zip(failing, ways, strict=True):
            same = [other for other in others if result.is_answered_by(next(answers))]
            bases = {
                base: None
                for base in bases
                if any(base in other.uses for other in same) or self.is_made_with_last(base, result)
            }
        return next(iter(bases), "")

    def is_made_with_last(self, base: str, result: Result) -> bool:
        """Tells whether a result is that of = for +=, whose numbers depend on an order that may be another in each graph."""
        slip = self.slips.get(base)
        slips = (slip, slip._replace(about="", form="", side=None)) if slip is not None and slip.joined == "last" else ()
        return any(result.is_made_with(one) for one in slips)

    def judge_whole(self) -> None:
        """Finds a slip of the whole engine that gives all the gradients of all operations, or an error which they all raise."""
        results = [result for test in self.of_level(3, 4, 5, 6) for result in self.open(test)]
        sound = [result for result in results if not result.broken]
        errors = {_error(result) for result in results if result.broken}
        if any(result.failed for result in sound):
            self.engine = diagnoses.of_engine([*sound, *self.drawn_right()])
        elif not sound and len(errors) == 1 and results[0].answer.tried:
            self.engine, self.raised = diagnoses.unexplained(results[:1]), results[0].answer.error

    def passing(self) -> list[Result]:
        """Returns the results of single passes that are right, which a slip of the whole engine has to agree with."""
        single = [result for test in self.of_level(3, 4, 5, 6) for result in self.open(test) if not result.failed]
        return [*single, *self.drawn_right()]

    def drawn_right(self, operation: str = "") -> list[Result]:
        """Returns the results of random graphs, of those with an operation if it is given, that are right."""
        return [x for x in self.drawn if not x.failed and (not operation or operation in x.program.uses)]

    def judge_operation(self, op: str) -> None:
        """Judges levels 3 and 4, of one operation."""
        mine = [test for test in self.of_level(3, 4) if test.about == op]
        everything = [result for test in mine for result in self.open(test)]
        sound = [result for result in everything if not result.broken]
        failing = [result for result in everything if result.failed]
        base = self.made_of(op, failing) if self.engine is None else ""
        for test in mine:
            results = self.open(test)
            failing = _tried_first(result for result in results if result.failed)
            if not results:
                self.left_out(test)
            elif not failing:
                self.add(test, "passed")
            elif self.engine is not None:
                self.add(test, "failed", self.engine, failing[0])
            else:
                self.fail(test, op, failing, sound, base)

    def fail(self, test: Test, op: str, failing: list[Result], everything: list[Result], base: str) -> None:
        """Says that an operation has failed by itself; everything that is known of it has to agree with the slip."""
        forms = {part for result in failing for part in result.case.parts if part[0] == op}
        test = titled(test, main_form(op, (form for _, form in forms)))
        found = None
        alone = len([x for x in everything if x.failed]) == 1 and self.is_wrong_without(op)
        if not base and not failing[0].broken and not alone:
            everything = [*everything, *self.drawn_right(op)]
            found = diagnoses.of_operation(op, everything)
            if found is None:  # other forms may have slips of their own
                found = diagnoses.of_operation(op, [x for x in everything if not x.failed or x.case.parts & forms])
        if test.level == 3:
            self.alone |= dict.fromkeys(forms, test.name)
        everywhere = test.level == 4 or base or (found is not None and found.slip is not None and not found.slip.form)
        self.out |= dict.fromkeys({(op, form) for form in FORMS} if everywhere else forms, test.name)
        if base:
            self.add(test, "left out", said=self.following(test, base))
            return
        if found is None and not failing[0].broken and not alone:
            mine = [x for x in everything if x.case.parts & forms and x.case.question.programs[0].lines[0][1] == op]
            found = diagnoses.of_zeros(op, mine) or diagnoses.of_slope(
                op, [x for other in self.of_level(3) if other.about == op for x in self.results[other.id]]
            )
        if found is not None and found.slip is not None:
            self.slips.setdefault(op, found.slip)
        self.add(test, "failed", found or diagnoses.unexplained(failing), failing[0])

    def is_wrong_without(self, operation: str) -> bool:
        """Tells whether graphs of right sums and products fail, too, so that one graph says nothing of another operation."""
        if operation in ALWAYS or self.faulty.keys() & {*ALWAYS}:
            return False
        return any(result.failed for test in self.of_level(5, 6) for result in self.open(test))

    def following(self, test: Test, base: str) -> str:
        return WORDS["follows"].format(operation=test.name, base=named(base, usual_form(base)))

    def left_out(self, test: Test) -> None:
        """Says that a test cannot be judged, if something that it needs has failed."""
        parts = {part for result in self.results[test.id] for part in result.case.parts}
        reasons = [*dict.fromkeys(name for part, name in self.out.items() if part in parts and name)]
        if reasons:
            self.add(test, "left out", said=WORDS["left out"].format(reason=", ".join(reasons)))

    def judge_paths(self) -> None:
        """Judges levels 5 and 6."""
        tests = self.of_level(5, 6)
        everything = [result for test in tests for result in self.open(test) if not result.broken]
        wrong = any(result.failed for result in everything)
        whole = self.engine or (diagnoses.of_engine([*everything, *self.passing()]) if wrong else None)
        for test, failing in self.failing(tests):
            self.add(test, "failed", whole or diagnoses.unexplained(failing), failing[0])
        self.engine = whole

    def failing(self, tests: Iterable[Test]) -> Iterator[tuple[Test, list[Result]]]:
        """Yields the tests that fail, with what failed; the others have passed, or are left out."""
        for test in tests:
            results = self.open(test)
            failing = _tried_first(result for result in results if result.failed)
            if failing:
                yield test, failing
            elif results:
                self.add(test, "passed")
            else:
                self.left_out(test)

    def judge_passes(self) -> None:
        """Judges level 7, with what backward() does when it is called twice."""
        tests = self.of_level(7)
        twice = [result for test in self.of_level(8) if test.key == "twice" for result in self.open(test)]
        several = [result for test in tests if test.key not in ("data changed", "in place") for result in self.open(test)]
        several += twice
        found, policy = diagnoses.of_passes([result for result in several if not result.broken], self.passing())
        whole = self.engine.slip if self.engine is not None else None
        if whole is not None and all(result.is_of(whole) for result in several if result.failed and not result.broken):
            found = self.engine
        for test, failing in self.failing(tests):
            if test.key == "data changed" and not failing[0].broken:
                found = Diagnosis("data changed", SLIPS["data changed"])
                self.changed = found
                what_and_rule = diagnoses.hints(found, failing[0], test)[1:]
                self.findings = [  # local derivatives are computed of data
                    replace(x, slip=found.key, hints=(x.hints[0], *what_and_rule)) if x.slip == "unexplained" else x
                    for x in self.findings
                ]
                self.add(test, "failed", found, failing[0])
            elif test.key == "in place":
                self.add(test, "failed", _between(test), failing[0])
            elif test.key == "shared inner" and policy == "kept" and found is None:
                kept = Diagnosis("inner kept", SLIPS["inner kept"])
                self.add(test, "reported", kept, failing[0])
            else:
                said = found or self.engine or (None if failing[0].broken else _between(test))
                self.add(test, "failed", said or diagnoses.unexplained(failing), failing[0])

    def judge_policies(self) -> None:
        """Judges level 8, which is reported and not marked."""
        told = {(x.failure.error, x.failure.line) for x in self.findings if x.failure is not None and x.failure.error}
        for test in self.of_level(8):
            results = self.open(test)
            if not results:
                continue
            result = results[0]
            known = result.answer.line and (result.answer.error, result.answer.line) in told
            if not result.answer.tried or known or (self.raised and result.answer.error == self.raised):
                continue
            if test.key == "twice":
                self.judge_twice(test, result)
            elif test.key == "kink":
                self.judge_kink(test, result)
            elif not result.failed:
                self.add(test, "reported", said=WORDS[f"fine {test.key}"])
            elif test.key == "depth" and not result.broken:
                slip = self.engine.slip if self.engine is not None else None
                whole = self.engine if slip is not None and result.is_of(slip) else None
                self.add(test, "reported", whole or diagnoses.unexplained([result]), result)
            else:
                said = result.answer.error or diagnoses.facts(_between(test), result)
                self.add(test, "reported", _between(test), result, said)

    def judge_twice(self, test: Test, result: Result) -> None:
        for policy in diagnoses.POLICIES:
            if not result.broken and result.is_of(RIGHT, policy):
                key = self.once() if policy == "zeroed" else policy
                self.add(test, "reported", said=WORDS[f"policy {key}"])
                return
        self.add(test, "reported", said=result.answer.error or WORDS["policy other"])

    def once(self) -> str:
        """Returns why two calls give what one does, as far as losses that share a leaf tell: a call zeroes, or does nothing."""
        if any(x.slip == "zeroed in backward" for x in self.findings):
            return "zeroed"
        adds_up = any(x.level == 7 and x.test == TESTS["losses add up"] and x.outcome == "passed" for x in self.findings)
        return "nothing" if adds_up else "once"

    def judge_kink(self, test: Test, result: Result) -> None:
        if not result.failed:
            self.add(test, "reported", said=WORDS["fine kink"])
            return
        theirs = result.theirs_at("a")
        shown = number(theirs) if theirs is not None else WORDS["nothing"]
        key = "kink raises" if result.broken else "kink"
        said = result.answer.error or WORDS["fact kink"].format(theirs=shown)
        self.add(test, "reported", Diagnosis(key, SLIPS[key]), result, said)

    def judge_random(self, operations: Sequence[str], graphs: Sequence[Program], results: Sequence[Result]) -> None:
        """Judges level 9."""
        if not self.is_asked(9):
            return
        sound_graphs = self.random(operations)
        if sound_graphs != graphs:
            answered = dict(zip(graphs, results, strict=True))
            more = [one for one in sound_graphs if one not in answered]
            answered |= zip(more, self.run_all(more), strict=True)
            graphs, results = sound_graphs, [answered[one] for one in sound_graphs]
        test = Test(9, TESTS["random graphs"].format(count=len(graphs)), "", ())
        if not graphs:
            self.add(test, "left out", said=WORDS["left out"].format(reason=", ".join(filter(None, self.out.values()))))
            return
        failing = _tried_first(result for result in results if result.failed)
        if not failing:
            self.add(test, "passed")
            return
        if not failing[0].answer.tried:
            self.add(test, "failed", diagnoses.unexplained(failing), failing[0])
            return
        if self.engine is not None and self.engine.slip is not None:
            slip = self.engine.slip
            if all(result.is_of(slip) for result in failing):
                self.add(test, "failed", self.engine, failing[0])
                return
        smallest = self.shrink(failing[0])
        found = None
        if not smallest.broken:  # what has passed has to agree with the slip, too
            sound = [x for x in (smallest, *failing, *results, *self.passing()) if not x.broken]
            found = diagnoses.of_graphs(sorted(smallest.program.uses, key=_rank), sound)
        self.add(test, "failed", found or diagnoses.unexplained([smallest, *failing]), smallest)

    def run_all(self, graphs: Sequence[Program]) -> list[Result]:
        cases = [Case(Question("run", (one,))) for one in graphs]
        return [Result(case, answer) for case, answer in zip(cases, self.ask([case.question for case in cases]), strict=True)]

    def shrink(self, result: Result) -> Result:
        """Returns the smallest graph that fails as this one does: with an error, or with a wrong gradient."""
        known = {result.program: result}

        def fail(programs: Sequence[Program]) -> list[bool]:
            results = self.run_all(programs)
            known.update(zip(programs, results, strict=True))
            return [one.failed and one.answer.tried and one.broken == result.broken for one in results]

        return known[shrunk(result.program, fail)]

    def judge_networks(self, asked: Sequence[str], answers: Sequence[Answer]) -> None:
        """Judges level 10."""
        for network, answer in zip(asked, answers, strict=True):
            if not answer.tried:
                self.not_tried(Test(10, TESTS["outputs"].format(network=network), network, ()), answer)
                continue
            for one in judged_network(network, answer):
                test = Test(10, one.test, network, ())
                without = [*dict.fromkeys(name for (op, _), name in self.out.items() if op in one.needs and name)]
                if one.passed:
                    self.add(test, "passed")
                elif without:
                    self.add(test, "left out", said=WORDS["left out"].format(reason=", ".join(without)))
                else:
                    self.fail_in_network(test, one, answer)

    def fail_in_network(self, test: Test, one: Judged, answer: Answer) -> None:
        """Adds a failure to those of the graphs before that have its cause: an error in the same line, or gradients."""
        for x in self.findings:
            told = x.failure is not None and answer.line and (x.failure.error, x.failure.line) == (answer.error, answer.line)
            if told and x.outcome == "failed":
                self.findings.append(replace(x, level=test.level, test=test.name, about=test.about, said=one.said))
                return
        known = one.backwards or (self.raised and answer.error == self.raised)
        whole = (self.engine or self.changed) if known else None
        if whole is None and one.backwards and any(x.level in (5, 6, 9) and x.slip == "unexplained" for x in self.findings):
            whole = Diagnosis("unexplained", SLIPS["unexplained"])
        diagnosis = whole or Diagnosis(one.key, SLIPS[one.key].format(network=test.about))
        self.add(test, "failed", diagnosis._replace(fact=one.said))


def _results(cases: Sequence[Case], answers: Iterator[Answer]) -> list[Result]:
    return [Result(case, next(answers)) for case in cases]


def _tried_first(failing: Iterable[Result]) -> list[Result]:
    """Returns results that fail: those that were tried first, and of these the smallest."""
    return sorted(failing, key=lambda result: (not result.answer.tried, result.size))


def _error(result: Result) -> tuple[str, int]:
    return result.answer.error or result.answer.missing, result.answer.line


def _between(test: Test) -> Diagnosis:
    return Diagnosis(test.key, SLIPS[test.key])


def _rank(op: str) -> tuple[int, str]:
    return (FIRST.index(op) if op in FIRST else len(FIRST) + (op in LAST)), op
