"""The tape computed again after a leaf has changed: `forward()`.

>>> from chalkgrad.engine import Value
>>> x = Value(3.0, "x")
>>> y = x * x
>>> x.data = 5
>>> recompute(y), y.partials
(25.0, (5.0, 5.0))
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from chalkgrad.engine.basics import modes
from chalkgrad.engine.basics.tracebacks import ends_traceback
from chalkgrad.engine.recording.computers import FAILURES, Computer, computer
from chalkgrad.engine.recording.decisions import renew
from chalkgrad.engine.recording.record import compute
from chalkgrad.engine.sweep import order
from chalkgrad.engine.value import Value


@ends_traceback
def recompute(root: Value) -> float:
    """Recomputes what depends on leaves whose data has changed, and returns the root's new data.

    Raises the errors of the operations; then the graph stays as it was.
    """
    nodes = order([root])
    now = modes.tick()
    renew(nodes, now)
    _recompute(nodes, now)
    return root._data


def _recompute(nodes: Sequence[Any], now: int) -> None:
    """Recomputes the nodes that are older than a parent, and the nodes that use them; on an error it restores all.

    A recomputed node gets the time `now`, so that the nodes that use it, which come later, are older and follow.
    """
    before: list[tuple[Any, ...]] = []
    functions: dict[Any, Computer] = {}  # by operation and by which arguments are numbers; the key is a tuple then
    try:
        for node in nodes:
            x, y, own = node._x, node._y, node._clock
            if x is None:
                continue
            parents = x if x.__class__ is tuple else (x, y) if y is not None else (x,)
            for parent in parents:
                if parent._clock > own:
                    break
            else:
                continue
            key = rule = node._rule
            numbers = [parent._data for parent in parents]
            is_number: tuple[bool, ...] = ()
            if rule.__class__ is tuple:
                rule, *template = rule
                following = iter(numbers)
                numbers = [next(following) if t is None else float(t) for t in template]  # a Detached would go on into data
                is_number = tuple([t is not None for t in template])
                key = rule, is_number
            function = functions.get(key)
            if function is None:
                function = functions[key] = computer(rule, is_number or (False,) * len(numbers))
            try:
                value, partials = function(*numbers)
            except FAILURES:
                value = math.nan
            if value - value != 0.0 or (is_number and rule.lists):
                # compute() raises the error, and drops the derivatives by numbers.
                value, partials = compute(rule, numbers, is_number or [False] * len(numbers), node.arguments)
            before.append((node, node._data, node._dx, node._dy, own, node._grad))
            if x.__class__ is tuple:
                node._dx = partials
            else:
                node._dx, node._dy = partials if y is not None else (*partials, None)
            node._data, node._clock, node._grad = value, now, None
    except BaseException:
        for node, data, dx, dy, own, grad in before:
            node._data, node._dx, node._dy, node._clock, node._grad = data, dx, dy, own, grad
        raise
