"""Models that go to PyTorch and come back, against PyTorch itself; `.ci/torch` runs these where PyTorch is installed."""

import random
import re
from pathlib import Path

import pytest
from chalkgrad.engine import Value, sin, total
from chalkgrad.nn import MLP, Layer, Neuron
from chalkgrad.nn.models.pytorch import ACTIVATIONS

torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/torch runs these tests where it is")
nn = torch.nn
pytestmark = pytest.mark.torch

NAMES = [*ACTIVATIONS, "linear"]
# Both sides of every kink and threshold, and where exp and erf lose what they have.
INPUTS = [-30.0, -8.0, -1.5, -1e-3, 0.0, 1e-3, 0.5, 3.0, 19.5, 20.5, 36.5, 37.5, 200.0]


def near(x):
    return pytest.approx(x, rel=1e-12, abs=1e-13)


def gradients_here(model, rows):
    """The gradients of the sum of all outputs over some rows, by layer: a matrix and a list."""
    model.zero_grad()
    outputs = [model(row) for row in rows]
    total([y for each in outputs for y in (each if isinstance(each, list) else [each])]).backward()
    layers = [layer.neurons for layer in model.layers] if isinstance(model, MLP) else [getattr(model, "neurons", [model])]
    return [([[float(w.grad) for w in n.w] for n in neurons], [float(n.b.grad) for n in neurons]) for neurons in layers]


def gradients_there(sequential, rows):
    sequential.zero_grad()
    sequential(torch.tensor(rows, dtype=torch.float64)).sum().backward()
    linears = [module for module in sequential if isinstance(module, nn.Linear)]
    return [(linear.weight.grad.tolist(), linear.bias.grad.tolist()) for linear in linears]


def outputs_of(sequential, rows):
    with torch.no_grad():
        return sequential(torch.tensor(rows, dtype=torch.float64)).tolist()


def as_rows(predictions):
    return [y if isinstance(y, list) else [y] for y in predictions]


def sample_rows(width, count=5):
    source = random.Random(3)
    return [[source.uniform(-2, 2) for _ in range(width)] for _ in range(count)]


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_is_the_same_function_there(name):
    neuron = Neuron(1, activation=name)
    neuron.theta = [1.0, 0.0]
    rows = [[x] for x in INPUTS]
    sequential = neuron.to_torch()
    assert outputs_of(sequential, rows) == [near([y]) for y in neuron.predict(rows)]
    for row in rows:
        assert gradients_there(sequential, [row])[0][0][0] == near(gradients_here(neuron, [row])[0][0][0])


@pytest.mark.parametrize("name", NAMES)
def test_a_network_has_the_same_outputs_and_gradients_there(name):
    model, rows = MLP(3, [4, 5, 2], [name, "tanh", name], seed=1, init="glorot"), sample_rows(3)
    sequential = model.to_torch()
    assert outputs_of(sequential, rows) == [near(y) for y in model.predict(rows)]
    for here, there in zip(gradients_here(model, rows), gradients_there(sequential, rows), strict=True):
        assert there[0] == [near(row) for row in here[0]]
        assert there[1] == near(here[1])


@pytest.mark.parametrize(
    "model",
    [
        Neuron(3, activation="tanh", seed=1),
        Neuron(2, activation=None, seed=1),
        Layer(3, 4, activation="gelu", seed=1),
        MLP(2, [1], seed=1),
        MLP(2, [16, 16, 1], seed=1, expanded=True),
    ],
    ids=repr,
)
def test_every_kind_of_layer_goes_there(model):
    width = len(model._rows()[0][0].w)
    rows, sequential = sample_rows(width), model.to_torch()
    assert type(sequential) is nn.Sequential
    assert {p.dtype for p in sequential.parameters()} == {torch.float64}
    assert outputs_of(sequential, rows) == [near(row) for row in as_rows(model.predict(rows))]
    for here, there in zip(gradients_here(model, rows), gradients_there(sequential, rows), strict=True):
        assert there == ([near(row) for row in here[0]], near(here[1]))


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back_the_model_is_the_same_to_the_bit(name):
    model = MLP(3, [4, 2], [name, name], seed=2)
    again = MLP.from_torch(model.to_torch())
    assert repr(again) == repr(model)
    assert again.theta.values == model.theta.values


