"""Facts and their words: a function that finds something out states a fact, and words/ has the sentence for it.

>>> from typing import NamedTuple
>>> class Rain(NamedTuple):
...     hours: int
>>> @say.register(Rain)
... def _(fact):
...     return f"it rains for {fact.hours} hours"
>>> say(Rain(3))
'it rains for 3 hours'

So the node and the sweep do not import the words of errors and reprs: words/ registers them here.
"""

from __future__ import annotations

from functools import singledispatch


@singledispatch
def say(fact: object) -> str:
    """Returns the sentence for a fact, by its class; its repr if no sentence is registered."""
    return repr(fact)
