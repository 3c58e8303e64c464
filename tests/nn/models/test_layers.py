"""Neurons, layers and networks: what they compute, what their parameters are called, what they refuse."""

import math
import random

import pytest
from chalkgrad.engine import Value, tanh
from chalkgrad.nn import MLP, Layer, Module, Network, Neuron
from chalkgrad.nn.data import moons


def by_hand(model, x, phi):
    """The network's output in plain floats, from the matrices."""
    z = list(x)
    for i, layer in enumerate(model.layers):
        u = [sum(w.data * zj for w, zj in zip(n.w, z, strict=True)) + n.b.data for n in layer.neurons]
        z = u if i == len(model.layers) - 1 else [phi(ui) for ui in u]
    return z


@pytest.mark.parametrize("expanded", [False, True])
@pytest.mark.parametrize(("activation", "phi"), [("tanh", math.tanh), ("relu", lambda u: max(u, 0.0)), (tanh, math.tanh)])
def test_an_mlp_computes_the_layers_formula(activation, phi, expanded):
    model = MLP(3, [4, 3, 2], activation, seed=7, expanded=expanded)
    x = [0.5, -1.5, 2.0]
    for computed, expected in zip(model(x), by_hand(model, x, phi), strict=True):
        assert computed.data == pytest.approx(expected, rel=1e-13)
    assert model.predict(x) == pytest.approx([v.data for v in model(x)], rel=1e-13)


def test_expanded_or_not_the_gradients_are_the_same():
    gradients = []
    for expanded in (False, True):
        model = MLP(2, [5, 4, 1], "tanh", seed=1, expanded=expanded)
        model([0.3, -0.7]).backward()
        gradients.append([p.grad for p in model.parameters()])
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-13)


def test_a_neuron_is_two_nodes_and_the_edge_from_an_input_carries_its_weight():
    n = Neuron(2, activation="tanh", seed=0)
    z = n([3.0, 4.0])
    (u,) = z.parents
    assert [z.op.name, u.op.name] == ["tanh", "affine"]
    carried = dict(zip((p.label for p in u.parents), u.partials, strict=True))
    assert carried == {"w1": 3.0, "w2": 4.0, "x1": n.w[0].data, "x2": n.w[1].data, "b": 1.0}
    assert len(Neuron(2, expanded=True, seed=0)([3.0, 4.0]).tape()) == 3 + 2 + 2 + 2 + 1  # w b, x, products, sums, relu


def test_numbers_given_as_input_become_leaves_once_that_all_neurons_share():
    layer = Layer(2, 3, seed=0)
    outputs = layer([1.0, 2.0])
    inputs = {p for v in outputs for p in v.parents[0].parents if p.label.startswith("x")}
    assert sorted(p.label for p in inputs) == ["x1", "x2"]
    x = [Value(1.0, "p"), Value(2.0, "q")]
    assert {p for v in layer(x) for p in v.parents[0].parents if p in x} == set(x)


def test_parameters_have_readable_names_in_order():
    model = MLP(2, [3, 1], seed=0)
    names = [name for name, _ in model.named_parameters()]
    assert names[:4] == ["layer1.neuron1.w1", "layer1.neuron1.w2", "layer1.neuron1.b", "layer1.neuron2.w1"]
    assert names[-1] == "layer2.neuron1.b"
    assert [p for _, p in model.named_parameters()] == model.parameters()
    assert len(set(names)) == len(names) == 3 * 3 + 4


def test_nodes_lie_in_the_place_of_their_neuron():
    model = MLP(2, [2, 1], seed=0)
    places = {node.place for node in model([1.0, 2.0]).tape()}
    assert places == {"", "layer1.neuron1", "layer1.neuron2", "layer2.neuron1"}
    names = model([1.0, 2.0]).tape().names.values()
    assert {"layer1.neuron1.w1", "layer1.neuron2.w1"} <= set(names)


def test_a_layer_alone_is_one_place_for_its_parameters_and_its_nodes():
    layer = Layer(2, 2, seed=0)
    outputs = layer([1.0, 2.0])
    assert {p.place for p in layer.parameters()} == {v.place for v in outputs} == {"layer.neuron1", "layer.neuron2"}


def test_a_shared_parameter_comes_once():
    class Tied(Module):
        def __init__(self):
            self.w = Value(1.0, "w")
            self.again = self.w
            self._cache = Value(2.0)

    assert [name for name, _ in Tied().named_parameters()] == ["w"]


def test_modules_of_ones_own_need_no_registration():
    class Pair(Module):
        def __init__(self):
            self.scale = Value(2.0, "scale")
            self.parts = [Neuron(1, seed=0), Neuron(1, seed=1)]

        def __call__(self, x):
            return self.scale * self.parts[0](x) + self.parts[1](x)

    pair = Pair()
    assert [name for name, _ in pair.named_parameters()] == ["scale", "part1.w1", "part1.b", "part2.w1", "part2.b"]
    with pytest.raises(TypeError, match="does not say what it computes"):
        Module()([1.0])


