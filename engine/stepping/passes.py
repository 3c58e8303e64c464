"""The pass to step through: the backward pass, the forward pass, or the backward pass with a mistake in it.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> y = x * x
>>> steps = steps_of(y)
>>> steps
Steps of y, at position 0 of 2:
seed  y.grad = ∂y/∂y = 1
type steps.step(), .run_to("x"), .run() or .ask(); print(steps) shows all
>>> print(steps_of(y, forward=True))
  1/2   x = 3
  2/2   y = x·x = 3 · 3 = 9
        ∂y/∂x = x = 3 (1st x), ∂y/∂x = x = 3 (2nd x)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalkgrad.engine.basics.arguments_of_others import refuse
from chalkgrad.engine.basics.tracebacks import ends_traceback
from chalkgrad.engine.stepping.forward import ForwardPass
from chalkgrad.engine.stepping.mistaken import staged
from chalkgrad.engine.stepping.mistakes import MistakenSteps
from chalkgrad.engine.stepping.steps import Steps
from chalkgrad.engine.value import Value


@ends_traceback
def steps_of(
    root: Value,
    by: str = "edge",
    wrt: Value | Sequence[Value | str] = (),
    forward: bool = False,
    mistake: str = "",
    upstream: float = 1.0,
    rate: float | None = None,
    notation: str | None = None,
    **options: Any,
) -> Steps[Any] | ForwardPass | MistakenSteps:
    """Returns the steps that `Value.steps` was asked for. Raises TypeError for options that do not go together."""
    refuse("steps", options)
    asked = {"forward=True": forward, f"mistake={mistake!r}": mistake}
    others = {f"by={by!r}": by != "edge", "wrt": isinstance(wrt, Value) or bool(wrt)}
    others[f"upstream={upstream!r}"] = upstream != 1.0
    others[f"rate={rate!r}"] = rate is not None and not mistake  # or the mistake says whether it takes one
    chosen = [option for option, given in asked.items() if given]
    unused = chosen[1:] + [option for option, given in others.items() if given]
    if chosen and unused:
        them = "it" if len(unused) == 1 else "them"
        raise TypeError(f"steps({chosen[0]}) has no use for {' and '.join(unused)}: leave {them} out")
    if mistake:
        return staged(root, mistake, rate, notation)
    if rate is not None:
        raise TypeError(f"steps() has no use for rate={rate!r}: it is for mistake='update at once'")
    return ForwardPass(root, notation) if forward else Steps(root, by, wrt, upstream, notation)
