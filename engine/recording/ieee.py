"""Python's float functions with IEEE 754 results where the math module raises; `nonfinite("propagate")` uses them.

>>> FUNCTIONS["exp"](1000.0), FUNCTIONS["div"](-1.0, 0.0), FUNCTIONS["log"](-1.0)
(inf, -inf, nan)
"""

from __future__ import annotations

import math
from collections.abc import Callable

from chalkgrad.engine.recording.emit import PYTHON

_INF, _NAN = math.inf, math.nan


def _divide(x: float, y: float) -> float:
    if y != 0:
        return x / y
    return _NAN if x == 0 or x != x else math.copysign(_INF, x) * math.copysign(1, y)


def _power(x: float, y: float) -> float:
    odd = y % 2 == 1
    try:
        return math.pow(x, y)
    except OverflowError:
        return -_INF if x < 0 and odd else _INF
    except ValueError:  # 0 to a negative power, or a negative base with a broken exponent
        return _NAN if x != 0 else math.copysign(_INF, x) if odd else _INF


def _or(name: str, outside: Callable[[float], float]) -> Callable[[float], float]:
    function: Callable[[float], float] = getattr(math, name)

    def ieee(x: float) -> float:
        try:
            return function(x)
        except (ValueError, OverflowError):
            return outside(x)

    return ieee


FUNCTIONS: dict[str, Callable[..., float]] = {
    name: _or(name, lambda x: _NAN) for name in ["sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "tanh", "erf", "erfc"]
} | {
    "div": _divide,
    "mod": lambda x, y: x % y if y != 0 else _NAN,
    "pow": _power,
    "abs": abs,
    "hypot": math.hypot,
    "atan2": math.atan2,
    "floor": lambda x: float(math.floor(x)) if math.isfinite(x) else x,
    "exp": _or("exp", lambda x: _INF),
    "expm1": _or("expm1", lambda x: _INF),
    "cosh": _or("cosh", lambda x: _INF),
    "sinh": _or("sinh", lambda x: math.copysign(_INF, x)),
    "log": _or("log", lambda x: -_INF if x == 0 else _NAN),
    "log2": _or("log2", lambda x: -_INF if x == 0 else _NAN),
    "log10": _or("log10", lambda x: -_INF if x == 0 else _NAN),
    "log1p": _or("log1p", lambda x: -_INF if x == -1 else _NAN),
}

PRIMITIVES = PYTHON | {name: name + "({})" for name in FUNCTIONS}
