"""Training: against published numbers and closed forms, every target against recording, and all that may go wrong."""

import math
import os
import random
import re
import signal
import subprocess
import sys
import time

import numpy
import pytest
from chalkgrad.engine import NonFiniteError, Value, affine, exp, log, no_grad, program, sigmoid, softmax
from chalkgrad.engine.basics import modes
from chalkgrad.nn import MLP, Module, Neuron, sample_gradients
from chalkgrad.nn import losses as of
from chalkgrad.nn import training as module
from chalkgrad.nn.data import DataError, Table, iris, moons
from chalkgrad.nn.losses import Loss, SquaredError
from chalkgrad.nn.models.network import Network
from chalkgrad.nn.optimisers import Adam, GradientDescent
from chalkgrad.nn.priors import L1, Gaussian
from chalkgrad.nn.training import fit

WAYS = ["llvm", "numpy", "python", False]
X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
XOR = [0, 1, 1, 0]
LINE = [[0.0], [1.0], [2.0], [3.0]]
HEIGHTS = [1.0, 2.5, 2.0, 4.0]


def numbers(model):
    return [p.data for p in model.parameters()]


def trained(model, x=X, y=XOR, loss=of.binary_cross_entropy_with_logits, **options):
    """The history, and the parameters that the model is left with."""
    history = fit(model, x, y, loss=loss, **{"epochs": 3, "progress": False, **options})
    return history, numbers(model)


def lists(history):
    return [
        history.loss,
        history.metric,
        history.gradient_norm,
        history.validation_loss,
        history.validation_metric,
    ]


def even(history, validation=False):
    """Whether every list has one number for each epoch."""
    return [len(x) for x in lists(history)] == [history.epochs] * 3 + [history.epochs * validation] * 2


# Published numbers and closed forms ----------------------------------------------------------------------------------


class Mazur(Module):
    """https://mattmazur.com/2015/03/17/a-step-by-step-backpropagation-example/ - its biases, shared by a layer, stay."""

    def __init__(self):
        self.w = [Value(x, f"w{i}") for i, x in enumerate([0.15, 0.2, 0.25, 0.3, 0.4, 0.45, 0.5, 0.55], 1)]
        self.b1, self.b2 = Value(0.35, "b1", constant=True), Value(0.6, "b2", constant=True)

    def __call__(self, x):
        w = self.w
        h = [sigmoid(affine(w[:2], x, self.b1)), sigmoid(affine(w[2:4], x, self.b1))]
        return [sigmoid(affine(w[4:6], h, self.b2)), sigmoid(affine(w[6:], h, self.b2))]


class HalfError(SquaredError):
    """½Σ(t - o)²"""

    def formula(self, scores, target):
        return super().formula(scores, target) / 2


MAZUR = [0.149780716, 0.19956143, 0.24975114, 0.29950229, 0.35891648, 0.408666186, 0.511301270, 0.561370121]


@pytest.mark.parametrize("compiled", WAYS)
def test_mazurs_network_takes_his_step(compiled):
    model = Mazur()
    seen = []
    fit(
        model,
        [[0.05, 0.1]],
        [[0.01, 0.99]],
        loss=HalfError(),
        optimizer=GradientDescent(0.5),
        epochs=1,
        compiled=compiled,
        progress=False,
        callbacks=[lambda epoch, history, model: seen.append(numbers(model))],
    )
    assert seen[0][:8] == pytest.approx(MAZUR, abs=1e-8)
    assert seen[0][8:] == [0.35, 0.6]


def test_mazurs_error_and_step_one_by_one():
    model = Mazur()
    error = HalfError()(model([0.05, 0.1]), [0.01, 0.99])
    assert error.data == pytest.approx(0.298371109, abs=1e-9)
    error.backward()
    updates = GradientDescent(0.5).step(model)
    assert [u.name for u in updates] == [f"w{i}" for i in range(1, 9)]
    assert [u.after for u in updates] == pytest.approx(MAZUR, abs=1e-8)
    assert updates[4].gradient == pytest.approx(0.082167041, abs=1e-9)


def test_mazurs_step_through_a_program():
    model = Mazur()
    theta, x, t = model.parameters(), [Value(0.05, "x1"), Value(0.1, "x2")], [Value(0.01, "t1"), Value(0.99, "t2")]
    step = program(HalfError().formula(model(x), t), inputs=[theta, x, t], wrt=[theta]).compile("python")
    error, (gradient,) = step(numbers(model), [0.05, 0.1], [0.01, 0.99])
    assert error == pytest.approx(0.298371109, abs=1e-9)
    after, direction = GradientDescent(0.5).moved(numbers(model), gradient, 0.5)
    assert after == pytest.approx([*MAZUR, 0.35, 0.6], abs=1e-8)
    assert direction == gradient


@pytest.mark.parametrize("loss", [of.squared_error, of.mean_squared_error])
def test_a_linear_neuron_reaches_the_least_squares_solution(loss):
    draw = random.Random(7)
    rows = [[draw.uniform(-1, 1) for _ in range(3)] for _ in range(40)]
    heights = [2 * a - b + 0.5 * c - 1 + draw.gauss(0, 0.3) for a, b, c in rows]
    rate = 0.01 if loss is of.squared_error else 0.4
    model = Neuron(3, activation=None, seed=0)
    history, (w1, w2, w3, b) = trained(model, rows, heights, loss, optimizer=GradientDescent(rate), epochs=400, batch_size=None)
    solution, (missed,), *_ = numpy.linalg.lstsq(numpy.c_[numpy.array(rows), numpy.ones(40)], numpy.array(heights), rcond=None)
    assert [w1, w2, w3, b] == pytest.approx(solution.tolist(), abs=1e-6)
    assert history.loss[-1] == pytest.approx(missed / (1 if loss is of.squared_error else 40), rel=1e-9)
    assert history.metric_name == "R²"
    assert history.gradient_norm[-1] < 1e-6


def newton(rows, classes, weight):
    """The parameters at which Σ softplus((1 - 2y)·s) + weight·|θ|² is smallest, by Newton's method."""
    a, y = numpy.c_[numpy.array(rows), numpy.ones(len(rows))], numpy.array(classes)
    theta = numpy.zeros(a.shape[1])
    for _ in range(30):
        p = 1 / (1 + numpy.exp(-(a @ theta)))
        gradient = a.T @ (p - y) + 2 * weight * theta
        theta = theta - numpy.linalg.solve((a.T * (p * (1 - p))) @ a + 2 * weight * numpy.eye(len(theta)), gradient)
    return theta.tolist()


