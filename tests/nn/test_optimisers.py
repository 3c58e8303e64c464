"""How parameters move: the first steps against formulas by hand, updates as data, and what is refused."""

import math

import numpy
import pytest
from chalkgrad.engine import NonFiniteError, Value
from chalkgrad.nn import MLP, Neuron
from chalkgrad.nn.optimisers import OPTIMISERS, Adam, GradientDescent, Optimiser, Update, optimiser_named

GRADIENTS = [[0.5, -2.0, 0.0], [1.5, -1.0, 0.25], [-0.75, 4.0, 1.0], [0.125, 0.0, -3.0]]
START = [1.0, -2.0, 0.5]


def leaves(data=START):
    return [Value(x, f"w{i}") for i, x in enumerate(data, 1)]


def walked(optimiser, gradients=GRADIENTS, array=False):
    theta = numpy.array(START) if array else list(START)
    for gradient in gradients:
        theta, _ = optimiser.moved(theta, numpy.array(gradient) if array else gradient, optimiser.rate())
    return list(map(float, theta))


@pytest.mark.parametrize("array", [False, True])
def test_gradient_descent_subtracts_the_rate_times_the_gradient(array):
    assert walked(GradientDescent(0.25), GRADIENTS[:1], array) == [1 - 0.125, -2 + 0.5, 0.5]


@pytest.mark.parametrize("array", [False, True])
def test_momentum_by_hand(array):
    after = []
    for i, start in enumerate(START):
        g1, g2, g3 = (gradient[i] for gradient in GRADIENTS[:3])
        v1 = g1
        v2 = 0.5 * v1 + g2
        v3 = 0.5 * v2 + g3
        after.append(start - 0.125 * (v1 + v2 + v3))  # powers of two: no rounding
    assert walked(GradientDescent(0.125, momentum=0.5), GRADIENTS[:3], array) == after


@pytest.mark.parametrize("array", [False, True])
def test_adam_by_the_paper(array):
    after = []
    for i, start in enumerate(START):
        theta = start
        for t in range(1, len(GRADIENTS) + 1):  # the running means written out as sums
            g = [gradient[i] for gradient in GRADIENTS[:t]]
            m = 0.2 * math.fsum(0.8 ** (t - k) * g[k - 1] for k in range(1, t + 1)) / (1 - 0.8**t)
            v = 0.1 * math.fsum(0.9 ** (t - k) * g[k - 1] ** 2 for k in range(1, t + 1)) / (1 - 0.9**t)
            theta -= 0.05 * m / (math.sqrt(v) + 1e-8)
        after.append(theta)
    assert walked(Adam(0.05, 0.8, 0.9), array=array) == pytest.approx(after, rel=1e-14)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_numbers_and_arrays_go_the_same_way(name):
    assert walked(optimiser_named(name)) == pytest.approx(walked(optimiser_named(name), array=True), rel=1e-15)


def test_a_step_is_data_and_text():
    w, b = Value(0.5, "w"), Value(1.0, "b")
    ((w * 3 - 2) ** 2 + b * b).backward()
    updates = GradientDescent(0.1).step([w, b])
    assert updates[0] == Update("w", 0.5, -3.0, -3.0, 0.1, 0.8)
    assert (w.data, b.data) == (0.8, 0.8)
    assert repr(updates) == str(updates) == "w: 0.5 - 0.1·(-3) = 0.8\nb: 1 - 0.1·2 = 0.8"
    assert all(u.after == u.before - u.rate * u.direction for u in updates)


def test_a_step_of_a_model_names_its_parameters():
    model = MLP(2, [2, 1], "tanh", seed=0)
    model([1.0, -1.0]).backward()
    updates = Adam(0.01).step(model)
    assert [u.name for u in updates] == [name for name, _ in model.named_parameters()]
    assert [u.after for u in updates] == [p.data for p in model.parameters()]
    assert [u.gradient for u in updates] == [p.grad for p in model.parameters()]


