"""The garbage collector: it goes through all objects there are again and again while very many are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Collects no garbage inside, for code that makes very many objects, all of which stay.

    >>> with uncollected():
    ...     gc.isenabled()
    False
    """
    collects = gc.isenabled()  # where two threads overlap, the one that came first turns it on again
    try:
        gc.disable()
        yield
    finally:
        if collects:
            gc.enable()
