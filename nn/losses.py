"""Losses: one number that says how wrong a model's outputs are, a Value whose gradient trains the model.

>>> from chalkgrad.engine import Value
>>> scores = [Value(2.0, "s1"), Value(-1.0, "s2"), Value(0.5, "s3")]
>>> L = cross_entropy(scores, 2)                        # the right class is number 2, the third
>>> L
<Value L = logsumexp(s1, s2, s3) - s3 = 1.741, grad not computed>
>>> L.backward()
>>> [round(s.grad, 4) for s in scores]                  # softmax(s), and 1 less at the right class
[0.7856, 0.0391, -0.8247]

A loss is called with the outputs for one sample and their target. `over` goes through a sample set, and adds the losses as the
lecture does, or takes their mean as frameworks do: `loss.sum` and `loss.mean` are the same loss with one or the other.

>>> squared_error.over([1.0, 2.0], [1.5, 4.0]), mean_squared_error.over([1.0, 2.0], [1.5, 4.0])
(4.25, 2.125)

For a program that goes through many samples a loss has two parts: `encode` returns the numbers of the target, which vary from
sample to sample, and `formula` computes the loss from them, by the same operations for all targets.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, ClassVar

from chalkgrad.engine import DomainError, GradientWarning, Value, affine, log, log1p, logsumexp, no_grad, relu, softplus, total
from chalkgrad.engine.basics.english import amount
from chalkgrad.engine.basics.notes import note
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.tracebacks import hidden, short_traceback, shorten
from chalkgrad.engine.words.language import section
from chalkgrad.engine.words.tex import document
from chalkgrad.nn.data import Table
from chalkgrad.nn.data.rows import content_of, is_row, sample_in
from chalkgrad.nn.models.formulas import word

LOSSES = section("losses")
OWN_LOSS = "a loss of your own is a function of one sample's outputs and its target, loss=lambda scores, y: (scores - y)**2"
FEW_DIGITS = 1e-12  # below it 1 - p, for a p that has been rounded, has at most four right digits


@dataclass(frozen=True, repr=False)
class Loss:
    """The base of all losses: calling one gives the loss of a sample, `over` that of a sample set.

    `reduction` says how `over` puts samples together: "sum", as the lecture writes it (the likelihood of a sample set is a
    product, its negative logarithm a sum), or "mean". Losses are equal if their kind and their reduction are.

    A loss of your own is a subclass with `name`, `encode` and `formula`.

    >>> hinge.mean, hinge.mean.sum == hinge
    (<loss hinge, the mean over the samples>, True)
    """

    reduction: str = "sum"

    name: ClassVar[str]  # as it is called here
    metric_name: ClassVar[str]  # what `metric` measures
    likelihood: ClassVar[bool] = False  # whether it is the negative logarithm of one, up to a constant

    def __post_init__(self) -> None:
        if self.reduction not in ("sum", "mean"):
            raise ValueError(f'a loss is reduced by "sum" or "mean", not by {self.reduction!r}')

    @property
    def sum(self) -> Loss:
        """The same loss, with the sum over the samples."""
        return type(self)("sum")

    @property
    def mean(self) -> Loss:
        """The same loss, with the mean over the samples."""
        return type(self)("mean")

    def __repr__(self) -> str:
        return LOSSES[self.reduction].format(name=self.name)

    def latex(self, parameters: str = "W") -> str:
        r"""Returns the loss of a sample set in LaTeX, between \[ and \], for documents with the package amsmath.

        It is the lecture's formula: x^(i) is sample i, y^(i) its target, f(x^(i); W) what the model with the `parameters` W
        returns for it.

        >>> print(squared_error.latex())
        % needs \usepackage{amsmath}
        \sum_{i} \left(y^{(i)} - f(x^{(i)}; W)\right)^{2}
        >>> print(mean_squared_error.latex(r"\theta"))
        % needs \usepackage{amsmath}
        \frac{1}{m} \sum_{i=1}^{m} \left(y^{(i)} - f(x^{(i)}; \theta)\right)^{2}
        """
        return document(self._in_latex(parameters))

    def _in_latex(self, parameters: str) -> str:
        sign, of_sample = self._latex_of_sample("y^{(i)}", f"(x^{{(i)}}; {parameters})")
        added = r"\frac{1}{m} \sum_{i=1}^{m}" if self.reduction == "mean" else r"\sum_{i}"
        return f"{sign}{added} {of_sample}"

    def _latex_of_sample(self, y: str, x: str) -> tuple[str, str]:
        """Returns the loss of a sample in LaTeX, its sign apart, given its target and what f is applied to."""
        return "", rf"\mathrm{{{word(self.name)}}}\left(f{x}, {y}\right)"

    def __call__(self, scores: Any, target: Any) -> Any:
        """Returns the loss of one sample: a Value if there is a Value among the scores, else a float.

        Args:
            scores: the model's outputs for the sample, a list or one bare output; numbers or Values
            target: what they should be, a plain number or, for a regression with several outputs, a list of them

        Raises TypeError and ValueError for a target of the wrong kind or the wrong number of scores, DomainError if the
        loss is infinite.
        """
        scores = as_list(scores)
        try:
            numbers = self.encode(target, len(scores))
            if any(isinstance(s, Value) for s in scores):
                return self._shortest_formula(scores, numbers)
            with no_grad():
                return self._shortest_formula([Value(s) for s in scores], numbers).data
        except Exception as error:  # here, because a decorator would be another call for each sample
            __tracebackhide__ = True
            if isinstance(error, (TypeError, ValueError)):
                self._refuse_mixed_up(scores, target)
            shorten(error)
            raise

    def _refuse_mixed_up(self, scores: list[Any], target: Any) -> None:
        """Raises TypeError for what is the cause of an error of one sample: a sample set, or a target before the outputs."""
        if has_elements(scores[0]):
            mean = ".mean" if self.reduction == "mean" and not isinstance(self, SquaredError) else ""
            raise hidden(
                TypeError(
                    f"{self.name} is called with the outputs for one sample, and was given a list of lists: of a sample set, "
                    f"{amount(len(scores), 'sample')}, write {self.name}{mean}.over(outputs, targets)"
                )
            ) from None
        wanted = target if isinstance(target, (list, tuple)) else [target]
        if any(isinstance(y, Value) and y.parents for y in wanted) and not any(isinstance(s, Value) for s in scores):
            raise hidden(
                TypeError(
                    f"{self.name} takes the outputs first, then the target, and here the target is what is computed: write "
                    f"{self.name}(model(x), y)"
                )
            ) from None

    @short_traceback
    def over(self, outputs: Iterable[Any], targets: Iterable[Any]) -> Any:
        """Returns the loss over a sample set: the sum or the mean, as `reduction` says, of the samples' losses.

        `outputs` has the scores of each of n samples, `targets` n targets. Returns a Value if there are Values among the
        scores, else a float. Raises ValueError for different numbers of outputs and targets, or none; an error of one sample
        is raised with the number of the sample.
        """
        losses = [self._numbered(i, self, scores, target) for i, (scores, target) in enumerate(pair_up(outputs, targets))]
        added = total(losses)
        return added if self.reduction == "sum" else added / len(losses)

    def encode(self, target: Any, outputs: int) -> list[float]:
        """Returns the target as the numbers that vary from sample to sample, for a model with this many outputs.

        Raises TypeError and ValueError, with a sentence, for a target of the wrong kind or the wrong number of outputs.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how a target becomes numbers: give it encode()")

    def formula(self, scores: Sequence[Any], target: Sequence[Any]) -> Any:
        """Returns the loss of a sample from a list of scores and an encoded target, either of which may be Values.

        It does not decide anything by the numbers, so a program recorded from one sample is right for all. Calling the loss
        gives the same to rounding, and may record a smaller graph. Targets are not checked: `encode` has done it.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what it computes: give it formula()")

    def _shortest_formula(self, scores: Sequence[Any], target: Sequence[float]) -> Any:
        """Returns the loss of one sample whose target is known, by as few operations as possible."""
        return self.formula(scores, target)

    def decide(self, scores: Any) -> Any:
        """Returns what the scores of one sample predict, in the form of a target; the scores are numbers, or Values."""
        raise NotImplementedError(f"{type(self).__name__} does not say what scores predict: give it decide()")

    def metric(self, outputs: Iterable[Any], targets: Iterable[Any]) -> float:
        """Returns how good the outputs are, measured by `metric_name`; nothing is recorded.

        Takes what `over` takes, and raises what it raises.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how good outputs are: give it metric()")

    @staticmethod
    def _numbered(i: int, function: Callable[..., Any], *arguments: Any) -> Any:
        """Returns what a function returns for sample i; an error names the sample."""
        try:
            return function(*arguments)
        except (TypeError, ValueError) as error:
            # The same error, which keeps the frames of a caller's function.
            error.args = (f"sample {i}, counting from 0: {error}",)
            raise