@pytest.mark.parametrize("loss", [of.binary_cross_entropy_with_logits, of.binary_cross_entropy_with_logits.mean])
def test_logistic_regression_reaches_newtons_optimum(loss):
    rows, classes = moons(60, noise=0.2, seed=1)
    classes = [int(c > 0) for c in classes]
    model = Neuron(2, activation=None, seed=0)
    rate = 0.03 if loss.reduction == "sum" else 1.8
    history, theta = trained(
        model, rows, classes, loss, optimizer=GradientDescent(rate), epochs=600, batch_size=None, prior=Gaussian(1.0)
    )
    assert theta == pytest.approx(newton(rows, classes, 0.5), abs=1e-6)
    assert history.gradient_norm[-1] < 1e-6
    objective = of.binary_cross_entropy_with_logits.over([model.predict(x) for x in rows], classes) + Gaussian(1.0)(theta)
    assert history.loss[-1] == pytest.approx(objective / (1 if loss.reduction == "sum" else 60), rel=1e-12)


# Every way to compute the gradient -----------------------------------------------------------------------------------


@pytest.mark.parametrize("prior", [None, Gaussian(2.0), L1(0.01)])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("optimizer", ["gradient descent", "momentum", "adam"])
def test_all_targets_agree_with_recording(optimizer, reduction, prior):
    rows, classes = iris()
    rows, classes = rows[::11], classes[::11]
    found = []
    for compiled in WAYS:
        model = MLP(4, [4, 3], activation="tanh", seed=5)
        history, theta = trained(
            model,
            rows,
            classes,
            getattr(of.cross_entropy, reduction),
            optimizer=optimizer,
            prior=prior,
            batch_size=4,  # of 14 samples
            compiled=compiled,
            validation=(rows[:3], classes[:3]),
            seed=9,
        )
        assert history.target == (compiled or "recording")
        assert history.obstacle == ""
        assert even(history, validation=True)
        found.append([*theta, *(x for column in lists(history) for x in column)])
    for other in found[:-1]:
        assert other == pytest.approx(found[-1], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("compiled", WAYS)
@pytest.mark.parametrize(
    ("make", "y", "loss"),
    [
        (lambda: MLP(2, [3, 2], "tanh", seed=1), [[0, 1], [1, 0], [1, 1], [2, 0.5]], of.mean_squared_error),
        (lambda: MLP(2, [3, 1], "relu", seed=1), [-1, 1, 1, -1], of.hinge),
        (lambda: MLP(2, [3, 1], ["tanh", "sigmoid"], seed=1), XOR, of.binary_cross_entropy),
        (lambda: Network("a b c", "z = h1(a); y = h2(z)", "tanh", outputs="y", seed=1), [1.0, 2.0, 3.0, 4.0], of.squared_error),
    ],
)
def test_losses_and_models_of_all_kinds(make, y, loss, compiled):
    model, again = make(), make()
    x = [[*row, 1.0] for row in X] if isinstance(model, Network) else X
    history, theta = trained(model, x, y, loss, compiled=compiled)
    assert theta == pytest.approx(trained(again, x, y, loss, compiled="python")[1], rel=1e-9)
    outputs = [model.predict(row) for row in x]
    assert history.loss[history.best_epoch - 1] == pytest.approx(loss.over(outputs, y), rel=1e-12)
    assert history.metric[history.best_epoch - 1] == pytest.approx(loss.metric(outputs, y))


@pytest.mark.parametrize("compiled", WAYS)
def test_a_seed_repeats_every_bit_and_another_differs(compiled):
    rows, classes = moons(30, seed=2)
    found = [
        trained(MLP(2, [4, 1], "tanh", seed=0), rows, classes, of.hinge, batch_size=8, seed=seed, compiled=compiled)
        for seed in (1, 1, 2)
    ]
    assert found[0][1] == found[1][1]
    assert lists(found[0][0]) == lists(found[1][0])
    assert found[0][1] != found[2][1]


def test_the_gradient_norm_is_that_of_the_whole_loss():
    model = Neuron(2, activation=None, seed=0)
    root = of.squared_error.over([model(x) for x in X], XOR) + Gaussian(1.0)(model.parameters())
    root.backward()
    norm = math.hypot(*(p.grad for p in model.parameters()))
    tiny = GradientDescent(1e-12)
    for batch_size in (1, 3, 4, 100):
        history, _ = trained(
            model, X, XOR, of.squared_error, optimizer=tiny, epochs=1, batch_size=batch_size, prior=Gaussian(1.0)
        )
        assert history.gradient_norm == pytest.approx([norm], rel=1e-9)
        history, _ = trained(
            model, X, XOR, of.mean_squared_error, optimizer=tiny, epochs=1, batch_size=batch_size, prior=Gaussian(1.0)
        )
        assert history.gradient_norm == pytest.approx([norm / 4], rel=1e-9)


# Data ----------------------------------------------------------------------------------------------------------------


class Frame:
    """What a pandas frame has that is asked for."""

    def __init__(self, rows):
        self.rows, self.columns = rows, ["a", "b"]

    def to_numpy(self):
        return numpy.array(self.rows)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (tuple(map(tuple, X)), tuple(XOR)),
        (numpy.array(X), numpy.array(XOR)),
        (numpy.array(X, dtype="float32"), numpy.array(XOR, dtype=bool)),
        ((row for row in X), (c for c in XOR)),
        (Frame(X), numpy.array(XOR).reshape(-1, 1)),
        (Table(X, XOR), None),
    ],
)
def test_data_may_come_in_many_forms(x, y):
    assert trained(Neuron(2, activation=None, seed=0), x, y)[1] == trained(Neuron(2, activation=None, seed=0))[1]


def test_whole_numbers_of_numpy_are_whole_numbers():
    one, two = Neuron(2, activation=None, seed=0), Neuron(2, activation=None, seed=0)
    history, theta = trained(one, epochs=numpy.int64(4), batch_size=numpy.int32(3), seed=numpy.int64(5))
    assert (theta, history.epochs) == (trained(two, epochs=4, batch_size=3, seed=5)[1], 4)


