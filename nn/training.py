"""Training: one sample's loss is recorded, compiled, and its gradient followed downhill, batch by batch.

>>> from chalkgrad.nn import MLP
>>> from chalkgrad.nn.losses import binary_cross_entropy_with_logits
>>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
>>> model = MLP(2, [4, 1], activation="tanh", seed=3)
>>> history = fit(model, X, y, loss=binary_cross_entropy_with_logits, epochs=300, progress=False)
>>> history.metric_name, history.metric[-1]
('accuracy', 1.0)
>>> [model.predict(x) > 0 for x in X]
[False, True, True, False]
"""

from __future__ import annotations

import math
import numbers
import operator
import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from chalkgrad.engine import DomainError, NonFiniteError, Value, no_grad, nonfinite, program, recording, total, value
from chalkgrad.engine.names import names_of
from chalkgrad.engine.words import expression
from chalkgrad.nn.data import Table, as_rows, as_targets
from chalkgrad.nn.losses import BinaryCrossEntropy, CrossEntropyOfProbabilities, Loss, listed
from chalkgrad.nn.models.module import Module
from chalkgrad.nn.models.prediction import fastest
from chalkgrad.nn.models.trainability import untrainable
from chalkgrad.nn.optimisers import Optimiser, optimiser_named

FAILURES = (DomainError, NonFiniteError)
TARGETS = ("llvm", "numpy", "python")  # the fastest first

Penalty = Callable[[Any], Any]  # a prior, or what is called as one
Callback = Callable[[int, "History", Module], Any]


class History:
    """What happened, epoch by epoch; every list has one number for each epoch.

    Attributes:
        loss: over the training set after the epoch, a sum or a mean as the loss has it, the prior included
        metric: how good the outputs are on the training set, measured by `metric_name`
        gradient_norm: the length of the gradient of `loss`, summed over the batches of the epoch as they came
        validation_loss, validation_metric: the same on the validation set, without the prior; empty without one
        best_epoch: the epoch, from 1, whose parameters the model has now: the one with the smallest validation loss, or loss;
            0 for the parameters it began with
        target: what the gradient was computed by: "llvm", "numpy", "python", or "recording"
        obstacle: where "auto" took to recording, the sentence that says why; else ""
        stopped: why training ended: "epochs", "patience", "callback" or "interrupted"
    """

    def __init__(self, metric_name: str, target: str, obstacle: str = "") -> None:
        self.metric_name, self.target, self.obstacle = metric_name, target, obstacle
        self.loss: list[float] = []
        self.metric: list[float] = []
        self.gradient_norm: list[float] = []
        self.validation_loss: list[float] = []
        self.validation_metric: list[float] = []
        self.best_epoch = 0
        self.stopped = "epochs"

    @property
    def epochs(self) -> int:
        """How many epochs were completed."""
        return len(self.loss)

    def _cut(self, epochs: int) -> None:
        """Forgets an epoch that was not completed."""
        for column in (self.loss, self.metric, self.gradient_norm, self.validation_loss, self.validation_metric):
            del column[epochs:]

    def __repr__(self) -> str:
        ended = {"patience": ", no progress since", "callback": ", ended by a callback", "interrupted": ", interrupted"}
        end = ended.get(self.stopped, "")
        if not self.loss:
            return f"<History of no epoch{end}>"
        parts = [f"loss {self.loss[0]:.4g} → {self.loss[-1]:.4g}", f"{self.metric_name} {self.metric[-1]:.4g}"]
        if self.validation_loss:
            parts.append(f"validation loss {self.validation_loss[-1]:.4g}")
        count = f"{self.epochs} epoch{'s' * (self.epochs > 1)}"
        return f"<History of {count} ({self.target}): {', '.join(parts)}; best in epoch {self.best_epoch}{end}>"


