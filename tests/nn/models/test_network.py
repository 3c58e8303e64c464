"""Networks of any wiring: the lecture's two figures, what they are called and compute, and what they refuse."""

import copy
import math
import pickle
import random

import pytest
from chalkgrad.command.examples import build, load
from chalkgrad.engine import Value, affine, ceil, chain_rule, exp, heaviside, no_grad, operation, sign, tanh
from chalkgrad.nn import MLP, Layer, Module, Neuron
from chalkgrad.nn.models.affine import Affine, collapse
from chalkgrad.nn.models.network import Network
from chalkgrad.nn.models.trainability import untrainable
from chalkgrad.viz import draw

NEURONS = """
    z1 = h1(x2, x3)
    z2 = h2(x1, x2)
    z3 = h3(x1, z1)
    z4 = h4(z1, x3)
    y1 = h5(z2, z3)
    y2 = h6(z1, z3, z4)
"""
PATHS = """
    z1 = h1(x1, x2, x3)
    z2 = h2(x1, z1)
    z3 = h3(z2)
    z4 = h4(z1, z2)
    z5 = h5(x1, z2)
    z6 = h6(z3, z4)
    z7 = h7(z5, z6)
    y1 = h8(z5, z7)
    y2 = z7
    y3 = h9(z4, z7)
"""
# The functions that the worked example "paths" chooses for the figure.
FUNCTIONS = {
    "h1": lambda a, b, c, θ: θ * (a + b + c),
    "h2": lambda a, b, θ: θ * a * b,
    "h3": lambda a, θ: θ * a,
    "h4": lambda a, b, θ: a + θ * b,
    "h5": lambda a, b, θ: a + θ * b,
    "h6": lambda a, b, θ: θ * a * b,
    "h7": lambda a, b, θ: a + θ * b,
    "h8": lambda a, b, θ: θ * a * b,
    "h9": lambda a, b, θ: a + θ * b,
}
INPUTS = ["x1", "x2", "x3"]
X = [1.0, 0.5, -1.0]


def neurons(activation="tanh", **options):
    return Network("x1 x2 x3", NEURONS, activation, seed=0, **options)


def paths(units=FUNCTIONS):
    numbers = load("paths").inputs
    return Network(INPUTS, PATHS, units=units, parameters={f"h{i}.θ": numbers[f"θ{i}"] for i in range(1, 10)})


# The two figures -----------------------------------------------------------------------------------------------------


def test_the_figure_of_neurons_that_feed_neurons():
    net = neurons()
    assert repr(net) == "Network x1, x2, x3 → y1, y2: 6 units, 4 of them hidden, depth 3, 19 parameters"
    assert (net.inputs, net.outputs) == (INPUTS, ["y1", "y2"])
    assert net.hidden_units == ["h1", "h2", "h3", "h4"]
    assert net.order == list(net.units) == ["h1", "h2", "h3", "h4", "h5", "h6"]
    assert net.depth == 3
    assert net.is_deep
    assert net.deep_path == ["x2", "h1", "h4", "h6", "y2"]
    assert repr(net.is_deep) == "deep: x2 → h1 → h4 → h6 → y2 passes 2 hidden units"


def test_theta_is_one_vector_with_readable_names():
    net = neurons()
    widths = [2, 2, 2, 2, 2, 3]
    expected = [f"h{i}.{name}" for i, n in enumerate(widths, 1) for name in [*(f"w{k}" for k in range(1, n + 1)), "b"]]
    assert [name for name, _ in net.named_parameters()] == expected
    assert [p for _, p in net.named_parameters()] == net.parameters()
    assert {p.place for p in net.parameters()} == set(net.order)


