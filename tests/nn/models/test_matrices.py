"""The lecture's matrices: θ, traces, the matrix form of back-propagation, predictions, files. NumPy's algebra is the oracle."""

import copy
import errno
import io
import json
import math
import os
import pickle
import random
import sys

import numpy as np
import pytest
from chalkgrad.engine import StaleGraphError, Value, nonfinite, tanh, total
from chalkgrad.engine.basics.terminal import columns
from chalkgrad.engine.words.expressions import factor, number
from chalkgrad.nn import MLP, Layer, Module, Neuron, mean_squared_error
from chalkgrad.nn.models import prediction


def mazur():
    """Matt Mazur's worked example, A Step by Step Backpropagation Example (2015): the network, its trace and its error."""
    model = MLP(2, [2, 2], ["sigmoid", "sigmoid"], seed=0)
    model.layer1.W, model.layer1.b = [[0.15, 0.20], [0.25, 0.30]], [0.35, 0.35]
    model.layer2.W, model.layer2.b = [[0.40, 0.45], [0.50, 0.55]], [0.60, 0.60]
    trace = model.trace([0.05, 0.10])
    o1, o2 = trace.output
    return model, trace, 0.5 * (0.01 - o1) ** 2 + 0.5 * (0.99 - o2) ** 2


def data(values):
    return np.array([v.data for v in values])


PHI = {
    "tanh": (np.tanh, lambda u: 1 - np.tanh(u) ** 2),
    "sigmoid": (lambda u: 1 / (1 + np.exp(-u)), lambda u: 1 / (1 + np.exp(-u)) / (1 + np.exp(u))),
    "relu": (lambda u: np.maximum(u, 0), lambda u: (u > 0) * 1.0),
    "softplus": (lambda u: np.log1p(np.exp(u)), lambda u: 1 / (1 + np.exp(-u))),
    "linear": (lambda u: u, np.ones_like),
}


def by_numpy(model, x, target):
    """Every matrix of the pass and of the chain rule for L = Σ(z - t)², with NumPy: (u, z), (δ, dW, db, dz)."""
    z, u = [np.array(x)], [None]
    for layer in model.layers:
        W, b = np.array([data(row) for row in layer.W]), data(layer.b)
        u.append(W @ z[-1] + b)
        z.append(PHI[layer.activation][0](u[-1]))
    dz = [2 * (z[-1] - np.array(target))]
    delta, dW = [], []
    for i in range(len(model.layers), 0, -1):
        W = np.array([data(row) for row in model.layers[i - 1].W])
        delta.insert(0, dz[0] @ np.diag(PHI[model.layers[i - 1].activation][1](u[i])))
        dW.insert(0, delta[0][:, None] @ z[i - 1][None, :])
        dz.insert(0, delta[0] @ W)
    return u, z, delta, dW, dz


NETWORKS = [
    (3, [2, 3, 2], "tanh", {}),
    (3, [2, 3, 2], ["tanh", "relu", "sigmoid"], {}),
    (3, [2, 3, 2], ["softplus", "linear", "tanh"], {"expanded": True}),
    (1, [1], ["relu"], {}),
    (2, [1, 1, 1], None, {}),
    (4, [7, 1, 5], "sigmoid", {"expanded": True}),
]


@pytest.mark.parametrize(("inputs", "widths", "activation", "options"), NETWORKS)
def test_traces_and_matrix_form_are_numpys(inputs, widths, activation, options):
    model = MLP(inputs, widths, activation, seed=3, **options)
    model.theta = [random.Random(i).uniform(-1, 1) for i in range(len(model.theta))]
    x, target = [0.3 * i - 0.5 for i in range(inputs)], [0.5] * widths[-1]
    trace = model.trace(x)
    outputs = trace.output if isinstance(trace.output, list) else [trace.output]
    loss = sum((z - t) ** 2 for z, t in zip(outputs, target, strict=True))
    form = trace.backward(loss)
    u, z, delta, dW, dz = by_numpy(model, x, target)
    assert data(trace.z[0]) == pytest.approx(np.array(x))
    for i in range(1, len(widths) + 1):
        assert data(trace.u[i]) == pytest.approx(u[i], rel=1e-12)
        assert data(trace.z[i]) == pytest.approx(z[i], rel=1e-12)
        assert form.delta[i] == pytest.approx(delta[i - 1], rel=1e-9, abs=1e-15)
        assert np.array(form.dL_dW[i]) == pytest.approx(dW[i - 1], rel=1e-9, abs=1e-15)
        assert np.shape(form.dL_dW[i]) == (widths[i - 1], [inputs, *widths][i - 1])
        assert form.dL_db[i] == form.delta[i]
    for i in range(len(widths) + 1):
        assert form.dL_dz[i] == pytest.approx(dz[i], rel=1e-9, abs=1e-15)
    assert not any(p.has_grad for p in model.parameters())
    assert form.check()

    loss.backward()
    for i, layer in enumerate(model.layers, 1):
        for row, derivatives in zip(layer.W, form.dL_dW[i], strict=True):
            assert derivatives == pytest.approx([w.grad for w in row], rel=1e-12, abs=1e-16)
        assert form.dL_db[i] == pytest.approx([b.grad for b in layer.b], rel=1e-12, abs=1e-16)
    grads = [p.grad for p in model.parameters()]
    assert trace.backward(loss).check()
    assert [p.grad for p in model.parameters()] == grads


