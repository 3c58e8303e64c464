"""Losses, heads and priors: against mpmath and closed forms, at extreme scores too, and what they say about wrong targets."""

import inspect
import itertools
import math
import pickle
import random
from functools import cache

import mpmath
import numpy
import pytest
from chalkgrad.engine import DomainError, GradientWarning, Value, exp, nonfinite, program, recording, sigmoid, total
from chalkgrad.engine import softmax as recorded_softmax
from chalkgrad.nn import Module, Neuron, fit, losses
from chalkgrad.nn.heads import linear_head, logistic_head, softmax_head
from chalkgrad.nn.losses import (
    Loss,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    cross_entropy_of_probabilities,
    hinge,
    mean_squared_error,
    squared_error,
)
from chalkgrad.nn.priors import L1, L2, Gaussian, Laplace
from counting import lines

LOSSES = [
    squared_error,
    mean_squared_error,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    cross_entropy_of_probabilities,
    hinge,
]
EXTREME = [0.0, 1e-9, -1e-9, 1.0, -1.0, 30.0, -30.0, 36.9, -36.9, 40.0, 690.0, -690.0, 745.0, -745.0, 1000.0, -1000.0]
RANDOM = [random.Random(0).gauss(0, 20) for _ in range(50)]
PROBABILITIES = [1e-300, 1e-20, 1e-9, 0.1, 0.25, 0.5, 0.9, 1 - 1e-9, 1 - 2**-53]


@pytest.fixture(autouse=True)
def fifty_digits():
    with mpmath.workdps(50):
        yield


def sigma(s):
    return 1 / (1 + mpmath.exp(-mpmath.mpf(s)))


def softmax(scores):
    return softmax_in(tuple(map(mpmath.mpf, scores)), mpmath.mp.dps)


@cache
def softmax_in(scores, digits):
    """Four tests ask for that of each sample, which takes long at 1,000 digits."""
    with mpmath.workdps(digits):
        powers = [mpmath.exp(s) for s in scores]
        total = mpmath.fsum(powers)
        return [p / total for p in powers]


def exact_loss(name, s, y):
    """The formula of the lecture or the textbook, with 50 digits; with more where 1 - σ(s) needs them."""
    with mpmath.workdps(1000):
        s = [mpmath.mpf(x) for x in s]
        match name:
            case "squared_error" | "mean_squared_error":
                return mpmath.fsum((mpmath.mpf(yk) - sk) ** 2 for yk, sk in zip(y, s, strict=True))
            case "binary_cross_entropy":
                return -(y * mpmath.log(s[0]) + (1 - y) * mpmath.log(1 - s[0]))
            case "binary_cross_entropy_with_logits":
                return -(y * mpmath.log(sigma(s[0])) + (1 - y) * mpmath.log(1 - sigma(s[0])))
            case "cross_entropy":
                return -mpmath.log(softmax(s)[y])
            case "cross_entropy_of_probabilities":
                return -mpmath.log(s[y])
            case "hinge":
                return max(mpmath.mpf(0), 1 - y * s[0])


def exact_gradient(name, s, y):
    """The closed forms: 2(s - y), σ(s) - y, softmax(s) less the one-hot class, -y where the hinge is up."""
    with mpmath.workdps(1000):
        match name:
            case "squared_error" | "mean_squared_error":
                return [2 * (mpmath.mpf(sk) - mpmath.mpf(yk)) for yk, sk in zip(y, s, strict=True)]
            case "binary_cross_entropy":
                return [-y / mpmath.mpf(s[0]) + (1 - y) / (1 - mpmath.mpf(s[0]))]
            case "binary_cross_entropy_with_logits":
                return [sigma(s[0]) - y]
            case "cross_entropy":
                return [p - (i == y) for i, p in enumerate(softmax(s))]
            case "cross_entropy_of_probabilities":
                return [-1 / mpmath.mpf(p) if i == y else mpmath.mpf(0) for i, p in enumerate(s)]
            case "hinge":
                return [mpmath.mpf(-y if y * s[0] < 1 else 0)]


def samples(loss):
    """Scores and targets for a loss, ordinary ones and extreme ones."""
    source = random.Random(1)
    match loss.name:
        case "squared_error" | "mean_squared_error":
            for s in EXTREME + RANDOM:
                yield [s], [source.gauss(0, 20)]
                yield [s, -s, 1.0], [source.gauss(0, 20) for _ in range(3)]
        case "binary_cross_entropy":
            yield from (([p], y) for p in PROBABILITIES for y in (0, 1))
        case "binary_cross_entropy_with_logits":
            yield from (([s], y) for s in EXTREME + RANDOM for y in (0, 1))
        case "cross_entropy":
            for s in [*itertools.product(EXTREME, repeat=2), *([source.gauss(0, 20) for _ in range(5)] for _ in range(50))]:
                yield from ((list(s), c) for c in range(len(s)))
        case "cross_entropy_of_probabilities":
            for p in PROBABILITIES:
                yield from (([p, 1 - p], c) for c in (0, 1) if [p, 1 - p][c])
            yield [0.2, 0.3, 0.5], 1
        case "hinge":
            yield from (([s], y) for s in EXTREME + RANDOM for y in (-1, 1))


def recorded(loss, s, y):
    """The value and the gradient of a sample, as the loss records it."""
    scores = [Value(x) for x in s]
    root = loss(scores if len(scores) > 1 else scores[0], y)
    root.backward()
    return root.data, [x.grad for x in scores]


def recorded_formula(loss, s, y):
    """The same from `formula`, with the target on the tape."""
    scores, target = [Value(x) for x in s], [Value(x) for x in loss.encode(y, len(s))]
    root = loss.formula(scores, target)
    root.backward()
    return root.data, [x.grad for x in scores]


