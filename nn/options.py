"""Options that are not there, and options that nothing would use: a call is answered with what to write instead.

>>> @explained({"lr": "the rate belongs to the optimiser: optimizer=Adam(0.01)"})
... def train(model, *, optimizer="adam"):
...     return optimizer
>>> train(None, lr=0.1)
Traceback (most recent call last):
TypeError: train has no option lr: the rate belongs to the optimiser: optimizer=Adam(0.01)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

from chalkgrad.engine.basics.absent import closest
from chalkgrad.engine.basics.tracebacks import short_traceback

P = ParamSpec("P")
R = TypeVar("R")


class Default(str):
    """A text that is the default of an option: it can be told from the same text given by the caller."""

    __slots__ = ()


def explained(advice: Mapping[str, str], name: str = "") -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a function answer an unknown option with the advice for it, or with the options there are.

    The advice for `"no loss"` is for a call without the argument `loss`, which it needs. `name` is what the function is called
    in the answer.
    """

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        code: Any = function.__code__  # inspect is slow to import
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        keywords = known[code.co_argcount :]
        needed = [option for option in keywords if option not in (function.__kwdefaults__ or {}) and f"no {option}" in advice]
        first = {option: i for i, option in enumerate(known[: code.co_argcount]) if f"no {option}" in advice}
        keywords = keywords or known[known[0] == "self" :]

        @functools.wraps(function)
        def call(*arguments: P.args, **options: P.kwargs) -> R:
            for option in options:
                if option not in known:
                    called = name or function.__name__
                    near = closest(option, keywords)
                    otherwise = f"did you mean {near}?" if near else f"its options are {', '.join(keywords)}"
                    what = advice.get(option, "").format(name=called) or otherwise
                    raise TypeError(f"{called} has no option {option}: {what}")
            for option in needed:
                if option not in options:
                    raise TypeError(f"{name or function.__name__} needs {option}=…: {advice[f'no {option}']}")
            for option, i in first.items():
                if i >= len(arguments) and option not in options:
                    raise TypeError(advice[f"no {option}"])
            return function(*arguments, **options)

        return short_traceback(call)

    return decorated