def test_the_neurons_compute_the_numbers_of_the_worked_example():
    example = load("network")
    shared = {name: number for name, number in example.inputs.items() if name not in INPUTS}
    start = {
        (f"h{name[1:]}.b" if name.startswith("b") else "h{}.w{}".format(*name[1:].split("_"))): number
        for name, number in shared.items()
    }
    net = neurons(parameters=start)
    assert [name for name, _ in net.named_parameters()] == list(start)
    y1, y2 = net([example.inputs[name] for name in INPUTS])
    expected = build(example)
    assert [y1.data, y2.data] == [expected.names["y1"].data, expected.names["y2"].data]
    y1.backward()
    expected.names["y1"].backward()
    for ours, theirs in zip(start, shared, strict=True):
        assert dict(net.named_parameters())[ours].grad == pytest.approx(expected.names[theirs].grad, rel=1e-14), ours


def test_the_figure_of_paths():
    net = paths()
    assert (net.inputs, net.outputs) == (INPUTS, ["y1", "y2", "y3"])
    assert net.hidden_units == ["h1", "h2", "h3", "h4", "h5", "h6"]
    assert net.order == [f"h{i}" for i in range(1, 10)]
    assert net.depth == 6
    assert repr(net.is_deep) == "deep: x1 → h1 → h2 → h4 → h6 → h7 → h9 → y3 passes 4 hidden units"
    assert [name for name, _ in net.named_parameters()] == [f"h{i}.θ" for i in range(1, 10)]


def test_the_paths_are_counted_and_their_sums_are_the_gradients():
    net, x = paths(), [Value(number, name) for name, number in zip(INPUTS, [1.0, 2.0, -1.0], strict=True)]
    y1, y2, y3 = net(x)
    assert [y1.data, y2.data, y3.data] == [241.5, 11.5, 49.0]
    theta = [p for _, p in net.named_parameters()]
    counts = {i: chain_rule(y1, theta[i - 1], by="unit").count for i in (3, 5, 2, 1)}
    assert counts == {3: 1, 5: 2, 2: 4, 1: 5}
    assert chain_rule(y1, x[0], by="unit").count == 11
    y1.backward()
    assert [p.grad for p in theta[:8]] == [522.0, 459.0, -189.0, 63.0, 111.0, -189.0, 31.5, 80.5]
    assert not theta[8].has_grad
    assert [v.grad for v in x] == [775.5, 261.0, 261.0]


def test_units_may_be_operations_that_record_one_node():
    units = {name: operation(name, function) for name, function in FUNCTIONS.items()}
    net = paths(units)
    x = [Value(number, name) for name, number in zip(INPUTS, [1.0, 2.0, -1.0], strict=True)]
    results = net.results(x)
    assert results["y1"].data == 241.5
    assert [chain_rule(results["y1"], net.units[f"h{i}"].parameters()[0]).count for i in (3, 5, 2, 1)] == [1, 2, 4, 5]
    assert chain_rule(results["y1"], x[0]).count == 11
    assert str(chain_rule(results["y1"], net.parameters()[2])).startswith(
        "∂y1/∂h3.θ = ∂h8/∂z7 · ∂h7/∂z6 · ∂h6/∂z3 · ∂h3/∂h3.θ\n"
    )


def test_a_second_name_is_the_same_node():
    net = paths()
    results = net.results([1.0, 2.0, -1.0])
    assert results["y2"] is results["z7"]
    assert net([1.0, 2.0, -1.0])[1].label == "z7"
    assert Network("x", "a = x; b = a; y = h(b); z = y", seed=0).results([2.0])["b"].label == "x"
    assert Network("x", "z = y; y = h(x)", seed=0).outputs == ["z"]


# What it computes ----------------------------------------------------------------------------------------------------


def test_neurons_compute_the_formula_by_hand():
    net = neurons()
    w = {name: p.data for name, p in net.named_parameters()}
    x1, x2, x3 = X

    def h(i, *inputs):
        return math.tanh(sum(w[f"h{i}.w{k}"] * x for k, x in enumerate(inputs, 1)) + w[f"h{i}.b"])

    z1, z2 = h(1, x2, x3), h(2, x1, x2)
    z3, z4 = h(3, x1, z1), h(4, z1, x3)
    expected = [h(5, z2, z3), h(6, z1, z3, z4)]
    assert net.predict(X) == [v.data for v in net(X)] == pytest.approx(expected, rel=1e-14)
    assert [v.data for v in net(x3=x3, x1=x1, x2=x2)] == [v.data for v in net(X)]
    assert net.predict({"x1": x1, "x2": x2, "x3": x3}) == net.predict(X)


