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
import operator
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any

from chalkgrad.engine import GradientWarning, NonFiniteError, Value, nonfinite
from chalkgrad.engine.basics.modes import current, restored_modes
from chalkgrad.engine.basics.notes import note
from chalkgrad.engine.words.expressions import expression
from chalkgrad.engine.words.names import names_of
from chalkgrad.nn.checkpoints import COLUMNS, Checkpoint, Place, Standing, digest
from chalkgrad.nn.data import Table
from chalkgrad.nn.downhill import RateLimit, limit_along
from chalkgrad.nn.history import TRAINING, History, measure_word
from chalkgrad.nn.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    CrossEntropyOfProbabilities,
    Loss,
    LossFunction,
    as_list,
    metric_of_columns,
)
from chalkgrad.nn.models.module import Module
from chalkgrad.nn.models.saving import FilePath
from chalkgrad.nn.models.standstill import found_standing
from chalkgrad.nn.models.trainability import no_gradient_reaches
from chalkgrad.nn.optimisers import GradientDescent, Optimiser, optimiser_named
from chalkgrad.nn.options import explained
from chalkgrad.nn.plateau import EPOCHS, plateau
from chalkgrad.nn.sample_gradients import NUMERICAL_ERRORS, Penalty, SampleGradients, choose_gradients, record_loss
from chalkgrad.nn.samples import Samples, divide, shuffled

__all__ = ["History", "fit"]

LITTLE = 0.5  # of the loss at the start: who ends above has learned little, and is told which neurons are saturated

Callback = Callable[[int, History, Module], Any]

_RATE = "the rate belongs to the optimiser: optimizer=Adam(0.01), after: from chalkgrad.nn import Adam"
_OTHERS = {
    "no loss": "squared_error.mean for numbers, cross_entropy.mean for classes, binary_cross_entropy_with_logits for yes or "
    "no, after: from chalkgrad.nn import squared_error",
    "lr": _RATE,
    "rate": _RATE,
    "learning_rate": _RATE,
    "momentum": "it belongs to the optimiser: optimizer=GradientDescent(0.1, momentum=0.9)",
    "optimiser": "its name is optimizer here, as in scikit-learn and PyTorch",
    "criterion": "it is loss=…",
    "batch": "it is batch_size=…",
    "epoch": "it is epochs=…",
    "n_epochs": "it is epochs=…",
    "num_epochs": "it is epochs=…",
    "max_iter": "it is epochs=…",
    "iterations": "it is epochs=…, with batch_size=None for steps on all samples",
    "loss_fn": "it is loss=…",
    "metrics": "a loss has its measure, which history.metric lists",
    "random_state": "it is seed=…",
    "regularization": "it is prior=L2(0.01), or prior=L2(0.01, biases=False) for the weights alone",
    "steps": "it is epochs=…, and batch_size=… says how many samples there are in a step",
    "validation_data": "it is validation=(X, y)",
    "validation_split": "it is validation=0.2",
    "verbose": "it is progress=True or progress=False",
    **dict.fromkeys(
        ("resume", "resume_from", "checkpoint_path"), "it is checkpoint=…: a run goes on from the file if it is there"
    ),
    "early_stopping": "it is patience=…, beside validation=…",
    "weight_decay": "it is prior=L2(0.01)",
    "shuffle": "samples are shuffled in every epoch unless batch_size=None; seed=… says how",
}
_LOSSES = {"mse": "squared_error.mean", "bce": "binary_cross_entropy_with_logits", "mean_squared_error": "squared_error.mean"}
_LOSSES |= {"cross_entropy": "cross_entropy.mean", "crossentropy": "cross_entropy.mean", "log_loss": "cross_entropy.mean"}
_LOSSES |= {name: name for name in ("squared_error", "hinge", "binary_cross_entropy", "binary_cross_entropy_with_logits")}


