"""Right engines pass for what they have: micrograd, a student's in several styles, one with arrays' names, chalkgrad's own."""

import math
from types import SimpleNamespace

import micrograd.engine
import micrograd.nn
import pytest
import student_engines
from chalkgrad.classroom.grading.judging.judge import judged
from chalkgrad.classroom.grading.running.same_interpreter import in_this_interpreter
from chalkgrad.engine import Value


class Node:
    """An engine that is built otherwise: local derivatives as data, a loop over levels, gradients as None before a pass."""

    def __init__(self, value, inputs=()):
        self.value, self.derivative, self.inputs = value, None, inputs
        self.level = 1 + max((node.level for node, _ in inputs), default=0)

    def __add__(self, other):
        other = self._node(other)
        return Node(self.value + other.value, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = self._node(other)
        return Node(self.value * other.value, ((self, other.value), (other, self.value)))

    __radd__, __rmul__ = __add__, __mul__

    def sin(self):
        return Node(math.sin(self.value), ((self, math.cos(self.value)),))

    def backprop(self):
        levels, reached = {self.level: [self]}, {id(self): 1.0}
        for level in range(self.level, 0, -1):
            for node in {id(node): node for node in levels.get(level, ())}.values():
                for parent, slope in node.inputs:
                    reached[id(parent)] = reached.get(id(parent), 0.0) + reached[id(node)] * slope
                    levels.setdefault(parent.level, []).append(parent)
                leaf = node.derivative or 0.0
                node.derivative = reached[id(node)] if node.inputs else leaf + reached[id(node)]

    @staticmethod
    def _node(x):
        return x if isinstance(x, Node) else Node(x)


MICROGRAD = SimpleNamespace(**{**vars(micrograd.nn), **vars(micrograd.engine)})
NAMES = {"data": "value", "grad": "derivative", "backward": "backprop"}
RUNNERS = {
    "micrograd": in_this_interpreter(MICROGRAD),
    "built otherwise": in_this_interpreter(SimpleNamespace(Node=Node), "Node", NAMES),
    "chalkgrad": in_this_interpreter(SimpleNamespace(Value=Value)),
    **{
        f"a student's, {parents.__name__}, {'direct' if direct else 'composed'}": in_this_interpreter(
            SimpleNamespace(Value=student_engines.engine(parents=parents, direct=direct))
        )
        for parents in (set, tuple)
        for direct in (False, True)
    },
}


@pytest.mark.parametrize("name", RUNNERS)
def test_a_right_engine_passes_everything_that_it_has(name):
    report = judged(RUNNERS[name], needs="+ - * / ** neg tanh exp relu sigmoid" if name == "chalkgrad" else "")
    assert [(finding.test, finding.said) for finding in report.findings if finding.outcome in ("failed", "left out")] == []
    assert report.status == "graded"
    assert report.points == report.of >= 95


def test_micrograd_is_told_of_what_it_does_otherwise():
    report = judged(RUNNERS["micrograd"])
    told = {finding.slip for finding in report.findings if finding.outcome == "reported" and finding.slip}
    assert told == {"inner kept", "depth", "kink raises"}
    assert report.points == report.of == 100


TAPE = []


class Taped:
    """A list of all nodes that there are, which each backward pass clears first."""

    def __init__(self, data, edges=()):
        self.data, self.edges, self.grad = data, edges, 0.0
        TAPE.append(self)

    def __add__(self, other):
        other = other if isinstance(other, Taped) else Taped(other)
        return Taped(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        other = other if isinstance(other, Taped) else Taped(other)
        return Taped(self.data * other.data, ((self, other.data), (other, self.data)))

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        for node in TAPE:
            node.grad = 0.0
        self.grad = 1.0
        for node in reversed(TAPE):
            for parent, slope in node.edges:
                parent.grad += slope * node.grad


def test_a_tape_that_is_cleared_by_each_pass_has_one_cause():
    TAPE.clear()
    report = judged(in_this_interpreter(SimpleNamespace(Value=Taped)), only=(3, 4, 5, 6, 7))
    failed = [finding for finding in report.findings if finding.outcome == "failed"]
    assert len(failed) == 4
    assert {finding.slip for finding in failed} == {"zeroed in backward"}
    assert len({finding.hints[1] for finding in failed}) == 1
    TAPE.clear()


def test_a_submission_is_asked_a_few_hundred_questions():
    asked = []
    judged(lambda questions: asked.append(len(questions)) or RUNNERS["micrograd"](questions))
    assert sum(asked) < 600