def test_the_published_example_comes_out():
    model, trace, E = mazur()
    assert [o.data for o in trace.output] == pytest.approx([0.75136507, 0.772928465], abs=5e-9)
    assert E.data == pytest.approx(0.298371109, abs=5e-10)
    form = trace.backward(E)
    assert form.dL_dW[2][0][0] == pytest.approx(0.082167041, abs=5e-10)
    assert form.dL_dW[1][0][0] == pytest.approx(0.000438568, abs=5e-10)
    E.backward()
    assert model.theta["layer2.neuron1.w1"].grad == pytest.approx(0.082167041, abs=5e-10)
    for row, derivatives in zip(model.layer2.W, form.dL_dW[2], strict=True):  # his step, of all weights at once
        for w, derivative in zip(row, derivatives, strict=True):
            w.data -= 0.5 * derivative
    assert [w.data for row in model.layer2.W for w in row] == pytest.approx(
        [0.35891648, 0.408666186, 0.511301270, 0.561370121], abs=5e-9
    )


def test_a_trace_prints_its_layers_and_counts_from_one():
    _, trace, _ = mazur()
    assert (
        str(trace)
        == """\
 ℓ │ z[ℓ-1] │ W[ℓ]      │ b[ℓ] │ u[ℓ]   │ φ[ℓ]    │ z[ℓ]
───┼────────┼───────────┼──────┼────────┼─────────┼────────
 1 │ 0.05   │ 0.15  0.2 │ 0.35 │ 0.3775 │ sigmoid │ 0.5933
   │  0.1   │ 0.25  0.3 │ 0.35 │ 0.3925 │         │ 0.5969
   │        │           │      │        │         │
 2 │ 0.5933 │ 0.4  0.45 │ 0.6  │ 1.106  │ sigmoid │ 0.7514
   │ 0.5969 │ 0.5  0.55 │ 0.6  │ 1.225  │         │ 0.7729"""
    )
    assert len(trace.u) == 2
    assert trace.u[-1] is trace.u[2]
    assert trace.u[1:] == trace.u[:] == [trace.u[1], trace.u[2]]
    assert trace.u[:2] == [trace.u[1]]
    assert list(trace.u) == [trace.u[1], trace.u[2]]
    for index in (0, 3, -3):
        with pytest.raises(IndexError) as error:
            trace.u[index]
        assert str(error.value) == f"layers are counted from 1: u[1] to u[2]; there is no [{index}]"


def test_a_trace_in_latex_has_the_matrices_of_the_blackboard():
    trace = MLP(2, [1], seed=0)
    trace.theta = [1, -0.5, 2]
    latex = trace.trace([3, 4]).latex()
    assert latex == "\n".join(
        [
            r"% needs \usepackage{amsmath}",
            r"\begin{aligned}",
            r"z_{0} &= x = \begin{pmatrix} 3 \\ 4 \end{pmatrix} \\",
            (
                r"u_{1} &= W_{1} z_{0} + b_{1} = \begin{pmatrix} 1 & -0.5 \end{pmatrix} \begin{pmatrix} 3 \\ 4 \end{pmatrix} + "
                r"\begin{pmatrix} 2 \end{pmatrix} = \begin{pmatrix} 3 \end{pmatrix} \\"
            ),
            r"z_{1} &= u_{1} = \begin{pmatrix} 3 \end{pmatrix}",
            r"\end{aligned}",
        ]
    )


def test_the_matrix_form_prints_each_factor_with_its_shape():
    _, trace, E = mazur()
    form = trace.backward(E)
    text = str(form).splitlines()
    assert text[2:6] == [
        " 2 │ ∂E/∂z₂                  │ 1×2   │ 0.7414  -0.2171",
        "   │ ∂z₂/∂u₂ = diag(φ₂'(u₂)) │ 2×2   │ diag(0.1868, 0.1755)",
        "   │ δ₂ = ∂E/∂z₂ · ∂z₂/∂u₂   │ 1×2   │ 0.1385  -0.0381",
        "   │ ∂u₂/∂W₂ = z₁ᵀ           │ 1×2   │ 0.5933  0.5969",
    ]
    assert text[-3:] == [
        "   │ ∂E/∂z₀ = δ₁ · W₁        │ 1×2   │ 0.003804  0.004741",
        "∂E/∂z₁[1] = δ₂[1]·W₂[1,1] + δ₂[2]·W₂[2,1]: the weights from unit 1, a column of W₂; as columns this is W₂ᵀδ₂",
        "          = 0.1385·0.4 + (-0.0381)·0.5 = 0.03635; W₂⁻¹ would ask which z₁ gives u₂",  # Mazur's numbers
    ]
    equations = form.latex().splitlines()
    assert equations[:2] == [r"% needs \usepackage{amsmath}", r"\begin{aligned}"]
    assert equations[-1] == r"\end{aligned}"
    assert " ".join(equations[2:4]) == (
        r"\delta_{2} &= \frac{\partial E}{\partial z_{2}} \cdot \mathrm{diag}(\varphi_{2}'(u_{2})) = "
        r"\begin{pmatrix} 0.7414 & -0.2171 \end{pmatrix} \begin{pmatrix} 0.1868 & 0 \\ 0 & 0.1755 \end{pmatrix} \\ &= "
        r"\begin{pmatrix} 0.1385 & -0.0381 \end{pmatrix} \\"
    )
    assert equations[4].startswith(
        r"\frac{\partial E}{\partial W_{2}} &= \delta_{2}^{\top} z_{1}^{\top} = \begin{pmatrix} 0.1385"
    )
    assert form.latex().count("{") == form.latex().count("}")


