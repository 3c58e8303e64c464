"""Losses of samples and their gradients: from a program, compiled once, or from recording each sample anew.

>>> from chalkgrad.nn import Neuron, squared_error
>>> from chalkgrad.nn.samples import Samples
>>> model = Neuron(1, activation=None)
>>> model.theta = [2.0, 1.0]
>>> samples = Samples([[1.0], [2.0]], [3.0, 4.0])
>>> samples.encode(squared_error, outputs=1)
>>> gradients = choose_gradients("python", model, squared_error, samples, prior=None)
>>> gradients.losses_and_gradient(model.theta.values, samples.rows, samples.encoded)   # (3 - 3)², (5 - 4)², and by w and b
([0.0, 1.0], [4.0, 2.0])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from chalkgrad.engine import DomainError, NonFiniteError, Value, no_grad, program, recording, total
from chalkgrad.nn.data.rows import ArrayRows
from chalkgrad.nn.losses import Loss, LossFunction, as_list
from chalkgrad.nn.models.module import Module
from chalkgrad.nn.models.prediction import fastest
from chalkgrad.nn.priors import penalty_of
from chalkgrad.nn.samples import Samples

NUMERICAL_ERRORS = (DomainError, NonFiniteError)
FASTEST_FIRST = ("llvm", "numpy", "python")
PIECE = 1024  # samples that are computed at a time where no gradient is asked for: all at once would take much memory
FULL_TILES = 64  # samples that are enough for the largest tiles of machine code

Penalty = Callable[[Any], Any]  # a prior, or a function that takes the parameters as one does


def choose_gradients(compiled: Any, model: Module, loss: Loss, samples: Samples, prior: Penalty | None) -> SampleGradients:
    """Returns what computes the gradients, as the option `compiled` of `fit` asks; `samples` have been encoded.

    Raises ValueError for another option, and for a target that is asked for by name and cannot compile the model.
    """
    if compiled is False:
        return RecordedGradients(model, loss, prior)
    if isinstance(compiled, str) and compiled in FASTEST_FIRST:
        gradients = CompiledGradients(model, loss, samples, prior, compiled)
        difference = gradients.difference_from_recording(samples)
        if difference:
            raise ValueError(f"{difference}. With compiled=False every sample is recorded")
        return gradients
    if compiled is not True and compiled != "auto":
        raise ValueError(f'compiled is "auto", "llvm", "numpy", "python" or False, not {compiled!r}')
    obstacle = ""
    for target in FASTEST_FIRST[FASTEST_FIRST.index(fastest()) :]:
        try:
            gradients = CompiledGradients(model, loss, samples, prior, target)
            obstacle = gradients.difference_from_recording(samples)
        except ImportError:  # installed, but not for this machine
            continue
        except (TypeError, ValueError) as error:  # an `if` of the model's own, or a function that takes no Value
            obstacle = f"a function is the loss, and is recorded: {error}" if isinstance(loss, LossFunction) else str(error)
        return RecordedGradients(model, loss, prior, obstacle) if obstacle else gradients
    return RecordedGradients(model, loss, prior)


class SampleGradients:
    """Losses and gradients of samples, for parameters that are a list or an array."""

    name: str
    arrays: bool  # whether parameters and samples are NumPy's arrays
    obstacle = ""

    def numbers(self, given: Any) -> Any:
        """Returns parameters, or rows, as the lists or arrays that the other methods take."""
        if isinstance(given, ArrayRows):
            return given.array if self.arrays else given.array.tolist()
        if not self.arrays:
            return list(given)
        import numpy as np

        return np.array(given, dtype=float)

    def quiet(self) -> AbstractContextManager[Any]:
        """Silences NumPy's warnings of overflow: the results are checked afterwards."""
        if not self.arrays:
            return nullcontext()
        import numpy as np

        return np.errstate(all="ignore")

    def losses_and_gradient(self, theta: Any, rows: Any, encoded: Any) -> tuple[Any, Any]:
        """Returns the loss of each sample, and the gradient of their sum."""
        raise NotImplementedError

    def losses_and_outputs(self, theta: Any, rows: Any, encoded: Any) -> tuple[Any, list[Any]]:
        """Returns the loss of each sample, and for each output its column of values, in lists or arrays."""
        raise NotImplementedError

    def penalty_and_gradient(self, theta: Any) -> tuple[float, Any]:
        """Returns the prior's penalty and its gradient."""
        raise NotImplementedError