@explained(_OTHERS)
def fit(
    model: Module,
    X: Any,  # noqa: N803 - a matrix has a capital letter
    y: Any = None,
    *,
    loss: Loss | Callable[[Any, Any], Value],
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
    checkpoint: FilePath | None = None,
) -> History:
    """Trains a model on n samples; returns the history, and leaves the best parameters in the model.

    In every epoch the samples are shuffled and taken in batches; the gradient of the loss over a batch moves the parameters.
    The loss of one sample is recorded once and compiled. Ctrl-C ends training and keeps the best parameters so far; if no
    epoch is complete, the initial ones. The optimiser is reset first.

    What kept the model from learning stands in `history.remarks`: a loss that rose, neurons that stay equal or are dead, and
    where little was learned, saturated ones, or outputs that are nearly the same for all samples. What is certain to be
    meant otherwise is warned of, too (GradientWarning).

    Args:
        model: a Module whose call takes a row of X; its parameters are trained, except frozen ones
        X: n rows of k numbers: lists, an array, a frame of pandas or polars; or a table such as `iris()`, without y
        y: n targets, of the kind that the loss takes
        loss: such as `squared_error` or `cross_entropy.mean`, which takes the mean over a batch instead of the sum; or a
            function of one sample's outputs and its target, `lambda scores, y: (scores - y)**2`, of which the mean is taken
        optimizer: such as `Adam(0.01)` or `GradientDescent(0.1)`; or "adam", "momentum", "gradient descent"
        epochs: how many times to go through the samples
        batch_size: how many samples for each step; None for all at once
        validation: (X, y) or a table to watch; or a fraction of the samples, which are then left out of training
        patience: ends training after so many epochs without a smaller validation loss
        prior: such as `Gaussian(1.0)`, or `L2(0.01, biases=False)` for the weights alone; its penalty is added to the summed
            loss of all samples (MAP), so of a mean over n samples to n times the mean
        seed: of the shuffling; the same seed gives the same bits
        compiled: "auto" takes the fastest of "llvm", "numpy", "python" that is installed, or records every sample, as False
            does, if the model decides something by the numbers or at random (`history.obstacle` says what)
        progress: whether to show a bar, in a terminal or a notebook
        callbacks: called as f(epoch, history, model) after each epoch, the model having the parameters of that epoch; they must
            not change it; training ends if one returns something true
        checkpoint: a file, such as "run.json", that holds all that the run has come to; it is written in the course of training
            and at its end, by Ctrl-C too. If it is there at the beginning, the run goes on from it, to the same bits as if it
            had never stopped, with more epochs if more are asked for; the model's own parameters do not count then.
            `history.resumed` says how many epochs were taken over. A file of another run is refused, never overwritten

    Raises TypeError and ValueError for data that does not fit, ValueError for a model that no gradient can train,
    NonFiniteError if the loss stops being finite; the model then has the last parameters with which it was. An error of a
    callback is passed on, and the model has the best parameters.

    >>> from chalkgrad.nn import MLP, squared_error
    >>> model = MLP(1, [3, 1], activation="tanh", seed=0)
    >>> history = fit(model, [[0.0], [1.0]], [1.0, -1.0], loss=squared_error.mean, epochs=100, progress=False)
    >>> history.loss[-1] < 0.01 < history.loss[0]
    True
    """
    if not isinstance(model, Module):
        raise TypeError(f"the model is a Module, such as MLP(2, [16, 1]), not {model!r}")
    loss = _as_loss(loss)
    if prior is not None and (isinstance(prior, type) or not callable(prior)):
        raise TypeError(f"prior is a prior such as Gaussian(1.0), not {prior!r}")
    X, y = _rows_and_targets(X, y)  # noqa: N806 - as above
    epochs = _whole_number(epochs, "epochs")
    batch_size = None if batch_size is None else _whole_number(batch_size, "batch_size")
    patience = None if patience is None else _whole_number(patience, "patience")
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
    training, held_out = divide(X, y, validation, seed)
    with restored_modes():
        _prepare(model, loss, training, held_out)
        gradients = choose_gradients(compiled, model, loss, training, prior)
        run = _Run(model, loss, training, held_out, optimiser, prior, gradients, batch_size or len(training), seed)
        if checkpoint is not None:
            run.checkpoint = Checkpoint(checkpoint, run.names, run.facts(seed))
        history = run.train(epochs, patience, progress, functions)
        if run.warnings:
            note("; ".join(run.warnings), GradientWarning, "training")
        return history