def test_the_entry_that_is_spelled_out_is_the_sweeps_and_its_weights_are_a_column():
    model = MLP(3, [4, 9, 1], "tanh", seed=2)
    trace = model.trace([0.3, -1.0, 0.5])
    loss = (trace.output - 2) ** 2
    loss.label = "L"
    first, second = trace.backward(loss).one_entry().split("\n")
    assert first.startswith(
        "∂L/∂z₁[1] = δ₂[1]·W₂[1,1] + δ₂[2]·W₂[2,1] + … + δ₂[8]·W₂[8,1] + δ₂[9]·W₂[9,1]: the weights from unit 1"
    )
    loss.backward()
    assert second.endswith(f" = {number(trace.z[1][0].grad)}; W₂⁻¹ would ask which z₁ gives u₂")
    column = [neuron.w[0].data for neuron in model.layer2.neurons]
    assert second.split("·")[1].startswith(factor(column[0]))
    alone = MLP(2, [1], seed=0).trace([1.0, 2.0])
    assert "the weights from input 1, a column of W₁" in alone.backward(alone.output * 1).one_entry()


def test_wide_matrices_show_their_corners():
    model = MLP(7, [8, 1], "tanh", seed=0)
    text = str(model.trace([1.0] * 7))
    assert len(text.splitlines()) == 2 + 5 + 1 + 5
    assert max(map(len, text.splitlines())) < 100
    assert r"\ddots" in model.trace([1.0] * 7).latex()
    assert model.layer1.W[7][6].data == model.theta["layer1.neuron8.w7"].data


def test_where_the_terminal_has_ascii_alone_it_prints_ascii(monkeypatch):
    _, trace, E = mazur()
    form = trace.backward(E)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    shown = [str(trace), str(form), str(trace.model.describe()), repr(trace.model.theta), str(MLP(7, [8, 1]).theta)]
    assert all(map(str.isascii, shown))
    lines = shown[1].splitlines()[:-2]
    assert lines[4] == "   | delta2 = dE/dz2 * dz2/du2 | 1x2   | 0.1385  -0.0381"
    assert len({line.index("|", 5) for line in lines if "|" in line}) == 1


def test_activations_of_several_operations_have_their_slope():
    def swish(u):
        return u / (1 + (-u).exp())

    model = MLP(2, [3, 2], [swish, lambda u: 0.0 if u < 0 else u * u * u], seed=0)
    model.layer2.b = [1, -5]
    trace = model.trace([0.4, -0.9])
    u = data(trace.u[1])
    s = 1 / (1 + np.exp(-u))
    form = trace.backward(trace.output[0] * 2 + trace.output[1])
    assert form.slopes[1] == pytest.approx(s + u * s * (1 - s))
    assert form.slopes[2] == pytest.approx([3 * trace.u[2][0].data ** 2, 0.0])
    assert form.check()
    assert r"\mathrm{swish}(u_{1})" in trace.latex()
    assert model.predict([0.4, -0.9]) == [trace.output[0].data, 0.0]


def test_a_loss_that_depends_on_more_than_the_outputs_says_so():
    model, trace, E = mazur()
    L = E + 0.1 * sum(p * p for p in model.parameters())
    form = trace.backward(L)
    assert form.check()
    assert str(form.check()).endswith(
        "; compared is what goes through this trace, for L depends on layer1.neuron1.w1 and 11 more in other ways, too"
    )
    assert form.dL_dW[1] == trace.backward(E).dL_dW[1]
    other = model.trace([1.0, -1.0])
    both = E + sum(other.output)
    both.backward()
    summed = [a + b for a, b in zip(trace.backward(both).dL_db[2], other.backward(both).dL_db[2], strict=True)]
    assert summed == pytest.approx([b.grad for b in model.layer2.b], rel=1e-12)
    assert trace.backward(both).check()


def test_shared_frozen_and_given_values_are_compared_too():
    model = MLP(2, [2, 2], "tanh", seed=0)
    model.layers[1].neurons[0].w[0] = model.layers[0].neurons[1].w[1]  # tied
    model.layers[0].freeze()
    x = Value(0.3, "x")
    trace = model.trace([x, Value(0.5, constant=True)])
    verdict = trace.backward(sum(trace.output)).check()
    assert verdict
    assert str(verdict).startswith("matrix form and backward pass agree: of 19 derivatives the largest difference is ")
    assert "in other ways" not in verdict
    trace = model.trace([x, x * 2])
    verdict = trace.backward(sum(trace.output)).check()
    assert verdict
    assert verdict.endswith(" depends on x in other ways, too")


