"""What the judge makes of answers: outcomes, points, what is left out, the smallest graph, the slip in a sentence, hints."""

import json
from types import SimpleNamespace

import pytest
import student_engines
from chalkgrad.classroom.grading.judging.comparison import TOLERANCE, near
from chalkgrad.classroom.grading.judging.engines_with_a_slip import BETWEEN_PASSES, ENGINE_WIDE, slips_in
from chalkgrad.classroom.grading.judging.judge import judged, needed
from chalkgrad.classroom.grading.judging.shrinking import shrunk
from chalkgrad.classroom.grading.program import Program
from chalkgrad.classroom.grading.questions import Answer
from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter
from chalkgrad.classroom.grading.telling.failing_graph import groups
from chalkgrad.engine.words.language import _read
from one_bug_engines import OF_OUR_OWN, OF_STUDENTS, engine, source

BUGS = {bug.kind: bug for bug in (*OF_STUDENTS, *OF_OUR_OWN)}


def runner_of(kind=None):
    return in_this_interpreter(engine(BUGS[kind] if kind else None))


def patched(*patches):
    """The right engine with some places changed."""
    text = source()
    for place, new in patches:
        assert text.count(place) == 1
        text = text.replace(place, new)
    names = {"__name__": "student"}
    exec(compile(text, "student.py", "exec"), names)
    return in_this_interpreter(SimpleNamespace(**names))


def failed(report):
    return [finding for finding in report.findings if finding.outcome == "failed"]


def finding_of(report, test):
    (found,) = [finding for finding in report.findings if finding.test == test]
    return found


def test_all_levels_run_after_a_failure():
    report = judged(runner_of("division cut from the divisor"))
    assert {finding.level for finding in report.findings} == set(range(1, 11))
    assert finding_of(report, "200 random graphs").outcome == "passed"


def test_what_is_not_needed_is_not_marked():
    report = judged(runner_of("division cut from the divisor"), needs="+ * ** tanh")
    assert failed(report) == []
    assert {finding.about for finding in report.findings} == {"", "+", "*", "**", "tanh"}
    assert report.points == pytest.approx(100) == report.of  # without networks, too


def test_what_is_needed_and_missing_fails_once():
    report = judged(runner_of(), needs="+ * sin")
    assert [(finding.level, finding.about, finding.slip) for finding in failed(report)] == [(1, "sin", "missing")]


@pytest.mark.parametrize("needs", ["tanhh", "+ * %", "Neurons"])
def test_a_need_that_is_none_is_refused(needs):
    with pytest.raises(ValueError, match="is not an operation that an engine can be asked for"):
        needed(needs)


def test_points_by_level_may_be_chosen():
    report = judged(runner_of(), points={2: 50, 9: 0})  # and 70 for the others
    assert sum(finding.of for finding in report.findings if finding.level == 2) == pytest.approx(50 / 120 * 100)
    assert sum(finding.of for finding in report.findings if finding.level == 9) == 0


def test_a_policy_costs_nothing():
    report = judged(runner_of("interior gradients kept"))
    kept = finding_of(report, "two losses through one inner value")
    assert (kept.outcome, kept.slip, kept.of) == ("reported", "inner kept", 0)
    assert report.points == report.of == 100


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (None, "inner values begin afresh each time"),
        ("interior gradients kept", "inner values keep theirs"),
        ("gradients zeroed inside backward", "sets all gradients to 0 first"),
    ],
)
def test_backward_twice_is_reported(kind, said):
    assert said in finding_of(judged(runner_of(kind), only=(7, 8)), "backward() twice").said


def test_two_bugs_are_two_sentences():
    run = patched(("e * out.grad", "e"), ("other.grad += -1.0 * out.grad", "other.grad += 1.0 * out.grad"))
    assert {(x.slip, x.about) for x in failed(judged(run))} == {("local alone", "exp"), ("minus lost", "-")}