def fit(
    model: Module,
    X: Any,  # noqa: N803 - a matrix has a capital letter
    y: Any = None,
    *,
    loss: Loss,
    optimizer: str | Optimiser = "adam",
    epochs: int = 100,
    batch_size: int | None = 32,
    validation: Any = None,
    patience: int | None = None,
    prior: Penalty | None = None,
    seed: int = 0,
    compiled: str | bool = "auto",
    progress: bool = True,
    callbacks: Callback | Iterable[Callback] | None = None,
) -> History:
    """Trains a model on n samples; returns the history, and leaves the best parameters in the model.

    In every epoch the samples are shuffled and taken in batches; the gradient of the loss over a batch moves the parameters.
    The loss of one sample is recorded once and compiled. Ctrl-C ends training and keeps the best parameters so far; where no
    epoch is complete, those it began with. The optimiser begins anew.

    Args:
        model: a Module whose call takes a row of X; its parameters are trained, but for frozen ones
        X: n rows of k numbers: lists, a NumPy array, a pandas frame; or a table such as `iris()`, without y
        y: n targets of the kind that the loss takes
        loss: such as `squared_error` or `cross_entropy.mean`; a sum over the batch or a mean, as the loss has it
        optimizer: such as `Adam(0.01)` or `GradientDescent(0.1)`; or "adam", "momentum", "gradient descent"
        epochs: how many times to go through the samples
        batch_size: how many samples for each step; None for all at once
        validation: (X, y) or a table to watch; or a fraction of the samples, which are then left out of training
        patience: ends training after so many epochs without a smaller validation loss
        prior: such as `Gaussian(1.0)`; its penalty is added to the loss over all samples (MAP)
        seed: of the shuffling; the same seed gives the same bits
        compiled: "auto" takes the fastest of "llvm", "numpy", "python" that is installed, or records every sample, as False
            does, where the model decides something by the numbers or at random (`history.obstacle` says what)
        progress: whether to show a bar, in a terminal or a notebook
        callbacks: called as f(epoch, history, model) after each epoch, the model with the parameters of that epoch, for
            looking only; a true answer ends training

    Raises TypeError and ValueError for data that does not fit, ValueError for a model that no gradient can train,
    NonFiniteError where the loss stops being finite, with the parameters put back to the last with which it was. What a
    callback raises passes on, with the best parameters in the model.
    """
    if not isinstance(model, Module):
        raise TypeError(f"the model is a Module, such as MLP(2, [16, 1]), not {model!r}")
    if not isinstance(loss, Loss):
        raise TypeError(f"loss is one of chalkgrad.nn.losses, such as squared_error or cross_entropy, not {loss!r}")
    if prior is not None and (isinstance(prior, type) or not callable(prior)):
        raise TypeError(f"prior is a prior such as Gaussian(1.0), not {prior!r}")
    if y is None:
        if not isinstance(X, Table):
            raise TypeError("y is missing: without it X is a table such as iris(), which has the targets as well")
        X, y = X  # noqa: N806 - as above
    epochs = _count(epochs, "epochs")
    batch_size = None if batch_size is None else _count(batch_size, "batch_size")
    patience = None if patience is None else _count(patience, "patience")
    try:
        seed = operator.index(seed)
    except TypeError:
        raise ValueError(f"seed is a whole number, not {seed!r}") from None
    functions: list[Callback] = [callbacks] if callable(callbacks) else list(callbacks or ())
    for function in functions:
        if not callable(function):
            raise TypeError(f"callbacks are functions f(epoch, history, model), and one is {function!r}")
    if patience is not None and validation is None:
        raise ValueError("patience watches the validation loss: give validation=(X, y), or a fraction such as 0.2")
    optimiser = optimiser_named(optimizer)
    training, held = _divided(X, y, validation, seed)
    modes = value.taping, value.comparisons, value.place, value.propagate
    try:
        _prepare(model, loss, training, held)
        gradient = _gradient_by(compiled, model, loss, training, prior)
        run = _Run(model, loss, training, held, optimiser, prior, gradient, batch_size or len(training), seed)
        return run.train(epochs, patience, progress, functions)
    finally:
        value.taping, value.comparisons, value.place, value.propagate = modes  # Ctrl-C may come just before a `with` ends


def _count(x: Any, name: str) -> int:
    try:
        count = 0 if isinstance(x, bool) else operator.index(x)
    except TypeError:
        count = 0
    if count < 1:
        raise ValueError(f"{name} is a whole number from 1, not {x!r}")
    return count


# The samples ---------------------------------------------------------------------------------------------------------


