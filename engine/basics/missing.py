"""Names that a Value does not have, and what to write instead: the words of other libraries, and misspellings.

>>> from chalkgrad.engine import Value
>>> x = Value(2.0, "x")
>>> hasattr(x, "item"), "item" in dir(x)
(False, False)
>>> x.item()
Traceback (most recent call last):
AttributeError: a Value has no item: x.data is the number

Each is a descriptor that raises. A `__getattr__` would do for all names at once, but Python 3.11 then reads every attribute
of a Value more slowly, and a sweep takes 1.7 times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

from chalkgrad.engine.basics.own_attributes import OWN, Own
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.tracebacks import hidden


class Missing(NamedTuple):
    """A fact: somebody asks a node for a name that it does not have; the advice calls the node {v}."""

    node: Any
    name: str
    advice: str


class Absent:
    """A name that a Value does not have. A subclass whose instances take attributes may have it."""

    __slots__ = ("advice", "name")

    def __init__(self, name: str, advice: str) -> None:
        self.name, self.advice = name, advice

    def __get__(self, node: Any, owner: type) -> Any:
        held = getattr(node, "__dict__", None)
        if held and self.name in held:
            return held[self.name]
        raise hidden(self._error(node))

    def __set__(self, node: Any, value: object) -> None:
        held = getattr(node, "__dict__", None)
        if held is None:
            raise hidden(self._error(node))
        held[self.name] = value

    def __delete__(self, node: Any) -> None:
        held = getattr(node, "__dict__", None)
        if not held or self.name not in held:
            raise hidden(self._error(node))
        del held[self.name]

    def _error(self, node: Any) -> AttributeError:
        # Without the node: Python would add a guess of its own, "did you mean: 'place'?" to a sentence about play().
        return AttributeError(say(Missing(node, self.name, self.advice)), name=self.name)

    def __repr__(self) -> str:
        return f"not an attribute of a Value: {self.advice.format(v='v')}"


class Answering:
    """A method that NumPy calls on each object of an array, under a name that a Value does not show: `values.std()` works."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def __get__(self, node: Any, owner: type) -> Any:
        return self if node is None else partial(self.function, node)


class Listed(type):
    """The class of Value: dir(Value) and help(Value) show what a Value has, and nothing of what this file adds."""

    def __dir__(cls) -> list[str]:
        return [name for name in super().__dir__() if not _is_added(cls, name)]

    @property
    def __signature__(cls) -> Any:
        """What help() and editors show of the constructor: not the arguments that are there to be answered with a sentence."""
        from inspect import signature  # slow to import, and needed here alone

        found = signature(cls.__init__)  # type: ignore[misc] # that of a subclass may be another, and is then meant
        return found.replace(parameters=[x for x in found.parameters.values() if x.annotation != "Never"][1:])


def listed(node: Any) -> list[str]:
    """Returns the names that dir() lists of a node."""
    own = {*getattr(node, "_own", ()), *getattr(node, "__dict__", ())}
    return [name for name in object.__dir__(node) if name in own or not _is_added(type(node), name)]


def _is_added(kind: type, name: str) -> bool:
    found = next((vars(base)[name] for base in kind.__mro__ if name in vars(base)), None)
    return isinstance(found, (Absent, Answering, Own))


_NUMBER = "{v}.data is the number"
_GRADIENT = "{v}.grad is the gradient, once backward() of the result has run"
_PARENTS = "{v}.parents are the Values that it was computed from"
_CONSTANT = "every Value takes a gradient; {v}.constant = True, or Value(…, constant=True), makes a leaf that takes none"
_ZERO = "{v}.zero_grad() sets the grads of its whole tape back, {v}.grad = None that of {v} alone"
_ASSIGN = "write {v}.data = … to change the number of a leaf"
_KEPT = "every Value keeps its grad and its graph, so leave it out"
_VIZ = "write {call}, after: from chalkgrad.viz import {name}"
_ENGINE = "write {call}, after: from chalkgrad import {name}"


def _called(advice: str, call: str) -> str:
    return advice.replace("{call}", call).replace("{name}", call.partition("(")[0])