def test_what_is_made_is_a_copy():
    model = MLP(2, [1], seed=0)
    sequential, before = model.to_torch(), model.theta.values
    with torch.no_grad():
        sequential[0].weight.fill_(7.0)
    assert model.theta.values == before


def test_the_words_of_a_sequential_made_by_hand_are_read():
    torch.manual_seed(0)
    given = nn.Sequential(
        nn.Linear(3, 4), nn.Identity(), nn.Tanh(), nn.Sequential(nn.Linear(4, 2, bias=False), nn.Softplus(threshold=40))
    )
    model, rows = MLP.from_torch(given), sample_rows(3)
    assert repr(model) == "MLP 3 → 4 → 2, tanh, softplus, 26 parameters"
    # its numbers are those of float32, and the arithmetic here is that of float64
    assert outputs_of(given.double(), rows) == [near(y) for y in model.predict(rows)]
    assert [b.constant for b in model.layer2.b] == [True, True]
    assert not any(p.constant for p in model.layer1.b)


def test_half_precision_is_taken_as_it_is():
    given = nn.Sequential(nn.Linear(1, 1, dtype=torch.bfloat16))
    with torch.no_grad():
        given[0].weight.fill_(0.1)
        given[0].bias.fill_(2.0)
    assert MLP.from_torch(given).theta.values == [0.10009765625, 2.0]


def test_what_is_frozen_stays_frozen_on_both_ways():
    model = MLP(2, [3, 1], seed=0)
    model.layer1.freeze()
    for b in model.layer2.b:
        b.constant = True
    sequential = model.to_torch()
    assert [p.requires_grad for p in sequential.parameters()] == [False, False, True, False]
    again = MLP.from_torch(sequential)
    assert [p.constant for p in again.parameters()] == [p.constant for p in model.parameters()]


def test_an_mlp_that_is_subclassed_comes_as_that_class():
    class Mine(MLP):
        pass

    assert type(Mine.from_torch(nn.Sequential(nn.Linear(1, 1)))) is Mine


# What is refused -----------------------------------------------------------------------------------------------------

TAKES = (
    "Linear, each with one of ReLU, Tanh, Sigmoid, LeakyReLU, ELU, Softplus, GELU, SiLU, Mish, SELU and Softsign behind it or "
    "with none"
)
shared = nn.Linear(2, 2)
tied = nn.Linear(2, 2)
tied.weight = shared.weight
infinite = nn.Linear(1, 1)
with torch.no_grad():
    infinite.bias.fill_(torch.inf)


class Doubled(nn.Sequential):
    def forward(self, x):
        return 2 * super().forward(x)


