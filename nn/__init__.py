"""The lecture's networks, built from scalars, and their training.

>>> from chalkgrad.nn import MLP, binary_cross_entropy_with_logits, fit
>>> from chalkgrad.nn.data import moons
>>> model = MLP(2, [16, 16, 1], seed=0)
>>> score = model([0.5, -1.0])
>>> score.backward()
>>> all(p.has_grad for p in model.parameters())
True
>>> X, y = moons(50, seed=1)
>>> fit(model, X, [label > 0 for label in y], loss=binary_cross_entropy_with_logits, epochs=100, progress=False).metric[-1]
1.0

To build    Neuron(2), Layer(2, 3), MLP(2, [16, 1], activation="tanh"),
            Network("x1 x2", "y = h(x1, x2)"), Module for your own
To look at  model.describe(), model.trace(x), model.layer1.W, collapse,
            untrainable; chalkgrad.viz.diagram(model) draws it
To train    fit(model, X, y, loss=…, optimizer=Adam(0.01), prior=L2(0.01))
            Adam, GradientDescent; L1, L2, Gaussian, Laplace; History
Losses      squared_error, mean_squared_error, cross_entropy, hinge,
            binary_cross_entropy, binary_cross_entropy_with_logits,
            cross_entropy_of_probabilities; .mean for the mean over samples
Counts      polynomial_parameters([2, 10_000]), beside a network's
Heads       linear_head, logistic_head, softmax_head: what outputs mean
Descents    gradient_descent(f, 0.0), newton(f, 0.0), of rosenbrock or f
Data        chalkgrad.nn.data: iris, digits, moons, …, read_csv
"""

from typing import TYPE_CHECKING

from chalkgrad.engine.basics.later import later
from chalkgrad.nn.elsewhere import MODULES

if TYPE_CHECKING:
    from chalkgrad.nn.demonstrations import polynomial_parameters
    from chalkgrad.nn.descents import Descent, Descents, gradient_descent, newton, rosenbrock
    from chalkgrad.nn.heads import linear_head, logistic_head, softmax_head
    from chalkgrad.nn.losses import (
        binary_cross_entropy,
        binary_cross_entropy_with_logits,
        cross_entropy,
        cross_entropy_of_probabilities,
        hinge,
        mean_squared_error,
        squared_error,
    )
    from chalkgrad.nn.models.affine import collapse
    from chalkgrad.nn.models.layers import MLP, Layer, Neuron
    from chalkgrad.nn.models.module import Module
    from chalkgrad.nn.models.network import Network
    from chalkgrad.nn.models.trainability import untrainable
    from chalkgrad.nn.optimisers import Adam, GradientDescent
    from chalkgrad.nn.priors import L1, L2, Gaussian, Laplace
    from chalkgrad.nn.training import History, fit

__all__ = [
    "L1",
    "L2",
    "MLP",
    "Adam",
    "Descent",
    "Descents",
    "Gaussian",
    "GradientDescent",
    "History",
    "Laplace",
    "Layer",
    "Module",
    "Network",
    "Neuron",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "collapse",
    "cross_entropy",
    "cross_entropy_of_probabilities",
    "fit",
    "gradient_descent",
    "hinge",
    "linear_head",
    "logistic_head",
    "mean_squared_error",
    "newton",
    "polynomial_parameters",
    "rosenbrock",
    "softmax_head",
    "squared_error",
    "untrainable",
]

_LATER = {  # all of them, imported when first asked for
    **dict.fromkeys(("linear_head", "logistic_head", "softmax_head"), "heads"),
    **dict.fromkeys(
        (
            "binary_cross_entropy",
            "binary_cross_entropy_with_logits",
            "cross_entropy",
            "cross_entropy_of_probabilities",
            "hinge",
            "mean_squared_error",
            "squared_error",
        ),
        "losses",
    ),
    "collapse": "models.affine",
    **dict.fromkeys(("MLP", "Layer", "Neuron"), "models.layers"),
    "Module": "models.module",
    "Network": "models.network",
    "untrainable": "models.trainability",
    "polynomial_parameters": "demonstrations",
    **dict.fromkeys(("Descent", "Descents", "gradient_descent", "newton", "rosenbrock"), "descents"),
    **dict.fromkeys(("Adam", "GradientDescent"), "optimisers"),
    **dict.fromkeys(("L1", "L2", "Gaussian", "Laplace"), "priors"),
    **dict.fromkeys(("History", "fit"), "training"),
}

_LATER["data"] = ""  # the package of that name

if not TYPE_CHECKING:
    __getattr__, __dir__ = later(__name__, _LATER, MODULES)