@pytest.mark.parametrize("expanded", [False, True])
def test_gradients_agree_with_differences(expanded):
    net = neurons(expanded=expanded)
    net(X)[1].backward()
    for name, p in net.named_parameters():
        before, h = p.data, 1e-5
        ends = []
        for p.data in (before + h, before - h):
            ends.append(net.predict(X)[1])
        p.data = before
        assert p.grad == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-7, abs=1e-10), name


def test_a_function_with_parameters_has_the_derivative_of_its_formula():
    net = Network(
        "x", "z = h1(x); y = h2(z, x)", units={"h1": lambda x, a=2.0: exp(a * x), "h2": lambda z, x, b=3.0: b * z * x}
    )
    y = net([0.5])
    y.backward()
    grads = {name: p.grad for name, p in net.named_parameters()}
    assert y.data == pytest.approx(1.5 * math.e)
    assert grads == {"h1.a": pytest.approx(0.75 * math.e), "h2.b": pytest.approx(0.5 * math.e)}


def test_a_parameter_without_a_default_begins_at_random_and_the_seed_repeats_it():
    def make(**options):
        return Network("x1 x2", "z = h1(x1, x2); y = h2(z)", units={"h1": lambda a, b, θ, c=1.0: θ * a + c * b}, **options)

    first, second, other = make(seed=3), make(seed=3), make(seed=4)
    assert [p.data for p in first.parameters()] == [p.data for p in second.parameters()]
    assert first.parameters()[0].data != other.parameters()[0].data
    assert -1 < first.parameters()[0].data < 1
    assert make(seed=3, parameters={"h1.θ": 5, "h2.w1": 7}).predict([1.0, 0.0]) == 35.0


def test_units_differ_and_a_module_may_be_one():
    inner = Neuron(2, activation="tanh", seed=1)
    net = Network("x1 x2", "a = h1(x1, x2); b = h2(x1, x2); y = h3(a, b)", units={"h1": inner, "h2": inner, "h3": None}, seed=0)
    assert [name for name, _ in net.named_parameters()] == ["h1.w1", "h1.w2", "h1.b", "h3.w1", "h3.w2", "h3.b"]
    results = net.results([1.0, 2.0])
    assert results["a"].data == results["b"].data == inner([1.0, 2.0]).data
    assert (results["a"].place, results["b"].place) == ("h1.neuron", "h2.neuron")
    assert results["y"].op.name == "affine"
    whole = Network("x1 x2", "y = g(x1, x2)", units={"g": net})
    assert whole.predict([1.0, 2.0]) == net.predict([1.0, 2.0])


def test_values_given_as_inputs_keep_their_labels_and_get_gradients():
    x = [Value(1.0, "p"), Value(2.0), Value(3.0, "r")]
    net = neurons()
    y = net(x)[1]
    assert [v.label for v in x] == ["p", "", "r"]
    y.backward()
    assert all(v.has_grad for v in x)


def test_results_are_labelled_and_lie_in_their_unit():
    tape = neurons()(X)[1].tape()
    assert {node.label: node.place for node in tape if node.op is not None and node.label} == {
        "z1": "h1",
        "z3": "h3",
        "z4": "h4",
        "y2": "h6",
    }
    assert {node.label for node in tape if node.op is None and not node.place} == {"x1", "x2", "x3"}


def test_a_network_is_drawn_with_its_names():
    svg = draw(*neurons()(X)).svg
    assert svg.startswith("<svg")
    assert all(f">{name}<" in svg for name in ("h₁", "h₆", "z₁", "z₄", "y₁", "y₂"))


def test_nothing_is_recorded_under_no_grad():
    with no_grad():
        assert [v.parents for v in neurons()(X)] == [(), ()]