REFUSED = {
    "a module that an MLP has not": (
        nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5)),
        f"module 1, Dropout(p=0.5, inplace=False), cannot be taken: an MLP is made of {TAKES}",
    ),
    "one inside another": (
        nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.Softmax(1))),
        f"module 1.1, Softmax(dim=1), cannot be taken: an MLP is made of {TAKES}",
    ),
    "a Sequential with a forward of its own": (
        nn.Sequential(Doubled(nn.Linear(1, 1))),
        f"module 0, a Doubled, cannot be taken: an MLP is made of {TAKES}",
    ),
    "an activation with another slope": (
        nn.Sequential(nn.Linear(2, 2), nn.LeakyReLU(0.2)),
        (
            "module 1, LeakyReLU(negative_slope=0.2), cannot be taken: leaky_relu here is what LeakyReLU(negative_slope=0.01) "
            "computes"
        ),
    ),
    "Softplus as it is by default": (
        nn.Sequential(nn.Linear(2, 2), nn.Softplus()),
        (
            # As PyTorch writes it, which older ones do without the .0.
            f"module 1, {nn.Softplus()!r}, cannot be taken: softplus here is what Softplus(beta=1.0, "
            "threshold=37.0) computes, because below that threshold PyTorch leaves out what float64 can tell"
        ),
    ),
    "an approximation": (
        nn.Sequential(nn.Linear(2, 2), nn.GELU("tanh")),
        "module 1, GELU(approximate='tanh'), cannot be taken: gelu here is what GELU(approximate='none') computes",
    ),
    "an activation first": (
        nn.Sequential(nn.ReLU(), nn.Linear(2, 2)),
        "module 0, ReLU(), cannot be taken: before it is nothing, and a layer begins with its Linear",
    ),
    "two activations": (
        nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Tanh()),
        "module 2, Tanh(), cannot be taken: before it is another activation, and a layer has one",
    ),
    "nothing": (nn.Sequential(), f"this Sequential has no Linear: an MLP is made of {TAKES}"),
    "the same Linear twice": (
        nn.Sequential(shared, nn.ReLU(), shared),
        (
            "the weight of module 2, Linear(in_features=2, out_features=2, bias=True), is that of module 0 as well: shared "
            "tensors cannot be taken, give each Linear its own"
        ),
    ),
    "a tensor in two of them": (
        nn.Sequential(shared, nn.ReLU(), tied),
        (
            "the weight of module 2, Linear(in_features=2, out_features=2, bias=True), is that of module 0 as well: shared "
            "tensors cannot be taken, give each Linear its own"
        ),
    ),
    "widths that do not fit": (
        nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1)),
        "module 1, Linear(in_features=4, out_features=1, bias=True), takes 4 inputs, and the Linear before it has 3 outputs",
    ),
    "a number that is not finite": (
        nn.Sequential(infinite),
        "the bias of module 0, Linear(in_features=1, out_features=1, bias=True), has numbers that are not finite",
    ),
    "no numbers": (
        nn.Sequential(nn.Linear(1, 1, device="meta")),
        (
            "the weight of module 0, Linear(in_features=1, out_features=1, bias=True), is of torch.float32 on the device meta: "
            "real numbers in memory can be taken"
        ),
    ),
    "complex numbers": (
        nn.Sequential(nn.Linear(1, 1, dtype=torch.complex64)),
        (
            "the weight of module 0, Linear(in_features=1, out_features=1, bias=True), is of torch.complex64 on the device "
            "cpu: real numbers in memory can be taken"
        ),
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_taken_is_named(kind):
    given, message = REFUSED[kind]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        MLP.from_torch(given)


def test_a_module_with_hooks_is_named():
    given = nn.Sequential(nn.Linear(1, 1))
    given[0].register_forward_hook(lambda module, inputs, output: 2 * output)
    with pytest.raises(ValueError, match=r"^module 0, Linear\(.*\), has hooks, which change what it computes"):
        MLP.from_torch(given)
    outer = nn.Sequential(nn.Linear(1, 1))
    outer.register_forward_pre_hook(lambda module, inputs: None)
    with pytest.raises(ValueError, match=r"^the Sequential itself, a Sequential, has hooks"):
        MLP.from_torch(outer)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 1)


@pytest.mark.parametrize(
    ("given", "named"), [(Net(), "a Net"), (nn.ReLU(), r"ReLU\(\)"), (torch.ones(2), "a Tensor"), ({"w": 1}, r"\{'w': 1\}")]
)
def test_what_is_no_sequential_is_named(given, named):
    with pytest.raises(TypeError, match=f"^from_torch takes a torch.nn.Sequential, whose modules are .*, not {named}(;|$)"):
        MLP.from_torch(given)


# The page ------------------------------------------------------------------------------------------------------------


def test_the_examples_of_the_page_run(tmp_path, monkeypatch):
    import doctest

    monkeypatch.chdir(tmp_path)
    page = Path(__file__).parents[3] / "docs" / "pytorch-and-sympy.md"
    text = "\n".join(re.findall(r"^```pycon\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE))
    examples = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, page.name, str(page), 0)
    assert len(examples.examples) > 5
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(examples).failed == 0


def test_a_graph_of_any_wiring_goes_there_as_a_program():
    from chalkgrad.engine import program

    x, w = Value(0.5, "x"), Value(2.0, "w")
    f = program(sin(w * x) * w, inputs=[w, x]).function(torch)
    w_there = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    value, (by_w, _) = f(w_there, torch.tensor(0.5, dtype=torch.float64))
    value.backward()
    assert w_there.grad.item() == near(by_w.item())
