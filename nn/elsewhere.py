"""What models, optimisers and histories are asked for by those who know PyTorch, Keras or scikit-learn, and what to write here.

>>> from chalkgrad.nn import MLP
>>> MLP(2, [1]).summary()
Traceback (most recent call last):
AttributeError: MLP has no attribute 'summary': describe() shows the layers
"""

from __future__ import annotations

from typing import Any

from chalkgrad.engine.basics.absent import absent
from chalkgrad.engine.basics.tracebacks import hidden

_TRAINING = "fit is a function: fit(model, X, y, loss=squared_error.mean), after: from chalkgrad.nn import fit, squared_error"
_NO_MODES = "a model computes the same in training and afterwards: leave it out"
_NO_DEVICES = "numbers are floats of Python, without devices and types: leave it out"
_BY_NAME = "theta has all parameters by name, theta.values their numbers; save(path) writes them to a file"
_SET = "theta = […] sets all parameters, load_parameters(path) reads them from a file"
_WEIGHTS = "the weights are w of a neuron, W of a layer, as in model.layer1.W, and theta of all"
_BIASES = "the biases are b, as in model.layer1.b"
_MEASURE = "a loss measures: binary_cross_entropy_with_logits.metric(model.predict(X), y) is the accuracy"
_FROZEN = "freeze() keeps parameters as they are, unfreeze() lets them move"

MODEL = {
    **dict.fromkeys(("fit", "compile", "train_on_batch"), _TRAINING),
    **dict.fromkeys(("eval", "training"), f"{_NO_MODES}; predict(x) computes without recording"),
    "train": f"{_NO_MODES}. {_TRAINING}",
    **dict.fromkeys(("summary", "count_params"), "describe() shows the layers"),
    **dict.fromkeys(("state_dict", "get_weights"), _BY_NAME),
    **dict.fromkeys(("load_state_dict", "set_weights", "load_weights"), _SET),
    "save_weights": "save(path) writes the parameters to a file",
    **dict.fromkeys(("weight", "weights", "coef_", "coefs_", "kernel"), _WEIGHTS),
    "grad": "each parameter has its own: [p.grad for p in model.parameters()]",
    **dict.fromkeys(
        ("tape", "steps", "draw", "plot"), "the output has it: diagram(model) draws the network, draw(model(x)) the graph"
    ),
    **dict.fromkeys(("bias", "biases", "intercept_", "intercepts_"), _BIASES),
    **dict.fromkeys(("to", "cuda", "cpu", "float", "double"), _NO_DEVICES),
    **dict.fromkeys(("requires_grad", "requires_grad_", "trainable"), _FROZEN),
    **dict.fromkeys(("evaluate", "score"), _MEASURE),
    **dict.fromkeys(("forward", "call"), "call the model itself: model(x)"),
    "backward": "the loss has it: loss.backward()",
    "predict_proba": "a head makes probabilities of scores: logistic_head(model.predict(x)), for several classes softmax_head",
    "add": "all widths are given at once: MLP(2, [16, 16, 1])",
    "apply": "model.theta = […] sets all parameters, and init=… of MLP says how they begin",
    **dict.fromkeys(("modules", "named_modules", "children", "named_children"), "an MLP has layers, and a layer neurons"),
}

# An MLP has these.
WITHOUT_LAYERS = MODEL | {
    **dict.fromkeys(("from_torch", "from_pytorch"), "MLP.from_torch(sequential) makes an MLP of a torch.nn.Sequential"),
    **dict.fromkeys(
        ("to_torch", "to_pytorch"),
        "neurons, layers and MLPs have it, as a torch.nn.Sequential; program(y, inputs=[…]).function(torch) takes any graph "
        "there",
    ),
}

LAYERS = MODEL | {
    **dict.fromkeys(("W", "w"), "a layer has it: model.layer1.W"),
    "b": "a layer has it: model.layer1.b",
}

OPTIMISER = {
    "zero_grad": "the gradients are the model's: model.zero_grad()",
    **dict.fromkeys(("minimize", "apply_gradients"), "after loss.backward(), step(model) moves the parameters"),
    **dict.fromkeys(("lr", "learning_rate", "param_groups"), "rate() is the learning rate, rate(epoch) that of an epoch"),
    "state_dict": "an optimiser is not saved: reset() lets it begin anew",
}

