"""The history of one training run, epoch by epoch.

>>> history = History("accuracy", "python")
>>> history
<History of no epoch>
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.words.language import section
from chalkgrad.nn.elsewhere import HISTORY, missing

TRAINING = section("training")
MEASURES = section("measures")


def measure_word(name: str) -> str:
    """Returns what is said for the name of a measure; a loss of your own may measure something else, by a name of its own."""
    if name not in MEASURES:
        return name
    return MEASURES[name]


class History:
    """The course of one training run; every list has one number for each epoch.

    Attributes:
        loss: over the training set after the epoch, the prior included; a sum or a mean, depending on the loss
        metric: how good the outputs are on the training set; `metric_name` says in which measure
        gradient_norm: the length of the gradient of `loss`, summed over the batches of the epoch as they came
        validation_loss, validation_metric: the same on the validation set, without the prior; empty without one
        best_epoch: the epoch, from 1, whose parameters the model has now: the one with the smallest validation loss, or loss;
            0 for the parameters it began with
        target: what computed the gradient: "llvm", "numpy", "python", or "recording"
        obstacle: a sentence that says why "auto" chose recording, "" if it did not
        stopped: why training ended: "epochs", "patience", "callback" or "interrupted"
        start_loss: the loss before the first step, as `loss`; NaN if it is not finite
        resumed: how many of the epochs were taken over from a checkpoint; 0 for a run from the beginning
        remarks: what kept the model from learning, a sentence each; empty if nothing was found. The repr shows them
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
        self.start_loss = math.nan
        self.resumed = 0
        self.remarks: list[str] = []

    @property
    def epochs(self) -> int:
        """How many epochs were completed."""
        return len(self.loss)

    if not TYPE_CHECKING:  # type checkers would take every name for one that is there

        def __getattr__(self, name):
            return missing(self, name, HISTORY)

    def forget_after(self, epochs: int) -> None:
        """Removes an epoch that was not completed."""
        for column in (self.loss, self.metric, self.gradient_norm, self.validation_loss, self.validation_metric):
            del column[epochs:]

    def __repr__(self) -> str:
        end = TRAINING[self.stopped] if self.stopped in ("patience", "callback", "interrupted") else ""
        if not self.loss:
            return TRAINING["no epoch"].format(end=end)
        parts = [TRAINING["change"].format(first=f"{self.loss[0]:.4g}", last=f"{self.loss[-1]:.4g}")]
        if self.metric_name != "loss":  # as it is where the loss is a function of one's own, which measures nothing else
            measure = measure_word(self.metric_name)
            parts.append(TRAINING["measured"].format(measure=measure, value=f"{self.metric[-1]:.4g}"))
        if self.validation_loss:
            parts.append(TRAINING["validation loss"].format(value=f"{self.validation_loss[-1]:.4g}"))
        if self.resumed:
            end = TRAINING["resumed"].format(count=self.resumed, end=end)
        history = TRAINING.form("history", self.epochs).format(
            count=self.epochs, target=self.target, measures=", ".join(parts), best=self.best_epoch, end=end
        )
        return printable("\n".join([history, *self.remarks]))