def test_the_check_finds_a_wrong_entry():
    _, trace, E = mazur()
    form = trace.backward(E)
    form.dL_dW[1][0][0] *= 1.000001
    assert not form.check()
    assert str(form.check()).startswith(
        "matrix form and backward pass differ: of 22 derivatives the largest difference is 4.386e-10,"
    )


def test_what_is_no_loss_of_the_trace_gets_a_sentence():
    model, trace, E = mazur()
    stranger = model([0.05, 0.10])[0]
    with pytest.raises(ValueError, match=r"^stranger was not computed from this trace: compute the loss from trace\.output$"):
        trace.backward(stranger)
    with pytest.raises(TypeError, match=r"a Value computed from trace\.output, not \[<Value"):
        trace.backward(trace.output)
    model.layer1.b = [0.0, 0.0]
    with pytest.raises(StaleGraphError):
        trace.backward(E)
    assert str(trace).endswith("\nstale: W, b or x has changed since; trace again")


def test_a_trace_records_what_calling_records():
    model = MLP(2, [3, 1], "tanh", seed=0)
    called, traced = model([0.5, 1.5]), model.trace([0.5, 1.5]).output
    assert [(v.data, v.place, v.label) for v in called.tape()] == [(v.data, v.place, v.label) for v in traced.tape()]
    trace = model.trace([0.5, 1.5])
    assert trace.u[2] == trace.z[2]
    assert [v.label for v in trace.z[0]] == ["x1", "x2"]


# Names ---------------------------------------------------------------------------------------------------------------


def test_layers_by_name_are_counted_from_one():
    model = MLP(3, [2, 3, 2], ["tanh", "relu", None], seed=0)
    assert model.layer1 is model.layers[0]
    assert model.layer3 is model.layers[2]
    assert [layer.activation for layer in model.layers] == ["tanh", "relu", "linear"]
    assert np.shape(model.layer2.W) == (3, 2)
    assert model.layer2.W[1] is model.layer2.neurons[1].w
    assert "layer2" in dir(model)
    for name in ("layer0", "layer4", "layer01"):
        with pytest.raises(AttributeError) as error:
            getattr(model, name)
        assert str(error.value) == f"the layers are layer1 to layer3, counted from 1; there is no {name}"
    with pytest.raises(AttributeError, match="MLP has no attribute 'layer'"):
        _ = model.layer


def test_a_layers_matrices_are_set_as_a_whole_or_not_at_all():
    layer = Layer(2, 2, seed=0)
    layer.W = np.array([[1, 2], [3, 4]])
    for wrong in ([[1, 2]], [[1, 2], [3]], [1, 2], 3, "ab", np.zeros((4, 2)), [[], []]):
        with pytest.raises(ValueError, match=r"^W is set to a matrix of shape 2×2, a list of 2 rows of 2 numbers each$"):
            layer.W = wrong
    with pytest.raises(ValueError, match="a weight needs a finite number, not nan"):
        layer.W = [[5, 6], [7, math.nan]]
    for wrong in ([1], [[1, 2], [3, 4]], 3, [[1], [2], [3]], [[1, 2], 3]):
        with pytest.raises(ValueError, match=r"^b is set to a list of 2 numbers, one for each neuron$"):
            layer.b = wrong
    assert [[w.data for w in row] for row in layer.W] == [[1, 2], [3, 4]]


def test_shapes_that_courses_have_are_told_from_each_other():
    layer = Layer(3, 2, seed=0)
    advice = {
        (3, 2): "this one is 3×2, so write its transpose: W.T of an array, [*zip(*W)] of lists",
        (
            2,
            4,
        ): "this one is 2×4, so column 0 has the biases, and W the others: layer.b = T[:, 0] and layer.W = T[:, 1:] for an "
        "array T",
        (4, 2): "this one is 4×2, so row 0 has the biases, and it is transposed: layer.b = T[0] and layer.W = T[1:].T for an "
        "array T",
    }
    before = layer.W.values
    for shape, sentence in advice.items():
        with pytest.raises(
            ValueError, match=r"^W is set to a matrix of shape 2×3, a list of 2 rows of 3 numbers each; "
        ) as error:
            layer.W = np.ones(shape)
        assert str(error.value).partition("; ")[2] == sentence
    assert layer.W.values == before
    T = np.arange(8.0).reshape(2, 4)  # what the three sentences say is right
    layer.b, layer.W = T[:, 0], T[:, 1:]
    assert (layer.W.values, layer.b.values) == ([[1, 2, 3], [5, 6, 7]], [0, 4])
    T = T.T
    layer.b, layer.W = T[0], T[1:].T
    assert (layer.W.values, layer.b.values) == ([[1, 2, 3], [5, 6, 7]], [0, 4])
    layer.W = [*zip(*[[9, 8], [7, 6], [5, 4]], strict=True)]
    assert layer.W.values == [[9, 7, 5], [8, 6, 4]]
    with pytest.raises(ValueError, match=r"; for one neuron write \[w\], a list of one row$"):
        Layer(3, 1).W = [1, 2, 3]
    for column in (np.array([[1.0], [2.0]]), [[1], [2]], [[1, 2]], (1, 2)):
        layer.b = column
        assert layer.b.values == [1.0, 2.0]
        layer.b = [0, 0]


