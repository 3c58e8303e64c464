"""Engines with one bug each: every one is caught, and its own mistake is named in a sentence of its own."""

from functools import cache
from types import SimpleNamespace

import pytest
from chalkgrad.classroom.grading.judging.judge import judged
from chalkgrad.classroom.grading.report import Report
from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter
from one_bug_engines import HARD_TO_FIND, OF_OUR_OWN, OF_STUDENTS, engine, source

BUGS = {bug.kind: bug for bug in (*OF_STUDENTS, *OF_OUR_OWN, *HARD_TO_FIND)}
LEVELS = (1, 2, 3, 4, 5, 6, 7)
ASKED = "+ - * / ** neg"  # beside what the bug is about
NETWORKS, POLICY = ("Neuron", "Layer", "MLP"), ("overflow", "kink", "depth")


@cache
def report_on(kind) -> Report:
    bug = BUGS[kind]
    more = (8,) if bug.slip in POLICY else (10,) if bug.about in NETWORKS else (9,) if bug.slip == "few digits" else ()
    about = " ".join(NETWORKS) if bug.about in NETWORKS else bug.about
    beside = "log exp" if bug.kind == "all values are rounded" else "tanh"
    return judged(in_this_interpreter(engine(bug)), only=(*LEVELS, *more), needs=f"{ASKED} {beside} {about}")


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
    assert len(BUGS) == len(OF_STUDENTS) + len(OF_OUR_OWN) + len(HARD_TO_FIND)


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
    """For each operation; those that are hard to find may have the same as others."""
    sentences = {}
    for bug in (*OF_STUDENTS, *OF_OUR_OWN):
        finding = named(bug.kind)[0]
        sentences.setdefault((finding.about, finding.hints[1]), []).append(bug.kind)
    assert [kinds for kinds in sentences.values() if len(kinds) > 1] == []


@pytest.mark.parametrize("kind", BUGS)
def test_what_is_said_without_hints_is_numbers_or_an_error(kind):
    for finding in report_on(kind).findings:
        if finding.outcome == "failed":
            assert finding.hints[1] not in finding.said
            assert finding.slip not in finding.said or finding.slip in (
                "a",
                "a * n",
                "a // b",
                "value",
                "outputs",
                "parameters",
            )
            assert (
                any(sign.isdigit() for sign in finding.said)
                or "Error" in finding.said
                or finding.slip in ("outputs", "no bias")
            )


@pytest.mark.parametrize("kind", BUGS)
def test_hints_say_more_and_more_and_hold_no_code(kind):
    hints = named(kind)[0].hints
    assert len(hints) == 3
    assert len({named(kind)[0].said, *hints}) == 4
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


@pytest.mark.parametrize(
    "kind", ["tanh is 1 from 3 on", "no more than six nodes", "halved after the third use", "exponents lose their sign"]
)
def test_a_slip_that_fits_one_graph_alone_is_not_named(kind):
    """Where the first graphs pass, a backward pass does not begin without a gradient."""
    bug = BUGS[kind]
    report = judged(in_this_interpreter(engine(bug)), only=(3, 4, 5, 6, 7, 9), needs=f"{ASKED} tanh")
    assert {finding.slip for finding in report.findings if finding.outcome == "failed"} <= {"unexplained", bug.slip}


def test_hints_on_what_is_not_there_say_more_than_that():
    (finding,) = [
        x for x in judged(in_this_interpreter(engine()), only=(1,), needs="+ * sin").findings if x.outcome == "failed"
    ]
    assert finding.said == "sin(a) is not there"
    assert len({finding.said, *finding.hints}) == 4
    assert "by hand" not in finding.hints[0]


def test_an_error_of_every_backward_pass_is_one():
    report = judged(in_this_interpreter(engine(BUGS["equality without a hash"])))
    failed = [finding for finding in report.findings if finding.outcome == "failed"]
    assert {finding.slip for finding in failed} == {"backward raises"}
    assert len({finding.hints[1] for finding in failed}) == 1
    assert {finding.outcome for finding in report.findings if finding.level == 10} == {"failed"}
    assert not [finding for finding in report.findings if finding.outcome == "reported" and "TypeError" in finding.said]


def test_only_an_error_in_a_long_chain_is_its_length():
    report = judged(in_this_interpreter(engine(BUGS["gradients are means"])), only=(3, 4, 5, 6, 8), needs="+ *")
    (chain,) = [finding for finding in report.findings if finding.test.startswith("a chain")]
    assert chain.slip == "mean"
    assert len(chain.said) < 300


def test_what_computes_with_a_wrong_product_is_not_blamed():
    """2 / a is 2 times a power in this engine, and a / b is a node of its own: the engine is asked, and answers for both."""
    text = source().replace("Value(self.data * other.data,", "Value(self.data * other.data + 1,")
    names = {"__name__": "student"}
    exec(compile(text, "student.py", "exec"), names)
    report = judged(in_this_interpreter(SimpleNamespace(**names)), only=(2,), needs=ASKED)
    assert {finding.about for finding in report.findings if finding.outcome == "failed"} == {"*"}
    outcomes = {finding.test: (finding.outcome, finding.said) for finding in report.findings}
    assert outcomes["2 / a"] == ("left out", "left out: what is wrong in 2 / a follows from a * b, which it is made of")
    assert outcomes["a / b"][0] == "passed"


def test_gradients_with_few_digits_are_named_in_networks_too():
    report = judged(in_this_interpreter(engine(BUGS["gradients are rounded"])), only=(9, 10), needs="+ * tanh Neuron")
    assert {finding.slip for finding in report.findings if finding.outcome == "failed"} == {"few digits"}


def test_a_network_is_left_out_where_a_form_that_it_needs_has_failed():
    report = judged(in_this_interpreter(engine(BUGS["numbers lose their decimals"])), needs=f"{ASKED} tanh Neuron")
    assert [finding.test for finding in report.findings if finding.outcome == "failed"] == ["a * 2"]


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
    caught: list[str] = []
    for bug in OF_STUDENTS:
        try:
            passed = micrograds_own_tests(engine(bug).Value)
        except (ArithmeticError, TypeError, RecursionError):
            passed = False
        caught += [] if passed else [bug.kind]
    assert micrograds_own_tests(engine().Value)
    assert caught == [bug.kind for bug in OF_STUDENTS[13:]]