def test_copies_and_pickles_are_networks_of_their_own():
    net = neurons()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert twin.predict(X) == net.predict(X)
        assert not set(twin.parameters()) & set(net.parameters())
        assert (repr(twin), repr(twin.is_deep)) == (repr(net), repr(net.is_deep))
    assert copy.deepcopy(paths()).predict([1.0, 2.0, -1.0]) == [241.5, 11.5, 49.0]


# What it is ----------------------------------------------------------------------------------------------------------


def test_units_may_be_declared_in_any_order():
    lines = [line.strip() for line in NEURONS.strip().splitlines()]
    net = Network("x1, x2, x3", "; ".join(reversed(lines)), "tanh", outputs="y1 y2", seed=0)
    assert list(net.units) == ["h6", "h5", "h4", "h3", "h2", "h1"]
    assert net.order == ["h2", "h1", "h4", "h3", "h6", "h5"]
    assert net.hidden_units == ["h4", "h3", "h2", "h1"]
    assert next(net.named_parameters())[0] == "h6.w1"


def test_one_hidden_unit_on_each_path_is_not_deep():
    net = Network("x1 x2", "a = h1(x1, x2); b = h2(x1, x2); y = h3(a, b, x1)", seed=0)
    assert not net.is_deep
    assert repr(net.is_deep) == "not deep: no path passes more than 1 hidden unit, x1 → h2 → h3 → y passes 1"
    assert net.depth == 2
    perceptron = Network("x1 x2", "y = h(x1, x2)", "step", seed=0)
    assert repr(perceptron.is_deep) == "not deep: no path passes more than 1 hidden unit, x1 → h → y passes 0"
    assert repr(perceptron) == "Network x1, x2 → y: 1 unit, depth 1, 3 parameters"


def test_describe_has_the_order_of_evaluation_and_says_what_is_not_used():
    units = {"h2": lambda z, θ=1.0: θ * z, "h3": Neuron(1, activation="relu", seed=0), "h4": "step"}
    net = Network("x1 x2", "z2 = h2(z1); z1 = h1(x1); a = h3(z2); b = h4(z2); y = a", "tanh", units=units, seed=0)
    assert str(net.describe()) == "\n".join(
        [
            " unit │ takes │ gives │ kind        │ parameters",
            "──────┼───────┼───────┼─────────────┼────────────",
            " h1   │ x1    │ z1    │ tanh neuron │ w1, b",
            " h2   │ z1    │ z2    │ function    │ θ",
            " h3   │ z2    │ a     │ relu neuron │ w1, b",
            " h4   │ z2    │ b     │ step neuron │ w1, b",
            "y = a",
            "hidden units: h2, h1",
            "depth: 3",
            "deep: x1 → h1 → h2 → h4 → b passes 2 hidden units",
            "no unit takes x2",
        ]
    )
    assert repr(net) == "Network x1, x2 → b, y: 4 units, 2 of them hidden, depth 3, 7 parameters; no unit takes x2"


def random_wiring(source):
    """Inputs, and what each of some units takes, in an order that is not that of evaluation."""
    inputs = [f"x{i}" for i in range(1, source.randint(1, 3) + 1)]
    takes = {}
    for i in range(1, source.randint(1, 7) + 1):
        takes[f"z{i}"] = source.choices([*inputs, *takes], k=source.randint(1, 3))
    shuffled = source.sample(list(takes), len(takes))
    return inputs, {z: takes[z] for z in shuffled}