RATE = {
    **dict.fromkeys(("lr", "learning_rate", "eta", "alpha", "step_size"), "the rate comes first: {name}(0.1)"),
    **dict.fromkeys(("params", "parameters"), "the parameters are given to step: {name}(0.1).step(model)"),
    "weight_decay": "it is an option of fit, prior=L2(0.01)",
    "nesterov": "there is momentum=0.9, without it",
    "betas": "they are beta1=0.9 and beta2=0.999",
    "beta_1": "it is beta1=0.9",
    "beta_2": "it is beta2=0.999",
    "eps": "it is epsilon=1e-8",
}

OPTIMISER_NAMES = {
    "sgd": '"gradient descent", which takes the samples in batches of batch_size=32',
    "gd": '"gradient descent"',
    "adamw": '"adam", with prior=L2(0.01) of fit for the decay',
    "rmsprop": '"adam", which divides by the same mean of squares',
    "nag": '"momentum"',
}

HISTORY = {
    "history": "each measure is a list of its own: history.loss, history.metric, history.validation_loss",
    "val_loss": "it is validation_loss",
    **dict.fromkeys(("accuracy", "acc"), "it is metric; metric_name says what is measured"),
    **dict.fromkeys(("val_accuracy", "val_acc"), "it is validation_metric"),
    "epoch": "epochs is how many were completed, best_epoch the one whose parameters the model has",
}

_LOSS = "a loss is called with a sample's outputs and its target, and loss=… of fit takes it: "
_ACTIVATION = 'activations are options: activation="{name}", or functions of a Value such as relu'

MODULES = {
    **dict.fromkeys(("Linear", "Dense"), "Layer(2, 3, activation=None) has 2 inputs and 3 neurons"),
    "Sequential": 'MLP(2, [16, 16, 1], activation="tanh") has its layers one after another',
    "Parameter": "a Value among a Module's attributes is a parameter",
    **dict.fromkeys(("MSELoss", "MeanSquaredError"), f"{_LOSS}squared_error.mean"),
    **dict.fromkeys(("BCELoss", "BinaryCrossentropy"), f"{_LOSS}binary_cross_entropy.mean"),
    "BCEWithLogitsLoss": f"{_LOSS}binary_cross_entropy_with_logits.mean",
    **dict.fromkeys(("CrossEntropyLoss", "CategoricalCrossentropy"), f"{_LOSS}cross_entropy.mean"),
    "L1Loss": f"{_LOSS}loss=lambda score, y: abs(score - y)",
    "SGD": "GradientDescent(0.1), which fit lets go through the samples in batches",
    **{name: _ACTIVATION.format(name=name.casefold()) for name in ("ReLU", "Tanh", "Sigmoid", "GELU", "SiLU", "ELU")},
    **dict.fromkeys(("mse", "MSE", "mse_loss"), f"{_LOSS}squared_error.mean"),
    **dict.fromkeys(("bce", "BCE"), f"{_LOSS}binary_cross_entropy.mean"),
    **dict.fromkeys(("functional", "F"), "losses are here, activations in chalkgrad.functions"),
    **dict.fromkeys(
        ("Dropout", "BatchNorm1d", "Conv2d", "Flatten", "Embedding", "LSTM", "RNN"),
        "of such layers there is none: write a Module of Values",
    ),
    **dict.fromkeys(("train", "compile", "Trainer"), "fit(model, X, y, loss=squared_error.mean) trains a model"),
    **dict.fromkeys(("optim", "optimizers"), "Adam(0.01) and GradientDescent(0.1) are here"),
    "Softmax": "cross_entropy has it in it, and softmax_head makes probabilities of scores",
}


def missing(owner: Any, name: str, words: dict[str, str]) -> Any:
    """What __getattr__ does: raises the error for an attribute that is not there, or that of a property which failed."""
    if hasattr(type(owner), name):
        return object.__getattribute__(owner, name)
    raise hidden(absent(type(owner).__name__, name, [] if name.startswith("_") else dir(owner), words))
