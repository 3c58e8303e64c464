"""Lists of much the same things, packed: their shapes, and what is in them as differences, which compress to a third.

Of a list `packed` gives the shapes of its items, each once, in which 0 stands for a whole number and 1 for a constant; which
shape each item has; the numbers, each less than that in the same place of the item before it of the same shape; and the
constants, which the numbers count too.

>>> packed([["n", 5, "x"], ["n", 6, "x"], ["n", 8, "y"]])
{'packed': [[['n', 0, 1]], [0, 0, 0], [5, 0, 1, 0, 2, 1], ['x', 'y']]}
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

PACKED = ("steps", "texts", "moments", "numbers", "sentences", "symbols", "nudge", "chain", "grads", "data")
_LEFT = re.compile("[a-wz+*=∂_-]{1,9}")  # the kinds of things, which are part of a shape


def compact(contents: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a page is told, its long lists packed; and so of its units, mistakes and other roots.

    >>> compact({"root": 3, "texts": ["A"], "units": None})
    {'root': 3, 'texts': {'packed': [[1], [0], [0], ['A']]}, 'units': None}
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


def packed(items: Sequence[Any]) -> dict[str, list[Any]]:
    """Returns a list as its shapes, the shape of each item, differences of numbers, and constants."""
    shapes: dict[str, int] = {}
    constants: dict[str, int] = {}
    before: dict[int, list[int]] = {}
    which: list[int] = []
    numbers: list[int] = []

    def emptied(item: Any, found: list[int]) -> Any:
        if isinstance(item, Mapping):
            return {key: emptied(value, found) for key, value in item.items()}
        if isinstance(item, (list, tuple)):
            return [emptied(value, found) for value in item]
        if isinstance(item, int) and not isinstance(item, bool):
            found.append(item)
            return 0
        if isinstance(item, str) and _LEFT.fullmatch(item):
            return item
        found.append(constants.setdefault(json.dumps(item), len(constants)))
        return 1

    for item in items:
        found: list[int] = []
        shape = shapes.setdefault(json.dumps(emptied(item, found)), len(shapes))
        earlier = before.get(shape, [0] * len(found))
        which.append(shape)
        numbers += [number - other for number, other in zip(found, earlier, strict=True)]
        before[shape] = found
    return {"packed": [[*map(json.loads, shapes)], which, numbers, [*map(json.loads, constants)]]}
