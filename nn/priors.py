"""Priors: what is believed about the parameters before seeing data. With a prior, maximum likelihood becomes MAP.

>>> from chalkgrad.engine import Value
>>> from chalkgrad.nn.losses import cross_entropy
>>> w = [Value(2.0, "w1"), Value(-1.0, "w2")]
>>> prior = Gaussian(0.5)
>>> prior
Gaussian prior of mean 0 and standard deviation 0.5: L2 with weight 2
>>> objective = cross_entropy(w, 0) + prior(w)          # -log likelihood - log prior, up to a constant
>>> objective.backward()
>>> prior(w).data                                       # 2·(2² + 1²)
10.0

The maximum a posteriori parameters θ are the most probable ones once the sample set has been seen. By Bayes' rule they maximise
likelihood times prior, so they minimise

    -log p(y | x, θ) - log p(θ)  =  loss.sum.over(outputs, targets) + prior(parameters)  +  constant,

provided that the loss is a negative log-likelihood, summed over the samples. The cross-entropies are.
The squared error is for Gaussian noise of variance 1/2; for noise of variance σ² divide it by 2σ², or multiply the prior by
2σ². The hinge is not a likelihood: with a prior it is a regularised loss. A mean over m samples is the sum divided by m, so the
prior must be divided by m as well: loss.mean.over(outputs, targets) + prior(parameters)/m has the same minimum.

A Gaussian prior is an L2 penalty (weight decay, ridge regression), a Laplace prior an L1 penalty (the lasso); `weight` is
the weight of that penalty. Biases are often left out, as in most courses: `L2(0.01, biases=False)` is for the parameters of a
model that are not called b or bias. Any other choice of parameters is a list given to the prior.

>>> from chalkgrad.nn import MLP
>>> model = MLP(2, [1], seed=0)
>>> model.theta = [3.0, 4.0, 100.0]                     # two weights and a bias
>>> L2(0.01)(model).data, L2(0.01, biases=False)(model).data
(100.25, 0.25)

Source: Bishop, Pattern Recognition and Machine Learning, 1.2.5 and 3.3.1; Goodfellow et al., Deep Learning, 5.6.1 and 7.1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from chalkgrad.engine import Value, affine, total
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.words.printer import LaTeX
from chalkgrad.engine.words.slides import equations_of
from chalkgrad.engine.words.tex import document
from chalkgrad.nn.data.rows import sample_in
from chalkgrad.nn.losses import LOSSES, Loss, has_elements
from chalkgrad.nn.models.module import Module
from chalkgrad.nn.options import explained

THETA = r"\theta"
_OTHERS = {"bias": "it is biases=False", "on": "it is biases=False for the weights alone"}
BIAS = re.compile(r"(b|bia|bias|biase)_?\d*")  # the last part of a bias's name; elements of a list lose an s


class Prior:
    """The base of both priors: independent parameters, all with the same `scale` and `mean`.

    Attributes:
        scale: how far from the mean a parameter is expected to lie
        mean: where it is expected
        weight: the λ of the penalty that this prior is, λ·Σ(θ - mean)² for L2 and λ·Σ|θ - mean| for L1
        biases: whether it is for the biases of a model, too; if not, it takes a model, whose parameters have names
    """

    scale: float
    mean: float
    weight: float
    biases: bool

    def __init__(self, scale: float, mean: float = 0.0, *, biases: bool = True) -> None:
        name = type(self).__name__
        self.scale, self.mean = to_float(scale, f"the scale of {name}"), to_float(mean, f"the mean of {name}")
        if self.scale <= 0:
            raise ValueError(f"{name} needs a scale above 0, and was given {self.scale:g}: it says how far parameters spread")
        self.biases = bool(biases)
        self.weight = self._weight()
        if not 0 < self.weight < math.inf:
            raise ValueError(f"{name}({self.scale:g}) is too far from 1: its penalty would have the weight {self.weight:g}")

    def __call__(self, parameters: Module | Iterable[Any]) -> Any:
        """Returns the negative log-density of the parameters up to a constant: a Value, or for plain numbers a float.

        `parameters` is a model, or a list of Values, such as `model.parameters()`. Raises TypeError for anything else, and for
        a list if biases are to be left out, ValueError for an empty list.
        """
        return self.weight * self._penalty(self._deviations(parameters))

    def log_density(self, parameters: Module | Iterable[Any]) -> float:
        """Returns log p(θ) of the parameters, with all constants, as a float; nothing is recorded."""
        numbers = [p.data if isinstance(p, Value) else to_float(p, "a parameter") for p in self._deviations(parameters)]
        return math.fsum(self._log_density(d) for d in numbers)

    def latex(self, loss: Loss | None = None, numbers: bool = True) -> str:
        r"""Returns the prior in LaTeX, between \[ and \], for documents with the package amsmath: the penalty λ·Σ that it is.

        With a `loss` it is what the maximum a posteriori parameters minimise, as `fit` does: the loss and the penalty, of
        which a mean over m samples takes an m-th. For a loss that is not a likelihood they are called θ*. Where the biases are
        left out, the sum is over the weights w. With `numbers=False` the symbols are alone: τ is the scale, μ a mean other
        than 0.

        >>> print(Gaussian(0.5).latex())
        % needs \usepackage{amsmath}
        \begin{aligned}
        -\log p(\theta) &= \lambda \sum_{j} \theta_{j}^{2} + \mathrm{const} \\
        \lambda &= \frac{1}{2 \tau^{2}} = 2
        \end{aligned}
        >>> from chalkgrad.nn.losses import squared_error
        >>> print(L1(0.1).latex(squared_error, numbers=False).splitlines()[-2])
        \lambda &= \frac{1}{\tau}
        """
        symbol = THETA if self.biases else "w"
        weight, mean = (LaTeX().number(x) for x in (self.weight, self.mean))
        deviation = rf"{symbol}_{{j}} - \mu" if self.mean else rf"{symbol}_{{j}}"
        penalty = rf"\sum_{{j}} {self._latex_penalty(deviation, bool(self.mean))}"
        by_scale = [r"\lambda", self._latex_weight(), *([weight] if numbers else [])]
        where = [by_scale, *([[r"\mu", mean]] if self.mean and numbers else [])]
        if loss is None:
            return document(equations_of([[rf"-\log p({symbol})", rf"\lambda {penalty} + \mathrm{{const}}"], *where]))
        share = r"\frac{\lambda}{m}" if loss.reduction == "mean" else r"\lambda"
        name = r"\theta_{\mathrm{MAP}}" if loss.likelihood else r"\theta^{*}"
        least = rf"\arg\min_{{\theta}} \; \Bigl[ {loss._in_latex(THETA)} + {share} {penalty} \Bigr]"
        return document(equations_of([[name, least], *where]))

    def _latex_penalty(self, deviation: str, several: bool) -> str:
        """Returns the penalty of one deviation in LaTeX, with weight 1."""
        raise NotImplementedError

    def _latex_weight(self) -> str:
        """Returns the weight in LaTeX, by the scale."""
        raise NotImplementedError

    def _deviations(self, parameters: Module | Iterable[Any]) -> list[Any]:
        """Returns the distance of each parameter from the mean."""
        if isinstance(parameters, Module):
            named = [(name.rpartition(".")[2], p) for name, p in parameters.named_parameters()]
            parameters = [p for name, p in named if self.biases or not BIAS.fullmatch(name)]
        elif not self.biases and has_elements(parameters):
            raise TypeError("which of these are biases cannot be told from a list: give the model itself, as in prior(model)")
        if not has_elements(parameters):
            raise TypeError(f"a prior takes a list of parameters, such as model.parameters(), not {parameters!r}")
        listed = list(sample_in(parameters))
        if not listed:
            raise ValueError("a prior needs at least one parameter, and this list is empty")
        return [p - self.mean for p in listed] if self.mean else listed

    def _weight(self) -> float:
        """Returns the weight of the penalty that this prior is."""
        raise NotImplementedError

    def _penalty(self, deviations: list[Any]) -> Any:
        """Records and returns the penalty of the deviations from the mean, with weight 1."""
        raise NotImplementedError

    def _log_density(self, deviation: float) -> float:
        """Returns the log-density of one parameter, given its deviation from the mean."""
        raise NotImplementedError

    def _said(self, key: str) -> str:
        prior = LOSSES[key].format(mean=f"{self.mean:g}", scale=f"{self.scale:g}", weight=f"{self.weight:g}")
        return prior if self.biases else LOSSES["weights alone"].format(prior=prior)


class Gaussian(Prior):
    """A normal distribution of standard deviation `scale`: p(θ) = exp(-(θ - mean)²/(2·scale²))/(scale·√(2π)), each.

    Called with parameters it returns Σ(θ - mean)²/(2·scale²), whose gradient is (θ - mean)/scale²: it pulls each parameter
    towards the mean in proportion to its distance. That is L2 with weight 1/(2·scale²).

    Raises ValueError for a scale that is not above 0.

    >>> Gaussian(0.5)([1.0, 2.0]), Gaussian(0.5).weight
    (10.0, 2.0)
    >>> round(Gaussian(1.0).log_density([0.0]), 6)          # -log √(2π)
    -0.918939
    """

    def _weight(self) -> float:
        return 0.5 / self.scale / self.scale

    def _penalty(self, deviations: list[Any]) -> Any:
        return affine(deviations, deviations, 0.0)  # the sum of squares, as one node

    def _latex_penalty(self, deviation: str, several: bool) -> str:
        return rf"\left({deviation}\right)^{{2}}" if several else f"{deviation}^{{2}}"

    def _latex_weight(self) -> str:
        return r"\frac{1}{2 \tau^{2}}"

    def _log_density(self, deviation: float) -> float:
        return -0.5 * (deviation / self.scale) ** 2 - math.log(self.scale) - 0.5 * math.log(2 * math.pi)

    def __repr__(self) -> str:
        return self._said("Gaussian")


class Laplace(Prior):
    """A Laplace distribution of scale `scale`: p(θ) = exp(-|θ - mean|/scale)/(2·scale), each; its variance is 2·scale².

    Called with parameters it returns Σ|θ - mean|/scale, whose gradient is ±1/scale, and 0 at the mean: it pulls each
    parameter equally hard, however close it is, so that many end up at the mean itself. That is L1 with weight 1/scale.

    Raises ValueError for a scale that is not above 0.

    >>> Laplace(0.5)([1.0, -2.0]), Laplace(0.5).weight
    (6.0, 2.0)
    >>> round(Laplace(1.0).log_density([0.0]), 6)           # -log 2
    -0.693147
    """

    def _weight(self) -> float:
        return 1 / self.scale

    def _penalty(self, deviations: list[Any]) -> Any:
        return total([abs(d) for d in deviations])

    def _latex_penalty(self, deviation: str, several: bool) -> str:
        return rf"\left|{deviation}\right|"

    def _latex_weight(self) -> str:
        return r"\frac{1}{\tau}"

    def _log_density(self, deviation: float) -> float:
        return -abs(deviation) / self.scale - math.log(2 * self.scale)

    def __repr__(self) -> str:
        return self._said("Laplace")


@explained(_OTHERS)
def L2(weight: float, *, biases: bool = True) -> Gaussian:  # noqa: N802 - the penalty's name
    """Returns the Gaussian prior that is the penalty weight·Σθ²: its scale is 1/√(2·weight).

    With `biases=False` it leaves out the biases of a model, which `fit` gives to it; for a loss of your own write prior(model).
    Raises ValueError for a weight that is not above 0.

    >>> L2(0.01)
    Gaussian prior of mean 0 and standard deviation 7.07107: L2 with weight 0.01
    >>> L2(0.01)([3.0, 4.0])
    0.25
    >>> L2(0.01, biases=False)
    Gaussian prior of mean 0 and standard deviation 7.07107: L2 with weight 0.01, of the weights alone
    """
    weight = _positive(weight, "L2")
    prior = Gaussian(math.sqrt(0.5) / math.sqrt(weight), biases=biases)
    prior.weight = weight  # as given: by way of the scale it would be rounded
    return prior


@explained(_OTHERS)
def L1(weight: float, *, biases: bool = True) -> Laplace:  # noqa: N802 - as L2
    """Returns the Laplace prior that is the penalty weight·Σ|θ|: its scale is 1/weight.

    `biases` is as in L2. Raises ValueError for a weight that is not above 0.

    >>> L1(0.1)
    Laplace prior of mean 0 and scale 10: L1 with weight 0.1
    """
    weight = _positive(weight, "L1")
    prior = Laplace(1 / weight, biases=biases)
    prior.weight = weight
    return prior


def penalty_of(prior: Any, model: Module) -> Any:
    """Returns the penalty of a model's parameters by a prior, or by a function that takes a list of them."""
    return prior(model if isinstance(prior, Prior) and not prior.biases else model.parameters())


def _positive(weight: float, name: str) -> float:
    weight = to_float(weight, f"the weight of {name}")
    if weight <= 0:
        raise ValueError(f"{name} needs a weight above 0, and was given {weight:g}: for no penalty leave it out")
    return weight