def test_zero_grad_sets_back_to_not_computed_and_forgetting_it_adds_up():
    model = MLP(2, [3, 1], seed=0)
    model([1.0, 2.0]).backward()
    once = [p.grad for p in model.parameters()]
    model([1.0, 2.0]).backward()
    assert [p.grad for p in model.parameters()] == [2 * g for g in once]
    model.zero_grad()
    assert not any(p.has_grad for p in model.parameters())


def test_frozen_parameters_take_no_gradient():
    model = MLP(2, [3, 1], seed=0)
    model.layers[0].freeze()
    model([1.0, 2.0]).backward()
    assert not any(p.has_grad for p in model.layers[0].parameters())
    assert all(p.has_grad for p in model.layers[1].parameters())
    model.layers[0].unfreeze()
    model([1.0, 2.0]).backward()
    assert all(p.has_grad for p in model.parameters())


def test_a_seed_repeats_the_weights_and_leaves_the_global_source_alone():
    random.seed(1)
    before = random.getstate()
    first, second = (MLP(2, [3, 1], seed=42) for _ in range(2))
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]
    assert random.getstate() == before
    assert len({p.data for p in first.parameters() if p.data}) == 6 + 3


@pytest.mark.parametrize(("init", "inputs", "outputs", "variance"), [("he", 50, 200, 2 / 50), ("glorot", 50, 200, 2 / 250)])
def test_he_and_glorot_have_their_variance(init, inputs, outputs, variance):
    weights = [w.data for n in Layer(inputs, outputs, init=init, seed=0).neurons for w in n.w]
    assert sum(w * w for w in weights) / len(weights) == pytest.approx(variance, rel=0.05)
    assert abs(sum(weights) / len(weights)) < 0.02


def test_the_activation_step_is_the_operation_heaviside(tmp_path):
    models = [MLP(2, [3, 1], [name, "step"], seed=0) for name in ("step", "Heaviside")]
    for model in models:
        assert repr(model.layer1.neurons[0]) == "step neuron of 2 inputs"
        assert [node.op.name for node in model([1.0, -2.0]).tape() if node.op][-1] == "heaviside"
        model.save(tmp_path / "step.json")
        assert '"step"' in (tmp_path / "step.json").read_text("utf-8")
        loaded = MLP.load(tmp_path / "step.json")
        assert loaded.predict([[1.0, -2.0], [-3.0, 0.5]]) == model.predict([[1.0, -2.0], [-3.0, 0.5]])
    assert not hasattr(models[0]([1.0, -2.0]), "step")