_WORDS = {
    **dict.fromkeys(("item", "numpy", "tolist", "value", "val", "primal"), _NUMBER),
    **dict.fromkeys(("gradient", "derivative", "derivatives", "adjoint", "grads", "deriv", "diff"), _GRADIENT),
    **dict.fromkeys(("children", "inputs", "args", "prev", "previous", "operands"), _PARENTS),
    **dict.fromkeys(("requires_grad", "requires_grad_", "trainable"), _CONSTANT),
    **dict.fromkeys(("zero_", "zero", "zero_gradients", "clear_grad", "zerograd"), _ZERO),
    **dict.fromkeys(("assign", "assign_add", "assign_sub", "set_value", "add_", "sub_", "mul_", "fill_", "copy_"), _ASSIGN),
    **dict.fromkeys(("retain_grad", "retain_graph"), _KEPT),
    "detach": "Value({v}.data) is a leaf of the same number, cut off from the graph",
    "detach_": "Value({v}.data) is a leaf of the same number, cut off from the graph",
    "clone": "{v} + 0 is a Value of its own with the same gradient, Value({v}.data) a leaf",
    "copy": "copy.deepcopy({v}) copies it with its graph, Value({v}.data) is a leaf of the same number",
    "is_leaf": "write not {v}.parents",
    "grad_fn": "{v}.op is the operation, {v}.parents are what it was computed from",
    "operation": "{v}.op is the operation; one of your own is made by: from chalkgrad import operation",
    "local_grads": "{v}.partials are the local derivatives by its parents",
    "local_derivatives": "{v}.partials are the local derivatives by its parents",
    "trace": "{v}.tape() is the evaluation trace",
    "graph": "write draw({v}), after: from chalkgrad.viz import draw; {v}.tape() is the graph as a table",
    "backprop": "write {v}.backward(), or {v}.steps() to step through it",
    "backpropagate": "write {v}.backward(), or {v}.steps() to step through it",
    "step": "to step through backprop, write {v}.steps(); the activation is {v}.heaviside()",
    "next": "write s = {v}.steps(), then s.step()",
    "compute": "{v}.data is the number; {v}.forward() recomputes it after a leaf has changed",
    "eval": "{v}.data is the number; {v}.forward() recomputes it after a leaf has changed",
    **{name: _called(_VIZ, f"{name}({{v}})") for name in ("draw", "play", "prompt")},
    "frames": _called(_VIZ, "frames({v}, 'slides/')"),
    "save": _called(_VIZ, "save({v}, 'picture.svg')"),
    "plot": _called(_VIZ, "draw({v})"),
    "chain_rule": _called(_ENGINE, "chain_rule({v}, …)"),
    "nudge": _called(_ENGINE, "nudge({v}, …)"),
    "cost": _called(_ENGINE, "cost({v})"),
    "program": _called(_ENGINE, "program({v})"),
    "gradcheck": _called(_ENGINE, "gradcheck(f, 2.0)") + ", where f is the function that computed {v}",
    "hessian": _called(_ENGINE, "hessian({v}, [x, y])"),
    "jacobian": _called(_ENGINE, "jacobian([{v}], [x, y])"),
    "softmax": _called(_ENGINE, "softmax([{v}, …])"),
    "mean": "write total(values) / len(values), after: from chalkgrad import total",
    "sum": "write total(values), after: from chalkgrad import total",
}
_SPELT = ("data", "grad", "label", "parents", "partials", "backward", "forward", "steps", "tape", "zero_grad", "constant")


def _slips(word: str) -> Iterable[str]:
    """The word with two letters swapped, a letter left out, or a letter twice, and its plural."""
    for i, letter in enumerate(word):
        yield word[:i] + word[i + 1 : i + 2] + letter + word[i + 2 :]
        yield word[:i] + word[i + 1 :]
        yield word[:i] + letter + word[i:]
    yield word + "s"


def answers() -> dict[str, object]:
    """Returns the descriptors of this file by name; a class that has something else under a name comes before in Value's bases.

    They are put into a class while its body runs, because each that is set on a finished class takes ten times as long.
    """
    for meant in _SPELT:
        for name in _slips(meant):
            if name not in _SPELT:
                _WORDS.setdefault(name, f"did you mean {meant}?")
    absent = {name: Absent(name, advice) for name, advice in _WORDS.items()}
    return {**absent, **{name: Own(name) for name in OWN}}
