"""The functions that an expression may call: the engine's table by name, and the names that others have for its entries.

>>> functions()["maximum"].call(2.0, 3.0)
3.0
>>> unknown_function("arctan", functions())
'there is no function arctan here: write atan(x)'
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalkgrad import engine
from chalkgrad.engine.rules import RULES

__all__ = ["Function", "functions", "unknown_function"]


@dataclass(frozen=True)
class Function:
    """A function that an expression may call, and how many arguments it takes (`most` None: any number).

    `lists` counts the list arguments of an engine function; the one of total may be written without brackets.
    """

    call: Callable[..., Any]
    least: int
    most: int | None
    lists: int = 0

    def takes(self) -> str:
        """Says how many arguments the function takes.

        >>> functions()["leaky_relu"].takes()
        '1 or 2 arguments'
        """
        if self.most is None:
            return "at least one term"
        if self.most > self.least:
            return f"{self.least} or {self.most} arguments"
        return "1 argument" if self.least == 1 else f"{self.least} arguments"


def functions() -> dict[str, Function]:
    """Returns the functions that an expression may call, by name: the engine's table without its operators.

    >>> sorted(functions())[:5]
    ['abs', 'acos', 'acosh', 'affine', 'asin']
    """
    table = {"abs": Function(abs, 1, 1)}
    for name, rule in RULES.items():
        if hasattr(engine, name) and name not in table:
            most = len(rule.arguments)
            only_terms = rule.lists == 1 and most == 1
            table[name] = Function(getattr(engine, name), most - len(rule.defaults), None if only_terms else most, rule.lists)
    return table


# Names that other languages and the blackboard use, with what to write here instead.
_OTHER_NAMES: Final = {
    "ln": "log(x)", "lg": "log10(x)", "ld": "log2(x)", "arsinh": "asinh(x)", "arcosh": "acosh(x)", "artanh": "atanh(x)",
    "arcsinh": "asinh(x)", "arccosh": "acosh(x)", "arctanh": "atanh(x)", "arctan2": "atan2(y, x)", "sgn": "sign(x)",
    "signum": "sign(x)", "mod": "a % b", "remainder": "a % b", "fmod": "a % b", "floordiv": "a // b", "floor_divide": "a // b",
    "deg2rad": "radians(x)", "rad2deg": "degrees(x)", "ceiling": "ceil(x)",
    "max": "maximum(a, b)", "min": "minimum(a, b)", "fmax": "maximum(a, b)", "fmin": "minimum(a, b)",
    "arcsin": "asin(x)", "arccos": "acos(x)", "arctan": "atan(x)", "tg": "tan(x)", "arctg": "atan(x)",
    "cot": "1/tan(x)", "ctg": "1/tan(x)", "sec": "1/cos(x)", "csc": "1/sin(x)", "sinus": "sin(x)", "cosinus": "cos(x)",
    "sigma": "sigmoid(x)", "σ": "sigmoid(x)", "logistic": "sigmoid(x)", "swish": "silu(x)",
    "step": "heaviside(x)", "H": "heaviside(x)",
    "pow": "a**b", "power": "a**b", "square": "x**2", "sqr": "x**2", "root": "sqrt(x)",
    "fabs": "abs(x)", "sum": "total(a, b, c)", "Σ": "total(a, b, c)", "prod": "a*b*c", "mul": "a*b", "add": "a + b",
    "div": "a/b", "sub": "a - b", "neg": "-x", "mean": "total(a, b, c)/3", "dot": "affine([w1, w2], [x1, x2], 0)",
    "softmax": "exp(a)/total(exp(a), exp(b)), one for each value, since softmax gives several",
    "operation": "the formula itself", "unit": "the formula itself", "Value": "the name alone, and its value after it",
    "float": "the number itself", "int": "the number itself",
}  # fmt: skip


def unknown_function(name: str, known: Mapping[str, Function]) -> str:
    """Returns the sentence for a function that is not among the `known`."""
    if name in _OTHER_NAMES or name.casefold() in _OTHER_NAMES:
        return f"there is no function {name} here: write {_OTHER_NAMES.get(name) or _OTHER_NAMES[name.casefold()]}"
    if name.casefold() in known:
        return f"there is no function {name}: did you mean {name.casefold()}?"
    close = difflib.get_close_matches(name.casefold(), known, n=2, cutoff=0.7)
    if close:
        return f"there is no function {name}: did you mean {' or '.join(close)}?"
    return f"there is no function {name}; there are {', '.join(sorted(known))}"
