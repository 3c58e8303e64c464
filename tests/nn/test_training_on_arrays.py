"""Training on arrays: they are taken as they lie there, nothing is copied as a whole, and the results are those of lists."""

import random

import numpy
import pytest
from chalkgrad.nn import MLP, Adam, fit, sample_gradients
from chalkgrad.nn import losses as of
from chalkgrad.nn.data import DataError
from chalkgrad.nn.losses import metric_of_columns
from chalkgrad.nn.optimisers import Optimiser
from chalkgrad.nn.samples import divide

SOURCE = numpy.random.default_rng(5)
GRID = SOURCE.normal(size=(50, 4))
CLASSES = SOURCE.integers(0, 3, 50)


def trained(x, y, **options):
    model = MLP(4, [5, 3], "tanh", seed=1)
    history = fit(model, x, y, loss=of.cross_entropy.mean, epochs=3, batch_size=8, progress=False, **options)
    return history.loss, history.metric, history.gradient_norm, history.validation_metric, model.theta.values


@pytest.mark.parametrize("compiled", ["llvm", "numpy", "python", False])
@pytest.mark.parametrize("validation", [None, 0.2])
def test_an_array_gives_the_bits_of_its_lists(compiled, validation):
    options = {"compiled": compiled, "validation": validation}
    assert trained(GRID, CLASSES, **options) == trained(GRID.tolist(), CLASSES.tolist(), **options)


def test_an_array_of_floats_is_not_copied_and_others_become_floats():
    samples, _ = divide(GRID, CLASSES, None, 0)
    assert samples.rows.array is GRID
    assert samples.rows[3] == GRID[3].tolist()
    assert type(samples.rows[3][0]) is float
    whole, _ = divide(numpy.arange(6).reshape(3, 2), [0, 1, 0], None, 0)
    assert list(whole.rows) == [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert list(whole.rows[1:]) == [[2.0, 3.0], [4.0, 5.0]]


def test_an_array_with_nan_is_refused_with_its_place():
    with pytest.raises(DataError, match=r"X, row 2, column 1"):
        trained(numpy.array([[0.0] * 4, [numpy.nan] * 4]), [0, 1])


@pytest.mark.parametrize("compiled", ["llvm", "numpy"])
def test_no_call_gets_more_samples_than_a_piece(compiled, monkeypatch):
    sizes = []
    forward, sample = [getattr(sample_gradients.CompiledGradients, f"losses_and_{x}") for x in ("outputs", "gradient")]
    monkeypatch.setattr(sample_gradients, "PIECE", 16)

    def outputs(self, theta, rows, encoded):
        inner = self.forward
        self.forward = lambda theta, x, t: sizes.append(len(x)) or inner(theta, x, t)
        try:
            return forward(self, theta, rows, encoded)
        finally:
            self.forward = inner

    def gradient(self, theta, rows, encoded):
        sizes.append(len(rows))
        return sample(self, theta, rows, encoded)

    monkeypatch.setattr(sample_gradients.CompiledGradients, "losses_and_outputs", outputs)
    monkeypatch.setattr(sample_gradients.CompiledGradients, "losses_and_gradient", gradient)
    in_pieces = trained(GRID, CLASSES, compiled=compiled)
    assert max(sizes) == 16
    monkeypatch.undo()
    for one, other in zip(in_pieces, trained(GRID, CLASSES, compiled=compiled), strict=True):
        assert one == pytest.approx(other, rel=1e-12)


class Otherwise(of.CrossEntropy):
    def decide(self, scores):
        return 0


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        (of.cross_entropy, [[0.5, 0.5, 0.1], [0.0, -1.0, 2.0], [3.0, 4.0, 4.0]], [0, 2, 2]),
        (of.cross_entropy_of_probabilities, [[0.5, 0.5], [0.25, 0.75], [1.0, 0.0]], [1, 1, 0]),
        (of.hinge, [[0.25], [-3.0], [2.0], [0.0]], [1, -1, -1, -1]),
        (of.binary_cross_entropy, [[0.25], [0.5], [0.75], [1.0]], [0, 1, 1, 1]),
        (of.binary_cross_entropy_with_logits, [[0.25], [-0.5], [0.0]], [0, 0, 0]),
    ],
)
def test_the_metric_of_columns_is_the_metric(loss, outputs, targets):
    encoded = numpy.array([loss.encode(y, len(outputs[0])) for y in targets])
    found = metric_of_columns(loss, list(numpy.array(outputs).T), encoded)
    assert found == loss.metric(outputs if len(outputs[0]) > 1 else [s for (s,) in outputs], targets)


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        (of.cross_entropy_of_probabilities, [[0.5, 0.6]], [1]),
        (of.binary_cross_entropy, [[1.25]], [1]),
        (of.binary_cross_entropy, [[0.0]], [1]),
        (of.binary_cross_entropy_with_logits, [[1.0, 2.0]], [[1, 0]]),
        (of.squared_error, [[1.0]], [1.0]),
        (Otherwise(), [[0.0, 1.0]], [1]),
    ],
)
def test_of_other_losses_and_of_what_is_no_probability_the_metric_itself_is_asked(loss, outputs, targets):
    encoded = numpy.array([loss.encode(y, len(outputs[0])) for y in targets])
    assert metric_of_columns(loss, list(numpy.array(outputs).T), encoded) is None


def test_adams_steps_on_arrays_are_those_of_its_formula():
    source = random.Random(2)
    fast, formula = Adam(0.01), Adam(0.01)
    here = there = numpy.array([source.gauss(0, 1) for _ in range(40_000)])  # more than is worked on at a time
    for _ in range(5):
        gradient = SOURCE.normal(size=len(here))
        before, state = here.copy(), [x.copy() for x in fast.memory()[1]]
        kept = here, fast.memory()[1]
        here, there = fast.stepped(here, gradient, 0.01), Optimiser.stepped(formula, there, gradient, 0.01)
        assert (here == there).all()
        assert (kept[0] == before).all()  # what a checkpoint may still have to write
        assert all((x == y).all() for x, y in zip(kept[1], state, strict=True))
    assert fast.steps == formula.steps == 5
    assert all((x == y).all() for x, y in zip(fast.memory()[1], formula.memory()[1], strict=True))


def test_adam_writes_over_no_state_that_it_was_given():
    optimiser, given = Adam(0.01), [numpy.ones(3), numpy.ones(3)]
    optimiser.remember(4, given)
    theta = numpy.zeros(3)
    for _ in range(3):
        theta = optimiser.stepped(theta, numpy.ones(3), 0.01)
    assert all((x == 1).all() for x in given)