# Regression ----------------------------------------------------------------------------------------------------------


class SquaredError(Loss):
    """The squared error Σ_k (y_k - s_k)² of k outputs; with one, (y - s)². Its gradient by s is 2(s - y).

    Over a sample set it is the lecture's least squares Σ_i (y_i - f(x_i; W))²; the mean divides by the number of samples,
    not by the number of outputs as well, as PyTorch's MSELoss and scikit-learn do (for one output that is the same).

    It is the negative log-likelihood, up to a constant, of Gaussian noise with variance 1/2; for noise of variance σ² that
    is the squared error divided by 2σ².

    `metric` is R² = 1 - Σ(y - s)²/Σ(y - ȳ)²: 1 if all outputs are right, 0 for a model that always says the mean ȳ. If all
    targets are the same, R² is not defined; the metric then is 1 if all outputs are right, else 0, as in scikit-learn.

    Source: Bishop, Pattern Recognition and Machine Learning, 3.1.1; Goodfellow et al., Deep Learning, 6.2.2.1.

    >>> from chalkgrad.engine import Value
    >>> f = Value(2.0, "f")
    >>> squared_error(f, 5).data, squared_error([1.0, 2.0], [1.0, 4.0])
    (9.0, 4.0)
    >>> squared_error.metric([1.0, 2.0, 3.0], [1.0, 2.0, 4.5])
    0.6538461538461539
    """

    metric_name = "R²"
    likelihood = True

    @property
    def name(self) -> str:  # type: ignore[override] # the one loss whose mean has a name of its own
        return "squared_error" if self.reduction == "sum" else "mean_squared_error"

    def _latex_of_sample(self, y: str, x: str) -> tuple[str, str]:
        return "", rf"\left({y} - f{x}\right)^{{2}}"

    def encode(self, target: Any, outputs: int) -> list[float]:
        numbers = [plain_number(y, f"{self.name} takes targets that are numbers") for y in as_list(target)]
        if len(numbers) != outputs:
            raise ValueError(
                f"{self.name} compares each output with a number, and was given {amount(outputs, 'output')} "
                f"and a target of {amount(len(numbers), 'number')}"
            )
        return numbers

    def formula(self, scores: Sequence[Any], target: Sequence[Any]) -> Any:
        return added_up([(y - s) ** 2 for y, s in zip(target, scores, strict=True)])

    def decide(self, scores: Any) -> Any:
        values = plain_numbers(scores)
        return values[0] if len(values) == 1 else values

    @short_traceback
    def metric(self, outputs: Iterable[Any], targets: Iterable[Any]) -> float:
        predictions: list[list[float]] = []
        wanted: list[list[float]] = []
        pairs = list(pair_up(outputs, targets))
        if type(self).encode is SquaredError.encode and all(map(_is_finite_float, chain.from_iterable(pairs))):
            predictions, wanted, pairs = [[s] for s, _ in pairs], [[y] for _, y in pairs], []
        for i, (scores, target) in enumerate(pairs):
            predictions.append(self._numbered(i, plain_numbers, scores))
            wanted.append(self._numbered(i, self.encode, target, len(predictions[-1])))
            if len(wanted[-1]) != len(wanted[0]):
                raise ValueError(f"sample {i} has {amount(len(wanted[-1]), 'output')}, and sample 0 has {len(wanted[0])}")
        means = [math.fsum(column) / len(wanted) for column in zip(*wanted, strict=True)]
        missed = summed_squares(wanted, predictions)
        if all(ys == wanted[0] for ys in wanted):
            return 1.0 if missed == 0 else 0.0
        variation = summed_squares(wanted, [means] * len(wanted))
        return 1 - missed / variation


