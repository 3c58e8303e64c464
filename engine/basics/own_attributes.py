"""Attributes that programs set on Values: those of micrograd's optimisers and drawings, and a warning of misspelt ones.

>>> from chalkgrad.engine import Value
>>> p = Value(2.0, "p")
>>> hasattr(p, "momentum")
False
>>> p.momentum = 0.9
>>> p.momentum
0.9
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from chalkgrad.engine.basics.notes import note
from chalkgrad.engine.basics.say import say
from chalkgrad.engine.basics.subclasses import DERIVED
from chalkgrad.engine.basics.tracebacks import hidden
from chalkgrad.engine.errors import GradientWarning

OWN = ("m", "v", "velocity", "momentum", "cache", "exp_avg", "exp_avg_sq", "_vis_color")
_ASSIGNED = ("data", "grad", "label", "constant")


class Misspelt(NamedTuple):
    """A fact: a node of a subclass has been given an attribute whose name is close to one that a Value has."""

    node: Any
    name: str
    meant: str


class Own:
    """An attribute that a program keeps on nodes, under a name that optimisers and drawings written for micrograd use.

    Any other name needs a subclass, see docs/decisions. A name that nothing has set is not there for hasattr().
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, node: Any, owner: type) -> Any:
        if node is None:
            return self
        try:
            return node._own[self.name]
        except (AttributeError, KeyError):
            raise hidden(AttributeError(f"this Value has no {self.name}: nothing has set it", name=self.name)) from None

    def __set__(self, node: Any, value: object) -> None:
        try:
            node._own[self.name] = value
        except AttributeError:
            node._own = {self.name: value}

    def __delete__(self, node: Any) -> None:
        self.__get__(node, type(node))
        del node._own[self.name]


def note_misspelt(nodes: Iterable[Any]) -> None:
    """Warns of attributes that were set under a name close to that of a Value's own: `w.gard = 0` is read by nothing."""
    if not DERIVED or DERIVED.isdisjoint({*map(type, nodes)}):
        return
    for node in nodes:
        for name in getattr(node, "__dict__", ()):
            meant = _meant(name)
            if meant:
                note(say(Misspelt(node, name, meant)), GradientWarning, "misspelt")


@lru_cache(maxsize=256)
def _meant(name: str) -> str:
    from difflib import get_close_matches  # which imports re, and few programs need it

    if name in _ASSIGNED or name.startswith("_"):
        return ""
    return next(iter(get_close_matches(name, _ASSIGNED, 1, 0.75)), "")
