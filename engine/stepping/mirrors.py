"""Values that mirror the nodes of another engine, such as a student's own, and what that engine has for them.

>>> mirror = Mirror(2.0, "a")
>>> mirror.theirs = Theirs(2.0, 5.0)
>>> grad_in_engine(mirror)
'5'
>>> grad_in_engine(Value(2.0))
''

other_engines.py makes them; everything that shows Values asks here whether there is more to show.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalkgrad.engine.basics.not_known import NotKnown
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.terminal import printable
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.engine.rules import Rule
from chalkgrad.engine.value import Value
from chalkgrad.engine.words.decimals import decimal, digits_apart
from chalkgrad.engine.words.expressions import representation
from chalkgrad.engine.words.language import section

WORDS = section("other engines")


class Candidate(NamedTuple):
    """An operation and its arguments, which a node may have been computed by."""

    rule: Rule
    arguments: tuple[Mirror | float, ...]


class Remark(NamedTuple):
    """A fact about how a node was read: the key of its sentence, and what fills the sentence's blanks."""

    key: str
    blanks: Mapping[str, str | float | Sequence[Candidate] | Sequence[Value]]


class Theirs:
    """What another engine has for a node.

    `data` and `grad` are its numbers; `grad` is None if it has none. `right` is the right gradient, `wrong` says that theirs is
    another one; `right` is None where theirs cannot be judged, because there are several roots or leaves have changed since.
    `remark` is what there is to say of how the node was read.
    """

    def __init__(self, data: float, grad: float | None) -> None:
        self.data, self.grad = data, grad
        self.right: float | None = None
        self.wrong = False
        self.remark: Remark | None = None


class Mirror(Value):
    """A Value that mirrors a node of another engine; `theirs` is what that engine has for it.

    A copy has no `theirs`, so that it is chalkgrad's own: its data may be assigned, and pages let it change.
    """

    __slots__ = ("theirs",)
    _left_behind = ("theirs",)

    theirs: Theirs

    @property
    def data(self) -> float:
        """The number that is right for what the other engine recorded."""
        return self._data

    @data.setter
    def data(self, x: float) -> None:
        if theirs_of(self) is not None:
            raise AttributeError(
                "this Value mirrors a node of another engine: change it there, and read the graph again by tape(root)"
            )
        self._set_data(x)


def theirs_of(node: Value) -> Theirs | None:
    """Returns what another engine has for this node, if it mirrors one."""
    return getattr(node, "theirs", None)


def other_data(node: Value) -> float | None:
    """Returns the value that another engine has for this node, if that is not the right one."""
    theirs = theirs_of(node)
    return None if theirs is None or alike(theirs.data, node.data, 1e-6) else theirs.data


def other_grad(node: Value) -> float | None:
    """Returns the gradient that another engine has for this node, if that is not the right one."""
    theirs = theirs_of(node)
    return theirs.grad if theirs is not None and theirs.wrong else None


def alike(x: float, y: float, relative: float, absolute: float = 0.0) -> bool:
    """Returns whether two numbers are the same but for rounding."""
    return x == y or (x != x and y != y) or abs(x - y) <= relative * abs(y) + absolute < math.inf


def grad_in_engine(node: Value, digits: int = 4) -> str:
    """Returns the gradient that another engine has for a node, marked if it is wrong; "" if there is none."""
    theirs = theirs_of(node)
    if theirs is None or theirs.grad is None:
        return ""
    if theirs.wrong and theirs.right is not None:
        return WORDS["wrong"].format(grad=decimal(theirs.grad, digits_apart(theirs.grad, theirs.right, digits=digits, most=17)))
    return decimal(theirs.grad, digits)


def refuse_unknown(nodes: Sequence[Value], what: str) -> None:
    """Raises ValueError, in the name of `what` needs all formulas, if the operation of a mirrored node is not known."""
    mirrors = {kind for kind in set(map(type, nodes)) if issubclass(kind, Mirror)}
    for node in nodes if mirrors else ():
        if isinstance(node, Mirror) and any(isinstance(partial, NotKnown) for partial in node.partials):
            raise hidden(
                ValueError(
                    f"{what} needs the formula of every operation, and that of {node.name} in your engine is not one of "
                    "chalkgrad's table: tape(…) and draw(…) show what is known of it"
                )
            )


@say.register(Mirror)
def _(node: Mirror) -> str:
    shown = representation(node)
    grad = grad_in_engine(node)
    return printable(WORDS["representation"].format(shown=shown.removesuffix(">"), grad=grad) if grad else shown)