def close(computed, exact, relative, absolute):
    return abs(mpmath.mpf(computed) - exact) <= relative * abs(exact) + absolute


def refuses(attempt, error, sentence):
    with pytest.raises(error) as caught:
        attempt()
    assert str(caught.value) == sentence


# Values and gradients ------------------------------------------------------------------------------------------------


def tolerances(loss, s, form):
    """The relative and the absolute error that the docstrings claim."""
    if loss.name == "cross_entropy":
        return 1e-15, 4e-16 * max(1.0, *map(abs, s))
    if loss.name == "hinge":
        return 1e-15, 4e-16
    if loss.name == "binary_cross_entropy" and form is recorded_formula:
        return 1e-15, 4e-16
    return 1e-15, 5e-324


@pytest.mark.parametrize("form", [recorded, recorded_formula])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_values_are_those_of_mpmath(loss, form):
    for s, y in samples(loss):
        value, _ = form(loss, s, y)
        assert math.isfinite(value)
        assert value >= 0
        assert close(value, exact_loss(loss.name, s, y), *tolerances(loss, s, form))


@pytest.mark.parametrize("form", [recorded, recorded_formula])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_gradients_are_the_closed_forms(loss, form):
    for s, y in samples(loss):
        _, gradient = form(loss, s, y)
        absolute = 4e-16 if loss.name == "cross_entropy" else 5e-324
        for computed, exact in zip(gradient, exact_gradient(loss.name, s, y), strict=True):
            assert close(computed, exact, 2e-15, absolute), (s, y)


def test_r_squared_is_the_same_whatever_holds_the_numbers_and_asks_a_loss_of_ones_own_what_targets_mean():
    outputs, targets = [1.5, -2.0, 0.25], [1.0, -2.5, 3.0]
    mean = sum(targets) / 3
    errors = sum((y - s) ** 2 for s, y in zip(outputs, targets, strict=True))
    right = 1 - errors / sum((y - mean) ** 2 for y in targets)
    assert squared_error.metric(outputs, targets) == pytest.approx(right, rel=1e-15)
    for held in (numpy.array(outputs), [[s] for s in outputs], [Value(s) for s in outputs]):
        assert squared_error.metric(held, targets) == squared_error.metric(outputs, targets)

    class Doubled(losses.SquaredError):
        def encode(self, target, outputs):
            return [target / 2]

    assert Doubled().metric(outputs, [2 * y for y in targets]) == squared_error.metric(outputs, targets)
    with pytest.raises(ValueError, match="sample 1, counting from 0: a score needs a finite number, not nan"):
        squared_error.metric([1.0, math.nan], [1.0, 2.0])


@pytest.mark.parametrize("s", [*EXTREME, *RANDOM])
@pytest.mark.parametrize("y", [0, 1])
def test_the_logistic_loss_has_all_its_digits_wherever_it_is_a_normal_number(s, y):
    value, (gradient,) = recorded(binary_cross_entropy_with_logits, [s], y)
    for computed, exact in [
        (value, exact_loss("binary_cross_entropy_with_logits", [s], y)),
        (gradient, exact_gradient("binary_cross_entropy_with_logits", [s], y)[0]),
    ]:
        if abs(exact) > 1e-300:
            assert abs(mpmath.mpf(computed) - exact) <= 1e-15 * abs(exact)


def test_a_probability_that_has_lost_its_digits_is_told():
    s = Value(30.0, "s")
    p = s.sigmoid()
    with pytest.warns(GradientWarning, match="binary_cross_entropy_with_logits takes the score"):
        binary_cross_entropy(p, 0)
    binary_cross_entropy(p, 1)  # whose gradient has all digits
    binary_cross_entropy(Value(20.0).sigmoid(), 0)
    binary_cross_entropy(Value(p.data), 0)  # given so


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            lambda z: losses.cross_entropy(recorded_softmax(z), 1),
            "softmax is applied twice; cross_entropy_of_probabilities takes",
        ),
        (lambda z: losses.cross_entropy([exp(x) / total(map(exp, z)) for x in z], 1), "softmax is applied twice"),
        (lambda z: losses.binary_cross_entropy_with_logits(sigmoid(z[0]), 1), "σ is applied twice; binary_cross_entropy"),
        (
            lambda z: fit(
                Neuron(1, activation="sigmoid", seed=0),
                [[0.0], [1.0]],
                [0, 1],
                loss=losses.binary_cross_entropy_with_logits,
                epochs=2,
                progress=False,
            ),
            "σ is applied twice",
        ),
    ],
    ids=["softmax", "softmax in single steps", "σ", "a neuron with σ"],
)
def test_scores_that_are_probabilities_already_are_warned_of(made, message):
    with pytest.warns(GradientWarning, match=message):
        made([Value(1.0), Value(2.0), Value(-30.0)])


def test_scores_that_only_look_like_probabilities_are_taken_as_they_are():
    a, b = Value(0.25), Value(0.75)
    losses.cross_entropy([a, b], 0)
    losses.cross_entropy([a * 1, b * 1], 0)
    losses.cross_entropy([0.25, 0.75], 0)
    losses.cross_entropy([exp(a), exp(b)], 0)
    losses.binary_cross_entropy_with_logits(b, 0)
    losses.binary_cross_entropy(sigmoid(b), 0)