@pytest.mark.parametrize("seed", range(40))
def test_any_wiring_is_what_going_through_all_its_paths_finds(seed):
    inputs, takes = random_wiring(random.Random(seed))
    net = Network(inputs, "\n".join(f"{z} = h{z[1:]}({', '.join(x)})" for z, x in takes.items()), "linear", seed=seed)

    def paths_to(z):
        return [[z]] if z in inputs else [[*path, f"h{z[1:]}"] for x in takes[z] for path in paths_to(x)]

    taken = {x for xs in takes.values() for x in xs}
    assert net.outputs == [z for z in takes if z not in taken]
    assert net.hidden_units == [f"h{z[1:]}" for z in takes if z in taken]
    found = [[*path, z] for z in net.outputs for path in paths_to(z)]
    hidden = [sum(name in net.hidden_units for name in path) for path in found]
    assert net.depth == max(len(path) - 2 for path in found)
    assert bool(net.is_deep) == (max(hidden) > 1)
    assert net.deep_path in found
    assert hidden[found.index(net.deep_path)] == max(hidden)
    for place, name in enumerate(net.order):
        assert all(x in inputs or f"h{x[1:]}" in net.order[:place] for x in takes[f"z{name[1:]}"])
    x = [0.3, -1.2, 2.0][: len(inputs)]
    outputs = net.predict(x)
    assert net.collapse()(x) == pytest.approx(outputs, rel=1e-12, abs=1e-12)


def test_a_chain_of_ten_thousand_units():
    n = 10_000
    lines = "\n".join(f"z{i} = h{i}(z{i - 1})" for i in range(1, n + 1))
    net = Network("z0", lines, "linear", parameters={f"h{i}.w1": 1.0 for i in range(1, n + 1)})
    assert (net.depth, len(net.hidden_units), net.order[-1]) == (n, n - 1, "h10000")
    assert repr(net.is_deep) == ("deep: z0 → h1 → h2 → h3 → … → h9998 → h9999 → h10000 → z10000 passes 9999 hidden units")
    y = net([2.5])
    y.backward()
    assert y.data == 2.5
    assert all(p.has_grad for p in net.parameters())
    assert repr(net.collapse()) == "z10000 = z0"
    assert net.untrainable() == ""
    with pytest.raises(ValueError, match=r"^h1 → h2 → h3 → h4 → … → h9998 → h9999 → h10000 → h1 is a cycle: "):
        Network("x", f"z0 = h0(x, x)\n{lines}".replace("h1(z0)", f"h1(z0, z{n})"), outputs="z5")


# What it refuses -----------------------------------------------------------------------------------------------------