class CompiledGradients(SampleGradients):
    """From programs: the loss of one sample is recorded once and compiled for all."""

    def __init__(self, model: Module, loss: Loss, samples: Samples, prior: Penalty | None, target: str) -> None:
        self.name, self.arrays = target, target != "python"
        self.model, self.function = model, loss
        parameters = model.parameters()
        x = [Value(v, f"x{i}") for i, v in enumerate(samples.rows[0], 1)]
        t = [Value(v, f"t{i}") for i, v in enumerate(samples.encoded[0], 1)]
        with recording():
            try:
                scores = record_scores(model, x)
                root = loss.formula(scores, t)
            except (TypeError, ValueError):
                raise
            except Exception as error:  # as a dict raises that has a target, and not a Value, among its keys
                said = (
                    f"{type(error).__name__}: {error}, raised while a program was recorded, whose inputs and targets are Values"
                )
                raise ValueError(f"{said}; with compiled=False every sample is recorded, from plain numbers") from error
            penalty = penalty_of(prior, model) if prior is not None else None
        self.sample = program(root, inputs=[parameters, x, t], wrt=[parameters]).compile(target)
        self.forward = program([root, *scores], inputs=[parameters, x, t], wrt=[]).compile(target, adjoints=False)
        self.penalty = program(penalty, inputs=[parameters]).compile(target) if penalty is not None else None

    def difference_from_recording(self, samples: Samples) -> str:
        """Compares program and recording on a few samples from all over the set; returns a sentence, "" if they agree."""
        theta = self.numbers([p.data for p in self.model.parameters()])
        tried = range(0, len(samples), -(-len(samples) // 8))
        losses: Any = None
        if self.arrays:  # all in one call, of as many samples as a batch has: what is compiled for one is not for the other
            several = [tried[k % len(tried)] for k in range(min(len(samples), FULL_TILES))]
            with self.quiet():
                losses = self.losses_and_outputs(
                    theta, self.numbers([samples.rows[i] for i in several]), self.numbers([samples.encoded[i] for i in several])
                )[0]
        for k, i in enumerate(tried):
            row, encoded = samples.rows[i], samples.encoded[i]
            try:
                with no_grad():
                    wanted = record_loss(self.model, self.function, row, encoded).data
                one = losses[k : k + 1] if self.arrays else self.losses_and_outputs(theta, [row], [encoded])[0]
            except NUMERICAL_ERRORS:
                continue
            found = float(one[0])
            if abs(found - wanted) > 1e-6 * max(1.0, abs(wanted)):
                return (
                    f"sample {i}, counting from 0, has the loss {wanted:g} when it is recorded, and {found:g} in the program "
                    "of sample 0: the model decides something by plain numbers or at random, which is not on the tape"
                )
        return ""

    def losses_and_gradient(self, theta: Any, rows: Any, encoded: Any) -> tuple[Any, Any]:
        values, (gradient,) = self.sample(theta, rows, encoded)
        return values, gradient

    def losses_and_outputs(self, theta: Any, rows: Any, encoded: Any) -> tuple[Any, list[Any]]:
        if not self.arrays:
            losses, *scores = self.forward(theta, rows, encoded)
            return losses, scores
        import numpy as np

        starts = range(0, len(rows), PIECE)
        pieces = [self.forward(theta, rows[k : k + PIECE], encoded[k : k + PIECE]) for k in starts]
        losses, *scores = pieces[0] if len(pieces) == 1 else map(np.concatenate, zip(*pieces, strict=True))
        return losses, scores

    def penalty_and_gradient(self, theta: Any) -> tuple[float, Any]:
        assert self.penalty is not None
        penalty, (gradient,) = self.penalty(theta)
        return float(penalty), gradient


class RecordedGradients(SampleGradients):
    """From recording every sample anew: slow, but right for models whose graph depends on the sample."""

    name, arrays = "recording", False

    def __init__(self, model: Module, loss: Loss, prior: Penalty | None, obstacle: str = "") -> None:
        self.model, self.function, self.penalty, self.obstacle = model, loss, prior, obstacle
        self.parameters = model.parameters()

    def _set(self, theta: Sequence[float]) -> None:
        for p, x in zip(self.parameters, theta, strict=True):
            if p.data != x:  # assigning even the same number makes what was recorded stale
                p.data = x

    def _swept(self, root: Value) -> list[float]:
        self.model.zero_grad()
        root.backward()
        return [float(p.grad) for p in self.parameters]

    def losses_and_gradient(self, theta: Any, rows: Any, encoded: Any) -> tuple[list[float], Any]:
        self._set(theta)
        losses = [record_loss(self.model, self.function, x, t) for x, t in zip(rows, encoded, strict=True)]
        return [v.data for v in losses], self._swept(total(losses))

    def losses_and_outputs(self, theta: Any, rows: Any, encoded: Any) -> tuple[list[float], list[list[float]]]:
        self._set(theta)
        losses, outputs = [], []
        with no_grad():
            for x, target in zip(rows, encoded, strict=True):
                scores = record_scores(self.model, x)
                losses.append(loss_of(self.function, scores, target).data)
                outputs.append([s.data for s in scores])
        return losses, list(map(list, zip(*outputs, strict=True)))

    def penalty_and_gradient(self, theta: Any) -> tuple[float, Any]:
        assert self.penalty is not None
        self._set(theta)
        root = penalty_of(self.penalty, self.model)
        return root.data, self._swept(root)


# One sample, recorded ------------------------------------------------------------------------------------------------


def record_scores(model: Module, x: Sequence[Any]) -> list[Value]:
    """Records and returns the model's outputs for a row; a plain number among them becomes a constant."""
    return [s if isinstance(s, Value) else Value(s, constant=True) for s in as_list(model(x))]


def record_loss(model: Module, loss: Loss, row: Sequence[Any], encoded: Sequence[Any]) -> Value:
    """Records and returns the loss of one sample."""
    return loss_of(loss, record_scores(model, row), encoded)


def loss_of(loss: Loss, scores: Sequence[Value], encoded: Sequence[Any]) -> Value:
    """Records and returns the loss of scores. A function of one's own takes targets as numbers, which it may index with."""
    if not isinstance(loss, LossFunction):
        encoded = [t if isinstance(t, Value) else Value(t, f"t{i}") for i, t in enumerate(encoded, 1)]
    root: Value = loss.formula(scores, encoded)
    return root
