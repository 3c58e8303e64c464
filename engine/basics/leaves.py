"""Special leaves: those that take no gradient, those that do not know what they were computed from; and facts about leaves."""

from __future__ import annotations

from typing import Any, NamedTuple


class Computed(NamedTuple):
    """A fact: somebody tried to assign the data of a computed node."""

    node: Any


class Leaf(NamedTuple):
    """A fact: somebody called backward() of a node that has no parents; `forgot` if it was computed under no_grad()."""

    node: Any
    forgot: bool


class Mark:
    """Stands in the _rule of a special leaf: one that takes no gradient, or one that was computed under no_grad()."""

    def __init__(self, frozen: bool, forgot: bool = False) -> None:
        self.frozen, self.forgot = frozen, forgot


FROZEN, FORGOT = Mark(frozen=True), Mark(frozen=False, forgot=True)


def is_cut_off(node: Any) -> bool:
    """Returns whether a leaf was computed under no_grad(), which cuts it off from what it was computed from."""
    return isinstance(node._rule, Mark) and node._rule.forgot