OWN = "every input, unit and result needs a name of its own"
READ = "a line says which unit gives what, such as z1 = h1(x1, x2), or gives a second name, such as y = z1"
RECURRENT = "is a cycle: this is a recurrent network, which backpropagation over one forward pass does not cover"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Network("x1", "z2 = h2(z1); z3 = h3(z2); z1 = h1(x1, z3); y = h4(z3)"), f"h2 → h3 → h1 → h2 {RECURRENT}"),
        (lambda: Network("x1", "a = h1(x1); z1 = h2(a, z1); y = h3(z1)"), f"h2 → h2 {RECURRENT}"),
        (lambda: Network("x1", "z = h(x1, y); y = z"), f"h → h {RECURRENT}"),
        (
            lambda: Network("x1", "y = h(x1); a = b; b = a"),
            "a = b = a: these names stand for each other, and none for a result of a unit",
        ),
        (
            lambda: Network("x1 x2", "z1 = h1(x3)"),
            "there is no x3 for 'z1 = h1(x3)': it is neither an input nor the result of a unit; there are x1, x2, z1",
        ),
        (
            lambda: Network("width", "y = h1(Widht)"),
            "there is no Widht for 'y = h1(Widht)': it is neither an input nor the result of a unit: did you mean width?",
        ),
        (
            lambda: Network("x1", "z1 = h1(x1); y = h2(h1)"),
            "h1 is a unit, and h2 takes results: in 'y = h2(h1)' write z1, which it gives",
        ),
        (
            lambda: Network("x1", "z1 = h1(x1); z1 = h2(x1)"),
            f"z1 is used twice, for the result of h1 and for the result of h2: {OWN}",
        ),
        (
            lambda: Network("x1", "z1 = h1(x1); z2 = h1(x1)"),
            f"h1 is used twice, for the unit that gives z1 and for the unit that gives z2: {OWN}",
        ),
        (
            lambda: Network("x1 x1", "z1 = h1(x1)"),
            f"x1 is used twice, for an input and for an input: {OWN}",
        ),
        (
            lambda: Network("x1", "z1 = h1(x1); x1 = z1"),
            f"x1 is used twice, for an input and for another name for z1: {OWN}",
        ),
        (lambda: Network("x1", "z1 = h1( )"), "h1 has no inputs in 'z1 = h1( )': write what it takes, such as h1(x1, x2)"),
        (
            lambda: Network("x1 x2", "z1 = h1(x1, x2)\ny = h2(z1 x1)"),
            f"cannot read 'y = h2(z1 x1)': {READ}",
        ),
        (lambda: Network("x1", "y = x1"), "a network needs at least one unit, such as y = h1(x1, x2)"),
        (lambda: Network("", "y = h(x1)"), "a network needs at least one of its inputs, such as x1"),
        (
            lambda: Network("x-1", "y = h(x1)"),
            "'x-1' is not a name, among the inputs: names are made of letters and digits, such as x1",
        ),
        (
            lambda: Network("x1", "y = h1(x1); z = h2(x1)", outputs="y"),
            "'z = h2(x1)' leads to no output: name z among the outputs, or leave h2 out",
        ),
        (lambda: Network("x1", "y1 = h1(x1)", outputs="z"), "there is no z to be an output; there are x1, y1"),
        (lambda: Network("x1", "y1 = h1(x1)", outputs="h1"), "h1 is a unit, and outputs are results: write y1, which it gives"),
        (lambda: Network("x1", "y1 = h1(x1)", outputs="y1 y1"), "the output y1 is named twice"),
        (lambda: Network("x1", "y = h1(x1)", units={"h2": "tanh"}), "there is no unit h2 in the wiring; there is only h1"),
        (lambda: Network("x1", "y = h1(x1)", parameters={"h1.w2": 1}), "there is no parameter h1.w2: did you mean h1.w1?"),
        (
            lambda: Network("x1 x2", "y = h1(x1, x2)", units={"h1": tanh}),
            "h1 takes 2 inputs, and its function 1; a neuron with an activation of your own is Neuron(2, activation=…)",
        ),
        (lambda: neurons()([1.0]), "the network takes 3 inputs, x1, x2, x3, and was given 1"),
        (lambda: neurons()(x1=1, x2=2), "the network takes 3 inputs, x1, x2, x3, and x3 was not given"),
        (lambda: neurons()(x1=1, x2=2, x3=3, x4=4), "there is no input x4; there are x1, x2, x3"),
        (
            lambda: Network("x", "y = h(x)", "tanh", units={"h": lambda x: 2 * x}),
            "no unit has the activation tanh: units says of each of them what it is, so leave it out",
        ),
        (
            lambda: Network("x", "y = h(x)", units={"h": lambda x: 2 * x}, expanded=True),
            "expanded is for neurons, and units has a function or a module for each unit: leave it out",
        ),
        (
            lambda: Network("x", "y = h(x)", init=lambda inputs, outputs: [0.0] * inputs, seed=3),
            "seed has no effect on an init that is a function of your own: leave seed out, or name a way to begin",
        ),
    ],
)
def test_what_cannot_be_gets_one_sentence(make, sentence):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - compared whole, below
        make()
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Network(3, "y = h(x1)"), "the inputs are named in a text or a list"),
        (lambda: Network("x1", {"y": "h"}), "the wiring is a text"),
        (lambda: neurons()(1.0), "the network takes a list of 3 inputs, x1, x2, x3, not 1.0"),
        (lambda: neurons()(X, x1=1.0), "inputs are given as a list or by name, not both"),
        (lambda: Network("x", "y = h(x)", units={"h": lambda x: 3.0})([1.0]), "a unit gives one Value, and h gave 3.0"),
        (lambda: Network("x", "y = h(x)", units={"h": Layer(1, 2, seed=0)})([1.0]), "a unit gives one Value, and h gave "),
    ],
)
def test_what_is_of_the_wrong_kind_gets_one_sentence(make, sentence):
    with pytest.raises(TypeError, match=sentence):
        make()


