"""Engines with one bug each: every one is caught, and its own mistake is named in a sentence of its own."""

from functools import cache

import pytest
from chalkgrad.classroom.grading.judging.judge import judged
from chalkgrad.classroom.grading.report import Report
from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter
from one_bug_engines import OF_OUR_OWN, OF_STUDENTS, engine

BUGS = {bug.kind: bug for bug in (*OF_STUDENTS, *OF_OUR_OWN)}
LEVELS = (1, 2, 3, 4, 5, 6, 7)
NETWORKS, POLICY = ("Neuron", "Layer", "MLP"), ("overflow", "kink", "depth")


@cache
def report_on(kind) -> Report:
    bug = BUGS[kind]
    more = (8,) if bug.slip in POLICY else (10,) if bug.about in NETWORKS else ()
    return judged(in_this_interpreter(engine(bug)), only=(*LEVELS, *more))


def named(kind):
    """The findings in which the mistake that was made is named."""
    bug = BUGS[kind]
    found = [finding for finding in report_on(kind).findings if finding.outcome in ("failed", "reported")]
    if bug.about:
        return [finding for finding in found if (finding.slip, finding.about) == (bug.slip, bug.about)]
    return [finding for finding in found if finding.slip == bug.slip]


def test_there_are_as_many_as_asked_for():
    assert len(OF_STUDENTS) == 33
    assert len(OF_OUR_OWN) >= 33
    assert len(BUGS) == len(OF_STUDENTS) + len(OF_OUR_OWN)


def test_without_a_bug_nothing_fails():
    report = judged(in_this_interpreter(engine()))
    assert (report.status, report.points, report.of) == ("graded", 100, 100)
    assert {finding.outcome for finding in report.findings} == {"passed", "reported"}


@pytest.mark.parametrize("kind", BUGS)
def test_each_is_caught_and_named(kind):
    assert named(kind), [(finding.test, finding.slip) for finding in report_on(kind).findings if finding.outcome == "failed"]


@pytest.mark.parametrize("kind", BUGS)
def test_no_other_mistake_is_named_beside_it(kind):
    told = {finding.slip for finding in report_on(kind).findings if finding.outcome == "failed"}
    bug = BUGS[kind]
    beside = {"network raises"} if bug.about in NETWORKS else set()  # of what is made of it
    assert told <= {bug.slip} | beside


def test_each_has_a_sentence_of_its_own():
    sentences = {}
    for kind in BUGS:
        sentences.setdefault(named(kind)[0].said, []).append(kind)
    assert [kinds for kinds in sentences.values() if len(kinds) > 1] == []


@pytest.mark.parametrize("kind", BUGS)
def test_hints_say_more_and_more_and_hold_no_code(kind):
    hints = named(kind)[0].hints
    assert len(hints) == 3
    assert len(set(hints)) == 3
    for hint in hints:
        assert "self." not in hint
        assert ".grad +=" not in hint
        assert "def " not in hint


@pytest.mark.parametrize(
    "kind", ["= for += in tanh only", "division cut from the divisor", "exp' as of a power", "* without upstream"]
)
def test_one_bug_costs_one_operation(kind):
    report = judged(in_this_interpreter(engine(BUGS[kind])))
    failed = [finding for finding in report.findings if finding.outcome == "failed"]
    assert {finding.about for finding in failed} == {BUGS[kind].about}
    assert (report.status, report.of) == ("graded", 100)
    operations = len({finding.about for finding in report.findings if finding.level == 2})
    assert 100 - 150 / operations < report.points < 100 - 15 / operations  # about one operation's share


def micrograds_own_tests(value) -> bool:
    """Whether an engine passes micrograd's two tests, whose numbers PyTorch gave."""
    x = value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    passed = (y.data, x.grad) == (-20.0, 46.0)
    a, b = value(-4.0), value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    numbers = [(g.data, 24.70408163265306), (a.grad, 138.83381924198252), (b.grad, 645.5772594752186)]
    return passed and all(abs(theirs - right) < 1e-6 for theirs, right in numbers)


def test_micrograds_own_tests_catch_twenty_of_the_first():
    caught = []
    for bug in OF_STUDENTS:
        try:
            passed = micrograds_own_tests(engine(bug).Value)
        except (ArithmeticError, TypeError, RecursionError):
            passed = False
        caught += [] if passed else [bug.kind]
    assert micrograds_own_tests(engine().Value)
    assert caught == [bug.kind for bug in OF_STUDENTS[13:]]
