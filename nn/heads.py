"""Heads: what the scores of a last layer mean. A head turns them into predictions, and has the loss to train them with.

>>> from chalkgrad.nn import MLP
>>> model = MLP(2, [4, 3], "tanh", seed=0)              # three scores, for three classes
>>> scores = model([0.5, -1.0])
>>> probabilities = softmax_head(scores)
>>> round(sum(p.data for p in probabilities), 12)
1.0
>>> loss = softmax_head.loss(scores, 2)                 # from the scores: better than from the probabilities
>>> loss.backward()

The lecture has three. Regression: a neuron without activation, and least squares. Two classes: a neuron without activation, the
logistic function of its output, and the logistic loss. C classes: C outputs, softmax, and the cross-entropy. All three are one
idea: a linear model gives the scores, and the head turns them into a mean or probabilities (a generalised linear model).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalkgrad.engine import sigmoid, softmax
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.words.tex import document
from chalkgrad.nn.data import Table
from chalkgrad.nn.data.rows import content_of
from chalkgrad.nn.losses import (
    LOSSES,
    Loss,
    as_list,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    cross_entropy_of_probabilities,
    read_class_number,
    squared_error,
)


class Head:
    """The base of all heads.

    Attributes:
        name: "linear", "logistic" or "softmax"
        loss: the loss that takes the scores
        loss_of_probabilities: the same loss, taking the predictions, if they are probabilities; else None.
            `head.loss(scores, y)` and `head.loss_of_probabilities(head(scores), y)` agree to rounding, as long as no
            probability has been rounded to 0 or 1
    """

    name: str
    loss: Loss
    loss_of_probabilities: Loss | None

    def __call__(self, scores: Any) -> Any:
        """Records and returns the predictions for one sample, from its scores: a list, or one bare Value."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it predicts: give it __call__(self, scores)")

    def decide(self, scores: Any) -> Any:
        """Returns what the scores predict, in the form of a target: a number, or a class; nothing is recorded.

        The scores of one sample are numbers or Values. A tie goes to the first class.
        """
        return self.loss.decide(scores)

    def outputs(self, targets: Iterable[Any]) -> int:
        """Returns how many outputs a model needs for these targets.

        Raises TypeError and ValueError for targets of the wrong kind, and for an empty list.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how many outputs it needs: give it outputs()")

    def latex(self) -> str:
        r"""Returns what the head makes of a model's output in LaTeX, between \[ and \], for documents with the package amsmath.

        f(x; W) is the model's output, before the head. The formula of the loss is `head.loss.latex()`.

        >>> print(logistic_head.latex())
        % needs \usepackage{amsmath}
        P(y = 1 \mid x) = \sigma(f(x; W)) = \frac{1}{1 + e^{-f(x; W)}}
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it is written: give it latex()")

    def __repr__(self) -> str:
        return LOSSES["head"].format(name=self.name, loss=self.loss.name)


class LinearHead(Head):
    """Regression: the score is the prediction, and the loss the squared error.

    Source: Bishop, Pattern Recognition and Machine Learning, 3.1; Goodfellow et al., Deep Learning, 6.2.2.1.

    >>> linear_head.decide(2.5), linear_head.outputs([1.0, 2.0]), linear_head.outputs([[1.0, 2.0], [3.0, 4.0]])
    (2.5, 1, 2)
    """

    name = "linear"
    loss = squared_error
    loss_of_probabilities = None

    def __call__(self, scores: Any) -> Any:
        """Returns the scores as they are."""
        return scores

    def latex(self) -> str:
        return document(r"\hat{y} = f(x; W)")

    def outputs(self, targets: Iterable[Any]) -> int:
        """Returns the length of the targets, 1 if they are numbers."""
        targets = _at_least_one(targets)
        count = len(as_list(targets[0]))
        for target in targets:
            if len(as_list(target)) != count:
                raise ValueError(
                    f"all targets need the same length, and the first has {amount(count, 'number')}, "
                    f"another one {amount(len(as_list(target)), 'number')}"
                )
            self.loss.encode(target, count)
        return count


class LogisticHead(Head):
    """Two classes, 0 and 1: σ(s) of the one score s is the probability of class 1, and the loss the binary cross-entropy.

    Of several scores each is the logit of a question of its own (multi-label, one-vs-all), and each has its probability.

    `decide` returns 1 for s > 0, where σ(s) > 1/2.

    Source: Bishop, Pattern Recognition and Machine Learning, 4.3.2; Goodfellow et al., Deep Learning, 6.2.2.2.

    >>> logistic_head(0.0), logistic_head.decide(0.1), logistic_head.decide(-0.1)
    (0.5, 1, 0)
    """

    name = "logistic"
    loss = binary_cross_entropy_with_logits
    loss_of_probabilities = binary_cross_entropy

    def __call__(self, scores: Any) -> Any:
        """Records and returns σ(s), bare, or for several scores a list."""
        probabilities = [sigmoid(s) for s in as_list(scores)]
        return probabilities[0] if len(probabilities) == 1 else probabilities

    def latex(self) -> str:
        return document(r"P(y = 1 \mid x) = \sigma(f(x; W)) = \frac{1}{1 + e^{-f(x; W)}}")

    def outputs(self, targets: Iterable[Any]) -> int:
        """Returns the length of the targets, 1 if they are numbers."""
        targets = _at_least_one(targets)
        count = len(as_list(targets[0]))
        for target in targets:
            self.loss.encode(target, count)
        return count


class SoftmaxHead(Head):
    """C classes, 0 to C - 1: softmax of the C scores gives their probabilities, and the loss is the cross-entropy.

    `decide` returns the class of the largest score.

    Source: Bishop, Pattern Recognition and Machine Learning, 4.3.4; Goodfellow et al., Deep Learning, 6.2.2.3.

    >>> softmax_head([0.0, 0.0]), softmax_head.decide([0.1, 2.0, -1.0]), softmax_head.outputs([0, 2, 1, 1])
    ([0.5, 0.5], 1, 3)
    """

    name = "softmax"
    loss = cross_entropy
    loss_of_probabilities = cross_entropy_of_probabilities

    def __call__(self, scores: Any) -> Any:
        """Records and returns the probabilities, a list with one for each score. Raises ValueError for a single score."""
        scores = as_list(scores)
        if len(scores) == 1:
            raise ValueError(
                "softmax_head takes a score for each class, and was given only one; "
                "one output is a logit for two classes: use logistic_head"
            )
        return softmax(scores)

    def latex(self) -> str:
        return document(
            r"P(y = c \mid x) = \mathrm{softmax}\left(f(x; W)\right)_{c} = \frac{e^{f_{c}(x; W)}}{\sum_{k} e^{f_{k}(x; W)}}"
        )

    def outputs(self, targets: Iterable[Any]) -> int:
        """Returns the largest class number plus 1, but at least 2."""
        numbers = [read_class_number(target, self.loss.name) for target in _at_least_one(targets)]
        self.loss.encode(min(numbers), max(2, *numbers) + 1)  # raises for a negative one
        return max(2, max(numbers) + 1)


linear_head = LinearHead()
logistic_head = LogisticHead()
softmax_head = SoftmaxHead()


def _at_least_one(targets: Iterable[Any]) -> list[Any]:
    """Returns targets as a list; raises ValueError if there are none."""
    targets = list(content_of(targets.y if isinstance(targets, Table) else targets))
    if not targets:
        raise ValueError("a head needs at least one target to say how many outputs there are")
    return targets