def test_a_layers_matrices_are_read_set_and_printed():
    layer = Layer(2, 3, activation=None, seed=0)
    layer.W = [[1, 2], [3, -0.5], [5, 6]]
    assert str(layer.W).splitlines() == [
        " W 3×2   │ w1    w2",
        "─────────┼──────────",
        " neuron1 │  1     2",
        " neuron2 │  3  -0.5",
        " neuron3 │  5     6",
    ]
    assert str(layer.b).splitlines()[0] == " b 3     │ value"
    w = layer.neurons[1].w[0]
    layer.W[1][0] = 7
    assert (layer.neurons[1].w[0], w.data, layer.W[1, 0]) == (w, 7.0, w)
    layer.W[1, 0] = np.float64(8)
    layer.W[2] = np.array([9, 10])
    layer.neurons[0].w[1] = 11
    layer.b[2] = 12
    assert (layer.W.values, layer.b.values, layer.W.shape) == ([[1, 11], [8, -0.5], [9, 10]], [0, 0, 12], (3, 2))
    assert layer.W[:, 1] == [neuron.w[1] for neuron in layer.neurons]
    total(layer([1.0, 2.0])).backward()
    assert (layer.W.grads, layer.b.grads) == ([[1.0, 2.0]] * 3, [1.0] * 3)
    layer.W = np.array(layer.W.values) - 0.5 * np.array(layer.W.grads)
    assert layer.W.values[0] == [0.5, 10.0]
    shared = Value(3.0)
    layer.neurons[0].w[0] = shared
    assert layer.parameters()[0] is shared
    assert len(Layer(30, 20).W.__str__().splitlines()) == 7


@pytest.mark.parametrize(
    ("attempt", "error", "sentence"),
    [
        (lambda layer: layer.W[0].__setitem__(0, "a"), TypeError, "a parameter needs a real number, not the str 'a'"),
        (
            lambda layer: layer.W.__setitem__(0, [1, 2, 3]),
            ValueError,
            "a row of W is set to a list of 2 numbers, one for each input",
        ),
        (lambda layer: layer.W.__setitem__(slice(2), 0), TypeError, "a row of W is set by W[j] = […], a weight by W[j, i] = …"),
        (lambda layer: layer.W + np.ones((2, 2)), TypeError, "arithmetic is for its numbers, as in np.array(layer.W.values)"),
        (
            lambda layer: setattr(layer, "W", layer.W - np.ones((2, 2))),
            TypeError,
            "a weight is set to a plain number, and this is a Value: W.values and b.values have the numbers",
        ),
    ],
)
def test_what_a_layers_matrices_do_not_take(attempt, error, sentence):
    layer = Layer(2, 2, seed=0)
    before = layer.W.values
    with pytest.raises(error) as caught:
        attempt(layer)
    assert sentence in str(caught.value)
    assert layer.W.values == before


def test_theta_is_one_vector_with_names():
    model = MLP(2, [2, 1], "tanh", seed=0)
    assert list(model.theta) == model.parameters()
    assert model.theta.names == [name for name, _ in model.named_parameters()]
    model.theta = range(9)
    assert model.theta.values == [p.data for p in model.parameters()] == list(map(float, range(9)))
    assert model.theta["layer1.neuron2.w1"] is model.layers[0].neurons[1].w[0]
    assert model.theta[-1] is model.layer2.b[0]
    assert model.theta[:2] == model.layers[0].neurons[0].w
    model.theta[0].data = 7
    assert str(model.theta).splitlines()[2] == " layer1.neuron1.w1 │ 7"
    model.theta = np.ones(9)
    other = MLP(2, [2, 1], seed=1)
    other.theta = model.theta
    assert other.theta.values == [1.0] * 9
    long = str(MLP(2, [16, 16, 1], seed=0).theta).splitlines()
    assert len(long) == 2 + 13
    assert long[8].split() == ["…", "│", "…", "325", "rows", "more", "…"]


@pytest.mark.parametrize(
    ("numbers", "kind", "sentence"),
    [
        ([1.0, 2.0], ValueError, "the model has 3 parameters, and the list has 2 numbers"),
        ([1.0], ValueError, "the model has 3 parameters, and the list has 1 number"),
        (3.0, TypeError, "theta is set to a list of numbers, one for each of the model's 3 parameters, not to 3.0"),
        (
            [1.0, math.nan, 2.0],
            ValueError,
            'w2 needs a finite number, not nan; to compute with infinities and NaN, do so under `with nonfinite("propagate"):`',
        ),
        (
            [Value(1.0)] * 3,
            TypeError,
            (
                "theta is set to plain numbers, and these are Values; a parameter of your own needs another name, "
                "for theta is the vector of all parameters"
            ),
        ),
    ],
)
def test_theta_is_set_as_a_whole_or_not_at_all(numbers, kind, sentence):
    n = Neuron(2, seed=0)
    before = n.theta.values
    with pytest.raises(kind) as error:
        n.theta = numbers
    assert str(error.value) == sentence
    assert n.theta.values == before
    with pytest.raises(KeyError, match=r"there is no parameter w3: they begin with w1; all are in theta\.names"):
        _ = n.theta["w3"]