def test_one_sample_and_one_input():
    history, _ = trained(Neuron(1, activation=None, seed=0), [2.0], [1.0], of.squared_error, epochs=50)
    assert history.loss[-1] < history.loss[0]


@pytest.mark.parametrize(
    ("given", "kind", "sentence"),
    [
        ({"x": X, "y": None}, TypeError, "y is missing: without it X is a table such as iris(), which has the targets as well"),
        ({"x": X, "y": XOR[:3]}, DataError, "y has 3 targets, and X has 4 rows"),
        ({"x": [], "y": []}, DataError, "X has no rows"),
        ({"x": [*X[:3], [1.0, math.nan]]}, DataError, "X, row 4, column 2 (X[3][1]): nan is not finite"),
        ({"x": [[1.0]] * 4}, ValueError, "linear neuron of 2 inputs takes 2 inputs, such as [x1, x2], and was given 1"),
        (
            {"loss": "mse"},
            TypeError,
            "loss is a loss itself, not its name: loss=squared_error.mean, after from chalkgrad.nn import squared_error",
        ),
        (
            {"loss": "Hinge"},
            TypeError,
            "loss is a loss itself, not its name: loss=hinge, after from chalkgrad.nn import hinge",
        ),
        (
            {"loss": "huber"},
            TypeError,
            "loss is one of chalkgrad.nn.losses, such as squared_error or cross_entropy, not 'huber'",
        ),
        ({"optimizer": Adam}, ValueError, "Adam is the class, and an optimiser is made with its rate: optimizer=Adam(0.01)"),
        (
            {"lr": 10},
            TypeError,
            (
                "fit has no option lr: the rate belongs to the optimiser: optimizer=Adam(0.01), after: from chalkgrad.nn "
                "import Adam"
            ),
        ),
        ({"validation_data": (X, XOR)}, TypeError, "fit has no option validation_data: it is validation=(X, y)"),
        (
            {"device": "cpu"},
            TypeError,
            (
                "fit has no option device: its options are loss, optimizer, epochs, batch_size, validation, patience, prior, "
                "seed, compiled, progress, callbacks, checkpoint"
            ),
        ),
        (
            {"x": Table(X, XOR)},
            TypeError,
            "y is given twice: a table has its targets itself, so leave y out, or give its rows alone, as in iris().X",
        ),
        (
            {"validation": (Table(X, XOR), XOR)},
            TypeError,
            "y of validation is given twice: a table has its targets itself, so write validation=table",
        ),
        ({"epochs": 0}, ValueError, "epochs is a whole number from 1, not 0"),
        ({"epochs": True}, ValueError, "epochs is a whole number from 1, not True"),
        ({"epochs": 2.0}, ValueError, "epochs is a whole number from 1, not 2.0"),
        ({"batch_size": 0}, ValueError, "batch_size is a whole number from 1, not 0"),
        ({"seed": "x"}, ValueError, "seed is a whole number, not 'x'"),
        ({"prior": Gaussian}, TypeError, f"prior is a prior such as Gaussian(1.0), not {Gaussian!r}"),
        ({"prior": 0.1}, TypeError, "prior is a prior such as Gaussian(1.0), not 0.1"),
        ({"callbacks": [3]}, TypeError, "callbacks are functions f(epoch, history, model), and one is 3"),
        (
            {"patience": 3},
            ValueError,
            "patience watches the validation loss: give validation=(X, y), or a fraction such as 0.2",
        ),
        ({"patience": 0, "validation": 0.5}, ValueError, "patience is a whole number from 1, not 0"),
        (
            {"validation": 1.5},
            ValueError,
            "validation is data, or a fraction of the samples between 0 and 1, not 1.5",
        ),
        ({"validation": 0.99}, ValueError, "of 4 samples none is left to train on if 0.99 of them are for validation"),
        ({"validation": X}, TypeError, f"validation is a pair (X, y), a table, or a fraction such as 0.2, not {X!r}"),
        ({"validation": (X, XOR[:1])}, DataError, "y of validation has 1 target, and X has 4 rows"),
        ({"validation": ([[1.0]], [1])}, ValueError, "X of validation has rows of 1 numbers, and X has rows of 2"),
        (
            {"validation": (X, [0, 1, 1, 5])},
            ValueError,
            (
                "validation sample 3, counting from 0: binary_cross_entropy_with_logits takes targets 0 and 1, and was given 5"
                "; for more than two classes use cross_entropy"
            ),
        ),
        ({"compiled": "cuda"}, ValueError, 'compiled is "auto", "llvm", "numpy", "python" or False, not \'cuda\''),
        ({"compiled": None}, ValueError, 'compiled is "auto", "llvm", "numpy", "python" or False, not None'),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_moves(given, kind, sentence):
    model = Neuron(2, activation=None, seed=0)
    before = numbers(model)
    options = {"x": X, "y": XOR, **given}
    with pytest.raises(kind) as error:
        trained(model, options.pop("x"), options.pop("y"), **options)
    assert str(error.value) == sentence
    assert numbers(model) == before


class Bare(Module):
    def __call__(self, x):
        return affine([1.0, 2.0], [xi if isinstance(xi, Value) else Value(xi) for xi in x], 0.0)


def test_models_that_cannot_be_trained_are_refused():
    frozen, step = Neuron(2, activation=None, seed=0), Neuron(2, activation="step", seed=0)
    frozen.freeze()
    with pytest.raises(ValueError, match=r"all parameters of this model are frozen: model.unfreeze\(\) lets them move"):
        trained(frozen)
    with pytest.raises(ValueError, match="this model has no parameters to train"):
        trained(Bare())
    with pytest.raises(ValueError, match="the derivative of step is 0 everywhere, so no gradient reaches w1, w2 and b"):
        trained(step)
    with pytest.raises(TypeError, match="the model is a Module, such as MLP"):
        trained(MLP)
    with no_grad(), pytest.raises(RuntimeError, match="was called under no_grad"):
        trained(Neuron(2, seed=0))


class Numbers(Neuron):
    def __call__(self, x):
        return super().__call__(x).data


def test_outputs_that_are_numbers_are_refused():
    with pytest.raises(TypeError, match="a model's outputs are Values"):
        trained(Numbers(2, activation=None, seed=0))


# Parameters that stay, are shared, or do not matter --------------------------------------------------------------------


@pytest.mark.parametrize("compiled", WAYS)
@pytest.mark.parametrize("optimizer", ["gradient descent", "momentum", "adam"])
def test_frozen_parameters_do_not_move(compiled, optimizer):
    model = MLP(2, [3, 1], "tanh", seed=0)
    model.layer1.freeze()
    before = numbers(model)
    _, after = trained(model, optimizer=optimizer, prior=Gaussian(0.5), compiled=compiled)
    assert after[:9] == before[:9]
    assert all(a != b for a, b in zip(after[9:], before[9:], strict=True))
    assert all(p.constant for p in model.layer1.parameters())


class Shared(Module):
    """w·x1 + w·x2 + unused: one weight for both inputs."""

    def __init__(self):
        self.w, self.again, self.unused = Value(0.5, "w"), None, Value(3.0, "unused")
        self.again = [self.w]

    def __call__(self, x):
        return self.w * x[0] + self.again[0] * x[1]


@pytest.mark.parametrize("compiled", WAYS)
def test_shared_parameters_move_once_and_unused_ones_not_at_all(compiled):
    model = Shared()
    _, after = trained(model, X, [0, 1, 1, 2], of.squared_error, optimizer=GradientDescent(0.05), epochs=200, compiled=compiled)
    assert after == pytest.approx([1.0, 3.0], abs=1e-9)


class Offset(Module):
    """A constant, whatever the inputs."""

    def __init__(self):
        self.b = Value(0.0, "b")

    def __call__(self, x):
        return self.b + 0.0


def test_a_model_that_ignores_its_inputs_learns_the_mean():
    model = Offset()
    history, (b,) = trained(model, LINE, HEIGHTS, of.mean_squared_error, optimizer=GradientDescent(0.4), epochs=100)
    assert b == pytest.approx(sum(HEIGHTS) / 4)
    assert history.target == "recording"
    assert "was not computed from it" in history.obstacle


def test_a_prior_may_be_for_some_parameters():
    model = Neuron(1, activation=None, seed=0)
    options = {"optimizer": GradientDescent(0.02), "epochs": 1000, "batch_size": None}
    _, (w, b) = trained(model, LINE, HEIGHTS, of.squared_error, prior=lambda theta: Gaussian(1.0)(theta[:1]), **options)
    a, y = numpy.array([[x[0], 1.0] for x in LINE]), numpy.array(HEIGHTS)
    ridge = numpy.linalg.solve(a.T @ a + numpy.diag([0.5, 0.0]), a.T @ y)  # Σ(y - s)² + w²/2
    assert [w, b] == pytest.approx(ridge.tolist(), abs=1e-6)


# A function as loss -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("compiled", ["python", "numpy", False])
def test_a_function_may_be_the_loss_and_is_averaged(compiled):
    def run(loss, widths, y):
        model = MLP(2, widths, "tanh", seed=1)
        options = {"epochs": 4, "batch_size": 3, "compiled": compiled, "progress": False}
        return fit(model, X, y, loss=loss, **options), model.theta.values

    history, theta = run(lambda score, y: (y - score) ** 2, [3, 1], XOR)
    expected, expected_theta = run(of.squared_error.mean, [3, 1], XOR)
    assert history.loss == pytest.approx(expected.loss, rel=1e-12)
    assert theta == pytest.approx(expected_theta, rel=1e-12)
    assert (history.metric_name, history.metric) == ("loss", history.loss)
    assert f"loss {history.loss[0]:.4g} → {history.loss[-1]:.4g}; best in" in repr(history)  # once, not again as a measure
    rows = [[y, 1 - y] for y in XOR]
    history, theta = run(lambda scores, y: sum((t - s) ** 2 for s, t in zip(scores, y, strict=True)), [3, 2], rows)
    assert theta == pytest.approx(run(of.squared_error.mean, [3, 2], rows)[1], rel=1e-12)


def test_a_function_that_looks_at_its_target_is_recorded_and_says_so():
    """An index is not on the tape. The function gets the number itself, a whole one, and trains as cross_entropy does."""
    given = []

    def negative_log_likelihood(scores, y):
        given.append(y)
        return -log(softmax(scores)[y])

    models = [MLP(2, [3, 2], "tanh", seed=1) for _ in range(2)]
    losses = negative_log_likelihood, of.cross_entropy.mean
    history, expected = (fit(m, X, XOR, loss=loss, epochs=3, progress=False) for m, loss in zip(models, losses, strict=True))
    assert models[0].theta.values == pytest.approx(models[1].theta.values, rel=1e-9)
    assert history.loss == pytest.approx(expected.loss, rel=1e-12)
    assert history.target == "recording"
    assert history.obstacle.startswith("a function is the loss, and is recorded: ")
    assert {type(y) for y in given if not isinstance(y, Value)} == {int}
    assert repr(of.LossFunction(negative_log_likelihood)) == (
        "<loss negative_log_likelihood, a function of one sample, the mean over the samples>"
    )
    assert of.LossFunction(negative_log_likelihood) == of.LossFunction(negative_log_likelihood).sum.mean
    assert of.LossFunction(negative_log_likelihood) != of.LossFunction(lambda scores, y: scores)


OWN = "a loss of your own is a function of one sample's outputs and its target, loss=lambda scores, y: (scores - y)**2"


@pytest.mark.parametrize(
    ("loss", "sentence"),
    [
        (lambda score: score, f"{OWN}; this function <lambda> does not take these two: too many positional arguments"),
        (lambda s, y, w: s, f"{OWN}; this function <lambda> does not take these two: missing a required argument: 'w'"),
        (
            lambda score, y: [score, score],
            f"{OWN}, and returns one Value; <lambda> returned 2 elements, which are to be added up: sum(…)",
        ),
        (
            lambda score, y: score.data - y,
            (
                f"{OWN}, and returns one Value; <lambda> returned the number 0.5, through which no gradient goes: compute it "
                "from the outputs themselves"
            ),
        ),
        (lambda score, y: None, f"{OWN}, and returns one Value; <lambda> returned None, so a return is missing"),
        (lambda score, y: "0", f"{OWN}, and returns one Value; <lambda> returned a str"),
        (
            of.SquaredError,
            f"loss is one of chalkgrad.nn.losses, such as squared_error or cross_entropy, not {of.SquaredError!r}",
        ),
    ],
)
def test_functions_that_are_no_losses(loss, sentence):
    model = Neuron(1, activation=None)
    model.theta = [0.5, 0.0]
    with pytest.raises(TypeError) as caught:
        fit(model, [[1.0]], [0.0], loss=loss, progress=False)
    assert str(caught.value) == sentence


LABELS = {0: 0.1, 1: 0.9}  # a target is looked up in it, which a Value is not


def refused(y):
    if isinstance(y, Value):
        raise AssertionError("a number is expected")
    return y


@pytest.mark.parametrize(
    ("loss", "same"),
    [
        (lambda s, y: (s - LABELS[y]) ** 2, lambda s, y: (s - (0.1 + 0.8 * y)) ** 2),
        (lambda s, y: (s - refused(y)) ** 2, lambda s, y: (s - y) ** 2),
    ],
)
def test_a_loss_that_fails_where_its_target_is_a_value_is_recorded_with_numbers(loss, same):
    x, y = [[0.0, 1.0], [1.0, 0.0]], [1, 0]
    history, theta = trained(MLP(2, [3, 1], seed=0), x, y, loss)
    assert history.target == "recording"
    assert history.obstacle.startswith("a function is the loss, and is recorded: ")
    assert theta == pytest.approx(trained(MLP(2, [3, 1], seed=0), x, y, same, compiled="python")[1], rel=1e-9)
    with pytest.raises(ValueError, match=r"while a program was recorded.*compiled=False"):
        trained(MLP(2, [3, 1]), x, y, loss, compiled="python")


@pytest.mark.parametrize("y", [[3, 0], [0, 3]])
def test_the_error_of_a_loss_that_fails_with_numbers_too_is_its_own(y):
    with pytest.raises(KeyError) as caught:
        trained(MLP(2, [3, 1]), [[0.0, 1.0], [1.0, 0.0]], y, lambda s, y: (s - LABELS[y]) ** 2)
    assert caught.value.args == (3,)


def test_a_model_that_looks_up_its_inputs_is_recorded():
    class Table(Deciding):
        def __call__(self, x):
            return self.w * {0.0: 1.0, 1.0: 3.0}[x[0]]

    history, _ = trained(Table(), [[0.0], [1.0]], [1.0, 2.0], of.squared_error)
    assert history.target == "recording"
    assert history.obstacle.startswith("KeyError")


# Models that have no program -----------------------------------------------------------------------------------------


class Deciding(Module):
    def __init__(self):
        self.w, self.v = Value(0.5, "w"), Value(-0.25, "v")

    def __call__(self, x):
        s = self.w * x[0]
        return s if s > 1 else s * self.v


class Peeking(Deciding):
    def __call__(self, x):
        s = self.w * x[0]
        return s if s.data > 1 else s * self.v


class Dropout(Deciding):
    def __init__(self):
        super().__init__()
        self._random = random.Random(1)

    def __call__(self, x):
        return self.w * x[0] + (self.v if self._random.random() < 0.5 else 0.0)


class Foreign(Deciding):
    def __call__(self, x):
        return self.w * math.sin(x[0]) + self.v


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Deciding, r"w \* x1 > 1|> 1 was decided by Python while this was recorded"),
        (
            Peeking,
            "sample 3, counting from 0, has the loss .* when it is recorded, and .* in the program of sample 0: the model",
        ),
        (Dropout, "the model decides something by plain numbers or at random, which is not on the tape"),
        (Foreign, r"not math.sin"),
    ],
)
def test_a_model_whose_graph_depends_on_the_sample_is_recorded_and_says_so(kind, why, capsys):
    history, theta = trained(kind(), LINE, HEIGHTS, of.squared_error, optimizer=GradientDescent(0.01), progress=True)
    assert (history.target, history.stopped) == ("recording", "epochs")
    assert re.search(why, history.obstacle)
    assert "(recording)" in repr(history)
    assert "recording 0/" in capsys.readouterr().err
    assert theta == trained(kind(), LINE, HEIGHTS, of.squared_error, optimizer=GradientDescent(0.01), compiled=False)[1] or (
        kind is Dropout
    )
    with pytest.raises((ValueError, TypeError), match=why):
        trained(kind(), LINE, HEIGHTS, of.squared_error, compiled="python")