def test_of_many_updates_the_first_are_shown():
    model = MLP(2, [8, 1], seed=0)
    model([1.0, -1.0]).backward()
    lines = repr(GradientDescent().step(model)).splitlines()
    assert len(lines) == 13
    assert lines[-1] == "… and 21 more"


@pytest.mark.parametrize("name", OPTIMISERS)
def test_frozen_parameters_stay_and_the_others_keep_their_own_state(name):
    w = leaves()
    alone, optimiser, other = leaves()[1], optimiser_named(name), optimiser_named(name)
    w[0].constant = True
    for gradient in GRADIENTS:
        for p, g in zip(w, gradient, strict=True):
            p.grad = None if p.constant else g
        alone.grad = gradient[1]
        assert [u.name for u in optimiser.step(w)] == ["w2", "w3"]
        other.step([alone])
    assert w[0].data == START[0]
    assert w[1].data == alone.data


def test_a_shared_parameter_moves_once():
    w = Value(1.0, "w")
    (w * w).backward()
    assert len(GradientDescent(0.25).step([w, w])) == 1
    assert w.data == 0.5


def test_a_rate_may_be_a_function_of_the_epoch():
    optimiser = GradientDescent(lambda epoch: numpy.float32(0.5) / epoch)
    assert optimiser.rate(2) == 0.25
    w = Value(1.0, "w")
    w.grad = 1.0
    assert optimiser.step([w], epoch=4)[0].rate == 0.125
    assert GradientDescent(lambda epoch: 1 - epoch / 10).rate(10) == 0.0
    assert repr(optimiser) == "GradientDescent with rate a function of the epoch"
    assert repr(GradientDescent(0.1, momentum=0.9)) == "GradientDescent with rate 0.1 and momentum 0.9"


@pytest.mark.parametrize("rate", [-0.1, math.nan, math.inf, None, "fast", True, 1j])
def test_a_rate_that_is_none_is_refused_with_the_epoch(rate):
    with pytest.raises(ValueError, match="the learning rate of epoch 7 is a number from 0, not "):
        GradientDescent(lambda epoch: rate).rate(7)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: GradientDescent(0), "a learning rate is a number above 0 or a function of the epoch, not 0"),
        (lambda: GradientDescent(math.inf), "a learning rate is a number above 0 or a function of the epoch, not inf"),
        (lambda: Adam("fast"), "a learning rate is a number above 0 or a function of the epoch, not 'fast'"),
        (lambda: GradientDescent(0.1, 1.0), "momentum is a number from 0 to below 1, not 1.0"),
        (lambda: GradientDescent(0.1, "much"), "momentum is a number from 0 to below 1, not 'much'"),
        (lambda: Adam(0.1, beta1=1), "Adam's β₁ is a number from 0 to below 1, not 1"),
        (lambda: Adam(0.1, beta2=-0.5), "Adam's β₂ is a number from 0 to below 1, not -0.5"),
        (lambda: Adam(0.1, epsilon=0.0), "Adam's ε is a number above 0, not 0.0"),
        (
            lambda: optimiser_named("sgd"),
            "there is no optimiser 'sgd': it is \"gradient descent\", which takes the samples in batches of batch_size=32",
        ),
        (
            lambda: optimiser_named([]),
            "there is no optimiser []: choose one of 'gradient descent', 'momentum', 'adam', or one such as Adam(0.01)",
        ),
    ],
)
def test_what_an_optimiser_cannot_be_is_refused(make, sentence):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the whole sentence is compared
        make()
    assert str(error.value) == sentence


def test_names_may_be_written_in_capitals():
    assert isinstance(optimiser_named("Adam"), Adam)


def test_a_step_without_a_gradient_is_refused():
    with pytest.raises(ValueError, match="none has been computed: call backward"):
        GradientDescent().step(Neuron(2, seed=0))


