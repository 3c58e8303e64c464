"""NumPy's functions of a Value: the table's own operations, of single Values and of Values beside arrays.

>>> import numpy as np
>>> from chalkgrad.engine import Value
>>> x = Value(0.5, "x")
>>> np.tanh(x).op.name
'tanh'
>>> [v.data for v in x * np.array([1.0, 2.0])]
[0.5, 1.0]
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from chalkgrad.engine.basics.beside_arrays import AskedByNumPy, elementwise, is_array
from chalkgrad.engine.basics.missing import Answering
from chalkgrad.engine.basics.numbers_in import to_float
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.value import Value

# What NumPy calls operations that are called otherwise here: Python's own operators, and entries of the table.
_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "true_divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "remainder": operator.mod,
    "power": operator.pow,
    "float_power": operator.pow,
    "negative": operator.neg,
    "positive": operator.pos,
    "absolute": operator.abs,
    "fabs": operator.abs,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}
_SIGNS = {  # of the operators that += and its like stand for
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "true_divide": "/",
    "floor_divide": "//",
    "remainder": "%",
    "power": "**",
}
_COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
_ENTRIES = {
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "arctan2": "atan2",
    "deg2rad": "radians",
    "rad2deg": "degrees",
    "fmax": "maximum",
    "fmin": "minimum",
}
_INSTEAD = {  # what to write for those that the table does not have
    "square": "v**2",
    "reciprocal": "1/v",
    "logaddexp": "logsumexp([a, b])",
    "matmul": "sum(a*b for a, b in zip(xs, ys))",
    "heaviside": "v.heaviside(), which is 0 at 0",
}


def _function_of(name: str, arguments: int) -> Callable[..., Any] | None:
    """Returns what a function of NumPy, of so many arguments, is here; None if it is nothing."""
    rule = RULES.get(_ENTRIES.get(name, name))
    if name in _OPERATORS:
        return _OPERATORS[name]
    if rule is None or rule.lists or len(rule.arguments) != arguments:  # NumPy's heaviside has a second argument
        return None
    return lambda *arguments: record(rule, arguments)


def _called_alone(name: str, arguments: Sequence[Any]) -> Any:
    return record(RULES[_ENTRIES[name]], arguments)


def _called_by_numpy(self: Value, ufunc: Any, method: str, *inputs: Any, out: Any = None, **options: Any) -> Any:
    name = ufunc.__name__
    function = _function_of(name, ufunc.nin)
    if method != "__call__" or options or function is None:
        called = f"np.{name}" if method == "__call__" else f"np.{name}.{method}"
        instead = f"{called}(v.data) for the number, or an operation of your own, made by operation()"
        raise hidden(TypeError(f"{called} of a Value v would drop its gradient: write {_INSTEAD.get(name, instead)}"))
    arguments = [x if isinstance(x, Value) or is_array(x) else to_float(x, name) for x in inputs]
    if any(hasattr(x, "to_numpy") for x in inputs):
        return NotImplemented  # a Series or a table, which has an answer of its own
    arrays = any(map(is_array, inputs))
    found = elementwise(function, arguments) if arrays else function(*arguments)
    if arrays and name in _COMPARISONS:
        found = found.astype(bool)
    if out is None:
        return found
    (target,) = out
    if target.dtype != object and name not in _COMPARISONS:
        sign = _SIGNS.get(name)
        instead = f"write a = a {sign} v, which makes a new array, not a {sign}= v" if sign else f"leave out= out of np.{name}"
        raise hidden(
            TypeError(
                f"an array of {target.dtype} cannot hold Values: {instead}, or begin with an array of objects, a.astype(object)"
            )
        )
    target[...] = found
    return target


setattr(Value, "__array_ufunc__", AskedByNumPy(_called_by_numpy))  # noqa: B010 - which mypy would take for a method


# What NumPy's functions of an array of objects call on each of them: the method of the function's own name.
def _refuse_rint(v: Value) -> Value:
    raise hidden(
        TypeError("rounding Values would drop their gradients: write np.round([v.data for v in values]) for the numbers")
    )


for _theirs in _ENTRIES.keys() - {"fmax", "fmin"}:  # these compare, as np.maximum does
    setattr(Value, _theirs, Answering(lambda *arguments, name=_theirs: _called_alone(name, arguments)))
setattr(Value, "conjugate", Answering(lambda v: v))  # noqa: B010 - which mypy would take for a method
setattr(Value, "rint", Answering(_refuse_rint))  # noqa: B010 - which mypy would take for a method
