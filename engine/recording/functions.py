"""The table's operations by name. On Values they record, on plain numbers they are arithmetic: `exp(2.0)` is a float.

>>> from chalkgrad.engine import Value
>>> tanh(0.0), tanh(Value(0.0)).partials
(0.0, (1.0,))

Plus, minus, times, divided by, powers and abs() are Python's own operators; they are here by name as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, overload

from chalkgrad.engine.rules import RULES, Rule
from chalkgrad.engine.value import FUNCTIONS, Value, elements
from chalkgrad.engine.words import expressions as words


class Unary(Protocol):
    """A function of one number."""

    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: float, /) -> float: ...


class Binary(Protocol):
    """A function of two numbers."""

    @overload
    def __call__(self, x: Value, y: Value | float, /) -> Value: ...
    @overload
    def __call__(self, x: float, y: Value, /) -> Value: ...
    @overload
    def __call__(self, x: float, y: float, /) -> float: ...


class Shaped(Protocol):
    """An activation with a parameter, which has a default."""

    @overload
    def __call__(self, x: Value, y: Value | float = ..., /) -> Value: ...
    @overload
    def __call__(self, x: float, y: Value, /) -> Value: ...
    @overload
    def __call__(self, x: float, y: float = ..., /) -> float: ...


class OverList(Protocol):
    """A function of a list of numbers."""

    def __call__(self, x: Sequence[Value | float], /) -> Value: ...


class Affine(Protocol):
    """The affine map of two lists and a number."""

    def __call__(self, w: Sequence[Value | float], x: Sequence[Value | float], b: Value | float = ..., /) -> Value: ...


add: Binary = FUNCTIONS["add"]
sub: Binary = FUNCTIONS["sub"]
mul: Binary = FUNCTIONS["mul"]
div: Binary = FUNCTIONS["div"]
pow: Binary = FUNCTIONS["pow"]  # noqa: A001 - the table's name; not exported by `import *`
neg: Unary = FUNCTIONS["neg"]
pos: Unary = FUNCTIONS["pos"]
abs: Unary = FUNCTIONS["abs"]  # noqa: A001 - as pow
floor: Unary = FUNCTIONS["floor"]

exp: Unary = FUNCTIONS["exp"]
expm1: Unary = FUNCTIONS["expm1"]
log: Unary = FUNCTIONS["log"]
log1p: Unary = FUNCTIONS["log1p"]
sqrt: Unary = FUNCTIONS["sqrt"]
sin: Unary = FUNCTIONS["sin"]
cos: Unary = FUNCTIONS["cos"]
tan: Unary = FUNCTIONS["tan"]
asin: Unary = FUNCTIONS["asin"]
acos: Unary = FUNCTIONS["acos"]
atan: Unary = FUNCTIONS["atan"]
sinh: Unary = FUNCTIONS["sinh"]
cosh: Unary = FUNCTIONS["cosh"]
tanh: Unary = FUNCTIONS["tanh"]
erf: Unary = FUNCTIONS["erf"]
erfc: Unary = FUNCTIONS["erfc"]

hypot: Binary = FUNCTIONS["hypot"]
maximum: Binary = FUNCTIONS["maximum"]
minimum: Binary = FUNCTIONS["minimum"]
total: OverList = FUNCTIONS["total"]
affine: Affine = FUNCTIONS["affine"]
logsumexp: OverList = FUNCTIONS["logsumexp"]

gaussian: Unary = FUNCTIONS["gaussian"]
sigmoid: Unary = FUNCTIONS["sigmoid"]
sigmoid_slope: Unary = FUNCTIONS["sigmoid_slope"]
tanh_half: Unary = FUNCTIONS["tanh_half"]
relu: Unary = FUNCTIONS["relu"]
leaky_relu: Shaped = FUNCTIONS["leaky_relu"]
elu: Shaped = FUNCTIONS["elu"]
softplus: Unary = FUNCTIONS["softplus"]
gelu: Unary = FUNCTIONS["gelu"]
silu: Unary = FUNCTIONS["silu"]
step: Unary = FUNCTIONS["step"]
identity: Unary = FUNCTIONS["identity"]


def softmax(xs: Sequence[Value | float]) -> list[Value]:
    """Returns the probabilities exp(x_i) / Σ exp(x_j), one per element; they add up to 1.

    A composite, not an operation of its own: each is exp(x_i - logsumexp(xs)), which does not overflow.

    >>> from chalkgrad.engine import Value
    >>> [p.data for p in softmax([Value(0.0), Value(0.0)])]
    [0.5, 0.5]
    """
    xs = elements(xs, "softmax")
    if not len(xs):
        raise ValueError("softmax() needs at least one element, and got an empty list")
    normaliser = logsumexp(xs)
    return [exp(x - normaliser) for x in xs]


def _documentation(rule: Rule) -> str:
    """The docstring of an operation, from its entry in the table."""
    names = dict(zip(rule.arguments, rule.parameters, strict=True))
    lines = [f"Returns {rule.says}.", ""]
    lines += [
        f"∂v/∂{x} = {words.formula(tree, names)}" + (" for each element" if i < rule.lists else "")
        for i, (x, tree) in enumerate(zip(rule.parameters, rule.shown, strict=True))
    ]
    if rule.domain is not None:
        lines += ["", f"Raises DomainError outside its domain: it needs {rule.requires}."]
    if rule.kink:
        lines += ["", f"Convention: {rule.kink}."]
    return "\n    ".join(lines) + "\n"


for _name, _function in FUNCTIONS.items():
    _function.__doc__, _function.__module__ = _documentation(RULES[_name]), __name__