def test_after_a_model_was_recorded_a_program_of_its_parameters_is_allowed():
    model = Deciding()
    model.v.constant = True
    trained(model, LINE, HEIGHTS, of.squared_error)
    assert model.v.constant
    assert program(model.w * model.v, inputs=[model.w]).compile()(2.0)[1] == (model.v.data,)


def test_a_model_of_ones_own_with_a_network_inside():
    class Squared(Module):
        def __init__(self):
            self.inner = Network("x1 x2", "z = h1(x1, x2); y = h2(x1, z)", "tanh", seed=0)
            self.scale = Value(1.0, "scale")

        def __call__(self, x):
            return self.scale * self.inner(x) ** 2

    one, two = Squared(), Squared()
    history, theta = trained(one, X, XOR, of.squared_error)
    assert history.target == "llvm"
    assert theta == pytest.approx(trained(two, X, XOR, of.squared_error, compiled=False)[1], rel=1e-12)


@pytest.mark.parametrize(("missing", "target"), [(["llvmlite"], "numpy"), (["numpy", "llvmlite"], "python")])
def test_the_best_target_there_is(missing, target, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in missing else name)
    monkeypatch.setattr(sample_gradients, "fastest", lambda: target)
    assert trained(Neuron(2, activation=None, seed=0))[0].target == target


