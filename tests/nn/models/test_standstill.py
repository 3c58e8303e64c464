"""What stands still in a model: equal neurons, dead ones, saturated ones, layers without a gradient; and what does not."""

import math
import random
import sys

import pytest
from chalkgrad.engine import Value
from chalkgrad.nn import MLP, GradientDescent, Layer, Module, Network, Neuron, fit, squared_error, untrainable
from chalkgrad.nn.data import moons
from chalkgrad.nn.models.standstill import _Watched, found_standing, standstill

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
XOR = [0.0, 1.0, 1.0, 0.0]
EQUAL = "have equal weights, so equal gradients: they will stay equal"


def with_all(model, weight):
    model.theta = [weight] * len(model.theta)
    return model


def stay_equal(model, i, j):
    """Whether the weights of two neurons of the first layer are the same after a few steps of training by hand."""
    for _ in range(3):
        loss = sum((model(x) - y) ** 2 for x, y in zip(CORNERS, (0.3, 1.0, -0.5, 2.0), strict=True))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
    one, other = (model.layer1.neurons[k - 1] for k in (i, j))
    return [p.data for p in one.parameters()] == [p.data for p in other.parameters()]


@pytest.mark.parametrize("expanded", [False, True])
def test_neurons_are_called_equal_if_what_goes_in_and_what_goes_out_is_equal_and_then_they_stay_so(expanded):
    def model(into, bias, out):
        made = MLP(2, [3, 1], "tanh", seed=0, expanded=expanded)
        made.layer1.W, made.layer1.b, made.layer2.W = into, bias, [out]
        return made

    equal = [[0.5, -1], [0.25, 1], [0.5, -1]], [0.1, 0.1, 0.1], [2, 3, 2]
    assert standstill(model(*equal), CORNERS) == [f"neurons 1 and 3 of layer 1 {EQUAL}"]
    assert stay_equal(model(*equal), 1, 3)
    for different in (
        ([[0.5, -1], [0.25, 1], [0.5, -1]], [0.1, 0.1, 0.1], [2, 3, 2.5]),  # their gradients differ by 2 and 2.5
        ([[0.5, -1], [0.25, 1], [0.5, -1]], [0.1, 0.1, 0.2], [2, 3, 2]),
        ([[0.5, -1], [0.25, 1], [0.5, 1]], [0.1, 0.1, 0.1], [2, 3, 2]),
    ):
        assert standstill(model(*different), CORNERS) == []
        assert not stay_equal(model(*different), 1, 3)


def test_equal_neurons_are_told_layer_by_layer_and_outputs_never():
    said = standstill(with_all(MLP(2, [4, 3, 2], "tanh"), 0.5), CORNERS)
    assert said == [f"neurons 1 to 4 of layer 1 {EQUAL}", f"neurons 1 to 3 of layer 2 {EQUAL}"]
    assert standstill(with_all(Layer(2, 3, activation="tanh"), 0.5), CORNERS) == []
    frozen = with_all(MLP(2, [2, 1], "tanh"), 0.5)
    frozen.layer1.neurons[0].w[0].constant = True  # the other one's moves
    assert standstill(frozen, CORNERS) == []


def test_units_of_a_network_are_named():
    net = Network("x1 x2", "z1 = h1(x1, x2); z2 = h2(x1, x2); z3 = h3(x1, x2); y = h4(z1, z2, z3)", "tanh", seed=0)
    assert standstill(net, CORNERS) == []
    assert net.untrainable(CORNERS) == ""
    assert with_all(net, 0.5).untrainable(CORNERS) == f"h1, h2 and h3 {EQUAL}"
    assert with_all(net, 0.0).untrainable(CORNERS).split("\n")[1] == "every gradient of h1, h2 and h3 is 0 on all samples"
    crossed = with_all(Network("x1 x2", "a = h1(x1, x2); b = h2(x2, x1); y = h3(a, b)", "tanh"), 0.5)
    assert standstill(crossed, CORNERS) == []  # what they take differs


def test_dead_neurons_are_0_on_all_samples_and_so_are_their_gradients():
    model = MLP(2, [4, 1], "relu", seed=0)
    model.layer1.W, model.layer1.b = [[1, 1], [1, -1], [-1, -1], [2, 1]], [0, -1, 0, -5]
    assert standstill(model, CORNERS) == ["neurons 2 to 4 of layer 1 are 0 on all samples, and so are their gradients"]
    for x in CORNERS:
        model.zero_grad()
        model(x).backward()
        assert [p.grad for n in model.layer1.neurons[1:] for p in n.parameters()] == [0.0] * 9
    assert standstill(model, [*CORNERS, [2.0, 2.0]]) == [
        "neurons 2 and 3 of layer 1 are 0 on all samples, and so are their gradients"
    ]
    assert standstill(model, [[1.0, 1.0]]) == []  # on one sample it means nothing