def test_an_activation_may_be_given_for_every_layer():
    model = MLP(2, [2, 2, 1], ["tanh", "relu", "sigmoid"], seed=0)
    assert repr(model) == "MLP 2 → 2 → 2 → 1, tanh, relu, sigmoid, 15 parameters"
    assert 0 < model.predict([1.0, 1.0]) < 1
    assert repr(MLP(2, [16, 16, 1])) == "MLP 2 → 16 → 16 → 1, relu, last layer linear, 337 parameters"
    assert repr(Layer(2, 1)) == "Layer of 1 relu neuron, 2 inputs"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: MLP(2, []), "needs a list of layer widths"),
        (lambda: MLP(2, 3), "needs a list of layer widths"),
        (lambda: MLP(2, [3, 0]), "at least one neuron, and was given 0"),
        (lambda: MLP(0, [3]), "at least one input, and was given 0"),
        (lambda: MLP(2, [3.5]), "a width is a whole number, not 3.5"),
        (lambda: MLP(2, [3, 1], ["tanh"]), "2 layers need 2 activations, and the list has 1"),
        (lambda: MLP(2, [3, 1], "rleu"), "no activation 'rleu': did you mean 'relu'. There are relu, tanh"),
        (
            lambda: MLP(3, [1], activation="sigmoid"),
            (
                r"^MLP\(3, \[1\]\) has only its last layer, which is linear; "
                r"activation=\['sigmoid'\] applies it there$"
            ),
        ),
        (lambda: MLP(3, [1], "relu"), r"activation=\['relu'\] applies it there$"),
        (
            lambda: MLP(3, [1], math.tanh),
            "^math.tanh takes plain numbers, so no gradient would go through it: write activation='tanh'$",
        ),
        (lambda: MLP(3, [1], lambda u: u * u), r"has only its last layer, which is linear; activation=\[<lambda>\] applies it"),
        (lambda: MLP(3, [1], activation="tahn"), "there is no activation 'tahn': did you mean 'tanh'"),
        (
            lambda: MLP(3, [4, 1], activation="softmax"),
            (
                "softmax is not an activation of one neuron, because it takes all outputs of "
                "a layer: leave the outputs as they are, and train them with cross_entropy"
            ),
        ),
        (
            lambda: Neuron(3, activation=math.lgamma),
            "^math.lgamma takes plain numbers, so no gradient would go through it: write a function of a Value$",
        ),
        (lambda: Neuron(3, activation=5), "an activation is a name, such as 'tanh', a function of a Value, or None, not 5"),
        (lambda: Layer(3, 2, activation=["tanh", "tanh"]), "an activation is a name, such as 'tanh'"),
        (lambda: Neuron(3, "tanh"), "nonlin is True or False, and the activation an option of its own: activation='tanh'"),
        (
            lambda: Layer(3, 2, "sigmoid"),
            "nonlin is True or False, and the activation an option of its own: activation='sigmoid'",
        ),
        (
            lambda: Neuron(3, nonlin=False, activation="tanh"),
            "nonlin=False makes a linear neuron, which has no use for the activation tanh: leave one of them out",
        ),
        (lambda: MLP([3, 4, 1]), r"^an MLP takes the number of inputs, then the widths of its layers: MLP\(3, \[4, 1\]\)$"),
        (lambda: MLP(3), r"an MLP needs a list of layer widths, such as MLP\(3, \[16, 16, 1\]\)"),
        (lambda: MLP(3, 2.5), r"an MLP needs a list of layer widths"),
        (
            lambda: MLP(3, [4], nonlin="tanh"),
            "^MLP has no option nonlin: the activation is activation='tanh', and None makes every layer linear$",
        ),
        (lambda: MLP(3, [4], bias=False), "^MLP has no option bias: its options are expanded, init, seed$"),
        (
            lambda: MLP(3, [4], init=lambda n, m: [0.0] * n, seed=1),
            "seed has no effect on an init that is a function of your own",
        ),
        (
            lambda: Layer(3, 4, init=lambda n, m: [0.0] * n, seed=1),
            "seed has no effect on an init that is a function of your own",
        ),
        (
            lambda: Neuron(3, init=lambda n, m: [0.0] * n, seed=1),
            "seed has no effect on an init that is a function of your own",
        ),
        (lambda: Neuron(3, init=0), "init is 'micrograd', 'he', 'glorot' or a function of inputs and outputs, not 0"),
        (lambda: Layer(2, 2, init="zero"), "no initialisation 'zero': choose one of 'micrograd'"),
        (
            lambda: MLP(2, [3, 1], seed=0)([1.0]),
            "^MLP 2 → 3 → 1, .*, 13 parameters, takes 2 inputs, such as .x1, x2., and was given 1",
        ),
        (lambda: MLP(2, [3, 1], seed=0)([1.0, 2.0, 3.0]), "takes 2 inputs, such as .x1, x2., and was given 3"),
        (lambda: Neuron(1, seed=0)(3.0), "takes a list of 1 numbers or Values, such as .x1., not 3.0"),
        (lambda: Neuron(2, seed=0)(["a", 1.0]), "not the str 'a'"),
    ],
)
def test_what_cannot_be_gets_a_sentence(make, sentence):
    with pytest.raises((ValueError, TypeError), match=sentence):
        make()


@pytest.mark.parametrize("name", ["ReLU", "relu", "RELU"])
def test_names_of_activations_ignore_case(name):
    made = [MLP(2, [3, 1], name, seed=0), MLP(2, [3, 1], [name, "Linear"], seed=0)]
    made += [Layer(2, 3, activation=name, seed=0), Neuron(2, activation=name, seed=0)]
    made.append(Network("x1 x2", "z = h1(x1, x2); y = h2(z)", name, units={"h2": "TANH"}, seed=0))
    for model in made:
        assert "relu" in model.describe()
    plain = [MLP(2, [3, 1], "relu", seed=0), MLP(2, [3, 1], ["relu", None], seed=0)]
    plain += [Layer(2, 3, activation="relu", seed=0), Neuron(2, activation="relu", seed=0)]
    plain.append(Network("x1 x2", "z = h1(x1, x2); y = h2(z)", "relu", units={"h2": "tanh"}, seed=0))
    for model, other in zip(made, plain, strict=True):
        assert model.predict([0.3, -0.7]) == other.predict([0.3, -0.7])
        assert repr(model) == repr(other)


def test_the_activation_of_the_only_layer_may_be_none_and_micrograds_calls_run():
    for model in (MLP(3, [1]), MLP(3, [1], None), MLP(3, [1], "linear"), Neuron(3, nonlin=False), Neuron(3, False, None)):
        assert "linear" in repr(model)
    assert [Neuron(3, nonlin=nonlin).activation for nonlin in (True, 3 != 2, False)] == ["relu", "relu", "linear"]
    assert Layer(3, 2, nonlin=False).activation == "linear"
    assert MLP(3, [4, 4, 1]).layer1.activation == "relu"
    assert MLP(3, [1], ["sigmoid"]).layer1.activation == "sigmoid"


def test_moons_are_two_half_circles_and_repeat_with_the_seed():
    X, y = moons(100, noise=0.0)
    assert (len(X), sorted(set(y)), sum(y)) == (100, [-1, 1], 0)
    for (x1, x2), label in zip(X, y, strict=True):
        radius = math.hypot(x1, x2) if label < 0 else math.hypot(x1 - 1, x2 - 0.5)
        assert radius == pytest.approx(1.0)
    assert moons(20, seed=3) == moons(20, seed=3) != moons(20, seed=4)