# History, early stopping, callbacks ----------------------------------------------------------------------------------


def test_a_history_shows_itself():
    history, _ = trained(Neuron(2, activation=None, seed=0), epochs=1)
    assert repr(history).startswith("<History of 1 epoch (llvm): loss ")
    assert repr(history).endswith("; best in epoch 1>")
    history, _ = trained(Neuron(2, activation=None, seed=0), epochs=2, validation=0.25)
    assert "<History of 2 epochs (llvm)" in repr(history)
    assert ", validation loss " in repr(history)


def test_the_best_epoch_is_kept():
    model, seen = Neuron(1, activation=None, seed=0), []
    history, after = trained(
        model,
        LINE,
        HEIGHTS,
        of.squared_error,
        epochs=12,
        batch_size=None,
        optimizer=GradientDescent(lambda epoch: 0.02 if epoch < 6 else 0.09),  # from epoch 6 on it swings
        callbacks=lambda epoch, history, model: seen.append(numbers(model)),
    )
    assert history.best_epoch == 1 + history.loss.index(min(history.loss)) < 12
    assert after == seen[history.best_epoch - 1] != seen[-1]
    assert even(history)


def test_patience_ends_training_and_keeps_the_best():
    table = moons(40, noise=0.3, seed=4)
    model = MLP(2, [8, 1], "tanh", seed=0)
    history, _ = trained(
        model, table, None, of.hinge.mean, epochs=500, patience=5, validation=0.25, optimizer=Adam(0.05), prior=Gaussian(3.0)
    )
    best = history.best_epoch
    assert (history.stopped, history.epochs) == ("patience", best + 5)
    assert min(history.validation_loss) == history.validation_loss[best - 1]
    assert even(history, validation=True)
    assert repr(history).endswith(f"; best in epoch {best}, no progress since>")


