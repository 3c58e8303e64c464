"""Results that are remembered as long as their argument exists.

>>> class Thing: pass
>>> @remembered
... def number(thing: Thing) -> int:
...     print("computed")
...     return 7
>>> thing = Thing()
>>> number(thing), number(thing)
computed
(7, 7)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

K = TypeVar("K")
V = TypeVar("V")


def remembered(compute: Callable[[K], V]) -> Callable[[K], V]:
    """Returns a function that computes its result once for each argument, and forgets it when the argument is gone.

    functools.cache would keep its arguments forever, such as the operations that a notebook defines again and again. A
    result must not refer to its argument, or neither is ever freed.
    """
    known: WeakKeyDictionary[K, V] = WeakKeyDictionary()

    @wraps(compute)
    def found(key: K) -> V:
        try:
            return known[key]
        except KeyError:
            result = known[key] = compute(key)
            return result

    return found