def test_describe_has_a_row_for_each_layer():
    assert (
        repr(MLP(3, [2, 3, 2], "tanh").describe())
        == """\
 layer  │ inputs → width │ φ      │ parameters
────────┼────────────────┼────────┼─────────────
 layer1 │ 3 → 2          │ tanh   │ 2·3 + 2 = 8
 layer2 │ 2 → 3          │ tanh   │ 3·2 + 3 = 9
 layer3 │ 3 → 2          │ linear │ 2·3 + 2 = 8
 total  │ 3 → 2          │        │ 25
3 layers of widths 2, 3, 2; the 3 inputs are not counted as a layer."""
    )
    assert isinstance(Neuron(1).describe(), str)
    assert Neuron(1).describe().endswith("1 layer of width 1; the 1 input is not counted as a layer.")


# Predictions ---------------------------------------------------------------------------------------------------------


def flat(outputs):
    return [x for output in outputs for x in (output if isinstance(output, list) else [output])]


@pytest.mark.parametrize("way", ["recorded", "python", "numpy", "llvm"])
@pytest.mark.parametrize("activation", [*sorted(prediction.TAME), "exp"])
def test_a_batch_is_predicted_as_recorded_in_every_way(monkeypatch, way, activation):
    monkeypatch.setattr(prediction, "targets", lambda samples, parameters: [] if way == "recorded" else [way])
    model = MLP(2, [4, 2], [activation] * 2, seed=1)
    X = [[0.3 * i - 2, 1 - 0.1 * i] for i in range(12)]
    recorded = [[v.data for v in model(x)] for x in X]
    for batch in (X, np.array(X), tuple(map(tuple, X)), [[Value(a), b] for a, b in X]):
        predicted = model.predict(batch)
        assert type(predicted) is type(predicted[0]) is list
        assert all(type(x) is float for x in flat(predicted))
        assert flat(predicted) == pytest.approx(flat(recorded), rel=1e-13, abs=1e-15)
    assert (model._programs is None) == (way == "recorded" or activation == "exp")
    model.theta = [x / 2 for x in model.theta.values]
    assert flat(model.predict(X)) == pytest.approx(flat([[v.data for v in model(x)] for x in X]), rel=1e-13, abs=1e-15)


def test_a_batch_is_compiled_by_the_number_of_its_samples():
    assert prediction.targets(prediction.COMPILED_FROM - 1, 10**9) == []
    assert prediction.targets(prediction.COMPILED_FROM, 337) == ["python"]
    assert prediction.targets(20_000, 337) == prediction.installed()[::-1]
    model, x = MLP(1, [2, 1], "tanh", seed=0), [0.5]
    for count, compiled in ((prediction.COMPILED_FROM - 1, False), (prediction.COMPILED_FROM, True)):
        assert model.predict([x] * count) == [model.predict(x)] * count
        assert (model._programs is not None) == compiled


def test_the_program_is_dropped_where_the_network_has_changed(monkeypatch):
    monkeypatch.setattr(prediction, "targets", lambda samples, parameters: ["python"])
    model = MLP(1, [2, 1], "tanh", seed=0)
    X = [[0.1], [0.2]]
    model.predict(X)
    first = model._programs
    assert model.predict(X) == [model.predict(x) for x in X]
    assert model._programs is first
    model.layers[0] = Layer(1, 2, activation="relu", seed=5)
    assert model.predict(X) == [model(x).data for x in X]
    assert model._programs is not first
    for twin in (copy.deepcopy(model), copy.copy(model), pickle.loads(pickle.dumps(model))):
        assert twin._programs is None
        assert twin.predict(X) == model.predict(X)
        assert twin.theta.names == model.theta.names


def test_what_cannot_be_predicted_says_what_recording_says():
    model = MLP(2, [3, 1], "tanh", seed=0)
    with pytest.raises(ValueError, match=r"takes 2 inputs, such as .x1, x2., and was given 3"):
        model.predict([[1.0, 2.0]] * 2000 + [[1.0, 2.0, 3.0]])
    with pytest.raises(ValueError, match="needs a finite number, not nan"):
        model.predict(np.array([[1.0, math.nan]] * 2000))
    model.theta = [1e200] * len(model.theta)
    for x in ([1e200, 1e200], [[1e200, 1e200]] * 2000):
        with pytest.raises(ArithmeticError):  # tanh(∞) = 1 would hide it
            model.predict(x)
    with nonfinite("propagate"):
        assert model.predict([1e200, 1e200]) == 4e200
    with pytest.raises(ValueError, match=r"log\(.*: log needs x > 0"):
        Neuron(1, activation="log", seed=0).predict([0.0])


def test_single_neurons_and_layers_predict_too():
    layer = Layer(2, 2, seed=0)
    assert layer.predict([[1.0, 2.0]]) == [layer.predict([1.0, 2.0])] == [[v.data for v in layer([1.0, 2.0])]]
    n = Neuron(2, activation=tanh, seed=0)
    assert n.predict([[1.0, 2.0]]) == [n([1.0, 2.0]).data]