def _as_loss(loss: Any) -> Loss:
    """Returns the option `loss`, a function as a loss; raises TypeError for anything else."""
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, str) and loss.casefold() in _LOSSES:
        found = _LOSSES[loss.casefold()]
        imported = found.partition(".")[0]
        raise TypeError(f"loss is a loss itself, not its name: loss={found}, after from chalkgrad.nn import {imported}")
    if isinstance(loss, type) or not callable(loss):
        raise TypeError(f"loss is one of chalkgrad.nn.losses, such as squared_error or cross_entropy, not {loss!r}")
    return LossFunction(loss)


def _rows_and_targets(X: Any, y: Any) -> tuple[Any, Any]:  # noqa: N803 - as above
    """Returns X and y, which a table holds both; raises TypeError if targets are missing or given twice."""
    if y is None:
        if not isinstance(X, Table):
            raise TypeError("y is missing: without it X is a table such as iris(), which has the targets as well")
        rows, targets = X
        return rows, targets
    if isinstance(X, Table):
        raise TypeError(
            "y is given twice: a table has its targets itself, so leave y out, or give its rows alone, as in iris().X"
        )
    if X is y:
        raise TypeError(
            "y is the very list that X is: X has the rows of inputs, and y a target for each, as in fit(model, X, y)"
        )
    return X, y


def _whole_number(x: Any, name: str) -> int:
    """Returns an option as a whole number; raises ValueError if it is not one from 1."""
    try:
        count = 0 if isinstance(x, bool) else operator.index(x)
    except TypeError:
        count = 0
    if count < 1:
        raise ValueError(f"{name} is a whole number from 1, not {x!r}")
    return count


def _prepare(model: Module, loss: Loss, training: Samples, held_out: Samples | None) -> None:
    """Encodes the targets; raises if the model cannot be trained on them."""
    parameters = model.parameters()
    if not parameters:
        raise ValueError("this model has no parameters to train")
    if all(p.constant for p in parameters):
        raise ValueError("all parameters of this model are frozen: model.unfreeze() lets them move")
    if not current().taping:
        raise RuntimeError("fit() records the model, and was called under no_grad()")
    outputs: list[Any] = []
    try:
        outputs = as_list(model(training.rows[0]))
        if not any(isinstance(s, Value) for s in outputs):
            raise TypeError(f"a model's outputs are Values, which gradients go through, and its output here is {outputs[0]!r}")
        for samples in filter(None, (training, held_out)):
            samples.encode(loss, len(outputs))
        record_loss(model, loss, training.rows[0], training.encoded[0])
    except NUMERICAL_ERRORS as error:
        problem = _in_the_words_of(loss, training, outputs) or str(error)
        raise NonFiniteError(f"training cannot begin: at sample 0, counting from 0, {problem}") from None
    problem = no_gradient_reaches(model, training.rows[0])
    if problem:
        raise ValueError(problem)


def _in_the_words_of(loss: Loss, training: Samples, outputs: Sequence[Any]) -> str:
    """Returns what a loss itself says of the first sample's outputs, "" if there are none, or it says nothing."""
    try:
        if outputs:
            loss([s.data if isinstance(s, Value) else s for s in outputs], training.targets[0])
    except (ValueError, *NUMERICAL_ERRORS) as error:
        return str(error)
    return ""


# The run -------------------------------------------------------------------------------------------------------------