class _Samples:
    """Rows and targets, and the targets as numbers."""

    def __init__(self, rows: list[list[float]], targets: Sequence[Any], what: str = "sample") -> None:
        self.rows, self.targets, self.what = rows, list(targets), what
        self.encoded: list[list[float]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def encode(self, loss: Loss, outputs: int) -> None:
        """Makes numbers of the targets, for a model with so many outputs."""
        for i, target in enumerate(self.targets):
            try:
                self.encoded.append(loss.encode(target, outputs))
            except (TypeError, ValueError) as error:
                raise type(error)(f"{self.what} {i}, counting from 0: {error}") from None


def _divided(
    X: Any,  # noqa: N803 - as above
    y: Any,
    validation: Any,
    seed: int,
) -> tuple[_Samples, _Samples | None]:
    """The samples to train on, and those to watch."""
    rows = as_rows(X, "X")
    targets = as_targets(y, len(rows))
    if validation is None:
        return _Samples(rows, targets), None
    if isinstance(validation, numbers.Real):
        fraction = float(validation)
        if not 0 < fraction < 1:
            raise ValueError(f"validation is data, or a fraction of the samples between 0 and 1, not {validation!r}")
        count = max(1, round(fraction * len(rows)))
        if count >= len(rows):
            raise ValueError(f"of {len(rows)} samples none is left to train on if {fraction:g} of them are for validation")
        order = _shuffled(len(rows), random.Random(f"validation {seed}"))
        parts = [sorted(part) for part in (order[count:], order[:count])]
        training, held = (_Samples([rows[i] for i in part], [targets[i] for i in part]) for part in parts)
        held.what = "validation sample"
        return training, held
    if not isinstance(validation, (tuple, list)) or len(validation) != 2:
        raise TypeError(f"validation is a pair (X, y), a table, or a fraction such as 0.2, not {validation!r}")
    rows_held = as_rows(validation[0], "X of validation")
    targets_held = as_targets(validation[1], len(rows_held), "y of validation")
    if len(rows_held[0]) != len(rows[0]):
        raise ValueError(f"X of validation has rows of {len(rows_held[0])} numbers, and X has rows of {len(rows[0])}")
    return _Samples(rows, targets), _Samples(rows_held, targets_held, "validation sample")


def _shuffled(n: int, source: random.Random) -> list[int]:
    """The numbers below n in a random order. random() gives the same in every version of Python; shuffle() need not."""
    draws = [source.random() for _ in range(n)]
    return sorted(range(n), key=draws.__getitem__)


def _scores(model: Module, x: Sequence[Any]) -> list[Value]:
    """The model's outputs for a row; a plain number among them is a constant."""
    return [s if isinstance(s, Value) else Value(s, constant=True) for s in listed(model(x))]


def _loss(model: Module, loss: Loss, row: Sequence[Any], encoded: Sequence[Any]) -> Value:
    """Records the loss of one sample."""
    target = [t if isinstance(t, Value) else Value(t, f"t{i}") for i, t in enumerate(encoded, 1)]
    root: Value = loss.formula(_scores(model, row), target)
    return root


def _prepare(model: Module, loss: Loss, training: _Samples, held: _Samples | None) -> None:
    """Encodes the targets; raises where the model cannot be trained on them."""
    parameters = model.parameters()
    if not parameters:
        raise ValueError("this model has no parameters to train")
    if all(p.constant for p in parameters):
        raise ValueError("all parameters of this model are frozen: model.unfreeze() lets them move")
    if not value.taping:
        raise RuntimeError("fit() records the model, and was called under no_grad()")
    try:
        outputs = listed(model(training.rows[0]))
        if not any(isinstance(s, Value) for s in outputs):
            raise TypeError(f"a model's outputs are Values, which gradients go through, and its output here is {outputs[0]!r}")
        for samples in filter(None, (training, held)):
            samples.encode(loss, len(outputs))
        _loss(model, loss, training.rows[0], training.encoded[0])
    except FAILURES as error:
        raise NonFiniteError(f"training cannot begin: at sample 0, counting from 0, {error}") from None
    problem = untrainable(model, training.rows[0])
    if problem:
        raise ValueError(problem)


# Where gradients come from -------------------------------------------------------------------------------------------


def _gradient_by(compiled: Any, model: Module, loss: Loss, samples: _Samples, prior: Penalty | None) -> _Gradient:
    if compiled is False:
        return _Recorded(model, loss, prior)
    if isinstance(compiled, str) and compiled in TARGETS:
        gradient = _Compiled(model, loss, samples, prior, compiled)
        difference = gradient.difference(samples)
        if difference:
            raise ValueError(f"{difference}. With compiled=False every sample is recorded")
        return gradient
    if compiled is not True and compiled != "auto":
        raise ValueError(f'compiled is "auto", "llvm", "numpy", "python" or False, not {compiled!r}')
    obstacle = ""
    for target in TARGETS[TARGETS.index(fastest()) :]:
        try:
            gradient = _Compiled(model, loss, samples, prior, target)
            obstacle = gradient.difference(samples)
        except ImportError:  # installed, but not for this machine
            continue
        except (TypeError, ValueError) as error:  # an `if` of the model's own, or a function that takes no Value
            obstacle = str(error)
        return _Recorded(model, loss, prior, obstacle) if obstacle else gradient
    return _Recorded(model, loss, prior)


class _Gradient:
    """Losses and gradients of samples, for parameters that are a list or an array."""

    name: str
    arrays: bool  # whether parameters and samples are NumPy's arrays
    obstacle = ""

    def numbers(self, given: Any) -> Any:
        """Parameters, or rows, in the form that the rest takes."""
        if not self.arrays:
            return list(given)
        import numpy as np

        return np.array(given, dtype=float)

    def quiet(self) -> AbstractContextManager[Any]:
        """Keeps NumPy from warning of what is checked afterwards."""
        if not self.arrays:
            return nullcontext()
        import numpy as np

        return np.errstate(all="ignore")

    def loss(self, theta: Any, rows: Any, encoded: Any) -> tuple[Any, Any]:
        """The loss of each sample, and the gradient of their sum."""
        raise NotImplementedError

    def evaluate(self, theta: Any, rows: Any, encoded: Any) -> tuple[list[float], list[list[float]]]:
        """The loss of each sample, and a column of them for each output."""
        raise NotImplementedError

    def prior(self, theta: Any) -> tuple[float, Any]:
        """The prior's penalty and its gradient."""
        raise NotImplementedError


class _Compiled(_Gradient):
    """One sample's loss, recorded once, as a program."""

    def __init__(self, model: Module, loss: Loss, samples: _Samples, prior: Penalty | None, target: str) -> None:
        self.name, self.arrays = target, target != "python"
        self.model, self.function = model, loss
        parameters = model.parameters()
        x = [Value(v, f"x{i}") for i, v in enumerate(samples.rows[0], 1)]
        t = [Value(v, f"t{i}") for i, v in enumerate(samples.encoded[0], 1)]
        with recording():
            scores = _scores(model, x)
            root = loss.formula(scores, t)
            penalty = prior(parameters) if prior is not None else None
        self.sample = program(root, inputs=[parameters, x, t], wrt=[parameters]).compile(target)
        self.forward = program([root, *scores], inputs=[parameters, x, t], wrt=[]).compile(target, adjoints=False)
        self.penalty = program(penalty, inputs=[parameters]).compile(target) if penalty is not None else None

    def difference(self, samples: _Samples) -> str:
        """What is wrong with the program, "" if it gives what recording gives, for a few samples all over the set."""
        theta = self.numbers([p.data for p in self.model.parameters()])
        for i in range(0, len(samples), -(-len(samples) // 8)):
            row, encoded = samples.rows[i], samples.encoded[i]
            try:
                with no_grad():
                    wanted = _loss(self.model, self.function, row, encoded).data
                found = float(self.evaluate(theta, self.numbers([row]), self.numbers([encoded]))[0][0])
            except FAILURES:
                continue
            if abs(found - wanted) > 1e-6 * max(1.0, abs(wanted)):
                return (
                    f"sample {i}, counting from 0, has the loss {wanted:g} when it is recorded, and {found:g} in the program "
                    "of sample 0: the model decides something by plain numbers or at random, which is not on the tape"
                )
        return ""

    def loss(self, theta: Any, rows: Any, encoded: Any) -> tuple[Any, Any]:
        values, (gradient,) = self.sample(theta, rows, encoded)
        return values, gradient

    def evaluate(self, theta: Any, rows: Any, encoded: Any) -> tuple[list[float], list[list[float]]]:
        losses, *scores = (list(map(float, column)) for column in self.forward(theta, rows, encoded))
        return losses, scores

    def prior(self, theta: Any) -> tuple[float, Any]:
        assert self.penalty is not None
        penalty, (gradient,) = self.penalty(theta)
        return float(penalty), gradient


class _Recorded(_Gradient):
    """Every sample recorded anew: slow, and for models whose graph depends on the sample."""

    name, arrays = "recording", False

    def __init__(self, model: Module, loss: Loss, prior: Penalty | None, obstacle: str = "") -> None:
        self.model, self.function, self.added, self.obstacle = model, loss, prior, obstacle
        self.parameters = model.parameters()

    def _set(self, theta: Sequence[float]) -> None:
        for p, x in zip(self.parameters, theta, strict=True):
            if p.data != x:
                p.data = x

    def _swept(self, root: Value) -> list[float]:
        self.model.zero_grad()
        root.backward()
        return [p.grad for p in self.parameters]

    def loss(self, theta: Any, rows: Any, encoded: Any) -> tuple[list[float], Any]:
        self._set(theta)
        losses = [_loss(self.model, self.function, x, t) for x, t in zip(rows, encoded, strict=True)]
        return [v.data for v in losses], self._swept(total(losses))

    def evaluate(self, theta: Any, rows: Any, encoded: Any) -> tuple[list[float], list[list[float]]]:
        self._set(theta)
        losses, outputs = [], []
        with no_grad():
            for x, target in zip(rows, encoded, strict=True):
                scores = _scores(self.model, x)
                losses.append(self.function.formula(scores, list(map(Value, target))).data)
                outputs.append([s.data for s in scores])
        return losses, list(map(list, zip(*outputs, strict=True)))

    def prior(self, theta: Any) -> tuple[float, Any]:
        assert self.added is not None
        self._set(theta)
        root = self.added(self.parameters)
        return root.data, self._swept(root)


# The run -------------------------------------------------------------------------------------------------------------


class _Run:
    """Training under way.

    `theta` is where the parameters are now, `good` where the loss was last seen to be finite, `best` the smallest loss that
    was watched, with its epoch and its parameters. All three are replaced, never changed, so Ctrl-C may come at any time.
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        training: _Samples,
        held: _Samples | None,
        optimiser: Optimiser,
        prior: Penalty | None,
        gradient: _Gradient,
        batch_size: int,
        seed: int,
    ) -> None:
        self.model, self.loss, self.training, self.held = model, loss, training, held
        self.optimiser, self.prior, self.gradient = optimiser, prior, gradient
        self.batch_size, self.random = batch_size, random.Random(seed)
        named = list(model.named_parameters())
        self.names, self.parameters = [name for name, _ in named], [p for _, p in named]
        self.moving = [not p.constant for p in self.parameters]
        self.whole = gradient.numbers(training.rows), gradient.numbers(training.encoded)
        self.watched = (gradient.numbers(held.rows), gradient.numbers(held.encoded)) if held else None
        self.measures = type(loss).metric is not Loss.metric
        name = loss.metric_name if self.measures else "loss"
        self.history = History(name, gradient.name, gradient.obstacle)
        self.theta = gradient.numbers([p.data for p in self.parameters])
        self.good = self.theta
        self.best = math.inf, 0, self.theta
        self.done = 0
        self.failed = False

    def train(self, epochs: int, patience: int | None, progress: bool, callbacks: Sequence[Callback]) -> History:
        bar = None
        try:
            self.optimiser.reset()
            bar = _bar(epochs, self.gradient.name) if progress else None
            self._go(epochs, patience, bar, callbacks)
        except KeyboardInterrupt:
            self.history.stopped = "interrupted"
        finally:
            try:
                self._leave()
            except KeyboardInterrupt:  # a second one
                self._leave()
            if bar is not None:
                bar.close()
        return self.history

    def _go(self, epochs: int, patience: int | None, bar: Any, callbacks: Sequence[Callback]) -> None:
        history = self.history
        for epoch in range(1, epochs + 1):
            with self.gradient.quiet():
                norm = self._epoch(epoch)
                self._evaluate(epoch, norm)
            if bar is not None:
                bar.set_postfix_str(self._state(), refresh=False)
                bar.update()
            if callbacks:
                self._put(self.theta)
                answers = [callback(epoch, history, self.model) for callback in callbacks]  # all of them are called
                if any(answers):
                    history.stopped = "callback"
                    return
            if patience is not None and epoch - self.best[1] >= patience:
                history.stopped = "patience"
                return

    def _leave(self) -> None:
        """Puts the parameters where they are to stay, and completes the history."""
        self._put(self.good if self.failed else self.best[2])
        self.history._cut(self.done)
        self.history.best_epoch = self.best[1]

    def _put(self, theta: Any) -> None:
        """Gives the model these parameters, and no gradients, as those it has belong to others."""
        self.model.zero_grad()
        for p, x, moving in zip(self.parameters, theta, self.moving, strict=True):
            if moving:
                p.data = float(x)

    def _epoch(self, epoch: int) -> float:
        """Goes once through the samples; returns the length of the gradient."""
        n, rate = len(self.training), self.optimiser.rate(epoch)
        order = list(range(n))
        rows, encoded = self.whole
        if self.batch_size < n:
            order = _shuffled(n, self.random)
            rows, encoded = (x[order] if hasattr(x, "shape") else [x[i] for i in order] for x in (rows, encoded))
        sums: Any = None
        for start in range(0, n, self.batch_size):
            part = slice(start, start + self.batch_size)
            gradient = self._gradient(epoch, rows[part], encoded[part], order[part])
            share = len(order[part]) / n if self.loss.reduction == "mean" else 1.0
            sums = _scaled(gradient, share) if sums is None else _added(sums, _scaled(gradient, share))
            after = self.optimiser.moved(self.theta, gradient, rate)[0]
            if not _finite(after):
                self.failed = True
                name = next(name for name, x in zip(self.names, after, strict=True) if not math.isfinite(x))
                raise NonFiniteError(
                    f"training stopped in epoch {epoch}: the step of the batch that ends with sample {order[part][-1]}, "
                    f"counting from 0, leads {name} to where no float is; a smaller learning rate may help. The parameters are "
                    "back at the last with which the loss was finite"
                )
            self.theta = after
        return math.hypot(*map(float, sums))

    def _gradient(self, epoch: int, rows: Any, encoded: Any, chosen: Sequence[int]) -> Any:
        """The gradient of the loss over a batch, the prior's share included."""
        n, count = len(self.training), len(chosen)
        try:
            values, gradient = self.gradient.loss(self.theta, rows, encoded)
            if self.prior is not None:
                gradient = _added(gradient, _scaled(self.gradient.prior(self.theta)[1], count / n))
            if not (_finite(values) and _finite(gradient)):
                raise NonFiniteError
        except FAILURES:
            raise self._explained(epoch, self.training, chosen) from None
        self.good = self.theta
        return _scaled(gradient, 1 / count) if self.loss.reduction == "mean" else gradient

    def _explained(self, epoch: int, samples: _Samples, chosen: Sequence[int]) -> NonFiniteError:
        """Where the loss of a batch stopped being finite: its samples are recorded one by one."""
        self.failed = True
        self._put(self.theta)
        back = (
            "The parameters are back at the last with which the loss was finite; a smaller learning rate, or inputs of the "
            "order of 1, may help"
        )
        with nonfinite("raise"):
            for i in chosen:
                self.model.zero_grad()
                try:
                    _loss(self.model, self.loss, samples.rows[i], samples.encoded[i]).backward()
                except FAILURES as error:
                    where = f"in epoch {epoch} at {samples.what} {i}, counting from 0{self._origin(samples, i)}"
                    return NonFiniteError(f"training stopped {where}: {error}. {back}")
        return NonFiniteError(
            f"training stopped in epoch {epoch}: each {samples.what} of a batch of {len(chosen)} has a finite loss, but their "
            f"sum, its gradient or the prior's penalty is more than a float can hold. {back}"
        )

    def _origin(self, samples: _Samples, i: int) -> str:
        """The first node of a sample's tape that is not finite."""
        try:
            with nonfinite("propagate"):
                root = _loss(self.model, self.loss, samples.rows[i], samples.encoded[i])
        except (ArithmeticError, ValueError):  # of the model's own
            return ""
        nodes = list(root.tape())
        names = names_of(nodes) | ({} if root.label else {root: "loss"})
        for node in nodes:
            if not math.isfinite(node.data):
                within = f" of {node.place}" if node.place else ""
                return f", in {names[node]} = {expression(node, names)}{within}"
        return ""  # the gradient alone is not finite

    def _evaluate(self, epoch: int, norm: float) -> None:
        """Writes down what came out of an epoch, and whether it is the best so far."""
        history = self.history
        loss, metric = self._measured(epoch, self.training, self.whole, prior=self.prior is not None)
        watched = loss
        if self.held is not None:
            watched, watched_metric = self._measured(epoch, self.held, self.watched, prior=False)
            history.validation_loss.append(watched)
            history.validation_metric.append(watched_metric)
        history.loss.append(loss)
        history.metric.append(metric)
        history.gradient_norm.append(norm)
        better = watched < self.best[0]
        self.done, self.best = epoch, ((watched, epoch, self.theta) if better else self.best)
        history.best_epoch = self.best[1]

    def _measured(self, epoch: int, samples: _Samples, batch: Any, prior: bool) -> tuple[float, float]:
        """The loss and the metric over a sample set."""
        try:
            losses, columns = self.gradient.evaluate(self.theta, *batch)
            added = _sum(losses) + (self.gradient.prior(self.theta)[0] if prior else 0.0)
            if not (math.isfinite(added) and all(map(_finite, columns))):
                raise NonFiniteError
        except FAILURES:
            raise self._explained(epoch, samples, range(len(samples))) from None
        self.good = self.theta
        outputs = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        if isinstance(self.loss, (BinaryCrossEntropy, CrossEntropyOfProbabilities)):
            self._refuse_improbable(epoch, samples, outputs)
        loss = added / len(samples) if self.loss.reduction == "mean" else added
        return loss, self.loss.metric(outputs, samples.targets) if self.measures else loss

    def _refuse_improbable(self, epoch: int, samples: _Samples, outputs: Sequence[Any]) -> None:
        """Raises for outputs that are no probabilities: the loss of a score above 1 would fall without an end."""
        for i, (scores, target) in enumerate(zip(outputs, samples.targets, strict=True)):
            try:
                self.loss(scores, target)
            except ValueError as error:
                where = f"in epoch {epoch} at {samples.what} {i}, counting from 0"
                raise ValueError(f"training stopped {where}: {error}") from None

    def _state(self) -> str:
        history = self.history
        state = f"loss {history.loss[-1]:.3g}, {history.metric_name} {history.metric[-1]:.3g}"
        if history.validation_metric:
            state += f", validation {history.validation_metric[-1]:.3g}"
        return state


def _sum(numbers: Sequence[float]) -> float:
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # too large, or infinities of both signs
        return math.nan


def _finite(numbers: Any) -> bool:
    sums = float(sum(numbers) if isinstance(numbers, list) else numbers.sum())
    return sums - sums == 0.0 or all(map(math.isfinite, numbers))


def _scaled(numbers: Any, share: float) -> Any:
    return numbers if share == 1.0 else [share * x for x in numbers] if isinstance(numbers, list) else share * numbers


def _added(one: Any, other: Any) -> Any:
    return [x + y for x, y in zip(one, other, strict=True)] if isinstance(one, list) else one + other


def _bar(epochs: int, target: str) -> Any:
    """A progress bar for terminals, pipes and notebooks; none where tqdm is not installed."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a notebook without widgets gets a bar of text
            from tqdm.auto import tqdm
    except ImportError:
        return None
    described = {"llvm": "machine code", "numpy": "NumPy", "python": "Python"}.get(target, "recording")
    return tqdm(total=epochs, desc=described, bar_format="{desc} {n_fmt}/{total_fmt} |{bar}| {remaining} left{postfix}")