def test_of_many_samples_some_are_tried_and_counted():
    model = MLP(1, [2, 1], "relu", seed=0)
    model.layer1.W, model.layer1.b = [[1], [1]], [0, -2]
    assert standstill(model, [[i / 1000] for i in range(1000)]) == [
        "neuron 2 of layer 1 is 0 on each of 100 samples, and so is its gradient"
    ]


def test_saturated_neurons_are_told_with_their_share_of_the_samples():
    model = MLP(1, [3, 1], "tanh", seed=0)
    model.layer1.W, model.layer1.b = [[0], [1], [0]], [4, 0, 2.9]
    xs = [[i / 10 - 5] for i in range(101)]  # 1 - tanh(u)² < 0.01 is |u| > 2.993
    share = sum(1 - math.tanh(x) ** 2 < 0.01 for (x,) in xs) / 101
    assert share < 0.9
    assert standstill(model, xs) == ["neuron 1 of layer 1 is saturated: |φ'| < 0.01 on each of 100 samples"]
    model.layer1.W = [[0], [40], [0]]
    assert standstill(model, xs) == ["neurons 1 and 2 of layer 1 are saturated: |φ'| < 0.01 on 99 % of samples or more"]


def test_nine_samples_of_ten_are_enough_and_eight_are_not():
    model = MLP(1, [1, 1], "tanh", seed=0)
    model.layer1.W, model.layer1.b = [[1]], [0]
    assert standstill(model, [[0.0], *[[5.0]] * 9]) == ["neuron 1 of layer 1 is saturated: |φ'| < 0.01 on 90 % of samples"]
    assert standstill(model, [[0.0], [0.1], *[[5.0]] * 8]) == []


def test_a_layer_without_a_gradient_is_told_on_one_sample_too():
    model = MLP(2, [3, 1], "relu", seed=0)
    model.layer1.b = [-100, -100, -100]
    assert untrainable(model, [1.0, 2.0]) == "every gradient of layer 1 is 0 on this sample"
    assert untrainable(model, CORNERS) == "neurons 1 to 3 of layer 1 are 0 on all samples, and so are their gradients"
    assert untrainable(model) == ""
    assert untrainable(MLP(2, [3, 1], "relu", seed=0), [0.0, 0.0]) == ""  # 0·w says nothing of w


class Own(Module):
    """A model of one's own: two neurons, one of them an activation of its own, and a parameter beside them."""

    def __init__(self):
        self.hidden = [Neuron(1, activation=lambda u: (u * u).relu(), seed=seed, name=f"n{seed}") for seed in (1, 2)]
        self.scale = Value(1.0, "scale")

    def __call__(self, x):
        return self.scale * (self.hidden[0](x) - self.hidden[1](x))


def test_a_model_of_ones_own_is_looked_at_too():
    assert untrainable(Own(), [[1.0], [2.0]]) == ""
    model = Own()
    model.scale.data = 0.0
    assert untrainable(model, [[1.0], [2.0]]) == "every gradient of hidden1 and hidden2 is 0 on all samples"
    model.scale.data, model.hidden[1].w[0].data = 1.0, model.hidden[0].w[0].data
    assert untrainable(model, [[1.0], [2.0]]) == "every gradient of scale is 0 on all samples"


# Samples that are not recorded ---------------------------------------------------------------------------------------


def partly_dead(seed):
    """A model of which layers or neurons are dead, flat or frozen, here and there, and samples with zeros in them."""
    generator = random.Random(seed)
    widths = [generator.randint(1, 3) for _ in range(generator.randint(2, 3))]
    activation = generator.choice(["relu", "relu", "tanh", "sign", "leaky_relu"])
    model = MLP(2, widths, activation, seed=seed, expanded=generator.random() < 0.3)
    samples = [[generator.choice([0.0, generator.uniform(0, 1)]) for _ in range(2)] for _ in range(6)]
    for layer in model.layers:
        dead = generator.random() < 0.4
        for neuron in layer.neurons:
            if dead or generator.random() < 0.2:
                neuron.b.data = generator.choice([-0.4, -1.0, -100.0])
            neuron.b.constant = generator.random() < 0.3
            for w in neuron.w:
                w.constant = generator.random() < 0.2
                w.data *= generator.choice([0.0, 1.0, 1.0])
    return (model.layer1 if generator.random() < 0.2 else model), samples