# Classes -------------------------------------------------------------------------------------------------------------


class Classification(Loss):
    """The base of the losses for classes: `metric` is the accuracy, the share of samples for which `decide` is right.

    A tie goes to the first class, as in `step(0)`, which is 0.
    """

    metric_name = "accuracy"

    def decide(self, scores: Any) -> int:
        raise NotImplementedError(f"{type(self).__name__} does not say which class scores predict: give it decide()")

    def check_outputs(self, outputs: int) -> None:
        """Raises ValueError if a model has the wrong number of outputs for this loss."""
        raise NotImplementedError(f"{type(self).__name__} does not say how many outputs it takes: give it check_outputs()")

    def class_of(self, target: Any, outputs: int) -> int:
        """Returns the target as a class; raises TypeError or ValueError if a model with this many outputs does not have it."""
        raise NotImplementedError(f"{type(self).__name__} does not say which targets there are: give it class_of()")

    @short_traceback
    def metric(self, outputs: Iterable[Any], targets: Iterable[Any]) -> float:
        """Returns the accuracy, between 0 and 1; nothing is recorded. Takes what `over` takes, and raises what it raises."""
        right, count = 0, 0
        for i, (scores, target) in enumerate(pair_up(outputs, targets)):
            wanted = self._numbered(i, self.class_of, target, len(as_list(scores)))
            right += self._numbered(i, self.decide, scores) == wanted
            count += 1
        return right / count


class TwoClasses(Classification):
    """A loss of one output, and of a target that has two values."""

    classes: ClassVar[tuple[int, int]] = (0, 1)
    threshold: ClassVar[float] = 0.0  # an output above it predicts the second class
    output: ClassVar[str] = "score"
    outputs: ClassVar[str] = "scores"
    instead: ClassVar[str] = "cross_entropy"  # the loss for several classes
    targets: ClassVar[str] = "0 and 1"
    others: ClassVar[str] = "hinge takes -1 and +1"

    def check_outputs(self, outputs: int) -> None:
        if outputs != 1:
            raise ValueError(
                f"{self.name} takes one {self.output} for each sample, and was given {outputs}; "
                f"for several classes use {self.instead}"
            )

    def class_of(self, target: Any, outputs: int) -> int:
        self.check_outputs(outputs)
        takes = f"{self.name} takes targets {self.targets}"
        number = plain_number(unwrapped(target), takes)
        if number not in self.classes:
            advice = self.others if number in (-1, 0) else f"for more than two classes use {self.instead}"
            raise ValueError(f"{takes}, and was given {number:g}" + f"; {advice}" * number.is_integer())
        return int(number)

    def encode(self, target: Any, outputs: int) -> list[float]:
        """Returns the class, as a list of one number."""
        return [float(self.class_of(target, outputs))]

    def decide(self, scores: Any) -> int:
        values = plain_numbers(scores)
        self.check_outputs(len(values))
        return self.classes[values[0] > self.threshold]