def test_an_order_and_an_operation_are_told_apart():
    breadth = next(bug for bug in OF_STUDENTS if bug.kind == "breadth first")
    run = patched(("(1 - t**2) * out.grad", "(1 - t) * out.grad"), (breadth.place, breadth.text))
    told = {(x.slip, x.about) for x in failed(judged(run, only=range(1, 8)))}
    assert told == {("square lost", "tanh"), ("breadth first", "")}


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize(
    ("bug", "slips"),
    [
        ("", set()),
        ("overwrite", {("overwrite", "+"), ("overwrite", "*")}),
        ("wrong tanh", {("square lost", "tanh")}),
        ("no upstream", {("local alone", "tanh")}),
        ("no local derivative", {("upstream alone", "tanh")}),
        ("swapped", {("own factor", "*")}),
        ("minus", {("sign", "*")}),
        ("cut", {("nothing", "/")}),
    ],
)
def test_what_is_made_of_a_wrong_operation_is_not_blamed(bug, slips, direct):
    """Whether - and / are nodes of their own, or made of + and *, as micrograd makes them."""
    run = in_this_interpreter(SimpleNamespace(Value=student_engines.engine(bug, direct=direct)))
    assert {(finding.slip, finding.about) for finding in failed(judged(run, only=range(1, 8)))} == slips


@pytest.mark.parametrize("bug", ["no seed", "no order"])
def test_a_slip_of_the_whole_engine_is_named_everywhere(bug):
    run = in_this_interpreter(SimpleNamespace(Value=student_engines.engine(bug)))
    assert {finding.slip for finding in failed(judged(run))} == {{"no seed": "no seed", "no order": "breadth first"}[bug]}


def test_the_smallest_failing_graph_and_where_it_parts():
    sent_once = failed(judged(runner_of("a + a sent once")))[0].failure
    assert str(sent_once.program) == "L = a + a  at a = 3"
    assert (sent_once.right["a"].grad, sent_once.theirs["a"].grad, sent_once.parts_at) == (2.0, 1.0, "a")
    cut = failed(judged(runner_of("exp without upstream"), only=range(1, 9)))[0].failure
    assert len(cut.program.lines) == 2
    assert cut.parts_at == "a"


def test_an_error_has_its_line():
    run = patched(("self.grad += e * out.grad", "self.grad += e * out.gradient"))
    finding = failed(judged(run, only=(3,)))[0]
    assert (finding.about, finding.slip) == ("exp", "backward raises")
    assert "AttributeError" in finding.failure.error


def test_random_graphs_find_what_no_level_asks_for_and_shrink_it():
    """An engine whose exp is wrong where its argument is negative and it is used by a product."""
    run = patched(("            self.grad += e * out.grad", "            self.grad += (e if e > 0.05 else 1.0) * out.grad"))
    report = judged(run)
    (finding,) = failed(report)
    assert finding.level == 9
    assert [op for _, op, _ in finding.failure.program.lines] == ["exp"]
    assert finding.failure.program.leaves[0][1] < -2.9


def test_shrinking_keeps_what_matters():
    lines = (("c", "*", ("a", "b")), ("d", "tanh", ("c",)), ("e", "+", ("d", "a")), ("f", "exp", ("e",)), ("g", "-", ("f", 3)))
    program = Program((("a", 0.75), ("b", -1.25)), lines)
    rounds = []

    def fail(tried):
        rounds.append(len(tried))
        return ["tanh" in one.uses and "+" in one.uses for one in tried]

    smallest = shrunk(program, fail)
    assert {op for _, op, _ in smallest.lines} == {"tanh", "+"}
    assert len(smallest.lines) == 2
    assert len(rounds) <= 12
    assert max(rounds) <= 60


def test_questions_are_asked_in_few_rounds():
    for kind, most in [(None, 2), ("division cut from the divisor", 3), ("= for += in tanh only", 3)]:
        rounds, run = [], runner_of(kind)
        judged(lambda questions, run=run, rounds=rounds: rounds.append(len(questions)) or run(questions))
        assert len(rounds) <= most