# Without activations -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expanded", [False, True])
def test_a_network_without_activations_is_one_affine_map(expanded):
    source = random.Random(0)
    skips = Network("x1 x2 x3", PATHS, "linear", seed=5, expanded=expanded)
    for model in (neurons("linear", expanded=expanded), skips, MLP(3, [4, 3, 2], None, seed=1, expanded=expanded)):
        for p in model.parameters():
            p.data = source.uniform(-2, 2)
        one = collapse(model)
        for _ in range(20):
            x = [source.uniform(-3, 3) for _ in range(3)]
            assert one(x) == pytest.approx(model.predict(x), rel=1e-12, abs=1e-12)
        assert len(one.W) == len(one.b) == len(model.predict(X))
        assert not any(p.has_grad for p in model.parameters())


def test_the_affine_map_shows_itself_as_a_formula():
    net = Network("x1 x2 x3", "z = h1(x1, x2); y1 = h2(x1, z); y2 = h3(x3)", "linear")
    for name, p in net.named_parameters():
        p.data = {"h1.w1": 1, "h1.w2": -0.5, "h1.b": 2, "h2.w2": 2, "h2.b": -1}.get(name, 0)
    assert repr(net.collapse()) == "y1 = 2·x1 - x2 + 3\ny2 = 0"
    assert (net.collapse().W, net.collapse().b) == ([[2.0, -1.0, 0.0], [0.0, 0.0, 0.0]], [3.0, 0.0])
    assert repr(Affine(["a", "b"], ["y"], [[-1.0, 0.25]], [-7.0])) == "y = -a + 0.25·b - 7"
    assert repr(collapse(Neuron(1, activation=None, seed=0))).startswith("y = 0.6888·x1")
    with pytest.raises(ValueError, match="the map takes 3 numbers, x1, x2, x3, and was given 1"):
        net.collapse()([1.0])


def test_functions_that_are_affine_in_their_inputs_collapse_whatever_their_parameters_do():
    units = {
        "h1": lambda a, b, θ=0.5: exp(θ) * (a - b) / θ + θ**2,
        "h2": operation("h2", lambda a, b, t: t * (a - b) + exp(t) * a),
        "h3": lambda a, b: (a + b) / 2 - 1,
    }
    wiring = "p = h1(x1, x2); q = h2(x2, p); y = h3(p, q)"
    net = Network("x1 x2", wiring, units=units, parameters={"h2.t": 0.25})
    for x in ([0.0, 0.0], [1.0, -2.0], [3.0, 0.5]):
        assert net.collapse()(x) == pytest.approx(net.predict(x), rel=1e-13)