class _Run:
    """One training run: `train` goes through the epochs, `_epoch` through the batches, and takes a step for each.

    `theta` are the parameters as they are now, `good` the last parameters whose loss was finite, `best` the smallest loss
    that was watched, with its epoch and its parameters, `place` where the run is, between two steps. They are replaced, never
    changed in place: so Ctrl-C may come at any time.
    """

    def __init__(
        self,
        model: Module,
        loss: Loss,
        training: Samples,
        held_out: Samples | None,
        optimiser: Optimiser,
        prior: Penalty | None,
        gradients: SampleGradients,
        batch_size: int,
        seed: int,
    ) -> None:
        self.model, self.loss, self.training, self.held_out = model, loss, training, held_out
        self.optimiser, self.prior, self.gradients = optimiser, prior, gradients
        self.batch_size, self.random = batch_size, random.Random(seed)
        named = list(model.named_parameters())
        self.names, self.parameters = [name for name, _ in named], [p for _, p in named]
        self.trainable = [not p.constant for p in self.parameters]
        self.training_numbers = gradients.numbers(training.rows), gradients.numbers(training.encoded)
        self.held_out_numbers = (gradients.numbers(held_out.rows), gradients.numbers(held_out.encoded)) if held_out else None
        self.measures = type(loss).metric is not Loss.metric
        name = loss.metric_name if self.measures else "loss"
        self.history = History(name, gradients.name, gradients.obstacle)
        self.theta = gradients.numbers([p.data for p in self.parameters])
        self.good = self.theta
        self.best = math.inf, 0, self.theta
        self.epochs_done = 0
        self.place = Place(1, 0, self.theta, self.theta, 0, [], None, self.random.getstate())
        self.rates: list[float] = []  # of the epochs, up to the one under way
        self.checkpoint: Checkpoint | None = None
        self.written: Place | None = None  # where the checkpoint is
        self.failed = False
        self.limit: RateLimit | None = None  # what is known of smaller rates, if the first step raised the loss
        self.climbing = False
        self.warnings: list[str] = []  # the remarks that deserve a warning

    def train(self, epochs: int, patience: int | None, progress: bool, callbacks: Sequence[Callback]) -> History:
        """Goes through the epochs; whatever ends them, the model has the best parameters afterwards."""
        bar = None
        self.optimiser.reset()
        resumed = self._resume(epochs)  # before anything of the model changes
        try:
            if not resumed:
                with self.gradients.quiet():
                    self.history.start_loss = self._loss_at(self.theta, *self.training_numbers, len(self.training))
                self._write()  # a file that cannot be written is told of before the work is done
            bar = _bar(epochs, self.gradients.name, self.epochs_done) if progress else None
            self._epochs(epochs, patience, bar, callbacks)
        except KeyboardInterrupt:
            self.history.stopped = "interrupted"
        finally:
            try:
                self._finish()
            except KeyboardInterrupt:  # a second one, while the first is dealt with
                self._finish()
            if bar is not None:
                bar.close()
            try:
                self._write()
            except KeyboardInterrupt:
                self._write()
        if self.history.stopped != "interrupted":
            try:
                self._remark()
            except KeyboardInterrupt:  # training is over, and the model as it should be
                self.history.stopped = "interrupted"
        return self.history

    def _epochs(self, epochs: int, patience: int | None, bar: Any, callbacks: Sequence[Callback]) -> None:
        history = self.history
        for epoch in range(self.place.epoch, epochs + 1):
            if self._without_progress(patience):  # of a run that goes on
                break
            with self.gradients.quiet():
                norm = self._epoch(epoch)
                self._evaluate(epoch, norm)
            if bar is not None:
                bar.set_postfix_str(self._state(), refresh=False)
                bar.update()
            if callbacks:
                self._set_parameters(self.theta)
                answers = [callback(epoch, history, self.model) for callback in callbacks]  # all of them are called
                if any(answers):
                    history.stopped = "callback"
                    return
            if self.checkpoint is not None and self.checkpoint.is_due():
                self._write()
        if self._without_progress(patience):
            history.stopped = "patience"

    def _without_progress(self, patience: int | None) -> bool:
        return patience is not None and self.epochs_done - self.best[1] >= patience

    # The file of a run that is to go on -------------------------------------------------------------------------------

    def facts(self, seed: int) -> dict[str, Any]:
        """Returns what two runs must have in common for the second to go on where the first stopped, as JSON has it."""
        optimiser, held_out = self.optimiser, self.held_out
        return {
            "model": type(self.model).__name__,
            "frozen": [name for name, moving in zip(self.names, self.trainable, strict=True) if not moving],
            "samples": len(self.training),
            "validation samples": len(held_out) if held_out is not None else 0,
            "data": digest(*self.training_numbers, *(self.held_out_numbers or ())),
            "batch_size": min(self.batch_size, len(self.training)),
            "seed": seed,
            "optimizer": {"name": type(optimiser).__name__, **optimiser.settings()},
            "compiled": self.gradients.name,
        }

    def _write(self) -> None:
        """Writes the checkpoint, if there is to be one and there is something new."""
        if self.checkpoint is None or self.written is self.place:
            return
        place, done, limit = self.place, self.epochs_done, self.limit
        self.checkpoint.write(
            Standing(
                place,
                {name: getattr(self.history, name)[:done] for name in COLUMNS},
                self.history.start_loss,
                self.best,
                None if limit is None else (limit.bound, limit.falling, self.climbing),
                self.rates[: place.epoch - (place.start == 0)],
            )
        )
        self.written = place

    def _resume(self, epochs: int) -> bool:
        """Takes over what the checkpoint holds; returns whether there was one. Raises ValueError if it is of another run."""
        found = None if self.checkpoint is None else self.checkpoint.read()
        if found is None or self.checkpoint is None:
            return False
        file, history, numbers, place = self.checkpoint, self.history, self.gradients.numbers, found.place
        done = place.epoch - 1
        if done > epochs or (done == epochs and place.start):
            file.refuse_fewer(place.epoch - (place.start == 0), epochs)
        file.refuse_rates(found.rates, [self.optimiser.rate(epoch) for epoch in range(1, len(found.rates) + 1)])
        for name, p, x in zip(self.names, self.parameters, place.theta, strict=True):
            if p.constant and p.data != x:
                file.refuse_frozen(name, x, p.data)
        loss, best_epoch, best = found.best
        expected = found.columns["loss"][best_epoch - 1] if best_epoch else found.start_loss
        try:
            with self.gradients.quiet():
                file.refuse_loss(expected, self._loss_at(numbers(best), *self.training_numbers, len(self.training)))
        except BaseException:
            self._set_parameters(self.theta)  # recording has given the model others
            raise
        self.theta = numbers(place.theta)
        self.good = self.theta if place.good is place.theta else numbers(place.good)
        self.best = loss, best_epoch, self.theta if best is place.theta else numbers(best)
        state = list(map(numbers, place.state))
        sums = None if place.sums is None else numbers(place.sums)
        self.place = self.written = place._replace(theta=self.theta, good=self.good, state=state, sums=sums)
        self.optimiser.remember(place.steps, state)
        self.random.setstate(place.shuffling)
        for name, column in found.columns.items():
            setattr(history, name, column)
        history.start_loss, history.resumed, history.best_epoch = found.start_loss, done, best_epoch
        self.epochs_done, self.rates = done, found.rates
        if found.first_step is not None:
            bound, falling, self.climbing = found.first_step
            self.limit = RateLimit(bound, falling)
        return True

    def _finish(self) -> None:
        """Restores the best parameters and closes the history."""
        self._set_parameters(self.good if self.failed else self.best[2])
        self.history.forget_after(self.epochs_done)
        self.history.best_epoch = self.best[1]

    def _set_parameters(self, theta: Any) -> None:
        """Gives the model these parameters, and clears its gradients, which belong to other parameters."""
        self.model.zero_grad()
        for p, x, moving in zip(self.parameters, _listed(theta), self.trainable, strict=True):
            if moving:
                p.data = x

    def _epoch(self, epoch: int) -> float:
        """Goes once through the samples and takes a step for each batch; returns the length of the epoch's gradient."""
        n, rate = len(self.training), self.optimiser.rate(epoch)
        shuffling = self.place.shuffling
        self.rates[epoch - 1 :] = [rate]
        whole = self.batch_size >= n
        order = list(range(n)) if whole else shuffled(n, self.random)
        sums = self.place.sums
        for start in range(self.place.start, n, self.batch_size):
            chosen = order[start : start + self.batch_size]
            rows, encoded = self.training_numbers if whole else (_chosen(x, chosen) for x in self.training_numbers)
            gradient = self._gradient(epoch, rows, encoded, chosen)
            share = len(chosen) / n if self.loss.reduction == "mean" else 1.0
            sums = _with(sums, gradient, share)
            after = self.optimiser.stepped(self.theta, gradient, rate)
            if not _all_finite(after):
                raise self._explained_step(epoch, after, chosen[-1])
            if epoch == 1 and start == 0:
                self._look_at_first_step(gradient, after, rows, encoded, rate)
            self.theta = after
            self.place = Place(epoch, start + self.batch_size, after, self.good, *self.optimiser.memory(), sums, shuffling)
        return math.hypot(*_listed(sums))

    def _loss_at(self, theta: Any, rows: Any, encoded: Any, count: int) -> float:
        """Returns what is lowered over `count` samples, with their share of the prior; NaN if it is not finite."""
        try:
            losses, _ = self.gradients.losses_and_outputs(theta, rows, encoded)
            added = _sum_or_nan(losses)
            if self.prior is not None:
                added += self.gradients.penalty_and_gradient(theta)[0] * count / len(self.training)
        except NUMERICAL_ERRORS:
            return math.nan
        return (added / count if self.loss.reduction == "mean" else added) if math.isfinite(added) else math.nan

    def _look_at_first_step(self, gradient: Any, after: Any, rows: Any, encoded: Any, rate: float) -> None:
        """Writes down what is to be said if the first step raised the loss of its own batch."""
        theta, count = self.theta, len(rows)

        def at(parameters: Any) -> float:
            return self._loss_at(parameters, rows, encoded, count)

        before = at(theta)
        if not at(after) > before:
            return
        step = _sums(after, _scaled(theta, -1.0))
        slope = math.fsum(map(operator.mul, map(float, gradient), map(float, step)))
        limit = limit_along(lambda share: at(_sums(theta, _scaled(step, share))), before, slope, rate)
        if math.isfinite(limit.bound) and not isinstance(self.optimiser, GradientDescent):
            limit = RateLimit(falling=limit.bound / 2)  # its direction is not the gradient
        self.limit, self.climbing = limit, slope > 0

    def _has_learned(self) -> bool:
        """Whether the loss fell by much; of outputs that are further off than the targets' mean would be, it did not."""
        history = self.history
        if not history.loss or not min(history.loss) <= LITTLE * history.start_loss:
            return False
        return history.metric_name != "R²" or history.metric[history.best_epoch - 1] > 0

    def _remark_on_rises(self, learned: bool) -> None:
        """Writes down that the loss rose, in one sentence: in every epoch, over all of them, or in the first step."""
        history, start, limit = self.history, f"{self.history.start_loss:.4g}", self.limit
        losses = [history.start_loss, *history.loss]
        advice = TRAINING["perhaps the rate"] if limit is None else limit.advice(len(self.theta), self.climbing)
        if len(losses) > 2 and all(after > before for before, after in pairwise(losses)):
            self.warnings.append(TRAINING["rose in every epoch"].format(start=start, advice=advice))
        elif losses[-1] > losses[0]:  # a little may be chance
            said = TRAINING["above the start"].format(start=start, advice=advice)
            (self.warnings if losses[-1] > 2 * losses[0] > 0 else history.remarks).append(said)
        elif limit is not None and not learned:  # else it has come down since
            history.remarks.append(limit.rose_at_first(TRAINING["the loss"], len(self.theta), self.climbing))

    def _remark(self) -> None:
        """Writes into the history what kept the model from learning."""
        history = self.history
        learned = self._has_learned()
        self._remark_on_rises(learned)
        if history.loss and not any(history.gradient_norm):
            self.warnings.append(TRAINING["nothing moved"])
        history.remarks += self.warnings
        if history.obstacle or not history.loss:  # a model that decides at random is not asked for more numbers
            return
        try:
            standing = found_standing(self.model, self.training.rows)
        except (ArithmeticError, ValueError):  # of the model's own, which was compiled and not asked for every sample before
            return
        for found in standing:
            if found.kind != "saturated" or not learned:
                history.remarks.append(found.text)
            if found.kind in ("equal", "no gradient"):
                self.warnings.append(found.text)
        if len(history.loss) >= EPOCHS and not self.warnings:
            with self.gradients.quiet():
                _, columns = self.gradients.losses_and_outputs(self.best[2], *self.training_numbers)
            outputs = list(map(_listed, columns))
            if isinstance(self.loss, CrossEntropy):  # which scores that all move together do not change
                middles = [math.fsum(row) / len(row) for row in zip(*outputs, strict=True)]
                outputs = [[s - middle for s, middle in zip(column, middles, strict=True)] for column in outputs]
            said = plateau(self.model, outputs, self.training.encoded, history.loss)
            history.remarks += filter(None, [said])

    def _explained_step(self, epoch: int, after: Any, last: int) -> NonFiniteError:
        """The error for a step to parameters that no float can hold; `last` is the batch's last sample."""
        self.failed = True
        name = next(name for name, x in zip(self.names, after, strict=True) if not math.isfinite(x))
        return NonFiniteError(
            f"training stopped in epoch {epoch}: the step of the batch that ends with sample {last}, "
            f"counting from 0, leads {name} to where no float is{self._back('a smaller learning rate')}"
        )

    def _gradient(self, epoch: int, rows: Any, encoded: Any, chosen: Sequence[int]) -> Any:
        """Returns the gradient of the loss over a batch, with the batch's share of the prior."""
        n, count = len(self.training), len(chosen)
        try:
            values, gradient = self.gradients.losses_and_gradient(self.theta, rows, encoded)
            if self.prior is not None:
                gradient = _sums(gradient, _scaled(self.gradients.penalty_and_gradient(self.theta)[1], count / n))
            if not (_all_finite(values) and _all_finite(gradient)):
                raise NonFiniteError
        except NUMERICAL_ERRORS:
            raise self._explained_failure(epoch, self.training, chosen) from None
        self.good = self.theta
        if self.loss.reduction != "mean":
            return gradient
        if isinstance(gradient, list):
            return _scaled(gradient, 1 / count)
        gradient *= 1 / count  # it has just been made
        return gradient

    def _explained_failure(self, epoch: int, samples: Samples, chosen: Sequence[int]) -> NonFiniteError:
        """Records the samples of a batch one by one, and returns the error for the first whose loss is not finite."""
        self.failed = True
        self._set_parameters(self.theta)
        back = self._back("a smaller learning rate, or inputs of the order of 1,")
        with nonfinite("raise"):
            for i in chosen:
                self.model.zero_grad()
                try:
                    record_loss(self.model, self.loss, samples.rows[i], samples.encoded[i]).backward()
                except NUMERICAL_ERRORS as error:
                    where = f"in epoch {epoch} at {samples.what} {i}, counting from 0{self._first_not_finite(samples, i)}"
                    return NonFiniteError(f"training stopped {where}: {error}{back}")
        return NonFiniteError(
            f"training stopped in epoch {epoch}: each {samples.what} of a batch of {len(chosen)} has a finite loss, but their "
            f"sum, its gradient or the prior's penalty is more than a float can hold{back}"
        )

    def _back(self, advice: str) -> str:
        """Returns where the parameters are after a failure, and what may help; if the loss had risen before, that it had."""
        history, back = self.history, "The parameters are back at the last with which the loss was finite"
        if not history.loss or not history.loss[-1] > history.start_loss:
            return f". {back}; {advice} may help"
        ends = f"{history.start_loss:.4g} to {history.loss[-1]:.4g}"
        return f". Until then the loss had risen, from {ends}: the rate is too large. {back}"

    def _first_not_finite(self, samples: Samples, i: int) -> str:
        """Names the first node of a sample's tape that is not finite, "" if only the gradient is not."""
        try:
            with nonfinite("propagate"):
                root = record_loss(self.model, self.loss, samples.rows[i], samples.encoded[i])
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
        """Measures an epoch's result, writes it into the history, and keeps the parameters if they are the best so far."""
        history = self.history
        loss, metric = self._measure(epoch, self.training, self.training_numbers, prior=self.prior is not None)
        watched = loss
        if self.held_out is not None:
            watched, watched_metric = self._measure(epoch, self.held_out, self.held_out_numbers, prior=False)
            history.validation_loss.append(watched)
            history.validation_metric.append(watched_metric)
        history.loss.append(loss)
        history.metric.append(metric)
        history.gradient_norm.append(norm)
        best = (watched, epoch, self.theta) if watched < self.best[0] else self.best
        place = Place(epoch + 1, 0, self.theta, self.theta, *self.optimiser.memory(), None, self.random.getstate())
        self.epochs_done, self.best, self.place = epoch, best, place
        history.best_epoch = self.best[1]

    def _measure(self, epoch: int, samples: Samples, batch: Any, prior: bool) -> tuple[float, float]:
        """Returns the loss and the metric over a sample set."""
        try:
            losses, columns = self.gradients.losses_and_outputs(self.theta, *batch)
            added = _sum_or_nan(losses) + (self.gradients.penalty_and_gradient(self.theta)[0] if prior else 0.0)
            if not (math.isfinite(added) and all(map(_all_finite, columns))):
                raise NonFiniteError
        except NUMERICAL_ERRORS:
            raise self._explained_failure(epoch, samples, range(len(samples))) from None
        self.good = self.theta
        loss = added / len(samples) if self.loss.reduction == "mean" else added
        measure = metric_of_columns(self.loss, columns, batch[1]) if self.measures else loss
        if measure is not None:
            return loss, measure
        columns = list(map(_listed, columns))
        outputs = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
        if isinstance(self.loss, (BinaryCrossEntropy, CrossEntropyOfProbabilities)):
            self._refuse_improbable(epoch, samples, outputs)
        return loss, self.loss.metric(outputs, samples.targets)

    def _refuse_improbable(self, epoch: int, samples: Samples, outputs: Sequence[Any]) -> None:
        """Raises for outputs that are not probabilities: the loss of a score above 1 would fall without end."""
        for i, (scores, target) in enumerate(zip(outputs, samples.targets, strict=True)):
            try:
                self.loss(scores, target)
            except ValueError as error:
                where = f"in epoch {epoch} at {samples.what} {i}, counting from 0"
                raise ValueError(f"training stopped {where}: {error}") from None

    def _state(self) -> str:
        history = self.history
        state = [TRAINING["now"].format(loss=f"{history.loss[-1]:.3g}")]
        if history.metric_name != "loss":
            measure = measure_word(history.metric_name)
            state.append(TRAINING["measured"].format(measure=measure, value=f"{history.metric[-1]:.3g}"))
        if history.validation_metric:
            state.append(TRAINING["validation"].format(value=f"{history.validation_metric[-1]:.3g}"))
        return ", ".join(state)