class Logistic(TwoClasses):
    """A loss of one output and a class 0 or 1, or the sum of such losses over several outputs, each a question of its own.

    Of several outputs a target is a list of as many zeros and ones, the labels that a sample has (multi-label), or the number
    of the one class it is of (one-vs-all), which stands for a 1 there and zeros elsewhere.

    `decide` returns for several outputs whether each label is there, a list; `metric` is the share of labels that are right,
    and where the target is a class number, the share of samples whose largest output is that of their class.
    """

    likelihood = True

    def check_outputs(self, outputs: int) -> None:
        """Any number of outputs is right."""

    def class_of(self, target: Any, outputs: int) -> int:
        """Returns the target as 0 or 1 for one output, and for several as a class number."""
        return super().class_of(target, outputs) if outputs == 1 else class_among(target, outputs, self.name)

    def encode(self, target: Any, outputs: int) -> list[float]:
        """Returns a list of 0 and 1, one for each output."""
        if outputs == 1 or not has_elements(target):
            wanted = self.class_of(target, outputs)
            return [float(wanted)] if outputs == 1 else [float(i == wanted) for i in range(outputs)]
        labels = as_list(target)
        if len(labels) != outputs:
            raise ValueError(
                f"{self.name} takes a target 0 or 1 for each {self.output}, and was given {amount(len(labels), 'target')} "
                f"for {outputs} {self.outputs}"
            )
        takes = f"{self.name} takes targets {self.targets}"
        numbers = [plain_number(y, takes) for y in labels]
        for y in numbers:
            if y not in self.classes:
                raise ValueError(f"{takes} for each {self.output}, and was given {y:g}")
        return numbers

    def decide(self, scores: Any) -> Any:
        labels = [self.classes[s > self.threshold] for s in plain_numbers(scores)]
        return labels[0] if len(labels) == 1 else labels

    @short_traceback
    def metric(self, outputs: Iterable[Any], targets: Iterable[Any]) -> float:
        right, count = 0.0, 0
        for i, (scores, target) in enumerate(pair_up(outputs, targets)):
            numbers = self._numbered(i, plain_numbers, scores)
            wanted = self._numbered(i, self.encode, target, len(numbers))
            if len(numbers) > 1 and not has_elements(target):
                right += numbers.index(max(numbers)) == wanted.index(1.0)
            else:
                right += sum((s > self.threshold) == y for s, y in zip(numbers, wanted, strict=True)) / len(numbers)
            count += 1
        return right / count


class BinaryCrossEntropyWithLogits(Logistic):
    """The logistic loss of a score s and a class y, 0 or 1: -[y log σ(s) + (1 - y) log(1 - σ(s))].

    Of several scores it is the sum of their losses, and the target has a 0 or 1 for each, or is the number of the one class
    that is 1 (one-vs-all). For classes of which exactly one is right cross_entropy says more.

    s is the output of a neuron without activation, the logit; σ(s) is the probability it gives to class 1. The gradient by
    s is σ(s) - y. It is the negative log-likelihood of a class that has this probability.

    It is computed as softplus(s) for y = 0 and softplus(-s) for y = 1, which is the same: nothing cancels, and nothing
    overflows, even for |s| = 1000. `formula` is softplus((1 - 2y)·s). In both, value and gradient have a relative error of a
    few ulp, unless they are too small for a normal float. What σ has returned already is warned of (GradientWarning).

    Source: Bishop, Pattern Recognition and Machine Learning, 4.3.2; Goodfellow et al., Deep Learning, 6.2.2.2.

    >>> from chalkgrad.engine import Value
    >>> s = Value(0.0, "s")
    >>> L = binary_cross_entropy_with_logits(s, 1)
    >>> L.backward()
    >>> L.data, s.grad                                      # log 2, and σ(0) - 1
    (0.6931471805599453, -0.5)
    >>> binary_cross_entropy_with_logits(-1000.0, 1), binary_cross_entropy_with_logits(1000.0, 1)
    (1000.0, 0.0)
    >>> binary_cross_entropy_with_logits([0.0, 1.0, -2.0], [1, 1, 0]) == binary_cross_entropy_with_logits.over(
    ...     [0.0, 1.0, -2.0], [1, 1, 0])
    True
    """

    name = "binary_cross_entropy_with_logits"

    def _latex_of_sample(self, y: str, x: str) -> tuple[str, str]:
        return "-", bernoulli(y, rf"\sigma(f{x})")

    def formula(self, scores: Sequence[Any], target: Sequence[Any]) -> Any:
        _note_applied_twice(scores, self.name, "σ", "binary_cross_entropy")
        return added_up([softplus((1 - 2 * y) * s) for s, y in zip(scores, target, strict=True)])

    def _shortest_formula(self, scores: Sequence[Any], target: Sequence[float]) -> Any:
        _note_applied_twice(scores, self.name, "σ", "binary_cross_entropy")
        return added_up([softplus(-s if y else s) for s, y in zip(scores, target, strict=True)])