@pytest.mark.parametrize(
    ("make", "does"),
    [
        (neurons, "h1 has activation tanh"),
        (lambda: neurons("linear", units={"h4": "relu"}), "h4 has activation relu"),
        (lambda: neurons("linear", units={"h2": "step", "h5": "tanh"}), "h2 has activation step"),
        (lambda: neurons("linear", units={"h3": Neuron(2, activation="tanh")}), "h3 has activation tanh"),
        (paths, "h2 multiplies two values that depend on the inputs"),
        (
            lambda: Network("x", "y = h(x)", units={"h": lambda x: affine([x, 1.0], [x, 2.0], 0.0)}),
            "h multiplies two values that depend on the inputs",
        ),
        (
            lambda: Network("x", "y = h(x)", units={"h": lambda x: x**2}),
            "h takes a power of a value that depends on the inputs",
        ),
        (lambda: Network("x", "y = h(x)", units={"h": lambda x: 1 / x}), "h divides by a value that depends on the inputs"),
        (
            lambda: Network("x", "y = h(x)", units={"h": lambda x: x.log()}),
            "h applies log to a value that depends on the inputs",
        ),
        (
            lambda: Network("x", "y = h(x)", units={"h": operation("jump", lambda x: x + heaviside(x / 2))}),
            "h applies jump to a value that depends on the inputs",
        ),
        *(
            (
                lambda f=f: Network("x", "y = h(x)", units={"h": operation("jump", lambda x: x + f(x))}),
                "h applies jump to a value that depends on the inputs",
            )
            for f in (ceil, sign, lambda x: x // 2)
        ),
        (lambda: Network("x", "y = h(x)", units={"h": lambda x: x % 2}), "h applies % to a value that depends on the inputs"),
    ],
)
def test_a_network_with_activations_does_not_collapse(make, does):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - compared whole, below
        make().collapse()
    assert str(caught.value) == f"{does}, which is not affine, so no one affine map equals the Network"


def test_the_model_that_does_not_collapse_is_named():
    with pytest.raises(ValueError, match=r"^layer1\.neuron1 applies relu to a value .* equals the MLP$"):
        collapse(MLP(2, [3, 1], seed=0))


class Scaled(Module):
    """A module of one's own, whose width nobody can know."""

    def __init__(self):
        self.s = Value(3.0, "s")

    def __call__(self, x):
        return self.s * (x[0] + x[1])


def test_a_module_of_ones_own_needs_an_example_of_its_inputs():
    assert repr(collapse(Scaled(), [0.0, 0.0])) == "y = 3·x1 + 3·x2"
    assert untrainable(Scaled(), [0.0, 0.0]) == ""
    with pytest.raises(TypeError, match="how many inputs has a Scaled"):
        collapse(Scaled())


# What cannot be trained ----------------------------------------------------------------------------------------------


NO_GRADIENT = "the derivative of step is 0 everywhere, so no gradient reaches"
DESCENT = "gradient descent cannot move them"


def test_the_perceptron_trains_nowhere_and_says_why():
    perceptron = Network("x1 x2", "y = h1(x1, x2)", "step", seed=0)
    sentence = f"{NO_GRADIENT} h1.w1, h1.w2 and h1.b: {DESCENT}"
    assert perceptron.untrainable() == untrainable(perceptron) == untrainable(perceptron, [1.0, 2.0]) == sentence
    perceptron([1.0, 2.0]).backward()
    assert [p.grad for p in perceptron.parameters()] == [0.0, 0.0, 0.0]
    assert {perceptron.predict([x, 1.0 - x]) for x in (-5.0, 5.0)} <= {0.0, 1.0}


def test_whatever_has_a_way_around_the_step_is_trained():
    assert untrainable(neurons()) == untrainable(neurons("relu")) == untrainable(MLP(2, [3, 1], seed=0)) == ""
    shared = Value(1.0, "s")

    class Around(Module):
        def __init__(self):
            self.s = shared

        def __call__(self, x):
            return (self.s * x[0]).heaviside() + self.s

    assert untrainable(Around(), [1.0]) == ""


def test_a_step_before_others_blocks_what_is_behind_it():
    net = Network("x1 x2", "z = h1(x1, x2); y = h2(z, x2)", "linear", units={"h1": "step"}, seed=0)
    assert net.untrainable() == (f"{NO_GRADIENT} h1.w1, h1.w2 and h1.b: {DESCENT}; freeze them to train the others alone")
    net.units["h1"].freeze()
    assert net.untrainable() == ""
    floors = Network("x", "a = h1(x); b = h2(x); y = h3(a, b)", units={"h1": lambda x, c=1.0: (c * x).floor(), "h2": "step"})
    assert floors.untrainable().startswith(
        "the derivatives of floor and step are 0 everywhere, so no gradient reaches h1.c, h2.w1 and h2.b: "
    )


def test_many_parameters_are_not_all_listed():
    assert untrainable(MLP(2, [3, 2, 1], ["tanh", "tanh", "step"], seed=0)) == (
        f"{NO_GRADIENT} any of the 20 parameters: {DESCENT}"
    )
    assert untrainable(MLP(2, [3, 1], "step", seed=0)) == (
        f"{NO_GRADIENT} layer1.neuron1.w1, layer1.neuron1.w2, layer1.neuron1.b, "
        f"layer1.neuron2.w1, layer1.neuron2.w2 and 4 more: {DESCENT}; "
        "freeze them to train the others alone"
    )