def test_scores_of_a_thousand_and_a_thousand_classes():
    assert cross_entropy([1000.0, -1000.0, 999.0], 1) == pytest.approx(2000 + math.log1p(math.exp(-1)), rel=1e-15)
    assert cross_entropy([-1000.0] * 1000, 999) == pytest.approx(math.log(1000), rel=1e-12)
    assert recorded(binary_cross_entropy_with_logits, [-1000.0], 1) == (1000.0, [-1.0])
    assert recorded(binary_cross_entropy_with_logits, [1000.0], 1) == (0.0, [0.0])
    assert recorded(hinge, [-1000.0], 1) == (1001.0, [-1.0])


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_the_formula_is_the_call(loss):
    for s, y in samples(loss):
        (value, gradient), (by_formula, gradient_by_formula) = recorded(loss, s, y), recorded_formula(loss, s, y)
        if loss is binary_cross_entropy:  # its formula has 1 - p
            assert value == pytest.approx(by_formula, rel=1e-15, abs=4e-16)
            assert gradient == pytest.approx(gradient_by_formula, rel=1e-15)
        else:
            assert (value, gradient) == (by_formula, gradient_by_formula)


@pytest.mark.parametrize("target", ["python", "numpy"])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_one_recorded_formula_is_right_for_every_sample(loss, target):
    by_length = {}
    for s, y in samples(loss):
        by_length.setdefault(len(s), []).append((s, y))
    for length, batch in by_length.items():
        scores = [Value(x) for x in batch[0][0]]
        y = [Value(x) for x in loss.encode(batch[0][1], length)]
        with recording():
            root = loss.formula(scores, y)
        compiled = program(root, inputs=[scores, y], wrt=[scores]).compile(target)
        rows = [s for s, _ in batch], [loss.encode(y, length) for _, y in batch]
        values, (gradients,) = compiled(*(rows if target == "python" else map(numpy.array, rows)))
        for (s, y), value, gradient in zip(batch, values, gradients, strict=True):
            expected, expected_gradient = recorded_formula(loss, s, y)
            assert value == pytest.approx(expected, rel=1e-14, abs=1e-300)
            assert list(gradient) == pytest.approx(expected_gradient, rel=1e-14, abs=1e-15)


def test_a_sample_is_a_small_graph():
    s = [Value(1.0), Value(2.0), Value(3.0)]

    def operations(root):
        return [v.op.name for v in root.tape() if v.op]

    assert operations(cross_entropy(s, 1)) == ["logsumexp", "sub"]
    assert operations(binary_cross_entropy_with_logits(s[0], 0)) == ["softplus"]
    assert operations(binary_cross_entropy_with_logits(s[0], 1)) == ["neg", "softplus"]
    assert operations(squared_error(s[0], 2.0)) == ["sub", "pow"]
    assert operations(hinge(s[0], -1)) == ["mul", "sub", "relu"]
    assert operations(cross_entropy_of_probabilities([Value(0.25), Value(0.75)], 1)) == ["log", "neg"]
    assert operations(Gaussian(1.0)(s)) == ["affine", "mul"]


def test_numbers_in_a_number_out():
    for loss in LOSSES:
        s, y = next(iter(samples(loss)))
        assert type(loss(s, y)) is float
        assert loss(s, y) == recorded(loss, s, y)[0]
    assert type(squared_error.over([1, 2], [3, 4])) is float
    assert cross_entropy([Value(1.0), 1.0], 0).data == cross_entropy(numpy.array([1.0, 1.0]), numpy.int64(0))
    assert squared_error([Value(1.0)], [3]).data == 4.0


@pytest.mark.parametrize("true", [1, True, 1.0, numpy.int8(1), numpy.bool_(True), numpy.float32(1), numpy.array(1), [1]])
def test_any_kind_of_number_will_do_as_a_class(true):
    assert cross_entropy([0.0, 1.0], true) == cross_entropy([0.0, 1.0], 1)
    assert binary_cross_entropy_with_logits(0.5, true) == binary_cross_entropy_with_logits(0.5, 1)
    assert hinge(0.5, true) == 0.5
    assert squared_error(0.5, true) == 0.25


# Sample sets ---------------------------------------------------------------------------------------------------------


def test_over_a_sample_set_is_the_sum_as_written_or_the_mean():
    outputs, targets = [[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]], [0, 1, 1]
    each = [cross_entropy(s, c) for s, c in zip(outputs, targets, strict=True)]
    assert cross_entropy.over(outputs, targets) == pytest.approx(sum(each), rel=1e-15)
    assert cross_entropy.mean.over(outputs, targets) == pytest.approx(sum(each) / 3, rel=1e-15)
    assert cross_entropy.over(numpy.array(outputs), numpy.array(targets)) == cross_entropy.over(outputs, targets)
    values = [[Value(x) for x in s] for s in outputs]
    total = cross_entropy.mean.over(values, targets)
    total.backward()
    for s, v, c in zip(outputs, values, targets, strict=True):
        assert [x.grad for x in v] == pytest.approx([float(d) / 3 for d in exact_gradient("cross_entropy", s, c)])


def test_least_squares_is_the_lectures_sum():
    f, y = [Value(2.0), Value(-1.0), Value(0.0)], [1.0, 1.0, 3.0]
    assert squared_error.over(f, y).data == 1 + 4 + 9
    assert mean_squared_error.over(f, y).data == pytest.approx(14 / 3)
    assert mean_squared_error.over([[1.0, 2.0]], [[2.0, 4.0]]) == 5.0  # not divided by the number of outputs