def test_a_subclass_predicts_what_it_computes():
    class Doubled(MLP):
        def __call__(self, x):
            return 2 * super().__call__(x)

    model, plain = Doubled(1, [1], seed=0), MLP(1, [1], seed=0)
    assert model.predict([3.0]) == 2 * plain.predict([3.0])
    assert model.predict([[3.0]] * 5000) == [2 * plain.predict([3.0])] * 5000


def test_the_fastest_target_is_found_without_importing(monkeypatch):
    assert prediction.fastest() == "llvm"
    assert prediction.installed() == ["python", "numpy", "llvm"]
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    assert prediction.fastest() == "numpy"
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert prediction.fastest() == "python"


# Files ---------------------------------------------------------------------------------------------------------------


def test_a_model_comes_back_bit_for_bit(tmp_path):
    path = tmp_path / "net.json"
    model = MLP(3, [4, 2], ["leaky_relu", "sigmoid"], expanded=True)
    extremes = [0.1, 1 / 3, -0.0, 5e-324, 1.7976931348623157e308, -1e-300, 2**53 + 1.0]
    model.theta = [extremes[i % len(extremes)] for i in range(len(model.theta))]
    state = random.getstate()
    model.save(path)
    again = MLP.load(str(path))
    assert random.getstate() == state
    assert repr(again) == repr(model)
    assert [x.hex() for x in again.theta.values] == [x.hex() for x in model.theta.values]
    assert again.layer1.neurons[0]._expanded
    assert os.listdir(tmp_path) == ["net.json"]
    content = json.loads(path.read_text("utf-8"))
    assert (content["format"], content["version"], content["class"]) == ("chalkgrad model", 1, "MLP")
    assert content["parameters"]["layer1.neuron1.w1"] == 0.1
    other = MLP(3, [4, 2], ["leaky_relu", "sigmoid"], seed=9)
    other.load_parameters(path)
    assert other.theta.values == model.theta.values


def test_modules_of_ones_own_are_saved_by_name(tmp_path):
    class Line(Module):
        def __init__(self):
            self.slope, self.offset = Value(2.0), Value(0.1)

    line, other = Line(), Line()
    line.theta = [3, 4]
    line.save(tmp_path / "line.json")
    other.load_parameters(tmp_path / "line.json")
    assert other.theta.values == [3.0, 4.0]
    neuron = Neuron(1, activation="tanh", seed=0)
    neuron.save(tmp_path / "neuron.json")
    with pytest.raises(ValueError, match=r"neuron\.json holds 1 → 1 with tanh, and this model is 1 → 1 with relu$"):
        Neuron(1, activation="relu").load_parameters(tmp_path / "neuron.json")
    with pytest.raises(ValueError, match=r"line\.json lacks w1 and 1 more, which this model has$"):
        Neuron(1).load_parameters(tmp_path / "line.json")
    with pytest.raises(ValueError, match=r"neuron\.json holds a model of class 'Neuron', not 'MLP'$"):
        MLP.load(tmp_path / "neuron.json")


def changed(**entries):
    def change(content):
        content.update(entries)
        return content

    return change


def parameter(name, x):
    def change(content):
        content["parameters"][name] = x
        return content

    return change


def without(content):
    del content["parameters"]["layer1.neuron1.b"]
    return content


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda content: [1], "FILE was not written by save(): its format is None, not 'chalkgrad model'"),
        (changed(format="onnx"), "FILE was not written by save(): its format is 'onnx', not 'chalkgrad model'"),
        (changed(version=2), "FILE has version 2 of the format, and this chalkgrad reads version 1"),
        (changed(parameters=[1]), "FILE has no parameters"),
        (changed(widths=[4]), "FILE holds 1 → 4 with tanh, and this model is 1 → 1 with tanh"),
        (changed(inputs=2), "FILE holds 2 → 1 with tanh, and this model is 1 → 1 with tanh"),
        (changed(activations=["relu"]), "FILE holds 1 → 1 with relu, and this model is 1 → 1 with tanh"),
        (changed(widths="x"), "FILE holds inputs 1, widths 'x', activations ['tanh'], and this model is 1 → 1 with tanh"),
        (without, "FILE lacks layer1.neuron1.b, which this model has"),
        (parameter("w9", 1), "FILE has w9, which this model has not"),
        (parameter("layer1.neuron1.b", math.nan), "layer1.neuron1.b in FILE is nan, not a finite number"),
        (parameter("layer1.neuron1.b", "1"), "layer1.neuron1.b in FILE is '1', not a finite number"),
        (parameter("layer1.neuron1.b", True), "layer1.neuron1.b in FILE is True, not a finite number"),
        (parameter("layer1.neuron1.b", 10**400), f"layer1.neuron1.b in FILE is 1{'0' * 36}..., not a finite number"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(tmp_path, change, sentence):
    path = tmp_path / "net.json"
    model = MLP(1, [1], ["tanh"], seed=0)
    model.save(path)
    path.write_text(json.dumps(change(json.loads(path.read_text("utf-8")))), "utf-8")
    model.theta = [8, 9]
    with pytest.raises(ValueError) as error:  # noqa: PT011 - compared below
        model.load_parameters(path)
    assert str(error.value) == sentence.replace("FILE", str(path))
    assert model.theta.values == [8.0, 9.0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (changed(widths=[0]), "FILE has no widths that a network could have: 1 → 0 with tanh"),
        (changed(widths=None), "FILE has no widths that a network could have: inputs 1, widths None, activations ['tanh']"),
        (changed(activations=[]), "FILE has no activation for each layer: 1 → 1 with "),
        (changed(widths=[10**9]), "FILE holds 1 → 1000000000 with tanh, which has 2000000000 parameters, but the file has 2"),
        (
            changed(activations=["rleu"]),
            (
                "FILE does not hold a model: there is no activation 'rleu': did you mean 'relu'? There are relu, tanh, "
                "sigmoid, tanh_half, leaky_relu, elu, softplus, gelu, silu, mish, selu, softsign, step, linear, "
                "or give a function of a Value"
            ),
        ),
    ],
)
def test_a_file_of_no_network_makes_none(tmp_path, change, sentence):
    path = tmp_path / "net.json"
    MLP(1, [1], ["tanh"], seed=0).save(path)
    path.write_text(json.dumps(change(json.loads(path.read_text("utf-8")))), "utf-8")
    with pytest.raises(ValueError) as error:  # noqa: PT011 - compared below
        MLP.load(path)
    assert str(error.value) == sentence.replace("FILE", str(path))


