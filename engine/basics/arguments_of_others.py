"""Arguments that other libraries have, and those that are missing: what they are here, or what to write.

>>> from chalkgrad.engine import Value
>>> Value(2.0, (), "input").label                       # micrograd's way to make a leaf
'input'
>>> Value(2.0, requires_grad=True)
Traceback (most recent call last):
TypeError: Value() has no requires_grad: every Value takes a gradient, so leave it out; Value(2.0, constant=True) takes none
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from chalkgrad.engine.basics.absent import closest
from chalkgrad.engine.basics.tracebacks import hidden, short_traceback

F = TypeVar("F", bound=Callable[..., Any])

_LEAF = {
    "requires_grad": "every Value takes a gradient, so leave it out; Value({data}, constant=True) takes none",
    "trainable": "every Value takes a gradient, so leave it out; Value({data}, constant=True) takes none",
    "name": "write Value({data}, {given}) or Value({data}, label={given})",
    "value": "the number comes first: Value({given})",
    "initial_value": "the number comes first: Value({given})",
    "dtype": "every number is a Python float, so leave it out",
    "device": "every number is a Python float, so leave it out",
    "grad": "write v = Value({data}), then v.grad = {given}",
    "partials": "local derivatives follow from the operation, see operation()",
}
_BACKWARD = {
    "retain_graph": "the graph is kept, and backward() may be called again, so leave it out",
    "create_graph": "write gradient(y, x, create_graph=True), after: from chalkgrad import gradient",
    "gradient": "write backward({given})",
    "grad": "write backward({given})",
    "seed": "write backward({given})",
    "grad_tensors": "write backward({given})",
    "inputs": "gradient(y, [a, b]) computes these alone, after: from chalkgrad import gradient",
}
_ZERO_GRAD = {"set_to_none": "every grad goes back to not computed, which reads 0.0, so leave it out"}
_STEPS = {
    **dict.fromkeys(("reverse", "backward"), "steps() goes backward, steps(forward=True) through the forward pass"),
    **dict.fromkeys(("inputs", "to", "of"), "wrt=[a, b] stops at the wanted values"),
    **dict.fromkeys(("lr", "learning_rate"), "write steps(mistake='update at once', rate={given})"),
    **dict.fromkeys(("gradient", "seed", "grad"), "write upstream={given}"),
}
_METHODS = {
    "backward": (_BACKWARD, ("upstream",)),
    "zero_grad": (_ZERO_GRAD, ()),
    "steps": (_STEPS, ("by", "wrt", "forward", "mistake", "upstream", "rate")),
}
_GRADCHECK = {
    **dict.fromkeys(("eps", "epsilon", "h", "delta"), "the ε of the differences is step={given}"),
    **dict.fromkeys(("wrt", "inputs", "params"), "what a Value is checked by follows it: gradcheck(L, a, b)"),
    **dict.fromkeys(("atol", "rtol", "tol"), "write tolerance={given}, which is relative"),
}

# For `answering`: what a call that lacks an argument is told, and what other libraries' options are.
CALLS: dict[str, tuple[str, Mapping[str, str]]] = {
    "chain_rule": ("chain_rule(L, a) takes two Values, and writes ∂L/∂a out: name the one that the derivative is by", {}),
    "nudge": ("nudge(L, a) takes two Values, and moves a: name the one that is moved", {}),
    "gradcheck": (
        "gradcheck(L) checks a Value, gradcheck(f, 3.0, 4.0) a function at a point, and was given neither",
        _GRADCHECK,
    ),
    "save": ("save(e, 'e.svg') draws e and writes it to a file: name both", {}),
    "Figure.save": ("save(path) writes the drawing to a file: name it, as in .save('e.svg')", {}),
    "Page.save": ("save(path) writes the page to a file: name it, as in .save('e.html')", {}),
    "frames": ("frames(e, 'slides/') writes a picture of each step of e into a folder: name both", {}),
}


def leaf_options(data: Any, label: Any, more: tuple[Any, ...], options: Mapping[str, Any]) -> str:
    """Returns the label of a leaf that is made in micrograd's way, Value(data, _children, _op, label): with no children.

    Raises TypeError, with a sentence, for children and for what other libraries have.
    """
    given = dict(options)
    children = given.pop("_children", given.pop("children", ()))
    operation = given.pop("_op", given.pop("op", ""))
    local_grads = given.pop("_local_grads", given.pop("local_grads", ()))
    if isinstance(label, (tuple, list, set, frozenset)):  # micrograd's order; microgpt's has the local derivatives third
        children, label = label, ""
        for x in more:
            label, local_grads = (label, x) if isinstance(x, (tuple, list)) else (x, local_grads)
    elif more:
        raise hidden(
            TypeError(f"Value() takes a number and a label, such as Value({data!r}, 'x'), and was given {more[0]!r}, too")
        )
    label = label or operation
    if children or local_grads:
        raise hidden(
            TypeError(
                "a Value that is computed from others is made by an operation: write exp(a), a * b, or one of your own, "
                "my_op = operation('my_op', lambda x: …), after: from chalkgrad import operation; Value(data, ()) makes a leaf"
            )
        )
    refuse_options("Value", given, _LEAF, ("label", "constant"), data)
    if not isinstance(label, str):
        raise hidden(TypeError(f"a label is a text, such as Value({data!r}, 'x'), but this one is {label!r}"))
    return label


def answering(missing: str, others: Mapping[str, str]) -> Callable[[F], F]:
    """Makes a function answer a call that lacks an argument with a sentence, and one with an unknown option as refuse_options.

    `others` has what to write for the options of other libraries. Nothing is done unless Python has refused the call. The
    traceback is short, too.

    >>> @answering("half(x) takes a number, as in half(3)", {"value": "write half({given})"})
    ... def half(x, *, digits=4):
    ...     return round(x / 2, digits)
    >>> half()
    Traceback (most recent call last):
    TypeError: half(x) takes a number, as in half(3)
    >>> half(value=3)
    Traceback (most recent call last):
    TypeError: half() has no value: write half(3)
    >>> half(3, digit=2)
    Traceback (most recent call last):
    TypeError: half() has no digit: did you mean digits?
    """

    def decorated(function: F) -> F:
        code: Any = function.__code__  # inspect is slow to import
        known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

        @wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            except TypeError as error:
                if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                    raise  # the function has been called
                unknown = {option: given for option, given in options.items() if option not in known}
                said = str(error)
            refuse_options(function.__name__, unknown, others, [x for x in known if x != "self"])
            raise TypeError(missing if " missing " in said else said)

        return cast(F, short_traceback(call))

    return decorated


def refuse(method: str, options: Mapping[str, Any]) -> None:
    """Raises TypeError for arguments that a method of Value does not have."""
    refuse_options(method, options, *_METHODS[method])


def refuse_options(
    function: str, options: Mapping[str, Any], words: Mapping[str, str], known: Sequence[str], data: Any = None
) -> None:
    """Raises TypeError for the first of these arguments; `words` say what to write for those that others have."""
    for name, given in options.items():
        if name in words:
            raise hidden(TypeError(f"{function}() has no {name}: {words[name].format(data=repr(data), given=repr(given))}"))
        near = closest(name, known)
        *most, last = known or ["no arguments"]
        few = f"{', '.join(most)} and {last}" if most else last
        hint = f"did you mean {near}?" if near else f"it has {few}"
        raise hidden(TypeError(f"{function}() has no {name}: {hint}"))