def test_every_loss_has_both():
    assert squared_error.mean == mean_squared_error
    assert mean_squared_error.sum == squared_error
    assert {loss.name: loss.reduction for loss in LOSSES} == {
        "squared_error": "sum",
        "mean_squared_error": "mean",
        "binary_cross_entropy": "sum",
        "binary_cross_entropy_with_logits": "sum",
        "cross_entropy": "sum",
        "cross_entropy_of_probabilities": "sum",
        "hinge": "sum",
    }
    for loss in LOSSES:
        assert (loss.sum.reduction, loss.mean.reduction, loss.mean.sum) == ("sum", "mean", loss.sum)
        assert getattr(losses, loss.name) == loss == pickle.loads(pickle.dumps(loss))
        assert len({loss, type(loss)(loss.reduction)}) == 1
    assert repr(cross_entropy.mean) == "<loss cross_entropy, the mean over the samples>"
    assert repr(mean_squared_error) == "<loss mean_squared_error, the mean over the samples>"
    with pytest.raises(ValueError, match="a loss is reduced by"):
        type(hinge)("max")


def test_the_gradient_of_a_linear_model_is_zero_at_the_solution_of_the_normal_equations():
    source = numpy.random.default_rng(0)
    X, y = source.normal(size=(20, 3)), source.normal(size=20)
    for prior, ridge in [(None, 0.0), (L2(0.7), 0.7), (Gaussian(2.0), 1 / 8)]:
        solution = numpy.linalg.solve(X.T @ X + ridge * numpy.eye(3), X.T @ y)
        w = [Value(x) for x in solution]
        outputs = [sum((wi * float(xi) for wi, xi in zip(w, row, strict=True)), Value(0.0)) for row in X]
        objective = squared_error.over(outputs, y)
        (objective if prior is None else objective + prior(w)).backward()
        assert [p.grad for p in w] == pytest.approx([0.0] * 3, abs=1e-13)


def test_the_gradient_of_logistic_regression_is_the_textbooks():
    source = numpy.random.default_rng(1)
    X, y, weights = source.normal(size=(20, 3)), source.integers(0, 2, 20), source.normal(size=3)
    w = [Value(x) for x in weights]
    outputs = [sum((wi * float(xi) for wi, xi in zip(w, row, strict=True)), Value(0.0)) for row in X]
    binary_cross_entropy_with_logits.over(outputs, y).backward()
    assert [p.grad for p in w] == pytest.approx(X.T @ (1 / (1 + numpy.exp(-X @ weights)) - y), rel=1e-12)


# Metrics and heads ---------------------------------------------------------------------------------------------------


def test_metrics():
    assert cross_entropy.metric([[1.0, 2.0], [3.0, 1.0], [1.0, 1.0], [0.0, 1.0]], [1, 1, 0, 1]) == 0.75
    assert binary_cross_entropy_with_logits.metric([0.5, -0.5, 0.0], [1, 1, 0]) == pytest.approx(2 / 3)
    assert binary_cross_entropy.metric([0.6, 0.4, 0.5, 0.9], [1, 0, 0, 0]) == 0.75
    assert hinge.metric([0.1, -2.0, Value(3.0)], [1, 1, 1]) == pytest.approx(2 / 3)
    assert {loss.name: loss.metric_name for loss in LOSSES if loss.metric_name != "accuracy"} == dict.fromkeys(
        ("squared_error", "mean_squared_error"), "R²"
    )


def test_several_logistic_outputs_add_up():
    """Σ_k of the exact losses, its gradient σ(s_k) - y_k, by the call and by the formula; as labels, and as a class number."""
    s, labels = [0.5, -2.0, 3.0, 0.0], [1, 0, 0, 1]
    for y, each in ((labels, labels), (numpy.array(labels), labels), (2, [0, 0, 1, 0])):
        exact = mpmath.fsum(exact_loss("binary_cross_entropy_with_logits", [x], t) for x, t in zip(s, each, strict=True))
        for loss, made in ((binary_cross_entropy_with_logits, lambda x: x), (binary_cross_entropy, sigmoid)):
            assert loss.encode(y, 4) == each
            assert loss([made(x) for x in s], y) == pytest.approx(float(exact), rel=1e-14)
            for by in (loss, lambda p, t, loss=loss: loss.formula(p, loss.encode(t, 4))):
                scores = [Value(x) for x in s]
                L = by([made(x) for x in scores], y)
                L.backward()
                assert L.data == pytest.approx(float(exact), rel=1e-14)
                assert [x.grad for x in scores] == pytest.approx([float(sigma(x)) - t for x, t in zip(s, each, strict=True)])
    assert binary_cross_entropy([0.25], [1]) == binary_cross_entropy(0.25, 1)


def test_the_metric_of_several_logistic_outputs():
    """Labels are right one by one; of a class number, the largest output decides, as in one-vs-all."""
    scores = [[2.0, -1.0, 0.5], [-1.0, -3.0, -2.0]]
    assert binary_cross_entropy_with_logits.metric(scores, [[1, 0, 0], [0, 1, 0]]) == pytest.approx(4 / 6)
    assert binary_cross_entropy_with_logits.metric(scores, [0, 0]) == 1.0
    assert binary_cross_entropy_with_logits.metric(scores, [0, 1]) == 0.5
    assert binary_cross_entropy.metric([[0.6, 0.4], [0.7, 0.9]], [[1, 0], [0, 1]]) == 0.75
    assert binary_cross_entropy_with_logits.decide(scores[0]) == [1, 0, 1]
    assert logistic_head.decide(scores[1]) == [0, 0, 0]
    assert logistic_head([0.0, 0.0]) == [0.5, 0.5]
    assert logistic_head.outputs([[0, 1, 1], [1, 0, 0]]) == 3


def test_labels_are_told_from_classes():
    with pytest.warns(GradientWarning, match=r"of which exactly one is right: for those it is cross_entropy_of_probabilities"):
        binary_cross_entropy(recorded_softmax([Value(0.5), Value(1.0)]), 1)