def test_a_program_that_dies_on_the_way_is_judged_for_what_it_answered():
    run = runner_of()
    answers = []

    def dying(questions):
        answers[:] = run(questions)
        return answers if len(questions) == 1 else answers[: len(questions) // 2]

    report = judged(dying)
    assert report.engine == "Value"
    assert {finding.outcome for finding in report.findings} >= {"passed", "failed"}


def test_what_could_not_run_says_why():
    report = judged(lambda questions: [Answer(error="SyntaxError: invalid syntax", line=7) for _ in questions], file="x.py")
    assert (report.status, report.reason, report.line, report.findings) == (
        "could not run",
        "SyntaxError: invalid syntax",
        7,
        (),
    )
    assert judged(in_this_interpreter(SimpleNamespace())).status == "could not run"


def test_numbers_that_lie_or_are_missing_do_not_pass():
    def lying(questions):
        return [answer._replace(numbers=()) if answer.numbers else answer for answer in runner_of()(questions)]

    report = judged(lying, only=(2, 3))
    assert {finding.outcome for finding in report.findings} == {"failed", "left out"}
    nans = {"nan": float("nan"), "inf": float("inf")}
    assert not any(near(x, 1.0, 1.0) for x in nans.values())


def test_what_was_not_tried_blames_nothing():
    def stopping(questions):
        stopped = Answer(error="TimeOut: more than 1 s of computing", line=7)
        for question, answer in zip(questions, runner_of()(questions), strict=True):
            uses = {op for program in question.programs for op in program.uses}
            late = (question.do == "run" and uses & {"tanh", "exp"}) or question.do == "calls"
            yield stopped._replace(tried="tanh" in uses) if late else answer

    report = judged(lambda questions: [*stopping(questions)], needs="+ * tanh exp Neuron")
    assert report.status == "partly"
    assert {(finding.about, finding.slip) for finding in failed(report)} == {("tanh", "backward raises")}
    left = [finding for finding in report.findings if finding.slip == "not tried"]
    assert {(finding.about, finding.outcome, finding.points) for finding in left} == {
        ("exp", "left out", 0.0),
        ("Neuron", "left out", 0.0),
    }
    assert all("TimeOut" in finding.said for finding in left)
    assert not [finding for finding in report.findings if finding.outcome == "reported" and "TimeOut" in finding.said]


@pytest.mark.parametrize(
    ("place", "new"),
    [
        ("        self.grad = 1.0\n", "        self.grad = 1.0\n        self.data = 0.0\n"),
        ("for parent in node._prev)", "for parent in node._prev if len(seen) < 6)"),
        (
            "    def __add__(self",
            "    def __eq__(self, other):\n        return self.data == other.data\n\n    def __add__(self",
        ),
    ],
)
def test_one_cause_is_one_item(place, new):
    def run(questions):  # with a line, as of a program in a file
        answers = patched((place, new))(questions)
        return [answer._replace(line=9) if answer.error else answer for answer in answers]

    report = judged(run)
    assert len(groups(report)) == 1
    assert len(failed(report)) > 2


DONE = "        if getattr(self, 'done', False):\n            return\n        self.done = True\n"
ZEROED = "        for node in order:\n            node.grad = 0.0\n        self.grad = 1.0\n"


@pytest.mark.parametrize(
    ("place", "new", "said"),
    [
        ("    def backward(self):\n", f"    def backward(self):\n{DONE}", "changes nothing"),
        ("        self.grad = 1.0\n", ZEROED, "sets all gradients to 0 first"),
        ("        self.grad = 1.0\n", "        self.grad = 1.0\n", "leaves twice the gradient"),
    ],
)
def test_two_calls_that_give_what_one_does_are_told_apart(place, new, said):
    report = judged(patched((place, new)), only=(7, 8), needs="+ *")
    assert said in finding_of(report, "backward() twice").said


def test_two_calls_alone_do_not_tell_why():
    report = judged(patched(("    def backward(self):\n", f"    def backward(self):\n{DONE}")), only=(8,), needs="+ *")
    assert finding_of(report, "backward() twice").said == "backward() twice gives the gradient once"


IN_PLACE = "    def __iadd__(self, other):\n        self.data += other.data\n        return self\n\n    def __add__(self"
ROUNDED = "        for node in order:\n            node.grad = round(node.grad, 6)\n\n\nclass Neuron"


@pytest.mark.parametrize(
    ("place", "new", "where", "rule"),
    [
        ("    def __add__(self", IN_PLACE, "does for +=", "The forward pass"),
        ("\n\nclass Neuron", ROUNDED, "with all the digits", "The forward pass"),
        ("Value(self.data / other.data,", "Value(self.data // other.data,", "computes its value", "The forward pass"),
        ("Value(math.log(self.data),", "Value(math.log10(self.data),", "computes its value", "The forward pass"),
        ("return self + other", "return self", "computes its value", "The forward pass"),
        ("class MLP", "class Net", "names of the classes", "A neuron is"),
        ("z = z + wi * xi", "z = z + wi * xi.number", "by itself, line by line", "A neuron is"),
    ],
)
def test_hints_point_at_the_place(place, new, where, rule):
    findings = failed(judged(patched((place, new)), needs="+ * / log Neuron MLP"))
    assert findings
    for finding in findings:
        assert where in finding.hints[0] or (finding.level == 10 and rule == "The forward pass")
        assert finding.hints[2].startswith(rule)
        assert len({finding.said, *finding.hints}) == 4


@pytest.mark.parametrize(
    ("place", "new", "said"),
    [
        (
            "(self.data > 0) * out.grad",
            "(1.0 if self.data > 0 else 0.01) * out.grad",
            "relu(a) by a is 0.01 at a = -1.25, where it should be 0;",
        ),
        (
            "(n * self.data ** (n - 1))",
            "(abs(n) * self.data ** (n - 1))",
            "a ** -1 by a is 1.562 at a = 0.8, where it should be -1.562;",
        ),
        ("1 / (2 * r) * out.grad", "1 / 2 * r * out.grad", "sqrt(a) by a is 0.3536 at a = 0.5, where it should be 0.7071;"),
        ("(1 - t**2) * out.grad", "(1 - t) ** 2 * out.grad", "tanh(a) by a is 0.2893 at a = 0.5, where it should be 0.7864;"),
    ],
)
def test_a_wrong_local_derivative_is_told_with_its_numbers(place, new, said):
    findings = failed(judged(patched((place, new)), needs="+ * ** relu sqrt tanh", only=(3, 4)))
    assert {finding.slip for finding in findings} == {"local derivative"}
    assert len({finding.hints[1] for finding in findings}) == 1
    assert said in findings[0].hints[1]


def test_a_step_with_wrong_gradients_is_of_one_cause():
    report = judged(patched(("z = z + wi * xi", "z = z + Value(wi.data) * xi")), only=(10,))
    assert {finding.test.partition(": ")[2] for finding in failed(report)} == {"gradients", "one training step"}
    assert {finding.slip for finding in failed(report)} == {"network gradients"}


def test_tolerances_are_relative():
    assert near(1e12 * (1 + TOLERANCE / 2), 1e12, 1e12)
    assert not near(1e12 * (1 + TOLERANCE * 2), 1e12, 1e12)
    assert not near(1e-9, 2e-9, 1e-9)
    assert near(1e-8, 0.0, 1.0)


def test_hints_lead_from_the_graph_to_the_rule():
    finding = failed(judged(runner_of("exp without upstream")))[0]
    where, what, rule = finding.hints
    assert str(finding.failure.program) in where
    assert "exp(a) sends its local derivative alone" in what
    assert finding.said.startswith("the gradient of a is 1.649 in your engine, and ∂L/∂a = 8.244 is right")
    assert "chain rule" in rule


@pytest.mark.parametrize(
    ("place", "new", "form", "others"),
    [
        ("(n * self.data ** (n - 1)) * out", "abs(n) * self.data ** (n - 1) * out", "a ** -1", ("a ** 2", "a ** b")),
        ("self.data**n, (self,)", "self.data**int(n), (self,)", "a ** 0.5", ("a ** 2", "a ** b")),
        ("math.log(self.data) * out.data * out.grad", "out.data * out.grad", "a ** b", ("a ** n", "a ** 2")),
        ("(n * self.data ** (n - 1)) * out", "n * self.data**n * out", "a ** n", ("a ** 2", "a ** b")),
    ],
)
def test_a_power_is_named_in_the_form_that_fails(place, new, form, others):
    for finding in failed(judged(patched((place, new)), needs="+ * **")):
        assert form in finding.hints[1]
        assert f" {'a ** b' if form == 'a ** b' else 'a ** n'} " in finding.hints[0].partition("Then look")[2]
        told = " ".join((finding.test, *finding.hints[1:]))
        assert not any(other in told for other in others), told


@pytest.mark.parametrize(
    ("place", "new", "slip"),
    [
        ("Value(self.data + other.data,", "Value(self.data + other.data + 0.001,", "value shifted"),
        ("Value(self.data + other.data,", "Value(self.data + other.data + 1e-5,", "value shifted"),
        ("Value(self.data * other.data,", "Value(self.data * other.data * 1.0001,", "value scaled"),
        ("Value(math.log(self.data),", "Value(math.log(self.data + 1e-7),", "value close"),
        ("t = math.tanh(self.data)", "t = 1.0 if self.data > 3 else math.tanh(self.data)", "far off"),
        ("t = math.tanh(self.data)", "t = float(f'{math.tanh(self.data):.5g}')", "imprecise"),
        ("e = math.exp(self.data)", "e = 2.718**self.data", "value close"),
        ("Value(self.data - other.data,", "Value(int(self.data - other.data),", "whole"),
        ("return self + other", "return self + int(other)", "number cut"),
    ],
)
def test_how_values_are_off(place, new, slip):
    findings = failed(judged(patched((place, new)), needs="+ * - tanh log exp", only=(2,)))
    assert {finding.slip for finding in findings} == {slip}


def test_a_network_with_its_bias_first_is_right():
    run = patched(("return self.w + [self.b]", "return [self.b] + self.w"))
    assert {finding.outcome for finding in judged(run, only=(10,)).findings} == {"passed"}


LINEAR = """
        for layer in self.layers[:-1]:
            x = layer(x)
        (neuron,) = self.layers[-1].neurons
        return sum((w * v for w, v in zip(neuron.w, x)), neuron.b)
"""


def test_a_network_may_have_a_linear_last_layer():
    run = patched(("        for layer in self.layers:\n            x = layer(x)\n        return x\n", LINEAR))
    assert {finding.outcome for finding in judged(run, only=(10,)).findings} == {"passed"}


def test_reports_are_plain_data():
    report = judged(runner_of("a + a sent once"), only=(4,))
    failure = failed(report)[0].failure
    assert json.loads(json.dumps(failure))[3] == "a"
    assert report.seconds > 0


def test_words_hold_no_code():
    for name in ("grading", "grading tests", "grading slips", "grading rules"):
        for key, template in _read("en")[name].items():
            assert "self." not in template, key
            assert " += " not in template, key
            assert template.count("{") == template.count("}"), key


def test_every_slip_that_an_engine_may_have_has_a_sentence():
    words = _read("en")["grading slips"]
    assert {slip.key for op in ("*", "/", "tanh") for slip in slips_in(op)} <= {*words}
    assert {slip.key for slip in (*ENGINE_WIDE, *BETWEEN_PASSES)} <= {*words}


class Early:
    """As far as a lecture comes in its first half hour: sums and products of values, without plain numbers."""

    def __init__(self, data, parents=()):
        self.data, self.grad, self.parents = data, 0.0, parents

    def __add__(self, other):
        return Early(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Early(self.data * other.data, ((self, other.data), (other, self.data)))

    def backward(self, contribution=1.0):
        self.grad += contribution
        for parent, slope in self.parents:
            parent.backward(contribution * slope)


def test_an_engine_of_two_operations_is_judged_for_these():
    report = judged(in_this_interpreter(SimpleNamespace(Value=Early)))
    assert {(finding.test, finding.slip) for finding in failed(report)} == {
        ("a + 2", "number refused"),
        ("a * 2", "number refused"),
    }
    assert finding_of(report, "200 random graphs").outcome == "passed"
    assert {finding.outcome for finding in report.findings if finding.level in (3, 4, 5, 6, 7)} == {"passed"}


class Stub:
    def __init__(self, data):
        self.data, self.grad = data, 0.0

    def backward(self):
        pass


def test_an_engine_that_is_still_to_be_written():
    report = judged(in_this_interpreter(SimpleNamespace(Value=Stub)))
    assert [finding.said for finding in failed(report)] == ["a + b is not there", "a * b is not there"]
    assert report.points < report.of