@pytest.mark.parametrize("fraction", [0.25, numpy.float32(0.25)])
def test_a_fraction_for_validation_is_left_out_of_training(fraction):
    history, _ = trained(Neuron(1, activation=None, seed=0), LINE, HEIGHTS, of.squared_error, validation=fraction, epochs=400)
    assert history.loss[-1] != history.validation_loss[-1]
    assert history.validation_metric[-1] in (0.0, 1.0)  # of one sample
    again, _ = trained(Neuron(1, activation=None, seed=0), LINE, HEIGHTS, of.squared_error, validation=0.25, epochs=400)
    assert lists(again) == lists(history)


def test_validation_has_no_prior_and_may_be_a_table():
    model = Neuron(1, activation=None, seed=0)
    history, _ = trained(model, LINE, HEIGHTS, of.squared_error, validation=Table(LINE, HEIGHTS), prior=Gaussian(0.1), epochs=1)
    assert history.loss[0] == pytest.approx(history.validation_loss[0] + Gaussian(0.1)(numbers(model)))


def test_callbacks_see_the_epoch_and_may_end_training():
    seen = []

    def watch(epoch, history, model):
        seen.append((epoch, history.epochs, history.best_epoch, even(history)))

    history, _ = trained(Neuron(2, activation=None, seed=0), epochs=10, callbacks=[lambda e, h, m: numpy.bool_(e == 3), watch])
    assert seen == [(1, 1, 1, True), (2, 2, 2, True), (3, 3, 3, True)]
    assert (history.stopped, history.epochs) == ("callback", 3)
    assert "ended by a callback" in repr(history)


@pytest.mark.parametrize("compiled", WAYS)
def test_the_error_of_a_callback_passes_and_the_best_parameters_stay(compiled):
    model, seen = Neuron(2, activation=None, seed=0), []

    def break_down(epoch, history, model):
        seen.append(numbers(model))
        if epoch == 3:
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        trained(model, compiled=compiled, epochs=5, callbacks=[break_down], optimizer=GradientDescent(0.1))
    assert numbers(model) == seen[2]


def test_what_a_rate_function_gets_wrong_is_said_with_the_epoch():
    model, seen = Neuron(2, activation=None, seed=0), []
    rate = GradientDescent(lambda epoch: 0.375 - 0.125 * epoch)
    with pytest.raises(ValueError, match=r"the learning rate of epoch 4 is a number from 0, not -0\.125"):
        trained(model, epochs=9, optimizer=rate, callbacks=[lambda e, h, m: seen.append(numbers(m))])
    assert numbers(model) == seen[1]  # with the rate 0 of epoch 3 nothing is better


def test_a_rate_function_is_asked_once_for_an_epoch():
    asked = []
    trained(Neuron(2, activation=None, seed=0), batch_size=1, optimizer=Adam(lambda epoch: asked.append(epoch) or 0.1))
    assert asked == [1, 2, 3]


def test_an_optimiser_begins_anew_with_each_fit():
    optimiser = Adam(0.1)
    first = trained(Neuron(2, activation=None, seed=0), optimizer=optimiser)[1]
    assert trained(MLP(2, [2, 1], seed=0), optimizer=optimiser)
    assert trained(Neuron(2, activation=None, seed=0), optimizer=optimiser)[1] == first


def test_a_loss_of_ones_own_without_a_metric():
    class Fourth(Loss):
        name = "fourth"

        def encode(self, target, outputs):
            return [float(target)]

        def formula(self, scores, target):
            return (scores[0] - target[0]) ** 4

    history, _ = trained(Neuron(1, activation=None, seed=0), LINE, HEIGHTS, Fourth())
    assert (history.metric_name, history.metric) == ("loss", history.loss)


@pytest.mark.parametrize("compiled", WAYS)
def test_no_gradient_is_left_behind(compiled):
    model, seen = Neuron(2, activation=None, seed=0), []
    model([1.0, 2.0]).backward()
    theta = model.parameters()
    trained(model, compiled=compiled, callbacks=lambda epoch, history, model: seen.append(any(p.has_grad for p in theta)))
    assert seen == [False] * 3
    assert not any(p.has_grad for p in theta)


# The bar -------------------------------------------------------------------------------------------------------------


def test_the_bar_says_how_and_stdout_stays_clean(capsys):
    trained(Neuron(2, activation=None, seed=0), progress=True, validation=0.25)
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(r"machine code (\d+)/\1 ", err)
    assert "3/3" in err
    assert "accuracy" in err
    trained(Neuron(2, activation=None, seed=0), progress=False)
    assert capsys.readouterr() == ("", "")


