"""What an operation is taken for by mistake: its inverse, a product for a sum, the arguments in the other order.

>>> from chalkgrad.engine import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> [other.data for other in other_operations(a + b)], [other.data for other in other_orders(a - b)]
([5.0, -6.0], [-5.0])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalkgrad.engine.errors import DomainError, NonFiniteError
from chalkgrad.engine.recording.record import record
from chalkgrad.engine.rules import RULES
from chalkgrad.engine.value import Value

# The inverse first; then what is written alike, or learned at the same time.
TAKEN_FOR = {"add": ("sub", "mul"), "sub": ("add",), "mul": ("add", "div"), "div": ("mul",), "pow": ("mul",)}


def other_operations(node: Value) -> Iterator[Value]:
    """Yields what a value is where another operation is taken for its own, as far as that has a value there."""
    rule = node.op
    for name in TAKEN_FOR.get(rule.name, ()) if rule is not None else ():
        yield from _made(name, node.arguments)


def other_orders(node: Value) -> Iterator[Value]:
    """Yields what an operation gives for its two arguments in the other order, as far as it has a value there."""
    if node.op is not None and not node.op.lists and len(node.op.arguments) == 2:
        yield from _made(node.op.name, node.arguments[::-1])


def _made(name: str, arguments: Sequence[Value | float]) -> Iterator[Value]:
    try:
        made = record(RULES[name], arguments)
    except (DomainError, NonFiniteError):
        return
    if made._data - made._data == 0.0:  # the caller may let what is not finite pass
        yield made