def test_what_is_no_file_of_ours_gets_a_sentence(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        MLP.load(tmp_path / "none.json")
    assert str(error.value) == f"there is no file {tmp_path / 'none.json'} to load"
    for content in (b"", b"weights", b"\xff\xfe", b"[" * 100_000, b'{"a": 1'):
        (tmp_path / "x").write_bytes(content)
        with pytest.raises(ValueError, match=r"was not written by save\(\): it is not JSON \("):
            MLP.load(tmp_path / "x")
    with pytest.raises(FileNotFoundError, match=r"^there is no folder .*missing to save net\.json in$"):
        MLP(1, [1]).save(tmp_path / "missing" / "net.json")


def test_what_no_file_can_hold_is_refused(tmp_path):
    with pytest.raises(ValueError) as error:  # noqa: PT011 - compared below
        MLP(1, [1, 1], lambda u: u * u).save(tmp_path / "x")
    assert str(error.value) == (
        "the activation <lambda> of layer 1 is a function of your own, which no file can hold: save and load are for "
        "activations with a name, such as 'tanh'"
    )
    MLP(1, [1, 1], tanh).save(tmp_path / "named")
    assert MLP.load(tmp_path / "named").layer1.activation == "tanh"
    model = MLP(1, [1])
    with nonfinite("propagate"):
        model.theta = [1.0, math.inf]
    with pytest.raises(ValueError, match=r"^layer1\.neuron1\.b is inf, and a file holds finite numbers only$"):
        model.save(tmp_path / "x")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch, step):
    path = tmp_path / "net.json"
    model = MLP(1, [1], seed=0)
    model.save(path)
    before = path.read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, interrupted)
    model.theta = [1, 2]
    with pytest.raises(KeyboardInterrupt):
        model.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["net.json"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "net.json")
    MLP(1, [1], seed=0).save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert MLP.load(tmp_path / "net.json").theta.values == MLP(1, [1], seed=0).theta.values


def test_a_disk_that_is_full_is_named(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "net.json"
    with pytest.raises(OSError, match=r"the model cannot be written to .*net.json \(No space left on device\): name another"):
        MLP(1, [1]).save(path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_is_not_a_file_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        MLP(1, [1]).save(pipe)
        assert json.loads(os.read(reader, 10_000))["widths"] == [1]
    finally:
        os.close(reader)
    assert pipe.is_fifo()


# On a terminal -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_pass_fits_the_terminal_and_its_text_has_all(width, monkeypatch):
    model = MLP(2, [16, 16, 1], seed=0)
    trace = model.trace([1.0, 2.0])
    batch = model.trace([[1.0, 2.0], [0.5, 1.0]] * 4)
    loss = mean_squared_error.over(batch.output, [1.0] * 8)
    for shown in (trace, trace.backward(trace.output), batch, batch.backward(loss)):
        monkeypatch.delenv("COLUMNS", raising=False)
        whole = str(shown)  # as over a pipe
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setenv("LINES", "24")
        lines = str(shown).splitlines()
        assert max(map(columns, lines)) <= width
        assert len(lines) <= 47
        assert shown.text() == whole
        if lines[:20] != whole.splitlines()[:20] and shown is not trace:
            assert lines[-1].endswith(("print(….text()) has it in full", "print(….text()) has all"))


def test_on_a_narrow_terminal_a_pass_is_two_tables_that_have_every_number(monkeypatch):
    trace = MLP(2, [16, 16, 1], seed=0).trace([1.0, 2.0])
    monkeypatch.setenv("COLUMNS", "60")
    first, second = (part.splitlines() for part in str(trace).split("\n\n"))
    assert [len(first), len(second)] == [len(trace.text().splitlines())] * 2
    beside = [f"{one:<{columns(first[1])}}" + other.partition("│")[2] for one, other in zip(first, second, strict=True)]
    both = (lines[2:] for lines in (trace.text().splitlines(), beside))
    words, again = ([line.replace("│", " ").split() for line in lines] for lines in both)
    assert again == words