def test_a_step_to_infinity_moves_nothing():
    w = leaves([1e308, 1.0])
    w[0].grad, w[1].grad = -1e308, 1.0
    with pytest.raises(NonFiniteError, match=r"the step w1: .* leads to where no float is"):
        GradientDescent(10.0).step(w)
    assert [p.data for p in w] == [1e308, 1.0]


@pytest.mark.parametrize("given", [3.0, Value(1.0) + 1, [Value(1.0) + 1], ["w"], [1.0]])
def test_a_step_moves_leaves(given):
    with pytest.raises(TypeError, match="a step moves a model, or a list of leaves such as"):
        GradientDescent().step(given)


def test_nothing_to_move_is_refused():
    with pytest.raises(ValueError, match="at least one parameter"):
        GradientDescent().step([])


def test_an_optimiser_with_a_state_belongs_to_its_parameters_until_reset():
    optimiser = Adam(0.1)
    optimiser.moved(START, GRADIENTS[0], 0.1)
    with pytest.raises(ValueError, match=r"remembers the steps of 3 parameters, and was given 2: .* reset\(\) it"):
        optimiser.moved([1.0, 2.0], [1.0, 1.0], 0.1)
    optimiser.reset()
    assert optimiser.moved([1.0], [4.0], 0.1)[0] == pytest.approx([0.9])


def test_an_optimiser_of_ones_own():
    class Sign(Optimiser):
        def direction(self, gradient, step, *state):
            return (math.copysign(1.0, gradient),)

    w = Value(1.0, "w")
    w.grad = -7.0
    assert Sign(0.5).step([w])[0].after == 1.5
    with pytest.raises(NotImplementedError, match="give it direction"):
        Optimiser(0.1).step([w])


# What a step does to the loss ----------------------------------------------------------------------------------------


def bowl(rate, optimiser=GradientDescent):
    w = Value(0.0, "w")
    L = (2 * w - 4) ** 2
    L.backward()
    return w, repr(optimiser(rate).step([w], loss=L)).split("\n")


def test_a_step_says_what_it_did_to_the_loss_and_what_the_other_sign_would_have():
    w, said = bowl(0.1)
    assert said == ["w: 0 - 0.1·(-16) = 1.6", "L falls 16 → 0.64; + would make it 51.84"]
    assert w.data == 1.6
    assert bowl(1.6, Adam)[1][1] == said[1]  # its first step has the length of the rate


def test_a_step_that_raises_the_loss_asks_about_the_sign_and_the_rate():
    assert bowl(0.3)[1][2] == (
        "L rose: was the sign +, or is the rate above 2/f'' = 0.25? The sign was -; below that rate L falls"
    )

    class Uphill(GradientDescent):
        def direction(self, gradient, step, *state):
            return (-gradient,)

    assert bowl(0.1, Uphill)[1][1:] == [
        "L rises 16 → 51.84; + would make it 0.64",
        "L rose: was the sign +, or is the rate too large? The sign was +: a step goes against the gradient",
    ]


def test_a_step_out_of_the_domain_says_so_and_what_is_no_loss_is_refused():
    w = Value(0.2, "w")
    L = w.log() + w
    L.backward()
    assert repr(GradientDescent(0.1).step([w], loss=L)).split("\n")[1].startswith("L has no value there; + would make it ")
    with pytest.raises(TypeError, match=r"as in step\(\[w\], loss=L\)"):
        GradientDescent(0.1).step([w], loss=0.5)


def test_a_negative_rate_is_told_that_the_minus_is_there():
    said = "and the minus is there already$"
    for wrong in (lambda: GradientDescent(-0.1), lambda: Adam(-1), lambda: GradientDescent(lambda epoch: -epoch).rate(2)):
        with pytest.raises(ValueError, match=said):
            wrong()
    for other in (0, math.nan, "fast"):
        with pytest.raises(ValueError, match="a learning rate is a number above 0") as caught:
            GradientDescent(other)
        assert "minus" not in str(caught.value)
