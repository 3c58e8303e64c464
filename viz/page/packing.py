"""Lists of much the same things, packed: their shapes, and what is in them as columns of differences, which compress well.

Of a list `packed` gives the shapes of its items, each once, in which 0 stands for a whole number and 1 for a constant; which
shape each item has; for each 0 and 1 of each shape in turn the column of what all items of the shape have there, the first and
then by how much each is more than the one before, or if all have the same that alone; and the constants, by their places.

>>> packed([["n", 5, "X"], ["n", 6, "X"], ["n", 8, "X"]])
{'packed': [[['n', 0, 1]], [0, 0, 0], [[5, 1, 2], 0], ['X']]}
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

PACKED = ("steps", "moments", "numbers", "sentences", "symbols", "nudge", "chain", "grads", "data")
_LEFT = re.compile("[a-wz+*=∂_-]{1,9}")  # the kinds of things, which are part of a shape


def compact(contents: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a page is told, its long lists packed; and so of its units, mistakes and other roots.

    >>> compact({"root": 3, "numbers": [["v", 0], ["v", 1]], "units": None})
    {'root': 3, 'numbers': {'packed': [[['v', 0]], [0, 0], [[0, 1]], []]}, 'units': None}
    """
    made = {key: _packed(value) if key in PACKED else value for key, value in contents.items()}
    if contents.get("units"):
        made["units"] = compact(contents["units"])
    for name, mistake in contents.get("mistakes", {}).items():
        made["mistakes"] = made["mistakes"] | {name: compact(mistake)}
    if "editions" in contents:
        made["editions"] = [compact(edition) for edition in contents["editions"]]
    return made


def _packed(items: Sequence[Any] | Mapping[Any, Any]) -> dict[str, list[Any]]:
    return packed([*items.values()]) | {"keys": [*items]} if isinstance(items, Mapping) else packed(items)


class _Kinds(dict[str, bool]):
    """Which texts are kinds of things, looked up once each."""

    def __missing__(self, text: str) -> bool:
        self[text] = found = bool(_LEFT.fullmatch(text))
        return found


def packed(items: Sequence[Any]) -> dict[str, list[Any]]:
    """Returns a list as its shapes, the shape of each item, the columns of each shape, and constants."""
    shapes: dict[Hashable, int] = {}
    constants: dict[tuple[type, Any], int] = {}
    columns: list[list[list[int]]] = []
    which: list[int] = []
    values: list[Any] = []  # of the constants
    kinds = _Kinds()

    def emptied(item: Any, found: list[int]) -> Hashable:
        """Returns the shape of an item as what a dictionary takes for a key; what is not part of it goes to ``found``."""
        kind = item.__class__
        if kind is int:
            found.append(item)
            return 0
        if kind is str:
            if kinds[item]:
                return str(item)
        elif issubclass(kind, (list, tuple)):
            return tuple([emptied(value, found) for value in item])
        elif issubclass(kind, dict):
            return dict, *[(key, emptied(value, found)) for key, value in item.items()]
        # The type tells 1 from True; what is written, 0.0 from -0.0.
        place = constants.setdefault((kind, repr(item) if kind is float else item), len(values))
        if place == len(values):
            values.append(item)
        found.append(place)
        return 1

    for item in items:
        found: list[int] = []
        shape = shapes.setdefault(emptied(item, found), len(shapes))
        if shape == len(columns):
            columns.append([[] for _ in found])
        which.append(shape)
        for column, number in zip(columns[shape], found, strict=True):
            column.append(number)
    of_all = [_differences(column) for of_one in columns for column in of_one]
    return {"packed": [[*map(_written, shapes)], which, of_all, values]}


def _written(shape: Any) -> Any:
    if not isinstance(shape, tuple):
        return shape
    if shape and shape[0] is dict:
        return {key: _written(value) for key, value in shape[1:]}
    return [*map(_written, shape)]


def _differences(column: Sequence[int]) -> list[int] | int:
    first, *others = column
    if all(number == first for number in others):
        return first
    return [first, *(number - before for before, number in zip(column, others, strict=False))]