class BinaryCrossEntropy(Logistic):
    """The logistic loss of a probability p and a class y, 0 or 1: -[y log p + (1 - y) log(1 - p)].

    Of several probabilities it is the sum of their losses, as in Ng's course, Σ_k -[y_k log p_k + (1 - y_k) log(1 - p_k)]; the
    target has a 0 or 1 for each, or is the number of the one class that is 1 (one-vs-all).

    p is the probability of class 1, the output of a logistic neuron. The gradient by p is -1/p for y = 1, 1/(1 - p) for
    y = 0: after σ has rounded a score to 0 or 1 the loss is infinite or 0, and before that 1 - p loses its digits, of which a
    warning tells (GradientWarning). It is better to give the score itself to binary_cross_entropy_with_logits.

    Computed as -log p or -log1p(-p), to a few ulp. `formula` is -log(y·p + (1 - y)·(1 - p)), the negative logarithm of
    the probability of the given class; as 1 - p is rounded, its error is a few ulp of 1 where y = 0 and p is small. Of a p
    that σ has just returned, the formula takes the score before σ, so that `fit` loses no digits.

    Raises DomainError if the loss is infinite, ValueError for a number that is not a probability.

    Source: Bishop, Pattern Recognition and Machine Learning, 4.3.2; Goodfellow et al., Deep Learning, 6.2.2.2.

    >>> binary_cross_entropy(0.25, 1), binary_cross_entropy(0.25, 0)
    (1.3862943611198906, 0.2876820724517809)
    >>> binary_cross_entropy(0.0, 1)
    Traceback (most recent call last):
    chalkgrad.engine.errors.DomainError: binary_cross_entropy is infinite here: the probability of class 1, which is the right \
one, is 0; use binary_cross_entropy_with_logits, on the score before σ, which is finite
    """

    name = "binary_cross_entropy"
    threshold = 0.5
    output = "probability"
    outputs = "probabilities"
    instead = "cross_entropy_of_probabilities"

    def _latex_of_sample(self, y: str, x: str) -> tuple[str, str]:
        return "-", bernoulli(y, f"f{x}")

    def formula(self, scores: Sequence[Any], target: Sequence[Any]) -> Any:
        self._note_softmax(scores)
        return added_up([self._formula_of_one(p, y) for p, y in zip(scores, target, strict=True)])

    def _note_softmax(self, scores: Sequence[Any]) -> None:
        if len(scores) > 1 and _made_by_softmax(scores):
            note(LOSSES["classes and labels"].format(loss=self.name, other=self.instead), GradientWarning, "classes and labels")

    def _formula_of_one(self, p: Any, y: Any) -> Any:
        if isinstance(p, Value) and p.op is not None and p.op.name == "sigmoid":
            return softplus((1 - 2 * y) * p.arguments[0])
        return -log(y * p + (1 - y) * (1 - p))

    def _shortest_formula(self, scores: Sequence[Any], target: Sequence[float]) -> Any:
        several = len(scores) > 1
        self._note_softmax(scores)
        return added_up([self._loss_of_one(p, int(y), i, several) for i, (p, y) in enumerate(zip(scores, target, strict=True))])

    def _loss_of_one(self, p: Any, y: int, i: int, several: bool) -> Any:
        check_probabilities([p], self.name, "binary_cross_entropy_with_logits")
        if not y and isinstance(p, Value) and p.parents and 0 < 1 - p.data < FEW_DIGITS:
            note(LOSSES["few digits"].format(loss=self.name), GradientWarning, "few digits")
        try:
            return -log(p) if y else -log1p(-p)
        except DomainError:
            where = f"{y} at output {i}, counting from 0" if several else ""
            raise hidden(
                infinite_loss(self.name, y, "binary_cross_entropy_with_logits, on the score before σ", where)
            ) from None


class Hinge(TwoClasses):
    """The hinge loss of a score s and a class y, -1 or +1: max(0, 1 - y·s), the loss of support vector machines.

    0 once the score is on the right side by 1 or more. The gradient by s is -y where y·s < 1, else 0, also at the kink
    y·s = 1. It is not a negative log-likelihood. A score above 0 predicts +1, else -1.

    Source: Bishop, Pattern Recognition and Machine Learning, 7.1.2; micrograd's demo trains with it.

    >>> hinge(0.25, 1), hinge(0.25, -1), hinge(2.0, 1)
    (0.75, 1.25, 0.0)
    >>> hinge.metric([0.25, -3.0, 2.0, 0.0], [1, -1, -1, -1])
    0.75
    """

    name = "hinge"
    classes = (-1, 1)
    targets = "-1 and +1"
    others = "binary cross-entropy takes 0 and 1"

    def _latex_of_sample(self, y: str, x: str) -> tuple[str, str]:
        return "", rf"\max\left(0, 1 - {y} f{x}\right)"

    def formula(self, scores: Sequence[Any], target: Sequence[Any]) -> Any:
        (s,), (y,) = scores, target
        return relu(1 - y * s)