@pytest.mark.parametrize("arrays", [True, False])
def test_what_has_no_gradient_is_the_same_whether_samples_are_recorded_or_not(arrays, monkeypatch):
    import numpy  # noqa: F401 - its arrays are used if it was imported

    if not arrays:
        monkeypatch.setitem(sys.modules, "numpy", None)
    cases = [partly_dead(seed) for seed in range(150)]
    found = [found_standing(*case) for case in cases]
    without = [case for case, said in zip(cases, found, strict=True) if any(each.kind == "no gradient" for each in said)]
    assert 20 < len(without) < 130
    monkeypatch.setattr(_Watched, "look_through", lambda *_: False)
    assert found == [found_standing(*case) for case in cases]


@pytest.fixture
def recorded(monkeypatch):
    """The samples that an MLP was called with."""
    samples, call = [], MLP.__call__
    monkeypatch.setattr(MLP, "__call__", lambda self, x: samples.append(x) or call(self, x))
    return samples


def test_a_dead_layer_is_found_out_with_one_recording(recorded):
    model = MLP(2, [3, 1], "relu", seed=0)
    model.layer1.b = [-100.0] * 3
    assert standstill(model, CORNERS) == ["neurons 1 to 3 of layer 1 are 0 on all samples, and so are their gradients"]
    assert recorded == CORNERS[:1]


def test_a_sample_whose_gradient_is_not_finite_is_recorded(recorded):
    model = MLP(2, [2, 1, 1], "relu", seed=0)
    model.layer1.W, model.layer1.b = [[1, 0], [1, 1]], [0, -100]
    model.layer2.W, model.layer2.b, model.layer3.W = [[1e200, 1e200]], [-1], [[1e200]]
    for p in model.layer1.neurons[0].parameters():
        p.constant = True
    assert standstill(model, CORNERS) == ["neuron 2 of layer 1 is 0 on all samples, and so is its gradient"]
    assert recorded == [[0.0, 0.0], [1.0, 0.0]]  # where the gradient is inf·0


def test_samples_of_a_model_that_has_parameters_twice_are_recorded(recorded):
    model = MLP(2, [2, 2, 1], "relu", seed=0)
    model.layer1.b = [-100.0, -100.0]
    model.layer2.neurons[:] = model.layer1.neurons
    assert standstill(model, CORNERS) == ["every gradient of layer 1 is 0 on all samples"]
    assert recorded == CORNERS


# After training ------------------------------------------------------------------------------------------------------


def trained(model, X=CORNERS, y=XOR, rate=0.1, epochs=5, **options):
    options = {"loss": squared_error, "optimizer": GradientDescent(rate), "progress": False} | options
    return fit(model, X, y, epochs=epochs, compiled="python", **options)


def test_xor_from_zeros_says_why_nothing_is_learned():
    model = with_all(MLP(2, [4, 1], "tanh"), 0.0)
    with pytest.warns(UserWarning, match=f"^neurons 1 to 4 of layer 1 {EQUAL}; every gradient of layer 1 is 0 on all samples$"):
        history = trained(model, epochs=50)
    assert repr(history).split("\n")[1:] == history.remarks
    assert history.remarks == [f"neurons 1 to 4 of layer 1 {EQUAL}", "every gradient of layer 1 is 0 on all samples"]
    assert {p.data for p in model.layer1.parameters()} == {0.0}


def test_a_network_that_learns_has_no_remark():
    rows, classes = moons(40, seed=0)
    history = trained(MLP(2, [8, 1], "tanh", seed=1), rows, [float(c) for c in classes], rate=0.002, epochs=20)
    assert history.loss[-1] < 0.5 * history.start_loss
    assert history.remarks == []
    assert "\n" not in repr(history)


