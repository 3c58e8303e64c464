"""Assignments of well-known courses, as their sheets have them, with the numbers that their graders expect."""

import numpy as np
import pytest
from chalkgrad.engine import gradcheck
from chalkgrad.nn import (
    L2,
    MLP,
    GradientDescent,
    binary_cross_entropy,
    cross_entropy,
    fit,
)
from numpy.testing import assert_allclose


def sigma(u):
    return 1 / (1 + np.exp(-u))


# Ng, Machine Learning (Coursera), exercise 4: nnCostFunction(1:18/10, 2, 2, 4, cos([1 2; 3 4; 5 6]), [4; 2; 3], lambda)

X4, Y4 = np.cos([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), [4, 2, 3]
THETA1, THETA2 = (np.arange(1, 19) / 10)[:6].reshape(2, 3, order="F"), (np.arange(1, 19) / 10)[6:].reshape(4, 3, order="F")
PUBLISHED = {  # lambda: the cost, and the gradient in the order of nn_params, as the course's test cases print them
    0: (
        7.4070,
        """0.766138 0.979897 -0.027540 -0.035844 -0.024929 -0.053862 0.883417 0.568762 0.584668
        0.598139 0.459314 0.344618 0.256313 0.311885 0.478337 0.368920 0.259771 0.322331""",
    ),
    4: (
        19.474,
        """0.76614 0.97990 0.37246 0.49749 0.64174 0.74614 0.88342 0.56876 0.58467
        0.59814 1.92598 1.94462 1.98965 2.17855 2.47834 2.50225 2.52644 2.72233""",
    ),
}
PUBLISHED = {decay: (cost, list(map(float, numbers.split()))) for decay, (cost, numbers) in PUBLISHED.items()}


def network_of_exercise_4():
    model = MLP(2, [2, 4], activation=["sigmoid", "sigmoid"])
    for layer, theta in ((model.layer1, THETA1), (model.layer2, THETA2)):
        layer.b, layer.W = theta[:, 0], theta[:, 1:]
    return model


def unrolled(model):
    """The gradients in the order of nn_params: matrices with the bias in front, column by column."""
    gradients = []
    for layer in (model.layer1, model.layer2):
        gradients += np.c_[layer.b.grads, layer.W.grads].ravel(order="F").tolist()
    return gradients


@pytest.mark.parametrize("decay", [0, 4])
def test_ngs_exercise_4_by_hand(decay):
    model = network_of_exercise_4()
    m = len(X4)
    J = binary_cross_entropy.mean.over([model(x) for x in X4], [y - 1 for y in Y4])
    if decay:
        J = J + L2(decay / 2, biases=False)(model) / m
    J.backward()
    cost, gradient = PUBLISHED[decay]
    assert J.data == pytest.approx(cost, rel=5e-5)
    assert_allclose(unrolled(model), gradient, rtol=0, atol=6e-6)


A2 = [[0.51350, 0.54151], [0.37196, 0.35705], [0.66042, 0.70880]]
A3 = [[0.88866, 0.90743, 0.92330, 0.93665], [0.83818, 0.86028, 0.87980, 0.89692], [0.92341, 0.93858, 0.95090, 0.96085]]
D3 = [
    [0.888659, 0.907427, 0.923305, -0.063351],
    [0.838178, -0.139718, 0.879800, 0.896918],
    [0.923414, 0.938578, -0.049102, 0.960851],
]
D2 = [[0.79393, 1.05281], [0.73674, 0.95128], [0.76775, 0.93560]]


def test_ngs_exercise_4_layer_by_layer():
    """a2, a3, d3 and d2 as the test case of the course's forum prints them."""
    model = network_of_exercise_4()
    outputs = []
    for x, y, a2, a3, d3, d2 in zip(X4, Y4, A2, A3, D3, D2, strict=True):
        trace = model.trace(x)
        assert_allclose([a.data for a in trace.z[1]], a2, rtol=0, atol=6e-6)
        assert_allclose([a.data for a in trace.z[2]], a3, rtol=0, atol=6e-6)
        form = trace.backward(binary_cross_entropy(trace.output, y - 1))
        assert_allclose(form.dL_db[2], d3, rtol=0, atol=6e-7)
        assert_allclose(form.dL_db[1], d2, rtol=0, atol=6e-6)
        outputs.append([a.data for a in trace.z[2]])
    assert_allclose(outputs, model.predict(X4), rtol=1e-15)


@pytest.mark.parametrize("compiled", ["python", "numpy", False])
def test_ngs_exercise_4_by_fit(compiled):
    """Labels and class numbers train alike; the first step of gradient descent with rate 1 is the published gradient."""
    labels = np.eye(4)[np.array(Y4) - 1]
    for y in (labels, [y - 1 for y in Y4]):
        model = network_of_exercise_4()
        before = model.theta.values
        options = {"optimizer": GradientDescent(1e-3), "batch_size": None, "epochs": 1, "progress": False}
        prior = L2(2.0, biases=False)
        history = fit(model, X4, y, loss=binary_cross_entropy.mean, prior=prior, compiled=compiled, **options)
        assert history.start_loss == pytest.approx(PUBLISHED[4][0], rel=3e-5)
        for p, old in zip(model.parameters(), before, strict=True):
            p.grad = (old - p.data) / 1e-3
        assert_allclose(unrolled(model), PUBLISHED[4][1], rtol=0, atol=6e-6)
    assert history.metric_name == "accuracy"


# Karpathy et al., CS231n, the two-layer net of assignment 1 on its toy data: numbers of its notebook -----------------

CORRECT_SCORES = [
    [-0.81233741, -1.27654624, -0.70335995],
    [-0.17129677, -1.18803311, -0.47310444],
    [-0.51590475, -1.01354314, -0.8504215],
    [-0.15419291, -0.48629638, -0.52901952],
    [-0.00618733, -0.12435261, -0.15226949],
]


def toy_of_cs231n():
    """init_toy_model and init_toy_data; there W is inputs × width, and scores are X·W + b."""
    state = np.random.RandomState(0)
    W1, W2 = 1e-1 * state.randn(4, 10), 1e-1 * state.randn(10, 3)
    X = 10 * np.random.RandomState(1).randn(5, 4)
    model = MLP(4, [10, 3], activation="relu", seed=0)
    model.layer1.W, model.layer1.b = W1.T, np.zeros(10)
    model.layer2.W, model.layer2.b = W2.T, np.zeros(3)
    return model, X, [0, 1, 2, 2, 1]


def test_the_two_layer_net_of_cs231n():
    model, X, y = toy_of_cs231n()
    assert np.abs(np.array(model.predict(X)) - CORRECT_SCORES).sum() < 1e-7
    loss = cross_entropy.mean.over([model(x) for x in X], y) + L2(0.05, biases=False)(model)
    assert loss.data == pytest.approx(1.30378789133, abs=1e-11)
    options = {"epochs": 1, "batch_size": None, "compiled": "python", "progress": False}
    history = fit(model, X, y, loss=cross_entropy.mean, prior=L2(0.05 * len(X), biases=False), **options)
    assert history.start_loss == pytest.approx(1.30378789133, abs=1e-11)


def test_the_gradient_check_of_cs231n():
    """max rel error, printed by the notebook for each array, is to be less than 1e-8 or so with its step of 1e-5."""
    model, X, y = toy_of_cs231n()
    loss = cross_entropy.mean.over([model(x) for x in X], y) + L2(0.05, biases=False)(model)
    check = gradcheck(loss, model, step=1e-5)
    assert len(check) == 4 * 10 + 10 + 10 * 3 + 3
    assert check.relative_error < 2e-8


# Ng et al., Neural Networks and Deep Learning (deeplearning.ai) ------------------------------------------------------


def test_propagate_and_optimize_of_the_logistic_regression_sheet():
    """w = [1; 2], b = 2, X = [1 2 -1; 3 4 -3.2], Y = [1 0 1]: one call of propagate, and a hundred steps of optimize."""
    X, Y = np.array([[1.0, 2.0, -1.0], [3.0, 4.0, -3.2]]).T, [1, 0, 1]

    def after(steps, rate):
        model = MLP(2, [1], activation=["sigmoid"])
        model.theta = [1.0, 2.0, 2.0]
        options = {"optimizer": GradientDescent(rate), "epochs": steps, "batch_size": None, "progress": False}
        history = fit(model, X, Y, loss=binary_cross_entropy.mean, **options)
        return history.start_loss, np.array(model.theta.values)

    cost, moved = after(1, rate=1.0)
    assert cost == pytest.approx(5.801545319394553, rel=1e-15)
    assert_allclose([1, 2, 2] - moved, [0.99845601, 2.39507239, 0.001455578136784208], rtol=0, atol=5e-9)
    assert 2 - moved[2] == pytest.approx(0.001455578136784208, abs=1e-15)
    before, last = after(99, rate=0.009)[1], after(100, rate=0.009)[1]
    assert_allclose(last, [0.19033591, 0.12259159, 1.92535983], rtol=0, atol=6e-9)
    assert_allclose((before - last) / 0.009, [0.67752042, 1.41625495, 0.21919450], rtol=0, atol=6e-9)


def test_the_planar_sheet_in_matrices():
    """compute_cost and backward_propagation of its test cases: a 2-4-1 network of tanh and σ, three samples as columns."""
    state = np.random.RandomState(1)
    X, Y = state.randn(2, 3), state.randn(1, 3) > 0
    model = MLP(2, [4, 1], activation=["tanh", "sigmoid"])
    model.layer1.W = [
        [-0.00416758, -0.00056267],
        [-0.02136196, 0.01640271],
        [-0.01793436, -0.00841747],
        [0.00502881, -0.01245288],
    ]
    model.layer2.W = [[-0.01057952, -0.00909008, 0.00551454, 0.02292208]]
    trace = model.trace(X.T)
    assert_allclose([[a.data for a in row] for row in trace.z[2]], [[0.5002307, 0.49985831, 0.50023963]], rtol=0, atol=5e-9)
    means = [np.mean([[a.data for a in row] for row in rows]) for rows in (trace.u[1], trace.z[1], trace.u[2], trace.z[2])]
    printed = [-0.0004997557777419902, -0.000496963353231779, 0.00043818745095914653, 0.500109546852431]
    assert_allclose(means, printed, rtol=4e-15)
    form = trace.backward(binary_cross_entropy.mean.over(trace.output, Y[0]))
    dW1 = [[0.00301023, -0.00747267], [0.00257968, -0.00641288], [-0.00156892, 0.003893], [-0.00652037, 0.01618243]]
    assert_allclose(form.dL_dW[1], dW1, rtol=0, atol=6e-9)
    assert_allclose(form.dL_db[1], [0.00176201, 0.00150995, -0.00091736, -0.00381422], rtol=0, atol=6e-9)
    assert_allclose(form.dL_dW[2], [[0.00078841, 0.01765429, -0.00084166, -0.01022527]], rtol=0, atol=6e-9)
    assert_allclose(form.dL_db[2], [-0.16655712], rtol=0, atol=6e-9)
    Y = (np.random.RandomState(1).randn(1, 3) > 0)[0]  # of compute_cost, whose test case draws them anew
    assert binary_cross_entropy.mean.over([0.5002307, 0.49985831, 0.50023963], Y) == pytest.approx(0.6930587610394646, abs=1e-9)


def test_the_gradient_check_of_deeplearning_ai():
    """gradient_check_n: 4-5-3-1, ε = 1e-7. The sheet's backward pass has two slips, 2·dW2 and 4·db1; the right one passes."""
    state = np.random.RandomState(1)
    X, y = state.randn(4, 3), [1, 1, 0]
    model = MLP(4, [5, 3, 1], activation=["relu", "relu", "sigmoid"])
    for layer, (width, inputs) in zip(model.layers, [(5, 4), (3, 5), (1, 3)], strict=True):
        layer.W, layer.b = state.randn(width, inputs), state.randn(width, 1)
    cost = binary_cross_entropy.mean.over([model(x) for x in X.T], y)
    check = gradcheck(cost, model, step=1e-7)
    assert len(check) == 47
    assert check
    assert check.relative_norm < 2e-7  # printed there: 1.1890913024229996e-07, which is rounding
    slips = [2.0 if "layer2" in row.name and "w" in row.name.rpartition(".")[2] else 1.0 for row in check]
    slips = [4.0 if "layer1" in row.name and row.name.endswith(".b") else slip for row, slip in zip(check, slips, strict=True)]
    g, d = np.array(check.gradient) * slips, np.array(check.measured)
    assert np.linalg.norm(g - d) / (np.linalg.norm(g) + np.linalg.norm(d)) == pytest.approx(0.2850931567761623, rel=1e-6)


# Han & Kamber, Data Mining, the example of backpropagation: x = (1, 0, 1), class 1, rate 0.9 -------------------------


def test_han_and_kambers_updates():
    model = MLP(3, [2, 1], activation=["sigmoid", "sigmoid"])
    model.layer1.W, model.layer1.b = [[0.2, 0.4, -0.5], [-0.3, 0.1, 0.2]], [-0.4, 0.2]
    model.layer2.W, model.layer2.b = [[-0.3, -0.2]], [0.1]
    options = {"optimizer": GradientDescent(0.9), "epochs": 1, "progress": False}
    fit(model, [[1.0, 0.0, 1.0]], [1], loss=lambda output, y: (y - output) ** 2 / 2, **options)
    updated = [0.192, 0.4, -0.508, -0.408, -0.306, 0.1, 0.194, 0.194, -0.261, -0.138, 0.218]
    assert_allclose(model.theta.values, updated, rtol=0, atol=1.1e-3)  # three digits, of roundings carried along


# What the numbers above stand on -------------------------------------------------------------------------------------


def test_the_published_gradients_are_those_of_numpy():
    """Exercise 4 once more, in matrices as the sheet asks for them: so a slip in copying would be seen."""
    m, Y = len(X4), np.eye(4)[np.array(Y4) - 1]
    A1 = np.c_[np.ones(m), X4]
    A2 = np.c_[np.ones(m), sigma(A1 @ THETA1.T)]
    A3 = sigma(A2 @ THETA2.T)
    D3 = A3 - Y
    D2 = (D3 @ THETA2)[:, 1:] * (A2 * (1 - A2))[:, 1:]
    for decay, (cost, gradient) in PUBLISHED.items():
        squares = (THETA1[:, 1:] ** 2).sum() + (THETA2[:, 1:] ** 2).sum()
        J = -(Y * np.log(A3) + (1 - Y) * np.log(1 - A3)).sum() / m + decay / (2 * m) * squares
        G1, G2 = D2.T @ A1 / m, D3.T @ A2 / m
        G1[:, 1:] += decay / m * THETA1[:, 1:]
        G2[:, 1:] += decay / m * THETA2[:, 1:]
        assert pytest.approx(cost, rel=5e-5) == J
        assert_allclose([*G1.ravel(order="F"), *G2.ravel(order="F")], gradient, rtol=0, atol=6e-6)
