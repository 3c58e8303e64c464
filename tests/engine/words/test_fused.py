"""Fused losses: what is said where softmax and cross-entropy are one node, and nothing where they are not."""

import math
from functools import reduce
from operator import add

import pytest
from chalkgrad.engine import Value, affine, chain_rule, logsumexp, softplus, total
from chalkgrad.engine.words.fused import Consumers, consumers_of, fused_lines
from chalkgrad.nn import binary_cross_entropy_with_logits, cross_entropy

OF_CLASS = "which is p; with the -1 of the class: p - y"
OF_OTHER = "which is p; y is 0 here: p - y"


def scores():
    return [Value(x, f"z{i}") for i, x in enumerate((1.0, 2.0, 0.5), 1)]


@pytest.mark.parametrize("wanted", [0, 1, 2])
@pytest.mark.parametrize("make", [cross_entropy, lambda z, c: cross_entropy.formula(z, [float(i == c) for i in range(3)])])
def test_the_class_and_the_other_scores_are_told_apart_and_p_is_the_softmax(make, wanted):
    z = scores()
    L = make(z, wanted)
    said = {step.parent: str(step).split("\n")[0] for step in L.steps()[1:] if step.node.op.name == "logsumexp"}
    p = [math.exp(x.data) / sum(math.exp(x.data) for x in z) for x in z]
    for i, x in enumerate(z):
        assert said[x].endswith(f"= {p[i]:.4g}, {OF_CLASS if i == wanted else OF_OTHER}")
        assert OF_CLASS in str(chain_rule(L, x)) if i == wanted else OF_OTHER in str(chain_rule(L, x))
    assert str(L.tape()).split("\n")[-1].endswith(f"= {p[wanted]:.4g}, {OF_CLASS}")
    L.backward()
    assert [x.grad for x in z] == pytest.approx([pi - (i == wanted) for i, pi in enumerate(p)])


def test_targets_between_0_and_1_are_said_to_come_by_another_edge():
    z = scores()
    L = logsumexp(z) - affine([0.5, 0.25, 0.25], z, 0.0)
    said = [str(step) for step in L.steps()[1:] if step.node.op.name == "logsumexp"]
    assert len(said) == 3
    assert all("which is p; with the -y of the target: p - y" in text for text in said)


def test_the_logistic_loss_of_class_1_is_told():
    s = Value(0.5, "s")
    L = total([binary_cross_entropy_with_logits(s, 1), binary_cross_entropy_with_logits(s, 1)]) / 2
    p = 1 / (1 + math.exp(-0.5))
    assert f"= {1 - p:.4g}, which is 1 - p; with the -1 of the class: p - y" in str(chain_rule(binary(s), s))
    assert str(L.tape()).count("with the -1 of the class: p - y") == 2
    s.grad = None
    binary(s).backward()
    assert s.grad == pytest.approx(p - 1)


def binary(s):
    return binary_cross_entropy_with_logits(s, 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda z: logsumexp(z),
        lambda z: logsumexp(z) - z[0] * z[1],
        lambda z: logsumexp(z[:2]) - z[2],
        lambda z: z[0] - logsumexp(z),
        lambda z: softplus(z[0]),
        lambda z: softplus(-z[0]) * z[1],  # an activation, not a loss
        lambda z: softplus(-z[0]).tanh(),
    ],
)
def test_what_is_no_fused_loss_stays_as_it_is(make):
    y = make(scores())
    assert "p - y" not in "\n".join(
        [str(y.tape()), *map(str, y.steps()), *(str(chain_rule(y, x)) for x in y.tape() if x.label)]
    )


@pytest.mark.parametrize("count", [10, 1000])
def test_the_losses_of_many_samples_are_looked_at_in_one_pass(count, monkeypatch):
    lost = [softplus(-Value(0.5, f"s{i}")) for i in range(count)]
    L = reduce(add, lost)  # a chain, at the end of which every loss is far from the root
    asked = []
    get = Consumers.get
    monkeypatch.setattr(Consumers, "get", lambda self, *key: [asked.append(1), get(self, *key)][1], raising=False)
    tape = L.tape()
    consumers = consumers_of(tape)
    assert list(fused_lines(tape, consumers)) == [(loss, 0) for loss in lost]
    assert len(asked) <= len(tape)
    assert str(tape.table(limit=1)).count("p - y") == 3