class SeveralClasses(Classification):
    """A loss of C outputs, one for each class, and of a class number from 0 to C - 1."""

    likelihood = True
    single: ClassVar[str]  # what a single output is, and which loss is for it

    def check_outputs(self, outputs: int) -> None:
        if outputs == 1:
            raise ValueError(f"{self.name} takes an output for each class, and was given only one; one output is {self.single}")

    def class_of(self, target: Any, outputs: int) -> int:
        self.check_outputs(outputs)
        return class_among(target, outputs, self.name)

    def encode(self, target: Any, outputs: int) -> list[float]:
        """Returns the class as a one-hot list: 1 at its number, else 0."""
        wanted = self.class_of(target, outputs)
        return [float(i == wanted) for i in range(outputs)]

    def decide(self, scores: Any) -> int:
        values = plain_numbers(scores)
        self.check_outputs(len(values))
        return values.index(max(values))


class CrossEntropy(SeveralClasses):
    """The cross-entropy of C scores s and a class number c: -log softmax(s)_c = logsumexp(s) - s_c.

    The scores are the logits, the outputs of a layer without activation. The gradient by them is softmax(s), and 1 less at
    c. It is the negative log-likelihood of a class with the probabilities softmax(s).

    What softmax has returned already is warned of (GradientWarning), because it would be applied twice.

    Nothing overflows, even for scores of ±1000. The error is a few ulp of the largest score, so a loss below 1e-16 of that
    score is computed as 0. `formula` takes the class as a one-hot list t: logsumexp(s) - Σ t_i s_i.

    Source: Bishop, Pattern Recognition and Machine Learning, 4.3.4; Goodfellow et al., Deep Learning, 6.2.2.3.

    >>> cross_entropy([0.0, 0.0], 1)                        # log 2
    0.6931471805599453
    >>> cross_entropy([1000.0, -1000.0], 1)
    2000.0
    >>> cross_entropy([0.0, 1.0, 2.0], 3)
    Traceback (most recent call last):
    ValueError: cross_entropy was given class 3 of 3; classes count from 0: 0, 1, 2
    """

    name = "cross_entropy"
    single = "a logit for two classes: use binary_cross_entropy_with_logits"

    def _latex_of_sample(self, y: str, x: str) -> tuple[str, str]:
        return "-", rf"\log \mathrm{{softmax}}\left(f{x}\right)_{{{y}}}"

    def formula(self, scores: Sequence[Any], target: Sequence[Any]) -> Any:
        _note_applied_twice(scores, self.name, "softmax", "cross_entropy_of_probabilities")
        return logsumexp(scores) - affine(target, scores, 0.0)

    def _shortest_formula(self, scores: Sequence[Any], target: Sequence[float]) -> Any:
        _note_applied_twice(scores, self.name, "softmax", "cross_entropy_of_probabilities")
        return logsumexp(scores) - scores[target.index(1.0)]


class CrossEntropyOfProbabilities(SeveralClasses):
    """The cross-entropy of C probabilities p and a class number c: -log p_c.

    p is what softmax returns. The gradient is -1/p_c at c, else 0. It is better to give the scores before softmax to
    cross_entropy: a probability that was rounded to 0 does not say how wrong it is.

    `formula` takes the class as a one-hot list t: -log Σ t_i p_i. Both have an error of a few ulp.

    Raises DomainError if the loss is infinite, ValueError for numbers that are not probabilities: outside 0 to 1, or with a
    sum that differs from 1 by more than 1e-6.

    Source: Bishop, Pattern Recognition and Machine Learning, 4.3.4; Goodfellow et al., Deep Learning, 6.2.2.3.

    >>> cross_entropy_of_probabilities([0.25, 0.25, 0.5], 2)
    0.6931471805599453
    """

    name = "cross_entropy_of_probabilities"
    single = "the probability of class 1 of two: use binary_cross_entropy"

    def _latex_of_sample(self, y: str, x: str) -> tuple[str, str]:
        return "-", rf"\log f_{{{y}}}{x}"

    def formula(self, scores: Sequence[Any], target: Sequence[Any]) -> Any:
        return -log(affine(target, scores, 0.0))

    def _shortest_formula(self, scores: Sequence[Any], target: Sequence[float]) -> Any:
        wanted = target.index(1.0)
        check_probabilities(scores, self.name, "cross_entropy")
        try:
            return -log(scores[wanted])
        except DomainError:
            raise infinite_loss(self.name, wanted, "cross_entropy, on the scores before softmax") from None


# A function of one's own -----------------------------------------------------------------------------------------------


