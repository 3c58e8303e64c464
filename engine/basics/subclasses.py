"""The classes that are derived from Value, none of which is kept when its program has done with it."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from weakref import WeakSet

DERIVED: WeakSet[type] = WeakSet()  # all of them
SUBCLASSES: set[type] = set()  # those that recorders know at a glance: the class of some argument is looked up here

# A plain set is looked up in a tenth of the time that a WeakSet takes, and keeps what is in it. So it is emptied before a
# collection of garbage, and a class that is in use joins again with the next operation on an instance. What empties it is not
# written in Python, where Ctrl-C would be lost, as all is that such a function raises: called with the name of a phase and a
# dict, it keeps what is in both, which is not a class.
_let_go = SUBCLASSES.intersection_update


def derive(kind: type) -> None:
    """Notes a class that is derived from Value."""
    DERIVED.add(kind)
    if _let_go not in gc.callbacks:
        gc.callbacks.append(_let_go)


def meet(kinds: Iterable[type]) -> None:
    """Lets the recorders know those of the classes of arguments that are derived from Value."""
    if DERIVED:
        SUBCLASSES.update(filter(DERIVED.__contains__, kinds))
