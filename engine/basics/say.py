"""Facts and their words. Whoever finds something out states a fact; what is said of it stands further to the right.

>>> from typing import NamedTuple
>>> class Rain(NamedTuple):
...     hours: int
>>> @say.register(Rain)
... def _(fact):
...     return f"it rains for {fact.hours} hours"
>>> say(Rain(3))
'it rains for 3 hours'

So the node and the sweep import none of the words that errors and reprs are made of: words/ registers them here.
"""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def say(fact: object) -> str:
    """Returns the sentence for a fact, by its class; its repr where no sentence is registered."""
    return repr(fact)