def test_without_tqdm_there_is_no_bar(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert trained(Neuron(2, activation=None, seed=0), progress=True)[0].epochs == 3


# Ctrl-C --------------------------------------------------------------------------------------------------------------


class Interrupting:
    """Interrupts the n-th call of what it stands for."""

    def __init__(self, function, n):
        self.function, self.left = function, n

    def __call__(self, *arguments, **options):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return self.function(*arguments, **options)


@pytest.mark.parametrize("compiled", ["llvm", "python", False])
@pytest.mark.parametrize(("calls", "epochs"), [(1, 0), (3, 1), (6, 3)])
def test_ctrl_c_in_the_metric(compiled, calls, epochs, monkeypatch):
    model, seen = Neuron(2, activation=None, seed=0), [numbers(Neuron(2, activation=None, seed=0))]
    loss = of.binary_cross_entropy_with_logits
    # Two calls in each epoch, the second for the validation set.
    interrupting = Interrupting(type(loss).metric, calls if calls < 6 else 7)
    monkeypatch.setattr(type(loss), "metric", lambda *arguments: interrupting(*arguments))
    history, after = trained(
        model,
        epochs=9,
        validation=(X, XOR),
        compiled=compiled,
        optimizer=GradientDescent(0.1),
        callbacks=[lambda e, h, m: seen.append(numbers(m))],
    )
    assert (history.stopped, history.epochs) == ("interrupted", epochs)
    assert even(history, validation=True)
    assert after == seen[history.best_epoch]
    assert repr(history).endswith(", interrupted>")


@pytest.mark.parametrize("compiled", ["llvm", "python", False])
@pytest.mark.parametrize("calls", [1, 2, 5])
def test_ctrl_c_in_an_update(compiled, calls, monkeypatch):
    model, seen = Neuron(2, activation=None, seed=0), [numbers(Neuron(2, activation=None, seed=0))]
    optimiser = GradientDescent(0.1)
    monkeypatch.setattr(optimiser, "moved", Interrupting(optimiser.moved, calls))
    history, after = trained(
        model,
        epochs=9,
        batch_size=2,
        compiled=compiled,
        optimizer=optimiser,
        callbacks=[lambda e, h, m: seen.append(numbers(m))],
    )
    assert (history.stopped, history.epochs) == ("interrupted", (calls - 1) // 2)
    assert even(history)
    assert after == seen[history.best_epoch]


def test_ctrl_c_in_a_callback_and_in_the_bar(monkeypatch):
    def interrupt(epoch, history, model):
        if epoch == 2:
            raise KeyboardInterrupt

    history, _ = trained(Neuron(2, activation=None, seed=0), epochs=9, callbacks=interrupt)
    assert (history.stopped, history.epochs) == ("interrupted", 2)
    monkeypatch.setattr(module, "_bar", Interrupting(module._bar, 1))
    history, after = trained(Neuron(2, activation=None, seed=0), progress=True)
    assert (history.stopped, history.epochs, history.best_epoch) == ("interrupted", 0, 0)
    assert repr(history) == "<History of no epoch, interrupted>"
    assert after == numbers(Neuron(2, activation=None, seed=0))


def test_ctrl_c_twice(monkeypatch):
    model, seen = Neuron(2, activation=None, seed=0), []

    def interrupt(epoch, history, model):
        seen.append(numbers(model))
        if epoch == 2:
            monkeypatch.setattr(model, "zero_grad", Interrupting(model.zero_grad, 1))
            raise KeyboardInterrupt

    history, after = trained(model, callbacks=interrupt, optimizer=GradientDescent(0.1))
    assert history.stopped == "interrupted"
    assert after == seen[-1]


def test_ctrl_c_at_any_call():
    """An interrupt at the k-th function call of training, for many k: nothing is lost, and no mode stays on."""
    before = numbers(Neuron(2, activation=None, seed=0))
    stopped = set()
    for k in range(1, 700, 9):
        model, seen = Neuron(2, activation=None, seed=0), [before]
        left = k

        def tracer(frame, event, argument):
            nonlocal left
            if event in ("call", "return") and frame.f_code.co_name not in (
                "_finish",
                "_set_parameters",
                "forget_after",
                "zero_grad",
                "train",
            ):
                left -= 1
                if left == 0:
                    sys.setprofile(None)
                    raise KeyboardInterrupt

        original = module._Run._epochs

        def go(self, *arguments, original=original, tracer=tracer):
            sys.setprofile(tracer)
            try:
                original(self, *arguments)
            finally:
                sys.setprofile(None)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module._Run, "_epochs", go)
            history, after = trained(
                model,
                compiled=False,
                epochs=2,
                optimizer=GradientDescent(0.1),
                validation=(X, XOR),
                callbacks=[lambda e, h, m, seen=seen: seen.append(numbers(m))],
            )
        stopped.add(history.stopped)
        assert even(history, validation=True)
        assert history.epochs >= len(seen) - 1
        assert modes.in_use == 0
        if history.best_epoch < len(seen):
            assert after == seen[history.best_epoch]
    assert "interrupted" in stopped


def test_ctrl_c_before_the_first_epoch_changes_nothing(monkeypatch):
    model = Neuron(2, activation=None, seed=0)
    before = numbers(model)

    def interrupted(self, *error):
        raise KeyboardInterrupt

    monkeypatch.setattr(no_grad, "__exit__", interrupted)  # just before the mode is what it was
    with pytest.raises(KeyboardInterrupt):
        trained(model)
    assert numbers(model) == before
    assert modes.in_use == 0


SCRIPT = """
import sys
from chalkgrad.nn import MLP
from chalkgrad.nn.data import moons
from chalkgrad.nn.losses import hinge
from chalkgrad.nn.training import fit
model = MLP(2, [4, 1], "tanh", seed=0)
table = moons(40)
told = lambda epoch, history, model: epoch == 3 and print("go", flush=True)
history = fit(model, table, loss=hinge, epochs=10**7, callbacks=[told], compiled=COMPILED, validation=0.25)
lengths = {len(x) for x in (history.loss, history.metric, history.gradient_norm, history.validation_loss)}
print(history.stopped, lengths == {history.epochs}, history.epochs >= 3, 1 <= history.best_epoch <= history.epochs)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for a child alone")
@pytest.mark.parametrize("compiled", ["'llvm'", "False"])
def test_a_real_ctrl_c(compiled):
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.replace("COMPILED", compiled)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    try:
        assert child.stdout.readline() == "go\n"
        time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=120)
    finally:
        child.kill()
    assert out == "interrupted True True True\n"
    assert "Traceback" not in err
    assert child.returncode == 0


# Where the loss stops being finite -----------------------------------------------------------------------------------


class Growing(Module):
    """exp(w·x): a large step is a large loss."""

    def __init__(self, w=0.5):
        self.w = Value(w, "w")

    def __call__(self, x):
        return exp(self.w * x[0])


BACK = (
    "The parameters are back at the last with which the loss was finite; a smaller learning rate, or inputs of the order of 1, "
    "may help"
)


@pytest.mark.parametrize("compiled", WAYS)
def test_a_loss_that_overflows_names_epoch_sample_and_node(compiled):
    model = Growing()
    with pytest.raises(NonFiniteError) as error:
        trained(model, [[1.0], [2.0]], [1000.0, 2000.0], of.squared_error, optimizer=GradientDescent(0.4), compiled=compiled)
    sentence = str(error.value)
    assert sentence.startswith(
        "training stopped in epoch 1 at sample 0, counting from 0, in v3 = exp(v2): exp(w·1) with w·1 = 1"
    )
    assert sentence.endswith(f". {BACK}")
    assert numbers(model) == [0.5]
    assert not model.w.has_grad


class Logarithm(Growing):
    def __call__(self, x):
        return log(self.w * x[0])


@pytest.mark.parametrize("compiled", WAYS)
def test_a_domain_that_is_left_names_epoch_sample_and_node(compiled):
    model, seen = Logarithm(), []
    with pytest.raises(NonFiniteError) as error:
        trained(
            model,
            [[1.0], [2.0]],
            [-1.0, -9.0],
            of.squared_error,
            optimizer=GradientDescent(lambda epoch: 1e-6 if epoch < 3 else 1.0),
            compiled=compiled,
            batch_size=None,
            callbacks=[lambda e, h, m: seen.append(numbers(m))],
        )
    assert "training stopped in epoch 3 at sample 0, counting from 0, in v3 = log(v2): log(w·1) with w·1 = -" in str(
        error.value
    )
    assert "log needs" in str(error.value)
    assert numbers(model) == seen[-1]
    assert len(seen) == 2


@pytest.mark.parametrize("compiled", WAYS)
def test_the_validation_set_may_be_the_one_that_overflows(compiled):
    model = Growing()
    with pytest.raises(NonFiniteError, match=r"in epoch 1 at validation sample 1, counting from 0, in .* = exp") as error:
        trained(
            model,
            [[1.0]],
            [1.0],
            of.squared_error,
            validation=([[1.0], [1e5]], [1.0, 1.0]),
            optimizer=GradientDescent(1e-3),
            compiled=compiled,
        )
    assert "sample 1" in str(error.value)
    assert math.isfinite(numbers(model)[0])


@pytest.mark.parametrize("compiled", WAYS)
def test_a_step_to_infinity_names_the_parameter(compiled):
    model = Neuron(1, activation=None, seed=0)
    before = numbers(model)
    with pytest.raises(NonFiniteError) as error:
        trained(
            model, [[1e150]], [0.0], of.squared_error, optimizer=GradientDescent(1e300), compiled=compiled, prior=None, epochs=1
        )
    assert str(error.value).startswith("training stopped in epoch 1")
    assert numbers(model) == before


@pytest.mark.parametrize("compiled", WAYS)
def test_a_huge_rate_ends_with_a_sentence_and_finite_parameters(compiled):
    model = MLP(2, [4, 1], "relu", seed=3)
    with pytest.raises(NonFiniteError, match=r"training stopped in epoch \d+"):
        trained(
            model, X, [5.0, -3.0, 2.0, 7.0], of.squared_error, optimizer=GradientDescent(1e3), epochs=500, compiled=compiled
        )
    assert math.isfinite(of.squared_error.over([model.predict(x) for x in X], [5.0, -3.0, 2.0, 7.0]))


class Activated(MLP):
    """A network of which a hidden neuron overflows."""

    def __init__(self):
        super().__init__(1, [2, 1], activation=lambda u: exp(u), seed=0)
        self.theta = [1.0, 0.0, 500.0, 0.0, 1.0, 1e-300, 0.0]


@pytest.mark.parametrize("compiled", WAYS)
def test_the_unit_is_named_where_it_began(compiled):
    model = Activated()
    with pytest.raises(
        NonFiniteError, match=r"epoch 1 at sample 1, .*, in v9 = exp\(v8\) of layer1\.neuron2: exp\(u\) with u = 1000"
    ):
        trained(model, [[1.0], [2.0]], [3.0, 8.0], of.squared_error, optimizer=GradientDescent(1e-9), compiled=compiled)
    assert numbers(model) == numbers(Activated())


@pytest.mark.parametrize("compiled", WAYS)
def test_losses_that_are_finite_and_add_up_to_more_than_a_float(compiled):
    model = Neuron(1, activation=None, seed=0)
    with pytest.raises(NonFiniteError, match="each sample of a batch of 4 has a finite loss, but their sum"):
        trained(model, LINE, [1.2e154] * 4, of.squared_error, optimizer=GradientDescent(1e-9), compiled=compiled)


@pytest.mark.parametrize("compiled", ["auto", *WAYS])
def test_a_model_that_has_no_value_to_begin_with(compiled):
    model = Growing(800.0)
    with pytest.raises(NonFiniteError, match=r"training cannot begin: at sample 0, counting from 0, exp\("):
        trained(model, [[1.0]], [1.0], of.squared_error, compiled=compiled)
    assert numbers(model) == [800.0]


def test_scores_in_place_of_probabilities_are_told_before_the_first_step():
    model = MLP(2, [3, 2], "tanh", seed=0)
    with pytest.raises(NonFiniteError) as error:
        fit(model, [[0.0, 0.0]], [[0, 1]], loss=of.binary_cross_entropy, progress=False)
    assert str(error.value) == (
        "training cannot begin: at sample 0, counting from 0, binary_cross_entropy is infinite here: the probability of 1 at "
        "output 1, counting from 0, which is the right one, is 0; use binary_cross_entropy_with_logits, on the score before σ, "
        "which is finite"
    )


@pytest.mark.parametrize("compiled", WAYS)
def test_scores_are_no_probabilities(compiled):
    """-log p falls without an end as p grows above 1."""
    model = Neuron(2, activation=None, seed=0)
    model.theta = [0.1, 0.1, 0.5]
    with pytest.raises((ValueError, NonFiniteError)) as error:
        trained(model, X, [1, 1, 1, 1], of.binary_cross_entropy, epochs=500, compiled=compiled, optimizer=GradientDescent(0.1))
    assert "binary_cross_entropy takes probabilities, and 1." in str(error.value)
    assert "use binary_cross_entropy_with_logits" in str(error.value)
    assert str(error.value).startswith("training stopped in epoch ")


def test_without_standard_error_there_is_no_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert trained(Neuron(2, activation=None, seed=0), progress=True)[0].epochs == 3