class LossFunction(Loss):
    """A loss that is a plain function of one sample's outputs and its target, as `fit` takes it; it is averaged over samples.

    The function is given what the model returns, a Value or a list of them, and the target as it is, a number or a list.

    >>> LossFunction(lambda score, y: abs(score - y)).over([1.0, 2.0], [1.5, 4.0])
    1.25
    """

    function: Callable[[Any, Any], Any]

    def __init__(self, function: Callable[[Any, Any], Any], reduction: str = "mean") -> None:
        super().__init__(reduction)
        object.__setattr__(self, "function", function)
        object.__setattr__(self, "name", getattr(function, "__name__", type(function).__name__))
        import inspect  # slow to import, and needed here alone

        try:
            inspect.signature(function).bind("scores", "target")
        except TypeError as error:
            raise TypeError(f"{OWN_LOSS}; this function {self.name} does not take these two: {error}") from None
        except ValueError:  # a function in C, of which nothing is known
            pass

    @property
    def sum(self) -> Loss:
        return LossFunction(self.function, "sum")

    @property
    def mean(self) -> Loss:
        return LossFunction(self.function, "mean")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LossFunction):
            return NotImplemented
        return (self.function, self.reduction) == (other.function, other.reduction)

    def __hash__(self) -> int:
        return hash((self.function, self.reduction))

    def __repr__(self) -> str:
        return LOSSES["own"].format(name=self.name) if self.reduction == "mean" else super().__repr__()

    def _latex_of_sample(self, y: str, x: str) -> tuple[str, str]:
        name = rf"\mathrm{{{word(self.name)}}}" if self.name.isidentifier() else r"\ell"  # a lambda has no name
        return "", rf"{name}\left(f{x}, {y}\right)"

    def encode(self, target: Any, outputs: int) -> list[Any]:
        """Returns the target's numbers, in a list; whole numbers stay whole, so that the function can index with them."""
        numbers = [plain_number(y, "a loss takes targets that are numbers") for y in as_list(target)]
        return [operator.index(y) if hasattr(y, "__index__") else x for x, y in zip(numbers, as_list(target), strict=True)]

    def formula(self, scores: Sequence[Any], target: Sequence[Any]) -> Any:
        result = self.function(*(x[0] if len(x) == 1 else list(x) for x in (scores, target)))
        if isinstance(result, Value):
            return result
        what = f"a {type(result).__name__}"
        if has_elements(result):
            what = f"{amount(len(result), 'element')}, which are to be added up: sum(…)"
        elif isinstance(result, (int, float)):
            what = f"the number {result!r}, through which no gradient goes: compute it from the outputs themselves"
        elif result is None:
            what = "None, so a return is missing"
        raise TypeError(f"{OWN_LOSS}, and returns one Value; {self.name} returned {what}")


squared_error = SquaredError()
mean_squared_error = squared_error.mean
binary_cross_entropy = BinaryCrossEntropy()
binary_cross_entropy_with_logits = BinaryCrossEntropyWithLogits()
cross_entropy = CrossEntropy()
cross_entropy_of_probabilities = CrossEntropyOfProbabilities()
hinge = Hinge()


# Of many samples in arrays ---------------------------------------------------------------------------------------------


def metric_of_columns(loss: Loss, columns: Sequence[Any], encoded: Any) -> float | None:
    """Returns what `metric` does, from a column of each output and encoded targets, in arrays, in a hundredth of its time.

    None where `metric` itself has to be asked: for lists, for a target that is not a class, for a loss of your own, and if an
    output is not what the loss takes, of which there is more to say.
    """
    if not isinstance(loss, Classification) or not hasattr(encoded, "shape"):
        return None
    kind, several = type(loss), len(columns) > 1
    own = kind.metric, kind.decide, kind.class_of, kind.encode
    known = [
        (base.metric, base.decide, base.class_of, base.encode) for base in ((SeveralClasses,) if several else (Hinge, Logistic))
    ]
    if own not in known:
        return None
    import numpy as np

    if isinstance(loss, SeveralClasses):
        outputs = np.stack(columns, axis=1)
        right = outputs.argmax(1) == encoded.argmax(1)
        probable = isinstance(loss, CrossEntropyOfProbabilities)
        if probable and not (outputs.min() >= 0 and outputs.max() <= 1 and abs(outputs.sum(1) - 1).max() < 9e-7):
            return None
    else:
        assert isinstance(loss, TwoClasses)
        output, second = columns[0], encoded[:, 0] == loss.classes[1]
        right = (output > loss.threshold) == second
        if isinstance(loss, BinaryCrossEntropy) and not (
            output.min() >= 0 and output.max() <= 1 and np.where(second, output, 1 - output).min() > 0
        ):
            return None
    return int(np.count_nonzero(right)) / len(encoded)


# Reading scores and targets, and the errors about them ---------------------------------------------------------------


def _note_applied_twice(scores: Sequence[Any], loss: str, function: str, other: str) -> None:
    """Warns of scores that are what a σ or a softmax has returned: the loss applies it itself."""
    if _made_by(scores) <= {"sigmoid"} if function == "σ" else _made_by_softmax(scores):
        note(LOSSES["applied twice"].format(loss=loss, function=function, other=other), GradientWarning, "applied twice")


def _made_by_softmax(scores: Sequence[Any]) -> bool:
    """Whether these are what a softmax has returned, fused or in single steps."""
    return _made_by(scores) <= {"exp", "div"} and abs(math.fsum(s.data for s in scores) - 1) < 1e-9


def _made_by(scores: Sequence[Any]) -> set[str]:
    return {s.op.name if isinstance(s, Value) and s.op is not None else "" for s in scores}


def bernoulli(y: str, p: str) -> str:
    """Returns the log-likelihood of a class y, 0 or 1, by the probability p of class 1, in LaTeX."""
    return rf"\left[ {y} \log {p} + (1 - {y}) \log\left(1 - {p}\right) \right]"


def added_up(losses: Sequence[Any]) -> Any:
    """Returns the sum of the losses of a sample's outputs; of a single one itself, without another node."""
    return losses[0] if len(losses) == 1 else total(losses)


