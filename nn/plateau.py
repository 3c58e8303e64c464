"""What is said of a model whose outputs are nearly the same for all samples after training, as those of exclusive or at 0.5.

>>> from chalkgrad.nn import MLP
>>> model = MLP(2, [2, 1], "identity", seed=0)
>>> print(plateau(model, [[0.49, 0.5, 0.5, 0.51]], [[0.0], [1.0], [1.0], [0.0]], [1.0] * 50))
all outputs are about 0.5, and the targets go from 0 to 1: the inputs hardly count
the model is affine: without an activation between its layers it fits no more than a plane does
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from chalkgrad.engine.words.expressions import number
from chalkgrad.engine.words.language import section
from chalkgrad.nn.models.affine import collapse
from chalkgrad.nn.models.module import Module

PLATEAU = section("plateau")

NARROW = 0.2  # of how far targets are apart; outputs that differ by no more are nearly the same
EPOCHS = 20  # before so many, little is to be expected


def plateau(
    model: Module, outputs: Sequence[Sequence[float]], targets: Sequence[Sequence[float]], losses: Sequence[float]
) -> str:
    """Returns that every output is nearly the same for all samples, and what may be the cause; "" if one is not.

    `outputs` has a column for each output, `targets` a row for each sample, as numbers; `losses` those of all epochs.
    """
    wanted = list(zip(*targets, strict=True))
    if not all(_is_flat(got, right) for got, right in zip(outputs, wanted, strict=True)):
        return ""
    low, high = min(map(min, wanted)), max(map(max, wanted))
    about = number(fmean(outputs[0]), 2)
    said = PLATEAU["flat of several" if len(outputs) > 1 else "flat"].format(about=about, low=number(low), high=number(high))
    cause = "affine" if _is_affine(model) else "still falling" if _is_falling(losses) else "stuck"
    return f"{said}\n{PLATEAU[cause]}"


def _is_flat(outputs: Sequence[float], targets: Sequence[float]) -> bool:
    """Whether outputs differ little, as measured by the targets' mean deviation, which one that is far off moves little."""
    middle = fmean(targets)
    apart = 2 * fmean(abs(x - middle) for x in targets)
    return apart > 0 and max(outputs) - min(outputs) <= NARROW * apart


def _is_falling(losses: Sequence[float]) -> bool:
    """Whether the last tenth of the epochs still lowered the loss, be it by little."""
    return losses[-1] <= min(losses) and losses[-1] < (1 - 1e-6) * losses[-1 - len(losses) // 10]


def _is_affine(model: Module) -> bool:
    try:
        collapse(model)
    except (ArithmeticError, TypeError, ValueError):
        return False
    return True