def test_a_formula_of_what_sigma_has_returned_keeps_all_digits():
    """-log(1 - σ(z)) is softplus(z), whose slope is σ(z): mpmath's, where 1 - σ(z) has lost its digits and where it is 0."""
    for x, y in [(12.0, 0), (36.7, 0), (800.0, 0), (-800.0, 1), (2.0, 1)]:
        z = Value(x)
        L = binary_cross_entropy.formula([sigmoid(z)], [float(y)])
        L.backward()
        assert L.data == pytest.approx(float(exact_loss("binary_cross_entropy_with_logits", [x], y)), rel=1e-15)
        assert z.grad == pytest.approx(float(sigma(x) - y), rel=1e-15)


def test_r_squared():
    y, f = numpy.random.default_rng(2).normal(size=(2, 50))
    assert squared_error.metric(f, y) == pytest.approx(1 - ((y - f) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    assert squared_error.metric(y, y) == 1.0
    assert squared_error.metric([y.mean()] * 50, y) == pytest.approx(0.0, abs=1e-14)
    assert squared_error.metric([0.1, 0.1, 0.1], [0.1, 0.1, 0.1]) == 1.0
    assert squared_error.metric([0.1, 0.1, 0.2], [0.1, 0.1, 0.1]) == 0.0
    pairs, wanted = [[1.0, 2.0], [3.0, 5.0]], [[1.0, 2.0], [3.0, 4.0]]
    assert squared_error.metric(pairs, wanted) == 1 - 1 / 4
    with pytest.raises(ValueError, match="sample 1 has 1 output, and sample 0 has 2"):
        squared_error.metric([[1.0, 2.0], [3.0]], [[1.0, 2.0], [3.0]])


def test_metrics_go_through_the_samples_in_work_in_proportion():
    def work(samples):
        source = random.Random(3)
        scores = [[source.gauss(0, 1) for _ in range(3)] for _ in range(samples)]
        classes = [source.randrange(3) for _ in scores]

        def measure():
            cross_entropy.metric(scores, classes)
            squared_error.metric([s[0] for s in scores], [s[1] for s in scores])

        return lines(measure)

    few = work(500)
    assert work(4_000) < 10 * few  # eight times as many; the square would be 64 times the work
    assert few < 500 * 200  # lines for each sample: a metric records nothing


@pytest.mark.parametrize(("head", "targets"), [(linear_head, [0.5, 2.0]), (logistic_head, [0, 1]), (softmax_head, [0, 2])])
def test_a_head_and_its_loss(head, targets):
    outputs = head.outputs(targets)
    scores = [Value(0.3 * i - 0.4) for i in range(outputs)]
    predictions = head(scores if outputs > 1 else scores[0])
    assert isinstance(predictions, list) == (outputs > 1)
    for y in targets:
        loss = head.loss(scores, y)
        loss.backward()
        gradient = [s.grad for s in scores]
        loss.zero_grad()
        if head.loss_of_probabilities is None:
            assert predictions is scores[0]
        else:
            same = head.loss_of_probabilities(head(scores), y)
            same.backward()
            assert same.data == pytest.approx(loss.data, rel=1e-14)
            assert [s.grad for s in scores] == pytest.approx(gradient, rel=1e-13)
            same.zero_grad()


def test_what_heads_decide_and_how_many_outputs_they_need():
    assert [linear_head.decide(2.5), linear_head.decide([Value(1.0), 2.0])] == [2.5, [1.0, 2.0]]
    assert [logistic_head.decide(s) for s in (-1.0, -1e-300, 0.0, 1e-300, [1000.0])] == [0, 0, 0, 1, 1]
    assert [softmax_head.decide(s) for s in ([1.0, 1.0], [0.0, 2.0, 2.0], [-1000.0, 1000.0])] == [0, 1, 1]
    assert [linear_head.outputs([1.0]), linear_head.outputs([[1.0, 2.0]]), linear_head.outputs(numpy.ones((5, 1)))] == [1, 2, 1]
    assert [logistic_head.outputs([0, 1, True]), softmax_head.outputs([0, 4, 1]), softmax_head.outputs([0])] == [1, 5, 2]
    assert [repr(head) for head in (linear_head, logistic_head, softmax_head)] == [
        "<linear head, with squared_error>",
        "<logistic head, with binary_cross_entropy_with_logits>",
        "<softmax head, with cross_entropy>",
    ]
    assert softmax_head([1000.0, -1000.0]) == [1.0, 0.0]


@pytest.mark.parametrize(
    ("attempt", "error", "sentence"),
    [
        (
            lambda: linear_head.outputs([[1.0], [1.0, 2.0]]),
            ValueError,
            "all targets need the same length, and the first has 1 number, another one 2 numbers",
        ),
        (lambda: linear_head.outputs([]), ValueError, "a head needs at least one target to say how many outputs there are"),
        (
            lambda: logistic_head.outputs([[0, 1], [1]]),
            ValueError,
            ("binary_cross_entropy_with_logits takes a target 0 or 1 for each score, and was given 1 target for 2 scores"),
        ),
        (
            lambda: logistic_head.outputs([0, 2]),
            ValueError,
            (
                "binary_cross_entropy_with_logits takes targets 0 and 1, and was given 2; for more than two "
                "classes use cross_entropy"
            ),
        ),
        (
            lambda: softmax_head(Value(1.0)),
            ValueError,
            (
                "softmax_head takes a score for each class, and was given only one; one output is a logit for two classes: "
                "use logistic_head"
            ),
        ),
        (
            lambda: softmax_head.outputs([0, -1]),
            ValueError,
            "cross_entropy was given class -1 of 3; classes count from 0: 0, 1, 2",
        ),
        (
            lambda: softmax_head.outputs(["cat", "dog"]),
            TypeError,
            (
                "cross_entropy takes class numbers, whole numbers from 0, and was given 'cat'; number the labels "
                "first: classes = sorted(set(labels)), then [classes.index(label) for label in labels]"
            ),
        ),
    ],
)
def test_heads_refuse(attempt, error, sentence):
    refuses(attempt, error, sentence)


# What is refused -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempt", "error", "sentence"),
    [
        (
            lambda: cross_entropy([0.0] * 3, 3),
            ValueError,
            "cross_entropy was given class 3 of 3; classes count from 0: 0, 1, 2",
        ),
        (
            lambda: cross_entropy([0.0] * 10, -1),
            ValueError,
            "cross_entropy was given class -1 of 10; classes count from 0: 0, 1, …, 9",
        ),
        (
            lambda: cross_entropy([0.0] * 3, 2.5),
            ValueError,
            "cross_entropy takes class numbers, whole numbers from 0, and was given 2.5",
        ),
        (
            lambda: cross_entropy([0.0] * 3, math.nan),
            ValueError,
            "cross_entropy takes class numbers, whole numbers from 0, and was given nan",
        ),
        (
            lambda: cross_entropy([0.0] * 3, "cat"),
            TypeError,
            (
                "cross_entropy takes class numbers, whole numbers from 0, and was given 'cat'; number the labels "
                "first: classes = sorted(set(labels)), then [classes.index(label) for label in labels]"
            ),
        ),
        (
            lambda: cross_entropy([0.0] * 3, [0, 1, 0]),
            TypeError,
            (
                "cross_entropy takes class numbers, whole numbers from 0, and was given a list of 3; for a "
                "one-hot list give the "
                "position of its 1"
            ),
        ),
        (
            lambda: cross_entropy([0.0] * 3, None),
            TypeError,
            "cross_entropy takes class numbers, whole numbers from 0, and was given None",
        ),
        (
            lambda: cross_entropy([0.0] * 3, Value(1.0)),
            TypeError,
            (
                "cross_entropy takes class numbers, whole numbers from 0, plain ones, and was given a Value: "
                "give its .data, or use "
                ".formula to have it on the tape"
            ),
        ),
        (
            lambda: cross_entropy(Value(1.0), 1),
            ValueError,
            (
                "cross_entropy takes an output for each class, and was given only one; one output is a logit for two classes: "
                "use binary_cross_entropy_with_logits"
            ),
        ),
        (
            lambda: cross_entropy_of_probabilities([0.7], 1),
            ValueError,
            (
                "cross_entropy_of_probabilities takes an output for each class, and was given only one; one output is the "
                "probability of class 1 of two: use binary_cross_entropy"
            ),
        ),
        (lambda: cross_entropy([], 1), ValueError, "a sample needs at least one output and one target, and this list is empty"),
        (
            lambda: binary_cross_entropy_with_logits(0.5, -1),
            ValueError,
            "binary_cross_entropy_with_logits takes targets 0 and 1, and was given -1; hinge takes -1 and +1",
        ),
        (
            lambda: binary_cross_entropy(0.5, -1),
            ValueError,
            "binary_cross_entropy takes targets 0 and 1, and was given -1; hinge takes -1 and +1",
        ),
        (
            lambda: binary_cross_entropy(0.5, 2),
            ValueError,
            (
                "binary_cross_entropy takes targets 0 and 1, and was given 2; for more than two classes use "
                "cross_entropy_of_probabilities"
            ),
        ),
        (lambda: binary_cross_entropy(0.5, 0.5), ValueError, "binary_cross_entropy takes targets 0 and 1, and was given 0.5"),
        (
            lambda: binary_cross_entropy(0.5, "yes"),
            TypeError,
            (
                "binary_cross_entropy takes targets 0 and 1, and was given 'yes'; number the labels first: classes = "
                "sorted(set(labels)), then [classes.index(label) for label in labels]"
            ),
        ),
        (
            lambda: binary_cross_entropy(0.5, [0, 1]),
            TypeError,
            "binary_cross_entropy takes targets 0 and 1, and was given [0, 1], which has 2 elements",
        ),
        (
            lambda: binary_cross_entropy_with_logits(0.5, math.nan),
            ValueError,
            "binary_cross_entropy_with_logits takes targets 0 and 1, and was given nan",
        ),
        (
            lambda: hinge(0.5, 0),
            ValueError,
            "hinge takes targets -1 and +1, and was given 0; binary cross-entropy takes 0 and 1",
        ),
        (
            lambda: hinge([0.5, 1.0, 2.0], 1),
            ValueError,
            "hinge takes one score for each sample, and was given 3; for several classes use cross_entropy",
        ),
        (
            lambda: binary_cross_entropy([0.5, 0.5], [1, 0, 1]),
            ValueError,
            "binary_cross_entropy takes a target 0 or 1 for each probability, and was given 3 targets for 2 probabilities",
        ),
        (
            lambda: binary_cross_entropy([0.5, 0.5], [0, 2]),
            ValueError,
            "binary_cross_entropy takes targets 0 and 1 for each probability, and was given 2",
        ),
        (
            lambda: binary_cross_entropy_with_logits([0.5, 0.5], 2),
            ValueError,
            "binary_cross_entropy_with_logits was given class 2 of 2; classes count from 0: 0, 1",
        ),
        (
            lambda: binary_cross_entropy([0.5, 0.0], [0, 1]),
            DomainError,
            (
                "binary_cross_entropy is infinite here: the probability of 1 at output 1, counting from 0, which is the right "
                "one, is 0; use binary_cross_entropy_with_logits, on the score before σ, which is finite"
            ),
        ),
        (
            lambda: squared_error([1.0, 2.0, 3.0], [1.0, 2.0]),
            ValueError,
            "squared_error compares each output with a number, and was given 3 outputs and a target of 2 numbers",
        ),
        (
            lambda: mean_squared_error([1.0, 2.0], 1.0),
            ValueError,
            "mean_squared_error compares each output with a number, and was given 2 outputs and a target of 1 number",
        ),
        (lambda: squared_error(1.0, math.nan), ValueError, "squared_error takes targets that are numbers, and was given nan"),
        (
            lambda: squared_error(1.0, "3"),
            TypeError,
            "squared_error takes targets that are numbers, and was given '3'; make it a number first: float('3')",
        ),
        (
            lambda: binary_cross_entropy(1.5, 1),
            ValueError,
            "binary_cross_entropy takes probabilities, and 1.5 is none: for scores use binary_cross_entropy_with_logits",
        ),
        (
            lambda: cross_entropy_of_probabilities([0.5, -0.5, 1.0], 0),
            ValueError,
            "cross_entropy_of_probabilities takes probabilities, and -0.5 is none: for scores use cross_entropy",
        ),
        (
            lambda: cross_entropy_of_probabilities([0.5, 0.75], 0),
            ValueError,
            "cross_entropy_of_probabilities takes probabilities, and these add up to 1.25: for scores use cross_entropy",
        ),
        (
            lambda: binary_cross_entropy(Value(1.0), 0),
            DomainError,
            (
                "binary_cross_entropy is infinite here: the probability of class 0, which is the right one, is 0; use "
                "binary_cross_entropy_with_logits, on the score before σ, which is finite"
            ),
        ),
        (
            lambda: cross_entropy_of_probabilities([1.0, 0.0], 1),
            DomainError,
            (
                "cross_entropy_of_probabilities is infinite here: the probability of class 1, which is the "
                "right one, is 0; use "
                "cross_entropy, on the scores before softmax, which is finite"
            ),
        ),
        (
            lambda: cross_entropy.over([[0.0, 1.0], [0.0, 1.0]], [1, 2]),
            ValueError,
            "sample 1, counting from 0: cross_entropy was given class 2 of 2; classes count from 0: 0, 1",
        ),
        (
            lambda: squared_error.over([1.0, 2.0], [1.0]),
            ValueError,
            "each sample has an output and a target, and there are 2 outputs and 1 target",
        ),
        (lambda: hinge.over([], []), ValueError, "a sample set needs at least one sample, and this one is empty"),
        (
            lambda: hinge.over([1.0], 1),
            TypeError,
            "a sample set has a list of outputs and a list of targets, and these targets are 1",
        ),
        (
            lambda: hinge.metric([1.0], [0]),
            ValueError,
            "sample 0, counting from 0: hinge takes targets -1 and +1, and was given 0; binary cross-entropy takes 0 and 1",
        ),
        (
            lambda: hinge.metric([math.nan], [1]),
            ValueError,
            (
                "sample 0, counting from 0: a score needs a finite number, not nan; to compute with infinities and NaN, do so "
                'under `with nonfinite("propagate"):`'
            ),
        ),
        (
            lambda: cross_entropy([0.0, math.nan], 1),
            ValueError,
            (
                "a Value needs a finite number, not nan; to compute with infinities and NaN, do so under `with "
                'nonfinite("propagate"):`'
            ),
        ),
    ],
)
def test_a_wrong_target_gets_a_sentence(attempt, error, sentence):
    refuses(attempt, error, sentence)


def test_probabilities_that_are_right_for_sure_lose_nothing():
    assert recorded(binary_cross_entropy, [1.0], 1) == (0.0, [-1.0])
    assert recorded(binary_cross_entropy, [0.0], 0) == (0.0, [1.0])
    assert recorded_formula(binary_cross_entropy, [1.0], 1) == (0.0, [-1.0])
    assert recorded_formula(binary_cross_entropy, [0.0], 0) == (0.0, [1.0])
    assert recorded(cross_entropy_of_probabilities, [0.0, 1.0], 1) == (0.0, [0.0, -1.0])
    assert recorded_formula(cross_entropy_of_probabilities, [0.0, 1.0], 1) == (0.0, [0.0, -1.0])


def test_where_infinities_may_pass_they_do():
    with nonfinite("propagate"):
        assert binary_cross_entropy(0.0, 1) == math.inf
        assert math.isnan(cross_entropy_of_probabilities([math.nan, 1.0], 0))


def test_a_loss_of_ones_own():
    class Absolute(Loss):
        name = "absolute_error"

        def encode(self, target, outputs):
            return [float(target)]

        def formula(self, scores, target):
            return abs(target[0] - scores[0])

    absolute = Absolute()
    assert absolute.mean.over([1.0, 2.0], [2.0, 5.0]) == 2.0
    assert absolute(Value(1.0), 3).data == 2.0
    with pytest.raises(NotImplementedError, match="Absolute does not say how good outputs are"):
        absolute.metric([1.0], [1.0])


def test_public_docstrings_have_an_example_and_a_source():
    for public in [*(type(loss) for loss in LOSSES), *(type(h) for h in (linear_head, logistic_head, softmax_head))]:
        text = inspect.getdoc(public)
        assert ">>> " in text
        assert "Source: " in text


# Priors --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-3, 0.5, 1.0, 3.0, 1e4])
@pytest.mark.parametrize("mean", [0.0, -1.5])
def test_priors_are_the_densities(scale, mean):
    theta = [0.0, 0.3, -2.0, 7.5]
    exact_gaussian = mpmath.fsum(mpmath.log(mpmath.npdf(t, mean, scale)) for t in theta)
    exact_laplace = mpmath.fsum(-abs(mpmath.mpf(t) - mean) / scale - mpmath.log(2 * mpmath.mpf(scale)) for t in theta)
    for prior, exact, constant in [
        (Gaussian(scale, mean), exact_gaussian, -mpmath.log(scale * mpmath.sqrt(2 * mpmath.pi))),
        (Laplace(scale, mean), exact_laplace, -mpmath.log(2 * mpmath.mpf(scale))),
    ]:
        assert prior.log_density(theta) == pytest.approx(float(exact), rel=1e-14)
        assert prior.log_density([Value(t) for t in theta]) == prior.log_density(theta)
        assert prior(theta) == pytest.approx(float(len(theta) * constant - exact), rel=1e-14)
        assert prior([Value(t) for t in theta]).data == prior(theta)


def test_gradients_of_priors():
    theta = [Value(0.5), Value(-2.0), Value(0.0)]
    Gaussian(0.5)(theta).backward()
    assert [t.grad for t in theta] == [2.0, -8.0, 0.0]
    theta = [Value(0.5), Value(-2.0), Value(0.0)]
    Laplace(0.5)(theta).backward()
    assert [t.grad for t in theta] == [2.0, -2.0, 0.0]
    theta = [Value(0.5), Value(-2.0)]
    Gaussian(0.5, mean=0.5)(theta).backward()
    assert [t.grad for t in theta] == [0.0, -10.0]


def test_what_weight_a_prior_equals():
    assert (Gaussian(0.5).weight, Laplace(0.5).weight) == (2.0, 2.0)
    for weight in (1e-4, 0.01, 0.1, 1.0, 30.0):
        assert (L2(weight).weight, L1(weight).weight) == (weight, weight)
        assert Gaussian(L2(weight).scale).weight == pytest.approx(weight, rel=1e-15)
        assert Laplace(L1(weight).scale).weight == pytest.approx(weight, rel=1e-15)
        assert L2(weight)([3.0, 4.0]) == weight * 25
        assert L1(weight)([3.0, -4.0]) == weight * 7
    assert isinstance(L2(1), Gaussian)
    assert isinstance(L1(1), Laplace)
    assert repr(L1(4)) == "Laplace prior of mean 0 and scale 0.25: L1 with weight 4"
    assert repr(Gaussian(2, mean=1)) == "Gaussian prior of mean 1 and standard deviation 2: L2 with weight 0.125"


def test_map_of_a_mean_is_the_textbooks():
    """Bishop 2.3.6: n Gaussian observations of variance 1/2 and a prior N(0, scale²) have their mode at Σy/(n + λ)."""
    y, prior = [1.0, 2.0, 4.0], Gaussian(0.5)
    theta = Value(sum(y) / (len(y) + prior.weight))
    (squared_error.over([theta] * 3, y) + prior([theta])).backward()
    assert theta.grad == pytest.approx(0.0, abs=1e-14)
    theta = Value(theta.data)
    (mean_squared_error.over([theta] * 3, y) + prior([theta]) / 3).backward()  # the same minimum
    assert theta.grad == pytest.approx(0.0, abs=1e-14)


def test_a_prior_may_leave_biases_out():
    """The weights 1, -2 and 3 of a Neuron and of a module of one's own; the biases, whatever they are, count for nothing."""

    class Own(Module):
        def __init__(self):
            self.W1, self.b1, self.bias = [Value(1.0), Value(-2.0)], Value(50.0), [Value(60.0), Value(70.0)]
            self.web = Value(3.0)

    neuron = Neuron(3)
    neuron.theta = [1.0, -2.0, 3.0, 100.0]
    for model in (neuron, Own()):
        assert L2(0.5, biases=False)(model).data == 7.0
        assert L1(0.5, biases=False)(model).data == 3.0
        assert Gaussian(1.0, mean=1.0, biases=False)(model).data == 0.5 * (9 + 4)
        assert Laplace(2.0, biases=False).log_density(model) == Laplace(2.0).log_density([1.0, -2.0, 3.0])
        assert L2(0.5)(model).data == L2(0.5)(model.parameters()).data > 1000
    assert repr(L1(4, biases=False)) == "Laplace prior of mean 0 and scale 0.25: L1 with weight 4, of the weights alone"


@pytest.mark.parametrize(
    ("attempt", "error", "sentence"),
    [
        (
            lambda: L2(0.1, biases=False)([Value(1.0)]),
            TypeError,
            "which of these are biases cannot be told from a list: give the model itself, as in prior(model)",
        ),
        (lambda: L2(0.1, bias=False), TypeError, "L2 has no option bias: it is biases=False"),
        (lambda: Gaussian(0), ValueError, "Gaussian needs a scale above 0, and was given 0: it says how far parameters spread"),
        (lambda: Laplace(-1), ValueError, "Laplace needs a scale above 0, and was given -1: it says how far parameters spread"),
        (
            lambda: Gaussian("1"),
            TypeError,
            (
                "the scale of Gaussian needs a real number, not the str '1'; numbers given as text must be "
                "converted first: float(text)"
            ),
        ),
        (lambda: Gaussian(1e-200), ValueError, "Gaussian(1e-200) is too far from 1: its penalty would have the weight inf"),
        (lambda: L2(0), ValueError, "L2 needs a weight above 0, and was given 0: for no penalty leave it out"),
        (lambda: L1(-2), ValueError, "L1 needs a weight above 0, and was given -2: for no penalty leave it out"),
        (lambda: Gaussian(1)([]), ValueError, "a prior needs at least one parameter, and this list is empty"),
        (lambda: Laplace(1)(3.0), TypeError, "a prior takes a list of parameters, such as model.parameters(), not 3.0"),
    ],
)
def test_priors_refuse(attempt, error, sentence):
    refuses(attempt, error, sentence)
