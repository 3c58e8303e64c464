"""What a model says that PyTorch has no modules for, and where PyTorch is not installed; for this PyTorch is not needed."""

import re
import sys

import pytest
from chalkgrad.engine import Value
from chalkgrad.nn import MLP, Layer, Network, Neuron

HAVE = "relu, tanh, sigmoid, leaky_relu, elu, softplus, gelu, silu, mish, selu, softsign, linear"


class Own(MLP):
    def __call__(self, x):
        return super().__call__(x) * 2


def mixed():
    layer = Layer(2, 3, activation="tanh", seed=0)
    layer.neurons[1] = Neuron(2, activation="relu", seed=0)
    return layer


def tied():
    model = MLP(2, [2, 2], seed=0)
    model.layer2.neurons[1].w[0] = model.layer1.neurons[0].w[1]
    return model


def partly_frozen():
    model = MLP(2, [2, 1], seed=0)
    model.layer1.neurons[1].freeze()
    return model


@pytest.mark.parametrize("name", ["sin", "step", "tanh_half", "exp", "gaussian"])
def test_an_activation_without_a_module_is_named_and_those_that_have_one(name):
    message = f"layer 2 has the activation {name}, for which torch.nn has no module; those that have one are {HAVE}"
    with pytest.raises(ValueError, match=f"^{message}$"):
        MLP(2, [3, 1], ["relu", name]).to_torch()


def test_a_function_of_ones_own_has_no_module_even_if_it_is_called_like_one():
    def tanh(u):
        return u.tanh() * 2

    with pytest.raises(ValueError, match=r"^layer 1 has the activation tanh, for which torch\.nn has no module"):
        Neuron(2, activation=tanh).to_torch()


REFUSED = {
    "neurons that differ": (
        mixed,
        "layer 1 has neurons with tanh and with relu, and a module of PyTorch applies one activation to all of them",
    ),
    "a shared parameter": (
        tied,
        (
            "w1 of neuron 2 in layer 2 is w2 of neuron 1 in layer 1 as well, and each Linear of PyTorch has numbers of its "
            "own: give each place a Value of its own"
        ),
    ),
    "frozen in part": (
        partly_frozen,
        (
            "of the 4 weights of layer 1 2 are frozen, and PyTorch freezes all of a tensor or nothing: freeze() or unfreeze() "
            "the others"
        ),
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_no_sequential_computes_is_said(kind):
    make, message = REFUSED[kind]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make().to_torch()


def test_a_model_that_computes_something_of_its_own_is_not_translated():
    with pytest.raises(TypeError, match=r"^Own has a __call__ of its own, which no Sequential of PyTorch's computes"):
        Own(2, [1]).to_torch()


def test_a_network_of_any_wiring_is_told_the_other_way():
    with pytest.raises(AttributeError, match=r"to_torch.*program\(y, inputs=\[…\]\)\.function\(torch\) takes any graph there"):
        Network("x", "y = h(x)").to_torch()
    with pytest.raises(AttributeError, match=r"MLP\.from_torch\(sequential\) makes an MLP"):
        Layer(2, 1).from_torch(None)


def test_pytorch_that_is_missing_is_asked_for_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r'^models for PyTorch need it: pip install "chalkgrad\[torch\]"; on Linux'):
        MLP(2, [1]).to_torch()


def test_what_is_not_pytorchs_is_refused_without_pytorch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    for given in ("net.pt", {"0.weight": [1.0]}, Value(1.0), None):
        with pytest.raises(TypeError, match=r"^from_torch takes a torch\.nn\.Sequential, whose modules are Linear, each with"):
            MLP.from_torch(given)