def test_saturated_neurons_are_a_remark_only_where_little_was_learned():
    def model(bias):
        made = MLP(1, [2, 1], "tanh", seed=0)
        made.layer1.b = bias
        return made

    line = [[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]
    assert trained(model([9, 9]), *line, rate=0.001).remarks == [
        "neurons 1 and 2 of layer 1 are saturated: |φ'| < 0.01 on all samples"
    ]
    assert trained(model([9, 0]), *line, rate=0.02, epochs=100).remarks == []


def test_saturated_neurons_are_told_as_well_where_the_mean_would_be_nearer_than_the_outputs():
    made = MLP(1, [2, 1], "tanh", seed=0)
    made.layer1.b = [9, 9]
    history = trained(made, [[0.0], [1.0], [2.0]], [10.0, 11.0, 12.0], rate=0.02, epochs=3)
    assert history.loss[-1] < 0.5 * history.start_loss
    assert history.metric[-1] < 0  # R²
    assert history.remarks == ["neurons 1 and 2 of layer 1 are saturated: |φ'| < 0.01 on all samples"]


def test_a_loss_that_rises_names_the_rate_once():
    line = [[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0]
    said = (
        r"^the loss rose in every epoch, from [\d.]+ before the first: the rate is too large; below 2/f'' = 0.06\d* \(f'' along"
    )
    with pytest.warns(UserWarning, match=said):
        history = trained(Neuron(1, activation=None, seed=0), *line, rate=0.1)
    assert history.loss[0] > history.start_loss
    assert len(history.remarks) == 1
    assert f" {history.start_loss:.4g} " in history.remarks[0]
    assert trained(Neuron(1, activation=None, seed=0), *line, rate=0.06).remarks == []


def test_a_loss_that_has_risen_in_one_epoch_is_told_once_too():
    line = [[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0]
    with pytest.warns(
        UserWarning, match="^the loss ended above what it was before training, .*: the rate is too large; below 2"
    ):
        history = trained(Neuron(1, activation=None, seed=0), *line, rate=0.1, epochs=1)
    assert len(history.remarks) == 1


def test_a_loss_that_leaves_what_a_float_can_hold_is_said_to_have_risen_until_then():
    with pytest.raises(
        OverflowError, match=r"Until then the loss had risen, from 24.07 to .*: the rate is too large"
    ) as caught:
        trained(Neuron(1, activation=None, seed=0), [[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0], rate=1.0, epochs=500)
    assert str(caught.value).count(" rate ") == 1


def test_an_optimiser_with_the_wrong_sign_is_told_from_a_large_rate():
    class Uphill(GradientDescent):
        def direction(self, gradient, step, *state):
            return (-gradient,)

    with pytest.warns(UserWarning, match="the sign is \\+, and a step goes against the gradient"):
        history = trained(Neuron(1, activation=None, seed=0), [[1.0], [2.0]], [2.0, 4.0], optimizer=Uphill(0.001))
    assert len(history.remarks) == 1


def test_parameters_that_never_moved_are_told():
    model = MLP(1, [2, 1], ["relu", "relu"], seed=0)
    model.layer2.b = [-100]
    before = model.theta.values
    with pytest.warns(UserWarning, match="^every gradient was 0 in every epoch, so no parameter has moved; "):
        trained(model, [[1.0], [2.0]], [1.0, 2.0])
    assert model.theta.values == before


# What looks equal and is not ------------------------------------------------------------------------------------------


class Beside(Module):
    """A hidden layer of three and a neuron over it, whose forward pass is given."""

    def __init__(self, forward):
        self.h, self.o, self._forward = Layer(2, 3, activation="tanh"), Neuron(3, nonlin=False), forward
        for p in self.parameters():
            p.data = 0.5

    def __call__(self, x):
        return self._forward(self, self.h(x), x)


def parted(model, samples, targets):
    """Which of the hidden neurons have other weights than the last one after three steps of gradient descent."""
    for _ in range(3):
        loss = sum((model(x) - t) ** 2 for x, t in zip(samples, targets, strict=True))
        loss.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
    weights = [[p.data for p in (*neuron.w, neuron.b)] for neuron in model.h.neurons]
    return [i for i, own in enumerate(weights, 1) if own != weights[-1]]


@pytest.mark.parametrize(
    ("forward", "apart"),
    [
        (lambda m, z, x: m.o(z), []),
        (lambda m, z, x: m.o(z) + m.o.w[0] * x[0], [1]),
        (lambda m, z, x: m.o(z) + m.h.neurons[0].w[0] * x[1], [1]),
        (lambda m, z, x: m.o(z) + z[0] if x[0] > 0.5 else m.o(z), [1]),
    ],
    ids=["nothing else", "a weight that goes out", "a weight that comes in", "for some samples only"],
)
def test_neurons_are_called_equal_only_if_they_stay_so(forward, apart):
    samples, targets = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.3, -0.2, 0.9]
    said = standstill(Beside(forward), samples)
    assert parted(Beside(forward), samples, targets) == apart
    equal = [sentence for sentence in said if "equal" in sentence]
    if not apart:
        assert equal[0].startswith("neurons 1 to 3 of h")
    else:
        assert all("neurons 2 and 3" in sentence for sentence in equal)


def test_the_top_of_a_bell_is_not_saturation():
    model = MLP(2, [2, 1], "gaussian")
    model.theta = [0.0] * len(model.theta)
    assert not any("saturated" in sentence for sentence in standstill(model, [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]))
