"""A model whose outputs stay nearly the same for all samples is told so, with a cause; others are not."""

import pytest
from chalkgrad.engine import GradientWarning
from chalkgrad.nn import MLP, Adam, GradientDescent, binary_cross_entropy_with_logits, cross_entropy, fit, squared_error
from chalkgrad.nn.plateau import plateau

X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
XOR = [0, 1, 1, 0]
FLAT = "all outputs are about 0.5, and the targets go from 0 to 1: the inputs hardly count"
AFFINE = "the model is affine: without an activation between its layers it fits no more than a plane does"
FALLING = "the loss is still falling: more epochs may help, or a larger rate"
STUCK = "the loss has stopped falling: another seed may help, a wider layer, or another rate"


def history_of(model, x=X, y=XOR, rate=0.1, epochs=200, loss=squared_error):
    return fit(model, x, y, loss=loss, optimizer=GradientDescent(rate), epochs=epochs, compiled="python", progress=False)


@pytest.mark.parametrize("widths", [[1], [3, 1]], ids=["one layer", "two layers"])
def test_an_affine_model_on_exclusive_or_is_told_that_it_is_affine(widths):
    model = MLP(2, widths, "identity", seed=0)
    history = history_of(model)
    assert history.loss[-1] == pytest.approx(1.0, abs=1e-3)  # the least there is: 0.5 everywhere, by symmetry
    assert history.remarks == [f"{FLAT}\n{AFFINE}"]
    assert repr(history).endswith(f"\n{FLAT}\n{AFFINE}")


def test_who_is_slow_is_told_that_the_loss_still_falls():
    history = history_of(MLP(2, [2, 1], "sigmoid", seed=0), rate=0.01, epochs=100)
    assert history.best_epoch == 100
    assert history.remarks == [f"{FLAT}\n{FALLING}"]


def test_who_stands_still_beside_a_dead_neuron_is_told_both():
    history = history_of(MLP(2, [2, 1], "relu", seed=0), epochs=500)
    dead, flat = history.remarks
    assert dead.startswith("neuron 2 of layer 1 is 0 on all samples")
    assert flat == f"{FLAT}\n{STUCK}"


def test_the_cause_that_is_certain_is_told_alone():
    model = MLP(2, [4, 1], "tanh")
    model.theta = [0.0] * 17
    with pytest.warns(GradientWarning):
        history = history_of(model)
    assert not any("hardly count" in remark for remark in history.remarks)


def test_few_epochs_are_told_nothing():
    assert history_of(MLP(2, [1], "identity", seed=0), epochs=19).remarks == []


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([[0.0], [1.0], [2.0], [3.0]], [1.0, 2.5, 2.0, 4.0]),
        ([[i / 10] for i in range(11)], [i / 10 for i in range(10)] + [20.0]),  # the last one is far off
        ([[0.0], [1.0]], [0.5, 0.5]),  # there is nothing to tell apart
    ],
    ids=["a line", "an outlier", "equal targets"],
)
def test_who_has_learned_what_there_is_is_told_nothing(x, y):
    model = MLP(1, [1], "identity", seed=0)
    assert history_of(model, x, y, rate=0.02, epochs=400).remarks == []


def test_of_several_outputs_every_one_must_stay():
    model = MLP(2, [2, 2], "tanh", seed=0)
    targets = [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]
    flat = [[0.1, 0.12, 0.1, 0.11], [0.3, 0.3, 0.31, 0.3]]
    first = "each output is nearly the same for all samples: the inputs hardly count"
    assert plateau(model, flat, targets, [1.0] * 50) == f"{first}\n{STUCK}"
    assert plateau(model, [flat[0], [0.3, 0.3, 0.9, 0.3]], targets, [1.0] * 50) == ""


def test_the_score_of_a_class_is_measured_as_well():
    model = MLP(2, [1], "identity", seed=0)
    loss = binary_cross_entropy_with_logits
    history = fit(model, X, XOR, loss=loss, optimizer=Adam(0.1), epochs=300, compiled="python", progress=False)
    assert history.remarks[-1].endswith(f"and the targets go from 0 to 1: the inputs hardly count\n{AFFINE}")


def test_scores_of_classes_that_move_together_are_none_the_better_for_it():
    model = MLP(2, [2], "identity", seed=0)
    history = fit(model, X, XOR, loss=cross_entropy, optimizer=Adam(0.1), epochs=300, compiled="python", progress=False)
    scores = [model(x)[0].data for x in X]
    assert max(scores) - min(scores) > 0.25  # and the other score with it, so that the probabilities stay
    assert history.remarks == [f"each output is nearly the same for all samples: the inputs hardly count\n{AFFINE}"]