def has_elements(x: Any) -> bool:
    """Whether x has elements: a list, a tuple, a row of an array or of a frame."""
    return is_row(sample_in(x))


def as_list(x: Any) -> list[Any]:
    """Returns scores or targets as a list; a bare one becomes a list of one."""
    if isinstance(x, (float, int, Value)):
        return [x]
    content = sample_in(x)
    if not is_row(content):
        return [x]
    elements = list(content)
    if not elements:
        raise ValueError("a sample needs at least one output and one target, and this list is empty")
    return elements


def unwrapped(target: Any) -> Any:
    """Returns the element of a list of one, such as a row of a column of targets; everything else unchanged."""
    elements = as_list(target)
    return elements[0] if len(elements) == 1 else target


def _is_finite_float(x: Any) -> bool:
    """Whether there is nothing to convert, as for most scores and targets; `metric` reads all of them in every epoch."""
    return type(x) is float and x - x == 0.0


def plain_numbers(scores: Any) -> list[float]:
    """Returns scores as plain numbers; the data of Values."""
    if _is_finite_float(scores):
        return [scores]
    return [s.data if isinstance(s, Value) else to_float(s, "a score") for s in as_list(scores)]


def plain_number(target: Any, takes: str) -> float:
    """Returns a target, or one number of it, as a float. `takes` is the beginning of the error for everything else."""
    if _is_finite_float(target):
        return target  # type: ignore[no-any-return] # as was just seen
    if isinstance(target, Value):
        raise TypeError(f"{takes}, plain ones, and was given a Value: give its .data, or use .formula to have it on the tape")
    if has_elements(target):
        raise TypeError(f"{takes}, and was given {target!r}, which has {amount(len(target), 'element')}")
    try:
        return to_float(target)
    except (TypeError, ValueError) as error:
        advice = f"; {advice_for_text(target)}" if isinstance(target, str) else ""
        raise type(error)(f"{takes}, and was given {target!r}{advice}") from None


def advice_for_text(text: str) -> str:
    """Returns the advice for a target that is a text."""
    try:
        float(text)
    except ValueError:
        return "number the labels first: classes = sorted(set(labels)), then [classes.index(label) for label in labels]"
    return f"make it a number first: float({text!r})"


def read_class_number(target: Any, name: str) -> int:
    """Returns a target as a whole number, whose size is not checked."""
    takes = f"{name} takes class numbers, whole numbers from 0"
    target = unwrapped(target)
    if has_elements(target):
        raise TypeError(f"{takes}, and was given a list of {len(target)}; for a one-hot list give the position of its 1")
    number = plain_number(target, takes)
    if not number.is_integer():
        raise ValueError(f"{takes}, and was given {number:g}")
    return int(number)


def class_among(target: Any, outputs: int, name: str) -> int:
    """Returns a target as one of so many class numbers."""
    number = read_class_number(target, name)
    if not 0 <= number < outputs:
        names = ", ".join(map(str, range(outputs))) if outputs <= 5 else f"0, 1, …, {outputs - 1}"
        raise ValueError(f"{name} was given class {number} of {outputs}; classes count from 0: {names}")
    return number


def summed_squares(rows: Sequence[Sequence[float]], others: Sequence[Sequence[float]]) -> float:
    """Returns the sum of the squared differences of all elements."""
    differences = [a - b for row, other in zip(rows, others, strict=True) for a, b in zip(row, other, strict=True)]
    return math.fsum(d * d for d in differences)


def pair_up(outputs: Iterable[Any], targets: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    """Pairs each sample's scores with its target; raises ValueError if there are not as many of both."""
    targets = targets.y if isinstance(targets, Table) else targets
    outputs, targets = content_of(outputs), content_of(targets)
    for x, what in ((outputs, "outputs"), (targets, "targets")):
        if not is_row(x):
            raise TypeError(f"a sample set has a list of outputs and a list of targets, and these {what} are {x!r}")
    outputs, targets = list(outputs), list(targets)
    if len(outputs) != len(targets):
        raise ValueError(
            f"each sample has an output and a target, and there are "
            f"{amount(len(outputs), 'output')} and {amount(len(targets), 'target')}"
        )
    if not outputs:
        raise ValueError("a sample set needs at least one sample, and this one is empty")
    return zip(outputs, targets, strict=True)


def check_probabilities(probabilities: Sequence[Any], name: str, instead: str) -> None:
    """Raises ValueError for numbers that are not probabilities, most likely because they are scores."""
    numbers = plain_numbers(probabilities)
    for p in numbers:
        if p < 0 or p > 1:
            raise ValueError(f"{name} takes probabilities, and {p:g} is none: for scores use {instead}")
    if len(numbers) > 1 and abs(math.fsum(numbers) - 1) > 1e-6:
        raise ValueError(f"{name} takes probabilities, and these add up to {math.fsum(numbers):g}: for scores use {instead}")


def infinite_loss(name: str, wanted: int, instead: str, which: str = "") -> DomainError:
    """Returns the error for the logarithm of a probability that is 0: that of a class, or of `which`."""
    which = which or f"class {wanted}"
    return DomainError(
        f"{name} is infinite here: the probability of {which}, which is the right one, is 0; use {instead}, which is finite"
    )
