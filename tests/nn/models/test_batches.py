"""The matrix form of a batch: NumPy's matrices, a sheet's dZ and dW, and the reverse sweep."""

import numpy as np
import pytest
from chalkgrad.engine import StaleGraphError, Value
from chalkgrad.nn import L2, MLP, binary_cross_entropy, squared_error
from chalkgrad.nn.data import Table
from numpy.testing import assert_allclose

X = np.array([[0.3, -1.0, 0.5], [2.0, 0.25, -0.75], [-0.5, 1.5, 1.0], [0.1, 0.2, 0.3]])


def data(rows):
    return np.array([[v.data for v in row] for row in rows])


def made(widths=(4, 2), activation=("tanh", "sigmoid"), inputs=3):
    model = MLP(inputs, list(widths), list(activation), seed=5)
    for i, layer in enumerate(model.layers):
        layer.b = [0.1 * i - 0.2 * j for j in range(len(layer.b))]
    return model


def parameters(layer):
    return np.array(layer.W.values), np.array(layer.b.values)[:, None]


@pytest.mark.parametrize("m", [1, 4])
def test_the_matrices_of_a_sheet(m):
    """A1 = tanh(W1·X + b1), A2 = σ(W2·A1 + b2), dZ2 = A2 - Y, dW2 = dZ2·A1ᵀ/m, dZ1 = W2ᵀ·dZ2 ∘ (1 - A1²)."""
    model, rows = made(), X[:m]
    Y = np.array([[1, 0], [0, 0], [1, 1], [0, 1]])[:m].T
    trace = model.trace(rows)
    L = binary_cross_entropy.mean.over(trace.output, Y.T.tolist())
    form = trace.backward(L)
    (W1, b1), (W2, b2) = map(parameters, model.layers)
    A1 = np.tanh(W1 @ rows.T + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    dZ2 = A2 - Y
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    assert_allclose(data(trace.z[0]), rows.T)
    assert_allclose(data(trace.u[1]), W1 @ rows.T + b1, rtol=1e-13)
    assert_allclose(data(trace.z[1]), A1, rtol=1e-13)
    assert_allclose(data(trace.z[2]), A2, rtol=1e-13)
    for i, (dZ, A) in enumerate([(dZ1, rows.T), (dZ2, A1)], 1):
        assert_allclose(m * np.array(form.delta[i]), dZ, rtol=1e-9, atol=1e-15)
        assert_allclose(form.dL_dW[i], dZ @ A.T / m, rtol=1e-9, atol=1e-15)
        assert_allclose(form.dL_db[i], dZ.sum(axis=1) / m, rtol=1e-9, atol=1e-15)
    assert_allclose(form.slopes[1], 1 - A1**2, rtol=1e-12)
    assert_allclose(form.dL_dz[0], W1.T @ dZ1 / m, rtol=1e-9, atol=1e-15)
    assert not any(p.has_grad for p in model.parameters())
    assert form.check()
    L.backward()
    for i, layer in enumerate(model.layers, 1):
        assert_allclose(layer.W.grads, form.dL_dW[i], rtol=1e-12)
        assert_allclose(layer.b.grads, form.dL_db[i], rtol=1e-12)


def test_a_batch_may_be_whatever_predict_takes():
    model = made()
    for rows in (X, X.tolist(), list(map(tuple, X)), Table(X.tolist(), [0, 1, 0, 1])):
        assert data(model.trace(rows).z[0]).tolist() == X.T.tolist()
        assert [[v.data for v in out] for out in model.trace(rows).output] == model.predict(rows)
    assert data(made((1,), (None,), inputs=1).trace([1.0, 2.0, 3.0]).z[0]).tolist() == [[1.0, 2.0, 3.0]]
    assert [v.data for v in model.trace(X[0]).z[0]] == X[0].tolist()  # one sample is a Trace as before
    with pytest.raises(ValueError, match=r"write \[model\(x\) for x in X\], or model\.predict\(X\) for the numbers alone$"):
        model(X)


def test_it_prints_shapes_and_what_a_sheet_has():
    trace = made().trace(X)
    text = str(trace)
    assert " 1 │ W₁                 │ 4×3   │" in text
    assert "   │ Z₁ = tanh(U₁)      │ 4×4   │" in text
    assert text.endswith("\nThe columns are the samples, 4 of them.")
    loss = squared_error.over(trace.output, [[0, 1]] * 4)
    lines = str(trace.backward(loss)).splitlines()
    assert [line.split("│")[2].strip() for line in lines if "δ₂ =" in line] == ["2×4"]
    assert lines[-1] == "Where L is a mean over m = 4, sheets write dZ for m·δ: their dW = dZ·Aᵀ/m is δ·Zᵀ."
    assert r"\delta_{2} &= \frac{\partial \mathrm{loss}}{\partial Z_{2}} \circ" in trace.backward(loss).latex()
    assert "U_{1} &= W_{1} Z_{0} + b_{1} \\mathbf{1}^{\\top} \\\\\n&= \\begin{pmatrix}" in trace.latex()


def test_losses_that_are_of_something_else():
    model = made()
    trace = model.trace(X)
    loss = squared_error.mean.over(trace.output, [[0, 1]] * 4)
    with pytest.raises(ValueError, match=r"was not computed from this trace: compute the loss from trace\.output"):
        trace.backward(Value(2.0) * 3.0)
    with pytest.raises(TypeError, match=r"a Value computed from trace\.output, not 2\.0$"):
        trace.backward(2.0)
    penalised = loss + L2(0.1)(model)
    verdict = trace.backward(penalised).check()
    assert verdict
    assert "compared is what goes through this trace, for penalised depends on layer1.neuron1.w1 and" in str(verdict)
    form = trace.backward(loss)
    form.delta[1][0][0] += 1.0
    assert not form.check()
    model.layer1.W[0, 0] = 9.0
    assert str(trace).endswith("stale: W, b or x has changed since; trace again")
    with pytest.raises(StaleGraphError):
        trace.backward(loss)