def _listed(numbers: Any) -> list[float]:
    """Returns a list or an array as a list of Python's floats, which are faster one by one."""
    listed: list[float] = numbers if isinstance(numbers, list) else numbers.tolist()
    return listed


def _chosen(rows: Any, chosen: Sequence[int]) -> Any:
    """Returns these rows of a list or an array. Those of a whole epoch at once would be the data again."""
    return [rows[i] for i in chosen] if isinstance(rows, list) else rows[chosen]


def _sum_or_nan(numbers: Any) -> float:
    try:
        return math.fsum(_listed(numbers))
    except (OverflowError, ValueError):  # too large, or infinities of both signs
        return math.nan


def _all_finite(numbers: Any) -> bool:
    sums = float(sum(numbers) if isinstance(numbers, list) else numbers.sum())
    return sums - sums == 0.0 or all(map(math.isfinite, _listed(numbers)))


def _scaled(numbers: Any, share: float) -> Any:
    return numbers if share == 1.0 else [share * x for x in numbers] if isinstance(numbers, list) else share * numbers


def _with(sums: Any, gradient: Any, share: float) -> Any:
    """Returns a new list or array: the sums so far, and a share of a gradient."""
    if isinstance(gradient, list):
        return _scaled(gradient, share) if sums is None else _sums(sums, _scaled(gradient, share))
    added = share * gradient
    if sums is not None:
        added += sums
    return added


def _sums(one: Any, other: Any) -> Any:
    return [x + y for x, y in zip(one, other, strict=True)] if isinstance(one, list) else one + other


def _bar(epochs: int, target: str, done: int) -> Any:
    """Returns a progress bar for terminals, pipes and notebooks, None if there is no tqdm or no place to show it."""
    import warnings

    if sys.stderr is None:  # closed, or a window without a console
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a notebook without widgets gets a bar of text
            from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(total=epochs, initial=done, desc=TRAINING[target], bar_format=TRAINING["bar"])
