"""The history of one training run, epoch by epoch.

>>> history = History("accuracy", "python")
>>> history
<History of no epoch>
"""

from __future__ import annotations


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

    def forget_after(self, epochs: int) -> None:
        """Removes an epoch that was not completed."""
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
