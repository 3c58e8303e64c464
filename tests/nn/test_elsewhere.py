"""Words of PyTorch, Keras and scikit-learn: each is answered with what to write here, and that runs."""

import copy
import pickle

import pytest
from chalkgrad import nn
from chalkgrad.engine import Value
from chalkgrad.nn import MLP, Adam, GradientDescent, Layer, Module, Network, Neuron, elsewhere, fit, squared_error
from chalkgrad.nn.history import History

X, Y = [[0.0, 1.0], [1.0, 0.5]], [0, 1]


class Own(Module):
    def __init__(self):
        self.w = Value(1.0)

    def __call__(self, x):
        return self.w * x[0]

    @property
    def broken(self):
        return self.missing_inside


OWNERS = {
    "MODEL": [MLP(2, [1]), Layer(2, 2), Neuron(2), Network("x", "y = h(x)"), Own()],
    "OPTIMISER": [Adam(), GradientDescent(0.5)],
    "HISTORY": [History("accuracy", "python")],
}


@pytest.mark.parametrize("table", OWNERS)
def test_each_word_is_answered_and_hides_nothing(table):
    words = getattr(elsewhere, table)
    for owner in OWNERS[table]:
        for word, answer in words.items():
            assert not hasattr(owner, word)
            with pytest.raises(AttributeError) as caught:
                getattr(owner, word)
            assert str(caught.value) == f"{type(owner).__name__} has no attribute {word!r}: {answer}"
        with pytest.raises(AttributeError, match=rf"^{type(owner).__name__} has no attribute 'wieghts'"):
            _ = owner.wieghts
        assert type(pickle.loads(pickle.dumps(copy.deepcopy(owner)))) is type(owner)


def test_a_property_that_fails_keeps_its_own_error():
    with pytest.raises(AttributeError, match="missing_inside"):
        _ = Own().broken


def test_words_of_the_module_are_answered():
    for word, answer in elsewhere.MODULES.items():
        with pytest.raises(AttributeError) as caught:
            getattr(nn, word)
        assert str(caught.value) == f"chalkgrad.nn has no attribute {word!r}: {answer}"
    with pytest.raises(AttributeError, match=r"^chalkgrad\.nn has no attribute 'MPL': did you mean MLP\?$"):
        _ = nn.MPL


@pytest.mark.parametrize(
    ("attempt", "sentence"),
    [
        (lambda m: GradientDescent(lr=0.1), "GradientDescent has no option lr: the rate comes first: GradientDescent(0.1)"),
        (lambda m: Adam(learning_rate=0.1), "Adam has no option learning_rate: the rate comes first: Adam(0.1)"),
        (lambda m: Adam(m.parameters(), lr=0.1), "Adam has no option lr: the rate comes first: Adam(0.1)"),
        (lambda m: Adam(amsgrad=True), "Adam has no option amsgrad: its options are rate, beta1, beta2, epsilon"),
        (
            lambda m: Adam(m.parameters()),
            "Adam begins with its rate, and the parameters are given to step: Adam(0.1).step(model)",
        ),
        (lambda m: Adam(0.1).step(), "a step moves what it is given: step(model), or a list of leaves, step([w, b])"),
        (
            lambda m: fit(m, X, Y, loss=squared_error, verbose=0),
            "fit has no option verbose: it is progress=True or progress=False",
        ),
        (
            lambda m: fit(m, X, Y, loss=squared_error, metrics=["accuracy"]),
            "fit has no option metrics: a loss has its measure, which history.metric lists",
        ),
    ],
)
def test_options_of_other_libraries(attempt, sentence):
    with pytest.raises(TypeError) as caught:
        attempt(MLP(2, [1], seed=0))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "code",
    [
        "fit(model, X, y, loss=squared_error.mean, optimizer='adam', epochs=1, progress=False)",
        "model.theta.values; model.theta = [0.0] * 3; model.freeze(); model.unfreeze()",
        "model.layer1.W; model.layer1.b; model.layers[0].neurons[0].w; model.describe()",
        "binary_cross_entropy_with_logits.metric(model.predict(X), y)",
        "logistic_head(model.predict(X[0])); softmax_head(MLP(2, [3]).predict(X[0]))",
        "loss = (model(X[0]) - 1)**2; loss.backward(); Adam(0.1).step(model); model.zero_grad(); Adam().rate()",
        "fit(model, X, y, loss=lambda score, y: abs(score - y), prior=L2(0.01), batch_size=32, epochs=1, progress=False)",
        "Layer(2, 3, activation=None); MLP(2, [16, 16, 1], activation='tanh')",
        "binary_cross_entropy.mean, cross_entropy.mean; MLP(2, [1, 1], activation='silu')",
    ],
)
def test_what_the_answers_say_runs(code):
    exec(code, {**{name: getattr(nn, name) for name in nn.__all__}, "model": MLP(2, [1], seed=0), "X": X, "y": Y})
